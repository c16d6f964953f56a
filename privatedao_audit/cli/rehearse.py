"""``privatedao-audit rehearse``: the scripted life on a local chain, recorded."""

from __future__ import annotations

from pathlib import Path

import click

from privatedao_audit.cli import HELP


@click.command("rehearse", context_settings=HELP)
@click.argument("name", type=click.Choice(["sample", "sample-healthy"]))
@click.option("--out", type=click.Path(path_type=Path), required=True, metavar="DIR",
              help="Gets targets/NAME.toml and samples/NAME/evidence.sqlite.")  # fmt: skip
def rehearse_command(name: str, out: Path) -> None:
    """Play the life of a DAO and its program on a real local RPC node, and record an audit of it.

    Sixty days of real transactions: deployment, custody, votes, payments. NAME is sample, in the
    middle of a rollout with real faults, or sample-healthy.
    """
    from privatedao_audit.rehearsal.sample import make
    from privatedao_audit.run.files import CannotWrite

    recording = out / "samples" / name / "evidence.sqlite"
    try:
        recording.unlink(missing_ok=True)
    except OSError as error:
        raise CannotWrite(f"{recording}: {error.strerror}") from None
    made = make(name, out / "targets" / f"{name}.toml", recording)
    click.echo(f"target     {made.profile}")
    click.echo(f"recording  {made.recording}")
