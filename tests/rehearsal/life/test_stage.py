"""The calendar of a story: what is entered happens in order of time, and never before it."""

from __future__ import annotations

from typing import cast

import pytest
from solders.instruction import Instruction
from solders.keypair import Keypair

from privatedao_audit.model.catalogue import DOMAINS, load
from privatedao_audit.rehearsal import wallet
from privatedao_audit.rehearsal.life.facts import Landed, Step
from privatedao_audit.rehearsal.life.stage import Stage
from privatedao_audit.rehearsal.life.wrongs import CHAIN, MID_ROLLOUT
from privatedao_audit.rehearsal.node import LocalNode


class _Clock:
    """A node that only tells time, and payments."""

    def __init__(self) -> None:
        self.now = 1_000
        self.paid: list[str] = []
        self.given = 0

    def clock(self) -> int:
        return self.now

    def time_travel(self, seconds: int) -> int:
        self.now += seconds
        return self.now

    def airdrop(self, address: object, lamports: int) -> str:
        self.given = lamports
        return "signature"

    def send(self, instructions: list[Instruction], signers: list[Keypair]) -> str:
        for one in instructions:
            source, target = (meta.pubkey for meta in one.accounts)
            assert [str(k.pubkey()) for k in signers] == [str(source)], "a payment is signed"
            lamports = int.from_bytes(bytes(one.data)[4:], "little")
            assert lamports <= self.given
            self.paid.append(f"{target} {lamports}")
        return "signature"


@pytest.fixture
def clock() -> _Clock:
    return _Clock()


@pytest.fixture
def stage(clock: _Clock) -> Stage:
    return Stage(cast(LocalNode, clock), healthy=True, began=1_000)


def test_things_happen_in_order_of_time(stage: Stage, clock: _Clock) -> None:
    happened: list[tuple[str, int]] = []

    def enter(at: float, name: str) -> None:
        stage.at(at, lambda: happened.append((name, clock.now)))

    enter(50, "later")
    enter(10.5, "first")
    enter(50, "later still")
    enter(0, "at once")
    stage.play()
    assert happened == [("at once", 1_000), ("first", 1_010), ("later", 1_050),
                        ("later still", 1_050)]  # fmt: skip
    stage.play()
    assert len(happened) == 4, "what was played is over"


def test_time_that_has_passed_is_not_waited_for(stage: Stage, clock: _Clock) -> None:
    seen: list[int] = []
    clock.now = 1_100
    stage.at(20, lambda: seen.append(clock.now))
    stage.play()
    assert seen == [1_100]


def test_nothing_happens_before_the_beginning(stage: Stage) -> None:
    with pytest.raises(ValueError, match="begin 5 s before"):
        stage.at(-5, lambda: None)


def test_people_are_cast_once_with_a_public_key(stage: Stage, clock: _Clock) -> None:
    stage.cast("keeper", "keeper", sol=2)
    stage.cast("payee", sol=0, payee=True, owner="somebody")
    stage.promote("keeper", "demo")
    keeper = stage.people["keeper"]
    assert (keeper.address, keeper.roles) == (str(wallet.address("keeper")), ("keeper", "demo"))
    assert stage.people["payee"].owner == "somebody"
    assert clock.paid == [f"{keeper.address} 2000000000"]
    with pytest.raises(KeyError):
        stage.key("nobody")


def test_faults_name_controls_of_their_domain() -> None:
    controls = {one.id: one.domain for one in load().controls}
    names = {one.name for one in DOMAINS}
    for fault in MID_ROLLOUT:
        assert fault.domain in names
        assert controls[fault.control] == fault.domain, fault
        assert fault.where == CHAIN or "/" in fault.where or "." in fault.where


def test_what_is_told_apart_is_kept_apart(stage: Stage) -> None:
    step = Step("deposit", "governance", "by", "about", Landed("s", 1, 2, "by", True))

    def enter(at: float, count: int) -> None:
        stage.at(at, lambda: stage.journal.extend([step] * count))

    enter(5, 1)
    with stage.told_apart() as apart:
        enter(10, 2)
        enter(30, 3)
    enter(20, 4)
    assert apart == []
    stage.play()
    assert len(stage.journal) == 10
    assert apart == [step] * 5
