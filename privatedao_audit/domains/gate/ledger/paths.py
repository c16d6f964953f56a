"""The files that a document names beside a hash."""

from __future__ import annotations

import re
from typing import Final

from privatedao_audit.repository.claims.model import Claim

__all__ = ["paths_beside"]

_FILE_LABEL: Final = re.compile(r"\b(path|file|name)\b")


def paths_beside(claim: Claim) -> tuple[str, ...]:
    """The files that stand beside a claimed hash, as paths from the top of the checkout."""
    found = []
    folder = claim.file.rpartition("/")[0]
    for label, value in claim.beside:
        path = value.removeprefix("./")
        if _FILE_LABEL.search(label) and re.fullmatch(r"[\w@.][\w@. /-]{0,300}", path):
            found += [path, f"{folder}/{path}"] if folder else [path]
    return tuple(dict.fromkeys(found))
