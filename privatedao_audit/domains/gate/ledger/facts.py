"""What the claim ledger rests on."""

from __future__ import annotations

from dataclasses import dataclass, field

from privatedao_audit.domains.authority.facts import AccountState
from privatedao_audit.model.reads import Read, ReadAt, Unknown
from privatedao_audit.repository.claims.model import Claim, Mapping


@dataclass(frozen=True, slots=True)
class Scope:
    """What the target holds, by address.

    Attributes:
        programs: program id → its ProgramData address, derived.
        daos: DAO → (its treasury, derived by the protocol; the id of its program). The treasury
            is None where the protocol is not known.
        multisigs: multisig → the index of its vault; None where the kind has none that is
            derived here.
        mints: addresses.
        genesis: the genesis hash of the cluster.
    """

    programs: dict[str, str]
    daos: dict[str, tuple[str | None, str]]
    multisigs: dict[str, int | None]
    mints: tuple[str, ...] = ()
    genesis: str = ""


@dataclass(frozen=True, slots=True)
class Coverage:
    """What of the commit was read for claims, and what was not.

    Attributes:
        commit: 40 hexadecimal digits.
        read: documents whose text was read; ``silent``: those with nothing like a claim.
        copies: path → the path with the same bytes that is read in its place.
        left_out: (rule, why, number of files, a few of them).
        unread: path → why.
        notes: path → how the reading of it fell short.
        others: files that are no documents.
        lookalikes: base58 texts that are neither a key nor a signature.
        gap: why documents may be missing; empty where none are.
    """

    commit: str
    read: int
    silent: int
    copies: dict[str, str]
    left_out: tuple[tuple[str, str, int, tuple[str, ...]], ...]
    unread: dict[str, str]
    notes: dict[str, str]
    others: int
    lookalikes: int
    gap: str = ""


@dataclass(frozen=True, slots=True)
class SeenAccount:
    """An account that documents name: its owner program, and whether it is executable."""

    owner: str
    executable: bool


@dataclass(frozen=True, slots=True)
class SeenSignature:
    """A transaction that documents name: its slot, and whether it failed."""

    slot: int
    failed: bool


@dataclass(frozen=True, slots=True)
class ClaimFacts:
    """The claims of the checkout, and what they are set against.

    Attributes:
        cluster: name of the target's cluster; only its claims are set against the chain.
        protocol: the target's word for the protocol, by which treasuries are derived.
        covered: what was read; not Found where there is no checkout.
        claims: all of them, by document and line.
        mapped: file → what the target profile says of it.
        changed: file → Unix seconds of its last change in git, for documents and for files whose
            hash is claimed; files of unknown history lack.
        dates: the read behind ``changed``.
        digests: path → SHA-256 of the file at the commit, for files whose hash is claimed.
        scope: what the target holds.
        core: the programs, ProgramData accounts and multisigs of the scope, from one read.
        accounts: address → what is there, for addresses claimed for this cluster.
        signatures: signature → its transaction; ProvenAbsent never: a node may have dropped it.
        asked: whether there was an endpoint to look them up through.
        unasked: how many addresses and signatures were too many to look up.
    """

    cluster: str = ""
    protocol: str = ""
    covered: Read[Coverage] = field(
        default_factory=lambda: Unknown("the documents were not read", ReadAt())
    )
    claims: tuple[Claim, ...] = ()
    mapped: dict[str, Mapping] = field(default_factory=dict)
    changed: dict[str, int] = field(default_factory=dict)
    dates: Read[int] = field(default_factory=lambda: Unknown("no history was read", ReadAt()))
    digests: Read[dict[str, str]] = field(
        default_factory=lambda: Unknown("no file was hashed", ReadAt())
    )
    scope: Scope = field(default_factory=lambda: Scope({}, {}, {}))
    core: dict[str, Read[AccountState]] = field(default_factory=dict)
    accounts: dict[str, Read[SeenAccount]] = field(default_factory=dict)
    signatures: dict[str, Read[SeenSignature]] = field(default_factory=dict)
    asked: bool = False
    unasked: int = 0
