"""RPC and network resilience."""
