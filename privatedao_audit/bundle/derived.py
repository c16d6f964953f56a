"""What findings.json says beside its controls, held against what it must follow from.

The boundary, how the waivers stand, the reasons for doubt and the hashes of the tables are all
computed by a run; so they are computed here again, and a bundle that words them better is refused.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from privatedao_audit.audit.doubts import doubts
from privatedao_audit.audit.scope import KIND, Scope
from privatedao_audit.bundle import layout
from privatedao_audit.bundle.errors import BadBundle
from privatedao_audit.bundle.recording import Recorded, body_of
from privatedao_audit.evidence.questions import ask_for
from privatedao_audit.model import canonical
from privatedao_audit.model.boundary import boundary
from privatedao_audit.model.catalogue import DOMAINS, Control
from privatedao_audit.model.target import Target
from privatedao_audit.model.waivers import LONGEST, standing_text

#: Doubts that a register of the checkout can take back, or that rest on clocks alone.
_LEFT_TO_REPLAY = frozenset({"one-operator", "clock-skew"})
#: What a waiver tells of itself, beside what lies underneath and its evidence.
_WORDS = ("file", "owner", "reason", "expires", "compensating_control")


def check_position(
    name: str, read_at: Mapping[str, Any], evidence: list[str], recorded: Recorded
) -> None:
    """A finding was read where one of its reads was, and by none but its providers.

    Raises:
        BadBundle: of stage ``findings``.
    """
    places = [recorded.places[one] for one in evidence]
    # A list: what somebody put in the place of a level may be no key of a set.
    levels = [level for _, level, _ in places]
    known = frozenset[str]().union(*(labels for _, _, labels in places))
    slot, level, providers = (read_at.get(key) for key in ("slot", "commitment", "providers"))
    if slot is not None and (type(slot) is not int or slot not in {one for one, _, _ in places}):
        raise _bad(f"{name}: it names a slot at which none of its evidence was read")
    if level not in levels:
        raise _bad(f"{name}: none of its evidence has that commitment")
    if not isinstance(providers, list) or not all(
        isinstance(one, str) and one in known for one in providers
    ):
        raise _bad(f"{name}: it names a provider that gave none of its evidence")


def check_texts(control: Control, row: Mapping[str, Any], target: str) -> None:
    """A finding carries the words of its control, and the values of its parts.

    Raises:
        BadBundle: of stage ``findings``.
    """
    fixed: dict[str, Any] = {
        "age_limit_seconds": control.age_limit_seconds,
        "invalidated_by": list(control.invalidated_by),
        "remediation": control.remediation,
        "recheck": control.recheck.replace("TARGET", target),
        "frameworks": list(control.frameworks),
    }
    for member in ("observed", "expected"):
        values = {part["label"]: part.get(member) for part in row["parts"]}
        fixed[member] = {key: one for key, one in values.items() if one is not None} or None
    for member, due in fixed.items():
        if member not in row or not _same(row[member], due):
            raise _bad(f"{control.id}: its {member} does not follow from its control and parts")


def check_waiver(
    name: str, row: Mapping[str, Any], files: Mapping[str, bytes], recorded: Recorded
) -> None:
    """A waiver ends on a day within a year, and its file says so in the records.

    Raises:
        BadBundle: of stage ``findings``.
    """
    given = row["waiver"]
    sealed = datetime.fromisoformat(recorded.header.sealed_at or "").date()
    if not all(isinstance(given.get(one), str) and given[one].strip() for one in _WORDS):
        raise _bad(f"{name}: its waiver lacks an owner, a reason or another of its words")
    try:
        ends = date.fromisoformat(given["expires"])
    except ValueError:
        ends = date.min
    if ends.isoformat() != given["expires"] or not sealed < ends <= sealed + LONGEST:
        raise _bad(f"{name}: its waiver had ended when the recording was sealed, or never ends")
    for one in given["evidence"]:
        if one not in recorded.bodies:
            raise _bad(f"{name}: its waiver is in no record that was found")
    said = b"\n".join(
        body_of(files, recorded.bodies[one]) for one in given["evidence"]
    )
    for word in (name, given["expires"], row["observed_sha256"]):
        if word.encode("utf-8", "replace") not in said:
            raise _bad(f"{name}: the recorded file of its waiver does not say {word[:70]!a}")


def check_rows(value: Mapping[str, Any], *, ours: bool) -> None:
    """Boundary and waivers follow from the controls.

    Args:
        value: findings.json, its controls checked already.
        ours: whether this version of the kit judged it, so that its lines are known.

    Raises:
        BadBundle: of stage ``findings``.
    """
    controls = value["controls"]
    if ours and not _same(value.get("boundary"), boundary(controls, value["target"]["cluster"])):
        raise _bad("the boundary in findings.json does not follow from its controls")
    waivers = value.get("waivers")
    shaped = isinstance(waivers, list) and all(
        isinstance(row, dict)
        and set(row) == {"control", "state", "text"}
        and all(isinstance(one, str) for one in row.values())
        for row in waivers
    )
    if not shaped or waivers is None:
        raise _bad("findings.json does not say how its waivers stand")
    waived = [row for row in controls if row["status"] == "WAIVED"]
    due = [(row["id"], standing_text(row)) for row in waived]
    if [(row["control"], row["text"]) for row in waivers if row["state"] == "in force"] != due:
        raise _bad("the waivers that findings.json calls in force are not those of its controls")
    rest = [row for row in waivers if row["state"] != "in force"]
    if any(row["state"] != "refused" or not row["text"].strip() for row in rest):
        raise _bad("findings.json lists a waiver that is neither in force nor refused")


def check_doubts(
    value: Mapping[str, Any], files: Mapping[str, bytes], recorded: Recorded, target: Target
) -> None:
    """Every doubt that records and findings give is told, and so are providers and limits.

    Raises:
        BadBundle: of stage ``findings``.
    """
    scope = _scope(files, recorded)
    run, method = value["run"], value["method"]
    due = {
        "providers": [{"label": label, "host": host} for label, host in scope.providers],
        "domains": list(scope.domains),
        "cluster": target.cluster.name,
    }
    for member, one in due.items():
        if not _same(run.get(member), one):
            raise _bad(f"run.{member} in findings.json is not what the recording covers")
    limits = {
        "limits": target.limits.model_dump(),
        "limits_loosened": [*target.limits.loosened(), *target.detectors.loosened()],
    }
    for member, one in limits.items():
        if not _same(method.get(member), one):
            raise _bad(f"method.{member} in findings.json is not that of its target")
    told = value.get("self_doubt")
    if not isinstance(told, list):
        raise _bad("findings.json does not tell why it could be wrong")
    for row in doubts(target, scope, value["controls"], run["recorded_at"]):
        if row["id"] not in _LEFT_TO_REPLAY and row not in told:
            raise _bad(f"a reason for doubt is not told: {row['id']}")


def check_tables(facts: Mapping[str, Any], files: Mapping[str, bytes]) -> None:
    """The tables are those that facts.json names, each with its hash, and no other.

    Raises:
        BadBundle: of stage ``findings``.
    """
    stated = facts.get("tables", {})
    if not isinstance(stated, dict):
        raise _bad("facts.json does not name its tables")
    there = {name for name in files if name.startswith("tables/")}
    there |= {layout.CLAIMS} & set(files)
    named = {name for name in stated if name.startswith("tables/") or name == layout.CLAIMS}
    if there != named:
        raise _bad("the tables are not those that facts.json names")
    for name, one in stated.items():
        digest = one.get("sha256") if isinstance(one, dict) else None
        if name not in files or not layout.is_covered(name) or digest != canonical.sha256(
            files[name]
        ):  # fmt: skip
            raise _bad(f"{name[:100]!a} is not the table that facts.json names")


def _scope(files: Mapping[str, bytes], recorded: Recorded) -> Scope:
    """What the run covered, as its recording says."""
    try:
        digest = recorded.bodies[ask_for(KIND, "scope").record_id]
        tree = json.loads(files[f"blobs/{digest}"])
        return Scope(
            tuple(one.name for one in DOMAINS if one.name in tree["domains"]),
            tuple((str(one["label"]), str(one["host"])) for one in tree["providers"]),
            tree["checkout"] is True,
            tuple(map(str, tree["artifacts"])),
            tree.get("continues"),
        )
    except (KeyError, TypeError, ValueError, RecursionError):
        raise _bad("the recording does not say what it covers, so no run made it") from None


def _same(one: Any, two: Any) -> bool:
    """Equal as JSON: ``true`` is not 1, and members have no order."""
    return canonical.dumps(canonical.plain(one)) == canonical.dumps(canonical.plain(two))


def _bad(why: str) -> BadBundle:
    return BadBundle("findings", why)
