"""What a target says of the team's alert rules: the ``[alerting]`` table of a profile.

Rules name their signal and their metrics in words of their own. These tables are the auditor's
reading of them; what they map is executed, so that a wrong reading is found.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from privatedao_audit.model.strict import Strict

__all__ = ["Alerting", "Signal"]

#: The controls that a rule can answer for.
Signal = Literal[
    "MA-01", "MA-02", "MA-03", "MA-04", "MA-05", "MA-06", "MA-07", "MA-08", "MA-09", "MA-10",
    "MA-11",
]  # fmt: skip
Id = Annotated[str, Field(min_length=1, max_length=200)]
Signals = Annotated[tuple[Signal, ...], Field(strict=False, max_length=11)]
Metric = Annotated[str, Field(min_length=1, max_length=300)]


class Alerting(Strict):
    """How the words of the team's rules are read.

    Attributes:
        signals: id of a rule → the controls it answers for. A rule that is not here answers for
            the control that it names as its signal.
        metrics: a metric of the team → the kit's metric that it means, with matchers where it
            means a part of it, e.g. ``behaviour{kind="double-vote"}``.
    """

    signals: Annotated[dict[Id, Signals], Field(max_length=500)] = Field(default_factory=dict)
    metrics: Annotated[dict[Id, Metric], Field(max_length=500)] = Field(default_factory=dict)
