"""RC-06: somebody outside the team followed the guide, and left transactions that say so."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from unicodedata import category, normalize

from privatedao_audit.chain.layouts.squads import Multisig
from privatedao_audit.domains.release.records.facts import Invocation, Verification
from privatedao_audit.domains.release.records.said import (
    Seen,
    blank,
    day_or_moment,
    read_time,
    release_commit,
    same_as_release,
    stated,
    utc,
)
from privatedao_audit.model.clusters import same_cluster
from privatedao_audit.model.finding import Part
from privatedao_audit.model.reads import Found, Read
from privatedao_audit.model.status import Status

if TYPE_CHECKING:
    from privatedao_audit.domains.release.facts import ProgramRelease, ReleaseFacts

#: What the loader does with new code.
_DEPLOYS = ("DeployWithMaxDataLen", "Upgrade")
#: Roles in a register of those who look at the operation and have no part in it.
_OUTSIDE = re.compile(r"verif|review|audit", re.IGNORECASE)


def followed(program: ProgramRelease, facts: ReleaseFacts) -> list[Part]:
    """The parts of RC-06 for one program."""
    records = facts.records.of(program.name)
    mine = records.verifications if records else ()
    if not mine:
        text = f"The target maps no record of an independent verification of {program.name}."
        return [Part(program.name, Status.UNKNOWN, text)]
    parts: list[Part] = []
    for number, one in enumerate(mine):
        label = f"{program.name}: {one.surface.file}" + (f" #{number + 1}" if number else "")
        parts.append(_told(label, one, program, facts))
        if isinstance(one.said, Found):
            parts += _transactions(label, one, program, facts)
    return parts


def _told(label: str, one: Verification, program: ProgramRelease, facts: ReleaseFacts) -> Part:
    """Who, when and by which steps, as the record says."""
    file, seen = one.surface.file, Seen(label)
    if not seen.read(one.said, absent=Status.MISSING,
                     absent_summary=f"The checkout has no file {file}."):  # fmt: skip
        return seen.part("")
    assert isinstance(one.said, Found)
    said = one.said.value
    lacking = [
        name for name in ("verifier", "date", "guide", "cluster") if stated(said, name) is None
    ]
    steps = [one for one in said.values.get("steps", ()) if not blank(one)]
    lacking += ["steps"] if not steps else []
    lacking += ["signatures"] if not said.values.get("signatures") else []
    if lacking:
        seen.add(Status.MISSING, f"{file} does not state {', '.join(lacking)}.")
    if one.guide is not None:
        guide = stated(said, "guide")
        if seen.read(one.guide, absent=Status.MISSING,
                     absent_summary=f"The guide {guide} is not in the checkout."):  # fmt: skip
            assert isinstance(one.guide, Found)
            if one.guide.value.length == 0:
                seen.add(Status.MISSING, f"The guide {guide} is empty.")
    release = release_commit(program, facts.cluster)
    same_as_release(seen, said.values.get("commit", ()), release, file)
    _date(seen, stated(said, "date"), program, facts)
    who = (stated(said, "verifier") or "")[:100]
    if own := _names(program, facts).get(_spelt(stated(said, "verifier") or "")):
        seen.add(Status.FAIL, f"The verifier {who!a} is {own}: not independent.")
    tells = f"{who} followed the guide in {len(steps)} steps, as {file} says."
    return seen.part(tells, observed={"verifier": who, "steps": len(steps)})


def _date(seen: Seen, text: str | None, program: ProgramRelease, facts: ReleaseFacts) -> None:
    if text is None:
        return
    span = day_or_moment(text)
    if span is None:
        seen.add(Status.FAIL, f"Its date is {text[:60]!a}, which is no RFC 3339 time or day.")
        return
    now = read_time(seen.places[0])
    if now is None:
        seen.add(Status.UNKNOWN, "When the record was read is not known.")
    elif span[0] > now:
        seen.add(Status.FAIL, f"It is dated {text}, after the time it was read.")
    made = _committed(program, facts)
    if made is None:
        seen.add(Status.UNKNOWN, "When the release commit was made is not known: see RC-01.")
    elif span[1] < made:
        told = f"It is dated {text}, before the release commit was made ({utc(made)})."
        seen.add(Status.FAIL, told)


def _committed(program: ProgramRelease, facts: ReleaseFacts) -> int | None:
    """When the release commit was made, in Unix seconds; None where that is not known."""
    commit = release_commit(program, facts.cluster).commit
    records = facts.records.of(program.name)
    for freeze in records.freezes if records else ():
        if freeze.commit == commit and isinstance(freeze.known, Found):
            return freeze.known.value.committer_time
    return None


def _deployed(program: ProgramRelease) -> int | None:
    """Block time of the last recorded deployment, in Unix seconds; None where not known."""
    times = [
        read.value.block_time
        for read in program.recorded.values()
        if isinstance(read, Found) and read.value.succeeded
        if any(one.programdata == program.programdata and one.action in _DEPLOYS
               for one in read.value.events)
    ]  # fmt: skip
    return max((one for one in times if one is not None), default=None)


def _transactions(
    label: str, one: Verification, program: ProgramRelease, facts: ReleaseFacts
) -> list[Part]:
    assert isinstance(one.said, Found)
    values, at = one.said.value.values, one.said.at
    signatures = values.get("signatures", ())
    other = [c for c in values.get("cluster", ()) if not same_cluster(c, facts.cluster)]
    if other and signatures:
        text = (
            f"{one.surface.file} names the cluster {other[0][:60]}, which this run does not read: "
            f"its {len(signatures)} signatures are not looked up."
        )
        return [Part(f"{label} signatures", Status.UNKNOWN, text, at)]
    parts = []
    for number, signature in enumerate(signatures, 1):
        seen = Seen(f"{label} signature {number}", [at])
        read = one.transactions.get(signature)
        if read is None:
            seen.add(Status.FAIL, f"What it gives is no transaction signature: {signature[:90]!a}.")
            parts.append(seen.part(""))
            continue
        parts.append(_transaction(seen, signature, read, program, facts))
    return parts


def _transaction(
    seen: Seen, signature: str, read: Read[Invocation], program: ProgramRelease,
    facts: ReleaseFacts,
) -> Part:  # fmt: skip
    # A transaction that no provider returns may be pruned: never "did not happen".
    if not seen.read(read, absent=Status.UNKNOWN, absent_summary="It was not returned."):
        return seen.part("")
    assert isinstance(read, Found)
    landed = read.value
    if program.id not in landed.invoked:
        if landed.inner_recorded:
            seen.add(Status.FAIL, f"{signature} does not invoke {program.id}.")
        else:
            text = f"The inner instructions of {signature} were not recorded."
            seen.add(Status.UNKNOWN, text)
    if not landed.succeeded:
        seen.add(Status.FAIL, f"{signature} landed with an error: it shows nothing done.")
    made = _committed(program, facts)
    if landed.block_time is None:
        seen.add(Status.UNKNOWN, f"The node kept no time of the block of {signature}.")
    elif made is not None and landed.block_time < made:
        text = f"{signature} landed {utc(landed.block_time)}, before the release commit was made."
        seen.add(Status.FAIL, text)
    since = _deployed(program)
    if since is None:
        text = "When the release was deployed is not known, so which code ran is not: see RC-09."
        seen.add(Status.UNKNOWN, text)
    elif landed.block_time is not None and landed.block_time < since:
        text = f"{signature} landed {utc(landed.block_time)}, before the release was deployed"
        seen.add(Status.FAIL, f"{text} ({utc(since)}): it ran other code.")
    _independent(seen, signature, landed, program, facts)
    return seen.part(
        f"{signature} succeeded and invokes {program.id}.",
        observed={"signers": list(landed.signers), "invoked": list(landed.invoked)},
    )


def _independent(
    seen: Seen, signature: str, landed: Invocation, program: ProgramRelease, facts: ReleaseFacts
) -> None:
    """Add that somebody of the team signed, by everything that names the team's keys."""
    if not landed.signers:
        seen.add(Status.UNKNOWN, f"Who signed {signature} is not known.")
    team, unread = _team(program, facts)
    if unread:
        text = f"Who belongs to the team is not known in full: {unread} could not be read."
        seen.add(Status.UNKNOWN, text)
    elif not team:
        seen.add(Status.UNKNOWN, "No key of the team is known, so nobody is known to be outside.")
    for key in landed.signers:
        if key in team:
            text = f"{signature} is signed by {key}, {team[key]}: not independent."
            seen.add(Status.FAIL, text)


def _names(program: ProgramRelease, facts: ReleaseFacts) -> dict[str, str]:
    """Name of a person → what ties it to the team."""
    team, _ = _team(program, facts)
    rows = list(facts.provenance.wallets)
    for register in facts.provenance.registers:
        rows += register.rows.value if isinstance(register.rows, Found) else ()
    found = {_spelt(r.owner): f"the owner of {r.key}" for r in rows if r.owner and r.key in team}
    for source in program.saying("operator", facts.cluster):
        values = source.said.value.values if isinstance(source.said, Found) else {}
        found |= {_spelt(o): "the operator of the release" for o in values.get("operator", ())}
    return {name: why for name, why in found.items() if name}


def _spelt(name: str) -> str:
    """A name whatever its case, its spaces and what nobody sees in it."""
    seen = (one for one in normalize("NFKC", name) if category(one) != "Cf")
    return " ".join("".join(seen).split()).casefold()


def _team(program: ProgramRelease, facts: ReleaseFacts) -> tuple[dict[str, str], str]:
    """Key → what ties it to the team, and the register that could not be read, if any.

    The team's keys are those that the target and the checkout register, except those registered
    for nothing but reviews, and on chain the upgrade authority and the members of its multisigs.
    """
    team: dict[str, str] = {}
    code = facts.authority.executables.get(program.id)
    if isinstance(code, Found) and code.value.upgrade_authority is not None:
        team[code.value.upgrade_authority] = "the upgrade authority"
    for address, read in facts.authority.accounts.items():
        content = read.value.content if isinstance(read, Found) else None
        if isinstance(content, Multisig):
            team |= {one.key: f"a member of the multisig {address}" for one in content.members}
    unread = ""
    for register in facts.provenance.registers:
        if not isinstance(register.rows, Found):
            unread = unread or register.file
            continue
        for row in register.rows.value:
            if not row.roles or not all(_OUTSIDE.search(role) for role in row.roles):
                team[row.key] = f"registered in {register.file}"
    team |= {key: f"registered as {', '.join(r)}" for key, r in facts.records.team.items()}
    return team, unread
