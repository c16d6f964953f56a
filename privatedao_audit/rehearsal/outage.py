"""A drill of an RPC outage: one of two providers fails, and a recording shows the other answer."""

from __future__ import annotations

import asyncio
import tempfile
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from pathlib import Path

from privatedao_audit import __version__
from privatedao_audit.chain.endpoints import Endpoint, EndpointKind, SecretUrl
from privatedao_audit.chain.limits import Policy
from privatedao_audit.chain.reads import ChainReads
from privatedao_audit.chain.resolver import RpcResolver
from privatedao_audit.evidence.collector import Collector
from privatedao_audit.evidence.recording import Recording
from privatedao_audit.evidence.records import RunHeader, timestamp, utc_now
from privatedao_audit.evidence.sealed import SealedRecording
from privatedao_audit.rehearsal import faults
from privatedao_audit.rehearsal.life.facts import Life
from privatedao_audit.rehearsal.node import LocalNode
from privatedao_audit.rehearsal.proxy import Proxy

__all__ = ["Outage", "drill"]

#: The local chain has no limits; one attempt at a provider that is down is enough.
_POLICY = Policy(requests_per_second=0, backoff_base=0.05, backoff_cap=0.1, reread_pause=0.05)


@dataclass(frozen=True)
class Outage:
    """A drill that was held: its recording, the root of it, and times in Unix seconds."""

    recording: bytes = field(repr=False)
    evidence_root: str
    started_at: int
    detected_at: int
    contained_at: int


def drill(node: LocalNode, life: Life) -> Outage:
    """Hold the drill on the node: the DAO is read, a provider fails, and the DAO is read again.

    Raises:
        RecordingError: the recording can't be written.
    """
    with tempfile.TemporaryDirectory() as folder, Proxy(node) as first, Proxy(node) as second:
        place = Path(folder) / "outage.sqlite"
        began = int(utc_now().timestamp())
        detected = asyncio.run(_record(life, first, second, place))
        with SealedRecording.open(place) as sealed:
            root = sealed.evidence_root
        over = int(utc_now().timestamp())
        return Outage(place.read_bytes(), root, began, detected, over)


async def _record(life: Life, first: Proxy, second: Proxy, place: Path) -> int:
    endpoints = [
        Endpoint(label, SecretUrl(proxy.url), EndpointKind.LITERAL)
        for label, proxy in (("usual", first), ("fallback", second))
    ]
    header = RunHeader(
        kit_version=__version__,
        target_name="rpc-outage",
        cluster="localnet",
        target={
            "cluster": {"name": "localnet", "genesis_hash": life.genesis_hash},
            "programs": [{"name": "governance", "id": life.program_id}],
        },
        started_at=timestamp(utc_now()),
    )
    recording = Recording.open(place.with_name("outage.partial"), header)
    try:
        async with AsyncExitStack() as stack:
            rpc = RpcResolver(endpoints, life.genesis_hash, _POLICY)
            await stack.enter_async_context(rpc)
            chain = ChainReads(Collector(recording, {"rpc": rpc}))
            await chain.account(life.dao.address)
            first.faults.add(faults.Status(503))
            detected = int(utc_now().timestamp())
            await chain.account(life.dao.address, probe="outage")
        recording.seal(place, timestamp(utc_now()))
        recording.discard()
    finally:
        recording.close()
    return detected
