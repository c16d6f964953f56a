"""From a bundle back to what a replay reads: a sealed recording and the profile.

Only bundles that verify are unpacked. Records are decoded and written anew through the same code
that records live, so nothing of a bundle is opened by SQLite, and no name in it becomes a path.
Notebooks and pages of a bundle are compared, never opened or executed.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from privatedao_audit.bundle import container, layout
from privatedao_audit.bundle.errors import BadBundle
from privatedao_audit.bundle.manifest import object_of
from privatedao_audit.bundle.verify import Report, read_file, verify
from privatedao_audit.evidence import storage
from privatedao_audit.evidence.recording import Recording, Rows
from privatedao_audit.evidence.records import decode, header_of, moment
from privatedao_audit.evidence.sealed import SealedRecording
from privatedao_audit.model import canonical
from privatedao_audit.model import target as targets

_ZIP = b"PK\x03\x04"


@dataclass(frozen=True, slots=True)
class Opened:
    """A bundle that verified.

    Attributes:
        report: what its verification came to; nothing was refused.
        files: path → content of every file.
    """

    report: Report
    files: Mapping[str, bytes]

    @property
    def findings(self) -> dict[str, Any]:
        """The content of findings.json."""
        return object_of(self.files[layout.FINDINGS], layout.FINDINGS, "findings")

    @property
    def facts(self) -> dict[str, Any]:
        """The content of facts.json."""
        return object_of(self.files[layout.FACTS], layout.FACTS, "findings")

    def target(self) -> targets.Target:
        """What was audited, as this version understands it.

        Raises:
            BadBundle: this version reads another target out of target.json, or none.
        """
        raw = self.files[layout.TARGET]
        try:
            found = targets.Target.model_validate_json(raw)
        except ValidationError as error:
            fault = error.errors(include_url=False, include_input=False)[0]
            where = ".".join(ascii(step).strip("'")[:40] for step in fault["loc"][:5])
            raise BadBundle("method", f"target.json: {where}: {fault['msg']}") from None
        if canonical.dump_file(found.as_json()) != raw:
            raise BadBundle(
                "method",
                "this version reads another target out of target.json than the one that was "
                f"judged: use privatedao-audit {self.findings['method']['kit_version']}",
            )
        return found


def is_bundle(path: Path) -> bool:
    """Whether a file begins as a bundle does; a recording does not."""
    try:
        with path.open("rb") as file:
            return file.read(len(_ZIP)) == _ZIP
    except OSError:
        return False


def opened(path: Path) -> Opened:
    """Read and verify a bundle.

    Raises:
        BadBundle: it can't be read, or is refused; the message says why.
    """
    raw = read_file(path)
    report = verify(raw)
    if not report.ok:
        stage, why = report.problems[0]
        raise BadBundle(stage, f"{path} is refused ({stage}): {why}")
    return Opened(report, {name: one.data for name, one in container.read(raw).items()})


def refuse_public(bundle: Opened) -> None:
    """Make sure that every answer is there.

    Raises:
        BadBundle: it is a public form: answers are withheld, and nothing may be judged from what
            is left.
    """
    number = sum(map(layout.is_withheld, bundle.files))
    if number:
        raise BadBundle(
            "records",
            f"it is a public form, in which {number} answers are withheld, so it can't be run "
            "again: ask its owner for the private bundle "
            f"{bundle.report.public_form_of}",
        )


def seal(bundle: Opened, destination: Path) -> None:
    """Write the recording of a bundle as a sealed file, under the evidence root it had.

    Args:
        destination: appears whole or not at all; the working file lies beside it.

    Raises:
        CannotWrite, RecordingError: as :meth:`Recording.seal`.
        BadBundle: the written recording has another evidence root.
    """
    refuse_public(bundle)
    records = [decode(line) for line in bundle.files[layout.RECORDS].split(b"\n") if line]
    (header,) = (header_of(one) for one in records if one["record"] == "run")
    exchanges = {one["id"]: one for one in records if one["record"] == "exchange"}
    assert header.sealed_at is not None
    began = moment(header.started_at)
    working = destination.with_name(f".{destination.name}.unpacking")
    working.unlink(missing_ok=True)
    with Recording.open(working, header, clock=lambda: began) as recording:
        recording.adopt(
            _rows(one, exchanges, bundle.files) for one in records if one["record"] == "read"
        )
        root = recording.seal(destination, header.sealed_at)
        recording.discard()
    if root != bundle.report.evidence_root:
        raise BadBundle("records", f"unpacked, its evidence root is {root}")


@contextmanager
def recording_of(bundle: Opened) -> Iterator[SealedRecording]:
    """The recording of a bundle for a while, in a folder of its own."""
    with tempfile.TemporaryDirectory(prefix="privatedao-audit-bundle-") as folder:
        place = Path(folder) / "evidence.sqlite"
        seal(bundle, place)
        with SealedRecording.open(place, expected_root=bundle.report.evidence_root) as sealed:
            yield sealed


def _rows(
    read: dict[str, Any], exchanges: Mapping[str, dict[str, Any]], files: Mapping[str, bytes]
) -> Rows:
    made = tuple(exchanges[name] for name in read["exchanges"])
    digests = {one["body_sha256"] for one in made} - {None}
    bodies = {one: files[f"blobs/{one}"] for one in sorted(digests)}
    packed = {name: (len(body), storage.pack(body)) for name, body in bodies.items()}
    return Rows(read, made, packed)
