"""Decoding with an IDL: known answers, every kind of type, and that nothing else is accepted."""

from __future__ import annotations

import gc
import json
import pickle
import struct
from typing import Any

import pytest
from solders.pubkey import Pubkey

from privatedao_audit.chain.anchor.exact import read
from privatedao_audit.chain.anchor.generate import REFUSALS, compile_reader
from privatedao_audit.chain.anchor.idl import parse_idl
from privatedao_audit.chain.anchor.interface import (
    Decoded,
    EnumValue,
    Interface,
    UnknownDiscriminator,
)
from privatedao_audit.chain.borsh import Cursor, DecodeError
from tests.chain.anchor.encoder import Maker
from tests.chain.anchor.samples import (
    KEY,
    account_idl,
    defined,
    hashed,
    idl,
    privatedao_json,
    rich_idl,
    struct_type,
)

KEY_TEXT = str(Pubkey.from_bytes(KEY))


def text(value: str) -> bytes:
    raw = value.encode()
    return struct.pack("<I", len(raw)) + raw


def shown(value: Any) -> Any:
    """A decoded value with its enums in the encoder's form."""
    if isinstance(value, EnumValue):
        return value.name, shown(value.fields)
    if isinstance(value, dict):
        return {key: shown(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return type(value)(shown(item) for item in value)
    return value


def thing(*more: dict[str, Any], **fields: Any) -> Interface:
    return Interface(parse_idl(account_idl(*more, **fields)))


def fields_of(data: bytes, *more: dict[str, Any], **fields: Any) -> dict[str, Any]:
    """The fields of a "Thing" in ``data``, both readers asked, nothing left over."""
    interface = thing(*more, **fields)
    layout = interface.layout("account", "Thing")
    exact = read(layout, Cursor(data, "thing"), "")
    fast = compile_reader(layout, 1)
    assert fast is not None
    assert fast(b"\7" + data) == (exact, len(data) + 1)
    decoded = interface.account(b"\7" + data)
    assert decoded == ("Thing", exact, b"")
    return decoded.fields


def refused(data: bytes, *more: dict[str, Any], **fields: Any) -> DecodeError:
    """The error for ``data`` as a "Thing"; the generated reader must refuse it too."""
    interface = thing(*more, **fields)
    fast = compile_reader(interface.layout("account", "Thing"), 1)
    assert fast is not None
    with pytest.raises(REFUSALS):
        fast(b"\7" + data)
    with pytest.raises(DecodeError) as caught:
        interface.account(b"\7" + data)
    return caught.value


@pytest.fixture(scope="module")
def privatedao() -> Interface:
    return Interface(parse_idl(privatedao_json()))


DAO = (
    bytes.fromhex("a3092f1f3455c531") + KEY + text("Öffnung") + KEY + b"\x33"
    + struct.pack("<Qqq", 5, 60, 70) + b"\2\x32\x3c" + struct.pack("<Q", 3) + b"\xff"
    + b"\1" + KEY
)


def test_a_dao_account_known_answer(privatedao: Interface) -> None:
    padded = DAO + bytes(210 - len(DAO))
    decoded = privatedao.account(padded)
    assert decoded.name == "Dao"
    assert decoded.fields == {
        "authority": KEY_TEXT, "dao_name": "Öffnung", "governance_token": KEY_TEXT,
        "quorum_percentage": 51, "governance_token_required": 5, "reveal_window_seconds": 60,
        "execution_delay_seconds": 70,
        "voting_config": EnumValue(
            "DualChamber", {"capital_threshold": 50, "community_threshold": 60}
        ),
        "proposal_count": 3, "bump": 255, "migrated_from_realms": KEY_TEXT,
    }
    names = list(decoded.fields)
    assert (names[0], names[-1]) == ("authority", "migrated_from_realms")
    assert decoded.trailing == bytes(210 - len(DAO))
    assert decoded.trailing_is_zero and not decoded.is_exact


def test_a_tail_with_a_bit_set_is_shown(privatedao: Interface) -> None:
    decoded = privatedao.account(DAO + bytes(5) + b"\1")
    assert decoded.trailing == bytes(5) + b"\1"
    assert not decoded.trailing_is_zero
    assert privatedao.account(DAO).is_exact and privatedao.account(DAO).trailing_is_zero


def test_privatedao_discriminators_follow_from_names(privatedao: Interface) -> None:
    for kind, prefix in (("account", "account"), ("instruction", "global"), ("event", "event")):
        names = privatedao.names(kind)  # type: ignore[arg-type]
        assert len(names) == {"account": 23, "instruction": 47, "event": 41}[kind]
        for name in names:
            expected = bytes(hashed(f"{prefix}:{name}"))
            assert privatedao.discriminator(kind, name) == expected  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("account", "field", "offset"),
    [
        ("DaoSecurityPolicy", "proof_attestors", 76),
        ("DaoSecurityPolicy", "emergency_disabled", 416),
        ("DaoSecurityPolicy", "bump", 433),
        ("VoterRecord", "commitment", 72),
        ("VoterRecord", "voter_reveal_authority", 124),
        ("Proposal", "title", 80),
    ],
)
def test_known_offsets(privatedao: Interface, account: str, field: str, offset: int) -> None:
    """Cut just inside the field, the error names the field and where it starts."""
    data = privatedao.discriminator("account", account) + bytes(offset - 8)
    with pytest.raises(DecodeError) as caught:
        privatedao.account(data)
    assert caught.value.offset == offset
    assert caught.value.what.startswith(f"account {account}.{field}")


@pytest.mark.parametrize(
    ("account", "allocated"),
    [
        ("DaoSecurityPolicy", 434), ("DaoGovernancePolicyV3", 99), ("SettlementEvidence", 251),
        ("DaoSettlementPolicyV3", 107), ("ProposalGovernancePolicySnapshotV3", 100),
        ("ProposalSettlementPolicySnapshotV3", 164), ("RevealRebateVaultV3State", 41),
        ("ProposalExecutionPolicySnapshot", 86), ("ProposalProofVerification", 283),
        ("SettlementConsumptionRecord", 81), ("VoterWeightScopeRecord", 122),
        ("TreasuryOperatorAuthority", 89), ("VoteDelegation", 122), ("ProposalZkPolicy", 115),
    ],
)
def test_fixed_accounts_have_their_allocated_length(
    privatedao: Interface, account: str, allocated: int
) -> None:
    layout = privatedao.layout("account", account)
    assert layout.fixed and layout.minimum + 8 == allocated
    decoded = privatedao.account(privatedao.discriminator("account", account) + bytes(allocated))
    assert len(decoded.trailing) == 8


def test_instructions_and_their_accounts(privatedao: Interface) -> None:
    data = privatedao.discriminator("instruction", "transfer_dao_authority") + KEY
    assert privatedao.instruction(data) == (
        "transfer_dao_authority", {"new_authority": KEY_TEXT}, b"",
    )
    assert privatedao.account_names("transfer_dao_authority") == ("dao", "authority")
    assert privatedao.instruction(data + b"x").trailing == b"x"
    with pytest.raises(KeyError, match="no instruction nothing"):
        privatedao.account_names("nothing")
    with pytest.raises(KeyError, match="no event nothing"):
        privatedao.discriminator("event", "nothing")


def test_events_and_error_names(privatedao: Interface) -> None:
    data = bytes.fromhex("8f140a8ef83bbc58") + KEY + text("a") + KEY
    assert privatedao.event(data).fields == {"dao": KEY_TEXT, "name": "a", "authority": KEY_TEXT}
    assert privatedao.error_name(6000) == "NameTooLong"
    assert privatedao.error_name(1) is None
    assert len(privatedao.errors) == 120


def test_unknown_discriminator_shows_what_was_there(privatedao: Interface) -> None:
    with pytest.raises(UnknownDiscriminator, match="begins with 0102030405060708") as caught:
        privatedao.account(bytes(range(1, 12)))
    assert isinstance(caught.value, DecodeError) and caught.value.offset == 0
    for data in (b"", b"\1", DAO[:7]):
        with pytest.raises(UnknownDiscriminator, match=f"{len(data)} bytes .*too short"):
            privatedao.account(data)
    with pytest.raises(UnknownDiscriminator):
        privatedao.event(DAO)  # an account is no event


def test_account_as_holds_to_the_name(privatedao: Interface) -> None:
    assert privatedao.account_as("Dao", DAO) == privatedao.account(DAO)
    with pytest.raises(UnknownDiscriminator, match="Proposal with 1a5ebdbb74883521"):
        privatedao.account_as("Proposal", DAO)
    with pytest.raises(UnknownDiscriminator, match="begins with nothing"):
        privatedao.account_as("Dao", b"")
    with pytest.raises(KeyError, match="no account Tao"):
        privatedao.account_as("Tao", DAO)


@pytest.mark.parametrize("data", [5, None, "text", [1, 2]])
def test_only_bytes_are_decoded(privatedao: Interface, data: Any) -> None:
    for method in (privatedao.account, lambda value: privatedao.account_as("Dao", value)):
        with pytest.raises(DecodeError, match="expected bytes"):
            method(data)
    assert privatedao.account(memoryview(DAO)) == privatedao.account(bytearray(DAO))


@pytest.mark.parametrize("collecting", [True, False])
def test_many_accounts_at_once(privatedao: Interface, collecting: bool) -> None:
    """One answer each, errors in their place; the collector is left as it was."""
    items: list[Any] = [DAO, DAO[:20], b"12345678", memoryview(DAO), None, DAO + b"\0", b""]
    was = gc.isenabled()
    (gc.enable if collecting else gc.disable)()
    try:
        found = privatedao.accounts(items)
        assert gc.isenabled() is collecting
    finally:
        (gc.enable if was else gc.disable)()
    assert len(found) == len(items)
    for item, answer in zip(items, found, strict=True):
        try:
            expected = privatedao.account(item)
        except DecodeError as error:
            assert type(answer) is type(error) and str(answer) == str(error)
        else:
            assert answer == expected
    kinds = [type(answer).__name__ for answer in found]
    assert kinds == [
        "Decoded", "DecodeError", "UnknownDiscriminator", "Decoded", "DecodeError", "Decoded",
        "UnknownDiscriminator",
    ]
    assert privatedao.accounts([]) == []


def test_the_fast_reader_is_the_one_in_use() -> None:
    """After the first meeting, a good account never reaches the plain reader."""
    interface = thing(a="u8", b="string")
    data = b"\7\1" + text("b")
    first = interface.account(data)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("privatedao_audit.chain.anchor.interface.read", None)
        assert interface.account(data) == first == interface.accounts([data])[0]
        with pytest.raises(TypeError):
            interface.account(data[:-1])  # an error is the plain reader's business


def test_interface_survives_pickling(privatedao: Interface) -> None:
    again = pickle.loads(pickle.dumps(privatedao))
    assert again.account(DAO) == privatedao.account(DAO)


def test_every_byte_cut_off_is_an_error_with_its_field(privatedao: Interface) -> None:
    for length in range(8, len(DAO)):
        with pytest.raises(DecodeError) as caught:
            privatedao.account(DAO[:length])
        assert caught.value.offset is not None and caught.value.offset <= length
        assert caught.value.what.startswith("account Dao.")


@pytest.mark.parametrize("seed", range(40))
def test_random_values_of_every_kind(seed: int) -> None:
    raw = rich_idl()
    interface = Interface(parse_idl(raw))
    sample = Maker(raw, seed).named("Thing")
    data = b"\7" + sample.data
    decoded = interface.account(data)
    assert shown(decoded.fields) == sample.expected
    assert decoded.is_exact
    layout = interface.layout("account", "Thing")
    fast = compile_reader(layout, 1)
    assert fast is not None
    assert fast(data + b"tail") == (decoded.fields, len(data))
    assert read(layout, Cursor(sample.data, "thing"), "") == decoded.fields


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_both_readers_refuse_the_same_damage(seed: int) -> None:
    """Cut anywhere or with any byte changed: the same value from both, or an error from both."""
    raw = rich_idl()
    interface = Interface(parse_idl(raw))
    maker = Maker(raw, seed)
    layout = interface.layout("account", "Thing")
    fast = compile_reader(layout, 0)
    assert fast is not None
    data = maker.named("Thing").data
    damaged = [data[:length] for length in range(len(data))]
    for position in range(len(data)):
        byte = data[position] ^ maker.random.randrange(1, 256)
        damaged.append(data[:position] + bytes([byte]) + data[position + 1 :])
    for bad in damaged:
        cursor = Cursor(bad, "thing")
        try:
            value = read(layout, cursor, "")
        except DecodeError:
            with pytest.raises(REFUSALS):
                fast(bad)
        else:
            assert fast(bad) == (value, cursor.offset)
    cut_errors = 0
    for bad in damaged[: len(data)]:
        with pytest.raises(DecodeError):
            read(layout, Cursor(bad, "thing"), "")
        cut_errors += 1
    assert cut_errors == len(data)


@pytest.mark.parametrize("seed", range(3))
def test_random_privatedao_accounts(privatedao: Interface, seed: int) -> None:
    raw = json.loads(privatedao_json())
    maker = Maker(raw, seed)
    for entry in raw["accounts"]:
        sample = maker.named(entry["name"])
        decoded = privatedao.account(bytes(entry["discriminator"]) + sample.data + bytes(3))
        assert decoded.name == entry["name"] and shown(decoded.fields) == sample.expected
        assert decoded.trailing == bytes(3)
    for entry in raw["instructions"]:
        sample = maker.fields(entry["args"])
        decoded = privatedao.instruction(bytes(entry["discriminator"]) + sample.data)
        assert decoded.name == entry["name"] and shown(decoded.fields) == sample.expected
    for entry in raw["events"]:
        sample = maker.named(entry["name"])
        decoded = privatedao.event(bytes(entry["discriminator"]) + sample.data)
        assert decoded.is_exact and shown(decoded.fields) == sample.expected


@pytest.mark.parametrize("kind", ["bool", {"option": "u8"}])
def test_tags_are_zero_or_one(kind: Any) -> None:
    for tag in (2, 128, 255):
        error = refused(bytes([tag, 0, 0]), a=kind)
        assert f"must be 0 or 1, is {tag}" in error.why and error.what.endswith("Thing.a")


def test_coption() -> None:
    assert fields_of(struct.pack("<IH", 1, 7), a={"coption": "u16"}) == {"a": 7}
    assert fields_of(struct.pack("<IH", 0, 7), a={"coption": "u16"}) == {"a": None}
    for tag in (2, 256, 2**32 - 1):
        assert "coption tag" in refused(struct.pack("<IH", tag, 7), a={"coption": "u16"}).why
    for data in (struct.pack("<IB", 0, 7), struct.pack("<IB", 1, 7), b"\0\0\0"):
        refused(data, a={"coption": "u16"})


def test_enum_tag_beyond_the_variants() -> None:
    plain = {"name": "E", "type": {"kind": "enum", "variants": [{"name": "A"}, {"name": "B"}]}}
    mixed = {"name": "E", "type": {"kind": "enum", "variants": [
        {"name": "A"}, {"name": "B", "fields": ["u8"]}]}}
    for definition in (plain, mixed):
        for tag in (2, 255):
            error = refused(bytes([tag, 0]), definition, a=defined("E"))
            assert error.why == f"enum tag {tag}, of 2 variants" and error.offset == 1
    assert str(fields_of(b"\1", plain, a=defined("E"))["a"]) == "B"
    assert fields_of(b"\1\5", mixed, a=defined("E")) == {"a": EnumValue("B", (5,))}
    none = {"name": "E", "type": {"kind": "enum", "variants": []}}
    assert "of 0 variants" in refused(b"\0", none, a=defined("E")).why


def test_enum_values_are_frozen() -> None:
    with pytest.raises(AttributeError):
        EnumValue("A").name = "B"  # type: ignore[misc]


@pytest.mark.parametrize(
    "raw", [b"\xff", b"\xc0\x80", b"\xed\xa0\x80", b"\xf4\x90\x80\x80", b"\xe6\xbc"]
)
def test_text_is_strict_utf8(raw: bytes) -> None:
    data = struct.pack("<I", len(raw)) + raw
    assert "not UTF-8" in refused(data + b"\0", a="string").why
    assert fields_of(data, a="bytes") == {"a": raw}


@pytest.mark.parametrize("form", ["<f", "<d"])
@pytest.mark.parametrize("bits", [0x7FC0, 0xFFC0, 0x7FF8])
def test_nan_is_refused(form: str, bits: int) -> None:
    size = struct.calcsize(form)
    raw = bytes(size - 2) + struct.pack("<H", bits if size == 4 else bits | 0x0038)
    assert "NaN" in refused(raw, a="f32" if size == 4 else "f64").why


@pytest.mark.parametrize(
    "kind",
    [
        "string", "bytes", {"vec": "u8"}, {"vec": "pubkey"}, {"vec": "string"},
        {"vec": {"option": "u8"}},
    ],
)
@pytest.mark.parametrize("count", [5, 2**31, 2**32 - 1])
def test_a_length_is_bounded_by_the_bytes_left(kind: Any, count: int) -> None:
    error = refused(struct.pack("<I", count) + b"\0\0\0", a=kind)
    assert error.offset is not None
    assert f"length {count}" in error.why or "needs" in error.why


def test_long_texts() -> None:
    long = "a\n" * 2**19
    assert fields_of(text(long) + text(""), a="string", b="string") == {"a": long, "b": ""}
    error = refused(text(long)[:-1], a="string")
    assert error.offset == 1 and len(str(error)) < 200


def test_an_error_names_the_inner_field_and_its_byte() -> None:
    definitions = [
        struct_type("Inner", list={"vec": defined("Item")}),
        struct_type("Item", on="bool", at="u16"),
    ]
    data = struct.pack("<IBHBH", 2, 1, 5, 9, 5)
    error = refused(b"\0" + data, *definitions, a="u8", inner=defined("Inner"))
    assert error.what == "account Thing.inner.list[1].on"
    assert error.offset == 1 + 1 + 4 + 3


def test_a_refused_type_is_refused_where_it_is_met() -> None:
    raw = struct_type("Raw", a="u8") | {"serialization": "bytemuck"}
    interface = thing(raw, first="u8", raw=defined("Raw"))
    with pytest.raises(DecodeError, match="serialised as bytemuck") as caught:
        interface.account(bytes(range(7, 20)))
    assert caught.value.what == "account Thing.raw" and caught.value.offset == 2
    whole = Interface(parse_idl(idl(
        accounts=[{"name": "Raw", "discriminator": [1]}], types=[raw]
    )))
    with pytest.raises(DecodeError, match="not Borsh"):
        whole.account(b"\1\0")
    with pytest.raises(KeyError, match="not read"):
        whole.layout("account", "Raw")
    # An option of it that is empty holds none of its bytes.
    maybe = thing(raw, raw={"option": defined("Raw")})
    assert maybe.account(b"\7\0").fields == {"raw": None}


def test_discriminators_of_any_length() -> None:
    types = [struct_type(name, a="u8") for name in ("A", "B", "C")]
    interface = Interface(parse_idl(idl(types=types, accounts=[
        {"name": "A", "discriminator": [1]},
        {"name": "B", "discriminator": [2, 0]},
        {"name": "C", "discriminator": list(range(3, 23))},
    ])))
    assert interface.account(b"\1\5") == Decoded("A", {"a": 5}, b"")
    assert interface.account(b"\2\0\5\6") == Decoded("B", {"a": 5}, b"\6")
    assert interface.account(bytes(range(3, 23)) + b"\5").name == "C"
    for data in (b"\2\1\5", bytes(range(3, 22))):
        with pytest.raises(UnknownDiscriminator):
            interface.account(data)
    assert interface.account_as("C", bytes(range(3, 24))).fields == {"a": 23}


def test_an_account_that_is_an_enum_or_a_tuple_stands_under_value() -> None:
    types = [
        {"name": "E", "type": {"kind": "enum", "variants": [{"name": "X"}, {"name": "Y"}]}},
        {"name": "P", "type": {"kind": "struct", "fields": ["u8", "u8"]}},
    ]
    interface = Interface(parse_idl(idl(types=types, accounts=[
        {"name": "E", "discriminator": [1]}, {"name": "P", "discriminator": [2]},
    ])))
    assert interface.account(b"\1\1").fields == {"value": EnumValue("Y")}
    assert interface.account(b"\2\3\4").fields == {"value": (3, 4)}


def test_an_interface_without_anything_knows_nothing() -> None:
    interface = Interface(parse_idl(idl()))
    for method in (interface.account, interface.instruction, interface.event):
        with pytest.raises(UnknownDiscriminator):
            method(bytes(8))


def test_very_wide_and_very_deep_types_go_to_the_plain_reader() -> None:
    wide = thing(**{f"f{n}": "u8" for n in range(3000)})
    assert compile_reader(wide.layout("account", "Thing"), 1) is None
    assert wide.account(b"\7" + bytes([9]) * 3000).fields["f2999"] == 9
    deep: Any = "u8"
    for _ in range(25):
        deep = {"vec": deep} if deep != "u8" else {"vec": "u16"}
    interface = thing(a=deep)
    assert compile_reader(interface.layout("account", "Thing"), 1) is None
    assert interface.account(b"\7" + struct.pack("<I", 0)).fields == {"a": []}


def test_names_never_become_code() -> None:
    """Names that Python reads as more than names: keywords, dunders, the generator's own."""
    names = ["def", "None", "d", "o", "L", "P", "K0", "v1", "__builtins__", "lambda", "r#type"]
    values = fields_of(bytes(range(len(names))), **dict.fromkeys(names, "u8"))
    assert values == {name: number for number, name in enumerate(names)}
