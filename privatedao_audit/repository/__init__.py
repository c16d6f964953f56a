"""The checkout, read as hostile bytes: files, git objects and the documents they hold."""
