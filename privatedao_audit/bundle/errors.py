"""What can be wrong with a bundle, a run that is to become one, or a key that is to sign one."""

from __future__ import annotations


class BadBundle(Exception):
    """A bundle is not what it claims to be.

    Attributes:
        stage: which check refused it: container, manifest, records, method, findings,
            notebooks, views, redactions or signatures.
    """

    def __init__(self, stage: str, why: str) -> None:
        super().__init__(why)
        self.stage = stage


class CannotBundle(Exception):
    """A folder can't be made into a bundle; the message says why and what to do."""


class CannotSign(Exception):
    """A bundle can't be signed so; the message never holds any part of a key file."""
