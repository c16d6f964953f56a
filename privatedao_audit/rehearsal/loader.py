"""Instructions to the upgradeable loader, and the real life cycle of a program by them.

Written apart from the decoders of `privatedao_audit.chain`, so that one can't hide a mistake of
the other. Tags, account orders and layouts: anza-xyz/solana-sdk, loader-v3-interface.
"""

from __future__ import annotations

import struct
from collections.abc import Sequence
from hashlib import sha256

from solders.instruction import AccountMeta, Instruction
from solders.keypair import Keypair
from solders.pubkey import Pubkey
from solders.system_program import ID as SYSTEM_PROGRAM
from solders.system_program import CreateAccountParams, create_account
from solders.sysvar import CLOCK, RENT

from .node import LocalNode

LOADER = Pubkey.from_string("BPFLoaderUpgradeab1e11111111111111111111111")
PROGRAM_SIZE = 36
PROGRAMDATA_HEADER = 45
BUFFER_HEADER = 37

_CHUNK = 900
"""Bytes of a program written per transaction; a transaction has 1,232 bytes in all."""


def programdata_address(program: Pubkey) -> Pubkey:
    """Where the loader keeps a program's executable: the address of [program id]."""
    return Pubkey.find_program_address([bytes(program)], LOADER)[0]


def executable_hash(elf: bytes) -> str:
    """SHA-256 of an executable with all its trailing zero bytes cut, in hexadecimal."""
    return sha256(elf.rstrip(b"\0")).hexdigest()


# One instruction each


def initialize_buffer(buffer: Pubkey, authority: Pubkey) -> Instruction:
    """Make an account a buffer of `authority` (tag 0)."""
    return _instruction(0, b"", _writable(buffer), _readonly(authority))


def write(buffer: Pubkey, authority: Pubkey, offset: int, chunk: bytes) -> Instruction:
    """Write a piece of an executable into a buffer (tag 1); `offset` counts from the ELF."""
    data = struct.pack("<IQ", offset, len(chunk)) + chunk
    return _instruction(1, data, _writable(buffer), _signer(authority))


def deploy_with_max_data_len(
    payer: Pubkey, program: Pubkey, buffer: Pubkey, authority: Pubkey, max_len: int
) -> Instruction:
    """Turn a buffer into a new program with room for `max_len` bytes (tag 2)."""
    return _instruction(
        2,
        struct.pack("<Q", max_len),
        AccountMeta(payer, True, True),
        _writable(programdata_address(program)),
        _writable(program),
        _writable(buffer),
        _readonly(RENT),
        _readonly(CLOCK),
        _readonly(SYSTEM_PROGRAM),
        _signer(authority),
    )


def upgrade(program: Pubkey, buffer: Pubkey, authority: Pubkey, spill: Pubkey) -> Instruction:
    """Replace a program's executable by a buffer's (tag 3); `spill` gets the buffer's rent."""
    return _instruction(
        3,
        b"",
        _writable(programdata_address(program)),
        _writable(program),
        _writable(buffer),
        _writable(spill),
        _readonly(RENT),
        _readonly(CLOCK),
        _signer(authority),
    )


def set_authority(account: Pubkey, current: Pubkey, new: Pubkey | None) -> Instruction:
    """Give a buffer or ProgramData to `new`, who need not sign; None renounces (tag 4)."""
    accounts = [_writable(account), _signer(current)]
    if new is not None:
        accounts.append(_readonly(new))
    return _instruction(4, b"", *accounts)


def set_authority_checked(account: Pubkey, current: Pubkey, new: Pubkey) -> Instruction:
    """Give a buffer or ProgramData to `new`, who signs too (tag 7)."""
    return _instruction(7, b"", _writable(account), _signer(current), _signer(new))


def close(
    account: Pubkey, recipient: Pubkey, authority: Pubkey, program: Pubkey | None = None
) -> Instruction:
    """Close a buffer, or with `program` its ProgramData: the program is dead then (tag 5)."""
    accounts = [_writable(account), _writable(recipient), _signer(authority)]
    if program is not None:
        accounts.append(_writable(program))
    return _instruction(5, b"", *accounts)


def extend(program: Pubkey, additional: int, payer: Pubkey) -> Instruction:
    """Add room for `additional` bytes to a program; anyone may, and pays the rent (tag 6)."""
    return _instruction(
        6,
        struct.pack("<I", additional),
        _writable(programdata_address(program)),
        _writable(program),
        _readonly(SYSTEM_PROGRAM),
        AccountMeta(payer, True, True),
    )


# Several transactions


def stage(
    node: LocalNode, payer: Keypair, buffer: Keypair, elf: bytes, authority: Pubkey | None = None
) -> list[str]:
    """Create a buffer, write an executable into it, hand it to `authority`; the signatures.

    `payer` writes it, and keeps it when `authority` is None.
    """
    size = BUFFER_HEADER + len(elf)
    writer = payer.pubkey()
    creation = create_account(
        CreateAccountParams(
            from_pubkey=writer,
            to_pubkey=buffer.pubkey(),
            lamports=node.rent_exempt(size),
            space=size,
            owner=LOADER,
        )
    )
    start = [creation, initialize_buffer(buffer.pubkey(), writer)]
    signatures = [node.send(start, [payer, buffer])]
    for offset in range(0, len(elf), _CHUNK):
        piece = write(buffer.pubkey(), writer, offset, elf[offset : offset + _CHUNK])
        signatures.append(node.send([piece], [payer]))
    if authority is not None:
        given = set_authority(buffer.pubkey(), writer, authority)
        signatures.append(node.send([given], [payer]))
    return signatures


def rewrite(
    node: LocalNode, writer: Keypair, buffer: Pubkey, elf: bytes, authority: Pubkey
) -> list[str]:
    """Write an executable over a staged one of the same length, hand it on; the signatures."""
    signatures = []
    for offset in range(0, len(elf), _CHUNK):
        piece = write(buffer, writer.pubkey(), offset, elf[offset : offset + _CHUNK])
        signatures.append(node.send([piece], [writer]))
    given = set_authority(buffer, writer.pubkey(), authority)
    return [*signatures, node.send([given], [writer])]


def deploy(
    node: LocalNode,
    payer: Keypair,
    program: Keypair,
    buffer: Keypair,
    max_len: int,
    authority: Keypair | None = None,
) -> str:
    """Create the program account and deploy a staged buffer to it; the signature.

    `authority` owns the buffer and becomes the upgrade authority: the payer when None.
    """
    holder = authority or payer
    creation = create_account(
        CreateAccountParams(
            from_pubkey=payer.pubkey(),
            to_pubkey=program.pubkey(),
            lamports=node.rent_exempt(PROGRAM_SIZE),
            space=PROGRAM_SIZE,
            owner=LOADER,
        )
    )
    deployment = deploy_with_max_data_len(
        payer.pubkey(), program.pubkey(), buffer.pubkey(), holder.pubkey(), max_len
    )
    signers: Sequence[Keypair] = [payer, program] + ([holder] if holder != payer else [])
    return node.send([creation, deployment], signers)


def plant(node: LocalNode, program: Pubkey, elf: bytes) -> None:
    """Put an immutable program at an address whose key nobody here has, by a cheat."""
    header = struct.pack("<IQB", 3, node.slot(), 0) + bytes(32)
    node.set_account(programdata_address(program), owner=LOADER, data=header + elf)
    pointer = struct.pack("<I", 2) + bytes(programdata_address(program))
    node.set_account(program, owner=LOADER, data=pointer, executable=True)


def _instruction(tag: int, data: bytes, *accounts: AccountMeta) -> Instruction:
    return Instruction(LOADER, struct.pack("<I", tag) + data, list(accounts))


def _writable(key: Pubkey) -> AccountMeta:
    return AccountMeta(key, False, True)


def _readonly(key: Pubkey) -> AccountMeta:
    return AccountMeta(key, False, False)


def _signer(key: Pubkey) -> AccountMeta:
    return AccountMeta(key, True, False)
