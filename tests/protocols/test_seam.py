"""The same assertions over two protocols: nothing of one of them is in the seam."""

from __future__ import annotations

import asyncio
import inspect
import json
from dataclasses import dataclass, fields, is_dataclass, replace
from enum import Enum
from functools import cached_property
from pathlib import Path
from typing import Any

import pytest
from solders.hash import Hash
from solders.instruction import AccountMeta, Instruction
from solders.message import Message
from solders.pubkey import Pubkey
from solders.transaction import Transaction as Signed

from privatedao_audit.chain import programs
from privatedao_audit.chain.reads import Account, ChainReads
from privatedao_audit.chain.transactions import Transaction, decode_transaction
from privatedao_audit.model.reads import Diverged, Found, ProvenAbsent, Unknown
from privatedao_audit.protocols import base
from privatedao_audit.protocols.base import (
    ActionKind,
    Availability,
    DaoReads,
    GovernanceProtocol,
    StageKind,
)
from privatedao_audit.protocols.privatedao.protocol import PROTOCOL
from tests.protocols import world
from tests.protocols.realms_stub import STATES, Realms
from tests.protocols.world import NOW, PROGRAM, Call, Node, key, pair, pda, told

GOVERNANCE = programs.SPL_GOVERNANCE
REALM, SEED = key("realm"), key("seed")
GOVERNED = pda(GOVERNANCE, b"account-governance", REALM, SEED)[0]


@dataclass(frozen=True)
class Tagged(Call):
    """A transaction of one instruction of SPL Governance."""

    keys: tuple[str, ...] = ()

    @cached_property
    def signed(self) -> Signed:
        signing = [str(pair(one).pubkey()) for one in self.signers]
        metas = [
            AccountMeta(Pubkey.from_string(k), is_signer=k in signing, is_writable=False)
            for k in self.keys
        ]
        made = Instruction(Pubkey.from_string(GOVERNANCE), self.data or b"", metas)
        payer = pair(self.signers[0])
        message = Message.new_with_blockhash(
            [made], payer.pubkey(), Hash(self.slot.to_bytes(32, "little"))
        )
        return Signed([payer], message, message.recent_blockhash)


def _raw(text: str) -> bytes:
    return bytes(Pubkey.from_string(text))


def _governed() -> Account:
    config = bytes([0, 60]) + bytes(8) + (86_400).to_bytes(4, "little") * 2
    data = bytes([18]) + _raw(REALM) + _raw(SEED) + bytes(4) + config
    return Account(GOVERNED, 1, GOVERNANCE, data.ljust(236, b"\0"), False)


def _realms_node() -> Node:
    calls, accounts = [], [_governed()]
    for state in range(len(STATES)):
        address = key(f"proposal {state}")
        owner = key("owner")
        keys = (REALM, address, GOVERNED, key("record"), key("mint"), owner)
        calls.append(Tagged("", ("owner",), keys=keys, data=b"\6", slot=10 + state))
        data = bytes([14]) + _raw(GOVERNED) + _raw(key("mint")) + bytes([state]) + _raw(owner)
        accounts.append(Account(address, 1, GOVERNANCE, data, False))
    return Node(calls=tuple(calls)).with_accounts(*accounts)


def _private_node() -> Node:
    states: list[dict[str, Any]] = [
        {}, {"commit_count": 2, "reveal_count": 1}, {"status": "Failed"}, {"status": "Cancelled"},
        {"status": "Passed", "execution_unlocks_at": NOW + 80_000},
        {"status": "Passed", "execution_unlocks_at": NOW - 10, "reveal_end": NOW - 90_000,
         "voting_end": NOW - 95_000},
        {"status": "Passed", "execution_unlocks_at": NOW - 10, "reveal_end": NOW - 90_000,
         "voting_end": NOW - 95_000, "is_executed": True},
    ]  # fmt: skip
    node = Node().with_accounts(world.dao_account(proposal_count=len(states)))
    return node.with_accounts(*(world.proposal_account(n, **s) for n, s in enumerate(states)))


@dataclass(frozen=True)
class Side:
    """One protocol, an invented DAO of it, and transactions of its program."""

    protocol: GovernanceProtocol
    node: Node
    dao: str
    program: str
    known: Call
    unknown: Call
    code: int


def _sides() -> dict[str, Side]:
    veto = Call("veto_proposal", ("boss",), {"authority": key("boss")}, logs=told())
    cancel = (REALM, GOVERNED, key("proposal 2"), key("record"), key("owner"))
    tagged = Tagged("", ("owner",), keys=cancel, data=b"\x0b", logs=())
    return {
        "privatedao": Side(
            PROTOCOL, _private_node(), world.DAO, PROGRAM, veto,
            replace(veto, data=b"unknown!"), 6012,
        ),
        "realms": Side(
            Realms(), _realms_node(), GOVERNED, GOVERNANCE, tagged,
            replace(tagged, data=b"\xc8"), 500,
        ),
    }  # fmt: skip


SIDES = _sides()
BOTH = pytest.mark.parametrize("side", SIDES.values(), ids=SIDES)


def collected(side: Side, node: Node | None = None) -> DaoReads:
    chain = ChainReads(node or side.node)
    return asyncio.run(side.protocol.collect_dao(chain, side.dao, side.program))


def landed(call: Call) -> Transaction:
    return decode_transaction(call.answer())


def _failed(side: Side) -> Transaction:
    err = {"InstructionError": [0, {"Custom": side.code}]}
    return landed(replace(side.known, err=err, logs=None))


@BOTH
def test_a_protocol_has_exactly_what_the_seam_asks_for(side: Side) -> None:
    for name, asked in inspect.getmembers(GovernanceProtocol):
        if name.startswith("_"):
            continue
        assert hasattr(side.protocol, name)
        if inspect.isfunction(asked):
            given = inspect.signature(getattr(type(side.protocol), name))
            assert given == inspect.signature(asked), name


@BOTH
def test_a_dao_is_collected_with_evidence(side: Side) -> None:
    found = collected(side)
    assert isinstance(found.dao, Found)
    assert found.complete, found.gaps
    assert (found.address, found.program) == (side.dao, side.program)
    assert found.dao.value.address == side.dao
    reads = [found.dao, found.now, *found.policies.values(), *found.roles.values()]
    reads += [one.proposal for one in found.proposals]
    assert all(read.at.evidence for read in reads)
    assert len({one.id for one in found.proposals}) == len(found.proposals) >= 7
    assert found.roles["authority"].value == (  # type: ignore[union-attr]
        found.dao.value.authorities["authority"]
    )


@BOTH
def test_an_absent_dao_is_proven_absent(side: Side) -> None:
    found = collected(side, Node())
    assert isinstance(found.dao, ProvenAbsent)
    assert found.gaps
    assert not found.complete


@BOTH
def test_a_provider_error_is_unknown(side: Side) -> None:
    found = collected(side, replace(side.node, unread=frozenset({side.dao})))
    assert isinstance(found.dao, Unknown)
    assert not found.complete


@BOTH
def test_a_dao_of_another_program_is_unknown(side: Side) -> None:
    accounts = dict(side.node.accounts)
    accounts[side.dao] = replace(accounts[side.dao], owner=key("another program"))
    found = collected(side, replace(side.node, accounts=accounts))
    assert isinstance(found.dao, Unknown)
    assert not found.complete


@BOTH
def test_treasuries_are_derived_the_same_way_as_collected(side: Side) -> None:
    found = collected(side)
    derived = side.protocol.treasuries(found)
    assert derived == tuple(one.treasury for one in found.treasuries)
    assert all(one.dao == side.dao and len(one.seeds) == 2 for one in derived)


@BOTH
def test_stages_and_levers_hang_together(side: Side) -> None:
    found = collected(side)
    assert isinstance(found.dao, Found)
    kinds = set()
    for one in found.proposals:
        assert isinstance(one.proposal, Found)
        stage = side.protocol.stage(one.proposal.value, NOW, found.dao.value)
        kinds.add(stage.kind)
        assert stage.reason
        assert stage.proposal is one.proposal.value
        levers = side.protocol.levers(stage)
        assert levers
        for lever in levers:
            assert lever.reason
            assert lever.stops
            if lever.availability is Availability.NOW:
                assert lever.role != "nobody"
                assert lever.until is None or lever.until > NOW
            assert lever.seconds_left is None or lever.until is not None
        if stage.kind in (StageKind.EXECUTED, StageKind.ENDED):
            on_it = [x for x in levers if "it stops no proposal" not in x.stops]
            assert {x.availability for x in on_it} == {Availability.NONE}
    assert {StageKind.EXECUTABLE, StageKind.EXECUTED, StageKind.ENDED} <= kinds


@BOTH
def test_a_stage_with_the_dao_of_another_is_refused(side: Side) -> None:
    found = collected(side)
    assert isinstance(found.dao, Found)
    proposal = found.proposals[0].proposal
    assert isinstance(proposal, Found)
    with pytest.raises(ValueError, match="belongs to"):
        side.protocol.stage(
            proposal.value, NOW, replace(found.dao.value, address=key("elsewhere"))
        )


@BOTH
def test_known_and_unknown_instructions_are_listed(side: Side) -> None:
    (known,) = side.protocol.actions(landed(side.known), side.program)
    rule = side.protocol.instruction_rules[str(known.name)]
    assert known.kind is ActionKind.INSTRUCTION
    assert known.signers == {rule.signer: known.accounts[rule.signer]}
    assert (known.dao, known.took_effect, rule.privileged) == (side.dao, True, True)
    (unknown,) = side.protocol.actions(landed(side.unknown), side.program)
    assert (unknown.kind, unknown.name) == (ActionKind.UNKNOWN_INSTRUCTION, None)
    assert unknown.discriminator
    assert unknown.fault


@BOTH
def test_lost_inner_instructions_leave_actions_incomplete(side: Side) -> None:
    found = side.protocol.actions(landed(replace(side.known, inner=False)), side.program)
    assert (found.complete, bool(found.why)) == (False, True)


@BOTH
def test_failures_and_numbers_are_named(side: Side) -> None:
    name = side.protocol.error_name(side.code).name
    assert name
    failed = side.protocol.failure(_failed(side), side.program)
    assert (failed.name, failed.code, failed.source) == (name, side.code, "code")
    assert side.protocol.failure(landed(side.known), side.program).source == "none"
    (action,) = side.protocol.actions(_failed(side), side.program)
    assert not action.took_effect
    assert side.protocol.error_name(4_000_000).name is None


@BOTH
def test_builds_are_named_and_others_refused(side: Side) -> None:
    found = collected(side)
    proposal = found.proposals[0].proposal
    assert isinstance(proposal, Found)
    stage = side.protocol.stage(proposal.value, NOW)
    for build in side.protocol.builds:
        assert side.protocol.levers(stage, build)
        assert side.protocol.error_name(side.code, build).name
    for use in (
        lambda: side.protocol.levers(stage, "no build"),
        lambda: side.protocol.error_name(side.code, "no build"),
        lambda: side.protocol.failure(_failed(side), side.program, "no build"),
    ):
        with pytest.raises(ValueError, match="known are"):
            use()


@BOTH
def test_all_facts_are_plain_data(side: Side) -> None:
    found = _plain(collected(side))
    assert json.loads(json.dumps(found)) == found
    (action,) = side.protocol.actions(landed(side.known), side.program)
    assert json.dumps(_plain(action))


def _plain(value: Any) -> Any:
    """Facts as JSON; anything that is no plain data fails."""
    if isinstance(value, Enum):
        return value.value
    if is_dataclass(value) and not isinstance(value, type):
        kind = [type(value).__name__] if isinstance(
            value, (Found, ProvenAbsent, Unknown, Diverged)
        ) else []
        return kind + [_plain(getattr(value, field.name)) for field in fields(value)]
    if isinstance(value, dict):
        assert all(isinstance(key, str) for key in value)
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    assert value is None or isinstance(value, bool | int | str), type(value)
    return value


@BOTH
def test_documents_and_rules_are_told(side: Side) -> None:
    assert side.protocol.name
    assert side.protocol.documents
    assert all(rule.callers for rule in side.protocol.instruction_rules.values())


def test_the_seam_names_no_protocol_and_none_of_its_words() -> None:
    folder = Path(base.__file__).parent
    words = (
        "privatedao", "private-dao", "keeper", "reveal", "attestor", "refhe", "magicblock",
        "settlement", "confidential", "zk", "snapshot", "emergency",
    )  # fmt: skip
    for name in ("base.py", "facts.py", "conduct.py"):
        text = (folder / name).read_text(encoding="utf-8").lower()
        assert [word for word in words if word in text.replace("privatedao_audit", "")] == []
