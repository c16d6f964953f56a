"""Facts under which keys look apart, shared or voted on, and are not, or it can't be told."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from privatedao_audit.chain.layouts import squads
from privatedao_audit.chain.layouts.squads import Member, arguments
from privatedao_audit.domains.authority.world import MEMBERS, STRANGER, Multisig, derived, wallet
from privatedao_audit.domains.custody.checks import CHECKS
from privatedao_audit.domains.custody.controllers import cases as documents
from privatedao_audit.domains.custody.controllers import cases_others as o
from privatedao_audit.domains.custody.controllers.facts import DaoPower
from privatedao_audit.domains.custody.facts import CustodyFacts
from privatedao_audit.domains.custody.history import variations as v
from privatedao_audit.domains.custody.history import world as h
from privatedao_audit.domains.custody.history.facts import Step
from privatedao_audit.domains.custody.history.replay import replay
from privatedao_audit.domains.custody.signers import invented as s
from privatedao_audit.model.limits import Limits
from privatedao_audit.model.reads import Found
from privatedao_audit.model.status import Status

FAIL, UNKNOWN, PASS = Status.FAIL, Status.UNKNOWN, Status.PASS
_OWN = [[wallet(f"{name} {n}") for n in range(3)] for name in "abc"]


def status(control: str, facts: CustodyFacts) -> Status:
    return CHECKS[control](facts, Limits()).status


def sorted_members(keys: list[str]) -> tuple[Member, ...]:
    return tuple(sorted((Member(k, 7) for k in keys), key=lambda m: o.key_bytes(m.key)))


def group(members: list[list[str]], threshold: int = 2, **multisig: Any) -> CustodyFacts:
    """Attestors that are vaults of three multisigs with these members each."""
    three = tuple(
        Multisig(create_key=derived(f"group {n}"), members=sorted_members(keys),
                 threshold=min(2, len(keys)), **multisig)
        for n, keys in enumerate(members)
    )
    keys = tuple(one.vault() for one in three)
    held = o.role(keys, role="proof attestors", kind="attestors", threshold=threshold)
    world = replace(o.GOOD, multisigs=(*o.GOOD.multisigs, *three))
    return o.others(held, world=world, registers=(o.register(*keys),))


def test_a_group_of_three_multisigs_of_other_people_is_shared() -> None:
    assert status("UA-09", group(_OWN)) is PASS


def test_a_group_is_not_shared_where_the_same_keys_stand_behind_its_holders() -> None:
    assert status("UA-09", group([[STRANGER]] * 3)) is UNKNOWN
    assert status("UA-09", group([list(MEMBERS)] * 3)) is UNKNOWN
    assert status("UA-09", group([_OWN[0], _OWN[1], [*_OWN[2], _OWN[0][0]]])) is UNKNOWN


def test_a_group_is_not_shared_where_one_key_rewrites_its_holders() -> None:
    assert status("UA-09", group(_OWN, config_authority=STRANGER)) is UNKNOWN


def test_more_signatures_than_there_are_keys_are_not_understood() -> None:
    assert status("UA-09", group(_OWN, threshold=4)) is UNKNOWN


@pytest.mark.parametrize("spelled", ["Keeper", "DAO authority", "treasury_operators"])
def test_no_spelling_of_a_role_hides_an_operator(spelled: str) -> None:
    world = s.GOOD.program(authority=s.DEPLOYER)
    facts = s.facts(world, registers=(s.more(s.entry(s.DEPLOYER, spelled)),))
    assert status("SD-01", facts) is FAIL


def test_no_spelling_of_a_role_hides_a_key_in_both_sets() -> None:
    both = s.entry(STRANGER, "Treasury", "Reviewers")
    assert status("SD-02", s.facts(registers=(s.more(both),))) is FAIL


def test_no_spelling_of_a_role_hides_a_demo_key() -> None:
    again = s.entry(s.TREASURER, "Demo")
    assert status("SD-04", s.facts(registers=(s.more(again),))) is FAIL


@pytest.mark.parametrize("owner", ["  ", "TBD", "?", "n/a", "todo"])
def test_an_owner_still_to_be_named_is_none(owner: str) -> None:
    rows = s.changed_entry(s.TREASURER, owner=owner)
    assert status("SD-02", s.facts(registers=(s.register(rows),))) is Status.MISSING
    rows = s.changed_entry(s.DEPLOYER, owner=owner)
    assert status("SD-03", s.facts(registers=(s.register(rows),))) is Status.MISSING


@pytest.mark.parametrize(("change", "apart"), [
    ({"members": sorted_members([*MEMBERS[:2], derived("vault of others")])}, UNKNOWN),
    ({"config_authority": derived("vault of others")}, FAIL),
])  # fmt: skip
def test_who_signs_for_a_derived_member_is_open(change: dict[str, Any], apart: Status) -> None:
    facts = s.facts(s.GOOD.multisig(**change))
    assert status("SD-01", facts) is apart
    assert status("SD-04", facts) is UNKNOWN


def lowered() -> CustodyFacts:
    """The threshold is one for the vote on upgrade 4, and two again before and after it."""
    first = h.STEPS[0]
    created = replace(first.instruction, arguments=replace(
        first.instruction.arguments, config_authority=STRANGER))  # type: ignore[type-var]

    def rule(name: str, change: squads.ConfigAction) -> Step:
        roles = (("multisig", h.ADDRESS), ("config_authority", STRANGER))
        one = squads.SquadsInstruction(
            "multisig_change_threshold", roles, arguments.ConfigChange(change, None), ())
        return replace(v.FIRST, signature=name, instruction=one)

    lower, high = squads.ChangeThreshold(1), squads.ChangeThreshold(2)
    book: list[Step] = [replace(first, instruction=created)]
    for step in h.STEPS[1:]:
        one = step.instruction
        if one.account("transaction") == h.transaction_at(4) and step is not v.RUN:
            book += [rule("lower", lower), step]
        elif one.name == "proposal_create" and one.account("proposal") == h.proposal_at(4):
            book += [step, replace(v.FIRST, slot=step.slot), rule("raise", high)]
        elif step not in (v.FIRST, v.SECOND):
            book.append(step)
    state = replace(h.STATE.value, config_authority=STRANGER)
    log = h.log(book)
    assert isinstance(log, Found)
    stale = replay(v.multisig(log=log, state=state), log.value).stale_index
    state = replace(state, stale_transaction_index=stale)
    return h.facts(multisig=v.multisig(log=log, state=state))


def test_an_upgrade_that_one_key_approved_under_a_lowered_threshold_fails() -> None:
    assert status("UA-03", lowered()) is FAIL


def test_a_buffer_that_was_used_up_twice_in_the_upgrade_is_not_the_one_voted_on() -> None:
    for index in (1, 4):
        read = h.life(index)
        assert isinstance(read, Found)
        good = read.value[0]
        evil = replace(good, begun=good.begun + 500, last_write=good.last_write + 500,
                       sha256="e" * 64)
        buffers = {**h.PROGRAM.buffers, h.BUFFERS[index]: Found((good, evil), read.at)}
        facts = h.facts(program=replace(h.PROGRAM, buffers=buffers))
        assert status("UA-03", facts) is UNKNOWN


def test_a_rehearsal_dated_after_the_reading_is_no_proof_of_one() -> None:
    facts = documents._path(rehearsals=documents.rehearsed(
        documents.handover(), block_time=1_999_999_999))
    assert status("UA-05", facts) is UNKNOWN


def test_what_was_never_read_of_a_dao_or_its_mint_is_not_nobodys() -> None:
    sound = o.others(mint=o.mint_of())
    assert status("UA-09", sound) is PASS
    dao = DaoPower("the club", o.DAO, "program", "treasury", wallet("a mint"), "", {}, "")
    for one in (dao, replace(dao, mint=None)):
        facts = replace(sound, controllers=replace(sound.controllers, daos=(one,)))
        assert status("UA-09", facts) is UNKNOWN


def test_a_registered_key_that_never_was_a_member_approves_nothing() -> None:
    rows = ({"key": key, "roles": "multisig-member"} for key in (*MEMBERS, STRANGER))
    register = v.listing("signer-register", *rows)
    assert str(v.OUTSIDER.pubkey()) == STRANGER
    for keys, said in (((v.SIGNER_A, v.SIGNER_B), Status.ATTESTED),
                       ((v.SIGNER_A, v.OUTSIDER), UNKNOWN)):  # fmt: skip
        records = (v.signed(1, *keys), v.signed(4, *keys))
        assert status("UA-03", v.attested(*records, registers=(register,))) is said


@pytest.mark.parametrize("role", ["demo", "Reviewer", "verification"])
def test_a_row_without_power_does_not_record_who_signs_with_it(role: str) -> None:
    rows = s.changed_entry(s.DEPLOYER, roles=(role,))
    assert status("SD-03", s.facts(registers=(s.register(rows),))) is Status.MISSING
    rows = s.changed_entry(s.DEPLOYER, roles=(role, "deployer"))
    assert status("SD-03", s.facts(registers=(s.register(rows),))) is PASS


@pytest.mark.parametrize("nothing", ["TBD", "", "?"])
def test_a_document_with_places_to_fill_owes_what_belongs_there(nothing: str) -> None:
    policy = documents.policy({"owner": nothing})
    assert status("UA-02", documents.facts(policies=(policy,))) is Status.MISSING
    for change in ({"owner": nothing}, {"steps": [nothing]}):
        path = documents.path(change)
        assert status("UA-05", documents._path(path)) is Status.MISSING


@pytest.mark.parametrize("spelled", ["founder-operator", "Operators", "night keeper"])
def test_an_operator_by_a_word_of_its_own_is_one(spelled: str) -> None:
    world = s.GOOD.program(authority=s.DEPLOYER)
    facts = s.facts(world, registers=(s.more(s.entry(s.DEPLOYER, spelled)),))
    assert status("SD-01", facts) is FAIL


@pytest.mark.parametrize("spelled", ["deploy operator", "release operator", "cooperator"])
def test_who_deploys_by_that_word_is_no_daily_operator(spelled: str) -> None:
    world = s.GOOD.program(authority=s.DEPLOYER)
    facts = s.facts(world, registers=(s.more(s.entry(s.DEPLOYER, spelled)),))
    assert status("SD-01", facts) is PASS


@pytest.mark.parametrize(("first", "second"), [
    ("treasury-signer", "proposal reviewer"), ("Treasury operations", "senior-reviewer"),
])  # fmt: skip
def test_sets_are_known_by_words_of_their_own(first: str, second: str) -> None:
    both = s.entry(STRANGER, first, second)
    assert status("SD-02", s.facts(registers=(s.more(both),))) is FAIL


def test_a_reviewer_of_the_treasury_moves_nothing() -> None:
    reviewer = s.entry(STRANGER, "treasury reviewer")
    assert status("SD-02", s.facts(registers=(s.more(reviewer),))) is Status.ATTESTED


@pytest.mark.parametrize("owner", ["<TBD>", "pending", "xxx", "to be named"])
def test_places_that_wait_for_a_name_name_nobody(owner: str) -> None:
    policy = documents.policy({"owner": owner})
    assert status("UA-02", documents.facts(policies=(policy,))) is Status.MISSING
