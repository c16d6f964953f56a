"""Cases of RPC resilience (written below)."""
CASES = ()
