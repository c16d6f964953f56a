"""Where a checkout keeps its git data, found without asking git and without its configuration.

Only HEAD, the refs and the names of the object store are read, as plain files under the rules of
:mod:`privatedao_audit.repository.files`. Nothing here parses ``config``: what never reads it
can't be steered by it. Layouts: gitrepository-layout(5), gitformat-pack(5), git-worktree(1).
"""

from __future__ import annotations

import os
import re
import stat
from dataclasses import dataclass, field
from pathlib import Path

from privatedao_audit.repository.files import (
    NotThere,
    Refused,
    list_files,
    opened_folder,
    read_file,
    why,
)

OBJECT_ID = re.compile(r"[0-9a-f]{40}")
_SHA256_ID = re.compile(r"[0-9a-f]{64}")
_SMALL = 4096
_PACKED_REFS = 32 * 1024 * 1024
_MAX_REFS = 50_000
#: What git-check-ref-format(1) forbids, and a few lengths.
_BAD_REF = re.compile(r"[\x00-\x20\x7f~^:?*\[\\]|\.\.|@\{|//|/\.|\.lock(/|$)|\.$|/$|^/")
_FAMILIES = ("refs/heads/", "refs/remotes/", "refs/tags/")


class NotGit(Refused):
    """The folder is not a git checkout that can be read; the text says why and what to do."""


@dataclass(frozen=True, slots=True)
class Store:
    """The git data of one checkout.

    Attributes:
        git_dir: holds HEAD (for a linked worktree, its own administrative folder).
        common_dir: holds objects, refs and packed-refs.
    """

    git_dir: Path
    common_dir: Path

    @property
    def objects(self) -> Path:
        return self.common_dir / "objects"


def ref_name(text: str) -> bool:
    """Whether the text is a well-formed full ref name."""
    return text.startswith("refs/") and len(text) < 1024 and _BAD_REF.search(text) is None


def locate(root: Path) -> Store:
    """The git data of the checkout whose top folder is ``root``.

    Raises:
        NotGit: no folder, no checkout, a bare repository, or a ``.git`` that leads elsewhere
            and is not vouched for by the place it leads to.
    """
    try:
        if not stat.S_ISDIR(os.stat(root).st_mode):
            raise NotGit("the path given with --repo is not a folder")
        kind = os.lstat(root / ".git").st_mode
    except FileNotFoundError:
        raise _no_git(root) from None
    except (OSError, ValueError) as error:
        told = why(error) if isinstance(error, OSError) else "not a path"
        raise NotGit(f"the path given with --repo can't be examined: {told}") from None
    if stat.S_ISLNK(kind):
        raise NotGit("the .git of the checkout is a symbolic link, which is not followed")
    if stat.S_ISDIR(kind):
        store = Store(root / ".git", root / ".git")
    elif stat.S_ISREG(kind):
        store = _linked(root)
    else:
        raise NotGit("the .git of the checkout is neither a folder nor a file")
    for name in ("objects", "refs"):
        try:
            with opened_folder(store.common_dir, (name,)):
                pass
        except (NotThere, Refused) as error:
            raise NotGit(f"the checkout's git folder is damaged: {error}") from None
    if os.path.lexists(store.common_dir / "reftable"):
        raise NotGit("the checkout keeps its refs as reftable, which this version can't read")
    return store


def _no_git(root: Path) -> NotGit:
    if not os.path.lexists(root):
        return NotGit("the path given with --repo does not exist")
    if (root / "objects").is_dir() and (root / "refs").is_dir() and (root / "HEAD").exists():
        return NotGit("--repo is a bare repository, without files; give a checkout of it")
    return NotGit("--repo is not a git checkout: it has no .git; give the checkout's top folder")


def _line(folder: Path, name: str) -> str:
    """The one line of a small administrative file."""
    try:
        text = read_file(folder, (name,), _SMALL)
    except (NotThere, Refused) as error:
        raise NotGit(f"the checkout's git folder can't be read: {error}") from None
    return os.fsdecode(text).rstrip("\n")


def _linked(root: Path) -> Store:
    """A ``.git`` file of a linked worktree, believed when the other end points back here.

    Without that, a hostile checkout could name any repository of the auditor's machine, and its
    history would go into the evidence.
    """
    text = _line(root, ".git")
    if not text.startswith("gitdir: "):
        raise NotGit("the .git file of the checkout is malformed")
    git_dir = root / text.removeprefix("gitdir: ")
    try:
        back = Path(_line(git_dir, "gitdir"))
        common = git_dir / _line(git_dir, "commondir")
        mutual = os.path.samefile(git_dir / back, root / ".git")
    except (NotGit, OSError, ValueError):
        mutual = False
    if not mutual:
        raise NotGit(
            "the .git file leads to a folder that does not point back (a submodule, or moved); "
            "give a checkout of its own"
        )
    return Store(git_dir, common)


@dataclass(frozen=True, slots=True)
class Head:
    """What HEAD says.

    Attributes:
        ref: the branch it names; None when detached.
        commit: the commit id; None on a branch without commits.
    """

    ref: str | None
    commit: str | None


@dataclass(slots=True)
class Refs:
    """Branches, remote branches and tags.

    Attributes:
        ids: full ref name → object id (a tag's may be that of a tag object).
        broken: full ref name → why it can't be read.
    """

    ids: dict[str, str] = field(default_factory=dict)
    broken: dict[str, str] = field(default_factory=dict)


def head(store: Store) -> Head:
    """Read HEAD, through the branch it names.

    Raises:
        Refused: malformed, or ids that are not SHA-1.
    """
    text = _line(store.git_dir, "HEAD")
    if OBJECT_ID.fullmatch(text):
        return Head(None, text)
    _refuse_sha256(text)
    name = text.removeprefix("ref: ").strip()
    if not text.startswith("ref: ") or not ref_name(name):
        raise Refused("HEAD is malformed")
    if name.startswith("refs/heads/"):
        return Head(name, lookup(store, name))
    raise Refused("HEAD names something that is not a branch")


def lookup(store: Store, name: str) -> str | None:
    """The object id of one full ref name; None when neither a file nor packed-refs has it.

    Raises:
        Refused: it is there and can't be read, or is symbolic.
    """
    try:
        text = os.fsdecode(read_file(store.common_dir, tuple(name.split("/")), _SMALL))
        return _id_of(text.rstrip("\n"), name)
    except NotThere:
        return packed(store).get(name)
    except Refused as error:
        if _is_folder(store, name):
            return packed(store).get(name)
        raise Refused(f"the ref {name!r} can't be read: {error}") from None


def _is_folder(store: Store, name: str) -> bool:
    # An emptied folder may stay behind where a packed ref of the same name lives.
    try:
        with opened_folder(store.common_dir, tuple(name.split("/"))):
            return True
    except (NotThere, Refused):
        return False


def _id_of(text: str, name: str) -> str:
    if OBJECT_ID.fullmatch(text):
        return text
    _refuse_sha256(text)
    if text.startswith("ref: "):
        raise Refused(f"{name!r} is symbolic")
    raise Refused(f"{name!r} does not hold an object id")


def _refuse_sha256(text: str) -> None:
    if _SHA256_ID.fullmatch(text):
        raise Refused("the repository uses SHA-256 object ids, which this version can't read")


def packed(store: Store) -> dict[str, str]:
    """The refs of ``packed-refs``.

    Raises:
        Refused: malformed or larger than 32 MiB.
    """
    try:
        text = read_file(store.common_dir, ("packed-refs",), _PACKED_REFS)
    except NotThere:
        return {}
    found: dict[str, str] = {}
    for number, raw in enumerate(text.split(b"\n"), 1):
        line = os.fsdecode(raw)
        if not line or line.startswith(("#", "^")):
            continue
        value, space, name = line.partition(" ")
        _refuse_sha256(value)
        if not space or not OBJECT_ID.fullmatch(value) or not ref_name(name):
            raise Refused(f"packed-refs, line {number}: malformed")
        found[name] = value
        if len(found) > _MAX_REFS:
            raise Refused(f"packed-refs holds more than {_MAX_REFS} refs")
    return found


def refs(store: Store) -> Refs:
    """Every branch, remote branch and tag; loose files stand before packed-refs, as in git.

    Symbolic refs (``refs/remotes/origin/HEAD``) are left out: they repeat another.

    Raises:
        Refused: packed-refs can't be read, or there are too many refs.
    """
    found = Refs(ids={n: i for n, i in packed(store).items() if n.startswith(_FAMILIES)})
    for family in _FAMILIES:
        try:
            listing = list_files(store.common_dir, tuple(family.split("/")[:2]), "",
                                 limit=_MAX_REFS)  # fmt: skip
        except NotThere:
            continue
        found.broken.update(listing.skipped)
        for name in listing.files:
            if not ref_name(name):
                continue
            try:
                text = os.fsdecode(read_file(store.common_dir, tuple(name.split("/")), _SMALL))
                if not text.startswith("ref: "):
                    found.ids[name] = _id_of(text.rstrip("\n"), name)
            except (NotThere, Refused) as error:
                found.ids.pop(name, None)
                found.broken[name] = str(error)
    return found


def shallow(store: Store) -> bool:
    """Whether the history is cut off (``git clone --depth``).

    Raises:
        Refused: the mark can't be examined.
    """
    try:
        return bool(read_file(store.common_dir, ("shallow",), _PACKED_REFS).strip())
    except NotThere:
        return False


def absence_unproven(store: Store) -> str | None:
    """Why an object that is not there proves nothing; None when its absence is a fact."""
    try:
        if shallow(store):
            return "history is shallow"
        packs = list_files(store.objects, ("pack",), "").files
    except NotThere:
        packs = []
    except Refused as error:
        return f"the object store can't be examined: {error}"
    if any(name.endswith(".promisor") for name in packs):
        return "the clone is partial: the object may merely not have been fetched"
    if os.path.lexists(store.objects / "info" / "alternates"):
        return "the object store borrows from another one, which may be incomplete"
    here = set(packs)
    for name in packs:
        if name.endswith(".pack") and name.removesuffix(".pack") + ".idx" not in here:
            return f"the pack {name!r} has no index"
        if not os.access(store.objects / name, os.R_OK):
            return f"{name!r} of the object store can't be read"
    return None
