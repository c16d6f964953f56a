"""The life of a DAO on a real node: its payouts in SOL and both kinds of tokens, and refusals."""

from __future__ import annotations

import base64
from dataclasses import dataclass
from typing import Any

import pytest
from solders.keypair import Keypair
from solders.pubkey import Pubkey
from solders.transaction import VersionedTransaction

from privatedao_audit.rehearsal import loader, tokens, wallet
from privatedao_audit.rehearsal.governance import (
    TOKEN_2022,
    Governance,
    Landed,
    TokenRoute,
    artifact,
    codec,
    send_sol,
    send_token,
)
from privatedao_audit.rehearsal.node import LocalNode

SOL = 1_000_000_000
DAY = 86_400
FOUNDER = wallet.keypair("founder")
VOTERS = [wallet.keypair(f"voter {number}") for number in range(3)]
STRANGER = wallet.keypair("stranger")
PAYEE = wallet.address("payee")


@dataclass
class Dao:
    """The program, a DAO with three voters, and its governance mint (Token-2022)."""

    node: LocalNode
    g: Governance
    mint: tokens.Mint
    dao: Pubkey
    treasury: Pubkey

    def passed(self, action: Any, *, unlocked: bool = True) -> Pubkey:
        """A proposal that two of three voters carried, by version 3."""
        proposal = self.g.next_proposal(self.dao)
        first = self.mint.associated(VOTERS[0].pubkey())
        self.g.create_proposal(self.dao, VOTERS[0], first, title="pay", action=action).land()
        self.g.snapshot_governance_policy_v3(proposal, STRANGER, self.mint.address).land()
        for number, voter in enumerate(VOTERS):
            self.g.commit_vote(
                proposal,
                voter,
                self.mint.associated(voter.pubkey()),
                vote=number < 2,
                salt=bytes([number]) * 32,
                token_program=TOKEN_2022,
            ).land()
        first_reveal = self.reveal(proposal, 0)
        first_reveal.land(expect="RevealTooEarly")
        self.node.time_travel(DAY)
        for number in range(3):
            self.reveal(proposal, number).land()
        finalize = self.g.finalize_proposal_v3(proposal, STRANGER)
        finalize.land(expect="RevealStillOpen")
        self.node.time_travel(DAY)
        landed = finalize.land()
        fields = self.g.read("Proposal", proposal)
        assert fields is not None
        assert fields["status"] == "Passed"
        # The time the program saw is the time of the block it landed in.
        assert fields["execution_unlocks_at"] - landed.block_time == DAY
        if unlocked:
            self.node.time_travel(DAY + 1)
        return proposal

    def reveal(self, proposal: Pubkey, number: int) -> Any:
        return self.g.reveal_vote(
            proposal, VOTERS[number], vote=number < 2, salt=bytes([number]) * 32, v3=True
        )

    def meta(self, landed: Landed) -> dict[str, Any]:
        return dict(self.node.transaction(landed.signature)["meta"])

    def message(self, landed: Landed) -> Any:
        raw = base64.b64decode(self.node.transaction(landed.signature)["transaction"][0])
        return VersionedTransaction.from_bytes(raw).message


@pytest.fixture(scope="module")
def dao(node: LocalNode) -> Dao:
    for one in (FOUNDER, STRANGER, *VOTERS):
        node.airdrop(one.pubkey(), 1_000 * SOL)
    program = wallet.keypair("governance program")
    buffer, elf = wallet.keypair("governance buffer"), artifact("1.0.0")
    loader.stage(node, FOUNDER, buffer, elf)
    loader.deploy(node, FOUNDER, program, buffer, len(elf))
    about = tokens.Metadata("Rehearsal DAO", "RDAO", "https://example.invalid/rdao.json")
    mint = _mint(node, "governance mint", program=TOKEN_2022, metadata=about)
    for voter in VOTERS:
        _give(node, mint, voter.pubkey(), 300)
    g = Governance(node, program.pubkey())
    g.initialize_dao(FOUNDER, "Rehearsal", mint=mint.address).land()
    at = g.at.dao(FOUNDER.pubkey(), "Rehearsal")
    g.governance_policy_v3(at, FOUNDER, rebate=500_000).land()
    g.fund_reveal_rebate_vault_v3(at, STRANGER, 100_000_000).land()
    g.deposit_treasury(at, STRANGER, 10 * SOL).land()
    return Dao(node, g, mint, at, g.at.treasury(at))


def _mint(node: LocalNode, label: str, **options: Any) -> tokens.Mint:
    key: Keypair = wallet.keypair(label)
    return tokens.create_mint(node, FOUNDER, key, 0, FOUNDER, **options)[0]


def _give(node: LocalNode, mint: tokens.Mint, owner: Pubkey, amount: int) -> Pubkey:
    account = mint.associated(owner)
    instructions = [tokens.create_associated(mint, owner, FOUNDER.pubkey())]
    if amount:
        instructions.append(tokens.mint_to(mint, account, FOUNDER.pubkey(), amount))
    node.send(instructions, [FOUNDER])
    return account


def _is_writable(message: Any, index: int) -> bool:
    header, signed = message.header, message.header.num_required_signatures
    if index < signed:
        return bool(index < signed - header.num_readonly_signed_accounts)
    return bool(index < len(message.account_keys) - header.num_readonly_unsigned_accounts)


def test_a_payout_in_sol_and_all_its_refusals(dao: Dao) -> None:
    proposal = dao.passed(send_sol(4 * SOL, PAYEE), unlocked=False)
    execute = dao.g.execute_proposal(proposal, STRANGER, PAYEE)
    dao.g.finalize_proposal_v3(proposal, STRANGER).land(expect="AlreadyFinalized")
    dao.g.veto_proposal(proposal, STRANGER).land(expect="ConstraintHasOne")
    early = execute.land(expect="ExecutionTimelockActive")
    assert dao.meta(early)["err"] == {"InstructionError": [0, {"Custom": 6028}]}
    said = "Error Code: ExecutionTimelockActive. Error Number: 6028. Error Message: "
    assert any(said in line for line in dao.meta(early)["logMessages"])
    dao.node.time_travel(DAY + 1)
    dao.g.veto_proposal(proposal, FOUNDER).land(expect="VetoWindowExpired")
    wrong = dao.g.execute_proposal(proposal, STRANGER, FOUNDER.pubkey())
    wrong.land(expect="TreasuryRecipientMismatch")
    before = dao.node.balance(dao.treasury)
    landed = execute.land()
    execute.land(expect="AlreadyExecuted")
    assert before - dao.node.balance(dao.treasury) == dao.node.balance(PAYEE) == 4 * SOL

    meta, message = dao.meta(landed), dao.message(landed)
    assert type(message).__name__ == "Message"
    (sent,) = message.instructions
    assert bytes(sent.data) == codec.discriminator("instructions", "execute_proposal")
    listed = codec.account_list("execute_proposal")
    # The script account comes behind the real account list.
    assert len(sent.accounts) == len(listed) + 1
    for index, (name, signs, writes) in zip(sent.accounts, listed, strict=False):
        assert message.is_signer(index) or not signs, name
        assert _is_writable(message, index) or not writes, name
    assert not _is_writable(message, sent.accounts[-1])
    inner = meta["innerInstructions"][0]["instructions"]
    assert [one["stackHeight"] for one in inner] == [2]
    lines = [line for line in meta["logMessages"] if "consumed" not in line]
    program, system = dao.g.program_id, Pubkey.default()
    shown = {"proposal": proposal, "amount": 4 * SOL, "recipient": PAYEE}
    event = base64.b64encode(codec.event_bytes("TreasuryExecuted", shown)).decode()
    assert lines == [
        f"Program {program} invoke [1]",
        "Program log: Instruction: ExecuteProposal",
        f"Program {system} invoke [2]",
        f"Program {system} success",
        f"Program data: {event}",
        f"Program {program} success",
    ]
    assert meta["computeUnitsConsumed"] < 50_000


@pytest.mark.parametrize("program", [tokens.TOKEN, tokens.TOKEN_2022])
def test_a_payout_in_tokens(dao: Dao, program: Pubkey) -> None:
    mint = _mint(dao.node, f"money of {program}", program=program)
    source = _give(dao.node, mint, dao.treasury, 100)
    target = _give(dao.node, mint, PAYEE, 0)
    other = _give(dao.node, mint, FOUNDER.pubkey(), 0)
    proposal = dao.passed(send_token(60, PAYEE, mint.address))
    route = TokenRoute(program, source, target)
    odd = TokenRoute(program, source, other)
    execute = dao.g.execute_proposal
    execute(proposal, STRANGER, PAYEE, tokens=odd).land(expect="RecipientOwnerMismatch")
    landed = execute(proposal, STRANGER, PAYEE, tokens=route).land()
    assert (tokens.balance(dao.node, source), tokens.balance(dao.node, target)) == (40, 60)
    meta = dao.meta(landed)
    amounts = {row["owner"]: row["uiTokenAmount"]["amount"] for row in meta["postTokenBalances"]}
    assert amounts == {str(dao.treasury): "40", str(PAYEE): "60"}
    shown = {"proposal": proposal, "amount": 60, "recipient": target}
    event = base64.b64encode(codec.event_bytes("TreasuryExecuted", shown)).decode()
    assert f"Program data: {event}" in meta["logMessages"]
    assert f"Program {program} invoke [2]" in meta["logMessages"]


def test_the_treasury_cannot_be_left_below_rent(dao: Dao) -> None:
    held = dao.node.balance(dao.treasury)
    for left in (1, 890_879):
        proposal = dao.passed(send_sol(held - left, PAYEE))
        execute = dao.g.execute_proposal(proposal, STRANGER, PAYEE)
        landed = execute.land(expect="InsufficientFundsForRent")
        assert landed.succeeded is False
    assert dao.node.balance(dao.treasury) == held


def test_a_second_vote_is_refused_by_the_system_program(dao: Dao) -> None:
    voter = VOTERS[0]
    account, proposal = dao.mint.associated(voter.pubkey()), dao.g.next_proposal(dao.dao)
    dao.g.create_proposal(dao.dao, voter, account, title="once").land()
    vote = dao.g.commit_vote(
        proposal, voter, account, vote=True, salt=bytes(32), token_program=TOKEN_2022
    )
    landed = vote.land()
    assert landed.fee_payer == str(voter.pubkey())
    assert landed.block_time == dao.node.block_time(landed.slot)
    vote.land(expect="Custom 0")
    dao.g.cancel_proposal(proposal, FOUNDER).land(expect="ProposalNotCancellable")
