"""Read who holds the upgrade authority, and what the custody record says."""

from __future__ import annotations

from privatedao_audit.domains.authority.collect import collect_authorities
from privatedao_audit.domains.authority.resolve import chain_of
from privatedao_audit.domains.custody.controllers import collect as controllers
from privatedao_audit.domains.custody.facts import CustodyFacts, ProgramCustody
from privatedao_audit.domains.custody.history import collect as history
from privatedao_audit.domains.custody.signers import collect as signers
from privatedao_audit.domains.release.collect import read_surfaces
from privatedao_audit.domains.sources import Sources


async def collect(sources: Sources) -> CustodyFacts:
    """Facts of key custody."""
    target = sources.target
    outside = await controllers.outside(sources)
    authority = await collect_authorities(sources, outside.keys)
    programs = []
    for program in target.programs:
        mapped = [
            surface
            for surface in target.surfaces
            if surface.part == "custody-record" and surface.program == program.name
        ]
        records = await read_surfaces(sources, mapped)
        links = tuple(chain_of(program.id, authority, target))
        programs.append(ProgramCustody(program.name, program.id, links, records))
    return CustodyFacts(
        target.cluster.name,
        tuple(programs),
        authority,
        await controllers.collect(sources, outside, authority),
        await history.collect(sources, programs, authority),
        await signers.collect(sources, authority),
    )
