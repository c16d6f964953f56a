"""The verdicts of one target through its runs: what turned, when, and by what."""
