"""The runs of a verdict history: read, held to one target, each once, in the order of their times.

A bundle counts only where it verifies. A folder has nothing but its own run.json to speak for it,
so its findings are held against the recording beside them. The time of a recording is that of the
machine that made it; nothing here asks what time it is now.
"""

from __future__ import annotations

import json
import re
import zlib
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from functools import reduce
from pathlib import Path
from typing import Any

from privatedao_audit.bundle import unpack
from privatedao_audit.bundle.errors import BadBundle
from privatedao_audit.bundle.signing import Words
from privatedao_audit.compare import sides
from privatedao_audit.compare.recorded import Recorded, taken_apart
from privatedao_audit.compare.sides import BadSide, Side
from privatedao_audit.compare.verdicts.bundled import BundledRecords
from privatedao_audit.evidence.records import moment
from privatedao_audit.evidence.sealed import SealedRecording
from privatedao_audit.model import canonical
from privatedao_audit.run import files

#: More than this is no page that anybody reads, and every recording is taken apart.
MOST_RUNS = 100
#: Before a number of more digits a version is told apart as text.
_NUMBER = re.compile(r"\d{1,9}")


@dataclass(frozen=True, slots=True)
class Run:
    """One run: what it came to, what its recording says, and who signed it.

    Attributes:
        names: of the folders and files that hold it, without the way to them.
        findings: content of findings.json.
        sha256: of findings.json.
        facts: content of facts.json, canonical and deflated: those of many runs have to fit.
        recorded: its recording, taken apart.
        digests: bundle digests; more than one where it was bundled in more than one way.
        signatures: of all of its bundles.
        public: whether it is the public form of a bundle, in which texts are withheld.
    """

    names: tuple[str, ...]
    findings: dict[str, Any]
    sha256: str
    facts: bytes
    recorded: Recorded
    digests: tuple[str, ...] = ()
    signatures: tuple[Words, ...] = ()
    public: bool = False

    @property
    def side(self) -> Side:
        """It as one side of a comparison."""
        facts = json.loads(zlib.decompress(self.facts))
        return Side(" and ".join(self.names), self.findings, facts)

    @property
    def at(self) -> datetime:
        """When its recording was sealed, UTC."""
        return moment(self.findings["run"]["recorded_at"])

    @property
    def root(self) -> str:
        """Its evidence root, 64 hexadecimal digits."""
        return str(self.findings["evidence_root"])

    @property
    def method(self) -> str:
        """SHA-256 of what judged: equal where version, catalogue, target, lock and limits are."""
        return canonical.sha256(canonical.dumps(self.findings["method"]))


def read(path: Path) -> Run:
    """The run in a folder, or in a bundle that verifies.

    Raises:
        BadSide: it is neither, was changed since, contradicts itself, or is refused.
        RecordingError: its recording is not there or is not sound.
    """
    if path.is_dir():
        side = sides.read(path)
        root = side.findings["evidence_root"]
        with SealedRecording.open(path / files.RECORDING, expected_root=root) as sealed:
            if sealed.run.sealed_at != side.recorded_at:
                raise BadSide(
                    f"{path}: its findings say that it was recorded at {side.recorded_at}, and "
                    f"its recording was sealed at {sealed.run.sealed_at}: run or replay again"
                )
            return made(side, taken_apart(sealed))
    try:
        bundle = unpack.opened(path)
    except BadBundle as error:
        raise BadSide(str(error)) from None
    side = sides.of_bundle(bundle, path.name)
    signatures = (one.words for one in bundle.report.signatures)
    recorded = taken_apart(BundledRecords(bundle.files))
    return made(side, recorded, signatures, public=bool(bundle.report.public_form_of))


def made(
    side: Side, recorded: Recorded, signatures: Iterable[Words] = (), *, public: bool = False
) -> Run:
    """A run out of its side and its recording.

    Raises:
        BadSide: its recording has no time.
    """
    try:
        moment(side.recorded_at)
    except ValueError as error:
        raise BadSide(f"{side.name}: the time of its recording: {error}") from None
    return Run(
        (side.name,),
        side.findings,
        canonical.sha256(canonical.dump_file(side.findings)),
        zlib.compress(canonical.dumps(side.facts)),
        recorded,
        (side.bundle_digest,) if side.bundle_digest else (),
        tuple(signatures),
        public,
    )


def in_order(given: Iterable[Run]) -> list[Run]:
    """The runs of one target, each once, in the order of their recordings.

    The same findings over the same evidence are one run, however often it is given; its names,
    digests and signatures are joined. So is a run with its public form, which is then the one that
    is shown: a page of it may be published. Recordings of one time are told apart by their evidence
    root, judgements of one recording by the version of the kit, so that the order of the
    arguments decides nothing.

    Raises:
        BadSide: they are of two targets or of two clusters.
    """
    kept: dict[tuple[str, str], Run] = {}
    for run in given:
        key = (run.root, run.sha256)
        kept[key] = _joined(kept[key], run) if key in kept else run
    found = sorted(
        _published(kept.values()), key=lambda run: (run.at, run.root, _version(run), run.sha256)
    )
    for run in found[1:]:
        first, other = found[0].findings["target"], run.findings["target"]
        if first["name"] != other["name"] or first["cluster"] != other["cluster"]:
            raise BadSide(
                f"{found[0].names[0]} is of the target {first['name']} on {first['cluster']} and "
                f"{run.names[0]} of {other['name']} on {other['cluster']}: a history is of one "
                "target; `privatedao-audit diff` compares two runs"
            )
        pair = (Side(one.names[0], one.findings, {}) for one in (found[0], run))
        sides.same_subject(*pair)
    return found


def _published(runs: Iterable[Run]) -> list[Run]:
    """The runs, those that have a public form joined to it."""
    groups: dict[object, list[Run]] = {}
    for run in runs:
        stood = tuple((row["id"], row["status"]) for row in run.findings["controls"])
        groups.setdefault((run.root, run.method, run.at, stood), []).append(run)
    found = []
    for group in groups.values():
        group.sort(key=lambda run: (not run.public, run.sha256))
        found += [reduce(_joined, group)] if group[0].public else group
    return found


def _joined(one: Run, two: Run) -> Run:
    if two.public and not one.public:
        one, two = two, one
    # One key may have said two things of two bundles.
    said = {
        (words.name, words.disagrees or "", words.annotations_sha256 or ""): words
        for words in (*one.signatures, *two.signatures)
    }
    return replace(
        one,
        names=tuple(sorted((*one.names, *two.names))),
        digests=tuple(sorted({*one.digests, *two.digests})),
        signatures=tuple(said[key] for key in sorted(said)),
    )


def _version(run: Run) -> list[tuple[int, str]]:
    """The version of the kit, so that 0.10 comes after 0.9."""
    pieces = run.findings["method"]["kit_version"].split(".")
    return [(int(one), "") if _NUMBER.fullmatch(one) else (-1, one) for one in pieces]
