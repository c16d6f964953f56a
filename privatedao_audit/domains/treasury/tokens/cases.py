"""Cases of TR-02."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from privatedao_audit.chain import programs
from privatedao_audit.chain.layouts.token import Extension
from privatedao_audit.domains.cases import Case, in_checkout, on_chain
from privatedao_audit.domains.treasury import invented as w
from privatedao_audit.domains.treasury import protected as p
from privatedao_audit.domains.treasury.facts import TreasuryFacts
from privatedao_audit.model.reads import Diverged, Found, ProvenAbsent, Unknown
from privatedao_audit.model.status import Status

GOOD = p.protected(
    tokens={w.DAO: p.tokens(of=p.mint(freeze_authority=p.ISSUER))},
    mint_registers=(p.accepting(freeze_authority=p.ISSUER, mint_authority=p.ISSUER),),
)
_UNREAD = Unknown("every provider answered 503")


def _account(**change: Any) -> TreasuryFacts:
    return p.protected(tokens={w.DAO: p.tokens(p.held(p.account(**change)))})


def _held(read: Any, **change: Any) -> TreasuryFacts:
    return p.protected(tokens={w.DAO: p.tokens(p.held(read, **change))})


def _mint(*registers: Any, **change: Any) -> TreasuryFacts:
    given = p.tokens(of=p.mint(**change))
    return p.protected(tokens={w.DAO: given}, mint_registers=registers or (p.accepting(),))


def _extended(
    number: int, name: str, *powers: tuple[str, str], register: Any = None, **values: Any
) -> TreasuryFacts:
    one = Extension(number, name, 1, True, powers, tuple(values.items()))
    registers = () if register is None else (register,)
    return _mint(*registers, program=programs.TOKEN_2022, extensions=(one,))


def _frozen(**fields: str) -> TreasuryFacts:
    """A mint whose issuer can freeze, under a register with these fields."""
    return _mint(p.accepting(**fields), freeze_authority=p.ISSUER)


def _tokens(**change: Any) -> TreasuryFacts:
    return p.protected(tokens={w.DAO: p.tokens(**change)})


def _nothing_held(**change: Any) -> TreasuryFacts:
    bare = replace(p.tokens(counts=(0, 0)), held=(), **change)
    none = {one: Found((), on_chain(f"list {one[:8]}")) for one in w.HISTORY.listed}
    history = replace(w.HISTORY, listed=none)
    return p.protected(w.facts(history=history), tokens={w.DAO: bare})


def _cases() -> list[tuple[str, TreasuryFacts, Status]]:
    fail, unknown, ok = Status.FAIL, Status.UNKNOWN, Status.PASS
    hook = ("transfer-hook", p.ISSUER)
    apart = Diverged("first and second differ", on_chain("apart"))
    strange = Extension(99, "unknown", 4, False)
    silent = Extension(5, "confidential-transfer-account", 295, True)
    thief = w.STRANGER
    two = (p.accepting(freeze_authority=p.ISSUER),
           replace(p.accepting(freeze_authority=thief), file="second.toml"))  # fmt: skip
    fees = (("transfer-fee-config", p.ISSUER), ("transfer-fee-withdraw", thief))
    return [
        ("an accepted power to freeze", GOOD, ok),
        ("nobody has a power", p.protected(), ok),
        ("no token account, and the mint is plain", _nothing_held(), ok),
        ("an account that is not the associated one", _held(p.account(), associated=False), ok),
        ("unsolicited accounts of other mints", replace(
            _tokens(counts=(1, 7), others=7), histories={}), ok),
        ("as many tokens as there can be", _account(amount=2**64 - 1), ok),
        ("metadata that somebody can change",
         _extended(19, "token-metadata", ("metadata-update", thief)), ok),
        ("an accepted hook with its program", _extended(
            14, "transfer-hook", hook, program=thief,
            register=p.accepting(transfer_hook=f"{p.ISSUER}\n{thief}")), ok),
        ("accepted fee authorities", _extended(
            1, "transfer-fee-config", *fees,
            register=p.accepting(fee_authority=f"{p.ISSUER}\n{thief}")), ok),
        ("a delegate", _account(delegate=thief, delegated_amount=5), fail),
        ("a delegate of nothing", _account(delegate=thief, delegated_amount=0), fail),
        ("a close authority", _account(close_authority=thief), fail),
        ("wrapped SOL with a close authority",
         _account(native_reserve=w.RENT, close_authority=thief), fail),
        ("frozen", _account(state="frozen"), fail),
        ("the associated account belongs to another wallet",
         _held(p.account(owner=thief), listed=False), fail),
        ("a power to freeze that no register accepts", _frozen(), fail),
        ("a power to freeze that is accepted at another key", _frozen(freeze_authority=thief),
         fail),
        ("a power to freeze that is accepted as another power",
         _frozen(mint_authority=p.ISSUER, permanent_delegate=p.ISSUER), fail),
        ("another mint authority than the register says", _mint(
            p.accepting(mint_authority=thief)), fail),
        ("a permanent delegate",
         _extended(12, "permanent-delegate", ("permanent-delegate", thief)), fail),
        ("a hook whose program is not accepted", _extended(
            14, "transfer-hook", hook, program=thief,
            register=p.accepting(transfer_hook=p.ISSUER)), fail),
        ("a hook program that nobody can change", _extended(
            14, "transfer-hook", program=thief), fail),
        ("a fee that one of two keys may withdraw unaccepted", _extended(
            1, "transfer-fee-config", *fees, register=p.accepting(fee_authority=p.ISSUER)), fail),
        ("a power to pause", _extended(26, "pausable", ("pause", thief), paused=False), fail),
        ("paused, by an accepted key", _extended(
            26, "pausable", ("pause", thief), paused=True,
            register=p.accepting(pause_authority=thief)), fail),
        ("a power to close the mint", _extended(3, "mint-close-authority", ("close", thief)),
         fail),
        ("a power over confidential transfers", _extended(
            4, "confidential-transfer-mint", ("confidential-transfer", thief)), fail),
        ("new accounts are frozen and nobody thaws them", _extended(
            6, "default-account-state", state="frozen"), fail),
        ("two registers accept different keys", _mint(*two, freeze_authority=p.ISSUER), fail),
        ("a registered mint does not exist",
         _tokens(of=ProvenAbsent(on_chain("mint"))), fail),
        ("a power that is new", _extended(12, "permanent-delegate", ("a new power", thief)),
         unknown),
        ("confidential minting", _extended(24, "confidential-mint-burn"), unknown),
        ("an extension of the mint that is not known", _mint(extensions=(strange,)), unknown),
        ("an extension of the account that is not known", _account(extensions=(strange,)),
         unknown),
        ("an account that can hold confidential amounts", _account(extensions=(silent,)), unknown),
        ("an account of another mint than listed", _account(mint=thief), unknown),
        ("the mint was not read", _tokens(of=_UNREAD), unknown),
        ("the account was not read", _held(_UNREAD), unknown),
        ("one token program was not asked", _tokens(lists={
            programs.TOKEN: Found(1, on_chain("list"))}), unknown),
        ("a list was not read", _tokens(lists={
            programs.TOKEN: Found(1, on_chain("list")), programs.TOKEN_2022: _UNREAD}), unknown),
        ("a listed account was not read", replace(_tokens(counts=(2, 0)), histories={}), unknown),
        ("more mints than are judged", _tokens(gaps=("1001 mints are registered",)), unknown),
        ("no mint is named", _tokens(mints=()), unknown),
        ("the tokens were not read", p.protected(tokens={}), unknown),
        ("the history saw another list", p.protected(w.facts(history=replace(
            w.HISTORY, listed={**w.HISTORY.listed, programs.TOKEN_2022: Found(
                (w.STRANGER,), on_chain("list"))}))), unknown),
        ("a second provider lists other accounts", p.protected(w.facts(history=replace(
            w.HISTORY, listed={**w.HISTORY.listed, programs.TOKEN: apart}))), Status.DIVERGED),
        ("the register was not read", p.protected(
            tokens=GOOD.tokens, mint_registers=(p.paper(p.MINTS, _UNREAD),)), unknown),
        ("no register is mapped", p.protected(tokens=GOOD.tokens, mint_registers=()), unknown),
        ("the register was never committed", p.protected(tokens=GOOD.tokens, mint_registers=(
            replace(p.accepting(freeze_authority=p.ISSUER),
                    changed=ProvenAbsent(in_checkout("git"))),)), unknown),
        ("a proposal was not read", p.protected(w.facts(w.with_proposal(
            0, lambda one: replace(one, proposal=_UNREAD)))), unknown),
        ("not all proposals were read", p.protected(w.facts(w.with_dao(proposal_count=4))),
         unknown),
        ("the DAO was not read", p.protected(w.facts(replace(w.READS, dao=_UNREAD))), unknown),
        ("the register is not in the checkout", p.protected(mint_registers=(
            p.paper(p.MINTS, ProvenAbsent(in_checkout("m"))),)), Status.MISSING),
        ("an acceptance without an owner", _frozen(freeze_authority=p.ISSUER, owner=""),
         Status.MISSING),
        ("an acceptance of last year", _frozen(freeze_authority=p.ISSUER, date=p.LAST_YEAR),
         Status.STALE),
        ("providers differ on the account", _held(apart), Status.DIVERGED),
        ("providers differ on the list", _tokens(lists={
            programs.TOKEN: apart, programs.TOKEN_2022: Found(0, on_chain("l"))}),
         Status.DIVERGED),
        ("no token account and no mint", _nothing_held(mints=()), unknown),
    ]  # fmt: skip


CASES: tuple[Case, ...] = tuple(
    Case("TR-02", name, facts, expected) for name, facts, expected in _cases()
)
