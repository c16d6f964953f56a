"""Verified-build records of Otter Verify: somebody's statement of how to rebuild a program.

Anyone can write such a record under a key of their own. It is a claim, not a verification: only
the record of the upgrade authority (or of the service's own signer) says something about the
team, and nothing replaces comparing the executable's hash.

Source: Ellipsis-Labs/solana-verifiable-build, src/solana_program.rs.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from privatedao_audit.chain import programs
from privatedao_audit.chain.addresses import ProgramAddress, find_program_address
from privatedao_audit.chain.layouts.common import key_seed, open_account

__all__ = [
    "BUILD_PARAMS_DISCRIMINATOR",
    "OTTER_SIGNER",
    "BuildRecord",
    "decode_build_record",
    "derive_build_record",
    "instruction_name",
]

#: The key with which the verification service writes records of its own.
OTTER_SIGNER: Final = "9VWiUUhgNoRwTH5NVehYJEDwcotwYX3VgW4MChiHPAqU"

#: First 8 bytes of a record.
BUILD_PARAMS_DISCRIMINATOR: Final = bytes.fromhex("ce65c2888771730c")

_INSTRUCTIONS: Final = {
    bytes.fromhex("afaf6d1f0d989bed"): "initialize",
    bytes.fromhex("dbc858b09e3ffd7f"): "update",
    bytes.fromhex("62a5c9b16c41ce60"): "close",
}


@dataclass(frozen=True, slots=True)
class BuildRecord:
    """One uploader's statement. All texts are the uploader's, to be shown escaped.

    ``deployed_slot`` is the slot of the ProgramData it was made for: older than the present one
    means an upgrade or an extend since.
    """

    program: str
    signer: str
    version: str
    git_url: str
    commit: str
    args: tuple[str, ...]
    deployed_slot: int
    bump: int

    def uploader(self, upgrade_authority: str | None) -> str:
        """Who wrote it: "upgrade authority", "service" or "stranger".

        ``upgrade_authority`` None (an immutable program) leaves the service or a stranger.
        """
        if upgrade_authority is not None and self.signer == upgrade_authority:
            return "upgrade authority"
        return "service" if self.signer == OTTER_SIGNER else "stranger"

    def rederives(self, address: str) -> bool:
        """Whether ``address`` is the record of this signer for this program."""
        return derive_build_record(self.signer, self.program) == (address, self.bump)


def derive_build_record(signer: str, program: str) -> ProgramAddress:
    """Where the record of ``signer`` for ``program`` lies."""
    seeds = [b"otter_verify", key_seed(signer, "signer"), key_seed(program, "program id")]
    return find_program_address(seeds, programs.OTTER_VERIFY)


def decode_build_record(owner: str, data: bytes) -> BuildRecord:
    """A verified-build record. Raises DecodeError; the account may end in zeros only."""
    cursor = open_account(
        owner, data, layout="verified-build record", program=programs.OTTER_VERIFY,
        discriminator=BUILD_PARAMS_DISCRIMINATOR,
    )
    record = BuildRecord(
        program=cursor.pubkey("address"),
        signer=cursor.pubkey("signer"),
        version=cursor.string("version"),
        git_url=cursor.string("git_url"),
        commit=cursor.string("commit"),
        args=tuple(cursor.string(f"args[{n}]") for n in range(cursor.vec_length("args", 4))),
        deployed_slot=cursor.u64("deployed_slot"),
        bump=cursor.u8("bump"),
    )
    cursor.expect_zero_tail()
    return record


def instruction_name(data: bytes) -> str | None:
    """initialize, update or close; None for anything else."""
    return _INSTRUCTIONS.get(bytes(data[:8]))
