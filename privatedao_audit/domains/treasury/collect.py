"""Read the facts of treasury protection."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from privatedao_audit.domains.governance.collect import collect_governance
from privatedao_audit.domains.sources import Sources
from privatedao_audit.domains.treasury.archive.collect import collect_archive
from privatedao_audit.domains.treasury.facts import TreasuryFacts
from privatedao_audit.domains.treasury.histories import collect_histories
from privatedao_audit.domains.treasury.papers import collect as papers
from privatedao_audit.domains.treasury.papers.ledger import collect_ledger, refuted, with_claims
from privatedao_audit.domains.treasury.places.collect import collect_places
from privatedao_audit.domains.treasury.tokens.collect import collect_tokens
from privatedao_audit.model.reads import Read


async def collect(sources: Sources) -> TreasuryFacts:
    """Facts of treasury protection."""
    governance = await collect_governance(sources)
    registers = await papers.register(sources, "mint-register", "mint")
    tokens = {
        reads.address: await collect_tokens(sources, reads, registers)
        for reads in governance.daos
    }
    claims = await collect_ledger(sources)
    places = await collect_places(sources, governance)
    return TreasuryFacts(
        governance=governance,
        histories=await collect_histories(sources, governance),
        places=replace(places, contradicted=refuted(claims, sources.target)),
        recipients=await papers.register(sources, "recipient-register", "address"),
        mint_registers=registers,
        tokens={key: one for key, one in tokens.items() if one is not None},
        contacts=await papers.contacts(sources),
        archive=await collect_archive(sources, governance),
        named=with_claims(claims, await papers.named_files(sources)),
        rent_floor=await _rent_floor(sources),
    )


async def _rent_floor(sources: Sources) -> Read[int]:
    """Lamports that an account without data needs to stay; the cluster's own number."""
    return await sources.chain.value("getMinimumBalanceForRentExemption", [0], _lamports)


def _lamports(result: Any) -> int:
    if isinstance(result, bool) or not isinstance(result, int) or not 0 < result < 1 << 64:
        raise ValueError("it is no number of lamports")
    return result
