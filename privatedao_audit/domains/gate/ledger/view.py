"""The ledger as notebook 07 shows it, and as a spreadsheet opens it."""

from __future__ import annotations

from collections import Counter, defaultdict
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

from privatedao_audit.domains.gate.ledger.model import Entry, Ledger, Standing
from privatedao_audit.model.reads import Found
from privatedao_audit.view.table import Ordinary, Table

if TYPE_CHECKING:
    from pandas import DataFrame

__all__ = ["claims_csv", "counts", "coverage", "documents", "entries", "open_points"]

#: The order in which standings are read: what is wrong first.
ORDER: Final = (Standing.CONTRADICTED, Standing.SUPERSEDED, Standing.AGREES, Standing.UNCHECKED)
#: Of the whole ledger so many rows are shown; the file claims.csv has all of them.
_SHOWN: Final = 40
_COLUMNS: Final = (
    "standing", "claim", "value", "document", "line", "role", "words", "cluster", "cluster from",
    "meant as", "subject", "set against", "expected", "why", "newer statement", "document changed",
)  # fmt: skip


def entries(ledger: Ledger) -> Table:
    """The whole ledger: one row per claim, contradictions first."""
    return Table(
        _frame(_sorted(ledger.entries)),
        "What does each document claim, and does it hold?",
        _nothing(ledger),
        rows=_SHOWN,
    )


def documents(ledger: Ledger) -> Table:
    """Documents by how their claims stand, those with the most that does not hold first."""
    import pandas as pd

    counted: dict[str, Counter[Standing]] = defaultdict(Counter)
    changed: dict[str, int | None] = {}
    for one in ledger.entries:
        counted[one.claim.file][one.standing] += 1
        changed[one.claim.file] = one.changed
    ranked = sorted(counted.items(), key=lambda row: (*(-row[1][way] for way in ORDER), row[0]))
    rows = [(file, _day(changed[file]), *(ways[way] for way in ORDER)) for file, ways in ranked]
    columns = ["document", "changed", *(way.value for way in ORDER)]
    return Table(
        pd.DataFrame(rows, columns=columns, dtype=object),
        "How do the claims of each document stand?",
        _nothing(ledger),
        rows=_SHOWN,
        ordinary=Ordinary(
            [not row[2] and not row[3] for row in rows], "no claim is contradicted or superseded"
        ),
    )


def open_points(ledger: Ledger) -> Table:
    """What is contradicted or superseded, with what stands in its place."""
    import pandas as pd

    rows = [
        (
            one.standing.value, f"{one.claim.file}, line {one.claim.line}", one.subject,
            one.claim.value, one.why, _newer(one),
        )
        for one in _sorted(ledger.entries)
        if one.standing in (Standing.CONTRADICTED, Standing.SUPERSEDED)
    ]  # fmt: skip
    columns = ["standing", "where", "about", "it says", "why", "newer statement"]
    return Table(
        pd.DataFrame(rows, columns=columns, dtype=object),
        "Which statements of the documents do not hold, and what replaces them?",
        _nothing(ledger) if not ledger.entries else "No claim is contradicted or superseded.",
        rows=60,
    )


def counts(ledger: Ledger) -> Table:
    """Kinds of claims by how they stand."""
    import pandas as pd

    kinds = sorted({one.claim.what.value for one in ledger.entries})
    rows = [
        (
            kind,
            *(
                sum(one.claim.what == kind and one.standing is way for one in ledger.entries)
                for way in ORDER
            ),
            sum(one.claim.what == kind for one in ledger.entries),
        )
        for kind in kinds
    ]
    return Table(
        pd.DataFrame(rows, columns=["claim", *(w.value for w in ORDER), "all"], dtype=object),
        "How many claims of each kind stand how?",
        _nothing(ledger),
    )


def coverage(ledger: Ledger) -> Table:
    """What was read for claims, and what was left out by which rule."""
    import pandas as pd

    rows: list[tuple[str, int | None, str]] = []
    if isinstance(ledger.covered, Found):
        one = ledger.covered.value
        rows = [
            ("documents read for claims", one.read, f"commit {one.commit}"),
            ("documents without a claim", one.silent, "read, and nothing like a claim in them"),
            ("identical copies", len(one.copies), _some(one.copies)),
            *((rule, count, f"{why}: {', '.join(some)}") for rule, why, count, some
              in one.left_out),
            ("documents that could not be read", len(one.unread), _some(one.unread)),
            ("documents read in part", len(one.notes), _some(one.notes)),
            ("other files", one.others, "neither Markdown nor JSON, TOML or YAML"),
            ("look-alikes of keys", one.lookalikes, "base58 letters, but neither 32 nor 64 bytes"),
        ]  # fmt: skip
        if one.gap:
            rows.append(("gap", None, one.gap))
    return Table(
        pd.DataFrame(rows, columns=["what", "how many", "which"], dtype=object),
        "Which files of the checkout does the ledger speak of?",
        _nothing(ledger),
    )


def claims_csv(ledger: Ledger) -> str:
    """The whole ledger as CSV that a spreadsheet opens without computing anything.

    See :mod:`privatedao_audit.view.spreadsheet` for what is done to the text. The last column
    names the recorded reads that each row rests on.
    """
    rows = _sorted(ledger.entries)
    frame = _frame(rows)
    frame["evidence"] = [" ".join(one.at.evidence) for one in rows]
    return Table(frame, "claims", "").to_csv()


def _frame(rows: list[Entry]) -> DataFrame:
    import pandas as pd

    return pd.DataFrame([_row(one) for one in rows], columns=list(_COLUMNS), dtype=object)


def _row(one: Entry) -> tuple[object, ...]:
    claim = one.claim
    return (
        one.standing.value, claim.what.value, claim.value, claim.file, claim.line, claim.role,
        claim.label, claim.cluster, claim.cluster_from, claim.state.value, one.subject,
        one.against, one.expected, one.why, _newer(one), _day(one.changed),
    )  # fmt: skip


def _sorted(entries: tuple[Entry, ...]) -> list[Entry]:
    place = {way: number for number, way in enumerate(ORDER)}
    return sorted(entries, key=lambda one: (place[one.standing], one.claim.file, one.claim.line))


def _newer(one: Entry) -> str | None:
    if one.newer is None:
        return None
    if not one.newer.file:
        return f"{one.against}: {one.newer.value}"
    line = f", line {one.newer.line}" if one.newer.line else ""
    return f"{one.newer.file}{line} ({_day(one.newer.changed) or 'no date'})"


def _day(at: int | None) -> str | None:
    """A day in UTC; nothing for a time that no calendar has."""
    if at is None or not 0 <= at < 7_258_118_400:
        return None
    return datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%d")


def _some(names: dict[str, str]) -> str:
    shown = [f"{name} ({why})" for name, why in sorted(names.items())[:3]]
    return "; ".join(shown)


def _nothing(ledger: Ledger) -> str:
    if isinstance(ledger.covered, Found):
        return "The documents claim nothing that the ledger knows."
    reason = getattr(ledger.covered, "reason", "they are absent")
    return f"The documents were not read: {reason}."
