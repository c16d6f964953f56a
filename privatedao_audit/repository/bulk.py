"""Questions about many files of one commit at once: one answer where there would be thousands.

Everything is read from git's objects, each verified against its id, so a file that changes while
it is read, or a link out of the checkout, has no part in the answer.
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import Iterator, Sequence
from typing import Any, Final

from privatedao_audit.repository import files, objects
from privatedao_audit.repository.claims import scope
from privatedao_audit.repository.files import NotThere, Refused
from privatedao_audit.repository.git import Gone, Objects
from privatedao_audit.repository.objects import Entry, Trees

__all__ = ["MAX_ANSWER", "MAX_PATHS", "digests", "documents", "last_changes"]

#: Most bytes of text in one answer; the next answer goes on behind its last file.
MAX_ANSWER: Final = 16 * 1024 * 1024
#: Most paths that one question names.
MAX_PATHS: Final = 20_000
_MAX_DEPTH: Final = 64
_EXAMPLES: Final = 3


def documents(
    git: Objects, tree: str, after: str = "", limit: int = files.MAX_FILE, most: int = MAX_ANSWER
) -> dict[str, Any]:
    """The documents of a tree that can hold claims, by :mod:`.claims.scope`.

    Args:
        after: path behind which to go on.
        limit: most bytes of a file.
        most: most bytes of text in the answer.

    Returns:
        ``files`` (path → object id of documents whose text is in ``texts``), ``texts`` (object id
        → text; bytes that are not UTF-8 stand as U+FFFD, and the file under ``torn``), ``silent``
        (path → object id of documents that were read and hold nothing like a claim), ``copies``
        (path → path with the same bytes), ``left_out`` (rule → count and examples), ``unread``
        (path → why), ``others`` (how many files are no documents) and ``next`` (where to go on;
        null at the end).

    Raises:
        Refused: a tree can't be read, or there are too many entries.
    """
    answer: dict[str, Any] = {
        "files": {}, "texts": {}, "silent": {}, "copies": {}, "left_out": {}, "unread": {},
        "torn": [], "others": 0, "next": None,
    }  # fmt: skip
    first: dict[str, str] = {}
    size = 0
    for path, entry in sorted(
        _everything(Trees(git), tree, answer["unread"]), key=lambda one: _order(one[0])
    ):
        if not path.casefold().endswith(scope.ENDINGS):
            answer["others"] += 1
            continue
        rule = scope.left_out(path)
        if rule is not None:
            _count(answer["left_out"], rule, path)
        elif entry.kind != "file":
            answer["unread"][path] = f"a {entry.kind} in that commit, which is not followed"
        elif entry.id in first:
            answer["copies"][path] = first[entry.id]
        else:
            first[entry.id] = path
            if after and _order(path) <= _order(after):
                continue
            if size >= most:
                answer["next"] = _last(answer)
                break
            size += _take(git, path, entry.id, limit, answer)
    return answer


def _order(path: str) -> tuple[int, str]:
    """Files near the top first: of several copies the one in a bundle is the copy."""
    return path.count("/"), path


def _last(answer: dict[str, Any]) -> str:
    """The last document that the answer has read."""
    return str(max((*answer["files"], *answer["silent"]), key=_order, default=""))


def _take(git: Objects, path: str, blob: str, limit: int, answer: dict[str, Any]) -> int:
    """Read one document into the answer; the number of bytes of text that this adds."""
    try:
        data = git.read(blob, limit).data
    except Gone as error:
        answer["unread"][path] = f"the object store is incomplete: {error}"
        return 0
    except Refused as error:
        if time.monotonic() > git.deadline:
            raise
        answer["unread"][path] = str(error)
        git.reopen()
        return 0
    if not scope.may_claim(data):
        answer["silent"][path] = blob
        return 0
    if b"\0" in data:
        answer["unread"][path] = "it holds NUL bytes, so it is no text"
        return 0
    text = data.removeprefix(b"\xef\xbb\xbf").decode("utf-8", "replace")
    if "\ufffd" in text:
        answer["torn"].append(path)
    answer["files"][path], answer["texts"][blob] = blob, text
    return len(data)


def _count(counts: dict[str, Any], rule: str, path: str) -> None:
    one = counts.setdefault(rule, {"files": 0, "examples": []})
    one["files"] += 1
    if len(one["examples"]) < _EXAMPLES:
        one["examples"].append(path)


def _everything(trees: Trees, tree: str, unread: dict[str, str]) -> Iterator[tuple[str, Entry]]:
    """All entries below a tree that are no folders; names that are not UTF-8 are told as unread."""
    waiting = [("", tree, 0)]
    count = 0
    while waiting:
        here, folder, depth = waiting.pop()
        for name, entry in trees.read(folder).items():
            count += 1
            if count > objects.MAX_ENTRIES or depth > _MAX_DEPTH:
                raise Refused("the commit holds too many or too deep entries")
            try:
                path = here + name.decode("utf-8")
            except UnicodeDecodeError:
                unread[here + name.decode("utf-8", "backslashreplace")] = "its name is not UTF-8"
                continue
            if entry.kind == "folder":
                waiting.append((path + "/", entry.id, depth + 1))
            else:
                yield path, entry


def digests(
    git: Objects, tree: str, paths: Sequence[str], limit: int = files.MAX_FILE
) -> dict[str, Any]:
    """The SHA-256 and size of files of a tree: ``files`` (path → digest and bytes), ``absent``
    (paths that the tree does not have) and ``unread`` (path → why).
    """
    answer: dict[str, Any] = {"files": {}, "absent": [], "unread": {}}
    trees = Trees(git)
    for path in paths:
        try:
            entry = trees.find(tree, files.split(path))
        except NotThere:
            answer["absent"].append(path)
            continue
        except Refused as error:
            answer["unread"][path] = str(error)
            continue
        if entry.kind != "file":
            answer["unread"][path] = f"a {entry.kind} in that commit"
            continue
        try:
            data = git.read(entry.id, limit).data
        except (Refused, Gone) as error:
            if time.monotonic() > git.deadline:
                raise Refused("it took too long") from None
            answer["unread"][path] = str(error)
            git.reopen()
            continue
        answer["files"][path] = {"sha256": hashlib.sha256(data).hexdigest(), "bytes": len(data)}
    return answer


def last_changes(git: Objects, commit: str, paths: Sequence[str]) -> dict[str, Any]:
    """When paths got the content that they have in a commit, as ``git log -1 -- PATH`` says.

    The paths walk the history together, each along the first parent with the same content, so
    the history is read once and not once per path.

    Returns:
        ``changes`` (path → commit and committer time), ``absent``, and ``unread`` (path → why).
    """
    answer: dict[str, Any] = {"changes": {}, "absent": [], "unread": {}}
    trees = Trees(git)
    _, start = objects.peel(git, commit)
    known: dict[str, objects.CommitObject] = {commit: start}
    present: dict[str, Entry] = {}
    for path in paths:
        try:
            present[path] = trees.find(start.tree, files.split(path))
        except NotThere:
            answer["absent"].append(path)
        except Refused as error:
            answer["unread"][path] = str(error)
    seeking: dict[str, list[str]] = {commit: list(present)}
    while seeking:
        # The youngest commit first, so that paths that come by different ways meet again.
        here = max(seeking, key=lambda one: (known[one].committer_time, one))
        waiting, commit_object = seeking.pop(here), known[here]
        for parent in commit_object.parents:
            if not waiting:
                break
            try:
                above = known.get(parent) or objects.read_commit(git, parent)
                changed = _differing(trees, commit_object.tree, above.tree, waiting)
            except (Gone, Refused) as error:
                why = f"the history is cut off: {error}" if isinstance(error, Gone) else str(error)
                answer["unread"].update(dict.fromkeys(waiting, why))
                waiting = []
                break
            known[parent] = above
            same = [path for path in waiting if path not in changed]
            if same:
                seeking.setdefault(parent, []).extend(same)
            waiting = [path for path in waiting if path in changed]
        at = commit_object.committer_time
        answer["changes"].update({p: {"commit": here, "committer_time": at} for p in waiting})
        if here != commit:
            known.pop(here, None)
    return answer


def _differing(trees: Trees, tree: str, other: str, paths: Sequence[str]) -> set[str]:
    """Those of the paths whose entries in two trees differ; equal folders are not opened."""
    if tree == other:
        return set()
    changed: set[str] = set()
    waiting: list[tuple[str, str, list[tuple[str, list[str]]]]] = [
        (tree, other, [(path, path.split("/")) for path in paths])
    ]
    while waiting:
        here, there, group = waiting.pop()
        mine, theirs = trees.read(here), trees.read(there)
        below: dict[str, list[tuple[str, list[str]]]] = {}
        for path, parts in group:
            name = parts[0].encode("utf-8", "surrogateescape")
            one, two = mine.get(name), theirs.get(name)
            if one == two:
                continue
            if len(parts) > 1 and one and two and one.kind == two.kind == "folder":
                below.setdefault(parts[0], []).append((path, parts[1:]))
            else:
                changed.add(path)
        for folder, inner in below.items():
            name = folder.encode("utf-8", "surrogateescape")
            waiting.append((mine[name].id, theirs[name].id, inner))
    return changed
