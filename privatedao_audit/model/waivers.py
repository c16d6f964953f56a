"""Waivers: accepted risks, and when they hold.

A waiver names a control, an owner, a reason, an expiry, a compensating control, and the hash of
what was observed when the risk was accepted. It is laid over the finding and never replaces it:
the status underneath stays visible, and as soon as anything else is observed, the waiver is over.
What is wrong with a waiver is told, and such a waiver never helps.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any, Final

from privatedao_audit.model import canonical
from privatedao_audit.model.reads import ReadAt
from privatedao_audit.model.spans import SPOKEN
from privatedao_audit.model.status import Floor, Status, meets_floor

#: Statuses that say that something is not known; there is nothing to accept.
NOT_KNOWN: Final = frozenset({Status.UNKNOWN.value, Status.DIVERGED.value})
_GOOD: Final = frozenset({Status.PASS.value, Status.NOT_APPLICABLE.value})
#: What says how long ago something was: it grows from run to run, and nothing else changed.
_AGES: Final = re.compile(rf"\b{SPOKEN} (?=old\b|ago\b|before it was read\b|before the verdict\b)")
#: A risk is accepted for a year at most.
LONGEST: Final = timedelta(days=366)
#: A waiver that ends this soon after the reading is worth a doubt.
SOON: Final = timedelta(days=30)

FIELDS: Final = (
    "control", "owner", "reason", "expires", "observed_sha256", "compensating_control",
)  # fmt: skip
#: Words that stand where something is still to be said.
_PLACEHOLDERS: Final = frozenset(
    {
        "", "tbd", "tba", "todo", "to do", "to be done", "to be defined", "to be decided", "n a",
        "na", "none", "nobody", "no one", "nothing", "unknown", "owner", "name", "not applicable",
        "no compensating control", "none yet", "none needed", "not needed", "not known",
    }
)  # fmt: skip
_WORD = re.compile(r"[^\W_]+")
#: Control, format, surrogate and unassigned characters: a reader is shown nothing of them.
_UNSEEN: Final = frozenset({"Cc", "Cf", "Cs", "Cn", "Co"})
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_DIGEST = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True, slots=True)
class Waiver:
    """One accepted risk, well-formed.

    Attributes:
        file: the file of the checkout that states it.
        expires: it holds until the first second (UTC) of this day.
        observed_sha256: of the finding that was accepted; see :func:`observed_sha256`.
        at: the read of the file.
    """

    file: str
    control: str
    owner: str
    reason: str
    expires: date
    observed_sha256: str
    compensating_control: str
    at: ReadAt

    def as_json(self) -> dict[str, Any]:
        """What the finding that it is laid over carries."""
        return {
            "file": self.file,
            "owner": self.owner,
            "reason": self.reason,
            "expires": self.expires.isoformat(),
            "compensating_control": self.compensating_control,
            "evidence": list(self.at.evidence),
        }


@dataclass(frozen=True, slots=True)
class Told:
    """What is wrong with a waiver; it does not help.

    Attributes:
        control: what it names, as it stands there; empty where nothing does.
        text: one full sentence.
    """

    file: str
    control: str
    text: str


@dataclass(frozen=True, slots=True)
class Waivers:
    """All waivers of a target: control id → the one that is well-formed, and what is wrong."""

    by_control: Mapping[str, Waiver]
    told: tuple[Told, ...] = ()


NONE: Final = Waivers({})


def observed_sha256(parts: Iterable[Mapping[str, Any]]) -> str:
    """What a waiver binds to: SHA-256 over label, status and observed value of every part.

    Of a part that is not good the words and what was expected belong to it as well: much that
    goes wrong has no value of its own, and a second fault is not accepted with the first. Read
    positions are not in it, nor ages, so it stays the same while the same is seen.

    Args:
        parts: of a finding, as JSON.
    """
    return canonical.digest([_bound(one) for one in parts])


def _bound(part: Mapping[str, Any]) -> list[Any]:
    seen = [part["label"], part["status"], part["observed"]]
    if part["status"] in _GOOD:
        return seen
    return [*seen, part["expected"], _AGES.sub("", part["summary"])]


def read_rows(
    rows: Iterable[Mapping[str, str]], file: str, at: ReadAt, controls: Mapping[str, bool]
) -> tuple[list[Waiver], list[Told]]:
    """The waivers that the rows of a file state.

    Args:
        rows: field → text, for each row.
        controls: id of the catalogue → whether its risk can be accepted at all.
    """
    good: list[Waiver] = []
    told: list[Told] = []
    for number, row in enumerate(rows, 1):
        control = row.get("control", "")
        why = _fault(row, controls)
        if why:
            told.append(Told(file, control, f"Waiver {number} of {file} {why}."))
            continue
        good.append(
            Waiver(
                file, control, row["owner"].strip(), row["reason"].strip(),
                date.fromisoformat(row["expires"]), row["observed_sha256"],
                row["compensating_control"].strip(), at,
            )
        )  # fmt: skip
    return good, told


def _fault(row: Mapping[str, str], known: Mapping[str, bool]) -> str:
    absent = [name for name in FIELDS if not row.get(name, "").strip()]
    if absent:
        return f"has no {', no '.join(absent)}"
    if row["control"] not in known:
        return f"names {row['control'][:40]!a}, which is no control"
    if not known[row["control"]]:
        return f"is for {row['control']}, which can't be waived"
    if not any(character.isalpha() for character in row["owner"]) or _says_nothing(row["owner"]):
        return f"gives {row['owner'].strip()[:40]!a} as its owner, which is none"
    for name, least in (("reason", 3), ("compensating_control", 2)):
        words = set(_WORD.findall(row[name].casefold()))
        if len(words) < least or _says_nothing(row[name]):
            what = name.replace("_", " ")
            return f"gives {row[name].strip()[:40]!a} as its {what}, which is none"
    if not _DIGEST.fullmatch(row["observed_sha256"]):
        return "has an observed_sha256 that is not 64 lower-case hexadecimal digits"
    if not _DAY.fullmatch(row["expires"]):
        return f"expires on {row['expires'][:40]!a}, which is not a day such as 2027-01-31"
    try:
        date.fromisoformat(row["expires"])
    except ValueError:
        return f"expires on {row['expires']}, which is no day of the calendar"
    return ""


def _says_nothing(text: str) -> bool:
    """Whether a text is a placeholder, or holds what no reader sees."""
    hidden = any(unicodedata.category(one) in _UNSEEN and one not in "\n\t" for one in text)
    return hidden or " ".join(_WORD.findall(text.casefold())) in _PLACEHOLDERS


def gathered(good: Iterable[Waiver], told: Iterable[Told]) -> Waivers:
    """All waivers of a target; of two for one control neither is believed."""
    by_control: dict[str, Waiver] = {}
    faults = list(told)
    twice: set[str] = set()
    for one in good:
        if one.control in by_control or one.control in twice:
            twice.add(one.control)
            by_control.pop(one.control, None)
        else:
            by_control[one.control] = one
    for control in sorted(twice):
        faults.append(Told("", control, f"There are several waivers for {control}, so none holds."))
    return Waivers(by_control, tuple(faults))


def refusal(waiver: Waiver, finding: Mapping[str, Any], recorded_at: str) -> str:
    """Why a waiver does not hold for a finding; empty when it does.

    Args:
        finding: as JSON, with the status that the check gave it.
        recorded_at: UTC time that counts as now, RFC 3339.
    """
    now = datetime.fromisoformat(recorded_at)
    ends = datetime(waiver.expires.year, waiver.expires.month, waiver.expires.day, tzinfo=UTC)
    status = finding["status"]
    if now >= ends:
        return f"The waiver for {waiver.control} expired on {waiver.expires}."
    if ends - now > LONGEST:
        return f"The waiver for {waiver.control} runs until {waiver.expires}: more than a year."
    if meets_floor(Status(status), Floor(finding["floor"])):
        return f"The waiver for {waiver.control} is not used: the control is met."
    unknown = [p["label"] for p in finding["parts"] if p["status"] in NOT_KNOWN]
    if status in NOT_KNOWN or unknown or not finding["parts"]:
        return (
            f"The waiver for {waiver.control} does not hold: what is not known can't be accepted"
            + (f" ({', '.join(unknown[:3])})." if unknown else ".")
        )
    if observed_sha256(finding["parts"]) != waiver.observed_sha256:
        return (
            f"The waiver for {waiver.control} accepts another observation than what was seen; "
            f"that is {observed_sha256(finding['parts'])}."
        )
    return ""


def laid_over(finding: dict[str, Any], waivers: Waivers, recorded_at: str) -> dict[str, Any]:
    """The finding with a waiver that holds laid over it; otherwise as it was.

    A waived finding has the status WAIVED, keeps its parts, and carries the member ``waiver``
    with the status underneath.
    """
    waiver = waivers.by_control.get(finding["id"])
    if waiver is None or refusal(waiver, finding, recorded_at):
        return finding
    return {
        **finding,
        "status": Status.WAIVED.value,
        "waiver": {**waiver.as_json(), "underneath": finding["status"]},
    }


def standing(
    waivers: Waivers, found: Iterable[Mapping[str, Any]], recorded_at: str
) -> list[dict[str, str]]:
    """How every waiver stands, in the shape of findings.json: one row each, refused ones first.

    Args:
        found: the findings, waivers laid over them.
    """
    rows = [
        {"control": one.control, "state": "refused", "text": one.text} for one in waivers.told
    ]
    accepted = []
    for row in found:
        waiver = waivers.by_control.get(row["id"])
        if waiver is None:
            continue
        if row["status"] == Status.WAIVED.value:
            accepted.append(
                {"control": row["id"], "state": "in force", "text": standing_text(row)}
            )
        else:
            why = refusal(waiver, row, recorded_at)
            rows.append({"control": row["id"], "state": "refused", "text": why})
    return rows + accepted


def standing_text(row: Mapping[str, Any]) -> str:
    """The sentence on a waiver in force, from the finding that carries it."""
    given = row["waiver"]
    return (
        f"{given['owner']} accepts {given['underneath']} of {row['id']} until {given['expires']}: "
        f"{given['reason']}"
    )


def ending_soon(found: Iterable[Mapping[str, Any]], recorded_at: str) -> list[tuple[str, str]]:
    """Controls under a waiver that ends within 30 days, with the day it ends."""
    now = datetime.fromisoformat(recorded_at)
    rows = []
    for row in found:
        if row["status"] != Status.WAIVED.value:
            continue
        day = row["waiver"]["expires"]
        if datetime.fromisoformat(day).replace(tzinfo=UTC) - now <= SOON:
            rows.append((str(row["id"]), str(day)))
    return rows
