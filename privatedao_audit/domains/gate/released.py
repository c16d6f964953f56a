"""What is released: the commit that a record names, and when its sources last changed."""

from __future__ import annotations

import posixpath
import re
from dataclasses import dataclass, field
from typing import Any

from privatedao_audit.domains.gate.papers.facts import Sourced
from privatedao_audit.domains.gate.papers.versions import PROGRAM
from privatedao_audit.domains.release.records.crates import Built, built_from
from privatedao_audit.domains.release.records.included import included
from privatedao_audit.domains.sources import Sources
from privatedao_audit.model.reads import Found, ProvenAbsent, Read, ReadAt, Unknown, joined
from privatedao_audit.repository.errors import BadDocument
from privatedao_audit.repository.reads import Change
from privatedao_audit.repository.structured import parse
from privatedao_audit.repository.surfaces import statement

__all__ = ["Released", "collect_released", "sourced"]

_COMMIT = re.compile(r"[0-9a-f]{40}")
_LOCKED = re.compile(
    r'^name = "anchor-lang"\r?\nversion = "(\d{1,4}\.\d{1,4}\.\d{1,4})[^"\n]{0,60}"', re.MULTILINE
)
_UNNAMED: Read[Any] = Unknown("no current release record names a full release commit")


@dataclass(frozen=True, slots=True)
class Released:
    """One program as one record has it released.

    Attributes:
        program: its name in the target.
        commit: 40 hexadecimal digits; empty where no current record names one.
        crates: crate → the last change of its content as of that commit.
        sources: everything of the checkout that takes part in the build.
        versions: of what → versions that the commit has of it.
        gap: why there may be more than ``sources``; empty when that is all.
    """

    program: str
    commit: str
    crates: dict[str, Read[Change]]
    sources: tuple[str, ...] = ()
    versions: Read[dict[str, tuple[str, ...]]] = field(default_factory=lambda: _UNNAMED)
    gap: str = ""


async def collect_released(sources: Sources) -> tuple[Released, ...]:
    """Every release commit that a current record names, for each program in scope."""
    found = []
    for program in sources.target.programs:
        mine = [one for one in sources.target.surfaces
                if one.program == program.name and one.state == "current"]  # fmt: skip
        commits = await _commits(sources, program.name)
        if not commits:
            found.append(Released(program.name, "", {"": _UNNAMED}))
        for commit in commits:
            built = await built_from(sources.repository, mine, commit)
            gap = await _included(sources, built, commit)
            crates = {
                crate: await sources.repository.last_change(crate, commit) for crate in built.crates
            }
            if not crates:
                crates = {"": Unknown(built.gap or "no source declaration of it is mapped")}
            stated = await _versions(sources, commit, tuple(built.crates))
            found.append(
                Released(program.name, commit, crates, built.sources, stated, built.gap or gap)
            )
    return tuple(found)


async def _included(sources: Sources, built: Built, commit: str) -> str:
    """Add what the crates bring in from elsewhere; why that may not be all."""
    tree = await sources.repository.tree_at(commit, built.sources)
    if not isinstance(tree, Found):
        return getattr(tree, "reason", "the release commit has none of the sources")
    if not built.crates:
        return "no folder of the program's sources is mapped"
    more = await included(sources.repository, tuple(built.crates), tree.value)
    built.more.update(dict.fromkeys(more.paths))
    return more.gap


async def _commits(sources: Sources, program: str) -> list[str]:
    found: dict[str, None] = {}
    for surface in sources.target.current("release-record"):
        if surface.program != program:
            continue
        read = await sources.repository.file(surface.file)
        said = statement(surface, sources.target.cluster.name, read)
        if isinstance(said, Found):
            named = (one.lower() for one in said.value.values.get("release_commit", ()))
            found.update(dict.fromkeys(one for one in named if _COMMIT.fullmatch(one)))
    return list(found)


async def sourced(
    sources: Sources, released: Released, changed: Read[Change]
) -> tuple[Sourced, ...]:
    """The sources of a release beside the last change of a document."""
    rows = []
    for crate, read in released.crates.items():
        before: Read[bool] = Unknown("one of the two changes is not known")
        after = before
        if isinstance(read, Found) and isinstance(changed, Found):
            mine, theirs = changed.value.commit, read.value.commit
            before = await sources.repository.is_ancestor(theirs, mine)
            after = await sources.repository.is_ancestor(mine, theirs)
        rows.append(Sourced(released.program, released.commit, crate, read, before, after))
    return tuple(rows)


async def _versions(
    sources: Sources, commit: str, crates: tuple[str, ...]
) -> Read[dict[str, tuple[str, ...]]]:
    """The versions that manifests of a commit state; what can't be read leaves all unknown."""
    places: list[ReadAt] = []
    trees: dict[str, dict[str, Any]] = {}
    locked: tuple[str, ...] = ()
    wanted = ["Anchor.toml", "Cargo.toml", "Cargo.lock", "rust-toolchain.toml"]
    own = posixpath.join(crates[0], "Cargo.toml") if crates else "Cargo.toml"
    for path in dict.fromkeys((*wanted, own)):
        read = await sources.repository.blob_at(commit, path)
        if isinstance(read, ProvenAbsent):
            continue
        if not isinstance(read, Found):
            return read
        places.append(read.at)
        if path == "Cargo.lock":
            # Written by cargo alone, in one layout, and longer than a document may be.
            locked = tuple(_LOCKED.findall(read.value.decode("utf-8", "replace")))
            continue
        try:
            tree = parse("toml", read.value, path).value
        except BadDocument as error:
            return Unknown(f"{path} of the release commit: {error}", read.at)
        trees[path] = tree if isinstance(tree, dict) else {}
    if not places:
        return Unknown("the release commit has no manifest")
    return Found(_stated(trees, own, locked), joined(*places))


def _stated(
    trees: dict[str, dict[str, Any]], own: str, locked: tuple[str, ...]
) -> dict[str, tuple[str, ...]]:
    tools = _table(trees.get("Anchor.toml"), "toolchain")
    version = _table(trees.get(own), "package").get("version")
    if isinstance(version, dict):
        shared = _table(_table(trees.get("Cargo.toml"), "workspace"), "package")
        version = shared.get("version")
    channel = _table(trees.get("rust-toolchain.toml"), "toolchain").get("channel")
    given = {
        PROGRAM: [version],
        "anchor": [tools.get("anchor_version"), *locked],
        "solana": [tools.get("solana_version")],
        "rust": [channel],
    }
    return {
        of: tuple(dict.fromkeys(one for one in some if isinstance(one, str)))
        for of, some in given.items()
    }


def _table(tree: Any, name: str) -> dict[str, Any]:
    found = tree.get(name) if isinstance(tree, dict) else None
    return found if isinstance(found, dict) else {}
