"""UA-07: buffers that lie under a vault, and the open transactions that use them."""

from __future__ import annotations

from dataclasses import replace

from privatedao_audit.chain.addresses import squads_vault
from privatedao_audit.chain.layouts import loader, squads
from privatedao_audit.chain.programs import LOADER_V3
from privatedao_audit.domains.custody.history.decisions import Replay
from privatedao_audit.domains.custody.history.facts import MultisigHistory, Put, Vault
from privatedao_audit.domains.custody.history.waiting import power_of
from privatedao_audit.model.finding import Part, unread
from privatedao_audit.model.reads import Diverged, Found, ProvenAbsent, joined
from privatedao_audit.model.status import Status


def staged_part(one: MultisigHistory, vault: Vault, replayed: Replay) -> Part:
    """The buffers under a vault; other programs that it can replace are named beside them."""
    part = _buffers(one, vault, replayed)
    if not vault.others:
        return part
    # The same votes decide over them, so they are shown; it is the target's to name them or not.
    text = (
        f"{part.summary} Besides, the vault can replace the code of {len(vault.others)} program(s) "
        f"that the target does not name, of ProgramData {', '.join(vault.others)}."
    )
    observed = part.observed if isinstance(part.observed, dict) else {"buffers": part.observed}
    at = joined(part.at, *(read.at for read in vault.programs.values()))
    return replace(part, summary=text, at=at,
                   observed={**observed, "other programs": vault.others})  # fmt: skip


def _buffers(one: MultisigHistory, vault: Vault, replayed: Replay) -> Part:
    label = f"multisig {one.address}: buffers of vault {vault.index}"
    if vault.address != squads_vault(one.address, vault.index, one.program).address:
        text = f"{vault.address} is not vault {vault.index} of {one.address}."
        return Part(label, Status.UNKNOWN, text, one.at)
    if not isinstance(vault.seen, Found):
        absent = "The history of the vault is not there."
        return unread(label, vault.seen, absent=Status.UNKNOWN, absent_summary=absent)
    at = joined(vault.seen.at, *(read.at for read in vault.buffers.values()))
    used, unsure = _used(one, replayed)
    orphans, unclear = [], []
    for address, read in vault.buffers.items():
        if isinstance(read, Diverged):
            text = f"The buffer {address} is read differently: {read.reason}."
            return Part(label, Status.DIVERGED, text, at)
        if isinstance(read, Found):
            if read.value.authority == vault.address and address not in used:
                orphans.append(address)
        elif not isinstance(read, ProvenAbsent):
            unclear.append(f"the buffer {address} could not be read: {read.reason}")
    if orphans and unsure:
        unclear.append(f"whether the buffer {orphans[0]} is used is not known: {unsure}")
    elif orphans:
        text = (
            f"{len(orphans)} buffer(s) lie under vault {vault.index} and no open transaction uses "
            f"them: {', '.join(orphans)}."
        )
        return Part(label, Status.FAIL, text, at, observed=orphans, expected=[])
    if vault.gap:
        unclear.append(f"the vault's history may lack some: {vault.gap}")
    if unclear:
        text = f"Not every buffer is accounted for: {unclear[0]}."
        return Part(label, Status.UNKNOWN, text, at)
    text = (
        f"The history of vault {vault.index} shows {len(vault.buffers)} buffer(s), none of which "
        "still lies under it without an open transaction that uses it."
    )
    return Part(label, Status.PASS, text, at, observed={"seen": sorted(vault.buffers)})


def _used(one: MultisigHistory, replayed: Replay) -> tuple[set[str], str]:
    """Buffers of transactions that are neither over nor stale, and why there may be more."""
    found: set[str] = set()
    unsure = ""
    if len(one.slots) != one.state.transaction_index:
        unsure = "not every transaction was read"
    for slot in one.slots:
        if power_of(one, slot) in ("over", "stale", "closed"):
            continue
        if not isinstance(slot.transaction, Found):
            unsure = f"transaction {slot.index} could not be read"
            continue
        put = slot.transaction.value
        messages = _messages(put, slot.index, replayed)
        if messages is None:
            unsure = f"what the batch of transaction {slot.index} holds is not known"
        for message in messages or ():
            buffers, looked_up = _buffers_in(message)
            found |= buffers
            if looked_up:
                unsure = f"transaction {slot.index} takes accounts from a lookup table"
    return found, unsure


def _messages(put: Put, index: int, replayed: Replay) -> tuple[squads.Message, ...] | None:
    """What a transaction runs; None for a batch that the history does not show whole."""
    if isinstance(put, squads.VaultTransaction):
        return (put.message,)
    if not isinstance(put, squads.Batch):
        return ()
    decision = replayed.decisions.get(index)
    if replayed.doubt or decision is None or len(decision.messages) != put.size:
        return None
    return tuple(decision.messages[put.executed :])


def _buffers_in(message: squads.Message) -> tuple[set[str], bool]:
    """Buffers that a message uses, and whether a lookup table may name more."""
    found: set[str] = set()
    looked_up = False
    for instruction in message.resolve():
        keys = [str(key) for key in instruction.accounts]
        if instruction.program is None or None in instruction.accounts:
            looked_up = True
        elif instruction.program == LOADER_V3:
            detail = loader.decode_instruction(keys, instruction.data)
            if isinstance(detail, loader.LoaderInstruction) and detail.buffer is not None:
                found.add(detail.buffer)
    return found, looked_up
