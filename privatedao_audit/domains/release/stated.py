"""What current release records state of one field, and the parts that say why they do not."""

from __future__ import annotations

from dataclasses import dataclass

from privatedao_audit.domains.release.facts import ProgramRelease, ReleaseFacts, SourceOf
from privatedao_audit.model.clusters import same_cluster
from privatedao_audit.model.finding import Part, unread
from privatedao_audit.model.reads import Found, ReadAt, joined
from privatedao_audit.model.status import Status


def moving(label: str, facts: ReleaseFacts, at: ReadAt) -> Part:
    """The part of a program whose code was replaced while it was read."""
    text = f"Moving: {facts.authority.moving[0]}; run the audit again."
    return Part(label, Status.UNKNOWN, text, at)


@dataclass(frozen=True, slots=True)
class Stated:
    """A value that a record of the checkout states, and where."""

    value: str
    at: ReadAt
    file: str


def by_file(recorded: list[Stated]) -> str:
    """Which file says what, for a summary."""
    return "; ".join(f"{one.file} says {one.value[:100]}" for one in recorded)


def stated(
    program: ProgramRelease, facts: ReleaseFacts, field: str
) -> tuple[list[Stated], Part | None]:
    """The values of a field over the current records, or the part that says why there is none.

    A record that can't be read makes the whole UNKNOWN even when another one speaks: it might
    contradict.
    """
    label, words = program.name, field.replace("_", " ")
    sources = program.saying(field, facts.cluster)
    if not sources:
        # Other surfaces are no places where it would stand: a mapping may merely be missing.
        read = [s.said for s in program.surfaces
                if s.surface.part == "release-record" and isinstance(s.said, Found)]
        text = f"No release record of {label} with {_article(words)} is mapped in the target."
        if not read:
            return [], Part(label, Status.UNKNOWN, text)
        return [], Part(label, Status.MISSING, text, joined(*(said.at for said in read)))
    values: list[Stated] = []
    for source in sources:
        if not isinstance(source.said, Found):
            return [], unread(
                label, source.said, absent=Status.MISSING,
                absent_summary=f"The checkout has no file {source.surface.file}.",
            )  # fmt: skip
        at = source.said.at
        stranger = of_another_cluster(label, source, facts.cluster)
        if stranger is not None:
            return [], stranger
        given = source.said.value.values.get(field, ())
        if not given:
            text = f"{source.surface.file} does not state {_article(words)} of {label}."
            return [], Part(label, Status.MISSING, text, at)
        values += [Stated(value, at, source.surface.file) for value in given]
    return values, None


def of_another_cluster(label: str, source: SourceOf, cluster: str) -> Part | None:
    """The part for a document that says itself that it speaks of another cluster."""
    if not isinstance(source.said, Found):
        return None
    said = source.said.value.values.get("cluster", ())
    other = [value for value in said if not same_cluster(value, cluster)]
    if not other:
        return None
    text = f"{source.surface.file} speaks of the cluster {other[0]}, the target of {cluster}."
    return Part(label, Status.FAIL, text, source.said.at, observed=other, expected=cluster)


def _article(words: str) -> str:
    return f"an {words}" if words[0] in "aeiou" else f"a {words}"
