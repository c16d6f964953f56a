"""The Squads v4 multisig account and its derivations.

Source: Squads-Protocol/v4, programs/squads_multisig_program/src/state/{multisig,seeds}.rs.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from privatedao_audit.chain import programs
from privatedao_audit.chain.addresses import parse_pubkey, squads_multisig, squads_vault
from privatedao_audit.chain.borsh import Cursor, DecodeError

__all__ = [
    "ALL_PERMISSIONS",
    "EXECUTE",
    "INITIATE",
    "MAX_TIME_LOCK_SECONDS",
    "MULTISIG_DISCRIMINATOR",
    "VOTE",
    "Member",
    "Multisig",
    "decode_multisig",
    "derive_multisig",
    "derive_vault",
    "find_vault_index",
    "rederives",
]

#: First 8 bytes of a Multisig account. Anchor derives them from the name alone, so the multisig
#: of other programs (coral-xyz/multisig) starts with the same bytes.
MULTISIG_DISCRIMINATOR: Final = bytes.fromhex("e07479ba44a14fec")

INITIATE: Final = 1
VOTE: Final = 2
EXECUTE: Final = 4
ALL_PERMISSIONS: Final = INITIATE | VOTE | EXECUTE

MAX_TIME_LOCK_SECONDS: Final = 90 * 24 * 3600

_MEMBER_SIZE: Final = 33


@dataclass(frozen=True, slots=True)
class Member:
    """One key of a multisig and the mask of what it may do (1 initiate, 2 vote, 4 execute)."""

    key: str
    mask: int


@dataclass(frozen=True, slots=True)
class Multisig:
    """A Squads v4 multisig.

    ``config_authority`` None: autonomous, only its own votes change it; otherwise that key alone
    can change members, threshold and lock. ``time_lock`` is in seconds. Transactions up to
    ``stale_transaction_index`` can no longer be voted on. ``tail_nonzero`` tells that bytes after
    the content are set, as after a member was removed; they carry no meaning.
    """

    create_key: str
    config_authority: str | None
    threshold: int
    time_lock: int
    transaction_index: int
    stale_transaction_index: int
    rent_collector: str | None
    bump: int
    members: tuple[Member, ...]
    tail_nonzero: bool = False

    def _with(self, permission: int) -> tuple[str, ...]:
        return tuple(member.key for member in self.members if member.mask & permission)

    @property
    def voters(self) -> tuple[str, ...]:
        """Keys that may vote; the threshold counts only these."""
        return self._with(VOTE)

    @property
    def initiators(self) -> tuple[str, ...]:
        """Keys that may create transactions and proposals."""
        return self._with(INITIATE)

    @property
    def executors(self) -> tuple[str, ...]:
        """Keys that may execute what was approved."""
        return self._with(EXECUTE)

    @property
    def members_sorted(self) -> bool:
        """Whether the members stand in the order of their key bytes, as the program keeps them."""
        keys = [bytes(parse_pubkey(member.key, "member")) for member in self.members]
        return keys == sorted(keys)

    @property
    def breaches(self) -> tuple[str, ...]:
        """The program's own invariants that this account breaks, one clause each.

        None can hold for an account the genuine program wrote: a check that meets one should not
        trust the account. Duplicate members and unknown permissions are refused while decoding.
        """
        voters = len(self.voters)
        found = {
            "no member may initiate": not self.initiators,
            "no member may vote": not voters,
            "no member may execute": not self.executors,
            "the threshold is 0": self.threshold == 0,
            f"the threshold {self.threshold} is above the {voters} voters":
                self.threshold > voters,
            f"the time lock {self.time_lock} s is above {MAX_TIME_LOCK_SECONDS} s":
                self.time_lock > MAX_TIME_LOCK_SECONDS,
            "the stale transaction index is above the transaction index":
                self.stale_transaction_index > self.transaction_index,
            "the members are not sorted by key": not self.members_sorted,
        }
        return tuple(clause for clause, broken in found.items() if broken)


def decode_multisig(owner: str, data: bytes, *, program: str = programs.SQUADS_V4) -> Multisig:
    """A Multisig account owned by ``program`` (another deployment only if its code was proven).

    The owner is checked before the discriminator, which other programs share. The account may be
    longer than its content. Raises DecodeError for another owner or discriminator, short data, an
    option tag over 1, a permission mask over 7, or the same member twice.
    """
    layout = "squads v4 multisig"
    if owner != program:
        raise DecodeError(layout, None, "the account is not owned by the Squads v4 program")
    cursor = Cursor(data, layout)
    if cursor.fixed(8, "discriminator") != MULTISIG_DISCRIMINATOR:
        raise cursor.error("discriminator", "not a Multisig account", 0)
    create_key = cursor.pubkey("create_key")
    # An all-zero key is the System Program's id: nobody can sign for it.
    config_authority = cursor.pubkey("config_authority")
    threshold = cursor.u16("threshold")
    time_lock = cursor.u32("time_lock")
    transaction_index = cursor.u64("transaction_index")
    stale_transaction_index = cursor.u64("stale_transaction_index")
    present = cursor.option("rent_collector")
    rent_collector = cursor.pubkey("rent_collector") if present else None
    bump = cursor.u8("bump")
    members = _members(cursor)
    return Multisig(
        create_key=create_key,
        config_authority=None if config_authority == programs.SYSTEM else config_authority,
        threshold=threshold,
        time_lock=time_lock,
        transaction_index=transaction_index,
        stale_transaction_index=stale_transaction_index,
        rent_collector=rent_collector,
        bump=bump,
        members=members,
        tail_nonzero=not cursor.tail_is_zero(),
    )


def _members(cursor: Cursor) -> tuple[Member, ...]:
    members: list[Member] = []
    seen: set[str] = set()
    for number in range(cursor.vec_length("members", _MEMBER_SIZE)):
        start = cursor.offset
        key = cursor.pubkey(f"members[{number}].key")
        mask = cursor.u8(f"members[{number}].permissions")
        if mask & ~ALL_PERMISSIONS:
            raise cursor.error(
                f"members[{number}].permissions", f"mask {mask} has unknown bits", start + 32
            )
        if key in seen:
            # Counted twice it would make a quorum out of fewer keys.
            raise cursor.error(f"members[{number}].key", "the same member twice", start)
        seen.add(key)
        members.append(Member(key, mask))
    return tuple(members)


def derive_multisig(create_key: str, program: str = programs.SQUADS_V4) -> str:
    """Address of the multisig made from ``create_key``. ValueError for a malformed key."""
    return squads_multisig(create_key, program).address


def derive_vault(multisig: str, index: int = 0, program: str = programs.SQUADS_V4) -> str:
    """Address of vault ``index`` (0 to 255). ValueError for a malformed key or index."""
    return squads_vault(multisig, index, program).address


def rederives(address: str, multisig: Multisig, program: str = programs.SQUADS_V4) -> bool:
    """Whether ``address`` and the stored bump are the ones the account's create_key leads to."""
    return squads_multisig(multisig.create_key, program) == (address, multisig.bump)


@lru_cache(maxsize=256)
def find_vault_index(multisig: str, vault: str, program: str = programs.SQUADS_V4) -> int | None:
    """The index (0 to 255) under which ``vault`` is a vault of the multisig, None if it is none.

    A vault does not name its multisig, so this is the proof that connects the two.
    """
    parse_pubkey(vault, "vault")
    for index in range(256):
        if derive_vault(multisig, index, program) == vault:
            return index
    return None
