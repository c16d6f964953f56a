"""The rules of proposals: creation, the two ways of stopping one, and the count.

See `rules_dao` for the form.
"""

from __future__ import annotations

from collections.abc import Mapping

from .codec import Fields
from .model import MAX_DESCRIPTION, MAX_TITLE, MIN_VOTING_DURATION_SECONDS
from .rules_treasury import check_action, load_proposal, proposal_seeds
from .turn import Turn, demand

_FILE = "voting"
_COUNTS = (
    "yes_capital",
    "no_capital",
    "yes_community",
    "no_community",
    "commit_count",
    "reveal_count",
)


def create_proposal(turn: Turn, args: Fields) -> None:
    """A new proposal by a holder of the governance token."""
    dao = turn.load("dao", "Dao")
    held = turn.load_token("proposer_token_account")
    number = dao["proposal_count"]
    seeds = [b"proposal", bytes(turn.key("dao")), number.to_bytes(8, "little")]
    bump = turn.make("proposal", "Proposal", seeds, payer="proposer")
    turn.constrain(held.owner == turn.key("proposer"), "proposer_token_account")
    turn.constrain(held.mint == dao["governance_token"], "proposer_token_account")
    title, description = str(args["title"]), str(args["description"])
    demand(len(title.encode()) <= MAX_TITLE, "TitleTooLong", _FILE)
    demand(len(description.encode()) <= MAX_DESCRIPTION, "DescriptionTooLong", _FILE)
    duration = args["voting_duration_seconds"]
    demand(duration >= MIN_VOTING_DURATION_SECONDS, "VotingDurationTooShort", _FILE)
    if args["treasury_action"] is not None:
        check_action(args["treasury_action"])
    enough_tokens(dao, held.amount)
    voting_end = turn.now + duration
    reveal_end = voting_end + dao["reveal_window_seconds"]
    turn.emit(
        "ProposalCreated",
        dao=turn.key("dao"),
        proposal=turn.key("proposal"),
        proposal_id=number,
        title=title,
        voting_end=voting_end,
        reveal_end=reveal_end,
    )
    turn.put("dao", "Dao", {**dao, "proposal_count": number + 1})
    fields = {
        "dao": turn.key("dao"),
        "proposer": turn.key("proposer"),
        "proposal_id": number,
        "title": title,
        "description": description,
        "status": "Voting",
        "voting_end": voting_end,
        "reveal_end": reveal_end,
        **dict.fromkeys(_COUNTS, 0),
        "treasury_action": args["treasury_action"],
        "execution_unlocks_at": 0,
        "is_executed": False,
        "bump": bump,
    }
    turn.put("proposal", "Proposal", fields)


def cancel_proposal(turn: Turn, args: Fields) -> None:
    """The DAO's authority takes a proposal back before anybody has committed."""
    dao, proposal = turn.load("dao", "Dao"), turn.load("proposal", "Proposal")
    turn.has_one("dao", dao, "authority")
    proposal_seeds(turn, proposal)
    _cancel(turn, proposal)
    who = {"proposal": turn.key("proposal"), "cancelled_by": turn.key("authority")}
    turn.emit("ProposalCancelled", **who)


def cancel_proposal_v2(turn: Turn, args: Fields) -> None:
    """The same under a security policy that forbids cancelling after participation."""
    name = "dao_security_policy"
    dao = turn.load("dao", "Dao")
    policy = turn.load(name, "DaoSecurityPolicy")
    proposal = turn.load("proposal", "Proposal")
    turn.has_one("dao", dao, "authority")
    turn.seeds(name, b"dao-security-policy", bytes(turn.key("dao")))
    turn.constrain(policy["dao"] == turn.key("dao"), name, "SecurityPolicyMismatch")
    proposal_seeds(turn, proposal)
    demand(not policy["emergency_disabled"], "SecurityPolicyDisabled", _FILE)
    strict = (
        policy["mode"] != "LegacyAllowed"
        and policy["cancel_policy"] == "NoCancelAfterParticipation"
    )
    demand(strict, "StrictPolicyRequired", _FILE)
    _cancel(turn, proposal)
    turn.emit(
        "ProposalCancelledV2",
        proposal=turn.key("proposal"),
        cancelled_by=turn.key("authority"),
        policy_mode=policy["mode"],
        cancel_policy=policy["cancel_policy"],
    )


def _cancel(turn: Turn, proposal: Fields) -> None:
    untouched = (
        proposal["status"] == "Voting"
        and turn.now < proposal["voting_end"]
        and proposal["commit_count"] == proposal["reveal_count"] == 0
    )
    demand(untouched, "ProposalNotCancellable", _FILE)
    turn.put("proposal", "Proposal", {**proposal, "status": "Cancelled"})


def veto_proposal(turn: Turn, args: Fields) -> None:
    """The DAO's authority stops a passed proposal while its time lock runs."""
    dao, proposal = turn.load("dao", "Dao"), turn.load("proposal", "Proposal")
    turn.has_one("dao", dao, "authority")
    proposal_seeds(turn, proposal)
    demand(proposal["status"] == "Passed", "ProposalNotPassed", _FILE)
    demand(not proposal["is_executed"], "AlreadyExecuted", _FILE)
    demand(turn.now < proposal["execution_unlocks_at"], "VetoWindowExpired", _FILE)
    who = {"proposal": turn.key("proposal"), "vetoed_by": turn.key("authority")}
    turn.emit("ProposalVetoed", **who)
    turn.put("proposal", "Proposal", {**proposal, "status": "Vetoed"})


def finalize_proposal(turn: Turn, args: Fields) -> None:
    """Anyone has the votes counted; quorum is the share of committers who revealed."""
    dao, proposal = load_proposal(turn)
    _finalize(turn, dao, proposal, None)


def finalize_proposal_v3(turn: Turn, args: Fields) -> None:
    """The same with the quorum rule of the proposal's governance snapshot."""
    name = "proposal_governance_policy_snapshot_v3"
    dao, proposal = turn.load("dao", "Dao"), turn.load("proposal", "Proposal")
    snapshot = turn.load(name, "ProposalGovernancePolicySnapshotV3")
    proposal_seeds(turn, proposal)
    turn.seeds(name, b"proposal-governance-snapshot-v3", bytes(turn.key("proposal")))
    _finalize(turn, dao, proposal, snapshot)


def _finalize(turn: Turn, dao: Fields, proposal: Fields, snapshot: Fields | None) -> None:
    demand(turn.now >= proposal["reveal_end"], "RevealStillOpen", _FILE)
    demand(proposal["status"] == "Voting", "AlreadyFinalized", _FILE)
    shown = {"proposal": turn.key("proposal")}
    if snapshot is not None:
        bound = (snapshot["dao"], snapshot["proposal"]) == (turn.key("dao"), turn.key("proposal"))
        demand(bound, "GovernancePolicySnapshotMismatch", _FILE)
        shown |= {key: snapshot[key] for key in ("eligible_capital", "quorum_policy")}
    quorum_met = has_quorum(dao, proposal, snapshot)
    passed = quorum_met and is_carried(dao["voting_config"], proposal)
    counted = {**proposal, "status": "Passed" if passed else "Failed"}
    if passed:
        counted["execution_unlocks_at"] = turn.now + dao["execution_delay_seconds"]
    turn.emit(
        "ProposalFinalized" if snapshot is None else "ProposalFinalizedV3",
        **shown,
        **{key: proposal[key] for key in _COUNTS},
        passed=passed,
        quorum_met=quorum_met,
        execution_unlocks_at=counted["execution_unlocks_at"],
    )
    turn.put("proposal", "Proposal", counted)


def has_quorum(dao: Fields, proposal: Fields, snapshot: Fields | None) -> bool:
    """Whether enough took part, by reveals over commits or by capital over the mint's supply."""
    needed = dao["quorum_percentage"]
    if snapshot is not None and snapshot["quorum_policy"] == "TokenSupplyParticipation":
        eligible = snapshot["eligible_capital"]
        voted = proposal["yes_capital"] + proposal["no_capital"]
        return bool(eligible > 0 and voted * 100 >= eligible * needed)
    commits = proposal["commit_count"]
    return bool(commits > 0 and proposal["reveal_count"] * 100 >= commits * needed)


def is_carried(voting_config: str | Mapping[str, Mapping[str, int]], proposal: Fields) -> bool:
    """Whether the revealed votes carry the proposal, quorum apart."""
    if isinstance(voting_config, str):
        chamber = "capital" if voting_config == "TokenWeighted" else "community"
        return bool(proposal[f"yes_{chamber}"] > proposal[f"no_{chamber}"])
    thresholds = voting_config["DualChamber"]
    for chamber in ("capital", "community"):
        yes = proposal[f"yes_{chamber}"]
        total = yes + proposal[f"no_{chamber}"]
        if not total or yes * 100 < total * thresholds[f"{chamber}_threshold"]:
            return False
    return True


def enough_tokens(dao: Fields, amount: int) -> None:
    """Refuse a holder of less than the DAO asks for, or of nothing."""
    demand(amount > 0, "InsufficientTokens", _FILE)
    demand(amount >= dao["governance_token_required"], "InsufficientTokens", _FILE)
