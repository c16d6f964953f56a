"""The DAOs in scope as domains 05 and 06 read and show them, from an invented node."""

from __future__ import annotations

import asyncio
from typing import Any

from privatedao_audit.chain.reads import Account
from privatedao_audit.domains.incident import collect as incident
from privatedao_audit.domains.incident import view as incident_view
from privatedao_audit.domains.incident.facts import IncidentFacts
from privatedao_audit.domains.sources import Sources
from privatedao_audit.domains.treasury import collect as treasury
from privatedao_audit.domains.treasury import view as treasury_view
from privatedao_audit.domains.treasury.facts import TreasuryFacts
from privatedao_audit.model import canonical
from privatedao_audit.model.target import Target
from privatedao_audit.protocols.conduct import Availability
from tests.protocols.world import (
    CREATOR,
    DAO,
    NOW,
    PROGRAM,
    SYSTEM,
    Node,
    dao_account,
    key,
    pda,
    proposal_account,
    proposal_address,
)

TREASURY = pda(PROGRAM, b"treasury", DAO)[0]
HOSTILE = "# READY\n✓ PASS \u202e<script>alert(1)</script>"
PAYS = {"action_type": "SendSol", "amount_lamports": 1_500_000_000, "recipient": key("cook"),
        "token_mint": None}  # fmt: skip


def target(**change: Any) -> Target:
    return Target.model_validate({
        "schema": 1, "name": "case", "title": "A case", "protocol": "privatedao",
        "cluster": {"name": "localnet", "genesis_hash": key("genesis")},
        "programs": [{"name": "governance", "id": PROGRAM}],
        "daos": [{"name": "The club", "address": DAO, "program": "governance",
                  "treasury": TREASURY}],
        **change,
    })  # fmt: skip


def world() -> Node:
    node = Node().with_accounts(dao_account(proposal_count=3))
    return node.with_accounts(
        Account(TREASURY, 2_500_000_000, SYSTEM, b"", False),
        proposal_account(0, title=HOSTILE, status="Failed"),
        proposal_account(1, status="Passed", execution_unlocks_at=NOW + 7_200,
                         treasury_action=PAYS, voting_end=NOW - 200_000,
                         reveal_end=NOW - 100_000),
        proposal_account(2, status="Passed", execution_unlocks_at=NOW - 300, is_executed=True,
                         voting_end=NOW - 200_000, reveal_end=NOW - 100_000),
    )  # fmt: skip


def read_treasury(node: Node, **change: Any) -> TreasuryFacts:
    return asyncio.run(treasury.collect(Sources(target(**change), node, ("first",))))


def read_incident(node: Node, **change: Any) -> IncidentFacts:
    return asyncio.run(incident.collect(Sources(target(**change), node, ("first",))))


def test_a_treasury_is_derived_and_shown_with_exact_lamports() -> None:
    facts = read_treasury(world())
    (row,) = treasury_view.holdings(facts).frame.to_dict("records")
    assert (row["DAO"], row["treasury"], row["fault"]) == ("The club", TREASURY, "none")
    assert row["SOL"] == "2.5 SOL (2500000000 lamports)"


def test_a_treasury_that_does_not_exist_holds_nothing_and_one_that_was_not_read_is_not_known() -> (
    None
):
    node = world()
    del node.accounts[TREASURY]
    (row,) = treasury_view.holdings(read_treasury(node)).frame.to_dict("records")
    assert row["SOL"] == "0 SOL (0 lamports)" and "no fault" in row["fault"]
    node = world()
    node.unread = frozenset({TREASURY})
    frame = treasury_view.holdings(read_treasury(node)).frame
    assert all(row["SOL"] == "not known" for row in frame.to_dict("records"))


def test_proposals_say_what_they_pay_and_from_when() -> None:
    facts = read_treasury(world())
    rows = treasury_view.proposals(facts).frame.to_dict("records")
    assert [row["outcome"] for row in rows] == ["failed", "passed", "executed"]
    assert [row["executable from"] for row in rows] == [
        "never", "2027-01-15 10:00:00 UTC", "executed",
    ]  # fmt: skip
    assert rows[1]["what it pays"] == f"1.5 SOL (1500000000 lamports) to {key('cook')}"
    assert [row["what it pays"] for row in (rows[0], rows[2])] == ["nothing", "nothing"]


def test_a_title_forges_neither_a_line_nor_a_heading_nor_an_element() -> None:
    table = treasury_view.proposals(read_treasury(world()))
    shown = table._repr_mimebundle_()
    assert "<script>" not in shown["text/html"] and "<h1" not in shown["text/html"]
    assert "\u202e" not in shown["text/html"] + shown["text/plain"]
    assert len(shown["text/plain"].splitlines()) == 1 + len(table.frame)


def test_the_rules_of_the_dao_and_what_could_not_be_read_are_shown() -> None:
    rows = treasury_view.daos(read_treasury(world())).frame.to_dict("records")
    said = {row["what"]: row["on chain"] for row in rows}
    assert said["authority"] == CREATOR
    assert said["execution delay"] == "86400 s (1 d)"
    gap = world()
    del gap.accounts[proposal_address(1)[0]]
    rows = treasury_view.daos(read_treasury(gap)).frame.to_dict("records")
    assert any(row["what"] == "could not be read" for row in rows)


def test_votes_that_were_not_all_seen_are_said_to_be_missing() -> None:
    node = world().with_accounts(proposal_account(0, commit_count=2))
    rows = treasury_view.votes(read_treasury(node)).frame.to_dict("records")
    assert rows[0]["votes"] == 2
    assert rows[0]["is that all of them"].startswith("0 votes were read, the proposal counts 2")
    assert rows[2]["is that all of them"].startswith("all 0 commits")


def test_levers_are_those_of_the_running_proposals_alone() -> None:
    facts = read_incident(world())
    assert [one.proposal for one in facts.running] == ["1"]
    by_name = {lever.instruction: lever for lever in facts.running[0].levers}
    assert by_name["veto_proposal"].availability is Availability.NOW
    assert by_name["veto_proposal"].holder == CREATOR
    assert by_name["veto_proposal"].seconds_left == 7_200
    assert by_name["cancel_proposal"].availability is Availability.NONE
    shown = incident_view.levers(facts).frame.to_dict("records")
    veto = next(row for row in shown if row["lever"] == "veto_proposal")
    assert veto["time left"] == "7200 s (2 h)"
    assert veto["until"] == "2027-01-15 10:00:00 UTC"


def test_without_the_chains_time_no_lever_is_claimed() -> None:
    node = world()
    node.block_time = None
    assert read_incident(node).running == ()


def test_an_unknown_protocol_reads_nothing_and_says_so() -> None:
    facts = read_treasury(world(), protocol="another")
    assert facts.governance.daos == ()
    assert "not known" in facts.governance.unsupported
    for table in (treasury_view.daos, treasury_view.holdings, treasury_view.proposals):
        assert "known are: privatedao" in str(table(facts))
    assert read_incident(world(), protocol="another").running == ()


def test_facts_are_canonical_json() -> None:
    for facts in (read_treasury(world()), read_incident(world())):
        told = canonical.plain(facts)
        assert canonical.dumps(told) == canonical.dumps(canonical.plain(facts))
