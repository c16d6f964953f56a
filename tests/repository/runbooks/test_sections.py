"""What a reader sees of a runbook, and which of its lines say something."""

from __future__ import annotations

import pytest

from privatedao_audit.repository.errors import BadDocument
from privatedao_audit.repository.runbooks.sections import (
    MAX_RUNBOOK,
    plain,
    read_sections,
    said_lines,
    says_something,
)

DOCUMENT = b"""---
path: IR-01
---
# Title

Intro.

```
## In a fence
```

## First *actions* ##

1. Look.

### Details

More.

Setext
======

Below.

<!--
## In a comment
-->
"""


def test_sections_hold_their_own_parts_and_their_lines_in_the_file() -> None:
    front, sections = read_sections(DOCUMENT)
    assert front == {"path": "IR-01"}
    assert [(one.heading, one.at) for one in sections] == [
        ("Title", 4), ("First *actions*", 12), ("Details", 16), ("Setext", 20),
    ]  # fmt: skip
    by_name = {plain(one.heading): said_lines(one.lines) for one in sections}
    assert by_name["first actions"] == ("1. Look.", "More.")
    assert by_name["details"] == ("More.",)
    assert by_name["setext"] == ("Below.",)
    assert by_name["title"] == ("Intro.", "1. Look.", "More.")


def test_toml_front_matter_and_none_at_all() -> None:
    front, sections = read_sections(b'+++\npath = "IR-02"\n+++\n# A\n\ntext\n')
    assert (front["path"], sections[0].at) == ("IR-02", 4)
    assert read_sections(b"# A\n\ntext\n")[0] == {}
    # A rule across the page is no front matter.
    assert read_sections(b"---\n\nno end\n")[0] == {}


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (b"\xff", "not UTF-8"),
        (b"\xef\xbb\xbf# A", "byte order mark"),
        (b"a" * (MAX_RUNBOOK + 1), "a runbook may have"),
        (b"x" * 5_000, "a line has more than"),
        (b"+++\npath = 1\n", "does not end"),
        (b"---\na: &b [1]\n---\n", "anchor|YAML|not"),
        (b"---\n- a\n---\n", "no table"),
        (b"---\n" + b"a: " + b"b" * 3_000 + b"\n" + b"c: d\n" * 4_000 + b"---\n", "front matter"),
        (b"# h\n" * 501, "headings"),
    ],
)  # fmt: skip
def test_a_document_that_is_none_is_refused(data: bytes, why: str) -> None:
    with pytest.raises(BadDocument, match=why):
        read_sections(data)


@pytest.mark.parametrize(
    "line",
    ["", "-", "- TBD", "* [ ] todo", "> N/A", "…", "...", "---", "**TBD**", "To be defined.",
     "TODO: write this down", "1. To be named by the board", "\u200b\u200b", "(none)", "`tbd`",
     "[TBD](docs/tbd.md)", "<br>", "| | |", "42", "insert name here"],
)  # fmt: skip
def test_a_placeholder_says_nothing(line: str) -> None:
    assert not says_something(line)
    assert said_lines((line,)) == ()


@pytest.mark.parametrize(
    "line",
    ["- Call the duty officer.", "Nobody signs until two agree.", "Позвонить дежурному",
     "| trigger | an alert |", "None of the keys is used again.", "Unknown signers are removed."],
)  # fmt: skip
def test_a_sentence_says_something(line: str) -> None:
    assert said_lines((line,)) == (line,)


@pytest.mark.parametrize("line", ["Owner:", "**Owner:** TBD", "- Contact: …"])
def test_a_label_alone_says_nothing(line: str) -> None:
    assert said_lines((line,)) == ()


def test_a_hostile_document_is_read_in_no_time() -> None:
    hostile = ("# [[[[" + "*_`" * 900 + "\n") * 150 + "- " * 1_900 + "\n"
    _front, sections = read_sections(hostile.encode())
    assert len(sections) == 150
