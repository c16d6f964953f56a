"""Cases of the readiness gate; those of RG-06, which cluster each provider serves, stand here."""

from __future__ import annotations

from privatedao_audit.domains.cases import Case, on_chain
from privatedao_audit.domains.gate.external import cases as external
from privatedao_audit.domains.gate.facts import GateFacts
from privatedao_audit.domains.gate.papers import cases as papers
from privatedao_audit.domains.gate.reach import cases as reach
from privatedao_audit.model.clusters import GENESIS_HASHES
from privatedao_audit.model.reads import Diverged, Found, ProvenAbsent, Read, Unknown
from privatedao_audit.model.status import Status

MAINNET, DEVNET = GENESIS_HASHES["mainnet-beta"], GENESIS_HASHES["devnet"]


def facts(cluster: str = "mainnet-beta", **genesis: Read[str]) -> GateFacts:
    """The facts when each provider, by label, stated this genesis hash."""
    return GateFacts(cluster, GENESIS_HASHES[cluster], genesis)


def states(genesis_hash: str) -> Read[str]:
    """A provider that states this genesis hash."""
    return Found(genesis_hash, on_chain(f"genesis-{genesis_hash[:4]}"))


_SILENT: Read[str] = Unknown("no answer within 10 s")
_TORN: Read[str] = Diverged("two answers of one provider differ", on_chain("genesis"))

_CLUSTERS: tuple[Case, ...] = tuple(
    Case("RG-06", name, given, expected)
    for name, given, expected in (
        ("one provider of the right cluster", facts(first=states(MAINNET)), Status.PASS),
        ("two providers of the right cluster",
         facts(first=states(MAINNET), second=states(MAINNET)), Status.PASS),
        ("a devnet target read on devnet", facts("devnet", first=states(DEVNET)), Status.PASS),
        ("a mainnet target read on devnet", facts(first=states(DEVNET)), Status.FAIL),
        ("a devnet target read on mainnet", facts("devnet", first=states(MAINNET)), Status.FAIL),
        ("one of two providers serves another cluster",
         facts(first=states(MAINNET), second=states(DEVNET)), Status.FAIL),
        ("another cluster, and a provider that does not answer",
         facts(first=_SILENT, second=states(DEVNET)), Status.FAIL),
        ("the hash in other letters is another hash",
         facts(first=states(MAINNET.lower())), Status.FAIL),
        ("one of two providers does not answer",
         facts(first=states(MAINNET), second=_SILENT), Status.UNKNOWN),
        ("no provider answers", facts(first=_SILENT), Status.UNKNOWN),
        ("an empty answer", facts(first=ProvenAbsent(on_chain("genesis"))), Status.UNKNOWN),
        ("no provider was given", facts(), Status.UNKNOWN),
        ("a provider contradicts itself", facts(first=_TORN), Status.DIVERGED),
    )
)  # fmt: skip

CASES: tuple[Case, ...] = (*papers.CASES, *external.CASES, *_CLUSTERS, *reach.CASES)
