"""Find what Rust sources take in from outside the folders of their crates.

``#[path = "…"]`` on a module and ``include!``, ``include_str!`` and ``include_bytes!`` may lead
anywhere. Source: the Rust Reference, "Modules", and the macros of ``std``. Macros are not expanded;
a module inside another one looks deeper in the tree than is reckoned here, never higher.
"""

from __future__ import annotations

import posixpath
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from privatedao_audit.model.reads import Found
from privatedao_audit.repository import documents, rust_source
from privatedao_audit.repository.reads import RepositoryReads

__all__ = ["Included", "Taken", "included", "taken_in"]

#: Most source files that are looked into.
_MOST_FILES = 500
#: Folders of a crate with programs of their own, which are no part of it.
_ASIDE = ("tests", "benches", "examples")
_INCLUDES = frozenset({"include", "include_str", "include_bytes"})


@dataclass(frozen=True, slots=True)
class Included:
    """Files and folders outside the crates, and why there may be more; empty when not."""

    paths: tuple[str, ...]
    gap: str = ""


async def included(
    repository: RepositoryReads, crates: Sequence[str], tree: Mapping[str, str]
) -> Included:
    """What the sources of crates take in from elsewhere, from the files on disk.

    Args:
        tree: paths of a commit below the crates; that the disk holds the same is asked elsewhere.
    """
    aside = tuple(f"{crate}/{folder}/" for crate in crates for folder in _ASIDE)
    waiting = [p for p in tree if p.endswith(".rs") and not p.startswith(aside)]
    seen: set[str] = set()
    found: dict[str, None] = {}
    for path in waiting:
        if path in seen:
            continue
        seen.add(path)
        if len(seen) > _MOST_FILES:
            return Included(tuple(found), f"it has more than {_MOST_FILES} source files")
        read = await repository.file(path)
        if not isinstance(read, Found):
            return Included(tuple(found), f"{path} could not be read")
        try:
            taken = taken_in(documents.text(read.value, path), path)
        except documents.BadDocument as error:
            return Included(tuple(found), str(error))
        for one in taken:
            if one.path is None:
                return Included(tuple(found), f"{path} includes a file that it does not name")
            inside = any(one.path.startswith(f"{crate}/") for crate in crates)
            # Inside, untracked modules are looked for elsewhere; other files only here.
            if not inside or (one.path not in tree and not one.module):
                found |= dict.fromkeys(_with_neighbours(one.path))
            if one.path.endswith(".rs") and (not inside or one.path in tree):
                waiting.append(one.path)
    return Included(tuple(found))


def _with_neighbours(path: str) -> list[str]:
    """A file and, for a module, the folder in which its own modules lie."""
    folder = posixpath.dirname(path)
    return [path, folder] if path.endswith(".rs") and folder else [path]


@dataclass(frozen=True, slots=True)
class Taken:
    """A file that another one takes in, from the top of the checkout; None where none is named."""

    path: str | None
    module: bool


def taken_in(source: str, path: str) -> list[Taken]:
    """What a Rust file takes in.

    What a build script wrote (``OUT_DIR``) is left out, and so is text for documentation.

    Raises:
        BadDocument: comments or strings that do not end.
    """
    stream = rust_source.tokens(source, path)
    texts = [one.text for one in stream]
    folder = posixpath.dirname(path)

    def at_place(text: str) -> str:
        return posixpath.normpath(posixpath.join(folder, text))

    found: list[Taken] = []
    for at, one in enumerate(stream):
        if one.kind == "string":
            continue
        if one.text == "path" and texts[at + 1 : at + 2] == ["="] and texts[at - 1] in "[(,":
            found += [Taken(at_place(text), True) for text in texts[at + 2 : at + 3]]
        elif one.text in _INCLUDES and texts[at + 1 : at + 2] == ["!"]:
            argument = stream[at + 3 : at + 5]
            if texts[max(at - 2, 0) : at] == ["doc", "="]:
                continue
            plain = len(argument) == 2 and argument[0].kind == "string"
            if plain and argument[1].text in ("}", ")", "]", ","):
                found.append(Taken(at_place(argument[0].text), False))
            elif "OUT_DIR" not in texts[at : at + 16]:
                found.append(Taken(None, False))
    return found
