#!/usr/bin/env python3
"""Verify a bundle of privatedao-audit with nothing but Python 3.11 or later.

    python3 -I verify_bundle.py BUNDLE.zip [--signer KEY=team|auditor ...] [--digest HEX]

Take this file from the project, not from the bundle you are about to check. It opens no
connection, writes nothing and executes nothing that the bundle holds. Exit code: 0 nothing
speaks against the bundle, 1 refused, 64 bad usage.

What it checks: that the archive can be read in one way only; that every file is the one the
manifest lists, and none is extra; every record, id and reference of the recording, and the
evidence root over them; that the findings are the whole catalogue, that each evidence id
resolves, that statuses, counts and verdict follow from their parts; that target.toml is the
profile that was judged; that notebooks and reports show the same findings, and pages in the same
words; who signed; and in a public form that nothing is withheld but what it lists, for personal
fields of files of the checkout. It shares no code with the package on purpose.

What it cannot know: whether a fact deserves its status, and what prose, tables and figures of
notebooks, chapters and PDFs show (replay the recording for that); and who made a bundle that
nobody signed. Rules: RFC 8785, 6962 and 8032; APPNOTE 6.3.10; in-toto
Statement v1 and DSSE v1.
"""

from __future__ import annotations

import argparse
import base64
import hashlib
import io
import json
import re
import struct
import sys
import tomllib
import unicodedata
import zipfile
import zlib
from collections import Counter
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

KIT_VERSION = "0.1.0"
Files = dict[str, bytes]

MIB = 2**20
MAX_ARCHIVE, MAX_FILE, MAX_TOTAL = 256 * MIB, 64 * MIB, 512 * MIB
MAX_FILES, MAX_SIGNATURES, MAX_REASON = 50_000, 32, 2_000
FREE_BYTES, MAX_RATIO = 64 * MIB, 200
MAX_INTEGER = 2**53 - 1

REQUIRED = {
    "records.ndjson", "findings.json", "facts.json", "target.json", "catalogue.toml",
    "verify_bundle.py",
}  # fmt: skip
OPTIONAL = {
    "target.toml", "requirements.lock", "claims.csv", "redactions.json", "report.html",
    "report.pdf",
}  # fmt: skip
FAMILY = re.compile(
    r"(blobs|withheld)/[0-9a-f]{64}|notebooks/\d\d_[a-z_]{1,60}\.ipynb|domains/\d\d_[a-z_]{1,60}\.(html|pdf)"
    r"|tables/[a-z]{1,20}-[1-9A-HJ-NP-Za-km-z]{32,44}\.parquet",
    re.ASCII,
)
SIGNATURE = re.compile(
    r"signatures/(team|auditor)-[1-9A-HJ-NP-Za-km-z]{32,44}\.(dsse|offchain)\.json"
)
ANNOTATIONS = re.compile(r"annotations/auditor-[1-9A-HJ-NP-Za-km-z]{32,44}\.toml")
AGES = re.compile(
    r"\b[0-9]+ (?:s|min|h|days) (?=old\b|ago\b|before it was read\b|before the verdict\b)"
)
FINDING_MIME = "application/vnd.privatedao-audit.finding+json"

#: Worst first; WAIVED is not here, since it is laid over one of these and is none itself.
PRECEDENCE = ("FAIL", "DIVERGED", "STALE", "MISSING", "UNKNOWN", "ATTESTED", "PASS", "N/A")
STATUSES = {*PRECEDENCE, "WAIVED"}
CLAIMS = {"PASS", "ATTESTED", "N/A", "STALE"}
BAD = {"FAIL", "DIVERGED", "STALE", "MISSING"}

#: What this version's catalogue says of each control: class, whether it blocks, floor.
CONTROLS = """
    RC-01:A:B:PASS RC-02:C:B:PASS RC-03:A:B:PASS RC-04:A:B:PASS RC-05:A:B:PASS RC-06:A:B:PASS
    RC-07:A:B:PASS RC-08:C:B:PASS RC-09:C:B:PASS RC-10:A:B:PASS RC-11:A:B:PASS RC-12:C:B:PASS
    RC-13:C:-:PASS RC-14:C:-:PASS RC-15:C:B:PASS UA-01:C:B:PASS UA-02:A:B:ATTESTED
    UA-03:C:B:ATTESTED UA-04:C:B:PASS UA-05:A:B:ATTESTED UA-06:C:B:PASS UA-07:C:B:PASS
    UA-08:C:-:PASS UA-09:C:B:PASS UA-10:C:-:PASS SD-01:C:B:PASS SD-02:A:-:ATTESTED SD-03:A:B:PASS
    SD-04:C:B:PASS SD-05:C:-:PASS RP-01:C/A:B:ATTESTED RP-02:C/A:B:ATTESTED RP-03:C/A:B:ATTESTED
    RP-04:C/A:B:ATTESTED RP-05:C/A:B:ATTESTED RP-06:A:B:ATTESTED RP-07:C/A:B:PASS RP-08:A:-:PASS
    RP-09:C:-:PASS RP-10:A:B:PASS MA-01:C+A:B:PASS MA-02:C+A:B:PASS MA-03:C+A:B:PASS
    MA-04:C+A:B:PASS MA-05:C+A:B:PASS MA-06:C+A:B:PASS MA-07:C+A:B:PASS MA-08:C+A:B:PASS
    MA-09:C+A:B:PASS MA-10:C+A:B:PASS MA-11:C+A:B:PASS MA-12:C:B:PASS TR-01:C:B:PASS
    TR-02:C:B:PASS TR-03:A:B:ATTESTED TR-04:C:B:PASS TR-05:C:B:PASS TR-06:C:B:PASS TR-07:C:-:PASS
    TR-08:C:B:PASS TR-09:A:-:PASS IR-01:A:B:ATTESTED IR-02:A:B:ATTESTED IR-03:A:B:ATTESTED
    IR-04:A:B:ATTESTED IR-05:A:B:ATTESTED IR-06:A:B:ATTESTED IR-07:A:B:PASS RG-01:A:B:PASS
    RG-02:A:B:PASS RG-03:A:B:PASS RG-04:A:B:PASS RG-05:A:B:PASS RG-06:C:B:PASS RG-07:C:B:PASS
"""
#: Controls of this version that no waiver covers.
NEVER_WAIVED = {"RC-02", "RC-08", "UA-01", "RG-06"}
#: Controls of this version for which N/A is legal.
NA_LEGAL = {"UA-02", "UA-03", "UA-05", "UA-06", "UA-07", "TR-02", "TR-04", "TR-05"}
#: The boundary of this version: id, kind, title, the only cluster where it holds, controls.
BOUNDARY = (
    ("HB-01", "exists today", "Protocol hardening", None,
     "TR-05 TR-06 TR-08"),
    ("HB-02", "exists today", "Formal threat reasoning", None,
     "RG-02 RG-04"),
    ("HB-03", "exists today", "Replay and failure-mode documentation", None,
     "TR-09 RG-03"),
    ("HB-04", "exists today", "Live devnet proof", "devnet",
     "RC-06 TR-09"),
    ("HB-05", "exists today", "Dedicated additive V3 devnet proof", "devnet",
     "RC-06 TR-09"),
    ("HB-06", "exists today", "Release and readiness gates", None,
     "RC-03 RC-04 RC-05 RG-01"),
    ("HB-07", "belongs to rollout", "External audit", None,
     "RG-05"),
    ("HB-08", "belongs to rollout", "Production custody", None,
     "UA-01 UA-02 UA-03 UA-04 UA-05 UA-06 UA-07 UA-09 SD-01 SD-03 SD-04"),
    ("HB-09", "belongs to rollout", "Production monitoring deployment", None,
     "RP-06 MA-01 MA-02 MA-03 MA-04 MA-05 MA-06 MA-07 MA-08 MA-09 MA-10 MA-11 MA-12"),
    ("HB-10", "belongs to rollout", "Incident-response ownership", None,
     "IR-01 IR-02 IR-03 IR-04 IR-05 IR-06 IR-07 TR-03"),
    ("HB-11", "belongs to rollout", "Mainnet deployment execution", "mainnet-beta",
     "RC-02 RC-08 RC-09 RG-06"),
)  # fmt: skip


class Refused(Exception):
    """A check failed; ``stage`` names which."""

    def __init__(self, stage: str, why: str) -> None:
        super().__init__(why)
        self.stage = stage


def need(condition: object, stage: str, why: str) -> None:
    """Refuse unless the condition holds."""
    if not condition:
        raise Refused(stage, why)


def sha256(data: bytes) -> str:
    """SHA-256, hexadecimal."""
    return hashlib.sha256(data).hexdigest()


# Canonical JSON


def sort_key(pair: tuple[str, Any]) -> bytes:
    """Members are sorted by the UTF-16 code units of their names."""
    return pair[0].encode("utf-16-be", "surrogatepass")


def sorted_deep(value: Any) -> Any:
    """The value with the members of every object in canonical order."""
    if isinstance(value, dict):
        return {key: sorted_deep(one) for key, one in sorted(value.items(), key=sort_key)}
    return [sorted_deep(one) for one in value] if isinstance(value, list) else value


def canonical(value: Any) -> bytes:
    """Canonical bytes of a JSON value without floats."""
    text = json.dumps(sorted_deep(value), ensure_ascii=False, separators=(",", ":"))
    return text.encode("utf-8")


def unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """An object whose members come once each."""
    value = dict(pairs)
    if len(value) != len(pairs):
        raise ValueError("a member comes twice")
    return value


def whole(text: str) -> int:
    """An integer that every JSON reader keeps."""
    if len(text) > 17 or abs(int(text)) > MAX_INTEGER:
        raise ValueError("an integer is out of range")
    return int(text)


def refuse_number(text: str) -> Any:
    """Floats and what is no number at all."""
    raise ValueError("a number is not an integer")


def parse(raw: bytes, stage: str, what: str) -> Any:
    """The value of canonical bytes without their trailing newline."""
    try:
        value = json.loads(
            raw.decode("utf-8"), object_pairs_hook=unique, parse_int=whole,
            parse_float=refuse_number, parse_constant=refuse_number,
        )  # fmt: skip
        same = canonical(value) == raw
    except (ValueError, RecursionError):
        same = False
    need(same, stage, f"{what} is not canonical JSON")
    return value


def parse_object(raw: bytes, stage: str, what: str) -> dict[str, Any]:
    """The object of a canonical JSON file."""
    need(raw[-1:] == b"\n", stage, f"{what} does not end with a line feed")
    value = parse(raw[:-1], stage, what)
    need(isinstance(value, dict), stage, f"{what} is not a JSON object")
    return value  # type: ignore[no-any-return]


def check_schema(value: dict[str, Any], name: str, stage: str) -> None:
    """The schema must be this one, in version 1."""
    stated: Any = value.get("schema")
    version = stated.get("version") if isinstance(stated, dict) else None
    newer = type(version) is int and version > 1 and stated.get("name") == name
    need(not newer, stage, f"{name} has schema {version}: a later version of this file reads it")
    need(type(version) is int and stated == {"name": name, "version": 1}, stage,
         f"the schema {name} is not stated")  # fmt: skip


# The archive


def read_archive(raw: bytes) -> Files:
    """The files of the archive, whose every header must be the one that a bundle has."""
    need(len(raw) <= MAX_ARCHIVE, "container", "the archive is too large")
    # Before the library reads the directory into memory: how long it is, and that no second one
    # (of the 64-bit extension) is named.
    sound = len(raw) >= 22 and raw[-22:-18] == b"PK\5\6" and raw[-42:-38] != b"PK\6\7"
    need(sound and int.from_bytes(raw[-10:-6], "little") <= MAX_FILES * 200, "container",
         "it is truncated, something was appended, or its directory is too long")  # fmt: skip
    try:
        with zipfile.ZipFile(io.BytesIO(raw)) as archive:
            infos = archive.infolist()
    except (zipfile.BadZipFile, ValueError, NotImplementedError, struct.error, EOFError, OSError):
        raise Refused("container", "it is not a whole zip file") from None
    need(0 < len(infos) <= MAX_FILES, "container", "the number of files is out of range")
    check_entries(infos)
    total = sum(info.file_size for info in infos)
    need(total <= min(MAX_TOTAL, FREE_BYTES + MAX_RATIO * len(raw)), "container",
         f"its {len(raw)} bytes would unpack to {total}")  # fmt: skip
    files: Files = {}
    offset, directory = 0, b""
    for info in infos:
        name = info.filename.encode("ascii")
        sizes = (info.CRC, info.compress_size, info.file_size, len(name))
        local = struct.pack("<4s5H3L2H", b"PK\3\4", 20, 0, 8, 0, 33, *sizes, 0) + name
        need(raw[offset : offset + len(local)] == local, "container",
             f"{info.filename}: its headers are not those of a bundle")  # fmt: skip
        directory += struct.pack(
            "<4s6H3L5H2L", b"PK\1\2", 0x314, 20, 0, 8, 0, 33, *sizes, 0, 0, 0, 0,
            0o100644 << 16, offset,
        ) + name  # fmt: skip
        start = offset + len(local)
        offset = start + info.compress_size
        files[info.filename] = inflated(raw[start:offset], info)
    count = len(infos)
    end = struct.pack("<4s4H2LH", b"PK\5\6", 0, 0, count, count, len(directory), offset, 0)
    need(raw[offset:] == directory + end, "container",
         "there are bytes in it that belong to no file")  # fmt: skip
    return files


def check_entries(infos: list[zipfile.ZipInfo]) -> None:
    """Names, kinds, sizes and order, before anything is unpacked."""
    names = [info.filename for info in infos]
    for info in infos:
        name = info.filename
        parts = re.split(r"[/\\]", info.orig_filename)
        need(parts[0] and ".." not in parts and ":" not in parts[0], "container",
             f"{name!a}: a path that leads out of the bundle")  # fmt: skip
        known: object = name == "manifest.json" or name in REQUIRED | OPTIONAL
        known = known or FAMILY.fullmatch(name) or beside(name)
        need(known and name == info.orig_filename, "container",
             f"{name!a}: no file of a bundle has this name")  # fmt: skip
        need(info.external_attr >> 16 & 0o170000 == 0o100000, "container",
             f"{name}: it is a link, a folder or a device")  # fmt: skip
        need(info.compress_type == 8 and not info.flag_bits, "container",
             f"{name}: it is encrypted or packed otherwise")  # fmt: skip
        need(info.file_size <= MAX_FILE, "container", f"{name}: it is too large")
    need(len(set(names)) == len(names), "container", "a name comes twice")
    order = sorted(names, key=lambda n: (n != "manifest.json", beside(n), n))
    need(names == order, "container", "its files are not in the order of a bundle")
    for kind in ("signatures/", "annotations/"):
        count = sum(name.startswith(kind) for name in names)
        need(count <= MAX_SIGNATURES, "container", f"there are too many {kind[:-1]}")


def beside(name: str) -> bool:
    """Whether a file lies beside the manifest, which does not list it."""
    return bool(SIGNATURE.fullmatch(name) or ANNOTATIONS.fullmatch(name))


def inflated(packed: bytes, info: zipfile.ZipInfo) -> bytes:
    """Unpack one file, never to more than it states."""
    stream = zlib.decompressobj(-15)
    try:
        data = stream.decompress(packed, info.file_size + 1)
    except zlib.error:
        raise Refused("container", f"{info.filename}: it does not unpack") from None
    sound = stream.eof and not stream.unused_data and len(data) == info.file_size
    need(sound and zlib.crc32(data) == info.CRC, "container",
         f"{info.filename}: it does not unpack to what the archive states")  # fmt: skip
    return data


# The manifest


def check_manifest(files: Files) -> tuple[dict[str, Any], str]:
    """The manifest and the bundle digest, once every file was compared with it."""
    stage = "manifest"
    need("manifest.json" in files, stage, "manifest.json is missing")
    raw = files["manifest.json"]
    value = parse_object(raw, stage, "manifest.json")
    check_schema(value, "privatedao-audit/bundle", stage)
    rows: Any = value.get("files")
    need(isinstance(rows, list) and all(isinstance(row, dict) for row in rows), stage,
         "manifest.json lists no files")  # fmt: skip
    covered = [n for n in files if n != "manifest.json" and not beside(n)]
    stated = {row.get("path"): row for row in rows if isinstance(row.get("path"), str)}
    for name in covered:
        need(name in stated, stage, f"{name} is not listed in the manifest")
        need(stated[name].get("sha256") == sha256(files[name]), stage,
             f"{name} is not the file that the manifest lists")  # fmt: skip
    for name in stated:
        need(name in covered, stage, f"{name[:100]!a} is listed and not in the bundle")
    exact = [
        {"path": name, "size": len(files[name]), "sha256": sha256(files[name])}
        for name in sorted(covered)
    ]
    need(canonical(rows) == canonical(exact), stage, "the manifest's list is not exact")
    texts = ("kit_version", "target", "evidence_root")
    need(set(value) - {"public_form_of"} == {"schema", "files", *texts}, stage,
         "the manifest has other members")  # fmt: skip
    need(all(isinstance(value[one], str) for one in texts), stage, "the manifest is malformed")
    need("public_form_of" not in value or is_hash(value["public_form_of"]), stage,
         "the manifest names no bundle of which it is the public form")  # fmt: skip
    for name in sorted(REQUIRED):
        need(name in files, stage, f"{name} is missing")
    return value, sha256(raw)


# The recording

TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,6})?Z", re.ASCII)
HEX64 = re.compile(r"[0-9a-f]{64}")
EXCHANGE_ID = re.compile(r"x-[0-9a-f]{16}")


def is_text(value: Any) -> bool:
    """A string."""
    return isinstance(value, str)


def is_count(value: Any) -> bool:
    """An integer from 0 up."""
    return type(value) is int and value >= 0


def is_time(value: Any) -> bool:
    """An RFC 3339 time in UTC, written with Z."""
    if not isinstance(value, str) or not TIME.fullmatch(value):
        return False
    try:
        datetime.fromisoformat(value)
    except ValueError:
        return False
    return True


def is_texts(value: Any) -> bool:
    """A list of strings."""
    return isinstance(value, list) and all(map(is_text, value))


def is_id(value: Any) -> bool:
    """The id of an exchange."""
    return isinstance(value, str) and EXCHANGE_ID.fullmatch(value) is not None


def is_hash(value: Any) -> bool:
    """A SHA-256 in hexadecimal."""
    return isinstance(value, str) and HEX64.fullmatch(value) is not None


def maybe(test: Any) -> Any:
    """Null, or what the test says."""
    return lambda value: value is None or test(value)


SHAPES: dict[str, dict[str, Any]] = {
    "run": {
        "record": is_text, "id": is_text, "kit_version": is_text, "target_name": is_text,
        "schema": lambda v: canonical(v) == b'{"name":"privatedao-audit/recording","version":1}',
        "target_sha256": is_hash, "target": lambda v: isinstance(v, dict), "cluster": is_text,
        "started_at": is_time, "sealed_at": is_time,
    },
    "read": {
        "record": is_text, "id": is_text, "kind": is_text, "method": is_text,
        "params": lambda v: True, "probe": maybe(is_text),
        "outcome": lambda v: v in ("found", "absent", "unknown", "diverged"),
        "reason": maybe(is_text), "chosen": maybe(is_id), "slot": maybe(is_count),
        "exchanges": lambda v: isinstance(v, list) and all(map(is_id, v)),
        "commitment": maybe(is_text), "providers": is_texts, "asked_at": is_time,
    },
    "exchange": {
        "record": is_text, "id": is_text, "provider": is_text, "host": is_text,
        "request": is_text, "status": maybe(lambda v: type(v) is int),
        "headers": lambda v: isinstance(v, dict) and all(map(is_text, v.values())),
        "body_sha256": maybe(is_hash),
        "body_length": maybe(lambda v: is_count(v) and v <= MAX_FILE),
        "error": maybe(is_text), "withheld": lambda v: isinstance(v, bool), "at": is_time,
    },
}  # fmt: skip


def check_record(record: Any, where: str) -> str:
    """Shape, coherence and id of one record; returns its kind."""
    stage = "records"
    kind: str = record.get("record", "") if isinstance(record, dict) else ""
    need(isinstance(kind, str) and kind in SHAPES, stage, f"{where} is no record")
    shape = SHAPES[kind]
    rest = {key: value for key, value in record.items() if key != "ordinal"}
    if "ordinal" in record:
        sound = kind == "exchange" and is_count(record["ordinal"]) and record["ordinal"] > 0
        need(sound, stage, f"{where} has another shape than a record")
    need(set(rest) == set(shape) and all(shape[key](rest[key]) for key in shape), stage,
         f"{where} has another shape than a record")  # fmt: skip
    if kind == "run":
        due = "run"
        need(sha256(canonical(record["target"])) == record["target_sha256"], stage,
             f"{where}: the target has another digest")  # fmt: skip
    elif kind == "read":
        question = {key: record[key] for key in ("kind", "method", "params", "probe")}
        due = "r-" + sha256(canonical(question))[:16]
        check_read(record, where)
    else:
        due = "x-" + sha256(canonical({k: v for k, v in record.items() if k != "id"}))[:16]
        need((record["body_sha256"] is None) == (record["body_length"] is None), stage,
             f"{where}: a body has both a hash and a length")  # fmt: skip
        need(not (record["withheld"] and record["body_sha256"]), stage,
             f"{where}: withheld, and the body is named")  # fmt: skip
    need(record["id"] == due, stage, f"{where}: its id does not follow from its content")
    return kind


def check_read(read: dict[str, Any], where: str) -> None:
    """A read must rest on what its outcome says it rests on."""
    ids, chosen, outcome = read["exchanges"], read["chosen"], read["outcome"]
    sound = len(set(ids)) == len(ids) and (chosen is None or chosen in ids)
    sound = sound and not (outcome == "found" and chosen is None)
    sound = sound and not (outcome == "absent" and not ids)
    sound = sound and not (outcome in ("unknown", "diverged") and not read["reason"])
    sound = sound and not (outcome == "diverged" and chosen is not None)
    need(sound, "records", f"{where}: its outcome does not fit what it rests on")


def merkle_root(leaves: list[bytes]) -> bytes:
    """RFC 6962, section 2.1, over the hashes of the leaves."""
    if not leaves:
        return hashlib.sha256().digest()
    while len(leaves) > 1:
        # Pairing neighbours and carrying an odd one up splits at the largest power of two.
        paired = [
            hashlib.sha256(b"\1" + leaves[at] + leaves[at + 1]).digest()
            for at in range(0, len(leaves) - 1, 2)
        ]
        leaves = paired + ([leaves[-1]] if len(leaves) % 2 else [])
    return leaves[0]


def check_records(files: Files, expected_root: str) -> dict[str, Any]:
    """The header, the reads and the window, once every record, body and reference holds."""
    stage = "records"
    lines = files["records.ndjson"].split(b"\n")
    need(lines.pop() == b"", stage, "records.ndjson does not end with a line feed")
    previous = ""
    found: dict[str, dict[str, dict[str, Any]]] = {"run": {}, "read": {}, "exchange": {}}
    for number, line in enumerate(lines, 1):
        where = f"records.ndjson, line {number}"
        record = parse(line, stage, where)
        kind = check_record(record, where)
        need(record["id"] > previous, stage, f"{where} is out of order, or comes twice")
        previous = record["id"]
        found[kind][previous] = record
    need(found["run"], stage, "records.ndjson has no header")
    exchanges = found["exchange"]
    used, window = set(), []
    for read in found["read"].values():
        used.update(read["exchanges"])
        for one in read["exchanges"]:
            need(one in exchanges, stage, f"{read['id']} rests on {one}, which is missing")
        if read["outcome"] == "found":
            stands = exchanges[read["chosen"]]
            need(stands["body_sha256"] is not None and stands["error"] is None, stage,
                 f"{read['id']} was found, and its answer did not arrive whole")  # fmt: skip
        if read["commitment"] == "finalized" and read["slot"] is not None:
            window.append(read["slot"])
    need(used == set(exchanges), stage, "an exchange belongs to no read")
    bodies = {(one["body_sha256"], one["body_length"]) for one in exchanges.values()}
    blobs = {(n[6:], len(data)) for n, data in files.items() if n.startswith("blobs/")}
    gone = {(digest, size) for digest, size in bodies if f"withheld/{digest}" in files}
    need(not gone & blobs, "redactions", "a body is withheld, and lies under blobs/ as well")
    need(bodies - gone - {(None, None)} == blobs, stage,
         "the bodies are not those of the exchanges")  # fmt: skip
    for digest, _ in blobs:
        need(sha256(files[f"blobs/{digest}"]) == digest, stage, f"blobs/{digest} was changed")
    root = merkle_root([hashlib.sha256(b"\0" + line).digest() for line in lines]).hex()
    need(root == expected_root, stage, "the evidence root does not follow from the records")
    return {
        "tokens": set(),
        "header": found["run"]["run"],
        "reads": found["read"],
        "exchanges": exchanges,
        "window": [min(window), max(window)] if window else None,
        "root": root,
    }


# What a public form withholds: answers of the checkout, for personal fields of its files

TOKEN = re.compile(r"withheld-[0-9a-f]{16}")
WITHHELD = {
    "recovery-contacts": {"name", "value", "owner"},
    "incident-contacts": {"name", "value", "owner"},
    "contact-page": {"value", "owner"},
}
READABLE = {"role", "kind", "date"}
GONE = "[withheld from the public form]"
FORMS = ("contacts", "text", "whole", "answer")
BULK_MEMBERS = {
    "files", "texts", "silent", "copies", "left_out", "unread", "torn", "others", "next",
}  # fmt: skip


def held(condition: object, why: str) -> None:
    """Refuse a redaction unless the condition holds."""
    need(condition, "redactions", why)


def exact(value: Any, members: dict[str, Any]) -> bool:
    """Whether a value is an object with exactly these members, each as its test wants it."""
    return (
        isinstance(value, dict) and set(value) == set(members)
        and all(test(value[name]) for name, test in members.items())
    )  # fmt: skip


def lists(test: Any) -> Any:
    """A list of what the test wants."""
    return lambda value: isinstance(value, list) and all(map(test, value))


def is_token(value: Any) -> bool:
    """What stands for a text."""
    return is_text(value) and TOKEN.fullmatch(value) is not None


def is_field(value: Any) -> bool:
    """A field of a personal file."""
    return exact(value, {"file": is_text, "part": is_text, "field": is_text,
                         "row": lambda v: is_count(v) and v > 0})  # fmt: skip


def check_redactions(files: Files, manifest: dict[str, Any], seen: dict[str, Any]) -> str:
    """Everything that is withheld is listed, and may be; says what is, or nothing."""
    there = {name[9:] for name in files if name.startswith("withheld/")}
    if "public_form_of" not in manifest:
        held(not there and "redactions.json" not in files,
             "something is withheld, and the manifest does not say of which bundle")  # fmt: skip
        return ""
    held("redactions.json" in files, "redactions.json is missing")
    value = parse_object(files["redactions.json"], "redactions", "redactions.json")
    check_schema(value, "privatedao-audit/redactions", "redactions")
    text = {"token": is_token, "sha256": is_hash,
            "fields": lambda v: lists(is_field)(v) and bool(v)}  # fmt: skip
    document = {"sha256": is_hash, "form": lambda v: v in FORMS, "redacted_sha256": is_hash,
                "tokens": lists(is_token)}  # fmt: skip
    held(exact(value, {
        "schema": lambda v: True, "texts": lists(lambda v: exact(v, text)),
        "visible": lists(lambda v: exact(v, {"token": is_token, "where": is_text})),
        "documents": lists(lambda v: exact(v, document)),
        "left_out": lists(lambda v: exact(v, {"path": is_text, "reason": is_text})),
    }), "redactions.json does not have the shape of a list of redactions")  # fmt: skip
    tokens = [row["token"] for row in value["texts"]]
    held(tokens == sorted(set(tokens)), "a text is listed twice, or out of order")
    for row in value["texts"]:
        held(row["token"] == "withheld-" + row["sha256"][:16],
             "a token is not that of its salted hash")  # fmt: skip
    held({row["sha256"] for row in value["documents"]} == there
         and len(value["documents"]) == len(there),
         "what lies under withheld/ is not what is listed")  # fmt: skip
    for row in value["left_out"]:
        held(row["path"].endswith(".pdf") and row["path"] not in files and row["reason"]
             and (row["path"] in OPTIONAL or FAMILY.fullmatch(row["path"])),
             "a file is called left out, and only PDFs can be")  # fmt: skip
    for row in value["visible"]:
        held(row["token"] in tokens, "a text is called visible that is not listed")
    seen["tokens"] = set(tokens)
    fields = {(one["file"], one["part"], one["row"], one["field"], row["token"])
              for row in value["texts"] for one in row["fields"]}  # fmt: skip
    contacts = {token for *_, name, token in fields if name == "value"}
    check_forms(files, value["documents"], seen, fields, contacts)
    others = sum(row["form"] != "contacts" for row in value["documents"])
    count, papers = len(fields), len({one[0] for one in fields})
    more = f", and {plural(others, 'other answer')} that hold them too" if others else ""
    told = f"{plural(count, 'field')} of {plural(papers, 'document')} withheld{more}"
    return f"{told}; evidence root unchanged"


def plural(count: int, noun: str) -> str:
    """A number and its noun."""
    return f"{count} {noun}{'' if count == 1 else 's'}"


def check_forms(
    files: Files, rows: list[dict[str, Any]], seen: dict[str, Any], fields: set[Any],
    contacts: set[str],
) -> None:  # fmt: skip
    """Each withheld body is one of the checkout, in the form that its question allows."""
    mapped = personal_files(seen["header"]["target"])
    asked: dict[str, list[dict[str, Any]]] = {}
    for read in seen["reads"].values():
        for name in read["exchanges"]:
            digest = seen["exchanges"][name]["body_sha256"]
            if digest is not None:
                length = seen["exchanges"][name]["body_length"]
                found = read["outcome"] == "found" and read["chosen"] == name
                asked.setdefault(digest, []).append({**read, "length": length, "found": found})
    listed = {row["sha256"]: row for row in rows}
    held(set(listed) <= set(asked), "a body is called withheld on which no read rests")
    cells: set[Any] = set()
    for digest, reads in asked.items():
        paths = {
            str(one["params"]["path"]) for one in reads
            if one["found"] and (one["kind"], one["method"]) in (("file", "read"),
                                                                 ("git", "blob-at"))
            and isinstance(one["params"], dict) and is_text(one["params"].get("path"))
        } & set(mapped)  # fmt: skip
        if digest not in listed:
            held(not paths, "a personal file stands in a public form as it was read")
            continue
        row, raw = listed[digest], files[f"withheld/{digest}"]
        form, kinds = row["form"], {(one["kind"], one["method"]) for one in reads}
        held(sha256(raw) == row["redacted_sha256"],
             f"the redacted form of {digest} is not the one listed")  # fmt: skip
        held(all(kind in ("file", "git") for kind, _ in kinds),
             f"{digest} is no file of the checkout: nothing else may be withheld")  # fmt: skip
        held((form == "contacts") == bool(paths) and
             (form == "answer") == (("git", "documents-at") in kinds),
             f"{digest} is withheld as {form}, which its question does not allow")  # fmt: skip
        shown = set(TOKEN.findall(raw.decode("utf-8", "replace")))
        held(row["tokens"] == sorted(shown) and shown <= seen["tokens"],
             f"the redacted form of {digest} does not hold the tokens listed for it")  # fmt: skip
        if form == "contacts":
            cells |= contact_cells(raw, digest, paths, mapped)
        elif form == "whole":
            value = form_of(raw, digest, form)
            held(exact(value, {"schema": bool, "form": is_text, "tokens": lists(is_token)})
                 and value["tokens"] == row["tokens"] and shown,
                 f"{digest} is withheld whole, and does not say for which texts")  # fmt: skip
        elif form == "text":
            check_text(raw, digest, reads[0]["length"], shown & contacts)
        else:
            check_answer(raw, digest, set(mapped))
    held(cells == fields, "the fields that are withheld are not those listed, or not personal")


def personal_files(target: dict[str, Any]) -> dict[str, dict[str, set[str]]]:
    """File → personal part that the target gives it → fields that may be told of it."""
    found: dict[str, dict[str, set[str]]] = {}
    surfaces = target.get("surfaces") or []
    held(lists(lambda one: isinstance(one, dict) and isinstance(one.get("fields", {}), dict)
               and is_text(one.get("file")) and is_text(one.get("part")))(surfaces),
         "the target does not say which files it maps")  # fmt: skip
    for one in surfaces:
        if one["part"] in WITHHELD:
            page = one["part"] == "contact-page"
            told = {"owner", "kind", "value", "date"} if page else set(one.get("fields", ()))
            found.setdefault(one["file"], {}).setdefault(one["part"], set()).update(
                told & (WITHHELD[one["part"]] | READABLE)
            )
    return found


def form_of(raw: bytes, digest: str, form: str) -> dict[str, Any]:
    """A redacted form that is an object of its own."""
    value = parse_object(raw, "redactions", f"the redacted form of {digest}")
    check_schema(value, "privatedao-audit/withheld", "redactions")
    held(value.get("form") == form, f"the redacted form of {digest} is another than listed")
    return value


def contact_cells(
    raw: bytes, digest: str, paths: set[str], mapped: dict[str, dict[str, set[str]]]
) -> set[Any]:
    """Every withheld field of the redacted form of a personal file."""
    value = form_of(raw, digest, "contacts")
    table = {"file": is_text, "part": is_text, "rows": lists(lambda v: isinstance(v, dict))}
    held(exact(value, {"schema": bool, "form": is_text,
                       "parts": lists(lambda v: exact(v, table))}),
         f"the redacted form of {digest} is not one of a personal file")  # fmt: skip
    told = {(one["file"], one["part"]) for one in value["parts"]}
    due = {(path, part) for path in paths for part in mapped[path]}
    held(told == due and len(value["parts"]) == len(due),
         f"the redacted form of {digest} speaks of other files or parts than its own")  # fmt: skip
    cells = set()
    for one in value["parts"]:
        for number, row in enumerate(one["rows"], 1):
            held(set(row) <= mapped[one["file"]][one["part"]] and all(map(is_text, row.values())),
                 f"row {number} of the redacted form of {digest} has other fields")  # fmt: skip
            for name in set(row) & WITHHELD[one["part"]]:
                held(is_token(row[name]), f"{name} of row {number} is personal, and not withheld")
                cells.add((one["file"], one["part"], number, name, row[name]))
    return cells


def check_text(raw: bytes, digest: str, length: int, contacts: set[str]) -> None:
    """A text in which names are withheld; of one that says how to reach people nothing is shown."""
    try:
        found = TOKEN.findall(raw.decode("utf-8"))
    except UnicodeDecodeError:
        found = []
    held(found, f"{digest} is called withheld, and its redacted form withholds nothing")
    held(not contacts, f"{digest} says how to reach somebody, and its text is shown")
    held(len(raw) - len(found) * 24 <= length,
         f"the redacted form of {digest} shows more than the answer had")  # fmt: skip


def check_answer(raw: bytes, digest: str, personal: set[str]) -> None:
    """Git's answer with many texts: each that is shown is still that of its object id."""
    value = parse(raw, "redactions", f"the redacted form of {digest}")
    sound = isinstance(value, dict) and set(value) == BULK_MEMBERS
    sound = sound and is_texts(value["torn"]) and all(
        isinstance(value[one], dict) and all(map(is_text, value[one].values()))
        for one in ("files", "texts", "copies")
    )  # fmt: skip
    sound = sound and set(value["files"].values()) == set(value["texts"])
    held(sound, f"the redacted form of {digest} is no answer about documents")
    hidden = {value["copies"].get(path, path) for path in personal}
    for path, name in value["files"].items():
        text = value["texts"][name]
        if text == GONE:
            continue
        held(path not in hidden, "a personal file stands in an answer of git")
        raws = (text.encode("utf-8"), b"\xef\xbb\xbf" + text.encode("utf-8"))
        kind = hashlib.sha256 if len(name) == 64 else hashlib.sha1
        own = any(kind(b"blob %d\0" % len(one) + one).hexdigest() == name for one in raws)
        held(own or TOKEN.search(text) or path in value["torn"],
             f"the text of {path[:100]!a} is not that of its git object")  # fmt: skip
    withholds = TOKEN.search(raw.decode("utf-8")) or GONE in value["texts"].values()
    held(withholds, f"{digest} is called withheld, and its redacted form withholds nothing")


# The findings


def take(value: Any, *path: str, kind: Any, stage: str = "findings") -> Any:
    """A member of the findings, of exactly this type (or one of these types)."""
    for step in path:
        need(isinstance(value, dict) and step in value, stage,
             f"findings.json does not have {'.'.join(path)}")  # fmt: skip
        value = value[step]
    kinds = kind if isinstance(kind, tuple) else (kind,)
    need(type(value) in kinds, stage, f"findings.json: {'.'.join(path)} is of another type")
    return value


Null = type(None)


def check_findings(files: Files, manifest: dict[str, Any], seen: dict[str, Any]) -> dict[str, Any]:
    """findings.json, once it follows from catalogue, target and records."""
    found = parse_object(files["findings.json"], "findings", "findings.json")
    check_schema(found, "privatedao-audit/findings", "findings")
    controls = take(found, "controls", kind=list)
    for row in controls:
        check_shape(row)
    check_heads(found)
    check_method(files, manifest, seen, found)
    header = seen["header"]
    need(found["evidence_root"] == seen["root"], "findings", "another evidence root")
    need(found["run"]["recorded_at"] == header["sealed_at"], "findings",
         "findings.json names another time than its recording")  # fmt: skip
    need(canonical(found["run"]["slot_window"]) == canonical(seen["window"]), "findings",
         "findings.json names other slots than its recording")  # fmt: skip
    known = catalogue(files["catalogue.toml"])
    need([row["id"] for row in known] == [row["id"] for row in controls], "findings",
         "findings.json does not hold every control of its catalogue once, in order")  # fmt: skip
    for rule, row in zip(known, controls, strict=True):
        check_control(rule, row, seen["reads"], seen["tokens"])
        check_texts(rule, row, found["target"]["name"])
        check_position(row, seen["reads"])
        if row["waiver"] is not None:
            check_recorded_waiver(row, files, seen)
    check_canaries(found)
    check_verdict(found)
    check_waivers(found)
    if found["method"]["kit_version"] == KIT_VERSION:
        check_own(known, found, files, seen)
    return found


def check_texts(rule: dict[str, Any], row: dict[str, Any], target: str) -> None:
    """A finding carries the words of its control, and the values of its parts."""
    due = {
        "invalidated_by": rule.get("invalidated_by", []), "frameworks": rule.get("frameworks", []),
        "remediation": rule.get("remediation"),
        "recheck": str(rule.get("recheck")).replace("TARGET", target),
        "age_limit_seconds": seconds(rule.get("age_limit")),
    }  # fmt: skip
    for member in ("observed", "expected"):
        values = {part["label"]: part.get(member) for part in row["parts"]}
        due[member] = {key: one for key, one in values.items() if one is not None} or None
    for member, one in due.items():
        need(member in row and canonical(row[member]) == canonical(one), "findings",
             f"{row['id']}: its {member} does not follow from its control and parts")  # fmt: skip


def seconds(text: Any) -> int | None:
    """An age of the catalogue, such as 24h or 90d, in seconds; None where nothing ages."""
    found = re.fullmatch(r"([1-9][0-9]{0,5})([hd])", text, re.ASCII) if is_text(text) else None
    return int(found[1]) * (3600 if found[2] == "h" else 86_400) if found else None


def check_position(row: dict[str, Any], reads: dict[str, Any]) -> None:
    """A finding was read where one of its reads was, and by none but its providers."""
    at = row["read_at"]
    if at is None:
        return
    used = [reads[one] for one in row["evidence"]]
    slot, providers = at.get("slot"), at.get("providers")
    sound = slot is None or (type(slot) is int and slot in [one["slot"] for one in used])
    sound = sound and at.get("commitment") in [one["commitment"] for one in used]
    sound = sound and isinstance(providers, list)
    sound = sound and all(any(one in read["providers"] for read in used) for one in providers)
    need(sound, "findings", f"{row['id']}: it was read at another place than its evidence")


def body_of(name: str, files: Files, seen: dict[str, Any]) -> bytes | None:
    """The body on which a read stands; None where it was not found."""
    read = seen["reads"].get(name)
    if read is None or read["outcome"] != "found":
        return None
    digest = seen["exchanges"][read["chosen"]]["body_sha256"]
    return files.get(f"blobs/{digest}", files.get(f"withheld/{digest}"))


def check_recorded_waiver(row: dict[str, Any], files: Files, seen: dict[str, Any]) -> None:
    """A waiver ends on a day within a year, and its file says so in the records."""
    name, given = row["id"], row["waiver"]
    words = ("file", "owner", "reason", "expires", "compensating_control")
    sound = all(is_text(given.get(one)) and given[one].strip() for one in words)
    need(sound, "findings", f"{name}: its waiver lacks one of its words")
    sealed = datetime.fromisoformat(seen["header"]["sealed_at"]).date()
    try:
        ends = date.fromisoformat(given["expires"])
    except ValueError:
        ends = date.min
    sound = ends.isoformat() == given["expires"]
    need(sound and sealed < ends <= sealed + timedelta(days=366), "findings",
         f"{name}: its waiver had ended, or never ends")  # fmt: skip
    bodies = [body_of(one, files, seen) for one in given["evidence"]]
    need(None not in bodies, "findings", f"{name}: its waiver is in no record that was found")
    said = b"\n".join(one for one in bodies if one is not None)
    for word in (name, given["expires"], row["observed_sha256"]):
        need(word.encode("utf-8", "replace") in said, "findings",
             f"{name}: the recorded file of its waiver does not say {word[:70]!a}")  # fmt: skip


def check_waivers(found: dict[str, Any]) -> None:
    """The list of waivers tells of all that are in force, and of no other."""
    rows: Any = found.get("waivers")
    stage = "findings"
    sound = isinstance(rows, list) and all(
        isinstance(row, dict) and set(row) == {"control", "state", "text"}
        and all(map(is_text, row.values())) for row in rows
    )  # fmt: skip
    need(sound and isinstance(rows, list), stage, "it does not say how its waivers stand")
    due = []
    for row in found["controls"]:
        if row["status"] == "WAIVED":
            given = row["waiver"]
            due.append((row["id"], f"{given['owner']} accepts {given['underneath']} of {row['id']} "
                                   f"until {given['expires']}: {given['reason']}"))  # fmt: skip
    stated = [(row["control"], row["text"]) for row in rows if row["state"] == "in force"]
    need(stated == due, stage, "its waivers in force are not those of its controls")
    rest = [row for row in rows if row["state"] != "in force"]
    need(all(row["state"] == "refused" and row["text"].strip() for row in rest), stage,
         "it lists a waiver that is neither in force nor refused")  # fmt: skip


def check_own(
    known: list[dict[str, Any]], found: dict[str, Any], files: Files, seen: dict[str, Any]
) -> None:
    """What only the version that judged can know: catalogue, boundary, what the run covered."""
    told = []
    for rule in known:
        blocks = "B" if rule["blocking"] is True else "-"
        told.append(f"{rule['id']}:{rule['class']}:{blocks}:{rule['floor']}")
        sound = rule.get("waivable", True) is (rule["id"] not in NEVER_WAIVED)
        sound = sound and bool(rule.get("na")) is (rule["id"] in NA_LEGAL)
        need(sound, "method", f"the catalogue is not that of version {KIT_VERSION}")
    need(told == CONTROLS.split(), "method", f"the catalogue is not that of version {KIT_VERSION}")
    by_id = {row["id"]: row for row in found["controls"]}
    cluster = found["target"]["cluster"]
    lines = [boundary_line(line, by_id, cluster) for line in BOUNDARY]
    need("boundary" in found and canonical(found["boundary"]) == canonical(lines), "findings",
         "its boundary does not follow from its controls")  # fmt: skip
    question = {"kind": "run", "method": "scope", "params": None, "probe": None}
    body = body_of("r-" + sha256(canonical(question))[:16], files, seen)
    scope = parse(body or b"", "findings", "what the run covers")
    try:
        due = [{"label": one["label"], "host": one["host"]} for one in scope["providers"]]
        domains = scope["domains"]
    except (KeyError, TypeError):
        raise Refused("findings", "the recording does not say what it covers") from None
    stated = [found["run"].get("providers"), found["run"]["domains"], found["run"].get("cluster")]
    need(canonical(stated) == canonical([due, domains, cluster]), "findings",
         "it names other providers or domains than the recording covers")  # fmt: skip
    check_doubts(found, due, scope)


def check_doubts(found: dict[str, Any], providers: list[Any], scope: dict[str, Any]) -> None:
    """The doubts that providers, cluster and findings alone give are told."""
    due = {
        "no-provider": not providers, "one-provider": len(providers) == 1,
        "one-host": len(providers) > 1 and len({str(one["host"]) for one in providers}) == 1,
        "carried": scope.get("continues") is not None,
        "not-mainnet": found["target"]["cluster"] != "mainnet-beta",
        "no-checkout": scope.get("checkout") is not True,
        "limit-loosened": bool(found["method"].get("limits_loosened")),
    }  # fmt: skip
    rows = found.get("self_doubt")
    need(isinstance(rows, list), "findings", "it does not tell why it could be wrong")
    told = {str(row.get("id")) for row in rows or () if isinstance(row, dict)}
    for name, applies in due.items():
        need(not applies or name in told, "findings", f"a reason for doubt is not told: {name}")


def boundary_line(line: Any, by_id: dict[str, Any], cluster: str) -> dict[str, Any]:
    """One line of the boundary, from the findings of its controls."""
    name, kind, title, only, controls = line
    rows = [by_id[one] for one in controls.split()]
    under = {row["id"]: (row["waiver"] or {}).get("underneath", row["status"]) for row in rows}
    against = [row for row in rows if under[row["id"]] in ("FAIL", "DIVERGED")]
    open_ones = [row for row in rows if row["status"] in
                 ("UNKNOWN", "MISSING", "STALE", "WAIVED")]  # fmt: skip
    attested = [row for row in rows if row["status"] == "ATTESTED"]
    papers = [row for row in rows if row["class"] not in ("C", "C+A")]
    state, deciding, lead = next(
        one for one in (
            ("contradicted", against, ""), ("open", open_ones, ""),
            ("only claimed", attested, "Only people or documents say so: "),
            ("artefact checked", papers, "Files were checked, which no chain can replace: "),
            ("proven on chain", rows, "Measured on chain: "),
        ) if one[1]
    )  # fmt: skip
    named = [
        f"{row['id']} is {row['status']}" + (f" over {under[row['id']]}" if row["waiver"] else "")
        for row in deciding
    ]
    more = f", and {len(named) - 4} more" if len(named) > 4 else ""
    why = f"{lead}{', '.join(named[:4])}{more}."
    if only not in (None, cluster) and state != "contradicted":
        state, why = "open", f"Nothing was read on {only}: the cluster of this run is {cluster}."
    return {
        "id": name, "kind": kind, "title": title, "state": state, "why": why,
        "controls": [{"id": row["id"], "status": row["status"]} for row in rows],
    }  # fmt: skip


def check_heads(found: dict[str, Any]) -> None:
    """Types of the members outside the controls."""
    for path in ("method.kit_version", "method.catalogue", "method.target", "target.name",
                 "target.title", "target.cluster", "target.protocol", "run.recorded_at",
                 "verdict.word", "verdict.reason", "evidence_root"):  # fmt: skip
        take(found, *path.split("."), kind=str)
    take(found, "method", "lock", kind=(str, Null))
    take(found, "target", "genesis_hash", kind=(str, Null))
    need(is_texts(take(found, "target", "program_ids", kind=list)), "findings", "program_ids")
    need(is_texts(take(found, "run", "domains", kind=list)), "findings", "domains")
    take(found, "run", "slot_window", kind=(list, Null))
    counts = take(found, "verdict", "counts", kind=dict)
    need(all(type(n) is int for n in counts.values()), "findings", "a count is no number")
    take(found, "verdict", "total", kind=int)
    for one in take(found, "canaries", kind=dict).values():
        take(one, "caught", kind=int)
        take(one, "of", kind=int)
    for row in take(found, "verdict", "blocking", kind=list):
        take(row, "id", kind=str)
        take(row, "status", kind=str)


def check_shape(row: Any) -> None:
    """Types of the members of one finding."""
    for name in ("id", "status", "summary"):
        take(row, name, kind=str)
    take(row, "observed_sha256", kind=str)
    waiver = take(row, "waiver", kind=(dict, Null))
    if waiver is not None:
        take(waiver, "underneath", kind=str)
        take(waiver, "expires", kind=str)
        need(is_texts(take(waiver, "evidence", kind=list)), "findings", "a waiver's evidence")
    for part in take(row, "parts", kind=list):
        take(part, "label", kind=str)
        take(part, "summary", kind=str)
        need("observed" in part, "findings", "a part without observed")
        need("expected" in part, "findings", "a part without expected")
    for part in [row, *row["parts"]]:
        take(part, "status", kind=str)
        need(is_texts(take(part, "evidence", kind=list)), "findings", "an evidence id is no text")
    if take(row, "read_at", kind=(dict, Null)) is not None:
        take(row, "read_at", "recorded_at", kind=(str, Null))
    take(row, "age_limit_seconds", kind=(int, Null))


def check_method(
    files: Files, manifest: dict[str, Any], seen: dict[str, Any], found: dict[str, Any]
) -> None:
    """Version, catalogue, lock and target must be those that the findings name."""
    stage, method, header = "method", found["method"], seen["header"]
    need(method["kit_version"] == manifest["kit_version"], stage, "two versions are named")
    need(sha256(files["catalogue.toml"]) == method["catalogue"], stage,
         "catalogue.toml is not the catalogue that findings.json names")  # fmt: skip
    lock = files.get("requirements.lock")
    need((None if lock is None else sha256(lock)) == method["lock"], stage,
         "requirements.lock is not the lock that findings.json names")  # fmt: skip
    if method["kit_version"] == KIT_VERSION:
        need(files["verify_bundle.py"] == Path(__file__).read_bytes(), stage,
             "the verify_bundle.py in the bundle is not this one: do not run it")  # fmt: skip
    target = parse_object(files["target.json"], stage, "target.json")
    need(canonical(target) == canonical(header["target"]), stage, "another target was recorded")
    need(method["target"] == header["target_sha256"], stage, "another target was judged")
    cluster: Any = target.get("cluster")
    programs: Any = target.get("programs")
    need(isinstance(cluster, dict) and isinstance(programs, list), stage, "target.json is none")
    need(all(isinstance(one, dict) for one in programs), stage, "target.json is none")
    due = {
        "name": target.get("name"), "title": target.get("title"),
        "protocol": target.get("protocol"), "cluster": cluster.get("name"),
        "genesis_hash": cluster.get("genesis_hash"),
        "program_ids": [one.get("id") for one in programs],
    }  # fmt: skip
    stated = {key: found["target"].get(key) for key in due}
    need(canonical(stated) == canonical(due) and due["name"] == manifest["target"], stage,
         "findings.json describes another target than target.json")  # fmt: skip
    if "target.toml" in files and method["kit_version"] == KIT_VERSION:
        try:
            profile = tomllib.loads(files["target.toml"].decode("utf-8"))
        except (ValueError, RecursionError):
            profile = {}
        need(means(profile, target, False), stage,
             "target.toml is not the profile that target.json resolves")  # fmt: skip


#: Values that a profile may state and that target.json leaves out, because they are defaults.
DEFAULTS = {"kind": "squads-v4", "vault_index": 0, "state": "current"}
#: Tables of numbers whose defaults are the package's; of these it is compared what differs.
NUMBERS = {"limits", "detectors", "alerting", "readiness"}


def means(told: Any, meant: Any, loose: bool) -> bool:
    """Whether a member of the profile resolves to this one of target.json."""
    if isinstance(told, dict) and isinstance(meant, dict):
        for key, value in told.items():
            if key in meant:
                sound = means(value, meant[key], loose or key in NUMBERS)
            elif key in DEFAULTS:
                sound = type(value) is type(DEFAULTS[key]) and value == DEFAULTS[key]
            else:
                sound = loose or value in ({}, []) or key in NUMBERS or key == "recording"
            if not sound:
                return False
        return set(meant) <= set(told)
    if isinstance(told, list) and isinstance(meant, list):
        pairs = zip(told, meant, strict=False)
        return len(told) == len(meant) and all(means(a, b, loose) for a, b in pairs)
    if isinstance(told, date):
        return bool(told.isoformat() == meant)
    return type(told) is type(meant) and bool(told == meant)


def catalogue(raw: bytes) -> list[dict[str, Any]]:
    """The controls of the catalogue, in order."""
    try:
        rows = tomllib.loads(raw.decode("utf-8")).get("control")
    except (ValueError, RecursionError):
        rows = None
    members = ("id", "domain", "title", "requirement", "class", "blocking", "floor", "severity")
    sound = isinstance(rows, list) and rows and all(
        isinstance(row, dict) and all(one in row for one in members) for row in rows
    )  # fmt: skip
    need(sound, "method", "catalogue.toml is no catalogue")
    return rows  # type: ignore[return-value]


def check_waiver(
    rule: dict[str, Any], row: dict[str, Any], worst: str, statuses: set[str], reads: dict[str, Any]
) -> None:
    """A waiver hides no doubt, and is of a control that is not met and can be waived."""
    name, stage, waiver = row["id"], "findings", row["waiver"]
    need(waiver is not None and waiver["underneath"] == worst, stage,
         f"{name} is WAIVED, and its waiver is not laid over {worst}")  # fmt: skip
    hidden = statuses & {"UNKNOWN", "DIVERGED"}
    met = worst in ("PASS", "N/A") or (worst == "ATTESTED" and rule["floor"] == "ATTESTED")
    need(not hidden and not met, stage, f"{name} can't be WAIVED")
    need(waiver["evidence"] and all(one in reads for one in waiver["evidence"]), stage,
         f"{name}: its waiver is in no record")  # fmt: skip


def check_canaries(found: dict[str, Any]) -> None:
    """Every control with parts had canaries, and they were caught unless the run is INVALID."""
    if found["verdict"]["word"] == "INVALID":
        return
    names = {row["id"] for row in found["controls"]}
    for name, one in found["canaries"].items():
        need(name in names, "findings", f"a canary of {name[:20]!a}, which is no control")
        need(0 < one["of"] == one["caught"], "findings",
             f"{name[:20]!a}: its check let a canary through, and it is not INVALID")  # fmt: skip
    for row in found["controls"]:
        need(not row["parts"] or row["id"] in found["canaries"], "findings",
             f"{row['id']}: its check was not shown to fail on anything")  # fmt: skip


def bound(part: dict[str, Any]) -> list[Any]:
    """What a waiver binds to of one part; ages are not in it."""
    seen = [part["label"], part["status"], part["observed"]]
    if part["status"] in ("PASS", "N/A"):
        return seen
    return [*seen, part["expected"], AGES.sub("", part["summary"])]


def check_control(
    rule: dict[str, Any], row: dict[str, Any], reads: dict[str, Any], tokens: set[str]
) -> None:
    """One finding against its control and against the records; tokens: of withheld texts."""
    name, stage = row["id"], "findings"
    for member in ("domain", "title", "requirement", "class", "blocking", "floor", "severity"):
        same = type(row.get(member)) is type(rule[member]) and row[member] == rule[member]
        need(same, stage, f"{name}: its {member} is not that of the catalogue")
    statuses = [part["status"] for part in row["parts"]]
    for status in statuses:
        need(status in PRECEDENCE, stage, f"{name}: {status[:20]!a} is no status it can have")
        need(status != "N/A" or rule.get("na"), stage, f"{name}: N/A is not legal here")
        attested = status == "ATTESTED" and rule["class"] == "C" and rule["floor"] == "PASS"
        need(not attested, stage, f"{name}: a document can't satisfy a control of class C")
    worst = min(statuses, key=PRECEDENCE.index, default="UNKNOWN")
    seen = [bound(part) for part in row["parts"]]
    # With a token in it the hash is of words that a reader does not have: it stays as it was.
    hidden = bool(tokens and tokens & set(TOKEN.findall(json.dumps(row["parts"]))))
    due = row["observed_sha256"] if hidden else sha256(canonical(seen))
    need(is_hash(row["observed_sha256"]) and row["observed_sha256"] == due, stage,
         f"{name}: its observed_sha256 is not that of its parts")  # fmt: skip
    if row["status"] == "WAIVED":
        need(rule.get("waivable", True), stage, f"{name} can't be WAIVED")
        check_waiver(rule, row, worst, {worst, *statuses}, reads)
    else:
        need(row["waiver"] is None, stage, f"{name} carries a waiver and is not WAIVED")
        need(row["status"] == worst, stage,
             f"{name}: {row['status'][:20]!a} is not the worst of its parts")  # fmt: skip
    parts = {one for part in row["parts"] for one in part["evidence"]}
    need(set(row["evidence"]) == parts, stage, f"{name}: its evidence is not that of its parts")
    for one in row["evidence"]:
        need(one in reads, stage, f"{name}: its evidence {one[:40]!a} is in no record")
    for part in row["parts"]:
        answered = any(reads[one]["outcome"] in ("found", "absent") for one in part["evidence"])
        need(answered or part["status"] not in CLAIMS, stage,
             f"{name}: {part['status']} rests on no read that was answered")  # fmt: skip
    need((row["read_at"] is None) == (not row["evidence"]), stage,
         f"{name}: it says when it was read and names no read, or the reverse")  # fmt: skip
    if row["read_at"] is not None:
        times = {reads[one]["asked_at"] for one in row["evidence"]}
        need(row["read_at"]["recorded_at"] in times, stage,
             f"{name}: it was read at none of the times of its evidence")  # fmt: skip


def meets(row: dict[str, Any]) -> bool:
    """Whether READY accepts the status of a control."""
    return row["status"] in ("PASS", "N/A") or (
        row["status"] == "ATTESTED" and row["floor"] == "ATTESTED"
    )


def check_verdict(found: dict[str, Any]) -> None:
    """Word, counts and open items must follow from the controls."""
    rows, verdict, stage = found["controls"], found["verdict"], "findings"
    counts = Counter(row["status"] for row in rows)
    need(verdict["counts"] == {one: counts[one] for one in STATUSES}, stage,
         "the counts are not those of the controls")  # fmt: skip
    need(verdict["total"] == len(rows), stage, "the total is not the number of controls")
    unmet = [row for row in rows if row["blocking"] and not meets(row)]
    due = verdict_of(rows)
    need(verdict["word"] in (due, "INVALID"), stage,
         f"it says {verdict['word'][:20]!a}, and its controls come to {due}")  # fmt: skip
    listed = sorted((row["id"], row["status"]) for row in verdict["blocking"])
    need(listed == sorted((row["id"], row["status"]) for row in unmet), stage,
         "the controls that keep it from READY are not those listed")  # fmt: skip


def verdict_of(rows: list[dict[str, Any]]) -> str:
    """The word that controls come to, in a run whose own checks held."""
    blocking = [row for row in rows if row["blocking"]]
    open_ones = {row["status"] for row in blocking if not meets(row)}
    if open_ones - {"UNKNOWN", "WAIVED"}:
        return "NOT READY"
    if "UNKNOWN" in open_ones or not blocking:
        return "INCONCLUSIVE"
    return "CONDITIONAL" if open_ones else "READY"


# Facts, notebooks, pages and PDFs


def check_facts(files: Files) -> None:
    """facts.json is sound, and the tables are those that it names."""
    stated = parse_object(files["facts.json"], "findings", "facts.json").get("tables", {})
    need(isinstance(stated, dict), "findings", "facts.json does not name its tables")
    tables = {name for name in files if name.startswith("tables/") or name == "claims.csv"}
    named = {name for name in stated if name.startswith("tables/") or name == "claims.csv"}
    need(tables == named, "findings", "the tables are not those that facts.json names")
    for name, one in stated.items():
        digest = one.get("sha256") if isinstance(one, dict) else None
        known = name in OPTIONAL or FAMILY.fullmatch(name)
        need(known and name in files and digest == sha256(files[name]), "findings",
             f"{name[:100]!a} is not the table that facts.json names")  # fmt: skip


def check_notebooks(files: Files, found: dict[str, Any]) -> int:
    """Each notebook must carry the findings of one domain, unchanged; returns how many do."""
    count = 0
    for name, raw in files.items():
        if name.startswith("notebooks/") and found["verdict"]["word"] != "INVALID":
            compare("notebooks", name, carried(name, raw), found["controls"])
            count += 1
    return count


def carried(name: str, raw: bytes) -> list[tuple[Any, str]]:
    """Id and text of every finding that a notebook carries."""
    rows = []
    try:
        text = raw.decode("utf-8")
        book = json.loads(text, object_pairs_hook=unique, parse_constant=refuse_number)
        for cell in book["cells"]:
            for output in cell.get("outputs", []):
                if FINDING_MIME in output.get("data", {}):
                    one = output["data"][FINDING_MIME]
                    rows.append((one["id"], json.dumps(one, sort_keys=True)))
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        raise Refused("notebooks", f"{name} is not a notebook of the kit") from None
    return rows


def compare(stage: str, name: str, shown: list[Any], controls: list[dict[str, Any]]) -> None:
    """What is shown must be the findings of one domain, each once."""
    domain = {row["id"]: row["domain"] for row in controls}
    names = [one[0] for one in shown]
    need(all(isinstance(one, str) and one in domain for one in names), stage,
         f"{name} shows a finding that findings.json does not have")  # fmt: skip
    domains = {domain[one] for one in names}
    need(len(domains) == 1, stage, f"{name} does not show the findings of one domain")
    rows = [row for row in controls if row["domain"] in domains]
    due = sorted((row["id"], json.dumps(row, sort_keys=True)) for row in rows)
    need(sorted(shown) == due, stage, f"{name} shows other findings than findings.json")


def page_rows(text: str) -> list[tuple[str, str, str]]:
    """Id, status and domain of every finding of a page, read off its tags."""
    rows = []
    for piece in text.split("<")[1:]:
        tag = piece.partition(">")[0]
        if "data-status=" in tag:
            at = dict(re.findall(r'\s([a-z-]+)="([^"]*)"', tag))
            if "finding" in at.get("class", "").split():
                rows.append(
                    (at.get("id", ""), at.get("data-status", ""), at.get("data-domain", ""))
                )
    return rows


def check_documents(files: Files, found: dict[str, Any]) -> None:
    """Pages say what the findings say; PDFs carry the same findings.json.

    Of pages of another version the words are not known: statuses and root are compared.
    """
    for name, raw in files.items():
        if name.endswith(".pdf"):
            check_pdf(name, raw, files["findings.json"])
        elif name.endswith(".html"):
            check_page(name, raw, files, found)


def check_page(name: str, raw: bytes, files: Files, found: dict[str, Any]) -> None:
    """One page against the findings."""
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError:
        raise Refused("views", f"{name} is not a page of the kit") from None
    roots = re.findall(r'<code id="root"[^<>]*>([^<>]*)</code>', text)
    need(roots == [found["evidence_root"]], "views", f"{name} prints another evidence root")
    seen = page_rows(text)
    rows = [(row["id"], row["status"], row["domain"]) for row in found["controls"]]
    if name != "report.html":
        shown = {one[0] for one in seen}
        domains = {row[2] for row in rows if row[0] in shown}
        need(len(domains) == 1, "views", f"{name} is not the document of one domain")
        rows = [row for row in rows if row[2] in domains]
    need(sorted(seen) == sorted(rows), "views", f"{name} shows other statuses")
    if found["method"]["kit_version"] == KIT_VERSION:
        try:
            check_words_of(name, text, files, found)
        except (LookupError, TypeError, ValueError, AttributeError, ArithmeticError) as error:
            why = f"{name}: the findings can't be shown as a page ({type(error).__name__})"
            raise Refused("views", why) from None


def check_pdf(name: str, raw: bytes, findings: bytes) -> None:
    """A PDF carries findings.json as its one embedded file, compressed."""
    places = [match.end() for match in re.finditer(rb"/Type ?/EmbeddedFile\b", raw)]
    need(raw.startswith(b"%PDF-") and len(places) == 1, "views", f"{name} carries no findings")
    head = re.match(rb"[^\n]{0,1000}?>>\r?\nstream\r?\n", raw[places[0] :], re.DOTALL)
    data = b""
    if head is not None:
        try:
            start = places[0] + head.end()
            data = zlib.decompressobj().decompress(raw[start:], len(findings) + 1)
        except zlib.error:
            data = b""
    need(data == findings, "views", f"{name} carries another findings.json")


# The words of a page, written again from the findings: everything but chapters, crosswalk and
# register, of which only the verdicts are known here

#: Status → glyph, name of its colour, whether its badge is filled; in the order of reading.
MARKS = {
    "FAIL": ("✗", "fail", True), "DIVERGED": ("≠", "diverged", True),
    "STALE": ("◷", "stale", True), "MISSING": ("∅", "missing", True),
    "UNKNOWN": ("?", "unknown", True), "WAIVED": ("⚑", "waived", False),
    "ATTESTED": ("✎", "attested", False), "PASS": ("✓", "pass", True), "N/A": ("—", "na", False),
}  # fmt: skip
ORDER = list(MARKS)
#: Domain → title, notebook.
DOMAINS = {
    "release": ("Release control", "01_release_control"),
    "custody": ("Key custody", "02_key_custody"),
    "rpc": ("RPC and network resilience", "03_rpc_resilience"),
    "monitoring": ("Monitoring and alerting", "04_monitoring"),
    "treasury": ("Treasury protection", "05_treasury_protection"),
    "incident": ("Incident response", "06_incident_response"),
    "gate": ("Readiness gate and honest boundary", "07_readiness_gate"),
}
#: SHA-256 of the styles and of the script of this version's pages, base64 as browsers want it.
STYLE = "0dXNYwSbrXb9QoKKXREb0qpgVjModbSSiaE/fENLWgc="
SCRIPT = "1ti5vI22bF31wUmh+5dtDcmL2KvFlTTOg5JL+ZoujEo="
POLICY = (
    f"default-src 'none'; img-src data:; font-src data:; style-src 'sha256-{STYLE}'; "
    f"script-src 'sha256-{SCRIPT}'; base-uri 'none'; form-action 'none'"
)
WORDS = r"(?:PASS|FAIL|DIVERGED|STALE|MISSING|UNKNOWN|ATTESTED|N/A|WAIVED|READY)\b"
WORN = re.compile(rf"[✓✗◷∅✎⚑✔✘☑☒✅❌](?= *(?i:{WORDS}))|[?—≠❓](?= *{WORDS})")
LONG_KEY = re.compile(
    r"(?<![0-9A-Za-z])([1-9A-HJ-NP-Za-km-z]{32,90}|[0-9a-f]{40,128})(?![0-9A-Za-z])"
)
BLANK = {0x034F, 0x115F, 0x1160, 0x17B4, 0x17B5, 0x2800, 0x3164, 0xFFA0, *range(0x180B, 0x1810),
         *range(0xFE00, 0xFE10), *range(0xE0000, 0xE1000)}  # fmt: skip
HIDDEN = {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp", "Zs"}
OPTION_WORD = re.compile(r"(?<=\s)(--?[A-Za-z][\w-]*)")


def safe(text: str) -> str:
    """Text as it stands in markup."""
    for plain, written in (("&", "&amp;"), (">", "&gt;"), ("<", "&lt;"), ("'", "&#39;"),
                           ('"', "&#34;")):  # fmt: skip
        text = text.replace(plain, written)
    return text


def bare(text: str) -> str:
    """Foreign text: cut, nothing in it invisible, and no glyph that would read as a status."""
    if len(text) > 4_000:
        digest = sha256(text.encode("utf-8", "surrogatepass"))[:16]
        text = (f"{text[:4_000]}… [{len(text):,} characters, SHA-256 {digest}…; the whole is in "
                "findings.json]")  # fmt: skip
    out, marks = [], 0
    for one in text:
        if " " <= one <= "~":
            marks = 0
            out.append(one)
            continue
        kind = unicodedata.category(one)
        marks = marks + 1 if kind in ("Mn", "Me") else 0
        hidden = kind in HIDDEN or ord(one) in BLANK or marks > 3
        out.append(f"<U+{ord(one):04X}>" if hidden else one)
    return WORN.sub(lambda m: f"<U+{ord(m[0]):04X}>", "".join(out))


def say(value: Any) -> str:
    """A value of the findings in markup."""
    return safe(bare(value)) if isinstance(value, str) else safe(str(value))


def keyed(text: str) -> str:
    """Markup of a text whose keys are set as code."""
    rows = enumerate(LONG_KEY.split(text))
    return "".join(f"<code>{safe(one)}</code>" if n % 2 else safe(one) for n, one in rows)


def prose(value: Any) -> str:
    """A sentence with its code and keys."""
    pieces = bare(str(value)).split("`")
    if len(pieces) % 2 == 0:
        return keyed("`".join(pieces))
    rows = enumerate(pieces)
    return "".join(f"<code>{safe(one)}</code>" if n % 2 else keyed(one) for n, one in rows)


def command(line: Any) -> str:
    """A command line, its options in one piece."""
    rows = enumerate(OPTION_WORD.split(bare(str(line))))
    return "".join(f'<span class="option">{safe(x)}</span>' if n % 2 else safe(x) for n, x in rows)


def utc(moment: str) -> str:
    """A time as a page writes it."""
    found = re.fullmatch(r"(\d{4}-\d\d-\d\d)T(\d\d:\d\d:\d\d)(?:\.\d+)?Z", moment)
    return say(f"{found[1]} {found[2]} UTC" if found else moment)


def lasting(limit: int) -> str:
    """Seconds as a page writes them."""
    for size, unit in ((86_400, "d"), (3_600, "h"), (60, "min")):
        if limit >= size and limit % size == 0:
            return f"{limit // size} {unit}"
    return f"{limit} s"


def glyph(status: str) -> str:
    """Glyph and word of a status."""
    return f'<span class="glyph" aria-hidden="true">{MARKS[status][0]}</span> {status}'


def marked(status: str) -> str:
    """A status in a line."""
    return f'<span class="mark">{glyph(status)}</span>'


def badge(status: str) -> str:
    """The badge of a status."""
    _, slug, solid = MARKS[status]
    return f'<span class="badge s-{slug}{"" if solid else " outlined"}">{glyph(status)}</span>'


def unasked(row: dict[str, Any]) -> bool:
    """Whether nobody looked, so that a control has a row and no card."""
    said = str(row["summary"]).casefold().rstrip(".") == "not evaluated by this version"
    return row["status"] == "UNKNOWN" and said and not row["parts"] and not row["evidence"]


def ordered(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Findings as they are read, worst first."""
    grave = ["critical", "high", "medium", "low"]
    return sorted(rows, key=lambda r: (ORDER.index(r["status"]), not r["blocking"],
                                       grave.index(r["severity"])))  # fmt: skip


def page_head(found: dict[str, Any], only: str | None) -> tuple[str, str]:
    """What stands before and after the styles of a page."""
    title = f"{found['target']['title'] or found['target']['name']}: readiness evidence"
    title += f", {DOMAINS[only][0]}" if only else ""
    return (
        '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n<meta http-equiv='
        f'"Content-Security-Policy" content="{safe(POLICY)}">\n<meta name="viewport" content='
        '"width=device-width, initial-scale=1">\n<meta name="referrer" content="no-referrer">\n'
        f"<title>{say(title)}</title>\n<style>"
    ), "</style>\n</head>"


def page_front(
    found: dict[str, Any], rows: list[dict[str, Any]], only: str | None, form: dict[str, Any] | None
) -> str:
    """The front page: what was audited, why it could be wrong, the verdict, what does not hold."""
    run, target, verdict = found["run"], found["target"], found["verdict"]
    name, root = say(target["title"] or target["name"]), found["evidence_root"]
    slots = "nothing was read from the chain"
    if run["slot_window"]:
        first, last = run["slot_window"]
        slots = f"<code>{say(first)}</code>" + (f" to <code>{say(last)}</code>"
                                                if first != last else "")  # fmt: skip
    hosts = ", ".join(f'{say(one["label"])} <code class="dim">{say(one["host"])}</code>'
                      for one in run["providers"])  # fmt: skip
    ids = target["program_ids"]
    programs = " ".join(f"<code data-copy>{say(one)}</code>" for one in ids)
    genesis = run.get("genesis_hash")
    checkout, at = "none was given", run.get("repository")
    if at:
        dirty = ", with uncommitted changes" if at["dirty"] else ""
        checkout = f"<code data-copy>{say(at['commit'])}</code>{dirty}"
    entries = [
        ("", "Cluster", "", say(run["cluster"])), ("", "Recorded", "", utc(run["recorded_at"])),
        ("", "Slots", ' id="slots"', slots), ("", "Providers", "", hosts or "none"),
        (WIDE, "Program" + ("s" if len(ids) > 1 else ""), "", programs or "none named"),
        (WIDE, "Genesis hash", "",
         f"<code data-copy>{say(genesis)}</code>" if genesis else "not read"),
        (WIDE, "Checkout", "", checkout),
    ]  # fmt: skip
    if form:
        entries.append((WIDE, "Public form", "", (
            f"{form['fields']} personal fields are withheld, and {form['documents']} answers that "
            f"hold them; made from the bundle <code data-copy>{say(form['made_from'])}</code>"
        )))  # fmt: skip
    entries.append((WIDE, "Evidence root", "", f'<code id="root" data-copy>{say(root)}</code>'))
    masthead = "".join(f"<div{wide}><dt>{what}</dt><dd{at}>{text}</dd></div>\n"
                       for wide, what, at, text in entries)  # fmt: skip
    doubts = ("<p>The rules found no reason in this recording. That is a statement about the "
              "rules, not a guarantee.</p>\n")  # fmt: skip
    if found["self_doubt"]:
        told = "".join(f"<li>{prose(one['text'])}</li>" for one in found["self_doubt"])
        doubts = f"<ol>{told}</ol>\n"
    tally = Counter(row["status"] for row in rows)
    counts = "".join(
        f'<td class="s-{MARKS[one][1]}{"" if tally[one] else " zero"}"><a href="#findings" '
        f'data-filter-status="{one}"><b>{tally[one]}</b> {marked(one)}</a></td>\n'
        for one in ORDER
    )  # fmt: skip
    of = (f"of this domain stand (the whole catalogue has {say(verdict['total'])})" if only
          else "of the catalogue stand")  # fmt: skip
    other = not only and len(rows) != verdict["total"]
    more = f' <strong class="bad">The verdict counts {say(verdict["total"])}.</strong>'
    word = say(verdict["word"].lower().replace(" ", "-"))
    return (
        '<body>\n<a class="skip" href="#findings">Skip to the findings</a>\n<p class='
        f'"running-target">{name}</p><p class="running-root">{say(root[:16])}</p>\n<div class='
        '"page">\n<header class="front" id="top">\n<p class="kind">Readiness evidence'
        f"{f' · {DOMAINS[only][0]}' if only else ''} · privatedao-audit "
        f"{say(found['method']['kit_version'])}</p>\n<h1>{name}</h1>\n<dl class=\"masthead\">\n"
        f'{masthead}</dl>\n\n<section class="doubt" id="doubt" aria-labelledby="doubt-title">\n'
        f'<h2 id="doubt-title">Why this could be wrong</h2>\n{doubts}</section>\n\n<section class='
        '"verdict" id="verdict" aria-labelledby="verdict-title">\n<h2 id="verdict-title">Verdict'
        f'{" of the whole run" if only else ""}</h2>\n<p id="word" class="word v-{word}">'
        f'{say(verdict["word"])}</p>\n<p class="reason">{prose(verdict["reason"])}</p>\n<table '
        f'class="counts"><caption>How the {len(rows)} controls {of}</caption>\n<tbody><tr>\n'
        f'{counts}</tr></tbody></table>\n<p class="denominator">{len(rows)} controls in all'
        f'{" in this domain" if only else ""}; every one has exactly one status, and none is '
        f"averaged away.{more if other else ''}</p>\n</section>\n{page_not_met(found, rows)}"
        "</header>\n\n"
    )  # fmt: skip


WIDE = ' class="wide"'


def page_not_met(found: dict[str, Any], rows: list[dict[str, Any]]) -> str:
    """What does not hold, or is not known, on the front page."""
    blocking = {one["id"] for one in found["verdict"]["blocking"]}
    grave = [row for row in ordered(rows) if row["severity"] == "critical"]
    grave = [row for row in grave if row["id"] in blocking]
    groups = []
    for status in ORDER:
        own = [f'<a href="#{row["id"]}">{row["id"]}</a> {prose(row["title"])}'
               for row in grave if row["status"] == status]  # fmt: skip
        if own:
            groups.append(f'<span class="mark s-{MARKS[status][1]}">{glyph(status)}</span> '
                          + "; ".join(own))  # fmt: skip
    lines = []
    for domain, (title, _) in DOMAINS.items():
        told = []
        for status in ORDER[:6]:
            ids = sorted(r["id"] for r in rows if (r["domain"], r["status"]) == (domain, status))
            if ids:
                links = " ".join(f'<a href="#{one}">{one}</a>' for one in ids)
                told.append(f'<span class="group-of"><span class="mark s-{MARKS[status][1]}">'
                            f"{glyph(status)}</span> {links}</span> ")  # fmt: skip
        if told:
            lines.append(f'<li><span class="of">{title}</span> {"".join(told)}</li>\n')
    if not lines:
        return ""
    lead = f"<p>Critical, and below what READY accepts: {'. '.join(groups)}.</p>\n"
    return (
        '<section class="not-met" id="not-met" aria-labelledby="not-met-title">\n<h2 id='
        f'"not-met-title">What does not hold, or is not known</h2>\n{lead if groups else ""}<ul>\n'
        f"{''.join(lines)}</ul>\n</section>\n"
    )


def page_contents(only: str | None, stems: list[str]) -> str:
    """The table of contents."""
    titles = {stem: title for title, stem in DOMAINS.values()}
    parts = [("doubt", "Why this could be wrong"), ("verdict", "Verdict"),
             ("missing", "What is missing for READY")]  # fmt: skip
    line = '<li><a href="#{}">{}</a></li>\n'
    whole = ('<li><a href="#boundary">Honest boundary</a></li>\n'
             '<li><a href="#domains">Domains</a></li>')  # fmt: skip
    chapters = "".join(f'<li class="sub"><a href="#{anchor_of(stem)}">{titles[stem]}</a></li>\n'
                       for stem in stems)  # fmt: skip
    end = [("crosswalk", "Crosswalk"), ("evidence", "Evidence register"),
           ("verify", "How to verify this yourself")]  # fmt: skip
    return (
        '<nav class="toc" aria-label="Contents"><p>Contents</p>\n<ol>\n'
        f"{''.join(line.format(*one) for one in parts)}{'' if only else whole}\n"
        f"{line.format('findings', 'Findings, worst first')}{chapters}"
        f"{''.join(line.format(*one) for one in end)}</ol></nav>\n\n<main id=\"content\">\n"
    )


def anchor_of(stem: str) -> str:
    """The id of a chapter."""
    return "chapter-" + stem.replace("_", "-")


def page_missing(found: dict[str, Any], rows: list[dict[str, Any]], only: str | None) -> str:
    """What is missing for READY."""
    by_id = {row["id"]: row for row in rows}
    listed = [(place, one, by_id[one["id"]])
              for place, one in enumerate(found["verdict"]["blocking"], 1)
              if one["id"] in by_id]  # fmt: skip
    known = [one for one in listed if not unasked(one[2])]
    rest = [one for one in listed if unasked(one[2])]
    text = ""
    if not listed:
        of = " of this domain" if only else ""
        text = f"<p>No blocking control{of} is below its floor.</p>\n"
    if known:
        text += f'<div class="scroll">{page_blocking(known[:10], by_id, False)}</div>\n'
    if known[10:]:
        text += (f'<details class="rest"><summary>The other {len(known) - 10} evaluated blocking '
                 f'controls</summary><div class="scroll">{page_blocking(known[10:], by_id, True)}'
                 "</div></details>\n")  # fmt: skip
    if rest:
        many = len(rest) > 1
        places = "".join(f'<li value="{place}"><a href="#{one["id"]}">{one["id"]}</a> '
                         f"{prose(row['title'])}</li>\n" for place, one, row in rest)  # fmt: skip
        text += (
            f'<p class="lead">{len(rest)} {"more are" if many else "more is"} {badge("UNKNOWN")} '
            f"because this version of the kit has no rule for {'them' if many else 'it'}; the "
            f'number is the place in the same order.</p>\n<ol class="places">{places}</ol>\n\n'
        )
    own = ' class="own-page"' if listed else ""
    return f'<section id="missing"{own}><h2>What is missing for READY</h2>\n{text}</section>\n\n'


def page_blocking(listed: list[Any], by_id: dict[str, Any], rest: bool) -> str:
    """A table of blocking controls."""
    lines = []
    for place, one, row in listed:
        after = ", ".join(f'<a href="#{x}">{x}</a>' if x in by_id else say(x) for x in one["after"])
        todo = f"{prose(row['remediation'] or '')} "
        todo = f'<span class="onscreen">{todo}</span>' if rest else todo
        facts = say(one["effort"]) + (f", after {after}" if one["after"] else "")
        lines.append(f'<tr><td>{place}</td><td><a href="#{row["id"]}">{row["id"]}</a> '
                     f"{prose(row['title'])}</td><td>{badge(one['status'])}</td><td>{todo}"
                     f'<span class="facts">{facts}</span></td></tr>\n')  # fmt: skip
    caption = "Blocking controls below their floor, in the order in which to settle them"
    what = "What to do"
    if rest:
        caption = (f'The other {len(listed)}, in the same order<span class="pdf">; what to do '
                   "stands in the card of each</span>")  # fmt: skip
        what = ('<span class="onscreen">What to do</span><span class="pdf">Effort, and what comes '
                "first</span>")  # fmt: skip
    return (
        f'<table class="blockers{" rest" if rest else ""}"><caption>{caption}</caption>\n'
        '<colgroup><col class="b1"><col class="b2"><col class="b3"><col class="b4"></colgroup>\n'
        '<thead><tr><th scope="col">#</th><th scope="col">Control</th><th scope="col">Status</th>'
        f'<th scope="col">{what}</th></tr></thead><tbody>\n{"".join(lines)}</tbody></table>\n'
    )


def page_tables(found: dict[str, Any], rows: list[dict[str, Any]]) -> str:
    """Boundary, waivers and domains, in the report of all domains."""
    lines = "".join(
        f'<tr><th scope="row">{say(one["id"])} {say(one["title"])} <span class="facts">'
        f"{say(one['kind'])}</span></th><td><b>{say(one['state'])}</b></td><td>"
        f"{prose(one['why'])}</td></tr>\n" for one in found["boundary"]
    )  # fmt: skip
    text = (
        '<section id="boundary"><h2>Honest boundary</h2>\n<div class="scroll"><table class='
        '"boundary"><caption>What the operations document sorts as existing or as still to come, '
        "and what each line has earned in this run</caption>\n"
        '<colgroup><col class="h1"><col class="h2"><col class="h3"></colgroup>\n'
        '<thead><tr><th scope="col">Line</th><th scope="col">Earned</th><th scope="col">Because'
        f"</th></tr></thead><tbody>\n{lines}</tbody></table></div>\n</section>\n\n"
    )
    if found["waivers"]:
        here = {row["id"] for row in rows}
        lines = "".join(
            f"<tr><td>{named(one['control'], here)}</td><td>{say(one['state'])}</td><td>"
            f"{prose(one['text'])}</td></tr>\n"
            for one in found["waivers"]
        )
        text += (
            '<section id="waivers"><h2>Waivers</h2>\n<div class="scroll"><table class="waivers">'
            "<caption>Accepted risks as the checkout states them; one that is refused changes "
            'nothing</caption>\n<thead><tr><th scope="col">Control</th><th scope="col">State</th>'
            '<th scope="col">What it says, or why it does not hold</th></tr></thead><tbody>\n'
            f"{lines}</tbody></table></div>\n</section>\n"
        )
    heads = "".join(f'<th scope="col" class="s-{MARKS[one][1]}">{marked(one)}</th>'
                    for one in ORDER)  # fmt: skip
    lines = ""
    for domain, (title, _) in DOMAINS.items():
        own = [row for row in ordered(rows) if row["domain"] == domain]
        cells = ""
        for one in ORDER:
            ids = [row["id"] for row in own if row["status"] == one]
            number = '<span class="zero">·</span>'
            if ids:
                number = (f'<a href="#{ids[0]}" data-filter-status="{one}" data-filter-domain='
                          f'"{domain}">{len(ids)}</a>')  # fmt: skip
            cells += f'<td class="s-{MARKS[one][1]}">{number}</td>'
        lines += (f'<tr><th scope="row"><a href="#findings" data-filter-domain="{domain}">{title}'
                  f'</a></th>\n{cells}<td class="all">{len(own)}</td></tr>\n')  # fmt: skip
    return text + (
        '\n<section id="domains"><h2>Domains</h2>\n<div class="scroll"><table class="domains">'
        "<caption>How many controls of each domain have each status; a number leads to the first "
        f'of them</caption>\n<colgroup><col class="d0"><col span="{len(ORDER) + 1}"></colgroup>\n'
        f'<thead><tr><th scope="col">Domain</th>{heads}<th scope="col">All</th></tr></thead>'
        f"<tbody>\n{lines}</tbody></table></div>\n</section>\n"
    )


def named(control: str, ids: set[str]) -> str:
    """A control, with a link where the page shows it."""
    return f'<a href="#{control}">{control}</a>' if control in ids else say(control or "none")


def page_findings(found: dict[str, Any], rows: list[dict[str, Any]], only: str | None) -> str:
    """The findings, worst first, and the controls that nobody looked at."""
    cards = [row for row in ordered(rows) if not unasked(row)]
    canaries = found["canaries"]
    own = [canaries[row["id"]] for row in ordered(rows) if row["id"] in canaries]
    caught = [one["of"] for one in own if one["of"] and one["caught"] == one["of"]]
    shown = (f" In this run {len(caught)} checks were shown to fail on every one of {sum(caught)} "
             "bad or unknown facts; a check that did not says so in its card.")  # fmt: skip
    tally = Counter(row["status"] for row in rows)
    options = "".join(f'<option value="{one}">{one} ({tally[one]})</option>'
                      for one in ORDER if tally[one])  # fmt: skip
    many = Counter(row["domain"] for row in rows)
    domains = "".join(f'<option value="{one}">{title} ({many[one]})</option>'
                      for one, (title, _) in DOMAINS.items() if many[one])  # fmt: skip
    select = ('<label>Domain <select name="domain"><option value="">all</option>'
              f"{domains}</select></label>")  # fmt: skip
    of = "of this domain " if only else ""
    nothing = f'<p class="nothing">No control {of}was evaluated.</p>\n'
    return (
        '<section id="findings"><h2>Findings, worst first</h2>\n<p class="lead pdf">Here long '
        "values and lists are cut, and each cut says so; of parts that need nothing done some "
        "stand by name alone. findings.json, attached to this PDF, has everything in full, with "
        "the hash by which a waiver would name a finding. Each read has its line in the "
        f'<a href="#evidence">evidence register</a>.{shown if caught else ""} The <a href='
        '"#again">commands that check again</a> stand below the cards.</p>\n<form class="filter" '
        'hidden>\n<label>Status <select name="status"><option value="">all</option>'
        f"{options}</select></label>\n{'' if only else select}\n"
        '<button type="button" data-fold="open">Open all</button> <button type="button" '
        f'data-fold="">Close all</button>\n<output aria-live="polite">{len(rows)} of {len(rows)} '
        f"shown</output>\n</form>\n{''.join(card(row, canaries.get(row['id'])) for row in cards)}"
        f"{'' if cards else nothing}{page_again(cards)}{page_unasked(rows, only)}</section>\n\n"
    )


def page_again(cards: list[dict[str, Any]]) -> str:
    """The commands that check again."""
    named: dict[str, list[str]] = {}
    for row in cards:
        if row["recheck"]:
            named.setdefault(str(row["recheck"]), []).append(row["id"])
    if not named:
        return ""
    same = 0
    for words in zip(*(line.split(" ")[:-1] for line in named), strict=False):
        if len(set(words)) > 1:
            break
        same += 1
    place = {row["id"]: list(DOMAINS).index(row["domain"]) for row in cards}
    lines = [(" ".join(line.split(" ")[same:]), sorted(ids)) for line, ids in named.items()]
    told = ""
    for line, ids in sorted(lines, key=lambda one: (place[one[1][0]], one[1])):
        links = " ".join(f'<a href="#{one}">{one}</a>' for one in ids)
        told += f'<tr><td>{links}</td><td><code class="command">{command(line)}</code></td></tr>\n'
    common = " ".join(next(iter(named)).split(" ")[:same])
    return (
        '<table class="again pdf" id="again"><caption>Check again: the command for each control, '
        f'after <code class="command">{command(common)}</code></caption>\n<colgroup><col class='
        '"g1"><col class="g2"></colgroup>\n<thead><tr><th scope="col">Controls</th><th scope="col">'
        f"Command</th></tr></thead><tbody>\n{told}</tbody></table>\n"
    )


def page_unasked(rows: list[dict[str, Any]], only: str | None) -> str:
    """The controls that nobody looked at."""
    rest = [row for row in rows if unasked(row)]
    if not rest:
        return ""
    groups = ""
    for domain, (title, _) in DOMAINS.items():
        own = [row for row in rest if row["domain"] == domain]
        if not own:
            continue
        lines = "".join(
            f'<tr class="finding s-unknown" id="{row["id"]}" data-status="{row["status"]}" '
            f'data-domain="{domain}"><th scope="row"><a class="permalink" href="#{row["id"]}">'
            f'{row["id"]}</a> {prose(row["title"])}<br>{badge(row["status"])}<span class="facts">'
            f'{weight(row)} · {"blocks READY" if row["blocking"] else "does not block"} · class '
            f"{say(row['class'])}{floor(row) if row['floor'] != 'PASS' else ''}</span></th>"
            f'<td><p>{prose(row["requirement"])}</p><p><span class="dim">To do:</span> '
            f"{prose(row['remediation'])}</p></td></tr>\n"
            for row in own
        )  # fmt: skip
        again = list(dict.fromkeys(row["recheck"] for row in own if row["recheck"]))
        told = " or ".join(f'<code class="command" data-copy>{command(x)}</code>' for x in again)
        told = f'<p class="facts">Check again: {told}</p>' if again else ""
        groups += (
            f'<div class="group">\n<div class="scroll"><table class="dense"><caption>{title}: '
            f"{len(own)} control{'s' if len(own) > 1 else ''} that this version does not evaluate"
            '</caption>\n<colgroup><col class="u1"><col class="u2"></colgroup>\n<thead><tr><th '
            'scope="col">Control</th><th scope="col">Required, and what to do</th></tr></thead>'
            f"<tbody>\n{lines}</tbody></table></div>\n{told}</div>\n\n"
        )
    of = "of this domain " if only else ""
    return (
        '<section class="unevaluated" id="not-evaluated"><h3>Not evaluated by this version</h3>\n'
        f'<p class="lead">{len(rest)} of {len(rows)} controls {of}have no rule in this version of '
        f"the kit. Each counts as {badge('UNKNOWN')}, as any control does that was asked and not "
        f"answered.</p>\n{groups}</section>\n"
    )


def weight(row: dict[str, Any]) -> str:
    """The severity of a control."""
    return f'<span class="severity-{say(row["severity"])}">{say(row["severity"])}</span>'


def floor(row: dict[str, Any]) -> str:
    """What READY accepts of a control."""
    return f", READY accepts {say(row['floor'])}{' or better' if row['floor'] != 'PASS' else ''}"


def links(ids: list[Any]) -> str:
    """The reads of a finding; the first of many, and the others folded."""
    line = [f'<a class="evidence" href="#{say(one)}">{say(one)}</a>' for one in ids]
    text = " ".join(line[:6])
    if line[6:]:
        text += (f' <details class="others"><summary>and {len(line) - 6} more</summary>'
                 f"{' '.join(line[6:])}</details>")  # fmt: skip
    return text


def shown_value(value: Any, depth: int = 0) -> str:
    """What was observed or expected."""
    if value is None:
        return '<span class="nothing">nothing</span>'
    if isinstance(value, bool):
        return f"<code>{'true' if value else 'false'}</code>"
    if not isinstance(value, (dict, list)):
        return f"<code>{say(value)}</code>"
    if not value:
        return f'<span class="nothing">an empty {"object" if value == {} else "list"}</span>'
    if depth > 5:
        return '<span class="nothing">deeper values are in findings.json</span>'
    told = ""
    if isinstance(value, dict):
        for key in list(value)[:100]:
            deep = ' class="deep"' if isinstance(value[key], (dict, list)) or len(key) > 24 else ""
            told += (f"<div{deep}><dt>{say(key)}</dt><dd>{shown_value(value[key], depth + 1)}</dd>"
                     "</div>")  # fmt: skip
        told = f'<dl class="value">{told}</dl>'
    else:
        told = "".join(f"<li>{shown_value(one, depth + 1)}</li>" for one in value[:100])
        told = f'<ul class="value">{told}</ul>'
    if len(value) > 100:
        told += f'<p class="more">{len(value) - 100} more in findings.json</p>'
    return told


def entry(what: str, text: str, kind: str = "") -> str:
    """One line of a card."""
    return f"<div{kind}><dt>{what}</dt><dd>{text}</dd></div>\n"


def card(row: dict[str, Any], canary: dict[str, Any] | None) -> str:
    """A finding, whole."""
    name, status, waiver = row["id"], row["status"], row["waiver"]
    parts = row["parts"]
    evidence = list(dict.fromkeys([
        *row["evidence"], *(one for part in parts for one in part["evidence"]),
        *((waiver or {}).get("evidence") or []),
    ]))  # fmt: skip
    lists = [part["evidence"] for part in parts]
    shared = len(lists) > 1 and bool(lists[0]) and all(one == lists[0] for one in lists)
    shared = shared and set(lists[0]) == set(evidence)
    body = entry("Required", prose(row["requirement"]))
    if waiver:
        body += entry("Underneath", badge(waiver["underneath"]))
        body += entry("Waived by", (
            f"{prose(waiver['owner'])}, until {say(waiver['expires'])}: {prose(waiver['reason'])} "
            f"Compensating control: {prose(waiver['compensating_control'])} Stated in <code>"
            f"{say(waiver['file'])}</code>, {links(waiver['evidence'])}. It ends as soon as "
            "anything else is observed."
        ))  # fmt: skip
    if len(parts) > 1:
        told = "".join(shown_part(part, shared) for part in parts)
        body += f'<div><dt>Parts</dt><dd>\n<ol class="parts">\n{told}</ol></dd></div>\n'
    else:
        for what in ("Observed", "Expected"):
            value = row[what.lower()]
            body += entry(what, shown_value(value)) if value is not None else "\n"
    body += read_at(row)
    ends = row["invalidated_by"]
    if ends:
        told = "".join(f"<li>{prose(one)}</li>" for one in ends)
        body += entry("Ends when", prose(ends[0]) if len(ends) == 1 else f"<ul>{told}</ul>")
    else:
        body += "\n"
    todo = row["remediation"] and status not in ("PASS", "N/A")
    body += entry("To do", prose(row["remediation"])) if todo else "\n"
    if canary:
        whole = canary["caught"] == canary["of"]
        body += entry("Canaries", (
            f"In this run the check was shown to {'fail on' if whole else 'tell only'} "
            f"{canary['caught']} of {canary['of']} bad or unknown facts"
            f"{'' if whole else ': rely on nothing it says'}."
        ), ' class="onscreen"' if canary["of"] and whole else "")  # fmt: skip
    else:
        body += "\n"
    accept = not waiver and status in ("FAIL", "STALE", "MISSING")
    text = f"a waiver would name <code>{say(row['observed_sha256'])}</code>"
    body += entry("To accept", text, ' class="onscreen"') if accept else "\n"
    text = f'<code class="command" data-copy>{command(row["recheck"])}</code>'
    body += entry("Check again", text, ' class="onscreen"') if row["recheck"] else "\n"
    lead = "all parts rest on " if shared else ""
    body += entry("Evidence", lead + links(evidence) if evidence
                  else '<span class="nothing">none</span>')  # fmt: skip
    better = " or better" if row["floor"] != "PASS" else ""
    is_open = " open" if status in ("FAIL", "DIVERGED", "STALE", "MISSING", "WAIVED") else ""
    return (
        f'<article class="finding s-{MARKS[status][1]}" id="{name}" data-status="{status}" '
        f'data-domain="{row["domain"]}" aria-labelledby="{name}-title">\n<header>\n<h3 id='
        f'"{name}-title"><a class="permalink" href="#{name}">{name}</a> {prose(row["title"])}</h3>'
        f'\n{badge(status)}\n<p class="summary">{prose(row["summary"])}</p>\n</header>\n<details'
        f'{is_open}><summary class="facts">{weight(row)} · '
        f"{'blocks READY' if row['blocking'] else 'does not block READY'} · class "
        f"{say(row['class'])}, READY accepts {say(row['floor'])}{better} · "
        f'{DOMAINS[row["domain"]][0]}</summary>\n<dl class="body">\n{body}</dl></details>\n'
        "</article>\n\n"
    )  # fmt: skip


def shown_part(part: dict[str, Any], shared: bool) -> str:
    """One part of a finding."""
    told = ""
    for what in ("Observed", "Expected"):
        value = part[what.lower()]
        if value is not None:
            told += f"<div><dt>{what}</dt><dd>{shown_value(value)}</dd></div>"
    if part["evidence"] and not shared:
        told += f"<div><dt>Evidence</dt><dd>{links(part['evidence'])}</dd></div>"
    return (
        f'<li class="part s-{MARKS[part["status"]][1]}" data-status="{part["status"]}"><p class='
        f'"part-head"><b class="id">{say(part["label"])}</b> {badge(part["status"])}</p>\n<p class='
        f'"said-of">{prose(part["summary"])}</p>\n<dl class="seen">\n{told}</dl></li>\n'
    )


def read_at(row: dict[str, Any]) -> str:
    """Where and when a finding was read."""
    at = row["read_at"]
    if not at:
        return ('<div><dt>Read at</dt><dd class="nothing">no read stands behind this status</dd>'
                "</div>\n")  # fmt: skip
    text = f"slot <code>{say(at['slot'])}</code>, " if at["slot"] is not None else ""
    text += f"{say(at['commitment'])}, " if at["commitment"] else ""
    text += f"from {say(' and '.join(at['providers']))}, " if at["providers"] else ""
    text += utc(at["recorded_at"] or "time not recorded")
    limit = row["age_limit_seconds"]
    return entry("Read at", text + (f"; good for {lasting(limit)}" if limit else ""))


def page_end(found: dict[str, Any], example: str, form: dict[str, Any] | None) -> str:
    """How to verify, and the end of a page."""
    method, target = found["method"], found["target"]["name"]
    code = '<code class="command" data-copy>{}</code>'
    run = f"privatedao-audit run --target {target} --replay RUN/evidence.sqlite --out AGAIN"
    live = "--rpc main=env:RPC_URL"
    lock = f"SHA-256 <code>{say(method['lock'])}</code>" if method["lock"] else (
        "the kit was run without one")  # fmt: skip
    loose = ", ".join(method.get("limits_loosened") or ())
    steps = [
        f"Install the version that judged, and see which it is: {say(method['kit_version'])}.</p>\n"
        + code.format(command("privatedao-audit --version")),
        "Judge the same recording again. Its evidence root is recomputed from every record before "
        "anything is read, and findings.json must come out byte for byte the same.</p>\n"
        + code.format(command(run)) + "<br>\n"
        + code.format("cmp RUN/findings.json AGAIN/findings.json"),
        example,
        "Take findings.json out of the PDF of this report (with poppler-utils); it must be the "
        "same file.</p>\n"
        + code.format(command("pdfdetach -save 1 -o FROM-PDF.json RUN/report.pdf")) + "<br>\n"
        + code.format("cmp RUN/findings.json FROM-PDF.json"),
        "Read the rule behind every control, as this version states it.</p>\n"
        + code.format(command("privatedao-audit controls --json")),
        "Ask through an endpoint of your own what has ended verdicts since. This one needs a "
        "network, and BUNDLE is <code>RUN/bundle.zip</code>.</p>\n"
        + code.format(command(f"privatedao-audit still-true BUNDLE {live}")),
        "Collect everything anew and see what moved, and who disagrees.</p>\n"
        + code.format(command(f"privatedao-audit run --like BUNDLE {live} --repo CHECKOUT")),
    ]  # fmt: skip
    return (
        '<section class="apart" id="verify"><h2>How to verify this yourself</h2>\n<p>RUN is the '
        "folder this report came from, and EVIDENCE is the recording in it, <code>RUN/evidence."
        "sqlite</code>. Nothing but the last two steps needs a network. A profile of your own lies "
        "in RUN as <code>target.toml</code>: name that file instead of <code>"
        f'{say(target)}</code>.</p>\n<ol class="commands">\n'
        f"{''.join(f'<li><p>{one}</li>' + chr(10) for one in steps if one)}</ol>\n"
        + ('<p class="notice">This is a public form: it can be verified and compared. Replay, '
           "still-true and --like need every answer, and with them the private bundle named at the "
           "top.</p>\n" if form else "")
        + '<dl class="masthead">\n'
        + entry("Evidence root", f"<code data-copy>{say(found['evidence_root'])}</code>", WIDE)
        + entry("Catalogue", f"SHA-256 <code>{say(method['catalogue'])}</code>", WIDE)
        + entry("Target", f"SHA-256 <code>{say(method['target'])}</code>", WIDE)
        + entry("Lock", lock, WIDE) + "</dl>\n"
        + (f'<p class="notice">Limits looser than the kit\'s defaults: {say(loose)}.</p>\n'
           if loose else "")
        + '</section>\n</main>\n<p class="said" role="status"></p>\n</div>\n<script>'
    )  # fmt: skip


# What may stand in chapters, crosswalk and register without touching the rest of a page

TEXT_TAGS = {
    "a", "abbr", "b", "blockquote", "br", "caption", "code", "col", "colgroup", "dd", "del",
    "details", "div", "dl", "dt", "em", "figcaption", "figure", "h3", "h4", "h5", "h6", "hr", "i",
    "img", "kbd", "li", "ol", "p", "pre", "s", "small", "span", "strong", "sub", "summary", "sup",
    "table", "tbody", "td", "tfoot", "th", "thead", "tr", "ul",
}  # fmt: skip
DRAWN_TAGS = {
    "svg", "g", "defs", "path", "rect", "circle", "ellipse", "line", "polyline", "polygon", "text",
    "tspan", "clippath", "use", "pattern", "title",
}  # fmt: skip
VOID_TAGS = {"br", "col", "hr", "img"}
#: Elements that stand in these alone; elsewhere a browser would close others around them.
INSIDE = {
    "li": {"ul", "ol"}, "dt": {"dl"}, "dd": {"dl"}, "caption": {"table"}, "colgroup": {"table"},
    "thead": {"table"}, "tbody": {"table"}, "tfoot": {"table"}, "col": {"colgroup"},
    "tr": {"thead", "tbody", "tfoot"}, "td": {"tr"}, "th": {"tr"},
}  # fmt: skip
TABLE = {"table", "colgroup", "thead", "tbody", "tfoot", "tr"}
TEXT_KEYS = {
    "class", "id", "href", "title", "src", "alt", "value", "start", "colspan", "rowspan", "scope",
    "rel", "data-in-front", "data-copy",
}  # fmt: skip
DRAWN_KEYS = {
    "id", "href", "role", "xmlns", "viewbox", "width", "height", "x", "y", "x1", "x2", "y1", "y2",
    "cx", "cy", "r", "rx", "ry", "d", "points", "clip-path", "fill", "stroke", "patternunits",
    "stroke-width", "stroke-linejoin", "stroke-linecap", "stroke-dasharray", "stroke-dashoffset",
    "stroke-miterlimit", "stroke-opacity", "fill-opacity", "fill-rule", "opacity", "font-size",
    "font-weight", "font-style", "font-family", "text-anchor", "transform",
}  # fmt: skip
CHAPTER_CLASSES = (
    r"cell|code|control|defaults|failed|hash|highlight|key|not-run|notebook-view|notice|onscreen"
    r"|output|prose|scroll|stderr|stream|hl-[a-z0-9]{1,20}"
)
LINE_CLASSES = r"strip|brief|badge|outlined|glyph|whole|disagrees|s-[a-z]+"
TAIL_CLASSES = (
    r"scroll|crosswalk|nothing|line|id|bad|facts|named|method|outcome|slot|from|asked|why|params"
    r"|raw|exchange|used|notice|withheld|sum|length|digest|bytes|request|json|piece|exact|command"
    r"|option|entry|c1|c2|c3"
)
#: A value with quotation marks in it stands between apostrophes.
GIVEN = r"""(?:="[^"<>]*"|='[^'<>]*')?"""
TAG = re.compile(
    rf"(/?)([a-zA-Z][a-zA-Z0-9]*)((?:\s+[a-zA-Z][a-zA-Z0-9-]*{GIVEN})*)\s*(/?)", re.ASCII
)
AT = re.compile(rf"\s+([a-zA-Z][a-zA-Z0-9-]*)({GIVEN})", re.ASCII)


def check_zone(name: str, text: str, classes: str, ids: str, *, tail: bool = False) -> None:
    """Nested as it looks, of known elements, and with nothing that hides or covers."""
    inside: list[str] = []
    for piece in text.split("<")[1:]:
        head, closed, _ = piece.partition(">")
        found = TAG.fullmatch(head)
        sound = found is not None and bool(closed)
        need(sound, "views", f"{name} holds what is no tag of the kit")
        end, tag, given, empty = found.groups() if found else ("", "", "", "")
        tag = tag.lower()
        if end:
            sound = not given and not empty and bool(inside) and inside.pop() == tag
            need(sound, "views", f"{name}: an end of {tag} in the wrong place")
            continue
        parent, drawn = inside[-1] if inside else "", "svg" in inside
        if tail:
            sound = tag in TEXT_TAGS - {"img"} or (tag == "section" and not inside)
        else:
            sound = tag in (DRAWN_TAGS if drawn or tag == "svg" else TEXT_TAGS)
        sound = sound and not (tag in ("svg", "a") and tag in inside) and parent != "title"
        sound = sound and (drawn or tag not in INSIDE or parent in INSIDE[tag])
        sound = sound and (parent not in TABLE or parent in INSIDE.get(tag, ()))
        sound = sound and (not empty or drawn or tag in VOID_TAGS)
        keys = DRAWN_KEYS if tag in DRAWN_TAGS else TEXT_KEYS
        for key, value in AT.findall(given):
            sound = sound and sound_attribute(tag, key.lower(), value[2:-1], keys, classes, ids)
        need(sound, "views", f"{name}: a {tag} that could hide or imitate what stands around it")
        if not empty and tag not in VOID_TAGS:
            inside.append(tag)
    need(not inside, "views", f"{name}: an element does not end")


def sound_attribute(
    tag: str, key: str, value: str, keys: set[str], classes: str, ids: str
) -> bool:
    """Whether an element may have an attribute."""
    if key == "aria-hidden" and "glyph" in classes:
        return True
    # A drawing that is moved as a whole could cover another part of the page.
    known = key in keys and not (tag == "svg" and key == "transform")
    if key == "class":
        short = r"(?!pdf\Z)[a-z][a-z0-9]{0,2}" if tag == "span" and "cell" in classes else r"(?!)"
        return all(re.fullmatch(f"{classes}|{short}", one, re.ASCII) for one in value.split())
    if key == "id":
        return re.fullmatch(ids, value) is not None
    if key == "href":
        link = r"#.*" if tag in DRAWN_TAGS else r"(?i:https?://|mailto:|#).*"
        return known and re.fullmatch(link, value, re.DOTALL) is not None
    if key == "src":
        picture = r"data:image/(png|jpeg|gif);base64,[A-Za-z0-9+/=\s]*"
        return tag == "img" and re.fullmatch(picture, value, re.ASCII) is not None
    return known


def spelled(line: str) -> set[str]:
    """A line as it was written, and as a serialiser leaves it, which all chapters go through."""
    same = line.replace('<span class="glyph" aria-hidden="true">',
                        '<span aria-hidden="true" class="glyph">')  # fmt: skip
    return {line, same.replace("&#39;", "'").replace("&#34;", '"')}


def verdict_line(row: dict[str, Any]) -> str:
    """What a chapter says of a control."""
    name, slug = row["id"], MARKS[row["status"]][1]
    if unasked(row):
        return (f'<p class="strip brief s-{slug}"><b>{name}</b> {badge(row["status"])} '
                f'{prose(row["summary"])} <a class="whole" href="#{name}">What is required</a></p>'
                )  # fmt: skip
    return (f'<div class="strip s-{slug}"><p><b>{name}</b> {prose(row["title"])} '
            f"{badge(row['status'])}</p><p>{prose(row['summary'])} <a class=\"whole\" "
            f'href="#{name}">Whole finding</a></p></div>')  # fmt: skip


def check_chapter(name: str, body: str, stem: str, found: dict[str, Any]) -> None:
    """A chapter says of each of its controls what the findings say, and touches nothing else."""
    ids = re.escape(anchor_of(stem)) + "-.*"
    if found["verdict"]["word"] == "INVALID":
        check_zone(name, body, f"{CHAPTER_CLASSES}|{LINE_CLASSES}", ids)
        return
    for row in found["controls"]:
        if DOMAINS[row["domain"]][1] == stem:
            lines = spelled(verdict_line(row))
            need(sum(body.count(line) for line in lines) == 1, "views",
                 f"{name}: its chapter says another {row['id']}")  # fmt: skip
            for line in lines:
                body = body.replace(line, "")
    check_zone(name, body, CHAPTER_CLASSES, ids)


def check_tail(name: str, text: str, rows: list[dict[str, Any]]) -> None:
    """Crosswalk and register: the statuses are those of the findings, the reads those named."""
    between = '</section>\n\n<section class="apart" id="evidence"><h2>Evidence register</h2>\n'
    need(text.count(between) == 1, "views", f"{name} has another register")
    walk, register = text.split(between)
    by_id = {row["id"]: row for row in rows}
    for one in re.findall(r'<span class="pair.*?</a>', walk, re.DOTALL):
        row = by_id.get(one[-10:].partition(">")[2].partition("<")[0], {})
        status = row.get("status", "")
        due = (f'<span class="pair s-{MARKS.get(status, ("", "", ""))[1]}"><a href="#'
               f'{row.get("id")}">{row.get("id")}</a> {marked(status) if row else ""}</span> '
               )  # fmt: skip
        need(due in walk, "views", f"{name}: its crosswalk shows another status")
        walk = walk.replace(due, "", 1)
    check_zone(name, walk, TAIL_CLASSES, "(?!)", tail=True)
    named = {one: 1 for row in ordered(rows) for part in [row, *row["parts"], row["waiver"] or {}]
             for one in part.get("evidence") or []}  # fmt: skip
    lead = (
        "<p>Every read that a finding above names, with the bytes it rests on: "
        f"{len(named)} read{'s' if len(named) != 1 else ''}. The recording itself holds more; what "
        'no finding names is not repeated here. <span class="pdf">Here each is one line: what was '
        "asked, the slot (or the time, where there is none), who answered, how many bytes and the "
        "first 16 digits of their SHA-256. Question, request and answer in full are in the HTML "
        "report, <code>report.html</code>, and in the recording: <code>privatedao-audit show --raw "
        "EVIDENCE ID</code> prints every byte.</span></p>\n"
    )
    need(register.startswith(lead), "views", f"{name} has another register")
    register = register[len(lead) :]
    register = re.sub(
        r'\A<p class="notice onscreen">With [0-9]+ reads an answer of more than [0-9,]+ bytes is '
        r"shown by its beginning and its end; length, SHA-256 and the command that prints all of "
        r"it stand beside it\.</p>\n", "", register,
    )  # fmt: skip
    shown = re.findall(r'<section class="entry" id="([^"]*)">', register)
    need(shown == list(named), "views", f"{name} does not show the reads that its findings name")
    check_zone(name, register, TAIL_CLASSES, r"[rx]-[0-9a-f]{16}", tail=True)


def check_words_of(name: str, text: str, files: Files, found: dict[str, Any]) -> None:
    """Every word of a page outside its chapters and its register follows from the findings."""
    stems_of = {f"domains/{stem}.html": domain for domain, (_, stem) in DOMAINS.items()}
    need(name == "report.html" or name in stems_of, "views", f"{name} is of no domain")
    only = stems_of.get(name)
    rows = [row for row in found["controls"] if only in (None, row["domain"])]
    form = None
    if "redactions.json" in files:
        stated = json.loads(files["redactions.json"])
        form = {
            "made_from": json.loads(files["manifest.json"])["public_form_of"],
            "fields": sum(len(row["fields"]) for row in stated["texts"]),
            "documents": len(stated["documents"]),
        }
    before, after = page_head(found, only)
    need(text.startswith(before), "views", f"{name} has another head")
    style, _, body = text[len(before) :].partition("</style>")
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    need(digest == STYLE, "views",
         f"{name} has other styles than those of version {KIT_VERSION}")  # fmt: skip
    opening = '<section class="chapter" id="{}">'
    stems = [
        stem for domain, (_, stem) in DOMAINS.items() if only in (None, domain)
        and (files.get(f"notebooks/{stem}.ipynb") or opening.format(anchor_of(stem)) in body)
    ]  # fmt: skip
    body = taken(name, "</style>" + body, after)
    for due in (
        page_front(found, rows, only, form), page_contents(only, stems),
        page_missing(found, rows, only), "\n\n" if only else page_tables(found, rows),
        "\n", page_findings(found, rows, only),
    ):  # fmt: skip
        body = taken(name, body, due)
    titles = {stem: title for title, stem in DOMAINS.values()}
    walk = '<section class="apart" id="crosswalk"><h2>Crosswalk</h2>\n'
    openings = [
        f'{opening.format(anchor_of(stem))}<h2><span class="number">{int(stem[:2])}</span> '
        f'{titles[stem]}</h2>\n<p class="facts pdf">The code of this chapter, and the table rows '
        f"that are only counted here, are in the notebook <code>{stem}.ipynb</code> and in the "
        "HTML report.</p>\n"
        for stem in stems
    ]  # fmt: skip
    followings = [*openings, "\n" + walk][1:]
    for stem, due, following in zip(stems, openings, followings, strict=True):
        body = taken(name, body, due)
        chapter, found_end, body = body.partition("\n</section>\n" + following)
        need(found_end, "views", f"{name} says something else around its chapters")
        check_chapter(name, chapter, stem, found)
        body = following + body
    body = taken(name, body, "\n" + walk)
    step = re.compile(
        r"Print one recorded answer exactly and hash it\. This one must give <code>[0-9a-f]{64}"
        r'</code>\.</p>\n<code class="command" data-copy>privatedao-audit show <span class="option"'
        r">--raw</span> RUN/evidence\.sqlite x-[0-9a-f]{16} \| sha256sum</code>"
    )
    place = body.rfind('<section class="apart" id="verify">')
    example = step.search(body, max(place, 0))
    end = page_end(found, example[0] if example else "", form)
    need(place > 0 and body.startswith(end, place), "views",
         f"{name} says otherwise how to verify it")  # fmt: skip
    script, _, last = body[place + len(end) :].partition("</script>")
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    need(digest == SCRIPT and last == "\n</body>\n</html>", "views",
         f"{name} has another script than that of version {KIT_VERSION}")  # fmt: skip
    tail = body[:place]
    need(tail.endswith("</section>\n\n"), "views", f"{name} has another register")
    check_tail(name, tail[: -len("</section>\n\n")], rows)


def taken(name: str, text: str, due: str) -> str:
    """The rest of a text that must begin so."""
    if not text.startswith(due):
        same = next((n for n, (a, b) in enumerate(zip(due, text, strict=False)) if a != b), 0)
        where = re.findall(r' id="([^"]{1,40})"', due[:same])
        raise Refused("views", f"{name} says something else than findings.json, at or after "
                               f"#{where[-1] if where else 'top'}")  # fmt: skip
    return text[len(due) :]


# Ed25519, strict: RFC 8032, 5.1.7, one encoding per value, no key or point of small order

P = 2**255 - 19
L = 2**252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, P - 2, P) % P
ROOT = pow(2, (P - 1) // 4, P)
Point = tuple[int, int, int, int]
ZERO: Point = (0, 1, 1, 0)
ALPHABET = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"


def add(a: Point, b: Point) -> Point:
    """Sum of two points in extended coordinates."""
    e = (a[1] - a[0]) * (b[1] - b[0]) % P
    f = (a[1] + a[0]) * (b[1] + b[0]) % P
    g = 2 * a[3] * b[3] * D % P
    h = 2 * a[2] * b[2] % P
    u, v, w, x = f - e, h - g, h + g, f + e
    return u * v % P, w * x % P, v * w % P, u * x % P


def times(n: int, point: Point) -> Point:
    """A multiple of a point."""
    sum_ = ZERO
    while n:
        if n & 1:
            sum_ = add(sum_, point)
        point = add(point, point)
        n >>= 1
    return sum_


def equal(a: Point, b: Point) -> bool:
    """Whether two points are the same."""
    return (a[0] * b[2] - b[0] * a[2]) % P == 0 and (a[1] * b[2] - b[1] * a[2]) % P == 0


def decoded(raw: bytes) -> Point | None:
    """The point of 32 bytes; None when they are not the one encoding of a point."""
    number = int.from_bytes(raw, "little")
    y, sign = number & (2**255 - 1), number >> 255
    if len(raw) != 32 or y >= P:
        return None
    square = (y * y - 1) * pow(D * y * y + 1, P - 2, P) % P
    x = pow(square, (P + 3) // 8, P)
    if (x * x - square) % P:
        x = x * ROOT % P
    if (x * x - square) % P or (x == 0 and sign):
        return None
    x = P - x if x & 1 != sign else x
    return x, y, 1, x * y % P


BASE = decoded((4 * pow(5, P - 2, P) % P).to_bytes(32, "little"))


def signature_holds(key: bytes, signature: bytes, message: bytes) -> bool:
    """Whether the signature is one of the key over the message."""
    if len(signature) != 64 or BASE is None:
        return False
    a, r = decoded(key), decoded(signature[:32])
    s = int.from_bytes(signature[32:], "little")
    if a is None or r is None or s >= L:
        return False
    if equal(times(8, a), ZERO) or equal(times(8, r), ZERO):
        return False
    digest = hashlib.sha512(signature[:32] + key + message).digest()
    k = int.from_bytes(digest, "little") % L
    return equal(times(s, BASE), add(r, times(k, a)))


def key_bytes(text: str) -> bytes | None:
    """The 32 bytes of a base58 key, written in the one way; None otherwise."""
    if not 32 <= len(text) <= 44 or any(one not in ALPHABET for one in text):
        return None
    number = 0
    for one in text:
        number = number * 58 + ALPHABET.index(one)
    zeros = len(text) - len(text.lstrip("1"))
    raw = bytes(zeros) + number.to_bytes((number.bit_length() + 7) // 8, "big")
    return raw if len(raw) == 32 else None


# Signatures


def unbase64(text: Any, name: str) -> bytes:
    """The bytes of standard base64, written in the one way."""
    try:
        raw = base64.b64decode(text, validate=True) if isinstance(text, str) else None
    except ValueError:
        raw = None
    need(raw is not None and base64.b64encode(raw).decode() == text, "signatures",
         f"{name} holds something that is not base64")  # fmt: skip
    return raw or b""


def check_signature(
    name: str, files: Files, manifest: dict[str, Any], digest: str, found: dict[str, Any]
) -> dict[str, Any]:
    """What a signature says, once it holds and covers exactly this bundle and its annotations."""
    annotations = "annotations/" + name[11:].split(".")[0] + ".toml"
    noted = sha256(files[annotations]) if annotations in files else None
    word = found["verdict"]["word"]
    if name.endswith(".dsse.json"):
        said = check_envelope(name, files[name], manifest, digest, word, annotations, noted)
    else:
        said = check_offchain(name, files[name], digest, word, noted)
    said = {**said, "leaves": None}
    if noted is not None:
        said["leaves"] = check_annotations(annotations, files[annotations], found)
        need(said["reason"] is not None or said["leaves"] == word, "signatures",
             f"{name} agrees with {word}, and its annotations leave {said['leaves']}")  # fmt: skip
    return said


def check_words(name: str, said: dict[str, Any], kind: str) -> bytes:
    """Signer, role and opinion, well-formed and as the name of the file has them; the key."""
    stage = "signatures"
    signer, role = said.get("signer"), said.get("role")
    reason: Any = said.get("reason")
    key = key_bytes(signer) if isinstance(signer, str) else None
    need(key is not None and role in ("team", "auditor"), stage, f"{name}: who signs as what?")
    need(name == f"signatures/{role}-{signer}.{kind}.json", stage,
         f"{name} holds the words of another key or role")  # fmt: skip
    agrees = said.get("opinion") == "agrees" and reason is None
    disagrees = said.get("opinion") == "disagrees" and isinstance(reason, str)
    disagrees = disagrees and bool(reason.strip()) and len(reason) <= MAX_REASON
    need(agrees or disagrees, stage, f"{name}: it neither agrees nor gives a reason")
    return key or b""


def check_envelope(
    name: str, raw: bytes, manifest: dict[str, Any], digest: str, word: str,
    annotations: str, noted: str | None,
) -> dict[str, Any]:  # fmt: skip
    """A statement in an envelope; returns its predicate."""
    stage = "signatures"
    value = parse_object(raw, stage, name)
    need(set(value) == {"payload", "payloadType", "signatures"}, stage, f"{name}: no envelope")
    rows = value["signatures"]
    need(isinstance(rows, list) and len(rows) == 1 and isinstance(rows[0], dict), stage,
         f"{name} does not hold one signature")  # fmt: skip
    need(set(rows[0]) == {"keyid", "sig"}, stage, f"{name} does not hold one signature")
    need(value["payloadType"] == "application/vnd.in-toto+json", stage, f"{name}: another type")
    body, signature = unbase64(value["payload"], name), unbase64(rows[0]["sig"], name)
    statement = parse(body, stage, f"the statement in {name}")
    said: Any = statement.get("predicate") if isinstance(statement, dict) else None
    need(isinstance(said, dict), stage, f"{name}: nothing is said")
    key = check_words(name, said, "dsse")
    signer = said["signer"]
    need(rows[0]["keyid"] == signer, stage, f"{name} holds the statement of another key")
    subjects = [(row["path"], row["sha256"]) for row in manifest["files"]]
    subjects += [("manifest.json", digest)] + ([(annotations, noted)] if noted else [])
    due = {
        "_type": "https://in-toto.io/Statement/v1",
        "subject": [{"name": path, "digest": {"sha256": one}} for path, one in sorted(subjects)],
        "predicateType": "urn:privatedao-audit:bundle-signature:1",
        "predicate": {
            "signer": signer, "role": said["role"], "opinion": said["opinion"],
            "reason": said["reason"], "verdict": word, "bundle_digest": digest,
            "evidence_root": manifest["evidence_root"],
        },
    }  # fmt: skip
    need(canonical(due) == body, stage, f"{name} covers another bundle, not this one")
    signed = b"DSSEv1 28 application/vnd.in-toto+json %d %b" % (len(body), body)
    need(signature_holds(key, signature, signed), stage, f"{name}: the signature does not hold")
    return said  # type: ignore[no-any-return]


def check_offchain(
    name: str, raw: bytes, digest: str, word: str, noted: str | None
) -> dict[str, Any]:
    """An off-chain message of a hardware wallet, in any encoding that wallets use."""
    stage = "signatures"
    value = parse_object(raw, stage, name)
    check_schema(value, "privatedao-audit/offchain-signature", stage)
    key = check_words(name, value, "offchain")
    signature, reason = unbase64(value.get("signature"), name), value["reason"]
    line = f"privatedao-audit: as {value['role']} I {'disagree' if reason else 'agree'}"
    line += f" with the verdict {word}. Bundle digest: {digest}."
    if reason:
        line += f" SHA-256 of my reason: {sha256(reason.encode('utf-8', 'surrogatepass'))}."
    if noted:
        line += f" SHA-256 of my annotations: {noted}."
    due = {
        "schema": value["schema"], "signer": value["signer"], "role": value["role"],
        "opinion": value["opinion"], "reason": reason, "annotations_sha256": noted,
        "message": line, "signature": value["signature"],
    }  # fmt: skip
    need(canonical(due) == canonical(value), stage, f"{name} covers another bundle, not this one")
    body = line.encode("ascii")
    heads = [b"\xffsolana offchain\0%c%b" % (n, struct.pack("<H", len(body))) for n in range(3)]
    held = any(signature_holds(key, signature, head + body) for head in heads)
    need(held, stage, f"{name}: the signature does not hold")
    return value


# Annotations

NOTED = ("FAIL", "DIVERGED", "STALE", "MISSING", "UNKNOWN", "ATTESTED")
VERDICTS = ("READY", "CONDITIONAL", "INCONCLUSIVE", "NOT READY", "INVALID")
MAX_ANNOTATIONS, MAX_TEXT, MAX_NAME, MAX_NOTES = 256 * 1024, 4_000, 200, 200


def check_annotations(name: str, raw: bytes, found: dict[str, Any]) -> str:
    """An auditor's annotations, which only lower; returns the verdict that they leave."""
    try:
        need(len(raw) <= MAX_ANNOTATIONS, "signatures", f"{name} is too large")
        value = tomllib.loads(raw.decode("utf-8"))
    except (ValueError, RecursionError):
        raise Refused("signatures", f"{name} is not TOML") from None
    text, brief, control = (texts(limit) for limit in (MAX_TEXT, MAX_NAME, 20))
    table(name, value, {"schema": lambda v: type(v) is int and v == 1, "auditor": is_object,
                        "scope": is_object}, {"notes": is_rows, "lowered": is_rows})  # fmt: skip
    table(name, value["auditor"], {"name": brief}, {"organisation": brief, "contact": brief})
    table(name, value["scope"], {"covers": text}, {"leaves_out": text})
    rows = {row["id"]: dict(row) for row in found["controls"]}
    for note in value.get("notes", []):
        table(name, note, {"text": text}, {"control": control})
        need(note.get("control") in {None, *rows}, "signatures", f"{name}: a note on no control")
    seen = set()
    for one in value.get("lowered", []):
        table(name, one, {"control": control, "status": lambda v: v in NOTED,
                          "reason": lambda v: text(v) and len(v.split()) > 2}, {})  # fmt: skip
        known = one["control"] in rows and one["control"] not in seen
        need(known, "signatures", f"{name}: a control that is none, or comes twice")
        seen.add(one["control"])
        lower(name, rows[one["control"]], one["status"])
    word: str = found["verdict"]["word"]
    return max(word, verdict_of(list(rows.values())), key=VERDICTS.index)


def lower(name: str, row: dict[str, Any], status: str) -> None:
    """Give a finding a worse status; a waiver is lowered to what lies underneath, or below."""
    was, rank = row["status"], PRECEDENCE.index
    if was == "WAIVED":
        good = rank(status) <= rank(row["waiver"]["underneath"])
    elif status == "ATTESTED":
        good = was == "PASS"
    else:
        good = rank(status) < rank(was)
    need(good, "signatures", f"{name}: {row['id']} is {was}, and {status} is not worse")
    row["status"] = status


def is_object(value: Any) -> bool:
    """A table."""
    return isinstance(value, dict)


def is_rows(value: Any) -> bool:
    """A list of tables, not too many."""
    return isinstance(value, list) and len(value) <= MAX_NOTES and all(map(is_object, value))


def texts(limit: int) -> Any:
    """Whether a value is a text of so many characters, and not only blanks."""
    return lambda v: isinstance(v, str) and 0 < len(v) <= limit and bool(v.strip())


def table(name: str, value: dict[str, Any], due: dict[str, Any], more: dict[str, Any]) -> None:
    """A table must have these members, may have those, and has no other."""
    for key, one in value.items():
        test = due.get(key, more.get(key))
        need(test is not None and test(one), "signatures", f"{name}: {key[:40]!a} is malformed")
    for key in due:
        need(key in value, "signatures", f"{name}: {key} is missing")


# All of it


class Result:
    """Problems (stage and sentence), and what was established."""

    def __init__(self) -> None:
        self.problems: list[tuple[str, str]] = []
        self.signed: list[dict[str, Any]] = []
        self.digest = self.root = self.word = self.recorded_at = self.public = ""
        self.counts: dict[str, int] = {}
        self.notes: list[str] = []


def verify(raw: bytes, signers: dict[str, str], expected_digest: str | None = None) -> Result:
    """Check the bytes of a bundle; signers: key → role that must have signed."""
    result = Result()
    try:
        files = read_archive(raw)
        manifest, result.digest = check_manifest(files)
        need(expected_digest in (None, result.digest), "manifest", "another digest is expected")
    except Refused as no:
        result.problems.append((no.stage, str(no)))
        return result
    found = None
    try:
        seen = check_records(files, manifest["evidence_root"])
        result.root = seen["root"]
        result.public = check_redactions(files, manifest, seen)
        found = check_findings(files, manifest, seen)
        result.word, result.counts = found["verdict"]["word"], found["verdict"]["counts"]
        result.recorded_at = found["run"]["recorded_at"]
        version = found["method"]["kit_version"]
        if version != KIT_VERSION and any(name.endswith(".html") for name in files):
            result.notes.append(f"pages of another kit version ({version[:40]!a}): their statuses "
                                "were compared, their words were not")  # fmt: skip
    except Refused as no:
        result.problems.append((no.stage, str(no)))
    except RecursionError:
        result.problems.append(("findings", "something in it is nested too deeply"))
    if found is not None and result.word:
        for step in (
            lambda: check_facts(files),
            lambda: check_notebooks(files, found),
            lambda: check_documents(files, found),
        ):
            try:
                step()
            except Refused as no:
                result.problems.append((no.stage, str(no)))
            except RecursionError:
                result.problems.append(("findings", "something in it is nested too deeply"))
    check_signers(result, files, manifest, signers, found)
    return result


def check_signers(
    result: Result, files: Files, manifest: dict[str, Any], signers: dict[str, str],
    found: dict[str, Any] | None,
) -> None:  # fmt: skip
    """Every signature must hold, and every named signer must have signed in the named role."""
    for name in files:
        if not SIGNATURE.fullmatch(name):
            continue
        try:
            need(found is not None, "signatures", f"{name} signs findings that are not sound")
            said = check_signature(name, files, manifest, result.digest, found or {})
        except Refused as no:
            result.problems.append((no.stage, str(no)))
            continue
        result.signed.append(said)
        role = signers.get(said["signer"])
        if role is not None and role != said["role"]:
            why = f"{said['signer']} signs as {said['role']}, and was named as {role}"
            result.problems.append(("signatures", why))
        elif role is not None and said["opinion"] == "disagrees":
            why = f"{said['signer']} disagrees as {role}: {said['reason']}"
            result.problems.append(("signatures", why))
    stems = {name[11:].split(".")[0] for name in files if SIGNATURE.fullmatch(name)}
    for name in files:
        if ANNOTATIONS.fullmatch(name) and name[12:-5] not in stems:
            result.problems.append(("signatures", f"{name} is covered by no signature"))
    made = [(said["signer"], said["role"]) for said in result.signed]
    for key, count in Counter(key for key, _ in made).items():
        if count > 1:
            result.problems.append(("signatures", f"{key} signs twice; one of them is wrong"))
    for key, role in signers.items():
        if (key, role) not in made:
            result.problems.append(("signatures", f"{key} did not sign this bundle as {role}"))


def shown(text: str) -> str:
    """Foreign text without anything that a terminal would obey."""
    return re.sub(r"[\x00-\x1f\x7f]", lambda m: f"\\x{ord(m[0]):02x}", ascii(text)[1:-1])


class Parser(argparse.ArgumentParser):
    """Bad usage is 64, as everywhere in the kit."""

    def error(self, message: str) -> Any:
        """Say what is wrong and leave."""
        self.print_usage(sys.stderr)
        self.exit(64, f"{self.prog}: {shown(message)}\n")


def main(arguments: list[str] | None = None) -> int:
    """Verify the bundle that is named and print what came of it."""
    parser = Parser(prog="verify_bundle.py", description="Verify a bundle of privatedao-audit.")
    parser.add_argument("bundle", type=Path)
    parser.add_argument("--signer", action="append", default=[], metavar="KEY=team|auditor")
    parser.add_argument("--digest", metavar="HEX", help="the bundle digest, known from elsewhere")
    given = parser.parse_args(arguments)
    signers: dict[str, str] = {}
    for text in given.signer:
        key, _, role = text.partition("=")
        if key_bytes(key) is None or role not in ("team", "auditor") or key in signers:
            parser.error(f"--signer {text!r}: KEY=team or KEY=auditor, each key once")
        signers[key] = role
    if given.digest is not None and not HEX64.fullmatch(given.digest):
        parser.error("--digest: 64 hexadecimal digits are expected")
    try:
        with given.bundle.open("rb") as file:
            raw = file.read(MAX_ARCHIVE + 1)
    except OSError as error:
        parser.error(f"{given.bundle}: {error.strerror}")
    result = verify(raw, signers, given.digest)
    tell(result, signers, given.digest)
    return 1 if result.problems else 0


def tell(result: Result, signers: dict[str, str], digest: str | None) -> None:
    """Print the result for people."""
    for name, value in (("bundle digest", result.digest), ("evidence root", result.root)):
        print(f"{name:<14} {value or '(not established)'}")
    if result.word:
        counts = ", ".join(f"{shown(k)} {v}" for k, v in sorted(result.counts.items()) if v)
        print(f"{'verdict':<14} {result.word} ({counts})")
        age = datetime.now(UTC) - datetime.fromisoformat(result.recorded_at)
        print(f"{'recorded':<14} {result.recorded_at} ({age.days} days ago)")
    if result.public:
        print(f"{'public form':<14} {result.public}")
        print(f"{'':<14} hashes of what is withheld stand in the records and were not checked")
    for said in result.signed:
        known = "named" if signers.get(said["signer"]) == said["role"] else "UNKNOWN KEY"
        opinion = "agrees" if said["reason"] is None else f"disagrees: {shown(said['reason'])}"
        noted = "" if said["leaves"] is None else f"; annotations leave {said['leaves']}"
        print(f"{'signed':<14} {said['signer']} as {said['role']} ({known}), {opinion}{noted}")
    for note in result.notes:
        print(f"{'note':<14} {shown(note)}")
    for stage, why in result.problems:
        print(f"{'REFUSED':<14} {stage}: {shown(why)}")
    if result.problems:
        print("This bundle is REFUSED.")
    elif signers or digest is not None:
        print("Verified: consistent, and the named keys or digest vouch for it.")
    else:
        print("Consistent. Who made it is not known: no key and no digest was named.")


if __name__ == "__main__":
    sys.exit(main())
