"""Derived addresses against addresses that stand in public records, and every refused seed."""

from __future__ import annotations

import pytest

from privatedao_audit.protocols.privatedao import addresses
from privatedao_audit.protocols.privatedao.addresses import PLACES, derive, layer_seed
from tests.protocols import encoding
from tests.protocols.world import PROGRAM, key, pda

LEGACY = "5AhUsbQ4mJ8Xh7QJEomuS85qGgmK9iNvFqzF669Y7Psx"


def test_the_canonical_treasury_and_the_archived_proposal_come_out() -> None:
    canonical = "FEz2hCLGpDhJ3cdAm5CCWFzrKv8vDDzmmt9UjdF2fApZ"
    treasury = derive("treasury", canonical, program=PROGRAM)
    assert treasury.address == "46F4oV4edtepPTGqLBfFJeBKdccgfnkk9e4WK7Z1MZD3"
    archived = "FZV9KmpeY1B31XvszQypp5T6nQN5C44JDLM4QWBEDvhx"
    proposal = derive("proposal", archived, 0, program=LEGACY)
    assert proposal.address == "AegjmwkX1FknBJMDyH5yM6BMhyHsiUreNtz3d8iz3QrP"


def test_the_same_seeds_under_another_program_lead_elsewhere() -> None:
    dao = key("dao")
    places = {derive("treasury", dao, program=program).address for program in (PROGRAM, LEGACY)}
    assert len(places) == 2


def test_there_are_24_places_and_each_layout_lives_at_one() -> None:
    assert len(PLACES) == 24
    layouts = [place.layout for place in PLACES.values() if place.layout is not None]
    assert sorted(layouts) == sorted(encoding.ALLOCATED)
    assert [p.prefix for p in PLACES.values() if p.layout is None] == ["treasury"]


@pytest.mark.parametrize(
    ("place", "values", "seeds"),
    [
        ("dao", (key("a"), "the club"), (key("a"), b"the club")),
        ("proposal", (key("a"), 2**64 - 1), (key("a"), b"\xff" * 8)),
        ("vote", (key("a"), key("b")), (key("a"), key("b"))),
        ("delegation", (key("a"), key("b")), (key("a"), key("b"))),
        ("zk-proof", (key("a"), 3), (key("a"), b"\3")),
        ("settlement-evidence", (key("a"), key("b"), bytes(32)), (key("a"), key("b"), bytes(32))),
        ("voter-weight-scope", (key("a"), key("b"), key("c"), 5),
         (key("a"), key("b"), key("c"), b"\5")),
    ],
)  # fmt: skip
def test_seeds_are_encoded_by_their_types(
    place: str, values: tuple[str | int | bytes, ...], seeds: tuple[str | bytes, ...]
) -> None:
    assert derive(place, *values, program=PROGRAM) == pda(PROGRAM, place.encode(), *seeds)


@pytest.mark.parametrize(
    ("place", "values", "why"),
    [
        ("nowhere", (), "no derived address"),
        ("proposal", (key("a"),), "takes 2 seeds"),
        ("proposal", (key("a"), -1), "no u64"),
        ("proposal", (key("a"), 2**64), "no u64"),
        ("proposal", (key("a"), True), "must be a u64"),
        ("zk-proof", (key("a"), 256), "no u8"),
        ("treasury", ("not a key",), "not a base58 key"),
        ("treasury", (7,), "must be a pubkey"),
        ("dao", (key("a"), "x" * 33), "longer than 32 bytes"),
        ("dao", (key("a"), "\ud800"), "not text of UTF-8"),
        ("settlement-evidence", (key("a"), key("b"), bytes(31)), "must be a hash"),
    ],
)
def test_other_seeds_are_refused(
    place: str, values: tuple[str | int | bytes, ...], why: str
) -> None:
    with pytest.raises(ValueError, match=why):
        derive(place, *values, program=PROGRAM)


def test_layers_and_scopes_count_from_one() -> None:
    assert [layer_seed(x) for x in ("Vote", "Delegation", "Tally")] == [1, 2, 3]
    assert layer_seed("CommunityTokenWeighted") == 1
    assert layer_seed("DualChamberCapitalLeg") == 5
    with pytest.raises(ValueError, match="neither"):
        layer_seed("Votes")


def test_seeds_are_shown_for_people() -> None:
    assert addresses.seeds_shown("treasury", "D") == ('"treasury"', "dao D")
    assert addresses.seeds_shown("settlement-evidence", "P", "Q", b"\1\2")[-1] == (
        "settlement_id 0102"
    )
