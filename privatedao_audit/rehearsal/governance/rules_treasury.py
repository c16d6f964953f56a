"""The rules of the treasury: deposits, executions and confidential payouts of version 1.

See `rules_dao` for the form. What a typed check cannot see, the runtime and the token programs
refuse by themselves: too few lamports, a remainder below rent, a frozen account.
"""

from __future__ import annotations

from solders.pubkey import Pubkey

from .codec import Fields
from .model import MAX_URI, TOKEN_PROGRAMS, Seeds
from .turn import Turn, demand, is_somebody

_FILE = "treasury"


def load_proposal(turn: Turn) -> tuple[Fields, Fields]:
    """The DAO and its proposal, as most instructions begin."""
    dao, proposal = turn.load("dao", "Dao"), turn.load("proposal", "Proposal")
    proposal_seeds(turn, proposal)
    return dao, proposal


def proposal_seeds(turn: Turn, proposal: Fields) -> None:
    """The proposal's address under the DAO passed, then that it names that DAO."""
    number = proposal["proposal_id"].to_bytes(8, "little")
    turn.seeds("proposal", b"proposal", bytes(turn.key("dao")), number)
    turn.has_one("proposal", proposal, "dao")


def plan_seeds(turn: Turn) -> None:
    """The address of the proposal's payout plan, whether there is one or not."""
    turn.seeds("confidential_payout_plan", b"payout-plan", bytes(turn.key("proposal")))


def check_action(action: Fields) -> None:
    """A treasury action is well formed: at creation, and again at execution."""
    kind, mint = action["action_type"], action["token_mint"]
    demand(kind != "CustomCPI", "UnsupportedTreasuryAction", "utils")
    demand(action["amount_lamports"] > 0, "InvalidTreasuryAction", "utils")
    if kind == "SendSol":
        demand(mint is None, "InvalidTreasuryAction", "utils")
    else:
        demand(mint is not None, "TokenMintRequired", "utils")
    demand(is_somebody(action["recipient"]), "InvalidTreasuryAction", "utils")


def deposit_treasury(turn: Turn, args: Fields) -> None:
    """Anyone pays lamports in."""
    turn.load("dao", "Dao")
    turn.system_account("treasury")
    turn.seeds("treasury", *_treasury(turn))
    amount = args["amount"]
    demand(amount > 0, "InvalidTreasuryAction", _FILE)
    turn.pay("depositor", "treasury", amount)
    parties = {"dao": turn.key("dao"), "from": turn.key("depositor")}
    turn.emit("TreasuryDeposit", **parties, amount=amount)


def execute_proposal(turn: Turn, args: Fields) -> None:
    """Anyone has a passed proposal carried out, once its time lock is over."""
    turn.load("dao", "Dao")
    proposal = turn.load("proposal", "Proposal")
    turn.system_account("treasury")
    turn.token_program()
    proposal_seeds(turn, proposal)
    turn.seeds("treasury", *_treasury(turn))
    plan_seeds(turn)
    _executable(turn, proposal)
    demand(not turn.exists("confidential_payout_plan"), "UseConfidentialPayoutExecution", _FILE)
    action = proposal["treasury_action"]
    if action is not None:
        check_action(action)
        amount, mint = action["amount_lamports"], action["token_mint"]
        sent_to = _send(turn, "treasury_recipient", action["recipient"], mint, amount)
        turn.emit(
            "TreasuryExecuted", proposal=turn.key("proposal"), amount=amount, recipient=sent_to
        )
    turn.put("proposal", "Proposal", {**proposal, "is_executed": True})


def configure_confidential_payout_plan(turn: Turn, args: Fields) -> None:
    """The DAO's authority or the proposer ties a proposal to an encrypted payout batch."""
    name, kind = "confidential_payout_plan", "ConfidentialPayoutPlan"
    dao, proposal = turn.load("dao", "Dao"), turn.load("proposal", "Proposal")
    here, operator = turn.key("proposal"), turn.key("operator")
    found, bump = turn.make_if_needed(name, kind, [b"payout-plan", bytes(here)], payer="operator")
    proposal_seeds(turn, proposal)
    allowed = operator in (dao["authority"], proposal["proposer"])
    demand(allowed, "UnauthorizedConfidentialPayoutOperator", _FILE)
    untouched = (
        proposal["status"] == "Voting" and proposal["commit_count"] == proposal["reveal_count"] == 0
    )
    demand(untouched, "ConfidentialPayoutPlanLocked", _FILE)
    none = proposal["treasury_action"] is None
    demand(none, "ConfidentialPayoutConflictsWithTreasuryAction", _FILE)
    _check_plan(args)
    if found is not None:
        same = (found["dao"], found["proposal"]) == (turn.key("dao"), here)
        demand(same, "ConfidentialPayoutPlanMismatch", _FILE)
        demand(found["status"] != "Funded", "ConfidentialPayoutAlreadyFunded", _FILE)
    shown = {**args, "dao": turn.key("dao"), "proposal": here, "configured_by": operator}
    turn.emit("ConfidentialPayoutConfigured", **shown)
    times = {"configured_at": turn.now, "funded_at": 0}
    turn.put(name, kind, {**shown, "status": "Configured", **times, "bump": bump})


def _check_plan(args: Fields) -> None:
    fine = (
        is_somebody(args["settlement_recipient"])
        and args["recipient_count"] > 0
        and args["total_amount"] > 0
    )
    demand(fine, "InvalidConfidentialPayoutPlan", "utils")
    uri = args["encrypted_manifest_uri"]
    fits = bool(uri.strip()) and len(uri.encode()) <= MAX_URI
    demand(fits, "ConfidentialManifestUriTooLong", "utils")
    hashed = any(args["manifest_hash"]) and any(args["ciphertext_hash"])
    demand(hashed, "InvalidZkArtifactHash", "utils")
    if args["asset_type"] == "Sol":
        demand(args["token_mint"] is None, "InvalidConfidentialPayoutPlan", "utils")
    else:
        named = args["token_mint"] is not None
        demand(named, "ConfidentialPayoutTokenMintRequired", "utils")


def execute_confidential_payout_plan(turn: Turn, args: Fields) -> None:
    """Anyone has the payout of a passed proposal paid to its settlement wallet."""
    name, kind = "confidential_payout_plan", "ConfidentialPayoutPlan"
    turn.load("dao", "Dao")
    proposal, plan = turn.load("proposal", "Proposal"), turn.load(name, kind)
    turn.system_account("treasury")
    turn.token_program()
    proposal_seeds(turn, proposal)
    here = turn.key("proposal")
    plan_seeds(turn)
    turn.seeds("treasury", *_treasury(turn))
    turn.seeds("refhe_envelope", b"refhe-envelope", bytes(here))
    corridor = "magicblock_private_payment_corridor"
    turn.seeds(corridor, b"magicblock-corridor", bytes(here))
    _executable(turn, proposal)
    none = proposal["treasury_action"] is None
    demand(none, "ConfidentialPayoutConflictsWithTreasuryAction", _FILE)
    same = (plan["dao"], plan["proposal"]) == (turn.key("dao"), here)
    demand(same, "ConfidentialPayoutPlanMismatch", _FILE)
    demand(plan["status"] == "Configured", "ConfidentialPayoutAlreadyFunded", _FILE)
    # No instruction of this model makes either account, so where one exists it is a stranger's
    # payment to the address: owned by the System program, which the program refuses.
    demand(not turn.exists("refhe_envelope"), "RefheEnvelopeMismatch", _FILE)
    demand(not turn.exists(corridor), "MagicBlockCorridorMismatch", _FILE)
    wallet, amount = plan["settlement_recipient"], plan["total_amount"]
    mint = plan["token_mint"] if plan["asset_type"] == "Token" else None
    _send(turn, "settlement_recipient", wallet, mint, amount)
    funded = {**plan, "status": "Funded", "funded_at": turn.now}
    keys = ("settlement_recipient", "asset_type", "token_mint", "recipient_count", "total_amount")
    turn.emit(
        "ConfidentialPayoutExecuted",
        proposal=here,
        funded_at=turn.now,
        **{key: funded[key] for key in keys},
    )
    turn.put("proposal", "Proposal", {**proposal, "is_executed": True})
    turn.put(name, kind, funded)


def _executable(turn: Turn, proposal: Fields) -> None:
    demand(proposal["status"] == "Passed", "ProposalNotPassed", _FILE)
    demand(not proposal["is_executed"], "AlreadyExecuted", _FILE)
    demand(turn.now >= proposal["execution_unlocks_at"], "ExecutionTimelockActive", _FILE)


def _send(turn: Turn, wallet: str, recipient: Pubkey, mint: Pubkey | None, amount: int) -> Pubkey:
    """Pay out of the treasury to the account `wallet`, or its token account; who got it."""
    if mint is None:
        demand(turn.key(wallet) == recipient, "TreasuryRecipientMismatch", _FILE)
        turn.pay("treasury", wallet, amount, _treasury(turn))
        return turn.key(wallet)
    source, target = "treasury_token_account", "recipient_token_account"
    program = turn.key("token_program")
    demand(program in TOKEN_PROGRAMS, "InvalidTokenProgram", "utils")
    demand(turn.key(wallet) == recipient, "TreasuryRecipientMismatch", _FILE)
    for account in (source, target):
        demand(turn.accounts[account].owner == program, "InvalidTokenProgram", _FILE)
    ours, theirs = turn.parse_token(source), turn.parse_token(target)
    demand(ours.owner == turn.key("treasury"), "InvalidTreasuryTokenAuthority", _FILE)
    demand(ours.mint == mint, "InvalidTokenMint", _FILE)
    demand(theirs.mint == mint, "InvalidTokenMint", _FILE)
    demand(turn.key(source) != turn.key(target), "DuplicateTokenAccounts", _FILE)
    demand(theirs.owner == recipient, "RecipientOwnerMismatch", _FILE)
    turn.pay_token(source, target, "treasury", amount, _treasury(turn))
    return turn.key(target)


def _treasury(turn: Turn) -> Seeds:
    return [b"treasury", bytes(turn.key("dao"))]
