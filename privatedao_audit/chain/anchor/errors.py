"""Why a transaction failed, as far as the node's answer says it.

The name of an Anchor error is taken from the log line that the failing program wrote, because
numbers move between builds of a program. Where there is none, the bare code is looked up in every
numbering that is known for the program, and all names it may have are candidates: one of them is
the name only when they agree.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal

from privatedao_audit.chain.anchor.calls import instructions_by_invocation
from privatedao_audit.chain.anchor.framework import framework_candidates
from privatedao_audit.chain.anchor.logs import LogLine, Logs, read_logs
from privatedao_audit.chain.borsh import DecodeError
from privatedao_audit.chain.transactions import Transaction

__all__ = ["Failure", "Numberings", "failure_of"]

#: Program id -> the numberings (code -> name) its builds are known to have. Being in it also
#: means that the program is an Anchor one: only then do the framework's own codes apply.
Numberings = Mapping[str, Sequence[Mapping[int, str]]]

_WHAT: Final = "transaction.meta.err"
_LINE: Final = re.compile(
    r"AnchorError (?:occurred|thrown in .+?:[0-9]+|caused by account: .+?)\. "
    r"Error Code: ([A-Za-z_][A-Za-z0-9_]*)\. Error Number: ([0-9]{1,10})\. "
    r"Error Message: (.*)\.",
    re.DOTALL,
)


@dataclass(frozen=True, slots=True)
class Failure:
    """Why a transaction failed.

    ``program``: the program that raised the error, not those it passed through; None where that
    is not certain, and for an error of no instruction. ``place``: the instruction it was raised
    in ("2", "2.5"), the outer one where the inner is not certain, None for an error of none.
    ``code``: a program's error number. ``name``: its name, where there is one; for
    ``source`` "runtime" the runtime's own word ("InsufficientFundsForRent"). ``candidates``:
    every name the code may have by the known numberings. ``source``: "log" when the program
    wrote the name, "code" when it follows from the number, "runtime" otherwise. ``message``:
    text of the program or runtime as it stands, for display to escape.
    """

    program: str | None
    place: str | None
    code: int | None
    name: str | None
    candidates: tuple[str, ...]
    source: Literal["log", "code", "runtime"]
    message: str | None


def failure_of(transaction: Transaction, numberings: Numberings | None = None) -> Failure | None:
    """Why ``transaction`` failed, None when it did not.

    Raises DecodeError for an error in a shape that no node sends.
    """
    err = transaction.err
    if err is None:
        return None
    if isinstance(err, dict) and set(err) == {"InstructionError"}:
        return _instruction_error(transaction, err["InstructionError"], numberings or {})
    name, detail = _tagged(err, _WHAT)
    return Failure(None, None, None, name, (), "runtime", _account(transaction, detail))


def _instruction_error(
    transaction: Transaction, value: Any, numberings: Numberings
) -> Failure:
    what = f"{_WHAT}.InstructionError"
    if not isinstance(value, list) or len(value) != 2:
        raise DecodeError(what, None, "expected [index, error]")
    outer = value[0]
    count = sum(item.inner_index is None for item in transaction.instructions)
    if isinstance(outer, bool) or not isinstance(outer, int) or not 0 <= outer < count:
        raise DecodeError(what, None, f"the index is none of {count} instructions")
    name, detail = _tagged(value[1], what)
    logs = read_logs(transaction.log_messages)
    program, place, failed = _origin(transaction, logs, outer)
    told = None if failed is None else failed.text
    if name != "Custom":
        message = detail if isinstance(detail, str) else told
        return Failure(program, place, None, name, (), "runtime", message)
    if isinstance(detail, bool) or not isinstance(detail, int) or not 0 <= detail < 2**32:
        raise DecodeError(f"{what}.Custom", None, "expected a u32")
    candidates = _candidates(program, detail, numberings)
    if failed is not None:
        written = _written(logs, failed, detail)
        if written is not None:
            return Failure(program, place, detail, written[0], candidates, "log", written[1])
    only = candidates[0] if len(candidates) == 1 else None
    return Failure(program, place, detail, only, candidates, "code", told)


def _tagged(value: Any, what: str) -> tuple[str, Any]:
    """An error of the runtime: its name alone, or {name: detail}."""
    if isinstance(value, str) and value:
        return value, None
    if isinstance(value, dict) and len(value) == 1:
        ((name, detail),) = value.items()
        return str(name), detail
    raise DecodeError(what, None, "neither a name nor one name with its detail")


def _account(transaction: Transaction, detail: Any) -> str | None:
    """What the detail of an error outside any instruction says, in words."""
    index = detail.get("account_index") if isinstance(detail, dict) else None
    if isinstance(index, int) and not isinstance(index, bool):
        if 0 <= index < len(transaction.account_keys):
            return f"account {transaction.account_keys[index]}"
        raise DecodeError(f"{_WHAT}.account_index", None, "outside the accounts")
    return f"instruction {detail}" if isinstance(detail, int) else None


def _origin(
    transaction: Transaction, logs: Logs, outer: int
) -> tuple[str | None, str, LogLine | None]:
    """The program that raised the error, where, and its "failed" line.

    No program survives a failed call, so the first "failed" line is where it began; it counts
    only when it stands in the instruction that the node says has failed.
    """
    matched = instructions_by_invocation(transaction, logs)
    for line in logs.lines:
        if line.kind == "failed" and line.invocation is not None:
            if line.invocation < len(matched):
                instruction = matched[line.invocation]
                if instruction.outer_index != outer:
                    break
                return line.program, instruction.place, line
            if not transaction.inner_recorded and _outer_of(transaction, logs, line) == outer:
                # Without inner instructions the log alone tells which program it was.
                return line.program, str(outer), line
            break
    inner = [item for item in transaction.instructions if item.outer_index == outer]
    alone = transaction.inner_recorded and len(inner) == 1
    return (inner[0].program if alone else None), str(outer), None


def _outer_of(transaction: Transaction, logs: Logs, failed: LogLine) -> int | None:
    """The outer instruction a line stands in, by counting; None when the log names others."""
    outer = [item for item in transaction.instructions if item.inner_index is None]
    top = [line for line in logs.invocations if line.depth == 1 and line.element < failed.element]
    if not top or len(top) > len(outer):
        return None
    programs = [line.program for line in top]
    if programs != [item.program for item in outer[: len(top)]]:
        return None
    return outer[len(top) - 1].outer_index


def _candidates(program: str | None, code: int, numberings: Numberings) -> tuple[str, ...]:
    if program is None or program not in numberings:
        return ()
    names = [table[code] for table in numberings[program] if code in table]
    return tuple(dict.fromkeys(names)) or framework_candidates(code)


def _written(logs: Logs, failed: LogLine, code: int) -> tuple[str, str] | None:
    """Name and message from the AnchorError line of the run that failed.

    The framework writes it last, followed at most by the two values it compared. A line further
    up, or with another number, is text that the program wrote for some other reason, perhaps
    text that a stranger chose.
    """
    mine = [
        line.text
        for line in logs.lines
        if line.invocation == failed.invocation and line.kind == "log"
    ]
    # "Left: a" and "Right: b", or four lines with each key on a line of its own.
    if len(mine) >= 3 and mine[-2].startswith("Left: ") and mine[-1].startswith("Right: "):
        mine = mine[:-2]
    elif len(mine) >= 5 and (mine[-4], mine[-2]) == ("Left:", "Right:"):
        mine = mine[:-4]
    found = _LINE.fullmatch(mine[-1]) if mine else None
    if found is None or int(found[2]) != code:
        return None
    return found[1], found[3]
