"""The people behind the keys: registers, roles, proof of control."""
