"""Read the records of a release: commit, build, tests, logs and hash lists."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Iterable
from typing import TYPE_CHECKING

from privatedao_audit.chain.answers import is_signature
from privatedao_audit.chain.layouts import otter_verify
from privatedao_audit.chain.layouts.otter_verify import BuildRecord
from privatedao_audit.chain.programs import SYSTEM
from privatedao_audit.chain.reads import Account
from privatedao_audit.chain.transactions import Transaction
from privatedao_audit.domains.authority.facts import AuthorityFacts
from privatedao_audit.domains.release.records.facts import (
    BareLog,
    CommandRecord,
    Digest,
    Invocation,
    Kind,
    ListedFiles,
    LogFile,
    ProgramRecords,
    PublishedBuild,
    RecordFacts,
    Verification,
)
from privatedao_audit.domains.release.records.freeze import freeze
from privatedao_audit.domains.release.records.scripts import readings
from privatedao_audit.domains.sources import Sources
from privatedao_audit.model.clusters import same_cluster
from privatedao_audit.model.reads import Found, ProvenAbsent, Read, decoded
from privatedao_audit.model.target import Surface
from privatedao_audit.repository import logs
from privatedao_audit.repository.errors import BadDocument
from privatedao_audit.repository.hashlists import read_list
from privatedao_audit.repository.store import OBJECT_ID
from privatedao_audit.repository.surfaces import Statement, statement

if TYPE_CHECKING:
    from privatedao_audit.domains.release.facts import ProgramRelease

_KINDS: tuple[Kind, ...] = ("build", "test", "verification")
#: Most different commits that are looked up; more than one of them fails anyhow.
_MOST_COMMITS = 3
#: How the small file begins that git-lfs commits in a large file's place (its spec, docs/spec.md).
_LFS = b"version https://git-lfs.github.com/spec/"
#: Roles in the target of those who run the operation.
_TEAM = frozenset(
    {
        "deployer", "upgrade-authority", "multisig-member", "dao-authority", "treasury-operator",
        "keeper", "treasury",
    }
)  # fmt: skip


async def collect(
    sources: Sources, programs: Iterable[ProgramRelease], authority: AuthorityFacts
) -> RecordFacts:
    """Facts about the records of a release: commit, build, tests, logs and hash lists.

    Args:
        programs: as read for the rest of the domain; their records name the release commit.
        authority: says whose verified-build records on chain are looked for.
    """
    found = await asyncio.gather(*(_program(sources, one, authority) for one in programs))
    team = {
        wallet.address: tuple(wallet.roles)
        for wallet in sources.target.wallets
        if _TEAM.intersection(wallet.roles)
    }
    return RecordFacts(tuple(found), team)


async def _program(
    sources: Sources, program: ProgramRelease, authority: AuthorityFacts
) -> ProgramRecords:
    cluster = sources.target.cluster.name
    mine = [s for s in sources.target.current() if s.program == program.name]
    commits, tags = _named(program, cluster)
    freezes = [await freeze(sources.repository, mine, commit, tags) for commit in commits]
    commands = [await _command(sources, s) for s in mine if _kind(s, "-record") is not None]
    bare = [await _bare(sources, s) for s in mine if _kind(s, "-log") is not None]
    lists = ("hash-list", "retained-files")
    single = commits[0] if len(commits) == 1 else None
    return ProgramRecords(
        name=program.name,
        freezes=tuple(freezes),
        commands=tuple(commands),
        logs=tuple(bare),
        verifications=tuple(
            [await _verification(sources, s) for s in mine if s.part == "independent-verification"]
        ),
        lists=tuple([await _listed(sources, s, single) for s in mine if s.part in lists]),
        published=await _published(sources, program.id, authority),
    )


def _named(program: ProgramRelease, cluster: str) -> tuple[list[str], list[str]]:
    """The full commit ids and the tags that current release records name."""
    commits: dict[str, None] = {}
    tags: dict[str, None] = {}
    for source in program.surfaces:
        if source.surface.is_current(cluster) and isinstance(source.said, Found):
            values = source.said.value.values
            wanted = (v.lower() for v in values.get("release_commit", ()))
            commits.update((v, None) for v in wanted if OBJECT_ID.fullmatch(v))
            tags.update(dict.fromkeys(values.get("release_tag", ())))
    return list(commits)[:_MOST_COMMITS], list(tags)


def _kind(surface: Surface, ending: str) -> Kind | None:
    return next((kind for kind in _KINDS if surface.part == kind + ending), None)


async def _command(sources: Sources, surface: Surface) -> CommandRecord:
    kind = _kind(surface, "-record")
    assert kind is not None
    said = await _said(sources, surface)
    named = said.value.values.get("log", ()) if isinstance(said, Found) else ()
    log = await _log(sources, named[0]) if len(named) == 1 else None
    commands = said.value.values.get("command", ()) if isinstance(said, Found) else ()
    scripts = await readings(sources.repository, commands) if kind == "verification" else ()
    return CommandRecord(kind, surface, said, log, scripts)


async def _bare(sources: Sources, surface: Surface) -> BareLog:
    kind = _kind(surface, "-log")
    assert kind is not None
    return BareLog(kind, surface, await _log(sources, surface.file))


async def _said(sources: Sources, surface: Surface) -> Read[Statement]:
    read = await sources.repository.file(surface.file)
    return statement(surface, sources.target.cluster.name, read)


async def _log(sources: Sources, path: str) -> Read[LogFile]:
    read = await sources.repository.file(path)
    return decoded(read, lambda data: LogFile(digest(data), logs.parse(data)), f"the log {path}")


def digest(data: bytes) -> Digest:
    """What a file is by its bytes.

    Raises:
        BadDocument: a Git LFS pointer: the file that it stands for is not here.
    """
    if data.startswith(_LFS):
        raise BadDocument("it is a Git LFS pointer and not the file; fetch it with git lfs pull")
    return Digest(hashlib.sha256(data).hexdigest(), len(data))


async def _verification(sources: Sources, surface: Surface) -> Verification:
    said = await _said(sources, surface)
    values = said.value.values if isinstance(said, Found) else {}
    guide = None
    if len(values.get("guide", ())) == 1:
        named = await sources.repository.file(values["guide"][0])
        guide = decoded(named, digest, "the guide")
    cluster = sources.target.cluster.name
    here = all(same_cluster(one, cluster) for one in values.get("cluster", ()))
    wanted = [s for s in values.get("signatures", ()) if here and is_signature(s)]
    reads = await sources.chain.transactions(wanted)
    return Verification(
        surface,
        said,
        guide,
        {
            signature: decoded(read, _invocation, "the transaction")
            for signature, read in zip(wanted, reads, strict=True)
        },
    )


def _invocation(transaction: Transaction) -> Invocation:
    return Invocation(
        signature=transaction.signature,
        succeeded=transaction.succeeded,
        block_time=transaction.block_time,
        invoked=tuple(dict.fromkeys(one.program for one in transaction.instructions)),
        inner_recorded=transaction.inner_recorded,
        signers=transaction.signers,
    )


async def _listed(sources: Sources, surface: Surface, commit: str | None) -> ListedFiles:
    listed = read_list(surface, await sources.repository.file(surface.file))
    if not isinstance(listed, Found):
        return ListedFiles(surface, listed, {}, {})
    paths = list(dict.fromkeys(one.path for one in listed.value.files))
    now = {p: decoded(await sources.repository.file(p), digest, "the file") for p in paths}
    released: dict[str, Read[Digest]] = {}
    if commit is not None and surface.part == "hash-list":
        for path in paths:
            read = await sources.repository.blob_at(commit, path)
            released[path] = decoded(read, digest, "the file")
    return ListedFiles(surface, listed, now, released)


async def _published(
    sources: Sources, program: str, authority: AuthorityFacts
) -> tuple[PublishedBuild, ...]:
    """The verified-build records of those who may say something: the authority and the service."""
    code = authority.executables.get(program)
    holder = code.value.upgrade_authority if isinstance(code, Found) else None
    signers = [otter_verify.OTTER_SIGNER, *([holder] if holder is not None else [])]
    places = [otter_verify.derive_build_record(signer, program).address for signer in signers]
    reads = await sources.chain.accounts(places)
    return tuple(
        PublishedBuild(signer, _build_record(read))
        for signer, read in zip(signers, reads, strict=True)
    )


def _build_record(read: Read[Account]) -> Read[BuildRecord]:
    if isinstance(read, Found) and read.value.owner == SYSTEM and not read.value.data:
        # Anybody can send lamports to the address; that makes no record of it.
        return ProvenAbsent(read.at)
    return decoded(
        read,
        lambda account: otter_verify.decode_build_record(account.owner, account.data),
        "the verified-build record",
    )
