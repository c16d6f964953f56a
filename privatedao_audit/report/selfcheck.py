"""The finished page is read again: what it says must be what findings.json says.

The page and findings.json are two views of one run. A template can be wrong; a report that
states another verdict, count or status than its findings would be worse than none, so it is not
handed out.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Any

from privatedao_audit.model.status import READING_ORDER

#: Elements that never have an end tag.
_VOID = frozenset({"br", "col", "hr", "img", "link", "meta", "wbr"})
#: Facts of the front page by the id of the element that states them.
_FACTS = ("word", "root", "slots")


class ReportDisagrees(RuntimeError):
    """The page states something else than findings.json; the message says what."""


@dataclass
class Stated:
    """What a reader of the page is told.

    Attributes:
        facts: text by element id, for the verdict's word, the evidence root and the slots.
        counts: how many controls have each status, by the table of counts.
        statuses: for each control, what filters go by and what its first badge says.
    """

    facts: dict[str, str] = field(default_factory=dict)
    counts: dict[str, int] = field(default_factory=dict)
    statuses: dict[str, tuple[str, str]] = field(default_factory=dict)


def check(page: str, findings: dict[str, Any], shown: list[dict[str, Any]]) -> None:
    """Compare a page with the findings it was made of.

    Args:
        page: the page as it will be written.
        findings: the content of findings.json.
        shown: the findings this page is about: all, or those of one domain.

    Raises:
        ReportDisagrees: verdict, evidence root, slots, a count or a status differs, a control is
            missing, shown twice, or one too many.
    """
    reader = _Reader()
    reader.feed(page)
    reader.close()
    said = reader.stated
    window = findings["run"]["slot_window"]
    slots = " to ".join(dict.fromkeys(str(slot) for slot in window)) if window else None
    tally = Counter(f["status"] for f in shown)
    expected: list[tuple[str, Any, Any]] = [
        ("the verdict", said.facts.get("word"), findings["verdict"]["word"]),
        ("the evidence root", said.facts.get("root"), findings["evidence_root"]),
        ("the counts", said.counts, {s.value: tally[s.value] for s in READING_ORDER}),
        ("the controls", sorted(reader.order), sorted(f["id"] for f in shown)),
    ]
    if slots is not None:
        expected.append(("the slots", said.facts.get("slots"), slots))
    if len(shown) == len(findings["controls"]):
        whole = {s.value: findings["verdict"]["counts"].get(s.value, 0) for s in READING_ORDER}
        expected.append(("the verdict's counts", said.counts, whole))
        expected.append(("the total", len(reader.order), findings["verdict"]["total"]))
    for finding in shown:
        status = finding["status"]
        stated = said.statuses.get(finding["id"])
        expected.append((f"the status of {finding['id']}", stated, (status, status)))
    for what, on_page, recorded in expected:
        if on_page != recorded:
            raise ReportDisagrees(
                f"the page and findings.json disagree about {what}: the page says {on_page!r}, "
                f"findings.json {recorded!r}; the page was not written"
            )


class _Reader(HTMLParser):
    """Collects what :class:`Stated` holds, by the marks that the templates set."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.stated = Stated()
        self.order: list[str] = []
        self._depth = 0
        #: Open collectors: depth of the element, what it is for, and the text so far.
        self._open: list[tuple[int, str, str, list[str]]] = []
        self._finding: tuple[int, str, str] | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in _VOID:
            return
        self._depth += 1
        given = {name: value or "" for name, value in attrs}
        kinds = given.get("class", "").split()
        if given.get("id") in _FACTS:
            self._collect("fact", given["id"])
        elif "finding" in kinds:
            self._finding = (self._depth, given.get("id", ""), given.get("data-status", ""))
            self.order.append(given.get("id", ""))
        elif "badge" in kinds and self._finding is not None:
            if self._finding[1] not in self.stated.statuses:
                self._collect("badge", self._finding[1])
        elif tag == "td" and any(kind.startswith("s-") for kind in kinds):
            self._collect("count", "")

    def _collect(self, what: str, name: str) -> None:
        self._open.append((self._depth, what, name, []))

    def handle_data(self, data: str) -> None:
        for _, _, _, text in self._open:
            text.append(data)

    def handle_endtag(self, tag: str) -> None:
        if tag in _VOID:
            return
        while self._open and self._open[-1][0] >= self._depth:
            _, what, name, text = self._open.pop()
            self._close(what, name, " ".join("".join(text).split()))
        if self._finding is not None and self._finding[0] >= self._depth:
            self._finding = None
        self._depth -= 1

    def _close(self, what: str, name: str, text: str) -> None:
        if what == "fact":
            self.stated.facts[name] = text
        elif what == "badge" and self._finding is not None:
            self.stated.statuses[name] = (self._finding[2], text.split(" ", 1)[-1])
        elif what == "count":
            # "5 ✗ FAIL" in the table of counts; the domain table has the number alone.
            number, _, rest = text.partition(" ")
            word = rest.rpartition(" ")[2]
            if word and number.isdigit():
                self.stated.counts[word] = int(number)
