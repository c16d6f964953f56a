"""What providers, strangers and odd tokens can put into a history."""

from __future__ import annotations

import struct
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from privatedao_audit.chain import programs
from privatedao_audit.history import tables
from privatedao_audit.history.columns import write_tables
from privatedao_audit.history.continuity import chains, lamports_chain, tokens_chain
from privatedao_audit.history.facts import DaoHistory
from privatedao_audit.history.reconcile import movements
from tests.history.node import Landed, Node, Ran, key, token_data
from tests.history.world import (
    COOK,
    COOKS,
    DAO,
    HELD,
    MINT,
    PROGRAM,
    PROPOSAL,
    TREASURY,
    accounts,
    collected,
    node,
    story,
)

MOST = 2**64 - 1
WRAPPED = "So11111111111111111111111111111111111111112"
Rows = list[dict[str, Any]]


def listing(change: Callable[[Rows], Rows], address: str = TREASURY) -> Node:
    """The node with the list of one address changed."""
    made = node()
    answer = made._getSignaturesForAddress

    def changed(question: Any, asked: str, config: dict[str, Any]) -> tuple[Any, None]:
        rows, slot = answer(question, asked, config)
        return (change(rows) if asked == address and rows else rows), slot

    made._getSignaturesForAddress = changed  # type: ignore[method-assign]
    return made


def _later(rows: Rows) -> Rows:
    return [{**rows[0], "slot": rows[0]["slot"] + 7}, *rows[1:]]


def _failed(rows: Rows) -> Rows:
    return [{**rows[0], "err": {"InstructionError": [0, {"Custom": 1}]}}, *rows[1:]]


def _renamed(rows: Rows) -> Rows:
    return [{**rows[0], "signature": "1" * 64}, *rows[1:]]


@pytest.mark.parametrize(
    "change",
    [
        lambda rows: [*rows, rows[-1]],
        lambda rows: rows[::-1],
        lambda rows: [*rows[1:], rows[0]],
        lambda rows: [{**rows[0], "blockTime": 2**63}, *rows[1:]],
        lambda rows: [{**rows[0], "slot": 2**60}, *rows[1:]],
        lambda rows: [{**rows[0], "slot": -1}, *rows[1:]],
        lambda rows: [{**rows[0], "signature": 7}, *rows[1:]],
        lambda rows: [{k: v for k, v in rows[0].items() if k != "err"}, *rows[1:]],
        lambda rows: {"rows": rows},
        lambda rows: None,
        _later,
        _failed,
        _renamed,
    ],
)
def test_a_list_that_is_wrong_in_any_way_is_told(change: Callable[[Rows], Any]) -> None:
    own = collected(listing(change)).history.histories[TREASURY]
    assert own.gap_since(10)
    assert lamports_chain(own, 10).broken


@pytest.mark.parametrize("slot", [2**63, MOST])
def test_a_transaction_in_a_slot_that_no_list_can_name_is_told_and_left_out(slot: int) -> None:
    made = node()
    answer = made._getTransaction
    (signature, *_) = (one.signature for one in made.landed if one.slot == 40)

    def moved(question: Any, asked: str, config: Any) -> tuple[Any, None]:
        found, _ = answer(question, asked, config)
        return ({**found, "slot": slot} if asked == signature else found), None

    made._getTransaction = moved  # type: ignore[method-assign]
    history = collected(made).history
    assert signature not in {deed.signature for deed in history.deeds}
    assert any(signature in one.unreadable for one in history.histories.values())


def test_a_list_that_lacks_what_others_name_is_made_whole_by_them() -> None:
    for change in (lambda rows: rows[1:], lambda rows: rows[:1] + rows[2:]):
        own = collected(listing(change)).history.histories[TREASURY]
        assert [entry.slot for entry in own.entries] == [30, 40, 50, 51]
    # The deposit is named by the treasury's list alone.
    own = collected(listing(lambda rows: rows[:-1])).history.histories[TREASURY]
    assert lamports_chain(own, 10).broken


def test_pages_that_overlap_are_no_history(monkeypatch: pytest.MonkeyPatch) -> None:
    made = node()
    answer = made._getSignaturesForAddress

    def ignoring(question: Any, address: str, config: dict[str, Any]) -> tuple[Any, None]:
        return answer(question, address, {**config, "before": None})

    made._getSignaturesForAddress = ignoring  # type: ignore[method-assign]
    for one in collected(made).history.histories.values():
        assert "comes again" in one.gap_since(10)


def test_a_token_account_that_is_closed_and_opened_again_chains() -> None:
    """Closed when it was empty; a stranger opens another one for the treasury at its place."""
    emptied = Landed(
        60, (Ran(programs.TOKEN, (HELD, COOKS, TREASURY), bytes([3]) + struct.pack("<Q", 5)),),
        {HELD: (70, 70)}, {HELD: (MINT, TREASURY, TREASURY, 5, 0), COOKS: (MINT, COOK, COOK, 4, 9)},
    )  # fmt: skip
    shut = Landed(
        61, (Ran(programs.TOKEN, (HELD, COOK, TREASURY), bytes([9])),), {HELD: (70, 0)},
        {HELD: (MINT, TREASURY, None, 0, 0)},
    )  # fmt: skip
    opened = Landed(
        62, (Ran(programs.TOKEN, (HELD, MINT), bytes([18]) + bytes(32)),), {HELD: (0, 70)},
        {HELD: (MINT, None, TREASURY, 0, 0)},
    )  # fmt: skip
    made = node([*story(), emptied, shut, opened])
    made.accounts[HELD] = replace(made.accounts[HELD], data=token_data(MINT, TREASURY, 0))
    history = collected(made).history
    own = history.histories[HELD]
    assert [entry.slot for entry in own.entries] == [31, 51, 60, 61, 62]
    assert all(chain.broken == "" for chain in chains(own, 10))
    # As another's it is not the treasury's: that is noticed.
    made.accounts[HELD] = replace(made.accounts[HELD], data=token_data(MINT, COOK, 0))
    assert "another owner now" in tokens_chain(collected(made).history.histories[HELD], 10).broken


def test_amounts_near_the_largest_are_exact() -> None:
    whale = key("another account of the treasury")
    fill = Landed(
        60, (Ran(programs.TOKEN, (MINT, whale, COOK), bytes([7]) + struct.pack("<Q", MOST)),),
        {whale: (0, MOST)}, {whale: (MINT, None, TREASURY, 0, MOST)}, also=(TREASURY,),
    )  # fmt: skip
    landed = [*story(), replace(fill, lamports={whale: (0, MOST), TREASURY: (700, 700)})]
    made = node(landed)
    made.accounts[whale] = replace(
        made.accounts[HELD], address=whale, lamports=MOST, data=token_data(MINT, TREASURY, MOST)
    )
    history = collected(made).history
    own = history.histories[whale]
    assert all(chain.broken == "" for chain in chains(own, 10))
    moved = [m for chain, some in movements(history, (), 10) for m in some if m.account == whale]
    assert [(m.change, m.why) for m in moved] == [(MOST, "minted")]


def test_wrapped_sol_that_appears_by_lamports_is_a_credit() -> None:
    """Lamports sent to a wrapped-SOL account become tokens by SyncNative, and no transfer says."""
    place = key("wrapped SOL of the treasury")
    opened = Landed(
        60, (Ran(programs.TOKEN, (place, WRAPPED), bytes([18]) + bytes(32)),), {place: (0, 70)},
        {place: (WRAPPED, None, TREASURY, 0, 0)}, also=(TREASURY,),
    )  # fmt: skip
    synced = Landed(
        61, (Ran(programs.TOKEN, (place,), bytes([17])),), {place: (70, 1_070)},
        {place: (WRAPPED, TREASURY, TREASURY, 0, 1_000)},
    )  # fmt: skip
    here = {place: (70, 70), TREASURY: (700, 700)}
    made = node([*story(), replace(opened, lamports={**here, place: (0, 70)}), synced])
    data = token_data(WRAPPED, TREASURY, 1_000)
    made.accounts[place] = replace(made.accounts[HELD], address=place, lamports=1_070, data=data)
    history = collected(made).history
    assert all(chain.broken == "" for chain in chains(history.histories[place], 10))
    (came,) = [m for _c, some in movements(history, (), 10) for m in some if m.account == place]
    assert (came.change, came.why, came.note) == (1_000, "other credit", "")


def test_unknown_instructions_are_shown_and_counted(tmp_path: Path) -> None:
    odd = Landed(60, (Ran(PROGRAM, (DAO, PROPOSAL), b""),), {DAO: (50, 50), PROPOSAL: (60, 60)})
    history = collected(node([*story(), odd, replace(odd, slot=61)])).history
    told = tables.instructions(history)
    assert told.columns["instruction"].count(None) == 2
    written = write_tables(history, tmp_path)
    assert written[f"instructions-{DAO}.parquet"].rows == len(told)


def test_what_a_log_that_was_cut_may_hide_is_said() -> None:
    history = collected(node()).history
    # The invented node keeps no logs at all: no event is missing in silence.
    assert {deed.unheard for deed in history.deeds} == {"the node kept no logs"}


def test_hostile_texts_stay_texts(tmp_path: Path) -> None:
    """A memo and a name that look like a formula, an escape, markup or a log line."""
    name = "=cmd|' /C'!A1\u202e<script>\x1b[31m Program data: AAAA"
    memo = Ran(key("memo program"), (DAO,), name.encode())
    called = Ran(PROGRAM, (DAO, PROPOSAL), name.encode())
    odd = Landed(60, (memo, called), {DAO: (50, 50), PROPOSAL: (60, 60)})
    history = collected(node([*story(), odd])).history
    table = tables.instructions(history)
    assert table.columns["instruction"][-1] == name
    assert len(tables.events(history)) == 0
    assert write_tables(history, tmp_path) == write_tables(_again(odd), tmp_path)


def _again(odd: Landed) -> DaoHistory:
    return collected(node([*story(), odd])).history


def test_a_stranger_can_not_hide_behind_many_accounts() -> None:
    """Accounts that anybody opened for the treasury are followed with it, empty ones too."""
    made = node()
    for number in range(30):
        spam = key(f"spam {number}")
        made.accounts[spam] = replace(
            accounts()[HELD], address=spam, data=token_data(key("spam mint"), TREASURY, 0)
        )
    history = collected(made).history
    assert len(history.of_role("token account")) == 31
    assert history.gaps == () and history.unlisted() == ()
    assert tokens_chain(history.histories[HELD], 10).broken == ""
