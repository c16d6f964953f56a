"""The record of a command that a team ran in its checkout: the state of the tree, and the form.

The state is taken by the kit's own hashing, never by ``git status``, which runs programs of the
checkout's choice. The form is flat TOML whose keys are the fields of ``build-record``,
``test-record`` and ``verification-record`` surfaces.
"""

from __future__ import annotations

import json
import os
import stat
from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Final

from privatedao_audit.chain.layouts.loader import executable_hash
from privatedao_audit.repository import files, objects, store, worktree
from privatedao_audit.repository.errors import BadDocument
from privatedao_audit.repository.files import NotThere, Refused
from privatedao_audit.repository.git import Gone, Objects

__all__ = ["ArtifactState", "NoCheckout", "TreeState", "artifact_state", "form", "read_state",
           "top_of"]  # fmt: skip

#: Files that a build reads without being told to; untracked ones make a tree unclean.
_BUILD_FILES: Final = (
    ".rs", "Cargo.toml", "Cargo.lock", "Anchor.toml", "rust-toolchain", "rust-toolchain.toml",
    ".cargo/config", ".cargo/config.toml",
)  # fmt: skip
#: Folders of built and fetched things.
_BUILT: Final = frozenset({"target", "node_modules", ".anchor", "test-ledger"})
_SHOWN: Final = 20


class NoCheckout(Exception):
    """The state of the checkout can't be told; the message says why and what to do."""


@dataclass(frozen=True, slots=True)
class TreeState:
    """A checkout at one moment.

    Attributes:
        commit, tree: object ids of HEAD, 40 hexadecimal digits.
        changed: tracked files whose bytes on disk are not those of HEAD.
        untracked: files that a build reads and HEAD does not have.
    """

    commit: str
    tree: str
    changed: tuple[str, ...]
    untracked: tuple[str, ...]

    @property
    def clean(self) -> bool:
        """Nothing that decides about a build differs from the commit."""
        return not self.changed and not self.untracked


def top_of(folder: Path) -> Path:
    """The top of the checkout around a folder.

    Raises:
        NoCheckout: there is none.
    """
    here = folder.resolve()
    for place in (here, *here.parents):
        if (place / ".git").exists():
            return place
    raise NoCheckout("this folder lies in no git checkout; go to the one that the release is of")


def read_state(top: Path) -> TreeState:
    """The state of a checkout, by its own bytes.

    Raises:
        NoCheckout: it has no commit, or something of it can't be read.
    """
    try:
        kept = store.locate(top)
        commit = store.head(kept).commit
        if commit is None:
            raise NoCheckout("the branch has no commit yet; commit what is to be released")
        with Objects(kept, top) as git:
            tree = objects.read_commit(git, commit).tree
            trees = objects.Trees(git)
            names = [os.fsdecode(name) for name in trees.read(tree)]
            tracked: set[str] = set()
            changed: list[str] = []
            for name in names:
                entry = trees.find(tree, (name,))
                tracked |= {path for path, _ in trees.below(name, entry)}
                try:
                    changed += worktree.differing(top, trees, tree, (name,))
                except Refused as error:
                    # What can't be compared, such as a submodule, is not known to be the same.
                    changed.append(f"{name}: {error}")
        return TreeState(commit, tree, tuple(changed), tuple(_untracked(top, tracked)))
    except (Refused, NotThere, Gone, BadDocument) as error:
        raise NoCheckout(f"the checkout can't be read: {error}") from None


def _untracked(top: Path, tracked: set[str]) -> list[str]:
    """Untracked files that a build reads, outside folders of built things.

    So are links to folders, which may hold anything, and folders that can't be looked into.
    """
    found = []

    def unread(error: OSError) -> None:
        found.append(f"{Path(error.filename).relative_to(top).as_posix()}: can't be read")

    for folder, folders, names in os.walk(top, onerror=unread, followlinks=False):
        inner = Path(folder).relative_to(top)
        # A module of the sources may have the name of a folder of built things.
        built = _BUILT - {"target"} if "src" in inner.parts else _BUILT
        folders[:] = sorted(set(folders) - built - {".git"})
        links = [name for name in folders if (Path(folder) / name).is_symlink()]
        for name in (*names, *links):
            path = (inner / name).as_posix()
            if (name in links or path.endswith(_BUILD_FILES)) and path not in tracked:
                found.append(path)
    return sorted(found)


@dataclass(frozen=True, slots=True)
class ArtifactState:
    """A built file at one moment: what tells whether a command wrote it.

    Attributes:
        written_ns: time of the last change of its content, in nanoseconds.
        inode: its number on the disk; a file put in its place has another one.
        size: in bytes; ``sha256`` of all of them.
        executable_sha256: the hash as the chain has it, without the zero bytes at its end; empty
            where nothing but zeros is in it.
    """

    written_ns: int
    inode: int
    size: int
    sha256: str
    executable_sha256: str


def artifact_state(path: Path) -> ArtifactState | None:
    """The state of a built file; None where there is none.

    Raises:
        NoCheckout: it is no regular file, or can't be read.
    """
    try:
        # Without waiting: a pipe in the file's place would have no end.
        opened = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
        try:
            seen = os.fstat(opened)
            if not stat.S_ISREG(seen.st_mode):
                raise NoCheckout("it is no regular file")
            with open(opened, "rb", closefd=False) as file:
                data = file.read()
        finally:
            os.close(opened)
    except (FileNotFoundError, NotADirectoryError):
        return None
    except OSError as error:
        raise NoCheckout(error.strerror or "it can't be read") from None
    try:
        running = executable_hash(data)
    except ValueError:
        running = ""
    return ArtifactState(
        seen.st_mtime_ns, seen.st_ino, len(data), sha256(data).hexdigest(), running
    )


def relative(top: Path, path: Path) -> str:
    """A path as a record names it: from the top of the checkout, with forward slashes.

    Raises:
        NoCheckout: it lies outside, where no auditor of the checkout finds it.
    """
    try:
        inner = path.resolve().relative_to(top.resolve()).as_posix()
        files.split(inner)
    except (ValueError, Refused):
        raise NoCheckout(f"{path} lies outside the checkout, where no auditor finds it") from None
    return inner


def some(names: tuple[str, ...]) -> list[str]:
    """The first names of a list, for a record that stays short."""
    return list(names[:_SHOWN])


def form(about: str, content: Mapping[str, str | int | bool | list[str]]) -> str:
    """A flat TOML document: a comment, then one line for each member."""
    lines = [f"# {line}" for line in about.splitlines()]
    lines += [f"{key} = {_value(value)}" for key, value in content.items()]
    return "\n".join(lines) + "\n"


def _value(value: str | int | bool | list[str]) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return str(value)
    if isinstance(value, str):
        return _text(value)
    return "[" + ", ".join(_text(one) for one in value) + "]"


def _text(value: str) -> str:
    """A TOML basic string in ASCII, so that nothing in it can break out; surrogates are shown."""
    plain = value.encode("utf-8", "backslashreplace").decode("utf-8")
    quoted = json.dumps(plain, ensure_ascii=False)
    return "".join(one if " " <= one <= "~" else f"\\U{ord(one):08x}" for one in quoted)
