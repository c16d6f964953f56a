"""Cases of what strangers do to a treasury: what must not fail it, and what they may not hide.

Anybody can open accounts for the treasury, make mints with any power, name any address in an
instruction, and send what an execution is in. None of that is the treasury's doing.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from privatedao_audit.chain import programs
from privatedao_audit.chain.layouts.token import NATIVE_MINTS, Extension, TokenAccount
from privatedao_audit.domains.authority.world import derived, wallet
from privatedao_audit.domains.cases import Case, on_chain
from privatedao_audit.domains.treasury import invented as w
from privatedao_audit.domains.treasury import protected as p
from privatedao_audit.domains.treasury.facts import TreasuryFacts
from privatedao_audit.domains.treasury.tokens.facts import HeldAccount
from privatedao_audit.history.facts import AddressHistory, DaoHistory, Deed, Holding, Transfer
from privatedao_audit.history.powers import Power
from privatedao_audit.model.reads import Found
from privatedao_audit.model.status import Status

__all__ = ["CASES"]

_PASS, _FAIL, _UNKNOWN = Status.PASS, Status.FAIL, Status.UNKNOWN
GIFT, SPAM, PURSE = derived("given account"), wallet("spam mint"), wallet("stranger's purse")
_GIVEN, _GONE = 60, 61
_LEFT = w.SOL_IN - w.SOL_PAID


def _came(mint: str, amount: int, *more: Transfer) -> Deed:
    sent = replace(w.tokens(PURSE, w.STRANGER, GIFT, w.TREASURY, amount), mint=mint)
    over = Transfer("1", "hand over", GIFT, w.TREASURY, None, mint, w.STRANGER, w.STRANGER,
                    w.TREASURY, None)  # fmt: skip
    return w.deed(_GIVEN, "given", sent, over, *more)


def _given(
    *later: Deed, mint: str = w.MINT, amounts: tuple[int, ...] = (5,), first: Deed | None = None,
    **change: Any,
) -> DaoHistory:
    """The treasury with one more token account; ``amounts`` after each of its transactions."""
    deeds = (_came(mint, amounts[0]) if first is None else first, *later)
    entries, before = [], 0
    for number, (one, after) in enumerate(zip(deeds, amounts, strict=True)):
        holder = (w.TREASURY if number else None, w.TREASURY)
        row = w.entry(one, (w.RENT if number else 0, w.RENT), (before, after), holder)
        entries.append(replace(row, mint=mint))
        before = after
    lived = w.lived(GIFT, "token account", *entries, now=Holding(
        w.RENT, before, w.TREASURY, mint))  # fmt: skip
    history = replace(w.HISTORY, histories={
        **w.HISTORY.histories, GIFT: replace(lived, **change),
    }, listed={
        **w.HISTORY.listed, programs.TOKEN: Found((w.TOKENS, GIFT), on_chain("token accounts")),
    })  # fmt: skip
    return w.more_deeds(history, *deeds)


def _account(history: DaoHistory, *, associated: bool = False, **change: Any) -> TreasuryFacts:
    """TR-02 over that account, with something that its giver left on it."""
    plain = TokenAccount(programs.TOKEN, w.MINT, w.TREASURY, 5, None, "normal", None, 0, None)
    read = Found(replace(plain, **change), on_chain("given account"))
    mint = read.value.mint
    one = HeldAccount(GIFT, mint, True, associated, read)
    mints = p.tokens().mints
    if mint != w.MINT:
        mints = (*mints, replace(mints[0], address=mint))
    tokens = p.tokens(p.held(), one, counts=(2, 0), mints=mints)
    return p.protected(w.facts(history=history), tokens={w.DAO: tokens})


def _used(history: DaoHistory) -> DaoHistory:
    """The same, and the DAO's program paid into it."""
    deeds = tuple(
        replace(d, transfers=tuple(replace(t, inside="0") for t in d.transfers))
        if d.slot == _GIVEN else d for d in history.deeds
    )  # fmt: skip
    return replace(history, deeds=deeds)


def _related() -> list[tuple[str, TreasuryFacts, Status]]:
    closing: dict[str, Any] = {"close_authority": w.STRANGER}
    secret = Extension(5, "confidential-transfer-account", 1, True, (), ())
    cut = _given(cut="older pages are gone")
    hidden = _given(first=replace(_came(w.MINT, 5), gap="the node kept no inner instructions"))
    return [
        ("a stranger's gift that its giver may close", _account(_given(), **closing), _PASS),
        ("a stranger's gift that was born frozen",
         _account(_given(amounts=(0,)), state="frozen", amount=0), _PASS),
        ("a gift that was frozen with what it holds", _account(_given(), state="frozen"), _FAIL),
        ("a stranger's gift that can hide amounts",
         _account(_given(), extensions=(secret,)), _PASS),
        ("a gift that the DAO's program paid into", _account(_used(_given()), **closing), _FAIL),
        ("a gift of which the history is cut", _account(cut, **closing), _FAIL),
        ("a gift of which instructions are hidden", _account(hidden, **closing), _FAIL),
        ("an account without a history", _account(w.HISTORY, **closing), _FAIL),
        ("the associated account with a foreign close authority",
         _account(_given(), associated=True, **closing), _FAIL),
        ("a gift with a delegate, which only its owner can name",
         _account(_given(), delegate=w.STRANGER, delegated_amount=5), _FAIL),
        ("wrapped SOL that somebody else may close away",
         _account(_given(mint=NATIVE_MINTS[0]), mint=NATIVE_MINTS[0], **closing), _FAIL),
        ("a gift that belongs to somebody else by now",
         _account(_given(), owner=w.STRANGER), _FAIL),
    ]  # fmt: skip


def _back(*, by: str, inside: str | None = None, amount: int = 5, **change: Any) -> Deed:
    taken = replace(
        w.tokens(GIFT, w.TREASURY, PURSE, w.STRANGER, amount, inside), mint=SPAM, authority=by
    )
    return w.deed(_GONE, "back", taken, **change)


def _taken(
    back: Deed, *, mint: str = SPAM, left: int = 0, known: bool = True, **change: Any
) -> TreasuryFacts:
    """TR-06 where somebody takes tokens of a mint out of an account that was given."""
    history = _given(back, mint=mint, amounts=(5, left), **change)
    facts = p.protected(w.facts(history=history), tokens={w.DAO: p.tokens()})
    return facts if known else replace(facts, tokens={})


def _approved() -> TreasuryFacts:
    """The treasury itself named the delegate who takes them."""
    grant = Power("0", "delegate", GIFT, w.STRANGER, 5, w.TREASURY)
    back = replace(_back(by=w.STRANGER), powers=(grant,))
    return _taken(back)


def _naming(account: str, inside: str | None = None, gap: str = "") -> TreasuryFacts:
    """An instruction that is not understood names an account of the treasury."""
    odd = Transfer("0", "unknown", None, None, None, None, None, None, None, inside, (account,))
    one = replace(w.deed(_GIVEN, "odd", odd), gap=gap)
    history = w.with_address(account, lambda a: replace(
        a, entries=(*a.entries, w.entry(one, *_still(a))),
    ))  # fmt: skip
    return w.facts(history=w.more_deeds(history, one))


def _still(one: AddressHistory) -> tuple[Any, ...]:
    """Balances before and after of a transaction that moves nothing."""
    last = one.entries[-1]
    assert last.lamports is not None
    held = None if last.amount is None else (last.amount[1], last.amount[1])
    return (last.lamports[1], last.lamports[1]), held


def _reconciled() -> list[tuple[str, TreasuryFacts, Status]]:
    stranger, owner = w.STRANGER, w.TREASURY
    return [
        ("an issuer takes back what nobody asked for", _taken(_back(by=stranger)), _PASS),
        ("an issuer takes back a part of it", _taken(_back(by=stranger, amount=2), left=3), _PASS),
        ("the treasury signs for what leaves, of a mint that nobody means",
         _taken(_back(by=owner)), _FAIL),
        ("it leaves inside the DAO's program", _taken(_back(by=stranger, inside="0")), _FAIL),
        ("more is gone than was taken", _taken(_back(by=stranger, amount=2)), _FAIL),
        ("a delegate of the treasury takes it", _approved(), _FAIL),
        ("somebody takes tokens of a mint that is meant",
         _taken(replace(_back(by=stranger), transfers=tuple(
             replace(t, mint=w.MINT) for t in _back(by=stranger).transfers)), mint=w.MINT), _FAIL),
        ("which mints are meant is not known", _taken(_back(by=stranger), known=False), _FAIL),
        ("an issuer takes back, and the history is cut",
         _taken(_back(by=stranger), cut="older pages are gone"), _FAIL),
        ("a stranger's instruction names the treasury", _naming(w.TREASURY), _PASS),
        ("an instruction inside the DAO's program names it, and is not understood",
         _naming(w.TREASURY, inside="0"), _UNKNOWN),
        ("an instruction names it, and where it ran is not known",
         _naming(w.TREASURY, gap="the depth was not recorded"), _UNKNOWN),
        ("an instruction that is not understood takes of its token account",
         _naming(w.TOKENS), _UNKNOWN),
    ]  # fmt: skip


def _beside(mint: str, came: int, shown: int) -> TreasuryFacts:
    """The execution's sender adds tokens of a mint to the transaction that pays what was voted."""
    deed = next(d for d in w.DEEDS if d.signature == w.PAYMENT)
    sent = replace(w.tokens(PURSE, w.STRANGER, GIFT, w.TREASURY, came), mint=mint, place="1")
    rich = replace(deed, transfers=(*deed.transfers, sent))
    opened = replace(_came(mint, 100), slot=w.PAID_IN + 2)
    row = replace(w.entry(rich, (w.RENT, w.RENT), (100, 100 + shown)), mint=mint)
    born = replace(w.entry(opened, (0, w.RENT), (0, 100), (None, w.TREASURY)), mint=mint)
    lived = w.lived(GIFT, "token account", born, row, now=Holding(
        w.RENT, 100 + shown, w.TREASURY, mint))  # fmt: skip
    history = w.with_deed(w.PAYMENT, transfers=rich.transfers)
    history = replace(history, histories={**history.histories, GIFT: lived})
    return w.facts(history=w.more_deeds(history, opened))


def _executed() -> list[tuple[str, TreasuryFacts, Status]]:
    return [
        ("tokens of a mint with a fee came in beside the payment", _beside(SPAM, 50, 45), _PASS),
        ("tokens of another mint are gone beside the payment", _beside(SPAM, 50, -5), _FAIL),
    ]


CASES: tuple[Case, ...] = (
    *(Case("TR-02", name, facts, expected) for name, facts, expected in _related()),
    *(Case("TR-05", name, facts, expected) for name, facts, expected in _executed()),
    *(Case("TR-06", name, facts, expected) for name, facts, expected in _reconciled()),
)
