"""The files that PrivateDAO's repository carries for an audit, and what they are about.

Shapes as of X-PACT/PrivateDAO at 617454c46. A file here is a claim that somebody wrote down, and
never a proof; which of them an audit believes is for the target to say.
"""

from __future__ import annotations

from typing import Final

from privatedao_audit.protocols.conduct import Document

__all__ = ["DOCUMENTS"]


def _json(path: str, domain: str, subject: str, keys: str = "") -> Document:
    return Document(path, "json", tuple(domain.split()), subject, tuple(keys.split()))


def _prose(path: str, domain: str, subject: str) -> Document:
    return Document(path, "markdown", tuple(domain.split()), subject)


def _shell(path: str, domain: str, subject: str) -> Document:
    return Document(path, "shell", tuple(domain.split()), subject)


_REGISTRY: Final = "programId deployTx verificationWallet dao governanceMint treasury proposal"

DOCUMENTS: Final[tuple[Document, ...]] = (
    _json(
        "docs/deployment-attestation.generated.json", "release", "deployment attestation",
        "programId verificationWallet deployTx governanceAnchors readiness verificationGates",
    ),
    _json(
        "docs/release-ceremony-attestation.generated.json", "release", "release ceremony",
        "releaseCommit releaseBranch programId deployTx goLiveDecision unresolvedBlockers",
    ),
    _json(
        "docs/release-drill.generated.json", "release", "release drill",
        "mode releaseCommit stages executionTrace executionSummary",
    ),
    _json(
        "docs/supply-chain-attestation.generated.json", "release", "hashes of build inputs",
        "generatedAt algorithm lockfiles files aggregateSha256",
    ),
    _json(
        "docs/cryptographic-manifest.generated.json", "release", "hashes of retained files",
        "generatedAt algorithm entryCount aggregateSha256 files",
    ),
    _json("docs/proof-registry.json", "release treasury", "registry of proofs", _REGISTRY),
    _json("docs/submission-registry.json", "release", "registry of submissions", _REGISTRY),
    _shell("scripts/check-mainnet-readiness.sh", "release gate", "readiness gate"),
    _shell("scripts/verify-all.sh", "release", "all gates"),
    _shell("deploy.sh", "release", "deployment"),
    _prose("RELEASE_CHECKLIST.md", "release", "release checklist"),
    Document("Anchor.toml", "toml", ("release",), "program ids per cluster", ("programs",)),
    Document(
        ".github/workflows/deploy-devnet.yml", "yaml", ("release",), "deployment by hand in CI"
    ),
    Document("programs/private-dao/src/lib.rs", "source", ("release",), "program id"),
    _json("idl/private_dao.json", "release gate", "the repository's own IDL", "address"),
    _json(
        "docs/multisig-setup-intake.json", "custody", "multisig and its signers",
        "status network multisig candidateSignerModel timelock signers authorityTransfers",
    ),
    _json(
        "docs/custody-observed-readouts.json", "custody treasury", "what was read from chain",
        "targetNetwork targetProgramId observedReadouts",
    ),
    _json(
        "docs/canonical-custody-proof.generated.json", "custody", "custody proof",
        "multisig timelock signers",
    ),
    _json("docs/production-mainnet-closure-checklist.json", "custody gate", "closure checklist"),
    _json("docs/production-style-custody-closure-plan.json", "custody gate", "closure plan"),
    _prose("docs/authority-hardening.md", "custody", "hardening of authorities"),
    _prose("docs/authority-transfer-runbook.md", "custody incident", "transfer of authorities"),
    _prose("docs/production-custody-ceremony.md", "custody", "custody ceremony"),
    _prose("docs/squads-*.md", "custody", "multisig records"),
    _prose("docs/timelock-enforcement-proof-2026-05-23.md", "custody", "time lock proof"),
    _prose(
        "docs/dao-treasury-authority-handoff-2026-05-23.md", "custody treasury",
        "handoff of the DAO and treasury authorities",
    ),
    _prose("docs/current-network-state-2026-05-24.md", "release custody", "current network state"),
    _prose("docs/rpc-architecture.md", "rpc", "RPC architecture"),
    _shell("scripts/check-rpc-health.sh", "rpc", "RPC health"),
    _json(
        "docs/devnet-canary.generated.json", "rpc", "canary of two endpoints",
        "primaryRpc fallbackRpc anchors summary",
    ),
    _json(
        "docs/devnet-resilience-report.json", "rpc", "failover report",
        "primaryRpc fallbackRpc rpcMatrix failover staleBlockhashRecovery",
    ),
    _json("docs/read-node/*.generated.json", "rpc", "read node"),
    _json(
        "docs/monitoring-delivery-intake.json", "rpc monitoring", "providers and delivery",
        "owners deliveryRequirements transcriptRequirements providerAssignments",
    ),
    _json(
        "docs/monitoring-alert-rules.json", "monitoring", "alert rules",
        "schemaVersion environment claimBoundary rules",
    ),
    _json("docs/monitoring-delivery.generated.json", "monitoring", "delivery of alerts", "owners"),
    _prose("docs/monitoring-alerts.md", "monitoring", "alerts"),
    Document("scripts/chain-watcher.ts", "source", ("monitoring",), "polling watcher"),
    Document(
        "scripts/verify-monitoring-alert-rules.ts", "source", ("monitoring",), "rule verifier"
    ),
    _json(
        "docs/devnet-tx-registry.json", "treasury custody", "transactions of the load test",
        "runLabel network profile entries",
    ),
    _json(
        "docs/devnet-wallet-registry.json", "treasury custody", "wallets of the load test",
        "coordinatorWallet governanceMint wallets",
    ),
    _json("docs/devnet-bootstrap.json", "treasury", "bootstrap of the devnet DAO"),
    _json("docs/testnet-lifecycle-rehearsal-*.json", "treasury incident", "lifecycle rehearsal"),
    _json("docs/test-wallet-live-proof*.generated.json", "treasury", "live proof of the V3 paths"),
    _json("docs/treasury-reviewer-packet.generated.json", "treasury", "reviewer packet"),
    _json("docs/devnet-rehearsal-multisig.json", "custody", "rehearsal multisig"),
    _prose("docs/security-review.md", "treasury gate", "security review"),
    _prose("docs/failure-modes.md", "treasury", "failure modes"),
    _prose("docs/live-proof.md", "treasury", "live proof"),
    _prose("docs/governance-hardening-v3.md", "treasury", "governance hardening"),
    _prose("docs/settlement-hardening-v3.md", "treasury", "settlement hardening"),
    _json("docs/adversarial-report.json", "treasury", "adversarial scenarios", "scenarios"),
    _prose("docs/pdao-token.md", "treasury", "governance token"),
    _prose("docs/incident-response.md", "incident", "incident response"),
    _prose("docs/incident-readiness-runbook.md", "incident", "incident readiness"),
    _prose("docs/operational-drillbook.md", "incident", "drills"),
    _prose("docs/risk-register.md", "incident gate", "risks"),
    _prose("docs/ownership-and-contact.md", "incident treasury", "owners and contacts"),
    _json(
        "docs/launch-ops-checklist.json", "gate", "launch checklist",
        "decision productionMainnetClaimAllowed items",
    ),
    _json(
        "docs/mainnet-blockers.json", "gate", "blockers",
        "decision productionMainnetClaimAllowed summary blockers",
    ),
    _prose("docs/mainnet-readiness.md", "gate", "mainnet readiness"),
    _prose("docs/mainnet-readiness.generated.md", "gate", "mainnet readiness, generated"),
    _prose("docs/go-live-criteria.md", "gate", "go-live criteria"),
    _json(
        "docs/go-live-attestation.generated.json", "gate", "go-live attestation",
        "decision verifiedInsideRepo blockers",
    ),
    _prose("docs/independent-verification.md", "gate release", "independent verification"),
    _prose("docs/protocol-spec.md", "gate", "protocol specification"),
    _prose("docs/external-audit-engagement.md", "gate", "external audit"),
)  # fmt: skip
