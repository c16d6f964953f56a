"""From a program to who holds its upgrade authority, purely from facts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from privatedao_audit.chain import addresses, programs
from privatedao_audit.chain.layouts import loader, squads
from privatedao_audit.domains.authority.facts import (
    AccountState,
    AuthorityFacts,
    FixedProgram,
    ProgramHeader,
    ProgramPointer,
)
from privatedao_audit.model.reads import Diverged, Found, ProvenAbsent, Read, ReadAt, joined
from privatedao_audit.model.target import Target


class Holder(StrEnum):
    """What holds an upgrade authority."""

    NONE = "no upgrade authority"
    FIXED_LOADER = "loader without upgrades"
    WALLET = "wallet"
    SQUADS_V4 = "Squads v4 vault"
    TOKEN_MULTISIG = "SPL Token multisig"
    CLOSED = "closed program"
    NOT_A_PROGRAM = "not a program"
    UNRECOGNISED = "unrecognised"
    UNREAD = "unread"
    DIVERGED = "providers disagree"


@dataclass(frozen=True, slots=True)
class Link:
    """One step: a program and the holder of its upgrade authority.

    Attributes:
        program: id of the program that the authority can replace.
        authority: the authority's address; None where there is none.
        holder: what that address is.
        detail: one sentence for people.
        at: the reads it rests on.
        multisig: address of the multisig behind a vault; None otherwise.
        vault_index: which vault of it; None otherwise.
        state: the decoded multisig; None otherwise.
        controller: program that owns the multisig: the next link's subject; None otherwise.
    """

    program: str
    authority: str | None
    holder: Holder
    detail: str
    at: ReadAt
    multisig: str | None = None
    vault_index: int | None = None
    state: squads.Multisig | None = None
    controller: str | None = None


def chain_of(program_id: str, facts: AuthorityFacts, target: Target, depth: int = 4) -> list[Link]:
    """The links from a program to its last controller, at most ``depth`` of them.

    A chain that would go on beyond the depth ends with a link that says so. One that comes back
    to a program it has already met ends there without another link: its holder is in the list.
    """
    links: list[Link] = []
    seen: set[str] = set()
    subject: str | None = program_id
    while subject is not None:
        if subject in seen:
            # A multisig program under a multisig of its own: nothing new can be learned.
            break
        if len(links) == depth:
            at = links[-1].at
            text = f"The controllers of controllers go on beyond a depth of {depth}."
            links.append(Link(subject, None, Holder.UNRECOGNISED, text, at))
            break
        seen.add(subject)
        link = _link(subject, facts, target)
        links.append(link)
        subject = link.controller
    return links


def _link(program_id: str, facts: AuthorityFacts, target: Target) -> Link:
    read = facts.accounts.get(program_id)
    if not isinstance(read, Found):
        return _unread(program_id, read, "The program account")
    content = read.value.content
    if isinstance(content, FixedProgram):
        text = "The program lies under a loader that never replaces code."
        return Link(program_id, None, Holder.FIXED_LOADER, text, read.at)
    if read.value.owner == programs.LOADER_V4:
        text = f"{program_id} lies under loader v4, which this kit recognises and does not read."
        return Link(program_id, None, Holder.UNRECOGNISED, text, read.at)
    derived = loader.programdata_address(program_id)
    if not isinstance(content, ProgramPointer) or not read.value.executable:
        text = f"{program_id} is not an executable program of the upgradeable loader."
        return Link(program_id, None, Holder.NOT_A_PROGRAM, text, read.at)
    if content.programdata != derived:
        text = f"The program points to {content.programdata}, not to its own ProgramData {derived}."
        return Link(program_id, None, Holder.UNRECOGNISED, text, read.at)
    data = facts.accounts.get(derived)
    if isinstance(data, ProvenAbsent):
        text = f"The program is closed: its ProgramData {derived} does not exist."
        return Link(program_id, None, Holder.CLOSED, text, joined(read.at, data.at))
    if not isinstance(data, Found):
        return _unread(program_id, data, "The ProgramData account")
    header = data.value.content
    at = joined(read.at, data.at)
    if not isinstance(header, ProgramHeader):
        text = f"The ProgramData account {derived} is not one: its owner is {data.value.owner}."
        return Link(program_id, None, Holder.UNRECOGNISED, text, at)
    if header.upgrade_authority is None:
        text = "The upgrade authority was renounced; nobody can replace the code."
        return Link(program_id, None, Holder.NONE, text, at)
    return _holder(program_id, header.upgrade_authority, at, facts, target)


def _unread(program_id: str, read: Read[AccountState] | None, what: str) -> Link:
    if isinstance(read, ProvenAbsent):
        text = f"{what} of {program_id} does not exist on this cluster."
        return Link(program_id, None, Holder.NOT_A_PROGRAM, text, read.at)
    if isinstance(read, Diverged):
        text = f"{what} is read differently by the providers: {read.reason}."
        return Link(program_id, None, Holder.DIVERGED, text, read.at)
    reason = "it was not asked for" if read is None else read.reason  # type: ignore[union-attr]
    at = ReadAt() if read is None else read.at
    return Link(program_id, None, Holder.UNREAD, f"{what} could not be read: {reason}.", at)


def _holder(
    program_id: str, authority: str, at: ReadAt, facts: AuthorityFacts, target: Target
) -> Link:
    """Classify a key: account owner, then vault derivation, then the curve, in this order."""
    read = facts.accounts.get(authority)
    if read is None or not isinstance(read, Found | ProvenAbsent):
        unread = _unread(program_id, read, "The account of the upgrade authority")
        return Link(program_id, authority, unread.holder, unread.detail, joined(at, unread.at))
    at = joined(at, read.at)
    if isinstance(read, Found) and read.value.owner in (programs.TOKEN, programs.TOKEN_2022):
        text = (
            "The authority is an account of the token program. A token multisig can't sign for "
            "the loader: this is a dead key, not a multisig."
        )
        return Link(program_id, authority, Holder.TOKEN_MULTISIG, text, at)
    vault = _vault(program_id, authority, at, facts, target)
    if vault is not None:
        return vault
    if addresses.is_on_curve(authority):
        # Whatever program owns the account: a program signs for derived addresses alone, and
        # those are off the curve, so only the key pair itself can sign here.
        text = (
            "One key pair holds the upgrade authority. Nothing on chain tells a hardware wallet "
            "from a hot one, and no second person is needed either way."
        )
        return Link(program_id, authority, Holder.WALLET, text, at)
    unread = _unread_multisig(program_id, authority, at, facts, target)
    if unread is not None:
        return unread
    text = (
        "The authority is a program-derived address, and no multisig named in the target derives "
        "it; name the multisig under [[multisigs]]."
    )
    return Link(program_id, authority, Holder.UNRECOGNISED, text, at)


def _unread_multisig(
    program_id: str, authority: str, at: ReadAt, facts: AuthorityFacts, target: Target
) -> Link | None:
    """The link when a multisig that might explain the authority was not read; else None."""
    for named in target.multisigs:
        read = facts.accounts.get(named.address)
        if isinstance(read, Found | ProvenAbsent):
            continue
        link = _unread(program_id, read, f"The multisig {named.address}")
        return Link(program_id, authority, link.holder, link.detail, joined(at, link.at))
    return None


def _vault(
    program_id: str, authority: str, at: ReadAt, facts: AuthorityFacts, target: Target
) -> Link | None:
    for named in target.multisigs:
        read = facts.accounts.get(named.address)
        if not isinstance(read, Found) or not isinstance(read.value.content, squads.Multisig):
            continue
        owner, state = read.value.owner, read.value.content
        index = squads.find_vault_index(named.address, authority, owner)
        if index is None:
            continue
        here = joined(at, read.at)
        doubt = distrust(named.address, state, owner, facts, target)
        if doubt is not None:
            return Link(program_id, authority, Holder.UNRECOGNISED, doubt, here)
        text = (
            f"The authority is vault {index} of the Squads v4 multisig {named.address}: "
            f"{state.threshold} of {len(state.voters)} voters, time lock {state.time_lock} s."
        )
        return Link(
            program_id, authority, Holder.SQUADS_V4, text, _with_code(here, owner, facts),
            multisig=named.address, vault_index=index, state=state, controller=owner,
        )  # fmt: skip
    return None


def distrust(
    address: str, state: squads.Multisig, owner: str, facts: AuthorityFacts, target: Target
) -> str | None:
    """Why a multisig account may not be believed; None when it may.

    The right bytes under a program that anyone wrote mean nothing: the program has to be a
    canonical one of this cluster, or its executable has to have a hash that the target lists.
    """
    genesis = facts.genesis_hash
    canonical = isinstance(genesis, Found) and programs.canonical_controller(genesis.value, owner)
    if canonical != "squads-v4" and not _listed(owner, facts.executables.get(owner), target):
        return (
            f"The multisig belongs to the program {owner}, which is neither the canonical Squads "
            "v4 of this cluster nor one whose executable the target lists by hash."
        )
    if not squads.rederives(address, state, owner):
        return f"The multisig {address} is not at the address that its create key derives."
    if state.breaches:
        return f"The multisig breaks its program's own rules: {'; '.join(state.breaches)}."
    return None


def _listed(owner: str, code: Read[object] | None, target: Target) -> bool:
    if not isinstance(code, Found):
        return False
    seen = code.value.sha256  # type: ignore[attr-defined]
    rows = [row.executable_sha256 for row in target.controller_programs if row.id == owner]
    return seen in rows or programs.KNOWN_EXECUTABLES.get(seen) == "squads-v4"


def _with_code(at: ReadAt, owner: str, facts: AuthorityFacts) -> ReadAt:
    code = facts.executables.get(owner)
    return joined(at, code.at) if isinstance(code, Found) else at


def controllers(facts: AuthorityFacts, target: Target) -> Mapping[str, Sequence[Link]]:
    """Program id → links, for every program in scope."""
    return {p.id: chain_of(p.id, facts, target) for p in target.programs}
