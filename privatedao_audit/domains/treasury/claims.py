"""TR-07: what can still be drawn from the treasury."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from privatedao_audit.domains.treasury.facts import TreasuryFacts
from privatedao_audit.domains.treasury.proposals import not_all, not_read
from privatedao_audit.history.facts import AddressHistory, DaoHistory
from privatedao_audit.history.reconcile import ledger, owed
from privatedao_audit.model.finding import Part, unread
from privatedao_audit.model.reads import Found, ProvenAbsent, Read, ReadAt, joined
from privatedao_audit.model.status import Status
from privatedao_audit.protocols.facts import Outcome

#: Lamports; a hundredth of a SOL is ten times what an empty account needs on any public cluster.
_ABOVE_ANY_FLOOR: Final = 10_000_000


def standing_claims(facts: TreasuryFacts) -> Iterator[Part]:
    """The parts of TR-07."""
    for reads in facts.governance.daos:
        history = facts.histories.get(reads.address)
        if not isinstance(reads.dao, Found):
            yield unread(
                f"DAO {reads.address}", reads.dao, absent=Status.UNKNOWN,
                absent_summary="The DAO does not exist.",
            )  # fmt: skip
            continue
        if history is None:
            text = "The history of this DAO was not read."
            yield Part(f"DAO {reads.address}", Status.UNKNOWN, text, reads.dao.at)
            continue
        yield from not_all(reads, f"proposals of {reads.address}")
        claims: dict[str | None, list[tuple[str, int]]] = {None: []}
        places = [reads.dao.at, *(one.proposal.at for one in reads.proposals)]
        for one in reads.proposals:
            label = f"proposal {one.id} ({one.address})"
            if not isinstance(one.proposal, Found):
                yield not_read(label, one.proposal)
                continue
            if one.proposal.value.outcome is not Outcome.PASSED:
                continue
            due, unclear = owed(one)
            if unclear:
                text = f"What it can still draw is not known: {unclear}."
                yield Part(label, Status.UNKNOWN, text, joined(one.proposal.at, one.payout.at))
            places.append(one.payout.at)
            for claim in due:
                claims.setdefault(claim.mint, []).append((one.id, claim.amount))
        for mint, some in claims.items():
            yield _covered(history, mint, some, joined(*places), facts.rent_floor)


def _covered(
    history: DaoHistory,
    mint: str | None,
    claims: list[tuple[str, int]],
    at: ReadAt,
    floor: Read[int],
) -> Part:
    what = "SOL" if mint is None else f"mint {mint}"
    label = f"claims on {what} of {history.treasury}"
    held = _held(history, mint)
    if isinstance(held, Part):
        return Part(label, held.status, held.summary, joined(at, held.at))
    amounts, place = held
    amount = sum(amounts)
    unit = "lamports" if mint is None else "raw units"
    total = sum(claim for _number, claim in claims)
    numbers = ", ".join(number for number, _claim in claims)
    who = f"Proposal {numbers}" if len(claims) == 1 else f"Proposals {numbers}"
    told = {"claims": {number: str(claim) for number, claim in claims}, "held": str(amount)}
    where = joined(at, place)
    if not claims:
        text = f"No proposal has a standing claim on {what}; {amount} {unit} are there."
        return Part(label, Status.PASS, text, where, observed=told)
    if total > amount:
        text = (
            f"{who} can still draw {total} {unit} of {what}, and {amount} are "
            "there: whoever pays in next pays them."
        )
        return Part(label, Status.FAIL, text, where, observed=told)
    if mint is None:
        status, why = _floored(amount - total, floor)
        where = joined(where, floor.at)
    else:
        status, why = _placed([claim for _number, claim in claims], amounts)
    if status is not Status.PASS:
        text = f"{who} can still draw {total} {unit} of {amount}, and {why}."
        return Part(label, status, text, where, observed=told)
    text = f"{who} can still draw {total} {unit} of the {amount} that are there."
    return Part(label, Status.PASS, text, where, observed=told)


def _floored(left: int, floor: Read[int]) -> tuple[Status, str]:
    """Whether what is left of the SOL lets the account stand: nothing, or the rent floor.

    The runtime refuses a transfer that leaves an account between the two, so that the last of
    these claims can't be paid although the sum is there.
    """
    if left == 0:
        return Status.PASS, ""
    if not isinstance(floor, Found):
        # Above any floor that an account without data ever had.
        if left >= _ABOVE_ANY_FLOOR:
            return Status.PASS, ""
        return Status.UNKNOWN, "what an account without data must keep is not known"
    if left < floor.value:
        return Status.FAIL, (
            f"{left} would be left: less than the {floor.value} with which an account may stand, "
            "so that the last of them can't be paid"
        )
    return Status.PASS, ""


def _placed(claims: list[int], amounts: list[int]) -> tuple[Status, str]:
    """Whether each claim can be paid out of one token account, as a transfer is.

    The largest claim goes to the fullest account; where that way leads nowhere another might.
    """
    left = sorted(amounts, reverse=True)
    if claims and max(claims) > (left[0] if left else 0):
        return Status.FAIL, f"no single token account holds the {max(claims)} of the largest claim"
    for claim in sorted(claims, reverse=True):
        left.sort(reverse=True)
        if claim > left[0]:
            return Status.UNKNOWN, "whether single token accounts can pay all of them is not known"
        left[0] -= claim
    return Status.PASS, ""


def _held(history: DaoHistory, mint: str | None) -> tuple[list[int], ReadAt] | Part:
    """What each account of the treasury holds of a mint now, or why that is not known."""
    if mint is not None:
        for read in history.listed.values():
            if not isinstance(read, Found):
                return unread("list", read, absent=Status.UNKNOWN, absent_summary="No list.")
        if history.gaps or len(history.listed) < 2:
            return Part("list", Status.UNKNOWN, "Not every token account was followed.")
        if history.unlisted():
            return Part("list", Status.UNKNOWN, "Not every token account was read.")
    amounts: list[int] = []
    places: list[ReadAt] = [read.at for read in history.listed.values()] if mint else []
    accounts: list[AddressHistory] = [
        one for one in ledger(history).values() if (one.role == "treasury") == (mint is None)
    ]
    if mint is None and not accounts:
        return Part("SOL", Status.UNKNOWN, "The treasury was not read.")
    for one in accounts:
        if isinstance(one.now, ProvenAbsent):
            places.append(one.now.at)
            continue
        if not isinstance(one.now, Found):
            return unread("balance", one.now, absent=Status.UNKNOWN, absent_summary="")
        now = one.now.value
        if mint is None:
            amounts.append(now.lamports)
        elif now.mint == mint and now.holder == history.treasury:
            if now.opaque:
                return Part("balance", Status.UNKNOWN, "Part of it can't be read.", one.now.at)
            amounts.append(now.amount or 0)
        places.append(one.now.at)
    return amounts, joined(*places)
