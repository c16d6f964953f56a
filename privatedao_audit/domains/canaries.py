"""Canaries: before a run trusts its verdicts, every check is shown facts of a known truth.

The cases that ship with each domain are evaluated by the very functions that judge the run. A
check that lets bad facts pass, or that no longer tells apart what it used to, makes the run
INVALID: whatever it said of the chain proves nothing.
"""

from __future__ import annotations

import gc
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from importlib import import_module

from privatedao_audit.domains.cases import Case
from privatedao_audit.domains.registry import PLANS, check_of
from privatedao_audit.model.limits import Limits
from privatedao_audit.model.status import Status

_GOOD = frozenset({Status.PASS, Status.ATTESTED, Status.NOT_APPLICABLE})


@dataclass(slots=True)
class Shown:
    """What the canaries of one control came to.

    Attributes:
        of: cases of it whose facts are bad or not known.
        caught: those to which the check gave exactly the status that they deserve.
        good: cases of it that must pass, and ``passed`` those that did.
    """

    of: int = 0
    caught: int = 0
    good: int = 0
    passed: int = 0


@dataclass(slots=True)
class Canaries:
    """What all canaries came to.

    Attributes:
        shown: control id → counts, for every control that has a check.
        problems: one sentence per canary that sang wrongly, and per check without canaries.
    """

    shown: dict[str, Shown] = field(default_factory=dict)
    problems: list[str] = field(default_factory=list)

    def as_json(self) -> dict[str, dict[str, int]]:
        """Control id → ``{"caught": …, "of": …}``, as findings.json holds it."""
        return {
            control: {"caught": one.caught, "of": one.of} for control, one in self.shown.items()
        }


def cases() -> tuple[Case, ...]:
    """The cases of all domains that judge anything, in the order of the domains."""
    found: list[Case] = []
    with _uncollected():
        for domain, plan in PLANS.items():
            if plan.checks:
                module = import_module(f"privatedao_audit.domains.{domain}.cases")
                found += module.CASES
    return tuple(found)


@contextmanager
def _uncollected() -> Iterator[None]:
    """Facts hold no cycles and stay: looking for garbage among them takes a fifth of the time."""
    paused = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if paused:
            gc.enable()


def sing(given: Iterable[Case] | None = None) -> Canaries:
    """Evaluate every check on its cases, under the kit's default limits.

    Args:
        given: the cases; None: those that ship with the kit.
    """
    heard = Canaries({control: Shown() for plan in PLANS.values() for control in plan.checks})
    for case in cases() if given is None else given:
        _hear(heard, case)
    for control, one in heard.shown.items():
        if not one.of:
            heard.problems.append(f"No canary shows that the check of {control} can fail.")
    return heard


def _hear(heard: Canaries, case: Case) -> None:
    check = check_of(case.control)
    if check is None:
        heard.problems.append(f"The canary {case.name!r} is of {case.control}, which has no check.")
        return
    one = heard.shown[case.control]
    bad = case.expected not in _GOOD
    try:
        said = check(case.facts, Limits()).status
    except Exception as error:
        right, why = False, f"broke it: {type(error).__name__}"
    else:
        right = said is case.expected
        why = f"made it say {said.value}, and it must say {case.expected.value}"
    if bad:
        one.of += 1
        one.caught += right
    else:
        one.good += 1
        one.passed += right
    if not right:
        heard.problems.append(f"The canary {case.name!r} of {case.control} {why}.")
