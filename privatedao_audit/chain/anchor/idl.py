"""An Anchor IDL, checked whole before a single byte is decoded with it.

An IDL may come from a file of a checkout or from an account that a stranger controls. What is
accepted: spec 0.1.0 (Anchor 0.30 and later) and the legacy form before it; see schema. Everything
that would make a reader guess is refused, and BadIdl says where in the IDL it stands.

Discriminators: those of spec 0.1.0 are used as given, of any length from one byte. The legacy form
has none; they are the first eight bytes of sha256 over "global:" and the instruction's name in
snake_case, "account:" and "event:" and the name as written (Anchor, lang/syn/src/codegen).
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any, Final

from privatedao_audit.chain import strict_json
from privatedao_audit.chain.addresses import parse_pubkey
from privatedao_audit.chain.anchor.layout import Record, Refused
from privatedao_audit.chain.anchor.resolve import Resolver
from privatedao_audit.chain.anchor.schema import (
    BadIdl,
    TypeDef,
    flag,
    identifier,
    items,
    kind,
    mapping,
    text,
    unique,
)
from privatedao_audit.chain.anchor.types import TypeReader

__all__ = [
    "MAX_IDL_BYTES",
    "BadIdl",
    "DataDef",
    "ErrorDef",
    "Idl",
    "InstructionAccount",
    "InstructionDef",
    "parse_idl",
]

MAX_IDL_BYTES: Final = 5 * 2**20
_MAX_TEXT: Final = 4096
_MAX_GROUPS: Final = 8  # account groups inside account groups
_MAX_CODE: Final = 2**32 - 1


@dataclass(frozen=True, slots=True)
class InstructionAccount:
    """An account that an instruction takes; one of a group is called "group.account"."""

    name: str
    writable: bool
    signer: bool
    optional: bool


@dataclass(frozen=True, slots=True)
class InstructionDef:
    """An instruction: its discriminator, the accounts in order, the layout of its arguments."""

    name: str
    discriminator: bytes
    accounts: tuple[InstructionAccount, ...]
    layout: Record = field(repr=False)


@dataclass(frozen=True, slots=True)
class DataDef:
    """An account or an event: its discriminator and the layout of what follows."""

    name: str
    discriminator: bytes
    layout: Record | Refused = field(repr=False)


@dataclass(frozen=True, slots=True)
class ErrorDef:
    """An error of the program's own. ``message`` is the program's text, as it stands."""

    code: int
    name: str
    message: str | None


@dataclass(frozen=True, slots=True)
class Idl:
    """An accepted IDL. ``form`` is "0.1.0" or "legacy"; ``address`` is None where it has none."""

    name: str
    form: str
    address: str | None
    instructions: tuple[InstructionDef, ...]
    accounts: tuple[DataDef, ...]
    events: tuple[DataDef, ...]
    errors: tuple[ErrorDef, ...]
    types: Mapping[str, TypeDef] = field(repr=False)


def parse_idl(raw: bytes | Mapping[str, Any]) -> Idl:
    """The IDL in ``raw``: the bytes of a JSON file (at most 5 MiB), or that JSON parsed.

    Raises BadIdl, with the path in the IDL, for anything that can not be relied on: no strict
    JSON, an unknown or recursive type, a name that stands twice, an empty discriminator or one
    that begins another of its kind, arrays longer than an account can be.
    """
    if isinstance(raw, bytes | bytearray | memoryview):
        try:
            raw = strict_json.loads(bytes(raw), max_bytes=MAX_IDL_BYTES)
        except strict_json.BadJson as error:
            raise BadIdl("", str(error)) from None
    top = mapping(raw, "")
    metadata = top.get("metadata")
    spec = metadata.get("spec") if isinstance(metadata, Mapping) else None
    if spec is None:
        return _Parser(top, legacy=True).parse("legacy")
    assert isinstance(metadata, Mapping)
    if not isinstance(spec, str) or not spec.startswith("0.1."):
        raise BadIdl("metadata.spec", "not a form this reader knows (0.1.x)")
    return _Parser(top, legacy=False).parse(text(spec, "metadata.spec", 32))


class _Parser:
    """One IDL while it is read."""

    def __init__(self, top: Mapping[str, Any], *, legacy: bool) -> None:
        self._top = top
        self._legacy = legacy
        self._reader = TypeReader(legacy)
        self._types: dict[str, TypeDef] = {}

    def parse(self, form: str) -> Idl:
        top, legacy = self._top, self._legacy
        metadata = top.get("metadata")
        details = metadata if isinstance(metadata, Mapping) else {}
        where, name = ("name", top.get("name")) if legacy else (
            "metadata.name", details.get("name")
        )
        if "instructions" not in top:
            raise BadIdl("instructions", "missing")
        account_types = [] if not legacy else self._definitions("accounts")
        self._types = self._type_table([*self._definitions("types"), *account_types])
        resolver = Resolver(self._types)
        resolver.check_all()
        return Idl(
            name=text(name, where, 128),
            form=form,
            address=_address(details.get("address") if legacy else top.get("address")),
            instructions=self._instructions(resolver),
            accounts=self._legacy_accounts(account_types, resolver)
            if legacy else self._data("accounts", resolver),
            events=self._legacy_events(resolver) if legacy else self._data("events", resolver),
            errors=_errors(top.get("errors")),
            types=self._types,
        )

    def _definitions(self, member: str) -> list[TypeDef]:
        entries = items(self._top.get(member), member, optional=True)
        return [self._reader.definition(e, f"{member}[{n}]") for n, e in enumerate(entries)]

    @staticmethod
    def _type_table(definitions: Iterable[TypeDef]) -> dict[str, TypeDef]:
        table: dict[str, TypeDef] = {}
        for definition in definitions:
            if definition.name in table:
                raise BadIdl(definition.path, f"the name {definition.name} stands twice")
            table[definition.name] = definition
        return table

    def _instructions(self, resolver: Resolver) -> tuple[InstructionDef, ...]:
        found: list[InstructionDef] = []
        for number, item in enumerate(items(self._top["instructions"], "instructions")):
            path = f"instructions[{number}]"
            entry = mapping(item, path)
            name = self._reader.name(entry.get("name"), f"{path}.name")
            arguments = self._reader.shape(entry.get("args"), f"{path}.args")
            if not arguments.named:
                raise BadIdl(f"{path}.args", "arguments without names")
            if entry.get("returns") is not None:
                resolver.type(self._reader.type(entry["returns"], f"{path}.returns"))
            accounts = self._accounts(entry.get("accounts"), f"{path}.accounts", "", 0)
            unique([account.name for account in accounts], f"{path}.accounts")
            discriminator = (
                _hashed(f"global:{name}") if self._legacy
                else _bytes(entry.get("discriminator"), f"{path}.discriminator")
            )
            layout = resolver.record(arguments, f"{path}.args")
            found.append(InstructionDef(name, discriminator, tuple(accounts), layout))
        _distinct([(item.name, item.discriminator) for item in found], "instructions")
        return tuple(found)

    def _accounts(
        self, value: Any, path: str, prefix: str, depth: int
    ) -> list[InstructionAccount]:
        """The accounts of an instruction in order, those of groups in the place of the group."""
        if depth > _MAX_GROUPS:
            raise BadIdl(path, f"account groups nested deeper than {_MAX_GROUPS}")
        found: list[InstructionAccount] = []
        for number, item in enumerate(items(value, path, optional=True)):
            here = f"{path}[{number}]"
            entry = mapping(item, here)
            name = prefix + self._reader.name(entry.get("name"), f"{here}.name")
            if "accounts" in entry:
                group = f"{here}.accounts"
                found += self._accounts(entry["accounts"], group, f"{name}.", depth + 1)
                continue
            writable, signer, optional = (
                flag(entry.get(key), f"{here}.{key}")
                for key in (
                    ("isMut", "isSigner", "isOptional") if self._legacy
                    else ("writable", "signer", "optional")
                )
            )
            found.append(InstructionAccount(name, writable, signer, optional))
        return found

    def _data(self, member: str, resolver: Resolver) -> tuple[DataDef, ...]:
        """Accounts or events of spec 0.1.0: a discriminator each, the type under its name."""
        found: list[DataDef] = []
        for number, item in enumerate(items(self._top.get(member), member, optional=True)):
            path = f"{member}[{number}]"
            entry = mapping(item, path)
            name = identifier(entry.get("name"), f"{path}.name")
            if name not in self._types:
                raise BadIdl(path, f"no type {name} in types")
            discriminator = _bytes(entry.get("discriminator"), f"{path}.discriminator")
            found.append(DataDef(name, discriminator, resolver.root(self._types[name])))
        _distinct([(item.name, item.discriminator) for item in found], member)
        return tuple(found)

    def _legacy_accounts(
        self, definitions: list[TypeDef], resolver: Resolver
    ) -> tuple[DataDef, ...]:
        found = [
            DataDef(item.name, _hashed(f"account:{item.name}"), resolver.root(item))
            for item in definitions
        ]
        return tuple(found)

    def _legacy_events(self, resolver: Resolver) -> tuple[DataDef, ...]:
        found: list[DataDef] = []
        for number, item in enumerate(items(self._top.get("events"), "events", optional=True)):
            path = f"events[{number}]"
            entry = mapping(item, path)
            name = identifier(entry.get("name"), f"{path}.name")
            shape = self._reader.shape(entry.get("fields"), f"{path}.fields")
            if not shape.named:
                raise BadIdl(f"{path}.fields", "fields without names")
            layout = resolver.record(shape, path)
            found.append(DataDef(name, _hashed(f"event:{name}"), layout))
        _distinct([(item.name, item.discriminator) for item in found], "events")
        return tuple(found)


def _hashed(preimage: str) -> bytes:
    return hashlib.sha256(preimage.encode()).digest()[:8]


def _bytes(value: Any, path: str) -> bytes:
    entries = items(value, path)
    if not entries:
        raise BadIdl(path, "empty: it would fit anything")
    for number, entry in enumerate(entries):
        if isinstance(entry, bool) or not isinstance(entry, int) or not 0 <= entry <= 255:
            raise BadIdl(f"{path}[{number}]", "expected a byte, 0 to 255")
    return bytes(entries)


def _distinct(pairs: list[tuple[str, bytes]], path: str) -> None:
    """Names stand once, and no discriminator is the beginning of another."""
    unique([name for name, _ in pairs], path)
    # Sorted, whatever begins with a discriminator follows right after it.
    ordered = sorted((discriminator, name) for name, discriminator in pairs)
    for (first, first_name), (second, second_name) in pairwise(ordered):
        if second.startswith(first):
            raise BadIdl(
                path, f"the discriminator of {second_name} begins with that of {first_name}"
            )


def _address(value: Any) -> str | None:
    if value is None:
        return None
    try:
        return str(parse_pubkey(value, "address"))
    except ValueError:
        raise BadIdl("address", "not a base58 key of 32 bytes") from None


def _errors(value: Any) -> tuple[ErrorDef, ...]:
    found: list[ErrorDef] = []
    codes: set[int] = set()
    for number, item in enumerate(items(value, "errors", optional=True)):
        path = f"errors[{number}]"
        entry = mapping(item, path)
        code = entry.get("code")
        if isinstance(code, bool) or not isinstance(code, int) or not 0 <= code <= _MAX_CODE:
            raise BadIdl(f"{path}.code", f"expected a u32, got {kind(code)}")
        if code in codes:
            raise BadIdl(f"{path}.code", f"the code {code} stands twice")
        codes.add(code)
        message = None if entry.get("msg") is None else text(entry["msg"], f"{path}.msg", _MAX_TEXT)
        found.append(ErrorDef(code, identifier(entry.get("name"), f"{path}.name"), message))
    unique([item.name for item in found], "errors")
    return tuple(found)
