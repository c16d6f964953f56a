"""Facts about programs and the accounts that control them."""

from __future__ import annotations

from dataclasses import dataclass, field

from privatedao_audit.chain.layouts.governance import Governance, Realm, RealmConfig
from privatedao_audit.chain.layouts.nonce import Nonce
from privatedao_audit.chain.layouts.squads import Multisig
from privatedao_audit.chain.layouts.squads_v3 import Ms
from privatedao_audit.chain.layouts.token import Mint, TokenMultisig
from privatedao_audit.model.reads import Read


@dataclass(frozen=True, slots=True)
class ProgramPointer:
    """A Program account of the upgradeable loader."""

    programdata: str


@dataclass(frozen=True, slots=True)
class ProgramHeader:
    """A ProgramData account without its executable.

    Attributes:
        slot: slot of the last deploy, upgrade or extend.
        upgrade_authority: None when renounced.
    """

    slot: int
    upgrade_authority: str | None


@dataclass(frozen=True, slots=True)
class FixedProgram:
    """A program that its loader never lets anyone replace (loader v1 and v2)."""

    loader: str


@dataclass(frozen=True, slots=True)
class MovedProgram:
    """A program of loader v4, without its executable.

    Attributes:
        authority: its authority, or for a finalized one its successor.
        status: retracted, deployed or finalized.
    """

    slot: int
    authority: str
    status: str


@dataclass(frozen=True, slots=True)
class Other:
    """An account that is none of the known kinds.

    Attributes:
        note: why, in a phrase; e.g. what did not decode.
    """

    note: str


Content = (
    ProgramPointer | ProgramHeader | FixedProgram | MovedProgram | Multisig | Ms | Governance
    | Realm | RealmConfig | Mint | TokenMultisig | Nonce | Other
)  # fmt: skip

#: What may stand behind a vault: believed only when :mod:`.trust` says so.
Controller = Multisig | Ms | Governance


@dataclass(frozen=True, slots=True)
class AccountState:
    """An account as read, without its bulk.

    Attributes:
        owner: program that owns it.
        lamports: balance.
        length: bytes of data that were read (the read is cut at a bound; see ``HEADER``).
        content: what the data is, by owner first and layout second.
    """

    address: str
    owner: str
    lamports: int
    executable: bool
    length: int
    content: Content


@dataclass(frozen=True, slots=True)
class Executable:
    """The code of a program, by what identifies it.

    Attributes:
        sha256: of the executable with trailing zero bytes cut.
        length: bytes with the trailing zeros cut.
        capacity: bytes with them.
        slot, upgrade_authority: the header that was read with these very bytes.
    """

    sha256: str
    length: int
    capacity: int
    slot: int
    upgrade_authority: str | None


@dataclass(frozen=True, slots=True)
class AuthorityFacts:
    """Everything read on the way from the programs in scope to their controllers.

    Attributes:
        accounts: address → state, all from one getMultipleAccounts.
        executables: program id → code, for programs in scope and for controller programs that
            are believed by hash.
        genesis_hash: the cluster as read; decides which controller ids are canonical.
        moving: values that changed while the run was reading, one phrase each.
        seen: authority that nothing named in the target explains → controllers that its history
            shows; they are candidates, and each is derived again before it counts.
    """

    accounts: dict[str, Read[AccountState]]
    executables: dict[str, Read[Executable]]
    genesis_hash: Read[str]
    moving: tuple[str, ...] = field(default=())
    seen: dict[str, Read[tuple[str, ...]]] = field(default_factory=dict)
