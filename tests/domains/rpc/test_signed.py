"""A series that the team measured and signed: what makes it count, and what does not."""

from __future__ import annotations

import asyncio
import json
import tomllib
from dataclasses import replace
from hashlib import sha256
from typing import Any

from solders.keypair import Keypair
from solders.signature import Signature

from privatedao_audit.chain.offchain_message import build
from privatedao_audit.chain.series.model import Seen, Series, dump
from privatedao_audit.domains.rpc import invented as i
from privatedao_audit.domains.rpc.checks import CHECKS
from privatedao_audit.domains.rpc.collect import collect, host_of
from privatedao_audit.domains.rpc.facts import RpcFacts
from privatedao_audit.domains.rpc.measure import subjects
from privatedao_audit.domains.rpc.signed import fault, line_of
from privatedao_audit.domains.sources import Sources
from privatedao_audit.model.limits import Limits
from privatedao_audit.model.status import Status
from privatedao_audit.model.target import Target
from tests.domains.rpc.endpoints import target
from tests.domains.treasury.checkout import NOW, Checkout

PAIR = Keypair.from_seed(bytes(range(32)))
KEY = str(PAIR.pubkey())


def series(ago: int = 60) -> Series:
    """The invented series, as if it had ended some seconds before the checkout was read."""
    moved = (NOW - i.NOW - ago) * 1000
    whole = i.series()

    def later(one: Seen) -> Seen:
        at_ms = one.at_ms + moved
        return replace(one, at_ms=at_ms, date=at_ms // 1000, clock_time=at_ms // 1000 - 1)

    rounds = tuple(
        replace(turn, seen={label: later(seen) for label, seen in turn.seen.items()})
        for turn in whole.rounds
    )
    compared = tuple(
        replace(whole.compared[0], what=one.what, address=one.address) for one in subjects(target())
    )
    return replace(whole, began_ms=whole.began_ms + moved, ended_ms=whole.ended_ms + moved,
                   rounds=rounds, compared=compared)  # fmt: skip


def signed(one: Series, pair: Keypair = PAIR, **change: str) -> dict[str, str]:
    line = line_of(one, sha256(dump(one)).hexdigest()).text()
    made = {
        "file": "series.json",
        "key": str(pair.pubkey()),
        "message": line,
        "signature": str(Signature.from_bytes(bytes(pair.sign_message(build(line).encode())))),
    }
    return {**made, **change}


def profile() -> Target:
    row: dict[str, Any] = {"part": "rpc-series", "file": "series.toml", "format": "toml",
                           "fields": {name: f"/{name}" for name in ("file", "key", "message",
                                                                    "signature")}}  # fmt: skip
    register = {"part": "rpc-register", "file": "register.json", "format": "json", "rows": "/rows",
                "fields": {name: f"/{name}" for name in (
                    "label", "host", "operator", "role", "access", "owner", "date")}}  # fmt: skip
    wallets = [{"name": "on call", "address": KEY, "roles": ["keeper"]}]
    return Target.model_validate(
        {**target().as_json(), "surfaces": [row, register], "wallets": wallets}
    )


def facts(one: Series, said: dict[str, str], **files: bytes) -> RpcFacts:
    text = "\n".join(f"{name} = {json.dumps(value)}" for name, value in said.items())
    assert tomllib.loads(text) == said
    rows = [
        {"label": row.label, "host": row.host, "operator": row.operator, "role": row.role,
         "access": row.access, "owner": row.owner, "date": "2027-01-10"}
        for row in (i.row(i.FIRST), i.row(i.SECOND))
    ]  # fmt: skip
    given = {
        "series.json": dump(one),
        "series.toml": text.encode(),
        "register.json": json.dumps({"rows": rows}).encode(),
    }
    checkout = Checkout(files={**given, **files})
    return asyncio.run(collect(Sources(profile(), checkout, ())))


def told(given: RpcFacts) -> dict[str, Status]:
    return {name: CHECKS[name](given, Limits()).status for name in
            ("RP-01", "RP-02", "RP-03", "RP-04", "RP-05", "RP-07", "RP-09")}  # fmt: skip


def test_a_signed_series_is_attested_and_no_more() -> None:
    one = series()
    found = told(facts(one, signed(one)))
    assert found.pop("RP-09") is Status.UNKNOWN
    assert set(found.values()) == {Status.ATTESTED}


def test_a_stranger_signs_nothing() -> None:
    one = series()
    stranger = Keypair.from_seed(bytes(32))
    assert set(told(facts(one, signed(one, stranger))).values()) == {Status.FAIL}
    assert set(told(facts(one, signed(one, stranger, key=KEY))).values()) == {Status.FAIL}


def test_one_byte_of_the_series_changed_ends_it() -> None:
    one, other = series(), replace(series(), served=series().served[1:])
    assert set(told(facts(other, signed(one))).values()) == {Status.FAIL}


def test_an_old_series_is_stale() -> None:
    one = series(ago=3_601)
    assert set(told(facts(one, signed(one))).values()) == {Status.STALE}
    fresh = series(ago=3_599)
    assert told(facts(fresh, signed(fresh)))["RP-05"] is Status.ATTESTED


def test_a_series_of_the_future_fails() -> None:
    one = series(ago=-1_000)
    assert set(told(facts(one, signed(one))).values()) == {Status.FAIL}


def test_a_series_that_is_not_there_is_missing() -> None:
    one = series()
    assert set(told(facts(one, signed(one, file="other.json"))).values()) == {Status.MISSING}


def test_what_lies_outside_the_checkout_is_not_read() -> None:
    one = series()
    for path in ("../series.json", "/series.json", "a/../../series.json"):
        assert set(told(facts(one, signed(one, file=path))).values()) == {Status.UNKNOWN}


def test_a_line_of_another_kind_does_not_count() -> None:
    one = series()
    digest = sha256(dump(one)).hexdigest()
    for text in ("I agree to everything.", line_of(one, "0" * 64).text(),
                 line_of(replace(one, target="else"), digest).text()):  # fmt: skip
        signature = str(Signature.from_bytes(bytes(PAIR.sign_message(build(text).encode()))))
        assert fault(one, digest, one.target, KEY, text, signature)
    good = signed(one)
    assert fault(one, digest, one.target, KEY, good["message"], good["signature"]) == ""
    assert fault(one, digest, "else", KEY, good["message"], good["signature"])
    assert fault(one, digest, one.target, KEY, good["message"], "nonsense")


def test_hosts_are_kept_and_keys_are_not() -> None:
    assert host_of("https://user:pw@RPC.example.com:8899/v1?api-key=s3cret") == "rpc.example.com"
    assert host_of("rpc.example.com") == "rpc.example.com"
    assert host_of("localhost:8899") == "localhost"
    assert host_of("http://[broken") == ""
    # One host, not two: a public one would be none, and a primary its own fallback.
    assert host_of("api.devnet.solana.com.") == host_of("https://API.devnet.solana.com./v1")
    assert host_of("api.devnet.solana.com.") == "api.devnet.solana.com"
    assert host_of("") == ""
