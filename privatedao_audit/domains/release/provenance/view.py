"""What notebook 01 shows of operator, interface, security contact and builds."""

from __future__ import annotations

from typing import TYPE_CHECKING

from privatedao_audit.domains.release.provenance.facts import Deployment, ProvenanceFacts
from privatedao_audit.domains.release.provenance.interface import SECTIONS, differences
from privatedao_audit.model.reads import Diverged, Found, ProvenAbsent, Read, Unknown
from privatedao_audit.view.table import Table

if TYPE_CHECKING:
    from privatedao_audit.domains.release.facts import ReleaseFacts

_Row = tuple[object, ...]


def operators(facts: ReleaseFacts) -> Table:
    """Who paid for, signed, executed and approved each deployment, and whose keys these are."""
    rows: list[_Row] = []
    for program in facts.programs:
        one = facts.provenance.programs.get(program.id)
        for signature, read in (one.deployments if one else {}).items():
            if not isinstance(read, Found):
                rows.append((program.name, signature, _outcome(read), "", ""))
                continue
            rows += [
                (program.name, signature, role, key,
                 _whose(key, facts.provenance) if key not in _vaults(read.value) else _VAULT)
                for role, key in _keys(read.value)
            ]  # fmt: skip
    return _table(
        rows,
        ["deployment of", "transaction", "role", "key", "registered to"],
        "Who stood behind each deployment, and to whom are those keys registered?",
        "No deployment transaction was named or found.",
    )


_VAULT = "the multisig's members"


def _vaults(made: Deployment) -> set[str]:
    return {one.authority for one in made.acting if one.multisig is not None}


def _keys(made: Deployment) -> list[tuple[str, str]]:
    found = [("payer", made.payer)]
    for one in made.acting:
        how = "signed" if one.signed else one.doubt or "a vault: the multisig signed"
        found.append((f"authority ({how})", one.authority))
        if one.executor is not None:
            found.append(("executing member", one.executor))
        if isinstance(one.approvers, Found):
            found += [("approving member", key) for key in one.approvers.value]
        elif one.approvers is not None:
            found.append((f"approving members: {_outcome(one.approvers)}", ""))
    return [*found, *(("also signed, ignored", key) for key in made.others)]


def _whose(key: str, facts: ProvenanceFacts) -> str:
    registered = list(facts.wallets)
    for register in facts.registers:
        if isinstance(register.rows, Found):
            registered += register.rows.value
    told = {row.owner or row.name or "no name" for row in registered if row.key == key}
    return ", ".join(sorted(told)) or "nobody"


def interfaces(facts: ReleaseFacts) -> Table:
    """Where an interface is published or kept, who may replace it, and what it holds."""
    rows: list[_Row] = []
    for program in facts.programs:
        one = facts.provenance.programs.get(program.id)
        if one is None:
            continue
        for kind, published in one.published.items():
            if isinstance(published, Found):
                found = published.value
                counts = _counts(found.interface.sections)
                who = found.authority or "the upgrade authority alone"
                rows.append((program.name, kind, "read", who, *counts))
            else:
                rows.append((program.name, kind, _outcome(published), "", *_NO_COUNTS))
        for row in one.repository:
            read = row.interface
            counts = _counts(read.value.sections) if isinstance(read, Found) else _NO_COUNTS
            rows.append((program.name, row.file, _outcome(read), "", *counts))
        for source in one.source:
            names = source.names.value if isinstance(source.names, Found) else None
            bare = isinstance(source.names, Found) and names is None
            said = "read: no program module in it" if bare else _outcome(source.names)
            counts = (None if names is None else len(names), *_NO_COUNTS[1:])
            rows.append((program.name, source.file, said, "", *counts))
    return _table(
        rows,
        ["program", "place", "outcome", "who may replace it", *SECTIONS],
        "Which interface is published, which one does the checkout hold, and how large is each?",
        "No place of an interface was looked at.",
    )


_NO_COUNTS: tuple[int | None, ...] = (None,) * len(SECTIONS)


def _counts(sections: dict[str, dict[str, str]]) -> tuple[int | None, ...]:
    return tuple(len(sections.get(name, {})) for name in SECTIONS)


def interface_differences(facts: ReleaseFacts) -> Table:
    """Every difference between a published interface and an interface file."""
    rows: list[_Row] = []
    for program in facts.programs:
        one = facts.provenance.programs.get(program.id)
        if one is None:
            continue
        for kind, published in one.published.items():
            for row in one.repository:
                if isinstance(published, Found) and isinstance(row.interface, Found):
                    told = differences(published.value.interface, row.interface.value)
                    rows += [(program.name, kind, row.file, what) for what in told]
    return _table(
        rows,
        ["program", "published in", "file", "difference"],
        "In what do the published interface and that of the checkout differ?",
        "No two interfaces that could be compared differ.",
    )


def contacts(facts: ReleaseFacts) -> Table:
    """The security contact in each executable, field by field."""
    rows: list[_Row] = []
    for program in facts.programs:
        one = facts.provenance.programs.get(program.id)
        if one is None:
            continue
        if not isinstance(one.contact, Found):
            rows.append((program.name, _outcome(one.contact), ""))
            continue
        said = one.contact.value
        if said.fields is None:
            rows.append((program.name, "no security.txt in the executable", ""))
        elif said.fault:
            rows.append((program.name, "faulty", said.fault))
        rows += [(program.name, key, text) for key, text in (said.fields or {}).items()]
    return _table(
        rows,
        ["program", "field", "says"],
        "Whom does the running executable name for reports of flaws?",
        "There is no program in scope.",
    )


def builds(facts: ReleaseFacts) -> Table:
    """What runs beside what the auditor built."""
    rows: list[_Row] = []
    for program in facts.programs:
        one = facts.provenance.programs.get(program.id)
        code = facts.authority.executables.get(program.id, Unknown("not asked"))
        running = code.value.sha256 if isinstance(code, Found) else _outcome(code)
        build = one.build if one else Unknown("not asked")
        given = build.value.sha256 if isinstance(build, Found) else _outcome(build)
        length = build.value.length if isinstance(build, Found) else None
        rows.append((program.name, running, given, length))
    return _table(
        rows,
        ["program", "SHA-256 of what runs", "SHA-256 of the auditor's build", "bytes built"],
        "Is what runs the auditor's own build of the release commit?",
        "There is no program in scope.",
    )


def _table(rows: list[_Row], columns: list[str], caption: str, empty: str) -> Table:
    import pandas as pd

    return Table(pd.DataFrame(rows, columns=columns, dtype=object), caption, empty)


def _outcome(read: Read[object]) -> str:
    if isinstance(read, Found):
        return "read"
    if isinstance(read, ProvenAbsent):
        return "not there"
    word = "providers disagree" if isinstance(read, Diverged) else "not known"
    return f"{word}: {read.reason}"
