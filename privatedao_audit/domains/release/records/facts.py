"""Facts about the records of a release: commit, build, tests, logs and hash lists."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from privatedao_audit.chain.layouts.otter_verify import BuildRecord
from privatedao_audit.model.reads import Read, Unknown
from privatedao_audit.model.target import Surface
from privatedao_audit.repository.hashlists import HashList
from privatedao_audit.repository.logs import Log
from privatedao_audit.repository.reads import Commit, Head
from privatedao_audit.repository.surfaces import Statement

Kind = Literal["build", "test", "verification"]


@dataclass(frozen=True, slots=True)
class Digest:
    """A file by its content: SHA-256 in hexadecimal digits, and length in bytes."""

    sha256: str
    length: int


@dataclass(frozen=True, slots=True)
class Freeze:
    """A commit that a release record names, and the checkout beside it.

    Attributes:
        known: the commit itself.
        refs: branches and tags that contain it.
        descends: whether the checkout's HEAD is it or follows it.
        sources: what decides about a build: folders of the program's crates, manifests, lock
            files, toolchain files, cargo's configuration and what it brings in; paths from the
            top of the checkout.
        crates: those of ``sources`` that are folders of the program and of the crates of this
            repository that it is built from.
        released, checked_out: path → object id below ``sources``, in that commit and in HEAD.
        dirty: tracked files below them that differ on disk from HEAD.
        stray: files on disk in the crates that a build would read and that HEAD does not track.
        tags: release tag of a record → the commit it stands for.
        packages: cargo's names of the crates that declare the program, and of their libraries.
        gap: why a build may read more than ``sources``; empty when that is all.
    """

    commit: str
    known: Read[Commit]
    refs: Read[tuple[str, ...]]
    shallow: Read[bool]
    head: Read[Head]
    descends: Read[bool]
    sources: tuple[str, ...]
    crates: tuple[str, ...]
    released: Read[dict[str, str]]
    checked_out: Read[dict[str, str]]
    dirty: Read[tuple[str, ...]]
    stray: Read[tuple[str, ...]]
    tags: dict[str, Read[Commit]] = field(default_factory=dict)
    packages: tuple[str, ...] = ()
    gap: str = ""


@dataclass(frozen=True, slots=True)
class LogFile:
    """A log of the checkout: what it is by its bytes, and what it shows."""

    digest: Digest
    log: Log


@dataclass(frozen=True, slots=True)
class SelfCheck:
    """A file that a verification script writes and then reads; places are ``file:line``.

    Attributes:
        script: the shell script that runs both steps.
        path: the file that is written and then read.
        builds, verifies: where the script runs the two steps.
        writes, reads: where the two programs do it.
    """

    script: str
    path: str
    builds: str
    verifies: str
    writes: str
    reads: str


@dataclass(frozen=True, slots=True)
class ScriptReading:
    """A verification script, as far as it was read.

    Attributes:
        checks: how many of its steps read files by literal paths (steps named ``verify``).
        own: those of them that read a file which an earlier step of it wrote.
    """

    script: str
    checks: int
    own: tuple[SelfCheck, ...]


@dataclass(frozen=True, slots=True)
class CommandRecord:
    """A record of one command that was run for the release.

    Attributes:
        log: of the log that it names; None where it names none, or several.
        scripts: for a verification: the shell scripts behind its commands, as far as they could
            be read.
    """

    kind: Kind
    surface: Surface
    said: Read[Statement]
    log: Read[LogFile] | None
    scripts: tuple[ScriptReading, ...] = ()


@dataclass(frozen=True, slots=True)
class BareLog:
    """A log that the target maps by itself."""

    kind: Kind
    surface: Surface
    read: Read[LogFile]


@dataclass(frozen=True, slots=True)
class Invocation:
    """A transaction that an independent verifier left.

    Attributes:
        invoked: programs that ran in it, outer and inner ones.
        inner_recorded: False: programs called by others are not known.
        signers: who signed; the first one paid.
    """

    signature: str
    succeeded: bool
    block_time: int | None
    invoked: tuple[str, ...]
    inner_recorded: bool
    signers: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Verification:
    """A record of somebody following the independent verification guide.

    Attributes:
        guide: the file that it names as the guide; None where it names none.
        transactions: signature → transaction, for well-formed ones, where the record speaks of
            the target's cluster.
    """

    surface: Surface
    said: Read[Statement]
    guide: Read[Digest] | None
    transactions: dict[str, Read[Invocation]]


@dataclass(frozen=True, slots=True)
class ListedFiles:
    """A list of files with what is really there.

    Attributes:
        read: the list.
        now: path → content in the working tree.
        released: path → content in the release commit; empty where no single one is known, and
            for lists of retained files, which are made after the release.
    """

    surface: Surface
    read: Read[HashList]
    now: dict[str, Read[Digest]]
    released: dict[str, Read[Digest]]


@dataclass(frozen=True, slots=True)
class PublishedBuild:
    """A verified-build record on chain under one signer's key.

    Attributes:
        signer: whose it would be.
        read: absent where this signer wrote none.
    """

    signer: str
    read: Read[BuildRecord]


@dataclass(frozen=True, slots=True)
class ProgramRecords:
    """The records of one program in scope, in the target's order."""

    name: str
    freezes: tuple[Freeze, ...]
    commands: tuple[CommandRecord, ...] = ()
    logs: tuple[BareLog, ...] = ()
    verifications: tuple[Verification, ...] = ()
    lists: tuple[ListedFiles, ...] = ()
    published: tuple[PublishedBuild, ...] = ()

    def known(self, commit: str) -> Read[Commit]:
        """A commit as the checkout's history has it."""
        found = next((one.known for one in self.freezes if one.commit == commit), None)
        return not_looked_for(commit) if found is None else found


def not_looked_for(commit: str) -> Unknown:
    """The read of a commit that nobody asked for."""
    return Unknown(f"commit {commit} was not looked for in the history")


@dataclass(frozen=True, slots=True)
class RecordFacts:
    """The records of every program in scope.

    Attributes:
        team: key → roles, for the target's registered wallets that run the operation: whoever
            verifies independently is none of them.
    """

    programs: tuple[ProgramRecords, ...] = ()
    team: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    def of(self, name: str) -> ProgramRecords | None:
        """The records of a program by its name; None when they were not collected."""
        return next((one for one in self.programs if one.name == name), None)
