"""Facts about everyone who has power over the programs and the DAO, and through what."""

from __future__ import annotations

from dataclasses import dataclass

from privatedao_audit.domains.authority.history import LoaderEvent
from privatedao_audit.domains.authority.link import Link
from privatedao_audit.model.reads import Read
from privatedao_audit.model.target import Surface
from privatedao_audit.repository.reads import Change
from privatedao_audit.repository.surfaces import Rows, Statement


@dataclass(frozen=True, slots=True)
class Other:
    """An authority beside the upgrade authorities.

    Attributes:
        of: name of the DAO or mint that it is over; ``address`` is its account.
        role: e.g. ``authority``, ``operator authority``, ``proof attestors``, ``mint``.
        kind: ``dao``, ``policy``, ``attestors`` or ``mint``.
        keys: who holds it; Found with no key: nobody does. Absent: there is no such record.
        threshold: how many of them it takes.
        links: key → from that key to its last controller.
    """

    of: str
    address: str
    role: str
    kind: str
    keys: Read[tuple[str, ...]]
    threshold: int
    links: dict[str, tuple[Link, ...]]


@dataclass(frozen=True, slots=True)
class DaoPower:
    """What moves a DAO's treasury, besides its code.

    Attributes:
        program: id of the program whose code moves the treasury.
        mint: governance mint; None where there is none or it could not be read.
        delays: name → seconds, as the DAO has them.
        gap: why the DAO could not be read; empty otherwise.
    """

    name: str
    address: str
    program: str
    treasury: str
    mint: str | None
    rule: str
    delays: dict[str, int]
    gap: str


@dataclass(frozen=True, slots=True)
class Document:
    """A policy or path of the checkout about one program.

    Attributes:
        program: name of the program in scope.
        changed: the last change of the file in git.
    """

    program: str
    surface: Surface
    said: Read[Statement]
    changed: Read[Change]


@dataclass(frozen=True, slots=True)
class Rehearsed:
    """A transaction that a path names as its rehearsal.

    Attributes:
        changes: loader instructions in it that hand over or give up an authority.
        inner_recorded: whether calls made inside are known.
    """

    signature: str
    slot: int
    block_time: int | None
    succeeded: bool
    changes: tuple[LoaderEvent, ...]
    inner_recorded: bool


@dataclass(frozen=True, slots=True)
class ControllerFacts:
    """Facts about everyone who has power over the programs and the DAO, and through what.

    Attributes:
        others: the authorities of UA-09.
        gaps: why authorities may be missing from them, one sentence each.
        policies, paths: upgrade policies and revocation paths of the checkout.
        rehearsals: signature → transaction, for those that paths name on this cluster.
        registers: signer registers of the checkout: who is recorded as a holder.
    """

    others: tuple[Other, ...] = ()
    gaps: tuple[str, ...] = ()
    daos: tuple[DaoPower, ...] = ()
    policies: tuple[Document, ...] = ()
    paths: tuple[Document, ...] = ()
    rehearsals: tuple[tuple[str, Read[Rehearsed]], ...] = ()
    registers: tuple[Read[Rows], ...] = ()
