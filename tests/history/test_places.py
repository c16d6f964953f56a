"""The position of what rests on many transactions: some are named, all of them count."""

from __future__ import annotations

from dataclasses import replace

import pytest

from privatedao_audit.history.facts import Deed
from privatedao_audit.history.places import MOST_NAMED, of_deeds, of_history
from privatedao_audit.model.reads import ReadAt, joined
from tests.history.node import Node
from tests.history.world import collected, node

AT = ReadAt(("r-0",), None, "finalized", ("main", "second"), "2026-01-02T00:00:00.000Z")


@pytest.fixture(scope="module")
def one() -> Deed:
    return collected(node()).history.deeds[0]


def deeds(one: Deed, odd: dict[int, ReadAt]) -> list[Deed]:
    return [
        replace(one, at=odd.get(n, replace(AT, evidence=(f"r-{n}",)))) for n in range(100)
    ]


@pytest.mark.parametrize(
    "change",
    [
        {"providers": ("main",)}, {"asked_at": "2026-01-01T00:00:00.000Z"}, {"slot": 7},
        {"commitment": "confirmed"}, {"carried": True}, {"evidence": ("r-x", "r-y")},
    ],
)  # fmt: skip
@pytest.mark.parametrize("place", [0, MOST_NAMED - 1, MOST_NAMED, MOST_NAMED + 1, 99])
def test_one_that_stands_elsewhere_counts_wherever_it_is(
    one: Deed, change: dict[str, object], place: int
) -> None:
    odd = {place: replace(AT, **{"evidence": (f"r-{place}",), **change})}  # type: ignore[arg-type]
    found = of_deeds(deeds(one, odd))
    every = joined(*(deed.at for deed in deeds(one, odd)))
    assert replace(found, evidence=()) == replace(every, evidence=())
    named = [key for deed in deeds(one, odd)[:MOST_NAMED] for key in deed.at.evidence]
    assert list(found.evidence) == named


def test_an_address_rests_on_its_list_its_account_and_its_transactions() -> None:
    history = collected(node()).history
    for address in history.histories.values():
        own = [history.deed(entry.slot, entry.signature) for entry in address.entries]
        parts = [deed.at for deed in own if deed is not None]
        found, every = of_history(history, address), joined(address.at, address.now.at, *parts)
        assert set(found.evidence) == set(every.evidence)
        assert replace(found, evidence=()) == replace(every, evidence=())


@pytest.mark.parametrize("second", [None, node()], ids=["alone", "with a second witness"])
def test_what_was_joined_while_reading_is_what_a_walk_joins(second: Node | None) -> None:
    asked = node()
    asked.second = second
    both = ("first", "second")
    history = collected(asked, providers=both if second is not None else ()).history
    places = {one.where.providers for one in history.histories.values() if one.where is not None}
    assert places == ({("first",)} if second is None else {("first",), both})
    for role in ("dao", "proposal", "treasury", "token account", None):
        group = history.of_role(role) if role else tuple(history.histories.values())
        assert all(one.where is not None for one in group if one.entries)
        walked = [replace(one, where=None) for one in group]
        assert of_history(history, *group) == of_history(history, *walked)


def test_transactions_that_were_not_joined_while_reading_are_walked_through() -> None:
    history = collected(node()).history
    (dao,), (treasury,) = history.of_role("dao"), history.of_role("treasury")
    early = "2020-01-01T00:00:00.000Z"
    older = replace(history, deeds=[
        replace(deed, at=replace(deed.at, asked_at=early)) for deed in history.deeds
    ])  # fmt: skip
    unjoined = replace(dao, where=None)
    assert of_history(older, unjoined).asked_at == early
    assert of_history(older, treasury, unjoined).asked_at == early
