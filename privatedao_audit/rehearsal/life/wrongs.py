"""What is really wrong in mid-rollout: one entry for every sort of fault, and where it lies.

The script and the dossier make each of them; a test looks each of them up on the chain or in the
checkout.
"""

from __future__ import annotations

from .facts import Fault

CHAIN = "chain"

MID_ROLLOUT = (
    Fault("unrecorded version runs", "release", "RC-02", CHAIN),
    Fault("sources changed after the release commit", "release", "RC-01",
          "programs/governance/src/lib.rs"),
    Fault("another program id in Anchor.toml", "release", "RC-08", "Anchor.toml"),
    Fault("multisig without time lock", "custody", "UA-06", CHAIN),
    Fault("config authority over the multisig", "custody", "UA-06", CHAIN),
    Fault("custody record promises a time lock", "custody", "UA-04",
          "dossier/custody-record.toml"),
    Fault("code rewritten after the vote", "custody", "UA-03", CHAIN),
    Fault("approved upgrade waits", "custody", "UA-07", CHAIN),
    Fault("DAO authority is a wallet", "custody", "UA-09", CHAIN),
    Fault("issuer's powers over the governance mint at a wallet", "custody", "UA-09", CHAIN),
    Fault("demo wallet is treasury operator", "custody", "SD-04", CHAIN),
    Fault("both providers of one operator", "rpc", "RP-02", "dossier/rpc-register.toml"),
    Fault("primary endpoint is a public one", "rpc", "RP-07", "dossier/rpc-register.toml"),
    Fault("health check can't fail", "rpc", "RP-10", "scripts/check-rpc.sh"),
    Fault("alert rules in prose", "monitoring", "MA-05", "monitoring/alert-rules.json"),
    Fault("treasury movements without an alert", "monitoring", "MA-05",
          "monitoring/alert-log.json"),
    Fault("execute attempt by a stranger without an alert", "monitoring", "MA-08", CHAIN),
    Fault("creation of a proposal without an alert", "monitoring", "MA-01",
          "monitoring/alert-log.json"),
    Fault("execution alerted too late", "monitoring", "MA-03", "monitoring/alert-log.json"),
    Fault("proposals outside the calendar", "monitoring", "MA-01",
          "monitoring/proposal-calendar.toml"),
    Fault("document prints another treasury", "treasury", "TR-01", "docs/treasury.md"),
    Fault("foreign close authority on a treasury account", "treasury", "TR-02", CHAIN),
    Fault("execution delay below a day", "treasury", "TR-08", CHAIN),
    Fault("count that ignores the governance policy", "treasury", "TR-08", CHAIN),
    Fault("runbook names a lever that does not exist", "incident", "IR-04",
          "runbooks/compromised-operator.md"),
    Fault("veto promised after the unlock", "incident", "IR-02",
          "runbooks/unexpected-voting.md"),
    Fault("runbook of last year", "incident", "IR-01", "runbooks/bad-proposal.md"),
    Fault("runbook with a placeholder", "incident", "IR-05", "runbooks/rpc-outage.md"),
    Fault("nobody owns incidents", "incident", "IR-06", "dossier/incident-contacts.toml"),
    Fault("paths never drilled", "incident", "IR-07", "dossier/drills.toml"),
    Fault("checklist items open", "gate", "RG-01", "docs/mainnet-readiness.md"),
    Fault("high audit finding open", "gate", "RG-05", "dossier/audit-record.toml"),
)  # fmt: skip
