"""Why a transaction failed: the name from the log, the code's candidates, the runtime's word."""

from __future__ import annotations

from typing import Any

import pytest

from privatedao_audit.chain.anchor.errors import failure_of
from privatedao_audit.chain.anchor.framework import (
    FRAMEWORK_ERRORS,
    PROGRAM_ERROR_BASE,
    framework_candidates,
)
from privatedao_audit.chain.borsh import DecodeError
from tests.chain.anchor.transactions import (
    OTHER,
    PAYER,
    PROGRAM,
    SYSTEM,
    inner,
    outer,
    run,
    transaction,
)

OLD = {6022: "ProposalNotPassed", 6000: "NameTooLong"}
NEW = {6026: "ProposalNotPassed", 6022: "AlreadyRevealed", 6000: "NameTooLong"}
NUMBERINGS = {PROGRAM: (OLD, NEW)}
FAILED = "failed: custom program error: 0x1786"  # 6022


def anchor_line(
    name: str = "ProposalNotPassed", number: int = 6022, message: str = "Not passed",
    how: str = "occurred",
) -> str:
    return (
        f"Program log: AnchorError {how}. Error Code: {name}. Error Number: {number}. "
        f"Error Message: {message}."
    )


def custom(code: int, index: int = 0) -> dict[str, Any]:
    return {"InstructionError": [index, {"Custom": code}]}


def failed(*lines: str, code: int = 6022, end: str = FAILED) -> Any:
    tx = transaction([outer(PROGRAM, 0)], run(PROGRAM, *lines, end=end), err=custom(code))
    return failure_of(tx, NUMBERINGS)


def test_a_success_has_no_failure() -> None:
    assert failure_of(transaction([outer(PROGRAM, 0)], run(PROGRAM)), NUMBERINGS) is None


@pytest.mark.parametrize(
    "how",
    ["occurred", "thrown in programs/private-dao/src/lib.rs:120", "caused by account: dao"],
)
def test_the_three_forms_of_the_log_line(how: str) -> None:
    failure = failed("Program log: Instruction: ExecuteProposal", anchor_line(how=how))
    assert (failure.program, failure.place, failure.code) == (PROGRAM, "0", 6022)
    assert (failure.name, failure.source) == ("ProposalNotPassed", "log")
    assert failure.message == "Not passed"
    assert failure.candidates == ("ProposalNotPassed", "AlreadyRevealed")


@pytest.mark.parametrize(
    "compared",
    [
        ["Program log: Left: 1", "Program log: Right: 2"],
        ["Program log: Left:", f"Program log: {OTHER}", "Program log: Right:",
         f"Program log: {SYSTEM}"],
    ],
)
def test_compared_values_may_follow(compared: list[str]) -> None:
    assert failed(anchor_line(), *compared).source == "log"


@pytest.mark.parametrize(
    "message", ["", "a. Error Message: b.", "<script>", "\x1b[2J\u202e", "line\nbreak. x"]
)
def test_hostile_messages_are_kept_as_they_are(message: str) -> None:
    failure = failed(anchor_line(message=message))
    assert failure.message == message and failure.name == "ProposalNotPassed"


@pytest.mark.parametrize(
    "lines",
    [
        [anchor_line(number=6023)],  # another number than the node's
        [anchor_line(), "Program log: something later"],
        ["Program log: x\n" + anchor_line()],
        ["Program log: title: " + anchor_line()[len("Program log: ") :]],
        [anchor_line(name="No Name")],
        [anchor_line()[:-1]],
        [],
    ],
)
def test_lines_that_do_not_name_this_error(lines: list[str]) -> None:
    failure = failed(*lines)
    assert failure.source == "code" and failure.name is None
    assert failure.candidates == ("ProposalNotPassed", "AlreadyRevealed")
    assert failure.message == "custom program error: 0x1786"


def test_a_line_of_a_called_program_does_not_name_the_error_of_the_caller() -> None:
    lines = run(PROGRAM, *run(OTHER, anchor_line(), depth=2), end=FAILED)
    tx = transaction([outer(PROGRAM, 0), inner(OTHER, 0, 0, 0)], lines, err=custom(6022))
    failure = failure_of(tx, NUMBERINGS)
    assert failure is not None
    assert (failure.program, failure.source, failure.name) == (PROGRAM, "code", None)


def test_a_code_has_a_name_when_all_numberings_agree() -> None:
    failure = failed(code=6000, end="failed: custom program error: 0x1770")
    assert (failure.name, failure.candidates) == ("NameTooLong", ("NameTooLong",))
    only_new = failed(code=6026, end="failed: custom program error: 0x178a")
    assert (only_new.name, only_new.source) == ("ProposalNotPassed", "code")
    unknown = failed(code=6999)
    assert unknown.name is None and unknown.candidates == ()


def test_framework_codes_apply_to_anchor_programs_only() -> None:
    failure = failed(code=2006)
    assert (failure.name, failure.candidates) == ("ConstraintSeeds", ("ConstraintSeeds",))
    tx = transaction([outer(OTHER, 0)], run(OTHER, end=FAILED), err=custom(2006))
    other = failure_of(tx, NUMBERINGS)
    assert other is not None and other.name is None and other.candidates == ()
    assert other.program == OTHER
    assert failed(code=2041).name is None
    assert failed(code=2041).candidates == ("AccountAlreadyMigrated", "Ed25519InvalidProgram")


def test_the_program_that_raised_it_is_the_inner_one() -> None:
    lines = run(
        PROGRAM, "Program log: Instruction: ExecuteProposal",
        *run(SYSTEM, "Transfer: insufficient lamports 1, need 2", depth=2,
             end="failed: custom program error: 0x1"),
        end="failed: custom program error: 0x1",
    )
    tx = transaction([outer(PROGRAM, 0), inner(SYSTEM, 0, 0, 0)], lines, err=custom(1))
    failure = failure_of(tx, NUMBERINGS)
    assert failure is not None
    assert (failure.program, failure.place, failure.code) == (SYSTEM, "0.0", 1)
    assert failure.name is None and failure.candidates == ()


def test_instructions_that_never_ran_do_not_disturb() -> None:
    tx = transaction(
        [outer(OTHER, 0), outer(PROGRAM, 1), outer(OTHER, 2)],
        [*run(OTHER), *run(PROGRAM, anchor_line(), end=FAILED)], err=custom(6022, 1),
    )
    failure = failure_of(tx, NUMBERINGS)
    assert failure is not None
    assert (failure.program, failure.place, failure.source) == (PROGRAM, "1", "log")


def test_a_log_about_another_instruction_does_not_count() -> None:
    tx = transaction(
        [outer(OTHER, 0), outer(PROGRAM, 1)], run(OTHER, anchor_line(), end=FAILED),
        err=custom(6022, 1),
    )
    failure = failure_of(tx, NUMBERINGS)
    assert failure is not None
    assert (failure.program, failure.source, failure.place) == (PROGRAM, "code", "1")


def test_without_logs_the_code_remains() -> None:
    alone = failure_of(transaction([outer(PROGRAM, 0)], None, err=custom(6000)), NUMBERINGS)
    assert alone is not None
    assert (alone.program, alone.name, alone.source) == (PROGRAM, "NameTooLong", "code")
    both = [outer(PROGRAM, 0), inner(OTHER, 0, 0, 0)]
    for tx in (
        transaction(both, None, err=custom(6000)),
        transaction(both[:1], None, err=custom(6000), inner_recorded=False),
        transaction(both, [f"Program {PROGRAM} invoke [1]", "Log truncated", anchor_line()],
                    err=custom(6000)),
    ):
        failure = failure_of(tx, NUMBERINGS)
        assert failure is not None
        assert (failure.program, failure.place, failure.name) == (None, "0", None)
        assert failure.candidates == ()


def test_without_inner_instructions_the_log_tells_the_program() -> None:
    lines = run(OTHER, *run(PROGRAM, anchor_line(), depth=2, end=FAILED), end=FAILED)
    tx = transaction([outer(OTHER, 0)], lines, err=custom(6022), inner_recorded=False)
    failure = failure_of(tx, NUMBERINGS)
    assert failure is not None
    assert (failure.program, failure.place, failure.source) == (PROGRAM, "0", "log")
    wrong = transaction([outer(SYSTEM, 0)], lines, err=custom(6022), inner_recorded=False)
    distrusted = failure_of(wrong, NUMBERINGS)
    assert distrusted is not None and distrusted.program is None


def test_errors_of_the_runtime_inside_an_instruction() -> None:
    tx = transaction(
        [outer(PROGRAM, 0)],
        run(PROGRAM, end="failed: Program failed to complete"),
        err={"InstructionError": [0, "ProgramFailedToComplete"]},
    )
    failure = failure_of(tx, NUMBERINGS)
    assert failure is not None
    assert (failure.name, failure.source, failure.code) == (
        "ProgramFailedToComplete", "runtime", None
    )
    assert (failure.program, failure.message) == (PROGRAM, "Program failed to complete")
    borsh = transaction(
        [outer(PROGRAM, 0)], None, err={"InstructionError": [0, {"BorshIoError": "Unknown"}]}
    )
    found = failure_of(borsh)
    assert found is not None and (found.name, found.message) == ("BorshIoError", "Unknown")


def test_errors_of_no_instruction() -> None:
    rent = transaction(
        [outer(PROGRAM, 0)], run(PROGRAM), err={"InsufficientFundsForRent": {"account_index": 0}}
    )
    failure = failure_of(rent, NUMBERINGS)
    assert failure is not None
    assert (failure.name, failure.source) == ("InsufficientFundsForRent", "runtime")
    assert (failure.program, failure.place, failure.message) == (None, None, f"account {PAYER}")
    for err, message in (("AccountInUse", None), ({"DuplicateInstruction": 3}, "instruction 3")):
        found = failure_of(transaction([outer(PROGRAM, 0)], None, err=err))
        assert found is not None and found.message == message and found.source == "runtime"


@pytest.mark.parametrize(
    "err",
    [
        7, [], {}, "", True, {"a": 1, "b": 2}, {"InstructionError": 0}, {"InstructionError": [0]},
        {"InstructionError": [1, "X"]}, {"InstructionError": [-1, "X"]},
        {"InstructionError": [True, "X"]}, {"InstructionError": ["0", "X"]},
        {"InstructionError": [0, None]}, {"InstructionError": [0, {"Custom": -1}]},
        {"InstructionError": [0, {"Custom": 2**32}]}, {"InstructionError": [0, {"Custom": True}]},
        {"InstructionError": [0, {"Custom": "1"}]}, {"InstructionError": [0, "Custom"]},
        {"InsufficientFundsForRent": {"account_index": 99}},
    ],
)
def test_shapes_that_no_node_sends(err: Any) -> None:
    with pytest.raises(DecodeError, match=r"meta\.err"):
        failure_of(transaction([outer(PROGRAM, 0)], run(PROGRAM), err=err), NUMBERINGS)


def test_the_framework_table() -> None:
    known = {
        100: "InstructionMissing", 101: "InstructionFallbackNotFound", 1500: "EventInstructionStub",
        2001: "ConstraintHasOne", 2006: "ConstraintSeeds", 2012: "ConstraintAddress",
        2040: "ConstraintDuplicateMutableAccount", 2506: "RequireGteViolated",
        3005: "AccountNotEnoughKeys", 3007: "AccountOwnedByWrongProgram", 3008: "InvalidProgramId",
        3012: "AccountNotInitialized", 3017: "AccountDuplicateReallocs",
        4100: "DeclaredProgramIdMismatch", 5000: "Deprecated",
    }
    assert {code: FRAMEWORK_ERRORS[code] for code in known} == known
    assert all(code < PROGRAM_ERROR_BASE for code in FRAMEWORK_ERRORS)
    assert len(set(FRAMEWORK_ERRORS.values())) == len(FRAMEWORK_ERRORS)
    assert framework_candidates(3012) == ("AccountNotInitialized",)
    assert framework_candidates(4999) == ()
