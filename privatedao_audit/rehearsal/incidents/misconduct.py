"""Rules of a program that misbehaves: what the stand-in does where an incident needs it.

The real program refuses the first and has no instruction that does the second: these stand for a
faulty or a planted version of it.
"""

from __future__ import annotations

from privatedao_audit.rehearsal.governance import rules_treasury
from privatedao_audit.rehearsal.governance.codec import Fields
from privatedao_audit.rehearsal.governance.turn import Turn

ALLOWED = 5_000_000_000
"""Raw units that the planted delegate may spend."""


def pays_whoever_is_named(turn: Turn, args: Fields) -> None:
    """execute_proposal of lamports without the comparison of the recipient."""
    proposal = turn.load("proposal", "Proposal")
    amount = proposal["treasury_action"]["amount_lamports"]
    seeds = [b"treasury", bytes(turn.key("dao"))]
    turn.pay("treasury", "treasury_recipient", amount, seeds)
    paid = turn.key("treasury_recipient")
    turn.emit("TreasuryExecuted", proposal=turn.key("proposal"), amount=amount, recipient=paid)
    turn.put("proposal", "Proposal", {**proposal, "is_executed": True})


def leaves_a_delegate(turn: Turn, args: Fields) -> None:
    """execute_proposal of lamports that lets the account in the token recipient's place spend.

    It may spend from the treasury's token account that is named; the treasury signs the approval.
    """
    rules_treasury.execute_proposal(turn, args)
    seeds = [b"treasury", bytes(turn.key("dao"))]
    turn.approve_token(
        "treasury_token_account", "recipient_token_account", "treasury", ALLOWED, seeds
    )
