"""Cases of the records of build, tests and verification, for RC-03 to RC-05."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from privatedao_audit.domains.release.records.facts import (
    BareLog,
    Kind,
    ScriptReading,
    SelfCheck,
)
from privatedao_audit.domains.release.records.sound import (
    AS_READ,
    FREEZE,
    GONE,
    GOOD,
    LOGS,
    OTHER,
    TEST_LOG,
    TORN,
    UNREAD,
    WORLD,
    Records,
    bare,
    found,
    ran,
)
from privatedao_audit.model.reads import Read
from privatedao_audit.model.status import Status
from privatedao_audit.repository import logs
from privatedao_audit.repository.surfaces import statement

FAIL, PASS, UNKNOWN = Status.FAIL, Status.PASS, Status.UNKNOWN
MISSING, DIVERGED, ATTESTED = Status.MISSING, Status.DIVERGED, Status.ATTESTED

Rows = tuple[tuple[str, Records, Status], ...]

_FAILED_LOG = TEST_LOG.replace(b"result: ok. 2 passed; 0", b"result: FAILED. 1 passed; 1")
_MOVING = replace(GOOD, world=replace(WORLD, moving=("the deployment slot changed",)))
_UPGRADED = replace(GOOD, world=WORLD.program(code=b"\x7fELF of something else"))
_CLOSED = replace(GOOD, world=WORLD.reading(WORLD.programs[0].programdata, GONE))
UNREAD_CODE = replace(GOOD, world=WORLD.reading(WORLD.programs[0].programdata, UNREAD))
_TORN_CODE = replace(GOOD, world=WORLD.reading(WORLD.programs[0].programdata, TORN))


def _nothing(kind: Kind) -> Read[Any]:
    """A record's file without a single member."""
    sound = ran(kind)
    return statement(sound.surface, "localnet", found(b"{}", sound.surface.file))


def _of_commands(kind: Kind) -> Rows:
    """Cases that mean the same for every record of a command."""

    def having(change: Mapping[str, Any] | None = None, **how: Any) -> Records:
        return GOOD.having(ran(kind, change, **how))

    def alone(*given: BareLog) -> Records:
        rest = tuple(one for one in GOOD.commands if one.kind != kind)
        return replace(GOOD, commands=rest, bare=given)

    log = LOGS[kind]
    other = b"commit " + OTHER.encode() + b"\n" + log
    return (
        ("recorded as it was run", GOOD, PASS),
        ("the log mapped beside its record", replace(GOOD, bare=(bare(kind, log, f"{kind}.log"),)),
         PASS),
        ("the log names the release commit", having(log=b"commit aaaaaaaaaa\n" + log), PASS),
        ("colours and progress bars in the log",
         having(log=b"\x1b[1m\x1b[32m10%\r 90%\r\x1b[0m\n" + log), PASS),
        ("nothing is mapped", alone(), UNKNOWN),
        ("the record can't be read", having(read=UNREAD), UNKNOWN),
        ("the record is not in the checkout", having(read=GONE), MISSING),
        ("copies of the record differ", having(read=TORN), DIVERGED),
        ("the log can't be read", having(log=UNREAD), UNKNOWN),
        ("the log is not in the checkout", having(log=GONE), MISSING),
        ("the log is no text", having(log=b"\x7fELF\0\0"), UNKNOWN),
        ("the log is empty", having(log=b"\n\n"), UNKNOWN),
        ("another log than recorded", having({"log_sha256": "0" * 64}), FAIL),
        ("run at another commit", having({"commit": OTHER}), FAIL),
        ("run at a shortened commit", having({"commit": "aaaaaaa"}), FAIL),
        ("the log is of another commit", having(log=other), FAIL),
        ("run in a changed tree", having({"tree_clean": False}), FAIL),
        ("it failed", having({"exit_code": 101}), FAIL),
        ("the log states another exit code", having(log=log + b"exit code: 1\n"), FAIL),
        ("the log shows a compiler that gave up",
         having(log=b"error: could not compile `governance`\n" + log), FAIL),
        ("begun before its commit", having({"started_at": "2020-01-01T00:00:00Z"}), FAIL),
        ("ended before it began", having({"finished_at": "2025-12-17T20:00:00Z"}), FAIL),
        ("dated in the future", having({"finished_at": "2029-01-01T00:00:00Z"}), FAIL),
        ("a time without its offset", having({"finished_at": "2025-12-17T20:31:00"}), FAIL),
        ("the release commit is not settled",
         replace(GOOD, record=()), UNKNOWN),
        ("a bare log", alone(bare(kind, log)), ATTESTED),
        ("a bare log of another commit", alone(bare(kind, other)), FAIL),
        ("a bare log that is not there", alone(bare(kind, GONE)), MISSING),
        ("a record without its log", GOOD.having(replace(
            ran(kind, {"log": None, "log_sha256": None}), log=None)), ATTESTED),
        ("a record without tool versions", having({"tools": None}), ATTESTED),
        ("a record whose tools have no version", having(
            {"tools": "none of anchor, cargo, rustc and solana was found"}), ATTESTED),
        ("a record with blank tools and times", having({"tools": " ", "started_at": "\u200b"}),
         ATTESTED),
        ("two exit codes, one of them good", having({"exit_code": [0, 101]}), FAIL),
        ("a clean tree and an unclean one", having({"tree_clean": ["true", "false"]}), FAIL),
        ("the log shows a test that failed",
         having(log=b"test tests::a ... FAILED\n" + log), FAIL),
        ("the log shows a make that gave up", having(
            log=log + b"make: *** [Makefile:3: all] Error 2\n"), FAIL),
        ("five hundred good exit codes before a bad one", having(
            log=log + b"exit code: 0\n" * 500 + b"exit code: 1\n"), UNKNOWN),
        ("a commit made in a year that no calendar has", replace(having(), freeze=replace(
            FREEZE, known=found(replace(AS_READ, committer_time=10**14)))), FAIL),
        ("a record that says nothing", having(read=_nothing(kind)), MISSING),
    )  # fmt: skip


def _typed(kind: Kind, text: str) -> Records:
    return GOOD.having(ran(kind, {"command": text}))


RC_03: Rows = (
    *_of_commands("build"),
    ("built with options", _typed("build", "anchor build --skip-lint -- --locked"), PASS),
    ("built by its full path", _typed("build", "CI=1 /opt/anchor/bin/anchor build"), PASS),
    ("what runs is another build", _UPGRADED, FAIL),
    ("an edited artifact hash", GOOD.having(ran("build", {"artifact_sha256": "0" * 64})), FAIL),
    ("the command did not write the artifact",
     GOOD.having(ran("build", {"artifact_written": False})), ATTESTED),
    ("whether the command wrote the artifact is not said",
     GOOD.having(ran("build", {"artifact_written": None})), ATTESTED),
    ("written, and not written",
     GOOD.having(ran("build", {"artifact_written": ["true", "false"]})), ATTESTED),
    ("not written, and not what runs either", replace(
        GOOD.having(ran("build", {"artifact_written": False})), world=_UPGRADED.world), FAIL),
    ("no artifact hash", GOOD.having(ran("build", {"artifact_sha256": None})), ATTESTED),
    ("another command", _typed("build", "cargo build-sbf"), FAIL),
    ("the program by its name", _typed("build", "anchor build --program-name governance"), PASS),
    ("another program by its name", _typed("build", "anchor build -p token_sale"), FAIL),
    ("a command that only says it", _typed("build", "echo anchor build"), FAIL),
    ("a failure that is covered up", _typed("build", "anchor build || true"), FAIL),
    ("its help", _typed("build", "anchor build --help"), FAIL),
    (
        "the log ends before the build",
        GOOD.having(ran("build", log=b"   Compiling a v1\n")),
        UNKNOWN,
    ),
    (
        "only a test profile finished",
        GOOD.having(ran("build", log=b"    Finished `test` profile [unoptimized] in 2s\n")),
        UNKNOWN,
    ),
    ("ProgramData unreadable", UNREAD_CODE, UNKNOWN),
    ("program closed", _CLOSED, FAIL),
    ("moving", _MOVING, UNKNOWN),
    ("providers disagree on ProgramData", _TORN_CODE, DIVERGED),
)

RC_04: Rows = (
    *_of_commands("test"),
    ("one crate with its toolchain", _typed("test", "cargo +1.89.0 test -p governance --lib"),
     PASS),
    ("two suites", GOOD.having(ran("test", {"tests_run": 4}, log=TEST_LOG * 2)), PASS),
    ("the whole workspace by its manifest", _typed(
        "test", "cargo test --workspace --manifest-path ./Cargo.toml"), PASS),
    ("the crate among others", _typed("test", "cargo test -p math --package=governance@1.0.0"),
     PASS),
    ("crates by a pattern", _typed("test", "cargo test -p 'gov*'"), PASS),
    ("one crate, and nobody knows the program's", replace(
        _typed("test", "cargo test -p governance"), freeze=replace(FREEZE, packages=())), UNKNOWN),
    ("tests filtered out", GOOD.having(ran("test", log=TEST_LOG.replace(
        b"0 filtered", b"98 filtered"))), ATTESTED),
    ("run in the folder of another crate", GOOD.having(ran("test", log=TEST_LOG.replace(
        b"deps/governance-", b"deps/math-"))), ATTESTED),
    ("a log that does not name what ran", GOOD.having(ran(
        "test", log=TEST_LOG[TEST_LOG.index(b"running") :])), ATTESTED),
    ("an integration test beside the crate's own", GOOD.having(ran("test", {"tests_run": 4}, log=(
        TEST_LOG + TEST_LOG.replace(b"unittests src/lib.rs", b"tests/flow.rs").replace(
            b"deps/governance-", b"deps/flow-")))), PASS),
    ("another crate alone", _typed("test", "cargo test -p math"), FAIL),
    ("another crate alone, in short", _typed("test", "cargo test -pmath"), FAIL),
    ("every crate but the program's", _typed(
        "test", "cargo test --workspace --exclude governance"), FAIL),
    ("the crate's own manifest", _typed(
        "test", "cargo test --manifest-path=programs/governance/Cargo.toml"), PASS),
    ("a manifest somewhere on a machine", _typed(
        "test", "cargo test --manifest-path /checkouts/repo/Cargo.toml"), ATTESTED),
    ("another manifest", _typed("test", "cargo test --manifest-path tools/x/Cargo.toml"), FAIL),
    ("five hundred good suites before a bad one", GOOD.having(ran(
        "test", {"tests_run": None, "tests_failed": None}, log=TEST_LOG * 500 + _FAILED_LOG)),
     UNKNOWN),
    ("no test ran", GOOD.having(ran("test", {"tests_run": 0}, log=(
        b"running 0 tests\n\ntest result: ok. 0 passed; 0 failed; 0 ignored; 0 measured; "
        b"9 filtered out; finished in 0.00s\n"))), FAIL),
    ("a test failed", GOOD.having(ran("test", log=_FAILED_LOG)), FAIL),
    ("a failure that the record leaves out",
     GOOD.having(ran("test", {"tests_run": 2, "tests_failed": 0}, log=_FAILED_LOG)), FAIL),
    ("more tests recorded than the log shows", GOOD.having(ran("test", {"tests_run": 200})), FAIL),
    ("only compiled", _typed("test", "cargo test --no-run"), FAIL),
    ("another command", _typed("test", "npm test"), FAIL),
    ("a shell's line", _typed("test", "cargo test ; exit 0"), FAIL),
    ("a result that a test printed itself", GOOD.having(ran("test", {"tests_run": 102}, log=(
        TEST_LOG + b"test result: ok. 100 passed; 0 failed; 0 ignored; 0 measured; 0 filtered out;"
        b" finished in 0.00s\n"))), UNKNOWN),
    ("a suite that never ended", GOOD.having(ran("test", log=TEST_LOG + b"running 5 tests\n")),
     UNKNOWN),
    ("a log without a result", GOOD.having(ran("test", {"tests_run": None, "tests_failed": None},
                                               log=b"PASS\n")), UNKNOWN),
    ("a log that was cut", GOOD.having(ran(
        "test", log=logs.CUT.encode() + b" 9 bytes]\n" + TEST_LOG)), UNKNOWN),
)  # fmt: skip


def _reading(checks: int) -> ScriptReading:
    own = SelfCheck("all.sh", "a.json", "all.sh:1", "all.sh:2", "build.ts:7", "verify.ts:3")
    return ScriptReading("all.sh", checks, (own,))


RC_05: Rows = (
    *_of_commands("verification"),
    (
        "a script that checks its own output among other things",
        replace(GOOD, scripts=(_reading(5),)),
        PASS,
    ),
    (
        "a script that checks nothing but its own output",
        replace(GOOD, scripts=(_reading(1),)),
        ATTESTED,
    ),
    (
        "a file that merely says PASS",
        replace(GOOD, commands=(), bare=(bare("verification", b"[verify-all] PASS\n"),)),
        ATTESTED,
    ),
    ("a command of many pages", _typed("verification", "make " + "x" * 5_000), FAIL),
    ("a command that checks nothing", _typed("verification", "true"), FAIL),
    ("a command that only prints", _typed("verification", "/bin/echo PASS"), FAIL),
    ("a command that only looks whether a file is there", _typed(
        "verification", "test -f docs/review.md"), FAIL),
    ("a command that checks nothing, behind others", _typed(
        "verification", "env CI=1 sudo bash -lc 'exit 0'"), FAIL),
    ("its help", _typed("verification", "make verify --help"), FAIL),
    ("steps that are only shown", _typed("verification", "make -n verify"), FAIL),
    ("a failure that a pipe may hide", _typed("verification", "make verify | tee all.log"),
     ATTESTED),
    ("a failure that is covered up before the end", _typed(
        "verification", "make verify || true && make done"), ATTESTED),
    ("a failure that is turned round", _typed("verification", "! make verify"), ATTESTED),
    ("left running", _typed("verification", "make verify & make other"), ATTESTED),
    ("a pipe that is not forgiven", _typed(
        "verification", "bash -c 'set -euo pipefail; make verify 2>&1 | tee all.log'"), PASS),
    ("signs inside quotes are no shell's", _typed(
        "verification", "python3 -c 'import kit; kit.check(a | b) or exit(1)'"), PASS),
    ("one after another on lines of their own", _typed(
        "verification", "bash -c 'make a\nmake b'"), ATTESTED),
    ("quotes that do not close", _typed("verification", "make 'verify"), ATTESTED),
    ("one after another", _typed("verification", "make a && make b 2>&1"), PASS),
    ("a failed test in its log", GOOD.having(ran("verification", log=_FAILED_LOG)), FAIL),
    (
        "a failure that is covered up",
        _typed("verification", "bash -c 'make verify || true'"),
        FAIL,
    ),
    (
        "a list of gates that somebody should run",
        GOOD.having(ran("verification", {"command": ["npm run a", "npm run b"]})),
        ATTESTED,
    ),
)
