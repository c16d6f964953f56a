"""Cases of monitoring: histories of a known truth, each with one thing changed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from privatedao_audit.chain import programs
from privatedao_audit.domains.authority.world import derived, wallet
from privatedao_audit.domains.cases import Case, on_chain
from privatedao_audit.domains.governance.facts import GovernanceFacts
from privatedao_audit.domains.monitoring.facts import MonitoringFacts
from privatedao_audit.domains.monitoring.rules import cases as rules
from privatedao_audit.domains.treasury import invented as w
from privatedao_audit.history.facts import AddressHistory, DaoHistory, Holding
from privatedao_audit.model.reads import Diverged, Found, ProvenAbsent, Unknown
from privatedao_audit.model.status import Status
from privatedao_audit.protocols.facts import DaoReads

SQUADS, MULTISIG, DATA = wallet("multisig program"), wallet("multisig"), derived("program data")
_UNREAD = Unknown("every provider answered 503")
_APART = Diverged("first and second differ", on_chain("apart"))


def history() -> DaoHistory:
    """The treasury's history with that of a multisig of two transactions and of a program."""
    made = w.deed(5, "multisig")
    first, second = (
        replace(w.deed(slot, "vault transaction"), created={MULTISIG: 1}) for slot in (12, 13)
    )
    deployed = w.deed(4, "deploy")
    multisig = w.lived(
        MULTISIG, "multisig", w.entry(made, (0, w.RENT)), w.entry(first, (w.RENT, w.RENT)),
        w.entry(second, (w.RENT, w.RENT)), now=Holding(w.RENT, index=2),
    )  # fmt: skip
    data = w.lived(DATA, "program data", w.entry(deployed, (0, w.RENT)))
    grown = replace(
        w.HISTORY, histories={**w.HISTORY.histories, MULTISIG: multisig, DATA: data}
    )
    return w.more_deeds(grown, made, first, second, deployed)


HISTORY = history()


def facts(
    reads: DaoReads = w.READS, history: DaoHistory | None = HISTORY, **change: Any
) -> MonitoringFacts:
    """Facts of one DAO under one multisig."""
    governance = GovernanceFacts("privatedao", "", {w.DAO: "the club"}, (reads,))
    given: dict[str, Any] = {
        "multisigs": {MULTISIG: Found(SQUADS, on_chain("multisig owner"))},
        "program_data": (DATA,),
        **change,
    }
    histories = {} if history is None else {w.DAO: history}
    return MonitoringFacts(governance, histories, **given)


GOOD = facts()


def _at(address: str, **change: Any) -> MonitoringFacts:
    return facts(history=w.with_address(address, lambda one: replace(one, **change), HISTORY))


def _entries(address: str, change: Callable[[tuple[Any, ...]], tuple[Any, ...]]) -> MonitoringFacts:
    def changed(one: AddressHistory) -> AddressHistory:
        return replace(one, entries=change(tuple(one.entries)))

    return facts(history=w.with_address(address, changed, HISTORY))


def _index(number: int | None) -> MonitoringFacts:
    return _at(MULTISIG, now=Found(Holding(w.RENT, index=number), on_chain("closing")))


def _stray(slot: int = 41, at: int = 1_000) -> MonitoringFacts:
    """An instruction about a proposal of the DAO that the DAO does not count."""
    one = w.deed(slot, "stray", acts=(w.action("create_proposal", slot, derived("stray")),))
    assert isinstance(w.READS.dao, Found)
    place = replace(w.READS.dao.at, slot=at)
    reads = replace(w.READS, dao=replace(w.READS.dao, at=place))
    return facts(reads, w.more_deeds(HISTORY, one))


def _listed(program: str, read: Any) -> MonitoringFacts:
    return facts(history=replace(HISTORY, listed={**HISTORY.listed, program: read}))


def _same_slot() -> MonitoringFacts:
    """Three moves in one slot whose listed order is no walk, though another order is."""

    def changed(one: AddressHistory) -> AddressHistory:
        paid_in, paid = one.entries
        left = w.SOL_IN - w.SOL_PAID
        extra = replace(paid, signature="extra", lamports=(left, left + 5))
        back = replace(paid, signature="back", lamports=(left + 5, left))
        shuffled = (replace(back, slot=w.EXECUTED), replace(extra, slot=w.EXECUTED), paid)
        return replace(one, entries=(paid_in, *shuffled))

    return facts(history=w.with_address(w.TREASURY, changed, HISTORY))


def _case(expected: Status, name: str, given: MonitoringFacts) -> Case:
    return Case("MA-12", name, given, expected)


def _cases() -> tuple[Case, ...]:
    fail, unknown, ok = Status.FAIL, Status.UNKNOWN, Status.PASS
    nothing = MonitoringFacts(GovernanceFacts("another", "not known", {}, ()), {})
    empty_treasury = w.with_address(w.TREASURY, lambda one: replace(
        one, entries=(), now=ProvenAbsent(on_chain("closing"))), HISTORY)  # fmt: skip
    return (
        _case(ok, "everything chains and is counted", GOOD),
        _case(ok, "no multisig in scope", facts(multisigs={})),
        _case(ok, "moves of one slot listed in another order", _same_slot()),
        _case(ok, "blocks from before the DAO are gone", _at(
            w.TREASURY, cut="blocks from slot 9 on", kept_from=9)),
        _case(ok, "a treasury that nothing ever touched", facts(history=empty_treasury)),
        _case(fail, "the multisig counts less than it made", _index(1)),
        _case(fail, "a proposal of the DAO that it does not count", _stray()),
        _case(unknown, "the multisig counts more than was seen", _index(3)),
        _case(unknown, "the index of the multisig is not known", _index(None)),
        _case(unknown, "the multisig was closed", _at(
            MULTISIG, now=ProvenAbsent(on_chain("closing")))),
        _case(unknown, "the multisig was not read", facts(multisigs={MULTISIG: _UNREAD})),
        _case(unknown, "the multisig does not exist", facts(
            multisigs={MULTISIG: ProvenAbsent(on_chain("multisig owner"))})),
        _case(unknown, "the multisig was not followed", facts(history=w.HISTORY,
                                                              program_data=())),
        _case(unknown, "a multisig of a kind that keeps no count", facts(
            uncounted={wallet("old one"): "squads-v3"})),
        _case(unknown, "a proposal that came while the DAO was read", _stray(41, 40)),
        _case(unknown, "the DAO counts more proposals", facts(w.with_dao(proposal_count=4))),
        _case(unknown, "the protocol counts no proposals", facts(
            w.with_dao(proposal_count=None))),
        _case(unknown, "the creation of a proposal was not seen", _entries(
            w.WAITS, lambda given: given[1:])),
        _case(unknown, "a deposit is missing", _entries(w.TREASURY, lambda given: given[1:])),
        _case(unknown, "a payment is missing", _entries(w.TREASURY, lambda given: given[:1])),
        _case(unknown, "a transaction in the middle is missing", _entries(
            w.TREASURY, lambda given: (
                replace(given[0], lamports=(0, w.SOL_IN + 1)), given[1]))),
        _case(unknown, "a provider answers [] for a cursor it does not know", _at(
            w.TREASURY, cut="page 2 could not be read")),
        _case(unknown, "blocks since the DAO began are gone", _at(
            w.TREASURY, cut="blocks from slot 15 on", kept_from=15)),
        _case(unknown, "a listed transaction came back as null", _at(
            w.PAYS_SOL, unreadable=("lost",))),
        _case(unknown, "the birth of the DAO was not seen", _entries(
            w.DAO, lambda given: given[1:])),
        _case(unknown, "balances were not recorded", _entries(w.DAO, lambda given: (
            *given[:-1], replace(given[-1], lamports=None)))),
        _case(unknown, "token balances were not recorded", _entries(w.TOKENS, lambda given: (
            *given, replace(given[-1], signature="bare", amount=None)))),
        _case(unknown, "tokens moved unseen", _entries(w.TOKENS, lambda given: given[:1])),
        _case(unknown, "the treasury was not read at the end", _at(w.TREASURY, now=_UNREAD)),
        _case(unknown, "the program's data account does not chain", _entries(
            DATA, lambda given: ())),
        _case(unknown, "the program's data account was not followed", facts(
            program_data=(DATA, derived("another")))),
        _case(unknown, "the token list was not read", _listed(programs.TOKEN, _UNREAD)),
        _case(unknown, "a listed account was not followed", _listed(
            programs.TOKEN_2022, Found((derived("listed"),), on_chain("list")))),
        _case(unknown, "one token program was not asked", facts(history=replace(
            HISTORY, listed=w.without(HISTORY.listed, programs.TOKEN)))),
        _case(unknown, "too many token accounts", facts(
            history=replace(HISTORY, gaps=("more than can be followed",)))),
        _case(unknown, "the history was not read", facts(history=None)),
        _case(unknown, "the DAO was not read", facts(replace(w.READS, dao=_UNREAD))),
        _case(unknown, "no protocol", nothing),
        _case(Status.DIVERGED, "providers differ on a transaction", _at(
            w.TOKENS, disputed="providers differ on transaction x")),
        _case(Status.DIVERGED, "providers differ on the treasury", _at(w.TREASURY, now=_APART)),
        _case(Status.DIVERGED, "providers differ on the DAO", facts(
            replace(w.READS, dao=_APART))),
    )  # fmt: skip


CASES: tuple[Case, ...] = (*_cases(), *rules.CASES)
