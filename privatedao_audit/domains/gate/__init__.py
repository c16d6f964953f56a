"""The readiness gate: the right network, what the whole comes to, and how it could be wrong."""
