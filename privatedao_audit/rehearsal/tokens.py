"""SPL tokens on the local chain, by the real programs: SPL Token, Token-2022, associated accounts.

One function builds one instruction; `create_mint` and `open_account` send what takes several.
Both token programs share these instructions' bytes. Written apart from the decoders of
`privatedao_audit.chain`. Layouts and tags: solana-program/token, interface/src/instruction.rs;
solana-program/token-2022, interface/src/instruction.rs and its extensions; the metadata
interface's discriminator is SHA-256 of its name. Amounts are raw units of the mint, balances of
accounts lamports.
"""

from __future__ import annotations

import struct
from collections.abc import Sequence
from dataclasses import dataclass
from enum import IntEnum
from hashlib import sha256

from solders.instruction import AccountMeta, Instruction
from solders.keypair import Keypair
from solders.pubkey import Pubkey
from solders.system_program import ID as SYSTEM_PROGRAM
from solders.system_program import CreateAccountParams, create_account

from .node import LocalNode

TOKEN = Pubkey.from_string("TokenkegQfeZyiNwAJbNbGKPFXCWuBvf9Ss623VQ5DA")
TOKEN_2022 = Pubkey.from_string("TokenzQdBNbLqP5VEhdkAS6EPFLC1PHnBqCXEpPxuEb")
ASSOCIATED = Pubkey.from_string("ATokenGPvbdGVxr1b2hvZbsiqW5xWH25efTNsLJA8knL")

MINT_SIZE, ACCOUNT_SIZE = 82, 165

_METADATA_INITIALIZE = sha256(b"spl_token_metadata_interface:initialize_account").digest()[:8]
_EXTENSION_HEADER = 4
_POINTER_SIZE, _DELEGATE_SIZE = 64, 32


class Authority(IntEnum):
    """What set_authority changes; the last two are Token-2022's alone."""

    MINT_TOKENS = 0
    FREEZE_ACCOUNT = 1
    ACCOUNT_OWNER = 2
    CLOSE_ACCOUNT = 3
    PERMANENT_DELEGATE = 8
    METADATA_POINTER = 12


@dataclass(frozen=True)
class Metadata:
    """Name, symbol and address of a description, kept in the mint itself (Token-2022)."""

    name: str
    symbol: str
    uri: str

    def encode(self) -> bytes:
        """The three strings in Borsh."""
        texts = [one.encode() for one in (self.name, self.symbol, self.uri)]
        return b"".join(struct.pack("<I", len(one)) + one for one in texts)


@dataclass(frozen=True)
class Mint:
    """A mint on the chain: `program` is TOKEN or TOKEN_2022."""

    address: Pubkey
    program: Pubkey
    decimals: int

    def associated(self, owner: Pubkey) -> Pubkey:
        """The associated token account of `owner`, which may be a program's address."""
        seeds = [bytes(owner), bytes(self.program), bytes(self.address)]
        return Pubkey.find_program_address(seeds, ASSOCIATED)[0]


# One instruction each


def create_associated(mint: Mint, owner: Pubkey, payer: Pubkey) -> Instruction:
    """Open the associated token account of `owner`, unless it is there already (tag 1)."""
    return Instruction(
        ASSOCIATED,
        b"\1",
        [
            AccountMeta(payer, True, True),
            _writable(mint.associated(owner)),
            _readonly(owner),
            _readonly(mint.address),
            _readonly(SYSTEM_PROGRAM),
            _readonly(mint.program),
        ],
    )


def initialize_account(mint: Mint, account: Pubkey, owner: Pubkey) -> Instruction:
    """Make an allocated account a token account of `owner` (InitializeAccount3, tag 18)."""
    return Instruction(
        mint.program, b"\x12" + bytes(owner), [_writable(account), _readonly(mint.address)]
    )


def mint_to(mint: Mint, account: Pubkey, authority: Pubkey, amount: int) -> Instruction:
    """Issue `amount` raw units (tag 7)."""
    accounts = [_writable(mint.address), _writable(account), _signer(authority)]
    return Instruction(mint.program, struct.pack("<BQ", 7, amount), accounts)


def transfer(
    mint: Mint, source: Pubkey, destination: Pubkey, owner: Pubkey, amount: int
) -> Instruction:
    """Move `amount` raw units, naming the mint and its decimals (TransferChecked, tag 12)."""
    return Instruction(
        mint.program,
        struct.pack("<BQB", 12, amount, mint.decimals),
        [_writable(source), _readonly(mint.address), _writable(destination), _signer(owner)],
    )


def approve(
    mint: Mint, account: Pubkey, delegate: Pubkey, owner: Pubkey, amount: int
) -> Instruction:
    """Let `delegate` move up to `amount` raw units out of an account (tag 4)."""
    accounts = [_writable(account), _readonly(delegate), _signer(owner)]
    return Instruction(mint.program, struct.pack("<BQ", 4, amount), accounts)


def set_authority(
    mint: Mint, subject: Pubkey, kind: Authority, current: Pubkey, new: Pubkey | None
) -> Instruction:
    """Give an authority over a mint or token account to `new`; None renounces it (tag 6).

    A change of ACCOUNT_OWNER clears the delegate always, and the close authority only on a
    native (wrapped SOL) account.
    """
    data = struct.pack("<BB", 6, kind) + _option(new)
    return Instruction(mint.program, data, [_writable(subject), _signer(current)])


# Several instructions, or transactions


def create_mint(
    node: LocalNode,
    payer: Keypair,
    key: Keypair,
    decimals: int,
    authority: Keypair,
    *,
    program: Pubkey = TOKEN,
    freeze: Pubkey | None = None,
    permanent_delegate: Pubkey | None = None,
    metadata: Metadata | None = None,
) -> tuple[Mint, str]:
    """Create a mint in one transaction; the mint and the signature.

    `authority` issues tokens and may change the metadata; `freeze` may freeze accounts, and
    `permanent_delegate` may move or burn anybody's tokens. Raises ValueError when an extension
    is asked of SPL Token.
    """
    if program == TOKEN and (permanent_delegate is not None or metadata is not None):
        raise ValueError("SPL Token has no extensions: give program=TOKEN_2022")
    mint, holder = Mint(key.pubkey(), program, decimals), authority.pubkey()
    extensions: list[bytes] = []
    size = 0
    if permanent_delegate is not None:
        extensions.append(b"\x23" + bytes(permanent_delegate))
        size += _EXTENSION_HEADER + _DELEGATE_SIZE
    if metadata is not None:
        extensions.append(b"\x27\0" + bytes(holder) + bytes(mint.address))
        size += _EXTENSION_HEADER + _POINTER_SIZE
    # With an extension a mint is as long as an account, and a byte says which it is.
    space = MINT_SIZE if not extensions else ACCOUNT_SIZE + 1 + size
    # The metadata extends the account later, and its rent has to lie there by then: the header,
    # update authority, mint, the three strings, and an empty list of further fields.
    later = 0 if metadata is None else _EXTENSION_HEADER + 64 + len(metadata.encode()) + 4
    instructions = [
        create_account(
            CreateAccountParams(
                from_pubkey=payer.pubkey(),
                to_pubkey=mint.address,
                lamports=node.rent_exempt(space + later),
                space=space,
                owner=program,
            )
        ),
        *(Instruction(program, data, [_writable(mint.address)]) for data in extensions),
        Instruction(
            program,
            bytes([20, decimals]) + bytes(holder) + _option(freeze),
            [_writable(mint.address)],
        ),
    ]
    if metadata is not None:
        instructions.append(_describe(mint, holder, metadata))
    signers = _distinct([payer, key, authority] if metadata is not None else [payer, key])
    return mint, node.send(instructions, signers)


def open_account(
    node: LocalNode, payer: Keypair, account: Keypair, mint: Mint, owner: Pubkey
) -> str:
    """Create a token account at an address of its own, not the associated one; the signature.

    The mint must ask no extension of its accounts.
    """
    creation = create_account(
        CreateAccountParams(
            from_pubkey=payer.pubkey(),
            to_pubkey=account.pubkey(),
            lamports=node.rent_exempt(ACCOUNT_SIZE),
            space=ACCOUNT_SIZE,
            owner=mint.program,
        )
    )
    start = initialize_account(mint, account.pubkey(), owner)
    return node.send([creation, start], _distinct([payer, account]))


def balance(node: LocalNode, account: Pubkey) -> int:
    """Raw units in a token account (u64 at byte 64); 0 when it does not exist."""
    data = node.account(account)
    if data is None:
        return 0
    return int(struct.unpack_from("<Q", data, 64)[0])


def _describe(mint: Mint, authority: Pubkey, metadata: Metadata) -> Instruction:
    accounts = [
        _writable(mint.address),
        _readonly(authority),
        _readonly(mint.address),
        _signer(authority),
    ]
    return Instruction(mint.program, _METADATA_INITIALIZE + metadata.encode(), accounts)


def _distinct(signers: Sequence[Keypair]) -> list[Keypair]:
    kept: list[Keypair] = []
    for one in signers:
        if one not in kept:
            kept.append(one)
    return kept


def _option(key: Pubkey | None) -> bytes:
    return b"\0" if key is None else b"\1" + bytes(key)


def _writable(key: Pubkey) -> AccountMeta:
    return AccountMeta(key, False, True)


def _readonly(key: Pubkey) -> AccountMeta:
    return AccountMeta(key, False, False)


def _signer(key: Pubkey) -> AccountMeta:
    return AccountMeta(key, True, False)
