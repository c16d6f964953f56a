"""The checks of key custody: pure functions of facts. Each docstring is the rule in words."""

from __future__ import annotations

from privatedao_audit.domains.authority.resolve import Holder, Link
from privatedao_audit.domains.custody.facts import CustodyFacts, ProgramCustody
from privatedao_audit.domains.custody.record import record_parts
from privatedao_audit.model.finding import Judgement, Part, judgement
from privatedao_audit.model.status import Status
from privatedao_audit.model.target import Limits

#: What each kind of holder means for UA-01.
_HOLDERS: dict[Holder, Status] = {
    Holder.NONE: Status.PASS,
    Holder.FIXED_LOADER: Status.PASS,
    Holder.SQUADS_V4: Status.PASS,
    Holder.WALLET: Status.FAIL,
    Holder.TOKEN_MULTISIG: Status.FAIL,
    Holder.CLOSED: Status.FAIL,
    Holder.NOT_A_PROGRAM: Status.FAIL,
    Holder.UNRECOGNISED: Status.UNKNOWN,
    Holder.UNREAD: Status.UNKNOWN,
    Holder.DIVERGED: Status.DIVERGED,
}

#: Holders that make a program immutable.
_IMMUTABLE = frozenset({Holder.NONE, Holder.FIXED_LOADER})


def ua_01(facts: CustodyFacts, limits: Limits) -> Judgement:
    """The upgrade authority is nobody's (immutable), or a vault of a multisig whose program is a
    canonical one of this cluster or has a listed executable hash, and whose own upgrade authority
    is resolved likewise to a depth of 4. A single key pair, a token multisig or a closed program
    fails. A derived address that nothing in the target explains is UNKNOWN."""
    parts: list[Part] = []
    for program in facts.programs:
        moved = _moved(program.name, facts)
        held = [_held(program, depth, link) for depth, link in enumerate(program.links)]
        parts += [moved] if moved else held
    return judgement(
        parts,
        good="The code of every program in scope is nobody's to replace, or a multisig's.",
        nothing="There is no program in scope.",
    )


def _held(program: ProgramCustody, depth: int, link: Link) -> Part:
    label = _label(program, depth, link)
    status = _HOLDERS[link.holder]
    if status is Status.PASS and not link.at.evidence:
        status = Status.UNKNOWN
    return Part(
        label, status, link.detail, link.at,
        observed={"authority": link.authority, "holder": link.holder.value}, expected=_GOOD,
    )  # fmt: skip


def _label(program: ProgramCustody, depth: int, link: Link) -> str:
    return program.name if depth == 0 else f"{program.name}: controller {depth} {link.program}"


_GOOD = "no authority, or a vault of a recognised multisig"


def ua_04(facts: CustodyFacts, limits: Limits) -> Judgement:
    """The custody record names the holder of the upgrade authority, the multisig, its members,
    threshold and time lock, and each equals the decoded account. A record that leaves one out is
    MISSING that part; one that contradicts the chain fails."""
    parts: list[Part] = []
    for program in facts.programs:
        moved = _moved(program.name, facts)
        parts += [moved] if moved else record_parts(program, facts.cluster)
    return judgement(
        parts,
        good="The custody record equals the accounts on chain.",
        nothing="There is no program in scope.",
    )


def ua_06(facts: CustodyFacts, limits: Limits) -> Judgement:
    """The power over each program takes a threshold of at least 2 of at least 3 voters, no key
    bypasses them (a config authority would), and the delay from approval to effect is at least
    86,400 s, more where the limits ask for more. The same holds for whoever can replace the
    program of the multisig, since new code there could sign for its vaults. A single key is one
    voter, threshold 1, delay 0. Distinct keys are not distinct people: nothing on chain can show
    that."""
    parts: list[Part] = []
    for program in facts.programs:
        moved = _moved(program.name, facts)
        parts += [moved] if moved else _powers(program, limits)
    return judgement(
        parts,
        good="The power over every program in scope is shared, delayed and without a bypass.",
        nothing="There is no program in scope.",
    )


def _powers(program: ProgramCustody, limits: Limits) -> list[Part]:
    """The part of the program itself, and those of controllers that somebody can replace."""
    first, *controllers = program.links
    return [_tuple(program.name, first, limits)] + [
        _tuple(_label(program, depth, link), link, limits)
        for depth, link in enumerate(controllers, 1)
        if not (link.holder in _IMMUTABLE and link.at.evidence)
    ]


def _tuple(label: str, link: Link, limits: Limits) -> Part:
    if link.holder in _IMMUTABLE and link.at.evidence:
        text = f"{link.detail} There is no power to judge."
        return Part(label, Status.NOT_APPLICABLE, text, link.at, observed={"authority": None})
    if link.holder is Holder.DIVERGED:
        return Part(label, Status.DIVERGED, link.detail, link.at)
    power = power_of(link)
    if power is None:
        text = f"The power over {label} could not be read. {link.detail}"
        return Part(label, Status.UNKNOWN, text, link.at)
    least = required(limits)
    expected = {
        "threshold": f"at least {least['threshold']}",
        "voters": f"at least {least['voters']}",
        "delay_seconds": f"at least {least['delay_seconds']}",
        "bypass_keys": [],
    }
    faults = _faults(power, limits)
    if faults:
        return Part(
            label, Status.FAIL, f"The power over {label}: {'; '.join(faults)}.", link.at,
            observed=power, expected=expected,
        )  # fmt: skip
    text = (
        f"{power['threshold']} of {power['voters']} voters, no bypass key, "
        f"{power['delay_seconds']} s from approval to effect. A written policy that asks for "
        f"more is not read by this version.{_notes(power)}"
    )
    return Part(label, Status.PASS, text, link.at, observed=power, expected=expected)


def power_of(link: Link) -> dict[str, object] | None:
    """The power tuple of a holder: threshold, voters, delay in seconds, bypass keys.

    None where the holder is not understood well enough to say.
    """
    if link.holder is Holder.WALLET and link.authority is not None:
        return {"threshold": 1, "voters": 1, "delay_seconds": 0, "bypass_keys": []}
    if link.holder is Holder.SQUADS_V4 and link.state is not None:
        bypass = [] if link.state.config_authority is None else [link.state.config_authority]
        return {
            "threshold": link.state.threshold,
            "voters": len(link.state.voters),
            "delay_seconds": link.state.time_lock,
            "bypass_keys": bypass,
        }
    return None


def required(limits: Limits) -> dict[str, int]:
    """The least threshold, voters and delay in seconds: a target may ask for more, never less."""
    return {
        "threshold": max(2, limits.multisig_threshold),
        "voters": max(3, limits.multisig_voters),
        "delay_seconds": max(86_400, limits.upgrade_delay_seconds),
    }


def _faults(power: dict[str, object], limits: Limits) -> list[str]:
    faults, least = [], required(limits)
    threshold, voters = int(str(power["threshold"])), int(str(power["voters"]))
    delay, bypass = int(str(power["delay_seconds"])), power["bypass_keys"]
    if threshold < least["threshold"]:
        faults.append(f"a threshold of {threshold} is below the {least['threshold']} required"
                      if threshold > 1 else "one key is enough")  # fmt: skip
    if voters < least["voters"]:
        faults.append(f"only {voters} key(s) can vote")
    if bypass:
        faults.append(f"the config authority {bypass[0]} can change members, threshold and "
                      "time lock alone")  # type: ignore[index]  # fmt: skip
    if delay < least["delay_seconds"]:
        faults.append(
            f"an approved upgrade takes effect after {delay} s, less than the limit of "
            f"{least['delay_seconds']} s"
        )
    return faults


def _notes(power: dict[str, object]) -> str:
    """What is noted and not failed."""
    threshold, voters = int(str(power["threshold"])), int(str(power["voters"]))
    if threshold == voters:
        return " Noted: every voter is needed, so one lost key locks the program."
    if threshold * 2 <= voters:
        return " Noted: half of the voters or fewer are enough."
    return ""


def _moved(label: str, facts: CustodyFacts) -> Part | None:
    if not facts.authority.moving:
        return None
    text = f"Moving: {facts.authority.moving[0]}; run the audit again."
    return Part(label, Status.UNKNOWN, text)


CHECKS = {"UA-01": ua_01, "UA-04": ua_04, "UA-06": ua_06}
