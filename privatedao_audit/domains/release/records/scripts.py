"""Read the scripts that verification records name, to see whether they can fail at all."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from privatedao_audit.domains.release.records.facts import ScriptReading, SelfCheck
from privatedao_audit.model.reads import Found
from privatedao_audit.repository import documents, scripts
from privatedao_audit.repository.reads import RepositoryReads

#: Most shell scripts read, and most steps of each.
_MOST_SCRIPTS = 8
_MOST_STEPS = 150


async def readings(
    repository: RepositoryReads, commands: Sequence[str]
) -> tuple[ScriptReading, ...]:
    """The shell scripts behind the commands of a verification, as far as they can be read.

    Reading them is an extra: a script that can't be read is left out, and nothing passes by it.
    """
    if not commands:
        return ()
    npm = _Npm(repository)
    shell: dict[str, None] = {}
    for command in commands:
        for text in (command, *[await npm.command(n) for n in scripts.npm_names(command)]):
            for file in scripts.script_files(text):
                if file.endswith((".sh", ".bash")):
                    shell[file] = None
    found = [await _reading(repository, npm, file) for file in list(shell)[:_MOST_SCRIPTS]]
    return tuple(one for one in found if one is not None)


@dataclass(slots=True)
class _Npm:
    """package.json's commands, and the files that their programs touch; each read once."""

    repository: RepositoryReads
    _commands: dict[str, str] | None = None
    _touched: dict[str, tuple[str, scripts.Touched] | None] = field(default_factory=dict)

    async def command(self, name: str) -> str:
        if self._commands is None:
            read = await self.repository.file("package.json")
            self._commands = {}
            if isinstance(read, Found):
                try:
                    self._commands = scripts.npm_commands(read.value)
                except documents.BadDocument:
                    self._commands = {}
        return self._commands.get(name, "")

    async def touched(self, name: str) -> tuple[str, scripts.Touched] | None:
        """The program of an npm script and the files it touches; None unless it is one program."""
        if name not in self._touched:
            self._touched[name] = await self._look(name)
        return self._touched[name]

    async def _look(self, name: str) -> tuple[str, scripts.Touched] | None:
        programs = [
            one for one in scripts.script_files(await self.command(name))
            if not one.endswith((".sh", ".bash"))
        ]  # fmt: skip
        if len(programs) != 1:
            return None
        read = await self.repository.file(programs[0])
        return (programs[0], scripts.touched(read.value)) if isinstance(read, Found) else None


async def _reading(repository: RepositoryReads, npm: _Npm, file: str) -> ScriptReading | None:
    read = await repository.file(file)
    if not isinstance(read, Found):
        return None
    written: dict[str, tuple[str, str]] = {}
    own: list[SelfCheck] = []
    checks = 0
    for step in scripts.steps(read.value)[:_MOST_STEPS]:
        seen = await npm.touched(step.name)
        if seen is None:
            continue
        program, touched = seen
        place = f"{file}:{step.line}"
        if step.name.startswith("verify") and touched.reads:
            checks += 1
            both = next((path for path in touched.reads if path in written), None)
            if both is not None:
                builds, writes = written[both]
                line = touched.reads[both]
                own.append(SelfCheck(file, both, builds, place, writes, f"{program}:{line}"))
        for path, line in touched.writes.items():
            written.setdefault(path, (place, f"{program}:{line}"))
    return ScriptReading(file, checks, tuple(own))
