"""How a vote would have come out, had some votes weighed less.

The pass rule and both quorum rules are the program's own: X-PACT/PrivateDAO at 617454c46,
programs/private-dao/src, finalize_proposal and finalize_proposal_v3. The square root of a wallet's
own tokens and that of tokens lent to it are added, never the root of the sum.
"""

from __future__ import annotations

from collections.abc import Mapping
from math import isqrt
from typing import Final

from privatedao_audit.model.reads import Found, ProvenAbsent
from privatedao_audit.protocols.facts import (
    Dao,
    DaoReads,
    Delegation,
    Proposal,
    ProposalReads,
    Vote,
)
from privatedao_audit.protocols.privatedao.reading import (
    CAPITAL,
    COMMITS,
    COMMUNITY,
    REVEALS,
)

__all__ = ["recount"]

_SNAPSHOT: Final = "proposal-governance-snapshot-v3"
_CHAMBERS: Final = (CAPITAL, COMMUNITY)


def recount(proposal: ProposalReads, dao: DaoReads, less: Mapping[str, int]) -> bool | None:
    """Whether a proposal passes if some votes weighed less.

    Args:
        less: voter → raw units of the governance token that are not to count.

    Returns:
        None where that can't be told: something was not read, the votes that were read are not
        those that the proposal counted, or its two quorum rules disagree.
    """
    if not (isinstance(proposal.proposal, Found) and isinstance(dao.dao, Found)):
        return None
    if not (isinstance(proposal.votes, Found) and proposal.votes.value.complete):
        return None
    said = proposal.proposal.value
    votes = [one.value for one in proposal.votes.value.votes.values() if isinstance(one, Found)]
    lent = [
        one.value for one in proposal.votes.value.delegations.values()
        if isinstance(one, Found) and one.value.used
    ]  # fmt: skip
    if _sums(votes, lent, {}) != {
        f"{side} {chamber}": said.tally(f"{side} {chamber}")
        for side in ("yes", "no") for chamber in _CHAMBERS
    }:  # fmt: skip
        return None
    sums = _sums(votes, lent, less)
    carried = _carried(dao.dao.value, sums)
    if not carried:
        return False
    quorum = _quorum(proposal, said, dao.dao.value, sums)
    return None if quorum is None else carried and quorum


def _sums(
    votes: list[Vote], lent: list[Delegation], less: Mapping[str, int]
) -> dict[str, int]:
    sums = {f"{side} {chamber}": 0 for side in ("yes", "no") for chamber in _CHAMBERS}
    for one in votes:
        if one.choice is None:
            continue
        capital, community = one.weights[CAPITAL], one.weights[COMMUNITY]
        gone = min(less.get(one.voter, 0), capital)
        if gone:
            given = [each for each in lent if each.delegatee == one.voter]
            own = capital - sum(each.weights[CAPITAL] for each in given)
            community -= isqrt(max(own, 0)) - isqrt(max(own - gone, 0))
            # What exceeds the wallet's own tokens was lent to it.
            community = max(community - isqrt(max(gone - own, 0)), 0)
            capital -= gone
        sums[f"{one.choice} {CAPITAL}"] += capital
        sums[f"{one.choice} {COMMUNITY}"] += community
    return sums


def _carried(dao: Dao, sums: Mapping[str, int]) -> bool:
    config = dao.raw["voting_config"]
    if isinstance(config, str):
        chamber = CAPITAL if config == "TokenWeighted" else COMMUNITY
        return sums[f"yes {chamber}"] > sums[f"no {chamber}"]
    thresholds = config["DualChamber"]
    for chamber in _CHAMBERS:
        yes = sums[f"yes {chamber}"]
        total = yes + sums[f"no {chamber}"]
        if not total or yes * 100 < total * thresholds[f"{chamber}_threshold"]:
            return False
    return True


def _quorum(
    proposal: ProposalReads, said: Proposal, dao: Dao, sums: Mapping[str, int]
) -> bool | None:
    needed = dao.quorum
    snapshot = proposal.policies.get(_SNAPSHOT)
    if needed is None or not isinstance(snapshot, (Found, ProvenAbsent)):
        return None
    commits = said.tally(COMMITS)
    by_commits = commits > 0 and said.tally(REVEALS) * 100 >= commits * needed
    if isinstance(snapshot, ProvenAbsent):
        return by_commits
    settings = snapshot.value.settings
    if settings.get("quorum_policy") != "TokenSupplyParticipation":
        return by_commits
    eligible = settings.get("eligible_capital", 0)
    voted = sums[f"yes {CAPITAL}"] + sums[f"no {CAPITAL}"]
    by_supply = eligible > 0 and voted * 100 >= eligible * needed
    # Which of the two rules was asked depends on the instruction that counted.
    return by_supply if by_supply == by_commits else None
