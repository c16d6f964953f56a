"""Run one command of a team, pass its output through, and keep its log.

Nothing of this belongs to an audit: `privatedao-audit record` runs what its user typed, in the
user's own checkout. An audit never runs anything of a checkout.
"""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from types import FrameType
from typing import Final

from privatedao_audit.repository.logs import CUT

#: Bytes of a log kept from its beginning and from its end; results stand at the end.
KEPT_FIRST: Final = 1024 * 1024
KEPT_LAST: Final = 3 * 1024 * 1024
_PIECE: Final = 64 * 1024
_FORWARDED: Final = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT)


class NotRunnable(Exception):
    """The command could not be started; the message says why."""


@dataclass(slots=True)
class KeptLog:
    """A log within bounds: its first and its last bytes, and how many are left out between."""

    first: bytearray = field(default_factory=bytearray)
    last: bytearray = field(default_factory=bytearray)
    left_out: int = 0

    def add(self, data: bytes) -> None:
        """The next bytes of the output."""
        room = KEPT_FIRST - len(self.first)
        self.first += data[:room] if room > 0 else b""
        self.last += data[max(room, 0) :]
        extra = len(self.last) - KEPT_LAST
        if extra > 0:
            self.left_out += extra
            del self.last[:extra]

    def whole(self) -> bytes:
        """The log as it is written, with a line that says what was left out."""
        if not self.left_out:
            return bytes(self.first + self.last)
        return bytes(self.first) + f"\n{CUT} {self.left_out} bytes]\n".encode() + bytes(self.last)


def run(words: Sequence[str], pass_on: Callable[[bytes], None]) -> tuple[int, KeptLog]:
    """Run a command to its end, without a shell and without input.

    Signals that ask for an end are passed to the command and all it started; its own answer to
    them is its end.

    Args:
        words: program and arguments.
        pass_on: gets every piece of standard output and standard error, as they come.

    Returns:
        The exit code, as a shell has it (128 + number when a signal ended it), and the log.

    Raises:
        NotRunnable: no such program, or no permission.
    """
    try:
        child = subprocess.Popen(
            list(words), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT, process_group=0,
        )  # fmt: skip
    except OSError as error:
        raise NotRunnable(f"{words[0]}: {error.strerror or error}") from None
    kept = KeptLog()
    assert child.stdout is not None
    with child.stdout as output, _forwarding(child.pid):
        while data := os.read(output.fileno(), _PIECE):
            kept.add(data)
            pass_on(data)
        code = child.wait()
    return (128 - code if code < 0 else code), kept


@contextlib.contextmanager
def _forwarding(group: int) -> Iterator[None]:
    """Signals to this process go to a process group instead."""

    def forward(number: int, _frame: FrameType | None) -> None:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(group, number)

    before = {number: signal.signal(number, forward) for number in _FORWARDED}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
