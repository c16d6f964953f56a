"""Hostile text in the report: beside its harmless twin, the page has the same elements."""

from __future__ import annotations

import copy
import io
import json
import re
import unicodedata
from collections import Counter
from typing import Any

import pandas as pd
import pytest
import tinyhtml5
from nbformat.v4 import new_code_cell, new_notebook, new_output
from pypdf import PdfReader

from privatedao_audit.audit.display import ControlCard
from privatedao_audit.model.finding import FINDING_MIME
from privatedao_audit.report.html import MOST_CHARACTERS, render_report
from privatedao_audit.report.pdf import render_pdf
from privatedao_audit.view.table import Table
from privatedao_audit.view.text import foreign
from tests.hostile.corpus import CORPUS
from tests.report.fixtures import synthetic

#: Short enough to be shown whole wherever they stand.
SHORT = {name: text for name, text in CORPUS.items() if len(text) < 600}
HIDDEN = {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}


def made_of(texts: list[str]) -> tuple[dict[str, Any], list[Any], Any]:
    """A run of one domain whose every text that a stranger could write is one of these."""
    said = copy.deepcopy(synthetic.findings())
    index = synthetic.Recording()
    reads = [
        index.add(str(number), "getTransaction", [text[:50]],
                  json.dumps({"memo": text[:2_000], "padding": "p" * 400}).encode(),
                  reason=text, probe=text[:30])
        for number, text in enumerate(texts)
    ]  # fmt: skip
    said["target"]["title"] = texts[0]
    said["verdict"]["reason"] = texts[1]
    said["run"]["providers"] = [{"label": texts[2], "host": texts[3]}]
    said["self_doubt"] = [{"id": str(n), "text": text} for n, text in enumerate(texts)]
    for finding in said["controls"]:
        finding["evidence"] = finding["evidence"] and reads
        finding["parts"] = []
        if finding["id"] == "UA-06":
            finding["summary"] = texts[4]
            finding["parts"] = [
                {"label": text, "status": "FAIL", "summary": text, "observed": {"memo": [text]},
                 "expected": text, "evidence": reads[:1]}
                for text in texts
            ]  # fmt: skip
    ua = next(f for f in said["controls"] if f["id"] == "UA-06")
    frame = pd.DataFrame([(n, text) for n, text in enumerate(texts)], columns=["no.", "title"],
                         dtype=object)  # fmt: skip
    outputs = [
        new_output("display_data", data=Table(frame, texts[5], "none")._repr_mimebundle_()),
        new_output("display_data", data=ControlCard(ua, "The rule.")._repr_mimebundle_()),
        new_output("stream", name="stdout", text="\n".join(text[:2_000] for text in texts)),
        new_output("error", ename="E", evalue=texts[0], traceback=[text[:200] for text in texts]),
    ]
    assert FINDING_MIME in outputs[1]["data"]
    cell = new_code_cell("table", id="table", outputs=outputs, execution_count=1)
    return said, [("02_key_custody", new_notebook(cells=[cell]))], index


def page_of(texts: list[str]) -> str:
    return render_report(*made_of(texts), domain="custody")


@pytest.fixture(scope="module")
def texts() -> list[str]:
    # Text without any letter between brackets or quotes goes where one text alone is shown.
    names = ["closes cell", "badge", "script", "forged finding", "closes table", "attribute"]
    return [CORPUS[n] for n in names] + [t for n, t in CORPUS.items() if n not in names]


@pytest.fixture(scope="module")
def page(texts: list[str]) -> str:
    return page_of(texts)


@pytest.fixture(scope="module")
def tree(page: str) -> Any:
    return tinyhtml5.parse(page, namespace_html_elements=False)


def shape(page: str) -> Counter[tuple[str, str, str]]:
    """Every element by tag, class and id; code spans apart, which keys and backticks make."""
    root = tinyhtml5.parse(page, namespace_html_elements=False)
    return Counter(
        (str(e.tag), e.get("class", ""), e.get("id", "")) for e in root.iter() if e.tag != "code"
    )


def test_the_page_has_the_elements_of_its_harmless_twin(page: str, texts: list[str]) -> None:
    assert shape(page) == shape(page_of(["harmless"] * len(texts)))


def test_nothing_hidden_reaches_a_reader(tree: Any) -> None:
    own = ("script", "style")
    shown = "".join(t for e in tree.iter() if e.tag not in own for t in (e.text, e.tail) if t)
    assert {c for c in shown if unicodedata.category(c) in HIDDEN} <= {"\n", "\t"}
    attributes = "".join(v for e in tree.iter() for v in e.attrib.values())
    assert {c for c in attributes if unicodedata.category(c) in HIDDEN} == set()


def test_every_text_can_be_read(tree: Any, texts: list[str]) -> None:
    (card,) = [e for e in tree.iter() if e.get("id") == "UA-06"]
    labels = ["".join(e.itertext()) for e in card.iter("b") if e.get("class") == "id"]
    assert len(labels) == len(texts)
    for label, text in zip(labels, texts, strict=True):
        if len(text) <= MOST_CHARACTERS:
            assert label == foreign(text)
        else:
            assert f"{len(text):,} characters, SHA-256 " in label
            assert "the whole is in findings.json" in label


def test_a_page_of_megabytes_stays_small(page: str) -> None:
    assert len(page) < 4_000_000


def test_no_text_wears_a_mark(tree: Any) -> None:
    marked = [e for e in tree.iter() if e.get("class", "").startswith(("glyph", "mark"))]
    own = Counter("".join(e.itertext()) for e in marked)
    outside = "".join(
        "".join(e.itertext()) for e in tree.iter("td") if not list(e.iter("span"))
    )  # fmt: skip
    assert own and "✓ PASS" not in outside and "✅ ready" not in outside
    assert "<U+2713> PASS" in outside


@pytest.fixture(scope="module")
def paper() -> PdfReader:
    page = page_of(list(SHORT.values()))
    attached = ("findings.json", b"{}")
    made = render_pdf(page, title=CORPUS["script"], attachment=attached, created=synthetic.CREATED)
    return PdfReader(io.BytesIO(made))


def test_every_text_is_readable_on_paper(paper: PdfReader) -> None:
    shown = "".join(page.extract_text() for page in paper.pages)
    squeezed = re.sub(r"\s", "", shown)
    for name, text in SHORT.items():
        # Letters that the bundled fonts lack are spelled out.
        lacking = re.compile("[漢字のタイトル☃🚀\u0301\uff1d\uff0b]")
        spelled = lacking.sub(lambda m: f"<U+{ord(m[0]):04X}>", foreign(text))
        assert re.sub(r"\s", "", spelled) in squeezed, name
    assert {c for c in shown if unicodedata.category(c) in HIDDEN - {"Cn"}} <= {"\n"}


def test_paper_has_the_outline_links_and_files_of_its_harmless_twin(paper: PdfReader) -> None:
    twin = render_pdf(
        page_of(["harmless"] * len(SHORT)), title="t", attachment=("findings.json", b"{}"),
        created=synthetic.CREATED,
    )  # fmt: skip
    other = PdfReader(io.BytesIO(twin))
    assert outline(paper.outline)[1:] == outline(other.outline)[1:]
    assert list(paper.attachments) == list(other.attachments) == ["findings.json"]
    assert addresses(paper) == addresses(other) == set()
    catalogue = paper.trailer["/Root"]
    assert "/OpenAction" not in catalogue and "/AA" not in catalogue
    assert "/JavaScript" not in catalogue.get("/Names", {})


def outline(items: list[Any]) -> list[str]:
    flat: list[str] = []
    for item in items:
        flat += outline(item) if isinstance(item, list) else [str(item.title)]
    return flat


def addresses(paper: PdfReader) -> set[str]:
    """Addresses outside of the document that a click would open."""
    actions = (
        note.get_object().get("/A", {}) for page in paper.pages for note in page.get("/Annots", [])
    )
    return {str(action["/URI"]) for action in actions if "/URI" in action}
