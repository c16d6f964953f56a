"""Bundles: a finished run as one file that a stranger can check, sign and keep."""
