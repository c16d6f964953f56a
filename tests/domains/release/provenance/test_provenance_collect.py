"""What the collector makes of transactions, accounts, files and a build."""

from __future__ import annotations

import asyncio
import dataclasses
import json
from typing import Any

import pytest

from privatedao_audit.chain import programs
from privatedao_audit.domains.authority.world import (
    ABSENT,
    CONTROLLER,
    GOVERNANCE,
    STRANGER,
    World,
    found,
    wallet,
)
from privatedao_audit.domains.release import collect as release
from privatedao_audit.domains.release.facts import ReleaseFacts
from privatedao_audit.domains.release.provenance import story
from privatedao_audit.domains.release.provenance.checks import CHECKS
from privatedao_audit.domains.release.provenance.facts import Deployment
from privatedao_audit.domains.sources import Sources
from privatedao_audit.evidence.questions import Answer, Outcome, Question
from privatedao_audit.model.limits import Limits
from privatedao_audit.model.reads import Found, ProvenAbsent, Unknown
from privatedao_audit.model.status import Status
from privatedao_audit.model.target import Surface, Target, Wallet
from tests.domains.node import Landed, Node
from tests.domains.release.provenance.executed import (
    DEPLOYER,
    MEMBER,
    PROPOSAL,
    SECOND,
    UPGRADE,
    Sent,
    executed,
    hashed,
    proposal_data,
    vote,
)

M, N = str(MEMBER.pubkey()), str(SECOND.pubkey())
APPROVED = found(PROPOSAL.address, CONTROLLER, proposal_data((N, M)))
WORLD = (
    story.WORLD.reading(PROPOSAL.address, APPROVED).reading(
        story.idl_account(story.idl()).value.address, story.idl_account(story.idl())
    )  # type: ignore[union-attr]
)
DEPLOY = Landed(
    2, 50, (M, story.PROGRAMDATA, GOVERNANCE, wallet("b"), *[wallet("sysvar")] * 3, M),
    tail=(4_096).to_bytes(8, "little"),
)  # fmt: skip
SIGNERS = b"""
[[signers]]
key = "%s"
owner = "Ada Release"
roles = ["deployer", "multisig-member"]
[[signers]]
key = "%s"
owner = "Ben Second"
[[signers]]
name = "a row without a key"
""" % (M.encode(), N.encode())
LIB = b"use x;\n#[program]\npub mod governance {\n pub fn open() {}\n /* pub fn no() */ fn own() {}"
LIB += b"\n pub fn close(a: u8) { pub fn inner() {} }\n}\nmod tests { pub fn other() {} }"


IN_HISTORY = {
    "commit": story.COMMIT, "tree": "b" * 40, "parents": [], "author_time": 1, "committer_time": 1,
    "subject": "Release",
}  # fmt: skip


class WithBuild(Node):
    """A node beside which an auditor gave a build, and a checkout that has the commit."""

    body: bytes | None = hashed(story.code(story.block()) + bytes(7))

    async def ask(self, question: Question) -> Answer:
        if (question.kind, question.method) == ("git", "commit"):
            self.asked.append(question)
            body = json.dumps(IN_HISTORY).encode()
            return self._answer(question, Outcome.FOUND, body, providers=("checkout",))
        if question.kind != "artifact":
            return await super().ask(question)
        self.asked.append(question)
        outcome = Outcome.UNKNOWN if self.body is None else Outcome.FOUND
        return self._answer(
            question, outcome, self.body, providers=("auditor",), reason="no build was given"
        )


def surface(part: str, file: str, **mapping: Any) -> Surface:
    given = {"part": part, "file": file, "format": "json", **mapping}
    return Surface.model_validate(given)


def surfaces() -> tuple[Surface, ...]:
    record = {"operator": "/operator", "deployment_signature": "/deployment_signature",
              "release_commit": "/release_commit"}  # fmt: skip
    return (
        surface("release-record", "record.json", program="governance", fields=record),
        surface("idl", "idl.json", program="governance", format="anchor-idl"),
        surface("source-declaration", "lib.rs", program="governance", format="rust"),
        surface("signer-register", "signers.toml", format="toml", rows="/signers",
                fields={"key": "/key", "owner": "/owner", "roles": "/roles", "custody": "/name"}),
        surface("signer-register", "old.toml", format="toml", rows="/signers", state="archived",
                fields={"key": "/key"}),
    )  # fmt: skip


def collected(
    sent: Any = None, world: World = WORLD, *, files: dict[str, bytes] | None = None,
    more: tuple[Any, ...] = (), body: bytes | None = WithBuild.body, **node: Any,
) -> ReleaseFacts:  # fmt: skip
    """The facts of a run in which one upgrade landed and is recorded."""
    upgrade = executed() if sent is None else sent
    said = (
        f'{{"operator": "Ada Release", "deployment_signature": "{upgrade.signature}", '
        f'"release_commit": "{story.COMMIT}"}}'
    )
    given = {"record.json": said.encode(), "idl.json": story.idl(), "lib.rs": LIB,
             "signers.toml": SIGNERS, **(files or {})}  # fmt: skip
    answers = WithBuild({None: world}, files=given, transactions=(DEPLOY, *more, upgrade), **node)
    answers.body = body
    profile = world.target().model_copy(update={"surfaces": surfaces()})
    assert isinstance(profile, Target)
    return asyncio.run(release.collect(Sources(profile, answers, ("first", "second"))))


def deployment(facts: ReleaseFacts, sent: Any) -> Deployment:
    read = facts.provenance.programs[GOVERNANCE].deployments[sent.signature]
    assert isinstance(read, Found), read
    return read.value


def status(facts: ReleaseFacts, control: str) -> tuple[Status, str]:
    said = CHECKS[control](facts, Limits())
    return said.status, said.summary


def test_a_sound_release_passes_all_the_way_from_bytes() -> None:
    facts = collected()
    for control in CHECKS:
        assert status(facts, control)[0] is Status.PASS, status(facts, control)
    made = deployment(facts, executed())
    (acting,) = made.acting
    assert (made.payer, acting.authority, acting.signed) == (M, story.VAULT, False)
    assert (acting.multisig, acting.vault_index, acting.executor) == (story.MULTISIG, 0, M)
    assert isinstance(acting.approvers, Found)
    assert acting.approvers.value == (N, M)
    assert made.others == ()


def test_a_wallet_signs_for_itself_and_other_signers_are_named() -> None:
    d = str(DEPLOYER.pubkey())
    sent = Sent(programs.LOADER_V3, (*UPGRADE, d), (3).to_bytes(4, "little"), (MEMBER, DEPLOYER,
                                                                               SECOND))  # fmt: skip
    made = deployment(collected(sent), sent)
    assert [(one.authority, one.signed, one.executor) for one in made.acting] == [(d, True, None)]
    assert (made.payer, made.others) == (M, (N,))


def test_a_wallet_that_signs_through_a_program_is_that_wallet() -> None:
    sent = executed(program=STRANGER, authority=M)
    (acting,) = deployment(collected(sent), sent).acting
    assert (acting.authority, acting.signed) == (M, True)


@pytest.mark.parametrize(
    ("sent", "doubt"),
    [
        (executed(program=STRANGER), "is not a multisig of the program"),
        (executed(multisig=wallet("elsewhere")), "does not name the multisig"),
        (executed(authority=wallet("no vault")), "no vault of the multisig"),
        (executed(name="proposal_approve"), "by an instruction that is not known"),
        (executed(name="nothing_known"), "by an instruction that is not known"),
        (executed(heights=False), "was not recorded"),
    ],
)
def test_who_signed_for_an_authority_is_doubted(sent: Sent, doubt: str) -> None:
    facts = collected(sent)
    (acting,) = deployment(facts, sent).acting
    assert doubt in acting.doubt
    assert (acting.executor, acting.approvers) == (None, None)
    assert status(facts, "RC-12")[0] is Status.UNKNOWN


def test_a_multisig_under_a_program_that_nobody_listed_is_doubted() -> None:
    sent = executed()
    (acting,) = deployment(collected(sent, dataclasses.replace(WORLD, listed=False)), sent).acting
    assert "neither the canonical Squads" in acting.doubt


@pytest.mark.parametrize(
    "account",
    [
        found(PROPOSAL.address, STRANGER, proposal_data((N, M))),
        found(PROPOSAL.address, CONTROLLER, proposal_data((N, M), multisig=wallet("other"))),
        found(PROPOSAL.address, CONTROLLER, proposal_data((N, M))[:-20]),
    ],
    ids=["another owner", "of another multisig", "cut"],
)
def test_a_proposal_that_is_none_leaves_the_approvals_open(account: Any) -> None:
    facts = collected(world=WORLD.reading(PROPOSAL.address, account))
    (acting,) = deployment(facts, executed()).acting
    assert isinstance(acting.approvers, Unknown)
    assert status(facts, "RC-12")[0] is Status.UNKNOWN


CLOSED = WORLD.reading(PROPOSAL.address, ABSENT)
VOTES = (
    vote("proposal_approve", SECOND, 60),
    vote("proposal_approve", DEPLOYER, 61),
    vote("proposal_approve", MEMBER, 62),
    vote("proposal_reject", DEPLOYER, 63),
    dataclasses.replace(vote("proposal_approve", DEPLOYER, 64), failed=True),
)


def test_the_votes_of_a_closed_proposal_are_read_from_its_history() -> None:
    facts = collected(world=CLOSED, more=VOTES)
    (acting,) = deployment(facts, executed()).acting
    assert isinstance(acting.approvers, Found)
    assert acting.approvers.value == (N, M), "a vote taken back and a failed one don't count"
    assert len(acting.approvers.at.evidence) > 4
    assert status(facts, "RC-12")[0] is Status.PASS


@pytest.mark.parametrize(
    "cut",
    [
        {"pages": 1},
        {"first_available": 61},
        {"pruned": frozenset({VOTES[0].signature})},
        {"more": (*VOTES, dataclasses.replace(VOTES[0], slot=70, inner_recorded=False))},
    ],
    ids=["pages", "pruned blocks", "a pruned vote", "inner instructions"],
)
def test_a_closed_proposal_whose_history_is_cut_leaves_the_approvals_open(
    cut: dict[str, Any],
) -> None:
    facts = collected(world=CLOSED, **{"more": VOTES, **cut})
    (acting,) = deployment(facts, executed()).acting
    assert isinstance(acting.approvers, Unknown)
    assert status(facts, "RC-12")[0] is not Status.PASS


def test_registers_and_wallets_are_read_apart() -> None:
    facts = collected().provenance
    (register,) = facts.registers
    assert isinstance(register.rows, Found)
    assert [(r.key, r.owner, r.roles) for r in register.rows.value] == [
        (M, "Ada Release", ("deployer", "multisig-member")), (N, "Ben Second", ()),
    ]  # fmt: skip
    assert facts.wallets == ()
    profile = WORLD.target().model_copy(
        update={"wallets": (Wallet(name="w", address=M, roles=("keeper",), owner=None),)}
    )
    told = asyncio.run(release.collect(Sources(profile, Node({None: WORLD}), ("first",))))
    assert [(w.key, w.name, w.owner, w.roles) for w in told.provenance.wallets] == [
        (M, "w", None, ("keeper",))
    ]


def test_a_register_that_is_no_list_is_not_an_empty_one() -> None:
    facts = collected(files={"signers.toml": b"signers = 3"})
    assert isinstance(facts.provenance.registers[0].rows, Unknown)
    assert status(facts, "RC-12")[0] is Status.UNKNOWN


def test_the_last_change_is_looked_at_though_nobody_recorded_it() -> None:
    later = executed(slot=200)
    first = executed(slot=100)
    said = f'{{"operator": "Ada Release", "deployment_signature": "{first.signature}"}}'
    facts = collected(
        later, WORLD.program(slot=200, code=story.code(story.block())), more=(first,),
        files={"record.json": said.encode()},
    )  # fmt: skip
    known = facts.provenance.programs[GOVERNANCE].deployments
    assert set(known) == {first.signature, later.signature}
    assert status(facts, "RC-12")[0] is Status.MISSING


def test_instructions_of_the_source_are_those_of_its_program_module() -> None:
    (source,) = collected().provenance.programs[GOVERNANCE].source
    assert isinstance(source.names, Found)
    assert source.names.value == ("open", "close")
    (none,) = collected(files={"lib.rs": b"mod x {}"}).provenance.programs[GOVERNANCE].source
    assert isinstance(none.names, Found)
    assert none.names.value is None
    (torn,) = (
        collected(files={"lib.rs": b"#[program] mod x { pub fn"}).provenance.programs[GOVERNANCE]
        .source
    )  # fmt: skip
    assert isinstance(torn.names, Unknown)


def test_no_build_is_not_a_build_of_nothing() -> None:
    facts = collected(body=None)
    build = facts.provenance.programs[GOVERNANCE].build
    assert isinstance(build, Unknown)
    told, summary = status(facts, "RC-15")
    assert told is Status.UNKNOWN
    assert "no build was given" in summary


def test_the_executable_is_asked_for_once() -> None:
    answers = WithBuild({None: WORLD}, transactions=(DEPLOY,))
    sources = Sources(WORLD.target(), answers, ("first",))
    asyncio.run(release.collect(sources))
    whole = {q.params for q in answers.asked if story.PROGRAMDATA in q.params
             and q.method == "getMultipleAccounts" and "dataSlice" not in q.params}  # fmt: skip
    assert len(whole) == 1, "the bytes of ten megabytes must not be recorded twice"


def test_lamports_at_an_address_are_no_published_interface() -> None:
    address = story.idl_account(b"").value.address  # type: ignore[union-attr]
    facts = collected(world=WORLD.reading(address, found(address, programs.SYSTEM)))
    published = facts.provenance.programs[GOVERNANCE].published
    assert {type(read) for read in published.values()} == {ProvenAbsent}
    assert status(facts, "RC-13")[0] is Status.MISSING


def test_a_second_collection_asks_for_the_proposal_anew() -> None:
    answers = WithBuild({None: WORLD}, transactions=(DEPLOY, executed()))
    sources = Sources(WORLD.target(), answers, ("first",)).under("again")
    asyncio.run(release.collect(sources))
    probes = {q.probe for q in answers.asked if q.kind == "rpc"}
    assert None not in probes
    asked = [q for q in answers.asked if PROPOSAL.address in q.params]
    assert {q.probe for q in asked} <= {"again"}
