"""The DAOs in scope as their protocol holds them on chain.

Shared by the domains that need it; it judges nothing.
"""
