"""What a bundle says beside its controls, edited and re-manifested: both verifiers refuse it."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import bundle_samples as samples
import pytest
from bundle_samples import Files, edited, files_of, remade, zipped
from mutations import control, rejudged

from privatedao_audit.bundle import derived
from privatedao_audit.bundle import verify_bundle as alone
from privatedao_audit.bundle.errors import BadBundle
from privatedao_audit.bundle.recording import Recorded
from privatedao_audit.bundle.verify import verify
from privatedao_audit.evidence.records import RunHeader
from privatedao_audit.model import canonical, catalogue
from privatedao_audit.model.boundary import boundary, lines
from privatedao_audit.model.catalogue import NA_LEGAL, NOT_WAIVABLE
from privatedao_audit.model.waivers import observed_sha256

Change = Callable[[dict[str, Any]], Any]


def problems(files: Files) -> tuple[set[str], set[str]]:
    """Stages at which the package refuses, and at which the one-file verifier does."""
    raw = zipped(files)
    return {s for s, _ in verify(raw).problems}, {s for s, _ in alone.verify(raw, {}).problems}


def viewed(files: Files, change: Change) -> Files:
    """findings.json changed, the manifest and the PDFs that carry it made anew."""
    made = edited(files, "findings.json", change)
    for name in ("report.pdf", "domains/02_key_custody.pdf"):
        made[name] = samples.pdf(made["findings.json"])
    return remade(made)


def beside(change: Change) -> Callable[[Files], Files]:
    return lambda files: viewed(files, change)


def within(name: str, change: Change) -> Callable[[Files], Files]:
    return lambda files: rejudged(files, lambda rows: change(control(rows, name)))


def proven(value: dict[str, Any]) -> None:
    value["boundary"][-1]["state"] = "proven on chain"


def in_force(value: dict[str, Any]) -> None:
    value["waivers"] = [{"control": "UA-06", "state": "in force", "text": "The team accepts it."}]


def no_doubts(value: dict[str, Any]) -> None:
    value["self_doubt"] = []


def a_second_provider(value: dict[str, Any]) -> None:
    value["run"]["providers"].append({"label": "second", "host": "rpc.example.net"})
    value["self_doubt"] = [row for row in value["self_doubt"] if row["id"] != "one-provider"]


EDITED = {
    "a boundary line called proven": beside(proven),
    "a boundary line left out": beside(lambda value: value["boundary"].pop()),
    "no boundary": beside(lambda value: value.pop("boundary")),
    "a waiver in force that is laid over nothing": beside(in_force),
    "a waiver that is neither": beside(
        lambda value: value.update(waivers=[{"control": "UA-06", "state": "fine", "text": "x"}])
    ),
    "no list of waivers": beside(lambda value: value.pop("waivers")),
    "no doubts": beside(no_doubts),
    "no member for doubts": beside(lambda value: value.pop("self_doubt")),
    "doubts that are no list": beside(lambda value: value.update(self_doubt=7)),
    "a provider that was never asked": beside(a_second_provider),
    "more domains than were covered": beside(
        lambda value: value["run"].update(domains=["custody", "gate"])
    ),
    "canaries of a control that is none": beside(
        lambda value: value["canaries"].update({"ZZ-01": {"caught": 1, "of": 1}})
    ),
    "an observed value that is not that of its parts": within(
        "UA-06", lambda row: row.update(observed={"two": "fine"})
    ),
    "an expected value of no part": within("UA-06", lambda row: row.update(expected={"two": 1})),
    "an age limit of a century": within(
        "UA-06", lambda row: row.update(age_limit_seconds=3_155_760_000)
    ),
    "what ends it left out": within("UA-06", lambda row: row.update(invalidated_by=["Nothing."])),
    "another remediation": within("UA-06", lambda row: row.update(remediation="Nothing to do.")),
    "another recheck": within("UA-06", lambda row: row.update(recheck="true")),
    "a slot at which nothing was read": within("UA-06", lambda row: row["read_at"].update(slot=9)),
    "a provider that did not answer": within(
        "UA-06", lambda row: row["read_at"].update(providers=["main", "second"])
    ),
    "a commitment that was not asked for": within(
        "UA-06", lambda row: row["read_at"].update(commitment="rooted")
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", EDITED)
def test_what_a_run_computes_can_not_be_worded_better(raw: bytes, name: str) -> None:
    files = EDITED[name](files_of(raw))
    assert problems(files) == ({"findings"}, {"findings"})


@pytest.mark.parametrize(
    "change",
    [
        lambda value: value["method"]["limits"].update(multisig_threshold=1),
        lambda value: value["method"].update(limits_loosened=["nothing"]),
    ],
)
def test_other_limits_than_those_of_the_target_are_refused(raw: bytes, change: Change) -> None:
    """By the package, which knows the limits; the one file does not."""
    assert problems(viewed(files_of(raw), change))[0] == {"findings"}


# Tables


def of_facts(files: Files, change: Change) -> Files:
    return edited(files, "facts.json", change)


def test_a_table_edited_or_left_out_or_added_is_refused(raw: bytes) -> None:
    files = files_of(raw)
    spare = samples.TABLE.replace("balances", "events")
    dropped = {name: data for name, data in files.items() if name != samples.TABLE}
    for made in (
        remade({**files, samples.TABLE: b"PAR1 otherwise"}),
        remade(dropped),
        remade({**files, spare: b"PAR1"}),
        of_facts(files, lambda value: value.pop("tables")),
        of_facts(files, lambda value: value.update(tables=[])),
        of_facts(files, lambda value: value["tables"][samples.TABLE].update(sha256="0" * 64)),
        of_facts(files, lambda value: value["tables"].update({spare: None})),
        of_facts(files, lambda value: value["tables"].update({"claims.csv": {"sha256": ""}})),
        of_facts(files, lambda value: value["tables"].update({"manifest.json": {"sha256": ""}})),
    ):
        assert problems(made) == ({"findings"}, {"findings"})


def test_the_ledger_of_claims_is_bound_by_the_facts(raw: bytes) -> None:
    files, table = files_of(raw), b"standing,claim\r\nagrees,one\r\n"
    told = {"claims.csv": {"rows": 1, "sha256": canonical.sha256(table)}}
    bound = of_facts({**files, "claims.csv": table}, lambda value: value["tables"].update(told))
    assert problems(bound) == (set(), set())
    for made in (
        remade({**files, "claims.csv": table}),
        remade({**bound, "claims.csv": table + b"agrees,two\r\n"}),
        remade({name: data for name, data in bound.items() if name != "claims.csv"}),
    ):
        assert problems(made) == ({"findings"}, {"findings"})


# The catalogue of this version is known to the one file too


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("blocking = true", "blocking = false"),
        ('floor = "PASS"', 'floor = "ATTESTED"'),
        ("waivable = false\n", ""),
    ],
)
def test_a_softer_catalogue_is_refused_though_everything_names_it(
    raw: bytes, old: str, new: str
) -> None:
    files = files_of(raw)
    text = files["catalogue.toml"].decode()
    # At a control of class A, or of the rule: what the catalogue's own rules allow.
    start = text.index('id = "RC-03"') if "waivable" not in old else 0
    soft = (text[:start] + text[start:].replace(old, new, 1)).encode()
    assert soft != files["catalogue.toml"]
    due = {row["id"]: row for row in alone.catalogue(soft)}

    def judged(value: dict[str, Any]) -> None:
        value["method"]["catalogue"] = canonical.sha256(soft)
        for row in value["controls"]:
            row.update({key: due[row["id"]][key] for key in ("blocking", "floor")})

    made = viewed({**files, "catalogue.toml": soft}, judged)
    ours, theirs = problems(made)
    assert ours and theirs
    assert ours <= {"method"}
    assert theirs <= {"method", "findings"}


def test_the_one_file_knows_this_version() -> None:
    known = catalogue.load().controls
    due = [
        f"{c.id}:{c.control_class.value}:{'B' if c.blocking else '-'}:{c.floor.value}"
        for c in known
    ]
    assert alone.CONTROLS.split() == due
    assert alone.NEVER_WAIVED == NOT_WAIVABLE
    assert alone.NA_LEGAL == NA_LEGAL
    told = [(one.id, one.kind, one.title, one.cluster, " ".join(one.controls)) for one in lines()]
    assert list(alone.BOUNDARY) == told
    for control_ in known:
        (rule,) = [r for r in alone.catalogue(catalogue_bytes()) if r["id"] == control_.id]
        assert alone.seconds(rule.get("age_limit")) == control_.age_limit_seconds


def catalogue_bytes() -> bytes:
    return Path(catalogue.__file__).with_name("controls.toml").read_bytes()


def test_both_compute_the_same_boundary(raw: bytes) -> None:
    value = json.loads(files_of(raw)["findings.json"])
    for status in ("PASS", "ATTESTED", "UNKNOWN", "FAIL", "STALE"):
        for cluster in ("mainnet-beta", "devnet", "localnet"):
            rows = [{**row, "status": status} for row in value["controls"]]
            rows[5].update(status="WAIVED", waiver={"underneath": "FAIL"})
            by_id = {row["id"]: row for row in rows}
            theirs = [alone.boundary_line(line, by_id, cluster) for line in alone.BOUNDARY]
            assert theirs == boundary(rows, cluster)


# Waivers, held against the file that was recorded

NAME = "UA-06"
HELD = "r-waivers"
BODY = b'control = "UA-06"\nexpires = "2027-03-31"\nobserved_sha256 = "' + b"a" * 64 + b'"\n'
WAIVED: dict[str, Any] = {
    "id": NAME,
    "observed_sha256": "a" * 64,
    "waiver": {
        "file": "waivers.toml",
        "owner": "operations lead",
        "reason": "It is raised next month.",
        "expires": "2027-03-31",
        "compensating_control": "Announced two days ahead.",
        "underneath": "FAIL",
        "evidence": [HELD],
    },
}


def waiver_problems(
    row: dict[str, Any], body: bytes = BODY, folder: str = "blobs"
) -> tuple[bool, bool]:
    """Whether the package refuses a waiver over this recorded file, and whether the other does."""
    digest = canonical.sha256(BODY if folder == "withheld" else body)
    files = {f"{folder}/{digest}": body}
    target: dict[str, Any] = {"name": "case"}
    header = RunHeader("0.1.0", "case", "localnet", target, samples.STARTED, samples.SEALED)
    recorded = Recorded(header, "0" * 64, {HELD: ("found", "")}, None, {}, {HELD: digest})
    seen = {
        "header": {"sealed_at": samples.SEALED},
        "reads": {HELD: {"outcome": "found", "chosen": "x"}},
        "exchanges": {"x": {"body_sha256": digest}},
    }
    refused = []
    for run, wrong in (
        (lambda: derived.check_waiver(NAME, row, files, recorded), BadBundle),
        (lambda: alone.check_recorded_waiver(row, files, seen), alone.Refused),
    ):
        try:
            run()
            refused.append(False)
        except wrong:
            refused.append(True)
    return refused[0], refused[1]


def test_a_waiver_that_its_recorded_file_states_holds() -> None:
    assert waiver_problems(WAIVED) == (False, False)


def test_a_waiver_whose_owner_is_withheld_is_held_against_the_redacted_form() -> None:
    token = "withheld-0123456789abcdef"
    said = BODY + f'owner = "{token}"\n'.encode()
    row = {**WAIVED, "waiver": {**WAIVED["waiver"], "owner": token}}
    assert waiver_problems(row, said, "withheld") == (False, False)
    assert waiver_problems(row, said.replace(b"UA-06", b"UA-07"), "withheld") == (True, True)


@pytest.mark.parametrize(
    "change",
    [
        {"expires": "2999-01-01"},
        {"expires": "2026-11-23"},
        {"expires": "2027-03-30"},
        {"expires": "zzzz"},
        {"expires": "20270331"},
        {"expires": ""},
        {"owner": " "},
        {"reason": None},
        {"compensating_control": ""},
        {"evidence": ["r-0000000000000000"]},
    ],
)
def test_a_waiver_that_was_made_up_is_refused(change: dict[str, Any]) -> None:
    row = {**WAIVED, "waiver": {**WAIVED["waiver"], **change}}
    assert waiver_problems(row) == (True, True)


@pytest.mark.parametrize("word", [b"UA-06", b"2027-03-31", b"a" * 64])
def test_a_waiver_for_something_else_is_refused(word: bytes) -> None:
    assert waiver_problems(WAIVED, BODY.replace(word, b"other")) == (True, True)


def test_a_status_that_meets_its_floor_is_not_waived(raw: bytes) -> None:
    """Both verifiers take the floor of the control, not that of the strictest."""
    rule = next(c for c in catalogue.load().controls if c.id == "UA-02")
    assert rule.floor.value == "ATTESTED"

    def change(row: dict[str, Any]) -> None:
        sound = json.loads(files_of(raw)["findings.json"])["controls"]
        seen = next(one for one in sound if one["id"] == "UA-01")
        part = {**seen["parts"][0], "status": "ATTESTED"}
        row.update({key: seen[key] for key in ("evidence", "read_at", "observed", "expected")})
        row.update(
            parts=[part],
            status="WAIVED",
            observed_sha256=observed_sha256([part]),
            waiver={**WAIVED["waiver"], "underneath": "ATTESTED", "evidence": seen["evidence"]},
        )

    assert problems(within("UA-02", change)(files_of(raw))) == ({"findings"}, {"findings"})
