"""What a run covers, recorded like every other answer so that a replay knows it too."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from privatedao_audit.evidence.questions import (
    Answers,
    Exchange,
    Outcome,
    Question,
    Resolution,
    ask_for,
)
from privatedao_audit.evidence.records import timestamp, utc_now
from privatedao_audit.model import canonical
from privatedao_audit.model.catalogue import DOMAINS
from privatedao_audit.model.reads import Found

if TYPE_CHECKING:
    # The verifier of a bundle knows a scope, and has nothing to collect.
    from privatedao_audit.domains.sources import Sources

KIND = "run"


@dataclass(frozen=True, slots=True)
class Scope:
    """What a run covers.

    Attributes:
        domains: names of the domains that collect, in catalogue order.
        providers: RPC providers as label and host, in the order of preference.
        checkout: whether a checkout was given.
        artifacts: programs of the target of which the auditor gave a build.
        continues: evidence root of the recording whose finalized history is carried over;
            None: everything is read in this run.
    """

    domains: tuple[str, ...]
    providers: tuple[tuple[str, str], ...]
    checkout: bool
    artifacts: tuple[str, ...] = ()
    continues: str | None = None

    @property
    def labels(self) -> tuple[str, ...]:
        """The providers' labels."""
        return tuple(label for label, _ in self.providers)


class ScopeResolver:
    """Answers the question what this run covers: from the command line, not from a network."""

    def __init__(self, scope: Scope) -> None:
        self._scope = scope

    async def resolve(self, question: Question) -> Resolution:
        """The scope as canonical JSON."""
        told: dict[str, Any] = {
            "domains": list(self._scope.domains),
            "providers": [{"label": a, "host": b} for a, b in self._scope.providers],
            "checkout": self._scope.checkout,
            "artifacts": list(self._scope.artifacts),
        }
        if self._scope.continues is not None:
            told["continues"] = self._scope.continues
        body = canonical.dumps(told)
        made = Exchange(
            provider="kit",
            host="",
            request=question.method,
            status=None,
            headers={},
            body=body,
            error=None,
            at=timestamp(utc_now()),
        )
        return Resolution(Outcome.FOUND, None, (made,), 0, providers=("kit",))


async def repository_state(sources: Sources) -> dict[str, Any] | None:
    """Which commit the checkout stands at, and whether the files read differ from it.

    Returns:
        ``commit`` (40 hexadecimal digits) and ``dirty`` (None: not known); None when the
        commit could not be read.
    """
    head = await sources.repository.head()
    if not isinstance(head, Found):
        return None
    commit = head.value.commit
    named = list(dict.fromkeys(surface.file for surface in sources.target.surfaces))
    tracked = await sources.repository.tree_at(commit, named)
    paths = [path for path in named if isinstance(tracked, Found) and path in tracked.value]
    changed = await sources.repository.dirty(paths) if paths else None
    dirty = bool(changed.value) if isinstance(changed, Found) else None
    return {"commit": commit, "dirty": dirty}


class NoScope(Exception):
    """The recording does not say what it covers, so it was not made by a run."""


async def read_scope(answers: Answers) -> Scope:
    """The scope of the run that these answers belong to.

    Raises:
        NoScope: it is not there.
    """
    answer = await answers.ask(ask_for(KIND, "scope"))
    if answer.body is None:
        raise NoScope("the recording does not say what it covers; it was not made by a run")
    tree = json.loads(answer.body)
    known = [domain.name for domain in DOMAINS]
    return Scope(
        tuple(name for name in known if name in tree["domains"]),
        tuple((str(p["label"]), str(p["host"])) for p in tree["providers"]),
        bool(tree["checkout"]),
        tuple(map(str, tree["artifacts"])),
        tree.get("continues"),
    )
