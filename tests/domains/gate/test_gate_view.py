"""What notebook 07 shows of the gate's documents, and what it shows of nothing."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from privatedao_audit.audit.display import VerdictCard
from privatedao_audit.domains.gate import view
from privatedao_audit.domains.gate.external import cases as external
from privatedao_audit.domains.gate.facts import GateFacts
from privatedao_audit.domains.gate.papers import cases as papers
from privatedao_audit.domains.gate.reach import cases as reach
from privatedao_audit.view.table import Table
from tests.domains.gate.test_gate_collect import status
from tests.domains.gate.world import audited, checkout

NOTHING = GateFacts("localnet", "", {})
FOUND = [{"id": "UA-01", "status": "PASS"}, {"id": "IR-01", "status": "ATTESTED"}]


def rows(table: Table) -> list[tuple[object, ...]]:
    return [tuple(row) for row in table.frame.itertuples(index=False)]


def html_of(table: Table) -> str:
    return str(table._repr_mimebundle_()["text/html"])


def test_items_stand_beside_their_controls() -> None:
    assert rows(view.readiness(papers.GOOD, FOUND))[0] == (
        "Checklist", "Authority held by the multisig", "done", "UA-01 PASS, IR-01 ATTESTED"
    )  # fmt: skip


def test_a_review_shows_all_that_was_checked() -> None:
    shown = rows(view.reviews(papers.GOOD, "security-review"))
    assert [row[1] for row in shown] == [
        "section", "section", "section", "claims", "claims", "command", "command", "version"
    ]  # fmt: skip
    assert shown[-1][2:] == ("anchor 1.0", "released: 1.0.1")
    assert shown[5][2:] == ("npm run verify:all: the script verify:all of package.json", "there")


def test_specification_audit_and_scope() -> None:
    assert rows(view.specifications(papers.GOOD))[2] == ("governance", "errors", 2, 2)
    assert rows(view.audits(external.GOOD))[0][1:] == (
        "Example Audits", "1" * 12, "A-1", "high", "closed"
    )  # fmt: skip
    assert rows(view.scope(reach.GOOD))[0] == (
        "program", "Program1", "docs/a.md, line 3", "in scope, as a program"
    )  # fmt: skip
    assert rows(view.scope(reach.GOOD))[-1][3] == "known on this cluster"
    scope = view.scope(reach.GOOD)
    assert scope.ordinary is not None and scope.ordinary.rows[0] and not scope.ordinary.rows[-1]


@pytest.mark.parametrize(
    "shown",
    [
        lambda facts: view.readiness(facts, []),
        lambda facts: view.reviews(facts, "security-review"),
        view.specifications, view.audits, view.scope,
    ],
)  # fmt: skip
def test_nothing_read_is_said_and_not_an_empty_table(shown: Callable[[GateFacts], Table]) -> None:
    table = shown(NOTHING)
    assert len(table.frame) == 0
    assert table.empty in html_of(table)
    assert "<td" not in html_of(table)


def test_foreign_text_is_escaped_where_it_is_shown() -> None:
    item = papers.item("<script>alert(1)</script> \u202e")
    facts = papers.given(readiness=(papers.listed(item),))
    html = html_of(view.readiness(facts, FOUND))
    assert "<script>" not in html
    assert "\u202e" not in html


def test_the_verdict_says_how_long_a_gap_takes_and_what_comes_first() -> None:
    finding = {"id": "UA-05", "title": "Path", "status": "MISSING", "parts": [1], "summary": "It."}
    summary = {
        "word": "NOT READY", "reason": "It is so.", "counts": {"MISSING": 1}, "total": 1,
        "blocking": [{"id": "UA-05", "status": "MISSING", "effort": "hours", "after": ["UA-01"]}],
    }  # fmt: skip
    card = VerdictCard(summary, [finding], [])
    assert "(hours, after UA-01)" in card._repr_mimebundle_()["text/html"]
    assert "missing: UA-05" in str(card)
    assert "(hours, after UA-01)" in str(card)


@pytest.mark.parametrize(
    "document",
    [
        b"\xff\xfe## List\n- [x] a (RG-04)\n", b"# Ready\n\n" + b"- [x] a (RG-04)\n" * 40_000,
        b"## List\n\n- [x] " + b"a" * 1_000_000 + b"\n", b"",
        b"---\n" + b"a: &a [*a, *a]\n" * 3 + b"---\n## List\n- [x] a (RG-04)\n",
    ],
    ids=["not UTF-8", "too long", "one long line", "empty", "hostile front matter"],
)  # fmt: skip
def test_a_hostile_list_passes_nothing_and_breaks_nothing(tmp_path: Path, document: bytes) -> None:
    repo, _ = checkout(tmp_path / "repo")
    repo.write("docs/ready.md", document)
    repo.commit()
    assert status(audited(tmp_path, repo), "RG-01") in ("UNKNOWN", "MISSING")


def test_a_link_out_of_the_checkout_is_not_followed(tmp_path: Path) -> None:
    repo, _ = checkout(tmp_path / "repo")
    outside = tmp_path / "outside.md"
    outside.write_text("## List\n\n- [x] a (RG-04)\n")
    (repo.root / "docs" / "ready.md").unlink()
    (repo.root / "docs" / "ready.md").symlink_to(outside)
    repo.commit()
    assert status(audited(tmp_path, repo), "RG-01") == "UNKNOWN"
