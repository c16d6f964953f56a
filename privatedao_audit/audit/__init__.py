"""The audit of one target: facts, findings and the verdict, live or on replay.

A notebook opens it with :func:`open_audit`; a run drives the same object.
"""

from privatedao_audit.audit.context import Audit
from privatedao_audit.audit.opening import open_audit

__all__ = ["Audit", "open_audit"]
