"""One run, from questions to the written report."""

from __future__ import annotations

import asyncio
import platform
import shutil
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from privatedao_audit import __version__, assets
from privatedao_audit.audit.context import Audit
from privatedao_audit.audit.live import WORKING_SUFFIX, Live, record
from privatedao_audit.audit.opening import over
from privatedao_audit.domains import canaries
from privatedao_audit.domains.gate.ledger import ledger
from privatedao_audit.domains.gate.ledger.view import claims_csv
from privatedao_audit.evidence.sealed import SealedRecording
from privatedao_audit.model import canonical, catalogue
from privatedao_audit.model.status import Verdict
from privatedao_audit.model.target import Target, path_of
from privatedao_audit.run import files, notebooks, tables
from privatedao_audit.run.documents import render_all

#: Called with the name of a stage and how much of it is done, as (done, of); (0, 0): unknown.
Progress = Callable[[str, int, int], None]


@dataclass(frozen=True, slots=True)
class Order:
    """What a run was asked to do.

    Attributes:
        target: the profile, and ``target_name`` how it was named (a bundled name or a path).
        folder: where everything is written.
        live: how to collect; None: replay.
        replay: a sealed recording to judge; None: collect.
        domains: names of the domains whose notebooks and documents are made.
        pdf: whether PDFs are made.
    """

    target: Target
    target_name: str
    folder: Path
    live: Live | None
    replay: Path | None
    domains: Sequence[str]
    pdf: bool = True


@dataclass(slots=True)
class Result:
    """What a run came to.

    Attributes:
        verdict: the gate's word.
        problems: what went wrong on the way without stopping it, one sentence each.
        written: files, relative to the run's folder.
    """

    verdict: Verdict
    findings: dict[str, Any]
    problems: list[str] = field(default_factory=list)
    written: list[str] = field(default_factory=list)


async def run(order: Order, progress: Progress) -> Result:
    """Record or open the recording, judge it, execute and compare the notebooks, write all.

    Raises:
        files.CannotWrite, files.Occupied: the folder can't be used.
        WrongRecording, RecordingError, NoScope: the recording can't be judged.
    """
    started = time.monotonic()
    timings: dict[str, int] = {}
    files.prepare(order.folder)
    recording = await _recording(order, progress)
    timings["record"] = _since(started)

    with SealedRecording.open(recording) as sealed:
        audit = await over(order.target, sealed, "a sealed recording")
        if order.target_name != order.target.name:
            # A profile given as a file: its notebooks name this copy. Only now: a run that is
            # refused must not put its profile into the folder of another one.
            files.write(order.folder / "target.toml", path_of(order.target_name).read_bytes())
        chosen = [
            d
            for d in catalogue.DOMAINS
            if d.name in order.domains and d.name in audit.scope.domains
        ]
        # The notebooks run in processes of their own, and compute everything anew there: meanwhile
        # this one judges, and has time for canaries.
        notebooks_done = asyncio.create_task(
            asyncio.to_thread(_notebooks, order, recording, chosen)
        )
        # Where judging stops, nobody comes to hear how they ended.
        notebooks_done.add_done_callback(lambda done: done.cancelled() or done.exception())
        progress("judging", 0, 0)
        await audit.collect(audit.scope.domains)
        collected = [await audit.facts(name) for name in audit.scope.domains]
        written = tables.write(order.folder, collected)
        claims = await _claims(audit)
        if claims is not None:
            # Named with the tables, so that the facts bind it as they bind those.
            rows, table = claims
            written[files.CLAIMS] = {"rows": rows, "sha256": canonical.sha256(table)}
        facts = canonical.dump_file({**audit.facts_json(), "tables": written})
        progress("notebooks", 0, len(chosen))
        heard = await asyncio.to_thread(canaries.sing)
        executed = await notebooks_done
        timings["notebooks"] = _since(started)
        problems = heard.problems + notebooks.differences(executed, audit.findings())
        problems += [f"The check of {name} broke: {why}" for name, why in audit.broken.items()]
        found = audit.report_json(
            method={"kit_version": __version__, "lock": _lock_digest()},
            canaries=heard.as_json(),
            evidence_root=sealed.evidence_root,
            slot_window=sealed.window(),
            invalid=bool(problems),
        )
        result = Result(Verdict(found["verdict"]["word"]), found, problems)
        result.written += [name for name in written if name != files.CLAIMS]
        _keep(order, result, files.FACTS, facts)
        if claims is not None:
            _keep(order, result, files.CLAIMS, claims[1])
        _keep(order, result, files.FINDINGS, canonical.dump_file(found))
        for one in executed:
            _keep(order, result, f"notebooks/{one.stem}.ipynb", one.content.encode())

    documents = render_all(order.folder, chosen, pdf=order.pdf, progress=progress)
    async for name, data, trouble in documents:
        if trouble:
            result.problems.append(trouble)
        else:
            _keep(order, result, name, data)
    timings["documents"] = _since(started)
    _keep(order, result, files.RUN, canonical.dump_file(_run_json(order, result, timings)))
    return result


async def _claims(audit: Audit) -> tuple[int, bytes] | None:
    """The ledger of claims as a table: number of its rows, and its bytes; None without a gate."""
    if "gate" not in audit.scope.domains:
        return None
    found = ledger((await audit.facts("gate")).claims)
    return len(found.entries), claims_csv(found).encode("utf-8")


async def _recording(order: Order, progress: Progress) -> Path:
    """The sealed recording in the run's folder."""
    place = order.folder / files.RECORDING
    if order.replay is not None:
        await _copy(order, order.replay, place)
        return place
    if place.exists():
        if (order.folder / files.FINDINGS).exists():
            raise files.Occupied(
                f"{order.folder} holds a finished run; replay it with --replay {place}, or choose "
                "another folder for a new one"
            )
        # Sealed by a run that was interrupted afterwards: judge it.
        return place
    if order.live is None:
        raise ValueError("a run needs something to collect from or a recording")
    asked = 0

    def count(*_: object) -> None:
        nonlocal asked
        asked += 1
        progress("recording", asked, 0)

    progress("recording", 0, 0)
    await record(order.target, order.live, place, on_answer=count)
    return place


async def _copy(order: Order, source: Path, place: Path) -> None:
    """Bring a recording into the run's folder, whole; keep one that is the same already."""
    if place.exists():
        if place.samefile(source) or place.read_bytes() == source.read_bytes():
            return
        raise files.Occupied(
            f"{place} is another recording than {source}; choose another folder, so that neither "
            "is lost"
        )
    if (place.with_name(place.name + WORKING_SUFFIX)).exists():
        raise files.Occupied(f"{place.parent} holds an interrupted run; choose another folder")
    # Opened first: what is no sound recording, or one of another target, is refused before
    # anything is written.
    with SealedRecording.open(source) as sealed:
        await over(order.target, sealed, "a sealed recording")
    files.write(place, source.read_bytes())


def _notebooks(
    order: Order, recording: Path, chosen: list[catalogue.Domain]
) -> list[notebooks.Executed]:
    local = order.target_name != order.target.name
    profile = order.folder / "target.toml" if local else None
    parameters = {
        "target": str(profile.resolve()) if profile else order.target.name,
        "evidence": str(recording.resolve()),
    }
    shown = {
        "target": "../target.toml" if local else order.target.name,
        "evidence": f"../{files.RECORDING}",
    }
    scratch = Path(tempfile.mkdtemp(prefix="privatedao-audit-run-"))
    try:
        return notebooks.execute(chosen, parameters, shown, scratch)
    finally:
        shutil.rmtree(scratch, ignore_errors=True)


def _keep(order: Order, result: Result, name: str, data: bytes) -> None:
    files.write(order.folder / name, data)
    result.written.append(name)


def _lock_digest() -> str | None:
    lock = assets.root() / "requirements.lock"
    return canonical.sha256(lock.read_bytes()) if lock.is_file() else None


def _since(started: float) -> int:
    return int((time.monotonic() - started) * 1000)


def _run_json(order: Order, result: Result, timings: dict[str, int]) -> dict[str, Any]:
    """What this one execution was: clocks and host facts, which appear nowhere else."""
    return {
        "schema": {"name": "privatedao-audit/run", "version": 1},
        "kit_version": __version__,
        "mode": "replay" if order.replay else "live",
        "target": order.target.name,
        "verdict": result.verdict.value,
        "problems": result.problems,
        "milliseconds_until": timings,
        "host": {
            "python": platform.python_version(),
            "system": platform.system(),
            "machine": platform.machine(),
        },
        "packages": _packages(),
        "files": {
            name: canonical.sha256((order.folder / name).read_bytes())
            for name in sorted(result.written)
        },
    }


def _packages() -> dict[str, str]:
    from importlib.metadata import PackageNotFoundError, version

    found = {}
    for name in ("solana", "solders", "papermill", "nbconvert", "pandas", "matplotlib",
                 "weasyprint"):  # fmt: skip
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            found[name] = "not installed"
    return found
