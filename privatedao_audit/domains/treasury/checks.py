"""The checks of treasury protection: pure functions of facts, each docstring the rule in words."""

from __future__ import annotations

from privatedao_audit.domains.treasury.claims import standing_claims
from privatedao_audit.domains.treasury.facts import TreasuryFacts
from privatedao_audit.domains.treasury.parameters import guarded
from privatedao_audit.domains.treasury.payments import paid_as_voted, reconciled
from privatedao_audit.model.finding import Judgement, judgement
from privatedao_audit.model.limits import Limits


def _nothing(facts: TreasuryFacts) -> str:
    """Why there is nothing to judge, as a sentence."""
    why = facts.governance.unsupported
    return f"No DAO could be read: {why}." if why else "No DAO could be read."


def tr_05(facts: TreasuryFacts, limits: Limits) -> Judgement:
    """Each executed proposal has one transaction that executed it; the transfers decoded inside
    that instruction pay the wallet, the mint and the amount of the proposal, or of its payout
    plan, and no more left the treasury's balances in that transaction than they say. For tokens
    the wallet is the owner of the receiving account; the recipient's own balance is never used.
    Where every proposal was read and none was executed, there is nothing to compare."""
    return judgement(
        paid_as_voted(facts),
        good="Every executed proposal paid exactly what was voted.",
        nothing=_nothing(facts),
    )


def tr_06(facts: TreasuryFacts, limits: Limits) -> Judgement:
    """For the treasury and every token account it ever owned, the balances chain from 0 to what
    is there now, and each debit is a transfer inside an execution of a proposal that paid what
    was voted. A debit that no execution explains fails with its transaction; a break in the
    chain, a token list that was not read and amounts that only their owner can read are UNKNOWN.
    Credits need no explanation, since anybody may pay in."""
    return judgement(
        reconciled(facts),
        good="Every debit of the treasury is an execution of what was voted, and the balances "
        "add up.",
        nothing=_nothing(facts),
    )


def tr_07(facts: TreasuryFacts, limits: Limits) -> Judgement:
    """The proposals that passed and were not executed are listed with what they can still draw,
    for SOL and for each mint, and the treasury holds at least their sum. Such a claim never
    expires: what is not covered is drawn from the next deposit by whoever calls execute."""
    return judgement(
        standing_claims(facts),
        good="The standing claims are known, and the treasury covers them.",
        nothing=_nothing(facts),
    )


def tr_08(facts: TreasuryFacts, limits: Limits) -> Judgement:
    """The execution delay of each DAO is at least 86,400 s, its quorum above 0, and its reveal
    window, with the voting window of each proposal that can pay or did, at least 86,400 s. Each
    decision and each confidential payout went through a variant of the instruction that honours
    the policies in force at that time; how each decided proposal was decided and
    executed has been seen, and the history is whole."""
    return judgement(
        guarded(facts),
        good="Delay, quorum and windows reach their limits, and the policies in force were used.",
        nothing=_nothing(facts),
    )


#: Control id → check.
CHECKS = {"TR-05": tr_05, "TR-06": tr_06, "TR-07": tr_07, "TR-08": tr_08}
