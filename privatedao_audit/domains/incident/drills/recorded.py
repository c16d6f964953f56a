"""The recording that a drill carries: opened, proven whole, and asked for its transactions."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

from privatedao_audit.chain.reads import ChainReads
from privatedao_audit.chain.transactions import Transaction
from privatedao_audit.domains.incident.drills.facts import Carried
from privatedao_audit.evidence.errors import RecordingError
from privatedao_audit.evidence.replay import Replay
from privatedao_audit.evidence.sealed import SealedRecording
from privatedao_audit.model.reads import Found, ProvenAbsent, Read, ReadAt, Unknown

__all__ = ["opened"]

#: A node or a host between is down: what HTTP says of it.
_DOWN = range(500, 600)


async def opened(
    data: Read[bytes], root: str, signatures: Sequence[str]
) -> tuple[Read[Carried], Mapping[str, Read[Transaction]]]:
    """A recording from its bytes, and the transactions of some signatures in it.

    Whatever it says stands at the read of the file: ids of reads in it resolve nowhere else.

    Args:
        root: evidence root that it must have, hexadecimal.
    """
    if not isinstance(data, Found):
        return data, dict.fromkeys(signatures, _unknown(data))
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "drill.sqlite"
        path.write_bytes(data.value)
        try:
            with SealedRecording.open(path, expected_root=root) as sealed:
                chain = ChainReads(Replay(sealed))
                reads = await chain.transactions(signatures)
                found = {
                    name: _moved(read, data.at)
                    for name, read in zip(signatures, reads, strict=True)
                }
                return Found(_carried(sealed), data.at), found
        except RecordingError as error:
            # The folder is this machine's, and says nothing to anybody.
            why = str(error).replace(str(path), "it")[:200]
            broken = Unknown(f"the recording of the drill can't be used: {why}", data.at)
            return broken, dict.fromkeys(signatures, broken)


def _unknown(read: Read[Any]) -> Unknown:
    why = "is not in the checkout" if isinstance(read, ProvenAbsent) else "could not be read"
    return Unknown(f"the recording of the drill {why}", read.at)


def _moved(read: Read[Transaction], at: ReadAt) -> Read[Transaction]:
    if isinstance(read, ProvenAbsent):
        return Unknown("the recording of the drill shows that it is not there", at)
    return replace(read, at=at)


def _carried(sealed: SealedRecording) -> Carried:
    run = sealed.run
    cluster = run.target.get("cluster")
    genesis = cluster.get("genesis_hash") if isinstance(cluster, dict) else None
    return Carried(
        genesis_hash=genesis if isinstance(genesis, str) else "",
        began=_second(run.started_at),
        sealed=_second(run.sealed_at or run.started_at),
        outage=_outage(sealed),
        programs=tuple(_programs(run.target.get("programs"))),
    )


def _programs(rows: object) -> Iterator[str]:
    for row in rows if isinstance(rows, list) else ():
        id = row.get("id") if isinstance(row, dict) else None
        if isinstance(id, str):
            yield id


def _second(moment: str) -> int:
    return int(datetime.fromisoformat(moment).timestamp())


def _outage(sealed: SealedRecording) -> bool:
    """Whether some question failed at one provider and was answered by another."""
    for read in sealed.reads():
        if read["kind"] != "rpc" or read["outcome"] not in ("found", "absent"):
            continue
        failed: set[tuple[str, str]] = set()
        answered: set[tuple[str, str]] = set()
        for name in read["exchanges"]:
            one = sealed.exchange(name)
            if one is None:
                continue
            down = one["error"] is not None or (one["status"] or 0) in _DOWN
            (failed if down else answered).add((one["provider"], one["host"]))
        if failed and answered - failed:
            return True
    return False
