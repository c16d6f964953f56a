"""Drills of the incident paths, held against the chain or against the recording they carry."""
