"""What notebook 01 shows of the records of a release."""

from __future__ import annotations

from privatedao_audit.domains.release.facts import ReleaseFacts
from privatedao_audit.domains.release.records.commit import differing
from privatedao_audit.domains.release.records.facts import (
    CommandRecord,
    Freeze,
    ListedFiles,
    LogFile,
    Verification,
)
from privatedao_audit.domains.release.view import outcome
from privatedao_audit.model.reads import Found, ProvenAbsent, Read
from privatedao_audit.view.table import Table


def _table(rows: list[tuple[object, ...]], columns: list[str], caption: str, empty: str) -> Table:
    import pandas as pd

    return Table(pd.DataFrame(rows, columns=columns, dtype=object), caption, empty)


def _said(read: Read[bool]) -> str:
    """Yes or no, or what came of the read."""
    if not isinstance(read, Found):
        return outcome(read)
    return "yes" if read.value else "no"


def freezes(facts: ReleaseFacts) -> Table:
    """Each commit that a release record names, against history and checkout."""
    rows: list[tuple[object, ...]] = []
    for program in facts.records.programs:
        for one in program.freezes:
            rows += [(program.name, one.commit, what, told) for what, told in _freeze(one)]
    return _table(
        rows,
        ["program", "commit", "question", "answer"],
        "How does each recorded release commit stand in the history and the checkout?",
        "No current record names a full commit id, so none was looked for.",
    )


def _freeze(one: Freeze) -> list[tuple[str, str]]:
    known = one.known
    names = ", ".join(one.refs.value[:5]) if isinstance(one.refs, Found) else outcome(one.refs)
    return [
        ("in the history", "yes" if isinstance(known, Found) else outcome(known)),
        ("branches and tags that reach it", names or "none"),
        ("the checkout descends from it", _said(one.descends)),
        ("the clone is shallow", _said(one.shallow)),
        ("folders of crates compared", ", ".join(one.crates) or "none"),
        ("a build may read more", one.gap or "nothing says so"),
        ("files that changed since", _changed(one)),
        ("changed on disk", _names(one.dirty)),
        ("untracked where a build reads", _names(one.stray)),
    ]


def _changed(one: Freeze) -> str:
    if not (isinstance(one.released, Found) and isinstance(one.checked_out, Found)):
        bad = one.released if not isinstance(one.released, Found) else one.checked_out
        return outcome(bad)
    paths = differing(one.released.value, one.checked_out.value)
    return ", ".join(paths[:20]) or "none"


def _names(read: Read[tuple[str, ...]]) -> str:
    return (", ".join(read.value[:20]) or "none") if isinstance(read, Found) else outcome(read)


def commands(facts: ReleaseFacts) -> Table:
    """The records and logs of build, tests and verification."""
    rows: list[tuple[object, ...]] = []
    for program in facts.records.programs:
        rows += [(program.name, one.kind, *_command(one)) for one in program.commands]
        rows += [
            (program.name, one.kind, one.surface.file, "(a bare log)", "", "", "", _log(one.read))
            for one in program.logs
        ]
    columns = ["program", "of", "file", "command", "commit", "clean tree", "exit", "its log shows"]
    return _table(
        rows,
        columns,
        "Which records and logs of build, tests and verification were retained?",
        "The target maps no record and no log of build, tests or verification.",
    )


def _command(one: CommandRecord) -> tuple[str, ...]:
    file = one.surface.file
    if not isinstance(one.said, Found):
        return (file, outcome(one.said), "", "", "", "")
    values = one.said.value.values
    told = (", ".join(values.get(n, ())) for n in ("command", "commit", "tree_clean", "exit_code"))
    log = "(names no single log)" if one.log is None else _log(one.log)
    return (file, *(text or "(not stated)" for text in told), log)


def _log(read: Read[LogFile]) -> str:
    if not isinstance(read, Found):
        return outcome(read)
    log = read.value.log
    said = [f"{log.lines} lines"]
    said += ["cut"] if log.cut else []
    said += ["a finished build"] if log.finished else []
    if log.suites:
        said.append(f"{log.tests_run} tests run, {log.tests_failed} failed")
    said += [f"commit {one}" for one in log.commits[:2]]
    said += [f"exit code {one}" for one in log.exits[:2]]
    said += [f"{len(log.errors)} lines on which it gave up"] if log.errors else []
    return ", ".join(said)


def scripts(facts: ReleaseFacts) -> Table:
    """Files that a verification script writes and then reads."""
    rows: list[tuple[object, ...]] = [
        (one.script, one.path, one.builds, one.writes, one.verifies, one.reads)
        for program in facts.records.programs
        for record in program.commands
        for reading in record.scripts
        for one in reading.own
    ]
    columns = ["script", "file", "built by step", "written at", "checked by step", "read at"]
    return _table(
        rows,
        columns,
        "Which checks of the verification scripts read what the same script has just written?",
        "No such check was seen in the scripts that verification records name.",
    )


def traces(facts: ReleaseFacts) -> Table:
    """The transactions that independent verifiers left."""
    rows: list[tuple[object, ...]] = []
    for program in facts.records.programs:
        for one in program.verifications:
            if not isinstance(one.said, Found):
                rows.append((program.name, one.surface.file, outcome(one.said), "", "", ""))
                continue
            for signature in one.said.value.values.get("signatures", ()):
                read = one.transactions.get(signature)
                row: tuple[object, ...] = ("(not looked up)", "", "")
                if isinstance(read, Found):
                    landed = read.value
                    end = "succeeded" if landed.succeeded else "failed"
                    row = (end, ", ".join(landed.invoked), ", ".join(landed.signers))
                elif read is not None:
                    row = (outcome(read), "", "")
                rows.append((program.name, one.surface.file, signature, *row))
    return _table(
        rows,
        ["program", "file", "transaction", "outcome", "invoked", "signed by"],
        "What did whoever followed the guide leave on chain?",
        "The target maps no record of an independent verification.",
    )


def retained(facts: ReleaseFacts) -> Table:
    """Every listed file whose content is not the listed one, or is not known."""
    rows: list[tuple[object, ...]] = []
    for program in facts.records.programs:
        for one in program.lists:
            rows += [(program.name, one.surface.file, *row) for row in _listed(one)]
    return _table(
        rows,
        ["program", "list", "file", "listed SHA-256", "at the release commit", "on disk"],
        "Which listed files have other content than listed, or could not be compared?",
        "Every listed file has the listed content at the release commit and on disk.",
    )


def _listed(one: ListedFiles) -> list[tuple[str, ...]]:
    if not isinstance(one.read, Found):
        return [(outcome(one.read), "", "", "")]
    rows: list[tuple[str, ...]] = []
    for row in one.read.value.files:
        then, now = one.released.get(row.path), one.now.get(row.path)
        shown = [
            "not asked" if read is None
            else read.value.sha256 if isinstance(read, Found) else outcome(read)
            for read in (then, now)
        ]  # fmt: skip
        wanted = row.sha256 or "(none)"
        # What the release commit does not have was retained after it.
        judged = shown[1:] if isinstance(then, ProvenAbsent) else shown
        if any(text not in (wanted, "not asked") for text in judged):
            rows.append((row.path, wanted, *shown))
    return rows or ([("the list is empty", "", "", "")] if not one.read.value.files else [])


def named(facts: ReleaseFacts) -> Table:
    """Every record that names a commit, and verified-build records on chain."""
    rows: list[tuple[object, ...]] = []
    for program in facts.programs:
        for source in program.saying("release_commit", facts.cluster):
            read = source.said
            values = read.value.values.get("release_commit", ()) if isinstance(read, Found) else ()
            told = ", ".join(values) or (outcome(read) if not values else "")
            rows.append((program.name, "release record", source.surface.file, told))
        records = facts.records.of(program.name)
        both: tuple[CommandRecord | Verification, ...] = ()
        if records is not None:
            both = (*records.commands, *records.verifications)
        for one in both:
            if isinstance(one.said, Found) and one.said.value.values.get("commit"):
                commits = ", ".join(one.said.value.values["commit"])
                rows.append((program.name, one.surface.part, one.surface.file, commits))
        for published in records.published if records else ():
            read_of = published.read
            told = read_of.value.commit if isinstance(read_of, Found) else outcome(read_of)
            rows.append((program.name, "verified-build record on chain", published.signer, told))
    return _table(
        rows,
        ["program", "record", "where, or by whom", "commit"],
        "Which commit does each record name?",
        "No record names a commit.",
    )
