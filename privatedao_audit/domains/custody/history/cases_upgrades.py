"""Cases of UA-03: approvals of upgrades."""

from __future__ import annotations

from dataclasses import replace

from privatedao_audit.chain.layouts import squads
from privatedao_audit.domains.authority.world import (
    ABSENT,
    MEMBERS,
    STRANGER,
)
from privatedao_audit.domains.custody.facts import CustodyFacts
from privatedao_audit.domains.custody.history import world as w
from privatedao_audit.domains.custody.history.facts import (
    Slot,
)
from privatedao_audit.domains.custody.history.variations import (
    ALONE,
    BACK,
    EARLIER,
    FIRST,
    MOVING,
    OTHER_CODE,
    OUTSIDER,
    PRUNED,
    REGISTER,
    RUN,
    SECOND,
    SIGNED_BY_BOTH,
    SIGNER_A,
    SIGNER_B,
    TAKEN,
    TORN,
    UNREAD,
    UNSEEN,
    WITHOUT,
    attested,
    attested_under,
    buffer,
    by,
    by_config_authority,
    cut_log,
    events,
    instead,
    listing,
    multisig,
    put_to_vote,
    signed,
    steps,
    three_needed,
)
from privatedao_audit.domains.custody.history.world import facts
from privatedao_audit.model.status import Status

FAIL, PASS, UNKNOWN = Status.FAIL, Status.PASS, Status.UNKNOWN
DIVERGED, ATTESTED, NA = Status.DIVERGED, Status.ATTESTED, Status.NOT_APPLICABLE


UA_03: tuple[tuple[str, CustodyFacts, Status], ...] = (
    ("sound", facts(), PASS),
    ("accounts of executed transactions are closed",
     facts(multisig=multisig(slots=tuple(Slot(n, ABSENT, ABSENT) for n in range(1, 10)))), PASS),
    ("an upgrade before custody", events(*w.EVENTS[:1], EARLIER, *w.EVENTS[1:]), PASS),
    ("two proposals for one buffer", put_to_vote(w.upgrade_message(4), 7), PASS),
    ("a record beside provable votes", facts(program=replace(w.PROGRAM, approvals=(
        listing("approval-record", {"transaction": "x"}, program="governance"),))), PASS),
    ("no upgrade at all", events(*WITHOUT, slot=350), NA),
    ("upgrades before custody only",
     events(*WITHOUT[:1], EARLIER, *WITHOUT[1:], slot=350), NA),
    ("one approval of two", instead(SECOND, None), FAIL),
    ("a vote by a key that is no member", instead(SECOND, by(SECOND, STRANGER)), FAIL),
    ("the same member twice", instead(SECOND, by(SECOND, MEMBERS[1])), FAIL),
    ("an approval after the execution",
     steps(lambda one: None if one in (SECOND, RUN) else one), UNKNOWN),
    ("an approval that comes too late", facts(multisig=multisig(log=w.log(
        [*(s for s in w.STEPS if s is not SECOND), replace(SECOND, slot=1_600)]))), FAIL),
    ("the time lock was not served", instead(RUN, replace(RUN, block_time=FIRST.slot * 100 + 9)),
     FAIL),
    ("another buffer was put to the vote", put_to_vote(w.upgrade_message(7)), FAIL),
    ("another program was put to the vote",
     put_to_vote(w.upgrade_message(4, program=STRANGER)), FAIL),
    ("a payment was put to the vote", put_to_vote(w.PAYMENT), FAIL),
    ("the buffer was rewritten after the vote", buffer(last_write=FIRST.slot + 1), FAIL),
    ("a single key upgraded in between",
     events(*w.EVENTS[:-1], TAKEN, ALONE, BACK, w.EVENTS[-1]), FAIL),
    ("no multisig ever held it", events(w.EVENTS[0], EARLIER, slot=110), FAIL),
    ("the last buffer is not what runs", facts(OTHER_CODE), FAIL),
    ("history cut by pruning", steps(lambda one: one if one.slot > 200 else None, PRUNED), UNKNOWN),
    ("the creation is not in the log", steps(lambda one: one if one.slot > 120 else None), UNKNOWN),
    ("members changed unseen", facts(w.SOUND.multisig(threshold=1), multisig=multisig(
        state=replace(w.STATE.value, threshold=1))), UNKNOWN),
    ("a changed lock that the log lacks",
     steps(lambda one: None if one.instruction.name == "config_transaction_execute"
           and one.slot == 400 else one), UNKNOWN),
    ("the log could not be read", facts(multisig=multisig(log=UNREAD)), UNKNOWN),
    ("the program's history has a gap", events(*w.EVENTS, gap="a page is missing"), UNKNOWN),
    ("the program's history could not be read",
     facts(program=replace(w.PROGRAM, loader=UNREAD)), UNKNOWN),
    ("an upgrade that ProgramData does not list",
     facts(program=replace(w.PROGRAM, elsewhere=(UNSEEN,))), UNKNOWN),
    ("only unlisted upgrades", events(*WITHOUT, elsewhere=(UNSEEN,), slot=350), UNKNOWN),
    ("ProgramData changed after the end of its history", facts(w.SOUND.program(slot=1_401)),
     UNKNOWN),
    ("ProgramData changed, and no upgrade is listed", events(*WITHOUT, slot=351), UNKNOWN),
    ("ProgramData could not be read", facts(w.SOUND.reading(w.PROGRAMDATA, UNREAD)), UNKNOWN),
    ("the caller of the upgrade was not recorded",
     events(*w.EVENTS[:-1], replace(w.EVENTS[-1], caller=None)), UNKNOWN),
    ("the buffer's history is pruned", buffer(begun=None, sha256=None, gap=PRUNED), UNKNOWN),
    ("the buffer was not walked", facts(program=replace(w.PROGRAM, buffers={})), UNKNOWN),
    ("a write in the slot of the first vote", buffer(last_write=FIRST.slot), UNKNOWN),
    ("the buffer's end is not in its history", buffer(ended_by=None), UNKNOWN),
    ("no block time", instead(RUN, replace(RUN, block_time=None)), UNKNOWN),
    ("nothing explains the vault", facts(multisig=None), UNKNOWN),
    ("moving", facts(MOVING), UNKNOWN),
    ("the executable could not be read",
     facts(change=lambda a: replace(a, executables={})), UNKNOWN),
    ("the history of the program was not asked for",
     replace(facts(), history=replace(facts().history, programs=())), UNKNOWN),
    ("pruned, and nothing signed", attested(), UNKNOWN),
    ("pruned, signed by one", attested(signed(1, SIGNER_A), signed(4, SIGNER_A)), UNKNOWN),
    ("pruned, signed by one twice",
     attested(signed(1, SIGNER_A, SIGNER_A), signed(4, SIGNER_A, SIGNER_A)), UNKNOWN),
    ("pruned, signed by a stranger too",
     attested(signed(1, SIGNER_A, OUTSIDER), signed(4, SIGNER_A, OUTSIDER)), UNKNOWN),
    ("pruned, signed over something else",
     attested(signed(1, SIGNER_A, SIGNER_B, over=b"yes"), signed(4, SIGNER_A, SIGNER_B)), UNKNOWN),
    ("pruned, signers without a register", attested(*SIGNED_BY_BOTH, registers=()), UNKNOWN),
    ("pruned, one upgrade without a record", attested(signed(4, SIGNER_A, SIGNER_B)), UNKNOWN),
    ("pruned, signed for other code",
     attested(signed(1, SIGNER_A, SIGNER_B), signed(4, SIGNER_A, SIGNER_B, sha256=w.SHA[1])), FAIL),
    ("pruned before the first upgrade", attested_under(cut_log(kept_from=320)), UNKNOWN),
    ("pruned, and from when on is not known", attested_under(cut_log(kept_from=None)), UNKNOWN),
    ("pruned, the threshold lowered since", attested_under(cut_log(by_config_authority(
        1_450, squads.ChangeThreshold(2)))), UNKNOWN),
    ("pruned, a member removed since", attested_under(cut_log(by_config_authority(
        1_450, squads.RemoveMember(STRANGER)))), UNKNOWN),
    ("pruned, a change that nothing shows was carried out since", attested_under(cut_log(
        replace(w.step_of("config_transaction_execute", 9), slot=1_450, instruction=replace(
            w.step_of("config_transaction_execute", 9).instruction, roles=(
                ("multisig", w.ADDRESS), ("proposal", w.proposal_at(9)),
                ("transaction", STRANGER)))))), UNKNOWN),
    ("whole, and not leading to the account: the threshold of then is not today's",
     attested_under(w.log(), threshold=1), UNKNOWN),
    ("the history of the buffer is cut, and three of three were needed then",
     three_needed(), UNKNOWN),
    ("nothing explains the vault, and a record of two",
     facts(program=replace(w.PROGRAM, approvals=SIGNED_BY_BOTH), multisig=None,
           registers=(REGISTER,)), UNKNOWN),
    ("the history of the buffer is cut, and a record of two of two", facts(
        program=replace(w.PROGRAM, approvals=SIGNED_BY_BOTH, buffers={}),
        registers=(REGISTER,)), ATTESTED),
    ("pruned, signed by two", attested(*SIGNED_BY_BOTH), ATTESTED),
    ("pruned, a threshold changed before both upgrades", attested_under(cut_log(
        by_config_authority(160, squads.ChangeThreshold(2)))), ATTESTED),
    ("pruned, signed on hardware",
     attested(*(signed(n, SIGNER_A, SIGNER_B, wrap=True) for n in (1, 4))), ATTESTED),
    ("providers disagree on the history",
     facts(program=replace(w.PROGRAM, loader=TORN)), DIVERGED),
)  # fmt: skip
