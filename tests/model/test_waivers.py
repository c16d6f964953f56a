"""A waiver holds for what was accepted, for as long as was accepted, and hides nothing."""

from __future__ import annotations

from typing import Any

import pytest

from privatedao_audit.model import catalogue
from privatedao_audit.model.reads import ReadAt
from privatedao_audit.model.spans import spoken
from privatedao_audit.model.waivers import (
    FIELDS,
    NONE,
    Waivers,
    ending_soon,
    gathered,
    laid_over,
    observed_sha256,
    read_rows,
    standing,
)

NOW = "2026-11-23T12:00:00Z"
CONTROLS = {control.id: control.waivable for control in catalogue.load().controls}
NEVER = sorted(name for name, waivable in CONTROLS.items() if not waivable)
AT = ReadAt(evidence=("r-waivers",), providers=("checkout",), asked_at=NOW)


def part(status: str = "FAIL", observed: Any = 1, label: str = "delay") -> dict[str, Any]:
    return {
        "label": label, "status": status, "observed": observed, "expected": 2,
        "summary": f"{label} is {status}.",
    }  # fmt: skip


def finding(*parts: dict[str, Any], control: str = "UA-06", status: str = "FAIL") -> dict[str, Any]:
    return {"id": control, "status": status, "floor": "PASS", "parts": list(parts), "waiver": None}


BAD = finding(part(), part("PASS", 3, "voters"))


def row(**change: str) -> dict[str, str]:
    given = {
        "control": "UA-06", "owner": "operations lead", "expires": "2027-01-31",
        "reason": "The time lock is raised in the next ceremony.",
        "observed_sha256": observed_sha256(BAD["parts"]),
        "compensating_control": "Every transaction is announced two days ahead.",
        **change,
    }  # fmt: skip
    return {name: text for name, text in given.items() if text != "absent"}


def waivers(*rows: dict[str, str]) -> Waivers:
    return gathered(*read_rows(rows, "waivers.toml", AT, CONTROLS))


def test_a_waiver_that_fits_is_laid_over_and_hides_nothing() -> None:
    given = waivers(row())
    found = laid_over(BAD, given, NOW)

    assert found["status"] == "WAIVED"
    assert found["waiver"]["underneath"] == "FAIL"
    assert found["waiver"]["evidence"] == ["r-waivers"]
    assert found["parts"] == BAD["parts"]
    assert standing(given, [found], NOW)[0]["state"] == "in force"
    assert "accepts FAIL of UA-06 until 2027-01-31" in standing(given, [found], NOW)[0]["text"]


def test_without_a_waiver_nothing_changes() -> None:
    assert laid_over(BAD, NONE, NOW) is BAD
    assert standing(NONE, [BAD], NOW) == []


@pytest.mark.parametrize(
    ("found", "given", "told"),
    [
        (BAD, row(expires="2026-11-23"), "expired on 2026-11-23"),
        (BAD, row(expires="2020-01-01"), "expired"),
        (BAD, row(expires="2028-01-01"), "more than a year"),
        (finding(part(observed=2), part("PASS", 3, "voters")), row(), "another observation"),
        (finding(*BAD["parts"], part(label="new")), row(), "another observation"),
        (finding(part("STALE"), part("PASS", 3, "voters"), status="STALE"), row(),
         "another observation"),
        (finding(part(), part("UNKNOWN", None, "voters")), row(), "not known can't be accepted"),
        (finding(part("UNKNOWN"), status="UNKNOWN"), row(), "not known can't be accepted"),
        (finding(part("DIVERGED"), status="DIVERGED"), row(), "not known can't be accepted"),
        (finding(status="UNKNOWN"), row(), "not known can't be accepted"),
        (finding(part("PASS"), status="PASS"), row(), "the control is met"),
    ],
)  # fmt: skip
def test_a_waiver_that_does_not_fit_is_told_and_never_helps(
    found: dict[str, Any], given: dict[str, str], told: str
) -> None:
    stated = waivers(given)
    assert laid_over(found, stated, NOW) is found
    (one,) = standing(stated, [found], NOW)
    assert one["state"] == "refused"
    assert told in one["text"]


@pytest.mark.parametrize(
    ("given", "told"),
    [
        *((row(**{name: "absent"}), f"has no {name}") for name in FIELDS),
        (row(owner="  "), "has no owner"),
        (row(reason="fine"), "which is none"),
        (row(reason="because because because"), "as its reason, which is none"),
        (row(reason="to be decided"), "as its reason, which is none"),
        (row(compensating_control="none"), "as its compensating control, which is none"),
        (row(compensating_control="n/a"), "as its compensating control, which is none"),
        (row(compensating_control="-"), "as its compensating control, which is none"),
        (row(owner="TBD"), "as its owner, which is none"),
        (row(owner="n/a"), "as its owner, which is none"),
        (row(owner="?"), "as its owner, which is none"),
        (row(owner="\u200b"), "as its owner, which is none"),
        (row(owner="\u202eteam"), "as its owner, which is none"),
        (row(reason="\u2060 \u2060 \u2060"), "as its reason, which is none"),
        (row(control="UA-06\nUA-04"), "no control"),
        (row(control=" UA-06"), "no control"),
        (row(expires="2027-01-31\n2027-02-28"), "not a day"),
        (row(expires="٢٠٢٧-01-31"), "not a day"),
        (row(control="UA-99"), "no control"),
        *((row(control=name), f"is for {name}, which can't be waived") for name in NEVER),
        (row(expires="31.01.2027"), "not a day"),
        (row(expires="2027-02-31"), "no day of the calendar"),
        (row(observed_sha256="0" * 63), "64 lower-case hexadecimal digits"),
        (row(observed_sha256="A" * 64), "64 lower-case hexadecimal digits"),
    ],
)
def test_a_malformed_waiver_is_told_and_never_helps(given: dict[str, str], told: str) -> None:
    stated = waivers(given)
    assert stated.by_control == {}
    (one,) = stated.told
    assert told in one.text
    assert one.text.startswith("Waiver 1 of waivers.toml ")
    assert laid_over(BAD, stated, NOW) is BAD


def test_a_second_fault_of_the_same_value_is_not_accepted_with_the_first() -> None:
    """Much that goes wrong has no value of its own: then the words are what was accepted."""
    first = {**part(observed=None), "summary": "The rehearsal failed on chain."}
    second = {**part(observed=None), "summary": "It moved no upgrade authority."}
    stated = waivers(row(observed_sha256=observed_sha256([first])))
    assert laid_over(finding(first), stated, NOW)["status"] == "WAIVED"
    assert laid_over(finding(second), stated, NOW)["status"] == "FAIL"
    more = {**first, "expected": 3}
    assert laid_over(finding(more), stated, NOW)["status"] == "FAIL"


def test_an_age_alone_does_not_end_a_waiver() -> None:
    def stale(seconds: int) -> list[dict[str, Any]]:
        told = f"The drill is {spoken(seconds)} old, more than {spoken(15_552_000)}."
        return [{**part("STALE", None), "summary": told}]

    assert observed_sha256(stale(16_000_000)) == observed_sha256(stale(16_086_400))
    good = [{**part("PASS", 3), "summary": f"Read {n} times."} for n in (1, 2)]
    assert observed_sha256(good[:1]) == observed_sha256(good[1:])


def test_of_two_waivers_for_one_control_none_holds() -> None:
    stated = waivers(row(), row(reason="Another reason for the same."), row())
    assert stated.by_control == {}
    assert [one.text for one in stated.told] == [
        "There are several waivers for UA-06, so none holds."
    ]


def test_one_that_ends_soon_is_named() -> None:
    found = laid_over(BAD, waivers(row(expires="2026-12-01")), NOW)
    assert ending_soon([found, BAD], NOW) == [("UA-06", "2026-12-01")]
    later = laid_over(BAD, waivers(row()), NOW)
    assert ending_soon([later], NOW) == []


def test_what_was_audited_can_not_be_waived() -> None:
    assert NEVER == ["RC-02", "RC-08", "RG-06", "UA-01"]
