"""What the notebook shows of a history: every row of it, also where nothing was read."""

from __future__ import annotations

from dataclasses import replace

import pytest

from privatedao_audit.domains.authority.world import MEMBERS
from privatedao_audit.domains.custody.facts import CustodyFacts
from privatedao_audit.domains.custody.history import variations as cases
from privatedao_audit.domains.custody.history import view
from privatedao_audit.domains.custody.history import world as w
from privatedao_audit.domains.custody.history.cases_accepted import approved, limited, vote
from privatedao_audit.domains.custody.history.facts import HistoryFacts
from privatedao_audit.domains.custody.history.view_standing import standing
from privatedao_audit.model.limits import Limits
from privatedao_audit.view.plots import Plot
from privatedao_audit.view.table import Table

FACTS = w.facts(signers=cases.used(), nonces=cases.nonce())


def test_changes_are_listed_with_failures_in_order() -> None:
    text = str(view.changes(FACTS))
    for said in ("deploy", "hand-over", "upgrade", "extend", "failed", w.VAULT):
        assert said in text
    assert len(view.changes(FACTS).frame) == len(w.EVENTS)
    assert text.index("what: deploy") < text.index("what: hand-over") < text.index("what: extend")
    assert f"hand-over to {w.VAULT}" in text
    assert "upgrade: failed" in text


def test_votes_stand_beside_the_rules_of_their_time() -> None:
    frame = view.votes(FACTS).frame
    rules = frame.set_index("transaction")["threshold and time lock then"]
    assert set(rules.loc[1]) == {f"2 votes, {w.SHORT} s"}
    assert set(rules.loc[4]) == {f"2 votes, {w.LONG} s"}
    assert set(frame["approved by"]) <= set(MEMBERS)


def test_transactions_say_what_they_do_and_when_they_can_run() -> None:
    text = str(view.transactions(cases.waiting()))
    assert "upgrades program" in text
    assert "closed or never made" in text
    assert "1970-01-03" in text, "the release time of the waiting one"


def test_nonces_say_how_much_was_read() -> None:
    text = str(view.nonces(FACTS))
    assert (cases.NONCE in text, "none seen" in text, "complete" in text) == (True, True, True)
    refused = w.facts(signers=cases.first(scan=cases.UNREAD, gap=cases.PRUNED))
    assert "not allowed" in str(view.nonces(refused))
    assert cases.PRUNED in str(view.nonces(refused))


def test_the_timeline_says_in_words_what_it_shows() -> None:
    plot = view.timeline(FACTS)
    assert isinstance(plot, Plot)
    assert plot.table.frame.equals(view.changes(FACTS).frame)
    for said in ("one key", "a vault or other derived address", "approved, waiting"):
        assert said in plot.figure.alt
    for said in ("failed attempt", "approval", "hand-over"):
        assert said in plot.figure.svg
    assert len(plot.figure.svg) < 60_000


EMPTY = replace(w.facts(), history=HistoryFacts())
UNREAD = w.facts(
    program=replace(w.PROGRAM, loader=cases.UNREAD), multisig=cases.multisig(log=cases.UNREAD),
    signers=cases.first(seen=cases.UNREAD),
)  # fmt: skip


@pytest.mark.parametrize("facts", [EMPTY, UNREAD], ids=["nothing", "unread"])
@pytest.mark.parametrize("name", ["changes", "votes", "transactions", "nonces", "timeline"])
def test_what_was_not_read_is_shown_as_that(facts: CustodyFacts, name: str) -> None:
    shown = getattr(view, name)(facts)
    table = shown.table if isinstance(shown, Plot) else shown
    assert isinstance(table, Table)
    assert str(table)
    if facts is EMPTY:
        assert table.empty in str(table)


def test_unread_transactions_say_so() -> None:
    facts = cases.unread(5, cases.UNREAD)
    assert "not read: the node answered 503" in str(view.transactions(facts))


def test_powers_in_force_stand_beside_what_the_checkout_says_of_them() -> None:
    open_, listed = standing(limited(), Limits()), standing(approved(vote()), Limits())
    assert list(open_.frame["power"]) == ["spending limit"]
    assert list(open_.frame["what the checkout says"]) == ["nothing: unaccounted for"]
    assert "amount 1000; mint SOL; period day" in open_.frame["numbers on chain"][0]
    (said,) = listed.frame["what the checkout says"]
    assert said.startswith("PASS: standing-powers.toml accounts for it until 2026-01-20")
    assert standing(w.facts(), Limits()).frame.empty
