"""What two recordings say differently, and whether the chain or a provider accounts for it.

A provider *disagrees* only where both recordings together prove it: two states at one slot, a
deployment that lies before a slot at which it was not there, a transaction missing from the
middle of a list, another content of what is final. Everything else that differs is explained by
what moved, as far as slots and histories tell, or stays open.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

from privatedao_audit.compare.recorded import History, Recorded, Said, Seen
from privatedao_audit.evidence.records import moment

#: How long after a change a list of finalized transactions must hold it.
_LAG = timedelta(minutes=1)
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
        subject: address, signature, path or the like, as it stands in findings; may be empty.
        why: one sentence.
        reads: ids in the earlier and in the later recording.
        kind: of the questions: ``rpc``, ``file``, ``git``, ``artifact``.
    """

    subject: str
    what: str
    pile: Pile
    why: str
    reads: frozenset[str]
    kind: str = "rpc"


@dataclass(frozen=True, slots=True)
class Compared:
    """All deltas, and how many things both recordings say alike."""

    same: int
    deltas: list[Delta]


def compare(before: Recorded, after: Recorded) -> Compared:
    """Compare what two recordings of one target say. Pure."""
    same, deltas = 0, []
    for key in sorted(before.accounts.keys() & after.accounts.keys()):
        delta = _accounts(before.accounts[key], after.accounts[key], after)
        if delta is None:
            same += 1
        else:
            deltas.append(delta)
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


def _accounts(before: list[Seen], after: list[Seen], later: Recorded) -> Delta | None:
    """How an account differs: its last state then and its first one now, then what followed."""
    one = before[-1]
    for two in after:
        if (one.state, one.lamports) != (two.state, two.lamports):
            pile, why = _account(one, two, later)
            reads = frozenset(seen.read for seen in (*before, *after))
            return Delta(one.address, f"account {one.address}", pile, why, reads)
    return None


def _account(one: Seen, two: Seen, later: Recorded) -> tuple[Pile, str]:
    if one.slot == two.slot:
        return Pile.DISAGREES, f"Two states of it at one slot, {one.slot}."
    if one.deployed is not None and two.deployed is not None:
        said = _deployed(*sorted((one, two), key=lambda seen: seen.slot))
        if said is not None:
            return said
    between = f"between the slots {one.slot} and {two.slot}"
    history = later.histories.get(one.address, History())
    if two.slot < one.slot or not history.rows or min(history.rows.values()) > one.slot:
        return Pile.MOVED, f"Read at slot {one.slot} and at slot {two.slot}."
    touched = history.between(one.slot, two.slot)
    if touched:
        many = f"{len(touched)} transaction{'s' if len(touched) > 1 else ''}"
        return Pile.MOVED, f"Its history lists {many} {between}, the first {touched[0]}."
    why = f"It differs {between}, and its history lists no transaction there"
    # Leaders are paid without a transaction, and a list may lag behind the state for a while.
    if one.state != two.state and _long_after(history.asked_at, two.asked_at):
        return Pile.DISAGREES, f"{why}, though it was read well after."
    return Pile.OPEN, f"{why}, as far as it had come when it was read."


def _long_after(late: str, early: str) -> bool:
    return bool(late) and moment(late) - moment(early) >= _LAG


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
        why = f"It lists {len(new)} more, since slot {newest}."
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
    # Findings name a program for many reasons, so its name leads to none of them.
    subject = "" if one.method == "getProgramAccounts" else one.what.split(" ")[-1]
    return Delta(subject, one.what, pile, why, frozenset({one.read, two.read}), one.kind)


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
