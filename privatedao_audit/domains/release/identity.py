"""RC-08: one program id on every current surface, and on chain."""

from __future__ import annotations

from privatedao_audit.chain.programs import LOADER_V4
from privatedao_audit.domains.authority.facts import ProgramPointer
from privatedao_audit.domains.release.facts import ProgramRelease, ReleaseFacts, SourceOf
from privatedao_audit.domains.release.stated import moving, of_another_cluster
from privatedao_audit.model.finding import Judgement, Part, judgement, unread
from privatedao_audit.model.limits import Limits
from privatedao_audit.model.reads import Found, joined
from privatedao_audit.model.status import Status

#: The surfaces of an Anchor program that state its id: part → what it is called, and the format
#: that is its own. A copy of the id in another format is a document about it.
_KINDS: dict[str, tuple[str, str | None]] = {
    "release-record": ("release record", None),
    "source-declaration": ("source declaration", "rust"),
    "anchor-toml": ("Anchor.toml", "anchor-toml"),
    "idl": ("IDL", "anchor-idl"),
}


def rc_08(facts: ReleaseFacts, limits: Limits) -> Judgement:
    """All current surfaces for this cluster (record, source declaration, Anchor.toml, IDL) name
    one program id, it is the one in scope, and on chain it is executable and owned by a loader
    that knows it. One surface at least of each of the four kinds is mapped, in the format that is
    its own, or that kind is UNKNOWN. Of declarations behind cargo features the one counts that
    the release builds: by the default features of its Cargo.toml at the release commit, by the
    recorded build command, and by the feature that the target names; where these give different
    ids it is UNKNOWN. Archived surfaces do not count."""
    parts: list[Part] = []
    for program in facts.programs:
        parts.append(_on_chain(program, facts))
        parts += _declared(program, facts)
    return judgement(
        parts,
        good="Every current surface names the program that is executable on this cluster.",
        nothing="There is no program in scope.",
    )


def _on_chain(program: ProgramRelease, facts: ReleaseFacts) -> Part:
    label = f"{program.name} on chain"
    read = facts.authority.accounts.get(program.id)
    if read is None:
        return Part(label, Status.UNKNOWN, "The program account was not asked for.")
    if not isinstance(read, Found):
        return unread(
            label, read, absent=Status.FAIL,
            absent_summary=f"{program.id} does not exist on this cluster.",
        )  # fmt: skip
    state = read.value
    seen = {"owner": state.owner, "executable": state.executable}
    if state.owner == LOADER_V4:
        text = f"{program.id} lies under loader v4, which this kit recognises and does not read."
        return Part(label, Status.UNKNOWN, text, read.at, observed=seen)
    if not (isinstance(state.content, ProgramPointer) and state.executable):
        return Part(
            label, Status.FAIL,
            f"{program.id} is not an executable program of the upgradeable loader: its owner is "
            f"{state.owner}, executable is {str(state.executable).lower()}.",
            read.at, observed=seen,
        )  # fmt: skip
    if state.content.programdata != program.programdata:
        return Part(
            label, Status.FAIL, f"{program.id} points to a ProgramData that is not its own.",
            read.at, observed=state.content.programdata, expected=program.programdata,
        )  # fmt: skip
    code = facts.authority.executables.get(program.id)
    if not isinstance(code, Found):
        if code is None:
            return Part(label, Status.UNKNOWN, "Its ProgramData was not asked for.", read.at)
        return unread(
            label, code, absent=Status.FAIL,
            absent_summary=f"{program.id} is closed: its ProgramData does not exist.",
        )  # fmt: skip
    if facts.authority.moving:
        return moving(label, facts, read.at)
    return Part(
        label, Status.PASS, f"{program.id} is executable under the upgradeable loader.",
        joined(read.at, code.at), observed=seen,
    )  # fmt: skip


def _declared(program: ProgramRelease, facts: ReleaseFacts) -> list[Part]:
    sources = program.saying("program_id", facts.cluster)
    parts: list[Part] = []
    files: dict[str, int] = {}
    for source in sources:
        file = source.surface.file
        files[file] = files.get(file, 0) + 1
        label = f"{program.name} in {file}" + (f" #{files[file]}" if files[file] > 1 else "")
        parts.append(_declares(label, source, program, facts.cluster))
    for part, (words, form) in _KINDS.items():
        own = [s for s in sources if s.surface.part == part and form in (None, s.surface.format)]
        if not own:
            text = f"No current {words} of {program.name} is mapped to state its program id."
            parts.append(Part(f"{program.name}: {words}", Status.UNKNOWN, text))
    return parts


def _declares(label: str, source: SourceOf, program: ProgramRelease, cluster: str) -> Part:
    if not isinstance(source.said, Found):
        return unread(
            label, source.said, absent=Status.MISSING,
            absent_summary=f"The checkout has no file {source.surface.file}.",
        )  # fmt: skip
    values = source.said.value.values.get("program_id", ())
    at = source.said.at
    stranger = of_another_cluster(label, source, cluster)
    if stranger is not None:
        return stranger
    if not values:
        text = f"{source.surface.file} does not name a program id for this cluster."
        return Part(label, Status.MISSING, text, at, expected=program.id)
    wrong = [value for value in values if value != program.id]
    if wrong:
        return Part(
            label, Status.FAIL,
            f"{source.surface.file}, a current surface, names {', '.join(wrong)} and not the "
            f"program in scope, {program.id}.",
            at, observed=list(values), expected=program.id,
        )  # fmt: skip
    stated = source.said.value.values.get("programdata", ())
    if any(value != program.programdata for value in stated):
        return Part(
            label, Status.FAIL,
            f"{source.surface.file} names the ProgramData {', '.join(stated)}; that of "
            f"{program.id} is {program.programdata}.",
            at, observed=list(stated), expected=program.programdata,
        )  # fmt: skip
    text = f"{source.surface.file} names {program.id}."
    return Part(label, Status.PASS, text, at, observed=list(values), expected=program.id)
