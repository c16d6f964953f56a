"""What the detectors may expect: registers, vaults, mints and calendar of the target."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from privatedao_audit.chain.addresses import parse_pubkey, squads_vault
from privatedao_audit.domains.custody.signers.dates import unix_seconds
from privatedao_audit.domains.sources import Sources
from privatedao_audit.history.detectors.story import POWERLESS, Announced, Known
from privatedao_audit.model.detection import Detection
from privatedao_audit.model.reads import Found, ProvenAbsent, Read, ReadAt, Unknown, decoded, joined
from privatedao_audit.model.target import Target
from privatedao_audit.repository.surfaces import Rows, rows

__all__ = ["Watch", "collect_watch"]

_DAY_CHARACTERS = len("2026-01-31")


@dataclass(frozen=True, slots=True)
class Watch:
    """What the target says may be expected, and when a detector speaks."""

    known: Known = field(default_factory=Known)
    parameters: Detection = field(default_factory=Detection)


async def collect_watch(
    sources: Sources, multisigs: Mapping[str, Read[str]], program_data: Iterable[str]
) -> Watch:
    """Registers and mints of the target, vaults of its multisigs, and the team's calendar.

    Args:
        multisigs: multisig → the program that owns it.
        program_data: ProgramData addresses of the programs in scope.
    """
    target = sources.target
    known = Known(
        roles=roles_of(target),
        vaults=frozenset(
            squads_vault(one.address, one.vault_index, owner.value).address
            for one in target.multisigs
            if isinstance(owner := multisigs.get(one.address), Found)
        ),
        mints=frozenset(one.address for one in target.mints if one.role != "archived"),
        program_data=frozenset(program_data),
        calendar=await _calendar(sources),
    )
    return Watch(known, target.detectors)


def roles_of(target: Target) -> dict[str, frozenset[str]]:
    """Registered role → keys. A key of demonstrations, reviews or tests is in no other role.

    Whatever else such a key was made, nobody expects it to act in an office.
    """
    found: dict[str, set[str]] = {}
    for one in target.wallets:
        idle = [role for role in one.roles if role in POWERLESS]
        for role in idle or one.roles:
            found.setdefault(role, set()).add(one.address)
    return {role: frozenset(keys) for role, keys in found.items()}


async def _calendar(sources: Sources) -> Read[tuple[Announced, ...]]:
    """All current calendars of the target's cluster as one; the first that can't be read else."""
    found: list[Announced] = []
    places: list[ReadAt] = []
    for surface in sources.target.current("proposal-calendar"):
        file = await sources.repository.file(surface.file)
        read = decoded(rows(surface, file), announced, f"the calendar {surface.file}")
        if isinstance(read, ProvenAbsent):
            # The target names it: that nothing was announced is not what its absence says.
            return Unknown(f"{surface.file} is not in the checkout", read.at)
        if not isinstance(read, Found):
            return read
        found += read.value
        places.append(read.at)
    return Found(tuple(found), joined(*places)) if places else ProvenAbsent(ReadAt())


def announced(said: Rows) -> tuple[Announced, ...]:
    """The rows of a calendar.

    Raises:
        ValueError: a row names neither number nor title, or a key or a date that is none.
    """
    found = []
    for number, row in enumerate(said.rows):
        if not (row.get("number") or row.get("title")):
            raise ValueError(f"row {number} names neither a number nor a title")
        text = row.get("opens", "").strip()
        opens = unix_seconds(text) if text else None
        if text and opens is None:
            raise ValueError(f"row {number}: {text[:40]!r} is no date, and no time with its zone")
        proposer = row.get("proposer") or None
        if proposer is not None:
            proposer = str(parse_pubkey(proposer, f"the proposer of row {number}"))
        found.append(
            Announced(row.get("number") or None, row.get("title") or None, proposer, opens,
                      len(text) == _DAY_CHARACTERS)
        )  # fmt: skip
    return tuple(found)
