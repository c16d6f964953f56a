"""What the treasury takes from the claim ledger, and what it never takes for agreement."""

from __future__ import annotations

from typing import Any

import pytest

from privatedao_audit.domains.cases import in_checkout
from privatedao_audit.domains.gate.ledger.facts import Coverage
from privatedao_audit.domains.gate.ledger.model import Entry, Ledger, Standing
from privatedao_audit.domains.treasury import protected as p
from privatedao_audit.domains.treasury.papers.ledger import refuted, with_claims
from privatedao_audit.model.reads import Found, Unknown
from privatedao_audit.repository.claims.model import Claim, Kind, State
from tests.domains.test_governance import target
from tests.domains.treasury.checkout import surface
from tests.protocols.world import key

FILE, OTHER = "docs/hardening.md", "docs/other.md"
AT = in_checkout("documents")
MAPPED = surface("treasury-statement", FILE, fields={"treasury": "Treasury"})


def entry(standing: Standing, file: str = FILE, line: int = 3, **claim: Any) -> Entry:
    given = {
        "what": Kind.ADDRESS, "value": key("treasury"), "file": file, "line": line,
        "role": "treasury", "label": "Treasury", "cluster": "localnet", "cluster_from": "line",
        "state": State.CURRENT, "state_from": "", "place": "prose", **claim,
    }  # fmt: skip
    return Entry(Claim(**given), standing, "", "chain", "", "The chain says another.", AT)


def ledger(*entries: Entry, **change: Any) -> Ledger:
    whole = {"commit": "c" * 40, "read": 2, "silent": 0, "copies": {}, "left_out": (),
             "unread": {}, "notes": {}, "others": 0, "lookalikes": 0, **change}  # fmt: skip
    return Ledger(entries, Found(Coverage(**whole), AT))


def claims(whole: Ledger) -> Any:
    (found,) = with_claims(whole, [p.named("hardening")])
    return found.claims


BAD = entry(Standing.CONTRADICTED)


def test_the_claims_of_a_file_come_with_their_lines() -> None:
    read = claims(ledger(entry(Standing.AGREES), BAD, entry(Standing.AGREES, OTHER)))
    assert [(one.line, one.standing, one.holds) for one in read.value] == [
        (3, "agrees", True), (3, "contradicted", True),
    ]  # fmt: skip
    (former,) = claims(ledger(entry(Standing.CONTRADICTED, state=State.FORMER))).value
    assert not former.holds


@pytest.mark.parametrize(
    "change",
    [{"unread": {FILE: "not UTF-8"}}, {"notes": {FILE: "cut"}}, {"gap": "an answer was cut"}],
)
def test_a_file_that_was_not_read_whole_has_no_claims_that_stand(change: dict[str, Any]) -> None:
    assert isinstance(claims(ledger(**change)), Unknown)


def test_no_checkout_is_no_agreement() -> None:
    nothing = Ledger((), Unknown("no checkout was given"))
    assert isinstance(claims(nothing), Unknown)
    assert isinstance(refuted(nothing, target(surfaces=[MAPPED])), Unknown)


def test_a_refuted_treasury_counts_where_the_file_is_mapped_as_current() -> None:
    found = refuted(ledger(BAD, entry(Standing.AGREES, line=4)), target(surfaces=[MAPPED]))
    assert isinstance(found, Found)
    assert [(one.file, one.line) for one in found.value] == [(FILE, 3)]
    for change in ({"state": "archived"}, {"cluster": "devnet"}, {"file": OTHER}):
        other = refuted(ledger(BAD), target(surfaces=[{**MAPPED, **change}]))
        assert isinstance(other, Found) and other.value == ()


@pytest.mark.parametrize(
    "claim", [{"role": "vault"}, {"state": State.FORMER}, {"state": State.PLANNED}]
)
def test_another_role_or_what_once_held_refutes_nothing(claim: dict[str, Any]) -> None:
    whole = ledger(entry(Standing.CONTRADICTED, **claim))
    read = refuted(whole, target(surfaces=[MAPPED]))
    assert isinstance(read, Found) and read.value == ()


@pytest.mark.parametrize(
    "change", [{"unread": {FILE: "not UTF-8"}}, {"notes": {FILE: "cut"}}, {"gap": "cut"}]
)
def test_a_ledger_that_may_lack_claims_refutes_what_it_has_and_clears_nothing(
    change: dict[str, Any],
) -> None:
    assert isinstance(refuted(ledger(**change), target(surfaces=[MAPPED])), Unknown)
    assert isinstance(refuted(ledger(BAD, **change), target(surfaces=[MAPPED])), Found)
