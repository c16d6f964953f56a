"""UA-09: the authorities beside the upgrade authorities, judged as these are."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from privatedao_audit.domains.authority.link import IMMUTABLE, Holder, Link
from privatedao_audit.domains.authority.power import Power, power_of, required
from privatedao_audit.domains.custody.controllers.facts import ControllerFacts, Other
from privatedao_audit.domains.custody.controllers.judging import (
    holder_status,
    power_part,
    weighed,
)
from privatedao_audit.domains.custody.controllers.recorded import (
    Records,
    contradictions,
    recorded,
    records,
)
from privatedao_audit.model.finding import Judgement, Part, judgement, unread
from privatedao_audit.model.limits import Limits
from privatedao_audit.model.reads import Found, ProvenAbsent, joined
from privatedao_audit.model.status import Status, worst

if TYPE_CHECKING:
    from privatedao_audit.domains.custody.facts import CustodyFacts

#: The role without which there is no DAO.
_NEEDED = "authority"


def ua_09(facts: CustodyFacts, limits: Limits) -> Judgement:
    """The DAO's authority, its treasury operator, the authorities of its policies, its attestors,
    and the mint, freeze, close, permanent-delegate, pause, hook and burn authorities of the
    governance mint are each nobody's, or held as UA-01 asks, with a power as UA-06 asks. Each
    holder stands, itself or as its multisig, in the custody record under that very authority or
    in the signer register with a role that means it; where neither says it, it is MISSING. A
    custody record that names another holder than the chain, one too many or one too few fails.
    Of attestors that must sign together the group is one multisig without a delay; where one is
    enough each is judged alone. A token multisig counts over a mint, where it can sign, and
    nowhere else."""
    if facts.authority.moving:
        text = f"Moving: {facts.authority.moving[0]}; run the audit again."
        return judgement([Part("authorities", Status.UNKNOWN, text)], good="", nothing="")
    found = facts.controllers
    parts = [Part(f"gap {n}", Status.UNKNOWN, gap) for n, gap in enumerate(found.gaps, 1)]
    said = records(facts)
    for other in found.others:
        parts += _judged(other, said, limits)
    parts += contradictions(facts)
    parts += _controllers(found.others, limits)
    parts += _without(found)
    return judgement(
        parts,
        good="Every other authority is nobody's, or shared, delayed and recorded.",
        nothing="No authority beside the upgrade authorities could be read.",
    )


def _without(found: ControllerFacts) -> Iterator[Part]:
    """DAOs and governance mints of which no authority was read: nothing may pass in their place."""
    read = {(other.kind, other.address) for other in found.others}
    for dao in found.daos:
        if ("dao", dao.address) not in read:
            why = f": {dao.gap}" if dao.gap else ""
            text = f"No authority of the DAO {dao.name} was read{why}."
            yield Part(f"{dao.name}: authorities", Status.UNKNOWN, text)
        if dao.mint is not None and ("mint", dao.mint) not in read:
            text = f"No power over {dao.mint}, the governance mint of {dao.name}, was read."
            yield Part(f"{dao.name}: governance mint", Status.UNKNOWN, text)


def _judged(other: Other, said: Records, limits: Limits) -> list[Part]:
    label = f"{other.of}: {other.role}"
    if isinstance(other.keys, ProvenAbsent) and _optional(other):
        text = f"There is no such record of {other.of}, so nobody holds this authority."
        return [Part(label, Status.PASS, text, other.keys.at)]
    if not isinstance(other.keys, Found):
        absent = f"The account that would name the {other.role} of {other.of} does not exist."
        return [unread(label, other.keys, absent=Status.UNKNOWN, absent_summary=absent)]
    keys, at = other.keys.value, other.keys.at
    if not keys:
        return [Part(label, Status.PASS, f"Nobody holds the {other.role} of {other.of}.", at)]
    if len(keys) > 1 and other.threshold > 1:
        held = [_group(label, other, limits)]
    else:
        held = [
            _alone(label if len(keys) == 1 else f"{label} {key}", other, key, limits)
            for key in keys
        ]
    return [*held, recorded(label, other, said)]


def _optional(other: Other) -> bool:
    """Whether the record of an authority simply need not exist: then nobody has it."""
    return other.kind == "policy" or (other.kind == "dao" and other.role != _NEEDED)


def _alone(label: str, other: Other, key: str, limits: Limits) -> Part:
    """One key that is enough by itself."""
    links = other.links.get(key, ())
    if not links:
        return Part(label, Status.UNKNOWN, f"Who holds {key} was not followed.", other.keys.at)
    link = links[0]
    at = joined(other.keys.at, link.at)
    power = power_of(link, tokens=other.kind == "mint")
    observed = {
        "authority": key, "holder": link.holder.value,
        "power": None if power is None else power.as_json(),
    }  # fmt: skip
    status, text = _weight(f"{other.role} of {other.of}", link, power, other.kind, limits)
    return Part(label, status, f"{other.role.capitalize()} of {other.of}: {text}", at,
                observed=observed, expected=_expected(limits))  # fmt: skip


def _weight(
    what: str, link: Link, power: Power | None, kind: str, limits: Limits
) -> tuple[Status, str]:
    held = holder_status(link)
    if kind == "mint" and link.holder is Holder.TOKEN_MULTISIG and power is not None:
        held = Status.PASS
    if held is not Status.PASS or power is None:
        return Status.UNKNOWN if held is Status.PASS else held, link.detail
    status, text = weighed(what, power, required(limits))
    return status, text if status is not Status.PASS else f"{link.detail} {text}"


def _expected(limits: Limits) -> dict[str, object]:
    return {"holder": "nobody, or a recognised multisig or realm", **required(limits)}


def _group(label: str, other: Other, limits: Limits) -> Part:
    """Keys of which several must sign: a multisig of its own, without a time lock."""
    assert isinstance(other.keys, Found)
    firsts = [other.links[key][0] for key in other.keys.value if other.links.get(key)]
    at = joined(other.keys.at, *(link.at for link in firsts))
    observed = {"keys": list(other.keys.value), "threshold": other.threshold}
    unsure = [one for one in firsts if holder_status(one) in (Status.UNKNOWN, Status.DIVERGED)]
    if len(firsts) < len(other.keys.value) or unsure:
        status = worst([Status.UNKNOWN, *(holder_status(one) for one in unsure)])
        why = unsure[0].detail if unsure else "not every key was followed."
        return Part(label, status, f"{label}: {why}", at, observed=observed)
    dead = [one for one in firsts if one.holder is Holder.TOKEN_MULTISIG]
    if dead:
        return Part(label, Status.FAIL, f"{label}: {dead[0].detail}", at, observed=observed)
    power = group_power(firsts, other.threshold)
    if power is None:
        return Part(label, Status.UNKNOWN, f"The power of {label} is not known.", at)
    status, text = weighed(label, power, required(limits))
    return Part(label, status, text, at, observed={**observed, "power": power.as_json()},
                expected=_expected(limits))  # fmt: skip


def group_power(links: list[Link], threshold: int) -> Power | None:
    """The power of keys that must sign together; keys behind one multisig are one holder.

    The delay is that of the ``threshold`` fastest of them. None where one is not understood.
    """
    if threshold > len(links):
        return None
    holders: dict[str, list[Power]] = {}
    people: dict[str, set[str]] = {}
    for link in links:
        power = power_of(link)
        if power is None:
            return None
        holder = link.multisig or str(link.authority)
        holders.setdefault(holder, []).append(power)
        people[holder] = {*link.members, *power.bypass_keys}
    counts = sorted((len(one) for one in holders.values()), reverse=True)
    needed = total = 0
    while total < threshold and needed < len(counts):
        total, needed = total + counts[needed], needed + 1
    if needed <= 1:
        # One holder has enough of the keys: its own power decides.
        weakest = min((p[0] for p in holders.values() if len(p) >= threshold),
                      key=lambda p: p.delay_seconds, default=None)  # fmt: skip
        return weakest
    delays = sorted(power.delay_seconds for some in holders.values() for power in some)
    unknown = dict.fromkeys(u for some in holders.values() for p in some for u in p.unknown)
    unknown |= dict.fromkeys(_bypassed(holders))
    unknown |= dict.fromkeys(_in_several(people))
    return Power(needed, len(holders), delays[threshold - 1], unknown=tuple(unknown))


def _bypassed(holders: dict[str, list[Power]]) -> Iterator[str]:
    """Around one holder's own votes: the group may then take fewer people than it seems to."""
    for holder, some in holders.items():
        for reason in some[0].reasons:
            yield f"at {holder} {reason}"


def _in_several(people: dict[str, set[str]]) -> Iterator[str]:
    """Keys behind several holders: these holders are not as many as they are counted."""
    counts: dict[str, int] = {}
    for keys in people.values():
        for key in keys:
            counts[key] = counts.get(key, 0) + 1
    for key in sorted(key for key, count in counts.items() if count > 1):
        yield f"the key {key} stands behind {counts[key]} of the {len(people)} holders"


def _controllers(others: Iterable[Other], limits: Limits) -> Iterator[Part]:
    """The programs of the controllers: whoever can replace them can sign for their vaults."""
    seen: set[str] = set()
    for other in others:
        for links in other.links.values():
            followed = {link.program for link in links}
            lost = [one for one in links if one.controller not in (None, *followed)]
            if lost and lost[0].controller not in seen:
                seen.add(str(lost[0].controller))
                text = f"Who can replace the program {lost[0].controller} was not followed."
                yield Part(f"controller {lost[0].controller}", Status.UNKNOWN, text, lost[0].at)
            for link in links[1:]:
                if link.program in seen:
                    continue
                seen.add(link.program)
                label = f"controller {link.program}"
                if link.holder in IMMUTABLE and link.at.evidence:
                    yield Part(label, Status.PASS, link.detail, link.at,
                               observed={"authority": None})  # fmt: skip
                elif holder_status(link) is not Status.PASS:
                    yield Part(label, holder_status(link), link.detail, link.at)
                else:
                    yield power_part(label, link, required(limits))
