"""A provider is blamed only where two recordings together prove it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from privatedao_audit.compare.deltas import Pile, compare
from privatedao_audit.compare.recorded import History, Recorded, Said, Seen

ACCOUNT = Seen("A", 100, ("owner", False, "one"), 5, None, None, "r-1", "2026-11-23T10:00:00.000Z")
LATER = replace(ACCOUNT, slot=200, read="r-2", asked_at="2026-11-23T11:00:00.000Z")
AFTER_IT = "2026-11-23T12:00:00.000Z"


def recorded(*seen: Seen, history: History | None = None, **answers: Said) -> Recorded:
    return Recorded(
        accounts={(one.address, "null"): [one] for one in seen},
        histories={} if history is None else {"A": history},
        answers=answers,
        commit="c",
    )


def listed(*rows: tuple[str, int], at: str = AFTER_IT) -> History:
    return History(dict(rows), ["r-h"], at)


def piles(before: Recorded, after: Recorded) -> list[Pile]:
    return [one.pile for one in compare(before, after).deltas]


def test_equal_states_are_the_same_at_any_slot() -> None:
    found = compare(recorded(ACCOUNT), recorded(LATER))
    assert (found.same, found.deltas) == (1, [])


def test_two_states_at_one_slot_are_a_disagreement() -> None:
    other = replace(ACCOUNT, state=None, lamports=0)
    assert piles(recorded(ACCOUNT), recorded(other)) == [Pile.DISAGREES]


def test_a_listed_transaction_in_between_explains_a_change() -> None:
    changed = replace(LATER, state=("owner", False, "two"))
    history = listed(("s3", 300), ("s2", 150), ("s1", 50))
    (delta,) = compare(recorded(ACCOUNT), recorded(changed, history=history)).deltas
    assert delta.pile is Pile.MOVED and "s2" in delta.why


@pytest.mark.parametrize(
    ("history", "pile"),
    [
        # Read after the later state, reaching below the earlier one, and silent in between.
        (listed(("s3", 300), ("s1", 50)), Pile.DISAGREES),
        # Read before the later state, or hardly after it: it may lag behind.
        (listed(("s1", 50), at="2026-11-23T10:30:00.000Z"), Pile.OPEN),
        (listed(("s1", 50), at="2026-11-23T11:00:30.000Z"), Pile.OPEN),
        # It does not reach back, or was not read at all.
        (listed(("s3", 300)), Pile.MOVED),
        (None, Pile.MOVED),
    ],
)
def test_a_silent_history_blames_only_where_it_covers(history: History | None, pile: Pile) -> None:
    changed = replace(LATER, state=("owner", False, "two"))
    assert piles(recorded(ACCOUNT), recorded(changed, history=history)) == [pile]


def test_a_balance_alone_blames_nobody() -> None:
    paid = replace(LATER, lamports=6)
    history = listed(("s3", 300), ("s1", 50))
    assert piles(recorded(ACCOUNT), recorded(paid, history=history)) == [Pile.OPEN]


def test_every_read_that_holds_an_account_is_named() -> None:
    again = replace(ACCOUNT, slot=90, read="r-0")
    changed = replace(LATER, state=None)
    before, after = recorded(ACCOUNT), recorded(LATER)
    before.accounts["A", "null"].insert(0, again)
    after.accounts["A", "null"].append(replace(changed, slot=210, read="r-3"))
    (delta,) = compare(before, after).deltas
    assert delta.reads == {"r-0", "r-1", "r-2", "r-3"} and "slot 210" in delta.why


def programdata(slot: int, deployed: int, code: str) -> Seen:
    return replace(
        ACCOUNT, slot=slot, state=("loader", False, f"{deployed}{code}"), deployed=deployed,
        code=code, read=f"r-{slot}",
    )  # fmt: skip


@pytest.mark.parametrize(
    ("before", "after", "pile"),
    [
        (programdata(100, 40, "x"), programdata(200, 150, "y"), Pile.MOVED),
        # Deployed before the earlier read, which did not see it.
        (programdata(100, 40, "x"), programdata(200, 90, "y"), Pile.DISAGREES),
        (programdata(100, 40, "x"), programdata(200, 30, "y"), Pile.DISAGREES),
        # Deployed after the slot it was read at.
        (programdata(100, 40, "x"), programdata(200, 250, "y"), Pile.DISAGREES),
        (programdata(100, 40, "x"), programdata(200, 40, "y"), Pile.DISAGREES),
        # The later run read an older slot.
        (programdata(200, 150, "y"), programdata(100, 40, "x"), Pile.MOVED),
    ],
)
def test_deployments_tell_by_their_slots(before: Seen, after: Seen, pile: Pile) -> None:
    assert piles(recorded(before), recorded(after)) == [pile]


def test_an_authority_that_changed_without_a_deployment_moved() -> None:
    before = programdata(100, 40, "x")
    after = replace(before, slot=200, state=("loader", False, "another authority"), read="r-9")
    assert piles(recorded(before), recorded(after)) == [Pile.MOVED]


OLD = (("s1", 10), ("s2", 20), ("s3", 30))


@pytest.mark.parametrize(
    ("after", "expected"),
    [
        (OLD, []),
        ((*OLD, ("s4", 40)), [Pile.MOVED]),
        # One in the middle is gone, or was not there.
        ((("s1", 10), ("s3", 30)), [Pile.DISAGREES]),
        ((*OLD, ("s0", 25)), [Pile.DISAGREES]),
        ((("s1", 10), ("s2", 20)), [Pile.DISAGREES]),
        # The newest slot of then may have been incomplete then.
        ((*OLD, ("s5", 30)), [Pile.MOVED]),
        # A node that keeps less is not one that lies.
        ((("s2", 20), ("s3", 30)), [Pile.OPEN]),
        ((("s3", 30), ("s4", 40)), [Pile.MOVED, Pile.OPEN]),
        ((), [Pile.OPEN]),
    ],
)
def test_histories(after: Any, expected: list[Pile]) -> None:
    assert piles(recorded(history=listed(*OLD)), recorded(history=listed(*after))) == expected


def test_a_history_that_began_since_moved() -> None:
    assert piles(recorded(history=listed()), recorded(history=listed(*OLD))) == [Pile.MOVED]


def said(kind: str, method: str, value: Any, slot: int | None = None) -> Said:
    return Said(kind, method, f"{kind} {method}", value, slot, f"r-{value}")


@pytest.mark.parametrize(
    ("kind", "method", "slots", "commit", "pile"),
    [
        ("rpc", "getTransaction", (None, None), "c", Pile.DISAGREES),
        ("rpc", "getGenesisHash", (None, None), "c", Pile.DISAGREES),
        ("rpc", "getTokenAccountsByOwner", (7, 7), "c", Pile.DISAGREES),
        ("rpc", "getTokenAccountsByOwner", (7, 8), "c", Pile.MOVED),
        ("rpc", "getProgramAccounts", (None, None), "c", Pile.OPEN),
        ("git", "blob-at", (None, None), "c", Pile.DISAGREES),
        ("git", "blob-at", (None, None), "d", Pile.DISAGREES),
        ("git", "reachable", (None, None), "c", Pile.OPEN),
        ("file", "read", (None, None), "c", Pile.OPEN),
        ("file", "read", (None, None), "d", Pile.MOVED),
        ("artifact", "hash", (None, None), "c", Pile.OPEN),
    ],
)
def test_answers(
    kind: str, method: str, slots: tuple[int | None, int | None], commit: str, pile: Pile
) -> None:
    one = recorded(q=said(kind, method, 1, slots[0]))
    two = recorded(q=said(kind, method, 2, slots[1]))
    two.commit = commit
    assert piles(one, two) == [pile]
    assert piles(one, one) == []
