"""Transfers out of wire bytes: who paid whom, of what, and inside which instruction."""

from __future__ import annotations

import struct
from typing import Any

import pytest

from privatedao_audit.chain import programs
from privatedao_audit.chain.transactions import decode_transaction
from privatedao_audit.history.facts import Transfer
from privatedao_audit.history.transfers import transfers
from tests.history.node import Landed, Ran, key

DAO_PROGRAM, TREASURY, COOK, MINT = (key(w) for w in ("program", "treasury", "cook", "mint"))
SOURCE, TARGET = key("treasury's tokens"), key("cook's tokens")
TOKENS = {SOURCE: (MINT, TREASURY, TREASURY, 9, 2), TARGET: (MINT, COOK, COOK, 0, 7)}


def read(*ran: Ran, **change: Any) -> tuple[Transfer, ...]:
    landed = Landed(5, ran, **change)
    return transfers(decode_transaction(landed.answer()), DAO_PROGRAM)


def sol(amount: int, height: int = 1) -> Ran:
    return Ran(programs.SYSTEM, (TREASURY, COOK), struct.pack("<IQ", 2, amount), height)


def token(tag: int, *accounts: str, tail: bytes = b"", height: int = 1) -> Ran:
    return Ran(programs.TOKEN, accounts, bytes([tag]) + tail, height)


def call(height: int = 1) -> Ran:
    return Ran(DAO_PROGRAM, (TREASURY,), b"execute", height)


def test_a_payment_names_the_instruction_it_ran_in() -> None:
    (one,) = read(call(), sol(7, 2))
    assert (one.kind, one.place, one.inside, one.amount) == ("sol", "0.0", "0", 7)
    assert (one.source, one.destination, one.payer, one.receiver) == (
        TREASURY, COOK, TREASURY, COOK,
    )  # fmt: skip
    (outer,) = read(sol(7))
    assert (outer.place, outer.inside) == ("0", None)


def test_the_nearest_instruction_of_the_program_counts_through_others() -> None:
    other = Ran(key("wrapper"), (TREASURY,), b"", 1)
    (one,) = read(other, call(2), sol(7, 3))
    assert one.inside == "0.0"
    # Beside it and not inside it.
    (beside,) = read(other, call(2), sol(7, 2))
    assert beside.inside is None


def test_wallets_and_mint_of_a_plain_token_transfer_come_from_the_balances() -> None:
    (one,) = read(
        call(), token(3, SOURCE, TARGET, TREASURY, tail=struct.pack("<Q", 7), height=2),
        tokens=TOKENS,
    )  # fmt: skip
    assert (one.kind, one.mint, one.payer, one.receiver, one.amount) == (
        "token", MINT, TREASURY, COOK, 7,
    )  # fmt: skip
    (bare,) = read(token(3, SOURCE, TARGET, TREASURY, tail=struct.pack("<Q", 7)))
    assert (bare.mint, bare.payer, bare.receiver) == (None, None, None)


@pytest.mark.parametrize(
    ("ran", "kind", "source", "destination", "amount"),
    [
        (token(12, SOURCE, MINT, TARGET, TREASURY, tail=struct.pack("<QB", 7, 0)), "token",
         SOURCE, TARGET, 7),
        (token(7, MINT, SOURCE, COOK, tail=struct.pack("<Q", 7)), "mint", None, SOURCE, 7),
        (token(8, SOURCE, MINT, COOK, tail=struct.pack("<Q", 7)), "burn", SOURCE, None, 7),
        (token(9, SOURCE, COOK, TREASURY), "close", SOURCE, COOK, None),
        (token(6, SOURCE, TREASURY, tail=b"\x02\x01" + bytes(31) + b"\x01"), "hand over",
         SOURCE, "11111111111111111111111111111112", None),
        (token(17, SOURCE), "unknown", None, None, None),
        (token(26, SOURCE, tail=b"\1"), "unknown", None, None, None),
        (token(3, SOURCE), "unknown", None, None, None),
        (token(200), "unknown", None, None, None),
        (Ran(programs.SYSTEM, (TREASURY, COOK), struct.pack("<I", 99)), "unknown", None, None,
         None),
        (Ran(programs.SYSTEM, (TREASURY, COOK), struct.pack("<IQQ", 0, 7, 0) + bytes(32)), "sol",
         TREASURY, COOK, 7),
    ],
)  # fmt: skip
def test_each_way_of_moving_money_is_told_or_named_unknown(
    ran: Ran, kind: str, source: str | None, destination: str | None, amount: int | None
) -> None:
    (one,) = read(ran, tokens=TOKENS, also=(SOURCE, TARGET))
    assert (one.kind, one.source, one.destination, one.amount) == (
        kind, source, destination, amount,
    )  # fmt: skip


def test_what_moves_nothing_and_what_failed_is_no_transfer() -> None:
    assert read(token(4, SOURCE, COOK, TREASURY, tail=struct.pack("<Q", 7))) == ()
    assert read(token(6, MINT, COOK, tail=b"\x00\x00")) == ()
    assert read(Ran(programs.SYSTEM, (COOK,), struct.pack("<I", 1) + bytes(32))) == ()
    assert read(sol(7), err={"InstructionError": [0, "Custom"]}) == ()


def batch(*parts: tuple[int, bytes], accounts: tuple[str, ...]) -> Ran:
    data = b"".join(bytes([count, len(inner)]) + inner for count, inner in parts)
    return Ran(programs.TOKEN, accounts, bytes([255]) + data)


def test_a_transfer_with_a_fee_is_told_like_a_checked_one() -> None:
    tail = b"\x01" + struct.pack("<QBQ", 7, 0, 1)
    (one,) = read(token(26, SOURCE, MINT, TARGET, COOK, tail=tail), tokens=TOKENS)
    assert (one.kind, one.source, one.destination, one.amount, one.mint, one.authority) == (
        "token", SOURCE, TARGET, 7, MINT, COOK,
    )  # fmt: skip
    (cut,) = read(token(26, SOURCE, MINT, TARGET, COOK, tail=tail[:-1]), tokens=TOKENS)
    assert cut.kind == "unknown"


def test_a_batch_is_told_instruction_by_instruction() -> None:
    pay = bytes([3]) + struct.pack("<Q", 7)
    ran = batch((3, pay), (1, bytes([17])), (3, pay),
                accounts=(SOURCE, TARGET, COOK, TARGET, TARGET, SOURCE, COOK))  # fmt: skip
    out, added, back = read(ran, tokens=TOKENS, also=(COOK,))
    assert (out.place, out.kind, out.source, out.amount) == ("0/0", "token", SOURCE, 7)
    assert (added.place, added.kind, added.touches) == ("0/1", "unknown", ())
    assert (back.place, back.source, back.destination) == ("0/2", TARGET, SOURCE)


@pytest.mark.parametrize(
    "ran",
    [
        batch((3, b"\x03"), accounts=(SOURCE,)),
        Ran(programs.TOKEN, (SOURCE,), bytes([255, 1, 9, 3])),
        Ran(programs.TOKEN, (SOURCE,), bytes([255, 1])),
        Ran(programs.TOKEN, (SOURCE,), bytes([255])),
        batch((1, bytes([255, 0, 1, 17])), accounts=(SOURCE,)),
    ],
    ids=["too few accounts", "cut data", "cut head", "empty", "a batch in a batch"],
)
def test_a_batch_that_does_not_split_names_what_it_may_have_moved(ran: Ran) -> None:
    (one,) = read(ran, also=(SOURCE,))
    assert (one.kind, one.touches, one.source) == ("unknown", ran.accounts, None)


def test_what_is_not_understood_names_its_accounts_and_what_can_only_add_none() -> None:
    (strange,) = read(token(200, SOURCE, TARGET), also=(SOURCE, TARGET))
    assert strange.touches == (SOURCE, TARGET)
    (added,) = read(token(17, SOURCE), also=(SOURCE,))
    assert added.touches == ()
    (fees,) = read(token(26, MINT, SOURCE, tail=b"\4"), also=(SOURCE,))
    assert (fees.kind, fees.touches) == ("unknown", ()), "fees lie beside the balance"


def test_accounts_that_a_stranger_appends_are_none_that_an_instruction_takes_of() -> None:
    (hidden,) = read(token(27, SOURCE, MINT, TARGET, TREASURY, tail=b"\5"), also=(SOURCE, TARGET))
    assert (hidden.kind, hidden.touches) == ("unknown", (SOURCE,))
