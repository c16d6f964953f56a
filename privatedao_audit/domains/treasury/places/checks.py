"""TR-01: the treasury's address against every current document, and the recipients."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from privatedao_audit.chain import programs
from privatedao_audit.domains.treasury.facts import TreasuryFacts
from privatedao_audit.domains.treasury.places.facts import PlaceFacts, Scoped
from privatedao_audit.domains.treasury.places.recipients import recipients
from privatedao_audit.model.clusters import same_cluster
from privatedao_audit.model.finding import Part, unread
from privatedao_audit.model.limits import Limits
from privatedao_audit.model.reads import Diverged, Found, ProvenAbsent, ReadAt, Unknown, joined
from privatedao_audit.model.status import Status
from privatedao_audit.protocols.facts import DaoReads, TreasuryReads
from privatedao_audit.repository.surfaces import Statement

__all__ = ["placed"]


def placed(facts: TreasuryFacts, limits: Limits) -> Iterator[Part]:
    """The parts of TR-01."""
    scoped = {one.dao: one for one in facts.places.scoped}
    for reads in facts.governance.daos:
        yield from _account(reads, scoped.get(reads.address))
    if facts.governance.daos:
        yield from _statements(facts)
        yield from recipients(facts, limits)


def _account(reads: DaoReads, scoped: Scoped | None) -> Iterator[Part]:
    """The derivation, and the account that lies there."""
    dao = reads.address
    if not isinstance(reads.dao, Found):
        yield unread(
            f"DAO {dao}", reads.dao, absent=Status.FAIL,
            absent_summary="There is no such DAO, so its treasury is nobody's.",
        )  # fmt: skip
        return
    if len(reads.treasuries) != 1 or scoped is None:
        text = "How the treasury follows from this DAO is not known."
        yield Part(f"treasury of {dao}", Status.UNKNOWN, text, reads.dao.at)
        return
    (one,) = reads.treasuries
    address, at = one.treasury.address, joined(reads.dao.at, one.account.at)
    label = f"target's treasury of {dao}"
    if one.treasury.program != scoped.program or one.treasury.dao != dao:
        text = "The derivation is not that of the DAO and the program in scope."
        yield Part(label, Status.UNKNOWN, text, at)
    elif address != scoped.treasury:
        text = f"The target names {scoped.treasury}; DAO and program lead to {address}."
        yield Part(label, Status.FAIL, text, at, observed=scoped.treasury, expected=address)
    else:
        text = f"DAO and program lead to {address}, which the target names."
        yield Part(label, Status.PASS, text, at, observed=address, expected=address)
    yield _plain(one)


def _plain(one: TreasuryReads) -> Part:
    address, read = one.treasury.address, one.account
    label, wanted = f"account {address}", {"owner": programs.SYSTEM, "data_length": 0}
    if isinstance(read, ProvenAbsent):
        text = "No account lies there yet, which means that it holds no SOL."
        return Part(label, Status.PASS, text, read.at, observed="absent", expected=wanted)
    if not isinstance(read, Found):
        return unread(label, read, absent=Status.UNKNOWN, absent_summary="")
    seen = {"owner": read.value.owner, "data_length": read.value.data_length}
    if seen != wanted or read.value.fault:
        told = f"it is owned by {seen['owner']}, with {seen['data_length']} bytes"
        why = read.value.fault or told
        text = f"The account is not one that the program can pay from: {why}."
        return Part(label, Status.FAIL, text, read.at, observed=seen, expected=wanted)
    text = "The account is owned by the system program and has no data."
    return Part(label, Status.PASS, text, read.at, observed=seen, expected=wanted)


def _statements(facts: TreasuryFacts) -> Iterator[Part]:
    places = facts.places
    numbers: dict[str, int] = {}
    for file, read in places.statements:
        # One file may be mapped at several places: each statement is a part of its own.
        numbers[file] = numbers.get(file, 0) + 1
        label = file if numbers[file] == 1 else f"{file} ({numbers[file]})"
        if isinstance(read, Found):
            yield _stated(label, read.value, read.at, places)
        else:
            yield unread(
                label, read, absent=Status.MISSING,
                absent_summary=f"The checkout has no file {file}.",
            )  # fmt: skip
    if not places.statements:
        text = "The target maps no current document that prints a treasury."
        yield Part("documents", Status.UNKNOWN, text)
    yield from _elsewhere(places)
    for one in places.unmapped:
        ours = {scoped.treasury for scoped in places.scoped}
        if isinstance(one.treasuries, Diverged | Unknown):
            yield unread(one.file, one.treasuries, absent=Status.UNKNOWN, absent_summary="")
        elif isinstance(one.treasuries, Found) and set(one.treasuries.value) - ours:
            text = (
                f"It prints {sorted(set(one.treasuries.value) - ours)[0][:60]} as a treasury; "
                "whether it is current the target does not say."
            )
            yield Part(one.file, Status.UNKNOWN, text, one.treasuries.at)


def _elsewhere(places: PlaceFacts) -> Iterator[Part]:
    """Treasuries that current surfaces state outside the fields that the target maps."""
    label, read = "claims about the treasury", places.contradicted
    if not isinstance(read, Found):
        yield unread(label, read, absent=Status.UNKNOWN, absent_summary="No commit was read.")
        return
    if not read.value:
        text = "The claim ledger refutes no treasury that a current surface states."
        yield Part(label, Status.PASS, text, read.at, observed=[])
        return
    first = read.value[0]
    more = f" ({len(read.value) - 1} more)" if len(read.value) > 1 else ""
    text = f"{first.file} line {first.line}: {first.why.rstrip('.')}{more}."
    seen = [f"{one.file}:{one.line}: {one.value}" for one in read.value]
    yield Part(label, Status.FAIL, text, read.at, observed=seen, expected=[])


def _stated(label: str, said: Statement, at: ReadAt, places: PlaceFacts) -> Part:
    """Whether a document prints the treasury that follows from what it names."""
    values = said.values
    other = _other_cluster(values, places.cluster)
    if other:
        text = f"{said.file} speaks of {other}, and the target maps it as current here."
        return Part(label, Status.UNKNOWN, text, at, observed=other, expected=places.cluster)
    printed = values.get("treasury", ())
    if not printed:
        return Part(label, Status.MISSING, f"{said.file} prints no treasury.", at)
    scoped = {one.dao: one for one in places.scoped}
    daos, ids = values.get("dao", ()), values.get("program_id", ())
    if len(daos) > 1 or len(ids) > 1:
        text = f"{said.file} names several DAOs or programs, and which treasury is whose is prose."
        return Part(label, Status.UNKNOWN, text, at, observed=list(printed))
    right = sorted({one.program for one in places.scoped})
    if ids and ids[0] not in right:
        text = f"{said.file} names the program {ids[0][:60]}, which no DAO in scope is of."
        return Part(label, Status.FAIL, text, at, observed=list(ids), expected=right)
    allowed = _allowed(places, daos, scoped)
    bad = [one for one in printed if one not in allowed]
    if bad:
        text = f"{said.file} prints {bad[0][:60]} as the treasury{_whose(places, bad[0])}."
        return Part(label, Status.FAIL, text, at, observed=list(printed), expected=allowed)
    if daos and daos[0] not in scoped:
        text = f"{said.file} prints the treasury of {daos[0]}, a DAO that is not in scope."
        return Part(label, Status.UNKNOWN, text, at, observed=list(printed))
    text = f"{said.file} prints the treasury that DAO and program lead to."
    return Part(label, Status.PASS, text, at, observed=list(printed), expected=allowed)


def _allowed(
    places: PlaceFacts, daos: Sequence[str], scoped: Mapping[str, Scoped]
) -> list[str]:
    """The treasuries that a document may print: of the DAO it names, else of those in scope."""
    names = set(daos) or set(scoped)
    ids = {one.program for one in places.scoped}
    found = [
        one.address for one in places.derived
        if one.dao in names
        and (one.program == scoped[one.dao].program if one.dao in scoped else one.program in ids)
    ]  # fmt: skip
    return sorted(dict.fromkeys(found))


def _whose(places: PlaceFacts, address: str) -> str:
    """What is known of a wrong address, as a clause."""
    scoped = {(one.dao, one.program) for one in places.scoped}
    for one in places.derived:
        if one.address == address:
            here = (one.dao, one.program) in scoped
            of = f"that of the DAO {one.dao}" if here else (
                f"what the DAO {one.dao} has under the program {one.program}"
            )  # fmt: skip
            return f", which is {of}"
    return ", which follows from no DAO and program that is named"


def _other_cluster(values: Mapping[str, tuple[str, ...]], cluster: str) -> str:
    """The cluster that a document names where it is not the target's; empty otherwise."""
    odd = [one for one in values.get("cluster", ()) if not same_cluster(one, cluster)]
    return odd[0][:60] if odd else ""
