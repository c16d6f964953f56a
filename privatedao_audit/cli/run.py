"""``privatedao-audit run``: one audit, from questions to reports."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import click

from privatedao_audit.cli import HELP
from privatedao_audit.cli.errors import remember
from privatedao_audit.model.catalogue import DOMAINS

if TYPE_CHECKING:
    from privatedao_audit.run.pipeline import Progress, Result

_NAMES = [domain.name for domain in DOMAINS]


@click.command("run", context_settings=HELP)
@click.option("--target", "target_name", metavar="NAME|FILE",
              help="A bundled profile, or the path of a TOML file. With a bundle: by default the "
              "profile that it was judged by.")  # fmt: skip
@click.option("--rpc", "rpc", multiple=True, metavar="LABEL=env:NAME",
              help="An endpoint to read through; repeat it for a second witness. The URL comes "
              "from the environment variable NAME.")  # fmt: skip
@click.option("--team-rpc", "team_rpc", multiple=True, metavar="LABEL=env:NAME",
              help="An endpoint of the operation itself, which is judged (RP-01 to RP-09); the "
              "label is that of the RPC register. Nothing else is read through it.")  # fmt: skip
@click.option("--probes", type=click.IntRange(1, 3600), default=32, show_default=True,
              help="Rounds of the series over --team-rpc; 30 or more.")  # fmt: skip
@click.option("--interval", type=click.FloatRange(0.1, 600), default=2.0, show_default=True,
              metavar="SECONDS", help="Between two rounds; 60 s in all.")  # fmt: skip
@click.option("--repo", type=click.Path(path_type=Path), metavar="PATH",
              help="A checkout of the audited repository.")  # fmt: skip
@click.option("--artifact", "artifact", multiple=True, metavar="[PROGRAM=]PATH",
              help="Your own build of the release commit, to compare with what runs; its hash is "
              "recorded. Repeat it with PROGRAM= where the target has several.")  # fmt: skip
@click.option("--out", type=click.Path(path_type=Path), metavar="DIR",
              help="Where everything is written; by default runs/TARGET-TIME.")  # fmt: skip
@click.option("--only", multiple=True, type=click.Choice(_NAMES),
              help="Only this domain; repeatable. Such a run is never READY.")  # fmt: skip
@click.option("--replay", type=click.Path(path_type=Path), metavar="EVIDENCE",
              help="Judge a sealed recording, or that of a bundle, instead of collecting; "
              "'bundled' is the one that ships with the profile. Opens no connection.")  # fmt: skip
@click.option("--like", type=click.Path(path_type=Path), metavar="BUNDLE",
              help="Collect anew what the bundle covers, and sort what differs: same, chain moved, "
              "provider disagrees, method changed.")  # fmt: skip
@click.option("--continue-from", "earlier", type=click.Path(path_type=Path), metavar="EVIDENCE",
              help="A sealed recording of the same cluster: its finalized history is copied, and "
              "only what is new is fetched.")  # fmt: skip
@click.option("--pdf/--no-pdf", default=True, help="Make PDFs beside the HTML.")
@click.option("--bundle/--no-bundle", "bundle", default=True,
              help="End with bundle.zip: what others need to verify the run.")  # fmt: skip
@click.pass_context
def run_command(
    ctx: click.Context,
    target_name: str | None,
    rpc: tuple[str, ...],
    team_rpc: tuple[str, ...],
    probes: int,
    interval: float,
    repo: Path | None,
    artifact: tuple[str, ...],
    out: Path | None,
    only: tuple[str, ...],
    replay: Path | None,
    like: Path | None,
    earlier: Path | None,
    pdf: bool,
    bundle: bool,
) -> int:
    """Audit a target: record, judge, execute the notebooks, write the reports.

    The exit code is the verdict: 0 READY, 1 NOT READY, 2 INCONCLUSIVE, 3 INVALID,
    4 CONDITIONAL. The replay of a bundle that comes to something else than it holds exits with 5.
    """
    from privatedao_audit.audit.live import Live
    from privatedao_audit.chain.endpoints import parse_rpc_options
    from privatedao_audit.cli import again
    from privatedao_audit.model import target as targets
    from privatedao_audit.run.pipeline import Order, run

    if replay is not None and (
        rpc or team_rpc or repo is not None or artifact or earlier is not None or like is not None
    ):
        raise click.UsageError(
            "--replay judges what was recorded; it takes no --rpc, no --team-rpc, no --repo, no "
            "--artifact, no --continue-from and no --like"
        )
    followed = ctx.with_resource(again.source(replay, like, target_name))
    name = followed.target_name if followed is not None else target_name
    if name is None:
        raise click.UsageError("Missing option '--target': only a bundle says itself what it is of")
    target = targets.load(name)
    artifacts = _artifacts(artifact, [program.name for program in target.programs])
    options = parse_rpc_options(rpc, config=_config())
    operation = parse_rpc_options(team_rpc, config=_config())
    for option in (*options, *operation):
        remember(option.endpoint.secrets())
        for warning in option.warnings:
            click.echo(f"Warning: {warning.text}", err=True)
    domains = [one for one in _NAMES if not only or one in only]
    live = None
    if replay is None:
        if followed is not None:
            domains = again.covered(followed, domains, repo)
        endpoints = [o.endpoint for o in options]
        live = Live(
            endpoints, repo, domains, artifacts=artifacts, continues=earlier,
            team=[o.endpoint for o in operation], probes=probes, interval=interval,
        )  # fmt: skip
        if not options:
            click.echo("Warning: no --rpc given: nothing is read on chain.", err=True)
    elif followed is not None:
        replay = followed.recording
    elif str(replay) == "bundled":
        replay = targets.bundled_recording(target, name)
        if replay is None:
            raise click.UsageError(f"the profile {name} ships no recording")
    folder = out or _folder(target.name)
    order = Order(target, name, folder, live, replay, domains, pdf)
    with _display() as progress:
        result = asyncio.run(run(order, progress))
    _tell(result, folder)
    if bundle:
        _bundle(folder)
    if followed is not None and not again.tell(followed, folder):
        return again.EXIT_NOT_REPRODUCED
    return result.verdict.exit_code


def _bundle(folder: Path) -> None:
    """End the run with its bundle; a run that can't be bundled is told, and its files stay."""
    from privatedao_audit.bundle.errors import CannotBundle
    from privatedao_audit.bundle.keeping import BUNDLE, finish
    from privatedao_audit.run import files

    try:
        built = finish(folder)
    except CannotBundle as error:
        # The verdict's exit code would say that everything a run promises is there.
        raise files.CannotWrite(f"{folder / BUNDLE}: {error}") from None
    click.echo(f"{BUNDLE:<14} {folder / BUNDLE}")
    click.echo(f"bundle digest  {built.bundle_digest}")


def _artifacts(given: tuple[str, ...], programs: list[str]) -> dict[str, Path]:
    """Program → path, from ``PROGRAM=PATH`` or, for a target of one program, a bare ``PATH``."""
    found: dict[str, Path] = {}
    names = ", ".join(programs)
    for text in given:
        name, mark, path = text.partition("=")
        if not mark or name not in programs:
            name, path = programs[0], text
            if len(programs) > 1:
                raise click.UsageError(
                    f"--artifact {text!r} does not say of which program it is a build: write "
                    f"PROGRAM=PATH with one of {names}"
                )
        if name in found:
            raise click.UsageError(f"--artifact is given twice for the program {name}")
        if not Path(path).is_file():
            raise click.UsageError(
                f"--artifact: there is no file {path!r}; programs of the target: {names}"
            )
        found[name] = Path(path)
    return found


def _config() -> Path:
    base = os.environ.get("XDG_CONFIG_HOME") or str(Path.home() / ".config")
    return Path(base) / "privatedao-audit" / "config.toml"


def _folder(name: str) -> Path:
    from privatedao_audit.evidence.records import utc_now

    return Path("runs") / f"{name}-{utc_now():%Y%m%dT%H%M%SZ}"


@contextmanager
def _display() -> Iterator[Progress]:
    """A progress display on the terminal; plain lines, one per stage, elsewhere."""
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, TextColumn
    from rich.progress import Progress as Bar

    console = Console(stderr=True)
    if not console.is_terminal:
        told: set[str] = set()

        def plain(stage: str, done: int, of: int) -> None:
            if stage not in told:
                told.add(stage)
                click.echo(f"{stage} …", err=True)

        yield plain
        return
    with Bar(
        TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), console=console,
        transient=True,
    ) as bar:  # fmt: skip
        tasks: dict[str, int] = {}

        def update(stage: str, done: int, of: int) -> None:
            if stage not in tasks:
                for task in tasks.values():
                    bar.stop_task(task)  # type: ignore[arg-type]
                tasks[stage] = bar.add_task(stage, total=of or None)
            bar.update(tasks[stage], completed=done, total=of or None)  # type: ignore[arg-type]

        yield update


def _tell(result: Result, folder: Path) -> None:
    """The verdict, why it could be wrong, and where the report lies."""
    from privatedao_audit.view.style import plain_mark
    from privatedao_audit.view.terminal import line

    found = result.findings
    verdict = found["verdict"]
    click.echo(f"\n{verdict['word']}  {line(found['target']['title'])}")
    click.echo(line(verdict["reason"]))
    counts = [f"{plain_mark(s)} {n}" for s, n in verdict["counts"].items() if n]
    click.echo("  ".join(counts) + f"  of {verdict['total']}")
    for row in found["self_doubt"]:
        click.echo(f"  could be wrong: {line(row['text'])}")
    for text in result.problems:
        click.echo(f"  problem: {line(text)}")
    click.echo(f"evidence root  {found['evidence_root']}")
    shown = [n for n in ("report.html", "report.pdf", "findings.json") if n in result.written]
    for name in shown:
        click.echo(f"{name:<14} {folder / name}")
