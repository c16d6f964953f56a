"""What notebook 03 shows, and the metrics that alert rules are judged on."""

from __future__ import annotations

import pytest

from privatedao_audit.chain.series.model import Series
from privatedao_audit.domains.rpc import invented as i
from privatedao_audit.domains.rpc import view
from privatedao_audit.domains.rpc.facts import RpcFacts
from privatedao_audit.domains.rpc.metrics import metrics, metrics_of
from privatedao_audit.domains.rpc.plots import percentile
from privatedao_audit.model.reads import Found, Unknown
from privatedao_audit.view.plots import Plot
from privatedao_audit.view.table import Table

NOTHING = RpcFacts("localnet", i.GENESIS)
TABLES = ("endpoints", "served", "taken", "freshness", "checks", "own_failover")
PLOTS = ("lag", "latency", "agreement")


@pytest.mark.parametrize("name", TABLES)
def test_a_table_shows_what_there_is(name: str) -> None:
    table = getattr(view, name)(i.GOOD)
    assert isinstance(table, Table)
    assert len(table.frame) >= 1
    assert table.caption.endswith((".", "?"))
    assert table.to_csv()


@pytest.mark.parametrize("name", [*TABLES[:5], *PLOTS])
def test_nothing_measured_is_said_in_words(name: str) -> None:
    table = getattr(view, name)(NOTHING)
    assert isinstance(table, Table)
    assert table.frame.empty
    assert table.empty.endswith(".")


@pytest.mark.parametrize("name", PLOTS)
def test_a_plot_has_its_words_and_its_table(name: str) -> None:
    plot = getattr(view, name)(i.GOOD)
    assert isinstance(plot, Plot)
    assert plot.figure.svg.startswith("<?xml") or "<svg" in plot.figure.svg
    assert plot.figure.alt.endswith(".")
    assert len(plot.table.frame) >= 2
    assert getattr(view, name)(i.GOOD).figure.svg == plot.figure.svg


def behind(slots: int) -> RpcFacts:
    return i.measured(
        i.seen,
        lambda label, n: i.seen(label, n, slots={"confirmed": 5_000 + 5 * n - slots}),
    )


def test_the_lag_states_its_finding() -> None:
    assert view.lag(i.GOOD).figure.title == "No endpoint was behind another"  # type: ignore[union-attr]
    assert view.lag(behind(7)).figure.title == (  # type: ignore[union-attr]
        "No endpoint was more than 7 slots behind another"
    )
    assert view.lag(behind(50)).figure.title == (  # type: ignore[union-attr]
        "In 32 of 64 measurements an endpoint was more than 32 slots behind"
    )


def test_only_rows_with_nothing_amiss_are_folded() -> None:
    lags = view.lag(behind(7)).table  # type: ignore[union-attr]
    assert [slots <= 0 for slots in lags.frame["slots behind"]] == list(lags.ordinary.rows)
    assert set(lags.ordinary.rows) == {True, False}
    assert all(view.lag(i.GOOD).table.ordinary.rows)  # type: ignore[union-attr]
    served = view.served(i.GOOD)
    assert served.ordinary is not None and all(served.ordinary.rows)
    bad = view.agreement(i.measured(compared={"outcome": "diverged", "reason": "lamports"})).table  # type: ignore[union-attr]
    assert [not usual for usual in bad.ordinary.rows] == [
        row != "nothing" for row in bad.frame["what differs"]
    ]


def test_the_matrix_counts_what_differs() -> None:
    bad = i.measured(compared={"outcome": "diverged", "reason": "lamports"})
    assert view.agreement(bad).figure.title == "1 of 5 comparisons differ"  # type: ignore[union-attr]


def test_the_series_of_a_team_is_shown_as_such() -> None:
    given = i.facts(series=Unknown("none"), signed=(i.signed(),))
    assert "signed by the team" in view.endpoints(given).caption
    assert isinstance(view.lag(given), Plot)


def test_percentiles_are_values_that_were_seen() -> None:
    values = list(range(1, 101))
    assert [percentile(values, p) for p in (50, 95, 99, 100)] == [50, 95, 99, 100]
    assert percentile([7], 50) == 7
    assert percentile([3, 1], 50) == 1


def by_name(series: Series) -> dict[tuple[str, str], tuple[tuple[float, float], ...]]:
    return {(one.metric, one.labels["endpoint"]): one.points for one in metrics(series)}


def test_an_endpoint_that_lags_has_a_lag() -> None:
    late = i.series(i.seen, lambda label, n: i.seen(label, n, slots={"confirmed": 4_950 + 5 * n}))
    found = by_name(late)
    assert {value for _, value in found["rpc_slot_lag", "second"]} == {50.0}
    assert {value for _, value in found["rpc_slot_lag", "first"]} == {0.0}
    assert {value for _, value in found["rpc_up", "second"]} == {1.0}
    assert [value for _, value in found["rpc_answers_differ", "first"]] == [0.0]
    assert len(found["rpc_up", "first"]) == 32


def test_an_endpoint_that_is_gone_is_down_and_has_no_lag() -> None:
    found = by_name(i.series(i.seen, i.gone))
    assert {value for _, value in found["rpc_up", "second"]} == {0.0}
    assert found["rpc_slot_lag", "second"] == ()


def test_an_endpoint_of_another_cluster_is_down_and_is_no_measure() -> None:
    other = i.series(
        i.seen, lambda label, n: i.seen(label, n, slots={"confirmed": 9_000_000}),
        served={("second", "genesis"): {"value": i.OTHER_GENESIS}},
    )  # fmt: skip
    found = by_name(other)
    assert {value for _, value in found["rpc_slot_lag", "first"]} == {0.0}
    assert {value for _, value in found["rpc_up", "second"]} == {0.0}


def test_what_differs_and_what_was_not_compared() -> None:
    for outcome, expected in (("diverged", [1.0]), ("equal", [0.0])):
        found = metrics(i.series(compared={"outcome": outcome}))
        points = next(one.points for one in found if one.metric == "rpc_answers_differ")
        assert [value for _, value in points] == expected
    alone = metrics(i.series(second=None))
    assert [one.points for one in alone if one.metric == "rpc_answers_differ"] == [()]


def test_what_was_not_measured_has_no_metrics() -> None:
    assert metrics_of(Unknown("none")) == Unknown("none")
    assert isinstance(metrics_of(i.GOOD.series), Found)
