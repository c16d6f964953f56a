"""Recordings of a real node, made twice: what is the same, and what a lying provider gives away."""

from __future__ import annotations

import asyncio
import base64
import copy
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from privatedao_audit.audit.live import Live, record
from privatedao_audit.chain.endpoints import Endpoint, SecretUrl
from privatedao_audit.chain.layouts.squads import MULTISIG_DISCRIMINATOR
from privatedao_audit.chain.reads import ChainReads
from privatedao_audit.chain.resolver import RpcResolver
from privatedao_audit.compare import invalidators
from privatedao_audit.compare.deltas import Compared, Pile, compare
from privatedao_audit.compare.invalidators import Ends, Value
from privatedao_audit.compare.recorded import Recorded, taken_apart
from privatedao_audit.compare.still_true import compare as then_and_now
from privatedao_audit.evidence.collector import Collector
from privatedao_audit.evidence.recording import Recording
from privatedao_audit.evidence.records import RunHeader
from privatedao_audit.evidence.replay import Replay
from privatedao_audit.evidence.sealed import SealedRecording
from privatedao_audit.model.target import Target, parse
from privatedao_audit.rehearsal.faults import Change
from privatedao_audit.rehearsal.profile import code_of, profile_of
from privatedao_audit.rehearsal.proxy import Proxy
from privatedao_audit.rehearsal.sample import POLICY
from privatedao_audit.rehearsal.script import Story

DOMAINS = ("release", "custody", "treasury", "gate")


@dataclass
class Twice:
    """A life on a node, an honest recording of it, and a provider that may lie."""

    target: Target
    honest: Path
    proxy: Proxy
    folder: Path

    def again(self) -> Compared:
        """The honest recording beside one made through the provider."""
        place = self.folder / "again.sqlite"
        _recorded(self.target, self.proxy, place)
        return compare(_apart(self.honest), _apart(place))

    def moved(self) -> set[tuple[Ends, str]]:
        """What the provider says of the invalidators, where it is not what was recorded."""
        return {(one.ends, one.what) for one in then_and_now(*asyncio.run(self._values()))
                if one.moved is not False}  # fmt: skip

    async def _values(self) -> tuple[dict[Any, Value], dict[Any, Value]]:
        header = RunHeader("test", "x", "localnet", self.target.as_json(), "2026-11-23T09:30:00Z")
        with SealedRecording.open(self.honest) as sealed:
            then = invalidators.recorded(sealed, self.target)
            before = await self._told(ChainReads(Replay(sealed)), then)
        endpoints = [Endpoint("other", SecretUrl(self.proxy.url))]
        with Recording.open(self.folder / "now.sqlite", header) as recording:
            async with RpcResolver(endpoints, self.target.cluster.genesis_hash, POLICY) as rpc:
                chain = ChainReads(Collector(recording, {"rpc": rpc}))
                now = await invalidators.live(chain, self.target, sorted(then.states))
                return before, await self._told(chain, now)

    async def _told(self, chain: ChainReads, accounts: invalidators.Accounts) -> dict[Any, Value]:
        daos = await invalidators.daos(chain, self.target)
        tokens = await invalidators.tokens(chain, self.target)
        return invalidators.values(self.target, accounts, daos, tokens)


def _recorded(target: Target, proxy: Proxy, place: Path) -> None:
    live = Live([Endpoint("one", SecretUrl(proxy.url))], None, DOMAINS, POLICY)
    asyncio.run(record(target, live, place))


def _apart(place: Path) -> Recorded:
    with SealedRecording.open(place) as sealed:
        return taken_apart(sealed)


@pytest.fixture(scope="module")
def honest(healthy: Story, tmp_path_factory: pytest.TempPathFactory) -> tuple[Target, Path]:
    code = code_of(healthy.node, healthy.life.squads_program)
    target = parse(profile_of("sample-healthy", healthy.life, code), "test")
    place = tmp_path_factory.mktemp("honest") / "evidence.sqlite"
    with Proxy(healthy.node) as proxy:
        _recorded(target, proxy, place)
    return target, place


@pytest.fixture
def twice(healthy: Story, honest: tuple[Target, Path], tmp_path: Path) -> Iterator[Twice]:
    with Proxy(healthy.node) as proxy:
        yield Twice(*honest, proxy, tmp_path)


def test_an_honest_provider_says_the_same(twice: Twice) -> None:
    found = twice.again()
    assert [one for one in found.deltas if one.pile in (Pile.DISAGREES, Pile.OPEN)] == []
    assert found.same > 100
    assert twice.moved() == set()


def test_a_transaction_left_out_of_the_middle_of_a_list_is_proven(twice: Twice) -> None:
    def without(result: Any) -> Any:
        return result[:1] + result[2:] if len(result) > 3 else result

    twice.proxy.faults.add(Change(without), "getSignaturesForAddress")
    blamed = [one for one in twice.again().deltas if one.pile is Pile.DISAGREES]
    assert any(one.what.startswith("history of") for one in blamed)


def test_another_content_of_a_final_transaction_is_proven(twice: Twice) -> None:
    def richer(result: Any) -> Any:
        changed = copy.deepcopy(result)
        changed["meta"]["postBalances"][0] += 1
        return changed

    twice.proxy.faults.add(Change(richer), "getTransaction")
    blamed = [one for one in twice.again().deltas if one.pile is Pile.DISAGREES]
    assert any(one.what.startswith("transaction ") for one in blamed)


def _multisigs(edit: Callable[[bytearray], None]) -> Change:
    """Changes the data of every multisig account that is read."""

    def changed(result: Any) -> Any:
        found = copy.deepcopy(result)
        for entry in found["value"]:
            data = bytearray(base64.b64decode(entry["data"][0])) if entry else bytearray()
            if data[:8] == MULTISIG_DISCRIMINATOR:
                edit(data)
                entry["data"][0] = base64.b64encode(data).decode()
        return found

    return Change(changed)


def test_a_threshold_that_moved_is_the_threshold(twice: Twice) -> None:
    def lower(data: bytearray) -> None:
        data[72] -= 1  # after discriminator, create key and config authority

    twice.proxy.faults.add(_multisigs(lower), "getMultipleAccounts")
    assert twice.moved() == {(Ends.CONTROLLER, "threshold")}


def test_a_node_that_answers_nothing_leaves_nothing_known(twice: Twice) -> None:
    for method in ("getMultipleAccounts", "getTokenAccountsByOwner"):
        twice.proxy.faults.add(Change(lambda _result: {"nonsense": 1}), method)
    before, after = asyncio.run(twice._values())
    assert {one.moved for one in then_and_now(before, after)} == {None}
