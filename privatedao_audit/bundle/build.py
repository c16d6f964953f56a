"""From the folder of a finished run to its bundle. Equal runs make equal bytes."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from privatedao_audit import __version__, assets
from privatedao_audit.bundle import container, layout, manifest, recording
from privatedao_audit.bundle.errors import BadBundle, CannotBundle
from privatedao_audit.bundle.findings import verifier
from privatedao_audit.bundle.verify import verify
from privatedao_audit.evidence.errors import RecordingError
from privatedao_audit.evidence.sealed import SealedRecording
from privatedao_audit.model import canonical
from privatedao_audit.model import catalogue as controls
from privatedao_audit.model import target as targets
from privatedao_audit.run import files as run_files


@dataclass(frozen=True, slots=True)
class Built:
    """A bundle that its own verification accepted.

    Attributes:
        raw: the archive.
        bundle_digest: SHA-256 of its manifest, 64 hexadecimal digits.
        evidence_root: Merkle root over its records, 64 hexadecimal digits.
    """

    raw: bytes
    bundle_digest: str
    evidence_root: str


def build(folder: Path) -> Built:
    """Make the bundle of a run.

    ``run.json`` stays out: it holds clocks and facts of the host, and nothing that a verdict
    rests on. Its list of hashes is used once, here, to see that the folder is as the run left it.

    Args:
        folder: what ``privatedao-audit run --out`` wrote.

    Raises:
        CannotBundle: it is no finished run, was changed since, was judged by another version,
            or what it holds does not verify.
    """
    state = _json(folder / run_files.RUN)
    files = _written(folder, state)
    found = _json_of(files[layout.FINDINGS], layout.FINDINGS)
    try:
        method = found["method"]
        version, catalogue, lock = method["kit_version"], method["catalogue"], method["lock"]
    except (KeyError, TypeError):
        raise CannotBundle(f"{folder / layout.FINDINGS} does not name its method") from None
    if version != __version__:
        raise CannotBundle(
            f"the run was judged by version {version}, and this is {__version__}: bundle it with "
            "that version, or replay it with this one first"
        )
    place = folder / run_files.RECORDING
    try:
        with SealedRecording.open(place) as sealed:
            header, root = sealed.run, sealed.evidence_root
            files.update(recording.files_of(sealed))
    except RecordingError as error:
        raise CannotBundle(str(error)) from None
    files[layout.TARGET] = canonical.dump_file(header.target)
    files[layout.VERIFIER] = verifier()
    files[layout.CATALOGUE] = _same(
        Path(controls.__file__).with_name("controls.toml"), catalogue, "catalogue"
    )
    if lock is not None:
        files[layout.LOCK] = _same(assets.root() / layout.LOCK, lock, "lock")
    profile = _profile(folder, header.target_name, header.target_sha256)
    if profile is not None:
        files[layout.TARGET_FILE] = profile
    listed = manifest.make(
        files, kit_version=__version__, target=header.target_name, evidence_root=root
    )
    whole = {layout.MANIFEST: listed, **files}
    try:
        raw = container.write(container.entry(name, data) for name, data in whole.items())
    except BadBundle as error:
        raise CannotBundle(f"the run is too large for a bundle: {error}") from None
    # What its own verification refuses is not handed out: the run is at fault, or the kit.
    report = verify(raw)
    if not report.ok:
        raise CannotBundle("the run does not hold together: " + report.problems[0][1])
    return Built(raw, report.bundle_digest, report.evidence_root)


def _written(folder: Path, state: Any) -> dict[str, bytes]:
    """The files that the run says it wrote, as it wrote them."""
    hashes = state.get("files") if isinstance(state, dict) else None
    if not isinstance(hashes, dict) or layout.FINDINGS not in hashes or layout.FACTS not in hashes:
        raise CannotBundle(f"{folder / run_files.RUN} is not what a finished run leaves")
    found: dict[str, bytes] = {}
    for name, digest in sorted(hashes.items()):
        if not layout.is_covered(name):
            raise CannotBundle(f"{folder / run_files.RUN} names a file that no run writes")
        data = _bytes(folder / name)
        if canonical.sha256(data) != digest:
            raise CannotBundle(
                f"{folder / name} was changed since the run wrote it: run or replay again"
            )
        found[name] = data
    return found


def _profile(folder: Path, name: str, sha256: str) -> bytes | None:
    """The profile as it was given: the copy in the folder, or the bundled one of that name."""
    own = folder / layout.TARGET_FILE
    try:
        if own.is_file():
            if targets.load(str(own.absolute())).sha256 != sha256:
                raise CannotBundle(f"{own} is not the profile that the run judged")
            return _bytes(own)
        if targets.load(name).sha256 == sha256:
            return _bytes(targets.path_of(name))
    except targets.BadTarget:
        if own.is_file():
            raise CannotBundle(f"{own} is not the profile that the run judged") from None
    return None


def _same(path: Path, digest: str, what: str) -> bytes:
    data = _bytes(path)
    if canonical.sha256(data) != digest:
        raise CannotBundle(
            f"the {what} of this installation is not the one that the run was judged with: replay "
            "the recording first"
        )
    return data


def _json(path: Path) -> Any:
    if not path.is_file():
        raise CannotBundle(
            f"{path.parent} holds no finished run: {path.name} is missing; name the folder that "
            "`privatedao-audit run` wrote"
        )
    return _json_of(_bytes(path), str(path))


def _json_of(raw: bytes, name: str) -> Any:
    try:
        return json.loads(raw)
    except (ValueError, RecursionError):
        raise CannotBundle(f"{name} is not JSON") from None


def _bytes(path: Path) -> bytes:
    try:
        if path.is_symlink() or not path.is_file():
            raise CannotBundle(f"{path} is missing, or no regular file")
        return path.read_bytes()
    except OSError as error:
        raise CannotBundle(f"{path}: can't be read: {error.strerror}") from None
