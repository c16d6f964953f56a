"""What says nothing must not count as said, and what says something must."""

from __future__ import annotations

import pytest

from privatedao_audit.domains.custody.blank import blank


@pytest.mark.parametrize(
    "text",
    [
        None, "", " ", "-", "--", "\u2013", "\u2014", "_", "*", "/", "\u2026", "...", "?", "\u200b",
        "\u00a0", "<>", "[ ]", "TBD", "TBD.", "(tbd)", "'tbd'", "`TBD`", "**TBD**", "<TBD>",
        "TBD by operations", "todo: ask", "n/a", "N.A.", "none", "None yet", "nobody", "No one",
        "nothing", "unassigned", "not assigned", "Not yet assigned", "to be determined",
        "to be confirmed", "to be filled in", "pending", "wip", "\u2014 tbd \u2014",
    ],
)  # fmt: skip
def test_what_says_nothing_is_blank(text: str | None) -> None:
    assert blank(text)


@pytest.mark.parametrize(
    "text",
    [
        "0", "no", "yes", "Na", "ops", "+1", "pager", "@duty", "#alerts", "A.", "\u2713",
        "Nobody's Club", "Pending Labs", "Todor", "tbdo", "none of them: 17", "unknown caller",
    ],
)  # fmt: skip
def test_what_says_something_is_not(text: str) -> None:
    assert not blank(text)
