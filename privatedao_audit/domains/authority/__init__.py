"""Who controls a program: the accounts from a program to whoever can replace its code.

Shared by the domains that need it; it judges nothing.
"""
