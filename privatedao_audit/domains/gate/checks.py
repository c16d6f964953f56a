"""The checks of the readiness gate. Each docstring is the rule in words."""

from __future__ import annotations

from privatedao_audit.domains.gate.facts import GateFacts
from privatedao_audit.model.finding import Judgement, Part, judgement, unread
from privatedao_audit.model.limits import Limits
from privatedao_audit.model.reads import Found
from privatedao_audit.model.status import Status


def rg_06(facts: GateFacts, limits: Limits) -> Judgement:
    """Every provider serves the cluster of the target, told by its genesis hash. Evidence of
    devnet, testnet or a local cluster stands for that cluster only and never for mainnet."""
    parts = []
    for label, read in facts.genesis.items():
        if not isinstance(read, Found):
            absent = "The provider has no genesis hash."
            parts.append(unread(label, read, absent=Status.UNKNOWN, absent_summary=absent))
        elif read.value != facts.expected:
            text = f"The provider {label} serves another cluster: its genesis hash is {read.value}."
            parts.append(Part(label, Status.FAIL, text, read.at,
                              observed=read.value, expected=facts.expected))  # fmt: skip
        else:
            text = f"The provider {label} serves {facts.cluster}."
            parts.append(Part(label, Status.PASS, text, read.at,
                              observed=read.value, expected=facts.expected))  # fmt: skip
    return judgement(
        parts,
        good=f"Everything was read on {facts.cluster}.{_boundary(facts.cluster)}",
        nothing="No RPC endpoint was given, so no cluster was read.",
    )


def _boundary(cluster: str) -> str:
    if cluster == "mainnet-beta":
        return ""
    name = "a local rehearsal cluster" if cluster == "localnet" else cluster
    return f" What follows holds for {name} only; it supports no claim about mainnet."


CHECKS = {"RG-06": rg_06}
