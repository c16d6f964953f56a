"""The parameters of the detectors: the ``[detectors]`` table of a target profile.

Defaults keep an ordinary life silent. Times are seconds, shares percent. A looser value makes a
detector quieter and nothing else: no control passes through it.
"""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from privatedao_audit.model.strict import Key, Strict

__all__ = ["Detection"]

Count = Annotated[int, Field(ge=1, le=1_000_000)]
Seconds = Annotated[int, Field(ge=1, le=31_536_000)]
Percent = Annotated[int, Field(ge=1, le=100)]
Keys = Annotated[tuple[Key, ...], Field(strict=False, max_length=10_000)]


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
