"""Borsh and Anchor's frames, written and read for the stand-in governance program.

Driven by the interface file of `protocols.privatedao`, and written apart from the decoders of
an audit, so that one can't hide a mistake of the other. Values are plain: whole numbers, bools,
text, `Pubkey`, bytes for an array of u8, a list for another array, None for an absent option, a
mapping for a struct, a variant's name for an enum, or {name: mapping} for one with fields.
Sources: the Borsh specification; Anchor's discriminators as the interface lists them.
"""

from __future__ import annotations

import json
import struct
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

from solders.pubkey import Pubkey

Fields = dict[str, Any]
"""The fields of an account, an event or the arguments of an instruction, by name."""

_IDL = Path(__file__).resolve().parents[2] / "protocols" / "privatedao" / "idl.json"
_NUMBERS = {"u8": "<B", "u16": "<H", "u32": "<I", "u64": "<Q", "i64": "<q"}
DISCRIMINATOR = 8

ALLOCATED = {
    "ConfidentialPayoutPlan": 523,
    "Dao": 210,
    "DaoGovernancePolicyV3": 99,
    "DaoSecurityPolicy": 434,
    "DaoSettlementPolicyV3": 107,
    "Proposal": 1390,
    "ProposalExecutionPolicySnapshot": 86,
    "ProposalGovernancePolicySnapshotV3": 100,
    "ProposalProofVerification": 283,
    "ProposalSettlementPolicySnapshotV3": 164,
    "RevealRebateVaultV3State": 41,
    "TreasuryOperatorAuthority": 89,
    "VoteDelegation": 122,
    "VoterRecord": 157,
}
"""Bytes the program allocates for an account, discriminator included; the fields may need less."""


class NotBorsh(ValueError):
    """Bytes that do not hold the type they should."""


@cache
def _interface() -> dict[str, Any]:
    return dict(json.loads(_IDL.read_text(encoding="utf-8")))


@cache
def _entries(section: str) -> dict[str, dict[str, Any]]:
    return {entry["name"]: entry for entry in _interface()[section]}


def _entry(section: str, name: str) -> dict[str, Any]:
    try:
        return _entries(section)[name]
    except KeyError:
        raise KeyError(f"the interface has no {name!r} among its {section}") from None


# What the interface says


def instruction_names() -> list[str]:
    """All instructions, in the interface's order."""
    return list(_entries("instructions"))


def account_list(instruction: str) -> list[tuple[str, bool, bool]]:
    """An instruction's accounts in order: name, is signer, is writable."""
    return [
        (one["name"], bool(one.get("signer")), bool(one.get("writable")))
        for one in _entry("instructions", instruction)["accounts"]
    ]


def discriminator(section: str, name: str) -> bytes:
    """The first eight bytes of one of the "instructions", "accounts" or "events"."""
    return bytes(_entry(section, name)["discriminator"])


def error_code(name: str) -> int:
    """The number of one of the program's errors, as the source at head numbers them."""
    return int(_entry("errors", name)["code"])


def error_name(code: int) -> str | None:
    """The program's error of a number, or None."""
    return next((one["name"] for one in _interface()["errors"] if one["code"] == code), None)


# Bytes


def instruction_data(name: str, arguments: Mapping[str, Any]) -> bytes:
    """An instruction's data: discriminator and arguments."""
    described = _entry("instructions", name)["args"]
    return discriminator("instructions", name) + _write_fields(name, described, arguments)


def account_bytes(name: str, fields: Mapping[str, Any]) -> bytes:
    """What the program writes at the start of an account: discriminator and fields.

    The account is `ALLOCATED[name]` bytes long; what lies behind the fields is left as it was.
    """
    written = _write_struct(name, fields)
    return discriminator("accounts", name) + written


def event_bytes(name: str, fields: Mapping[str, Any]) -> bytes:
    """The payload of an event's log line."""
    return discriminator("events", name) + _write_struct(name, fields)


def account_fields(name: str, data: bytes) -> Fields:
    """The fields of an account's data. Raises NotBorsh; spare bytes at the end are normal."""
    if data[:DISCRIMINATOR] != discriminator("accounts", name):
        raise NotBorsh(f"the data does not start with the discriminator of {name}")
    return _read_struct(name, _Reader(data, DISCRIMINATOR))


def event_fields(name: str, data: bytes) -> Fields:
    """The fields of an event's payload. Raises NotBorsh, also for bytes too many."""
    if data[:DISCRIMINATOR] != discriminator("events", name):
        raise NotBorsh(f"the data does not start with the discriminator of {name}")
    reader = _Reader(data, DISCRIMINATOR)
    fields = _read_struct(name, reader)
    if reader.at != len(data):
        raise NotBorsh(f"{len(data) - reader.at} bytes too many for {name}")
    return fields


def instruction_arguments(name: str, data: bytes) -> Fields:
    """The arguments in an instruction's data. Raises NotBorsh, also for bytes too many."""
    if data[:DISCRIMINATOR] != discriminator("instructions", name):
        raise NotBorsh(f"the data does not start with the discriminator of {name}")
    reader = _Reader(data, DISCRIMINATOR)
    described = _entry("instructions", name)["args"]
    fields = {one["name"]: _read(one["type"], reader) for one in described}
    if reader.at != len(data):
        raise NotBorsh(f"{len(data) - reader.at} bytes too many for {name}")
    return fields


def _write_struct(name: str, fields: Mapping[str, Any]) -> bytes:
    return _write_fields(name, _entry("types", name)["type"]["fields"], fields)


def _write_fields(
    name: str, described: Sequence[Mapping[str, Any]], fields: Mapping[str, Any]
) -> bytes:
    wanted = {one["name"] for one in described}
    if wanted != set(fields):
        odd = ", ".join(sorted(wanted ^ set(fields)))
        raise ValueError(f"{name}: the fields do not fit the interface: {odd}")
    return b"".join(_write(one["type"], fields[one["name"]]) for one in described)


def _write(kind: Any, value: Any) -> bytes:
    if isinstance(kind, str):
        if kind in _NUMBERS:
            return struct.pack(_NUMBERS[kind], value)
        if kind == "bool":
            return bytes([bool(value)])
        if kind == "pubkey":
            return bytes(value)
        if kind == "string":
            text = value.encode()
            return struct.pack("<I", len(text)) + bytes(text)
    elif "option" in kind:
        return b"\0" if value is None else b"\x01" + _write(kind["option"], value)
    elif "array" in kind:
        inner, count = kind["array"]
        if len(value) != count:
            raise ValueError(f"an array of {count} has {len(value)} values")
        return bytes(value) if inner == "u8" else b"".join(_write(inner, one) for one in value)
    elif "defined" in kind:
        name = kind["defined"]["name"]
        body = _entry("types", name)["type"]
        if body["kind"] == "struct":
            return _write_struct(name, value)
        chosen, fields = next(iter(value.items())) if isinstance(value, Mapping) else (value, {})
        for index, variant in enumerate(body["variants"]):
            if variant["name"] == chosen:
                return bytes([index]) + _write_fields(chosen, variant.get("fields", []), fields)
        raise ValueError(f"{name} has no variant {chosen!r}")
    raise ValueError(f"the interface has a type this codec does not know: {kind!r}")


class _Reader:
    def __init__(self, data: bytes, at: int) -> None:
        self.data, self.at = data, at

    def take(self, count: int) -> bytes:
        end = self.at + count
        if end > len(self.data):
            raise NotBorsh(f"the data ends at {len(self.data)}, and {end} bytes are needed")
        piece, self.at = self.data[self.at : end], end
        return piece


def _read_struct(name: str, reader: _Reader) -> Fields:
    described = _entry("types", name)["type"]["fields"]
    return {one["name"]: _read(one["type"], reader) for one in described}


def _read(kind: Any, reader: _Reader) -> Any:
    if isinstance(kind, str):
        if kind in _NUMBERS:
            return struct.unpack(_NUMBERS[kind], reader.take(struct.calcsize(_NUMBERS[kind])))[0]
        if kind == "bool":
            return _tag(reader, 2) == 1
        if kind == "pubkey":
            return Pubkey.from_bytes(reader.take(32))
        if kind == "string":
            (count,) = struct.unpack("<I", reader.take(4))
            return reader.take(count).decode()
    elif "option" in kind:
        return _read(kind["option"], reader) if _tag(reader, 2) else None
    elif "array" in kind:
        inner, count = kind["array"]
        return reader.take(count) if inner == "u8" else [_read(inner, reader) for _ in range(count)]
    elif "defined" in kind:
        name = kind["defined"]["name"]
        body = _entry("types", name)["type"]
        if body["kind"] == "struct":
            return _read_struct(name, reader)
        variant = body["variants"][_tag(reader, len(body["variants"]))]
        if "fields" not in variant:
            return variant["name"]
        return {variant["name"]: {f["name"]: _read(f["type"], reader) for f in variant["fields"]}}
    raise ValueError(f"the interface has a type this codec does not know: {kind!r}")


def _tag(reader: _Reader, count: int) -> int:
    (value,) = reader.take(1)
    if value >= count:
        raise NotBorsh(f"a tag of {value} at byte {reader.at - 1}, and {count - 1} is the highest")
    return value
