"""The chain of balances: whole, broken, reordered inside a slot; never by the end of a list."""

from __future__ import annotations

import random
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from privatedao_audit.domains.cases import on_chain
from privatedao_audit.history.continuity import (
    born_at,
    chains,
    lamports_chain,
    tokens_chain,
)
from privatedao_audit.history.facts import AddressHistory, Entry, Holding, Role
from privatedao_audit.model.reads import Found, ProvenAbsent, Read, Unknown


def moved(number: int, slot: int, before: int, after: int) -> Entry:
    return Entry(f"s{number}", slot, slot, True, (before, after))


def history(*entries: Entry, now: int | None = None, role: Role = "treasury",
            **change: Any) -> AddressHistory:  # fmt: skip
    last = entries[-1].lamports[1] if entries and entries[-1].lamports else 0
    held = last if now is None else now
    read: Read[Holding] = Found(Holding(held), on_chain("now"))
    if not held:
        read = ProvenAbsent(on_chain("now"))
    given: dict[str, Any] = {
        "unreadable": (), "cut": "", "kept_from": None, "now": read, "at": on_chain("list"),
        **change,
    }  # fmt: skip
    return AddressHistory(address="A", role=role, entries=entries, **given)


def broken(one: AddressHistory, since: int = -1) -> str:
    return lamports_chain(one, since).broken


def test_balances_chain_from_birth_to_now() -> None:
    one = history(moved(1, 5, 0, 9), moved(2, 6, 9, 9), moved(3, 7, 9, 2**64 - 1))
    chain = lamports_chain(one, -1)
    assert chain.broken == ""
    assert [link.change for link in chain.links] == [9, 0, 2**64 - 10]
    assert [link.signature for link in chain.moves] == ["s1", "s3"]
    assert born_at(one) == 5


@pytest.mark.parametrize(
    ("one", "why"),
    [
        (history(moved(1, 5, 3, 9)), "begins with 3 lamports"),
        (history(moved(1, 5, 0, 9), now=8), "leaves 9 lamports, and the account holds 8"),
        (history(moved(1, 5, 0, 9), moved(2, 6, 8, 7)), "in slot 6 s2 begins with 8"),
        (history(now=4), "holds 4 lamports, and no transaction shows whence"),
        (history(Entry("s", 5, 5, True, None), now=0), "balances of s were not recorded"),
        (history(moved(1, 5, 0, 9), now=0), "holds 0 now"),
        (history(moved(1, 5, 0, 9), unreadable=("x", "y")), "x and 1 more could not be read"),
        (history(moved(1, 5, 0, 9), cut="pages ran out"), "pages ran out"),
        (history(moved(1, 5, 0, 9), now=9), ""),
        (history(), ""),
    ],
)
def test_a_break_says_where(one: AddressHistory, why: str) -> None:
    assert why in broken(one)
    assert bool(broken(one)) == bool(why)


def test_a_balance_that_was_not_read_breaks_the_chain() -> None:
    one = replace(history(moved(1, 5, 0, 9)), now=Unknown("every provider answered 503"))
    assert broken(one) == "what it holds now is not known: every provider answered 503"


def test_a_list_cut_before_the_birth_of_the_dao_is_whole_since_then() -> None:
    one = history(moved(1, 50, 0, 9), cut="blocks from slot 40 on", kept_from=40)
    assert broken(one, since=40) == ""
    assert broken(one, since=39) == "blocks from slot 40 on"
    # An account that was emptied and filled again looks newly born; the cut is what tells.
    assert broken(one, since=-1) == "blocks from slot 40 on"
    unbounded = history(moved(1, 50, 0, 9), cut="page 2 could not be read")
    assert broken(unbounded, since=50) == "page 2 could not be read"


def test_birth_needs_a_first_transaction_that_begins_with_nothing() -> None:
    assert born_at(history()) is None
    assert born_at(history(moved(1, 5, 1, 9))) is None
    assert born_at(history(Entry("s", 5, 5, True, None), now=0)) is None


def test_the_order_inside_a_slot_is_that_of_the_balances() -> None:
    one = history(
        moved(1, 5, 0, 10), moved(4, 7, 6, 6), moved(3, 7, 10, 6), moved(2, 7, 10, 10),
        moved(5, 8, 6, 1), now=1,
    )  # fmt: skip
    chain = lamports_chain(one, -1)
    assert chain.broken == ""
    assert [link.signature for link in chain.links] == ["s1", "s2", "s3", "s4", "s5"]


def test_a_round_trip_inside_a_slot_is_walked_whole() -> None:
    """Back and forth between two balances: only a walk that takes every way once holds."""
    one = history(
        moved(1, 5, 0, 10), moved(2, 7, 10, 4), moved(3, 7, 10, 4), moved(4, 7, 4, 10), now=4
    )
    chain = lamports_chain(one, -1)
    assert chain.broken == ""
    assert [link.signature for link in chain.links] == ["s1", "s2", "s4", "s3"]


def test_no_walk_means_a_break_and_not_a_loss() -> None:
    one = history(moved(1, 5, 0, 10), moved(2, 7, 10, 4), moved(3, 7, 5, 10), now=10)
    chain = lamports_chain(one, -1)
    assert "in slot 7 s3 begins with 5" in chain.broken
    assert len(chain.links) == 3


@settings(max_examples=60, deadline=None)
@given(st.lists(st.integers(0, 5), min_size=1, max_size=30), st.integers(0, 2**32))
def test_any_shuffle_inside_slots_is_put_right_and_any_loss_is_noticed(
    balances: list[int], seed: int
) -> None:
    rand = random.Random(seed)
    steps = list(zip([0, *balances], balances, strict=False))
    entries = [moved(n, n // 4, *step) for n, step in enumerate(steps)]
    shuffled = sorted(entries, key=lambda e: (e.slot, rand.random()))
    one = history(*shuffled, now=balances[-1])
    chain = lamports_chain(one, -1)
    assert chain.broken == ""
    assert sorted(link.signature for link in chain.links) == sorted(e.signature for e in entries)

    moving = [e for e in entries if e.lamports and e.lamports[0] != e.lamports[1]]
    if moving:
        lost = rand.choice(moving)
        left = [e for e in shuffled if e is not lost]
        assert broken(history(*left, now=balances[-1])) != ""


def token(number: int, before: int, after: int, *, holder: tuple[Any, Any] = ("T", "T"),
          mint: str = "M") -> Entry:  # fmt: skip
    return Entry(f"s{number}", number, number, True, (5, 5), (before, after), holder, mint, True)


def token_history(*entries: Entry, now: Holding | None = None) -> AddressHistory:
    first = replace(entries[0], lamports=(0, 5))
    given_now = Holding(5, entries[-1].amount[1] if entries[-1].amount else 0, "T", "M")
    return replace(
        history(first, *entries[1:], now=5, role="token account"),
        now=Found(given_now if now is None else now, on_chain("now")),
    )


def test_tokens_chain_beside_the_lamports() -> None:
    one = token_history(token(1, 0, 9, holder=(None, "T")), token(2, 9, 4))
    lamports, tokens = chains(one, -1)
    assert (lamports.unit, tokens.unit) == ("lamports", "raw units")
    assert (lamports.broken, tokens.broken) == ("", "")
    assert [link.change for link in tokens.moves] == [9, -5]


def test_a_transaction_without_a_token_program_can_not_have_moved_tokens() -> None:
    bare = Entry("x", 2, 2, True, (5, 6))
    one = token_history(token(1, 0, 9, holder=(None, "T")), bare, token(3, 9, 4))
    assert tokens_chain(one, -1).broken == ""
    watched = replace(bare, watched=True)
    one = token_history(token(1, 0, 9, holder=(None, "T")), watched, token(3, 9, 4))
    assert "token balances of x were not recorded" in tokens_chain(one, -1).broken
    # An address that was named before it was opened held nothing.
    before = replace(bare, lamports=(0, 0), watched=True)
    one = token_history(before, token(3, 0, 4, holder=(None, "T")))
    one = replace(one, entries=(before, one.entries[1]))
    assert tokens_chain(one, -1).broken == ""


@pytest.mark.parametrize(
    ("one", "why"),
    [
        (token_history(token(1, 0, 9), token(2, 9, 4, holder=("X", "T"))), "another owner than"),
        (token_history(token(1, 0, 9), token(2, 9, 4, mint="N")), "another mint than"),
        (token_history(token(1, 0, 9), now=Holding(5, 9, "X", "M")), "another owner now"),
        (token_history(token(1, 0, 9), now=Holding(5, 9, "T", "N")), "another mint now"),
        (token_history(token(1, 0, 9), now=Holding(5, 8, "T", "M")), "the account holds 8 now"),
    ],
)
def test_an_owner_or_a_mint_does_not_change_between_transactions(
    one: AddressHistory, why: str
) -> None:
    assert why in tokens_chain(one, -1).broken


def test_an_account_that_was_closed_holds_nothing() -> None:
    closed = token(2, 9, 0, holder=("T", None))
    one = token_history(token(1, 0, 9, holder=(None, "T")), replace(closed, lamports=(5, 0)))
    one = replace(one, now=ProvenAbsent(on_chain("now")))
    assert [chain.broken for chain in chains(one, -1)] == ["", ""]
