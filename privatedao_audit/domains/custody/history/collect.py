"""Read how the upgrade authority was used: changes, votes, standing powers."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from privatedao_audit.chain import answers as shapes
from privatedao_audit.chain import programs
from privatedao_audit.chain.addresses import squads_vault
from privatedao_audit.chain.borsh import DecodeError
from privatedao_audit.chain.layouts import loader, nonce, squads
from privatedao_audit.chain.reads import Account
from privatedao_audit.domains.authority.facts import AuthorityFacts
from privatedao_audit.domains.authority.history import (
    LoaderEvent,
    Walk,
    events_of,
    history_of,
    not_understood,
    walk,
)
from privatedao_audit.domains.authority.link import IMMUTABLE
from privatedao_audit.domains.authority.resolve import distrust
from privatedao_audit.domains.committed import last_committed
from privatedao_audit.domains.custody.history.closure import VAULT, closure
from privatedao_audit.domains.custody.history.facts import (
    BufferLife,
    HeldCode,
    HistoryFacts,
    Listing,
    MultisigHistory,
    ProgramHistory,
    Put,
    SignerHistory,
    Slot,
    SquadsLog,
    StagedBuffer,
    StandingForm,
    Vault,
)
from privatedao_audit.domains.custody.history.log import (
    buffer_lives,
    buffers_of,
    limits_named,
    nonce_uses,
    programs_of,
    squads_log,
    vaults_named,
)
from privatedao_audit.domains.sources import Sources
from privatedao_audit.model.reads import Found, Read, decoded
from privatedao_audit.repository.surfaces import rows

if TYPE_CHECKING:
    from privatedao_audit.domains.custody.facts import ProgramCustody

#: Transactions of a member that are read at most, the newest ones: members are people's wallets,
#: and one that trades all day must not turn an audit into a crawl.
MEMBER_TRANSACTIONS = 2_000

#: Indices of a multisig that are read at most, in accounts of two each.
MAX_INDEXES = 5_000

#: Accounts whose data may be long (buffers, message accounts) are read so many at a time.
_CHUNK = 100


class _Walks:
    """Each address is walked once, whoever needs it."""

    def __init__(self, sources: Sources) -> None:
        self._sources = sources
        self._tasks: dict[str, asyncio.Task[Read[Walk]]] = {}

    async def of(self, address: str, most: int | None = None) -> Read[Walk]:
        if address not in self._tasks:
            self._tasks[address] = asyncio.ensure_future(walk(self._sources, address, most))
        return await self._tasks[address]

    async def loader_events(self) -> list[LoaderEvent]:
        """Every loader instruction of every walk."""
        reads = [await task for task in self._tasks.values()]
        walks = [read.value for read in reads if isinstance(read, Found)]
        return [e for one in walks for tx in one.transactions for e in events_of(tx)]


async def collect(
    sources: Sources, custody: Sequence[ProgramCustody], authority: AuthorityFacts
) -> HistoryFacts:
    """Facts about how the upgrade authority was used: changes, votes, standing powers."""
    walks = _Walks(sources)
    believed = _believed(sources, custody, authority)
    multisigs = tuple([await _multisig(sources, walks, *one) for one in believed])
    signers = await _signers(sources, walks, custody, multisigs)
    wanted = {use.nonce for one in signers for use in one.uses}
    wanted |= {key for one in signers if isinstance(one.scan, Found) for key in one.scan.value}
    return HistoryFacts(
        programs=tuple([await _program(sources, walks, one) for one in custody]),
        multisigs=multisigs,
        signers=signers,
        nonces=await _accounts(sources, sorted(wanted), _nonce, "the nonce account"),
        registers=await _listings(sources, "signer-register"),
        accepted=await _accepted(sources),
    )


def _believed(
    sources: Sources, custody: Sequence[ProgramCustody], authority: AuthorityFacts
) -> list[tuple[str, str, Found[squads.Multisig], frozenset[int]]]:
    """Address, owner, state and vault indices of the multisigs that may be believed."""
    indices: dict[str, set[int]] = {}
    for named in sources.target.multisigs:
        if named.kind == "squads-v4":
            indices.setdefault(named.address, set()).add(named.vault_index)
    for program in custody:
        for link in program.links:
            if link.multisig is not None and link.vault_index is not None:
                indices.setdefault(link.multisig, set()).add(link.vault_index)
    found = []
    for address, vaults in indices.items():
        read = authority.accounts.get(address)
        if not isinstance(read, Found) or not isinstance(read.value.content, squads.Multisig):
            continue
        state, owner = read.value.content, read.value.owner
        if distrust(address, state, owner, authority, sources.target) is None:
            found.append((address, owner, Found(state, read.at), frozenset(vaults)))
    return found


async def _multisig(
    sources: Sources,
    walks: _Walks,
    address: str,
    owner: str,
    state: Found[squads.Multisig],
    named: frozenset[int],
) -> MultisigHistory:
    read = await walks.of(address)
    log: Read[SquadsLog]
    log = read if not isinstance(read, Found) else Found(squads_log(read.value, owner), read.at)
    steps = log.value.steps if isinstance(log, Found) else ()
    indices = named | vaults_named(steps)
    slots = await _slots(sources, address, owner, state.value.transaction_index)
    limits = limits_named(address, owner, steps, slots)

    def limit(account: Account) -> squads.SpendingLimit:
        return squads.decode_spending_limit(account.owner, account.data, program=owner)

    return MultisigHistory(
        address=address,
        program=owner,
        state=state.value,
        at=state.at,
        log=log,
        slots=slots,
        limits=await _accounts(sources, limits, limit, "the spending limit"),
        vaults=tuple([await _vault(sources, walks, address, n, owner) for n in sorted(indices)]),
    )


async def _slots(sources: Sources, address: str, owner: str, last: int) -> tuple[Slot, ...]:
    last = min(last, MAX_INDEXES)
    transactions = squads.transaction_addresses(address, last, program=owner)
    proposals = squads.proposal_addresses(address, last, program=owner)

    def put(account: Account) -> Put:
        found = squads.decode_account(account.owner, account.data, program=owner)
        if not isinstance(found, Put):
            raise DecodeError("transaction account", None, f"it is a {type(found).__name__}")
        if (found.multisig, found.index) != (address, transactions[account.address]):
            raise DecodeError("transaction account", None, "it names another index or multisig")
        return found

    def proposal(account: Account) -> squads.Proposal:
        found = squads.decode_proposal(account.owner, account.data, program=owner)
        if (found.multisig, found.transaction_index) != (address, proposals[account.address]):
            raise DecodeError("proposal", None, "it names another index or multisig")
        return found

    reads = await _accounts(sources, list(transactions), put, "the transaction account")
    votes = await _accounts(sources, list(proposals), proposal, "the proposal")
    pairs = zip(transactions.items(), proposals, strict=True)
    return tuple(Slot(index, reads[key], votes[vote]) for (key, index), vote in pairs)


async def _vault(sources: Sources, walks: _Walks, multisig: str, index: int, owner: str) -> Vault:
    address = squads_vault(multisig, index, owner).address
    read = await walks.of(address)
    if not isinstance(read, Found):
        return Vault(index, address, read, "", {})
    found = read.value
    unclear = next((t for one in found.transactions for t in not_understood(one)), "")
    scoped = {loader.programdata_address(program.id) for program in sources.target.programs}
    wanted = buffers_of(address, found.transactions)
    made = programs_of(address, found.transactions)
    more = [key for key in made if key not in scoped and key not in wanted]
    reads = await _accounts(sources, wanted, _staged, "the buffer")
    reads |= await _accounts(sources, more, _staged, "the ProgramData")
    buffers: dict[str, Read[StagedBuffer]] = {}
    others: dict[str, Found[HeldCode]] = {}
    for key, one in reads.items():
        if not isinstance(one, Found):
            buffers[key] = one
        elif isinstance(one.value, StagedBuffer):
            buffers[key] = Found(one.value, one.at)
        elif isinstance(one.value, HeldCode) and key not in scoped:
            others[key] = Found(one.value, one.at)
    seen = Found(len(found.transactions), read.at)
    return Vault(index, address, seen, found.gap or unclear, buffers, others)


def _staged(account: Account) -> StagedBuffer | HeldCode | None:
    """The buffer or the code at an address; None where something else lies there now."""
    if account.owner != programs.LOADER_V3:
        return None
    found = loader.decode_account(account.owner, account.data, executable=account.executable)
    if isinstance(found, loader.ProgramData):
        return HeldCode(found.upgrade_authority)
    if not isinstance(found, loader.Buffer):
        return None
    try:
        return StagedBuffer(found.authority, loader.executable_hash(found.executable))
    except DecodeError:
        return StagedBuffer(found.authority, None)


async def _program(sources: Sources, walks: _Walks, custody: ProgramCustody) -> ProgramHistory:
    programdata = loader.programdata_address(custody.id)
    read = await walks.of(programdata)
    history = read if not isinstance(read, Found) else Found(history_of(read.value), read.at)
    events = history.value.events if isinstance(history, Found) else ()
    listed = {(e.signature, e.place) for e in events}
    # A failed attempt changed nothing: missing one is no gap.
    others = [e for e in await walks.loader_events() if e.programdata == programdata]
    elsewhere = {(e.signature, e.place): e for e in others if e.succeeded}
    extra = tuple(event for key, event in elsewhere.items() if key not in listed)
    # Only an upgrade that a program carried can have been voted on.
    carried = [e for e in (*events, *extra) if e.action == "Upgrade" and e.succeeded and e.inner]
    buffers: dict[str, Read[tuple[BufferLife, ...]]] = {}
    for key in dict.fromkeys(str(e.buffer) for e in carried):
        walked = await walks.of(key)
        if isinstance(walked, Found):
            buffers[key] = Found(buffer_lives(walked.value), walked.at)
        else:
            buffers[key] = walked
    approvals = await _listings(sources, "approval-record", custody.name)
    return ProgramHistory(custody.name, custody.id, programdata, history, extra, buffers, approvals)


async def _signers(
    sources: Sources,
    walks: _Walks,
    custody: Sequence[ProgramCustody],
    multisigs: Sequence[MultisigHistory],
) -> tuple[SignerHistory, ...]:
    keys: dict[str, tuple[str, str]] = {}
    for program in custody:
        link = program.links[0]
        if link.holder not in IMMUTABLE:
            # Who signs as a vault somewhere is read as one, whatever else the key is.
            for key, known in closure(link, multisigs).keys.items():
                if key not in keys or known[0] == VAULT:
                    keys[key] = known
    return tuple([await _signer(sources, walks, key, *known) for key, known in keys.items()])


async def _signer(
    sources: Sources, walks: _Walks, key: str, role: str, controller: str
) -> SignerHistory:
    scan = await _scan(sources, key)
    read = await walks.of(key, None if role == VAULT else MEMBER_TRANSACTIONS)
    if not isinstance(read, Found):
        return SignerHistory(key, role, read, "", (), scan)
    found = read.value
    hidden = next(
        (f"the inner instructions of {one.signature} were not recorded"
         for one in found.transactions if one.succeeded and not one.inner_recorded),
        "",
    )  # fmt: skip
    uses = nonce_uses(found.transactions, controller)
    seen = Found(len(found.transactions), read.at)
    return SignerHistory(key, role, seen, found.gap or hidden, uses, scan)


async def _scan(sources: Sources, key: str) -> Read[tuple[str, ...]]:
    """Nonce accounts under a key, from a scan that many providers refuse."""
    config = {
        "commitment": "finalized",
        "encoding": "base64",
        "dataSlice": {"offset": 0, "length": 0},
        "filters": [
            {"dataSize": nonce.NONCE_ACCOUNT_BYTES},
            {"memcmp": {"offset": 8, "bytes": key}},
        ],
    }
    return await sources.chain.value("getProgramAccounts", [programs.SYSTEM, config], _scanned)


def _scanned(result: Any) -> tuple[str, ...]:
    if not isinstance(result, list) or not all(isinstance(one, dict) for one in result):
        raise ValueError("a scan is a list of accounts")
    return tuple(sorted(shapes.key(one.get("pubkey"), "a scanned account") for one in result))


def _nonce(account: Account) -> nonce.Nonce | nonce.UninitializedNonce:
    return nonce.decode_nonce(account.owner, account.data)


async def _accounts(
    sources: Sources, keys: Sequence[str], decode: Any, what: str
) -> dict[str, Read[Any]]:
    """Accounts by address, decoded; in reads of a hundred."""
    found: dict[str, Read[Any]] = {}
    for start in range(0, len(keys), _CHUNK):
        chunk = tuple(keys[start : start + _CHUNK])
        reads = await sources.chain.accounts(chunk)
        for key, read in zip(chunk, reads, strict=True):
            found[key] = decoded(read, decode, what)
    return found


async def _accepted(sources: Sources) -> tuple[StandingForm, ...]:
    found = []
    for one in await _listings(sources, "standing-powers"):
        changed = await last_committed(sources.repository, one.surface.file)
        found.append(StandingForm(one.surface.file, one.said, changed))
    return tuple(found)


async def _listings(sources: Sources, part: str, program: str | None = None) -> tuple[Listing, ...]:
    mapped = [
        one for one in sources.target.current(part)
        if program is None or one.program == program
    ]  # fmt: skip
    files = await asyncio.gather(*(sources.repository.file(one.file) for one in mapped))
    return tuple(
        Listing(surface, rows(surface, read)) for surface, read in zip(mapped, files, strict=True)
    )
