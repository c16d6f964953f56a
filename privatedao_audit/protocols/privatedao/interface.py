"""The program's interface: the kit's own IDL, and decoded values as plain facts."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

from privatedao_audit.chain.anchor.idl import parse_idl
from privatedao_audit.chain.anchor.interface import EnumValue, Interface

__all__ = ["interface", "plain", "variant"]


@cache
def interface() -> Interface:
    """The decoders of ``idl.json``, built once."""
    return Interface(parse_idl(Path(__file__).with_name("idl.json").read_bytes()))


def plain(value: Any) -> Any:
    """A decoded value as raw facts hold it (see :mod:`privatedao_audit.protocols.facts`).

    Raises:
        TypeError: a value of a kind that no layout of the program has.
    """
    if value is None or isinstance(value, bool | int | str):
        return value
    if isinstance(value, bytes):
        return value.hex()
    if isinstance(value, EnumValue):
        return {value.name: plain(value.fields)} if value.fields else value.name
    if isinstance(value, Mapping):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [plain(item) for item in value]
    raise TypeError(f"a value of type {type(value).__name__} is no plain fact")


def variant(value: Any) -> str:
    """The name of an enum's variant.

    Raises:
        TypeError: not an enum.
    """
    if not isinstance(value, EnumValue):
        raise TypeError(f"expected an enum, got {type(value).__name__}")
    return value.name
