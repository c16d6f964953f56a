from __future__ import annotations

from typing import Any

import pytest

from privatedao_audit.audit.summary import missing_for_ready, sum_up
from privatedao_audit.model import catalogue

CONTROLS = catalogue.load().controls


def findings(everything: str = "PASS", **change: str) -> list[dict[str, Any]]:
    """A finding per control of the catalogue; ``UA_06="FAIL"`` changes one."""
    given = {name.replace("_", "-"): status for name, status in change.items()}
    return [
        {
            "id": c.id,
            "blocking": c.blocking,
            "floor": c.floor.value,
            "severity": c.severity.value,
            "status": given.get(c.id, everything),
        }
        for c in CONTROLS
    ]


BLOCKING = sum(c.blocking for c in CONTROLS)


@pytest.mark.parametrize(
    ("found", "word", "reason"),
    [
        (findings(), "READY", f"All {BLOCKING} blocking controls are met."),
        (findings("UNKNOWN"), "INCONCLUSIVE",
         f"{BLOCKING} of {BLOCKING} blocking controls are not known; none is shown to be bad."),
        (findings(UA_06="FAIL"), "NOT READY",
         f"1 of {BLOCKING} blocking controls are shown not to hold, and 0 are not known."),
        (findings("UNKNOWN", UA_06="MISSING"), "NOT READY",
         f"1 of {BLOCKING} blocking controls are shown not to hold, and {BLOCKING - 1} are not "
         "known."),
        (findings(UA_06="UNKNOWN"), "INCONCLUSIVE",
         f"1 of {BLOCKING} blocking controls are not known; none is shown to be bad."),
        (findings(RC_03="ATTESTED"), "NOT READY",
         f"0 of {BLOCKING} blocking controls are shown not to hold, 1 below the floor, and 0 are "
         "not known."),
        (findings(UA_02="ATTESTED"), "READY", f"All {BLOCKING} blocking controls are met."),
        (findings(UA_06="WAIVED"), "CONDITIONAL",
         "Every blocking control is met or covered by a live waiver."),
        (findings(RC_13="FAIL"), "READY", f"All {BLOCKING} blocking controls are met."),
    ],
)  # fmt: skip
def test_the_verdict_and_its_reason(found: list[dict[str, Any]], word: str, reason: str) -> None:
    summary = sum_up(found, invalid=False)
    assert (summary["word"], summary["reason"]) == (word, reason)
    assert summary["total"] == 75
    assert sum(summary["counts"].values()) == 75
    assert (summary["blocking"] == []) is (word == "READY")
    assert sum_up(found, invalid=True)["word"] == "INVALID"


def test_counts_are_in_reading_order() -> None:
    counts = sum_up(findings("UNKNOWN", UA_06="FAIL", RC_13="WAIVED"), invalid=False)["counts"]
    assert next(iter(counts.items())) == ("FAIL", 1)
    assert counts["UNKNOWN"] == 73
    assert counts["WAIVED"] == 1
    assert counts["N/A"] == 0


def test_what_is_bad_comes_first_and_then_the_shorter_work() -> None:
    found = findings(
        RC_11="FAIL",  # minutes, low
        UA_06="UNKNOWN",  # days, critical
        RC_09="MISSING",  # minutes, high
        UA_01="DIVERGED",  # days, critical, and UA-06 builds on it
        RC_02="STALE",  # days, critical, earlier in the catalogue
        UA_04="WAIVED",  # minutes, after UA-06
        RC_03="ATTESTED",  # hours, below its floor, and RC-11 builds on it
    )
    todo = missing_for_ready([f for f in found if f["blocking"]])
    assert [(row["id"], row["status"], row["effort"], row["after"]) for row in todo] == [
        ("RC-09", "MISSING", "minutes", []),
        ("RC-03", "ATTESTED", "hours", []),
        ("RC-11", "FAIL", "minutes", ["RC-03"]),
        ("RC-02", "STALE", "days", []),
        ("UA-01", "DIVERGED", "days", []),
        ("UA-06", "UNKNOWN", "days", ["UA-01"]),
        ("UA-04", "WAIVED", "minutes", ["UA-06"]),
    ]


def test_what_an_urgent_control_builds_on_is_as_urgent() -> None:
    found = findings(MA_12="UNKNOWN", TR_05="FAIL", RC_07="UNKNOWN", UA_08="UNKNOWN")
    todo = missing_for_ready([f for f in found if f["blocking"]])
    assert [row["id"] for row in todo] == ["MA-12", "TR-05", "RC-07"]


def test_every_blocking_control_comes_once_and_after_what_it_needs() -> None:
    todo = missing_for_ready([f for f in findings("UNKNOWN") if f["blocking"]])
    place = {row["id"]: number for number, row in enumerate(todo)}
    assert set(place) == {c.id for c in CONTROLS if c.blocking}
    assert len(place) == len(todo) == BLOCKING
    for row in todo:
        assert all(place[one] < place[row["id"]] for one in row["after"])


def test_a_control_that_does_not_block_is_not_missing() -> None:
    summary = sum_up(findings(RC_13="FAIL", UA_08="UNKNOWN"), invalid=False)
    assert summary["blocking"] == []
    assert summary["counts"]["FAIL"] == 1
