"""Derived addresses against known answers, and malformed input."""

from __future__ import annotations

import hashlib
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st
from solders.keypair import Keypair
from solders.pubkey import Pubkey

from privatedao_audit.chain import programs
from privatedao_audit.chain.addresses import (
    associated_token_address,
    create_with_seed,
    find_program_address,
    is_on_curve,
    parse_pubkey,
    programdata_address,
    squads_batch_transaction,
    squads_ephemeral_signer,
    squads_multisig,
    squads_program_config,
    squads_proposal,
    squads_spending_limit,
    squads_transaction,
    squads_vault,
)
from privatedao_audit.model import clusters

MULTISIG = "thHmF7VYNtxE1MaDzYXbfPCiq13RF6JwuWnjvDZuSmF"
VAULT = "CALHrBqx6jbzcPn2NVcinqSAHeod65v9LcDuTxsdPqBv"


def test_programdata_of_a_real_program() -> None:
    derived = programdata_address("EP9xE8MJZ6FfyEwLqns6HDdUZBknEa7WGYs1Jzsecuva")
    assert derived == "FKyt5DcmRQcCF8kzMGjCvfGb3ZPHMQnH1SqiG9Mi8xEc"


def test_squads_vault_of_a_real_multisig() -> None:
    assert squads_vault(MULTISIG).address == VAULT
    assert squads_vault(MULTISIG, 0).address == VAULT
    assert squads_vault(MULTISIG, 1).address != VAULT


def test_squads_program_config() -> None:
    assert squads_program_config().address == "BSTq9w3kZwNwpBXJEvTZz2G9ZTNyKBvoSeXMvwb4cNZr"


def test_squads_seeds_are_the_programs_own() -> None:
    program, multisig = Pubkey.from_string(programs.SQUADS_V4), Pubkey.from_string(MULTISIG)
    create_key = Pubkey.new_unique()

    def pda(*seeds: bytes) -> tuple[str, int]:
        address, bump = Pubkey.find_program_address(list(seeds), program)
        return str(address), bump

    number = (258).to_bytes(8, "little")
    head = (b"multisig", bytes(multisig))
    transaction = pda(*head, b"transaction", number)
    expected = {
        squads_multisig(str(create_key)): pda(b"multisig", b"multisig", bytes(create_key)),
        squads_vault(MULTISIG, 255): pda(*head, b"vault", b"\xff"),
        squads_transaction(MULTISIG, 258): transaction,
        squads_proposal(MULTISIG, 258): pda(*head, b"transaction", number, b"proposal"),
        squads_batch_transaction(MULTISIG, 258, 3):
            pda(*head, b"transaction", number, b"batch_transaction", b"\3\0\0\0"),
        squads_spending_limit(MULTISIG, str(create_key)):
            pda(*head, b"spending_limit", bytes(create_key)),
        squads_ephemeral_signer(transaction[0], 2): pda(
            b"multisig", bytes(Pubkey.from_string(transaction[0])), b"ephemeral_signer", b"\2"
        ),
    }
    assert len(expected) == 7
    for got, wanted in expected.items():
        assert got == wanted


def test_another_deployment_has_other_addresses() -> None:
    other = str(Pubkey.new_unique())
    assert squads_vault(MULTISIG, 0, other) != squads_vault(MULTISIG, 0)


def test_squads_v3_known_answer_through_the_plain_derivation() -> None:
    multisig = Pubkey.from_string("7ZyDFzet6sKgZLN4D89JLfo7chu2n7nYdkFt5RCFk8Sf")
    seeds = [b"squad", bytes(multisig), b"\1\0\0\0", b"authority"]
    derived = find_program_address(seeds, programs.SQUADS_V3)
    assert derived.address == "CvQZZ23qYDWF2RUpxYJ8y9K4skmuvYEEjH7fK58jtipQ"


@given(st.binary(min_size=32, max_size=32))
def test_derived_addresses_are_off_the_curve_and_keypairs_on_it(seed: bytes) -> None:
    derived = find_program_address([seed], programs.SQUADS_V4)
    assert not is_on_curve(derived.address)
    remade = Pubkey.create_program_address(
        [seed, bytes([derived.bump])], Pubkey.from_string(programs.SQUADS_V4)
    )
    assert str(remade) == derived.address
    assert is_on_curve(str(Keypair.from_seed(seed).pubkey()))


def test_associated_token_address_depends_on_the_token_program() -> None:
    owner, mint = VAULT, "EPjFWdd5AufqSSqeM2qN1xzybapC8G4wEGGkZwyTDt1v"
    seeds = [bytes(Pubkey.from_string(key)) for key in (owner, programs.TOKEN, mint)]
    expected, _ = Pubkey.find_program_address(
        seeds, Pubkey.from_string(programs.ASSOCIATED_TOKEN)
    )
    assert associated_token_address(owner, mint) == str(expected)
    assert associated_token_address(owner, mint, programs.TOKEN_2022) != str(expected)


@given(st.text(max_size=8))
def test_create_with_seed_is_the_hash_of_its_parts(seed: str) -> None:
    base, owner = Pubkey.new_unique(), Pubkey.new_unique()
    digest = hashlib.sha256(bytes(base) + seed.encode() + bytes(owner)).digest()
    assert create_with_seed(str(base), seed, str(owner)) == str(Pubkey.from_bytes(digest))


def test_create_with_seed_refuses_what_the_runtime_refuses() -> None:
    key = str(Pubkey.new_unique())
    with pytest.raises(ValueError, match="at most 32 UTF-8 bytes"):
        create_with_seed(key, "é" * 17, key)
    marker = str(Pubkey.from_bytes(bytes(11) + b"ProgramDerivedAddress"))
    with pytest.raises(ValueError, match="marker"):
        create_with_seed(key, "idl", marker)
    with pytest.raises(ValueError, match="surrogates not allowed"):
        create_with_seed(key, "\ud800", key)


@pytest.mark.parametrize("seeds", [[b"x" * 33], [b"x"] * 16, ["text"]])
def test_seeds_that_would_end_the_thread_are_refused(seeds: list[bytes]) -> None:
    with pytest.raises(ValueError, match="seed"):
        find_program_address(seeds, programs.SQUADS_V4)


@pytest.mark.parametrize(
    "call",
    [
        lambda key: parse_pubkey(key, "the key"),
        lambda key: programdata_address(key),
        lambda key: is_on_curve(key),
        lambda key: find_program_address([b"a"], key),
        lambda key: squads_vault(key),
        lambda key: squads_vault(MULTISIG, 0, key),
        lambda key: associated_token_address(MULTISIG, key),
        lambda key: create_with_seed(MULTISIG, "a", key),
    ],
)
@pytest.mark.parametrize(
    "key", ["", "0" * 44, "1" * 31, VAULT + "1", VAULT[:-2], " " + VAULT, "\ud800" * 44, "é", "x\n"]
)
def test_malformed_keys_raise_value_error(call: Callable[[str], object], key: str) -> None:
    with pytest.raises(ValueError, match="not a base58 key of 32 bytes"):
        call(key)


@given(st.text(max_size=200))
def test_a_malformed_key_is_shown_in_printable_ascii_and_cut(text: str) -> None:
    try:
        parse_pubkey(text, "vault")
    except ValueError as error:
        message = str(error)
        assert message.startswith("vault: not a base58 key of 32 bytes: ")
        shown = message.removeprefix("vault: not a base58 key of 32 bytes: ")
        assert len(shown) <= 60
        assert shown.isascii() and (shown == "" or shown.isprintable())
    else:
        assert len(bytes(Pubkey.from_string(text))) == 32


def test_a_key_must_be_text() -> None:
    with pytest.raises(ValueError, match="got int"):
        parse_pubkey(5)  # type: ignore[arg-type]


@pytest.mark.parametrize("index", [-1, 256, True, "0", 0.0, None])
def test_vault_index_is_a_byte(index: object) -> None:
    with pytest.raises(ValueError, match="vault index"):
        squads_vault(MULTISIG, index)  # type: ignore[arg-type]


def test_transaction_index_is_a_u64() -> None:
    assert not is_on_curve(squads_transaction(MULTISIG, 2**64 - 1).address)
    with pytest.raises(ValueError, match="transaction index"):
        squads_transaction(MULTISIG, 2**64)


def test_program_ids_are_keys() -> None:
    ids = [
        value for name, value in vars(programs).items()
        if name.isupper() and isinstance(value, str)
    ]
    assert len(ids) >= 13
    assert len(set(ids)) == len(ids)
    for value in ids:
        assert str(parse_pubkey(value)) == value
    assert bytes(parse_pubkey(programs.SYSTEM)) == bytes(32)


def test_an_id_is_canonical_only_on_a_public_cluster() -> None:
    testnet = clusters.GENESIS_HASHES["testnet"]
    assert clusters.cluster_of_genesis(testnet) == "testnet"
    assert programs.canonical_controller(testnet, programs.SQUADS_V4) == "squads-v4"
    assert programs.canonical_controller(testnet, programs.SYSTEM) is None
    local = str(Pubkey.new_unique())
    assert clusters.cluster_of_genesis(local) is None
    assert programs.canonical_controller(local, programs.SQUADS_V4) is None
    assert set(programs.CANONICAL_CONTROLLERS) == set(clusters.GENESIS_HASHES)
