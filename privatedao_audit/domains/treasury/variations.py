"""Single changes of the invented DAO that several cases share."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from privatedao_audit.domains.authority.world import derived
from privatedao_audit.domains.cases import on_chain
from privatedao_audit.domains.governance.facts import GovernanceFacts
from privatedao_audit.domains.treasury import invented as w
from privatedao_audit.domains.treasury.facts import TreasuryFacts
from privatedao_audit.history.facts import AddressHistory, Holding
from privatedao_audit.model.reads import Diverged, Found, Read, Unknown
from privatedao_audit.protocols.facts import Asset, Outcome, PayoutPlan, Proposal, ProposalReads

UNREAD = Unknown("every provider answered 503")
APART = Diverged("first and second differ", on_chain("apart"))
NOTHING = TreasuryFacts(GovernanceFacts("another", "the protocol is not known", {}, ()), {})


def now(read: Read[Holding]) -> Callable[[AddressHistory], AddressHistory]:
    """A change of what an address holds in the end."""

    def change(one: AddressHistory) -> AddressHistory:
        return replace(one, now=read)

    return change


def entries(*keep: int) -> Callable[[AddressHistory], AddressHistory]:
    """A change that keeps some entries of an address alone."""

    def change(one: AddressHistory) -> AddressHistory:
        return replace(one, entries=tuple(one.entries[n] for n in keep))

    return change


def payout(amount: int = w.SOL_PAID, recipient: str = w.COOK) -> TreasuryFacts:
    """The SOL payment by a confidential payout plan, and no action of the proposal's own."""
    plan = PayoutPlan(
        derived("plan"), w.PAYS_SOL, recipient, Asset.SOL, None, amount, 4, True, {}
    )

    def change(one: ProposalReads) -> ProposalReads:
        bare = w.saying(actions=())(one)
        return replace(bare, payout=Found(plan, on_chain("slice")))

    act = w.action("execute_confidential_payout_plan", w.EXECUTED, w.PAYS_SOL)
    history = w.with_deed(w.PAYMENT, actions=(replace(act, signature=w.PAYMENT),))
    return w.facts(w.with_proposal(0, change), history)


def unread_proposal(read: Read[Proposal]) -> TreasuryFacts:
    """The facts with the first proposal read otherwise."""
    return w.facts(w.with_proposal(0, lambda one: replace(one, proposal=read)))


def nothing_executed(**dao: object) -> TreasuryFacts:
    """Every proposal waits; the history ends before the first execution."""
    reads = w.with_dao(**dao)
    for number in range(2):
        reads = w.with_proposal(number, w.saying(outcome=Outcome.PASSED, executed=False), reads)
    history = replace(w.HISTORY, deeds=tuple(d for d in w.HISTORY.deeds if d.slot < w.EXECUTED))
    return w.facts(reads, history)
