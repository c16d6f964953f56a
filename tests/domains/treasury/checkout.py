"""An invented node with a checkout beside it: files, and the commit that dates them."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any

from privatedao_audit.evidence.questions import Answer, Outcome, Question
from tests.protocols.world import Node

AT = "2027-01-15T08:00:00.000Z"
#: Unix seconds of that moment, and of the commit of every file: ten days before.
NOW = 1_800_000_000
COMMITTED = NOW - 864_000


@dataclass
class Checkout(Node):
    """A node that also answers for files.

    Attributes:
        files: path → content.
        dirty: paths whose content is not that of the commit.
        uncommitted: paths that no commit has.
    """

    files: dict[str, bytes] = field(default_factory=dict)
    dirty: frozenset[str] = frozenset()
    uncommitted: frozenset[str] = frozenset()

    async def ask(self, question: Question) -> Answer:
        if question.kind == "rpc":
            return await super().ask(question)
        self.asked.append(question)
        params = json.loads(question.params)
        if question.kind == "file" and question.method == "read":
            body = self.files.get(params["path"])
            return self._told(question, body)
        if question.method == "last-change":
            path = params["path"]
            there = path in self.files and path not in self.uncommitted
            said = {"commit": "c" * 40, "committer_time": COMMITTED}
            return self._told(question, json.dumps(said).encode() if there else None)
        if question.method == "dirty":
            odd = sorted(self.dirty & set(params["paths"]))
            return self._told(question, json.dumps({"files": odd}).encode())
        return self._told(question, None, "nobody answers that")

    @staticmethod
    def _told(question: Question, body: bytes | None, reason: str | None = None) -> Answer:
        outcome = Outcome.FOUND if body is not None else Outcome.ABSENT
        if reason is not None:
            outcome = Outcome.UNKNOWN
        return Answer(
            read_id=question.record_id, outcome=outcome, reason=reason, body=body, slot=None,
            commitment=None, providers=("checkout",), asked_at=AT,
        )


def surface(part: str, file: str, **given: Any) -> dict[str, Any]:
    """A surface whose fields lie at the places of their names."""
    fields = given.pop("fields", ())
    named = fields if isinstance(fields, dict) else {name: f"/{name}" for name in fields}
    form = {"md": "markdown", "toml": "toml", "json": "json"}[file.rsplit(".", 1)[1]]
    return {"part": part, "file": file, "format": form, "fields": named, **given}


