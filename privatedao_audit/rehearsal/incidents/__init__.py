"""Incidents on the local chain: the healthy life, and one thing in it that goes wrong.

Each incident is a chapter of its own (`votes`, `payments`, `custody`) in a life that is otherwise
as it should be, so that whatever an audit finds in it comes from the incident. `catalogue` says
what each of them is, which detector must find it and which others may; `play` plays and records
one, and writes what a team needs to drill on it; `table` sets incidents against detectors.
"""

from __future__ import annotations

from .catalogue import INCIDENTS, Incident

__all__ = ["INCIDENTS", "Incident"]
