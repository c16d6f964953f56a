"""``privatedao-audit bundle``: a finished run as one file."""

from __future__ import annotations

from pathlib import Path

import click

from privatedao_audit.cli import HELP


@click.command("bundle", context_settings=HELP)
@click.argument("run_dir", type=click.Path(path_type=Path), metavar="RUN_DIR")
@click.option("--out", type=click.Path(path_type=Path), metavar="FILE.zip",
              help="Where the bundle is written; by default RUN_DIR.zip.")  # fmt: skip
def bundle_command(run_dir: Path, out: Path | None) -> None:
    """Make the bundle of a run: manifest, recording, findings, notebooks, reports, method.

    The same run makes the same bytes. The bundle digest is the SHA-256 of the manifest: hand it
    on by another way than the bundle, or sign the bundle.
    """
    from privatedao_audit.bundle.build import build
    from privatedao_audit.bundle.errors import CannotBundle
    from privatedao_audit.bundle.keeping import keep

    place = out or run_dir.resolve().with_name(run_dir.resolve().name + ".zip")
    try:
        built = build(run_dir)
    except CannotBundle as error:
        raise click.UsageError(str(error)) from None
    keep(built, place)
    click.echo(f"bundle         {place}")
    click.echo(f"bundle digest  {built.bundle_digest}")
    click.echo(f"evidence root  {built.evidence_root}")
