"""Recordings of the invented node: one sitting after another, each continuing the one before."""

from __future__ import annotations

import asyncio
import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from privatedao_audit.chain.reads import ChainReads
from privatedao_audit.evidence.carried import Carried, carry
from privatedao_audit.evidence.collector import Collector
from privatedao_audit.evidence.questions import Exchange, Outcome, Question, Resolution
from privatedao_audit.evidence.recording import Recording
from privatedao_audit.evidence.records import RunHeader, moment
from privatedao_audit.evidence.replay import Replay
from privatedao_audit.evidence.sealed import SealedRecording
from privatedao_audit.history.collect import collect_history
from privatedao_audit.history.facts import DaoHistory
from tests.history.node import Node
from tests.history.world import Tiny, reads

STARTED = "2026-11-23T10:00:00.000Z"


class Broken(Exception):
    """The process was killed here."""


@dataclass
class Network:
    """The invented node as a resolver; breaks when ``breaks_after`` questions were answered."""

    node: Node
    at: str = STARTED
    breaks_after: int | None = None
    asked: list[Question] = field(default_factory=list)

    async def resolve(self, question: Question) -> Resolution:
        if self.breaks_after is not None and len(self.asked) >= self.breaks_after:
            raise Broken
        self.asked.append(question)
        answer = await self.node.ask(question)
        (label,) = answer.providers
        body = answer.body
        request = {"id": 1, "jsonrpc": "2.0", "method": question.method}
        made = Exchange(
            label, f"{label}.example", json.dumps(request), 200, {}, body,
            None if body is not None else answer.reason, self.at,
        )  # fmt: skip
        if answer.outcome is not Outcome.FOUND:
            return Resolution(Outcome.UNKNOWN, answer.reason, (made,))
        return Resolution(
            Outcome.FOUND, None, (made,), 0, answer.slot, answer.commitment, (label,)
        )

    def fetched(self) -> Counter[str]:
        """Transaction → how often it was fetched."""
        return Counter(
            str(json.loads(one.params)[0]) for one in self.asked
            if one.method == "getTransaction"
        )  # fmt: skip

    def listed(self) -> list[dict[str, object]]:
        """The configurations of all lists that were asked for."""
        return [
            json.loads(one.params)[1] for one in self.asked
            if one.method == "getSignaturesForAddress"
        ]  # fmt: skip


def header(at: str = STARTED) -> RunHeader:
    return RunHeader("0.1.0", "invented", "localnet", {"name": "invented"}, at)


async def _collect(chain: ChainReads, pages: int, providers: Sequence[str]) -> DaoHistory:
    return await collect_history(
        chain, Tiny(), reads(), pages=pages, providers=providers,  # type: ignore[arg-type]
    )  # fmt: skip


def sit(
    network: Network,
    place: Path,
    earlier: Path | None = None,
    *,
    pages: int = 20,
    providers: Sequence[str] = (),
) -> DaoHistory:
    """One sitting, sealed at ``place``: collects what the earlier one does not hold."""
    working = place.with_suffix(".partial")
    recording = Recording.open(working, header(), clock=lambda: moment(STARTED))
    try:
        collector = Collector(recording, {"rpc": network})
        carried = None
        if earlier is not None:
            with SealedRecording.open(earlier) as sealed:
                carry(sealed, recording)
                carried = Carried(sealed.evidence_root, collector.held)
        chain = ChainReads(collector, carried=carried)
        history = asyncio.run(_collect(chain, pages, providers))
        recording.seal(place, "2026-11-23T10:05:00.000Z")
        recording.discard()
    finally:
        recording.close()
    return history


def replayed(
    place: Path, root: str | None = None, *, pages: int = 20, providers: Sequence[str] = ()
) -> DaoHistory:
    """The history as a replay of a recording tells it; ``root``: of the one it continues."""
    with SealedRecording.open(place) as sealed:
        answers = Replay(sealed)
        carried = None if root is None else Carried(root, answers.held)
        return asyncio.run(_collect(ChainReads(answers, carried=carried), pages, providers))


def root_of(place: Path) -> str:
    with SealedRecording.open(place) as sealed:
        return sealed.evidence_root
