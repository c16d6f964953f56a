"""DEPLOY, OPERATOR and TREASURY as sets of keys, each with how the key came into it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from privatedao_audit.chain.addresses import is_on_curve
from privatedao_audit.chain.layouts.squads import ALL_PERMISSIONS, Member, Multisig
from privatedao_audit.domains.authority.link import IMMUTABLE, Holder, Link
from privatedao_audit.domains.custody.facts import CustodyFacts, ProgramCustody
from privatedao_audit.domains.custody.signers.facts import (
    Entry,
    HeldRole,
    is_operator,
    is_treasury,
)
from privatedao_audit.model.reads import Diverged, Found, ProvenAbsent, ReadAt, Unknown, joined
from privatedao_audit.model.status import Status


@dataclass(frozen=True, slots=True)
class Hold:
    """One key in a set.

    Attributes:
        why: how it came into the set, a phrase that continues the key.
        alone: it can use the power without anybody else.
        at: the reads this rests on; of a register's word the register's.
    """

    key: str
    why: str
    alone: bool
    at: ReadAt


@dataclass(frozen=True, slots=True)
class Gap:
    """Something whose keys are not known. ``label`` is unique within its group."""

    label: str
    status: Status
    text: str
    at: ReadAt


@dataclass(frozen=True, slots=True)
class Group:
    """A set of keys as far as it is known. ``at``: every read that it rests on."""

    name: str
    holds: tuple[Hold, ...]
    gaps: tuple[Gap, ...]
    at: ReadAt

    @property
    def keys(self) -> frozenset[str]:
        """All its keys."""
        return frozenset(hold.key for hold in self.holds)

    @property
    def alone(self) -> frozenset[str]:
        """Those that need nobody else."""
        return frozenset(hold.key for hold in self.holds if hold.alone)

    def why(self, key: str) -> str:
        """In words, how a key came into the set."""
        return "; ".join(dict.fromkeys(h.why for h in self.holds if h.key == key))

    def at_of(self, key: str) -> ReadAt:
        """The reads that put a key into the set."""
        return joined(*(hold.at for hold in self.holds if hold.key == key))


def _group(name: str, found: Iterable[Hold | Gap], *more: ReadAt) -> Group:
    rows = tuple(found)
    holds = tuple(row for row in rows if isinstance(row, Hold))
    gaps = tuple(row for row in rows if isinstance(row, Gap))
    return Group(name, holds, gaps, joined(*(row.at for row in rows), *more))


def deploy(program: ProgramCustody) -> Group:
    """Whoever can change the code of a program, or of the programs that control it."""
    found = [row for depth, link in enumerate(program.links) for row in _link(depth, link)]
    if not program.links or program.links[0].program != program.id:
        text = f"Who holds the upgrade authority of {program.id} was not read."
        found.append(Gap(f"authority of {program.id}", Status.UNKNOWN, text, ReadAt()))
    return _group(f"DEPLOY of {program.name}", found, *(link.at for link in program.links))


def _link(depth: int, link: Link) -> Iterator[Hold | Gap]:
    what = f"the upgrade authority of {link.program}"
    if link.holder in IMMUTABLE and link.at.evidence:
        return
    if link.holder is Holder.WALLET and link.authority is not None:
        yield Hold(link.authority, f"holds {what} alone", True, link.at)
        return
    shared = _shared(link, what)
    if shared is None or link.authority is None:
        diverged = link.holder is Holder.DIVERGED
        status = Status.DIVERGED if diverged else Status.UNKNOWN
        label = f"controller {depth} {link.program}" if depth else link.program
        yield Gap(label, status, f"Who can change the code is not known. {link.detail}", link.at)
        return
    yield Hold(link.authority, f"is {what}", True, link.at)
    yield from shared


def _shared(link: Link, what: str) -> list[Hold | Gap] | None:
    """The keys behind a recognised controller of several people; None for any other holder."""
    if link.holder is Holder.SQUADS_V4 and link.state is not None:
        return list(_multisig(link.state, f"the vault that is {what}", link.at))
    if link.holder is Holder.SQUADS_V3 and link.ms is not None:
        alone = link.ms.threshold <= 1
        can = "signs alone" if alone else f"is one of {link.ms.threshold} needed"
        return [Hold(key, f"{can} for {what}", alone, link.at) for key in link.ms.keys]
    if link.holder is Holder.GOVERNANCE and link.realm is not None:
        text = f"Holders of tokens vote on {what}; whether one of them can decide alone is open."
        return [
            Gap(f"voters on {what}", Status.UNKNOWN, text, link.at),
            *(Hold(key, f"bypasses the votes on {what} ({reason})", True, link.at)
              for key, reason in link.realm.bypass),
        ]  # fmt: skip
    return None


def _multisig(state: Multisig, what: str, at: ReadAt) -> Iterator[Hold | Gap]:
    """The members of a multisig that signs for something, and its config authority.

    One that is a derived address is a gap besides: other keys sign for it, and which is not
    followed.
    """
    config = () if state.config_authority is None else (state.config_authority,)
    for key in dict.fromkeys((*(member.key for member in state.members), *config)):
        if not is_on_curve(key):
            text = f"Whose keys sign for {key}, a member or config authority of {what}, is open."
            yield Gap(f"signers for {key} of {what}", Status.UNKNOWN, text, at)
    for member in state.members:
        alone = acts_alone(state, member)
        can = "signs alone for" if alone else f"is one of {state.threshold} needed for"
        if not member.mask & ALL_PERMISSIONS:
            can = "is a member without a permission in the multisig of"
        yield Hold(member.key, f"{can} {what}", alone, at)
    if state.config_authority is not None:
        text = f"can rewrite the members of the multisig of {what} alone"
        yield Hold(state.config_authority, text, True, at)


def acts_alone(state: Multisig, member: Member) -> bool:
    """Whether a member can have something proposed, approved and executed without another."""
    return state.threshold <= 1 and member.mask & ALL_PERMISSIONS == ALL_PERMISSIONS


def operators(facts: CustodyFacts) -> Group:
    """DAO authority and treasury operator on chain, and the registered operators."""
    found = [row for role in facts.signers.roles for row in _role(facts, role)]
    if not any(role.role == "authority" for role in facts.signers.roles):
        text = "No DAO was read, so who has authority over one is not known."
        found.append(Gap("DAO authority", Status.UNKNOWN, text, ReadAt()))
    registered = _registered(facts, is_operator)
    return _group("OPERATOR", [*found, *registered])


def treasury(facts: CustodyFacts) -> Group:
    """The registered treasury-operational keys."""
    return _group("TREASURY", _registered(facts, is_treasury))


def _registered(facts: CustodyFacts, counts: Callable[[str], bool]) -> Iterator[Hold]:
    for entry, where, at in entries(facts):
        for role in entry.plain_roles:
            if counts(role):
                yield Hold(entry.key, f"is registered as {role} in {where}", True, at)


def entries(facts: CustodyFacts) -> Iterator[tuple[Entry, str, ReadAt]]:
    """Every entry of every register that was read, and of the target profile, with its place."""
    for register in facts.signers.registers:
        if isinstance(register.entries, Found):
            for entry in register.entries.value:
                yield entry, register.file, register.entries.at
    for entry in facts.signers.wallets:
        yield entry, "the target profile", ReadAt()


def _role(facts: CustodyFacts, role: HeldRole) -> Iterator[Hold | Gap]:
    what = f"the {role.role} of the DAO {role.name}"
    label, read = f"{role.role} of {role.dao}", role.key
    if isinstance(read, Diverged):
        yield Gap(label, Status.DIVERGED, f"The providers differ on {what}.", read.at)
    elif isinstance(read, Unknown):
        text = f"Who is {what} could not be read: {read.reason}."
        yield Gap(label, Status.UNKNOWN, text, read.at)
    elif isinstance(read, ProvenAbsent):
        # A DAO without a treasury operator is normal; one without an authority is no DAO.
        if role.role == "authority":
            text = f"The DAO account {role.dao} does not exist."
            yield Gap(label, Status.UNKNOWN, text, read.at)
    else:
        yield Hold(read.value, f"is {what}", True, read.at)
        yield from _behind(facts, label, role, read, what)


def _behind(
    facts: CustodyFacts, label: str, held: HeldRole, read: Found[str], what: str
) -> Iterator[Hold | Gap]:
    """The keys behind a role that a program-derived address holds."""
    if is_on_curve(read.value):
        return
    for link in _followed(facts, held, read.value):
        shared = _shared(link, what)
        if shared is not None:
            yield from shared
            return
    vault = facts.signers.vault(read.value)
    state = None if vault is None else multisig(facts, vault.multisig)
    if vault is None or state is None:
        text = (
            f"{_capital(what)} is the program-derived address {read.value}, which no multisig "
            "named in the target explains; whose keys sign for it is not known."
        )
        yield Gap(label, Status.UNKNOWN, text, read.at)
        return
    yield from _multisig(state, f"the vault that is {what}", joined(read.at, vault.at))


def _followed(facts: CustodyFacts, held: HeldRole, key: str) -> Iterator[Link]:
    """The first step from the role's holder to its controller, where it was followed."""
    for other in facts.controllers.others:
        if (other.address, other.role) == (held.dao, held.role):
            yield from other.links.get(key, ())[:1]


def multisig(facts: CustodyFacts, address: str) -> Multisig | None:
    """The state of a multisig that was read."""
    read = facts.authority.accounts.get(address)
    if isinstance(read, Found) and isinstance(read.value.content, Multisig):
        return read.value.content
    return None


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
