"""A multisig on a real node: votes that count, time locks that hold, accounts that come and go."""

from __future__ import annotations

import base64
import struct

import pytest
from solders.instruction import Instruction
from solders.pubkey import Pubkey
from solders.solders import SignerError
from solders.system_program import TransferParams, transfer

from privatedao_audit.rehearsal import loader, lookup, standin, tokens, wallet
from privatedao_audit.rehearsal.node import LocalNode, TransactionFailed
from privatedao_audit.rehearsal.squads import actions
from privatedao_audit.rehearsal.squads.accounts import Proposal, Status
from privatedao_audit.rehearsal.squads.addresses import SQUADS
from privatedao_audit.rehearsal.squads.control import TokenPayment
from privatedao_audit.rehearsal.squads.rules import ERRORS
from privatedao_audit.rehearsal.squads.squad import Landed, Squad, plant_program
from privatedao_audit.rehearsal.squads.state import EXECUTE, INITIATE, VOTE, Member

SOL = 1_000_000_000
HOUR = 3_600
LOCK = 2 * HOUR
FIRST, SECOND = standin.build(extra=b"first"), standin.build(extra=b"second")
ANNA, BERT, CLEO = (wallet.keypair(name) for name in ("anna", "bert", "cleo"))
STRANGER = wallet.keypair("stranger")
PAYEE = wallet.address("payee of a vault")


@pytest.fixture(scope="module")
def chain(node: LocalNode) -> LocalNode:
    plant_program(node)
    for one in (ANNA, BERT, CLEO, STRANGER):
        node.airdrop(one.pubkey(), 1_000 * SOL)
    return node


def _squad(chain: LocalNode, name: str, **fields: object) -> Squad:
    """Anna may do everything, Bert vote and execute, Cleo vote; two must approve."""
    members = [
        Member(ANNA.pubkey()),
        Member(BERT.pubkey(), VOTE | EXECUTE),
        Member(CLEO.pubkey(), VOTE),
    ]
    squad = Squad(chain, wallet.keypair(name), members, 2, creator=ANNA, **fields)  # type: ignore[arg-type]
    assert squad.create().succeeded
    chain.airdrop(squad.vault(), 10 * SOL)
    return squad


def _payment(squad: Squad, lamports: int = SOL) -> Instruction:
    return transfer(TransferParams(from_pubkey=squad.vault(), to_pubkey=PAYEE, lamports=lamports))


def _approved(squad: Squad, landed: Landed) -> int:
    for one in (BERT, CLEO):
        assert squad.approve(landed.index, one).succeeded
    return landed.index


def _assert_written(chain: LocalNode, squad: Squad) -> None:
    """The multisig account holds what the model says, and all of it is there."""
    raw = chain.account(squad.address)
    assert raw is not None
    assert raw.startswith(squad.state.content())
    assert len(raw) == squad.state.room


def _assert_refused(chain: LocalNode, landed: Landed, name: str) -> None:
    """It is on the chain, failed, with the program's error in result and log."""
    assert (landed.succeeded, landed.error) == (False, name)
    meta = chain.transaction(landed.signature)["meta"]
    assert meta["err"] == {"InstructionError": [0, {"Custom": ERRORS[name]}]}
    assert any(
        f"Error Code: {name}. Error Number: {ERRORS[name]}." in line for line in meta["logMessages"]
    )
    assert (
        f"Program {SQUADS} failed: custom program error: {ERRORS[name]:#x}" in (meta["logMessages"])
    )


def test_an_upgrade_from_proposal_to_execution(chain: LocalNode) -> None:
    squad = _squad(chain, "upgrading", time_lock=LOCK)
    vault = squad.vault()
    governed, buffer = wallet.keypair("governed"), wallet.keypair("governed buffer")
    loader.stage(chain, ANNA, buffer, FIRST)
    loader.deploy(chain, ANNA, governed, buffer, len(FIRST) + 100)
    programdata = loader.programdata_address(governed.pubkey())
    chain.send([loader.set_authority(programdata, ANNA.pubkey(), vault)], [ANNA])
    later = wallet.keypair("governed next buffer")
    loader.stage(chain, ANNA, later, SECOND, vault)

    proposed = squad.propose_upgrade(
        governed.pubkey(), later.pubkey(), ANNA.pubkey(), ANNA, memo="release 2"
    )
    assert (proposed.succeeded, proposed.index) == (True, 1)
    index = proposed.index
    stored = chain.account(squad.state.transaction(index))
    assert stored is not None
    assert stored[:8].hex() == "a8faa264510ea2cf"
    assert bytes(programdata) in stored
    _assert_refused(chain, squad.execute(index, ANNA), "InvalidProposalStatus")
    assert squad.approve(index, ANNA).succeeded
    _assert_refused(chain, squad.approve(index, ANNA), "AlreadyApproved")
    approval = squad.approve(index, CLEO, memo="read and rebuilt")
    votes = squad.votes(index)
    assert votes is not None
    assert (votes.status, set(votes.approved)) == (
        Status.APPROVED,
        {ANNA.pubkey(), CLEO.pubkey()},
    )
    assert votes.timestamp is not None
    assert abs(votes.timestamp - approval.block_time) <= 1
    _assert_refused(chain, squad.execute(index, ANNA), "TimeLockNotReleased")
    chain.time_travel(LOCK - 60)
    _assert_refused(chain, squad.execute(index, BERT), "TimeLockNotReleased")
    chain.time_travel(61)
    _assert_refused(chain, squad.execute(index, CLEO), "Unauthorized")
    _assert_refused(chain, squad.execute(index, STRANGER), "NotAMember")
    executed = squad.execute(index, BERT)
    meta = chain.transaction(executed.signature)["meta"]
    (inner,) = meta["innerInstructions"][0]["instructions"]
    assert inner["stackHeight"] == 2
    assert f"Upgraded program {governed.pubkey()}" in meta["logMessages"]
    raw = chain.account(programdata)
    assert raw is not None
    assert raw[45:].startswith(SECOND)
    account = chain.account(squad.state.proposal(index))
    final = squad.votes(index)
    assert account is not None and final is not None
    assert account.startswith(final.encode())
    assert struct.unpack_from("<B", account, 48) == (Status.EXECUTED,)
    _assert_refused(chain, squad.execute(index, BERT), "InvalidProposalStatus")
    _assert_written(chain, squad)


def test_the_stand_in_shows_the_real_instruction_and_accounts(chain: LocalNode) -> None:
    squad = _squad(chain, "shown")
    index = _approved(squad, squad.propose([_payment(squad)], ANNA))
    before = chain.balance(PAYEE)
    found = chain.transaction(squad.execute(index, BERT).signature)
    assert chain.balance(PAYEE) == before + SOL
    message = base64.b64decode(found["transaction"][0])
    assert bytes.fromhex("c208a15799a419ab") in message
    assert (
        b"Instruction: VaultTransactionExecute" in " ".join(found["meta"]["logMessages"]).encode()
    )


def test_lookup_tables_inside_and_outside(chain: LocalNode) -> None:
    squad = _squad(chain, "looking up")
    chain.airdrop(PAYEE, SOL)
    table = lookup.create_table(chain, ANNA, [PAYEE, squad.vault(), squad.address])
    landed = squad.propose([_payment(squad)], ANNA, lookup_tables=[table])
    stored = chain.account(squad.state.transaction(landed.index))
    assert stored is not None
    # The vault signs, so it stays in the list; the payee is looked up.
    assert bytes(squad.vault()) in stored and bytes(table.key) in stored
    assert bytes(PAYEE) not in stored
    index, before = _approved(squad, landed), chain.balance(PAYEE)
    found = chain.transaction(squad.execute(index, BERT, [table]).signature)
    assert found["version"] == 0
    assert str(PAYEE) in found["meta"]["loadedAddresses"]["writable"]
    assert chain.balance(PAYEE) == before + SOL


def test_several_instructions_and_a_second_signer(chain: LocalNode) -> None:
    squad = _squad(chain, "many hands")
    buffer, heir = wallet.keypair("handed buffer"), wallet.keypair("heir of a buffer")
    loader.stage(chain, ANNA, buffer, FIRST, squad.vault())
    given = loader.set_authority_checked(buffer.pubkey(), squad.vault(), heir.pubkey())
    landed = squad.propose([_payment(squad), given], ANNA)
    index = _approved(squad, landed)
    assert squad.execute(index, BERT, signers=[heir]).succeeded
    raw = chain.account(buffer.pubkey())
    assert raw is not None
    assert raw[5:37] == bytes(heir.pubkey())


def test_a_failing_inner_instruction_executes_nothing(chain: LocalNode) -> None:
    squad = _squad(chain, "poor")
    index = _approved(squad, squad.propose([_payment(squad, 10**15)], ANNA))
    with pytest.raises(TransactionFailed, match="insufficient lamports"):
        squad.execute(index, BERT)
    failed = squad.execute(index, BERT, expect_failure=True)
    assert (failed.succeeded, failed.error) == (False, None)
    votes = squad.votes(index)
    assert votes is not None
    assert votes.status is Status.APPROVED


def test_rejections_and_cancellations(chain: LocalNode) -> None:
    squad = _squad(chain, "unsure")
    first = squad.propose([_payment(squad)], ANNA).index
    assert squad.approve(first, ANNA).succeeded
    assert squad.reject(first, ANNA).succeeded
    votes = squad.votes(first)
    assert votes is not None
    assert (votes.approved, votes.rejected) == ((), (ANNA.pubkey(),))
    assert squad.reject(first, BERT).succeeded
    _assert_refused(chain, squad.approve(first, CLEO), "InvalidProposalStatus")
    second = _approved(squad, squad.propose([_payment(squad)], ANNA))
    _assert_refused(chain, squad.reject(second, ANNA), "InvalidProposalStatus")
    assert squad.cancel(second, ANNA).succeeded
    _assert_refused(chain, squad.cancel(second, ANNA), "AlreadyCancelled")
    assert squad.cancel(second, BERT, version=2).succeeded
    _assert_refused(chain, squad.execute(second, ANNA), "InvalidProposalStatus")
    raw = chain.account(squad.state.proposal(second))
    assert raw is not None
    assert raw[48] == Status.CANCELLED


def test_drafts_and_second_proposals(chain: LocalNode) -> None:
    squad = _squad(chain, "drafting")
    index = squad.propose([_payment(squad)], ANNA, draft=True).index
    _assert_refused(chain, squad.approve(index, ANNA), "InvalidProposalStatus")
    _assert_refused(chain, squad.activate(index, BERT), "Unauthorized")
    assert squad.activate(index, ANNA).succeeded
    assert squad.approve(index, ANNA).succeeded
    again = squad.open_vote(index, BERT)
    assert (again.succeeded, again.error) == (False, "AccountAlreadyInUse")
    _assert_refused(chain, squad.open_vote(7, BERT), "InvalidTransactionIndex")
    _assert_refused(chain, squad.propose([_payment(squad)], BERT), "Unauthorized")
    assert squad.state.transaction_index == index


def test_a_config_change_makes_earlier_proposals_stale(chain: LocalNode) -> None:
    squad = _squad(chain, "changing")
    ready = _approved(squad, squad.propose([_payment(squad)], ANNA))
    late = squad.propose([_payment(squad)], ANNA).index
    config = squad.propose_config([actions.ChangeThreshold(1)], ANNA).index
    dora = wallet.address("dora")
    wide = squad.propose_config(
        [
            actions.AddMember(Member(dora, VOTE)),
            actions.SetTimeLock(HOUR),
            actions.SetRentCollector(PAYEE),
        ],
        ANNA,
    )
    index = _approved(squad, wide)
    _approved(squad, Landed("", 0, 0, "", True, config))
    assert squad.execute_config(index, ANNA).succeeded
    _assert_written(chain, squad)
    # Room for ten more was made, and paid for.
    raw = chain.account(squad.address)
    assert raw is not None
    assert len(raw) == 132 + 33 * 13
    assert chain.balance(squad.address) == chain.rent_exempt(len(raw))
    state = squad.state
    assert (state.threshold, state.time_lock, len(state.members)) == (2, HOUR, 4)
    assert state.stale_transaction_index == state.transaction_index == index
    _assert_refused(chain, squad.approve(late, ANNA), "StaleProposal")
    _assert_refused(chain, squad.execute_config(config, ANNA), "TimeLockNotReleased")
    chain.time_travel(HOUR + 1)
    _assert_refused(chain, squad.execute_config(config, ANNA), "StaleProposal")
    # Approved before it went stale, a vault transaction may still be executed.
    assert squad.execute(ready, BERT).succeeded

    gone = squad.propose_config([actions.RemoveMember(CLEO.pubkey())], ANNA)
    index = _approved(squad, gone)
    chain.time_travel(HOUR + 1)
    assert squad.execute_config(index, ANNA).succeeded
    _assert_written(chain, squad)
    _assert_refused(chain, squad.approve(index, CLEO), "NotAMember")


def test_a_change_that_breaks_the_multisig_is_refused(chain: LocalNode) -> None:
    squad = _squad(chain, "breaking")
    index = _approved(squad, squad.propose_config([actions.ChangeThreshold(4)], ANNA))
    _assert_refused(chain, squad.execute_config(index, ANNA), "InvalidThreshold")
    _assert_refused(chain, squad.propose_config([], ANNA), "NoActions")
    _assert_refused(chain, squad.execute(index, ANNA), "AccountDiscriminatorMismatch")
    _assert_written(chain, squad)


def test_a_spending_limit_needs_no_votes(chain: LocalNode) -> None:
    squad = _squad(chain, "spending", time_lock=LOCK)
    key = wallet.address("limit")
    limit = actions.AddSpendingLimit(
        key, 2 * SOL, (STRANGER.pubkey(),), (PAYEE,), actions.Period.DAY
    )
    index = _approved(squad, squad.propose_config([limit], ANNA))
    chain.time_travel(LOCK + 1)
    assert squad.execute_config(index, ANNA).succeeded
    _assert_limit(chain, squad, key)
    before = chain.balance(PAYEE)
    assert squad.spend(key, STRANGER, PAYEE, SOL + 1).succeeded
    assert chain.balance(PAYEE) == before + SOL + 1
    _assert_refused(chain, squad.spend(key, STRANGER, PAYEE, SOL), "SpendingLimitExceeded")
    _assert_refused(chain, squad.spend(key, ANNA, PAYEE, 1), "Unauthorized")
    elsewhere = wallet.address("elsewhere")
    _assert_refused(chain, squad.spend(key, STRANGER, elsewhere, 1), "InvalidDestination")
    chain.time_travel(actions.DAY + 1)
    assert squad.spend(key, STRANGER, PAYEE, 2 * SOL).succeeded
    _assert_limit(chain, squad, key)

    address = squad.state.spending_limit(key)
    index = _approved(squad, squad.propose_config([actions.RemoveSpendingLimit(address)], ANNA))
    chain.time_travel(LOCK + 1)
    assert squad.execute_config(index, ANNA).succeeded
    assert chain.account(address) is None
    assert chain.balance(address) == 0
    _assert_refused(chain, squad.spend(key, STRANGER, PAYEE, 1), "AccountNotInitialized")


def _assert_limit(chain: LocalNode, squad: Squad, key: Pubkey) -> None:
    limit = squad.limit(key)
    assert limit is not None
    assert chain.account(squad.state.spending_limit(key)) == limit.encode()


@pytest.mark.parametrize("token_program", [tokens.TOKEN, tokens.TOKEN_2022])
def test_a_spending_limit_in_tokens(chain: LocalNode, token_program: Pubkey) -> None:
    name = f"spending {token_program}"
    squad = _squad(chain, name, config_authority=STRANGER.pubkey())
    mint, _ = tokens.create_mint(
        chain, ANNA, wallet.keypair(f"mint, {name}"), 6, ANNA, program=token_program
    )
    vault, key = squad.vault(1), wallet.address("limit")
    source, target = mint.associated(vault), mint.associated(PAYEE)
    opening = [tokens.create_associated(mint, one, ANNA.pubkey()) for one in (vault, PAYEE)]
    chain.send([*opening, tokens.mint_to(mint, source, ANNA.pubkey(), 1_000)], [ANNA])
    limit = actions.AddSpendingLimit(key, 700, (BERT.pubkey(),), vault_index=1, mint=mint.address)
    assert squad.rule(limit, STRANGER).succeeded
    payment = TokenPayment(token_program, mint.address, source, target, 6)
    assert squad.spend(key, BERT, PAYEE, 600, payment).succeeded
    assert (tokens.balance(chain, source), tokens.balance(chain, target)) == (400, 600)
    _assert_limit(chain, squad, key)
    _assert_refused(chain, squad.spend(key, BERT, PAYEE, 1), "InvalidMint")
    _assert_refused(chain, squad.spend(key, BERT, PAYEE, 101, payment), "SpendingLimitExceeded")
    wrong = TokenPayment(token_program, mint.address, source, target, 9)
    failed = squad.spend(key, BERT, PAYEE, 1, wrong, expect_failure=True)
    assert (failed.succeeded, failed.error) == (False, None)
    _assert_limit(chain, squad, key)


def test_each_vault_signs_for_itself(chain: LocalNode) -> None:
    squad = _squad(chain, "two vaults")
    other = squad.vault(1)
    chain.airdrop(other, SOL)
    params = TransferParams(from_pubkey=other, to_pubkey=PAYEE, lamports=SOL // 2)
    index = _approved(squad, squad.propose([transfer(params)], ANNA, 1))
    assert squad.execute(index, BERT).succeeded
    assert chain.balance(other) == SOL - SOL // 2
    # A message that names another vault's key wants that vault's signature.
    index = _approved(squad, squad.propose([transfer(params)], ANNA))
    with pytest.raises(SignerError, match="not enough signers"):
        squad.execute(index, BERT)


def test_votes_to_cancel_need_room(chain: LocalNode) -> None:
    """A proposal made for one member, and three members more who vote to cancel it."""
    members = [Member(ANNA.pubkey())]
    squad = Squad(chain, wallet.keypair("growing"), members, 1, creator=ANNA)
    assert squad.create().succeeded
    index = squad.propose([_payment(squad)], ANNA).index
    assert squad.approve(index, ANNA).succeeded
    place = squad.state.proposal(index)
    changes: list[actions.Action] = [
        actions.AddMember(Member(one.pubkey(), VOTE)) for one in (BERT, CLEO, STRANGER)
    ]
    config = squad.propose_config([*changes, actions.ChangeThreshold(4)], ANNA).index
    assert squad.approve(config, ANNA).succeeded
    assert squad.execute_config(config, ANNA).succeeded
    for one in (ANNA, BERT):
        assert squad.cancel(index, one).succeeded
    assert len(chain.account(place) or b"") == Proposal.size(1)
    _assert_refused(chain, squad.cancel(index, CLEO), "AccountDidNotSerialize")
    assert squad.cancel(index, CLEO, version=2).succeeded
    raw, votes = chain.account(place), squad.votes(index)
    assert raw is not None and votes is not None
    assert len(raw) == Proposal.size(4)
    assert raw.startswith(votes.encode())
    assert chain.balance(place) == chain.rent_exempt(len(raw))
    assert votes.status is Status.APPROVED
    assert squad.cancel(index, STRANGER).succeeded
    assert (squad.votes(index) or votes).status is Status.CANCELLED


def test_what_a_member_that_went_leaves_stays_in_the_tail(chain: LocalNode) -> None:
    """As Anchor writes an account: over what was there, and no further than its content."""
    squad = _squad(chain, "leaving", config_authority=STRANGER.pubkey())
    before = chain.account(squad.address)
    assert squad.rule(actions.RemoveMember(CLEO.pubkey()), STRANGER).succeeded
    raw, content = chain.account(squad.address), squad.state.content()
    assert before is not None and raw is not None
    assert raw == content + before[len(content) :]
    assert any(raw[len(content) :])


def test_finished_accounts_are_closed_for_the_collector(chain: LocalNode) -> None:
    collector = wallet.address("collector of rent")
    squad = _squad(chain, "tidy", rent_collector=collector)
    index = _approved(squad, squad.propose([_payment(squad)], ANNA))
    _assert_refused(chain, squad.close(index, STRANGER), "InvalidProposalStatus")
    assert squad.execute(index, BERT).succeeded
    places = [squad.state.transaction(index), squad.state.proposal(index)]
    rent = sum(chain.balance(one) for one in places)
    assert squad.close(index, STRANGER).succeeded
    assert [chain.account(one) for one in places] == [None, None]
    assert [chain.balance(one) for one in places] == [0, 0]
    assert chain.balance(collector) == rent
    assert squad.votes(index) is None
    _assert_refused(chain, squad.close(index, STRANGER), "AccountNotInitialized")
    _assert_refused(chain, squad.execute(index, BERT), "AccountNotInitialized")

    config = _approved(squad, squad.propose_config([actions.SetRentCollector(None)], ANNA))
    assert squad.execute_config(config, ANNA).succeeded
    _assert_written(chain, squad)
    _assert_refused(chain, squad.close(config), "RentReclamationDisabled")


def test_a_config_authority_changes_without_votes(chain: LocalNode) -> None:
    ruler = STRANGER
    squad = _squad(chain, "ruled", config_authority=ruler.pubkey())
    _assert_refused(
        chain, squad.propose_config([actions.SetTimeLock(1)], ANNA), "NotSupportedForControlled"
    )
    _assert_refused(chain, squad.rule(actions.ChangeThreshold(1), ANNA), "Unauthorized")
    dora = Member(wallet.address("dora"), INITIATE)
    assert squad.rule(actions.AddMember(dora), ruler).succeeded
    _assert_refused(chain, squad.rule(actions.AddMember(dora), ruler), "DuplicateMember")
    for change in (
        actions.ChangeThreshold(1),
        actions.SetTimeLock(HOUR),
        actions.RemoveMember(dora.key),
        actions.SetRentCollector(PAYEE),
        actions.AddSpendingLimit(PAYEE, SOL, (ANNA.pubkey(),)),
        actions.RemoveSpendingLimit(squad.state.spending_limit(PAYEE)),
    ):
        assert squad.rule(change, ruler).succeeded, change
        _assert_written(chain, squad)
    assert chain.account(squad.state.spending_limit(PAYEE)) is None
    assert squad.hand_over(None, ruler).succeeded
    _assert_written(chain, squad)
    _assert_refused(chain, squad.rule(actions.ChangeThreshold(2), ruler), "Unauthorized")
    assert squad.propose_config([actions.SetTimeLock(1)], ANNA).succeeded


def test_an_account_paid_into_beforehand_is_made_all_the_same(chain: LocalNode) -> None:
    squad = _squad(chain, "prepaid")
    address = squad.state.transaction(1)
    chain.airdrop(address, SOL)
    landed = squad.propose([_payment(squad)], ANNA)
    assert landed.succeeded
    raw = chain.account(address)
    assert raw is not None
    assert raw[:8].hex() == "a8faa264510ea2cf"
    assert chain.balance(address) == SOL


def test_what_comes_before_its_time_is_named(chain: LocalNode) -> None:
    unmade = Squad(chain, wallet.keypair("unmade"), [Member(ANNA.pubkey())], 1, creator=ANNA)
    with pytest.raises(ValueError, match="create"):
        unmade.approve(1, ANNA)
    broken = Squad(chain, wallet.keypair("broken"), [Member(ANNA.pubkey())], 2, creator=ANNA)
    _assert_refused(chain, broken.create(), "InvalidThreshold")
    assert chain.account(broken.address) is None
    squad = _squad(chain, "ephemeral")
    extra = Pubkey.find_program_address(
        [b"multisig", bytes(squad.state.transaction(1)), b"ephemeral_signer", b"\0"], SQUADS
    )[0]
    taken = transfer(TransferParams(from_pubkey=extra, to_pubkey=PAYEE, lamports=1))
    with pytest.raises(ValueError, match="ephemeral"):
        squad.propose([taken], ANNA, ephemeral_signers=1)
