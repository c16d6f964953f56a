"""Why balances moved: payments, deposits and gifts told apart, debits without a vote named."""

from __future__ import annotations

from dataclasses import replace

import pytest

from privatedao_audit.domains.treasury import cases, variations
from privatedao_audit.domains.treasury import invented as w
from privatedao_audit.domains.treasury.payments import rules_of
from privatedao_audit.history.facts import DaoHistory, Transfer
from privatedao_audit.history.reconcile import Movement, executions, movements, owed

RULES = rules_of(w.facts())


def moved(history: DaoHistory) -> list[Movement]:
    done = executions(history, w.READS.proposals, RULES)
    return [one for _chain, some in movements(history, done, w.BORN) for one in some]


def test_every_movement_has_its_reason() -> None:
    assert [(m.why, m.change, m.mint, m.proposal) for m in moved(w.HISTORY)] == [
        ("deposit", w.SOL_IN, None, None),
        ("payment", -w.SOL_PAID, None, w.PAYS_SOL),
        ("direct transfer", w.TOKENS_IN, w.MINT, None),
        ("payment", -w.TOKENS_PAID, w.MINT, w.PAYS_TOKENS),
    ]


@pytest.mark.parametrize(
    ("sent", "why"),
    [
        (w.sol(w.STRANGER, w.TREASURY, w.SOL_IN), "direct transfer"),
        (w.sol(w.STRANGER, w.TREASURY, w.SOL_IN, "0"), "deposit"),
        (replace(w.sol(w.STRANGER, w.TREASURY, 1), kind="close"), "account closed"),
        (replace(w.sol(w.STRANGER, w.TREASURY, 1), kind="mint"), "minted"),
        (w.sol(w.STRANGER, w.COOK, 1), "other credit"),
    ],
)
def test_credits_are_told_apart_and_never_faulted(sent: Transfer, why: str) -> None:
    first = moved(w.with_deed(w.DEPOSIT, transfers=(sent,)))[0]
    assert (first.why, first.note, first.open) == (why, "", "")


def test_a_token_account_that_is_handed_over_comes_with_what_it_holds() -> None:
    given = Transfer("0", "hand over", w.TOKENS, w.TREASURY, None, w.MINT, w.STRANGER, w.STRANGER,
                     w.TREASURY, None)  # fmt: skip

    def change(one: w.AddressHistory) -> w.AddressHistory:
        first = replace(one.entries[0], holder=(w.STRANGER, w.TREASURY),
                        amount=(w.TOKENS_IN, w.TOKENS_IN))  # fmt: skip
        return replace(one, entries=(first, *one.entries[1:]))

    history = w.with_address(w.TOKENS, change, w.with_deed(w.GIFT, transfers=(given,)))
    came = moved(history)[2]
    assert (came.why, came.change) == ("account handed over", w.TOKENS_IN)


def test_what_moves_while_the_account_is_anothers_is_not_the_treasurys() -> None:
    def change(one: w.AddressHistory) -> w.AddressHistory:
        owned = tuple(replace(e, holder=(w.STRANGER, w.STRANGER)) for e in one.entries)
        return replace(one, entries=owned)

    history = w.with_address(w.TOKENS, change)
    assert [m.account for m in moved(history)] == [w.TREASURY, w.TREASURY]


def test_a_debit_without_execution_is_unexplained_with_its_transaction() -> None:
    worst = moved(cases._drained())[-1]
    assert (worst.why, worst.change) == ("unexplained", -(w.TOKENS_IN - w.TOKENS_PAID))
    assert worst.link.signature == "theft-60"
    assert worst.note == f"300 of it went to {w.STRANGER} outside any execution of a proposal"


def test_a_transfer_in_another_instruction_of_the_program_is_no_payment() -> None:
    sent = w.sol(w.TREASURY, w.COOK, w.SOL_PAID, "1")
    debit = moved(w.with_deed(w.PAYMENT, transfers=(sent,)))[1]
    assert debit.why == "unexplained"


def test_an_execution_of_another_dao_explains_nothing() -> None:
    other = replace(w.action("execute_proposal", w.EXECUTED, w.PAYS_SOL), dao=w.derived("other"))
    history = w.with_deed(w.PAYMENT, actions=(other,))
    assert [e.proposal for e in executions(history, w.READS.proposals, RULES)] == [w.PAYS_TOKENS]
    assert moved(history)[1].why == "unexplained"


def test_a_failed_execution_explains_nothing() -> None:
    failed = replace(w.action("execute_proposal", w.EXECUTED, w.PAYS_SOL), took_effect=False)
    history = w.with_deed(w.PAYMENT, actions=(failed,))
    assert moved(history)[1].why == "unexplained"


def test_what_is_owed_is_the_action_or_the_plan_and_never_both() -> None:
    one = w.READS.proposals[0]
    ((due,), why) = owed(one)
    assert (due.recipient, due.mint, due.amount, why) == (w.COOK, None, w.SOL_PAID, "")
    planned = variations.payout().governance.daos[0].proposals[0]
    assert owed(planned)[0][0].amount == w.SOL_PAID
    both = replace(planned, proposal=one.proposal)
    assert owed(both) == ((), "it has a payout plan beside an action of its own")
