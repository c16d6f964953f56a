"""Read the accounts from the programs in scope to whoever controls them."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from functools import partial
from itertools import islice

from privatedao_audit.chain import addresses, programs
from privatedao_audit.chain.borsh import DecodeError
from privatedao_audit.chain.layouts import governance, loader, squads, squads_v3, token
from privatedao_audit.chain.reads import MAX_ACCOUNTS, Account
from privatedao_audit.domains.authority.facts import (
    AccountState,
    AuthorityFacts,
    Executable,
    FixedProgram,
    MovedProgram,
    ProgramHeader,
    ProgramPointer,
)
from privatedao_audit.domains.authority.states import (
    HEADER,
    account_state,
    governance_programs,
)
from privatedao_audit.domains.authority.trust import kind_of
from privatedao_audit.domains.authority.vaults import controllers_seen, unexplained
from privatedao_audit.domains.sources import Sources
from privatedao_audit.model.reads import (
    Diverged,
    Found,
    ProvenAbsent,
    Read,
    Unknown,
    decoded,
    resting_on,
)

__all__ = [
    "HEADER", "MAX_DEPTH", "account_state", "closing", "code_account", "collect_authorities",
    "executable_of",
]  # fmt: skip

#: The outcomes in which the place was read.
_READ = (Found, ProvenAbsent)

#: How many derived addresses have their history looked through.
MOST_HISTORIES = 16

#: How many controllers of controllers are followed.
MAX_DEPTH = 4


async def collect_authorities(sources: Sources, keys: Sequence[str] = ()) -> AuthorityFacts:
    """Follow authorities until nothing new turns up, then read the whole set at once.

    The set is asked again in one getMultipleAccounts each time that it grew, because accounts
    that must agree have to come from one slot. (Beyond 100 accounts it takes several.)

    Args:
        keys: further addresses to begin from: mints, and keys that hold other authorities.
    """
    genesis = await _genesis(sources)
    wanted = list(dict.fromkeys((*_first_keys(sources), *keys)))
    seen: dict[str, Read[tuple[str, ...]]] = {}
    accounts: dict[str, Read[AccountState]] = {}
    for _ in range(2 * MAX_DEPTH + 1):
        accounts = await _states(sources, wanted)
        more = [key for key in _next_keys(accounts) if key not in wanted]
        if not more:
            # Only what nothing explains so far costs a look at its history, and a multisig with
            # hundreds of derived voters must not turn that into a crawl.
            new = (key for key in unexplained(accounts, keys) if key not in seen)
            unknown = list(islice(new, MOST_HISTORIES - len(seen)))
            for key in unknown:
                seen[key] = await controllers_seen(sources, key)
            reads = [seen[key] for key in unknown]
            found = [c for read in reads if isinstance(read, Found) for c in read.value]
            more = [key for key in dict.fromkeys(found) if key not in wanted]
        if not more:
            break
        wanted += more
    hashed = _executables_wanted(sources, accounts, genesis)
    codes = await asyncio.gather(*(_executable(sources, p, accounts) for p in hashed))
    return AuthorityFacts(accounts, dict(zip(hashed, codes, strict=True)), genesis, seen=seen)


async def _states(sources: Sources, keys: Sequence[str]) -> dict[str, Read[AccountState]]:
    decode = partial(account_state, copies=governance_programs(sources.target))
    found: dict[str, Read[AccountState]] = {}
    for start in range(0, len(keys), MAX_ACCOUNTS):
        some = keys[start : start + MAX_ACCOUNTS]
        reads = await sources.chain.accounts(some, data_slice=(0, HEADER))
        found |= {
            key: decoded(read, decode, "the account")
            for key, read in zip(some, reads, strict=True)
        }
    return found


async def _genesis(sources: Sources) -> Read[str]:
    """The genesis hash of the target's cluster, as a provider gave it that serves it.

    Providers of another cluster are refused for every other question, so what was read is of
    this one.
    """
    for label in sources.providers:
        read = await sources.chain.genesis_hash(label)
        if isinstance(read, Found) and read.value == sources.target.cluster.genesis_hash:
            return read
    return Unknown("no provider serves the cluster of the target")


async def closing(sources: Sources, facts: AuthorityFacts) -> tuple[str, ...]:
    """Read the same accounts once more and say which values moved since.

    Only values that end a verdict count: authority, deployment slot, members, threshold, lock,
    config authority, stale index. An unreadable closing read is not a move: it proves nothing
    either way, and the opening read stands with its slot.
    """
    if not facts.accounts:
        return ()
    reads = await _states(sources.under("closing"), tuple(facts.accounts))
    moved = []
    for key, after in reads.items():
        before = facts.accounts[key]
        both_read = isinstance(before, _READ) and isinstance(after, _READ)
        if both_read and _ending_values(before) != _ending_values(after):
            moved.append(f"{key} changed while it was being read")
    return tuple(moved)


def _ending_values(read: Read[AccountState]) -> object:
    """What ends a verdict when it changes; counters that routine work moves are left out."""
    if not isinstance(read, Found):
        return None
    content = read.value.content
    where = (read.value.owner, read.value.executable)
    match content:
        case squads.Multisig():
            return (
                where, content.members, content.threshold, content.time_lock,
                content.config_authority, content.stale_transaction_index,
            )  # fmt: skip
        case squads_v3.Ms():
            return where, content.keys, content.threshold, content.ms_change_index
        case governance.Governance():
            return where, content.realm, content.config, content.required_signatories
        case token.Mint():
            return where, content.authorities, content.unknown_extensions
        case governance.Realm() | governance.RealmConfig() | token.TokenMultisig():
            return where, content
        case FixedProgram() | MovedProgram() | ProgramHeader() | ProgramPointer():
            return where, content
    # Anything else is known by its owner alone: nonces advance, wallets are paid.
    return where


def _first_keys(sources: Sources) -> list[str]:
    target = sources.target
    keys: dict[str, None] = {}
    for program in target.programs:
        keys[program.id] = None
        keys[loader.programdata_address(program.id)] = None
    for multisig in target.multisigs:
        keys[multisig.address] = None
    return list(keys)


def _next_keys(accounts: Mapping[str, Read[AccountState]]) -> list[str]:
    """Authorities found, and the accounts and programs that speak of the controllers found."""
    keys: dict[str, None] = {}
    for read in accounts.values():
        if isinstance(read, Found):
            keys.update(dict.fromkeys(_named_by(read.value)))
    return list(keys)


def _named_by(state: AccountState) -> list[str]:
    content, owner = state.content, state.owner
    program = [owner, loader.programdata_address(owner)]
    match content:
        case ProgramHeader(upgrade_authority=str(authority)):
            return [authority]
        case ProgramPointer():
            return [content.programdata]
        case MovedProgram():
            return [content.authority]
        case squads.Multisig():
            held = [] if content.config_authority is None else [content.config_authority]
            return [*program, *held, *(k for k in content.voters if not addresses.is_on_curve(k))]
        case squads_v3.Ms():
            return [*program, *(k for k in content.keys if not addresses.is_on_curve(k))]
        case governance.Governance():
            config = governance.derive_realm_config(content.realm, owner).address
            return [*program, content.realm, config]
        case governance.Realm():
            mints = [content.community_mint, content.council_mint]
            return [key for key in (*mints, content.authority) if key is not None]
        case token.Mint():
            return list(content.authorities.values())
    return []


def _executables_wanted(
    sources: Sources, accounts: dict[str, Read[AccountState]], genesis: Read[str]
) -> list[str]:
    """Programs in scope, and the owners of controllers that no canonical id vouches for."""
    wanted = {program.id: None for program in sources.target.programs}
    hash_read = genesis.value if isinstance(genesis, Found) else ""
    for read in accounts.values():
        if not isinstance(read, Found):
            continue
        content, owner = read.value.content, read.value.owner
        if isinstance(content, squads.Multisig | squads_v3.Ms | governance.Governance) and (
            programs.canonical_controller(hash_read, owner) != kind_of(content)
        ):
            wanted[owner] = None
    return list(wanted)


async def _executable(
    sources: Sources, program_id: str, accounts: dict[str, Read[AccountState]]
) -> Read[Executable]:
    place = code_account(program_id, accounts)
    if not isinstance(place, Found):
        return place
    (full,) = await sources.chain.accounts((place.value,))
    return executable_of(program_id, full, accounts)


def code_account(program_id: str, accounts: Mapping[str, Read[AccountState]]) -> Read[str]:
    """Which account holds a program's code: its own ProgramData, or the program itself."""
    read = accounts.get(program_id, Unknown("the program account was not read"))
    if not isinstance(read, Found):
        return read
    content = read.value.content
    if isinstance(content, FixedProgram):
        return Found(program_id, read.at)
    if not isinstance(content, ProgramPointer):
        owner = read.value.owner
        reason = f"{program_id} is not a program of a known loader (owner {owner})"
        return Unknown(reason, read.at)
    if content.programdata != loader.programdata_address(program_id):
        return Unknown(f"{program_id} points to a ProgramData that is not its own", read.at)
    return Found(content.programdata, read.at)


def executable_of(
    program_id: str, full: Read[Account], accounts: Mapping[str, Read[AccountState]]
) -> Read[Executable]:
    """A program's code out of the whole account that :func:`code_account` names.

    Unknown when the header read before, with the other accounts, says another slot or authority.
    """
    pointer = accounts[program_id]
    if isinstance(pointer, Found) and isinstance(pointer.value.content, FixedProgram):
        return decoded(full, _fixed_code, "the program account")
    code = decoded(full, _code, "the ProgramData account")
    if not isinstance(code, Found):
        return code
    header = accounts.get(loader.programdata_address(program_id))
    if isinstance(header, Diverged):
        # A provider that lies about the head of an account is no witness for the rest of it.
        return header
    if isinstance(header, Found):
        known = header.value.content
        if isinstance(known, ProgramHeader) and (
            (known.slot, known.upgrade_authority) != (code.value.slot, code.value.upgrade_authority)
        ):
            return Unknown("the ProgramData account moved between two reads", code.at)
    return resting_on(code, pointer.at)


def _code(account: Account) -> Executable:
    data = loader.decode_account(account.owner, account.data, executable=account.executable)
    if not isinstance(data, loader.ProgramData):
        raise DecodeError("ProgramData", None, f"it is a {type(data).__name__}")
    return _identified(data.executable, data.slot, data.upgrade_authority)


def _fixed_code(account: Account) -> Executable:
    data = loader.decode_account(account.owner, account.data, executable=account.executable)
    if not isinstance(data, loader.LegacyProgram):
        raise DecodeError("program of loader v1 or v2", None, f"it is a {type(data).__name__}")
    return _identified(data.executable, 0, None)


def _identified(code: bytes, slot: int, authority: str | None) -> Executable:
    return Executable(
        sha256=loader.executable_hash(code),
        length=len(code.rstrip(b"\0")),
        capacity=len(code),
        slot=slot,
        upgrade_authority=authority,
    )
