"""Read who pulls the levers of the DAOs in scope, and how long that takes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from privatedao_audit.domains.authority.collect import collect_authorities
from privatedao_audit.domains.authority.link import Holder, Link
from privatedao_audit.domains.authority.resolve import holder_of
from privatedao_audit.domains.governance.facts import GovernanceFacts
from privatedao_audit.domains.incident.facts import Power
from privatedao_audit.domains.sources import Sources
from privatedao_audit.model.reads import (
    Diverged,
    Found,
    Read,
    Unknown,
    decoded,
)
from privatedao_audit.protocols.base import DaoReads, GovernanceProtocol
from privatedao_audit.protocols.registry import UnknownProtocol, protocol_of

__all__ = ["collect_powers", "needs_of"]

#: Most transactions of a DAO's history that are searched for a lever in use.
MAX_SEARCHED: Final = 1_000
_CHUNK: Final = 100


async def collect_powers(sources: Sources, governance: GovernanceFacts) -> tuple[Power, ...]:
    """Who pulls the levers of each DAO in scope. Empty where the protocol is not known."""
    try:
        protocol = protocol_of(governance.protocol)
    except UnknownProtocol:
        return ()
    roles = {rule.role for rule in protocol.lever_rules.values() if rule.moments}
    held = [
        read.value for dao in governance.daos for role, read in dao.roles.items()
        if role in roles and isinstance(read, Found)
    ]  # fmt: skip
    facts = await collect_authorities(sources, tuple(dict.fromkeys(held)))
    found = []
    for dao in governance.daos:
        links: dict[str, Link] = {}
        needs: dict[str, Read[int]] = {}
        for role in sorted(roles):
            read = dao.roles.get(role, Unknown(f"the DAO names no {role}"))
            if isinstance(read, Found):
                link = holder_of(dao.address, read.value, read.at, facts, sources.target)
                links[role] = link
                needs[role] = needs_of(link)
            else:
                needs[role] = decoded(read, lambda _key: 0, role)
        found.append(
            Power(
                dao.address,
                governance.names.get(dao.address, dao.address),
                decoded(dao.dao, lambda one: dict(one.delays), "the DAO"),
                {role: link.holder.value for role, link in links.items()},
                needs,
                await _performed(sources, protocol, dao),
            )
        )
    return tuple(found)


def needs_of(link: Link) -> Read[int]:
    """Seconds from the last approval to the effect of what a holder signs."""
    if link.holder is Holder.WALLET:
        return Found(0, link.at)
    if link.holder is Holder.SQUADS_V4 and link.state is not None:
        return Found(link.state.time_lock, link.at)
    if link.holder is Holder.SQUADS_V3:
        return Found(0, link.at)
    if link.holder is Holder.GOVERNANCE and link.realm is not None:
        return Found(link.realm.hold_up, link.at)
    if link.holder is Holder.DIVERGED:
        return Diverged(link.detail.rstrip("."), link.at)
    return Unknown(link.detail.rstrip("."), link.at)


async def _performed(
    sources: Sources, protocol: GovernanceProtocol, dao: DaoReads
) -> Mapping[str, Read[bool]]:
    """Levers that some build of the program lacks → whether one of them was ever used."""
    wanted = {
        name for name, rule in protocol.lever_rules.items()
        if rule.moments and set(rule.builds) != set(protocol.builds)
    }  # fmt: skip
    if not wanted:
        return {}
    history = await sources.chain.signature_history(
        dao.address, max_pages=sources.target.limits.signature_pages
    )
    if not isinstance(history, Found):
        return dict.fromkeys(wanted, decoded(history, lambda _rows: False, "the history"))
    # Newest first: what worked last is nearest to the build that runs.
    names = [row.signature for row in history.value.rows if row.err is None][:MAX_SEARCHED]
    used: dict[str, Read[bool]] = {}
    for start in range(0, len(names), _CHUNK):
        if wanted <= set(used):
            break
        for read in await sources.chain.transactions(names[start : start + _CHUNK]):
            if not isinstance(read, Found):
                continue
            for action in protocol.actions(read.value, dao.program):
                name = action.name or ""
                if name in wanted and action.took_effect and action.fault is None:
                    used.setdefault(name, Found(True, read.at))
    unused: Read[bool] = Found(False, history.at)
    return {name: used.get(name, unused) for name in sorted(wanted)}
