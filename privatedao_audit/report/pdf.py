"""The PDF of a report: the same page on paper, tagged, numbered, and byte-stable.

WeasyPrint needs pango from the system. Where that is missing the HTML stands alone, and
:class:`PdfUnavailable` says in one line what to install.
"""

from __future__ import annotations

import logging
from datetime import datetime
from typing import Any

from privatedao_audit.report.paper import for_paper

#: What a bare Debian machine lacks.
DEBIAN_PACKAGES = ("libpango-1.0-0", "libpangoft2-1.0-0", "libharfbuzz-subset0")


class PdfUnavailable(RuntimeError):
    """This machine can't make PDFs; the message is one line and names the packages."""


def require_weasyprint() -> Any:
    """The weasyprint module.

    Raises:
        PdfUnavailable: it, or a system library it loads, is missing.
    """
    try:
        import weasyprint
    except (ImportError, OSError):
        packages = " ".join(DEBIAN_PACKAGES)
        raise PdfUnavailable(
            f"PDFs need the pango libraries, which this machine lacks: apt-get install {packages}"
        ) from None
    return weasyprint


def render_pdf(
    html: str, *, title: str, attachment: tuple[str, bytes] | None, created: datetime
) -> bytes:
    """The page as PDF: A4, contents with page numbers, outline, tags, running header and footer.

    The same arguments give the same bytes. Nothing is fetched: only ``data:`` addresses open.

    Args:
        html: a page from :mod:`privatedao_audit.report.html`.
        title: title in the PDF's metadata.
        attachment: name and bytes of a file to embed, usually findings.json.
        created: the moment written into the file; the recording's, not now.

    Raises:
        PdfUnavailable: the system lacks what WeasyPrint needs.
        ValueError: ``created`` has no time zone.
    """
    if created.tzinfo is None:
        raise ValueError("the PDF's creation time needs a time zone")
    weasyprint = require_weasyprint()
    from weasyprint.text.fonts import FontConfiguration
    from weasyprint.urls import URLFetcher

    # WeasyPrint tells on its logger about CSS for other media; an error still gets through.
    logging.getLogger("weasyprint").setLevel(logging.ERROR)
    logging.getLogger("fontTools").setLevel(logging.ERROR)
    fetcher = URLFetcher(allowed_protocols={"data"}, allow_redirects=False)
    page = for_paper(html, title=title, created=created)
    attachments = []
    if attachment is not None:
        name, data = attachment
        attachments.append(
            weasyprint.Attachment(
                string=data,
                name=name,
                description="The findings this document sets, for machines",
                created=created,
                modified=created,
                relationship="Source",
                url_fetcher=fetcher,
            )
        )
    document = weasyprint.HTML(string=page, url_fetcher=fetcher)
    return bytes(
        document.write_pdf(
            font_config=FontConfiguration(),
            pdf_tags=True,
            attachments=attachments,
            presentational_hints=False,
        )
    )
