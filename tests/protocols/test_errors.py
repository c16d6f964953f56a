"""Error numbers that mean different things in different builds."""

from __future__ import annotations

from typing import Any

import pytest

from privatedao_audit.chain.transactions import Transaction, decode_transaction
from privatedao_audit.protocols.privatedao.errors import (
    AUTHORITY_TRANSFER,
    BEFORE_TRANSFER,
    BUILDS,
    OPERATOR_AUTHORITY,
    checked_build,
    error_name,
    failure,
    numbering,
)
from tests.protocols.world import PROGRAM, SYSTEM, TOKEN, Call, told

#: (name, number before the transfer, with it, with the operator authority), from the facts.
KNOWN = [
    ("NameTooLong", 6000, 6000, 6000),
    ("RevealStillOpen", 6012, 6012, 6012),
    ("AlreadyFinalized", 6016, 6016, 6016),
    ("NotAuthorizedToReveal", 6018, 6018, 6018),
    ("InvalidDaoAuthorityTransfer", None, 6019, 6019),
    ("UnauthorizedTreasuryOperatorAuthorityTransfer", None, None, 6022),
    ("InvalidThreshold", 6019, 6021, 6023),
    ("ProposalNotPassed", 6022, 6024, 6026),
    ("ExecutionTimelockActive", 6024, 6026, 6028),
    ("InvalidTreasuryAction", 6031, 6033, 6035),
    ("TreasuryRecipientMismatch", 6033, 6035, 6037),
    ("UseConfidentialPayoutExecution", 6065, 6067, 6069),
    ("GovernancePolicySnapshotMismatch", 6086, 6088, 6090),
    ("InvalidGovernanceSnapshot", 6115, 6117, 6119),
]


@pytest.mark.parametrize(("name", "before", "middle", "latest"), KNOWN)
def test_the_three_numberings(
    name: str, before: int | None, middle: int | None, latest: int
) -> None:
    for build, code in zip(BUILDS, (before, middle, latest), strict=True):
        if code is None:
            assert name not in numbering(build).values()
        else:
            assert numbering(build)[code] == name
            assert error_name(code, build).name == name


def test_the_numberings_hold_116_118_and_120_errors() -> None:
    assert [len(numbering(build)) for build in BUILDS] == [116, 118, 120]
    assert [max(numbering(build)) for build in BUILDS] == [6115, 6117, 6119]


@pytest.mark.parametrize("code", range(6000, 6019))
def test_a_bare_number_has_a_name_where_all_builds_agree(code: int) -> None:
    assert error_name(code).name == numbering(BEFORE_TRANSFER)[code]


@pytest.mark.parametrize("code", range(6019, 6118))
def test_a_bare_number_from_6019_on_has_candidates_only(code: int) -> None:
    told = error_name(code)
    assert told.name is None
    assert len(set(told.candidates.values())) >= 2
    assert set(told.candidates) <= set(BUILDS)


def test_framework_numbers_are_named_and_unknown_ones_not() -> None:
    assert error_name(2006).name == "ConstraintSeeds"
    assert error_name(3012, BEFORE_TRANSFER).name == "AccountNotInitialized"
    assert error_name(5999).candidates == {}
    assert error_name(6120).name is None
    assert error_name(6117, BEFORE_TRANSFER).name is None


def test_an_unknown_build_is_refused_everywhere() -> None:
    for use in (checked_build, numbering, lambda build: error_name(6000, build)):
        with pytest.raises(ValueError, match="no build is called 'next'"):
            use("next")


def _failed(code: Any, *lines: str, logs: bool = True) -> Transaction:
    err = {"InstructionError": [0, {"Custom": code} if isinstance(code, int) else code]}
    end = f"failed: custom program error: {code:#x}" if isinstance(code, int) else "failed: no"
    call = Call(
        "execute_proposal", ("runner",), {}, err=err,
        logs=told(*lines, end=end) if logs else None,
    )  # fmt: skip
    return decode_transaction(call.answer())


def _anchor(name: str, code: int) -> str:
    return (
        f"Program log: AnchorError thrown in programs/x.rs:1. Error Code: {name}. "
        f"Error Number: {code}. Error Message: no."
    )


def test_the_name_in_the_log_comes_first_and_tells_the_build() -> None:
    found = failure(_failed(6022, _anchor("ProposalNotPassed", 6022)), PROGRAM)
    assert (found.name, found.source, found.code) == ("ProposalNotPassed", "log", 6022)
    assert found.builds == (BEFORE_TRANSFER,)
    later = failure(_failed(6026, _anchor("ProposalNotPassed", 6026)), PROGRAM)
    assert later.builds == (OPERATOR_AUTHORITY,)


def test_a_bare_number_leaves_candidates_until_the_build_is_known() -> None:
    bare = _failed(6022, logs=False)
    found = failure(bare, PROGRAM)
    assert (found.name, found.source) == (None, "code")
    assert found.candidates == (
        "ProposalNotPassed", "Overflow", "UnauthorizedTreasuryOperatorAuthorityTransfer",
    )  # fmt: skip
    assert found.builds == BUILDS
    assert failure(bare, PROGRAM, AUTHORITY_TRANSFER).name == "Overflow"


def test_a_name_that_no_build_has_for_the_number_fits_no_build() -> None:
    found = failure(_failed(6022, _anchor("SomethingElse", 6022)), PROGRAM)
    assert (found.name, found.builds) == ("SomethingElse", ())


def test_a_line_with_another_number_is_no_name() -> None:
    found = failure(_failed(6022, _anchor("ProposalNotPassed", 6026)), PROGRAM)
    assert found.name is None


def test_errors_of_the_runtime_and_success() -> None:
    found = failure(_failed("ProgramFailedToComplete"), PROGRAM)
    assert (found.name, found.source, found.code) == ("ProgramFailedToComplete", "runtime", None)
    good = decode_transaction(Call("execute_proposal", ("runner",), logs=told()).answer())
    assert failure(good, PROGRAM).source == "none"


@pytest.mark.parametrize(
    ("program", "code", "name"),
    [(TOKEN, 1, "InsufficientFunds"), (SYSTEM, 1, "ResultWithNegativeLamports"),
     (TOKEN, 99, None)],
)  # fmt: skip
def test_errors_of_the_programs_that_are_paid_through(
    program: str, code: int, name: str | None
) -> None:
    answer = Call(
        "execute_proposal", ("runner",), err={"InstructionError": [0, {"Custom": code}]},
        logs=(
            f"Program {PROGRAM} invoke [1]", f"Program {program} invoke [2]",
            f"Program {program} failed: custom program error: {code:#x}",
            f"Program {PROGRAM} failed: custom program error: {code:#x}",
        ),
    ).answer()  # fmt: skip
    keys = list(decode_transaction(answer).account_keys)
    answer["meta"]["innerInstructions"] = [
        {"index": 0, "instructions": [
            {"programIdIndex": keys.index(program), "accounts": [], "data": "1",
             "stackHeight": 2}
        ]}
    ]  # fmt: skip
    found = failure(decode_transaction(answer), PROGRAM)
    assert (found.program, found.name, found.builds) == (program, name, ())
