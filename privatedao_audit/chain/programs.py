"""Program ids an auditor meets, and which of them mean what on which cluster.

An id alone proves nothing on a cluster that anyone may start: whoever starts a validator chooses
what lies at an address. So an id is canonical only on the named public clusters, which are
recognised by their genesis hash; elsewhere (a local validator, a fork) no id is canonical, and a
controller program has to be recognised by the hash of its executable.

Sources: the facts of the loaders, Squads-Protocol/v4, Squads-Protocol/squads-mpl and
solana-labs/solana-program-library.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from privatedao_audit.model.clusters import cluster_of_genesis

__all__ = [
    "CANONICAL_CONTROLLERS",
    "KNOWN_EXECUTABLES",
    "canonical_controller",
]

SYSTEM: Final = "11111111111111111111111111111111"
NATIVE_LOADER: Final = "NativeLoader1111111111111111111111111111111"
LOADER_V1: Final = "BPFLoader1111111111111111111111111111111111"
LOADER_V2: Final = "BPFLoader2111111111111111111111111111111111"
LOADER_V3: Final = "BPFLoaderUpgradeab1e11111111111111111111111"
LOADER_V4: Final = "LoaderV411111111111111111111111111111111111"

TOKEN: Final = "TokenkegQfeZyiNwAJbNbGKPFXCWuBvf9Ss623VQ5DA"
TOKEN_2022: Final = "TokenzQdBNbLqP5VEhdkAS6EPFLC1PHnBqCXEpPxuEb"
ASSOCIATED_TOKEN: Final = "ATokenGPvbdGVxr1b2hvZbsiqW5xWH25efTNsLJA8knL"
COMPUTE_BUDGET: Final = "ComputeBudget111111111111111111111111111111"

SQUADS_V4: Final = "SQDS4ep65T869zMMBKyuUq6aD6EgTu8psMjkvj52pCf"
SQUADS_V3: Final = "SMPLecH534NA9acpos4G6x7uf3LWbCAwZQE9e8ZekMu"
SPL_GOVERNANCE: Final = "GovER5Lthms3bLBqWub97yVrMmEogzX7xNjdXpPPCVZw"
OTTER_VERIFY: Final = "verifycLy8mB96wd9wqq3WDXQwM4oU6r42Th37Db9fC"
PROGRAM_METADATA: Final = "ProgM6JCCvbYkfKqJYHePx4xxSUSqJp7rh8Lyv7nk7S"

_CONTROLLERS: Final[Mapping[str, str]] = MappingProxyType(
    {SQUADS_V4: "squads-v4", SQUADS_V3: "squads-v3", SPL_GOVERNANCE: "spl-governance"}
)

#: cluster -> program id -> kind of the programs that may stand behind an upgrade authority.
CANONICAL_CONTROLLERS: Final[Mapping[str, Mapping[str, str]]] = MappingProxyType(
    {
        "mainnet-beta": _CONTROLLERS,
        # Only what is known to be deployed there by its makers: an id left out is UNKNOWN to a
        # check, an id put in too many is a false PASS.
        "testnet": MappingProxyType({SQUADS_V4: "squads-v4"}),
        "devnet": MappingProxyType({SQUADS_V4: "squads-v4", SPL_GOVERNANCE: "spl-governance"}),
    }
)

#: SHA-256 of an executable (trailing zero bytes cut) -> what it is, wherever it is deployed.
KNOWN_EXECUTABLES: Final[Mapping[str, str]] = MappingProxyType(
    {"d48660833989ecea3145ff726164fe640bd90696f03ce00dfd0cda258cbf2fac": "squads-v4"}
)


def canonical_controller(genesis_hash: str, program_id: str) -> str | None:
    """Kind of a controller program ("squads-v4") whose id is canonical on that chain, else None.

    It takes the genesis hash and not a cluster's name: a name is a claim, the hash was read.
    """
    cluster = cluster_of_genesis(genesis_hash)
    if cluster is None:
        return None
    return CANONICAL_CONTROLLERS[cluster].get(program_id)
