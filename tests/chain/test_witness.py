from __future__ import annotations

import asyncio
from typing import Any

import pytest

from privatedao_audit.chain.endpoints import Endpoint, SecretUrl
from privatedao_audit.chain.limits import Policy
from privatedao_audit.chain.resolver import RpcResolver
from privatedao_audit.evidence.questions import Outcome, Resolution, ask_for
from tests.chain.fake_rpc import GENESIS, FakeRpc, FakeTime, Reply, account, accounts, code
from tests.chain.test_resolver import run

POLICY = Policy(requests_per_second=0, attempts=3, backoff_base=1.0, reread_pause=0.5)
ONE = "SysvarC1ock11111111111111111111111111111111"
TWO = "SysvarRent111111111111111111111111111111111"
QUESTION = ask_for(
    "rpc", "getMultipleAccounts", [[ONE, TWO], {"encoding": "base64", "commitment": "finalized"}]
)
SIGNATURE = "1" * 63 + "2"
OLD, NEW = account(b"old"), account(b"new")


def seen(slot: int) -> Reply:
    return Reply([{"signature": SIGNATURE, "slot": slot, "err": None, "blockTime": None}])


def witnessed(
    *scripts: dict[str, Any], policy: Policy = POLICY, question: Any = QUESTION
) -> tuple[Resolution, list[FakeRpc], FakeTime]:
    async def use(resolver: RpcResolver) -> Resolution:
        return await resolver.resolve(question)

    return run(use, *scripts, policy=policy)


def reads(*replies: Reply, **more: Reply) -> dict[str, Any]:
    return {"getMultipleAccounts": list(replies), **more}


def test_two_that_agree_are_found_at_the_older_slot() -> None:
    got, nodes, time = witnessed(reads(accounts(12, OLD, None)), reads(accounts(11, OLD, None)))
    assert (got.outcome, got.slot, got.providers) == (Outcome.FOUND, 11, ("main", "spare"))
    assert got.exchanges[got.chosen or 0].provider == "spare"
    assert [len(n.asked("getMultipleAccounts")) for n in nodes] == [1, 1]
    assert time.slept == []


@pytest.mark.parametrize("member", ["rentEpoch", "space"])
def test_rent_epoch_and_space_are_not_compared(member: str) -> None:
    odd = {**OLD, member: 4}
    got, _, _ = witnessed(reads(accounts(12, OLD, None)), reads(accounts(12, odd, None)))
    assert (got.outcome, got.providers) == (Outcome.FOUND, ("main", "spare"))


def test_one_provider_is_single_source() -> None:
    got, _, _ = witnessed(reads(accounts(12, OLD, None)))
    assert (got.outcome, got.slot, got.providers) == (Outcome.FOUND, 12, ("main",))


@pytest.mark.parametrize(("labels", "said"), [("one two", "one"), ("one two far", "far one")])
def test_two_keys_for_one_server_are_one_witness(labels: str, said: str) -> None:
    async def go() -> Resolution:
        async with FakeRpc("near") as near, FakeRpc("far") as far:
            for node in (near, far):
                node.on("getMultipleAccounts", accounts(12, OLD, None))
            places = [near.url, f"{near.url}&second", far.url][: len(labels.split())]
            endpoints = map(Endpoint, labels.split(), map(SecretUrl, places))
            async with RpcResolver(list(endpoints), GENESIS, POLICY) as resolver:
                return await resolver.resolve(QUESTION)

    got = asyncio.run(go())
    assert got.outcome is Outcome.FOUND and sorted(got.providers) == said.split()
    assert len({one.provider for one in got.exchanges}) == 2


@pytest.mark.parametrize(
    "second",
    [
        reads(Reply(status=500, raw=b"")),
        reads(code(-32005)),
        reads(accounts(12, OLD)),
        reads(accounts(12, {**OLD, "lamports": 2**64}, None)),
        reads(accounts(12, {**OLD, "executable": 1}, None)),
        reads(accounts(12, {**OLD, "owner": "0"}, None)),
        reads(accounts(12, {**OLD, "data": ["YWI", "base64"]}, None)),
        reads(accounts(12, {**OLD, "data": ["YWJ=", "base64"]}, None)),
        reads(Reply({"value": [OLD, None]})),
        {**reads(accounts(12, NEW, None)), "genesis": ONE},
    ],
)
def test_a_second_provider_without_a_usable_answer_leaves_a_single_source(
    second: dict[str, Any],
) -> None:
    got, _, _ = witnessed(reads(accounts(12, OLD, None)), second)
    assert (got.outcome, got.providers) == (Outcome.FOUND, ("main",))


def test_a_third_provider_stands_in() -> None:
    got, _, _ = witnessed(
        reads(accounts(12, OLD, None)), reads(code(-32601)), reads(accounts(12, OLD, None))
    )
    assert (got.outcome, got.providers) == (Outcome.FOUND, ("main", "third"))


def test_a_difference_is_read_again_at_the_higher_slot() -> None:
    got, nodes, time = witnessed(
        reads(accounts(12, OLD, None), accounts(15, NEW, None)),
        reads(accounts(14, NEW, None), accounts(16, NEW, None)),
    )
    assert (got.outcome, got.slot, got.providers) == (Outcome.FOUND, 15, ("main", "spare"))
    assert time.slept == [0.5]
    for node in nodes:
        again = node.asked("getMultipleAccounts")[1]
        assert again["params"] == [
            [ONE, TWO],
            {"commitment": "finalized", "encoding": "base64", "minContextSlot": 14},
        ]


@pytest.mark.parametrize(
    ("other", "named"),
    [
        (NEW, "data"),
        (account(b"old", lamports=6), "lamports"),
        (account(b"old", owner=TWO), "owner"),
        (account(b"old", executable=True), "executable"),
        (None, "existence"),
    ],
)
def test_a_lasting_difference_without_activity_is_diverged(other: Any, named: str) -> None:
    got, nodes, time = witnessed(
        reads(accounts(12, OLD, None), getSignaturesForAddress=seen(11)),
        reads(
            accounts(14, other, None),
            accounts(13, other, None),
            accounts(14, other, None),
            getSignaturesForAddress=Reply([]),
        ),
    )
    # The first re-read asks for slot 14, which main, standing at 12, cannot give.
    assert got.outcome is Outcome.UNKNOWN
    same = {"getSignaturesForAddress": seen(13)}
    got, nodes, time = witnessed(
        {**reads(accounts(14, OLD, None)), **same}, {**reads(accounts(14, other, None)), **same}
    )
    assert got.outcome is Outcome.DIVERGED
    assert got.chosen is None
    assert got.reason == (
        f"main (slot 14) and spare (slot 14) differ on {named} of {ONE}; "
        f"no transaction touched {ONE} since slot 14"
    )
    assert [len(n.asked("getMultipleAccounts")) for n in nodes] == [4, 4]
    assert time.slept == [0.5] * 3
    kept = [x for x in got.exchanges if "getMultipleAccounts" in x.request and x.error is None]
    assert {x.provider for x in kept[-2:]} == {"main", "spare"}
    assert all(x.body for x in kept)


@pytest.mark.parametrize(("main", "spare"), [(14, 3), (3, 15), (14, 14)])
def test_activity_at_either_provider_means_moving(main: int, spare: int) -> None:
    got, _, _ = witnessed(
        reads(accounts(14, OLD, None), getSignaturesForAddress=seen(main)),
        reads(accounts(14, NEW, None), getSignaturesForAddress=seen(spare)),
    )
    assert got.outcome is Outcome.UNKNOWN
    assert str(got.reason).startswith("moving while read: main (slot 14) and spare (slot 14)")


def test_one_moving_account_does_not_excuse_another() -> None:
    def history(request: dict[str, Any]) -> Reply:
        return seen(14 if request["params"][0] == ONE else 3)

    got, _, _ = witnessed(
        reads(accounts(14, OLD, OLD), getSignaturesForAddress=history),  # type: ignore[arg-type]
        reads(accounts(14, NEW, NEW), getSignaturesForAddress=history),  # type: ignore[arg-type]
    )
    assert got.outcome is Outcome.DIVERGED
    assert f"data of {ONE} and 1 more; no transaction touched {TWO}" in str(got.reason)


def test_activity_that_cannot_be_read_leaves_it_open() -> None:
    got, _, _ = witnessed(
        reads(accounts(14, OLD, None), getSignaturesForAddress=seen(3)),
        reads(accounts(14, NEW, None), getSignaturesForAddress=code(-32011)),
    )
    assert got.outcome is Outcome.UNKNOWN
    assert "whether it moved in between is not known: provider spare: error -32011" in str(
        got.reason
    )


def test_sysvars_move_without_transactions() -> None:
    owner = "Sysvar1111111111111111111111111111111111111"
    got, _, _ = witnessed(
        reads(accounts(14, account(b"a", owner=owner), None), getSignaturesForAddress=Reply([])),
        reads(accounts(14, account(b"b", owner=owner), None), getSignaturesForAddress=Reply([])),
    )
    assert str(got.reason).startswith("moving while read")


def test_a_difference_that_cannot_be_read_again_is_unknown() -> None:
    got, _, _ = witnessed(
        reads(accounts(12, OLD, None)),
        reads(accounts(14, NEW, None), code(-32005)),
    )
    assert got.outcome is Outcome.UNKNOWN
    assert "could not be read again: provider main: answered at slot 12" in str(got.reason)
    assert "provider spare: error -32005" in str(got.reason)


def test_a_provider_far_ahead_does_not_silence_an_honest_one() -> None:
    for scripts in (
        (reads(accounts(12, OLD, None)), reads(accounts(2**40, NEW, None))),
        (reads(accounts(2**40, NEW, None)), reads(accounts(12, OLD, None))),
    ):
        got, _, _ = witnessed(*scripts)
        assert got.outcome is Outcome.UNKNOWN


def test_both_behind_the_floor_or_failing_is_unknown() -> None:
    got, _, _ = witnessed(reads(code(-32601)), reads(code(-32602)))
    assert got.outcome is Outcome.UNKNOWN
    assert got.reason == "provider main: error -32601 (no); provider spare: error -32602 (no)"


def test_one_witness_can_be_asked_for() -> None:
    policy = Policy(requests_per_second=0, witnesses=1)
    got, (_, spare), _ = witnessed(
        reads(accounts(12, OLD, None)), reads(accounts(12, NEW, None)), policy=policy
    )
    assert (got.outcome, got.providers) == (Outcome.FOUND, ("main",))
    assert spare.requests == []


def test_single_account_questions_are_witnessed_too() -> None:
    question = ask_for("rpc", "getAccountInfo", [ONE])
    one = Reply({"context": {"slot": 14}, "value": OLD})
    two = Reply({"context": {"slot": 14}, "value": None})
    history = {"getSignaturesForAddress": seen(2)}
    scripts = [{"getAccountInfo": one, **history}, {"getAccountInfo": two, **history}]
    got, _, _ = witnessed(*scripts, question=question)
    assert got.outcome is Outcome.DIVERGED
    assert got.commitment == "finalized"
    got, _, _ = witnessed({"getAccountInfo": two}, {"getAccountInfo": two}, question=question)
    assert (got.outcome, got.providers) == (Outcome.FOUND, ("main", "spare"))


def test_a_directed_account_question_has_one_witness() -> None:
    question = ask_for("rpc", "getAccountInfo", [ONE], probe="provider:spare")
    one = Reply({"context": {"slot": 14}, "value": OLD})
    got, (main, _), _ = witnessed({}, {"getAccountInfo": one}, question=question)
    assert (got.outcome, got.providers) == (Outcome.FOUND, ("spare",))
    assert main.requests == []
