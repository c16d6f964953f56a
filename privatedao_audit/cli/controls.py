"""``privatedao-audit controls``: the catalogue."""

from __future__ import annotations

import json
from dataclasses import asdict

import click

from privatedao_audit.cli import HELP


@click.command("controls", context_settings=HELP)
@click.option("--json", "as_json", is_flag=True, help="As JSON, with every field.")
@click.argument("ids", nargs=-1, metavar="[ID]...")
def controls_command(as_json: bool, ids: tuple[str, ...]) -> None:
    """List the controls, or print some of them whole."""
    from privatedao_audit.domains.registry import check_of
    from privatedao_audit.model import catalogue

    whole = catalogue.load()
    known = {control.id for control in whole.controls}
    for name in ids:
        if name.upper() not in known:
            raise click.UsageError(f"there is no control {name!r}; see privatedao-audit controls")
    wanted = {name.upper() for name in ids} or known
    rows = [control for control in whole.controls if control.id in wanted]
    if as_json:
        listed = [
            {**asdict(control), "evaluated": check_of(control.id) is not None} for control in rows
        ]
        click.echo(json.dumps(listed, indent=2, ensure_ascii=False))
        return
    for control in rows:
        blocking = "blocking" if control.blocking else "advice"
        check = check_of(control.id)
        state = "evaluated" if check else "not evaluated by this version"
        click.echo(
            f"{control.id}  {control.control_class.value:<4} {blocking:<9} "
            f"{control.severity.value:<9} {control.title}  [{state}]"
        )
        if not ids:
            continue
        click.echo(f"\n  Required: {control.requirement}")
        if check is not None:
            click.echo(f"  Rule: {' '.join((check.__doc__ or '').split())}")
        click.echo(f"  READY accepts: {control.floor.value} or better")
        click.echo(f"  To mend it: {control.remediation}")
        click.echo(f"  To check again: {control.recheck}")
        for text in control.invalidated_by:
            click.echo(f"  Ends when: {text}")
        if control.frameworks:
            click.echo(f"  Speaks to: {', '.join(control.frameworks)}")
        click.echo()
