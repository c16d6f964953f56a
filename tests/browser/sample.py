"""The bundled sample as a report, without kernels: the committed notebooks are its chapters."""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor

import nbformat

from privatedao_audit import assets
from privatedao_audit.audit.opening import over
from privatedao_audit.evidence.sealed import SealedRecording
from privatedao_audit.model import target as targets
from privatedao_audit.model.catalogue import DOMAINS
from privatedao_audit.report.html import render_report


def render_sample() -> str:
    """The report of the sample as HTML."""
    # In a thread of its own: Playwright may have a loop running in this one.
    with ThreadPoolExecutor(1) as threads:
        return threads.submit(lambda: asyncio.run(_rendered())).result()


async def _rendered() -> str:
    target = targets.load("sample")
    place = targets.bundled_recording(target, "sample")
    assert place is not None
    books = [
        (d.notebook, nbformat.read(assets.folder("notebooks") / f"{d.notebook}.ipynb", 4))
        for d in DOMAINS
    ]
    with SealedRecording.open(place) as sealed:
        audit = await over(target, sealed, "a sealed recording")
        await audit.collect(audit.scope.domains)
        found = audit.report_json(
            method={"kit_version": "test", "lock": None}, canaries={},
            evidence_root=sealed.evidence_root,
            slot_window=sealed.window(), invalid=False,
        )  # fmt: skip
        return render_report(found, books, sealed)
