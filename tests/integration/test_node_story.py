"""The scripted lives: what `Life` says is what lies on the chain."""

from __future__ import annotations

import struct
import time
from collections import Counter
from typing import Any

import pytest
from solders.pubkey import Pubkey

from privatedao_audit.chain.layouts.squads import decode_account as decode_squads
from privatedao_audit.chain.layouts.squads import decode_multisig
from privatedao_audit.rehearsal import tokens
from privatedao_audit.rehearsal.life import hostile
from privatedao_audit.rehearsal.loader import LOADER, executable_hash, programdata_address
from privatedao_audit.rehearsal.script import (
    DAO_VAULT,
    EXTENSION,
    STORY_SECONDS,
    TIME_LOCK,
    Life,
    Story,
    Version,
)
from privatedao_audit.rehearsal.squads.addresses import SQUADS

DAY = 86_400


@pytest.fixture(params=["healthy", "mid_rollout"])
def story(request: pytest.FixtureRequest) -> Story:
    found: Story = request.getfixturevalue(request.param)
    return found


def _key(address: str) -> Pubkey:
    return Pubkey.from_string(address)


def _logs(story: Story, signature: str) -> list[str]:
    return list(story.node.transaction(signature)["meta"]["logMessages"])


def test_every_step_is_where_it_says(story: Story) -> None:
    for step in story.life.journal:
        one, found = step.landed, story.node.transaction(step.landed.signature)
        assert found["slot"] == one.slot
        assert (found["meta"]["err"] is None) == one.succeeded == (step.error is None)
        assert story.node.fee_payer(found) == one.fee_payer
        assert story.node.block_time(one.slot) == one.block_time


def test_refusals_of_the_program_are_in_the_logs(story: Story) -> None:
    refused = [one for one in story.life.journal if one.error and one.program == "governance"]
    assert len(refused) >= 4
    for step in refused:
        assert any(
            f"Error Code: {step.error}." in line for line in _logs(story, step.landed.signature)
        )


def test_times_rise_with_slots_and_end_now(story: Story) -> None:
    life = story.life
    landed = [one.landed for one in life.journal]
    assert [one.slot for one in landed] == sorted(one.slot for one in landed)
    times = [one.block_time for one in landed]
    assert times == sorted(times)
    assert times[0] - life.began_at < DAY / 2
    assert 59 * DAY < life.finished_at - times[0] < STORY_SECONDS
    assert times[-1] <= life.finished_at <= time.time() + 60

    assert life.finished_at - life.began_at == pytest.approx(STORY_SECONDS, abs=60)
    assert landed[-1].slot < life.last_slot


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
    assert slot == max(life.extension.slot, life.running.transaction.slot)
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


def test_every_upgrade_was_voted_on_and_waited(story: Story) -> None:
    life = story.life
    members = {one.address for one in life.members}
    for version in life.versions[1:]:
        voters = [one.by for one in version.approvals]
        assert len(set(voters)) == len(voters) == life.threshold
        assert set(voters) <= members
        approved = max(one.landed.block_time for one in version.approvals)
        assert version.transaction.block_time - approved >= life.time_lock_seconds
        assert version.squads_index is not None
        assert 0 < version.squads_index <= life.transaction_index
    assert (life.versions[0].squads_index, life.versions[0].approvals) == (None, ())


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
    seeds = [b"multisig", bytes(_key(life.multisig)), b"vault", bytes([life.vault_index])]
    assert Pubkey.find_program_address(seeds, SQUADS)[0] == _key(life.vault)
    assert len(life.members) == 3
    assert life.rent_collector == life.members[0].address
    decoded = decode_multisig(str(SQUADS), raw)
    assert {(one.key, one.mask) for one in decoded.members} == {
        (one.address, one.mask) for one in life.members
    }
    assert decoded.config_authority == life.config_authority


def test_only_in_mid_rollout_something_is_left_open_in_the_multisig(story: Story) -> None:
    """Every transaction but the last one there was executed; the accounts of one are closed."""
    life, seen = story.life, Counter[str]()
    for index in range(1, life.transaction_index + 1):
        seeds = [b"multisig", bytes(_key(life.multisig)), b"transaction", struct.pack("<Q", index)]
        at = Pubkey.find_program_address([*seeds, b"proposal"], SQUADS)[0]
        raw = story.node.account(at)
        if not raw:
            seen["closed"] += 1
            continue
        proposal: Any = decode_squads(str(SQUADS), raw)
        seen[str(proposal.status)] += 1
    assert seen["closed"] == 1
    assert seen["approved"] == (0 if life.healthy else 1)
    assert seen["executed"] + seen["approved"] + 1 == life.transaction_index


def test_the_refused_upgrade_changed_nothing(story: Story) -> None:
    found = story.node.transaction(story.life.refused_upgrade.signature)
    assert found["meta"]["err"] == {"InstructionError": [0, "IncorrectAuthority"]}
    assert story.life.refused_upgrade.fee_payer == story.life.stranger


def test_proposals_end_in_every_way(story: Story) -> None:
    life = story.life
    assert life.dao.proposal_count == len(life.proposals) == 10
    ended = Counter(one.ended for one in life.proposals)
    assert ended == {
        "executed": 5, "cancelled": 1, "failed": 1, "vetoed": 1, "waiting": 1, "voting": 1,
    }  # fmt: skip
    paid = [one for one in life.proposals if one.execution]
    assert {one.kind for one in paid} == {"none", "sol", "token", "confidential"}
    programs = {mint.address: mint.program for mint in life.mints}
    assert {programs[one.mint] for one in paid if one.mint} == {"spl-token", "token-2022"}
    assert set(life.archive) == {one.execution.signature for one in paid if one.execution}
    assert len(life.steps("delegate_vote")) == len(life.steps("commit_delegated_vote")) == 1


def test_one_proposal_has_hostile_text(story: Story) -> None:
    one = story.life.proposal(5)
    assert (one.title, one.description) == (hostile.TITLE, hostile.DESCRIPTION)
    raw = story.node.account(_key(one.address))
    assert raw is not None
    assert hostile.TITLE.encode() in raw
    assert hostile.DESCRIPTION.encode() in raw
    assert {"\u202e", "\n", "=", "<", "\u2713"} <= set(hostile.TITLE)
    assert {"\x00", "\x07", "\x1b", "\u2066"} <= set(hostile.DESCRIPTION)


def test_a_payment_carries_a_hostile_memo(story: Story) -> None:
    (payment,) = [one for one in story.life.steps("transfer") if one.program == "system"]
    logs = _logs(story, payment.landed.signature)
    assert any("@SUM(A1)" in line for line in logs)
    assert "Program data: AAAAAAAAAAA=" not in logs


def test_the_treasury_holds_what_came_less_what_was_paid(story: Story) -> None:
    life, node = story.life, story.node
    treasury = _key(life.dao.treasury)
    assert node.balance(treasury) == life.treasury_lamports
    paid = sum(one.amount for one in life.proposals if one.execution and not one.mint)
    assert life.treasury_lamports == 45_050_000_000 - paid
    for account in life.treasury_accounts:
        raw = node.account(_key(account.address))
        assert raw is not None
        assert (raw[:32], raw[32:64]) == (bytes(_key(account.mint)), bytes(treasury))
        assert tokens.balance(node, _key(account.address)) == account.amount
        closer = raw[133:165] if raw[129] else None
        assert closer == (bytes(_key(account.close_authority)) if account.close_authority else None)
        assert raw[72:76] == bytes(4), "no delegate"
        assert raw[108] == 1, "not frozen"


def test_mints_have_the_powers_that_are_told(story: Story) -> None:
    for mint in story.life.mints:
        raw = story.node.account(_key(mint.address))
        assert raw is not None
        issuer = str(Pubkey.from_bytes(raw[4:36])) if raw[0] else None
        freezer = str(Pubkey.from_bytes(raw[50:82])) if raw[46] else None
        assert (issuer, freezer) == (mint.mint_authority, mint.freeze_authority)
        assert raw[44] == mint.decimals
        header = struct.pack("<HH", 12, 32)
        has = header in raw[166:]
        assert has == (mint.permanent_delegate is not None)
        if mint.permanent_delegate is not None:
            assert header + bytes(_key(mint.permanent_delegate)) in raw


def test_what_is_good_in_the_healthy_life(healthy: Story) -> None:
    life = healthy.life
    assert (life.threshold, life.time_lock_seconds, life.config_authority) == (2, TIME_LOCK, None)
    assert life.running == life.release
    assert life.anchor_toml_program_id == life.program_id
    assert life.running.transaction.slot < life.extension.slot
    seeds = [b"multisig", bytes(_key(life.multisig)), b"vault", bytes([DAO_VAULT])]
    vault = str(Pubkey.find_program_address(seeds, SQUADS)[0])
    assert life.dao.authority == life.dao.treasury_operator == vault != life.vault
    assert life.dao.execution_delay_seconds > life.time_lock_seconds + DAY
    assert life.faults == ()
    assert not life.steps("finalize_proposal"), "every count reads the policy"
    assert all(one.by != life.stranger for one in life.steps("execute_proposal"))
    errors = Counter(one.error for one in life.journal if one.error)
    assert max(errors.values()) == 1, "nothing fails again and again"


def test_what_is_wrong_in_mid_rollout(mid_rollout: Story) -> None:
    life = mid_rollout.life
    assert (life.time_lock_seconds, life.config_authority) == (0, life.operator)
    assert life.running != life.release
    assert life.running.artifact_sha256 != life.release.artifact_sha256
    assert life.anchor_toml_program_id != life.program_id
    assert life.dao.authority == life.operator
    demo = life.person("demo reviewer")
    assert life.dao.treasury_operator == demo.address
    assert {"demo", "treasury-operator"} <= set(demo.roles)
    governance = life.mints[0]
    assert governance.mint_authority == governance.permanent_delegate == life.operator
    assert [one.close_authority for one in life.treasury_accounts if not one.associated] == [
        life.operator
    ]
    assert life.dao.execution_delay_seconds < DAY
    assert len(life.steps("finalize_proposal")) == 1
    (attempt,) = [one for one in life.steps("execute_proposal") if one.by == life.stranger]
    assert attempt.error == "ExecutionTimelockActive"
    assert [one.error for one in life.steps("veto_proposal")] == ["VetoWindowExpired", None]


def test_faults_are_of_many_kinds_in_every_domain(mid_rollout: Story) -> None:
    life: Life = mid_rollout.life
    kinds = [one.kind for one in life.faults]
    assert len(set(kinds)) == len(kinds) >= 8
    assert {one.domain for one in life.faults} == {
        "release", "custody", "rpc", "monitoring", "treasury", "incident", "gate",
    }  # fmt: skip
