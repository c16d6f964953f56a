"""The kit's evaluation of rules agrees with that of Prometheus, by its own promtool."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest

from privatedao_audit import assets
from privatedao_audit.domains.monitoring.rules.samples import Series, fires, vector
from privatedao_audit.repository.alert_rules import (
    Condition,
    prometheus_rules,
    promql_condition,
)
from privatedao_audit.repository.errors import BadDocument
from tests.promtool.fetch import found

STEP = 15


def series(metric: str, values: list[float], **labels: str) -> Series:
    points = tuple((float(n * STEP), float(value)) for n, value in enumerate(values))
    return Series(metric, labels, points)


def counter(*grows: int, start: int = 7, length: int = 60) -> list[float]:
    """A counter that grows by one at some samples."""
    return [float(start + sum(at <= n for at in grows)) for n in range(length)]


def gauge(then: float, *, since: int = 20, usual: float = 0.0, length: int = 60) -> list[float]:
    return [then if n >= since else usual for n in range(length)]


SERIES = [
    series("created_total", counter(10, 11, 30), dao="a", proposal="p"),
    series("created_total", counter(40), dao="a", proposal="q"),
    series("created_total", counter(), dao="b", proposal="r"),
    series("restarted_total", [*counter(5, length=20), *counter(3, start=0, length=40)], dao="a"),
    series("young_total", counter(3, 4, start=0), dao="a"),
    series("lag", gauge(300.0), endpoint="first"),
    series("lag", gauge(3.0, usual=1.0), endpoint="second"),
    series("up", gauge(0.0, usual=1.0), endpoint="first"),
    series("short", [1.0, 2.0, 3.0], endpoint="first"),
]
EXPRESSIONS = (
    "created_total > 0",
    "created_total >= 9",
    'created_total{proposal="q"} == 8',
    'created_total{proposal!="q"} < 100',
    'created_total{proposal=~"p|q"} > 7',
    'created_total{proposal!~"p|q.*"} > 1',
    "increase(created_total[5m]) > 0",
    "increase(created_total[3m]) >= 1",
    "increase(created_total[47s]) > 0.5",
    "rate(created_total[5m]) > 0",
    "rate(created_total[11m]) > 0.001",
    "increase(restarted_total[8m]) > 0",
    "increase(young_total[4m]) > 0",
    "increase(young_total[20s]) > 0",
    "increase(short[2m]) > 0",
    "count_over_time(lag[2m]) >= 8",
    "sum_over_time(lag[2m]) > 0",
    "max_over_time(lag[10m]) > 100",
    "min_over_time(lag[2m]) < 2",
    "sum(increase(created_total[5m])) > 0",
    "sum by (dao) (increase(created_total[5m])) > 0",
    "sum(increase(created_total[5m])) by (dao, proposal) >= 0",
    "max(lag) > 32",
    "min(lag) != 3",
    "count(lag) == 2",
    "count by (nothing) (lag) == 2",
    "lag > 32",
    "up < 1",
    "up == 0",
    "short > 0",
    "absent(missing)",
    'absent(missing{endpoint="first"})',
    "absent(lag)",
    'absent(lag{endpoint="third"})',
    "absent_over_time(short[3m])",
    "absent_over_time(lag[3m])",
)
#: Between the samples, and never so that a window's edge meets one.
TIMES = (22, 67, 157, 187, 262, 337, 454, 517, 607, 727, 877, 1_087)


def promtool(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([str(found()), *arguments], cwd=folder, capture_output=True, text=True,
                          check=False)  # fmt: skip


def inputs(chosen: list[Series]) -> list[dict[str, str]]:
    rows = []
    for one in chosen:
        labels = ",".join(f'{key}="{value}"' for key, value in one.labels.items())
        values = " ".join(str(value) for _time, value in one.points)
        rows.append({"series": f"{one.metric}{{{labels}}}", "values": values})
    return rows


def expected(condition: Condition, time: int) -> list[dict[str, Any]]:
    """What the kit says, as promtool wants to hear it."""
    named = condition.over == "last" and condition.across == "each"
    rows = []
    for labels, value in vector(condition, SERIES, time).items():
        text = ",".join(f'{key}="{item}"' for key, item in labels)
        name = condition.selector.metric if named else ""
        rows.append({"labels": f"{name}{{{text}}}", "value": value})
    return rows


def test_every_expression_gives_what_prometheus_gives(tmp_path: Path) -> None:
    asked = [
        {"expr": text, "eval_time": f"{time}s", "exp_samples": expected(condition, time)}
        for text in EXPRESSIONS
        for condition in (promql_condition(text),)
        for time in TIMES
    ]
    assert sum(bool(one["exp_samples"]) for one in asked) > 150
    assert sum(not one["exp_samples"] for one in asked) > 50
    suite = {
        "evaluation_interval": "15s",
        "tests": [{"interval": "15s", "input_series": inputs(SERIES), "promql_expr_test": asked}],
    }
    (tmp_path / "test.yml").write_text(json.dumps(suite))
    done = promtool(tmp_path, "test", "rules", "test.yml")
    assert done.returncode == 0, done.stdout + done.stderr


RULES = {
    "Created": ("increase(created_total[5m]) > 0", "0s"),
    "Behind": ("lag > 32", "100s"),
    "Down": ("up < 1", "5m"),
    "Silent": ("absent(missing)", "45s"),
    "Never": ("max(lag) > 1000", "0s"),
}


def test_alerts_begin_when_those_of_prometheus_do(tmp_path: Path) -> None:
    rules = [{"alert": name, "expr": text, "for": hold} for name, (text, hold) in RULES.items()]
    data = json.dumps({"groups": [{"name": "all", "rules": rules}]}).encode()
    (tmp_path / "rules.yml").write_bytes(data)
    read = {one.id: one.condition for one in prometheus_rules("rules.yml", "", data).rules}
    # Evaluations and samples meet at the same seconds here, so windows end between two samples.
    times = range(0, 900, STEP)
    asked = []
    for name, condition in read.items():
        assert condition is not None
        begun = fires(condition, SERIES, times)
        for until in (0, 90, 150, 300, 345, 360, 390, 405, 600, 615):
            now = vector(condition, SERIES, until)
            firing = {one.labels for one in begun if one.time <= until and one.labels in now}
            asked.append({
                "eval_time": f"{until}s", "alertname": name,
                "exp_alerts": [{"exp_labels": dict(labels)} for labels in sorted(firing)],
            })  # fmt: skip
    assert sum(bool(one["exp_alerts"]) for one in asked) > 15
    suite = {
        "rule_files": ["rules.yml"], "evaluation_interval": "15s",
        "tests": [{"interval": "15s", "input_series": inputs(SERIES), "alert_rule_test": asked}],
    }  # fmt: skip
    (tmp_path / "test.yml").write_text(json.dumps(suite))
    done = promtool(tmp_path, "test", "rules", "test.yml")
    assert done.returncode == 0, done.stdout + done.stderr


REFUSED = {
    "no groups": "rules: []",
    "an unknown key": "groups: [{name: a, rules: [{alert: A, expr: up == 0, wait: 5m}]}]",
    "a group given twice": "groups: [{name: a, rules: []}, {name: a, rules: []}]",
    "an alert that is a record": "groups: [{name: a, rules: [{alert: A, record: b, expr: up}]}]",
    "neither alert nor record": "groups: [{name: a, rules: [{expr: up == 0}]}]",
    "rules that are no list": "groups: [{name: a, rules: 5}]",
    "a group without a name": "groups: [{rules: []}]",
}


@pytest.mark.parametrize("text", REFUSED.values(), ids=list(REFUSED))
def test_what_promtool_refuses_is_refused(tmp_path: Path, text: str) -> None:
    (tmp_path / "rules.yml").write_text(text)
    assert promtool(tmp_path, "check", "rules", "rules.yml").returncode != 0
    with pytest.raises(BadDocument):
        prometheus_rules("rules.yml", "", text.encode())


def test_the_blank_form_is_one_that_prometheus_reads(tmp_path: Path) -> None:
    form = assets.folder("templates") / "dossier" / "monitoring" / "prometheus-rules.yml"
    data = form.read_bytes()
    (tmp_path / "rules.yml").write_bytes(data)
    done = promtool(tmp_path, "check", "rules", "rules.yml")
    assert done.returncode == 0, done.stdout + done.stderr
    read = prometheus_rules("rules.yml", "", data)
    assert read.rules
    assert all(one.condition is not None for one in read.rules), [one.why for one in read.rules]
