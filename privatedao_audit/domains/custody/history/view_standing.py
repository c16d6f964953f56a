"""Standing powers as a table: what is in force, and what the checkout says of it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from privatedao_audit.domains.custody.history.accepted import accounted
from privatedao_audit.domains.custody.history.standing import in_force
from privatedao_audit.model.limits import Limits
from privatedao_audit.view.table import Table

if TYPE_CHECKING:
    from privatedao_audit.domains.custody.facts import CustodyFacts

#: Numbers that have a column of their own.
_APART = frozenset({"multisig"})


def standing(facts: CustodyFacts, limits: Limits) -> Table:
    """Spending limits and approved transactions in force, with what the checkout says of each."""
    import pandas as pd

    rows = []
    for one in facts.history.multisigs:
        for power, at in in_force(one):
            said = accounted(power, facts.history.accepted, limits, at)
            told = "nothing: unaccounted for" if said is None else f"{said.status}: {said.text}"
            rows.append((one.address, power.kind.replace("-", " "), power.address,
                         _numbers(power.numbers), told))  # fmt: skip
    columns = ["multisig", "power", "its account", "numbers on chain", "what the checkout says"]
    return Table(
        pd.DataFrame(rows, columns=columns, dtype=object),
        "Which powers are in force without another vote, and which has the team accepted?",
        "No spending limit and no approved transaction is seen in force.",
    )


def _numbers(numbers: Mapping[str, str]) -> str:
    return "; ".join(
        f"{name.replace('_', ' ')} {', '.join(text.split(chr(10)))}"
        for name, text in numbers.items()
        if name not in _APART
    )
