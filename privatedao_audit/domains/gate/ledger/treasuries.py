"""Addresses that follow from others: treasuries, vaults, associated token accounts."""

from __future__ import annotations

from functools import lru_cache

from privatedao_audit.chain.addresses import parse_pubkey
from privatedao_audit.model.reads import Unknown
from privatedao_audit.protocols.facts import DaoReads
from privatedao_audit.protocols.registry import UnknownProtocol, protocol_of

__all__ = ["treasury_of"]


@lru_cache(maxsize=4_096)
def treasury_of(protocol: str, dao: str, program: str) -> str | None:
    """The treasury that a DAO has under a program; None where the protocol is not known."""
    try:
        known = protocol_of(protocol)
        parse_pubkey(dao, "DAO")
        parse_pubkey(program, "program")
    except (UnknownProtocol, ValueError):
        return None
    nothing = Unknown("the address alone")
    reads = DaoReads(dao, program, nothing, nothing, (), {}, {}, {}, (), ())
    found = known.treasuries(reads)
    return found[0].address if found else None
