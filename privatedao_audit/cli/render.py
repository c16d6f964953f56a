"""``privatedao-audit render``: documents of notebooks that somebody else executed."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import click

from privatedao_audit.cli import HELP


@click.command("render", context_settings=HELP)
@click.argument("paths", nargs=-1, required=True, type=click.Path(path_type=Path),
                metavar="OUT.ipynb...")  # fmt: skip
@click.option("--out", type=click.Path(path_type=Path), metavar="DIR",
              help="Where the documents are written; by default beside each notebook.")  # fmt: skip
@click.option("--pdf/--no-pdf", default=True, help="Make a PDF beside the HTML.")
def render_command(paths: tuple[Path, ...], out: Path | None, pdf: bool) -> None:
    """Make HTML and PDF of notebooks that plain papermill ran.

    Nothing is executed or judged again: the documents show what the notebooks hold, and say so.
    """
    import nbformat

    from privatedao_audit.report.html import render_notebooks
    from privatedao_audit.report.pdf import PdfUnavailable, render_pdf
    from privatedao_audit.run import files

    for path in paths:
        try:
            notebook = nbformat.read(path, as_version=4)
        except OSError as error:
            raise click.UsageError(f"{path}: can't be read: {error.strerror}") from None
        except Exception as error:
            raise click.UsageError(f"{path}: not a notebook: {type(error).__name__}") from None
        page = render_notebooks([(path.stem, notebook)], title=path.stem)
        place = (out or path.parent) / path.stem
        files.write(place.with_suffix(".html"), page.encode("utf-8"))
        click.echo(place.with_suffix(".html"))
        if not pdf:
            continue
        try:
            created = datetime.fromtimestamp(path.stat().st_mtime, UTC)
            paper = render_pdf(page, title=path.stem, attachment=None, created=created)
        except PdfUnavailable as error:
            click.echo(f"No PDF: {error}", err=True)
            continue
        files.write(place.with_suffix(".pdf"), paper)
        click.echo(place.with_suffix(".pdf"))
