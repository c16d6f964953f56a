"""Events out of logs and self-calls: only those that happened, and never a silent gap."""

from __future__ import annotations

import struct
from typing import Any

import pytest
from solders.pubkey import Pubkey

from privatedao_audit.chain.addresses import find_program_address
from privatedao_audit.chain.anchor.events import EVENT_CPI_TAG, event_authority, events
from privatedao_audit.chain.anchor.idl import parse_idl
from privatedao_audit.chain.anchor.interface import Interface
from tests.chain.anchor.samples import KEY, privatedao_json
from tests.chain.anchor.transactions import (
    OTHER,
    PROGRAM,
    SYSTEM,
    data_line,
    inner,
    outer,
    run,
    transaction,
)

INTERFACE = Interface(parse_idl(privatedao_json()))
KNOWN = {PROGRAM: INTERFACE}
VAULT_FUNDED = (
    INTERFACE.discriminator("event", "RevealRebateVaultFundedV3")
    + KEY + KEY + struct.pack("<Q", 5) + KEY
)
AUTHORITY = event_authority(PROGRAM)


def self_call(
    data: bytes = EVENT_CPI_TAG + VAULT_FUNDED, *, parent: int | None = 0,
    accounts: tuple[str, ...] = (AUTHORITY,), height: int | None = 2,
) -> Any:
    return inner(PROGRAM, 0, 0, parent, data=data, accounts=accounts, height=height)


def test_an_event_in_the_log() -> None:
    tx = transaction([outer(PROGRAM, 0)], run(PROGRAM, data_line(VAULT_FUNDED)))
    result = events(tx, KNOWN)
    assert result.complete and result.why is None and result.unknown == ()
    (event,) = result.found
    assert (event.program, event.source, event.place) == (PROGRAM, "log", "0")
    assert event.decoded.name == "RevealRebateVaultFundedV3"
    assert event.decoded.fields["amount"] == 5 and event.decoded.is_exact
    assert event.decoded.fields["vault"] == str(Pubkey.from_bytes(KEY))


def test_the_place_is_the_instruction_that_emitted_it() -> None:
    line = data_line(VAULT_FUNDED)
    tx = transaction(
        [
            outer("Ed25519SigVerify111111111111111111111111111", 0), outer(OTHER, 1),
            inner(SYSTEM, 1, 0, 1), inner(PROGRAM, 1, 1, 1), outer(PROGRAM, 2),
        ],
        [*run(OTHER, *run(SYSTEM, depth=2), *run(PROGRAM, line, depth=2)), *run(PROGRAM, line)],
    )
    result = events(tx, KNOWN)
    assert [event.place for event in result.found] == ["1.1", "2"] and result.complete


def test_a_place_that_can_not_be_told_is_the_log_element() -> None:
    tx = transaction(
        [outer(PROGRAM, 0), outer(OTHER, 1)], run(PROGRAM, data_line(VAULT_FUNDED))
    )
    assert [event.place for event in events(tx, KNOWN).found] == ["log 1"]


def test_a_failed_transaction_has_no_events() -> None:
    lines = run(PROGRAM, data_line(VAULT_FUNDED))
    for err in ({"InsufficientFundsForRent": {"account_index": 0}},
                {"InstructionError": [0, {"Custom": 6000}]}):
        result = events(transaction([outer(PROGRAM, 0), self_call()], lines, err=err), KNOWN)
        assert result.found == () == result.unknown and result.complete


def test_no_logs_is_not_no_events() -> None:
    result = events(transaction([outer(PROGRAM, 0)], None), KNOWN)
    assert result.found == () and not result.complete
    assert result.why == "the node kept no logs"


def test_a_cut_log_is_not_no_events() -> None:
    lines = [f"Program {PROGRAM} invoke [1]", data_line(VAULT_FUNDED), "Log truncated",
             data_line(VAULT_FUNDED)]
    result = events(transaction([outer(PROGRAM, 0)], lines), KNOWN)
    assert len(result.found) == 1 and not result.complete and result.why == "the log is cut"


def test_a_broken_log_is_not_no_events() -> None:
    lines = [f"Program {PROGRAM} invoke [1]"]
    result = events(transaction([outer(PROGRAM, 0)], lines), KNOWN)
    assert not result.complete and "contradicts itself" in str(result.why)


def test_a_program_that_is_not_there_has_no_events() -> None:
    """Even without logs: it can not have run."""
    result = events(transaction([outer(OTHER, 0)], None), KNOWN)
    assert result.complete and result.found == ()


def test_lines_of_other_programs_never_count() -> None:
    line = data_line(VAULT_FUNDED)
    tx = transaction(
        [outer(PROGRAM, 0), inner(OTHER, 0, 0, 0)],
        run(PROGRAM, *run(
            OTHER, line, f"Program log: \nProgram {PROGRAM} invoke [1]\n{line}", depth=2
        )),
    )
    result = events(tx, KNOWN)
    assert result.found == () == result.unknown and result.complete


def test_data_that_is_no_event_is_kept_as_unknown() -> None:
    lines = run(
        PROGRAM, data_line(b"12345678"), data_line(VAULT_FUNDED[:-1]), data_line(b"a", b"b"),
        data_line(VAULT_FUNDED + b"more"),
    )
    result = events(transaction([outer(PROGRAM, 0)], lines), KNOWN)
    assert [item.data for item in result.unknown] == [b"12345678", VAULT_FUNDED[:-1], b"ab"]
    assert "does not know" in result.unknown[0].why
    assert "RevealRebateVaultFundedV3.vault" in result.unknown[1].why
    assert "2 values" in result.unknown[2].why
    assert [event.decoded.trailing for event in result.found] == [b"more"]
    assert result.complete


def test_a_self_call_is_an_event() -> None:
    tx = transaction(
        [outer(PROGRAM, 0), self_call()], run(PROGRAM, *run(PROGRAM, depth=2))
    )
    result = events(tx, KNOWN)
    (event,) = result.found
    assert (event.source, event.place) == ("cpi", "0.0")
    assert event.decoded.name == "RevealRebateVaultFundedV3" and result.complete
    assert AUTHORITY == find_program_address([b"__event_authority"], PROGRAM).address


def test_a_self_call_counts_without_logs_but_the_answer_is_not_complete() -> None:
    result = events(transaction([outer(PROGRAM, 0), self_call()], None), KNOWN)
    assert len(result.found) == 1 and not result.complete


@pytest.mark.parametrize(
    ("instructions", "why"),
    [
        ([outer(OTHER, 0), self_call()], "called by another program"),
        ([outer(PROGRAM, 0), self_call(accounts=())], "event authority"),
        ([outer(PROGRAM, 0), self_call(accounts=(OTHER,))], "event authority"),
        ([outer(PROGRAM, 0), self_call(accounts=(AUTHORITY, OTHER))], "event authority"),
        ([outer(PROGRAM, 0), self_call(parent=None, height=None)], "not recorded"),
        ([outer(PROGRAM, 0, EVENT_CPI_TAG + VAULT_FUNDED)], "called by the transaction"),
        ([outer(PROGRAM, 0), self_call(EVENT_CPI_TAG)], "too short"),
        ([outer(PROGRAM, 0), self_call(EVENT_CPI_TAG + b"12345678")], "does not know"),
    ],
)
def test_what_only_looks_like_a_self_call(instructions: Any, why: str) -> None:
    result = events(transaction(instructions, []), KNOWN)
    assert result.found == ()
    (unknown,) = result.unknown
    assert why in unknown.why and unknown.source == "cpi"


def test_without_inner_instructions_the_answer_is_not_complete() -> None:
    tx = transaction([outer(PROGRAM, 0)], run(PROGRAM), inner_recorded=False)
    result = events(tx, KNOWN)
    assert not result.complete and "inner instructions" in str(result.why)


def test_no_interfaces_no_events() -> None:
    assert events(transaction([outer(PROGRAM, 0)], None), {}).complete
