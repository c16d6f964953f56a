"""Address lookup tables on the local chain, made by the real program.

Source: solana-program/address-lookup-table, program/src/instruction.rs.
"""

from __future__ import annotations

import struct
from collections.abc import Sequence

from solders.address_lookup_table_account import ID as LOOKUP_TABLES
from solders.address_lookup_table_account import AddressLookupTableAccount
from solders.instruction import AccountMeta, Instruction
from solders.keypair import Keypair
from solders.pubkey import Pubkey
from solders.system_program import ID as SYSTEM_PROGRAM

from .node import LocalNode, NodeFailure

_SLOT_HASHES = Pubkey.from_string("SysvarS1otHashes111111111111111111111111111")


def create_table(
    node: LocalNode, owner: Keypair, addresses: Sequence[Pubkey]
) -> AddressLookupTableAccount:
    """Create a table of up to 20 addresses, owned and paid for by `owner`, ready for use."""
    if not 1 <= len(addresses) <= 20:
        raise ValueError(f"one transaction fills a table with 1 to 20 addresses: {len(addresses)}")
    slot = _recent_slot(node)
    table, bump = Pubkey.find_program_address([bytes(owner.pubkey()), slot], LOOKUP_TABLES)
    holder = AccountMeta(owner.pubkey(), True, False)
    payer = AccountMeta(owner.pubkey(), True, True)
    system = AccountMeta(SYSTEM_PROGRAM, False, False)
    place = AccountMeta(table, False, True)
    creation = struct.pack("<I", 0) + slot + bytes([bump])
    extension = struct.pack("<IQ", 2, len(addresses)) + b"".join(bytes(one) for one in addresses)
    node.send(
        [
            Instruction(LOOKUP_TABLES, creation, [place, holder, payer, system]),
            Instruction(LOOKUP_TABLES, extension, [place, holder, payer, system]),
        ],
        [owner],
    )
    return AddressLookupTableAccount(table, list(addresses))


def _recent_slot(node: LocalNode) -> bytes:
    """A table's address hangs on a slot of the SlotHashes sysvar (u64 n, n times slot and hash).

    The newest comes first. The slot before the present one may be missing: after a time travel
    it is a skipped one.
    """
    data = node.account(_SLOT_HASHES)
    if data is None or len(data) < 16 or data[:8] == bytes(8):
        raise NodeFailure("the local chain has no slot hashes yet: send a transaction first")
    return data[8:16]
