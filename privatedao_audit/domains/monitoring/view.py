"""What notebook 04 shows beside its controls."""

from __future__ import annotations

from privatedao_audit.domains.monitoring.facts import MonitoringFacts
from privatedao_audit.history import tables
from privatedao_audit.history.continuity import born_at, chains
from privatedao_audit.view.columns import Moment
from privatedao_audit.view.table import Table

_NO_HISTORY = "No history was read."


def histories(facts: MonitoringFacts) -> Table:
    """Every address that was followed: how much was seen, and whether it chains."""
    import pandas as pd

    rows = []
    for dao, history in facts.histories.items():
        own = history.histories.get(history.dao)
        born = born_at(own) if own is not None else None
        for one in history.histories.values():
            since = born if one.role not in ("multisig", "program data") else born_at(one)
            found = chains(one, -1 if since is None else since)
            rows.append((
                facts.governance.names.get(dao, dao), one.role, one.address, len(one.entries),
                sum(not entry.succeeded for entry in one.entries),
                sum(len(chain.moves) for chain in found),
                next((chain.broken for chain in found if chain.broken), "nothing"),
            ))  # fmt: skip
    columns = ["DAO", "what", "address", "transactions", "of them failed", "movements",
               "what does not chain"]  # fmt: skip
    return Table(
        pd.DataFrame(rows, columns=columns, dtype=object),
        "Which addresses were followed, and does the history of each reach from its birth to now?",
        facts.governance.unsupported or _NO_HISTORY,
    )


def failures(facts: MonitoringFacts) -> Table:
    """Failed transactions on these addresses: what was tried, by whom, and why it failed."""
    import pandas as pd

    rows = []
    for dao, history in facts.histories.items():
        for row in tables.failures(history).rows():
            signature, slot, time, instruction, _place, proposal, code, error, payer = row
            rows.append((
                facts.governance.names.get(dao, dao), (time, slot), instruction or "not the DAO's",
                error or "not known", code, payer, proposal or "", signature,
            ))  # fmt: skip
    columns = ["DAO", "when", "instruction", "error", "code", "paid by", "proposal", "transaction"]
    return Table(
        pd.DataFrame(rows, columns=columns, dtype=object),
        "What was tried and failed? Only what landed is on chain.",
        facts.governance.unsupported or "No failed transaction was seen.",
        {"when": Moment()},
    )
