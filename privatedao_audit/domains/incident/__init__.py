"""Incident response."""
