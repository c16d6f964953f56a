"""Where the histories of a DAO may lack something."""

from __future__ import annotations

from privatedao_audit.history.continuity import born_at, chains
from privatedao_audit.history.facts import DaoHistory

__all__ = ["gaps_of"]


def gaps_of(history: DaoHistory) -> dict[str, str]:
    """Address → why its history may lack something; those that are whole are left out.

    Nothing of a DAO is older than the DAO, so its histories have to be whole since its birth;
    a multisig's and a program's since their own.
    """
    own = history.histories.get(history.dao)
    born = born_at(own) if own is not None else None
    found: dict[str, str] = {}
    for address, one in history.histories.items():
        first = born_at(one) if one.role in ("multisig", "program data") else born
        since = -1 if first is None else first
        why = next((chain.broken for chain in chains(one, since) if chain.broken), "")
        if why:
            found[address] = why
    for address in (history.dao, history.treasury):
        if address not in history.histories:
            found[address] = "it was not read"
    return found
