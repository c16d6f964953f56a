"""The treasury's facts from an invented node, and what the notebook shows of them."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import Any

from privatedao_audit.domains.monitoring import collect as monitoring
from privatedao_audit.domains.monitoring import view as monitoring_view
from privatedao_audit.domains.monitoring.cases import GOOD as WATCHED
from privatedao_audit.domains.monitoring.checks import ma_12
from privatedao_audit.domains.monitoring.facts import MonitoringFacts
from privatedao_audit.domains.sources import Sources
from privatedao_audit.domains.treasury import cases, cases_rules, history_view
from privatedao_audit.domains.treasury import invented as w
from privatedao_audit.domains.treasury.checks import CHECKS
from privatedao_audit.domains.treasury.collect import collect
from privatedao_audit.domains.treasury.facts import TreasuryFacts
from privatedao_audit.model import canonical
from privatedao_audit.model.limits import Limits
from privatedao_audit.model.reads import Found, Unknown
from privatedao_audit.model.status import Status
from privatedao_audit.view.plots import Plot
from privatedao_audit.view.table import Table
from tests.domains.test_governance import TREASURY, target, world
from tests.protocols.world import DAO, PROGRAM, key

TABLES = (
    history_view.ledger, history_view.payments, history_view.claims, history_view.decisions,
    history_view.windows,
)  # fmt: skip


def read(**change: Any) -> TreasuryFacts:
    return asyncio.run(collect(Sources(target(**change), world(), ("first",))))


def watched(**change: Any) -> MonitoringFacts:
    return asyncio.run(monitoring.collect(Sources(target(**change), world(), ("first",))))


def test_each_dao_has_its_history() -> None:
    facts = read()
    history = facts.histories[DAO]
    assert (history.treasury, history.program) == (TREASURY, PROGRAM)
    assert {one.role for one in history.histories.values()} >= {"dao", "proposal", "treasury"}
    assert canonical.dumps(canonical.plain(facts)) == canonical.dumps(canonical.plain(read()))


def test_a_dao_without_any_transaction_is_not_known_to_be_whole() -> None:
    facts = read()
    assert {name: check(facts, Limits()).status for name, check in CHECKS.items()} == {
        "TR-01": Status.UNKNOWN, "TR-02": Status.FAIL, "TR-03": Status.UNKNOWN,
        "TR-04": Status.UNKNOWN, "TR-05": Status.UNKNOWN, "TR-06": Status.UNKNOWN,
        "TR-07": Status.PASS, "TR-08": Status.FAIL, "TR-09": Status.UNKNOWN,
    }  # fmt: skip
    assert ma_12(watched(), Limits()).status is Status.UNKNOWN


def test_the_multisigs_and_programs_of_the_target_are_followed() -> None:
    named = {"name": "custody", "kind": "squads-v4", "address": key("a multisig")}
    old = {"name": "old", "kind": "squads-v3", "address": key("an old multisig")}
    facts = watched(multisigs=[named, {**named, "name": "again", "vault_index": 1}, old])
    assert list(facts.multisigs) == [key("a multisig")]
    assert not isinstance(facts.multisigs[key("a multisig")], (Found, Unknown))
    assert facts.uncounted == {key("an old multisig"): "squads-v3"}
    (data,) = facts.program_data
    assert facts.histories[DAO].histories[data].role == "program data"
    said = {part.label: part.status for part in ma_12(facts, Limits()).parts}
    assert said[f"multisig {key('a multisig')}"] is Status.UNKNOWN


def test_an_unknown_protocol_reads_no_history() -> None:
    facts = read(protocol="another")
    assert facts.histories == {}
    assert watched(protocol="another").histories == {}
    for table in TABLES:
        assert "known are: privatedao" in str(table(facts))


def test_the_ledger_names_each_movement_and_its_proposal() -> None:
    rows = history_view.ledger(cases.GOOD).frame.to_dict("records")
    assert [row["what it was"] for row in rows] == [
        "deposit", "direct transfer", "payment of proposal 0", "payment of proposal 1",
    ]  # fmt: skip
    assert rows[2]["change"] == "-2 SOL (-2000000000 lamports)"
    drained = history_view.ledger(w.facts(history=cases._drained())).frame.to_dict("records")
    assert drained[-1]["what it was"] == "unexplained"
    assert drained[-1]["what is wrong"].endswith("outside any execution of a proposal")


def test_the_plot_states_whether_all_is_explained() -> None:
    good = history_view.balance(cases.GOOD)
    assert isinstance(good, Plot)
    assert "Every debit of SOL is a payment that was voted" in str(good.figure)
    bad = history_view.balance(w.facts(history=cases._stolen_sol()))
    assert isinstance(bad, Plot)
    assert "1 debit of SOL has no explanation" in str(bad.figure)
    empty = history_view.balance(w.facts(history=replace(w.HISTORY, histories={})))
    assert isinstance(empty, Table)


def test_payments_claims_windows_and_decisions_are_shown() -> None:
    paid = history_view.payments(cases.GOOD).frame.to_dict("records")
    assert [row["no."] for row in paid] == ["0", "1"]
    assert paid[0]["voted"] == paid[0]["paid"] == f"2 SOL (2000000000 lamports) to {w.COOK}"
    wrong = history_view.payments(w.facts(history=cases._paying(receiver=w.STRANGER)))
    assert w.STRANGER in wrong.frame["what is wrong"][0]
    (claim,) = history_view.claims(cases.GOOD).frame.to_dict("records")
    assert claim["what it can draw"].startswith("1 SOL")
    windows = history_view.windows(cases.GOOD).frame.to_dict("records")
    assert {row["to vote"] for row in windows} == {"86400 s (1 d)"}
    used = history_view.decisions(w.facts(history=cases_rules._finalized("finalize_proposal")))
    assert list(used.frame["does not read"]) == ["dao-governance-policy-v3", "none", "none"]


def test_a_policy_that_asks_for_nothing_is_not_said_to_be_ignored() -> None:
    free = history_view.decisions(w.facts(cases_rules._policy("dao-security-policy",
                                                        zk_policy="LegacyAllowed")))  # fmt: skip
    assert set(free.frame["does not read"]) == {"none"}
    strict = history_view.decisions(w.facts(cases_rules._policy("dao-security-policy",
                                                          zk_policy="StrictRequired")))  # fmt: skip
    assert set(strict.frame["does not read"]) == {"dao-security-policy"}


def test_histories_say_what_does_not_chain_and_failures_why() -> None:
    rows = monitoring_view.histories(WATCHED).frame.to_dict("records")
    assert {row["what does not chain"] for row in rows} == {"nothing"}
    assert {row["what"] for row in rows} == {
        "dao", "proposal", "treasury", "token account", "multisig", "program data",
    }  # fmt: skip
    cut = next(c.facts for c in cases.CASES if c.name == "a transaction in the middle is missing")
    told = monitoring_view.histories(replace(WATCHED, histories=cut.histories))
    assert any("begins with" in text for text in told.frame["what does not chain"])
    assert "No failed transaction" in str(monitoring_view.failures(WATCHED))
