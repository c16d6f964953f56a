"""Read the waivers that a target's checkout states."""

from __future__ import annotations

from collections.abc import Mapping

from privatedao_audit.domains.committed import last_committed
from privatedao_audit.domains.sources import Sources
from privatedao_audit.model.reads import Diverged, Found, Unknown
from privatedao_audit.model.waivers import NONE, Told, Waiver, Waivers, gathered, read_rows
from privatedao_audit.repository import surfaces


async def read_waivers(sources: Sources, controls: Mapping[str, bool]) -> Waivers:
    """The waivers of all current surfaces of that part for the target's cluster.

    A file that is not there or can't be read waives nothing, and is told.

    Args:
        controls: id of the catalogue → whether its risk can be accepted at all.
    """
    mapped = sources.target.current("waivers")
    if not mapped:
        return NONE
    good: list[Waiver] = []
    told: list[Told] = []
    for surface in mapped:
        read = surfaces.rows(surface, await sources.repository.file(surface.file))
        if isinstance(read, Found):
            # A risk is accepted in the open: what nobody committed, nobody else could see.
            committed = await last_committed(sources.repository, surface.file)
            if not isinstance(committed, Found):
                read = committed
        if isinstance(read, Found):
            here, wrong = read_rows(read.value.rows, surface.file, read.at, controls)
            good += here
            told += wrong
        else:
            why = read.reason if isinstance(read, Unknown | Diverged) else "it is not there"
            told.append(Told(surface.file, "", f"No waiver of {surface.file} holds: {why}."))
    return gathered(good, told)
