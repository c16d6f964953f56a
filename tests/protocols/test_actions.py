"""Instructions and events of a transaction: bound, effective or not, and never dropped."""

from __future__ import annotations

import base64
from dataclasses import replace
from typing import Any

import pytest

from privatedao_audit.chain.anchor.events import EVENT_CPI_TAG, event_authority
from privatedao_audit.chain.transactions import Instruction, Transaction, decode_transaction
from privatedao_audit.protocols.base import Action, ActionKind, Actions
from privatedao_audit.protocols.privatedao.actions import actions
from privatedao_audit.protocols.privatedao.interface import interface
from privatedao_audit.protocols.privatedao.protocol import PROTOCOL
from tests.protocols import encoding
from tests.protocols.world import DAO, PROGRAM, SYSTEM, Call, key, proposal_address, told

PROPOSAL = proposal_address(0)[0]


def of(call: Call) -> Actions:
    return actions(decode_transaction(call.answer()), PROGRAM)


def data(name: str, **given: Any) -> str:
    kinds = {e["name"]: e for e in encoding.IDL["types"]}[name]["type"]["fields"]
    values = {f["name"]: encoding.default(f["type"]) for f in kinds} | given
    return "Program data: " + base64.b64encode(encoding.event(name, values)).decode()


def one(found: Actions) -> Action:
    (action,) = found
    return action


VETO = Call("veto_proposal", ("boss",), {"authority": key("boss")}, logs=told())


def test_an_instruction_is_named_and_bound() -> None:
    found = of(VETO)
    action = one(found)
    assert (found.complete, found.why) == (True, None)
    assert (action.kind, action.name) == (ActionKind.INSTRUCTION, "veto_proposal")
    assert (action.dao, action.proposal, action.place) == (DAO, PROPOSAL, "0")
    assert action.signers == {"authority": key("boss")}
    assert (action.took_effect, action.callers, action.fault) == (True, (), None)


@pytest.mark.parametrize("name", interface().names("instruction"))
def test_every_instruction_is_read_with_all_its_accounts(name: str) -> None:
    names = [item["name"] for item in encoding.instruction_accounts(name)]
    action = one(of(Call(name, ("payer",), logs=told())))
    assert action.name == name
    assert list(action.accounts) == names
    assert action.fault is None
    assert action.discriminator == interface().discriminator("instruction", name).hex()
    assert action.dao == (DAO if "dao" in names else None)
    assert action.proposal == (PROPOSAL if "proposal" in names else None)


@pytest.mark.parametrize("name", interface().names("event"))
def test_every_event_is_read(name: str) -> None:
    found = of(replace(VETO, logs=told(data(name))))
    (event,) = found.of(ActionKind.EVENT)
    assert (event.name, event.fault, event.callers) == (name, None, None)
    assert found.complete


def test_arguments_are_plain() -> None:
    call = Call(
        "commit_vote", ("ann",), {"voter": key("ann")},
        {"commitment": b"\5" * 32, "voter_reveal_authority": key("keeper")}, logs=told(),
    )  # fmt: skip
    assert one(of(call)).fields == {
        "commitment": "05" * 32, "voter_reveal_authority": key("keeper"),
    }  # fmt: skip


def test_an_event_without_a_dao_gets_that_of_its_proposal() -> None:
    line = data("ProposalVetoed", proposal=PROPOSAL, vetoed_by=key("boss"))
    found = of(replace(VETO, logs=told(line)))
    (event,) = found.of(ActionKind.EVENT)
    assert (event.dao, event.proposal, event.place) == (DAO, PROPOSAL, "0")
    strange = data("ProposalVetoed", proposal=proposal_address(9)[0], vetoed_by=key("boss"))
    (event,) = of(replace(VETO, logs=told(strange))).of(ActionKind.EVENT)
    assert event.dao is None


def test_an_unknown_instruction_is_listed() -> None:
    action = one(of(replace(VETO, data=b"\1\2\3\4\5\6\7\x08more")))
    assert (action.kind, action.name) == (ActionKind.UNKNOWN_INSTRUCTION, None)
    assert action.discriminator == "0102030405060708"
    assert "no instruction of this discriminator" in str(action.fault)
    assert key("boss") in action.extra
    assert key("boss") in action.signers.values()


@pytest.mark.parametrize("raw", [b"", b"\1", b"\1\2\3\4\5\6\7"])
def test_data_too_short_for_a_discriminator_is_listed(raw: bytes) -> None:
    assert one(of(replace(VETO, data=raw))).kind is ActionKind.UNKNOWN_INSTRUCTION


def test_the_frameworks_own_instruction_is_told_apart() -> None:
    action = one(of(replace(VETO, data=bytes.fromhex("40f4bc78a7e9690a00"))))
    assert action.kind is ActionKind.UNKNOWN_INSTRUCTION
    assert "IDL account" in str(action.fault)


def test_what_does_not_fit_an_instruction_is_told() -> None:
    known = encoding.instruction("veto_proposal", {})
    trailing = one(of(replace(VETO, data=known + b"\0\0")))
    assert (trailing.name, trailing.fault) == ("veto_proposal", "2 bytes follow its arguments")
    cut = encoding.instruction("deposit_treasury", {"amount": 5})[:-1]
    short = one(of(Call("deposit_treasury", ("ann",), data=cut, logs=told())))
    assert (short.name, short.fields) == ("deposit_treasury", {})
    assert "needs 8 bytes" in str(short.fault)
    few = one(of(replace(VETO, drop_accounts=1)))
    assert "2 accounts, the instruction takes 3" in str(few.fault)
    assert (few.dao, few.signers) == (DAO, {})


def test_further_accounts_and_further_signers_are_kept() -> None:
    call = Call(
        "record_proof_verification_v2", ("sender", "attestor"), {"recorder": key("sender")},
        {}, extra=(key("attestor"), key("nobody")), logs=told(),
    )  # fmt: skip
    action = one(of(call))
    assert action.extra == (key("attestor"), key("nobody"))
    assert action.signers == {"recorder": key("sender"), "extra 0": key("attestor")}


def test_in_a_failed_transaction_only_real_signers_are_signers() -> None:
    """Anyone can name the authority in a signer's place; it fails, and proves nothing of it."""
    named = Call(
        "veto_proposal", ("stranger",), {"authority": key("boss")},
        err={"InstructionError": [0, {"Custom": 3010}]}, logs=told(end="failed: no"),
    )  # fmt: skip
    action = one(of(named))
    assert (action.took_effect, action.accounts["authority"]) == (False, key("boss"))
    assert action.signers == {}
    assert action.dao == DAO


def test_events_of_a_failed_transaction_did_not_happen() -> None:
    failed = replace(
        VETO, err={"InstructionError": [0, {"Custom": 1}]},
        logs=told(data("ProposalVetoed"), end="failed: no"),
    )  # fmt: skip
    found = of(failed)
    assert [action.kind for action in found] == [ActionKind.INSTRUCTION]
    assert found.complete


def test_an_unknown_event_is_listed() -> None:
    line = "Program data: " + base64.b64encode(b"unknown!" + b"\0" * 8).decode()
    (event,) = of(replace(VETO, logs=told(line))).of(ActionKind.UNKNOWN_EVENT)
    assert (event.name, event.discriminator) == (None, b"unknown!".hex())
    assert event.fault


def test_an_event_with_bytes_after_it_is_told() -> None:
    raw = encoding.event("ProposalVetoed", encoding.fields("ProposalVetoed")) + b"\1"
    line = "Program data: " + base64.b64encode(raw).decode()
    (event,) = of(replace(VETO, logs=told(line))).of(ActionKind.EVENT)
    assert event.fault == "1 bytes follow its fields"


@pytest.mark.parametrize(
    ("changed", "why"),
    [
        ({"logs": None}, "kept no logs"),
        ({"logs": (*told(), "Log truncated")}, "the log is cut"),
        ({"inner": False}, "kept no inner instructions"),
    ],
)
def test_what_can_be_missing_is_told(changed: dict[str, Any], why: str) -> None:
    found = of(replace(VETO, **changed))
    assert (found.complete, len(found)) == (False, 1)
    assert why in str(found.why)


def test_a_transaction_without_the_program_has_no_actions() -> None:
    elsewhere = actions(decode_transaction(VETO.answer()), key("another program"))
    assert (len(elsewhere), elsewhere.complete) == (0, True)


def _with_inner(*inner: Instruction) -> Transaction:
    plain = decode_transaction(replace(VETO, logs=None).answer())
    return replace(plain, instructions=(*plain.instructions, *inner))


def test_instructions_called_by_programs_are_seen_with_their_callers() -> None:
    multisig = key("multisig program")
    outer = decode_transaction(VETO.answer())
    item = outer.instructions[0]
    called = replace(
        outer,
        instructions=(
            Instruction(multisig, (), b"x", 0),
            replace(item, outer_index=0, inner_index=0, stack_height=2, parent=0),
        ),
    )
    action = actions(called, PROGRAM).of(ActionKind.INSTRUCTION)[0]
    assert (action.place, action.callers) == ("0.0", (multisig,))
    # A vault signs by its seeds and is no signer of the transaction.
    vault = replace(called, signers=())
    assert actions(vault, PROGRAM).of(ActionKind.INSTRUCTION)[0].signers == {
        "authority": key("boss")
    }
    unknown = replace(
        called,
        instructions=(called.instructions[0], replace(called.instructions[1], parent=None)),
    )
    assert actions(unknown, PROGRAM).of(ActionKind.INSTRUCTION)[0].callers is None


def test_an_event_by_self_call_is_an_event_and_no_instruction() -> None:
    raw = EVENT_CPI_TAG + encoding.event(
        "ProposalVetoed", encoding.fields("ProposalVetoed", proposal=PROPOSAL)
    )
    call = Instruction(PROGRAM, (event_authority(PROGRAM),), raw, 0, 0, 2, 0)
    found = actions(_with_inner(call), PROGRAM)
    assert [a.kind for a in found] == [ActionKind.INSTRUCTION, ActionKind.EVENT]
    forged = Instruction(PROGRAM, (SYSTEM,), raw, 0, 0, 2, 0)
    found = actions(_with_inner(forged), PROGRAM)
    assert [a.kind for a in found] == [ActionKind.INSTRUCTION, ActionKind.UNKNOWN_EVENT]


def test_rules_cover_every_instruction_and_name_its_signer() -> None:
    rules = PROTOCOL.instruction_rules
    assert set(rules) == set(interface().names("instruction"))
    for item in interface().idl.instructions:
        signers = [account.name for account in item.accounts if account.signer]
        assert [rules[item.name].signer] == (signers or [""]), item.name
        assert rules[item.name].instruction == item.name


@pytest.mark.parametrize(
    ("name", "callers", "privileged", "moves"),
    [
        ("execute_proposal", {"anyone"}, False, True),
        ("execute_confidential_payout_plan_v3", {"anyone"}, False, True),
        ("finalize_proposal", {"anyone"}, False, False),
        ("snapshot_proposal_execution_policy", {"anyone"}, False, False),
        ("veto_proposal", {"authority"}, True, False),
        ("cancel_proposal_v2", {"authority"}, True, False),
        ("transfer_dao_authority", {"authority"}, True, False),
        ("transfer_treasury_operator_authority", {"operator authority"}, True, False),
        ("configure_refhe_envelope", {"authority", "proposer"}, True, False),
        ("record_settlement_evidence_v2", {"attestors"}, True, False),
        ("reveal_vote_v3", {"voter", "keeper"}, False, False),
        ("commit_vote", {"token holder"}, False, False),
    ],
)
def test_who_may_call(name: str, callers: set[str], privileged: bool, moves: bool) -> None:
    rule = PROTOCOL.instruction_rules[name]
    assert (set(rule.callers), rule.privileged, rule.moves_funds) == (callers, privileged, moves)


def test_documents_are_unique_and_inside_the_checkout() -> None:
    paths = [document.path for document in PROTOCOL.documents]
    assert len(set(paths)) == len(paths) > 60
    assert not [path for path in paths if path.startswith("/") or ".." in path]
    domains = {domain for document in PROTOCOL.documents for domain in document.domains}
    assert domains == {
        "release", "custody", "rpc", "monitoring", "treasury", "incident", "gate"
    }  # fmt: skip
    for document in PROTOCOL.documents:
        assert document.subject
        if document.keys:
            assert document.format in ("json", "toml")
