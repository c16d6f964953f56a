"""What the notebook shows of places, people, tokens, archive and evidence files."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from privatedao_audit.domains.cases import in_checkout
from privatedao_audit.domains.gate.ledger.claimed import Claimed
from privatedao_audit.domains.treasury import history_view
from privatedao_audit.domains.treasury import invented as w
from privatedao_audit.domains.treasury import protected as p
from privatedao_audit.domains.treasury import protection_view as view
from privatedao_audit.domains.treasury.cases_hidden import CASES as HIDDEN
from privatedao_audit.domains.treasury.checks import CHECKS
from privatedao_audit.domains.treasury.facts import TreasuryFacts
from privatedao_audit.domains.treasury.tokens.facts import Unsolicited
from privatedao_audit.domains.treasury.variations import NOTHING
from privatedao_audit.model.limits import Limits
from privatedao_audit.model.reads import Found, ProvenAbsent, Unknown
from privatedao_audit.model.status import Status
from privatedao_audit.view.table import Table

TABLES = (view.statements, view.recipients, view.token_accounts, view.mints, view.contacts,
          view.archive, view.evidence)  # fmt: skip
UNREAD = Unknown("every provider answered 503")


def rows(table: Table) -> list[dict[str, Any]]:
    return [dict(row) for row in table.frame.to_dict("records")]


@pytest.mark.parametrize("table", TABLES)
def test_a_table_stands_whatever_was_read(table: Any) -> None:
    assert len(table(p.protected()).frame) >= 1
    assert "the protocol is not known" in str(table(NOTHING))
    unread = p.protected(
        places=p.places((p.NOTE, UNREAD)), tokens={w.DAO: p.tokens(p.held(UNREAD), of=UNREAD)},
        contacts=(p.paper(p.CONTACTS, UNREAD),), archive=p.archive(rows=UNREAD),
        named=(p.named("hardening", UNREAD),), recipients=(p.paper(p.RECIPIENTS, UNREAD),),
        mint_registers=(p.paper(p.MINTS, ProvenAbsent(in_checkout("m"))),),
    )  # fmt: skip
    assert len(table(unread).frame) >= 1


def test_recipients_that_nothing_passed_for_are_listed_apart() -> None:
    vetoed = w.with_proposal(2, w.saying(outcome=w.Outcome.VETOED, actions=(
        w.pays(1, recipient=w.STRANGER),)))  # fmt: skip
    cook, stranger = rows(view.recipients(p.protected(w.facts(vetoed))))
    assert (cook["wallet"], cook["proposals"], cook["who it is"]) == (
        w.COOK, "0, 1", "a name (wallet)",
    )  # fmt: skip
    assert (stranger["how far"], stranger["who it is"]) == ("not passed", "in no register")


def test_powers_stand_beside_what_the_register_accepts() -> None:
    facts = p.protected(
        tokens={w.DAO: p.tokens(of=p.mint(freeze_authority=p.ISSUER))},
        mint_registers=(p.accepting(freeze_authority=p.ISSUER),),
    )
    told = {row["power"]: row["accepted by the register"] for row in rows(view.mints(facts))}
    assert told == {"mint": "needs no acceptance", "freeze": "yes"}
    assert {r["accepted by the register"] for r in rows(view.mints(replace(
        facts, mint_registers=()))) if r["power"] == "freeze"} == {"no"}  # fmt: skip


def test_unsolicited_accounts_beyond_the_shown_are_counted() -> None:
    tokens = p.tokens(unsolicited=(Unsolicited("a", "b", 1),), others=9, counts=(1, 9))
    assert rows(view.token_accounts(p.protected(tokens={w.DAO: tokens})))[-1]["account"] == "8 more"


def test_contacts_are_shown_by_kind_and_digest() -> None:
    told = rows(view.contacts(p.protected()))
    assert [row["kind"] for row in told] == ["phone", "mail"]
    assert {row["what is wrong"] for row in told} == {"nothing"}


def test_what_differs_in_a_copy_is_named() -> None:
    odd = p.kept(0, w.PAYMENT, imprint=p.imprint(w.PAYMENT, logs="another"))
    told = rows(view.archive(p.protected(archive=p.archive(odd, p.KEPT[1]))))
    assert [row["what differs"] for row in told] == ["logs", "nothing"]


def test_a_contradicted_claim_is_told_with_its_line() -> None:
    bad = (Claimed(12, "slot", "7", "contradicted", "The chain says 8.", True),)
    told = rows(view.evidence(p.protected(named=(p.named("hardening", bad),))))
    assert told[0]["first contradiction"] == "line 12: The chain says 8."
    assert told[0]["how they stand"] == "1 contradicted"


def test_a_theft_inside_a_credit_is_seen_in_ledger_and_plot() -> None:
    facts = next(c.facts for c in HIDDEN if c.name == "SOL was taken where as much came in")
    shown = history_view.ledger(facts)
    assert shown.ordinary is not None and list(shown.ordinary.rows)[-1] is False
    told = rows(shown)[-1]
    assert told["what it was"] == "unexplained" and w.STRANGER in told["what is wrong"]
    assert "has no explanation" in str(history_view.balance(facts).figure)  # type: ignore


@pytest.mark.parametrize("name", ["voting_window_seconds", "reveal_window_seconds"])
def test_windows_are_measured_by_the_limits_of_the_target(name: str) -> None:
    facts: TreasuryFacts = w.facts()
    assert CHECKS["TR-08"](facts, Limits(**{name: w.DAY})).status is Status.PASS
    assert CHECKS["TR-08"](facts, Limits(**{name: w.DAY + 1})).status is Status.FAIL


def test_a_limit_of_the_target_does_not_loosen_the_execution_delay() -> None:
    facts = w.facts(w.with_dao(delays={"execution": 60, "reveal": w.DAY}))
    assert CHECKS["TR-08"](facts, Limits(reveal_window_seconds=1)).status is Status.FAIL
    assert isinstance(w.READS.dao, Found)


def title(facts: TreasuryFacts) -> str:
    return str(history_view.balance(facts).figure.title)  # type: ignore[union-attr]


def test_the_plot_claims_no_more_than_was_shown() -> None:
    assert title(w.facts()) == "Every debit of SOL is a payment that was voted"
    cut = w.with_address(w.TREASURY, lambda one: replace(one, cut="more than 1 pages"))
    assert "not certain" in title(w.facts(history=cut))
    hidden = w.with_deed(w.PAYMENT, gap="the node kept no inner instructions", transfers=())
    assert "not certain" in title(w.facts(history=hidden))
    wrong = replace(w.sol(w.TREASURY, w.COOK, w.SOL_PAID, "0"), receiver=w.STRANGER)
    paid = w.with_deed(w.PAYMENT, transfers=(wrong,))
    assert title(w.facts(history=paid)) == "1 debit of SOL has no explanation"
