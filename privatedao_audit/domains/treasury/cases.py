"""Cases of treasury protection: histories of a known truth, each with one thing changed."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from privatedao_audit.chain import programs
from privatedao_audit.domains.authority.world import derived, wallet
from privatedao_audit.domains.cases import Case, on_chain
from privatedao_audit.domains.treasury import invented as w
from privatedao_audit.domains.treasury.archive.cases import CASES as ARCHIVE
from privatedao_audit.domains.treasury.cases_hidden import CASES as HIDDEN
from privatedao_audit.domains.treasury.cases_rules import CASES as RULES
from privatedao_audit.domains.treasury.cases_strangers import CASES as STRANGERS
from privatedao_audit.domains.treasury.facts import TreasuryFacts
from privatedao_audit.domains.treasury.papers.cases import CASES as PAPERS
from privatedao_audit.domains.treasury.places.cases import CASES as PLACES
from privatedao_audit.domains.treasury.tokens.cases import CASES as TOKENS
from privatedao_audit.domains.treasury.variations import (
    APART,
    NOTHING,
    UNREAD,
    entries,
    nothing_executed,
    now,
    payout,
    unread_proposal,
)
from privatedao_audit.history.facts import AddressHistory, DaoHistory, Deed, Entry, Holding
from privatedao_audit.model.reads import Found, ProvenAbsent, Read
from privatedao_audit.model.status import Status
from privatedao_audit.protocols.conduct import ActionKind
from privatedao_audit.protocols.facts import Asset, Outcome, PayoutPlan

GOOD = w.facts()


def _case(control: str, expected: Status, name: str, facts: TreasuryFacts) -> Case:
    return Case(control, name, facts, expected)


def _paying(**change: Any) -> DaoHistory:
    """The SOL payment with its transfer changed."""
    sent = replace(w.sol(w.TREASURY, w.COOK, w.SOL_PAID, "0"), **change)
    return w.with_deed(w.PAYMENT, transfers=(sent,))


def _paying_tokens(**change: Any) -> DaoHistory:
    sent = w.tokens(w.TOKENS, w.TREASURY, w.COOKS_TOKENS, w.COOK, w.TOKENS_PAID, "0")
    return w.with_deed(
        w.TOKEN_PAYMENT,
        transfers=(replace(sent, **change),),
    )


def _drained() -> DaoHistory:
    """A delegate takes what is left of the tokens, without any execution."""
    left = w.TOKENS_IN - w.TOKENS_PAID
    theft = w.deed(60, "theft", replace(
        w.tokens(w.TOKENS, w.TREASURY, wallet("thief's"), w.STRANGER, left), authority=w.STRANGER
    ))  # fmt: skip
    return _with_entry(
        theft, w.TOKENS, w.entry(theft, (w.RENT, w.RENT), (left, 0)),
        Holding(w.RENT, 0, w.TREASURY, w.MINT),
    )  # fmt: skip


def _with_entry(
    deed: Deed, address: str, entry: Entry, now: Holding, history: DaoHistory = w.HISTORY
) -> DaoHistory:
    changed = w.with_address(
        address,
        lambda one: replace(
            one, entries=(*one.entries, entry), now=Found(now, on_chain(f"closing-{address}"))
        ),
        history,
    )
    return w.more_deeds(changed, deed)


def _handed_away() -> DaoHistory:
    left = w.TOKENS_IN - w.TOKENS_PAID
    gone = w.deed(60, "handed away")
    return _with_entry(
        gone, w.TOKENS, w.entry(gone, (w.RENT, w.RENT), (left, left), (w.TREASURY, w.STRANGER)),
        Holding(w.RENT, left, w.STRANGER, w.MINT),
    )  # fmt: skip


def _stolen_sol(inside: str | None = None) -> DaoHistory:
    left = w.SOL_IN - w.SOL_PAID
    theft = w.deed(60, "stolen", w.sol(w.TREASURY, w.STRANGER, 5, inside))
    return _with_entry(theft, w.TREASURY, w.entry(theft, (left, left - 5)), Holding(left - 5))


def _more_taken() -> DaoHistory:
    """The execution pays what was voted, and another transfer takes more beside it."""
    history = w.with_deed(w.PAYMENT, transfers=(
        w.sol(w.TREASURY, w.COOK, w.SOL_PAID, "0"), w.sol(w.TREASURY, w.STRANGER, 7),
    ))  # fmt: skip
    left = w.SOL_IN - w.SOL_PAID - 7

    def change(one: AddressHistory) -> AddressHistory:
        paid = replace(one.entries[1], lamports=(w.SOL_IN, left))
        return replace(one, entries=(one.entries[0], paid),
                       now=Found(Holding(left), on_chain("closing")))  # fmt: skip

    return w.with_address(w.TREASURY, change, history)


def _paid_in_beside(kind: str) -> DaoHistory:
    """Somebody pays in within the executing transaction; nobody can make a false alarm of it."""
    gift = w.sol(w.STRANGER, w.TREASURY, 11)
    if kind == "close":
        gift = replace(gift, kind="close", amount=None, source=wallet("old account"))
    history = w.with_deed(w.PAYMENT, transfers=(w.sol(w.TREASURY, w.COOK, w.SOL_PAID, "0"), gift))
    left = w.SOL_IN - w.SOL_PAID + 11

    def change(one: AddressHistory) -> AddressHistory:
        paid = replace(one.entries[1], lamports=(w.SOL_IN, left))
        return replace(one, entries=(one.entries[0], paid),
                       now=Found(Holding(left), on_chain("closing")))  # fmt: skip

    return w.with_address(w.TREASURY, change, history)


def _spam() -> DaoHistory:
    """A stranger opens and fills a token account for the treasury."""
    key = derived("unasked for")
    opened = w.deed(70, "spam", w.tokens(wallet("s"), w.STRANGER, key, w.TREASURY, 9))
    one = w.lived(
        key, "token account", w.entry(opened, (0, w.RENT), (0, 9), (None, w.TREASURY)),
        now=Holding(w.RENT, 9, w.TREASURY, w.MINT),
    )  # fmt: skip
    history = replace(w.HISTORY, histories={**w.HISTORY.histories, key: one}, listed={
        **w.HISTORY.listed, programs.TOKEN: Found((w.TOKENS, key), on_chain("token accounts")),
    })  # fmt: skip
    return w.more_deeds(history, opened)


def _closed() -> DaoHistory:
    """A token account that was handed to the treasury empty and closed; no tokens were lost."""
    key = derived("closed again")
    opened, shut = w.deed(70, "opened"), w.deed(71, "shut")
    one = w.lived(
        key, "token account", w.entry(opened, (0, w.RENT), (0, 0), (None, w.TREASURY)),
        w.entry(shut, (w.RENT, 0), (0, 0), (w.TREASURY, None)), now=Holding(0),
    )  # fmt: skip
    history = replace(w.HISTORY, histories={**w.HISTORY.histories, key: one})
    return w.more_deeds(history, opened, shut)


def _unwrapped() -> DaoHistory:
    """Wrapped SOL of the treasury leaves with the account that a close authority closes."""
    key = derived("wrapped")
    wrapped = w.deed(70, "wrapped", w.sol(w.STRANGER, key, 500))
    shut = w.deed(
        71,
        "unwrapped",
        replace(w.tokens(key, w.TREASURY, w.STRANGER, w.STRANGER, 0), kind="close", amount=None),
    )
    one = w.lived(
        key, "token account", w.entry(wrapped, (0, w.RENT + 500), (0, 500), (None, w.TREASURY)),
        w.entry(shut, (w.RENT + 500, 0), (500, 0), (w.TREASURY, None)), now=Holding(0),
    )  # fmt: skip
    history = replace(w.HISTORY, histories={**w.HISTORY.histories, key: one})
    return w.more_deeds(history, wrapped, shut)


def _one_slot() -> DaoHistory:
    """Deposit and payment in one slot, listed the wrong way round."""

    def change(one: AddressHistory) -> AddressHistory:
        late = replace(one.entries[0], slot=w.EXECUTED)
        return replace(one, entries=(one.entries[1], late))

    history = w.with_deed(w.DEPOSIT, slot=w.EXECUTED)
    deeds = tuple(sorted(history.deeds, key=lambda one: one.slot))
    return w.with_address(w.TREASURY, change, replace(history, deeds=deeds))


def _unlisted(key: str, read: Read[Any]) -> DaoHistory:
    return replace(w.HISTORY, listed={**w.HISTORY.listed, key: read})


def _nothing_moved() -> DaoHistory:
    """The execution moves nothing."""
    still = Found(Holding(w.SOL_IN), on_chain("closing"))

    def change(one: AddressHistory) -> AddressHistory:
        paid = replace(one.entries[1], lamports=(w.SOL_IN, w.SOL_IN))
        return replace(one, entries=(one.entries[0], paid), now=still)

    return w.with_address(w.TREASURY, change, w.with_deed(w.PAYMENT, transfers=()))


def _twice() -> DaoHistory:
    again = w.deed(
        55, "again", w.sol(w.TREASURY, w.COOK, w.SOL_PAID, "0"),
        acts=(w.action("execute_proposal", 55, w.PAYS_SOL),),
    )  # fmt: skip
    left = w.SOL_IN - w.SOL_PAID
    return _with_entry(again, w.TREASURY, w.entry(again, (left, left - w.SOL_PAID)),
                       Holding(left - w.SOL_PAID))  # fmt: skip


def _payments() -> list[Case]:
    fail, unknown, ok = Status.FAIL, Status.UNKNOWN, Status.PASS
    stranger = w.action("execute_proposal", w.EXECUTED, derived("another proposal"))
    return [
        _case("TR-05", ok, "two payments as voted", GOOD),
        _case("TR-05", ok, "a confidential payout as planned", payout()),
        _case("TR-05", ok, "somebody pays in beside the payment",
              w.facts(history=_paid_in_beside("sol"))),
        _case("TR-05", ok, "rent of a closed account comes in beside the payment",
              w.facts(history=_paid_in_beside("close"))),
        _case("TR-05", ok, "an execution of a proposal that pays nothing", w.facts(
            w.with_proposal(0, w.saying(actions=())), _nothing_moved())),
        _case("TR-05", fail, "one that pays nothing, and the treasury's balance fell", w.facts(
            w.with_proposal(0, w.saying(actions=())), w.with_deed(w.PAYMENT, transfers=()))),
        _case("TR-05", fail, "another wallet was paid",
              w.facts(history=_paying(destination=w.STRANGER, receiver=w.STRANGER))),
        _case("TR-05", fail, "one lamport more was paid",
              w.facts(history=_paying(amount=w.SOL_PAID + 1))),
        _case("TR-05", fail, "a token account of another wallet was paid",
              w.facts(history=_paying_tokens(receiver=w.STRANGER))),
        _case("TR-05", fail, "another mint was paid",
              w.facts(history=_paying_tokens(mint=wallet("another mint")))),
        _case("TR-05", fail, "nothing was paid",
              w.facts(history=w.with_deed(w.PAYMENT, transfers=()))),
        _case("TR-05", fail, "more left the treasury than the transfer says",
              w.facts(history=w.with_address(w.TREASURY, lambda one: replace(one, entries=(
                  one.entries[0],
                  replace(one.entries[1], lamports=(w.SOL_IN, w.SOL_IN - w.SOL_PAID - 1)),
              ))))),
        _case("TR-05", fail, "a payout plan of another amount", payout(amount=1)),
        _case("TR-05", fail, "a payout plan for another wallet", payout(recipient=w.STRANGER)),
        _case("TR-05", fail, "executed twice", w.facts(history=_twice())),
        _case("TR-05", fail, "executed, and the account denies it", w.facts(
            w.with_proposal(0, w.saying(outcome=Outcome.PASSED, executed=False)),
            w.with_deed(w.PAYMENT, slot=50))),
        _case("TR-05", fail, "the proposal of the payment is none of the DAO's",
              w.facts(history=w.with_deed(w.PAYMENT, actions=(stranger,)))),
        _case("TR-05", unknown, "the executing transaction was not found", w.facts(
            history=replace(w.HISTORY, deeds=tuple(
                d for d in w.DEEDS if d.signature != w.PAYMENT)))),
        _case("TR-05", unknown, "the executing transaction failed to be decoded",
              w.facts(history=w.with_deed(w.PAYMENT, actions=(
                  replace(w.action("x", w.EXECUTED), kind=ActionKind.UNKNOWN_INSTRUCTION),)))),
        _case("TR-05", unknown, "its inner instructions were not kept",
              w.facts(history=w.with_deed(w.PAYMENT, gap="the node kept no inner instructions",
                                          transfers=()))),
        _case("TR-05", unknown, "whose the token accounts are was not recorded",
              w.facts(history=_paying_tokens(receiver=None))),
        _case("TR-05", unknown, "a proposal was not read", unread_proposal(UNREAD)),
        _case("TR-05", unknown, "a proposal that is counted does not exist",
              unread_proposal(ProvenAbsent(on_chain("slice")))),
        _case("TR-05", unknown, "the payout plan was not read", w.facts(
            w.with_proposal(0, lambda one: replace(one, payout=UNREAD)))),
        _case("TR-05", unknown, "a proposal that makes a call", w.facts(w.with_proposal(0, w.saying(
            actions=(replace(w.pays(1), asset=Asset.CALL, amount=None, recipient=None),))))),
        _case("TR-05", unknown, "not all proposals were read", w.facts(w.with_dao(
            proposal_count=4))),
        _case("TR-05", unknown, "the history was not read", w.facts(history=None)),
        _case("TR-05", unknown, "the DAO was not read", w.facts(replace(w.READS, dao=UNREAD))),
        _case("TR-05", unknown, "no protocol", NOTHING),
        _case("TR-05", Status.DIVERGED, "providers differ on a proposal", unread_proposal(APART)),
        _case("TR-05", Status.NOT_APPLICABLE, "nothing was executed", nothing_executed()),
        _case("TR-05", unknown, "nothing was executed, and not all was read",
              nothing_executed(proposal_count=4)),
    ]  # fmt: skip


def _ledger() -> list[Case]:
    fail, unknown, ok = Status.FAIL, Status.UNKNOWN, Status.PASS
    broken = w.with_address(w.TREASURY, lambda one: replace(
        one, now=Found(Holding(1), on_chain("closing"))))  # fmt: skip
    cut = w.with_address(w.TREASURY, lambda one: replace(one, cut="more than 1 pages"))
    late = w.with_address(w.TREASURY, lambda one: replace(
        one, cut="blocks from slot 15 on", kept_from=15))  # fmt: skip
    early = w.with_address(w.TREASURY, lambda one: replace(
        one, cut="blocks from slot 9 on", kept_from=9))  # fmt: skip
    opaque = Holding(w.RENT, w.TOKENS_IN - w.TOKENS_PAID, w.TREASURY, w.MINT, True)
    return [
        _case("TR-06", ok, "every debit was voted", GOOD),
        _case("TR-06", ok, "a stranger's token account", w.facts(history=_spam())),
        _case("TR-06", ok, "an account that was opened and closed empty",
              w.facts(history=_closed())),
        _case("TR-06", ok, "deposit and payment in one slot, listed the wrong way round",
              w.facts(history=_one_slot())),
        _case("TR-06", ok, "blocks from before the DAO are gone", w.facts(history=early)),
        _case("TR-06", ok, "somebody pays in beside the payment",
              w.facts(history=_paid_in_beside("sol"))),
        _case("TR-06", ok, "a confidential payout as planned", payout()),
        _case("TR-06", fail, "a delegate took the tokens", w.facts(history=_drained())),
        _case("TR-06", fail, "the token account was handed away", w.facts(history=_handed_away())),
        _case("TR-06", fail, "wrapped SOL was closed away", w.facts(history=_unwrapped())),
        _case("TR-06", fail, "SOL left outside any execution", w.facts(history=_stolen_sol())),
        _case("TR-06", fail, "SOL left inside another program's instruction",
              w.facts(history=_stolen_sol("3"))),
        _case("TR-06", fail, "more was taken beside the payment", w.facts(history=_more_taken())),
        _case("TR-06", fail, "the payment went to another wallet",
              w.facts(history=_paying(destination=w.STRANGER, receiver=w.STRANGER))),
        _case("TR-06", fail, "the execution names no proposal of the DAO", w.facts(
            replace(w.READS, proposals=w.READS.proposals[1:]))),
        _case("TR-06", fail, "an instruction that is not known took SOL",
              w.facts(history=w.with_deed(w.PAYMENT, actions=(
                  replace(w.action("x", w.EXECUTED), kind=ActionKind.UNKNOWN_INSTRUCTION,
                          name=None),)))),
        _case("TR-06", unknown, "the balance now is not what was left", w.facts(history=broken)),
        _case("TR-06", unknown, "a transaction in the middle is missing", w.facts(
            history=w.with_address(w.TREASURY, lambda one: replace(one, entries=(
                replace(one.entries[0], lamports=(0, w.SOL_IN - 1)), one.entries[1]))))),
        _case("TR-06", unknown, "the first transactions are missing",
              w.facts(history=w.with_address(w.TREASURY, entries(1)))),
        _case("TR-06", unknown, "no transaction is known",
              w.facts(history=w.with_address(w.TREASURY, entries()))),
        _case("TR-06", unknown, "the list was cut", w.facts(history=cut)),
        _case("TR-06", unknown, "blocks since the DAO began are gone", w.facts(history=late)),
        _case("TR-06", unknown, "a listed transaction was not returned", w.facts(
            history=w.with_address(w.TREASURY, lambda one: replace(one, unreadable=("lost",))))),
        _case("TR-06", unknown, "balances were not recorded", w.facts(
            history=w.with_address(w.TREASURY, lambda one: replace(one, entries=(
                *one.entries, replace(one.entries[1], signature="bare", lamports=None)))))),
        _case("TR-06", unknown, "the treasury was not read at the end", w.facts(
            history=w.with_address(w.TREASURY, now(UNREAD)))),
        _case("TR-06", unknown, "the inner instructions of a debit were not kept",
              w.facts(history=w.with_deed(w.PAYMENT, gap="the node kept no inner instructions",
                                          transfers=()))),
        _case("TR-06", unknown, "the token list was not read",
              w.facts(history=_unlisted(programs.TOKEN, UNREAD))),
        _case("TR-06", unknown, "one token program was not asked", w.facts(history=replace(
            w.HISTORY, listed=w.without(w.HISTORY.listed, programs.TOKEN_2022)))),
        _case("TR-06", unknown, "a listed account was not followed", w.facts(history=_unlisted(
            programs.TOKEN_2022, Found((derived("listed"),), on_chain("list"))))),
        _case("TR-06", unknown, "the list lacks an account of the treasury",
              w.facts(history=_unlisted(programs.TOKEN, Found((), on_chain("list"))))),
        _case("TR-06", unknown, "too many token accounts",
              w.facts(history=replace(w.HISTORY, gaps=("more than can be followed",)))),
        _case("TR-06", unknown, "an account that can hold confidential amounts", w.facts(
            history=w.with_address(
                w.TOKENS, now(Found(opaque, on_chain("closing")))))),
        _case("TR-06", unknown, "the history was not read", w.facts(history=None)),
        _case("TR-06", unknown, "no protocol", NOTHING),
        _case("TR-06", Status.DIVERGED, "providers differ on a transaction", w.facts(
            history=w.with_address(w.TREASURY, lambda one: replace(
                one, disputed="providers differ on transaction x")))),
        _case("TR-06", Status.DIVERGED, "providers differ on the treasury", w.facts(
            history=w.with_address(w.TREASURY, now(APART)))),
    ]  # fmt: skip


def _claims() -> list[Case]:
    fail, unknown, ok = Status.FAIL, Status.UNKNOWN, Status.PASS
    tokens = w.with_proposal(2, w.saying(actions=(w.pays(301, w.MINT),)))
    enough = w.with_proposal(2, w.saying(actions=(w.pays(300, w.MINT),)))
    none = w.with_proposal(2, w.saying(outcome=Outcome.VETOED))
    plan = PayoutPlan(derived("plan"), w.WAITS, w.COOK, Asset.SOL, None, w.SOL_IN, 2, False, {})
    planned = w.with_proposal(2, lambda one: replace(
        w.saying(actions=())(one), payout=Found(plan, on_chain("slice"))))  # fmt: skip
    return [
        _case("TR-07", ok, "one claim that is covered", GOOD),
        _case("TR-07", ok, "no claim at all", w.facts(none)),
        _case("TR-07", ok, "a claim on all tokens that are there", w.facts(enough)),
        _case("TR-07", fail, "a claim beyond the SOL that is there", w.facts(
            w.with_proposal(2, w.saying(actions=(w.pays(w.SOL_IN),))))),
        _case("TR-07", fail, "a claim beyond the tokens that are there", w.facts(tokens)),
        _case("TR-07", fail, "a claim on more than any balance can hold", w.facts(
            w.with_proposal(2, w.saying(actions=(w.pays(2**64 - 1), w.pays(2**64 - 1)))))),
        _case("TR-07", fail, "a payout plan beyond the SOL that is there", w.facts(planned)),
        _case("TR-07", fail, "claims that are covered one by one, and not together", w.facts(
            w.with_proposal(0, w.saying(outcome=Outcome.PASSED, executed=False,
                                        actions=(w.pays(w.SOL_IN - w.SOL_PAID),))))),
        _case("TR-07", fail, "an absent treasury covers nothing", w.facts(
            history=w.with_address(
                w.TREASURY, now(ProvenAbsent(on_chain("closing")))))),
        _case("TR-07", unknown, "a proposal was not read", unread_proposal(UNREAD)),
        _case("TR-07", unknown, "not all proposals were read", w.facts(w.with_dao(
            proposal_count=4))),
        _case("TR-07", unknown, "the payout plan of a claim was not read", w.facts(
            w.with_proposal(2, lambda one: replace(one, payout=UNREAD)))),
        _case("TR-07", unknown, "the treasury was not read", w.facts(
            history=w.with_address(w.TREASURY, now(UNREAD)))),
        _case("TR-07", unknown, "the tokens were not listed", w.facts(
            enough, _unlisted(programs.TOKEN_2022, UNREAD))),
        _case("TR-07", unknown, "the history was not read", w.facts(history=None)),
        _case("TR-07", unknown, "no protocol", NOTHING),
        _case("TR-07", Status.DIVERGED, "providers differ on the treasury", w.facts(
            history=w.with_address(w.TREASURY, now(APART)))),
    ]  # fmt: skip


CASES: tuple[Case, ...] = (
    *_payments(), *_ledger(), *_claims(), *RULES, *HIDDEN, *STRANGERS, *PLACES, *TOKENS,
    *ARCHIVE, *PAPERS,
)  # fmt: skip
