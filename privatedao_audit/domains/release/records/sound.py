"""Sound records of a release, piece by piece, for cases that change one thing of them."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from solders.signature import Signature

from privatedao_audit.chain.layouts.otter_verify import OTTER_SIGNER, BuildRecord
from privatedao_audit.domains.authority.history import LoaderEvent, LoaderHistory
from privatedao_audit.domains.authority.world import GOVERNANCE, STRANGER, World, wallet
from privatedao_audit.domains.cases import in_checkout, on_chain
from privatedao_audit.domains.release.provenance.facts import (
    ProvenanceFacts,
    Register,
    Registration,
)
from privatedao_audit.domains.release.records.facts import (
    BareLog,
    CommandRecord,
    Digest,
    Freeze,
    Invocation,
    Kind,
    ListedFiles,
    LogFile,
    ProgramRecords,
    PublishedBuild,
    RecordFacts,
    ScriptReading,
    Verification,
)
from privatedao_audit.model.reads import Diverged, Found, ProvenAbsent, Read, Unknown, decoded
from privatedao_audit.model.target import Surface
from privatedao_audit.repository import logs
from privatedao_audit.repository.hashlists import HashList, Listed, aggregate_of
from privatedao_audit.repository.reads import Commit, Head
from privatedao_audit.repository.surfaces import statement

if TYPE_CHECKING:
    from privatedao_audit.domains.release.facts import ReleaseFacts


UNREAD: Read[Any] = Unknown("no checkout was given")
TORN: Read[Any] = Diverged("two copies give other bytes", in_checkout("torn"))
GONE: Read[Any] = ProvenAbsent(in_checkout("absent"))

WORLD = World()
HASH, PROGRAMDATA = WORLD.programs[0].sha256, WORLD.programs[0].programdata
COMMIT, OTHER = "a" * 40, "b" * 40
#: The commit was made, built, deployed; verdicts are given at the time of the reads.
MADE, BUILT, DEPLOYED = 1_766_000_000, 1_766_003_600, 1_766_090_000
VERIFIER = wallet("independent verifier")
AUTHORITY = WORLD.programs[0].authority


def signature(word: str) -> str:
    """A transaction signature, from a word."""
    return str(Signature.from_bytes(hashlib.sha512(word.encode()).digest()))


DEPLOY, DEPOSIT = signature("deploy"), signature("deposit")
DEPLOYMENT = LoaderEvent(
    DEPLOY, "DeployWithMaxDataLen", 100, DEPLOYED, True, False, STRANGER, None, STRANGER,
    PROGRAMDATA,
)  # fmt: skip


def history(*events: LoaderEvent) -> Read[LoaderHistory]:
    """The whole history of ProgramData, oldest first."""
    return Found(LoaderHistory(events, True, ""), on_chain("history"))


def register(*roles: str, key: str = VERIFIER, owner: str | None = None) -> Register:
    """A signer register of the checkout with one key."""
    rows = (Registration(key, "", owner, roles),)
    return Register("signers.json", Found(rows, in_checkout("signers.json")))

BUILD_LOG = b"   Compiling governance v1.0.0\n    Finished `release` profile [optimized] in 41s\n"
TEST_LOG = (
    b"     Running unittests src/lib.rs (target/debug/deps/governance-5f0c7a1e2b3d4c5f)\n\n"
    b"running 2 tests\ntest tests::a ... ok\ntest tests::b ... ok\n\ntest result: ok. 2 passed; "
    b"0 failed; 0 ignored; 0 measured; 0 filtered out; finished in 0.01s\n"
)
SURFACE_LOG = b"commit " + COMMIT.encode() + b"\nchecked 7 files: identical\n"
LOGS: Mapping[Kind, bytes] = MappingProxyType(
    {"build": BUILD_LOG, "test": TEST_LOG, "verification": SURFACE_LOG}
)
_COMMANDS: Mapping[Kind, str] = MappingProxyType(
    {"build": "anchor build", "test": "cargo test", "verification": "make verify-review-surface"}
)


def found(value: Any, name: str = "checkout") -> Read[Any]:
    """A read of the checkout."""
    return Found(value, in_checkout(name))


def placed(part: str, said: Mapping[str, Any], file: str, **mapping: Any) -> tuple[Surface, Any]:
    """A JSON file that plays a part, with what it states; None leaves a member out."""
    fields = {k: f"/{k}/*" if isinstance(v, list) else f"/{k}" for k, v in said.items()}
    mapped = Surface.model_validate(
        {"part": part, "file": file, "format": "json", "program": "governance", "fields": fields,
         **mapping}
    )  # fmt: skip
    stated = {k: v for k, v in said.items() if v is not None}
    read = found(json.dumps(stated).encode(), file)
    return mapped, statement(mapped, "localnet", read)


def log_file(data: bytes, name: str = "log") -> Read[LogFile]:
    """A log as a collector reads it."""
    digest = Digest(hashlib.sha256(data).hexdigest(), len(data))
    return decoded(found(data, name), lambda raw: LogFile(digest, logs.parse(raw)), "the log")


def ran(
    kind: Kind, change: Mapping[str, Any] | None = None, *,
    log: bytes | Read[LogFile] | None = None, read: Read[Any] | None = None,
) -> CommandRecord:  # fmt: skip
    """A record of a command: the sound one with some members changed."""
    data = log if isinstance(log, bytes) else LOGS[kind]
    said: dict[str, Any] = {
        "command": _COMMANDS[kind], "commit": COMMIT, "tree_clean": True, "exit_code": 0,
        "tools": "anchor-cli 1.0.1, cargo 1.89.0", "started_at": "2025-12-17T20:30:00Z",
        "finished_at": "2025-12-17T20:31:00Z", "log": f"{kind}.log",
        "log_sha256": hashlib.sha256(data).hexdigest(),
    }  # fmt: skip
    if kind == "build":
        said |= {"artifact_sha256": HASH, "artifact_written": True}
    if kind == "test":
        said |= {"tests_run": 2, "tests_failed": 0}
    surface, made = placed(f"{kind}-record", {**said, **(change or {})}, f"{kind}.json")
    given = log_file(data, f"{kind}.log") if log is None or isinstance(log, bytes) else log
    return CommandRecord(kind, surface, made if read is None else read, given)


def bare(kind: Kind, data: bytes | Read[LogFile], file: str | None = None) -> BareLog:
    """A log that is mapped by itself."""
    name = file or f"bare-{kind}.log"
    surface = Surface.model_validate(
        {"part": f"{kind}-log", "file": name, "format": "log", "program": "governance"}
    )
    return BareLog(kind, surface, log_file(data, name) if isinstance(data, bytes) else data)


_TREE: Mapping[str, str] = MappingProxyType(
    {
        "programs/governance": "t1", "programs/governance/src": "t2",
        "programs/governance/src/lib.rs": "f1", "programs/governance/Cargo.toml": "f2",
        "Cargo.toml": "f3", "Cargo.lock": "f4", "Anchor.toml": "f5", "rust-toolchain.toml": "f6",
    }
)  # fmt: skip


def tree(change: Mapping[str, str | None] | None = None) -> Read[dict[str, str]]:
    """Object ids of the sources; None takes a path out."""
    entries = {**_TREE, **(change or {})}
    return found({k: v for k, v in entries.items() if v is not None}, "tree")


AS_READ = Commit(COMMIT, "t0", (OTHER,), MADE, MADE, "Version 1.0.0")
FREEZE = Freeze(
    commit=COMMIT,
    known=found(AS_READ, "commit"),
    refs=found(("refs/heads/main",), "refs"),
    shallow=found(False, "shallow"),
    head=found(Head(OTHER, "refs/heads/main"), "head"),
    descends=found(True, "descends"),
    sources=tuple(_TREE),
    crates=("programs/governance",),
    released=tree(),
    checked_out=tree(),
    dirty=found((), "dirty"),
    stray=found((), "stray"),
    packages=("governance",),
)


def landed(**change: Any) -> Read[Invocation]:
    """The verifier's transaction: a deposit."""
    given = Invocation(DEPOSIT, True, DEPLOYED, (GOVERNANCE,), True, (VERIFIER,))
    return Found(replace(given, **change), on_chain("deposit"))


def verified(
    change: Mapping[str, Any] | None = None, *, transaction: Read[Invocation] | None = None,
    read: Read[Any] | None = None, guide: Read[Digest] | None = None,
) -> Verification:  # fmt: skip
    """A record of an independent verification."""
    said: dict[str, Any] = {
        "verifier": "somebody else", "date": "2025-12-20", "commit": COMMIT, "guide": "guide.md",
        "cluster": "localnet", "steps": ["built it", "paid a deposit"], "signatures": [DEPOSIT],
    }  # fmt: skip
    surface, made = placed("independent-verification", {**said, **(change or {})}, "verified.json")
    known = {DEPOSIT: landed() if transaction is None else transaction}
    there = found(Digest(HASH, 900), "guide.md") if guide is None else guide
    return Verification(surface, made if read is None else read, there, known)


def _digest(word: str) -> Digest:
    return Digest(hashlib.sha256(word.encode()).hexdigest(), len(word))


LIB, LATER = _digest("lib"), _digest("a later log")
ROWS = (
    Listed("lib.rs", LIB.sha256, LIB.length),
    Listed("build.log", LATER.sha256, LATER.length),
)


def listed(
    rows: tuple[Listed, ...] = ROWS, *, part: str = "hash-list",
    read: Read[HashList] | None = None, now: Mapping[str, Read[Digest]] | None = None,
    released: Mapping[str, Read[Digest]] | None = None, **of_list: Any,
) -> ListedFiles:  # fmt: skip
    """A hash list: one file of the release commit, and one that was retained after it."""
    surface = Surface.model_validate(
        {"part": part, "file": "hashes.json", "format": "json", "program": "governance",
         "rows": "/files", "fields": {"path": "/path", "sha256": "/sha256"}}
    )  # fmt: skip
    made = found(HashList(rows, **{"aggregate": aggregate_of(rows), **of_list}), "hashes.json")
    there = {"lib.rs": found(LIB, "lib.rs"), "build.log": found(LATER, "build.log")}
    then = {"lib.rs": found(LIB, "lib.rs then"), "build.log": ProvenAbsent(in_checkout("then"))}
    return ListedFiles(
        surface, made if read is None else read, {**there, **(now or {})},
        {**then, **(released or {})} if part == "hash-list" else {},
    )  # fmt: skip


def published(
    read: Read[BuildRecord] | None = None, signer: str = OTTER_SIGNER, **change: Any
) -> PublishedBuild:
    """A verified-build record on chain that names the release commit."""
    record = BuildRecord(GOVERNANCE, signer, "0.4", "https://example.org", COMMIT, (), 100, 255)
    made = Found(replace(record, **change), on_chain("published"))
    return PublishedBuild(signer, made if read is None else read)


#: What the release record of a sound release states.
_RECORD: Mapping[str, Any] = MappingProxyType(
    {
        "cluster": "localnet", "release_commit": COMMIT, "deployment_signature": DEPLOY,
        "built_at": "2025-12-17T20:33:20Z",
    }
)  # fmt: skip


def _release_record(
    change: Mapping[str, Any] | None = None, *, file: str = "release.json",
    read: Read[Any] | None = None, **mapping: Any,
) -> tuple[Surface, Read[Any]]:  # fmt: skip
    surface, made = placed("release-record", {**_RECORD, **(change or {})}, file, **mapping)
    return surface, made if read is None else read


@dataclass(frozen=True, slots=True)
class Records:
    """The records of a release on a world. Its defaults are sound.

    Attributes:
        record: the release records, each a surface and what was read of it.
        team: keys that the target registers as the team's.
        deployed: block time of the recorded deployment; the read of it where something else.
        deployment: what the recorded deployment did.
        history: of ProgramData.
        registers: signer registers of the checkout.
    """

    world: World = WORLD
    record: tuple[tuple[Surface, Read[Any]], ...] = field(
        default_factory=lambda: (_release_record(),)
    )
    freeze: Freeze | None = FREEZE
    commands: tuple[CommandRecord, ...] = field(
        default_factory=lambda: (ran("build"), ran("test"), ran("verification"))
    )
    bare: tuple[BareLog, ...] = ()
    scripts: tuple[ScriptReading, ...] = ()
    verifications: tuple[Verification, ...] = field(default_factory=lambda: (verified(),))
    lists: tuple[ListedFiles, ...] = field(default_factory=lambda: (listed(),))
    published: tuple[PublishedBuild, ...] = (PublishedBuild(OTTER_SIGNER, GONE),)
    team: Mapping[str, tuple[str, ...]] = field(
        default_factory=lambda: MappingProxyType({STRANGER: ("deployer",)})
    )
    deployed: int | Read[Any] | None = DEPLOYED
    deployment: LoaderEvent = DEPLOYMENT
    history: Read[LoaderHistory] = field(default_factory=lambda: history(DEPLOYMENT))
    registers: tuple[Register, ...] = ()

    def saying(self, change: Mapping[str, Any], **how: Any) -> Records:
        """The release with another release record."""
        return replace(self, record=(_release_record(change, **how),))

    def also(self, change: Mapping[str, Any], **how: Any) -> Records:
        """The release with a second release record."""
        return replace(
            self, record=(*self.record, _release_record(change, file="more.json", **how))
        )

    def frozen(self, **change: Any) -> Records:
        """The release with another state of commit and checkout."""
        return replace(self, freeze=replace(FREEZE, **change))

    def having(self, command: CommandRecord) -> Records:
        """The release with another record of one command."""
        rest = tuple(one for one in self.commands if one.kind != command.kind)
        return replace(self, commands=(command, *rest))

    def facts(self) -> ReleaseFacts:
        """The facts that a collector would make of it."""
        from privatedao_audit.domains.release.facts import (
            ProgramRelease,
            RecordedTransaction,
            ReleaseFacts,
            SourceOf,
        )

        deployed = self.deployed
        if deployed is None or isinstance(deployed, int):
            transaction = RecordedTransaction(DEPLOY, 100, deployed, True, (self.deployment,))
            deployed = Found(transaction, on_chain("deployment"))
        program = ProgramRelease(
            "governance", GOVERNANCE, PROGRAMDATA, self.history, {DEPLOY: deployed},
            tuple(SourceOf(surface, said) for surface, said in self.record),
        )  # fmt: skip
        commands = tuple(
            replace(one, scripts=self.scripts) if one.kind == "verification" else one
            for one in self.commands
        )
        records = ProgramRecords(
            "governance", () if self.freeze is None else (self.freeze,), commands, self.bare,
             self.verifications, self.lists, self.published,
        )  # fmt: skip
        return ReleaseFacts(
            self.world.cluster, (program,), self.world.facts(),
            RecordFacts((records,), dict(self.team)), ProvenanceFacts(registers=self.registers),
        )  # fmt: skip


GOOD = Records()
