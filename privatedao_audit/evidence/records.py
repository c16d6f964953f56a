"""The three records of a recording (run, read, exchange): shapes, ids, strict decoding.

A record is a canonical JSON object; its canonical bytes are what is stored and what the
evidence root covers. Ids: ``run``; ``r-`` and 16 hex digits of the SHA-256 of the question's
key, so that the same question has the same id in every run; ``x-`` and 16 hex digits of the
SHA-256 of the exchange record without its ``id`` member.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Annotated, Any, Literal, Self

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    JsonValue,
    ValidationError,
    model_validator,
)

from privatedao_audit.evidence import canonical_bytes
from privatedao_audit.evidence.questions import Outcome, Question
from privatedao_audit.model import canonical

SCHEMA_NAME = "privatedao-audit/recording"
SCHEMA_VERSION = 1
RUN_ID = "run"
#: Largest body that is recorded or unpacked, in bytes.
MAX_BODY = 64 * 2**20

Sha256 = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
ExchangeId = Annotated[str, Field(pattern=r"^x-[0-9a-f]{16}$")]
Count = Annotated[int, Field(ge=0, le=canonical.MAX_INTEGER)]


class BadRecord(ValueError):
    """The bytes or members are not a record; the message says which rule they break."""


def utc_now() -> datetime:
    """The time now, UTC."""
    return datetime.now(UTC)


def timestamp(moment: datetime) -> str:
    """RFC 3339 in UTC with milliseconds, e.g. ``2026-11-23T09:30:00.000Z``.

    Raises:
        ValueError: the datetime has no time zone.
    """
    if moment.tzinfo is None:
        raise ValueError("a time without a zone cannot be recorded")
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def moment(text: str) -> datetime:
    """The time that :func:`timestamp` wrote.

    Raises:
        ValueError: not an RFC 3339 time in UTC written with ``Z``.
    """
    if not re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,6})?Z", text, re.ASCII):
        raise ValueError("it is not an RFC 3339 time in UTC, written with Z")
    return datetime.fromisoformat(text)


def _time(text: str) -> str:
    moment(text)
    return text


Time = Annotated[str, AfterValidator(_time)]


@dataclass(frozen=True, slots=True)
class RunHeader:
    """What a recording is a recording of.

    Attributes:
        kit_version: version of privatedao-audit that records.
        target_name: short name of the target profile.
        cluster: cluster that the target names, e.g. ``mainnet-beta``.
        target: the resolved target as a JSON value (no floats).
        started_at: UTC, RFC 3339; the window of the recording opens here.
        sealed_at: UTC, RFC 3339; None while the recording is written.
    """

    kit_version: str
    target_name: str
    cluster: str
    target: dict[str, Any]
    started_at: str
    sealed_at: str | None = None

    @property
    def target_sha256(self) -> str:
        """SHA-256 of the canonical JSON of the resolved target, hexadecimal."""
        return canonical.digest(self.target)

    def record(self) -> dict[str, Any]:
        """The ``run`` record.

        Raises:
            BadRecord: a member that cannot be recorded, such as a time without ``Z``.
        """
        return _checked(
            _RunRecord,
            {
                "record": "run",
                "id": RUN_ID,
                "schema": {"name": SCHEMA_NAME, "version": SCHEMA_VERSION},
                "kit_version": self.kit_version,
                "target_name": self.target_name,
                "target_sha256": self.target_sha256,
                "target": self.target,
                "cluster": self.cluster,
                "started_at": self.started_at,
                "sealed_at": self.sealed_at,
            },
        )


def header_of(record: dict[str, Any]) -> RunHeader:
    """The header that a decoded ``run`` record holds."""
    return RunHeader(
        kit_version=record["kit_version"],
        target_name=record["target_name"],
        cluster=record["cluster"],
        target=record["target"],
        started_at=record["started_at"],
        sealed_at=record["sealed_at"],
    )


class _Strict(BaseModel):
    model_config = ConfigDict(strict=True, extra="forbid", frozen=True)


class _Schema(_Strict):
    name: Literal["privatedao-audit/recording"]
    version: Literal[1]


class _RunRecord(_Strict):
    record: Literal["run"]
    id: Literal["run"]
    schema_: _Schema = Field(alias="schema")
    kit_version: str
    target_name: str
    target_sha256: Sha256
    target: dict[str, JsonValue]
    cluster: str
    started_at: Time
    sealed_at: Time | None

    @model_validator(mode="after")
    def _target_matches(self) -> Self:
        if canonical.digest(self.target) != self.target_sha256:
            raise ValueError("target_sha256 is not the digest of the target")
        return self


class _ReadRecord(_Strict):
    record: Literal["read"]
    id: str
    kind: str
    method: str
    params: JsonValue
    probe: str | None
    outcome: Literal["found", "absent", "unknown", "diverged"]
    reason: str | None
    exchanges: list[ExchangeId]
    chosen: ExchangeId | None
    slot: Count | None
    commitment: str | None
    providers: list[str]
    asked_at: Time

    @model_validator(mode="after")
    def _coherent(self) -> Self:
        if self.id != question_of(self.model_dump()).record_id:
            raise ValueError("the id is not that of the question")
        if len(set(self.exchanges)) != len(self.exchanges):
            raise ValueError("an exchange is listed twice")
        if self.chosen is not None and self.chosen not in self.exchanges:
            raise ValueError("the chosen exchange is not among its exchanges")
        match Outcome(self.outcome):
            case Outcome.FOUND if self.chosen is None:
                raise ValueError("found, but no answer is chosen")
            case Outcome.ABSENT if not self.exchanges:
                # An absence that nobody looked for is not proven.
                raise ValueError("absent, but nothing was asked")
            case Outcome.UNKNOWN | Outcome.DIVERGED if not self.reason:
                raise ValueError(f"{self.outcome}, but without a reason")
            case Outcome.DIVERGED if self.chosen is not None:
                raise ValueError("diverged, but one answer is chosen")
        return self


class _ExchangeRecord(_Strict):
    record: Literal["exchange"]
    id: ExchangeId
    provider: str
    host: str
    request: str
    status: int | None
    headers: dict[str, str]
    body_sha256: Sha256 | None
    body_length: Annotated[int, Field(ge=0, le=MAX_BODY)] | None
    error: str | None
    withheld: bool
    at: Time
    #: Only on the second and later attempts of one read that are equal even in their time.
    ordinal: Annotated[int, Field(ge=1)] | None = None

    @model_validator(mode="after")
    def _coherent(self) -> Self:
        if (self.body_sha256 is None) != (self.body_length is None):
            raise ValueError("a body has both a hash and a length")
        if self.withheld and self.body_sha256 is not None:
            raise ValueError("withheld, but the body is kept")
        return self


def question_of(read: dict[str, Any]) -> Question:
    """The question that a ``read`` record answers."""
    # Decoded records hold their members in canonical order; the question's key sorts anyway.
    params = canonical_bytes.dump_ordered(read["params"]).decode()
    return Question(read["kind"], read["method"], params, read["probe"])


def exchange_id(record: dict[str, Any]) -> str:
    """Id of an ``exchange`` record, with or without its ``id`` member."""
    return _exchange_id(canonical.dumps({k: v for k, v in record.items() if k != "id"}))


def _exchange_id(canonical_bytes: bytes) -> str:
    return "x-" + canonical.sha256(canonical_bytes)[:16]


def read_record(members: dict[str, Any]) -> dict[str, Any]:
    """A checked ``read`` record. Raises :class:`BadRecord`."""
    return _checked(_ReadRecord, {"record": "read", **members})


def exchange_record(members: dict[str, Any]) -> dict[str, Any]:
    """A checked ``exchange`` record, its id computed. Raises :class:`BadRecord`."""
    record = {"record": "exchange", **members}
    return _checked(_ExchangeRecord, {**record, "id": exchange_id(record)})


def encode(record: dict[str, Any]) -> bytes:
    """The bytes of a record that are stored and hashed: canonical JSON, no newline."""
    return canonical.dumps(record)


_MODELS: dict[str, type[_Strict]] = {
    "run": _RunRecord,
    "read": _ReadRecord,
    "exchange": _ExchangeRecord,
}


def decode(raw: bytes) -> dict[str, Any]:
    """Decode stored bytes strictly.

    Raises:
        BadRecord: not UTF-8, not JSON, not canonical, not the shape of its record, or an id
            that does not follow from its content.
    """
    try:
        value: Any = canonical_bytes.loads(raw)
    except canonical_bytes.NotCanonicalBytes as error:
        raise BadRecord(str(error)) from None
    name = value.get("record") if isinstance(value, dict) else None
    model = _MODELS.get(name) if isinstance(name, str) else None
    if model is None:
        raise BadRecord("it is neither a run, a read nor an exchange record")
    try:
        _validate(model, value)
    except RecursionError:
        # Parsed by C, but too deep for what walks through it here.
        raise BadRecord("the JSON is nested too deeply") from None
    if name == "exchange":
        if "ordinal" in value and value["ordinal"] is None:
            raise BadRecord("ordinal: null is not written")
        # The members are in canonical order already, and stay so without the id.
        rest = canonical_bytes.dump_ordered({k: v for k, v in value.items() if k != "id"})
        if value["id"] != _exchange_id(rest):
            raise BadRecord("the id is not that of the exchange")
    record: dict[str, Any] = value
    return record


def _checked(model: type[_Strict], record: dict[str, Any]) -> dict[str, Any]:
    """The record as decoding its stored bytes gives it, so that live and replay are equal."""
    try:
        normal: dict[str, Any] = json.loads(canonical.dumps(record))
    except canonical.NotCanonical as error:
        raise BadRecord(str(error)) from None
    _validate(model, normal)
    return normal


def _validate(model: type[_Strict], value: dict[str, Any]) -> None:
    try:
        model.model_validate(value)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        # Names of unknown members are foreign text: shown escaped, and only so much of it.
        where = ".".join(ascii(part).strip("'")[:40] for part in first["loc"][:4])
        raise BadRecord(f"{where}: {first['msg']}" if where else first["msg"]) from None
