"""Calls as a story uses them: surprises, vaults that sign, scripts taken again."""

from __future__ import annotations

import pytest
from solders.pubkey import Pubkey

from privatedao_audit.rehearsal import standin, wallet
from privatedao_audit.rehearsal.governance import Call, Surprise, model
from privatedao_audit.rehearsal.governance.call import outcome, rule

from .conftest import DAY, PAYEE, SOL, World, event_of


def test_an_unexpected_end_is_a_surprise(dao: World) -> None:
    def deposit(lamports: int) -> Call:
        return dao.g.deposit_treasury(dao.dao, dao.stranger, lamports)

    with pytest.raises(Surprise, match="InvalidTreasuryAction, and success was expected"):
        deposit(0).land()
    with pytest.raises(Surprise, match="success, and AlreadyExecuted was expected"):
        deposit(1_000_000).land(expect="AlreadyExecuted")
    with pytest.raises(Surprise, match="InvalidTreasuryAction, and AlreadyExecuted"):
        deposit(0).land(expect="AlreadyExecuted")


def test_an_address_cannot_sign(dao: World) -> None:
    call = dao.g.transfer_dao_authority(dao.dao, dao.founder.pubkey(), PAYEE)
    with pytest.raises(TypeError, match="take its instruction"):
        call.land()
    instruction = call.instruction()
    assert [meta.is_signer for meta in instruction.accounts] == [False, True, False]
    dao.machine.send([instruction], [dao.founder])
    assert dao.fields("Dao", dao.dao)["authority"] == PAYEE


def test_an_instruction_taken_again_is_the_same_and_does_what_is_right_by_then(dao: World) -> None:
    proposal = dao.passed(unlocked=False)
    veto = dao.g.veto_proposal(proposal, dao.founder.pubkey())
    early = veto.instruction()
    dao.machine.time_travel(DAY)
    assert veto.instruction() == early
    signature = dao.machine.send([early], [dao.founder], expect_failure=True)
    assert any("VetoWindowExpired" in line for line in dao.logs(signature))


def test_a_vault_signs_from_within_another_program(dao: World) -> None:
    program = wallet.address("multisig under test")
    dao.machine.chain.add_program(program, standin.build({b"carrying": None}))
    vault, bump = Pubkey.find_program_address([b"vault"], program)
    dao.g.transfer_dao_authority(dao.dao, dao.founder, vault).land()
    proposal = dao.passed(unlocked=False)
    inner = dao.g.veto_proposal(proposal, vault).instruction()
    outer = standin.relay(program, [inner], vault, [b"vault", bytes([bump])], key=b"carrying")
    landed = outcome(dao.g.node, "veto", dao.machine.send([outer], [dao.stranger]))
    assert landed.succeeded
    lines = dao.logs(landed.signature)
    assert f"Program {dao.g.program_id} invoke [2]" in lines
    assert "Program log: Instruction: VetoProposal" in lines
    assert event_of(dao, landed.signature)[1] == {"proposal": proposal, "vetoed_by": vault}
    assert dao.fields("Proposal", proposal)["status"] == "Vetoed"


def test_the_payer_may_be_somebody_else(dao: World) -> None:
    landed = dao.g.deposit_treasury(dao.dao, dao.stranger, SOL).land(payer=dao.founder)
    assert landed.fee_payer == str(dao.founder.pubkey())


def test_what_is_not_played_is_named(dao: World) -> None:
    with pytest.raises(KeyError, match="does not play 'anchor_zk_proof'"):
        rule("anchor_zk_proof")
    with pytest.raises(KeyError, match="no proposal at"):
        dao.g.veto_proposal(PAYEE, dao.founder)
    with pytest.raises(KeyError, match="no DAO at"):
        dao.g.next_proposal(PAYEE)
    with pytest.raises(ValueError, match="a salt has 32 bytes"):
        model.vote_commitment(vote=True, salt=b"", proposal=PAYEE, voter=PAYEE)
