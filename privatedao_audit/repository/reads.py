"""Typed reads of the checkout over recorded answers; the same code live and on replay."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from privatedao_audit.evidence.questions import Answer, Answers, Outcome, ask_for
from privatedao_audit.model.reads import (
    Diverged,
    Found,
    ProvenAbsent,
    Read,
    ReadAt,
    Unknown,
    decoded,
)

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Head:
    """Where the checkout stands.

    Attributes:
        commit: 40 hexadecimal digits.
        ref: full name of the branch; None when detached.
    """

    commit: str
    ref: str | None


@dataclass(frozen=True, slots=True)
class Commit:
    """A commit.

    Attributes:
        commit, tree, parents: object ids.
        author_time, committer_time: Unix seconds, as declared by whoever made the commit.
        subject: first line of the message, at most 500 bytes; hostile text.
    """

    commit: str
    tree: str
    parents: tuple[str, ...]
    author_time: int
    committer_time: int
    subject: str


@dataclass(frozen=True, slots=True)
class Change:
    """The last change of a path: commit id, and its committer time in Unix seconds."""

    commit: str
    committer_time: int


@dataclass(frozen=True, slots=True)
class FileList:
    """What lies under a folder of the checkout.

    Attributes:
        files: paths of regular files, sorted.
        skipped: (path, why) of what was passed over: links, pipes, names that are not UTF-8.
    """

    files: tuple[str, ...]
    skipped: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Documents:
    """The documents of a commit that can hold claims; see :func:`..bulk.documents`.

    Attributes:
        files: path → object id of the text; ``texts``: object id → text.
        silent: how many documents were read and hold nothing like a claim.
        copies: path → path with the same bytes, which is read in its place.
        left_out: (rule, number of files, a few of them).
        unread: path → why.
        torn: paths whose bytes are not UTF-8 throughout.
        others: how many files are no documents.
        next: path behind which to go on; None at the end.
    """

    files: dict[str, str]
    texts: dict[str, str]
    silent: int
    copies: dict[str, str]
    left_out: tuple[tuple[str, int, tuple[str, ...]], ...]
    unread: dict[str, str]
    torn: tuple[str, ...]
    others: int
    next: str | None


class RepositoryReads:
    """The checkout, as collectors see it. Paths are relative, with forward slashes."""

    def __init__(self, answers: Answers) -> None:
        self._answers = answers

    async def file(self, path: str) -> Read[bytes]:
        """The bytes of a file of the working tree; absent when its folder does not have it."""
        return await self._bytes("file", "read", {"path": path})

    async def files(self, under: str | None = None, suffix: str | None = None) -> Read[FileList]:
        """Regular files below a folder (None: the whole checkout) whose name ends in suffix."""
        return await self._ask("file", "list", {"under": under, "suffix": suffix}, _file_list)

    async def head(self) -> Read[Head]:
        """HEAD; absent on a branch without commits."""
        return await self._ask("git", "head", {}, lambda v: Head(_str(v, "commit"), v["ref"]))

    async def shallow(self) -> Read[bool]:
        """Whether the clone's history is cut off."""
        return await self._ask("git", "shallow", {}, lambda v: _bool(v, "shallow"))

    async def commit(self, rev: str) -> Read[Commit]:
        """The commit with this full id, or under this tag; absent from a whole clone."""
        return await self._ask("git", "commit", {"rev": rev}, _commit)

    async def reachable(self, commit: str) -> Read[tuple[str, ...]]:
        """Full names of the branches, remote branches and tags that contain the commit.

        An empty tuple means that every ref was followed to its root. A tuple that is not empty
        may lack refs that can't be followed; those in it are proven.
        """
        return await self._ask("git", "reachable", {"commit": commit}, lambda v: _texts(v, "refs"))

    async def is_ancestor(self, ancestor: str, descendant: str) -> Read[bool]:
        """Whether one commit (full ids) is the other one or lies in its history."""
        params = {"ancestor": ancestor, "descendant": descendant}
        return await self._ask("git", "is-ancestor", params, lambda v: _bool(v, "ancestor"))

    async def blob_at(self, commit: str, path: str) -> Read[bytes]:
        """The bytes of a file in a commit; absent when the commit's tree does not have it."""
        return await self._bytes("git", "blob-at", {"commit": commit, "path": path})

    async def tree_at(self, commit: str, paths: Sequence[str]) -> Read[dict[str, str]]:
        """Object ids of paths in a commit, and of everything below those that are folders.

        Paths that the commit does not have are left out; absent when it has none of them. Links
        and submodules are ``symlink:ID`` and ``submodule:ID``, so that a file that became a link
        to its own content's name is never equal to the file.
        """
        params = {"commit": commit, "paths": list(paths)}
        return await self._ask("git", "tree-at", params, _tree)

    async def last_change(self, path: str, rev: str = "HEAD") -> Read[Change]:
        """The commit that last gave the path its content as of ``rev``; absent if not there."""
        return await self._ask(
            "git",
            "last-change",
            {"path": path, "rev": rev},
            lambda v: Change(_str(v, "commit"), _int(v, "committer_time")),
        )

    async def dirty(self, paths: Sequence[str]) -> Read[tuple[str, ...]]:
        """Tracked files at or below the paths whose bytes on disk differ from HEAD's tree.

        Unknown when nothing is tracked at one of the paths: an empty answer always rests on
        files that were compared. Untracked files are not looked for.
        """
        return await self._ask("git", "dirty", {"paths": list(paths)}, lambda v: _texts(v, "files"))

    async def documents_at(self, commit: str, after: str | None = None) -> Read[Documents]:
        """The documents of a commit that can hold claims, up to 16 MiB of text per answer."""
        params = {"commit": commit, "after": after}
        return await self._ask("git", "documents-at", params, _documents)

    async def digests_at(self, commit: str, paths: Sequence[str]) -> Read[dict[str, str]]:
        """SHA-256 of files in a commit (hexadecimal digits); others of the paths are left out."""
        params = {"commit": commit, "paths": list(paths)}
        return await self._ask("git", "digests-at", params, _digests)

    async def last_changes(self, commit: str, paths: Sequence[str]) -> Read[dict[str, Change]]:
        """The last change of each path as of a commit; paths of unknown history are left out."""
        params = {"commit": commit, "paths": list(paths)}
        return await self._ask("git", "last-changes", params, _changes)

    async def _bytes(self, kind: str, method: str, params: dict[str, Any]) -> Read[bytes]:
        return _read(await self._answers.ask(ask_for(kind, method, params)))

    async def _ask(
        self, kind: str, method: str, params: dict[str, Any], decode: Callable[[Any], T]
    ) -> Read[T]:
        answer = await self._bytes(kind, method, params)
        return decoded(answer, lambda body: decode(_object(body)), f"the recorded {method} answer")


def _read(answer: Answer) -> Read[bytes]:
    at = ReadAt(
        evidence=answer.evidence,
        slot=answer.slot,
        commitment=answer.commitment,
        providers=answer.providers,
        asked_at=answer.asked_at,
    )
    if answer.outcome is Outcome.FOUND and answer.body is not None:
        return Found(answer.body, at)
    if answer.outcome is Outcome.ABSENT:
        return ProvenAbsent(at)
    if answer.outcome is Outcome.DIVERGED:
        return Diverged(answer.reason or "the answers differ", at)
    return Unknown(answer.reason or "the recording holds no answer", at)


# A recording is somebody else's file as well, so its answers are decoded strictly.


def _object(body: bytes) -> dict[str, Any]:
    try:
        value = json.loads(body.decode("utf-8"))
    except RecursionError:
        raise ValueError("it is nested too deeply") from None
    if not isinstance(value, dict):
        raise ValueError("it is not an object")
    return value


def _of(value: dict[str, Any], name: str, kind: type[T]) -> T:
    member = value.get(name)
    if not isinstance(member, kind) or (kind is int and isinstance(member, bool)):
        raise ValueError(f"its member {name!r} is missing or of another type")
    return member


def _str(value: dict[str, Any], name: str) -> str:
    return _of(value, name, str)


def _int(value: dict[str, Any], name: str) -> int:
    return _of(value, name, int)


def _bool(value: dict[str, Any], name: str) -> bool:
    return _of(value, name, bool)


def _texts(value: dict[str, Any], name: str) -> tuple[str, ...]:
    members = _of(value, name, list)
    if not all(isinstance(member, str) for member in members):
        raise ValueError(f"its member {name!r} does not hold texts alone")
    return tuple(members)


def _commit(value: dict[str, Any]) -> Commit:
    return Commit(
        _str(value, "commit"),
        _str(value, "tree"),
        _texts(value, "parents"),
        _int(value, "author_time"),
        _int(value, "committer_time"),
        _str(value, "subject"),
    )


def _file_list(value: dict[str, Any]) -> FileList:
    skipped = _of(value, "skipped", dict)
    return FileList(_texts(value, "files"), tuple((str(k), str(v)) for k, v in skipped.items()))


def _tree(value: dict[str, Any]) -> dict[str, str]:
    ids: dict[str, str] = {}
    for path, entry in _of(value, "entries", dict).items():
        if not isinstance(entry, dict):
            raise ValueError("an entry is not an object")
        kind, object_id = _str(entry, "kind"), _str(entry, "id")
        ids[path] = object_id if kind in ("file", "folder") else f"{kind}:{object_id}"
    return ids


def _documents(value: dict[str, Any]) -> Documents:
    left_out = []
    for rule, one in sorted(_of(value, "left_out", dict).items()):
        if not isinstance(one, dict):
            raise ValueError("a rule is not an object")
        left_out.append((str(rule), _int(one, "files"), _texts(one, "examples")))
    files, texts = _names(value, "files"), _names(value, "texts")
    if any(blob not in texts for blob in files.values()):
        raise ValueError("a file has no text")
    after = value.get("next")
    if after is not None and not isinstance(after, str):
        raise ValueError("its member 'next' is not a text")
    return Documents(
        files, texts, len(_of(value, "silent", dict)), _names(value, "copies"), tuple(left_out),
        _names(value, "unread"), _texts(value, "torn"), _int(value, "others"), after,
    )  # fmt: skip


def _names(value: dict[str, Any], name: str) -> dict[str, str]:
    members = _of(value, name, dict)
    if not all(isinstance(member, str) for member in members.values()):
        raise ValueError(f"its member {name!r} does not hold texts alone")
    return members


def _digests(value: dict[str, Any]) -> dict[str, str]:
    files = _of(value, "files", dict)
    if not all(isinstance(one, dict) for one in files.values()):
        raise ValueError("a file is not an object")
    return {path: _str(one, "sha256") for path, one in files.items()}


def _changes(value: dict[str, Any]) -> dict[str, Change]:
    changes = _of(value, "changes", dict)
    if not all(isinstance(one, dict) for one in changes.values()):
        raise ValueError("a change is not an object")
    return {
        path: Change(_str(one, "commit"), _int(one, "committer_time"))
        for path, one in changes.items()
    }
