"""What the notebook shows of the records: every outcome has a row, and nothing breaks it."""

from __future__ import annotations

import pytest

from privatedao_audit.domains.release.records import sound, view
from privatedao_audit.domains.release.records.cases import CASES
from privatedao_audit.domains.release.records.facts import ScriptReading, SelfCheck

VIEWS = [view.freezes, view.commands, view.scripts, view.traces, view.retained, view.named]


@pytest.mark.parametrize("show", VIEWS, ids=lambda one: one.__name__)
def test_every_case_can_be_shown(show: object) -> None:
    assert callable(show)
    for case in CASES:
        table = show(case.facts)
        assert table.caption.endswith("?")
        assert table.empty.endswith(".")
        assert "text/html" in table._repr_mimebundle_()


def test_sound_records_are_told_in_full() -> None:
    facts = sound.GOOD.facts()
    assert len(view.freezes(facts).frame) == 9
    shown = view.commands(facts).frame
    assert list(shown["of"]) == ["build", "test", "verification"]
    assert shown["its log shows"][1].endswith("2 tests run, 0 failed")
    assert list(view.traces(facts).frame["outcome"]) == ["succeeded"]
    assert len(view.named(facts).frame) == 6


def test_only_files_that_differ_are_listed() -> None:
    one = view.retained(sound.Records(lists=(sound.listed(released={
        "lib.rs": sound.found(sound.LATER)}),)).facts()).frame  # fmt: skip
    assert list(one["file"]) == ["lib.rs"]
    assert one["at the release commit"][0] == sound.LATER.sha256


def test_a_check_of_its_own_output_is_shown_with_its_lines() -> None:
    own = SelfCheck("all.sh", "a.json", "all.sh:1", "all.sh:2", "build.ts:7", "verify.ts:3")
    facts = sound.Records(scripts=(ScriptReading("all.sh", 1, (own,)),)).facts()
    assert list(view.scripts(facts).frame.iloc[0]) == [
        "all.sh", "a.json", "all.sh:1", "build.ts:7", "all.sh:2", "verify.ts:3",
    ]  # fmt: skip
