"""Tables of a notebook: a caption that says what they answer, every cell escaped at source."""

from __future__ import annotations

import html
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from privatedao_audit.view.columns import Kind, Plain, Verdict
from privatedao_audit.view.spreadsheet import csv_text
from privatedao_audit.view.text import cut, foreign

if TYPE_CHECKING:
    from pandas import DataFrame

#: Of a longer cell this much is shown, with its length and hash.
CELL_CHARACTERS = 600
#: Of a longer table so many rows are shown, and how many more there are.
SHOWN_ROWS = 500
#: Fewer ordinary rows than this stand with the others: a fold would take as much room.
FEWEST_FOLDED = 4
#: From so many rows on, a column whose cells are all alike is said once, above the table, if the
#: cell has at most so many characters.
ROWS_ALIKE, CHARACTERS_ALIKE = 4, 90
_PLAIN = Plain()


@dataclass(frozen=True, slots=True)
class Ordinary:
    """Rows that a reader has no reason to look at, unless for all of them.

    They are folded below the others, and the fold says how many there are and why.

    Attributes:
        rows: for each row of the frame, in its order, whether it is one of them.
        words: what holds in each of them, as a clause: ``neither endpoint was behind``.
    """

    rows: Sequence[bool]
    words: str


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
        ordinary: which rows are folded in HTML; None: none. Text and CSV keep all in their order.
    """

    frame: DataFrame
    caption: str
    empty: str
    kinds: Mapping[str, Kind] = field(default_factory=dict)
    rows: int = SHOWN_ROWS
    ordinary: Ordinary | None = None

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
        more = f"<p><em>{_safe(self._left_out())}</em></p>" if self._left_out() else ""
        rows = list(self._shown())
        rows, names, alike = self._alike(rows)
        flags = () if self.ordinary is None else self.ordinary.rows
        if len(flags) != len(self.frame) or sum(flags[: self.rows]) < FEWEST_FOLDED:
            return _of(rows, names, self.caption, alike) + more
        assert self.ordinary is not None
        apart = [row for row, usual in zip(rows, flags, strict=False) if not usual]
        usual = [row for row, usual in zip(rows, flags, strict=False) if usual]
        if apart:
            first = _of(apart, names, self.caption, alike)
            said = f"{len(usual):,} more rows, in each of which {self.ordinary.words}"
        else:
            first = f"<p><em>{_safe(self.caption)}</em>{_said(alike)}</p>"
            said = f"In each of the {len(usual):,} rows {self.ordinary.words}"
        fold = f"<details><summary>{_safe(said)}</summary>{_of(usual, names, said)}</details>"
        return first + fold + more

    def _alike(
        self, rows: list[list[str]]
    ) -> tuple[list[list[str]], list[str], list[tuple[str, str]]]:
        """The rows without the columns that say the same in each of them, and what those say."""
        names = [str(name) for name in self.frame.columns]
        alike: list[int] = []
        if len(rows) >= ROWS_ALIKE and len(rows) == len(self.frame):
            alike = [
                place for place, cells in enumerate(zip(*rows, strict=True))
                if len(set(cells)) == 1 and len(cells[0]) <= CHARACTERS_ALIKE
                and not isinstance(self._kind(self.frame.columns[place]), Verdict)
            ]  # fmt: skip
            # A table of one column would be a list without its question.
            alike = alike[: max(0, len(names) - 2)]
        kept = [place for place in range(len(names)) if place not in alike]
        said = [(names[place], rows[0][place]) for place in alike]
        return [[row[place] for place in kept] for row in rows], [names[p] for p in kept], said

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


def _of(
    rows: list[list[str]], names: list[str], caption: str,
    alike: Sequence[tuple[str, str]] = (),
) -> str:  # fmt: skip
    head = "".join(f'<th scope="col">{_safe(name)}</th>' for name in names)
    body = "".join(
        "<tr>" + "".join(f"<td>{_cell(text)}</td>" for text in row) + "</tr>" for row in rows
    )
    return (
        f"<table><caption>{_safe(caption)}{_said(alike)}</caption><thead><tr>{head}</tr></thead>"
        f"<tbody>{body}</tbody></table>"
    )


def _said(alike: Sequence[tuple[str, str]]) -> str:
    """What is the same in every row, as a sentence after the caption."""
    if not alike:
        return ""
    told = "; ".join(f"{_safe(name)}: {_cell(text) or '–'}" for name, text in alike)
    return f" In every row: {told}."


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
