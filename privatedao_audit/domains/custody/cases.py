"""Cases of key custody: a sound world, and every way found to make it unsound or unreadable."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from privatedao_audit.chain import programs
from privatedao_audit.chain.layouts.squads import EXECUTE, INITIATE, Member
from privatedao_audit.domains.authority.resolve import chain_of
from privatedao_audit.domains.authority.world import (
    ABSENT,
    CONTROLLER,
    CONTROLLER_CODE,
    GOVERNANCE,
    MEMBERS,
    STRANGER,
    Multisig,
    Program,
    World,
    derived,
    found,
    key_bytes,
    wallet,
)
from privatedao_audit.domains.cases import Case, in_checkout, on_chain
from privatedao_audit.domains.custody.controllers import cases as controllers
from privatedao_audit.domains.custody.facts import CustodyFacts, ProgramCustody
from privatedao_audit.domains.custody.history import cases as history
from privatedao_audit.domains.custody.signers import cases as signers
from privatedao_audit.domains.release.facts import SourceOf
from privatedao_audit.model.reads import Diverged, Found, ProvenAbsent, Read, ReadAt, Unknown
from privatedao_audit.model.status import Status
from privatedao_audit.model.target import Surface
from privatedao_audit.repository.surfaces import statement

FAIL, PASS, UNKNOWN = Status.FAIL, Status.PASS, Status.UNKNOWN
MISSING, DIVERGED = Status.MISSING, Status.DIVERGED

FILE = "custody.json"
UNREAD: Read[Any] = Unknown("the node answered 503")
TORN: Read[Any] = Diverged("first and second give other bytes", on_chain("accounts"))

GOOD = World()
MULTISIG = GOOD.multisigs[0]
ADDRESS = MULTISIG.address
IMMUTABLE = GOOD.program(authority=None)
WALLET = GOOD.program(authority=STRANGER)
UNKNOWN_PDA = GOOD.program(authority=derived("vault of nobody"))

#: What a truthful custody record of the sound world says.
RECORD: dict[str, Any] = {
    "cluster": "localnet",
    "program_id": GOVERNANCE,
    "upgrade_authority": MULTISIG.vault(),
    "multisig": ADDRESS,
    "threshold": 2,
    "members": list(MEMBERS),
    "time_lock_seconds": 86_400,
}


def record(
    change: Mapping[str, Any] | None = None, *, file: str = FILE, read: Read[bytes] | None = None,
    **surface: Any,
) -> SourceOf:  # fmt: skip
    """A custody record: the truthful one with some members changed; None leaves one out."""
    said = {k: v for k, v in {**RECORD, **(change or {})}.items() if v is not None}
    fields = {k: f"/{k}" + ("/*" if k == "members" else "") for k in (*RECORD, "time_lock_hours")}
    mapped = Surface.model_validate(
        {"part": "custody-record", "file": file, "format": "json", "program": "governance",
         "fields": fields, **surface}
    )  # fmt: skip
    bytes_read = Found(json.dumps(said).encode(), in_checkout(file))
    return SourceOf(mapped, statement(mapped, "localnet", bytes_read if read is None else read))


def facts(world: World = GOOD, *records: SourceOf) -> CustodyFacts:
    """The facts that a collector would make of a world and its custody records."""
    authority, target = world.facts(), world.target()
    name, program_id = "governance", world.programs[0].id
    links = tuple(chain_of(program_id, authority, target))
    program = ProgramCustody(name, program_id, links, records)
    return CustodyFacts(world.cluster, (program,), authority)


def with_member(mask: int) -> tuple[Member, ...]:
    """The three members and a stranger, in the order in which the program keeps them."""
    everyone = (*MULTISIG.members, Member(STRANGER, mask))
    return tuple(sorted(everyone, key=lambda member: key_bytes(member.key)))


def members(*masks: int) -> tuple[Member, ...]:
    """The three members with these permission masks."""
    return tuple(Member(key, mask) for key, mask in zip(MEMBERS, masks, strict=True))


def ladder(steps: int, last: str | None) -> World:
    """A program under a multisig, whose program is under a multisig of another program, …

    Args:
        steps: how many controller programs there are.
        last: authority of the last one; None: renounced.
    """
    ids = [GOVERNANCE, CONTROLLER, *(wallet(f"controller {n}") for n in range(2, steps + 1))]
    rungs = [Multisig(owner=owner) for owner in ids[1:]]
    held = [*(one.vault() for one in rungs), last]
    codes = [GOOD.programs[0].code, *[CONTROLLER_CODE] * steps]
    chain = tuple(Program(*row) for row in zip(ids, held, codes, strict=True))
    return replace(GOOD, programs=chain, multisigs=tuple(rungs))


def circle() -> World:
    """The multisig program is upgraded by a vault of a multisig of its own."""
    own = Multisig(create_key=derived("the multisig program's own"))
    return replace(GOOD, multisigs=(MULTISIG, own)).controller(authority=own.vault())


def canonical(genesis: Read[str] | None = None) -> World:
    """The sound world on a public cluster, under the canonical multisig program, no hash listed."""
    one = Multisig(owner=programs.SQUADS_V4)
    governed = replace(GOOD.programs[0], authority=one.vault())
    squads = replace(GOOD.programs[1], id=programs.SQUADS_V4)
    return World("testnet", (governed, squads), (one,), listed=False, genesis=genesis)


_PROGRAMDATA = GOOD.programs[0].programdata
_FOREIGN_POINTER = (2).to_bytes(4, "little") + bytes(range(32))
_TOKEN_MULTISIG = found(derived("token multisig"), programs.TOKEN, bytes(355))
_OUTSIDER = GOOD.reading(ADDRESS, found(ADDRESS, derived("program"), MULTISIG.data()))
_WEAK_OWN = Multisig(create_key=derived("weak"), threshold=1)
_UNLIKE = replace(MULTISIG, create_key=derived("another create key"))

_UA_01: tuple[tuple[str, World, Status], ...] = (
    ("vault of a multisig whose immutable program is listed by hash", GOOD, PASS),
    ("vault 7 of that multisig", GOOD.program(authority=MULTISIG.vault(7)), PASS),
    ("renounced, the old key's bytes left behind", IMMUTABLE, PASS),
    ("canonical multisig program on a public cluster", canonical(), PASS),
    ("three controllers up, the last one immutable", ladder(3, None), PASS),
    ("the multisig program under a multisig of its own", circle(), PASS),
    ("one key pair", WALLET, FAIL),
    ("one key pair that was handed to a program",
     WALLET.reading(STRANGER, found(STRANGER, derived("program"), b"\x01")), FAIL),
    ("one key pair without an account yet", WALLET.reading(STRANGER, ABSENT), FAIL),
    ("multisig program under a hot wallet", GOOD.controller(authority=STRANGER), FAIL),
    ("three controllers up, a hot wallet", ladder(3, STRANGER), FAIL),
    ("token multisig", GOOD.program(authority=derived("token multisig")).reading(
        derived("token multisig"), _TOKEN_MULTISIG), FAIL),
    ("closed: ProgramData absent", GOOD.reading(_PROGRAMDATA, ABSENT), FAIL),
    ("closed canonical controller", canonical().reading(
        canonical().programs[1].programdata, ABSENT), FAIL),
    ("closed controller, so its code can't be believed by hash",
     GOOD.reading(GOOD.programs[1].programdata, ABSENT), UNKNOWN),
    ("no program at the address", GOOD.reading(GOVERNANCE, ABSENT), FAIL),
    ("a wallet at the program's address",
     GOOD.reading(GOVERNANCE, found(GOVERNANCE, programs.SYSTEM)), FAIL),
    ("derived address that nothing explains", UNKNOWN_PDA, UNKNOWN),
    ("vault of a multisig that the target does not name", replace(GOOD, named=False), UNKNOWN),
    ("multisig under a program whose hash is not listed", replace(GOOD, listed=False), UNKNOWN),
    ("multisig bytes under a program that anyone wrote", _OUTSIDER, UNKNOWN),
    ("the multisig program's code is not the listed one", GOOD.reading(
        GOOD.programs[1].programdata,
        replace(GOOD.programs[1], code=b"other").accounts()[GOOD.programs[1].programdata]),
     UNKNOWN),
    ("multisig at an address that its create key does not give",
     GOOD.reading(ADDRESS, found(ADDRESS, CONTROLLER, _UNLIKE.data())), UNKNOWN),
    ("threshold above the voters", GOOD.multisig(threshold=4), UNKNOWN),
    ("threshold zero", GOOD.multisig(threshold=0), UNKNOWN),
    ("members in an order the program never writes",
     GOOD.multisig(members=tuple(reversed(MULTISIG.members))), UNKNOWN),
    ("canonical id on a cluster that anyone may start", canonical(Found(
        wallet("other genesis"), on_chain("genesis"))), UNKNOWN),
    ("canonical id, the cluster not known", canonical(UNREAD), UNKNOWN),
    ("more controllers than are followed", ladder(5, None), UNKNOWN),
    ("ProgramData bytes under another owner", GOOD.reading(
        _PROGRAMDATA, found(_PROGRAMDATA, programs.SYSTEM, bytes(200))), UNKNOWN),
    ("pointer to a ProgramData that is not its own", GOOD.reading(
        GOVERNANCE, found(GOVERNANCE, programs.LOADER_V3, _FOREIGN_POINTER, executable=True)),
     UNKNOWN),
    ("program account unreadable", GOOD.reading(GOVERNANCE, UNREAD), UNKNOWN),
    ("ProgramData unreadable", GOOD.reading(_PROGRAMDATA, UNREAD), UNKNOWN),
    ("ProgramData cut short", GOOD.reading(
        _PROGRAMDATA, found(_PROGRAMDATA, programs.LOADER_V3, b"\x03\0\0\0")), UNKNOWN),
    ("authority's account unreadable", GOOD.reading(MULTISIG.vault(), UNREAD), UNKNOWN),
    ("multisig unreadable", GOOD.reading(ADDRESS, UNREAD), UNKNOWN),
    ("multisig does not exist", GOOD.reading(ADDRESS, ABSENT), UNKNOWN),
    ("controller program unreadable", canonical().reading(
        programs.SQUADS_V4, UNREAD), UNKNOWN),
    ("moving", replace(GOOD, moving=("the authority changed",)), UNKNOWN),
    ("providers disagree on the program", GOOD.reading(GOVERNANCE, TORN), DIVERGED),
    ("providers disagree on ProgramData", GOOD.reading(_PROGRAMDATA, TORN), DIVERGED),
    ("providers disagree on the multisig", GOOD.reading(ADDRESS, TORN), DIVERGED),
)  # fmt: skip

_UA_06: tuple[tuple[str, World, Status], ...] = (
    ("2 of 3, 86,400 s, no bypass", GOOD, PASS),
    ("half of the voters are enough: noted", GOOD.multisig(members=with_member(7)), PASS),
    ("every voter is needed: noted", GOOD.multisig(threshold=3), PASS),
    ("a member more who only executes", GOOD.multisig(members=with_member(EXECUTE)), PASS),
    ("renounced", IMMUTABLE, Status.NOT_APPLICABLE),
    ("one key pair", WALLET, FAIL),
    ("threshold 1", GOOD.multisig(threshold=1), FAIL),
    ("two voters", GOOD.multisig(members=MULTISIG.members[:2]), FAIL),
    ("members who may not vote are no voters",
     GOOD.multisig(members=members(7, 7, INITIATE | EXECUTE)), FAIL),
    ("config authority set", GOOD.multisig(config_authority=STRANGER), FAIL),
    ("a second short of a day", GOOD.multisig(time_lock=86_399), FAIL),
    ("no time lock", GOOD.multisig(time_lock=0), FAIL),
    ("multisig program under one key pair", GOOD.controller(authority=STRANGER), FAIL),
    ("multisig program under a multisig that one key moves", replace(
        GOOD, multisigs=(MULTISIG, _WEAK_OWN)).controller(authority=_WEAK_OWN.vault()), FAIL),
    ("derived address that nothing explains", UNKNOWN_PDA, UNKNOWN),
    ("threshold above the voters", GOOD.multisig(threshold=4), UNKNOWN),
    ("multisig under a program whose hash is not listed", replace(GOOD, listed=False), UNKNOWN),
    ("multisig bytes under a program that anyone wrote", _OUTSIDER, UNKNOWN),
    ("multisig unreadable", GOOD.reading(ADDRESS, UNREAD), UNKNOWN),
    ("multisig does not exist", GOOD.reading(ADDRESS, ABSENT), UNKNOWN),
    ("the same member twice", GOOD.multisig(members=(
        MULTISIG.members[0], *MULTISIG.members[:2])), UNKNOWN),
    ("ProgramData unreadable", GOOD.reading(_PROGRAMDATA, UNREAD), UNKNOWN),
    ("closed program", GOOD.reading(_PROGRAMDATA, ABSENT), UNKNOWN),
    ("moving", replace(GOOD, moving=("the time lock changed",)), UNKNOWN),
    ("renounced while it was read", replace(IMMUTABLE, moving=("it changed",)), UNKNOWN),
    ("providers disagree on the multisig", GOOD.reading(ADDRESS, TORN), DIVERGED),
    ("providers disagree on ProgramData", GOOD.reading(_PROGRAMDATA, TORN), DIVERGED),
)  # fmt: skip


_UA_04: tuple[tuple[str, World, tuple[SourceOf, ...], Status], ...] = (
    ("the record says what the chain has", GOOD, (record(),), PASS),
    ("members in another order", GOOD, (record({"members": [*reversed(MEMBERS)]}),), PASS),
    ("time lock in hours", GOOD,
     (record({"time_lock_seconds": None, "time_lock_hours": 24}),), PASS),
    ("a record of another cluster beside it, mapped as such", GOOD,
     (record(), record({"threshold": 9}, file="other.json", cluster="devnet")), PASS),
    ("an archived record beside it", GOOD,
     (record(), record({"threshold": 9}, file="old.json", state="archived")), PASS),
    ("renounced, and recorded so", IMMUTABLE, (record(dict.fromkeys(RECORD) | {
        "upgrade_authority": "Renounced"}),), PASS),
    ("a wallet, and recorded so", WALLET, (record(dict.fromkeys(RECORD) | {
        "upgrade_authority": STRANGER}),), PASS),
    ("another holder", GOOD, (record({"upgrade_authority": STRANGER}),), FAIL),
    ("another multisig", GOOD, (record({"multisig": STRANGER}),), FAIL),
    ("another threshold", GOOD, (record({"threshold": 3}),), FAIL),
    ("another time lock", GOOD, (record({"time_lock_seconds": 172_800}),), FAIL),
    ("seconds and hours that differ", GOOD, (record({"time_lock_hours": 48}),), FAIL),
    ("hours in digits that are none", GOOD,
     (record({"time_lock_seconds": None, "time_lock_hours": "\u00b2"}),), FAIL),
    ("a member missing", GOOD, (record({"members": list(MEMBERS[:2])}),), FAIL),
    ("a member too many", GOOD, (record({"members": [*MEMBERS, STRANGER]}),), FAIL),
    ("another program", GOOD, (record({"program_id": STRANGER}),), FAIL),
    ("another cluster by its own words", GOOD, (record({"cluster": "mainnet"}),), FAIL),
    ("two records that disagree", GOOD,
     (record(), record({"threshold": 3}, file="second.json")), FAIL),
    ("a wallet, and a multisig claimed", WALLET, (record({"upgrade_authority": STRANGER}),), FAIL),
    ("renounced, and a holder recorded", IMMUTABLE, (record(),), FAIL),
    ("a document alone would agree: the chain has a wallet", WALLET, (record(),), FAIL),
    ("no threshold stated", GOOD, (record({"threshold": None}),), MISSING),
    ("a threshold still to be filled in", GOOD, (record({"threshold": ""}),), MISSING),
    ("an empty list of members", GOOD, (record({"members": []}),), MISSING),
    ("the file is not in the checkout", GOOD,
     (record(read=ProvenAbsent(in_checkout(FILE))),), MISSING),
    ("no record is mapped", GOOD, (), UNKNOWN),
    ("only a record of another cluster", GOOD, (record(cluster="devnet"),), UNKNOWN),
    ("only an archived record", GOOD, (record(state="archived"),), UNKNOWN),
    ("no checkout", GOOD, (record(read=Unknown("no checkout was given")),), UNKNOWN),
    ("the record is not JSON", GOOD,
     (record(read=Found(b"{'threshold': 2}", in_checkout(FILE))),), UNKNOWN),
    ("a second record that can't be read", GOOD,
     (record(), record(file="second.json", read=UNREAD)), UNKNOWN),
    ("the holder is not recognised", UNKNOWN_PDA, (record(),), UNKNOWN),
    ("the multisig is unreadable", GOOD.reading(ADDRESS, UNREAD), (record(),), UNKNOWN),
    ("moving", replace(GOOD, moving=("the members changed",)), (record(),), UNKNOWN),
    ("providers disagree on the multisig", GOOD.reading(ADDRESS, TORN), (record(),), DIVERGED),
)  # fmt: skip

_NO_PROGRAM = CustodyFacts("localnet", (), GOOD.facts())
_NO_EVIDENCE = replace(
    facts(), programs=tuple(
        replace(p, links=tuple(replace(link, at=ReadAt()) for link in p.links))
        for p in facts(IMMUTABLE).programs
    ),
)  # fmt: skip

CASES: tuple[Case, ...] = (
    *(Case("UA-01", name, facts(world), status) for name, world, status in _UA_01),
    *(Case("UA-04", name, facts(world, *told), status) for name, world, told, status in _UA_04),
    *(Case("UA-06", name, facts(world), status) for name, world, status in _UA_06),
    *(Case(control, "no program in scope", _NO_PROGRAM, UNKNOWN)
      for control in ("UA-01", "UA-04", "UA-06")),
    *(Case(control, "nothing recorded that it rests on", _NO_EVIDENCE, UNKNOWN)
      for control in ("UA-01", "UA-06")),
    *controllers.CASES,
    *history.CASES,
    *signers.CASES,
)  # fmt: skip
