"""Annotations: what an auditor adds to a bundle that they sign.

Name, scope and notes; and for a control a status of their own, which may only be worse than the
one that was found. They never change the findings: they lie beside the manifest, and are part of
what the auditor signs. An auditor who saw more can lower the verdict, and nobody can raise it.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping, Sequence
from difflib import get_close_matches
from typing import Annotated, Any, Final

from pydantic import AfterValidator, Field, ValidationError

from privatedao_audit.model.status import PRECEDENCE, Floor, Status, Verdict, verdict
from privatedao_audit.model.strict import Strict

MAX_BYTES: Final = 256 * 1024
MAX_TEXT: Final = 4_000
MAX_NAME: Final = 200
MAX_NOTES: Final = 200
SCHEMA: Final = 1

#: What an auditor can say of a control. PASS and N/A would say that something is good.
STATUSES: Final = ("FAIL", "DIVERGED", "STALE", "MISSING", "UNKNOWN", "ATTESTED")
#: Better first; annotations never lead from one to a better one.
VERDICTS: Final = (
    Verdict.READY, Verdict.CONDITIONAL, Verdict.INCONCLUSIVE, Verdict.NOT_READY, Verdict.INVALID,
)  # fmt: skip
_RANK: Final = {status.value: rank for rank, status in enumerate(PRECEDENCE)}


class BadAnnotations(Exception):
    """Annotations are malformed, or would raise a status; the message names what and where."""


def _said(text: str) -> str:
    if not text.strip():
        raise ValueError("only blanks")
    return text


def _status(text: str) -> str:
    if text not in STATUSES:
        raise ValueError(f"not one of {', '.join(STATUSES)}")
    return text


def _reason(text: str) -> str:
    if len(text.split()) < 3:
        raise ValueError("a reason has three words at least")
    return text


def _schema(number: int) -> int:
    if number != SCHEMA:
        raise ValueError(f"this version reads schema {SCHEMA}")
    return number


_Name = Annotated[str, Field(min_length=1, max_length=MAX_NAME), AfterValidator(_said)]
_Text = Annotated[str, Field(min_length=1, max_length=MAX_TEXT), AfterValidator(_said)]
_Control = Annotated[str, Field(min_length=1, max_length=20)]


class Auditor(Strict):
    """Who signs."""

    name: _Name
    organisation: _Name | None = None
    contact: _Name | None = None


class Scope(Strict):
    """What the auditor looked at, in their words."""

    covers: _Text
    leaves_out: _Text | None = None


class Note(Strict):
    """A remark, on one control or on all of it."""

    text: _Text
    control: _Control | None = None


class Lowered(Strict):
    """A status that the auditor gives a control, worse than the one found."""

    control: _Control
    status: Annotated[str, AfterValidator(_status)]
    reason: Annotated[_Text, AfterValidator(_reason)]


class Annotations(Strict):
    """The content of an annotations file, well-formed."""

    schema_: Annotated[int, AfterValidator(_schema)] = Field(alias="schema")
    auditor: Auditor
    scope: Scope
    notes: list[Note] = Field(default_factory=list, max_length=MAX_NOTES)
    lowered: list[Lowered] = Field(default_factory=list, max_length=MAX_NOTES)


def parse(raw: bytes, where: str) -> Annotations:
    """Read an annotations file (TOML, UTF-8).

    Args:
        where: names the file in messages.

    Raises:
        BadAnnotations: too large, not TOML, an unknown key, or a value of another kind.
    """
    if len(raw) > MAX_BYTES:
        raise BadAnnotations(f"{where}: {len(raw)} bytes; at most {MAX_BYTES} are read")
    try:
        return Annotations.model_validate(tomllib.loads(raw.decode("utf-8")))
    except ValidationError as error:
        raise BadAnnotations(f"{where}: {_explained(error)}") from None
    except UnicodeDecodeError as error:
        raise BadAnnotations(f"{where}: not UTF-8 at byte {error.start}") from None
    except (ValueError, RecursionError) as error:
        why = "nested too deeply" if isinstance(error, RecursionError) else str(error)[:100]
        raise BadAnnotations(f"{where}: not TOML: {why}") from None


def refusal(row: Mapping[str, Any], status: str) -> str:
    """Why a finding can't be given this status by an auditor; empty when it can.

    A waived finding is lowered to the status underneath, or below: the auditor does not accept
    the waiver.

    Args:
        row: the finding as JSON.
    """
    found = row["status"]
    if found == Status.WAIVED:
        limit = _RANK[row["waiver"]["underneath"]]
    elif status == Status.ATTESTED:
        # Only what was measured can turn out to be somebody's word.
        limit = _RANK["ATTESTED"] if found == Status.PASS else -1
    else:
        limit = _RANK[found] - 1
    if _RANK[status] > limit:
        return f"{row['id']} is {found}: annotations only lower, and {status} does not"
    return ""


def lowered(given: Annotations, rows: Sequence[Mapping[str, Any]]) -> dict[str, Lowered]:
    """What the auditor lowers, by control.

    Args:
        rows: the findings as JSON, the whole catalogue.

    Raises:
        BadAnnotations: a control that is none or comes twice, or a status that is not worse.
    """
    known = {row["id"]: row for row in rows}
    for note in given.notes:
        if note.control is not None and note.control not in known:
            raise BadAnnotations(_no_control("notes", note.control, known))
    found: dict[str, Lowered] = {}
    for one in given.lowered:
        if one.control not in known:
            raise BadAnnotations(_no_control("lowered", one.control, known))
        if one.control in found:
            raise BadAnnotations(f"lowered: {one.control} comes twice")
        why = refusal(known[one.control], one.status)
        if why:
            raise BadAnnotations(f"lowered: {why}")
        found[one.control] = one
    return found


def verdict_with(given: Annotations, found: Mapping[str, Any]) -> str:
    """The verdict as the auditor's statuses leave it; never a better one than was found.

    Args:
        found: the content of findings.json.

    Raises:
        BadAnnotations: as :func:`lowered`.
    """
    changed = lowered(given, found["controls"])
    rows = [
        (Status(changed[r["id"]].status if r["id"] in changed else r["status"]), Floor(r["floor"]))
        for r in found["controls"]
        if r["blocking"]
    ]
    before = Verdict(found["verdict"]["word"])
    # UNKNOWN is worse than ATTESTED below its floor, and INCONCLUSIVE is not worse than NOT READY.
    after = verdict(rows, invalid=before is Verdict.INVALID)
    return max(before, after, key=VERDICTS.index).value


def _no_control(table: str, name: str, known: Iterable[str]) -> str:
    near = get_close_matches(name, list(known), n=1)
    hint = f" (did you mean {near[0]}?)" if near else ""
    return f"{table}: {name!a} is no control of this bundle{hint}"


def _explained(error: ValidationError) -> str:
    models = {"auditor": Auditor, "scope": Scope, "notes": Note, "lowered": Lowered}
    rows = []
    for fault in error.errors(include_url=False, include_input=False)[:5]:
        place = fault["loc"]
        where = ".".join(ascii(step).strip("'")[:40] for step in place) or "the file"
        if fault["type"] == "extra_forbidden":
            model: Any = Annotations if len(place) == 1 else models.get(str(place[0]), Annotations)
            known = [field.alias or name for name, field in model.model_fields.items()]
            near = get_close_matches(str(place[-1]), known, n=1, cutoff=0.5)
            hint = f" (did you mean {near[0]!r}?)" if near else f"; known are {', '.join(known)}"
            rows.append(f"{where}: unknown key{hint}")
        elif fault["type"] == "missing":
            rows.append(f"{where}: is missing")
        else:
            rows.append(f"{where}: {fault['msg'].removeprefix('Value error, ')}")
    return "; ".join(rows)
