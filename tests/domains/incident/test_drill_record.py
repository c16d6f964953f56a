"""A drill record, row by row: what is malformed is told, and shows nothing."""

from __future__ import annotations

import hashlib
from typing import Any

import pytest
from solders.keypair import Keypair

from privatedao_audit.domains.incident.drills.facts import Gap
from privatedao_audit.domains.incident.drills.record import MAX_DRILLS, Row, rows_of
from privatedao_audit.model.clusters import GENESIS_HASHES
from privatedao_audit.model.parts import PARTS
from privatedao_audit.model.target import Surface
from privatedao_audit.rehearsal.dossier.text import toml
from privatedao_audit.repository.errors import BadDocument

SIGNATURE = str(Keypair.from_seed(hashlib.sha256(b"drill").digest()).sign_message(b"drill"))
GOOD: dict[str, Any] = {
    "incident": "drain", "path": "IR-03", "date": "2026-11-01", "cluster": "localnet",
    "genesis_hash": "a" * 44, "recording": "drill.sqlite", "evidence_root": "ab" * 32,
    "started_at": "2026-11-01T09:00:00Z", "detected_at": "2026-11-01T09:01:00Z",
    "contained_at": "2026-11-01T10:00:00Z", "instruction": "none", "signatures": [SIGNATURE],
    "participants": ["a key"], "gaps": [{"text": "late", "closed": True}],
}  # fmt: skip
SURFACE = Surface.model_validate({
    "part": "drill-record", "file": "drills.toml", "format": "toml", "rows": "/drills",
    "fields": {name: f"/{name}" for name in PARTS["drill-record"]},
})  # fmt: skip


def row(**change: Any) -> Row:
    given = {name: one for name, one in {**GOOD, **change}.items() if one is not None}
    (found,) = rows_of(SURFACE, toml("A record.", {"drills": [given]}).encode())
    return found


def test_a_row_is_read_as_it_is() -> None:
    found = row()
    assert found.fault == ""
    assert found.time("detected_at") == 1_793_523_660
    assert found.gaps == (Gap("late", closed=True),)
    assert (found.signatures, found.participants) == ((SIGNATURE,), ("a key",))
    assert found.place == "drills.toml, drill 1"


def test_a_form_is_no_fault() -> None:
    found = row(detected_at="", contained_at="", instruction="", participants=[], gaps=[])
    assert (found.fault, found.time("detected_at"), found.gaps) == ("", None, ())
    assert row(gaps=None).gaps is None


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"path": "IR-06"}, "its path is none"),
        ({"started_at": "2026-11-01 09:00"}, "started_at is no time"),
        ({"date": "yesterday"}, "date is no time"),
        ({"cluster": "moonnet"}, "names no cluster"),
        ({"cluster": "devnet"}, "is not that of devnet"),
        ({"genesis_hash": GENESIS_HASHES["devnet"]}, "that of a public cluster"),
        ({"evidence_root": ""}, "without an evidence root"),
        ({"signatures": ["nonsense"]}, "one of its signatures is none"),
        ({"signatures": "nonsense"}, "no list of texts"),
        ({"participants": [1]}, "no list of texts"),
        ({"participants": [str(number) for number in range(51)]}, "more than 50"),
        ({"gaps": ["late"]}, "a gap is not"),
        ({"gaps": [{"text": "late"}]}, "a gap is not"),
        ({"gaps": [{"text": "late", "closed": "yes"}]}, "a gap is not"),
        ({"gaps": "none"}, "gaps is no list"),
        ({"instruction": 7}, "instruction is a int"),
    ],
)
def test_what_is_malformed_is_told(change: dict[str, Any], why: str) -> None:
    assert why in row(**change).fault


@pytest.mark.parametrize(
    "text",
    ["drills = 1", 'drills = ["a"]', "other = 1", "[[drills]]\n" * (MAX_DRILLS + 1), "= nothing"],
)
def test_what_is_no_record_is_refused(text: str) -> None:
    with pytest.raises(BadDocument):
        rows_of(SURFACE, text.encode())
