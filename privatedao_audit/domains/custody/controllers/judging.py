"""How a holder and its power are judged, for upgrade authorities and all others alike."""

from __future__ import annotations

from privatedao_audit.domains.authority.link import IMMUTABLE, Holder, Link
from privatedao_audit.domains.authority.power import Power, faults, notes, power_of
from privatedao_audit.model.finding import Part
from privatedao_audit.model.reads import ReadAt, joined
from privatedao_audit.model.status import Status

#: What each kind of holder means by itself.
_HOLDERS: dict[Holder, Status] = {
    Holder.NONE: Status.PASS,
    Holder.FIXED_LOADER: Status.PASS,
    Holder.SQUADS_V4: Status.PASS,
    Holder.SQUADS_V3: Status.PASS,
    Holder.GOVERNANCE: Status.PASS,
    Holder.WALLET: Status.FAIL,
    Holder.TOKEN_MULTISIG: Status.FAIL,
    Holder.CLOSED: Status.FAIL,
    Holder.NOT_A_PROGRAM: Status.FAIL,
    Holder.UNRECOGNISED: Status.UNKNOWN,
    Holder.UNREAD: Status.UNKNOWN,
    Holder.DIVERGED: Status.DIVERGED,
}


def holder_status(link: Link) -> Status:
    """What the kind of holder means; without evidence nothing is believed."""
    status = _HOLDERS[link.holder]
    return Status.UNKNOWN if status is Status.PASS and not link.at.evidence else status


def power_part(
    label: str, link: Link, least: dict[str, int], *, also_at: ReadAt | None = None
) -> Part:
    """The power tuple of a holder against the least that is required."""
    at = link.at if also_at is None else joined(link.at, also_at)
    if link.holder in IMMUTABLE and link.at.evidence:
        text = f"{link.detail} There is no power to judge."
        return Part(label, Status.NOT_APPLICABLE, text, link.at, observed={"authority": None})
    if link.holder is Holder.DIVERGED:
        return Part(label, Status.DIVERGED, link.detail, link.at)
    power = power_of(link)
    if power is None:
        text = f"The power over {label} could not be read. {link.detail}"
        return Part(label, Status.UNKNOWN, text, link.at)
    status, text = weighed(label, power, least)
    expected = {
        "threshold": f"at least {least['threshold']}",
        "voters": f"at least {least['voters']}",
        "delay_seconds": f"at least {least['delay_seconds']}",
        "bypass_keys": [],
    }
    return Part(label, status, text, at, observed=power.as_json(), expected=expected)


def weighed(what: str, power: Power, least: dict[str, int]) -> tuple[Status, str]:
    """The status of a power tuple and the sentence that says why."""
    bad = faults(power, least)
    if bad:
        return Status.FAIL, f"The power over {what}: {'; '.join(bad)}."
    if power.unknown:
        return Status.UNKNOWN, f"The power over {what} can't be judged: {'; '.join(power.unknown)}."
    text = (
        f"{power.threshold} of {power.voters} voters, no bypass key, {power.delay_seconds} s from "
        f"approval to effect.{notes(power)}"
    )
    return Status.PASS, text
