"""The whole history of the scripted lives, over RPC, against what the script says it did."""

from __future__ import annotations

import asyncio
import base64
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from solders.transaction import VersionedTransaction

from privatedao_audit.chain.addresses import programdata_address
from privatedao_audit.chain.endpoints import Endpoint, EndpointKind, SecretUrl
from privatedao_audit.chain.limits import Policy
from privatedao_audit.chain.resolver import RpcResolver
from privatedao_audit.chain.series.asking import SERIES
from privatedao_audit.chain.series.prober import Prober
from privatedao_audit.domains.governance.facts import GovernanceFacts
from privatedao_audit.domains.monitoring.checks import ma_12
from privatedao_audit.domains.monitoring.collect import collect as watch
from privatedao_audit.domains.monitoring.facts import MonitoringFacts
from privatedao_audit.domains.sources import Sources
from privatedao_audit.domains.treasury.checks import CHECKS
from privatedao_audit.domains.treasury.collect import collect
from privatedao_audit.domains.treasury.facts import TreasuryFacts
from privatedao_audit.domains.treasury.payments import rules_of
from privatedao_audit.evidence.carried import Carried, carry
from privatedao_audit.evidence.collector import Collector
from privatedao_audit.evidence.questions import Question, Resolution
from privatedao_audit.evidence.recording import Recording
from privatedao_audit.evidence.records import RunHeader, timestamp, utc_now
from privatedao_audit.evidence.sealed import SealedRecording
from privatedao_audit.history import tables
from privatedao_audit.history.continuity import tokens_chain
from privatedao_audit.history.reconcile import executions
from privatedao_audit.model.limits import Limits
from privatedao_audit.model.reads import Found
from privatedao_audit.model.status import Status
from privatedao_audit.model.target import parse
from privatedao_audit.rehearsal.faults import NO_RESULT, Change
from privatedao_audit.rehearsal.profile import profile_of
from privatedao_audit.rehearsal.proxy import Proxy
from privatedao_audit.rehearsal.script import Story
from privatedao_audit.repository.resolver import RepositoryResolver

POLICY = Policy(requests_per_second=0, backoff_base=0.05, backoff_cap=0.5, reread_pause=0.05)
NOTHING = MonitoringFacts(GovernanceFacts("privatedao", "", {}, ()), {})
Facts = tuple[TreasuryFacts, MonitoringFacts]


@pytest.fixture(params=["healthy", "mid_rollout"])
def story(request: pytest.FixtureRequest) -> Story:
    found: Story = request.getfixturevalue(request.param)
    return found


class Counting:
    """A resolver that counts how often each transaction was asked of the network."""

    def __init__(self, inner: RpcResolver) -> None:
        self._inner = inner
        self.transactions: Counter[str] = Counter()

    async def resolve(self, question: Question) -> Resolution:
        if question.method == "getTransaction":
            self.transactions[question.params] += 1
        return await self._inner.resolve(question)


async def _read(
    story: Story,
    url: str,
    place: Path,
    monitor: bool = True,
    earlier: Path | None = None,
    sealed: Path | None = None,
) -> tuple[Facts, Counter[str]]:
    life = story.life
    name = "sample-healthy" if life.healthy else "sample"
    target = parse(profile_of(name, life, "0" * 64), "the profile")
    header = RunHeader(
        kit_version="test", target_name="test", cluster="localnet", target={},
        started_at=timestamp(utc_now()), sealed_at=None,
    )  # fmt: skip
    endpoint = Endpoint("one", SecretUrl(url), EndpointKind.LITERAL)
    recording = Recording.open(place, header)
    try:
        async with RpcResolver([endpoint], life.genesis_hash, POLICY) as rpc:
            counting = Counting(rpc)
            checkout = RepositoryResolver(None)
            series = Prober((), 1, 0.1)
            resolvers = {"rpc": counting, "file": checkout, "git": checkout, SERIES: series}
            collector, carried = Collector(recording, resolvers), None
            if earlier is not None:
                with SealedRecording.open(earlier) as old:
                    carry(old, recording)
                    carried = Carried(old.evidence_root, collector.held)
            sources = Sources(target, collector, ("one",), carried=carried)
            treasury = await collect(sources)
            watched = await watch(sources) if monitor else NOTHING
            if sealed is not None:
                recording.seal(sealed, timestamp(utc_now()))
            return (treasury, watched), counting.transactions
    finally:
        recording.close()


def test_the_whole_history_of_a_life(story: Story, tmp_path: Path) -> None:
    with Proxy(story.node) as proxy:
        (treasury, monitoring), sent = asyncio.run(
            _read(story, proxy.url, tmp_path / "evidence.sqlite")
        )
    assert max(sent.values()) == 1, "a transaction was fetched twice"

    _same_money(story, treasury)
    _same_payments(story, treasury)
    _same_failures(story, treasury)
    said = {name: check(treasury, Limits()) for name, check in CHECKS.items()}
    for name in ("TR-05", "TR-06", "TR-07"):
        assert said[name].status is Status.PASS, said[name].summary
    _rules(story, treasury)
    whole = ma_12(monitoring, Limits())
    assert whole.status is Status.PASS, whole.summary
    (history,) = monitoring.histories.values()
    assert programdata_address(story.life.program_id) in history.histories
    made = sum(one.created.get(story.life.multisig, 0) for one in history.deeds)
    assert made == story.life.transaction_index


def test_a_second_reading_fetches_no_transaction_again(healthy: Story, tmp_path: Path) -> None:
    first = tmp_path / "sealed.sqlite"
    with Proxy(healthy.node) as proxy:
        (before, _), sent = asyncio.run(
            _read(healthy, proxy.url, tmp_path / "1.sqlite", sealed=first)
        )
        (after, watched), again = asyncio.run(
            _read(healthy, proxy.url, tmp_path / "2.sqlite", earlier=first)
        )
    assert len(sent) > 50
    assert again == Counter()
    (one,), (other,) = before.histories.values(), after.histories.values()
    assert [deed.signature for deed in other.deeds] == [deed.signature for deed in one.deeds]
    assert {key: list(a.entries) for key, a in other.histories.items()} == {
        key: list(a.entries) for key, a in one.histories.items()
    }
    for name in ("TR-05", "TR-06", "TR-07"):
        assert CHECKS[name](after, Limits()).status is Status.PASS
    assert ma_12(watched, Limits()).status is Status.PASS


def _without(signature: str) -> Change:
    """Lists that leave one transaction out, as a node does that has lost it."""
    return Change(
        lambda rows: [row for row in rows if row["signature"] != signature]
        if isinstance(rows, list)
        else rows
    )


def _richer(address: str) -> Change:
    """Transactions after which an account holds a lamport more than it did."""

    def change(result: Any) -> Any:
        wire = base64.b64decode(result["transaction"][0])
        keys = [str(key) for key in VersionedTransaction.from_bytes(wire).message.account_keys]
        if address in keys:
            result["meta"]["postBalances"][keys.index(address)] += 1
        return result

    return Change(change)


@pytest.mark.parametrize("fault", ["hidden", "null", "pruned", "altered"])
def test_a_history_that_is_not_whole_never_passes(
    healthy: Story, fault: str, tmp_path: Path
) -> None:
    life = healthy.life
    with Proxy(healthy.node) as proxy:
        if fault == "hidden":
            lost = life.steps("deposit_treasury")[0].landed.signature
            proxy.faults.add(_without(lost), "getSignaturesForAddress")
        elif fault == "null":
            proxy.faults.add(NO_RESULT, "getTransaction")
        elif fault == "pruned":
            proxy.faults.first_slot = life.steps("deposit_treasury")[0].landed.slot + 1
        else:
            proxy.faults.add(_richer(life.dao.treasury), "getTransaction")
        (treasury, _), _sent = asyncio.run(
            _read(healthy, proxy.url, tmp_path / "evidence.sqlite", monitor=False)
        )
    judged = CHECKS["TR-06"](treasury, Limits())
    sol = next(part for part in judged.parts if part.label == f"SOL of {life.dao.treasury}")
    assert sol.status is not Status.PASS, sol.summary
    assert judged.status is not Status.PASS


def _same_money(story: Story, facts: TreasuryFacts) -> None:
    life = story.life
    (history,) = facts.histories.values()
    treasury = history.histories[life.dao.treasury]
    assert isinstance(treasury.now, Found)
    assert treasury.now.value.lamports == life.treasury_lamports
    held = {one.address: one for one in history.of_role("token account")}
    assert set(held) == {one.address for one in life.treasury_accounts}
    for told in life.treasury_accounts:
        chain = tokens_chain(held[told.address], -1)
        assert (chain.broken, chain.links[-1].after) == ("", told.amount)
    signatures = {entry.signature for entry in treasury.entries}
    moved = [s for s in life.steps("deposit_treasury", "transfer") if s.about == treasury.address]
    assert {step.landed.signature for step in moved} <= signatures


def _same_payments(story: Story, facts: TreasuryFacts) -> None:
    (history,) = facts.histories.values()
    (reads,) = facts.governance.daos
    done = executions(history, reads.proposals, rules_of(facts))
    told = {one.address: one for one in story.life.proposals if one.execution is not None}
    assert {one.proposal for one in done} == set(told)
    for one in done:
        voted = told[str(one.proposal)]
        assert (one.fault, one.open) == ("", "")
        assert voted.execution is not None
        assert one.deed.signature == voted.execution.signature
        paid = [(t.receiver, t.mint, t.amount) for t in one.paid]
        pays = voted.kind != "none"
        assert paid == ([(voted.recipient, voted.mint, voted.amount)] if pays else [])


def _same_failures(story: Story, facts: TreasuryFacts) -> None:
    (history,) = facts.histories.values()
    table = tables.failures(history)
    seen = dict(zip(table.columns["signature"], table.columns["error"], strict=True))
    wanted = {
        step.landed.signature: step.error
        for step in story.life.journal
        if step.error is not None and step.program == "governance"
    }
    assert wanted
    assert {name: seen.get(name) for name in wanted} == wanted


def _rules(story: Story, facts: TreasuryFacts) -> None:
    judged = CHECKS["TR-08"](facts, Limits())
    bad = [part.label for part in judged.parts if part.status is not Status.PASS]
    if story.life.healthy:
        assert bad == []
        return
    assert len(bad) == 2
    assert bad[0] == f"execution delay of {story.life.dao.address}"
    assert bad[1].startswith("finalize_proposal ")
