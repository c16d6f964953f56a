"""The treasury's documents: registers, contacts and named evidence files, and what dates them."""
