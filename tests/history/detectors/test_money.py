"""What leaves the treasury: unexplained outflows, steps, powers over its token accounts."""

from __future__ import annotations

from dataclasses import replace

import pytest

from privatedao_audit.history.detectors import DETECTORS, Detection, Story, detect
from privatedao_audit.history.facts import Transfer
from privatedao_audit.history.powers import Power, PowerKind
from privatedao_audit.model.reads import Unknown
from privatedao_audit.protocols.facts import Outcome
from tests.history.detectors.life import (
    COOK,
    DAY,
    KEEPER,
    MINT,
    STRANGER,
    TREASURY,
    UNLOCK,
    Life,
    a_good_life,
    pays,
    purse,
    replace_story,
    sent,
    sol,
)

LEFT = 995_000_000_000  # after the payment of a good life


def taken(amount: int, transfer: Transfer | None = None) -> Life:
    life = a_good_life()
    moved = sol(TREASURY, STRANGER, amount) if transfer is None else transfer
    number = life.deed(UNLOCK + 9_000, transfers=(moved,))
    life.treasury.append((number, LEFT, LEFT - amount))
    return life


def voted(amount: int, paid: int, to: str = COOK) -> Life:
    life = a_good_life()
    life.propose(30_000, 2, outcome=Outcome.EXECUTED, action=pays(amount), participants=0)
    life.pay(UNLOCK + 9 * DAY, 2, paid, to=to)
    return life


def test_a_debit_without_an_execution_fires() -> None:
    life = taken(7)
    (hit,) = life.detect("outflow-unexplained").hits
    assert hit.weight == 7 and "execution of a proposal" in hit.text
    assert life.fired() == {"outflow-unexplained"}


def test_what_was_voted_is_silent() -> None:
    assert voted(500, 500).detect("outflow-unexplained").silent


def test_another_amount_or_recipient_fires() -> None:
    assert "it paid 501, and 500 was voted" in (
        voted(500, 501).detect("outflow-unexplained").hits[0].text
    )
    assert f"it paid {STRANGER}" in (
        voted(500, 500, STRANGER).detect("outflow-unexplained").hits[0].text
    )


def test_a_proposal_pays_once() -> None:
    life = voted(500, 500)
    life.pay(UNLOCK + 10 * DAY, 2, 500)
    (hit,) = life.detect("outflow-unexplained").hits
    assert "had executed it already" in hit.text


def test_a_theft_inside_a_larger_credit_fires() -> None:
    life = a_good_life()
    both = (sol(STRANGER, TREASURY, 100), sol(TREASURY, STRANGER, 40))
    number = life.deed(UNLOCK + 9_000, transfers=both)
    life.treasury.append((number, LEFT, LEFT + 60))
    (hit,) = life.detect("outflow-unexplained").hits
    assert hit.weight == 40


def taken_back(mint: str, by: str) -> Story:
    """Tokens come to an account of the treasury, and somebody takes them out again."""
    life, account = a_good_life(), purse(TREASURY)
    came = replace(sent(STRANGER, TREASURY, 50), mint=mint)
    life.hold(life.deed(UNLOCK + 1, transfers=(came,)), account, 0, 50, TREASURY, was=None)
    back = replace(sent(TREASURY, STRANGER, 50), mint=mint, authority=by)
    life.hold(life.deed(UNLOCK + 2, transfers=(back,)), account, 50, 0, TREASURY, was=TREASURY)
    story = life.story()
    held = story.history.histories[account]
    held = replace(held, entries=tuple(replace(e, mint=mint) for e in held.entries),
                   now=replace(held.now, value=replace(held.now.value, mint=mint)))  # type: ignore[union-attr]  # fmt: skip
    histories = {**story.history.histories, account: held}
    return replace_story(story, history=replace(story.history, histories=histories))


@pytest.mark.parametrize(
    ("mint", "by", "fires"),
    [("spam", STRANGER, False), ("spam", TREASURY, True), (MINT, STRANGER, True)],
)
def test_what_an_issuer_takes_back_of_tokens_that_nobody_asked_for_is_silent(
    mint: str, by: str, fires: bool
) -> None:
    story = taken_back(mint, by)
    for name in ("outflow-unexplained", "balance-step"):
        assert bool(DETECTORS[name].run(story, Detection()).hits) is fires


def test_credits_never_fire() -> None:
    life = a_good_life()
    life.fund(UNLOCK + 9_000, 10**18)
    assert life.fired() == set()


def test_a_balance_that_does_not_chain_is_incomplete() -> None:
    life = taken(7)
    life.treasury[-1] = (life.treasury[-1][0], LEFT - 1, LEFT - 8)
    for name in ("outflow-unexplained", "balance-step", "treasury-power"):
        assert bool(life.detect(name).unable) == (name != "treasury-power")


def test_token_accounts_that_were_not_listed_are_incomplete() -> None:
    story = a_good_life().story()
    listed = dict.fromkeys(story.history.listed, Unknown("refused"))
    story = replace_story(story, history=replace(story.history, listed=listed))
    said = detect(story, Detection())
    assert "were not listed" in said["outflow-unexplained"].unable
    assert "were not listed" in said["balance-step"].unable


def test_half_of_the_balance_through_a_vote_is_a_step() -> None:
    life = voted(LEFT // 2 + 1, LEFT // 2 + 1)
    (hit,) = life.detect("balance-step").hits
    assert "50 % of the balance" in hit.text
    assert life.fired() == {"balance-step"}


def test_just_less_is_none() -> None:
    assert voted(LEFT // 2 - 1, LEFT // 2 - 1).detect("balance-step").silent


def paid_in_parts(apart: int) -> Life:
    life = a_good_life()
    for part in range(6):
        number = part + 2
        life.propose(30_000 + part, number, outcome=Outcome.EXECUTED, action=pays(LEFT // 10),
                     participants=0, unlocks_at=UNLOCK)  # fmt: skip
        life.pay(10 * DAY + part * apart, number, LEFT // 10)
    return life


def test_several_debits_of_a_day_are_one_step() -> None:
    (hit,) = paid_in_parts(3_600).detect("balance-step").hits
    assert len(hit.signatures) == 5


def test_the_same_over_weeks_is_none() -> None:
    assert paid_in_parts(6 * DAY).detect("balance-step").silent


def regular(last: int) -> Life:
    life = a_good_life()
    for part in range(10):
        number, amount = part + 2, last if part == 9 else 1_000_000 + part
        life.propose(30_000 + part, number, outcome=Outcome.EXECUTED, action=pays(amount),
                     participants=0)  # fmt: skip
        life.pay((10 + 2 * part) * DAY, number, amount)
    return life


def test_a_debit_far_beyond_regular_ones_is_a_step() -> None:
    (hit,) = regular(50_000_000).detect("balance-step").hits
    assert "past debits" in hit.text
    assert regular(1_500_000).detect("balance-step").silent


def test_a_debit_without_a_time_is_incomplete() -> None:
    life = taken(7)
    life.deeds[-1] = replace(life.deeds[-1], block_time=None)
    assert "no time" in life.detect("balance-step").unable


def powered(
    kind: PowerKind, holder: str | None, *, owner: str = TREASURY, after: str = TREASURY
) -> Life:
    life = a_good_life()
    account = purse(TREASURY)
    number = life.deed(UNLOCK + 1, transfers=(sent(STRANGER, TREASURY, 50),))
    life.hold(number, account, 0, 50, owner, was=None)
    power = Power("0", kind, account, holder, 9 if kind == "delegate" else None, STRANGER)
    number = life.deed(UNLOCK + 2, powers=(power,))
    life.hold(number, account, 50, 50, after, was=owner)
    return life


@pytest.mark.parametrize("kind", ["delegate", "close authority", "freeze"])
def test_powers_over_an_account_of_the_treasury_fire(kind: PowerKind) -> None:
    life = powered(kind, STRANGER)
    (hit,) = life.detect("treasury-power").hits
    assert hit.subject == purse(TREASURY) and STRANGER in hit.text
    assert life.fired() == {"treasury-power"}


@pytest.mark.parametrize(
    ("kind", "holder"),
    [("delegate", TREASURY), ("close authority", None), ("revoke", None), ("thaw", None),
     ("owner", TREASURY)],
)  # fmt: skip
def test_powers_that_stay_or_go_are_silent(kind: PowerKind, holder: str | None) -> None:
    assert powered(kind, holder).detect("treasury-power").silent


def test_an_account_that_is_given_away_fires() -> None:
    life = powered("owner", STRANGER, after=STRANGER)
    assert "was given from the treasury" in life.detect("treasury-power").hits[0].text


def test_a_power_given_before_the_account_was_the_treasurys_fires_when_it_comes() -> None:
    account = purse(TREASURY)
    life = powered("close authority", STRANGER, owner=STRANGER, after=STRANGER)
    assert life.detect("treasury-power").silent
    number = life.deed(UNLOCK + 3, powers=(Power("0", "owner", account, TREASURY),))
    life.hold(number, account, 50, 50, TREASURY, was=STRANGER)
    (hit,) = life.detect("treasury-power").hits
    assert f"its close authority stayed with {STRANGER}" in hit.text


def test_an_account_of_a_mint_that_nobody_uses_is_silent() -> None:
    """Anybody can open such an account for the treasury."""
    life = powered("delegate", STRANGER)
    story = life.story()
    account = story.history.histories[purse(TREASURY)]
    spam = replace(account, entries=tuple(replace(e, mint="spam") for e in account.entries),
                   now=replace(account.now, value=replace(account.now.value, mint="spam")))  # type: ignore[union-attr]  # fmt: skip
    histories = {**story.history.histories, purse(TREASURY): spam}
    story = replace_story(story, history=replace(story.history, histories=histories))
    assert DETECTORS["treasury-power"].run(story, Detection()).hits == ()


def test_an_instruction_that_was_not_read_is_incomplete() -> None:
    assert "was not read" in powered("unknown", None).detect("treasury-power").unable


def test_a_close_by_somebody_else_fires() -> None:
    life = powered("thaw", None)
    close = Transfer("0", "close", purse(TREASURY), STRANGER, None, None, STRANGER, TREASURY,
                     STRANGER, None)  # fmt: skip
    life.deed(UNLOCK + 3, transfers=(close,))
    assert any("closed the token account" in hit.text
               for hit in life.detect("treasury-power").hits)  # fmt: skip


def test_the_keeper_pays_nothing_by_trying() -> None:
    life = a_good_life()
    life.call(UNLOCK + 9_000, "execute_proposal", KEEPER, 1, ok=False)
    assert life.detect("outflow-unexplained").silent
