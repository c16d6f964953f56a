"""The interface that the team publishes on chain, in an Anchor IDL account.

Planted, not written by transactions: the stand-in knows no IDL instructions. The content is the
interface file of the release's sources, and the deployer may replace it. Layout:
solana-foundation/anchor, lang/src/idl.rs at v0.31.1.
"""

from __future__ import annotations

import struct
import zlib
from hashlib import sha256

from solders.pubkey import Pubkey

from privatedao_audit.rehearsal.dossier import sources
from privatedao_audit.rehearsal.life.facts import Life
from privatedao_audit.rehearsal.standin import Planter

_DISCRIMINATOR = sha256(b"internal:IdlAccount").digest()[:8]
_SPARE = 512


def idl_account(program: Pubkey) -> Pubkey:
    """Where the IDL of a program lies."""
    base, _ = Pubkey.find_program_address([], program)
    return Pubkey.create_with_seed(base, "anchor:idl", program)


def publish(node: Planter, life: Life) -> Pubkey:
    """Plant the IDL account of the life's program, and say where."""
    program = Pubkey.from_string(life.program_id)
    packed = zlib.compress(sources.idl(life, life.release).encode())
    header = _DISCRIMINATOR + bytes(Pubkey.from_string(life.deployer))
    data = header + struct.pack("<I", len(packed)) + packed + bytes(_SPARE)
    address = idl_account(program)
    node.set_account(address, owner=program, data=data)
    return address
