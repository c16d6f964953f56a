"""Re-executable readiness evidence for the PrivateDAO protocol.

Importing the package loads nothing heavy: every floor is imported where it is
used, so that a command line answer or a worker process starts at once.
"""

__version__ = "0.1.0"
