"""Read the people behind the keys: registers, roles, proof of control."""

from __future__ import annotations

from collections.abc import Iterable

from privatedao_audit.chain.addresses import is_on_curve
from privatedao_audit.chain.layouts import squads
from privatedao_audit.domains.authority.facts import AuthorityFacts
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
    return SignerFacts(
        target=target.name,
        genesis_hash=target.cluster.genesis_hash,
        wallets=tuple(Entry(w.address, w.roles, None, w.owner) for w in target.wallets),
        registers=await registers.signer_registers(sources),
        demos=await registers.demo_lists(sources),
        roles=roles,
        vaults=_vaults(
            sources,
            authority,
            [
                *(role.key.value for role in roles if isinstance(role.key, Found)),
                *(seen.key for seen in (*observed.seen, *observed.failed)),
            ],
        ),
        observed=observed,
        proof_files=files,
        proofs=proofs,
    )


def _vaults(sources: Sources, authority: AuthorityFacts, keys: Iterable[str]) -> tuple[Vault, ...]:
    """Which of the keys are vaults of a multisig that the target names and that is believed."""
    found = []
    wanted = [key for key in dict.fromkeys(keys) if not is_on_curve(key)]
    for address in dict.fromkeys(one.address for one in sources.target.multisigs):
        read = authority.accounts.get(address)
        if not isinstance(read, Found) or not isinstance(read.value.content, squads.Multisig):
            continue
        owner = read.value.owner
        if distrust(address, read.value.content, owner, authority, sources.target) is not None:
            continue
        for key in wanted:
            index = squads.find_vault_index(address, key, owner)
            if index is not None:
                found.append(Vault(key, address, index, read.at))
    return tuple(found)
