"""PrivateDAO as the seam asks for it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from privatedao_audit.chain.reads import ChainReads
from privatedao_audit.chain.transactions import Transaction
from privatedao_audit.protocols.base import (
    Actions,
    CollectLimits,
    Dao,
    DaoReads,
    Document,
    ErrorName,
    Failure,
    InstructionRule,
    Lever,
    LeverRule,
    PolicyRule,
    Proposal,
    ProposalReads,
    Stage,
    Treasury,
)
from privatedao_audit.protocols.privatedao import actions as _actions
from privatedao_audit.protocols.privatedao import collect as _collect
from privatedao_audit.protocols.privatedao import decision as _decision
from privatedao_audit.protocols.privatedao import errors as _errors
from privatedao_audit.protocols.privatedao import levers as _levers
from privatedao_audit.protocols.privatedao.documents import DOCUMENTS
from privatedao_audit.protocols.privatedao.duties import POLICY_RULES
from privatedao_audit.protocols.privatedao.rules import RULES

__all__ = ["PROTOCOL", "PrivateDao"]


class PrivateDao:
    """See :class:`privatedao_audit.protocols.base.GovernanceProtocol`."""

    @property
    def name(self) -> str:
        return "privatedao"

    @property
    def builds(self) -> tuple[str, ...]:
        return _errors.BUILDS

    @property
    def documents(self) -> tuple[Document, ...]:
        return DOCUMENTS

    @property
    def instruction_rules(self) -> Mapping[str, InstructionRule]:
        return RULES

    @property
    def policy_rules(self) -> tuple[PolicyRule, ...]:
        return POLICY_RULES

    @property
    def lever_rules(self) -> Mapping[str, LeverRule]:
        return _levers.LEVER_RULES

    async def collect_dao(
        self, chain: ChainReads, dao: str, program: str, limits: CollectLimits | None = None
    ) -> DaoReads:
        return await _collect.collect_dao(chain, dao, program, limits or CollectLimits())

    def treasuries(self, dao_reads: DaoReads) -> tuple[Treasury, ...]:
        return (_collect.treasury_of(dao_reads.address, dao_reads.program),)

    def actions(self, transaction: Transaction, program: str) -> Actions:
        return _actions.actions(transaction, program)

    def failure(
        self, transaction: Transaction, program: str, build: str | None = None
    ) -> Failure:
        return _errors.failure(transaction, program, build)

    def error_name(self, code: int, build: str | None = None) -> ErrorName:
        return _errors.error_name(code, build)

    def stage(self, proposal: Proposal, now: int, dao: Dao | None = None) -> Stage:
        return _levers.stage(proposal, now, dao)

    def recount(
        self, proposal: ProposalReads, dao: DaoReads, less: Mapping[str, int]
    ) -> bool | None:
        return _decision.recount(proposal, dao, less)

    def levers(self, stage: Stage, build: str | None = None) -> tuple[Lever, ...]:
        return _levers.levers(stage, build)


PROTOCOL: Final = PrivateDao()
