"""A Borsh encoder that works on the JSON of an IDL (spec 0.1.0), and a maker of random values.

It shares nothing with the library: neither its parser nor its layouts.
"""

from __future__ import annotations

import math
import random
import struct
from typing import Any

from solders.pubkey import Pubkey

Json = dict[str, Any]
WIDTHS = {"8": 1, "16": 2, "32": 4, "64": 8, "128": 16, "256": 32}


class Sample:
    """A random value of a type: its bytes, and what a reader should make of them.

    ``expected`` shows an enum as ("variant", fields).
    """

    def __init__(self, data: bytes, expected: Any) -> None:
        self.data = data
        self.expected = expected


class Maker:
    """Random values of the types of one IDL."""

    def __init__(self, idl: Json, seed: int) -> None:
        self.types = {item["name"]: item for item in idl["types"]}
        self.random = random.Random(seed)

    def named(self, name: str) -> Sample:
        """A value of a type of the IDL's own."""
        return self._body(self.types[name], {})

    def fields(self, fields: list[Any], env: Json | None = None) -> Sample:
        """Values of a list of named or nameless fields."""
        data, named, nameless = b"", {}, []
        for field in fields:
            has_name = isinstance(field, dict) and "name" in field
            sample = self.value(field["type"] if has_name else field, env or {})
            data += sample.data
            if has_name:
                named[field["name"]] = sample.expected
            else:
                nameless.append(sample.expected)
        return Sample(data, tuple(nameless) if nameless else named)

    def _body(self, definition: Json, env: Json) -> Sample:
        body = definition["type"]
        if body["kind"] == "type":
            return self.value(body["alias"], env)
        if body["kind"] == "struct":
            return self.fields(body.get("fields", []), env)
        tag = self.random.randrange(len(body["variants"]))
        variant = body["variants"][tag]
        if not variant.get("fields"):
            return Sample(bytes([tag]), (variant["name"], ()))
        inner = self.fields(variant["fields"], env)
        return Sample(bytes([tag]) + inner.data, (variant["name"], inner.expected))

    def value(self, kind: Any, env: Json) -> Sample:
        """A value of any type; ``env`` holds generic arguments as (type, env) or int."""
        if isinstance(kind, str):
            return self._primitive(kind)
        ((form, inner),) = kind.items()
        if form == "option":
            if self.random.random() < 0.4:
                return Sample(b"\0", None)
            sample = self.value(inner, env)
            return Sample(b"\1" + sample.data, sample.expected)
        if form == "coption":
            sample = self.value(inner, env)
            if self.random.random() < 0.4:
                return Sample(bytes(4) + self.random.randbytes(len(sample.data)), None)
            return Sample(struct.pack("<I", 1) + sample.data, sample.expected)
        if form == "vec":
            return self._list(inner, env, self.random.randrange(5), counted=True)
        if form == "array":
            count = inner[1] if isinstance(inner[1], int) else env[inner[1]["generic"]]
            return self._list(inner[0], env, count, counted=False)
        if form == "generic":
            return self.value(*env[inner])
        definition = self.types[inner["name"]]
        inside: Json = {}
        pairs = zip(definition.get("generics", []), inner.get("generics", []), strict=True)
        for parameter, argument in pairs:
            if argument["kind"] == "const":
                text = argument["value"]
                inside[parameter["name"]] = int(text) if text.isdigit() else env[text]
            else:
                inside[parameter["name"]] = (argument["type"], env)
        return self._body(definition, inside)

    def _list(self, item: Any, env: Json, count: int, *, counted: bool) -> Sample:
        samples = [self.value(item, env) for _ in range(count)]
        head = struct.pack("<I", count) if counted else b""
        data = b"".join(sample.data for sample in samples)
        if item == "u8" or (item == {"generic": "T"} and env["T"][0] == "u8"):
            return Sample(head + data, data)
        return Sample(head + data, [sample.expected for sample in samples])

    def _primitive(self, kind: str) -> Sample:
        rand = self.random
        if kind == "bool":
            value = rand.random() < 0.5
            return Sample(bytes([value]), value)
        if kind == "pubkey":
            raw = rand.randbytes(32)
            return Sample(raw, str(Pubkey.from_bytes(raw)))
        if kind == "string":
            text = "".join(rand.choice("aé漢😀\n\0") for _ in range(rand.randrange(9)))
            raw = text.encode()
            return Sample(struct.pack("<I", len(raw)) + raw, text)
        if kind == "bytes":
            raw = rand.randbytes(rand.randrange(9))
            return Sample(struct.pack("<I", len(raw)) + raw, raw)
        if kind in ("f32", "f64"):
            real = rand.choice([0.0, -0.5, 1.25, math.inf, -math.inf, 2.0**-20])
            return Sample(struct.pack("<f" if kind == "f32" else "<d", real), real)
        width = WIDTHS[kind[1:]]
        bits = 8 * width
        low, high = (-(1 << bits - 1), (1 << bits - 1) - 1) if kind[0] == "i" else (
            0, (1 << bits) - 1
        )
        number = rand.choice([low, high, rand.randint(low, high), 0, 1])
        return Sample(number.to_bytes(width, "little", signed=kind[0] == "i"), number)
