"""Registers, contacts and evidence files as a collector reads them from a hostile checkout."""

from __future__ import annotations

import asyncio
import hashlib
from typing import Any

import pytest

from privatedao_audit.domains.sources import Sources
from privatedao_audit.domains.treasury.papers import collect as papers
from privatedao_audit.domains.treasury.papers.dates import age
from privatedao_audit.domains.treasury.papers.facts import Contact, Paper
from privatedao_audit.model import canonical
from privatedao_audit.model.reads import Found, ProvenAbsent, Unknown
from privatedao_audit.model.status import Status
from privatedao_audit.model.target import BadTarget, parse
from tests.domains.test_governance import target
from tests.domains.treasury.checkout import COMMITTED, Checkout, surface
from tests.protocols.world import key

CONTACT = ("name", "role", "kind", "value", "owner", "date")
ROWS = "contacts.toml"


def sources(node: Checkout, *surfaces: dict[str, Any]) -> Sources:
    return Sources(target(surfaces=list(surfaces)), node, ("first",))


def contact(**change: str) -> str:
    row = {"name": "Ada", "role": "recovery and incidents", "kind": "phone",
           "value": "+44 20 7946 0000", "owner": "the office", "date": "2027-01-01", **change}
    return "[[contacts]]\n" + "".join(f'{k} = "{v}"\n' for k, v in row.items())


def contacts(text: str, **node: Any) -> Paper[tuple[Contact, ...]]:
    checkout = Checkout(files={ROWS: text.encode()}, **node)
    one = surface("recovery-contacts", ROWS, rows="/contacts", fields=CONTACT)
    (found,) = asyncio.run(papers.contacts(sources(checkout, one)))
    return found


def rows_of(text: str) -> tuple[Contact, ...]:
    said = contacts(text).said
    assert isinstance(said, Found), said
    return said.value


def test_a_contact_is_kept_without_the_person() -> None:
    one, other = rows_of(contact() + contact(kind="e-mail", value="ada@office.example"))
    told = str(canonical.dumps(canonical.plain((one, other))))
    assert "Ada" not in told and "7946" not in told and "office.example" not in told
    assert (one.kind, other.kind) == ("phone", "mail")
    assert one.purposes == ("recovery", "incident") and one.owned and not one.fault
    assert one.who == other.who and one.value != other.value


def test_the_digest_of_a_number_depends_on_its_file() -> None:
    (one,) = rows_of(contact())
    (same,) = rows_of(contact() + "# another file\n")
    assert one.value != same.value


def test_who_knows_the_hash_of_a_file_can_not_try_numbers() -> None:
    """The hash stands in every recording; the file does not stand in a public one."""
    (one,) = rows_of(contact())
    printed = hashlib.sha256(contact().encode()).digest()
    texts = (b"Ada", b"+44 20 7946 0000")
    tried = {hashlib.sha256(printed + text).hexdigest()[:12] for text in texts}
    assert not tried & {one.who, one.value}


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        ({"kind": "mail", "value": "ada at office"}, "mail address"),
        ({"kind": "mail", "value": "ada@office"}, "mail address"),
        ({"value": "tbd"}, "says nothing"),
        ({"value": "call the office 1"}, "telephone number"),
        ({"value": "+44"}, "telephone number"),
        ({"kind": ""}, "kind"),
        ({"name": "TODO"}, "whom"),
        ({"kind": "pager", "value": "7"}, "short"),
    ],
)
def test_what_reaches_nobody_is_told(change: dict[str, str], fault: str) -> None:
    (one,) = rows_of(contact(**change))
    assert fault in one.fault


@pytest.mark.parametrize(
    ("kind", "value", "is_"),
    [
        ("office mail", "ada@office.example", "mail"),
        ("pager", "ada@office.example", "mail"),
        ("second phone", "+44 20 7946 0001", "phone"),
        ("Signal", "+44 20 7946 0002", "messenger"),
        ("radio", "channel 9", "radio"),
    ],
)
def test_a_kind_of_contact_is_what_it_is_and_not_what_it_is_called(
    kind: str, value: str, is_: str
) -> None:
    (one,) = rows_of(contact(kind=kind, value=value))
    assert one.kind == is_


@pytest.mark.parametrize("role", ["precovery", "incidental", "finance"])
def test_a_purpose_is_a_word_of_the_role(role: str) -> None:
    (one,) = rows_of(contact(role=role))
    assert one.purposes == ()


def test_a_list_that_is_not_there_or_is_no_list_is_never_empty() -> None:
    assert isinstance(contacts("contacts = 3\n").said, Unknown)
    assert isinstance(contacts("other = []\n").said, Unknown)
    checkout = Checkout()
    one = surface("recovery-contacts", ROWS, rows="/contacts", fields=CONTACT)
    (absent,) = asyncio.run(papers.contacts(sources(checkout, one)))
    assert isinstance(absent.said, ProvenAbsent)


def test_a_file_that_differs_from_its_commit_is_dated_by_nothing() -> None:
    fresh = contacts(contact())
    assert isinstance(fresh.changed, Found) and fresh.changed.value == COMMITTED
    dirty = contacts(contact(), dirty=frozenset({ROWS}))
    assert isinstance(dirty.changed, Unknown)
    assert age(dirty, "2027-01-01", 90 * 86_400)[0] is Status.UNKNOWN
    stray = contacts(contact(), uncommitted=frozenset({ROWS}))
    assert age(stray, "2027-01-01", 90 * 86_400)[0] is Status.UNKNOWN


@pytest.mark.parametrize(
    ("said", "limit", "status"),
    [
        ("2027-01-14", 86_400 * 11, Status.PASS),
        ("2027-01-14", 86_400 * 9, Status.STALE),  # the commit is ten days old
        ("2026-01-01", 86_400 * 90, Status.STALE),
        ("2026-01-01", None, Status.PASS),
        ("2027-01-20", None, Status.FAIL),
        ("2027-02-30", None, Status.MISSING),
        ("soon", None, Status.MISSING),
        (None, None, Status.MISSING),
        ("TBD", None, Status.MISSING),
    ],
)
def test_the_older_of_two_dates_counts(said: str | None, limit: int | None, status: Status) -> None:
    assert age(contacts(contact()), said, limit)[0] is status


def register(text: str, **given: Any) -> Any:
    one = surface("recipient-register", "r.toml", rows="/recipients",
                  fields=("address", "name", "owner"), **given)  # fmt: skip
    checkout = Checkout(files={"r.toml": text.encode()})
    return asyncio.run(papers.register(sources(checkout, one), "recipient-register", "address"))


def test_a_register_of_another_cluster_or_an_archived_one_does_not_count() -> None:
    text = f'[[recipients]]\naddress = "{key("cook")}"\nname = "Cook"\n'
    (paper,) = register(text)
    assert isinstance(paper.said, Found)
    (row,) = paper.said.value
    assert (row.key, row.text("name"), row.text("owner")) == (key("cook"), "Cook", None)
    assert register(text, cluster="devnet") == ()
    assert register(text, state="archived") == ()


@pytest.mark.parametrize("address", ["", "cook", "1" * 31, "0" * 44])
def test_a_row_without_an_address_makes_the_register_unknown(address: str) -> None:
    (paper,) = register(f'[[recipients]]\naddress = "{address}"\nname = "Cook"\n')
    assert isinstance(paper.said, Unknown) and "row 0" in paper.said.reason


def test_a_field_may_hold_several_keys() -> None:
    one = surface("mint-register", "m.toml", rows="/mints",
                  fields={"mint": "/mint", "transfer_hook": "/hook/*"})  # fmt: skip
    text = f'[[mints]]\nmint = "{key("m")}"\nhook = ["{key("a")}", "{key("b")}"]\n'
    checkout = Checkout(files={"m.toml": text.encode()})
    found = asyncio.run(papers.register(sources(checkout, one), "mint-register", "mint"))
    assert isinstance(found[0].said, Found)
    assert found[0].said.value[0].keys("transfer_hook") == (key("a"), key("b"))


def test_an_evidence_file_states_one_date() -> None:
    one = surface("evidence-file", "docs/live-proof.md", topic="live-proof",
                  fields={"date": "Date"})  # fmt: skip

    def read(text: str) -> Any:
        checkout = Checkout(files={"docs/live-proof.md": text.encode()})
        (found,) = asyncio.run(papers.named_files(sources(checkout, one)))
        return found

    good = read("# Live proof\n\nDate: 2027-01-01\n")
    assert (good.topic, good.length, good.paper.said.value) == ("live-proof", 31, "2027-01-01")
    assert read("# Live proof\n").paper.said.value is None
    assert isinstance(read("Date: 2027-01-01\n\nDate: 2027-01-02\n").paper.said, Unknown)


@pytest.mark.parametrize(
    ("lines", "told"),
    [
        ('part = "evidence-file"', "needs topic"),
        ('part = "evidence-file"\ntopic = "hardning"', "did you mean 'hardening'"),
        ('part = "treasury-statement"\ntopic = "hardening"', "has no topic"),
    ],
)
def test_a_topic_belongs_to_an_evidence_file(lines: str, told: str) -> None:
    head = f"""schema = 1
name = "x"
title = "x"
protocol = "privatedao"
[cluster]
name = "localnet"
genesis_hash = "{key("genesis")}"
[[programs]]
name = "governance"
id = "{key("program")}"
[[daos]]
name = "x"
address = "{key("dao")}"
program = "governance"
treasury = "{key("treasury")}"
[[surfaces]]
file = "docs/x.md"
format = "markdown"
fields = {{ date = "Date" }}
"""
    text = f"{head}{lines}\n" if "statement" not in lines else (
        head.replace('{ date = "Date" }', '{ dao = "DAO" }') + f"{lines}\n"
    )  # fmt: skip
    with pytest.raises(BadTarget, match=told):
        parse(text, "x.toml")
