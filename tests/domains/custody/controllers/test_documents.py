"""Dates, numbers and delays of written policies."""

from __future__ import annotations

import pytest

from privatedao_audit.domains.cases import in_checkout
from privatedao_audit.domains.custody.checks import ua_06
from privatedao_audit.domains.custody.controllers import cases
from privatedao_audit.domains.custody.controllers.checks import CHECKS
from privatedao_audit.domains.custody.controllers.documents import (
    number,
    policy_delay,
    seconds_said,
)
from privatedao_audit.domains.custody.controllers.facts import ControllerFacts
from privatedao_audit.domains.custody.signers.dates import unix_seconds
from privatedao_audit.model.limits import Limits
from privatedao_audit.model.reads import Found
from privatedao_audit.model.status import Status
from privatedao_audit.repository.reads import Change


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("1970-01-02", 86_400),
        ("1970-01-01T00:00:10Z", 10),
        ("1970-01-01T02:00:00+02:00", 0),
        ("1970-01-01T00:01Z", 60),
        ("1970-01-01T00:01", None),
        ("1970-01-01T00:00:00.500Z", 0),
        ("1970-02-30", None),
        ("1970-1-2", None),
        ("2 January 1970", None),
        ("", None),
        ("\u0661970-01-02", None),
    ],
)
def test_only_plain_dates_are_dates(text: str, seconds: int | None) -> None:
    assert unix_seconds(text) == seconds


@pytest.mark.parametrize(
    ("text", "value"),
    [("48", 48), (" 7 ", 7), ("-1", None), ("2 of 3", None), ("1" * 10, None), ("\u00b2", None)],
)
def test_only_plain_numbers_are_numbers(text: str, value: int | None) -> None:
    assert number(text) == value


def test_hours_are_seconds_and_words_stay_words() -> None:
    values = {"time_lock_seconds": ("60",), "time_lock_hours": ("2", "soon")}
    assert seconds_said(values) == ("60", "7200", "soon")


def test_the_longest_delay_of_all_policies_counts() -> None:
    given = ControllerFacts(policies=(
        cases.policy({"time_lock_seconds": 90_000}), cases.policy({"time_lock_hours": 1}),
    ))  # fmt: skip
    seconds, doubt, at = policy_delay(given, "governance")
    assert (seconds, doubt) == (90_000, "")
    assert at.evidence
    assert policy_delay(given, "another program")[0] is None


@pytest.mark.parametrize("control", ["UA-02", "UA-05"])
@pytest.mark.parametrize(
    ("days", "changed_days", "status"),
    [
        (179, 1, Status.ATTESTED),
        (180, 180, Status.ATTESTED),
        (181, 1, Status.STALE),
        (1, 181, Status.STALE),
    ],
)
def test_the_older_of_declared_date_and_last_change_counts(
    control: str, days: int, changed_days: int, status: Status
) -> None:
    # Everything in the cases is read at 2026-01-01T00:00:00Z.
    read = 1_767_225_600
    from datetime import UTC, datetime

    declared = datetime.fromtimestamp(read - days * 86_400, UTC).strftime("%Y-%m-%d")
    change = Found(Change("c" * 40, read - changed_days * 86_400), in_checkout("git"))
    if control == "UA-02":
        given = cases.facts(policies=(cases.policy({"date": declared}, changed=change),))
    else:
        given = cases._path(cases.path({"date": declared}, changed=change))
    assert CHECKS[control](given, Limits()).status is status


def test_a_commit_from_the_future_proves_no_age() -> None:
    ahead = Found(Change("c" * 40, 1_900_000_000), in_checkout("git"))
    said = CHECKS["UA-02"](cases.facts(policies=(cases.policy(changed=ahead),)), Limits())
    assert said.status is Status.FAIL


@pytest.mark.parametrize("member", ["owner", "date", "threshold", "time_lock_seconds"])
def test_no_document_fills_the_report(member: str) -> None:
    given = cases.facts(policies=(cases.policy({member: "long " * 5_000}),))
    for part in (*CHECKS["UA-02"](given, Limits()).parts, *ua_06(given, Limits()).parts):
        assert len(part.summary) < 500
