"""What notebook 04 shows beside its controls."""

from __future__ import annotations

from privatedao_audit.domains.monitoring.detected import detected, stories
from privatedao_audit.domains.monitoring.facts import MonitoringFacts
from privatedao_audit.domains.monitoring.lifelines import life, lives
from privatedao_audit.domains.monitoring.plots import (
    authorities,
    balance,
    concentration,
    failing,
    failures,
)
from privatedao_audit.history.continuity import Chain, born_at, chains
from privatedao_audit.history.detectors import DETECTORS
from privatedao_audit.history.facts import AddressHistory
from privatedao_audit.view.columns import Moment
from privatedao_audit.view.table import Ordinary, Table

__all__ = [
    "authorities",
    "balance",
    "concentration",
    "detections",
    "failing",
    "failures",
    "histories",
    "hits",
    "life",
    "lives",
]

_NO_HISTORY = "No history was read."
_CHAINS, _NOT_ASKED = "nothing", "not asked of it"


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
                _broken(one, found),
            ))  # fmt: skip
    columns = ["DAO", "what", "address", "transactions", "of them failed", "movements",
               "what does not chain"]  # fmt: skip
    return Table(
        pd.DataFrame(rows, columns=columns, dtype=object),
        "Which addresses were followed, and does the history of each reach from its birth to now?",
        facts.governance.unsupported or _NO_HISTORY,
        ordinary=Ordinary(
            [row[-1] in (_CHAINS, _NOT_ASKED) for row in rows],
            "nothing is broken of what is asked to chain",
        ),
    )


def _broken(one: AddressHistory, found: tuple[Chain, ...]) -> str:
    """What does not chain; what was followed only in part is not expected to."""
    if one.role in ("voter account", "program"):
        return f"followed in part: {one.cut}" if one.cut else _NOT_ASKED
    return next((chain.broken for chain in found if chain.broken), _CHAINS)


def detections(facts: MonitoringFacts) -> Table:
    """What each detector says of each DAO; the words for it are the detector's own."""
    import pandas as pd

    rows = []
    quiet: list[bool] = []
    for dao, found in detected(facts).items():
        for name, said in found.items():
            one = DETECTORS[name]
            result = f"{len(said.hits)} found" if said.hits else "nothing"
            if said.unable:
                result = f"{result}, incomplete" if said.hits else "incomplete"
            rows.append((
                facts.governance.names.get(dao, dao), one.title, result, said.unable or "nothing",
                said.note or "nothing", one.explanation,
            ))  # fmt: skip
            quiet.append(not (said.hits or said.unable or said.note))
    columns = ["DAO", "detector", "found", "what it could not judge", "what it did not look at",
               "what it looks for"]  # fmt: skip
    return Table(
        pd.DataFrame(rows, columns=columns, dtype=object),
        "What does each detector say of the whole history? Nothing found beside something that "
        "could not be judged is no answer.",
        facts.governance.unsupported or _NO_HISTORY,
        ordinary=Ordinary(quiet, "the detector looked at everything and found nothing"),
    )


def hits(facts: MonitoringFacts) -> Table:
    """Everything that a detector found, oldest first. It states behaviour and never intent."""
    import pandas as pd

    told = stories(facts)
    rows = [
        (
            facts.governance.names.get(dao, dao), (hit.block_time, hit.slot or 0),
            DETECTORS[name].title, _about(told[dao].named(hit.subject), hit.subject, dao, facts),
            hit.text, len(hit.signatures), hit.signatures[-1] if hit.signatures else "",
        )
        for dao, found in detected(facts).items()
        for name, said in found.items()
        for hit in said.hits
    ]  # fmt: skip
    rows.sort(key=lambda row: row[1][1])
    columns = ["DAO", "when", "detector", "about", "what happened", "transactions",
               "last transaction"]  # fmt: skip
    return Table(
        pd.DataFrame(rows, columns=columns, dtype=object),
        "What in the history deserves a look?",
        facts.governance.unsupported or "No detector found anything.",
        {"when": Moment()},
    )


def _about(name: str, subject: str, dao: str, facts: MonitoringFacts) -> str:
    """What a hit is about: a proposal by its number, else the address."""
    if subject == dao:
        return facts.governance.names.get(dao, dao)
    return subject if name.endswith(subject) else name
