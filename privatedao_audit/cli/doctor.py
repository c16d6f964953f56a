"""``privatedao-audit doctor``: what this machine lacks, and how to get it."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Callable

import click

from privatedao_audit import assets
from privatedao_audit.cli import HELP


@click.command("doctor", context_settings=HELP)
@click.option("--strict", is_flag=True, help="Exit with 1 when something is missing.")
def doctor_command(strict: bool) -> int:
    """Look for everything the kit uses, and say how to get what is missing."""
    missing = 0
    for what, look in _LOOKS.items():
        trouble = look()
        missing += bool(trouble)
        click.echo(f"{'missing' if trouble else 'ok':<8} {what}" + (f": {trouble}" * bool(trouble)))
    if missing:
        click.echo(f"\n{missing} missing. Audits and HTML reports need git and the kernel only.")
    return 1 if missing and strict else 0


def _python() -> str:
    if (3, 11) <= sys.version_info < (3, 14):
        return ""
    return "Python 3.11, 3.12 or 3.13 is needed"


def _git() -> str:
    if shutil.which("git"):
        return ""
    return "checkouts can't be read; apt-get install git"


def _kernel() -> str:
    done = subprocess.run(
        [sys.executable, "-c", "import ipykernel, papermill"], capture_output=True, check=False
    )
    return "" if done.returncode == 0 else "notebooks can't run; reinstall privatedao-audit"


def _pdf() -> str:
    from privatedao_audit.report.pdf import PdfUnavailable, require_weasyprint

    try:
        require_weasyprint()
    except PdfUnavailable as error:
        return str(error)
    return ""


def _assets() -> str:
    try:
        for name in ("notebooks", "templates", "targets", "samples"):
            assets.folder(name)
    except FileNotFoundError as error:
        return str(error)
    return ""


def _node() -> str:
    from privatedao_audit.rehearsal import parts

    try:
        parts.node_binary()
    except parts.MissingPart as error:
        return str(error)
    return ""


def _surfpool() -> str:
    from privatedao_audit.rehearsal import parts

    try:
        parts.surfpool_folder()
    except parts.MissingPart as error:
        return str(error)
    return ""


_LOOKS: dict[str, Callable[[], str]] = {
    "Python 3.11 to 3.13": _python,
    "git, to read a checkout": _git,
    "notebook kernel": _kernel,
    "notebooks, templates, targets, samples": _assets,
    "pango, for PDFs": _pdf,
    "Node, for rehearsals": _node,
    "Surfpool, for rehearsals": _surfpool,
}
