"""``privatedao-audit export``: the findings of a run or bundle in the formats of other tools."""

from __future__ import annotations

from pathlib import Path

import click

from privatedao_audit.cli import HELP

_ALL = "all"
_FORMATS = ("sarif", "junit", "csv", "oscal", "markdown", "badge", _ALL)


@click.command("export", context_settings=HELP)
@click.argument("source", type=click.Path(path_type=Path), metavar="RUN_OR_BUNDLE")
@click.option("--format", "formats", type=click.Choice(_FORMATS), multiple=True, default=(_ALL,),
              show_default=True, help="What is written; repeatable.")  # fmt: skip
@click.option("--out", type=click.Path(path_type=Path), metavar="DIR", required=True,
              help="Where it is written.")  # fmt: skip
@click.option("--replace", is_flag=True,
              help="Replace files of an earlier export that differ.")  # fmt: skip
def export_command(source: Path, formats: tuple[str, ...], out: Path, replace: bool) -> None:
    """Write the findings of a run's folder, or of a bundle, for other tools.

    A bundle is verified first, without asking who signed it. Every format holds the same controls,
    statuses and evidence root as findings.json, and UNKNOWN is never shown as passed or skipped.
    The same findings give the same bytes.

    findings.sarif has a result for every control; code-scanning.sarif only those that are not met,
    for services that show any result as an alert.
    """
    from privatedao_audit.report import exports
    from privatedao_audit.run import files

    try:
        found = exports.read(_findings(source))
    except exports.BadFindings as error:
        raise click.UsageError(f"{source}: {error}") from None
    chosen = tuple(exports.FORMATS) if _ALL in formats else formats
    made = exports.files(found, chosen)
    for name, data in made.items():
        there = out / name
        if not replace and there.exists() and (not there.is_file() or there.read_bytes() != data):
            raise files.Occupied(f"{there} is something else; name another folder, or --replace")
    for name, data in made.items():
        files.write(out / name, data)
        click.echo(f"{name:<30} {len(data):>9} bytes")
    click.echo(f"evidence root  {found.evidence_root}")


def _findings(source: Path) -> bytes:
    """findings.json of a run's folder, or of a bundle that was verified."""
    from privatedao_audit.bundle import container, layout
    from privatedao_audit.bundle.errors import BadBundle
    from privatedao_audit.bundle.verify import read_file, verify
    from privatedao_audit.report.exports.document import MAX_BYTES
    from privatedao_audit.run import files

    if source.is_dir():
        try:
            with (source / files.FINDINGS).open("rb") as file:
                return file.read(MAX_BYTES + 1)
        except OSError as error:
            why = error.strerror or "it can't be read"
            raise click.UsageError(f"{source}: no {files.FINDINGS}: {why}") from None
    try:
        raw = read_file(source)
        report = verify(raw)
        if not report.ok:
            stage, why = report.problems[0]
            raise click.UsageError(f"{source} is refused ({stage}): {why}")
        return container.read(raw)[layout.FINDINGS].data
    except BadBundle as error:
        raise click.UsageError(f"{source}: {error}") from None
