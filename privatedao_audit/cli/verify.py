"""``privatedao-audit verify``: is this bundle what it says it is, and who says so?"""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import click

from privatedao_audit.cli import HELP

if TYPE_CHECKING:
    from privatedao_audit.bundle.signing import Role, Words
    from privatedao_audit.bundle.verify import Report

EXIT_REFUSED = 1


@click.command("verify", context_settings=HELP)
@click.argument("bundle", type=click.Path(path_type=Path), metavar="BUNDLE")
@click.option("--signer", "signers", multiple=True, metavar="KEY=ROLE",
              help="A public key that must have signed as team or as auditor, and must not "
              "disagree; repeatable.")  # fmt: skip
@click.option("--digest", metavar="HEX",
              help="The bundle digest, if it reached you another way than the bundle.")  # fmt: skip
@click.option("--max-age", type=click.IntRange(min=0), metavar="DAYS",
              help="Refuse a recording that was sealed longer ago.")  # fmt: skip
@click.option("--json", "as_json", is_flag=True, help="The result as JSON.")
@click.option("--html", type=click.Path(path_type=Path), metavar="FILE",
              help="Write a cover sheet: verdict, signers, digests, age, checks.")  # fmt: skip
@click.option("--open", "opened", type=click.Path(path_type=Path), metavar="FILE",
              help="Entries of a public form's salts that its owner handed you: check that each "
              "text is the one withheld.")  # fmt: skip
def verify_command(
    bundle: Path,
    signers: tuple[str, ...],
    digest: str | None,
    max_age: int | None,
    as_json: bool,
    html: Path | None,
    opened: Path | None,
) -> int:
    """Verify a bundle offline. Nothing that it holds is executed.

    Exit codes: 0 nothing speaks against it, 1 refused, 64 bad usage. Without --signer and
    --digest it is shown to be consistent, and who made it stays open.
    """
    from privatedao_audit.bundle.errors import BadBundle
    from privatedao_audit.bundle.verify import read_file, verify

    named = _named(signers)
    if digest is not None and not re.fullmatch(r"[0-9a-f]{64}", digest):
        raise click.UsageError("--digest: 64 hexadecimal digits are expected, in lower case")
    try:
        raw = read_file(bundle)
    except BadBundle as error:
        raise click.UsageError(str(error)) from None
    now = datetime.now(UTC)
    report = verify(
        raw,
        signers=named,
        expected_digest=digest,
        now=now,
        max_age=None if max_age is None else timedelta(days=max_age),
    )
    if opened is not None:
        _open(report, raw, opened)
    if as_json:
        click.echo(json.dumps(_json(report), indent=2))
    else:
        _tell(report)
    if html is not None:
        from privatedao_audit.bundle import cover
        from privatedao_audit.run import files

        files.write(html, cover.render(raw, report, now=now, name=bundle.name).encode())
        click.echo(f"cover sheet    {html}", err=as_json)
    return 0 if report.ok else EXIT_REFUSED


def _open(report: Report, raw: bytes, opened: Path) -> None:
    """Check the texts that the owner of a public form shows."""
    from privatedao_audit.bundle.errors import BadBundle
    from privatedao_audit.bundle.public import salts

    try:
        entries = read_entries(opened)
        if report.ok:
            for text, fields in salts.shown(entries, opened.name, raw):
                report.passed.append(f"shown by its owner: {fields} is {text!a}")
    except BadBundle as error:
        report.problems.append((error.stage, str(error)))


def read_entries(path: Path) -> bytes:
    """The bytes of a file of salts, bounded."""
    from privatedao_audit.bundle.public.salts import MAX_BYTES

    try:
        with path.open("rb") as file:
            return file.read(MAX_BYTES + 1)
    except OSError as error:
        raise click.UsageError(f"{path}: can't be read: {error.strerror}") from None


def _named(given: tuple[str, ...]) -> dict[str, Role]:
    from privatedao_audit.bundle.signing import Role, is_key

    named: dict[str, Role] = {}
    for text in given:
        key, _, role = text.partition("=")
        if not is_key(key) or role not in tuple(Role):
            raise click.UsageError(
                f"--signer {text[:100]!a}: write KEY=team or KEY=auditor, KEY in base58"
            )
        if key in named:
            raise click.UsageError(f"--signer names {key} twice")
        named[key] = Role(role)
    return named


def _tell(report: Report) -> None:
    from privatedao_audit.view.style import plain_mark
    from privatedao_audit.view.terminal import line

    for text in report.passed:
        click.echo(f"ok             {line(text)}")
    for one in report.signatures:
        known = "named by you" if one.known else "UNKNOWN KEY"
        words = one.words
        said = "agrees" if words.disagrees is None else f"disagrees: {line(words.disagrees)}"
        click.echo(f"signature      {words.signer} as {words.role} ({known}) {said}")
        _annotations(words)
    for text in report.notes:
        click.echo(f"note           {line(text)}")
    for stage, text in report.problems:
        click.echo(f"REFUSED        {stage}: {line(text)}")
    if report.verdict is not None:
        counts = report.verdict["counts"].items()
        shown = "  ".join(f"{plain_mark(name)} {count}" for name, count in counts if count)
        click.echo(f"verdict        {report.verdict['word']}  {shown}")
        click.echo(f"target         {line(report.target)}, recorded {report.recorded_at}")
    if report.evidence_root:
        click.echo(f"evidence root  {report.evidence_root}")
    if report.bundle_digest:
        click.echo(f"bundle digest  {report.bundle_digest}")
    if not report.ok:
        click.echo("This bundle is REFUSED.")
    elif report.vouched:
        click.echo("Verified: consistent, and the named keys or digest vouch for it.")
    else:
        click.echo("Consistent. Who made it is not known: no key and no digest was named.")


def _annotations(words: Words) -> None:
    """What an auditor adds under a signature that holds."""
    from privatedao_audit.view.style import plain_mark
    from privatedao_audit.view.terminal import line

    given = words.annotations
    if given is None or words.leaves is None:
        return
    click.echo(f"  auditor      {line(given.auditor.name)}: {line(given.scope.covers)}")
    for one in given.lowered:
        mark = plain_mark(one.status)
        click.echo(f"  lowered      {one.control} to {mark}: {line(one.reason)}")
    click.echo(f"  leaves       {words.leaves}")


def _json(report: Report) -> dict[str, object]:
    return {
        "ok": report.ok,
        "vouched": report.vouched,
        "bundle_digest": report.bundle_digest or None,
        "evidence_root": report.evidence_root or None,
        "public_form_of": report.public_form_of or None,
        "target": report.target or None,
        "recorded_at": report.recorded_at or None,
        "verdict": report.verdict,
        "problems": [{"stage": stage, "text": text} for stage, text in report.problems],
        "passed": report.passed,
        "notes": report.notes,
        "signatures": [
            {
                "signer": one.words.signer,
                "role": one.words.role.value,
                "known": one.known,
                "disagrees": one.words.disagrees,
                "by": one.words.means.value,
                "annotations": None
                if one.words.annotations is None
                else one.words.annotations.model_dump(by_alias=True),
                "leaves": one.words.leaves,
            }
            for one in report.signatures
        ],
    }
