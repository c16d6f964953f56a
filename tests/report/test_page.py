"""The page: nothing foreign in it comes alive, and everything that is linked is there."""

from __future__ import annotations

import base64
import hashlib
import re
from collections import Counter
from typing import Any

import pytest
import tinyhtml5
from nbformat.v4 import new_code_cell, new_notebook, new_output

from privatedao_audit.model.finding import FINDING_MIME
from privatedao_audit.report import context, selfcheck
from privatedao_audit.report.chapters import FigureWithoutAlt
from privatedao_audit.report.html import render_notebooks, render_report
from privatedao_audit.view.text import visible


def text_of(element: Any) -> str:
    return " ".join("".join(element.itertext()).split())


def elements(tree: Any, tag: str) -> list[Any]:
    return [e for e in tree.iter() if isinstance(e.tag, str) and e.tag.rpartition("}")[2] == tag]


def with_class(tree: Any, name: str) -> list[Any]:
    return [e for e in tree.iter() if name in (e.get("class") or "").split()]


def parsed(page: str) -> Any:
    return tinyhtml5.parse(page, namespace_html_elements=False)


def test_no_foreign_script_or_handler_lives(tree: Any, page: str) -> None:
    scripts = elements(tree, "script")
    assert len(scripts) == 1 and "alert" not in text_of(scripts[0])
    handlers = [k for e in tree.iter() for k in e.attrib if k.lower().startswith("on")]
    assert handlers == []
    assert (
        elements(tree, "iframe") + elements(tree, "foreignObject") + elements(tree, "object") == []
    )
    assert "javascript:" not in page


def test_policy_names_the_hashes_of_what_is_in_the_page(tree: Any) -> None:
    (meta,) = [m for m in elements(tree, "meta") if m.get("http-equiv")]
    policy = meta.get("content")
    assert policy.startswith("default-src 'none'; ")
    assert "unsafe" not in policy and "http" not in policy
    for tag, directive in (("style", "style-src"), ("script", "script-src")):
        (element,) = elements(tree, tag)
        digest = hashlib.sha256("".join(element.itertext()).encode()).digest()
        assert f"{directive} 'sha256-{base64.b64encode(digest).decode()}'" in policy


def test_no_inline_style_that_the_policy_would_refuse(tree: Any) -> None:
    assert [e.tag for e in tree.iter() if "style" in e.attrib] == []


def test_nothing_is_loaded_from_anywhere(tree: Any, page: str) -> None:
    for element in tree.iter():
        for name in ("src", "srcset", "poster", "data", "action", "background"):
            assert element.get(name, "data:").startswith("data:"), (element.tag, name)
        tag = str(element.tag).rpartition("}")[2]
        if tag != "a" and element.get("href"):
            assert element.get("href").startswith("#"), tag
    assert elements(tree, "link") == []
    assert not re.search(r"url\((?!\"data:font/woff2;base64,)", page.partition("<body>")[0])
    assert "@import" not in page


def test_hostile_text_is_shown_as_text(tree: Any, synthetic: Any) -> None:
    shown = visible(synthetic.HOSTILE)
    assert "<U+202E>" in shown and shown in text_of(tree)
    raw = [e for e in tree.iter() if any("\u202e" in part for part in e.itertext())]
    assert raw == []


def test_only_the_report_makes_badges(tree: Any, findings: dict[str, Any]) -> None:
    cards = list(with_class(tree, "finding"))
    parts = sum(len(f["parts"]) for f in findings["controls"] if len(f["parts"]) > 1)
    strips = with_class(tree, "strip")
    silent = {f["id"] for f in findings["controls"] if f["summary"].startswith("Not evaluated")}
    blockers = sum(b["id"] not in silent for b in findings["verdict"]["blocking"])
    # Two sentences say once for all that what was not evaluated is UNKNOWN.
    expected = len(cards) + parts + len(strips) + blockers + 2
    assert len(with_class(tree, "badge")) == expected
    assert len(strips) == len(findings["controls"])


def test_every_control_has_one_permalink(tree: Any, findings: dict[str, Any]) -> None:
    ids = Counter(e.get("id") for e in tree.iter() if e.get("id"))
    assert [i for i, n in ids.items() if n > 1] == []
    for one in findings["controls"]:
        assert ids[one["id"]] == 1
    targets = {e.get("href") for e in with_class(tree, "permalink")}
    assert targets == {f"#{f['id']}" for f in findings["controls"]}


def test_every_link_within_the_page_resolves(tree: Any, custody_page: str) -> None:
    for one in (tree, parsed(custody_page)):
        ids = {e.get("id") for e in one.iter()}
        links = [a.get("href") for a in elements(one, "a") if (a.get("href") or "").startswith("#")]
        assert links
        assert [h for h in links if h[1:] not in ids] == []


def test_counts_on_the_front_equal_the_findings(tree: Any, findings: dict[str, Any]) -> None:
    (table,) = with_class(tree, "counts")
    shown = {}
    for link in elements(table, "a"):
        number, *_, word = text_of(link).split()
        shown[word.lstrip("✗≠◷∅?⚑✎✓—")] = int(re.match(r"\d+", number)[0])  # type: ignore[index]
    assert shown == findings["verdict"]["counts"]
    assert sum(shown.values()) == findings["verdict"]["total"]


def test_the_front_names_what_does_not_hold_or_is_not_known(
    tree: Any, custody_page: str, findings: dict[str, Any]
) -> None:
    for page, domains in ((tree, None), (parsed(custody_page), {"custody"})):
        (section,) = [e for e in page.iter() if e.get("id") == "not-met"]
        own = [f for f in findings["controls"] if domains is None or f["domain"] in domains]
        named = {}
        for group in with_class(section, "group-of"):
            word = text_of(with_class(group, "mark")[0]).split()[-1]
            named |= {text_of(link): word for link in elements(group, "a")}
        open_ = {f["id"]: f["status"] for f in own if f["status"] not in
                 ("PASS", "ATTESTED", "N/A")}  # fmt: skip
        assert named == open_ and named
        blocking = {b["id"] for b in findings["verdict"]["blocking"]}
        grave = {f["id"] for f in own if f["severity"] == "critical" and f["id"] in blocking}
        said = [p for p in elements(section, "p") if text_of(p).startswith("Critical")]
        assert {text_of(a) for p in said for a in elements(p, "a")} == grave


def test_commands_and_canaries_are_said_once_for_all_on_paper(findings: dict[str, Any]) -> None:
    asked = [f for f in findings["controls"] if not context.is_unevaluated(f)]
    made = context.rechecks(asked)
    assert made is not None
    whole = {id: f"{made.common} {line}".strip() for line, ids in made.rows for id in ids}
    assert whole == {f["id"]: f["recheck"] for f in asked if f["recheck"]}
    assert context.rechecks([]) is None
    alone = context.rechecks([{**asked[0], "recheck": "one"}])
    assert alone is not None and alone.rows[0][0] == "one"
    counted = {"UA-01": {"of": 3, "caught": 3}, "UA-02": {"of": 4, "caught": 3},
               "UA-03": {"of": 0, "caught": 0}, "XX-01": {"of": 9, "caught": 9}}  # fmt: skip
    found = [{"id": i} for i in ("UA-01", "UA-02", "UA-03", "UA-04")]
    assert context.caught(found, counted) == context.Caught(1, 3)
    assert context.caught(found[1:], counted) is None


def test_domain_table_adds_up(tree: Any, findings: dict[str, Any]) -> None:
    (table,) = with_class(tree, "domains")
    totals = [int(text_of(cell)) for cell in with_class(table, "all")]
    assert sum(totals) == len(findings["controls"]) and len(totals) == 7
    numbers = [a for a in elements(table, "a") if a.get("data-filter-status")]
    assert sum(int(text_of(a)) for a in numbers) == len(findings["controls"])


def test_findings_stand_worst_first(tree: Any) -> None:
    order = [e.get("data-status") for e in with_class(tree, "finding") if e.tag == "article"]
    firsts = list(dict.fromkeys(order))
    assert firsts == [
        "FAIL", "DIVERGED", "STALE", "MISSING", "UNKNOWN", "WAIVED", "ATTESTED", "PASS", "N/A",
    ]  # fmt: skip
    assert order == sorted(order, key=firsts.index)


def test_controls_nobody_looked_at_stand_in_tables_after_the_cards(
    tree: Any, findings: dict[str, Any]
) -> None:
    rows = [e for e in with_class(tree, "finding") if e.tag == "tr"]
    silent = [f for f in findings["controls"] if f["summary"] == "Not evaluated by this version."]
    assert [r.get("id") for r in rows] == [f["id"] for f in silent] and len(silent) > 50
    for row, one in zip(rows, silent, strict=True):
        shown = text_of(row)
        assert row.get("data-status") == "UNKNOWN" and row.get("data-domain") == one["domain"]
        assert "? UNKNOWN" in text_of(with_class(row, "badge")[0])
        for said in (one["title"], one["requirement"], one["remediation"]):
            assert visible(said).replace("`", "") in shown
        assert ("blocks READY" in shown) is one["blocking"]
    (section,) = [e for e in tree.iter() if e.get("id") == "not-evaluated"]
    assert f"{len(silent)} of {len(findings['controls'])} controls" in text_of(section)
    commands = {f["recheck"] for f in silent}
    assert commands <= {text_of(e) for e in with_class(section, "command")}
    assert len(with_class(section, "dense")) == len({f["domain"] for f in silent})


@pytest.mark.parametrize(
    "change",
    [
        {"summary": "Could not be read: HTTP 429."}, {"evidence": ["r-0000000000000000"]},
        {"status": "FAIL"}, {"parts": [{"status": "UNKNOWN"}]},
    ],
)  # fmt: skip
def test_whoever_was_asked_gets_a_card(findings: dict[str, Any], change: dict[str, Any]) -> None:
    silent = next(f for f in findings["controls"] if context.is_unevaluated(f))
    assert not context.is_unevaluated({**silent, **change})


def test_missing_for_ready_names_every_blocker_in_its_place(
    tree: Any, findings: dict[str, Any]
) -> None:
    (section,) = [e for e in tree.iter() if e.get("id") == "missing"]
    places = {}
    for row in elements(section, "tr"):
        cells = elements(row, "td")
        if cells:
            places[int(text_of(cells[0]))] = elements(cells[1], "a")[0].get("href")
    for item in elements(section, "li"):
        places[int(item.get("value"))] = elements(item, "a")[0].get("href")
    blocking = findings["verdict"]["blocking"]
    assert places == {n: f"#{b['id']}" for n, b in enumerate(blocking, start=1)}


def test_what_is_not_computed_is_not_promised(tree: Any) -> None:
    headings = [text_of(e).casefold() for tag in ("h2", "h3") for e in elements(tree, tag)]
    assert len(headings) > 20
    for place_holder in ("claim ledger", "to be done", "coming soon"):
        assert place_holder not in headings
    ids = {e.get("id") for e in tree.iter()}
    assert "claims" not in ids


def test_the_boundary_shows_each_line_with_what_it_earned(tree: Any, findings: Any) -> None:
    (section,) = [e for e in tree.iter() if e.get("id") == "boundary"]
    shown = text_of(section)
    assert len(findings["boundary"]) == 11
    for line in findings["boundary"]:
        assert f"{line['id']} {line['title']} {line['kind']}" in shown
        assert f"{line['state']}{line['why']}" in shown


def test_the_commands_to_verify_name_this_run(tree: Any, synthetic: Any) -> None:
    (section,) = [e for e in tree.iter() if e.get("id") == "verify"]
    commands = [text_of(e) for e in with_class(section, "command")]
    assert (
        "privatedao-audit run --target sample --replay RUN/evidence.sqlite --out AGAIN" in commands
    )
    (shown,) = [c for c in commands if "show --raw" in c]
    exchange = shown.split()[4]
    index = synthetic.recording()
    assert index.exchanges[exchange]["body_sha256"] in text_of(section)


@pytest.mark.parametrize(
    ("change", "what"),
    [
        (lambda p: p.replace(">NOT READY</p>", ">READY</p>"), "the verdict"),
        (lambda p: p.replace('id="root" data-copy>5e88', 'id="root" data-copy>5e89'), "root"),
        (lambda p: p.replace("<code>342118391</code>", "<code>342118392</code>"), "slots"),
        (lambda p: re.sub(r"<b>2</b>", "<b>3</b>", p, count=1), "counts"),
        (lambda p: p.replace('id="UA-04" data-status="PASS"', 'id="UA-04" data-status="FAIL"'),
         "the status of UA-04"),
        (lambda p: p.replace('id="UA-06" data', 'id="UA-05" data'), "the controls"),
        (lambda p: re.sub(r'(id="RC-08" data.*?<span class="badge s-)fail">.*?</span> FAIL',
                          r'\1pass"><span>✓</span> PASS', p, count=1, flags=re.DOTALL),
         "the status of RC-08"),
    ],
)  # fmt: skip
def test_a_page_that_says_something_else_is_not_handed_out(
    page: str, findings: dict[str, Any], change: Any, what: str
) -> None:
    changed = change(page)
    assert changed != page
    selfcheck.check(page, findings, findings["controls"])
    with pytest.raises(selfcheck.ReportDisagrees, match=what):
        selfcheck.check(changed, findings, findings["controls"])


def test_counts_that_belie_the_findings_are_not_handed_out(
    synthetic: Any, findings: dict[str, Any]
) -> None:
    counts = {**findings["verdict"]["counts"], "PASS": 75}
    lie = {**findings, "verdict": {**findings["verdict"], "counts": counts}}
    with pytest.raises(selfcheck.ReportDisagrees, match="counts"):
        render_report(lie, [], synthetic.recording())


def test_sections_stand_in_the_order_of_the_style_page(tree: Any) -> None:
    ids = [e.get("id") for e in tree.iter() if e.get("id")]
    wanted = [
        "top", "doubt", "verdict", "missing", "domains", "findings", "chapter-01-release-control",
        "chapter-07-readiness-gate", "crosswalk", "evidence", "verify",
    ]  # fmt: skip
    places = [ids.index(one) for one in wanted]
    assert places == sorted(places)


def test_an_empty_list_of_doubts_says_so(synthetic: Any, findings: dict[str, Any]) -> None:
    calm = {**findings, "self_doubt": []}
    page = render_report(calm, [], synthetic.recording())
    assert "The rules found no reason in this recording" in page


def test_a_domain_document_holds_that_domain_only(
    custody_page: str, findings: dict[str, Any]
) -> None:
    tree = parsed(custody_page)
    shown = {e.get("id") for e in with_class(tree, "finding")}
    assert shown == {f["id"] for f in findings["controls"] if f["domain"] == "custody"}
    assert len(with_class(tree, "chapter")) == 1
    assert "of the whole run" in custody_page


def test_an_unknown_domain_is_refused(synthetic: Any, findings: dict[str, Any]) -> None:
    with pytest.raises(KeyError, match="no domain"):
        render_report(findings, [], synthetic.recording(), domain="kitchen")


def test_a_cell_that_disagrees_with_findings_gets_no_badge(
    synthetic: Any, findings: dict[str, Any]
) -> None:
    lie = {**next(f for f in findings["controls"] if f["id"] == "UA-06"), "status": "PASS"}
    odd = {"id": ["UA-06"], "status": "GREAT"}
    outputs = [new_output("display_data", data={FINDING_MIME: said}) for said in (lie, odd)]
    notebook = new_notebook(cells=[new_code_cell("x", id="c", outputs=outputs)])
    page = render_report(findings, [("02_key_custody", notebook)], synthetic.recording())
    strips = with_class(parsed(page), "strip")
    assert len(strips) == 2
    assert "disagree about UA-06" in text_of(strips[0])
    assert all("disagrees" in s.get("class") for s in strips)
    assert with_class(strips[0], "badge") == []


def test_notebooks_alone_are_set_from_their_own_cells(
    synthetic: Any, findings: dict[str, Any]
) -> None:
    tree = parsed(render_notebooks(synthetic.notebooks(findings), title="By hand"))
    assert len(with_class(tree, "strip")) == len(findings["controls"])
    assert "no gate has joined them into a verdict" in text_of(tree)


def test_a_cell_that_did_not_run_is_called_so(synthetic: Any, findings: dict[str, Any]) -> None:
    cells = [new_code_cell("ran", id="a", execution_count=1), new_code_cell("did not", id="b")]
    page = render_report(
        findings, [("02_key_custody", new_notebook(cells=cells))], synthetic.recording()
    )
    assert [text_of(e) for e in with_class(parsed(page), "not-run")] == [
        "This cell was not executed."
    ]


@pytest.mark.parametrize("kind", ["image/svg+xml", "image/png"])
def test_a_picture_without_alt_is_an_error(
    synthetic: Any, findings: dict[str, Any], kind: str
) -> None:
    output = new_output("display_data", data={kind: "<svg xmlns='http://www.w3.org/2000/svg'/>"})
    notebook = new_notebook(cells=[new_code_cell("draw", id="naked", outputs=[output])])
    with pytest.raises(FigureWithoutAlt, match="'naked'"):
        render_report(findings, [("02_key_custody", notebook)], synthetic.recording())


def test_figures_are_drawn_in_the_page_with_their_alt(tree: Any) -> None:
    (first, second) = elements(tree, "figure")
    (svg,) = elements(first, "svg")
    assert svg.get("role") == "img"
    (title,) = elements(svg, "title")
    assert text_of(title) == "Both providers stay within the limit of 32 slots"
    assert "under the limit of 32" in text_of(elements(first, "figcaption")[0])
    assert len(elements(svg, "path")) > 5
    assert elements(second, "image") == [] and "<U+202E>" in text_of(second)
    (group,) = [g for g in elements(second, "g") if g.get("stroke")]
    assert group.attrib == {"stroke": "#111111"}


def test_the_same_input_gives_the_same_page(
    page: str, synthetic: Any, findings: dict[str, Any]
) -> None:
    again = render_report(findings, synthetic.notebooks(findings), synthetic.recording())
    assert again == page
