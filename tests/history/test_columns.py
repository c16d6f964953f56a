"""The tables as Parquet files: what is read back is what was told, to the last unit."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from pyarrow import parquet, types

from privatedao_audit.chain import programs
from privatedao_audit.history import columns, tables
from privatedao_audit.history.columns import write_tables
from privatedao_audit.history.facts import DaoHistory, Holding
from privatedao_audit.history.tables import TABLES
from privatedao_audit.model.reads import Found
from privatedao_audit.protocols.conduct import ActionKind
from tests.history.world import DAO, PROGRAM, TREASURY, collected, node

MOST = 2**64 - 1


@pytest.fixture(scope="module")
def history() -> DaoHistory:
    return collected(node()).history


def rows_of(path: Path) -> Iterator[tuple[Any, ...]]:
    table = parquet.read_table(path)
    return zip(*(table.column(name).to_pylist() for name in table.column_names), strict=True)


def test_every_table_is_written_with_its_hash(history: DaoHistory, tmp_path: Path) -> None:
    written = write_tables(history, tmp_path / "tables")
    assert set(written) == {f"{name}-{DAO}.parquet" for name in TABLES}
    assert {path.name for path in (tmp_path / "tables").iterdir()} == set(written)
    for name, one in written.items():
        raw = (tmp_path / "tables" / name).read_bytes()
        assert one.sha256 == hashlib.sha256(raw).hexdigest()
        assert one.rows == len(list(rows_of(tmp_path / "tables" / name)))
    assert {name.split("-")[0]: one.rows for name, one in written.items()} == {
        "calls": 16, "instructions": 5, "events": 0, "balances": 7, "failures": 1,
    }  # fmt: skip


def test_the_same_history_gives_the_same_bytes(
    history: DaoHistory, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = write_tables(history, tmp_path / "a")
    assert write_tables(collected(node()).history, tmp_path / "b") == first
    # Written in groups it says the same.
    monkeypatch.setattr(columns, "_GROUP", 2)
    write_tables(history, tmp_path / "c")
    for name in first:
        assert list(rows_of(tmp_path / "c" / name)) == list(rows_of(tmp_path / "a" / name))
    assert parquet.ParquetFile(tmp_path / "c" / f"balances-{DAO}.parquet").num_row_groups == 4


def test_what_is_read_back_is_what_was_told(history: DaoHistory, tmp_path: Path) -> None:
    write_tables(history, tmp_path)
    for name, (_names, rows) in TABLES.items():
        plain = [
            tuple(list(cell) if isinstance(cell, tuple) else cell for cell in row)
            for row in rows(history)
        ]
        read = list(rows_of(tmp_path / f"{name}-{DAO}.parquet"))
        if name == "failures":
            plain = [(*row[:6], str(row[6]), *row[7:]) for row in plain]
        assert read == plain


def test_calls_are_of_every_program_and_name_their_caller(history: DaoHistory) -> None:
    told = tables.calls(history)
    assert len(told) == len(set(zip(told.columns["signature"], told.columns["place"], strict=True)))
    inner = {
        (place, program, caller) for place, program, caller in
        zip(*(told.columns[name] for name in ("place", "program", "caller")), strict=True)
        if caller is not None
    }  # fmt: skip
    assert inner == {("0.0", programs.SYSTEM, PROGRAM), ("0.0", programs.TOKEN, PROGRAM)}
    failed = [row for row in told.rows() if not row[-1]]
    assert {row[0] for row in failed} == set(tables.failures(history).columns["signature"])
    starts = set(told.columns["start"])
    assert b"propose".hex() in starts and max(map(len, starts)) == 16


def test_amounts_up_to_the_largest_are_exact(history: DaoHistory, tmp_path: Path) -> None:
    own = history.histories[TREASURY]
    first, second = own.entries[0], own.entries[-1]
    changed = replace(
        own,
        entries=(replace(first, lamports=(0, MOST)), replace(second, lamports=(MOST, 1))),
        now=Found(Holding(1), own.now.at),
    )
    big = replace(history, histories={TREASURY: changed})
    write_tables(big, tmp_path)
    table = parquet.read_table(tmp_path / f"balances-{DAO}.parquet")
    assert table.column("after").to_pylist() == [MOST, 1]
    assert list(map(int, table.column("change").to_pylist())) == [MOST, 1 - MOST]
    assert not any(types.is_floating(field.type) for field in table.schema)


def test_hostile_texts_and_numbers_are_written_as_texts(
    history: DaoHistory, tmp_path: Path
) -> None:
    deed = next(one for one in history.deeds if one.failure is not None)
    assert deed.failure is not None
    odd = replace(
        deed,
        block_time=MOST,
        failure=replace(deed.failure, code=2**200, name="\ud800\x00'; DROP"),
        actions=tuple(
            replace(
                one, kind=ActionKind.UNKNOWN_EVENT, name=None, discriminator="ff",
                fields={"memo": "=1+1\u202e", "amount": MOST, "raw": b"\xff"},
            )
            for one in deed.actions
        ),
    )  # fmt: skip
    write_tables(replace(history, deeds=(odd,)), tmp_path)
    (failed,) = rows_of(tmp_path / f"failures-{DAO}.parquet")
    assert failed[2] == MOST and failed[6] == str(2**200)
    assert failed[7] == "\\ud800\x00'; DROP"
    (event,) = rows_of(tmp_path / f"events-{DAO}.parquet")
    assert f'"amount":"{MOST}"' in event[7] and "=1+1" in event[7]
    # Unknown ones have a row, without a name.
    assert (event[4], event[5]) == (None, "ff")


def test_an_interrupted_writing_leaves_no_file(
    history: DaoHistory, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(columns, "_table", full)
    with pytest.raises(OSError, match="No space"):
        write_tables(history, tmp_path)
    assert list(tmp_path.iterdir()) == []
