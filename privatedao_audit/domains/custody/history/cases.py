"""Cases of how the upgrade authority was used: changes, votes, standing powers."""

from __future__ import annotations

from dataclasses import replace

from privatedao_audit.domains.authority.world import (
    ABSENT,
    STRANGER,
    derived,
)
from privatedao_audit.domains.cases import Case, on_chain
from privatedao_audit.domains.custody.facts import CustodyFacts
from privatedao_audit.domains.custody.history import world as w
from privatedao_audit.domains.custody.history.cases_accepted import ACCEPTED
from privatedao_audit.domains.custody.history.cases_batches import UA_03_BATCHES, UA_07_BATCHES
from privatedao_audit.domains.custody.history.cases_nonces import UA_10_SIGNERS
from privatedao_audit.domains.custody.history.cases_standing import UA_07
from privatedao_audit.domains.custody.history.cases_upgrades import UA_03
from privatedao_audit.domains.custody.history.variations import (
    IMMUTABLE,
    MOVING,
    NONCE,
    PRUNED,
    RENOUNCED,
    TAKEN,
    TORN,
    UNREAD,
    UNSEEN,
    events,
    first,
    nonce,
    used,
)
from privatedao_audit.domains.custody.history.world import facts
from privatedao_audit.model.reads import Found
from privatedao_audit.model.status import Status

FAIL, PASS, UNKNOWN = Status.FAIL, Status.PASS, Status.UNKNOWN
DIVERGED, ATTESTED, NA = Status.DIVERGED, Status.ATTESTED, Status.NOT_APPLICABLE


_HEADER_GONE = w.SOUND.reading(w.PROGRAMDATA, UNREAD)

UA_08: tuple[tuple[str, CustodyFacts, Status], ...] = (
    ("sound", facts(), PASS),
    ("renounced, whatever bytes remain", replace(
        facts(IMMUTABLE, program=replace(w.PROGRAM, loader=w.loader_read(*RENOUNCED)))), PASS),
    ("never handed over", facts(w.SOUND.program(authority=w.DEPLOYER, slot=100), program=replace(
        w.PROGRAM, loader=w.loader_read(w.EVENTS[0]))), PASS),
    ("a change that another history holds", events(*w.EVENTS, elsewhere=(UNSEEN,)), FAIL),
    ("a step by a key that never had it", events(*w.EVENTS[:4], TAKEN, w.EVENTS[-1]), FAIL),
    ("a hand-over is missing", events(*(e for e in w.EVENTS if e.action != "SetAuthority")), FAIL),
    ("it ends at another key", facts(w.SOUND.program(authority=derived("another vault"))), FAIL),
    ("deployed twice", events(w.EVENTS[0], *w.EVENTS), FAIL),
    ("history cut by pruning", events(*w.EVENTS[2:], gap=PRUNED), UNKNOWN),
    ("the first deploy was not seen",
     events(*w.EVENTS[1:], gap="the first deploy is not in the history"), UNKNOWN),
    ("a transaction could not be read",
     events(*w.EVENTS, gap="1 listed transactions could not be read"), UNKNOWN),
    ("a loader instruction does not decode",
     events(*w.EVENTS, gap="x holds a loader instruction that does not decode"), UNKNOWN),
    ("the list was refused", facts(program=replace(w.PROGRAM, loader=UNREAD)), UNKNOWN),
    ("a later change is not listed", facts(w.SOUND.program(slot=1_401)), UNKNOWN),
    ("ProgramData could not be read", facts(_HEADER_GONE), UNKNOWN),
    ("moving", facts(MOVING), UNKNOWN),
    ("providers disagree on ProgramData", facts(w.SOUND.reading(w.PROGRAMDATA, TORN)), DIVERGED),
    ("providers disagree on the list", facts(program=replace(w.PROGRAM, loader=TORN)), DIVERGED),
)  # fmt: skip

UA_10: tuple[tuple[str, CustodyFacts, Status], ...] = (
    ("sound", facts(), PASS),
    ("a nonce account for private use", facts(signers=used(), nonces=nonce()), PASS),
    ("one that is closed", facts(signers=used(privileged=True), nonces={NONCE: ABSENT}), PASS),
    ("no provider allows a scan", facts(signers=first(scan=UNREAD)), PASS),
    ("it has carried a vote", facts(signers=used(privileged=True), nonces=nonce()), FAIL),
    ("it belongs to a stranger", facts(signers=used(), nonces=nonce(STRANGER)), FAIL),
    ("a member's history is long",
     facts(signers=first(gap="it has more than 2000 transactions")), UNKNOWN),
    ("a member's history could not be read", facts(signers=first(seen=UNREAD)), UNKNOWN),
    ("a nonce account could not be read", facts(signers=used(), nonces={NONCE: UNREAD}), UNKNOWN),
    ("a nonce account was not looked up", facts(signers=used()), UNKNOWN),
    ("a scanned one was not looked up",
     facts(signers=first(scan=Found((NONCE,), on_chain("scan")))), UNKNOWN),
    ("a member was left out", facts(signers=w.SIGNERS[1:]), UNKNOWN),
    ("the vault was left out", facts(signers=w.SIGNERS[:3]), UNKNOWN),
    ("immutable", facts(IMMUTABLE, signers=()), UNKNOWN),
    ("moving", facts(MOVING), UNKNOWN),
    ("providers disagree on a nonce account",
     facts(signers=used(), nonces={NONCE: TORN}), DIVERGED),
)  # fmt: skip

CASES: tuple[Case, ...] = tuple(
    Case(control, name, given, expected)
    for control, rows in (
        ("UA-03", (*UA_03, *UA_03_BATCHES)), ("UA-07", (*UA_07, *ACCEPTED, *UA_07_BATCHES)),
        ("UA-08", UA_08), ("UA-10", (*UA_10, *UA_10_SIGNERS)),
    )
    for name, given, expected in rows
)  # fmt: skip
