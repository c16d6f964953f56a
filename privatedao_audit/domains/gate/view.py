"""What notebook 07 shows beside its controls."""

from __future__ import annotations

from typing import Any

from privatedao_audit.domains.gate.facts import GateFacts
from privatedao_audit.domains.gate.papers.facts import Review
from privatedao_audit.model.catalogue import DOMAINS
from privatedao_audit.model.reads import Found
from privatedao_audit.model.status import READING_ORDER
from privatedao_audit.view.table import Ordinary, Table


def providers(facts: GateFacts) -> Table:
    """Which cluster each provider serves."""
    import pandas as pd

    rows = [
        (label, read.value if isinstance(read, Found) else "not known", facts.expected)
        for label, read in facts.genesis.items()
    ]
    return Table(
        pd.DataFrame(rows, columns=["provider", "genesis hash", "of the target"], dtype=object),
        f"Does every provider serve {facts.cluster}?",
        "No RPC endpoint was given.",
    )


def domains(found: list[dict[str, Any]]) -> Table:
    """Domain by status: how many controls of each domain stand how."""
    import pandas as pd

    used = [s.value for s in READING_ORDER if any(f["status"] == s.value for f in found)]
    rows = [
        (
            domain.title,
            *(sum(f["domain"] == domain.name and f["status"] == s for f in found) for s in used),
            sum(f["domain"] == domain.name for f in found),
        )
        for domain in DOMAINS
    ]
    return Table(
        pd.DataFrame(rows, columns=["domain", *used, "controls"], dtype=object),
        "How does each domain stand?",
        "There are no controls.",
    )


def boundary(lines: list[dict[str, Any]]) -> Table:
    """The honest boundary: what each line of it has earned, and which controls decided."""
    import pandas as pd

    rows = [(one["id"], one["title"], one["kind"], one["state"], one["why"]) for one in lines]
    return Table(
        pd.DataFrame(
            rows, columns=["line", "of", "as documents sort it", "computed", "why"], dtype=object
        ),
        "What is proven, what is only claimed, and what is open?",
        "There are no lines.",
    )


def waivers(standing: list[dict[str, str]]) -> Table:
    """Every waiver that the checkout states: in force or refused, and why."""
    import pandas as pd

    rows = [(one["control"], one["state"], one["text"]) for one in standing]
    return Table(
        pd.DataFrame(rows, columns=["control", "state", "what it says"], dtype=object),
        "Which risks were accepted, and do the waivers hold?",
        "The checkout states no waiver.",
    )


def readiness(facts: GateFacts, found: list[dict[str, Any]]) -> Table:
    """Each item of the readiness list beside the controls that it leans on."""
    import pandas as pd

    status = {one["id"]: one["status"] for one in found}
    rows = [
        (
            paper.said.value.heading, item.text or "struck out", item.mark.value,
            ", ".join(f"{one} {status.get(one, 'unknown')}" for one in item.controls) or "none",
        )
        for paper in facts.papers.readiness
        if isinstance(paper.said, Found)
        for item in paper.said.value.items
    ]  # fmt: skip
    return Table(
        pd.DataFrame(rows, columns=["heading", "item", "the list says", "controls"], dtype=object),
        "What does the readiness list say, and which controls look at the thing itself?",
        "No readiness list was read, or it has no items.",
        rows=80,
    )


def reviews(facts: GateFacts, topic: str) -> Table:
    """What was checked of a review or guide: sections, claims, commands, versions."""
    import pandas as pd

    rows = [row for one in facts.papers.reviews if one.topic == topic for row in _reviewed(one)]
    return Table(
        pd.DataFrame(rows, columns=["document", "what", "which", "as read"], dtype=object),
        "What of the document can be checked, and how was it found?",
        "No such document was read.",
        rows=80,
        ordinary=Ordinary(
            [row[3] in ("there", "agrees") or _released(row) for row in rows],
            "it is there, or agrees",
        ),
    )


def _released(row: tuple[str, str, str, str]) -> bool:
    """Whether a row is about a version, and states the one that is released."""
    _file, what, stated, found = row
    right = found.removeprefix("released: ").split(", ")
    return what == "version" and stated.rpartition(" ")[2] in right


def _reviewed(one: Review) -> list[tuple[str, str, str, str]]:
    file = one.paper.file
    rows = []
    if isinstance(one.paper.said, Found):
        words = {True: "there", False: "missing or empty", None: "not mapped"}
        rows += [(file, "section", name, words[there])
                 for name, there in one.paper.said.value.items()]  # fmt: skip
    if isinstance(one.claims, Found):
        held = [claim for claim in one.claims.value if claim.holds]
        for standing in dict.fromkeys(claim.standing for claim in held):
            lines = [str(claim.line) for claim in held if claim.standing == standing]
            rows.append((file, "claims", f"in line {', '.join(lines[:8])}", standing))
    for command in one.commands:
        there = "not known"
        if isinstance(command.there, Found):
            there = "there" if command.there.value else "missing"
        rows.append((file, "command", f"{command.text}: {command.needs}", there))
    for version in one.versions:
        right = ", ".join(version.right.value) if isinstance(version.right, Found) else ""
        rows.append((file, "version", f"{version.of} {version.stated}",
                     f"released: {right or 'not known'}"))  # fmt: skip
    return rows


def specifications(facts: GateFacts) -> Table:
    """How many names the specification and the interface have, kind by kind."""
    import pandas as pd

    rows = []
    for one in facts.papers.specifications:
        named = one.paper.said.value if isinstance(one.paper.said, Found) else {}
        right = one.interface.value if isinstance(one.interface, Found) else {}
        for kind in dict.fromkeys((*named, *right)):
            names = named.get(kind)
            rows.append(
                (one.program, kind, None if names is None else len(names),
                 len(right[kind]) if kind in right else None)
            )  # fmt: skip
    columns = ["program", "kind", "in the specification", "in the interface"]
    return Table(
        pd.DataFrame(rows, columns=columns, dtype=object),
        "Does the specification speak of everything that the program offers?",
        "No specification was read.",
    )


def audits(facts: GateFacts) -> Table:
    """The findings of the external audit, as the firm states them."""
    import pandas as pd

    rows = [
        (record.program, record.statement.value.firm,
         record.statement.value.audited_commit[:12], one.id, one.severity, one.state)
        for record in facts.external.records
        if isinstance(record.statement, Found)
        for one in record.statement.value.findings
    ]  # fmt: skip
    columns = ["program", "firm", "audited commit", "finding", "severity", "state"]
    return Table(
        pd.DataFrame(rows, columns=columns, dtype=object),
        "What did the external audit find, and is it closed?",
        "No statement of an audit firm was read.",
        rows=60,
    )


def scope(facts: GateFacts) -> Table:
    """What documents name and authority leads to, beside the scope of the target."""
    import pandas as pd

    held, excluded = facts.reach.scope, facts.reach.excluded

    def stands(address: str, otherwise: str) -> str:
        if address in held:
            return f"in scope, as a {held[address]}"
        return f"excluded: {excluded[address]}" if address in excluded else otherwise

    rows = [
        (one.kind, one.address, one.where,
         stands(one.address, "neither" if one.surface else "listed only"))
        for one in facts.reach.named
    ] + [
        (one.kind, one.address, "reached through authority",
         stands(one.address, "known on this cluster" if one.known else "neither"))
        for one in facts.reach.reached
    ]  # fmt: skip
    return Table(
        pd.DataFrame(rows, columns=["kind", "address", "seen", "stands"], dtype=object),
        "Is everything in scope that documents name and authority leads to?",
        "Nothing is named, and no controller was read.",
        rows=60,
        ordinary=Ordinary(
            [row[3].startswith("in scope") for row in rows], "the address is in scope"
        ),
    )
