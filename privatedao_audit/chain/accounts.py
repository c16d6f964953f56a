"""Accounts out of recorded answers: found, proven absent, unknown or diverged, one by one."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from privatedao_audit.chain import answers as shapes
from privatedao_audit.chain.answers import BadShape, RpcError
from privatedao_audit.chain.borsh import base58_bytes
from privatedao_audit.evidence.questions import Answer
from privatedao_audit.model.reads import Diverged, Found, ProvenAbsent, Read, ReadAt, Unknown


@dataclass(frozen=True, slots=True)
class Account:
    """An account's state. ``lamports`` in lamports; ``owner`` is a program id in base58."""

    address: str
    lamports: int
    owner: str
    data: bytes = field(repr=False)
    executable: bool


def place(answer: Answer) -> ReadAt:
    """Where the reads that rest on an answer stand."""
    return ReadAt(
        evidence=answer.evidence,
        slot=answer.slot,
        commitment=answer.commitment,
        providers=answer.providers,
        asked_at=answer.asked_at,
    )


def decode_accounts(
    result: Any, keys: tuple[str, ...], data_slice: tuple[int, int] | None = None
) -> dict[str, Account | None]:
    """The accounts of a getMultipleAccounts result by address; None is "absent at this slot".

    Raises:
        BadShape: another shape, data in another encoding than base64, or cut.
    """
    entries = shapes.account_entries("getMultipleAccounts", result, len(keys))
    found: dict[str, Account | None] = {}
    for key, entry in zip(keys, entries, strict=True):
        if entry is None:
            found[key] = None
            continue
        if not isinstance(entry.data, bytes):
            raise BadShape(f"the data of {key} is not base64")
        owed = None if entry.space is None else _owed(entry.space, data_slice)
        if owed is not None and owed != len(entry.data):
            raise BadShape(f"of {key} {owed} bytes were due, the answer holds {len(entry.data)}")
        found[key] = Account(key, entry.lamports, entry.owner, entry.data, entry.executable)
    return found


def owned_accounts(result: Any, owner: str, program: str) -> tuple[Account, ...]:
    """The accounts of a getTokenAccountsByOwner result, sorted by address.

    Raises:
        BadShape: another shape, an account twice, of another token program or owner.
    """
    if shapes.context_slot(result) is None or not isinstance(result.get("value"), list):
        raise BadShape("getTokenAccountsByOwner: no context or no list")
    items = result["value"]
    if not all(isinstance(item, dict) for item in items):
        raise BadShape("getTokenAccountsByOwner: an entry is not an object")
    keys = tuple(shapes.key(item.get("pubkey"), "the address of a token account") for item in items)
    if len(set(keys)) != len(keys):
        raise BadShape("getTokenAccountsByOwner: an account twice")
    states = {"context": result["context"], "value": [item.get("account") for item in items]}
    found = []
    for key, account in decode_accounts(states, keys).items():
        if account is None or account.owner != program:
            raise BadShape(f"getTokenAccountsByOwner: {key} is no account of {program}")
        # Mint and owner stand first, in both token programs.
        if account.data[32:64] != base58_bytes(owner, "the owner"):
            raise BadShape(f"getTokenAccountsByOwner: {key} does not belong to {owner}")
        found.append(account)
    return tuple(sorted(found, key=lambda one: one.address))


def _owed(space: int, data_slice: tuple[int, int] | None) -> int:
    """Bytes that an answer owes of an account of ``space`` bytes.

    A node tells the whole length in ``space`` also when it was asked for a part
    (agave, account-decoder: encode_ui_account).
    """
    if data_slice is None:
        return space
    offset, length = data_slice
    return min(max(space - offset, 0), length)


def split(
    whole: Read[dict[str, Account | None]], keys: tuple[str, ...]
) -> dict[str, Read[Account]]:
    """One read per address from a read of them all."""
    if not isinstance(whole, Found):
        return dict.fromkeys(keys, whole)
    return {
        key: ProvenAbsent(whole.at) if account is None else Found(account, whole.at)
        for key, account in whole.value.items()
    }


def diverged_accounts(
    answer: Answer, keys: tuple[str, ...], data_slice: tuple[int, int] | None = None
) -> dict[str, Read[Account]]:
    """Per key: what all providers agree on is found, at the oldest of their slots."""
    at = place(answer)
    views: list[dict[str, Account | None]] = []
    slots: list[int] = []
    try:
        for body in answer.answers.values():
            result = shapes.result_of(body)
            views.append(decode_accounts(result, keys, data_slice))
            slots.append(shapes.slot_number(result["context"]["slot"], "context.slot"))
    except (ValueError, RpcError) as error:
        whole = Unknown(f"providers differ, and an answer does not decode: {error}", at)
        return dict.fromkeys(keys, whole)
    reason = answer.reason or "providers differ"
    if len(views) < 2:
        return dict.fromkeys(keys, Diverged(reason, at))
    labels = tuple(sorted(answer.answers))
    shared = ReadAt(at.evidence, min(slots), at.commitment, labels, at.asked_at)
    reads: dict[str, Read[Account]] = {}
    for key in keys:
        first = views[0][key]
        if any(view[key] != first for view in views[1:]):
            reads[key] = Diverged(reason, shared)
        else:
            reads[key] = ProvenAbsent(shared) if first is None else Found(first, shared)
    return reads
