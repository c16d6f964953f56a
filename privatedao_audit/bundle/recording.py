"""The recording inside a bundle: records as lines, bodies as files, checked like a sealed one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from privatedao_audit.bundle import layout
from privatedao_audit.bundle.errors import BadBundle
from privatedao_audit.evidence.records import BadRecord, RunHeader, decode, encode, header_of
from privatedao_audit.evidence.sealed import SealedRecording
from privatedao_audit.evidence.verification import RecordCheck
from privatedao_audit.model import canonical

_BLOB = "blobs/"


@dataclass(frozen=True, slots=True)
class Asked:
    """A question whose answer has a body.

    Attributes:
        path: of the file that was asked for, where one was.
        length: of the body, in bytes.
        found: whether the body is what was found, and not word that there is nothing.
    """

    kind: str
    method: str
    path: str | None
    length: int
    found: bool


@dataclass(frozen=True, slots=True)
class Recorded:
    """What the records of a bundle establish.

    Attributes:
        reads: read id → outcome and time of every read.
        window: first and last slot of the finalized reads; None when there is none.
        places: read id → slot, commitment and providers of every read.
        bodies: read id → SHA-256 of the body it stands on, where it was found.
        asked: SHA-256 of every body → the questions that it answers.
        tokens: what stands for withheld texts in a public form.
    """

    header: RunHeader
    evidence_root: str
    reads: dict[str, tuple[str, str]]
    window: tuple[int, int] | None
    places: dict[str, tuple[int | None, str | None, frozenset[str]]]
    bodies: dict[str, str]
    asked: dict[str, list[Asked]] = field(default_factory=dict)
    tokens: frozenset[str] = frozenset()


def files_of(sealed: SealedRecording) -> dict[str, bytes]:
    """The files that hold a sealed recording: one line per record, one file per body."""
    lines: list[bytes] = []
    files: dict[str, bytes] = {}
    for record in sealed.records():
        lines.append(encode(record) + b"\n")
        digest = record.get("body_sha256")
        if digest is not None and f"{_BLOB}{digest}" not in files:
            body = sealed.body(digest)
            if body is None:
                raise ValueError(f"a verified recording has no body {digest}")
            files[f"{_BLOB}{digest}"] = body
    return {layout.RECORDS: b"".join(lines), **files}


def body_of(files: Mapping[str, bytes], sha256: str) -> bytes:
    """The body of this hash; of one that is withheld its redacted form."""
    raw = files.get(f"{_BLOB}{sha256}")
    return files.get(layout.withheld(sha256), b"") if raw is None else raw


def check(
    files: Mapping[str, bytes], expected_root: str, *, tokens: frozenset[str] = frozenset()
) -> Recorded:
    """Check every record, id, reference and body, and recompute the evidence root.

    A body that a public form withholds is one that the records name: nothing more can be said.

    Args:
        tokens: of a public form, what stands for withheld texts.

    Raises:
        BadBundle: anything is not as a sealed recording has it, or the root is another.
    """
    check = RecordCheck()
    reads: dict[str, tuple[str, str]] = {}
    places: dict[str, tuple[int | None, str | None, frozenset[str]]] = {}
    digests: dict[str, str | None] = {}
    lengths: dict[str, int] = {}
    asking: dict[str, list[dict[str, Any]]] = {}
    stands: dict[str, str] = {}
    header: RunHeader | None = None
    lines = files[layout.RECORDS].split(b"\n")
    if lines.pop() != b"":
        raise _bad("records.ndjson does not end with a line feed")
    previous = ""
    for number, line in enumerate(lines, 1):
        try:
            record = decode(line)
            if record["id"] <= previous:
                raise BadRecord("it is out of order, or comes twice")
            previous = record["id"]
            check.add(previous, line, record)
        except BadRecord as error:
            raise _bad(f"records.ndjson, line {number}: {error}") from None
        if record["record"] == "read":
            reads[record["id"]] = (record["outcome"], record["asked_at"])
            places[record["id"]] = (
                record["slot"], record["commitment"], frozenset(record["providers"])
            )  # fmt: skip
            for name in record["exchanges"]:
                asking.setdefault(name, []).append(record)
            if record["outcome"] == "found":
                stands[record["id"]] = record["chosen"]
        elif record["record"] == "exchange":
            digests[record["id"]] = record["body_sha256"]
            if record["body_sha256"] is not None:
                lengths[record["body_sha256"]] = record["body_length"]
        elif record["record"] == "run":
            header = header_of(record)
    if header is None or header.sealed_at is None:
        raise _bad("records.ndjson has no header that says when it was sealed")
    try:
        gone = {name: length for name, length in lengths.items() if layout.withheld(name) in files}
        check.finish({**_bodies(files), **gone})
    except BadRecord as error:
        raise _bad(f"records.ndjson: {error}") from None
    root = check.tree.root().hex()
    if root != expected_root:
        raise _bad(f"the evidence root of the records is {root}, the manifest says another")
    bodies = {name: digest for name, one in stands.items() if (digest := digests[one]) is not None}
    asked: dict[str, list[Asked]] = {}
    for name, rows in asking.items():
        if (digest := digests[name]) is not None:
            asked.setdefault(digest, []).extend(
                _asked(row, lengths[digest], found=stands.get(row["id"]) == name) for row in rows
            )
    return Recorded(header, root, reads, check.window, places, bodies, asked, tokens)


def _asked(read: dict[str, Any], length: int, *, found: bool) -> Asked:
    params = read["params"]
    path = params.get("path") if isinstance(params, dict) else None
    path = path if isinstance(path, str) else None
    return Asked(read["kind"], read["method"], path, length, found)


def _bodies(files: Mapping[str, bytes]) -> dict[str, int]:
    bodies: dict[str, int] = {}
    for name, data in files.items():
        if name.startswith(_BLOB):
            digest = name.removeprefix(_BLOB)
            if canonical.sha256(data) != digest:
                raise _bad(f"{name} does not hold the bytes that its name says")
            bodies[digest] = len(data)
    return bodies


def _bad(why: str) -> BadBundle:
    return BadBundle("records", why)
