from __future__ import annotations

import pytest

from privatedao_audit.rehearsal.faults import HTML, NO_RESULT, Faults, Status, node_behind


def test_a_rule_strikes_its_method_only() -> None:
    faults = Faults()
    faults.add(NO_RESULT, "getTransaction")
    assert faults.strike("getSlot") is None
    assert faults.strike("getTransaction") is NO_RESULT
    assert faults.strike("getTransaction") is NO_RESULT


def test_a_rule_starts_and_ends_where_it_was_told_to() -> None:
    faults = Faults()
    faults.strike("getSlot")
    busy = Status(429)
    faults.add(busy, "getSlot", first=2, count=2)
    seen = [faults.strike(method) for method in ("getSlot", "getHealth", *["getSlot"] * 3)]
    assert seen == [None, None, busy, busy, None]


def test_a_rule_without_a_method_counts_every_request() -> None:
    faults = Faults()
    faults.strike("getHealth")
    faults.add(HTML, first=2, count=1)
    assert [faults.strike(method) for method in ("a", "b", "c")] == [None, HTML, None]


def test_the_first_rule_that_fits_acts() -> None:
    faults = Faults()
    first, second = Status(503), Status(500)
    faults.add(first, "getSlot", count=1)
    faults.add(second)
    assert [faults.strike("getSlot"), faults.strike("getSlot")] == [first, second]


def test_clearing_keeps_the_counts() -> None:
    faults = Faults()
    faults.add(HTML)
    faults.lag, faults.first_slot = 5, 9
    faults.strike("getSlot")
    faults.clear()
    assert (faults.strike("getSlot"), faults.lag, faults.first_slot) == (None, 0, 0)
    assert (faults.calls(), faults.calls("getSlot"), faults.calls("getHealth")) == (2, 2, 0)


@pytest.mark.parametrize("bounds", [{"first": 0}, {"count": 0}])
def test_bounds_below_one_are_refused(bounds: dict[str, int]) -> None:
    with pytest.raises(ValueError, match="from call 1 on"):
        Faults().add(HTML, **bounds)


def test_a_lagging_node_says_by_how_much() -> None:
    fault = node_behind(42)
    assert (fault.code, fault.data) == (-32005, {"numSlotsBehind": 42})
