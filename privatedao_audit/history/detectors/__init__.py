"""Detectors: what in a DAO's life deserves a look, each a pure function over its story.

A hit states behaviour and never intent. Detectors read instructions and balances and never logs:
a log that was cut or forged hides nothing from them and shows them nothing. A detector that could
not see everything says why in ``unable``: no hits then means "incomplete", never "none".
"""

from __future__ import annotations

from privatedao_audit.history.detectors.doubles import double_vote
from privatedao_audit.history.detectors.executing import (
    failure_spike,
    repeated_failures,
    unexpected_execute,
)
from privatedao_audit.history.detectors.money import balance_step, outflow_unexplained
from privatedao_audit.history.detectors.powers import authority_change, treasury_power
from privatedao_audit.history.detectors.proposing import unexpected_proposal
from privatedao_audit.history.detectors.story import (
    Announced,
    Detected,
    Detector,
    Hit,
    Known,
    Recount,
    Story,
)
from privatedao_audit.history.detectors.voting import lone_hand, vote_anomaly
from privatedao_audit.model.detection import Detection

__all__ = [
    "DETECTORS",
    "Announced",
    "Detected",
    "Detection",
    "Detector",
    "Hit",
    "Known",
    "Recount",
    "Story",
    "detect",
]

_ALL = (
    Detector(
        "unexpected-execute", "Unexpected execute attempts",
        "Somebody whom nobody registered tried to execute a proposal, or anybody did before its "
        "unlock, after a veto, or where no vote had passed. Attempts that failed count: they cost "
        "nothing and show intent. A registered keeper that tries again after the execution does "
        "not.",
        unexpected_execute,
    ),
    Detector(
        "repeated-failures", "Repeated failures of one proposal",
        "Finalizing or executing the same proposal failed several times within a short time, "
        "whoever tried. The proposal is blocked, by a fault or by somebody. Attempts that a node "
        "refuses in advance never land and are not counted.",
        repeated_failures,
    ),
    Detector(
        "failure-spike", "Failure spikes",
        "One caller's failures of one instruction within an hour are many, and many more than the "
        "same caller's past hours make ordinary. Steady failures become ordinary with time.",
        failure_spike,
    ),
    Detector(
        "outflow-unexplained", "Unexplained outflows",
        "Lamports or tokens left the treasury without the execution of a passed proposal, above "
        "its amount, to another recipient or of another mint.",
        outflow_unexplained,
    ),
    Detector(
        "balance-step", "Steps of a balance",
        "A debit, or a day's debits together, took a large share of a balance of the treasury, or "
        "far exceeded what its past debits make ordinary. That it was voted does not matter: a "
        "drain through a vote is a step. Credits are none; anybody may pay in.",
        balance_step,
    ),
    Detector(
        "treasury-power", "Powers over the treasury's accounts",
        "A token account of the treasury got a delegate, a close authority, another owner or was "
        "frozen, or came to it with such a power left to somebody else. Accounts of mints that "
        "the DAO does not use are left out, since anybody can open them.",
        treasury_power,
    ),
    Detector(
        "authority-change", "Changes of authority",
        "The DAO's authority, its operator or its policies, the upgrade authority of its program "
        "or the configuration of its multisig changed, and what came was not registered for it. "
        "A hand-over to a registered key or to a vault of the target's multisig is silent, and so "
        "is a policy that is set once; a later change of one has to come from a vault.",
        authority_change,
    ),
    Detector(
        "unexpected-proposal", "Unexpected proposals",
        "Several proposals came at once, a proposer appeared who had never proposed, or a "
        "proposal is not in the team's calendar, or not as announced.",
        unexpected_proposal,
    ),
    Detector(
        "vote-anomaly", "Voting anomalies",
        "Many votes were committed within a minute, few of the committed votes were revealed, "
        "one wallet held most of the weight that decided, or one key may reveal most votes for "
        "their voters.",
        vote_anomaly,
    ),
    Detector(
        "lone-hand", "A lone hand",
        "A vote carried in which the vote of a single wallet was the only one that counted, and "
        "nobody had lent it a weight. Worse where the same wallet proposed or executed it.",
        lone_hand,
    ),
    Detector(
        "double-vote", "Tokens that voted twice",
        "Weights are copied at the commit and tokens stay movable. Tokens that were counted from "
        "one wallet went to another one, directly or through others, and were counted again on "
        "the same proposal. It is said whether the result depends on them.",
        double_vote,
    ),
)  # fmt: skip

#: Detector id → detector, in the order in which they are shown.
DETECTORS: dict[str, Detector] = {one.id: one for one in _ALL}


def detect(story: Story, parameters: Detection) -> dict[str, Detected]:
    """Run every detector over a story: id → what it says."""
    return {name: one.run(story, parameters) for name, one in DETECTORS.items()}
