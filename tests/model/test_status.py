from __future__ import annotations

from itertools import combinations_with_replacement, permutations, product

import pytest

from privatedao_audit.model.status import (
    PRECEDENCE,
    READING_ORDER,
    Floor,
    Status,
    Verdict,
    meets_floor,
    verdict,
    worst,
)

F, D, S, M, U = Status.FAIL, Status.DIVERGED, Status.STALE, Status.MISSING, Status.UNKNOWN
A, P, N, W = Status.ATTESTED, Status.PASS, Status.NOT_APPLICABLE, Status.WAIVED

#: The order of the control catalogue's document, worst first; N/A says nothing about the rest.
WORST_FIRST = (F, D, S, M, U, A, P, N)


def test_precedence_is_that_of_the_catalogue() -> None:
    assert PRECEDENCE == WORST_FIRST
    assert set(READING_ORDER) == set(Status)
    assert len(READING_ORDER) == len(Status)


@pytest.mark.parametrize(("one", "other"), list(permutations(WORST_FIRST, 2)))
def test_the_worse_of_two_statuses_wins(one: Status, other: Status) -> None:
    worse = one if WORST_FIRST.index(one) < WORST_FIRST.index(other) else other
    assert worst([one, other]) is worse
    assert worst([one, other, one, other]) is worse


def test_nothing_is_unknown() -> None:
    assert worst([]) is Status.UNKNOWN
    assert worst(iter(())) is Status.UNKNOWN


@pytest.mark.parametrize("one", WORST_FIRST)
def test_one_status_is_itself(one: Status) -> None:
    assert worst([one]) is one


def test_a_waiver_is_no_status_of_a_part() -> None:
    for parts in ([W], [P, W], [F, W]):
        with pytest.raises(ValueError, match="WAIVED"):
            worst(parts)


@pytest.mark.parametrize("status", Status)
def test_floors(status: Status) -> None:
    assert meets_floor(status, Floor.PASS) is (status in (P, N))
    assert meets_floor(status, Floor.ATTESTED) is (status in (P, N, A))


def expected(rows: tuple[tuple[Status, Floor], ...]) -> Verdict:
    """The gate's sentence, read word by word."""
    for status, floor in rows:
        if status in (F, D, S, M):
            return Verdict.NOT_READY
        below = status is A and floor is Floor.PASS
        if below:
            return Verdict.NOT_READY
    statuses = [status for status, _ in rows]
    if U in statuses or not rows:
        return Verdict.INCONCLUSIVE
    return Verdict.CONDITIONAL if W in statuses else Verdict.READY


def test_the_verdict_of_every_small_set_of_controls() -> None:
    rows = list(product(Status, Floor))
    seen = set()
    for size in range(4):
        for chosen in combinations_with_replacement(rows, size):
            word = verdict(chosen, invalid=False)
            assert word is expected(chosen), chosen
            assert verdict(chosen, invalid=True) is Verdict.INVALID
            assert verdict(reversed(chosen), invalid=False) is word
            seen.add(word)
    assert seen == set(Verdict) - {Verdict.INVALID}


def test_exit_codes() -> None:
    assert {word.value: word.exit_code for word in Verdict} == {
        "READY": 0,
        "NOT READY": 1,
        "INCONCLUSIVE": 2,
        "INVALID": 3,
        "CONDITIONAL": 4,
    }
