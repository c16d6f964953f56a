"""From findings, notebooks and recorded bytes to the documents people read.

Nothing here judges: a status, a verdict and a number come from findings.json or from the
recording, and this floor only sets them. Importing the package loads nothing heavy.
"""
