"""``privatedao-audit bundle``: a finished run as one file."""

from __future__ import annotations

from pathlib import Path

import click

from privatedao_audit.cli import HELP


@click.command("bundle", context_settings=HELP)
@click.argument("run", type=click.Path(path_type=Path), metavar="RUN_DIR|BUNDLE.zip")
@click.option("--out", type=click.Path(path_type=Path), metavar="FILE.zip",
              help="Where the bundle is written; by default RUN_DIR.zip, and RUN_DIR-public.zip "
              "with --public.")  # fmt: skip
@click.option("--public", is_flag=True,
              help="Make the public form: personal fields of lists and pages of contacts are "
              "replaced by salted hashes wherever they stand; proofs are kept.")  # fmt: skip
@click.option("--salts", type=click.Path(path_type=Path), metavar="FILE",
              help="With --public: where the salts are kept, for showing single fields later. "
              "Never hand it on whole; a file that is there is used again.")  # fmt: skip
def bundle_command(run: Path, out: Path | None, public: bool, salts: Path | None) -> None:
    """Make the bundle of a run: manifest, recording, findings, notebooks, reports, method.

    The same run makes the same bytes. The bundle digest is the SHA-256 of the manifest: hand it
    on by another way than the bundle, or sign the bundle.
    """
    from privatedao_audit.bundle.build import build
    from privatedao_audit.bundle.errors import BadBundle, CannotBundle
    from privatedao_audit.bundle.keeping import keep
    from privatedao_audit.bundle.verify import read_file

    if salts is not None and not public:
        raise click.UsageError("--salts is for --public")
    if run.is_file() and not public:
        raise click.UsageError(f"{run} is a file: name the folder of a run, or add --public")
    whole = run.resolve()
    stem = whole.stem if run.is_file() else whole.name
    place = out or whole.with_name(stem + ("-public.zip" if public else ".zip"))
    try:
        if public:
            raw = read_file(run) if run.is_file() else build(run).raw
            _public(raw, place, salts)
            return
        built = build(run)
    except (BadBundle, CannotBundle) as error:
        raise click.UsageError(str(error)) from None
    keep(built, place)
    _tell(place, built.bundle_digest, built.evidence_root)


def _public(raw: bytes, place: Path, salts: Path | None) -> None:
    """Write the public form of a bundle, and say what it withholds and what it can't."""
    from privatedao_audit.bundle.build import Built
    from privatedao_audit.bundle.errors import CannotBundle
    from privatedao_audit.bundle.keeping import keep
    from privatedao_audit.bundle.public import salts as salting
    from privatedao_audit.bundle.public.make import publish
    from privatedao_audit.view.terminal import line

    if salts is not None and salts.resolve() == place.resolve():
        raise CannotBundle("--salts and --out name one file")
    known = salting.Salts() if salts is None else salting.read(salts)
    made = publish(raw, known)
    if salts is not None:
        salting.write(salts, made.words, known)
    keep(Built(made.raw, made.bundle_digest, made.evidence_root), place)
    for word in made.words:
        for one in word.places:
            click.echo(f"withheld       {word.token}  {line(str(one))}")
    for name, form in made.documents:
        click.echo(f"document       {line(name)}: {_FORMS[form]}")
    for name in made.left_out:
        click.echo(f"left out       {line(name)}")
    for word, where in made.visible:
        click.echo(f"NOT WITHHELD   {line(str(word.places[0]))}: "
                   f"the same text stands in {line(where)}")  # fmt: skip
    if not made.words:
        click.echo("Nothing is withheld: the target declares no list or page of contacts that "
                   "was read.")  # fmt: skip
    elif salts is None:
        click.echo("The salts are kept nowhere: no field can be shown to anyone later.")
    else:
        click.echo(f"salts          {salts}, for you alone")
    click.echo("Signatures cover the private bundle: sign the public form anew.")
    _tell(place, made.bundle_digest, made.evidence_root)


_FORMS = {
    "contacts": "its fields alone, the personal ones withheld",
    "text": "its text, names withheld",
    "whole": "withheld whole, because it says how to reach somebody",
    "answer": "texts of documents, each withheld as far as it must be",
}


def _tell(place: Path, digest: str, root: str) -> None:
    click.echo(f"bundle         {place}")
    click.echo(f"bundle digest  {digest}")
    click.echo(f"evidence root  {root}")
