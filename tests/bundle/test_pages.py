"""What a reader of a page sees is what was verified: each word changed is refused by both."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Callable
from typing import Any

import bundle_samples as samples
import pytest
from bundle_samples import Files

from privatedao_audit.bundle import verify_bundle as alone
from privatedao_audit.bundle.errors import BadBundle
from privatedao_audit.bundle.pages import Pages
from privatedao_audit.bundle.verify import verify
from privatedao_audit.bundle.views import check_documents
from privatedao_audit.model.catalogue import DOMAINS
from privatedao_audit.model.status import READING_ORDER
from privatedao_audit.report.html import page_frame
from privatedao_audit.view.style import STATUS_MARKS

REPORT, CUSTODY = "report.html", "domains/02_key_custody.html"
FAIL = '<span class="badge s-fail"><span class="glyph" aria-hidden="true">✗</span> FAIL</span>'
PASS = FAIL.replace("fail", "pass").replace("✗", "✓").replace("FAIL", "PASS")
CELL = '<div class="cell control" id="chapter-02-key-custody-UA-01">'


def both(files: Files) -> tuple[set[tuple[str, str]], set[tuple[str, str]]]:
    """Stages and sentences with which the package and the one file refuse."""
    raw = samples.zipped(samples.remade(files))
    return set(verify(raw).problems), set(alone.verify(raw, {}).problems)


def replaced(old: str, new: str) -> Callable[[str], str]:
    def change(text: str) -> str:
        assert old in text
        return text.replace(old, new, 1)

    return change


def in_article(old: str, new: str) -> Callable[[str], str]:
    """A change inside the card of UA-06."""

    def change(text: str) -> str:
        before, mark, after = text.partition('<article class="finding s-fail" id="UA-06"')
        assert mark and old in after
        return before + mark + after.replace(old, new, 1)

    return change


def put(markup: str) -> Callable[[str], str]:
    """Markup in front of what a chapter holds."""
    return replaced(CELL, markup + CELL)


def restyled(text: str) -> str:
    """Another style sheet, and the policy that names it."""
    style = text.partition("<style>")[2].partition("</style>")[0]
    other = style + '#word{font-size:0}#word::after{content:"READY";font-size:3rem}'
    return text.replace(style, other).replace(hashed(style), hashed(other))


def rescripted(text: str) -> str:
    """Another script, and the policy that names it."""
    script = text.rpartition("<script>")[2].partition("</script>")[0]
    other = script + 'document.getElementById("word").textContent = "READY";'
    return text.replace(script, other).replace(hashed(script), hashed(other))


def hashed(text: str) -> str:
    return base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()


DRAWN = '<svg transform="translate(0 -9000)"><text>READY</text></svg>'
MARKED = "✗</span> FAIL</span></span>"
SEEN: dict[str, Callable[[str], str]] = {
    "another verdict": replaced(">NOT READY</p>", ">READY</p>"),
    "the verdict green": replaced('class="word v-not-ready"', 'class="word v-ready"'),
    "another reason": replaced('<p class="reason">', '<p class="reason">Almost there. '),
    "another count": replaced("<b>73</b>", "<b>0</b>"),
    "another number in all": replaced("75 controls in all", "2 controls in all"),
    "another count in a domain": replaced('="custody">13<', '="custody">0<'),
    "a doubt left out": replaced("<li>Everything on chain was read through", "<li>Read through"),
    "no blocking controls": replaced("blocking controls are", "blocking controls are not"),
    "another badge": in_article(FAIL, PASS),
    "another badge of a part": replaced(f'"id">two</b> {FAIL}', f'"id">two</b> {PASS}'),
    "another title": in_article("</a> ", "</a> Not "),
    "another summary": in_article('<p class="summary">', '<p class="summary">Not '),
    "another requirement": in_article("<dt>Required</dt><dd>", "<dt>Required</dt><dd>Nothing: "),
    "another observation": replaced("<dd><code>7</code></dd>", "<dd><code>8</code></dd>"),
    "another read": replaced('<a class="evidence" href="#r-', '<a class="evidence" href="#r-0'),
    "another thing to do": in_article("<dt>To do</dt><dd>", "<dt>Done</dt><dd>"),
    "another boundary": replaced("<td><b>open</b></td>", "<td><b>proven on chain</b></td>"),
    "another kit": replaced("privatedao-audit 0", "privatedao-audit 9"),
    "another program": replaced("<code data-copy>", "<code data-copy>1"),
    "another command": replaced("cmp RUN/findings.json", "true RUN/findings.json"),
    "another verdict above it": replaced(
        '<section class="doubt"', '<p class="word v-ready">READY</p><section class="doubt"'),
    "hidden in a comment": replaced('<p id="word"', '<!-- --><p id="word"'),
    "hidden": replaced('<p id="word"', '<p hidden id="word"'),
    "an inline style": replaced('<p id="word"', '<p style="display:none" id="word"'),
    "other styles": restyled,
    "more styles": replaced("</head>", "<style>#word{display:none}</style></head>"),
    "another script": rescripted,
    "more script": replaced("</body>", "<script>1</script></body>"),
    "another policy": replaced("default-src &#39;none&#39;", "default-src *"),
    "another document": replaced("<body>", '<body><iframe srcdoc="READY"></iframe>'),
    "something at the end": lambda text: text + '<p class="word v-ready">READY</p>',
    "its end missing": lambda text: text[:-10],
    "another title of the window": replaced("<title>", "<title>READY "),
    "the register emptied": lambda text: text.replace(
        text[text.index('<section class="entry"'):text.rindex('<section class="apart" id="ver')],
        "</section>\n\n"),
    "a false crosswalk": replaced('<span class="pair s-fail">', '<span class="pair s-pass">'),
    "a false word in the crosswalk": replaced(MARKED, "✓</span> PASS</span></span>"),
    "a chapter's verdict": replaced("<p>Bad. <a", "<p>Good. <a"),
    "a verdict line more": put(f'<div class="strip s-pass"><p><b>UA-06</b> {PASS}</p></div>'),
    "a badge in prose": put(f"<p>UA-06 {PASS}</p>"),
    "a chapter that closes its section": put('</section><section class="verdict">'),
    "a chapter that closes a division": put("<ul><li><div><li></li></div></li></ul>"),
    "a chapter with a style": put("<style>#word{display:none}</style>"),
    "a chapter with an inline style": put('<p style="position:fixed">READY</p>'),
    "a chapter with a class of others": put('<p class="word v-ready">READY</p>'),
    "a chapter with an id of others": put('<p id="word">READY</p>'),
    "a chapter with a drawing laid over": put(DRAWN),
    "a chapter with a frame": put('<iframe src="https://example.org"></iframe>'),
    "a chapter with a comment": put("<!-- "),
    "a chapter with an open element": put("<details><summary>more</summary>"),
    "a chapter with what hides": put('<span class="pdf">x</span>'),
    "a chapter with a handler": put('<p onclick="x">READY</p>'),
    "a chapter with a script": put("<script>x</script>"),
    "a chapter with a picture from elsewhere": put('<img src="https://example.org/a.png">'),
    "a chapter that runs a link": put('<a href="javascript:x">x</a>'),
}  # fmt: skip


@pytest.fixture(scope="module")
def found(raw: bytes) -> dict[str, Any]:
    return json.loads(samples.files_of(raw)["findings.json"])  # type: ignore[no-any-return]


@pytest.mark.parametrize("change", SEEN.values(), ids=SEEN)
def test_a_page_that_says_something_else_is_refused_by_both(
    raw: bytes, found: dict[str, Any], change: Callable[[str], str]
) -> None:
    files = samples.files_of(raw)
    text = files[REPORT].decode()
    changed = change(text)
    assert changed != text
    only = {name: data for name, data in files.items() if not name.startswith("domains/")}
    made = {**only, REPORT: changed.encode()}
    with pytest.raises(BadBundle, match=REPORT) as ours:
        check_documents(made, found)
    with pytest.raises(alone.Refused, match=REPORT) as theirs:
        alone.check_documents(made, found)
    assert ours.value.stage == theirs.value.stage == "views"
    assert len(str(ours.value)) < 200 and len(str(theirs.value)) < 200


@pytest.mark.parametrize("name", ["another verdict", "another badge", "other styles"])
@pytest.mark.parametrize("page", [REPORT, CUSTODY])
def test_so_is_the_whole_bundle(raw: bytes, page: str, name: str) -> None:
    files = samples.files_of(raw)
    ours, theirs = both({**files, page: SEEN[name](files[page].decode()).encode()})
    assert {s for s, _ in ours} == {s for s, _ in theirs} == {"views"}


def test_prose_of_a_chapter_is_what_replay_compares(raw: bytes) -> None:
    files = samples.files_of(raw)
    calm = put('<div class="prose" id="chapter-02-key-custody-a"><p>All is <b>well</b>.</p></div>'
               """<figure><img alt='A "word"' src="data:image/png;base64,aaaa"/></figure>"""
               '<svg viewbox="0 0 1 1"><g transform="scale(2)"><path d="M 0 0"/></g></svg>'
               '<ul><li><a href="https://example.org" rel="noopener">x</a><br/></li></ul>'
               '<pre><span class="kn">x</span></pre>')  # fmt: skip
    made = {**files, REPORT: calm(files[REPORT].decode()).encode()}
    assert both(made) == (set(), set())


def test_pages_of_another_version_are_not_called_forged(raw: bytes) -> None:
    files = samples.files_of(raw)
    found = json.loads(files["findings.json"])
    found["method"]["kit_version"] = "9.9.9"
    assert not Pages(files, found).known
    made = samples.edited(files, "findings.json", lambda value: value.update(found))
    for name in ("report.pdf", CUSTODY.replace("html", "pdf")):
        made[name] = samples.pdf(made["findings.json"])
    page = made[REPORT].replace(b"Findings, worst first", b"Findings, the worst at the top")
    whole = samples.zipped(samples.remade({**made, REPORT: page}, kit_version="9.9.9"))
    report, other = verify(whole), alone.verify(whole, {})
    assert report.problems == other.problems == []
    assert any("another kit version" in one for one in report.notes)
    (note,) = other.notes
    assert note.startswith("pages of another kit version ('9.9.9'): their statuses")
    assert not any("in words" in one for one in report.passed)


def test_the_one_file_knows_styles_script_marks_and_domains(raw: bytes) -> None:
    """What it states by itself is what this version ships: mend it there when this fails."""
    from privatedao_audit.report.html import _page_parts

    parts = _page_parts()
    assert hashed(parts["css"]) == alone.STYLE, "STYLE in verify_bundle.py: the left side"
    assert hashed(parts["script"]) == alone.SCRIPT, "SCRIPT in verify_bundle.py: the left side"
    assert parts["policy"] == alone.POLICY
    marks = {s.value: (m.glyph, m.slug, m.solid) for s, m in STATUS_MARKS.items()}
    assert marks == alone.MARKS and [s.value for s in READING_ORDER] == alone.ORDER
    assert {d.name: (d.title, d.notebook) for d in DOMAINS} == alone.DOMAINS


def rich(found: dict[str, Any]) -> None:
    """Findings with everything that a card can hold; no verdict follows from them."""
    rows = {row["id"]: row for row in found["controls"]}
    one, two = rows["UA-01"], rows["UA-06"]
    deep = {"a": {"b": {"c": {"d": {"e": {"f": {"g": 1}}}}}}, "x" * 30: None, "t": True, "e": {}}
    hostile = 'A "word" & <b>\u202e✓ PASS</b> `code` `' + "1" * 40 + " é\u0301\u0301\u0301\u0301"
    two["parts"][0] |= {"observed": [*range(120)], "expected": [], "label": hostile}
    two["parts"][1] |= {"observed": deep, "summary": hostile * 60}
    two["read_at"] |= {"slot": None, "commitment": None}
    one["title"] = two["summary"] = hostile
    one["evidence"] = [f"r-{n:016x}" for n in range(9)]
    one["age_limit_seconds"] = 90
    one["invalidated_by"] = ["one `thing`", "another"]
    two["invalidated_by"] = []
    rows["SD-01"] |= {"status": "WAIVED", "waiver": {
        "underneath": "FAIL", "owner": "A", "reason": "B", "expires": "2027-01-01",
        "compensating_control": "C", "file": "f.toml", "evidence": ["r-0123456789abcdef"],
    }}  # fmt: skip
    found["waivers"] = [{"control": "SD-01", "state": "in force", "text": hostile},
                        {"control": "", "state": "refused", "text": "x"}]  # fmt: skip
    found["canaries"]["UA-06"]["caught"] = 3
    found["self_doubt"] = []
    found["method"] |= {"lock": None, "limits_loosened": ["register_age_seconds"]}
    found["run"] |= {"slot_window": [7, 9], "repository": {"commit": "c" * 40, "dirty": True}}
    found["run"]["providers"].append({"label": "second", "host": "<x>"})
    found["target"]["title"] = hostile


@pytest.mark.parametrize("domain", [None, "custody", "treasury"])
@pytest.mark.parametrize("change", [lambda found: None, rich], ids=["the run", "rich"])
def test_the_one_file_writes_pages_as_the_templates_do(
    raw: bytes, change: Callable[[Any], None], domain: str | None
) -> None:
    """It holds the templates a second time, in its own words: when one moves, so must the other."""
    files = samples.files_of(raw)
    found = json.loads(files["findings.json"])
    change(found)
    stem = next((one.notebook for one in DOMAINS if one.name == domain), None)
    name = REPORT if stem is None else f"domains/{stem}.html"
    index = samples.Index(files, json.loads(files["target.json"]))
    stems = ["02_key_custody"] if domain != "treasury" else []
    kept = {key: data for key, data in files.items() if stems or not key.startswith("notebooks/")}
    (head, *rest) = page_frame(found, stems, index, domain=domain)
    rows = [row for row in found["controls"] if row["domain"] == "custody"]
    body = "".join(alone.verdict_line(row) for row in rows)
    text = body.join([head, *rest])
    assert text.count('<span class="strip') == 0
    alone.check_words_of(name, text, kept, found)
    with pytest.raises(alone.Refused):
        alone.check_words_of(name, text.replace("</h3>", "!</h3>", 1).replace("</dd>", "!</dd>", 1),
                             kept, found)  # fmt: skip


@pytest.mark.parametrize(
    ("old", "new"),
    [('title = "A case"', 'title = "Another"'), ("[[daos]]", "[[mints]]"),
     ('name = "localnet"', 'name = "devnet"'), ('name = "DAO"', 'name = "DAO "'),
     ('protocol = "privatedao"', 'protocol = "privatedao"\nprotocol_version = "2"'),
     ("schema = 1", "schema = 2"), ("schema = 1", "not TOML")],
)  # fmt: skip
def test_another_profile_is_refused_by_both(raw: bytes, old: str, new: str) -> None:
    files = samples.files_of(raw)
    profile = files["target.toml"].decode()
    assert old in profile
    ours, theirs = both({**files, "target.toml": profile.replace(old, new, 1).encode()})
    assert {s for s, _ in ours} == {s for s, _ in theirs} == {"method"}


def test_comments_and_defaults_of_a_profile_are_no_other_profile(raw: bytes) -> None:
    files = samples.files_of(raw)
    more = "# by hand\nmints = []\n" + files["target.toml"].decode() + "\n[limits]\n"
    assert both({**files, "target.toml": more.encode()}) == (set(), set())
