"""Where Squads v4 keeps what: its program-derived addresses, and the seeds that sign for them.

Every first seed is "multisig". Source: Squads-Protocol/v4, state/seeds.rs.
"""

from __future__ import annotations

import struct

from solders.pubkey import Pubkey

SQUADS = Pubkey.from_string("SQDS4ep65T869zMMBKyuUq6aD6EgTu8psMjkvj52pCf")

_PREFIX = b"multisig"


def derive(seeds: list[bytes]) -> tuple[Pubkey, int]:
    """The address of seeds under the program, and its bump."""
    return Pubkey.find_program_address(seeds, SQUADS)


def with_bump(seeds: list[bytes]) -> list[bytes]:
    """The seeds and their bump: what the program signs with."""
    return [*seeds, bytes([derive(seeds)[1]])]


def program_config_seeds() -> list[bytes]:
    """The one account with the fee of creation and who gets it."""
    return [_PREFIX, b"program_config"]


def multisig_seeds(create_key: Pubkey) -> list[bytes]:
    """The account that holds a multisig's state."""
    return [_PREFIX, _PREFIX, bytes(create_key)]


def vault_seeds(multisig: Pubkey, index: int) -> list[bytes]:
    """The address that votes move; `index` 0 to 255."""
    return [_PREFIX, bytes(multisig), b"vault", bytes([index])]


def transaction_seeds(multisig: Pubkey, index: int) -> list[bytes]:
    """The account of what was proposed as number `index`, counted from 1."""
    return [_PREFIX, bytes(multisig), b"transaction", struct.pack("<Q", index)]


def proposal_seeds(multisig: Pubkey, index: int) -> list[bytes]:
    """The account that counts the votes on transaction `index`."""
    return [*transaction_seeds(multisig, index), b"proposal"]


def spending_limit_seeds(multisig: Pubkey, create_key: Pubkey) -> list[bytes]:
    """The account of a spending limit, under a key its makers chose."""
    return [_PREFIX, bytes(multisig), b"spending_limit", bytes(create_key)]


def ephemeral_signer_seeds(transaction: Pubkey, number: int) -> list[bytes]:
    """An extra address that signs in one transaction only; `number` 0 to 255."""
    return [_PREFIX, bytes(transaction), b"ephemeral_signer", bytes([number])]


def batch_transaction_seeds(multisig: Pubkey, index: int, number: int) -> list[bytes]:
    """The account of transaction `number`, counted from 1, of batch `index`."""
    seeds = transaction_seeds(multisig, index)
    return [*seeds, b"batch_transaction", struct.pack("<I", number)]
