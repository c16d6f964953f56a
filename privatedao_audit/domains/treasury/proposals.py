"""What every check says where proposals of a DAO are missing from the facts."""

from __future__ import annotations

from collections.abc import Iterator

from privatedao_audit.model.finding import Part, unread
from privatedao_audit.model.reads import Diverged, Found, ProvenAbsent, Unknown
from privatedao_audit.model.status import Status
from privatedao_audit.protocols.facts import DaoReads

__all__ = ["not_all", "not_read"]


def not_all(reads: DaoReads, label: str) -> Iterator[Part]:
    """A part where not every proposal that the DAO counts was read, or it counts none."""
    count = reads.dao.value.proposal_count if isinstance(reads.dao, Found) else None
    if count is None or len(reads.proposals) != count:
        text = f"{len(reads.proposals)} proposals were read; the DAO counts {count}."
        yield Part(label, Status.UNKNOWN, text, reads.dao.at)


def not_read(label: str, read: ProvenAbsent | Unknown | Diverged) -> Part:
    """The part of a proposal whose account was not read, or is not there."""
    return unread(
        label, read, absent=Status.UNKNOWN,
        absent_summary="The DAO counts this proposal, and its account does not exist.",
    )  # fmt: skip
