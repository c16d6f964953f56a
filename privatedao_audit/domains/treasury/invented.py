"""A small invented DAO with its whole history, for the cases of checks.

The treasury gets SOL and tokens, three proposals pass by the variant that honours the policy, two
are executed: one pays SOL, one pays tokens; the third waits. Cases change one thing of it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from privatedao_audit.chain import programs
from privatedao_audit.domains.authority.world import derived, wallet
from privatedao_audit.domains.cases import on_chain
from privatedao_audit.domains.governance.facts import GovernanceFacts
from privatedao_audit.domains.treasury.facts import TreasuryFacts
from privatedao_audit.history.facts import (
    AddressHistory,
    DaoHistory,
    Deed,
    Entry,
    Holding,
    Role,
    Transfer,
)
from privatedao_audit.model.reads import Found, ProvenAbsent, Read
from privatedao_audit.protocols.conduct import Action, ActionKind
from privatedao_audit.protocols.facts import (
    Asset,
    Dao,
    DaoReads,
    Outcome,
    Policy,
    Proposal,
    ProposalReads,
    ProposedAction,
    Treasury,
    TreasuryAccount,
    TreasuryReads,
    Window,
)

PROGRAM, DAO, TREASURY = wallet("program"), derived("dao"), derived("treasury")
MINT, TOKENS = wallet("mint"), derived("token account of the treasury")
POLICY = derived("governance policy")
COOK, COOKS_TOKENS, STRANGER = wallet("cook"), wallet("cook's tokens"), wallet("stranger")
PAYS_SOL, PAYS_TOKENS, WAITS = (derived(f"proposal {n}") for n in range(3))
SOL_PAID, TOKENS_PAID, WAITING = 2_000_000_000, 700, 1_000_000_000
SOL_IN, TOKENS_IN = 5_000_000_000, 1_000
RENT = 2_000_000
DAY = 86_400
AT = on_chain

#: Slots of what happened, in order; a slot is a minute of the story.
BORN, POLICY_SET, PAID_IN, TOKENS_CAME = 10, 11, 20, 21
CREATED, FINALIZED, EXECUTED, EXECUTED_TOKENS = 30, 40, 50, 51
START = 1_800_000_000

_TIMES = {CREATED: START, FINALIZED: START + 2 * DAY, EXECUTED: START + 4 * DAY}


def time_of(slot: int) -> int:
    """Unix seconds of a slot."""
    return _TIMES.get(slot, START + (slot - CREATED) * 60 if slot < FINALIZED
                      else START + 4 * DAY + (slot - EXECUTED) * 60)  # fmt: skip


def action(name: str, slot: int, proposal: str | None = None, **accounts: str) -> Action:
    """An instruction of the DAO's program that took effect, outer and first."""
    named = {"dao": DAO, **({} if proposal is None else {"proposal": proposal}), **accounts}
    return Action(
        kind=ActionKind.INSTRUCTION, name=name, discriminator="", program=PROGRAM,
        signature=signature(name, slot, proposal), slot=slot, block_time=time_of(slot),
        place="0", took_effect=True, callers=(), accounts=named, extra=(), signers={}, fields={},
        dao=DAO, proposal=proposal, fault=None,
    )  # fmt: skip


def signature(name: str, slot: int, proposal: str | None = None) -> str:
    """The signature of an invented transaction; unique, and readable in a failing test."""
    number = {PAYS_SOL: 0, PAYS_TOKENS: 1, WAITS: 2}.get(proposal or "", "")
    return f"{name}-{slot}{'' if number == '' else f'-{number}'}"


def deed(slot: int, name: str, *transfers: Transfer, acts: tuple[Action, ...] = ()) -> Deed:
    """A transaction that succeeded."""
    return Deed(
        signature=acts[0].signature if acts else signature(name, slot), slot=slot,
        block_time=time_of(slot), succeeded=True, fee_payer=STRANGER, actions=acts,
        transfers=transfers, gap="", at=AT(f"transaction-{name}-{slot}"),
    )  # fmt: skip


def sol(source: str, destination: str, amount: int, inside: str | None = None) -> Transfer:
    """A transfer of lamports."""
    return Transfer(
        place="0.0", kind="sol", source=source, destination=destination, amount=amount,
        mint=None, authority=source, payer=source, receiver=destination, inside=inside,
    )  # fmt: skip


def tokens(
    source: str,
    payer: str,
    destination: str,
    receiver: str,
    amount: int,
    inside: str | None = None,
) -> Transfer:
    """A transfer of the mint's raw units between token accounts of two wallets."""
    return Transfer(
        place="0.0", kind="token", source=source, destination=destination, amount=amount,
        mint=MINT, authority=payer, payer=payer, receiver=receiver, inside=inside,
    )  # fmt: skip


def entry(
    one: Deed,
    lamports: tuple[int, int],
    amount: tuple[int, int] | None = None,
    holder: tuple[str | None, str | None] = (TREASURY, TREASURY),
) -> Entry:
    """What an address saw of a transaction."""
    return Entry(
        one.signature, one.slot, one.block_time, True, lamports, amount,
        None if amount is None else holder, None if amount is None else MINT,
        amount is not None,
    )  # fmt: skip


def lived(address: str, role: Role, *entries: Entry, now: Holding | None = None) -> AddressHistory:
    """A history whose list reached the end at a node that keeps everything."""
    last = entries[-1] if entries else None
    lamports = last.lamports[1] if last is not None and last.lamports is not None else 0
    held = Holding(lamports) if now is None else now
    there: Read[Holding] = Found(held, AT(f"closing-{address}"))
    if not held.lamports:
        there = ProvenAbsent(AT(f"closing-{address}"))
    return AddressHistory(
        address=address, role=role, entries=entries, unreadable=(), cut="", kept_from=None,
        now=there, at=AT(f"list-{address}"),
    )  # fmt: skip


def _sequence() -> tuple[Deed, ...]:
    create = [action("create_proposal", CREATED, one) for one in (PAYS_SOL, PAYS_TOKENS, WAITS)]
    decide = [
        action("finalize_proposal_v3", FINALIZED, one) for one in (PAYS_SOL, PAYS_TOKENS, WAITS)
    ]
    return (
        deed(BORN, "initialize_dao", acts=(action("initialize_dao", BORN),)),
        deed(POLICY_SET, "policy", acts=(
            action("initialize_dao_governance_policy_v3", POLICY_SET, policy=POLICY),)),
        deed(PAID_IN, "deposit_treasury", sol(STRANGER, TREASURY, SOL_IN, "0"),
             acts=(action("deposit_treasury", PAID_IN),)),
        deed(TOKENS_CAME, "gift", tokens(wallet("giver's"), STRANGER, TOKENS, TREASURY,
                                         TOKENS_IN)),
        *(deed(CREATED, f"create {a.proposal}", acts=(a,)) for a in create),
        *(deed(FINALIZED, f"finalize {a.proposal}", acts=(a,)) for a in decide),
        deed(EXECUTED, "execute", sol(TREASURY, COOK, SOL_PAID, "0"),
             acts=(action("execute_proposal", EXECUTED, PAYS_SOL),)),
        deed(EXECUTED_TOKENS, "execute tokens",
             tokens(TOKENS, TREASURY, COOKS_TOKENS, COOK, TOKENS_PAID, "0"),
             acts=(action("execute_proposal", EXECUTED_TOKENS, PAYS_TOKENS),)),
    )  # fmt: skip


DEEDS = _sequence()
_BY_SIGNATURE = {one.signature: one for one in DEEDS}
PAYMENT = signature("execute_proposal", EXECUTED, PAYS_SOL)
TOKEN_PAYMENT = signature("execute_proposal", EXECUTED_TOKENS, PAYS_TOKENS)
DEPOSIT, GIFT = signature("deposit_treasury", PAID_IN), signature("gift", TOKENS_CAME)


def _history() -> DaoHistory:
    by = _BY_SIGNATURE
    treasury = lived(
        TREASURY, "treasury", entry(by[DEPOSIT], (0, SOL_IN)),
        entry(by[PAYMENT], (SOL_IN, SOL_IN - SOL_PAID)),
    )  # fmt: skip
    left = TOKENS_IN - TOKENS_PAID
    held = lived(
        TOKENS, "token account",
        entry(by[GIFT], (0, RENT), (0, TOKENS_IN), (None, TREASURY)),
        entry(by[TOKEN_PAYMENT], (RENT, RENT), (TOKENS_IN, left)),
        now=Holding(RENT, left, TREASURY, MINT),
    )  # fmt: skip
    dao = lived(DAO, "dao", *(
        entry(one, (0 if one.slot == BORN else RENT, RENT)) for one in DEEDS if one.actions
    ))  # fmt: skip
    proposals = [
        lived(address, "proposal", *(
            entry(one, (0 if one.slot == CREATED else RENT, RENT))
            for one in DEEDS if one.actions and one.actions[0].proposal == address
        ))
        for address in (PAYS_SOL, PAYS_TOKENS, WAITS)
    ]  # fmt: skip
    return DaoHistory(
        dao=DAO, program=PROGRAM, treasury=TREASURY,
        histories={one.address: one for one in (dao, treasury, *proposals, held)},
        deeds=DEEDS,
        listed={
            programs.TOKEN: Found((TOKENS,), AT("token accounts")),
            programs.TOKEN_2022: Found((), AT("token accounts 2022")),
        },
    )  # fmt: skip


def _dao() -> Dao:
    return Dao(
        address=DAO, program=PROGRAM, name="the club", authorities={}, governance_mint=None,
        voting_rule="more yes than no", delays={"execution": 2 * DAY, "reveal": DAY},
        proposal_count=3, proof=None, proof_note="", raw={}, quorum=20,
    )  # fmt: skip


def _proposal(number: int, address: str, outcome: Outcome, pays: ProposedAction) -> ProposalReads:
    ends = START + DAY
    said = Proposal(
        address=address, id=str(number), dao=DAO, proposer=STRANGER, title="", description="",
        status=outcome.value, outcome=outcome,
        windows=(Window("voting", None, ends), Window("reveal", ends, ends + DAY)),
        participants=1, tallies=(), actions=(pays,), unlocks_at=START + 4 * DAY,
        executed=outcome is Outcome.EXECUTED, raw={},
    )  # fmt: skip
    return ProposalReads(
        id=str(number), address=address, proposal=Found(said, AT("slice")),
        policies={"zk-policy": ProvenAbsent(AT("slice"))}, payout=ProvenAbsent(AT("slice")),
        records={}, votes=ProvenAbsent(AT("slice")),
    )  # fmt: skip


def pays(amount: int, mint: str | None = None, recipient: str = COOK) -> ProposedAction:
    """An action that pays lamports, or raw units of a mint."""
    asset = Asset.SOL if mint is None else Asset.TOKEN
    return ProposedAction(asset, amount, recipient, mint, asset.value, None, {})


def _reads() -> DaoReads:
    policy = Policy(POLICY, "DaoGovernancePolicyV3", DAO, STRANGER, {}, START, {})
    absent: Read[Any] = ProvenAbsent(AT("slice"))
    return DaoReads(
        address=DAO, program=PROGRAM, dao=Found(_dao(), AT("slice")),
        now=Found(START + 5 * DAY, AT("time")),
        treasuries=(TreasuryReads(
            Treasury(TREASURY, DAO, PROGRAM, (), 255),
            Found(TreasuryAccount(SOL_IN - SOL_PAID, programs.SYSTEM, 0, None), AT("slice")),
        ),),
        policies={
            "dao-security-policy": absent,
            "dao-governance-policy-v3": Found(policy, AT("slice")),
            "dao-settlement-policy-v3": absent,
        },
        roles={}, records={},
        proposals=(
            _proposal(0, PAYS_SOL, Outcome.EXECUTED, pays(SOL_PAID)),
            _proposal(1, PAYS_TOKENS, Outcome.EXECUTED, pays(TOKENS_PAID, MINT)),
            _proposal(2, WAITS, Outcome.PASSED, pays(WAITING)),
        ),
        gaps=(),
    )  # fmt: skip


READS, HISTORY = _reads(), _history()


def facts(reads: DaoReads = READS, history: DaoHistory | None = HISTORY) -> TreasuryFacts:
    """Facts of one DAO."""
    governance = GovernanceFacts("privatedao", "", {DAO: "the club"}, (reads,))
    return TreasuryFacts(governance, {} if history is None else {DAO: history})


def with_deed(name: str, **change: Any) -> DaoHistory:
    """The history with one transaction changed."""
    return replace(
        HISTORY,
        deeds=tuple(replace(d, **change) if d.signature == name else d for d in HISTORY.deeds),
    )


def more_deeds(history: DaoHistory, *deeds: Deed) -> DaoHistory:
    """The history with further transactions, in the order of their slots."""
    together = sorted((*history.deeds, *deeds), key=lambda one: one.slot)
    return replace(history, deeds=tuple(together))


def with_address(
    address: str,
    change: Callable[[AddressHistory], AddressHistory],
    history: DaoHistory = HISTORY,
) -> DaoHistory:
    """The history with that of one address changed."""
    changed = change(history.histories[address])
    return replace(history, histories={**history.histories, address: changed})


def with_proposal(
    number: int, change: Callable[[ProposalReads], ProposalReads], reads: DaoReads = READS
) -> DaoReads:
    """The DAO with one proposal changed."""
    return replace(
        reads,
        proposals=tuple(
            change(one) if n == number else one for n, one in enumerate(reads.proposals)
        ),
    )


def saying(**change: Any) -> Callable[[ProposalReads], ProposalReads]:
    """A change of what the account of a proposal says."""

    def changed(one: ProposalReads) -> ProposalReads:
        assert isinstance(one.proposal, Found)
        return replace(one, proposal=Found(replace(one.proposal.value, **change),
                                           one.proposal.at))  # fmt: skip

    return changed


def with_dao(**change: Any) -> DaoReads:
    """The DAO with its account changed."""
    assert isinstance(READS.dao, Found)
    return replace(READS, dao=Found(replace(READS.dao.value, **change), READS.dao.at))


def without(mapping: Mapping[str, Any], key: str) -> dict[str, Any]:
    """A mapping without one key."""
    return {name: value for name, value in mapping.items() if name != key}
