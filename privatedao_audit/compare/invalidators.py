"""The values on chain that end verdicts, out of a recording and anew from the chain.

What they are follows from the recording alone: the programs in scope, every controller, mint and
governance account that was read then, the DAOs and their treasuries. So nothing is looked for
anew, and a bundle of an older version can be asked as well.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from privatedao_audit.chain import answers as shapes
from privatedao_audit.chain.layouts import governance, loader, squads, squads_v3, token
from privatedao_audit.chain.reads import MAX_ACCOUNTS, Account, ChainReads
from privatedao_audit.compare.recorded import Records, accounts_of
from privatedao_audit.domains.authority.collect import executable_of
from privatedao_audit.domains.authority.facts import (
    AccountState,
    FixedProgram,
    MovedProgram,
    ProgramHeader,
    ProgramPointer,
)
from privatedao_audit.domains.authority.states import HEADER, account_state, governance_programs
from privatedao_audit.model import canonical
from privatedao_audit.model.reads import Found, ProvenAbsent, Read, ReadAt, Unknown, decoded
from privatedao_audit.model.target import Target
from privatedao_audit.protocols.base import CollectLimits, DaoReads
from privatedao_audit.protocols.registry import protocol_of


class Ends(StrEnum):
    """What kind of value moved."""

    CODE = "code"
    DEPLOYMENT = "deployment"
    AUTHORITY = "upgrade authority"
    CONTROLLER = "controller"
    INDEX = "controller's index"
    MINT = "mint authorities"
    DAO_AUTHORITY = "DAO authority"
    DAO_RULES = "DAO rules"
    PROPOSALS = "proposals"
    TREASURY = "treasury balance"


#: Address and name of a value.
Place = tuple[Ends, str, str]


@dataclass(frozen=True, slots=True)
class Value:
    """One value; ``said`` is its text, None where it could not be read, for the reason ``why``."""

    said: str | None
    why: str = ""


@dataclass(slots=True)
class Accounts:
    """Accounts by address, and the whole ones that hold code.

    Attributes:
        states: everything that ends verdicts, and what points to it.
        whole: address of a ProgramData account or a fixed program → the whole account.
    """

    states: dict[str, Read[AccountState]] = field(default_factory=dict)
    whole: dict[str, Read[Account]] = field(default_factory=dict)


#: Accounts of these kinds end verdicts by their content.
_ENDING = (
    FixedProgram | MovedProgram | ProgramHeader | ProgramPointer | governance.Governance
    | governance.Realm | governance.RealmConfig | squads.Multisig | squads_v3.Ms | token.Mint
    | token.TokenMultisig
)  # fmt: skip
#: Only the DAO itself is of interest, not its proposals and voters.
_FEW = CollectLimits(proposals=1, pages=1, transactions=0)


def recorded(records: Records, target: Target) -> Accounts:
    """The accounts that a recording holds and that end verdicts."""
    found = Accounts()
    copies = governance_programs(target)
    programs = {p.id for p in target.programs}
    needed = programs | {loader.programdata_address(p) for p in programs}
    for read in records.reads():
        if read["method"] != "getMultipleAccounts" or read["outcome"] != "found" or read["probe"]:
            continue
        at = ReadAt((read["id"],), read["slot"], read["commitment"])
        piece = read["params"][1].get("dataSlice")
        if piece is not None and (piece["offset"] or piece["length"] < HEADER):
            continue
        exchange = records.exchange(read["chosen"])
        body = records.body(exchange["body_sha256"]) if exchange is not None else None
        try:
            accounts = accounts_of(read, shapes.result_of(body or b""))
        except (ValueError, shapes.RpcError):
            continue
        for address, account in accounts.items():
            if account is None:
                if address in needed:
                    found.states.setdefault(address, ProvenAbsent(at))
                continue
            if piece is None and address in needed:
                found.whole.setdefault(address, Found(account, at))
            state = _state(account, copies)
            if isinstance(state.content, _ENDING) or address in needed:
                found.states.setdefault(address, Found(state, at))
    for address in needed:
        found.states.setdefault(address, Unknown("the recording does not hold it"))
    return found


async def live(chain: ChainReads, target: Target, addresses: Sequence[str]) -> Accounts:
    """The same accounts as they are now.

    Args:
        addresses: of :func:`recorded`.
    """
    found = Accounts()
    copies = governance_programs(target)
    for start in range(0, len(addresses), MAX_ACCOUNTS):
        some = addresses[start : start + MAX_ACCOUNTS]
        reads = await chain.accounts(some, data_slice=(0, HEADER))
        for address, read in zip(some, reads, strict=True):
            found.states[address] = decoded(read, lambda one: _state(one, copies), "the account")
    for program in target.programs:
        place = _code_place(program.id, found.states)
        if place is not None:
            found.whole[place] = await chain.account(place)
    return found


async def daos(chain: ChainReads, target: Target) -> dict[str, DaoReads]:
    """The DAOs of a target: authorities, rules, number of proposals, treasury."""
    protocol = protocol_of(target.protocol)
    programs = {program.name: program.id for program in target.programs}
    return {
        dao.address: await protocol.collect_dao(chain, dao.address, programs[dao.program], _FEW)
        for dao in target.daos
    }


async def tokens(chain: ChainReads, target: Target) -> dict[str, Read[tuple[Account, ...]]]:
    """Treasury and token program → its token accounts."""
    return {
        f"{dao.treasury} under {program}": await chain.token_accounts(dao.treasury, program)
        for dao in target.daos
        for program in sorted(token.TOKEN_PROGRAMS)
    }


def values(
    target: Target,
    accounts: Accounts,
    of_daos: Mapping[str, DaoReads],
    of_tokens: Mapping[str, Read[tuple[Account, ...]]],
) -> dict[Place, Value]:
    """Every value that ends a verdict, by what it is and where."""
    found: dict[Place, Value] = {}
    for address, read in accounts.states.items():
        if isinstance(read, Found):
            for ends, what, said in _told(read.value):
                found[ends, address, what] = Value(_text(said))
        elif isinstance(read, ProvenAbsent):
            found[Ends.CODE, address, ""] = Value("absent")
        else:
            found[Ends.CODE, address, ""] = Value(None, read.reason)
    for program in target.programs:
        place = _code_place(program.id, accounts.states)
        key = (Ends.CODE, program.id, "executable")
        if place is None or place not in accounts.whole:
            found[key] = Value(None, "its code was not read")
            continue
        code = executable_of(program.id, accounts.whole[place], accounts.states)
        found[key] = _of(code, lambda one: one.sha256)
    for address, dao in of_daos.items():
        found |= {(ends, address, what): value for ends, what, value in _dao(dao)}
    for name, listed in of_tokens.items():
        found[Ends.TREASURY, name.split(" ")[0], name] = _of(
            listed, lambda rows: {one.address: canonical.sha256(one.data) for one in rows}
        )
    return found


def _state(account: Account, copies: Any) -> AccountState:
    cut = Account(
        account.address, account.lamports, account.owner, account.data[:HEADER], account.executable
    )
    return account_state(cut, copies)


def _told(state: AccountState) -> Iterator[tuple[Ends, str, Any]]:
    content, where = state.content, [state.owner, state.executable]
    match content:
        case ProgramHeader():
            yield Ends.DEPLOYMENT, "slot", content.slot
            yield Ends.AUTHORITY, "authority", content.upgrade_authority
        case squads.Multisig():
            yield Ends.CONTROLLER, "program", where
            yield Ends.CONTROLLER, "members", [[one.key, one.mask] for one in content.members]
            yield Ends.CONTROLLER, "threshold", content.threshold
            yield Ends.CONTROLLER, "time lock, seconds", content.time_lock
            yield Ends.CONTROLLER, "config authority", content.config_authority
            yield Ends.CONTROLLER, "stale transaction index", content.stale_transaction_index
            yield Ends.INDEX, "transaction index", content.transaction_index
        case squads_v3.Ms():
            yield Ends.CONTROLLER, "program", where
            yield Ends.CONTROLLER, "keys", content.keys
            yield Ends.CONTROLLER, "threshold", content.threshold
            yield Ends.CONTROLLER, "change index", content.ms_change_index
            yield Ends.INDEX, "transaction index", content.transaction_index
        case token.Mint():
            yield Ends.MINT, "authorities", [where, content.authorities, content.unknown_extensions]
        case token.TokenMultisig():
            yield Ends.MINT, "signers", [where, content]
        case governance.Governance() | governance.Realm() | governance.RealmConfig():
            yield Ends.CONTROLLER, "governance", [where, content]
        case _:
            # A pointer, a fixed program, or something else in the place of one.
            yield Ends.CODE, "", [where, content]


def _dao(read: DaoReads) -> Iterator[tuple[Ends, str, Value]]:
    yield Ends.DAO_AUTHORITY, "authorities", _of(read.dao, lambda dao: dict(dao.authorities))
    for role, key in read.roles.items():
        yield Ends.DAO_AUTHORITY, f"role {role}", _of(key, lambda one: one)
    rules = _of(read.dao, lambda dao: [dict(dao.delays), dao.quorum, dao.voting_rule])
    yield Ends.DAO_RULES, "delays and quorum", rules
    for name, policy in read.policies.items():
        yield Ends.DAO_RULES, f"policy {name}", _of(policy, lambda one: dict(one.raw))
    yield Ends.PROPOSALS, "number", _of(read.dao, lambda dao: dao.proposal_count)
    for one in read.treasuries:
        yield Ends.TREASURY, f"lamports of {one.treasury.address}", _of(
            one.account, lambda account: account.lamports
        )  # fmt: skip


def _of(read: Read[Any], take: Any) -> Value:
    if isinstance(read, Found):
        return Value(_text(take(read.value)))
    if isinstance(read, ProvenAbsent):
        return Value("absent")
    return Value(None, read.reason)


def _text(value: Any) -> str:
    return canonical.dumps(canonical.plain(value)).decode()


def _code_place(program: str, states: Mapping[str, Read[AccountState]]) -> str | None:
    read = states.get(program)
    if not isinstance(read, Found):
        return None
    if isinstance(read.value.content, ProgramPointer):
        return loader.programdata_address(program)
    return program if isinstance(read.value.content, FixedProgram) else None
