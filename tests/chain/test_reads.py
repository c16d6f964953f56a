from __future__ import annotations

import asyncio
import base64
import json
import subprocess
import sys
from collections.abc import Callable
from typing import Any

import pytest
from solders.hash import Hash
from solders.keypair import Keypair
from solders.message import Message
from solders.system_program import TransferParams, transfer
from solders.transaction import Transaction as Signed

from privatedao_audit.chain.answers import is_signature
from privatedao_audit.chain.limits import Policy
from privatedao_audit.chain.reads import ChainReads
from privatedao_audit.chain.resolver import RpcResolver
from privatedao_audit.evidence.questions import Answer, Outcome, Question
from privatedao_audit.model.reads import Diverged, Found, ProvenAbsent, Unknown
from tests.chain.fake_rpc import GENESIS, FakeRpc, Reply, account, accounts, code

KEYS = [str(Keypair.from_seed(bytes([n]) * 32).pubkey()) for n in range(1, 120)]
A, B, C = KEYS[:3]
AT = "2026-11-23T09:00:00.000Z"


def body(result: Any) -> bytes:
    return json.dumps({"jsonrpc": "2.0", "id": 1, "result": result}).encode()


class Scripted:
    """Answers by a function of the question; remembers what was asked."""

    def __init__(self, answer: Callable[[Question], Any], **members: Any) -> None:
        self.answer, self.members = answer, members
        self.asked: list[Question] = []

    async def ask(self, question: Question) -> Answer:
        self.asked.append(question)
        result = self.answer(question)
        if isinstance(result, Answer):
            return result
        slot = result.get("context", {}).get("slot") if isinstance(result, dict) else None
        given: dict[str, Any] = {
            "read_id": question.record_id,
            "outcome": Outcome.FOUND,
            "reason": None,
            "body": body(result),
            "slot": slot,
            "commitment": "finalized",
            "providers": ("main",),
            "asked_at": AT,
        }
        return Answer(**{**given, **self.members})


def told(result: Any, **members: Any) -> tuple[ChainReads, Scripted]:
    answers = Scripted(result if callable(result) else lambda _q: result, **members)
    return ChainReads(answers), answers


def state(slot: int, *values: Any) -> dict[str, Any]:
    return {"context": {"slot": slot}, "value": list(values)}


def test_accounts_are_found_and_proven_absent_in_one_read() -> None:
    chain, answers = told(state(9, account(b"xy", 7, B, executable=True), None))
    first, second, third = asyncio.run(chain.accounts([A, C, A]))
    assert isinstance(first, Found)
    assert first is third
    got = first.value
    assert (got.address, got.lamports, got.owner, got.data, got.executable) == (
        A,
        7,
        B,
        b"xy",
        True,
    )
    assert isinstance(second, ProvenAbsent)
    (question,) = answers.asked
    assert json.loads(question.params) == [
        [A, C],
        {"commitment": "finalized", "encoding": "base64"},
    ]
    for read in (first, second):
        assert read.at.evidence == (question.record_id,)
        assert (read.at.slot, read.at.commitment, read.at.providers) == (9, "finalized", ("main",))
        assert read.at.asked_at == AT


def test_an_unknown_answer_is_unknown_for_every_account_with_its_evidence() -> None:
    chain, answers = told(
        None, outcome=Outcome.UNKNOWN, reason="provider main: HTTP 503", body=None, providers=()
    )
    for read in asyncio.run(chain.accounts([A, B])):
        assert isinstance(read, Unknown)
        assert read.reason == "provider main: HTTP 503"
        assert read.at.evidence == (answers.asked[0].record_id,)


@pytest.mark.parametrize(
    "value",
    [
        state(9),
        state(9, None, None),
        {"value": [None]},
        {"context": {"slot": -1}, "value": [None]},
        {"context": {"slot": 9}, "value": None},
        {"context": {"slot": 9}},
        state(9, {**account(), "data": "abc"}),
        state(9, {**account(), "data": ["!!", "base64"]}),
        state(9, {**account(), "data": ["YWI", "base64"]}),
        state(9, {**account(), "data": ["", "base64+zstd"]}),
        state(9, {**account(b"abcd"), "space": 5}),
        state(9, {**account(), "space": True}),
        state(9, {**account(), "lamports": "5"}),
        state(9, {**account(), "lamports": -1}),
        state(9, {**account(), "owner": A[:-3]}),
        state(9, {**account(), "executable": None}),
        state(9, {}),
        state(9, 3),
        [],
        None,
    ],
)
def test_a_misshapen_answer_is_unknown(value: Any) -> None:
    chain, _ = told(value)
    read = asyncio.run(chain.account(A))
    assert isinstance(read, Unknown)
    assert read.reason.startswith("the answer to getMultipleAccounts does not decode: ")


def test_a_body_that_contradicts_its_record_is_unknown() -> None:
    chain, _ = told(state(9, None), slot=10)
    read = asyncio.run(chain.account(A))
    assert isinstance(read, Unknown)
    assert "recorded at slot 10, the body says 9" in read.reason
    for broken in (b"", b"{}", b'{"jsonrpc":"2.0","id":1,"error":{"code":429,"message":""}}'):
        chain, _ = told(state(9, None), body=broken)
        assert isinstance(asyncio.run(chain.account(A)), Unknown)
    for outcome in (Outcome.ABSENT, Outcome.FOUND):
        chain, _ = told(state(9, None), body=None, outcome=outcome)
        assert isinstance(asyncio.run(chain.account(A)), Unknown)


def test_a_slice_owes_the_part_asked_for_and_no_less() -> None:
    def read(space: int, data_slice: tuple[int, int]) -> object:
        chain, _ = told(state(9, {**account(b"abcd"), "space": space}))
        (found,) = asyncio.run(chain.accounts([A], data_slice=data_slice))
        return found

    # A node tells the whole length in `space` also when it gives a part.
    assert isinstance(read(10_000, (0, 4)), Found)
    assert isinstance(read(6, (2, 8)), Found)
    assert isinstance(read(10_000, (0, 8)), Unknown)
    assert isinstance(read(4, (2, 8)), Unknown)


def test_diverged_is_told_per_account() -> None:
    answers = {
        "main": body(state(9, account(b"one"), account(b"same"), None)),
        "spare": body(state(8, account(b"two"), account(b"same"), None)),
    }
    chain, _ = told(
        None,
        outcome=Outcome.DIVERGED,
        reason="they differ",
        body=None,
        providers=(),
        answers=answers,
    )
    differs, same, absent = asyncio.run(chain.accounts([A, B, C]))
    assert isinstance(differs, Diverged)
    assert differs.reason == "they differ"
    assert isinstance(same, Found)
    assert same.value.data == b"same"
    assert isinstance(absent, ProvenAbsent)
    for read in (differs, same, absent):
        assert (read.at.slot, read.at.providers) == (8, ("main", "spare"))


@pytest.mark.parametrize(
    ("answers", "kind"),
    [
        ({"main": body(state(9, None))}, Diverged),
        ({}, Diverged),
        ({"main": body(state(9, None)), "spare": b"{"}, Unknown),
    ],
)
def test_diverged_without_both_answers_is_never_found(answers: Any, kind: type) -> None:
    chain, _ = told(None, outcome=Outcome.DIVERGED, reason="r", body=None, answers=answers)
    assert isinstance(asyncio.run(chain.account(A)), kind)


def test_misuse_raises() -> None:
    chain, answers = told(state(9, None))
    with pytest.raises(ValueError, match="101 accounts"):
        asyncio.run(chain.accounts(KEYS[:101]))
    with pytest.raises(ValueError, match=r"not base58|not a key"):
        asyncio.run(chain.account("0"))
    with pytest.raises(ValueError, match="signature"):
        asyncio.run(chain.transaction(A))
    with pytest.raises(ValueError, match="signature"):
        asyncio.run(chain.signature_page(A, before=B))
    with pytest.raises(ValueError, match="1001"):
        asyncio.run(chain.signature_page(A, limit=1001))
    with pytest.raises(ValueError, match="max_pages"):
        asyncio.run(chain.signature_history(A, 0))
    assert asyncio.run(chain.accounts([])) == ()
    assert answers.asked == []
    assert len(asyncio.run(told(state(9, *[None] * 100))[0].accounts(KEYS[:100]))) == 100


def signed(seed: int = 1) -> tuple[str, dict[str, Any]]:
    payer = Keypair.from_seed(bytes([seed]) * 32)
    move = transfer(
        TransferParams(from_pubkey=payer.pubkey(), to_pubkey=payer.pubkey(), lamports=1)
    )
    message = Message.new_with_blockhash([move], payer.pubkey(), Hash.default())
    return wire(Signed([payer], message, Hash.default()))


def wire(transaction: Signed) -> tuple[str, dict[str, Any]]:
    meta = {
        "err": None,
        "fee": 5000,
        "innerInstructions": [],
        "logMessages": [],
        "preBalances": [1, 1],
        "postBalances": [1, 1],
        "loadedAddresses": {"readonly": [], "writable": []},
    }
    result = {
        "slot": 5,
        "blockTime": 1700000000,
        "meta": meta,
        "transaction": [base64.b64encode(bytes(transaction)).decode(), "base64"],
        "version": "legacy",
    }
    return str(transaction.signatures[0]), result


def test_a_transaction_is_read_at_finalized() -> None:
    signature, result = signed()
    chain, answers = told(result)
    read = asyncio.run(chain.transaction(signature))
    assert isinstance(read, Found)
    assert (read.value.signature, read.value.slot, read.value.succeeded) == (signature, 5, True)
    assert json.loads(answers.asked[0].params)[1] == {
        "commitment": "finalized",
        "encoding": "base64",
        "maxSupportedTransactionVersion": 0,
    }


def test_another_forged_or_null_transaction_is_unknown() -> None:
    signature, result = signed()
    other, _ = signed(2)
    read = asyncio.run(told(result)[0].transaction(other))
    assert isinstance(read, Unknown)
    data = bytearray(base64.b64decode(result["transaction"][0]))
    data[-1] ^= 1
    forged = {**result, "transaction": [base64.b64encode(data).decode(), "base64"]}
    read = asyncio.run(told(forged)[0].transaction(signature))
    assert isinstance(read, Unknown)
    assert "is not valid; the answer is forged" in read.reason
    assert isinstance(asyncio.run(told(None)[0].transaction(signature)), Unknown)


def test_several_transactions_come_in_order() -> None:
    made = dict(signed(n) for n in range(1, 6))
    chain, _ = told(lambda q: made[json.loads(q.params)[0]])
    reads = asyncio.run(chain.transactions(list(made)))
    assert [r.value.signature for r in reads if isinstance(r, Found)] == list(made)


SIGNATURES = [str(Keypair.from_seed(bytes([n]) * 32).sign_message(b"")) for n in range(1, 9)]


def row(number: int, slot: int, err: Any = None) -> dict[str, Any]:
    return {"signature": SIGNATURES[number], "slot": slot, "err": err, "blockTime": slot}


def history(pages: dict[str | None, Any], first: Any = 0, most: int = 5) -> Any:
    def answer(question: Question) -> Any:
        if question.method == "getFirstAvailableBlock":
            return first
        return pages[json.loads(question.params)[1].get("before")]

    chain, answers = told(answer)
    return asyncio.run(chain.signature_history(A, most, limit=2)), answers


def unknown(reason: str) -> Answer:
    return Answer("r-x", Outcome.UNKNOWN, reason, None, None, None, (), AT)


def test_a_history_is_read_to_its_end() -> None:
    error = {"InstructionError": [0, {"Custom": 1}]}
    pages = {
        None: [row(0, 9), row(1, 9, error)],
        SIGNATURES[1]: [row(2, 4)],
        SIGNATURES[2]: [],
    }
    read, answers = history(pages)
    assert isinstance(read, Found)
    got = read.value
    assert [r.signature for r in got.rows] == SIGNATURES[:3]
    assert [r.succeeded for r in got.rows] == [True, False, True]
    assert (got.reached_end, got.complete, got.reason, got.first_available) == (True, True, None, 0)
    assert len(read.at.evidence) == 4
    assert [q.probe for q in answers.asked] == [None, None, None, "provider:main"]


def test_an_address_without_history() -> None:
    read, _ = history({None: []})
    assert isinstance(read, Found)
    assert (read.value.rows, read.value.complete) == ((), True)


def test_pruned_history_is_not_complete() -> None:
    pages = {None: [row(0, 9)], SIGNATURES[0]: []}
    read, _ = history(pages, first=5)
    assert (read.value.reached_end, read.value.complete) == (True, False)
    assert read.value.reason == "the provider keeps blocks from slot 5 on; older history may be cut"
    for first in (unknown("HTTP 503"), "x", -1):
        read, _ = history(pages, first=first)
        assert (read.value.complete, read.value.first_available) == (False, None)
        assert "is not known" in read.value.reason


def test_a_history_that_breaks_off_is_not_complete() -> None:
    cut = unknown("provider main: history may be cut")
    read, _ = history({None: [row(0, 9)], SIGNATURES[0]: cut})
    assert (read.value.complete, len(read.value.rows)) == (False, 1)
    assert read.value.reason == "page 2 could not be read: provider main: history may be cut"
    assert "r-x" in read.at.evidence
    read, _ = history({None: cut})
    assert isinstance(read, Unknown)
    read, _ = history({None: [row(0, 9)], SIGNATURES[0]: [row(1, 8)]}, most=2)
    assert (read.value.complete, read.value.reached_end) == (False, False)
    assert read.value.reason == "more than 2 pages of history"


@pytest.mark.parametrize(
    "pages",
    [
        {None: [row(0, 9), row(0, 9)]},
        {None: [row(0, 8), row(1, 9)]},
        {None: [row(0, 9), row(1, 8), row(2, 7)]},
        {None: [row(0, 9)], SIGNATURES[0]: [row(0, 9)]},
        {None: [row(0, 9)], SIGNATURES[0]: [row(1, 10)]},
        {None: [{**row(0, 9), "signature": A}]},
        {None: [{**row(0, 9), "slot": None}]},
        {None: [{k: v for k, v in row(0, 9).items() if k != "err"}]},
        {None: [{**row(0, 9), "blockTime": "9"}]},
        {None: [3]},
        {None: {}},
        {None: None},
    ],
)
def test_pages_that_do_not_fit_or_decode_are_unknown(pages: dict[str | None, Any]) -> None:
    read, _ = history(pages)
    assert isinstance(read, Unknown) or not read.value.complete
    assert isinstance(read, Unknown)


@pytest.mark.parametrize(
    ("ask", "good", "bad"),
    [
        (lambda c: c.slot(), 7, "7"),
        (lambda c: c.first_available_block(), 0, 0.5),
        (lambda c: c.block_time(4), 1700000000, None),
        (lambda c: c.genesis_hash("main"), GENESIS, "x"),
    ],
)
def test_single_values(ask: Any, good: Any, bad: Any) -> None:
    read = asyncio.run(ask(told(good)[0]))
    assert isinstance(read, Found)
    assert read.value == good
    assert isinstance(asyncio.run(ask(told(bad)[0])), Unknown)


def test_the_genesis_hash_is_asked_of_one_provider() -> None:
    chain, answers = told(GENESIS)
    asyncio.run(chain.genesis_hash("spare"))
    assert answers.asked[0].probe == "provider:spare"


def test_live_through_the_resolver() -> None:
    class Live:
        def __init__(self, resolver: RpcResolver) -> None:
            self.resolver = resolver

        async def ask(self, question: Question) -> Answer:
            got = await self.resolver.resolve(question)
            chosen = None if got.chosen is None else got.exchanges[got.chosen].body
            return Answer(
                question.record_id,
                got.outcome,
                got.reason,
                chosen,
                got.slot,
                got.commitment,
                got.providers,
                AT,
            )

    async def go() -> tuple[Any, ...]:
        signature, result = signed()
        async with FakeRpc() as node:
            node.on("getMultipleAccounts", accounts(9, account(b"x"), None))
            node.on("getTransaction", Reply(result)).on("getSlot", code(-32601))
            policy = Policy(requests_per_second=0)
            async with RpcResolver([node.endpoint], GENESIS, policy) as resolver:
                chain = ChainReads(Live(resolver))
                return (
                    *await chain.accounts([A, B]),
                    await chain.transaction(signature),
                    await chain.slot(),
                )

    kinds = [type(read) for read in asyncio.run(go())]
    assert kinds == [Found, ProvenAbsent, Found, Unknown]


def test_a_replay_imports_no_network_library() -> None:
    script = (
        "import sys; import privatedao_audit.chain.reads, privatedao_audit.chain.resolver;"
        "print(sorted({'httpx2', 'solana', 'pydantic', 'pandas'} & set(sys.modules)))"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, check=True, text=True
    )
    assert done.stdout.strip() == "[]"


@pytest.mark.parametrize(
    ("text", "right"),
    [("1" * 64, True), ("1" * 63, False), ("1" * 65, False), ("0" * 64, False), ("", False),
     ("see the log", False), ("1" * 100_000, False), (7, False), (None, False)],
)  # fmt: skip
def test_only_64_bytes_of_base58_are_a_signature(text: Any, right: bool) -> None:
    assert is_signature(text) is right
