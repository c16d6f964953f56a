"""Addresses that follow from other values: program-derived, seeded and associated ones.

An auditor never follows a pointer alone: the address is derived again from what it should come
from, and compared. All keys go in and come out as base58 text.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import Final, NamedTuple

from solders.pubkey import Pubkey

from privatedao_audit.chain import programs

__all__ = [
    "ProgramAddress",
    "associated_token_address",
    "create_with_seed",
    "find_program_address",
    "is_on_curve",
    "parse_pubkey",
    "programdata_address",
    "squads_batch_transaction",
    "squads_ephemeral_signer",
    "squads_multisig",
    "squads_program_config",
    "squads_proposal",
    "squads_spending_limit",
    "squads_transaction",
    "squads_vault",
]

MAX_SEED_LENGTH: Final = 32
MAX_SEEDS: Final = 15  # 16 in the runtime, and the bump is one of them
_PDA_MARKER: Final = b"ProgramDerivedAddress"
_SHOWN: Final = 60  # characters of a malformed key that an error repeats
_MOST_KEPT: Final = 4_096  # addresses that were derived last, of at most 512 bytes of seeds each


class ProgramAddress(NamedTuple):
    """A program-derived address and the bump seed that takes it off the curve."""

    address: str
    bump: int


def parse_pubkey(text: str, name: str = "key") -> Pubkey:
    """The 32-byte key of a base58 text; ``name`` is what an error calls it.

    Raises ValueError for anything else, repeating at most 60 characters of it, escaped.
    """
    if not isinstance(text, str):
        raise ValueError(f"{name}: expected a base58 key, got {type(text).__name__}")
    try:
        return Pubkey.from_string(text)
    except ValueError:
        # The text may hold anything, so it is shown in ASCII escapes and cut after escaping.
        shown = ascii(text[:_SHOWN])[1:-1]
        if len(shown) > _SHOWN or len(text) > _SHOWN:
            shown = shown[: _SHOWN - 3] + "..."
        raise ValueError(f"{name}: not a base58 key of 32 bytes: {shown}") from None


def _index(value: int, size: int, name: str) -> bytes:
    """An index as the little-endian seed of ``size`` bytes; ValueError outside its range."""
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value < 1 << (8 * size):
        raise ValueError(f"{name}: expected an integer from 0 to {(1 << (8 * size)) - 1}")
    return value.to_bytes(size, "little")


def _key(text: str, name: str) -> bytes:
    return bytes(parse_pubkey(text, name))


def find_program_address(seeds: Sequence[bytes], program: str) -> ProgramAddress:
    """The first off-curve address for ``seeds`` under ``program``, bumps tried from 255 down.

    Raises ValueError for a malformed program id, more than 15 seeds or a seed over 32 bytes
    (checked here because the library underneath ends the thread on them).
    """
    parse_pubkey(program, "program id")
    if len(seeds) > MAX_SEEDS:
        raise ValueError(f"a program address takes at most {MAX_SEEDS} seeds, got {len(seeds)}")
    for number, seed in enumerate(seeds):
        if not isinstance(seed, bytes) or len(seed) > MAX_SEED_LENGTH:
            raise ValueError(f"seed {number} must be at most {MAX_SEED_LENGTH} bytes")
    return _derived(tuple(seeds), program)


@lru_cache(maxsize=_MOST_KEPT)
def _derived(seeds: tuple[bytes, ...], program: str) -> ProgramAddress:
    """As above, of what was checked: the same few addresses are derived again and again."""
    address, bump = Pubkey.find_program_address(list(seeds), Pubkey.from_string(program))
    return ProgramAddress(str(address), bump)


def is_on_curve(address: str) -> bool:
    """Whether a private key can exist for this address. It says nothing about who keeps it."""
    return parse_pubkey(address, "address").is_on_curve()


def create_with_seed(base: str, seed: str, owner: str) -> str:
    """The address derived from a base key, a text seed and an owner program.

    Raises ValueError for a malformed key, a seed over 32 UTF-8 bytes, or an owner that the
    runtime refuses.
    """
    base_key, owner_key = parse_pubkey(base, "base key"), parse_pubkey(owner, "owner program")
    # Checked here because the library's own error for these is no ValueError.
    if not isinstance(seed, str) or len(seed.encode("utf-8", "surrogatepass")) > MAX_SEED_LENGTH:
        raise ValueError(f"the seed must be text of at most {MAX_SEED_LENGTH} UTF-8 bytes")
    if bytes(owner_key).endswith(_PDA_MARKER):
        raise ValueError("the owner program ends in the marker of program-derived addresses")
    return str(Pubkey.create_with_seed(base_key, seed, owner_key))


def programdata_address(program_id: str) -> str:
    """Where the upgradeable loader keeps the executable of ``program_id``."""
    return find_program_address([_key(program_id, "program id")], programs.LOADER_V3).address


def associated_token_address(owner: str, mint: str, token_program: str = programs.TOKEN) -> str:
    """The associated token account of ``owner`` for ``mint`` under a token program."""
    seeds = [_key(owner, "owner"), _key(token_program, "token program"), _key(mint, "mint")]
    return find_program_address(seeds, programs.ASSOCIATED_TOKEN).address


# Squads v4: Squads-Protocol/v4, programs/squads_multisig_program/src/state/seeds.rs. ``program``
# is another deployment of the same code, where the auditor accepts one by its executable hash.


def squads_multisig(create_key: str, program: str = programs.SQUADS_V4) -> ProgramAddress:
    """The multisig account made from ``create_key``."""
    return find_program_address(
        [b"multisig", b"multisig", _key(create_key, "create key")], program
    )


def squads_vault(
    multisig: str, index: int = 0, program: str = programs.SQUADS_V4
) -> ProgramAddress:
    """Vault ``index`` (0 to 255) of a multisig: what holds funds and upgrade authorities."""
    seeds = [b"multisig", _key(multisig, "multisig"), b"vault", _index(index, 1, "vault index")]
    return find_program_address(seeds, program)


def _transaction_seeds(multisig: str, index: int) -> list[bytes]:
    number = _index(index, 8, "transaction index")
    return [b"multisig", _key(multisig, "multisig"), b"transaction", number]


def squads_transaction(
    multisig: str, index: int, program: str = programs.SQUADS_V4
) -> ProgramAddress:
    """The vault, config or batch transaction account at ``index`` (from 1)."""
    return find_program_address(_transaction_seeds(multisig, index), program)


def squads_proposal(
    multisig: str, index: int, program: str = programs.SQUADS_V4
) -> ProgramAddress:
    """The proposal account that collects the votes on transaction ``index``."""
    return find_program_address([*_transaction_seeds(multisig, index), b"proposal"], program)


def squads_batch_transaction(
    multisig: str, index: int, number: int, program: str = programs.SQUADS_V4
) -> ProgramAddress:
    """Inner transaction ``number`` (u32, from 1) of the batch at ``index``."""
    seeds = [*_transaction_seeds(multisig, index), b"batch_transaction"]
    return find_program_address([*seeds, _index(number, 4, "batch transaction number")], program)


def squads_spending_limit(
    multisig: str, create_key: str, program: str = programs.SQUADS_V4
) -> ProgramAddress:
    """The spending limit of a multisig made from ``create_key``."""
    seeds = [b"multisig", _key(multisig, "multisig"), b"spending_limit"]
    return find_program_address([*seeds, _key(create_key, "create key")], program)


def squads_ephemeral_signer(
    transaction: str, number: int, program: str = programs.SQUADS_V4
) -> ProgramAddress:
    """Ephemeral signer ``number`` (u8) of a transaction account."""
    seeds = [b"multisig", _key(transaction, "transaction"), b"ephemeral_signer"]
    return find_program_address([*seeds, _index(number, 1, "signer number")], program)


def squads_program_config(program: str = programs.SQUADS_V4) -> ProgramAddress:
    """The program's own configuration account."""
    return find_program_address([b"multisig", b"program_config"], program)
