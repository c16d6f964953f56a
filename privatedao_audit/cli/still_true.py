"""``privatedao-audit still-true``: which verdicts of a bundle do not stand any more."""

from __future__ import annotations

import asyncio
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

import click

from privatedao_audit.cli import HELP

if TYPE_CHECKING:
    from privatedao_audit.compare.still_true import StillTrue

EXIT_STALE, EXIT_OPEN = 1, 2
_SHOWN = 100


@click.command("still-true", context_settings=HELP)
@click.argument("bundle", type=click.Path(path_type=Path), metavar="BUNDLE")
@click.option("--rpc", "rpc", multiple=True, required=True, metavar="LABEL=env:NAME",
              help="An endpoint to read through; repeat it for a second witness. The URL comes "
              "from the environment variable NAME.")  # fmt: skip
def still_true_command(bundle: Path, rpc: tuple[str, ...]) -> int:
    """Read only the values on chain that end the verdicts of a bundle.

    These are: slot and hash of each program's code and its upgrade authority, configuration and
    index of every controller, authorities of mints, authorities and rules of the DAO, balances of
    its treasury. Documents and series are not looked at: `run --like` judges everything again.

    Exit codes: 0 nothing was seen that ends a verdict, 1 a verdict is stale, 2 something could
    not be read, 64 bad usage.
    """
    from privatedao_audit.bundle import unpack
    from privatedao_audit.bundle.errors import BadBundle
    from privatedao_audit.chain.endpoints import parse_rpc_options
    from privatedao_audit.cli.errors import remember
    from privatedao_audit.cli.run import _config
    from privatedao_audit.compare.still_true import ask

    options = parse_rpc_options(rpc, config=_config())
    for option in options:
        remember(option.endpoint.secrets())
        for warning in option.warnings:
            click.echo(f"Warning: {warning.text}", err=True)
    try:
        opened = unpack.opened(bundle)
        with TemporaryDirectory(prefix="privatedao-audit-still-true-") as folder:
            found = asyncio.run(ask(opened, [one.endpoint for one in options], Path(folder)))
    except BadBundle as error:
        raise click.UsageError(str(error)) from None
    _tell(found, opened.report.target, opened.report.recorded_at)
    if found.of(True):
        return EXIT_STALE
    return EXIT_OPEN if any(one.moved is None for one in found.readings) else 0


def _tell(found: StillTrue, target: str, recorded_at: str) -> None:
    from privatedao_audit.view.style import plain_mark
    from privatedao_audit.view.terminal import line

    click.echo(f"{line(target)}, recorded {recorded_at}, asked {found.asked_at}")
    for one in found.readings[:_SHOWN]:
        if one.moved is False:
            continue
        word = "moved" if one.moved else "not known"
        what = f", {one.what}" if one.what else ""
        values = f": {_value(one.before)} → {_value(one.after)}" if one.moved else f": {one.why}"
        click.echo(f"{word:<15}" + line(f"{one.ends.value} of {one.address}{what}{values}"))
    same = sum(one.moved is False for one in found.readings)
    click.echo(f"{'unchanged':<15}{same} of {len(found.readings)} values that end verdicts")
    for stale, word in ((True, "STALE"), (None, "OPEN")):
        for verdict in found.of(stale):
            mark = plain_mark(verdict.status)
            click.echo(f"{word:<15}{verdict.id} was {mark}: {line(verdict.why)}")
    rest = [one.id for one in found.of(False)]
    click.echo(f"{'not ended':<15}{len(rest)} verdicts: {', '.join(rest)}")
    click.echo(
        "What rests on documents, alerts or series was not looked at; "
        "`privatedao-audit run --like` judges everything again."
    )


def _value(text: str | None) -> str:
    if text is None:
        return "none"
    return text if len(text) <= 90 else f"{text[:90]}…"
