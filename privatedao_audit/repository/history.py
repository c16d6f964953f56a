"""Questions about history, answered by walking verified commits.

``git rev-list`` would be shorter, and believes a forged commit graph or pack index; every commit
here was hashed against the id that its child names.
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass

from privatedao_audit.repository.files import NotThere, Refused
from privatedao_audit.repository.git import Gone, Objects
from privatedao_audit.repository.objects import Entry, Trees, peel, read_commit
from privatedao_audit.repository.store import Refs

#: Most commits walked for one question.
MAX_COMMITS = 300_000


class Parents:
    """Commit → parents, read once per store and kept over questions.

    ``known`` may be shared: an id names one commit for ever.
    """

    def __init__(self, objects: Objects, known: dict[str, tuple[str, ...]]) -> None:
        self._objects = objects
        self._known = known

    def of(self, commit: str) -> tuple[str, ...]:
        """The parents of a commit.

        Raises:
            Refused: it can't be read. A commit that history names and the store lacks is
                damage, never an end of history.
        """
        parents = self._known.get(commit)
        if parents is None:
            try:
                parents = read_commit(self._objects, commit).parents
            except Gone:
                raise Refused(f"history is broken: the commit {commit} is missing") from None
            self._known[commit] = parents
        elif time.monotonic() > self._objects.deadline:
            raise Refused("it took too long")
        return parents


def is_ancestor(parents: Parents, ancestor: str, descendant: str) -> bool:
    """Whether ``ancestor`` is ``descendant`` or lies in its history.

    Raises:
        Refused: part of the history that decides it can't be read.
    """
    if ancestor == descendant:
        return True
    seen, waiting = {descendant}, deque([descendant])
    problem: Refused | None = None
    while waiting:
        try:
            above = parents.of(waiting.popleft())
        except Refused as error:
            # A cut branch decides nothing if another one leads there.
            problem = error
            continue
        for parent in above:
            if parent == ancestor:
                return True
            if parent not in seen:
                seen.add(parent)
                waiting.append(parent)
        _bounded(seen)
    if problem is not None:
        raise problem
    return False


def _bounded(seen: set[str]) -> None:
    if len(seen) > MAX_COMMITS:
        raise Refused(f"the history has more than {MAX_COMMITS} commits")


@dataclass(frozen=True, slots=True)
class Reached:
    """Which refs contain a commit.

    Attributes:
        refs: full names, sorted.
        gap: why there may be more; None when that is all.
    """

    refs: tuple[str, ...]
    gap: str | None


def reachable(objects: Objects, parents: Parents, commit: str, refs: Refs) -> Reached:
    """The branches, remote branches and tags whose history contains ``commit``.

    Every commit above the refs is read once; then the commit's descendants are marked.

    Raises:
        Refused: more commits than the bound.
    """
    gap: str | None = None
    for name, told in sorted(refs.broken.items()):
        gap = gap or f"the ref {name!r} can't be read: {told}"
    tips: dict[str, str] = {}
    for name, object_id in sorted(refs.ids.items()):
        try:
            tips[name] = peel(objects, object_id)[0]
        except (Gone, Refused) as error:
            gap = gap or f"the ref {name!r} can't be followed: {error}"
    children: dict[str, list[str]] = {}
    seen = set(tips.values())
    waiting = deque(sorted(seen))
    while waiting:
        here = waiting.popleft()
        try:
            above = parents.of(here)
        except Refused as error:
            gap = gap or str(error)
            continue
        for parent in above:
            children.setdefault(parent, []).append(here)
            if parent not in seen:
                seen.add(parent)
                waiting.append(parent)
        _bounded(seen)
    contain = _closure(commit, children)
    return Reached(tuple(name for name, tip in tips.items() if tip in contain), gap)


def _closure(start: str, edges: dict[str, list[str]]) -> set[str]:
    marked, waiting = {start}, [start]
    while waiting:
        for child in edges.get(waiting.pop(), ()):
            if child not in marked:
                marked.add(child)
                waiting.append(child)
    return marked


def last_change(objects: Objects, start: str, parts: tuple[str, ...]) -> tuple[str, int]:
    """The commit that last gave a path its present content, and its committer time.

    As ``git log -1 -- PATH``: from a merge the walk follows the first parent that has the same
    content; a merge unlike all its parents is a change itself.

    Returns:
        Commit id and committer time in Unix seconds, as the committer declares it.

    Raises:
        NotThere: the path is not in the starting commit.
        Refused: the history is cut off before the change, or can't be read.
    """
    trees = Trees(objects)
    here, commit = peel(objects, start)
    present = trees.find(commit.tree, parts)
    for _ in range(MAX_COMMITS):
        same = _same_parent(objects, trees, commit.parents, parts, present)
        if same is None:
            return here, commit.committer_time
        here = same
        commit = read_commit(objects, here)
    raise Refused(f"the history has more than {MAX_COMMITS} commits")


def _same_parent(
    objects: Objects,
    trees: Trees,
    parents: Iterable[str],
    parts: tuple[str, ...],
    present: Entry,
) -> str | None:
    for parent in parents:
        try:
            if trees.find(read_commit(objects, parent).tree, parts) == present:
                return parent
        except NotThere:
            continue
        except Gone:
            raise Refused(f"history is broken: the commit {parent} is missing") from None
    return None
