"""The files of a checkout against the tree of a commit, by our own hashing.

``git status`` and ``git diff`` run filters, textconv and fsmonitor of the checkout's choice. Here
bytes are hashed as they lie on disk, so a file that git would convert on the way (line ends, LFS)
differs: whoever builds from it builds from those bytes.
"""

from __future__ import annotations

import hashlib
from pathlib import Path

from privatedao_audit.repository.files import (
    NotThere,
    Refused,
    blob_id,
    link_text,
    opened_folder,
    split,
)
from privatedao_audit.repository.objects import Entry, Trees

#: Largest tracked file hashed, in bytes.
MAX_HASHED = 256 * 1024 * 1024


def differing(root: Path, trees: Trees, tree: str, paths: tuple[str, ...]) -> list[str]:
    """Tracked files at or below ``paths`` whose bytes on disk are not those of the tree.

    A missing file differs, and so does a file that became a link or a folder; the executable bit
    does not count. Files that are not tracked are not looked for.

    Returns:
        Paths from the top of the checkout, sorted.

    Raises:
        Refused: nothing is tracked at one of the paths, a submodule lies there, or something
            can't be read.
    """
    if not paths:
        raise Refused("no paths were asked about")
    changed: set[str] = set()
    for path in paths:
        parts = split(path)
        tracked = 0
        try:
            for name, entry in trees.below(path, trees.find(tree, parts)):
                tracked += 1
                if _differs(root, name, entry):
                    changed.add(name)
        except NotThere:
            tracked = 0
        if not tracked:
            raise Refused(f"nothing is tracked at {path!r}")
    return sorted(changed)


def _differs(root: Path, name: str, entry: Entry) -> bool:
    if entry.kind == "submodule":
        raise Refused(f"{name!r} is a submodule, whose files can't be compared")
    parts = split(name)
    try:
        text = link_text(root, parts)
        if entry.kind == "symlink":
            if text is None:
                return True
            header = b"blob %d\0" % len(text)
            return hashlib.sha1(header + text, usedforsecurity=False).hexdigest() != entry.id
        if text is not None or _is_folder(root, parts):
            return True
        return blob_id(root, parts, MAX_HASHED) != entry.id
    except NotThere:
        return True


def _is_folder(root: Path, parts: tuple[str, ...]) -> bool:
    try:
        with opened_folder(root, parts):
            return True
    except (NotThere, Refused):
        return False
