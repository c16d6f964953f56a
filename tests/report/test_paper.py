"""A run with everything evaluated stays a report: dense on paper, whole on the screen."""

from __future__ import annotations

import copy
import io
import re
from typing import Any

import pytest
import tinyhtml5
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output
from pypdf import PdfReader

from privatedao_audit.model.finding import FINDING_MIME
from privatedao_audit.model.status import Status
from privatedao_audit.report.evidence_view import (
    FIRST_EVIDENCE,
    MANY_READS,
    WHOLE_BYTES_OF_MANY,
    register,
    rests_on_one_list,
)
from privatedao_audit.report.html import render_notebooks, render_report
from privatedao_audit.report.paper import for_paper
from privatedao_audit.report.paper_cards import flat
from privatedao_audit.report.pdf import render_pdf
from privatedao_audit.view.style import STATUS_MARKS

READS, PARTS = 300, 40
#: Cards of the domain, the long one and the register; 40 parts as blocks alone would take 10.
MOST_PAGES = 19


def squeezed(text: str) -> str:
    return re.sub(r"\s", "", text)


def text_of(element: Any) -> str:
    return " ".join("".join(element.itertext()).split())


def parsed(page: str) -> Any:
    return tinyhtml5.parse(page, namespace_html_elements=False)


def on_paper(page: str, synthetic: Any) -> Any:
    return parsed(for_paper(page, title="t", created=synthetic.CREATED))


def with_id(tree: Any, name: str) -> Any:
    (found,) = [e for e in tree.iter() if e.get("id") == name]
    return found


def with_class(tree: Any, name: str) -> list[Any]:
    return [e for e in tree.iter() if name in (e.get("class") or "").split()]


def part(label: str, status: str, evidence: list[str], **more: Any) -> dict[str, Any]:
    return {
        "label": label, "status": status, "summary": f"{label} was read and compared.",
        "observed": {"threshold": 2, "voters": [label, "second"]},
        "expected": {"threshold": f"at least 3 for {label}"}, "evidence": evidence, **more,
    }  # fmt: skip


def with_parts(findings: dict[str, Any], parts: list[dict[str, Any]]) -> dict[str, Any]:
    """The made-up run, in which UA-06 (FAIL) has these parts."""
    said = copy.deepcopy(findings)
    control = next(f for f in said["controls"] if f["id"] == "UA-06")
    named = [i for one in parts for i in one["evidence"]]
    control["parts"], control["evidence"] = parts, list(dict.fromkeys(named))
    return said


@pytest.fixture(scope="module")
def long_run(findings: dict[str, Any], synthetic: Any) -> tuple[dict[str, Any], Any]:
    """One control with 40 parts that rest on 300 reads."""
    index = synthetic.recording()
    reads = [
        index.add(f"long {n}", "getTransaction", [f"{n:088}"], b"%d " % n * (3000 if n == 7 else 1))
        for n in range(READS)
    ]
    words = ["FAIL", "UNKNOWN", "MISSING", *["PASS"] * (PARTS - 5), "ATTESTED", "N/A"]
    step = READS // PARTS + 1
    parts = [
        part(f"windows of proposal {n}", word, reads[n * step : n * step + step + 2])
        for n, word in enumerate(words)
    ]
    return with_parts(findings, parts), index


@pytest.fixture(scope="module")
def long_page(long_run: tuple[dict[str, Any], Any]) -> str:
    said, index = long_run
    return render_report(said, [], index, domain="custody")


@pytest.fixture(scope="module")
def long_paper(long_page: str, synthetic: Any) -> PdfReader:
    made = render_pdf(long_page, title="t", attachment=None, created=synthetic.CREATED)
    return PdfReader(io.BytesIO(made))


def test_every_read_of_a_long_run_is_in_the_page(
    long_page: str, long_run: tuple[dict[str, Any], Any]
) -> None:
    tree = parsed(long_page)
    ua = next(f for f in long_run[0]["controls"] if f["id"] == "UA-06")
    assert len(ua["evidence"]) == READS and len(ua["parts"]) == PARTS
    card = with_id(tree, "UA-06")
    links = {a.get("href") for a in card.iter("a") if a.get("class") == "evidence"}
    assert links == {f"#{i}" for i in ua["evidence"]}
    folds = with_class(card, "others")
    # All parts but the last, which has the rest, name more than the first six.
    assert len(folds) == 1 + sum(len(p["evidence"]) > FIRST_EVIDENCE for p in ua["parts"])
    assert text_of(folds[-1].find("summary")) == f"and {READS - FIRST_EVIDENCE} more"
    ids = {e.get("id") for e in with_class(tree, "entry")}
    assert {link[1:] for link in links} <= ids


def test_a_long_run_stays_short_on_paper_and_names_every_read(
    long_paper: PdfReader, long_run: tuple[dict[str, Any], Any]
) -> None:
    assert len(long_paper.pages) <= MOST_PAGES
    text = squeezed("".join(p.extract_text() for p in long_paper.pages))
    ua = next(f for f in long_run[0]["controls"] if f["id"] == "UA-06")
    assert [i for i in ua["evidence"] if i not in text] == []
    assert [p["label"] for p in ua["parts"] if squeezed(p["label"]) not in text] == []
    assert f"and{READS - 4}more" in text
    assert "findings.json,attachedtothisPDF,haseverythinginfull" in text
    names = set(long_paper.named_destinations)
    assert set(ua["evidence"]) <= names


def test_settled_parts_are_named_and_the_others_say_what_was_observed(
    long_page: str, synthetic: Any
) -> None:
    card = with_id(on_paper(long_page, synthetic), "UA-06")
    blocks = {b.get("data-status"): text_of(b) for b in with_class(card, "part")}
    assert list(blocks) == ["FAIL", "MISSING", "UNKNOWN"]
    for place, (status, text) in zip((0, 2, 1), blocks.items(), strict=True):
        said = f"windows of proposal {place} was read and compared."
        assert text.startswith(f"{STATUS_MARKS[Status(status)].glyph} {status} {said}Observed ")
        assert "Observed threshold: 2; voters: (" in text
        assert "Expected threshold: at least 3" in text and "Evidence r-" in text
    named = [text_of(line) for line in with_class(card, "settled")]
    assert [line.partition(":")[0] for line in named] == [
        "✓ PASS 35 parts", "✎ ATTESTED 1 part", "— N/A 1 part",
    ]  # fmt: skip
    labels = [f"windows of proposal {n}" for n in range(3, PARTS)]
    assert "; ".join(labels[:35]) in named[0]
    assert labels[35] in named[1] and labels[36] in named[2]


def test_a_settled_card_says_what_its_first_parts_found_and_names_the_rest(
    findings: dict[str, Any], synthetic: Any
) -> None:
    said = with_parts(findings, [part(f"p {n}", "PASS", []) for n in range(12)])
    control = next(f for f in said["controls"] if f["id"] == "UA-06")
    control["parts"][0]["summary"] = "Another sentence."
    page = render_report(said, [], synthetic.recording(), domain="custody")
    card = with_id(on_paper(page, synthetic), "UA-06")
    head, *lines = [text_of(line) for line in with_class(card, "settled")]
    assert head == "✓ PASS 12 parts" and len(lines) == 9
    assert lines[0] == "p 0 Another sentence. threshold: 2; voters: (p 0, second)"
    # A sentence that begins with the part's name needs no name before it.
    assert lines[1].startswith("p 1 was read and compared. threshold: 2;")
    assert lines[-1] == "And 4 more: p 8; p 9; p 10; p 11."


def test_many_parts_with_something_to_do_are_all_there_and_say_where_the_rest_is(
    findings: dict[str, Any], synthetic: Any
) -> None:
    many = [part(f"p {n}", "FAIL", [], observed={"n": n}) for n in range(11)]
    page = render_report(with_parts(findings, many), [], synthetic.recording(), domain="custody")
    card = with_id(on_paper(page, synthetic), "UA-06")
    texts = [text_of(b) for b in with_class(card, "part")]
    assert len(texts) == 11 and all(f"p {n} was read" in t for n, t in enumerate(texts))
    assert sum("Observed" in t for t in texts) == 8
    assert "What was observed of 3 further parts is in findings.json." in text_of(card)


def test_what_the_part_before_stated_is_not_repeated(
    findings: dict[str, Any], synthetic: Any
) -> None:
    same = {"threshold": "at least 3 voters of five"}
    both = [part(f"p {n}", "FAIL", [], expected=same) for n in range(2)]
    said = with_parts(findings, both)
    control = next(f for f in said["controls"] if f["id"] == "UA-06")
    control["summary"] = control["parts"][0]["summary"]
    page = render_report(said, [], synthetic.recording(), domain="custody")
    first, second = with_class(with_id(on_paper(page, synthetic), "UA-06"), "part")
    assert "Expected threshold: at least 3 voters of five" in text_of(first)
    assert "Expected as above." in text_of(second) and "at least" not in text_of(second)
    # The card's own sentence stands above, and once.
    assert "was read and compared" not in text_of(first)
    assert "p 1 was read and compared." in text_of(second)


def test_a_long_value_is_cut_and_said_so(findings: dict[str, Any], synthetic: Any) -> None:
    for status, room in (("PASS", 160), ("UNKNOWN", 360), ("FAIL", 900)):
        long = part("long", status, [], observed={"text": "w" * 2000})
        page = render_report(
            with_parts(findings, [long, long]), [], synthetic.recording(), domain="custody"
        )
        card = text_of(with_id(on_paper(page, synthetic), "UA-06"))
        assert "… [2,006 characters; the whole is in findings.json]" in card
        assert "w" * (room - len("text: ")) + "…" in card
        assert "w" * 2000 in text_of(with_id(parsed(page), "UA-06"))


def test_text_of_strangers_stays_text_in_a_part(findings: dict[str, Any], synthetic: Any) -> None:
    for status in ("PASS", "FAIL"):
        evil = part(synthetic.HOSTILE_CLASS, status, [], summary=synthetic.HOSTILE_CLASS + ".")
        page = render_report(
            with_parts(findings, [evil, evil]), [], synthetic.recording(), domain="custody"
        )
        card = with_id(on_paper(page, synthetic), "UA-06")
        # The card's own badge, and that of the parts.
        assert len(with_class(card, "badge")) == (2 if status == "PASS" else 3)
        assert list(card.iter("h1")) == []
        assert text_of(card).count('<span class="badge s-pass">') >= 2


@pytest.mark.parametrize(
    ("lists", "shared"),
    [
        ([["r-1", "r-2"], ["r-1", "r-2"]], True), ([["r-1"], ["r-1", "r-2"]], False),
        ([["r-1"]], False), ([[], []], False), ([], False),
    ],
)  # fmt: skip
def test_one_list_for_all_parts_is_printed_once(
    findings: dict[str, Any], synthetic: Any, lists: list[list[str]], shared: bool
) -> None:
    reads = list(synthetic.recording().reads)
    own = [[reads[int(i[2:])] for i in one] for one in lists]
    said = with_parts(findings, [part("p", "FAIL", one) for one in own])
    control = next(f for f in said["controls"] if f["id"] == "UA-06")
    assert rests_on_one_list(control) is shared
    page = render_report(said, [], synthetic.recording(), domain="custody")
    card = text_of(with_id(parsed(page), "UA-06"))
    assert ("all parts rest on" in card) is shared
    if shared:
        assert [card.count(i) for i in own[0]] == [1, 1]
    more = {**control, "evidence": [*control["evidence"], "r-other"]}
    assert not rests_on_one_list(more)


def test_a_check_that_missed_a_bad_fact_says_so_on_paper(
    findings: dict[str, Any], synthetic: Any
) -> None:
    said = copy.deepcopy(findings)
    for id in ("UA-04", "UA-06"):
        said["canaries"][id] = {"caught": 5 if id == "UA-04" else 4, "of": 5}
    page = render_report(said, [], synthetic.recording(), domain="custody")
    tree = on_paper(page, synthetic)
    assert "tell only 4 of 5 bad or unknown facts" in text_of(with_id(tree, "UA-06"))
    assert "Canaries" not in text_of(with_id(tree, "UA-04"))
    assert "Canaries" in text_of(with_id(parsed(page), "UA-04"))
    whole = sum(
        one["of"] for id, one in said["canaries"].items()
        if one["caught"] == one["of"] and id[:2] in ("UA", "SD")
    )  # fmt: skip
    assert f"every one of {whole} bad or unknown facts; a check that did not" in text_of(tree)


def test_nested_values_are_told_apart_in_one_run() -> None:
    tree = parsed(
        '<dl class="value"><div><dt>a</dt><dd><ul class="value"><li><code>1</code></li>'
        '<li><dl class="value"><div><dt>b</dt><dd><code>2</code></dd></div></dl></li></ul></dd>'
        '</div><div><dt>c</dt><dd><span class="nothing">nothing</span></dd></div></dl>'
    )
    (outer, _) = tree.iter("dl")
    assert flat(outer) == "a: (1, (b: 2)); c: nothing"


def test_a_verdict_line_of_a_chapter_leads_to_the_page_of_the_card(
    custody_page: str, findings: dict[str, Any], pdf: bytes, synthetic: Any
) -> None:
    tree = on_paper(custody_page, synthetic)
    strips = with_class(tree, "strip")
    own = [f for f in findings["controls"] if f["domain"] == "custody"]
    marks = [f"{STATUS_MARKS[Status(f['status'])].glyph} {f['status']}" for f in own]
    assert [text_of(s) for s in strips] == [
        f"{f['id']} {mark} see" for f, mark in zip(own, marks, strict=True)
    ]
    reader = PdfReader(io.BytesIO(pdf))
    texts = [" ".join(p.extract_text().split()) for p in reader.pages]
    pages = [m[1] for t in texts for m in re.finditer(r"UA-06 ✗ FAIL see page (\d+)", t)]
    goal = reader.get_destination_page_number(reader.named_destinations["UA-06"])
    assert pages == [str(goal + 1)]


def chapter(findings: dict[str, Any], number: int, *said: dict[str, Any]) -> tuple[str, Any]:
    """A chapter with the table every chapter has, and a heading and a cell for each finding."""
    table = "<table><caption>What is audited</caption><tr><td>all</td><td>of it</td></tr></table>"
    own = f"<table><caption>Own</caption><tr><td>{number}</td><td>x</td></tr></table>"
    cells: list[Any] = [
        new_code_cell("card", id=f"t{n}", execution_count=1,
                      outputs=[new_output("display_data", data={"text/html": html})])
        for n, html in enumerate((table, own))
    ]  # fmt: skip
    for n, one in enumerate(said):
        cells.append(new_markdown_cell(f"## {one['id']} A heading\n\nWhat it asks.", id=f"h{n}"))
        output = new_output("display_data", data={FINDING_MIME: one})
        cells.append(new_code_cell("show", id=f"c{n}", outputs=[output], execution_count=2))
    name = ("01_release_control", "02_key_custody")[number]
    return name, new_notebook(cells=cells)


def test_a_verdict_stands_beside_its_heading_and_a_lie_does_not(
    findings: dict[str, Any], synthetic: Any
) -> None:
    true, other = (
        next(f for f in findings["controls"] if f["id"] == i) for i in ("UA-06", "UA-04")
    )
    book = chapter(findings, 1, true, {**other, "status": "FAIL"})
    tree = on_paper(render_report(findings, [book], synthetic.recording()), synthetic)
    (both,) = with_class(tree, "headed")
    assert [text_of(e) for e in both] == ["UA-06 A heading", "UA-06 ✗ FAIL see"]
    last = text_of(with_id(tree, "chapter-02-key-custody"))
    assert last.endswith("Believe neither before the run has been repeated.")
    assert "UA-04 A heading What it asks." in last


def test_a_table_that_an_earlier_chapter_shows_is_named_once_more_not_shown(
    findings: dict[str, Any], synthetic: Any
) -> None:
    books = [chapter(findings, 0), chapter(findings, 1)]
    page = render_report(findings, books, synthetic.recording())
    tree = on_paper(page, synthetic)
    captions = [text_of(c) for c in tree.iter("caption")]
    assert captions.count("What is audited") == 1 and captions.count("Own") == 2
    second = with_id(tree, "chapter-02-key-custody")
    assert "What is audited: as in chapter 1 Release control" in text_of(second)
    (link,) = with_class(second, "there")
    assert "What is audited" in text_of(with_id(tree, link.get("href")[1:]))
    assert text_of(parsed(page)).count("What is audited") == 2


def test_rows_that_a_table_folds_are_counted_on_paper(
    findings: dict[str, Any], synthetic: Any
) -> None:
    html = (
        "<table><caption>Own</caption><tr><td>odd</td><td>x</td></tr></table><details><summary>9 "
        "more rows, in each of which nothing is amiss</summary><table><tr><td>usual</td></tr>"
        "</table></details>"
    )
    output = new_output("display_data", data={"text/html": html})
    book = new_notebook(cells=[new_code_cell("x", id="c", execution_count=1, outputs=[output])])
    page = render_report(findings, [("02_key_custody", book)], synthetic.recording())
    assert "usual" in text_of(with_id(parsed(page), "chapter-02-key-custody"))
    chapter_ = with_id(on_paper(page, synthetic), "chapter-02-key-custody")
    assert "odd" in text_of(chapter_) and "usual" not in text_of(chapter_)
    (line,) = with_class(chapter_, "folded")
    assert text_of(line) == ("9 more rows, in each of which nothing is amiss (left out here).")
    assert "the table rows that are only counted here, are in the notebook" in text_of(chapter_)


def test_what_stands_in_front_is_linked_on_paper_and_what_is_by_hand_left_out(
    findings: dict[str, Any], synthetic: Any
) -> None:
    cells: list[Any] = [
        new_markdown_cell("How to run it.", id="hand", metadata={"tags": ["by-hand"]}),
        new_code_cell(
            "audit.verdict()", id="verdict", execution_count=1,
            metadata={"tags": ["in-front:verdict"]},
            outputs=[new_output("display_data", data={"text/html": "<p>said twice</p>"})],
        ),
        new_code_cell(
            "other", id="other", execution_count=2, metadata={"tags": ["in-front:evidence"]},
            outputs=[new_output("display_data", data={"text/html": "<p>said once</p>"})],
        ),
    ]  # fmt: skip
    books = [("07_readiness_gate", new_notebook(cells=cells))]
    page = render_report(findings, books, synthetic.recording())
    for word in ("How to run it.", "said twice", "said once"):
        assert word in text_of(parsed(page))
    paper = text_of(on_paper(page, synthetic))
    assert "How to run it." not in paper and "said twice" not in paper
    # A tag that is not one of the known three leaves out nothing.
    assert "In this report: Verdict" in paper and "said once" in paper


def test_a_line_that_disagrees_stays_whole_on_paper(
    findings: dict[str, Any], synthetic: Any
) -> None:
    lie = {**next(f for f in findings["controls"] if f["id"] == "UA-06"), "status": "PASS"}
    output = new_output("display_data", data={FINDING_MIME: lie})
    notebook = new_notebook(cells=[new_code_cell("x", id="c", outputs=[output])])
    page = render_report(findings, [("02_key_custody", notebook)], synthetic.recording())
    (strip,) = with_class(on_paper(page, synthetic), "strip")
    assert "This cell and findings.json disagree about UA-06." in text_of(strip)
    assert "The cell says PASS; findings.json says FAIL" in text_of(strip)


def test_code_is_in_the_page_and_on_paper_only_of_notebooks_run_by_hand(
    custody_page: str, findings: dict[str, Any], synthetic: Any
) -> None:
    assert "audit.show(" in text_of(parsed(custody_page))
    tree = on_paper(custody_page, synthetic)
    assert "audit.show(" not in text_of(tree)
    assert "are in the notebook 02_key_custody.ipynb" in text_of(tree)
    by_hand = render_notebooks(synthetic.notebooks(findings), title="By hand")
    assert 'audit.show("UA-06")' in text_of(on_paper(by_hand, synthetic))


def rows(findings: dict[str, Any], index: Any, synthetic: Any, *ids: str) -> dict[str, Any]:
    """The register's rows on paper for a run whose UA-06 rests on these reads."""
    said = with_parts(findings, [part("p", "FAIL", list(ids))])
    tree = on_paper(render_report(said, [], index, domain="custody"), synthetic)
    (table,) = with_class(tree, "reads")
    return {row.get("id"): [text_of(cell) for cell in row] for row in table.find("tbody")}


def test_the_register_has_a_row_for_each_read_and_no_bytes(
    findings: dict[str, Any], synthetic: Any
) -> None:
    index = synthetic.recording()
    made = rows(findings, index, synthetic, *index.reads)
    assert list(made) and set(made) == set(index.reads)
    first = next(iter(index.reads))
    body = index.bodies[index.exchanges["x" + first[1:]]["body_sha256"]]
    digest = index.exchanges["x" + first[1:]]["body_sha256"]
    asked, when, source, came = made[first][1:5]
    assert made[first][0] == first
    assert asked.startswith(f'getAccountInfo ["{synthetic.AUTHORITY[:34]}')
    assert asked.endswith("…") and when == "342118204" and source == "main"
    assert came == f"{len(body):,} {digest[:16]}"
    assert "UA-06" in made[first][5]
    tree = on_paper(render_report(findings, [], index), synthetic)
    assert with_class(tree, "bytes") + with_class(tree, "request") == []
    assert "privatedao-audit show --raw EVIDENCE ID prints every byte" in text_of(
        with_id(tree, "evidence")
    )


def test_what_makes_a_read_doubtful_is_on_paper_too(
    findings: dict[str, Any], synthetic: Any
) -> None:
    index = synthetic.recording()
    by_method = {r["method"]: i for i, r in index.reads.items()}
    changed, lost, empty = (by_method[m] for m in ("getHealth", "getSlot", "getBlock"))
    index.bodies[index.exchanges["x" + changed[1:]]["body_sha256"]] = b"other"
    del index.exchanges["x" + lost[1:]]
    made = rows(findings, index, synthetic, *index.reads, "r-0000000000000000")
    assert "The bytes here have another hash." in made[changed][4]
    assert made[lost][4] == "not in this recording"
    assert made[empty][4] == "no body"
    assert "unknown: HTTP 429, gave up" in made[empty][1]
    assert made[by_method["getIdentity"]][4] == "withheld: it held a secret"
    assert "treat that finding as unproven" in " ".join(made["r-0000000000000000"])


def test_an_answer_that_serves_two_reads_stands_in_both_rows_and_unused_ones_in_none(
    findings: dict[str, Any], synthetic: Any
) -> None:
    index = synthetic.recording()
    one, two, three = list(index.reads)[:3]
    shared = index.reads[one]["exchanges"]
    index.reads[two] = {**index.reads[two], "exchanges": shared, "chosen": shared[0]}
    both = [*index.reads[three]["exchanges"], *shared]
    index.reads[three] = {**index.reads[three], "exchanges": both, "chosen": None}
    made = rows(findings, index, synthetic, one, two, three)
    assert made[one][4] == made[two][4]
    assert made[three][4].endswith(made[one][4]) and len(made[three][4]) > len(made[one][4])
    index.reads[three]["chosen"] = "x-none-of-them"
    assert rows(findings, index, synthetic, three)[three][4] == "no answer was used"


def test_a_read_that_many_controls_name_counts_them(
    findings: dict[str, Any], synthetic: Any
) -> None:
    said = copy.deepcopy(findings)
    index = synthetic.recording()
    read = next(iter(index.reads))
    asked = [f for f in said["controls"] if f["evidence"]]
    for control in asked:
        control["evidence"], control["parts"] = [read], []
    (table,) = with_class(on_paper(render_report(said, [], index), synthetic), "reads")
    (row,) = table.find("tbody")
    assert len(list(row[5].iter("a"))) == 2
    assert text_of(row[5]).endswith(f" +{len(asked) - 2}")


def test_with_very_many_reads_less_of_each_answer_is_shown_and_said_so(
    long_page: str, long_run: tuple[dict[str, Any], Any], page: str, synthetic: Any
) -> None:
    said, index = long_run
    made = register(said["controls"], index)
    assert len(made) > MANY_READS and made.capped
    bodies = [x.body for r in made for x in r.exchanges if x.body is not None]
    cut = [b for b in bodies if b.left_out]
    assert {b.length > WHOLE_BYTES_OF_MANY for b in cut} == {True}
    assert sum(b.length > WHOLE_BYTES_OF_MANY for b in bodies) == len(cut) > 1
    assert all(len(b.head) + len(b.tail or "") <= WHOLE_BYTES_OF_MANY for b in cut if b.utf8)
    shown = text_of(with_id(parsed(long_page), "evidence"))
    assert " reads an answer of more than 4,096 bytes is shown by its beginning and its" in shown
    assert shown.count("bytes in the middle are not on this page") > 1
    assert "an answer of more than" not in page
    assert "an answer of more than" not in text_of(on_paper(long_page, synthetic))
