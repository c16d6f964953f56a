"""The findings inside a bundle: do they follow from the catalogue, the target and the records?

What can be recomputed without judging again is recomputed: the status of a control from its
parts, the counts and the verdict from the controls, the position from the reads. What can't be
(whether a fact deserves its status) is what replay is for.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, ValidationError

from privatedao_audit import __version__
from privatedao_audit.audit.summary import sum_up
from privatedao_audit.bundle import derived, layout
from privatedao_audit.bundle.errors import BadBundle
from privatedao_audit.bundle.manifest import Manifest, object_of, require_schema
from privatedao_audit.bundle.public.stated import TOKEN
from privatedao_audit.bundle.recording import Recorded
from privatedao_audit.model import canonical, catalogue, waivers
from privatedao_audit.model import target as targets
from privatedao_audit.model.status import ControlClass, Floor, Status, meets_floor, worst
from privatedao_audit.model.waivers import observed_sha256

SCHEMA_NAME = "privatedao-audit/findings"
SCHEMA_VERSION = 1

#: Statuses that say that something was seen.
_CLAIMS = frozenset({"PASS", "ATTESTED", "N/A", "STALE"})
_SETTLED = frozenset({"found", "absent"})


class _Loose(BaseModel):
    """Exact types of the members that are used; others may be there."""

    model_config = ConfigDict(strict=True, extra="allow", frozen=True)


class _Method(_Loose):
    kit_version: str
    catalogue: str
    target: str
    lock: str | None


class _Target(_Loose):
    name: str
    title: str
    cluster: str
    genesis_hash: str | None
    protocol: str
    program_ids: list[str]


class _Run(_Loose):
    recorded_at: str
    slot_window: list[int] | None
    domains: list[str]


class _Listed(_Loose):
    id: str
    status: str


class _Verdict(_Loose):
    word: str
    reason: str
    counts: dict[str, int]
    total: int
    blocking: list[_Listed]


class _Part(_Loose):
    status: str
    evidence: list[str]


class _ReadAt(_Loose):
    recorded_at: str | None


class _Waiver(_Loose):
    underneath: str
    expires: str
    evidence: list[str]


class _Control(_Loose):
    id: str
    status: str
    summary: str
    parts: list[_Part]
    evidence: list[str]
    read_at: _ReadAt | None
    age_limit_seconds: int | None
    waiver: _Waiver | None


class _Canary(_Loose):
    caught: int
    of: int


class Findings(_Loose):
    """findings.json, as far as the checks read it."""

    method: _Method
    target: _Target
    run: _Run
    verdict: _Verdict
    controls: list[_Control]
    canaries: dict[str, _Canary]
    evidence_root: str


def check(
    files: Mapping[str, bytes], manifest: Manifest, recorded: Recorded
) -> tuple[Findings, dict[str, Any]]:
    """Check findings.json against everything else that a bundle holds.

    Returns:
        The findings, typed and as plain JSON.

    Raises:
        BadBundle: of stage ``findings`` or ``method``.
    """
    value = object_of(files[layout.FINDINGS], layout.FINDINGS, "findings")
    require_schema(value, SCHEMA_NAME, SCHEMA_VERSION, layout.FINDINGS, "findings")
    try:
        found = Findings.model_validate(value)
    except (ValidationError, RecursionError) as error:
        raise _bad(f"findings.json does not have the shape of findings: {_first(error)}") from None
    _check_method(files, manifest, recorded, found)
    _check_target(files, manifest, recorded, found)
    _check_run(found, recorded)
    known = _catalogue(files)
    if [control.id for control in known.controls] != [row.id for row in found.controls]:
        raise _bad(
            "findings.json does not hold every control of its catalogue once, in order: the number "
            "that a verdict counts is fixed"
        )
    for control, row, plain in zip(known.controls, found.controls, value["controls"], strict=True):
        _check_control(control, row, plain, recorded)
        derived.check_texts(control, plain, found.target.name)
        if row.read_at is not None:
            derived.check_position(row.id, plain["read_at"], row.evidence, recorded)
        if row.waiver is not None:
            derived.check_waiver(row.id, plain, files, recorded)
    _check_canaries(found)
    _check_verdict(found, value["controls"])
    ours = found.method.kit_version == __version__
    derived.check_rows(value, ours=ours)
    if ours:
        derived.check_doubts(value, files, recorded, _target(recorded))
    return found, value


def _check_method(
    files: Mapping[str, bytes], manifest: Manifest, recorded: Recorded, found: Findings
) -> None:
    method = found.method
    if method.kit_version != manifest.kit_version:
        raise _other("manifest.json and findings.json name different versions of the kit")
    if canonical.sha256(files[layout.CATALOGUE]) != method.catalogue:
        raise _other("catalogue.toml is not the catalogue that findings.json was judged by")
    lock = files.get(layout.LOCK)
    if (canonical.sha256(lock) if lock is not None else None) != method.lock:
        raise _other("requirements.lock is not the lock that findings.json names")
    if method.kit_version != __version__:
        return
    # The same version is here, so what it must have used is known.
    if files[layout.VERIFIER] != verifier():
        raise _other(f"verify_bundle.py is not the one of version {__version__}: do not run it")
    if method.catalogue != catalogue.load().sha256:
        raise _other(f"the catalogue is not the one of version {__version__}")


def _check_target(
    files: Mapping[str, bytes], manifest: Manifest, recorded: Recorded, found: Findings
) -> None:
    value = object_of(files[layout.TARGET], layout.TARGET, "method")
    if value != recorded.header.target or found.method.target != recorded.header.target_sha256:
        raise _other("target.json, findings.json and the recording are not of one target")
    stated = found.target
    cluster, programs = value.get("cluster"), value.get("programs")
    if (
        not isinstance(cluster, dict)
        or not isinstance(programs, list)
        or not all(isinstance(program, dict) for program in programs)
        or stated.name != manifest.target
        or (stated.name, stated.title, stated.protocol)
        != (value.get("name"), value.get("title"), value.get("protocol"))
        or (stated.cluster, stated.genesis_hash)
        != (cluster.get("name"), cluster.get("genesis_hash"))
        or stated.program_ids != [program.get("id") for program in programs]
    ):
        raise _other("findings.json or the manifest describes another target than target.json")
    profile = files.get(layout.TARGET_FILE)
    if profile is None or found.method.kit_version != __version__:
        return
    try:
        same = targets.parse(profile.decode("utf-8"), layout.TARGET_FILE).sha256
    except (targets.BadTarget, UnicodeDecodeError):
        same = None
    if same != found.method.target:
        raise _other("target.toml is not the profile that target.json resolves")


def _target(recorded: Recorded) -> targets.Target:
    """The target as it was recorded; its digest is checked already."""
    try:
        found = targets.Target.model_validate(recorded.header.target)
        sound = found.sha256 == recorded.header.target_sha256
    except (ValidationError, RecursionError):
        sound = False
    if not sound:
        raise _other("target.json is no target of this version")
    return found


def _check_run(found: Findings, recorded: Recorded) -> None:
    if found.evidence_root != recorded.evidence_root:
        raise _bad("findings.json names another evidence root than its records have")
    if found.run.recorded_at != recorded.header.sealed_at:
        raise _bad("findings.json names another time than its recording")
    window = list(recorded.window) if recorded.window else None
    if found.run.slot_window != window:
        raise _bad("findings.json names another window of slots than its recording")


def _catalogue(files: Mapping[str, bytes]) -> catalogue.Catalogue:
    try:
        return catalogue.parse(files[layout.CATALOGUE])
    except catalogue.BadCatalogue as error:
        raise _other(f"catalogue.toml is no catalogue: {error}") from None
    # From tomllib, and from what indexes the members that a catalogue has.
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise _other(f"catalogue.toml is no catalogue: {type(error).__name__}") from None


def _check_control(
    control: catalogue.Control, row: _Control, plain: dict[str, Any], recorded: Recorded
) -> None:
    fixed = {
        "domain": control.domain,
        "title": control.title,
        "requirement": control.requirement,
        "class": control.control_class.value,
        "blocking": control.blocking,
        "floor": control.floor.value,
        "severity": control.severity.value,
    }
    for member, value in fixed.items():
        if type(plain.get(member)) is not type(value) or plain[member] != value:
            raise _bad(f"{row.id}: its {member} is not that of the catalogue")
    for part in row.parts:
        _check_legal(control, part.status)
    underneath = worst(Status(part.status) for part in row.parts)
    seen = _observations(row, plain)
    # With a token in it the hash is of words that a reader does not have: it stays as it was.
    told = json.dumps(seen) if recorded.tokens else ""
    hidden = not recorded.tokens.isdisjoint(TOKEN.findall(told))
    stated = plain.get("observed_sha256")
    same = stated == observed_sha256(seen) or (hidden and _is_digest(stated))
    if not same:
        raise _bad(f"{row.id}: its observed_sha256 is not that of its parts")
    if row.status == "WAIVED":
        _check_waiver(control, row, underneath, recorded)
    elif row.waiver is not None:
        raise _bad(f"{row.id} carries a waiver and is not WAIVED")
    elif row.status != underneath:
        raise _bad(f"{row.id}: {row.status[:20]!a} is not the worst of its parts")
    if set(row.evidence) != {name for part in row.parts for name in part.evidence}:
        raise _bad(f"{row.id}: its evidence is not that of its parts")
    for name in row.evidence:
        if name not in recorded.reads:
            raise _bad(f"{row.id}: its evidence {name[:40]!a} is in no record")
    for part in row.parts:
        outcomes = {recorded.reads[name][0] for name in part.evidence}
        if part.status in _CLAIMS and not outcomes & _SETTLED:
            raise _bad(f"{row.id}: {part.status} rests on no read that was answered")
    if (row.read_at is None) != (not row.evidence):
        raise _bad(f"{row.id}: it says when it was read and names no read, or the reverse")
    times = {recorded.reads[name][1] for name in row.evidence}
    if row.read_at is not None and row.read_at.recorded_at not in times:
        raise _bad(f"{row.id}: it was read at none of the times of its evidence")


def _check_canaries(found: Findings) -> None:
    """Every control with parts had canaries, and they were caught unless the run is INVALID."""
    if found.verdict.word == "INVALID":
        return
    names = {row.id for row in found.controls}
    for name, one in found.canaries.items():
        if name not in names:
            raise _bad(f"a canary of {name[:20]!a} is told, which is no control")
        if not 0 < one.of == one.caught:
            raise _bad(f"{name[:20]!a}: its check let a canary through, and the run is not INVALID")
    bare = [row.id for row in found.controls if row.parts and row.id not in found.canaries]
    if bare:
        raise _bad(f"{bare[0]}: its check was not shown to fail on anything")


def _is_digest(value: Any) -> bool:
    return isinstance(value, str) and re.fullmatch("[0-9a-f]{64}", value) is not None


def _observations(row: _Control, plain: dict[str, Any]) -> list[dict[str, Any]]:
    parts: list[dict[str, Any]] = plain["parts"]
    for part in parts:
        words = all(isinstance(part.get(one), str) for one in ("label", "summary"))
        if not words or not {"observed", "expected"} <= set(part):
            raise _bad(f"{row.id}: a part has no label, no summary or nothing observed")
    return parts


def _check_waiver(
    control: catalogue.Control, row: _Control, underneath: Status, recorded: Recorded
) -> None:
    """A waiver hides no doubt, is of a control that can be waived, and had not ended."""
    waiver = row.waiver
    if waiver is None or waiver.underneath != underneath:
        raise _bad(f"{row.id} is WAIVED, and its waiver is not laid over {underneath}")
    hidden = waivers.NOT_KNOWN & {underneath, *(part.status for part in row.parts)}
    if not control.waivable or hidden or meets_floor(underneath, control.floor):
        raise _bad(f"{row.id} can't be WAIVED")
    if not waiver.evidence or not set(waiver.evidence) <= set(recorded.reads):
        raise _bad(f"{row.id}: its waiver is in no record")


def _check_legal(control: catalogue.Control, status: str) -> None:
    if status not in tuple(Status) or status == "WAIVED":
        raise _bad(f"{control.id}: {status[:20]!a} is no status that it can have")
    if status == "N/A" and not control.na:
        raise _bad(f"{control.id}: N/A is not legal here")
    chain_only = control.control_class is ControlClass.CHAIN and control.floor is Floor.PASS
    if status == "ATTESTED" and chain_only:
        raise _bad(f"{control.id}: a document can't satisfy a control of class C")


def _check_verdict(found: Findings, controls: list[dict[str, Any]]) -> None:
    stated = found.verdict
    due = sum_up(controls, invalid=stated.word == "INVALID")
    if stated.counts != due["counts"] or stated.total != due["total"]:
        raise _bad("the counts in findings.json are not those of its controls")
    if stated.word != due["word"]:
        raise _bad(
            f"findings.json says {stated.word[:20]!a}, and its controls come to {due['word']}"
        )
    listed = sorted((row.id, row.status) for row in stated.blocking)
    if listed != sorted((row["id"], row["status"]) for row in due["blocking"]):
        raise _bad("what findings.json lists as keeping it from READY does not follow from it")


def verifier() -> bytes:
    """The one-file verifier of this version."""
    return Path(__file__).with_name(layout.VERIFIER).read_bytes()


def _first(error: Exception) -> str:
    if not isinstance(error, ValidationError):
        return "it is nested too deeply"
    fault = error.errors(include_url=False, include_input=False)[0]
    where = ".".join(ascii(step).strip("'")[:40] for step in fault["loc"][:5])
    return f"{where}: {fault['msg']}"


def _bad(why: str) -> BadBundle:
    return BadBundle("findings", why)


def _other(why: str) -> BadBundle:
    return BadBundle("method", why)
