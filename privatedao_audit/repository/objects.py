"""Commits, tags and trees from their bytes, strictly, and paths looked up in trees.

Layouts: gitformat-commit and the git source's fsck rules. Where git tolerates a malformed object,
this refuses it: two readers must not come to two answers about one release.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from dataclasses import dataclass

from privatedao_audit.repository.files import NotThere, Refused
from privatedao_audit.repository.git import GitObject, Gone, Objects
from privatedao_audit.repository.store import OBJECT_ID

_STAMP = re.compile(rb"[^\n]*> (\d{1,15}) [+-]\d{4}")
_MODES = {
    b"40000": "folder",
    b"100644": "file",
    b"100755": "file",
    b"100664": "file",
    b"120000": "symlink",
    b"160000": "submodule",
}
#: Most entries taken from below the folders that one question names.
MAX_ENTRIES = 100_000
_MAX_DEPTH = 128
_MAX_TAGS = 8


@dataclass(frozen=True, slots=True)
class CommitObject:
    """A parsed commit. Times are Unix seconds, as their authors declare them."""

    tree: str
    parents: tuple[str, ...]
    author_time: int
    committer_time: int
    subject: str


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry of a tree: ``kind`` is folder, file, symlink or submodule."""

    kind: str
    id: str


def _id(value: bytes, where: str) -> str:
    text = value.decode("ascii", "replace")
    if not OBJECT_ID.fullmatch(text):
        raise Refused(f"{where} is malformed")
    return text


def parse_commit(object_id: str, data: bytes) -> CommitObject:
    """Parse a commit.

    Raises:
        Refused: malformed.
    """
    where = f"the commit {object_id}"
    head, _, message = data.partition(b"\n\n")
    lines = iter(head.split(b"\n"))
    line = next(lines)
    if not line.startswith(b"tree "):
        raise Refused(f"{where} is malformed")
    tree = _id(line[5:], where)
    parents = []
    line = next(lines, b"")
    while line.startswith(b"parent "):
        parents.append(_id(line[7:], where))
        line = next(lines, b"")
    times = []
    for word in (b"author ", b"committer "):
        stamp = _STAMP.fullmatch(line) if line.startswith(word) else None
        if stamp is None:
            raise Refused(f"{where} has no readable {word.decode().strip()} line")
        times.append(int(stamp[1]))
        line = next(lines, b"")
    subject = message.lstrip(b"\n").split(b"\n", 1)[0][:500].decode("utf-8", "backslashreplace")
    return CommitObject(tree, tuple(parents), times[0], times[1], subject)


def parse_tree(object_id: str, data: bytes) -> dict[bytes, Entry]:
    """Parse a tree: name → entry.

    Raises:
        Refused: malformed, a mode that git does not write, a name that can't be a file's, or a
            name twice.
    """
    where = f"the tree {object_id}"
    entries: dict[bytes, Entry] = {}
    at = 0
    while at < len(data):
        space = data.find(b" ", at, at + 8)
        end = data.find(b"\0", space + 1) if space > 0 else -1
        if end < 0 or end + 21 > len(data):
            raise Refused(f"{where} is malformed")
        kind = _MODES.get(data[at:space])
        name = data[space + 1 : end]
        if kind is None or not name or b"/" in name or name.lower() in (b".", b"..", b".git"):
            raise Refused(f"{where} has an entry that no checkout can hold")
        if name in entries:
            raise Refused(f"{where} names an entry twice")
        entries[name] = Entry(kind, data[end + 1 : end + 21].hex())
        at = end + 21
    return entries


def read_commit(objects: Objects, object_id: str) -> CommitObject:
    """Read and parse a commit.

    Raises:
        Gone, Refused: see :meth:`Objects.read`; Refused when it is something else.
    """
    return parse_commit(object_id, _expect(objects.read(object_id), "commit", object_id))


def peel(objects: Objects, object_id: str) -> tuple[str, CommitObject]:
    """The commit that an id names, through tag objects.

    Raises:
        Gone, Refused: see :meth:`Objects.read`; Refused when no commit is at the end.
    """
    for step in range(_MAX_TAGS):
        try:
            found = objects.read(object_id)
        except Gone as error:
            if step:
                raise Refused(f"a tag leads nowhere: {error}") from None
            raise
        if found.kind == "commit":
            return object_id, parse_commit(object_id, found.data)
        if found.kind != "tag" or not found.data.startswith(b"object "):
            raise Refused(f"{object_id} is a {found.kind}, not a commit")
        object_id = _id(found.data[7:47], f"the tag {object_id}")
    raise Refused("tags point at tags too often")


def _expect(found: GitObject, kind: str, object_id: str) -> bytes:
    if found.kind != kind:
        raise Refused(f"{object_id} is a {found.kind}, not a {kind}")
    return found.data


class Trees:
    """Trees of one store, parsed once.

    A cache of this kind is safe to share because an id names one content for ever.
    """

    def __init__(self, objects: Objects) -> None:
        self._objects = objects
        self._kept: dict[str, dict[bytes, Entry]] = {}

    def read(self, object_id: str) -> dict[bytes, Entry]:
        """The entries of a tree.

        Raises:
            Refused: it can't be read, or is missing where another object names it.
        """
        entries = self._kept.get(object_id)
        if entries is None:
            try:
                data = _expect(self._objects.read(object_id), "tree", object_id)
            except Gone as error:
                # Named by an object that is here: damage, so no path in it is proven absent.
                raise Refused(f"the object store is incomplete: {error}") from None
            entries = parse_tree(object_id, data)
            if len(self._kept) > 2_000:
                self._kept.clear()
            self._kept[object_id] = entries
        return entries

    def find(self, root: str, parts: tuple[str, ...]) -> Entry:
        """The entry at a path below the tree ``root``.

        Raises:
            NotThere: the trees were read and have no such path.
            Refused: the path goes through a link or a submodule, or a tree can't be read.
        """
        here = Entry("folder", root)
        for depth, part in enumerate(parts):
            shown = "/".join(parts[:depth])
            if here.kind in ("symlink", "submodule"):
                raise Refused(f"{shown!r} is a {here.kind} in that commit")
            if here.kind != "folder":
                raise NotThere(f"{shown!r} is not a folder in that commit")
            deeper = self.read(here.id).get(os.fsencode(part))
            if deeper is None:
                raise NotThere(f"that commit has no {'/'.join(parts[: depth + 1])!r}")
            here = deeper
        return here

    def below(self, path: str, entry: Entry) -> Iterator[tuple[str, Entry]]:
        """Everything that is not a folder at or below an entry, with its path.

        Raises:
            Refused: more than 100,000 entries, folders nested too deep, a name that is not
                UTF-8, or a tree that can't be read.
        """
        waiting = [(path, entry, 0)]
        count = 0
        while waiting:
            here, item, depth = waiting.pop()
            count += 1
            if count > MAX_ENTRIES or depth > _MAX_DEPTH:
                raise Refused(f"{path!r} holds too many or too deep entries; name smaller ones")
            if item.kind != "folder":
                yield here, item
                continue
            for name, child in self.read(item.id).items():
                try:
                    text = name.decode("utf-8")
                except UnicodeDecodeError:
                    raise Refused(f"a name in {here!r} is not UTF-8") from None
                waiting.append((f"{here}/{text}", child, depth + 1))
