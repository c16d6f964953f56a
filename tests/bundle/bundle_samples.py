"""An invented run, small enough to be verified a hundred times, and ways to change its bundle.

Everything is made by the kit's own model from today's catalogue, so that no sample file has to be
kept up to date. No randomness and no clock.
"""

from __future__ import annotations

import base64
import hashlib
import json
import zlib
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from jinja2 import TemplateError
from solders.keypair import Keypair

from privatedao_audit import __version__, assets
from privatedao_audit.audit.doubts import doubts
from privatedao_audit.audit.scope import KIND, Scope
from privatedao_audit.audit.summary import sum_up
from privatedao_audit.bundle import container, cosign, layout, manifest, signing
from privatedao_audit.bundle.public.views import Index
from privatedao_audit.evidence.questions import Exchange, Outcome, Question, Resolution, ask_for
from privatedao_audit.evidence.recording import Recording
from privatedao_audit.evidence.records import RunHeader, moment
from privatedao_audit.evidence.sealed import SealedRecording
from privatedao_audit.model import canonical, catalogue
from privatedao_audit.model import target as targets
from privatedao_audit.model.boundary import boundary
from privatedao_audit.model.finding import (
    FINDING_MIME,
    Judgement,
    Part,
    Position,
    finding,
    not_evaluated,
)
from privatedao_audit.model.reads import ReadAt
from privatedao_audit.model.status import Status
from privatedao_audit.report.html import page_frame, verdict_lines

STARTED, ASKED, SEALED = (f"2026-11-23T09:3{n}:00.000Z" for n in range(3))
Files = dict[str, bytes]


def pair(word: str) -> Keypair:
    return Keypair.from_seed(hashlib.sha256(word.encode()).digest())


TEAM, AUDITOR, STRANGER = pair("team"), pair("auditor"), pair("stranger")
GENESIS, PROGRAM, DAO, TREASURY = (str(pair(word).pubkey()) for word in ("g", "p", "d", "t"))
PROFILE = f"""
schema = 1
name = "case"
title = "A case"
protocol = "privatedao"
[cluster]
name = "localnet"
genesis_hash = "{GENESIS}"
[[programs]]
name = "governance"
id = "{PROGRAM}"
[[daos]]
name = "DAO"
address = "{DAO}"
program = "governance"
treasury = "{TREASURY}"
"""
SLOT, OWNER, LOST = (
    ask_for("rpc", method, [{"commitment": "finalized"}])
    for method in ("getSlot", "getAccountInfo", "getBalance")
)
SCOPE = ask_for(KIND, "scope")
COVERED = Scope(("custody",), (("main", "rpc.example.org"),), False)
TABLE = f"tables/balances-{DAO}.parquet"


def resolutions() -> list[tuple[Question, Resolution]]:
    """A found read, an absent one and an unknown one."""

    def made(number: int, body: bytes | None, error: str | None = None) -> Exchange:
        request = json.dumps({"id": number, "method": "asked"})
        return Exchange(
            "main", "rpc.example.org", request, 200, {"content-type": "json"}, body, error, ASKED
        )

    said = {"slot": 7, "commitment": "finalized", "providers": ("main",)}
    covered = canonical.dumps(
        {
            "domains": list(COVERED.domains),
            "providers": [{"label": label, "host": host} for label, host in COVERED.providers],
            "checkout": COVERED.checkout,
            "artifacts": [],
        }
    )
    kit = Exchange("kit", "", "scope", None, {}, covered, None, ASKED)
    return [
        (SCOPE, Resolution(Outcome.FOUND, None, (kit,), 0, providers=("kit",))),
        (SLOT, Resolution(Outcome.FOUND, None, (made(1, b'{"result":7}'),), 0, **said)),
        (OWNER, Resolution(Outcome.ABSENT, None, (made(2, b'{"result":null}'),), 0, **said)),
        (LOST, Resolution(Outcome.UNKNOWN, "no answer", (made(3, None, "refused"),))),
    ]


def judged() -> list[dict[str, Any]]:
    """Findings of the whole catalogue: one fails, one passes, the rest were not evaluated."""
    at = ReadAt((SLOT.record_id,), 7, "finalized", ("main",), ASKED)
    absent = ReadAt((OWNER.record_id, SLOT.record_id), 7, "finalized", ("main",), ASKED)
    said = {
        "UA-01": Judgement("Seen.", (Part("one", Status.PASS, "Seen.", at, 7, 7),)),
        "UA-06": Judgement("Bad.", (Part("one", Status.PASS, "Seen.", at),
                                    Part("two", Status.FAIL, "Bad.", absent))),
    }  # fmt: skip
    position = Position(GENESIS, SEALED)
    found = [
        finding(control, said.get(control.id, not_evaluated()), position)
        for control in catalogue.load().controls
    ]
    return [{**row, "recheck": row["recheck"].replace("TARGET", "case")} for row in found]


def notebook(rows: list[dict[str, Any]]) -> bytes:
    cells = [
        {
            "cell_type": "code",
            "id": row["id"],
            "metadata": {},
            "outputs": [{"data": {FINDING_MIME: row, "text/plain": row["summary"]}}],
        }
        for row in rows
    ]
    book = {"cells": [{"cell_type": "markdown", "source": "A title"}, *cells], "nbformat": 4}
    return json.dumps(book, indent=1).encode()


def pages(found: dict[str, Any], index: Any, form: Any = None) -> Files:
    """The pages of the invented run: those of the kit, with verdict lines alone as a chapter.

    Args:
        index: the recording, or the records of a bundle.
        form: what a public form says of itself.
    """
    stem, lines = "02_key_custody", verdict_lines(found["controls"])
    custody = [row["id"] for row in found["controls"] if row["domain"] == "custody"]
    cell = '<div class="cell control" id="chapter-02-key-custody-{}">\n{}\n</div>'
    body = "".join(cell.format(one, lines[one]) for one in custody)
    doc = {**found, "public_form": form} if form else found
    return {
        name: body.join(page_frame(doc, [stem], index, domain=domain)).encode()
        for name, domain in (("report.html", None), (f"domains/{stem}.html", "custody"))
    }


def redrawn(files: Files) -> Files:
    """The files with the pages that a forger would make of them, where one can be made at all."""
    target = None if layout.REDACTIONS in files else json.loads(files[layout.TARGET])
    form = None
    if target is None:
        stated = json.loads(files[layout.REDACTIONS])
        form = {
            "made_from": json.loads(files[layout.MANIFEST])["public_form_of"],
            "fields": sum(len(row["fields"]) for row in stated["texts"]),
            "documents": len(stated["documents"]),
        }
    try:
        drawn = pages(json.loads(files[layout.FINDINGS]), Index(files, target), form)
    except (TemplateError, LookupError, TypeError, ValueError, AttributeError):
        return files
    return {**files, **drawn}


def pdf(findings: bytes) -> bytes:
    head = b"%PDF-1.7\n1 0 obj\n<</Type /EmbeddedFile/Params <</Size 1>>/Filter /FlateDecode>>\n"
    return head + b"stream\n" + zlib.compress(findings) + b"\nendstream\nendobj\n%%EOF\n"


def run_folder(
    folder: Path,
    *,
    profile: str = PROFILE,
    answered: Iterable[tuple[Question, Resolution]] = (),
    facts: dict[str, Any] | None = None,
    judge: Callable[[], list[dict[str, Any]]] | None = None,
    claims: bytes | None = None,
) -> Path:
    """Write what a run leaves in its folder.

    Args:
        answered: reads beyond those of every invented run.
        facts: of the domains; claims: the table beside them.
        judge: the findings; those of :func:`judged` by default.
    """
    folder.mkdir(parents=True)
    target = targets.parse(profile, "case.toml")
    place = folder / "evidence.sqlite"
    header = RunHeader(__version__, "case", "localnet", target.as_json(), STARTED)
    working = folder.with_name("working.sqlite")
    with Recording.open(working, header, clock=lambda: moment(ASKED)) as recording:
        for question, resolution in (*resolutions(), *answered):
            recording.put(question, resolution)
        recording.seal(place, SEALED)
        recording.discard()
    rows = (judge or judged)()
    lock = assets.root() / "requirements.lock"
    found = {
        "schema": {"name": "privatedao-audit/findings", "version": 1},
        "method": {
            "kit_version": __version__,
            "lock": canonical.sha256(lock.read_bytes()) if lock.is_file() else None,
            "catalogue": catalogue.load().sha256,
            "target": target.sha256,
            "limits": target.limits.model_dump(),
            "limits_loosened": [],
        },
        "target": {
            "name": "case",
            "title": target.title,
            "cluster": "localnet",
            "genesis_hash": GENESIS,
            "protocol": "privatedao",
            "program_ids": [PROGRAM],
        },
        "run": {
            "recorded_at": SEALED,
            "slot_window": [7, 7],
            "genesis_hash": GENESIS,
            "repository": None,
            "domains": ["custody"],
            "cluster": "localnet",
            "providers": [{"label": "main", "host": "rpc.example.org"}],
        },
        "verdict": sum_up(rows, invalid=False),
        "controls": rows,
        "boundary": boundary(rows, "localnet"),
        "waivers": [],
        "canaries": {row["id"]: {"caught": 7, "of": 7} for row in rows if row["parts"]},
        "self_doubt": doubts(target, COVERED, rows, SEALED),
    }
    with SealedRecording.open(place) as sealed:
        findings = canonical.dump_file({**found, "evidence_root": sealed.evidence_root})
        drawn = pages(json.loads(findings), sealed)
    custody = [row for row in rows if row["domain"] == "custody"]
    tables = {TABLE: {"rows": 1, "sha256": canonical.sha256(b"PAR1")}}
    written = {}
    if claims is not None:
        tables["claims.csv"] = {"rows": 1, "sha256": canonical.sha256(claims)}
        written["claims.csv"] = claims
    written |= {
        "facts.json": canonical.dump_file({"facts": facts or {}, "tables": tables}),
        TABLE: b"PAR1",
        "findings.json": findings,
        "notebooks/02_key_custody.ipynb": notebook(custody),
        **drawn,
        "domains/02_key_custody.pdf": pdf(findings),
        "report.pdf": pdf(findings),
    }
    for name, data in written.items():
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_bytes(data)
    (folder / "target.toml").write_text(profile, encoding="utf-8")
    hashes = {name: canonical.sha256(data) for name, data in written.items()}
    (folder / "run.json").write_bytes(canonical.dump_file({"files": hashes}))
    return folder


# Changing a bundle


def files_of(raw: bytes) -> Files:
    return {name: one.data for name, one in container.read(raw).items()}


def zipped(files: Files) -> bytes:
    """The files as a container that is sound, whatever they hold."""
    return container.write(container.entry(name, data) for name, data in files.items())


def remade(files: Files, **stated: str) -> Files:
    """The files under a new manifest, as a forger would write one. Signatures stay."""
    old = json.loads(files["manifest.json"])
    covered = {
        name: data
        for name, data in files.items()
        if name != "manifest.json" and not layout.is_signature(name)
    }
    kept = ("kit_version", "target", "evidence_root", "public_form_of")
    members = {key: old[key] for key in kept if key in old}
    return {**files, "manifest.json": manifest.make(covered, **{**members, **stated})}


def edited(files: Files, name: str, change: Callable[[Any], Any]) -> Files:
    """A canonical JSON file after ``change`` worked on its value, under a new manifest."""
    value = json.loads(files[name])
    change(value)
    return remade({**files, name: canonical.dump_file(value)})


def sign(raw: bytes, key: Keypair, role: str, disagrees: str | None = None) -> bytes:
    pending = cosign.prepare(raw, str(key.pubkey()), signing.Role(role), disagrees)
    return pending.attach(bytes(key.sign_message(pending.message)))


def envelope(key: Keypair, statement: bytes, **changes: Any) -> bytes:
    """An envelope over any statement, signed properly."""
    signed = b"DSSEv1 28 application/vnd.in-toto+json %d %b" % (len(statement), statement)
    row = {
        "keyid": str(key.pubkey()),
        "sig": base64.b64encode(bytes(key.sign_message(signed))).decode(),
    }
    whole = {
        "payload": base64.b64encode(statement).decode(),
        "payloadType": "application/vnd.in-toto+json",
        "signatures": [row],
    }
    return canonical.dump_file({**whole, **changes})
