"""SPL Governance: realms, governances, proposals and votes of any copy of the program."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from solders.pubkey import Pubkey

from privatedao_audit.chain import programs
from privatedao_audit.chain.borsh import DecodeError
from privatedao_audit.chain.layouts import governance as gov
from privatedao_audit.chain.layouts.common import UnknownInstruction
from tests.chain.layouts.encoding import (
    KEYS,
    blob,
    i64,
    key,
    key_vector,
    option,
    refuses_every_cut,
    text,
    u8,
    u16,
    u32,
    u64,
    vector,
)

OWNER = KEYS[39]  # a DAO's own copy of the program
A, B, C, D, E = KEYS[:5]
YES60, VETO, DISABLED = u8(0, 60), u8(0, 30), u8(2)


def realm(kind: int = 16, authority: str | None = C) -> bytes:
    return b"".join([
        u8(kind), key(A), bytes(8), u64(100), u8(0), u64(10**10), option(key(B)), bytes(8),
        option(None if authority is None else key(authority)), text("Real DAO"),
        bytes(128) if kind == 16 else b"",
    ])


def realm_config() -> bytes:
    community = option(key(A)) + option(None) + u8(0) + bytes(4) + key_vector([B])
    council = option(None) + option(None) + u8(1) + bytes(4) + key_vector([])
    return u8(11) + key(C) + community + council + bytes(110)


def record(kind: int = 17, layout: int = 1) -> bytes:
    head = b"".join([u8(kind), key(A), key(B), key(C), u64(500), u64(2**32 + 3), u8(2, layout),
                     bytes(6), option(key(D))])
    locks = vector([u8(1) + key(E) + option(i64(99)), u8(2) + key(E) + option(None)])
    return head + (bytes(124) + locks if kind == 17 else b"")


def config(community: bytes = YES60, council: bytes = YES60, veto: bytes = VETO,
           community_veto: bytes = DISABLED) -> bytes:
    return b"".join([community, u64(7), u32(86_400), u32(259_200), u8(1), council, veto, u64(1),
                     u8(2), community_veto, u32(3600), u8(10)])


def governance(kind: int = 18, rules: bytes | None = None) -> bytes:
    head = u8(kind) + key(A) + key(B) + u32(0) + (config() if rules is None else rules)
    return head + (bytes(119) + u8(1) + u64(4) if kind >= 18 else b"")


def proposal(state: int = 3) -> bytes:
    answer = text("Approve") + u64(900) + u8(1) + u16(0) + u16(1) + u16(1)
    return b"".join([
        u8(14), key(A), key(B), u8(state), key(C), u8(1, 1), u8(0), vector([answer]),
        option(u64(5)), u8(0), option(None), option(None), i64(10), option(i64(11)),
        option(i64(12)), option(u64(13)), option(i64(1000)), option(None), option(None), u8(0),
        option(u64(10**6)), option(u32(60)), option(YES60), bytes(64), text("Upgrade"),
        text("link"), u64(3),
    ])


def proposal_v1() -> bytes:
    return b"".join([
        u8(5), key(A), key(B), u8(2), key(C), u8(1, 0), u64(8), u64(2), u16(0), u16(1), u16(1),
        i64(10), option(None), option(i64(12)), option(u64(13)), option(None), option(None),
        option(None), u8(0), option(None), option(DISABLED), text("Old"), text(""),
    ])


def proposal_transaction(kind: int = 13) -> bytes:
    metas = vector([key(A) + u8(0, 1), key(B) + u8(1, 0)])
    instruction = key(programs.LOADER_V3) + metas + blob(b"\3\0\0\0")
    if kind == 8:
        return b"".join([u8(8), key(C), u16(1), u32(0), instruction, option(i64(5)), u8(1)])
    return b"".join([u8(13), key(C), u8(0), u16(2), u32(0), vector([instruction, instruction]),
                     option(None), u8(0), bytes(8)])


def vote(kind: bytes = u8(0) + vector([u8(0, 100)])) -> bytes:
    return u8(12) + key(A) + key(B) + u8(0) + u64(50) + kind + bytes(8)


CASES = [
    (gov.decode_realm, realm()), (gov.decode_realm, realm(1)),
    (gov.decode_realm_config, realm_config()),
    (gov.decode_token_owner_record, record()), (gov.decode_token_owner_record, record(2)),
    (gov.decode_governance, governance()), (gov.decode_governance, governance(4)),
    (gov.decode_proposal, proposal()), (gov.decode_proposal, proposal_v1()),
    (gov.decode_proposal_transaction, proposal_transaction()),
    (gov.decode_proposal_transaction, proposal_transaction(8)),
    (gov.decode_vote_record, vote()),
]


@pytest.mark.parametrize(("decode", "data"), CASES)
def test_strictness(decode, data: bytes) -> None:  # type: ignore[no-untyped-def]
    def opened(owner: str, raw: bytes) -> object:
        return decode(owner, raw, program=OWNER)

    found = decode(OWNER, data, program=OWNER)
    assert not found.tail_nonzero
    assert decode(OWNER, data + bytes(50), program=OWNER) == found
    assert decode(OWNER, data + b"\1", program=OWNER).tail_nonzero
    refuses_every_cut(opened, OWNER, data)
    for owner in (programs.SPL_GOVERNANCE, A, ""):
        with pytest.raises(DecodeError, match="not owned"):
            decode(owner, data, program=OWNER)
    with pytest.raises(DecodeError, match="account_type at byte 0"):
        decode(OWNER, u8(99) + data[1:], program=OWNER)


@pytest.mark.parametrize(("decode", "data"), CASES)
@given(st.data())
def test_changed_bytes_never_give_another_error(decode, data, draw) -> None:  # type: ignore[no-untyped-def]
    content = bytearray(data)
    content[draw.draw(st.integers(0, len(content) - 1))] = draw.draw(st.integers(0, 255))
    try:
        found = decode(OWNER, bytes(content), program=OWNER)
    except DecodeError as error:
        assert error.why
    else:
        assert found is not None


def test_realm() -> None:
    found = gov.decode_realm(OWNER, realm(), program=OWNER)
    assert (found.version, found.community_mint, found.council_mint) == (2, A, B)
    assert (found.authority, found.name) == (C, "Real DAO")
    assert found.max_community_weight == gov.MaxVoteWeight(
        "supply-fraction", gov.FULL_SUPPLY_FRACTION)
    assert gov.decode_realm(OWNER, realm(1, None), program=OWNER).authority is None
    assert found.rederives(gov.derive_realm("Real DAO", OWNER).address, OWNER)
    assert not found.rederives(gov.derive_realm("Real DAO", A).address, OWNER)
    assert not found.rederives(gov.derive_realm("Real Dao", OWNER).address, OWNER)


def test_realm_config_and_token_owner_record() -> None:
    found = gov.decode_realm_config(OWNER, realm_config(), program=OWNER)
    assert found.community == gov.GoverningTokenConfig(A, None, "liquid", (B,))
    assert found.council == gov.GoverningTokenConfig(None, None, "membership", ())
    assert not found.reserved_nonzero
    used = realm_config()[:-1] + b"\1"
    assert gov.decode_realm_config(OWNER, used, program=OWNER).reserved_nonzero
    assert found.rederives(gov.derive_realm_config(C, OWNER).address, OWNER)
    member = gov.decode_token_owner_record(OWNER, record(), program=OWNER)
    assert (member.deposit, member.delegate, member.unrelinquished_votes) == (500, D, 2**32 + 3)
    assert member.locks == (gov.TokenOwnerLock(1, E, 99), gov.TokenOwnerLock(2, E, None))
    assert member.rederives(gov.derive_token_owner_record(A, B, C, OWNER).address, OWNER)
    old = gov.decode_token_owner_record(OWNER, record(2, layout=0), program=OWNER)
    assert (old.version, old.unrelinquished_votes, old.locks) == (1, 3, ())


def test_governance_rules() -> None:
    found = gov.decode_governance(OWNER, governance(), program=OWNER)
    rules = found.config
    assert (rules.hold_up, rules.voting_time, rules.cool_off) == (86_400, 259_200, 3600)
    assert rules.community_threshold == gov.Threshold("yes", 60)
    assert rules.community_veto == gov.Threshold("disabled", None)
    assert (rules.community_tipping, rules.council_tipping) == ("early", "disabled")
    assert not rules.is_legacy and rules.effective() == rules
    assert (found.required_signatories, found.active_proposals) == (1, 4)
    full = governance(rules=config(community_veto=YES60))
    assert len(full) == 236


def test_each_disabled_threshold_shortens_the_content() -> None:
    short = governance(rules=config(DISABLED, DISABLED, DISABLED, DISABLED))
    assert len(short) == 232
    found = gov.decode_governance(OWNER, short + b"\0\0\0\7", program=OWNER)
    assert found.config.community_threshold.percent is None
    assert found.tail_nonzero and found.active_proposals == 4


def test_legacy_rules_are_read_as_the_program_reads_them() -> None:
    data = governance(3, config(council=u8(0, 0), veto=u8(0, 0), community_veto=u8(0, 0)))
    rules = gov.decode_governance(OWNER, data, program=OWNER).config
    assert rules.is_legacy
    effective = rules.effective()
    assert effective.council_threshold == effective.council_veto == gov.Threshold("yes", 60)
    assert effective.community_veto == gov.Threshold("disabled", None)
    assert (effective.council_tipping, effective.cool_off) == ("early", 0)
    assert effective.exempt_proposals == gov.DEFAULT_EXEMPT_PROPOSALS
    assert not effective.is_legacy


def test_threshold_refusals() -> None:
    for wrong, clause in ((u8(0, 101), "101 per cent"), (u8(3, 1), "unknown tag 3")):
        with pytest.raises(DecodeError, match=clause):
            gov.decode_governance(OWNER, governance(rules=config(wrong)), program=OWNER)


@pytest.mark.parametrize(("kind", "seed"), [
    (3, b"account-governance"), (4, b"program-governance"), (9, b"mint-governance"),
    (10, b"token-governance"), (18, b"account-governance"), (19, b"program-governance"),
    (20, b"mint-governance"), (21, b"token-governance"),
])
def test_governance_addresses(kind: int, seed: bytes) -> None:
    program = Pubkey.from_string(OWNER)
    address = str(Pubkey.find_program_address([seed, key(A), key(B)], program)[0])
    seeds = [b"native-treasury", key(address)]
    treasury = str(Pubkey.find_program_address(seeds, program)[0])
    found = gov.decode_governance(OWNER, governance(kind), program=OWNER)
    assert found.rederives(address, OWNER) and not found.rederives(address, A)
    assert found.signs_as(address, address, OWNER) == "governance"
    assert found.signs_as(address, treasury, OWNER) == "native-treasury"
    assert found.signs_as(address, C, OWNER) is None
    assert found.signs_as(C, C, OWNER) is None
    assert gov.derive_native_treasury(address, OWNER).address == treasury


def test_other_addresses() -> None:
    program = Pubkey.from_string(OWNER)

    def pda(*seeds: bytes) -> str:
        return str(Pubkey.find_program_address([b"governance", *seeds], program)[0])

    assert gov.derive_proposal(A, B, C, OWNER).address == pda(key(A), key(B), key(C))
    found = gov.derive_proposal_transaction(A, 1, 258, OWNER)
    assert found.address == pda(key(A), b"\1", b"\2\1")
    assert gov.derive_vote_record(A, B, OWNER).address == pda(key(A), key(B))
    with pytest.raises(ValueError, match="kind"):
        gov.derive_asset_governance(A, B, "dao", OWNER)
    with pytest.raises(ValueError, match="transaction index"):
        gov.derive_proposal_transaction(A, 0, 2**16, OWNER)


@pytest.mark.parametrize("state", range(10))
def test_proposal_states(state: int) -> None:
    found = gov.decode_proposal(OWNER, proposal(state), program=OWNER)
    assert found.state == gov.STATES[state]
    runs = found.state in ("succeeded", "executing", "executing-with-errors")
    assert found.executable_at(500) == (1501 if runs else None)


def test_proposal_fields() -> None:
    found = gov.decode_proposal(OWNER, proposal(), program=OWNER)
    assert found.options == (gov.ProposalOption("Approve", 900, "succeeded", 0, 1, 1),)
    assert (found.deny_weight, found.veto_weight, found.max_vote_weight) == (5, 3, 10**6)
    assert (found.voting_at, found.voting_at_slot, found.max_voting_time) == (12, 13, 60)
    assert found.threshold == gov.Threshold("yes", 60)
    assert (found.name, found.description_link, found.multiple_choice) == ("Upgrade", "link", False)
    with pytest.raises(DecodeError, match="unknown tag 10"):
        gov.decode_proposal(OWNER, proposal(10), program=OWNER)
    old = gov.decode_proposal(OWNER, proposal_v1(), program=OWNER)
    assert (old.options[0].vote_weight, old.deny_weight, old.voting_completed_at) == (8, 2, None)
    assert old.threshold == gov.Threshold("disabled", None)


def test_proposal_transactions() -> None:
    found = gov.decode_proposal_transaction(OWNER, proposal_transaction(), program=OWNER)
    assert (found.transaction_index, found.status, found.executed_at) == (2, "none", None)
    assert len(found.instructions) == 2
    assert found.instructions[0].program == programs.LOADER_V3
    assert found.instructions[0].accounts[1] == gov.AccountMeta(B, True, False)
    old = gov.decode_proposal_transaction(OWNER, proposal_transaction(8), program=OWNER)
    assert (old.version, old.status, old.executed_at) == (1, "success", 5)


@pytest.mark.parametrize(("kind", "name", "choices"), [
    (u8(0) + vector([u8(0, 60), u8(0, 40)]), "approve", ((0, 60), (0, 40))),
    (u8(1), "deny", ()), (u8(2), "abstain", ()), (u8(3), "veto", ()),
])
def test_votes(kind: bytes, name: str, choices: tuple[tuple[int, int], ...]) -> None:
    found = gov.decode_vote_record(OWNER, vote(kind), program=OWNER)
    assert (found.vote, found.choices, found.weight, found.owner) == (name, choices, 50, B)


def test_huge_lengths_are_refused_before_they_are_followed() -> None:
    data = proposal_transaction()[:40] + u32(2**31)
    with pytest.raises(DecodeError, match="length 2147483648"):
        gov.decode_proposal_transaction(OWNER, data, program=OWNER)


def test_instructions() -> None:
    found = gov.decode_instruction([A, B, C, D], u8(16))
    assert isinstance(found, gov.GovernanceInstruction)
    assert (found.name, found.account("proposal_transaction")) == ("ExecuteTransaction", C)
    assert found.remaining == (D,)
    cast = gov.decode_instruction(KEYS[:10], u8(13) + u8(1))
    assert isinstance(cast, gov.GovernanceInstruction)
    assert (cast.account("authority"), cast.data) == (KEYS[5], b"\1")
    assert {0: "CreateRealm", 21: "SetRealmAuthority", 25: "CreateNativeTreasury",
            33: "SetRealmConfigItem"}.items() <= gov.INSTRUCTION_NAMES.items()
    for accounts, data in (([A], u8(16)), ([A], u8(34)), ([A], b"")):
        assert isinstance(gov.decode_instruction(accounts, data), UnknownInstruction)
