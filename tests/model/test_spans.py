from __future__ import annotations

import re

import pytest

from privatedao_audit.model.spans import SPOKEN, spoken


@pytest.mark.parametrize(
    ("seconds", "said"),
    [
        (0, "0 s"), (119, "119 s"), (120, "2 min"), (7_199, "119 min"), (7_200, "2 h"),
        (172_799, "47 h"), (172_800, "2 days"), (15_552_000, "180 days"), (17_399_464, "201 days"),
    ],
)  # fmt: skip
def test_spans_are_said_in_the_unit_that_fits_and_never_rounded_up(seconds: int, said: str) -> None:
    assert spoken(seconds) == said
    assert re.fullmatch(SPOKEN, said)
