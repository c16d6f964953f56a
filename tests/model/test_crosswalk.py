"""The crosswalk names real ids of one pinned version, and says what it can't show."""

from __future__ import annotations

from collections import Counter

from privatedao_audit.model import catalogue, crosswalk
from privatedao_audit.model.crosswalk import Shown


def test_the_list_is_whole_and_pinned() -> None:
    walk = crosswalk.load()
    assert (walk.version, walk.commit) == ("1.1", "573baae")
    assert len(walk.rows) == len({row.id for row in walk.rows}) == 99
    kinds = Counter(row.id.partition("-")[0] for row in walk.rows)
    assert kinds == {"di": 15, "dns": 16, "ida": 8, "ir": 13, "ms": 24, "tro": 23}
    assert all(row.title for row in walk.rows)


def test_rows_are_counted_by_how_they_can_be_shown() -> None:
    walk = crosswalk.load()
    named = {
        name.removeprefix(crosswalk.PREFIX)
        for control in catalogue.load().controls
        for name in control.frameworks
    }
    assert {row.id for row in walk.observable} == named
    assert Counter(row.shown for row in walk.rows) == {
        Shown.ON_CHAIN: 25, Shown.ARTEFACT: 18, Shown.NOT_OBSERVABLE: 56,
    }  # fmt: skip


def test_a_row_names_the_controls_that_speak_to_it() -> None:
    rows = {row.id: row for row in crosswalk.load().rows}
    for control in catalogue.load().controls:
        for name in control.frameworks:
            assert control.id in rows[name.removeprefix(crosswalk.PREFIX)].ours
    assert rows["dns-1.1.1"].shown is Shown.NOT_OBSERVABLE
    assert rows["dns-1.1.1"].ours == ()
