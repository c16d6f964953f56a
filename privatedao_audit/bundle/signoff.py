"""The sign-off sheet: what an auditor and a team put their names under, with places to sign.

It shows a bundle that verifies, the annotations that auditors signed with it, and what they leave
of the verdict. It is made from the bundle alone, so that equal bundles give equal sheets, and is
no part of it: what binds is a signature inside the bundle, or a hand under this digest.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from privatedao_audit.bundle import container, layout, statements
from privatedao_audit.bundle.errors import BadBundle, CannotSign
from privatedao_audit.bundle.manifest import object_of
from privatedao_audit.bundle.verify import Report, verify
from privatedao_audit.model.annotations import Annotations
from privatedao_audit.model.status import READING_ORDER
from privatedao_audit.report.html import render_page
from privatedao_audit.view.style import STATUS_MARKS


@dataclass(frozen=True, slots=True)
class Annotated:
    """One auditor's annotations, as they are shown.

    Attributes:
        signer: the key that signed them; None: nobody did yet.
        leaves: the verdict that they leave.
    """

    given: Annotations
    leaves: str
    signer: str | None


@dataclass(frozen=True, slots=True)
class Sheet:
    """A sign-off sheet.

    Attributes:
        html: the page.
        title: of the document.
        created: the time of the recording; the sheet has no clock.
    """

    html: str
    title: str
    created: datetime


def make(raw: bytes, *, draft: bytes | None = None) -> Sheet:
    """The sheet of a bundle.

    Args:
        draft: an annotations file that nobody signed yet; the sheet says so.

    Raises:
        CannotSign: the bundle does not verify, or the draft is not sound.
    """
    report = verify(raw)
    if not report.ok:
        raise CannotSign("the bundle does not verify: " + report.problems[0][1])
    files = {name: one.data for name, one in container.read(raw).items()}
    found = object_of(files[layout.FINDINGS], layout.FINDINGS, "findings")
    title = f"{found['target']['title'] or found['target']['name']}: sign-off"
    counts = found["verdict"]["counts"]
    html = render_page(
        "signoff.html.j2",
        style="signoff.css",
        title=title,
        found=found,
        report=report,
        rows={row["id"]: row for row in found["controls"]},
        counts=[(STATUS_MARKS[status], counts[status.value]) for status in READING_ORDER],
        annotated=_annotated(report, draft, found),
        lines=("Name", "Capacity", "Place and date", "Signature"),
    )
    return Sheet(html, title, datetime.fromisoformat(found["run"]["recorded_at"]))


def _annotated(report: Report, draft: bytes | None, found: dict[str, Any]) -> list[Annotated]:
    shown = [
        Annotated(one.words.annotations, one.words.leaves, one.words.signer)
        for one in report.signatures
        if one.words.annotations is not None and one.words.leaves is not None
    ]
    if draft is not None:
        try:
            given, leaves = statements.annotated(draft, "the annotations", found)
        except BadBundle as error:
            raise CannotSign(str(error)) from None
        shown.append(Annotated(given, leaves, None))
    return shown
