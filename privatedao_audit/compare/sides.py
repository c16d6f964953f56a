"""One side of a comparison: the findings and facts of a run's folder or of a bundle."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, ValidationError

from privatedao_audit.bundle import layout, unpack
from privatedao_audit.bundle.errors import BadBundle
from privatedao_audit.chain import strict_json
from privatedao_audit.evidence.sealed import SealedRecording
from privatedao_audit.model import canonical
from privatedao_audit.report.exports import document
from privatedao_audit.run import files

#: Bytes of a facts.json or run.json that are read.
MAX_BYTES = 64 * 2**20


class BadSide(ValueError):
    """It is no run and no bundle that can be compared; the message says why."""


@dataclass(frozen=True, slots=True)
class Side:
    """What one run came to.

    Attributes:
        name: how it is shown: name of the folder or file, without the way to it.
        findings: content of findings.json, checked to hang together.
        facts: content of facts.json.
        bundle_digest: 64 hexadecimal digits; None for a folder.
    """

    name: str
    findings: dict[str, Any]
    facts: dict[str, Any]
    bundle_digest: str | None = None

    @property
    def recorded_at(self) -> str:
        """When its recording was sealed, RFC 3339."""
        return str(self.findings["run"]["recorded_at"])


def read(path: Path) -> Side:
    """The run in a folder, or in a bundle that verifies.

    Raises:
        BadSide: it is neither, was changed since, contradicts itself, or is refused.
    """
    if path.is_dir():
        return _folder(path)
    try:
        bundle = unpack.opened(path)
        return of_bundle(bundle, path.name)
    except BadBundle as error:
        raise BadSide(str(error)) from None


def of_bundle(bundle: unpack.Opened, name: str) -> Side:
    """The run in an opened bundle."""
    _coherent(bundle.files[layout.FINDINGS], name)
    return Side(name, bundle.findings, bundle.facts, bundle.report.bundle_digest)


@contextmanager
def recording(path: Path) -> Iterator[SealedRecording]:
    """The recording of a run's folder or of a bundle.

    Raises:
        BadBundle, RecordingError: it can't be read or is not sound.
    """
    if path.is_dir():
        with SealedRecording.open(path / files.RECORDING) as sealed:
            yield sealed
        return
    with unpack.recording_of(unpack.opened(path)) as sealed:
        yield sealed


def same_subject(before: Side, after: Side) -> None:
    """Make sure that both are of one cluster and share a program.

    Raises:
        BadSide: findings of two deployments would be compared as if they were one.
    """
    one, two = before.findings["target"], after.findings["target"]
    if one["genesis_hash"] != two["genesis_hash"]:
        raise BadSide(
            f"{before.name} is of the cluster {one['genesis_hash']} and {after.name} of "
            f"{two['genesis_hash']}: two clusters can't be compared"
        )
    if not set(one["program_ids"]) & set(two["program_ids"]):
        raise BadSide(f"{before.name} and {after.name} have no program in common")


def _folder(path: Path) -> Side:
    name = path.resolve().name
    state = _json(_bytes(path / files.RUN), f"{name}/{files.RUN}")
    hashes = state.get("files") if isinstance(state, dict) else None
    if not isinstance(hashes, dict):
        raise BadSide(f"{path} holds no finished run: its {files.RUN} does not list what it wrote")
    found = {}
    for member in (files.FINDINGS, files.FACTS):
        raw = _bytes(path / member)
        if hashes.get(member) != canonical.sha256(raw):
            raise BadSide(
                f"{path / member} was changed since the run wrote it: run or replay again"
            )
        found[member] = raw
    _coherent(found[files.FINDINGS], name)
    facts = _json(found[files.FACTS], f"{name}/{files.FACTS}")
    if not isinstance(facts, dict) or not isinstance(facts.get("facts"), dict):
        raise BadSide(f"{path / files.FACTS} holds no facts")
    return Side(name, json.loads(found[files.FINDINGS]), facts)


class _Loose(BaseModel):
    """Exact types of the members that are compared, beyond what exports need."""

    model_config = ConfigDict(strict=True, extra="allow")


class _Provider(_Loose):
    label: str
    host: str


class _Repository(_Loose):
    commit: str
    dirty: bool | None


class _Run(_Loose):
    domains: list[str]
    providers: list[_Provider] = []
    repository: _Repository | None = None


class _Method(_Loose):
    lock: str | None
    limits: dict[str, int] = {}


class _Waiver(_Loose):
    control: str
    state: str
    text: str


class _Control(_Loose):
    observed_sha256: str


class _Compared(_Loose):
    run: _Run
    method: _Method
    waivers: list[_Waiver]
    controls: list[_Control]


def _coherent(raw: bytes, name: str) -> None:
    try:
        document.read(raw)
        _Compared.model_validate_json(raw)
    except document.BadFindings as error:
        raise BadSide(f"{name}: {error}") from None
    except ValidationError as error:
        fault = error.errors(include_url=False, include_input=False)[0]
        where = ".".join(str(step) for step in fault["loc"])
        raise BadSide(f"{name}: findings.json: {where}: {fault['msg']}") from None


def _json(raw: bytes, name: str) -> Any:
    try:
        return strict_json.loads(raw, max_bytes=MAX_BYTES)
    except strict_json.BadJson as error:
        raise BadSide(f"{name} is not strict JSON: {error}") from None


def _bytes(path: Path) -> bytes:
    try:
        if not path.is_file():
            raise BadSide(
                f"{path.parent} is no finished run and no bundle: {path.name} is missing; name "
                "the folder that `privatedao-audit run` wrote, or a bundle"
            )
        with path.open("rb") as file:
            raw = file.read(MAX_BYTES + 1)
    except OSError as error:
        raise BadSide(f"{path}: can't be read: {error.strerror}") from None
    if len(raw) > MAX_BYTES:
        raise BadSide(f"{path} has more than {MAX_BYTES} bytes")
    return raw
