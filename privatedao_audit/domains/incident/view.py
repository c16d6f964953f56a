"""What notebook 06 shows beside its controls."""

from __future__ import annotations

from privatedao_audit.domains.incident.facts import IncidentFacts
from privatedao_audit.view.table import Table
from privatedao_audit.view.units import instant, seconds


def levers(facts: IncidentFacts) -> Table:
    """For every proposal that is not over: what could still stop it, who can, and until when."""
    import pandas as pd

    rows = [
        (
            one.proposal, one.stage.name, lever.instruction, lever.availability.value,
            f"{lever.role}: {lever.holder}" if lever.holder else lever.role,
            "" if lever.until is None else instant(lever.until),
            "" if lever.seconds_left is None else seconds(lever.seconds_left),
            lever.reason,
        )
        for one in facts.running
        for lever in one.levers
    ]  # fmt: skip
    columns = ["no.", "stage", "lever", "available", "who", "until", "time left", "why"]
    return Table(
        pd.DataFrame(rows, columns=columns, dtype=object),
        "Which proposals are still running, and what on chain could stop each of them?",
        facts.governance.unsupported or "No proposal is running.",
    )
