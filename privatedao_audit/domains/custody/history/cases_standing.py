"""Cases of UA-07: standing powers."""

from __future__ import annotations

from privatedao_audit.chain.layouts import squads
from privatedao_audit.domains.authority.world import (
    ABSENT,
    derived,
    wallet,
)
from privatedao_audit.domains.cases import on_chain
from privatedao_audit.domains.custody.facts import CustodyFacts
from privatedao_audit.domains.custody.history import world as w
from privatedao_audit.domains.custody.history.variations import (
    IMMUTABLE,
    KEY_ONLY,
    LIMIT,
    MOVING,
    PRUNED,
    SOLD,
    TORN,
    UNDER,
    UNREAD,
    gone_stale,
    left,
    multisig,
    staged,
    unread,
    vault,
    waiting,
)
from privatedao_audit.domains.custody.history.world import facts
from privatedao_audit.model.reads import Found
from privatedao_audit.model.status import Status

FAIL, PASS, UNKNOWN = Status.FAIL, Status.PASS, Status.UNKNOWN
DIVERGED, ATTESTED, NA = Status.DIVERGED, Status.ATTESTED, Status.NOT_APPLICABLE


UA_07: tuple[tuple[str, CustodyFacts, Status], ...] = (
    ("sound", facts(), PASS),
    ("no proposal yet", unread(7, ABSENT), PASS),
    ("an approved change that went stale", gone_stale(squads.SetTimeLock(5)), PASS),
    ("a buffer that went to somebody else", staged(wallet("sold"), SOLD), PASS),
    ("a buffer that is gone", staged(wallet("gone"), ABSENT), PASS),
    ("immutable", facts(IMMUTABLE), NA),
    ("an approved upgrade waits", waiting(), FAIL),
    ("an approved payment went stale and still counts",
     gone_stale(), FAIL),
    ("a spending limit is in force", facts(multisig=multisig(
        limits={w.LIMIT: Found(LIMIT, on_chain("limit"))})), FAIL),
    ("a buffer that nothing uses", staged(wallet("orphan"), UNDER), FAIL),
    ("the buffer of a transaction that is over", staged(w.BUFFERS[4], UNDER), FAIL),
    ("an approved change of the multisig waits",
     left(9, "approved", "config_transaction_execute"), FAIL),
    ("a proposal could not be read", unread(5, UNREAD), UNKNOWN),
    ("a transaction could not be read", unread(5, UNREAD, "transaction"), UNKNOWN),
    ("not every index was read", facts(multisig=multisig(slots=w.SLOTS[:8])), UNKNOWN),
    ("no index was read", facts(multisig=multisig(slots=())), UNKNOWN),
    ("the multisig's history is pruned",
     facts(multisig=multisig(log=w.log(w.STEPS[4:], PRUNED))), UNKNOWN),
    ("the log does not lead to the account", facts(multisig=multisig(log=w.log(w.STEPS[:-9]))),
     UNKNOWN),
    ("the log could not be read", facts(multisig=multisig(log=UNREAD)), UNKNOWN),
    ("a spending limit could not be read",
     facts(multisig=multisig(limits={w.LIMIT: UNREAD})), UNKNOWN),
    ("a spending limit was not looked up", facts(multisig=multisig(limits={})), UNKNOWN),
    ("a vault was not looked up", facts(multisig=multisig(vaults=())), UNKNOWN),
    ("the vault's history is pruned", vault(gap=PRUNED), UNKNOWN),
    ("the vault's history could not be read", vault(seen=UNREAD), UNKNOWN),
    ("a buffer could not be read", staged(wallet("lost"), UNREAD), UNKNOWN),
    ("the vault is not that of the multisig", vault(address=derived("vault of nobody")), UNKNOWN),
    ("a single key", facts(KEY_ONLY), UNKNOWN),
    ("a derived address that nothing explains",
     facts(w.SOUND.program(authority=derived("vault of nobody"))), UNKNOWN),
    ("the multisig's history was not asked for", facts(multisig=None), UNKNOWN),
    ("moving", facts(MOVING), UNKNOWN),
    ("providers disagree on a transaction", unread(5, TORN), DIVERGED),
    ("providers disagree on the multisig", facts(w.SOUND.reading(w.ADDRESS, TORN)), DIVERGED),
)  # fmt: skip
