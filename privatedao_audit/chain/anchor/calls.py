"""Which instruction a line of the log belongs to.

The log names the programs that ran, in order; the transaction lists the instructions, outer and
inner, in the same order. Where the two agree, a line has its instruction.
"""

from __future__ import annotations

from typing import Final

from privatedao_audit.chain.anchor.logs import Logs
from privatedao_audit.chain.transactions import Instruction, Transaction

__all__ = ["instructions_by_invocation"]

#: Verified by the runtime itself, without an invoke line (agave, precompiles).
_SILENT: Final = frozenset(
    {
        "Ed25519SigVerify111111111111111111111111111",
        "KeccakSecp256k11111111111111111111111111111",
        "Secp256r1SigVerify1111111111111111111111111",
    }
)


def instructions_by_invocation(transaction: Transaction, logs: Logs) -> tuple[Instruction, ...]:
    """The instruction of each invocation in the log, by number; () when the two disagree.

    A failed transaction has instructions that never ran, at the end; of a successful one with a
    complete log every instruction must be there.
    """
    if not transaction.inner_recorded:
        return ()
    ran = [item for item in transaction.instructions if item.program not in _SILENT]
    invoked = logs.invocations
    if len(invoked) > len(ran):
        return ()
    if transaction.succeeded and logs.complete and len(invoked) != len(ran):
        return ()
    for line, instruction in zip(invoked, ran, strict=False):
        if line.program != instruction.program:
            return ()
        if instruction.stack_height is not None and line.depth != instruction.stack_height:
            return ()
    return tuple(ran[: len(invoked)])
