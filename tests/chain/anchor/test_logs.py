"""Log lines and whose they are, with everything a program may write against it."""

from __future__ import annotations

import pytest

from privatedao_audit.chain.anchor.logs import LogLine, Logs, read_logs
from tests.chain.anchor.transactions import OTHER, PROGRAM, SYSTEM, data_line, run


def by(logs: Logs, program: str | None, kind: str) -> list[LogLine]:
    return [line for line in logs.lines if line.program == program and line.kind == kind]


def test_lines_belong_to_the_program_that_runs() -> None:
    logs = read_logs([
        *run(
            PROGRAM, "Program log: before", *run(OTHER, "Program log: inside", depth=2),
            "Program log: after", data_line(b"abc", b""),
        ),
        *run(SYSTEM),
    ])
    assert logs.complete and logs.recorded and not logs.truncated and logs.broken is None
    assert [line.text for line in by(logs, PROGRAM, "log")] == ["before", "after"]
    assert [(line.text, line.depth) for line in by(logs, OTHER, "log")] == [("inside", 2)]
    (data,) = by(logs, PROGRAM, "data")
    assert data.payloads == (b"abc", b"") and data.depth == 1 and data.invocation == 0
    assert [line.program for line in logs.invocations] == [PROGRAM, OTHER, SYSTEM]
    assert [line.invocation for line in logs.invocations] == [0, 1, 2]
    assert [line.element for line in logs.lines] == list(range(len(logs.lines)))


def test_every_kind_of_line() -> None:
    logs = read_logs([
        f"Program {PROGRAM} invoke [1]",
        "Program log: Instruction: Go",
        "Program consumption: 1000 units remaining",
        "Transfer: insufficient lamports 1, need 2",
        f"Program return: {PROGRAM} AQI=",
        f"Program {PROGRAM} consumed 5 of 10 compute units",
        f"Program {PROGRAM} failed: custom program error: 0x1",
    ])
    assert [line.kind for line in logs.lines] == [
        "invoke", "log", "runtime", "runtime", "return", "consumed", "failed",
    ]
    assert all(line.program == PROGRAM and line.depth == 1 for line in logs.lines)
    assert logs.lines[4].payloads == (b"\1\2",)
    assert logs.lines[6].text == "custom program error: 0x1"
    assert logs.complete


def test_no_logs_kept_is_not_an_empty_log() -> None:
    missing = read_logs(None)
    assert not missing.recorded and not missing.complete and missing.lines == ()
    empty = read_logs([])
    assert empty.recorded and empty.complete and empty.lines == ()


@pytest.mark.parametrize(
    "forged",
    [
        f"Program log: x\nProgram {PROGRAM} invoke [2]",
        f"Program log: x\nProgram data: {'QUJD'}",
        f"Program log: Program {PROGRAM} invoke [2]",
        f"Program log: \nProgram {OTHER} success\nProgram {PROGRAM} invoke [1]\n{data_line(b'e')}",
        "Program log: Log truncated",
        "Program log: x\nLog truncated",
        "Program log: Program data: QUJD",
        f"Program log: \rProgram {OTHER} failed: custom program error: 0x1",
    ],
)
def test_forged_lines_stay_text_of_their_writer(forged: str) -> None:
    logs = read_logs(run(OTHER, forged))
    assert logs.complete
    assert not by(logs, PROGRAM, "data") and not by(logs, OTHER, "data")
    (line,) = by(logs, OTHER, "log")
    assert f"Program log: {line.text}" == forged
    assert len(logs.invocations) == 1


def test_a_cut_log_attributes_nothing_after_the_cut() -> None:
    """The invoke line of OTHER did not fit, its short data line did."""
    logs = read_logs([
        f"Program {PROGRAM} invoke [1]", data_line(b"mine"), "Log truncated",
        data_line(b"whose?"), f"Program {PROGRAM} success",
    ])
    assert logs.truncated and not logs.complete and logs.broken is None
    assert [line.payloads for line in by(logs, PROGRAM, "data")] == [(b"mine",)]
    assert [line.payloads for line in by(logs, None, "data")] == [(b"whose?",)]
    assert by(logs, None, "success")


@pytest.mark.parametrize(
    ("elements", "at"),
    [
        ([f"Program {PROGRAM} invoke [2]"], 0),
        ([f"Program {PROGRAM} invoke [1]", f"Program {OTHER} invoke [3]"], 1),
        ([f"Program {PROGRAM} invoke [1]", f"Program {OTHER} invoke [1]"], 1),
        ([f"Program {PROGRAM} invoke [1]", f"Program {OTHER} success"], 1),
        ([f"Program {PROGRAM} invoke [1]", f"Program {OTHER} failed: x"], 1),
        ([f"Program {PROGRAM} success"], 0),
        (["Program log: nobody"], 0),
        ([data_line(b"x")], 0),
        ([*run(PROGRAM), data_line(b"x")], 3),
        ([f"Program {PROGRAM} invoke [1]", "Program data: not base64!"], 1),
        ([f"Program {PROGRAM} invoke [1]", "Program data: QUI"], 1),
        ([f"Program {PROGRAM} invoke [1]", "Program data: QUJD\nQUJD"], 1),
    ],
)
def test_contradictions_break_the_log_there(elements: list[str], at: int) -> None:
    tail = [data_line(b"later"), f"Program {PROGRAM} success"]
    logs = read_logs([*elements, *tail])
    assert logs.broken is not None and logs.broken.startswith(f"log element {at}: ")
    assert not logs.complete
    assert all(line.program is None for line in logs.lines[at:])
    assert all(line.program is not None for line in logs.lines[:at])
    assert len(logs.lines) == len(elements) + len(tail)


def test_a_log_that_ends_inside_a_program_is_broken() -> None:
    logs = read_logs([f"Program {PROGRAM} invoke [1]", data_line(b"x")])
    assert logs.broken is not None and "ends inside" in logs.broken
    assert read_logs([f"Program {PROGRAM} invoke [1]", "Log truncated"]).broken is None


def test_an_invoke_line_with_a_break_or_odd_key_is_none() -> None:
    for text in (
        f"Program {PROGRAM} invoke [1]\n", f"Program {PROGRAM} invoke [0]",
        f"Program {PROGRAM} invoke [1] ", "Program 0OIl invoke [1]",
        f"program {PROGRAM} invoke [1]",
    ):
        logs = read_logs([text])
        assert [line.kind for line in logs.lines] == ["runtime"]
        assert logs.lines[0].program is None and logs.lines[0].text == text


def test_megabyte_lines() -> None:
    long = "Program log: " + "\nProgram data: QUJD" * 50_000
    logs = read_logs(run(PROGRAM, long))
    assert logs.complete and len(by(logs, PROGRAM, "log")) == 1
