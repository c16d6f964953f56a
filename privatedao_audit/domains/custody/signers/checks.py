"""The checks of the people behind the keys: registers, roles, proof of control."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from privatedao_audit.domains.custody.facts import CustodyFacts
from privatedao_audit.domains.custody.signers import powers
from privatedao_audit.domains.custody.signers.facts import (
    POWERLESS_ROLES,
    TREASURY_ROLES,
    DemoList,
)
from privatedao_audit.domains.custody.signers.labels import distinct
from privatedao_audit.domains.custody.signers.powers import Gap, Group
from privatedao_audit.domains.custody.signers.proof_check import sd_05
from privatedao_audit.domains.custody.signers.register_checks import sd_02, sd_03
from privatedao_audit.model.finding import Judgement, Part, judgement, unread
from privatedao_audit.model.limits import Limits
from privatedao_audit.model.reads import Found, ReadAt, joined
from privatedao_audit.model.status import Status

DEMO = "demo"


def sd_01(facts: CustodyFacts, limits: Limits) -> Judgement:
    """No key that can change the code alone (the upgrade authority itself, its single key, a
    config authority, a member whose signature is enough) is an operator: DAO authority, treasury
    operator, a registered one or a keeper, or a member of the multisig behind one of these. A
    member of a multisig who needs others for the code may operate: such keys are listed with
    what each can do alone. Who the keepers are, a register has to say; instructions open to
    anyone assign no role."""
    operating = powers.operators(facts)
    parts = [_apart(powers.deploy(program), operating) for program in facts.programs]
    for program in facts.programs:
        parts += _gaps(powers.deploy(program))
    parts += _gaps(operating)
    if facts.programs:
        parts += _keepers(facts)
    return judgement(
        distinct(_moving(facts, part) for part in parts),
        good="No key that can change the code alone is used in daily operation.",
        nothing="There is no program in scope.",
    )


def _apart(deploy: Group, operating: Group) -> Part:
    at = joined(deploy.at, operating.at)
    observed = {
        "alone": sorted(deploy.alone),
        "operators": sorted(operating.keys),
        "both": sorted(deploy.alone & operating.keys),
        "shared": sorted((deploy.keys & operating.keys) - deploy.alone),
    }
    expected: dict[str, list[str]] = {"both": []}
    both = observed["both"]
    if both and at.evidence:
        told = "; ".join(f"{key} {deploy.why(key)}, and {operating.why(key)}" for key in both)
        return Part(deploy.name, Status.FAIL, f"{told}.", at, observed, expected)
    if not at.evidence:
        return Part(deploy.name, Status.UNKNOWN, "Nothing was read on chain.", at)
    if not operating.keys:
        return Part(deploy.name, Status.UNKNOWN, "No operator is known to compare with.", at)
    if not deploy.keys and deploy.gaps:
        text = "Whoever can change the code is not known, so nothing could be compared."
        return Part(deploy.name, Status.UNKNOWN, text, at)
    text = (
        f"{len(deploy.alone)} address(es) can change the code without anybody else, none of them "
        f"among the {len(operating.keys)} of daily operation.{_shared(deploy, operating)}"
    )
    if deploy.gaps or operating.gaps:
        text = f"Of those that are known: {text} Not all of them are known."
        return Part(deploy.name, Status.UNKNOWN, text, at, observed, expected)
    return Part(deploy.name, Status.PASS, text, at, observed, expected)


def _shared(deploy: Group, operating: Group) -> str:
    keys = sorted((deploy.keys & operating.keys) - deploy.alone)
    if not keys:
        return ""
    told = "; ".join(
        f"{key} {deploy.why(key)}, and alone "
        + (f"{operating.why(key)}" if key in operating.alone else "does nothing")
        for key in keys
    )
    return f" Known in both, none alone for the code: {told}."


def _keepers(facts: CustodyFacts) -> Iterator[Part]:
    """Keepers are known from a register only: without one the set is open."""
    registers = [r for r in facts.signers.registers if isinstance(r.entries, Found)]
    for register in facts.signers.registers:
        if not isinstance(register.entries, Found):
            text = f"The signer register {register.file} is not in the checkout."
            yield unread(register.file, register.entries, absent=Status.MISSING,
                         absent_summary=text)  # fmt: skip
    if not facts.signers.registers and not facts.signers.wallets:
        text = "The target maps no signer register and lists no wallet: keepers are not known."
        yield Part("registered keepers", Status.UNKNOWN, text)
    elif registers and not any(r.entries.value for r in registers if isinstance(r.entries, Found)):
        text = "The signer register has no entry, so it does not say who the keepers are."
        yield Part("registered keepers", Status.UNKNOWN, text)


def sd_04(facts: CustodyFacts, limits: Limits) -> Judgement:
    """No key of a register of demonstrations or tests, and none that signed a transaction of
    theirs, can change the code or votes on it, holds or votes for an operator's role on chain,
    or is registered for any production role. Registers of every cluster count, since a key is
    the same key everywhere. Who signed a demonstration is read from its transaction, since no
    document satisfies this control: a list that claims transactions which were not read, be it
    because they are of another cluster, leaves their signers UNKNOWN, whatever keys it states
    (those keys still may not appear). Such a list belongs to the audit of its own cluster; here
    a register of its wallets is enough. Without any register there is nothing to compare, which
    is UNKNOWN and never a PASS; one that is named and not there is MISSING."""
    demos = facts.signers.demos
    if not demos:
        return judgement((), good="", nothing="The target maps no register of demo or test keys.")
    parts = [part for one in demos for part in _listed(one)]
    if not facts.programs:
        parts.append(Part("DEPLOY", Status.UNKNOWN, "There is no program in scope."))
    known = _demo_keys(facts)
    groups = [*(powers.deploy(program) for program in facts.programs), powers.operators(facts),
              powers.treasury(facts)]  # fmt: skip
    for group in groups:
        parts += [*_reused(group, known), *_gaps(group, f"{group.name}: ")]
    parts += _registered_elsewhere(facts, known, groups)
    parts += _no_treasury(facts, groups[-1])
    return judgement(
        distinct(_moving(facts, part) for part in parts),
        good="No key of a demonstration or a test holds a production role.",
        nothing="There is no register of demo or test keys.",
    )


def _demo_keys(facts: CustodyFacts) -> dict[str, tuple[str, ReadAt]]:
    """Key → where it is known from, and the reads."""
    found: dict[str, tuple[str, ReadAt]] = {}
    for one in facts.signers.demos:
        if isinstance(one.keys, Found):
            for key in one.keys.value:
                found.setdefault(key, (one.file, one.keys.at))
        for key in one.signers:
            found.setdefault(key, (f"a transaction of {one.file}", one.at))
    for entry, where, at in powers.entries(facts):
        if DEMO in entry.plain_roles:
            found.setdefault(entry.key, (where, at))
    return found


def _listed(one: DemoList) -> Iterator[Part]:
    """What is wrong with a list of demonstrations as a list; nothing where it can be used."""
    if not isinstance(one.keys, Found):
        text = f"The register {one.file} is not in the checkout."
        yield unread(one.file, one.keys, absent=Status.MISSING, absent_summary=text)
        return
    if one.unread or (one.transactions and not one.at.evidence):
        unread_of = one.unread or "none was read"
        text = f"Who signed the transactions of {one.file} is not known: {unread_of}."
        yield Part(f"{one.file}: transactions", Status.UNKNOWN, text, one.keys.at)
    if not one.keys.value and not one.transactions:
        yield Part(one.file, Status.UNKNOWN, f"The register {one.file} is empty.", one.keys.at)


def _reused(group: Group, known: dict[str, tuple[str, ReadAt]]) -> Iterator[Part]:
    bad = sorted(group.keys & known.keys())
    expected: dict[str, list[str]] = {"demo keys": []}
    for key in bad:
        where, at = known[key]
        place = joined(at, group.at_of(key))
        text = f"{key} of {where} {group.why(key)}."
        status = Status.FAIL if place.evidence else Status.UNKNOWN
        yield Part(f"{group.name}: {key}", status, text, place, {"demo keys": [key]}, expected)
    if not bad and group.at.evidence and not group.gaps:
        text = (
            f"None of {len(known)} demo or test keys is among the {len(group.keys)} of "
            f"{group.name}."
        )
        at = joined(group.at, *(at for _, at in known.values()))
        status = Status.PASS if known else Status.UNKNOWN
        yield Part(group.name, status, text, at, {"demo keys": []}, expected)


def _registered_elsewhere(
    facts: CustodyFacts, known: dict[str, tuple[str, ReadAt]], groups: list[Group]
) -> Iterator[Part]:
    """Demo keys that a register of the team gives a role that no group covers.

    Roles in a register's own words are production roles: it is the register of those who sign.
    """
    told: set[str] = set()
    covered = {hold.key for group in groups for hold in group.holds}
    for entry, where, at in powers.entries(facts):
        working = [role for role in entry.roles if role not in POWERLESS_ROLES]
        if entry.key in covered or entry.key in told or entry.key not in known or not working:
            continue
        told.add(entry.key)
        source, seen = known[entry.key]
        text = f"{entry.key} of {source} is registered as {', '.join(working)} in {where}."
        place = joined(seen, at)
        status = Status.FAIL if place.evidence else Status.UNKNOWN
        yield Part(f"registered: {entry.key}", status, text, place,
                   {"demo keys": [entry.key]}, {"demo keys": []})  # fmt: skip


def _no_treasury(facts: CustodyFacts, group: Group) -> Iterator[Part]:
    if group.keys:
        if not group.at.evidence:
            text = "Treasury keys are named by the target profile alone; no register was read."
            yield Part("TREASURY: register", Status.UNKNOWN, text)
        return
    registers = [r.entries for r in facts.signers.registers if isinstance(r.entries, Found)]
    roles = " or ".join(sorted(TREASURY_ROLES))
    if registers:
        text = f"No register gives a key the role {roles}, so TREASURY is empty."
        at = joined(*(read.at for read in registers))
        yield Part("TREASURY: register", Status.MISSING, text, at)
    else:
        text = "No signer register was read, so the treasury's keys are not known."
        yield Part("TREASURY: register", Status.UNKNOWN, text)


def _gaps(group: Group, prefix: str = "") -> list[Part]:
    return [_gap(gap, prefix) for gap in group.gaps]


def _gap(gap: Gap, prefix: str) -> Part:
    return Part(f"{prefix}{gap.label}", gap.status, gap.text, gap.at)


def _moving(facts: CustodyFacts, part: Part) -> Part:
    """While an authority moves, nothing that rests on it may pass."""
    if not facts.authority.moving or part.status is not Status.PASS:
        return part
    text = f"Moving: {facts.authority.moving[0]}; run the audit again."
    return Part(part.label, Status.UNKNOWN, text, part.at)


CHECKS: dict[str, Callable[[CustodyFacts, Limits], Judgement]] = {
    "SD-01": sd_01,
    "SD-02": sd_02,
    "SD-03": sd_03,
    "SD-04": sd_04,
    "SD-05": sd_05,
}
