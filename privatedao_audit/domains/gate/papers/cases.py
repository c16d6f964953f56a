"""Cases of RG-01 to RG-04."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from privatedao_audit.domains.cases import Case, in_checkout
from privatedao_audit.domains.gate.facts import GateFacts, Stands
from privatedao_audit.domains.gate.ledger.claimed import Claimed
from privatedao_audit.domains.gate.papers.facts import (
    Command,
    Item,
    Listed,
    Mark,
    Paper,
    PaperFacts,
    Review,
    Sourced,
    Specification,
    Version,
)
from privatedao_audit.model.reads import Diverged, Found, ProvenAbsent, Read, Unknown
from privatedao_audit.model.status import Floor, Status
from privatedao_audit.repository.reads import Change

__all__ = ["CASES", "GOOD", "changed", "given"]

LIST, REVIEW = "docs/readiness.md", "docs/security-review.md"
GUIDE, SPEC = "docs/verification.md", "docs/specification.md"
RELEASE = "a" * 40
SOURCES = Change("b" * 40, 1_700_000_000)
_LOST: Read[Any] = Unknown("no checkout was given")
_TORN: Read[Any] = Diverged("two copies differ", in_checkout("apart"))
_GONE: Read[Any] = ProvenAbsent(in_checkout("gone"))
_YES, _NO = Found(True, in_checkout("ancestor")), Found(False, in_checkout("ancestor"))


def changed(seconds: int = 100) -> Read[Change]:
    """A document that changed so many seconds after the sources."""
    return Found(Change("c" * 40, SOURCES.committer_time + seconds), in_checkout("git"))


def source(**change: Any) -> Sourced:
    """The sources, whose last change lies in the history of the document's."""
    good = Sourced(
        "governance", RELEASE, "programs/governance", Found(SOURCES, in_checkout("git")), _YES, _NO
    )
    return replace(good, **change)


def paper(file: str, said: Any, **change: Any) -> Paper[Any]:
    """A fresh document that says this."""
    read = said if isinstance(said, Unknown | Diverged | ProvenAbsent) else (
        Found(said, in_checkout(file))
    )  # fmt: skip
    return replace(Paper(file, read, changed(), (source(),)), **change)


def item(text: str = "Authority held by the multisig", mark: Mark = Mark.DONE,
         *controls: str, strange: tuple[str, ...] = ()) -> Item:  # fmt: skip
    """An item, mapped to UA-01 and IR-01 where nothing else is given."""
    return Item(text, mark, controls or ("UA-01", "IR-01"), strange)


def listed(*items: Item, there: bool = True, **change: Any) -> Paper[Listed]:
    """A readiness list."""
    return paper(LIST, Listed("Checklist", there, items), **change)


def _claim(standing: str, what: str = "address", *, holds: bool = True) -> Claimed:
    return Claimed(9, what, "7", standing, "The chain says something else.", holds)


_SAID = {"scope": True, "findings": True, "commands": True}
_GUIDED = {"setup": True, "steps": True, "expected": True}


def review(topic: str = "security-review", **change: Any) -> Review:
    """A review, or a guide, that stands."""
    security = topic == "security-review"
    good = Review(
        topic,
        paper(REVIEW if security else GUIDE, _SAID if security else _GUIDED),
        (Command("npm run verify:all", "the script verify:all of package.json", _YES),
         Command("anchor build", "the file Anchor.toml", _YES)),
        (Version("anchor", "1.0", Found(("1.0.1",), in_checkout("Anchor.toml"))),),
        Found((_claim("agrees"), _claim("superseded")), in_checkout("claims")),
    )  # fmt: skip
    return replace(good, **change)


_NAMES: dict[str, tuple[str, ...]] = {
    "instructions": ("create_proposal", "veto_proposal"),
    "accounts": ("Dao", "Proposal"),
    "errors": ("6000 NameTooLong", "6001 InvalidQuorum"),
    "seeds": ("dao", "proposal"),
}


def specification(**change: Any) -> Specification:
    """A specification that names what the interface has."""
    good = Specification(
        "governance", paper(SPEC, dict(_NAMES)), Found(dict(_NAMES), in_checkout("idl")),
        ("treasury", "dao"),
    )  # fmt: skip
    return replace(good, **change)


def spec(**names: tuple[str, ...] | None) -> Specification:
    """The same with other names under a section."""
    return specification(paper=paper(SPEC, {**_NAMES, **names}))


OTHERS = {
    "UA-01": Stands(Status.PASS, Floor.PASS),
    "IR-01": Stands(Status.ATTESTED, Floor.ATTESTED),
}


def given(others: dict[str, Stands] | None = None, **papers: Any) -> GateFacts:
    """Gate facts with good documents, some of them replaced."""
    good = PaperFacts(
        (listed(item(), item("Contacts reachable", Mark.PLAIN)),),
        (review(), review("verification-guide")),
        (specification(),),
        ("governance",),
    )
    return GateFacts(
        "localnet", "", {}, papers=replace(good, **papers),
        others=dict(OTHERS if others is None else others),
    )  # fmt: skip


GOOD = given()


def _stale(**change: Any) -> tuple[Sourced, ...]:
    return (source(before=_NO, **change),)


def _readiness() -> Iterable[tuple[str, GateFacts, Status]]:
    fail, unknown, missing, ok = Status.FAIL, Status.UNKNOWN, Status.MISSING, Status.PASS

    def items(*rows: Item, others: Any = None, **change: Any) -> GateFacts:
        return given(others, readiness=(listed(*rows, **change),))

    def ua_01(status: Status, mark: Mark = Mark.DONE) -> GateFacts:
        return items(item(mark=mark), others={**OTHERS, "UA-01": Stands(status, Floor.PASS)})

    return [
        ("every item met", GOOD, ok),
        ("a plain item that is met", items(item(mark=Mark.PLAIN)), ok),
        ("changed on another branch, later", items(item(), sources=_stale()), ok),
        ("done, and the control fails", ua_01(Status.FAIL), fail),
        ("done, and the control is stale", ua_01(Status.STALE), fail),
        ("done, and the evidence is missing", ua_01(Status.MISSING), fail),
        ("done, and providers disagree", ua_01(Status.DIVERGED), fail),
        ("open, and the control fails", ua_01(Status.FAIL, Mark.OPEN), fail),
        ("done, and the control is not known", ua_01(Status.UNKNOWN), unknown),
        ("open, and providers disagree", ua_01(Status.DIVERGED, Mark.OPEN), Status.DIVERGED),
        ("below the floor of its control", ua_01(Status.ATTESTED), Status.ATTESTED),
        ("open, though the control is met", items(item(mark=Mark.OPEN)), missing),
        ("mapped to nothing", items(Item("All is well", Mark.DONE, ())), unknown),
        ("one of two items mapped to nothing",
         items(item(), Item("All is well", Mark.DONE, ())), unknown),
        ("names a control that there is none", items(item(strange=("RC-99",))), unknown),
        ("leans on itself", items(item(strange=("RG-01",))), unknown),
        ("leans on what was not judged", items(item(), others={}), unknown),
        ("one of two controls not judged", items(item(), others={"UA-01": OTHERS["UA-01"]}),
         unknown),
        ("struck out", items(item(), Item("", Mark.STRUCK, ())), Status.ATTESTED),
        ("only struck out", items(Item("", Mark.STRUCK, ())), Status.ATTESTED),
        ("no item", items(), unknown),
        ("no such heading", items(there=False), missing),
        ("an empty second list", given(readiness=(
            listed(item()), paper("other.md", Listed("More", True, ())))), unknown),
        ("no list is mapped", given(readiness=()), unknown),
        ("the list is not there", given(readiness=(paper(LIST, _GONE),)), missing),
        ("no checkout", given(readiness=(paper(LIST, _LOST),)), unknown),
        ("two copies of the list differ", given(readiness=(paper(LIST, _TORN),)),
         Status.DIVERGED),
        *((name, items(item(), **change), status) for name, change, status in _ages()),
    ]  # fmt: skip


def _ages() -> Iterable[tuple[str, dict[str, Any], Status]]:
    """What can be wrong with the age of a document, for each of the four controls."""
    stale, unknown = Status.STALE, Status.UNKNOWN
    return [
        ("older than the sources", {"sources": _stale(after=_YES)}, stale),
        ("older on another branch", {"sources": _stale(), "changed": changed(-1)}, stale),
        (
            "later by its date, earlier in history",
            {"sources": _stale(after=_YES), "changed": changed(99)},
            stale,
        ),
        (
            "older than one of two crates",
            {"sources": (source(), *_stale(after=_YES, crate="programs/math"))},
            stale,
        ),
        ("in no commit", {"changed": _GONE}, unknown),
        ("not the file that was committed", {"changed": _LOST}, unknown),
        ("no release commit is recorded", {"sources": (source(changed=_LOST),)}, unknown),
        ("history is cut off", {"sources": (source(before=_LOST),)}, unknown),
        ("about no program", {"sources": ()}, unknown),
    ]


def _reviews(topic: str) -> Iterable[tuple[str, GateFacts, Status]]:
    fail, unknown, missing, ok = Status.FAIL, Status.UNKNOWN, Status.MISSING, Status.PASS
    good = review(topic)
    file, sections = good.paper.file, dict(getattr(good.paper.said, "value", {}))
    first = next(iter(sections))

    def with_(**change: Any) -> GateFacts:
        return given(reviews=(replace(good, **change),))

    def said(value: Any, **change: Any) -> GateFacts:
        return with_(paper=paper(file, value, **change))

    def claims(*rows: Claimed) -> GateFacts:
        return with_(claims=Found(rows, in_checkout("claims")))

    def command(there: Read[bool]) -> GateFacts:
        return with_(commands=(*good.commands, Command("make all", "the target all", there)))

    def version(stated: str, right: Any, of: str = "anchor") -> GateFacts:
        read = right if isinstance(right, Unknown) else Found(right, in_checkout("Anchor.toml"))
        return with_(versions=(Version(of, stated, read),))

    return [
        ("it stands", with_(), ok),
        ("a contradicted claim that is marked as former",
         claims(_claim("agrees"), _claim("contradicted", holds=False)), ok),
        ("a network beside a claim that agrees",
         claims(_claim("agrees"), _claim("not checkable here", "network")), ok),
        ("a contradicted claim", claims(_claim("agrees"), _claim("contradicted")), fail),
        ("a claim that can't be checked",
         claims(_claim("agrees"), _claim("not checkable here")), unknown),
        ("a standing that is new", claims(_claim("believed")), unknown),
        ("no claim", claims(), unknown),
        ("only a network", claims(_claim("agrees", "network")), unknown),
        ("every claim marked as former", claims(_claim("agrees", holds=False)), unknown),
        ("the ledger was not read", with_(claims=_LOST), unknown),
        ("a command that the checkout lacks", command(_NO), fail),
        ("whether the checkout has a command's script is not known", command(_LOST), unknown),
        ("two answers on a command's script", command(_TORN), Status.DIVERGED),
        ("no command", with_(commands=()), unknown),
        ("another version", version("0.31.1", ("1.0.1",)), fail),
        ("a version that only begins alike", version("1.0.10", ("1.0.1",)), fail),
        ("another version of the program", version("1.1.0", ("1.2.0",), "program"), fail),
        ("the release states no such version", version("1.89", ()), unknown),
        ("the versions of the release are not known", version("1.0.1", _LOST), unknown),
        ("no version", with_(versions=()), unknown),
        ("a section is empty", said({**sections, first: False}), missing),
        ("a section is mapped to no heading", said({**sections, first: None}), unknown),
        ("it is not there", said(_GONE), missing),
        ("no checkout", said(_LOST), unknown),
        ("two copies differ", said(_TORN), Status.DIVERGED),
        ("a second one that is contradicted", given(reviews=(
            good, replace(good, paper=paper("docs/second.md", sections),
                          claims=Found((_claim("contradicted"),), in_checkout("claims"))))), fail),
        ("none is named", given(reviews=()), unknown),
        *((name, said(sections, **change), status) for name, change, status in _ages()),
    ]  # fmt: skip


def _specifications() -> Iterable[tuple[str, GateFacts, Status]]:
    fail, unknown, missing, ok = Status.FAIL, Status.UNKNOWN, Status.MISSING, Status.PASS

    def one(made: Specification) -> GateFacts:
        return given(specifications=(made,))

    cut = {**_NAMES, "seeds": ()}
    return [
        ("it names what the interface has", GOOD, ok),
        ("names in another spelling", one(spec(instructions=("createProposal", "Veto_Proposal"))),
         ok),
        ("errors without numbers", one(spec(errors=("NameTooLong", "InvalidQuorum"))), ok),
        ("the treasury, which is no account type",
         one(spec(accounts=("Dao", "Proposal", "Treasury PDA"))), ok),
        ("an instruction is lacking", one(spec(instructions=("create_proposal",))), fail),
        ("an instruction that is not there",
         one(spec(instructions=(*_NAMES["instructions"], "pause_dao"))), fail),
        ("an account that is not there", one(spec(accounts=(*_NAMES["accounts"], "Vault"))), fail),
        ("an error's number has moved",
         one(spec(errors=("6001 NameTooLong", "6000 InvalidQuorum"))), fail),
        ("a seed in other letters", one(spec(seeds=("DAO", "proposal"))), fail),
        ("a seed is lacking", one(spec(seeds=("dao",))), fail),
        ("a section without a name", one(spec(errors=())), fail),
        ("no section on errors", one(spec(errors=None)), missing),
        ("the interface states no seeds",
         one(specification(interface=Found(cut, in_checkout("idl")))), unknown),
        ("the interface can't be read", one(specification(interface=_LOST)), unknown),
        ("two copies of the interface differ", one(specification(interface=_TORN)),
         Status.DIVERGED),
        ("there is no interface", one(specification(interface=_GONE)), missing),
        ("it is not there", one(specification(paper=paper(SPEC, _GONE))), missing),
        ("no checkout", one(specification(paper=paper(SPEC, _LOST))), unknown),
        ("a program with a DAO that has none", given(specified=("governance", "other")), missing),
        ("none is named", given(specifications=()), unknown),
        *((name, one(specification(paper=paper(SPEC, dict(_NAMES), **change))), status)
          for name, change, status in _ages()),
    ]  # fmt: skip


CASES: tuple[Case, ...] = tuple(
    Case(control, name, facts, expected)
    for control, rows in (
        ("RG-01", _readiness()),
        ("RG-02", _reviews("security-review")),
        ("RG-03", _reviews("verification-guide")),
        ("RG-04", _specifications()),
    )
    for name, facts, expected in rows
)
