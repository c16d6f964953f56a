"""Whom a rule names: one that speaks of single names alone, or passes some over, covers nothing.

The series that rules are executed on hold made-up names, and this file is public: a rule could
name just these. What is asked here is therefore independent of them.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from privatedao_audit.chain.addresses import parse_pubkey
from privatedao_audit.model.status import Status
from privatedao_audit.repository.alert_rules import Condition, Matcher

__all__ = ["named"]

#: Labels whose values are not known beforehand: what comes tomorrow has a new one.
_OPEN: Final = frozenset({"proposal", "caller", "error", "endpoint"})
#: Labels whose values are addresses, of which those in scope are known.
_ADDRESSES: Final = frozenset({"dao", "account", "mint", "subject"})
_ANY: Final = frozenset({".*", ".+"})


def named(condition: Condition) -> Iterator[tuple[Status, str]]:
    """What is wrong with the names in a condition over the kit's metrics."""
    for one in condition.selector.matchers:
        free = one.label in _OPEN or (
            one.label == "subject" and condition.selector.metric == "behaviour"
        )
        if not one.value or not (free or one.label in _ADDRESSES):
            continue
        shown = f"{one.label} by name, {one.value[:60]!r}"
        if one.op in ("!=", "!~"):
            # Whoever misses an alert could leave it out afterwards.
            status = Status.UNKNOWN if one.label == "error" else Status.MISSING
            yield status, f"it leaves out a {shown}"
        elif not _ANY.isdisjoint(one.value.split("|")) and one.op == "=~":
            continue
        elif free:
            yield Status.MISSING, f"it speaks of one {shown}, and of no other"
        elif not all(map(_is_address, _alternatives(one))):
            yield Status.MISSING, f"it names a {one.label} that is no address, {one.value[:60]!r}"


def _alternatives(one: Matcher) -> list[str]:
    return one.value.split("|") if one.op == "=~" else [one.value]


def _is_address(text: str) -> bool:
    try:
        parse_pubkey(text, "address")
    except ValueError:
        return False
    return True
