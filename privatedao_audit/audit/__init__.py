"""The audit of one target: facts, findings and the verdict, live or on replay.

A notebook opens it with :func:`open_audit`; a run drives the same object. Both come when they are
asked for: who only sums up findings, as the verifier of a bundle does, needs no domain.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from privatedao_audit.audit.context import Audit
    from privatedao_audit.audit.opening import open_audit
else:

    def __getattr__(name: str) -> object:
        if name == "Audit":
            from privatedao_audit.audit.context import Audit

            return Audit
        if name == "open_audit":
            from privatedao_audit.audit.opening import open_audit

            return open_audit
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


__all__ = ["Audit", "open_audit"]
