"""The scripted lives: what `Life` says is what lies on the chain."""

from __future__ import annotations

import struct
import time

import pytest
from solders.pubkey import Pubkey

from privatedao_audit.rehearsal.loader import LOADER, executable_hash, programdata_address
from privatedao_audit.rehearsal.multisig import SQUADS
from privatedao_audit.rehearsal.script import (
    EXTENSION,
    STORY_SECONDS,
    Landed,
    Life,
    Story,
    Version,
)


@pytest.fixture(params=["healthy", "mid_rollout"])
def story(request: pytest.FixtureRequest) -> Story:
    found: Story = request.getfixturevalue(request.param)
    return found


def _key(address: str) -> Pubkey:
    return Pubkey.from_string(address)


def _landed(life: Life) -> list[Landed]:
    others = [life.handover, life.extension, life.refused_upgrade]
    return sorted([*(one.transaction for one in life.versions), *others], key=lambda x: x.slot)


def test_every_transaction_is_where_it_says(story: Story) -> None:
    for one in _landed(story.life):
        found = story.node.transaction(one.signature)
        assert found["slot"] == one.slot
        assert (found["meta"]["err"] is None) == one.succeeded
        assert story.node.fee_payer(found) == one.fee_payer
        assert story.node.block_time(one.slot) == one.block_time


def test_times_rise_with_slots_and_end_now(story: Story) -> None:
    landed = _landed(story.life)
    times = [one.block_time for one in landed]
    assert times == sorted(times)
    assert times[-1] < story.life.finished_at
    assert times[-1] - times[0] > 14 * 86_400
    assert 29 * 86_400 < story.life.finished_at - times[0] < STORY_SECONDS
    assert story.life.finished_at <= time.time() + 5
    assert landed[-1].slot < story.life.last_slot


def test_the_program_is_upgradeable_and_runs_the_last_version(story: Story) -> None:
    life, node = story.life, story.node
    assert programdata_address(_key(life.program_id)) == _key(life.programdata)
    account = node.request("getAccountInfo", life.program_id, {"encoding": "base64"})["value"]
    assert (account["owner"], account["executable"]) == (str(LOADER), True)
    raw = node.account(_key(life.programdata))
    assert raw is not None
    _, slot, option = struct.unpack_from("<IQB", raw)
    assert (option, raw[13:45]) == (1, bytes(_key(life.vault)))
    assert executable_hash(raw[45:]) == life.running.artifact_sha256
    last = max(life.extension.slot, life.running.transaction.slot)
    assert slot == last
    assert life.extension_bytes == EXTENSION


def test_each_version_says_how_it_came(story: Story) -> None:
    def shape(one: Version) -> tuple[str, str, bool]:
        return one.kind, one.authority, one.through_lookup_table

    life = story.life
    first, second, third = life.versions[:3]
    assert shape(first) == ("deploy", life.deployer, False)
    assert shape(second) == ("upgrade", life.vault, False)
    assert shape(third) == ("upgrade", life.vault, True)
    assert life.release == third
    hashes = [one.artifact_sha256 for one in life.versions]
    assert len(set(hashes)) == len(hashes)
    assert hashes == [executable_hash(one.artifact) for one in life.versions]
    message = story.node.transaction(third.transaction.signature)
    assert life.programdata in message["meta"]["loadedAddresses"]["writable"]


def test_the_multisig_is_as_told(story: Story) -> None:
    life = story.life
    account = story.node.request("getAccountInfo", life.multisig, {"encoding": "base64"})
    assert account["value"]["owner"] == str(SQUADS) == life.squads_program
    raw = story.node.account(_key(life.multisig))
    assert raw is not None
    assert raw[:8].hex() == "e07479ba44a14fec"
    threshold, lock, index, stale = struct.unpack_from("<HIQQ", raw, 72)
    assert (threshold, lock) == (life.threshold, life.time_lock_seconds)
    assert (index, stale) == (life.transaction_index, 0)
    assert raw[40:72] == (
        bytes(_key(life.config_authority)) if life.config_authority else bytes(32)
    )
    seeds = [b"multisig", bytes(_key(life.multisig)), b"vault", bytes([life.vault_index])]
    assert Pubkey.find_program_address(seeds, SQUADS)[0] == _key(life.vault)
    assert len(life.members) == 3
    for member in life.members:
        assert bytes(_key(member.address)) + bytes([member.mask]) in raw
    assert life.rent_collector == life.members[0].address
    assert raw[94:127] == b"\1" + bytes(_key(life.rent_collector))


def test_the_refused_upgrade_changed_nothing(story: Story) -> None:
    found = story.node.transaction(story.life.refused_upgrade.signature)
    assert found["meta"]["err"] == {"InstructionError": [0, "IncorrectAuthority"]}
    assert story.life.refused_upgrade.fee_payer == story.life.stranger


def test_what_is_good_in_the_healthy_life(healthy: Story) -> None:
    life = healthy.life
    assert (life.threshold, life.time_lock_seconds, life.config_authority) == (2, 172_800, None)
    assert life.running == life.release
    assert life.anchor_toml_program_id == life.program_id
    assert life.running.transaction.slot < life.extension.slot


def test_what_is_wrong_in_mid_rollout(mid_rollout: Story) -> None:
    life = mid_rollout.life
    assert (life.time_lock_seconds, life.config_authority) == (0, life.operator)
    assert life.running != life.release
    assert life.running.artifact_sha256 != life.release.artifact_sha256
    assert life.anchor_toml_program_id != life.program_id
