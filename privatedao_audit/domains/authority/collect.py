"""Read the accounts from the programs in scope to whoever controls them."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping

from privatedao_audit.chain import programs
from privatedao_audit.chain.borsh import DecodeError
from privatedao_audit.chain.layouts import loader, squads
from privatedao_audit.chain.reads import Account
from privatedao_audit.domains.authority.facts import (
    AccountState,
    AuthorityFacts,
    Content,
    Executable,
    FixedProgram,
    Other,
    ProgramHeader,
    ProgramPointer,
)
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

#: Bytes of every account read on the way: enough for a multisig of 240 members and for every
#: header, while a ProgramData account can be ten megabytes.
HEADER = 8_192

#: The outcomes in which the place was read.
_READ = (Found, ProvenAbsent)

#: How many controllers of controllers are followed.
MAX_DEPTH = 4


async def collect_authorities(sources: Sources) -> AuthorityFacts:
    """Follow authorities until nothing new turns up, then read the whole set at once.

    The set is asked again in one getMultipleAccounts each time that it grew, because accounts
    that must agree have to come from one slot.
    """
    chain = sources.chain
    genesis = await _genesis(sources)
    keys = _first_keys(sources)
    accounts: dict[str, Read[AccountState]] = {}
    for _ in range(MAX_DEPTH + 1):
        reads = await chain.accounts(tuple(keys), data_slice=(0, HEADER))
        accounts = {
            key: decoded(read, account_state, "the account")
            for key, read in zip(keys, reads, strict=True)
        }
        more = [key for key in _next_keys(accounts) if key not in keys]
        if not more:
            break
        keys = [*keys, *more]
    wanted = _executables_wanted(sources, accounts, genesis)
    codes = await asyncio.gather(*(_executable(sources, p, accounts) for p in wanted))
    return AuthorityFacts(accounts, dict(zip(wanted, codes, strict=True)), genesis)


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
    keys = tuple(facts.accounts)
    if not keys:
        return ()
    reads = await sources.under("closing").chain.accounts(keys, data_slice=(0, HEADER))
    moved = []
    for key, later in zip(keys, reads, strict=True):
        before, after = facts.accounts[key], decoded(later, account_state, "the account")
        both_read = isinstance(before, _READ) and isinstance(after, _READ)
        if both_read and _ending_values(before) != _ending_values(after):
            moved.append(f"{key} changed while it was being read")
    return tuple(moved)


def _ending_values(read: Found[AccountState] | ProvenAbsent) -> object:
    if isinstance(read, ProvenAbsent):
        return None
    content = read.value.content
    if isinstance(content, squads.Multisig):
        return (
            read.value.owner,
            content.members,
            content.threshold,
            content.time_lock,
            content.config_authority,
            content.stale_transaction_index,
        )
    return (read.value.owner, read.value.executable, content)


def account_state(account: Account) -> AccountState:
    """What an account is: by its owner first, by its layout second."""
    return AccountState(
        address=account.address,
        owner=account.owner,
        lamports=account.lamports,
        executable=account.executable,
        length=len(account.data),
        content=_content(account),
    )


def _content(account: Account) -> Content:
    if account.owner in (programs.LOADER_V1, programs.LOADER_V2):
        return FixedProgram(account.owner) if account.executable else Other("code being loaded")
    try:
        if account.owner == programs.LOADER_V3:
            known = loader.decode_account(
                account.owner, account.data, executable=account.executable
            )
            if isinstance(known, loader.Program):
                return ProgramPointer(known.programdata)
            if isinstance(known, loader.ProgramData):
                return ProgramHeader(known.slot, known.upgrade_authority)
            return Other(f"a loader account of kind {type(known).__name__}")
        if account.data[:8] == squads.MULTISIG_DISCRIMINATOR:
            if len(account.data) >= HEADER:
                return Other(f"a multisig account of {HEADER} bytes or more, which is not read")
            return squads.decode_multisig(account.owner, account.data, program=account.owner)
    except DecodeError as error:
        return Other(str(error))
    if account.owner in (programs.TOKEN, programs.TOKEN_2022) and len(account.data) == 355:
        return Other("an SPL Token multisig")
    return Other("no data" if not account.data else f"{len(account.data)} bytes of data")


def _first_keys(sources: Sources) -> list[str]:
    target = sources.target
    keys: dict[str, None] = {}
    for program in target.programs:
        keys[program.id] = None
        keys[loader.programdata_address(program.id)] = None
    for multisig in target.multisigs:
        keys[multisig.address] = None
    return list(keys)


def _next_keys(accounts: dict[str, Read[AccountState]]) -> list[str]:
    """Authorities found, and the programs that own the multisigs among them."""
    keys: dict[str, None] = {}
    for read in accounts.values():
        if not isinstance(read, Found):
            continue
        content = read.value.content
        if isinstance(content, ProgramHeader) and content.upgrade_authority is not None:
            keys[content.upgrade_authority] = None
        if isinstance(content, ProgramPointer):
            keys[content.programdata] = None
        if isinstance(content, squads.Multisig):
            keys[read.value.owner] = None
            keys[loader.programdata_address(read.value.owner)] = None
    return list(keys)


def _executables_wanted(
    sources: Sources, accounts: dict[str, Read[AccountState]], genesis: Read[str]
) -> list[str]:
    """Programs in scope, and the owners of multisigs that no canonical id vouches for."""
    wanted = {program.id: None for program in sources.target.programs}
    hash_read = genesis.value if isinstance(genesis, Found) else ""
    for read in accounts.values():
        if isinstance(read, Found) and isinstance(read.value.content, squads.Multisig):
            owner = read.value.owner
            if programs.canonical_controller(hash_read, owner) is None:
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
