"""Cases of TR-03 and TR-09."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from privatedao_audit.domains.cases import Case, in_checkout
from privatedao_audit.domains.gate.ledger.claimed import Claimed
from privatedao_audit.domains.treasury import protected as p
from privatedao_audit.domains.treasury.facts import TreasuryFacts
from privatedao_audit.model.parts import TOPICS
from privatedao_audit.model.reads import Diverged, Found, ProvenAbsent, Unknown
from privatedao_audit.model.status import Status

GOOD = p.protected()
_NO_CHECKOUT = Unknown("no checkout was given")


def _contacts(*rows: Any, **change: Any) -> TreasuryFacts:
    return p.protected(contacts=(p.contacts(*rows, **change),))


def _second(**change: Any) -> TreasuryFacts:
    """The telephone is good; something is changed of the mail address."""
    return _contacts(p.contact("phone"), p.contact("mail", **change))


def _named(**change: Any) -> TreasuryFacts:
    """One of the four files changed."""
    first = p.named(TOPICS[0], **change)
    return p.protected(named=(first, *(p.named(topic) for topic in TOPICS[1:])))


def _claim(standing: str, *, holds: bool = True) -> tuple[Claimed, ...]:
    good = Claimed(3, "address", "a", "agrees", "The chain says the same.", True)
    return good, Claimed(9, "slot", "7", standing, "The chain says something else.", holds)


def _reachable() -> list[tuple[str, TreasuryFacts, Status]]:
    fail, unknown, ok, missing = Status.FAIL, Status.UNKNOWN, Status.ATTESTED, Status.MISSING
    apart = Diverged("two copies differ", in_checkout("apart"))
    return [
        ("telephone and mail", GOOD, ok),
        ("two lists, one for each kind", p.protected(contacts=(
            p.contacts(p.contact("phone")),
            replace(p.contacts(p.contact("mail")), file="second.toml"))), ok),
        ("an old contact beside two fresh ones", _contacts(
            p.contact("phone"), p.contact("mail"), p.contact("pager", date=p.LAST_YEAR)), ok),
        ("dated in the future", _second(date="2027-01-01"), fail),
        ("committed in the future", _contacts(
            changed=Found(p.NOW + 9 * p.DAY, in_checkout("git"))), fail),
        ("one kind", _contacts(p.contact("phone"), p.contact("phone", value="other")), missing),
        ("the same address under two kinds", _second(value="digest of phone"), missing),
        ("a mail address without its form", _second(fault="its form is not that of one"),
         missing),
        ("a contact without an owner", _second(owned=False), missing),
        ("a contact without a date", _second(date=None), missing),
        ("nobody for incidents", _contacts(
            p.contact("phone", purposes=("recovery",)), p.contact("mail", purposes=("recovery",))),
         missing),
        ("an empty list", p.protected(contacts=(p.paper(p.CONTACTS, ()),)), missing),
        ("the list is not in the checkout", p.protected(contacts=(
            p.paper(p.CONTACTS, ProvenAbsent(in_checkout("c"))),)), missing),
        ("renewed a year ago", _second(date=p.LAST_YEAR), Status.STALE),
        ("the file changed 91 days ago", _contacts(
            changed=Found(p.NOW - 91 * p.DAY, in_checkout("git"))), Status.STALE),
        ("never committed", _contacts(changed=ProvenAbsent(in_checkout("git"))), unknown),
        ("not the file that was committed", _contacts(changed=Unknown("it differs")), unknown),
        ("no checkout", p.protected(contacts=(p.paper(p.CONTACTS, _NO_CHECKOUT),)), unknown),
        ("no list is mapped", p.protected(contacts=()), unknown),
        ("two copies differ", p.protected(contacts=(p.paper(p.CONTACTS, apart),)),
         Status.DIVERGED),
    ]  # fmt: skip


def _standing() -> list[tuple[str, TreasuryFacts, Status]]:
    fail, unknown, ok, missing = Status.FAIL, Status.UNKNOWN, Status.PASS, Status.MISSING
    file = f"docs/{TOPICS[0]}.md"
    apart = Diverged("two copies differ", in_checkout("apart"))
    return [
        ("all four stand", GOOD, ok),
        ("a claim that a newer statement supersedes", _named(claims=_claim("superseded")), ok),
        ("a contradicted claim that is marked as former",
         _named(claims=_claim("contradicted", holds=False)), ok),
        ("an old one that still stands", _named(paper=p.paper(file, "2020-01-01")), ok),
        ("a contradicted claim", _named(claims=_claim("contradicted")), fail),
        ("a file dated in the future", _named(paper=p.paper(file, "2030-01-01")), fail),
        ("a second file on a topic that is contradicted", p.protected(named=(
            *GOOD.named, replace(p.named(TOPICS[0], _claim("contradicted")),
                                 paper=p.paper("docs/second.md", p.TODAY)))), fail),
        ("a topic without a file", p.protected(named=GOOD.named[1:]), missing),
        ("a file that says next to nothing", _named(length=20), missing),
        ("a file without a date", _named(paper=p.paper(file, Found(None, in_checkout(file)))),
         missing),
        ("a file that is not in the checkout", _named(
            paper=p.paper(file, ProvenAbsent(in_checkout(file)))), missing),
        ("a claim that can't be checked", _named(claims=_claim("not checkable here")), unknown),
        ("a standing that is new", _named(claims=_claim("believed")), unknown),
        ("no claim at all", _named(claims=()), unknown),
        ("a file that only names its network", _named(claims=(
            Claimed(3, "network", "testnet", "agrees", "It is.", True),)), unknown),
        ("one file for two topics", _named(digest=TOPICS[1]), missing),
        ("the ledger was not read", _named(claims=_NO_CHECKOUT), unknown),
        ("a file that was never committed", _named(paper=p.paper(
            file, p.TODAY, ProvenAbsent(in_checkout("git")))), unknown),
        ("no checkout", _named(paper=p.paper(file, _NO_CHECKOUT)), unknown),
        ("no file is named", p.protected(named=()), unknown),
        ("two copies differ", _named(paper=p.paper(file, apart)), Status.DIVERGED),
    ]  # fmt: skip


CASES: tuple[Case, ...] = (
    *(Case("TR-03", name, facts, expected) for name, facts, expected in _reachable()),
    *(Case("TR-09", name, facts, expected) for name, facts, expected in _standing()),
)
