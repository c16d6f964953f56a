"""What an alert rule is, whatever it was written in. Durations are seconds."""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Final, Literal

#: Longest condition that is read, in characters.
MAX_CONDITION: Final = 2_000
#: Longest window, and longest time that a condition has to hold: a day. What needs longer to be
#: noticed is no alert.
MAX_SECONDS: Final = 86_400
#: Most rules of one file.
MAX_RULES: Final = 500

Comparison = Literal[">", ">=", "<", "<=", "==", "!=", "present"]
#: What is made of each series in its window. ``occurrence``: anything happened; ``last``: the
#: newest value; ``absent``: there was none; ``increase`` and ``rate`` read a counter.
Over = Literal["occurrence", "last", "increase", "rate", "count", "sum", "max", "min", "absent"]
#: What is made of the series together.
Across = Literal["each", "sum", "max", "min", "count"]

_ALTERNATIVE = re.compile(r"([A-Za-z0-9_:/-]*)(\.\*|\.\+)?")


class NotExecutable(ValueError):
    """A condition that can't be executed; the message says why, as one clause."""


@dataclass(frozen=True, slots=True)
class Matcher:
    """One condition on a label. Patterns are anchored alternatives such as ``a|b.*``."""

    label: str
    op: Literal["=", "!=", "=~", "!~"]
    value: str

    def __post_init__(self) -> None:
        # Whole regular expressions can be made to run for ever; alternatives can't.
        if self.op in ("=~", "!~"):
            for one in self.value.split("|"):
                if not _ALTERNATIVE.fullmatch(one):
                    raise NotExecutable(
                        f"the pattern {self.value[:60]!a} is more than alternatives"
                    )

    def holds(self, labels: Mapping[str, str]) -> bool:
        """Whether labels satisfy it; a label that is not there is empty."""
        value = labels.get(self.label, "")
        if self.op in ("=", "!="):
            return (value == self.value) is (self.op == "=")
        found = any(_matches(one, value) for one in self.value.split("|"))
        return found is (self.op == "=~")


def _matches(alternative: str, value: str) -> bool:
    for ending, least in ((".*", 0), (".+", 1)):
        if alternative.endswith(ending):
            start = alternative.removesuffix(ending)
            return value.startswith(start) and len(value) >= len(start) + least
    return value == alternative


@dataclass(frozen=True, slots=True)
class Selector:
    """A metric and what its labels must say."""

    metric: str
    matchers: tuple[Matcher, ...] = ()


_COMPARES: Final[Mapping[str, Callable[[float, float], bool]]] = {
    ">": operator.gt,
    ">=": operator.ge,
    "<": operator.lt,
    "<=": operator.le,
    "==": operator.eq,
    "!=": operator.ne,
}


@dataclass(frozen=True, slots=True)
class Condition:
    """A condition that can be executed.

    Attributes:
        form: ``plain`` counts events as they happened; ``promql`` reads sampled series, as
            Prometheus does.
        window: seconds; 0 where ``over`` needs none.
        by: labels that ``across`` keeps apart; empty: all series together.
        op: ``present`` for a condition that compares nothing (any occurrence, absence).
        threshold: a finite number, as written.
        unit: of the threshold, as written; empty in PromQL, where the metric has it.
        hold: for how many seconds it must hold before it fires.
        text: as written.
    """

    form: Literal["plain", "promql"]
    selector: Selector
    over: Over
    window: int
    across: Across
    by: tuple[str, ...]
    op: Comparison
    threshold: str
    unit: str
    hold: int
    text: str

    def compares(self, value: float) -> bool:
        """Whether a value fulfils the comparison."""
        if self.op == "present":
            return True
        return _COMPARES[self.op](value, float(self.threshold))


@dataclass(frozen=True, slots=True)
class Rule:
    """One alert rule as its file states it.

    Attributes:
        id: as the file names it; empty where it does not.
        place: where it stands in the file, for people.
        signal: what it says it is about, in the file's words.
        condition: None where it can't be executed, and ``why`` says why.
        text: the condition as written.
        limit_seconds: its own limit from event to receipt; None where it states none.
        status: the file's word for whether it is in force; empty where it has none.
        labels: those that routes look at.
        faults: what is malformed in it, one clause each.
    """

    id: str
    file: str
    place: str
    signal: str
    condition: Condition | None
    why: str
    text: str
    severity: str = ""
    route: str = ""
    runbook: str = ""
    limit_seconds: int | None = None
    status: str = ""
    labels: Mapping[str, str] = field(default_factory=dict)
    faults: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class RuleFile:
    """A file of rules: ``sha256`` of its bytes, and its rules in order."""

    file: str
    sha256: str
    rules: tuple[Rule, ...]


#: ``90 s``, ``5m``, ``1h30m``: units of time in both languages.
_SPAN = re.compile(r"([0-9]{1,9})\s*(ms|seconds?|sec|s|minutes?|min|m|hours?|h|days?|d|w)")
_SECONDS: Final = {"s": 1, "m": 60, "h": 3_600, "d": 86_400, "w": 604_800}


def seconds(text: str, what: str) -> int:
    """A duration in seconds.

    Raises:
        NotExecutable: malformed, zero, shorter than a second, or longer than a day.
    """
    total, rest = 0, text.strip()
    while rest:
        match = _SPAN.match(rest)
        if match is None:
            raise NotExecutable(f"the {what} {text[:40]!a} is no duration such as 90 s or 1 h")
        if match[2] == "ms":
            raise NotExecutable(f"the {what} {text[:40]!a} is shorter than a second")
        total += int(match[1]) * _SECONDS[match[2][0]]
        rest = rest[match.end() :].strip()
    if total == 0:
        raise NotExecutable(f"the {what} is 0")
    if total > MAX_SECONDS:
        raise NotExecutable(f"the {what} of {total} s is longer than a day")
    return total
