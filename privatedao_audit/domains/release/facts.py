"""Facts of release control."""

from __future__ import annotations

from dataclasses import dataclass

from privatedao_audit.domains.authority.facts import AuthorityFacts
from privatedao_audit.model.reads import Read
from privatedao_audit.model.target import Surface
from privatedao_audit.repository.surfaces import Statement


@dataclass(frozen=True, slots=True)
class LoaderEvent:
    """One instruction of the upgradeable loader on a program or its ProgramData.

    Attributes:
        action: name of the instruction, e.g. ``Upgrade``.
        slot, block_time: of its transaction; seconds of Unix time, None where not recorded.
        succeeded: whether the transaction landed without an error.
        inner: it was an inner instruction: a multisig or a program did it.
        authority, fee_payer: who had to sign for it, and who paid.
        programdata: the ProgramData it acts on; None for a buffer alone.
    """

    signature: str
    action: str
    slot: int
    block_time: int | None
    succeeded: bool
    inner: bool
    authority: str | None
    new_authority: str | None
    fee_payer: str
    programdata: str | None


@dataclass(frozen=True, slots=True)
class LoaderHistory:
    """What the history of a ProgramData address shows, oldest first.

    Attributes:
        complete: the first deploy was seen and no page or transaction was missing.
        gap: why it is not complete; empty otherwise.
        unreadable: transactions that the history lists and no provider returned.
    """

    events: tuple[LoaderEvent, ...]
    complete: bool
    gap: str
    unreadable: tuple[str, ...] = ()

    @property
    def code_changes(self) -> tuple[LoaderEvent, ...]:
        """Successful deploys and upgrades, oldest first."""
        names = ("DeployWithMaxDataLen", "Upgrade")
        return tuple(e for e in self.events if e.succeeded and e.action in names)

    @property
    def slot_changes(self) -> tuple[LoaderEvent, ...]:
        """Successful instructions that write the slot into ProgramData, oldest first."""
        names = ("DeployWithMaxDataLen", "Upgrade", "ExtendProgram", "ExtendProgramChecked")
        return tuple(e for e in self.events if e.succeeded and e.action in names)


@dataclass(frozen=True, slots=True)
class RecordedTransaction:
    """A transaction that a release record names.

    Attributes:
        succeeded: it landed without an error.
        events: the loader instructions in it.
    """

    signature: str
    slot: int
    block_time: int | None
    succeeded: bool
    events: tuple[LoaderEvent, ...]


@dataclass(frozen=True, slots=True)
class SourceOf:
    """A surface of the target and what was read of it."""

    surface: Surface
    said: Read[Statement]


@dataclass(frozen=True, slots=True)
class ProgramRelease:
    """One program in scope.

    Attributes:
        programdata: derived address.
        history: of that address.
        recorded: signature → transaction, for those that current records name.
        surfaces: everything the checkout says about this program.
    """

    name: str
    id: str
    programdata: str
    history: Read[LoaderHistory]
    recorded: dict[str, Read[RecordedTransaction]]
    surfaces: tuple[SourceOf, ...]

    def saying(self, field: str, cluster: str) -> tuple[SourceOf, ...]:
        """Current surfaces for a cluster that are mapped to state this field."""
        return tuple(
            source
            for source in self.surfaces
            if source.surface.state == "current"
            and source.surface.cluster in (None, cluster)
            and (field in source.surface.fields or not source.surface.fields)
            and (field == "program_id" or source.surface.fields)
        )


@dataclass(frozen=True, slots=True)
class ReleaseFacts:
    """Facts of release control, for every program in scope in the target's order."""

    cluster: str
    programs: tuple[ProgramRelease, ...]
    authority: AuthorityFacts
