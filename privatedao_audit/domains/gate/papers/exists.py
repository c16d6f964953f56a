"""Whether the commit that the checkout stands at has what documents' commands need."""

from __future__ import annotations

import posixpath
from collections.abc import Sequence

from privatedao_audit.domains.gate.papers.commands import Need, make_targets
from privatedao_audit.domains.gate.papers.facts import Command
from privatedao_audit.domains.sources import Sources
from privatedao_audit.model.reads import Found, ProvenAbsent, Read, Unknown, decoded, joined
from privatedao_audit.repository.documents import parse
from privatedao_audit.repository.errors import BadDocument
from privatedao_audit.repository.scripts import npm_commands
from privatedao_audit.repository.structured import text

__all__ = ["exist"]

_LONGEST = 200


async def exist(sources: Sources, needs: Sequence[Need]) -> tuple[Command, ...]:
    """Each command with whether what it needs is there, as of HEAD."""
    head = await sources.repository.head()
    if not isinstance(head, Found):
        lost = Unknown(getattr(head, "reason", "HEAD names no commit"), head.at)
        return tuple(Command(_cut(one.text), one.told, lost) for one in needs)
    looked = _Looked(sources, head.value.commit, needs)
    return tuple([Command(_cut(one.text), one.told, await looked.at(one)) for one in needs])


def _cut(line: str) -> str:
    return line if len(line) <= _LONGEST else f"{line[:_LONGEST]}…"


class _Looked:
    """What was looked up already: files in one question, manifests once each."""

    def __init__(self, sources: Sources, commit: str, needs: Sequence[Need]) -> None:
        self._sources, self._commit = sources, commit
        self._paths = sorted({one.name for one in needs if one.kind == "file"})
        self._tree: Read[dict[str, str]] | None = None
        self._named: dict[str, Read[tuple[frozenset[str], bool]]] = {}

    async def at(self, need: Need) -> Read[bool]:
        if need.kind == "file":
            return await self._file(need.name)
        name = {"script": "package.json", "target": "Makefile", "anchor-script": "Anchor.toml"}
        path = posixpath.join(need.folder, name[need.kind])
        if path not in self._named:
            read = await self._sources.repository.blob_at(self._commit, path)
            self._named[path] = decoded(
                read, lambda data: _names(need.kind, data), f"the file {path}"
            )
        found = self._named[path]
        if isinstance(found, ProvenAbsent):
            return Found(False, found.at)
        if not isinstance(found, Found):
            return found
        names, more = found.value
        if need.name not in names and more:
            return Unknown(f"{path} includes others, which may have it", found.at)
        return Found(need.name in names, found.at)

    async def _file(self, path: str) -> Read[bool]:
        if self._tree is None:
            self._tree = await self._sources.repository.tree_at(self._commit, self._paths)
        if isinstance(self._tree, ProvenAbsent):
            return Found(False, self._tree.at)
        if not isinstance(self._tree, Found):
            return self._tree
        return Found(path in self._tree.value, joined(self._tree.at))


def _names(kind: str, data: bytes) -> tuple[frozenset[str], bool]:
    """The names that a manifest has, and whether it may have more."""
    if kind == "target":
        targets, more = make_targets(text(data, "the Makefile"))
        return frozenset(targets), more
    if kind == "anchor-script":
        scripts = parse("toml", data, "Anchor.toml").value
        table = scripts.get("scripts") if isinstance(scripts, dict) else None
        return frozenset(table if isinstance(table, dict) else ()), False
    try:
        return frozenset(npm_commands(data)), False
    except BadDocument as error:
        if "there are no scripts" in str(error):
            return frozenset(), False
        raise
