"""What a series of probes holds, and its one JSON form.

The same shape stands in a recording, where the kit measured, and in the file that a team measures
and signs for itself. Times ending in ``_ms`` are Unix milliseconds of the machine that measured,
``ms`` are durations in milliseconds, slots and heights are counts. Labels are those of the
endpoints, and no URL is in it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from functools import lru_cache
from typing import Annotated, Any, ClassVar, Final, Literal

from pydantic import ConfigDict, Field, TypeAdapter, ValidationError

from privatedao_audit.chain import strict_json
from privatedao_audit.model import canonical

__all__ = [
    "MAX_BYTES", "MAX_PROBES", "NEEDS", "SCHEMA", "BadSeries", "Compared", "Plan", "Probed",
    "Round", "Seen", "Series", "Served", "Valid", "dump", "parse", "plan_of", "round_of",
]  # fmt: skip

SCHEMA: Final = "privatedao-audit/rpc-series/1"
#: Most bytes of a series as a file.
MAX_BYTES: Final = 16 * 2**20
#: Most rounds of one series.
MAX_PROBES: Final = 3_600
#: What an operation has to be able to read, by its name in a series.
NEEDS: Final = ("accounts", "history", "transaction", "program scan")

Count = Annotated[int, Field(ge=0, le=canonical.MAX_INTEGER)]
Label = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9_-]{0,31}$")]
Word = Annotated[str, Field(max_length=300)]
Hash = Annotated[str, Field(pattern=r"^[1-9A-HJ-NP-Za-km-z]{32,44}$")]
Few = Field(max_length=64)
Level = Literal["processed", "confirmed", "finalized"]

_STRICT: Final = ConfigDict(extra="forbid", strict=True)


class BadSeries(ValueError):
    """A text that is no series of probes; the message says where."""


@dataclass(frozen=True, slots=True)
class Probed:
    """One endpoint of the series. ``host`` is its host name alone."""

    __pydantic_config__: ClassVar[ConfigDict] = _STRICT

    label: Label
    host: Annotated[str, Field(min_length=1, max_length=253)]


@dataclass(frozen=True, slots=True)
class Plan:
    """How the series was to run: ``probes`` rounds, the next ``interval_ms`` after the last."""

    __pydantic_config__: ClassVar[ConfigDict] = _STRICT

    probes: Annotated[int, Field(ge=1, le=MAX_PROBES)]
    interval_ms: Annotated[int, Field(ge=1, le=600_000)]
    endpoints: Annotated[tuple[Probed, ...], Field(min_length=1, max_length=16)]


@dataclass(frozen=True, slots=True)
class Seen:
    """What one endpoint answered in one round; None where it gave no usable answer.

    Attributes:
        at_ms: when the slot of commitment ``confirmed`` was told (or was not).
        date: the HTTP Date of that answer, Unix seconds.
        slots: commitment → slot.
        health: ``ok``, or what getHealth said instead; empty where nothing came.
        height: block height, confirmed.
        blockhash, blockhash_slot: latest blockhash, and the slot at which it was told.
        clock_slot, clock_time: the cluster's clock there, Unix seconds, and its slot.
        identity: of the node that answered.
        asked, answered: questions, and those with a usable answer; ``limited``: HTTP 429 or its
            like.
        ms: how long each answer took, usable or not, in the order asked.
        errors: different reasons of answers that were not usable, the first few.
    """

    __pydantic_config__: ClassVar[ConfigDict] = _STRICT

    at_ms: Count
    date: Count | None
    slots: Annotated[Mapping[Level, Count], Few]
    health: Word
    height: Count | None
    blockhash: Hash | None
    blockhash_slot: Count | None
    clock_slot: Count | None
    clock_time: Count | None
    identity: Hash | None
    asked: Count
    answered: Count
    limited: Count
    ms: Annotated[tuple[Count, ...], Few]
    errors: Annotated[tuple[Word, ...], Few]


@dataclass(frozen=True, slots=True)
class Valid:
    """Whether ``by`` takes the blockhash that ``of`` told in round ``told``.

    Attributes:
        after_ms: how long after it was told.
        valid: None where ``by`` gave no usable answer.
    """

    __pydantic_config__: ClassVar[ConfigDict] = _STRICT

    of: Label
    by: Label
    told: Count
    after_ms: Count
    valid: bool | None


@dataclass(frozen=True, slots=True)
class Round:
    """One round. ``since_ms``: milliseconds since the first, by a clock that can't be set."""

    __pydantic_config__: ClassVar[ConfigDict] = _STRICT

    number: Count
    since_ms: Count
    seen: Annotated[Mapping[Label, Seen], Few]
    valid: Annotated[tuple[Valid, ...], Field(max_length=4_096)]


@dataclass(frozen=True, slots=True)
class Compared:
    """One account, read at two endpoints until both spoke of comparable slots.

    Attributes:
        what: what the account is to the operation, e.g. ``treasury``.
        outcome: ``single`` is that only one of them answered.
        reason: why not equal; empty otherwise.
        digest: SHA-256 over owner, executable, lamports and data; empty where they are not equal.
    """

    __pydantic_config__: ClassVar[ConfigDict] = _STRICT

    first: Label
    second: Label
    what: Word
    address: Hash
    outcome: Literal["equal", "absent", "diverged", "single", "unknown"]
    reason: Annotated[str, Field(max_length=2_000)]
    slot: Count | None
    digest: Annotated[str, Field(pattern=r"^([0-9a-f]{64})?$")]


@dataclass(frozen=True, slots=True)
class Served:
    """One thing asked of one endpoint alone.

    Attributes:
        what: ``genesis``, ``version``, ``first available block``, or one of NEEDS.
        outcome: ``empty`` is an answer without what is known to be there; ``unknown``: nothing
            is known that it would have had to answer.
        value: what was told, as text; the empty text where nothing was.
        reason: why it was not served.
    """

    __pydantic_config__: ClassVar[ConfigDict] = _STRICT

    label: Label
    what: Word
    outcome: Literal["served", "empty", "refused", "unknown"]
    value: Word
    reason: Annotated[str, Field(max_length=2_000)]


@dataclass(frozen=True, slots=True)
class Series:
    """A whole series.

    Attributes:
        target: name of the target; ``genesis``: genesis hash of the cluster meant.
        began_ms, ended_ms: when it was measured.
    """

    __pydantic_config__: ClassVar[ConfigDict] = _STRICT

    schema: Literal["privatedao-audit/rpc-series/1"]
    target: Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9-]{0,63}$")]
    genesis: Hash
    began_ms: Count
    ended_ms: Count
    plan: Plan
    rounds: Annotated[tuple[Round, ...], Field(max_length=MAX_PROBES)]
    compared: Annotated[tuple[Compared, ...], Field(max_length=4_096)]
    served: Annotated[tuple[Served, ...], Field(max_length=4_096)]

    @property
    def labels(self) -> tuple[str, ...]:
        """The labels of the endpoints."""
        return tuple(one.label for one in self.plan.endpoints)

    def host(self, label: str) -> str | None:
        """The host of an endpoint; None for a label that is not in the series."""
        return next((e.host for e in self.plan.endpoints if e.label == label), None)

    def of(self, label: str) -> tuple[Seen | None, ...]:
        """What an endpoint answered, round by round."""
        return tuple(one.seen.get(label) for one in self.rounds)

    def told(self, label: str, what: str) -> Served | None:
        """What came of one thing asked of an endpoint."""
        return next((s for s in self.served if (s.label, s.what) == (label, what)), None)


def plain(value: Any) -> Any:
    """A part of a series as JSON."""
    return asdict(value)


def dump(series: Series) -> bytes:
    """The file of a series: canonical JSON."""
    return canonical.dump_file(asdict(series))


def parse(data: bytes) -> Series:
    """The series of a file.

    Raises:
        BadSeries: not strict JSON, another shape, out of bounds, or it contradicts itself.
    """
    series: Series = _parsed(Series, data)
    _checked(series)
    return series


def plan_of(data: bytes) -> Plan:
    """The plan of a recorded answer. Raises BadSeries."""
    plan: Plan = _parsed(Plan, data)
    return plan


def round_of(data: bytes) -> Round:
    """The round of a recorded answer. Raises BadSeries."""
    found: Round = _parsed(Round, data)
    return found


@lru_cache(maxsize=8)
def _adapter(kind: type[Any]) -> TypeAdapter[Any]:
    return TypeAdapter(kind)


def _parsed(kind: type[Any], data: bytes) -> Any:
    try:
        # Two members of one name would be two series for two readers.
        strict_json.loads(data, max_bytes=MAX_BYTES)
        # mypy takes the hash of its values for that of the class.
        return _adapter(kind).validate_json(data)  # type: ignore[arg-type]
    except ValidationError as error:
        fault = error.errors(include_url=False, include_input=False)[0]
        place = ".".join(map(str, fault["loc"])) or "the whole"
        raise BadSeries(f"{place}: {fault['msg']}") from None
    except ValueError as error:
        raise BadSeries(str(error)) from None


def _checked(series: Series) -> None:
    """What one series can't say at once.

    Raises:
        BadSeries: with what contradicts what.
    """
    labels = set(series.labels)
    if len(labels) < len(series.plan.endpoints):
        raise BadSeries("two endpoints have one label")
    if len(series.rounds) > series.plan.probes:
        raise BadSeries("more rounds than were planned")
    if series.ended_ms < series.began_ms:
        raise BadSeries("it ended before it began")
    last = -1
    for number, one in enumerate(series.rounds):
        if one.number != number or one.since_ms <= last:
            raise BadSeries(f"round {number} does not follow the one before it")
        last = one.since_ms
        if not set(one.seen) <= labels:
            raise BadSeries(f"round {number} names an endpoint that is not in the series")
        for seen in one.seen.values():
            if not series.began_ms <= seen.at_ms <= series.ended_ms:
                raise BadSeries(f"round {number} lies outside the time of the series")
            if max(seen.answered, len(seen.ms)) > seen.asked:
                raise BadSeries(f"round {number} has more answers than questions")
        for valid in one.valid:
            if not {valid.of, valid.by} <= labels or valid.told > number:
                raise BadSeries(f"round {number} speaks of a blockhash that nobody told")
    if series.rounds and last > series.ended_ms - series.began_ms + 1_000:
        raise BadSeries("its rounds take longer than the series itself")
    for pair in series.compared:
        if not {pair.first, pair.second} <= labels or pair.first == pair.second:
            raise BadSeries("an account is compared between endpoints that are not in the series")
    if not {one.label for one in series.served} <= labels:
        raise BadSeries("an answer is of an endpoint that is not in the series")
