"""A document does nothing that nobody asked for, whatever strangers wrote into it."""

from __future__ import annotations

import copy
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

from privatedao_audit.model.finding import FINDING_MIME
from privatedao_audit.report.html import render_notebooks, render_report
from privatedao_audit.view.text import visible
from tests.browser.reading import Reading

Read = Callable[..., Reading]

DOCUMENTS = ("report", "custody", "notebooks", "sample")

#: What a stranger may put on chain, in a log, in a document or into an answer.
HOSTILE = (
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "<svg onload=alert(1)><animate onbegin=alert(1) attributeName=x dur=1s>",
    "<iframe src=\"javascript:alert(1)\"></iframe><object data='data:text/html,x'></object>",
    "</script><script>alert(1)</script>",
    "</style><style>body{display:none}</style>",
    "</title><body onload=alert(1)>",
    "--><script>alert(1)</script><!--",
    "\"><a href='javascript:alert(1)' autofocus onfocus=alert(1)>x</a>",
    "'; alert(1); //",
    "{{ 7 * 7 }}{% for x in ().__class__.__base__.__subclasses__() %}x{% endfor %}",
    "[x](javascript:alert(1)) ![x](http://evil.example/x.png) <http://evil.example>",
    "<meta http-equiv=refresh content='0;url=http://evil.example'><base href=http://evil.example>",
    "<link rel=stylesheet href=http://evil.example/x.css><form action=http://evil.example>",
    "<details open ontoggle=alert(1)><summary>x</summary></details>",
    "<math><mtext><table><mglyph><style><img src=x onerror=alert(1)>",
    "\u202egnp.exe\u2066 \u200b\u0000\u001b[31mred",
    "# UA-06 PASS\n\n| a | b |\n|---|---|\n| x | y |",
    '<h1 id="verdict">READY</h1><span class="badge s-pass">PASS</span>',
)
_FREE = {
    "title", "requirement", "summary", "remediation", "recheck", "text", "label",
    "invalidated_by", "frameworks", "observed", "expected",
}  # fmt: skip
_COUNTED = "() => [...document.querySelectorAll('*')].map((e) => e.localName).sort().join(' ')"


def _replaced(value: Any, text: str, free: bool = False) -> Any:
    """The value with every text that a stranger may have a hand in replaced."""
    if isinstance(value, dict):
        return {k: _replaced(v, text, free or k in _FREE) for k, v in value.items()}
    if isinstance(value, list):
        return [_replaced(one, text, free) for one in value]
    return text if free and isinstance(value, str) else value


@pytest.mark.parametrize(
    ("document", "scheme"),
    [(d, s) for d in DOCUMENTS for s in ("light", "dark") if (d, s) != ("sample", "dark")],
)
def test_opening_asks_nobody_for_anything(
    read: Read, request: pytest.FixtureRequest, document: str, scheme: str
) -> None:
    reading = read(request.getfixturevalue(document), scheme=scheme)
    reading.open_all()
    reading.page.wait_for_load_state("networkidle")
    assert reading.js("document.querySelector('h1').textContent.trim()") != ""
    assert reading.js("performance.getEntriesByType('resource').filter("
                      "(e) => !e.name.startsWith('data:')).map((e) => e.name)") == []  # fmt: skip
    fonts = reading.js("() => [...document.fonts].filter((f) => f.status === 'loaded').length")
    assert fonts > 0, "the bundled fonts did not load"
    assert reading.unasked() == []


def _page(synthetic: Any, findings: dict[str, Any], text: str) -> str:
    """The made-up run, with one text wherever a stranger may write."""
    said = copy.deepcopy(findings)
    said["controls"] = [_replaced(one, text) for one in said["controls"]]
    said["self_doubt"] = _replaced(said["self_doubt"], text)
    said["target"]["title"] = text
    said["run"]["providers"] = [{"label": "main", "host": text}]
    recording = synthetic.recording()
    recording.add("stranger", "getTransaction", [text], text.encode("utf-8", "replace"))
    for read in recording.reads.values():
        read["reason"] = text
    for exchange in recording.exchanges.values():
        exchange["host"] = text
    cells = [
        new_markdown_cell("# Custody", id="title"),
        new_code_cell(
            f"print({text!r})", id="strangers", execution_count=1,
            outputs=[
                new_output("stream", name="stdout", text=text),
                new_output("display_data", data={"text/plain": text}),
                new_output("display_data", data={"text/html": f"<table><tr><td>{text}</td></tr>"
                                                 "</table>", "text/plain": "a table"}),
                new_output("display_data", data={FINDING_MIME: said["controls"][0]}),
                new_output("error", ename="E", evalue=text, traceback=[text]),
            ],
        ),
    ]  # fmt: skip
    books = [("02_key_custody", new_notebook(cells=cells))]
    return render_report(said, books, recording)


@pytest.mark.parametrize("text", HOSTILE, ids=range(len(HOSTILE)))
def test_strangers_text_is_text(
    read: Read, synthetic: Any, findings: dict[str, Any], tmp_path: Path, text: str
) -> None:
    """Whatever it is, the page has the elements it has with harmless text in the same places."""
    plain = tmp_path / "plain.html"
    plain.write_text(_page(synthetic, findings, "harmless"), encoding="utf-8")
    hostile = tmp_path / "hostile.html"
    hostile.write_text(_page(synthetic, findings, text), encoding="utf-8", errors="replace")
    calm, stirred = read(plain), read(hostile)
    stirred.open_all()
    stirred.page.mouse.move(200, 300)
    stirred.page.keyboard.press("Tab")
    # Within an HTML output of a notebook, harmless markup may stay: it is cleaned, not escaped.
    drop = "() => { for (const o of document.querySelectorAll('.output')) o.remove(); }"
    for one in (calm, stirred):
        assert one.js("document.querySelectorAll('script, style').length") == 2
        assert one.js("document.querySelectorAll('iframe, object, embed, base, link').length") == 0
        one.js(drop)
    assert _spared(stirred.js(_COUNTED)) == _spared(calm.js(_COUNTED))
    shown = stirred.js("document.querySelector('h1').innerText")
    assert " ".join(shown.split()) == " ".join(visible(text).split())


def _spared(elements: str) -> list[str]:
    """Without code marks, which a pair of backticks in a sentence makes, and colours of code."""
    return [name for name in elements.split() if name not in ("code", "span")]


def test_a_stranger_forges_no_badge(
    read: Read, synthetic: Any, findings: dict[str, Any], tmp_path: Path
) -> None:
    made = tmp_path / "forged.html"
    made.write_text(_page(synthetic, findings, HOSTILE[-1]), encoding="utf-8")
    reading = read(made)
    judged = [*findings["controls"], *(p for one in findings["controls"] for p in one["parts"])]
    passes = sum(one["status"] == "PASS" for one in judged)
    assert len(reading.shown("article.finding .badge.s-pass")) == passes
    assert reading.js("document.querySelectorAll('[id=verdict]').length") == 1
    assert reading.js("document.querySelectorAll('h1').length") == 1
    assert reading.js("document.querySelectorAll('.output .badge').length") == 0


def test_the_watch_bites(read: Read, tmp_path: Path) -> None:
    """A page that does everything wrong is caught at each of it."""
    bad = tmp_path / "bad.html"
    bad.write_text(
        "<!doctype html><meta http-equiv=Content-Security-Policy content=\"img-src 'none'\">"
        "<body><img src=http://evil.example/a.png><script>alert(1); console.error('x');"
        "fetch('http://evil.example/').catch(() => {}); window.open('about:blank');"
        "setTimeout(() => { throw new Error('late') })</script>",
        encoding="utf-8",
    )
    reading = read(bad)
    reading.page.wait_for_load_state("networkidle")
    seen = reading.unasked()
    kinds = {one.split(":")[0] for one in seen}
    assert kinds == {"request", "dialog", "console error", "window", "error", "policy"}
    reading.forgive()


def test_notebooks_alone_keep_strangers_out_too(read: Read, tmp_path: Path) -> None:
    cell = new_code_cell(
        "x", id="x", execution_count=1,
        outputs=[new_output("display_data", data={"text/html": one}) for one in HOSTILE],
    )  # fmt: skip
    made = tmp_path / "alone.html"
    page = render_notebooks([("alone", new_notebook(cells=[cell]))], title=HOSTILE[0])
    made.write_text(page, encoding="utf-8", errors="replace")
    reading = read(made)
    reading.open_all()
    assert reading.js("document.querySelectorAll('script, style').length") == 2
    assert reading.js("[...document.querySelectorAll('a')].map((a) => a.protocol).filter("
                      "(p) => ![':', 'file:', 'https:', 'http:'].includes(p))") == []  # fmt: skip
    assert reading.js("document.title") == visible(HOSTILE[0])
