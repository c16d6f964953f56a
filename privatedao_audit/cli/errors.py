"""From what went wrong to one clear line and an exit code."""

from __future__ import annotations

import os
import traceback

import click

EXIT_USAGE = 64
EXIT_INTERNAL = 70
EXIT_CANNOT_WRITE = 74
EXIT_INTERRUPTED = 130

#: Set to any text, a defect prints its traceback, after secrets were taken out.
DEBUG_VARIABLE = "PRIVATEDAO_AUDIT_DEBUG"

#: Secrets of this process, known once endpoints were parsed.
_secrets: set[str] = set()


def remember(secrets: frozenset[str]) -> None:
    """Never print these."""
    _secrets.update(secrets)


def report(error: Exception) -> int:
    """Print one line about an error and return the exit code that goes with it."""
    from privatedao_audit.audit.opening import BadParameter, WrongRecording
    from privatedao_audit.audit.scope import NoScope
    from privatedao_audit.chain.endpoints import BadEndpoint
    from privatedao_audit.evidence import errors as recordings
    from privatedao_audit.evidence.redact import Redactor
    from privatedao_audit.model.target import BadTarget
    from privatedao_audit.run import files

    clean = Redactor(_secrets).clean
    usage = (
        BadTarget, BadEndpoint, BadParameter, WrongRecording, NoScope, files.Occupied,
    )  # fmt: skip
    if isinstance(error, recordings.CannotWrite | files.CannotWrite):
        click.echo(f"Error: can't write: {clean(str(error))}", err=True)
        return EXIT_CANNOT_WRITE
    if isinstance(error, (*usage, recordings.RecordingError)):
        click.echo(f"Error: {clean(str(error))}", err=True)
        return EXIT_USAGE
    if type(error).__name__ == "MissingPart":
        click.echo(f"Error: {clean(str(error))}", err=True)
        return EXIT_USAGE
    click.echo(
        f"Internal error: {type(error).__name__}: {clean(str(error))}\n"
        f"This is a defect of privatedao-audit; {DEBUG_VARIABLE}=1 prints where it happened.",
        err=True,
    )
    if os.environ.get(DEBUG_VARIABLE):
        click.echo(clean("".join(traceback.format_exception(error))), err=True)
    return EXIT_INTERNAL
