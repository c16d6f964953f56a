"""The error of the parsers in this package."""

from __future__ import annotations


class BadDocument(ValueError):
    """The bytes are not the document they should be; says which file, where and what to do."""
