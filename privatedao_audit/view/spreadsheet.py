"""CSV that a spreadsheet can open: RFC 4180, and no cell of it computes.

The rule, so that the files can be read back:

- Lines end with CR LF, text stands in double quotes, a quote within is doubled, UTF-8.
- Text is made visible first: control, bidirectional and other hidden characters stand as
  ``<U+XXXX>``, line feeds among them, so that one row is one line.
- Text that a spreadsheet might take for a formula gets an apostrophe before it: text whose first
  character, after spaces, apostrophes and quotes, is one of ``= + - @ | %`` or a full-width
  variant. The same character gets one behind ``; , |`` or a quote anywhere in the text: a
  spreadsheet set to another separator would begin a cell there.
- Text that looks like a number and would lose something as one (more than 15 digits, leading
  zeros, an exponent) gets an apostrophe too.
- Whole numbers up to 15 digits are numbers, without quotes; longer ones are such text, because a
  spreadsheet keeps 15 digits.
- Text longer than a spreadsheet's cell is cut, with its length and hash.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import Any

from privatedao_audit.view.text import cut, visible

#: Spreadsheets hold at most 32,767 characters in a cell; the rest is for what `cut` adds.
CELL_CHARACTERS = 32_000
_DIGITS = 15
#: Characters that begin a formula, or a command of an old spreadsheet; full-width ones too.
_FORMULA = "=+\\-@|%\uff1d\uff0b\uff0d\uff20\u2212\ufe62\ufe63\ufe66\ufe6b"
_FIRST = re.compile(rf"[ '\"]*[{_FORMULA}]")
_LATER = re.compile(rf"([;,|\"]\s*)(?=[{_FORMULA}])")
_NUMBER = re.compile(r"[+-]?[\d.,]+([eE][+-]?\d+)?\Z", re.ASCII)
_EXACT = re.compile(r"(0|[1-9]\d*)(\.\d+)?\Z", re.ASCII)


def guarded(text: str) -> str:
    """The text as a cell that only shows it. The rule is in the module's description."""
    shown = visible(cut(text, CELL_CHARACTERS, whole="the whole is in the recording"))
    shown = _LATER.sub(r"\1'", shown)
    if _FIRST.match(shown) or _loses_as_number(shown):
        return "'" + shown
    return shown


def csv_text(header: Sequence[str], rows: Iterable[Sequence[Any]]) -> str:
    """A CSV file's text.

    Args:
        header: the columns' names.
        rows: cells: None, bool, int, Decimal, float, or text; anything else as its ``str``.

    Raises:
        ValueError: a row has another number of cells than the header.
    """
    lines = [",".join(_quoted(guarded(name)) for name in header)]
    for row in rows:
        if len(row) != len(header):
            raise ValueError(f"a row has {len(row)} cells where the header has {len(header)}")
        lines.append(",".join(map(_field, row)))
    return "\r\n".join(lines) + "\r\n"


def _field(value: Any) -> str:
    if value is None or value != value:  # NaN is the only value that differs from itself
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int | float | Decimal):
        text = str(value)
        whole = isinstance(value, float) or len(re.sub(r"\D", "", text)) <= _DIGITS
        return text if whole and _NUMBER.match(text) else _quoted("'" + text)
    if hasattr(value, "item"):  # a number of numpy's
        return _field(value.item())
    text = str(value)
    if _EXACT.match(text) and not _loses_as_number(text):
        return text
    return _quoted(guarded(text))


def _loses_as_number(text: str) -> bool:
    if not _NUMBER.match(text):
        return False
    return not _EXACT.match(text) or len(re.sub(r"\D", "", text)) > _DIGITS


def _quoted(text: str) -> str:
    return '"' + text.replace('"', '""') + '"'
