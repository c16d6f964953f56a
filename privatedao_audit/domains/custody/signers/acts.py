"""Privileged signatures of a transaction, by what its instructions have power over."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from privatedao_audit.chain.layouts import squads, squads_v3
from privatedao_audit.chain.layouts.loader import UnknownLoaderInstruction
from privatedao_audit.chain.transactions import Transaction, loader_actions
from privatedao_audit.domains.custody.signers.facts import PROPOSER
from privatedao_audit.protocols.base import ActionKind, GovernanceProtocol

UPGRADE_AUTHORITY = "upgrade authority"
NEW_AUTHORITY = "new upgrade authority"
MEMBER, CONFIG_AUTHORITY = "multisig member", "config authority"

DEPLOY = "DeployWithMaxDataLen"
CREATE = ("multisig_create", "multisig_create_v2")
CREATE_OLD = "create"

#: Kind of a Squads v3 multisig.
OLD_MULTISIG = "multisig of Squads v3"

#: Instructions of a multisig that anybody may call, or that are not about one multisig.
_OPEN = ("multisig_create", "program_config", "_accounts_close", "_account_close")


@dataclass(slots=True)
class Scope:
    """The subjects by kind, and the protocol that explains DAOs and proposals.

    ``multisigs`` are of Squads v4, ``old`` of v3.
    ``proposers``: proposal → who made it; ``officers``: keys that hold a role of a DAO now.
    """

    protocol: GovernanceProtocol | None
    programdata: dict[str, str] = field(default_factory=dict)
    multisigs: dict[str, str] = field(default_factory=dict)
    old: dict[str, str] = field(default_factory=dict)
    daos: dict[str, str] = field(default_factory=dict)
    proposals: dict[str, str] = field(default_factory=dict)
    proposers: dict[str, str] = field(default_factory=dict)
    officers: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Act:
    """One key in one role in one instruction."""

    key: str
    role: str
    subject: str
    name: str


def acts_of(transaction: Transaction, scope: Scope) -> Iterator[Act]:
    """The privileged signatures of a transaction; in a failed one only those really given."""
    given = frozenset(transaction.signers)
    for act in (*_of_loader(transaction, scope), *_of_multisig(transaction, scope),
                *_of_old(transaction, scope), *_of_protocol(transaction, scope)):  # fmt: skip
        if transaction.succeeded or act.key in given:
            yield act


def _of_loader(transaction: Transaction, scope: Scope) -> Iterator[Act]:
    for action in loader_actions(transaction):
        said = action.detail
        if isinstance(said, UnknownLoaderInstruction):
            continue
        subject = scope.programdata.get(said.programdata or said.subject or "")
        if subject is None:
            continue
        if said.authority is not None:
            yield Act(said.authority, UPGRADE_AUTHORITY, subject, said.name)
        if said.name == "SetAuthorityChecked" and said.new_authority is not None:
            yield Act(said.new_authority, NEW_AUTHORITY, subject, said.name)


def _of_multisig(transaction: Transaction, scope: Scope) -> Iterator[Act]:
    for item in transaction.instructions:
        if item.program not in scope.multisigs.values():
            continue
        said = squads.decode_instruction(item.accounts, item.data, program=item.program)
        if not isinstance(said, squads.SquadsInstruction):
            continue
        address, actor = said.account("multisig"), said.actor
        if address is None or scope.multisigs.get(address) != item.program or actor is None:
            continue
        if said.name.startswith(_OPEN[:2]) or said.name.endswith(_OPEN[2:]):
            continue
        role = CONFIG_AUTHORITY if actor == said.account("config_authority") else MEMBER
        yield Act(actor, role, address, said.name)


def _of_old(transaction: Transaction, scope: Scope) -> Iterator[Act]:
    """Members of a Squads v3 multisig. Its settings are changed by the multisig itself."""
    for item in transaction.instructions:
        if item.program not in scope.old.values():
            continue
        said = squads_v3.decode_instruction(item.accounts, item.data)
        if not isinstance(said, squads_v3.SquadsV3Instruction) or said.name == CREATE_OLD:
            continue
        address, actor = said.account("multisig"), said.account("member") or said.account("creator")
        if address is not None and actor is not None and scope.old.get(address) == item.program:
            yield Act(actor, MEMBER, address, said.name)


def _of_protocol(transaction: Transaction, scope: Scope) -> Iterator[Act]:
    if scope.protocol is None:
        return
    rules = scope.protocol.instruction_rules
    for program in dict.fromkeys(scope.daos.values()):
        for action in scope.protocol.actions(transaction, program):
            rule = rules.get(action.name or "")
            dao = action.dao or scope.proposals.get(action.proposal or "")
            if action.kind is not ActionKind.INSTRUCTION or rule is None or not rule.privileged:
                continue
            if dao not in scope.daos:
                continue  # somebody else's DAO under the same program
            maker = scope.proposers.get(action.proposal or "")
            keys = [k for name, k in action.signers.items()
                    if name == rule.signer or name.startswith("extra ")]  # fmt: skip
            for key in dict.fromkeys(keys):
                made_it = PROPOSER in rule.callers and key == maker
                own = made_it and key not in scope.officers
                role = PROPOSER if own else " or ".join(sorted(rule.callers))
                yield Act(key, role, dao, rule.instruction)


def hidden(transaction: Transaction, scope: Scope) -> str | None:
    """Why a transaction that took effect may hide a privileged signature; None when it can't."""
    if not transaction.succeeded:
        return None
    name = transaction.signature
    if not transaction.inner_recorded:
        return f"the inner instructions of {name} were not recorded"
    for action in loader_actions(transaction):
        unknown = isinstance(action.detail, UnknownLoaderInstruction)
        if unknown and set(action.instruction.accounts) & set(scope.programdata):
            return f"{name} holds a loader instruction that does not decode"
    for item in transaction.instructions:
        if item.program in scope.multisigs.values() and set(item.accounts) & set(scope.multisigs):
            said = squads.decode_instruction(item.accounts, item.data, program=item.program)
            if not isinstance(said, squads.SquadsInstruction):
                return f"{name} holds an instruction of the multisig that does not decode"
        if item.program in scope.old.values() and set(item.accounts) & set(scope.old):
            old = squads_v3.decode_instruction(item.accounts, item.data)
            if not isinstance(old, squads_v3.SquadsV3Instruction):
                return f"{name} holds an instruction of the multisig that does not decode"
    return _hidden_action(transaction, scope)


def _hidden_action(transaction: Transaction, scope: Scope) -> str | None:
    name = transaction.signature
    if scope.protocol is None:
        return "the target's protocol is not known" if scope.daos else None
    ours = set(scope.daos) | set(scope.proposals)
    for program in dict.fromkeys(scope.daos.values()):
        for action in scope.protocol.actions(transaction, program).of(
            ActionKind.UNKNOWN_INSTRUCTION
        ):
            # One that names neither DAO nor proposal has no power over them.
            if ours & set(action.extra):
                return f"{name} holds an instruction of the program: {action.fault}"
    return None
