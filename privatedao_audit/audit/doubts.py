"""Why this could be wrong: computed from the recording alone, worst first."""

from __future__ import annotations

from typing import Any

from privatedao_audit.audit.scope import Scope
from privatedao_audit.model.finding import NOT_EVALUATED
from privatedao_audit.model.target import Target
from privatedao_audit.model.waivers import ending_soon


def doubts(
    target: Target, scope: Scope, found: list[dict[str, Any]], recorded_at: str
) -> list[dict[str, str]]:
    """Reasons, worst first, in the shape of findings.json.

    Args:
        recorded_at: UTC time that counts as now, RFC 3339.
    """
    rows: list[tuple[str, str]] = []
    if not scope.providers:
        rows.append(("no-provider", "No RPC endpoint was given: nothing was read on chain."))
    elif len(scope.providers) == 1:
        rows.append(
            ("one-provider", "Everything on chain was read through one provider, which could lie.")
        )
    if len(scope.providers) > 1 and len({host for _, host in scope.providers}) == 1:
        rows.append(
            ("one-host", "All providers share one host name, so they are not two witnesses.")
        )
    if scope.continues is not None:
        rows.append(
            (
                "carried",
                "Finalized transactions and older lists of them were not read in this run; they "
                f"were carried over from the recording with the root {scope.continues}.",
            )
        )
    if target.cluster.name != "mainnet-beta":
        rows.append(
            (
                "not-mainnet",
                f"The cluster is {target.cluster.name}: nothing here shows how a mainnet "
                "deployment stands.",
            )
        )
    absent = [name for name in _all_domains(found) if name not in scope.domains]
    if absent:
        rows.append(("partial", f"The run left out the domains {', '.join(absent)}."))
    silent = sum(f["summary"].casefold().startswith(NOT_EVALUATED) for f in found)
    if silent:
        rows.append(
            (
                "not-evaluated",
                f"{silent} of {len(found)} controls have no evaluation in this version of the "
                "kit; they count as UNKNOWN.",
            )
        )
    if not scope.checkout:
        rows.append(("no-checkout", "No checkout was given: no document was read."))
    single = [f["id"] for f in found if f["blocking"] and _single_source(f)]
    if single and len(scope.providers) > 1:
        rows.append(
            ("single-source", f"Read from one provider only, though blocking: {', '.join(single)}.")
        )
    rows += [
        ("waiver-ends", f"The waiver for {control} ends on {day}.")
        for control, day in ending_soon(found, recorded_at)
    ]
    rows += [("limit-loosened", text) for text in target.limits.loosened()]
    return [{"id": name, "text": text} for name, text in rows]


def _all_domains(found: list[dict[str, Any]]) -> list[str]:
    return list(dict.fromkeys(f["domain"] for f in found))


def _single_source(finding: dict[str, Any]) -> bool:
    read = finding["read_at"]
    on_chain = bool(read and read["commitment"])
    return finding["status"] == "PASS" and on_chain and len(read["providers"]) < 2
