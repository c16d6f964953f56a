"""What a transaction of a multisig can still do, by its accounts."""

from __future__ import annotations

from privatedao_audit.chain.layouts import describe, squads
from privatedao_audit.domains.custody.history.facts import MultisigHistory, Put, Slot
from privatedao_audit.model.reads import Diverged, Found, ProvenAbsent, Read
from privatedao_audit.model.status import Status
from privatedao_audit.view.units import instant


def power_of(one: MultisigHistory, slot: Slot) -> str | tuple[Status, str]:
    """What a transaction can still do: the count it goes into, or a status and a sentence."""
    number, stale = slot.index, slot.index <= one.state.stale_transaction_index
    for read, what in ((slot.transaction, "transaction"), (slot.proposal, "proposal")):
        account = f"The {what} account {number}"
        if isinstance(read, Diverged):
            return Status.DIVERGED, f"{account} is read differently: {read.reason}."
        if not isinstance(read, Found | ProvenAbsent):
            return Status.UNKNOWN, f"{account} could not be read: {read.reason}."
    if isinstance(slot.transaction, ProvenAbsent):
        # Without the transaction's account there is nothing that could be executed.
        return "closed"
    proposal = slot.proposal.value if isinstance(slot.proposal, Found) else None
    status = "none" if proposal is None else proposal.status
    if status in ("executed", "rejected", "cancelled"):
        return "over"
    if status not in ("approved", "executing"):
        # Nobody can vote on a stale one; the others still need their votes.
        return "stale" if stale else "pending"
    assert isinstance(slot.transaction, Found)
    if stale and isinstance(slot.transaction.value, squads.ConfigTransaction):
        return "stale"
    return Status.FAIL, _waiting(one, slot, stale)


def _waiting(one: MultisigHistory, slot: Slot, stale: bool) -> str:
    proposal = slot.proposal.value if isinstance(slot.proposal, Found) else None
    release = None if proposal is None else proposal.releases_at(one.state.time_lock)
    when = "at a time that is not known" if release is None else f"from {instant(release)} on"
    old = " It was approved before it went stale, so it still counts." if stale else ""
    does = "; ".join(does_of(slot.transaction)) or "what it does is not known"
    return (
        f"Transaction {slot.index} is approved and not executed: one member can execute it {when}. "
        f"It {does}.{old}"
    )


def does_of(read: Read[Put]) -> list[str]:
    """What a transaction would do, one clause per instruction."""
    if not isinstance(read, Found):
        return []
    put = read.value
    if isinstance(put, squads.VaultTransaction):
        return [action.text for action in describe.describe_message(put.message)]
    if isinstance(put, squads.ConfigTransaction):
        return [f"changes the multisig: {type(action).__name__}" for action in put.actions]
    return [f"runs a batch of {put.size} transactions, {put.executed} of them done"]
