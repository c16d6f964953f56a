"""Facts about the people behind the keys: registers, roles, proof of control.

Times are Unix seconds.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from privatedao_audit.model.reads import Read, ReadAt

#: Registered roles (the words of a target profile) by the group of power that they belong to.
OPERATOR_ROLES = frozenset({"dao-authority", "treasury-operator", "keeper"})
TREASURY_ROLES = frozenset({"treasury", "treasury-operator"})

#: The kit's own words of roles with power: each means one power, a register's own words may mean
#: any.
POWER_WORDS = frozenset(
    {
        "deployer", "upgrade-authority", "multisig-member", "dao-authority", "treasury-operator",
        "keeper", "treasury",
    }
)  # fmt: skip

#: Words of a role that is about the code.
_DEPLOYING = frozenset({"deploy", "deployer", "deployment", "release", "upgrade"})

#: Whoever made a proposal may configure it. Any holder of enough tokens can take that role, so it
#: is nobody's office.
PROPOSER = "proposer"

#: Registered roles without power over anything: a key that has nothing else holds no office.
POWERLESS_ROLES = frozenset({"demo", "reviewer", "verification"})


_APART = re.compile(r"[\s_-]+")


def plain_role(text: str) -> str:
    """A role as the kit spells it: ``Treasury Operators`` is ``treasury-operator``."""
    plain = _APART.sub("-", text.strip().casefold()).strip("-")
    return plain[:-1] if plain.endswith("s") else plain


def _words(role: str) -> frozenset[str]:
    return frozenset(plain_role(word) for word in plain_role(role).split("-"))


def is_operator(role: str) -> bool:
    """Whether a registered role is one of daily operation: ``founder-operator`` is one as well.

    Who deploys by that word does not: that is what operators are held apart from.
    """
    words = _words(role)
    named = bool(words & {"operator", "keeper"}) and not words & _DEPLOYING
    return plain_role(role) in OPERATOR_ROLES or named


def is_treasury(role: str) -> bool:
    """Whether a registered role moves the treasury; a treasury reviewer's does not."""
    return plain_role(role) in TREASURY_ROLES or (
        "treasury" in _words(role) and not is_reviewer(role)
    )


def is_reviewer(role: str) -> bool:
    """Whether a registered role reviews proposals."""
    return "reviewer" in _words(role)


@dataclass(frozen=True, slots=True)
class Entry:
    """One key of a register.

    Attributes:
        roles: in the register's own words, in its order.
        custody: class of custody, e.g. ``hardware wallet``; None where it is not said.
        owner: who holds the key; None where it is not said.
        date: as written in the row; None where the row has none.
    """

    key: str
    roles: tuple[str, ...]
    custody: str | None = None
    owner: str | None = None
    date: str | None = None

    @property
    def plain_roles(self) -> tuple[str, ...]:
        """Its roles as the kit spells them: no other spelling may hide a key from a set."""
        return tuple(plain_role(role) for role in self.roles)


@dataclass(frozen=True, slots=True)
class Register:
    """A register of signers in the checkout.

    Attributes:
        entries: its rows; Unknown when one of them has no key.
        changed: when git says that the file last changed.
    """

    file: str
    entries: Read[tuple[Entry, ...]]
    changed: Read[int]


@dataclass(frozen=True, slots=True)
class DemoList:
    """A list of keys, or of transactions, of demonstrations and tests.

    Attributes:
        cluster: the one it speaks of. A key is the same key on every cluster.
        keys: those that the list states, without repetition.
        transactions: how many it names.
        signers: who signed them, as far as they were read; nobody where there are none.
        unread: why not all of them were read; empty where all were, or there are none.
        at: the reads that ``signers`` rests on.
    """

    file: str
    cluster: str
    keys: Read[tuple[str, ...]]
    transactions: int = 0
    signers: tuple[str, ...] = ()
    unread: str = ""
    at: ReadAt = field(default_factory=ReadAt)


@dataclass(frozen=True, slots=True)
class HeldRole:
    """A role of a DAO in scope, and the key that holds it on chain."""

    dao: str
    name: str
    role: str
    key: Read[str]


@dataclass(frozen=True, slots=True)
class Vault:
    """A program-derived address that a multisig explains: its members sign for it."""

    address: str
    multisig: str
    index: int
    at: ReadAt


@dataclass(frozen=True, slots=True)
class Moment:
    """One transaction: ``time`` is None where the node kept none."""

    signature: str
    slot: int
    time: int | None


@dataclass(frozen=True, slots=True)
class Seen:
    """A key that signed privileged instructions in one role.

    Attributes:
        role: in which it signed, in the words of who asks for it.
        subject: what it had power over: a program, a multisig or a DAO.
        instructions: (name, how often), by name.
        first, last: the oldest and the newest of them.
        at: the reads of these two.
    """

    key: str
    role: str
    subject: str
    instructions: tuple[tuple[str, int], ...]
    first: Moment
    last: Moment
    at: ReadAt


@dataclass(frozen=True, slots=True)
class Walk:
    """One history in which signers were looked for.

    Attributes:
        kind: what the address is: ProgramData, DAO, proposal, multisig, multisig of Squads v3.
        transactions: how many were listed.
        gap: why a signer may be missing; empty when the history is read back to the birth of
            what lies at the address.
        at: the read of the list.
    """

    address: str
    kind: str
    transactions: int
    gap: str
    at: ReadAt


@dataclass(frozen=True, slots=True)
class Observed:
    """Who signed what.

    Attributes:
        seen: of instructions that took effect, by key, role and subject.
        failed: of attempts that changed nothing; these give nobody a role.
        walks: the histories looked through.
    """

    seen: tuple[Seen, ...] = ()
    failed: tuple[Seen, ...] = ()
    walks: tuple[Walk, ...] = ()


@dataclass(frozen=True, slots=True)
class Block:
    """A finalized block: its hash and its time in Unix seconds."""

    blockhash: str
    time: int


@dataclass(frozen=True, slots=True)
class Proof:
    """One signed challenge of the dossier, and the block that it names.

    Attributes:
        key, message, signature: as the row says; empty where it does not.
        block: of the slot that the message names; Unknown where it names none.
    """

    file: str
    key: str
    message: str
    signature: str
    block: Read[Block]


@dataclass(frozen=True, slots=True)
class SignerFacts:
    """Facts about the people behind the keys.

    Attributes:
        target, genesis_hash: which a challenge has to name.
        wallets: the keys that the target profile lists: the auditor's word, not the team's.
        registers, demos: current ones, in the target's order.
        roles: of the DAOs in scope.
        vaults: addresses among authorities, roles and signers that a believed multisig explains.
        governed: addresses among them that a believed governance of a realm signs for → it.
        observed: who signed.
        proof_files: file → rows; proofs: those rows, with the blocks.
    """

    target: str = ""
    genesis_hash: str = ""
    wallets: tuple[Entry, ...] = ()
    registers: tuple[Register, ...] = ()
    demos: tuple[DemoList, ...] = ()
    roles: tuple[HeldRole, ...] = ()
    vaults: tuple[Vault, ...] = ()
    governed: dict[str, str] = field(default_factory=dict)
    observed: Observed = field(default_factory=Observed)
    proof_files: dict[str, Read[int]] = field(default_factory=dict)
    proofs: tuple[Proof, ...] = ()

    def vault(self, address: str) -> Vault | None:
        """The multisig behind an address; None where none explains it."""
        return next((one for one in self.vaults if one.address == address), None)
