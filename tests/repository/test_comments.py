"""What a reader of a rendered document sees is read; only what nobody sees is passed over."""

from __future__ import annotations

import pytest

from privatedao_audit.repository.claims.markdown import fragments
from privatedao_audit.repository.comments import without_comments
from privatedao_audit.repository.markdown import stated_lines

KEY = "GwqsAFDt3YuMJzhK82CWa6E5rc39rXJAHvc4fsVC6eQH"
CLAIM = f"Upgrade authority: `{KEY}`"


def read(source: str) -> bool:
    """Whether the ledger reads it, and what is read for statements does as well."""
    told = any(KEY in one.text for one in fragments(source))
    assert told == (KEY in "\n".join(stated_lines(source)))
    return told


@pytest.mark.parametrize(
    "source",
    [
        f"Comments begin with `<!--`.\n\n{CLAIM}\n",
        f"Comments begin with `` <!-- ` `` here.\n\n{CLAIM}\n",
        f"```html\n<!--\n```\n\n{CLAIM}\n",
        f"~~~\n<!-- never closed\n~~~\n{CLAIM}\n",
        f"<!-->\n{CLAIM}\n",
        f"<!--->\n{CLAIM}\n-->\n",
        f"A mark \\<!-- that is escaped\n\n{CLAIM}\n\n-->\n",
        f"A mark <!-- that nothing closes\n\n{CLAIM}\n\n-->\n",
        f"<!-- closed --> {CLAIM}\n",
        f"<!-- closed\nhere --> {CLAIM}\n",
        f"{CLAIM} <!-- and then\n",
        f"<!-- one --><!-- two -->\n{CLAIM}\n",
        f"``` <!-- is a span ```\n{CLAIM}\n",
        f"> <!-- in a quotation\n\n{CLAIM}\n",
        f"> <!-- in a quotation\n- {CLAIM}\n\n-->\n",
        f"- <!-- in an item\n\n{CLAIM}\n\n-->\n",
        f"1. <!-- in an item\n2. {CLAIM}\n-->\n",
        f"Text <!-- and\n- {CLAIM}\n--> more.\n",
        f"Text <!-- and\n# {CLAIM}\n--> more.\n",
    ],
)
def test_what_is_shown_is_read(source: str) -> None:
    assert read(source)


@pytest.mark.parametrize(
    "source",
    [
        f"<!-- {CLAIM} -->\n",
        f"<!--\n{CLAIM}\n-->\n",
        f"Text <!-- {CLAIM} --> and more.\n",
        f"Text <!-- and\n{CLAIM}\n--> more.\n",
        f"<!--\n\n{CLAIM}\n\nnever closed\n",
        f"- item\n\n  <!--\n  {CLAIM}\n  -->\n",
        f"> <!--\n> {CLAIM}\n> -->\n",
    ],
)
def test_what_nobody_sees_is_passed_over(source: str) -> None:
    assert not read(source)


def test_lines_keep_their_numbers() -> None:
    lines = ["a", "<!-- b", "c", "d --> e", "f <!-- g --> h", "`<!--`", "i"]
    assert without_comments(lines) == ["a", "", "", " e", "f  h", "`<!--`", "i"]


def test_a_hostile_document_takes_no_time() -> None:
    many = ["<!-- x" for _ in range(20_000)]
    assert len(without_comments(many)) == 20_000
    inside = ["text <!-- x"] * 20_000
    assert without_comments(inside) == inside
    ticks = " ".join("`" * (n % 60 + 1) for n in range(20_000)) + "<!--"
    assert without_comments([ticks]) == [ticks]
    assert without_comments(["<!-->" * 200_000]) == [""]
    assert without_comments(["`x` <!--" * 100_000])[0].startswith("`x` <!--`x`")
