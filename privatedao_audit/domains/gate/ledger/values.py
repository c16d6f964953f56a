"""Signatures, slots, thresholds, delays and hashes that documents claim, set against what is."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Final

from privatedao_audit.chain.layouts.squads import Multisig
from privatedao_audit.domains.authority.facts import ProgramHeader
from privatedao_audit.domains.gate.ledger.addresses import state_of_program
from privatedao_audit.domains.gate.ledger.index import Index
from privatedao_audit.domains.gate.ledger.model import Entry, Newer, Standing
from privatedao_audit.domains.gate.ledger.paths import paths_beside
from privatedao_audit.domains.gate.ledger.saying import (
    agrees,
    among_documents,
    contradicted,
    differs,
    unasked,
    unchecked,
)
from privatedao_audit.model.reads import Found
from privatedao_audit.repository.claims.model import Claim, Kind
from privatedao_audit.repository.hashlists import aggregate_of

__all__ = ["VALUES"]

#: Contexts so near to a value that another cluster named there is meant.
_NEAR: Final = frozenset({"url", "line", "table", "key"})


def signature(index: Index, claim: Claim) -> Entry:
    """A transaction: it exists on one cluster only, since its blockhash does."""
    facts = index.facts
    read = facts.signatures.get(claim.value)
    subject = "transaction"
    elsewhere = claim.cluster not in (None, facts.cluster)
    if isinstance(read, Found):
        at = index.at(read)
        slot = read.value.slot
        if elsewhere and claim.cluster_from in _NEAR:
            told = f"The transaction is on {facts.cluster}, in slot {slot}."
            return differs(index, claim, subject, "chain", facts.cluster, told, at)
        failed = " It failed." if read.value.failed else ""
        if failed and claim.role == "deployment-signature":
            told = f"The transaction in slot {slot} of {facts.cluster} failed."
            return differs(index, claim, subject, "chain", "a transaction that succeeded", told, at)
        told = f"The transaction is on {facts.cluster}, in slot {slot}.{failed}"
        return agrees(index, claim, subject, "chain", told, at)
    if elsewhere:
        told = f"It is claimed for {claim.cluster}, and this audit reads {facts.cluster}."
        return unchecked(index, claim, told)
    if claim.cluster is None:
        return unchecked(index, claim, "The document does not say which cluster it means.")
    if read is None:
        return unchecked(index, claim, unasked(index))
    return unchecked(
        index, claim, f"It could not be read: {getattr(read, 'reason', 'absent')}.",
        at=index.at(read),
    )  # fmt: skip


def slot(index: Index, claim: Claim) -> Entry:
    """A slot beside a signature, or the slot of a deployment."""
    facts = index.facts
    for _, value in claim.beside:
        read = facts.signatures.get(value)
        if not isinstance(read, Found):
            continue
        right, at = str(read.value.slot), index.at(read)
        subject = f"slot of {value}"
        if right == claim.value:
            told = "The transaction beside it is in this slot."
            return agrees(index, claim, subject, "chain", told, at)
        told = f"The transaction beside it is in slot {right}."
        return contradicted(index, claim, subject, "chain", right, told, at)
    if claim.cluster != facts.cluster:
        named = claim.cluster or "no cluster"
        return unchecked(index, claim, f"It is claimed for {named}; slots are counted per cluster.")
    if not re.search(r"deploy", claim.label, re.I) or not index.only_scope(claim.file):
        return unchecked(index, claim, "Nothing beside it says what happened in that slot.")
    programs = index.programs_of(claim.file)
    if len(programs) != 1:
        return unchecked(index, claim, "The document names several programs.")
    (program,) = programs
    state = state_of_program(index, program)
    if state is None or not isinstance(state.content, ProgramHeader):
        return unchecked(index, claim, "The slot of the last deployment was not read.")
    at, last = index.at(facts.core[facts.scope.programs[program]]), state.content.slot
    subject = f"last deployment of {program}"
    if int(claim.value) == last:
        return agrees(index, claim, subject, "chain", "The chain has the same slot.", at)
    told = f"The last deployment or extension is in slot {last}."
    if int(claim.value) > last:
        return contradicted(index, claim, subject, "chain", str(last), told, at)
    changed = facts.changed.get(claim.file)
    return Entry(
        claim, Standing.SUPERSEDED, subject, "chain", str(last), told, at,
        Newer("", 0, str(last), None), changed,
    )  # fmt: skip


def custody(index: Index, claim: Claim) -> Entry:
    """A threshold or a lock of the multisig in scope."""
    facts = index.facts
    if claim.role != "multisig":
        return unchecked(index, claim, "It does not say that it is that of a multisig.")
    if not index.here_or_unnamed(claim):
        told = f"It is claimed for {claim.cluster}, and this audit reads {facts.cluster}."
        return unchecked(index, claim, told)
    key = index.multisig_of(claim.file, named=claim.cluster is None)
    if key is None:
        return unchecked(index, claim, "The document may speak of another multisig.")
    subject = f"{claim.what.value} of {key}"
    found = index.found(key)
    content = getattr(found.value, "content", None) if found is not None else None
    if found is None or not isinstance(content, Multisig):
        rivals = index.custodial(claim.what, key, "-of-" in claim.value)
        return among_documents(index, claim, subject, rivals)
    at = index.at(found)
    right = _right(claim, content)
    if claim.value == right:
        return agrees(index, claim, subject, "chain", "The multisig has the same.", at)
    shown = f"a lock of {right} s" if claim.what is Kind.DELAY else f"a threshold of {right}"
    return differs(index, claim, subject, "chain", right, f"The multisig has {shown}.", at)


def _right(claim: Claim, content: Multisig) -> str:
    if claim.what is Kind.DELAY:
        return str(content.time_lock)
    if "-of-" not in claim.value:
        return str(content.threshold)
    # People count members or voters; where a document counts either rightly, it is right.
    counts = {len(content.members), len(content.voters)}
    claimed = int(claim.value.split("-")[2])
    return f"{content.threshold}-of-{claimed if claimed in counts else len(content.voters)}"


def file_hash(index: Index, claim: Claim) -> Entry:
    """The hash of a file of the checkout, recomputed at the commit that was read."""
    paths = paths_beside(claim)
    if not paths:
        return _aggregate(index, claim)
    digests = index.facts.digests
    if not isinstance(digests, Found):
        reason = getattr(digests, "reason", "absent")
        return unchecked(index, claim, f"The files could not be hashed: {reason}.")
    at = index.at(digests)
    there = {path: digests.value[path] for path in paths if path in digests.value}
    subject = f"SHA-256 of {next(iter(there), paths[0])}"
    if claim.value in there.values():
        return agrees(index, claim, subject, "files", "The file has this hash.", at)
    if not there:
        told = f"The commit holds no readable file {paths[0]}."
        return unchecked(index, claim, told, subject=subject, at=at)
    path, right = next(iter(there.items()))
    changed = index.facts.changed
    listed, file = changed.get(claim.file), changed.get(path)
    told = f"The file {path} has {right}."
    if listed is None or file is None:
        told += " Which of the two is newer is not known."
        return unchecked(index, claim, told, subject=subject, at=at)
    at = index.at(digests, index.facts.dates)
    if file > listed:
        # The list may have been right: it is the file that moved on.
        told += " It has changed since the list was written."
        newer = Newer(path, 0, right, file)
        return Entry(
            claim, Standing.SUPERSEDED, subject, "files", right, told, at, newer, listed
        )  # fmt: skip
    return differs(index, claim, subject, "files", right, told, at)


def _aggregate(index: Index, claim: Claim) -> Entry:
    """A hash over the list of its own document, as release control recomputes them."""
    if "aggregate" in claim.label.casefold():
        listed = index.listed(claim.file)
        if listed and aggregate_of(listed) == claim.value:
            told = f"It is the aggregate of the {len(listed)} hashes that the document lists."
            subject = f"aggregate of {claim.file}"
            return agrees(index, claim, subject, "derivation", told, index.base)
    return unchecked(index, claim, "No file is named beside it.")


def balance(index: Index, claim: Claim) -> Entry:
    """A balance: it moves, and documents name no slot."""
    return unchecked(index, claim, "A balance moves, and the document does not say at which slot.")


def network(index: Index, claim: Claim) -> Entry:
    """The name of a network: it says which cluster other claims of the document are for."""
    return unchecked(index, claim, "It says which cluster other claims of the document are for.")


VALUES: Final[dict[Kind, Callable[[Index, Claim], Entry]]] = {
    Kind.SIGNATURE: signature,
    Kind.SLOT: slot,
    Kind.THRESHOLD: custody,
    Kind.DELAY: custody,
    Kind.HASH: file_hash,
    Kind.BALANCE: balance,
    Kind.NETWORK: network,
}
