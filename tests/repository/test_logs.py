"""Logs of builds and tests: what is read from them, and what hostile bytes can't make of them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from privatedao_audit.repository import logs
from privatedao_audit.repository.errors import BadDocument

RESULT = (
    "test result: ok. 2 passed; 0 failed; 1 ignored; 0 measured; 4 filtered out; finished in 1s"
)
SUITE = f"running 3 tests\ntest a ... ok\n\n{RESULT}\n"
ID = "0123456789abcdef0123456789abcdef01234567"


def read(text: str | bytes) -> logs.Log:
    return logs.parse(text if isinstance(text, bytes) else text.encode())


def test_a_test_log_is_counted() -> None:
    log = read(
        f"   Compiling a v1\n{SUITE}   Doc-tests a\n\nrunning 0 tests\n\n"
        "test result: ok. 0 passed; 0 failed; 0 ignored; 0 measured; 0 filtered out; x"
    )

    assert (log.tests_run, log.tests_failed) == (2, 0)
    assert [suite.whole for suite in log.suites] == [True, True]
    assert log.suites_whole
    assert not log.errors


def test_failures_are_counted() -> None:
    log = read(
        "running 2 tests\ntest result: FAILED. 1 passed; 1 failed; 0 ignored; 0 measured; "
        "0 filtered out; finished in 0.1s\n\nerror: test failed, to rerun pass `--lib`\n"
    )

    assert (log.tests_run, log.tests_failed) == (2, 1)
    assert log.suites[0].ok is False
    assert log.errors == ("line 4: error: test failed, to rerun pass `--lib`",)


@pytest.mark.parametrize(
    "text",
    [
        "running 3 tests\ntest a ... ok\n",  # cut off
        f"{RESULT}\n",  # printed by a test, or pasted
        f"running 2 tests\n{RESULT}\n",  # the counts do not add up
        f"running 3 tests\nrunning 3 tests\n{RESULT}\n",
        f"  running 3 tests\n{RESULT}\n",
        "PASS\n",
    ],
)
def test_counts_that_do_not_hang_together_are_no_whole_run(text: str) -> None:
    assert not read(text).suites_whole


@pytest.mark.parametrize(
    ("text", "ids"),
    [
        (f"commit {ID}", (ID,)),
        (f"Release commit: `{ID.upper()}`", (ID,)),
        (f"$ git rev-parse HEAD\n{ID}\n", (ID,)),
        (f"HEAD is now at {ID[:9]} Version 1", (ID[:9],)),
        (f"commit {ID}\ncommit {ID}\ncommit {ID[::-1]}", (ID, ID[::-1])),
        (f"crate v1 (https://example.org/x?rev={ID}#{ID[:8]})", ()),
        (ID, ()),
        ("commit the changes first", ()),
        (f"committed {ID}", ()),
    ],
)
def test_commits_are_taken_from_lines_that_say_so(text: str, ids: tuple[str, ...]) -> None:
    assert read(text).commits == ids


@pytest.mark.parametrize(
    ("text", "codes"),
    [
        ("exit code: 0", (0,)),
        ("[ci] Process exited with code 101", (101,)),
        ("exit=1", (1,)),
        ("exit status 2", (2,)),
        ("exited with 3 warnings", ()),
        ("the exit code: 1 is documented", ()),
    ],
)
def test_exit_codes_are_read(text: str, codes: tuple[int, ...]) -> None:
    assert read(text).exits == codes


@pytest.mark.parametrize(
    "line",
    [
        "error[E0433]: failed to resolve: use of undeclared crate",
        "error: could not compile `governance` (lib) due to 1 previous error",
        "\x1b[1m\x1b[31merror\x1b[0m\x1b[1m: aborting due to 2 previous errors\x1b[0m",
        "Caused by: process didn't exit successfully: `rustc` (exit status: 101)",
        "Error: Building IDL failed",
        "test tests::refuses_a_stranger ... FAILED",
        "make: *** [Makefile:7: verify] Error 1",
        "gmake[2]: *** [all] Error 2",
        "npm ERR! code ELIFECYCLE",
        "npm error code 1",
        "error Command failed with exit code 1.",
    ],
)
def test_a_compiler_that_gave_up_is_seen(line: str) -> None:
    assert len(read(f"Compiling\n{line}\n").errors) == 1


@pytest.mark.parametrize(
    "line",
    [
        "warning: unused variable",
        "test refuses_with_error: wrong_dao ... ok",
        "Error: Function _ZN4core Stack offset of 4128 exceeded max offset of 4096",
        "error handling is documented in docs/errors.md",
        "test shows_FAILED_in_its_name ... ok",
        "make: Nothing to be done for 'verify'.",
        "npm error handling is documented",
    ],
)
def test_what_only_looks_like_an_error_is_none(line: str) -> None:
    assert read(line).errors == ()


@pytest.mark.parametrize(
    "line",
    [
        "    Finished `release` profile [optimized] target(s) in 41.32s",
        "    Finished release [optimized] target(s) in 2m 01s",
        "\x1b[32m    Finished\x1b[0m `release` profile [optimized] target(s) in 1s",
        "  3/5 building\r    Finished `release` profile [optimized] target(s) in 1s\r",
    ],
)
def test_a_finished_build_is_seen(line: str) -> None:
    assert read(line + "\n").finished


@pytest.mark.parametrize(
    "line",
    [
        "Finished reading",
        "    Finished `test` profile [unoptimized + debuginfo] target(s) in 12.08s",
        "    Finished dev [unoptimized + debuginfo] target(s) in 3s",
    ],
)
def test_another_end_is_not_that_of_a_release_build(line: str) -> None:
    assert not read(f"   Compiling a v1\n{line}\n").finished


@pytest.mark.parametrize(
    ("line", "says"),
    [("exit code: 0", "exit codes"), (SUITE, "test suites"), ("commit {:040x}", "commits")],
)
def test_what_lies_behind_the_last_one_kept_is_not_passed_over(line: str, says: str) -> None:
    text = "\n".join(line.format(number) for number in range(501))
    with pytest.raises(BadDocument, match=says):
        read(text + "\nexit code: 1\n")


@pytest.mark.parametrize(
    "text",
    [
        "\x1b]0;a title without an end\nerror: could not compile `a`\n",
        "error: could not compile `a`\rall is well\n",
        "test result: FAILED. 0 passed; 1 failed; 0 ignored; 0 measured; 0 filtered out\rok\n",
    ],
)
def test_what_a_terminal_would_draw_over_is_seen(text: str) -> None:
    log = read(text)
    assert log.errors or log.tests_failed


def test_a_cut_is_told() -> None:
    assert read(f"one\n{logs.CUT} 900 bytes]\ntwo\n").cut
    assert not read("one\n").cut


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (b"\x7fELF\0\0", "NUL"),
        (b"", "empty"),
        (b"\x1b[0m\n \n", "empty"),
        (b"a" * (logs.MAX_LOG + 1), "may have"),
    ],
)
def test_what_is_no_log_is_refused(data: bytes, says: str) -> None:
    with pytest.raises(BadDocument, match=says):
        logs.parse(data)


def test_long_lines_and_bad_bytes_are_read_past() -> None:
    log = read(b"\xff\xfe" * 10_000 + b"\n" + b"exit " * 100_000 + b"\n" + SUITE.encode())
    assert log.suites_whole


@given(st.binary(max_size=400))
def test_any_bytes_are_read_or_refused(data: bytes) -> None:
    try:
        log = logs.parse(data)
    except BadDocument:
        return
    assert log.lines >= 1
    assert log.tests_run >= log.tests_failed


def test_the_test_binaries_that_cargo_names() -> None:
    text = (
        b"     Running unittests src/lib.rs (target/debug/deps/private_dao-0123456789abcdef)\n"
        b"     Running tests/flow.rs (target\\debug\\deps\\flow-0123456789abcdef.exe)\n"
        b"     Running `target/debug/deps/hidden-0123456789abcdef`\n"
        b"the Running tests (deps/said-0123456789abcdef)\n"
        b"   Doc-tests private_dao\n"
        b"running 3 tests\ntest result: ok. 1 passed; 0 failed; 2 ignored; 0 measured; "
        b"7 filtered out; finished in 0.00s\n"
    )
    log = logs.parse(text)
    assert log.binaries == ("private_dao", "flow")
    assert (log.tests_filtered, log.tests_left_out) == (7, 9)
