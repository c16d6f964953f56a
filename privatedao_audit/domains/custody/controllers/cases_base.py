"""What the cases of the controllers share: a sound world and the facts made of it."""

from __future__ import annotations

from typing import Any

from privatedao_audit.domains.authority.resolve import chain_of
from privatedao_audit.domains.authority.world import GOVERNANCE, STRANGER, World
from privatedao_audit.domains.cases import on_chain
from privatedao_audit.domains.custody.controllers.facts import ControllerFacts
from privatedao_audit.model.reads import Diverged, Read, Unknown
from privatedao_audit.model.status import Status
from privatedao_audit.repository.reads import Change

FAIL, PASS, UNKNOWN, STALE = Status.FAIL, Status.PASS, Status.UNKNOWN, Status.STALE
MISSING, DIVERGED, ATTESTED = Status.MISSING, Status.DIVERGED, Status.ATTESTED
NA = Status.NOT_APPLICABLE

UNREAD: Read[Any] = Unknown("the node answered 503")
TORN: Read[Any] = Diverged("first and second give other bytes", on_chain("accounts"))
#: 2025-12-30, two days before everything in these cases was read.
CHANGED = Change("c" * 40, 1_767_052_800)
LONG_AGO = Change("c" * 40, 1_600_000_000)

GOOD = World()
MULTISIG = GOOD.multisigs[0]
IMMUTABLE = GOOD.program(authority=None)
WALLET = GOOD.program(authority=STRANGER)
PROGRAMDATA = GOOD.programs[0].programdata
SIGNATURE = "5" * 87


def facts(world: World = GOOD, **controllers: Any) -> Any:
    """Custody facts of a world with these documents and authorities."""
    from privatedao_audit.domains.custody.facts import CustodyFacts, ProgramCustody

    authority, target = world.facts(), world.target()
    links = tuple(chain_of(GOVERNANCE, authority, target))
    return CustodyFacts(
        world.cluster,
        (ProgramCustody("governance", GOVERNANCE, links, ()),),
        authority,
        ControllerFacts(**controllers),
    )
