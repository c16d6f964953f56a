"""Token accounts that somebody opened for the treasury, and that the DAO never touched.

Anybody can open one, with powers over it, of any mint, and the issuer of a mint may take its own
tokens back. What happens there is told, and must not be able to fail a DAO that had no part in it.
"""

from __future__ import annotations

from collections.abc import Set

from privatedao_audit.history.continuity import born_at, chains
from privatedao_audit.history.facts import DaoHistory, Deed
from privatedao_audit.history.reconcile import Movement, ledger

__all__ = ["taken_back", "unused"]


def unused(history: DaoHistory, account: str) -> bool:
    """Whether the DAO never touched a token account of its treasury: neither its program, nor a
    transfer from another account of the treasury, nor the treasury's signature.

    False wherever that is not shown by a whole history of the account.
    """
    one = history.histories.get(account)
    if one is None or one.role != "token account" or one.disputed:
        return False
    own = history.histories.get(history.dao)
    born = born_at(own) if own is not None else None
    if any(chain.broken for chain in chains(one, -1 if born is None else born)):
        return False
    others = ledger(history).keys() - {account}
    deeds = (history.deed(entry.slot, entry.signature) for entry in one.entries)
    return not any(
        deed is None or _touched(deed, account, history.treasury, others) for deed in deeds
    )


def _touched(deed: Deed, account: str, treasury: str, others: Set[str]) -> bool:
    if deed.gap:
        return True
    for one in deed.transfers:
        if account not in (one.source, one.destination, *one.touches):
            continue
        mine = one.source in others and one.payer in (treasury, None)
        if one.inside is not None or one.authority == treasury or mine:
            return True
    return any(one.subject == account and one.by == treasury for one in deed.powers)


def taken_back(move: Movement, treasury: str) -> bool:
    """Whether somebody else signed for all of an unexplained debit.

    Out of an account that is ``unused`` it is none of the treasury's doing. Who may do that
    without the owner is a power over the mint: of a mint that is meant it is a fault, so ask this
    of others alone.
    """
    return (
        move.mint is not None
        and bool(move.takers)
        and treasury not in move.takers
        and -move.change <= move.taken
    )
