"""The audit over invented answers and over the bundled recordings."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from privatedao_audit.audit.context import Audit
from privatedao_audit.audit.opening import WrongRecording, replay
from privatedao_audit.audit.scope import Scope
from privatedao_audit.domains import registry
from privatedao_audit.domains.authority.world import STRANGER, World
from privatedao_audit.domains.custody.cases import FILE, GOOD, RECORD, record
from privatedao_audit.domains.registry import PLANS, Plan
from privatedao_audit.evidence.records import moment, timestamp
from privatedao_audit.model import canonical, catalogue, target
from privatedao_audit.model.catalogue import DOMAINS
from privatedao_audit.model.finding import Judgement, Part
from privatedao_audit.model.reads import ReadAt
from privatedao_audit.model.status import Status
from tests.domains.node import Node
from tests.expected import HEALTHY, MID_ROLLOUT

ALL = tuple(domain.name for domain in DOMAINS)
TWO = (("first", "one.example"), ("second", "two.example"))
EVALUATED = {control for plan in PLANS.values() for control in plan.checks}
AT = "2026-01-01T00:00:00Z"


def audit_of(
    node: Node | None = None, domains: tuple[str, ...] = ALL, *, collected: bool = True
) -> Audit:
    given = node or Node({None: GOOD}, files={FILE: json.dumps(RECORD).encode()})
    profile = given.worlds[None].target().model_copy(update={"surfaces": (record().surface,)})
    audit = Audit(profile, given, Scope(domains, TWO, True), AT, "a test")
    if collected:
        asyncio.run(audit.collect(domains))
    return audit


def report_of(audit: Audit, **change: Any) -> dict[str, Any]:
    method = {"kit_version": "0.1.0", "lock": "0" * 64}
    given: dict[str, Any] = {
        "method": method, "canaries": {"RG-06": {"caught": 8, "of": 8}},
        "evidence_root": "1" * 64, "slot_window": (1, 2), "invalid": False
    }  # fmt: skip
    return audit.report_json(**{**given, **change})


def statuses(audit: Audit) -> dict[str, str]:
    return {found["id"]: found["status"] for found in audit.findings()}


def test_a_sound_world_passes_what_is_evaluated_and_nothing_else() -> None:
    audit = audit_of()
    told = statuses(audit)
    assert len(told) == 75
    assert {name for name, status in told.items() if status == "PASS"} == {
        "UA-01", "UA-04", "UA-06", "UA-10", "RG-06",
    }  # fmt: skip
    assert set(told) == EVALUATED
    assert audit.broken == {}


def test_findings_come_in_catalogue_order_and_do_not_change() -> None:
    audit = audit_of()
    assert [f["id"] for f in audit.findings()] == [c.id for c in catalogue.load().controls]
    assert canonical.dumps(audit.findings()) == canonical.dumps(audit.findings())
    assert canonical.dumps(audit.facts_json()) == canonical.dumps(audit_of().facts_json())


def test_a_read_older_than_the_limit_is_stale_and_never_a_pass() -> None:
    fresh = audit_of()
    assert fresh.finding("UA-01")["status"] == "PASS"
    read_at = fresh.finding("UA-01")["read_at"]["recorded_at"]
    later = moment(read_at) + timedelta(seconds=86_400)
    fresh.recorded_at = timestamp(later)
    assert fresh.finding("UA-01")["status"] == "PASS"
    fresh.recorded_at = timestamp(later + timedelta(seconds=1))
    assert fresh.finding("UA-01")["status"] == "STALE"
    assert fresh.finding("UA-01")["parts"][-1]["label"] == "age"
    assert "STALE" not in {f["status"] for f in fresh.findings() if not f["evidence"]}


def test_a_recheck_names_the_target() -> None:
    assert "--target case " in audit_of().finding("UA-06")["recheck"]


def test_facts_that_were_not_collected_judge_nothing() -> None:
    audit = audit_of(collected=False)
    assert set(statuses(audit).values()) == {"UNKNOWN"}
    assert "were not collected" in audit.finding("UA-01")["summary"]
    assert audit.verdict().summary["word"] == "INCONCLUSIVE"


def test_a_domain_outside_of_the_run_is_unknown() -> None:
    audit = audit_of(domains=("gate",))
    asyncio.run(audit.facts("custody"))
    found = audit.finding("UA-01")
    assert (found["status"], found["summary"]) == (
        "UNKNOWN",
        "The domain is not part of this run.",
    )
    assert audit.finding("RG-06")["status"] == "PASS"


def test_facts_are_collected_on_first_use_and_once() -> None:
    node = Node({None: GOOD})
    audit = audit_of(node, collected=False)
    first = asyncio.run(audit.facts("custody"))
    count = len(node.asked)
    assert asyncio.run(audit.facts("custody")) is first
    assert len(node.asked) == count > 0
    with pytest.raises(KeyError, match="there is no domain"):
        asyncio.run(audit.facts("nonsense"))
    with pytest.raises(KeyError, match="no control"):
        audit.judge("XX-01")


def plans(monkeypatch: pytest.MonkeyPatch, name: str, plan: Plan) -> None:
    monkeypatch.setitem(registry.PLANS, name, plan)


def with_check(
    monkeypatch: pytest.MonkeyPatch, control: str, check: Callable[..., Judgement]
) -> None:
    domain = catalogue.load()[control].domain
    plan = PLANS[domain]
    plans(monkeypatch, domain, replace(plan, checks={**plan.checks, control: check}))


def test_a_check_that_breaks_makes_the_run_invalid(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(_facts: Any, _limits: Any) -> Judgement:
        raise ZeroDivisionError("a defect")

    with_check(monkeypatch, "UA-06", broken)
    audit = audit_of()
    found = audit.finding("UA-06")
    assert found["status"] == "UNKNOWN"
    assert "defect of the kit" in found["summary"]
    assert audit.broken == {"UA-06": "ZeroDivisionError: a defect"}
    assert audit.finding("UA-01")["status"] == "PASS"
    assert audit.verdict().summary["word"] == "INVALID"
    assert report_of(audit)["verdict"]["word"] == "INVALID"
    assert report_of(audit_of())["verdict"]["word"] == "INVALID"


@pytest.mark.parametrize(
    ("control", "status"),
    [("UA-01", Status.NOT_APPLICABLE), ("UA-01", Status.ATTESTED), ("RG-06", Status.ATTESTED)],
)
def test_a_check_with_a_status_it_may_not_have_breaks(
    monkeypatch: pytest.MonkeyPatch, control: str, status: Status
) -> None:
    said = Judgement("So it is.", (Part("one", status, "So it is.", ReadAt(("r-1",))),))
    with_check(monkeypatch, control, lambda _facts, _limits: said)
    audit = audit_of()
    assert audit.finding(control)["status"] == "UNKNOWN"
    assert set(audit.broken) == {control}
    assert audit.verdict().summary["word"] == "INVALID"


def test_a_pass_without_evidence_breaks(monkeypatch: pytest.MonkeyPatch) -> None:
    def careless(_facts: Any, _limits: Any) -> Judgement:
        return Judgement("All is well.", (Part("one", Status.PASS, "All is well."),))

    with_check(monkeypatch, "UA-01", careless)
    audit = audit_of()
    assert audit.finding("UA-01")["status"] == "UNKNOWN"
    assert audit.verdict().summary["word"] == "INVALID"


@pytest.mark.parametrize("name", ALL)
def test_a_run_of_one_domain_is_never_ready(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    """Even when each of its controls would pass."""
    good = Judgement("So it is.", (Part("one", Status.PASS, "So it is.", ReadAt(("r-1",))),))

    async def nothing(_sources: Any) -> str:
        return "facts"

    for domain in ALL:
        checks = {c.id: lambda _f, _l: good for c in catalogue.load().of_domain(domain)}
        plans(monkeypatch, domain, Plan(nothing, dict(checks)))
    whole, part = audit_of(), audit_of(domains=(name,))
    assert whole.verdict().summary["word"] == "READY"
    assert part.verdict().summary["word"] == "INCONCLUSIVE"
    assert part.verdict().summary["total"] == 75
    assert "partial" in {row["id"] for row in part.verdict().self_doubt}


MOVED = GOOD.multisig(time_lock=172_800)


def custody_audit(worlds: Mapping[str | None, World]) -> tuple[Audit, Node]:
    node = Node(worlds, files={FILE: json.dumps(RECORD).encode()})
    return audit_of(node, ("custody",)), node


def test_a_subject_that_stood_still_is_read_twice_and_collected_once() -> None:
    audit, node = custody_audit({None: GOOD})
    probes = {probe for method, probe in node.methods() if method == "getMultipleAccounts"}
    assert probes == {None, "closing"}
    assert audit.finding("UA-06")["status"] == "PASS"


def test_a_subject_that_moved_once_is_judged_as_it_is_now() -> None:
    audit, node = custody_audit(
        {None: GOOD, "closing": MOVED, "again": MOVED, "again/closing": MOVED}
    )
    probes = {probe for method, probe in node.methods() if method == "getMultipleAccounts"}
    assert probes == {None, "closing", "again", "again/closing"}
    assert audit.finding("UA-06")["status"] == "PASS"
    assert audit.finding("UA-04")["status"] == "FAIL", "the record still says one day"


@pytest.mark.parametrize("last", [GOOD, GOOD.program(authority=STRANGER)])
def test_a_subject_that_moves_again_is_unknown(last: World) -> None:
    audit, _ = custody_audit({None: GOOD, "closing": MOVED, "again": MOVED, "again/closing": last})
    for control in ("UA-01", "UA-04", "UA-06"):
        found = audit.finding(control)
        assert found["status"] == "UNKNOWN"
        assert found["summary"].startswith("Moving: ")


#: The shape of findings.json, as it is documented.
REPORT = [
    "schema", "method", "target", "run", "verdict", "controls", "boundary", "waivers", "canaries",
    "self_doubt",
    "evidence_root",
]  # fmt: skip
FINDING = {
    "id": str, "domain": str, "title": str, "requirement": str, "class": str, "blocking": bool,
    "floor": str, "severity": str, "status": str, "summary": str, "parts": list, "evidence": list,
    "invalidated_by": list, "remediation": str, "recheck": str, "frameworks": list,
    "observed_sha256": str,
}  # fmt: skip
PART = {"label", "status", "summary", "observed", "expected", "evidence"}


def check_shape(report: dict[str, Any]) -> None:
    assert list(report) == REPORT
    assert report["schema"] == {"name": "privatedao-audit/findings", "version": 1}
    assert set(report["method"]) == {
        "kit_version", "catalogue", "target", "lock", "limits", "limits_loosened",
    }  # fmt: skip
    assert set(report["target"]) == {
        "name", "title", "cluster", "genesis_hash", "protocol", "program_ids",
    }  # fmt: skip
    assert set(report["run"]) == {
        "recorded_at", "cluster", "genesis_hash", "slot_window", "providers", "domains",
        "repository",
    }  # fmt: skip
    assert set(report["verdict"]) == {"word", "reason", "counts", "total", "blocking"}
    assert list(report["verdict"]["counts"]) == [
        "FAIL", "DIVERGED", "STALE", "MISSING", "UNKNOWN", "WAIVED", "ATTESTED", "PASS", "N/A",
    ]  # fmt: skip
    assert sum(report["verdict"]["counts"].values()) == report["verdict"]["total"] == 75
    for provider in report["run"]["providers"]:
        assert set(provider) == {"label", "host"}
    repository = report["run"]["repository"]
    assert repository is None or set(repository) == {"commit", "dirty"}
    for row in report["self_doubt"]:
        assert set(row) == {"id", "text"}
    for found in report["controls"]:
        others = {"observed", "expected", "read_at", "age_limit_seconds", "waiver"}
        assert set(found) == {*FINDING, *others}
        for member, kind in FINDING.items():
            assert type(found[member]) is kind, (found["id"], member)
        for part in found["parts"]:
            assert set(part) == PART
        if found["read_at"] is not None:
            assert set(found["read_at"]) == {
                "slot", "commitment", "genesis_hash", "providers", "recorded_at",
            }  # fmt: skip
        if found["status"] == "PASS":
            assert found["evidence"]
            assert found["read_at"] is not None
    assert canonical.dumps(report)


def test_the_shape_of_a_report() -> None:
    check_shape(report_of(audit_of()))
    nothing = report_of(audit_of(collected=False), slot_window=None, invalid=True)
    check_shape(nothing)
    assert nothing["run"]["slot_window"] is None
    assert nothing["verdict"]["word"] == "INVALID"


def replayed(name: str) -> Audit:
    profile = target.load(name)
    path = target.bundled_recording(profile, name)
    assert path is not None
    audit = asyncio.run(replay(profile, path, "the bundled recording"))
    asyncio.run(audit.collect(audit.scope.domains))
    return audit


@pytest.mark.parametrize(
    ("name", "word", "unmet"),
    [("sample", "NOT READY", MID_ROLLOUT), ("sample-healthy", "READY", HEALTHY)],
)
def test_the_bundled_recordings_replay(name: str, word: str, unmet: dict[str, set[str]]) -> None:
    audit = replayed(name)
    report = report_of(audit)
    check_shape(report)
    assert audit.broken == {}
    assert report["verdict"]["word"] == word
    told = statuses(audit)
    for status in ("FAIL", "MISSING", "STALE", "DIVERGED", "UNKNOWN", "N/A", "WAIVED"):
        there = {control for control, one in told.items() if one == status}
        assert there == unmet.get(status, set()), status
    assert {control for control, status in told.items() if status == "ATTESTED"} <= {
        control.id
        for control in catalogue.load().controls
        if control.floor.value == "ATTESTED" or not control.blocking
    }
    assert canonical.dumps(report) == canonical.dumps(report_of(replayed(name)))
    for control in EVALUATED:
        for record_id in audit.finding(control)["evidence"]:
            assert record_id.startswith("r-") and len(record_id) == 18


def test_a_recording_of_another_target_is_refused() -> None:
    profile = target.load("sample")
    other = target.bundled_recording(target.load("sample-healthy"), "sample-healthy")
    assert other is not None
    with pytest.raises(WrongRecording, match="sample-healthy"):
        asyncio.run(replay(profile, other, "x"))
    tightened = profile.model_copy(update={"limits": target.Limits(multisig_voters=9)})
    with pytest.raises(WrongRecording):
        mine = target.bundled_recording(profile, "sample")
        assert mine is not None
        asyncio.run(replay(tightened, mine, "x"))


def test_a_control_in_a_notebook_shows_rule_and_finding() -> None:
    audit = audit_of()
    shown = audit.show("UA-06")
    assert shown.finding == audit.finding("UA-06")
    assert "threshold of at least 2" in shown.rule
