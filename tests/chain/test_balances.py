"""Balances beside a transaction: exact, strict, and "not recorded" where a node left them out."""

from __future__ import annotations

from typing import Any

import pytest

from privatedao_audit.chain import programs
from privatedao_audit.chain.balances import Balances, TokenBalance, read_balances
from privatedao_audit.chain.borsh import DecodeError
from privatedao_audit.chain.transactions import decode_transaction
from privatedao_audit.domains.authority.world import wallet
from tests.chain.test_transactions import answer, legacy

KEYS = (wallet("payer"), wallet("account"), programs.TOKEN)
MOST = 2**64 - 1


def token(index: int = 1, amount: Any = "700", **change: Any) -> dict[str, Any]:
    return {
        "accountIndex": index, "mint": wallet("mint"), "owner": wallet("owner"),
        "programId": programs.TOKEN,
        "uiTokenAmount": {"amount": amount, "decimals": 6, "uiAmount": 0.0007},
        **change,
    }  # fmt: skip


def meta(**change: Any) -> dict[str, Any]:
    return {
        "fee": 5000, "preBalances": [MOST, 0, 1], "postBalances": [MOST - 5000, 7, 1],
        "preTokenBalances": [], "postTokenBalances": [token()], **change,
    }  # fmt: skip


def test_lamports_and_raw_units_are_exact_up_to_the_last_unit() -> None:
    found = read_balances(
        meta(postTokenBalances=[token(amount=str(MOST))], preTokenBalances=[token(amount="0")]),
        KEYS,
    )
    assert found.fee == 5000
    assert found.lamports(KEYS[0]) == (MOST, MOST - 5000)
    assert found.lamports(KEYS[1]) == (0, 7)
    assert found.tokens(KEYS[1]) == (
        TokenBalance(KEYS[1], wallet("mint"), wallet("owner"), programs.TOKEN, 0, 6),
        TokenBalance(KEYS[1], wallet("mint"), wallet("owner"), programs.TOKEN, MOST, 6),
    )
    assert found.tokens_watched


def test_an_account_that_is_opened_or_closed_stands_on_one_side() -> None:
    opened = read_balances(meta(), KEYS).tokens(KEYS[1])
    assert opened is not None
    assert opened[0] is None
    assert opened[1] is not None and opened[1].amount == 700
    closed = read_balances(
        meta(preTokenBalances=[token()], postTokenBalances=[]), KEYS
    ).tokens(KEYS[1])
    assert closed is not None and closed[1] is None


def test_what_a_node_left_out_is_not_recorded_and_not_zero() -> None:
    found = read_balances({}, KEYS)
    assert found == Balances(KEYS)
    assert (found.fee, found.lamports(KEYS[0]), found.tokens(KEYS[1])) == (None, None, None)
    assert read_balances(meta(), KEYS).lamports(wallet("somebody else")) is None
    assert read_balances(meta(), KEYS).tokens(KEYS[0]) is None
    assert not read_balances({}, KEYS[:2]).tokens_watched


def test_an_old_node_names_neither_owner_nor_program() -> None:
    bare = token()
    del bare["owner"], bare["programId"]
    sides = read_balances(meta(postTokenBalances=[bare]), KEYS).tokens(KEYS[1])
    assert sides is not None and sides[1] is not None
    assert (sides[1].owner, sides[1].program) == (None, None)


@pytest.mark.parametrize(
    "change",
    [
        {"preBalances": [1, 2]},
        {"preBalances": [1, 2, 3, 4]},
        {"preBalances": [1, 2, -1]},
        {"preBalances": [1, 2, 2**64]},
        {"preBalances": [1, 2, 3.0]},
        {"preBalances": [1, 2, True]},
        {"preBalances": "1,2,3"},
        {"preBalances": None},
        {"postTokenBalances": None},
        {"fee": -1},
        {"fee": "5000"},
        {"postTokenBalances": {}},
        {"postTokenBalances": [7]},
        {"postTokenBalances": [token(3)]},
        {"postTokenBalances": [token(-1)]},
        {"postTokenBalances": [token(), token()]},
        {"postTokenBalances": [token(amount=700)]},
        {"postTokenBalances": [token(amount="7e2")]},
        {"postTokenBalances": [token(amount="-7")]},
        {"postTokenBalances": [token(amount="\u0667")]},
        {"postTokenBalances": [token(amount=str(2**64))]},
        {"postTokenBalances": [token(amount="9" * 400)]},
        {"postTokenBalances": [token(mint="nonsense")]},
        {"postTokenBalances": [token(owner=7)]},
        {"postTokenBalances": [token(uiTokenAmount=None)]},
        {"postTokenBalances": [token(uiTokenAmount={"amount": "7", "decimals": 256})]},
    ],
)
def test_malformed_balances_are_refused(change: dict[str, Any]) -> None:
    with pytest.raises(DecodeError, match="meta"):
        read_balances(meta(**change), KEYS)


def test_a_transaction_carries_its_balances() -> None:
    signed = legacy()
    count = len(signed.message.account_keys)
    found = decode_transaction(
        answer(signed, preBalances=[9_000] * count, postBalances=[4_000] * count)
    )
    assert found.balances.lamports(found.fee_payer) == (9_000, 4_000)
    assert found.balances.fee == 5000
    with pytest.raises(DecodeError, match="preBalances"):
        decode_transaction(answer(signed, preBalances=[], postBalances=[]))
