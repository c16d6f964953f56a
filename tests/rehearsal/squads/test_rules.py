"""The rules of a multisig: each refusal, and its nearest case that passes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest
from solders.pubkey import Pubkey

from privatedao_audit.rehearsal import wallet
from privatedao_audit.rehearsal.squads import actions, rules
from privatedao_audit.rehearsal.squads.accounts import Proposal, SpendingLimit, Status
from privatedao_audit.rehearsal.squads.actions import DAY, Period
from privatedao_audit.rehearsal.squads.rules import Refused
from privatedao_audit.rehearsal.squads.state import ALL, EXECUTE, INITIATE, VOTE, Member, Multisig

ANNA, BERT, CLEO, DORA, EVA = (
    wallet.address(name) for name in ("anna", "bert", "cleo", "dora", "eva")
)
STRANGER = wallet.address("stranger")
NOW = 1_800_000_000
LOCK = 3_600
SQUAD = Multisig(
    wallet.address("squad"),
    (
        Member(ANNA),
        Member(BERT, VOTE),
        Member(CLEO, VOTE),
        Member(DORA, INITIATE),
        Member(EVA, EXECUTE),
    ),
    2,
    time_lock=LOCK,
    transaction_index=5,
    stale_transaction_index=2,
)
OPEN = Proposal(SQUAD.address, 3, Status.ACTIVE, NOW - 10, 255)
PASSED = replace(OPEN, status=Status.APPROVED, timestamp=NOW, approved=(ANNA, BERT))
STALE = replace(OPEN, index=2)


def _refusal(action: Callable[[], object]) -> str:
    with pytest.raises(Refused) as caught:
        action()
    assert caught.value.code == rules.ERRORS[caught.value.name]
    return caught.value.name


def test_errors_count_from_6000_in_the_order_of_the_program() -> None:
    known = {
        "DuplicateMember": 6000,
        "Unauthorized": 6004,
        "NotAMember": 6005,
        "StaleProposal": 6007,
        "InvalidProposalStatus": 6008,
        "TimeLockNotReleased": 6021,
        "SpendingLimitExceeded": 6026,
        "RentReclamationDisabled": 6032,
        "MultisigCreateDeprecated": 6044,
        "AccountDiscriminatorMismatch": 3002,
        "AccountDidNotSerialize": 3004,
        "AccountNotInitialized": 3012,
    }
    assert {name: rules.ERRORS[name] for name in known} == known
    assert len(rules.ERRORS) == 45 + 3


@pytest.mark.parametrize(
    ("change", "error"),
    [
        ({"members": (*SQUAD.members, Member(ANNA, VOTE))}, "DuplicateMember"),
        ({"members": (Member(ANNA, ALL + 1), Member(BERT))}, "UnknownPermission"),
        ({"members": (Member(ANNA, VOTE | EXECUTE), Member(BERT, VOTE))}, "NoProposers"),
        ({"members": (Member(ANNA, VOTE | INITIATE), Member(BERT, VOTE))}, "NoExecutors"),
        ({"members": (Member(ANNA, INITIATE | EXECUTE),)}, "NoVoters"),
        ({"threshold": 0}, "InvalidThreshold"),
        ({"threshold": 4}, "InvalidThreshold"),
        ({"stale_transaction_index": 6}, "InvalidStaleTransactionIndex"),
        ({"time_lock": 90 * DAY + 1}, "TimeLockExceedsMaxAllowed"),
    ],
)
def test_a_multisig_that_can_not_be(change: dict[str, object], error: str) -> None:
    broken = replace(SQUAD, **change)  # type: ignore[arg-type]
    assert _refusal(lambda: rules.check(broken)) == error


def test_the_outermost_multisigs_that_can_be() -> None:
    widest = replace(SQUAD, threshold=3, time_lock=90 * DAY, stale_transaction_index=5)
    assert rules.check(widest) == widest


def test_only_initiators_propose_transactions() -> None:
    for member in (ANNA, DORA):
        assert rules.next_vault_transaction(SQUAD, member).transaction_index == 6
        longest = actions.SetTimeLock(90 * DAY)
        changed = rules.next_config_transaction(SQUAD, member, [longest])
        assert changed.transaction_index == 6
    assert _refusal(lambda: rules.next_vault_transaction(SQUAD, BERT)) == "Unauthorized"
    assert _refusal(lambda: rules.next_vault_transaction(SQUAD, STRANGER)) == "NotAMember"


@pytest.mark.parametrize(
    ("squad", "member", "changes", "error"),
    [
        (replace(SQUAD, config_authority=EVA), ANNA, [actions.SetTimeLock(1)],
         "NotSupportedForControlled"),
        (SQUAD, EVA, [actions.SetTimeLock(1)], "Unauthorized"),
        (SQUAD, STRANGER, [actions.SetTimeLock(1)], "NotAMember"),
        (SQUAD, ANNA, [], "NoActions"),
        (SQUAD, ANNA, [actions.SetTimeLock(90 * DAY + 1)], "TimeLockExceedsMaxAllowed"),
    ],
)  # fmt: skip
def test_config_transactions_refused(
    squad: Multisig, member: Pubkey, changes: list[actions.Action], error: str
) -> None:
    assert _refusal(lambda: rules.next_config_transaction(squad, member, changes)) == error


def test_a_vote_opens_on_what_stands_and_is_not_stale() -> None:
    for creator in (ANNA, BERT, DORA):
        made = rules.proposed(SQUAD, 5, 254, creator, NOW, draft=False)
        assert made == Proposal(SQUAD.address, 5, Status.ACTIVE, NOW, 254)
    draft = rules.proposed(SQUAD, 3, 254, ANNA, NOW, draft=True)
    assert draft.status is Status.DRAFT
    for index, creator, error in (
        (6, ANNA, "InvalidTransactionIndex"),
        (2, ANNA, "StaleProposal"),
        (3, STRANGER, "NotAMember"),
        (3, EVA, "Unauthorized"),
    ):
        refusal = _refusal(
            lambda i=index, c=creator: rules.proposed(SQUAD, i, 1, c, NOW, draft=False)
        )
        assert refusal == error


def test_only_a_draft_is_activated_by_an_initiator() -> None:
    draft = replace(OPEN, status=Status.DRAFT)
    opened = rules.activated(SQUAD, draft, DORA, NOW)
    assert (opened.status, opened.timestamp) == (Status.ACTIVE, NOW)
    assert _refusal(lambda: rules.activated(SQUAD, OPEN, DORA, NOW)) == "InvalidProposalStatus"
    assert _refusal(lambda: rules.activated(SQUAD, draft, BERT, NOW)) == "Unauthorized"
    stale = replace(draft, index=2)
    assert _refusal(lambda: rules.activated(SQUAD, stale, DORA, NOW)) == "StaleProposal"


@pytest.mark.parametrize("vote", [rules.approved, rules.rejected])
@pytest.mark.parametrize(
    ("proposal", "member", "error"),
    [
        (OPEN, STRANGER, "NotAMember"),
        (OPEN, EVA, "Unauthorized"),
        (OPEN, DORA, "Unauthorized"),
        (PASSED, CLEO, "InvalidProposalStatus"),
        (replace(OPEN, status=Status.DRAFT), CLEO, "InvalidProposalStatus"),
        (STALE, CLEO, "StaleProposal"),
    ],
)
def test_votes_refused(
    vote: Callable[..., Proposal], proposal: Proposal, member: Pubkey, error: str
) -> None:
    assert _refusal(lambda: vote(SQUAD, proposal, member, NOW)) == error


def test_the_last_approval_needed_starts_the_clock() -> None:
    one = rules.approved(SQUAD, OPEN, BERT, NOW)
    assert (one.status, one.timestamp, one.approved) == (Status.ACTIVE, NOW - 10, (BERT,))
    assert _refusal(lambda: rules.approved(SQUAD, one, BERT, NOW)) == "AlreadyApproved"
    two = rules.approved(SQUAD, one, CLEO, NOW + 7)
    assert (two.status, two.timestamp) == (Status.APPROVED, NOW + 7)


def test_rejections_end_it_when_no_way_to_approve_is_left() -> None:
    """Of three voters two must approve, so two against are enough."""
    one = rules.rejected(SQUAD, rules.approved(SQUAD, OPEN, BERT, NOW), BERT, NOW)
    assert (one.status, one.approved, one.rejected) == (Status.ACTIVE, (), (BERT,))
    assert _refusal(lambda: rules.rejected(SQUAD, one, BERT, NOW)) == "AlreadyRejected"
    back = rules.approved(SQUAD, one, BERT, NOW)
    assert (back.approved, back.rejected) == ((BERT,), ())
    two = rules.rejected(SQUAD, one, CLEO, NOW + 7)
    assert (two.status, two.timestamp) == (Status.REJECTED, NOW + 7)


def test_a_cancellation_takes_the_threshold_even_when_stale() -> None:
    stale = replace(PASSED, index=1, cancelled=(STRANGER,))
    one = rules.cancelled(SQUAD, stale, ANNA, NOW)
    # The vote of somebody who is no member any more does not count.
    assert (one.status, one.cancelled) == (Status.APPROVED, (ANNA,))
    assert _refusal(lambda: rules.cancelled(SQUAD, one, ANNA, NOW)) == "AlreadyCancelled"
    two = rules.cancelled(SQUAD, one, CLEO, NOW + 7)
    assert (two.status, two.timestamp) == (Status.CANCELLED, NOW + 7)
    assert _refusal(lambda: rules.cancelled(SQUAD, OPEN, ANNA, NOW)) == "InvalidProposalStatus"
    assert _refusal(lambda: rules.cancelled(SQUAD, stale, EVA, NOW)) == "Unauthorized"


def test_execution_waits_for_the_time_lock_to_the_second() -> None:
    early = _refusal(lambda: rules.executed(SQUAD, PASSED, EVA, NOW + LOCK - 1))
    assert early == "TimeLockNotReleased"
    done = rules.executed(SQUAD, PASSED, EVA, NOW + LOCK)
    # The moment of approval is overwritten.
    assert (done.status, done.timestamp) == (Status.EXECUTED, NOW + LOCK)
    later = NOW + LOCK
    assert _refusal(lambda: rules.executed(SQUAD, OPEN, EVA, later)) == "InvalidProposalStatus"
    assert _refusal(lambda: rules.executed(SQUAD, PASSED, BERT, later)) == "Unauthorized"
    assert _refusal(lambda: rules.executed(SQUAD, PASSED, STRANGER, later)) == "NotAMember"


def test_the_time_lock_of_the_day_counts() -> None:
    longer = replace(SQUAD, time_lock=2 * LOCK)
    refusal = _refusal(lambda: rules.executed(longer, PASSED, EVA, NOW + LOCK))
    assert refusal == "TimeLockNotReleased"
    none = replace(SQUAD, time_lock=0)
    assert rules.executed(none, PASSED, EVA, NOW).status is Status.EXECUTED


def test_stale_and_approved_a_vault_transaction_runs_and_a_config_one_does_not() -> None:
    stale, later = replace(PASSED, index=2), NOW + LOCK
    assert rules.executed(SQUAD, stale, EVA, later).status is Status.EXECUTED
    refusal = _refusal(lambda: rules.executed_config(SQUAD, stale, EVA, later))
    assert refusal == "StaleProposal"
    assert rules.executed_config(SQUAD, PASSED, EVA, later).status is Status.EXECUTED


@pytest.mark.parametrize(
    ("change", "field", "value"),
    [
        (actions.AddMember(Member(STRANGER, VOTE)), "members",
         (*SQUAD.members, Member(STRANGER, VOTE))),
        (actions.RemoveMember(CLEO), "members",
         tuple(one for one in SQUAD.members if one.key != CLEO)),
        (actions.ChangeThreshold(3), "threshold", 3),
        (actions.SetTimeLock(0), "time_lock", 0),
        # The same value again counts as a change too.
        (actions.SetTimeLock(LOCK), "time_lock", LOCK),
    ],
)  # fmt: skip
def test_a_change_of_consensus_makes_all_before_it_stale(
    change: actions.Action, field: str, value: object
) -> None:
    for after in (rules.changed(SQUAD, [change]), rules.ruled(SQUAD, change)):
        assert getattr(after, field) == value
        assert after.stale_transaction_index == SQUAD.transaction_index


def test_a_rent_collector_or_a_limit_makes_nothing_stale() -> None:
    limit = actions.AddSpendingLimit(EVA, 1, (ANNA,))
    gone = actions.RemoveSpendingLimit(EVA)
    after = rules.changed(SQUAD, [actions.SetRentCollector(EVA), limit, gone])
    assert after == replace(SQUAD, rent_collector=EVA)


@pytest.mark.parametrize(
    ("change", "error"),
    [
        (actions.AddMember(Member(ANNA, VOTE)), "DuplicateMember"),
        (actions.RemoveMember(STRANGER), "NotAMember"),
        (actions.RemoveMember(EVA), None),
        (actions.ChangeThreshold(4), "InvalidThreshold"),
        (actions.SetTimeLock(90 * DAY + 1), "TimeLockExceedsMaxAllowed"),
    ],
)
def test_changes_that_break_it(change: actions.Action, error: str | None) -> None:
    for apply in (lambda: rules.changed(SQUAD, [change]), lambda: rules.ruled(SQUAD, change)):
        if error is None:
            assert apply().member(EVA) is None
        else:
            assert _refusal(apply) == error


def test_the_config_authority_alone_rules() -> None:
    controlled = replace(SQUAD, config_authority=EVA)
    rules.check_ruler(controlled, EVA)
    assert _refusal(lambda: rules.check_ruler(controlled, ANNA)) == "Unauthorized"
    assert _refusal(lambda: rules.check_ruler(SQUAD, EVA)) == "Unauthorized"
    single = Multisig(EVA, (Member(ANNA),), 1)
    last = _refusal(lambda: rules.ruled(single, actions.RemoveMember(ANNA)))
    assert last == "RemoveLastMember"
    free = rules.handed(controlled, None)
    assert (free.config_authority, free.stale_transaction_index) == (None, 5)


def test_an_account_grows_once_and_keeps_its_room() -> None:
    eleven = [actions.AddMember(Member(wallet.address(f"new {n}"))) for n in range(11)]
    # Ten more members is the least it grows by; for eleven it grows as far as they need.
    assert rules.changed(SQUAD, eleven[:1]).room == SQUAD.room + 330
    assert rules.changed(SQUAD, eleven).room == SQUAD.room + 363
    smaller = rules.changed(SQUAD, [actions.RemoveMember(CLEO)])
    assert smaller.room == SQUAD.room
    assert rules.changed(smaller, eleven[:1]).room == SQUAD.room


LIMIT = SpendingLimit(
    SQUAD.address, EVA, 0, None, 100, Period.DAY, 100, NOW, 255, (STRANGER,), (ANNA,)
)


def _spend(limit: SpendingLimit = LIMIT, **fields: object) -> SpendingLimit:
    given: dict[str, object] = {
        "member": STRANGER, "destination": ANNA, "mint": None, "amount": 60, "decimals": 9,
        "now": NOW + 5, **fields,
    }  # fmt: skip
    return rules.spent(limit, **given)  # type: ignore[arg-type]


def test_a_limit_is_used_up_and_fills_again() -> None:
    after = _spend()
    assert (after.remaining, after.last_reset) == (40, NOW)
    assert _refusal(lambda: _spend(after)) == "SpendingLimitExceeded"
    assert _spend(after, amount=40).remaining == 0
    # A full period must have passed, and more than it.
    assert _refusal(lambda: _spend(after, now=NOW + DAY)) == "SpendingLimitExceeded"
    later = _spend(after, now=NOW + 3 * DAY + 8)
    assert (later.remaining, later.last_reset) == (40, NOW + 3 * DAY)
    once = replace(after, period=Period.ONE_TIME)
    assert _refusal(lambda: _spend(once, now=NOW + 400 * DAY)) == "SpendingLimitExceeded"


@pytest.mark.parametrize(
    ("fields", "error"),
    [
        ({"member": ANNA}, "Unauthorized"),
        ({"mint": EVA}, "InvalidMint"),
        ({"destination": BERT}, "InvalidDestination"),
        ({"amount": 101}, "SpendingLimitExceeded"),
        ({"decimals": 6}, "DecimalsMismatch"),
    ],
)
def test_payments_refused(fields: dict[str, object], error: str) -> None:
    assert _refusal(lambda: _spend(**fields)) == error


def test_a_limit_without_destinations_pays_anyone() -> None:
    assert _spend(replace(LIMIT, destinations=()), destination=BERT).remaining == 40
    tokens = replace(LIMIT, mint=EVA)
    assert _spend(tokens, mint=EVA, decimals=6).remaining == 40
    assert _refusal(lambda: _spend(tokens)) == "InvalidMint"


@pytest.mark.parametrize(
    ("limit", "error"),
    [
        (actions.AddSpendingLimit(EVA, 0, (ANNA,)), "SpendingLimitInvalidAmount"),
        (actions.AddSpendingLimit(EVA, 1, ()), "EmptyMembers"),
        (actions.AddSpendingLimit(EVA, 1, (ANNA, ANNA)), "DuplicateMember"),
    ],
)
def test_limits_that_can_not_be(limit: actions.AddSpendingLimit, error: str) -> None:
    assert _refusal(lambda: rules.limited(SQUAD, limit, 255, NOW)) == error


def test_a_new_limit_is_full() -> None:
    wanted = actions.AddSpendingLimit(EVA, 100, (STRANGER,), (ANNA,), Period.DAY)
    assert rules.limited(SQUAD, wanted, 255, NOW) == LIMIT


@pytest.mark.parametrize(
    ("status", "index", "config", "closes"),
    [
        (Status.EXECUTED, 3, False, True),
        (Status.REJECTED, 3, True, True),
        (Status.CANCELLED, 3, False, True),
        (Status.ACTIVE, 3, False, False),
        (Status.ACTIVE, 2, False, True),
        (Status.DRAFT, 2, True, True),
        (Status.APPROVED, 3, True, False),
        (Status.APPROVED, 2, True, True),
        # It may still be executed.
        (Status.APPROVED, 2, False, False),
        (None, 2, False, True),
        (None, 3, False, False),
    ],
)
def test_what_may_be_closed(status: Status | None, index: int, config: bool, closes: bool) -> None:
    squad = replace(SQUAD, rent_collector=EVA)
    proposal = None if status is None else replace(PASSED, status=status, index=index)

    def close() -> None:
        rules.check_close(squad, index, proposal, EVA, config=config)

    if closes:
        close()
        thief = _refusal(lambda: rules.check_close(squad, index, proposal, ANNA, config=config))
        assert thief == "InvalidRentCollector"
    else:
        assert _refusal(close) == "InvalidProposalStatus"


def test_without_a_collector_nothing_is_closed() -> None:
    done = replace(PASSED, status=Status.EXECUTED)
    refusal = _refusal(lambda: rules.check_close(SQUAD, 3, done, EVA, config=False))
    assert refusal == "RentReclamationDisabled"
