"""What the bundled samples come to: the faults of the mid-rollout life, and none in the other."""

from __future__ import annotations

#: Status → controls of `sample` that are not met; everything else is PASS or ATTESTED.
MID_ROLLOUT: dict[str, set[str]] = {
    "FAIL": {
        "RC-01", "RC-02", "RC-03", "RC-08", "RC-09", "RC-15", "UA-02", "UA-03", "UA-04", "UA-06",
        "UA-07", "UA-09", "SD-01", "SD-04", "RP-02", "RP-07", "RP-10", "MA-01", "MA-03", "TR-01",
        "TR-02", "TR-08", "IR-02", "IR-04", "RG-01", "RG-05", "RG-07",
    },
    "MISSING": {
        "RC-12", "SD-05", "RP-06", "MA-04", "MA-05", "MA-06", "MA-07", "MA-08", "MA-09", "MA-10",
        "MA-11", "IR-03", "IR-05", "IR-06", "IR-07",
    },
    "STALE": {"IR-01"},
}  # fmt: skip

HEALTHY: dict[str, set[str]] = {}
