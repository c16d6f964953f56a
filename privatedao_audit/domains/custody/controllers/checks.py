"""The checks of everyone who has power over the programs and the DAO, and through what."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING, Any

from privatedao_audit.chain.layouts.loader import programdata_address
from privatedao_audit.domains.authority.link import IMMUTABLE, Holder, Link
from privatedao_audit.domains.authority.power import power_of
from privatedao_audit.domains.custody.blank import blank
from privatedao_audit.domains.custody.controllers.documents import (
    TIME_ZONES,
    brief,
    number,
    of_program,
    owned_and_dated,
    read_time,
    seconds_said,
    unreadable,
    values_of,
)
from privatedao_audit.domains.custody.controllers.facts import Document, Rehearsed
from privatedao_audit.domains.custody.controllers.others import ua_09
from privatedao_audit.model.clusters import same_cluster
from privatedao_audit.model.finding import Judgement, Part, judgement
from privatedao_audit.model.limits import Limits
from privatedao_audit.model.reads import Found, ProvenAbsent, Read, ReadAt, joined
from privatedao_audit.model.spans import spoken
from privatedao_audit.model.status import Status

if TYPE_CHECKING:
    from privatedao_audit.domains.custody.facts import CustodyFacts, ProgramCustody

#: Loader instructions that move an authority.
_HANDOVERS = frozenset({"SetAuthority", "SetAuthorityChecked"})


def ua_02(facts: CustodyFacts, limits: Limits) -> Judgement:
    """A current upgrade policy of each program names its owner and its date, is at most 180 days
    old by the older of that date and its last change in git, and every number it states
    (threshold, voters, members, delay) equals the decoded controller. It owes a threshold, a
    delay, and voters or members; one that is left out is MISSING. A number that differs from
    the chain fails. An immutable program needs no policy."""
    parts: list[Part] = []
    for program in facts.programs:
        moved = _moved(program.name, facts)
        parts += [moved] if moved else _policy_parts(program, facts, limits)
    return judgement(
        parts,
        good="The written policy has an owner and a date, and its numbers are those on chain.",
        nothing="There is no program in scope.",
    )


def _moved(label: str, facts: CustodyFacts) -> Part | None:
    if not facts.authority.moving:
        return None
    text = f"Moving: {facts.authority.moving[0]}; run the audit again."
    return Part(label, Status.UNKNOWN, text)


def _immutable(program: ProgramCustody, what: str) -> Part | None:
    link = program.links[0]
    if link.holder not in IMMUTABLE or not link.at.evidence:
        return None
    text = f"{link.detail} There is no upgrade for {what} to speak of."
    return Part(program.name, Status.NOT_APPLICABLE, text, link.at, observed={"authority": None})


def _labelled(program: str, documents: list[Document]) -> Iterator[tuple[str, Document]]:
    for one in documents:
        yield program if len(documents) == 1 else f"{program} in {one.surface.file}", one


def _policy_parts(program: ProgramCustody, facts: CustodyFacts, limits: Limits) -> list[Part]:
    none = _immutable(program, "a policy")
    if none is not None:
        return [none]
    documents = of_program(facts.controllers.policies, program.name)
    if not documents:
        text = f"The target maps no current upgrade policy of {program.name}."
        return [Part(program.name, Status.UNKNOWN, text)]

    def say(label: str, one: Document) -> Iterable[Part]:
        return _numbers(label, one, program.links[0])

    return _each(program.name, documents, say, limits)


def _each(
    program: str, documents: list[Document],
    say: Callable[[str, Document], Iterable[Part]], limits: Limits,
) -> list[Part]:  # fmt: skip
    """The parts of documents: that each can be read, is owned and dated, and what else it says."""
    parts: list[Part] = []
    for label, one in _labelled(program, documents):
        if not isinstance(one.said, Found):
            parts.append(unreadable(label, one))
            continue
        parts += owned_and_dated(label, one, limits.policy_age_seconds)
        parts += say(label, one)
    return parts


def _numbers(label: str, document: Document, link: Link) -> list[Part]:
    values, file = values_of(document), document.surface.file
    at = joined(document.said.at, link.at)
    power = power_of(link)
    if power is None:
        text = f"The numbers of {file} can't be compared: {link.detail}"
        status = Status.DIVERGED if link.holder is Holder.DIVERGED else Status.UNKNOWN
        return [Part(f"{label}: numbers", status, text, at)]
    chain: dict[str, int | str | None] = {
        "threshold": power.threshold, "voters": power.voters, "delay": power.delay_seconds,
    }  # fmt: skip
    said = {
        "threshold": values.get("threshold", ()),
        "voters": values.get("voters", ()),
        "delay": seconds_said(values),
    }
    told_members = values.get("members", ())
    parts = [
        _number(f"{label}: {name}", file, name, said[name], chain[name], at)
        for name in chain
        if said[name] or name != "voters" or not told_members
    ]
    if told_members:
        parts.append(_members(f"{label}: members", file, told_members, link, at))
    return parts


def _number(
    label: str, file: str, name: str, said: tuple[str, ...], chain: int | str | None, at: ReadAt
) -> Part:
    if not said:
        return Part(label, Status.MISSING, f"{file} states no {name}.", at, observed=chain)
    numbers = [number(one) for one in said]
    if not isinstance(chain, int):
        text = f"{file} says {name} {brief(said)}; the chain has no such number to compare."
        return Part(label, Status.UNKNOWN, text, at, observed=chain, expected=list(said))
    if None in numbers:
        text = f"{file} says {name} {brief(said)}, which is not a plain number."
        return Part(label, Status.UNKNOWN, text, at, observed=chain)
    if any(one != chain for one in numbers):
        text = f"{file} says {name} {brief(said)}; the chain has {chain}."
        return Part(label, Status.FAIL, text, at, observed=chain, expected=numbers)
    text = f"{file} and the chain agree on the {name}: {chain}."
    return Part(label, Status.PASS, text, at, observed=chain, expected=numbers)


def _members(label: str, file: str, said: tuple[str, ...], link: Link, at: ReadAt) -> Part:
    chain = sorted(link.members)
    if not chain:
        text = f"{file} lists members; the chain lists none for this holder."
        return Part(label, Status.UNKNOWN, text, at, expected=sorted(said))
    if sorted(said) != chain:
        text = f"The voters that {file} lists are not those on chain."
        return Part(label, Status.FAIL, text, at, observed=chain, expected=sorted(said))
    text = f"{file} lists the voters on chain."
    return Part(label, Status.PASS, text, at, observed=chain, expected=chain)


def ua_05(facts: CustodyFacts, limits: Limits) -> Judgement:
    """A current path to revoke or transfer the upgrade authority of each program names its owner,
    its date (at most 180 days ago by the older of that date and the last change in git), its
    steps, and one rehearsal: a signature with its cluster. That transaction exists on the
    cluster it names, succeeded, is as recent, and handed an upgrade authority to another key or
    gave it up: on the target's cluster that of this program, or of the program in scope that the
    path names for its rehearsal, also where a controller carried it out; moving any other
    program's, or a buffer's, fails. A rehearsal elsewhere names its program too, and on a cluster
    that this run does not read it is UNKNOWN."""
    parts: list[Part] = []
    for program in facts.programs:
        moved = _moved(program.name, facts)
        parts += [moved] if moved else _path_parts(program, facts, limits)
    return judgement(
        parts,
        good="A path to revoke or transfer the authority is written, owned and was rehearsed.",
        nothing="There is no program in scope.",
    )


def _path_parts(program: ProgramCustody, facts: CustodyFacts, limits: Limits) -> list[Part]:
    none = _immutable(program, "a path")
    if none is not None:
        return [none]
    documents = of_program(facts.controllers.paths, program.name)
    if not documents:
        text = f"The target maps no current path to revoke or transfer {program.name}."
        return [Part(program.name, Status.UNKNOWN, text)]

    def say(label: str, one: Document) -> Iterable[Part]:
        return (_steps(label, one), *_rehearsal(label, one, program.id, facts, limits))

    return _each(program.name, documents, say, limits)


def _steps(label: str, document: Document) -> Part:
    file, steps = document.surface.file, values_of(document).get("steps", ())
    part = f"{label}: steps"
    if all(blank(one) for one in steps):
        return Part(part, Status.MISSING, f"{file} states no steps.", document.said.at)
    text = f"{file} describes {len(steps)} step(s), by its own words."
    return Part(part, Status.ATTESTED, text, document.said.at, observed=len(steps))


def _rehearsal(
    label: str, document: Document, own: str, facts: CustodyFacts, limits: Limits
) -> list[Part]:
    values, file, at = values_of(document), document.surface.file, document.said.at
    part = f"{label}: rehearsal"
    signatures, clusters = (
        values.get("rehearsal_signature", ()),
        values.get("rehearsal_cluster", ()),
    )
    if not signatures:
        return [Part(part, Status.MISSING, f"{file} names no transaction of a rehearsal.", at)]
    if not clusters:
        return [Part(part, Status.MISSING, f"{file} names no cluster of its rehearsal.", at)]
    other = [one for one in clusters if not same_cluster(one, facts.cluster)]
    named = values.get("rehearsal_program", ())
    if other and not named:
        text = f"{file} names a rehearsal on {brief(other[:1])}, and not of which program."
        return [Part(part, Status.MISSING, text, at, observed=brief(signatures))]
    if other:
        text = (
            f"{file} names a rehearsal with {brief(named)} on {brief(other[:1])}, and this run "
            f"reads {facts.cluster}: whether it took place is not known here."
        )
        return [Part(part, Status.UNKNOWN, text, at, observed=brief(signatures))]
    known = dict(facts.controllers.rehearsals)
    scoped = {programdata_address(program.id): program.id for program in facts.programs}
    return [
        _rehearsed(
            part if len(signatures) == 1 else f"{part} {one}", one, known.get(one), document,
            scoped, own, limits,
        )
        for one in signatures
    ]  # fmt: skip


def _rehearsed(
    label: str, signature: str, read: Read[Rehearsed] | None, document: Document,
    scoped: dict[str, str], own: str, limits: Limits,
) -> Part:  # fmt: skip
    at = document.said.at
    if read is None:
        text = f"{brief([signature])} is no signature that could be looked up."
        return Part(label, Status.UNKNOWN, text, at)
    at = joined(at, read.at)
    if not isinstance(read, Found):
        reason = "no provider has it" if isinstance(read, ProvenAbsent) else read.reason
        return Part(label, Status.UNKNOWN, f"The rehearsal {signature}: {reason}.", at)
    found = read.value
    if found.signature != signature:
        text = f"The transaction that was read is {found.signature}, not {signature}."
        return Part(label, Status.UNKNOWN, text, at)
    if not found.succeeded:
        return Part(label, Status.FAIL, f"The rehearsal {signature} failed on chain.", at)
    named = values_of(document).get("rehearsal_program", ())
    status, text = _did(found, scoped, own, named)
    if status is not Status.PASS:
        return Part(label, status, text, at)
    now = read_time(at)
    if found.block_time is None or now is None:
        return Part(label, Status.UNKNOWN, f"When {signature} landed is not known.", at)
    observed = [f"{one.authority} to {one.new_authority}" for one in found.changes]
    if found.block_time > now + TIME_ZONES:
        text = f"{signature} is dated after the time at which the path was read."
        return Part(label, Status.UNKNOWN, text, at, observed=observed)
    if now - found.block_time > limits.policy_age_seconds:
        text = f"The rehearsal {signature} is more than {spoken(limits.policy_age_seconds)} old."
        return Part(label, Status.STALE, text, at, observed=observed)
    return Part(label, Status.PASS, text, at, observed=observed)


def _did(
    found: Rehearsed, scoped: dict[str, str], own: str, named: tuple[str, ...]
) -> tuple[Status, str]:
    """Whether the transaction moved the upgrade authority that the path is about.

    Args:
        scoped: ProgramData address → program id.
        own: the program whose path it is; it counts where none is named.
        named: programs that the document says were rehearsed with; empty: it does not say.
    """
    moves = [
        one for one in found.changes
        if one.succeeded and one.action in _HANDOVERS and one.new_authority != one.authority
    ]  # fmt: skip
    wanted = named or (own,)
    ours = [one for one in moves if one.programdata in scoped]
    for one in ours:
        program = scoped[str(one.programdata)]
        if set(wanted) == {program}:
            text = (
                f"{found.signature} moved the upgrade authority over {program} from "
                f"{one.authority} to {one.new_authority or 'nobody'}."
            )
            return Status.PASS, text
    if ours and (named or found.inner_recorded):
        text = (
            f"{found.signature} moved the authority over {scoped[str(ours[0].programdata)]}, not "
            f"over {brief(wanted)}."
        )
        return Status.FAIL, text
    if not found.inner_recorded:
        text = f"The calls made inside {found.signature} were not recorded."
        return Status.UNKNOWN, text
    if moves:
        text = (
            f"{found.signature} moved the authority over {moves[0].programdata}, which holds no "
            "program in scope: the path itself was not rehearsed."
        )
        return Status.FAIL, text
    return Status.FAIL, f"{found.signature} moved no upgrade authority to another key."


CHECKS: dict[str, Callable[[Any, Limits], Judgement]] = {
    "UA-02": ua_02,
    "UA-05": ua_05,
    "UA-09": ua_09,
}
