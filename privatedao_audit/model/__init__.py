"""The words of an audit: statuses, reads, findings, the catalogue, the target. No I/O but TOML."""
