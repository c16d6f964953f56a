"""Recordings are taken apart as they are written, and controls land in the pile of what explains
them."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from privatedao_audit.compare.deltas import Pile, compare
from privatedao_audit.compare.piles import Piles, piles
from privatedao_audit.compare.recorded import taken_apart
from privatedao_audit.compare.sections import of_piles
from privatedao_audit.compare.sides import Side
from privatedao_audit.evidence.questions import ask_for
from privatedao_audit.evidence.sealed import SealedRecording
from privatedao_audit.model import canonical
from privatedao_audit.model import target as targets
from tests.compare.altered import status

Make = Callable[[], Side]
KEY, OWNER = "9rSeVXpkDvRK3yyQzNpKZzMZBQ4Yv8HzPwTjcLR5bJcm", "11111111111111111111111111111111"
CONFIG = {"commitment": "finalized", "encoding": "base64"}
SIGNED = "5" * 87


class Fake:
    """A recording made up of answers."""

    def __init__(self) -> None:
        self._reads: list[dict[str, Any]] = []
        self._bodies: dict[str, bytes] = {}

    def add(
        self, method: str, params: Any, result: Any, slot: int | None = None, *,
        kind: str = "rpc", outcome: str = "found", probe: str | None = None,
    ) -> str:  # fmt: skip
        question = ask_for(kind, method, params, probe=probe)
        body = json.dumps(
            {"jsonrpc": "2.0", "id": 1, "result": result} if kind == "rpc" else result
        )
        digest = canonical.sha256(body.encode())
        self._bodies[digest] = body.encode()
        self._reads.append(
            {
                "id": question.record_id, "kind": kind, "method": method,
                "params": json.loads(question.params), "probe": probe, "outcome": outcome,
                "reason": "no answer" if outcome == "unknown" else None, "chosen": digest,
                "slot": slot, "commitment": "finalized", "asked_at": "2026-11-23T10:00:00.000Z",
            }
        )  # fmt: skip
        return question.record_id

    def account(self, slot: int, data: bytes) -> str:
        entry = {
            "data": [base64.b64encode(data).decode(), "base64"], "owner": OWNER, "lamports": 5,
            "executable": False, "rentEpoch": 0, "space": len(data),
        }  # fmt: skip
        result = {"context": {"slot": slot}, "value": [entry]}
        return self.add("getMultipleAccounts", [[KEY], CONFIG], result, slot)

    def reads(self) -> Iterator[dict[str, Any]]:
        yield from self._reads

    def exchange(self, exchange_id: str) -> dict[str, Any] | None:
        return {"body_sha256": exchange_id}

    def body(self, sha256: str) -> bytes | None:
        return self._bodies.get(sha256)

    def forget(self) -> None:
        """Withhold every answer, as a public form does; the records stay."""
        self._bodies.clear()


def sorted_as(found: Piles, control: str) -> tuple[Pile, str]:
    (one,) = [one for one in found.controls if one.id == control]
    return one.pile, one.why


def fallen(side: Make, evidence: list[str], text: str = "") -> tuple[Side, Side]:
    one, two = side(), side()
    status(one, "UA-04", "PASS", "PASS")
    status(two, "UA-04", "FAIL", "FAIL")
    for made in (one, two):
        (row,) = [row for row in made.findings["controls"] if row["id"] == "UA-04"]
        row["evidence"] = evidence
        row["parts"][0]["label"] = text
    return one, two


def test_a_recording_says_the_same_as_itself() -> None:
    target = targets.load("sample")
    place = targets.bundled_recording(target, "sample")
    assert place is not None
    with SealedRecording.open(place) as sealed:
        found = taken_apart(sealed)
    assert len(found.accounts) > 100 and len(found.histories) > 5 and len(found.answers) > 100
    assert found.commit is not None
    same = compare(found, found)
    assert same.deltas == []
    assert same.same == len(found.accounts) + len(found.histories) + len(found.answers)


def test_only_plain_answers_count() -> None:
    fake = Fake()
    for probe in ("closing", "series:3", "again", "provider:a/closing"):
        fake.add(
            "getTransaction", [SIGNED], {"slot": 1, "meta": {}, "transaction": []}, probe=probe
        )
    fake.add("getTransaction", [SIGNED], None, outcome="unknown")
    fake.add("getMultipleAccounts", [[KEY], CONFIG], {"nonsense": 1}, 5)
    found = taken_apart(fake)
    assert (found.accounts, found.answers) == ({}, {})
    assert sorted(outcome for outcome, _ in found.outcomes.values()).count("unknown") == 1
    fake.add("getTransaction", [SIGNED], {"slot": 1, "meta": {}, "transaction": []},
             probe="provider:a")  # fmt: skip
    assert len(taken_apart(fake).answers) == 1


def test_members_that_nodes_add_are_no_difference() -> None:
    old, new = Fake(), Fake()
    meta = {"err": None, "fee": 5, "preBalances": [1], "postBalances": [0]}
    result = {"slot": 7, "meta": meta, "transaction": ["AA==", "base64"]}
    old.add("getTransaction", [SIGNED], result)
    new.add("getTransaction", [SIGNED], {**result, "meta": {**meta, "costUnits": 9}, "x": 1})
    assert compare(taken_apart(old), taken_apart(new)).deltas == []
    other = Fake()
    other.add("getTransaction", [SIGNED], {**result, "meta": {**meta, "postBalances": [1]}})
    (delta,) = compare(taken_apart(old), taken_apart(other)).deltas
    assert delta.pile is Pile.DISAGREES and SIGNED in delta.what


def test_the_chain_moved(side: Make) -> None:
    old, new = Fake(), Fake()
    name = old.account(10, b"one")
    new.account(20, b"two")
    found = piles(*fallen(side, [name]), old, new)
    pile, why = sorted_as(found, "UA-04")
    assert pile is Pile.MOVED and KEY in why
    assert len(found.of(Pile.SAME)) == len(found.controls) - 1


def test_a_provider_disagrees_even_where_no_verdict_rests_on_it(side: Make) -> None:
    old, new = Fake(), Fake()
    name = old.account(10, b"one")
    new.account(10, b"two")
    assert sorted_as(piles(*fallen(side, [name]), old, new), "UA-04")[0] is Pile.DISAGREES
    found = piles(side(), side(), old, new)
    assert len(found.of(Pile.SAME)) == len(found.controls)
    assert [one.subject for one in found.deltas(Pile.DISAGREES)] == [KEY]
    assert "A provider disagrees on 1 things" in of_piles(found).notes[0]


def test_what_a_finding_names_tells_more_than_its_neighbours(side: Make) -> None:
    old, new = Fake(), Fake()
    name = old.account(10, b"one")
    new.account(20, b"two")
    args = ["9rSeVXpkDvRK3yyQzNpKZzMZBQ4Yv8HzPwTjcLR5bJcn"]
    other = old.add("getProgramAccounts", [args[0], {}], [])
    new.add("getProgramAccounts", [args[0], {}], [{"pubkey": KEY, "account": {"data": ["", ""]}}])
    pair = fallen(side, [name, other], f"of {KEY}")
    assert KEY in sorted_as(piles(*pair, old, new), "UA-04")[1]


def test_the_method_changed_where_nothing_else_did(side: Make) -> None:
    one, two = fallen(side, ["r-0000000000000000"])
    two.findings["method"]["kit_version"] = "9.9.9"
    pile, _ = sorted_as(piles(one, two, Fake(), Fake()), "UA-04")
    assert pile is Pile.METHOD


def test_a_new_control_is_a_change_of_method(side: Make) -> None:
    one, two = side(), side()
    one.findings["controls"] = [row for row in one.findings["controls"] if row["id"] != "UA-04"]
    pile, _ = sorted_as(piles(one, two, Fake(), Fake()), "UA-04")
    assert pile is Pile.METHOD


def test_what_was_not_answered_now_stays_open(side: Make) -> None:
    old, new = Fake(), Fake()
    name = old.add("getSlot", [], 7)
    new.add("getSlot", [], None, outcome="unknown")
    pile, why = sorted_as(piles(*fallen(side, [name]), old, new), "UA-04")
    assert pile is Pile.OPEN and "answered then and not now: no answer" in why


@pytest.mark.parametrize(("evidence", "words"), [(["r-1"], "it follows other controls")])
def test_time_alone_is_said_to_be_time(side: Make, evidence: list[str], words: str) -> None:
    pile, why = sorted_as(piles(*fallen(side, evidence), Fake(), Fake()), "UA-04")
    assert pile is Pile.OPEN and words in why


def test_two_providers_of_one_run_that_differ_are_a_disagreement(side: Make) -> None:
    one, two = side(), side()
    status(one, "UA-04", "PASS", "PASS")
    status(two, "UA-04", "DIVERGED", "DIVERGED")
    pile, _ = sorted_as(piles(one, two, Fake(), Fake()), "UA-04")
    assert pile is Pile.DISAGREES
