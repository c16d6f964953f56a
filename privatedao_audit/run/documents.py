"""The documents of a run, HTML and PDF, rendered in worker processes from what was written.

Each notebook is set once, as a chapter of the whole report and of its domain's document.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Mapping
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from datetime import datetime
from multiprocessing import get_context
from pathlib import Path
from typing import TYPE_CHECKING

from privatedao_audit.model.catalogue import Domain
from privatedao_audit.run import files
from privatedao_audit.run.workers import end_with_parent

if TYPE_CHECKING:
    from privatedao_audit.report.chapters import Chapter


@dataclass(frozen=True, slots=True)
class _Job:
    folder: str
    domain: str | None
    stem: str
    pdf: bool
    chapters: tuple[Chapter, ...]
    trouble: str


async def render_all(
    folder: Path, chosen: list[Domain], *, pdf: bool, progress: Callable[[str, int, int], None]
) -> AsyncIterator[tuple[str, bytes, str]]:
    """Render the report and one document per domain, as each gets done.

    Yields:
        Name relative to the folder, bytes, and why the document could not be made (then the
        bytes are empty).
    """
    parts: list[tuple[str | None, str, list[str]]] = [
        (None, files.REPORT, [d.notebook for d in chosen])
    ]
    parts += [(d.name, f"domains/{d.notebook}", [d.notebook]) for d in chosen]
    loop = asyncio.get_running_loop()
    with ProcessPoolExecutor(2, get_context("spawn"), end_with_parent) as pool:
        stems = [d.notebook for d in chosen]
        made = await asyncio.gather(
            *(loop.run_in_executor(pool, _set, str(folder), stem) for stem in stems)
        )
        chapters = dict(zip(stems, made, strict=True))
        jobs = [_job(folder, *part, pdf, chapters) for part in parts]
        tasks = [loop.run_in_executor(pool, _render, job) for job in jobs]
        for done, task in enumerate(asyncio.as_completed(tasks)):
            progress("documents", done, len(jobs))
            for name, data, trouble in await task:
                yield name, data, trouble
        progress("documents", len(jobs), len(jobs))


def _job(
    folder: Path,
    domain: str | None,
    stem: str,
    needs: list[str],
    pdf: bool,
    made: Mapping[str, Chapter | str | None],
) -> _Job:
    found = [made[one] for one in needs]
    trouble = next((one for one in found if isinstance(one, str)), "")
    chapters = tuple(one for one in found if one is not None and not isinstance(one, str))
    return _Job(str(folder), domain, stem, pdf, chapters, trouble)


def _set(folder: str, stem: str) -> Chapter | str | None:
    """Set one notebook as a chapter, runs in a worker process; a text: why it can't be.

    None for one that was not executed at all. What breaks here is a defect, but one that must not
    cost the findings and the other documents.
    """
    import nbformat

    from privatedao_audit.report.html import set_chapters

    path = Path(folder) / "notebooks" / f"{stem}.ipynb"
    try:
        if not path.read_bytes():
            return None
        findings = json.loads((Path(folder) / files.FINDINGS).read_bytes())
        (chapter,) = set_chapters(findings, [(stem, nbformat.read(path, as_version=4))])
    except Exception as error:
        return f"{type(error).__name__}: {error}"
    return chapter


def _render(job: _Job) -> list[tuple[str, bytes, str]]:
    """Render one document; runs in a worker process.

    Here as well, what breaks must not cost the findings and the other documents.
    """
    if job.trouble:
        return [(f"{job.stem}.html", b"", f"{job.stem}: {job.trouble}")]
    try:
        return _made(job)
    except Exception as error:
        return [(f"{job.stem}.html", b"", f"{job.stem}: {type(error).__name__}: {error}")]


def _made(job: _Job) -> list[tuple[str, bytes, str]]:
    from privatedao_audit.evidence.sealed import SealedRecording
    from privatedao_audit.report.html import page_of
    from privatedao_audit.report.pdf import PdfUnavailable, render_pdf

    folder = Path(job.folder)
    raw = (folder / files.FINDINGS).read_bytes()
    findings = json.loads(raw)
    with SealedRecording.open(folder / files.RECORDING) as sealed:
        page = page_of(findings, list(job.chapters), sealed, domain=job.domain)
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
