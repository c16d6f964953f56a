"""TR-02: the mints that are meant, the treasury's accounts of them, and the issuers' powers."""
