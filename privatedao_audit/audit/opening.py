"""Open the audit that a notebook shows: on a recording, or by collecting for itself."""

from __future__ import annotations

import ast
import atexit
import difflib
import os
import shutil
import tempfile
from pathlib import Path
from typing import Any

from privatedao_audit.audit.clocks import clocks_apart
from privatedao_audit.audit.context import Audit
from privatedao_audit.audit.scope import read_scope
from privatedao_audit.evidence.replay import Replay
from privatedao_audit.evidence.sealed import SealedRecording
from privatedao_audit.model import target as targets
from privatedao_audit.model.catalogue import DOMAINS

#: Environment variables that name RPC endpoints for notebooks: prefix and label.
RPC_VARIABLE = "PRIVATEDAO_AUDIT_RPC_"
#: The same for the endpoints of the operation itself, which are judged.
TEAM_VARIABLE = "PRIVATEDAO_AUDIT_TEAM_RPC_"

#: The parameters of every notebook.
PARAMETERS = ("target", "evidence", "rpc", "repo")


class BadParameter(ValueError):
    """A notebook was given a parameter that it does not have, or of the wrong type."""


class WrongRecording(ValueError):
    """The recording is of another target than the one asked for."""


async def open_audit(
    domain: str,
    *,
    target: str,
    evidence: str = "auto",
    rpc: str = "",
    repo: str = "",
) -> Audit:
    """Open the audit of a target.

    Args:
        domain: the domain that the notebook is about.
        target: name of a bundled profile, or path of a TOML file.
        evidence: path of a sealed recording; ``auto``: the recording that ships with the
            profile, where it has one, else ``live``; ``live``: collect now.
        rpc: endpoints to collect through, as ``LABEL=env:NAME`` separated by spaces; empty: one
            for each variable ``PRIVATEDAO_AUDIT_RPC_LABEL`` of the environment.
        repo: path of a checkout; empty: none.

    Raises:
        BadParameter, BadTarget, BadEndpoint, WrongRecording, RecordingError: with what to do.
    """
    _check_parameters({"target": target, "evidence": evidence, "rpc": rpc, "repo": repo})
    profile = targets.load(target)
    bundled = targets.bundled_recording(profile, target)
    if evidence == "auto" and bundled is not None:
        return await replay(profile, bundled, "the recording that ships with the profile")
    if evidence not in ("auto", "live"):
        return await replay(profile, Path(evidence), "a sealed recording")
    return await _collect(profile, domain, rpc, repo)


async def replay(profile: targets.Target, path: Path, origin: str) -> Audit:
    """The audit over a sealed recording.

    Raises:
        WrongRecording: the recording is of another target.
        RecordingError: it can't be read, is not sealed, damaged, or newer than this kit.
    """
    sealed = SealedRecording.open(path)
    return await over(profile, sealed, origin)


async def over(profile: targets.Target, sealed: SealedRecording, origin: str) -> Audit:
    """The audit over an open recording; see :func:`replay`."""
    header = sealed.run
    if header.target_sha256 != profile.sha256:
        raise WrongRecording(
            f"the recording is of the target {header.target_name} as it was then, not of this "
            f"{profile.name}: replay it with the profile it was made with, or record anew"
        )
    answers = Replay(sealed)
    scope = await read_scope(answers)
    return Audit(
        profile, answers, scope, header.sealed_at or header.started_at, origin,
        clocks_apart(sealed.records()),
    )  # fmt: skip


async def _collect(profile: targets.Target, domain: str, rpc: str, repo: str) -> Audit:
    """Collect for one notebook into a recording of its own, and open that."""
    from privatedao_audit.audit.live import Live, record
    from privatedao_audit.chain.endpoints import parse_rpc_options

    texts = rpc.split() or _named(RPC_VARIABLE)
    endpoints = [option.endpoint for option in parse_rpc_options(texts)]
    team = [option.endpoint for option in parse_rpc_options(_named(TEAM_VARIABLE))]
    names = [d.name for d in DOMAINS] if domain == "gate" else [domain]
    live = Live(endpoints, Path(repo) if repo else None, names, team=team)
    # The recording lives as long as the kernel: what should be kept comes from a run.
    folder = Path(tempfile.mkdtemp(prefix="privatedao-audit-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    path = folder / "evidence.sqlite"
    await record(profile, live, path)
    return await replay(profile, path, "collected now by this notebook alone")


def _named(prefix: str) -> list[str]:
    """One ``LABEL=env:NAME`` for each variable of the environment with this prefix."""
    return [
        f"{name.removeprefix(prefix).lower()}=env:{name}"
        for name in sorted(os.environ)
        if name.startswith(prefix) and os.environ[name]
    ]


def _check_parameters(given: dict[str, Any]) -> None:
    for name, value in given.items():
        if not isinstance(value, str):
            raise BadParameter(
                f"the parameter {name} must be a text, not {type(value).__name__}; with papermill "
                f"use -r {name} VALUE"
            )
    unknown = [name for name in _injected() if name not in PARAMETERS]
    if unknown:
        near = difflib.get_close_matches(unknown[0], PARAMETERS, n=1)
        hint = f"; did you mean {near[0]}?" if near else "."
        raise BadParameter(
            f"the notebook has no parameter {unknown[0]!r}{hint} Its parameters are "
            f"{', '.join(PARAMETERS)}."
        )


def _injected() -> list[str]:
    """Names that papermill assigned in the cell it injects; it only logs unknown ones itself."""
    try:
        from IPython import get_ipython
    except ImportError:
        return []
    shell = get_ipython()
    if shell is None:
        return []
    names: list[str] = []
    for source in shell.user_ns.get("In", []):
        if isinstance(source, str) and source.startswith("# Parameters\n"):
            names += [
                node.id
                for statement in ast.parse(source).body
                if isinstance(statement, ast.Assign)
                for node in statement.targets
                if isinstance(node, ast.Name)
            ]
    return names
