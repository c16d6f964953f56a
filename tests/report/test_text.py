"""Text made fit to be looked at, and what of foreign HTML and SVG may stay."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from privatedao_audit.report.clean_html import UnsafeFigure, inline_svg, safe_html
from privatedao_audit.report.html import prose
from privatedao_audit.view.text import duration, indented_json, short_key, utc, visible


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("plain ASCII ~", "plain ASCII ~"),
        ("Zürich → ≥ 3", "Zürich → ≥ 3"),
        ("a\u202eb", "a<U+202E>b"),
        ("zero\u200bwidth", "zero<U+200B>width"),
        ("\x1b[31mred", "<U+001B>[31mred"),
        ("two\nlines", "two<U+000A>lines"),
        ("\ud800 alone", "<U+D800> alone"),
        ("wide\u3000space\u00a0here", "wide<U+3000>space<U+00A0>here"),
        ("blank\u2800\u3164", "blank<U+2800><U+3164>"),
        ("tag\U000e0041", "tag<U+E0041>"),
        ("z" + "\u0301" * 5, "z" + "\u0301" * 3 + "<U+0301><U+0301>"),
    ],
)
def test_hidden_characters_become_code_points(text: str, shown: str) -> None:
    assert visible(text) == shown


def test_line_feeds_stay_where_a_block_is_asked_for() -> None:
    assert visible("a\n\tb\r", lines=True) == "a\n\tb<U+000D>"
    # Marks are counted on one letter, and a line feed is a new one.
    piled = "é\u0301\u0301\u0301" + "\n\u0301\u0301\u0301\u0301" + "é\u0301"
    assert visible(piled, lines=True) == piled.replace("\n" + "\u0301" * 4,
                                                      "\n" + "\u0301" * 3 + "<U+0301>")  # fmt: skip


@given(st.text())
def test_visible_text_is_printable_and_stays_as_it_is(text: str) -> None:
    shown = visible(text)
    assert shown.isprintable() or shown == ""
    assert visible(shown) == shown
    shown.encode("utf-8")


json_values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=20,
)


@given(json_values)
def test_indented_json_says_the_same(value: object) -> None:
    compact = json.dumps(value, separators=(",", ":"))
    shown = indented_json(compact)
    assert shown is not None and json.loads(shown) == value


def test_indenting_changes_no_digit_and_drops_no_key() -> None:
    text = '{"a":1e999,"a":18446744073709551615,"b":[],"c":{},"d":"x\\u202e, [1]:"}'
    shown = indented_json(text)
    assert shown is not None
    assert shown.splitlines()[1:3] == ['  "a": 1e999,', '  "a": 18446744073709551615,']
    assert '"b": [],' in shown and '"c": {},' in shown and '"x\\u202e, [1]:"' in shown


@pytest.mark.parametrize(
    "text", ["", "{", "NaN", '{"a":Infinity}', "[" * 100_000, "<html>", "[1,]"]
)
def test_what_is_not_json_is_left_alone(text: str) -> None:
    assert indented_json(text) is None


def test_json_too_deep_to_read_is_left_alone() -> None:
    assert indented_json("[" * 41 + "]" * 41) is None
    assert indented_json("[" * 40 + "]" * 40) is not None


def test_small_words() -> None:
    assert utc("2026-11-23T09:30:00Z") == "2026-11-23 09:30:00 UTC"
    assert utc("yesterday") == "yesterday"
    assert [duration(s) for s in (90, 120, 3600, 86_400, 15_552_000)] == [
        "90 s", "2 min", "1 h", "1 d", "180 d",
    ]  # fmt: skip
    assert short_key("9xQeWvG816bUx9EPjHmaT23yvVM2ZWbrrpZb9PusVFin") == "9xQe…VFin"
    assert short_key("short") == "short"


def test_prose_sets_code_spans_and_escapes_the_rest() -> None:
    assert prose("run `a <b>` & go") == "run <code>a &lt;b&gt;</code> &amp; go"
    assert prose("one ` only") == "one ` only"


@pytest.mark.parametrize(
    ("html", "left"),
    [
        ('<p class="badge" id="x" style="color:red" onclick="f()">t</p>', "<p>t</p>"),
        ("<script>f()</script><style>p{}</style>t", "t"),
        ('<a href="javascript:f()">t</a>', '<a rel="noopener noreferrer">t</a>'),
        ('<a href="data:text/html,x">t</a>', '<a rel="noopener noreferrer">t</a>'),
        ("<h1>t</h1><h5>u</h5>", "<h3>t</h3><h6>u</h6>"),
        ('<img src="http://e.example/a.png" alt="a > b">', "<em>[a picture was left out]</em>"),
        ('<img src="data:image/svg+xml;base64,AA" alt="x">', "<em>[a picture was left out]</em>"),
        ('<iframe src="x"></iframe><form action="x"><input></form>t', "t"),
        ("a\u202eb", "a&lt;U+202E&gt;b"),
        ("<svg><p>t</p></svg>", "<p>t</p>"),
    ],
)
def test_foreign_html_loses_all_but_its_structure(html: str, left: str) -> None:
    assert safe_html(html) == left


def test_an_embedded_picture_stays_and_a_table_scrolls_in_its_own_box() -> None:
    assert 'src="data:image/png;base64,AAAA"' in safe_html(
        '<img src="data:image/png;base64,AAAA" alt="x">'
    )
    assert safe_html("<table><caption>c</caption></table>").startswith(
        '<div class="scroll"><table><caption>c'
    )


def test_a_title_at_the_very_beginning_is_dropped_once() -> None:
    assert safe_html("<h1>A</h1><h1>B</h1>", drop_title=True) == "<h3>B</h3>"


SVG = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 1 1">{}</svg>'


def test_style_attributes_become_presentation_attributes() -> None:
    text = SVG.format(
        "<text style=\"font: bold 9px 'X', serif; text-anchor: middle; "
        'fill: #112233; background: red; stroke: url(http://e/)">t</text>'
    )
    drawn = inline_svg(text, alt="a", prefix="p-")
    assert 'font-size="9px"' in drawn and 'font-weight="600"' in drawn
    assert 'text-anchor="middle"' in drawn and 'fill="#112233"' in drawn
    assert "style" not in drawn and "url(" not in drawn and "background" not in drawn


def test_references_stay_inside_the_figure() -> None:
    drawn = inline_svg(
        SVG.format(
            '<defs><path id="m1" d="M0 0"/></defs><use href="#m1"/><use href="http://e/#a"/>'
            '<g clip-path="url(#c1)"/>'
        ),
        alt="a",
        prefix="p-",
    )
    assert 'id="p-m1"' in drawn and 'href="#p-m1"' in drawn and "url(#p-c1)" in drawn
    assert "http://e/" not in drawn


@pytest.mark.parametrize(
    "svg",
    [
        "<svg",
        "<p/>",
        '<!DOCTYPE svg [<!ENTITY a "b">]>' + SVG.format("&a;"),
        '<!DOCTYPE svg [<!ATTLIST g x CDATA "1">]>' + SVG.format(""),
    ],
)
def test_an_svg_that_cannot_be_trusted_is_refused(svg: str) -> None:
    with pytest.raises(UnsafeFigure):
        inline_svg(svg, alt="a", prefix="p-")
