"""A small static reading of scripts: which files one step writes and a later one reads.

A script that first writes its files and then checks them can't fail on what was committed. Only
what stands in the text as plain literals is claimed: a shell script's ``npm run NAME`` lines,
package.json's commands, and the paths given to ``writeFileSync`` and ``readFileSync``, directly or
through one constant. Nothing is run, and whatever is written in another way is not seen.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from privatedao_audit.repository import documents

__all__ = ["Step", "Touched", "npm_commands", "npm_names", "script_files", "steps", "touched"]

#: Most lines of a script that are read.
_LINES: Final = 5_000
#: Most characters of one line that are looked at: a bundler's output is one long line.
_LINE: Final = 4_000
_NPM = re.compile(r"\b(?:npm run|npm run-script|yarn run|pnpm run)\s+([A-Za-z0-9][\w:.-]{0,99})")
_FILE = re.compile(
    r"(?<![\w./-])((?:\./)?(?:[\w-][\w.-]*/){0,12}[\w-][\w.-]*\.(?:sh|bash|ts|js|mjs|cjs))\b"
)
_QUOTED = r"""["'`](?P<path>[\w@][\w./@-]{0,299})["'`]"""
_RESOLVED = (
    rf"(?:path\.)?(?:resolve|join)\(\s*(?:(?:process\.cwd\(\)|ROOT\w*|root\w*)\s*,\s*)?{_QUOTED}"
)
_CONSTANT = re.compile(
    rf"\b(?:const|let|var)\s+(?P<name>\w+)\s*(?::\s*string\s*)?=\s*(?:{_RESOLVED})"
)
_PLAIN_CONSTANT = re.compile(
    rf"\b(?:const|let|var)\s+(?P<name>\w+)\s*(?::\s*string\s*)?=\s*{_QUOTED}"
)
_CALL = re.compile(
    r"\b(?P<call>writeFileSync|writeFile|readFileSync|readFile|readJson|readText|readUtf8)"
    r"(?:<[^()\n]{0,160}>)?\(\s*(?P<argument>[^\n]{0,400})"
)


@dataclass(frozen=True, slots=True)
class Step:
    """One ``npm run`` of a shell script: its line, counted from 1, and the script's name."""

    line: int
    name: str


@dataclass(frozen=True, slots=True)
class Touched:
    """Files that a program names as literals: path → line of the call, counted from 1."""

    writes: dict[str, int]
    reads: dict[str, int]


def npm_commands(data: bytes) -> dict[str, str]:
    """The ``scripts`` of a package.json.

    Raises:
        BadDocument: not strict JSON, or no such member.
    """
    found = documents.pointer(documents.parse("json", data, "package.json"), "/scripts")
    if not isinstance(found, dict):
        raise documents.BadDocument("package.json: there are no scripts")
    return {name: text for name, text in found.items() if isinstance(text, str)}


def npm_names(command: str) -> tuple[str, ...]:
    """The npm scripts that a command line runs."""
    return tuple(dict.fromkeys(_NPM.findall(command[:_LINE])))


def script_files(command: str) -> tuple[str, ...]:
    """The script files of the checkout that a command line names, as plain relative paths."""
    return tuple(dict.fromkeys(one.removeprefix("./") for one in _FILE.findall(command[:_LINE])))


def steps(data: bytes) -> tuple[Step, ...]:
    """The ``npm run`` steps of a shell script, in order; comments don't count."""
    found = []
    for number, line in enumerate(_text(data).splitlines()[:_LINES], 1):
        if not line.lstrip().startswith("#"):
            found += [Step(number, name) for name in _NPM.findall(line[:_LINE])]
    return tuple(found)


def touched(data: bytes) -> Touched:
    """The files that a JavaScript or TypeScript program writes and reads, by literal paths."""
    constants: dict[str, str | None] = {}
    lines = [line[:_LINE] for line in _text(data).splitlines()[:_LINES]]
    for line in lines:
        for match in (_CONSTANT.search(line), _PLAIN_CONSTANT.search(line)):
            if match:
                # A name that stands for two paths in two functions stands for none here.
                same = constants.get(match["name"], match["path"]) == match["path"]
                constants[match["name"]] = match["path"] if same else None
    found = Touched({}, {})
    for number, line in enumerate(lines, 1):
        for call in _CALL.finditer(line):
            path = _path(call["argument"], constants)
            if path is not None:
                kept = found.writes if call["call"].startswith("write") else found.reads
                kept.setdefault(path, number)
    return found


def _path(argument: str, constants: dict[str, str | None]) -> str | None:
    for pattern in (_QUOTED, _RESOLVED):
        if match := re.match(pattern, argument):
            return match["path"].removeprefix("./")
    if match := re.match(r"(\w+)\s*[,)]", argument):
        return constants.get(match[1])
    return None


def _text(data: bytes) -> str:
    return data.decode("utf-8", "replace")
