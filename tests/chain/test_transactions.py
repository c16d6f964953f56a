"""getTransaction answers: honest ones built with solders, and ones a bad node could give."""

from __future__ import annotations

import base64
import copy
import struct
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from solders.account import Account
from solders.address_lookup_table_account import AddressLookupTableAccount
from solders.hash import Hash
from solders.instruction import AccountMeta
from solders.instruction import Instruction as WireInstruction
from solders.keypair import Keypair
from solders.litesvm import LiteSVM
from solders.message import Message, MessageV0
from solders.pubkey import Pubkey
from solders.system_program import CreateAccountParams, create_account
from solders.transaction import VersionedTransaction

from privatedao_audit.chain import programs
from privatedao_audit.chain.borsh import DecodeError
from privatedao_audit.chain.layouts.loader import (
    LoaderInstruction,
    Program,
    ProgramData,
    UnknownLoaderInstruction,
    decode_account,
    executable_hash,
    programdata_address,
)
from privatedao_audit.chain.transactions import (
    Instruction,
    Transaction,
    decode_transaction,
    loader_actions,
    verify_signatures,
)

ALPHABET = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
LOADER = Pubkey.from_string(programs.LOADER_V3)
SQUADS = Pubkey.from_string(programs.SQUADS_V4)
CLOCK = Pubkey.from_string("SysvarC1ock11111111111111111111111111111111")
RENT = Pubkey.from_string("SysvarRent111111111111111111111111111111111")
PAYER = Keypair.from_seed(bytes(range(32)))
PROGRAM, BUFFER, VAULT, SPILL, OTHER = (Pubkey.from_bytes(bytes([n]) * 32) for n in range(1, 6))
PROGRAMDATA = Pubkey.from_string(programdata_address(str(PROGRAM)))
UPGRADE = struct.pack("<I", 3)
EXECUTE = bytes.fromhex("c208a15799a419ab")


def base58_text(data: bytes) -> str:
    number, text = int.from_bytes(data, "big"), ""
    while number:
        number, digit = divmod(number, 58)
        text = ALPHABET[digit] + text
    return "1" * (len(data) - len(data.lstrip(b"\0"))) + text


def meta(key: Pubkey, *, signer: bool = False, writable: bool = False) -> AccountMeta:
    return AccountMeta(key, signer, writable)


def answer(tx: VersionedTransaction, **changes: Any) -> dict[str, Any]:
    """What a node answers for ``tx``; ``changes`` go into meta."""
    return {
        "slot": 77,
        "blockTime": 1_790_000_000,
        "version": 0 if isinstance(tx.message, MessageV0) else "legacy",
        "transaction": [base64.b64encode(bytes(tx)).decode(), "base64"],
        "meta": {
            "err": None, "fee": 5000, "innerInstructions": [], "logMessages": ["Program log: a"],
            "loadedAddresses": {"writable": [], "readonly": []}, **changes,
        },
    }


def legacy(*instructions: WireInstruction, signers: tuple[Keypair, ...] = ()
           ) -> VersionedTransaction:
    message = Message.new_with_blockhash(instructions, PAYER.pubkey(), Hash.default())
    return VersionedTransaction(message, [PAYER, *signers])


def upgrade_accounts() -> list[AccountMeta]:
    return [
        meta(PROGRAMDATA, writable=True), meta(PROGRAM, writable=True),
        meta(BUFFER, writable=True), meta(SPILL, writable=True), meta(RENT), meta(CLOCK),
        meta(PAYER.pubkey(), signer=True),
    ]


def lookup_transaction() -> tuple[VersionedTransaction, dict[str, list[str]]]:
    """A v0 execution by Squads whose other accounts come from a lookup table, and those keys."""
    table = AddressLookupTableAccount(OTHER, [CLOCK, PROGRAMDATA, RENT, BUFFER, PROGRAM, SPILL])
    outer = WireInstruction(SQUADS, EXECUTE, [
        meta(PROGRAMDATA, writable=True), meta(PROGRAM, writable=True),
        meta(BUFFER, writable=True), meta(SPILL, writable=True), meta(RENT), meta(CLOCK),
        meta(VAULT), meta(LOADER), meta(PAYER.pubkey(), signer=True),
    ])
    message = MessageV0.try_compile(PAYER.pubkey(), [outer], [table], Hash.default())
    (lookup,) = message.address_table_lookups
    loaded = {
        "writable": [str(table.addresses[n]) for n in bytes(lookup.writable_indexes)],
        "readonly": [str(table.addresses[n]) for n in bytes(lookup.readonly_indexes)],
    }
    assert (len(loaded["writable"]), len(loaded["readonly"])) == (4, 2)
    return VersionedTransaction(message, [PAYER]), loaded


def executed_upgrade() -> dict[str, Any]:
    """The lookup transaction with the upgrade as an inner instruction of Squads."""
    tx, loaded = lookup_transaction()
    keys = [str(key) for key in tx.message.account_keys] + loaded["writable"] + loaded["readonly"]
    roles = (PROGRAMDATA, PROGRAM, BUFFER, SPILL, RENT, CLOCK, VAULT)
    inner = {
        "programIdIndex": keys.index(str(LOADER)),
        "accounts": [keys.index(str(role)) for role in roles],
        "data": base58_text(UPGRADE),
        "stackHeight": 2,
    }
    groups = [{"index": 0, "instructions": [inner]}]
    return answer(tx, loadedAddresses=loaded, innerInstructions=groups)


# Honest answers


def test_legacy_transaction() -> None:
    second = Keypair.from_seed(bytes(32))
    tx = legacy(
        WireInstruction(OTHER, b"abc", [meta(second.pubkey(), signer=True), meta(SPILL)]),
        WireInstruction(LOADER, UPGRADE, upgrade_accounts()),
        signers=(second,),
    )
    found = decode_transaction(answer(tx), signature=str(tx.signatures[0]))
    assert found.signature == str(tx.signatures[0])
    assert len(found.signatures) == 2
    assert found.signers == (str(PAYER.pubkey()), str(second.pubkey()))
    assert found.fee_payer == str(PAYER.pubkey())
    assert (found.slot, found.block_time, found.err) == (77, 1_790_000_000, None)
    assert found.version == "legacy"
    assert found.recent_blockhash == str(Hash.default())
    assert found.succeeded and found.inner_recorded
    assert found.log_messages == ("Program log: a",)
    first = found.instructions[0]
    assert first == Instruction(str(OTHER), (str(second.pubkey()), str(SPILL)), b"abc", 0)
    assert [item.place for item in found.instructions] == ["0", "1"]
    assert found.wire == bytes(tx)


def test_outer_upgrade_by_role() -> None:
    found = decode_transaction(answer(legacy(WireInstruction(LOADER, UPGRADE, upgrade_accounts()))))
    (action,) = loader_actions(found)
    assert action.name == "Upgrade" and action.succeeded and not action.is_write
    assert isinstance(action.detail, LoaderInstruction)
    assert action.detail.programdata == str(PROGRAMDATA)
    assert action.detail.program == str(PROGRAM)
    assert action.detail.buffer == str(BUFFER)
    assert action.detail.authority == str(PAYER.pubkey())
    assert action.touches(str(PROGRAMDATA)) and not action.touches(str(VAULT))
    assert found.callers(action.instruction) == ()


def test_inner_upgrade_through_a_lookup_table() -> None:
    found = decode_transaction(executed_upgrade())
    assert found.version == 0
    assert found.account_keys[-6:-2] != found.account_keys[-2:]
    assert len(found.account_keys) == len(set(found.account_keys))
    (action,) = loader_actions(found)
    assert action.instruction.place == "0.0"
    assert action.instruction.stack_height == 2
    assert isinstance(action.detail, LoaderInstruction)
    assert action.detail.name == "Upgrade"
    assert action.detail.programdata == str(PROGRAMDATA)
    assert action.detail.program == str(PROGRAM)
    assert action.detail.recipient == str(SPILL)
    assert action.detail.authority == str(VAULT)
    assert found.callers(action.instruction) == (str(SQUADS),)


def test_loaded_keys_are_writable_first() -> None:
    tx, loaded = lookup_transaction()
    found = decode_transaction(answer(tx, loadedAddresses=loaded))
    static = tuple(str(key) for key in tx.message.account_keys)
    assert found.account_keys == (*static, *loaded["writable"], *loaded["readonly"])
    accounts = found.instructions[0].accounts
    assert accounts[:4] == tuple(map(str, (PROGRAMDATA, PROGRAM, BUFFER, SPILL)))
    assert accounts[4:6] == (str(RENT), str(CLOCK))


def test_failed_transaction_did_nothing() -> None:
    result = executed_upgrade()
    result["meta"]["err"] = {"InstructionError": [0, {"Custom": 6000}]}
    found = decode_transaction(result)
    assert not found.succeeded
    assert found.err == {"InstructionError": [0, {"Custom": 6000}]}
    assert [action.succeeded for action in loader_actions(found)] == [False]


@pytest.mark.parametrize("err", [{}, "", 0, False, [], "AccountInUse"])
def test_only_null_is_success(err: Any) -> None:
    result = executed_upgrade()
    result["meta"]["err"] = err
    assert not decode_transaction(result).succeeded


def test_what_the_node_did_not_record_is_none_and_not_empty() -> None:
    result = executed_upgrade()
    result["meta"]["innerInstructions"] = None
    result["meta"]["logMessages"] = None
    result["blockTime"] = None
    found = decode_transaction(result)
    assert not found.inner_recorded
    assert found.log_messages is None
    assert found.block_time is None
    assert loader_actions(found) == ()
    del result["meta"]["innerInstructions"]
    assert not decode_transaction(result).inner_recorded


def nested(heights: list[int | None]) -> Transaction:
    """Two outer instructions; the second has one inner instruction per height."""
    first = WireInstruction(OTHER, b"a", [meta(SPILL), meta(VAULT), meta(BUFFER), meta(SQUADS)])
    tx = legacy(first, WireInstruction(SQUADS, b"b", []))
    keys = [str(key) for key in tx.message.account_keys]
    inner = [
        {"programIdIndex": keys.index(str(program)), "accounts": [], "data": "",
         "stackHeight": height}
        for program, height in zip((VAULT, SPILL, BUFFER, OTHER), heights, strict=False)
    ]
    return decode_transaction(
        answer(tx, innerInstructions=[{"index": 1, "instructions": inner}])
    )


def test_callers_follow_the_stack() -> None:
    found = nested([2, 3, 3, 2])
    assert [item.place for item in found.instructions] == ["0", "1", "1.0", "1.1", "1.2", "1.3"]
    assert [item.parent for item in found.instructions] == [None, None, 1, 2, 2, 1]
    assert found.callers(found.instructions[4]) == (str(VAULT), str(SQUADS))
    assert found.callers(found.instructions[5]) == (str(SQUADS),)


def test_unrecorded_depth_is_not_guessed() -> None:
    found = nested([2, None, 2])
    assert [item.stack_height for item in found.instructions] == [1, 1, 2, None, 2]
    assert [item.parent for item in found.instructions] == [None] * 5
    with pytest.raises(ValueError, match=r"instruction 1\.0: its depth was not recorded"):
        found.callers(found.instructions[2])


@pytest.mark.parametrize("heights", [[1], [3], [0], [2, 4], [2, 3, 5], [2, 1]])
def test_impossible_depths_are_refused(heights: list[int | None]) -> None:
    with pytest.raises(DecodeError, match="stackHeight"):
        nested(heights)


def test_writes_are_marked_and_unreadable_actions_kept() -> None:
    write = struct.pack("<IIQ", 1, 0, 2) + b"ab"
    accounts = [meta(BUFFER, writable=True), meta(PAYER.pubkey(), signer=True)]
    found = decode_transaction(answer(legacy(
        WireInstruction(LOADER, write, accounts),
        WireInstruction(LOADER, struct.pack("<I", 10), accounts),
        WireInstruction(LOADER, UPGRADE, accounts),
    )))
    actions = loader_actions(found)
    assert [action.name for action in actions] == ["Write", "Unknown", "Unknown"]
    assert [action.is_write for action in actions] == [True, False, False]
    assert isinstance(actions[2].detail, UnknownLoaderInstruction)
    assert actions[2].detail.tag == 3
    assert actions[2].touches(str(BUFFER))


def test_signatures() -> None:
    wire = bytes(legacy(WireInstruction(LOADER, UPGRADE, upgrade_accounts())))
    assert verify_signatures(wire)
    assert verify_signatures(bytes(lookup_transaction()[0]))
    for position in (1, 64, len(wire) - 1):  # in the signature, its end, and the signed message
        changed = bytearray(wire)
        changed[position] ^= 1
        assert not verify_signatures(bytes(changed))
    with pytest.raises(DecodeError):
        verify_signatures(b"")
    with pytest.raises(DecodeError):
        verify_signatures(wire + b"\0")


@pytest.mark.parametrize("wire", [
    b"\0" + bytes(lookup_transaction()[0])[65:],  # no signature at all
    b"\2" + bytes(64) + bytes(lookup_transaction()[0])[1:],  # more signatures than signers
    bytes(lookup_transaction()[0])[:66] + b"\2" + bytes(lookup_transaction()[0])[67:],  # fewer
])
def test_signatures_and_signers_must_match_in_number(wire: bytes) -> None:
    with pytest.raises(DecodeError, match="malformed"):
        verify_signatures(wire)
    result = executed_upgrade()
    result["transaction"][0] = base64.b64encode(wire).decode()
    with pytest.raises(DecodeError, match="malformed"):
        decode_transaction(result)


# Answers that must not be believed


def edited(change: Callable[[dict[str, Any]], object]) -> dict[str, Any]:
    result = copy.deepcopy(executed_upgrade())
    change(result)
    return result


def put(*path: Any, value: Any) -> Callable[[dict[str, Any]], object]:
    def change(result: dict[str, Any]) -> None:
        place: Any = result
        for step in path[:-1]:
            place = place[step]
        place[path[-1]] = value
    return change


INNER = ("meta", "innerInstructions", 0, "instructions", 0)


@pytest.mark.parametrize(("change", "reason"), [
    (put("meta", value=None), r"transaction\.meta: expected an object, got nothing"),
    (lambda r: r["meta"].pop("err"), "whether it succeeded is not known"),
    (put("meta", "status", value={"Err": "AccountInUse"}), "contradicts the status"),
    (put("slot", value=None), r"transaction\.slot: expected a non-negative integer"),
    (put("slot", value=-1), r"transaction\.slot"),
    (put("slot", value=True), r"transaction\.slot"),
    (put("slot", value=7.0), r"transaction\.slot"),
    (put("slot", value=2**64), r"transaction\.slot"),
    (put("blockTime", value="now"), r"transaction\.blockTime"),
    (put("version", value="legacy"), "not the version of the bytes"),
    (put("version", value=1), "not the version of the bytes"),
    (put("transaction", value={"message": {}}), "expected an array, got dict"),
    (put("transaction", 1, value="base58"), 'expected .text, "base64"'),
    (put("transaction", 0, value=5), 'expected .text, "base64"'),
    (put("transaction", 0, value="AA=A"), "not base64"),
    (put("transaction", 0, value="\ud800"), "not base64"),
    (put("transaction", 0, value=""), "malformed"),
    (put("transaction", 0, value="A" * 8193), "longer than"),
    (put("meta", "loadedAddresses", value=None), "accounts can not be resolved"),
    (put("meta", "loadedAddresses", "writable", value=[]), "0 keys, the message loads 4"),
    (put("meta", "loadedAddresses", "readonly", 0, value="nonsense0"), "not base58"),
    (put("meta", "loadedAddresses", "readonly", 0, value="1111"), "not a key of 32 bytes"),
    (put("meta", "loadedAddresses", "readonly", 0, value=None), "expected base58 text"),
    (put("meta", "innerInstructions", value={}), "expected an array, got dict"),
    (put("meta", "innerInstructions", 0, "index", value=1), "1, of 1 instructions"),
    (put("meta", "innerInstructions", 0, "instructions", value=None), "expected an array"),
    (lambda r: r["meta"]["innerInstructions"].append(r["meta"]["innerInstructions"][0]),
     "0 a second time"),
    (put(*INNER, "programIdIndex", value=99), "account index 99, of 10 accounts"),
    (put(*INNER, "programIdIndex", value=-1), "expected a non-negative integer"),
    (put(*INNER, "accounts", 0, value=10), "account index 10, of 10 accounts"),
    (put(*INNER, "accounts", value="AQID"), "expected an array, got str"),
    (put(*INNER, "data", value="0"), "not base58"),
    (put(*INNER, "data", value="1" * 20_000), "base58 characters, at most"),
    (put(*INNER, value={"parsed": {"type": "upgrade"}, "program": "x"}), "not in compiled form"),
    (put("meta", "logMessages", value=["a", 5]), r"logMessages\[1\]: not text"),
    (put("meta", "logMessages", value="a"), "expected an array, got str"),
])
def test_malformed_answers(change: Callable[[dict[str, Any]], object], reason: str) -> None:
    with pytest.raises(DecodeError, match=reason):
        decode_transaction(edited(change))


@pytest.mark.parametrize("result", [None, [], "text", 5, {}])
def test_no_transaction_at_all(result: Any) -> None:
    with pytest.raises(DecodeError):
        decode_transaction(result)


def test_an_answer_about_another_transaction_is_refused() -> None:
    asked = legacy(WireInstruction(OTHER, b"asked", []))
    given_back = legacy(WireInstruction(OTHER, b"other", []))
    with pytest.raises(DecodeError, match="the answer is another transaction"):
        decode_transaction(answer(given_back), signature=str(asked.signatures[0]))


def test_legacy_transaction_loads_no_keys() -> None:
    tx = legacy(WireInstruction(OTHER, b"a", []))
    loaded = {"writable": [str(VAULT)], "readonly": []}
    with pytest.raises(DecodeError, match="1 keys, the message loads 0"):
        decode_transaction(answer(tx, loadedAddresses=loaded))
    result = answer(tx)
    del result["meta"]["loadedAddresses"]
    assert decode_transaction(result).version == "legacy"


def test_bytes_after_the_transaction_are_refused() -> None:
    tx = legacy(WireInstruction(OTHER, b"a", []))
    result = answer(tx)
    result["transaction"][0] = base64.b64encode(bytes(tx) + b"\0").decode()
    with pytest.raises(DecodeError, match="no transaction serialises to"):
        decode_transaction(result)


@given(st.binary(max_size=300), st.integers(0, 400))
def test_any_wire_bytes_give_a_transaction_or_a_decode_error(data: bytes, cut: int) -> None:
    real = bytes(lookup_transaction()[0])
    for wire in (data, real[:cut], real[: cut // 2] + data):
        result = executed_upgrade()
        result["transaction"][0] = base64.b64encode(wire).decode()
        try:
            found = decode_transaction(result)
        except DecodeError:
            continue
        assert found.wire == wire


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(
        st.sampled_from(["index", "instructions", "writable", "accounts", "data", "x"]), inner
    ),
    max_leaves=6,
)
PLACES: list[tuple[Any, ...]] = [
    ("slot",), ("blockTime",), ("version",), ("transaction",), ("transaction", 0), ("meta",),
    ("meta", "err"), ("meta", "status"), ("meta", "logMessages"), ("meta", "loadedAddresses"),
    ("meta", "loadedAddresses", "writable"), ("meta", "innerInstructions"),
    ("meta", "innerInstructions", 0), ("meta", "innerInstructions", 0, "index"), INNER,
    (*INNER, "programIdIndex"), (*INNER, "accounts"), (*INNER, "data"), (*INNER, "stackHeight"),
]


@given(st.sampled_from(PLACES), json_values)
def test_any_json_gives_a_transaction_or_a_decode_error(place: tuple[Any, ...], value: Any) -> None:
    try:
        found = decode_transaction(edited(put(*place, value=value)))
    except DecodeError as error:
        assert error.what.startswith("transaction")
    else:
        assert isinstance(found, Transaction)


@given(st.integers(0, 10_000), st.integers(0, 7))
def test_one_flipped_bit_never_passes_as_signed(position: int, bit: int) -> None:
    wire = bytearray(lookup_transaction()[0].__bytes__())
    wire[position % len(wire)] ^= 1 << bit
    try:
        assert not verify_signatures(bytes(wire))
    except DecodeError as error:
        assert error.what == "transaction.wire"


# The real loader


def test_bytes_the_real_loader_writes() -> None:
    vm = LiteSVM()
    vm.airdrop(PAYER.pubkey(), 10**12)
    elf = bytes(vm.get_account(Pubkey.from_string(programs.ASSOCIATED_TOKEN)).data)
    elf = elf[elf.index(b"\x7fELF"):]
    staged = struct.pack("<I", 1) + b"\1" + bytes(PAYER.pubkey()) + elf
    vm.set_account(BUFFER, Account(10**10, staged, LOADER))
    program = Keypair.from_seed(bytes([9]) * 32)
    address = programdata_address(str(program.pubkey()))
    programdata = Pubkey.from_string(address)

    def read(key: Pubkey) -> Any:
        found = vm.get_account(key)
        return decode_account(str(found.owner), bytes(found.data), executable=found.executable)

    def send(*instructions: WireInstruction, signers: tuple[Keypair, ...] = ()) -> Transaction:
        message = Message.new_with_blockhash(
            instructions, PAYER.pubkey(), vm.latest_blockhash()
        )
        tx = VersionedTransaction(message, [PAYER, *signers])
        outcome = vm.send_transaction(tx)
        assert hasattr(outcome, "compute_units_consumed"), outcome
        groups = [
            {"index": number, "instructions": [
                {"programIdIndex": inner.instruction().program_id_index,
                 "accounts": list(bytes(inner.instruction().accounts)),
                 "data": base58_text(bytes(inner.instruction().data)),
                 "stackHeight": inner.stack_height()}
                for inner in group
            ]}
            for number, group in enumerate(outcome.inner_instructions()) if group
        ]
        return decode_transaction(
            answer(tx, innerInstructions=groups, logMessages=outcome.logs())
        )

    signer = meta(PAYER.pubkey(), signer=True, writable=True)
    deployed = send(
        create_account(CreateAccountParams(
            from_pubkey=PAYER.pubkey(), to_pubkey=program.pubkey(), lamports=10**9, space=36,
            owner=LOADER,
        )),
        WireInstruction(LOADER, struct.pack("<IQ", 2, len(elf) + 64), [
            signer, meta(programdata, writable=True), meta(program.pubkey(), writable=True),
            meta(BUFFER, writable=True), meta(RENT), meta(CLOCK), meta(Pubkey.default()), signer,
        ]),
        signers=(program,),
    )
    (action,) = loader_actions(deployed)
    assert isinstance(action.detail, LoaderInstruction)
    assert action.detail.name == "DeployWithMaxDataLen"
    assert action.detail.programdata == address
    assert action.detail.authority == str(PAYER.pubkey())
    inner = [item for item in deployed.instructions if item.inner_index is not None]
    assert [(item.program, item.place) for item in inner] == [(programs.SYSTEM, "1.0")]
    assert deployed.callers(inner[0]) == (programs.LOADER_V3,)
    assert any("Deployed program" in line for line in deployed.log_messages or ())

    account = read(program.pubkey())
    assert account == Program(address)
    assert account.points_home(str(program.pubkey()))
    code = read(programdata)
    assert isinstance(code, ProgramData)
    assert code.upgrade_authority == str(PAYER.pubkey())
    assert len(code.executable) == len(elf) + 64
    assert executable_hash(code.executable) == executable_hash(elf)

    renounced = send(WireInstruction(
        LOADER, struct.pack("<I", 4), [meta(programdata, writable=True), signer]
    ))
    (action,) = loader_actions(renounced)
    assert isinstance(action.detail, LoaderInstruction) and action.detail.renounces
    left = bytes(vm.get_account(programdata).data)
    assert left[12] == 0 and left[13:45] == bytes(PAYER.pubkey())  # the key is still there
    assert read(programdata).upgrade_authority is None
