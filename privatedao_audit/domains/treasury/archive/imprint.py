"""A transaction as one digest per aspect, so that two copies of it can be compared.

Two answers of two nodes are never equal as text: the order of members, deprecated twins and what
a node adds over the years differ. What must be equal is compared after decoding, aspect by aspect.
"""

from __future__ import annotations

import hashlib
from typing import Any

from privatedao_audit.chain.transactions import Transaction
from privatedao_audit.domains.treasury.archive.facts import Imprint
from privatedao_audit.model import canonical

__all__ = ["ASPECTS", "MAY_LACK", "imprint"]

#: What of a transaction is compared.
ASPECTS = (
    "signatures", "message bytes", "slot", "outcome", "loaded addresses", "block time",
    "lamports", "tokens", "inner instructions", "logs",
)  # fmt: skip

#: Aspects that a node may not have kept; their absence is told and never taken for equal.
MAY_LACK = frozenset({"inner instructions", "logs", "lamports", "tokens", "block time"})

_SIGNATURE = 64


def imprint(tx: Transaction) -> Imprint:
    """Digests of what must be equal: signatures, message bytes, outcome and what it did."""
    # The wire is a count of one byte (19 signatures fit into a packet), the signatures, the rest.
    message = tx.wire[1 + _SIGNATURE * len(tx.signatures) :]
    money = tx.balances
    lamports = [money.fee, money.lamports_before, money.lamports_after]
    tokens = [money.tokens_before, money.tokens_after]
    found: dict[str, str | None] = {
        "signatures": _digest(list(tx.signatures)),
        "message bytes": hashlib.sha256(message).hexdigest()[:16],
        "slot": _digest(tx.slot),
        "outcome": _digest(tx.err),
        "loaded addresses": _digest(list(tx.account_keys)),
        "block time": None if tx.block_time is None else _digest(tx.block_time),
        "lamports": None if any(one is None for one in lamports) else _digest(lamports),
        "tokens": None if any(one is None for one in tokens) else _tokens(tokens),
        "inner instructions": _inner(tx),
        "logs": None if tx.log_messages is None else _digest(list(tx.log_messages)),
    }
    return found


def _inner(tx: Transaction) -> str | None:
    if not tx.inner_recorded:
        return None
    return _digest(
        [
            [one.outer_index, one.inner_index, one.stack_height, one.program, list(one.accounts),
             one.data.hex()]
            for one in tx.instructions
            if one.inner_index is not None
        ]
    )  # fmt: skip


def _tokens(sides: list[Any]) -> str:
    return _digest(
        [
            sorted([one.account, one.mint, one.owner or "", one.program or "", str(one.amount),
                    str(one.decimals)] for one in side)
            for side in sides
        ]
    )  # fmt: skip


def _digest(value: Any) -> str:
    return hashlib.sha256(canonical.dumps(canonical.plain(value))).hexdigest()[:16]
