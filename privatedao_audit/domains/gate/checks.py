"""The checks of the readiness gate. Each docstring is the rule in words."""

from __future__ import annotations

from privatedao_audit.domains.gate.external.checks import audited
from privatedao_audit.domains.gate.facts import GateFacts
from privatedao_audit.domains.gate.papers.readiness import listed_items
from privatedao_audit.domains.gate.papers.reviewed import reviewed
from privatedao_audit.domains.gate.papers.specified import specified
from privatedao_audit.domains.gate.reach.checks import complete
from privatedao_audit.model.finding import Judgement, Part, judgement, unread
from privatedao_audit.model.limits import Limits
from privatedao_audit.model.reads import Found
from privatedao_audit.model.status import Status


def rg_01(facts: GateFacts, limits: Limits) -> Judgement:
    """Each item under the mapped headings of the readiness document (bullet, box, row of a
    table) is mapped, by the target or by ids that it names itself, to controls, and all of them
    reach their floor, waivers aside. An item that is mapped to none is UNKNOWN; one that the
    list has done while a control of it is shown not to hold fails, as a contradiction; one that
    is open, though met, is MISSING from the list; one that is struck out is only attested. The
    document's last change is not older than that of the program's sources at the release commit,
    by descent in git, and by time where neither commit descends from the other."""
    del limits
    return judgement(
        listed_items(facts.papers, facts.others),
        good="Every item of the readiness list is met, and the list is as new as the sources.",
        nothing="The target names no readiness document.",
    )


def rg_02(facts: GateFacts, limits: Limits) -> Judgement:
    """The security review has its sections (scope, findings, commands) under the headings that
    the target maps. Each of its claims that it means as holding now agrees in the claim ledger
    with chain, files and other documents: a contradicted one fails, one that can't be checked
    here is UNKNOWN. What its commands need of the checkout (package scripts, make targets,
    script files, manifests) is there. The versions that it states, of the program and of Anchor,
    Solana and Rust, are those of the release commit. It is not older than the program's sources
    at the release commit. Nothing claimed, no command or no version is UNKNOWN."""
    del limits
    return judgement(
        reviewed(facts.papers, "security-review"),
        good="The security review stands: claims, commands, versions and age were checked.",
        nothing="The target names no security review.",
    )


def rg_03(facts: GateFacts, limits: Limits) -> Judgement:
    """The guide to independent verification has its sections (setup, steps, expected results)
    under the headings that the target maps. Each of its claims that it means as holding now
    agrees in the claim ledger: a contradicted one fails, one that can't be checked here is
    UNKNOWN. What its commands need of the checkout is there. The versions that it states are
    those of the release commit, and it is not older than the program's sources at the release
    commit. Nothing claimed, no command or no version is UNKNOWN. Whether anybody followed it is
    the matter of RC-06."""
    del limits
    return judgement(
        reviewed(facts.papers, "verification-guide"),
        good="The verification guide stands: claims, commands, versions and age were checked.",
        nothing="The target names no guide to independent verification.",
    )


def rg_04(facts: GateFacts, limits: Limits) -> Judgement:
    """Every program that holds a DAO has a specification whose sections on instructions,
    accounts, errors and seeds name exactly those of the program's IDL in the checkout: one that
    is lacking and one that the IDL does not have both fail; where an error's number is given, it
    has to be the IDL's. Case and underscores of names don't count, those of seeds do. A section
    that is not there is MISSING; a kind of which the IDL states nothing is UNKNOWN. The document
    is not older than the program's sources at the release commit."""
    del limits
    return judgement(
        specified(facts.papers),
        good="The specification names what the interface has, and is as new as the sources.",
        nothing="The target names no protocol specification.",
    )


def rg_05(facts: GateFacts, limits: Limits) -> Judgement:
    """Every program has an audit record with a statement of the firm in the kit's form, and that
    statement is the firm's: signed (Ed25519, over its bytes) by the key that the target has from
    the firm, or with a hash that the firm shows at a place of its own by the target. Else it is
    ATTESTED, which READY refuses. A signature that is another's, a key of the team's own, or
    another firm's name fails. The report in the checkout has the hash that is stated. No file
    that takes part in the build differs between the audited and the release commit, or fix
    reviews that the firm states lead from the one to the other without a gap. Every high or
    critical finding is closed; a statement without any finding is UNKNOWN. The audit is younger
    than its limit by the older of its date and its last change in git."""
    return judgement(
        audited(facts.external, limits),
        good="An audit by a named firm covers what is released, and its grave findings are closed.",
        nothing="The target names no audit record.",
    )


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


def rg_07(facts: GateFacts, limits: Limits) -> Judgement:
    """Every program, DAO, multisig and mint that a current document of the target names for its
    cluster as holding now is in the target's scope, or excluded there with a reason; and so is
    every multisig, governance account and controller program that authority over the programs in
    scope leads to, unless the program is the cluster's canonical one. What other documents name,
    such as DAOs of strangers, is listed and fails nothing. One that is named for no cluster in
    particular, names that could not all be read, and accounts on the way to a controller that
    could not be read, are UNKNOWN."""
    del limits
    return judgement(
        complete(facts.reach),
        good="Everything that current documents name and authority leads to is accounted for.",
        nothing="Neither documents nor controllers were read.",
    )


CHECKS = {
    "RG-01": rg_01,
    "RG-02": rg_02,
    "RG-03": rg_03,
    "RG-04": rg_04,
    "RG-05": rg_05,
    "RG-06": rg_06,
    "RG-07": rg_07,
}

#: Controls that are judged beside how others stand; see ``GateFacts.others``.
LEANING = frozenset({"RG-01"})
