"""When a file last changed is believed only where the file is as it was committed."""

from __future__ import annotations

import asyncio
import json
from dataclasses import dataclass, field
from typing import Any

import pytest

from privatedao_audit.domains.committed import last_committed
from privatedao_audit.evidence.questions import Answer, Outcome, Question
from privatedao_audit.model.reads import Found, ProvenAbsent, Read, Unknown
from privatedao_audit.repository.reads import Change, RepositoryReads
from tests.domains.node import Node

FILE, COMMIT = "dossier/signers.toml", "a" * 40


@dataclass
class Git(Node):
    """A git that gives one answer per question; None: it fails, absent: the path is not there."""

    answers: dict[str, Any] = field(default_factory=dict)

    async def ask(self, question: Question) -> Answer:
        said = self.answers[question.method]
        if said is None:
            return self._answer(question, Outcome.UNKNOWN, None, reason="git broke off")
        if said == "absent":
            return self._answer(question, Outcome.ABSENT, None, providers=("checkout",))
        return self._answer(question, Outcome.FOUND, json.dumps(said).encode())


def read(change: Any, dirty: Any) -> Read[Change]:
    git = Git({}, answers={"last-change": change, "dirty": dirty})
    return asyncio.run(last_committed(RepositoryReads(git), FILE))


LAST = {"commit": COMMIT, "committer_time": 7}


def test_a_file_as_it_was_committed_has_the_date_of_its_commit() -> None:
    found = read(LAST, {"files": []})
    assert isinstance(found, Found)
    assert found.value == Change(COMMIT, 7)
    assert len(found.at.evidence) == 2


def test_a_file_in_no_commit_is_absent() -> None:
    assert isinstance(read("absent", None), ProvenAbsent)


@pytest.mark.parametrize(
    ("dirty", "words"),
    [
        ({"files": [FILE]}, "differs from what was committed"),
        (None, "git broke off"),
        ("absent", "nothing is tracked there"),
    ],
)
def test_an_edited_file_has_no_date(dirty: Any, words: str) -> None:
    found = read(LAST, dirty)
    assert isinstance(found, Unknown)
    assert words in found.reason


def test_a_git_that_does_not_answer_dates_nothing() -> None:
    assert isinstance(read(None, {"files": []}), Unknown)
