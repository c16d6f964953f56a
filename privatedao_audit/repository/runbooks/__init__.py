"""Runbooks of the checkout: what to do in an incident, element by element."""

from privatedao_audit.repository.runbooks.contacts import ContactPage, Way, read_contacts
from privatedao_audit.repository.runbooks.model import ELEMENTS, HEADINGS, Element, Named, Runbook
from privatedao_audit.repository.runbooks.read import read_runbook

__all__ = [
    "ELEMENTS",
    "HEADINGS",
    "ContactPage",
    "Element",
    "Named",
    "Runbook",
    "Way",
    "read_contacts",
    "read_runbook",
]
