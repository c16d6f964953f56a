"""An invented run that read lists and pages of contacts, and everything that names people in it.

Names and numbers are chosen to be hard: letters beyond ASCII, quotation marks, a number that is
written in two ways, a name that the profile holds as well.
"""

from __future__ import annotations

import hashlib
import html
import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import bundle_samples as samples
from bundle_samples import Files

from privatedao_audit.bundle.public.salts import Salts
from privatedao_audit.bundle.public.views import Index
from privatedao_audit.evidence.questions import Exchange, Outcome, Question, Resolution, ask_for
from privatedao_audit.model import canonical, catalogue
from privatedao_audit.model.finding import Judgement, Part, Position, finding
from privatedao_audit.model.personal import salt_of, short_digest
from privatedao_audit.model.reads import ReadAt
from privatedao_audit.model.status import Status

NAME = 'Zoë "Zed" O\'Hara & Söhne'
OWNER = "Quentin Vexley"
PHONE, SPELT = "+49 170 555 0199", "0049-170-5550199"
MAIL, HANDLE, PAGE_MAIL = "zoe.ohara@club.invalid", "@zoe_on_call", "desk@club.invalid"
LEADER = "Ottoline Pryce leads."
#: Stands in the title of the target, which the evidence root covers.
KNOWN = "Harbour Office"
#: Neither declared nor mapped: a comment and a member that no field names.
UNMAPPED = "@zoe_private"
#: Every text of which no byte may be left in a public form.
SECRET = (NAME, OWNER, PHONE, SPELT, MAIL, HANDLE, PAGE_MAIL, LEADER, UNMAPPED)

CONTACTS, PAGE = "dossier/incident-contacts.toml", "CONTACT.md"
#: Mapped, and not in the checkout.
MISSING = "dossier/recovery-contacts.toml"
RUNBOOK, REACH, CLEAN = "runbooks/one.md", "docs/reach.md", "docs/clean.md"
PROFILE = samples.PROFILE.replace('title = "A case"', f'title = "A case of the {KNOWN}"') + f"""
[[surfaces]]
part = "incident-contacts"
file = "{CONTACTS}"
format = "toml"
rows = "/contacts"
[surfaces.fields]
name = "/name"
role = "/role"
kind = "/kind"
value = "/value"
owner = "/owner"
date = "/date"
[[surfaces]]
part = "contact-page"
file = "{PAGE}"
format = "markdown"
[surfaces.fields]
contacts = "Ways"
owner = "Lead"
[[surfaces]]
part = "recovery-contacts"
file = "{MISSING}"
format = "toml"
rows = "/contacts"
[surfaces.fields]
value = "/value"
"""


def _row(name: str, role: str, kind: str, value: str) -> str:
    members = {"name": name, "role": role, "kind": kind, "value": value, "owner": OWNER,
               "date": "2026-11-01", "private": UNMAPPED}  # fmt: skip
    told = "".join(f"{key} = {json.dumps(one)}\n" for key, one in members.items())
    return f"[[contacts]]\n{told}\n"


FILES: dict[str, str] = {
    CONTACTS: f"# Never at night: {UNMAPPED}\n"
    + _row(NAME, f"deputy of {OWNER}", "phone", PHONE)
    + _row(NAME, "incident owner", "mail", MAIL)
    + _row(KNOWN, "custody", "messenger", HANDLE),
    PAGE: f"---\ndate: 2026-11-01\n---\n# Contact\n\n## Lead\n\n{LEADER}\n\n"
    f"## Ways\n\n- {PAGE_MAIL}\n",
    RUNBOOK: f"# Runbook\n\nEscalation: {OWNER.upper()}, then {NAME}\n\nThe {KNOWN} is told.\n",
    REACH: f"# Reach\n\n{OWNER} answers {SPELT}.\n",
    CLEAN: "# Clean\n\nNobody is named here.\n",
}
READS = {path: ask_for("file", "read", {"path": path}) for path in FILES}
BULK = ask_for("git", "documents-at", {"commit": "ab" * 20})


def oid(text: str) -> str:
    raw = text.encode()
    return hashlib.sha1(b"blob %d\0" % len(raw) + raw).hexdigest()


def bulk() -> bytes:
    texts = {path: text for path, text in FILES.items() if path.endswith(".md")}
    return canonical.dumps(
        {
            "files": {path: oid(text) for path, text in texts.items()},
            "texts": {oid(text): text for text in texts.values()},
            "silent": {}, "copies": {}, "left_out": {}, "unread": {}, "torn": [], "others": 3,
            "next": None,
        }
    )  # fmt: skip


def answered() -> Iterable[tuple[Question, Resolution]]:
    def made(name: str, body: bytes) -> Resolution:
        one = Exchange("checkout", "", name, None, {}, body, None, samples.ASKED)
        return Resolution(Outcome.FOUND, None, (one,), 0, providers=("checkout",))

    for path, question in READS.items():
        yield question, made(f"read {path}", FILES[path].encode())
    yield BULK, made("documents", bulk())
    told = Exchange("checkout", "", "gone", None, {}, b'{"absent":"x"}', None, samples.ASKED)
    gone = Resolution(Outcome.ABSENT, None, (told,), 0, providers=("checkout",))
    yield ask_for("file", "read", {"path": MISSING}), gone


def digest(path: str) -> str:
    """SHA-256 of a file, under which its body lies."""
    return canonical.sha256(bulk() if path == "bulk" else FILES[path].encode())


def short(path: str, text: str) -> str:
    """The short digest by which facts know a contact."""
    return short_digest(salt_of(FILES[path].encode()), text)


def contact(path: str, who: str, value: str) -> dict[str, Any]:
    return {"who": short(path, who), "value": short(path, value.casefold()), "role": "deputy",
            "purposes": ["incident"], "kind": "phone"}  # fmt: skip


FACTS = {
    "incident": {
        "contacts": [
            contact(CONTACTS, NAME, PHONE), contact(CONTACTS, NAME, MAIL),
            contact(CONTACTS, KNOWN, HANDLE), contact(PAGE, LEADER, LEADER),
            contact(PAGE, PAGE_MAIL, PAGE_MAIL),
        ],
        "named": {OWNER: f"{OWNER}, {KNOWN}"},
    }
}  # fmt: skip
CLAIMS = f'"standing","words"\r\n"agrees","{NAME.replace(chr(34), chr(34) * 2)}"\r\n'.encode()


def judged() -> list[dict[str, Any]]:
    """Findings of which one names people, and one tells a contact by its digest."""
    at = ReadAt((READS[RUNBOOK].record_id,), None, None, ("checkout",), samples.ASKED)
    said = {
        "UA-02": Part("one", Status.FAIL, f"It names {OWNER} and {short(CONTACTS, NAME)}.", at,
                      {"who": OWNER, OWNER: [short(CONTACTS, NAME)]}, "two people"),
        "UA-03": Part("one", Status.FAIL, "One way.", at, [short(CONTACTS, PHONE)], "two ways"),
    }  # fmt: skip
    rows = {}
    for control in catalogue.load().controls:
        if control.id in said:
            judgement = Judgement("Bad.", (said[control.id],))
            row = finding(control, judgement, Position(samples.GENESIS, samples.SEALED))
            rows[control.id] = {**row, "recheck": row["recheck"].replace("TARGET", "case")}
    return [rows.get(one["id"], one) for one in samples.judged()]


def folder(place: Path) -> Path:
    """The folder of the run; its notebook shows names in a table and as an array of lines."""
    made = samples.run_folder(
        place, profile=PROFILE, answered=answered(), facts=FACTS, judge=judged, claims=CLAIMS
    )
    name = "notebooks/02_key_custody.ipynb"
    book = json.loads((made / name).read_bytes())
    shown = {
        "text/html": [f"<td>{html.escape(NAME)}</td>\n", f"<td>{OWNER}</td>\n"],
        "text/plain": f"{NAME!r} {short(CONTACTS, PHONE)}",
        "image/svg+xml": f"<svg><text>{html.escape(NAME, quote=False)}</text></svg>",
    }
    cell = {"cell_type": "code", "id": "t", "metadata": {}, "source": "show('Lookout')"}
    outputs = [{"output_type": "display_data", "data": shown}]
    book["cells"].append({**cell, "outputs": outputs})
    raw = json.dumps(book, indent=1, ensure_ascii=False).encode()
    (made / name).write_bytes(raw)
    state = json.loads((made / "run.json").read_bytes())
    state["files"][name] = canonical.sha256(raw)
    (made / "run.json").write_bytes(canonical.dump_file(state))
    return made


class Fixed(Salts):
    """Salts that are the same in every test."""

    def of(self, text: str) -> bytes:
        return hashlib.sha256(b"salt " + text.casefold().encode()).digest()


def pages(files: Mapping[str, bytes], form: Mapping[str, Any]) -> Iterable[tuple[str, bytes]]:
    """Pages as the invented run has them, from the findings of the public form."""
    found = json.loads(files["findings.json"])
    assert set(form) == {"made_from", "fields", "documents"}
    yield from samples.pages(found, Index(files), form).items()


def redacted(files: Files, change: Any) -> Files:
    """redactions.json changed, under a new manifest."""
    return samples.edited(files, "redactions.json", change)
