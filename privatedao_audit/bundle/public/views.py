"""Facts, findings, notebooks, claims and pages of a public bundle."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator, Mapping
from typing import Any

from privatedao_audit.bundle import layout
from privatedao_audit.bundle.errors import CannotBundle
from privatedao_audit.bundle.public.words import Finder
from privatedao_audit.model import canonical
from privatedao_audit.model.catalogue import DOMAINS
from privatedao_audit.model.finding import FINDING_MIME
from privatedao_audit.model.waivers import observed_sha256
from privatedao_audit.report.html import render_report


def told(
    files: Mapping[str, bytes], finder: Finder, contacts: Collection[str]
) -> dict[str, bytes]:
    """Facts, findings, claims and notebooks with tokens in the place of words.

    Statuses and counts stay as they are, and so do the hashes of what was observed: a waiver is
    bound to them. Only where a way to reach somebody was observed the hash is one of the tokens,
    since numbers could be tried against the other.

    Args:
        contacts: tokens of ways to reach somebody.

    Raises:
        CannotBundle: facts or findings can't hold the tokens, or know a contact by a digest that
            follows from none of its declared fields; or a waiver is bound to a contact.
    """
    made: dict[str, bytes] = {}
    if layout.CLAIMS in files:
        claims = finder.replace(files[layout.CLAIMS].decode("utf-8"))
        made[layout.CLAIMS] = claims.encode("utf-8")
    for name in (layout.FACTS, layout.FINDINGS):
        try:
            value = finder.in_json(json.loads(files[name]))
        except ValueError as error:
            raise CannotBundle(f"{name} can't be written with tokens: {error}") from None
        if name == layout.FINDINGS:
            for row in value["controls"]:
                _unbind(row, contacts)
        else:
            _known(value)
            if layout.CLAIMS in made and layout.CLAIMS in value.get("tables", {}):
                value["tables"][layout.CLAIMS]["sha256"] = canonical.sha256(made[layout.CLAIMS])
        made[name] = canonical.dump_file(value)
    for name, raw in files.items():
        if name.startswith("notebooks/") and raw:
            made[name] = _notebook(raw, finder, contacts)
    return made


def pages(files: Mapping[str, bytes], form: Mapping[str, Any]) -> Iterator[tuple[str, bytes]]:
    """The pages of a bundle, rendered from what the public form holds.

    Args:
        files: of the public form, with the private pages.
        form: what the pages say of it: ``made_from``, ``fields`` and ``documents``.
    """
    import nbformat

    findings = json.loads(files[layout.FINDINGS])
    books = [
        (one.notebook, nbformat.reads(files[name].decode("utf-8"), as_version=4))
        for one in DOMAINS
        if files.get(name := f"notebooks/{one.notebook}.ipynb")
    ]
    index = Index(files)
    domains = {f"domains/{one.notebook}.html": one.name for one in DOMAINS}
    for name in sorted(files):
        if name == "report.html" or name in domains:
            page = render_report(
                {**findings, "public_form": form}, books, index, domain=domains.get(name)
            )
            yield name, page.encode("utf-8")


class Index:
    """The records of a bundle for its report; withheld bodies are named and not shown.

    Attributes:
        target: the profile by which personal files of a private bundle are known; empty for a
            public form, in which nothing of them is left to be kept off the page.
    """

    def __init__(self, files: Mapping[str, bytes], target: Mapping[str, Any] | None = None) -> None:
        self._files = files
        self.target = target or {}
        rows = (json.loads(line) for line in files[layout.RECORDS].split(b"\n") if line)
        self._records = {row["id"]: row for row in rows}

    def read(self, id: str) -> dict[str, Any] | None:
        """The read record ``r-…``, or None."""
        return self._records.get(id)

    def exchange(self, id: str) -> dict[str, Any] | None:
        """The exchange record ``x-…``, or None; marked where its body is withheld."""
        record = self._records.get(id)
        if record is None or layout.withheld(str(record.get("body_sha256"))) not in self._files:
            return record
        return {**record, "public_form": True}

    def body(self, sha256: str) -> bytes | None:
        """The body, or None where it is withheld."""
        return self._files.get(f"blobs/{sha256}")


def _notebook(raw: bytes, finder: Finder, contacts: Collection[str]) -> bytes:
    """A notebook with tokens in its outputs; its cells are the kit's own text."""
    try:
        book = json.loads(raw)
        for cell in book["cells"]:
            cell["outputs"] = [_output(one, finder) for one in cell.get("outputs", [])]
            for output in cell["outputs"]:
                if FINDING_MIME in output.get("data", {}):
                    _unbind(output["data"][FINDING_MIME], contacts)
            if cell["cell_type"] != "code":
                del cell["outputs"]
    except (ValueError, KeyError, TypeError) as error:
        raise CannotBundle(f"a notebook can't be read: {type(error).__name__}") from None
    text = json.dumps(book, ensure_ascii=False, indent=1, sort_keys=True, separators=(",", ": "))
    return (text + "\n").encode("utf-8")


def _output(output: dict[str, Any], finder: Finder) -> dict[str, Any]:
    made = {}
    for key, value in output.items():
        if key == "data":
            made[key] = {
                mime: finder.in_json(one) if "json" in mime else _lines(one, finder)
                for mime, one in value.items()
            }
        else:
            made[key] = _lines(value, finder) if key == "text" else finder.in_json(value)
    return made


def _lines(value: Any, finder: Finder) -> Any:
    """A text that a notebook may keep as a list of its lines: a word may go over their ends."""
    if isinstance(value, list) and value and all(isinstance(one, str) for one in value):
        return finder.replace("".join(value)).splitlines(keepends=True)
    return finder.in_json(value)


def _unbind(row: dict[str, Any], contacts: Collection[str]) -> None:
    """Of a finding that observed a contact the hash says nothing about it."""
    said = json.dumps(row["parts"])
    if any(token in said for token in contacts):
        if row["waiver"] is not None:
            raise CannotBundle(f"{row['id']}: its waiver is bound to a way to reach somebody")
        row["observed_sha256"] = observed_sha256(row["parts"])


def _known(value: Any) -> None:
    """No contact stands in the facts under a digest that somebody could try numbers against."""
    if isinstance(value, dict):
        if {"who", "value", "purposes"} <= set(value):
            for member in ("who", "value"):
                if value[member] and not str(value[member]).startswith("withheld-"):
                    raise CannotBundle("the facts hold the digest of a contact that is unknown")
        value = list(value.values())
    if isinstance(value, list):
        for one in value:
            _known(one)
