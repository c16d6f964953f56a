"""A long history from its sealed recording to findings: memory, and cost per transaction.

    .venv/bin/python benchmarks/history_scale.py [--transactions 100000] [--base 10000]

For a short and a long synthetic life (``synthetic.py``), a process of its own opens and verifies
the sealed recording, reads the lists, decodes every transaction and verifies its signatures,
chains all balances, writes the tables as Parquet, and judges TR-05 to TR-08 and MA-12. Stated
are its peak memory and its processor seconds per transaction, and next to them those of a loop
that only parses the same answers into solders' typed responses and verifies the signatures.
``--detectors`` runs all detectors afterwards, states their seconds apart, and compares what they
found with what happens in each round of that life. Exit status 1 when the long one takes over
1.5 GiB, the detectors included, or over 20 % more per transaction than the short one.
``--transactions 1000000`` takes some six gigabytes of disk while it is built, three afterwards,
and about an hour; ``--keep`` names a folder in which the recordings stay.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

_GIB = 1 << 30
_PEER = 20_000


def judge(place: Path, folder: Path, count: int, detectors: bool) -> dict[str, Any]:
    """Seconds of each step, peak bytes, rows and statuses; the detectors count apart."""
    import synthetic

    from privatedao_audit.chain.reads import ChainReads
    from privatedao_audit.domains.governance.facts import GovernanceFacts
    from privatedao_audit.domains.monitoring.checks import ma_12
    from privatedao_audit.domains.monitoring.detected import detected
    from privatedao_audit.domains.monitoring.facts import MonitoringFacts
    from privatedao_audit.domains.monitoring.watch import Watch
    from privatedao_audit.domains.treasury.checks import CHECKS
    from privatedao_audit.domains.treasury.facts import TreasuryFacts
    from privatedao_audit.evidence.replay import Replay
    from privatedao_audit.evidence.sealed import SealedRecording
    from privatedao_audit.history.columns import write_tables
    from privatedao_audit.history.detectors import Known
    from privatedao_audit.model.limits import Limits
    from privatedao_audit.model.reads import ProvenAbsent, ReadAt

    said = synthetic.reads(count)  # the DAO with its votes: given, not measured
    steps: dict[str, float] = {}
    peaks: dict[str, int] = {}
    # The processor's time: other work on the machine is none of this one's cost.
    started = time.process_time()

    def step(name: str) -> None:
        nonlocal started
        steps[name], started = time.process_time() - started, time.process_time()
        peaks[name] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024

    with SealedRecording.open(place) as sealed:
        step("open and verify")
        history = asyncio.run(synthetic.collected(ChainReads(Replay(sealed)), count, said))
        step("read, decode, verify signatures")
    written = write_tables(history, folder)
    step("tables")
    governance = GovernanceFacts("privatedao", "", {}, (said,))
    treasury = TreasuryFacts(governance, {synthetic.DAO: history})
    known = Known(calendar=ProvenAbsent(ReadAt()))
    watched = MonitoringFacts(governance, {synthetic.DAO: history}, watch=Watch(known))
    status = {}
    for name in ("TR-05", "TR-06", "TR-07", "TR-08"):
        status[name] = str(CHECKS[name](treasury, Limits()).status)
        step(name)
    status["MA-12"] = str(ma_12(watched, Limits()).status)
    step("MA-12")
    total = sum(steps.values())
    found = {}
    if detectors:
        (found,) = detected(watched).values()
        step("all detectors")
    wrong = [] if len(history.deeds) == count else [f"{len(history.deeds)} transactions were told"]
    for name, each in synthetic.FOUND.items():
        due = each * (count // synthetic.ROUND)
        if name in found and len(found[name].hits) != due:
            wrong.append(f"{name}: {len(found[name].hits)} hits instead of {due}")
    return {
        "steps": steps,
        "seconds": total,
        "peak": max(peaks.values()),
        "peaks": peaks,
        "rows": {name.split("-")[0]: one.rows for name, one in written.items()},
        "status": status,
        "hits": {name: len(one.hits) for name, one in found.items() if one.hits},
        "wrong": wrong,
        "unable": {name: one.unable for name, one in found.items() if one.unable},
    }


def peer(place: Path, count: int) -> dict[str, Any]:
    """Seconds per transaction of parsing into typed responses and verifying signatures."""
    import synthetic
    from solders.rpc.responses import GetTransactionResp
    from solders.transaction import VersionedTransaction

    bodies = synthetic.bodies(place, min(count, _PEER))
    started = time.process_time()
    for signature, body in bodies:
        found = GetTransactionResp.from_json(body.decode())
        assert found.value is not None
        made = found.value.transaction.transaction
        assert isinstance(made, VersionedTransaction)
        assert all(made.verify_with_results()) and str(made.signatures[0]) == signature
    return {"seconds": (time.process_time() - started) / len(bodies)}


def _child(mode: str, place: Path, folder: Path, count: int) -> dict[str, Any]:
    words = [sys.executable, __file__, "--child", mode, str(place), str(folder), str(count)]
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    if done.returncode:
        sys.exit(f"{mode} broke:\n{done.stderr[-3000:]}")
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def _in_child(mode: str, place: str, folder: str, count: str) -> None:
    if mode == "build":
        import synthetic

        synthetic.build(int(count), Path(place))
        print("{}")
    elif mode in ("judge", "detect"):
        print(json.dumps(judge(Path(place), Path(folder), int(count), mode == "detect")))
    else:
        print(json.dumps(peer(Path(place), int(count))))


def main() -> int:
    """Build what is missing, measure, and compare with the bounds."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--transactions", type=int, default=100_000)
    parser.add_argument("--base", type=int, default=10_000)
    parser.add_argument("--detectors", action="store_true", help="run all detectors as well")
    parser.add_argument("--keep", type=Path, help="folder for the recordings; kept and reused")
    parser.add_argument("--child", nargs=4, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.child:
        _in_child(*options.child)
        return 0
    with tempfile.TemporaryDirectory() as scratch:
        folder = options.keep or Path(scratch)
        folder.mkdir(parents=True, exist_ok=True)
        costs, peaks = [], []
        for count in (options.base, options.transactions):
            place = folder / f"{count}.sqlite"
            if not place.exists():
                _child("build", place, folder, count)
            mode = "detect" if options.detectors else "judge"
            found = _child(mode, place, Path(scratch) / "tables", count)
            costs.append(found["seconds"] / count)
            peaks.append(found["peak"])
            print(
                f"{count} transactions: {found['seconds']:.1f} s, {costs[-1] * 1e6:.0f} µs and "
                f"{1 / costs[-1]:.0f} per second, peak {found['peak'] / _GIB:.2f} GiB"
            )
            told = (f"{k} {v:.1f} s ({found['peaks'][k] / _GIB:.2f} GiB)"
                    for k, v in found["steps"].items())  # fmt: skip
            print("  " + ", ".join(told))
            print(f"  rows {found['rows']}, {found['status']}, hits {found['hits']}", flush=True)
            if found["wrong"]:
                sys.exit(f"not what happened in that life: {found['wrong']}, {found['unable']}")
        typed = _child("peer", folder / f"{options.base}.sqlite", folder, options.base)["seconds"]
        print(
            f"solders' typed responses with verified signatures: {typed * 1e6:.0f} µs and "
            f"{1 / typed:.0f} per second; nothing is recorded, checked, chained or judged"
        )
        ratio = costs[1] / costs[0]
        print(f"cost per transaction, long to short: {ratio:.2f}")
    # The detectors count into the peak, and not into the cost per transaction.
    return 0 if peaks[1] < 1.5 * _GIB and ratio <= 1.2 else 1


if __name__ == "__main__":
    sys.exit(main())
