"""Ledgers of invented documents over an invented chain."""

from __future__ import annotations

from collections.abc import Mapping as AnyMapping
from dataclasses import replace
from typing import Any

from privatedao_audit.domains.authority.states import account_state
from privatedao_audit.domains.authority.world import CONTROLLER, World, wallet
from privatedao_audit.domains.cases import on_chain
from privatedao_audit.domains.gate.ledger import Entry, Ledger, ledger
from privatedao_audit.domains.gate.ledger.collect import scope_of
from privatedao_audit.domains.gate.ledger.facts import ClaimFacts, Coverage
from privatedao_audit.domains.gate.ledger.treasuries import treasury_of
from privatedao_audit.model.reads import Found, Read, ReadAt, Unknown, decoded
from privatedao_audit.repository.claims.extract import claims_of
from privatedao_audit.repository.claims.model import Mapping

WORLD = World()
PROGRAM = WORLD.programs[0].id
PROGRAMDATA = WORLD.programs[0].programdata
MULTISIG = WORLD.multisigs[0].address
VAULT = WORLD.multisigs[0].vault()
DAO = wallet("dao")
FORMER = wallet("former program")
PROTOCOL = "privatedao"
TREASURY = str(treasury_of(PROTOCOL, DAO, PROGRAM))
COMMIT = "c" * 40
DOCUMENTS = ReadAt(("r-documents",), providers=("checkout",))
CUSTODY = CONTROLLER


def facts_of(
    documents: AnyMapping[str, str],
    world: World | None = WORLD,
    mapped: AnyMapping[str, Mapping] | None = None,
    **more: Any,
) -> ClaimFacts:
    """The facts of a checkout with these documents; ``world`` None: no endpoint was given.

    Documents changed one day after the other, in their order.
    """
    target = (world or WORLD).target()
    scope = scope_of(target)
    scope = replace(scope, daos={DAO: (TREASURY, PROGRAM)})
    mapping = dict(mapped or {})
    claims = tuple(
        claim
        for file, text in documents.items()
        for claim in claims_of(file, text, mapping.get(file)).claims
    )
    keys = (*scope.programs, *scope.programs.values(), *scope.multisigs)
    core: dict[str, Any] = {key: Unknown("no RPC endpoint was given") for key in keys}
    if world is not None:
        reads = world.accounts()
        core = {key: decoded(reads[key], account_state, "it") for key in keys}
    coverage: Read[Coverage] = Found(
        Coverage(COMMIT, len(documents), 0, {}, (), {}, {}, 0, 0), DOCUMENTS
    )
    days = {file: 1_700_000_000 + 86_400 * day for day, file in enumerate(documents)}
    given: dict[str, Any] = {
        "cluster": target.cluster.name, "protocol": PROTOCOL, "covered": coverage,
        "claims": claims, "mapped": mapping, "changed": days,
        "dates": Found(len(days), ReadAt(("r-history",))), "scope": scope, "core": core,
        "asked": world is not None,
    }  # fmt: skip
    return ClaimFacts(**{**given, **more})


def ledger_of(documents: AnyMapping[str, str], **more: Any) -> Ledger:
    """The ledger of these documents."""
    return ledger(facts_of(documents, **more))


def entry(text: str, value: str | None = None, file: str = "a.md", **more: Any) -> Entry:
    """The entry of a document's only claim, or of its claim of a value."""
    others = more.pop("others", {})
    found = [
        one for one in ledger_of({**others, file: text}, **more).of_file(file)
        if value is None or one.claim.value == value
    ]  # fmt: skip
    assert len(found) == 1, found
    return found[0]


def chain_read(value: Any, question: str = "lookup") -> Read[Any]:
    """Something that was found on chain."""
    return Found(value, on_chain(question))
