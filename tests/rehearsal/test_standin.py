"""The stand-in program, run in a real SBF machine in process."""

from __future__ import annotations

import base64
import struct
from typing import Any

import pytest
from solders.account import Account
from solders.instruction import AccountMeta, Instruction
from solders.litesvm import LiteSVM
from solders.message import Message
from solders.pubkey import Pubkey
from solders.system_program import TransferParams, transfer
from solders.transaction import Transaction
from solders.transaction_metadata import FailedTransactionMetadata

from privatedao_audit.rehearsal import standin, wallet
from privatedao_audit.rehearsal.elf import link
from privatedao_audit.rehearsal.loader import executable_hash
from privatedao_audit.rehearsal.sbf import R0, R1, Assembler

PROGRAM = wallet.address("stand-in under test")
PAYER = wallet.keypair("payer")
TABLE = {
    b"emitting": standin.log("from the table") + standin.data(b"event bytes"),
    b"refusing": standin.log("no") + standin.leave(6022),
    b"carrying": None,
    b"scripted": standin.SCRIPT,
    b"whatnext": standin.SCRIPT,
}


@pytest.fixture
def chain() -> LiteSVM:
    chain = LiteSVM()
    chain.airdrop(PAYER.pubkey(), 10**12)
    chain.add_program(PROGRAM, standin.build(TABLE, extra=b"odd"))
    return chain


def _send(chain: LiteSVM, data: bytes | Instruction, *accounts: AccountMeta) -> Any:
    one = data if isinstance(data, Instruction) else Instruction(PROGRAM, data, list(accounts))
    chain.expire_blockhash()
    recent = chain.latest_blockhash()
    message = Message.new_with_blockhash([one], PAYER.pubkey(), recent)
    return chain.send_transaction(Transaction([PAYER], message, recent))


def _said(outcome: Any) -> list[str]:
    meta = outcome.meta() if isinstance(outcome, FailedTransactionMetadata) else outcome
    return [line for line in meta.logs() if line.startswith(("Program log", "Program data"))]


def _error(outcome: Any) -> str:
    assert isinstance(outcome, FailedTransactionMetadata)
    return str(outcome.err())


def test_a_stream_in_the_instruction_data_runs_in_order(chain: LiteSVM) -> None:
    stream = standin.log("one") + standin.data(b"\x00\xff") + standin.give_back(b"back")
    outcome = _send(chain, stream + standin.log("two"))
    assert not isinstance(outcome, FailedTransactionMetadata)
    event = base64.b64encode(b"\x00\xff").decode()
    assert _said(outcome) == ["Program log: one", f"Program data: {event}", "Program log: two"]
    assert outcome.return_data().data == b"back"


def test_a_key_of_the_table_runs_its_stream(chain: LiteSVM) -> None:
    outcome = _send(chain, b"emitting" + standin.log("never read"))
    event = base64.b64encode(b"event bytes").decode()
    assert _said(outcome) == ["Program log: from the table", f"Program data: {event}"]


def test_a_key_without_a_stream_is_skipped(chain: LiteSVM) -> None:
    assert _said(_send(chain, b"carrying" + standin.log("after"))) == ["Program log: after"]


def test_a_result_ends_the_stream(chain: LiteSVM) -> None:
    outcome = _send(chain, b"refusing")
    assert _said(outcome) == ["Program log: no"]
    assert "Custom(6022)" in _error(outcome)
    assert "InvalidAccountData" in _error(_send(chain, standin.leave(4 << 32)))
    stopped = _send(chain, standin.leave(0) + standin.log("never"))
    assert not isinstance(stopped, FailedTransactionMetadata)
    assert _said(stopped) == []


@pytest.mark.parametrize(
    "stream",
    [b"\x01", b"\x01\x05\x00abc", b"\x09\x00\x00", standin.log("x") + b"\x01\x01\x00"],
    ids=["half a header", "a payload cut short", "an unknown code", "a second one cut short"],
)
def test_a_malformed_stream_fails(chain: LiteSVM, stream: bytes) -> None:
    assert "InvalidArgument" in _error(_send(chain, stream))


def test_an_empty_stream_succeeds(chain: LiteSVM) -> None:
    assert not isinstance(_send(chain, b""), FailedTransactionMetadata)


def test_a_write_lands_in_the_account_it_names(chain: LiteSVM) -> None:
    state, other = wallet.address("state"), wallet.address("other state")
    for key in (state, other):
        chain.set_account(key, Account(10**9, bytes(32), PROGRAM, False, 0))
    metas = [AccountMeta(other, False, True), AccountMeta(state, False, True)]
    outcome = _send(chain, standin.write(1, 5, b"written"), *metas)
    assert not isinstance(outcome, FailedTransactionMetadata)
    account, untouched = chain.get_account(state), chain.get_account(other)
    assert account is not None and untouched is not None
    assert account.data == bytes(5) + b"written" + bytes(20)
    assert untouched.data == bytes(32)


def test_a_write_to_a_strangers_account_fails(chain: LiteSVM) -> None:
    foreign = wallet.address("state of another program")
    chain.set_account(foreign, Account(10**9, bytes(8), wallet.address("another"), False, 0))
    outcome = _send(chain, standin.write(0, 0, b"x"), AccountMeta(foreign, False, True))
    assert "ExternalAccountDataModified" in _error(outcome)


def _vault() -> tuple[Pubkey, list[bytes]]:
    vault, bump = Pubkey.find_program_address([b"vault"], PROGRAM)
    return vault, [b"vault", bytes([bump])]


def test_a_relay_signs_for_its_own_address(chain: LiteSVM) -> None:
    vault, seeds = _vault()
    chain.airdrop(vault, 10**9)
    to = wallet.address("recipient")
    one = transfer(TransferParams(from_pubkey=vault, to_pubkey=to, lamports=5_000_000))
    leading = [AccountMeta(PAYER.pubkey(), True, True), AccountMeta(to, False, False)]
    outer = standin.relay(PROGRAM, [one, one], vault, seeds, key=b"carrying", leading=leading)
    assert bytes(outer.data).startswith(b"carrying")
    assert [meta.pubkey for meta in outer.accounts][:2] == [PAYER.pubkey(), to]
    assert [meta.pubkey for meta in outer.accounts if meta.is_signer] == [PAYER.pubkey()]
    outcome = _send(chain, outer)
    assert not isinstance(outcome, FailedTransactionMetadata)
    assert chain.get_balance(to) == 10_000_000
    depths = [one.stack_height() for group in outcome.inner_instructions() for one in group]
    assert depths == [2, 2]


def test_a_relay_cannot_sign_for_another_address(chain: LiteSVM) -> None:
    _, seeds = _vault()
    rich = wallet.address("somebody rich")
    chain.airdrop(rich, 10**9)
    one = transfer(TransferParams(from_pubkey=rich, to_pubkey=PAYER.pubkey(), lamports=1))
    outcome = _send(chain, standin.relay(PROGRAM, [one], rich, seeds))
    assert "PrivilegeEscalation" in _error(outcome)


def test_a_failing_inner_instruction_fails_the_outer_one(chain: LiteSVM) -> None:
    vault, seeds = _vault()
    one = transfer(TransferParams(from_pubkey=vault, to_pubkey=PAYER.pubkey(), lamports=1))
    assert "Custom(1)" in _error(_send(chain, standin.relay(PROGRAM, [one], vault, seeds)))


class _Desk:
    """Plants accounts in the machine, as a node's cheat does."""

    def __init__(self, chain: LiteSVM) -> None:
        self.chain = chain

    def set_account(self, address: Pubkey, *, owner: Pubkey, data: bytes) -> None:
        rent = self.chain.minimum_balance_for_rent_exemption(len(data))
        self.chain.set_account(address, Account(rent, data, owner, False, 0))


def _script(chain: LiteSVM, stream: bytes, *accounts: AccountMeta, key: bytes = b"scripted") -> Any:
    one = standin.scripted(
        _Desk(chain), PROGRAM, key + b"its real arguments", accounts, stream, label="a test"
    )
    return _send(chain, one)


def test_a_script_rides_in_the_last_account(chain: LiteSVM) -> None:
    stream = standin.log("read from an account") + standin.data(b"event")
    for key in (b"scripted", b"whatnext"):
        outcome = _script(chain, stream, key=key)
        assert not isinstance(outcome, FailedTransactionMetadata)
        assert _said(outcome) == ["Program log: read from an account", "Program data: ZXZlbnQ="]
    refused = _script(chain, standin.log("no") + standin.leave(6026))
    assert "Custom(6026)" in _error(refused)


def test_an_instruction_with_a_script_has_the_programs_own_data(chain: LiteSVM) -> None:
    first = AccountMeta(PAYER.pubkey(), True, True)
    made = [
        standin.scripted(_Desk(chain), PROGRAM, b"scripted!", [first], stream, label="one")
        for stream in (standin.log("a"), standin.log("a"), standin.log("b"))
    ]
    assert bytes(made[0].data) == b"scripted!"
    assert made[0].accounts[0] == first
    script = made[0].accounts[1]
    assert (script.is_signer, script.is_writable) == (False, False)
    assert made[1] == made[0]
    assert made[2].accounts[1] != script
    planted = chain.get_account(script.pubkey)
    assert planted is not None and planted.data == standin.log("a")


def test_a_script_key_without_an_account_is_malformed(chain: LiteSVM) -> None:
    assert "InvalidArgument" in _error(_send(chain, b"scripted"))


def test_a_script_cannot_have_more_accounts_than_the_tables_hold(chain: LiteSVM) -> None:
    metas = [AccountMeta(PAYER.pubkey(), False, False)] * 64
    with pytest.raises(ValueError, match="64 accounts and a script"):
        standin.scripted(_Desk(chain), PROGRAM, b"scripted", metas, b"", label="full")


SYSTEM = AccountMeta(Pubkey.default(), False, False)


def _created(chain: LiteSVM, contents: bytes, space: int) -> tuple[Any, Pubkey]:
    new, seeds = _vault()
    stream = standin.create_account(
        2, 0, 1, lamports=10**8, space=space, owner=PROGRAM, seeds=seeds
    )
    stream += standin.write(1, 0, contents)
    outcome = _script(
        chain,
        stream,
        AccountMeta(PAYER.pubkey(), True, True),
        AccountMeta(new, False, True),
        SYSTEM,
    )
    return outcome, new


@pytest.mark.parametrize(("size", "space"), [(8, 8), (1_237, 2_000), (10_240, 10_240)])
def test_an_account_is_made_and_filled_in_one_script(chain: LiteSVM, size: int, space: int) -> None:
    contents = bytes(number % 251 for number in range(size))
    outcome, new = _created(chain, contents, space)
    assert not isinstance(outcome, FailedTransactionMetadata), outcome.meta().logs()
    account = chain.get_account(new)
    assert account is not None
    assert account.data == contents + bytes(space - size)
    assert (account.owner, account.lamports) == (PROGRAM, 10**8)
    assert outcome.compute_units_consumed() < 20_000


def test_an_account_cannot_be_made_twice(chain: LiteSVM) -> None:
    _created(chain, b"once", 8)
    outcome, new = _created(chain, b"more", 8)
    assert "Custom(0)" in _error(outcome)
    account = chain.get_account(new)
    assert account is not None and account.data == b"once" + bytes(4)


def test_lamports_move_between_accounts(chain: LiteSVM) -> None:
    state, to = wallet.address("state"), wallet.address("recipient")
    chain.set_account(state, Account(10**9, b"state", PROGRAM, False, 0))
    metas = [AccountMeta(state, False, True), AccountMeta(to, False, True)]
    assert not isinstance(
        _script(chain, standin.move(0, 1, 4 * 10**8), *metas), FailedTransactionMetadata
    )
    assert (chain.get_balance(state), chain.get_balance(to)) == (6 * 10**8, 4 * 10**8)
    same = _script(chain, standin.move(0, 0, 10**8), *metas)
    assert not isinstance(same, FailedTransactionMetadata)
    assert chain.get_balance(state) == 6 * 10**8
    assert "InsufficientFunds" in _error(_script(chain, standin.move(0, 1, 10**9), *metas))
    foreign = _script(chain, standin.move(1, 0, 10**8), *metas)
    assert "ExternalAccountLamportSpend" in _error(foreign)


def test_an_account_without_lamports_is_closed(chain: LiteSVM) -> None:
    state = wallet.address("state")
    chain.set_account(state, Account(10**9, b"state", PROGRAM, False, 0))
    metas = [AccountMeta(state, False, True), AccountMeta(PAYER.pubkey(), True, True)]
    stream = standin.write(0, 0, bytes(5)) + standin.resize(0, 0) + standin.move(0, 1, 10**9)
    assert not isinstance(_script(chain, stream, *metas), FailedTransactionMetadata)
    assert chain.get_account(state) is None or chain.get_balance(state) == 0


def test_an_account_grows_and_shrinks(chain: LiteSVM) -> None:
    state = wallet.address("state")
    chain.set_account(state, Account(10**9, b"state", PROGRAM, False, 0))
    meta = AccountMeta(state, False, True)
    for size, data in ((12, b"state" + bytes(7)), (3, b"sta")):
        assert not isinstance(
            _script(chain, standin.resize(0, size), meta), FailedTransactionMetadata
        )
        account = chain.get_account(state)
        assert account is not None and account.data == data
    # The last byte of the spare area, and one more.
    assert "InvalidRealloc" in _error(_script(chain, standin.resize(0, 3 + 10_241), meta))


def test_a_payment_out_of_a_derived_address(chain: LiteSVM) -> None:
    vault, seeds = _vault()
    chain.airdrop(vault, 10**9)
    to = wallet.address("recipient")
    metas = [AccountMeta(vault, False, True), AccountMeta(to, False, True), SYSTEM]
    paid = _script(chain, standin.system_transfer(2, 0, 1, 10**8, seeds), *metas)
    assert not isinstance(paid, FailedTransactionMetadata)
    assert chain.get_balance(to) == 10**8
    refused = _script(chain, standin.system_transfer(2, 0, 1, 10**8), *metas)
    assert "PrivilegeEscalation" in _error(refused)


def test_a_token_transfer_has_the_plain_instructions_bytes() -> None:
    operation = standin.token_transfer(3, 0, 1, 2, 5_000, [b"seed"])
    head = struct.pack("<BH", 4, len(operation) - 3)
    metas = bytes([3, 3, 0, 2, 1, 2, 2, 1])
    assert operation == head + metas + b"\x01\x04seed" + b"\x03" + struct.pack("<Q", 5_000)


def test_two_versions_have_two_hashes_and_padding_changes_none() -> None:
    first, second = standin.build(extra=b"1.0.0"), standin.build(extra=b"1.1.0")
    assert len(first) == len(second)
    assert executable_hash(first) != executable_hash(second)
    padded = standin.build(extra=b"1.0.0", pad_to=9_000)
    assert len(padded) == 9_000
    assert executable_hash(padded) == executable_hash(first)
    assert standin.build(extra=b"1.0.0") == first


def test_the_extra_bytes_are_in_the_file() -> None:
    assert b"a text of its own" in standin.build(extra=b"a text of its own")


def test_the_file_is_an_sbf_shared_object() -> None:
    elf = standin.build()
    assert elf[:7] == b"\x7fELF\x02\x01\x01"
    kind, machine = struct.unpack_from("<HH", elf, 16)
    assert (kind, machine) == (3, 263)


@pytest.mark.parametrize(
    ("mistake", "complaint"),
    [
        (lambda: standin.build({b"short": b""}), "8 bytes, not 5"),
        (lambda: standin.build(pad_to=10), "more than 10"),
        (lambda: standin.leave((1 << 32) + 1), "custom error code"),
        (lambda: standin.leave(27 << 32), "custom error code"),
        (lambda: standin.leave(-1), "custom error code"),
        (lambda: standin.log("x" * 70_000), "65,535 bytes at most"),
        (lambda: standin.call(0, [], b"", [b"x" * 33]), "16 seeds of 32 bytes"),
        (lambda: standin.call(0, [(0, False, False)] * 65, b""), "64 accounts"),
    ],
)
def test_mistakes_are_named(mistake: Any, complaint: str) -> None:
    with pytest.raises(ValueError, match=complaint):
        mistake()


def test_an_assembler_refuses_labels_that_lead_nowhere_or_twice() -> None:
    code = Assembler()
    code.label("here")
    with pytest.raises(ValueError, match="stands twice"):
        code.label("here")
    code.jump("there")
    with pytest.raises(ValueError, match="stands nowhere"):
        code.code()


def test_instructions_have_the_bytes_of_the_instruction_set() -> None:
    code = Assembler()
    code.set(R0, -1)
    code.load(2, R1, R0, 3)
    code.set_wide(R1, 0x1122334455667788)
    code.jump_if(R0, ">=", R1, "end")
    code.exit()
    code.label("end")
    raw = code.code().hex()
    assert [raw[at : at + 16] for at in range(0, len(raw), 16)] == [
        "b7000000ffffffff",
        "6901030000000000",
        "1801000088776655",
        "0000000044332211",
        "3d10010000000000",
        "9500000000000000",
    ]


def _smallest() -> Assembler:
    code = Assembler()
    code.set(R0, 0)
    code.exit()
    return code


def test_a_program_without_read_only_data_links(chain: LiteSVM) -> None:
    code = _smallest()
    code.call("sol_log_")
    chain.add_program(PROGRAM, link(code, b""))
    assert not isinstance(_send(chain, b""), FailedTransactionMetadata)


def test_a_program_without_a_system_call_is_refused() -> None:
    with pytest.raises(ValueError, match="must make a system call"):
        link(_smallest(), b"")
