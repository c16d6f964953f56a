"""``privatedao-audit init``: a target profile and all blank forms of a dossier."""

from __future__ import annotations

import re
from pathlib import Path

import click

from privatedao_audit.cli import HELP

_CLUSTERS = ("mainnet-beta", "testnet", "devnet", "localnet")
_FAULTY = 1


@click.command("init", context_settings=HELP)
@click.argument("folder", metavar="DIR", type=click.Path(path_type=Path, file_okay=False))
@click.option("--cluster", type=click.Choice(_CLUSTERS), default="mainnet-beta",
              show_default=True, help="Where the program runs.")  # fmt: skip
@click.option("--genesis-hash", metavar="HASH", help="Of a local cluster; public ones are known.")
@click.option("--program", metavar="ID", help="Address of the program, in base58.")
@click.option("--program-name", metavar="NAME", default="governance", show_default=True,
              help="How profile and forms call it.")  # fmt: skip
@click.option("--dao", metavar="ADDRESS", help="The DAO account.")
@click.option("--treasury", metavar="ADDRESS", help="The DAO's treasury, as documented.")
@click.option("--name", metavar="NAME", help="Of the profile. Default: the checkout's folder.")
@click.option("--check", is_flag=True,
              help="Write nothing: tell unknown keys and malformed values in the forms that lie in "
              "DIR. Exit code 1 where there are any.")  # fmt: skip
def init_command(
    folder: Path,
    cluster: str,
    genesis_hash: str | None,
    program: str | None,
    program_name: str,
    dao: str | None,
    treasury: str | None,
    name: str | None,
    check: bool,
) -> int:
    """Write a target profile and all blank forms of a dossier into DIR.

    \b
    privatedao-audit init dossier --cluster mainnet-beta --program ID --dao ADDRESS
    privatedao-audit init dossier --check

    DIR is best a new folder of the checkout that is audited: files are mapped by their paths in
    it. Each form says in its comments which control reads it, and has a JSON Schema for editors.
    Nothing is overwritten. What you don't keep, leave out of DIR/target.toml as well: a form that
    stays blank is MISSING or UNKNOWN, and never counts for anything.
    """
    if check:
        return _check(folder)
    from privatedao_audit.dossier.blank import PROFILE, blank, write
    from privatedao_audit.dossier.profile import Subject
    from privatedao_audit.repository import record

    if cluster == "localnet" and genesis_hash is None:
        raise click.UsageError("a local cluster is known by its --genesis-hash alone")
    try:
        top: Path | None = record.top_of(folder)
    except record.NoCheckout:
        top = None
    here = folder.resolve()
    inside = "" if top is None or top == here else here.relative_to(top).as_posix()
    subject = Subject(
        name or _slug((top or here).name),
        cluster, genesis_hash, program_name, program, dao, treasury,
    )  # fmt: skip
    files = blank(subject, inside)
    write(folder, files)
    click.echo(f"profile  {folder / PROFILE}")
    click.echo(f"forms    {sum(not one.startswith('schemas/') for one in files) - 1}")
    if subject.blanks:
        click.echo(f"fill in  {', '.join(subject.blanks)} in {PROFILE}")
    if top is None:
        click.echo(f"{folder} lies in no git checkout: paths in {PROFILE} count from it", err=True)
    return 0


def _check(folder: Path) -> int:
    from privatedao_audit.dossier.check import faults

    if not folder.is_dir():
        raise click.UsageError(f"{folder} is not a folder")
    try:
        seen, told = faults(folder)
    except OSError as error:
        raise click.UsageError(f"{error.filename or folder}: {error.strerror}") from None
    for one in told:
        click.echo(one)
    if not seen:
        raise click.UsageError(f"no form of the kit lies in {folder}")
    click.echo(f"{seen} forms, {len(told) or 'no'} faults", err=True)
    return _FAULTY if told else 0


def _slug(name: str) -> str:
    plain = re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")
    return plain[:64] or "my-dao"
