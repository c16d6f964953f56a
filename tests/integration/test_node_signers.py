"""Signers on a real chain: who is seen, what follows for SD-01 to SD-05, and a real challenge."""

from __future__ import annotations

import asyncio
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from privatedao_audit.audit.live import Live, record
from privatedao_audit.audit.opening import over
from privatedao_audit.chain import offchain_message
from privatedao_audit.chain.endpoints import Endpoint, EndpointKind, SecretUrl
from privatedao_audit.chain.limits import Policy
from privatedao_audit.cli import main
from privatedao_audit.domains.custody.facts import CustodyFacts
from privatedao_audit.domains.custody.signers import proof
from privatedao_audit.domains.registry import check_of
from privatedao_audit.evidence.sealed import SealedRecording
from privatedao_audit.model.finding import Judgement
from privatedao_audit.model.limits import Limits
from privatedao_audit.model.target import parse
from privatedao_audit.rehearsal import dossier, wallet
from privatedao_audit.rehearsal.life.facts import Life
from privatedao_audit.rehearsal.node import LocalNode
from privatedao_audit.rehearsal.proxy import Proxy
from privatedao_audit.rehearsal.sample import code_of, profile_of
from privatedao_audit.rehearsal.script import Story

POLICY = Policy(requests_per_second=0, backoff_base=0.05, backoff_cap=0.5, reread_pause=0.05)
CONTROLS = ("SD-01", "SD-02", "SD-03", "SD-04", "SD-05")


@dataclass
class Ground:
    """A life, and what an audit of it read of custody."""

    life: Life
    facts: CustodyFacts

    def judged(self, control: str) -> Judgement:
        check = check_of(control)
        assert check is not None
        return check(self.facts, Limits())

    @property
    def statuses(self) -> dict[str, str]:
        return {control: self.judged(control).status.value for control in CONTROLS}


def _ground(story: Story, folder: Path) -> Ground:
    life, checkout = story.life, folder / "checkout"
    checkout.mkdir()
    dossier.write(life, checkout)
    name = "sample-healthy" if life.healthy else "sample"
    target = parse(profile_of(name, life, code_of(story.node, life.squads_program)), name)
    place = folder / "evidence.sqlite"
    with Proxy(story.node) as first, Proxy(story.node) as second:
        endpoints = [
            Endpoint(label, SecretUrl(proxy.url), EndpointKind.LITERAL)
            for label, proxy in (("first", first), ("second", second))
        ]
        live = Live(endpoints, checkout, ["custody"], POLICY)
        asyncio.run(record(target, live, place))

    async def read() -> Any:
        with SealedRecording.open(place) as sealed:
            return await (await over(target, sealed, "sealed")).facts("custody")

    return Ground(life, asyncio.run(read()))


@pytest.fixture(scope="module")
def good(healthy: Story, tmp_path_factory: pytest.TempPathFactory) -> Ground:
    return _ground(healthy, tmp_path_factory.mktemp("healthy"))


@pytest.fixture(scope="module")
def midway(mid_rollout: Story, tmp_path_factory: pytest.TempPathFactory) -> Ground:
    return _ground(mid_rollout, tmp_path_factory.mktemp("midway"))


def test_a_finished_rollout_keeps_its_keys_apart(good: Ground) -> None:
    assert good.statuses == {
        "SD-01": "PASS", "SD-02": "ATTESTED", "SD-03": "PASS", "SD-04": "PASS", "SD-05": "PASS",
    }  # fmt: skip


def test_in_mid_rollout_the_faults_are_found_and_no_others(midway: Ground) -> None:
    assert midway.statuses == {
        "SD-01": "FAIL", "SD-02": "ATTESTED", "SD-03": "PASS", "SD-04": "FAIL",
        "SD-05": "MISSING",
    }  # fmt: skip
    assert midway.life.operator in midway.judged("SD-01").summary
    demo = midway.life.person("demo reviewer").address
    assert demo in midway.judged("SD-04").summary


@pytest.mark.parametrize("ground", ["good", "midway"])
def test_whoever_signed_is_seen_and_nobody_else(
    ground: str, request: pytest.FixtureRequest
) -> None:
    found: Ground = request.getfixturevalue(ground)
    life, seen = found.life, found.facts.signers.observed.seen
    votes = {one.by for one in life.steps("proposal_approve", "vault_transaction_execute")}
    assert {one.key for one in seen if one.role == "multisig member"} == votes
    assert {one.key for one in seen if one.role == "upgrade authority"} == {
        life.deployer, life.vault,
    }  # fmt: skip
    ruled = {
        one.by for one in life.steps("veto_proposal", "transfer_dao_authority") if not one.error
    }
    assert ruled <= {one.key for one in seen if one.role == "authority"}
    assert life.stranger not in {one.key for one in seen}
    assert life.stranger in {one.key for one in found.facts.signers.observed.failed}
    assert [walk.gap for walk in found.facts.signers.observed.walks if walk.gap] == []


def test_a_challenge_of_a_real_node_is_signed_and_counts(
    node: LocalNode, good: Ground, tmp_path: Path, capsys: Any, monkeypatch: Any
) -> None:
    life, key = good.life, str(wallet.address("keeper"))
    text = profile_of("sample-healthy", life, "0" * 64)
    text = text.replace(life.genesis_hash, node.genesis_hash())
    profile = tmp_path / "sample-healthy.toml"
    profile.write_text(text, encoding="utf-8")
    node.airdrop(wallet.address("keeper"), 1_000_000_000)
    with Proxy(node) as proxy:
        monkeypatch.setenv("RPC_URL", proxy.url)
        with pytest.raises(SystemExit) as left:
            main(["challenge", "--target", str(profile), "--rpc", "main=env:RPC_URL",
                  "--key", key])  # fmt: skip
    out = capsys.readouterr().out
    assert left.value.code == 0, out
    (line,) = re.findall(r"^  (Proof of control.*)$", out, re.M)
    signed = wallet.keypair("keeper").sign_message(offchain_message.build(line).encode())
    assert proof.fault(
        key, line, str(signed), target="sample-healthy", genesis_hash=node.genesis_hash()
    ) is None  # fmt: skip
    assert proof.parse(line).slot <= node.slot()
