"""Which verdicts are ended by what moved, and that nothing is called true that was not read."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from privatedao_audit.chain.reads import ChainReads
from privatedao_audit.compare import invalidators
from privatedao_audit.compare.invalidators import Accounts, Ends, Value
from privatedao_audit.compare.still_true import ENDED, compare, stand
from privatedao_audit.evidence.questions import Answer, Outcome, Question
from privatedao_audit.evidence.replay import Replay
from privatedao_audit.evidence.sealed import SealedRecording
from privatedao_audit.model import catalogue
from privatedao_audit.model import target as targets
from privatedao_audit.model.reads import Found

NOW = datetime(2026, 11, 23, tzinfo=UTC)
PLACE = (Ends.AUTHORITY, "Key", "authority")


def findings(**statuses: str) -> dict[str, Any]:
    return {
        "controls": [
            {"id": name.replace("_", "-"), "status": status, "parts": []}
            for name, status in statuses.items()
        ]
    }


def standing(before: dict[Any, Value], after: dict[Any, Value], **statuses: str) -> dict[str, Any]:
    rows = stand(findings(**statuses), compare(before, after), {}, NOW)
    return {row.id: row.stale for row in rows}


def test_what_did_not_move_ends_nothing() -> None:
    same = {PLACE: Value("a")}
    assert standing(same, dict(same), UA_01="PASS", RC_05="PASS") == {
        "UA-01": False, "RC-05": False,
    }  # fmt: skip


def test_what_moved_ends_what_rests_on_it() -> None:
    found = standing(
        {PLACE: Value("a")}, {PLACE: Value("b")}, UA_01="PASS", UA_04="FAIL", RC_05="PASS",
        SD_01="UNKNOWN",
    )  # fmt: skip
    # A verdict that was not known can't come to be untrue.
    assert found == {"UA-01": True, "UA-04": True, "RC-05": False}


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (Value("a"), Value(None, "no answer")),
        (Value(None, "not recorded"), Value("a")),
        (Value(None, "not recorded"), Value(None, "no answer")),
    ],
)
def test_what_could_not_be_read_is_not_known(before: Value, after: Value) -> None:
    assert standing({PLACE: before}, {PLACE: after}, UA_01="PASS", RC_05="PASS") == {
        "UA-01": None, "RC-05": False,
    }  # fmt: skip


def test_an_account_that_is_something_else_now_moved() -> None:
    other = {(Ends.CODE, "Key", ""): Value("closed")}
    assert standing({PLACE: Value("a")}, other, UA_01="PASS") == {"UA-01": True}
    silent = {(Ends.CODE, "Key", ""): Value(None, "no answer")}
    assert standing({PLACE: Value("a")}, silent, UA_01="PASS") == {"UA-01": None}


def test_a_verdict_that_names_the_account_ends_with_it() -> None:
    found = findings(RC_05="PASS")
    found["controls"][0]["parts"] = [{"label": "held by Key", "observed": None}]
    readings = compare({PLACE: Value("a")}, {PLACE: Value("b")})
    assert [row.stale for row in stand(found, readings, {}, NOW)] == [True]


def test_evidence_that_outlived_its_limit_ends_a_verdict() -> None:
    ends = {"RC-05": NOW - timedelta(days=1), "RC-06": NOW + timedelta(days=1)}
    rows = stand(findings(RC_05="PASS", RC_06="PASS"), [], ends, NOW)
    assert [(row.id, row.stale) for row in rows] == [("RC-05", True), ("RC-06", False)]


def test_what_moved_comes_first() -> None:
    keys = [(Ends.MINT, name, "x") for name in "abc"]
    before = dict.fromkeys(keys, Value("1"))
    after = {keys[0]: Value("1"), keys[1]: Value(None, "no"), keys[2]: Value("2")}
    assert [row.moved for row in compare(before, after)] == [True, None, False]


def test_the_table_names_controls_of_the_catalogue() -> None:
    known = {one.id for one in catalogue.load().controls}
    assert set(ENDED) == set(Ends)
    for names in ENDED.values():
        assert names <= known


#: Words of ``invalidated_by`` → the kind of value that they speak of.
WORDS = {
    Ends.CODE: r"executable hash in the ProgramData",
    Ends.DEPLOYMENT: r"further (?:upgrade|loader transaction)|deployment becomes the current|"
    r"later deploy|loader transaction on the ProgramData",
    Ends.AUTHORITY: r"[Uu]pgrade authority (?:in|moves|,|changes)|upgrade authority,",
    Ends.CONTROLLER: r"members, (?:member permissions, )?threshold",
    Ends.INDEX: r"transaction_index|transaction of the controlling multisig",
    Ends.MINT: r"authority of a judged mint",
    Ends.DAO_AUTHORITY: r"DAO authority",
    Ends.DAO_RULES: r"execution delay",
    Ends.PROPOSALS: r"[Pp]roposal (?:is created|passes|with)|proposal_count|A proposal,",
    Ends.TREASURY: r"treasury balance|balance of the treasury|treasury action is executed",
}


@pytest.mark.parametrize("ends", list(Ends))
def test_what_the_catalogue_says_ends_a_verdict_is_in_the_table(ends: Ends) -> None:
    said = {
        one.id
        for one in catalogue.load().controls
        if re.search(WORDS[ends], " ".join(one.invalidated_by))
    }
    assert said and said <= ENDED[ends]


class Silent:
    """Answers nothing."""

    async def ask(self, question: Question) -> Answer:
        return Answer("", Outcome.UNKNOWN, "no answer", None, None, None, (), "")


def test_a_recording_holds_its_invalidators_and_replays_them() -> None:
    target = targets.load("sample-healthy")
    place = targets.bundled_recording(target, "sample-healthy")
    assert place is not None

    async def told(chain: ChainReads, accounts: Accounts) -> dict[Any, Value]:
        daos = await invalidators.daos(chain, target)
        return invalidators.values(target, accounts, daos, await invalidators.tokens(chain, target))

    async def both(addresses: Sequence[str]) -> tuple[dict[Any, Value], dict[Any, Value]]:
        silent = ChainReads(Silent())
        now = await told(silent, await invalidators.live(silent, target, addresses))
        return await told(ChainReads(Replay(sealed)), then), now

    with SealedRecording.open(place) as sealed:
        then = invalidators.recorded(sealed, target)
        before, after = asyncio.run(both(sorted(then.states)))
    assert all(isinstance(read, Found) for read in then.states.values())
    kinds = {key[0] for key, value in before.items() if value.said is not None}
    assert kinds == set(Ends)
    # A node that answers nothing leaves nothing known, and nothing is called moved or true.
    assert {one.moved for one in compare(before, after)} == {None}
    assert {one.moved for one in compare(before, dict(before))} == {False}


def test_an_account_that_was_not_recorded_then_is_not_known() -> None:
    before = {(Ends.CODE, "Key", ""): Value(None, "the recording does not hold it")}
    rows = compare(before, {PLACE: Value("a")})
    assert [row.moved for row in rows] == [None, None]
    assert {row.why for row in rows} == {"then: the recording does not hold it"}
    gone = {(Ends.CODE, "Key", ""): Value("absent")}
    assert {row.moved for row in compare(gone, {PLACE: Value("a")})} == {True}
