"""Borsh as the stand-in writes it: to the byte, and back again."""

from __future__ import annotations

import json
import struct
from hashlib import sha256
from typing import Any

import pytest
from solders.pubkey import Pubkey

from privatedao_audit.rehearsal.governance import artifact, codec
from privatedao_audit.rehearsal.governance.codec import NotBorsh
from privatedao_audit.rehearsal.loader import executable_hash

KEY = Pubkey.from_bytes(bytes(range(32)))
IDL = json.loads(codec._IDL.read_text(encoding="utf-8"))
TYPES = {one["name"]: one["type"] for one in IDL["types"]}
NUMBERS = {"u8": 1, "u16": 2, "u64": 8, "i64": 8}
TEXT = "é, ☂ and =1"


def _sample(kind: Any, *, full: bool) -> Any:
    """A value of a type: options present and the last variant, or absent and the first."""
    if isinstance(kind, str):
        if kind in NUMBERS:
            return (1 << (8 * NUMBERS[kind] - 1)) - 1 if full else 0
        return {"bool": full, "pubkey": KEY, "string": TEXT if full else ""}[kind]
    if "option" in kind:
        return _sample(kind["option"], full=full) if full else None
    if "array" in kind:
        inner, count = kind["array"]
        return bytes(range(count)) if inner == "u8" else [KEY] * count
    name = kind["defined"]["name"]
    body = TYPES[name]
    if body["kind"] == "struct":
        return {one["name"]: _sample(one["type"], full=full) for one in body["fields"]}
    variant = body["variants"][-1 if full else 0]
    if "fields" not in variant:
        return variant["name"]
    fields = {one["name"]: _sample(one["type"], full=full) for one in variant["fields"]}
    return {variant["name"]: fields}


def _struct(name: str, *, full: bool) -> dict[str, Any]:
    sample = _sample({"defined": {"name": name}}, full=full)
    assert isinstance(sample, dict)
    return sample


@pytest.mark.parametrize("full", [True, False])
@pytest.mark.parametrize("name", [one["name"] for one in IDL["accounts"]])
def test_an_account_comes_back_as_it_was_written(name: str, full: bool) -> None:
    fields = _struct(name, full=full)
    written = codec.account_bytes(name, fields)
    assert written[:8] == sha256(f"account:{name}".encode()).digest()[:8]
    assert codec.account_fields(name, written + bytes(100)) == fields
    with pytest.raises(NotBorsh):
        codec.account_fields(name, written[:-1])
    with pytest.raises(NotBorsh, match="discriminator"):
        codec.account_fields(name, bytes(8) + written[8:])


@pytest.mark.parametrize("full", [True, False])
@pytest.mark.parametrize("name", [one["name"] for one in IDL["events"]])
def test_an_event_comes_back_as_it_was_written(name: str, full: bool) -> None:
    fields = _struct(name, full=full)
    written = codec.event_bytes(name, fields)
    assert written[:8] == sha256(f"event:{name}".encode()).digest()[:8]
    assert codec.event_fields(name, written) == fields
    with pytest.raises(NotBorsh, match="1 bytes too many"):
        codec.event_fields(name, written + b"\0")


@pytest.mark.parametrize("full", [True, False])
@pytest.mark.parametrize("instruction", IDL["instructions"], ids=lambda one: one["name"])
def test_instruction_data_come_back_as_they_were_written(
    instruction: dict[str, Any], full: bool
) -> None:
    name = instruction["name"]
    arguments = {one["name"]: _sample(one["type"], full=full) for one in instruction["args"]}
    written = codec.instruction_data(name, arguments)
    assert written[:8] == sha256(f"global:{name}".encode()).digest()[:8]
    assert codec.instruction_arguments(name, written) == arguments
    with pytest.raises(NotBorsh):
        codec.instruction_arguments(name, written + b"\0")
    with pytest.raises(NotBorsh):
        codec.instruction_arguments(name, bytes(8) + written[8:])


def test_a_proposal_to_the_byte() -> None:
    action = {
        "action_type": "SendToken",
        "amount_lamports": 7,
        "recipient": KEY,
        "token_mint": KEY,
    }
    counts = ("yes_capital", "no_capital", "yes_community", "no_community")
    fields = {
        "dao": KEY,
        "proposer": KEY,
        "proposal_id": 3,
        "title": "ab",
        "description": "",
        "status": "Vetoed",
        "voting_end": 100,
        "reveal_end": 200,
        **{name: number for number, name in enumerate(counts, 1)},
        "commit_count": 5,
        "reveal_count": 6,
        "treasury_action": action,
        "execution_unlocks_at": 300,
        "is_executed": True,
        "bump": 254,
    }
    expected = bytes.fromhex("1a5ebdbb74883521") + bytes(KEY) * 2 + struct.pack("<Q", 3)
    expected += (
        struct.pack("<I2sI", 2, b"ab", 0) + b"\4" + struct.pack("<qq6Q", 100, 200, *range(1, 7))
    )
    expected += b"\1\1" + struct.pack("<Q", 7) + bytes(KEY) + b"\1" + bytes(KEY)
    expected += struct.pack("<q", 300) + b"\1\xfe"
    assert codec.account_bytes("Proposal", fields) == expected


def test_an_enum_with_fields_to_the_byte() -> None:
    voting = {"DualChamber": {"capital_threshold": 51, "community_threshold": 60}}
    arguments = {
        "dao_name": "",
        "quorum_percentage": 1,
        "governance_token_required": 0,
        "reveal_window_seconds": -1,
        "execution_delay_seconds": 0,
        "voting_config": voting,
    }
    written = codec.instruction_data("initialize_dao", arguments)
    assert written[-11:] == struct.pack("<q", 0) + b"\2\x33\x3c"
    assert written[21:29] == b"\xff" * 8


@pytest.mark.parametrize("name", sorted(codec.ALLOCATED))
def test_a_full_account_fits_where_the_program_allocates(name: str) -> None:
    room = codec.ALLOCATED[name]
    longest = {"Dao": 64, "Proposal": 128 + 1024, "ConfidentialPayoutPlan": 256}.get(name, 0)
    written = codec.account_bytes(name, _struct(name, full=True))
    texts = sum(one["type"] == "string" for one in TYPES[name]["fields"])
    assert len(written) - texts * len(TEXT.encode()) + longest == room


def test_mistakes_are_named() -> None:
    with pytest.raises(ValueError, match="do not fit the interface: amount, lamports"):
        codec.instruction_data("deposit_treasury", {"lamports": 1})
    with pytest.raises(KeyError, match="no 'Nothing' among its events"):
        codec.event_bytes("Nothing", {})
    policy = _struct("DaoGovernancePolicyV3", full=True)
    with pytest.raises(ValueError, match="no variant 'Sometimes'"):
        codec.account_bytes("DaoGovernancePolicyV3", {**policy, "quorum_policy": "Sometimes"})
    with pytest.raises(ValueError, match="array of 32 has 3"):
        codec.instruction_data(
            "commit_vote", {"commitment": b"abc", "voter_reveal_authority": None}
        )
    written = bytearray(codec.account_bytes("DaoGovernancePolicyV3", policy))
    written[72] = 9
    with pytest.raises(NotBorsh, match="a tag of 9 at byte 72"):
        codec.account_fields("DaoGovernancePolicyV3", bytes(written))


def test_errors_have_the_numbers_of_the_source() -> None:
    assert codec.error_code("RevealStillOpen") == 6012
    assert codec.error_code("ProposalNotPassed") == 6026
    assert codec.error_name(6069) == "UseConfidentialPayoutExecution"
    assert codec.error_name(1) is None


def test_versions_have_their_own_hashes_and_a_real_programs_size() -> None:
    first, again, second = artifact("1.0.0"), artifact("1.0.0"), artifact("1.1.0")
    assert first == again
    assert executable_hash(first) != executable_hash(second)
    assert 10_000 < len(first) < 20_000
