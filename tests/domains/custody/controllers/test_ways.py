"""The fewest keys, the seconds, and the picture of them."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from privatedao_audit.chain.layouts.squads import EXECUTE, INITIATE, VOTE, Member
from privatedao_audit.domains.authority.controllers import OldMultisig, Realms
from privatedao_audit.domains.authority.world import (
    GOVERNANCE,
    MEMBERS,
    STRANGER,
    World,
    derived,
    wallet,
)
from privatedao_audit.domains.custody import cases as custody
from privatedao_audit.domains.custody import view
from privatedao_audit.domains.custody.controllers import cases_others as more
from privatedao_audit.domains.custody.controllers import graph
from privatedao_audit.domains.custody.controllers.cases_base import (
    GOOD,
    IMMUTABLE,
    MULTISIG,
    UNREAD,
    WALLET,
    facts,
)
from privatedao_audit.domains.custody.controllers.facts import DaoPower
from privatedao_audit.domains.custody.controllers.ways import (
    CODE,
    TREASURY,
    Way,
    fewest_members,
    roles_of_keys,
    ways,
)
from privatedao_audit.domains.custody.controllers.ways import (
    MULTISIG as OF_MULTISIG,
)
from privatedao_audit.domains.custody.history import variations as used

ALL = INITIATE | VOTE | EXECUTE
DAO = DaoPower("DAO", derived("dao"), GOVERNANCE, derived("treasury"), more.MINT, "", {
    "execution": 3_600}, "")  # fmt: skip


def state(*masks: int, threshold: int = 2) -> Any:
    members = tuple(Member(wallet(f"m{n}"), mask) for n, mask in enumerate(masks))
    world = GOOD.multisig(members=members, threshold=threshold)
    from privatedao_audit.chain.layouts.squads import decode_multisig

    one = world.multisigs[0]
    return decode_multisig(one.owner, one.data(), program=one.owner)


@pytest.mark.parametrize(
    ("masks", "threshold", "expected"),
    [
        ((ALL, ALL, ALL), 2, (2, 0)),
        ((ALL, ALL, ALL), 1, (1, 0)),
        ((VOTE, VOTE, ALL), 2, (2, 0)),
        ((VOTE | INITIATE, VOTE | EXECUTE, VOTE), 2, (2, 0)),
        ((VOTE | INITIATE, VOTE | EXECUTE, VOTE), 1, (2, 1)),
        ((VOTE, VOTE, INITIATE | EXECUTE), 2, (3, 1)),
        ((VOTE, VOTE | EXECUTE, INITIATE), 2, (3, 1)),
        ((VOTE, VOTE, INITIATE, EXECUTE), 2, (4, 2)),
        ((VOTE, INITIATE, EXECUTE), 1, (3, 2)),
    ],
)
def test_who_proposes_and_executes_counts_too(
    masks: tuple[int, ...], threshold: int, expected: tuple[int, int]
) -> None:
    assert fewest_members(state(*masks, threshold=threshold)) == expected


def of(what: str, given: Any) -> list[Way]:
    return [way for way in ways(given) if way.what == what]


def test_a_multisig_takes_its_threshold_and_its_time() -> None:
    (way,) = of(CODE, facts())
    assert (way.over, way.fewest, way.seconds, way.keys) == ("governance", 2, 86_400, MEMBERS)
    assert way.certain
    (own,) = of(OF_MULTISIG, facts())
    assert (own.over, own.fewest, own.seconds) == (MULTISIG.address, 2, 86_400)


def test_a_config_authority_is_alone_and_at_once() -> None:
    weak = facts(GOOD.multisig(config_authority=STRANGER))
    assert {(way.fewest, way.seconds) for way in of(CODE, weak)} == {(2, 86_400), (1, 0)}
    # With a config authority the votes of the members no longer change the settings.
    assert [(way.fewest, way.keys) for way in of(OF_MULTISIG, weak)] == [(1, (STRANGER,))]


def test_one_key_pair_is_one_key() -> None:
    assert [(way.fewest, way.seconds) for way in of(CODE, facts(WALLET))] == [(1, 0)]


def test_nobody_is_said_only_of_what_was_read() -> None:
    assert of(CODE, facts(IMMUTABLE)) == []
    unread = facts(GOOD.reading(GOVERNANCE, UNREAD))
    (way,) = of(CODE, unread)
    assert (way.certain, way.fewest, way.seconds) == (False, None, None)
    assert "cannot be excluded" in way.who
    unexplained = facts(GOOD.program(authority=derived("nobody knows")))
    assert [way.certain for way in of(CODE, unexplained)] == [False]


def test_whoever_replaces_the_multisigs_program_can_too() -> None:
    under = facts(GOOD.controller(authority=STRANGER))
    assert {(way.fewest, way.seconds) for way in of(CODE, under)} == {(2, 86_400), (1, 0)}
    assert any("by new code" in way.who for way in of(OF_MULTISIG, under))


def test_controllers_that_go_in_a_circle_come_to_an_end() -> None:
    circle = facts(custody.circle())
    assert {way.over for way in of(OF_MULTISIG, circle)} == {
        one.address for one in custody.circle().multisigs
    }
    deep = facts(custody.ladder(5, None))
    assert any(not way.certain for way in of(CODE, deep))


def test_other_kinds_of_controllers() -> None:
    assert [(w.fewest, w.seconds) for w in of(CODE, facts(OldMultisig().world()))] == [(2, 0)]
    realm = of(CODE, facts(Realms(authority=STRANGER).world()))
    assert [(way.fewest, way.seconds) for way in realm if way.certain] == [
        (None, 172_800), (1, 172_800),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("mint", "gap", "expected"),
    [
        (more.mint_of(), "", [(2, 86_400), (None, 3_600)]),
        (more.mint_of(STRANGER), "", [(2, 86_400), (None, 3_600), (1, 3_600)]),
        (more.UNREAD, "", [(2, 86_400), (None, 3_600), (None, None)]),
        (more.mint_of(), "it could not be read", [(2, 86_400), (None, None)]),
    ],
    ids=["nobody mints", "a wallet mints", "mint unread", "DAO unread"],
)
def test_the_treasury_goes_by_code_by_votes_and_by_votes_that_are_made(
    mint: Any, gap: str, expected: list[tuple[int | None, int | None]]
) -> None:
    given = more.others(mint=mint)
    dao = replace(DAO, gap=gap)
    given = replace(given, controllers=replace(given.controllers, daos=(dao,)))
    assert [(way.fewest, way.seconds) for way in of(TREASURY, given)] == expected


def test_a_key_in_several_places_is_named() -> None:
    given = more.others(more.role((MEMBERS[0],)), world=GOOD.multisig(config_authority=MEMBERS[0]))
    assert roles_of_keys(given) == {
        MEMBERS[0]: (
            f"voter of {MULTISIG.address}", f"config authority of {MULTISIG.address}",
            "authority of DAO",
        )
    }  # fmt: skip
    assert roles_of_keys(facts()) == {}


WORLDS: dict[str, tuple[World, str]] = {
    "sound": (GOOD, "2 keys can change the code, after 86,400 s at the earliest"),
    "wallet": (WALLET, "1 key can change the code, at once at the earliest"),
    "immutable": (IMMUTABLE, "Nobody can change the code"),
    "unread": (GOOD.reading(GOVERNANCE, UNREAD),
               "Who can change the code could not be followed to the end"),
    "squads v3": (OldMultisig().world(), "2 keys can change the code, at once at the earliest"),
    "realm": (Realms(community=5).world(),
              "Weighed votes can change the code, after 172,800 s at the earliest"),
    "add-in": (Realms(community=5, addin=STRANGER).world(),
               "Who can change the code could not be followed to the end"),
    "circle": (custody.circle(), "2 keys can change the code, after 86,400 s at the earliest"),
}  # fmt: skip


@pytest.mark.parametrize("name", sorted(WORLDS))
def test_the_picture_says_what_was_found(name: str) -> None:
    world, title = WORLDS[name]
    shown = view.graph(facts(world), world.target())
    assert shown.title == title
    assert "governance" in shown.svg
    assert shown.alt.endswith(".")
    uncertain = "can't be excluded" in shown.alt
    assert uncertain == (name in ("unread", "add-in"))


def test_the_picture_leads_from_program_to_people() -> None:
    given = more.others(more.role((MULTISIG.vault(1),)), more.role((STRANGER,), role="operator"))
    drawn = graph.picture(given, {MEMBERS[0]: "alice"})
    by_key = {box.key: box for box in drawn.boxes}
    assert {box.column for box in drawn.boxes} == {0, 1, 2, 3}
    assert by_key[f"3 {MEMBERS[0]}"].title == "alice"
    pairs = {(arrow.source, arrow.target) for arrow in drawn.arrows}
    assert (f"0 {GOVERNANCE}", f"1 {MULTISIG.vault()}") in pairs
    assert (f"1 {MULTISIG.vault()}", f"2 {MULTISIG.address}") in pairs
    assert (f"2 {MULTISIG.address}", f"3 {MEMBERS[2]}") in pairs
    assert (f"0 {more.DAO}", f"3 {STRANGER}") in pairs


def test_a_crowd_is_counted_and_not_drawn() -> None:
    keys = sorted((wallet(f"crowd {n}") for n in range(30)), key=more.key_bytes)
    crowd = GOOD.multisig(members=tuple(Member(key, ALL) for key in keys))
    drawn = graph.picture(facts(crowd), {})
    assert len([box for box in drawn.boxes if box.column == 3]) == graph.MOST_PEOPLE + 1
    assert any(box.title == "21 more voters" for box in drawn.boxes)


def test_what_was_not_read_is_drawn_as_not_known() -> None:
    given = more.others(more.role(UNREAD), more.role((), role="x"))
    titles = {box.title for box in graph.picture(given, {}).boxes}
    assert {"not known", "nobody"} <= titles


@pytest.mark.parametrize(
    "table", [view.power_ways, view.several_roles, view.others, view.policies, view.controllers,
              view.members, view.records],
)  # fmt: skip
def test_tables_have_rows_or_say_what_their_absence_means(table: Any) -> None:
    for given in (facts(), more.others(more.role((STRANGER,)), more.role(UNREAD))):
        text = str(table(given))
        assert text.startswith(table(given).caption)
        assert table(given).empty.endswith(".")


def test_the_tables_name_the_keys() -> None:
    given = more.others(more.role((STRANGER,)))
    assert STRANGER in str(view.others(given))
    assert MEMBERS[1] in str(view.power_ways(given))


def test_no_role_is_left_out_of_an_arrow_in_silence() -> None:
    roles = [*(f"role number {n}" for n in range(6)), "authority of a", "authority of b"]
    lines = graph._roles(roles)
    assert len(lines) == 4
    assert lines[-1] == "4 more"
    assert graph._roles(["authority", "authority of a", "proof attestors", "x attestors"]) == (
        "authority", "1 policy", "attestors",
    )  # fmt: skip


def test_more_buffers_than_fit_are_counted() -> None:
    keys = [wallet(f"staged {n}") for n in range(graph.MOST_BESIDE + 3)]
    given = used.vault(buffers=dict.fromkeys(keys, used.UNDER))
    titles = [box.title for box in graph.picture(given, {}).boxes]
    assert titles.count("staged buffer") == graph.MOST_BESIDE
    assert titles.count("3 more: staged buff…") == 1
    assert f"{len(keys)} staged buffers" in view.graph(given, GOOD.target()).alt
