"""What can be wrong with a recording. Every message names the file and what to do about it."""

from __future__ import annotations

from pathlib import Path


class RecordingError(Exception):
    """A recording cannot be used as asked; the message is one line for people."""


class CannotWrite(RecordingError):
    """The disk is full, the place is read-only or another process holds it.

    Attributes:
        path: the file that could not be written.
        reason: a phrase, without the path.
    """

    def __init__(self, path: Path, reason: str) -> None:
        super().__init__(f"cannot write {path}: {reason}")
        self.path = path
        self.reason = reason


class RecordingMismatch(RecordingError):
    """The file belongs to another target or kit version, or it is something else."""


class RecordingTooOld(RecordingError):
    """The recording was started too long ago to be one time window with what would be added."""


class RecordingSealed(RecordingError):
    """The recording is sealed or being sealed: nothing can be added any more."""


class NotARecording(RecordingError):
    """The file cannot be read, or it is not a recording of this kit."""


class NotSealed(RecordingError):
    """The file is a working recording: it may still change, so nothing is judged from it."""


class NewerSchema(RecordingError):
    """The recording was written by a later kit whose format this one does not know."""


class RecordingDamaged(RecordingError):
    """The bytes are not those that were sealed."""
