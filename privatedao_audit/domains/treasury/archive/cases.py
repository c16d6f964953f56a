"""Cases of TR-04."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from privatedao_audit.domains.cases import Case, in_checkout, on_chain
from privatedao_audit.domains.treasury import invented as w
from privatedao_audit.domains.treasury import protected as p
from privatedao_audit.domains.treasury.archive.facts import ArchiveFacts
from privatedao_audit.domains.treasury.facts import TreasuryFacts
from privatedao_audit.model.reads import Diverged, Found, ProvenAbsent, Unknown
from privatedao_audit.model.status import Status
from privatedao_audit.protocols.facts import Outcome

GOOD = p.protected()
_UNREAD = Unknown("every provider answered 503")
_FIRST, _SECOND = p.KEPT


def _kept(*rows: Any, **change: Any) -> TreasuryFacts:
    return p.protected(archive=p.archive(*rows, **change))


def _first(**change: Any) -> TreasuryFacts:
    return _kept(replace(_FIRST, **change), _SECOND)


def _altered(**aspects: str | None) -> TreasuryFacts:
    told = {name.replace("_", " "): value for name, value in aspects.items()}
    return _first(imprint=p.imprint(w.PAYMENT, **told))


def _chain(read: Any) -> TreasuryFacts:
    return _kept(chain={w.PAYMENT: read})


def _shown(**aspects: str | None) -> TreasuryFacts:
    told = {name.replace("_", " "): value for name, value in aspects.items()}
    return _chain(Found(p.imprint(w.PAYMENT, **told), on_chain("transaction")))


def _none_executed(**archive: Any) -> TreasuryFacts:
    reads = w.READS
    for number in range(2):
        reads = w.with_proposal(number, w.saying(outcome=Outcome.PASSED, executed=False), reads)
    history = replace(w.HISTORY, deeds=tuple(d for d in w.DEEDS if d.slot < w.EXECUTED))
    return p.protected(w.facts(reads, history), **archive)


def _pruned(*rows: Any) -> TreasuryFacts:
    """The history lacks the first payment, and no provider has it any more."""
    history = replace(w.HISTORY, deeds=tuple(d for d in w.DEEDS if d.signature != w.PAYMENT))
    archive = p.archive(*rows, chain={w.PAYMENT: _UNREAD})
    return p.protected(w.facts(history=history), archive=archive)


def _cases() -> list[tuple[str, TreasuryFacts, Status]]:
    fail, unknown, ok, missing = Status.FAIL, Status.UNKNOWN, Status.PASS, Status.MISSING
    further = p.kept(2, "another transaction")
    no_archive: dict[str, Any] = {"archive": ArchiveFacts(p.GENESIS)}
    return [
        ("both executions are kept", GOOD, ok),
        ("kept twice", _kept(*p.KEPT, p.kept(2, w.PAYMENT)), ok),
        ("kept in an archive that names no cluster", _kept(genesis=()), ok),
        ("more is kept than is owed", _kept(*p.KEPT, further), ok),
        ("the node gave no block time", _shown(block_time=None), ok),
        ("another amount in the balances", _altered(lamports="another"), fail),
        ("other token balances", _altered(tokens="another"), fail),
        ("another outcome", _altered(outcome="another"), fail),
        ("another slot", _altered(slot="another"), fail),
        ("other logs", _altered(logs="another"), fail),
        ("other inner instructions", _altered(inner_instructions="another"), fail),
        ("another message under the same signature", _altered(message_bytes="another"), fail),
        ("no outcome", _altered(outcome=None), fail),
        ("kept twice, once altered", _kept(*p.KEPT, replace(
            p.kept(2, w.PAYMENT), imprint=p.imprint(w.PAYMENT, logs="another"))), fail),
        ("a copy that is more than owed, and altered", _kept(*p.KEPT, replace(
            further, imprint=p.imprint("another transaction", logs="x"))), fail),
        ("a signature that does not hold", _first(authentic=False), fail),
        ("another transaction under its name", _first(another=True), fail),
        ("nothing was executed, and a copy is forged", _none_executed(
            archive=p.archive(p.kept(0, "x", authentic=False))), fail),
        ("one execution is not kept", _kept(_FIRST), missing),
        ("only its signature is kept", _first(imprint=None, fault="it keeps no transaction"),
         missing),
        ("its bytes are cut", _first(imprint=None, fault="what it keeps does not decode"),
         missing),
        ("its logs are not kept", _altered(logs=None), missing),
        ("its inner instructions are not kept", _altered(inner_instructions=None), missing),
        ("an archive of another cluster", _kept(genesis=(w.STRANGER,)), missing),
        ("an archive of two clusters", _kept(genesis=(p.GENESIS, w.STRANGER)), missing),
        ("the archive is not in the checkout", _kept(rows=ProvenAbsent(in_checkout("a"))),
         missing),
        ("the history lacks an execution, and so does the archive", _pruned(_SECOND), missing),
        ("authentic, landing not provable", _pruned(), unknown),
        ("the history lacks an execution, and its copy is forged",
         _pruned(replace(_FIRST, authentic=False), _SECOND), fail),
        ("no provider has it any more", _chain(_UNREAD), unknown),
        ("the chain no longer shows its logs", _shown(logs=None), unknown),
        ("the archive does not decode", _kept(rows=Unknown("it is not JSON")), unknown),
        ("no archive is mapped", p.protected(**no_archive), unknown),
        ("a proposal was not read", p.protected(w.facts(w.with_proposal(
            0, lambda one: replace(one, proposal=_UNREAD)))), unknown),
        ("not all proposals were read", p.protected(w.facts(w.with_dao(proposal_count=4))),
         unknown),
        ("the DAO was not read", p.protected(w.facts(replace(w.READS, dao=_UNREAD))), unknown),
        ("the history was not read", p.protected(w.facts(history=None)), unknown),
        ("providers differ on a kept transaction",
         _chain(Diverged("first and second differ", on_chain("apart"))), Status.DIVERGED),
        ("nothing was executed", _none_executed(**no_archive), Status.NOT_APPLICABLE),
    ]  # fmt: skip


CASES: tuple[Case, ...] = tuple(
    Case("TR-04", name, facts, expected) for name, facts, expected in _cases()
)
