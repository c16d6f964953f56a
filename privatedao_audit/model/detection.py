"""The parameters of the detectors: the ``[detectors]`` table of a target profile.

Defaults keep an ordinary life silent. Times are seconds, shares percent. A looser value makes a
detector quieter; rules have to fire at the default all the same, and the report prints it.
"""

from __future__ import annotations

from typing import Annotated, Final

from pydantic import Field

from privatedao_audit.model.strict import Key, Strict

__all__ = ["Detection"]

Count = Annotated[int, Field(ge=1, le=1_000_000)]
Seconds = Annotated[int, Field(ge=1, le=31_536_000)]
Percent = Annotated[int, Field(ge=1, le=100)]
Keys = Annotated[tuple[Key, ...], Field(strict=False, max_length=10_000)]


#: Parameters of which a lower value is the looser one: less time, or a smaller share, to speak.
_LOWER_IS_LOOSER: Final = frozenset(
    {
        "repeated_within_seconds", "step_within_seconds", "proposal_flash_seconds",
        "commit_burst_seconds", "reveal_percent",
    }
)  # fmt: skip
#: Parameters that make up the series which the team's rules are executed on.
_ASKED_OF_RULES: Final = ("repeated_failures", "failure_spike", "step_percent")


class Detection(Strict):
    """When a detector speaks.

    Attributes:
        executors: keys that may be expected to execute, beside the registered keepers, DAO
            authorities and treasury operators.
        proposers: keys that may be expected to propose, beside those of the calendar.
        repeated_failures: failed finalizes or executes of one proposal, within
            ``repeated_within_seconds``, that make a series.
        failure_spike: least failures of one instruction by one caller in one hour that can be a
            spike.
        failure_spike_deviations: by how many robust deviations a spike must exceed the same
            caller's past hours.
        step_percent: a debit, or the debits within ``step_within_seconds`` together, of at least
            this share of the balance before are a step.
        step_deviations: by how many robust deviations a debit must exceed the account's past
            debits.
        step_past: past debits without which their spread says nothing.
        proposal_flash: proposals within ``proposal_flash_seconds`` that make a flash.
        proposal_past: proposals of others after which a first-time proposer is a new one.
        calendar_seconds: how far from its announced opening a proposal may be created.
        commit_burst: commits on one proposal within ``commit_burst_seconds`` that make a burst.
        reveal_percent: less than this share of the commits revealed is a collapse.
        dominance_percent: more than this share of the weight that counted, with one wallet of
            several, is dominance.
        keeper_percent: more than this share of the commits of one proposal naming one keeper is
            a concentration.
        votes_least: votes below which shares of them say nothing.
    """

    executors: Keys = ()
    proposers: Keys = ()
    repeated_failures: Count = 3
    repeated_within_seconds: Seconds = 3_600
    failure_spike: Count = 8
    failure_spike_deviations: Count = 6
    step_percent: Percent = 50
    step_within_seconds: Seconds = 86_400
    step_deviations: Count = 8
    step_past: Count = 8
    proposal_flash: Count = 3
    proposal_flash_seconds: Seconds = 3_600
    proposal_past: Count = 3
    calendar_seconds: Seconds = 172_800
    commit_burst: Count = 10
    commit_burst_seconds: Seconds = 60
    reveal_percent: Percent = 50
    dominance_percent: Percent = 50
    keeper_percent: Percent = 67
    votes_least: Count = 3

    def at_most_default(self) -> Detection:
        """These parameters, with those that rules are held to no looser than the defaults."""
        usual = Detection()
        tight = {name: min(getattr(self, name), getattr(usual, name)) for name in _ASKED_OF_RULES}
        return self.model_copy(update=tight)

    def loosened(self) -> list[str]:
        """One sentence per parameter with which a detector is quieter than by default."""
        usual, told = Detection(), []
        for name in type(self).model_fields:
            value, default = getattr(self, name), getattr(usual, name)
            if isinstance(value, tuple):
                if value:
                    told.append(f"The detectors expect {len(value)} further keys as {name}.")
            elif value < default if name in _LOWER_IS_LOOSER else value > default:
                told.append(f"The detectors' {name} is {value}; the kit's default is {default}.")
        return told
