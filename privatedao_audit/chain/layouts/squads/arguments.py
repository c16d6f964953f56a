"""Arguments of Squads v4 instructions. Memos are text by strangers, to be shown escaped."""

from __future__ import annotations

from dataclasses import dataclass, field

from privatedao_audit.chain.layouts.squads.config import (
    AddMember,
    AddSpendingLimit,
    ChangeThreshold,
    ConfigAction,
    RemoveMember,
    SetRentCollector,
    SetTimeLock,
)
from privatedao_audit.chain.layouts.squads.messages import Message
from privatedao_audit.chain.layouts.squads.multisig import Member

__all__ = [
    "AddToBatch",
    "Arguments",
    "Change",
    "ConfigChange",
    "CreateBatch",
    "CreateBuffer",
    "CreateConfigTransaction",
    "CreateFromBuffer",
    "CreateMultisig",
    "CreateProposal",
    "CreateVaultTransaction",
    "ExtendBuffer",
    "InitProgramConfig",
    "Memo",
    "SetConfigAuthority",
    "SetCreationFee",
    "SetProgramAuthority",
    "SetProgramTreasury",
    "UseSpendingLimit",
]


@dataclass(frozen=True, slots=True)
class CreateMultisig:
    """A new multisig. ``config_authority`` None: autonomous. ``time_lock`` in seconds."""

    config_authority: str | None
    threshold: int
    members: tuple[Member, ...]
    time_lock: int
    rent_collector: str | None
    memo: str | None


@dataclass(frozen=True, slots=True)
class SetConfigAuthority:
    """Another config authority; None: autonomous from now on."""

    config_authority: str | None


Change = (
    AddMember | RemoveMember | ChangeThreshold | SetTimeLock | SetConfigAuthority
    | SetRentCollector | AddSpendingLimit
)


@dataclass(frozen=True, slots=True)
class ConfigChange:
    """A change that the config authority makes alone, without a vote."""

    change: Change
    memo: str | None


@dataclass(frozen=True, slots=True)
class CreateConfigTransaction:
    """Actions put to the vote."""

    actions: tuple[ConfigAction, ...]
    memo: str | None


@dataclass(frozen=True, slots=True)
class CreateVaultTransaction:
    """A message put to the vote. The transaction's index is the multisig's next one."""

    vault_index: int
    ephemeral_signers: int
    message: Message
    memo: str | None


@dataclass(frozen=True, slots=True)
class CreateFromBuffer:
    """The same with the message that the transaction buffer holds."""

    vault_index: int
    ephemeral_signers: int
    memo: str | None


@dataclass(frozen=True, slots=True)
class CreateBuffer:
    """A transaction buffer with its first piece. ``final_hash`` hex, ``final_size`` bytes."""

    buffer_index: int
    vault_index: int
    final_hash: str
    final_size: int
    content: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class ExtendBuffer:
    """The next piece of a transaction buffer."""

    content: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class CreateBatch:
    """An empty batch for a vault."""

    vault_index: int
    memo: str | None


@dataclass(frozen=True, slots=True)
class AddToBatch:
    """The next transaction of a batch."""

    ephemeral_signers: int
    message: Message


@dataclass(frozen=True, slots=True)
class CreateProposal:
    """A proposal for the transaction at that index; a draft can't be voted on yet."""

    transaction_index: int
    draft: bool


@dataclass(frozen=True, slots=True)
class UseSpendingLimit:
    """``amount`` in lamports, or base units of the mint with those ``decimals``."""

    amount: int
    decimals: int
    memo: str | None


@dataclass(frozen=True, slots=True)
class Memo:
    """An instruction whose only argument is a memo."""

    memo: str | None


@dataclass(frozen=True, slots=True)
class InitProgramConfig:
    """The program's configuration, once. ``creation_fee`` in lamports."""

    authority: str
    creation_fee: int
    treasury: str


@dataclass(frozen=True, slots=True)
class SetProgramAuthority:
    """Another authority of the program's configuration."""

    authority: str


@dataclass(frozen=True, slots=True)
class SetCreationFee:
    """Another fee for a new multisig, in lamports."""

    creation_fee: int


@dataclass(frozen=True, slots=True)
class SetProgramTreasury:
    """Another receiver of the fees."""

    treasury: str


Arguments = (
    CreateMultisig | ConfigChange | CreateConfigTransaction | CreateVaultTransaction
    | CreateFromBuffer | CreateBuffer | ExtendBuffer | CreateBatch | AddToBatch | CreateProposal
    | UseSpendingLimit | Memo | InitProgramConfig | SetProgramAuthority | SetCreationFee
    | SetProgramTreasury
)
