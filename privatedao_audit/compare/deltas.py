"""What two recordings say differently, and whether the chain or a provider accounts for it.

A provider *disagrees* only where both recordings together prove it: two states at one slot, a
deployment that lies before a slot at which it was not there, a transaction missing from the
middle of a list, another content of what is final. Everything else that differs is explained by
what moved, as far as slots and histories tell, or stays open.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from privatedao_audit.compare.recorded import History, Recorded, Said, Seen

#: Questions to git whose answer the id of a commit fixes.
_BY_COMMIT = frozenset({"blob-at", "commit", "tree-at"})


class Pile(StrEnum):
    """Where a difference belongs."""

    SAME = "same"
    MOVED = "chain or checkout moved"
    DISAGREES = "provider disagrees"
    METHOD = "method changed"
    OPEN = "not explained"


@dataclass(frozen=True, slots=True)
class Delta:
    """One thing that two recordings say differently.

    Attributes:
        subject: address, signature, path or the like, as it stands in findings.
        why: one sentence.
        reads: ids in the earlier and in the later recording.
    """

    subject: str
    what: str
    pile: Pile
    why: str
    reads: frozenset[str]


@dataclass(frozen=True, slots=True)
class Compared:
    """All deltas, and how many things both recordings say alike."""

    same: int
    deltas: list[Delta]


def compare(before: Recorded, after: Recorded) -> Compared:
    """Compare what two recordings of one target say. Pure."""
    same, deltas = 0, []
    for key in sorted(before.accounts.keys() & after.accounts.keys()):
        one, two = before.accounts[key], after.accounts[key]
        if (one.state, one.lamports) == (two.state, two.lamports):
            same += 1
        else:
            deltas.append(_account(one, two, before, after))
    for address in sorted(before.histories.keys() & after.histories.keys()):
        found = list(_history(address, before.histories[address], after.histories[address]))
        deltas += found
        same += not found
    for name in sorted(before.answers.keys() & after.answers.keys()):
        first, second = before.answers[name], after.answers[name]
        if first.value == second.value:
            same += 1
        else:
            deltas.append(_answer(first, second, before.commit == after.commit))
    return Compared(same, deltas)


def _account(one: Seen, two: Seen, before: Recorded, after: Recorded) -> Delta:
    reads = frozenset({one.read, two.read})
    what = f"account {one.address}"

    def delta(pile: Pile, why: str) -> Delta:
        return Delta(one.address, what, pile, why, reads)

    if one.slot == two.slot:
        return delta(Pile.DISAGREES, f"Two states of it at one slot, {one.slot}.")
    early, late = sorted((one, two), key=lambda seen: seen.slot)
    if early.deployed is not None and late.deployed is not None:
        said = _deployed(early, late)
        if said is not None:
            return delta(*said)
    histories = [side.histories.get(one.address, History()) for side in (before, after)]
    touched = sorted({s for h in histories for s in h.between(early.slot, late.slot)})
    if touched:
        first = next(h for h in histories if h.between(early.slot, late.slot))
        name = first.between(early.slot, late.slot)[0]
        return delta(
            Pile.MOVED,
            f"Between the slots {early.slot} and {late.slot} its history lists {len(touched)} "
            f"transactions, the first {name}.",
        )
    own = histories[1] if late is two else histories[0]
    # Leaders are paid without a transaction, so a balance alone proves nothing.
    if early.state != late.state and _covers(own, early, late):
        return delta(
            Pile.DISAGREES,
            f"It differs between the slots {early.slot} and {late.slot}, and its history, which "
            "was read after it, lists no transaction in between.",
        )
    return delta(
        Pile.MOVED, f"Read at slot {one.slot} and at slot {two.slot}; its history was not read."
        if not own.reads else f"Read at slot {one.slot} and at slot {two.slot}.",
    )  # fmt: skip


def _deployed(early: Seen, late: Seen) -> tuple[Pile, str] | None:
    """What the slots of two deployments say; None where they say nothing."""
    assert early.deployed is not None and late.deployed is not None
    if late.deployed == early.deployed:
        if early.code == late.code:
            return None  # its authority or its balance
        return Pile.DISAGREES, f"Two codes under one deployment, of slot {late.deployed}."
    if early.slot < late.deployed <= late.slot:
        return Pile.MOVED, f"A deployment at slot {late.deployed} lies between the two reads."
    return (
        Pile.DISAGREES,
        f"At slot {early.slot} its last deployment was at slot {early.deployed}, at slot "
        f"{late.slot} it was at slot {late.deployed}: both can't be.",
    )


def _covers(history: History, early: Seen, late: Seen) -> bool:
    """Whether a history, read after the later state, reaches back beyond the earlier one."""
    reaches = bool(history.rows) and min(history.rows.values()) <= early.slot
    return reaches and history.asked_at > late.asked_at


def _history(address: str, one: History, two: History) -> list[Delta]:
    if not one.rows or not two.rows:
        if one.rows == two.rows:
            return []
        gone = bool(one.rows)
        why = "It lists nothing any more." if gone else "It listed nothing before."
        return [_listed(address, Pile.OPEN if gone else Pile.MOVED, why, one, two)]
    newest = max(one.rows.values())
    # Below the younger of the two ends a list was cut or pruned, which proves nothing.
    oldest = max(min(one.rows.values()), min(two.rows.values()))
    inside = [n for n, slot in one.rows.items() if oldest < slot <= newest and n not in two.rows]
    # In its newest slot the earlier list may have been read before the slot was complete.
    added = [n for n, slot in two.rows.items() if oldest < slot < newest and n not in one.rows]
    found = []
    if inside or added:
        why = (
            f"Between the slots {oldest} and {newest} {len(inside)} listed transactions are "
            f"missing now and {len(added)} were missing then, the first "
            f"{sorted([*inside, *added])[0]}."
        )
        found.append(_listed(address, Pile.DISAGREES, why, one, two))
    new = [n for n, slot in two.rows.items() if slot >= newest and n not in one.rows]
    if new:
        why = f"{len(new)} further transactions since slot {newest}."
        found.append(_listed(address, Pile.MOVED, why, one, two))
    if min(two.rows.values()) > min(one.rows.values()):
        why = (
            f"It reaches back to slot {min(two.rows.values())} only; it reached to "
            f"{min(one.rows.values())}."
        )
        found.append(_listed(address, Pile.OPEN, why, one, two))
    return found


def _listed(address: str, pile: Pile, why: str, one: History, two: History) -> Delta:
    return Delta(address, f"history of {address}", pile, why, frozenset([*one.reads, *two.reads]))


def _answer(one: Said, two: Said, same_commit: bool) -> Delta:
    pile, why = _explained(one, two, same_commit)
    subject = one.what.split(" ")[-1]
    return Delta(subject, one.what, pile, why, frozenset({one.read, two.read}))


def _explained(one: Said, two: Said, same_commit: bool) -> tuple[Pile, str]:
    if one.kind in ("file", "git"):
        if one.method in _BY_COMMIT:
            return Pile.DISAGREES, "Two checkouts say different things of one commit."
        if same_commit:
            # Files that are not committed, branches and depth of a clone differ by right.
            return Pile.OPEN, "The two checkouts differ in it at one commit."
        return Pile.MOVED, "The checkout stands at another commit."
    if one.kind != "rpc":
        return Pile.OPEN, "Another build was given to the later run."
    if one.slot is not None and two.slot is not None:
        if one.slot == two.slot:
            return Pile.DISAGREES, f"Two answers at one slot, {one.slot}."
        return Pile.MOVED, f"Read at slot {one.slot} and at slot {two.slot}."
    if one.method == "getProgramAccounts":
        return Pile.OPEN, "Its answer names no slot, so nothing tells why it differs."
    return Pile.DISAGREES, "It is final, and two contents of it were served."
