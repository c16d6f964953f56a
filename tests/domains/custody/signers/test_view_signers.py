"""The matrix of roles and its tables: conflicts stand out without colour, text is escaped."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from privatedao_audit.domains.authority.link import Holder, Link, RealmRule
from privatedao_audit.domains.authority.world import GOVERNANCE, MEMBERS, STRANGER, derived
from privatedao_audit.domains.cases import on_chain
from privatedao_audit.domains.custody.controllers.facts import ControllerFacts, Other
from privatedao_audit.domains.custody.facts import CustodyFacts, ProgramCustody
from privatedao_audit.domains.custody.signers import powers, view
from privatedao_audit.domains.custody.signers.checks import sd_01
from privatedao_audit.domains.custody.signers.invented import (
    DAO,
    DAO_VAULT,
    DEMO,
    GOOD,
    REVIEWER,
    entry,
    facts,
    held,
    more,
    observed,
    seen,
)
from privatedao_audit.model.limits import Limits
from privatedao_audit.model.reads import Found

NAME = "$x_1$ \u202ey \u6f22"

CLASH = facts(
    GOOD.multisig(config_authority=STRANGER),
    roles=held(STRANGER, DEMO),
    registers=(more(entry(REVIEWER, "treasury"), entry(DEMO, "<b>own</b>\u202e", owner=NAME)),),
)  # fmt: skip


def test_sound_facts_have_no_frame() -> None:
    figure = view.roles(facts())
    assert figure.title.startswith("No key of ")
    assert "No row is framed." in figure.alt
    assert "✗" not in figure.svg.split("roles that exclude")[0]


def test_conflicts_are_named_in_title_alt_and_mark() -> None:
    figure = view.roles(CLASH)
    assert figure.title.startswith("3 of ")
    for control in ("SD-01", "SD-02", "SD-04"):
        assert control in figure.alt
    assert figure.svg.count("✗") > 3
    assert "code, alone and operation (SD-01)" in figure.alt


def test_the_table_has_every_key_in_full_and_the_conflicts_first() -> None:
    frame = view.matrix(CLASH).frame
    against = list(frame["against"])
    assert sorted(filter(None, against)) == ["SD-01", "SD-02", "SD-04"]
    assert all(against[:3]) and not any(against[3:])
    row = frame[frame["key"] == STRANGER].iloc[0]
    assert row["code, alone"] == "on chain"
    assert row["operation"] == "on chain"
    assert {*MEMBERS, DEMO, REVIEWER} <= set(frame["key"])


def test_how_a_role_is_known_is_told_apart() -> None:
    both = facts(roles=held(STRANGER), registers=(more(entry(STRANGER, "dao-authority")),))
    frame = view.matrix(both).frame
    row = frame[frame["key"] == STRANGER].iloc[0]
    assert row["operation"] == "on chain and registered"
    assert row["registered"] == "registered"
    vault = view.matrix(facts()).frame
    assert vault[vault["key"] == DAO_VAULT].iloc[0]["who"] == "vault 1"


def test_text_of_registers_can_not_pose_as_anything() -> None:
    for table in (view.matrix(CLASH), view.signers(CLASH), view.registers(CLASH)):
        shown = table._repr_mimebundle_()["text/html"] + str(table)
        assert "\u202e" not in shown
        assert "<b>" not in shown
    assert "\u202e" not in view.roles(CLASH).svg
    assert "$x_1$" in view.roles(CLASH).svg


def test_signers_table_shows_failed_attempts_and_the_unregistered() -> None:
    failed = replace(observed(seen(STRANGER)), failed=(seen(DEMO, "authority", "veto_proposal"),))
    frame = view.signers(facts(observed=failed)).frame
    assert list(frame[frame["key"] == STRANGER]["registered as"]) == ["not registered"]
    assert list(frame[frame["key"] == DEMO]["signed as"]) == ["authority (failed)"]


def test_a_crowd_is_drawn_in_part_and_listed_whole(monkeypatch: Any) -> None:
    monkeypatch.setattr(view, "DRAWN", 3)
    figure, table = view.roles(facts()), view.matrix(facts())
    assert f"{len(table.frame) - 3} more keys are in the table only." in figure.alt


def test_nothing_read_is_said_in_words() -> None:
    empty = CustodyFacts("localnet", (), GOOD.facts())
    assert view.roles(empty).title == "No key with a role could be read"
    for make in (view.matrix, view.signers, view.histories, view.registers, view.proofs):
        assert make(empty).frame.empty
        assert make(empty).empty.endswith(".")


def test_histories_registers_and_proofs_are_listed() -> None:
    given = facts(observed=observed(gap="cut at slot 5"))
    assert "cut at slot 5" in list(view.histories(given).frame["read"])
    assert list(view.registers(given).frame["of"]) == [
        "signers", "demonstrations on localnet", "proofs of control",
    ]  # fmt: skip
    assert len(view.proofs(given).frame) == len(given.signers.proofs)


def link(**change: Any) -> ProgramCustody:
    at = on_chain("accounts")
    one = Link(GOVERNANCE, DAO_VAULT, Holder.UNRECOGNISED, "What it is.", at)
    return ProgramCustody("governance", GOVERNANCE, (replace(one, **change),), ())


@pytest.mark.parametrize(("threshold", "alone"), [(1, True), (2, False)])
def test_every_key_of_an_old_multisig_may_all(threshold: int, alone: bool) -> None:
    class Ms:
        keys = MEMBERS

    Ms.threshold = threshold  # type: ignore[attr-defined]
    group = powers.deploy(link(holder=Holder.SQUADS_V3, ms=Ms()))
    assert {*MEMBERS} & group.alone == ({*MEMBERS} if alone else set())
    assert {*MEMBERS, DAO_VAULT} == group.keys
    assert group.gaps == ()


def test_a_realm_leaves_open_whose_votes_decide_and_names_who_bypasses_them() -> None:
    rule = RealmRule("realm", "name", "governance", (), (), ((STRANGER, "realm authority"),), ())
    group = powers.deploy(link(holder=Holder.GOVERNANCE, realm=rule))
    assert STRANGER in group.alone
    assert len(group.gaps) == 1


@pytest.mark.parametrize(("threshold", "status"), [(1, "FAIL"), (2, "PASS")])
def test_operators_behind_an_old_multisig_are_those_that_were_followed(
    threshold: int, status: str
) -> None:
    class Ms:
        keys = (STRANGER,)

    Ms.threshold = threshold  # type: ignore[attr-defined]
    key = derived("authority of an old multisig")
    one = Link(DAO, key, Holder.SQUADS_V3, "An old multisig.", on_chain("accounts"), ms=Ms())
    other = Other("DAO", DAO, "authority", "dao", Found((key,), on_chain("DAO")), 1, {key: (one,)})
    given = replace(
        facts(GOOD.multisig(config_authority=STRANGER if threshold == 1 else None),
              roles=held(key)),
        controllers=ControllerFacts(others=(other,)),
    )  # fmt: skip
    group = powers.operators(given)
    assert STRANGER in group.keys
    assert (STRANGER in group.alone) == (threshold == 1)
    assert sd_01(given, Limits()).status.value == status


@pytest.mark.parametrize("holder", [Holder.UNREAD, Holder.UNRECOGNISED, Holder.CLOSED,
                                    Holder.NOT_A_PROGRAM, Holder.TOKEN_MULTISIG, Holder.DIVERGED])
def test_any_other_holder_leaves_the_keys_unknown(holder: Holder) -> None:
    group = powers.deploy(link(holder=holder))
    assert group.keys == frozenset()
    assert len(group.gaps) == 1
