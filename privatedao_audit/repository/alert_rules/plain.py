"""The kit's own language of conditions: a sentence that can be executed.

::

    any occurrence of METRIC{label="value"}
    count of METRIC{…} by LABEL, LABEL >= 3 transactions within 1 h
    sum of METRIC{…} > 1000000000 lamports within 10 min
    METRIC{…} > 32 slots for 300 s
    no METRIC{…} within 1 h

A comparison needs its unit and its window; anything else is prose.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Final

from privatedao_audit.repository.alert_rules.model import Condition, NotExecutable, Over, seconds
from privatedao_audit.repository.alert_rules.tokens import Tokens

_PROSE: Final = "it is prose, and compares no metric with a number"
_OPS: Final = (">", ">=", "<", "<=", "==", "!=")
_FUNCTIONS: Final[dict[str, Over]] = {"count": "count", "sum": "sum"}


@lru_cache(maxsize=512)
def condition(text: str) -> Condition:
    """The condition that a sentence states.

    Raises:
        NotExecutable: prose, or a comparison without unit or window.
    """
    if not text.strip():
        raise NotExecutable("it states no condition")
    tokens = Tokens(text)
    if tokens.said("any", "occurrence", "of"):
        selector = tokens.selector()
        tokens.end()
        return Condition(
            "plain", selector, "occurrence", 0, "each", (), "present", "0", "", 0, text
        )
    if tokens.said("no"):
        selector = tokens.selector()
        window = _span(tokens, "within", "window")
        tokens.end()
        return Condition("plain", selector, "absent", window, "each", (), "present", "0", "", 0,
                         text)  # fmt: skip
    name = tokens.peek()[1]
    if name in _FUNCTIONS:
        tokens.take()
        return _counted(tokens, _FUNCTIONS[name], text)
    return _gauge(tokens, text)


def _counted(tokens: Tokens, over: Over, text: str) -> Condition:
    tokens.take("name", "of")
    selector = tokens.selector()
    by: list[str] = []
    if tokens.said("by"):
        by.append(tokens.take("name"))
        while tokens.said(","):
            by.append(tokens.take("name"))
    op, threshold, unit = _compared(tokens)
    window = _span(tokens, "within", "window")
    tokens.end()
    return Condition("plain", selector, over, window, "sum", tuple(by), op, threshold, unit, 0,  # type: ignore[arg-type]
                     text)  # fmt: skip


def _gauge(tokens: Tokens, text: str) -> Condition:
    try:
        selector = tokens.selector()
    except NotExecutable:
        raise NotExecutable(_PROSE) from None
    if tokens.peek()[0] != "op":
        raise NotExecutable(_PROSE)
    op, threshold, unit = _compared(tokens)
    hold = _span(tokens, "for", "time for which it must hold")
    tokens.end()
    return Condition("plain", selector, "last", 0, "each", (), op, threshold, unit, hold, text)  # type: ignore[arg-type]


def _compared(tokens: Tokens) -> tuple[str, str, str]:
    op = tokens.take("op")
    if op not in _OPS:
        raise NotExecutable(f"{op!a} compares nothing")
    threshold = tokens.number()
    words: list[str] = []
    while tokens.peek()[0] == "name" and tokens.peek()[1] not in ("within", "for"):
        words.append(tokens.take())
    if not words:
        raise NotExecutable("the comparison names no unit")
    return op, threshold, " ".join(words)


def _span(tokens: Tokens, word: str, what: str) -> int:
    if not tokens.said(word):
        raise NotExecutable(f"the comparison names no {what}")
    kind, text = tokens.peek()
    if kind == "duration":
        tokens.take()
        return seconds(text, what)
    digits = tokens.take("number")
    unit = tokens.take("name")
    return seconds(f"{digits} {unit}", what)
