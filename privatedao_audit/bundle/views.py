"""The notebooks and reports inside a bundle: do they show the findings that findings.json holds?

Nothing in them is executed. What is compared: the finding that each control cell of a notebook
carries; the status and id of each finding in a page, the evidence root, and all other words of the
page but those of its chapters (:mod:`privatedao_audit.bundle.pages`); and the copy of
findings.json in each PDF. Prose, tables and pictures of notebooks and chapters, and what a PDF
shows, are covered by signatures, and by ``run --replay``.
"""

from __future__ import annotations

import json
import re
import zlib
from collections.abc import Mapping
from typing import Any

from privatedao_audit.bundle import layout
from privatedao_audit.bundle.errors import BadBundle
from privatedao_audit.bundle.pages import Pages
from privatedao_audit.model.finding import FINDING_MIME

#: A tag, its attributes, and the evidence root, as the report's templates write them.
_TAG = re.compile(r"<[a-z][^<>]*>")
_ATTRIBUTE = re.compile(r'\s([a-z-]+)="([^"<>]*)"')
_ROOT = re.compile(r'<code id="root"[^<>]*>([^<>]*)</code>')
_STREAM = re.compile(rb"[^\n]{0,1000}?>>\r?\nstream\r?\n", re.DOTALL)


def check_notebooks(files: Mapping[str, bytes], found: dict[str, Any]) -> list[str]:
    """Compare what the control cells of every notebook carry with the findings.

    A run that is INVALID may be so because a notebook disagreed; then nothing is compared.

    Returns:
        The domains whose notebooks are there.

    Raises:
        BadBundle: a notebook is none, or shows other findings than those of its domain.
    """
    stage = "notebooks"
    domains = []
    for name, raw in files.items():
        if not name.startswith("notebooks/"):
            continue
        # A kernel that died leaves an empty file, and the run is INVALID because of it.
        if found["verdict"]["word"] != "INVALID":
            domains.append(_compared(name, _carried(name, raw), found["controls"], stage))
    return domains


def check_documents(files: Mapping[str, bytes], found: dict[str, Any]) -> bool:
    """Compare the pages and PDFs with the findings.

    Returns:
        Whether the words of the pages were compared: those of another version of the kit are
        not known, and only their statuses were.

    Raises:
        BadBundle: a page shows another status, root or set of controls, or says something else
            than findings and records; a PDF carries another findings.json, or none.
    """
    pages = Pages(files, found)
    for name, raw in files.items():
        if name == "report.pdf" or (name.startswith("domains/") and name.endswith(".pdf")):
            _check_pdf(name, raw, files[layout.FINDINGS])
        elif name == "report.html" or (name.startswith("domains/") and name.endswith(".html")):
            text = _check_page(name, raw, found)
            if pages.known:
                pages.check(name, text)
    return pages.known


def _carried(name: str, raw: bytes) -> list[tuple[str, str]]:
    """Id and canonical text of every finding that a notebook's cells carry."""
    try:
        book = json.loads(raw.decode("utf-8"), object_pairs_hook=_once, parse_constant=_no_number)
        shown = [
            output["data"][FINDING_MIME]
            for cell in book["cells"]
            for output in cell.get("outputs", [])
            if FINDING_MIME in output.get("data", {})
        ]
        return [(one["id"], _text(one)) for one in shown]
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        raise BadBundle("notebooks", f"{name} is not a notebook of the kit") from None


def _compared(
    name: str, shown: list[tuple[str, str]], controls: list[dict[str, Any]], stage: str
) -> str:
    """The domain whose findings these are, each once and none left out."""
    known = {row["id"]: row for row in controls}
    for control, _ in shown:
        if control not in known:
            raise BadBundle(stage, f"{name} shows {str(control)[:20]!a}, no control of it")
    if not shown:
        raise BadBundle(stage, f"{name} shows no finding at all")
    domain = str(known[shown[0][0]]["domain"])
    expected = sorted((row["id"], _text(row)) for row in controls if row["domain"] == domain)
    if sorted(shown) != expected:
        other = sorted({one for one, _ in set(shown) ^ set(expected)})
        what = f"another {other[0]}" if other else "a finding twice"
        raise BadBundle(stage, f"{name} shows {what} than findings.json, so it was changed")
    return domain


def _check_page(name: str, raw: bytes, found: dict[str, Any]) -> str:
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError:
        raise BadBundle("views", f"{name} is not a page of the kit") from None
    if _ROOT.findall(text) != [found["evidence_root"]]:
        raise BadBundle("views", f"{name} prints another evidence root than findings.json")
    shown = _statuses(text)
    rows = found["controls"]
    if name != "report.html":
        ids = {control for control, _, _ in shown}
        domains = {row["domain"] for row in rows if row["id"] in ids}
        rows = [row for row in rows if row["domain"] in domains]
        if len(domains) != 1:
            raise BadBundle("views", f"{name} is not the document of one domain")
    expected = sorted((row["id"], row["status"], row["domain"]) for row in rows)
    if sorted(shown) != expected:
        other = sorted({one[0] for one in set(shown) ^ set(expected)})
        what = f"another {other[0][:20]}" if other else "a finding twice"
        raise BadBundle("views", f"{name} shows {what} than findings.json")
    return text


def _statuses(text: str) -> list[tuple[str, str, str]]:
    """Id, status and domain of every finding of a page.

    Read off the tags by a pattern: the pages are ours, and a parser of any HTML can be kept busy
    for hours by a page that was made for it.
    """
    rows = []
    for tag in _TAG.findall(text):
        given = dict(_ATTRIBUTE.findall(tag)) if "data-status=" in tag else {}
        if "data-status" in given and "finding" in given.get("class", "").split():
            rows.append((given.get("id", ""), given["data-status"], given.get("data-domain", "")))
    return rows


def _check_pdf(name: str, raw: bytes, findings: bytes) -> None:
    """A PDF of the kit has one embedded file, compressed: findings.json (ISO 32000-1, 7.11.4)."""
    places = [match.end() for match in re.finditer(rb"/Type ?/EmbeddedFile\b", raw)]
    if not raw.startswith(b"%PDF-") or len(places) != 1:
        raise BadBundle("views", f"{name} does not carry one findings.json")
    head = _STREAM.match(raw, places[0])
    unpacked = b""
    if head is not None:
        stream = zlib.decompressobj()
        try:
            unpacked = stream.decompress(raw[head.end() :], len(findings) + 1)
        except zlib.error:
            unpacked = b""
    if unpacked != findings:
        raise BadBundle("views", f"{name} carries another findings.json than the bundle")


def _text(value: Any) -> str:
    # True equals 1 in Python, and is another finding.
    return json.dumps(value, sort_keys=True)


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    value = dict(pairs)
    if len(value) != len(pairs):
        raise ValueError("a member comes twice, so programs would disagree about it")
    return value


def _no_number(text: str) -> Any:
    raise ValueError(f"{text} is not JSON")
