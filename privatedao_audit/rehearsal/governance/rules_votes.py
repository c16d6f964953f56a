"""The rules of votes: a commitment while voting is open, its reveal afterwards.

Commits are open before voting_end, reveals from then to reveal_end; see `rules_dao` for the form.
"""

from __future__ import annotations

from solders.pubkey import Pubkey

from .codec import Fields
from .model import REVEAL_REBATE_LAMPORTS, community_weight, vote_commitment
from .rules_proposals import enough_tokens
from .rules_treasury import proposal_seeds
from .turn import Turn, demand, is_somebody

_FILE = "voting"
_U64 = 1 << 64


def commit_vote(turn: Turn, args: Fields) -> None:
    """A holder commits to a vote, with the weight held now."""
    dao, proposal = turn.load("dao", "Dao"), turn.load("proposal", "Proposal")
    held = turn.load_token("voter_token_account")
    turn.token_program()
    voter, parent = turn.key("voter"), bytes(turn.key("proposal"))
    seeds = [b"vote", parent, bytes(voter)]
    bump = turn.make("voter_record", "VoterRecord", seeds, payer="voter")
    proposal_seeds(turn, proposal)
    turn.seeds("delegation_marker", b"delegation", parent, bytes(voter))
    turn.constrain(held.owner == voter, "voter_token_account")
    turn.constrain(held.mint == dao["governance_token"], "voter_token_account")
    _voting_open(turn, proposal)
    enough_tokens(dao, held.amount)
    demand(not turn.exists("delegation_marker"), "DelegationOverlap", _FILE)
    weights = (held.amount, community_weight(held.amount))
    _record(turn, args, proposal, voter, weights, bump)


def delegate_vote(turn: Turn, args: Fields) -> None:
    """A holder gives the weight held now to another wallet, for one proposal."""
    dao, proposal = turn.load("dao", "Dao"), turn.load("proposal", "Proposal")
    held = turn.load_token("delegator_token_account")
    delegator, parent = turn.key("delegator"), bytes(turn.key("proposal"))
    seeds = [b"delegation", parent, bytes(delegator)]
    bump = turn.make("delegation", "VoteDelegation", seeds, payer="delegator")
    proposal_seeds(turn, proposal)
    turn.seeds("direct_vote_marker", b"vote", parent, bytes(delegator))
    turn.constrain(held.owner == delegator, "delegator_token_account")
    turn.constrain(held.mint == dao["governance_token"], "delegator_token_account")
    _voting_open(turn, proposal)
    delegatee = args["delegatee"]
    demand(is_somebody(delegatee), "InvalidDelegatee", _FILE)
    demand(delegatee != delegator, "SelfDelegationNotAllowed", _FILE)
    enough_tokens(dao, held.amount)
    demand(not turn.exists("direct_vote_marker"), "DirectVoteAlreadyCommitted", _FILE)
    parties = {"delegator": delegator, "delegatee": delegatee, "proposal": turn.key("proposal")}
    turn.emit("VoteDelegated", **parties, delegated_weight=held.amount)
    fields = {
        **parties,
        "delegated_capital": held.amount,
        "delegated_community": community_weight(held.amount),
        "is_used": False,
        "bump": bump,
    }
    turn.put("delegation", "VoteDelegation", fields)


def commit_delegated_vote(turn: Turn, args: Fields) -> None:
    """The delegatee commits with its own weight and the delegated one."""
    dao, proposal = turn.load("dao", "Dao"), turn.load("proposal", "Proposal")
    delegation = turn.load("delegation", "VoteDelegation")
    held = turn.load_token("delegatee_token_account")
    voter, parent = turn.key("delegatee"), bytes(turn.key("proposal"))
    seeds = [b"vote", parent, bytes(voter)]
    bump = turn.make("voter_record", "VoterRecord", seeds, payer="delegatee")
    proposal_seeds(turn, proposal)
    giver = bytes(delegation["delegator"])
    turn.seeds("delegation", b"delegation", parent, giver)
    turn.constrain(delegation["delegatee"] == voter, "delegation", "NotDelegatee")
    same = delegation["proposal"] == turn.key("proposal")
    turn.constrain(same, "delegation", "WrongProposal")
    turn.seeds("delegator_vote_marker", b"vote", parent, giver)
    turn.constrain(held.owner == voter, "delegatee_token_account")
    turn.constrain(held.mint == dao["governance_token"], "delegatee_token_account")
    _voting_open(turn, proposal)
    demand(not delegation["is_used"], "DelegationAlreadyUsed", _FILE)
    demand(not turn.exists("delegator_vote_marker"), "DirectVoteAlreadyCommitted", _FILE)
    capital = held.amount + delegation["delegated_capital"]
    demand(capital < _U64, "Overflow", _FILE)
    if dao["governance_token_required"]:
        demand(capital >= dao["governance_token_required"], "InsufficientTokens", _FILE)
    # Not the root of the sum: the program adds the two roots.
    community = community_weight(held.amount) + delegation["delegated_community"]
    _record(turn, args, proposal, voter, (capital, community), bump)
    turn.put("delegation", "VoteDelegation", {**delegation, "is_used": True})


def _record(
    turn: Turn,
    args: Fields,
    proposal: Fields,
    voter: Pubkey,
    weights: tuple[int, int],
    bump: int,
) -> None:
    count = proposal["commit_count"] + 1
    here = turn.key("proposal")
    turn.emit("VoteCommitted", proposal=here, voter=voter, commit_count=count)
    turn.put("proposal", "Proposal", {**proposal, "commit_count": count})
    fields = {
        **args,
        "voter": voter,
        "proposal": here,
        "capital_weight": weights[0],
        "community_weight": weights[1],
        "has_committed": True,
        "has_revealed": False,
        "voted_yes": False,
        "bump": bump,
    }
    turn.put("voter_record", "VoterRecord", fields)


def reveal_vote(turn: Turn, args: Fields) -> None:
    """The voter or its keeper opens a commitment; the proposal's account may pay a rebate."""
    proposal, record = turn.load("proposal", "Proposal"), turn.load("voter_record", "VoterRecord")
    _reveal_seeds(turn, proposal, record)
    count = _reveal(turn, args, proposal, record)
    account = turn.accounts["proposal"]
    floor = turn.rent(len(account.data)) + REVEAL_REBATE_LAMPORTS
    if account.lamports > floor:
        turn.move("proposal", "revealer", REVEAL_REBATE_LAMPORTS)
    here, voter = turn.key("proposal"), record["voter"]
    turn.emit("VoteRevealed", proposal=here, voter=voter, reveal_count=count)


def reveal_vote_v3(turn: Turn, args: Fields) -> None:
    """The same; the rebate comes from the DAO's vault, as the proposal's snapshot says."""
    name = "proposal_governance_policy_snapshot_v3"
    proposal, record = turn.load("proposal", "Proposal"), turn.load("voter_record", "VoterRecord")
    snapshot = turn.load(name, "ProposalGovernancePolicySnapshotV3")
    vault = turn.load("reveal_rebate_vault", "RevealRebateVaultV3State")
    _reveal_seeds(turn, proposal, record)
    here, dao = turn.key("proposal"), proposal["dao"]
    turn.seeds(name, b"proposal-governance-snapshot-v3", bytes(here))
    turn.seeds("reveal_rebate_vault", b"reveal-rebate-vault-v3", bytes(dao))
    bound = (snapshot["dao"], snapshot["proposal"]) == (dao, here)
    demand(bound, "GovernancePolicySnapshotMismatch", _FILE)
    count = _reveal(turn, args, proposal, record)
    rebate, issued = snapshot["reveal_rebate_lamports"], 0
    if snapshot["reveal_rebate_policy"] == "DedicatedVaultRequired" and rebate:
        demand(vault["dao"] == dao, "RevealRebateVaultMismatch", _FILE)
        account = turn.accounts["reveal_rebate_vault"]
        if account.lamports > turn.rent(len(account.data)) + rebate:
            turn.move("reveal_rebate_vault", "revealer", rebate)
            issued = rebate
    turn.emit(
        "VoteRevealedV3",
        proposal=here,
        voter=record["voter"],
        reveal_count=count,
        rebate_issued=issued,
        reveal_rebate_policy=snapshot["reveal_rebate_policy"],
    )


def _reveal_seeds(turn: Turn, proposal: Fields, record: Fields) -> None:
    number = proposal["proposal_id"].to_bytes(8, "little")
    turn.seeds("proposal", b"proposal", bytes(proposal["dao"]), number)
    here = bytes(turn.key("proposal"))
    turn.seeds("voter_record", b"vote", here, bytes(record["voter"]))


def _reveal(turn: Turn, args: Fields, proposal: Fields, record: Fields) -> int:
    demand(proposal["status"] == "Voting", "VotingNotOpen", _FILE)
    demand(turn.now >= proposal["voting_end"], "RevealTooEarly", _FILE)
    demand(turn.now < proposal["reveal_end"], "RevealClosed", _FILE)
    demand(record["has_committed"], "NotCommitted", _FILE)
    demand(not record["has_revealed"], "AlreadyRevealed", _FILE)
    allowed = (record["voter"], record["voter_reveal_authority"])
    demand(turn.key("revealer") in allowed, "NotAuthorizedToReveal", _FILE)
    vote = bool(args["vote"])
    opened = vote_commitment(
        vote=vote, salt=args["salt"], proposal=turn.key("proposal"), voter=record["voter"]
    )
    demand(opened == record["commitment"], "CommitmentMismatch", _FILE)
    side = "yes" if vote else "no"
    counted = dict(proposal)
    for chamber in ("capital", "community"):
        counted[f"{side}_{chamber}"] += record[f"{chamber}_weight"]
        demand(counted[f"{side}_{chamber}"] < _U64, "Overflow", _FILE)
    counted["reveal_count"] += 1
    turn.put("proposal", "Proposal", counted)
    seen = {"has_revealed": True, "voted_yes": vote, "voter_reveal_authority": None}
    turn.put("voter_record", "VoterRecord", {**record, **seen})
    return int(counted["reveal_count"])


def _voting_open(turn: Turn, proposal: Fields) -> None:
    demand(proposal["status"] == "Voting", "VotingNotOpen", _FILE)
    demand(turn.now < proposal["voting_end"], "VotingClosed", _FILE)
