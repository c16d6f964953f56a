"""What a target says for the readiness gate: how items are read, which firms, what is left out.

These tables are the auditor's own word; nothing of them comes from the audited documents.
"""

from __future__ import annotations

import re
from typing import Annotated, Final

from pydantic import AfterValidator, Field

from privatedao_audit.model import catalogue
from privatedao_audit.model.strict import Key, Strict, Text

__all__ = ["CONTROL_ID", "Excluded", "Firm", "Readiness"]

#: An id of the catalogue wherever it stands in a text.
CONTROL_ID: Final = re.compile(r"\b(?:RC|UA|SD|RP|MA|TR|IR|RG)-\d{2}\b")
#: Fewer words give no reason that an outsider can follow.
_LEAST_WORDS: Final = 3


def _control(name: str) -> str:
    if name == "RG-01":
        raise ValueError("RG-01 judges the items, so that no item can be met by it")
    try:
        return catalogue.load()[name].id
    except KeyError:
        raise ValueError(f"there is no control {name[:40]!r}") from None


def _reason(text: str) -> str:
    if len(text.split()) < _LEAST_WORDS:
        raise ValueError(f"a reason of at least {_LEAST_WORDS} words is needed")
    return text


ControlId = Annotated[str, AfterValidator(_control)]
Item = Annotated[str, Field(min_length=1, max_length=500)]


class Readiness(Strict):
    """Which controls look at what an item of a readiness document asks for.

    Attributes:
        items: text of an item as the document has it (case, blanks and markup don't count) →
            ids of controls; all of them have to be met.
    """

    items: Annotated[
        dict[Item, Annotated[tuple[ControlId, ...], Field(min_length=1, strict=False)]],
        Field(max_length=500),
    ] = Field(default_factory=dict)


class Firm(Strict):
    """A firm whose word on an audit counts, as the auditor knows it from the firm itself.

    Attributes:
        name: as the audit record names it.
        key: Ed25519 key with which the firm signs; taken from the firm, never from the record.
        published: SHA-256 of documents that the firm shows at a place of its own.
        published_at: that place.
    """

    name: Text
    key: Key | None = None
    published: Annotated[
        tuple[Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")], ...], Field(strict=False)
    ] = ()
    published_at: Text | None = None


class Excluded(Strict):
    """An address that documents name or authority leads to, and that is not audited: why."""

    address: Key
    reason: Annotated[str, Field(max_length=500), AfterValidator(_reason)]
