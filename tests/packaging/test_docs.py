"""The pages for each user: every command, option and file that they name exists."""

from __future__ import annotations

import re
from pathlib import Path

import click
import pytest

from privatedao_audit.cli import group
from privatedao_audit.model import annotations

ROOT = Path(__file__).resolve().parents[2]
PAGES = ("auditor", "team", "reviewer")


def page(name: str) -> str:
    return (ROOT / "docs" / f"{name}.md").read_text("utf-8")


def commands(text: str) -> list[tuple[str, str]]:
    """Command and the rest of its line, from fenced blocks and code spans."""
    joined = text.replace("\\\n", " ")
    blocks = re.findall(r"^```\n(.*?)^```", joined, re.DOTALL | re.MULTILINE)
    spans = re.findall(r"`(privatedao-audit [^`]+)`", re.sub(r"```.*?```", "", joined, flags=re.S))
    lines = [line.strip() for block in blocks for line in block.splitlines()]
    lines += [" ".join(span.split()) for span in spans]
    found = [re.match(r"privatedao-audit ([a-z-]+)(.*)", line) for line in lines]
    return [(one[1], one[2]) for one in found if one]


@pytest.mark.parametrize("name", PAGES)
def test_every_command_and_option_exists(name: str) -> None:
    context = click.Context(group)
    found = commands(page(name))
    assert len(found) >= 4
    for command, rest in found:
        known = group.get_command(context, command)
        assert known is not None, command
        options = {one for param in known.params for one in (*param.opts, *param.secondary_opts)}
        # What `record` runs stands after its own options.
        used = set(re.findall(r"(?<=\s)--[a-z-]+", rest.split(" -- ")[0]))
        assert used <= options, (command, used - options)


@pytest.mark.parametrize("name", PAGES)
def test_every_file_of_the_project_that_is_named_is_there(name: str) -> None:
    named = re.findall(r"(?:docs|templates|privatedao_audit)/[\w/.-]*\w/?", page(name))
    assert named
    for one in named:
        assert (ROOT / one).exists(), one


@pytest.mark.parametrize("name", PAGES)
def test_lines_are_short_and_nothing_is_promised(name: str) -> None:
    text = page(name)
    assert max(map(len, text.splitlines())) <= 101
    assert not re.search(r"\b(secure|safe|healthy|guarantee\w*)\b", text, re.IGNORECASE)


def test_the_blank_form_of_annotations_is_right_once_filled_in() -> None:
    text = (ROOT / "templates" / "signoff" / "annotations.toml").read_text("utf-8")
    with pytest.raises(annotations.BadAnnotations):
        annotations.parse(text.encode(), "the form")
    filled = re.sub(r'^reason = ""', 'reason = "It was so."', text, flags=re.MULTILINE)
    filled = re.sub(r'^status = ""', 'status = "FAIL"', filled, flags=re.MULTILINE)
    given = annotations.parse(filled.replace('""', '"UA-01"').encode(), "the form")
    members = set(annotations.Auditor.model_fields) | set(annotations.Scope.model_fields)
    members |= set(annotations.Note.model_fields) | set(annotations.Lowered.model_fields)
    assert members == set(re.findall(r"^(\w+) = ", text, re.MULTILINE)) - {"schema"}
    assert given.lowered[0].control == "UA-01"


def test_the_form_names_every_status_that_can_be_given() -> None:
    text = (ROOT / "templates" / "signoff" / "annotations.toml").read_text("utf-8")
    for status in annotations.STATUSES:
        assert status in text
