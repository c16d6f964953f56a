"""Token accounts by owner: both programs, strictly, and an error is never an empty list."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest

from privatedao_audit.chain import programs
from privatedao_audit.chain.borsh import base58_bytes
from privatedao_audit.domains.authority.world import wallet
from privatedao_audit.evidence.questions import Outcome
from privatedao_audit.model.reads import Found, Unknown
from tests.chain.fake_rpc import account
from tests.chain.test_reads import told

OWNER, MINT = wallet("owner"), wallet("mint")


def held(owner: str = OWNER, program: str = programs.TOKEN) -> dict[str, Any]:
    data = base58_bytes(MINT, "mint") + base58_bytes(owner, "owner") + bytes(101)
    return account(data, 2_039_280, program)


def listed(*items: Any, slot: Any = 9) -> dict[str, Any]:
    return {"context": {"slot": slot}, "value": list(items)}


def entry(name: str, **change: Any) -> dict[str, Any]:
    return {"pubkey": wallet(name), "account": held(), **change}


def test_accounts_are_listed_by_address_with_their_data() -> None:
    chain, answers = told(listed(entry("b"), entry("a")))
    read = asyncio.run(chain.token_accounts(OWNER, programs.TOKEN))
    assert isinstance(read, Found)
    assert [one.address for one in read.value] == sorted([wallet("a"), wallet("b")])
    assert read.value[0].data[32:64] == base58_bytes(OWNER, "owner")
    assert (read.at.slot, read.at.evidence) == (9, (answers.asked[0].record_id,))
    assert json.loads(answers.asked[0].params) == [
        OWNER, {"programId": programs.TOKEN}, {"commitment": "finalized", "encoding": "base64"},
    ]  # fmt: skip


def test_none_is_an_answer_and_a_refusal_is_not() -> None:
    chain, _ = told(listed())
    read = asyncio.run(chain.token_accounts(OWNER, programs.TOKEN))
    assert isinstance(read, Found) and read.value == ()
    chain, _ = told(None, outcome=Outcome.UNKNOWN, reason="excluded from the index", body=None)
    refused = asyncio.run(chain.token_accounts(OWNER, programs.TOKEN))
    assert isinstance(refused, Unknown) and refused.reason == "excluded from the index"


@pytest.mark.parametrize(
    "result",
    [
        [],
        {"value": []},
        {"context": {"slot": 9}, "value": {}},
        listed(7),
        listed({"account": held()}),
        listed(entry("a", pubkey="nonsense")),
        listed(entry("a", account=None)),
        listed(entry("a"), entry("a")),
        listed(entry("a", account=held(owner=wallet("somebody else")))),
        listed(entry("a", account=held(program=programs.TOKEN_2022))),
        listed(entry("a", account=account(b"short", 1, programs.TOKEN))),
        listed(entry("a", account={**held(), "data": {"parsed": {}}})),
    ],
)
def test_another_shape_or_another_owner_is_unknown(result: Any) -> None:
    chain, _ = told(result)
    assert isinstance(asyncio.run(chain.token_accounts(OWNER, programs.TOKEN)), Unknown)


def test_malformed_keys_are_the_callers_mistake() -> None:
    chain, answers = told(listed())
    for keys in (("nonsense", programs.TOKEN), (OWNER, "")):
        with pytest.raises(ValueError, match=r"not a key|not base58"):
            asyncio.run(chain.token_accounts(*keys))
    assert answers.asked == []
