"""Cases of UA-10: signers who are no plain members of the multisig."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from privatedao_audit.chain.layouts.squads import Member
from privatedao_audit.domains.authority.controllers import OldMultisig, Realms
from privatedao_audit.domains.authority.world import (
    MEMBERS,
    STRANGER,
    Multisig,
    World,
    derived,
    key_bytes,
    wallet,
)
from privatedao_audit.domains.custody.facts import CustodyFacts
from privatedao_audit.domains.custody.history import world as w
from privatedao_audit.domains.custody.history.facts import MultisigHistory, NonceUse
from privatedao_audit.domains.custody.history.variations import NONCE, nonce
from privatedao_audit.domains.custody.history.world import facts, signer
from privatedao_audit.model.reads import Found
from privatedao_audit.model.status import Status

FAIL, PASS, UNKNOWN = Status.FAIL, Status.PASS, Status.UNKNOWN

_PEOPLE = tuple(sorted((wallet(f"inner member {n}") for n in range(2)), key=key_bytes))


def _members(*keys: str) -> tuple[Member, ...]:
    return tuple(Member(key, 7) for key in sorted(keys, key=key_bytes))


#: A multisig of two people, and one whose config authority is a third person.
INNER = Multisig(create_key=derived("inner multisig"), members=_members(*_PEOPLE))
LED = replace(INNER, config_authority=STRANGER)


def _history(one: Multisig) -> MultisigHistory:
    read = replace(w.SOUND, multisigs=(one,)).facts().accounts[one.address]
    assert isinstance(read, Found)
    state: Any = read.value.content
    return replace(w.HISTORY, address=one.address, state=state, vaults=(), slots=())


def nested(
    inner: Multisig, asked: Sequence[str], *, known: bool = True, key: str | None = None
) -> CustodyFacts:
    """The facts in which a vault of another multisig is the third member.

    Args:
        asked: whose histories were read besides those of the two plain members and the vaults.
        known: whether the other multisig may be believed.
        key: the third member, where it is no vault of the other one.
    """
    third = key or inner.vault()
    world = w.SOUND.multisig(members=_members(*MEMBERS[:2], third))
    plain = [signer(one) for one in (*MEMBERS[:2], third, *asked)]
    given = facts(world, signers=(*plain, signer(w.VAULT, "vault")))
    state = next(p.links[0].state for p in given.programs)
    assert state is not None
    outer = replace(w.HISTORY, state=state)
    multisigs = (outer, _history(inner)) if known else (outer,)
    return replace(given, history=replace(given.history, multisigs=multisigs))


def led(*more: Any, **nonces: Any) -> CustodyFacts:
    """The facts in which a stranger is config authority, with these further signers."""
    world = w.SOUND.multisig(config_authority=STRANGER)
    return facts(world, signers=(*w.SIGNERS, *more), **nonces)


def behind(world: World, *keys: str) -> CustodyFacts:
    """The facts of another kind of controller, with these signers looked at."""
    return facts(world, signers=[signer(key) for key in keys], multisig=None)


_OLD = OldMultisig()
_USE = NonceUse(NONCE, "AdvanceNonceAccount", "nonce-1", 500, True, True)

UA_10_SIGNERS: tuple[tuple[str, CustodyFacts, Status], ...] = (
    ("a config authority whose history is read", led(signer(STRANGER, "config authority")), PASS),
    ("a member is a vault of a known multisig", nested(INNER, _PEOPLE), PASS),
    ("that multisig has a config authority, who is looked at",
     nested(LED, (*_PEOPLE, STRANGER)), PASS),
    ("Squads v3, with all its keys", behind(_OLD.world(), _OLD.authority(), *MEMBERS), PASS),
    ("the config authority has carried a change on a nonce", led(
        signer(STRANGER, "config authority", uses=(_USE,)), nonces=nonce(STRANGER)), FAIL),
    ("the config authority was left out", led(), UNKNOWN),
    ("a signer behind a member was left out", nested(INNER, _PEOPLE[:1]), UNKNOWN),
    ("the config authority behind a member was left out", nested(LED, _PEOPLE), UNKNOWN),
    ("the multisig behind a member may not be believed",
     nested(INNER, _PEOPLE, known=False), UNKNOWN),
    ("a member is a derived address that nothing explains",
     nested(INNER, _PEOPLE, key=derived("vault of nobody")), UNKNOWN),
    ("Squads v3, a key left out",
     behind(_OLD.world(), _OLD.authority(), *MEMBERS[:2]), UNKNOWN),
    ("Squads v3, its keys left out", behind(_OLD.world(), _OLD.authority()), UNKNOWN),
    ("a realm, whose voters nobody lists",
     behind(Realms().world(), Realms().treasury), UNKNOWN),
)  # fmt: skip
