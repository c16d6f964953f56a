"""Incidents of the treasury and of its votes: each is seen by the detector meant for it alone."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.integration.incidents import check

NAMES = ("execute-attempts", "drain", "wrong-recipient", "delegate", "spam", "lone-vote")


@pytest.mark.parametrize("name", NAMES)
def test_an_incident_is_seen_for_what_it_is(name: str, tmp_path: Path) -> None:
    check(name, tmp_path)
