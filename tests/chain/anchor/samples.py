"""IDLs that the tests share: a small one that uses every part of the format, and its pieces."""

from __future__ import annotations

import copy
import hashlib
from pathlib import Path
from typing import Any

import privatedao_audit

PROGRAM = "EP9xE8MJZ6FfyEwLqns6HDdUZBknEa7WGYs1Jzsecuva"
OTHER = "SQDS4ep65T869zMMBKyuUq6aD6EgTu8psMjkvj52pCf"
KEY = bytes(range(32))


def privatedao_json() -> bytes:
    """PrivateDAO's interface, as the kit carries it."""
    package = Path(privatedao_audit.__file__).parent
    return (package / "protocols" / "privatedao" / "idl.json").read_bytes()


def hashed(preimage: str) -> list[int]:
    return list(hashlib.sha256(preimage.encode()).digest()[:8])


def idl(**members: Any) -> dict[str, Any]:
    """A minimal IDL of spec 0.1.0, with other members put in."""
    return {
        "address": PROGRAM,
        "metadata": {"name": "sample", "version": "0.1.0", "spec": "0.1.0"},
        "instructions": [], "accounts": [], "events": [], "errors": [], "types": [],
        **copy.deepcopy(members),
    }


def struct_type(name: str, **fields: Any) -> dict[str, Any]:
    """A struct with named fields."""
    listed = [{"name": key, "type": value} for key, value in fields.items()]
    return {"name": name, "type": {"kind": "struct", "fields": listed}}


def account_idl(*more: dict[str, Any], **fields: Any) -> dict[str, Any]:
    """An IDL whose one account "Thing" has the fields; ``more`` are further types."""
    return idl(
        accounts=[{"name": "Thing", "discriminator": [7]}],
        types=[struct_type("Thing", **fields), *more],
    )


NUMBERS = [f"{sign}{bits}" for sign in "ui" for bits in (8, 16, 32, 64, 128, 256)]

#: Every kind of type, in the combinations that a generated reader treats apart.
RICH_TYPES: list[dict[str, Any]] = [
    {"name": "Plain", "type": {"kind": "enum", "variants": [
        {"name": "First"}, {"name": "Second"}, {"name": "Third"}]}},
    {"name": "Mixed", "type": {"kind": "enum", "variants": [
        {"name": "Unit"},
        {"name": "Named", "fields": [
            {"name": "key", "type": "pubkey"}, {"name": "text", "type": "string"}]},
        {"name": "Nameless", "fields": ["u8", {"option": "i64"}]},
        {"name": "Last"}]}},
    {"name": "Pair", "type": {"kind": "struct", "fields": ["u16", "bool"]}},
    {"name": "Loose", "type": {"kind": "struct", "fields": ["string", {"vec": "u32"}]}},
    {"name": "Empty", "type": {"kind": "struct"}},
    {"name": "Point", "type": {"kind": "struct", "fields": [
        {"name": "x", "type": "i32"}, {"name": "y", "type": "u128"}]}},
    {"name": "Amount", "type": {"kind": "type", "alias": {"option": "u64"}}},
    {"name": "Boxed",
     "generics": [{"kind": "type", "name": "T"}, {"kind": "const", "name": "N", "type": "usize"}],
     "type": {"kind": "struct", "fields": [
         {"name": "one", "type": {"generic": "T"}},
         {"name": "many", "type": {"array": [{"generic": "T"}, {"generic": "N"}]}}]}},
    {"name": "Twice",
     "generics": [{"kind": "const", "name": "M", "type": "usize"}],
     "type": {"kind": "struct", "fields": [
         {"name": "boxed", "type": {"defined": {"name": "Boxed", "generics": [
             {"kind": "type", "type": "u16"}, {"kind": "const", "value": "M"}]}}}]}},
]


def defined(name: str, *generics: dict[str, Any]) -> dict[str, Any]:
    return {"defined": {"name": name, **({"generics": list(generics)} if generics else {})}}


def type_argument(kind: Any) -> dict[str, Any]:
    return {"kind": "type", "type": kind}


def const_argument(value: str) -> dict[str, Any]:
    return {"kind": "const", "value": value}


RICH_FIELDS: dict[str, Any] = {
    **{f"n_{name}": name for name in NUMBERS},
    "f_32": "f32", "f_64": "f64", "flag": "bool", "key": "pubkey", "text": "string",
    "raw": "bytes", "hash": {"array": ["u8", 32]}, "raw_vec": {"vec": "u8"},
    "maybe": {"option": "pubkey"}, "maybe_text": {"option": "string"},
    "maybe_maybe": {"option": {"option": "u8"}}, "c_maybe": {"coption": "pubkey"},
    "c_pair": {"coption": defined("Pair")},
    "keys": {"vec": "pubkey"}, "texts": {"vec": "string"}, "points": {"vec": defined("Point")},
    "nested": {"vec": {"vec": {"option": "u16"}}}, "mixed": defined("Mixed"),
    "mixes": {"vec": defined("Mixed")}, "plain": defined("Plain"),
    "plains": {"array": [defined("Plain"), 4]}, "five": {"array": ["pubkey", 5]},
    "grid": {"array": [{"array": ["u16", 2]}, 3]}, "nothing": {"array": ["u32", 0]},
    "no_bytes": {"array": ["u8", 0]}, "three_texts": {"array": ["string", 3]},
    "pair": defined("Pair"), "loose": defined("Loose"), "empty": defined("Empty"),
    "amount": defined("Amount"), "point_or_none": {"option": defined("Point")},
    "boxed": defined("Boxed", type_argument("string"), const_argument("2")),
    "boxed_bytes": defined("Boxed", type_argument("u8"), const_argument("3")),
    "twice": defined("Twice", const_argument("2")), "last": "u8",
}


def rich_idl() -> dict[str, Any]:
    """An IDL whose account "Thing" has a field of every kind."""
    return account_idl(*copy.deepcopy(RICH_TYPES), **copy.deepcopy(RICH_FIELDS))
