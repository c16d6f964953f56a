"""RC-01 and RC-10: the release commit, in the history and in every record."""

from __future__ import annotations

from typing import TYPE_CHECKING

from privatedao_audit.domains.release.records.facts import (
    CommandRecord,
    Freeze,
    ProgramRecords,
    PublishedBuild,
    Verification,
)
from privatedao_audit.domains.release.records.said import (
    FULL_ID,
    ReleaseCommit,
    Seen,
    named_some,
    of_cluster,
    release_commit,
    same_as_release,
)
from privatedao_audit.model.finding import Part
from privatedao_audit.model.reads import Found, ProvenAbsent, Read, Unknown, joined
from privatedao_audit.model.status import Status

if TYPE_CHECKING:
    from privatedao_audit.domains.release.facts import ProgramRelease, ReleaseFacts

_OWED = ("Cargo.toml", "Cargo.lock", "Anchor.toml")


def frozen(program: ProgramRelease, facts: ReleaseFacts) -> list[Part]:
    """The parts of RC-01 for one program."""
    release = release_commit(program, facts.cluster)
    if release.commit is None:
        return list(release.why)
    records = facts.records.of(program.name)
    found = [f for f in (records.freezes if records else ()) if f.commit == release.commit]
    if not found:
        text = f"Commit {release.commit} was not looked for in the history."
        return [Part(f"{program.name}: commit", Status.UNKNOWN, text, release.at)]
    freeze = found[0]
    return [
        _in_history(program.name, freeze, release),
        _identical(program.name, freeze, release),
        _on_disk(program.name, freeze, release),
    ]


def _in_history(name: str, freeze: Freeze, release: ReleaseCommit) -> Part:
    commit = freeze.commit
    seen = Seen(f"{name}: commit", [release.at])
    refs: list[str] = []
    if seen.read(freeze.known, absent=Status.FAIL,
                 absent_summary=f"The history has no commit {commit}."):  # fmt: skip
        if isinstance(freeze.known, Found) and freeze.known.value.commit != commit:
            seen.add(Status.FAIL, f"{commit} is no commit but names {freeze.known.value.commit}.")
        if seen.read(freeze.refs, absent=Status.FAIL,
                     absent_summary=f"No branch or tag reaches {commit}."):  # fmt: skip
            assert isinstance(freeze.refs, Found)
            refs = list(freeze.refs.value)
            if not refs:
                seen.add(Status.FAIL, f"No branch or tag reaches {commit}: nothing keeps it.")
        if seen.read(freeze.descends, absent=Status.UNKNOWN,
                     absent_summary="HEAD's history is not there."):  # fmt: skip
            assert isinstance(freeze.descends, Found)
            if not freeze.descends.value:
                seen.add(Status.FAIL, f"The checkout does not descend from {commit}.")
        _whole(seen, freeze)
    for tag, read in freeze.tags.items():
        if FULL_ID.fullmatch(tag.lower()):
            seen.places.append(read.at)
            seen.add(Status.FAIL, f"The release tag is given as {tag}, which is a commit's id.")
        elif seen.read(read, absent=Status.FAIL,
                     absent_summary=f"There is no tag {tag}."):  # fmt: skip
            assert isinstance(read, Found)
            if read.value.commit != commit:
                text = f"The tag {tag} stands for {read.value.commit}, not for {commit}."
                seen.add(Status.FAIL, text)
    tells = f"Commit {commit} is in {named_some(refs, 3)}, and the checkout descends from it."
    return seen.part(tells, observed=commit, expected=commit)


def _whole(seen: Seen, freeze: Freeze) -> None:
    if not seen.read(freeze.shallow, absent=Status.UNKNOWN,
                     absent_summary="Whether the clone is shallow is not known."):  # fmt: skip
        return
    assert isinstance(freeze.shallow, Found)
    if freeze.shallow.value:
        text = "The clone is shallow: its history ends where it was cut; fetch the whole of it."
        seen.add(Status.UNKNOWN, text)


def _identical(name: str, freeze: Freeze, release: ReleaseCommit) -> Part:
    seen = Seen(f"{name}: sources", [release.at])
    if not freeze.crates:
        text = f"The target maps no source declaration of {name}: its folder is not known."
        seen.add(Status.UNKNOWN, text)
    if freeze.gap:
        text = f"Whether that is all that the build reads is not known: {freeze.gap}."
        seen.add(Status.UNKNOWN, text)
    here = seen.read(freeze.released, absent=Status.FAIL,
                     absent_summary="The release commit has no sources.")  # fmt: skip
    there = seen.read(freeze.checked_out, absent=Status.FAIL,
                      absent_summary="The checkout has no sources.")  # fmt: skip
    changed: list[str] = []
    if here and there:
        assert isinstance(freeze.released, Found) and isinstance(freeze.checked_out, Found)
        released, now = freeze.released.value, freeze.checked_out.value
        elsewhere = sorted({p for tree in (released, now) for p, i in tree.items() if ":" in i})
        if elsewhere:
            text = (
                f"What links and submodules lead to is not compared: {named_some(elsewhere)}."
            )
            seen.add(Status.UNKNOWN, text)
        for crate in freeze.crates:
            if not any(p.startswith(crate + "/") for p in released) and crate not in elsewhere:
                seen.add(Status.FAIL, f"The release commit has no files in {crate}.")
        for manifest in _OWED:
            if manifest not in released:
                seen.add(Status.MISSING, f"The release commit has no {manifest}.")
        changed = differing(released, now)
        if changed:
            text = (
                f"{len(changed)} file(s) that decide about the build changed after the release "
                f"commit: {named_some(changed)}."
            )
            seen.add(Status.FAIL, text)
    covered = ", ".join(freeze.crates)
    tells = f"Sources ({covered}), manifests, lock file and toolchain file are those of the commit."
    return seen.part(tells, observed={"changed": changed}, expected={"changed": []})


def differing(released: dict[str, str], now: dict[str, str]) -> list[str]:
    """Paths of the files that differ; a folder only where nothing below it says which."""
    paths = {p for p in released.keys() | now.keys() if released.get(p) != now.get(p)}
    return sorted(p for p in paths if not any(other.startswith(p + "/") for other in paths))


def _on_disk(name: str, freeze: Freeze, release: ReleaseCommit) -> Part:
    seen = Seen(f"{name}: working tree", [release.at])
    changed: list[str] = []
    if seen.read(freeze.dirty, absent=Status.UNKNOWN,
                 absent_summary="The working tree could not be compared."):  # fmt: skip
        assert isinstance(freeze.dirty, Found)
        changed += freeze.dirty.value
        if freeze.dirty.value:
            text = f"Changed on disk and not committed: {named_some(freeze.dirty.value)}."
            seen.add(Status.FAIL, text)
    if seen.read(freeze.stray, absent=Status.UNKNOWN,
                 absent_summary="The folders of the sources are not on disk."):  # fmt: skip
        assert isinstance(freeze.stray, Found)
        changed += freeze.stray.value
        if freeze.stray.value:
            text = (
                "On disk among the sources and in no commit, where a build reads them: "
                f"{named_some(freeze.stray.value)}."
            )
            seen.add(Status.FAIL, text)
    tells = "The same files lie in the working tree, byte for byte."
    return seen.part(tells, observed={"changed": sorted(changed)}, expected={"changed": []})


def recorded(program: ProgramRelease, facts: ReleaseFacts) -> list[Part]:
    """The parts of RC-10 for one program."""
    release = release_commit(program, facts.cluster)
    records = facts.records.of(program.name)
    if release.commit is None:
        return list(release.why)
    if records is None:
        text = f"The records of {program.name} were not collected."
        return [Part(program.name, Status.UNKNOWN, text)]
    return [
        _in_record(program.name, release, records),
        *_in_others(program.name, facts.cluster, release, records),
        *(_published(program, one, release, facts) for one in records.published
          if not isinstance(one.read, ProvenAbsent)),
    ]  # fmt: skip


def _in_record(name: str, release: ReleaseCommit, records: ProgramRecords) -> Part:
    seen = Seen(f"{name}: release record", [release.at])
    known = next((f.known for f in records.freezes if f.commit == release.commit), None)
    if known is None:
        seen.add(Status.UNKNOWN, "The commit was not looked for in the history.")
    else:
        seen.read(known, absent=Status.FAIL,
                  absent_summary=f"The history has no commit {release.commit}.")  # fmt: skip
    unread = [one for one in records.published if not isinstance(one.read, Found)]
    seen.places += [one.read.at for one in unread]
    files = ", ".join(dict.fromkeys(one.file for one in release.named))
    tells = f"{files} names the full commit {release.commit}."
    return seen.part(tells, observed=release.commit, expected=release.commit)


def _in_others(
    name: str, cluster: str, release: ReleaseCommit, records: ProgramRecords
) -> list[Part]:
    """One part for each other record that names a commit, or could not be read."""
    parts = []
    both: tuple[CommandRecord | Verification, ...] = (*records.commands, *records.verifications)
    others = [(one.surface, one.said) for one in both]
    labels: dict[str, int] = {}
    for surface, said in others:
        label = f"{name}: {surface.part} {surface.file}"
        labels[label] = labels.get(label, 0) + 1
        seen = Seen(label if labels[label] == 1 else f"{label} #{labels[label]}")
        given: tuple[str, ...] = ()
        if seen.read(said, absent=Status.MISSING,
                     absent_summary=f"The checkout has no file {surface.file}."):  # fmt: skip
            assert isinstance(said, Found)
            given = said.value.values.get("commit", ())
            of_cluster(seen, surface.file, said.value, cluster)
            if not given:
                continue  # it need not name one here; RC-03 to RC-06 say where it must
            same_as_release(seen, given, release, surface.file)
        parts.append(seen.part(f"{surface.file} names the same commit.", observed=list(given),
                               expected=release.commit))  # fmt: skip
    return parts


def _code_since(program: ProgramRelease) -> Read[int]:
    """The slot of the last deploy or upgrade that the history shows."""
    read = program.history
    if not isinstance(read, Found):
        return read
    changes = [e for e in read.value.code_changes if e.programdata == program.programdata]
    if not changes:
        return Unknown("the history shows no deployment", read.at)
    return Found(changes[-1].slot, read.at)


def _published(
    program: ProgramRelease, one: PublishedBuild, release: ReleaseCommit, facts: ReleaseFacts
) -> Part:
    """A verified-build record on chain: shown, and believed only beside the hash that runs."""
    label = f"{program.name}: verified-build record of {one.signer}"
    seen = Seen(label)
    if not seen.read(one.read, absent=Status.UNKNOWN, absent_summary="There is none."):
        return seen.part("")
    assert isinstance(one.read, Found)
    record = one.read.value
    code = facts.authority.executables.get(program.id)
    since = _code_since(program)
    seen.places.append(release.at)
    holder = code.value.upgrade_authority if isinstance(code, Found) else None
    who = record.uploader(holder)
    shown = {"uploader": who, "commit": record.commit, "deployed_slot": record.deployed_slot}
    if record.signer != one.signer or record.program != program.id:
        text = "The record names another signer or program than its address stands for."
        seen.add(Status.FAIL, text)
    if not isinstance(code, Found):
        seen.add(Status.UNKNOWN, "The executable could not be read, so nothing backs the record.")
        return seen.part("", observed=shown)
    seen.places = [joined(*seen.places, code.at)]
    if record.commit.lower() == release.commit:
        tells = (
            f"A verified-build record by the {who} names the same commit; what it is worth stands "
            "with RC-02 and RC-15."
        )
        return seen.part(tells, observed=shown, expected=release.commit)
    if isinstance(since, Found) and record.deployed_slot < since.value:
        seen.places.append(since.at)
        tells = (
            f"A verified-build record by the {who} was made for slot {record.deployed_slot}, "
            f"before the code of slot {since.value}, so it says nothing of this release."
        )
    elif who == "upgrade authority" and record.deployed_slot < code.value.slot and not isinstance(
        since, Found
    ):
        # The slot moves with every extend, which anybody may send: the code may be the same.
        text = (
            f"The upgrade authority's verified-build record names commit {record.commit[:60]!a}, "
            f"and whether the code is newer than its slot {record.deployed_slot} is not known."
        )
        seen.add(Status.UNKNOWN, text)
        tells = ""
    elif who == "upgrade authority":
        text = f"The upgrade authority's verified-build record names commit {record.commit[:60]!a}."
        seen.add(Status.FAIL, text)
        tells = ""
    else:
        tells = (
            f"A verified-build record by the {who} names commit {record.commit[:60]!a}; whoever "
            "asks for it can have it written, so it is shown and not believed."
        )
    return seen.part(tells, observed=shown, expected=release.commit)
