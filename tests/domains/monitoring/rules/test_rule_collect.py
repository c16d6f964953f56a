"""Rules, runbooks, logs and drills as they are read from a checkout and an invented node."""

from __future__ import annotations

import asyncio
import hashlib
import json
from typing import Any

import pytest

from privatedao_audit.domains.custody.cases import GOOD
from privatedao_audit.domains.monitoring.rules.collect import collect_rules
from privatedao_audit.domains.monitoring.rules.facts import RuleFacts
from privatedao_audit.domains.monitoring.rules.read_files import runbook, runbook_path, words
from privatedao_audit.domains.sources import Sources
from privatedao_audit.model.reads import Found, ProvenAbsent, Unknown
from privatedao_audit.model.target import Surface
from privatedao_audit.repository.errors import BadDocument
from tests.domains.node import Landed, Node
from tests.domains.treasury.checkout import Checkout

RULES, LOG, DRILLS, BOOK = "rules.json", "log.json", "drills.json", "book.md"
LANDED = Landed(2, 100, (GOOD.programs[0].programdata,))
RULE = {"id": "created", "signal": "MA-01", "condition": "any occurrence of proposal_created",
        "severity": "high", "route": "pager", "runbook": f"./{BOOK}#Created"}  # fmt: skip
ALERT = {"rule": "created", "signature": LANDED.signature, "receipt": "1",
         "raised_at": "2026-01-01T00:00:00Z", "received_at": "2026-01-01T00:00:05Z"}  # fmt: skip
DRILL = {"rule": "created", "rule_file_sha256": "ab" * 32, "cluster": "mainnet-beta",
         "signature": LANDED.signature, "fired_at": "2026-01-01T00:00:00Z",
         "received_at": "2026-01-01T00:00:05+01:00", "receipt": "2",
         "date": "2026-01-01"}  # fmt: skip


def listed(part: str, file: str, row: dict[str, str], **more: Any) -> Surface:
    fields = {name: f"/{name}" for name in row}
    return Surface(part=part, file=file, format="json", rows="/rows", fields=fields, **more)


SURFACES = (
    listed("alert-rules", RULES, RULE),
    listed("alert-log", LOG, ALERT),
    listed("alert-drill", DRILLS, DRILL),
)


def text(*rows: dict[str, str]) -> bytes:
    return json.dumps({"rows": list(rows)}).encode()


FILES = {
    RULES: text(RULE),
    LOG: text(ALERT),
    DRILLS: text(DRILL),
    BOOK: b"---\ndate: 2026-01-01\n---\n# Alerts\n\n## Created\n\nThe alert `created` came.\n",
}


def read(
    files: dict[str, bytes], surfaces: tuple[Surface, ...] = SURFACES
) -> tuple[RuleFacts, Node]:
    node = Node({None: GOOD}, files=files, transactions=(LANDED,))
    target = GOOD.target().model_copy(update={"surfaces": surfaces})
    return asyncio.run(collect_rules(Sources(target, node, ("first",)))), node


def test_everything_is_read() -> None:
    facts, _node = read(FILES)
    file = facts.files[RULES]
    assert isinstance(file, Found)
    assert file.value.sha256 == hashlib.sha256(FILES[RULES]).hexdigest()
    (rule,) = file.value.rules
    assert (rule.id, rule.signal) == ("created", "MA-01")
    book = facts.runbooks[BOOK]
    assert isinstance(book, Found)
    assert book.value.date == "2026-01-01"
    assert book.value.sections["created"] == "the alert created came"
    (log,) = facts.logs
    assert isinstance(log.alerts, Found)
    (alert,) = log.alerts.value
    assert (alert.received_at, alert.raised_at, alert.fault) == (1_767_225_605, 1_767_225_600, "")
    assert isinstance(log.changed, Unknown), "this node knows no git"


def test_a_drill_on_the_audited_cluster_is_looked_up() -> None:
    name = GOOD.target().cluster.name
    facts, node = read({**FILES, DRILLS: text({**DRILL, "cluster": name})})
    drills = facts.drills[0].drills
    assert isinstance(drills, Found)
    (drill,) = drills.value
    assert isinstance(drill.landed, Found)
    assert drill.landed.value == 5
    assert drill.received_at == 1_767_222_005
    assert drill.landed.at.evidence[0] in drills.at.evidence
    other, node = read({**FILES, DRILLS: text({**DRILL, "cluster": "devnet"})})
    drills = other.drills[0].drills
    assert isinstance(drills, Found)
    assert isinstance(drills.value[0].landed, Unknown)
    assert "getTransaction" not in [method for method, _probe in node.methods()]


def test_files_of_another_cluster_and_archived_ones_are_left_out() -> None:
    elsewhere = listed("alert-rules", RULES, RULE, cluster="testnet")
    archived = listed("alert-rules", "old.json", RULE, state="archived")
    facts, _node = read(FILES, (elsewhere, archived))
    assert facts.files == {}


def test_files_that_are_not_there_are_absent_and_bad_ones_unknown() -> None:
    facts, _node = read({})
    assert isinstance(facts.files[RULES], ProvenAbsent)
    assert isinstance(facts.logs[0].alerts, ProvenAbsent)
    assert facts.runbooks == {}
    facts, _node = read({RULES: b"{", LOG: b'{"rows": {}}', DRILLS: b"\xff"})
    for read_of in (facts.files[RULES], facts.logs[0].alerts, facts.drills[0].drills):
        assert isinstance(read_of, Unknown)


BAD_ROWS = {
    "no rule": {"rule": ""},
    "a time without a zone": {"received_at": "2026-01-01T00:00:00"},
    "a time that is none": {"raised_at": "soon"},
    "a signature that is none": {"signature": "x"},
    "received before it was raised": {"received_at": "2025-12-31T23:59:59Z"},
}


@pytest.mark.parametrize("name", BAD_ROWS)
def test_a_malformed_row_of_a_log_shows_nothing(name: str) -> None:
    facts, _node = read({**FILES, LOG: text({**ALERT, **BAD_ROWS[name]})})
    alerts = facts.logs[0].alerts
    assert isinstance(alerts, Found)
    assert alerts.value[0].fault


@pytest.mark.parametrize("word", ["TBD", "n/a", "none", " - ", "<todo>"])
def test_a_word_that_stands_for_nothing_is_no_receipt(word: str) -> None:
    files = {LOG: text({**ALERT, "receipt": word}), DRILLS: text({**DRILL, "receipt": word})}
    facts, _node = read({**FILES, **files})
    alerts, drills = facts.logs[0].alerts, facts.drills[0].drills
    assert isinstance(alerts, Found) and isinstance(drills, Found)
    assert (alerts.value[0].receipt, drills.value[0].receipt) == ("", "")


def test_a_file_that_is_not_as_it_was_committed_is_dated_by_nobody() -> None:
    node = Checkout(files=FILES, dirty=frozenset({LOG, BOOK}), uncommitted=frozenset({DRILLS}))
    target = GOOD.target().model_copy(update={"surfaces": SURFACES})
    facts = asyncio.run(collect_rules(Sources(target, node, ("first",))))
    log, drills, book = facts.logs[0], facts.drills[0], facts.runbooks[BOOK]
    assert isinstance(log.changed, Unknown) and "differs" in log.changed.reason
    assert isinstance(drills.changed, ProvenAbsent)
    assert isinstance(book, Found) and isinstance(book.value.changed, Unknown)


BAD_DRILLS = {
    "no hash": {"rule_file_sha256": "AB" * 32},
    "no cluster": {"cluster": "somewhere"},
    "a time that is none": {"fired_at": "yesterday"},
}


@pytest.mark.parametrize("name", BAD_DRILLS)
def test_a_malformed_drill_shows_nothing(name: str) -> None:
    facts, _node = read({**FILES, DRILLS: text({**DRILL, **BAD_DRILLS[name]})})
    drills = facts.drills[0].drills
    assert isinstance(drills, Found)
    assert drills.value[0].fault


def test_prometheus_rules_and_routes_have_forms_of_their_own() -> None:
    surfaces = (
        Surface(part="prometheus-rules", file="p.yml", format="prometheus-rules"),
        Surface(part="alertmanager-routes", file="a.yml", format="alertmanager-routes"),
    )
    files = {
        "p.yml": b"groups: [{name: a, rules: [{alert: A, expr: up == 0}]}]",
        "a.yml": b"route: {receiver: a}\nreceivers: [{name: a, webhook_configs: [{url: b}]}]",
    }
    facts, _node = read(files, surfaces)
    rules, routes = facts.files["p.yml"], facts.routes["a.yml"]
    assert isinstance(rules, Found)
    assert isinstance(routes, Found)
    assert routes.value.route_of(rules.value.rules[0].labels) == ("a", "")
    facts, _node = read({"p.yml": b"a: 1", "a.yml": b""}, surfaces)
    assert isinstance(facts.files["p.yml"], Unknown)
    assert isinstance(facts.routes["a.yml"], Unknown)


@pytest.mark.parametrize("part", ["prometheus-rules", "alertmanager-routes"])
def test_a_part_with_a_form_of_its_own_takes_no_other(part: str) -> None:
    with pytest.raises(ValueError, match="not of format"):
        Surface(part=part, file="a.yml", format="rust")
    with pytest.raises(ValueError, match="not of format"):
        Surface(part="idl", file="a.yml", format=part, program="x")  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "named", ["", "/etc/passwd", "../x.md", "a/../../x.md", "a\\b", "a\0b", "x" * 1_001,
              "https://x.invalid/a.md"],
)  # fmt: skip
def test_a_runbook_lies_inside_the_checkout(named: str) -> None:
    with pytest.raises(ValueError, match=r"inside the checkout|web address|too long"):
        runbook_path(named)


def test_what_a_reader_of_a_runbook_never_sees_says_nothing() -> None:
    hidden = b"---\ndate: 2026-01-01\nalert: created\n---\n# A\n<!-- created\n-->\nnothing\n"
    read_of = runbook(hidden, Unknown("no git"))
    assert "created" not in read_of.sections[""]
    assert read_of.sections["a"] == "nothing"
    with pytest.raises(BadDocument):
        runbook(b"\xff", Unknown("no git"))
    with pytest.raises(BadDocument):
        runbook(b"x" * (512 * 1024 + 1), Unknown("no git"))


def test_names_are_compared_as_words() -> None:
    assert words("FailedFinalize") == words("failed-finalize") == words("Failed  finalize!")
