"""Answers the questions of kinds ``file`` and ``git`` from a checkout, live.

Every failure is an outcome with its reason. Absence is told only where the place itself was read:
a file's folder, a commit's tree, an object store that is neither shallow nor partial nor damaged.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from privatedao_audit.evidence.questions import Exchange, Outcome, Question, Resolution
from privatedao_audit.model import canonical
from privatedao_audit.repository import bulk, files, history, objects, store, worktree
from privatedao_audit.repository.files import NotThere, Refused
from privatedao_audit.repository.git import DEADLINE, Gone, Objects
from privatedao_audit.repository.store import OBJECT_ID, Store

PROVIDER = "checkout"
NO_CHECKOUT = "no checkout was given (--repo)"
_ABBREVIATED = 4
_MAX_PATHS = 1_000

Clock = Callable[[], datetime]
_Params = Mapping[str, Any]


def _now() -> datetime:
    return datetime.now(UTC)


class RepositoryResolver:
    """Implements ``Resolver`` for kinds ``file`` and ``git``.

    Args:
        root: top folder of the checkout; None: none was given, and every answer is unknown.
        clock: gives an aware time; the system's UTC clock unless told.
        max_file: most bytes of a file or blob that is taken as an answer.
        seconds: most time that git may take for one question.

    Methods of ``file``: ``read`` {path} → the bytes; ``list`` {under?, suffix?} → {files, skipped}.
    Methods of ``git``: ``head`` {} · ``shallow`` {} · ``commit`` {rev} · ``reachable`` {commit} ·
    ``is-ancestor`` {ancestor, descendant} · ``blob-at`` {commit, path} → the bytes ·
    ``tree-at`` {commit, paths} · ``last-change`` {path, rev?} · ``dirty`` {paths} ·
    ``documents-at`` {commit, after?} · ``digests-at`` {commit, paths} · ``last-changes``
    {commit, paths} (see :mod:`.bulk`); a ``commit`` is 40 hexadecimal digits, a ``rev`` also the
    name of a tag (last-change: or HEAD). Answers are canonical JSON unless said otherwise.
    """

    def __init__(
        self,
        root: Path | None,
        clock: Clock = _now,
        *,
        max_file: int = files.MAX_FILE,
        seconds: float = DEADLINE,
    ) -> None:
        self._root = root
        self._clock = clock
        self._max_file = max_file
        self._seconds = seconds
        self._parents: dict[str, tuple[str, ...]] = {}

    async def resolve(self, question: Question) -> Resolution:
        """Ask the checkout; blocking work is done in a thread."""
        if self._root is None:
            return Resolution(Outcome.UNKNOWN, reason=NO_CHECKOUT)
        return await asyncio.to_thread(self._resolve, question, self._root)

    def _resolve(self, question: Question, root: Path) -> Resolution:
        body: bytes | None = None
        reason: str | None = None
        outcome = Outcome.UNKNOWN
        try:
            params = json.loads(question.params)
            if not isinstance(params, dict):
                raise Refused("the question has no parameters by name")
            method = _METHODS.get((question.kind, question.method))
            if method is None:
                raise Refused(f"this version can't answer {question.kind} {question.method!r}")
            body = method(self, root, store.locate(root), params)
            outcome = Outcome.FOUND
        except (NotThere, Gone) as error:
            outcome, body = Outcome.ABSENT, canonical.dumps({"absent": str(error)})
        except Refused as error:
            reason = canonical.well_formed(str(error))
        at = self._clock().astimezone(UTC).isoformat(timespec="milliseconds")
        exchange = Exchange(
            provider=PROVIDER,
            host="",
            request=question.key,
            status=None,
            headers={},
            body=body,
            error=reason,
            at=at.replace("+00:00", "Z"),
        )
        if body is None:
            return Resolution(outcome, reason=reason, exchanges=(exchange,))
        return Resolution(outcome, exchanges=(exchange,), chosen=0, providers=(PROVIDER,))

    # Methods of kind "file".

    def _file(self, root: Path, kept: Store, params: _Params) -> bytes:
        return files.read_file(root, files.split(params.get("path")), self._max_file)

    def _list(self, root: Path, kept: Store, params: _Params) -> bytes:
        under = params.get("under")
        parts = () if under is None else files.split(under)
        suffix = params.get("suffix", "")
        if not isinstance(suffix, str):
            raise Refused("the suffix is not text")
        found = files.list_files(root, parts, suffix)
        return canonical.dumps({"files": found.files, "skipped": found.skipped})

    # Methods of kind "git".

    def _git(self, root: Path, kept: Store) -> Objects:
        return Objects(kept, root, self._seconds)

    def _head(self, root: Path, kept: Store, params: _Params) -> bytes:
        head = store.head(kept)
        if head.commit is None:
            raise NotThere("the branch that HEAD names has no commit yet")
        with self._git(root, kept) as git:
            _known(git, head.commit)
        return canonical.dumps({"commit": head.commit, "ref": head.ref})

    def _shallow(self, root: Path, kept: Store, params: _Params) -> bytes:
        return canonical.dumps({"shallow": store.shallow(kept)})

    def _commit(self, root: Path, kept: Store, params: _Params) -> bytes:
        with self._git(root, kept) as git:
            found, commit = objects.peel(git, _resolved(kept, params.get("rev")))
        return canonical.dumps(
            {
                "commit": found,
                "tree": commit.tree,
                "parents": commit.parents,
                "author_time": commit.author_time,
                "committer_time": commit.committer_time,
                "subject": commit.subject,
            }
        )

    def _reachable(self, root: Path, kept: Store, params: _Params) -> bytes:
        commit = _full(params, "commit")
        with self._git(root, kept) as git:
            objects.read_commit(git, commit)
            parents = history.Parents(git, self._parents)
            found = history.reachable(git, parents, commit, store.refs(kept))
        if not found.refs and found.gap is not None:
            raise Refused(f"no ref was seen to contain the commit, but {found.gap}")
        return canonical.dumps({"refs": found.refs, "gap": found.gap})

    def _is_ancestor(self, root: Path, kept: Store, params: _Params) -> bytes:
        ancestor, descendant = _full(params, "ancestor"), _full(params, "descendant")
        with self._git(root, kept) as git:
            _known(git, ancestor)
            _known(git, descendant)
            parents = history.Parents(git, self._parents)
            found = history.is_ancestor(parents, ancestor, descendant)
        return canonical.dumps({"ancestor": found})

    def _blob_at(self, root: Path, kept: Store, params: _Params) -> bytes:
        commit, parts = _full(params, "commit"), files.split(params.get("path"))
        with self._git(root, kept) as git:
            tree = _known(git, commit).tree
            entry = objects.Trees(git).find(tree, parts)
            if entry.kind != "file":
                raise Refused(f"{'/'.join(parts)!r} is a {entry.kind} in that commit, not a file")
            try:
                found = git.read(entry.id, self._max_file)
            except Gone as error:
                raise Refused(f"the object store is incomplete: {error}") from None
        if found.kind != "blob":
            raise Refused(f"{entry.id} is a {found.kind}, not a file's content")
        return found.data

    def _tree_at(self, root: Path, kept: Store, params: _Params) -> bytes:
        commit, paths = _full(params, "commit"), _paths(params)
        entries: dict[str, dict[str, str]] = {}
        absent: list[str] = []
        with self._git(root, kept) as git:
            tree = _known(git, commit).tree
            trees = objects.Trees(git)
            for path in paths:
                try:
                    top = trees.find(tree, files.split(path))
                except NotThere:
                    absent.append(path)
                    continue
                entries[path] = {"kind": top.kind, "id": top.id}
                for name, entry in trees.below(path, top):
                    entries[name] = {"kind": entry.kind, "id": entry.id}
        if not entries:
            raise NotThere("that commit has none of the paths")
        return canonical.dumps({"entries": entries, "absent": absent})

    def _last_change(self, root: Path, kept: Store, params: _Params) -> bytes:
        parts, rev = files.split(params.get("path")), params.get("rev", "HEAD")
        start = _at_head(kept) if rev == "HEAD" else _resolved(kept, rev)
        with self._git(root, kept) as git:
            try:
                commit, at = history.last_change(git, start, parts)
            except Gone as error:
                raise Refused(str(error)) from None
        return canonical.dumps({"commit": commit, "committer_time": at})

    def _dirty(self, root: Path, kept: Store, params: _Params) -> bytes:
        paths, commit = _paths(params), _at_head(kept)
        with self._git(root, kept) as git:
            tree = _known(git, commit).tree
            changed = worktree.differing(root, objects.Trees(git), tree, paths)
        return canonical.dumps({"commit": commit, "files": changed})

    def _documents_at(self, root: Path, kept: Store, params: _Params) -> bytes:
        commit, after = _full(params, "commit"), params.get("after", "")
        if not isinstance(after, str):
            raise Refused("the path to go on behind is not text")
        with self._git(root, kept) as git:
            tree = _known(git, commit).tree
            return canonical.dumps(bulk.documents(git, tree, after, self._max_file))

    def _digests_at(self, root: Path, kept: Store, params: _Params) -> bytes:
        commit, paths = _full(params, "commit"), _many(params)
        with self._git(root, kept) as git:
            tree = _known(git, commit).tree
            return canonical.dumps(bulk.digests(git, tree, paths, self._max_file))

    def _last_changes(self, root: Path, kept: Store, params: _Params) -> bytes:
        commit, paths = _full(params, "commit"), _many(params)
        with self._git(root, kept) as git:
            _known(git, commit)
            return canonical.dumps(bulk.last_changes(git, commit, paths))


_METHODS: dict[tuple[str, str], Callable[..., bytes]] = {
    ("file", "read"): RepositoryResolver._file,
    ("file", "list"): RepositoryResolver._list,
    ("git", "head"): RepositoryResolver._head,
    ("git", "shallow"): RepositoryResolver._shallow,
    ("git", "commit"): RepositoryResolver._commit,
    ("git", "reachable"): RepositoryResolver._reachable,
    ("git", "is-ancestor"): RepositoryResolver._is_ancestor,
    ("git", "blob-at"): RepositoryResolver._blob_at,
    ("git", "tree-at"): RepositoryResolver._tree_at,
    ("git", "last-change"): RepositoryResolver._last_change,
    ("git", "dirty"): RepositoryResolver._dirty,
    ("git", "documents-at"): RepositoryResolver._documents_at,
    ("git", "digests-at"): RepositoryResolver._digests_at,
    ("git", "last-changes"): RepositoryResolver._last_changes,
}


def _known(git: Objects, commit: str) -> objects.CommitObject:
    """A commit that must be there before anything can be said about what it holds."""
    try:
        return objects.read_commit(git, commit)
    except Gone as error:
        raise Refused(str(error)) from None


def _at_head(kept: Store) -> str:
    head = store.head(kept)
    if head.commit is None:
        raise Refused("the branch that HEAD names has no commit yet")
    return head.commit


def _full(params: _Params, name: str) -> str:
    value = params.get(name)
    if not isinstance(value, str) or not OBJECT_ID.fullmatch(value):
        raise Refused(f"the {name} must be 40 lower-case hexadecimal digits")
    return value


def _paths(params: _Params) -> tuple[str, ...]:
    value = params.get("paths")
    if not isinstance(value, list) or not value or len(value) > _MAX_PATHS:
        raise Refused(f"the paths must be a list of 1 to {_MAX_PATHS}")
    return tuple("/".join(files.split(path)) for path in value)


def _many(params: _Params) -> list[str]:
    """Paths of a bulk question; one that can't be read is told in the answer, not refused here."""
    value = params.get("paths")
    if not isinstance(value, list) or not 0 < len(value) <= bulk.MAX_PATHS:
        raise Refused(f"the paths must be a list of 1 to {bulk.MAX_PATHS}")
    if not all(isinstance(path, str) for path in value):
        raise Refused("a path is not text")
    return list(dict.fromkeys(value))


def _resolved(kept: Store, rev: object) -> str:
    """The object that a full id or a tag's name stands for; branches move and are refused.

    Raises:
        NotThere: there is no such tag, and the clone is whole.
        Refused: neither an id nor a tag's name, or an abbreviated id.
    """
    if isinstance(rev, str) and OBJECT_ID.fullmatch(rev):
        return rev
    if not isinstance(rev, str) or not store.ref_name(f"refs/tags/{rev}"):
        raise Refused("the revision is neither a full commit id nor the name of a tag")
    found = store.lookup(kept, f"refs/tags/{rev}")
    if found is not None:
        return found
    if len(rev) >= _ABBREVIATED and all(c in "0123456789abcdefABCDEF" for c in rev):
        raise Refused(f"{rev!r} is not a tag; if it is a commit id, give all 40 digits")
    if store.shallow(kept):
        raise Refused(f"there is no tag {rev!r} here, but history is shallow")
    raise NotThere(f"there is no tag {rev!r}")
