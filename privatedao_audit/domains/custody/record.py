"""The custody record against the accounts on chain, member by member."""

from __future__ import annotations

import re

from privatedao_audit.domains.authority.link import IMMUTABLE, Holder, Link
from privatedao_audit.domains.custody.blank import blank
from privatedao_audit.domains.custody.facts import ProgramCustody
from privatedao_audit.domains.release.facts import SourceOf
from privatedao_audit.model.clusters import same_cluster
from privatedao_audit.model.finding import Part, unread
from privatedao_audit.model.reads import Found, ReadAt, joined
from privatedao_audit.model.status import Status

#: How a record says that nobody holds the authority.
_NOBODY = frozenset({"none", "null", "immutable", "renounced"})
#: What a record says of a multisig; contradicted by a chain on which there is none.
_MULTISIG = ("multisig", "members", "threshold", "time_lock_seconds")
#: Hours that can be turned into seconds; more digits are no time lock.
_HOURS = re.compile(r"[0-9]{1,9}")


def record_parts(program: ProgramCustody, cluster: str) -> list[Part]:
    """One part per member of the record of one program, or one that says why there is none."""
    label, link = program.name, program.links[0]
    records = [r for r in program.records if r.surface.is_current(cluster)]
    if not records:
        text = f"The target maps no current custody record of {label}."
        return [Part(label, Status.UNKNOWN, text)]
    parts: list[Part] = []
    for record in records:
        own = label if len(records) == 1 else f"{label} in {record.surface.file}"
        parts += _one_record(own, program.id, record, link, cluster)
    return parts


def _one_record(
    label: str, program_id: str, record: SourceOf, link: Link, cluster: str
) -> list[Part]:
    file = record.surface.file
    if not isinstance(record.said, Found):
        absent = f"The checkout has no file {file}."
        return [unread(label, record.said, absent=Status.MISSING, absent_summary=absent)]
    values, at = record.said.value.values, joined(record.said.at, link.at)
    parts = []
    other = [v for v in values.get("cluster", ()) if not same_cluster(v, cluster)]
    if other:
        text = f"{file} speaks of the cluster {other[0]}, the target of {cluster}."
        parts.append(Part(f"{label}: cluster", Status.FAIL, text, at,
                          observed=other, expected=cluster))  # fmt: skip
    if any(value != program_id for value in values.get("program_id", ())):
        said = values["program_id"]
        text = f"{file} speaks of the program {', '.join(said)}, not of {program_id}."
        parts.append(Part(f"{label}: program_id", Status.FAIL, text, at,
                          observed=list(said), expected=program_id))  # fmt: skip
    chain = _on_chain(link)
    if chain is None:
        text = f"The record can't be compared: {link.detail}"
        status = Status.DIVERGED if link.holder is Holder.DIVERGED else Status.UNKNOWN
        return [*parts, Part(label, status, text, at)]
    for name, expected in chain.items():
        parts.append(_compare(label, file, name, _said(values, name), expected, at))
    for name in (n for n in _MULTISIG if n not in chain):
        claimed = [v for v in _said(values, name) if v.casefold() not in _NOBODY]
        if claimed:
            why = "no multisig holds the upgrade authority"
            if link.realm is not None:
                why = "a realm holds the upgrade authority, and it has no such number"
            text = f"{file} says {name.replace('_', ' ')} {', '.join(claimed)}; on chain {why}."
            parts.append(Part(f"{label}: {name}", Status.FAIL, text, at, expected=claimed))
    return parts


def _said(values: dict[str, tuple[str, ...]], name: str) -> tuple[str, ...]:
    """What the record says of a member; hours count as seconds beside those it gives."""
    if name != "time_lock_seconds":
        told = values.get(name, ())
        return tuple(one for one in told if one.casefold() in _NOBODY or not blank(one))
    hours = values.get("time_lock_hours", ())
    converted = (str(int(h) * 3600) if _HOURS.fullmatch(h) else h for h in hours)
    return tuple(dict.fromkeys((*values.get(name, ()), *converted)))


def _on_chain(link: Link) -> dict[str, tuple[str, ...]] | None:
    """The members that a record owes, with the values of the chain; None when unread."""
    if link.holder in IMMUTABLE:
        return {"upgrade_authority": ("none",)}
    if link.holder is Holder.WALLET and link.authority is not None:
        return {"upgrade_authority": (link.authority,)}
    if link.holder is Holder.SQUADS_V4 and link.state is not None and link.authority is not None:
        return {
            "upgrade_authority": (link.authority,),
            "multisig": (str(link.multisig),),
            "members": tuple(sorted(member.key for member in link.state.members)),
            "threshold": (str(link.state.threshold),),
            "time_lock_seconds": (str(link.state.time_lock),),
        }
    if link.ms is not None and link.authority is not None:
        return {
            "upgrade_authority": (link.authority,),
            "multisig": (str(link.multisig),),
            "members": tuple(sorted(link.ms.keys)),
            "threshold": (str(link.ms.threshold),),
            "time_lock_seconds": ("0",),
        }
    if link.realm is not None and link.authority is not None:
        # Who votes, and with what weight, is listed nowhere: no members, no count of them.
        return {
            "upgrade_authority": (link.authority,),
            "multisig": (str(link.multisig),),
            "time_lock_seconds": (str(link.realm.hold_up),),
        }
    return None


def _compare(
    label: str, file: str, name: str, said: tuple[str, ...], chain: tuple[str, ...], at: ReadAt
) -> Part:
    part, words = f"{label}: {name}", name.replace("_", " ")
    told = tuple("none" if v.casefold() in _NOBODY else v for v in said)
    if not told:
        text = f"{file} does not state the {words}; the chain has {', '.join(chain)}."
        return Part(part, Status.MISSING, text, at, expected=list(chain))
    if tuple(sorted(told)) != tuple(sorted(chain)):
        text = f"{file} says {words} {', '.join(told)}; the chain has {', '.join(chain)}."
        return Part(part, Status.FAIL, text, at, observed=list(chain), expected=list(told))
    text = f"The record and the chain agree on the {words}."
    return Part(part, Status.PASS, text, at, observed=list(chain), expected=list(told))
