"""Packed sequences and compact rows: the same as the plain ones, in less memory."""

from __future__ import annotations

import gc
import pickle
import random
import sys
from dataclasses import replace
from itertools import count
from types import MappingProxyType
from typing import Any

import pytest
from solders.signature import Signature

from privatedao_audit.chain.answers import SignatureRow
from privatedao_audit.chain.signature_rows import SignatureRows, mark_of
from privatedao_audit.history import listed, packed
from privatedao_audit.history.continuity import chains
from privatedao_audit.history.facts import DaoHistory, Deed
from privatedao_audit.history.listed import deed_log
from privatedao_audit.history.packed import Log, Packed
from tests.history.world import collected, node


@pytest.fixture(autouse=True)
def _small(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(packed, "_CHUNK", 8)
    monkeypatch.setattr(packed, "_PLAIN", 16)


@pytest.fixture(scope="module")
def deeds() -> list[Deed]:
    told = collected(node()).history.deeds
    return [
        replace(told[n % len(told)], slot=n // 3, signature=f"signature {n:04}") for n in range(99)
    ]


def test_a_packed_sequence_is_that_sequence(deeds: list[Deed]) -> None:
    made = Packed(deeds, lambda one: one.slot)
    assert (len(made), list(made), made) == (99, deeds, deeds)
    assert [made[n] for n in (0, 7, 8, 98, -1)] == [deeds[n] for n in (0, 7, 8, 98, -1)]
    assert made[5:20:3] == tuple(deeds[5:20:3])
    assert [made.first_at(n) for n in (-1, 0, 1, 32, 40)] == [0, 0, 3, 96, 99]
    assert made != deeds[:-1]
    with pytest.raises(IndexError):
        made[99]


@pytest.mark.parametrize("most", [256, 2])
def test_a_log_gives_back_all_in_order_however_they_came(
    deeds: list[Deed], most: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(packed, "_MOST_RUNS", most)
    mixed = list(deeds)
    random.Random(7).shuffle(mixed)
    for order in (deeds, deeds[60:] + deeds[:60], mixed):
        log = deed_log()
        for one in order:
            log.append(one)
        assert len(log) == 99
        assert list(log.in_order()) == deeds
        log.append(replace(deeds[0], slot=10**9))
        assert log.in_order()[-1].slot == 10**9


def test_equal_keys_stay_in_the_order_in_which_they_came() -> None:
    log: Log[tuple[int, int]] = Log(lambda one: (one[0], ""))
    items = [(n // 10, n) for n in range(60)]
    for item in items:
        log.append(item)
    assert list(log.in_order()) == items


def test_however_many_sequences_only_so_many_chunks_stay_unpacked(deeds: list[Deed]) -> None:
    many = [Packed(deeds[n:], lambda one: one.slot) for n in range(40)]
    for place in (0, 50, 9):
        assert [one[place] for one in many] == [deeds[n + place] for n in range(40)]
        assert len(packed._opened) <= packed._OPEN


def test_a_copy_from_another_process_is_never_taken_for_another_sequence(
    deeds: list[Deed], monkeypatch: pytest.MonkeyPatch
) -> None:
    told = pickle.dumps(Packed(deeds[::-1], lambda one: -one.slot))
    monkeypatch.setattr(packed, "_serial", count())  # as in a process that begins
    mine = Packed(deeds, lambda one: one.slot)
    assert mine[5] == deeds[5]
    assert pickle.loads(told)[5] == deeds[::-1][5]


def test_unpacking_leaves_the_collector_of_cycles_as_it_was(deeds: list[Deed]) -> None:
    made = Packed(deeds, lambda one: one.slot)
    assert gc.isenabled() and list(made) == deeds and gc.isenabled()
    gc.disable()
    try:
        assert list(made) == deeds and not gc.isenabled()
    finally:
        gc.enable()


def test_mappings_that_can_not_be_written_are_packed(deeds: list[Deed]) -> None:
    one = replace(deeds[0], created=MappingProxyType({"a": 2**64}))
    assert Packed([one], lambda deed: deed.slot)[0].created == {"a": 2**64}


def test_a_long_history_reads_like_a_short_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(packed, "_PLAIN", 1 << 20)
    short = collected(node()).history
    monkeypatch.setattr(packed, "_PLAIN", 1)
    monkeypatch.setattr(packed, "_CHUNK", 2)
    monkeypatch.setattr(listed, "_TOGETHER", 2)
    long = collected(node()).history
    assert isinstance(long.deeds, Packed)
    assert any(isinstance(one.entries, Packed) for one in long.histories.values())
    assert long == short
    for number, deed in enumerate(short.deeds):
        assert long.deed(deed.slot, deed.signature) == deed
        assert short.number(deed.slot, deed.signature) == number
        assert long.number(deed.slot, deed.signature) == number
    assert long.deed(40, "none") is None and long.number(40, "none") is None
    for address, one in short.histories.items():
        for first, last in ((0, 10**9), (20, 40), (30, 30), (40, 20)):
            inside = [entry for entry in one.entries if first <= entry.slot <= last]
            assert list(one.between(first, last)) == inside
            assert list(long.histories[address].between(first, last)) == inside
    assert _told(long) == _told(short)


def _told(history: DaoHistory) -> list[Any]:
    return [chain for one in history.histories.values() for chain in chains(one, 10)]


def rows(many: int) -> list[SignatureRow]:
    made = []
    for n in range(many):
        name = str(Signature.from_bytes(n.to_bytes(64, "big")))
        err = [None, {"InstructionError": [0, {"Custom": n % 5}]}, "AccountInUse"][n % 3]
        made.append(SignatureRow(name, 2**53 - n, err, None if n % 7 else -n))
    return made


def test_compact_rows_are_those_rows() -> None:
    plain = rows(50)
    made = SignatureRows(plain)
    assert (len(made), list(made), made) == (50, plain, plain)
    assert [made[n] for n in (0, 49, -1)] == [plain[n] for n in (0, 49, -1)]
    assert list(made[3:9]) == plain[3:9]
    assert list(reversed(made)) == plain[::-1]
    assert made != plain[:-1] and made != 7
    made.extend(plain[:1])
    assert made[50] == plain[0]
    with pytest.raises(IndexError):
        made[51]


def test_compact_rows_take_a_tenth_of_the_memory() -> None:
    many = 2_000
    made = SignatureRows(rows(many))
    parts = (made._signatures, made._slots, made._times, made._errors)
    assert sum(map(sys.getsizeof, parts)) < 120 * many
    assert len(made._values) == 7


def test_marks_of_two_signatures_differ() -> None:
    names = [str(Signature.from_bytes(bytes([n]) * 64)) for n in range(200)]
    assert len({mark_of(name) for name in names}) == 200
