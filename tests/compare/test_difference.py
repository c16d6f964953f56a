"""Every way in which a later run can be worse is found, and nothing else is called worse."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from privatedao_audit.compare import sides
from privatedao_audit.compare.difference import difference
from privatedao_audit.compare.sides import BadSide, Side
from tests.compare.altered import status

Make = Callable[[], Side]
READ = {"kind": "Found", "value": 1, "at": {"kind": "ReadAt"}}
SILENT = {"kind": "Unknown", "reason": "no answer", "at": {"kind": "ReadAt"}}


def test_the_same_run_twice_is_no_difference(side: Make, bundle: Path) -> None:
    found = difference(side(), sides.read(bundle))
    assert (found.facts, found.verdicts, found.coverage, found.waivers, found.method) == (
        [], [], [], [], [],
    )  # fmt: skip
    assert not found.worse and found.reasons == [] and found.notes == []


@pytest.mark.parametrize(
    ("before", "after", "worse"),
    [
        ("PASS", "FAIL", True), ("PASS", "UNKNOWN", True), ("PASS", "ATTESTED", True),
        ("PASS", "N/A", True), ("PASS", "STALE", True), ("PASS", "MISSING", True),
        ("PASS", "DIVERGED", True), ("ATTESTED", "MISSING", True), ("UNKNOWN", "FAIL", True),
        # What was bad and is not looked at any more is no progress.
        ("FAIL", "UNKNOWN", True), ("MISSING", "UNKNOWN", True), ("FAIL", "N/A", True),
        ("FAIL", "PASS", False), ("UNKNOWN", "PASS", False), ("UNKNOWN", "N/A", False),
        ("MISSING", "ATTESTED", False), ("FAIL", "MISSING", False), ("N/A", "PASS", False),
        ("N/A", "FAIL", True), ("N/A", "UNKNOWN", True),
    ],
)  # fmt: skip
def test_a_control_that_falls_is_worse(side: Make, before: str, after: str, worse: bool) -> None:
    one, two = side(), side()
    status(one, "UA-04", before, before)
    status(two, "UA-04", after, after)
    found = difference(one, two)
    (row,) = found.verdicts
    assert (row.id, row.before, row.after) == ("UA-04", before, after)
    assert row.worse is worse
    assert any("UA-04" in reason for reason in found.reasons) is worse


def test_more_parts_that_fail_are_worse_under_the_same_status(side: Make) -> None:
    one, two = side(), side()
    status(one, "UA-04", "FAIL", "FAIL", "PASS")
    status(two, "UA-04", "FAIL", "FAIL", "FAIL")
    assert difference(one, two).verdicts[0].worse
    assert not difference(two, one).verdicts[0].worse


def test_fewer_parts_are_worse_though_nothing_fails(side: Make) -> None:
    one, two = side(), side()
    status(one, "UA-04", "PASS", "PASS", "PASS")
    status(two, "UA-04", "PASS", "PASS")
    found = difference(one, two)
    assert [row.worse for row in found.verdicts] == [False]
    assert found.reasons == ["parts that UA-04 looked at: 2 → 1."]
    assert not difference(two, one).worse


def test_a_waiver_neither_hides_nor_makes_a_fall(side: Make) -> None:
    one, two = side(), side()
    status(one, "UA-04", "FAIL", "FAIL")
    status(two, "UA-04", "WAIVED", "FAIL", waived="FAIL")
    (row,) = difference(one, two).verdicts
    assert not row.worse and row.underneath == (None, "FAIL")
    status(one, "UA-04", "PASS", "PASS")
    assert difference(one, two).worse


def test_a_control_that_left_the_catalogue_is_worse(side: Make) -> None:
    one, two = side(), side()
    two.findings["controls"] = [r for r in two.findings["controls"] if r["id"] != "UA-04"]
    (row,) = difference(one, two).verdicts
    assert (row.after, row.worse) == (None, True)
    (row,) = difference(two, one).verdicts
    assert (row.before, row.worse) == (None, False)


def test_a_read_that_is_not_answered_any_more_is_worse(side: Make) -> None:
    one, two = side(), side()
    one.facts["facts"]["custody"] = {"a": READ, "b": READ}
    two.facts["facts"]["custody"] = {"a": READ, "b": SILENT}
    found = difference(one, two)
    assert "1 facts that were read are no longer read." in found.reasons
    assert "reads answered, custody: 2 → 1." in found.reasons
    assert not difference(two, one).worse


def test_shorter_tables_are_worse(side: Make) -> None:
    one, two = side(), side()
    one.facts["tables"] = {**two.facts.get("tables", {}), "tables/votes.parquet": {"rows": 5}}
    assert difference(one, two).reasons == ["rows of tables/votes.parquet: 5 → 0."]
    assert not difference(two, one).worse


def test_a_scope_that_shrank_is_worse(side: Make) -> None:
    one, two = side(), side()
    one.findings["run"] |= {
        "domains": ["custody", "gate"],
        "providers": [{"label": "a", "host": "x"}, {"label": "b", "host": "y"}],
        "repository": {"commit": "c" * 40, "dirty": False},
    }
    one.findings["target"]["program_ids"] = [*two.findings["target"]["program_ids"], "Other"]
    whats = {row.what for row in difference(one, two).coverage if row.worse}
    assert whats == {"domains", "programs", "RPC providers", "checkout"}
    assert {row.what for row in difference(two, one).coverage if row.worse} == set()


def test_uncommitted_changes_are_worse(side: Make) -> None:
    one, two = side(), side()
    for made, dirty in ((one, False), (two, True)):
        made.findings["run"]["repository"] = {"commit": "c" * 40, "dirty": dirty}
    assert difference(one, two).worse and not difference(two, one).worse


@pytest.mark.parametrize(
    ("name", "before", "after", "worse"),
    [
        ("upgrade_delay_seconds", 86_400, 3_600, True),
        ("upgrade_delay_seconds", 3_600, 86_400, False),
        ("drill_age_seconds", 100, 200, True),
        ("drill_age_seconds", 200, 100, False),
        ("a_limit_nobody_knows", 1, 2, True),
        ("upgrade_delay_seconds", None, 3_600, False),
        ("upgrade_delay_seconds", 3_600, None, True),
    ],
)
def test_a_loosened_limit_is_worse(
    side: Make, name: str, before: int | None, after: int | None, worse: bool
) -> None:
    one, two = side(), side()
    for made, value in ((one, before), (two, after)):
        made.findings["method"]["limits"] = {} if value is None else {name: value}
    found = difference(one, two)
    assert [row.what for row in found.method] == [f"limit {name}"]
    assert found.worse is worse


def test_another_version_is_told_and_not_worse(side: Make) -> None:
    one, two = side(), side()
    two.findings["method"]["kit_version"] = "9.9.9"
    found = difference(one, two)
    assert [row.what for row in found.method] == ["version of the kit"]
    assert not found.worse and "The method differs" in found.notes[0]


def test_a_waiver_that_no_longer_holds_is_worse(side: Make) -> None:
    one, two = side(), side()
    row = {"control": "UA-04", "text": "until 2027-01-01"}
    one.findings["waivers"] = [{**row, "state": "in force"}]
    two.findings["waivers"] = [{**row, "state": "refused"}]
    assert [w.worse for w in difference(one, two).waivers] == [True]
    assert [w.worse for w in difference(two, one).waivers] == [False]


@pytest.mark.parametrize("which", [0, 1])
def test_an_invalid_run_is_never_fine(side: Make, which: int) -> None:
    pair = [side(), side()]
    pair[which].findings["verdict"]["word"] = "INVALID"
    assert difference(*pair).worse


def test_two_deployments_are_not_compared(side: Make) -> None:
    one, two = side(), side()
    two.findings["target"]["genesis_hash"] = "Other"
    with pytest.raises(BadSide, match="two clusters"):
        difference(one, two)
    three = side()
    three.findings["target"]["program_ids"] = ["Other"]
    with pytest.raises(BadSide, match="no program in common"):
        difference(one, three)


def test_an_earlier_run_as_the_later_one_is_told(side: Make) -> None:
    one, two = side(), side()
    two.findings["run"]["recorded_at"] = "2025-01-01T00:00:00.000Z"
    assert "was recorded earlier" in difference(one, two).notes[0]


# Reading a side


def test_a_changed_folder_is_refused(folder: Path, tmp_path: Path) -> None:
    import shutil

    copy = Path(shutil.copytree(folder, tmp_path / "copy"))
    (copy / "facts.json").write_bytes(b'{"facts":{"custody":{}}}\n')
    with pytest.raises(BadSide, match="changed since the run wrote it"):
        sides.read(copy)
    (copy / "facts.json").unlink()
    with pytest.raises(BadSide, match=r"facts\.json is missing"):
        sides.read(copy)


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04", b"SQLite format 3\0", b"{}"])
def test_something_else_is_refused(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "x").write_bytes(content)
    with pytest.raises(BadSide):
        sides.read(tmp_path / "x")
    with pytest.raises(BadSide, match=r"run\.json is missing"):
        sides.read(tmp_path)


def test_findings_that_contradict_themselves_are_refused(folder: Path, tmp_path: Path) -> None:
    import shutil

    from privatedao_audit.model import canonical

    copy = Path(shutil.copytree(folder, tmp_path / "copy"))
    found = json.loads((copy / "findings.json").read_bytes())
    found["verdict"]["word"] = "READY"
    raw = canonical.dump_file(found)
    (copy / "findings.json").write_bytes(raw)
    state = json.loads((copy / "run.json").read_bytes())
    state["files"]["findings.json"] = canonical.sha256(raw)
    (copy / "run.json").write_bytes(canonical.dump_file(state))
    with pytest.raises(BadSide, match="does not follow from its controls"):
        sides.read(copy)
