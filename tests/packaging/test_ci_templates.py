"""The CI files that a team copies: they parse, their shell parses, and they hold to the rules.

No CI service runs here. What is checked is what a reader can check by hand: pinned actions, no
secret where strangers' code could reach it, no text of a stranger pasted into a script, options
that the commands really have, and the exit code at the end.
"""

from __future__ import annotations

import re
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click
import pytest

from privatedao_audit import assets
from privatedao_audit.cli import group
from privatedao_audit.report.exports import FORMATS
from privatedao_audit.repository.yaml_text import documents_of

CI = assets.folder("templates") / "ci"
NAMES = ("github-actions.yml", "gitlab-ci.yml")
EXPORTED = {name for makers in FORMATS.values() for name in makers}


def loaded(name: str) -> dict[str, Any]:
    (found,) = documents_of((CI / name).read_text("utf-8"), name)
    assert isinstance(found, dict)
    return found


GITHUB, GITLAB = map(loaded, NAMES)
STEPS = [(job, step) for job in GITHUB["jobs"].values() for step in job["steps"]]


def scripts(name: str) -> Iterator[str]:
    """The shell of every job."""
    if name == "github-actions.yml":
        yield from (step["run"] for _, step in STEPS if "run" in step)
        return
    for job in GITLAB.values():
        if isinstance(job, dict) and "script" in job:
            yield "\n".join(job["script"])


@pytest.mark.parametrize("name", NAMES)
def test_the_shell_of_every_step_parses(name: str) -> None:
    found = list(scripts(name))
    assert len(found) >= 3
    for text in found:
        done = subprocess.run(
            ["bash", "-n"], input=text, capture_output=True, text=True, check=False
        )
        assert (done.returncode, done.stderr) == (0, ""), text


@pytest.mark.parametrize("name", NAMES)
def test_every_command_and_option_exists(name: str) -> None:
    joined = "\n".join(scripts(name)).replace("\\\n", " ")
    calls = re.findall(r"bin/privatedao-audit ([a-z-]+)([^\n|]*)", joined)
    assert {command for command, _ in calls} == {"run", "export", "diff"}
    context = click.Context(group)
    for command, rest in calls:
        known = group.get_command(context, command)
        assert known is not None
        options = {one for param in known.params for one in (*param.opts, *param.secondary_opts)}
        used = set(re.findall(r"(?<=\s)--[a-z-]+", rest))
        assert used <= options, command


@pytest.mark.parametrize("name", NAMES)
def test_urls_come_from_the_environment_by_name(name: str) -> None:
    text = "\n".join(scripts(name))
    assert "main=env:RPC_URL" in text and "second=env:SECOND_RPC_URL" in text
    # By value only to see whether it is set: a command line is seen by every process.
    for line in text.splitlines():
        if "$SECOND_RPC_URL" in line or "$RPC_URL" in line:
            assert "[ -n " in line


@pytest.mark.parametrize("name", NAMES)
def test_they_upload_what_a_run_writes(name: str) -> None:
    if name == "github-actions.yml":
        (paths,) = (
            step["with"]["path"].split()
            for _, step in STEPS
            if "upload-artifact" in step.get("uses", "")
        )
    else:
        paths = GITLAB["readiness"]["artifacts"]["paths"]
    assert {"run/bundle.zip", "run/report.html", "run/report.pdf", "run/exports/"} <= set(paths)
    text = "\n".join(scripts(name))
    for one in re.findall(r"run/exports/([\w.]+)", text):
        assert one in EXPORTED


def test_actions_are_pinned_to_commits() -> None:
    used = [step["uses"] for _, step in STEPS if "uses" in step]
    assert len(used) >= 4
    for one in used:
        assert re.fullmatch(r"actions/[a-z-]+@[0-9a-f]{40}", one), one
    # What the digits stand for is said beside them.
    text = (CI / "github-actions.yml").read_text("utf-8")
    assert len(re.findall(r"@[0-9a-f]{40} # v\d+\.\d+\.\d+\n", text)) == len(used)


def test_nothing_of_a_stranger_is_pasted_into_a_script() -> None:
    """An expression in a script is replaced before the shell reads it."""
    for text in scripts("github-actions.yml"):
        assert "${{" not in text


def test_permissions_are_the_least() -> None:
    assert GITHUB["permissions"] == {}
    assert "pull_request_target" not in GITHUB["on"]
    audit, comment = GITHUB["jobs"]["audit"], GITHUB["jobs"]["comment"]
    assert audit["permissions"] == {"contents": "read", "actions": "read"}
    assert comment["permissions"] == {"pull-requests": "write"}
    assert "secrets." not in str(comment)
    assert "head.repo.full_name == github.repository" in audit["if"]
    for step in audit["steps"]:
        if "actions/checkout" in step.get("uses", ""):
            assert step["with"]["persist-credentials"] is False
    holders = [step["name"] for _, step in STEPS if "secrets." in str(step)]
    assert holders == ["Audit"]


def test_the_exit_code_is_the_last_word() -> None:
    """After the uploads, so that a run that is NOT READY leaves its bundle."""
    steps = GITHUB["jobs"]["audit"]["steps"]
    assert steps[-1]["run"] == 'exit "$CODE"'
    assert "upload-artifact" in steps[-2]["uses"]
    audit = next(step for step in steps if step.get("id") == "audit")
    assert steps[-1]["env"]["CODE"] == "${{ steps.audit.outputs.code }}"
    assert 'echo "code=$code"' in audit["run"] and audit["run"].endswith('test "$code" -le 4\n')
    assert GITLAB["readiness-verdict"]["script"] == ['exit "$(cat run/verdict-code)"']
    assert GITLAB["readiness-verdict"]["needs"] == ["readiness"]
    assert "allow_failure" not in str(GITLAB)


@pytest.mark.parametrize("code", [0, 1, 4, 64, 74])
@pytest.mark.parametrize("name", NAMES)
def test_the_audit_step_keeps_verdicts_and_passes_errors_on(
    name: str, code: int, tmp_path: Path
) -> None:
    """The step as it stands, with a command in the kit's place that ends with a code."""
    (script,) = (text for text in scripts(name) if "privatedao-audit run" in text)
    if name == "gitlab-ci.yml":
        (script,) = (t for t in GITLAB["readiness"]["script"] if "privatedao-audit run" in t)
    place = tmp_path / "work"
    kit = place / "kit" if name == "github-actions.yml" else tmp_path / "readiness-kit"
    fake = kit / ".venv" / "bin" / "privatedao-audit"
    fake.parent.mkdir(parents=True)
    place.mkdir(exist_ok=True)
    fake.write_text(f'#!/bin/sh\necho "$@" > "{tmp_path}/called"\nexit {code}\n')
    fake.chmod(0o755)
    (tmp_path / "readiness-run").mkdir()
    done = subprocess.run(
        ["bash", "-e", "-c", script], cwd=place, capture_output=True, text=True, check=False,
        env={"PATH": "/usr/bin:/bin", "AUDIT_TARGET": "my target.toml", "RPC_URL": "https://x",
             "SECOND_RPC_URL": "https://y", "GITHUB_OUTPUT": str(tmp_path / "outputs")},
    )  # fmt: skip
    assert (done.returncode == 0) is (code <= 4), done.stderr
    called = (tmp_path / "called").read_text()
    assert called.startswith("run --target my target.toml --rpc main=env:RPC_URL")
    assert "--rpc second=env:SECOND_RPC_URL" in called
    assert "https://" not in called
    if name == "github-actions.yml":
        assert (tmp_path / "outputs").read_text() == f"code={code}\n"
    elif code <= 4:
        assert (place / "run" / "verdict-code").read_text() == f"{code}\n"
