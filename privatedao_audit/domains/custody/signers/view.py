"""What notebook 02 shows of the people behind the keys: the matrix of roles, and its tables."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from privatedao_audit.chain.addresses import is_on_curve
from privatedao_audit.domains.custody.facts import CustodyFacts
from privatedao_audit.domains.custody.signers import powers
from privatedao_audit.domains.custody.signers.dates import asked
from privatedao_audit.domains.custody.signers.facts import (
    POWERLESS_ROLES,
    PROPOSER,
    is_reviewer,
    is_treasury,
)
from privatedao_audit.domains.custody.signers.proof import BadChallenge, parse
from privatedao_audit.model.reads import Found, Read
from privatedao_audit.model.status import Status
from privatedao_audit.view.columns import Moment
from privatedao_audit.view.style import LIGHT, SERIES, STATUS_MARKS, FigureDisplay, figure_html
from privatedao_audit.view.table import Ordinary, Table
from privatedao_audit.view.text import foreign
from privatedao_audit.view.units import instant, seconds

if TYPE_CHECKING:
    from matplotlib.axes import Axes

#: More keys than this are not drawn; the table has all of them.
DRAWN = 40

_REVIEWER, _DEMO = "reviewer", "demo"

#: Columns of the matrix, in order: name → how a mark comes into it.
COLUMNS = ("code, alone", "code, by vote", "operation", "treasury", "signed", "registered",
           "reviewer", "demo")  # fmt: skip

#: Pairs of columns that no key may have both of, with the control that says so.
CONFLICTS = (
    ("code, alone", "operation", "SD-01"),
    ("treasury", "reviewer", "SD-02"),
    ("demo", "code, alone", "SD-04"),
    ("demo", "code, by vote", "SD-04"),
    ("demo", "operation", "SD-04"),
    ("demo", "treasury", "SD-04"),
    ("demo", "registered", "SD-04"),
)

_CHAIN, _WORD, _BOTH = "on chain", "registered", "on chain and registered"


@dataclass(frozen=True, slots=True)
class _Key:
    """One row of the matrix: column → how it is known, and the registered name or owner."""

    key: str
    label: str
    known: dict[str, str]

    @property
    def conflicts(self) -> list[tuple[str, str, str]]:
        return [row for row in CONFLICTS if row[0] in self.known and row[1] in self.known]


def _matrix(facts: CustodyFacts) -> list[_Key]:
    """Every key with a role, those in conflict first, then by how many roles they have."""
    marks: dict[str, dict[str, str]] = {}

    def note(key: str, column: str, how: str) -> None:
        row = marks.setdefault(key, {})
        row[column] = how if row.get(column, how) == how else _BOTH

    for program in facts.programs:
        for hold in powers.deploy(program).holds:
            note(hold.key, "code, alone" if hold.alone else "code, by vote", _CHAIN)
    for hold in powers.operators(facts).holds:
        note(hold.key, "operation", _CHAIN if hold.at.commitment else _WORD)
    for seen in facts.signers.observed.seen:
        if seen.role != PROPOSER:
            note(seen.key, "signed", _CHAIN)
    for entry, _, _ in powers.entries(facts):
        for role in entry.roles:
            if role in POWERLESS_ROLES:
                if role in (_REVIEWER, _DEMO):
                    note(entry.key, role, _WORD)
                continue
            note(entry.key, "registered", _WORD)
            if is_treasury(role):
                note(entry.key, "treasury", _WORD)
            if is_reviewer(role):
                note(entry.key, _REVIEWER, _WORD)
    for one in facts.signers.demos:
        stated = one.keys.value if isinstance(one.keys, Found) else ()
        for key in stated:
            # Fifty load-test wallets without any other role would only hide the rest.
            if key in marks:
                note(key, "demo", _WORD)
        for key in one.signers:
            if key in marks:
                note(key, "demo", _CHAIN)
    names = {entry.key: entry.owner or "owner not named" for entry, _, _ in powers.entries(facts)}
    rows = [_Key(key, _label(facts, key, names), known) for key, known in marks.items()]
    return sorted(rows, key=lambda row: (-len(row.conflicts), -len(row.known), row.key))


def _label(facts: CustodyFacts, key: str, names: dict[str, str]) -> str:
    if not is_on_curve(key):
        vault = facts.signers.vault(key)
        return "derived address" if vault is None else f"vault {vault.index}"
    return names.get(key, "not registered")


def roles(facts: CustodyFacts) -> FigureDisplay:
    """Keys against roles as a picture; two roles that exclude each other are framed and named."""
    import matplotlib
    import matplotlib.pyplot as plt

    from privatedao_audit.view.style import matplotlib_style

    rows = _matrix(facts)
    drawn = rows[:DRAWN]
    with matplotlib.rc_context(matplotlib_style()):
        fig, axes = plt.subplots(figsize=(7.4, 1.7 + 0.27 * max(len(drawn), 1)))
        _draw(axes, drawn)
    bad = [row for row in rows if row.conflicts]
    controls = sorted({control for row in bad for *_, control in row.conflicts})
    if bad:
        title = f"{len(bad)} of {len(rows)} keys hold roles that exclude each other"
    elif rows:
        title = f"No key of {len(rows)} is seen in two roles that exclude each other"
    else:
        title = "No key with a role could be read"
    told = "; ".join(f"{_short(row.key)} has {a} and {b} ({c})"
                     for row in bad[:6] for a, b, c in row.conflicts)  # fmt: skip
    alt = (
        f"Matrix of {len(drawn)} keys against {len(COLUMNS)} roles. Full squares are known from "
        "the chain, open circles from a register, squares in a circle from both. "
        + (f"Framed with a cross, against {', '.join(controls)}: {told}." if bad
           else "No row is framed.")
        + (f" {len(rows) - DRAWN} more keys are in the table only." if len(rows) > DRAWN else "")
    )  # fmt: skip
    return figure_html(fig, alt=alt, title=title)


def _draw(axes: Axes, rows: list[_Key]) -> None:
    from matplotlib.lines import Line2D
    from matplotlib.patches import Rectangle

    red = STATUS_MARKS[Status.FAIL].light
    dark, light = SERIES[0], SERIES[1]
    for number, row in enumerate(rows):
        clash = {column for a, b, _ in row.conflicts for column in (a, b)}
        for place, column in enumerate(COLUMNS):
            how = row.known.get(column)
            if how in (_CHAIN, _BOTH):
                axes.plot(place, number, marker="s", color=dark, markersize=6, linestyle="none")
            if how in (_WORD, _BOTH):
                size = 11 if how == _BOTH else 7.5
                axes.plot(place, number, marker="o", markerfacecolor="none", markersize=size,
                          markeredgecolor=light, markeredgewidth=1.6, linestyle="none")  # fmt: skip
            if column in clash:
                axes.add_patch(Rectangle((place - 0.46, number - 0.44), 0.92, 0.88, fill=False,
                                         edgecolor=red, linewidth=1.8))  # fmt: skip
                axes.text(place + 0.43, number - 0.4, "✗", color=red, fontsize=8.5, ha="right",
                          va="top", fontweight="bold")  # fmt: skip
    axes.set_xticks(range(len(COLUMNS)), [column.replace(", ", ",\n") for column in COLUMNS])
    axes.xaxis.tick_top()
    names = [f"{_short(row.key)}  {_drawable(row.label)}" for row in rows]
    axes.set_yticks(range(len(rows)), names)
    for label in axes.get_yticklabels():
        # A dollar sign in somebody's name would start a formula.
        label.set_parse_math(False)
    axes.set_xlim(-0.6, len(COLUMNS) - 0.4)
    axes.set_ylim(max(len(rows), 1) - 0.4, -0.6)
    axes.tick_params(length=0)
    for side in ("left", "bottom"):
        axes.spines[side].set_visible(False)
    axes.grid(visible=True, color=LIGHT["rule"])
    marks = [
        Line2D([], [], marker="s", color=dark, linestyle="none", label="known from the chain"),
        Line2D([], [], marker="o", markerfacecolor="none", markeredgecolor=light,
               markeredgewidth=1.6, linestyle="none", label="known from a register"),
        Line2D([], [], marker="s", markerfacecolor="none", markeredgecolor=red,
               markeredgewidth=1.8, markersize=9, linestyle="none",
               label="✗ roles that exclude each other"),
    ]  # fmt: skip
    axes.figure.legend(handles=marks, loc="outside lower left", ncols=3)


def _drawable(text: str) -> str:
    """A name as far as every font of a figure can show it; the table has it whole."""
    return foreign(text)[:28].encode("ascii", "replace").decode()


def _short(key: str) -> str:
    return f"{key[:4]}…{key[-4:]}"


def matrix(facts: CustodyFacts) -> Table:
    """The same as a table, whole: every key with a role, and how each role is known."""
    import pandas as pd

    rows = [
        (row.key, row.label, *(row.known.get(column, "") for column in COLUMNS),
         ", ".join(sorted({control for *_, control in row.conflicts})))
        for row in _matrix(facts)
    ]  # fmt: skip
    return Table(
        pd.DataFrame(rows, columns=["key", "who", *COLUMNS, "against"], dtype=object),
        "Which keys have which power, how is that known, and which of them have two powers that "
        "exclude each other?",
        "No key with a role could be read.",
        ordinary=Ordinary([not row[-1] for row in rows], "the key has no such pair of powers"),
    )


def signers(facts: CustodyFacts) -> Table:
    """Every key that signed something privileged, and whether a register knows it."""
    import pandas as pd

    rows = list(_signers(facts))
    columns = ["key", "signed as", "instructions", "first", "last", "registered as", "custody",
               "owner"]  # fmt: skip
    return Table(
        pd.DataFrame(rows, columns=columns, dtype=object),
        "Which keys signed privileged instructions, and what does the register say of each?",
        "No privileged signature was seen.",
        kinds={"first": Moment(), "last": Moment()},
    )


def _signers(facts: CustodyFacts) -> Iterator[tuple[object, ...]]:
    known = [
        entry for register in facts.signers.registers if isinstance(register.entries, Found)
        for entry in register.entries.value
    ]  # fmt: skip
    observed = facts.signers.observed
    for suffix, acts in (("", observed.seen), (" (failed)", observed.failed)):
        for one in acts:
            mine = [entry for entry in known if entry.key == one.key]
            vault = facts.signers.vault(one.key)
            said = ", ".join(role for entry in mine for role in entry.roles)
            yield (
                one.key, one.role + suffix,
                ", ".join(f"{name} ×{count}" for name, count in one.instructions),
                (one.first.time, one.first.slot), (one.last.time, one.last.slot),
                f"vault {vault.index} of {vault.multisig}" if vault else said or "not registered",
                ", ".join(entry.custody or "not said" for entry in mine),
                ", ".join(entry.owner or "not said" for entry in mine),
            )  # fmt: skip


def histories(facts: CustodyFacts) -> Table:
    """In which histories signers were looked for, and how far back each of them was read."""
    import pandas as pd

    rows = [
        (walk.kind, walk.address, walk.transactions, walk.gap or "whole")
        for walk in facts.signers.observed.walks
    ]
    return Table(
        pd.DataFrame(rows, columns=["what", "address", "transactions", "read"], dtype=object),
        "Where were signers looked for, and can one have been missed?",
        "No history was looked through.",
        ordinary=Ordinary(
            [not walk.gap for walk in facts.signers.observed.walks],
            "the history was read to its beginning",
        ),
    )


def registers(facts: CustodyFacts) -> Table:
    """The registers and lists that were read: how many keys each names, and when it changed."""
    import pandas as pd

    rows = [
        (register.file, "signers", _count(register.entries), _time(register.changed))
        for register in facts.signers.registers
    ]
    rows += [
        (one.file, f"demonstrations on {one.cluster}", _count(one.keys), one.unread)
        for one in facts.signers.demos
    ]
    rows += [
        (file, "proofs of control", read.value if isinstance(read, Found) else _why(read), "")
        for file, read in facts.signers.proof_files.items()
    ]
    return Table(
        pd.DataFrame(rows, columns=["file", "of", "keys", "last change, or what is missing"],
                     dtype=object),
        "Which registers does the checkout keep, and what do they hold?",
        "The target maps no register.",
    )  # fmt: skip


def proofs(facts: CustodyFacts) -> Table:
    """The signed challenges: for whom, by which block, and how old they are."""
    import pandas as pd

    rows = []
    for one in facts.signers.proofs:
        try:
            said = parse(one.message)
        except BadChallenge as error:
            rows.append((one.key, one.file, str(error), "", "", ""))
            continue
        now = asked(one.block.at.asked_at)
        block = f"has the hash {one.block.value.blockhash}" if isinstance(one.block, Found) else (
            _why(one.block)
        )  # fmt: skip
        age = "" if now is None else seconds(now - said.date)
        rows.append((one.key, one.file, said.target, instant(said.date), age,
                     f"block {said.slot} {block}"))  # fmt: skip
    columns = ["key", "file", "target", "dated", "age when read", "its block"]
    return Table(
        pd.DataFrame(rows, columns=columns, dtype=object),
        "Which signers have signed a challenge, and how long ago?",
        "There is no signed challenge.",
    )


def _count(read: Read[tuple[object, ...]]) -> object:
    return len(read.value) if isinstance(read, Found) else _why(read)


def _time(read: Read[int]) -> str:
    return instant(read.value) if isinstance(read, Found) else _why(read)


def _why(read: Read[object]) -> str:
    return str(getattr(read, "reason", "proven absent"))
