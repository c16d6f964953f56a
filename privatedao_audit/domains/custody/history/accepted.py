"""Standing powers that a team has accepted in writing, against those that the chain shows.

A row accounts for a power only where every number in it is that of the chain, the transaction that
gave the power is named, and somebody owns the reason for a time that is not over. It explains one
power; that the power exists is read on chain in any case.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from privatedao_audit.chain.addresses import squads_spending_limit, squads_transaction
from privatedao_audit.chain.layouts import squads
from privatedao_audit.chain.layouts.squads import arguments
from privatedao_audit.domains.custody.blank import blank
from privatedao_audit.domains.custody.history.decisions import Replay
from privatedao_audit.domains.custody.history.facts import MultisigHistory, StandingForm
from privatedao_audit.domains.custody.signers.dates import asked, unix_seconds
from privatedao_audit.domains.custody.signers.facts import plain_role
from privatedao_audit.model.limits import Limits
from privatedao_audit.model.reads import Found, ProvenAbsent, ReadAt, joined
from privatedao_audit.model.spans import spoken
from privatedao_audit.model.status import Status

LIMIT, APPROVED = "spending-limit", "approved-transaction"

#: How a row says that a limit is over lamports, and that it pays to whoever is named.
_LAMPORTS, _ANYBODY = "SOL", "anybody"
#: What every row owes besides the numbers.
_OWED = ("transaction", "reason", "owner", "date", "expires")
#: Numbers that are lists, in no order.
_LISTS = frozenset({"holders", "destinations"})
#: A date without a time of day may be tomorrow's where it was written.
_AHEAD = 86_400


@dataclass(frozen=True, slots=True)
class Power:
    """A standing power as the chain has it.

    Attributes:
        address: of the spending limit, or of the transaction account.
        numbers: field of the form → the text that a row has to give; lists by newlines.
        given: signatures of the transactions that gave the power; None where the history of the
            multisig can't tell.
    """

    kind: str
    address: str
    numbers: Mapping[str, str]
    given: frozenset[str] | None


@dataclass(frozen=True, slots=True)
class Account:
    """What the forms say of a power: PASS where it is accounted for, else why it is not."""

    status: Status
    text: str
    at: ReadAt
    told: Mapping[str, str]


def of_limit(
    one: MultisigHistory, address: str, found: squads.SpendingLimit, replayed: Replay
) -> Power:
    """A spending limit in force. What is left of it in this period is routine, so no number."""
    numbers = {
        "multisig": one.address,
        "vault_index": str(found.vault_index),
        "amount": str(found.amount),
        "mint": found.mint or _LAMPORTS,
        "period": found.period,
        "holders": "\n".join(found.members),
        "destinations": "\n".join(found.destinations) or _ANYBODY,
    }
    given = frozenset(_granted(one, address, replayed)) if not replayed.doubt else None
    return Power(LIMIT, address, numbers, given)


def _granted(one: MultisigHistory, address: str, replayed: Replay) -> Iterator[str]:
    def is_it(change: object) -> bool:
        return isinstance(change, squads.AddSpendingLimit) and (
            squads_spending_limit(one.address, change.create_key, one.program).address == address
        )

    steps = one.log.value.steps if isinstance(one.log, Found) else ()
    for step in steps:
        said = step.instruction.arguments
        if isinstance(said, arguments.ConfigChange) and is_it(said.change):
            yield step.signature
    for decision in replayed.decisions.values():
        if decision.executed is not None and any(is_it(action) for action in decision.actions):
            yield decision.executed.signature


def of_transaction(one: MultisigHistory, index: int, replayed: Replay) -> Power:
    """A transaction that is approved and not executed: given by the approval that was enough."""
    address = squads_transaction(one.address, index, one.program).address
    given: frozenset[str] | None = None
    decision = replayed.decisions.get(index)
    if not replayed.doubt and decision is not None and decision.approvals:
        given = frozenset({decision.approvals[-1].signature})
    return Power(APPROVED, address, {"multisig": one.address, "index": str(index)}, given)


def accounted(
    power: Power, forms: Sequence[StandingForm], limits: Limits, read: ReadAt
) -> Account | None:
    """What the forms of the checkout say of a power; None where they say nothing of it.

    Args:
        read: where the power itself was read.
    """
    judged, doubt = [], None
    for form in forms:
        if not isinstance(form.said, Found):
            if not isinstance(form.said, ProvenAbsent):
                text = f"Whether {form.file} accounts for it is not known: {form.said.reason}"
                doubt = Account(Status.UNKNOWN, text, joined(read, form.said.at), {})
            continue
        for row in form.said.value.rows:
            if _speaks_of(row, power):
                status, text = _row(row, power, form, limits)
                at = joined(read, form.said.at, form.changed.at)
                told = {name: row[name] for name in _OWED if name in row}
                judged.append(Account(status, f"{form.file} {text}", at, told))
    # Two rows about one power that differ are no account of it.
    return max(judged, key=lambda one: _RANK.index(one.status), default=doubt)


_RANK = (Status.PASS, Status.UNKNOWN, Status.STALE, Status.FAIL)


def _speaks_of(row: Mapping[str, str], power: Power) -> bool:
    if plain_role(row.get("kind", "")) != power.kind:
        return False
    by_index = "index" in power.numbers and all(
        row.get(name, "").strip() == power.numbers[name] for name in ("multisig", "index")
    )
    return row.get("address", "").strip() == power.address or by_index


def _row(
    row: Mapping[str, str], power: Power, form: StandingForm, limits: Limits
) -> tuple[Status, str]:
    """Status and clause of a row about a power."""
    numbers = {**power.numbers, "address": power.address}
    lacks = [name for name in (*numbers, *_OWED) if blank(row.get(name))]
    if lacks:
        return Status.FAIL, f"lists it without {' and '.join(lacks)}"
    for name, expected in numbers.items():
        if _plain(name, row[name]) != _plain(name, expected):
            return Status.FAIL, f"lists it with another {name.replace('_', ' ')} than the chain's"
    if power.given is None:
        return Status.UNKNOWN, "lists it, and the history can't tell which transaction gave it"
    if row["transaction"].strip() not in power.given:
        return Status.FAIL, "lists it with another transaction than the one that gave it"
    return _time(row, form, limits)


def _plain(name: str, text: str) -> list[str]:
    parts = [one.strip() for one in text.split("\n")]
    return sorted(set(parts)) if name in _LISTS else parts


def _time(row: Mapping[str, str], form: StandingForm, limits: Limits) -> tuple[Status, str]:
    now = asked(form.said.at.asked_at)
    declared, ends = unix_seconds(row["date"]), unix_seconds(row["expires"])
    if declared is None or ends is None:
        return Status.FAIL, "lists it with a date that no calendar has"
    if now is None:
        return Status.UNKNOWN, "lists it, and when that was read is not known"
    if ends <= now:
        return Status.FAIL, f"accepted it until {row['expires']}, which is over"
    if not isinstance(form.changed, Found):
        absent = isinstance(form.changed, ProvenAbsent)
        why = "no commit has the file" if absent else getattr(form.changed, "reason", "")
        return Status.UNKNOWN, f"lists it, and since when is not known: {why}"
    changed = form.changed.value.committer_time
    if max(declared, changed) > now + _AHEAD:
        return Status.FAIL, "is dated after the time at which it was read"
    age = now - min(declared, changed)
    if age > limits.register_age_seconds:
        return Status.STALE, (
            f"accepted it {spoken(age)} ago; after {spoken(limits.register_age_seconds)} it is "
            "asked again"
        )
    return Status.PASS, (
        f"accounts for it until {row['expires']}: {row['reason']} (owned by {row['owner']})"
    )
