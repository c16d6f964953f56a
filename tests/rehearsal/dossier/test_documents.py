"""Plain text of a rehearsal's documents: TOML that nothing breaks out of, dated commits."""

from __future__ import annotations

import subprocess
import tomllib
from pathlib import Path
from typing import Any

import pytest

from privatedao_audit.rehearsal.dossier import sources
from privatedao_audit.rehearsal.dossier.history import History
from privatedao_audit.rehearsal.dossier.surfaces import surfaces
from privatedao_audit.rehearsal.dossier.text import day, front_matter, toml, utc
from privatedao_audit.rehearsal.life import hostile


def test_toml_reads_back_as_it_was() -> None:
    content: dict[str, Any] = {
        "text": 'a "quoted" \\ text',
        "number": 7,
        "yes": True,
        "none": [],
        "list": ["a", "b"],
        "long": [f"sentence number {number} of a list" for number in range(9)],
        "table": {"inner": {"key": "value"}, "number": 1},
        "rows": [{"name": "first", "deep": {"key": 1}}, {"name": "second", "list": [1, 2]}],
    }
    assert tomllib.loads(toml("One line.\nAnother.", content)) == content


@pytest.mark.parametrize(
    "text", [hostile.TITLE, hostile.DESCRIPTION, hostile.MEMO, "\x7f", "\r\n[forged]\n"]
)
def test_hostile_text_stays_a_value(text: str) -> None:
    written = toml("About.", {"rows": [{"title": text}], "after": 1})
    assert written.isascii()
    assert tomllib.loads(written) == {"rows": [{"title": text}], "after": 1}


def test_toml_refuses_what_it_would_write_wrongly() -> None:
    with pytest.raises(ValueError, match="U\\+FFFF"):
        toml("About.", {"text": "\U0001f600"})
    with pytest.raises(ValueError, match="plain list"):
        toml("About.", {"list": ["text", {"key": 1}]})


def test_times_are_utc() -> None:
    assert utc(1_790_000_000) == "2026-09-21T14:13:20Z"
    assert day(1_790_000_000) == "2026-09-21"
    assert front_matter({"owner": "me"}) == "---\nowner: me\n---\n\n"


def test_commits_have_the_dates_of_the_story(tmp_path: Path) -> None:
    history = History(tmp_path)
    history.begin()
    first = history.commit(1_700_000_000, "First", {"a/b.txt": "one\r\n"})
    tree = history.tree()
    second = history.commit(1_700_086_400, "Second", {"c.txt": "two\n"})
    history.tag("v1", first, 1_700_000_000)

    def git(*arguments: str) -> str:
        command = ["git", "-C", str(tmp_path), *arguments]
        return subprocess.run(command, check=True, capture_output=True, text=True).stdout

    rows = git("log", "--format=%H %ct %at").split("\n")
    assert rows[0] == f"{second} 1700086400 1700086400"
    assert rows[1] == f"{first} 1700000000 1700000000"
    assert git("rev-parse", f"{first}^{{tree}}").strip() == tree
    assert git("rev-parse", "v1^{commit}").strip() == first
    assert git("status", "--porcelain") == ""
    assert (tmp_path / "a" / "b.txt").read_bytes() == b"one\r\n"


def test_the_interface_is_whole() -> None:
    assert len(sources.instruction_names()) == 47
    assert len(sources.account_names()) == 23


def test_every_surface_names_a_part_once() -> None:
    rows = surfaces()
    named = [(row["part"], row["file"]) for row in rows]
    assert len(set(named)) == len(named) >= 10
    assert {"release-record", "custody-record", "signer-register"} <= {one for one, _ in named}
