"""``privatedao-audit diff``: what differs between two runs, and whether anything is worse."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from privatedao_audit.cli import HELP

if TYPE_CHECKING:
    from privatedao_audit.compare.sections import Comparison

EXIT_WORSE = 1


@click.command("diff", context_settings=HELP)
@click.argument("before", type=click.Path(path_type=Path), metavar="BEFORE")
@click.argument("after", type=click.Path(path_type=Path), metavar="AFTER")
@click.option("--markdown", type=click.Path(path_type=Path), metavar="FILE",
              help="Write it as Markdown, for a pull request; '-' prints it.")  # fmt: skip
@click.option("--html", type=click.Path(path_type=Path), metavar="FILE",
              help="Write it as one offline page.")  # fmt: skip
def diff_command(before: Path, after: Path, markdown: Path | None, html: Path | None) -> int:
    """Compare two runs of one deployment; each is a run's folder or a bundle.

    Facts, verdicts, coverage, waivers and method are told apart. Fewer facts read is worse, even
    if nothing failed because of it. Bundles are verified first.

    Exit codes: 0 nothing is worse, 1 something is, 64 they can't be compared.
    """
    from privatedao_audit.compare import sides
    from privatedao_audit.compare.difference import difference
    from privatedao_audit.compare.sections import of_difference

    try:
        found = of_difference(difference(sides.read(before), sides.read(after)))
    except sides.BadSide as error:
        raise click.UsageError(str(error)) from None
    show(found, markdown, html)
    return EXIT_WORSE if found.worse else 0


def show(found: Comparison, markdown: Path | None, html: Path | None) -> None:
    """Write a comparison where it was asked for, and print it unless Markdown was printed."""
    from privatedao_audit.compare import markdown as as_markdown
    from privatedao_audit.compare import page, terminal
    from privatedao_audit.run import files

    printed = markdown is not None and str(markdown) == "-"
    if printed:
        click.echo(as_markdown.render(found).decode(), nl=False)
    else:
        for text in terminal.lines(found):
            click.echo(text)
    if markdown is not None and not printed:
        files.write(markdown, as_markdown.render(found))
        click.echo(f"markdown       {markdown}")
    if html is not None:
        files.write(html, page.render(found).encode())
        click.echo(f"page           {html}", err=printed)
