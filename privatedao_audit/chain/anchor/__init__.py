"""Anchor programs: their interface description, and what it says about bytes, logs and errors."""
