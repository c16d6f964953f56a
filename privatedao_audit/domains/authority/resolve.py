"""From a program, or any other subject, to who holds the power over it, purely from facts."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from privatedao_audit.chain import addresses
from privatedao_audit.chain.layouts import loader, squads, token
from privatedao_audit.chain.layouts.governance import Governance
from privatedao_audit.domains.authority.facts import (
    AccountState,
    AuthorityFacts,
    Controller,
    FixedProgram,
    MovedProgram,
    ProgramHeader,
    ProgramPointer,
)
from privatedao_audit.domains.authority.link import Holder, Link
from privatedao_audit.domains.authority.realms import realm_rule
from privatedao_audit.domains.authority.trust import distrust
from privatedao_audit.domains.authority.vaults import explained_by
from privatedao_audit.model.reads import Diverged, Found, ProvenAbsent, Read, ReadAt, joined
from privatedao_audit.model.target import Target

__all__ = ["Holder", "Link", "chain_from", "chain_of", "controllers", "distrust", "holder_of"]


def chain_of(program_id: str, facts: AuthorityFacts, target: Target, depth: int = 4) -> list[Link]:
    """The links from a program to its last controller, at most ``depth`` of them.

    A chain that would go on beyond the depth ends with a link that says so. One that comes back
    to a program it has already met ends there without another link: its holder is in the list.
    """
    return _chain([], program_id, facts, target, depth)


def chain_from(
    subject: str, authority: str, at: ReadAt, facts: AuthorityFacts, target: Target,
    depth: int = 4,
) -> list[Link]:  # fmt: skip
    """The links from a key that holds some other power to its last controller.

    Args:
        subject: address of what the power is over, e.g. a DAO or a mint.
        at: where it was read that this key holds it.
    """
    first = holder_of(subject, authority, at, facts, target)
    return _chain([first], first.controller, facts, target, depth)


def _chain(
    links: list[Link], subject: str | None, facts: AuthorityFacts, target: Target, depth: int
) -> list[Link]:
    seen: set[str] = set()
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
        return _unread(program_id, read, f"The program account {program_id}")
    content = read.value.content
    if isinstance(content, FixedProgram):
        text = "The program lies under a loader that never replaces code."
        return Link(program_id, None, Holder.FIXED_LOADER, text, read.at)
    if isinstance(content, MovedProgram):
        return _moved_program(program_id, content, read.at, facts, target)
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
        return _unread(program_id, data, f"The ProgramData account {derived}")
    header = data.value.content
    at = joined(read.at, data.at)
    if not isinstance(header, ProgramHeader):
        text = f"The ProgramData account {derived} is not one: its owner is {data.value.owner}."
        return Link(program_id, None, Holder.UNRECOGNISED, text, at)
    if header.upgrade_authority is None:
        text = "The upgrade authority was renounced; nobody can replace the code."
        return Link(program_id, None, Holder.NONE, text, at)
    return holder_of(program_id, header.upgrade_authority, at, facts, target)


def _moved_program(
    program_id: str, state: MovedProgram, at: ReadAt, facts: AuthorityFacts, target: Target
) -> Link:
    if state.status != "finalized":
        return holder_of(program_id, state.authority, at, facts, target)
    text = (
        f"{program_id} is a finalized program of loader v4. No cluster is known to keep that "
        "loader's promises, so it is not taken as immutable."
    )
    return Link(program_id, None, Holder.UNRECOGNISED, text, at)


def _unread(subject: str, read: Read[AccountState] | None, what: str) -> Link:
    if isinstance(read, ProvenAbsent):
        text = f"{what} does not exist on this cluster."
        return Link(subject, None, Holder.NOT_A_PROGRAM, text, read.at)
    if isinstance(read, Diverged):
        text = f"{what} is read differently by the providers: {read.reason}."
        return Link(subject, None, Holder.DIVERGED, text, read.at)
    reason = "it was not asked for" if read is None else read.reason  # type: ignore[union-attr]
    at = ReadAt() if read is None else read.at
    return Link(subject, None, Holder.UNREAD, f"{what} could not be read: {reason}.", at)


def holder_of(
    subject: str, authority: str, at: ReadAt, facts: AuthorityFacts, target: Target
) -> Link:
    """Classify a key that holds a power.

    By its account's owner, then by the controllers that derive it, then by the curve, in this
    order: a derived address has no key pair, and a key pair can't be derived.

    Args:
        subject: address of what the power is over.
        at: where it was read that this key holds it.
    """
    read = facts.accounts.get(authority)
    if read is None or not isinstance(read, Found | ProvenAbsent):
        unread = _unread(subject, read, f"The account of the authority {authority}")
        return Link(subject, authority, unread.holder, unread.detail, joined(at, unread.at))
    at = joined(at, read.at)
    if isinstance(read, Found) and read.value.owner in token.TOKEN_PROGRAMS:
        text = (
            "The authority is an account of the token program. A token multisig can't sign for "
            "the loader or any other program: outside token instructions this is a dead key."
        )
        content = read.value.content
        signers = content if isinstance(content, token.TokenMultisig) else None
        return Link(subject, authority, Holder.TOKEN_MULTISIG, text, at, token=signers)
    found = explained_by(authority, facts.accounts, _tried(authority, facts, target))
    if found is not None:
        return _controlled(subject, authority, *found, at, facts, target)
    if addresses.is_on_curve(authority):
        # Whatever program owns the account: a program signs for derived addresses alone, and
        # those are off the curve, so only the key pair itself can sign here.
        text = (
            "One key pair holds the authority. Nothing on chain tells a hardware wallet from a "
            "hot one, and no second person is needed either way."
        )
        return Link(subject, authority, Holder.WALLET, text, at)
    return _unexplained(subject, authority, at, facts, target)


def _tried(authority: str, facts: AuthorityFacts, target: Target) -> Iterable[str]:
    """Controllers from which a key may be derived: the target's first, then those seen."""
    seen = facts.seen.get(authority)
    candidates = seen.value if isinstance(seen, Found) else ()
    named = (named.address for named in target.multisigs)
    return dict.fromkeys((*named, authority, *candidates, *facts.accounts))


def _unexplained(
    subject: str, authority: str, at: ReadAt, facts: AuthorityFacts, target: Target
) -> Link:
    """The link of a derived address from which no controller that was read leads back."""
    for named in target.multisigs:
        read = facts.accounts.get(named.address)
        if not isinstance(read, Found | ProvenAbsent):
            link = _unread(subject, read, f"The multisig {named.address}")
            return Link(subject, authority, link.holder, link.detail, joined(at, link.at))
    seen = facts.seen.get(authority)
    shown = "its newest transactions show none either"
    if seen is None:
        shown = "its history was not looked through"
    elif not isinstance(seen, Found):
        shown = "its history could not be read"
    text = (
        "The authority is a program-derived address, no multisig or governance named in the "
        f"target derives it, and {shown}; name the controller under [[multisigs]]."
    )
    return Link(subject, authority, Holder.UNRECOGNISED, text, at)


def _controlled(
    subject: str, authority: str, address: str, index: int | None, at: ReadAt,
    facts: AuthorityFacts, target: Target,
) -> Link:  # fmt: skip
    """The link of a key that derives from a controller's account."""
    read = facts.accounts[address]
    assert isinstance(read, Found)
    state, owner = read.value.content, read.value.owner
    assert isinstance(state, Controller)
    here = joined(at, read.at)
    doubt = distrust(address, state, owner, facts, target)
    if doubt is not None:
        return Link(subject, authority, Holder.UNRECOGNISED, doubt, here)
    here = _with_code(here, owner, facts)
    if isinstance(state, Governance):
        return _governed(subject, authority, address, state, owner, here, facts)
    if isinstance(state, squads.Multisig):
        text = (
            f"The authority is vault {index} of the Squads v4 multisig {address}: "
            f"{state.threshold} of {len(state.voters)} voters, time lock {state.time_lock} s."
        )
        return Link(
            subject, authority, Holder.SQUADS_V4, text, here,
            multisig=address, vault_index=index, state=state, controller=owner,
        )  # fmt: skip
    text = (
        f"The authority is number {index} of the Squads v3 multisig {address}: {state.threshold} "
        f"of {len(state.keys)} keys. This version of Squads has no time lock and no roles."
    )
    return Link(
        subject, authority, Holder.SQUADS_V3, text, here,
        multisig=address, vault_index=index, ms=state, controller=owner,
    )  # fmt: skip


def _governed(
    subject: str, authority: str, address: str, state: Governance, owner: str, at: ReadAt,
    facts: AuthorityFacts,
) -> Link:  # fmt: skip
    said = realm_rule(address, state, owner, authority, facts)
    if isinstance(said, str):
        return Link(subject, authority, Holder.UNRECOGNISED, said, at)
    if not isinstance(said, tuple):
        link = _unread(subject, said, f"The realm of the governance {address}")
        holder = Holder.UNRECOGNISED if isinstance(said, ProvenAbsent) else link.holder
        return Link(subject, authority, holder, link.detail, joined(at, said.at))
    rule, place = said
    shares = " or ".join(f"{share} of the {name} votes" for name, share in rule.votes)
    text = (
        f"The authority is the {rule.how.replace('-', ' ')} of {address} in the realm "
        f"{rule.realm}: {shares or 'no votes'}, hold-up {rule.hold_up} s."
    )
    return Link(
        subject, authority, Holder.GOVERNANCE, text, joined(at, place),
        multisig=address, controller=owner, realm=rule,
    )  # fmt: skip


def _with_code(at: ReadAt, owner: str, facts: AuthorityFacts) -> ReadAt:
    code = facts.executables.get(owner)
    return joined(at, code.at) if isinstance(code, Found) else at


def controllers(facts: AuthorityFacts, target: Target) -> Mapping[str, Sequence[Link]]:
    """Program id → links, for every program in scope."""
    return {p.id: chain_of(p.id, facts, target) for p in target.programs}
