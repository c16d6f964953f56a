"""Short digests under which facts know contacts, so that no report says who they are.

They tell one contact from another within one file. Their salt follows from the whole file, and
not from its hash: the hash stands in every recording and report, and whoever reads it there must
not be able to try telephone numbers.
"""

from __future__ import annotations

import hashlib

__all__ = ["salt_of", "short_digest"]

_USE = b"privatedao-audit contacts\0"


def salt_of(data: bytes) -> bytes:
    """The salt of the contacts of a file, 32 bytes, from the file's own bytes."""
    return hashlib.sha256(_USE + data).digest()


def short_digest(salt: bytes, text: str) -> str:
    """Twelve hexadecimal digits for a name or a way to reach somebody."""
    return hashlib.sha256(salt + text.encode()).hexdigest()[:12]
