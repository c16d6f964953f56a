"""Logs of `anchor build`, `cargo test` and others: what they show of commit, end and counts.

A log is text that anybody may have typed, with whatever bytes a terminal left in it. It is read as
far as its lines have a known form; what it does not show stays unknown. Forms of the lines: cargo
(`Finished`, `running N tests`, `test result:`), libtest, git (`rev-parse HEAD`), make, npm, yarn.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from privatedao_audit.repository.errors import BadDocument

__all__ = ["CUT", "MAX_LOG", "Log", "Suite", "parse", "plain_text"]

#: Bytes; a file of the checkout that is longer is not read.
MAX_LOG: Final = 5 * 1024 * 1024
#: How the line begins that stands where ``privatedao-audit record`` left bytes out of a log.
CUT: Final = "[privatedao-audit record left out"

#: A longer line has none of the known forms; the rest of it is not looked at.
_LINE: Final = 4_096
#: Most commits, exits or test suites of one log. No honest log has more, and what stands behind
#: the last one kept would go unseen, so a log with more is refused.
_MOST: Final = 500
_ANSI = re.compile(
    r"\x1b\[[0-?]*[ -/]*[@-~]"  # colours and cursor movements
    r"|\x1b\][^\x07\x1b\n]*(?:\x07|\x1b\\)?"  # titles and links; they hide no further line
    r"|\x1b[ -/]*[0-~]"
)
#: What may stand before a known form: a tag such as ``[ci]``, bullets, a prompt.
_LEAD = r"(?:\[[^\[\]]{0,60}\])?[^0-9A-Za-z]*"
_COMMIT = re.compile(
    rf"{_LEAD}(?:(?:release|source|git|build)\s+)?(?:commit|HEAD is now at|HEAD)\b"
    r"[^0-9A-Za-z]{0,8}(?P<id>[0-9a-f]{7,40})\b",
    re.IGNORECASE,
)
_BARE_ID = re.compile(r"\s*([0-9a-f]{40})\s*")
_EXIT = re.compile(
    rf"{_LEAD}(?:process )?exit(?:ed)?(?: with)?(?: (?:code|status))?[ :=]{{1,3}}(\d{{1,3}})\s*$",
    re.IGNORECASE,
)
#: The loader takes what the release profile makes; `test` and `dev` builds are something else.
_FINISHED = re.compile(r"\s*Finished (?:release|`release`)[ \[]")
_FATAL = re.compile(
    r"error\[E\d{1,5}\]|error: (?:could not compile|aborting due to|test failed|doctest failed|"
    r"build failed|\d+ targets? failed|process didn't exit successfully|no such command)|"
    r"Error: (?:Building IDL failed|Failed to )|"
    r"test \S.{0,300} \.\.\. FAILED\s*$|"
    r"g?make(?:\[\d+\])?: \*\*\*|npm (?:ERR!|error code )|error Command failed with exit code [1-9]"
)
_CHILD = re.compile(r"process didn't exit successfully")
#: Cargo names each test binary before it runs it; 16 digits of a hash end the name, or fewer.
_BINARY = re.compile(
    r"\s*Running (?:unittests )?[^()]{1,300} \((?:[^()]{0,300}[/\\])?"
    r"(?P<name>[A-Za-z_][\w-]{0,100})-[0-9a-f]{8,16}(?:\.exe)?\)\s*$"
)
_RUNNING = re.compile(r"running (\d{1,9}) tests?\s*$")
_COUNTS = ("passed", "failed", "ignored", "measured", "filtered")
_RESULT = re.compile(
    r"test result: (?P<word>ok|FAILED)\. (?P<passed>\d{1,9}) passed; (?P<failed>\d{1,9}) failed; "
    r"(?P<ignored>\d{1,9}) ignored; (?P<measured>\d{1,9}) measured; "
    r"(?P<filtered>\d{1,9}) filtered out\b"
)


@dataclass(frozen=True, slots=True)
class Suite:
    """One test binary's run.

    Attributes:
        line: of its result, or of its announcement when it has no result; counted from 1.
        announced: what ``running N tests`` said; None when that line is missing.
        ok: what its result says; None when it never came to one.
        passed, failed, ignored, measured, filtered: counts of its result; those filtered out
            are not among the announced ones.
    """

    line: int
    announced: int | None
    ok: bool | None
    passed: int = 0
    failed: int = 0
    ignored: int = 0
    measured: int = 0
    filtered: int = 0

    @property
    def whole(self) -> bool:
        """Announced and ended, and the counts add up."""
        counted = self.passed + self.failed + self.ignored + self.measured
        return self.ok is not None and self.announced == counted


@dataclass(frozen=True, slots=True)
class Log:
    """What a log shows.

    Attributes:
        lines: how many it has.
        cut: bytes were left out, by its own word.
        commits: ids of commits (7 to 40 digits) on lines that say so, without repetitions.
        exits: exit codes that it states.
        errors: lines, with their number, on which a compiler or test runner gave up.
        finished: cargo said that a build with the release profile finished.
        suites: test runs, in order.
        binaries: names of the test binaries that cargo said it ran, without repetitions.
    """

    lines: int
    cut: bool
    commits: tuple[str, ...]
    exits: tuple[int, ...]
    errors: tuple[str, ...]
    finished: bool
    suites: tuple[Suite, ...]
    binaries: tuple[str, ...] = ()

    @property
    def tests_run(self) -> int:
        """Tests that passed or failed; ignored ones did not run."""
        return sum(one.passed + one.failed for one in self.suites)

    @property
    def tests_failed(self) -> int:
        """Tests that failed."""
        return sum(one.failed for one in self.suites)

    @property
    def tests_left_out(self) -> int:
        """Tests that were ignored, or filtered out by the command."""
        return sum(one.ignored + one.filtered for one in self.suites)

    @property
    def tests_filtered(self) -> int:
        """Tests that the command chose not to run."""
        return sum(one.filtered for one in self.suites)

    @property
    def suites_whole(self) -> bool:
        """At least one suite, and each was announced, ended, and its counts add up."""
        return bool(self.suites) and all(one.whole for one in self.suites)


def plain_text(data: bytes) -> str:
    """The bytes as text without terminal control; bytes that are not UTF-8 become U+FFFD.

    Raises:
        BadDocument: NUL bytes: that is no log but something else under its name.
    """
    if b"\0" in data:
        raise BadDocument("holds NUL bytes, so it is no text log")
    return _ANSI.sub("", data.decode("utf-8", "replace"))


def parse(data: bytes) -> Log:
    """Read a log.

    Raises:
        BadDocument: too long, empty, not text, or with more commits, exits or test suites than
            are kept.
    """
    if len(data) > MAX_LOG:
        raise BadDocument(f"{len(data)} bytes; a log may have {MAX_LOG}")
    text = plain_text(data)
    if not text.strip():
        raise BadDocument("the log is empty")
    lines = _drawn(text)
    commits: dict[str, None] = {}
    exits: list[int] = []
    errors: list[str] = []
    binaries: dict[str, None] = {}
    finished, cut = False, False
    asked_for_head = False
    for number, line in lines:
        match = _COMMIT.match(line)
        bare = _BARE_ID.fullmatch(line) if asked_for_head else None
        if match or bare:
            commits[(match["id"] if match else bare[1]).lower()] = None  # type: ignore[index]
        asked_for_head = "rev-parse" in line
        if ended := _EXIT.match(line):
            exits.append(int(ended[1]))
        if ran := _BINARY.match(line):
            binaries[ran["name"]] = None
        if _FATAL.match(line.lstrip()) or _CHILD.search(line):
            errors.append(f"line {number}: {line.strip()[:160]}")
        finished = finished or bool(_FINISHED.match(line))
        cut = cut or line.startswith(CUT)
    suites = _suites(lines)
    for what, count in (("commits", commits), ("exit codes", exits), ("test suites", suites)):
        if len(count) > _MOST:
            raise BadDocument(f"{len(count)} {what}; a log may have {_MOST}")
    return Log(
        lines=lines[-1][0],
        cut=cut,
        commits=tuple(commits),
        exits=tuple(exits),
        errors=tuple(errors[:_MOST]),
        finished=finished,
        suites=suites,
        binaries=tuple(binaries)[:_MOST],
    )


def _drawn(text: str) -> list[tuple[int, str]]:
    """Number and text of each line, and of all that was drawn over on it, as progress bars are."""
    return [
        (number, drawn[:_LINE])
        for number, line in enumerate(text.split("\n"), 1)
        for drawn in line.rstrip("\r").split("\r")
    ]


def _suites(lines: list[tuple[int, str]]) -> tuple[Suite, ...]:
    found: list[Suite] = []
    announced: tuple[int, int] | None = None
    for number, line in lines:
        if started := _RUNNING.match(line):
            if announced is not None:
                found.append(Suite(announced[0], announced[1], None))
            announced = (number, int(started[1]))
        elif ended := _RESULT.match(line):
            found.append(
                Suite(
                    number,
                    None if announced is None else announced[1],
                    ended["word"] == "ok",
                    *(int(ended[name]) for name in _COUNTS),
                )
            )
            announced = None
    if announced is not None:
        found.append(Suite(announced[0], announced[1], None))
    return tuple(found)
