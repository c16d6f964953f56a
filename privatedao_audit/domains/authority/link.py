"""One step of a chain of control: who holds a power, and what stands behind that holder."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from privatedao_audit.chain.layouts import squads
from privatedao_audit.chain.layouts.governance import GovernanceConfig
from privatedao_audit.chain.layouts.squads_v3 import Ms
from privatedao_audit.chain.layouts.token import TokenMultisig
from privatedao_audit.model.reads import ReadAt


class Holder(StrEnum):
    """What holds a power."""

    NONE = "no upgrade authority"
    FIXED_LOADER = "loader without upgrades"
    WALLET = "wallet"
    SQUADS_V4 = "Squads v4 vault"
    SQUADS_V3 = "Squads v3 authority"
    GOVERNANCE = "SPL Governance"
    TOKEN_MULTISIG = "SPL Token multisig"
    CLOSED = "closed program"
    NOT_A_PROGRAM = "not a program"
    UNRECOGNISED = "unrecognised"
    UNREAD = "unread"
    DIVERGED = "providers disagree"


#: Holders that make a program immutable.
IMMUTABLE = frozenset({Holder.NONE, Holder.FIXED_LOADER})

#: Holders that are recognised controllers of several people.
SHARED = frozenset({Holder.SQUADS_V4, Holder.SQUADS_V3, Holder.GOVERNANCE})


@dataclass(frozen=True, slots=True)
class RealmRule:
    """A realm's power as a governance of it holds it.

    Attributes:
        realm, name: its account, and the name its creator gave.
        how: ``governance`` or ``native-treasury``: how the governance signs for the key.
        configs: rules as applied, of this governance and of another one of the realm that may
            rewrite the realm; the weakest decides.
        votes: population → share that decides, e.g. ``60 %``; populations without a vote are
            left out.
        bypass: keys outside the realm that can rewrite it or mint its votes, with the reason.
        unknown: what may weaken the rules and can't be judged, one clause each.
    """

    realm: str
    name: str
    how: str
    configs: tuple[GovernanceConfig, ...]
    votes: tuple[tuple[str, str], ...]
    bypass: tuple[tuple[str, str], ...]
    unknown: tuple[str, ...]

    @property
    def hold_up(self) -> int:
        """Seconds from the end of a vote to the earliest execution, by the weakest rules."""
        return min(config.hold_up for config in self.configs)


@dataclass(frozen=True, slots=True)
class Link:
    """One step: a subject and the holder of the power over it.

    Attributes:
        program: address of what the authority has power over: for upgrade authorities the
            program that it can replace.
        authority: the authority's address; None where there is none.
        holder: what that address is.
        detail: one sentence for people.
        at: the reads it rests on.
        multisig: address of the multisig or governance behind it; None otherwise.
        vault_index: which vault or authority of a multisig; None otherwise.
        state: the decoded Squads v4 multisig; None otherwise.
        controller: program that owns the controller: the next link's subject; None otherwise.
        ms, realm, token: the same of the other kinds; None otherwise.
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
    ms: Ms | None = None
    realm: RealmRule | None = None
    token: TokenMultisig | None = None

    @property
    def members(self) -> tuple[str, ...]:
        """Keys whose votes or signatures count; empty where they are not on chain as a list."""
        if self.state is not None:
            return self.state.voters
        if self.ms is not None:
            return self.ms.keys
        if self.token is not None:
            return tuple(dict.fromkeys(self.token.signers))
        if self.holder is Holder.WALLET and self.authority is not None:
            return (self.authority,)
        return ()
