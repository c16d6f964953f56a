"""``privatedao-audit signoff``: the sheet that an auditor and a team sign."""

from __future__ import annotations

from pathlib import Path

import click

from privatedao_audit.cli import HELP


@click.command("signoff", context_settings=HELP)
@click.argument("bundle", type=click.Path(path_type=Path), metavar="BUNDLE")
@click.option("--annotations", type=click.Path(path_type=Path), metavar="FILE.toml",
              help="Annotations that nobody signed yet; the sheet calls them a draft. Signed "
              "ones are in the bundle and are shown anyway.")  # fmt: skip
@click.option("--out", type=click.Path(path_type=Path), required=True, metavar="FILE.html",
              help="Where the sheet is written; the PDF lies beside it.")  # fmt: skip
@click.option("--pdf/--no-pdf", default=True, help="Make a PDF beside the HTML.")
def signoff_command(bundle: Path, annotations: Path | None, out: Path, pdf: bool) -> None:
    """Write the sign-off sheet of a bundle that verifies: digests, verdict, annotations,
    signatures, and places to sign by hand.

    The same bundle gives the same bytes.
    """
    from privatedao_audit.bundle import signoff
    from privatedao_audit.bundle.errors import BadBundle, CannotSign
    from privatedao_audit.bundle.verify import read_file
    from privatedao_audit.cli.sign import annotations_file
    from privatedao_audit.report.pdf import PdfUnavailable, render_pdf
    from privatedao_audit.run import files

    if out.suffix != ".html":
        raise click.UsageError("--out: a name that ends in .html is expected")
    draft = None if annotations is None else annotations_file(annotations)
    try:
        sheet = signoff.make(read_file(bundle), draft=draft)
    except (BadBundle, CannotSign) as error:
        raise click.UsageError(str(error)) from None
    files.write(out, sheet.html.encode("utf-8"))
    click.echo(f"sign-off       {out}")
    if not pdf:
        return
    paper = out.with_suffix(".pdf")
    try:
        data = render_pdf(sheet.html, title=sheet.title, attachment=None, created=sheet.created)
    except PdfUnavailable as error:
        click.echo(f"Warning: no PDF: {error}", err=True)
        return
    files.write(paper, data)
    click.echo(f"sign-off       {paper}")
