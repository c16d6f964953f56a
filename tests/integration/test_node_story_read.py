"""The scripted lives as the kit's own decoders read them, over RPC, from the same chain."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import TypeVar

import pytest

from privatedao_audit.chain.endpoints import Endpoint, EndpointKind, SecretUrl
from privatedao_audit.chain.limits import Policy
from privatedao_audit.chain.reads import ChainReads
from privatedao_audit.chain.resolver import RpcResolver
from privatedao_audit.chain.transactions import Transaction
from privatedao_audit.evidence.collector import Collector
from privatedao_audit.evidence.recording import Recording
from privatedao_audit.evidence.records import RunHeader, timestamp, utc_now
from privatedao_audit.model.reads import Found, Read
from privatedao_audit.protocols.conduct import ActionKind
from privatedao_audit.protocols.facts import DaoReads, Proposal
from privatedao_audit.protocols.registry import protocol_of
from privatedao_audit.rehearsal.proxy import Proxy
from privatedao_audit.rehearsal.script import Story

T = TypeVar("T")
POLICY = Policy(requests_per_second=0, backoff_base=0.05, backoff_cap=0.5, reread_pause=0.05)
PROTOCOL = protocol_of("privatedao")
STATUS = {
    "cancelled": "Cancelled", "failed": "Failed", "vetoed": "Vetoed", "executed": "Passed",
    "waiting": "Passed", "voting": "Voting",
}  # fmt: skip


@pytest.fixture(params=["healthy", "mid_rollout"])
def story(request: pytest.FixtureRequest) -> Story:
    found: Story = request.getfixturevalue(request.param)
    return found


def _value(read: Read[T]) -> T:
    assert isinstance(read, Found), read
    return read.value


async def _read(story: Story, url: str, place: Path) -> tuple[DaoReads, list[Transaction]]:
    life = story.life
    header = RunHeader(
        kit_version="test", target_name="test", cluster="localnet", target={},
        started_at=timestamp(utc_now()), sealed_at=None,
    )  # fmt: skip
    endpoint = Endpoint("one", SecretUrl(url), EndpointKind.LITERAL)
    recording = Recording.open(place, header)
    try:
        async with RpcResolver([endpoint], life.genesis_hash, POLICY) as rpc:
            chain = ChainReads(Collector(recording, {"rpc": rpc}))
            dao = await PROTOCOL.collect_dao(chain, life.dao.address, life.program_id)
            steps = [one.landed.signature for one in life.journal if one.program == "governance"]
            transactions = await chain.transactions(list(dict.fromkeys(steps)))
    finally:
        recording.close()
    return dao, [_value(one) for one in transactions]


@pytest.fixture
def read(story: Story, tmp_path: Path) -> tuple[DaoReads, list[Transaction]]:
    with Proxy(story.node) as proxy:
        return asyncio.run(_read(story, proxy.url, tmp_path / "evidence.sqlite"))


def test_the_dao_and_all_it_did(story: Story, read: tuple[DaoReads, list[Transaction]]) -> None:
    reads, transactions = read
    life = story.life
    assert (reads.gaps, reads.complete) == ((), True)
    dao = _value(reads.dao)
    assert (dao.name, dao.governance_mint) == (life.dao.name, life.dao.governance_mint)
    assert dao.delays["execution"] == life.dao.execution_delay_seconds
    assert dao.delays["reveal"] == life.dao.reveal_seconds
    roles = {name: _value(one) for name, one in reads.roles.items()}
    assert roles == {
        "authority": life.dao.authority, "operator authority": life.dao.treasury_operator,
    }  # fmt: skip
    (treasury,) = PROTOCOL.treasuries(reads)
    assert treasury.address == life.dao.treasury
    for name in ("dao-security-policy", "dao-governance-policy-v3", "dao-settlement-policy-v3"):
        assert _value(reads.policies[name]).authority == life.dao.authority

    _same_proposals(story, reads)
    _same_failures(story, transactions)


def _same_proposals(story: Story, reads: DaoReads) -> None:
    life = story.life
    assert len(reads.proposals) == len(life.proposals)
    for told, found in zip(life.proposals, reads.proposals, strict=True):
        proposal: Proposal = _value(found.proposal)
        assert (found.address, proposal.title) == (told.address, told.title)
        assert proposal.description == told.description
        assert proposal.proposer == told.proposer
        assert proposal.status == STATUS[told.ended]
        assert proposal.executed == (told.ended == "executed") == (told.execution is not None)
        paid = [(one.amount, one.recipient, one.mint) for one in proposal.actions]
        acts = told.kind in ("sol", "token")
        assert paid == ([(told.amount, told.recipient, told.mint)] if acts else [])
        if told.kind == "confidential":
            plan = _value(found.payout)
            assert (plan.amount, plan.recipient, plan.paid) == (told.amount, told.recipient, True)
        commits = [
            one
            for one in life.steps("commit_vote", "commit_delegated_vote")
            if one.about == told.address
        ]
        votes = _value(found.votes)
        assert proposal.participants == len(commits) == len(votes.votes)
        assert votes.complete, votes.why
    now = _value(reads.now)
    waiting, voting = (_value(one.proposal) for one in reads.proposals[8:])
    assert waiting.unlocks_at is not None
    assert waiting.unlocks_at > now
    closes_at = voting.windows[0].closes_at
    assert closes_at is not None
    assert closes_at > now


def _same_failures(story: Story, transactions: list[Transaction]) -> None:
    life = story.life
    wanted = {one.landed.signature: one.error for one in life.journal if one.error}
    named = 0
    for transaction in transactions:
        actions = PROTOCOL.actions(transaction, life.program_id)
        assert (actions.complete, actions.why) == (True, None)
        assert {one.kind for one in actions} <= {ActionKind.INSTRUCTION, ActionKind.EVENT}
        assert len(actions.of(ActionKind.INSTRUCTION)) > 0
        error = wanted.get(transaction.signature)
        assert transaction.succeeded == (error is None)
        if error is not None:
            assert PROTOCOL.failure(transaction, life.program_id).name == error
            named += 1
    assert named >= 4
