"""A waiver in a checkout, end to end: what it changes, what it can't, and what it never hides."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from privatedao_audit.audit.context import Audit
from privatedao_audit.audit.summary import sum_up
from privatedao_audit.evidence.sealed import SealedRecording
from privatedao_audit.model import catalogue
from privatedao_audit.model.waivers import observed_sha256
from privatedao_audit.rehearsal.dossier.text import toml
from tests.domains.gate.world import REVIEW, audited, checkout, put

BAD = {"docs/review.md": REVIEW.replace("1.2.0", "1.1.0")}
FILE = "dossier/waivers.toml"
NEXT_MONTH = f"{datetime.now(UTC) + timedelta(days=60):%Y-%m-%d}"


def waiver(audit: Audit, control: str = "RG-02", **change: str) -> dict[str, str]:
    return {
        "control": control, "owner": "operations lead",
        "reason": "The review is repeated next month.", "expires": NEXT_MONTH,
        "observed_sha256": audit.finding(control)["observed_sha256"],
        "compensating_control": "Nobody upgrades until then.", **change,
    }  # fmt: skip


@pytest.fixture(scope="module")
def before(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Any, Audit]:
    """A checkout whose review fails, and its audit without a waiver."""
    folder = tmp_path_factory.mktemp("waiving")
    repo, _ = checkout(folder / "repo", BAD)
    return folder, repo, audited(folder, repo)


def again(before: tuple[Path, Any, Audit], name: str, *rows: dict[str, str]) -> Audit:
    folder, repo, _audit = before
    put(repo, {FILE: toml("Accepted risks.", {"waivers": list(rows)})})
    place = folder / name
    place.mkdir()
    return audited(place, repo)


def verdict(audit: Audit) -> str:
    """The verdict if every other blocking control reached its floor."""
    found = [
        one if one["id"] == "RG-02" else {**one, "status": one["floor"], "waiver": None}
        for one in audit.findings()
    ]  # fmt: skip
    return str(sum_up(found, invalid=False)["word"])


def test_a_waiver_makes_the_finding_waived_and_the_verdict_conditional(
    before: tuple[Path, Any, Audit],
) -> None:
    assert before[2].finding("RG-02")["status"] == "FAIL"
    assert verdict(before[2]) == "NOT READY"

    audit = again(before, "good", waiver(before[2]))
    found = audit.finding("RG-02")

    assert found["status"] == "WAIVED"
    assert found["waiver"]["underneath"] == "FAIL"
    assert [p["status"] for p in found["parts"]].count("FAIL") == 1
    assert verdict(audit) == "CONDITIONAL"
    assert audit.waivers()[0]["state"] == "in force"
    assert "RG-02" in [row["id"] for row in sum_up(audit.findings(), invalid=False)["blocking"]]
    # It is seen, and the boundary does not count it as met.
    assert "Underneath it is FAIL" in str(audit.show("RG-02"))
    line = next(row for row in audit.boundary() if row["id"] == "HB-02")
    assert line["state"] in ("open", "contradicted")


def test_the_recorded_file_says_what_a_bundle_is_verified_by(
    before: tuple[Path, Any, Audit],
) -> None:
    """Control, expiry and hash stand in the bytes that were recorded, as they stand in the file."""
    given = waiver(before[2])
    found = again(before, "recorded", given).finding("RG-02")
    with SealedRecording.open(before[0] / "recorded" / "evidence.sqlite") as sealed:
        (read,) = [one for one in sealed.reads() if one["id"] in found["waiver"]["evidence"]]
        exchange = sealed.exchange(read["chosen"])
        assert exchange is not None
        body = sealed.body(exchange["body_sha256"])
    assert body is not None
    for word in ("RG-02", given["expires"], found["observed_sha256"]):
        assert word.encode() in body


def test_a_waived_control_does_not_meet_an_item_that_leans_on_it(tmp_path: Path) -> None:
    list_ = "# Ready\n\n## List\n\n- [x] Reviewed (RG-02)\n"
    repo, _ = checkout(tmp_path / "repo", {**BAD, "docs/ready.md": list_})
    place = tmp_path / "first"
    place.mkdir()
    first = audited(place, repo)
    put(repo, {FILE: toml("Accepted.", {"waivers": [waiver(first)]})})
    audit = audited(tmp_path, repo)
    assert audit.finding("RG-02")["status"] == "WAIVED"
    assert audit.finding("RG-01")["status"] == "FAIL"


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"observed_sha256": "0" * 64}, "another observation"),
        ({"observed_sha256": observed_sha256([])}, "another observation"),
        ({"expires": "2020-01-01"}, "expired"),
        ({"expires": "2099-01-01"}, "more than a year"),
        ({"owner": " "}, "no owner"),
        ({"reason": "because"}, "which is none"),
        ({"control": "RG-06"}, "can't be waived"),
        ({"control": "RG-99"}, "is no control"),
        ({"control": "rg-02"}, "is no control"),
        ({"control": "RG-04"}, "the control is met"),
        ({"control": "RG-07"}, "not known"),
        ({"control": "TR-08"}, "not known"),
    ],
)
def test_what_is_not_a_waiver_changes_nothing(
    before: tuple[Path, Any, Audit], change: dict[str, str], told: str,
    tmp_path_factory: pytest.TempPathFactory,
) -> None:  # fmt: skip
    folder = tmp_path_factory.mktemp("refused").name
    audit = again(before, folder, {**waiver(before[2]), **change})

    assert {one["status"] for one in audit.findings()} & {"WAIVED"} == set()
    (row,) = audit.waivers()
    assert row["state"] == "refused"
    assert told in row["text"]
    assert verdict(audit) == "NOT READY"


def test_two_waivers_of_one_control_hold_nothing(before: tuple[Path, Any, Audit]) -> None:
    audit = again(before, "twice", waiver(before[2]), waiver(before[2], owner="somebody else"))
    assert audit.finding("RG-02")["status"] == "FAIL"
    assert audit.waivers()[0]["state"] == "refused"


def test_a_waiver_ends_when_what_was_accepted_changes(before: tuple[Path, Any, Audit]) -> None:
    folder, repo, first = before
    put(repo, {FILE: toml("Accepted.", {"waivers": [waiver(first)]}),
               "docs/review.md": BAD["docs/review.md"].replace("1.1.0", "1.0.0")})  # fmt: skip
    place = folder / "worse"
    place.mkdir()
    audit = audited(place, repo)
    assert audit.finding("RG-02")["status"] == "FAIL"
    assert "another observation" in audit.waivers()[0]["text"]
    put(repo, BAD)


def test_every_control_that_must_not_be_waived_is_refused(
    before: tuple[Path, Any, Audit],
) -> None:
    never = [c.id for c in catalogue.load().controls if not c.waivable]
    assert set(never) == {"RC-02", "RC-08", "UA-01", "RG-06"}
    audit = again(before, "never", *(waiver(before[2], one) for one in never))
    assert len(audit.waivers()) == 4
    assert all("can't be waived" in row["text"] for row in audit.waivers())


def test_a_waiver_that_nobody_committed_does_not_hold(tmp_path: Path) -> None:
    repo, _ = checkout(tmp_path / "repo", BAD)
    (tmp_path / "first").mkdir()
    first = audited(tmp_path / "first", repo)
    rows = toml("Accepted.", {"waivers": [waiver(first)]})
    (tmp_path / "repo" / FILE).parent.mkdir(exist_ok=True)
    (tmp_path / "repo" / FILE).write_text(rows, encoding="utf-8")
    (tmp_path / "second").mkdir()

    audit = audited(tmp_path / "second", repo)

    assert audit.finding("RG-02")["status"] == "FAIL"
    (told,) = audit.waivers()
    assert told["state"] == "refused"
    assert FILE in told["text"]
