"""Versions that a document states, of the program and of the tools that build it."""

from __future__ import annotations

import re
from typing import Final

from privatedao_audit.repository.markdown import stated_lines

__all__ = ["PROGRAM", "TOOLS", "agrees", "versions"]

PROGRAM: Final = "program"
TOOLS: Final = ("anchor", "solana", "rust")
_TOOL = re.compile(
    r"\b(?P<tool>anchor|solana|agave|rustc?)\b(?:[- ](?:lang|cli|tool ?suite|toolchain|version))*"
    r"[\s:=@`*(]{1,6}v?(?P<version>\d{1,4}\.\d{1,4}(?:\.\d{1,4})?)(?![\w.]*\w)",
    re.IGNORECASE,
)
#: Words before a version that make it one of former days, or of a range.
_FORMER = re.compile(
    r"\b(?:from|was|before|previously|formerly|older than|until|since|legacy|upgraded?)\b"
    r"[^.;]{0,25}$",
    re.IGNORECASE,
)
_OF = {"agave": "solana", "rustc": "rust"}


def versions(text: str, label: str | None = None) -> tuple[tuple[str, str], ...]:
    """(of what, version) for each that the document states, each once.

    Args:
        label: the words before a colon that state the program's own version.
    """
    found: dict[tuple[str, str], None] = {}
    own = None
    if label is not None:
        own = re.compile(
            rf"\s*(?:[-*+]\s+)?\**{re.escape(label)}\**\s*:\**\s*`?v?"
            r"(?P<version>\d{1,4}\.\d{1,4}(?:\.\d{1,4})?)(?![\w.]*\w)`?.*",
            re.IGNORECASE,
        )
    for line in stated_lines(text):
        if own is not None and (match := own.fullmatch(line)):
            found[PROGRAM, match["version"]] = None
            continue
        for match in _TOOL.finditer(line[:4_000]):
            if not _FORMER.search(line[: match.start()]):
                tool = match["tool"].casefold()
                found[_OF.get(tool, tool), match["version"]] = None
    return tuple(found)


def agrees(stated: str, right: str) -> bool:
    """Whether a stated version is the right one, or the beginning of it (``1.0`` of ``1.0.1``)."""
    one, other = stated.split("."), right.split(".")
    return other[: len(one)] == one
