"""The part of PromQL that is executed here; any other expression is told, never guessed.

::

    metric{…} OP number                 sum|max|min|count [by (…)] ( … ) OP number
    increase|rate|count_over_time|sum_over_time|max_over_time|min_over_time(metric{…}[5m])
    absent(metric{…})                   absent_over_time(metric{…}[5m])

Source: the Prometheus documentation of operators and functions, version 2.
"""

from __future__ import annotations

from typing import Final

from privatedao_audit.repository.alert_rules.model import (
    Across,
    Condition,
    NotExecutable,
    Over,
    Selector,
    seconds,
)
from privatedao_audit.repository.alert_rules.tokens import Tokens

_RANGES: Final[dict[str, Over]] = {
    "increase": "increase", "rate": "rate", "count_over_time": "count", "sum_over_time": "sum",
    "max_over_time": "max", "min_over_time": "min", "absent_over_time": "absent",
}  # fmt: skip
_ACROSS: Final[dict[str, Across]] = {"sum": "sum", "max": "max", "min": "min", "count": "count"}
_OPS: Final = (">", ">=", "<", "<=", "==", "!=")
#: Operators that would join further expressions to the one that was read.
_JOINS: Final = ("and", "or", "unless", "offset", "on", "ignoring", "bool", "group_left")


def condition(text: str, hold: int = 0) -> Condition:
    """The condition that an expression states.

    Args:
        hold: seconds of the rule's ``for``.

    Raises:
        NotExecutable: malformed, or beyond the part of PromQL that is executed.
    """
    tokens = Tokens(text)
    if tokens.peek()[0] == "number":
        raise NotExecutable("it begins with a number; write the metric first")
    selector, over, window, across, by = _vector(tokens, 0)
    if over == "absent" and tokens.peek()[0] == "end":
        return Condition("promql", selector, over, window, across, by, "present", "0", "", hold,
                         text)  # fmt: skip
    if tokens.peek()[0] == "end":
        raise NotExecutable("it compares nothing, so that it fires whenever there is a series")
    if tokens.peek()[1] in _JOINS:
        raise NotExecutable(f"{tokens.peek()[1]!a} is beyond what is executed here")
    op = tokens.take("op")
    if op not in _OPS:
        raise NotExecutable(f"{op!a} compares nothing")
    if tokens.peek()[0] != "number":
        raise NotExecutable("it is not compared with a number")
    threshold = tokens.number()
    tokens.end()
    return Condition("promql", selector, over, window, across, by, op, threshold, "", hold, text)  # type: ignore[arg-type]


_Vector = tuple[Selector, Over, int, Across, tuple[str, ...]]


def _vector(tokens: Tokens, depth: int) -> _Vector:
    if depth > 8:
        raise NotExecutable("it is nested too deeply")
    if tokens.said("("):
        found = _vector(tokens, depth + 1)
        tokens.take("mark", ")")
        return found
    name = tokens.peek()[1]
    if name in _ACROSS:
        return _aggregated(tokens, _ACROSS[name], depth)
    if name in _RANGES:
        tokens.take()
        tokens.take("mark", "(")
        selector = tokens.selector()
        window = seconds(tokens.take("range")[1:-1], "window")
        tokens.take("mark", ")")
        return selector, _RANGES[name], window, "each", ()
    if name == "absent":
        tokens.take()
        tokens.take("mark", "(")
        selector = tokens.selector()
        tokens.take("mark", ")")
        return selector, "absent", 0, "each", ()
    selector = tokens.selector()
    if tokens.peek()[1] == "(":
        raise NotExecutable(f"the function {selector.metric[:40]!a} is not executed here")
    if tokens.peek()[0] == "range":
        raise NotExecutable("a range stands where one value is due")
    return selector, "last", 0, "each", ()


def _aggregated(tokens: Tokens, across: Across, depth: int) -> _Vector:
    tokens.take()
    by: tuple[str, ...] = ()
    if tokens.peek()[1] == "without":
        raise NotExecutable("'without' is not executed here; write 'by'")
    early = tokens.said("by")
    if early:
        by = tokens.labels()
    tokens.take("mark", "(")
    selector, over, window, inner, _inner_by = _vector(tokens, depth + 1)
    tokens.take("mark", ")")
    if tokens.said("by"):
        if early:
            raise NotExecutable("it groups twice")
        by = tokens.labels()
    if inner != "each":
        raise NotExecutable("an aggregation of an aggregation is not executed here")
    if over == "absent":
        raise NotExecutable("an aggregation of an absence is not executed here")
    return selector, over, window, across, by
