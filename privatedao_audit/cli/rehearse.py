"""``privatedao-audit rehearse``: the scripted life on a local chain, recorded."""

from __future__ import annotations

from pathlib import Path

import click

from privatedao_audit.cli import HELP

_LIST = "list"


@click.command("rehearse", context_settings=HELP)
@click.argument("name", required=False, type=click.Choice(["sample", "sample-healthy"]))
@click.option(
    "--incident",
    metavar="INCIDENT",
    help="Play the healthy life with this incident in it; `list` lists them.",
)
@click.option("--out", type=click.Path(path_type=Path), metavar="DIR",
              help="Gets targets/NAME.toml and samples/NAME/evidence.sqlite; for an incident "
              "also its checkout beside the recording, and drills/NAME.toml.")  # fmt: skip
@click.option("--dossier", "papers", type=click.Path(path_type=Path), metavar="DIR",
              help="With NAME: also write the filled dossier there, on its own.")  # fmt: skip
def rehearse_command(
    name: str | None, incident: str | None, out: Path | None, papers: Path | None
) -> None:
    """Play the life of a DAO and its program on a real local RPC node, and record an audit of it.

    Sixty days of real transactions: deployment, custody, votes, payments. NAME is sample, in the
    middle of a rollout with real faults, or sample-healthy. With --incident it is the healthy life
    in which one thing goes wrong, for a team to drill on: the recording, the checkout as the team
    would have it, and a drill record to fill in.
    """
    if (name is None) == (incident is None):
        raise click.UsageError("give either NAME, sample or sample-healthy, or --incident")
    if incident == _LIST:
        _print_incidents()
        return
    if out is None:
        raise click.UsageError("--out DIR is missing: where the rehearsal is written")
    if papers is not None and name is None:
        raise click.UsageError("--dossier goes with NAME; an incident writes its whole checkout")
    if incident is not None:
        _rehearse_incident(incident, out)
    elif name is not None:
        _rehearse_sample(name, out, papers)


def _rehearse_sample(name: str, out: Path, papers: Path | None) -> None:
    from privatedao_audit.rehearsal import example
    from privatedao_audit.rehearsal.sample import make
    from privatedao_audit.run.files import CannotWrite

    if papers is not None:
        # Before the earlier recording goes.
        example.check(papers)
    recording = out / "samples" / name / "evidence.sqlite"
    try:
        recording.unlink(missing_ok=True)
    except OSError as error:
        raise CannotWrite(f"{recording}: {error.strerror}") from None
    made = make(name, out / "targets" / f"{name}.toml", recording, papers)
    click.echo(f"target     {made.profile}")
    click.echo(f"recording  {made.recording}")
    if papers is not None:
        click.echo(f"dossier    {papers}")


def _rehearse_incident(incident: str, out: Path) -> None:
    from privatedao_audit.rehearsal.incidents import INCIDENTS
    from privatedao_audit.rehearsal.incidents.play import make
    from privatedao_audit.run.files import CannotWrite

    if incident not in INCIDENTS:
        raise click.UsageError(
            f"there is no incident {incident!r}; `privatedao-audit rehearse --incident list` lists "
            "them"
        )
    try:
        made = make(INCIDENTS[incident], out)
    except OSError as error:
        raise CannotWrite(f"{error.filename or out}: {error.strerror}") from None
    click.echo(f"target     {made.profile}")
    click.echo(f"recording  {made.recording}")
    click.echo(f"checkout   {made.checkout}")
    click.echo(f"drill      {made.drill}: fill it in while you drill")


def _print_incidents() -> None:
    from privatedao_audit.rehearsal.incidents import INCIDENTS

    for name, one in INCIDENTS.items():
        meant = one.detector or "none: it must stay silent"
        click.echo(f"{name:<17} {one.path}  {one.title}  [{meant}]")
