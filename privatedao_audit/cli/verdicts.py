"""``privatedao-audit verdicts``: the runs of one target through time, and what turned when."""

from __future__ import annotations

from pathlib import Path

import click

from privatedao_audit.cli import HELP

EXIT_WORSE = 1


@click.command("verdicts", context_settings=HELP)
@click.argument("runs", type=click.Path(path_type=Path), metavar="RUN_OR_BUNDLE...", nargs=-1,
                required=True)  # fmt: skip
@click.option("--markdown", type=click.Path(path_type=Path), metavar="FILE",
              help="Write it as Markdown; '-' prints it.")  # fmt: skip
@click.option("--html", type=click.Path(path_type=Path), metavar="FILE",
              help="Write it as one offline page, fit to be published.")  # fmt: skip
def verdicts_command(runs: tuple[Path, ...], markdown: Path | None, html: Path | None) -> int:
    """Show the verdicts of one target through its runs, in the order of their recordings.

    Each run with its verdict, counts, method, evidence root and signers; each control with how it
    stood in every run, when it last turned, and whether the chain, the documents or the method did
    it. Every bundle is verified first, and one that is refused ends the command.

    Exit codes: 0 the newest run is in nothing worse than the one before it, 1 it is, 64 they are
    not of one target or can't be read.
    """
    from privatedao_audit.compare.sides import BadSide
    from privatedao_audit.compare.verdicts import markdown as as_markdown
    from privatedao_audit.compare.verdicts import terminal
    from privatedao_audit.compare.verdicts.history import history
    from privatedao_audit.compare.verdicts.runs import MOST_RUNS, read
    from privatedao_audit.run import files

    if len(runs) > MOST_RUNS:
        raise click.UsageError(f"{len(runs)} runs are given; at most {MOST_RUNS} make a history")
    try:
        found = history([read(one) for one in runs])
    except BadSide as error:
        raise click.UsageError(str(error)) from None
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
        # matplotlib is loaded only where something is drawn.
        from privatedao_audit.compare.verdicts import page

        files.write(html, page.render(found).encode())
        click.echo(f"page           {html}", err=printed)
    return EXIT_WORSE if found.worse else 0
