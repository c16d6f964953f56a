"""Reading the text of shell, JavaScript and TypeScript health scripts.

Comments and what is only printed count for nothing. A method counts where it is called: the
``method`` of a JSON-RPC request, a method of a connection object, the argument of a function, or a
command of the Solana command line. Dead code can't be told from code that runs: that a script is
sound is never concluded from its text alone.
"""

from __future__ import annotations

import re
from typing import Final

from privatedao_audit.repository.documents import text
from privatedao_audit.repository.errors import BadDocument
from privatedao_audit.repository.health_scripts.model import ASKS, Script

__all__ = ["MAX_SCRIPT", "read_script"]

#: Most bytes of a script.
MAX_SCRIPT: Final = 512 * 1024
_LINE: Final = 4_000
_MOST: Final = 64
_SHELL: Final = (".sh", ".bash")
_SHEBANGS: Final = ("#!/bin/sh", "#!/bin/bash", "#!/usr/bin/env sh", "#!/usr/bin/env bash")
_PROGRAM: Final = (".ts", ".js", ".mjs", ".cjs", ".mts", ".cts")

_METHODS: Final = "|".join(sorted({m for methods in ASKS.values() for m in methods} | {
    "getHealth", "getVersion", "getBalance", "getBlockHeight", "getBlockTime", "getIdentity",
}))  # fmt: skip
_REQUEST = re.compile(rf"""\\?["']?\bmethod\\?["']?\s*[:=]\s*\\?["'](?P<m>{_METHODS})\\?["']""")
_CALLED = re.compile(rf"\.(?P<m>{_METHODS})\s*\(")
_ARGUMENT = re.compile(
    rf"""(?P<f>[\w.$]{{1,80}})\s*(?:<[^<>()]{{0,80}}>)?\((?:[^()"'`]{{0,120}},)?\s*"""
    rf"""["'](?P<m>{_METHODS})["']"""
)
#: Functions that print, or make a text of it.
_PRINTS = re.compile(r"(?:^|\.)(?:console|log|warn|error|info|debug|print|Error|push|write)\b")
_SOLANA = re.compile(
    r"(?:^|[|;&(`]|\$\()\s*solana\s+(?P<c>slot|genesis-hash|block-height|account|program\s+show)\b"
)
_COMMANDS: Final = {
    "slot": "getSlot", "genesis-hash": "getGenesisHash", "block-height": "getBlockHeight",
    "account": "getAccountInfo", "program show": "getAccountInfo",
}  # fmt: skip
_PRINTED = re.compile(r"^\s*(?:echo|printf|cat\s*<<|log|info|warn)\b")
_SHELL_FAIL = re.compile(
    r"(?:^|[;&|{]|\bthen\b|\belse\b)\s*(?:exit|return)\s+(?:[1-9]\d*|\$\{?\w+)"
)
_SHELL_FORGIVE = re.compile(r"\|\|\s*(?:true|:|exit\s+0)\s*(?:[;)#}]|$)|^\s*set\s+\+e\b")
_SHELL_TAKES = re.compile(
    r"""^\s*(?:source|\.)\s+["']?(?P<base>\$\{?\w+\}?/|\./)?(?P<path>[\w./-]+\.(?:sh|bash))["']?"""
)
_SHELL_ANY = re.compile(r"^\s*(?:source|\.)\s+\S|\beval\b")
_OTHERS = re.compile(r"^\s*(?:npm|npx|yarn|pnpm|node|ts-node|tsx|python3?|bash|sh)\s+\S")
_CODE_FAIL = re.compile(
    r"\bprocess\.exit\(\s*(?:[1-9]\d*|\w*[A-Za-z]\w*(?:\s*\?[^)]*)?)\s*\)"
    r"|\bprocess\.exitCode\s*=\s*(?!0\b)\S|\bthrow\b|\bassert(?:\.\w+)?\("
)
_CODE_FORGIVE = re.compile(
    r"\.catch\(\s*\(\s*\w*\s*\)\s*=>\s*\{?\s*\}?\s*\)|\bcatch\s*(?:\(\w*\))?\s*\{\s*\}"
)
_CODE_TAKES = re.compile(
    r"""(?:\bfrom|\brequire\(|\bimport\(|^\s*import)\s*["'](?P<path>\.{1,2}/[\w./-]+)["']"""
)
_CODE_TOKEN = re.compile(
    r"""(?P<text>"(?:[^"\\\n]|\\.)*+"|'(?:[^'\\\n]|\\.)*+'|`(?:[^`\\]|\\.)*+`)"""
    r"|(?P<note>//[^\n]*|/\*.*?(?:\*/|\Z))",
    re.DOTALL,
)
#: A member that says how an endpoint is; its type is no value.
_OUTCOME = re.compile(
    r"\b(?P<name>\w{0,60}[hH]ealthy)[\"']?\s*[:=](?!=)\s*(?P<value>[^,;}\n]{1,200})"
)
_SHELL_NOTE = re.compile(r"""(?P<text>"(?:[^"\\]|\\.)*+"|'[^']*+')|(?P<note>(?:^|(?<=\s))#.*)""")


def read_script(path: str, data: bytes) -> Script:
    """What a script shows.

    Raises:
        BadDocument: another kind of file than the endings above name, not UTF-8, or too long.
    """
    if len(data) > MAX_SCRIPT:
        raise BadDocument(f"{len(data)} bytes; a script may have {MAX_SCRIPT}")
    content = text(data, path)
    if path.endswith(_SHELL) or content.startswith(_SHEBANGS):
        return _shell(content)
    if path.endswith(_PROGRAM):
        return _program(content)
    raise BadDocument("only shell, JavaScript and TypeScript are read")


def _shell(content: str) -> Script:
    methods: dict[str, int] = {}
    fails: list[int] = []
    forgives: list[int] = []
    takes: list[str] = []
    opaque = ""
    for number, raw in enumerate(content.splitlines(), 1):
        line = _SHELL_NOTE.sub(lambda m: m["text"] or "", raw[:_LINE])
        if not line.strip() or (number == 1 and raw.startswith("#!")):
            continue
        if not _PRINTED.match(line):
            for match in _REQUEST.finditer(line):
                methods.setdefault(match["m"], number)
            for match in _SOLANA.finditer(line):
                methods.setdefault(_COMMANDS[" ".join(match["c"].split())], number)
        if _SHELL_FAIL.search(line):
            fails.append(number)
        if _SHELL_FORGIVE.search(line):
            forgives.append(number)
        if found := _SHELL_TAKES.match(line):
            takes.append(found["path"])
        elif _SHELL_ANY.search(line):
            opaque = opaque or f"line {number} runs what does not stand in the text"
        elif _OTHERS.match(line):
            opaque = opaque or f"line {number} starts another program"
    return Script(methods, tuple(fails[:_MOST]), tuple(forgives[:_MOST]),
                  tuple(dict.fromkeys(takes))[:_MOST], opaque)  # fmt: skip


def _program(content: str) -> Script:
    # Comments become as many newlines as they had, so that lines keep their numbers.
    bare = _CODE_TOKEN.sub(lambda m: m["text"] or "\n" * m[0].count("\n"), content)
    methods: dict[str, int] = {}
    fails: list[int] = []
    forgives: list[int] = []
    takes: list[str] = []
    opaque = ""
    written: dict[str, list[tuple[int, str]]] = {}
    for number, raw in enumerate(bare.split("\n"), 1):
        line = raw[:_LINE]
        for match in _OUTCOME.finditer(line):
            written.setdefault(match["name"], []).append((number, match["value"].strip()))
        for pattern in (_REQUEST, _CALLED):
            for match in pattern.finditer(line):
                methods.setdefault(match["m"], number)
        for match in _ARGUMENT.finditer(line):
            if not _PRINTS.search(match["f"]):
                methods.setdefault(match["m"], number)
        if _CODE_FAIL.search(line):
            fails.append(number)
        if _CODE_FORGIVE.search(line):
            forgives.append(number)
        takes += [found["path"] for found in _CODE_TAKES.finditer(line)]
        if re.search(r"\b(?:eval|exec|execSync|spawn|spawnSync)\(", line):
            opaque = opaque or f"line {number} starts another program"
    return Script(
        methods, tuple(fails[:_MOST]), tuple(forgives[:_MOST]),
        tuple(dict.fromkeys(takes))[:_MOST], opaque, _constant(written),
    )  # fmt: skip


def _constant(written: dict[str, list[tuple[int, str]]]) -> dict[str, int]:
    """Outcomes to which nothing but true is ever given."""
    found = {}
    for name, places in written.items():
        values = [(line, value) for line, value in places if value != "boolean"]
        if values and all(value == "true" for _line, value in values):
            found[name] = values[0][0]
    return dict(list(found.items())[:_MOST])
