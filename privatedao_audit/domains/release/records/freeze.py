"""Read what a release commit holds, and whether the checkout still holds the same."""

from __future__ import annotations

from collections.abc import Iterable

from privatedao_audit.domains.release.records.crates import MANIFESTS, built_from
from privatedao_audit.domains.release.records.facts import Freeze
from privatedao_audit.domains.release.records.included import included
from privatedao_audit.model.reads import Found, ProvenAbsent, Read, Unknown, joined
from privatedao_audit.model.target import Surface
from privatedao_audit.repository.reads import FileList, RepositoryReads

#: Files that a build of a crate reads without being told to.
_BUILD_FILES = (
    ".rs", "Cargo.toml", "Cargo.lock", "rust-toolchain", "rust-toolchain.toml",
    ".cargo/config", ".cargo/config.toml",
)  # fmt: skip
_LINK = "a symbolic link"


async def freeze(
    repository: RepositoryReads, surfaces: Iterable[Surface], commit: str, tags: Iterable[str]
) -> Freeze:
    """A commit that a record names, against the checkout.

    Args:
        surfaces: current ones of the program; its source declarations say where its crate is.
        commit: 40 lower-case hexadecimal digits.
        tags: release tags that records name.
    """
    head = await repository.head()
    built = await built_from(repository, surfaces, commit)
    crates, sources, gap = tuple(built.crates), built.sources, built.gap
    released = await repository.tree_at(commit, sources)
    if isinstance(released, Found) and crates:
        more = await included(repository, crates, released.value)
        built.more.update(dict.fromkeys(more.paths))
        gap = gap or more.gap
        if more.paths:
            sources = built.sources
            released = await repository.tree_at(commit, sources)
    if isinstance(released, Found):
        lost = [path for path in built.more if path != "build.rs" and path not in released.value]
        gap = gap or (f"{lost[0]}, which a build reads, is not in that commit" if lost else "")
    unknown = Unknown("HEAD is not known", head.at)
    descends: Read[bool] = unknown
    now: Read[dict[str, str]] = unknown
    dirty: Read[tuple[str, ...]] = unknown
    if isinstance(head, Found):
        descends = await repository.is_ancestor(commit, head.value.commit)
        now = await repository.tree_at(head.value.commit, sources)
    if isinstance(now, Found):
        tracked = [path for path in sources if path in now.value]
        dirty = await repository.dirty(tracked)
    return Freeze(
        commit=commit,
        known=await repository.commit(commit),
        refs=await repository.reachable(commit),
        shallow=await repository.shallow(),
        head=head,
        descends=descends,
        sources=sources,
        crates=crates,
        released=released,
        checked_out=now,
        dirty=dirty,
        stray=await _stray(repository, sources, crates, now),
        tags={tag: await repository.commit(tag) for tag in tags},
        packages=tuple(built.packages),
        gap=gap,
    )


async def _stray(
    repository: RepositoryReads, sources: tuple[str, ...], crates: tuple[str, ...],
    now: Read[dict[str, str]],
) -> Read[tuple[str, ...]]:  # fmt: skip
    """Files of the crates on disk that a build would read and HEAD does not have."""
    if not isinstance(now, Found):
        return Unknown("what HEAD tracks is not known", now.at)
    if not crates:
        return Unknown("no folder of the program's sources is mapped")
    found: list[str] = []
    places = [now.at]
    names = tuple(f"/{name}" for name in (*MANIFESTS, "build.rs"))
    for manifest in (path for path in sources if f"/{path}".endswith(names)):
        if manifest not in now.value:
            there = await repository.file(manifest)
            if not isinstance(there, Found | ProvenAbsent):
                return Unknown(f"whether {manifest} lies on disk is not known", there.at)
            places.append(there.at)
            found += [manifest] if isinstance(there, Found) else []
    for crate in crates:
        listed: Read[FileList] = await repository.files(crate)
        if isinstance(listed, ProvenAbsent):
            places.append(listed.at)
            continue
        if not isinstance(listed, Found):
            return listed
        places.append(listed.at)
        # A link may stand for a whole folder of modules, whatever its name.
        links = [path for path, why in listed.value.skipped if why.startswith(_LINK)]
        files = (*listed.value.files, *(path for path, _ in listed.value.skipped))
        for path in dict.fromkeys((*links, *(p for p in files if p.endswith(_BUILD_FILES)))):
            built = crate != "src" and path.startswith(f"{crate}/target/")
            found += [path] if not built and path not in now.value else []
    return Found(tuple(sorted(found)), joined(*places))
