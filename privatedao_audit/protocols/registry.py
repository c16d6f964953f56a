"""The protocols that the kit knows, by the name that a target gives."""

from __future__ import annotations

from privatedao_audit.protocols.base import GovernanceProtocol

__all__ = ["PROTOCOLS", "UnknownProtocol", "protocol_of"]

PROTOCOLS: tuple[str, ...] = ("privatedao",)


class UnknownProtocol(ValueError):
    """A target asks for a protocol that the kit does not know."""


def protocol_of(name: str) -> GovernanceProtocol:
    """The protocol of that name.

    Raises:
        UnknownProtocol: there is none; the message lists the known names.
    """
    if name == "privatedao":
        # Imported on first use: decoders are built then.
        from privatedao_audit.protocols.privatedao import PROTOCOL

        return PROTOCOL
    known = ", ".join(PROTOCOLS)
    raise UnknownProtocol(f"the protocol {str(name)[:60]!r} is not known; known are: {known}")
