from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from privatedao_audit.model import canonical, catalogue
from privatedao_audit.model.finding import (
    Judgement,
    Part,
    Position,
    finding,
    judgement,
    not_evaluated,
    unread,
)
from privatedao_audit.model.reads import Diverged, Found, ProvenAbsent, ReadAt, Unknown
from privatedao_audit.model.status import Status

AT = ReadAt(("r-1",), 7, "finalized", ("main",), "2026-01-01T00:00:00.000Z")
WHERE = Position("genesis", "2026-01-01T01:00:00Z")
CATALOGUE = catalogue.load()


def part(status: Status, label: str = "one", at: ReadAt = AT, **more: Any) -> Part:
    return Part(label, status, f"It is {status.value}.", at, **more)


@pytest.mark.parametrize(
    "status", [Status.PASS, Status.ATTESTED, Status.NOT_APPLICABLE, Status.STALE]
)
def test_a_claim_without_evidence_is_refused(status: Status) -> None:
    with pytest.raises(ValueError, match="without evidence"):
        part(status, at=ReadAt())
    with pytest.raises(ValueError, match="without evidence"):
        Part("one", status, "It is.")
    assert part(status).status is status


@pytest.mark.parametrize("status", [Status.UNKNOWN, Status.MISSING, Status.FAIL])
def test_not_knowing_needs_no_evidence(status: Status) -> None:
    assert part(status, at=ReadAt()).at.evidence == ()


def test_a_check_can_not_waive() -> None:
    with pytest.raises(ValueError, match="can't waive"):
        part(Status.WAIVED)


def test_a_judgement_is_its_worst_part() -> None:
    mixed = Judgement("It is so.", (part(Status.PASS), part(Status.UNKNOWN), part(Status.MISSING)))
    assert mixed.status is Status.MISSING
    assert Judgement("Nothing.", ()).status is Status.UNKNOWN
    assert not_evaluated().status is Status.UNKNOWN
    assert not_evaluated().summary == "Not evaluated by this version."


def test_the_summary_of_a_judgement_tells_the_worst_part() -> None:
    good = judgement([part(Status.PASS)], good="All is well.", nothing="None.")
    assert (good.summary, good.status) == ("All is well.", Status.PASS)
    none = judgement([], good="All is well.", nothing="None.")
    assert (none.summary, none.status) == ("None.", Status.UNKNOWN)
    bad = [part(Status.FAIL, "a"), part(Status.PASS, "b"), part(Status.FAIL, "c")]
    said = judgement(bad, good="All is well.", nothing="None.")
    assert said.summary == "It is FAIL. (and 1 more like it)"
    unsure = judgement([part(Status.PASS), part(Status.UNKNOWN)], good="All is well.", nothing="")
    assert unsure.summary == "It is UNKNOWN."


def test_reads_that_found_nothing_become_parts() -> None:
    def of(read: Any) -> Part:
        return unread("one", read, absent=Status.MISSING, absent_summary="It is not there.")

    assert (of(ProvenAbsent(AT)).status, of(ProvenAbsent(AT)).summary) == (
        Status.MISSING,
        "It is not there.",
    )
    assert of(Diverged("first and second differ", AT)).status is Status.DIVERGED
    assert of(Diverged("first and second differ", AT)).summary == "First and second differ."
    silent = of(Unknown("no answer", AT))
    assert (silent.status, silent.summary) == (Status.UNKNOWN, "Could not be read: no answer.")
    assert silent.at == AT
    with pytest.raises(TypeError):
        of(Found(1, AT))


@pytest.mark.parametrize("control", [c.id for c in CATALOGUE.controls])
def test_not_applicable_is_legal_where_the_catalogue_says_so(control: str) -> None:
    said = Judgement("It does not apply.", (part(Status.NOT_APPLICABLE),))
    if control in catalogue.NA_LEGAL:
        assert finding(CATALOGUE[control], said, WHERE)["status"] == "N/A"
    else:
        with pytest.raises(ValueError, match="N/A is not legal"):
            finding(CATALOGUE[control], said, WHERE)
        hidden = Judgement("It passes.", (part(Status.NOT_APPLICABLE), part(Status.PASS, "two")))
        with pytest.raises(ValueError, match="N/A is not legal"):
            finding(CATALOGUE[control], hidden, WHERE)


@pytest.mark.parametrize("control", [c for c in CATALOGUE.controls], ids=lambda c: c.id)
def test_a_document_never_satisfies_a_control_of_class_c(control: catalogue.Control) -> None:
    said = Judgement("A person says so.", (part(Status.ATTESTED),))
    if control.control_class.value == "C" and control.id != "UA-03":
        with pytest.raises(ValueError, match="class C"):
            finding(control, said, WHERE)
    else:
        assert finding(control, said, WHERE)["status"] == "ATTESTED"


def test_the_shape_of_a_finding() -> None:
    control = CATALOGUE["UA-06"]
    said = Judgement(
        "It is so.",
        (
            part(Status.PASS, "a", observed=2**60, expected=[1]),
            part(Status.UNKNOWN, "b", replace(AT, evidence=("r-2",), slot=3)),
        ),
    )
    found = finding(control, said, WHERE)
    assert list(found) == [
        "id", "domain", "title", "requirement", "class", "blocking", "floor", "severity",
        "status", "summary", "observed", "expected", "parts", "evidence", "read_at",
        "age_limit_seconds", "invalidated_by", "remediation", "recheck", "frameworks",
        "observed_sha256", "waiver",
    ]  # fmt: skip
    assert found["observed"] == {"a": str(2**60)}
    assert found["expected"] == {"a": [1]}
    assert found["evidence"] == ["r-1", "r-2"]
    assert found["read_at"] == {
        "slot": 3,
        "commitment": "finalized",
        "genesis_hash": "genesis",
        "providers": ["main"],
        "recorded_at": "2026-01-01T00:00:00.000Z",
    }
    assert found["parts"][1] == {
        "label": "b",
        "status": "UNKNOWN",
        "summary": "It is UNKNOWN.",
        "observed": None,
        "expected": None,
        "evidence": ["r-2"],
    }
    assert canonical.dumps(found)


def test_a_file_alone_has_no_genesis_and_nothing_read_has_no_position() -> None:
    file = ReadAt(("r-3",), None, None, ("checkout",), "2026-01-01T00:00:00.000Z")
    found = finding(CATALOGUE["RC-08"], Judgement("It.", (part(Status.FAIL, at=file),)), WHERE)
    assert found["read_at"]["genesis_hash"] is None
    assert finding(CATALOGUE["RC-08"], not_evaluated(), WHERE)["read_at"] is None
    assert finding(CATALOGUE["RC-08"], not_evaluated(), WHERE)["observed"] is None
