"""The program's error numbers, which moved twice.

Anchor numbers errors in the order of their declaration, from 6000. Two commits of 2026-05-23
declared new ones in the middle, so every number from 6019 upward means something else in each of
the three builds. The name in the log is unambiguous; a bare number is so only where all builds
that have it agree.

Source: programs/private-dao/src/error.rs of X-PACT/PrivateDAO at 617454c46, at d7b147c09 and
before.
"""

from __future__ import annotations

from functools import cache
from typing import Final

from privatedao_audit.chain import programs
from privatedao_audit.chain.anchor.errors import failure_of
from privatedao_audit.chain.anchor.framework import framework_candidates
from privatedao_audit.chain.transactions import Transaction
from privatedao_audit.protocols.conduct import ErrorName, Failure
from privatedao_audit.protocols.privatedao.interface import interface

__all__ = [
    "AUTHORITY_TRANSFER",
    "BEFORE_TRANSFER",
    "BUILDS",
    "OPERATOR_AUTHORITY",
    "checked_build",
    "error_name",
    "failure",
    "numbering",
]

#: Before 2026-05-23; its numbers are those of the repository's own IDL file.
BEFORE_TRANSFER: Final = "before-authority-transfer"
#: Commit d7b147c09: the DAO's authority can be transferred.
AUTHORITY_TRANSFER: Final = "authority-transfer"
#: Commit e5d20a35d and later: the treasury operator authority too.
OPERATOR_AUTHORITY: Final = "operator-authority"
BUILDS: Final = (BEFORE_TRANSFER, AUTHORITY_TRANSFER, OPERATOR_AUTHORITY)

_DAO_PAIR: Final = ("InvalidDaoAuthorityTransfer", "UnauthorizedDaoAuthorityTransfer")
_OPERATOR_PAIR: Final = (
    "InvalidTreasuryOperatorAuthorityTransfer", "UnauthorizedTreasuryOperatorAuthorityTransfer",
)  # fmt: skip
_NOT_YET: Final = {
    BEFORE_TRANSFER: frozenset(_DAO_PAIR + _OPERATOR_PAIR),
    AUTHORITY_TRANSFER: frozenset(_OPERATOR_PAIR),
    OPERATOR_AUTHORITY: frozenset[str](),
}
_FIRST: Final = 6000

#: Errors of the programs that the treasury pays through: (program, number) → name.
_BELOW: Final = {
    (programs.SYSTEM, 0): "AccountAlreadyInUse",
    (programs.SYSTEM, 1): "ResultWithNegativeLamports",
    **{
        (token, number): name
        for token in (programs.TOKEN, programs.TOKEN_2022)
        for number, name in {
            0: "NotRentExempt", 1: "InsufficientFunds", 3: "MintMismatch", 4: "OwnerMismatch",
            17: "AccountFrozen",
        }.items()
    },
}  # fmt: skip


def checked_build(build: str | None) -> tuple[str, ...]:
    """The builds that come into question: the named one, or all.

    Raises:
        ValueError: an unknown build; the message lists the known ones.
    """
    if build is None:
        return BUILDS
    if build not in BUILDS:
        raise ValueError(f"no build is called {build[:60]!r}; known are: {', '.join(BUILDS)}")
    return (build,)


@cache
def numbering(build: str) -> dict[int, str]:
    """Number → name of one build.

    Raises:
        ValueError: an unknown build.
    """
    (known,) = checked_build(build)
    # idl.json lists the errors of the latest build, in order.
    latest = [name for _code, name in sorted(interface().errors.items())]
    names = [name for name in latest if name not in _NOT_YET[known]]
    return {_FIRST + place: name for place, name in enumerate(names)}


def error_name(code: int, build: str | None = None) -> ErrorName:
    """What a number means in one build, or in all of them."""
    builds = checked_build(build)
    tables = ((known, numbering(known).get(code)) for known in builds)
    candidates = {known: name for known, name in tables if name is not None}
    framework = framework_candidates(code)
    if not candidates and len(framework) == 1:
        candidates = dict.fromkeys(builds, framework[0])
    names = set(candidates.values())
    return ErrorName(code, names.pop() if len(names) == 1 else None, candidates)


def failure(transaction: Transaction, program: str, build: str | None = None) -> Failure:
    """Why a transaction failed; the name from the log comes first.

    Raises:
        ValueError: an unknown build, or an error in a shape that no node sends.
    """
    builds = checked_build(build)
    found = failure_of(transaction, {program: [numbering(known) for known in builds]})
    if found is None:
        return Failure(None, None, None, None, (), (), "none", None)
    name, candidates = found.name, found.candidates
    if name is None and found.code is not None and found.program is not None:
        name = _BELOW.get((found.program, found.code))
        candidates = candidates or (() if name is None else (name,))
    fitting: tuple[str, ...] = ()
    if found.program == program and found.code is not None and found.code >= _FIRST:
        names = {name} if name is not None else set(candidates)
        fitting = tuple(b for b in builds if numbering(b).get(found.code) in names)
    return Failure(
        program=found.program,
        place=found.place,
        code=found.code,
        name=name,
        candidates=candidates,
        builds=fitting,
        source=found.source,
        message=found.message,
    )
