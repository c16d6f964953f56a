"""Whether the account of a controller may be believed.

The right bytes under a program that anyone wrote mean nothing: the program has to be a canonical
one of this cluster, or its executable has to have a hash that the target lists.
"""

from __future__ import annotations

from typing import Final

from privatedao_audit.chain import programs
from privatedao_audit.chain.layouts import squads
from privatedao_audit.chain.layouts.governance import Governance
from privatedao_audit.chain.layouts.squads_v3 import Ms
from privatedao_audit.domains.authority.facts import AuthorityFacts, Controller
from privatedao_audit.model.reads import Found
from privatedao_audit.model.target import ControllerKind, Target

_NAMES: Final[dict[ControllerKind, str]] = {
    "squads-v4": "Squads v4", "squads-v3": "Squads v3", "spl-governance": "SPL Governance",
}  # fmt: skip


def kind_of(state: Controller) -> ControllerKind:
    """Which kind of controller an account is laid out as."""
    if isinstance(state, squads.Multisig):
        return "squads-v4"
    return "squads-v3" if isinstance(state, Ms) else "spl-governance"


def distrust(
    address: str, state: Controller, owner: str, facts: AuthorityFacts, target: Target
) -> str | None:
    """Why a controller's account may not be believed; None when it may.

    Args:
        address: where the account lies; it has to follow from its own content.
        owner: program that owns it.
    """
    kind = kind_of(state)
    what = "governance" if isinstance(state, Governance) else "multisig"
    if not recognised(owner, kind, facts, target):
        return (
            f"The {what} belongs to the program {owner}, which is neither the canonical "
            f"{_NAMES[kind]} of this cluster nor one whose executable the target lists by hash."
        )
    if not _rederives(address, state, owner):
        seed = "realm and seed" if isinstance(state, Governance) else "create key"
        return f"The {what} {address} is not at the address that its {seed} derives."
    breaches = () if isinstance(state, Governance) else state.breaches
    if breaches:
        return f"The multisig breaks its program's own rules: {'; '.join(breaches)}."
    return None


def recognised(
    program: str, kind: ControllerKind, facts: AuthorityFacts, target: Target
) -> bool:
    """Whether a program is what it has to be, by canonical id or by a listed executable."""
    genesis = facts.genesis_hash
    if isinstance(genesis, Found) and (
        programs.canonical_controller(genesis.value, program) == kind
    ):
        return True
    code = facts.executables.get(program)
    if not isinstance(code, Found):
        return False
    seen = code.value.sha256
    rows = [
        row.executable_sha256
        for row in target.controller_programs
        if row.id == program and row.kind == kind
    ]
    return seen in rows or programs.KNOWN_EXECUTABLES.get(seen) == kind


def _rederives(address: str, state: Controller, owner: str) -> bool:
    if isinstance(state, squads.Multisig):
        return squads.rederives(address, state, owner)
    return state.rederives(address, owner)
