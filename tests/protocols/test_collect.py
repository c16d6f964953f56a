"""A DAO read from an invented node: what is found, what is missing, and what is told of it."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import Any

import pytest

from privatedao_audit.chain.reads import Account, ChainReads
from privatedao_audit.model.reads import Found, ProvenAbsent, Unknown
from privatedao_audit.protocols.base import CollectLimits, DaoReads, ProposalReads
from privatedao_audit.protocols.privatedao.collect import PER_SLICE, treasury_of
from privatedao_audit.protocols.privatedao.protocol import PROTOCOL
from tests.protocols.world import (
    CREATOR,
    DAO,
    NOW,
    PROGRAM,
    SYSTEM,
    Node,
    dao_account,
    key,
    of_dao,
    of_proposal,
    pda,
    proposal_account,
    proposal_address,
)

TREASURY = pda(PROGRAM, b"treasury", DAO)[0]
PLAN = pda(PROGRAM, b"payout-plan", proposal_address(0)[0])[0]
NO_VOTES = CollectLimits(transactions=0)


def collect(node: Node, limits: CollectLimits | None = NO_VOTES) -> DaoReads:
    return asyncio.run(PROTOCOL.collect_dao(ChainReads(node), DAO, PROGRAM, limits))


def world(count: int = 1, **given: Any) -> Node:
    node = Node().with_accounts(dao_account(proposal_count=count, **given))
    return node.with_accounts(*(proposal_account(number) for number in range(count)))


def test_a_whole_dao_in_two_reads() -> None:
    node = world(2).with_accounts(
        Account(TREASURY, 5_000_000, SYSTEM, b"", False),
        of_dao("dao-security-policy", "DaoSecurityPolicy", authority=CREATOR),
        of_dao("treasury-operator-authority", "TreasuryOperatorAuthority",
               authority=key("operator")),
        of_dao("reveal-rebate-vault-v3", "RevealRebateVaultV3State"),
        of_proposal("payout-plan", "ConfidentialPayoutPlan", 1, total_amount=4),
        of_proposal("zk-policy", "ProposalZkPolicy", 1, mode="ZkEnforced"),
        of_proposal("refhe-envelope", "RefheEnvelope", 1),
    )  # fmt: skip
    found = collect(node)
    assert (found.complete, found.gaps) == (True, ())
    assert node.sizes() == [7, 7 + 2 * 15]
    assert isinstance(found.dao, Found)
    assert found.dao.value.proposal_count == 2
    assert found.dao.at.slot == 1_000
    assert (found.now.value, len(found.proposals)) == (NOW, 2)  # type: ignore[union-attr]
    assert [one.id for one in found.proposals] == ["0", "1"]
    (treasury,) = found.treasuries
    assert treasury.account.value.lamports == 5_000_000  # type: ignore[union-attr]
    assert treasury.treasury.address == TREASURY
    assert treasury.treasury.seeds == ('"treasury"', f"dao {DAO}")
    assert PROTOCOL.treasuries(found) == (treasury.treasury,)
    assert found.roles["authority"].value == CREATOR  # type: ignore[union-attr]
    assert found.roles["operator authority"].value == key("operator")  # type: ignore[union-attr]
    assert isinstance(found.policies["dao-security-policy"], Found)
    assert isinstance(found.policies["dao-governance-policy-v3"], ProvenAbsent)
    assert isinstance(found.records["reveal-rebate-vault-v3"], Found)
    first, second = found.proposals
    assert isinstance(first.payout, ProvenAbsent)
    assert second.payout.value.amount == 4  # type: ignore[union-attr]
    assert second.policies["zk-policy"].value.settings["mode"] == (  # type: ignore[union-attr]
        "ZkEnforced"
    )
    assert isinstance(second.records["refhe-envelope"], Found)
    assert isinstance(first.records["zk-verify tally"], ProvenAbsent)


def test_every_fact_carries_evidence() -> None:
    found = collect(world(1))
    reads = [found.dao, found.now, *found.policies.values(), *found.roles.values(),
             found.proposals[0].proposal, found.proposals[0].payout]  # fmt: skip
    assert all(read.at.evidence for read in reads)
    # The DAO and its proposals come from one answer.
    assert found.dao.at == found.proposals[0].proposal.at


def test_a_dao_without_proposals_needs_one_read() -> None:
    node = world(0)
    found = collect(node)
    assert (found.complete, found.proposals, node.sizes()) == (True, (), [7])


def test_an_absent_dao_is_proven_absent_and_told() -> None:
    found = collect(Node())
    assert isinstance(found.dao, ProvenAbsent)
    assert (found.complete, found.gaps) == (False, ("the DAO account does not exist",))
    assert isinstance(found.roles["authority"], ProvenAbsent)


GOOD = dao_account(proposal_count=1)
BAD_DAOS = {
    "another owner": (replace(GOOD, owner=key("program")), "not by the program"),
    "a system account": (replace(GOOD, owner=SYSTEM, data=b""), "not by the program"),
    "truncated": (replace(GOOD, data=GOOD.data[:-1]), "209 bytes long"),
    "cut in the content": (replace(GOOD, data=GOOD.data[:60]), "does not decode"),
    "another layout": (replace(GOOD, data=GOOD.data + b"\0" * 8), "another version"),
    "another kind": (replace(GOOD, data=proposal_account().data), "begins with"),
}


@pytest.mark.parametrize("case", BAD_DAOS)
def test_a_dao_that_is_not_to_be_believed_is_unknown(case: str) -> None:
    account, why = BAD_DAOS[case]
    found = collect(Node().with_accounts(account, proposal_account(0)))
    assert isinstance(found.dao, Unknown)
    assert why in found.dao.reason
    assert isinstance(found.roles["authority"], Unknown)
    assert (found.proposals, found.complete) == ((), False)
    assert any(why in gap for gap in found.gaps)


def test_a_provider_error_is_unknown_everywhere() -> None:
    found = collect(replace(world(1), unread=frozenset({DAO})))
    assert isinstance(found.dao, Unknown)
    assert isinstance(found.treasuries[0].account, Unknown)
    assert isinstance(found.policies["dao-security-policy"], Unknown)
    assert isinstance(found.now, Unknown)
    assert any("503" in gap for gap in found.gaps)


def test_proposals_that_can_not_be_read_are_unknown_and_the_dao_stands() -> None:
    found = collect(replace(world(2), unread=frozenset({proposal_address(1)[0]})))
    assert isinstance(found.dao, Found)
    assert isinstance(found.treasuries[0].account, ProvenAbsent)
    assert [type(one.proposal) for one in found.proposals] == [Unknown, Unknown]
    assert not found.complete


def test_a_gap_between_proposals_is_proven_absent_and_told() -> None:
    node = world(3)
    del node.accounts[proposal_address(1)[0]]
    found = collect(node)
    kinds = [type(one.proposal) for one in found.proposals]
    assert kinds == [Found, ProvenAbsent, Found]
    assert found.gaps == ("the DAO counts proposals that do not exist: 1",)


def test_lamports_alone_at_a_proposals_address_are_no_proposal() -> None:
    node = world(1)
    node.with_accounts(Account(proposal_address(0)[0], 890_880, SYSTEM, b"", False))
    found = collect(node)
    assert isinstance(found.proposals[0].proposal, ProvenAbsent)
    assert not found.complete


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"data": proposal_account(7).data}, "leads to the address"),
        ({"data": proposal_account(0).data[:-9]}, "1381 bytes long"),
        ({"owner": key("program")}, "not by the program"),
    ],
)
def test_a_proposal_that_is_not_to_be_believed_is_unknown(
    change: dict[str, Any], why: str
) -> None:
    node = world(2).with_accounts(replace(proposal_account(0), **change))
    first, second = collect(node).proposals
    assert isinstance(first.proposal, Unknown)
    assert why in first.proposal.reason
    assert isinstance(second.proposal, Found)


def test_policies_with_lamports_alone_are_absent_so_nobody_can_blind_an_audit() -> None:
    policy = of_dao("dao-security-policy", "DaoSecurityPolicy")
    sent = Account(policy.address, 890_880, SYSTEM, b"", False)
    found = collect(world(1).with_accounts(sent))
    assert isinstance(found.policies["dao-security-policy"], ProvenAbsent)
    assert found.complete


def test_lamports_at_the_payout_plans_address_are_not_nothing() -> None:
    found = collect(world(1).with_accounts(Account(PLAN, 890_880, SYSTEM, b"", False)))
    payout = found.proposals[0].payout
    assert isinstance(payout, Unknown)
    assert "890880 lamports lie at the address" in payout.reason
    assert not found.complete


def test_a_record_that_names_another_dao_is_unknown() -> None:
    plan = of_proposal("payout-plan", "ConfidentialPayoutPlan", dao=key("other dao"))
    payout = collect(world(1).with_accounts(plan)).proposals[0].payout
    assert isinstance(payout, Unknown)
    assert "names the DAO" in payout.reason


def test_a_treasury_with_a_fault_is_found_with_its_fault() -> None:
    found = collect(world(0).with_accounts(Account(TREASURY, 1, PROGRAM, b"xx", False)))
    account = found.treasuries[0].account
    assert isinstance(account, Found)
    assert "not by the System program" in str(account.value.fault)


def test_150_proposals_come_in_slices_of_at_most_100_accounts() -> None:
    node = world(150)
    found = collect(node)
    assert PER_SLICE == 6
    assert node.sizes() == [7] + [97] * 25
    assert [one.id for one in found.proposals] == [str(n) for n in range(150)]
    assert all(isinstance(one.proposal, Found) for one in found.proposals)
    assert found.complete


def test_proposals_beyond_the_limit_are_told() -> None:
    found = collect(world(9), CollectLimits(proposals=4, transactions=0))
    assert len(found.proposals) == 4
    assert found.gaps == ("of 9 proposals the first 4 were read: that is the limit",)


def test_a_count_near_2_64_asks_for_no_more_than_the_limit() -> None:
    node = Node().with_accounts(dao_account(proposal_count=2**64 - 1))
    found = collect(node, CollectLimits(proposals=7, transactions=0))
    assert (len(found.proposals), len(node.sizes())) == (7, 3)
    assert not found.complete


@pytest.mark.parametrize("read", [2, 3])
def test_a_dao_that_changes_between_reads_is_told(read: int) -> None:
    node = world(9)
    node.later = (read, {DAO: dao_account(proposal_count=10)})
    found = collect(node)
    assert "the DAO changed while it was being read; read it again" in found.gaps
    assert not found.complete


def test_a_dao_whose_authority_moved_is_found_and_says_so() -> None:
    found = collect(world(1, authority=key("heir")))
    assert isinstance(found.dao, Found)
    assert found.dao.value.proof is None
    assert found.roles["authority"].value == key("heir")  # type: ignore[union-attr]


def test_without_the_chains_time_the_reads_are_not_complete() -> None:
    found = collect(replace(world(1), block_time=None))
    assert isinstance(found.now, Unknown)
    assert any("the chain's time" in gap for gap in found.gaps)


def test_many_unreadable_things_make_one_sentence() -> None:
    broken = frozenset({proposal_address(number)[0] for number in range(6)})
    found = collect(replace(world(6), unread=broken))
    assert len(found.gaps) == 1
    assert "more: " in found.gaps[0]


@pytest.mark.parametrize(("dao", "program"), [("x", PROGRAM), (DAO, "x"), (DAO, "")])
def test_malformed_keys_are_refused(dao: str, program: str) -> None:
    with pytest.raises(ValueError, match="base58"):
        asyncio.run(PROTOCOL.collect_dao(ChainReads(Node()), dao, program))


@pytest.mark.parametrize(
    "given", [{"proposals": 0}, {"pages": 0}, {"transactions": -1}]
)
def test_limits_have_a_floor(given: dict[str, int]) -> None:
    with pytest.raises(ValueError, match="must be at least"):
        CollectLimits(**given)


def test_the_treasury_needs_no_chain() -> None:
    assert treasury_of(DAO, PROGRAM).address == TREASURY


def test_votes_are_unknown_where_they_were_not_looked_for() -> None:
    one: ProposalReads = collect(world(1)).proposals[0]
    assert isinstance(one.votes, Unknown)
    assert "not looked for" in one.votes.reason


def test_the_time_of_a_slot_without_a_block_is_that_of_the_block_before_it() -> None:
    class Skipping(Node):
        def _getBlockTime(self, slot: int) -> tuple[Any, None]:
            if slot > last:
                raise LookupError(
                    f"provider one: error -32007 (Slot {slot} was skipped, or missing due to ledger"
                )
            return NOW - 1, None

    for last in (997, 1_000 - 32):
        node = Skipping().with_accounts(dao_account(proposal_count=0))
        found = collect(node)
        assert isinstance(found.now, Found) and found.now.value == NOW - 1
        assert sum(q.method == "getBlockTime" for q in node.asked) == 1_001 - last
    last = 1_000 - 33
    assert isinstance(collect(Skipping().with_accounts(dao_account(proposal_count=0))).now, Unknown)

    silent = Node(block_time=None).with_accounts(dao_account(proposal_count=0))
    found = collect(silent)
    assert isinstance(found.now, Unknown)
    assert sum(q.method == "getBlockTime" for q in silent.asked) == 5
