"""Verify a bundle offline: every check in order, each refusal with its reason.

A bundle that passes is consistent: nothing was changed after it was made unless everything that
depends on it was changed too. Only a signature of a key that the reader names, or a digest that
reached the reader another way, says who made it; the report says which of these was given.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from privatedao_audit.bundle import (
    container,
    derived,
    findings,
    layout,
    manifest,
    recording,
    signing,
    statements,
    views,
)
from privatedao_audit.bundle.errors import BadBundle
from privatedao_audit.bundle.public import check as public
from privatedao_audit.bundle.public import stated
from privatedao_audit.evidence.records import moment


@dataclass(frozen=True, slots=True)
class Signed:
    """A valid signature, and what the reader knows of its key.

    Attributes:
        known: the reader named this key, in this role.
    """

    words: signing.Words
    known: bool


@dataclass(slots=True)
class Report:
    """What a verification came to.

    Attributes:
        problems: stage and one sentence each; empty: nothing speaks against the bundle.
        passed: what was checked and held, one sentence each.
        notes: what a reader should know that refuses nothing.
        bundle_digest, evidence_root: 64 hexadecimal digits; empty where it did not get so far.
        public_form_of: digest of the private bundle, where this is a public form.
        verdict: the word and the counts in findings.json; None where they are not sound.
        perishable: control and the time at which its good status outlives its evidence.
        named: the reader named a key or a digest, so that more than consistency was asked.
    """

    problems: list[tuple[str, str]] = field(default_factory=list)
    passed: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    signatures: list[Signed] = field(default_factory=list)
    bundle_digest: str = ""
    evidence_root: str = ""
    public_form_of: str = ""
    target: str = ""
    recorded_at: str = ""
    verdict: dict[str, Any] | None = None
    perishable: list[tuple[str, datetime]] = field(default_factory=list)
    named: bool = False

    @property
    def ok(self) -> bool:
        """Whether nothing was refused."""
        return not self.problems

    @property
    def vouched(self) -> bool:
        """Whether nothing was refused, and every key or digest that the reader named agrees."""
        return self.ok and self.named


def read_file(path: Path) -> bytes:
    """The bytes of a bundle, bounded.

    Raises:
        BadBundle: it can't be read, is no regular file, or is too large.
    """
    try:
        if not path.is_file():
            raise BadBundle("container", f"{path}: there is no such file")
        with path.open("rb") as file:
            return file.read(layout.MAX_ARCHIVE + 1)
    except OSError as error:
        raise BadBundle("container", f"{path}: can't be read: {error.strerror}") from None


def verify(
    raw: bytes,
    *,
    signers: Mapping[str, signing.Role] | None = None,
    expected_digest: str | None = None,
    now: datetime | None = None,
    max_age: timedelta | None = None,
) -> Report:
    """Verify the bytes of a bundle. Nothing in it is executed or written anywhere.

    Args:
        signers: public key (base58) → role. Each of them must have signed, in this role, and
            must not disagree.
        expected_digest: the bundle digest, known from elsewhere.
        now: with a zone; None: the age is not looked at.
        max_age: how long ago the recording may have been sealed.
    """
    report = Report(named=bool(signers) or expected_digest is not None)
    try:
        files = {name: one.data for name, one in container.read(raw).items()}
        report.passed.append(f"{len(files)} files in a container that can be read in one way only")
        listed = manifest.check(files)
        report.bundle_digest, report.target = listed.bundle_digest, listed.target
        if expected_digest is not None and expected_digest != listed.bundle_digest:
            raise BadBundle(
                "manifest",
                f"the bundle digest is {listed.bundle_digest}, and {expected_digest} is expected",
            )
        report.passed.append(f"{len(listed.files)} files are those of the manifest, none is extra")
    except BadBundle as error:
        report.problems.append((error.stage, str(error)))
        return report
    found = _content(report, files, listed)
    _signatures(report, files, listed, dict(signers or {}), found)
    if not report.named:
        report.notes.append(
            "No key and no digest was named: whoever passed this bundle on could have made all of "
            "it anew. Name a key with --signer, or the digest with --digest."
        )
    _age(report, now, max_age)
    return report


def _content(
    report: Report, files: Mapping[str, bytes], listed: manifest.Manifest
) -> dict[str, Any] | None:
    """Records, findings and views; findings.json where it follows from everything below it."""
    try:
        redactions = stated.read(files, listed)
        tokens = frozenset(redactions.texts) if redactions else frozenset[str]()
        recorded = recording.check(files, listed.evidence_root, tokens=tokens)
        report.evidence_root = recorded.evidence_root
        shown = "bodies" if redactions is None else "those bodies that are here"
        report.passed.append(
            f"{len(recorded.reads)} reads with their exchanges and {shown}; the evidence root "
            "follows from them"
        )
        if redactions is not None:
            public.check(redactions, files, recorded)
            _public(report, redactions)
        typed, plain = findings.check(files, listed, recorded)
    except BadBundle as error:
        report.problems.append((error.stage, str(error)))
        return None
    except RecursionError:
        report.problems.append(("findings", "something in it is nested too deeply"))
        return None
    report.recorded_at = typed.run.recorded_at
    report.verdict = {"word": typed.verdict.word, "counts": dict(typed.verdict.counts)}
    report.perishable = [
        (row.id, moment(row.read_at.recorded_at) + timedelta(seconds=row.age_limit_seconds))
        for row in typed.controls
        if row.status in ("PASS", "ATTESTED")
        and row.age_limit_seconds is not None
        and row.read_at is not None
        and row.read_at.recorded_at is not None
    ]
    named = sum(len(row.evidence) for row in typed.controls)
    report.passed.append(
        f"{len(typed.controls)} findings are the whole catalogue; their {named} evidence ids "
        "resolve; counts and verdict follow from them"
    )
    for step in (_facts, _notebooks, _documents):
        try:
            step(report, files, plain)
        except BadBundle as error:
            report.problems.append((error.stage, str(error)))
        except RecursionError:
            report.problems.append(("findings", "something in it is nested too deeply"))
    return plain


def _public(report: Report, redactions: stated.Redactions) -> None:
    """Say what a public form withholds, and what that leaves unproven."""
    report.public_form_of = redactions.made_from
    report.passed.append(redactions.told())
    number = len(redactions.documents)
    report.notes.append(
        f"{number} bod{'y is' if number == 1 else 'ies are'} withheld: the SHA-256 of each stands "
        "in the records, and was not checked. "
        f"That this was made from the bundle {redactions.made_from} is the word of its maker: "
        "whoever holds that bundle and the salts can make it again, byte for byte."
    )
    if redactions.left_out:
        names = ", ".join(one.path for one in redactions.left_out)
        report.notes.append(f"Left out: {names} ({redactions.left_out[0].reason}).")


def _facts(report: Report, files: Mapping[str, bytes], found: dict[str, Any]) -> None:
    facts = manifest.object_of(files[layout.FACTS], layout.FACTS, "findings")
    derived.check_tables(facts, files)


def _notebooks(report: Report, files: Mapping[str, bytes], found: dict[str, Any]) -> None:
    shown = views.check_notebooks(files, found)
    report.passed.append(f"{len(shown)} notebooks carry the same findings")
    missing = [name for name in found["run"]["domains"] if name not in shown]
    if missing and found["verdict"]["word"] != "INVALID":
        report.notes.append(f"No notebook is there for {', '.join(missing)}.")


def _documents(report: Report, files: Mapping[str, bytes], found: dict[str, Any]) -> None:
    told = views.check_documents(files, found)
    report.passed.append("reports show the same statuses and the same evidence root")
    if not any(name.endswith(".html") for name in files):
        return
    if told:
        report.passed.append("pages say in words what findings and records say")
    else:
        version = str(found["method"]["kit_version"])[:40]
        report.notes.append(
            f"Pages of another kit version ({version!a}): their statuses were compared, their "
            "words were not. The verifier of that version does."
        )


def _signatures(
    report: Report,
    files: Mapping[str, bytes],
    listed: manifest.Manifest,
    signers: dict[str, signing.Role],
    found: dict[str, Any] | None,
) -> None:
    for name in filter(layout.is_signature, files):
        try:
            if found is None:
                raise BadBundle("signatures", f"{name} signs findings that are not sound")
            words = statements.said(name, files, listed, found)
        except BadBundle as error:
            report.problems.append((error.stage, str(error)))
            continue
        role = signers.get(words.signer)
        report.signatures.append(Signed(words, role is words.role))
        if role is not None and role is not words.role:
            report.problems.append(
                ("signatures", f"{words.signer} signs as {words.role}, and was named as {role}")
            )
        elif role is not None and words.disagrees is not None:
            report.problems.append(
                ("signatures", f"{words.signer} disagrees as {words.role}: {words.disagrees}")
            )
    for name in statements.unsigned(files):
        report.problems.append(("signatures", f"{name} is covered by no signature"))
    keys = [one.words.signer for one in report.signatures]
    for key in sorted({key for key in keys if keys.count(key) > 1}):
        both = {one.words.role for one in report.signatures if one.words.signer == key}
        how = "as team and as auditor" if len(both) > 1 else "twice"
        report.problems.append(("signatures", f"{key} signs {how}: one is wrong"))
    for key, role in signers.items():
        if not any(one.known and one.words.signer == key for one in report.signatures):
            report.problems.append(("signatures", f"{key} did not sign this bundle as {role}"))


def _age(report: Report, now: datetime | None, max_age: timedelta | None) -> None:
    if now is None or not report.recorded_at:
        return
    age = now - moment(report.recorded_at)
    if age < timedelta(minutes=-5):
        report.notes.append(
            f"It was recorded at {report.recorded_at}, later than this machine's clock: its age "
            "is not known."
        )
    outlived = [name for name, end in report.perishable if end < now]
    if outlived:
        report.notes.append(
            f"{len(outlived)} good verdicts have outlived the age limit of their evidence since: "
            f"{', '.join(outlived)}. They say how it was, not how it is."
        )
    if max_age is not None and not timedelta(minutes=-5) <= age <= max_age:
        report.problems.append(
            ("age", f"it was recorded at {report.recorded_at}; at most {max_age.days} days ago is "
                    "accepted")
        )  # fmt: skip
    elif age > timedelta(0):
        report.passed.append(f"recorded {age.days} days and {age.seconds // 3600} hours ago")
