"""The honest boundary takes the state that findings have earned, never the one a text claims."""

from __future__ import annotations

from typing import Any

import pytest

from privatedao_audit.model import catalogue
from privatedao_audit.model.boundary import State, boundary, lines


def findings(everything: str = "PASS", **change: str) -> list[dict[str, Any]]:
    return [
        {"id": c.id, "class": c.control_class.value,
         "status": change.get(c.id.replace("-", "_"), everything)}
        for c in catalogue.load().controls
    ]  # fmt: skip


def states(cluster: str = "mainnet-beta", **change: str) -> dict[str, str]:
    return {row["id"]: row["state"] for row in boundary(findings(**change), cluster)}


def test_there_are_eleven_lines_in_two_kinds() -> None:
    kinds = [line.kind for line in lines()]
    assert kinds == ["exists today"] * 6 + ["belongs to rollout"] * 5
    assert [line.id for line in lines()] == [f"HB-{n:02}" for n in range(1, 12)]


def test_what_is_not_known_is_open_everywhere() -> None:
    assert set(states(everything="UNKNOWN").values()) == {"open"}


@pytest.mark.parametrize(
    ("line", "change", "state"),
    [
        ("HB-11", {}, State.PROVEN),
        ("HB-09", {}, State.CHECKED),
        ("HB-01", {}, State.PROVEN),
        ("HB-07", {}, State.CHECKED),
        ("HB-07", {"RG_05": "ATTESTED"}, State.CLAIMED),
        ("HB-07", {"RG_05": "MISSING"}, State.OPEN),
        ("HB-07", {"RG_05": "STALE"}, State.OPEN),
        ("HB-07", {"RG_05": "WAIVED"}, State.OPEN),
        ("HB-08", {"UA_06": "FAIL"}, State.CONTRADICTED),
        ("HB-08", {"UA_06": "DIVERGED", "UA_01": "UNKNOWN"}, State.CONTRADICTED),
        ("HB-08", {"UA_02": "ATTESTED"}, State.CLAIMED),
        ("HB-10", {"IR_03": "UNKNOWN", "IR_01": "ATTESTED"}, State.OPEN),
    ],
)
def test_the_weakest_control_decides(line: str, change: dict[str, str], state: State) -> None:
    assert states(**change)[line] == state.value


def test_nothing_read_elsewhere_stands_for_mainnet() -> None:
    assert states("devnet")["HB-11"] == "open"
    assert states("mainnet-beta")["HB-04"] == states("localnet")["HB-05"] == "open"
    assert states("devnet")["HB-04"] == "artefact checked"
    (row,) = [row for row in boundary(findings(), "localnet") if row["id"] == "HB-11"]
    assert row["why"] == "Nothing was read on mainnet-beta: the cluster of this run is localnet."
    assert states("devnet", RC_02="FAIL")["HB-11"] == "contradicted"


def test_a_line_says_which_controls_decided() -> None:
    rows = {row["id"]: row for row in boundary(findings(UA_06="FAIL", SD_01="FAIL"), "devnet")}
    assert rows["HB-08"]["why"] == "UA-06 is FAIL, SD-01 is FAIL."
    assert {"id": "UA-06", "status": "FAIL"} in rows["HB-08"]["controls"]


def test_a_waiver_does_not_take_a_contradiction_back() -> None:
    rows = findings(RG_05="WAIVED")
    for under, state in (("FAIL", "contradicted"), ("MISSING", "open")):
        given = [
            {**row, "waiver": {"underneath": under}} if row["id"] == "RG-05" else row
            for row in rows
        ]
        (line,) = [one for one in boundary(given, "devnet") if one["id"] == "HB-07"]
        assert (line["state"], line["why"]) == (state, f"RG-05 is WAIVED over {under}.")
