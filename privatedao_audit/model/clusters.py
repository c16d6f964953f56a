"""The public clusters, told by their genesis hash.

Source: anza-xyz/solana-sdk, cluster-type/src/lib.rs.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

#: Cluster name, as RPC tools write it → genesis hash.
GENESIS_HASHES: Final[Mapping[str, str]] = MappingProxyType(
    {
        "mainnet-beta": "5eykt4UsFv8P8NJdTREpY1vzqKqZKvdpKuc147dw2N9d",
        "testnet": "4uhcVJyU9pJkvQyS88uRDiswHXSCkY3zQawwpjk2NsNY",
        "devnet": "EtWTRABZaYq6iMfeYKouRu166VU2xqa1wcaWoxPkrZBG",
    }
)


def same_cluster(said: str, cluster: str) -> bool:
    """Whether a document's word for a cluster means this one: ``Solana Mainnet`` does."""
    word = said.casefold().removeprefix("solana ").strip()
    return ("mainnet-beta" if word == "mainnet" else word) == cluster


def cluster_of_genesis(genesis_hash: str) -> str | None:
    """Name of the public cluster with this genesis hash; None for any other chain."""
    for cluster, known in GENESIS_HASHES.items():
        if known == genesis_hash:
            return cluster
    return None
