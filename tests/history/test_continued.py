"""A recording that continues another one: nothing twice, nothing lost, and marked as old."""

from __future__ import annotations

import struct
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from privatedao_audit.chain import programs
from privatedao_audit.chain.reads import ChainReads, SignatureHistory
from privatedao_audit.evidence import carried as carrying
from privatedao_audit.evidence.carried import LASTING, Carried
from privatedao_audit.evidence.questions import ask_for
from privatedao_audit.evidence.replay import Replay
from privatedao_audit.evidence.sealed import SealedRecording
from privatedao_audit.history.continuity import chains
from privatedao_audit.history.facts import DaoHistory, Deed, Entry
from privatedao_audit.model.reads import Found, ReadAt, joined
from tests.history.node import Landed, Node, Ran
from tests.history.sittings import Broken, Network, replayed, root_of, sit
from tests.history.world import COOK, DAO, TREASURY, accounts, node, story


def deposits(*slots: int) -> list[Landed]:
    """Payments of ten lamports into the treasury, which held 700 before the first."""
    return [
        Landed(
            slot, (Ran(programs.SYSTEM, (COOK, TREASURY), struct.pack("<IQ", 2, 10)),),
            {TREASURY: (700 + 10 * n, 710 + 10 * n)},
        )
        for n, slot in enumerate(slots)
    ]  # fmt: skip


def after(*slots: int, **given: Any) -> Node:
    return Node(accounts(treasury=700 + 10 * len(slots)), [*story(), *deposits(*slots)], **given)


def told(history: DaoHistory) -> tuple[list[Deed], dict[str, tuple[Entry, ...]], list[str]]:
    """What a history says, without where it was read."""
    deeds = [replace(one, at=ReadAt()) for one in history.deeds]
    entries = {key: one.entries for key, one in history.histories.items()}
    cuts = [one.cut for one in history.histories.values()]
    return deeds, entries, cuts


@pytest.fixture
def first(tmp_path: Path) -> Path:
    place = tmp_path / "first.sqlite"
    sit(Network(node()), place)
    return place


def test_only_what_is_new_is_fetched(first: Path, tmp_path: Path) -> None:
    place = tmp_path / "second.sqlite"
    made = after(60, 70)
    network = Network(made, at="2026-11-23T12:00:00.000Z")
    history = sit(network, place, first)
    assert told(history) == told(sit(Network(after(60, 70)), tmp_path / "whole.sqlite"))
    assert set(network.fetched()) == {one.signature for one in deposits(60, 70)}
    assert set(network.fetched().values()) == {1}
    # Of what is carried one page is compared, below the newest row that is known.
    assert all("until" in config or "before" in config for config in network.listed())
    for one in history.of_role("dao", "treasury", "proposal", "token account"):
        assert all(chain.broken == "" for chain in chains(one, 1))
    assert told(replayed(place, root_of(first))) == told(history)


def test_the_new_recording_stands_alone_and_says_what_is_old(first: Path, tmp_path: Path) -> None:
    place = tmp_path / "second.sqlite"
    sit(Network(after(60), at="2026-11-23T12:00:00.000Z"), place, first)
    root = root_of(first)
    first.unlink()
    with SealedRecording.open(place) as sealed:
        reads = {one["id"]: one for one in sealed.reads()}
        old = [one for one in reads.values() if str(one["probe"]).startswith("carried:")]
        assert {one["method"] for one in old} == LASTING
        assert {one["probe"].split("/")[0] for one in old} == {f"carried:{root}"}
        for one in old:
            assert one["asked_at"] == "2026-11-23T10:00:00.000Z"
            for name in one["exchanges"]:
                exchange = sealed.exchange(name)
                assert exchange is not None and exchange["at"] == one["asked_at"]
                assert sealed.body(exchange["body_sha256"])
        new = [one for one in reads.values() if one not in old]
        assert {one["asked_at"] for one in new} == {"2026-11-23T12:00:00.000Z"}
    assert told(replayed(place, root))[0]


def test_without_the_mark_a_replay_knows_nothing_of_it(first: Path, tmp_path: Path) -> None:
    """What was carried never answers as if it had been read in this run."""
    place = tmp_path / "second.sqlite"
    sit(Network(after(60)), place, first)
    assert replayed(place).deeds == ()
    assert replayed(place, "0" * 64).deeds == ()


def test_what_is_old_does_not_age_and_what_is_new_does(first: Path, tmp_path: Path) -> None:
    history = sit(Network(after(60), at="2026-11-23T12:00:00.000Z"), tmp_path / "2.sqlite", first)
    old, new = history.deeds[0].at, history.deeds[7].at
    assert (old.asked_at, old.carried) == ("2026-11-23T10:00:00.000Z", True)
    assert (new.asked_at, new.carried) == ("2026-11-23T12:00:00.000Z", False)
    # Together they are as old as what was asked now, and never younger than it.
    for place in (joined(old, new), joined(new, old), history.histories[DAO].at):
        assert (place.asked_at, place.carried) == ("2026-11-23T12:00:00.000Z", False)
    assert joined(old, old) == old


def test_one_continues_the_other_again_and_again(tmp_path: Path) -> None:
    slots: tuple[int, ...] = ()
    earlier: Path | None = None
    for number, add in enumerate(((), (60,), (), (70, 80), (90,))):
        slots = (*slots, *add)
        place = tmp_path / f"{number}.sqlite"
        network = Network(after(*slots))
        history = sit(network, place, earlier)
        assert told(history) == told(sit(Network(after(*slots)), tmp_path / f"w{number}.sqlite"))
        if number:
            assert sorted(network.fetched()) == sorted(
                one.signature for one in deposits(*slots)[len(slots) - len(add) :]
            )
        assert told(replayed(place, earlier and root_of(earlier))) == told(history)
        earlier = place


@pytest.mark.parametrize("carried_first", [False, True])
def test_interrupted_anywhere_it_loses_nothing_and_fetches_nothing_twice(
    first: Path, tmp_path: Path, carried_first: bool
) -> None:
    earlier = first if carried_first else None
    whole = Network(after(60, 70))
    wanted = told(sit(whole, tmp_path / "whole.sqlite", earlier))
    for step in range(0, len(whole.asked), 3):
        place = tmp_path / f"{step}.sqlite"
        broken = Network(after(60, 70), breaks_after=step)
        with pytest.raises(Broken):
            sit(broken, place, earlier)
        rest = Network(after(60, 70))
        assert told(sit(rest, place, earlier)) == wanted
        fetched = broken.fetched() + rest.fetched()
        assert fetched == whole.fetched()


def test_copying_may_be_interrupted(
    first: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = tmp_path / "second.sqlite"
    monkeypatch.setattr(carrying, "_BATCH", 3)
    copied = carrying._copied
    left = [8]

    def copy(*given: Any) -> Any:
        left[0] -= 1
        if not left[0]:
            raise Broken
        return copied(*given)

    monkeypatch.setattr(carrying, "_copied", copy)
    with pytest.raises(Broken):
        sit(Network(after(60)), place, first)
    network = Network(after(60))
    assert told(sit(network, place, first)) == told(
        sit(Network(after(60)), tmp_path / "whole.sqlite")
    )
    assert len(network.fetched()) == 1


def test_a_node_that_does_not_know_the_cursor_is_asked_for_the_whole_list(
    first: Path, tmp_path: Path
) -> None:
    """It ignores ``until`` and lists what is known already: nothing is taken twice."""
    made = after(60)
    listing = made._getSignaturesForAddress

    def forgetful(question: Any, address: str, config: dict[str, Any]) -> Any:
        return listing(question, address, {k: v for k, v in config.items() if k != "until"})

    made._getSignaturesForAddress = forgetful  # type: ignore[method-assign]
    network = Network(made)
    history = sit(network, tmp_path / "second.sqlite", first)
    assert told(history) == told(sit(Network(after(60)), tmp_path / "whole.sqlite"))
    assert len(network.fetched()) == 1
    assert any("until" not in config for config in network.listed())


def test_a_hole_above_what_was_carried_is_no_whole_history(first: Path, tmp_path: Path) -> None:
    refused = Network(after(60, refused=frozenset({"getSignaturesForAddress"})))
    place = tmp_path / "second.sqlite"
    history = sit(refused, place, first)
    for one in history.histories.values():
        assert "above what was carried over" in one.cut
        assert one.kept_from is None
        assert one.gap_since(10**9) != ""
    # The next one goes on from what is certain and fills the hole.
    network = Network(after(60, 70))
    filled = sit(network, tmp_path / "third.sqlite", place)
    assert told(filled) == told(sit(Network(after(60, 70)), tmp_path / "whole.sqlite"))
    assert len(network.fetched()) == 2


def test_a_list_that_was_cut_by_its_limit_goes_on_below(tmp_path: Path) -> None:
    place = tmp_path / "first.sqlite"
    short = sit(Network(node()), place, pages=1)
    assert all("more than 1 pages" in one.cut for one in short.histories.values())
    network = Network(after(60))
    history = sit(network, tmp_path / "second.sqlite", place, pages=2)
    assert told(history) == told(sit(Network(after(60)), tmp_path / "whole.sqlite"))


def test_a_second_witness_is_carried_as_well(tmp_path: Path) -> None:
    labels = ("first", "second")
    place, again = tmp_path / "first.sqlite", tmp_path / "second.sqlite"
    sit(Network(node()), place, providers=labels)
    network = Network(after(60))
    history = sit(network, again, place, providers=labels)
    assert set(network.fetched()) == {one.signature for one in deposits(60)}
    assert set(network.fetched().values()) == {2}
    by_slot = {one.slot: one for one in history.deeds}
    assert by_slot[30].at.providers == by_slot[60].at.providers == labels
    assert told(replayed(again, root_of(place), providers=labels)) == told(history)


def test_what_belongs_to_one_sitting_is_not_carried() -> None:
    held = Carried("0" * 64, lambda question: pytest.fail(f"{question} was looked up"))
    for question in (
        ask_for("rpc", "getTransaction", ["a"], probe="closing"),
        ask_for("rpc", "getTransaction", ["a"], probe="provider:one/again"),
        ask_for("rpc", "getSignaturesForAddress", ["a"], probe="series:1"),
        ask_for("rpc", "getMultipleAccounts", [["a"]]),
        ask_for("rpc", "getSlot", []),
    ):
        assert held.answer(question) is None


def test_a_list_of_an_address_is_its_own(first: Path, tmp_path: Path) -> None:
    import asyncio

    place = tmp_path / "second.sqlite"
    sit(Network(after(60)), place, first)
    with SealedRecording.open(place) as sealed:
        answers = Replay(sealed)
        chain = ChainReads(answers, carried=Carried(root_of(first), answers.held))
        read = asyncio.run(chain.signature_history(TREASURY, 20))
        assert isinstance(read, Found) and isinstance(read.value, SignatureHistory)
        assert read.value.complete
        assert (len(read.value.rows), read.value.carried) == (5, 4)


# An earlier recording that lies


def withheld(number: int) -> Node:
    """The node of the first sitting, which does not list one of its transactions."""
    return Node(accounts(), story(), hidden=frozenset({story()[number].signature}))


@pytest.mark.parametrize("number", range(len(story())))
def test_a_transaction_that_the_earlier_recording_withheld_comes_back(
    number: int, tmp_path: Path
) -> None:
    forged = tmp_path / "first.sqlite"
    sit(Network(withheld(number)), forged)
    history = sit(Network(after(60)), tmp_path / "second.sqlite", forged)
    assert told(history) == told(sit(Network(after(60)), tmp_path / "whole.sqlite"))


def listing(node: Node, change: Any) -> Node:
    """The node, whose lists somebody changed before they were recorded."""
    honest = node._getSignaturesForAddress

    def lying(question: Any, address: str, config: dict[str, Any]) -> Any:
        return change(honest(question, address, config))

    node._getSignaturesForAddress = lying  # type: ignore[method-assign]
    return node


def test_a_failure_that_the_earlier_recording_calls_a_success_is_found(tmp_path: Path) -> None:
    def change(answer: Any) -> Any:
        rows, slot = answer
        failed = {"InstructionError": [0, {"Custom": 1}]}
        return [{**row, "err": None if row["err"] else failed} for row in rows], slot

    forged = tmp_path / "first.sqlite"
    sit(Network(listing(node(), change)), forged)
    history = sit(Network(after(60)), tmp_path / "second.sqlite", forged)
    assert told(history) == told(sit(Network(after(60)), tmp_path / "whole.sqlite"))


def test_what_is_carried_and_can_not_be_compared_is_no_whole_history(
    first: Path, tmp_path: Path
) -> None:
    made = after(60)
    answer = made._getSignaturesForAddress

    def refusing(question: Any, address: str, config: dict[str, Any]) -> Any:
        if "before" in config and "until" not in config:
            raise LookupError("every provider answered 503")
        return answer(question, address, config)

    made._getSignaturesForAddress = refusing  # type: ignore[method-assign]
    history = sit(Network(made), tmp_path / "second.sqlite", first)
    assert {one.kept_from for one in history.histories.values()} == {None}
    assert all("could not be compared" in one.cut for one in history.histories.values())
