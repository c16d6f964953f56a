"""Cases of TR-01."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from privatedao_audit.domains.cases import Case, in_checkout, on_chain
from privatedao_audit.domains.treasury import invented as w
from privatedao_audit.domains.treasury import protected as p
from privatedao_audit.domains.treasury.facts import TreasuryFacts
from privatedao_audit.domains.treasury.places.facts import Contradicted, Scoped, Unmapped
from privatedao_audit.model.reads import Diverged, Found, ProvenAbsent, Unknown
from privatedao_audit.model.status import Status
from privatedao_audit.protocols.facts import Outcome, TreasuryAccount

GOOD = p.protected()
_UNREAD = Unknown("every provider answered 503")
_NO_CHECKOUT = Unknown("no checkout was given")


def _said(*statements: Any, **change: Any) -> TreasuryFacts:
    return p.protected(places=p.places(*statements, **change))


def _unsaid(read: Any) -> TreasuryFacts:
    return _said((p.NOTE, read))


def _lying_there(read: Any) -> TreasuryFacts:
    (one,) = w.READS.treasuries
    reads = replace(w.READS, treasuries=(replace(one, account=read),))
    return p.protected(w.facts(reads))


def _account(**change: Any) -> Found[TreasuryAccount]:
    plain = TreasuryAccount(1, "11111111111111111111111111111111", 0, None)
    return Found(replace(plain, **change), on_chain("slice"))


def _registers(*papers: Any) -> TreasuryFacts:
    return p.protected(recipients=papers)


def _row(**fields: str) -> TreasuryFacts:
    return _registers(p.registered(p.row(w.COOK, **fields)))


def _elsewhere() -> TreasuryFacts:
    """The execution paid tokens to another wallet than was voted."""
    sent = w.tokens(w.TOKENS, w.TREASURY, w.COOKS_TOKENS, w.STRANGER, w.TOKENS_PAID, "0")
    return p.protected(w.facts(history=w.with_deed(w.TOKEN_PAYMENT, transfers=(sent,))))


def _cases() -> list[tuple[str, TreasuryFacts, Status]]:
    fail, unknown, ok, missing = Status.FAIL, Status.UNKNOWN, Status.PASS, Status.MISSING
    apart = Diverged("first and second differ", on_chain("apart"))
    vetoed = w.with_proposal(2, w.saying(outcome=Outcome.VETOED, actions=(
        w.pays(1, recipient=w.STRANGER),)))  # fmt: skip
    unpaid = w.with_proposal(2, w.saying(actions=(w.pays(1, recipient=w.STRANGER),)))
    unmapped = Unmapped("registry.json", Found((p.OTHERS_TREASURY,), in_checkout("registry")))
    return [
        ("all agree", GOOD, ok),
        ("the treasury does not exist yet", _lying_there(ProvenAbsent(on_chain("slice"))), ok),
        ("a recipient of a vetoed proposal is in no register",
         p.protected(w.facts(vetoed)), ok),
        ("a document that names no DAO and no program",
         _said(p.statement(dao=(), program_id=())), ok),
        ("a document of the cluster by another name", p.protected(places=p.places(
            p.statement(cluster="Solana Localnet"))), ok),
        ("a registry of the protocol prints the same", _said(unmapped=(
            replace(unmapped, treasuries=Found((w.TREASURY,), in_checkout("r"))),)), ok),
        ("a document prints a wallet", _said(p.statement(treasury=w.STRANGER)), fail),
        ("a document prints the treasury of another DAO",
         _said(p.statement(treasury=p.OTHERS_TREASURY)), fail),
        ("a document prints the treasury under another program",
         _said(p.statement(treasury=p.STRAY_TREASURY)), fail),
        ("a document prints two treasuries",
         _said(p.statement(treasury=(w.TREASURY, w.STRANGER))), fail),
        ("one of two documents prints another", _said(
            p.statement(), p.statement("docs/other.md", treasury=w.STRANGER)), fail),
        ("a document names another program", _said(p.statement(program_id=p.OTHER_PROGRAM)), fail),
        ("a document prints something that is no address", _said(p.statement(treasury="soon")),
         fail),
        ("the target names another treasury",
         _said(scoped=(Scoped(w.DAO, w.PROGRAM, w.STRANGER),)), fail),
        ("the DAO does not exist", p.protected(w.facts(replace(
            w.READS, dao=ProvenAbsent(on_chain("slice"))))), fail),
        ("another program owns the account", _lying_there(_account(owner=w.STRANGER)), fail),
        ("the account has data", _lying_there(_account(data_length=1)), fail),
        ("a paid wallet is in no register", _registers(p.registered(p.row(w.STRANGER))), fail),
        ("a wallet that can still be paid is in no register",
         p.protected(w.facts(unpaid)), fail),
        ("who was really paid is in no register", _elsewhere(), fail),
        ("two registers name it differently", _registers(
            p.registered(), p.registered(p.row(w.COOK, name="another"), file="second.toml")), fail),
        ("a register dated in the future", _row(date="2027-01-01"), fail),
        ("a register of last year", _row(date=p.LAST_YEAR), Status.STALE),
        ("a register that last changed a year ago", _registers(p.registered(
            changed=Found(p.NOW - 200 * p.DAY, in_checkout("git")))), Status.STALE),
        ("a row without an owner", _row(owner="TBD"), missing),
        ("a row that does not say what it is", _row(kind=""), missing),
        ("a row without a date", _row(date=""), missing),
        ("the document is not in the checkout", _unsaid(ProvenAbsent(in_checkout("n"))), missing),
        ("the document prints no treasury", _said(p.statement(treasury=())), missing),
        ("the register is not in the checkout", _registers(
            p.paper(p.RECIPIENTS, ProvenAbsent(in_checkout("r")))), missing),
        ("the register was never committed", _registers(p.registered(
            changed=ProvenAbsent(in_checkout("git")))), unknown),
        ("the register differs from its commit", _registers(p.registered(
            changed=Unknown("the file on disk is not the one that was committed"))), unknown),
        ("no register is mapped", _registers(), unknown),
        ("no document is mapped", p.protected(places=replace(p.places(), statements=())), unknown),
        ("no checkout", _unsaid(_NO_CHECKOUT), unknown),
        ("a document of another cluster", _said(p.statement(cluster="devnet")), unknown),
        ("a document about two DAOs", _said(p.statement(dao=(w.DAO, p.OTHER_DAO))), unknown),
        ("a document about a DAO that is not in scope", _said(
            p.statement(dao=p.OTHER_DAO, treasury=p.OTHERS_TREASURY)), unknown),
        ("a registry that nobody mapped prints another", _said(unmapped=(unmapped,)), unknown),
        ("a mapped document prints another in its prose", _said(contradicted=Found(
            (Contradicted("docs/a.md", 9, w.STRANGER, "The chain says another."),),
            in_checkout("ledger"))), fail),
        ("the claims of the documents were not read", _said(contradicted=_NO_CHECKOUT), unknown),
        ("the treasury was not read", _lying_there(_UNREAD), unknown),
        ("the DAO was not read", p.protected(w.facts(replace(w.READS, dao=_UNREAD))), unknown),
        ("a proposal was not read", p.protected(w.facts(w.with_proposal(
            0, lambda one: replace(one, proposal=_UNREAD)))), unknown),
        ("not all proposals were read", p.protected(w.facts(w.with_dao(proposal_count=4))),
         unknown),
        ("the history was not read", p.protected(w.facts(history=None)), unknown),
        ("whom a payout plan pays was not read", p.protected(w.facts(w.with_proposal(
            2, lambda one: replace(one, payout=_UNREAD)))), unknown),
        ("providers differ on the treasury", _lying_there(apart), Status.DIVERGED),
        ("providers differ on the DAO", p.protected(w.facts(replace(w.READS, dao=apart))),
         Status.DIVERGED),
    ]  # fmt: skip


CASES: tuple[Case, ...] = tuple(
    Case("TR-01", name, facts, expected) for name, facts, expected in _cases()
)
