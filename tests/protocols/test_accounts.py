"""Accounts are believed when owner, length, content and address fit together, and not before."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from typing import Any

import pytest

from privatedao_audit.chain.borsh import DecodeError
from privatedao_audit.chain.reads import Account
from privatedao_audit.protocols.privatedao.accounts import LENGTHS, open_account, record
from privatedao_audit.protocols.privatedao.interface import interface
from tests.protocols import encoding
from tests.protocols.world import (
    DAO,
    PROGRAM,
    SYSTEM,
    dao_account,
    key,
    of_dao,
    of_proposal,
    pda,
    proposal_account,
    proposal_address,
    stored,
    vote_account,
)

#: Fields at fixed offsets, as the facts sheet gives them: (layout, field, offset, width).
OFFSETS = [
    ("Dao", "authority", 8, 32),
    ("Proposal", "dao", 8, 32),
    ("Proposal", "proposer", 40, 32),
    ("Proposal", "proposal_id", 72, 8),
    ("DaoSecurityPolicy", "proof_threshold", 237, 1),
    ("DaoSecurityPolicy", "settlement_threshold", 399, 1),
    ("DaoSecurityPolicy", "emergency_disabled", 416, 1),
    ("DaoSecurityPolicy", "bump", 433, 1),
    ("DaoGovernancePolicyV3", "reveal_rebate_lamports", 74, 8),
    ("DaoSettlementPolicyV3", "max_payout_amount", 80, 8),
    ("ProposalGovernancePolicySnapshotV3", "eligible_capital", 82, 8),
    ("ProposalSettlementPolicySnapshotV3", "payout_fields_hash", 122, 32),
    ("ProposalExecutionPolicySnapshot", "snapshot_at", 77, 8),
    ("ProposalProofVerification", "expires_at", 274, 8),
    ("SettlementEvidence", "recorded_by", 202, 32),
    ("SettlementConsumptionRecord", "consumed_at", 72, 8),
    ("VoterWeightScopeRecord", "recorded_at_slot", 113, 8),
    ("TreasuryOperatorAuthority", "authority", 40, 32),
    ("VoterRecord", "capital_weight", 104, 8),
    ("VoterRecord", "voted_yes", 122, 1),
    ("VoteDelegation", "is_used", 120, 1),
    ("VoterWeightRecord", "voter_weight", 104, 8),
    ("ZkProofAnchor", "recorded_at", 234, 8),
    ("ProposalZkPolicy", "required_layers_mask", 105, 1),
    ("ConfidentialPayoutPlan", "settlement_recipient", 106, 32),
    ("MagicBlockPrivatePaymentCorridor", "configured_by", 104, 32),
    ("RefheEnvelope", "payout_plan", 72, 32),
    ("ZkVerificationReceipt", "verified_by", 72, 32),
]


def _ones(layout: str, field: str, width: int) -> Any:
    kinds = {f["name"]: f["type"] for t in encoding.IDL["types"] if t["name"] == layout
             for f in t["type"]["fields"]}  # fmt: skip
    kind = kinds[field]
    if kind == "pubkey":
        return key("mark")
    if kind == "bool":
        return True
    if isinstance(kind, dict):
        return b"\1" * width
    return int.from_bytes(b"\1" * width, "little")


@pytest.mark.parametrize(("layout", "field", "offset", "width"), OFFSETS)
def test_fields_lie_where_the_facts_say(layout: str, field: str, offset: int, width: int) -> None:
    value = _ones(layout, field, width)
    plain = encoding.account(layout, encoding.fields(layout))
    marked = encoding.account(layout, encoding.fields(layout, **{field: value}))
    changed = [n for n, (a, b) in enumerate(zip(plain, marked, strict=True)) if a != b]
    assert changed
    assert offset <= changed[0] <= changed[-1] < offset + width
    assert interface().account_as(layout, marked).fields[field] == value


def test_every_layout_has_its_discriminator_and_its_length() -> None:
    assert LENGTHS == encoding.ALLOCATED
    for name in interface().names("account"):
        expected = hashlib.sha256(f"account:{name}".encode()).digest()[:8]
        assert interface().discriminator("account", name) == expected


def test_every_instruction_and_event_has_the_discriminator_of_its_name() -> None:
    for family, space in (("instruction", "global"), ("event", "event")):
        for name in interface().names(family):  # type: ignore[arg-type]
            expected = hashlib.sha256(f"{space}:{name}".encode()).digest()[:8]
            assert interface().discriminator(family, name) == expected  # type: ignore[arg-type]
    assert len(interface().names("instruction")) == 47
    assert len(interface().names("event")) == 41


def test_the_longest_content_fills_each_account_exactly() -> None:
    """Lengths restated from the source must hold the longest texts and every option."""
    longest = {
        "Dao": encoding.fields(
            "Dao", dao_name="x" * 64, migrated_from_realms=key("r"),
            voting_config={"DualChamber": {"capital_threshold": 1, "community_threshold": 2}},
        ),
        "Proposal": encoding.fields(
            "Proposal", title="x" * 128, description="x" * 1024,
            treasury_action={"action_type": "SendToken", "amount_lamports": 1,
                             "recipient": key("r"), "token_mint": key("m")},
        ),
        "VoterRecord": encoding.fields("VoterRecord", voter_reveal_authority=key("k")),
        "ConfidentialPayoutPlan": encoding.fields(
            "ConfidentialPayoutPlan", token_mint=key("m"), encrypted_manifest_uri="x" * 256
        ),
    }  # fmt: skip
    for layout, values in longest.items():
        assert len(encoding.account(layout, values, length=0)) == LENGTHS[layout], layout


def test_a_good_account_is_opened_with_its_proof() -> None:
    opened = open_account(proposal_account(3), "Proposal", PROGRAM)
    assert opened.fields["proposal_id"] == 3
    assert opened.proof == f'"proposal", dao {DAO}, proposal_id 3'


def _changed(account: Account, at: int, to: int) -> Account:
    data = bytearray(account.data)
    data[at] = to
    return replace(account, data=bytes(data))


GOOD = proposal_account()
REFUSED = {
    "another owner": (replace(GOOD, owner=SYSTEM), "owned by 1111"),
    "executable": (replace(GOOD, executable=True), "executable"),
    "another kind": (replace(GOOD, data=dao_account().data), "begins with"),
    "empty": (replace(GOOD, data=b""), "begins with nothing"),
    "cut": (replace(GOOD, data=GOOD.data[:200]), "is left|are left|200 bytes long"),
    "cut in the tail": (replace(GOOD, data=GOOD.data[:-1]), "1389 bytes long"),
    "longer": (replace(GOOD, data=GOOD.data + b"\0"), "1391 bytes long"),
    "tail set": (_changed(GOOD, 1389, 1), "bytes after the content are set"),
    "another id": (_changed(GOOD, 72, 9), "leads to the address"),
    "another address": (replace(GOOD, address=key("elsewhere")), "leads to the address"),
    "another bump": (proposal_account(bump=1), "holds the bump 1"),
    "unknown status": (
        _changed(GOOD, GOOD.data.index(b"as agreed") + len("as agreed"), 5), "status"
    ),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_does_not_fit_is_refused_with_the_reason(case: str) -> None:
    account, why = REFUSED[case]
    with pytest.raises(DecodeError, match=why):
        open_account(account, "Proposal", PROGRAM)


def test_a_vote_that_its_keeper_revealed_keeps_the_keepers_old_bytes() -> None:
    """Anchor writes in place: the record got 32 bytes shorter, and its old end stays behind."""
    voter = key("voter")
    committed = vote_account(voter, voter_reveal_authority=key("keeper")).data
    revealed = vote_account(voter)
    content = revealed.data[:-32]
    left = replace(revealed, data=content + committed[len(content) :])
    assert left.data != revealed.data
    assert open_account(left, "VoterRecord", PROGRAM).fields["voter"] == voter
    kept = vote_account(voter, voter_reveal_authority=key("keeper"))
    assert open_account(kept, "VoterRecord", PROGRAM).fields["voter_reveal_authority"]


def test_the_account_of_another_program_with_the_same_bytes_is_refused() -> None:
    """The multisig's proposals begin with the same discriminator."""
    multisig = "SQDS4ep65T869zMMBKyuUq6aD6EgTu8psMjkvj52pCf"
    with pytest.raises(DecodeError, match="not by the program"):
        open_account(replace(GOOD, owner=multisig), "Proposal", PROGRAM)


def test_a_dao_whose_authority_moved_keeps_its_address_and_loses_its_proof() -> None:
    assert open_account(dao_account(), "Dao", PROGRAM).proof is not None
    moved = open_account(dao_account(authority=key("heir")), "Dao", PROGRAM)
    assert moved.proof is None


def test_a_dao_whose_proof_holds_must_hold_its_bump() -> None:
    with pytest.raises(DecodeError, match="bump"):
        open_account(dao_account(bump=0), "Dao", PROGRAM)


def test_a_dao_with_a_name_that_can_not_be_created_is_refused() -> None:
    with pytest.raises(DecodeError, match="leads to no address"):
        open_account(dao_account(dao_name="x" * 40), "Dao", PROGRAM)


@pytest.mark.parametrize(
    ("prefix", "layout"),
    [
        ("payout-plan", "ConfidentialPayoutPlan"),
        ("refhe-envelope", "RefheEnvelope"),
        ("magicblock-corridor", "MagicBlockPrivatePaymentCorridor"),
        ("proposal-policy-snapshot", "ProposalExecutionPolicySnapshot"),
        ("proposal-governance-snapshot-v3", "ProposalGovernancePolicySnapshotV3"),
        ("proposal-settlement-policy-v3", "ProposalSettlementPolicySnapshotV3"),
        ("proposal-proof-verification", "ProposalProofVerification"),
        ("zk-policy", "ProposalZkPolicy"),
    ],
)
def test_accounts_of_a_proposal_prove_their_proposal(prefix: str, layout: str) -> None:
    account = of_proposal(prefix, layout)
    assert record(account, layout, PROGRAM).raw["proposal"] == proposal_address(0)[0]
    other = of_proposal(prefix, layout, proposal=proposal_address(1)[0])
    with pytest.raises(DecodeError, match="leads to the address"):
        record(other, layout, PROGRAM)


@pytest.mark.parametrize(
    ("prefix", "layout"),
    [
        ("dao-security-policy", "DaoSecurityPolicy"),
        ("dao-governance-policy-v3", "DaoGovernancePolicyV3"),
        ("dao-settlement-policy-v3", "DaoSettlementPolicyV3"),
        ("reveal-rebate-vault-v3", "RevealRebateVaultV3State"),
        ("treasury-operator-authority", "TreasuryOperatorAuthority"),
    ],
)
def test_accounts_of_a_dao_prove_their_dao(prefix: str, layout: str) -> None:
    assert record(of_dao(prefix, layout), layout, PROGRAM).raw["dao"] == DAO
    with pytest.raises(DecodeError, match="leads to the address"):
        record(of_dao(prefix, layout, dao=key("other dao")), layout, PROGRAM)


@pytest.mark.parametrize("layout", ["ZkProofAnchor", "ZkVerificationReceipt"])
@pytest.mark.parametrize(("layer", "seed"), [("Vote", 1), ("Delegation", 2), ("Tally", 3)])
def test_proof_layers_are_seeded_from_one(layout: str, layer: str, seed: int) -> None:
    prefix = b"zk-proof" if layout == "ZkProofAnchor" else b"zk-verify"
    owner = proposal_address(0)[0]
    address, bump = pda(PROGRAM, prefix, owner, bytes([seed]))
    values = encoding.fields(layout, dao=DAO, proposal=owner, layer=layer, bump=bump)
    assert record(stored(address, layout, values), layout, PROGRAM).raw["layer"] == layer


def test_settlement_accounts_prove_evidence_and_plan() -> None:
    owner, plan = proposal_address(0)[0], key("plan")
    address, bump = pda(PROGRAM, b"settlement-evidence", owner, plan, b"\7" * 32)
    values = encoding.fields(
        "SettlementEvidence", dao=DAO, proposal=owner, payout_plan=plan, bump=bump,
        settlement_id=b"\7" * 32,
    )  # fmt: skip
    kept = record(stored(address, "SettlementEvidence", values), "SettlementEvidence", PROGRAM)
    assert kept.raw["settlement_id"] == "07" * 32
    used_at, used_bump = pda(PROGRAM, b"settlement-consumption", address)
    used = encoding.fields("SettlementConsumptionRecord", evidence=address, bump=used_bump)
    layout = "SettlementConsumptionRecord"
    assert record(stored(used_at, layout, used), layout, PROGRAM).raw["evidence"] == address


def test_voter_weights_prove_realm_mint_and_owner() -> None:
    named = {"realm": key("realm"), "governing_token_mint": key("mint"),
             "governing_token_owner": key("owner")}  # fmt: skip
    address, _bump = pda(PROGRAM, b"voter-weight-record", *named.values())
    weight = stored(address, "VoterWeightRecord", encoding.fields("VoterWeightRecord", **named))
    assert record(weight, "VoterWeightRecord", PROGRAM).proof is not None
    address, bump = pda(PROGRAM, b"voter-weight-scope", *named.values(), b"\3")
    scope = encoding.fields(
        "VoterWeightScopeRecord", **named, scope="CapitalWeighted", bump=bump
    )
    layout = "VoterWeightScopeRecord"
    assert record(stored(address, layout, scope), layout, PROGRAM).raw["scope"] == "CapitalWeighted"
