"""Bundles that somebody tampered with, and what must refuse each of them."""

from __future__ import annotations

import base64
import io
import json
import struct
import zipfile
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import bundle_samples as samples
from bundle_samples import AUDITOR, STRANGER, TEAM, Files, edited, files_of, remade, zipped

from privatedao_audit.audit.doubts import doubts
from privatedao_audit.audit.summary import sum_up
from privatedao_audit.bundle import layout
from privatedao_audit.evidence import merkle
from privatedao_audit.model import canonical, catalogue
from privatedao_audit.model import target as targets
from privatedao_audit.model.boundary import boundary
from privatedao_audit.model.finding import FINDING_MIME
from privatedao_audit.model.waivers import standing_text


@dataclass(frozen=True)
class Case:
    """A mutation of the bundle that both signed.

    Attributes:
        stages: which checks refuse it.
        named: whether the reader names both signers.
    """

    name: str
    make: Callable[[bytes], bytes]
    stages: frozenset[str]
    named: bool = False


CASES: list[Case] = []


def case(stages: str, *, named: bool = False, unsigned: bool = True) -> Callable[..., Any]:
    """Register a mutation of the files, or of the bytes when it gives bytes back."""

    def register(make: Callable[[Any], Any]) -> Callable[[Any], Any]:
        def whole(raw: bytes) -> bytes:
            if make.__name__.startswith("bytes_"):
                return make(raw)
            files = files_of(raw)
            if unsigned:
                files = {n: data for n, data in files.items() if not layout.is_signature(n)}
            return zipped(make(files))

        name = make.__name__.removeprefix("bytes_").replace("_", " ")
        CASES.append(Case(name, whole, frozenset(stages.split()), named))
        return make

    return register


# The container


def archive(entries: list[tuple[str, bytes]], **changes: Any) -> bytes:
    """A zip file as the standard library writes it, with any names."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as made:
        for name, data in entries:
            info = zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0))
            info.create_system, info.external_attr = 3, 0o100644 << 16
            info.compress_type = zipfile.ZIP_DEFLATED
            for key, value in changes.items():
                setattr(info, key, value)
            made.writestr(info, data)
    return out.getvalue()


def extra(raw: bytes, name: str, data: bytes = b"x", **changes: Any) -> bytes:
    """The bundle with one more entry before its last."""
    rows = list(files_of(raw).items())
    made = archive([*rows, (name, data)])
    return archive([*rows, (name, data)], **changes) if changes else made


@case("container")
def bytes_a_path_that_climbs_out(raw: bytes) -> bytes:
    return extra(raw, "blobs/../../evil")


@case("container")
def bytes_an_absolute_path(raw: bytes) -> bytes:
    return extra(raw, "/etc/cron.d/evil")


@case("container")
def bytes_a_path_with_a_drive(raw: bytes) -> bytes:
    return extra(raw, "C:/evil")


@case("container")
def bytes_a_path_with_backslashes(raw: bytes) -> bytes:
    return extra(raw, "..\\..\\evil")


@case("container")
def bytes_a_link(raw: bytes) -> bytes:
    return extra(raw, "report.pdf.link", b"/etc/passwd", external_attr=0o120777 << 16)


@case("container")
def bytes_every_file_is_a_link(raw: bytes) -> bytes:
    return archive(list(files_of(raw).items()), external_attr=0o120777 << 16)


@case("container")
def bytes_a_folder(raw: bytes) -> bytes:
    return extra(raw, "blobs/", b"")


@case("container")
def bytes_a_name_twice(raw: bytes) -> bytes:
    rows = list(files_of(raw).items())
    position = next(i for i, row in enumerate(rows) if row[0] == "findings.json")
    longer = b"placeholder!!"  # written under a name of equal length, then renamed
    rows.insert(position, ("findings.jsoX", longer))
    return archive(rows).replace(b"findings.jsoX", b"findings.json")


@case("container")
def bytes_a_name_twice_but_for_case(raw: bytes) -> bytes:
    return extra(raw, "Findings.json")


@case("container")
def bytes_a_file_of_no_kind(raw: bytes) -> bytes:
    return extra(raw, "README.txt")


@case("container")
def bytes_another_order(raw: bytes) -> bytes:
    return archive(list(reversed(files_of(raw).items())))


@case("container")
def bytes_a_remark(raw: bytes) -> bytes:
    return raw[:-2] + struct.pack("<H", 4) + b"hint"


@case("container")
def bytes_something_appended(raw: bytes) -> bytes:
    return raw + b"\0"


@case("container")
def bytes_something_put_in_front(raw: bytes) -> bytes:
    return b"#!/bin/sh\n" + raw


@case("container")
def bytes_half_of_it(raw: bytes) -> bytes:
    return raw[: len(raw) // 2]


@case("container")
def bytes_all_but_a_byte(raw: bytes) -> bytes:
    return raw[:-1]


@case("container")
def bytes_nothing(raw: bytes) -> bytes:
    return b""


@case("container")
def bytes_no_archive(raw: bytes) -> bytes:
    return b"PK\x03\x04 is how it begins, and then it is something else"


@case("container")
def bytes_an_empty_archive(raw: bytes) -> bytes:
    return archive([])


@case("container")
def bytes_not_compressed(raw: bytes) -> bytes:
    return archive(list(files_of(raw).items()), compress_type=zipfile.ZIP_STORED)


@case("container")
def bytes_another_date(raw: bytes) -> bytes:
    return archive(list(files_of(raw).items()), date_time=(2026, 11, 23, 9, 30, 0))


@case("container")
def bytes_a_bomb_by_ratio(raw: bytes) -> bytes:
    rows = list(files_of(raw).items())
    zeros = bytes(40 * 2**20)
    bombs = [(f"blobs/{number:064x}", zeros) for number in range(7)]
    return archive(sorted([*rows, *bombs], key=lambda row: layout.place(row[0])))


@case("container")
def bytes_a_bomb_that_states_a_small_size(raw: bytes) -> bytes:
    made = bytearray(raw)
    at = made.index(b"PK\x01\x02")
    offset = int.from_bytes(made[at + 42 : at + 46], "little")
    for place in (at + 24, offset + 22):
        made[place : place + 4] = (10).to_bytes(4, "little")
    return bytes(made)


@case("container")
def bytes_a_bomb_by_stated_size(raw: bytes) -> bytes:
    made = bytearray(raw)
    at = made.index(b"PK\x01\x02")
    offset = int.from_bytes(made[at + 42 : at + 46], "little")
    for place in (at + 24, offset + 22):
        made[place : place + 4] = (2**32 - 2).to_bytes(4, "little")
    return bytes(made)


@case("container")
def bytes_headers_that_differ(raw: bytes) -> bytes:
    # The directory says one name, the header before the bytes another.
    return raw.replace(b"findings.json", b"findingz.json", 1)


@case("container")
def bytes_marked_as_encrypted(raw: bytes) -> bytes:
    made = bytearray(raw)
    at = made.index(b"PK\x01\x02")
    made[at + 8] |= 1
    return bytes(made)


@case("container")
def bytes_a_wrong_checksum(raw: bytes) -> bytes:
    made = bytearray(raw)
    at = made.index(b"PK\x01\x02")
    for place in (at + 16, 14):
        made[place] ^= 1
    return bytes(made)


@case("container")
def bytes_a_byte_between_files_and_directory(raw: bytes) -> bytes:
    return raw.replace(b"PK\x01\x02", b"\0PK\x01\x02", 1)


# The manifest


@case("manifest")
def no_manifest(files: Files) -> Files:
    del files["manifest.json"]
    return files


@case("manifest")
def an_extra_file(files: Files) -> Files:
    return {**files, "notebooks/01_release_control.ipynb": b"{}"}


@case("manifest")
def a_dropped_file(files: Files) -> Files:
    del files["report.html"]
    return files


@case("manifest")
def a_newer_schema(files: Files) -> Files:
    value = json.loads(files["manifest.json"])
    value["schema"]["version"] = 2
    return {**files, "manifest.json": canonical.dump_file(value)}


@case("manifest")
def a_manifest_of_another_product(files: Files) -> Files:
    value = json.loads(files["manifest.json"])
    value["schema"]["name"] = "something/bundle"
    return {**files, "manifest.json": canonical.dump_file(value)}


@case("manifest")
def a_manifest_that_lists_a_file_twice(files: Files) -> Files:
    value = json.loads(files["manifest.json"])
    value["files"].append(value["files"][0])
    return {**files, "manifest.json": canonical.dump_file(value)}


@case("manifest")
def a_manifest_with_another_size(files: Files) -> Files:
    value = json.loads(files["manifest.json"])
    value["files"][0]["size"] += 1
    return {**files, "manifest.json": canonical.dump_file(value)}


@case("manifest")
def a_manifest_written_otherwise(files: Files) -> Files:
    value = json.loads(files["manifest.json"])
    return {**files, "manifest.json": json.dumps(value, indent=1).encode() + b"\n"}


@case("manifest")
def a_manifest_with_a_member_twice(files: Files) -> Files:
    raw = files["manifest.json"]
    return {**files, "manifest.json": b'{"evidence_root":"",' + raw[1:]}


@case("manifest")
def a_manifest_of_deep_nesting(files: Files) -> Files:
    return {**files, "manifest.json": b"[" * 100_000 + b"]" * 100_000 + b"\n"}


@case("manifest")
def findings_left_out_of_files_and_manifest(files: Files) -> Files:
    del files["findings.json"]
    return remade(files)


# The recording


def relined(files: Files, change: Callable[[list[bytes]], list[bytes]]) -> Files:
    """Other records, with their root everywhere: manifest, findings and pages."""
    lines = change(files["records.ndjson"].splitlines())
    root = merkle.root(lines)
    old = json.loads(files["manifest.json"])["evidence_root"]
    files = {**files, "records.ndjson": b"".join(line + b"\n" for line in lines)}
    files["findings.json"] = files["findings.json"].replace(old.encode(), root.encode())
    files = samples.redrawn(files)
    for name in ("report.pdf", "domains/02_key_custody.pdf"):
        files[name] = samples.pdf(files["findings.json"])
    return remade(files, evidence_root=root)


def record(lines: list[bytes], change: Callable[[dict[str, Any]], Any], method: str) -> list[bytes]:
    """The lines after a change to the read of this method."""
    made = []
    for line in lines:
        value = json.loads(line)
        if value.get("method") == method:
            change(value)
        made.append(canonical.dumps(value))
    return made


@case("records")
def a_dropped_record(files: Files) -> Files:
    return relined(files, lambda lines: lines[1:])


@case("records")
def a_dropped_record_under_the_old_root(files: Files) -> Files:
    lines = files["records.ndjson"].splitlines(keepends=True)
    return remade({**files, "records.ndjson": b"".join(lines[1:])})


@case("records")
def records_in_another_order(files: Files) -> Files:
    return relined(files, lambda lines: lines[::-1])


@case("records")
def a_record_twice(files: Files) -> Files:
    return relined(files, lambda lines: [lines[0], *lines])


@case("records")
def records_without_a_header(files: Files) -> Files:
    return relined(files, lambda lines: [x for x in lines if b'"record":"run"' not in x])


@case("records")
def an_answer_rewritten(files: Files) -> Files:
    name = next(n for n, data in files.items() if data == b'{"result":7}')
    return remade({**files, name: b'{"result":8}'})


@case("records")
def an_answer_taken_away(files: Files) -> Files:
    name = next(n for n, data in files.items() if data == b'{"result":7}')
    del files[name]
    return remade(files)


@case("records")
def a_body_that_nobody_names(files: Files) -> Files:
    return remade({**files, f"blobs/{canonical.sha256(b'more')}": b"more"})


@case("records")
def a_question_rewritten(files: Files) -> Files:
    def change(read: dict[str, Any]) -> None:
        read["params"] = [{"commitment": "processed"}]

    return relined(files, lambda lines: record(lines, change, "getSlot"))


@case("records")
def an_unknown_read_made_found(files: Files) -> Files:
    def change(read: dict[str, Any]) -> None:
        read.update(outcome="found", reason=None, chosen=read["exchanges"][0])

    return relined(files, lambda lines: record(lines, change, "getBalance"))


@case("records")
def a_record_of_a_newer_schema(files: Files) -> Files:
    def change(lines: list[bytes]) -> list[bytes]:
        return [
            line.replace(b'recording","version":1', b'recording","version":2') for line in lines
        ]

    return relined(files, change)


@case("records")
def records_with_a_blank_line(files: Files) -> Files:
    return remade({**files, "records.ndjson": files["records.ndjson"] + b"\n"})


@case("records")
def another_evidence_root(files: Files) -> Files:
    return remade(files, evidence_root="0" * 64)


@case("findings")
def a_slot_moved(files: Files) -> Files:
    def change(read: dict[str, Any]) -> None:
        read["slot"] = 9_999

    return relined(files, lambda lines: record(lines, change, "getSlot"))


# The method


@case("method")
def another_catalogue(files: Files) -> Files:
    return remade({**files, "catalogue.toml": files["catalogue.toml"] + b"\n"})


@case("method")
def another_lock(files: Files) -> Files:
    return remade({**files, "requirements.lock": b"nothing\n"})


@case("method")
def another_target(files: Files) -> Files:
    return edited(files, "target.json", lambda value: value.update(title="Another"))


@case("method")
def another_name_of_the_target(files: Files) -> Files:
    return edited(files, "findings.json", lambda value: value["target"].update(title="Another"))


@case("method")
def another_version_in_the_manifest(files: Files) -> Files:
    return remade(files, kit_version="9.9.9")


@case("method")
def a_verifier_that_always_agrees(files: Files) -> Files:
    return remade({**files, "verify_bundle.py": b"print('Nothing speaks against this bundle.')\n"})


# The findings


def rejudged(files: Files, change: Callable[[list[dict[str, Any]]], Any], **more: Any) -> Files:
    """Other controls, and all that follows from them made anew, in every view."""
    value = json.loads(files["findings.json"])
    change(value["controls"])
    value["verdict"] = {**sum_up(value["controls"], invalid=False), **more}
    with suppress(KeyError, TypeError):  # a control was left out, or a waiver is not whole
        value["boundary"] = boundary(value["controls"], "localnet")
        value["waivers"] = [
            {"control": row["id"], "state": "in force", "text": standing_text(row)}
            for row in value["controls"]
            if row["status"] == "WAIVED" and row["waiver"]
        ]
        target = targets.parse(samples.PROFILE, "case.toml")
        value["self_doubt"] = doubts(target, samples.COVERED, value["controls"], samples.SEALED)
    custody = [row for row in value["controls"] if row["domain"] == "custody"]
    findings = canonical.dump_file(value)
    made = {
        **files,
        "findings.json": findings,
        "notebooks/02_key_custody.ipynb": samples.notebook(custody),
        "report.pdf": samples.pdf(findings),
        "domains/02_key_custody.pdf": samples.pdf(findings),
    }
    return remade(samples.redrawn(made))


def control(rows: list[dict[str, Any]], name: str) -> dict[str, Any]:
    return next(row for row in rows if row["id"] == name)


@case("findings")
def findings_edited_to_ready(files: Files) -> Files:
    return edited(files, "findings.json", lambda value: value["verdict"].update(word="READY"))


@case("findings")
def findings_edited_to_inconclusive(files: Files) -> Files:
    return edited(
        files, "findings.json", lambda value: value["verdict"].update(word="INCONCLUSIVE")
    )


@case("findings")
def counts_edited(files: Files) -> Files:
    def change(value: dict[str, Any]) -> None:
        value["verdict"]["counts"].update(PASS=2, FAIL=0)

    return edited(files, "findings.json", change)


@case("findings")
def a_count_left_out(files: Files) -> Files:
    return edited(files, "findings.json", lambda value: value["verdict"]["counts"].pop("WAIVED"))


@case("findings")
def open_items_left_out(files: Files) -> Files:
    return edited(files, "findings.json", lambda value: value["verdict"]["blocking"].pop())


@case("findings")
def every_status_edited_to_pass(files: Files) -> Files:
    def change(rows: list[dict[str, Any]]) -> None:
        for row in rows:
            row["status"] = "PASS"

    return rejudged(files, change)


@case("findings")
def a_pass_without_evidence(files: Files) -> Files:
    def change(rows: list[dict[str, Any]]) -> None:
        part = {"label": "x", "status": "PASS", "summary": "x", "evidence": []}
        control(rows, "UA-02").update(status="PASS", parts=[part])

    return rejudged(files, change)


@case("findings")
def a_pass_that_rests_on_no_answer(files: Files) -> Files:
    def change(rows: list[dict[str, Any]]) -> None:
        row, known = control(rows, "UA-01"), samples.LOST.record_id
        row["evidence"] = row["parts"][0]["evidence"] = [known]

    return rejudged(files, change)


@case("findings")
def an_evidence_id_that_resolves_to_nothing(files: Files) -> Files:
    def change(rows: list[dict[str, Any]]) -> None:
        row = control(rows, "UA-01")
        row["evidence"] = row["parts"][0]["evidence"] = ["r-0123456789abcdef"]

    return rejudged(files, change)


@case("findings")
def a_part_dropped(files: Files) -> Files:
    def change(rows: list[dict[str, Any]]) -> None:
        row = control(rows, "UA-06")
        row["parts"].pop()
        row["status"] = "PASS"

    return rejudged(files, change)


@case("findings")
def a_hidden_waiver(files: Files) -> Files:
    return rejudged(files, lambda rows: control(rows, "UA-06").update(status="WAIVED"))


WAIVER = {"underneath": "FAIL", "expires": "2999-01-01", "evidence": []}


@case("findings")
def a_waiver_in_no_record(files: Files) -> Files:
    waiver = {**WAIVER, "evidence": ["r-0000000000000000"]}
    return rejudged(
        files, lambda rows: control(rows, "UA-06").update(status="WAIVED", waiver=waiver)
    )


@case("findings")
def a_waiver_that_names_nothing_underneath(files: Files) -> Files:
    def change(rows: list[dict[str, Any]]) -> None:
        row = control(rows, "UA-06")
        waiver = {**WAIVER, "underneath": "PASS", "evidence": row["evidence"][:1]}
        row.update(status="WAIVED", waiver=waiver)

    return rejudged(files, change)


@case("findings")
def a_waiver_of_what_is_not_known(files: Files) -> Files:
    def change(rows: list[dict[str, Any]]) -> None:
        evidence = control(rows, "UA-06")["evidence"][:1]
        waiver = {**WAIVER, "underneath": "UNKNOWN", "evidence": evidence}
        control(rows, "RG-01").update(status="WAIVED", waiver=waiver)

    return rejudged(files, change)


@case("findings")
def a_waiver_that_lies_about(files: Files) -> Files:
    def change(rows: list[dict[str, Any]]) -> None:
        row = control(rows, "UA-06")
        row["waiver"] = {**WAIVER, "evidence": row["evidence"][:1]}

    return rejudged(files, change)


@case("findings")
def another_observation_accepted(files: Files) -> Files:
    return rejudged(files, lambda rows: control(rows, "UA-06").update(observed_sha256="0" * 64))


@case("findings")
def a_canary_that_was_let_through(files: Files) -> Files:
    return edited(
        files, "findings.json", lambda value: value["canaries"]["UA-06"].update(caught=6)
    )


@case("findings")
def no_canaries(files: Files) -> Files:
    return edited(files, "findings.json", lambda value: value["canaries"].clear())


@case("findings")
def a_status_of_no_kind(files: Files) -> Files:
    def change(value: dict[str, Any]) -> None:
        control(value["controls"], "UA-06")["status"] = "FINE"

    return edited(files, "findings.json", change)


@case("findings")
def a_control_left_out(files: Files) -> Files:
    return rejudged(files, lambda rows: rows.remove(control(rows, "UA-06")))


@case("findings")
def a_control_that_no_longer_blocks(files: Files) -> Files:
    return rejudged(files, lambda rows: control(rows, "UA-06").update(blocking=False))


@case("findings")
def a_requirement_reworded(files: Files) -> Files:
    return rejudged(files, lambda rows: control(rows, "UA-06").update(requirement="Nothing."))


@case("findings")
def not_applicable_where_it_is_not_legal(files: Files) -> Files:
    def change(rows: list[dict[str, Any]]) -> None:
        illegal = next(
            c.id for c in catalogue.load().controls if c.domain == "custody" and not c.na
        )
        row = control(rows, illegal)
        evidence = [samples.SLOT.record_id]
        row.update(status="N/A", evidence=evidence, read_at={"recorded_at": samples.ASKED})
        row["parts"] = [{"label": "", "status": "N/A", "summary": "", "evidence": evidence}]

    return rejudged(files, change)


@case("findings")
def a_fresher_time_of_reading(files: Files) -> Files:
    def change(rows: list[dict[str, Any]]) -> None:
        control(rows, "UA-01")["read_at"]["recorded_at"] = "2027-01-01T00:00:00.000Z"

    return rejudged(files, change)


@case("findings")
def a_fresher_recording(files: Files) -> Files:
    return edited(
        files, "findings.json", lambda v: v["run"].update(recorded_at="2027-01-01T00:00:00.000Z")
    )


@case("findings")
def findings_of_a_newer_schema(files: Files) -> Files:
    return edited(files, "findings.json", lambda value: value["schema"].update(version=2))


@case("findings")
def findings_without_a_verdict(files: Files) -> Files:
    return edited(files, "findings.json", lambda value: value.pop("verdict"))


@case("findings")
def findings_of_other_types(files: Files) -> Files:
    return edited(files, "findings.json", lambda value: value["verdict"].update(total=True))


@case("findings")
def controls_that_are_no_objects(files: Files) -> Files:
    return edited(files, "findings.json", lambda value: value.update(controls=[1, None]))


@case("findings")
def facts_that_are_not_canonical(files: Files) -> Files:
    return remade({**files, "facts.json": b'{"facts": {}}\n'})


# Notebooks and pages


def cells(files: Files, change: Callable[[list[dict[str, Any]]], Any]) -> Files:
    name = "notebooks/02_key_custody.ipynb"
    book = json.loads(files[name])
    change(book["cells"])
    return remade({**files, name: json.dumps(book).encode()})


@case("notebooks")
def a_notebook_output_edited(files: Files) -> Files:
    def change(rows: list[dict[str, Any]]) -> None:
        for row in rows[1:]:
            shown = row["outputs"][0]["data"][FINDING_MIME]
            if shown["id"] == "UA-06":
                shown["status"] = "PASS"

    return cells(files, change)


@case("notebooks")
def a_notebook_output_with_a_number_for_a_truth(files: Files) -> Files:
    def change(rows: list[dict[str, Any]]) -> None:
        rows[1]["outputs"][0]["data"][FINDING_MIME]["blocking"] = 1

    return cells(files, change)


@case("notebooks")
def a_notebook_cell_removed(files: Files) -> Files:
    return cells(files, lambda rows: rows.pop())


@case("notebooks")
def a_notebook_cell_twice(files: Files) -> Files:
    return cells(files, lambda rows: rows.append(rows[-1]))


@case("notebooks")
def a_notebook_with_a_member_twice(files: Files) -> Files:
    name = "notebooks/02_key_custody.ipynb"
    return remade({**files, name: b'{"cells":[],' + files[name].lstrip()[1:]})


@case("notebooks")
def a_notebook_that_is_none(files: Files) -> Files:
    return remade({**files, "notebooks/02_key_custody.ipynb": b"[]"})


@case("views")
def a_page_that_shows_another_status(files: Files) -> Files:
    page = files["report.html"].replace(b'data-status="FAIL"', b'data-status="PASS"')
    return remade({**files, "report.html": page})


@case("views")
def a_page_that_leaves_a_finding_out(files: Files) -> Files:
    lines = files["report.html"].splitlines(keepends=True)
    page = b"".join(line for line in lines if b'id="UA-06"' not in line)
    return remade({**files, "report.html": page})


@case("views")
def a_page_with_another_root(files: Files) -> Files:
    root = json.loads(files["manifest.json"])["evidence_root"].encode()
    page = files["domains/02_key_custody.html"].replace(root, b"0" * 64)
    return remade({**files, "domains/02_key_custody.html": page})


@case("views")
def a_pdf_with_other_findings(files: Files) -> Files:
    return remade({**files, "report.pdf": samples.pdf(b"{}\n")})


@case("views")
def a_pdf_without_findings(files: Files) -> Files:
    return remade({**files, "domains/02_key_custody.pdf": b"%PDF-1.7\n%%EOF\n"})


# Signatures


def name_of(role: str, key: Any) -> str:
    return f"signatures/{role}-{key.pubkey()}.dsse.json"


TEAM_FILE, AUDITOR_FILE = name_of("team", TEAM), name_of("auditor", AUDITOR)


def statement(files: Files, name: str = TEAM_FILE) -> dict[str, Any]:
    value: dict[str, Any] = json.loads(base64.b64decode(json.loads(files[name])["payload"]))
    return value


@case("signatures", unsigned=False)
def everything_forged_under_old_signatures(files: Files) -> Files:
    return rejudged(files, lambda rows: control(rows, "UA-06").update(summary="Good."))


@case("signatures", named=True)
def everything_forged_and_signatures_removed(files: Files) -> Files:
    return rejudged(files, lambda rows: control(rows, "UA-06").update(summary="Good."))


@case("signatures", named=True)
def evidence_rewritten_and_hashed_again(files: Files) -> Files:
    def change(read: dict[str, Any]) -> None:
        read["reason"] = "another reason"

    return relined(files, lambda lines: record(lines, change, "getBalance"))


@case("signatures", named=True, unsigned=False)
def a_signature_removed(files: Files) -> Files:
    del files[AUDITOR_FILE]
    return files


@case("signatures", unsigned=False)
def signatures_swapped(files: Files) -> Files:
    return {**files, TEAM_FILE: files[AUDITOR_FILE], AUDITOR_FILE: files[TEAM_FILE]}


@case("signatures", unsigned=False)
def signature_bytes_swapped(files: Files) -> Files:
    mine, other = json.loads(files[TEAM_FILE]), json.loads(files[AUDITOR_FILE])
    mine["signatures"][0]["sig"] = other["signatures"][0]["sig"]
    return {**files, TEAM_FILE: canonical.dump_file(mine)}


@case("signatures", named=True, unsigned=False)
def a_stranger_in_the_place_of_the_auditor(files: Files) -> Files:
    said = statement(files, AUDITOR_FILE)
    del files[AUDITOR_FILE]
    said["predicate"]["signer"] = str(STRANGER.pubkey())
    made = samples.envelope(STRANGER, canonical.dumps(said))
    return {**files, name_of("auditor", STRANGER): made}


@case("signatures", unsigned=False)
def a_stranger_under_the_name_of_the_auditor(files: Files) -> Files:
    said = canonical.dumps(statement(files, AUDITOR_FILE))
    return {**files, AUDITOR_FILE: samples.envelope(STRANGER, said)}


@case("signatures", named=True, unsigned=False)
def the_team_as_auditor(files: Files) -> Files:
    said = statement(files)
    said["predicate"]["role"] = "auditor"
    made = samples.envelope(TEAM, canonical.dumps(said))
    files = {n: data for n, data in files.items() if n != TEAM_FILE}
    return {**files, name_of("auditor", TEAM): made}


@case("signatures", unsigned=False)
def one_key_in_both_roles(files: Files) -> Files:
    said = statement(files)
    said["predicate"]["role"] = "auditor"
    return {**files, name_of("auditor", TEAM): samples.envelope(TEAM, canonical.dumps(said))}


@case("signatures", unsigned=False)
def the_role_edited_in_the_statement(files: Files) -> Files:
    value = json.loads(files[TEAM_FILE])
    said = statement(files)
    said["predicate"]["role"] = "auditor"
    value["payload"] = base64.b64encode(canonical.dumps(said)).decode()
    del files[TEAM_FILE]
    return {**files, name_of("auditor", TEAM): canonical.dump_file(value)}


@case("signatures", unsigned=False)
def a_statement_that_leaves_a_file_out(files: Files) -> Files:
    said = statement(files)
    said["subject"] = [row for row in said["subject"] if row["name"] != "findings.json"]
    return {**files, TEAM_FILE: samples.envelope(TEAM, canonical.dumps(said))}


@case("signatures", unsigned=False)
def a_statement_with_another_verdict(files: Files) -> Files:
    said = statement(files)
    said["predicate"]["verdict"] = "READY"
    return {**files, TEAM_FILE: samples.envelope(TEAM, canonical.dumps(said))}


@case("signatures", unsigned=False)
def a_statement_of_another_kind(files: Files) -> Files:
    said = {**statement(files), "predicateType": "https://slsa.dev/provenance/v1"}
    return {**files, TEAM_FILE: samples.envelope(TEAM, canonical.dumps(said))}


@case("signatures", unsigned=False)
def an_envelope_without_signature(files: Files) -> Files:
    value = json.loads(files[TEAM_FILE])
    value["signatures"] = []
    return {**files, TEAM_FILE: canonical.dump_file(value)}


@case("signatures", unsigned=False)
def an_envelope_of_another_type(files: Files) -> Files:
    said = canonical.dumps(statement(files))
    return {**files, TEAM_FILE: samples.envelope(TEAM, said, payloadType="text/plain")}


@case("signatures", unsigned=False)
def a_disagreement_without_reason(files: Files) -> Files:
    said = statement(files)
    said["predicate"].update(opinion="disagrees", reason=" ")
    return {**files, TEAM_FILE: samples.envelope(TEAM, canonical.dumps(said))}


@case("signatures", named=True, unsigned=False)
def a_named_auditor_who_disagrees(files: Files) -> Files:
    said = statement(files, AUDITOR_FILE)
    said["predicate"].update(opinion="disagrees", reason="Not convinced.")
    return {**files, AUDITOR_FILE: samples.envelope(AUDITOR, canonical.dumps(said))}


@case("signatures", unsigned=False)
def a_signature_that_is_not_canonical(files: Files) -> Files:
    value = json.loads(files[TEAM_FILE])
    return {**files, TEAM_FILE: json.dumps(value, indent=1).encode() + b"\n"}


@case("signatures", unsigned=False)
def a_signature_of_half_the_length(files: Files) -> Files:
    value = json.loads(files[TEAM_FILE])
    value["signatures"][0]["sig"] = base64.b64encode(bytes(32)).decode()
    return {**files, TEAM_FILE: canonical.dump_file(value)}
