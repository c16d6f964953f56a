"""The checkouts of both lives: what they state happened, and every fault is really there."""

from __future__ import annotations

import hashlib
import json
import re
import struct
import subprocess
import tomllib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from solders.pubkey import Pubkey
from solders.signature import Signature

from privatedao_audit.model import canonical
from privatedao_audit.model.target import parse
from privatedao_audit.rehearsal import dossier, tokens
from privatedao_audit.rehearsal.dossier.custody import TIME_LOCK
from privatedao_audit.rehearsal.dossier.incident import RUNBOOKS
from privatedao_audit.rehearsal.dossier.operations import LATE, RULE_SET, fired
from privatedao_audit.rehearsal.dossier.sources import instruction_names
from privatedao_audit.rehearsal.life.wrongs import CHAIN, MID_ROLLOUT
from privatedao_audit.rehearsal.loader import executable_hash
from privatedao_audit.rehearsal.profile import code_of, profile_of
from privatedao_audit.rehearsal.script import Life, Story


@dataclass(frozen=True)
class Ground:
    """A story, its checkout and the release commit."""

    story: Story
    folder: Path
    commit: str

    @property
    def life(self) -> Life:
        return self.story.life

    def text(self, name: str) -> str:
        return (self.folder / name).read_text(encoding="utf-8")

    def toml(self, name: str) -> dict[str, Any]:
        return tomllib.loads(self.text(name))

    def json(self, name: str) -> Any:
        return json.loads(self.text(name))

    def git(self, *arguments: str) -> str:
        command = ["git", "-C", str(self.folder), *arguments]
        return subprocess.run(command, check=True, capture_output=True, text=True).stdout

    def chain(self, address: str) -> bytes:
        raw = self.story.node.account(Pubkey.from_string(address))
        assert raw is not None
        return raw


def _ground(story: Story, folder: Path) -> Ground:
    return Ground(story, folder, dossier.write(story.life, folder))


@pytest.fixture(scope="module")
def good(healthy: Story, tmp_path_factory: pytest.TempPathFactory) -> Ground:
    return _ground(healthy, tmp_path_factory.mktemp("healthy"))


@pytest.fixture(scope="module")
def midway(mid_rollout: Story, tmp_path_factory: pytest.TempPathFactory) -> Ground:
    return _ground(mid_rollout, tmp_path_factory.mktemp("midway"))


@pytest.fixture(params=["good", "midway"])
def ground(request: pytest.FixtureRequest) -> Ground:
    found: Ground = request.getfixturevalue(request.param)
    return found


# What is true in both


def test_the_checkout_is_clean_and_dated_along_the_story(ground: Ground) -> None:
    life = ground.life
    assert ground.git("status", "--porcelain") == ""
    times = [int(one) for one in ground.git("log", "--format=%ct").split()]
    assert times == sorted(times, reverse=True)
    assert times[0] == life.finished_at
    released = int(ground.git("show", "-s", "--format=%ct", ground.commit))
    assert released < life.release.transaction.block_time
    assert ground.git("rev-parse", f"v{life.release.name}^{{commit}}").strip() == ground.commit


def test_the_release_record_is_of_the_release(ground: Ground) -> None:
    life, record = ground.life, ground.toml("dossier/release-record.toml")
    assert record["release_commit"] == ground.commit
    assert record["artifact_sha256"] == executable_hash(life.release.artifact)
    assert record["deployment_signature"] == life.release.transaction.signature
    for part in ("build", "tests", "review_surface"):
        ran = record[part]
        assert (ran["commit"], ran["exit_code"], ran["tree_clean"]) == (ground.commit, 0, True)
        assert sha256(ground.text(ran["log"]).encode()).hexdigest() == ran["log_sha256"]
        assert ground.git("rev-parse", f"{ground.commit}^{{tree}}").strip() == ran["tree"]
    built = datetime.fromisoformat(record["built_at"]).astimezone(UTC).timestamp()
    committed = int(ground.git("show", "-s", "--format=%ct", ground.commit))
    assert committed < built < life.release.transaction.block_time
    assert f"test result: ok. {record['tests']['tests_run']} passed; 0 failed" in ground.text(
        record["tests"]["log"]
    )


def test_the_hash_list_is_of_the_release_commit(ground: Ground) -> None:
    hashes = ground.json("release/hashes.json")
    lines = []
    for row in hashes["files"]:
        at = ground.commit if not row["path"].startswith("release/") else "HEAD"
        text = ground.git("show", f"{at}:{row['path']}").encode()
        assert (sha256(text).hexdigest(), len(text)) == (row["sha256"], row["bytes"])
        lines.append(f"{row['path']}:{row['sha256']}")
    assert sha256("\n".join(lines).encode()).hexdigest() == hashes["aggregateSha256"]


def test_approvals_are_signed_by_those_who_voted(ground: Ground) -> None:
    life = ground.life
    rows = ground.toml("dossier/upgrade-approvals.toml")["upgrades"]
    last = life.release.transaction.slot
    recorded = [one for one in life.versions[1:] if one.transaction.slot <= last]
    assert [row["version"] for row in rows] == [one.name for one in recorded] != []
    for row, version in zip(rows, recorded, strict=True):
        assert row["transaction"] == version.transaction.signature
        message = canonical.dumps(
            {
                "statement": "approval of a program upgrade",
                "genesis_hash": life.genesis_hash,
                "program_id": life.program_id,
                "transaction": version.transaction.signature,
                "artifact_sha256": version.artifact_sha256,
            }
        )
        signed = dict(line.split() for line in row["approvals"])
        assert set(signed) == {one.by for one in version.approvals}
        for address, text in signed.items():
            signature = Signature.from_string(text)
            assert signature.verify(Pubkey.from_string(address), message)


def test_the_archive_holds_what_was_executed(ground: Ground) -> None:
    archive = ground.json("dossier/transaction-archive.json")
    executed = [one for one in ground.life.proposals if one.execution]
    assert [one["signature"] for one in archive["executed"]] == [
        one.execution.signature for one in executed if one.execution
    ]
    for one in archive["executed"]:
        found = ground.story.node.transaction(one["signature"])
        assert (one["transaction"], one["meta"]) == (found["transaction"], found["meta"])


def test_every_signer_of_the_team_is_registered(ground: Ground) -> None:
    life = ground.life
    rows = ground.toml("dossier/signer-register.toml")["signers"]
    registered = {row["address"] for row in rows}
    acting = {one.by for one in life.journal if one.program in ("squads", "loader")}
    assert acting - {life.stranger} <= registered | {life.vault}
    demo = {row["address"] for row in ground.toml("dossier/demo-wallets.toml")["wallets"]}
    assert demo == {life.person("demo reviewer").address}
    assert not demo & registered


def test_runbooks_have_their_sections(ground: Ground) -> None:
    books = [one for one in RUNBOOKS if (ground.folder / one).is_file()]
    assert len(RUNBOOKS) - len(books) == (0 if ground.life.healthy else 1)
    for name in books:
        text = ground.text(name)
        assert text.startswith("---\npath: IR-0")
        for heading in ("Trigger", "First actions", "Owner", "Escalation", "On-chain lever",
                        "Evidence to keep"):  # fmt: skip
            assert f"\n## {heading}\n" in text, (name, heading)


def test_alerts_tell_of_transactions_that_landed(ground: Ground) -> None:
    life = ground.life
    slots = {one.landed.signature: one.landed.block_time for one in life.journal}
    rules = {one["id"] for one in ground.json("monitoring/alert-rules.json")["rules"]}
    assert rules == {one.id for one in RULE_SET}
    late = []
    for alert in ground.json("monitoring/alert-log.json")["alerts"]:
        assert alert["rule"] in rules
        assert alert["receipt"]
        raised, received = (
            datetime.fromisoformat(alert[key]).timestamp() for key in ("raised_at", "received_at")
        )
        assert 0 < received - raised <= 300
        seconds = received - slots[alert["signature"]]
        assert seconds > 0
        late += [seconds] if seconds > 300 else []
    assert late == ([] if life.healthy else [LATE])


def test_what_never_fired_was_drilled_with_the_rules_as_they_stand(ground: Ground) -> None:
    rows = ground.toml("monitoring/alert-drills.toml")["drills"]
    fired_rules = {name for name, _step in fired(ground.life)}
    wanted = {one.id for one in RULE_SET} - fired_rules if ground.life.healthy else set()
    assert {row["rule"] for row in rows} == wanted
    rules = (ground.folder / "monitoring/alert-rules.json").read_bytes()
    assert {row["rule_file_sha256"] for row in rows} <= {hashlib.sha256(rules).hexdigest()}


def test_the_profile_is_one_that_the_kit_reads(ground: Ground) -> None:
    life = ground.life
    code = code_of(ground.story.node, life.squads_program)
    target = parse(profile_of("sample", life, code), "sample")
    assert target.daos[0].treasury == life.dao.treasury
    assert {one.address for one in target.mints} == {one.address for one in life.mints}
    assert [one.vault_index for one in target.multisigs] == ([0, 1] if life.healthy else [0])
    missing = [one.file for one in target.surfaces if not (ground.folder / one.file).is_file()]
    # One runbook was never written, and no failure of the health check was ever provoked.
    never = ["monitoring/rpc-health-provoked.json", "runbooks/treasury-execution.md"]
    assert sorted(missing) == ([] if life.healthy else never)
    named = {one.name: one.roles for one in target.wallets}
    assert "demo" in named["demo reviewer"]
    assert all(not one.startswith("voter") for one in named)


# What is wrong in mid-rollout, and in the healthy life is not. Each looks for itself.

Looks = Callable[[Ground], bool]


def _multisig(ground: Ground) -> tuple[bytes, int]:
    raw = ground.chain(ground.life.multisig)
    return raw[40:72], struct.unpack_from("<I", raw, 74)[0]


def _unrecorded(ground: Ground) -> bool:
    running = executable_hash(ground.chain(ground.life.programdata)[45:])
    return bool(running != ground.toml("dossier/release-record.toml")["artifact_sha256"])


def _changed_sources(ground: Ground) -> bool:
    return ground.git("diff", "--name-only", ground.commit, "HEAD", "--", "programs") != ""


def _other_id(ground: Ground) -> bool:
    named = ground.toml("Anchor.toml")["programs"]["localnet"]["governance"]
    return bool(named != ground.life.program_id)


def _lock_promised(ground: Ground) -> bool:
    stated = ground.toml("dossier/custody-record.toml")["time_lock_seconds"]
    assert stated == TIME_LOCK
    return bool(stated != _multisig(ground)[1])


def _rewritten(ground: Ground) -> bool:
    """The running version was voted on under the hash of another one."""
    rpc, buffer = ground.story.node, Pubkey.from_string(ground.life.running.buffer)
    rows = rpc.request("getSignaturesForAddress", str(buffer), {})
    voted = min(one.landed.slot for one in ground.life.running.approvals)
    return any(voted < row["slot"] < ground.life.running.transaction.slot for row in rows)


def _waiting(ground: Ground) -> bool:
    """The last transaction of the multisig is approved (status 3) and not executed."""
    index = struct.pack("<Q", ground.life.transaction_index)
    seeds = [b"multisig", bytes(Pubkey.from_string(ground.life.multisig)), b"transaction", index]
    squads = Pubkey.from_string(ground.life.squads_program)
    at = Pubkey.find_program_address([*seeds, b"proposal"], squads)[0]
    return ground.chain(str(at))[48] == 3


def _dao_authority(ground: Ground) -> str:
    return str(Pubkey.from_bytes(ground.chain(ground.life.dao.address)[8:40]))


def _issuer_powers(ground: Ground) -> bool:
    operator = bytes(Pubkey.from_string(ground.life.operator))
    raw = ground.chain(ground.life.dao.governance_mint)
    delegate = struct.pack("<HH", 12, 32) + operator
    return raw[:36] == struct.pack("<I", 1) + operator and delegate in raw


def _demo_operator(ground: Ground) -> bool:
    life = ground.life
    seeds = [b"treasury-operator-authority", bytes(Pubkey.from_string(life.dao.address))]
    at = Pubkey.find_program_address(seeds, Pubkey.from_string(life.program_id))[0]
    holder = str(Pubkey.from_bytes(ground.chain(str(at))[40:72]))
    rows = ground.toml("dossier/demo-wallets.toml")["wallets"]
    return holder in {row["address"] for row in rows}


def _one_provider(ground: Ground) -> bool:
    rows = ground.toml("dossier/rpc-register.toml")["providers"]
    return len(rows) == 2 and len({row["operator"] for row in rows}) == 1


def _public_primary(ground: Ground) -> bool:
    rows = ground.toml("dossier/rpc-register.toml")["providers"]
    return [row["access"] for row in rows if row["role"] == "primary"] == ["public"]


def _never_fails(ground: Ground) -> bool:
    return "exit 1" not in (ground.folder / "scripts/check-rpc.sh").read_text()


def _prose(ground: Ground) -> bool:
    rules = ground.json("monitoring/alert-rules.json")["rules"]
    ran = re.compile(r"any occurrence of |(>=|>|<) \d+ ")
    unclear = [one for one in rules if not ran.search(one["condition"])]
    assert all(one["route"] == "" for one in unclear)
    return len(unclear) > len(rules) / 2


def _alerted(ground: Ground, rule: str) -> set[str]:
    alerts = ground.json("monitoring/alert-log.json")["alerts"]
    return {one["signature"] for one in alerts if one["rule"] == rule}


def _due(ground: Ground, rule: str) -> set[str]:
    return {step.landed.signature for name, step in fired(ground.life) if name == rule}


def _silent_treasury(ground: Ground) -> bool:
    due = {rule: _due(ground, rule) for rule in ("treasury-balance", "treasury-tokens")}
    assert sum(map(len, due.values())) >= 8
    return any(missed - _alerted(ground, rule) for rule, missed in due.items())


def _silent_creation(ground: Ground) -> bool:
    return bool(_due(ground, "proposal-created") - _alerted(ground, "proposal-created"))


def _late_alert(ground: Ground) -> bool:
    times = {one.landed.signature: one.landed.block_time for one in ground.life.journal}
    return any(
        datetime.fromisoformat(one["received_at"]).timestamp() - times[one["signature"]] > 300
        for one in ground.json("monitoring/alert-log.json")["alerts"]
        if one["rule"] == "treasury-executed"
    )


def _silent_attempt(ground: Ground) -> bool:
    return bool(_due(ground, "unexpected-execute") - _alerted(ground, "unexpected-execute"))


def _uncalled_for(ground: Ground) -> bool:
    rows = ground.toml("monitoring/proposal-calendar.toml")["proposals"]
    return [row["number"] for row in rows] != list(range(ground.life.dao.proposal_count))


def _other_treasury(ground: Ground) -> bool:
    printed = re.search(r"^- Treasury: `(\w+)`$", ground.text("docs/treasury.md"), re.MULTILINE)
    assert printed is not None
    return printed[1] != ground.life.dao.treasury


def _foreign_closer(ground: Ground) -> bool:
    life = ground.life
    found = ground.story.node.request(
        "getTokenAccountsByOwner", life.dao.treasury, {"programId": str(tokens.TOKEN)},
        {"encoding": "base64"},
    )["value"]  # fmt: skip
    raws = [ground.chain(row["pubkey"]) for row in found]
    assert raws
    return any(raw[129] for raw in raws)


def _short_delay(ground: Ground) -> bool:
    counted = [one for one in ground.life.steps("finalize_proposal_v3") if one.error is None]
    finalized = counted[0].landed.block_time
    # Of the first proposal that was counted: when it was, and from when it could be executed.
    raw = ground.chain(ground.life.proposal(1).address)
    windows = [struct.unpack_from("<q", raw, at)[0] for at in range(8, len(raw) - 8)]
    delay = ground.life.dao.execution_delay_seconds
    assert finalized + delay in windows
    return delay < 86_400


def _policy_ignored(ground: Ground) -> bool:
    return any(
        "Program log: Instruction: FinalizeProposal"
        in ground.story.node.transaction(one.landed.signature)["meta"]["logMessages"]
        for one in ground.life.steps("finalize_proposal", "finalize_proposal_v3")
    )


def _books(ground: Ground) -> list[str]:
    return [ground.text(one) for one in RUNBOOKS if (ground.folder / one).is_file()]


def _no_such_lever(ground: Ground) -> bool:
    named = {one for text in _books(ground) for one in re.findall(r"instruction: (\w+)", text)}
    assert len(named) >= 3
    return bool(named - {"none", *instruction_names()})


def _late_veto(ground: Ground) -> bool:
    text = "\n".join(_books(ground))
    assert "instruction: veto_proposal, when: " in text
    return "instruction: veto_proposal, when: after the unlock" in text


def _old_runbook(ground: Ground) -> bool:
    dates = [re.search(r"^date: (\d{4}-\d\d-\d\d)$", text, re.MULTILINE) for text in _books(ground)]
    days = [datetime.fromisoformat(one[1]).replace(tzinfo=UTC) for one in dates if one]
    assert len(days) >= 4
    now = datetime.fromtimestamp(ground.life.finished_at, UTC)
    return any((now - day).days > 90 for day in days)


def _placeholder(ground: Ground) -> bool:
    return any("\nTBD\n" in text for text in _books(ground))


def _no_owner(ground: Ground) -> bool:
    rows = ground.toml("dossier/incident-contacts.toml")["contacts"]
    return "incident owner" not in {row["role"] for row in rows}


def _undrilled(ground: Ground) -> bool:
    drilled = {row["path"] for row in ground.toml("dossier/drills.toml")["drills"]}
    # That of an outage needs a recording, which is made where a sample is.
    return not drilled >= {f"IR-0{number}" for number in range(1, 5)}


def _open_items(ground: Ground) -> bool:
    text = ground.text("docs/mainnet-readiness.md")
    assert "- [x] " in text
    return "- [ ] " in text


def _open_finding(ground: Ground) -> bool:
    named = ground.toml("dossier/audit-record.toml")["statement"]
    rows = ground.toml(named)["findings"]
    return any(row["severity"] == "high" and row["state"] != "closed" for row in rows)


FAULTS: dict[str, Looks] = {
    "unrecorded version runs": _unrecorded,
    "sources changed after the release commit": _changed_sources,
    "another program id in Anchor.toml": _other_id,
    "multisig without time lock": lambda ground: _multisig(ground)[1] == 0,
    "config authority over the multisig": lambda ground: _multisig(ground)[0] != bytes(32),
    "custody record promises a time lock": _lock_promised,
    "code rewritten after the vote": _rewritten,
    "approved upgrade waits": _waiting,
    "DAO authority is a wallet": lambda ground: _dao_authority(ground) == ground.life.operator,
    "issuer's powers over the governance mint at a wallet": _issuer_powers,
    "demo wallet is treasury operator": _demo_operator,
    "both providers of one operator": _one_provider,
    "primary endpoint is a public one": _public_primary,
    "health check can't fail": _never_fails,
    "alert rules in prose": _prose,
    "treasury movements without an alert": _silent_treasury,
    "execute attempt by a stranger without an alert": _silent_attempt,
    "creation of a proposal without an alert": _silent_creation,
    "execution alerted too late": _late_alert,
    "proposals outside the calendar": _uncalled_for,
    "document prints another treasury": _other_treasury,
    "foreign close authority on a treasury account": _foreign_closer,
    "execution delay below a day": _short_delay,
    "count that ignores the governance policy": _policy_ignored,
    "runbook names a lever that does not exist": _no_such_lever,
    "veto promised after the unlock": _late_veto,
    "runbook of last year": _old_runbook,
    "runbook with a placeholder": _placeholder,
    "nobody owns incidents": _no_owner,
    "paths never drilled": _undrilled,
    "checklist items open": _open_items,
    "high audit finding open": _open_finding,
}


def test_every_fault_is_looked_for() -> None:
    assert set(FAULTS) == {one.kind for one in MID_ROLLOUT}
    assert len({one.id for one in RULE_SET}) == len(RULE_SET) == 15


@pytest.mark.parametrize("kind", FAULTS)
def test_a_fault_is_in_mid_rollout_and_not_in_the_healthy_life(
    kind: str, good: Ground, midway: Ground
) -> None:
    (fault,) = [one for one in midway.life.faults if one.kind == kind]
    assert FAULTS[kind](midway)
    assert not FAULTS[kind](good)
    if fault.where != CHAIN:
        assert (midway.folder / fault.where).is_file()
