"""Writing a run's folder: whole files or none, and nothing of value overwritten."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

RECORDING = "evidence.sqlite"
FINDINGS = "findings.json"
FACTS = "facts.json"
CLAIMS = "claims.csv"
RUN = "run.json"
REPORT = "report"


class CannotWrite(Exception):
    """The output can't be written; the message names the path and what the system said."""


class Occupied(Exception):
    """The output folder holds something that this run would destroy."""


def prepare(folder: Path) -> None:
    """Make the output folder and show that it can be written to.

    Raises:
        CannotWrite: it can't be made or written to.
        Occupied: it holds files, and none of them says that a run of this kit made it.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        content = {entry.name for entry in folder.iterdir()}
        with tempfile.TemporaryFile(dir=folder):
            pass
    except OSError as error:
        raise CannotWrite(f"{folder}: {error.strerror or error}") from None
    ours = {RUN, RECORDING, RECORDING + ".partial"}
    if content and not content & ours:
        raise Occupied(f"{folder} is not empty and was not made by a run; choose another folder")


def write(path: Path, data: bytes) -> None:
    """Write a file whole, or leave what was there.

    Raises:
        CannotWrite: disk full, no permission, or the like.
    """
    temporary: str | None = None
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=".writing-")
        with os.fdopen(handle, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        os.chmod(temporary, 0o644)
        os.replace(temporary, path)
        temporary = None
    except OSError as error:
        raise CannotWrite(f"{path}: {error.strerror or error}") from None
    finally:
        if temporary is not None:
            Path(temporary).unlink(missing_ok=True)
