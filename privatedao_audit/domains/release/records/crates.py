"""Find what a program is built from: its crates and whatever else of the checkout cargo reads.

Rules: the Cargo Book, "Specifying Dependencies", "Overriding Dependencies", "Workspaces" and
"Configuration". Cargo looks for manifests, toolchain files and configuration in the crate's folder
and in every folder above it.
"""

from __future__ import annotations

import posixpath
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from privatedao_audit.model.reads import Found, ProvenAbsent
from privatedao_audit.model.target import Surface
from privatedao_audit.repository import documents
from privatedao_audit.repository.reads import RepositoryReads

#: What decides about a build beside the crates, in the top folder of the checkout. Cargo reads
#: both names of the toolchain file and of its configuration.
MANIFESTS = (
    "Cargo.toml", "Cargo.lock", "Anchor.toml", "rust-toolchain.toml", "rust-toolchain",
    ".cargo/config.toml", ".cargo/config",
)  # fmt: skip

#: Most crates of the repository that one program is built from.
_MOST_CRATES = 32
_CONFIGS = (".cargo/config.toml", ".cargo/config")
_TABLES = ("dependencies", "build-dependencies", "build_dependencies")
#: Keys of cargo's configuration that name programs which take part in a build.
_PROGRAMS = frozenset({"rustc", "rustc-wrapper", "rustc-workspace-wrapper", "linker"})


@dataclass(slots=True)
class Built:
    """What a program is built from, as far as manifests and configuration say.

    Attributes:
        crates: folders of the crates of this repository, the program's own first.
        more: further files and folders that take part, such as vendored crates.
        packages: cargo's names of the crates that declare the program, and of their libraries.
        gap: why there may be more; empty when that is all.
    """

    crates: dict[str, None] = field(default_factory=dict)
    more: dict[str, None] = field(default_factory=dict)
    packages: dict[str, None] = field(default_factory=dict)
    gap: str = ""

    @property
    def sources(self) -> tuple[str, ...]:
        """Everything, with the manifests above the crates; paths from the top of the checkout."""
        above = [
            posixpath.join(folder, name)
            for crate in self.crates
            for folder in _above(crate)
            for name in MANIFESTS
        ]
        return tuple(dict.fromkeys((*self.crates, *MANIFESTS, *above, *self.more)))


async def built_from(
    repository: RepositoryReads, surfaces: Iterable[Surface], commit: str
) -> Built:
    """What the crates that declare a program are built from, in a commit.

    A path that leads out of the checkout stays in the answer: asking for it is refused, and
    what can't be asked about is not known to be the same.
    """
    search = _Search(repository, commit, Built())
    for surface in surfaces:
        if surface.part == "source-declaration":
            await search.root(surface.file)
    await search.run()
    return search.found


@dataclass(slots=True)
class _Search:
    """The search; crates are folders, the empty text is a crate at the top of the checkout."""

    repository: RepositoryReads
    commit: str
    found: Built
    waiting: dict[str, None] = field(default_factory=dict)
    _seen: set[str] = field(default_factory=set)
    _manifests: dict[str, dict[str, Any]] = field(default_factory=dict)

    async def root(self, file: str) -> None:
        """Begin with the crate around a source file: the nearest folder with a package in it."""
        for folder in _above(file):
            manifest = await self._toml(posixpath.join(folder, "Cargo.toml"))
            if isinstance(manifest.get("package"), dict):
                self.waiting[folder] = None
                for table in (manifest["package"], manifest.get("lib")):
                    name = table.get("name") if isinstance(table, dict) else None
                    if isinstance(name, str):
                        self.found.packages[name] = None
                return
        self._doubt(f"no crate lies around {file}")

    async def run(self) -> None:
        """Follow dependencies by path until there are no more."""
        while self.waiting:
            crate = next(iter(self.waiting))
            del self.waiting[crate]
            if crate in self._seen:
                continue
            if len(self._seen) == _MOST_CRATES:
                self._doubt(f"it is built from more than {_MOST_CRATES} crates of the checkout")
                return
            self._seen.add(crate)
            await self._crate(crate)

    async def _crate(self, crate: str) -> None:
        self.found.crates[crate or "src"] = None
        if not crate:
            self.found.more["build.rs"] = None
        manifest = await self._toml(posixpath.join(crate, "Cargo.toml"))
        shared: Any = {}
        for folder in dict.fromkeys((crate, *_above(crate), *_workspace_of(crate, manifest))):
            one = await self._toml(posixpath.join(folder, "Cargo.toml"))
            workspace = one.get("workspace")
            if isinstance(workspace, dict):
                shared = shared or {
                    name: _at(folder, said)
                    for name, said in _table(workspace.get("dependencies"))
                }
            for patches in (*_tables(one.get("patch")), one.get("replace")):
                self._queue(_paths(folder, patches, {}))
            hooks = (await self._toml(posixpath.join(folder, "Anchor.toml"))).get("hooks")
            if any("build" in name and hook for name, hook in _table(hooks)):
                self._doubt("Anchor.toml runs hooks around the build, which may change anything")
            for name in _CONFIGS:
                self._configured(folder, await self._toml(posixpath.join(folder, name)))
        for place in (manifest, *_tables(manifest.get("target"))):
            for name in _TABLES:
                self._queue(_paths(crate, place.get(name), shared))
        self._elsewhere(crate, manifest)

    def _queue(self, paths: Iterable[str]) -> None:
        self.waiting.update(dict.fromkeys("" if path == "." else path for path in paths))

    def _elsewhere(self, crate: str, manifest: dict[str, Any]) -> None:
        """A library or build script that lies outside the folder of its crate."""
        package, library = manifest.get("package"), manifest.get("lib")
        script = package.get("build") if isinstance(package, dict) else None
        entry = library.get("path") if isinstance(library, dict) else None
        for path, whole in ((script, False), (entry, True)):
            if isinstance(path, str) and path:
                at = posixpath.normpath(posixpath.join(crate, path))
                kept = posixpath.dirname(at) if whole else at
                if not crate or not f"{kept}/".startswith(crate + "/"):
                    self.found.more[kept or at] = None

    def _configured(self, folder: str, config: dict[str, Any]) -> None:
        """What a cargo configuration brings in; its paths are relative to ``folder``."""
        if "include" in config:
            self._doubt(f"cargo's configuration in {folder or 'the top folder'} includes others")
        listed = config.get("paths")
        paths = [one for one in listed if isinstance(one, str)] if isinstance(listed, list) else []
        for source in _tables(config.get("source")):
            paths += [source[k] for k in ("directory", "local-registry")
                      if isinstance(source.get(k), str)]  # fmt: skip
        for table in (*_tables(config.get("target")), config.get("build")):
            for key, value in _table(table):
                if key in _PROGRAMS and isinstance(value, str) and "/" in value:
                    paths.append(value)
        for path in paths:
            self.found.more[posixpath.normpath(posixpath.join(folder, path))] = None
        for patches in _tables(config.get("patch")):
            self._queue(_paths(folder, patches, {}))

    async def _toml(self, path: str) -> dict[str, Any]:
        """A TOML file of the commit; empty where there is none, with a doubt where unreadable."""
        if path not in self._manifests:
            self._manifests[path] = await self._parsed(path)
        return self._manifests[path]

    async def _parsed(self, path: str) -> dict[str, Any]:
        read = await self.repository.blob_at(self.commit, path)
        if isinstance(read, ProvenAbsent):
            return {}
        if not isinstance(read, Found):
            self._doubt(f"{path} could not be read")
            return {}
        try:
            value = documents.parse("toml", read.value, path).value
        except documents.BadDocument as error:
            self._doubt(str(error))
            return {}
        return value if isinstance(value, dict) else {}

    def _doubt(self, why: str) -> None:
        self.found.gap = self.found.gap or why


def _above(path: str) -> tuple[str, ...]:
    """The folders above a path inside the checkout, the nearest first; the last one is the top."""
    folders = []
    while path and not path.startswith(("/", "..")):
        path = posixpath.dirname(path)
        folders.append(path)
    return tuple(folders)


def _workspace_of(crate: str, manifest: dict[str, Any]) -> tuple[str, ...]:
    """The workspace that a crate names by path."""
    package = manifest.get("package")
    named = package.get("workspace") if isinstance(package, dict) else None
    if not isinstance(named, str):
        return ()
    path = posixpath.normpath(posixpath.join(crate, named))
    return ("" if path == "." else path,)


def _at(folder: str, said: Any) -> Any:
    """A workspace's dependency with its path from the top of the checkout."""
    path = said.get("path") if isinstance(said, dict) else None
    return {"path": posixpath.join(folder, path)} if isinstance(path, str) and path else {}


def _table(value: Any) -> Iterator[tuple[str, Any]]:
    yield from value.items() if isinstance(value, dict) else ()


def _tables(value: Any) -> tuple[dict[str, Any], ...]:
    """The tables inside a table."""
    return tuple(one for _, one in _table(value) if isinstance(one, dict))


def _paths(folder: str, table: Any, shared: dict[str, Any]) -> list[str]:
    """The folders of a dependency table's crates, from the top of the checkout."""
    found = []
    for name, one in _table(table):
        base = folder
        if isinstance(one, dict) and one.get("workspace") is True:
            one, base = shared.get(name), ""
        path = one.get("path") if isinstance(one, dict) else None
        if isinstance(path, str) and path:
            found.append(posixpath.normpath(posixpath.join(base, path)))
    return found
