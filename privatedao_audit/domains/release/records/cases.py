"""Cases of the records of a release: sound ones, and every way found to make them worth less."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import replace
from types import MappingProxyType
from typing import Any

from privatedao_audit.chain.layouts.otter_verify import OTTER_SIGNER
from privatedao_audit.domains.authority.world import STRANGER
from privatedao_audit.domains.cases import Case
from privatedao_audit.domains.release.provenance.facts import Register
from privatedao_audit.domains.release.records.facts import (
    BareLog,
    Digest,
    Kind,
    ListedFiles,
    PublishedBuild,
    ScriptReading,
    SelfCheck,
)
from privatedao_audit.domains.release.records.sound import (
    AS_READ,
    AUTHORITY,
    COMMIT,
    DEPLOY,
    DEPLOYMENT,
    DEPOSIT,
    FREEZE,
    GONE,
    GOOD,
    HASH,
    LATER,
    LIB,
    LOGS,
    MADE,
    OTHER,
    ROWS,
    TEST_LOG,
    TORN,
    UNREAD,
    VERIFIER,
    WORLD,
    Records,
    bare,
    found,
    landed,
    listed,
    placed,
    published,
    ran,
    register,
    signature,
    tree,
    verified,
)
from privatedao_audit.model.reads import Read
from privatedao_audit.model.status import Status
from privatedao_audit.repository import logs
from privatedao_audit.repository.hashlists import Listed, aggregate_of
from privatedao_audit.repository.surfaces import statement

FAIL, PASS, UNKNOWN = Status.FAIL, Status.PASS, Status.UNKNOWN
MISSING, DIVERGED, ATTESTED = Status.MISSING, Status.DIVERGED, Status.ATTESTED

_FAILED_LOG = TEST_LOG.replace(b"result: ok. 2 passed; 0", b"result: FAILED. 1 passed; 1")
EMPTY = Digest(hashlib.sha256(b"").hexdigest(), 0)
_MOVING = replace(GOOD, world=replace(WORLD, moving=("the deployment slot changed",)))
_UPGRADED = replace(GOOD, world=WORLD.program(code=b"\x7fELF of something else"))
_CLOSED = replace(GOOD, world=WORLD.reading(WORLD.programs[0].programdata, GONE))
_UNREAD_CODE = replace(GOOD, world=WORLD.reading(WORLD.programs[0].programdata, UNREAD))
#: Nothing on chain says who is of the team.
_NO_TEAM = replace(GOOD, world=replace(WORLD.program(authority=None), multisigs=()), team={})
_EXTENDED = WORLD.program(slot=300, padding=10_240)
_TORN_CODE = replace(GOOD, world=WORLD.reading(WORLD.programs[0].programdata, TORN))

Rows = tuple[tuple[str, Records, Status], ...]

#: Cases in which the release commit is not settled.
_UNSETTLED: Rows = (
    ("no release record", replace(GOOD, record=()), UNKNOWN),
    ("the release record can't be read", GOOD.saying({}, read=UNREAD), UNKNOWN),
    ("the release record is not in the checkout", GOOD.saying({}, read=GONE), MISSING),
    ("no commit stated", GOOD.saying({"release_commit": None}), MISSING),
    ("a shortened commit id", GOOD.saying({"release_commit": "aaaaaaa"}), FAIL),
    ("a branch for a commit", GOOD.saying({"release_commit": "main"}), FAIL),
    ("a record of another cluster", GOOD.saying({"cluster": "devnet"}), FAIL),
    ("two records that disagree", GOOD.also({"release_commit": OTHER}), FAIL),
    ("copies of the release record differ", GOOD.saying({}, read=TORN), DIVERGED),
    ("a second record that can't be read", GOOD.also({}, read=UNREAD), UNKNOWN),
)



def _both_trees(change: Mapping[str, str | None]) -> Records:
    return GOOD.frozen(released=tree(change), checked_out=tree(change))


_RC_01: Rows = (
    *_UNSETTLED,
    ("frozen", GOOD, PASS),
    ("the commit in upper case", GOOD.saying({"release_commit": COMMIT.upper()}), PASS),
    ("two records that agree", GOOD.also({}), PASS),
    (
        "an archived record of another commit",
        GOOD.also({"release_commit": OTHER}, state="archived"),
        PASS,
    ),
    ("a tag of that commit", GOOD.frozen(tags={"v1": found(AS_READ, "v1")}), PASS),
    ("documents changed since", GOOD.frozen(checked_out=tree()), PASS),
    ("no such commit", GOOD.frozen(known=GONE, refs=UNREAD, descends=UNREAD), FAIL),
    ("no branch or tag reaches it", GOOD.frozen(refs=found(())), FAIL),
    ("the checkout does not descend from it", GOOD.frozen(descends=found(False)), FAIL),
    (
        "a source changed since",
        GOOD.frozen(checked_out=tree({"programs/governance/src/lib.rs": "f9"})),
        FAIL,
    ),
    (
        "a source came since",
        GOOD.frozen(checked_out=tree({"programs/governance/src/more.rs": "f9"})),
        FAIL,
    ),
    ("the lock file changed since", GOOD.frozen(checked_out=tree({"Cargo.lock": "f9"})), FAIL),
    (
        "a toolchain file came since",
        GOOD.frozen(released=tree({"rust-toolchain.toml": None})),
        FAIL,
    ),
    (
        "cargo's configuration came since",
        GOOD.frozen(checked_out=tree({".cargo/config.toml": "f9"})),
        FAIL,
    ),
    (
        "a source became a link to its own content",
        GOOD.frozen(checked_out=tree({"programs/governance/src/lib.rs": "symlink:f1"})),
        FAIL,
    ),
    ("the crate is elsewhere at the release commit", GOOD.frozen(crates=("programs/other",)), FAIL),
    (
        "a source changed on disk",
        GOOD.frozen(dirty=found(("programs/governance/src/lib.rs",))),
        FAIL,
    ),
    (
        "an untracked module among the sources",
        GOOD.frozen(stray=found(("programs/governance/src/hook.rs",))),
        FAIL,
    ),
    (
        "the tag stands for another commit",
        GOOD.frozen(tags={"v1": found(replace(AS_READ, commit=OTHER), "v1")}),
        FAIL,
    ),
    ("the tag is not there", GOOD.frozen(tags={"v1": GONE}), FAIL),
    ("the commit's own id for a tag", GOOD.frozen(tags={COMMIT: found(AS_READ)}), FAIL),
    (
        "the fourth tag stands for another commit",
        GOOD.frozen(
            tags={"v1": found(AS_READ), "v2": found(AS_READ), "v3": found(AS_READ),
                  "v4": found(replace(AS_READ, commit=OTHER))}
        ),
        FAIL,
    ),
    (
        "a source is a link, then and now",
        _both_trees({"programs/governance/src/shared": "symlink:f9"}),
        UNKNOWN,
    ),
    (
        "a crate that it is built from is a submodule, then and now",
        replace(
            _both_trees({"crates/math": "submodule:f9"}),
            freeze=replace(
                _both_trees({"crates/math": "submodule:f9"}).freeze,
                crates=("programs/governance", "crates/math"),
            ),
        ),
        UNKNOWN,
    ),
    ("a manifest that can't be read", GOOD.frozen(gap="Cargo.toml could not be read"), UNKNOWN),
    (
        "a tag object's id for a commit",
        GOOD.frozen(known=found(replace(AS_READ, commit=OTHER))),
        FAIL,
    ),
    (
        "no toolchain file, then or now",
        GOOD.frozen(
            released=tree({"rust-toolchain.toml": None}),
            checked_out=tree({"rust-toolchain.toml": None}),
        ),
        PASS,
    ),
    (
        "no lock file, then or now",
        GOOD.frozen(released=tree({"Cargo.lock": None}), checked_out=tree({"Cargo.lock": None})),
        MISSING,
    ),
    ("a shallow clone", GOOD.frozen(shallow=found(True)), UNKNOWN),
    ("the history can't be read", GOOD.frozen(known=UNREAD), UNKNOWN),
    ("the refs can't be followed", GOOD.frozen(refs=UNREAD), UNKNOWN),
    ("whether it descends is not known", GOOD.frozen(descends=UNREAD), UNKNOWN),
    ("the commit's tree can't be read", GOOD.frozen(released=UNREAD), UNKNOWN),
    ("the working tree can't be compared", GOOD.frozen(dirty=UNREAD), UNKNOWN),
    ("untracked files can't be listed", GOOD.frozen(stray=UNREAD), UNKNOWN),
    ("no source is mapped", GOOD.frozen(crates=()), UNKNOWN),
    ("the commit was not looked for", replace(GOOD, freeze=None), UNKNOWN),
)


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


def _command(kind: Kind, text: str) -> Records:
    return GOOD.having(ran(kind, {"command": text}))


_RC_03: Rows = (
    *_of_commands("build"),
    ("built with options", _command("build", "anchor build --skip-lint -- --locked"), PASS),
    ("built by its full path", _command("build", "CI=1 /opt/anchor/bin/anchor build"), PASS),
    ("what runs is another build", _UPGRADED, FAIL),
    ("an edited artifact hash", GOOD.having(ran("build", {"artifact_sha256": "0" * 64})), FAIL),
    ("no artifact hash", GOOD.having(ran("build", {"artifact_sha256": None})), ATTESTED),
    ("another command", _command("build", "cargo build-sbf"), FAIL),
    ("a command that only says it", _command("build", "echo anchor build"), FAIL),
    ("a failure that is covered up", _command("build", "anchor build || true"), FAIL),
    ("its help", _command("build", "anchor build --help"), FAIL),
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
    ("ProgramData unreadable", _UNREAD_CODE, UNKNOWN),
    ("program closed", _CLOSED, FAIL),
    ("moving", _MOVING, UNKNOWN),
    ("providers disagree on ProgramData", _TORN_CODE, DIVERGED),
)

_RC_04: Rows = (
    *_of_commands("test"),
    ("one crate with its toolchain", _command("test", "cargo +1.89.0 test -p governance --lib"),
     PASS),
    ("two suites", GOOD.having(ran("test", {"tests_run": 4}, log=TEST_LOG * 2)), PASS),
    ("the whole workspace by its manifest", _command(
        "test", "cargo test --workspace --manifest-path ./Cargo.toml"), PASS),
    ("the crate among others", _command("test", "cargo test -p math --package=governance@1.0.0"),
     PASS),
    ("another crate alone", _command("test", "cargo test -p math"), FAIL),
    ("another crate alone, in short", _command("test", "cargo test -pmath"), FAIL),
    ("every crate but the program's", _command(
        "test", "cargo test --workspace --exclude governance"), FAIL),
    ("the crate's own manifest", _command(
        "test", "cargo test --manifest-path=programs/governance/Cargo.toml"), PASS),
    ("a manifest somewhere on a machine", _command(
        "test", "cargo test --manifest-path /home/me/repo/Cargo.toml"), ATTESTED),
    ("another manifest", _command("test", "cargo test --manifest-path tools/x/Cargo.toml"), FAIL),
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
    ("only compiled", _command("test", "cargo test --no-run"), FAIL),
    ("another command", _command("test", "npm test"), FAIL),
    ("a shell's line", _command("test", "cargo test ; exit 0"), FAIL),
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


_RC_05: Rows = (
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
    ("a command of many pages", _command("verification", "make " + "x" * 5_000), FAIL),
    ("a command that checks nothing", _command("verification", "true"), FAIL),
    ("a command that only prints", _command("verification", "/bin/echo PASS"), FAIL),
    ("a command that checks nothing, behind others", _command(
        "verification", "env CI=1 sudo bash -lc 'exit 0'"), FAIL),
    ("its help", _command("verification", "make verify --help"), FAIL),
    ("steps that are only shown", _command("verification", "make -n verify"), FAIL),
    ("a failure that a pipe may hide", _command("verification", "make verify | tee all.log"),
     ATTESTED),
    ("a failure that is covered up before the end", _command(
        "verification", "make verify || true && make done"), ATTESTED),
    ("a failure that is turned round", _command("verification", "! make verify"), ATTESTED),
    ("left running", _command("verification", "make verify & make other"), ATTESTED),
    ("a pipe that is not forgiven", _command(
        "verification", "bash -c 'set -euo pipefail; make verify 2>&1 | tee all.log'"), PASS),
    ("one after another", _command("verification", "make a && make b 2>&1"), PASS),
    ("a failed test in its log", GOOD.having(ran("verification", log=_FAILED_LOG)), FAIL),
    (
        "a failure that is covered up",
        _command("verification", "bash -c 'make verify || true'"),
        FAIL,
    ),
    (
        "a list of gates that somebody should run",
        GOOD.having(ran("verification", {"command": ["npm run a", "npm run b"]})),
        ATTESTED,
    ),
)


def _verified(change: Mapping[str, Any] | None = None, **how: Any) -> Records:
    return replace(GOOD, verifications=(verified(change, **how),))


_RC_06: Rows = (
    ("followed", GOOD, PASS),
    ("dated to the second", _verified({"date": "2025-12-20T10:00:00+02:00"}), PASS),
    ("no commit named", _verified({"commit": None}), PASS),
    ("nothing is mapped", replace(GOOD, verifications=()), UNKNOWN),
    ("the record can't be read", _verified(read=UNREAD), UNKNOWN),
    ("the record is not in the checkout", _verified(read=GONE), MISSING),
    ("copies of the record differ", _verified(read=TORN), DIVERGED),
    ("nobody named", _verified({"verifier": None}), MISSING),
    ("no steps", _verified({"steps": []}), MISSING),
    ("no signatures", _verified({"signatures": []}), MISSING),
    ("no cluster named", _verified({"cluster": None}), MISSING),
    ("no guide named", _verified({"guide": None}), MISSING),
    ("the guide is not there", _verified(guide=GONE), MISSING),
    ("the guide is empty", _verified(guide=found(Digest(HASH, 0))), MISSING),
    ("of another commit", _verified({"commit": OTHER}), FAIL),
    ("dated before the commit", _verified({"date": "2025-01-01"}), FAIL),
    ("dated in the future", _verified({"date": "2027-01-01"}), FAIL),
    ("no date at all", _verified({"date": "last spring"}), FAIL),
    ("on another cluster", _verified({"cluster": "devnet"}), UNKNOWN),
    ("the transaction is not returned", _verified(transaction=UNREAD), UNKNOWN),
    ("the transaction is absent, which proves nothing", _verified(transaction=GONE), UNKNOWN),
    ("providers disagree on the transaction", _verified(transaction=TORN), DIVERGED),
    ("it invokes another program", _verified(transaction=landed(invoked=(STRANGER,))), FAIL),
    ("it landed before the commit", _verified(transaction=landed(block_time=MADE - 1)), FAIL),
    ("it failed", _verified(transaction=landed(succeeded=False)), FAIL),
    (
        "what it calls inside is not known",
        _verified(transaction=landed(invoked=(STRANGER,), inner_recorded=False)),
        UNKNOWN,
    ),
    ("signed by the team", _verified(transaction=landed(signers=(STRANGER,))), FAIL),
    ("signed by the upgrade authority", _verified(
        transaction=landed(signers=(VERIFIER, str(AUTHORITY)))), FAIL),
    ("signed by a member of the multisig", _verified(
        transaction=landed(signers=(WORLD.multisigs[0].members[0].key,))), FAIL),
    ("signed by a key of the signer register", replace(
        GOOD, registers=(register("release engineer"),)), FAIL),
    ("signed by a reviewer of the signer register", replace(
        GOOD, registers=(register("external reviewer"),)), PASS),
    ("a reviewer who is a signer too", replace(
        GOOD, registers=(register("reviewer", "multisig member"),)), FAIL),
    ("the signer register can't be read", replace(
        GOOD, registers=(Register("signers.json", UNREAD),)), UNKNOWN),
    ("nobody of the team is known", _NO_TEAM, UNKNOWN),
    ("the verifier is a blank", _verified({"verifier": " \u200b"}), MISSING),
    ("the steps are blanks", _verified({"steps": [" ", "-"]}), MISSING),
    ("its block has no time", _verified(transaction=landed(block_time=None)), UNKNOWN),
    ("what is named is no signature", _verified({"signatures": ["see the log"]}), FAIL),
    (
        "a signature that was not looked up",
        _verified({"signatures": [DEPOSIT, signature("another")]}),
        FAIL,
    ),
)


def _lists(*given: ListedFiles) -> Records:
    return replace(GOOD, lists=given)


_RC_07: Rows = (
    ("everything is retained", GOOD, PASS),
    ("changed since, and listed as released", _lists(listed(now={"lib.rs": found(LATER)})), PASS),
    (
        "hashes in upper case are read in lower case",
        _lists(listed(aggregate=aggregate_of(ROWS).upper())),
        PASS,
    ),
    ("no aggregate", _lists(listed(aggregate=None)), PASS),
    ("retained files with their hashes", _lists(listed(part="retained-files")), PASS),
    (
        "other content at the release commit",
        _lists(listed(released={"lib.rs": found(LATER)})),
        FAIL,
    ),
    (
        "listed as it is now, not as released",
        _lists(
            listed(
                (replace(ROWS[0], sha256=LATER.sha256, length=LATER.length), ROWS[1]),
                now={"lib.rs": found(LATER)},
            )
        ),
        FAIL,
    ),
    ("a retained log with other content", _lists(listed(now={"build.log": found(LIB)})), FAIL),
    ("another length than listed", _lists(listed((replace(ROWS[0], length=9), ROWS[1]))), FAIL),
    ("an aggregate of other rows", _lists(listed(aggregate="0" * 64)), FAIL),
    ("half a hash", _lists(listed((replace(ROWS[0], sha256=None, malformed=True),))), FAIL),
    ("a file that is nowhere", _lists(listed(now={"build.log": GONE})), MISSING),
    (
        "a retained file that is gone",
        _lists(listed(part="retained-files", now={"lib.rs": GONE})),
        MISSING,
    ),
    (
        "a retained file that is empty",
        _lists(
            listed(
                (Listed("lib.rs", None, None),),
                part="retained-files",
                now={"lib.rs": found(Digest(HASH, 0))},
            )
        ),
        MISSING,
    ),
    (
        "retained files without hashes",
        _lists(listed((Listed("lib.rs", None, None),), part="retained-files")),
        ATTESTED,
    ),
    ("a list without hashes", _lists(listed((Listed("lib.rs", None, None),))), ATTESTED),
    ("a list of nothing", _lists(listed(())), UNKNOWN),
    ("a retained log that is empty, with the right hash", _lists(listed(
        (Listed("lib.rs", LIB.sha256, LIB.length), Listed("build.log", EMPTY.sha256, 0)),
        now={"build.log": found(EMPTY)})), MISSING),
    ("an empty file that is the release's", _lists(listed(
        (Listed("lib.rs", EMPTY.sha256, 0),), now={"lib.rs": found(EMPTY)},
        released={"lib.rs": found(EMPTY)})), PASS),
    ("another length, and no hash", _lists(listed((Listed("lib.rs", None, 9),))), FAIL),
    ("a record with two logs", GOOD.having(replace(
        ran("build", {"log": ["build.log", "more.log"]}), log=None)), UNKNOWN),
    ("the tree moved on, and the release commit is not settled", replace(
        _lists(listed(now={"lib.rs": found(LATER)})), record=()), UNKNOWN),
    ("another algorithm", _lists(listed(algorithm="md5")), UNKNOWN),
    ("the list can't be read", _lists(listed(read=UNREAD)), UNKNOWN),
    ("the list is not in the checkout", _lists(listed(read=GONE)), MISSING),
    ("a file can't be read", _lists(listed(released={"lib.rs": UNREAD})), UNKNOWN),
    ("copies of a file differ", _lists(listed(released={"lib.rs": TORN})), DIVERGED),
    ("the release commit is not settled", replace(GOOD, record=()), UNKNOWN),
    ("nothing is mapped", replace(GOOD, lists=(), commands=()), UNKNOWN),
    ("a record that may name a log can't be read", GOOD.having(ran("build", read=UNREAD)), UNKNOWN),
    ("a recorded log is gone", GOOD.having(ran("build", log=GONE)), MISSING),
    ("a recorded log is another", GOOD.having(ran("build", {"log_sha256": "0" * 64})), FAIL),
    ("a recorded log without its hash", GOOD.having(ran("build", {"log_sha256": None})), ATTESTED),
    ("a recorded log that can't be read", GOOD.having(ran("build", log=UNREAD)), UNKNOWN),
)


def _published(*given: PublishedBuild) -> Records:
    return replace(GOOD, published=given)


_RC_10: Rows = (
    *_UNSETTLED,
    ("the same in every record", GOOD, PASS),
    ("the service's record names it", _published(published()), PASS),
    ("the authority's record names it", _published(published(signer=str(AUTHORITY))), PASS),
    ("the service's record names another", _published(published(commit=OTHER)), PASS),
    (
        "the authority's record of an earlier deployment",
        _published(published(signer=str(AUTHORITY), commit=OTHER, deployed_slot=9)),
        PASS,
    ),
    (
        "the authority's record names another",
        _published(published(signer=str(AUTHORITY), commit=OTHER)),
        FAIL,
    ),
    (
        "the authority's record names another, and somebody extended the program since",
        replace(_published(published(signer=str(AUTHORITY), commit=OTHER)), world=_EXTENDED),
        FAIL,
    ),
    (
        "the authority's record names another, and the code's age is not known",
        replace(
            _published(published(signer=str(AUTHORITY), commit=OTHER)),
            world=_EXTENDED, history=UNREAD,
        ),
        UNKNOWN,
    ),
    (
        "a stranger's record under the service's address",
        _published(replace(published(signer=STRANGER), signer=OTTER_SIGNER)),
        FAIL,
    ),
    ("a record of another program", _published(published(program=STRANGER)), FAIL),
    ("a build record of another commit", GOOD.having(ran("build", {"commit": OTHER})), FAIL),
    ("a test record of a shortened commit", GOOD.having(ran("test", {"commit": "aaaaaaa"})), FAIL),
    ("a verification of another commit", _verified({"commit": OTHER}), FAIL),
    ("no such commit", GOOD.frozen(known=GONE), FAIL),
    ("the history can't be read", GOOD.frozen(known=UNREAD), UNKNOWN),
    ("a test record can't be read", GOOD.having(ran("test", read=UNREAD)), UNKNOWN),
    ("whether there is a record on chain is not known", _published(published(UNREAD)), UNKNOWN),
    ("providers disagree on the record", _published(published(TORN)), DIVERGED),
    (
        "a record on chain, and nothing to hold against it",
        replace(_published(published()), world=_UNREAD_CODE.world),
        UNKNOWN,
    ),
)

_AT = "2025-12-17T20:33:20Z"


def _built(text: str | None) -> Records:
    return GOOD.saying({"built_at": text})


_RC_11: Rows = (
    ("committed, built, deployed", GOOD, PASS),
    ("with another offset", _built("2025-12-17T22:33:20+02:00"), PASS),
    ("at the second of its commit", _built("2025-12-17T19:33:20Z"), PASS),
    ("before its commit", _built("2025-12-17T19:33:19Z"), FAIL),
    ("after the deployment", _built("2025-12-19T00:00:00Z"), FAIL),
    ("in the future", replace(_built("2027-01-01T00:00:00Z"), deployed=1_900_000_000), FAIL),
    ("a day", _built("2025-12-18"), FAIL),
    ("without its offset", _built("2025-12-17T20:33:20"), FAIL),
    ("in words", _built("last Tuesday"), FAIL),
    ("a thirteenth month", _built("2025-13-17T20:33:20Z"), FAIL),
    (
        "a build record that says later than deployed",
        GOOD.having(ran("build", {"finished_at": "2025-12-20T00:00:00Z"})),
        FAIL,
    ),
    ("no time stated", _built(None), MISSING),
    (
        "no place for a time is mapped",
        replace(
            GOOD,
            commands=(),
            record=(placed("release-record", {"release_commit": COMMIT}, "release.json"),),
        ),
        MISSING,
    ),
    ("nothing is mapped", replace(GOOD, record=(), commands=()), UNKNOWN),
    ("the record can't be read", GOOD.saying({}, read=UNREAD), UNKNOWN),
    ("the record is not in the checkout", GOOD.saying({}, read=GONE), MISSING),
    ("copies of the record differ", GOOD.saying({}, read=TORN), DIVERGED),
    ("the commit can't be read", GOOD.frozen(known=UNREAD), UNKNOWN),
    ("no such commit", GOOD.frozen(known=GONE), FAIL),
    ("the deployment is not returned", replace(GOOD, deployed=UNREAD), UNKNOWN),
    ("the deployment's block has no time", replace(GOOD, deployed=None), UNKNOWN),
    ("two deployments recorded", GOOD.also({"deployment_signature": signature("two")}), UNKNOWN),
    ("the recorded transaction deploys another program", replace(
        GOOD, deployment=replace(DEPLOYMENT, programdata=STRANGER)), UNKNOWN),
    ("the recorded transaction only extends", replace(
        GOOD, deployment=replace(DEPLOYMENT, action="ExtendProgram")), UNKNOWN),
    ("a second record, which may name a deployment, can't be read", GOOD.also({}, read=UNREAD),
     UNKNOWN),
    ("a second record of another cluster gives the time", replace(GOOD, record=(
        placed("release-record", {"release_commit": COMMIT, "deployment_signature": DEPLOY},
               "release.json"),
        placed("release-record", {"cluster": "devnet", "built_at": _AT}, "built.json"))), FAIL),
    ("providers disagree on the deployment", replace(GOOD, deployed=TORN), DIVERGED),
)

_EVERY: Mapping[str, Rows] = MappingProxyType(
    {
        "RC-01": _RC_01, "RC-03": _RC_03, "RC-04": _RC_04, "RC-05": _RC_05, "RC-06": _RC_06,
        "RC-07": _RC_07, "RC-10": _RC_10, "RC-11": _RC_11,
    }
)  # fmt: skip


def made() -> tuple[Case, ...]:
    """Every case; built when asked for, since the domain's facts need this package first."""
    return tuple(
        Case(control, name, records.facts(), status)
        for control, rows in _EVERY.items()
        for name, records, status in rows
    )


CASES: tuple[Case, ...] = made()
