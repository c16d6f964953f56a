"""Cases of UA-01 and UA-06: controllers of other kinds than the usual one."""

from __future__ import annotations

from dataclasses import replace

from privatedao_audit.chain import programs
from privatedao_audit.domains.authority.controllers import OldMultisig, Realms
from privatedao_audit.domains.authority.world import (
    GOVERNANCE,
    STRANGER,
    World,
    derived,
    found,
    key_bytes,
    wallet,
)
from privatedao_audit.domains.cases import Case
from privatedao_audit.domains.custody.controllers.cases_base import (
    DIVERGED,
    FAIL,
    GOOD,
    MULTISIG,
    PASS,
    TORN,
    UNKNOWN,
    UNREAD,
    facts,
)
from privatedao_audit.model.status import Status

_OLD, _REALM = OldMultisig(), Realms()
_SEEN = replace(GOOD, named=False, shown=True)
_TAIL = GOOD.multisig(tail=bytes(330))
_RENT = GOOD.multisig(rent_collector=STRANGER)
_HIDDEN = derived("vault of an unknown multisig")


def _voters(*hidden: str) -> World:
    """The sound multisig with derived addresses in the place of as many members."""
    kept = [replace(m, key=key) for m, key in zip(MULTISIG.members, hidden, strict=False)]
    everyone = (*kept, *MULTISIG.members[len(hidden) :])
    return GOOD.multisig(members=tuple(sorted(everyone, key=lambda m: key_bytes(m.key))))


def _five(*hidden: str) -> World:
    """Three of five, with derived addresses in the place of some members."""
    keys = (*hidden, *(wallet(f"fifth {n}") for n in range(5 - len(hidden))))
    members = tuple(replace(MULTISIG.members[0], key=k) for k in sorted(keys, key=key_bytes))
    return GOOD.multisig(members=members, threshold=3)


def _moved(status: int, authority: str = STRANGER) -> World:
    """The program under loader v4."""
    data = (100).to_bytes(8, "little") + key_bytes(authority) + status.to_bytes(8, "little")
    return GOOD.reading(
        GOVERNANCE, found(GOVERNANCE, programs.LOADER_V4, data + b"\x7fELF", executable=True)
    ).reading(STRANGER, found(STRANGER, programs.SYSTEM))


_HOLDERS: tuple[tuple[str, World, Status, Status], ...] = (
    ("vault whose history shows the multisig", _SEEN, PASS, PASS),
    ("multisig account longer than its content", _TAIL, PASS, PASS),
    ("multisig with a rent collector", _RENT, PASS, PASS),
    ("Squads v3", _OLD.world(), PASS, FAIL),
    ("Squads v3 that one key moves", replace(_OLD, threshold=1).world(), PASS, FAIL),
    ("Squads v3 whose threshold is above its keys", replace(_OLD, threshold=4).world(),
     UNKNOWN, UNKNOWN),
    ("Squads v3 listed as another kind", _OLD.world(kind="squads-v4"), UNKNOWN, UNKNOWN),
    ("Squads v3 under a program whose hash is not listed",
     replace(_OLD.world(), listed=False), UNKNOWN, UNKNOWN),
    ("Squads v3 under a program that a wallet replaces", _OLD.world(authority=STRANGER),
     FAIL, FAIL),
    ("native treasury of a realm", _REALM.world(), PASS, UNKNOWN),
    ("governance of a realm", _REALM.world(treasury=False), PASS, UNKNOWN),
    ("realm under a program whose hash is not listed",
     replace(_REALM.world(), listed=False), UNKNOWN, UNKNOWN),
    ("realm under a program that a wallet replaces", _REALM.world(authority=STRANGER),
     FAIL, FAIL),
    ("realm with an authority outside", replace(_REALM, authority=STRANGER).world(), PASS, FAIL),
    ("realm with an authority that is a derived address",
     replace(_REALM, authority=_HIDDEN).world(), PASS, UNKNOWN),
    ("realm without hold-up", replace(_REALM, hold_up=0).world(), PASS, FAIL),
    ("realm whose council mint a wallet makes",
     replace(_REALM, mint_authority=STRANGER).world(), PASS, FAIL),
    ("realm whose community votes by an add-in",
     replace(_REALM, community=5, addin=STRANGER).world(), PASS, UNKNOWN),
    ("realm unreadable", _REALM.world().reading(_REALM.realm, UNREAD), UNKNOWN, UNKNOWN),
    ("realm account of another program", _REALM.world().reading(
        _REALM.realm, found(_REALM.realm, programs.SYSTEM)), UNKNOWN, UNKNOWN),
    ("realm whose council mint is unreadable",
     _REALM.world().reading(_REALM.mints[1], UNREAD), PASS, UNKNOWN),
    ("providers disagree on the realm",
     _REALM.world().reading(_REALM.realm, TORN), DIVERGED, DIVERGED),
    ("loader v4 under a wallet", _moved(1), FAIL, FAIL),
    ("loader v4, finalized", _moved(2), UNKNOWN, UNKNOWN),
    ("one of three voters is a derived address", _voters(_HIDDEN), PASS, UNKNOWN),
    ("two of five voters are derived addresses", _five(_HIDDEN, derived("second")), PASS, UNKNOWN),
    ("one of five voters is a derived address", _five(_HIDDEN), PASS, PASS),
)  # fmt: skip

CASES: tuple[Case, ...] = (
    *(Case("UA-01", name, facts(world), first) for name, world, first, _ in _HOLDERS),
    *(Case("UA-06", name, facts(world), last) for name, world, _, last in _HOLDERS),
)
