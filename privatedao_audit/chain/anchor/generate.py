"""Readers made of generated Python: the same values as the plain reader, many times faster.

Fields of fixed size that follow each other are taken out in one struct call. The text that is
compiled holds nothing of an IDL but counts and sizes: a name enters as a constant of the parsed
tree, so no name, however hostile, is ever read as code.

A generated reader accepts exactly what the plain reader accepts. It says no more than "not this"
(one of REFUSALS); the caller then asks the plain reader what is wrong, and where.
"""

from __future__ import annotations

import ast
import struct
from collections.abc import Callable
from contextlib import contextmanager
from typing import Any, Final

from solders.pubkey import Pubkey

from privatedao_audit.chain.anchor.exact import EnumValue
from privatedao_audit.chain.anchor.layout import (
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
    String,
    VecOf,
)

__all__ = ["REFUSALS", "compile_reader"]

#: What a generated reader raises for bytes it does not accept.
REFUSALS: Final = (struct.error, IndexError, ValueError)

_MAX_WEIGHT: Final = 2_000
_MAX_DEPTH: Final = 12  # Python allows 20 loops inside each other
_MAX_KEYS: Final = 65_536

_FORMATS: Final = {
    "u8": "B", "u16": "H", "u32": "I", "u64": "Q",
    "i8": "b", "i16": "h", "i32": "i", "i64": "q",
    "f32": "f", "f64": "d",
}


class _Refused(ValueError):
    """The bytes break a rule of the format."""


class _Keys(dict[bytes, str]):
    """Public keys as base58 text. The same keys come again and again, so texts are kept."""

    def __missing__(self, raw: bytes) -> str:
        if len(self) >= _MAX_KEYS:
            self.clear()
        text = self[raw] = str(Pubkey(raw))
        return text


def _not_nan(value: float) -> float:
    if value != value:
        raise _Refused
    return value


#: What every generated reader may name: B refusal, E enum value, F float, P keys, T booleans.
_SHARED: Final[dict[str, Any]] = {
    "__builtins__": {"len": len, "range": range},
    "B": _Refused,
    "E": EnumValue,
    "F": _not_nan,
    "P": _Keys(),
    "T": (False, True),
}

Reader = Callable[[bytes], Any]


def compile_reader(
    layout: Layout, start: int, result: tuple[type[tuple[Any, ...]], str] | None = None
) -> Reader | None:
    """A function that reads ``layout`` from byte ``start``: (value, offset of the end).

    With ``result``, a tuple type and a name, it gives the type made of (name, value, bytes after
    the end). None for a layout that is better left to the plain reader: very large, very deep,
    or with a type in it that is refused.
    """
    if not layout.readable or layout.weight > _MAX_WEIGHT or layout.depth > _MAX_DEPTH:
        return None
    writer = _Writer(start)
    value = writer.value(layout)
    writer.flush()
    writer.finish(value, result)
    length = " L = len(d)\n" if any("L" in line for line in writer.lines) else ""
    source = f"def read(d):\n{length}" + "\n".join(writer.lines)
    tree = _Constants(writer.constants).visit(ast.parse(source))
    namespace = {**_SHARED, **writer.bound}
    exec(compile(ast.fix_missing_locations(tree), "<anchor reader>", "exec"), namespace)
    reader: Reader = namespace["read"]
    return reader


class _Constants(ast.NodeTransformer):
    """Puts the texts of an IDL in place of K0, K1, ... as constants of the tree."""

    def __init__(self, constants: list[str]) -> None:
        self._constants = constants

    def visit_Name(self, node: ast.Name) -> ast.expr:
        if node.id[0] != "K":
            return node
        return ast.copy_location(ast.Constant(self._constants[int(node.id[1:])]), node)


class _Writer:
    """Source text of one reader. ``d`` is the data, ``L`` its length, ``o`` an offset in it."""

    def __init__(self, start: int) -> None:
        self.lines: list[str] = []
        self.constants: list[str] = []
        self.bound: dict[str, Any] = {}
        self._names = 0
        self._indent = 1
        self._run: list[tuple[str, str]] = []
        # Where the next byte is: a number, or a number added to the variable o.
        self._from_o = False
        self._offset = start

    def finish(self, value: str, result: tuple[type[tuple[Any, ...]], str] | None) -> None:
        """Write the return statement."""
        if result is None:
            self.line(f"return {value}, {self.at()}")
            return
        # A named tuple's own constructor is a Python function, and costs as much as five fields.
        make, name = self._bind("M", tuple.__new__), self._constant(result[1])
        made = self._bind("R", result[0])
        self.line(f"return {make}({made}, ({name}, {value}, d[{self.at()}:]))")

    def line(self, text: str) -> None:
        self.lines.append(" " * self._indent + text)

    def at(self) -> str:
        """The offset of the next byte, as an expression."""
        if not self._from_o:
            return str(self._offset)
        return f"o + {self._offset}" if self._offset else "o"

    def _settle(self, text: str | None = None) -> None:
        """Put the offset into the variable o."""
        value = self.at() if text is None else text
        if value != "o":
            self.line(f"o = {value}")
        self._from_o, self._offset = True, 0

    def _name(self) -> str:
        self._names += 1
        return f"v{self._names}"

    def _bind(self, letter: str, value: Any) -> str:
        name = f"{letter}{len(self.bound)}_"
        self.bound[name] = value
        return name

    def _constant(self, text: str) -> str:
        self.constants.append(text)
        return f"K{len(self.constants) - 1}"

    def _take(self, form: str) -> str:
        """A variable for the next value of a struct format; it is set by the next flush."""
        name = self._name()
        self._run.append((form, name))
        return name

    def flush(self) -> None:
        """Write the struct call for what was taken."""
        if not self._run:
            return
        run = struct.Struct("<" + "".join(form for form, _ in self._run))
        names = "".join(f"{name}, " for _, name in self._run)
        self.line(f"{names}= {self._bind('U', run.unpack_from)}(d, {self.at()})")
        self._offset += run.size
        self._run = []

    @contextmanager
    def _block(self, head: str) -> Any:
        """An indented block that begins at the offset before it and ends with o settled."""
        before = self._from_o, self._offset
        self.line(head)
        self._indent += 1
        yield
        self._settle()
        self._indent -= 1
        self._from_o, self._offset = before

    def _after_blocks(self) -> None:
        self._from_o, self._offset = True, 0

    def value(self, layout: Layout) -> str:
        """Write what reads ``layout``; the result is an expression, true after a flush."""
        if _is_run(layout):
            return self._flat(layout, self._take)
        if isinstance(layout, Record):
            return self._fields(layout, [self.value(item) for item in layout.items])
        if isinstance(layout, String | Bytes):
            return self._counted(layout)
        if isinstance(layout, OptionOf | COptionOf):
            return self._option(layout)
        if isinstance(layout, VecOf):
            return self._vec(layout)
        if isinstance(layout, ArrayOf):
            self.flush()
            self._settle()
            return self._loop(layout.item, str(layout.count))
        assert isinstance(layout, Choice)
        return self._choice(layout)

    def _flat(self, layout: Layout, take: Callable[[str], str]) -> str:
        """The same for a layout that is one run: it only takes, and writes nothing."""
        if isinstance(layout, Number):
            return _number(layout, take)
        if isinstance(layout, Key):
            return f"P[{take('32s')}]"
        if isinstance(layout, Bool):
            return f"T[{take('B')}]"
        if isinstance(layout, FixedBytes):
            return take(f"{layout.minimum}s")
        if isinstance(layout, Choice):
            values = tuple(EnumValue(name) for name, _ in layout.variants)
            return f"{self._bind('C', values)}[{take('B')}]"
        if isinstance(layout, ArrayOf):
            raw = take(f"{layout.minimum}s")
            return self._each(layout.item, raw) if layout.count else "[]"
        assert isinstance(layout, Record)
        return self._fields(layout, [self._flat(item, take) for item in layout.items])

    def _each(self, item: Layout, raw: str) -> str:
        """A list of one-run items out of exactly their bytes."""
        run: list[tuple[str, str]] = []

        def take(form: str) -> str:
            run.append((form, self._name()))
            return run[-1][1]

        expression = self._flat(item, take)
        each = struct.Struct("<" + "".join(form for form, _ in run)).iter_unpack
        names = "".join(f"{name}, " for _, name in run)
        return f"[{expression} for ({names}) in {self._bind('U', each)}({raw})]"

    def _fields(self, layout: Record, values: list[str]) -> str:
        if not layout.named:
            return "(" + "".join(f"{value}, " for value in values) + ")"
        pairs = zip(layout.names, values, strict=True)
        return "{" + ", ".join(f"{self._constant(name)}: {value}" for name, value in pairs) + "}"

    def _counted(self, layout: Layout) -> str:
        count, end, value = self._take("I"), self._name(), self._name()
        self.flush()
        self.line(f"{end} = {self.at()} + {count}")
        self.line(f"if {end} > L: raise B")
        decode = ".decode()" if isinstance(layout, String) else ""
        self.line(f"{value} = d[{self.at()}:{end}]{decode}")
        self._settle(end)
        return value

    def _option(self, layout: OptionOf | COptionOf) -> str:
        wide = isinstance(layout, COptionOf)
        tag, value = self._take("I" if wide else "B"), self._name()
        self.flush()
        with self._block(f"if {tag} == 1:"):
            inner = self.value(layout.item)
            self.flush()
            self.line(f"{value} = {inner}")
        with self._block(f"elif {tag} == 0:"):
            self.line(f"{value} = None")
            if wide:
                self._offset += layout.item.minimum
                self.line(f"if {self.at()} > L: raise B")
        self.line("else: raise B")
        self._after_blocks()
        return value

    def _vec(self, layout: VecOf) -> str:
        count, size = self._take("I"), layout.item.minimum
        self.flush()
        self.line(f"if {count} * {size} > L - ({self.at()}): raise B")
        if not _is_run(layout.item):
            self._settle()
            return self._loop(layout.item, count)
        end, value = self._name(), self._name()
        self.line(f"{end} = {self.at()} + {count} * {size}")
        self.line(f"{value} = {self._each(layout.item, f'd[{self.at()}:{end}]')}")
        self._settle(end)
        return value

    def _loop(self, item: Layout, count: str) -> str:
        values = self._name()
        self.line(f"{values} = []")
        with self._block(f"for _ in range({count}):"):
            value = self.value(item)
            self.flush()
            self.line(f"{values}.append({value})")
        self._after_blocks()
        return values

    def _choice(self, layout: Choice) -> str:
        tag, value = self._take("B"), self._name()
        self.flush()
        for number, (name, record) in enumerate(layout.variants):
            with self._block(f"{'elif' if number else 'if'} {tag} == {number}:"):
                if record.items:
                    inner = self.value(record)
                    self.flush()
                    self.line(f"{value} = E({self._constant(name)}, {inner})")
                else:
                    self.line(f"{value} = {self._bind('C', EnumValue(name))}")
        self.line("else: raise B")
        self._after_blocks()
        return value


def _number(layout: Number, take: Callable[[str], str]) -> str:
    if layout.name in ("f32", "f64"):
        return f"F({take(_FORMATS[layout.name])})"
    if layout.name in _FORMATS:
        return take(_FORMATS[layout.name])
    words = layout.minimum // 8
    forms = ["Q"] * (words - 1) + ["q" if layout.name[0] == "i" else "Q"]
    parts = [f"{take(form)} << {64 * n}" if n else take(form) for n, form in enumerate(forms)]
    return "(" + " | ".join(parts) + ")"


def _is_run(layout: Layout) -> bool:
    """Whether a layout is one struct call: fixed size, and nothing to decide on the way."""
    if isinstance(layout, Number | Key | Bool | FixedBytes):
        return True
    if isinstance(layout, Choice):
        return layout.is_plain
    if isinstance(layout, ArrayOf):
        return _is_run(layout.item)
    return isinstance(layout, Record) and all(_is_run(item) for item in layout.items)
