"""What the page template is given: findings sorted, counted and linked, nothing judged."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from itertools import takewhile
from typing import Any

from privatedao_audit.model.catalogue import DOMAINS, Domain, domain
from privatedao_audit.model.crosswalk import Crosswalk, Row
from privatedao_audit.model.crosswalk import load as load_crosswalk
from privatedao_audit.model.finding import NOT_EVALUATED
from privatedao_audit.model.status import READING_ORDER, Status
from privatedao_audit.view.style import STATUS_MARKS, Mark

_ORDER = {status.value: rank for rank, status in enumerate(READING_ORDER)}
_SEVERITY = {"critical": 0, "high": 1, "medium": 2, "low": 3}

#: Statuses of which the front page needs no list.
_HELD = frozenset({Status.PASS, Status.ATTESTED, Status.NOT_APPLICABLE})
#: Statuses whose card is open on the screen from the start: there is something to do.
OPEN_STATUSES = frozenset({"FAIL", "DIVERGED", "STALE", "MISSING", "WAIVED"})
#: How many evaluated blocking items stand on the front page; the rest is folded below them.
FIRST_BLOCKING = 10


@dataclass(frozen=True)
class Cell:
    """One cell of the domain table: how many, and the first such control (its permalink)."""

    status: str
    count: int
    first: str | None


@dataclass(frozen=True)
class DomainRow:
    """One line of the domain table."""

    domain: Domain
    cells: tuple[Cell, ...]
    total: int


def chosen_domain(name: str | None) -> Domain | None:
    """The domain a document is about, None for all.

    Raises:
        KeyError: there is no domain of that name.
    """
    return None if name is None else domain(name)


def worst_first(findings: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Findings in reading order: status, then blocking, then severity, then the catalogue's."""
    return sorted(
        findings,
        key=lambda f: (
            _ORDER[f["status"]],
            not f.get("blocking", False),
            _SEVERITY.get(f.get("severity", ""), len(_SEVERITY)),
        ),
    )


def counts(findings: list[dict[str, Any]]) -> list[tuple[Mark, int]]:
    """How many controls have each status, every status named, in reading order.

    Raises:
        ValueError: a finding has a status that does not exist.
    """
    tally = Counter(Status(f["status"]) for f in findings)
    return [(STATUS_MARKS[status], tally[status]) for status in READING_ORDER]


def domain_rows(ordered: list[dict[str, Any]]) -> list[DomainRow]:
    """The table domain × status over findings that are in reading order already."""
    rows = []
    for one in DOMAINS:
        own = [f for f in ordered if f["domain"] == one.name]
        if not own:
            continue
        cells = []
        for status in READING_ORDER:
            of_status = [f["id"] for f in own if f["status"] == status]
            cells.append(Cell(status, len(of_status), of_status[0] if of_status else None))
        rows.append(DomainRow(one, tuple(cells), len(own)))
    return rows


@dataclass(frozen=True)
class NotMet:
    """The controls of one domain that do not hold or are not known, by status, worst first."""

    domain: Domain
    groups: tuple[tuple[Mark, tuple[str, ...]], ...]


def not_met(findings: list[dict[str, Any]]) -> list[NotMet]:
    """What a reader of the front page has to know of each domain; one with nothing is left out."""
    rows = []
    for one in DOMAINS:
        groups = []
        for status in READING_ORDER:
            own = sorted(
                f["id"] for f in findings
                if f["domain"] == one.name and f["status"] == status and status not in _HELD
            )  # fmt: skip
            if own:
                groups.append((STATUS_MARKS[status], tuple(own)))
        if groups:
            rows.append(NotMet(one, tuple(groups)))
    return rows


def gravest(
    findings: dict[str, Any], shown: list[dict[str, Any]]
) -> list[tuple[Mark, list[dict[str, Any]]]]:
    """The critical controls of a page that keep the verdict from READY, by status, worst first."""
    blocking = {item["id"] for item in findings["verdict"].get("blocking") or []}
    own = [f for f in shown if f["id"] in blocking and f.get("severity") == "critical"]
    groups = [(s, [f for f in own if f["status"] == s]) for s in READING_ORDER]
    return [(STATUS_MARKS[status], found) for status, found in groups if found]


def is_unevaluated(finding: dict[str, Any]) -> bool:
    """Whether nobody looked: this version has no rule for the control, so it is UNKNOWN.

    A control that was looked at and could not be known is not meant; it gets a card like any
    other. Anything that was observed or read makes a finding one of those.
    """
    return (
        finding["status"] == Status.UNKNOWN.value
        and str(finding["summary"]).casefold().rstrip(".") == NOT_EVALUATED
        and not finding.get("parts")
        and not finding.get("evidence")
    )


@dataclass(frozen=True)
class Unevaluated:
    """The controls of one domain that nobody looked at, in the order of the catalogue.

    ``rechecks`` are the commands that look again, each once.
    """

    domain: Domain
    findings: tuple[dict[str, Any], ...]
    rechecks: tuple[str, ...]


def unevaluated(findings: list[dict[str, Any]]) -> list[Unevaluated]:
    """The findings of controls nobody looked at, by domain; domains without any are left out."""
    groups = []
    for one in DOMAINS:
        own = [f for f in findings if f["domain"] == one.name and is_unevaluated(f)]
        if own:
            commands = dict.fromkeys(str(f["recheck"]) for f in own if f.get("recheck"))
            groups.append(Unevaluated(one, tuple(own), tuple(commands)))
    return groups


@dataclass(frozen=True)
class Rechecks:
    """The commands that check controls again.

    Attributes:
        common: the words with which all of them begin.
        rows: what follows in each, and the ids of the controls that it checks.
    """

    common: str
    rows: tuple[tuple[str, tuple[str, ...]], ...]


def rechecks(findings: list[dict[str, Any]]) -> Rechecks | None:
    """The commands of all evaluated controls, in the order of the domains; None: there is none."""
    named: dict[str, list[str]] = {}
    for finding in findings:
        if finding.get("recheck") and not is_unevaluated(finding):
            named.setdefault(str(finding["recheck"]), []).append(finding["id"])
    if not named:
        return None
    lines = [line.split(" ") for line in named]
    # The last word of the shortest stays in its row, so that no row is empty.
    alike = takewhile(
        lambda words: len(set(words)) == 1, zip(*(one[:-1] for one in lines), strict=False)
    )
    same = sum(1 for _ in alike)
    made = [(" ".join(line.split(" ")[same:]), tuple(sorted(ids))) for line, ids in named.items()]
    places = {one.name: place for place, one in enumerate(DOMAINS)}
    domains = {finding["id"]: places[finding["domain"]] for finding in findings}
    made.sort(key=lambda pair: (domains[pair[1][0]], pair[1]))
    return Rechecks(" ".join(lines[0][:same]), tuple(made))


@dataclass(frozen=True)
class Caught:
    """How many checks failed on all the bad facts they were given, and on how many facts."""

    controls: int
    facts: int


def caught(findings: list[dict[str, Any]], canaries: dict[str, Any]) -> Caught | None:
    """What can be said once for all checks whose canaries were all caught; None: of none."""
    own = [canaries[f["id"]] for f in findings if f["id"] in canaries]
    whole = [one["of"] for one in own if one["of"] and one["caught"] == one["of"]]
    return Caught(len(whole), sum(whole)) if whole else None


@dataclass(frozen=True)
class Blocker:
    """One line of "what is missing for READY"."""

    place: int
    id: str
    status: str
    title: str
    remediation: str
    recheck: str
    evaluated: bool
    effort: str
    after: tuple[str, ...]


def blockers(findings: dict[str, Any], shown: list[dict[str, Any]]) -> list[Blocker]:
    """The blocking items of the verdict that this document shows, in the order given there.

    The place of an item is its place in the whole list, also in the document of one domain.
    """
    by_id = {f["id"]: f for f in shown}
    out = []
    for place, item in enumerate(findings["verdict"].get("blocking") or [], start=1):
        if finding := by_id.get(item["id"]):
            out.append(
                Blocker(
                    place, item["id"], item["status"], finding["title"],
                    finding.get("remediation") or "", finding.get("recheck") or "",
                    not is_unevaluated(finding), item["effort"], tuple(item["after"]),
                )
            )  # fmt: skip
    return out


@dataclass(frozen=True, slots=True)
class CrosswalkView:
    """The crosswalk as a page shows it.

    Attributes:
        rows: outside control → id and status of each of ours on this page.
        unseen: outside controls to which nothing of the kit speaks.
    """

    walk: Crosswalk
    rows: tuple[tuple[Row, tuple[tuple[str, str], ...]], ...]

    @property
    def unseen(self) -> tuple[Row, ...]:
        return tuple(row for row in self.walk.rows if not row.ours)


def crosswalk(findings: list[dict[str, Any]]) -> CrosswalkView:
    """Each outside framework's control that these findings speak to, with ours and their status."""
    walk = load_crosswalk()
    statuses = {finding["id"]: finding["status"] for finding in findings}
    rows = []
    for row in walk.observable:
        ours = tuple((one, statuses[one]) for one in row.ours if one in statuses)
        if ours:
            rows.append((row, ours))
    return CrosswalkView(walk, tuple(rows))
