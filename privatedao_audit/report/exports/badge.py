"""A badge: the verdict as a small SVG with its text alternative.

It says what it is of (the cluster, the day of the recording) and how many controls are bad or not
known, because a badge outlives the evidence behind it.
"""

from __future__ import annotations

from html import escape

from privatedao_audit.model.status import Status, Verdict
from privatedao_audit.report.exports.document import Document, standing
from privatedao_audit.view.style import LIGHT, STATUS_MARKS
from privatedao_audit.view.text import visible

#: Each has at least 4.5:1 against white; the words carry the meaning alone.
_COLOURS = {
    Verdict.READY: STATUS_MARKS[Status.PASS].light,
    Verdict.CONDITIONAL: STATUS_MARKS[Status.WAIVED].light,
    Verdict.NOT_READY: STATUS_MARKS[Status.FAIL].light,
    Verdict.INVALID: STATUS_MARKS[Status.FAIL].light,
    Verdict.INCONCLUSIVE: STATUS_MARKS[Status.UNKNOWN].light,
}
_HEIGHT, _PAD = 20, 7
#: Pixels of a character of 11 px in common faces: wide enough for the widest of them.
_WIDE, _NARROW, _USUAL = 9.4, 4.2, 7.0


def render(found: Document) -> bytes:
    """The badge as an SVG document."""
    left = f"readiness {found.target.cluster} {found.run.recorded_at[:10]}"
    standings = [standing(one) for one in found.controls]
    bad, unknown = standings.count("bad"), standings.count("unknown")
    told = [f"{bad} bad" if bad else "", f"{unknown} unknown" if unknown else ""]
    right = " · ".join([found.verdict.word.value, *(one for one in told if one)])
    full = (
        f"Readiness of {found.target.title} on {found.target.cluster}, recorded "
        f"{found.run.recorded_at}: {found.verdict.word.value}. {found.verdict.reason} "
        f"{bad} of {found.verdict.total} controls are bad, {unknown} are not known."
    )
    return _svg(_text(left), _text(right), _text(full), found).encode()


def _text(text: str) -> str:
    return visible(text)[:400]


def _width(text: str) -> int:
    wide = sum(
        _WIDE if one in "MWmw@%" or one.isupper() else _NARROW if one in "ijlI.,:;'|! " else _USUAL
        for one in text
    )
    return round(wide) + 2 * _PAD


def _svg(left: str, right: str, full: str, found: Document) -> str:
    a, b = _width(left), _width(right)
    colour = _COLOURS[found.verdict.word]
    cells = []
    for text, x, width in ((left, 0, a), (right, a, b)):
        cells.append(
            f'<text x="{x + _PAD}" y="14" textLength="{width - 2 * _PAD}" '
            f'lengthAdjust="spacingAndGlyphs">{escape(text)}</text>'
        )
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{a + b}" height="{_HEIGHT}" '
        f'viewBox="0 0 {a + b} {_HEIGHT}" role="img" aria-labelledby="t d">\n'
        f'<title id="t">{escape(full)}</title>\n'
        f'<desc id="d">Evidence root {escape(found.evidence_root)}</desc>\n'
        f'<rect width="{a}" height="{_HEIGHT}" fill="{LIGHT["ink"]}"/>\n'
        f'<rect x="{a}" width="{b}" height="{_HEIGHT}" fill="{colour}"/>\n'
        f'<g fill="#ffffff" font-family="Verdana,DejaVu Sans,sans-serif" font-size="11" '
        f'aria-hidden="true">\n'
        + "\n".join(cells)
        + "\n</g>\n</svg>\n"
    )
