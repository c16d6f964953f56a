"""A series of probes: how the endpoints of an operation answer during a minute or more."""
