"""IDLs: both forms, and everything hostile or vague refused with its path."""

from __future__ import annotations

import json
import pickle
from typing import Any

import pytest
from solders.pubkey import Pubkey

from privatedao_audit.chain.anchor.idl import (
    MAX_IDL_BYTES,
    BadIdl,
    InstructionAccount,
    parse_idl,
)
from privatedao_audit.chain.anchor.interface import EnumValue, Interface
from tests.chain.anchor.samples import (
    KEY,
    PROGRAM,
    account_idl,
    const_argument,
    defined,
    hashed,
    idl,
    privatedao_json,
    rich_idl,
    struct_type,
    type_argument,
)

LEGACY: dict[str, Any] = {
    "version": "0.1.0",
    "name": "old_program",
    "instructions": [
        {
            "name": "castVoteV2",
            "accounts": [
                {"name": "theVoter", "isMut": True, "isSigner": True},
                {"name": "pools", "accounts": [
                    {"name": "firstPool", "isMut": False, "isSigner": False},
                    {"name": "lastPool", "isMut": True, "isSigner": False, "isOptional": True}]},
            ],
            "args": [
                {"name": "optionIndex", "type": "u8"},
                {"name": "forWhom", "type": {"option": "publicKey"}},
                {"name": "howMuch", "type": {"defined": "Amount"}}],
            "returns": "u64",
        }
    ],
    "accounts": [
        {"name": "VoteBook", "type": {"kind": "struct", "fields": [
            {"name": "ownerKey", "type": "publicKey"},
            {"name": "lastChoice", "type": {"defined": "Choice"}}]}}
    ],
    "types": [
        {"name": "Choice", "type": {"kind": "enum", "variants": [
            {"name": "None"}, {"name": "Some", "fields": [{"name": "theIndex", "type": "u8"}]},
            {"name": "Both", "fields": ["u8", {"defined": "Amount"}]}]}},
        {"name": "Amount", "type": {"kind": "alias", "value": "u64"}},
    ],
    "events": [
        {"name": "VoteCast", "fields": [
            {"name": "theVoter", "type": "publicKey", "index": False},
            {"name": "bigWeight", "type": "u128", "index": True}]}
    ],
    "errors": [{"code": 6000, "name": "TooLate", "msg": "too late"}, {"code": 6001, "name": "No"}],
    "metadata": {"address": PROGRAM},
}


def encoded(value: Any) -> bytes:
    return json.dumps(value).encode()


def bad(value: Any) -> BadIdl:
    raw = value if isinstance(value, bytes) else encoded(value)
    with pytest.raises(BadIdl) as caught:
        parse_idl(raw)
    return caught.value


def test_privatedao() -> None:
    parsed = parse_idl(privatedao_json())
    assert (parsed.name, parsed.form, parsed.address) == ("private_dao", "0.1.0", PROGRAM)
    counts = (parsed.instructions, parsed.accounts, parsed.events, parsed.errors, parsed.types)
    assert [len(item) for item in counts] == [47, 23, 41, 120, 87]
    first = parsed.instructions[0]
    assert first.name == "initialize_dao"
    assert first.accounts[2] == InstructionAccount("authority", True, True, False)
    assert parse_idl(json.loads(privatedao_json())) == parsed


def test_a_rich_idl_is_accepted() -> None:
    assert [item.name for item in parse_idl(rich_idl()).accounts] == ["Thing"]


def test_the_legacy_form() -> None:
    parsed = parse_idl(encoded(LEGACY))
    assert (parsed.name, parsed.form, parsed.address) == ("old_program", "legacy", PROGRAM)
    (instruction,) = parsed.instructions
    assert instruction.name == "cast_vote_v2"
    assert instruction.discriminator == bytes(hashed("global:cast_vote_v2"))
    assert instruction.accounts == (
        InstructionAccount("the_voter", True, True, False),
        InstructionAccount("pools.first_pool", False, False, False),
        InstructionAccount("pools.last_pool", True, False, True),
    )
    interface = Interface(parsed)
    assert interface.account_names("cast_vote_v2") == (
        "the_voter", "pools.first_pool", "pools.last_pool",
    )
    key = str(Pubkey.from_bytes(KEY))
    data = bytes(hashed("global:cast_vote_v2")) + b"\2\1" + KEY + bytes([9]) + bytes(7)
    assert interface.instruction(data).fields == {
        "option_index": 2, "for_whom": key, "how_much": 9,
    }
    book = bytes(hashed("account:VoteBook")) + KEY + b"\1\7"
    assert interface.account(book).fields == {
        "owner_key": key, "last_choice": EnumValue("Some", {"the_index": 7}),
    }
    event = bytes(hashed("event:VoteCast")) + KEY + bytes(15) + b"\1"
    assert interface.event(event).fields == {"the_voter": key, "big_weight": 1 << 120}
    assert interface.error_name(6001) == "No"
    assert [error.message for error in parsed.errors] == ["too late", None]


def test_defined_types_in_string_form_are_read_in_both_forms() -> None:
    new = account_idl(struct_type("Inner", a="u8"), inner={"defined": "Inner"}, key="publicKey")
    fields = Interface(parse_idl(new)).account(b"\7\5" + KEY).fields
    assert fields == {"inner": {"a": 5}, "key": str(Pubkey.from_bytes(KEY))}


def test_account_groups_of_the_new_form() -> None:
    inner = {"name": "b", "accounts": [{"name": "c", "optional": True}]}
    raw = idl(instructions=[{"name": "go", "discriminator": [1, 2, 3], "args": [], "accounts": [
        {"name": "x", "signer": True}, {"name": "a", "accounts": [inner, {"name": "d"}]},
    ]}])
    interface = Interface(parse_idl(raw))
    assert interface.account_names("go") == ("x", "a.b.c", "a.d")
    assert interface.instruction(b"\1\2\3").fields == {}
    assert parse_idl(raw).instructions[0].accounts[1].optional


def test_bad_idl_and_idl_can_be_pickled() -> None:
    error = bad(idl(types=7))
    again = pickle.loads(pickle.dumps(error))
    assert (again.path, again.why, str(again)) == (error.path, error.why, str(error))
    parsed = parse_idl(privatedao_json())
    assert pickle.loads(pickle.dumps(parsed)).name == parsed.name


@pytest.mark.parametrize(
    "raw",
    [b"", b"[]", b"null", b"{", b'{"a": 1, "a": 2}', b"\xff", b'{"a": NaN}', b"[" * 100_000],
)
def test_only_a_strict_json_object(raw: bytes) -> None:
    assert bad(raw).path == ""


def test_the_size_is_bounded() -> None:
    assert str(MAX_IDL_BYTES) in bad(b" " * (MAX_IDL_BYTES + 1)).why


@pytest.mark.parametrize(
    ("members", "path"),
    [
        ({"instructions": None}, "instructions"),
        ({"instructions": [7]}, "instructions[0]"),
        ({"instructions": [{"name": "a"}]}, "instructions[0].discriminator"),
        ({"accounts": {}}, "accounts"),
        ({"types": [{"name": "A"}]}, "types[0].type"),
        ({"types": [{"name": "A", "type": {"kind": "union"}}]}, "types[0].type.kind"),
        ({"types": [{"name": "A", "type": {"kind": "alias", "value": "u8"}}]},
         "types[0].type.kind"),
        ({"types": [{"name": "A b", "type": {"kind": "struct"}}]}, "types[0].name"),
        ({"types": [{"name": "A" * 129, "type": {"kind": "struct"}}]}, "types[0].name"),
        ({"types": [{"name": 7, "type": {"kind": "struct"}}]}, "types[0].name"),
        ({"types": [{"name": "A", "type": {"kind": "enum"}}]}, "types[0].type.variants"),
        ({"types": [{"name": "A", "repr": {"kind": "z"}, "type": {"kind": "struct"}}]},
         "types[0].repr.kind"),
        ({"types": [{"name": "A", "serialization": 7, "type": {"kind": "struct"}}]},
         "types[0].serialization"),
        ({"accounts": [{"name": "A", "discriminator": [1]}]}, "accounts[0]"),
        ({"events": [{"name": "A", "discriminator": [1]}]}, "events[0]"),
        ({"errors": [{"code": -1, "name": "A"}]}, "errors[0].code"),
        ({"errors": [{"code": 2**32, "name": "A"}]}, "errors[0].code"),
        ({"errors": [{"code": True, "name": "A"}]}, "errors[0].code"),
        ({"errors": [{"code": 1, "name": "A", "msg": "x" * 5000}]}, "errors[0].msg"),
        ({"errors": [{"code": 1, "name": "A"}, {"code": 1, "name": "B"}]}, "errors[1].code"),
        ({"errors": [{"code": 1, "name": "A"}, {"code": 2, "name": "A"}]}, "errors[1]"),
        ({"address": "no key"}, "address"),
        ({"metadata": {"spec": "0.1.0"}}, "metadata.name"),
        ({"metadata": {"spec": "2.0.0", "name": "a"}}, "metadata.spec"),
        ({"metadata": {"spec": 1, "name": "a"}}, "metadata.spec"),
    ],
)
def test_malformed_members(members: dict[str, Any], path: str) -> None:
    error = bad(idl(**members))
    assert error.path == path
    assert str(error).startswith(f"IDL, {path}: ")


@pytest.mark.parametrize(
    ("kind", "path"),
    [
        ("u7", ""), ("usize", ""), ("String", ""), (None, ""), (7, ""), ([], ""), ({}, ""),
        ({"hashMap": ["u8", "u8"]}, ""), ({"option": "u8", "vec": "u8"}, ""),
        ({"option": "u7"}, ".option"), ({"vec": {"vec": "no"}}, ".vec.vec"),
        ({"array": "u8"}, ".array"), ({"array": ["u8"]}, ".array"),
        ({"array": ["u8", 1, 2]}, ".array"), ({"array": ["u8", -1]}, ".array[1]"),
        ({"array": ["u8", True]}, ".array[1]"), ({"array": ["u8", "3"]}, ".array[1]"),
        ({"array": ["u8", {"other": "N"}]}, ".array[1]"),
        ({"array": ["u8", {"generic": "N"}]}, ".array"),
        ({"generic": "T"}, ""), ({"defined": "Nothing"}, ".defined"),
        ({"defined": {"name": "Nothing"}}, ".defined"), ({"defined": 7}, ".defined"),
        ({"defined": {"name": "Thing", "generics": [type_argument("u8")]}}, ".defined"),
        ({"defined": {"name": "Thing", "generics": [{"kind": "z"}]}}, ".defined.generics[0]"),
        ({"coption": "string"}, ""), ({"coption": {"option": "u8"}}, ""),
    ],
)
def test_types_that_do_not_exist(kind: Any, path: str) -> None:
    assert bad(account_idl(a=kind)).path == f"types[0].type.fields[0].type{path}"


def generic(name: str, kind: Any, *parameters: dict[str, Any]) -> dict[str, Any]:
    return {"name": name, "generics": list(parameters), "type": {"kind": "struct", "fields": [
        {"name": "a", "type": kind}]}}


T = {"kind": "type", "name": "T"}
N = {"kind": "const", "name": "N", "type": "usize"}


@pytest.mark.parametrize(
    "arguments",
    [
        (), (type_argument("u8"),), (const_argument("3"), type_argument("u8")),
        (type_argument("u8"), const_argument("3"), const_argument("3")),
        (type_argument("u8"), const_argument("-3")), (type_argument("u8"), const_argument("M")),
        (type_argument("u8"), const_argument("9" * 30)),
        (type_argument("u8"), const_argument("99999999999")),
        (type_argument("u8"), {"kind": "const", "value": 3}),
    ],
)
def test_generic_arguments_fit_their_parameters(arguments: tuple[dict[str, Any], ...]) -> None:
    boxed = generic("Boxed", {"array": [{"generic": "T"}, {"generic": "N"}]}, T, N)
    good = account_idl(boxed, a=defined("Boxed", type_argument("u16"), const_argument("2")))
    assert Interface(parse_idl(good)).account(b"\7\1\0\2\0").fields == {"a": {"a": [1, 2]}}
    assert "types[" in bad(account_idl(boxed, a=defined("Boxed", *arguments))).path


@pytest.mark.parametrize(
    "types",
    [
        [struct_type("A", a=defined("A"))],
        [struct_type("A", a={"vec": defined("A")})],
        [struct_type("A", a={"option": defined("B")}), struct_type("B", b=defined("A"))],
        [{"name": "A", "type": {"kind": "type", "alias": defined("A")}}],
        [{"name": "A", "type": {"kind": "enum", "variants": [
            {"name": "X", "fields": [defined("A")]}]}}],
        [generic("A", defined("A", type_argument({"option": {"generic": "T"}})), T)],
    ],
)
def test_recursive_types(types: list[dict[str, Any]]) -> None:
    assert "contains itself" in bad(idl(types=types)).why


def test_types_that_grow() -> None:
    """Doubling at each level, very deep chains, and more generic types than anyone needs."""
    doubling = [
        struct_type(f"A{n}", a=defined(f"A{n + 1}"), b=defined(f"A{n + 1}")) for n in range(40)
    ]
    empty: dict[str, Any] = {"name": "A40", "type": {"kind": "struct"}}
    assert "parts when written out" in bad(idl(types=[*doubling, empty])).why
    chain = [struct_type(f"A{n}", a=defined(f"A{n + 1}")) for n in range(60)]
    assert "nested deeper" in bad(idl(types=[*chain, struct_type("A60", a="u8")])).why
    fan = [
        {"name": f"G{n}", "generics": [T], "type": {"kind": "struct", "fields": [
            defined(f"G{n + 1}", type_argument({"generic": "T"})),
            defined(f"G{n + 1}", type_argument({"option": {"generic": "T"}}))]}}
        for n in range(30)
    ]
    last: dict[str, Any] = {"name": "G30", "generics": [T], "type": {"kind": "struct"}}
    assert bad(idl(types=[last, *reversed(fan)])).path.startswith("types[")
    deep: Any = "u8"
    for _ in range(40):
        deep = {"option": deep}
    # Nested this deep it is refused by the JSON reader or by the type reader, never by Python.
    assert "deeper" in bad(account_idl(a=deep)).why


@pytest.mark.parametrize(
    "kind",
    [
        {"array": ["u8", 2**24]}, {"array": ["u8", 2**63]}, {"array": ["u64", 2**21]},
        {"array": [{"array": [{"array": ["u8", 2**20]}, 2**20]}, 2**20]},
        {"array": [defined("Empty"), 2**20]}, {"vec": defined("Empty")},
        {"array": [{"array": ["u8", 0]}, 5]},
    ],
)
def test_huge_and_boundless_lists(kind: Any) -> None:
    empty: dict[str, Any] = {"name": "Empty", "type": {"kind": "struct"}}
    assert bad(account_idl(empty, a=kind)).path.startswith("types[0].type.fields[0].type")


def test_the_longest_array_is_accepted() -> None:
    assert parse_idl(account_idl(a={"array": ["u8", 10 * 2**20]})).accounts[0].name == "Thing"
    assert "no account is longer" in bad(
        account_idl(a={"array": ["u8", 10 * 2**20]}, b="u8")
    ).why


def twice(member: str, entry: dict[str, Any]) -> dict[str, Any]:
    other = {**entry, "discriminator": [9, 9]} if "discriminator" in entry else entry
    types = [] if member == "types" else [struct_type("A", a="u8")]
    return idl(**{"types": types, member: [entry, other]})


@pytest.mark.parametrize(
    "raw",
    [
        twice("types", struct_type("A", a="u8")),
        twice("accounts", {"name": "A", "discriminator": [1]}),
        twice("events", {"name": "A", "discriminator": [1]}),
        twice("instructions", {"name": "A", "discriminator": [1], "accounts": [], "args": []}),
        idl(types=[{"name": "A", "type": {"kind": "struct", "fields": [
            {"name": "a", "type": "u8"}, {"name": "a", "type": "u8"}]}}]),
        idl(types=[{"name": "A", "type": {"kind": "enum", "variants": [
            {"name": "X"}, {"name": "X"}]}}]),
        idl(types=[generic("A", "u8", T, T)]),
        idl(instructions=[{"name": "a", "discriminator": [1], "args": [], "accounts": [
            {"name": "x"}, {"name": "x"}]}]),
        idl(instructions=[{"name": "a", "discriminator": [1], "accounts": [], "args": [
            {"name": "x", "type": "u8"}, {"name": "x", "type": "u8"}]}]),
        {**LEGACY, "types": [*LEGACY["types"], struct_type("VoteBook", a="u8")]},
        {**LEGACY, "events": LEGACY["events"] * 2},
        {**LEGACY, "instructions": [
            {"name": name, "accounts": [], "args": []} for name in ("doIt", "do_it")]},
    ],
)
def test_names_stand_once(raw: dict[str, Any]) -> None:
    assert "stands twice" in bad(raw).why


@pytest.mark.parametrize(
    ("value", "path"),
    [
        ([], ""), (None, ""), ("0102", ""), ([256], "[0]"), ([-1], "[0]"), ([1, True], "[1]"),
        ([1, "2"], "[1]"), ([1.0], "[0]"),
    ],
)
@pytest.mark.parametrize("member", ["accounts", "events", "instructions"])
def test_discriminators_are_bytes(member: str, value: Any, path: str) -> None:
    entry = {"name": "A", "discriminator": value, "accounts": [], "args": []}
    raw = idl(**{"types": [struct_type("A", a="u8")], member: [entry]})
    assert bad(raw).path == f"{member}[0].discriminator{path}"


@pytest.mark.parametrize("pair", [([1], [1]), ([1, 2], [1]), ([1], [1, 2, 3])])
@pytest.mark.parametrize("member", ["accounts", "events", "instructions"])
def test_no_discriminator_begins_another_of_its_kind(
    member: str, pair: tuple[list[int], list[int]]
) -> None:
    entries = [
        {"name": name, "discriminator": value, "accounts": [], "args": []}
        for name, value in zip(("A", "C", "B"), (pair[0], [3], pair[1]), strict=True)
    ]
    types = [struct_type(name, a="u8") for name in "ABC"]
    error = bad(idl(**{"types": types, member: entries}))
    assert error.path == member and "begins with that of" in error.why


def test_kinds_do_not_collide_with_each_other() -> None:
    entry = {"name": "A", "discriminator": [1], "accounts": [], "args": []}
    raw = idl(types=[struct_type("A", a="u8")], accounts=[entry], events=[entry],
              instructions=[entry])
    interface = Interface(parse_idl(raw))
    assert interface.account(b"\1\2").fields == interface.event(b"\1\2").fields == {"a": 2}


@pytest.mark.parametrize(
    ("marks", "why"),
    [
        ({"serialization": "bytemuck"}, "bytemuck"),
        ({"serialization": "bytemuckunsafe"}, "bytemuckunsafe"),
        ({"serialization": {"custom": "mine"}}, "custom"),
        ({"repr": {"kind": "c"}}, "C layout"),
        ({"repr": {"kind": "rust", "packed": True}}, "C layout"),
        ({"repr": {"kind": "rust", "align": 8}}, "C layout"),
        ({"serialization": "borsh"}, None),
        ({"repr": {"kind": "rust"}}, None),
        ({"repr": {"kind": "transparent"}}, None),
    ],
)
def test_types_that_are_not_stored_as_borsh(marks: dict[str, Any], why: str | None) -> None:
    parsed = parse_idl(idl(types=[struct_type("A", a="u8") | marks]))
    refused = parsed.types["A"].refused
    assert refused is None if why is None else why in str(refused)


def test_mixed_and_nameless_fields() -> None:
    mixed = [{"name": "a", "type": "u8"}, "u8"]
    assert "side by side" in bad(
        idl(types=[{"name": "A", "type": {"kind": "struct", "fields": mixed}}])
    ).why
    nameless = {"name": "a", "discriminator": [1], "accounts": [], "args": ["u8"]}
    assert "without names" in bad(idl(instructions=[nameless])).why
    assert "without names" in bad({**LEGACY, "events": [{"name": "E", "fields": ["u8"]}]}).why


def test_too_many_variants_and_groups() -> None:
    variants = [{"name": f"V{n}"} for n in range(257)]
    assert "257 variants" in bad(
        idl(types=[{"name": "A", "type": {"kind": "enum", "variants": variants}}])
    ).why
    group: dict[str, Any] = {"name": "leaf"}
    for _ in range(12):
        group = {"name": "g", "accounts": [group]}
    entry = {"name": "a", "discriminator": [1], "args": [], "accounts": [group]}
    assert "account groups nested" in bad(idl(instructions=[entry])).why


def test_an_error_never_repeats_hostile_text() -> None:
    error = bad(account_idl(a="\x1b[31m<script>"))
    assert "script" not in str(error) and "\x1b" not in str(error)
    error = bad(idl(types=[{"name": "a\u202eb", "type": {"kind": "struct"}}]))
    assert "\u202e" not in str(error)
