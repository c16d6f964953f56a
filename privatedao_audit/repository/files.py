"""Files under a root, opened one path component at a time and never through a link.

A checkout is somebody else's directory tree: a link may point at a private key, a pipe may wait
for ever, a file may be replaced between the look and the read. So every component is opened
relative to the one before (``openat`` with ``O_NOFOLLOW``), the opened file itself is examined,
and it is examined again when its last byte has been read.
"""

from __future__ import annotations

import errno
import hashlib
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

#: Largest file taken into memory and into a recording, in bytes.
MAX_FILE = 5 * 1024 * 1024
#: Largest path, as Linux has it, in bytes.
MAX_PATH = 4096
_CHUNK = 1024 * 1024
_FILE = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC | os.O_NOCTTY
_FOLDER = _FILE | os.O_DIRECTORY


class NotThere(Exception):
    """The place was read and holds no such entry; the text says where the path ends."""


class Refused(Exception):
    """It could not, or must not, be read; the text is the reason, without machine paths."""


def split(path: object) -> tuple[str, ...]:
    """The components of a path inside the checkout.

    Raises:
        Refused: not relative, not plain (empty, ``.`` or ``..`` components), too long, or
            leading into git's own folder, which can hold credentials.
    """
    if not isinstance(path, str) or not path:
        raise Refused("the path is empty or not text")
    try:
        size = len(path.encode("utf-8"))
    except UnicodeEncodeError:
        raise Refused("the path is not valid UTF-8") from None
    if size > MAX_PATH or "\0" in path:
        raise Refused(f"the path holds a NUL or is longer than {MAX_PATH} bytes")
    parts = tuple(path.split("/"))
    if path.startswith("/") or ".." in parts:
        raise Refused("the path leads out of the checkout")
    if "" in parts or "." in parts:
        raise Refused("the path has an empty or '.' component; write it plainly")
    if any(part.lower() == ".git" for part in parts):
        raise Refused("the path leads into git's own folder, which is never read as files")
    return parts


def why(error: OSError) -> str:
    """The system's own words for an error, without the path that it carries."""
    return os.strerror(error.errno) if error.errno else type(error).__name__


@contextmanager
def opened_folder(root: Path, parts: tuple[str, ...]) -> Iterator[int]:
    """A descriptor of the folder ``parts`` under ``root``; the root itself may be a link.

    Raises:
        NotThere, Refused: see the classes.
    """
    try:
        handle = os.open(root, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    except OSError as error:
        raise Refused(f"the checkout's folder can't be opened: {why(error)}") from None
    try:
        for depth, part in enumerate(parts):
            deeper = _open_at(handle, part, _FOLDER, "/".join(parts[: depth + 1]))
            os.close(handle)
            handle = deeper
        yield handle
    finally:
        os.close(handle)


def _open_at(folder: int, name: str, flags: int, shown: str) -> int:
    try:
        return os.open(name, flags, dir_fd=folder)
    except FileNotFoundError:
        raise NotThere(f"there is no {shown!r}") from None
    except OSError as error:
        if error.errno in (errno.ENOTDIR, errno.ELOOP):
            # O_NOFOLLOW with O_DIRECTORY reports a link as "not a directory".
            try:
                mode = os.stat(name, dir_fd=folder, follow_symlinks=False).st_mode
            except FileNotFoundError:
                raise NotThere(f"there is no {shown!r}") from None
            except OSError as second:
                raise Refused(f"{shown!r} can't be examined: {why(second)}") from None
            if stat.S_ISLNK(mode):
                raise Refused(f"{shown!r} is a symbolic link, which is not followed") from None
            if flags & os.O_DIRECTORY:
                raise NotThere(f"{shown!r} is not a folder") from None
        raise Refused(f"{shown!r} can't be opened: {why(error)}") from None


@contextmanager
def _opened_file(root: Path, parts: tuple[str, ...]) -> Iterator[tuple[int, os.stat_result]]:
    shown = "/".join(parts)
    with opened_folder(root, parts[:-1]) as folder:
        handle = _open_at(folder, parts[-1], _FILE, shown)
    try:
        before = os.fstat(handle)
        if not stat.S_ISREG(before.st_mode):
            raise Refused(f"{shown!r} is not a regular file")
        yield handle, before
        after = os.fstat(handle)
    except OSError as error:
        raise Refused(f"{shown!r} can't be read: {why(error)}") from None
    finally:
        os.close(handle)
    if _version(before) != _version(after):
        raise Refused(f"{shown!r} changed while it was read")


def _version(seen: os.stat_result) -> tuple[int, int, int, int, int]:
    return seen.st_dev, seen.st_ino, seen.st_size, seen.st_mtime_ns, seen.st_ctime_ns


def read_file(root: Path, parts: tuple[str, ...], limit: int = MAX_FILE) -> bytes:
    """The bytes of a regular file under ``root``.

    Args:
        limit: most bytes accepted.

    Raises:
        NotThere, Refused: see the classes; a file that moved under the read is Refused.
    """
    shown = "/".join(parts)
    with _opened_file(root, parts) as (handle, before):
        if before.st_size > limit:
            raise Refused(f"{shown!r} has {before.st_size} bytes; the limit is {limit}")
        kept = bytearray()
        # One byte more than the size is asked for, so that a growing file shows itself.
        while len(kept) <= before.st_size:
            piece = os.read(handle, min(_CHUNK, before.st_size + 1 - len(kept)))
            if not piece:
                break
            kept += piece
        if len(kept) != before.st_size:
            raise Refused(f"{shown!r} changed while it was read")
    return bytes(kept)


def blob_id(root: Path, parts: tuple[str, ...], limit: int) -> str:
    """The git object id (SHA-1) of a regular file's bytes as they lie there, unfiltered.

    Raises:
        NotThere, Refused: as for :func:`read_file`; the bytes are not kept in memory.
    """
    shown = "/".join(parts)
    with _opened_file(root, parts) as (handle, before):
        if before.st_size > limit:
            raise Refused(f"{shown!r} has {before.st_size} bytes; the limit is {limit}")
        digest = hashlib.sha1(b"blob %d\0" % before.st_size, usedforsecurity=False)
        seen = 0
        while piece := os.read(handle, _CHUNK):
            seen += len(piece)
            if seen > before.st_size:
                break
            digest.update(piece)
        if seen != before.st_size:
            raise Refused(f"{shown!r} changed while it was read")
    return digest.hexdigest()


def link_text(root: Path, parts: tuple[str, ...]) -> bytes | None:
    """Where a symbolic link points, as bytes; None when the entry is not a link.

    Raises:
        NotThere, Refused: see the classes.
    """
    with opened_folder(root, parts[:-1]) as folder:
        try:
            return os.fsencode(os.readlink(parts[-1], dir_fd=folder))
        except FileNotFoundError:
            raise NotThere(f"there is no {'/'.join(parts)!r}") from None
        except OSError as error:
            if error.errno == errno.EINVAL:
                return None
            raise Refused(f"{'/'.join(parts)!r} can't be examined: {why(error)}") from None


@dataclass(slots=True)
class Listing:
    """What lies under a folder.

    Attributes:
        files: paths of regular files, from the root of the checkout.
        skipped: path → why it was passed over (links, pipes, names that are not UTF-8).
    """

    files: list[str] = field(default_factory=list)
    skipped: dict[str, str] = field(default_factory=dict)


def list_files(
    root: Path, under: tuple[str, ...], suffix: str, *, limit: int = 50_000, depth: int = 64
) -> Listing:
    """Regular files under a folder, at any depth, whose name ends with ``suffix``.

    Args:
        limit: most entries looked at.
        depth: most folders inside one another.

    Raises:
        NotThere, Refused: a bound is passed, or a folder on the way can't be read.
    """
    found = Listing()
    looked = 0
    folders = [under]
    while folders:
        here = folders.pop()
        if len(here) - len(under) > depth:
            raise Refused(f"folders lie more than {depth} deep")
        with opened_folder(root, here) as handle:
            try:
                with os.scandir(handle) as entries:
                    for entry in entries:
                        looked += 1
                        if looked > limit:
                            raise Refused(f"more than {limit} entries; name a smaller folder")
                        folder = _sort_in(entry, here, suffix, found)
                        if folder is not None:
                            folders.append(folder)
            except OSError as error:
                raise Refused(f"{'/'.join(here)!r} can't be listed: {why(error)}") from None
    found.files.sort()
    return found


def _sort_in(
    entry: os.DirEntry[str], here: tuple[str, ...], suffix: str, found: Listing
) -> tuple[str, ...] | None:
    """File the entry; its own path when it is a folder to go into."""
    path = (*here, entry.name)
    if entry.name.lower() == ".git":
        return None
    if entry.is_dir(follow_symlinks=False):
        return path
    # A link may stand for a whole folder, so it is told whatever its name.
    if not entry.name.endswith(suffix) and not entry.is_symlink():
        return None
    shown = "/".join(path)
    try:
        shown.encode("utf-8")
    except UnicodeEncodeError:
        visible = shown.encode("utf-8", "backslashreplace").decode("utf-8")
        found.skipped[visible] = "the name is not UTF-8"
        return None
    if entry.is_symlink():
        found.skipped[shown] = "a symbolic link, which is not followed"
    elif entry.is_file(follow_symlinks=False):
        found.files.append(shown)
    else:
        found.skipped[shown] = "not a regular file"
    return None
