"""Git objects by id, through ``git cat-file --batch``, every one checked against its id.

Git is run on a folder of our own, with a configuration of our own; of the checkout it is given
the object store alone (``GIT_OBJECT_DIRECTORY``). So hooks, aliases, filters, textconv, pagers,
fsmonitor, ssh commands, includes, promisor remotes, replace refs, grafts and a forged commit graph
of the checkout have nowhere to act. What comes back is hashed again here: a pack index that lies
about which bytes an id names is found out.
"""

from __future__ import annotations

import hashlib
import os
import select
import shutil
import subprocess
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Final, Self

from privatedao_audit.repository.files import Refused, why
from privatedao_audit.repository.store import OBJECT_ID, Store, absence_unproven

#: Largest commit, tag or tree accepted, in bytes. (A tree of 100,000 files has about 5 MB.)
MAX_STRUCTURE = 32 * 1024 * 1024
#: Seconds that all work on one question may take.
DEADLINE: Final = 120.0
_CONFIG = b"[core]\n\trepositoryformatversion = 0\n\tbare = true\n"
#: Set again on the command line, so that no default of the machine's git matters either.
_SETTINGS = (
    "core.hooksPath=/dev/null",
    "core.fsmonitor=false",
    "core.pager=cat",
    "core.attributesFile=/dev/null",
    "core.commitGraph=false",
    "core.multiPackIndex=false",
    "protocol.allow=never",
)
_KINDS = ("commit", "tree", "blob", "tag")


class Gone(Exception):
    """The object store does not hold the object, and that is a fact."""


class _Quiet(Exception):
    """Git stopped talking."""


@dataclass(frozen=True, slots=True)
class GitObject:
    """A verified object: ``kind`` is commit, tree, blob or tag."""

    kind: str
    data: bytes


def executable(root: Path) -> str:
    """The machine's git.

    Raises:
        Refused: there is none, or the first one on PATH lies inside the checkout.
    """
    absolute = [p for p in os.environ.get("PATH", os.defpath).split(os.pathsep) if p[:1] == "/"]
    found = shutil.which("git", path=os.pathsep.join(absolute))
    if found is None:
        raise Refused("git is not installed")
    if Path(found).resolve().is_relative_to(root.resolve()):
        raise Refused("the git on PATH lies inside the checkout and is not run")
    return found


class Objects:
    """Reads the objects of one store; a context manager that owns one git process.

    Attributes:
        deadline: monotonic time after which every read is Refused.
    """

    def __init__(self, store: Store, root: Path, seconds: float = DEADLINE) -> None:
        self._store = store
        self._root = root
        self.deadline = time.monotonic() + seconds
        self._process: subprocess.Popen[bytes] | None = None
        self._folder: tempfile.TemporaryDirectory[str] | None = None
        self._buffer = b""
        self._unproven: str | None = None

    def __enter__(self) -> Self:
        git = executable(self._root)
        self._unproven = absence_unproven(self._store)
        try:
            self._folder = tempfile.TemporaryDirectory(prefix="privatedao-audit-git-")
            self._start(git, Path(self._folder.name))
        except OSError as error:
            self.__exit__(None, None, None)
            raise Refused(f"git can't be started: {why(error)}") from None
        except BaseException:
            self.__exit__(None, None, None)
            raise
        return self

    def _start(self, git: str, home: Path) -> None:
        for name in ("objects", "refs"):
            (home / name).mkdir()
        (home / "HEAD").write_bytes(b"ref: refs/heads/none\n")
        (home / "config").write_bytes(_CONFIG)
        settings = [word for setting in _SETTINGS for word in ("-c", setting)]
        environment = {
            "GIT_DIR": str(home),
            "GIT_OBJECT_DIRECTORY": str(self._store.objects.resolve()),
            "GIT_CONFIG_NOSYSTEM": "1",
            "GIT_CONFIG_GLOBAL": "/dev/null",
            "GIT_ATTR_NOSYSTEM": "1",
            "GIT_TERMINAL_PROMPT": "0",
            "GIT_OPTIONAL_LOCKS": "0",
            "GIT_NO_REPLACE_OBJECTS": "1",
            "GIT_NO_LAZY_FETCH": "1",
            # Stronger than protocol.allow: with it, no configuration can allow a transport.
            "GIT_ALLOW_PROTOCOL": "",
            "HOME": str(home),
            "XDG_CONFIG_HOME": str(home),
            "LC_ALL": "C",
            "PATH": os.path.dirname(git),
        }
        with open(home / "stderr", "wb") as complaints:
            self._process = subprocess.Popen(
                [git, "--no-pager", *settings, "cat-file", "--batch"],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=complaints,
                cwd=home,
                env=environment,
                bufsize=0,
            )

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        process, self._process = self._process, None
        if process is not None:
            process.kill()
            process.wait()
            for pipe in (process.stdin, process.stdout):
                if pipe is not None:
                    pipe.close()
        if self._folder is not None:
            self._folder.cleanup()

    def read(self, object_id: str, limit: int = MAX_STRUCTURE) -> GitObject:
        """One object, verified against its id.

        Args:
            object_id: 40 hexadecimal digits.
            limit: most bytes accepted.

        Raises:
            Gone: proven absent from the store.
            Refused: absent and unproven, too large, corrupt, or git failed.
        """
        if not OBJECT_ID.fullmatch(object_id):
            raise Refused("an object id must be 40 lower-case hexadecimal digits")
        try:
            self._write(object_id.encode() + b"\n")
            words = self._line().split(b" ")
            if words == [object_id.encode(), b"missing"]:
                raise self._missing(object_id)
            kind = words[1].decode("ascii", "replace") if len(words) == 3 else ""
            size = words[2] if len(words) == 3 else b""
            if kind not in _KINDS or not size.isdigit() or len(size) > 18:
                raise Refused(f"git's answer about the object {object_id} is malformed")
            if int(size) > limit:
                self._kill()
                raise Refused(f"the {kind} {object_id} has {int(size)} bytes; "
                              f"the limit is {limit}")  # fmt: skip
            data = self._exactly(int(size) + 1)[:-1]
        except _Quiet as error:
            self._kill()
            raise Refused(f"the object {object_id} can't be read: {error}") from None
        header = f"{kind} {len(data)}\0".encode()
        if hashlib.sha1(header + data, usedforsecurity=False).hexdigest() != object_id:
            raise Refused(f"the object store is corrupt: {object_id} names other bytes")
        return GitObject(kind, data)

    def reopen(self) -> None:
        """Start git anew after an object was refused, so that the next one can be read.

        Raises:
            Refused: git can't be started.
        """
        self.__exit__(None, None, None)
        self._buffer = b""
        self.__enter__()

    def _missing(self, object_id: str) -> Exception:
        # For a damaged object git prints a complaint and then says "missing" all the same.
        assert self._folder is not None
        if (Path(self._folder.name) / "stderr").stat().st_size:
            return Refused(f"git can't read the object {object_id}: the store is damaged")
        if self._unproven is not None:
            return Refused(f"the object {object_id} is not here, but {self._unproven}")
        return Gone(f"the object store holds no object {object_id}")

    def _kill(self) -> None:
        if self._process is not None:
            self._process.kill()

    def _write(self, data: bytes) -> None:
        assert self._process is not None and self._process.stdin is not None
        try:
            self._process.stdin.write(data)
        except OSError:
            raise _Quiet("git stopped") from None

    def _more(self) -> None:
        assert self._process is not None and self._process.stdout is not None
        left = self.deadline - time.monotonic()
        pipe = self._process.stdout.fileno()
        if left <= 0:
            raise _Quiet("it took too long")
        waiting = select.poll()
        waiting.register(pipe, select.POLLIN | select.POLLHUP)
        if not waiting.poll(left * 1000):
            raise _Quiet("it took too long")
        piece = os.read(pipe, 1 << 20)
        if not piece:
            raise _Quiet("git stopped")
        self._buffer += piece

    def _line(self) -> bytes:
        while b"\n" not in self._buffer:
            if len(self._buffer) > 4096:
                raise _Quiet("git's answer is malformed")
            self._more()
        line, _, self._buffer = self._buffer.partition(b"\n")
        return line

    def _exactly(self, count: int) -> bytes:
        pieces, have = [self._buffer], len(self._buffer)
        self._buffer = b""
        while have < count:
            self._more()
            pieces.append(self._buffer)
            have += len(self._buffer)
            self._buffer = b""
        whole = b"".join(pieces)
        self._buffer = whole[count:]
        return whole[:count]
