"""Answers what hash a build has that the auditor gave to the run."""

from __future__ import annotations

import asyncio
import json
import os
import stat
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from privatedao_audit.chain.layouts import loader
from privatedao_audit.domains.release.provenance.collect import ARTIFACT
from privatedao_audit.evidence.questions import Exchange, Outcome, Question, Resolution
from privatedao_audit.evidence.records import timestamp, utc_now
from privatedao_audit.model import canonical

__all__ = ["ARTIFACT", "MAX_ARTIFACT", "NO_ARTIFACT", "PROVIDER", "ArtifactResolver"]

PROVIDER: Final = "auditor"
NO_ARTIFACT: Final = "no build was given (--artifact)"

#: Largest build that is read, in bytes; the cluster takes programs of ten megabytes.
MAX_ARTIFACT: Final = 64 * 2**20


class ArtifactResolver:
    """Implements ``Resolver`` for kind ``artifact``: hashes a file, and keeps nothing else of it.

    Method ``hash`` {program} → canonical JSON of ``sha256`` (trailing zero bytes cut, as of every
    executable), ``length`` and ``size`` in bytes without and with those zeros. Neither the bytes
    nor the place of the file are recorded.

    Args:
        artifacts: name of a program of the target → path of its build.
    """

    def __init__(self, artifacts: Mapping[str, Path]) -> None:
        self._artifacts = dict(artifacts)

    async def resolve(self, question: Question) -> Resolution:
        """Hash the build of one program; every failure is an outcome with its reason."""
        program = json.loads(question.params).get("program")
        path = self._artifacts.get(program)
        if path is None:
            return Resolution(Outcome.UNKNOWN, NO_ARTIFACT)
        body, error = await asyncio.to_thread(_hashed, path)
        made = Exchange(
            provider=PROVIDER,
            host="",
            request=question.key,
            status=None,
            headers={},
            body=body,
            error=error,
            at=timestamp(utc_now()),
        )
        if body is None:
            return Resolution(Outcome.UNKNOWN, error, (made,))
        return Resolution(Outcome.FOUND, None, (made,), 0, providers=(PROVIDER,))


def _hashed(path: Path) -> tuple[bytes | None, str | None]:
    """What is recorded of a build, or why it could not be read; never its path."""
    try:
        content = _content(path)
    except OSError as error:
        words = os.strerror(error.errno) if error.errno else type(error).__name__
        return None, f"the build could not be read: {words}"
    except ValueError as error:
        return None, f"the build could not be read: {error}"
    code = content.rstrip(b"\0")
    if not code:
        return None, "the build is empty, or nothing but zero bytes"
    digest = loader.executable_hash(code)
    return canonical.dumps({"sha256": digest, "length": len(code), "size": len(content)}), None


def _content(path: Path) -> bytes:
    """The bytes of a regular file. O_NONBLOCK: a pipe in its place would be waited for."""
    with open(os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC), "rb") as file:
        if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
            raise ValueError("it is no regular file")
        content = file.read(MAX_ARTIFACT + 1)
    if len(content) > MAX_ARTIFACT:
        raise ValueError(f"it has more than {MAX_ARTIFACT} bytes")
    return content
