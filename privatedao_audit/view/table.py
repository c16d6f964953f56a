"""Tables of a notebook: a caption that says what they answer, every cell escaped at source."""

from __future__ import annotations

import html
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from privatedao_audit.view.columns import Kind, Plain
from privatedao_audit.view.spreadsheet import csv_text
from privatedao_audit.view.text import cut, foreign

if TYPE_CHECKING:
    from pandas import DataFrame

#: Of a longer cell this much is shown, with its length and hash.
CELL_CHARACTERS = 600
#: Of a longer table so many rows are shown, and how many more there are.
SHOWN_ROWS = 500
_PLAIN = Plain()


@dataclass(frozen=True, slots=True)
class Table:
    """A data frame as people read it.

    Attributes:
        frame: the data, for whoever wants to go on with it; whole, whatever is shown of it.
        caption: one sentence: which question the table answers.
        empty: what an empty table means, in one sentence.
        kinds: what the columns hold, by name (:mod:`privatedao_audit.view.columns`); a column
            without a kind holds text, numbers, or yes and no. A status mark shows only in a
            column of the kind :class:`~privatedao_audit.view.columns.Verdict`.
        rows: at most so many rows are shown; the CSV has all of them.
    """

    frame: DataFrame
    caption: str
    empty: str
    kinds: Mapping[str, Kind] = field(default_factory=dict)
    rows: int = SHOWN_ROWS

    def to_csv(self) -> str:
        """The whole table as CSV that a spreadsheet can open without computing anything.

        See :mod:`privatedao_audit.view.spreadsheet` for what is done to the text. Amounts give
        two columns (scaled and raw), moments too (UTC and slot).
        """
        columns = [(str(name), self._kind(name)) for name in self.frame.columns]
        header = [name for column, kind in columns for name in kind.names(column)]
        rows = (
            [cell for (_, kind), value in zip(columns, row, strict=True)
             for cell in kind.cells(value)]
            for row in self.frame.itertuples(index=False, name=None)
        )  # fmt: skip
        return csv_text(header, rows)

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, str]:
        del include, exclude
        return {"text/html": self._html(), "text/plain": str(self)}

    def __str__(self) -> str:
        lines = [_words(self.caption)]
        if self.frame.empty:
            lines.append(_words(self.empty))
        names = [_words(str(name)) for name in self.frame.columns]
        for row in self._shown():
            cells = zip(names, row, strict=True)
            lines.append("; ".join(f"{name}: {_quoted(text)}" for name, text in cells))
        if self._left_out():
            lines.append(self._left_out())
        return "\n".join(lines)

    def _html(self) -> str:
        if self.frame.empty:
            return f"<p><em>{_safe(self.caption)}</em> {_safe(self.empty)}</p>"
        head = "".join(f'<th scope="col">{_safe(str(c))}</th>' for c in self.frame.columns)
        body = "".join(
            "<tr>" + "".join(f"<td>{_cell(text)}</td>" for text in row) + "</tr>"
            for row in self._shown()
        )
        more = f"<p><em>{_safe(self._left_out())}</em></p>" if self._left_out() else ""
        return (
            f"<table><caption>{_safe(self.caption)}</caption><thead><tr>{head}</tr></thead>"
            f"<tbody>{body}</tbody></table>{more}"
        )

    def _kind(self, column: Any) -> Kind:
        return self.kinds.get(str(column), _PLAIN)

    def _shown(self) -> Iterator[list[str]]:
        """The rows that are shown, as texts that are safe once HTML is escaped."""
        kinds = [self._kind(name) for name in self.frame.columns]
        for row in self.frame.head(self.rows).itertuples(index=False, name=None):
            yield [_bounded(kind, value) for kind, value in zip(kinds, row, strict=True)]

    def _left_out(self) -> str:
        more = len(self.frame) - self.rows
        if more <= 0:
            return ""
        return f"{more:,} more rows are not shown here; the table's frame and to_csv() have them."


def _bounded(kind: Kind, value: Any) -> str:
    # Cut before it is made visible, which is slow for a megabyte of hidden characters.
    if isinstance(value, str):
        value = cut(value, CELL_CHARACTERS, whole="the whole is in the table's frame")
    return kind.text(value)


def _quoted(text: str) -> str:
    """A cell in a line of text: quoted where it could pass for more than one cell."""
    if ";" not in text and '"' not in text:
        return text
    return '"' + text.replace('"', '\\"') + '"'


def _words(text: str) -> str:
    """A caption or the name of a column, which may be as hostile as a cell."""
    return foreign(cut(text, CELL_CHARACTERS, whole="the whole is in the table itself"))


def _safe(text: str) -> str:
    return html.escape(_words(text))


def _cell(text: str) -> str:
    escaped = html.escape(text)
    return f"<code>{escaped}</code>" if _is_key(text) else escaped


def _is_key(text: str) -> bool:
    """Keys, signatures and hashes are set in the monospaced face."""
    return len(text) >= 32 and text.isalnum()
