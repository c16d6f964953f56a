"""Facts about how the upgrade authority was used: changes, votes, standing powers."""

from __future__ import annotations

from dataclasses import dataclass, field

from privatedao_audit.chain.layouts import squads
from privatedao_audit.chain.layouts.nonce import Nonce, UninitializedNonce
from privatedao_audit.domains.authority.history import LoaderEvent, LoaderHistory
from privatedao_audit.model.reads import Found, Read, ReadAt
from privatedao_audit.model.target import Surface
from privatedao_audit.repository.reads import Change
from privatedao_audit.repository.surfaces import Rows

#: What a transaction account of a multisig can hold.
Put = squads.VaultTransaction | squads.ConfigTransaction | squads.Batch


@dataclass(frozen=True, slots=True)
class BufferLife:
    """One use of a buffer address, from its initialisation to its end.

    Attributes:
        begun: slot of the initialisation; None where the history begins later.
        writes: successful Write instructions; ``last_write`` the slot of the last one.
        sha256: of what they wrote, trailing zeros cut; None where nothing else was written.
        ended_by: transaction that used it up (deploy, upgrade, close); None: it lives.
        gap: why writes may be missing; empty when none can.
    """

    begun: int | None
    writes: int
    last_write: int | None
    sha256: str | None
    ended_by: str | None
    gap: str


@dataclass(frozen=True, slots=True)
class Step:
    """One instruction of a multisig's program on that multisig, in a transaction that succeeded.

    Attributes:
        block_time: seconds of Unix time; None where not recorded.
        place: where it stands in its transaction, e.g. ``0`` or ``2.1``.
    """

    signature: str
    slot: int
    block_time: int | None
    place: str
    instruction: squads.SquadsInstruction


@dataclass(frozen=True, slots=True)
class SquadsLog:
    """Everything that was done to a multisig, oldest first.

    Attributes:
        gap: why steps may be missing; empty when none can.
        refused: how many attempts failed: they changed nothing.
        whole_from: where nothing but its beginning is cut off, the slot from which on no step
            is missing; None where steps may be missing anywhere.
    """

    steps: tuple[Step, ...]
    gap: str
    refused: int = 0
    whole_from: int | None = None


@dataclass(frozen=True, slots=True)
class Slot:
    """What lies under one transaction index now. Closed accounts are proven absent."""

    index: int
    transaction: Read[Put]
    proposal: Read[squads.Proposal]


@dataclass(frozen=True, slots=True)
class StagedBuffer:
    """A buffer as it lies there: who may write to it, and the hash of what it holds."""

    authority: str | None
    sha256: str | None


@dataclass(frozen=True, slots=True)
class HeldCode:
    """A ProgramData account as it lies there: who may replace the code now, None: nobody."""

    authority: str | None


@dataclass(frozen=True, slots=True)
class Vault:
    """A vault of a multisig.

    Attributes:
        seen: whether its history could be listed at all, and where.
        gap: why that history may lack something; empty when it can't.
        buffers: every buffer that its history shows under its authority, as read now.
        programs: ProgramData address → the account as read now, for every program out of scope
            whose code the history shows under its authority.
    """

    index: int
    address: str
    seen: Read[int]
    gap: str
    buffers: dict[str, Read[StagedBuffer]]
    programs: dict[str, Found[HeldCode]] = field(default_factory=dict)

    @property
    def staged(self) -> list[str]:
        """Buffers that lie under it now, in the order of their addresses."""
        return sorted(
            key for key, read in self.buffers.items()
            if isinstance(read, Found) and read.value.authority == self.address
        )  # fmt: skip

    @property
    def others(self) -> list[str]:
        """ProgramData of the programs out of scope whose code it can replace now, likewise."""
        return sorted(key for key, read in self.programs.items()
                      if read.value.authority == self.address)  # fmt: skip


@dataclass(frozen=True, slots=True)
class MultisigHistory:
    """A multisig that may be believed.

    Attributes:
        program: owner of the account.
        state: the account as read with the authorities, at ``at``.
        slots: under the indices from 1 on; fewer than the state says where there are too many.
        limits: spending limit address → account, for all that the log names.
    """

    address: str
    program: str
    state: squads.Multisig
    at: ReadAt
    log: Read[SquadsLog]
    slots: tuple[Slot, ...]
    limits: dict[str, Read[squads.SpendingLimit]]
    vaults: tuple[Vault, ...]


@dataclass(frozen=True, slots=True)
class Listing:
    """A list of the checkout and what was read of it."""

    surface: Surface
    said: Read[Rows]


@dataclass(frozen=True, slots=True)
class StandingForm:
    """A list of accepted standing powers in the checkout.

    Attributes:
        changed: its last change in git, where it lies there as it was committed.
    """

    file: str
    said: Read[Rows]
    changed: Read[Change]


@dataclass(frozen=True, slots=True)
class ProgramHistory:
    """One program in scope.

    Attributes:
        loader: what its ProgramData's own history shows.
        elsewhere: loader instructions on its ProgramData that the histories of multisigs,
            vaults and buffers show, and its own does not.
        buffers: buffer address → its uses, for the buffers of upgrades that a program carried.
        approvals: approval records of the checkout about this program.
    """

    name: str
    id: str
    programdata: str
    loader: Read[LoaderHistory]
    elsewhere: tuple[LoaderEvent, ...]
    buffers: dict[str, Read[tuple[BufferLife, ...]]]
    approvals: tuple[Listing, ...]


@dataclass(frozen=True, slots=True)
class NonceUse:
    """An instruction on a nonce account in the history of a signer.

    Attributes:
        action: name of the instruction, e.g. ``AdvanceNonceAccount``.
        privileged: the same transaction also called the loader or the multisig's program.
    """

    nonce: str
    action: str
    signature: str
    slot: int
    succeeded: bool
    privileged: bool


@dataclass(frozen=True, slots=True)
class SignerHistory:
    """What the history of a key says of durable nonces.

    Attributes:
        role: ``member``, ``config authority``, ``vault`` or ``authority``.
        uses: oldest first.
        seen: number of transactions read.
        gap: why the history may lack something; empty when it can't.
        scan: nonce accounts that a scan of the System Program finds under this key; Unknown
            where no provider allows the scan.
    """

    key: str
    role: str
    seen: Read[int]
    gap: str
    uses: tuple[NonceUse, ...]
    scan: Read[tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class HistoryFacts:
    """Facts about how the upgrade authority was used: changes, votes, standing powers.

    Attributes:
        multisigs: address → history, for the multisigs of the target that may be believed.
        signers: members and vaults of the controllers, and single keys that hold an authority.
        nonces: nonce account → as read now, for every one that a history or a scan shows.
        registers: signer registers of the checkout.
        accepted: lists of standing powers that the team has accepted.
    """

    programs: tuple[ProgramHistory, ...] = ()
    multisigs: tuple[MultisigHistory, ...] = ()
    signers: tuple[SignerHistory, ...] = ()
    nonces: dict[str, Read[Nonce | UninitializedNonce]] = field(default_factory=dict)
    registers: tuple[Listing, ...] = ()
    accepted: tuple[StandingForm, ...] = ()

    def multisig(self, address: str | None) -> MultisigHistory | None:
        """The multisig at an address; None where none may be believed there."""
        return next((one for one in self.multisigs if one.address == address), None)
