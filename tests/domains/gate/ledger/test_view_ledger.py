"""The ledger as people and spreadsheets read it, and the picture of who disagrees."""

from __future__ import annotations

import csv
import io
import re

from privatedao_audit.domains.gate.ledger import ledger, picture, view
from privatedao_audit.domains.gate.ledger.facts import ClaimFacts
from privatedao_audit.model.reads import Unknown
from privatedao_audit.view.plots import Plot
from privatedao_audit.view.table import Table
from tests.domains.gate.ledger.build import FORMER, PROGRAM, ledger_of
from tests.domains.gate.ledger.test_compare import PAST

WRONG = {
    "a.md": f"- localnet program: `{FORMER}`",
    "=cmd|' /C calc'!A1.md": f"- =1+1 \u202elocalnet program: `{FORMER}`",
    "b-2026-01-01.md": f"- localnet program: `{FORMER}`",
    **PAST,
}


def rows_of(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text, newline="")))


def test_the_csv_holds_every_claim_and_computes_nothing() -> None:
    found = ledger_of(WRONG)
    text = view.claims_csv(found)
    rows = rows_of(text)
    assert len(rows) == len(found.entries)
    assert [row["standing"] for row in rows[:2]] == ["contradicted", "contradicted"]
    assert not any(cell[:1] in tuple("=+-@|%") for row in rows for cell in row.values() if cell)
    assert "\u202e" not in text
    (row,) = [row for row in rows if row["document"] == "a.md"]
    assert (row["line"], row["value"], row["expected"]) == ("1", FORMER, PROGRAM)
    assert row["newer statement"] == "now.md, line 1 (2023-11-18)"
    assert "r-documents" in row["evidence"]
    assert text.endswith("\r\n")


def test_tables_say_how_much_there_is() -> None:
    found = ledger_of(WRONG)
    assert len(view.entries(found).frame) == len(found.entries) == 5
    assert list(view.open_points(found).frame["standing"]) == [
        "contradicted", "contradicted", "superseded", "superseded"
    ]  # fmt: skip
    first = view.documents(found).frame.iloc[0]
    assert [first[name] for name in ("document", "contradicted", "agrees")] == [
        min(WRONG), 1, 0
    ]  # fmt: skip
    counted = view.counts(found).frame.iloc[0]
    assert [counted[name] for name in ("contradicted", "superseded", "agrees", "all")] == [
        2, 2, 1, 5
    ]  # fmt: skip
    told = str(view.coverage(found))
    assert "commit cccc" in told
    assert "look-alikes" in told


def test_what_could_not_be_read_is_said_and_not_shown_as_agreement() -> None:
    found = ledger(ClaimFacts(covered=Unknown("no checkout was given (--repo)")))
    for table in (view.entries(found), view.counts(found), view.coverage(found)):
        assert "The documents were not read: no checkout was given (--repo)." in str(table)
    shown = picture.disagreements(found)
    assert isinstance(shown, Table)
    assert "not read" in str(shown)
    assert rows_of(view.claims_csv(found)) == []


def test_the_picture_states_its_finding_and_hides_nothing() -> None:
    shown = picture.disagreements(ledger_of(WRONG))
    assert isinstance(shown, Plot)
    assert shown.figure.title == "2 statements in 2 documents are contradicted"
    assert "Contradicted: 2. Superseded: 2." in shown.figure.alt
    for word in ("contradicted", "superseded", "a.md", "program id"):
        assert word in shown.figure.svg
    assert "\u202e" not in shown.figure.svg
    again = picture.disagreements(ledger_of(WRONG))
    assert isinstance(again, Plot)
    assert again.figure.svg == shown.figure.svg


def test_many_documents_are_cut_and_counted() -> None:
    many = {f"docs/{n:02}.md": f"- localnet program: `{FORMER}`" for n in range(40)}
    shown = picture.disagreements(ledger_of({**many, **PAST}))
    assert isinstance(shown, Plot)
    drawn = set(re.findall(r"docs/\d\d\.md", shown.figure.svg))
    assert len(drawn) == 24
    assert "17 more documents are in the table and not drawn." in shown.figure.alt


def test_agreement_needs_no_picture() -> None:
    shown = picture.disagreements(ledger_of({"a.md": f"- localnet program: `{PROGRAM}`"}))
    assert isinstance(shown, Table)
    assert "No claim is contradicted or superseded." in str(shown)
