"""Accounts and instructions of the BPF loaders.

The upgradeable loader (v3) is where a program's code, its upgrade authority and the slot of its
last change live. Loaders v1 and v2 keep the executable in the program account itself; v4 is
recognised so that it is never mistaken for something else.

Sources: anza-xyz/solana-sdk, loader-v3-interface/src/{state,instruction}.rs; the executable's
hash as in Ellipsis-Labs/solana-verifiable-build, src/main.rs. Account bytes are the raw ones
(base64): ``jsonParsed`` moves the executable of a renounced program.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from privatedao_audit.chain import programs
from privatedao_audit.chain.addresses import programdata_address
from privatedao_audit.chain.borsh import Cursor, DecodeError

__all__ = [
    "INSTRUCTION_NAMES",
    "Buffer",
    "LegacyProgram",
    "LoaderAccount",
    "LoaderInstruction",
    "LoaderV4Program",
    "Program",
    "ProgramData",
    "Uninitialized",
    "UnknownLoaderInstruction",
    "decode_account",
    "decode_instruction",
    "executable_hash",
    "programdata_address",
]

_V4_STATUS: Final = {0: "retracted", 1: "deployed", 2: "finalized"}


@dataclass(frozen=True, slots=True)
class Uninitialized:
    """An account of the upgradeable loader that holds nothing yet, or was closed in place."""


@dataclass(frozen=True, slots=True)
class Program:
    """A program account of loader v3: a pointer to its ProgramData, fixed for good."""

    programdata: str

    def points_home(self, program_id: str) -> bool:
        """Whether the pointer is the ProgramData address derived from ``program_id``."""
        return self.programdata == programdata_address(program_id)


@dataclass(frozen=True, slots=True)
class ProgramData:
    """The code of an upgradeable program.

    ``slot`` is that of the last deploy, upgrade **or extend**; anyone may extend. The
    ``upgrade_authority`` is None for a renounced program. ``executable`` is padded with zeros to
    the capacity.
    """

    slot: int
    upgrade_authority: str | None
    executable: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Buffer:
    """Code staged for a deploy or an upgrade, and the key that may write to it."""

    authority: str | None
    executable: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class LegacyProgram:
    """A program of loader v1 or v2. It has no upgrade authority and can never be replaced.

    ``finalized`` repeats the account's executable flag: False is code still being loaded (which
    its key may change), None means that the flag was not given, so nothing follows.
    """

    loader: str
    finalized: bool | None
    executable: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class LoaderV4Program:
    """A program of loader v4. ``status`` is retracted, deployed or finalized.

    ``authority_or_next_version`` is the authority, or for a finalized program its successor.
    """

    slot: int
    authority_or_next_version: str
    status: str
    executable: bytes = field(repr=False)


LoaderAccount = Uninitialized | Program | ProgramData | Buffer | LegacyProgram | LoaderV4Program


def decode_account(owner: str, data: bytes, *, executable: bool | None = None) -> LoaderAccount:
    """An account owned by one of the loaders.

    ``owner`` is checked before any byte is read: the same bytes under another owner are somebody
    else's. ``executable`` is the account's flag, None where it was not read. Raises DecodeError
    for another owner, an unknown state, short data, or a flag that contradicts the state.
    """
    if owner == programs.LOADER_V3:
        return _decode_v3(data, executable)
    if owner in (programs.LOADER_V1, programs.LOADER_V2):
        cursor = Cursor(data, "legacy loader program")
        if not cursor.remaining():
            raise cursor.error("executable", "the account is empty")
        return LegacyProgram(owner, executable, cursor.rest())
    if owner == programs.LOADER_V4:
        return _decode_v4(data)
    raise DecodeError("loader account", None, "the account's owner is not a BPF loader")


def _decode_v3(data: bytes, executable: bool | None) -> LoaderAccount:
    cursor = Cursor(data, "loader v3 account")
    tag = cursor.u32("state")
    if tag == 2:
        cursor.what = "loader v3 Program"
        program = Program(cursor.pubkey("programdata"))
        cursor.expect_zero_tail()
        if executable is False:
            raise cursor.error("state", "a Program, but the account is not executable", 0)
        return program
    if tag not in (0, 1, 3):
        raise cursor.error("state", f"unknown state {tag}, known are 0 to 3", 0)
    if executable:
        raise cursor.error("state", f"state {tag} is never executable, but the account is", 0)
    if tag == 0:
        # What follows is whatever the closed account held: the loader does not read it either.
        return Uninitialized()
    if tag == 1:
        cursor.what = "loader v3 Buffer"
        authority = _authority(cursor)
        return Buffer(authority, cursor.rest())  # from byte 37
    cursor.what = "loader v3 ProgramData"
    slot = cursor.u64("slot")
    authority = _authority(cursor)
    return ProgramData(slot, authority, cursor.rest())  # from byte 45


def _authority(cursor: Cursor) -> str | None:
    """The optional authority. The field keeps its 32 bytes when the option is 0.

    Those bytes are then the key that renounced, still there because the loader writes one byte
    only. Reading them would name an authority that has no power any more.
    """
    present = cursor.option("authority")
    key = cursor.pubkey("authority")
    return key if present else None


def _decode_v4(data: bytes) -> LoaderV4Program:
    cursor = Cursor(data, "loader v4 program")
    slot = cursor.u64("slot")
    authority = cursor.pubkey("authority")
    status = cursor.u64("status")
    if status not in _V4_STATUS:
        raise cursor.error("status", f"unknown status {status}, known are 0 to 2", 40)
    return LoaderV4Program(slot, authority, _V4_STATUS[status], cursor.rest())


def executable_hash(executable: bytes) -> str:
    """SHA-256 (hex) of an executable with all trailing zero bytes cut.

    The same for the bytes of a ProgramData, a buffer or a local .so file: capacity padding does
    not count. Raises DecodeError when nothing but zeros is there: the hash of nothing is a fine
    looking value that any other empty file would match.
    """
    code = Cursor(executable, "executable").rest().rstrip(b"\0")
    if not code:
        raise DecodeError("executable", None, "empty, or nothing but zero bytes")
    return hashlib.sha256(code).hexdigest()


#: Loader v3 instruction tag (u32) -> name. 8 and 9 left the interface in April 2026.
INSTRUCTION_NAMES: Final = {
    0: "InitializeBuffer",
    1: "Write",
    2: "DeployWithMaxDataLen",
    3: "Upgrade",
    4: "SetAuthority",
    5: "Close",
    6: "ExtendProgram",
    7: "SetAuthorityChecked",
    8: "Migrate",
    9: "ExtendProgramChecked",
}

# Account roles in instruction order, and how many of them must be there. "subject" is a buffer or
# a ProgramData account: the instruction does not say which. None: a sysvar or the system program.
_ROLES: Final[dict[int, tuple[int, tuple[str | None, ...]]]] = {
    0: (2, ("buffer", "authority")),
    1: (2, ("buffer", "authority")),
    2: (8, ("payer", "programdata", "program", "buffer", None, None, None, "authority")),
    3: (7, ("programdata", "program", "buffer", "recipient", None, None, "authority")),
    4: (2, ("subject", "authority", "new_authority")),
    5: (2, ("subject", "recipient", "authority", "program")),
    6: (2, ("programdata", "program", None, "payer")),
    7: (3, ("subject", "authority", "new_authority")),
    8: (3, ("programdata", "program", "authority")),
    9: (3, ("programdata", "program", "authority", None, "payer")),
}


@dataclass(frozen=True, slots=True)
class LoaderInstruction:
    """One loader v3 instruction with its accounts by role; a role it lacks is None.

    ``subject`` is the buffer or ProgramData of SetAuthority and Close. ``recipient`` is the spill
    account of Upgrade and the receiver of Close (lamports). ``new_authority`` None in a
    SetAuthority means renounced: see ``renounces``. ``size`` in bytes is the capacity of a deploy,
    the growth of an extend and the length of a Write. ``flag`` is the optional trailing boolean of
    tags 2, 3 (close_buffer) and 5 (tombstone), None when absent; ``trailing`` counts the bytes
    after all that, which the loader ignores.
    """

    tag: int
    name: str
    program: str | None = None
    programdata: str | None = None
    buffer: str | None = None
    subject: str | None = None
    authority: str | None = None
    new_authority: str | None = None
    payer: str | None = None
    recipient: str | None = None
    size: int | None = None
    offset: int | None = None
    payload: bytes | None = field(default=None, repr=False)
    flag: bool | None = None
    trailing: int = 0

    @property
    def renounces(self) -> bool:
        """Whether it takes the authority away for good (SetAuthority without a new one)."""
        return self.tag == 4 and self.new_authority is None


@dataclass(frozen=True, slots=True)
class UnknownLoaderInstruction:
    """A loader v3 instruction that could not be read; ``tag`` is None when even that is short.

    It is kept, never dropped: a history with one of these in a successful transaction is not
    fully understood.
    """

    tag: int | None
    reason: str


def decode_instruction(
    accounts: Sequence[str], data: bytes
) -> LoaderInstruction | UnknownLoaderInstruction:
    """A loader v3 instruction from its resolved accounts and its data. Never raises.

    Matched on the tag, never on the exact length: the loader ignores what follows, so an upgrade
    with a byte more is still an upgrade.
    """
    tag: int | None = None
    try:
        cursor = Cursor(data, "loader v3 instruction")
        tag = cursor.u32("tag")
        if tag not in _ROLES:
            return UnknownLoaderInstruction(tag, f"tag {tag} is not one of 0 to 9")
        required, roles = _ROLES[tag]
        if len(accounts) < required:
            reason = f"{INSTRUCTION_NAMES[tag]} has {len(accounts)} accounts, needs {required}"
            return UnknownLoaderInstruction(tag, reason)
        fields: dict[str, Any] = _values(tag, cursor)
        fields.update((role, key) for role, key in zip(roles, accounts, strict=False) if role)
        fields["trailing"] = cursor.remaining()
        return LoaderInstruction(tag, INSTRUCTION_NAMES[tag], **fields)
    except DecodeError as error:
        return UnknownLoaderInstruction(tag, str(error))


def _values(tag: int, cursor: Cursor) -> dict[str, Any]:
    """What follows the tag, by field name."""
    if tag == 1:
        offset = cursor.u32("offset")
        size = cursor.vec_length_u64("bytes")
        return {"offset": offset, "size": size, "payload": cursor.fixed(size, "bytes")}
    values: dict[str, Any] = {}
    if tag == 2:
        values["size"] = cursor.u64("max_data_len")
    if tag in (6, 9):
        values["size"] = cursor.u32("additional_bytes")
    if tag in (2, 3, 5) and cursor.remaining():
        try:
            values["flag"] = cursor.boolean("flag")
        except DecodeError:
            # Not a boolean of SIMD-0430/0432, so it is one of the ignored trailing bytes.
            values["flag"] = None
    return values
