"""From the bytes of a node to the history of an authority, and what is said of one with holes."""

from __future__ import annotations

import asyncio
import hashlib
import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from privatedao_audit.chain import programs
from privatedao_audit.domains.authority.collect import collect_authorities
from privatedao_audit.domains.authority.resolve import chain_of
from privatedao_audit.domains.authority.world import (
    CODE,
    GOVERNANCE,
    MEMBERS,
    STRANGER,
    key_bytes,
    wallet,
)
from privatedao_audit.domains.custody.controllers import graph
from privatedao_audit.domains.custody.facts import CustodyFacts, ProgramCustody
from privatedao_audit.domains.custody.history import collect as history
from privatedao_audit.domains.custody.history.checks import CHECKS
from privatedao_audit.domains.custody.history.world import (
    ADDRESS,
    OWNER,
    PROGRAMDATA,
    VAULT,
    proposal_at,
    transaction_at,
)
from privatedao_audit.model.limits import Limits
from privatedao_audit.model.reads import Found, Unknown
from privatedao_audit.model.status import Status
from privatedao_audit.model.target import Surface
from tests.domains.custody.history import ledger
from tests.domains.custody.history.ledger import BUFFER, LIFE, NONCE, Told
from tests.domains.node import Node
from tests.domains.test_collect import sources

FAIL, PASS, UNKNOWN = Status.FAIL, Status.PASS, Status.UNKNOWN
EXECUTION, SECOND_VOTE = LIFE[-1], LIFE[9]


class Ledger(Node):
    """Pages of a hundred, as the walk asks for them."""

    def _getSignaturesForAddress(self, question: Any, address: str, config: Any) -> Any:
        rows = [t.row() for t in reversed(self.transactions) if address in t.accounts]
        names = [row["signature"] for row in rows]
        before = config.get("before")
        start = 0 if before is None else names.index(before) + 1
        return rows[start:], None


def node(*life: Any, end: Any = None, **more: Any) -> Ledger:
    return Ledger({None: end or ledger.world()}, transactions=life or LIFE, **more)


def facts_of(answers: Node) -> CustodyFacts:
    given = sources(answers)

    async def collected() -> CustodyFacts:
        authority = await collect_authorities(given)
        links = tuple(chain_of(GOVERNANCE, authority, given.target))
        program = ProgramCustody("governance", GOVERNANCE, links, ())
        read = await history.collect(given, (program,), authority)
        return CustodyFacts("localnet", (program,), authority, history=read)

    return asyncio.run(collected())


def said(answers: Node) -> dict[str, Status]:
    facts = facts_of(answers)
    return {control: check(facts, Limits()).status for control, check in CHECKS.items()}


def changed(change: Callable[[Told], Told | None]) -> tuple[Told, ...]:
    return tuple(new for one in LIFE if (new := change(one)) is not None)


def test_a_life_is_read_from_bytes_to_verdict() -> None:
    facts = facts_of(node())
    (program,) = facts.history.programs
    assert isinstance(program.loader, Found)
    events = program.loader.value.events
    assert [(e.action, e.succeeded, e.inner) for e in events] == [
        ("DeployWithMaxDataLen", True, False), ("SetAuthority", True, False),
        ("ExtendProgram", True, False), ("Upgrade", False, False), ("Upgrade", True, True),
    ]  # fmt: skip
    assert (events[-1].place, events[-1].caller) == ("0.0", "0")
    lives = program.buffers[BUFFER]
    assert isinstance(lives, Found)
    (life,) = lives.value
    assert (life.begun, life.writes, life.last_write) == (130, 3, 132)
    assert life.sha256 == hashlib.sha256(CODE).hexdigest()
    assert life.ended_by == EXECUTION.signature
    (multisig,) = facts.history.multisigs
    assert isinstance(multisig.log, Found)
    assert [step.instruction.name for step in multisig.log.value.steps] == [
        "multisig_create_v2", "vault_transaction_create", "proposal_create", "proposal_approve",
        "proposal_approve", "vault_transaction_execute",
    ]  # fmt: skip
    assert {one.key for one in facts.history.signers} == {*MEMBERS, VAULT}
    for control in ("UA-03", "UA-07", "UA-08"):
        judged = CHECKS[control](facts, Limits())
        assert judged.status is PASS, judged.summary


@pytest.mark.parametrize(
    ("answers", "expected"),
    [
        (node(pruned=frozenset({SECOND_VOTE.signature})), UNKNOWN),
        (node(pruned=frozenset({EXECUTION.signature})), UNKNOWN),
        (node(first_available=141), UNKNOWN),
        (node(first_available=100), PASS),
        (node(*changed(lambda one: None if one is SECOND_VOTE else one)), FAIL),
        (node(*changed(lambda one: replace(one, time=200_000) if one is EXECUTION else one)), FAIL),
        (node(*changed(lambda one: replace(one, recorded=False) if one is SECOND_VOTE else one)),
         UNKNOWN),
        (node(*changed(lambda one: replace(one, recorded=False) if one is EXECUTION else one)),
         UNKNOWN),
        (node(*LIFE[:9], Told(152, (ledger.write(0, b"!"),)), *LIFE[9:]), FAIL),
        (node(*LIFE[:-1], Told(240, (ledger.loader(77, PROGRAMDATA, VAULT),)), LIFE[-1]), UNKNOWN),
        (node(*LIFE[:-1], Told(240, (ledger.squads("nobody_knows"),)), LIFE[-1]), UNKNOWN),
        (node(*LIFE[1:]), UNKNOWN),
    ],
    ids=["a vote is null", "the execution is null", "cut", "cut before all of it",
         "one vote only", "too early", "inner of a vote unknown", "inner of the execution unknown",
         "rewritten", "loader instruction unknown", "multisig instruction unknown", "no deploy"],
)  # fmt: skip
def test_a_life_with_a_hole_is_not_approved(answers: Node, expected: Status) -> None:
    assert said(answers)["UA-03"] is expected


def test_an_upgrade_that_programdata_does_not_list_is_found_elsewhere() -> None:
    class Forgetful(Ledger):
        def _getSignaturesForAddress(self, question: Any, address: str, config: Any) -> Any:
            rows, slot = super()._getSignaturesForAddress(question, address, config)
            kept = [r for r in rows if r["signature"] != EXECUTION.signature]
            return (kept if address == PROGRAMDATA else rows), slot

    answers = Forgetful({None: ledger.world()}, transactions=LIFE)
    facts = facts_of(answers)
    assert [e.signature for e in facts.history.programs[0].elsewhere] == [EXECUTION.signature]
    judged = said(answers)
    assert (judged["UA-03"], judged["UA-08"]) == (UNKNOWN, FAIL)


def test_an_empty_page_for_a_cursor_nobody_knows_is_the_end_of_nothing() -> None:
    class Lagging(Ledger):
        def _getSignaturesForAddress(self, question: Any, address: str, config: Any) -> Any:
            if config.get("before"):
                raise LookupError("before: signature not found")
            rows, slot = super()._getSignaturesForAddress(question, address, config)
            return rows[:3], slot

    judged = said(Lagging({None: ledger.world()}, transactions=LIFE))
    assert set(judged.values()) == {UNKNOWN}


def test_a_list_and_a_transaction_that_contradict_are_not_read() -> None:
    class Liar(Ledger):
        def _getTransaction(self, question: Any, signature: str, config: Any) -> Any:
            answer, slot = super()._getTransaction(question, signature, config)
            if signature == SECOND_VOTE.signature:
                answer["slot"] -= 20
            return answer, slot

    assert said(Liar({None: ledger.world()}, transactions=LIFE))["UA-03"] is UNKNOWN


def test_what_waits_is_told_with_its_time() -> None:
    raw = ledger.message()
    put = (
        bytes.fromhex("a8faa264510ea2cf") + key_bytes(ADDRESS) + key_bytes(MEMBERS[0])
        + (1).to_bytes(8, "little") + b"\xff\0\xff" + bytes(4) + raw[:3]
        + (7).to_bytes(4, "little") + raw[4:228] + (1).to_bytes(4, "little") + b"\5"
        + (7).to_bytes(4, "little") + bytes([1, 2, 3, 4, 6, 6, 0]) + (4).to_bytes(4, "little")
        + b"\3\0\0\0" + bytes(4)
    )  # fmt: skip
    end = ledger.world(**{
        proposal_at(1): (OWNER, ledger.proposal(3)),
        transaction_at(1): (OWNER, put),
    }).program(slot=160)  # fmt: skip
    facts = facts_of(node(*LIFE[:-1], end=end))
    judged = CHECKS["UA-07"](facts, Limits())
    assert judged.status is FAIL
    # Approved at 250,000 s by the account, locked for a day.
    assert "1970-01-04 21:26:40 UTC" in judged.summary
    assert f"upgrades program {GOVERNANCE} from buffer {BUFFER}" in judged.summary


def test_a_buffer_left_under_the_vault_is_found() -> None:
    orphan = wallet("orphan")
    handed = Told(260, (ledger.loader(0, orphan, VAULT),))
    account = (1).to_bytes(4, "little") + b"\1" + key_bytes(VAULT) + b"code"
    end = ledger.world(**{orphan: (programs.LOADER_V3, account)})
    facts = facts_of(node(*LIFE, handed, end=end))
    judged = CHECKS["UA-07"](facts, Limits())
    assert (judged.status, orphan in judged.summary) == (FAIL, True)
    assert "staged buffer" in [box.title for box in graph.picture(facts, {}).boxes]


@pytest.mark.parametrize(
    ("authority", "named"), [(VAULT, True), (STRANGER, False), (None, False)],
    ids=["under the vault", "handed on", "renounced"],
)  # fmt: skip
def test_another_program_under_the_vault_is_named_and_drawn(
    authority: str | None, named: bool
) -> None:
    other = wallet("ProgramData of another program")
    handed = Told(260, (ledger.loader(4, other, STRANGER, VAULT),))
    holder = b"\0" + bytes(32) if authority is None else b"\1" + key_bytes(authority)
    account = (3).to_bytes(4, "little") + (250).to_bytes(8, "little") + holder + b"code"
    end = ledger.world(**{other: (programs.LOADER_V3, account)})
    facts = facts_of(node(*LIFE, handed, end=end))
    judged = CHECKS["UA-07"](facts, Limits())
    # It is no power over this program: named, and judged by nobody here.
    assert judged.status is PASS
    told = [p for p in judged.parts if p.label.endswith("buffers of vault 0")]
    assert [(other in p.summary, isinstance(p.observed, dict) and "other programs" in p.observed)
            for p in told] == [(named, named)]  # fmt: skip
    titles = [box.title for box in graph.picture(facts, {}).boxes]
    assert titles.count("other program") == named


def test_a_program_in_scope_is_none_of_the_others() -> None:
    ((vault,),) = [one.vaults for one in facts_of(node()).history.multisigs]
    assert vault.programs == {}


def _nonce_account(authority: str) -> bytes:
    head = (1).to_bytes(4, "little") * 2
    return head + key_bytes(authority) + key_bytes(STRANGER) + (5_000).to_bytes(8, "little")


@pytest.mark.parametrize(
    ("account", "expected"),
    [(None, PASS), (_nonce_account(MEMBERS[0]), FAIL), (b"x" * 80, UNKNOWN)],
    ids=["closed", "in force after a vote on it", "no nonce account"],
)
def test_a_nonce_that_carried_a_vote_is_judged_as_it_is_now(
    account: bytes | None, expected: Status
) -> None:
    end = ledger.world(**({} if account is None else {NONCE: (programs.SYSTEM, account)}))
    facts = facts_of(node(end=end))
    # The node lists the transaction for every account in it, so the member's history has it too.
    uses = [use for one in facts.history.signers for use in one.uses]
    assert {(use.nonce, use.privileged) for use in uses} == {(NONCE, True)}
    assert CHECKS["UA-10"](facts, Limits()).status is expected


def test_a_scan_is_used_where_it_is_allowed_and_not_missed_where_not() -> None:
    facts = facts_of(node())
    assert all(isinstance(one.scan, Unknown) for one in facts.history.signers)
    allowed = node(scans={key: (NONCE,) if key == MEMBERS[2] else () for key in (*MEMBERS, VAULT)})
    scanned = {one.key: one.scan for one in facts_of(allowed).history.signers}
    assert scanned[MEMBERS[2]] == Found((NONCE,), scanned[MEMBERS[2]].at)


def test_each_address_is_walked_once() -> None:
    answers = node()
    facts_of(answers)
    asked = [q.params for q in answers.asked if q.method == "getSignaturesForAddress"]
    assert len(asked) == len(set(asked))


def test_a_list_of_accepted_powers_is_read_with_its_date() -> None:
    file = "standing.json"
    mapped = Surface.model_validate(
        {"part": "standing-powers", "file": file, "format": "json", "rows": "/powers",
         "fields": {"kind": "/kind", "holders": "/holders/*"}}
    )  # fmt: skip
    elsewhere = mapped.model_copy(update={"cluster": "devnet"})
    text = json.dumps({"powers": [{"kind": "spending-limit", "holders": ["a", "b"]}]})
    given = sources(node(files={file: text.encode()}), (mapped, elsewhere))
    (form,) = asyncio.run(history._accepted(given))
    assert isinstance(form.said, Found)
    assert form.said.value.rows == ({"kind": "spending-limit", "holders": "a\nb"},)
    assert isinstance(form.changed, Unknown)


def test_the_config_authority_and_those_behind_a_member_are_looked_at() -> None:
    world = ledger.world()
    led = replace(world, multisigs=(replace(world.multisigs[0], config_authority=STRANGER),))
    asked = {one.key: one.role for one in facts_of(node(end=led)).history.signers}
    assert asked[STRANGER] == "config authority"
