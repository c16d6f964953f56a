"""An invented findings.json with every status and hostile text, for the exports."""

from __future__ import annotations

import json
from copy import deepcopy
from typing import Any

from privatedao_audit.audit.summary import sum_up
from privatedao_audit.model import catalogue
from privatedao_audit.model.status import ControlClass, Floor, Status
from privatedao_audit.report.exports import Document, read

ROOT = "5e884898da28047151d0e56f8dc6292773603d0d6aabbdd62a11ef721d1542d8"
HOSTILE = (
    "=cmd|' /C calc'!A1 <script>alert(1)</script> [link](http://evil.example) {0} @everyone "
    "`code` ``` ~~~ | # \u202egnp.exe \x1b[31m ]]> &amp; ![x](http://evil.example/i.png)"
)
AT = {"slot": 342118204, "commitment": "finalized", "genesis_hash": None, "providers": ["main"],
      "recorded_at": "2026-11-23T09:30:01.500Z"}  # fmt: skip
_STATUSES = ("PASS", "FAIL", "UNKNOWN", "ATTESTED", "DIVERGED", "STALE", "MISSING", "N/A", "WAIVED")


def control(row: catalogue.Control, place: int) -> dict[str, Any]:
    """A control's finding; statuses take turns where the catalogue allows them."""
    status = _STATUSES[place % len(_STATUSES)]
    chain = row.control_class is ControlClass.CHAIN and row.floor is not Floor.ATTESTED
    if (status == "ATTESTED" and chain) or (status == "N/A" and not row.na):
        status = "PASS"
    underneath = "FAIL" if status == "WAIVED" else status
    evidence = [f"r-{place:016x}"]
    parts = [
        {"label": HOSTILE, "status": underneath, "summary": HOSTILE, "observed": None,
         "expected": None, "evidence": evidence},
        {"label": "second", "status": "N/A" if underneath == "N/A" else "PASS",
         "summary": "It was read.", "observed": None, "expected": None, "evidence": evidence},
    ]  # fmt: skip
    if place == 2:
        parts, evidence = [], []
    return {
        "id": row.id, "domain": row.domain, "title": row.title, "requirement": row.requirement,
        "class": row.control_class.value, "blocking": row.blocking, "floor": row.floor.value,
        "severity": row.severity.value, "status": status,
        "summary": "Not evaluated by this version." if place == 2 else HOSTILE,
        "parts": parts, "evidence": evidence, "read_at": AT if evidence else None,
        "remediation": row.remediation, "recheck": row.recheck, "frameworks": list(row.frameworks),
        "waiver": {"reason": HOSTILE, "owner": "Ada", "expires": "2027-01-01", "underneath": "FAIL"}
        if status == "WAIVED" else None,
    }  # fmt: skip


def value(**change: Any) -> dict[str, Any]:
    """The findings as JSON; members of the top level may be changed."""
    known = catalogue.load()
    controls = [control(row, place) for place, row in enumerate(known.controls)]
    return {
        "schema": {"name": "privatedao-audit/findings", "version": 1},
        "evidence_root": ROOT,
        "target": {"name": "case", "title": f"A case {HOSTILE}", "cluster": "localnet",
                   "genesis_hash": None, "protocol": "privatedao",
                   "program_ids": ["PDAoGov1111111111111111111111111111111111111"]},
        "run": {"recorded_at": "2026-11-23T09:31:00.000Z", "slot_window": [1, 2]},
        "method": {"kit_version": "0.1.0", "catalogue": known.sha256, "target": "7" * 64},
        "verdict": sum_up(controls, invalid=False),
        "self_doubt": [{"id": "hostile", "text": HOSTILE}],
        "controls": controls,
        **change,
    }  # fmt: skip


def all_with(status: Status) -> dict[str, Any]:
    """Findings in which every control has one status, and its parts with it."""
    made = value()
    for one in made["controls"]:
        one |= {"status": status.value, "summary": "All the same.", "waiver": None}
        for part in one["parts"]:
            part["status"] = status.value
        if not one["parts"]:
            one["parts"] = deepcopy(made["controls"][0]["parts"])
            for part in one["parts"]:
                part["status"] = status.value
    made["verdict"] = sum_up(made["controls"], invalid=False)
    return made


def raw(given: dict[str, Any]) -> bytes:
    """The findings as bytes."""
    return json.dumps(given).encode()


def document(given: dict[str, Any] | None = None) -> Document:
    """The findings as an export reads them."""
    return read(raw(value() if given is None else given))
