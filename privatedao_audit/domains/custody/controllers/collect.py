"""Read everyone who has power over the programs and the DAO, and through what."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass, replace

from privatedao_audit.chain.answers import is_signature
from privatedao_audit.chain.layouts.token import Mint
from privatedao_audit.chain.transactions import Transaction
from privatedao_audit.domains.authority.facts import AccountState, AuthorityFacts
from privatedao_audit.domains.authority.history import LoaderEvent, events_of
from privatedao_audit.domains.authority.resolve import chain_from
from privatedao_audit.domains.committed import last_committed
from privatedao_audit.domains.custody.controllers.facts import (
    ControllerFacts,
    DaoPower,
    Document,
    Other,
    Rehearsed,
)
from privatedao_audit.domains.sources import Sources
from privatedao_audit.model.clusters import same_cluster
from privatedao_audit.model.reads import Found, ProvenAbsent, Read, Unknown, decoded
from privatedao_audit.model.target import Target
from privatedao_audit.protocols.base import CollectLimits, Dao, DaoReads
from privatedao_audit.protocols.registry import UnknownProtocol, protocol_of
from privatedao_audit.repository.surfaces import Rows, rows, statement

#: Votes are given by token holders; none of them is looked for here.
_LIMITS = CollectLimits(transactions=0)

#: Powers over a mint that let their holder make, freeze, seize or stop what votes.
MINT_POWERS = (
    "mint", "freeze", "close", "permanent-delegate", "pause", "transfer-hook", "permissioned-burn",
)  # fmt: skip

_HANDOVERS = frozenset({"SetAuthority", "SetAuthorityChecked"})
_MOST_REHEARSALS = 8


@dataclass(frozen=True, slots=True)
class Outside:
    """What holds power beside the upgrade authorities, before it is followed.

    Attributes:
        others: without links yet; those of mints are not among them.
        mints: address → name.
        keys: addresses from which authorities are followed.
    """

    others: tuple[Other, ...]
    mints: dict[str, str]
    daos: tuple[DaoPower, ...]
    gaps: tuple[str, ...]

    @property
    def keys(self) -> tuple[str, ...]:
        """Mints, and every key that holds something."""
        held = [k for one in self.others if isinstance(one.keys, Found) for k in one.keys.value]
        return tuple(dict.fromkeys((*self.mints, *held)))


async def outside(sources: Sources) -> Outside:
    """The DAOs' authorities, and the mints whose powers count."""
    target = sources.target
    mints = {mint.address: mint.name for mint in target.mints if mint.role == "governance"}
    try:
        protocol = protocol_of(target.protocol)
    except UnknownProtocol as error:
        gap = f"The authorities of the DAOs can't be read: {error}."
        return Outside((), mints, tuple(_unread_dao(d, gap, target) for d in target.daos), (gap,))
    ids = {program.name: program.id for program in target.programs}
    others: list[Other] = []
    daos: list[DaoPower] = []
    for dao in target.daos:
        reads = await protocol.collect_dao(sources.chain, dao.address, ids[dao.program], _LIMITS)
        others += _of_dao(dao.name, reads)
        daos.append(_dao_power(dao.name, dao.treasury, reads))
        if isinstance(reads.dao, Found) and reads.dao.value.governance_mint is not None:
            mints.setdefault(reads.dao.value.governance_mint, f"governance mint of {dao.name}")
    return Outside(tuple(others), mints, tuple(daos), ())


def _unread_dao(dao: object, gap: str, target: Target) -> DaoPower:
    named = next(one for one in target.daos if one is dao)
    program = next(p.id for p in target.programs if p.name == named.program)
    return DaoPower(named.name, named.address, program, named.treasury, None, "", {}, gap)


def _dao_power(name: str, treasury: str, reads: DaoReads) -> DaoPower:
    known: Dao | None = reads.dao.value if isinstance(reads.dao, Found) else None
    gap = "" if known is not None else "the DAO account could not be read"
    if isinstance(reads.dao, ProvenAbsent):
        gap = "the DAO account does not exist"
    return DaoPower(
        name,
        reads.address,
        reads.program,
        treasury,
        None if known is None else known.governance_mint,
        "" if known is None else known.voting_rule,
        {} if known is None else dict(known.delays),
        gap,
    )


def _of_dao(name: str, reads: DaoReads) -> Iterator[Other]:
    """The authorities that a DAO's own accounts name."""
    for role, key in reads.roles.items():
        alone = decoded(key, lambda one: (one,), role)
        yield Other(name, reads.address, role, "dao", alone, 1, {})
    for what, policy in reads.policies.items():
        authority = decoded(
            policy, lambda p: () if p.authority is None else (p.authority,), f"the {what}"
        )
        yield Other(name, reads.address, f"authority of {what}", "policy", authority, 1, {})
        if isinstance(policy, Found):
            for group in policy.value.groups:
                keys = Found(group.keys, policy.at)
                yield Other(name, reads.address, group.name, "attestors", keys,
                            group.threshold, {})  # fmt: skip


async def collect(sources: Sources, found: Outside, authority: AuthorityFacts) -> ControllerFacts:
    """Facts about everyone who has power over the programs and the DAO, and through what.

    Args:
        found: from :func:`outside`.
        authority: accounts and code that were followed from its keys.
    """
    others = [*found.others, *mint_powers(found.mints, authority)]
    policies = await _documents(sources, "upgrade-policy")
    paths = await _documents(sources, "revocation-path")
    return ControllerFacts(
        others=tuple(followed(one, authority, sources.target) for one in others),
        gaps=found.gaps,
        daos=found.daos,
        policies=policies,
        paths=paths,
        rehearsals=await _rehearsals(sources, paths),
        registers=await _registers(sources),
    )


def mint_powers(mints: dict[str, str], authority: AuthorityFacts) -> Iterator[Other]:
    """The powers over mints (address → name), from their accounts as read; without links."""
    for address, name in mints.items():
        read = authority.accounts.get(address, Unknown("the mint was not asked for"))
        if not isinstance(read, Found):
            yield Other(name, address, "the mint's powers", "mint", decoded(read, _no_keys, name),
                        1, {})  # fmt: skip
            continue
        mint = read.value.content
        if not isinstance(mint, Mint):
            reason = f"the account {address} is no mint that can be read"
            yield Other(name, address, "the mint's powers", "mint", Unknown(reason, read.at), 1, {})
            continue
        if mint.unknown_extensions:
            ids = ", ".join(map(str, mint.unknown_extensions))
            reason = f"the mint has extensions that are not known: {ids}"
            yield Other(name, address, "unknown extensions", "mint", Unknown(reason, read.at),
                        1, {})  # fmt: skip
        for power in MINT_POWERS:
            key = mint.authorities.get(power)
            if key is not None or power in ("mint", "freeze"):
                held: Read[tuple[str, ...]] = Found(() if key is None else (key,), read.at)
                yield Other(name, address, f"{power} authority", "mint", held, 1, {})


def _no_keys(_state: AccountState) -> tuple[str, ...]:
    return ()


def followed(one: Other, authority: AuthorityFacts, target: Target) -> Other:
    """The same authority with the links from each of its keys to its last controller."""
    if not isinstance(one.keys, Found):
        return one
    at = one.keys.at
    links = {
        key: tuple(chain_from(one.address, key, at, authority, target)) for key in one.keys.value
    }
    return replace(one, links=links)


async def _documents(sources: Sources, part: str) -> tuple[Document, ...]:
    cluster, reads = sources.target.cluster.name, sources.repository
    found = []
    for surface in sources.target.current(part):
        if surface.program is not None:
            said = statement(surface, cluster, await reads.file(surface.file))
            changed = await last_committed(reads, surface.file)
            found.append(Document(surface.program, surface, said, changed))
    return tuple(found)


async def _registers(sources: Sources) -> tuple[Read[Rows], ...]:
    mapped = sources.target.current("signer-register")
    return tuple([rows(s, await sources.repository.file(s.file)) for s in mapped])


async def _rehearsals(
    sources: Sources, paths: tuple[Document, ...]
) -> tuple[tuple[str, Read[Rehearsed]], ...]:
    """The transactions that the paths name, as far as they are on this cluster."""
    wanted: dict[str, None] = {}
    for path in paths:
        values = path.said.value.values if isinstance(path.said, Found) else {}
        clusters = values.get("rehearsal_cluster", ())
        if clusters and all(same_cluster(one, sources.target.cluster.name) for one in clusters):
            named = values.get("rehearsal_signature", ())
            wanted.update((one, None) for one in named if is_signature(one))
    signatures = list(wanted)[:_MOST_REHEARSALS]
    found = await asyncio.gather(*(_rehearsed(sources, one) for one in signatures))
    return tuple(zip(signatures, found, strict=True))


async def _rehearsed(sources: Sources, signature: str) -> Read[Rehearsed]:
    read = await sources.chain.transaction(signature)
    if not isinstance(read, Found):
        return read
    events = [one for one in events_of(read.value) if one.action in _HANDOVERS]
    return Found(_summary(read.value, events), read.at)


def _summary(transaction: Transaction, events: list[LoaderEvent]) -> Rehearsed:
    return Rehearsed(
        transaction.signature,
        transaction.slot,
        transaction.block_time,
        transaction.succeeded,
        tuple(events),
        transaction.inner_recorded,
    )
