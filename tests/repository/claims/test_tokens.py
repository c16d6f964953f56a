"""Values in texts: what counts as a claim, and what only looks like one."""

from __future__ import annotations

import hashlib

import pytest
from solders.pubkey import Pubkey
from solders.signature import Signature

from privatedao_audit.repository.claims.model import Kind
from privatedao_audit.repository.claims.tokens import in_number, in_text

KEY = str(Pubkey.from_bytes(hashlib.sha256(b"key").digest()))
SIGNATURE = str(Signature.from_bytes(hashlib.sha512(b"signature").digest()))
DIGEST = hashlib.sha256(b"file").hexdigest()


def found(text: str, around: str = "") -> list[tuple[Kind | None, str]]:
    return [(one.kind, one.value) for one in in_text(text, around)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (f"program `{KEY}`", [(Kind.ADDRESS, KEY)]),
        (f"https://explorer.example/address/{KEY}?cluster=devnet", [(Kind.ADDRESS, KEY)]),
        (f"({SIGNATURE})", [(Kind.SIGNATURE, SIGNATURE)]),
        (f"sha256: {DIGEST.upper()}", [(Kind.HASH, DIGEST)]),
        (f"0x{DIGEST}", [(Kind.HASH, DIGEST)]),
        ("landed in slot 412,331,007", [(Kind.SLOT, "412331007")]),
        ("a 2-of-3 multisig", [(Kind.THRESHOLD, "2-of-3")]),
        ("2 of 3 signers approve", [(Kind.THRESHOLD, "2-of-3")]),
        ("a 48-hour timelock", [(Kind.DELAY, "172800")]),
        ("time lock of 172800 seconds", [(Kind.DELAY, "172800")]),
        ("holds 1,250.5 SOL", [(Kind.BALANCE, "1250500000000")]),
    ],
)
def test_a_value_is_a_claim(text: str, expected: list[tuple[Kind, str]]) -> None:
    assert found(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        f"sha512-{KEY}",  # a part of something longer
        f"{KEY}=",
        f"x_{KEY}",
        "11111111111111111111111111111111111111111111",  # 44 zero bytes, no key
        "a" * 64 + "0",
        DIGEST[:63],
        DIGEST[:32] + DIGEST[:32].upper(),  # two spellings in one
        "getMuchConfidentiaPayoutPanSettementEvidence",  # base58 letters, and a word
        "3 of 5 steps are done",  # no signers
        "2-of-3",  # of what?
        "retry after 48 hours",  # no lock
        "slot 3",
        "the SOL/USD price",
        "$5 SOL",
        "5 SOLANA",
        "2026-04-18",
    ],
)
def test_a_look_alike_is_none(text: str) -> None:
    assert [one for one in found(text) if one[0] is not None] == []


def test_what_a_text_is_about_may_stand_above_it() -> None:
    assert found("- 2 of 3", "Multisig signers") == [(Kind.THRESHOLD, "2-of-3")]
    assert found("- 48 h", "Timelock") == [(Kind.DELAY, "172800")]
    assert found("- 3 of 2", "Multisig signers") == []


@pytest.mark.parametrize(
    ("key", "number", "expected"),
    [
        ("threshold", "2", (Kind.THRESHOLD, "2")),
        ("time_lock_seconds", "172800", (Kind.DELAY, "172800")),
        ("configuredTimelockHours", "48", (Kind.DELAY, "172800")),
        ("timelockHours", "0.5", (Kind.DELAY, "1800")),
        ("lastDeploySlot", "412331007", (Kind.SLOT, "412331007")),
        ("balanceSol", "1.5", (Kind.BALANCE, "1500000000")),
        ("lamports", "890880", (Kind.BALANCE, "890880")),
    ],
)
def test_a_number_is_read_by_its_key(key: str, number: str, expected: tuple[Kind, str]) -> None:
    token = in_number(number, key)
    assert token is not None
    assert (token.kind, token.value) == expected


@pytest.mark.parametrize(
    ("key", "number"),
    [("slot", "3"), ("timelockHours", "-1"), ("threshold", "1e3"), ("version", "172800"),
     ("lamports", "1.5"), ("blockTimeSeconds", "12"), ("threshold", "100000")],
)  # fmt: skip
def test_other_numbers_claim_nothing(key: str, number: str) -> None:
    assert in_number(number, key) is None


def test_a_line_of_a_megabyte_is_read_in_one_go() -> None:
    text = "A" * 500_000 + " " + f"{KEY} " * 10 + "9 of " * 100_000 + "1," * 100_000
    assert found(text).count((Kind.ADDRESS, KEY)) == 10
