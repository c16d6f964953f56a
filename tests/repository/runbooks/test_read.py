"""A runbook from its bytes: elements, levers, and whom it names."""

from __future__ import annotations

import pytest

from privatedao_audit.repository.errors import BadDocument
from privatedao_audit.repository.runbooks import Named, Runbook, read_runbook

OWN = """---
path: IR-03
date: 2026-11-01
owner: Treasury operations
lever:
  - { instruction: veto_proposal, when: before the unlock }
  - none
---
# A payment

## Trigger

An alert that no proposal explains.

## First actions

1. Read the transaction.
2. Tell the voters.

## Escalation

Independent security, by phone first.

## Evidence to keep

- The transaction.

## On-chain lever

`veto_proposal` before the unlock.
"""


def read(text: str, names: tuple[str, ...] = (), **fields: str) -> Runbook:
    return read_runbook(text.encode(), fields, names)


def test_the_kits_own_form() -> None:
    said = read(OWN, ("independent security",))
    assert (said.path, said.date) == ("IR-03", "2026-11-01")
    assert said.levers == (Named("veto_proposal", "before the unlock"), Named("none", ""))
    assert {name: (one.line, one.lines) for name, one in said.elements.items()} == {
        "trigger": (11, 1), "first_actions": (15, 2), "owner": (1, 1), "escalation": (20, 1),
        "evidence": (24, 1), "lever": (28, 1),
    }  # fmt: skip
    assert said.elements["owner"].place == "front matter"
    assert said.elements["escalation"].reaches == ("listed contact",)
    assert said.codes == ("veto_proposal",)
    assert (said.words, said.late) == (("veto",), False)


def test_a_mapped_document() -> None:
    text = "# Plan\n\n## When\n\nAny alert.\n\n## Who — first\n\nThe duty officer.\n"
    said = read(text, trigger="When", owner="who — first")
    assert said.elements["trigger"].lines == said.elements["owner"].lines == 1
    assert (said.elements["evidence"].line, said.elements["evidence"].place) == (
        None, "Evidence to keep",
    )  # fmt: skip
    assert (said.path, said.date, said.levers) == (None, None, ())


@pytest.mark.parametrize(
    ("text", "reached"),
    [
        ("Call the second on call.", ("listed contact",)),
        ("Write to security@club.invalid.", ("mail",)),
        ("+44 20 7946 0000, day and night.", ("phone",)),
        ("Ping @duty_officer there.", ("handle",)),
        ("Whoever is around.", ()),
        ("The seconds on calls.", ()),
        ("At 12:30 or in 24 hours.", ()),
    ],
)
def test_an_escalation_names_somebody_or_nobody(text: str, reached: tuple[str, ...]) -> None:
    said = read(f"## Escalation\n\n{text}\n", ("second on call",))
    assert said.elements["escalation"].reaches == reached


def test_the_front_matter_may_name_whom_to_call() -> None:
    said = read("---\nescalation: duty@club.invalid\n---\n# A\n")
    assert (said.elements["escalation"].lines, said.elements["escalation"].reaches) == (
        1, ("mail",),
    )  # fmt: skip
    assert read("---\nowner: TBD\n---\n# A\n").elements["owner"].lines == 0


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("The authority cancels it.", ("cancel",)),
        ("None: nothing on chain helps.", ("none",)),
        ("transfer, revoke, or quarantine authority", ("hand over",)),
        ("Pause the program at once.", ("halt",)),
        ("halt non-essential usage of that signer", ()),
        ("Switch to the other provider.", ()),
    ],
)
def test_words_of_prose(text: str, words: tuple[str, ...]) -> None:
    assert read(f"## On-chain lever\n\n{text}\n").words == words


@pytest.mark.parametrize(
    ("text", "late"),
    [
        ("verify whether it is still before execute and therefore still vetoable", True),
        ("Veto it after the unlock.", True),
        ("It can be vetoed until it is executed.", True),
        ("Cancel it after the first commit.", True),
        ("It can not be vetoed after the unlock.", False),
        ("The veto ends with the unlock.", False),
        ("Veto it between the count and the unlock.", False),
        ("If it is suspicious, consider the veto path before unlock.", False),
        ("Nobody can cancel after the first commit.", False),
    ],
)
def test_a_lever_that_is_promised_for_too_long(text: str, late: bool) -> None:
    assert read(f"## On-chain lever\n\n{text}\n").late is late


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("## Owner\n\nA.\n\n## Owner\n\nB.\n", "stands in lines 1 and 5"),
        ("---\nlever: 7\n---\n# A\n", "a lever of its front matter"),
        ("---\nlever:\n  - { name: veto_proposal }\n---\n# A\n", "instruction and when"),
        ("---\nlever:\n  - [veto_proposal]\n---\n# A\n", "is a list"),
        ("---\npath: [IR-01]\n---\n# A\n", "path of its front matter"),
        ("---\nlever: [" + "none, " * 30 + "none]\n---\n# A\n", "more than 20"),
    ],
)
def test_what_can_not_be_told_is_refused(text: str, why: str) -> None:
    with pytest.raises(BadDocument, match=why):
        read(text)
