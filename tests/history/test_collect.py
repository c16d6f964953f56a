"""Histories from an invented node: all of it once, caught up, or said to be missing."""

from __future__ import annotations

import struct
from collections import Counter
from dataclasses import replace
from typing import Any

import pytest

from privatedao_audit.chain import programs
from privatedao_audit.chain.addresses import associated_token_address
from privatedao_audit.chain.reads import Account
from privatedao_audit.history import collect, fetch
from privatedao_audit.history.continuity import born_at, chains, lamports_chain
from privatedao_audit.history.facts import Holding
from privatedao_audit.model import canonical
from privatedao_audit.model.reads import Found, ProvenAbsent, Unknown
from tests.history.node import Landed, Ran, key, token_data
from tests.history.world import (
    COOK,
    COOKS,
    DAO,
    HELD,
    MINT,
    PROGRAM,
    PROPOSAL,
    TREASURY,
    accounts,
    collected,
    node,
    story,
)


def test_every_transaction_is_read_once_failed_ones_too() -> None:
    asked = collected(node())
    assert [one.slot for one in asked.history.deeds] == [10, 20, 30, 31, 40, 50, 51]
    assert {one.slot for one in asked.history.deeds if not one.succeeded} == {40}
    asked_for = Counter(asked.node.times(one.signature) for one in asked.node.landed)
    # An account that became known later gets its part out of the recording: one question, asked
    # again, is answered from there.
    assert set(asked_for) <= {1, 2, 3}
    one = asked.history.deeds[4]
    assert one.failure is not None and one.failure.name == "TooEarly"
    assert one.transfers == ()


def test_all_addresses_chain_from_birth_to_now() -> None:
    history = collected(node()).history
    assert {a: one.role for a, one in history.histories.items()} == {
        DAO: "dao", TREASURY: "treasury", PROPOSAL: "proposal", HELD: "token account",
        PROGRAM: "program",
    }  # fmt: skip
    assert born_at(history.histories[DAO]) == 10
    for one in history.of_role("dao", "treasury", "proposal", "token account"):
        for chain in chains(one, 10):
            assert chain.broken == "", (one.role, chain.broken)
    held = history.histories[HELD]
    assert held.now == Found(Holding(70, 5, TREASURY, MINT), held.now.at)
    assert [e.amount for e in held.entries] == [(0, 9), (9, 5)]
    assert [e.holder for e in held.entries] == [(None, TREASURY), (TREASURY, TREASURY)]
    assert history.gaps == ()


def test_payments_are_told_with_the_wallets_behind_the_token_accounts() -> None:
    deeds = {one.slot: one for one in collected(node()).history.deeds}
    (paid,) = deeds[50].transfers
    assert (paid.source, paid.receiver, paid.amount, paid.inside) == (TREASURY, COOK, 300, "0")
    (sent,) = deeds[51].transfers
    assert (sent.payer, sent.receiver, sent.mint, sent.inside) == (TREASURY, COOK, MINT, "0")
    assert (sent.source, sent.destination) == (HELD, COOKS)


def test_a_closed_token_account_is_found_beside_a_transaction_of_the_treasury() -> None:
    gone = key("closed account")
    shut = Landed(
        60, (Ran(programs.TOKEN, (gone, COOK, TREASURY), bytes([9])),),
        {TREASURY: (700, 700), gone: (70, 0)}, {gone: (MINT, TREASURY, None, 0, 0)},
    )  # fmt: skip
    opened = Landed(
        55, (Ran(programs.TOKEN, (gone, MINT), bytes([18]) + bytes(32)),), {gone: (0, 70)},
        {gone: (MINT, None, TREASURY, 0, 0)},
    )  # fmt: skip
    history = collected(node([*story(), opened, shut])).history
    one = history.histories[gone]
    assert isinstance(one.now, ProvenAbsent)
    assert history.listed[programs.TOKEN] != history.listed[programs.TOKEN_2022]
    assert [e.slot for e in one.entries] == [55, 60]
    assert all(chain.broken == "" for chain in chains(one, 10))


def test_an_associated_account_of_a_named_mint_is_looked_up_and_dropped_when_it_never_was() -> None:
    mint = key("another mint")
    place = associated_token_address(TREASURY, mint, programs.TOKEN)
    asked = collected(node(), mints=[mint])
    assert any(place in question.params for question in asked.node.asked)
    assert place not in asked.history.histories
    past = Landed(
        55, (Ran(programs.TOKEN, (place, mint), bytes([18])),), {place: (0, 0)}, also=(mint,)
    )
    kept = collected(node([*story(), past]), mints=[mint]).history
    assert kept.histories[place].role == "token account"


def test_what_landed_while_it_was_read_is_added_once() -> None:
    late = Landed(
        70, (Ran(programs.SYSTEM, (COOK, TREASURY), b"\2\0\0\0" + bytes(8)),),
        {TREASURY: (700, 705)},
    )  # fmt: skip
    made = node(later=(late,))
    made.accounts = accounts(treasury=705)
    history = collected(made).history
    assert history.histories[TREASURY].entries[-1].slot == 70
    assert lamports_chain(history.histories[TREASURY], 10).broken == ""
    # What landed after the account was read is not of this reading.
    made = node(later=(replace(late, slot=2_000),))
    made.accounts = accounts(treasury=705)
    broken = lamports_chain(collected(made).history.histories[TREASURY], 10).broken
    assert "the account holds 705 now" in broken


@pytest.mark.parametrize("number", range(7))
def test_a_transaction_that_no_provider_returns_is_named(number: int) -> None:
    landed = story()
    lost = landed[number].signature
    history = collected(node(pruned=frozenset({lost}))).history
    named = [one for one in history.histories.values() if lost in one.unreadable]
    assert named
    for one in named:
        assert lost in next(chain.broken for chain in chains(one, 10) if chain.broken)


@pytest.mark.parametrize("number", [2, 5])
def test_a_movement_that_no_list_names_breaks_the_chain(number: int) -> None:
    history = collected(node(hidden=frozenset({story()[number].signature}))).history
    assert lamports_chain(history.histories[TREASURY], 10).broken != ""


def test_a_transaction_that_another_list_names_is_counted_where_it_belongs() -> None:
    """The treasury's list lacks what the proposal's list has, as with lookup tables."""
    made = node()
    answer = made._getSignaturesForAddress

    def without_treasury(question, address, config):  # type: ignore[no-untyped-def]
        rows, slot = answer(question, address, config)
        hidden = {one.signature for one in story() if one.slot in (50, 51)}
        if address == TREASURY:
            rows = [row for row in rows if row["signature"] not in hidden]
        return rows, slot

    made._getSignaturesForAddress = without_treasury  # type: ignore[method-assign]
    history = collected(made).history
    assert [e.slot for e in history.histories[TREASURY].entries] == [30, 40, 50, 51]
    assert lamports_chain(history.histories[TREASURY], 10).broken == ""


def test_lists_that_could_not_be_read_are_no_empty_histories() -> None:
    history = collected(node(refused=frozenset({"getSignaturesForAddress"}))).history
    assert history.deeds == ()
    for one in history.histories.values():
        assert "was not read: every provider answered 503" in one.cut
        assert all(chain.broken for chain in chains(one, -1))
    refused = collected(node(refused=frozenset({"getTokenAccountsByOwner"}))).history
    assert all(isinstance(read, Unknown) for read in refused.listed.values())
    # Found beside the transactions all the same.
    assert HELD in refused.histories


def test_accounts_that_could_not_be_read_at_the_end_are_not_known() -> None:
    history = collected(node(refused=frozenset({"getMultipleAccounts"}))).history
    for one in history.histories.values():
        assert isinstance(one.now, Unknown)
        assert "what it holds now is not known" in lamports_chain(one, 10).broken


def test_a_cut_list_says_from_where_it_is_whole() -> None:
    history = collected(node(first_available=9)).history
    one = history.histories[TREASURY]
    assert one.kept_from == 9
    assert one.cut
    assert lamports_chain(one, 10).broken == ""
    later = collected(node(first_available=11)).history
    assert "older history may be cut" in lamports_chain(later.histories[TREASURY], 10).broken
    pages = collected(node(), pages=1).history
    assert "more than 1 pages" in lamports_chain(pages.histories[TREASURY], 10).broken


def test_what_a_node_did_not_record_is_told() -> None:
    landed = story()
    landed[5] = replace(landed[5], inner_kept=False)
    landed[6] = replace(landed[6], balances_kept=False)
    history = collected(node(landed)).history
    deeds = {one.slot: one for one in history.deeds}
    assert deeds[50].gap == "the node kept no inner instructions"
    assert deeds[51].gap == ""
    assert deeds[51].unheard == "the node kept no logs"
    assert "were not recorded" in lamports_chain(history.histories[TREASURY], 10).broken


def test_a_multisig_is_counted_by_instructions_of_the_program_that_owns_it() -> None:
    squads, multisig, stranger = key("squads"), key("a multisig"), key("another program")
    create = bytes.fromhex("9bec57e4894b5127") + bytes(4) + b"\0"  # config_transaction_create
    names = tuple(key(f"account {n}") for n in range(4))

    def made(slot: int, program: str) -> Landed:
        return Landed(slot, (Ran(program, (multisig, *names), create),), {multisig: (5, 5)})

    landed = [*story(), made(60, squads), made(61, stranger), made(62, squads)]
    history = collected(node(landed), multisigs={multisig: squads}).history
    assert [one.created.get(multisig, 0) for one in history.deeds if one.slot >= 60] == [1, 0, 1]
    assert history.histories[multisig].role == "multisig"


def test_too_many_token_accounts_are_a_gap_and_no_endless_crawl(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(collect, "MOST_TOKEN_ACCOUNTS", 2)
    made = node()
    for number in range(5):
        spam = key(f"spam {number}")
        data = token_data(MINT, TREASURY, 0)
        made.accounts[spam] = Account(spam, 70, programs.TOKEN, data, False)
    history = collected(made).history
    assert "more than 2 token accounts" in history.gaps[0]
    assert len(history.of_role("token account")) <= 2


def vote(slot: int, account: str, **given: Any) -> Landed:
    return Landed(slot, (Ran(PROGRAM, (DAO, PROPOSAL, account), b"vote"),),
                  {DAO: (50, 50), PROPOSAL: (60, 60)}, **given)  # fmt: skip


def moved(slot: int, source: str, target: str) -> Landed:
    ran = Ran(programs.TOKEN, (source, target, COOK), bytes([3]) + struct.pack("<Q", 1))
    return Landed(slot, (ran,), {}, {source: (MINT, COOK, COOK, 5, 4),
                                     target: (MINT, COOK, COOK, 0, 1)})  # fmt: skip


def test_accounts_that_carried_votes_are_followed_from_first_to_last_vote() -> None:
    one, two, three = (key(f"tokens of voter {n}") for n in range(3))
    landed = [
        *story(), moved(54, one, two), vote(60, one), moved(61, one, two), vote(62, two),
        moved(63, two, one), vote(64, three, err={"InstructionError": [0, {"Custom": 6}]}),
    ]  # fmt: skip
    history = collected(node(landed)).history
    voters = {one.address: one for one in history.of_role("voter account")}
    assert set(voters) == {one, two}
    for found in voters.values():
        # The program's own list names the votes; the moves are named by the voters' lists alone.
        assert [e.slot for e in found.entries if 60 <= e.slot <= 62] == [60, 61, 62][
            : len([e for e in found.entries if e.slot <= 62])
        ] or [e.slot for e in found.entries] == [61, 62]
        assert found.gap_since(60) == ""
        assert "within the votes alone" in found.gap_since(59)
    slots = [one.slot for one in history.deeds]
    assert 61 in slots and 54 not in slots and 63 not in slots
    # They are none of the treasury's.
    assert history.gaps == () and {a.address for a in history.of_role("token account")} == {HELD}


def test_voters_beyond_the_bounds_are_not_followed_in_silence(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    one, two = key("tokens of voter 0"), key("tokens of voter 1")
    landed = [*story(), vote(60, one), moved(61, one, two), vote(62, two)]
    monkeypatch.setattr(collect, "MOST_OF_VOTER", 1)
    history = collected(node(landed)).history
    busy = history.histories[one]
    assert "more than 1 transactions are listed" in busy.gap_since(60)
    monkeypatch.setattr(collect, "MOST_VOTER_ACCOUNTS", 1)
    history = collected(node(landed)).history
    assert [a.address for a in history.of_role("voter account")] == [one]
    unread = collected(node(landed, refused=frozenset({"getSignaturesForAddress"}))).history
    assert all(a.gap_since(60) for a in unread.of_role("voter account"))


def test_what_the_program_did_for_others_is_left_out() -> None:
    """Its list names also attempts that touch nothing else of the DAO."""
    stray = Landed(60, (Ran(PROGRAM, (key("some account"),), b"stray"),))
    other = Landed(61, (Ran(PROGRAM, (key("another DAO"),), b"other"),))
    history = collected(node([*story(), stray, other])).history
    told = {one.slot: one for one in history.deeds}
    assert 60 in told and 61 not in told
    own = history.histories[PROGRAM]
    assert [e.slot for e in own.entries][-2:] == [60, 61]


def test_a_program_that_many_use_is_not_read_for_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    stray = Landed(60, (Ran(PROGRAM, (key("some account"),), b"stray"),))
    monkeypatch.setattr(collect, "MOST_OF_PROGRAM", 3)
    history = collected(node([*story(), stray])).history
    assert [one.slot for one in history.deeds] == [10, 20, 30, 31, 40, 50, 51]
    assert "more than 3 transactions" in history.histories[PROGRAM].cut
    for one in history.of_role("dao", "treasury", "proposal", "token account"):
        assert all(chain.broken == "" for chain in chains(one, 10))


def test_transactions_are_told_in_chunks(monkeypatch: pytest.MonkeyPatch) -> None:
    whole = collected(node()).history
    monkeypatch.setattr(fetch, "CHUNK", 1)
    assert collected(node()).history == whole


def test_histories_are_canonical_json() -> None:
    told = canonical.plain(collected(node()).history)
    assert canonical.dumps(told) == canonical.dumps(canonical.plain(collected(node()).history))
    assert PROGRAM == told["program"]
