"""Who signed privileged instructions: found in the histories of what they have power over.

The histories are those of ProgramData, DAO, proposals and multisig. The program's own id is not
paged: every instruction of the loader that changes code or authority names ProgramData, and every
privileged one of the protocol names its DAO or its proposal, while the program's id stands in
every call that anybody makes.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from privatedao_audit.chain.layouts import loader, squads, squads_v3
from privatedao_audit.chain.layouts.governance import Governance
from privatedao_audit.chain.layouts.loader import UnknownLoaderInstruction
from privatedao_audit.chain.reads import SignatureHistory
from privatedao_audit.chain.transactions import Transaction, loader_actions
from privatedao_audit.domains.authority.facts import AuthorityFacts
from privatedao_audit.domains.authority.trust import distrust
from privatedao_audit.domains.custody.signers.facts import PROPOSER, Moment, Observed, Seen, Walk
from privatedao_audit.domains.sources import Sources
from privatedao_audit.model.reads import Found, Read, Unknown, joined
from privatedao_audit.model.target import Target
from privatedao_audit.protocols.base import ActionKind, DaoReads, GovernanceProtocol

UPGRADE_AUTHORITY = "upgrade authority"
NEW_AUTHORITY = "new upgrade authority"
MEMBER, CONFIG_AUTHORITY = "multisig member", "config authority"

_DEPLOY = "DeployWithMaxDataLen"
_CREATE = ("multisig_create", "multisig_create_v2")
_CREATE_OLD = "create"

#: Kind of a Squads v3 multisig.
OLD_MULTISIG = "multisig of Squads v3"

#: Instructions of a multisig that anybody may call, or that are not about one multisig.
_OPEN = ("multisig_create", "program_config", "_accounts_close", "_account_close")


@dataclass(frozen=True, slots=True)
class Subject:
    """Something whose history is looked through.

    Attributes:
        program: that answers for it: owner of the DAO, proposal or multisig; of a ProgramData
            the program whose code it holds.
        doubt: why nothing that names it may be believed; empty where it may.
    """

    address: str
    kind: str
    program: str
    doubt: str = ""


@dataclass(slots=True)
class _Scope:
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
class _Act:
    """One key in one role in one instruction."""

    key: str
    role: str
    subject: str
    name: str


async def observe(
    sources: Sources,
    authority: AuthorityFacts,
    daos: Sequence[DaoReads],
    protocol: GovernanceProtocol | None,
) -> Observed:
    """The signers of privileged instructions in the histories of everything in scope."""
    subjects = _subjects(sources, authority, daos)
    scope = _scope(subjects, daos, protocol)
    pages = sources.target.limits.signature_pages
    lists = await asyncio.gather(
        *(sources.chain.signature_history(one.address, max_pages=pages) for one in subjects)
    )
    names = {
        row.signature: None for read in lists if isinstance(read, Found) for row in read.value.rows
    }
    reads = dict(zip(names, await sources.chain.transactions(tuple(names)), strict=True))
    known = {name: read for name, read in reads.items() if isinstance(read, Found)}
    acts = {name: tuple(_acts(read.value, scope)) for name, read in known.items()}
    oldest = _oldest_deploy(known, acts)
    walks = tuple(
        _walk(one, listed, reads, scope, oldest)
        for one, listed in zip(subjects, lists, strict=True)
    )
    took, failed = [], []
    for name, read in known.items():
        for act in acts[name]:
            (took if read.value.succeeded else failed).append((act, read))
    return Observed(_gathered(took), _gathered(failed), walks)


def _subjects(
    sources: Sources, authority: AuthorityFacts, daos: Sequence[DaoReads]
) -> tuple[Subject, ...]:
    target = sources.target
    found = [
        Subject(loader.programdata_address(one.id), "ProgramData", one.id)
        for one in target.programs
    ]
    for address in dict.fromkeys(one.address for one in target.multisigs):
        found.append(_multisig(address, authority, target))
    for dao in daos:
        found.append(Subject(dao.address, "DAO", dao.program))
        found += [Subject(one.address, "proposal", dao.program) for one in dao.proposals]
    return tuple(found)


def _multisig(address: str, authority: AuthorityFacts, target: Target) -> Subject:
    """A multisig of the target, of either version of Squads; of a realm why it is none."""
    read = authority.accounts.get(address)
    content = read.value.content if isinstance(read, Found) else None
    if isinstance(read, Found) and isinstance(content, squads.Multisig | squads_v3.Ms):
        owner = read.value.owner
        doubt = distrust(address, content, owner, authority, target) or ""
        kind = "multisig" if isinstance(content, squads.Multisig) else OLD_MULTISIG
        return Subject(address, kind, owner, doubt)
    doubt = f"the multisig {address} was not read as one of Squads"
    if isinstance(content, Governance):
        doubt = (
            f"{address} is a governance of a realm: holders of tokens vote for it, and which of "
            "them hold an office the chain does not say"
        )
    return Subject(address, "multisig", "", doubt)


def _scope(
    subjects: Sequence[Subject], daos: Sequence[DaoReads], protocol: GovernanceProtocol | None
) -> _Scope:
    scope = _Scope(protocol)
    for one in subjects:
        if one.kind == "ProgramData":
            scope.programdata[one.address] = one.program
        elif one.kind == "multisig" and not one.doubt:
            scope.multisigs[one.address] = one.program
        elif one.kind == OLD_MULTISIG and not one.doubt:
            scope.old[one.address] = one.program
    for dao in daos:
        scope.daos[dao.address] = dao.program
        scope.proposals |= {one.address: dao.address for one in dao.proposals}
        scope.proposers |= {
            one.address: one.proposal.value.proposer
            for one in dao.proposals
            if isinstance(one.proposal, Found)
        }
        held = {read.value for read in dao.roles.values() if isinstance(read, Found)}
        scope.officers |= held
    return scope


def _acts(transaction: Transaction, scope: _Scope) -> Iterator[_Act]:
    """The privileged signatures of a transaction; in a failed one only those really given."""
    given = frozenset(transaction.signers)
    for act in (*_of_loader(transaction, scope), *_of_multisig(transaction, scope),
                *_of_old(transaction, scope), *_of_protocol(transaction, scope)):  # fmt: skip
        if transaction.succeeded or act.key in given:
            yield act


def _of_loader(transaction: Transaction, scope: _Scope) -> Iterator[_Act]:
    for action in loader_actions(transaction):
        said = action.detail
        if isinstance(said, UnknownLoaderInstruction):
            continue
        subject = scope.programdata.get(said.programdata or said.subject or "")
        if subject is None:
            continue
        if said.authority is not None:
            yield _Act(said.authority, UPGRADE_AUTHORITY, subject, said.name)
        if said.name == "SetAuthorityChecked" and said.new_authority is not None:
            yield _Act(said.new_authority, NEW_AUTHORITY, subject, said.name)


def _of_multisig(transaction: Transaction, scope: _Scope) -> Iterator[_Act]:
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
        yield _Act(actor, role, address, said.name)


def _of_old(transaction: Transaction, scope: _Scope) -> Iterator[_Act]:
    """Members of a Squads v3 multisig. Its settings are changed by the multisig itself."""
    for item in transaction.instructions:
        if item.program not in scope.old.values():
            continue
        said = squads_v3.decode_instruction(item.accounts, item.data)
        if not isinstance(said, squads_v3.SquadsV3Instruction) or said.name == _CREATE_OLD:
            continue
        address, actor = said.account("multisig"), said.account("member") or said.account("creator")
        if address is not None and actor is not None and scope.old.get(address) == item.program:
            yield _Act(actor, MEMBER, address, said.name)


def _of_protocol(transaction: Transaction, scope: _Scope) -> Iterator[_Act]:
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
                yield _Act(key, role, dao, rule.instruction)


def _gathered(acts: Sequence[tuple[_Act, Found[Transaction]]]) -> tuple[Seen, ...]:
    """The acts by key, role and subject, in this order."""
    groups: dict[tuple[str, str, str], list[tuple[_Act, Found[Transaction]]]] = {}
    for act, read in acts:
        groups.setdefault((act.key, act.role, act.subject), []).append((act, read))
    return tuple(_seen(*names, rows) for names, rows in sorted(groups.items()))


def _seen(
    key: str, role: str, subject: str, rows: Sequence[tuple[_Act, Found[Transaction]]]
) -> Seen:
    counts: dict[str, int] = {}
    for act, _ in rows:
        counts[act.name] = counts.get(act.name, 0) + 1
    ordered = sorted((read for _, read in rows), key=lambda r: (r.value.slot, r.value.signature))
    first, last = ordered[0], ordered[-1]
    return Seen(
        key, role, subject, tuple(sorted(counts.items())),
        _moment(first.value), _moment(last.value), joined(first.at, last.at),
    )  # fmt: skip


def _moment(transaction: Transaction) -> Moment:
    return Moment(transaction.signature, transaction.slot, transaction.block_time)


def _oldest_deploy(
    known: dict[str, Found[Transaction]], acts: dict[str, tuple[_Act, ...]]
) -> dict[str, int]:
    """Program → slot of its first deploy; a program without one in sight is not in it."""
    found: dict[str, int] = {}
    for name, read in known.items():
        for act in acts[name]:
            if read.value.succeeded and act.name == _DEPLOY:
                slot = read.value.slot
                found[act.subject] = min(slot, found.get(act.subject, slot))
    return found


def _walk(
    subject: Subject,
    listed: Read[SignatureHistory],
    reads: dict[str, Read[Transaction]],
    scope: _Scope,
    deployed: dict[str, int],
) -> Walk:
    what = f"{subject.kind} {subject.address}"
    if not isinstance(listed, Found):
        why = listed.reason if isinstance(listed, Unknown) else "its answers differ"
        return Walk(subject.address, subject.kind, 0, f"the history of {what}: {why}", listed.at)
    rows = listed.value.rows
    transactions = [reads[row.signature] for row in rows]
    gaps = [subject.doubt] if subject.doubt else []
    unread = sum(not isinstance(read, Found) for read in transactions)
    if unread:
        gaps.append(f"{unread} of {len(rows)} transactions of {what} could not be read")
    found = [read.value for read in transactions if isinstance(read, Found)]
    if not _born(subject, listed.value, found, deployed):
        reason = listed.value.reason or "its beginning was not seen"
        gaps.append(f"the history of {what} may be cut: {reason}")
    gaps += [gap for one in found if (gap := _hidden(one, scope))][:1]
    # The transactions stand with those who signed them; the list is what may be cut.
    return Walk(subject.address, subject.kind, len(rows), gaps[0] if gaps else "", listed.at)


def _born(
    subject: Subject,
    listed: SignatureHistory,
    transactions: Sequence[Transaction],
    deployed: dict[str, int],
) -> bool:
    """Whether the list reaches back to the birth of what lies at the address."""
    if listed.complete:
        return True
    if subject.kind == "ProgramData":
        return subject.program in deployed
    if subject.kind in ("multisig", OLD_MULTISIG):
        return any(_creates(one, subject) for one in transactions if one.succeeded)
    # An account of a program is never older than the program.
    first, birth = listed.first_available, deployed.get(subject.program)
    return listed.reached_end and first is not None and birth is not None and first <= birth


def _creates(transaction: Transaction, subject: Subject) -> bool:
    for item in transaction.instructions:
        if item.program == subject.program:
            if subject.kind == OLD_MULTISIG:
                old = squads_v3.decode_instruction(item.accounts, item.data)
                if isinstance(old, squads_v3.SquadsV3Instruction) and old.name == _CREATE_OLD:
                    return old.account("multisig") == subject.address
                continue
            said = squads.decode_instruction(item.accounts, item.data, program=item.program)
            if isinstance(said, squads.SquadsInstruction) and said.name in _CREATE:
                return said.account("multisig") == subject.address
    return False


def _hidden(transaction: Transaction, scope: _Scope) -> str | None:
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


def _hidden_action(transaction: Transaction, scope: _Scope) -> str | None:
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
