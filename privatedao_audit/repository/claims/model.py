"""Claims: what a document states about the chain, typed and placed."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum


class Kind(StrEnum):
    """What sort of value is claimed."""

    ADDRESS = "address"
    SIGNATURE = "signature"
    HASH = "sha256"
    SLOT = "slot"
    THRESHOLD = "threshold"
    DELAY = "delay"
    BALANCE = "balance"
    NETWORK = "network"


class State(StrEnum):
    """How the document itself means it."""

    #: Stated as holding.
    CURRENT = "current"
    #: Marked as what held once: superseded, archived, legacy, previous.
    FORMER = "former"
    #: In a file whose name carries a date: a record of that day.
    DATED = "dated"
    #: A plan, a requirement, an example.
    PLANNED = "planned"


@dataclass(frozen=True, slots=True)
class Claim:
    """One value that one line of one document states.

    Attributes:
        what: the kind of value.
        value: in one spelling per kind: base58 as written, hexadecimal in lower case, slots and
            lamports as decimal digits, delays in seconds, thresholds as ``2-of-3`` or ``2``,
            clusters by their name.
        file, line: where; lines count from 1.
        role: what the document says the value is: ``program``, ``treasury``, ``threshold`` … ;
            ``other`` where its words name no role that is known here.
        label: the words by which it says so, at most 100 characters; hostile text.
        cluster: the cluster that the context names; None: it names none, or several.
        cluster_from: which context did: ``url``, ``line``, ``table``, ``key``, ``heading``,
            ``document``, ``profile`` or ``file name``; empty where none did.
        state: how it is meant, and ``state_from`` the words or the place that say so.
        place: ``prose``, ``table``, ``code``, ``url`` or ``data``.
        beside: what the same object or table row states, as (label, value); only for values that
            are checked together with them.
    """

    what: Kind
    value: str
    file: str
    line: int
    role: str
    label: str
    cluster: str | None
    cluster_from: str
    state: State
    state_from: str
    place: str
    beside: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Fragment:
    """A piece of a document with what stands around it; what claims are found in.

    Attributes:
        line: number of its line, from 1.
        text: the piece itself: a line, a cell, a scalar.
        label: what names it: the words before a colon, a column's head, a key.
        trail: what it stands under, outermost first: headings, list items, keys.
        row: (label, text) of the cells or scalars beside it, itself included.
        above: rows of the objects that enclose it, innermost first.
        place: ``prose``, ``table``, ``code`` or ``data``.
        plain: the value is a string (or prose); False: a number or another literal.
    """

    line: int
    text: str
    label: str
    trail: tuple[str, ...]
    row: Row
    above: tuple[Row, ...]
    place: str
    plain: bool = True


#: Filled while an object is read, so that its first member sees the later ones as well.
Row = list[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Mapping:
    """What the target profile says of a file.

    Attributes:
        cluster: cluster it speaks of; None: not mapped.
        archived: every mapping of it is an archived one.
    """

    cluster: str | None = None
    archived: bool = False


@dataclass(slots=True)
class Extract:
    """What was found in one document.

    Attributes:
        claims: in the order of the document.
        lookalikes: base58 texts that are neither 32 nor 64 bytes, or are words.
        note: how the reading fell short, one phrase; empty where it did not.
    """

    claims: list[Claim] = field(default_factory=list)
    lookalikes: int = 0
    note: str = ""
