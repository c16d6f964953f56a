"""The commands that a document tells its reader to run, and what of the checkout each needs.

Nothing is run. Read are fenced blocks of a shell, or of no language, and code inside lines. Only
programs that take something from the checkout are looked at: package scripts, make targets, script
files, Anchor and cargo. Whatever has a variable, a placeholder or a pattern in it is left alone.
"""

from __future__ import annotations

import posixpath
import re
import shlex
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

__all__ = ["Need", "commands", "make_targets"]

_FENCE = re.compile(r"[ \t]*(?:>[ \t]*)*(?P<mark>`{3,}|~{3,})[ \t]*(?P<info>[\w+-]*).*")
_SHELLS: Final = frozenset({"", "bash", "sh", "shell", "zsh", "console", "terminal"})
_CODE = re.compile(r"(?<!`)`([^`\n]{3,400})`(?!`)")
_ASSIGNED = re.compile(r"[A-Za-z_]\w*=.*")
_OPERATOR: Final = frozenset({"&&", "||", ";", "|", "&", "(", ")"})
_MOST: Final = 400
_LINE: Final = 2_000
_SCRIPT = re.compile(r"(?:[\w@.-]+/){0,12}[\w@.-]+\.(?:sh|bash|mjs|cjs|js|ts|py)")
_INTERPRETERS: Final = frozenset(
    {"bash", "sh", "zsh", "node", "ts-node", "tsx", "python", "python3", "deno", "bun"}
)
_PACKAGE: Final = frozenset({"npm", "yarn", "pnpm"})
_SHORT: Final = frozenset({"test", "start", "stop", "restart"})
#: What yarn and pnpm do by themselves; any other word is a script.
_BUILT_IN: Final = frozenset(
    {
        "install", "i", "ci", "add", "remove", "up", "update", "upgrade", "link", "dlx", "exec",
        "create", "init", "config", "cache", "audit", "why", "info", "list", "ls", "pack",
        "publish", "set", "global", "workspace", "workspaces", "import", "outdated", "login",
        "version", "dedupe", "store", "env", "fetch", "rebuild", "prune", "help", "node",
    }
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Need:
    """What one command needs.

    Attributes:
        text: the command as written.
        kind: ``script`` (of package.json), ``target`` (of a Makefile), ``anchor-script`` or
            ``file``.
        name: which one; for files the path from the top of the checkout.
        folder: where package.json or the Makefile lies; empty: at the top.
    """

    text: str
    kind: str
    name: str
    folder: str = ""

    @property
    def told(self) -> str:
        """In words."""
        if self.kind == "file":
            return f"the file {self.name}"
        holder = {"script": "package.json", "target": "Makefile", "anchor-script": "Anchor.toml"}
        return f"the {self.kind.replace('-', ' ')} {self.name} of " + posixpath.join(
            self.folder, holder[self.kind]
        )


def commands(text: str) -> tuple[Need, ...]:
    """The needs of all commands of a Markdown document, each once, in its order."""
    found: dict[tuple[str, str, str], Need] = {}
    for block in _blocks(text):
        reading = _Reading()
        for line in block:
            for need in reading.line(line):
                found.setdefault((need.kind, need.name, need.folder), need)
        if len(found) >= _MOST:
            break
    return tuple(found.values())[:_MOST]


def _blocks(text: str) -> Iterator[list[str]]:
    """The shell blocks, each with its lines; code in a line is a block of its own."""
    fence, shell = "", False
    block: list[str] = []
    for line in text.splitlines():
        match = _FENCE.fullmatch(line[:_LINE])
        if fence:
            if match and match["mark"].startswith(fence) and not match["info"]:
                if shell:
                    yield block
                fence, block = "", []
            else:
                block.append(line[:_LINE])
        elif match:
            fence, shell = match["mark"], match["info"].lower() in _SHELLS
        else:
            yield from ([code] for code in _CODE.findall(line[:_LINE]))
    if fence and shell:
        yield block


class _Reading:
    """Follows ``cd`` through a block; None: a place that can't be told."""

    def __init__(self) -> None:
        self.folder: str | None = ""
        self.cloned: set[str] = set()
        self.open = ""

    def line(self, line: str) -> Iterator[Need]:
        line = self.open + re.sub(r"^\s*(?:[$>%]\s+)", "", line).strip()
        if line.endswith("\\"):
            self.open = line[:-1] + " "
            return
        self.open = ""
        if line.startswith("#"):
            return
        lexer = shlex.shlex(line, posix=True, punctuation_chars=True)
        lexer.whitespace_split = True
        try:
            words = list(lexer)
        except ValueError:
            return
        one: list[str] = []
        for word in [*words, ";"]:
            if word in _OPERATOR or set(word) <= set("&|;()<>"):
                yield from self._command(one, line)
                one = []
            else:
                one.append(word)

    def _command(self, words: list[str], line: str) -> Iterator[Need]:
        while words and (_ASSIGNED.fullmatch(words[0]) or words[0] in ("sudo", "env", "time")):
            words = words[1:]
        if not words:
            return
        name, rest = words[0], words[1:]
        if name == "cd":
            self._into(rest)
            return
        if name == "git" and rest[:1] == ["clone"]:
            self.cloned.add(posixpath.basename(rest[-1]).removesuffix(".git"))
            return
        if self.folder is None:
            return
        if name == "npx" and rest and rest[0] in _INTERPRETERS:
            name, rest = rest[0], rest[1:]
        yield from self._needs(name, rest, line)

    def _into(self, rest: list[str]) -> None:
        if len(rest) != 1 or self.folder is None or not re.fullmatch(r"[\w@./-]+", rest[0]):
            self.folder = None
        elif rest[0] in self.cloned:
            self.folder = ""
        else:
            self.folder = _path(self.folder, rest[0])

    def _needs(self, name: str, rest: list[str], line: str) -> Iterator[Need]:
        folder = self.folder or ""
        if name in _PACKAGE:
            script = _script(name, rest)
            if script:
                yield Need(line, "script", script, folder)
        elif name == "make":
            where, targets = _make(rest, folder)
            if where is not None:
                yield from (Need(line, "target", one, where) for one in targets)
        elif name == "anchor" and rest:
            if rest[0] == "run" and len(rest) > 1 and _plain(rest[1]):
                yield Need(line, "anchor-script", rest[1], folder)
            elif rest[0] in ("build", "test", "deploy", "upgrade", "verify", "keys", "idl"):
                yield from self._file("Anchor.toml", line)
        elif name == "cargo" and rest and rest[0] in ("build", "test", "check", "clippy", "run",
                                                      "build-sbf", "test-sbf", "fmt"):  # fmt: skip
            yield from self._file("Cargo.toml", line)
        elif name in _INTERPRETERS:
            given = next((one for one in rest if not one.startswith("-")), "")
            flags = rest[: rest.index(given)] if given else rest
            if _SCRIPT.fullmatch(given.removeprefix("./")) and not {"-c", "-m", "-e"} & set(flags):
                yield from self._file(given, line)
        elif (
            _SCRIPT.fullmatch(name.removeprefix("./")) and "/" in name
            and (name.startswith("./") or name.endswith((".sh", ".bash")))
        ):  # fmt: skip
            yield from self._file(name, line)

    def _file(self, path: str, line: str) -> Iterator[Need]:
        whole = _path(self.folder or "", path)
        if whole is not None:
            yield Need(line, "file", whole)


def _path(folder: str, path: str) -> str | None:
    if path.startswith("/"):
        return None
    whole = posixpath.normpath(posixpath.join(folder, path))
    if whole.startswith(".."):
        return None
    return "" if whole == "." else whole


def _plain(word: str) -> bool:
    return re.fullmatch(r"[A-Za-z0-9_][\w:.@/-]{0,99}", word) is not None


def _script(name: str, rest: list[str]) -> str | None:
    """The package script that a package manager is told to run; None for anything else."""
    while rest and rest[0] in ("-s", "--silent", "-q", "--quiet"):
        rest = rest[1:]
    if not rest or rest[0].startswith("-"):
        return None
    if rest[0] in ("run", "run-script"):
        given = [one for one in rest[1:] if one not in ("-s", "--silent")]
        return given[0] if given and _plain(given[0]) else None
    if rest[0] in _SHORT:
        return rest[0]
    if name == "npm" or rest[0] in _BUILT_IN or not _plain(rest[0]):
        return None
    return rest[0]


def _make(rest: list[str], folder: str) -> tuple[str | None, list[str]]:
    where: str | None = folder
    targets = []
    skip = ""
    for word in rest:
        if skip:
            where = _path(folder, word) if skip == "-C" and _plain(word) else None
            skip = ""
        elif word in ("-C", "-f"):
            skip = word
        elif not word.startswith("-") and "=" not in word and _plain(word):
            targets.append(word)
    return where, targets


def make_targets(text: str) -> tuple[set[str], bool]:
    """The targets of a Makefile, and whether it may have more than can be read off it."""
    found: set[str] = set()
    more = False
    for line in text.splitlines():
        if re.match(r"\s*-?s?include\b", line) or "$(eval" in line:
            more = True
        match = re.match(r"([^\s#:=][^#:=]{0,300}?)\s*::?(?!=)", line)
        if match:
            found.update(match[1].split())
    return {one for one in found if "%" not in one}, more or any("%" in one for one in found)
