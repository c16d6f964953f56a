"""What an Anchor IDL says, as it stands there: types by name, before anything is resolved.

Two forms are in use. Spec 0.1.0 (Anchor 0.30 and later) carries ``metadata.spec`` and every
discriminator; the legacy form (before 0.30) writes names in camelCase, holds the account types
inside ``accounts`` and leaves discriminators to be computed from names. Source of both:
solana-foundation/anchor, idl/spec/src/lib.rs and lang/syn/src/idl/types.rs (0.29).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final, TypeAlias

__all__ = [
    "NUMBERS",
    "Alias",
    "Array",
    "BadIdl",
    "COption",
    "Defined",
    "EnumDef",
    "Field",
    "Generic",
    "GenericParameter",
    "Option",
    "Primitive",
    "Shape",
    "StructDef",
    "TypeDef",
    "TypeRef",
    "Variant",
    "Vec",
]

#: Numeric types of the format -> bytes they take.
NUMBERS: Final[Mapping[str, int]] = {
    **{f"{sign}{bits}": bits // 8 for sign in "ui" for bits in (8, 16, 32, 64, 128, 256)},
    "f32": 4,
    "f64": 8,
}

_NAME: Final = re.compile(r"(?:r#)?[A-Za-z_][A-Za-z0-9_]*(?:::[A-Za-z_][A-Za-z0-9_]*)*")
_MAX_NAME: Final = 128


class BadIdl(ValueError):
    """An IDL that can not be used: ``path`` says where in it, ``why`` what is wrong there."""

    def __init__(self, path: str, why: str) -> None:
        self.path = path
        self.why = why
        super().__init__(f"IDL, {path or 'top level'}: {why}")

    def __reduce__(self) -> tuple[type[BadIdl], tuple[str, str]]:
        return type(self), (self.path, self.why)


@dataclass(frozen=True, slots=True)
class Primitive:
    """A type of the format itself: a number, "bool", "string", "bytes" or "pubkey"."""

    name: str


@dataclass(frozen=True, slots=True)
class Option:
    """A tag byte, and the item when the tag is 1."""

    item: TypeRef


@dataclass(frozen=True, slots=True)
class COption:
    """A tag of four bytes and then always room for the item, which counts when the tag is 1."""

    item: TypeRef
    path: str = field(compare=False)


@dataclass(frozen=True, slots=True)
class Vec:
    """A u32 count and that many items."""

    item: TypeRef
    path: str = field(compare=False)


@dataclass(frozen=True, slots=True)
class Array:
    """A number of items that the type fixes; a ``str`` length is that of a generic parameter."""

    item: TypeRef
    length: int | str
    path: str = field(compare=False)


@dataclass(frozen=True, slots=True)
class Defined:
    """A type of the IDL's own, with the arguments for its generic parameters."""

    name: str
    arguments: tuple[TypeRef | int, ...]
    path: str = field(compare=False)


@dataclass(frozen=True, slots=True)
class Generic:
    """A generic parameter of the type it stands in."""

    name: str
    path: str = field(compare=False)


TypeRef: TypeAlias = Primitive | Option | COption | Vec | Array | Defined | Generic


@dataclass(frozen=True, slots=True)
class Field:
    """A field; those of a tuple are called "0", "1" and so on."""

    name: str
    type: TypeRef


@dataclass(frozen=True, slots=True)
class Shape:
    """The fields of a struct, an enum variant or an argument list."""

    named: bool
    fields: tuple[Field, ...]


@dataclass(frozen=True, slots=True)
class Variant:
    """One variant of an enum; a unit variant has a shape without fields."""

    name: str
    shape: Shape


@dataclass(frozen=True, slots=True)
class StructDef:
    """A struct, with named fields or as a tuple."""

    shape: Shape


@dataclass(frozen=True, slots=True)
class EnumDef:
    """An enum; the position of a variant is its tag."""

    variants: tuple[Variant, ...]


@dataclass(frozen=True, slots=True)
class Alias:
    """Another name for a type."""

    target: TypeRef


@dataclass(frozen=True, slots=True)
class GenericParameter:
    """A generic parameter: a type, or (``is_const``) a number."""

    name: str
    is_const: bool


@dataclass(frozen=True, slots=True)
class TypeDef:
    """An entry of ``types``. ``refused`` says why its bytes can not be read, None where they can.

    A type that is not stored as Borsh (zero-copy accounts) stays part of the IDL: the rest can
    be read, and this one is refused when it is met.
    """

    name: str
    generics: tuple[GenericParameter, ...]
    body: StructDef | EnumDef | Alias
    refused: str | None
    path: str = field(compare=False)


def kind(value: Any) -> str:
    """A word for an error; the value itself is never repeated."""
    return "nothing" if value is None else type(value).__name__


def mapping(value: Any, path: str) -> Mapping[str, Any]:
    """``value`` as a JSON object; BadIdl for anything else."""
    if not isinstance(value, Mapping):
        raise BadIdl(path, f"expected an object, got {kind(value)}")
    return value


def items(value: Any, path: str, *, optional: bool = False) -> list[Any]:
    """``value`` as a JSON array; an absent one is empty only where it is ``optional``."""
    if value is None and optional:
        return []
    if not isinstance(value, list | tuple):
        raise BadIdl(path, f"expected an array, got {kind(value)}")
    return list(value)


def text(value: Any, path: str, limit: int) -> str:
    """``value`` as text of at most ``limit`` characters."""
    if not isinstance(value, str):
        raise BadIdl(path, f"expected text, got {kind(value)}")
    if len(value) > limit:
        raise BadIdl(path, f"{len(value)} characters, at most {limit} are read")
    return value


def identifier(value: Any, path: str) -> str:
    """``value`` as a Rust identifier, perhaps with its module path."""
    name = text(value, path, _MAX_NAME)
    if not _NAME.fullmatch(name):
        raise BadIdl(path, "not an identifier (ASCII letters, digits, underscores)")
    return name


def flag(value: Any, path: str) -> bool:
    """``value`` as a boolean; an absent one is False."""
    if value is None:
        return False
    if not isinstance(value, bool):
        raise BadIdl(path, f"expected true or false, got {kind(value)}")
    return value


def unique(names: list[str], path: str) -> None:
    """BadIdl when a name stands twice."""
    seen: set[str] = set()
    for number, name in enumerate(names):
        if name in seen:
            raise BadIdl(f"{path}[{number}]", f"the name {name} stands twice")
        seen.add(name)


_WORD: Final = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")


def snake(name: str) -> str:
    """camelCase or PascalCase in snake_case, as the framework's own clients compute it."""
    return _WORD.sub("_", name).lower()
