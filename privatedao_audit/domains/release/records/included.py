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

__all__ = ["Included", "included", "taken_in"]

#: Most source files that are looked into.
_MOST_FILES = 500
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
    waiting = [path for path in tree if path.endswith(".rs")]
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
        for place in taken:
            if place is None:
                return Included(tuple(found), f"{path} includes a file that it does not name")
            if not any(place.startswith(f"{crate}/") for crate in crates):
                found[place] = None
                waiting += [place] if place.endswith(".rs") else []
                folder = posixpath.dirname(place)
                # The modules of a module lie beside it.
                found |= {folder: None} if place.endswith(".rs") and folder else {}
    return Included(tuple(found))


def taken_in(source: str, path: str) -> list[str | None]:
    """Paths that a Rust file takes in, from the top of the checkout; None where it names none.

    What a build script wrote (``OUT_DIR``) is left out, and so is text for documentation.

    Raises:
        BadDocument: comments or strings that do not end.
    """
    stream = rust_source.tokens(source, path)
    texts = [one.text for one in stream]
    found: list[str | None] = []
    for at, one in enumerate(stream):
        if one.kind == "string":
            continue
        if one.text == "path" and texts[at + 1 : at + 2] == ["="] and texts[at - 1] in "[(,":
            found += [texts[at + 2]] if stream[at + 2 : at + 3] else []
        elif one.text in _INCLUDES and texts[at + 1 : at + 2] == ["!"]:
            argument = stream[at + 3 : at + 5]
            if texts[max(at - 2, 0) : at] == ["doc", "="]:
                continue
            plain = len(argument) == 2 and argument[0].kind == "string"
            if plain and argument[1].text in ("}", ")", "]", ","):
                found.append(argument[0].text)
            elif "OUT_DIR" not in texts[at : at + 16]:
                found.append(None)
    folder = posixpath.dirname(path)
    return [one if one is None else posixpath.normpath(posixpath.join(folder, one))
            for one in found]  # fmt: skip
