"""Bytes of the chain: decoders for accounts and transactions, and the client that reads them."""
