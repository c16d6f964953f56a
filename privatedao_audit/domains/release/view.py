"""What notebook 01 shows beside its controls."""

from __future__ import annotations

from typing import TYPE_CHECKING

from privatedao_audit.domains.authority.history import LoaderEvent
from privatedao_audit.domains.release.facts import ReleaseFacts
from privatedao_audit.model.reads import Diverged, Found, ProvenAbsent, Read, Unknown
from privatedao_audit.view.table import Table

if TYPE_CHECKING:
    from privatedao_audit.view.style import FigureDisplay


def outcome(read: Read[object]) -> str:
    """What came of a read, for a table cell."""
    if isinstance(read, Found):
        return "read"
    if isinstance(read, ProvenAbsent):
        return "not there"
    word = "providers disagree" if isinstance(read, Diverged) else "not known"
    reason = read.reason if isinstance(read, Unknown | Diverged) else ""
    return f"{word}: {reason}"


def surfaces(facts: ReleaseFacts) -> Table:
    """What the documents of the checkout say, file by file."""
    import pandas as pd

    rows = []
    for program in facts.programs:
        for source in program.surfaces:
            said = source.said
            values = said.value.values if isinstance(said, Found) else {}
            rows += [
                (program.name, source.surface.file, source.surface.state, field, value)
                for field, given in values.items()
                for value in given or ("(not stated)",)
            ]
            if not isinstance(said, Found):
                rows.append(
                    (program.name, source.surface.file, source.surface.state, "", outcome(said))
                )
    columns = ["program", "file", "state", "field", "says"]
    return Table(
        pd.DataFrame(rows, columns=columns, dtype=object),
        "What do the mapped files of the checkout say about each program?",
        "The target maps no file.",
    )


def executables(facts: ReleaseFacts) -> Table:
    """What runs, program by program."""
    import pandas as pd

    rows: list[tuple[object, ...]] = []
    for program in facts.programs:
        code = facts.authority.executables.get(program.id, Unknown("not asked"))
        if isinstance(code, Found):
            one = code.value
            rows.append((program.name, program.id, one.sha256, one.length, one.slot))
        else:
            rows.append((program.name, program.id, outcome(code), None, None))
    columns = ["program", "id", "SHA-256 of the executable", "bytes", "ProgramData slot"]
    return Table(
        pd.DataFrame(rows, columns=columns, dtype=object),
        "What runs on the cluster, by the hash of its executable?",
        "There is no program in scope.",
    )


def history(facts: ReleaseFacts) -> Table:
    """Every loader instruction found in the history of each ProgramData."""
    import pandas as pd

    rows: list[tuple[object, ...]] = []
    for program in facts.programs:
        if not isinstance(program.history, Found):
            rows.append((program.name, None, outcome(program.history), "", "", ""))
            continue
        rows += [_event_row(program.name, event) for event in program.history.value.events]
        if not program.history.value.complete:
            gap = f"history incomplete: {program.history.value.gap}"
            rows.append((program.name, None, gap, "", "", ""))
    columns = ["program", "slot", "action", "how", "authority", "transaction"]
    return Table(
        pd.DataFrame(rows, columns=columns, dtype=object),
        "How did the code get where it is: every loader instruction found, oldest first?",
        "No loader instruction was found.",
    )


def _event_row(name: str, event: LoaderEvent) -> tuple[str, int, str, str, str, str]:
    how = "inner instruction" if event.inner else "by a wallet"
    if not event.succeeded:
        how += ", failed"
    return (name, event.slot, event.action, how, event.authority or "", event.signature)


def timeline(facts: ReleaseFacts) -> FigureDisplay | Table:
    """The changes of each program over slots; the history table where there is none to draw."""
    drawn = [
        (program.name, event)
        for program in facts.programs
        if isinstance(program.history, Found)
        for event in program.history.value.events
        if event.action != "Write"
    ]
    if not drawn:
        return history(facts)
    import matplotlib
    from matplotlib.figure import Figure
    from matplotlib.ticker import MaxNLocator, StrMethodFormatter

    from privatedao_audit.view.style import LIGHT, SERIES, figure_html, matplotlib_style

    actions = list(dict.fromkeys(event.action for _, event in drawn))
    with matplotlib.rc_context(matplotlib_style()):
        figure = Figure(figsize=(7.2, 1.4 + 0.32 * len(actions)))
        axes = figure.add_subplot()
        for row, action in enumerate(actions):
            mine = [event for _, event in drawn if event.action == action]
            good = [event.slot for event in mine if event.succeeded]
            bad = [event.slot for event in mine if not event.succeeded]
            axes.plot(good, [row] * len(good), "o", color=SERIES[0], markersize=7,
                      label="succeeded" if row == 0 else None)  # fmt: skip
            axes.plot(bad, [row] * len(bad), "x", color=LIGHT["ink"], markersize=8,
                      label="failed" if row == 0 else None)  # fmt: skip
        axes.set_yticks(range(len(actions)), actions)
        axes.set_ylim(len(actions) - 0.5, -0.5)
        axes.xaxis.set_major_locator(MaxNLocator(5, integer=True))
        axes.xaxis.set_major_formatter(StrMethodFormatter("{x:,.0f}"))
        axes.set_xlabel("slot")
        axes.legend(loc="upper center", bbox_to_anchor=(0.5, -0.35), ncol=2)
    changes = sum(e.succeeded and e.action in _CODE for _, e in drawn)
    failed = sum(not e.succeeded for _, e in drawn)
    title = f"The code changed {changes} {'time' if changes == 1 else 'times'}"
    if failed:
        title += f"; {failed} {'attempt' if failed == 1 else 'attempts'} failed"
    alt = (
        "Loader instructions over slots, one row per kind: "
        + ", ".join(f"{sum(e.action == a for _, e in drawn)} {a}" for a in actions)
        + "."
    )
    return figure_html(figure, alt=alt, title=title)


_CODE = ("DeployWithMaxDataLen", "Upgrade")
