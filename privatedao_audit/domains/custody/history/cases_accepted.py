"""Cases of UA-07: standing powers that a team has accepted, truly or not."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from privatedao_audit.chain.layouts import squads
from privatedao_audit.domains.authority.world import MEMBERS, STRANGER, wallet
from privatedao_audit.domains.cases import in_checkout, on_chain
from privatedao_audit.domains.custody.facts import CustodyFacts
from privatedao_audit.domains.custody.history import world as w
from privatedao_audit.domains.custody.history.facts import StandingForm
from privatedao_audit.domains.custody.history.variations import (
    LIMIT,
    PRUNED,
    TORN,
    UNREAD,
    multisig,
    waiting,
)
from privatedao_audit.domains.custody.history.world import facts
from privatedao_audit.model.reads import Found, ProvenAbsent, Read
from privatedao_audit.model.status import Status
from privatedao_audit.repository.reads import Change
from privatedao_audit.repository.surfaces import Rows

FAIL, PASS, UNKNOWN, STALE = Status.FAIL, Status.PASS, Status.UNKNOWN, Status.STALE

FILE = "standing-powers.toml"
#: 2025-12-30: two days before everything in these cases was read.
COMMITTED = Found(Change("c" * 40, 1_767_052_800), in_checkout(f"change of {FILE}"))
_GAVE_LIMIT = w.step_of("config_transaction_execute", 8).signature
_LAST_VOTE = w.step_of("proposal_approve", 7).signature

#: A truthful row about the spending limit, and one about the approved upgrade.
LIMIT_ROW = {
    "kind": "spending-limit", "multisig": w.ADDRESS, "address": w.LIMIT, "vault_index": "0",
    "amount": "1000", "mint": "SOL", "period": "day", "holders": MEMBERS[0],
    "destinations": "anybody", "transaction": _GAVE_LIMIT, "reason": "fees of the keeper",
    "owner": "operations", "date": "2025-12-20", "expires": "2026-03-31",
}  # fmt: skip
UPGRADE_ROW = {
    "kind": "approved-transaction", "multisig": w.ADDRESS, "address": w.transaction_at(7),
    "index": "7", "transaction": _LAST_VOTE, "reason": "waits for its time lock",
    "owner": "operations", "date": "2025-12-20", "expires": "2026-01-20",
}  # fmt: skip


def form(
    *rows: dict[str, str], said: Read[Rows] | None = None, changed: Read[Change] = COMMITTED,
    file: str = FILE,
) -> StandingForm:  # fmt: skip
    """A list of accepted powers."""
    read = Found(Rows(file, "standing-powers", "current", rows), in_checkout(file))
    return StandingForm(file, read if said is None else said, changed)


def limited(
    *forms: StandingForm, limit: squads.SpendingLimit = LIMIT, **more: Any
) -> CustodyFacts:
    """The facts in which the spending limit was never taken back, beside these lists.

    ``more``: what else is another in the history of the multisig.
    """
    steps = [one for one in w.STEPS if one.instruction.account("proposal") != w.proposal_at(9)
             or one.instruction.name != "config_transaction_execute"]  # fmt: skip
    put = w.SLOTS[8].transaction
    assert isinstance(put, Found)
    log = w.log([one for one in steps if one.instruction.name != "proposal_approve"
                 or one.instruction.account("proposal") != w.proposal_at(9)])  # fmt: skip
    slots = (*w.SLOTS[:8], w.slot(9, put.value, "active", approved=0))
    given = {"log": log, "slots": slots, "limits": {w.LIMIT: Found(limit, on_chain("limit"))},
             **more}  # fmt: skip
    return facts(multisig=multisig(**given), accepted=forms)


def approved(*forms: StandingForm) -> CustodyFacts:
    """The facts in which an upgrade is approved and waits, beside these lists."""
    given = waiting()
    return replace(given, history=replace(given.history, accepted=forms))


def row(**change: str) -> StandingForm:
    """The list with one thing of the limit's row changed."""
    return form({**LIMIT_ROW, **change})


def vote(**change: str) -> StandingForm:
    """The list with one thing of the upgrade's row changed."""
    return form({**UPGRADE_ROW, **change})


_NAMED = replace(LIMIT, destinations=(STRANGER, MEMBERS[1]), members=MEMBERS[:2])
_NAMED_ROW = {"holders": f"{MEMBERS[1]}\n{MEMBERS[0]}",
              "destinations": f"{MEMBERS[1]}\n{STRANGER}"}  # fmt: skip
_EMPTY = form()

ACCEPTED: tuple[tuple[str, CustodyFacts, Status], ...] = (
    ("a spending limit that is accounted for", limited(row()), PASS),
    ("its holders and destinations in another order", limited(row(**_NAMED_ROW), limit=_NAMED),
     PASS),
    ("part of it is spent", limited(row(), limit=replace(LIMIT, remaining=1)), PASS),
    ("an approved upgrade that is accounted for", approved(vote()), PASS),
    ("a list of powers that are no more", facts(accepted=(row(),)), PASS),
    ("a list beside a limit that it does not name", limited(_EMPTY), FAIL),
    ("a list of the other kind of power", limited(vote()), FAIL),
    ("no form", limited(), FAIL),
    ("the list is not in the checkout", limited(form(said=ProvenAbsent(in_checkout(FILE)))), FAIL),
    *((f"another {name}", limited(row(**{name: other})), FAIL) for name, other in (
        ("multisig", STRANGER), ("amount", "1001"), ("mint", STRANGER),
        ("period", "week"), ("vault_index", "1"), ("holders", STRANGER),
        ("destinations", STRANGER), ("transaction", "another transaction"),
    )),
    ("one holder too many", limited(row(holders=f"{MEMBERS[0]}\n{STRANGER}")), FAIL),
    ("an amount with decimals", limited(row(amount="1000.0")), FAIL),
    *((f"no {name}", limited(row(**{name: nothing})), FAIL) for name, nothing in (
        ("reason", ""), ("owner", "TBD"), ("date", ""), ("expires", "none"), ("amount", ""),
        ("transaction", "?"),
    )),
    ("accepted until yesterday", limited(row(expires="2025-12-31")), FAIL),
    ("accepted until a day that no calendar has", limited(row(expires="2026-02-30")), FAIL),
    ("accepted for ever, in words", limited(row(expires="never")), FAIL),
    ("dated in the future", limited(row(date="2026-02-01")), FAIL),
    ("two rows that differ", limited(form(LIMIT_ROW, {**LIMIT_ROW, "amount": "5"})), FAIL),
    ("another list that differs", limited(row(), row(amount="5")), FAIL),
    ("the upgrade's row gives another index", approved(vote(index="8")), FAIL),
    ("the upgrade's row gives another address", approved(vote(address=w.transaction_at(8))), FAIL),
    ("the upgrade's row names the first vote", approved(vote(
        transaction=w.step_of("proposal_create", 7).signature)), FAIL),
    ("the upgrade's row is over", approved(vote(expires="2026-01-01")), FAIL),
    ("accepted long ago", limited(row(date="2025-01-01")), STALE),
    ("accepted of late, in a file of long ago", limited(form(LIMIT_ROW, changed=Found(
        Change("c" * 40, 1_600_000_000), in_checkout("git")))), STALE),
    ("a row in no commit", limited(form(LIMIT_ROW, changed=ProvenAbsent(in_checkout("git")))),
     UNKNOWN),
    ("a row that was edited and not committed", limited(form(LIMIT_ROW, changed=UNREAD)), UNKNOWN),
    ("the list could not be read", limited(form(said=UNREAD)), UNKNOWN),
    ("two copies of the list differ", limited(form(said=TORN)), UNKNOWN),
    ("the history can't tell what gave the limit", limited(
        row(), log=w.log(w.STEPS[4:], PRUNED), slots=w.SLOTS), UNKNOWN),
    ("accounted for, and another limit besides", limited(row(), limits={
        w.LIMIT: Found(LIMIT, on_chain("limit")),
        wallet("second limit"): Found(LIMIT, on_chain("second limit"))}), FAIL),
)  # fmt: skip
