"""``privatedao-audit show``: the bytes behind an evidence id."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import click

from privatedao_audit.cli import HELP


@click.command("show", context_settings=HELP)
@click.argument("recording", type=click.Path(path_type=Path), metavar="EVIDENCE")
@click.argument("record_id", metavar="ID", required=False)
@click.option("--raw", is_flag=True, help="Write the recorded bytes alone, exactly as they came.")
def show_command(recording: Path, record_id: str | None, raw: bool) -> None:
    """Print a record of a recording (r-… or x-…), or list all reads."""
    from privatedao_audit.evidence.sealed import SealedRecording
    from privatedao_audit.view import terminal
    from privatedao_audit.view.text import decoded, visible

    with SealedRecording.open(recording) as sealed:
        if record_id is None:
            for row in sealed.records():
                if row["record"] == "read":
                    asked = f"{row['method']} {json.dumps(row['params'])}"
                    shown = terminal.line(asked, columns=120)
                    click.echo(f"{row['id']}  {row['outcome']:<8} {shown}")
            return
        found = sealed.read(record_id) or sealed.exchange(record_id)
        if found is None:
            raise click.UsageError(f"the recording has no record {record_id!r}")
        exchange = sealed.exchange(found["chosen"]) if found.get("chosen") else found
        digest = (exchange or {}).get("body_sha256")
        body = sealed.body(digest) if digest else None
        if raw:
            if body is None:
                raise click.UsageError(f"{record_id} has no recorded bytes")
            sys.stdout.buffer.write(body)
            return
        click.echo(visible(json.dumps(found, indent=2, ensure_ascii=False), lines=True))
        if body is not None:
            click.echo(f"\n{len(body)} bytes, SHA-256 {digest}:")
            click.echo(terminal.block(decoded(body)[0], whole="--raw gives all of it"))
