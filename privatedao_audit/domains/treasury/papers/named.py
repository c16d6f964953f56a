"""TR-09: the evidence files that the target names, their dates and their claims."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from privatedao_audit.domains.treasury.facts import TreasuryFacts
from privatedao_audit.domains.treasury.papers.dates import age
from privatedao_audit.domains.treasury.papers.facts import NamedFile
from privatedao_audit.model.finding import Part, unread
from privatedao_audit.model.parts import TOPICS
from privatedao_audit.model.reads import Found, joined
from privatedao_audit.model.status import Status

__all__ = ["named"]

#: Fewer bytes say nothing: a heading and a date.
_LEAST_BYTES: Final = 200
#: Kinds of claims that alone say nothing: every document names its network.
_TRIVIAL: Final = frozenset({"network"})
_AGREES, _SUPERSEDED, _CONTRADICTED = "agrees", "superseded", "contradicted"


def named(facts: TreasuryFacts) -> Iterator[Part]:
    """The parts of TR-09."""
    if not facts.named:
        return
    seen: dict[str, str] = {}
    for topic in TOPICS:
        files = [one for one in facts.named if one.topic == topic]
        if not files:
            text = f"The target names no file on {topic.replace('-', ' ')}."
            yield Part(topic, Status.MISSING, text, joined(*(o.paper.said.at for o in facts.named)))
        for one in files:
            before = seen.setdefault(one.digest, topic)
            if before != topic:
                text = f"{one.paper.file} is what is named on {before.replace('-', ' ')} already."
                yield Part(f"{topic}: {one.paper.file}", Status.MISSING, text, one.paper.said.at)
                continue
            yield _there(one)
            if isinstance(one.paper.said, Found):
                yield _claims(one)


def _there(one: NamedFile) -> Part:
    paper, label = one.paper, f"{one.topic}: {one.paper.file}"
    if not isinstance(paper.said, Found):
        text = f"The checkout has no file {paper.file}."
        return unread(label, paper.said, absent=Status.MISSING, absent_summary=text)
    at = joined(paper.said.at, paper.changed.at)
    if one.length < _LEAST_BYTES:
        text = f"{paper.file} has {one.length} bytes, and says next to nothing."
        return Part(label, Status.MISSING, text, at)
    status, told = age(paper, paper.said.value, None)
    if status is not Status.PASS:
        return Part(label, status, f"{paper.file} is not dated: {told}.", at)
    text = f"{paper.file} is there, and dated {paper.said.value}."
    return Part(label, Status.PASS, text, at, observed=paper.said.value)


def _claims(one: NamedFile) -> Part:
    label, file = f"{one.topic}: claims of {one.paper.file}", one.paper.file
    if not isinstance(one.claims, Found):
        return unread(
            label, one.claims, absent=Status.UNKNOWN,
            absent_summary=f"The commit does not have {file}.",
        )  # fmt: skip
    at = joined(one.claims.at, one.paper.said.at)
    held = [claim for claim in one.claims.value if claim.holds]
    bad = [claim for claim in held if claim.standing == _CONTRADICTED]
    unclear = [claim for claim in held
               if claim.standing not in (_AGREES, _SUPERSEDED, _CONTRADICTED)]  # fmt: skip
    seen = {"claims": len(held), "contradicted": [f"{c.line}: {c.value}" for c in bad]}
    if bad:
        more = f" ({len(bad) - 1} more)" if len(bad) > 1 else ""
        text = f"{file} line {bad[0].line}: {bad[0].why.rstrip('.')}{more}."
        return Part(label, Status.FAIL, text, at, observed=seen, expected=[])
    if all(claim.what in _TRIVIAL for claim in held):
        text = f"{file} states nothing that could be looked up."
        return Part(label, Status.UNKNOWN, text, at, observed=seen)
    if unclear:
        text = (
            f"Of {len(held)} claims of {file} {len(unclear)} are not checkable here, the first in "
            f"line {unclear[0].line}."
        )
        return Part(label, Status.UNKNOWN, text, at, observed=seen)
    text = f"The {len(held)} claims of {file} agree with chain and documents, or are superseded."
    return Part(label, Status.PASS, text, at, observed=seen)
