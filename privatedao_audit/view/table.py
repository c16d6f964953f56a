"""Tables of a notebook: a caption that says what they answer, every cell escaped at source."""

from __future__ import annotations

import html
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from privatedao_audit.view.text import visible

if TYPE_CHECKING:
    from pandas import DataFrame


@dataclass(frozen=True, slots=True)
class Table:
    """A data frame as people read it.

    Attributes:
        frame: the data, for whoever wants to go on with it.
        caption: one sentence: which question the table answers.
        empty: what an empty table means, in one sentence.
    """

    frame: DataFrame
    caption: str
    empty: str

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, str]:
        del include, exclude
        return {"text/html": self._html(), "text/plain": str(self)}

    def __str__(self) -> str:
        lines = [visible(self.caption)]
        if self.frame.empty:
            lines.append(visible(self.empty))
        for row in self.frame.itertuples(index=False):
            cells = zip(self.frame.columns, row, strict=True)
            lines.append("; ".join(f"{name}: {_text(value)}" for name, value in cells))
        return "\n".join(lines)

    def _html(self) -> str:
        if self.frame.empty:
            return f"<p><em>{_safe(self.caption)}</em> {_safe(self.empty)}</p>"
        head = "".join(f'<th scope="col">{_safe(str(c))}</th>' for c in self.frame.columns)
        body = "".join(
            "<tr>" + "".join(f"<td>{_cell(value)}</td>" for value in row) + "</tr>"
            for row in self.frame.itertuples(index=False)
        )
        return (
            f"<table><caption>{_safe(self.caption)}</caption><thead><tr>{head}</tr></thead>"
            f"<tbody>{body}</tbody></table>"
        )


def _text(value: Any) -> str:
    if value is None or value != value:  # NaN is the only value that differs from itself
        return "–"
    if isinstance(value, bool):
        return "yes" if value else "no"
    return visible(str(value))


def _safe(text: str) -> str:
    return html.escape(visible(text))


def _cell(value: Any) -> str:
    text = html.escape(_text(value))
    return f"<code>{text}</code>" if _is_key(text) else text


def _is_key(text: str) -> bool:
    """Keys, signatures and hashes are set in the monospaced face."""
    return len(text) >= 32 and text.isalnum()
