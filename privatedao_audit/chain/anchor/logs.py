"""Whose log lines are whose.

A node keeps the log of a transaction as a list of elements. The runtime writes "Program X invoke
[n]" when a program starts and "Program X success" or "Program X failed: ..." when it ends; what
lies between belongs to X, less what deeper programs wrote. A program can write only elements that
begin with "Program log: ", "Program data: " or "Program return: ", but its text may hold line
breaks, so an element is never split: a forged line after a break is part of the text before it.

The whole log is cut at 10 kB: a line that does not fit is left out, "Log truncated" stands once,
and shorter lines may still follow. From there on an invoke line may be missing, so nothing can be
attributed any more. Source: anza-xyz/agave, program-runtime/src/stable_log.rs and
svm-log-collector.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final, Literal, TypeAlias

__all__ = ["LogKind", "LogLine", "Logs", "read_logs"]

LogKind: TypeAlias = Literal[
    "invoke", "success", "failed", "log", "data", "return", "consumed", "runtime", "truncated"
]

_KEY: Final = "[1-9A-HJ-NP-Za-km-z]{32,44}"
_INVOKE: Final = re.compile(rf"Program ({_KEY}) invoke \[([1-9][0-9]{{0,2}})\]")
_SUCCESS: Final = re.compile(rf"Program ({_KEY}) success")
_FAILED: Final = re.compile(rf"Program ({_KEY}) failed: (.*)", re.DOTALL)
_CONSUMED: Final = re.compile(rf"Program ({_KEY}) consumed [0-9]+ of [0-9]+ compute units")
_RETURN: Final = re.compile(rf"Program return: ({_KEY}) (.*)", re.DOTALL)
_LOG: Final = "Program log: "
_DATA: Final = "Program data: "
_TRUNCATED: Final = "Log truncated"


@dataclass(frozen=True, slots=True)
class LogLine:
    """One element of a log.

    ``program`` ran when it was written, None where that is not certain. ``depth`` is 1 for a
    program called by the transaction itself, 0 outside any. ``invocation`` counts the invoke
    lines from 0: two lines with the same number come from the same run of the program. ``text``
    is what follows the prefix, as it stands; ``payloads`` are the values of a data or return
    line. ``element`` is its place in the list. Kind "runtime" is a line of the runtime or of a
    built-in program.
    """

    program: str | None
    depth: int
    kind: LogKind
    text: str
    payloads: tuple[bytes, ...]
    element: int
    invocation: int | None


@dataclass(frozen=True, slots=True)
class Logs:
    """The log of a transaction.

    ``recorded`` is False when the node kept none. ``truncated``: lines are missing at the end.
    ``broken`` says where the elements contradict each other. Lines after a cut or a break have
    no program.
    """

    lines: tuple[LogLine, ...]
    truncated: bool
    broken: str | None
    recorded: bool = True

    @property
    def complete(self) -> bool:
        """Whether every line that was written is here and has its program."""
        return self.recorded and not self.truncated and self.broken is None

    @property
    def invocations(self) -> tuple[LogLine, ...]:
        """The invoke lines that could be followed, in order."""
        return tuple(line for line in self.lines if line.kind == "invoke" and line.program)


def read_logs(log_messages: Sequence[str] | None) -> Logs:
    """Every element of a log with the program it belongs to; None is "not recorded".

    Never raises: a log that makes no sense is ``broken`` from there on.
    """
    if log_messages is None:
        return Logs((), False, None, recorded=False)
    reader = _Reader()
    for element, text in enumerate(log_messages):
        reader.read(element, text)
    return reader.finish()


class _Reader:
    """A log while it is read. ``stack`` holds (program, number of its invocation)."""

    def __init__(self) -> None:
        self._stack: list[tuple[str, int]] = []
        self._lines: list[LogLine] = []
        self._invocations = 0
        self._truncated = False
        self._broken: str | None = None

    def read(self, element: int, text: str) -> None:
        line = _classify(element, text)
        if line.kind == "truncated":
            self._truncated = True
        if self._truncated or self._broken is not None:
            self._lines.append(line)
            return
        why = self._follow(line)
        if why is not None:
            self._broken = f"log element {element}: {why}"
            self._lines.append(line)

    def _follow(self, line: LogLine) -> str | None:
        """Put the line into its place in the calls; what is wrong with it, None when nothing."""
        named = line.program
        if line.kind == "invoke":
            if line.depth != len(self._stack) + 1:
                return f"a program starts at depth {line.depth}, inside {len(self._stack)}"
            assert named is not None
            self._stack.append((named, self._invocations))
            self._invocations += 1
        if not self._stack:
            if line.kind != "runtime":
                return "a line of a program, and none is running"
            self._lines.append(line)
            return None
        program, invocation = self._stack[-1]
        if named is not None and line.kind != "return" and named != program:
            return f"speaks of a program that is not the one running ({line.kind})"
        if line.kind in ("data", "return") and line.text and not line.payloads:
            return f"a {line.kind} line that is not base64"
        self._lines.append(LogLine(
            program, len(self._stack), line.kind, line.text, line.payloads, line.element, invocation
        ))  # fmt: skip
        if line.kind in ("success", "failed"):
            self._stack.pop()
        return None

    def finish(self) -> Logs:
        broken = self._broken
        if broken is None and not self._truncated and self._stack:
            broken = f"the log ends inside {len(self._stack)} running programs"
        # What the reader took for certain before a break was certain; the rest has no program.
        lines = tuple(
            line if line.invocation is not None else replace(line, program=None, depth=0)
            for line in self._lines
        )
        return Logs(lines, self._truncated, broken)


def _classify(element: int, text: str) -> LogLine:
    """What an element is, by its beginning. ``program`` is the one it names, if any."""

    def line(
        kind: LogKind, rest: str, program: str | None = None, depth: int = 0,
        payloads: tuple[bytes, ...] = (),
    ) -> LogLine:
        return LogLine(program, depth, kind, rest, payloads, element, None)

    if text.startswith(_LOG):
        return line("log", text[len(_LOG) :])
    if text.startswith(_DATA):
        rest = text[len(_DATA) :]
        return line("data", rest, payloads=_words(rest))
    if text == _TRUNCATED:
        return line("truncated", "")
    if found := _INVOKE.fullmatch(text):
        return line("invoke", "", found[1], int(found[2]))
    if found := _SUCCESS.fullmatch(text):
        return line("success", "", found[1])
    if found := _FAILED.fullmatch(text):
        return line("failed", found[2], found[1])
    if found := _CONSUMED.fullmatch(text):
        return line("consumed", text, found[1])
    if found := _RETURN.fullmatch(text):
        return line("return", found[2], found[1], payloads=_words(found[2]))
    return line("runtime", text)


def _words(text: str) -> tuple[bytes, ...]:
    """The base64 words of a line; () when one of them is none."""
    try:
        return tuple(base64.b64decode(word, validate=True) for word in text.split(" "))
    except (binascii.Error, ValueError):
        return ()
