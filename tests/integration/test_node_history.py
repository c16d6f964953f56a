"""The history of an authority on a real node: both lives, and a multisig that changes its rules."""

from __future__ import annotations

import asyncio
import struct
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
from solders.instruction import AccountMeta, Instruction
from solders.pubkey import Pubkey
from solders.system_program import ID as SYSTEM
from solders.system_program import CreateAccountParams, create_account
from solders.sysvar import RECENT_BLOCKHASHES, RENT

from privatedao_audit.chain.endpoints import Endpoint, EndpointKind, SecretUrl
from privatedao_audit.chain.limits import Policy
from privatedao_audit.chain.resolver import RpcResolver
from privatedao_audit.domains.custody.collect import collect
from privatedao_audit.domains.custody.facts import CustodyFacts
from privatedao_audit.domains.custody.history.checks import CHECKS
from privatedao_audit.domains.custody.history.replay import replay
from privatedao_audit.domains.sources import Sources
from privatedao_audit.evidence.collector import Collector
from privatedao_audit.evidence.recording import Recording
from privatedao_audit.evidence.records import RunHeader, timestamp, utc_now
from privatedao_audit.model.finding import Judgement
from privatedao_audit.model.reads import Found
from privatedao_audit.model.status import Status
from privatedao_audit.model.target import Limits, Target, parse
from privatedao_audit.rehearsal import loader, wallet
from privatedao_audit.rehearsal.governance import artifact
from privatedao_audit.rehearsal.node import LocalNode
from privatedao_audit.rehearsal.profile import code_of, profile_of
from privatedao_audit.rehearsal.proxy import Proxy
from privatedao_audit.rehearsal.script import Story
from privatedao_audit.rehearsal.squads import actions
from privatedao_audit.rehearsal.squads.addresses import SQUADS
from privatedao_audit.rehearsal.squads.squad import Squad, plant_program
from privatedao_audit.rehearsal.squads.state import VOTE, Member
from privatedao_audit.repository.resolver import RepositoryResolver

POLICY = Policy(requests_per_second=0, backoff_base=0.05, backoff_cap=0.5, reread_pause=0.05)
SOL = 1_000_000_000
PASS, FAIL = Status.PASS, Status.FAIL


async def _collected(
    target: Target, url: str, place: Path, read: Callable[[Sources], Awaitable[Any]]
) -> Any:
    header = RunHeader(
        kit_version="test", target_name="test", cluster="localnet", target={},
        started_at=timestamp(utc_now()), sealed_at=None,
    )  # fmt: skip
    endpoint = Endpoint("one", SecretUrl(url), EndpointKind.LITERAL)
    recording = Recording.open(place, header)
    try:
        genesis = target.cluster.genesis_hash
        async with RpcResolver([endpoint], genesis, POLICY) as rpc:
            checkout = RepositoryResolver(None)
            collector = Collector(recording, {"rpc": rpc, "file": checkout, "git": checkout})
            return await read(Sources(target, collector, ("one",)))
    finally:
        recording.close()


def facts_of(node: LocalNode, target: Target, place: Path) -> CustodyFacts:
    with Proxy(node) as proxy:
        found: CustodyFacts = asyncio.run(_collected(target, proxy.url, place, collect))
    return found


def judged(facts: CustodyFacts) -> dict[str, Judgement]:
    return {control: check(facts, Limits()) for control, check in CHECKS.items()}


@pytest.fixture(scope="module", params=["healthy", "mid_rollout"])
def lived(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> tuple[Story, CustodyFacts]:
    story: Story = request.getfixturevalue(request.param)
    text = profile_of("sample", story.life, code_of(story.node, story.life.squads_program))
    place = tmp_path_factory.mktemp("history") / "evidence.sqlite"
    return story, facts_of(story.node, parse(text, "sample"), place)


def test_a_life_is_judged_as_it_was_lived(lived: tuple[Story, CustodyFacts]) -> None:
    story, facts = lived
    told = judged(facts)
    expected = PASS if story.life.healthy else FAIL
    assert {control: one.status for control, one in told.items()} == {
        "UA-03": expected, "UA-07": expected, "UA-08": PASS, "UA-10": PASS,
    }  # fmt: skip


def test_every_upgrade_has_its_votes_its_wait_and_its_code(
    lived: tuple[Story, CustodyFacts],
) -> None:
    story, facts = lived
    parts = {p.label: p for p in judged(facts)["UA-03"].parts}
    for number, version in enumerate(story.life.versions[1:], 1):
        seen: dict[str, Any] = parts[f"governance: upgrade {number}"].observed
        assert seen["transaction"] == version.transaction.signature
        assert seen["index"] == version.squads_index
        assert [one["member"] for one in seen["approvals"]] == [o.by for o in version.approvals]
        assert [one["at"] for one in seen["approvals"]] == [
            one.landed.block_time for one in version.approvals
        ]
        assert seen["time_lock"] == story.life.time_lock_seconds
        assert seen["executed_at"] == version.transaction.block_time
        # Rebuilt from its writes, also where they came after the votes.
        assert seen["artifact_sha256"] == version.artifact_sha256


def test_the_log_of_the_multisig_leads_to_its_accounts(lived: tuple[Story, CustodyFacts]) -> None:
    _, facts = lived
    (multisig,) = facts.history.multisigs
    assert isinstance(multisig.log, Found)
    assert replay(multisig, multisig.log.value).doubt == ""


def test_the_failed_attempt_is_listed(lived: tuple[Story, CustodyFacts]) -> None:
    story, facts = lived
    (part,) = judged(facts)["UA-08"].parts
    failed = [one for one in part.observed["changes"] if not one["succeeded"]]
    assert [one["transaction"] for one in failed] == [story.life.refused_upgrade.signature]


# A multisig that changes its rules, spends by a limit, and has a signer with a nonce


ANNA, BERT, CLEO, DORA = (wallet.keypair(f"history {n}") for n in ("anna", "bert", "cleo", "dora"))
NONCE = wallet.keypair("history nonce")


def _instruction(tag: int, data: bytes, *accounts: tuple[Pubkey, bool]) -> Instruction:
    metas = [AccountMeta(key, signs, True) for key, signs in accounts]
    return Instruction(SYSTEM, struct.pack("<I", tag) + data, metas)


@pytest.fixture(scope="module")
def turbulent(node: LocalNode, tmp_path_factory: pytest.TempPathFactory) -> CustodyFacts:
    plant_program(node)
    faucet = wallet.keypair("history faucet")
    node.airdrop(faucet.pubkey(), 1_000 * SOL)
    for one in (ANNA, BERT, CLEO, DORA):
        node.send([_instruction(2, struct.pack("<Q", 100 * SOL), (faucet.pubkey(), True),
                                (one.pubkey(), False))], [faucet])  # fmt: skip
    squad = Squad(
        node, wallet.keypair("history creation"), [Member(ANNA.pubkey()), Member(BERT.pubkey()),
        Member(CLEO.pubkey(), VOTE)], 2, creator=ANNA, rent_collector=ANNA.pubkey(),
    )  # fmt: skip
    squad.create()
    program, buffer = wallet.keypair("history program"), wallet.keypair("history buffer")
    elf = artifact("1.0.0")
    loader.stage(node, ANNA, buffer, elf)
    loader.deploy(node, ANNA, program, buffer, len(elf) + 100)
    programdata = loader.programdata_address(program.pubkey())
    node.send([loader.set_authority(programdata, ANNA.pubkey(), squad.vault())], [ANNA])

    def decide(made: Any, *voters: Any) -> int:
        assert made.succeeded
        for voter in voters:
            assert squad.approve(made.index, voter).succeeded
        return int(made.index)

    def change(*what: Any) -> None:
        index = decide(squad.propose_config(list(what), ANNA), ANNA, CLEO)
        assert squad.execute_config(index, BERT).succeeded

    limit = wallet.keypair("history limit")
    payment = _instruction(2, struct.pack("<Q", SOL), (squad.vault(), True), (DORA.pubkey(), False))
    forgotten = decide(squad.propose([payment], ANNA), ANNA, BERT)
    change(actions.AddMember(Member(DORA.pubkey())), actions.SetTimeLock(60))
    open_vote = squad.propose([payment], BERT)
    assert squad.reject(open_vote.index, ANNA).succeeded
    assert squad.approve(open_vote.index, ANNA).succeeded
    node.time_travel(120)
    index = decide(
        squad.propose_config([actions.ChangeThreshold(3), actions.SetRentCollector(None)], DORA),
        ANNA, DORA,
    )  # fmt: skip
    node.time_travel(120)
    assert squad.execute_config(index, BERT).succeeded
    index = decide(
        squad.propose_config([actions.AddSpendingLimit(
            limit.pubkey(), SOL, (DORA.pubkey(),), (), actions.Period.DAY)], ANNA),
        ANNA, BERT, DORA,
    )  # fmt: skip
    node.time_travel(120)
    assert squad.execute_config(index, BERT).succeeded
    cancelled = decide(squad.propose([payment], ANNA), ANNA, BERT, CLEO)
    for one in (ANNA, BERT, DORA):
        assert squad.cancel(cancelled, one).succeeded
    assert forgotten == 1

    size, key = 80, ANNA.pubkey()
    account = create_account(CreateAccountParams(
        from_pubkey=key, to_pubkey=NONCE.pubkey(), lamports=node.rent_exempt(size), space=size,
        owner=SYSTEM,
    ))  # fmt: skip
    made = Instruction(SYSTEM, struct.pack("<I", 6) + bytes(key), [
        AccountMeta(NONCE.pubkey(), False, True), AccountMeta(RECENT_BLOCKHASHES, False, False),
        AccountMeta(RENT, False, False)])  # fmt: skip
    node.send([account, made], [ANNA, NONCE])

    target = Target.model_validate({
        "schema": 1, "name": "turbulent", "title": "A multisig", "protocol": "case",
        "cluster": {"name": "localnet", "genesis_hash": node.genesis_hash()},
        "programs": [{"name": "governance", "id": str(program.pubkey())}],
        "daos": [{"name": "DAO", "address": str(DORA.pubkey()), "program": "governance",
                  "treasury": str(DORA.pubkey())}],
        "multisigs": [{"name": "custody", "address": str(squad.address)}],
        "controller_programs": [{"id": str(SQUADS),
                                 "executable_sha256": code_of(node, str(SQUADS))}],
    })  # fmt: skip
    place = tmp_path_factory.mktemp("turbulent") / "evidence.sqlite"
    return facts_of(node, target, place)


def test_a_changing_multisig_is_replayed_to_where_it_stands(turbulent: CustodyFacts) -> None:
    (multisig,) = turbulent.history.multisigs
    assert isinstance(multisig.log, Found)
    end = replay(multisig, multisig.log.value)
    assert (end.doubt, end.stale_index) == ("", multisig.state.stale_transaction_index)
    assert end.rules is not None
    assert (end.rules.threshold, end.rules.time_lock, len(end.rules.members)) == (3, 60, 4)
    assert [one.faults for one in end.decisions.values()] == [[]] * len(end.decisions)


def test_what_still_stands_is_found(turbulent: CustodyFacts) -> None:
    said = judged(turbulent)["UA-07"]
    assert said.status is FAIL
    bad = [part.summary for part in said.parts if part.status is FAIL]
    assert len(bad) == 2
    assert "Transaction 1 is approved and not executed" in bad[0]
    assert "approved before it went stale" in bad[0]
    assert f"{DORA.pubkey()} can each spend {SOL} lamports per day" in bad[1]


def test_a_program_without_upgrades_needs_no_approval(turbulent: CustodyFacts) -> None:
    told = judged(turbulent)
    assert (told["UA-03"].status, told["UA-08"].status) == (Status.NOT_APPLICABLE, PASS)


def test_a_members_nonce_is_found_by_its_history(turbulent: CustodyFacts) -> None:
    said = judged(turbulent)["UA-10"]
    assert said.status is PASS
    (part,) = [one for one in said.parts if str(NONCE.pubkey()) in one.label]
    assert part.observed["authority"] == str(ANNA.pubkey())
    (anna,) = [one for one in turbulent.history.signers if one.key == str(ANNA.pubkey())]
    assert isinstance(anna.scan, Found)
    assert anna.scan.value == (str(NONCE.pubkey()),)
