"""Cases of IR-01 to IR-06; those of IR-07 stand with the drills."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from privatedao_audit.domains.cases import Case, in_checkout, on_chain
from privatedao_audit.domains.incident import invented as i
from privatedao_audit.domains.incident.drills.cases import CASES as DRILLS
from privatedao_audit.domains.incident.facts import IncidentFacts
from privatedao_audit.model.reads import Diverged, Found, ProvenAbsent, Unknown
from privatedao_audit.model.status import Status

__all__ = ["CASES"]

_NO_CHECKOUT = Unknown("no checkout was given")
_APART = Diverged("two copies differ", in_checkout("apart"))
_FAIL, _UNKNOWN, _OK = Status.FAIL, Status.UNKNOWN, Status.ATTESTED
_MISSING, _STALE = Status.MISSING, Status.STALE
_Row = tuple[str, IncidentFacts, Status]


def _with(path: str, text: str | None = None, **change: Any) -> IncidentFacts:
    """The operation with one runbook changed."""
    return i.facts(books=tuple(
        i.book(one, text, **change) if one == path else i.book(one) for one in i.RUNBOOKS
    ))  # fmt: skip


def _front(where: str, **front: str) -> IncidentFacts:
    return _with(where, i.runbook(where, front=front))


def _section(path: str, name: str, text: str) -> IncidentFacts:
    return _with(path, i.runbook(path, sections={name: text}))


def _lever(path: str, instruction: str, when: str) -> IncidentFacts:
    """The runbook of a path with this lever alone."""
    row = f"\n  - {{ instruction: {instruction}, when: {when} }}"
    return _front(path, lever=row)


def _prose(path: str, text: str) -> IncidentFacts:
    """The runbook of a path without front matter, its lever told in prose."""
    front = {"path": "", "date": "", "lever": ""}
    return _with(path, i.runbook(path, front=front, sections={"On-chain lever": text}))


def _any(path: str) -> Iterator[_Row]:
    """What holds of the runbook of each path."""
    yield "in order", i.GOOD, _OK
    yield "about another path", _front(path, path="IR-09"), _FAIL
    yield "dated in the future", _front(path, date=i.LATER), _FAIL
    yield "a lever that the program does not have", _lever(path, "freeze_dao", "any time"), _FAIL
    yield ("a flag that no instruction sets",
           _lever(path, "set_emergency_disabled", "any time"), _FAIL)  # fmt: skip
    yield "no runbook is mapped", i.facts(books=()), _UNKNOWN
    yield "no checkout", _with(path, said=_NO_CHECKOUT), _UNKNOWN
    yield "never committed", _with(path, changed=ProvenAbsent(in_checkout("git"))), _UNKNOWN
    yield "not the file that was committed", _with(path, changed=Unknown("it differs")), _UNKNOWN
    yield "two copies differ", _with(path, said=_APART), Status.DIVERGED
    yield "not in the checkout", _with(path, said=ProvenAbsent(in_checkout("c"))), _MISSING
    yield "no lever is named", _prose(path, "-"), _MISSING
    yield ("written a hundred days ago, dated yesterday",
           _with(path, changed=Found(i.NOW - 100 * i.DAY, in_checkout("git"))), _STALE)  # fmt: skip
    yield "dated last year, written yesterday", _front(path, date="2024-12-31"), _STALE
    yield "a date that is none", _front(path, date="yesterday"), _MISSING


def _elements(path: str) -> Iterator[_Row]:
    """Every lazy way to fill a section."""
    for name in ("Trigger", "First actions", "Owner", "Escalation", "Evidence to keep"):
        yield f"without {name}", _section(path, name, "-"), _MISSING
        for lazy in ("TBD", "- [ ] TODO", "…", "N/A", "To be defined by the team.", "**Owner:**"):
            yield f"{name}: {lazy}", _section(path, name, lazy), _MISSING
    example = "```\nThe second on call, by telephone.\n```"
    yield "an example in a fence", _section(path, "Escalation", example), _MISSING
    yield ("a comment", _section(path, "Trigger", "<!-- Any alert of the treasury. -->"),
           _MISSING)  # fmt: skip
    yield "struck out", _section(path, "Owner", "~~The duty officer.~~"), _MISSING
    yield "nobody to call", _section(path, "Escalation", "Whoever is around."), _MISSING
    nobody = _section(path, "Escalation", "Whoever is around.")
    yield ("nobody to call, as far as the lists were read",
           replace(nobody, contacts=(i.contacts(said=_NO_CHECKOUT),)), _UNKNOWN)  # fmt: skip
    yield "an address to call", _section(path, "Escalation", "security@club.invalid"), _OK
    second = i.runbook(path) + "\n## Owner\n\nMe too.\n"
    yield "two headings of one name", _with(path, second), _UNKNOWN


def _proposal() -> Iterator[_Row]:
    one = "IR-01"
    yield from _any(one)
    yield from _elements(one)
    yield ("a cancellation after the vote began",
           _lever(one, "cancel_proposal_v2", "while voting is open"), _FAIL)  # fmt: skip
    yield "a cancellation in general", _lever(one, "cancel_proposal", "any time"), _FAIL
    yield "a veto after the unlock", _lever(one, "veto_proposal", "after the unlock"), _FAIL
    yield ("an operator's key that pays nothing",
           _lever(one, "transfer_treasury_operator_authority", "any time"), _FAIL)  # fmt: skip
    yield ("a moment in other words", _lever(one, "veto_proposal", "soon enough"), _UNKNOWN)
    yield "another instruction", _lever(one, "finalize_proposal", "before the decision"), _UNKNOWN
    yield "of another program", _lever(one, "'loader: SetAuthority'", "any time"), _UNKNOWN
    yield "a lever that does not help", _lever(one, "transfer_dao_authority", "any time"), _MISSING
    yield "none, where a lever exists", _front(one, lever="none"), _MISSING
    yield "none, in prose", _prose(one, "None: nothing can stop it."), _MISSING
    yield ("none at last, beside a lever",
           _front(one, lever="\n  - { instruction: veto_proposal, when: before the unlock }"
                             "\n  - none"), _OK)  # fmt: skip
    yield ("none, as far as was read",
           replace(_front(one, lever="none"), powers=()), _UNKNOWN)  # fmt: skip
    yield "without saying when", _front(one, lever="veto_proposal"), _MISSING
    mapped = i.runbook(one, sections={"Owner": "-", "Who leads": "The duty officer."})
    yield "a mapped heading", _with(one, mapped, fields={"owner": "Who leads"}), _OK
    lost = _with(one, mapped, fields={"owner": "Lead"})
    yield "a mapped heading that is not there", lost, _MISSING
    yield "in prose", _prose(one, "The authority cancels it, or vetoes it before the unlock."), _OK
    yield ("in prose, too late", _prose(one, "Check that it is before execute, so vetoable."),
           _UNKNOWN)  # fmt: skip
    yield "in prose, a stop", _prose(one, "Veto it, or pause the program."), _UNKNOWN
    yield ("prose against its front matter",
           _section(one, "On-chain lever", "Veto it after the unlock."), _UNKNOWN)  # fmt: skip
    yield ("a flag against its front matter",
           _section(one, "On-chain lever", "Or `set_emergency_disabled`."), _FAIL)  # fmt: skip
    yield ("in prose, a flag", _prose(one, "Veto it, or set `emergency_disabled`."), _FAIL)


def _voting() -> Iterator[_Row]:
    two = "IR-02"
    yield from _any(two)
    yield "a veto after the unlock", _lever(two, "veto_proposal", "after the unlock"), _FAIL
    yield "a veto after execution", _lever(two, "veto_proposal", "after execution"), _FAIL
    yield "no time for a veto", i.facts(powers=(i.power(delay=0),)), _FAIL
    yield ("none, where no time is left for one",
           replace(_front(two, lever="none"), powers=(i.power(delay=0),)), _OK)  # fmt: skip
    yield "none, where a veto exists", _front(two, lever="none"), _MISSING
    yield "a veto that has to be prepared", i.facts(powers=(i.power(delay=3_600),)), _OK
    yield ("a cancellation alone",
           _lever(two, "cancel_proposal_v2", "before the first vote"), _MISSING)  # fmt: skip
    unread = Unknown("the node answered 503")
    yield "the authority is not known", i.facts(powers=(i.power(needs=unread),)), _UNKNOWN
    yield "the DAO was not read", i.facts(powers=(replace(i.power(), delays=unread),)), _UNKNOWN
    yield "no DAO was read", i.facts(powers=()), _UNKNOWN
    yield ("providers disagree about the authority",
           i.facts(powers=(i.power(needs=Diverged("they differ", on_chain("x"))),)),
           Status.DIVERGED)  # fmt: skip
    yield ("one of two DAOs leaves no time",
           i.facts(powers=(i.power(), replace(i.power(delay=0), dao=i.STRANGER))),
           _FAIL)  # fmt: skip


def _treasury() -> Iterator[_Row]:
    three = "IR-03"
    yield from _any(three)
    yield "none alone", _lever(three, "none", "after execution"), _OK
    yield "none before the unlock", _lever(three, "none", "before the unlock"), _UNKNOWN
    yield "a veto after execution", _lever(three, "veto_proposal", "after execution"), _FAIL
    yield "a veto at any time", _lever(three, "veto_proposal", "any time"), _FAIL


def _wallet() -> Iterator[_Row]:
    four = "IR-04"
    yield from _any(four)
    unused = i.power(used=Found(False, on_chain("history")))
    yield "a wallet", i.facts(powers=(i.power(needs=Found(0, on_chain("w")), kind="wallet"),)), _OK
    yield "a build that may lack the transfer", i.facts(powers=(unused,)), _UNKNOWN
    yield ("its history was not read",
           i.facts(powers=(i.power(used=Unknown("it was not read")),)), _UNKNOWN)  # fmt: skip
    yield ("the operator's record",
           _lever(four, "transfer_treasury_operator_authority", "any time"), _FAIL)  # fmt: skip
    yield "a veto alone", _lever(four, "veto_proposal", "before the unlock"), _MISSING
    yield "none, where the authority can be handed over", _front(four, lever="none"), _MISSING
    yield ("none, of a build that may lack the transfer",
           replace(_front(four, lever="none"), powers=(unused,)), _UNKNOWN)  # fmt: skip


def _outage() -> Iterator[_Row]:
    five = "IR-05"
    yield from _any(five)
    yield "none, in prose", _prose(five, "None: nothing on chain depends on a provider."), _OK
    yield "words that say neither", _prose(five, "Switch to the fallback provider."), _UNKNOWN


def _people() -> Iterator[_Row]:
    def listed(*rows: Any, **change: Any) -> IncidentFacts:
        return i.facts(contacts=(i.contacts(*rows, **change),))

    phone, mail = i.contact("phone"), i.contact("mail")
    yield "an owner with telephone and mail", i.GOOD, _OK
    yield "two lists", i.facts(contacts=(
        i.contacts(phone), replace(i.contacts(replace(mail, role="deputy", who="other")),
                                   file="second.toml"))), _OK  # fmt: skip
    yield "dated in the future", listed(replace(phone, date=i.LATER), mail), _FAIL
    yield ("committed in the future",
           listed(phone, mail, changed=Found(i.NOW + 9 * i.DAY, in_checkout("git"))),
           _FAIL)  # fmt: skip
    yield "nobody owns incidents", listed(
        replace(phone, role="deputy"), replace(mail, role="deputy")), _MISSING  # fmt: skip
    yield "two owners", listed(phone, replace(mail, who="other")), _MISSING
    yield "one kind", listed(phone, replace(phone, value="other")), _MISSING
    same = replace(mail, value=phone.value)
    yield "the same address under two kinds", listed(phone, same), _MISSING
    yield "an address without its form", listed(phone, replace(mail, fault="it is none")), _MISSING
    yield "without a date", listed(phone, replace(mail, date=None)), _MISSING
    yield "an empty list", listed(), _MISSING
    yield ("not in the checkout",
           listed(said=ProvenAbsent(in_checkout("c"))), _MISSING)  # fmt: skip
    yield "renewed a year ago", listed(phone, replace(mail, date="2024-12-31")), _STALE
    yield ("changed 91 days ago",
           listed(phone, mail, changed=Found(i.NOW - 91 * i.DAY, in_checkout("git"))),
           _STALE)  # fmt: skip
    yield "never committed", listed(phone, mail, changed=ProvenAbsent(in_checkout("g"))), _UNKNOWN
    yield "no checkout", listed(said=_NO_CHECKOUT), _UNKNOWN
    yield "no list is mapped", i.facts(contacts=()), _UNKNOWN
    yield "two copies differ", listed(said=_APART), Status.DIVERGED


CASES: tuple[Case, ...] = (
    *(Case("IR-01", *row) for row in _proposal()),
    *(Case("IR-02", *row) for row in _voting()),
    *(Case("IR-03", *row) for row in _treasury()),
    *(Case("IR-04", *row) for row in _wallet()),
    *(Case("IR-05", *row) for row in _outage()),
    *(Case("IR-06", *row) for row in _people()),
    *DRILLS,
)
