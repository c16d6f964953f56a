"""Read what a release commit holds, and whether the checkout still holds the same."""

from __future__ import annotations

import posixpath
from collections.abc import Iterable
from typing import Any

from privatedao_audit.domains.release.records.facts import Freeze
from privatedao_audit.model.reads import Found, ProvenAbsent, Read, Unknown, joined
from privatedao_audit.model.target import Surface
from privatedao_audit.repository import documents
from privatedao_audit.repository.reads import FileList, RepositoryReads

#: What decides about a build beside the crates, from the top of the checkout. Cargo reads both
#: names of the toolchain file and of its configuration.
MANIFESTS = (
    "Cargo.toml", "Cargo.lock", "Anchor.toml", "rust-toolchain.toml", "rust-toolchain",
    ".cargo/config.toml", ".cargo/config",
)  # fmt: skip

#: Most crates of the repository that one program is built from.
_MOST_CRATES = 32
#: Files that a build of a crate reads without being told to.
_BUILD_FILES = (
    ".rs", "Cargo.toml", "Cargo.lock", "rust-toolchain", "rust-toolchain.toml",
    ".cargo/config", ".cargo/config.toml",
)  # fmt: skip
_TABLES = ("dependencies", "build-dependencies")


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
    crates = await _crates(repository, commit, roots_of(surfaces))
    sources = (*crates, *MANIFESTS)
    released = await repository.tree_at(commit, sources)
    descends: Read[bool] = Unknown("HEAD is not known", head.at)
    now: Read[dict[str, str]] = descends
    dirty: Read[tuple[str, ...]] = descends
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
        stray=await _stray(repository, crates, now),
        tags={tag: await repository.commit(tag) for tag in tags},
    )


def roots_of(surfaces: Iterable[Surface]) -> tuple[str, ...]:
    """The folders of the crates whose sources declare the program; ``src`` for a crate on top."""
    found: dict[str, None] = {}
    for surface in surfaces:
        if surface.part == "source-declaration":
            parts = surface.file.split("/")[:-1]
            if "src" in parts:
                last = len(parts) - 1 - parts[::-1].index("src")
                parts = parts[:last] or ["src"]
            if parts:
                found["/".join(parts)] = None
    return tuple(found)


async def _crates(
    repository: RepositoryReads, commit: str, roots: tuple[str, ...]
) -> tuple[str, ...]:
    """The crates and, through path dependencies, the crates of this repository they build on.

    A path that leads out of the checkout stays in the answer: asking for it is refused, and
    what can't be asked about is not known to be the same.
    """
    top = await _manifest(repository, commit, "")
    workspace = top.get("workspace")
    shared = workspace.get("dependencies", {}) if isinstance(workspace, dict) else {}
    found: dict[str, None] = dict.fromkeys(roots)
    patched = top.get("patch")
    for table in patched.values() if isinstance(patched, dict) else ():
        found.update(dict.fromkeys(_paths("", table, {})))
    waiting = list(found)
    while waiting and len(found) < _MOST_CRATES:
        crate = waiting.pop()
        manifest = await _manifest(repository, commit, crate)
        per_target = manifest.get("target")
        places = [manifest, *(per_target.values() if isinstance(per_target, dict) else ())]
        for place in places:
            for name in _TABLES:
                table = place.get(name) if isinstance(place, dict) else None
                for path in _paths(crate, table, shared):
                    if path not in found:
                        found[path] = None
                        waiting.append(path)
    return tuple(found)


async def _manifest(repository: RepositoryReads, commit: str, crate: str) -> dict[str, Any]:
    """Cargo.toml of a crate in a commit; empty where it can't be read or is no TOML."""
    read = await repository.blob_at(commit, posixpath.join(crate, "Cargo.toml"))
    if not isinstance(read, Found):
        return {}
    try:
        value = documents.parse("toml", read.value, "Cargo.toml").value
    except documents.BadDocument:
        return {}
    return value if isinstance(value, dict) else {}


def _paths(crate: str, table: Any, shared: Any) -> list[str]:
    """The folders of a dependency table's crates, from the top of the checkout."""
    found = []
    for name, one in table.items() if isinstance(table, dict) else ():
        if not isinstance(one, dict):
            continue
        base = crate
        if one.get("workspace") is True and isinstance(shared, dict):
            one, base = shared.get(name), ""
        path = one.get("path") if isinstance(one, dict) else None
        if isinstance(path, str) and path:
            found.append(posixpath.normpath(posixpath.join(base, path)))
    return found


async def _stray(
    repository: RepositoryReads, crates: tuple[str, ...], now: Read[dict[str, str]]
) -> Read[tuple[str, ...]]:
    """Files of the crates on disk that a build would read and HEAD does not have."""
    if not isinstance(now, Found):
        return Unknown("what HEAD tracks is not known", now.at)
    if not crates:
        return Unknown("no folder of the program's sources is mapped")
    found: list[str] = []
    places = [now.at]
    for manifest in MANIFESTS:
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
        for path in (*listed.value.files, *(one for one, _ in listed.value.skipped)):
            inner = path.removeprefix(crate + "/")
            if not inner.startswith("target/") and path.endswith(_BUILD_FILES):
                found += [path] if path not in now.value else []
    return Found(tuple(sorted(found)), joined(*places))
