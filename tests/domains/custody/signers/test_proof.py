"""The challenge: what it says, what it refuses, and which answers prove nothing."""

from __future__ import annotations

from dataclasses import replace

import pytest

from privatedao_audit.chain import offchain_message
from privatedao_audit.domains.authority.world import LOCAL_GENESIS, MEMBERS, derived, wallet
from privatedao_audit.domains.custody.signers import proof
from privatedao_audit.domains.custody.signers.dates import asked, unix_seconds
from privatedao_audit.domains.custody.signers.invented import WORDS, challenge, sign

KEY = MEMBERS[0]
GOOD = challenge(KEY)


def fault(key: str, message: str, signature: str) -> str | None:
    return proof.fault(key, message, signature, target="case", genesis_hash=LOCAL_GENESIS)


def test_a_challenge_is_one_line_that_a_hardware_wallet_takes() -> None:
    long = replace(GOOD, target="a" * 64, cluster="mainnet-beta", slot=10**15).text()
    assert long.isascii()
    assert long.isprintable()
    assert "'" not in long and '"' not in long and "\\" not in long
    assert offchain_message.build(long).format == 0
    assert len(long) < 700 < proof.MAX_TEXT


def test_a_challenge_says_all_that_binds_it_and_is_read_back() -> None:
    text = GOOD.text()
    for value in ("case", LOCAL_GENESIS, KEY, str(GOOD.slot), GOOD.blockhash, "2025-12-31T"):
        assert value in text
    assert proof.parse(text) == GOOD


@pytest.mark.parametrize(
    "change",
    [{"target": "two words"}, {"target": "x; key y"}, {"cluster": "Devnet"}, {"slot": 10**16},
     {"key": "0OIl"}, {"blockhash": ""}, {"genesis_hash": "short"}],
    ids=str,
)  # fmt: skip
def test_a_value_that_could_be_read_as_something_else_is_not_printed(
    change: dict[str, object],
) -> None:
    with pytest.raises(proof.BadChallenge):
        replace(GOOD, **change).text()


@pytest.mark.parametrize(
    "text",
    ["", "x" * 5_000, "I hold this key.", GOOD.text() + " ", " " + GOOD.text(),
     GOOD.text() + "\n", GOOD.text().replace("; key", ";  key"),
     GOOD.text().replace("2025-12-31", "2025-02-30"),
     GOOD.text().replace("challenge 1", "challenge 2"),
     GOOD.text().replace("block 900", "block \u0669\u0660\u0660")],
    ids=range(10),
)  # fmt: skip
def test_any_other_text_is_no_challenge(text: str) -> None:
    with pytest.raises(proof.BadChallenge) as refused:
        proof.parse(text)
    assert "I hold this key" not in str(refused.value)


def test_the_right_key_on_the_right_text_proves_control() -> None:
    assert fault(KEY, GOOD.text(), sign(WORDS[KEY], GOOD.text())) is None


@pytest.mark.parametrize(
    ("change", "why"),
    [({"target": "other"}, "made for the target other"),
     ({"genesis_hash": wallet("elsewhere")}, "names the cluster of genesis"),
     ({"key": MEMBERS[1]}, "made for the key")],
    ids=["target", "cluster", "key"],
)  # fmt: skip
def test_a_challenge_made_for_something_else_proves_nothing(
    change: dict[str, object], why: str
) -> None:
    text = replace(GOOD, **change).text()
    assert why in str(fault(KEY, text, sign(WORDS[KEY], text)))


@pytest.mark.parametrize("signature", ["", "1" * 64, "0" * 88, "z" * 400, "1" * 88])
def test_what_is_no_signature_proves_nothing(signature: str) -> None:
    assert fault(KEY, GOOD.text(), signature) is not None


def test_one_signature_serves_neither_another_text_nor_another_key() -> None:
    signature = sign(WORDS[KEY], GOOD.text())
    later = replace(GOOD, date=GOOD.date + 1).text()
    assert fault(KEY, later, signature) == "the key did not sign this message"
    assert fault(MEMBERS[1], GOOD.text(), signature) == "the key did not sign this message"
    assert fault(derived("vault"), GOOD.text(), signature) == "the key did not sign this message"


def test_a_signed_transaction_is_no_proof() -> None:
    # A plain signature over the text itself, without the prefix of off-chain messages.
    import hashlib

    from solders.keypair import Keypair

    pair = Keypair.from_seed(hashlib.sha256(WORDS[KEY].encode()).digest())
    bare = str(pair.sign_message(GOOD.text().encode()))
    assert fault(KEY, GOOD.text(), bare) == "the key did not sign this message"


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("1970-01-02", 86_400), ("1970-01-01T00:01:00Z", 60), ("1970-01-01 00:00:01.5Z", 1),
     ("1970-01-01T01:00:00+01:00", 0), (" 1970-01-01 ", 0),
     ("1970-01-01T00:00:01", None), ("yesterday", None), ("2025-02-30", None), ("", None),
     ("19700101", None), ("1970-01-01T25:00:00Z", None), ("\u0661970-01-01", None)],
)  # fmt: skip
def test_dates_are_those_of_the_calendar_with_a_zone(text: str, seconds: int | None) -> None:
    assert unix_seconds(text) == seconds


def test_a_read_that_never_happened_has_no_time() -> None:
    assert asked(None) is None
    assert asked("2026-01-01T00:00:00.000Z") == 1_767_225_600
