"""What notebook 07 shows beside its controls."""

from __future__ import annotations

from typing import Any

from privatedao_audit.domains.gate.facts import GateFacts
from privatedao_audit.model.catalogue import DOMAINS
from privatedao_audit.model.reads import Found
from privatedao_audit.model.status import READING_ORDER
from privatedao_audit.view.table import Table


def providers(facts: GateFacts) -> Table:
    """Which cluster each provider serves."""
    import pandas as pd

    rows = [
        (label, read.value if isinstance(read, Found) else "not known", facts.expected)
        for label, read in facts.genesis.items()
    ]
    return Table(
        pd.DataFrame(rows, columns=["provider", "genesis hash", "of the target"], dtype=object),
        f"Does every provider serve {facts.cluster}?",
        "No RPC endpoint was given.",
    )


def domains(found: list[dict[str, Any]]) -> Table:
    """Domain by status: how many controls of each domain stand how."""
    import pandas as pd

    used = [s.value for s in READING_ORDER if any(f["status"] == s.value for f in found)]
    rows = [
        (
            domain.title,
            *(sum(f["domain"] == domain.name and f["status"] == s for f in found) for s in used),
            sum(f["domain"] == domain.name for f in found),
        )
        for domain in DOMAINS
    ]
    return Table(
        pd.DataFrame(rows, columns=["domain", *used, "controls"], dtype=object),
        "How does each domain stand?",
        "There are no controls.",
    )


def boundary(lines: list[dict[str, Any]]) -> Table:
    """The honest boundary: what each line of it has earned, and which controls decided."""
    import pandas as pd

    rows = [(one["id"], one["title"], one["kind"], one["state"], one["why"]) for one in lines]
    return Table(
        pd.DataFrame(
            rows, columns=["line", "of", "as documents sort it", "computed", "why"], dtype=object
        ),
        "What is proven, what is only claimed, and what is open?",
        "There are no lines.",
    )


def waivers(standing: list[dict[str, str]]) -> Table:
    """Every waiver that the checkout states: in force or refused, and why."""
    import pandas as pd

    rows = [(one["control"], one["state"], one["text"]) for one in standing]
    return Table(
        pd.DataFrame(rows, columns=["control", "state", "what it says"], dtype=object),
        "Which risks were accepted, and do the waivers hold?",
        "The checkout states no waiver.",
    )
