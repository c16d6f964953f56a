"""Whose signatures count behind a holder: members, config authority, and who signs for these.

A member may be a vault of another multisig; then that one's members sign. It is followed where
the target names the other multisig and its account may be believed, and is a gap elsewhere.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from privatedao_audit.chain.addresses import is_on_curve
from privatedao_audit.chain.layouts import squads
from privatedao_audit.domains.authority.link import Holder, Link
from privatedao_audit.domains.custody.history.facts import MultisigHistory

#: Multisigs behind multisigs that are followed, and keys that are looked at: beyond is a gap.
MAX_DEPTH = 4
MAX_KEYS = 200

MEMBER, CONFIG_AUTHORITY = "member", "config authority"
VAULT, AUTHORITY = "vault", "authority"


@dataclass(slots=True)
class Closure:
    """Keys behind a holder.

    Attributes:
        keys: key → (role, program of the multisig that it signs for; empty for a single key).
        gaps: why there may be more, one clause each.
    """

    keys: dict[str, tuple[str, str]] = field(default_factory=dict)
    gaps: list[str] = field(default_factory=list)


def closure(link: Link, multisigs: Sequence[MultisigHistory]) -> Closure:
    """Everybody who signs behind the holder of a link.

    Args:
        multisigs: those that may be believed.
    """
    found = Closure()
    program = link.controller or ""
    if link.holder is Holder.WALLET and link.authority is not None:
        found.keys[link.authority] = (AUTHORITY, "")
    elif link.ms is not None and link.authority is not None:
        found.keys[link.authority] = (VAULT, program)
        for key in link.ms.keys:
            _add(found, key, MEMBER, program, multisigs, 1)
    elif link.state is not None and link.authority is not None:
        found.keys[link.authority] = (VAULT, program)
        known = next((one for one in multisigs if one.address == link.multisig), None)
        for vault in () if known is None else known.vaults:
            found.keys[vault.address] = (VAULT, program)
        _state(found, link.state, program, multisigs, 1)
    elif link.realm is not None:
        found.gaps.append(
            "holders of tokens decide in the realm, and the chain lists nowhere who they are"
        )
    else:
        found.gaps.append("who signs behind the authority is not known")
    return found


def _state(
    found: Closure, state: squads.Multisig, program: str, multisigs: Sequence[MultisigHistory],
    depth: int,
) -> None:  # fmt: skip
    for member in state.members:
        _add(found, member.key, MEMBER, program, multisigs, depth)
    if state.config_authority is not None:
        _add(found, state.config_authority, CONFIG_AUTHORITY, program, multisigs, depth)


def _add(
    found: Closure, key: str, role: str, program: str, multisigs: Sequence[MultisigHistory],
    depth: int,
) -> None:  # fmt: skip
    if key in found.keys:
        return
    if len(found.keys) >= MAX_KEYS:
        found.gaps.append(f"more than {MAX_KEYS} keys sign")
        return
    found.keys[key] = (role, program)
    if is_on_curve(key):
        return
    behind = next(
        (one for one in multisigs
         if squads.find_vault_index(one.address, key, one.program) is not None),
        None,
    )  # fmt: skip
    if behind is None:
        found.gaps.append(
            f"the {role} {key} is a derived address, and no multisig that the target names "
            "explains who signs for it"
        )
    elif depth >= MAX_DEPTH:
        found.gaps.append(f"multisigs behind multisigs go on beyond a depth of {MAX_DEPTH}")
    else:
        _state(found, behind.state, behind.program, multisigs, depth + 1)
