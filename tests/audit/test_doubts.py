from __future__ import annotations

from typing import Any

import pytest

from privatedao_audit.audit.doubts import doubts
from privatedao_audit.audit.scope import Scope
from privatedao_audit.domains.authority.world import World
from privatedao_audit.model import catalogue
from privatedao_audit.model.catalogue import DOMAINS
from privatedao_audit.model.limits import Limits
from privatedao_audit.model.target import Target

ALL = tuple(domain.name for domain in DOMAINS)
TWO = (("first", "one.example"), ("second", "two.example"))
GOOD_SCOPE = Scope(ALL, TWO, True)


def target(cluster: str = "mainnet-beta", limits: Limits | None = None) -> Target:
    return World(cluster).target().model_copy(update={"limits": limits or Limits()})


def findings(**change: dict[str, Any]) -> list[dict[str, Any]]:
    read = {"commitment": "finalized", "providers": ["first", "second"]}
    return [
        {
            "id": c.id, "domain": c.domain, "blocking": c.blocking, "status": "PASS",
            "summary": "It is so.", "read_at": read, "waiver": None,
            **change.get(c.id.replace("-", "_"), {}),
        }
        for c in catalogue.load().controls
    ]  # fmt: skip


NOW = "2026-11-23T12:00:00Z"
ONE = {"read_at": {"commitment": "finalized", "providers": ["first"]}}
FILE = {"read_at": {"commitment": None, "providers": ["checkout"]}}


def test_the_best_run_has_nothing_to_say_against_it() -> None:
    assert doubts(target(), GOOD_SCOPE, findings(), NOW) == []


@pytest.mark.parametrize(
    ("profile", "scope", "found", "expected"),
    [
        (target(), Scope(ALL, (), True), findings(), ["no-provider"]),
        (target(), Scope(ALL, TWO[:1], True), findings(), ["one-provider"]),
        (target(), Scope(ALL, (TWO[0], ("second", "one.example")), True), findings(), ["one-host"]),
        (target(), Scope(ALL, (("a", "a.node.example"), ("b", "b.node.example")), True),
         findings(), ["one-operator"]),
        (target(), Scope(ALL, (("a", "127.0.0.1"), ("b", "localhost")), True), findings(),
         ["one-operator"]),
        (target(), Scope(ALL, (("a", "203.0.113.1"), ("b", "203.0.113.2")), True), findings(), []),
        (target(), GOOD_SCOPE, findings(SD_04={"status": "FAIL"}), ["demo-keys"]),
        (target(), GOOD_SCOPE, findings(SD_04={"status": "UNKNOWN"}), []),
        (target(), GOOD_SCOPE, findings(MA_12={"status": "UNKNOWN"}), ["incomplete-history"]),
        (target(), GOOD_SCOPE, findings(UA_08={"status": "UNKNOWN"}), ["incomplete-history"]),
        (target("testnet"), GOOD_SCOPE, findings(), ["not-mainnet"]),
        (target("devnet"), GOOD_SCOPE, findings(), ["not-mainnet"]),
        (target("localnet"), GOOD_SCOPE, findings(), ["not-mainnet"]),
        (target(), Scope(("gate",), TWO, True), findings(), ["partial"]),
        (target(), Scope(ALL, TWO, False), findings(), ["no-checkout"]),
        (target(), GOOD_SCOPE, findings(UA_06=ONE), ["single-source"]),
        (target(), Scope(ALL, TWO[:1], True), findings(UA_06=ONE), ["one-provider"]),
        (target(), GOOD_SCOPE, findings(UA_08=ONE), []),
        (target(), GOOD_SCOPE, findings(UA_06=FILE), []),
        (target(), GOOD_SCOPE, findings(UA_06={**ONE, "status": "FAIL"}), []),
        (target(), GOOD_SCOPE, findings(UA_06={"read_at": None}), []),
        (target(), GOOD_SCOPE, findings(TR_01={"summary": "Not evaluated by this version."}),
         ["not-evaluated"]),
        (target(limits=Limits(multisig_voters=2, signature_pages=1)), GOOD_SCOPE, findings(),
         ["limit-loosened", "limit-loosened"]),
        (target("testnet", Limits(multisig_voters=1)), Scope(("gate",), (), False), findings(),
         ["no-provider", "not-mainnet", "partial", "no-checkout", "limit-loosened"]),
    ],
)  # fmt: skip
def test_each_reason_is_told_when_it_is_there(
    profile: Target, scope: Scope, found: list[dict[str, Any]], expected: list[str]
) -> None:
    told = doubts(profile, scope, found, NOW)
    assert [row["id"] for row in told] == expected
    for row in told:
        assert row["text"][0].isupper() or row["text"][0].isdigit()
        assert row["text"].endswith(".")


def test_a_register_says_who_runs_a_host() -> None:
    same = {"one.example": "Node Company", "two.example": "Node Company"}
    told = doubts(target(), GOOD_SCOPE, findings(), NOW, operators=same)
    assert [row["id"] for row in told] == ["one-operator"]
    assert "Node Company" in told[0]["text"]
    apart = {"one.node.example": "First", "two.node.example": "Second"}
    scope = Scope(ALL, (("a", "one.node.example"), ("b", "two.node.example")), True)
    assert doubts(target(), scope, findings(), NOW, operators=apart) == []


@pytest.mark.parametrize(("apart", "told"), [(30, []), (-30, []), (31, ["clock-skew"]),
                                             (-900, ["clock-skew"])])  # fmt: skip
def test_clocks_that_differ_are_told(apart: int, told: list[str]) -> None:
    found = doubts(target(), GOOD_SCOPE, findings(), NOW, clocks={"first": apart, "second": 0})
    assert [row["id"] for row in found] == told
    assert all(f"{abs(apart)} s apart" in row["text"] for row in found)


def test_the_texts_name_what_they_speak_of() -> None:
    told = doubts(
        target("testnet"), Scope(("release", "gate"), TWO, True), findings(UA_06=ONE), NOW
    )
    texts = {row["id"]: row["text"] for row in told}
    assert "testnet" in texts["not-mainnet"]
    assert "custody, rpc, monitoring, treasury, incident" in texts["partial"]
    assert "UA-06" in texts["single-source"]


def test_a_waiver_that_ends_within_a_month_is_a_doubt() -> None:
    waived = {"status": "WAIVED", "waiver": {"expires": "2026-12-23", "underneath": "FAIL"}}
    late = {"status": "WAIVED", "waiver": {"expires": "2026-12-24", "underneath": "FAIL"}}
    told = doubts(target(), GOOD_SCOPE, findings(UA_06=waived, UA_07=late), NOW)
    assert [row["id"] for row in told] == ["waiver-ends"]
    assert told[0]["text"] == "The waiver for UA-06 ends on 2026-12-23."
