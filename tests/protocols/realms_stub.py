"""A second protocol behind the seam, as small as can be: SPL Governance ("Realms").

It exists to keep the seam honest and reads no more than a test needs: a governance account stands
for the DAO, proposals come out of its history, states are read and times are not.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from privatedao_audit.chain.addresses import find_program_address, parse_pubkey
from privatedao_audit.chain.borsh import Cursor, DecodeError
from privatedao_audit.chain.reads import Account, ChainReads
from privatedao_audit.chain.transactions import Transaction
from privatedao_audit.model.reads import Diverged, Found, ProvenAbsent, Read, Unknown, decoded
from privatedao_audit.protocols.base import (
    Action,
    ActionKind,
    Actions,
    Availability,
    CollectLimits,
    Dao,
    DaoReads,
    Document,
    ErrorName,
    Failure,
    InstructionRule,
    Lever,
    LeverRule,
    Moment,
    Outcome,
    PolicyRule,
    Proposal,
    ProposalReads,
    Stage,
    StageKind,
    Treasury,
    TreasuryAccount,
    TreasuryReads,
)

STATES: Final = (
    "Draft", "SigningOff", "Voting", "Succeeded", "Executing", "Completed", "Cancelled",
    "Defeated", "ExecutingWithErrors", "Vetoed",
)  # fmt: skip
_OUTCOMES: Final = (
    Outcome.DRAFT, Outcome.DRAFT, Outcome.OPEN, Outcome.PASSED, Outcome.PASSED, Outcome.EXECUTED,
    Outcome.CANCELLED, Outcome.FAILED, Outcome.PASSED, Outcome.VETOED,
)  # fmt: skip
_STAGES: Final = {
    Outcome.DRAFT: StageKind.DRAFT, Outcome.OPEN: StageKind.VOTING,
    Outcome.PASSED: StageKind.EXECUTABLE, Outcome.EXECUTED: StageKind.EXECUTED,
}  # fmt: skip
#: Tag → name, accounts, signer, callers, privileged, moves funds.
_CALLS: Final[dict[int, tuple[str, tuple[str, ...], str, str, bool, bool]]] = {
    6: ("create_proposal", ("realm", "proposal", "governance", "owner_record", "mint", "owner"),
        "owner", "member", False, False),
    11: ("cancel_proposal", ("realm", "governance", "proposal", "owner_record", "owner"),
         "owner", "proposer", True, False),
    13: ("cast_vote", ("realm", "governance", "proposal", "owner_record", "voter_record", "voter"),
         "voter", "member", False, False),
    16: ("execute_transaction", ("governance", "proposal", "transaction"), "", "anyone", False,
         True),
}  # fmt: skip
_ERRORS: Final = {500: "InvalidInstruction", 501: "RealmAlreadyExists"}


def _governance(account: Account, program: str) -> Dao:
    cursor = _opened(account, program, 18, "governance")
    realm, seed = cursor.pubkey("realm"), cursor.pubkey("seed")
    cursor.u32("reserved")
    threshold = cursor.u8("threshold")
    percent = None if threshold == 2 else cursor.u8("percent")
    cursor.u64("to propose")
    delays = {"execution": cursor.u32("hold up"), "voting": cursor.u32("voting")}
    place = find_program_address(
        [b"account-governance", bytes(parse_pubkey(realm)), bytes(parse_pubkey(seed))], program
    )
    if place.address != account.address:
        raise DecodeError("governance", None, f"its content leads to {place.address}")
    return Dao(
        address=account.address, program=program, name=realm, authorities={"authority": realm},
        governance_mint=None, voting_rule=f"{percent} % yes of the community", delays=delays,
        proposal_count=None, proof=f"realm {realm}, seed {seed}", proof_note="derived",
        raw={"realm": realm, "seed": seed, "percent": percent},
    )  # fmt: skip


def _proposal(account: Account, program: str) -> Proposal:
    cursor = _opened(account, program, 14, "proposal")
    governance, mint = cursor.pubkey("governance"), cursor.pubkey("mint")
    state = cursor.u8("state")
    if state >= len(STATES):
        raise cursor.error("state", f"{state} is no state")
    owner = cursor.pubkey("owner record")
    return Proposal(
        address=account.address, id=account.address, dao=governance, proposer=owner, title="",
        description="", status=STATES[state], outcome=_OUTCOMES[state], windows=(),
        participants=None, tallies=(), actions=(), unlocks_at=None,
        executed=STATES[state] == "Completed", raw={"mint": mint, "state": state},
    )  # fmt: skip


def _opened(account: Account, program: str, tag: int, what: str) -> Cursor:
    if account.owner != program:
        raise DecodeError(what, None, f"owned by {account.owner}, not by {program}")
    cursor = Cursor(account.data, what)
    if cursor.u8("kind") != tag:
        raise cursor.error("kind", "another kind of account", 0)
    return cursor


class Realms:
    """See :class:`privatedao_audit.protocols.base.GovernanceProtocol`."""

    name = "realms-stub"
    builds = ("3.1",)
    documents = (Document("README.md", "markdown", ("gate",), "what it is"),)

    @property
    def instruction_rules(self) -> Mapping[str, InstructionRule]:
        return {
            name: InstructionRule(name, frozenset({who}), signer, privileged, moves, "")
            for name, _accounts, signer, who, privileged, moves in _CALLS.values()
        }

    @property
    def policy_rules(self) -> tuple[PolicyRule, ...]:
        return ()

    async def collect_dao(
        self, chain: ChainReads, dao: str, program: str, limits: CollectLimits | None = None
    ) -> DaoReads:
        place = self._treasury(dao, program)
        told, account = await chain.accounts((dao, place.address))
        read = decoded(told, lambda a: _governance(a, program), "the governance account")
        authority = decoded(read, lambda value: value.authorities["authority"], "the authority")
        proposals, gaps = await self._proposals(chain, dao, program, limits or CollectLimits())
        if isinstance(read, ProvenAbsent):
            gaps.insert(0, "the governance account does not exist")
        gaps += [r.reason for r in (read, account) if isinstance(r, (Unknown, Diverged))]
        treasury = decoded(
            account, lambda a: TreasuryAccount(a.lamports, a.owner, len(a.data), None), "treasury"
        )
        now = Unknown("no slot") if read.at.slot is None else await chain.block_time(read.at.slot)
        return DaoReads(
            address=dao, program=program, dao=read, now=now,
            treasuries=(TreasuryReads(place, treasury),), policies={},
            roles={"authority": authority}, records={}, proposals=proposals, gaps=tuple(gaps),
        )  # fmt: skip

    async def _proposals(
        self, chain: ChainReads, dao: str, program: str, limits: CollectLimits
    ) -> tuple[tuple[ProposalReads, ...], list[str]]:
        history = await chain.signature_history(dao, limits.pages)
        if not isinstance(history, Found):
            return (), ["the history could not be read"]
        gaps = [] if history.value.reason is None else [history.value.reason]
        rows = [row.signature for row in history.value.rows if row.succeeded]
        keys: dict[str, None] = {}
        for read in await chain.transactions(rows[: limits.transactions]):
            if not isinstance(read, Found):
                gaps.append("a transaction could not be read")
                continue
            for action in self.actions(read.value, program):
                if action.name == "create_proposal" and action.proposal is not None:
                    keys[action.proposal] = None
        accounts = await chain.accounts(tuple(keys)[: limits.proposals])
        nothing: Read[Any] = ProvenAbsent(history.at)
        return tuple(
            ProposalReads(
                key, key, decoded(a, lambda x: _proposal(x, program), "a proposal"), {}, nothing,
                {}, Unknown("votes are not read"),
            )
            for key, a in zip(keys, accounts, strict=False)
        ), gaps  # fmt: skip

    @staticmethod
    def _treasury(dao: str, program: str) -> Treasury:
        seeds = [b"native-treasury", bytes(parse_pubkey(dao, "governance"))]
        address, bump = find_program_address(seeds, program)
        return Treasury(address, dao, program, ('"native-treasury"', f"governance {dao}"), bump)

    def treasuries(self, dao_reads: DaoReads) -> tuple[Treasury, ...]:
        return (self._treasury(dao_reads.address, dao_reads.program),)

    def actions(self, transaction: Transaction, program: str) -> Actions:
        found = []
        for item in transaction.instructions:
            if item.program != program:
                continue
            known = _CALLS.get(item.data[0]) if item.data else None
            name, names, signer = known[:3] if known else (None, (), "")
            accounts = dict(zip(names, item.accounts, strict=False))
            signs = signer in accounts and accounts[signer] in transaction.signers
            found.append(Action(
                kind=ActionKind.INSTRUCTION if known else ActionKind.UNKNOWN_INSTRUCTION,
                name=name, discriminator=item.data[:1].hex(), program=program,
                signature=transaction.signature, slot=transaction.slot,
                block_time=transaction.block_time, place=item.place,
                took_effect=transaction.succeeded, callers=None, accounts=accounts,
                extra=item.accounts[len(names):],
                signers={signer: accounts[signer]} if signs else {},
                fields={}, dao=accounts.get("governance"), proposal=accounts.get("proposal"),
                fault=None if known else "an unknown tag",
            ))  # fmt: skip
        why = None if transaction.inner_recorded else "the node kept no inner instructions"
        return Actions(tuple(found), why is None, why)

    def failure(
        self, transaction: Transaction, program: str, build: str | None = None
    ) -> Failure:
        self._checked(build)
        if transaction.succeeded:
            return Failure(None, None, None, None, (), (), "none", None)
        place, detail = transaction.err["InstructionError"]
        code = detail["Custom"]
        name = self.error_name(code, build).name
        names = () if name is None else (name,)
        return Failure(program, str(place), code, name, names, self.builds, "code", None)

    def error_name(self, code: int, build: str | None = None) -> ErrorName:
        self._checked(build)
        name = _ERRORS.get(code)
        return ErrorName(code, name, {} if name is None else {"3.1": name})

    @property
    def lever_rules(self) -> Mapping[str, LeverRule]:
        early = frozenset({Moment.UNVOTED, Moment.VOTING})
        return {"cancel_proposal": LeverRule(
            "cancel_proposal", early, "proposer", "", self.builds, "while it is voted on",
        )}  # fmt: skip

    def _checked(self, build: str | None) -> None:
        if build not in (None, *self.builds):
            raise ValueError(f"no build is called {build!r}; known are: 3.1")

    def stage(self, proposal: Proposal, now: int, dao: Dao | None = None) -> Stage:
        if dao is not None and dao.address != proposal.dao:
            raise ValueError("the proposal belongs to another DAO")
        return Stage(
            kind=_STAGES.get(proposal.outcome, StageKind.ENDED), name=proposal.status, now=now,
            since=None, until=None, proposal=proposal,
            authorities={} if dao is None else dao.authorities,
            delays={} if dao is None else dao.delays, reason=f"it is {proposal.status}",
        )  # fmt: skip

    def recount(
        self, proposal: ProposalReads, dao: DaoReads, less: Mapping[str, int]
    ) -> bool | None:
        return None

    def levers(self, stage: Stage, build: str | None = None) -> tuple[Lever, ...]:
        self._checked(build)
        early = stage.kind in (StageKind.DRAFT, StageKind.VOTING)
        return (Lever(
            instruction="cancel_proposal", stops="the proposal",
            availability=Availability.NOW if early else Availability.NONE, role="proposer",
            holder=stage.proposal.proposer, opens_at=None, until=None, seconds_left=None,
            reason=stage.reason,
        ),)  # fmt: skip
