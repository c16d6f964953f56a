"""RG-07: whether everything that documents name and authority leads to is in scope."""
