"""Carrying what can't change any more over from an earlier recording.

Finalized transactions and the lists of them need not be fetched a second time. Their records are
copied with all their exchanges, bodies and dates, so that the new recording stands alone; only
the question gets a probe, ``carried:`` and the evidence root of the recording it comes from.
Nothing carried can therefore be taken for an answer of this run: who asks anew gets a question
of its own, and what is old says so itself, under the new evidence root.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from itertools import islice
from typing import Any, Final

from privatedao_audit.evidence import records
from privatedao_audit.evidence.questions import Answer, Question
from privatedao_audit.evidence.recording import Recording, Rows
from privatedao_audit.evidence.sealed import SealedRecording

__all__ = ["LASTING", "Carried", "carry"]

#: What is carried: answers about finalized blocks, and how far back they reached then.
LASTING: Final = frozenset({"getTransaction", "getSignaturesForAddress", "getFirstAvailableBlock"})
_MARK: Final = "carried:"
_PROBE: Final = re.compile(rf"{_MARK}[0-9a-f]{{64}}(?:/(provider:.+))?")
#: Reads copied in one transaction of the working file.
_BATCH: Final = 500


@dataclass(frozen=True, slots=True)
class Carried:
    """What this run carried over.

    Attributes:
        root: evidence root of the recording it continues, 64 hexadecimal digits.
        held: the recorded answer to a question, None where there is none; never asks anybody.
    """

    root: str
    held: Callable[[Question], Answer | None]

    def answer(self, question: Question) -> Answer | None:
        """What the earlier recording answered; None where it does not say.

        Its ``asked_at`` is the time of the earlier answer.
        """
        if question.method not in LASTING or not _plain(question.probe):
            return None
        return self.held(_marked(question, self.root))


def carry(old: SealedRecording, into: Recording) -> int:
    """Copy what lasts out of a sealed recording; may be repeated after an interruption.

    Returns:
        How many reads are carried.

    Raises:
        RecordingDamaged: the earlier file was changed after it was opened.
        CannotWrite, RecordingSealed: as :meth:`Recording.put`.
    """
    count = 0
    # What was carried already goes first: where this run asked the same once more, the older
    # answer is the one that the later pages of its list continue.
    for again in (True, False):
        found = _rows(old, again)
        while batch := list(islice(found, _BATCH)):
            into.adopt(batch)
            count += len(batch)
    return count


def _rows(old: SealedRecording, again: bool) -> Iterator[Rows]:
    for read in old.reads():
        question = records.question_of(read)
        if read["outcome"] != "found" or question.kind != "rpc" or question.method not in LASTING:
            continue
        earlier = _PROBE.fullmatch(question.probe or "")
        if bool(earlier) != again:
            continue
        if earlier is not None:
            question = replace(question, probe=earlier[1])
        if not _plain(question.probe):
            continue
        marked = _marked(question, old.evidence_root)
        members: dict[str, Any] = {k: v for k, v in read.items() if k != "record"}
        members |= {"id": marked.record_id, "probe": marked.probe}
        yield _copied(old, records.read_record(members))


def _copied(old: SealedRecording, read: dict[str, Any]) -> Rows:
    exchanges, bodies = [], {}
    for name in read["exchanges"]:
        exchange = old.exchange(name)
        if exchange is None:
            raise ValueError(f"a verified recording has no exchange {name}")
        exchanges.append(exchange)
        digest = exchange["body_sha256"]
        if digest is not None:
            bodies[digest] = old.packed(digest)
    return Rows(read, tuple(exchanges), bodies)


def _plain(probe: str | None) -> bool:
    """Whether a question was asked once, of anybody or of one provider.

    Closing reads, series and second collections belong to their own sitting.
    """
    return probe is None or (probe.startswith("provider:") and "/" not in probe)


def _marked(question: Question, root: str) -> Question:
    probe = f"{_MARK}{root}"
    return replace(question, probe=probe if question.probe is None else f"{probe}/{question.probe}")
