"""Read the people behind the keys: registers, roles, proof of control."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from privatedao_audit.chain.addresses import is_on_curve
from privatedao_audit.chain.layouts import squads, squads_v3
from privatedao_audit.chain.layouts.governance import Governance, derive_native_treasury
from privatedao_audit.domains.authority.facts import AuthorityFacts, Controller
from privatedao_audit.domains.authority.trust import distrust
from privatedao_audit.domains.custody.signers import registers
from privatedao_audit.domains.custody.signers.facts import Entry, HeldRole, SignerFacts, Vault
from privatedao_audit.domains.custody.signers.observed import observe
from privatedao_audit.domains.sources import Sources
from privatedao_audit.model.reads import Found, Unknown
from privatedao_audit.protocols.base import CollectLimits, DaoReads, GovernanceProtocol
from privatedao_audit.protocols.registry import UnknownProtocol, protocol_of

#: Votes are given by token holders; none of them is looked for here.
_LIMITS = CollectLimits(transactions=0)


async def collect(sources: Sources, authority: AuthorityFacts) -> SignerFacts:
    """Facts about the people behind the keys: registers, roles, proof of control."""
    target = sources.target
    protocol: GovernanceProtocol | None = None
    daos: tuple[DaoReads, ...] = ()
    try:
        protocol = protocol_of(target.protocol)
    except UnknownProtocol as error:
        roles = tuple(
            HeldRole(dao.address, dao.name, "authority", Unknown(str(error))) for dao in target.daos
        )
    else:
        ids = {program.name: program.id for program in target.programs}
        daos = tuple(
            [
                await protocol.collect_dao(sources.chain, dao.address, ids[dao.program], _LIMITS)
                for dao in target.daos
            ]
        )
        names = {dao.address: dao.name for dao in target.daos}
        roles = tuple(
            HeldRole(one.address, names[one.address], role, key)
            for one in daos
            for role, key in one.roles.items()
        )
    observed = await observe(sources, authority, daos, protocol)
    files, proofs = await registers.proofs(sources)
    keys = [
        *(role.key.value for role in roles if isinstance(role.key, Found)),
        *(seen.key for seen in (*observed.seen, *observed.failed)),
    ]
    wanted = [key for key in dict.fromkeys(keys) if not is_on_curve(key)]
    believed = _believed(sources, authority)
    return SignerFacts(
        target=target.name,
        genesis_hash=target.cluster.genesis_hash,
        wallets=tuple(Entry(w.address, w.roles, None, w.owner) for w in target.wallets),
        registers=await registers.signer_registers(sources),
        demos=await registers.demo_lists(sources),
        roles=roles,
        vaults=tuple(_vaults(believed, wanted)),
        governed=dict(_governed(believed, wanted)),
        observed=observed,
        proof_files=files,
        proofs=proofs,
    )


def _believed(
    sources: Sources, authority: AuthorityFacts
) -> tuple[tuple[str, str, Found[Controller]], ...]:
    """Address, owner and account of the controllers that the target names and that are believed."""
    found = []
    for address in dict.fromkeys(one.address for one in sources.target.multisigs):
        read = authority.accounts.get(address)
        if not isinstance(read, Found):
            continue
        content, owner = read.value.content, read.value.owner
        if isinstance(content, Controller) and (
            distrust(address, content, owner, authority, sources.target) is None
        ):
            found.append((address, owner, Found(content, read.at)))
    return tuple(found)


def _vaults(
    believed: Iterable[tuple[str, str, Found[Controller]]], wanted: Iterable[str]
) -> Iterator[Vault]:
    """Which of the keys are vaults of a multisig that is believed."""
    for address, owner, read in believed:
        for key in wanted:
            index = None
            if isinstance(read.value, squads.Multisig):
                index = squads.find_vault_index(address, key, owner)
            elif isinstance(read.value, squads_v3.Ms):
                index = squads_v3.find_authority_index(address, key, program=owner)
            if index is not None:
                yield Vault(key, address, index, read.at)


def _governed(
    believed: Iterable[tuple[str, str, Found[Controller]]], wanted: Iterable[str]
) -> Iterator[tuple[str, str]]:
    """Which of the keys a governance of a realm signs for: its own address and its treasury."""
    for address, owner, read in believed:
        if isinstance(read.value, Governance):
            own = {address, derive_native_treasury(address, owner).address}
            yield from ((key, address) for key in wanted if key in own)
