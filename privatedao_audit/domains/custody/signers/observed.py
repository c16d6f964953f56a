"""Who signed privileged instructions: found in the histories of what they have power over.

The histories are those of ProgramData, DAO, proposals and multisig. The program's own id is not
paged: every instruction of the loader that changes code or authority names ProgramData, and every
privileged one of the protocol names its DAO or its proposal, while the program's id stands in
every call that anybody makes.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass

from privatedao_audit.chain.layouts import loader, squads, squads_v3
from privatedao_audit.chain.layouts.governance import Governance
from privatedao_audit.chain.reads import SignatureHistory
from privatedao_audit.chain.transactions import Transaction
from privatedao_audit.domains.authority.facts import AuthorityFacts
from privatedao_audit.domains.authority.trust import distrust
from privatedao_audit.domains.custody.signers.acts import (
    CREATE,
    CREATE_OLD,
    DEPLOY,
    OLD_MULTISIG,
    Act,
    Scope,
    acts_of,
    hidden,
)
from privatedao_audit.domains.custody.signers.facts import Moment, Observed, Seen, Walk
from privatedao_audit.domains.sources import Sources
from privatedao_audit.model.reads import Found, Read, Unknown, joined
from privatedao_audit.model.target import Target
from privatedao_audit.protocols.base import DaoReads, GovernanceProtocol


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
    acts = {name: tuple(acts_of(read.value, scope)) for name, read in known.items()}
    oldest = _oldest_deploy(known, acts)
    walks = tuple(
        _walk(one, listed, reads, scope, oldest)
        for one, listed in zip(subjects, lists, strict=True)
    )
    took: list[tuple[Act, Found[Transaction]]] = []
    failed: list[tuple[Act, Found[Transaction]]] = []
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
) -> Scope:
    scope = Scope(protocol)
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


def _gathered(acts: Sequence[tuple[Act, Found[Transaction]]]) -> tuple[Seen, ...]:
    """The acts by key, role and subject, in this order."""
    groups: dict[tuple[str, str, str], list[tuple[Act, Found[Transaction]]]] = {}
    for act, read in acts:
        groups.setdefault((act.key, act.role, act.subject), []).append((act, read))
    return tuple(_seen(*names, rows) for names, rows in sorted(groups.items()))


def _seen(
    key: str, role: str, subject: str, rows: Sequence[tuple[Act, Found[Transaction]]]
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
    known: dict[str, Found[Transaction]], acts: dict[str, tuple[Act, ...]]
) -> dict[str, int]:
    """Program → slot of its first deploy; a program without one in sight is not in it."""
    found: dict[str, int] = {}
    for name, read in known.items():
        for act in acts[name]:
            if read.value.succeeded and act.name == DEPLOY:
                slot = read.value.slot
                found[act.subject] = min(slot, found.get(act.subject, slot))
    return found


def _walk(
    subject: Subject,
    listed: Read[SignatureHistory],
    reads: dict[str, Read[Transaction]],
    scope: Scope,
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
    gaps += [gap for one in found if (gap := hidden(one, scope))][:1]
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
                if isinstance(old, squads_v3.SquadsV3Instruction) and old.name == CREATE_OLD:
                    return old.account("multisig") == subject.address
                continue
            said = squads.decode_instruction(item.accounts, item.data, program=item.program)
            if isinstance(said, squads.SquadsInstruction) and said.name in CREATE:
                return said.account("multisig") == subject.address
    return False
