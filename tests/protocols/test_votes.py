"""Voters out of a proposal's history, and when it is proven that all were found."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import Any

from privatedao_audit.chain.reads import ChainReads
from privatedao_audit.model.reads import Found, ProvenAbsent, Unknown
from privatedao_audit.protocols.base import CollectLimits, ProposalReads, VotesRead
from privatedao_audit.protocols.privatedao.protocol import PROTOCOL
from tests.protocols import encoding
from tests.protocols.world import (
    DAO,
    PROGRAM,
    Call,
    Node,
    dao_account,
    delegation_account,
    key,
    pda,
    proposal_account,
    proposal_address,
    stored,
    told,
    vote_account,
)

PROPOSAL = proposal_address(0)[0]


def commit(voter: str, slot: int, **given: Any) -> Call:
    return Call("commit_vote", (voter,), {"voter": key(voter)}, slot=slot, logs=told(), **given)


ANN, BOB = commit("ann", 10), commit("bob", 11)
LENT = Call("delegate_vote", ("cat",), {"delegator": key("cat")},
            {"delegatee": key("dan")}, slot=12, logs=told())  # fmt: skip
BORROWED = Call("commit_delegated_vote", ("dan",), {"delegatee": key("dan")}, slot=13,
                logs=told())  # fmt: skip


def world(calls: tuple[Call, ...], commits: int, *voters: str, **given: Any) -> Node:
    node = Node(calls=calls, **given).with_accounts(
        dao_account(proposal_count=1), proposal_account(0, commit_count=commits)
    )
    return node.with_accounts(*(vote_account(key(voter)) for voter in voters))


def proposal(node: Node, limits: CollectLimits | None = None) -> ProposalReads:
    found = asyncio.run(PROTOCOL.collect_dao(ChainReads(node), DAO, PROGRAM, limits))
    return found.proposals[0]


def votes(node: Node, limits: CollectLimits | None = None) -> VotesRead:
    read = proposal(node, limits).votes
    assert isinstance(read, Found), read
    return read.value


def voters(found: VotesRead) -> set[str]:
    return {read.value.voter for read in found.votes.values() if isinstance(read, Found)}


def test_all_voters_are_found_and_counted() -> None:
    found = votes(world((ANN, BOB), 2, "ann", "bob"))
    assert voters(found) == {key("ann"), key("bob")}
    assert (found.complete, found.delegations_complete) == (True, True)
    assert found.why == "all 2 commits that the proposal counts were read"


def test_delegations_and_the_votes_cast_with_them() -> None:
    node = world((LENT, BORROWED), 1, "dan")
    node.with_accounts(delegation_account(key("cat"), key("dan")))
    found = votes(node)
    assert voters(found) == {key("dan")}
    (lent,) = found.delegations.values()
    assert isinstance(lent, Found)
    assert (lent.value.delegator, lent.value.delegatee) == (key("cat"), key("dan"))


def test_a_proposal_without_votes_is_complete() -> None:
    found = votes(world((), 0))
    assert (found.votes, found.complete) == ({}, True)


def test_the_count_proves_votes_even_where_the_history_may_be_cut() -> None:
    found = votes(world((ANN, BOB), 2, "ann", "bob", first_available=5))
    assert (found.complete, found.delegations_complete) == (True, False)


def test_a_cut_history_leaves_votes_incomplete_with_the_reason() -> None:
    found = votes(world((ANN, BOB), 2, "ann", "bob", first_available=5, cut=1))
    assert voters(found) == {key("bob")}
    assert not found.complete
    assert found.why.startswith("1 votes were read, the proposal counts 2 commits; ")
    assert "older history may be cut" in found.why


def test_a_transaction_that_no_provider_has_is_told() -> None:
    found = votes(world((ANN, BOB), 2, "ann", "bob", pruned=frozenset({ANN.signature})))
    assert (voters(found), found.complete) == ({key("bob")}, False)
    assert found.delegations_complete is False
    assert f"transaction {ANN.signature}: " in found.why


def test_lost_inner_instructions_may_hide_delegations() -> None:
    found = votes(world((replace(ANN, inner=False),), 1, "ann"))
    assert (found.complete, found.delegations_complete) == (True, False)


def test_failed_commits_are_not_asked_for() -> None:
    failed = commit("eve", 12, err={"InstructionError": [0, {"Custom": 6017}]})
    node = world((ANN, failed), 1, "ann")
    found = votes(node)
    assert (voters(found), found.complete) == ({key("ann")}, True)
    asked = [q.params for q in node.asked if q.method == "getTransaction"]
    assert len(asked) == 1


def test_a_commit_without_its_record_is_proven_absent_and_not_complete() -> None:
    found = votes(world((ANN, BOB), 2, "ann"))
    assert {type(read) for read in found.votes.values()} == {Found, ProvenAbsent}
    assert not found.complete


def test_more_votes_than_the_proposal_counts_is_not_complete() -> None:
    found = votes(world((ANN, BOB), 1, "ann", "bob"))
    assert not found.complete
    assert "2 votes were read, the proposal counts 1 commits" in found.why


def test_a_record_that_is_not_to_be_believed_is_unknown_and_does_not_count() -> None:
    node = world((ANN,), 1)
    good = vote_account(key("ann"))
    node.with_accounts(replace(good, owner=key("program")))
    found = votes(node)
    (read,) = found.votes.values()
    assert isinstance(read, Unknown)
    assert not found.complete


def test_commits_of_another_proposal_do_not_count() -> None:
    other = Call(
        "commit_vote", ("ann",), {"voter": key("ann"), "proposal": proposal_address(1)[0]},
        slot=10, extra=(PROPOSAL,), logs=told(),
    )  # fmt: skip
    found = votes(world((other,), 0, "ann"))
    assert (found.votes, found.complete) == ({}, True)


def test_a_history_that_can_not_be_read_is_unknown() -> None:
    read = proposal(world((ANN,), 1, "ann", no_history=frozenset({PROPOSAL}))).votes
    assert isinstance(read, Unknown)
    assert "429" in read.reason


def test_more_transactions_than_the_limit_are_unknown_and_not_asked_for() -> None:
    node = world((ANN, BOB), 2, "ann", "bob")
    read = proposal(node, CollectLimits(transactions=1)).votes
    assert isinstance(read, Unknown)
    assert "beyond the limit of 1" in read.reason
    assert not [q for q in node.asked if q.method == "getTransaction"]


def test_votes_of_a_proposal_that_could_not_be_read_are_unknown() -> None:
    node = world((ANN,), 1, "ann")
    node.with_accounts(replace(proposal_account(0), owner=key("program")))
    read = proposal(node).votes
    assert isinstance(read, Unknown)
    assert "the proposal could not be read" in read.reason


def test_commits_added_while_reading_are_told() -> None:
    many = tuple(commit(f"voter {n}", 10 + n) for n in range(120))
    names = [f"voter {n}" for n in range(120)]
    node = world(many, 120, *names)
    whole = votes(node)
    assert (len(whole.votes), whole.complete) == (120, True)
    assert node.sizes()[-2:] == [100, 22]
    moved = world(many, 120, *names)
    moved.later = (4, {PROPOSAL: proposal_account(0, commit_count=121)})
    found = votes(moved)
    assert (found.complete, found.why) == (
        False, "commits were added while the votes were being read",
    )  # fmt: skip


def test_settlement_accounts_are_found_through_the_instruction_that_made_them() -> None:
    plan = pda(PROGRAM, b"payout-plan", PROPOSAL)[0]
    address, bump = pda(PROGRAM, b"settlement-evidence", PROPOSAL, plan, b"\3" * 32)
    recorded = Call(
        "record_settlement_evidence_v2", ("rec",),
        {"recorder": key("rec"), "settlement_evidence": address,
         "confidential_payout_plan": plan},
        {"settlement_id": b"\3" * 32}, slot=20, logs=told(),
    )  # fmt: skip
    values = encoding.fields(
        "SettlementEvidence", dao=DAO, proposal=PROPOSAL, payout_plan=plan, bump=bump,
        settlement_id=b"\3" * 32, status="Verified",
    )  # fmt: skip
    node = world((recorded,), 0).with_accounts(stored(address, "SettlementEvidence", values))
    kept = proposal(node).records[f"SettlementEvidence {address}"]
    assert isinstance(kept, Found)
    assert kept.value.raw["status"] == "Verified"
