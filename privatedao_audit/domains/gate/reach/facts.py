"""Facts about the scope: what it holds, what is named, and what authority leads to."""

from __future__ import annotations

from dataclasses import dataclass, field

from privatedao_audit.model.reads import Read, Unknown

__all__ = ["Named", "ReachFacts", "Reached"]


@dataclass(frozen=True, slots=True)
class Named:
    """An address that documents name as a program, DAO, multisig or mint of this cluster.

    Attributes:
        kind: ``program``, ``DAO``, ``multisig`` or ``mint``.
        where: first ``file, line N``.
        surface: a file that the target maps as current names it as holding now; otherwise it is
            listed and not judged.
        fits: whether the account there is of that kind; absent where there is no account.
        here: the document names it for this cluster; otherwise for none, or for several.
    """

    kind: str
    address: str
    where: str
    surface: bool
    fits: Read[bool]
    here: bool = True


@dataclass(frozen=True, slots=True)
class Reached:
    """An account on the way from the programs in scope to their controllers.

    Attributes:
        kind: ``multisig``, ``governance`` or ``program`` (that of a controller).
        known: for a program: canonical on this cluster, or listed by its executable's hash.
        read: the read it was seen by.
    """

    kind: str
    address: str
    known: bool
    read: Read[str]


@dataclass(frozen=True, slots=True)
class ReachFacts:
    """Whether the scope is complete.

    Attributes:
        scope: address → what it is.
        excluded: address → reason, by the target.
        documents: number of documents that were read for names.
        unread: file that the target maps as current → why its names are not all known.
        named: each address once.
        reached: each address once, whatever else it is.
        lost: address on the way to a controller → the read that did not succeed.
    """

    scope: dict[str, str] = field(default_factory=dict)
    excluded: dict[str, str] = field(default_factory=dict)
    documents: Read[int] = field(default_factory=lambda: Unknown("the documents were not read"))
    unread: dict[str, str] = field(default_factory=dict)
    named: tuple[Named, ...] = ()
    reached: tuple[Reached, ...] = ()
    lost: dict[str, Read[str]] = field(default_factory=dict)
