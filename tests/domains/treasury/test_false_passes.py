"""Facts under which a payment looks as if it were voted, and is not, or can't be told."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from privatedao_audit.domains.cases import on_chain
from privatedao_audit.domains.monitoring import cases as monitoring
from privatedao_audit.domains.monitoring.checks import CHECKS as MONITORING
from privatedao_audit.domains.treasury import invented as w
from privatedao_audit.domains.treasury.checks import CHECKS
from privatedao_audit.domains.treasury.facts import TreasuryFacts
from privatedao_audit.history.facts import AddressHistory, DaoHistory, Holding
from privatedao_audit.model.limits import Limits
from privatedao_audit.model.reads import Found, ProvenAbsent, Unknown
from privatedao_audit.model.status import Status
from privatedao_audit.protocols.facts import Asset, Policy

FAIL, UNKNOWN = Status.FAIL, Status.UNKNOWN


def status(control: str, facts: TreasuryFacts) -> Status:
    return CHECKS[control](facts, Limits()).status


def with_entry(history: DaoHistory, address: str, entry: w.Entry, now: Holding) -> DaoHistory:
    def change(one: AddressHistory) -> AddressHistory:
        rows = [*(e for e in one.entries if e.signature != entry.signature), entry]
        rows.sort(key=lambda row: row.slot)
        return replace(one, entries=tuple(rows), now=Found(now, on_chain("closing")))

    return w.with_address(address, change, history)


def of(name: str) -> w.Deed:
    return next(d for d in w.DEEDS if d.signature == name)


def tokens_beside() -> DaoHistory:
    """The payment of SOL is as voted; tokens leave in the same transaction, undecoded."""
    gone = w.entry(of(w.PAYMENT), (w.RENT, w.RENT), (w.TOKENS_IN, w.TOKENS_IN - 50))
    history = with_entry(w.HISTORY, w.TOKENS, gone,
                         Holding(w.RENT, w.TOKENS_IN - 50 - w.TOKENS_PAID, w.TREASURY, w.MINT))
    paid = w.entry(of(w.TOKEN_PAYMENT), (w.RENT, w.RENT),
                   (w.TOKENS_IN - 50, w.TOKENS_IN - 50 - w.TOKENS_PAID))
    return with_entry(history, w.TOKENS, paid,
                      Holding(w.RENT, w.TOKENS_IN - 50 - w.TOKENS_PAID, w.TREASURY, w.MINT))


def handed(account: str) -> DaoHistory:
    """A token account changes its owner in the transaction of the payment."""
    paid = of(w.TOKEN_PAYMENT).transfers
    over = replace(w.tokens(account, w.STRANGER, w.COOK, w.COOK, 0), kind="hand over", amount=None,
                   destination=w.COOK)
    return w.with_deed(w.TOKEN_PAYMENT, transfers=(*paid, over))


def twice() -> DaoHistory:
    again = w.deed(55, "again", w.sol(w.TREASURY, w.COOK, w.SOL_PAID, "0"),
                   acts=(w.action("execute_proposal", 55, w.PAYS_SOL),))
    left = w.SOL_IN - w.SOL_PAID
    entry = w.entry(again, (left, left - w.SOL_PAID))
    history = with_entry(w.HISTORY, w.TREASURY, entry, Holding(left - w.SOL_PAID))
    return w.more_deeds(history, again)


def test_an_execution_that_takes_another_mint_along_is_not_what_was_voted() -> None:
    assert status("TR-05", w.facts(history=tokens_beside())) is FAIL


def test_an_execution_of_nothing_that_moves_the_balance_is_not_what_was_voted() -> None:
    reads = w.with_proposal(0, w.saying(actions=()))
    assert status("TR-05", w.facts(reads, w.with_deed(w.PAYMENT, transfers=()))) is FAIL


@pytest.mark.parametrize("account", [w.COOKS_TOKENS, w.TOKENS])
def test_who_was_paid_is_open_where_the_account_changes_hands_beside_it(account: str) -> None:
    assert status("TR-05", w.facts(history=handed(account))) is UNKNOWN


def test_tokens_without_a_mint_are_no_vote_for_sol() -> None:
    bare = replace(w.pays(w.SOL_PAID), asset=Asset.TOKEN)
    assert status("TR-05", w.facts(w.with_proposal(0, w.saying(actions=(bare,))))) is UNKNOWN


def test_one_vote_explains_one_debit() -> None:
    assert status("TR-06", w.facts(history=twice())) is FAIL


def test_a_debit_for_a_proposal_that_was_not_executed_is_not_explained() -> None:
    reads = w.with_proposal(0, w.saying(executed=False))
    assert status("TR-06", w.facts(reads)) is UNKNOWN


@pytest.mark.parametrize("gone", [ProvenAbsent(w.READS.dao.at), Unknown("timeout")])
def test_the_ledger_of_a_dao_that_is_not_there_shows_nothing(gone: Any) -> None:
    assert status("TR-06", w.facts(replace(w.READS, dao=gone))) is UNKNOWN


def without(*names: str) -> DaoHistory:
    return replace(w.HISTORY, deeds=tuple(d for d in w.DEEDS if d.signature not in names))


def test_an_execution_that_was_not_seen_may_have_ignored_a_policy() -> None:
    assert status("TR-08", w.facts(history=without(w.PAYMENT))) is UNKNOWN


def test_a_cut_history_may_lack_the_making_of_a_policy() -> None:
    cut = w.with_address(w.DAO, lambda one: replace(one, unreadable=("a policy",)))
    assert status("TR-08", w.facts(history=cut)) is UNKNOWN
    assert status("TR-08", w.facts(history=replace(w.HISTORY, histories=w.without(
        w.HISTORY.histories, w.DAO)))) is UNKNOWN


def policy_written(*slots: int) -> TreasuryFacts:
    """A security policy that asks for nothing now, written in these slots."""
    place = w.wallet("security policy")
    policy = Policy(place, "DaoSecurityPolicy", w.DAO, None, {"zk_policy": "LegacyAllowed"},
                    None, {})
    reads = replace(w.READS, policies={
        **w.READS.policies, "dao-security-policy": Found(policy, on_chain("slice"))})
    deeds = [
        w.deed(slot, f"write {slot}", acts=(
            w.action("update_dao_security_policy_v2", slot, policy=place),))
        for slot in slots
    ]
    return w.facts(reads, w.more_deeds(w.HISTORY, *deeds))


def test_a_policy_weakened_after_a_decision_may_have_asked_for_more() -> None:
    assert status("TR-08", policy_written(w.POLICY_SET, w.EXECUTED_TOKENS + 5)) is UNKNOWN
    assert status("TR-08", policy_written(w.POLICY_SET)) is Status.PASS
    assert status("TR-08", policy_written(w.EXECUTED_TOKENS + 5)) is Status.PASS


def test_windows_that_nobody_ever_saw_reach_no_limit() -> None:
    none = replace(w.with_dao(proposal_count=0), proposals=())
    before = replace(w.HISTORY, deeds=tuple(
        d for d in w.DEEDS if not any(a.proposal for a in d.actions)))
    assert status("TR-08", w.facts(none, before)) is UNKNOWN


def test_a_history_without_the_programs_own_data_account_is_not_whole() -> None:
    assert MONITORING["MA-12"](monitoring.facts(program_data=()), Limits()).status is UNKNOWN
