"""The checks of key custody: pure functions of facts. Each docstring is the rule in words."""

from __future__ import annotations

from dataclasses import replace

from privatedao_audit.domains.authority.link import IMMUTABLE, Link
from privatedao_audit.domains.authority.power import required
from privatedao_audit.domains.custody.controllers import checks as controllers
from privatedao_audit.domains.custody.controllers.documents import policy_delay
from privatedao_audit.domains.custody.controllers.judging import holder_status, power_part
from privatedao_audit.domains.custody.facts import CustodyFacts, ProgramCustody
from privatedao_audit.domains.custody.history import checks as history
from privatedao_audit.domains.custody.record import record_parts
from privatedao_audit.domains.custody.signers import checks as signers
from privatedao_audit.model.finding import Judgement, Part, judgement
from privatedao_audit.model.limits import Limits
from privatedao_audit.model.status import Status


def ua_01(facts: CustodyFacts, limits: Limits) -> Judgement:
    """The upgrade authority is nobody's (immutable), or a vault of a Squads multisig or a
    governance of a realm whose program is a canonical one of this cluster or has a listed
    executable hash, and whose own upgrade authority is resolved likewise to a depth of 4. The
    controller comes from the target or from the vault's history, and the vault is derived from
    it again. A single key pair, a token multisig or a closed program fails. A derived address
    that nothing explains is UNKNOWN."""
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
    return Part(
        label, holder_status(link), link.detail, link.at,
        observed={"authority": link.authority, "holder": link.holder.value}, expected=_GOOD,
    )  # fmt: skip


def _label(program: ProgramCustody, depth: int, link: Link) -> str:
    return program.name if depth == 0 else f"{program.name}: controller {depth} {link.program}"


_GOOD = "no authority, or a vault or governance of a recognised controller"


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
    bypasses them (a config authority would, or a realm authority from outside), and the delay
    from approval to effect is at least 86,400 s, more where the limits or a written policy ask
    for more. The same holds for whoever can replace the program of the multisig, since new code
    there could sign for its vaults. A single key is one voter, threshold 1, delay 0; Squads v3
    has delay 0; of a realm the weaker of council and community counts, its delay is the hold-up,
    and where the chain does not list who holds the votes the answer is UNKNOWN at best. Distinct
    keys are not distinct people: nothing on chain can show that."""
    parts: list[Part] = []
    for program in facts.programs:
        moved = _moved(program.name, facts)
        parts += [moved] if moved else _powers(program, facts, limits)
    return judgement(
        parts,
        good="The power over every program in scope is shared, delayed and without a bypass.",
        nothing="There is no program in scope.",
    )


def _powers(program: ProgramCustody, facts: CustodyFacts, limits: Limits) -> list[Part]:
    """The part of the program itself, and those of controllers that somebody can replace."""
    first, *controllers = program.links
    delay, doubt, at = policy_delay(facts.controllers, program.name)
    own = power_part(program.name, first, required(limits, delay), also_at=at)
    if own.status is Status.PASS:
        own = _beside_policy(own, delay, doubt)
    least = required(limits)
    return [own] + [
        power_part(_label(program, depth, link), link, least)
        for depth, link in enumerate(controllers, 1)
        if not (link.holder in IMMUTABLE and link.at.evidence)
    ]


def _beside_policy(part: Part, delay: int | None, doubt: str) -> Part:
    """A sound power tuple, with what a written policy has to say about its delay."""
    if doubt:
        text = f"It meets the fixed limits, but {doubt}, and it may ask for more."
        return replace(part, status=Status.UNKNOWN, summary=text)
    said = f"The written policy asks for {delay} s." if delay is not None else (
        "No written policy states a delay."
    )  # fmt: skip
    return replace(part, summary=f"{part.summary} {said}")


def _moved(label: str, facts: CustodyFacts) -> Part | None:
    if not facts.authority.moving:
        return None
    text = f"Moving: {facts.authority.moving[0]}; run the audit again."
    return Part(label, Status.UNKNOWN, text)


CHECKS = {
    "UA-01": ua_01,
    "UA-04": ua_04,
    "UA-06": ua_06,
    **controllers.CHECKS,
    **history.CHECKS,
    **signers.CHECKS,
}
