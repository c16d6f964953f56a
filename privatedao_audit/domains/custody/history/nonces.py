"""UA-10: nonce accounts of the signers. A transaction signed on one never expires."""

from __future__ import annotations

from typing import TYPE_CHECKING

from privatedao_audit.chain.layouts.nonce import Nonce
from privatedao_audit.domains.authority.resolve import Holder
from privatedao_audit.domains.custody.history.closure import closure
from privatedao_audit.domains.custody.history.facts import HistoryFacts, SignerHistory
from privatedao_audit.model.finding import Part, unread
from privatedao_audit.model.reads import Found, ProvenAbsent, joined
from privatedao_audit.model.status import Status

if TYPE_CHECKING:
    from privatedao_audit.domains.custody.facts import CustodyFacts

#: Uses of a nonce account that a finding repeats, the newest.
MOST_SHOWN = 20

LIMIT = "A transaction that was signed and not sent leaves no trace, so none can be excluded."

_IMMUTABLE = frozenset({Holder.NONE, Holder.FIXED_LOADER})


def nonce_parts(facts: CustodyFacts) -> list[Part]:
    """One part per signer, one per nonce account, and one for a controller without signers."""
    if facts.authority.moving:
        text = f"Moving: {facts.authority.moving[0]}; run the audit again."
        return [Part(program.name, Status.UNKNOWN, text) for program in facts.programs]
    history = facts.history
    parts = [_signer(one, history) for one in history.signers]
    parts += [_account(key, facts) for key in sorted(history.nonces)]
    asked = {one.key for one in history.signers}
    for program in facts.programs:
        link = program.links[0]
        if link.holder in _IMMUTABLE and link.at.evidence:
            continue
        behind = closure(link, history.multisigs)
        left = sorted(set(behind.keys) - asked)
        gaps = behind.gaps or ([f"the history of {left[0]} was not read"] if left else [])
        if gaps:
            text = (
                f"The signers behind {program.name} are not all known, so their nonce accounts are "
                f"not: {gaps[0]}. {link.detail}"
            )
            parts.append(Part(f"{program.name}: signers", Status.UNKNOWN, text, link.at))
    return parts


def _signer(one: SignerHistory, history: HistoryFacts) -> Part:
    label = f"{one.role} {one.key}"
    if not isinstance(one.seen, Found):
        absent = "Its history is not there."
        return unread(label, one.seen, absent=Status.UNKNOWN, absent_summary=absent)
    seen = sorted({use.nonce for use in one.uses})
    scanned = list(one.scan.value) if isinstance(one.scan, Found) else None
    told = {"transactions": one.seen.value, "seen": seen, "scan": scanned}
    at = joined(one.seen.at, one.scan.at)
    if one.gap:
        text = f"The history of {one.key} may lack nonce accounts: {one.gap}."
        return Part(label, Status.UNKNOWN, text, at, observed=told)
    if any(key not in history.nonces for key in (*seen, *(scanned or ()))):
        text = f"Not every nonce account in the history of {one.key} was read."
        return Part(label, Status.UNKNOWN, text, at, observed=told)
    found = (
        "no provider allowed a scan for others" if scanned is None
        else f"a scan finds {len(scanned)} under it"
    )  # fmt: skip
    text = (
        f"The history of {one.key} shows {len(seen)} nonce account(s) in {one.seen.value} "
        f"transactions; {found}. {LIMIT}"
    )
    return Part(label, Status.PASS, text, at, observed=told)


def _account(key: str, facts: CustodyFacts) -> Part:
    """A nonce account as it is now: closed, listed, or one that privileged calls were sent on."""
    label, read = f"nonce account {key}", facts.history.nonces[key]
    signers = {one.key: one for one in facts.history.signers}
    uses = [use for one in signers.values() for use in one.uses if use.nonce == key]
    at = joined(read.at, *(one.seen.at for one in signers.values()
                           if any(use.nonce == key for use in one.uses)))  # fmt: skip
    if isinstance(read, ProvenAbsent):
        text = f"The nonce account {key} is closed: nothing signed on it can run any more."
        return Part(label, Status.PASS, text, at, observed=None)
    if not isinstance(read, Found):
        return unread(label, read, absent=Status.UNKNOWN, absent_summary="")
    if not isinstance(read.value, Nonce):
        return Part(label, Status.PASS, f"{key} was never set up as a nonce account.", at)
    authority = read.value.authority
    told = {
        "authority": authority,
        "nonce": read.value.nonce,
        "uses": len(uses),
        "last_uses": [{"action": u.action, "transaction": u.signature} for u in uses[-MOST_SHOWN:]],
    }
    if authority not in signers:
        text = (
            f"The nonce account {key} stands in a signer's history and belongs to {authority}, who "
            "is none of the signers and decides when what was signed on it runs."
        )
        return Part(label, Status.FAIL, text, at, observed=told)
    if any(use.privileged for use in uses):
        text = (
            f"The nonce account {key} of {authority} has carried calls to the loader or the "
            "multisig, and is in force: another one may be signed and waiting."
        )
        return Part(label, Status.FAIL, text, at, observed=told)
    text = f"The nonce account {key} of {authority} carried no privileged call so far. {LIMIT}"
    return Part(label, Status.PASS, text, at, observed=told)
