"""findings.json as the exports read it: strictly, and only where it hangs together.

An export is read by machines that never see the report, so a verdict that does not follow from
the controls, a count that is not theirs or a status that hides a part is refused here, before it
turns green somewhere else.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from privatedao_audit.audit.summary import sum_up
from privatedao_audit.chain import strict_json
from privatedao_audit.model import canonical, catalogue
from privatedao_audit.model.status import Floor, Severity, Status, Verdict, meets_floor, worst

__all__ = ["BadFindings", "Control", "Document", "Part", "read"]

#: Bytes of a findings.json that is read: that of a large run has some megabytes.
MAX_BYTES = 64 * 2**20
_SCHEMA = ("privatedao-audit/findings", 1)
_MOMENT = r"^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]{1,9})?Z$"
_ROOT = re.compile(r"[0-9a-f]{64}")


class BadFindings(ValueError):
    """It is no findings.json of this kit, or contradicts itself; the message says where."""


class _Loose(BaseModel):
    """Exact types of the members that are used; others may be there."""

    model_config = ConfigDict(strict=True, extra="allow", frozen=True)


_Status = Annotated[Status, Field(strict=False)]


class Part(_Loose):
    """One thing that a control looked at."""

    label: str
    status: _Status
    summary: str
    evidence: list[str]


class ReadAt(_Loose):
    """Where the reads of a control stand: the oldest slot, the earliest time."""

    slot: int | None
    providers: list[str]
    recorded_at: str | None


class Waiver(_Loose):
    """An accepted risk over a control; ``underneath`` is the status that it covers."""

    reason: str
    owner: str
    expires: str
    underneath: _Status


class Control(_Loose):
    """One control with its finding."""

    id: Annotated[str, Field(pattern=r"^[A-Z]{2}-[0-9]{2}$")]
    domain: str
    title: str
    requirement: str
    control_class: Annotated[str, Field(alias="class")]
    blocking: bool
    floor: Annotated[Floor, Field(strict=False)]
    severity: Annotated[Severity, Field(strict=False)]
    status: _Status
    summary: str
    parts: list[Part]
    evidence: list[str]
    read_at: ReadAt | None
    remediation: str
    recheck: str
    frameworks: list[str]
    waiver: Waiver | None = None

    @property
    def met(self) -> bool:
        """Whether READY accepts how it stands."""
        return meets_floor(self.status, self.floor)


class Listed(_Loose):
    """A blocking control that is not met."""

    id: str
    status: _Status


class Judged(_Loose):
    """The verdict over all controls."""

    word: Annotated[Verdict, Field(strict=False)]
    reason: str
    counts: dict[str, int]
    total: int
    blocking: list[Listed]


class Target(_Loose):
    """What was audited."""

    name: str
    title: str
    cluster: str
    genesis_hash: str | None
    program_ids: list[str]


class Run(_Loose):
    """When it was recorded, in RFC 3339, and the window of slots."""

    recorded_at: Annotated[str, Field(pattern=_MOMENT)]
    slot_window: list[int] | None


class Method(_Loose):
    """What judged it: version of the kit, and hashes of catalogue and target."""

    kit_version: str
    catalogue: str
    target: str


class Doubt(_Loose):
    """A computed reason why the findings could be wrong."""

    id: str
    text: str


class _Schema(_Loose):
    name: str
    version: int


class _Findings(_Loose):
    schema_: Annotated[_Schema, Field(alias="schema")]
    evidence_root: str
    target: Target
    run: Run
    method: Method
    verdict: Judged
    self_doubt: list[Doubt]
    controls: list[Control]


@dataclass(frozen=True, slots=True)
class Document:
    """A findings.json that hangs together.

    Attributes:
        sha256: of its bytes.
        controls: in the order of the catalogue; their number is fixed.
    """

    sha256: str
    evidence_root: str
    target: Target
    run: Run
    method: Method
    verdict: Judged
    doubts: tuple[Doubt, ...]
    controls: tuple[Control, ...]

    def missing(self) -> list[Control]:
        """The blocking controls that keep the verdict from READY, in the order to do them."""
        known = {one.id: one for one in self.controls}
        return [known[one.id] for one in self.verdict.blocking]


def read(data: bytes) -> Document:
    """The document in a findings.json.

    Raises:
        BadFindings: not strict JSON, another schema, or a contradiction.
    """
    if len(data) > MAX_BYTES:
        raise BadFindings(f"findings.json has {len(data)} bytes; at most {MAX_BYTES} are read")
    try:
        value = strict_json.loads(data, max_bytes=MAX_BYTES)
        found = _Findings.model_validate(value)
    except strict_json.BadJson as error:
        raise BadFindings(f"findings.json is not strict JSON: {error}") from None
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        place = ".".join(str(step) for step in first["loc"])
        raise BadFindings(
            f"findings.json does not have the shape of findings: {place}: {first['msg']}"
        ) from None
    if (found.schema_.name, found.schema_.version) != _SCHEMA:
        raise BadFindings("findings.json is of another schema than privatedao-audit/findings 1")
    if not _ROOT.fullmatch(found.evidence_root):
        raise BadFindings("findings.json names no evidence root of 64 hexadecimal digits")
    _hangs_together(found, value)
    return Document(
        canonical.sha256(data), found.evidence_root, found.target, found.run, found.method,
        found.verdict, tuple(found.self_doubt), tuple(found.controls),
    )  # fmt: skip


def _hangs_together(found: _Findings, value: dict[str, Any]) -> None:
    ids = [one.id for one in found.controls]
    if len(set(ids)) != len(ids):
        raise BadFindings("findings.json holds a control twice")
    known = catalogue.load()
    if found.method.catalogue == known.sha256 and ids != [one.id for one in known.controls]:
        raise BadFindings("findings.json does not hold every control of its catalogue, in order")
    for one in found.controls:
        labels = [part.label for part in one.parts]
        if len(set(labels)) != len(labels):
            raise BadFindings(f"{one.id} holds a part twice")
        underneath = worst(part.status for part in one.parts)
        claimed = one.waiver.underneath if one.waiver is not None else one.status
        if (one.status is Status.WAIVED) != (one.waiver is not None) or claimed != underneath:
            raise BadFindings(f"{one.id}: {one.status} is not what its parts come to")
    said = found.verdict
    follows = sum_up(value["controls"], invalid=said.word is Verdict.INVALID)
    stated = value["verdict"]
    wrong = [name for name in ("word", "counts", "total") if stated[name] != follows[name]]
    # In which order to do them is advice, which another version may give otherwise.
    if sorted(_named(stated["blocking"])) != sorted(_named(follows["blocking"])):
        wrong.append("blocking")
    if wrong:
        raise BadFindings(
            f"findings.json: the {wrong[0]} of its verdict does not follow from its controls"
        )


def _named(listed: list[dict[str, Any]]) -> list[tuple[str, str]]:
    return [(one["id"], one["status"]) for one in listed]


Level = Literal["met", "bad", "unknown", "accepted"]


def standing(control: Control) -> Level:
    """How a control stands, in the words that other formats have for it.

    ``bad`` is shown not to hold or below its floor; ``unknown`` is never anything else;
    ``accepted`` is covered by a waiver.
    """
    if control.status is Status.UNKNOWN:
        return "unknown"
    if control.status is Status.WAIVED:
        return "accepted"
    return "met" if control.met else "bad"
