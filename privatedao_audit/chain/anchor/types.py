"""The type language of an Anchor IDL, read from its JSON. See schema for the forms."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from privatedao_audit.chain.anchor.schema import (
    NUMBERS,
    Alias,
    Array,
    BadIdl,
    COption,
    Defined,
    EnumDef,
    Field,
    Generic,
    GenericParameter,
    Option,
    Primitive,
    Shape,
    StructDef,
    TypeDef,
    TypeRef,
    Variant,
    Vec,
    flag,
    identifier,
    items,
    kind,
    mapping,
    snake,
    text,
    unique,
)

__all__ = ["TypeReader"]

_PLAIN: Final = {
    **{name: Primitive(name) for name in (*NUMBERS, "bool", "string", "bytes", "pubkey")},
    "publicKey": Primitive("pubkey"),
}
_MAX_DEPTH: Final = 32
_MAX_VARIANTS: Final = 256  # the tag of an enum is one byte


@dataclass(frozen=True, slots=True)
class TypeReader:
    """Reads types in one of the two forms; ``legacy`` field names become snake_case."""

    legacy: bool

    def name(self, value: Any, path: str) -> str:
        """The name of a field, an account or an instruction, in snake_case."""
        name = identifier(value, path)
        return snake(name) if self.legacy else name

    def type(self, value: Any, path: str, depth: int = 0) -> TypeRef:
        """A type as it stands in a field; BadIdl for one that the format does not have."""
        if depth > _MAX_DEPTH:
            raise BadIdl(path, f"types nested deeper than {_MAX_DEPTH}")
        if isinstance(value, str):
            if value not in _PLAIN:
                raise BadIdl(path, "unknown type")
            return _PLAIN[value]
        entry = mapping(value, path)
        if len(entry) != 1:
            raise BadIdl(path, f"a type has one member, this one {len(entry)}")
        ((form, inner),) = entry.items()
        if form == "option":
            return Option(self.type(inner, f"{path}.option", depth + 1))
        if form == "coption":
            return COption(self.type(inner, f"{path}.coption", depth + 1), path)
        if form == "vec":
            return Vec(self.type(inner, f"{path}.vec", depth + 1), path)
        if form == "array":
            return self._array(inner, f"{path}.array", depth)
        if form == "defined":
            return self._defined(inner, f"{path}.defined", depth)
        if form == "generic":
            return Generic(identifier(inner, f"{path}.generic"), path)
        raise BadIdl(path, "unknown type")

    def _array(self, value: Any, path: str, depth: int) -> Array:
        pair = items(value, path)
        if len(pair) != 2:
            raise BadIdl(path, "expected [type, length]")
        length: int | str
        if isinstance(pair[1], Mapping):
            if set(pair[1]) != {"generic"}:
                raise BadIdl(f"{path}[1]", "unknown kind of length")
            length = identifier(pair[1]["generic"], f"{path}[1].generic")
        else:
            length = _count(pair[1], f"{path}[1]")
        return Array(self.type(pair[0], f"{path}[0]", depth + 1), length, path)

    def _defined(self, value: Any, path: str, depth: int) -> Defined:
        if isinstance(value, str):
            return Defined(identifier(value, path), (), path)
        entry = mapping(value, path)
        arguments: list[TypeRef | int] = []
        for number, item in enumerate(items(entry.get("generics"), path, optional=True)):
            here = f"{path}.generics[{number}]"
            argument = mapping(item, here)
            if argument.get("kind") == "type":
                arguments.append(self.type(argument.get("type"), f"{here}.type", depth + 1))
            elif argument.get("kind") == "const":
                arguments.append(_const(argument.get("value"), f"{here}.value"))
            else:
                raise BadIdl(here, "unknown kind of generic argument")
        return Defined(identifier(entry.get("name"), f"{path}.name"), tuple(arguments), path)

    def shape(self, value: Any, path: str) -> Shape:
        """Fields of a struct or variant: objects with a name, or bare types (a tuple)."""
        entries = items(value, path, optional=True)
        # "type" is no type of the format, so an object that has both members is a named field.
        named = [isinstance(entry, Mapping) and "name" in entry for entry in entries]
        if any(named) and not all(named):
            raise BadIdl(path, "named and nameless fields side by side")
        fields: list[Field] = []
        for number, entry in enumerate(entries):
            here = f"{path}[{number}]"
            if named[number]:
                field_type = self.type(entry.get("type"), f"{here}.type")
                fields.append(Field(self.name(entry["name"], f"{here}.name"), field_type))
            else:
                fields.append(Field(str(number), self.type(entry, here)))
        unique([field.name for field in fields], path)
        return Shape(all(named), tuple(fields))

    def definition(self, value: Any, path: str) -> TypeDef:
        """An entry of ``types``, or of ``accounts`` in the legacy form."""
        entry = mapping(value, path)
        name = identifier(entry.get("name"), f"{path}.name")
        body = mapping(entry.get("type"), f"{path}.type")
        return TypeDef(
            name=name,
            generics=_generics(entry.get("generics"), f"{path}.generics"),
            body=self._body(body, f"{path}.type"),
            refused=_refused(entry, path),
            path=path,
        )

    def _body(self, body: Mapping[str, Any], path: str) -> StructDef | EnumDef | Alias:
        form = body.get("kind")
        if form == "struct":
            return StructDef(self.shape(body.get("fields"), f"{path}.fields"))
        if form == "enum":
            return self._enum(body, path)
        if form == "type":
            return Alias(self.type(body.get("alias"), f"{path}.alias"))
        if form == "alias" and self.legacy:
            return Alias(self.type(body.get("value"), f"{path}.value"))
        raise BadIdl(f"{path}.kind", "neither struct, enum nor type")

    def _enum(self, body: Mapping[str, Any], path: str) -> EnumDef:
        entries = items(body.get("variants"), f"{path}.variants")
        if len(entries) > _MAX_VARIANTS:
            raise BadIdl(f"{path}.variants", f"{len(entries)} variants, a tag has one byte")
        variants: list[Variant] = []
        for number, item in enumerate(entries):
            here = f"{path}.variants[{number}]"
            entry = mapping(item, here)
            shape = self.shape(entry.get("fields"), f"{here}.fields")
            variants.append(Variant(identifier(entry.get("name"), f"{here}.name"), shape))
        unique([variant.name for variant in variants], f"{path}.variants")
        return EnumDef(tuple(variants))


def _count(value: Any, path: str) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or value < 0:
        raise BadIdl(path, "expected a length of 0 or more")
    return value


def _const(value: Any, path: str) -> Generic | int:
    """A const argument, written as text: a count for an array, or a parameter handed on."""
    written = text(value, path, 128)
    if not written[:1].isdigit():
        return Generic(identifier(written, path), path)
    if len(written) > 20 or not written.isascii() or not written.isdigit():
        raise BadIdl(path, "expected a number of 0 or more, written as text")
    return int(written)


def _generics(value: Any, path: str) -> tuple[GenericParameter, ...]:
    found: list[GenericParameter] = []
    for number, item in enumerate(items(value, path, optional=True)):
        here = f"{path}[{number}]"
        if isinstance(item, str):  # the legacy form names type parameters only
            found.append(GenericParameter(identifier(item, here), is_const=False))
            continue
        entry = mapping(item, here)
        if entry.get("kind") not in ("type", "const"):
            raise BadIdl(f"{here}.kind", "neither type nor const")
        name = identifier(entry.get("name"), f"{here}.name")
        found.append(GenericParameter(name, is_const=entry["kind"] == "const"))
    unique([item.name for item in found], path)
    return tuple(found)


def _refused(entry: Mapping[str, Any], path: str) -> str | None:
    """Why the bytes of a type are not Borsh, None when they are.

    ``serialization`` left out means Borsh. A C layout (``repr`` of kind "c", packed or with an
    alignment) is what zero-copy types have, so it is not read as Borsh even without the other
    mark: a wrong offset reads as a wrong value.
    """
    serialization = entry.get("serialization", "borsh")
    if serialization != "borsh":
        if isinstance(serialization, Mapping) and len(serialization) == 1:
            serialization = next(iter(serialization))
        named = identifier(serialization, f"{path}.serialization")
        return f"it is serialised as {named}, not Borsh"
    if entry.get("repr") is None:
        return None
    layout = mapping(entry["repr"], f"{path}.repr")
    form = layout.get("kind")
    packed = flag(layout.get("packed"), f"{path}.repr.packed")
    if form not in ("rust", "transparent", "c"):
        raise BadIdl(f"{path}.repr.kind", f"unknown layout ({kind(form)})")
    if form == "c" or packed or layout.get("align") is not None:
        return "it has a C layout, and Borsh is not certain"
    return None
