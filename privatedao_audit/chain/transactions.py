"""A getTransaction answer as typed facts: who signed, what ran, in which order, and did it succeed.

Works on the JSON of encoding "base64" with maxSupportedTransactionVersion 0. The wire bytes are
decoded here and not taken from the node's own parsing; what the node adds (loaded addresses,
inner instructions, logs, the error) is checked against them. Where an answer leaves out what a
verdict would rest on, it is an error or an explicit "not recorded", never an empty list.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from solders.message import MessageV0
from solders.transaction import SanitizeError, VersionedTransaction

from privatedao_audit.chain import programs
from privatedao_audit.chain.balances import Balances, read_balances
from privatedao_audit.chain.borsh import DecodeError, base58_bytes
from privatedao_audit.chain.layouts.loader import (
    LoaderInstruction,
    UnknownLoaderInstruction,
    decode_instruction,
)

__all__ = [
    "Instruction",
    "LoaderAction",
    "Transaction",
    "decode_transaction",
    "loader_actions",
    "verify_signatures",
]

_MAX_U64: Final = (1 << 64) - 1
_MAX_WIRE: Final = 4096  # bytes; a packet holds 1232, the longest format proposed so far 4096
_WHAT: Final = "transaction"


@dataclass(frozen=True, slots=True)
class Instruction:
    """One instruction that was to run, with its accounts resolved to keys.

    ``outer_index`` is its place in the message, or that of the instruction it ran inside;
    ``inner_index`` its place in that list of inner ones, None for an outer one. ``stack_height``
    is 1 for an outer instruction, 2 and up for inner ones, None where the node did not record it.
    ``parent`` is the position, in Transaction.instructions, of the instruction that called it:
    None for an outer one, and for an inner one of unknown depth.
    """

    program: str
    accounts: tuple[str, ...]
    data: bytes = field(repr=False)
    outer_index: int
    inner_index: int | None = None
    stack_height: int | None = 1
    parent: int | None = None

    @property
    def place(self) -> str:
        """Where it stands, counted from 0: "2" for an outer one, "2.5" for an inner one."""
        inner = "" if self.inner_index is None else f".{self.inner_index}"
        return f"{self.outer_index}{inner}"


@dataclass(frozen=True, slots=True)
class Transaction:
    """A transaction that landed in a block.

    ``err`` is the node's error JSON, None for success. ``block_time`` is in Unix seconds or None.
    ``account_keys`` are the static ones, then the writable and the readonly ones loaded from
    lookup tables. ``log_messages`` is None when the node kept none. ``instructions`` are in order
    of execution; without ``inner_recorded`` they are the outer ones alone, and calls made inside
    are not known. ``wire`` is the signed transaction itself. ``balances`` are what the node says
    of the accounts before and after.
    """

    signatures: tuple[str, ...]
    slot: int
    block_time: int | None
    err: Any
    version: str | int
    account_keys: tuple[str, ...]
    signers: tuple[str, ...]
    recent_blockhash: str
    log_messages: tuple[str, ...] | None = field(repr=False)
    instructions: tuple[Instruction, ...]
    inner_recorded: bool
    wire: bytes = field(repr=False)
    balances: Balances = field(default=Balances(()), repr=False)

    @property
    def signature(self) -> str:
        """The first signature, which names the transaction."""
        return self.signatures[0]

    @property
    def fee_payer(self) -> str:
        """The first account, which pays the fee."""
        return self.account_keys[0]

    @property
    def succeeded(self) -> bool:
        """Whether it took effect. A failed one changed nothing but the fee payer's balance."""
        return self.err is None

    def callers(self, instruction: Instruction) -> tuple[str, ...]:
        """Programs that called ``instruction``, the direct caller first; () for an outer one.

        Raises ValueError for an inner instruction whose depth was not recorded.
        """
        if instruction.inner_index is not None and instruction.parent is None:
            raise ValueError(f"instruction {instruction.place}: its depth was not recorded")
        found: list[str] = []
        parent = instruction.parent
        while parent is not None:
            found.append(self.instructions[parent].program)
            parent = self.instructions[parent].parent
        return tuple(found)


@dataclass(frozen=True, slots=True)
class LoaderAction:
    """A loader v3 instruction inside a transaction.

    ``succeeded`` is that of the whole transaction: in a failed one nothing happened.
    """

    detail: LoaderInstruction | UnknownLoaderInstruction
    instruction: Instruction
    succeeded: bool

    @property
    def name(self) -> str:
        """Name of the instruction, "Unknown" for one that could not be read."""
        return self.detail.name if isinstance(self.detail, LoaderInstruction) else "Unknown"

    @property
    def is_write(self) -> bool:
        """Whether it only fills a buffer: many per deploy, and none changes a program."""
        return self.name == "Write"

    def touches(self, address: str) -> bool:
        """Whether ``address`` is among its accounts, in any role."""
        return address in self.instruction.accounts


def decode_transaction(result: Any, *, signature: str | None = None) -> Transaction:
    """The ``result`` member of a getTransaction answer, parsed from JSON.

    ``signature`` is the one that was asked for: an answer about another transaction is refused.
    Null results are the caller's: null means "not known here", not "did not happen". Raises
    DecodeError for a missing or malformed part, another encoding, an index outside the accounts,
    and a part that contradicts another.
    """
    answer = _object(result, _WHAT)
    tx, wire = _wire(answer.get("transaction"))
    signatures = tuple(str(item) for item in tx.signatures)
    if signature is not None and signatures[0] != signature:
        raise DecodeError(f"{_WHAT}.signatures", None, "the answer is another transaction")
    version = "legacy" if not isinstance(tx.message, MessageV0) else 0
    if answer.get("version") is not None and answer["version"] != version:
        raise DecodeError(f"{_WHAT}.version", None, "not the version of the bytes beside it")
    meta = _object(answer.get("meta"), f"{_WHAT}.meta")
    static = tuple(str(key) for key in tx.message.account_keys)
    keys = static + _loaded(tx, meta)
    instructions, inner_recorded = _instructions(tx, meta, keys)
    time = answer.get("blockTime")
    return Transaction(
        signatures=signatures,
        slot=_integer(answer.get("slot"), f"{_WHAT}.slot"),
        block_time=None if time is None else _integer(time, f"{_WHAT}.blockTime"),
        err=_error(meta),
        version=version,
        account_keys=keys,
        signers=static[: tx.message.header.num_required_signatures],
        recent_blockhash=str(tx.message.recent_blockhash),
        log_messages=_logs(meta),
        instructions=instructions,
        inner_recorded=inner_recorded,
        wire=wire,
        balances=read_balances(meta, keys),
    )


def verify_signatures(wire: bytes) -> bool:
    """Whether every signature of a serialised transaction is a valid ed25519 one of its signer.

    True also means that the content is what was signed: a node can not have changed it. Raises
    DecodeError for bytes that are no transaction.
    """
    results = _parse_wire(wire).verify_with_results()
    return bool(results) and all(results)


def loader_actions(tx: Transaction) -> tuple[LoaderAction, ...]:
    """Every loader v3 instruction of a transaction, outer and inner, in order of execution.

    Those that can not be read are in it too. When ``tx.inner_recorded`` is False, actions that a
    program took (an upgrade by a multisig) are not visible: an empty answer is then no answer.
    """
    return tuple(
        LoaderAction(decode_instruction(item.accounts, item.data), item, tx.succeeded)
        for item in tx.instructions
        if item.program == programs.LOADER_V3
    )


def _wire(value: Any) -> tuple[VersionedTransaction, bytes]:
    what = f"{_WHAT}.transaction"
    pair = _array(value, what)
    if len(pair) != 2 or pair[1] != "base64" or not isinstance(pair[0], str):
        raise DecodeError(what, None, 'expected [text, "base64"]')
    if len(pair[0]) > 2 * _MAX_WIRE:
        raise DecodeError(what, None, f"longer than the {_MAX_WIRE} bytes a transaction may have")
    try:
        wire = base64.b64decode(pair[0], validate=True)
    except (binascii.Error, ValueError):
        raise DecodeError(what, None, "not base64") from None
    return _parse_wire(wire), wire


def _parse_wire(wire: bytes) -> VersionedTransaction:
    what = f"{_WHAT}.wire"
    if not isinstance(wire, bytes) or len(wire) > _MAX_WIRE:
        raise DecodeError(what, None, f"expected at most {_MAX_WIRE} bytes")
    try:
        tx = VersionedTransaction.from_bytes(wire)
        tx.sanitize()
    except (ValueError, SanitizeError) as error:
        raise DecodeError(what, None, f"malformed: {error}") from None
    if bytes(tx) != wire:
        # The library reads past trailing bytes and long-winded lengths; a node never sends them.
        raise DecodeError(what, None, "bytes that no transaction serialises to")
    return tx


def _loaded(tx: VersionedTransaction, meta: dict[str, Any]) -> tuple[str, ...]:
    """Keys loaded from lookup tables, writable first, counted against the message."""
    what = f"{_WHAT}.meta.loadedAddresses"
    lookups = tx.message.address_table_lookups if isinstance(tx.message, MessageV0) else []
    writable = sum(len(bytes(lookup.writable_indexes)) for lookup in lookups)
    readonly = sum(len(bytes(lookup.readonly_indexes)) for lookup in lookups)
    loaded = meta.get("loadedAddresses")
    if loaded is None:
        if writable or readonly:
            raise DecodeError(what, None, "missing, so accounts can not be resolved")
        return ()
    keys: list[str] = []
    for part, expected in (("writable", writable), ("readonly", readonly)):
        items = _array(_object(loaded, what).get(part), f"{what}.{part}")
        if len(items) != expected:
            raise DecodeError(
                f"{what}.{part}", None, f"{len(items)} keys, the message loads {expected}"
            )
        keys += (_key(item, f"{what}.{part}[{n}]") for n, item in enumerate(items))
    return tuple(keys)


def _instructions(
    tx: VersionedTransaction, meta: dict[str, Any], keys: tuple[str, ...]
) -> tuple[tuple[Instruction, ...], bool]:
    """Outer and inner instructions in order of execution, and whether inner ones were recorded."""
    outer = tx.message.instructions
    groups = _inner_groups(meta.get("innerInstructions"), len(outer))
    flat: list[Instruction] = []
    for number, item in enumerate(outer):
        what = f"{_WHAT}.instructions[{number}]"
        program = _at(keys, item.program_id_index, f"{what}.program")
        accounts = _accounts(keys, bytes(item.accounts), what)
        base = len(flat)
        flat.append(Instruction(program, accounts, bytes(item.data), number))
        if groups is not None and number in groups:
            flat += _inner(groups[number], number, base, keys)
    return tuple(flat), groups is not None


def _inner_groups(value: Any, outer_count: int) -> dict[int, list[Any]] | None:
    """Inner instructions by outer index; None when the node recorded none at all."""
    if value is None:
        return None
    what = f"{_WHAT}.meta.innerInstructions"
    groups: dict[int, list[Any]] = {}
    for number, entry in enumerate(_array(value, what)):
        here = f"{what}[{number}]"
        group = _object(entry, here)
        index = _integer(group.get("index"), f"{here}.index")
        if index >= outer_count:
            raise DecodeError(f"{here}.index", None, f"{index}, of {outer_count} instructions")
        if index in groups:
            raise DecodeError(f"{here}.index", None, f"{index} a second time")
        groups[index] = _array(group.get("instructions"), f"{here}.instructions")
    return groups


def _inner(
    group: list[Any], outer_index: int, base: int, keys: tuple[str, ...]
) -> list[Instruction]:
    """The inner instructions of one outer one, which stands at position ``base``."""
    what = f"{_WHAT}.meta.innerInstructions({outer_index})"
    items = [_object(item, f"{what}[{n}]") for n, item in enumerate(group)]
    heights = [
        None if item.get("stackHeight") is None
        else _integer(item["stackHeight"], f"{what}[{n}].stackHeight")
        for n, item in enumerate(items)
    ]
    parents = _parents(heights, base, what)
    found: list[Instruction] = []
    for number, item in enumerate(items):
        here = f"{what}[{number}]"
        if "programIdIndex" not in item:
            raise DecodeError(here, None, "not in compiled form; ask with encoding base64")
        program = _at(keys, _integer(item["programIdIndex"], f"{here}.programIdIndex"), here)
        indexes = [
            _integer(index, f"{here}.accounts")
            for index in _array(item.get("accounts"), f"{here}.accounts")
        ]
        accounts = _accounts(keys, indexes, here)
        data = base58_bytes(item.get("data"), f"{here}.data")
        height, parent = heights[number], parents[number]
        found.append(Instruction(program, accounts, data, outer_index, number, height, parent))
    return found


def _parents(heights: list[int | None], base: int, what: str) -> list[int | None]:
    """Position of each inner instruction's caller, from the stack heights.

    The caller is the last one before it that stands one lower. One missing height leaves the
    whole group without parents: a gap could hide any of them.
    """
    if any(height is None for height in heights):
        return [None] * len(heights)
    last = {1: base}
    parents: list[int | None] = []
    previous = 1
    for number, height in enumerate(heights):
        if height is None or not 2 <= height <= previous + 1:
            raise DecodeError(f"{what}[{number}].stackHeight", None, f"{height} after {previous}")
        parents.append(last[height - 1])
        last[height] = base + 1 + number
        previous = height
    return parents


def _accounts(keys: tuple[str, ...], indexes: Sequence[int], what: str) -> tuple[str, ...]:
    return tuple(_at(keys, index, f"{what}.accounts") for index in indexes)


def _error(meta: dict[str, Any]) -> Any:
    """The error; its absence from the answer is not success."""
    what = f"{_WHAT}.meta.err"
    if "err" not in meta:
        raise DecodeError(what, None, "missing, so whether it succeeded is not known")
    err = meta["err"]
    status = meta.get("status")  # deprecated twin of err: {"Ok": null} or {"Err": ...}
    if isinstance(status, dict) and ("Err" in status) != (err is not None):
        raise DecodeError(what, None, "contradicts the status beside it")
    return err


def _logs(meta: dict[str, Any]) -> tuple[str, ...] | None:
    value = meta.get("logMessages")
    if value is None:
        return None
    what = f"{_WHAT}.meta.logMessages"
    lines = _array(value, what)
    for number, line in enumerate(lines):
        if not isinstance(line, str):
            raise DecodeError(f"{what}[{number}]", None, "not text")
    return tuple(lines)


def _at(keys: tuple[str, ...], index: int, what: str) -> str:
    if index >= len(keys):
        raise DecodeError(what, None, f"account index {index}, of {len(keys)} accounts")
    return keys[index]


def _key(value: Any, what: str) -> str:
    """A base58 key of 32 bytes, as given."""
    if len(base58_bytes(value, what, limit=44)) != 32:
        raise DecodeError(what, None, "not a key of 32 bytes")
    return str(value)


def _object(value: Any, what: str) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise DecodeError(what, None, f"expected an object, got {_kind(value)}")
    return value


def _array(value: Any, what: str) -> list[Any]:
    if not isinstance(value, list):
        raise DecodeError(what, None, f"expected an array, got {_kind(value)}")
    return value


def _integer(value: Any, what: str) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= _MAX_U64:
        raise DecodeError(what, None, f"expected a non-negative integer, got {_kind(value)}")
    return value


def _kind(value: Any) -> str:
    """A word for an error; the value itself is never repeated."""
    return "nothing" if value is None else type(value).__name__
