"""Cases of UA-09: the authorities beside the upgrade authorities."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

from privatedao_audit.chain import programs
from privatedao_audit.domains.authority.controllers import (
    Realms,
    extension,
    mint_data,
    token_multisig_data,
)
from privatedao_audit.domains.authority.world import (
    ABSENT,
    MEMBERS,
    STRANGER,
    Multisig,
    World,
    derived,
    found,
    key_bytes,
    wallet,
)
from privatedao_audit.domains.cases import Case, in_checkout, on_chain
from privatedao_audit.domains.custody.controllers.cases_base import (
    DIVERGED,
    FAIL,
    GOOD,
    MISSING,
    MULTISIG,
    PASS,
    TORN,
    UNKNOWN,
    UNREAD,
    facts,
)
from privatedao_audit.domains.custody.controllers.collect import followed, mint_powers
from privatedao_audit.domains.custody.controllers.facts import Other
from privatedao_audit.domains.release.facts import SourceOf
from privatedao_audit.model.reads import Found, ProvenAbsent, Read
from privatedao_audit.model.status import Status
from privatedao_audit.model.target import Surface
from privatedao_audit.repository.surfaces import Rows, statement

_REALM = Realms()
_HIDDEN = derived("vault of an unknown multisig")

DAO, MINT = derived("dao"), derived("mint of the votes")
VAULT = MULTISIG.vault(1)
_PLACE = on_chain("dao")


def register(
    *keys: str, read: Read[Rows] | None = None, roles: str = "dao-authority\nattestor\nissuer"
) -> Read[Rows]:
    """A signer register that names these keys, or whatever was read of it."""
    rows = tuple({"key": key, "roles": roles} for key in keys)
    said = Rows("signers.json", "signer-register", "current", rows)
    return Found(said, in_checkout("signers.json")) if read is None else read


def role(keys: Read[tuple[str, ...]] | tuple[str, ...], **change: Any) -> Other:
    """An authority of the DAO, before it is followed."""
    read = Found(keys, _PLACE) if isinstance(keys, tuple) else keys
    given: dict[str, Any] = {
        "of": "DAO", "address": DAO, "role": "authority", "kind": "dao", "keys": read,
        "threshold": 1, "links": {},
    }  # fmt: skip
    return Other(**{**given, **change})


def others(
    *held: Other, world: World = GOOD, mint: Read[Any] | None = None,
    registers: tuple[Read[Rows], ...] = (register(MULTISIG.address),), gaps: tuple[str, ...] = (),
) -> Any:  # fmt: skip
    """Custody facts in which these authorities, and those of a mint, were followed."""
    for one in held:
        for key in one.keys.value if isinstance(one.keys, Found) else ():
            if key not in world.instead:
                world = world.reading(key, found(key, programs.SYSTEM))
    mints = {} if mint is None else {MINT: "votes"}
    if mint is not None:
        world = world.reading(MINT, mint)
        for key in (STRANGER, MULTISIG.vault(2)):
            world = world.reading(key, found(key, programs.SYSTEM))
    authority, target = world.facts(), world.target()
    every = [*held, *mint_powers(mints, authority)]
    return facts(
        world,
        others=tuple(followed(one, authority, target) for one in every),
        registers=registers,
        gaps=gaps,
    )


def mint_of(
    authority: str | None = None, freeze: str | None = None, extensions: bytes = b""
) -> Read[Any]:
    """The mint's account as read."""
    program = programs.TOKEN_2022 if extensions else programs.TOKEN
    return found(MINT, program, mint_data(authority, freeze, extensions))


_ATTESTORS = {"role": "proof attestors", "kind": "attestors"}
_TOKENS = derived("token multisig of the mint")
_FAST = Multisig(create_key=derived("fast"), time_lock=0)
_TWO = replace(GOOD, multisigs=(MULTISIG, _FAST))
_DELEGATE = extension(12, key_bytes(STRANGER))
_STRANGERS = (wallet("attestor 1"), wallet("attestor 2"), wallet("attestor 3"))


def _with_tokens(required: int) -> World:
    data = token_multisig_data(required, MEMBERS)
    return GOOD.reading(_TOKENS, found(_TOKENS, programs.TOKEN, data))


def _recorded_in(
    said: dict[str, Any], *held: Other, file: str = "custody.json", given: Any = None,
    read: Read[bytes] | None = None, **surface: Any,
) -> Any:  # fmt: skip
    """The DAO's authority (or those given) beside a custody record that says this."""
    fields = {k: f"/{k}" + ("/*" if isinstance(v, list) else "") for k, v in said.items()}
    mapped = Surface.model_validate(
        {"part": "custody-record", "file": file, "format": "json", "program": "governance",
         "fields": fields, **surface}
    )  # fmt: skip
    text = Found(json.dumps(said).encode(), in_checkout(file)) if read is None else read
    record = SourceOf(mapped, statement(mapped, "localnet", text))
    given = others(*(held or (role((VAULT,)),)), registers=(register(),)) if given is None else (
        given
    )  # fmt: skip
    recorded = tuple(replace(p, records=(*p.records, record)) for p in given.programs)
    return replace(given, programs=recorded)


def _under(field: str, *holders: str) -> dict[str, Any]:
    return {field: list(holders)}


_DAO = "dao_authority"
_OPERATOR = role((VAULT,), role="operator authority")
_NO_OPERATOR = role(ProvenAbsent(_PLACE), role="operator authority")
_POLICY = role((VAULT,), kind="policy", role="authority of x")
_KNOWN = (register(*MEMBERS, *_STRANGERS, STRANGER, _TOKENS, MULTISIG.address, _FAST.address),)
_UA_09: tuple[tuple[str, Any, Status], ...] = (
    ("another vault of the multisig, and a mint of nobody's",
     others(role((VAULT,)), mint=mint_of()), PASS),
    ("the mint's authority is a vault", others(mint=mint_of(MULTISIG.vault(2))), PASS),
    ("no such policy, so nobody's", others(
        role((VAULT,)), role(ProvenAbsent(_PLACE), kind="policy", role="authority of x")), PASS),
    ("no treasury operator was ever made", others(role((VAULT,)), _NO_OPERATOR), PASS),
    ("the register has a word of its own for the holder", others(
        role((VAULT,)), registers=(register(VAULT, roles="recovery-or-governance"),)), PASS),
    ("one attestor, a vault", others(role((VAULT,), **_ATTESTORS)), PASS),
    ("two vaults must attest, of two multisigs that wait", others(
        role((VAULT, _FAST.vault(0), MULTISIG.vault(2)), threshold=1, **_ATTESTORS),
        world=replace(_TWO, multisigs=(MULTISIG, replace(_FAST, time_lock=90_000))),
        registers=(register(MULTISIG.address, _FAST.address),)), PASS),
    ("the DAO's authority is a wallet", others(role((STRANGER,)), registers=_KNOWN), FAIL),
    ("a policy's authority is a wallet", others(
        role((VAULT,)), role((STRANGER,), kind="policy", role="authority of x"),
        registers=_KNOWN), FAIL),
    ("a wallet may make votes", others(mint=mint_of(STRANGER), registers=_KNOWN), FAIL),
    ("a wallet may freeze votes", others(mint=mint_of(None, STRANGER), registers=_KNOWN), FAIL),
    ("a wallet may take votes", others(
        mint=mint_of(None, None, _DELEGATE), registers=_KNOWN), FAIL),
    ("a wallet may close the mint", others(
        mint=mint_of(None, None, extension(3, key_bytes(STRANGER))), registers=_KNOWN), FAIL),
    ("a token multisig over the mint has no delay",
     others(mint=mint_of(_TOKENS), world=_with_tokens(2), registers=_KNOWN), FAIL),
    ("a token multisig over the DAO is a dead key",
     others(role((_TOKENS,)), world=_with_tokens(2), registers=_KNOWN), FAIL),
    ("a multisig without delay", others(
        role((_FAST.vault(0),)), world=_TWO, registers=_KNOWN), FAIL),
    ("three wallets attest, two must, at once",
     others(role(_STRANGERS, threshold=2, **_ATTESTORS), registers=_KNOWN), FAIL),
    ("one of three wallets is enough",
     others(role(_STRANGERS, threshold=1, **_ATTESTORS), registers=_KNOWN), FAIL),
    ("both attestors are vaults of one fast multisig", others(
        role((_FAST.vault(0), _FAST.vault(1)), threshold=2, **_ATTESTORS), world=_TWO,
        registers=_KNOWN), FAIL),
    ("the multisig's program under a wallet",
     others(role((VAULT,)), world=GOOD.controller(authority=STRANGER)), FAIL),
    ("a document alone says it is a multisig",
     others(role((STRANGER,)), registers=(register(STRANGER),)), FAIL),
    ("the custody record names the multisig",
     _recorded_in(_under(_DAO, MULTISIG.address)), PASS),
    ("the custody record names the vault", _recorded_in(_under(_DAO, VAULT)), PASS),
    ("the record names all of them", _recorded_in(
        {**_under(_DAO, VAULT), **_under("treasury_operator", VAULT),
         **_under("policy_authorities", VAULT)}, role((VAULT,)), _OPERATOR, _POLICY), PASS),
    ("no treasury operator, and recorded so", _recorded_in(
        {**_under(_DAO, VAULT), **_under("treasury_operator", "none")},
        role((VAULT,)), _NO_OPERATOR), PASS),
    ("the record names another holder", _recorded_in(_under(_DAO, STRANGER)), FAIL),
    ("another holder, and a register names the right one", _recorded_in(
        _under(_DAO, STRANGER), given=others(role((VAULT,)))), FAIL),
    ("one record names the holder, another one somebody else", _recorded_in(
        _under(_DAO, STRANGER), file="second.json", given=_recorded_in(_under(_DAO, VAULT))), FAIL),
    ("the record names one holder too many", _recorded_in(_under(_DAO, VAULT, STRANGER)), FAIL),
    ("the record names one policy's holder of two", _recorded_in(
        {**_under(_DAO, VAULT), **_under("policy_authorities", VAULT)}, role((VAULT,)), _POLICY,
        role((MULTISIG.vault(2),), kind="policy", role="authority of y")), FAIL),
    ("the record says nobody, and a vault holds it", _recorded_in(_under(_DAO, "none")), FAIL),
    ("the record names an operator, and nobody is one", _recorded_in(
        {**_under(_DAO, VAULT), **_under("treasury_operator", STRANGER)},
        role((VAULT,)), _NO_OPERATOR), FAIL),
    ("the record names who may make votes, and nobody may", _recorded_in(
        _under("mint_authorities", STRANGER), given=others(role((VAULT,)), mint=mint_of())), FAIL),
    ("the record names the multisig of the code alone",
     _recorded_in({"multisig": MULTISIG.address}), MISSING),
    ("the record names the operator, and is silent on the DAO", _recorded_in(
        _under("treasury_operator", VAULT), role((VAULT,)), _OPERATOR), MISSING),
    ("the place in the record is still to be filled", _recorded_in(_under(_DAO, "TBD")), MISSING),
    ("the register knows the holder as a reviewer alone", others(
        role((VAULT,)), registers=(register(VAULT, roles="reviewer"),)), MISSING),
    ("the register knows the holder as a keeper alone", others(
        role((VAULT,)), registers=(register(VAULT, roles="keeper\nmultisig-member"),)), MISSING),
    ("the register knows the holder without a role", others(
        role((VAULT,)), registers=(register(VAULT, roles=""),)), MISSING),
    ("the record that names it is of another cluster",
     _recorded_in(_under(_DAO, MULTISIG.address), cluster="devnet"), MISSING),
    ("the record that names it is archived",
     _recorded_in(_under(_DAO, MULTISIG.address), state="archived"), MISSING),
    ("nobody recorded the holder", others(role((VAULT,)), registers=(register(),)), MISSING),
    ("the record names whom nobody can check", _recorded_in(
        {**_under(_DAO, VAULT), **_under("attestors", STRANGER)}), UNKNOWN),
    ("the record may name the multisig behind an address that nothing explains", _recorded_in(
        _under(_DAO, STRANGER), role((_HIDDEN,))), UNKNOWN),
    ("the record could not be read", _recorded_in({_DAO: VAULT}, read=UNREAD), UNKNOWN),
    ("no register is mapped", others(role((VAULT,)), registers=()), UNKNOWN),
    ("the register is unreadable",
     others(role((VAULT,)), registers=(register(read=UNREAD),)), UNKNOWN),
    ("the DAO is unreadable", others(role(UNREAD)), UNKNOWN),
    ("the DAO does not exist", others(role(ProvenAbsent(_PLACE))), UNKNOWN),
    ("a derived address that nothing explains",
     others(role((_HIDDEN,)), registers=(register(_HIDDEN),)), UNKNOWN),
    ("one of two attestors is not recognised", others(
        role((_HIDDEN, *_STRANGERS[:1]), threshold=2, **_ATTESTORS),
        registers=(register(_HIDDEN, *_STRANGERS),)), UNKNOWN),
    ("the mint is unreadable", others(role((VAULT,)), mint=UNREAD), UNKNOWN),
    ("the mint does not exist", others(role((VAULT,)), mint=ABSENT), UNKNOWN),
    ("the mint is no mint", others(
        role((VAULT,)), mint=found(MINT, programs.SYSTEM, bytes(82))), UNKNOWN),
    ("the mint has an extension that nobody knows", others(
        role((VAULT,)), mint=mint_of(None, None, extension(99, b"\x01"))), UNKNOWN),
    ("the protocol is not known", others(gaps=("The protocol is not known.",)), UNKNOWN),
    ("no authority at all", others(), UNKNOWN),
    ("moving", others(role((VAULT,)), world=replace(GOOD, moving=("it changed",))), UNKNOWN),
    ("a realm", others(role((_REALM.treasury,)), world=_REALM.world(),
                       registers=(register(_REALM.address),)), UNKNOWN),
    ("providers disagree on the DAO", others(role(TORN)), DIVERGED),
    ("providers disagree on the mint", others(role((VAULT,)), mint=TORN), DIVERGED),
    ("providers disagree on the multisig",
     others(role((VAULT,)), world=GOOD.reading(MULTISIG.address, TORN)), DIVERGED),
)  # fmt: skip

CASES: tuple[Case, ...] = tuple(
    Case("UA-09", name, given, status) for name, given, status in _UA_09
)
