"""Facts of release control."""

from __future__ import annotations

from dataclasses import dataclass, field

from privatedao_audit.domains.authority.facts import AuthorityFacts
from privatedao_audit.domains.authority.history import LoaderEvent, LoaderHistory
from privatedao_audit.domains.release.provenance.facts import ProvenanceFacts
from privatedao_audit.domains.release.records.facts import RecordFacts
from privatedao_audit.model.reads import Read
from privatedao_audit.model.target import Surface
from privatedao_audit.repository.surfaces import Statement


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
            if source.surface.is_current(cluster)
            and (field in source.surface.fields or not source.surface.fields)
            and (field == "program_id" or source.surface.fields)
        )


@dataclass(frozen=True, slots=True)
class ReleaseFacts:
    """Facts of release control, for every program in scope in the target's order."""

    cluster: str
    programs: tuple[ProgramRelease, ...]
    authority: AuthorityFacts
    records: RecordFacts = field(default_factory=RecordFacts)
    provenance: ProvenanceFacts = field(default_factory=ProvenanceFacts)
