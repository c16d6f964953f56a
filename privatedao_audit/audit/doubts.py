"""Why this could be wrong: computed from the recording alone, worst first."""

from __future__ import annotations

import ipaddress
from collections.abc import Mapping
from typing import Any, Final

from privatedao_audit.audit.scope import Scope
from privatedao_audit.model.finding import NOT_EVALUATED
from privatedao_audit.model.target import Target
from privatedao_audit.model.waivers import ending_soon

__all__ = ["CLOCKS_APART", "doubts"]

#: Seconds by which the clock of this machine and that of a provider may differ.
CLOCKS_APART: Final = 30
#: Controls without which what follows from history may lack transactions.
_HISTORY: Final = ("MA-12", "UA-08")
_SETTLED: Final = ("PASS", "N/A")


def doubts(
    target: Target,
    scope: Scope,
    found: list[dict[str, Any]],
    recorded_at: str,
    *,
    operators: Mapping[str, str] | None = None,
    clocks: Mapping[str, int] | None = None,
) -> list[dict[str, str]]:
    """Reasons, worst first, in the shape of findings.json.

    Args:
        recorded_at: UTC time that counts as now, RFC 3339.
        operators: host → who runs it, as far as a register of the checkout says so.
        clocks: label of a provider → seconds by which its clock is ahead of this machine's.
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
    rows += _one_operator(scope, operators or {})
    if scope.continues is not None:
        rows.append(
            (
                "carried",
                "Finalized transactions and older lists of them were not read in this run; they "
                f"were carried over from the recording with the root {scope.continues}: whoever "
                "made that one vouches for them.",
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
    by_id = {f["id"]: f for f in found}
    if by_id.get("SD-04", {}).get("status") == "FAIL":
        rows.append(
            ("demo-keys", "Keys of demonstrations are among those that hold power; see SD-04.")
        )
    gaps = [
        f"{name} is {by_id[name]['status']}" for name in _HISTORY
        if name in by_id and by_id[name]["domain"] in scope.domains
        and by_id[name]["status"] not in _SETTLED
    ]  # fmt: skip
    if gaps and scope.providers:
        rows.append(
            (
                "incomplete-history",
                f"History is not shown to be complete ({', '.join(gaps)}): what follows from it "
                "may lack transactions.",
            )
        )
    rows += [
        (
            "clock-skew",
            f"The clock of this machine and that of the provider {label} are {abs(apart)} s apart, "
            "and ages rest on ours.",
        )
        for label, apart in sorted((clocks or {}).items())
        if abs(apart) > CLOCKS_APART
    ]
    rows += [
        ("waiver-ends", f"The waiver for {control} ends on {day}.")
        for control, day in ending_soon(found, recorded_at)
    ]
    loose = (*target.limits.loosened(), *target.detectors.loosened())
    rows += [("limit-loosened", text) for text in loose]
    return [{"id": name, "text": text} for name, text in rows]


def _one_operator(scope: Scope, operators: Mapping[str, str]) -> list[tuple[str, str]]:
    """Whether providers under several host names are one operator, as far as names can tell."""
    hosts = {host for _, host in scope.providers}
    if len(hosts) < 2:
        return []
    who = {_operator(host, operators) for host in hosts}
    if len(who) > 1:
        return []
    text = f"All providers seem to be run by one operator ({who.pop()}): they can err together."
    return [("one-operator", text)]


def _operator(host: str, operators: Mapping[str, str]) -> str:
    """Who runs a host: by a register, else by the last two labels of its name."""
    if said := operators.get(host):
        return said
    name = host.rstrip(".").casefold()
    try:
        address = ipaddress.ip_address(name.strip("[]"))
    except ValueError:
        return "this machine" if name == "localhost" else ".".join(name.split(".")[-2:])
    return "this machine" if address.is_loopback else name


def _all_domains(found: list[dict[str, Any]]) -> list[str]:
    return list(dict.fromkeys(f["domain"] for f in found))


def _single_source(finding: dict[str, Any]) -> bool:
    read = finding["read_at"]
    on_chain = bool(read and read["commitment"])
    return finding["status"] == "PASS" and on_chain and len(read["providers"]) < 2
