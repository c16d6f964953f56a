from __future__ import annotations

import pytest

from privatedao_audit.model.clusters import GENESIS_HASHES, cluster_of_genesis, same_cluster
from privatedao_audit.model.reads import (
    Diverged,
    Found,
    ProvenAbsent,
    Read,
    ReadAt,
    Unknown,
    decoded,
    joined,
    resting_on,
)

EARLY = ReadAt(("r-1",), 5, "finalized", ("a", "b"), "2026-01-01T00:00:01Z")
LATE = ReadAt(("r-2", "r-1"), 9, "confirmed", ("b", "c"), "2026-01-01T00:00:02Z")
FILE = ReadAt(("r-3",), None, None, ("checkout",), "2026-01-01T00:00:03Z")


@pytest.mark.parametrize("places", [(EARLY, LATE), (LATE, EARLY)])
def test_a_join_is_never_fresher_or_better_agreed_than_its_parts(
    places: tuple[ReadAt, ReadAt],
) -> None:
    both = joined(*places)
    assert both.slot == 5
    assert both.commitment == "confirmed"
    assert both.providers == ("b",)
    assert both.asked_at == "2026-01-01T00:00:01Z"
    assert set(both.evidence) == {"r-1", "r-2"}
    assert len(both.evidence) == 2


def test_a_file_joined_to_a_chain_read_adds_evidence_and_no_witness() -> None:
    both = joined(EARLY, FILE)
    assert both.providers == ("a", "b")
    assert both.evidence == ("r-1", "r-3")
    assert (both.slot, both.commitment) == (5, "finalized")


def test_witnesses_without_a_common_one_are_none() -> None:
    other = ReadAt(("r-4",), 6, "finalized", ("d",), None)
    assert joined(EARLY, other).providers == ()


def test_joins_of_files_and_of_nothing() -> None:
    assert joined(FILE, FILE) == FILE
    assert joined() == ReadAt()
    assert joined(ReadAt(), EARLY).commitment == "finalized"
    processed = ReadAt(("r-5",), 1, "processed", ("a",), None)
    assert joined(EARLY, LATE, processed).commitment == "processed"


def number(text: str) -> int:
    return int(text)


def test_bytes_that_do_not_decode_are_unknown_and_keep_their_evidence() -> None:
    assert decoded(Found("7", EARLY), number, "the count") == Found(7, EARLY)
    read = decoded(Found("x", EARLY), number, "the count")
    assert isinstance(read, Unknown)
    assert read.reason.startswith("the count does not decode: ")
    assert read.at == EARLY


@pytest.mark.parametrize(
    "read", [ProvenAbsent(EARLY), Unknown("why", EARLY), Diverged("who", EARLY)]
)
def test_what_was_not_found_is_not_decoded(read: Read[str]) -> None:
    assert decoded(read, number, "the count") is read


def test_only_value_errors_are_taken_for_bad_bytes() -> None:
    def broken(_text: str) -> int:
        raise KeyError("a defect")

    with pytest.raises(KeyError):
        decoded(Found("7", EARLY), broken, "the count")


def test_a_read_can_rest_on_more() -> None:
    read = resting_on(Found(1, EARLY), FILE)
    assert isinstance(read, Found)
    assert read.value == 1
    assert read.at.evidence == ("r-1", "r-3")


def test_clusters_are_told_by_their_genesis_hash() -> None:
    for name, genesis in GENESIS_HASHES.items():
        assert cluster_of_genesis(genesis) == name
    assert cluster_of_genesis("11111111111111111111111111111111") is None


@pytest.mark.parametrize(
    ("said", "cluster", "same"),
    [
        ("mainnet-beta", "mainnet-beta", True),
        ("Solana Mainnet", "mainnet-beta", True),
        ("MAINNET", "mainnet-beta", True),
        ("devnet", "devnet", True),
        ("Solana testnet ", "testnet", True),
        ("devnet", "testnet", False),
        ("mainnet", "devnet", False),
        ("", "devnet", False),
        ("devnet, soon mainnet", "mainnet-beta", False),
    ],
)
def test_a_document_names_the_cluster(said: str, cluster: str, same: bool) -> None:
    assert same_cluster(said, cluster) is same
