"""A run hears its canaries: a check that lets bad facts pass is found out."""

from __future__ import annotations

from dataclasses import replace

import pytest

from privatedao_audit.domains import canaries, registry
from privatedao_audit.model.finding import Judgement, Part
from privatedao_audit.model.reads import ReadAt
from privatedao_audit.model.status import Status


def test_every_check_is_shown_to_fail_on_all_its_bad_facts() -> None:
    heard = canaries.sing()

    assert heard.problems == []
    assert set(heard.shown) == {c for plan in registry.PLANS.values() for c in plan.checks}
    for control, one in heard.shown.items():
        assert one.of >= 2, control
        assert one.caught == one.of, control
        assert one.passed == one.good, control
    assert heard.as_json()["RG-06"] == {
        "caught": heard.shown["RG-06"].of, "of": heard.shown["RG-06"].of,
    }  # fmt: skip


def test_a_check_that_always_passes_is_heard(monkeypatch: pytest.MonkeyPatch) -> None:
    at = ReadAt(evidence=("r-0",))
    good = Judgement("Good.", (Part("all", Status.PASS, "Good.", at),))
    monkeypatch.setitem(registry.PLANS["gate"].checks, "RG-06", lambda facts, limits: good)

    heard = canaries.sing()

    assert heard.shown["RG-06"].caught == 0
    assert len(heard.problems) == heard.shown["RG-06"].of
    assert all("of RG-06 made it say PASS" in text for text in heard.problems)


def test_a_check_that_breaks_is_heard(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(facts: object, limits: object) -> Judgement:
        raise RuntimeError("a secret must not be here")

    monkeypatch.setitem(registry.PLANS["gate"].checks, "RG-06", broken)

    heard = canaries.sing()

    assert heard.shown["RG-06"].passed == heard.shown["RG-06"].caught == 0
    assert all(text.endswith("broke it: RuntimeError.") for text in heard.problems)


def test_a_check_without_canaries_and_a_canary_without_a_check_are_told() -> None:
    assert "No canary shows that the check of UA-06 can fail." in canaries.sing([]).problems
    stray = replace(canaries.cases()[0], control="RG-99")
    assert any("RG-99, which has no check" in text for text in canaries.sing([stray]).problems)
