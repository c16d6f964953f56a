"""What documents name and authority leads to, beside the scope of the target."""

from __future__ import annotations

from typing import Final

from privatedao_audit.chain import programs
from privatedao_audit.domains.authority.collect import collect_authorities
from privatedao_audit.domains.authority.facts import AuthorityFacts, Controller
from privatedao_audit.domains.authority.trust import kind_of, recognised
from privatedao_audit.domains.gate.ledger.facts import ClaimFacts, SeenAccount
from privatedao_audit.domains.gate.ledger.index import WELL_KNOWN
from privatedao_audit.domains.gate.reach.facts import Named, Reached, ReachFacts
from privatedao_audit.domains.sources import Sources
from privatedao_audit.model.reads import Found, ProvenAbsent, Read, Unknown, decoded
from privatedao_audit.model.target import Target
from privatedao_audit.repository.claims.model import Claim, Kind, State

__all__ = ["collect_reach"]

_KINDS: Final = {"program": "program", "dao": "DAO", "multisig": "multisig", "mint": "mint"}
_TOKENS: Final = (programs.TOKEN, programs.TOKEN_2022)


async def collect_reach(sources: Sources, claims: ClaimFacts) -> ReachFacts:
    """The scope, what current surfaces name, and the controllers of the programs in scope."""
    target = sources.target
    authority = await collect_authorities(sources)
    covered = claims.covered
    current = frozenset(one.file for one in target.current())
    unread = {}
    if isinstance(covered, Found):
        faults = {**covered.value.notes, **covered.value.unread}
        unread = {file: why for file, why in faults.items() if file in current}
        if covered.value.gap:
            unread["the checkout"] = covered.value.gap
    reached, lost = _controllers(authority, target)
    return ReachFacts(
        _scope(target),
        {one.address: one.reason for one in target.excluded},
        decoded(covered, lambda one: one.read, "the documents"),
        unread,
        _named(claims, current),
        reached,
        lost,
    )


def _scope(target: Target) -> dict[str, str]:
    return {
        **{one.address: "mint" for one in target.mints},
        **{one.address: "multisig" for one in target.multisigs},
        **{one.address: "DAO" for one in target.daos},
        **{one.id: "controller program" for one in target.controller_programs},
        **{one.id: "program" for one in target.programs},
    }


def _named(claims: ClaimFacts, current: frozenset[str]) -> tuple[Named, ...]:
    best: dict[tuple[str, str], tuple[bool, Claim]] = {}
    for one in claims.claims:
        kind = _KINDS.get(one.role)
        if (
            kind is None or one.what is not Kind.ADDRESS or one.value in WELL_KNOWN
            or one.cluster not in (None, claims.cluster)
        ):  # fmt: skip
            continue
        surface = one.file in current and one.state is State.CURRENT
        before = best.get((kind, one.value))
        rank = (surface, one.cluster is not None)
        if before is None or rank > (before[0], before[1].cluster is not None):
            best[kind, one.value] = (surface, one)
    return tuple(
        Named(
            kind, address, f"{one.file}, line {one.line}", surface,
            _fits(kind, address, claims), one.cluster is not None,
        )
        for (kind, address), (surface, one) in sorted(best.items(), key=lambda row: row[0])
    )  # fmt: skip


def _fits(kind: str, address: str, claims: ClaimFacts) -> Read[bool]:
    read = claims.accounts.get(address)
    if read is None:
        core = claims.core.get(address)
        if core is not None:
            return decoded(core, lambda _one: True, "the account")
        why = "it was not looked up" if claims.asked else "no RPC endpoint was given"
        return Unknown(why)
    return decoded(read, lambda seen: _is(kind, seen), "the account")


def _is(kind: str, seen: SeenAccount) -> bool:
    if kind == "program":
        return seen.executable
    if kind == "mint":
        return seen.owner in _TOKENS
    return seen.owner != programs.SYSTEM and not seen.executable


def _controllers(
    authority: AuthorityFacts, target: Target
) -> tuple[tuple[Reached, ...], dict[str, Read[str]]]:
    found: dict[str, Reached] = {}
    lost: dict[str, Read[str]] = {}
    for address, read in authority.accounts.items():
        if not isinstance(read, Found):
            if not isinstance(read, ProvenAbsent):
                lost[address] = decoded(read, lambda one: one.owner, "the account")
            continue
        content = read.value.content
        if not isinstance(content, Controller):
            continue
        kind = kind_of(content)
        what = "governance" if kind == "spl-governance" else "multisig"
        owner = read.value.owner
        place = Found(owner, read.at)
        found[address] = Reached(what, address, False, place)
        known = recognised(owner, kind, authority, target)
        found.setdefault(owner, Reached("program", owner, known, place))
    for program in target.programs:
        read = authority.accounts.get(program.id, Unknown("it was not looked up"))
        if isinstance(read, Found):
            found.setdefault(
                program.id, Reached("program", program.id, False, Found(read.value.owner, read.at))
            )
    return tuple(found[one] for one in sorted(found)), lost
