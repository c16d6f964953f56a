"""The bytes of Squads v4 accounts, held to offsets and discriminators written down by hand."""

from __future__ import annotations

import struct
from dataclasses import replace

import pytest
from solders.instruction import AccountMeta, Instruction
from solders.pubkey import Pubkey

from privatedao_audit.rehearsal import wallet
from privatedao_audit.rehearsal.squads import actions, addresses, borsh, orders
from privatedao_audit.rehearsal.squads.accounts import (
    Batch,
    BatchTransaction,
    ConfigTransaction,
    ProgramConfig,
    Proposal,
    SpendingLimit,
    Status,
    VaultTransaction,
)
from privatedao_audit.rehearsal.squads.message import compile_message
from privatedao_audit.rehearsal.squads.program import INSTRUCTIONS
from privatedao_audit.rehearsal.squads.state import VOTE, Member

SQUAD, CREATOR, MINT = (wallet.address(name) for name in ("a squad", "creator", "mint"))
LOW, HIGH = sorted((wallet.address("one"), wallet.address("two")), key=bytes)
NOBODY = bytes(32)
MESSAGE = compile_message(
    wallet.address("vault"), [Instruction(MINT, b"do", [AccountMeta(LOW, False, True)])]
)


def test_a_proposal() -> None:
    one = Proposal(SQUAD, 7, Status.APPROVED, 1_800_000_000, 253, (HIGH, LOW), (), (HIGH,))
    raw = one.encode()
    assert raw[:8].hex() == "1a5ebdbb74883521"
    assert raw[8:40] == bytes(SQUAD)
    assert struct.unpack_from("<QBqB", raw, 40) == (7, 3, 1_800_000_000, 253)
    votes = struct.pack("<I", 2) + bytes(LOW) + bytes(HIGH) + struct.pack("<II", 0, 1) + bytes(HIGH)
    assert raw[58:] == votes
    assert Proposal.size(2) == 70 + 6 * 32 == len(raw) + 3 * 32


def test_a_proposal_in_execution_has_no_timestamp() -> None:
    one = Proposal(SQUAD, 7, Status.EXECUTING, None, 253)
    assert one.encode()[48:50] == bytes([4, 253])
    for status, moment in ((Status.EXECUTING, 5), (Status.ACTIVE, None)):
        with pytest.raises(ValueError, match="does not go with"):
            replace(one, status=status, timestamp=moment).encode()


def test_a_vault_transaction() -> None:
    raw = VaultTransaction(SQUAD, CREATOR, 9, 255, 1, 254, MESSAGE, b"\xfb\xfa").encode()
    assert raw[:8].hex() == "a8faa264510ea2cf"
    assert raw[8:72] == bytes(SQUAD) + bytes(CREATOR)
    assert struct.unpack_from("<QBBB", raw, 72) == (9, 255, 1, 254)
    assert raw[83:89] == struct.pack("<I", 2) + b"\xfb\xfa"
    assert raw[89:] == MESSAGE.encode()


def test_a_config_transaction_with_every_action() -> None:
    limit = actions.AddSpendingLimit(
        CREATOR, 5, (LOW, HIGH), (SQUAD,), actions.Period.MONTH, 3, MINT
    )
    changes = (
        actions.AddMember(Member(LOW, VOTE)),
        actions.RemoveMember(HIGH),
        actions.ChangeThreshold(258),
        actions.SetTimeLock(172_800),
        limit,
        replace(limit, mint=None, destinations=()),
        actions.RemoveSpendingLimit(MINT),
        actions.SetRentCollector(LOW),
        actions.SetRentCollector(None),
    )
    raw = ConfigTransaction(SQUAD, CREATOR, 4, 252, changes).encode()
    assert raw[:8].hex() == "5e080423718b8b70"
    assert raw[8:72] == bytes(SQUAD) + bytes(CREATOR)
    assert struct.unpack_from("<QBI", raw, 72) == (4, 252, 9)
    members = struct.pack("<I", 2) + bytes(LOW) + bytes(HIGH)
    expected = b"\0" + bytes(LOW) + b"\2"
    expected += b"\1" + bytes(HIGH)
    expected += b"\2\2\1"
    expected += b"\3" + struct.pack("<I", 172_800)
    head = b"\4" + bytes(CREATOR) + b"\3"
    tail = struct.pack("<QB", 5, 3) + members
    expected += head + bytes(MINT) + tail + struct.pack("<I", 1) + bytes(SQUAD)
    expected += head + NOBODY + tail + struct.pack("<I", 0)
    expected += b"\5" + bytes(MINT)
    expected += b"\6\1" + bytes(LOW)
    expected += b"\6\0"
    assert raw[85:] == expected


def test_a_spending_limit() -> None:
    one = SpendingLimit(
        SQUAD, CREATOR, 2, MINT, 500, actions.Period.WEEK, 100, -5, 251, (HIGH, LOW), (HIGH, LOW)
    )
    raw = one.encode()
    assert raw[:8].hex() == "0ac91ba0dac3de98"
    assert raw[8:72] == bytes(SQUAD) + bytes(CREATOR)
    assert raw[72] == 2
    assert raw[73:105] == bytes(MINT)
    assert struct.unpack_from("<QBQqB", raw, 105) == (500, 2, 100, -5, 251)
    # Members are sorted; destinations stay as they were given.
    assert raw[131:] == struct.pack("<I", 2) + bytes(LOW) + bytes(HIGH) + struct.pack(
        "<I", 2
    ) + bytes(HIGH) + bytes(LOW)
    assert replace(one, mint=None).encode()[73:105] == NOBODY


def test_a_batch_and_its_parts() -> None:
    raw = Batch(SQUAD, CREATOR, 6, 250, 1, 249, 3, 2).encode()
    assert raw[:8].hex() == "9cc2462c1658892c"
    assert raw[8:72] == bytes(SQUAD) + bytes(CREATOR)
    assert struct.unpack("<QBBBII", raw[72:]) == (6, 250, 1, 249, 3, 2)
    part = BatchTransaction(248, MESSAGE).encode()
    assert part[:8] == borsh.account_discriminator("VaultBatchTransaction")
    assert part[8:13] == b"\xf8" + bytes(4)
    assert part[13:] == MESSAGE.encode()


def test_the_program_config() -> None:
    raw = ProgramConfig(LOW, HIGH, 100).encode()
    assert raw[:8].hex() == "c4d25ae790958c3f"
    assert raw[8:] == bytes(LOW) + struct.pack("<Q", 100) + bytes(HIGH) + bytes(64)
    assert str(orders.PROGRAM_CONFIG) == "BSTq9w3kZwNwpBXJEvTZz2G9ZTNyKBvoSeXMvwb4cNZr"


@pytest.mark.parametrize(
    ("name", "discriminator"),
    [
        ("multisig_create_v2", "32ddc75d28f58be9"),
        ("vault_transaction_create", "30fa4ea8d0e2dad3"),
        ("vault_transaction_execute", "c208a15799a419ab"),
        ("config_transaction_create", "9bec57e4894b5127"),
        ("config_transaction_execute", "7292f4bdfc8c2428"),
        ("proposal_create", "dc3c49e01e6c4f9f"),
        ("proposal_approve", "9025a488bcd82af8"),
        ("proposal_reject", "f33e869ce66af687"),
        ("proposal_cancel", "1b2a7fed26a354cb"),
        ("proposal_cancel_v2", "cd29c23ddc8b10f7"),
        ("spending_limit_use", "1039827fc1149b86"),
        ("multisig_add_member", "01dbd76cb8e5d608"),
        ("multisig_remove_member", "d975b1d2b691da48"),
        ("multisig_change_threshold", "8d2a0f7ea95c3eb5"),
        ("multisig_set_time_lock", "949a794dd4fe9b48"),
        ("multisig_set_config_authority", "8f5dc78f5ca9c1e8"),
        ("config_transaction_accounts_close", "50cb54359770bbba"),
        ("vault_transaction_accounts_close", "c447bbb00223aaa5"),
        ("multisig_add_spending_limit", "0bf29f2a56c55973"),
        ("multisig_remove_spending_limit", "e4c6886f7b04b271"),
    ],
)
def test_the_stand_in_answers_the_real_discriminators(name: str, discriminator: str) -> None:
    assert name in INSTRUCTIONS
    assert borsh.instruction_discriminator(name).hex() == discriminator


def test_every_address_has_its_seeds() -> None:
    index = struct.pack("<Q", 258)
    transaction = Pubkey.find_program_address(
        [b"multisig", bytes(SQUAD), b"transaction", index], addresses.SQUADS
    )
    assert addresses.derive(addresses.transaction_seeds(SQUAD, 258)) == transaction
    proposal = [b"multisig", bytes(SQUAD), b"transaction", index, b"proposal"]
    assert addresses.proposal_seeds(SQUAD, 258) == proposal
    assert addresses.spending_limit_seeds(SQUAD, MINT) == [
        b"multisig", bytes(SQUAD), b"spending_limit", bytes(MINT)
    ]  # fmt: skip
    assert addresses.batch_transaction_seeds(SQUAD, 258, 3) == [
        *proposal[:4], b"batch_transaction", struct.pack("<I", 3)
    ]  # fmt: skip
    assert addresses.ephemeral_signer_seeds(SQUAD, 1) == [
        b"multisig", bytes(SQUAD), b"ephemeral_signer", b"\1"
    ]  # fmt: skip
    bumped = addresses.with_bump(addresses.vault_seeds(SQUAD, 4))
    assert bumped[:4] == [b"multisig", bytes(SQUAD), b"vault", b"\4"]
    Pubkey.create_program_address(bumped, addresses.SQUADS)
