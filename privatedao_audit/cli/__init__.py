"""The command line. Importing it loads click alone; each command loads what it needs."""

from __future__ import annotations

import sys
from importlib import import_module
from typing import Any

import click

from privatedao_audit import __version__

#: On every command itself, since click remembers the help option of the first context it sees.
HELP = {"help_option_names": ["-h", "--help"]}

#: Command → module and function that make it. Loaded on use: an answer to --version or --help
#: must not wait for pandas.
_COMMANDS = {
    "run": ("privatedao_audit.cli.run", "run_command"),
    "render": ("privatedao_audit.cli.render", "render_command"),
    "show": ("privatedao_audit.cli.show", "show_command"),
    "export": ("privatedao_audit.cli.export", "export_command"),
    "bundle": ("privatedao_audit.cli.bundle", "bundle_command"),
    "verify": ("privatedao_audit.cli.verify", "verify_command"),
    "sign": ("privatedao_audit.cli.sign", "sign_command"),
    "signoff": ("privatedao_audit.cli.signoff", "signoff_command"),
    "diff": ("privatedao_audit.cli.diff", "diff_command"),
    "verdicts": ("privatedao_audit.cli.verdicts", "verdicts_command"),
    "still-true": ("privatedao_audit.cli.still_true", "still_true_command"),
    "controls": ("privatedao_audit.cli.controls", "controls_command"),
    "init": ("privatedao_audit.cli.init", "init_command"),
    "challenge": ("privatedao_audit.cli.challenge", "challenge_command"),
    "record": ("privatedao_audit.cli.record", "record_command"),
    "probe": ("privatedao_audit.cli.probe", "probe_command"),
    "doctor": ("privatedao_audit.cli.doctor", "doctor_command"),
    "rehearse": ("privatedao_audit.cli.rehearse", "rehearse_command"),
}


class _Lazy(click.Group):
    """A group whose commands are imported when they are asked for."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(_COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in _COMMANDS:
            return None
        module, name = _COMMANDS[cmd_name]
        command: click.Command = getattr(import_module(module), name)
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        try:
            return super().resolve_command(ctx, args)
        except click.UsageError as error:
            from difflib import get_close_matches

            near = get_close_matches(args[0], list(_COMMANDS), n=1)
            if near and "suggestion" not in error.message.casefold():
                said = f"{error.message} Did you mean {near[0]!r}?"
                raise click.UsageError(said, error.ctx) from None
            raise


@click.group(cls=_Lazy, context_settings=HELP)
@click.version_option(__version__, prog_name="privatedao-audit")
def group() -> None:
    """Readiness evidence for a Solana DAO that a stranger can re-execute."""


def main(arguments: list[str] | None = None) -> None:
    """Run a command and exit with its code.

    Exit codes: those of ``run`` for verdicts (0 READY, 1 NOT READY, 2 INCONCLUSIVE, 3 INVALID,
    4 CONDITIONAL); 64 bad usage, 70 internal error, 74 can't write, 130 interrupted.
    """
    from privatedao_audit.cli.errors import EXIT_INTERRUPTED, EXIT_USAGE, report

    code: Any
    try:
        code = group.main(arguments, prog_name="privatedao-audit", standalone_mode=False)
    except click.UsageError as error:
        error.show()
        code = EXIT_USAGE
    except (click.Abort, KeyboardInterrupt):
        click.echo("interrupted; the same command again goes on where it stopped", err=True)
        code = EXIT_INTERRUPTED
    except Exception as error:
        code = report(error)
    sys.exit(code if isinstance(code, int) else 0)
