"""The words of a page: are they those of the findings and records in the same bundle?

A page is rendered again from what the bundle holds, without the bodies of its chapters, and
compared character for character: the verdict, the counts, every finding with its badge, summary
and parts, the evidence register, the commands, and the styles and the script, which could hide or
rewrite all of these. The chapters are executed notebooks: their verdict lines are compared, their
prose, tables and figures are not (``run --replay`` does that), and they may hold nothing that
touches the rest of the page.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cached_property
from typing import Any

from privatedao_audit import __version__
from privatedao_audit.bundle import layout, markup
from privatedao_audit.bundle.errors import BadBundle
from privatedao_audit.model.catalogue import DOMAINS


class Pages:
    """What the pages of one bundle have to say.

    Args:
        files: of the bundle.
        found: findings.json, checked.
    """

    def __init__(self, files: Mapping[str, bytes], found: dict[str, Any]) -> None:
        self._files = files
        self._found = found

    @property
    def known(self) -> bool:
        """Whether this version made the pages: another has other words for the same findings."""
        return bool(self._found["method"]["kit_version"] == __version__)

    def check(self, name: str, text: str) -> None:
        """Compare one page.

        Raises:
            BadBundle: it says something else, or something in it could hide what it says.
        """
        stems = [
            one.notebook for one in DOMAINS
            if name in ("report.html", f"domains/{one.notebook}.html")
            and (self._files.get(f"notebooks/{one.notebook}.ipynb") or _opens(one.notebook) in text)
        ]  # fmt: skip
        frame = self._frame(name, stems)
        if not text.startswith(frame[0]):
            raise BadBundle("views", f"{name} {_where(frame[0], text)}")
        place = len(frame[0])
        for stem, after in zip(stems, frame[1:], strict=True):
            # The last piece has to be the end of the page; what is before it, only once there.
            end = len(text) - len(after) if after is frame[-1] else text.find(after, place)
            if end < place or text[end : end + len(after)] != after:
                raise BadBundle("views", f"{name} says something else around its chapters")
            self._check_chapter(name, stem, text[place:end])
            place = end + len(after)
        if place != len(text):
            raise BadBundle("views", f"{name} says something after its end")

    def _frame(self, name: str, stems: list[str]) -> list[str]:
        from jinja2 import TemplateError

        from privatedao_audit.report.html import page_frame

        domains = {f"domains/{one.notebook}.html": one.name for one in DOMAINS}
        if name != "report.html" and name not in domains:
            raise BadBundle("views", f"{name} is the document of no domain")
        try:
            return page_frame(self._doc, stems, self._index, domain=domains.get(name))
        except (
            TemplateError, LookupError, TypeError, ValueError, AttributeError, ArithmeticError,
        ) as error:  # fmt: skip
            why = f"the findings can't be shown as a page ({type(error).__name__})"
            raise BadBundle("views", f"{name}: {why}") from None

    def _check_chapter(self, name: str, stem: str, body: str) -> None:
        anchor = _anchor(stem)
        if self._found["verdict"]["word"] == "INVALID":
            # Maybe because a notebook disagreed; the verdict on the first page says enough.
            return markup.check(name, body, anchor, lines=True)
        domain = next(one.name for one in DOMAINS if one.notebook == stem)
        for row in self._found["controls"]:
            if row["domain"] == domain:
                lines = _spelled(self._lines[row["id"]])
                if sum(body.count(line) for line in lines) != 1:
                    raise BadBundle("views", f"{name}: its chapter says another {row['id']}")
                for line in lines:
                    body = body.replace(line, "")
        markup.check(name, body, anchor, lines=False)
        return None

    @cached_property
    def _lines(self) -> dict[str, str]:
        from privatedao_audit.report.html import verdict_lines

        return verdict_lines(self._found["controls"])

    @cached_property
    def _doc(self) -> dict[str, Any]:
        """The findings; with what a public form says of itself."""
        if layout.REDACTIONS not in self._files:
            return self._found
        stated = json.loads(self._files[layout.REDACTIONS])
        form = {
            "made_from": json.loads(self._files[layout.MANIFEST])["public_form_of"],
            "fields": sum(len(row["fields"]) for row in stated["texts"]),
            "documents": len(stated["documents"]),
        }
        return {**self._found, "public_form": form}

    @cached_property
    def _index(self) -> Any:
        from privatedao_audit.bundle.public.views import Index

        public = layout.REDACTIONS in self._files
        return Index(self._files, None if public else json.loads(self._files[layout.TARGET]))


def _anchor(stem: str) -> str:
    from markupsafe import Markup

    from privatedao_audit.report.chapters import chapter

    return chapter(stem, "", Markup("")).anchor


def _opens(stem: str) -> str:
    return f'<section class="chapter" id="{_anchor(stem)}">'


def _where(due: str, text: str) -> str:
    """Where a page begins to say something else, by the last heading or id before."""
    same = next(
        (n for n, pair in enumerate(zip(due, text, strict=False)) if pair[0] != pair[1]),
        min(len(due), len(text)),
    )
    before = due[:same]
    if "</style>" not in before:
        return "has another head or other styles than this version gives a page"
    where = before.rfind(' id="')
    mark = before[where + 5 : before.find('"', where + 5)] if where >= 0 else "top"
    return f"says something else than findings.json, at or after #{mark[:40]}"


def _spelled(line: str) -> set[str]:
    """A line as it was written, and as a serialiser leaves it, which all chapters go through."""
    same = line.replace('<span class="glyph" aria-hidden="true">',
                        '<span aria-hidden="true" class="glyph">')  # fmt: skip
    return {line, same.replace("&#39;", "'").replace("&#34;", '"')}
