"""The documents of a run, HTML and PDF, rendered in worker processes from what was written."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from datetime import datetime
from multiprocessing import get_context
from pathlib import Path

from privatedao_audit.model.catalogue import Domain
from privatedao_audit.run import files


@dataclass(frozen=True, slots=True)
class _Job:
    folder: str
    domain: str | None
    stem: str
    pdf: bool
    chapters: tuple[str, ...]


async def render_all(
    folder: Path, chosen: list[Domain], *, pdf: bool, progress: Callable[[str, int, int], None]
) -> AsyncIterator[tuple[str, bytes, str]]:
    """Render the report and one document per domain, as each gets done.

    Yields:
        Name relative to the folder, bytes, and why the document could not be made (then the
        bytes are empty).
    """
    everything = tuple(d.notebook for d in chosen)
    jobs = [_Job(str(folder), None, files.REPORT, pdf, everything)]
    jobs += [
        _Job(str(folder), d.name, f"domains/{d.notebook}", pdf, (d.notebook,)) for d in chosen
    ]
    loop = asyncio.get_running_loop()
    with ProcessPoolExecutor(min(2, len(jobs)), get_context("spawn")) as pool:
        tasks = [loop.run_in_executor(pool, _render, job) for job in jobs]
        for done, task in enumerate(asyncio.as_completed(tasks)):
            progress("documents", done, len(jobs))
            for name, data, trouble in await task:
                yield name, data, trouble
        progress("documents", len(jobs), len(jobs))


def _render(job: _Job) -> list[tuple[str, bytes, str]]:
    """Render one document; runs in a worker process.

    What breaks here is a defect, but one that must not cost the findings and the other documents.
    """
    try:
        return _made(job)
    except Exception as error:
        return [(f"{job.stem}.html", b"", f"{job.stem}: {type(error).__name__}: {error}")]


def _made(job: _Job) -> list[tuple[str, bytes, str]]:
    import nbformat

    from privatedao_audit.evidence.sealed import SealedRecording
    from privatedao_audit.report.html import render_report
    from privatedao_audit.report.pdf import PdfUnavailable, render_pdf

    folder = Path(job.folder)
    raw = (folder / files.FINDINGS).read_bytes()
    findings = json.loads(raw)
    books = []
    for stem in job.chapters:
        path = folder / "notebooks" / f"{stem}.ipynb"
        if path.read_bytes():
            books.append((stem, nbformat.read(path, as_version=4)))
    with SealedRecording.open(folder / files.RECORDING) as sealed:
        page = render_report(findings, books, sealed, domain=job.domain)
    made = [(f"{job.stem}.html", page.encode("utf-8"), "")]
    if job.pdf:
        created = datetime.fromisoformat(findings["run"]["recorded_at"])
        title = findings["target"]["title"]
        try:
            paper = render_pdf(
                page, title=title, attachment=(files.FINDINGS, raw), created=created
            )
            made.append((f"{job.stem}.pdf", paper, ""))
        except PdfUnavailable as error:
            made.append((f"{job.stem}.pdf", b"", f"No PDF: {error}"))
    return made
