"""The parts of RG-07."""

from __future__ import annotations

from collections.abc import Iterator

from privatedao_audit.domains.gate.reach.facts import Named, Reached, ReachFacts
from privatedao_audit.model.finding import Part, unread
from privatedao_audit.model.reads import Found, ProvenAbsent, joined
from privatedao_audit.model.status import Status

__all__ = ["complete"]


def complete(facts: ReachFacts) -> Iterator[Part]:
    """What documents name, then what the authority over the programs leads to."""
    if not isinstance(facts.documents, Found):
        yield unread("documents", facts.documents, absent=Status.UNKNOWN,
                     absent_summary="The checkout has no document.")  # fmt: skip
    else:
        for file, why in sorted(facts.unread.items()):
            text = f"Not everything that {file} names is known: {why}."
            yield Part(f"names of {file}", Status.UNKNOWN, text, facts.documents.at)
        judged = [one for one in facts.named if one.surface]
        seen = {"judged": len(judged), "listed": [o.address for o in facts.named if not o.surface]}
        if judged:
            text = f"Current documents name {len(judged)} programs, DAOs, multisigs and mints."
            yield Part("documents", Status.PASS, text, facts.documents.at, observed=seen)
        else:
            text = "No current document names a program, DAO, multisig or mint."
            yield Part("documents", Status.UNKNOWN, text, facts.documents.at, observed=seen)
        for one in judged:
            yield _named(one, facts)
    if not facts.reached:
        yield Part("controllers", Status.UNKNOWN, "No account of a program in scope was read.")
    for reached in facts.reached:
        yield _reached(reached, facts)
    for address, read in sorted(facts.lost.items()):
        yield unread(f"on the way: {address}", read, absent=Status.UNKNOWN, absent_summary="")


def _named(one: Named, facts: ReachFacts) -> Part:
    label = f"named {one.kind} {one.address}"
    assert isinstance(facts.documents, Found)
    at = joined(facts.documents.at, one.fits.at)
    held = facts.scope.get(one.address)
    if held is not None:
        text = f"The {one.kind} {one.address} is in scope, as a {held}."
        return Part(label, Status.PASS, text, at, observed=held)
    if one.address in facts.excluded:
        text = f"{one.address} is excluded: {facts.excluded[one.address]}"
        return Part(label, Status.PASS, f"{text.rstrip('.')}.", at,
                    observed=facts.excluded[one.address])  # fmt: skip
    if not one.here:
        text = f"{one.where}, names the {one.kind} {one.address}, and not for which cluster."
        return Part(label, Status.UNKNOWN, text, at, observed="neither", expected="in scope")
    if isinstance(one.fits, ProvenAbsent):
        text = f"{one.where}, names the {one.kind} {one.address}, where there is no account."
        return Part(label, Status.FAIL, text, at, observed="absent", expected="in scope")
    if not isinstance(one.fits, Found):
        return unread(label, one.fits, absent=Status.UNKNOWN, absent_summary="")
    if not one.fits.value:
        text = f"{one.where}, names {one.address} as a {one.kind}, and the account is none."
        return Part(label, Status.FAIL, text, at, observed="of another kind", expected="in scope")
    text = (
        f"{one.where}, names the {one.kind} {one.address}, which is neither in scope nor excluded."
    )
    return Part(label, Status.FAIL, text, at, observed="neither", expected="in scope")


def _reached(one: Reached, facts: ReachFacts) -> Part:
    label = f"reached {one.kind} {one.address}"
    if not isinstance(one.read, Found):
        return unread(label, one.read, absent=Status.UNKNOWN,
                      absent_summary=f"There is no account at {one.address}.")  # fmt: skip
    at = one.read.at
    held = facts.scope.get(one.address)
    if held is not None:
        return Part(label, Status.PASS, f"{one.address} is in scope, as a {held}.", at,
                    observed=held)  # fmt: skip
    if one.address in facts.excluded:
        text = f"{one.address} is excluded: {facts.excluded[one.address]}"
        return Part(label, Status.PASS, f"{text.rstrip('.')}.", at,
                    observed=facts.excluded[one.address])  # fmt: skip
    if one.known:
        text = f"The program {one.address} is a known one of this cluster."
        return Part(label, Status.PASS, text, at, observed="known")
    text = f"Authority leads to the {one.kind} {one.address}, neither in scope nor excluded."
    return Part(label, Status.FAIL, text, at, observed="neither", expected="in scope")
