"""``privatedao-audit challenge``: what it prints, what it refuses, and what it never says."""

from __future__ import annotations

import json
import re
import time
from pathlib import Path
from typing import Any

import pytest

from privatedao_audit.chain import resolver
from privatedao_audit.cli import challenge, main
from privatedao_audit.domains.authority.world import MEMBERS, derived, wallet
from privatedao_audit.domains.custody.signers import proof
from privatedao_audit.domains.custody.signers.invented import WORDS, sign
from privatedao_audit.evidence.questions import Exchange, Outcome, Question, Resolution

GENESIS, BLOCKHASH = wallet("genesis of a local cluster"), wallet("a block")
SECRET = "fake-key-0123456789abcdef"
PROFILE = f"""
schema = 1
name = "case"
title = "A case"
protocol = "privatedao"
[cluster]
name = "localnet"
genesis_hash = "{GENESIS}"
[[programs]]
name = "governance"
id = "{wallet("program")}"
[[daos]]
name = "DAO"
address = "{wallet("dao")}"
program = "governance"
treasury = "{derived("treasury")}"
[[wallets]]
name = "first\\u202e"
address = "{MEMBERS[0]}"
roles = ["multisig-member"]
[[wallets]]
name = "shown"
address = "{wallet("demo")}"
roles = ["demo"]
[[wallets]]
name = "vault"
address = "{derived("vault")}"
roles = ["dao-authority"]
"""


class Resolver:
    """Answers slot and block questions of an invented chain."""

    slots: Any = 500
    missing: frozenset[int] = frozenset()
    late: int = 0

    def __init__(self, endpoints: Any, genesis: str) -> None:
        assert genesis == GENESIS
        assert [one.label for one in endpoints] == ["main"]

    async def __aenter__(self) -> Resolver:
        return self

    async def __aexit__(self, *_: object) -> None:
        return None

    async def resolve(self, question: Question) -> Resolution:
        params = json.loads(question.params)
        if question.method == "getSlot":
            result: Any = self.slots
        elif params[0] in self.missing:
            result = None
        elif question.method == "getBlock":
            result = {"blockhash": BLOCKHASH}
        else:
            result = int(time.time()) - 20 - self.late
        if result is None:
            return Resolution(Outcome.UNKNOWN, "provider main: slot was skipped")
        body = json.dumps({"jsonrpc": "2.0", "id": 1, "result": result}).encode()
        slot = result if question.method == "getSlot" else None
        sent = Exchange("main", "host", "", 200, {}, body, None, "2026-01-01T00:00:00.000Z")
        return Resolution(Outcome.FOUND, None, (sent,), 0, slot, "finalized", ("main",))


class Cli:
    """Runs the command and keeps what it printed."""

    def __init__(self, capsys: Any, profile: Path) -> None:
        self._capsys, self._profile = capsys, profile
        self.out = self.err = ""

    def __call__(self, *more: str) -> int:
        with pytest.raises(SystemExit) as left:
            main(["challenge", "--target", str(self._profile), "--rpc", "main=env:RPC_URL", *more])
        self.out, self.err = self._capsys.readouterr()
        assert SECRET not in self.out + self.err
        assert "Traceback" not in self.err
        assert isinstance(left.value.code, int)
        return left.value.code


@pytest.fixture
def cli(capsys: Any, monkeypatch: Any, tmp_path: Path) -> Cli:
    monkeypatch.setattr(resolver, "RpcResolver", Resolver)
    for name, value in (("slots", 500), ("missing", frozenset()), ("late", 0)):
        monkeypatch.setattr(Resolver, name, value)
    monkeypatch.setenv("RPC_URL", f"https://rpc.invalid/{SECRET}")
    profile = tmp_path / "case.toml"
    profile.write_text(PROFILE, encoding="utf-8")
    return Cli(capsys, profile)


def printed(out: str) -> list[str]:
    return re.findall(r"^  (Proof of control.*)$", out, re.M)


def test_it_prints_one_line_for_each_signer_of_the_profile(cli: Cli) -> None:
    assert cli() == 0
    (text,) = printed(cli.out)
    said = proof.parse(text)
    assert (said.target, said.key, said.slot) == ("case", MEMBERS[0], 500)
    assert (said.genesis_hash, said.blockhash) == (GENESIS, BLOCKHASH)
    assert abs(said.date - time.time()) < 60
    assert f"solana sign-offchain-message --keypair KEYPAIR '{text}'" in cli.out
    assert f'message = "{text}"' in cli.out
    assert "\u202e" not in cli.out


def test_what_it_prints_is_what_counts_once_it_is_signed(cli: Cli) -> None:
    assert cli() == 0
    (text,) = printed(cli.out)
    signature = sign(WORDS[MEMBERS[0]], text)
    assert proof.fault(MEMBERS[0], text, signature, target="case", genesis_hash=GENESIS) is None


def test_json_is_for_machines(cli: Cli) -> None:
    assert cli("--json", "--key", MEMBERS[1], "--key", MEMBERS[2], "--key", MEMBERS[1]) == 0
    rows = json.loads(cli.out)
    assert [row["key"] for row in rows] == [MEMBERS[1], MEMBERS[2]]
    assert proof.parse(rows[1]["message"]).key == MEMBERS[2]


def test_a_skipped_slot_is_passed_over(cli: Cli, monkeypatch: Any) -> None:
    monkeypatch.setattr(Resolver, "missing", frozenset({500, 499}))
    assert cli() == 0
    assert proof.parse(printed(cli.out)[0]).slot == 498


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"missing": frozenset(range(600))}, "no block at or below slot 500"),
        ({"slots": None}, "no finalized slot could be read"),
        ({"late": 86_400}, "apart"),
        ({"late": -86_400}, "apart"),
    ],
    ids=["no block", "no slot", "old block", "clock behind"],
)
def test_without_a_recent_block_there_is_no_challenge(
    cli: Cli, monkeypatch: Any, change: dict[str, Any], words: str
) -> None:
    for name, value in change.items():
        monkeypatch.setattr(Resolver, name, value)
    assert cli() == 64
    assert words in " ".join(cli.err.split())
    assert printed(cli.out) == []


@pytest.mark.parametrize(
    ("key", "words"),
    [(derived("vault"), "program-derived"), ("nonsense", "--key"), ("1" * 45, "--key")],
    ids=["vault", "no key", "too long"],
)
def test_a_key_that_can_not_sign_is_refused(cli: Cli, key: str, words: str) -> None:
    assert cli("--key", key) == 64
    assert words in cli.err


def test_a_profile_without_signers_asks_for_keys(cli: Cli) -> None:
    short = PROFILE.split("[[wallets]]")[0]
    cli._profile.write_text(short, encoding="utf-8")
    assert cli() == 64
    assert "--key" in cli.err


def test_an_endpoint_is_needed(capsys: Any) -> None:
    with pytest.raises(SystemExit) as left:
        main(["challenge", "--target", "sample"])
    assert left.value.code == 64
    assert "--rpc" in capsys.readouterr().err


def test_the_search_for_a_block_ends(cli: Cli, monkeypatch: Any) -> None:
    asked: list[int] = []
    resolve = Resolver.resolve

    async def counted(self: Resolver, question: Question) -> Resolution:
        if question.method == "getBlock":
            asked.append(json.loads(question.params)[0])
        return await resolve(self, question)

    monkeypatch.setattr(Resolver, "resolve", counted)
    monkeypatch.setattr(Resolver, "missing", frozenset(range(600)))
    assert cli() == 64
    assert asked == list(range(500, 500 - challenge._LOOK_BACK - 1, -1))
