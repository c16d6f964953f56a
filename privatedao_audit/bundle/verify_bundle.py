#!/usr/bin/env python3
"""Verify a bundle of privatedao-audit with nothing but Python 3.11 or later.

    python3 -I verify_bundle.py BUNDLE.zip [--signer KEY=team|auditor ...] [--digest HEX]

Take this file from the project, not from the bundle you are about to check. It opens no
connection, writes nothing and executes nothing that the bundle holds. Exit code: 0 nothing
speaks against the bundle, 1 refused, 64 bad usage.

What it checks: that the archive can be read in one way only; that every file is the one the
manifest lists, and none is extra; every record, id and reference of the recording, and the
evidence root over them; that the findings are the whole catalogue, that each evidence id
resolves, that statuses, counts and verdict follow from their parts; that notebooks and reports
show the same findings; who signed; and in a public form that nothing is withheld but what it
lists, for personal fields of files of the checkout. It shares no code with the package on purpose.

What it cannot know: whether a fact deserves its status (replay the recording for that), and who
made a bundle that nobody signed. Rules: RFC 8785, 6962 and 8032; APPNOTE 6.3.10; in-toto
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
AGES = re.compile(r"\b[0-9]+ s (?=old\b|ago\b|before it was read\b|before the verdict\b)")
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
                asked.setdefault(digest, []).append({**read, "length": length})
    listed = {row["sha256"]: row for row in rows}
    held(set(listed) <= set(asked), "a body is called withheld on which no read rests")
    cells: set[Any] = set()
    for digest, reads in asked.items():
        paths = {
            str(one["params"]["path"]) for one in reads
            if (one["kind"], one["method"]) in (("file", "read"), ("git", "blob-at"))
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
    sound = sound and isinstance(value["torn"], list) and all(
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
    """Pages show the same statuses and root; PDFs carry the same findings.json."""
    for name, raw in files.items():
        if name.endswith(".pdf"):
            check_pdf(name, raw, files["findings.json"])
        elif name.endswith(".html"):
            check_page(name, raw, found)


def check_page(name: str, raw: bytes, found: dict[str, Any]) -> None:
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
