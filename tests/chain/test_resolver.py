from __future__ import annotations

import asyncio
import base64
import logging
from collections.abc import Awaitable, Callable
from email.utils import format_datetime
from typing import Any

import pytest

from privatedao_audit.chain.endpoints import BadEndpoint, Endpoint, SecretUrl
from privatedao_audit.chain.limits import Policy
from privatedao_audit.chain.resolver import RpcResolver
from privatedao_audit.evidence.questions import Outcome, Question, Resolution, ask_for
from tests.chain.fake_rpc import (
    GENESIS,
    OTHER_GENESIS,
    SECRET,
    FakeRpc,
    FakeTime,
    Reply,
    accounts,
    code,
)

POLICY = Policy(
    max_body_bytes=2**20, requests_per_second=0, attempts=3, backoff_base=1.0, deadline=100.0
)
SIGNATURE = "1" * 63 + "2"
CURSOR = "1" * 63 + "3"
ADDRESS = "1" * 32

Use = Callable[..., Awaitable[Any]]


def slot_question(probe: str | None = None) -> Question:
    return ask_for("rpc", "getSlot", [{"commitment": "finalized"}], probe=probe)


def run(
    use: Use, *scripts: dict[str, Any], policy: Policy = POLICY, jitter: float = 1.0
) -> tuple[Any, list[FakeRpc], FakeTime]:
    """Start a provider per script ("main", "spare", "third") and use a resolver over them."""

    async def go() -> tuple[Any, list[FakeRpc], FakeTime]:
        time = FakeTime()
        nodes = [
            FakeRpc(label, genesis=script.pop("genesis", GENESIS))
            for label, script in zip(("main", "spare", "third"), scripts, strict=False)
        ]
        for node, script in zip(nodes, scripts, strict=True):
            for method, replies in script.items():
                node.on(method, *(replies if isinstance(replies, list) else [replies]))
            await node.__aenter__()
        async with RpcResolver(
            [node.endpoint for node in nodes],
            GENESIS,
            policy,
            clock=time.clock,
            sleep=time.sleep,
            jitter=lambda: jitter,
            now=time.now,
        ) as resolver:
            got = await use(resolver)
        for node in nodes:
            await node.__aexit__()
        return got, nodes, time

    got, nodes, time = asyncio.run(go())
    assert SECRET not in repr(got)
    return got, nodes, time


def resolve(
    question: Question, *scripts: dict[str, Any], policy: Policy = POLICY, jitter: float = 1.0
) -> tuple[Resolution, list[FakeRpc], FakeTime]:
    return run(lambda r: r.resolve(question), *scripts, policy=policy, jitter=jitter)


def test_no_endpoint_is_unknown() -> None:
    got, _, _ = resolve(slot_question())
    assert got == Resolution(Outcome.UNKNOWN, "no RPC endpoint was given")


def test_the_genesis_hash_is_asked_first_and_once() -> None:
    async def use(resolver: RpcResolver) -> list[Resolution]:
        return [await resolver.resolve(slot_question(probe)) for probe in (None, "closing")]

    (first, second), (node,), _ = run(use, {"getSlot": Reply(40)})
    assert [r["method"] for r in node.requests] == ["getGenesisHash", "getSlot", "getSlot"]
    assert (first.outcome, first.slot, first.commitment) == (Outcome.FOUND, 40, "finalized")
    assert first.providers == ("main",)
    assert first.chosen == 1
    assert first.exchanges[1].error is None
    assert len(second.exchanges) == 1
    assert len({r["id"] for r in node.requests}) == 3


def test_a_provider_on_another_cluster_is_refused_for_everything() -> None:
    got, (node,), time = resolve(slot_question(), {"genesis": OTHER_GENESIS, "getSlot": Reply(4)})
    assert got.outcome is Outcome.UNKNOWN
    assert got.reason == (
        f"provider main is on another cluster: genesis {OTHER_GENESIS}, the target names {GENESIS}"
    )
    assert node.asked("getSlot") == []
    assert time.slept == []


def test_a_provider_on_the_right_cluster_answers_instead() -> None:
    got, (wrong, _), _ = resolve(
        slot_question(), {"genesis": OTHER_GENESIS, "getSlot": Reply(4)}, {"getSlot": Reply(5)}
    )
    assert (got.outcome, got.slot, got.providers) == (Outcome.FOUND, 5, ("spare",))
    assert wrong.asked("getSlot") == []


def test_the_genesis_question_to_one_provider_is_answered_even_when_wrong() -> None:
    question = ask_for("rpc", "getGenesisHash", [], probe="provider:spare")
    got, (main, spare), _ = resolve(question, {}, {"genesis": OTHER_GENESIS})
    assert (got.outcome, got.providers) == (Outcome.FOUND, ("spare",))
    assert OTHER_GENESIS.encode() in (got.exchanges[got.chosen or 0].body or b"")
    assert main.requests == []
    assert len(spare.requests) == 1


def test_the_genesis_question_to_anyone_is_answered_by_the_right_cluster_only() -> None:
    got, _, _ = resolve(ask_for("rpc", "getGenesisHash", []), {"genesis": OTHER_GENESIS})
    assert got.outcome is Outcome.UNKNOWN


@pytest.mark.parametrize("probe", ["provider:spare", "provider:spare:series:17", "provider:spare/"])
def test_a_directed_question_goes_to_that_provider_alone(probe: str) -> None:
    got, (main, _), _ = resolve(slot_question(probe), {"getSlot": Reply(4)}, {"getSlot": Reply(5)})
    assert (got.slot, got.providers) == (5, ("spare",))
    assert main.requests == []


def test_a_directed_question_never_fails_over() -> None:
    got, (main, _), _ = resolve(
        slot_question("provider:spare"), {"getSlot": Reply(4)}, {"getSlot": code(-32601)}
    )
    assert got.outcome is Outcome.UNKNOWN
    assert main.requests == []
    got, _, _ = resolve(slot_question("provider:other"), {"getSlot": Reply(4)})
    assert got.reason == "no RPC endpoint named other was given"


@pytest.mark.parametrize("status", [401, 403, 400, 404, 301])
def test_lasting_http_errors_are_not_retried(status: int) -> None:
    reply = Reply(status=status, raw=b"no")
    got, (node,), time = resolve(slot_question(), {"getSlot": reply})
    assert got.outcome is Outcome.UNKNOWN
    assert str(got.reason).startswith(f"provider main: HTTP {status}")
    assert len(node.asked("getSlot")) == 1
    assert time.slept == []


@pytest.mark.parametrize("number", [-32601, -32602, -32015, -32001, -32011])
def test_lasting_rpc_errors_are_not_retried(number: int) -> None:
    got, (node,), time = resolve(slot_question(), {"getSlot": code(number, "told\n\u202eyou")})
    assert got.reason == f"provider main: error {number} (told\ufffd\ufffdyou)"
    assert len(node.asked("getSlot")) == 1
    assert time.slept == []


@pytest.mark.parametrize(
    "failing",
    [
        Reply(status=500, raw=b"no"),
        Reply(status=503, raw=b"no"),
        Reply(drop=True),
        code(-32005),
        code(-32004),
        code(-32014),
        code(-32016),
        code(-32019),
        code(-32603),
        code(-39999),
        Reply(raw=b"<html>busy</html>"),
        Reply(raw=b'{"jsonrpc":"2.0","result":'),
        Reply(4, identity="other"),
        Reply("not a slot"),
        Reply(-1),
        Reply(2**53),
        Reply(raw=b'{"jsonrpc":"2.0","result":NaN,"id":1}'),
        Reply(raw=b"[" * 100_000),
        Reply(raw=b'{"jsonrpc":"2.0","result":"\\ud800","id":2}'),
        Reply(None),
    ],
)
def test_passing_failures_go_elsewhere_first_then_back_off(failing: Reply) -> None:
    got, (main, spare), time = resolve(
        slot_question(), {"getSlot": [failing, Reply(7)]}, {"getSlot": failing}
    )
    assert (got.outcome, got.slot, got.providers) == (Outcome.FOUND, 7, ("main",))
    assert (len(main.asked("getSlot")), len(spare.asked("getSlot"))) == (2, 1)
    assert time.slept == [1.0]
    got, (main,), time = resolve(slot_question(), {"getSlot": failing})
    assert got.outcome is Outcome.UNKNOWN
    assert str(got.reason).startswith("provider main: ")
    assert got.chosen is None
    assert all(x.error for x in got.exchanges[1:])
    assert len(main.asked("getSlot")) == 3
    assert time.slept == [1.0, 2.0]


def test_back_off_has_full_jitter() -> None:
    _, _, time = resolve(slot_question(), {"getSlot": Reply(status=500, raw=b"")}, jitter=0.25)
    assert time.slept == [0.25, 0.5]


@pytest.mark.parametrize(
    "limited",
    [
        Reply(status=429, raw=b"slow down"),
        code(429, "slow down"),
        Reply(status=429, raw=b'{"error":{"code":429}}'),
        code(-32429),
        Reply(raw=b'{"error":{"code":429}}'),
    ],
)
def test_429_without_retry_after_backs_off(limited: Reply) -> None:
    got, _, time = resolve(slot_question(), {"getSlot": [limited, limited, Reply(7)]})
    assert got.outcome is Outcome.FOUND
    assert time.slept == [1.0, 2.0]


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("7", 7.0),
        ("0.5", 0.5),
        ("9999", 60.0),
        ("-3", 1.0),
        ("nan", 1.0),
        ("soon", 1.0),
        ("DATE+9", 9.0),
    ],
)
def test_retry_after_is_kept_to_and_capped(text: str, seconds: float) -> None:
    if text == "DATE+9":
        text = format_datetime(FakeTime().now().replace(second=9), usegmt=True)
    limited = Reply(status=429, raw=b"", headers={"Retry-After": text})
    got, _, time = resolve(slot_question(), {"getSlot": [limited, Reply(7)]})
    assert got.outcome is Outcome.FOUND
    assert time.slept == [seconds]


def test_a_limited_provider_is_left_alone_while_another_answers() -> None:
    limited = Reply(status=429, raw=b"", headers={"Retry-After": "50"})

    async def use(resolver: RpcResolver) -> list[Resolution]:
        return [await resolver.resolve(slot_question(str(n))) for n in range(5)]

    got, (main, spare), time = run(use, {"getSlot": limited}, {"getSlot": Reply(7)})
    assert {g.providers for g in got} == {("spare",)}
    assert (len(main.asked("getSlot")), len(spare.asked("getSlot"))) == (1, 5)
    assert time.slept == []


def test_the_deadline_ends_a_question() -> None:
    limited = Reply(status=429, raw=b"", headers={"Retry-After": "50"})
    policy = Policy(requests_per_second=0, attempts=9, deadline=80.0)
    got, (node,), time = resolve(slot_question(), {"getSlot": limited}, policy=policy)
    assert got.outcome is Outcome.UNKNOWN
    assert len(node.asked("getSlot")) == 2
    assert time.slept == [50.0]


def test_unreachable_is_unknown_with_every_attempt_kept() -> None:
    async def go() -> Resolution:
        time = FakeTime()
        async with FakeRpc() as node:
            endpoint = node.endpoint
        resolver = RpcResolver([endpoint], GENESIS, POLICY, clock=time.clock, sleep=time.sleep)
        return await resolver.resolve(slot_question())

    got = asyncio.run(go())
    assert got.reason == "provider main: could not connect"
    assert [x.error for x in got.exchanges] == ["could not connect"] * 3
    assert SECRET not in repr(got)


def test_a_provider_that_is_down_is_tried_once_per_question_later() -> None:
    async def use(resolver: RpcResolver) -> list[int]:
        asked = [await resolver.resolve(slot_question(str(n))) for n in range(4)]
        return [len(a.exchanges) for a in asked]

    policy = Policy(requests_per_second=0, attempts=3, tired_after=6)
    counts, _, _ = run(use, {"getGenesisHash": Reply(drop=True)}, policy=policy)
    assert counts == [3, 3, 1, 1]


def test_a_provider_that_is_down_is_asked_last_and_rests_as_a_witness() -> None:
    question = ask_for("rpc", "getMultipleAccounts", [[ADDRESS], {"encoding": "base64"}])

    async def use(resolver: RpcResolver) -> list[tuple[str, ...]]:
        asked = []
        for number in range(6):
            probe = f"again {number}"
            one = await resolver.resolve(ask_for("rpc", "getSlot", [], probe=probe))
            two = await resolver.resolve(
                ask_for("rpc", question.method, [[ADDRESS], {}], probe=probe)
            )
            asked += [one.providers, two.providers]
        return asked

    down = {"getGenesisHash": Reply(status=502, raw=b"")}
    up = {"getSlot": Reply(7), "getMultipleAccounts": accounts(7, None)}
    policy = Policy(requests_per_second=0, attempts=3, tired_after=4)
    providers, (main, _), time = run(use, down, up, policy=policy)
    assert set(providers) == {("spare",)}
    # Once for each question until it is tired (twice as a witness), then not at all.
    assert len(main.requests) == 4
    assert sum(time.slept) < 3


def test_a_too_large_answer_is_not_asked_for_again() -> None:
    got, (node,), _ = resolve(slot_question(), {"getSlot": Reply("x" * 2**21)})
    assert got.reason == "provider main: the answer is larger than 1048576 bytes"
    assert len(node.asked("getSlot")) == 1


def test_bodies_of_failed_attempts_are_cut_and_it_is_said() -> None:
    reply = Reply(status=500, raw=b"x" * 10_000)
    got, _, _ = resolve(slot_question(), {"getSlot": reply})
    failed = got.exchanges[-1]
    assert failed.body == b"x" * 4096
    assert failed.error == "HTTP 500; of 10000 bytes of its body 4096 are kept"


def test_an_answer_that_echoes_the_key_is_unknown(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    echo = base64.b64encode(f"Basic {SECRET}".encode()).decode()
    for text in (f"denied for {SECRET}", echo):
        got, (node,), _ = resolve(slot_question(), {"getSlot": Reply(text)})
        assert got.outcome is Outcome.UNKNOWN
        assert "configured secret" in str(got.reason)
        assert got.exchanges[-1].withheld
        assert got.exchanges[-1].body is None
        assert len(node.asked("getSlot")) == 1
    assert SECRET not in caplog.text


def test_no_more_requests_at_once_than_allowed() -> None:
    async def use(resolver: RpcResolver) -> list[Resolution]:
        asks = (resolver.resolve(slot_question(str(n))) for n in range(30))
        return list(await asyncio.gather(*asks))

    policy = Policy(requests_per_second=0, concurrency=3)
    got, (node,), _ = run(use, {"getSlot": Reply(7)}, policy=policy)
    assert len(got) == 30
    assert {g.outcome for g in got} == {Outcome.FOUND}
    assert 1 < node.most_in_flight <= 3


def test_requests_keep_to_the_rate() -> None:
    async def use(resolver: RpcResolver) -> None:
        for number in range(4):
            await resolver.resolve(slot_question(str(number)))

    _, (node,), time = run(use, {"getSlot": Reply(7)}, policy=Policy(requests_per_second=4))
    assert len(node.requests) == 5
    assert sum(time.slept) == pytest.approx(1.0)


def test_turns_that_come_due_together_do_not_crowd_one_second() -> None:
    """A busy machine wakes late: what was spread over a second must not be sent in one moment."""

    async def use(resolver: RpcResolver) -> list[float]:
        means = resolver._means
        sent: list[float] = []
        wait = means.sleep

        async def late(seconds: float) -> None:
            await wait(seconds + 0.7)

        means.sleep = late
        provider = resolver._providers["main"]
        for _ in range(40):
            await provider._turn()
            sent.append(means.clock())
            if len(sent) == 10:
                means.sleep = wait
        return sent

    policy = Policy(requests_per_second=5)
    sent, _, _ = run(use, {"getSlot": Reply(7)}, policy=policy)
    for start in sent:
        assert sum(start <= at < start + 0.99 for at in sent) <= 5


def transaction_question() -> Question:
    config = {"encoding": "base64", "maxSupportedTransactionVersion": 0}
    return ask_for("rpc", "getTransaction", [SIGNATURE, config])


def test_a_null_transaction_is_unknown_after_asking_everyone() -> None:
    got, nodes, time = resolve(
        transaction_question(), {"getTransaction": Reply(None)}, {"getTransaction": Reply(None)}
    )
    assert got.outcome is Outcome.UNKNOWN
    assert got.reason == "no provider returned it: unknown, pruned or not yet final"
    assert [len(n.asked("getTransaction")) for n in nodes] == [1, 1]
    assert time.slept == []


def test_a_null_transaction_at_one_provider_is_asked_elsewhere() -> None:
    got, _, _ = resolve(
        transaction_question(), {"getTransaction": Reply(None)}, {"getTransaction": Reply({"a": 1})}
    )
    assert (got.outcome, got.providers) == (Outcome.FOUND, ("spare",))


def test_null_here_and_failure_there_names_both() -> None:
    got, _, _ = resolve(
        transaction_question(), {"getTransaction": Reply(None)}, {"getTransaction": code(-32015)}
    )
    assert got.reason == "provider main: does not have it; provider spare: error -32015 (no)"


def page_question(before: str | None = CURSOR, until: str | None = None) -> Question:
    config = {"before": before, "until": until, "limit": 10, "commitment": "finalized"}
    return ask_for("rpc", "getSignaturesForAddress", [ADDRESS, config])


STATUS = Reply({"context": {"slot": 9}, "value": [{"slot": 5, "err": None}]})
NO_STATUS = Reply({"context": {"slot": 9}, "value": [None]})


@pytest.mark.parametrize(
    "script",
    [
        {"getSignatureStatuses": STATUS},
        {"getSignatureStatuses": NO_STATUS, "getTransaction": Reply({"slot": 5})},
        {"getSignatureStatuses": code(-32601), "getTransaction": Reply({"slot": 5})},
    ],
)
def test_an_empty_page_counts_at_a_node_that_knows_the_cursor(script: dict[str, Any]) -> None:
    got, _, _ = resolve(page_question(), {"getSignaturesForAddress": Reply([]), **script})
    assert got.outcome is Outcome.FOUND
    assert b'"result": []' in (got.exchanges[got.chosen or 0].body or b"")


@pytest.mark.parametrize(
    "script",
    [
        {"getSignatureStatuses": NO_STATUS, "getTransaction": Reply(None)},
        {"getSignatureStatuses": code(-32601), "getTransaction": code(-32011)},
    ],
)
@pytest.mark.parametrize("question", [page_question(), page_question(None, CURSOR)])
def test_an_empty_page_of_an_unknown_cursor_is_unknown(
    question: Question, script: dict[str, Any]
) -> None:
    got, _, time = resolve(question, {"getSignaturesForAddress": Reply([]), **script})
    assert got.outcome is Outcome.UNKNOWN
    assert "history may be cut" in str(got.reason)
    assert time.slept == []


def test_pruned_history_here_is_read_elsewhere() -> None:
    row = {"signature": SIGNATURE, "slot": 5, "err": None, "blockTime": None}
    cut = {"getSignatureStatuses": NO_STATUS, "getTransaction": Reply(None)}
    got, _, _ = resolve(
        page_question(),
        {"getSignaturesForAddress": Reply([]), **cut},
        {"getSignaturesForAddress": Reply([row])},
    )
    assert (got.outcome, got.providers) == (Outcome.FOUND, ("spare",))
    got, _, _ = resolve(page_question(), {"getSignaturesForAddress": code(-32020)})
    assert "history may be cut" in str(got.reason)


def test_a_first_page_that_is_empty_stands() -> None:
    got, (node,), _ = resolve(page_question(None), {"getSignaturesForAddress": Reply([])})
    assert got.outcome is Outcome.FOUND
    assert len(node.requests) == 2


def test_a_node_behind_is_unknown_or_replaced() -> None:
    policy = Policy(requests_per_second=0, attempts=2, max_lag_slots=100)

    async def use(resolver: RpcResolver) -> list[Resolution]:
        directed = await resolver.resolve(slot_question("provider:spare"))
        await resolver.resolve(slot_question())
        return [directed, await resolver.resolve(slot_question("again"))]

    (directed, got), _, _ = run(
        use, {"getSlot": [Reply(1000), Reply(800)]}, {"getSlot": Reply(950)}, policy=policy
    )
    assert (directed.outcome, directed.slot) == (Outcome.FOUND, 950)
    assert (got.outcome, got.slot, got.providers) == (Outcome.FOUND, 950, ("spare",))
    (_, got), _, _ = run(
        use, {"getSlot": [Reply(1000), Reply(800)]}, {"getSlot": Reply(850)}, policy=policy
    )
    assert got.outcome is Outcome.UNKNOWN
    assert "provider main: node behind by 200 slots" in str(got.reason)


def test_a_directed_question_shows_the_lag_and_does_not_judge_it() -> None:
    async def use(resolver: RpcResolver) -> list[Resolution]:
        far = await resolver.resolve(slot_question("provider:spare"))
        return [far, await resolver.resolve(slot_question())]

    (far, near), _, _ = run(use, {"getSlot": Reply(1000)}, {"getSlot": Reply(2**52)})
    assert far.slot == 2**52
    # What a provider says when it is measured must not make all others look late.
    assert (near.outcome, near.slot) == (Outcome.FOUND, 1000)


def test_an_answer_before_min_context_slot_is_none() -> None:
    config = {"encoding": "base64", "minContextSlot": 100}
    question = ask_for("rpc", "getMultipleAccounts", [[ADDRESS], config])
    got, _, _ = resolve(question, {"getMultipleAccounts": accounts(99, None)})
    assert got.reason == "provider main: answered at slot 99, asked for 100 or later"


def test_misuse_is_a_defect() -> None:
    with pytest.raises(ValueError, match="kind file"):
        resolve(ask_for("file", "read", "x"), {})
    with pytest.raises(ValueError, match="not a list"):
        resolve(ask_for("rpc", "getSlot", {"a": 1}), {})
    endpoint = Endpoint("main", SecretUrl("https://h"))
    with pytest.raises(BadEndpoint, match="twice"):
        RpcResolver([endpoint, endpoint], GENESIS)
    for bad in ({"attempts": 0}, {"witnesses": 3}, {"requests_per_second": -1.0}):
        with pytest.raises(ValueError, match=next(iter(bad))):
            Policy(**bad)  # type: ignore[arg-type]
