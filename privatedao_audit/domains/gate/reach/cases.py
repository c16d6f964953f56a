"""Cases of RG-07."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from privatedao_audit.domains.cases import Case, in_checkout, on_chain
from privatedao_audit.domains.gate.facts import GateFacts
from privatedao_audit.domains.gate.reach.facts import Named, Reached, ReachFacts
from privatedao_audit.model.reads import Diverged, Found, ProvenAbsent, Read, Unknown
from privatedao_audit.model.status import Status

__all__ = ["CASES", "GOOD"]

_SCOPE = {"Program1": "program", "Dao1": "DAO", "Multisig1": "multisig", "Mint1": "mint"}
_FITS = Found(True, on_chain("account"))
_OWNED: Read[str] = Found("Owner1", on_chain("controller"))
_LOST: Read[Any] = Unknown("the node answered 503")


def named(kind: str, address: str, **change: Any) -> Named:
    """An address that a current document names, and whose account is of that kind."""
    return replace(Named(kind, address, "docs/a.md, line 3", True, _FITS), **change)


_NAMED = (named("program", "Program1"), named("DAO", "Dao1"), named("mint", "Mint1"))
_REACHED = (
    Reached("program", "Program1", False, _OWNED),
    Reached("multisig", "Multisig1", False, _OWNED),
    Reached("program", "Squads1", True, _OWNED),
)


def given(**change: Any) -> GateFacts:
    """Gate facts with a scope that is complete, changed."""
    good = ReachFacts(
        dict(_SCOPE), {}, Found(3, in_checkout("documents")), {}, _NAMED, _REACHED, {}
    )
    return GateFacts("localnet", "", {}, reach=replace(good, **change))


GOOD = given()


def _also(one: Named, **change: Any) -> GateFacts:
    return given(named=(*_NAMED, one), **change)


def _rows() -> Iterable[tuple[str, GateFacts, Status]]:
    fail, unknown, ok = Status.FAIL, Status.UNKNOWN, Status.PASS
    torn = Diverged("two providers differ", on_chain("controller"))
    stranger = named("DAO", "Dao2")
    second = Reached("multisig", "Multisig2", False, _OWNED)
    return [
        ("everything in scope", GOOD, ok),
        ("a second DAO, excluded with a reason",
         _also(stranger, excluded={"Dao2": "It was closed in May."}), ok),
        ("a stranger's DAO in another document", _also(replace(stranger, surface=False)), ok),
        ("a second multisig, excluded", given(
            reached=(*_REACHED, second), excluded={"Multisig2": "Members of the members."}), ok),
        ("a second DAO", _also(stranger), fail),
        ("a second program", _also(named("program", "Program2")), fail),
        ("a second mint", _also(named("mint", "Mint2")), fail),
        ("a program that is not there",
         _also(named("program", "Program2", fits=ProvenAbsent(on_chain("a")))), fail),
        ("a wallet that is called a multisig",
         _also(named("multisig", "Wallet2", fits=Found(False, on_chain("a")))), fail),
        ("authority leads to a second multisig", given(reached=(*_REACHED, second)), fail),
        ("a program of controllers that nobody knows", given(
            reached=(*_REACHED, Reached("program", "Copy1", False, _OWNED))), fail),
        ("what is named was not looked up", _also(named("mint", "Mint2", fits=_LOST)), unknown),
        ("a DAO of no cluster in particular", _also(replace(stranger, here=False)), unknown),
        ("the documents were not read", given(documents=_LOST), unknown),
        ("a current document was read in part", given(unread={"docs/a.md": "too long"}), unknown),
        ("no current document names anything", given(named=()), unknown),
        ("only other documents name anything",
         given(named=(replace(stranger, surface=False),)), unknown),
        ("no controller was read", given(reached=()), unknown),
        ("an account on the way can't be read", given(lost={"Vault1": _LOST}), unknown),
        ("two providers differ on the way", given(lost={"Vault1": torn}), Status.DIVERGED),
        ("two providers differ on a controller", given(
            reached=(replace(_REACHED[1], read=torn), *_REACHED[2:])), Status.DIVERGED),
    ]  # fmt: skip


CASES: tuple[Case, ...] = tuple(
    Case("RG-07", name, facts, expected) for name, facts, expected in _rows()
)
