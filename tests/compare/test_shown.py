"""What a comparison looks like: the same in three forms, and deaf to what strangers wrote."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest

from privatedao_audit.compare import markdown, page, terminal
from privatedao_audit.compare.difference import difference
from privatedao_audit.compare.facts import Kind
from privatedao_audit.compare.sections import Comparison, of_difference
from privatedao_audit.compare.sides import Side
from tests.compare.altered import control, status

Make = Callable[[], Side]
HOSTILE = (
    "</p><script>alert(1)</script> ![x](http://evil.example/x) @all `code` | \x1b[2J \u202e ✓ PASS"
)


@pytest.fixture
def hostile(side: Make) -> Comparison:
    """A comparison whose every text a stranger wrote."""
    one, two = side(), side()
    for made, word in ((one, "PASS"), (two, "FAIL")):
        status(made, "UA-04", word, word)
        row = control(made, "UA-04")
        row |= {"title": HOSTILE, "summary": HOSTILE}
        made.findings["target"]["title"] = HOSTILE
        made.findings["waivers"] = [{"control": "UA-04", "state": word, "text": HOSTILE}]
        made.facts["facts"]["custody"] = {HOSTILE: f"{HOSTILE} {word}"}
    named = [Side(HOSTILE, made.findings, made.facts) for made in (one, two)]
    return of_difference(difference(*named))


def test_the_terminal_shows_no_control_character(hostile: Comparison) -> None:
    text = "\n".join(terminal.lines(hostile))
    assert "\x1b" not in text and "\u202e" not in text and "<U+202E>" in text
    assert "✗ FAIL" in text and text.endswith("Worse.")


def test_markdown_keeps_every_stranger_in_code(hostile: Comparison) -> None:
    text = markdown.render(hostile).decode()
    outside = re.sub(r"(`+)(?!`).*?(?<!`)\1(?!`)", "", text)
    assert "alert" in text and "alert" not in outside
    for sign in ("<script", "](http", "@all", "|"):
        assert sign not in outside


def test_the_page_is_offline_and_escaped(hostile: Comparison) -> None:
    text = page.render(hostile)
    body = text[text.index("<body>") :]
    assert body.count("<script>") == 1 and "&lt;script&gt;alert(1)" in body
    assert "default-src &#39;none&#39;" in text
    assert re.search(r'(?:src|href)="(?!#|data:)', body) is None
    assert text == page.render(hostile)


def test_all_forms_say_the_same(side: Make) -> None:
    one, two = side(), side()
    status(one, "UA-04", "PASS", "PASS")
    status(two, "UA-04", "FAIL", "FAIL")
    one.facts["facts"]["custody"] = {"a": 1}
    two.facts["facts"]["custody"] = {"a": 2}
    found = of_difference(difference(one, two))
    assert [section.id for section in found.sections] == [
        "verdicts", "facts", "coverage", "waivers", "method",
    ]  # fmt: skip
    for text in ("\n".join(terminal.lines(found)), markdown.render(found).decode(),
                 page.render(found)):  # fmt: skip
        assert "Worse" in text
        for section in found.sections:
            assert section.title in text
        assert "custody: a" in text and "UA-04" in text


def test_a_fact_of_several_domains_comes_once(side: Make) -> None:
    one, two = side(), side()
    for name in ("custody", "release"):
        one.facts["facts"][name] = {"a": 1}
        two.facts["facts"][name] = {"a": 2}
    (line,) = of_difference(difference(one, two)).sections[1].lines
    assert (line.what, line.mark) == ("custody, release: a", Kind.CHANGED.value)


def test_long_sections_are_counted(side: Make) -> None:
    one, two = side(), side()
    one.facts["facts"]["custody"] = {f"n{n:04}": 1 for n in range(1_000)}
    two.facts["facts"]["custody"] = {f"n{n:04}": 2 for n in range(1_000)}
    found = of_difference(difference(one, two))
    assert "… and 970 more" in "\n".join(terminal.lines(found))
    assert "- and 975 more" in markdown.render(found).decode()
    assert "and 600 more" in page.render(found)
    assert len(markdown.render(found)) < 65_536


def test_nothing_is_said_to_be_nothing(side: Make) -> None:
    found = of_difference(difference(side(), side()))
    assert found.headline == "Nothing is worse"
    assert "Why it is worse" not in page.render(found)
    assert "Exactly as much was read." in markdown.render(found).decode()
