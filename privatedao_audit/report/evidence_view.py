"""The evidence register: the reads that findings name, and the bytes they rest on.

Only what a finding names is shown. Each body is hashed again here, so that the register says
whether the bytes on the page are those the recording vouches for.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Protocol

from markupsafe import Markup, escape

from privatedao_audit.evidence.sealed import SealedRecording
from privatedao_audit.model.parts import PERSONAL
from privatedao_audit.view.text import decoded, indented_json, visible

#: Bodies up to this many bytes are shown whole.
WHOLE_BYTES = 16 * 1024
#: Of a larger body: this many bytes from its beginning and from its end.
HEAD_BYTES = 4 * 1024
TAIL_BYTES = 2 * 1024
#: With more reads than this a page would be mostly bytes, so that less of each is shown.
MANY_READS = 200
WHOLE_BYTES_OF_MANY = 4 * 1024
HEAD_BYTES_OF_MANY, TAIL_BYTES_OF_MANY = 3 * 1024, 1024
#: Of a list of reads this many stand on the page at once; the others are folded.
FIRST_EVIDENCE = 6
#: A question up to this long stays on its line.
SHORT_CHARACTERS = 240
_NOTHING = Markup("")


class EvidenceIndex(Protocol):
    """What the report asks of a sealed recording. Shapes: the records of a recording."""

    def read(self, id: str) -> dict[str, Any] | None:
        """The read record ``r-…``, or None when the recording has none of that id."""
        ...

    def exchange(self, id: str) -> dict[str, Any] | None:
        """The exchange record ``x-…``, or None."""
        ...

    def body(self, sha256: str) -> bytes | None:
        """The body with this SHA-256 (lower-case hexadecimal), or None."""
        ...


@dataclass(frozen=True)
class BodyView:
    """One block of recorded bytes, ready to be shown. ``head`` and ``tail`` are HTML-safe."""

    length: int
    sha256: str
    hash_agrees: bool
    utf8: bool
    indented: bool
    head: Markup
    tail: Markup | None = None
    left_out: int = 0


@dataclass(frozen=True)
class ExchangeView:
    """One HTTP attempt, file or git answer. ``record`` is None when the id does not resolve."""

    id: str
    record: dict[str, Any] | None
    request: Markup = _NOTHING
    body: BodyView | None = None
    #: The read under which the bytes stand, when another read shows them already.
    shown_under: str | None = None
    #: The bytes say how to reach people: the page names length and hash alone.
    personal: bool = False


@dataclass(frozen=True)
class ReadView:
    """One logical question. ``record`` is None when a finding names an id that is not there."""

    id: str
    record: dict[str, Any] | None
    params: Markup = _NOTHING
    exchanges: tuple[ExchangeView, ...] = ()
    named_by: tuple[str, ...] = ()


def evidence_of(finding: dict[str, Any]) -> list[str]:
    """The read ids a finding and its parts name, each once, in order of appearance."""
    ids = list(finding.get("evidence") or [])
    for part in finding.get("parts") or []:
        ids.extend(part.get("evidence") or [])
    ids.extend((finding.get("waiver") or {}).get("evidence") or [])
    return list(dict.fromkeys(str(i) for i in ids))


def rests_on_one_list(finding: dict[str, Any]) -> bool:
    """Whether a finding has several parts that name the same reads, and itself no other."""
    lists = [list(part.get("evidence") or []) for part in finding.get("parts") or []]
    if len(lists) < 2 or not lists[0]:
        return False
    return all(one == lists[0] for one in lists) and set(lists[0]) == set(evidence_of(finding))


@dataclass(frozen=True)
class Register:
    """The reads of a document. ``whole_bytes``: bodies up to this many bytes stand whole."""

    reads: tuple[ReadView, ...]
    whole_bytes: int = WHOLE_BYTES

    def __len__(self) -> int:
        return len(self.reads)

    def __iter__(self) -> Iterator[ReadView]:
        return iter(self.reads)

    def __getitem__(self, place: int) -> ReadView:
        return self.reads[place]

    @property
    def capped(self) -> bool:
        """Whether bodies are cut sooner than usual, and at least one was."""
        bodies = (x.body for read in self.reads for x in read.exchanges)
        return self.whole_bytes < WHOLE_BYTES and any(
            b and self.whole_bytes < b.length for b in bodies
        )


def register(findings: list[dict[str, Any]], index: EvidenceIndex) -> Register:
    """The register of the reads that these findings name, in the order they are first named."""
    named: dict[str, list[str]] = {}
    for finding in findings:
        for read_id in evidence_of(finding):
            named.setdefault(read_id, []).append(str(finding["id"]))
    shown: dict[str, str] = {}
    many = len(named) > MANY_READS
    private = _personal_files(index)
    reads = tuple(_read_view(i, tuple(by), index, shown, many, private) for i, by in named.items())
    return Register(reads, WHOLE_BYTES_OF_MANY if many else WHOLE_BYTES)


def _read_view(
    read_id: str,
    named_by: tuple[str, ...],
    index: EvidenceIndex,
    shown: dict[str, str],
    many: bool,
    private: frozenset[str],
) -> ReadView:
    record = index.read(read_id)
    if record is None:
        return ReadView(read_id, None, named_by=named_by)
    personal = _is_personal(record, private)
    exchanges = []
    for exchange_id in record.get("exchanges") or []:
        exchange_id = str(exchange_id)
        if exchange_id in shown:
            earlier = index.exchange(exchange_id)
            exchanges.append(ExchangeView(exchange_id, earlier, shown_under=shown[exchange_id]))
            continue
        shown[exchange_id] = read_id
        exchanges.append(_exchange_view(exchange_id, index, many, personal))
    params = json.dumps(record.get("params"), ensure_ascii=False, separators=(",", ":"))
    return ReadView(read_id, record, block(params), tuple(exchanges), named_by)


def _personal_files(index: EvidenceIndex) -> frozenset[str]:
    """Files that the target maps as lists of how to reach people: a report is passed around."""
    # The records of a bundle have the target beside them; a synthetic index has none.
    if isinstance(index, SealedRecording):
        target = index.run.target
    else:
        target = getattr(index, "target", {})
    return frozenset(
        str(one["file"]) for one in target.get("surfaces", ()) if one.get("part") in PERSONAL
    )


def _is_personal(record: dict[str, Any], private: frozenset[str]) -> bool:
    if record.get("kind") not in ("file", "git") or not private:
        return False
    params = record.get("params")
    # One answer holds the text of all documents at once, those among them.
    bulk = record.get("method") == "documents-at"
    return bulk or (isinstance(params, dict) and params.get("path") in private)


def _exchange_view(
    exchange_id: str, index: EvidenceIndex, many: bool, personal: bool
) -> ExchangeView:
    record = index.exchange(exchange_id)
    if record is None:
        return ExchangeView(exchange_id, None)
    if personal and record.get("body_sha256"):
        request = block(str(record.get("request") or ""))
        return ExchangeView(exchange_id, record, request, personal=True)
    digest = record.get("body_sha256")
    data = index.body(digest) if digest and not record.get("withheld") else None
    body = None if data is None else body_view(data, str(digest), many=many)
    return ExchangeView(exchange_id, record, block(str(record.get("request") or "")), body)


def body_view(data: bytes, recorded_sha256: str, *, many: bool = False) -> BodyView:
    """Recorded bytes as escaped text: whole up to 16 KiB, else head and tail.

    Args:
        data: the body.
        recorded_sha256: the hash under which the recording keeps it.
        many: it is one of very many, so that only 4 KiB of it are shown.
    """
    agrees = hashlib.sha256(data).hexdigest() == recorded_sha256
    text, utf8 = decoded(data)
    whole = WHOLE_BYTES_OF_MANY if many else WHOLE_BYTES
    if len(data) > whole:
        first, last = (HEAD_BYTES_OF_MANY, TAIL_BYTES_OF_MANY) if many else (HEAD_BYTES, TAIL_BYTES)
        head, _ = decoded(data[:first])
        tail, _ = decoded(data[-last:])
        return BodyView(
            len(data), recorded_sha256, agrees, utf8, False, _safe(head), _safe(tail),
            len(data) - first - last,
        )  # fmt: skip
    pretty = _indented(text) if utf8 else None
    shown = _safe(text) if pretty is None else pretty
    return BodyView(len(data), recorded_sha256, agrees, utf8, pretty is not None, shown)


def block(text: str) -> Markup:
    """Text for a block of its own: JSON indented unless short, bounded, visible, escaped."""
    if len(text) <= SHORT_CHARACTERS:
        return _safe(text)
    if len(text) > WHOLE_BYTES:
        cut = len(text) - HEAD_BYTES - TAIL_BYTES
        head, tail = text[:HEAD_BYTES], text[-TAIL_BYTES:]
        return _safe(f"{head}\n… {cut} characters left out …\n{tail}")
    return _indented(text) or _safe(text)


@lru_cache(maxsize=2_048)  # Texts of at most 16 KiB: the report and a domain's document show both.
def _indented(text: str) -> Markup | None:
    pretty = indented_json(text)
    return None if pretty is None else _safe(pretty)


def _safe(text: str) -> Markup:
    # For the text of an element, never for an attribute: JSON is full of quotation marks, and
    # written out each would take five characters of the page.
    return Markup(str(escape(visible(text, lines=True))).replace("&#34;", '"'))
