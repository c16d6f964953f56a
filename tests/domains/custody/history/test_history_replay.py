"""Votes counted under the rules of their time: members, threshold and lock that change."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest

from privatedao_audit.chain.layouts import squads
from privatedao_audit.chain.layouts.squads import arguments as args
from privatedao_audit.domains.authority.world import MEMBERS, STRANGER, key_bytes, wallet
from privatedao_audit.domains.custody.history import world as w
from privatedao_audit.domains.custody.history.decisions import Replay
from privatedao_audit.domains.custody.history.facts import SquadsLog, Step
from privatedao_audit.domains.custody.history.replay import replay

RULER = wallet("config authority")
BUFFER = wallet("transaction buffer")


def created(book: w.Book, *, ruler: str | None = None, threshold: int = 2, lock: int = 100) -> None:
    given = args.CreateMultisig(ruler, threshold, w.MULTISIG.members, lock, None, None)
    book.enter("multisig_create_v2", 1, {"create_key": w.MULTISIG.create_key}, given)


def config(*actions: squads.ConfigAction) -> args.CreateConfigTransaction:
    return args.CreateConfigTransaction(actions, None)


def upgrade() -> args.CreateVaultTransaction:
    return args.CreateVaultTransaction(0, 0, w.upgrade_message(1), None)


def played(book: w.Book, steps: Sequence[Step] | None = None, **state: Any) -> Replay:
    """The replay of a book, for a multisig account that says what the book leads to."""
    given = replace(w.STATE.value, transaction_index=book.index, **state)
    history = replace(w.HISTORY, state=given, slots=())
    return replay(history, SquadsLog(tuple(steps or book.steps), ""))


def test_members_who_join_can_vote_and_those_who_leave_can_not() -> None:
    book = w.Book()
    created(book)
    late = book.put(2, upgrade())
    joins = book.put(3, config(squads.AddMember(squads.Member(STRANGER, squads.VOTE)),
                               squads.RemoveMember(MEMBERS[0])))  # fmt: skip
    book.vote(4, joins, 0, 1)
    book.run(9, joins, "config")
    new = book.put(10, upgrade())
    book.vote(11, new, 0, 1)
    book.vote(12, late, 1)
    roles = {"member": STRANGER, "proposal": w.proposal_at(new)}
    book.enter("proposal_approve", 13, roles, args.Memo(None))
    end = played(book)

    assert end.rules is not None
    assert {one.key for one in end.rules.members} == {MEMBERS[1], MEMBERS[2], STRANGER}
    assert [one.member for one in end.decisions[new].approvals] == [MEMBERS[1], STRANGER]
    assert end.decisions[new].status == "approved"
    assert len(end.decisions[new].faults) == 1
    assert (end.decisions[late].approvals, end.stale_index) == ([], joins)
    assert "stale" in end.decisions[late].faults[0]


def test_a_config_authority_changes_everything_alone() -> None:
    book = w.Book()
    created(book, ruler=RULER)
    for number, change in enumerate((
        squads.ChangeThreshold(3), squads.SetTimeLock(5), squads.SetRentCollector(STRANGER),
        squads.AddMember(squads.Member(STRANGER, 7)), squads.RemoveMember(MEMBERS[2]),
        args.SetConfigAuthority(None),
    )):  # fmt: skip
        given = args.ConfigChange(change, None)
        book.enter("multisig_change", 2 + number, {"config_authority": RULER}, given)
    end = played(book)
    assert end.rules is not None
    assert (end.rules.threshold, end.rules.time_lock, end.rules.config_authority) == (3, 5, None)
    assert end.rules.may(STRANGER, squads.VOTE)
    assert not end.rules.may(MEMBERS[2], squads.VOTE)

    book.enter("multisig_set_time_lock", 9, {"config_authority": RULER},
               args.ConfigChange(squads.SetTimeLock(0), None))  # fmt: skip
    assert "without the config authority" in played(book).doubt


def test_a_threshold_raised_between_two_votes_counts_for_the_second() -> None:
    book = w.Book()
    created(book, ruler=RULER)
    first = book.put(2, upgrade())
    book.vote(3, first, 0)
    # Spending limits make nothing stale; a threshold does, so the second vote comes too late.
    book.enter("multisig_change_threshold", 4, {"config_authority": RULER},
               args.ConfigChange(squads.ChangeThreshold(3), None))  # fmt: skip
    book.vote(5, first, 1)
    end = played(book, threshold=3)
    assert end.decisions[first].status == "active"
    assert [one.member for one in end.decisions[first].approvals] == [MEMBERS[0]]
    rules = end.decisions[first].rules
    assert rules is not None
    assert rules.threshold == 2


def test_a_lowered_lock_does_not_shorten_the_lock_of_the_vote() -> None:
    book = w.Book()
    created(book, ruler=RULER, lock=86_400)
    one = book.put(2, upgrade())
    book.vote(3, one, 0, 1)
    book.enter("multisig_set_time_lock", 4, {"config_authority": RULER},
               args.ConfigChange(squads.SetTimeLock(0), None))  # fmt: skip
    book.run(5, one, message=w.upgrade_message(1))
    decision = played(book).decisions[one]
    assert decision.rules is not None and decision.runs[0].rules is not None
    assert (decision.rules.time_lock, decision.runs[0].rules.time_lock) == (86_400, 0)
    assert decision.status == "executed"
    assert decision.faults == []


def test_members_change_their_minds() -> None:
    book = w.Book()
    created(book)
    one = book.put(2, upgrade())
    book.vote(3, one, 0, name="proposal_reject")
    book.vote(4, one, 0)
    book.vote(5, one, 1)
    assert played(book).decisions[one].status == "approved"
    book.vote(6, one, 0, 1, name="proposal_cancel_v2")
    assert played(book).decisions[one].status == "cancelled"
    book.run(7, one)
    assert played(book).decisions[one].faults == ["it was executed when its proposal was cancelled"]


def test_drafts_take_no_votes_before_they_are_activated() -> None:
    book = w.Book()
    created(book)
    one = book.put(2, upgrade())
    draft = book.steps[-1]
    given = replace(draft.instruction, arguments=args.CreateProposal(one, True))
    book.steps[-1] = replace(draft, instruction=given)
    book.vote(3, one, 0)
    assert played(book).decisions[one].approvals == []
    roles = {"member": MEMBERS[0], "proposal": w.proposal_at(one)}
    book.enter("proposal_activate", 4, roles)
    book.vote(5, one, 0, 1)
    assert played(book).decisions[one].status == "approved"


def test_a_long_message_is_that_of_its_buffer() -> None:
    raw = compact(w.upgrade_message(1))
    book = w.Book()
    created(book)
    buffer = {"transaction_buffer": BUFFER, "creator": MEMBERS[0]}
    whole = args.CreateBuffer(0, 0, hashlib.sha256(raw).hexdigest(), len(raw), raw[:50])
    book.enter("transaction_buffer_create", 2, buffer, whole)
    book.enter("transaction_buffer_extend", 3, buffer, args.ExtendBuffer(raw[50:]))
    book.index += 1
    roles = {"transaction": w.transaction_at(1), "creator": MEMBERS[0], **buffer}
    book.enter("vault_transaction_create_from_buffer", 4, roles, args.CreateFromBuffer(0, 0, None))
    assert played(book).decisions[1].message == w.upgrade_message(1)
    del book.steps[2]
    assert played(book).decisions[1].message is None, "half a message is none"


def compact(message: squads.Message) -> bytes:
    """A message in the encoding of instruction arguments."""
    keys = b"".join(key_bytes(key) for key in message.account_keys)
    out = bytes([message.signers, message.writable_signers, message.writable_non_signers])
    out += bytes([len(message.account_keys)]) + keys + bytes([len(message.instructions)])
    for one in message.instructions:
        out += bytes([one.program_index, len(one.account_indexes), *one.account_indexes])
        out += len(one.data).to_bytes(2, "little") + one.data
    return out + b"\0"


def test_the_whole_story_leads_to_the_account() -> None:
    end = replay(w.HISTORY, w.HISTORY.log.value)  # type: ignore[union-attr]
    assert end.doubt == ""
    assert {n: d.status for n, d in end.decisions.items()} == {
        1: "executed", 2: "rejected", 3: "executed", 4: "executed", 5: "cancelled",
        6: "executed", 7: "active", 8: "executed", 9: "executed",
    }  # fmt: skip
    assert end.decisions[1].runs[0].rules != end.decisions[4].runs[0].rules


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"threshold": 1}, "threshold"),
        ({"time_lock": 0}, "time lock"),
        ({"config_authority": RULER}, "config authority"),
        ({"members": w.STATE.value.members[:2]}, "members"),
        ({"transaction_index": 10}, "transaction index"),
        ({"stale_transaction_index": 4}, "stale index"),
    ],
)
def test_a_log_that_does_not_lead_to_the_account_is_not_believed(
    change: dict[str, Any], told: str
) -> None:
    history = replace(w.HISTORY, state=replace(w.STATE.value, **change))
    assert told in replay(history, w.HISTORY.log.value).doubt  # type: ignore[union-attr]


def test_a_proposal_account_that_says_otherwise_is_noticed() -> None:
    slots = tuple(
        w.slot(7, one.transaction.value, "approved") if one.index == 7 else one  # type: ignore[union-attr]
        for one in w.SLOTS
    )
    doubt = replay(replace(w.HISTORY, slots=slots), w.HISTORY.log.value).doubt  # type: ignore[union-attr]
    assert doubt == "its history leaves proposal 7 active, and the account says approved"


def test_transactions_at_strange_addresses_are_not_followed() -> None:
    book = w.Book()
    created(book)
    roles = {"transaction": STRANGER, "creator": MEMBERS[0]}
    book.enter("vault_transaction_create", 2, roles, upgrade())
    book.index = 1
    assert "at its own address" in played(book).doubt
    book = w.Book()
    created(book)
    book.vote(3, 1, 0)
    assert "no known transaction" in played(book).doubt
