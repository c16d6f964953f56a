"""Facts about the team's archive of executed actions."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from privatedao_audit.model.reads import Read

__all__ = ["Archive", "ArchiveFacts", "Imprint", "KeptRow"]

#: Aspect of a transaction → digest of it; None where it was not recorded.
Imprint = Mapping[str, str | None]


@dataclass(frozen=True, slots=True)
class KeptRow:
    """One row of an archive.

    Attributes:
        number: its place in the file, from 0.
        signature: of the transaction that it says it keeps.
        imprint: of the transaction as it is kept; None where the row keeps none that decodes.
        fault: why it keeps none, as a clause; empty where it does.
        another: the bytes are another transaction than the one named.
        authentic: every signature is that of its signer over the message.
        executes: proposals for which it holds a payout instruction of the DAO's program.
    """

    number: int
    signature: str
    imprint: Imprint | None
    fault: str
    another: bool = False
    authentic: bool = False
    executes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Archive:
    """One archive file.

    Attributes:
        genesis: genesis hashes that it states; none where it states none.
        rows: its rows.
    """

    file: str
    genesis: tuple[str, ...]
    rows: Read[tuple[KeptRow, ...]]


@dataclass(frozen=True, slots=True)
class ArchiveFacts:
    """The archives, and the chain's word on what they keep.

    Attributes:
        genesis_hash: of the target's cluster.
        chain: signature → what the chain shows, for every one that a row keeps.
    """

    genesis_hash: str = ""
    archives: tuple[Archive, ...] = ()
    chain: Mapping[str, Read[Imprint]] = field(default_factory=dict)
