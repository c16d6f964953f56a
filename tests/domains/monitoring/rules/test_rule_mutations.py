"""Every leaf of sound rules, logs and drills that a control rests on ends its PASS."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

import pytest

from privatedao_audit.domains.monitoring.checks import CHECKS
from privatedao_audit.domains.monitoring.rules import invented as story
from privatedao_audit.domains.monitoring.rules.cases import RULES
from privatedao_audit.domains.monitoring.rules.facts import RuleFacts
from privatedao_audit.model.limits import Limits
from privatedao_audit.model.reads import Found
from privatedao_audit.model.status import Status
from tests.domains.test_mutations import bare, still_passing

_CONDITION = r"\.rules\[\d\]\.condition\."
#: What may change: what only tells or locates, and what a rule's words leave open.
_TELLS = (
    r"^\.cluster=",
    r"^\.(logs|drills)\[0\]\.file=",
    r"\.value\.file=",
    r"\.(place|why|text|reason)=",
    r"\.rules\[\d\]\.(file|severity|route)=",  # another severity is a severity
    rf"{_CONDITION}(text|unit|form|hold)=",
    rf"{_CONDITION}(op|window|across|by|threshold)",  # of any occurrence, or still within bounds
    r"\.rules\[\d\]\.limit_seconds=",
    r"\.(raised_at|received_at|fired_at|address)=",  # a second more or less
    r"\.changed\.value=int",
    r"\.receipt=",  # what it says is a person's word; that there is one counts
    r"^\.logs\[0\]\.changed",  # everything due was told of
    r"\.drills\.value\[\d\]\.(cluster|signature)=",  # looked up on the audited cluster alone
    r"\.points",
    r"\.labels\[endpoint\]",
)


def _own(control: str) -> RuleFacts:
    """The sound facts with nothing in them that another control rests on."""
    mine, rules = RULES[control], story.ALL_RULES
    rows = tuple(row for row in story.ROWS if row["id"] in mine)
    book = rules.runbooks[story.BOOK]
    assert isinstance(book, Found)
    named = {one.replace("-", " ") for one in mine}
    sections = {name: text for name, text in book.value.sections.items() if name in named}
    alerts = tuple(one for one in story.ALERTS if one.rule in mine)
    drills = tuple(one for one in story.DRILLED if one.rule in mine)
    return replace(
        rules,
        files={story.RULES: Found(story.rule_file(rows), story.at(story.RULES))},
        runbooks={story.BOOK: Found(replace(book.value, sections=sections), book.at)},
        logs=(replace(rules.logs[0], alerts=Found(alerts, story.at(story.LOG))),),
        drills=(replace(rules.drills[0], drills=Found(drills, story.at(story.DRILLS))),),
    )


@pytest.mark.parametrize("control", sorted(RULES))
def test_a_check_notices_every_leaf_it_rests_on(control: str) -> None:
    def facts(rules: RuleFacts) -> Any:
        return replace(story.GOOD, rules=rules)

    allowed = [*_TELLS]
    mine = _own(control)
    log = mine.logs[0].alerts
    assert isinstance(log, Found)
    if not log.value:
        allowed.append(r"^\.logs")
    record = mine.drills[0].drills
    assert isinstance(record, Found)
    if not record.value:
        allowed.append(r"^\.(drills|files\[rules\.json\]\.value\.sha256=)")
    if control in ("MA-09", "MA-10", "MA-11"):
        # Without it the rule looks at more, and still at what it must.
        allowed.append(r"\.matchers\[0\]!gone")
    if control != "MA-07":
        allowed.append(r"^\.probes")
    left = still_passing(control, mine, facts)
    unnoticed = [path for path in left if not re.search("|".join(allowed), path)]
    assert unnoticed == []


@pytest.mark.parametrize("control", sorted(RULES))
def test_nothing_passes_on_reads_that_name_no_evidence(control: str) -> None:
    try:
        status = CHECKS[control](bare(story.GOOD), Limits()).status
    except ValueError as refused:
        assert "without evidence" in str(refused)
    else:
        assert status is not Status.PASS
