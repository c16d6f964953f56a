"""Command lines of records: whatever stands there is judged, and breaks nothing."""

from __future__ import annotations

from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from privatedao_audit.domains.release.records import command_lines
from privatedao_audit.domains.release.records.facts import Kind

_PIECES = st.sampled_from(
    ["cargo", "test", "anchor", "build", "-p", "--package=", "--", "bash", "-c", "'", '"', "\\",
     " ", "\n", "&&", "|", ";", "!", "set -euo pipefail;", "--manifest-path", "/x", "A=1", "env",
     "\u200b", "$("]
)  # fmt: skip


@given(st.lists(_PIECES, max_size=14).map(" ".join) | st.text(max_size=60))
def test_any_text_is_judged(text: str) -> None:
    for kind in get_args(Kind):
        told = (
            command_lines.trouble(kind, text),
            command_lines.doubt(kind, text),
            command_lines.left_out(kind, text, ("gov",), ("programs/gov",)),
        )
        assert all("\n" not in one for one in told[:2])
        assert command_lines.chooses(kind, text) in (True, False)


@pytest.mark.parametrize(
    ("text", "crates"),
    [
        ("cargo test --manifest-path programs/gov/Cargo.toml", ()),
        ("cargo test --manifest-path /checkouts/gov/Cargo.toml", ("programs/gov",)),
        ("cargo test --manifest-path ./programs/Cargo.toml", ("programs/gov",)),
        ("cargo test -- -p other --exclude gov", ("programs/gov",)),
    ],
)
def test_what_may_be_the_program_is_not_said_to_leave_it_out(
    text: str, crates: tuple[str, ...]
) -> None:
    assert command_lines.left_out("test", text, ("gov",), crates) == ""


def test_a_verification_may_choose_what_it_likes() -> None:
    assert command_lines.left_out("verification", "cargo test -p other", ("gov",), ("x",)) == ""
    assert not command_lines.chooses("verification", "cargo test -p other")
    assert command_lines.chooses("test", "cargo test -p other")
