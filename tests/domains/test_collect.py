"""Collectors against an invented node: what is asked, how often, and what becomes of it."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest

from privatedao_audit.chain.layouts.squads import Multisig
from privatedao_audit.domains.authority.collect import closing, collect_authorities
from privatedao_audit.domains.authority.facts import Other, ProgramHeader
from privatedao_audit.domains.authority.world import (
    CONTROLLER,
    GOVERNANCE,
    STRANGER,
    World,
    wallet,
)
from privatedao_audit.domains.custody import checks as custody_checks
from privatedao_audit.domains.custody import collect as custody
from privatedao_audit.domains.custody.cases import FILE, GOOD, RECORD, ladder, record
from privatedao_audit.domains.gate import collect as gate
from privatedao_audit.domains.release import checks as release_checks
from privatedao_audit.domains.release import collect as release
from privatedao_audit.domains.release.sound import surface, text_of
from privatedao_audit.domains.sources import Sources
from privatedao_audit.model.limits import Limits
from privatedao_audit.model.reads import Found, ProvenAbsent, Unknown
from privatedao_audit.model.status import Status
from privatedao_audit.model.target import Surface, Target
from tests.domains.node import DEPLOYER, Landed, Node

PROGRAM = GOOD.programs[0]
KEY = str(DEPLOYER.pubkey())
SYSVAR = wallet("sysvar")
DEPLOY = Landed(2, 100, (KEY, PROGRAM.programdata, GOVERNANCE, wallet("buffer"), SYSVAR, SYSVAR,
                         SYSVAR, KEY), tail=(4_096).to_bytes(8, "little"))  # fmt: skip
UPGRADE = Landed(3, 200, (PROGRAM.programdata, GOVERNANCE, wallet("buffer"), KEY, SYSVAR, SYSVAR,
                          KEY))  # fmt: skip


def sources(node: Node, surfaces: tuple[Surface, ...] = (), **target: Any) -> Sources:
    profile = node.worlds[None].target().model_copy(update={"surfaces": surfaces, **target})
    assert isinstance(profile, Target)
    return Sources(profile, node, ("first", "second"))


def test_authorities_are_asked_for_until_nothing_new_turns_up() -> None:
    node = Node({None: GOOD})
    facts = asyncio.run(collect_authorities(sources(node)))

    assert facts.genesis_hash == Found(GOOD.target().cluster.genesis_hash, facts.genesis_hash.at)
    assert set(facts.accounts) >= {
        GOVERNANCE, PROGRAM.programdata, PROGRAM.authority, GOOD.multisigs[0].address, CONTROLLER,
    }  # fmt: skip
    evidence = {read.at.evidence for read in facts.accounts.values()}
    assert len(evidence) == 1, "accounts that must agree come from one read"
    code = facts.executables[GOVERNANCE]
    assert isinstance(code, Found)
    assert code.value.sha256 == PROGRAM.sha256
    assert set(facts.executables) == {GOVERNANCE, CONTROLLER}


def test_a_whole_ladder_of_controllers_is_read() -> None:
    world = ladder(3, STRANGER)
    facts = asyncio.run(collect_authorities(sources(Node({None: world}))))
    assert {p.id for p in world.programs} | {STRANGER} <= set(facts.accounts)


def test_only_the_cluster_of_the_target_counts_as_its_genesis() -> None:
    node = Node({None: GOOD}, genesis={"first": wallet("other"), "second": wallet("other")})
    facts = asyncio.run(collect_authorities(sources(node)))
    assert isinstance(facts.genesis_hash, Unknown)
    one_wrong = Node({None: GOOD}, genesis={"first": wallet("other")})
    facts = asyncio.run(collect_authorities(sources(one_wrong)))
    assert isinstance(facts.genesis_hash, Found)


def test_a_multisig_too_long_to_be_read_whole_is_not_decoded() -> None:
    world = GOOD.reading(
        GOOD.multisigs[0].address,
        replace_data(GOOD, GOOD.multisigs[0].address, GOOD.multisigs[0].data() + bytes(9_000)),
    )
    facts = asyncio.run(collect_authorities(sources(Node({None: world}))))
    read = facts.accounts[GOOD.multisigs[0].address]
    assert isinstance(read, Found)
    assert isinstance(read.value.content, Other)


def replace_data(world: World, address: str, data: bytes) -> Found[Any]:
    read = world.accounts()[address]
    assert isinstance(read, Found)
    return Found(replace(read.value, data=data), read.at)


def test_a_program_that_moves_between_two_reads_is_not_hashed() -> None:
    class Restless(Node):
        def _getMultipleAccounts(self, question: Any, keys: Any, config: Any) -> Any:
            if "dataSlice" not in config:
                return Node({None: GOOD.program(slot=101)})._getMultipleAccounts(
                    question, keys, config
                )
            return super()._getMultipleAccounts(question, keys, config)

    facts = asyncio.run(collect_authorities(sources(Restless({None: GOOD}))))
    code = facts.executables[GOVERNANCE]
    assert isinstance(code, Unknown)
    assert "moved between two reads" in code.reason


@pytest.mark.parametrize(
    ("later", "moved"),
    [
        (GOOD, False),
        (GOOD.program(padding=2), False),
        (GOOD.program(slot=101), True),
        (GOOD.program(authority=STRANGER), True),
        (GOOD.multisig(time_lock=0), True),
        (GOOD.multisig(threshold=1), True),
        (GOOD.multisig(config_authority=STRANGER), True),
        (GOOD.multisig(stale_transaction_index=4), True),
        (GOOD.multisig(members=GOOD.multisigs[0].members[:2]), True),
        (GOOD.reading(PROGRAM.programdata, ProvenAbsent(PROGRAM.accounts()[GOVERNANCE].at)), True),
    ],
)
def test_the_closing_read_tells_what_ends_a_verdict(later: World, moved: bool) -> None:
    node = Node({None: GOOD, "closing": later})
    given = sources(node)

    async def both() -> tuple[str, ...]:
        return await closing(given, await collect_authorities(given))

    assert bool(asyncio.run(both())) is moved
    assert ("getMultipleAccounts", "closing") in node.methods()


def test_a_closing_read_that_fails_proves_nothing() -> None:
    class Silent(Node):
        def _getMultipleAccounts(self, question: Any, keys: Any, config: Any) -> Any:
            if question.probe == "closing":
                raise LookupError("the node answered 503")
            return super()._getMultipleAccounts(question, keys, config)

    given = sources(Silent({None: GOOD}))

    async def both() -> tuple[str, ...]:
        return await closing(given, await collect_authorities(given))

    assert asyncio.run(both()) == ()


def test_probe_labels_add_up() -> None:
    given = sources(Node({None: GOOD}))
    assert given.under("again").under("closing").probe == "again/closing"


def custody_of(node: Node) -> Any:
    return asyncio.run(custody.collect(sources(node, (record().surface,))))


def test_custody_is_collected_from_bytes_to_verdict() -> None:
    facts = custody_of(Node({None: GOOD}, files={FILE: json.dumps(RECORD).encode()}))
    for control in ("UA-01", "UA-04", "UA-06"):
        assert custody_checks.CHECKS[control](facts, Limits()).status is Status.PASS
    (program,) = facts.programs
    assert [link.program for link in program.links] == [GOVERNANCE, CONTROLLER]
    assert isinstance(program.links[0].state, Multisig)


def test_without_the_record_custody_is_missing_it() -> None:
    facts = custody_of(Node({None: GOOD}))
    assert custody_checks.ua_04(facts, Limits()).status is Status.MISSING


def test_the_gate_asks_every_provider_for_itself() -> None:
    node = Node({None: GOOD}, genesis={"second": wallet("other")})
    facts = asyncio.run(gate.collect(sources(node)))
    assert set(facts.genesis) == {"first", "second"}
    assert facts.genesis["first"] != facts.genesis["second"]
    methods = node.methods()
    assert methods[:4] == [
        ("getGenesisHash", "provider:first"), ("getGenesisHash", "provider:second"),
        # For the claim ledger: what is in scope, and where the checkout stands.
        ("getMultipleAccounts", None), ("head", None),
    ]  # fmt: skip
    # For the scope: who controls what is in it.
    assert set(methods[4:]) == {
        ("getGenesisHash", "provider:first"), ("getMultipleAccounts", None)
    }  # fmt: skip


def release_of(said: Mapping[str, Any], node: Node) -> Any:
    files = {
        kind: text_of(kind, {"program_id": GOVERNANCE, **said}).encode()
        for kind in ("record.json", "lib.rs", "Anchor.toml", "idl.json")
    }
    mapped = tuple(surface(kind).surface for kind in files)
    with_files = replace(node, files=files, asked=node.asked)
    return asyncio.run(release.collect(sources(with_files, mapped)))


SAID = {"artifact_sha256": PROGRAM.sha256, "deployment_signature": DEPLOY.signature}


def test_a_release_is_collected_from_bytes_to_verdict() -> None:
    facts = release_of(SAID, Node({None: GOOD}, transactions=(DEPLOY,)))
    (program,) = facts.programs
    assert isinstance(program.history, Found)
    assert program.history.value.complete
    assert [e.action for e in program.history.value.events] == ["DeployWithMaxDataLen"]
    assert isinstance(program.recorded[DEPLOY.signature], Found)
    for name in ("RC-02", "RC-08", "RC-09"):
        said = release_checks.CHECKS[name](facts, Limits())
        assert said.status is Status.PASS, (name, said.summary)


def test_an_upgrade_that_nobody_recorded_is_found() -> None:
    node = Node({None: GOOD.program(slot=200)}, transactions=(DEPLOY, UPGRADE))
    facts = release_of(SAID, node)
    assert release_checks.rc_09(facts, Limits()).status is Status.FAIL


def test_a_failed_upgrade_changes_nothing() -> None:
    failed = replace(UPGRADE, failed=True)
    facts = release_of(SAID, Node({None: GOOD}, transactions=(DEPLOY, failed)))
    assert release_checks.rc_09(facts, Limits()).status is Status.PASS
    history = facts.programs[0].history
    assert isinstance(history, Found)
    assert [e.succeeded for e in history.value.events] == [True, False]


EXTEND = Landed(6, 300, (PROGRAM.programdata, GOVERNANCE), tail=(8).to_bytes(4, "little"))


@pytest.mark.parametrize(
    ("node", "gap"),
    [
        (Node({None: GOOD}, transactions=(DEPLOY, EXTEND), pages=1), "could not be read"),
        (Node({None: GOOD}, transactions=(DEPLOY, EXTEND), first_available=101), "may be cut"),
        (Node({None: GOOD}, transactions=(EXTEND,)), "the first deploy is not"),
        (Node({None: GOOD}, transactions=(DEPLOY, UPGRADE, EXTEND),
              pruned=frozenset({UPGRADE.signature})), "could not be read"),
        (Node({None: GOOD}, transactions=(DEPLOY, replace(UPGRADE, inner=False), EXTEND)),
         "were not recorded"),
        (Node({None: GOOD}, transactions=(DEPLOY, replace(UPGRADE, tag=77), EXTEND)),
         "does not decode"),
    ],
    ids=["page unread", "older history cut", "no deploy", "pruned", "no inner", "not understood"],
)  # fmt: skip
def test_a_history_with_a_gap_is_not_complete(node: Node, gap: str) -> None:
    extended = replace(node, worlds={None: GOOD.program(slot=300)})
    facts = release_of(SAID, extended)
    history = facts.programs[0].history
    assert isinstance(history, Found)
    assert not history.value.complete
    assert gap in history.value.gap
    # The recorded deploy is not there, or an upgrade is seen, or one could hide.
    assert release_checks.rc_09(facts, Limits()).status in (Status.UNKNOWN, Status.FAIL)


def test_what_was_dropped_before_the_first_deploy_is_missed_by_nobody() -> None:
    facts = release_of(SAID, Node({None: GOOD}, transactions=(DEPLOY,), first_available=100))
    history = facts.programs[0].history
    assert isinstance(history, Found)
    assert (history.value.complete, history.value.gap) == (True, "")


def test_a_history_whose_first_page_fails_is_unknown() -> None:
    facts = release_of(SAID, Node({None: GOOD}, transactions=(DEPLOY,), pages=0))
    assert isinstance(facts.programs[0].history, Unknown)


@pytest.mark.parametrize(
    "text", ["see the log", "1" * 70, "z" * 88, DEPLOY.signature + "1", "\u00e9" * 80]
)
def test_what_is_no_signature_is_never_asked_for(text: str) -> None:
    node = Node({None: GOOD}, transactions=(DEPLOY,))
    facts = release_of({**SAID, "deployment_signature": text}, node)
    assert facts.programs[0].recorded == {}
    assert release_checks.rc_09(facts, Limits()).status is Status.FAIL


def test_a_blank_names_no_transaction_and_contradicts_nothing() -> None:
    node = Node({None: GOOD}, transactions=(DEPLOY,))
    facts = release_of({**SAID, "deployment_signature": " "}, node)
    assert facts.programs[0].recorded == {}
    assert release_checks.rc_09(facts, Limits()).status is Status.MISSING


def test_an_archived_record_names_no_transaction() -> None:
    files = {"record.json": text_of("record.json", {"program_id": GOVERNANCE, **SAID}).encode()}
    node = Node({None: GOOD}, transactions=(DEPLOY,), files=files)
    mapped = surface("record.json", state="archived").surface
    facts = asyncio.run(release.collect(sources(node, (mapped,))))
    assert facts.programs[0].recorded == {}


def test_a_pruned_transaction_did_not_not_happen() -> None:
    node = Node({None: GOOD}, transactions=(DEPLOY,), pruned=frozenset({DEPLOY.signature}))
    facts = release_of(SAID, node)
    assert isinstance(facts.programs[0].recorded[DEPLOY.signature], Unknown)
    assert release_checks.rc_09(facts, Limits()).status is Status.UNKNOWN


def test_the_header_of_program_data_is_what_was_read() -> None:
    facts = asyncio.run(collect_authorities(sources(Node({None: GOOD}))))
    read = facts.accounts[PROGRAM.programdata]
    assert isinstance(read, Found)
    assert read.value.content == ProgramHeader(PROGRAM.slot, PROGRAM.authority)
