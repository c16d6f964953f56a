"""Instructions compiled the way Squads v4 keeps them: one key list, indexes into it, lookups.

The vault pays, so it is the first key and a writable signer. After it come writable signers,
other signers, writable keys, other keys; keys of a lookup table are left out of the list. The
instruction that proposes has one-byte lengths (two for data), the account that keeps it four
everywhere. Source: Squads-Protocol/v4, instructions/vault_transaction_create.rs and
state/vault_transaction.rs, utils/executable_transaction_message.rs.
"""

from __future__ import annotations

import struct
from collections.abc import Sequence
from dataclasses import dataclass

from solders.address_lookup_table_account import AddressLookupTableAccount
from solders.instruction import AccountMeta, Instruction
from solders.pubkey import Pubkey

from . import borsh

_FEW = 0xFF
_MANY = 0xFFFF


@dataclass(frozen=True)
class CompiledInstruction:
    """An instruction by indexes: static keys first, then loaded writable, then loaded readonly."""

    program: int
    accounts: bytes
    data: bytes


@dataclass(frozen=True)
class Lookup:
    """Places in the lookup table `table`, and the addresses that stood there."""

    table: Pubkey
    writable: bytes
    readonly: bytes
    writable_keys: tuple[Pubkey, ...]
    readonly_keys: tuple[Pubkey, ...]


@dataclass(frozen=True)
class StoredMessage:
    """A compiled message. The first `signers` keys sign; the counts are those of its header."""

    signers: int
    writable_signers: int
    writable_others: int
    keys: tuple[Pubkey, ...]
    instructions: tuple[CompiledInstruction, ...]
    lookups: tuple[Lookup, ...] = ()

    def all_keys(self) -> tuple[Pubkey, ...]:
        """Every key, in the order the instructions' indexes count."""
        writable = tuple(key for one in self.lookups for key in one.writable_keys)
        readonly = tuple(key for one in self.lookups for key in one.readonly_keys)
        return self.keys + writable + readonly

    def signs(self, index: int) -> bool:
        """Whether the key at `index` signs."""
        return index < self.signers

    def writes(self, index: int) -> bool:
        """Whether the key at `index` is writable."""
        if index < self.signers:
            return index < self.writable_signers
        if index < len(self.keys):
            return index - self.signers < self.writable_others
        loaded = sum(len(one.writable) for one in self.lookups)
        return index - len(self.keys) < loaded

    def accounts(self, ours: frozenset[Pubkey]) -> list[AccountMeta]:
        """What an execution must list after its own accounts: tables, keys, loaded keys.

        `ours`: the addresses the program itself signs for, which do not sign the transaction.
        """
        listed = [AccountMeta(one.table, False, False) for one in self.lookups]
        for index, key in enumerate(self.keys):
            signer = self.signs(index) and key not in ours
            listed.append(AccountMeta(key, signer, self.writes(index)))
        # Here table by table, though the indexes count all writable ones first.
        for one in self.lookups:
            listed += [AccountMeta(key, False, True) for key in one.writable_keys]
            listed += [AccountMeta(key, False, False) for key in one.readonly_keys]
        return listed

    def encode(self) -> bytes:
        """As the transaction's account keeps it."""
        content = bytes([self.signers, self.writable_signers, self.writable_others])
        content += borsh.keys(self.keys) + borsh.u32(len(self.instructions))
        for one in self.instructions:
            content += bytes([one.program]) + borsh.octets(one.accounts) + borsh.octets(one.data)
        content += borsh.u32(len(self.lookups))
        for lookup in self.lookups:
            content += bytes(lookup.table)
            content += borsh.octets(lookup.writable) + borsh.octets(lookup.readonly)
        return content

    def wire(self) -> bytes:
        """As the instruction that proposes carries it. Raises ValueError where it is too long."""
        content = bytes([self.signers, self.writable_signers, self.writable_others])
        content += _short(b"".join(bytes(key) for key in self.keys), len(self.keys))
        content += bytes([_few(len(self.instructions))])
        for one in self.instructions:
            if len(one.data) > _MANY:
                raise ValueError(f"instruction data of {len(one.data)} bytes, over {_MANY}")
            content += bytes([one.program]) + _short(one.accounts, len(one.accounts))
            content += struct.pack("<H", len(one.data)) + one.data
        content += bytes([_few(len(self.lookups))])
        for lookup in self.lookups:
            content += bytes(lookup.table) + _short(lookup.writable, len(lookup.writable))
            content += _short(lookup.readonly, len(lookup.readonly))
        return content


def compile_message(
    vault: Pubkey,
    instructions: Sequence[Instruction],
    lookup_tables: Sequence[AddressLookupTableAccount] = (),
) -> StoredMessage:
    """Compile instructions for a vault to sign and pay for.

    A key found in one of `lookup_tables` is looked up there, unless it signs or is a program
    that is called. Raises ValueError for no instruction, or for more keys than one byte counts.
    """
    if not instructions:
        raise ValueError("a vault transaction needs an instruction")
    roles: dict[Pubkey, tuple[bool, bool]] = {vault: (True, True)}
    called = {one.program_id for one in instructions}
    for one in instructions:
        for meta in [*one.accounts, AccountMeta(one.program_id, False, False)]:
            signer, writable = roles.get(meta.pubkey, (False, False))
            roles[meta.pubkey] = (signer or meta.is_signer, writable or meta.is_writable)
    lookups: list[Lookup] = []
    static = dict(roles)
    for table in lookup_tables:
        found = {True: bytearray(), False: bytearray()}
        for key, (signer, writable) in list(static.items()):
            if not signer and key not in called and key in table.addresses:
                found[writable].append(table.addresses.index(key))
                del static[key]
        if found[True] or found[False]:
            lookups.append(_lookup(table, bytes(found[True]), bytes(found[False])))
    # The sort is stable: within a class keys stay in the order they were first named.
    ordered = sorted(static, key=lambda key: (not static[key][0], not static[key][1]))
    kinds = list(static.values())
    message = StoredMessage(
        signers=sum(1 for signer, _ in kinds if signer),
        writable_signers=kinds.count((True, True)),
        writable_others=kinds.count((False, True)),
        keys=tuple(ordered),
        instructions=(),
        lookups=tuple(lookups),
    )
    place = {key: index for index, key in enumerate(message.all_keys())}
    _few(len(place))
    compiled = tuple(
        CompiledInstruction(
            program=place[one.program_id],
            accounts=bytes(place[meta.pubkey] for meta in one.accounts),
            data=bytes(one.data),
        )
        for one in instructions
    )
    return StoredMessage(
        message.signers,
        message.writable_signers,
        message.writable_others,
        message.keys,
        compiled,
        message.lookups,
    )


def _lookup(table: AddressLookupTableAccount, writable: bytes, readonly: bytes) -> Lookup:
    return Lookup(
        table.key,
        writable,
        readonly,
        tuple(table.addresses[at] for at in writable),
        tuple(table.addresses[at] for at in readonly),
    )


def _few(count: int) -> int:
    if count > _FEW:
        raise ValueError(f"{count} is more than the {_FEW} that one byte counts")
    return count


def _short(content: bytes, count: int) -> bytes:
    return bytes([_few(count)]) + content
