"""Squads v4 proposals, transactions, batches, limits and buffers."""

from __future__ import annotations

import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st
from solders.pubkey import Pubkey

from privatedao_audit.chain import programs
from privatedao_audit.chain.addresses import squads_proposal, squads_spending_limit
from privatedao_audit.chain.borsh import DecodeError
from privatedao_audit.chain.layouts import squads
from tests.chain.layouts.encoding import (
    KEYS,
    ZERO,
    anchor,
    blob,
    i64,
    key,
    key_vector,
    option,
    refuses_every_cut,
    refuses_other_owners,
    text,
    u8,
    u16,
    u32,
    u64,
    vector,
)

OWNER = programs.SQUADS_V4
MS, CREATOR, A, B, C = KEYS[:5]


def proposal(
    status: int = 3, since: int | None = 1_700_000_000, *, approved: tuple[str, ...] = (A, B),
    rejected: tuple[str, ...] = (),
) -> bytes:
    return b"".join([
        anchor("Proposal"), key(MS), u64(7), u8(status), b"" if since is None else i64(since),
        u8(254), key_vector(approved), key_vector(rejected), key_vector([]),
    ])


def message(*, lookups: bool = True) -> bytes:
    """Upgrade-like message: 1 signer, 1 writable other, one lookup of two accounts."""
    table = [key(KEYS[20]) + blob(b"\4") + blob(b"\5")] if lookups else []
    accounts = b"\0\1\2" + (b"\3\4" if lookups else b"")
    return b"".join([
        u8(1, 1, 1), key_vector(KEYS[10:13]),
        vector([u8(2) + blob(accounts) + blob(b"data!")]), vector(table),
    ])


def vault_transaction() -> bytes:
    return b"".join([anchor("VaultTransaction"), key(MS), key(CREATOR), u64(7), u8(250, 1, 251),
                     blob(b"\xfe\xfd"), message()])


def batch_transaction() -> bytes:
    return anchor("VaultBatchTransaction") + u8(250) + blob(b"") + message()


def limit_fields() -> bytes:
    return b"".join([key(KEYS[5]), u8(2), key(ZERO), u64(10**9), u8(1), key_vector([A]),
                     key_vector([B, C])])


def config_transaction() -> bytes:
    actions = [
        u8(0) + key(A) + u8(7), u8(1) + key(B), u8(2) + u16(3), u8(3) + u32(86_400),
        u8(4) + limit_fields(), u8(5) + key(C), u8(6) + option(key(A)), u8(6) + option(None),
    ]
    return b"".join([anchor("ConfigTransaction"), key(MS), key(CREATOR), u64(8), u8(250),
                     vector(actions)])


def spending_limit(bump: int = 255) -> bytes:
    return b"".join([
        anchor("SpendingLimit"), key(MS), key(KEYS[5]), u8(0), key(KEYS[6]), u64(500), u8(3),
        u64(400), i64(-1), u8(bump), key_vector([A, B]), key_vector([]),
    ])


def batch(size: int = 3, executed: int = 1) -> bytes:
    return b"".join([anchor("Batch"), key(MS), key(CREATOR), u64(9), u8(250, 0, 251), u32(size),
                     u32(executed)])


def buffer(content: bytes = b"piece", size: int = 9) -> bytes:
    return b"".join([anchor("TransactionBuffer"), key(MS), key(CREATOR), u8(4, 1),
                     hashlib.sha256(b"piece one").digest(), u16(size), blob(content)])


def program_config() -> bytes:
    return anchor("ProgramConfig") + key(A) + u64(5) + key(B) + bytes(64)


SAMPLES = {
    "Proposal": proposal(), "VaultTransaction": vault_transaction(), "Batch": batch(),
    "VaultBatchTransaction": batch_transaction(), "ConfigTransaction": config_transaction(),
    "SpendingLimit": spending_limit(), "TransactionBuffer": buffer(),
    "ProgramConfig": program_config(),
}


@pytest.mark.parametrize("name", sorted(SAMPLES))
def test_every_account_by_its_discriminator(name: str) -> None:
    data = SAMPLES[name]
    assert type(squads.decode_account(OWNER, data)).__name__ == name
    refuses_every_cut(squads.decode_account, OWNER, data)
    refuses_other_owners(squads.decode_account, data, right=OWNER)
    with pytest.raises(DecodeError, match="discriminator"):
        squads.decode_account(OWNER, bytes(8) + data[8:])


@pytest.mark.parametrize("name", sorted(set(SAMPLES) - {"Proposal"}))
def test_trailing_bytes_must_be_zero(name: str) -> None:
    data = SAMPLES[name]
    assert squads.decode_account(OWNER, data + bytes(40)) == squads.decode_account(OWNER, data)
    with pytest.raises(DecodeError, match="not all zero"):
        squads.decode_account(OWNER, data + b"\0\1")


@pytest.mark.parametrize("name", sorted(SAMPLES))
@given(st.data())
def test_changed_bytes_never_give_another_error(name: str, data: st.DataObject) -> None:
    content = bytearray(SAMPLES[name])
    content[data.draw(st.integers(8, len(content) - 1))] = data.draw(st.integers(0, 255))
    try:
        found = squads.decode_account(OWNER, bytes(content))
    except DecodeError as error:
        assert error.what.startswith("squads v4")
    else:
        assert type(found).__name__ == name


@pytest.mark.parametrize("tag", range(7))
def test_proposal_statuses(tag: int) -> None:
    since = None if tag == 4 else 1_700_000_000
    found = squads.decode_proposal(OWNER, proposal(tag, since))
    assert (found.status, found.since) == (squads.STATUSES[tag], since)
    assert (found.multisig, found.transaction_index, found.bump) == (MS, 7, 254)
    assert found.approved == (A, B)
    releases = 1_700_000_000 + 3600 if found.status == "approved" else None
    assert found.releases_at(3600) == releases


def test_proposal_refusals() -> None:
    with pytest.raises(DecodeError, match="unknown tag 7"):
        squads.decode_proposal(OWNER, proposal(7))
    with pytest.raises(DecodeError, match=r"approved\[1\].*the same key twice"):
        squads.decode_proposal(OWNER, proposal(approved=(A, A)))
    with pytest.raises(DecodeError, match="under approved too"):
        squads.decode_proposal(OWNER, proposal(rejected=(A,)))
    huge = proposal()[:58] + u32(2**32 - 1)
    with pytest.raises(DecodeError, match="length 4294967295"):
        squads.decode_proposal(OWNER, huge)


def test_proposal_may_carry_stale_votes_behind_its_content() -> None:
    assert not squads.decode_proposal(OWNER, proposal() + bytes(96)).tail_nonzero
    found = squads.decode_proposal(OWNER, proposal() + key(C))
    assert found.tail_nonzero and C not in found.approved + found.rejected + found.cancelled


def test_proposal_address() -> None:
    address, bump = squads_proposal(MS, 7)
    data = bytearray(proposal())
    data[57] = bump
    found = squads.decode_proposal(OWNER, bytes(data))
    assert found.rederives(address)
    assert not found.rederives(squads_proposal(MS, 8).address)
    assert not squads.decode_proposal(OWNER, proposal()[:57] + u8(bump - 1) + proposal()[58:]
                                      ).rederives(address)


def test_addresses_by_index() -> None:
    found = squads.proposal_addresses(MS, 3)
    assert found == {squads_proposal(MS, n).address: n for n in (1, 2, 3)}
    assert squads.proposal_addresses(MS, 0) == {}
    assert list(squads.transaction_addresses(MS, 5, first=4).values()) == [4, 5]
    for first, last in ((0, 3), (5, 1)):
        with pytest.raises(ValueError, match="indexes run from 1"):
            squads.proposal_addresses(MS, last, first=first)
    with pytest.raises(ValueError, match="at most"):
        squads.proposal_addresses(MS, 2**64 - 1)


def test_vault_transaction_and_its_message() -> None:
    found = squads.decode_vault_transaction(OWNER, vault_transaction())
    assert (found.index, found.vault_index, found.vault_bump) == (7, 1, 251)
    assert found.ephemeral_signer_bumps == (254, 253)
    assert found.message.signer_keys == (KEYS[10],)
    assert found.message.loaded_count == 2
    one = found.message.resolve([A, B])[0]
    assert (one.program, one.accounts, one.data) == (
        KEYS[12], (KEYS[10], KEYS[11], KEYS[12], A, B), b"data!",
    )
    assert found.message.resolve()[0].accounts[3:] == (None, None)
    with pytest.raises(ValueError, match="1 loaded accounts, the message has 2"):
        found.message.resolve([A])


@pytest.mark.parametrize(("head", "clause"), [
    (u8(4, 1, 0), "4 signers"), (u8(1, 2, 0), "more writable signers"),
    (u8(1, 1, 3), "more writable keys"),
])
def test_message_that_the_program_would_refuse(head: bytes, clause: str) -> None:
    with pytest.raises(DecodeError, match=clause):
        squads.decode_vault_batch_transaction(OWNER, batch_transaction()[:13] + head
                                              + message()[3:])


def test_message_index_beyond_the_accounts() -> None:
    with pytest.raises(DecodeError, match="instruction 0 names an account beyond the 3"):
        body = message(lookups=False).replace(blob(b"\0\1\2"), blob(b"\0\1\3"))
        squads.decode_vault_batch_transaction(OWNER, batch_transaction()[:13] + body)


def test_compact_message() -> None:
    compact = b"".join([
        u8(1, 1, 1), u8(3), *(key(one) for one in KEYS[10:13]),
        u8(1), u8(2), u8(3) + b"\0\1\2", u16(300) + bytes(300), u8(0),
    ])
    found = squads.decode_message(compact)
    assert found.instructions[0].account_indexes == (0, 1, 2)
    assert len(found.instructions[0].data) == 300
    for size in range(len(compact)):
        with pytest.raises(DecodeError):
            squads.decode_message(compact[:size])
    with pytest.raises(DecodeError, match="follow the content"):
        squads.decode_message(compact + b"\0")


def test_config_actions() -> None:
    found = squads.decode_config_transaction(OWNER, config_transaction())
    limit = squads.AddSpendingLimit(KEYS[5], 2, None, 10**9, "day", (A,), (B, C))
    assert found.actions == (
        squads.AddMember(squads.Member(A, 7)), squads.RemoveMember(B), squads.ChangeThreshold(3),
        squads.SetTimeLock(86_400), limit, squads.RemoveSpendingLimit(C),
        squads.SetRentCollector(A), squads.SetRentCollector(None),
    )
    head = config_transaction()[:81]
    with pytest.raises(DecodeError, match="unknown action 7"):
        squads.decode_config_transaction(OWNER, head + vector([u8(7) + key(A)]))
    with pytest.raises(DecodeError, match="mask 8"):
        squads.decode_config_transaction(OWNER, head + vector([u8(0) + key(A) + u8(8)]))


def test_spending_limit() -> None:
    address, bump = squads_spending_limit(MS, KEYS[5])
    found = squads.decode_spending_limit(OWNER, spending_limit(bump))
    assert (found.mint, found.amount, found.remaining) == (KEYS[6], 500, 400)
    assert (found.period, found.last_reset) == ("month", -1)
    assert (found.members, found.destinations) == ((A, B), ())
    assert found.rederives(address) and not found.rederives(MS)
    assert squads.PERIOD_SECONDS[found.period] == 30 * 86_400
    with pytest.raises(DecodeError, match="unknown tag 4"):
        data = spending_limit()
        squads.decode_spending_limit(OWNER, data[:113] + u8(4) + data[114:])


def test_batch_runs_no_more_than_it_holds() -> None:
    assert squads.decode_batch(OWNER, batch(3, 3)).executed == 3
    with pytest.raises(DecodeError, match="4 executed of 3"):
        squads.decode_batch(OWNER, batch(3, 4))


def test_transaction_buffer() -> None:
    assert not squads.decode_transaction_buffer(OWNER, buffer()).complete
    assert squads.decode_transaction_buffer(OWNER, buffer(b"piece one")).complete
    assert not squads.decode_transaction_buffer(OWNER, buffer(b"piece two")).complete
    for content, size in ((b"piece one and more", 9), (b"", 10_129)):
        with pytest.raises(DecodeError, match="at most 10128"):
            squads.decode_transaction_buffer(OWNER, buffer(content, size))
    seeds = [b"multisig", key(MS), b"transaction_buffer", key(CREATOR), b"\4"]
    wanted, _ = Pubkey.find_program_address(seeds, Pubkey.from_string(OWNER))
    assert squads.derive_transaction_buffer(MS, CREATOR, 4).address == str(wanted)


def test_program_config_in_use_of_reserved_space_is_told() -> None:
    assert not squads.decode_program_config(OWNER, program_config()).reserved_nonzero
    data = program_config()[:-1] + b"\1"
    assert squads.decode_program_config(OWNER, data).reserved_nonzero


def test_memo_text_is_no_part_of_accounts() -> None:
    # The creating instruction's memo is not stored: bytes in its place are foreign.
    with pytest.raises(DecodeError, match="not all zero"):
        squads.decode_vault_transaction(OWNER, vault_transaction() + option(text("memo")))
