"""The gate over a real repository: what is read of it, and what becomes of every change."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from solders.keypair import Keypair

from privatedao_audit.audit.context import Audit
from tests.domains.gate.world import (
    PAPERS,
    REVIEW,
    SOURCES,
    SPECIFICATION,
    audit_record,
    audited,
    checkout,
    profile,
    put,
    statement,
)

LIB = "programs/governance/src/lib.rs"


def parts(audit: Audit, control: str) -> dict[str, str]:
    """Label → status of the parts, the release commit cut off the labels."""
    return {one["label"]: one["status"] for one in audit.finding(control)["parts"]}


def status(audit: Audit, control: str) -> str:
    return str(audit.finding(control)["status"])


def test_good_documents_of_a_real_checkout_stand(tmp_path: Path) -> None:
    repo, _ = checkout(tmp_path / "repo")
    audit = audited(tmp_path, repo)

    assert [status(audit, f"RG-0{n}") for n in (1, 2, 4, 5)] == ["PASS"] * 4
    seen = parts(audit, "RG-02")
    assert "docs/review.md: version 1.2.0 of program" in seen
    assert audit.finding("RG-02")["parts"][5]["observed"] == {"commands": 3, "missing": []}
    assert len(audit.finding("RG-01")["parts"]) == 3
    for control in ("RG-01", "RG-02", "RG-04", "RG-05"):
        assert audit.finding(control)["evidence"]


def test_sources_that_change_make_every_document_stale(tmp_path: Path) -> None:
    repo, _ = checkout(tmp_path / "repo")
    later = put(repo, {LIB: SOURCES[LIB] + "// more\n"})
    put(repo, {"dossier/release.toml": f'commit = "{later}"\n'})
    audit = audited(tmp_path, repo)

    assert status(audit, "RG-02") == "STALE"
    assert status(audit, "RG-04") == "STALE"
    assert status(audit, "RG-05") == "FAIL"
    assert "changed programs/governance/src/lib.rs" in audit.finding("RG-05")["summary"]
    # Ticked, and what it leans on is shown not to hold.
    assert status(audit, "RG-01") == "FAIL"


def test_a_fix_review_covers_a_later_change(tmp_path: Path) -> None:
    repo, first = checkout(tmp_path / "repo")
    later = put(repo, {LIB: SOURCES[LIB] + "// fixed\n"})
    said = statement(first, fix_reviews=[{"from": first, "to": later}])
    put(repo, {"dossier/release.toml": f'commit = "{later}"\n', "dossier/statement.toml": said,
               "dossier/audit.toml": audit_record(said)})  # fmt: skip
    audit = audited(tmp_path, repo)

    assert status(audit, "RG-05") == "PASS"
    assert [p["summary"] for p in audit.finding("RG-05")["parts"]][3] == (
        "What was audited is what is released, by the firm's own fix reviews."
    )


@pytest.mark.parametrize(
    ("change", "control", "expected"),
    [
        ({"docs/review.md": REVIEW.replace("make check", "make all")}, "RG-02", "FAIL"),
        ({"docs/review.md": REVIEW.replace("run lint", "run tidy")}, "RG-02", "FAIL"),
        ({"docs/review.md": REVIEW.replace("verify:all", "verify:none")}, "RG-02", "FAIL"),
        ({"docs/review.md": REVIEW + "\nbash: `bash scripts/none.sh`\n"}, "RG-02", "FAIL"),
        ({"docs/review.md": REVIEW.replace("1.2.0", "1.1.0")}, "RG-02", "FAIL"),
        ({"docs/review.md": REVIEW + "\nAnchor CLI `0.31.1` is used.\n"}, "RG-02", "FAIL"),
        ({"docs/review.md": REVIEW.replace("None is open.", "TBD")}, "RG-02", "MISSING"),
        ({"docs/review.md": REVIEW.replace("## Findings", "## Rest")}, "RG-02", "MISSING"),
        ({"docs/spec.md": SPECIFICATION.replace("6000", "6001")}, "RG-04", "FAIL"),
        ({"docs/spec.md": SPECIFICATION.replace("`proposal`,", "`prop`,")}, "RG-04", "FAIL"),
        ({"docs/spec.md": SPECIFICATION.replace("## Seeds", "## Other")}, "RG-04", "MISSING"),
        ({"docs/spec.md": SPECIFICATION.replace("- `create", "- ~~`create")
          .replace("makes one", "makes one~~")}, "RG-04", "FAIL"),
        ({"docs/ready.md": PAPERS["docs/ready.md"] + "- [x] All is well\n"}, "RG-01", "UNKNOWN"),
        ({"docs/ready.md": PAPERS["docs/ready.md"].replace("[x] Spec", "[ ] Spec")}, "RG-01",
         "MISSING"),
        ({"docs/ready.md": "# Ready\n\n## List\n\n```\n- [x] All (RG-04)\n```\n"}, "RG-01",
         "UNKNOWN"),
        ({"docs/ready.md": "# Ready\n\n## List\n\n- [x] All (RG-01)\n"}, "RG-01", "UNKNOWN"),
        ({"docs/ready.md": "# Ready\n\n## Other\n\n- [x] All (RG-04)\n"}, "RG-01", "MISSING"),
    ],
)  # fmt: skip
def test_what_is_wrong_in_a_document_is_found(
    tmp_path: Path, change: dict[str, str], control: str, expected: str
) -> None:
    repo, _ = checkout(tmp_path / "repo", change)
    assert status(audited(tmp_path, repo), control) == expected


def test_an_item_that_leans_on_a_domain_that_did_not_run_is_not_known(tmp_path: Path) -> None:
    list_ = "# Ready\n\n## List\n\n- [x] Held by the multisig (UA-01)\n"
    repo, _ = checkout(tmp_path / "repo", {"docs/ready.md": list_})
    found = audited(tmp_path, repo).finding("RG-01")
    assert (found["status"], found["parts"][1]["observed"]["controls"]) == (
        "UNKNOWN", {"UA-01": "UNKNOWN"}
    )  # fmt: skip


def test_one_section_is_not_taken_for_another(tmp_path: Path) -> None:
    repo, _ = checkout(tmp_path / "repo")
    target = profile()
    mapped = tuple(
        one.model_copy(update={"fields": {**one.fields, "findings": "scope"}})
        if one.part == "security-review" else one for one in target.surfaces
    )  # fmt: skip
    audit = audited(tmp_path, repo, target.model_copy(update={"surfaces": mapped}))
    assert parts(audit, "RG-02")["docs/review.md: section findings"] == "UNKNOWN"


def test_a_document_that_is_not_the_committed_one_proves_nothing(tmp_path: Path) -> None:
    repo, _ = checkout(tmp_path / "repo")
    for file in ("docs/spec.md", "docs/review.md", "docs/ready.md"):
        repo.write(file, PAPERS[file] + "\nA word more.\n")
    audit = audited(tmp_path, repo)
    assert [status(audit, f"RG-0{n}") for n in (1, 2, 4)] == ["UNKNOWN"] * 3


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"key": Keypair.from_seed(b"x" * 32)}, "FAIL"),
        ({"signature": "1" * 64}, "FAIL"),
        ({"signature": "no signature"}, "FAIL"),
        ({"signature": ""}, "ATTESTED"),
        ({"firm": "Other Audits"}, "FAIL"),
        ({"report_sha256": "0" * 64}, "FAIL"),
        ({"statement": ""}, "MISSING"),
        ({"statement": "dossier/none.toml"}, "MISSING"),
        ({"report": "dossier/none.md"}, "MISSING"),
    ],
)
def test_a_record_that_is_not_the_firms_word_does_not_pass(
    tmp_path: Path, change: dict[str, Any], expected: str
) -> None:
    repo, commit = checkout(tmp_path / "repo")
    put(repo, {"dossier/audit.toml": audit_record(statement(commit), **change)})
    assert status(audited(tmp_path, repo), "RG-05") == expected


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"findings": [{"id": "A-1", "severity": "critical", "state": "open"}]}, "FAIL"),
        ({"findings": []}, "UNKNOWN"),
        ({"date": "2020-01-01"}, "STALE"),
        ({"date": "2099-01-01"}, "FAIL"),
        ({"audited_commit": "9" * 40}, "FAIL"),
        ({"audited_commit": "HEAD"}, "UNKNOWN"),
        ({"strange": "member"}, "UNKNOWN"),
        ({"report_sha256": "0" * 64}, "FAIL"),
    ],
)
def test_what_the_firm_states_is_held_against_git(
    tmp_path: Path, change: dict[str, Any], expected: str
) -> None:
    repo, commit = checkout(tmp_path / "repo")
    said = statement(commit, **change)
    put(repo, {"dossier/statement.toml": said, "dossier/audit.toml": audit_record(said)})
    assert status(audited(tmp_path, repo), "RG-05") == expected


def test_a_firm_that_the_target_does_not_name_is_the_teams_word(tmp_path: Path) -> None:
    repo, _ = checkout(tmp_path / "repo")
    target = profile().model_copy(update={"firms": ()})
    assert status(audited(tmp_path, repo, target), "RG-05") == "ATTESTED"


def test_a_firm_that_is_one_of_the_team_is_no_firm(tmp_path: Path) -> None:
    repo, _ = checkout(tmp_path / "repo")
    key = profile().firms[0].key
    more = f'\n[[wallets]]\nname = "us"\naddress = "{key}"\nroles = ["deployer"]\n'
    assert status(audited(tmp_path, repo, profile(more)), "RG-05") == "FAIL"


def test_a_file_that_the_build_reads_from_elsewhere_counts(tmp_path: Path) -> None:
    repo, first = checkout(tmp_path / "repo")
    body = SOURCES[LIB] + 'const T: &str = include_str!("../../../table.txt");\n'
    one = put(repo, {LIB: body, "table.txt": "1\n"})
    two = put(repo, {"table.txt": "2\n"})
    said = statement(one)
    put(repo, {"dossier/release.toml": f'commit = "{two}"\n', "dossier/statement.toml": said,
               "dossier/audit.toml": audit_record(said)})  # fmt: skip
    found = audited(tmp_path, repo).finding("RG-05")
    assert found["status"] == "FAIL"
    assert "table.txt" in found["summary"]
    assert first != one


def test_without_a_checkout_nothing_is_known(tmp_path: Path) -> None:
    repo, _ = checkout(tmp_path / "repo")
    (repo.root / ".git").rename(tmp_path / "moved")
    audit = audited(tmp_path, repo)
    for control in ("RG-01", "RG-02", "RG-04", "RG-05", "RG-07"):
        assert status(audit, control) == "UNKNOWN", control
