"""A second provider on the treasury's own history: agreeing, silent, or contradicting."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from privatedao_audit.chain import programs
from privatedao_audit.chain.reads import Account
from privatedao_audit.history.continuity import lamports_chain
from privatedao_audit.history.facts import DaoHistory
from privatedao_audit.history.places import of_history
from privatedao_audit.model.reads import Diverged, Found
from tests.history.node import Landed, Node, key, token_data
from tests.history.world import HELD, MINT, PROPOSAL, TREASURY, collected, node, story

BOTH = ("first", "second")


def read(second: Node | None, **given: Any) -> DaoHistory:
    made = node(**given)
    made.second = second
    return collected(made, providers=BOTH).history


def changed(slot: int, **change: Any) -> list[Landed]:
    return [replace(one, **change) if one.slot == slot else one for one in story()]


def test_two_that_agree_are_two_witnesses_of_the_funds_and_of_nothing_else() -> None:
    history = read(node())
    for address in (TREASURY, HELD):
        one = history.histories[address]
        assert one.disputed == ""
        assert one.at.providers == BOTH
    paid = next(deed for deed in history.deeds if deed.slot == 50)
    assert paid.at.providers == BOTH
    assert len(paid.at.evidence) == 2
    born = next(deed for deed in history.deeds if deed.slot == 10)
    assert born.at.providers == ("first",)
    assert history.histories[PROPOSAL].at.providers == ("first",)
    # The account's own read is one provider's here, so the whole is one's.
    assert of_history(history, history.histories[TREASURY]).providers == ("first",)


def test_one_provider_is_asked_once() -> None:
    alone = collected(node(), providers=("first",))
    assert not any("provider:" in str(q.probe) for q in alone.node.asked
                   if q.method == "getTransaction")  # fmt: skip
    assert alone.history == collected(node()).history


def test_a_second_that_does_not_answer_leaves_one_witness() -> None:
    silent = node(refused=frozenset(
        {"getTransaction", "getSignaturesForAddress", "getTokenAccountsByOwner"}
    ))  # fmt: skip
    history = read(silent)
    assert history == collected(node()).history


@pytest.mark.parametrize(
    "other",
    [
        changed(50, lamports={TREASURY: (1_000, 701)}),
        changed(50, err={"InstructionError": [0, {"Custom": 6}]}),
        changed(50, inner_kept=False),
        changed(50, balances_kept=False),
    ],
    ids=["balance", "outcome", "inner instructions", "no balances"],
)
def test_another_balance_or_outcome_is_a_dispute(other: list[Landed]) -> None:
    history = read(node(other))
    one = history.histories[TREASURY]
    assert one.disputed.startswith("providers differ on transaction")
    assert lamports_chain(one, 10).broken == one.disputed
    paid = next(deed for deed in history.deeds if deed.slot == 50)
    assert paid.gap == "providers differ on its balances or its inner instructions"
    assert paid.at.providers == ("first",)


def test_a_list_that_lacks_or_adds_a_transaction_is_a_dispute() -> None:
    lost = story()[2].signature
    hidden = read(node(hidden=frozenset({lost})))
    assert hidden.histories[TREASURY].disputed == f"provider second does not list {lost}"
    more = read(node(), hidden=frozenset({lost}))
    assert lost in more.histories[TREASURY].disputed


def test_a_second_that_keeps_less_does_not_contradict() -> None:
    lost = story()[2].signature
    pruned = read(node(hidden=frozenset({lost}), first_available=31))
    assert pruned.histories[TREASURY].disputed == ""
    assert pruned.histories[TREASURY].at.providers == ("first",)
    assert pruned.histories[HELD].at.providers == BOTH


def _with_one_more(slot: int = 1_000) -> Node:
    made = node(slot=slot)
    more = key("one more token account")
    made.accounts[more] = Account(
        more, 70, programs.TOKEN, token_data(MINT, TREASURY, 0), False
    )
    return made


def test_two_lists_of_token_accounts_agree_or_diverge() -> None:
    same = read(node()).listed[programs.TOKEN]
    assert isinstance(same, Found)
    assert same.at.providers == BOTH
    assert isinstance(read(_with_one_more()).listed[programs.TOKEN], Diverged)
    # Anybody can open one between the two readings: the newer list is then taken.
    newer = read(_with_one_more(slot=1_001)).listed[programs.TOKEN]
    assert isinstance(newer, Found)
    assert (len(newer.value), newer.at.providers) == (2, ("second",))
    older = read(_with_one_more(slot=999)).listed[programs.TOKEN]
    assert isinstance(older, Diverged)


def test_a_list_that_lacks_an_account_of_the_treasury_is_noticed() -> None:
    whole = collected(node()).history
    assert whole.unlisted() == ()
    none = {program: Found((), read.at) for program, read in whole.listed.items()}
    assert replace(whole, listed=none).unlisted() == (HELD,)
    more = {**none, programs.TOKEN: Found((HELD, key("x")), whole.listed[programs.TOKEN].at)}
    assert replace(whole, listed=more).unlisted() == (key("x"),)
