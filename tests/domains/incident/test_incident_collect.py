"""The facts of incident response from an invented node with a checkout beside it."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from privatedao_audit.domains.incident import view
from privatedao_audit.domains.incident.checks import CHECKS
from privatedao_audit.domains.incident.collect import collect
from privatedao_audit.domains.incident.facts import IncidentFacts
from privatedao_audit.domains.incident.invented import runbook
from privatedao_audit.domains.sources import Sources
from privatedao_audit.model import canonical
from privatedao_audit.model.limits import Limits
from privatedao_audit.model.parts import PARTS
from privatedao_audit.model.reads import Found, Unknown
from privatedao_audit.model.status import Status
from privatedao_audit.rehearsal.dossier.text import toml
from privatedao_audit.view.table import Table
from tests.domains.test_governance import target
from tests.domains.treasury.checkout import COMMITTED, Checkout, surface
from tests.protocols.world import CREATOR, DAO, Call, dao_account, key

BOOK, LIST, DRILLS = "runbooks/bad-proposal.md", "contacts.toml", "drills/record.toml"
HANDED = Call("transfer_dao_authority", ("creator",), {"authority": CREATOR})
CANCELLED = Call("cancel_proposal_v2", ("creator",), {"authority": CREATOR}, slot=101)
STARTED, ENDED = "2027-01-15T07:00:00Z", "2027-01-15T08:00:00Z"

SURFACES: list[dict[str, Any]] = [
    {"part": "runbook", "topic": "IR-01", "file": BOOK, "format": "markdown"},
    surface("incident-contacts", LIST, rows="/contacts",
            fields=("name", "role", "kind", "value", "owner", "date")),
    surface("drill-record", DRILLS, rows="/drills", fields=tuple(PARTS["drill-record"])),
]  # fmt: skip


def contacts(**change: Any) -> bytes:
    row = {"name": "Second on call", "role": "incident owner", "kind": "phone",
           "value": "+44 20 7946 0000", "owner": "the office", "date": "2027-01-01"}  # fmt: skip
    mail = {**row, "kind": "e-mail", "value": "on.call@club.invalid"}
    return toml("Contacts.", {"contacts": [{**row, **change}, mail]}).encode()


def drill(**change: Any) -> bytes:
    row = {
        "path": "IR-01", "date": "2027-01-15", "cluster": "localnet",
        "genesis_hash": key("genesis"), "started_at": STARTED, "detected_at": STARTED,
        "contained_at": ENDED, "instruction": "cancel_proposal_v2",
        "signatures": [CANCELLED.signature], "participants": [CREATOR], "gaps": [], **change,
    }  # fmt: skip
    return toml("Drills.", {"drills": [row]}).encode()


def checkout(**change: Any) -> Checkout:
    files = {BOOK: runbook("IR-01").replace("2025-12-31", "2027-01-01").encode(),
             LIST: contacts(), DRILLS: drill()}  # fmt: skip
    given: dict[str, Any] = {"calls": (HANDED, CANCELLED), "files": files, **change}
    node = Checkout(**given)
    node.with_accounts(dao_account())
    return node


def read(node: Checkout, **change: Any) -> IncidentFacts:
    wallet = {"name": "creator", "address": CREATOR, "roles": ["dao-authority"]}
    subject = target(surfaces=SURFACES, wallets=[wallet], **change)
    return asyncio.run(collect(Sources(subject, node, ("first",))))


def status(facts: IncidentFacts, control: str) -> Status:
    return CHECKS[control](facts, Limits()).status


def test_everything_is_read_and_judged() -> None:
    facts = read(checkout())
    (book,) = facts.books
    assert isinstance(book.said, Found)
    assert book.said.value.elements["escalation"].reaches == ("listed contact",)
    assert book.changed == Found(COMMITTED, book.changed.at)
    assert status(facts, "IR-01") is Status.ATTESTED
    assert status(facts, "IR-02") is Status.UNKNOWN
    assert status(facts, "IR-06") is Status.ATTESTED
    assert status(facts, "IR-07") is Status.MISSING
    said = {part.label: part.status for part in CHECKS["IR-07"](facts, Limits()).parts}
    assert (said["IR-01"], said["IR-02"]) == (Status.PASS, Status.MISSING)
    assert canonical.dumps(canonical.plain(facts)) == canonical.dumps(
        canonical.plain(read(checkout()))
    )


def test_no_personal_data_gets_into_the_facts() -> None:
    shown = canonical.dumps(canonical.plain(read(checkout()))).decode()
    for text in ("7946", "on.call@club", "Second on call", "by telephone"):
        assert text not in shown


def test_a_page_of_contacts_serves_as_a_list() -> None:
    page = (
        "---\ndate: 2027-01-01\n---\n## Lead\n\nAda, +44 20 7946 0000.\n\n"
        "## Ways\n\n- a@club.invalid\n"
    )
    mapped = {"part": "contact-page", "file": "people.md", "format": "markdown",
              "fields": {"owner": "Lead", "contacts": "Ways"}}  # fmt: skip
    node = checkout()
    node.files["people.md"] = page.encode()
    facts = asyncio.run(collect(Sources(target(surfaces=[mapped]), node, ("first",))))
    assert status(facts, "IR-06") is Status.ATTESTED
    shown = canonical.dumps(canonical.plain(facts)).decode()
    assert "7946" not in shown and "club.invalid" not in shown
    node.files["people.md"] = page.replace("Ada, +44 20 7946 0000.", "TBD").encode()
    facts = asyncio.run(collect(Sources(target(surfaces=[mapped]), node, ("first",))))
    assert status(facts, "IR-06") is Status.MISSING


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"part": "runbook", "file": "a.json", "format": "json", "topic": "IR-01"}, "markdown"),
        ({"part": "runbook", "file": "a.md", "format": "markdown"}, "needs topic"),
        ({"part": "runbook", "file": "a.md", "format": "markdown", "topic": "IR-06"}, "no topic"),
        ({"part": "runbook", "file": "a.md", "format": "markdown", "topic": "IR-01",
          "fields": {"trigger_": "x"}}, "has no field"),
        ({"part": "contact-page", "file": "a.md", "format": "markdown"}, "surfaces.fields"),
        ({"part": "drill-record", "file": "a.md", "format": "markdown", "rows": "/d",
          "fields": {"path": "x"}}, "json, toml or yaml"),
    ],
)  # fmt: skip
def test_a_mapping_that_can_not_be_meant_is_refused(change: dict[str, Any], why: str) -> None:
    with pytest.raises(ValueError, match=why):
        target(surfaces=[{"fields": {"trigger": "x"}} | change if change["format"] == "json"
                         else change])  # fmt: skip


def test_who_pulls_the_levers_and_which_of_them_was_used() -> None:
    (power,) = read(checkout()).powers
    assert (power.dao, power.kinds) == (DAO, {"authority": "wallet"})
    assert power.needs["authority"] == Found(0, power.needs["authority"].at)
    used = power.performed["transfer_dao_authority"]
    assert isinstance(used, Found)
    assert used.value is True
    (power,) = read(checkout(calls=())).powers
    unused = power.performed["transfer_dao_authority"]
    assert not (isinstance(unused, Found) and unused.value)


def test_a_drill_is_looked_up_on_the_cluster_of_the_target_alone() -> None:
    here = read(checkout()).drills[0].drills
    assert isinstance(here, Found)
    assert here.value[0].here
    assert isinstance(here.value[0].acted[CANCELLED.signature], Found)
    node = checkout()
    node.files[DRILLS] = drill(cluster="devnet", genesis_hash="")
    away = read(node).drills[0].drills
    assert isinstance(away, Found)
    unread = away.value[0].acted[CANCELLED.signature]
    assert isinstance(unread, Unknown)
    assert "of another cluster" in unread.reason


@pytest.mark.parametrize(
    ("path", "why"),
    [("../../secret.sqlite", "outside the checkout"), ("/etc/passwd", "outside the checkout"),
     ("..\\x", "outside the checkout")],
)  # fmt: skip
def test_a_recording_outside_the_checkout_is_not_opened(path: str, why: str) -> None:
    node = checkout()
    node.files[DRILLS] = drill(recording=path, evidence_root="ab" * 32)
    said = read(node).drills[0].drills
    assert isinstance(said, Found)
    recording = said.value[0].recording
    assert isinstance(recording, Unknown)
    assert why in recording.reason
    assert [one for one in node.asked if "secret" in one.params or "passwd" in one.params] == []


def test_a_recording_lies_beside_its_record() -> None:
    node = checkout()
    node.files[DRILLS] = drill(recording="outage.sqlite", evidence_root="ab" * 32)
    read(node)
    asked = [one.params for one in node.asked if one.method == "read"]
    assert '{"path":"drills/outage.sqlite"}' in asked


@pytest.mark.parametrize(
    ("change", "statuses"),
    [
        ({"files": {}}, {Status.MISSING}),
        ({"dirty": frozenset({BOOK, LIST, DRILLS})}, {Status.UNKNOWN, Status.MISSING}),
        ({"uncommitted": frozenset({BOOK, LIST, DRILLS})}, {Status.UNKNOWN, Status.MISSING}),
    ],
)
def test_a_checkout_that_lacks_something_is_never_good(
    change: dict[str, Any], statuses: set[Status]
) -> None:
    facts = read(checkout(**change))
    found = {status(facts, control) for control in ("IR-01", "IR-06", "IR-07")}
    assert found <= statuses


def test_a_protocol_that_is_not_known_leaves_the_levers_unknown() -> None:
    facts = read(checkout(), protocol="another")
    assert facts.powers == ()
    assert status(facts, "IR-01") is Status.UNKNOWN
    assert status(facts, "IR-07") is Status.UNKNOWN


def test_every_table_is_filled_and_says_what_it_answers() -> None:
    facts = read(checkout())
    for table, rows in (
        (view.moments(facts), 6), (view.runbooks(facts), 1), (view.drills(facts), 1),
        (view.levers(facts), 0),
    ):  # fmt: skip
        assert isinstance(table, Table)
        assert len(table.frame) == rows
    (row,) = view.runbooks(facts).frame.to_dict("records")
    assert (row["path"], row["trigger"], row["escalation"]) == ("IR-01", "11", "24")
    (row,) = view.drills(facts).frame.to_dict("records")
    assert (row["transactions found"], row["recording"], row["open gaps"]) == (
        "1 of 1", "none", "0",
    )  # fmt: skip
    rows = {one["lever"]: one for one in view.moments(facts).frame.to_dict("records")}
    assert {name: one["works"] for name, one in rows.items()} == {
        "cancel_proposal": "before the first vote", "cancel_proposal_v2": "before the first vote",
        "veto_proposal": "before the unlock", "transfer_dao_authority": "any time",
        "emergency_disabled": "never", "transfer_treasury_operator_authority": "never",
    }  # fmt: skip
    assert rows["emergency_disabled"]["holder needs"] == ""


def test_tables_of_nothing_say_why() -> None:
    facts = read(checkout(files={}), protocol="another")
    assert "known are: privatedao" in str(view.moments(facts))
    assert "not in the checkout" in str(view.runbooks(facts).frame)
    assert "No drill is recorded" in str(view.drills(facts))
