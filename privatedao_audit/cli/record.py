"""``privatedao-audit record``: run a build, test or verification, and write its record."""

from __future__ import annotations

import os
import re
import shlex
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from privatedao_audit import __version__
from privatedao_audit.cli import HELP

if TYPE_CHECKING:
    from privatedao_audit.evidence.redact import Redactor
    from privatedao_audit.repository.record import ArtifactState

_EXIT_NOT_RUNNABLE = 127
#: Names of environment variables whose values are nobody else's business.
_SECRET = re.compile(r"KEY|TOKEN|SECRET|PASS|CREDENTIAL|RPC|URL|AUTH|MNEMONIC|SEED", re.IGNORECASE)
_LEAST_SECRET = 8
_TOOLS = ("anchor", "cargo", "rustc", "solana")
_TOOL_SECONDS = 20


@click.command(
    "record",
    context_settings={**HELP, "ignore_unknown_options": True, "allow_interspersed_args": False},
)
@click.option("--out", type=click.Path(path_type=Path), metavar="FILE",
              help="The record, inside the checkout; its log lies beside it. "
              "Default: release/COMMAND.toml.")  # fmt: skip
@click.option("--artifact", type=click.Path(path_type=Path), metavar="PATH",
              help="What the command builds, such as target/deploy/NAME.so.")  # fmt: skip
@click.argument("command", nargs=-1, required=True, type=click.UNPROCESSED)
def record_command(out: Path | None, artifact: Path | None, command: tuple[str, ...]) -> int:
    """Run COMMAND in your checkout and write down what it was, where it ran and how it ended.

    \b
    privatedao-audit record --artifact target/deploy/governance.so -- anchor build
    privatedao-audit record -- cargo test
    privatedao-audit record --out release/review-surface.toml -- make verify

    Remove an artifact of an earlier build first: a file that COMMAND did not write shows nothing
    about it, and the record says so. COMMAND's output passes through, its exit code is passed on,
    and beside it only --version of anchor, cargo, rustc and solana is asked. The record is written
    whatever the outcome.
    """
    from privatedao_audit.repository import record
    from privatedao_audit.run import command as running
    from privatedao_audit.run import files

    words = list(command)
    try:
        top = record.top_of(Path.cwd())
        target = top / "release" / f"{_slug(words)}.toml" if out is None else out
        place = record.relative(top, target)
        log = target.with_suffix(".log")
        if log == target:
            raise record.NoCheckout("the record can't end in .log: its log does")
        named = None if artifact is None else record.relative(top, artifact)
        before = record.read_state(top)
    except record.NoCheckout as error:
        raise click.UsageError(str(error)) from None
    try:
        there = None if artifact is None else record.artifact_state(artifact)
    except record.NoCheckout as error:
        raise click.UsageError(f"the artifact {named}: {error}") from None
    redactor = _redactor()
    tools = _tools()
    started = _now()

    def pass_on(data: bytes) -> None:
        sys.stdout.buffer.write(data)
        sys.stdout.buffer.flush()

    try:
        code, kept = running.run(words, pass_on)
    except running.NotRunnable as error:
        click.echo(f"Error: {redactor.clean(str(error))}", err=True)
        return _EXIT_NOT_RUNNABLE
    finished = _now()
    try:
        after = record.read_state(top)
    except record.NoCheckout as error:
        raise files.CannotWrite(f"{place}: {error}") from None
    typed = redactor.clean(shlex.join(words))
    data = f"$ {typed}\n".encode() + _without_secrets(kept.whole(), redactor)
    files.write(log, data)
    content = _content(typed, before, after, code, tools, (started, finished))
    content |= _of_log(record.relative(top, log), data)
    if named is not None and artifact is not None:
        content |= _of_artifact(named, artifact, there)
    text = record.form(
        f"Written by `privatedao-audit record`, version {__version__}, around one command.\n"
        "It is the statement of whoever ran it; an audit recomputes what can be recomputed.",
        content,
    )
    files.write(target, text.encode())
    click.echo(f"record  {place}", err=True)
    return code


def _content(
    command: str, before: object, after: object, code: int, tools: str, times: tuple[str, str]
) -> dict[str, str | int | bool | list[str]]:
    from privatedao_audit.repository.record import TreeState, some

    assert isinstance(before, TreeState) and isinstance(after, TreeState)
    clean = before.clean and after.clean and before.commit == after.commit
    content: dict[str, str | int | bool | list[str]] = {
        "command": command,
        "commit": before.commit,
        "tree": before.tree,
        "tree_clean": clean,
        "exit_code": code,
        "tools": tools,
        "started_at": times[0],
        "finished_at": times[1],
    }
    if before.commit != after.commit:
        content["commit_afterwards"] = after.commit
    for name, given in (("changed", (before.changed, after.changed)),
                        ("untracked", (before.untracked, after.untracked))):  # fmt: skip
        every = tuple(dict.fromkeys((*given[0], *given[1])))
        if every:
            content[name] = some(every)
    return content


def _of_log(path: str, data: bytes) -> dict[str, str | int | bool | list[str]]:
    from hashlib import sha256

    from privatedao_audit.repository import logs
    from privatedao_audit.repository.errors import BadDocument

    content: dict[str, str | int | bool | list[str]] = {
        "log": path,
        "log_sha256": sha256(data).hexdigest(),
    }
    try:
        shown = logs.parse(data)
    except BadDocument:
        return content
    if shown.suites:
        content |= {"tests_run": shown.tests_run, "tests_failed": shown.tests_failed}
    return content


def _of_artifact(
    named: str, path: Path, before: ArtifactState | None
) -> dict[str, str | int | bool | list[str]]:
    """The artifact's hash as the chain has it, and whether the command wrote the file at all.

    Args:
        before: the file before the command ran; None where there was none.
    """
    from privatedao_audit.repository import record

    try:
        after = record.artifact_state(path)
    except record.NoCheckout as error:
        click.echo(f"no artifact at {named}: {error}; the record has no hash of it", err=True)
        return {}
    if after is None or not after.executable_sha256:
        why = "the command left no such file" if after is None else "nothing but zeros is in it"
        click.echo(f"no artifact at {named}: {why}; the record has no hash of it", err=True)
        return {}
    if after == before:
        click.echo(
            f"the command did not write {named}: the file lies there as it did before, and the "
            "record says so. Remove it, and record the build again.", err=True,
        )  # fmt: skip
    return {
        "artifact": named,
        "artifact_sha256": after.executable_sha256,
        "artifact_written": after != before,
    }


def _slug(words: list[str]) -> str:
    plain = [re.sub(r"[^a-z0-9]+", "-", word.rsplit("/", 1)[-1].lower()) for word in words[:2]]
    return "-".join(one.strip("-") for one in plain if one.strip("-"))[:60] or "command"


def _now() -> str:
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _redactor() -> Redactor:
    """Knows the values of the environment that look like secrets, so that no record holds them."""
    from privatedao_audit.evidence.redact import Redactor

    return Redactor(
        value
        for name, value in os.environ.items()
        if _SECRET.search(name) and len(value) >= _LEAST_SECRET and value[:1] != "/"
    )


def _without_secrets(log: bytes, redactor: Redactor) -> bytes:
    if not redactor.contains(log):
        return log
    lines = log.split(b"\n")
    return b"\n".join(
        redactor.clean(line.decode("utf-8", "replace")).encode()
        if redactor.contains(line)
        else line
        for line in lines
    )


def _tools() -> str:
    """What the tools on the path say of their versions, on one line."""
    import shutil
    import subprocess

    said = []
    for tool in _TOOLS:
        if shutil.which(tool) is None:
            continue
        try:
            done = subprocess.run(
                [tool, "--version"], capture_output=True, text=True, errors="replace", check=False,
                timeout=_TOOL_SECONDS, stdin=subprocess.DEVNULL,
            )  # fmt: skip
        except (OSError, subprocess.TimeoutExpired):
            continue
        lines = done.stdout.strip().splitlines()
        if done.returncode == 0 and lines:
            said.append(lines[0].strip()[:100])
    return ", ".join(said) or "none of anchor, cargo, rustc and solana was found"
