"""RC-03 to RC-05: the build, the tests and the verification, by the records of their commands."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from privatedao_audit.domains.release.records import command_lines
from privatedao_audit.domains.release.records.facts import (
    BareLog,
    CommandRecord,
    Freeze,
    Kind,
    LogFile,
    ProgramRecords,
    ScriptReading,
)
from privatedao_audit.domains.release.records.said import (
    ReleaseCommit,
    Seen,
    blank,
    moment,
    named_some,
    read_time,
    release_commit,
    same_as_release,
    stated,
    utc,
)
from privatedao_audit.model.finding import Part
from privatedao_audit.model.reads import Found, Read
from privatedao_audit.model.status import Status
from privatedao_audit.repository.surfaces import Statement

if TYPE_CHECKING:
    from privatedao_audit.domains.release.facts import ProgramRelease, ReleaseFacts

#: What a record owes to be more than somebody's word.
_OWED = (
    "command", "commit", "tree_clean", "exit_code", "tools", "started_at", "finished_at", "log",
    "log_sha256",
)  # fmt: skip
#: What a record of a build owes beside that.
_OF_BUILD = ("artifact_sha256", "artifact_written")
#: A version number, of whatever tool.
_VERSION = re.compile(r"\d+\.\d+")


def commands(kind: Kind, program: ProgramRelease, facts: ReleaseFacts) -> list[Part]:
    """The parts of RC-03, RC-04 or RC-05 for one program."""
    records = facts.records.of(program.name)
    if records is None:
        text = f"The records of {program.name} were not collected."
        return [Part(program.name, Status.UNKNOWN, text)]
    mine = [one for one in records.commands if one.kind == kind]
    bare = [one for one in records.logs if one.kind == kind]
    if not mine and not bare:
        text = f"The target maps no record and no log of the {kind} of {program.name}."
        return [Part(program.name, Status.UNKNOWN, text)]
    release = release_commit(program, facts.cluster)
    parts = []
    files: dict[str, int] = {}
    for one in mine:
        number = files.setdefault(one.surface.file, 0)
        files[one.surface.file] += 1
        parts.append(_record(one, number, program, facts, release, records))
    named = {_log_path(one) for one in mine}
    for log in bare:
        part = _bare(log, program, release)
        # Beside a record, a further log that shows nothing wrong adds nothing.
        if log.surface.file not in named and (not mine or part.status is not Status.ATTESTED):
            parts.append(part)
    return parts


def _log_path(record: CommandRecord) -> str | None:
    return stated(record.said.value, "log") if isinstance(record.said, Found) else None


def _record(
    record: CommandRecord, number: int, program: ProgramRelease, facts: ReleaseFacts,
    release: ReleaseCommit, records: ProgramRecords,
) -> Part:  # fmt: skip
    file = record.surface.file
    seen = Seen(f"{program.name}: {file}" + (f" #{number + 1}" if number else ""))
    if not seen.read(record.said, absent=Status.MISSING,
                     absent_summary=f"The checkout has no file {file}."):  # fmt: skip
        return seen.part("")
    assert isinstance(record.said, Found)
    said = record.said.value
    if not any(said.values.values()):
        seen.add(Status.MISSING, f"{file} states nothing of what is mapped.")
        return seen.part("")
    owed = (*_OWED, *_OF_BUILD) if record.kind == "build" else _OWED
    several = [name for name in owed if len(said.values.get(name, ())) > 1]
    if several:
        text = f"{file} gives several values for {', '.join(several)}: it records no one run."
        seen.add(Status.ATTESTED, text)
    lacking = [n for n in owed if all(blank(text) for text in said.values.get(n, ()))]
    if lacking:
        text = (
            f"{file} does not state {', '.join(lacking)}: without them it is somebody's word that "
            f"the {record.kind} was run."
        )
        seen.add(Status.ATTESTED, text)
    tools = stated(said, "tools")
    if tools is not None and not _VERSION.search(tools):
        seen.add(Status.ATTESTED, f"{file} gives no version of a tool, but {tools[:60]!a}.")
    freeze = next((f for f in records.freezes if f.commit == release.commit), None)
    _command(seen, record.kind, said, freeze)
    same_as_release(seen, said.values.get("commit", ()), release, file)
    _outcome(seen, said)
    _times(seen, said, freeze)
    _log(seen, record, said, release)
    if record.kind == "test":
        _part_only(seen, record, freeze)
    if record.kind == "build":
        _artifact(seen, said, program, facts)
    told = _scripts(record)
    hollow = all(script.checks == _own(script) for script in told)
    if told and (hollow or seen.troubles):
        # A record that passes says it in its own sentence.
        seen.add(Status.ATTESTED, _told(told))
    good = f"{file} records {stated(said, 'command')!r} at the release commit, exit code 0"
    good += f", {_counts(record)}" if record.kind == "test" else ""
    good += "; its log and hashes agree. The record is the team's own and not signed."
    return seen.part(f"{good} {_told(told)}".strip(), observed=_observed(record, said))


def _observed(record: CommandRecord, said: Statement) -> dict[str, object]:
    names = ("command", "commit", "tree_clean", "exit_code", "tools", *_OF_BUILD)
    shown: dict[str, object] = {name: stated(said, name) for name in names if name in said.values}
    if isinstance(record.log, Found):
        shown["log_sha256"] = record.log.value.digest.sha256
        if record.kind == "test":
            log = record.log.value.log
            shown |= {"tests_run": log.tests_run, "tests_failed": log.tests_failed}
    return shown


def _command(seen: Seen, kind: Kind, said: Statement, freeze: Freeze | None) -> None:
    for text in said.values.get("command", ()):
        shown = f"The recorded command is {text[:100]!a}"
        if trouble := command_lines.trouble(kind, text):
            seen.add(Status.FAIL, f"{shown}: {trouble}.")
        elif doubt := command_lines.doubt(kind, text):
            seen.add(Status.ATTESTED, f"{shown}: {doubt}.")
        names, crates = (freeze.packages, freeze.crates) if freeze is not None else ((), ())
        if missed := command_lines.left_out(kind, text, names, crates):
            seen.add(Status.FAIL, f"{shown}: {missed}.")
        elif not names and command_lines.chooses(kind, text):
            why = "which crates are the program's is not known, see RC-01"
            seen.add(Status.UNKNOWN, f"{shown}: {why}.")


def _outcome(seen: Seen, said: Statement) -> None:
    """Every value counts: a good one beside a bad one makes nothing good."""
    for code in said.values.get("exit_code", ()):
        if code != "0":
            seen.add(Status.FAIL, f"The recorded exit code is {code[:20]}.")
    if any(clean != "true" for clean in said.values.get("tree_clean", ())):
        seen.add(Status.FAIL, "It was run in a working tree with changes that are in no commit.")
    for failed in said.values.get("tests_failed", ()):
        if failed != "0":
            seen.add(Status.FAIL, f"The record says {failed[:20]} tests failed.")


def _times(seen: Seen, said: Statement, freeze: Freeze | None) -> None:
    """Begun after the commit, ended after it began, and before it was read."""
    times: dict[str, int] = {}
    for name in ("started_at", "finished_at"):
        text = stated(said, name)
        if text is None:
            continue
        at = moment(text)
        if at is None:
            text = f"{name} is {text[:60]!a}, which is no RFC 3339 time with its offset from UTC."
            seen.add(Status.FAIL, text)
        else:
            times[name] = at
    if len(times) == 2 and times["finished_at"] < times["started_at"]:
        seen.add(Status.FAIL, "It ended before it began.")
    now = read_time(seen.places[0])
    latest = max(times.values(), default=None)
    if now is None:
        seen.add(Status.UNKNOWN, "When the record was read is not known.")
    elif latest is not None and latest > now:
        seen.add(Status.FAIL, f"It is dated {utc(latest)}, after the time it was read.")
    if freeze is None or not isinstance(freeze.known, Found):
        seen.add(Status.UNKNOWN, "When its commit was made is not known: see RC-01.")
    elif "started_at" in times:
        made = freeze.known.value.committer_time
        seen.places.append(freeze.known.at)
        if times["started_at"] < made:
            text = f"It began {utc(times['started_at'])}, before its commit was made ({utc(made)})."
            seen.add(Status.FAIL, text)


def _log(seen: Seen, record: CommandRecord, said: Statement, release: ReleaseCommit) -> None:
    if record.log is None:
        return
    path = stated(said, "log")
    if not seen.read(record.log, absent=Status.MISSING,
                     absent_summary=f"The log {path} is not in the checkout."):  # fmt: skip
        return
    assert isinstance(record.log, Found)
    digest = stated(said, "log_sha256")
    actual = record.log.value.digest.sha256
    if digest is not None and digest.lower() != actual:
        text = f"The log {path} has SHA-256 {actual}, the record says {digest[:64]}."
        seen.add(Status.FAIL, text)
    _shown(seen, record.kind, record.log.value, str(path), release)
    if record.kind == "test":
        _recorded_counts(seen, said, record.log.value)


def _part_only(seen: Seen, record: CommandRecord, freeze: Freeze | None) -> None:
    """Add that the log shows a part of the tests, or those of something else."""
    if not isinstance(record.log, Found):
        return
    log = record.log.value.log
    if log.tests_filtered:
        text = f"The command left {log.tests_filtered} tests out: it ran those that it chose."
        seen.add(Status.ATTESTED, text)
    names = {name.replace("-", "_") for name in (freeze.packages if freeze is not None else ())}
    if not log.suites or not names:
        return
    if not log.binaries:
        text = "Its log does not name the test binaries, so whose tests ran is not shown."
        seen.add(Status.ATTESTED, text)
    elif names.isdisjoint(log.binaries):
        text = f"Its log shows tests of {named_some(log.binaries)}, none of the program's own crate"
        seen.add(Status.ATTESTED, f"{text} ({', '.join(sorted(names))}).")


def _recorded_counts(seen: Seen, said: Statement, file: LogFile) -> None:
    counts = {"tests_run": file.log.tests_run, "tests_failed": file.log.tests_failed}
    for name, counted in counts.items():
        given = stated(said, name)
        if given is not None and given != str(counted):
            text = f"The record says {name} {given[:20]}, its log shows {counted}."
            seen.add(Status.FAIL, text)


def _shown(seen: Seen, kind: Kind, file: LogFile, path: str, release: ReleaseCommit) -> None:
    """What a log shows that speaks against the run, or leaves its end unknown."""
    log = file.log
    if log.errors:
        seen.add(Status.FAIL, f"{path} shows that it failed, {log.errors[0]!a}.")
    if any(code != 0 for code in log.exits):
        bad = next(code for code in log.exits if code != 0)
        seen.add(Status.FAIL, f"{path} states exit code {bad}.")
    other = [one for one in log.commits if release.commit and not release.commit.startswith(one)]
    if other:
        seen.add(Status.FAIL, f"{path} is of commit {other[0]}, the release is {release.commit}.")
    if kind == "build" and not log.finished:
        seen.add(Status.UNKNOWN, f"{path} does not show that the build finished.")
    if log.tests_failed or any(suite.ok is False for suite in log.suites):
        seen.add(Status.FAIL, f"{path} shows {log.tests_failed} failed tests.")
    elif kind == "test":
        if not log.suites_whole:
            text = f"{path} does not show a whole run of tests: announced, ended, and counted."
            seen.add(Status.UNKNOWN, text)
        elif log.tests_run == 0:
            seen.add(Status.FAIL, f"{path} shows that no test ran.")
    if kind == "test" and log.cut and log.suites_whole:
        seen.add(Status.UNKNOWN, f"{path} was cut, so suites may be missing from it.")


def _counts(record: CommandRecord) -> str:
    if not isinstance(record.log, Found):
        return "no counts"
    log = record.log.value.log
    left = f" ({log.tests_left_out} left out)" if log.tests_left_out else ""
    return f"{log.tests_run} tests run{left} and {log.tests_failed} failed"


def _artifact(seen: Seen, said: Statement, program: ProgramRelease, facts: ReleaseFacts) -> None:
    """The built artifact is what runs: an edited record can't change that."""
    if any(written != "true" for written in said.values.get("artifact_written", ())):
        text = (
            "The build did not write its artifact: the file lay there before and stayed as it "
            "was, so what made it is not recorded. Remove it and record the build again."
        )
        seen.add(Status.ATTESTED, text)
    built = stated(said, "artifact_sha256")
    if built is None:
        return
    code = facts.authority.executables.get(program.id)
    if code is None:
        seen.add(Status.UNKNOWN, "The executable was not asked for.")
        return
    if not seen.read(code, absent=Status.FAIL,
                     absent_summary=f"There is no executable of {program.id}."):  # fmt: skip
        return
    assert isinstance(code, Found)
    if facts.authority.moving:
        text = f"Moving: {facts.authority.moving[0]}; run the audit again."
        seen.add(Status.UNKNOWN, text)
    if built.lower() != code.value.sha256:
        text = f"It built {built[:64]}; what runs has SHA-256 {code.value.sha256}."
        seen.add(Status.FAIL, text)


def _bare(one: BareLog, program: ProgramRelease, release: ReleaseCommit) -> Part:
    """A log without a record: nothing ties it to the commit or to what runs."""
    file = one.surface.file
    seen = Seen(f"{program.name}: log {file}")
    read: Read[LogFile] = one.read
    if not seen.read(read, absent=Status.MISSING, absent_summary=f"There is no log {file}."):
        return seen.part("")
    assert isinstance(read, Found)
    _shown(seen, one.kind, read.value, file, release)
    text = (
        f"{file} is a bare log: no record says at which commit, in which tree and with which "
        "result it was made."
    )
    seen.add(Status.ATTESTED, text)
    return seen.part("", observed={"sha256": read.value.digest.sha256})


def _scripts(record: CommandRecord) -> list[ScriptReading]:
    """The scripts behind a record with checks of their own fresh output."""
    return [one for one in record.scripts if one.own]


def _own(reading: ScriptReading) -> int:
    """How many checks read a file that the script itself has written before."""
    return len({one.verifies for one in reading.own})


def _told(readings: list[ScriptReading]) -> str:
    sentences = []
    for one in readings:
        first = one.own[0]
        sentences.append(
            f"In {one.script}, {_own(one)} of {one.checks} checks read a file that an earlier "
            f"step of it has just written, such as {first.path}: written "
            f"at {first.writes} by the step at {first.builds}, read at {first.reads} by the step "
            f"at {first.verifies}."
        )
    return " ".join(sentences)
