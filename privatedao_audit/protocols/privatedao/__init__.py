"""PrivateDAO: commit-reveal governance with a treasury, on Solana."""

from __future__ import annotations

from privatedao_audit.protocols.privatedao.protocol import PROTOCOL, PrivateDao

__all__ = ["PROTOCOL", "PrivateDao"]
