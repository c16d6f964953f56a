"""From a vault back to its multisig: a vault does not name it, but its history shows it.

Whatever a history shows is a candidate only. It counts when the vault can be derived from it
again, and when it may be believed.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from privatedao_audit.chain import addresses, programs
from privatedao_audit.chain.layouts import governance, squads, squads_v3, token
from privatedao_audit.chain.layouts.governance import Governance
from privatedao_audit.chain.transactions import Instruction, Transaction
from privatedao_audit.domains.authority.facts import (
    AccountState,
    MovedProgram,
    ProgramHeader,
)
from privatedao_audit.domains.authority.history import walk
from privatedao_audit.domains.authority.states import governance_programs
from privatedao_audit.domains.sources import Sources
from privatedao_audit.model.reads import Found, ProvenAbsent, Read

#: Transactions of a vault that are looked through, the newest ones, and candidates that are tried.
MOST_TRANSACTIONS = 60
MOST_CANDIDATES = 12


def unexplained(
    accounts: Mapping[str, Read[AccountState]], keys: Iterable[str] = ()
) -> Iterator[str]:
    """Derived addresses that hold a power and that no controller read so far leads to.

    Args:
        keys: addresses that hold one by what was read elsewhere.
    """
    held = dict.fromkeys(keys)
    for read in accounts.values():
        if isinstance(read, Found):
            held.update(dict.fromkeys(_powers(read.value.content)))
    for key in held:
        if _is_bare(key, accounts) and explained_by(key, accounts) is None:
            yield key


def _powers(content: object) -> list[str]:
    """The keys to which an account gives power over itself."""
    match content:
        case ProgramHeader(upgrade_authority=str(authority)):
            return [authority]
        case MovedProgram(authority=authority):
            return [authority]
        case squads.Multisig():
            config = [content.config_authority] if content.config_authority else []
            return [*config, *content.voters]
        case squads_v3.Ms():
            return list(content.keys)
        case governance.Realm(authority=str(authority)):
            return [authority]
        case token.Mint():
            return list(content.authorities.values())
    return []


def _is_bare(key: str, accounts: Mapping[str, Read[AccountState]]) -> bool:
    """Whether an address is derived and no program keeps data there, as with every vault."""
    read = accounts.get(key)
    empty = isinstance(read, Found) and read.value.owner == programs.SYSTEM
    return (empty or isinstance(read, ProvenAbsent)) and not addresses.is_on_curve(key)


def explained_by(
    key: str, accounts: Mapping[str, Read[AccountState]], among: Iterable[str] | None = None
) -> tuple[str, int | None] | None:
    """The controller account from which a key can be derived, with the index of the vault.

    Args:
        among: addresses of controllers to try; None: every one that was read.

    Returns:
        Address and index; the index is None for SPL Governance. None: nothing explains it.
    """
    for address in accounts if among is None else among:
        read = accounts.get(address)
        if not isinstance(read, Found):
            continue
        content, owner = read.value.content, read.value.owner
        if isinstance(content, squads.Multisig):
            index = squads.find_vault_index(address, key, owner)
        elif isinstance(content, squads_v3.Ms):
            index = squads_v3.find_authority_index(address, key, program=owner)
        elif isinstance(content, Governance):
            if content.signs_as(address, key, owner) is not None:
                return address, None
            continue
        else:
            continue
        if index is not None:
            return address, index
    return None


async def controllers_seen(sources: Sources, vault: str) -> Read[tuple[str, ...]]:
    """Controllers that stand in the newest transactions of a vault and lead to its address."""
    read = await walk(sources, vault, most=MOST_TRANSACTIONS)
    if not isinstance(read, Found):
        return read
    copies = governance_programs(sources.target)
    found: dict[str, None] = {}
    for transaction in read.value.transactions:
        for program, kind, address in _candidates(transaction, copies):
            if address not in found and _leads_to(kind, address, vault, program):
                found[address] = None
    return Found(tuple(found)[:MOST_CANDIDATES], read.at)


def _candidates(
    transaction: Transaction, copies: frozenset[str]
) -> Iterator[tuple[str, str, str]]:
    """(program, kind, address) of every controller that an instruction names."""
    for one in transaction.instructions:
        if one.program in copies:
            yield from ((one.program, "governance", key) for key in one.accounts)
            continue
        for kind, address in _multisigs(one):
            yield one.program, kind, address


def _multisigs(one: Instruction) -> Iterator[tuple[str, str]]:
    v4 = squads.decode_instruction(one.accounts, one.data, program=one.program)
    if isinstance(v4, squads.SquadsInstruction) and v4.account("multisig") is not None:
        yield "v4", str(v4.account("multisig"))
    v3 = squads_v3.decode_instruction(one.accounts, one.data)
    if isinstance(v3, squads_v3.SquadsV3Instruction) and v3.account("multisig") is not None:
        yield "v3", str(v3.account("multisig"))


def _leads_to(kind: str, address: str, vault: str, program: str) -> bool:
    if kind == "v4":
        return squads.find_vault_index(address, vault, program) is not None
    if kind == "v3":
        return squads_v3.find_authority_index(address, vault, program=program) is not None
    return vault == governance.derive_native_treasury(address, program).address
