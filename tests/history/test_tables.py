"""Tables of a history: every row kept, unknown ones too, and every integer exact."""

from __future__ import annotations

from dataclasses import replace

from privatedao_audit.domains.treasury import invented as w
from privatedao_audit.history import tables
from privatedao_audit.history.continuity import Chain, Link
from privatedao_audit.protocols.conduct import ActionKind, Failure


def test_there_is_a_row_for_each_instruction_of_the_program() -> None:
    table = tables.instructions(w.HISTORY)
    assert table.names == tables.INSTRUCTIONS
    assert len(table) == sum(len(one.actions) for one in w.DEEDS) == len(table.frame())
    names = table.columns["instruction"]
    assert names.count("finalize_proposal_v3") == 3
    row = dict(zip(table.names, list(table.rows())[-1], strict=True))
    assert (row["instruction"], row["proposal"], row["slot"]) == (
        "execute_proposal", w.PAYS_TOKENS, w.EXECUTED_TOKENS,
    )  # fmt: skip


def test_an_unknown_instruction_is_a_row_without_a_name() -> None:
    strange = replace(
        w.action("x", 60), kind=ActionKind.UNKNOWN_INSTRUCTION, name=None, discriminator="ff" * 8,
        fault="the interface has no instruction of this discriminator",
    )  # fmt: skip
    history = w.more_deeds(w.HISTORY, w.deed(60, "strange", acts=(strange,)))
    row = list(tables.instructions(history).rows())[-1]
    said = dict(zip(tables.INSTRUCTIONS, row, strict=True))
    assert (said["instruction"], said["discriminator"]) == (None, "ff" * 8)
    assert said["fault"] == "the interface has no instruction of this discriminator"


def test_events_stand_apart_from_instructions() -> None:
    event = replace(w.action("TreasuryExecuted", 60), kind=ActionKind.EVENT,
                    fields={"amount": 2**64 - 1})  # fmt: skip
    lost = replace(event, kind=ActionKind.UNKNOWN_EVENT, name=None, fields={})
    one = w.deed(60, "events", acts=(event, lost))
    history = w.more_deeds(w.HISTORY, one)
    assert len(tables.instructions(history)) == len(tables.instructions(w.HISTORY))
    frame = tables.events(history).frame()
    assert list(frame["event"]) == ["TreasuryExecuted", None]
    assert frame["fields"][0] == {"amount": 2**64 - 1}


def test_balance_changes_are_exact_beyond_what_a_float_holds() -> None:
    most = 2**64 - 1
    chain = Chain("A", "lamports", (
        Link("a", 1, 1, 0, most), Link("b", 2, 2, most, most), Link("c", 3, None, most, most - 1),
    ), "")  # fmt: skip
    table = tables.balances([chain])
    assert list(table.frame()["change"]) == [most, -1]
    assert list(table.frame()["after"]) == [most, most - 1]
    assert all(type(one) is int for one in table.columns["before"])


def test_a_failure_names_the_instruction_at_its_place() -> None:
    first, second = (
        replace(w.action("finalize_proposal", 60, w.WAITS), took_effect=False, place=place)
        for place in ("0", "1")
    )
    second = replace(second, name="execute_proposal")
    failed = replace(
        w.deed(60, "failed", acts=(first, second)), succeeded=False,
        failure=Failure(w.PROGRAM, "1", 6024, "ExecutionTimelockActive", (), (), "log", None),
    )  # fmt: skip
    bare = replace(w.deed(61, "foreign"), succeeded=False, signature="foreign")
    table = tables.failures(w.more_deeds(w.HISTORY, failed, bare))
    rows = [dict(zip(table.names, row, strict=True)) for row in table.rows()]
    assert [(r["instruction"], r["error"], r["code"]) for r in rows] == [
        ("execute_proposal", "ExecutionTimelockActive", 6024), (None, None, None),
    ]  # fmt: skip
    assert rows[0]["proposal"] == w.WAITS


def test_an_empty_history_has_empty_tables_with_their_columns() -> None:
    empty = replace(w.HISTORY, deeds=())
    for table in (tables.instructions(empty), tables.events(empty), tables.failures(empty)):
        assert len(table) == 0
        assert list(table.frame().columns) == list(table.names)
