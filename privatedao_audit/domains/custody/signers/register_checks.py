"""What the signer register has to say: SD-02 and SD-03."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from privatedao_audit.chain.addresses import is_on_curve
from privatedao_audit.domains.custody.blank import blank
from privatedao_audit.domains.custody.facts import CustodyFacts
from privatedao_audit.domains.custody.signers.dates import asked, unix_seconds
from privatedao_audit.domains.custody.signers.facts import (
    POWER_WORDS,
    POWERLESS_ROLES,
    PROPOSER,
    Entry,
    Register,
    Seen,
    SignerFacts,
    Walk,
    is_reviewer,
    is_treasury,
)
from privatedao_audit.domains.custody.signers.labels import distinct
from privatedao_audit.model.finding import Judgement, Part, judgement, unread
from privatedao_audit.model.limits import Limits
from privatedao_audit.model.reads import Found, ProvenAbsent, ReadAt, joined
from privatedao_audit.model.spans import spoken
from privatedao_audit.model.status import Status

#: A clock of a document's author may be ahead by so many seconds; a day is what a date can mean.
_AHEAD = 86_400

_UNMAPPED = "The target maps no signer register of this cluster."


@dataclass(frozen=True, slots=True)
class _Row:
    """An entry in its register; ``at`` is where both the row and its date stand."""

    entry: Entry
    register: Register
    at: ReadAt


def _rows(facts: SignerFacts) -> tuple[_Row, ...]:
    return tuple(
        _Row(entry, register, joined(register.entries.at, register.changed.at))
        for register in facts.registers
        if isinstance(register.entries, Found)
        for entry in register.entries.value
    )


def _unread(facts: SignerFacts) -> Iterator[Part]:
    for register in facts.registers:
        if not isinstance(register.entries, Found):
            text = f"The signer register {register.file} is not in the checkout."
            yield unread(register.file, register.entries, absent=Status.MISSING,
                         absent_summary=text)  # fmt: skip


def _age(row: _Row, limit: int) -> tuple[Status, str]:
    """How fresh a row is, by the older of its own date and the file's last change in git."""
    register, entry = row.register, row.entry
    now = asked(register.entries.at.asked_at)
    declared = None if entry.date is None else unix_seconds(entry.date)
    if entry.date is not None and declared is None:
        return Status.MISSING, f"the date of its row in {register.file} is none of the calendar"
    if now is None:
        return Status.UNKNOWN, "when the register was read is not known"
    if isinstance(register.changed, Found):
        dates = [register.changed.value] + ([] if declared is None else [declared])
    elif isinstance(register.changed, ProvenAbsent) and declared is None:
        return Status.MISSING, f"{register.file} gives no date and is in no commit"
    elif isinstance(register.changed, ProvenAbsent):
        return Status.UNKNOWN, f"{register.file} is in no commit, so its own word alone dates it"
    else:
        why = register.changed.reason
        return Status.UNKNOWN, f"when {register.file} last changed is not known ({why})"
    if max(dates) > now + _AHEAD:
        return Status.FAIL, f"{register.file} is dated in the future"
    age = now - min(dates)
    if age > limit:
        old = f"{spoken(age)} old, more than {spoken(limit)}"
        return Status.STALE, f"its row in {register.file} is {old}"
    return Status.PASS, f"{spoken(max(age, 0))} old"


def sd_02(facts: CustodyFacts, limits: Limits) -> Judgement:
    """The keys registered for the treasury and those of the proposal reviewers are two sets
    without a common key, each of them owned and no older than the limit for registers, which is
    ATTESTED: what a person does with a key no chain tells. A key in both sets fails, and so does
    a reviewer's key that holds or used the treasury operator's role on chain. What a review is,
    the chain does not show, so the other direction rests on the registers alone."""
    signers = facts.signers
    rows = _rows(signers)
    parts = list(_unread(signers))
    if rows or any(isinstance(r.entries, Found) for r in signers.registers):
        parts += _two_sets(facts, rows, limits)
    return judgement(
        distinct(parts),
        good="Treasury keys and reviewers' keys are registered apart; nobody was seen in both.",
        nothing=_UNMAPPED,
    )


def _two_sets(facts: CustodyFacts, rows: Sequence[_Row], limits: Limits) -> Iterator[Part]:
    treasury = [row for row in rows if any(map(is_treasury, row.entry.roles))]
    reviewers = [row for row in rows if any(map(is_reviewer, row.entry.roles))]
    read = joined(*(r.entries.at for r in facts.signers.registers))
    for name, found in (("treasury keys", treasury), ("reviewers", reviewers)):
        if not found:
            yield Part(name, Status.MISSING, f"No register names any {name}.", read)
    yield from _in_both(facts, treasury, reviewers)
    yield from _seen_in_both(facts, reviewers)
    for row in dict.fromkeys((*treasury, *reviewers)):
        yield _attested(row, limits)
    yield from _same_owner(treasury, reviewers)


def _same_owner(treasury: Sequence[_Row], reviewers: Sequence[_Row]) -> Iterator[Part]:
    """Owners of keys in both sets: keys that are apart are not people that are."""
    named = [
        {row.entry.owner.casefold().strip(): row for row in rows
         if row.entry.owner is not None and not blank(row.entry.owner)}
        for rows in (treasury, reviewers)
    ]  # fmt: skip
    for owner in sorted(named[0].keys() & named[1].keys()):
        first, second = named[0][owner], named[1][owner]
        text = (
            f"The registers name {first.entry.owner} as owner in both sets: the keys are apart, "
            "whether the people are is not."
        )
        at = joined(first.at, second.at)
        yield Part(f"owner in both: {owner}", Status.ATTESTED, text, at, {"owner": owner})


def _in_both(
    facts: CustodyFacts, treasury: Sequence[_Row], reviewers: Sequence[_Row]
) -> Iterator[Part]:
    ours = {row.entry.key: row.at for row in treasury}
    theirs = {row.entry.key: row.at for row in reviewers}
    # What the auditor's profile says of a key completes the team's own word.
    paid = set(ours) | {w.key for w in facts.signers.wallets if any(map(is_treasury, w.roles))}
    reads = set(theirs) | {w.key for w in facts.signers.wallets if any(map(is_reviewer, w.roles))}
    for key in sorted(paid & reads):
        at = joined(*(where[key] for where in (ours, theirs) if key in where))
        text = f"{key} is registered for the treasury and as a reviewer."
        status = Status.FAIL if at.evidence else Status.UNKNOWN
        yield Part(f"both: {key}", status, text, at, {"key": key}, "in one of the two sets")


def _seen_in_both(facts: CustodyFacts, reviewers: Sequence[_Row]) -> Iterator[Part]:
    for key, at in {row.entry.key: row.at for row in reviewers}.items():
        held = [one for one in facts.signers.roles if one.role != "authority"
                and isinstance(one.key, Found) and one.key.value == key]  # fmt: skip
        names = {one.role for one in facts.signers.roles if one.role != "authority"}
        used = [one for one in facts.signers.observed.seen if one.key == key and one.role in names]
        if held or used:
            what = " and ".join(["holds"] * bool(held) + ["used"] * bool(used))
            text = f"The reviewer's key {key} {what} the treasury operator's role on chain."
            place = joined(at, *(one.key.at for one in held), *(one.at for one in used))
            yield Part(f"seen: {key}", Status.FAIL, text, place, {"key": key}, "no such role")


def _attested(row: _Row, limits: Limits) -> Part:
    entry, label = row.entry, f"{row.register.file}: {row.entry.key}"
    roles = " and ".join(entry.roles)
    status, told = _age(row, limits.register_age_seconds)
    if blank(entry.owner):
        text = f"The register names no owner of {entry.key}, registered as {roles}."
        return Part(label, Status.MISSING, text, row.at)
    if status is not Status.PASS:
        return Part(label, status, f"{entry.key}, registered as {roles}: {told}.", row.at)
    text = f"{entry.key} is registered as {roles}, owned by {entry.owner}, {told}."
    return Part(label, Status.ATTESTED, text, row.at, {"roles": list(entry.roles)})


def sd_03(facts: CustodyFacts, limits: Limits) -> Judgement:
    """Every key that signed a privileged instruction that took effect (of the loader on a program
    in scope, of a multisig of the target, of the protocol on a DAO in scope) stands in a signer
    register with role, class of custody and owner, in a row no older than the limit that git
    dates too. A row in the kit's own words records the role that they mean: one who signed as
    upgrade authority and is registered as a keeper is MISSING. A key in no
    register fails; one that only the auditor's profile knows, whose row lacks something, or whose
    role has no power (demo, reviewer), is MISSING. For a vault its members signed. Failed attempts
    give no role, nor does what a proposer may do with the own proposal, since any holder of tokens
    can be one. A history that may be cut may hide a signer, so it is UNKNOWN, and so is one
    without any signer."""
    signers = facts.signers
    parts = list(_unread(signers))
    parts += [
        Part(f"{walk.kind} {walk.address}", Status.UNKNOWN,
             f"Signers may be missing: {walk.gap}.", walk.at)
        for walk in signers.observed.walks if walk.gap
    ]  # fmt: skip
    parts += _whole(signers.observed.walks)
    keys = sorted({one.key for one in signers.observed.seen if one.role != PROPOSER})
    if not signers.observed.walks:
        parts.append(Part("histories", Status.UNKNOWN, "No history was looked through."))
    if not any(isinstance(r.entries, Found) for r in signers.registers):
        listed = f" Those seen: {', '.join(keys)}." if keys else ""
        if not signers.registers:
            parts.append(Part("signer register", Status.UNKNOWN, _UNMAPPED + listed))
        keys = []
    elif not keys:
        at = joined(*(walk.at for walk in signers.observed.walks))
        text = "No privileged signature was seen, so no register could be held against one."
        parts.append(Part("signers", Status.UNKNOWN, text, at))
    rows = _rows(signers)
    parts += [_signer(facts, key, rows, limits) for key in keys]
    return judgement(
        distinct(parts),
        good="Every key that signed a privileged instruction is registered.",
        nothing=_UNMAPPED,
    )


def _whole(walks: Sequence[Walk]) -> Iterator[Part]:
    """One part for all histories, where none of them has a gap."""
    at = joined(*(walk.at for walk in walks))
    if walks and at.evidence and not any(walk.gap for walk in walks):
        counted = sum(walk.transactions for walk in walks)
        text = (
            f"{len(walks)} histories were read back to their beginning: {counted} entries, some "
            "of them in several."
        )
        # Without their number: a new proposal is routine, and ends nothing.
        yield Part("histories", Status.PASS, text, at, {"histories": "whole"})


def _signer(facts: CustodyFacts, key: str, rows: Sequence[_Row], limits: Limits) -> Part:
    signers = facts.signers
    acts = [one for one in signers.observed.seen if one.key == key and one.role != PROPOSER]
    at = joined(*(one.at for one in acts))
    signed = f"{key} signed as {', '.join(dict.fromkeys(one.role for one in acts))}"
    observed = {"roles seen": sorted({one.role for one in acts})}
    expected = {"registered": "role, custody, owner"}
    if not is_on_curve(key):
        return _of_vault(facts, key, signed, at)
    mine = [row for row in rows if row.entry.key == key]
    read = joined(at, *(r.entries.at for r in signers.registers))
    if not mine and any(wallet.key == key for wallet in signers.wallets):
        text = f"{signed}; only the target profile knows it, no register of the team."
        return Part(key, Status.MISSING, text, read, observed, expected)
    if not mine and all(f"or {PROPOSER}" in one.role for one in acts):
        text = f"{signed}, which of the two is not known, and no register knows it."
        return Part(key, Status.UNKNOWN, text, read, observed, expected)
    if not mine:
        text = f"{signed}, and no register knows it{_example(acts)}."
        return Part(key, Status.FAIL, text, read, observed, expected)
    judged = sorted((_registered(row, limits) for row in mine), key=lambda said: _RANK[said[0]])
    status, told = judged[0]
    if status is Status.PASS and (wrong := _other_role(acts, mine)):
        status, told = Status.MISSING, wrong
    place = joined(at, *(row.at for row in mine))
    return Part(key, status, f"{signed}; {told}.", place, observed, expected)


#: The kit's own words of a role that a signature in it is registered by.
_MEANT = {
    "upgrade authority": frozenset({"upgrade-authority", "deployer"}),
    "new upgrade authority": frozenset({"upgrade-authority", "deployer"}),
    "multisig member": frozenset({"multisig-member"}),
    "config authority": frozenset({"multisig-member", "upgrade-authority", "deployer"}),
    "authority": frozenset({"dao-authority"}),
    # The DAO's authority makes that record, and may keep it.
    "operator authority": frozenset({"treasury-operator", "dao-authority"}),
}


def _other_role(acts: Sequence[Seen], rows: Sequence[_Row]) -> str:
    """Why rows about a key record another role than one it signed in; empty where they don't.

    Only the kit's own words are held to what they mean: a register's own may mean anything.
    """
    roles = {role for row in rows for role in row.entry.plain_roles} - POWERLESS_ROLES
    if roles - POWER_WORDS:
        return ""
    for role in dict.fromkeys(one.role for one in acts):
        if role in _MEANT and not roles & _MEANT[role]:
            return f"registered as {' and '.join(sorted(roles))}, which is not {role}"
    return ""


#: Which of several rows about a key counts: one that is good is enough.
_RANK = {Status.PASS: 0, Status.UNKNOWN: 1, Status.STALE: 2, Status.MISSING: 3, Status.FAIL: 4}


def _registered(row: _Row, limits: Limits) -> tuple[Status, str]:
    entry = row.entry
    lacks = [
        name
        for name, value in (
            ("role", "".join(entry.roles)), ("class of custody", entry.custody),
            ("owner", entry.owner),
        )
        if blank(value)
    ]  # fmt: skip
    if lacks:
        return Status.MISSING, f"its row in {row.register.file} lacks {' and '.join(lacks)}"
    if POWERLESS_ROLES.issuperset(entry.plain_roles):
        roles = " and ".join(entry.roles)
        return Status.MISSING, f"{row.register.file} has it as {roles} alone, which signs nothing"
    status, told = _age(row, limits.register_age_seconds)
    if status is not Status.PASS:
        return status, told
    return status, (
        f"registered in {row.register.file} as {', '.join(entry.roles)}, {entry.custody}, "
        f"owned by {entry.owner}"
    )


def _example(acts: Sequence[Seen]) -> str:
    last = max((one.last for one in acts), key=lambda moment: moment.slot)
    return f"; last in {last.signature} at slot {last.slot}"


def _of_vault(facts: CustodyFacts, key: str, signed: str, at: ReadAt) -> Part:
    vault = facts.signers.vault(key)
    governance = facts.signers.governed.get(key)
    if vault is None and governance is not None:
        text = (
            f"{signed}: the governance {governance} of a realm signs for it when holders of "
            "tokens have voted so, and who holds their votes the chain lists nowhere."
        )
        return Part(key, Status.UNKNOWN, text, at)
    if vault is None:
        text = f"{signed}, a program-derived address whose signers are not known."
        return Part(key, Status.UNKNOWN, text, at)
    text = (
        f"{signed}: it is vault {vault.index} of the multisig {vault.multisig}, for which its "
        "members signed."
    )
    return Part(key, Status.PASS, text, joined(at, vault.at), {"multisig": vault.multisig})
