"""Which documents disagree about what, in one picture."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import TYPE_CHECKING, Final

from privatedao_audit.domains.gate.ledger.model import Entry, Ledger, Standing
from privatedao_audit.domains.gate.ledger.view import open_points
from privatedao_audit.repository.claims.model import Kind
from privatedao_audit.view.plots import Plot
from privatedao_audit.view.style import LIGHT, SERIES, figure_html, matplotlib_style
from privatedao_audit.view.table import Table
from privatedao_audit.view.text import foreign

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = ["disagreements"]

#: More rows or columns than these do not fit a page; the worst are drawn, and it is said.
_MOST_DOCUMENTS: Final = 24
_MOST_TOPICS: Final = 9
_NAME: Final = 46
#: Standing → (marker, colour, size): told apart by shape as well as by colour.
_MARKS: Final = {
    Standing.CONTRADICTED: ("x", SERIES[4], 8),
    Standing.SUPERSEDED: ("o", SERIES[1], 7),
    Standing.AGREES: (".", LIGHT["muted"], 5),
}
_WAYS: Final = tuple(_MARKS)


def topic(one: Entry) -> str:
    """What a claim is about, in the few words that a column has room for."""
    claim = one.claim
    by_kind = {
        Kind.HASH: "hashes of files", Kind.SIGNATURE: "transactions", Kind.SLOT: "slots",
        Kind.THRESHOLD: "threshold", Kind.DELAY: "time lock",
    }  # fmt: skip
    if claim.what is not Kind.ADDRESS:
        return by_kind.get(claim.what, claim.what.value)
    by_role = {
        "program": "program id", "programdata": "ProgramData", "treasury": "treasury",
        "upgrade-authority": "upgrade authority", "multisig": "multisig", "vault": "vault",
        "token-account": "token accounts", "dao": "DAO", "mint": "mint",
    }  # fmt: skip
    return by_role.get(claim.role, "other accounts")


def disagreements(ledger: Ledger) -> Plot | Table:
    """Documents by topic, marked by how their claims stand; the table alone where none differ."""
    table = open_points(ledger)
    wrong = [one for one in ledger.entries if one.standing in _WAYS[:2]]
    if not wrong:
        return table
    topics = [name for name, _ in _ranked(topic(one) for one in wrong)][:_MOST_TOPICS]
    weight: Counter[str] = Counter()
    for one in wrong:
        weight[one.claim.file] += 1_000 if one.standing is Standing.CONTRADICTED else 1
    files = [name for name, _ in sorted(weight.items(), key=lambda row: (-row[1], row[0]))]
    drawn = files[:_MOST_DOCUMENTS]
    bad = sum(one.standing is Standing.CONTRADICTED for one in wrong)
    documents = len({one.claim.file for one in wrong if one.standing is Standing.CONTRADICTED})
    if bad:
        be = "are" if bad != 1 else "is"
        where = _count(documents, "document")
        title = f"{_count(bad, 'statement')} in {where} {be} contradicted"
    else:
        title = f"Nothing is contradicted; {_count(len(wrong), 'statement')} superseded"
    says = (
        f"One row for each of {len(drawn)} documents with a statement that does not hold, one "
        f"column per topic; a cross marks what is contradicted, a circle what is superseded, a "
        f"point what agrees. Topics: {', '.join(topics)}. Contradicted: {bad}. "
        f"Superseded: {len(wrong) - bad}."
    )
    if len(files) > len(drawn):
        says += f" {len(files) - len(drawn)} more documents are in the table and not drawn."
    return Plot(figure_html(_drawn(ledger, drawn, topics), alt=says, title=title), table)


def _drawn(ledger: Ledger, files: list[str], topics: list[str]) -> Figure:
    import matplotlib
    from matplotlib.figure import Figure

    with matplotlib.rc_context(matplotlib_style()):
        figure = Figure(figsize=(7.2, 1.9 + 0.24 * len(files)))
        axes = figure.add_subplot()
        for way in _WAYS:
            _marks(axes, ledger, files, topics, way)
        axes.set_yticks(range(len(files)), [_name(file) for file in files], fontsize=7)
        axes.set_xticks(range(len(topics)), topics, rotation=30, ha="left", fontsize=7.5)
        axes.xaxis.tick_top()
        axes.set_ylim(len(files) - 0.4, -0.6)
        axes.set_xlim(-0.5, len(topics) - 0.3)
        axes.tick_params(length=0)
        axes.spines[["left", "bottom"]].set_visible(False)
        handles, labels = axes.get_legend_handles_labels()
        figure.legend(handles, labels, loc="outside lower center", ncol=3)
    return figure


def _marks(axes: Axes, ledger: Ledger, files: list[str], topics: list[str], way: Standing) -> None:
    """One mark per document and topic, with its number where there are several."""
    found = Counter((one.claim.file, topic(one)) for one in ledger.entries if one.standing is way)
    marker, colour, size = _MARKS[way]
    # Three places side by side, so that one mark never hides another.
    aside = (_WAYS.index(way) - 1) * 0.26
    places = [
        (topics.index(about) + aside, files.index(file), number)
        for (file, about), number in sorted(found.items())
        if file in files and about in topics
    ]
    if not places:
        return
    axes.plot(
        [x for x, _, _ in places], [y for _, y, _ in places], linestyle="none", marker=marker,
        color=colour, markersize=size, markeredgewidth=1.6 if marker == "x" else 1.0,
        markerfacecolor="none" if marker == "o" else colour, label=way.value,
    )  # fmt: skip
    for x, y, number in places:
        if number > 1:
            axes.annotate(str(number), (x, y), (5, -7), textcoords="offset points", fontsize=6)


def _ranked(names: Iterable[str]) -> list[tuple[str, int]]:
    return sorted(Counter(names).items(), key=lambda row: (-row[1], row[0]))


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}{'s' if number != 1 else ''}"


def _name(path: str) -> str:
    """A path that fits, its end kept; no letter that the fonts lack."""
    shown = foreign(path[-(_NAME + 1) :])
    shown = "".join(c if c <= "\u024f" or c == "…" else f"<U+{ord(c):04X}>" for c in shown)
    return shown if len(shown) <= _NAME else "…" + shown[-(_NAME - 1) :]
