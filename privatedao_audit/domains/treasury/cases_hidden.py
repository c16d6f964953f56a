"""Cases of TR-06 and TR-07 that a sum would hide: single transfers, single accounts, the floor."""

from __future__ import annotations

from dataclasses import replace

from privatedao_audit.chain import programs
from privatedao_audit.chain.layouts.token import NATIVE_MINTS
from privatedao_audit.domains.authority.world import derived, wallet
from privatedao_audit.domains.cases import Case, on_chain
from privatedao_audit.domains.treasury import invented as w
from privatedao_audit.domains.treasury.facts import TreasuryFacts
from privatedao_audit.history.facts import DaoHistory, Holding, Transfer
from privatedao_audit.model.reads import Found, Read, Unknown
from privatedao_audit.model.status import Status
from privatedao_audit.protocols.facts import DaoReads

_THIEF = wallet("thief's")
_LEFT = w.SOL_IN - w.SOL_PAID
_TOKENS_LEFT = w.TOKENS_IN - w.TOKENS_PAID


def _moved_sol(change: int, *transfers: Transfer) -> TreasuryFacts:
    """One more transaction that moves the treasury's SOL by a sum."""
    one = w.deed(60, "mixed", *transfers)
    history = w.with_address(w.TREASURY, lambda a: replace(
        a, entries=(*a.entries, w.entry(one, (_LEFT, _LEFT + change))),
        now=Found(Holding(_LEFT + change), on_chain("closing")),
    ))  # fmt: skip
    return w.facts(history=w.more_deeds(history, one))


def _moved_tokens(change: int, *transfers: Transfer, mint: str = w.MINT) -> TreasuryFacts:
    """One more transaction that moves the treasury's tokens by a sum."""
    one = w.deed(60, "mixed", *transfers)
    after = _TOKENS_LEFT + change
    row = w.entry(one, (w.RENT, w.RENT), (_TOKENS_LEFT, after))
    history = w.with_address(w.TOKENS, lambda a: replace(
        a, entries=(*(replace(e, mint=mint) for e in a.entries), replace(row, mint=mint)),
        now=Found(Holding(w.RENT, after, w.TREASURY, mint), on_chain("closing")),
    ))  # fmt: skip
    return w.facts(history=w.more_deeds(history, one))


def _out(amount: int, place: str = "0") -> Transfer:
    sent = w.tokens(w.TOKENS, w.TREASURY, _THIEF, w.STRANGER, amount)
    return replace(sent, place=place, authority=w.STRANGER)


def _in(amount: int, place: str = "1") -> Transfer:
    return replace(w.tokens(_THIEF, w.STRANGER, w.TOKENS, w.TREASURY, amount), place=place)


def _unknown(*touches: str) -> Transfer:
    return Transfer("2", "unknown", None, None, None, None, None, None, None, None, touches)


def _given_full() -> DaoHistory:
    """A stranger opens an account, fills and empties it, and gives it away, in one transaction."""
    key = derived("given")
    one = w.deed(
        70, "given",
        replace(w.tokens(_THIEF, w.STRANGER, key, w.TREASURY, 9), place="0"),
        replace(w.tokens(key, w.TREASURY, _THIEF, w.STRANGER, 4), place="1", authority=w.STRANGER),
        Transfer("2", "hand over", key, w.TREASURY, None, w.MINT, w.STRANGER, w.STRANGER,
                 w.TREASURY, None),
    )  # fmt: skip
    lived = w.lived(
        key, "token account", w.entry(one, (0, w.RENT), (0, 5), (None, w.TREASURY)),
        now=Holding(w.RENT, 5, w.TREASURY, w.MINT),
    )  # fmt: skip
    history = replace(w.HISTORY, histories={**w.HISTORY.histories, key: lived}, listed={
        **w.HISTORY.listed, programs.TOKEN: Found((w.TOKENS, key), on_chain("token accounts")),
    })  # fmt: skip
    return w.more_deeds(history, one)


def _paid_and_more_came() -> TreasuryFacts:
    """The voted payment, and a larger deposit in the same transaction."""
    gift = replace(w.sol(w.STRANGER, w.TREASURY, 2 * w.SOL_PAID), place="1")
    paid = w.sol(w.TREASURY, w.COOK, w.SOL_PAID, "0")
    after = w.SOL_IN + w.SOL_PAID
    history = w.with_address(w.TREASURY, lambda a: replace(
        a, entries=(a.entries[0], replace(a.entries[1], lamports=(w.SOL_IN, after))),
        now=Found(Holding(after), on_chain("closing")),
    ), w.with_deed(w.PAYMENT, transfers=(paid, gift)))  # fmt: skip
    return w.facts(history=history)


def _ledger() -> list[tuple[str, TreasuryFacts, Status]]:
    fail, unknown, ok = Status.FAIL, Status.UNKNOWN, Status.PASS
    taken = replace(w.sol(w.TREASURY, w.STRANGER, 5), place="0")
    came = [replace(w.sol(w.STRANGER, w.TREASURY, n), place="1") for n in (11, 5)]
    burnt = replace(_out(3), kind="burn", destination=None, receiver=None)
    closed = Transfer("0", "close", w.TOKENS, _THIEF, None, NATIVE_MINTS[0], w.STRANGER,
                      w.TREASURY, _THIEF, None)  # fmt: skip
    return [
        ("the payment, and more came in than was paid", _paid_and_more_came(), ok),
        ("tokens came in by an instruction that can only add",
         _moved_tokens(3, _unknown()), ok),
        ("nothing at all was taken out by a transfer of nothing",
         _moved_tokens(9, _out(0), _in(9)), ok),
        ("an account that its giver emptied before giving it", w.facts(history=_given_full()), ok),
        ("SOL was taken where more came in", _moved_sol(6, taken, came[0]), fail),
        ("SOL was taken where as much came in", _moved_sol(0, taken, came[1]), fail),
        ("a delegate took tokens where more came in", _moved_tokens(6, _out(3), _in(9)), fail),
        ("a delegate took and gave back the same", _moved_tokens(0, _out(3), _in(3)), fail),
        ("tokens were burnt where more came in", _moved_tokens(6, burnt, _in(9)), fail),
        ("near the largest amount, a token was taken where more came in",
         _moved_tokens(2**64 - 2 - _TOKENS_LEFT, _out(1), _in(2**64 - 1 - _TOKENS_LEFT)), fail),
        ("wrapped SOL was closed away and filled again",
         _moved_tokens(6, closed, replace(_in(306), mint=NATIVE_MINTS[0]), mint=NATIVE_MINTS[0]),
         fail),
        ("an instruction that is not understood names the account",
         _moved_tokens(9, _unknown(w.TOKENS), _in(9)), unknown),
        ("taken, and instructions may be hidden besides", w.facts(history=w.with_deed(
            w.GIFT, gap="the depth was not recorded", transfers=(_out(1),))), unknown),
    ]  # fmt: skip


def _holding(*amounts: int) -> DaoHistory:
    """The treasury with token accounts of these amounts, and a claim on their mint."""
    accounts = {}
    for number, amount in enumerate(amounts):
        key = derived(f"tokens {number}")
        came = w.deed(70 + number, f"came {number}")
        accounts[key] = w.lived(
            key, "token account", w.entry(came, (0, w.RENT), (0, amount), (None, w.TREASURY)),
            now=Holding(w.RENT, amount, w.TREASURY, w.MINT),
        )  # fmt: skip
    rest = w.without(w.HISTORY.histories, w.TOKENS)
    return replace(w.HISTORY, histories={**rest, **accounts}, listed={
        **w.HISTORY.listed, programs.TOKEN: Found(tuple(accounts), on_chain("token accounts")),
    })  # fmt: skip


def _claims(*amounts: int, mint: str | None = None) -> DaoReads:
    return w.with_proposal(2, w.saying(actions=tuple(w.pays(one, mint) for one in amounts)))


def _sol(claim: int, floor: Read[int] | None = None) -> TreasuryFacts:
    known: Read[int] = Found(890_880, on_chain("rent"))
    return replace(w.facts(_claims(claim)), rent_floor=known if floor is None else floor)


def _drawn() -> list[tuple[str, TreasuryFacts, Status]]:
    fail, unknown, ok = Status.FAIL, Status.UNKNOWN, Status.PASS
    unread = Unknown("every provider answered 503")
    return [
        ("all of the SOL is claimed", _sol(_LEFT), ok),
        ("the claims leave just the floor", _sol(_LEFT - 890_880), ok),
        ("the claims leave less than the floor", _sol(_LEFT - 890_879), fail),
        ("the claims leave little, and the floor is not known", _sol(_LEFT - 1, unread), unknown),
        ("each claim fits into an account", w.facts(
            _claims(60, 40, mint=w.MINT), _holding(60, 40)), ok),
        ("a claim that only two accounts together hold", w.facts(
            _claims(61, mint=w.MINT), _holding(60, 40)), fail),
        ("claims that fit together in no way that was found", w.facts(
            _claims(50, 50, mint=w.MINT), _holding(60, 40)), unknown),
        ("a claim near the largest amount", w.facts(
            _claims(2**64 - 1, mint=w.MINT), _holding(2**64 - 1)), ok),
        ("a claim above the largest amount of any account", w.facts(
            _claims(2**64 - 1, mint=w.MINT), _holding(2**63, 2**63)), fail),
    ]  # fmt: skip


CASES: tuple[Case, ...] = (
    *(Case("TR-06", name, facts, expected) for name, facts, expected in _ledger()),
    *(Case("TR-07", name, facts, expected) for name, facts, expected in _drawn()),
)
