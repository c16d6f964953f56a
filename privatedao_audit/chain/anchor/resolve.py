"""From names to layouts: aliases followed, generics filled in, hostile definitions refused.

An IDL can come from an account that a stranger controls. Recursion, generics that grow without
end and structs that double at every level are stopped by counting, before anything is read.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from privatedao_audit.chain.anchor.layout import (
    MAX_SIZE,
    ArrayOf,
    Bool,
    Bytes,
    Choice,
    COptionOf,
    FixedBytes,
    Key,
    Layout,
    Number,
    OptionOf,
    Record,
    Refused,
    String,
    VecOf,
)
from privatedao_audit.chain.anchor.schema import (
    NUMBERS,
    Alias,
    Array,
    BadIdl,
    COption,
    Defined,
    EnumDef,
    Generic,
    Option,
    Primitive,
    Shape,
    StructDef,
    TypeDef,
    TypeRef,
    Vec,
)

__all__ = ["Resolver"]

_MAX_DEPTH: Final = 48  # levels of types inside types
_MAX_WEIGHT: Final = 50_000  # nodes of one type when written out
_MAX_TYPES: Final = 20_000  # types made out of one IDL, generic ones counted per use

_PRIMITIVES: Final[Mapping[str, Layout]] = {
    **{name: Number(minimum=size, name=name) for name, size in NUMBERS.items()},
    "bool": Bool(minimum=1),
    "string": String(minimum=4, fixed=False),
    "bytes": Bytes(minimum=4, fixed=False),
    "pubkey": Key(minimum=32),
}
_U8: Final = _PRIMITIVES["u8"]
_Environment = Mapping[str, "Layout | int"]


class Resolver:
    """Turns the types of one IDL into layouts; each type is made once per set of arguments.

    Every method raises BadIdl for an unknown name, a recursive type, a wrong number or kind of
    generic arguments, and for anything beyond the bounds.
    """

    def __init__(self, types: Mapping[str, TypeDef]) -> None:
        self._types = types
        self._made: dict[tuple[str, tuple[int, ...]], Layout] = {}
        # An id in a key above must not be given to another layout later.
        self._kept: list[Layout | int] = []
        self._open: list[str] = []

    def check_all(self) -> None:
        """Resolve every type of the IDL that takes no arguments, and look at the others."""
        for definition in self._types.values():
            if not definition.generics:
                self._defined(Defined(definition.name, (), definition.path), {}, 0)
            else:
                # Arguments stand in for themselves: enough to find unknown names and recursion.
                environment: dict[str, Layout | int] = {
                    item.name: 1 if item.is_const else _U8 for item in definition.generics
                }
                self._body(definition, environment, 0)

    def root(self, definition: TypeDef) -> Record | Refused:
        """The layout of an account or event; one that is no struct stands under "value"."""
        made = self._defined(Defined(definition.name, (), definition.path), {}, 0)
        if isinstance(made, Refused) or (isinstance(made, Record) and made.named):
            return made
        return _record(True, ("value",), (made,), definition.path)

    def record(self, shape: Shape, path: str) -> Record:
        """The layout of a list of fields: arguments, or an event of the legacy form."""
        return self._shape(shape, {}, 0, path)

    def type(self, ref: TypeRef) -> Layout:
        """The layout of a type outside any generic one."""
        return self._type(ref, {}, 0)

    def _type(self, ref: TypeRef, environment: _Environment, depth: int) -> Layout:
        if isinstance(ref, Primitive):
            return _PRIMITIVES[ref.name]
        if isinstance(ref, Option):
            item = self._type(ref.item, environment, depth)
            return OptionOf(minimum=1, fixed=False, item=item, **_above(item))
        if isinstance(ref, COption):
            item = self._type(ref.item, environment, depth)
            if not item.fixed:
                raise BadIdl(ref.path, "a coption of a type without a fixed size")
            return COptionOf(minimum=_size(4 + item.minimum, ref.path), item=item, **_above(item))
        if isinstance(ref, Vec):
            item = self._type(ref.item, environment, depth)
            if item is _U8:
                return _PRIMITIVES["bytes"]
            _takes_bytes(item, ref.path)
            return VecOf(minimum=4, fixed=False, item=item, **_above(item))
        if isinstance(ref, Array):
            return self._array(ref, environment, depth)
        if isinstance(ref, Generic):
            found = environment.get(ref.name)
            if not isinstance(found, Layout):
                raise BadIdl(ref.path, f"no generic type {ref.name} here")
            return found
        return self._defined(ref, environment, depth)

    def _array(self, ref: Array, environment: _Environment, depth: int) -> Layout:
        item = self._type(ref.item, environment, depth)
        length = environment.get(ref.length) if isinstance(ref.length, str) else ref.length
        if not isinstance(length, int):
            raise BadIdl(ref.path, f"no generic number {ref.length} here")
        if length > MAX_SIZE:
            raise BadIdl(ref.path, f"an array of {length} items")
        if item is _U8:
            return FixedBytes(minimum=length)
        if length:
            _takes_bytes(item, ref.path)
        size = _size(length * item.minimum, ref.path)
        fixed = item.fixed or not length
        return ArrayOf(minimum=size, fixed=fixed, item=item, count=length, **_above(item))

    def _defined(self, ref: Defined, environment: _Environment, depth: int) -> Layout:
        definition = self._types.get(ref.name)
        if definition is None:
            raise BadIdl(ref.path, f"unknown type {ref.name}")
        if len(ref.arguments) != len(definition.generics):
            expected = len(definition.generics)
            raise BadIdl(ref.path, f"{len(ref.arguments)} generic arguments, {expected} expected")
        inner: dict[str, Layout | int] = {}
        for parameter, argument in zip(definition.generics, ref.arguments, strict=True):
            if parameter.is_const != isinstance(argument, int) and not (
                parameter.is_const and isinstance(argument, Generic)
            ):
                raise BadIdl(ref.path, f"generic {parameter.name}: a type for a number or reverse")
            inner[parameter.name] = self._argument(argument, parameter.is_const, environment, depth)
        # Numbers are small enough to tell from addresses by their sign.
        key = (ref.name, tuple(-1 - v if isinstance(v, int) else id(v) for v in inner.values()))
        if key not in self._made:
            if len(self._made) >= _MAX_TYPES:
                raise BadIdl(ref.path, f"more than {_MAX_TYPES} types when generics are filled in")
            self._kept += inner.values()
            self._made[key] = self._body(definition, inner, depth + 1)
        return self._made[key]

    def _argument(
        self, argument: TypeRef | int, is_const: bool, environment: _Environment, depth: int
    ) -> Layout | int:
        if isinstance(argument, int):
            return argument
        if is_const and isinstance(argument, Generic):
            found = environment.get(argument.name)
            if not isinstance(found, int):
                raise BadIdl(argument.path, f"no generic number {argument.name} here")
            return found
        return self._type(argument, environment, depth)

    def _body(self, definition: TypeDef, environment: _Environment, depth: int) -> Layout:
        name, path = definition.name, definition.path
        if name in self._open:
            raise BadIdl(path, f"the type {name} contains itself")
        if depth > _MAX_DEPTH:
            raise BadIdl(path, f"types nested deeper than {_MAX_DEPTH}")
        self._open.append(name)
        try:
            body = definition.body
            if isinstance(body, StructDef):
                made: Layout = self._shape(body.shape, environment, depth, path)
            elif isinstance(body, EnumDef):
                made = self._choice(body, environment, depth, path)
            else:
                assert isinstance(body, Alias)
                made = self._type(body.target, environment, depth)
        finally:
            self._open.pop()
        if definition.refused is not None:
            return Refused(minimum=1, readable=False, name=name, why=definition.refused)
        return made

    def _shape(
        self, shape: Shape, environment: _Environment, depth: int, path: str
    ) -> Record:
        names = tuple(field.name for field in shape.fields)
        items = tuple(self._type(field.type, environment, depth) for field in shape.fields)
        return _record(shape.named, names, items, path)

    def _choice(
        self, body: EnumDef, environment: _Environment, depth: int, path: str
    ) -> Choice:
        variants = tuple(
            (variant.name, self._shape(variant.shape, environment, depth, path))
            for variant in body.variants
        )
        records = [record for _, record in variants]
        sizes = {record.minimum for record in records}
        return Choice(
            minimum=1 + min(sizes, default=0),
            fixed=len(sizes) < 2 and all(record.fixed for record in records),
            weight=_weight(1 + sum(record.weight for record in records), path),
            depth=1 + max((record.depth for record in records), default=0),
            readable=all(record.readable for record in records),
            variants=variants,
        )


def _record(
    named: bool, names: tuple[str, ...], items: tuple[Layout, ...], path: str
) -> Record:
    return Record(
        minimum=_size(sum(item.minimum for item in items), path),
        fixed=all(item.fixed for item in items),
        weight=_weight(1 + sum(item.weight for item in items), path),
        depth=1 + max((item.depth for item in items), default=0),
        readable=all(item.readable for item in items),
        named=named,
        names=names,
        items=items,
    )


def _above(item: Layout) -> dict[str, Any]:
    """What a layout takes over from its one item, with one more node and level."""
    return {"weight": item.weight + 1, "depth": item.depth + 1, "readable": item.readable}


def _takes_bytes(item: Layout, path: str) -> None:
    """Items without bytes give a count no bound: four bytes could ask for four thousand million."""
    if item.minimum == 0:
        raise BadIdl(path, "a list of items that may take no bytes")


def _size(size: int, path: str) -> int:
    if size > MAX_SIZE:
        raise BadIdl(path, f"a type of at least {size} bytes; no account is longer than {MAX_SIZE}")
    return size


def _weight(weight: int, path: str) -> int:
    if weight > _MAX_WEIGHT:
        raise BadIdl(path, f"a type of more than {_MAX_WEIGHT} parts when written out")
    return weight
