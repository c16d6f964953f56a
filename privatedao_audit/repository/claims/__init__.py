"""What the documents of a checkout claim: typed, with file, line, cluster, role and state."""
