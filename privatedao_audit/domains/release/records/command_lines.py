"""What a recorded command line can't have done, by its words alone."""

from __future__ import annotations

import posixpath
import re
import shlex
from collections.abc import Sequence
from fnmatch import fnmatchcase

from privatedao_audit.domains.release.records.facts import Kind

#: The command of a kind: its program and subcommand. Any command may verify.
_COMMAND: dict[Kind, tuple[str, str] | None] = {
    "build": ("anchor", "build"), "test": ("cargo", "test"), "verification": None,
}  # fmt: skip
#: Arguments with which the command ends well without having done it.
_IDLE = frozenset({"--help", "-h", "--version", "-V", "--no-run", "--list", "--dry-run"})
#: The same for any other command: short options mean different things to different programs.
_IDLE_ANYWHERE = frozenset({"--help", "--version", "--dry-run", "--just-print"})
_ASSIGNMENT = re.compile(r"[A-Za-z_]\w*=.*", re.DOTALL)
#: Characters; a longer text is no command line.
_LONGEST = 4_000
#: Commands that verify nothing, and ends of a shell's line that make any failure good.
_HOLLOW = frozenset(
    {
        "", ":", "true", "echo", "printf", "exit", "sleep", "cat", "ls", "date", "pwd", "yes",
        "test", "[", "[[", "stat", "touch", "mkdir", "cp", "mv", "rm", "which", "type", "whoami",
        "hostname", "uname", "id", "head", "tail", "wc", "tee", "seq", "cd",
    }
)  # fmt: skip
_HIDES = re.compile(r"(?:\|\||;)\s*(?:true|:|exit 0|echo\b[^;|&]*)\s*['\"]?\s*$")
_SHELL = ("|", ";", "&", "\n", "`", "$(", ">", "<", "#")
#: What a shell's line is cut into where it goes on whatever came before.
_OPERATORS = "|&;\n"
#: Redirections that hold an ampersand and are no operator.
_REDIRECTED = re.compile(r"&>>?|\d?>&\d?")
_STRICT = re.compile(r"set -\w*e\w*\b.*pipefail", re.DOTALL)
#: Programs that run the command behind them.
_WRAPPERS = frozenset({"env", "time", "nice", "nohup", "sudo", "command", "exec"})
_SHELLS = frozenset({"sh", "bash", "dash", "zsh"})


def trouble(kind: Kind, text: str) -> str:
    """Why a command line is not what a record of this kind owes; empty where it may be."""
    if len(text) > _LONGEST:
        return "longer than any command that somebody typed"
    owed = _COMMAND[kind]
    return _checks_nothing(text) if owed is None else _not_the_command(text, owed)


def doubt(kind: Kind, text: str) -> str:
    """Why it may have done something else than it seems; empty where that can't be said."""
    if len(text) > _LONGEST:
        return ""
    if _COMMAND[kind] is not None:
        away = [one for one in _options(text)[2] if one.startswith("/")]
        return "whether its manifest is one of this checkout is not known" if away else ""
    line = _innermost(text)
    try:
        used = _operators(line)
    except ValueError:
        return "its quotes do not close"
    forgiven = {"&&", "|", ";", "\n"} if _STRICT.search(line) else {"&&"}
    hides = next((one for one in used if one not in forgiven), None)
    return f"with {hides!a} in it, a failure may go unseen" if hides else ""


def _operators(line: str) -> list[str]:
    """Where a shell's line joins commands, and negations; not inside quotes."""
    lexer = shlex.shlex(_REDIRECTED.sub(" ", line), posix=True, punctuation_chars=_OPERATORS)
    lexer.whitespace_split, lexer.whitespace, lexer.commenters = True, " \t\r", ""
    tokens = list(lexer)
    return [one for one in tokens if one == "!" or not one.strip(_OPERATORS)]


def _innermost(text: str) -> str:
    """The text that a shell is given with ``-c``, as often as one gives it to another."""
    for _ in range(3):
        words = _words(text)
        given = [n for n, word in enumerate(words) if re.fullmatch(r"-\w*c", word)]
        inner = words[given[0] + 1 : given[0] + 2] if given else []
        if not inner or _name(words[0]) not in _SHELLS:
            break
        text = inner[0]
    return text


def _words(text: str) -> list[str]:
    """The words of a command line, without what stands before the program."""
    try:
        words = shlex.split(text)
    except ValueError:
        words = text.split()
    while words and (_ASSIGNMENT.fullmatch(words[0]) or _name(words[0]) in _WRAPPERS):
        words.pop(0)
    return words


def _not_the_command(text: str, owed: tuple[str, str]) -> str:
    if any(one in text for one in _SHELL):
        return "a shell's line, whose exit code may be another command's"
    try:
        words = shlex.split(text)
    except ValueError:
        return "its quotes do not close"
    while words and _ASSIGNMENT.fullmatch(words[0]):
        words.pop(0)
    if len(words) > 1 and words[1].startswith("+"):
        words.pop(1)  # cargo's choice of a toolchain
    if not words or words[0].rsplit("/", 1)[-1] != owed[0] or words[1:2] != [owed[1]]:
        return f"not `{' '.join(owed)}`"
    idle = [word for word in words[2:] if word in _IDLE]
    return f"with {idle[0]} it does nothing" if idle else ""


def _checks_nothing(text: str) -> str:
    text = _innermost(text)
    if hidden := _HIDES.search(text):
        return f"{hidden[0].strip()!a} hides a failure"
    words = _words(text)
    name = _name(words[0]) if words else ""
    idle = [word for word in words if word in _IDLE_ANYWHERE or (name == "make" and word == "-n")]
    if idle:
        return f"with {idle[0]} it does nothing"
    return "it checks nothing" if name in _HOLLOW else ""


def _name(word: str) -> str:
    return word.rsplit("/", 1)[-1]


def left_out(kind: Kind, text: str, packages: Sequence[str], crates: Sequence[str]) -> str:
    """Why a build or test leaves out every crate that declares the program; empty where not.

    Args:
        packages: cargo's names of those crates and of their libraries.
        crates: folders of the crates that the program is built from.
    """
    if _COMMAND[kind] is None or len(text) > _LONGEST:
        return ""
    chosen, excluded, manifests = _options(text)
    names = {_plain(one) for one in packages}
    if names and chosen and not any(fnmatchcase(n, one) for n in names for one in chosen):
        return f"it {kind}s {', '.join(sorted(chosen))[:100]} alone, not the program's own crate"
    if any(fnmatchcase(n, one) for n in names for one in excluded):
        return "it leaves the program's own crate out"
    above = {"", "."} | {f"{crate}/"[:n] for crate in crates for n in _ends(crate)}
    inside = [one for one in manifests if crates and not one.startswith("/")]
    other = [one for one in inside if posixpath.dirname(one) not in above]
    return f"it {kind}s what {other[0][:100]} is about, not the program" if other else ""


def chooses(kind: Kind, text: str) -> bool:
    """Whether a build or test takes some crates and leaves others."""
    return _COMMAND[kind] is not None and len(text) <= _LONGEST and any(_options(text))


def _ends(crate: str) -> list[int]:
    """Where the names of a folder and of those above it end."""
    return [number for number, sign in enumerate(f"{crate}/") if sign == "/"]


def _options(text: str) -> tuple[set[str], set[str], list[str]]:
    """Packages chosen, packages left out, and manifests that a cargo line names."""
    try:
        words = shlex.split(text)
    except ValueError:
        words = []
    words = words[: words.index("--")] if "--" in words else words
    found: dict[str, list[str]] = {"--package": [], "--exclude": [], "--manifest-path": []}
    # `anchor build` has its own name for it.
    same = {"-p": "--package", "--program-name": "--package"}
    for number, word in enumerate(words):
        name, mark, value = word.partition("=")
        if word.startswith("-p") and len(word) > 2 and not word.startswith("--"):
            name, mark, value = "-p", "=", word[2:].removeprefix("=")
        name = same.get(name, name)
        if name in found:
            found[name] += [value] if mark else words[number + 1 : number + 2]
    manifests = [posixpath.normpath(one) for one in found["--manifest-path"]]
    return (
        {_plain(one) for one in found["--package"]},
        {_plain(one) for one in found["--exclude"]},
        manifests,
    )


def _plain(package: str) -> str:
    """A package's name without the version that may stand behind it."""
    return re.split(r"[@:]", package, maxsplit=1)[0].replace("_", "-")
