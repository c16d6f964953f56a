"""Git repositories built for the tests, and a way to ask them questions."""

from __future__ import annotations

import asyncio
import os
import subprocess
from collections.abc import Callable, Coroutine
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypeVar

import pytest

from privatedao_audit.evidence.questions import Answer, Question, Resolution
from privatedao_audit.repository.reads import RepositoryReads
from privatedao_audit.repository.resolver import RepositoryResolver

T = TypeVar("T")
AT = "2026-11-23T09:30:00.123Z"


class Repo:
    """A git repository under construction; commits are an hour apart."""

    def __init__(self, root: Path, *init: str) -> None:
        self.root = root
        self._clock = 1_700_000_000
        root.mkdir(parents=True, exist_ok=True)
        self.git("init", "-q", "-b", "main", *init, ".")

    def git(self, *words: str | bytes, stdin: bytes | None = None) -> str:
        stamp = f"{self._clock} +0000"
        environment = {
            "PATH": os.environ["PATH"],
            "HOME": str(self.root),
            "GIT_CONFIG_NOSYSTEM": "1",
            "GIT_CONFIG_GLOBAL": "/dev/null",
            "GIT_AUTHOR_NAME": "A",
            "GIT_AUTHOR_EMAIL": "a@example.org",
            "GIT_COMMITTER_NAME": "C",
            "GIT_COMMITTER_EMAIL": "c@example.org",
            "GIT_AUTHOR_DATE": stamp,
            "GIT_COMMITTER_DATE": stamp,
        }
        done = subprocess.run(
            ["git", *words], cwd=self.root, env=environment, input=stdin, capture_output=True,
            check=False,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr.decode()
        return done.stdout.decode().strip()

    def write(self, path: str, data: bytes | str) -> Path:
        target = self.root / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(data.encode() if isinstance(data, str) else data)
        return target

    def commit(self, message: str = "change", **files: bytes | str) -> str:
        """Commit everything there, after writing ``files`` (``__`` stands for a slash)."""
        for name, data in files.items():
            self.write(name.replace("__", "/"), data)
        self._clock += 3600
        self.git("add", "-A")
        self.git("commit", "-q", "--allow-empty", "-m", message)
        return self.git("rev-parse", "HEAD")

    @property
    def now(self) -> int:
        return self._clock


class _Live:
    def __init__(self, resolver: RepositoryResolver) -> None:
        self._resolver = resolver

    async def ask(self, question: Question) -> Answer:
        made = await self._resolver.resolve(question)
        chosen = None if made.chosen is None else made.exchanges[made.chosen]
        return Answer(
            question.record_id,
            made.outcome,
            made.reason,
            None if chosen is None else chosen.body,
            made.slot,
            made.commitment,
            made.providers,
            made.exchanges[0].at if made.exchanges else AT,
        )


def resolver_of(root: Path | None, **options: Any) -> RepositoryResolver:
    return RepositoryResolver(
        root, lambda: datetime(2026, 11, 23, 9, 30, 0, 123000, tzinfo=UTC), **options
    )


def run(work: Coroutine[Any, Any, T]) -> T:
    return asyncio.run(work)


@pytest.fixture
def repo(tmp_path: Path) -> Repo:
    return Repo(tmp_path / "checkout")


@pytest.fixture
def reads() -> Callable[..., RepositoryReads]:
    """Typed reads of a checkout."""
    return lambda root, **options: RepositoryReads(_Live(resolver_of(root, **options)))


@pytest.fixture
def resolve() -> Callable[..., Resolution]:
    """The bare resolution of one question."""
    return lambda root, question, **options: run(resolver_of(root, **options).resolve(question))


@pytest.fixture
def finish() -> Callable[[Coroutine[Any, Any, T]], T]:
    return run


@pytest.fixture
def new_repo() -> type[Repo]:
    return Repo
