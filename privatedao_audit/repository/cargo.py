"""The cargo features of a crate: what a manifest declares, and which of them a build has.

Rules: the Cargo Book, "Features". A feature turns on others by name; ``dep:x`` and ``x/y`` speak
of dependencies, and an optional dependency that nothing names by ``dep:`` is a feature itself.
"""

from __future__ import annotations

import shlex
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from privatedao_audit.repository.errors import BadDocument
from privatedao_audit.repository.structured import toml

__all__ = ["Choice", "Features", "choice_of", "features_of"]

#: Most features of one crate; generated crates have some thousand, programs a handful.
_MOST: Final = 2_000
_TABLES: Final = ("dependencies", "build-dependencies", "build_dependencies")


@dataclass(frozen=True, slots=True)
class Choice:
    """Which features a command asks for beside, or instead of, the default ones."""

    names: frozenset[str] = frozenset()
    defaults: bool = True
    everything: bool = False


@dataclass(frozen=True, slots=True)
class Features:
    """The features of one crate.

    Attributes:
        manifest: path of its Cargo.toml.
        table: feature → the features that it turns on; optional dependencies among them.
    """

    manifest: str
    table: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    def of(self, choice: Choice) -> frozenset[str]:
        """The features that a build has.

        Raises:
            BadDocument: the manifest declares no feature of a chosen name.
        """
        unknown = sorted(choice.names - self.table.keys())
        if unknown:
            raise BadDocument(f"{self.manifest} declares no feature {unknown[0][:60]!a}")
        waiting = [*choice.names, *(("default",) if choice.defaults else ())]
        if choice.everything:
            waiting = list(self.table)
        found: set[str] = set()
        while waiting:
            name = waiting.pop()
            if name not in found:
                found.add(name)
                waiting += self.table.get(name, ())
        return frozenset(found)


def features_of(data: bytes, manifest: str) -> Features | None:
    """The features that a Cargo.toml declares; None where it describes no package.

    Raises:
        BadDocument: not TOML, or a table of features that cargo would refuse.
    """
    tree = toml(data, manifest)
    if not isinstance(tree.get("package"), dict):
        return None
    given = tree.get("features", {})
    if not isinstance(given, dict) or len(given) > _MOST:
        raise BadDocument(f"{manifest}: [features] is no table of at most {_MOST} features")
    rows: dict[str, list[str]] = {}
    for name, turned_on in given.items():
        if not isinstance(turned_on, list) or not all(isinstance(one, str) for one in turned_on):
            raise BadDocument(f"{manifest}: the feature {name[:60]!a} is no list of names")
        rows[name] = turned_on
    every = [one for turned_on in rows.values() for one in turned_on]
    named = {one[4:] for one in every if one.startswith("dep:")}
    implicit = {name for name in _optional(tree) if name not in named and name not in rows}
    table: dict[str, tuple[str, ...]] = dict.fromkeys(implicit, ())
    table |= {name: tuple(_turned_on(ones, implicit)) for name, ones in rows.items()}
    return Features(manifest, table)


def _turned_on(ones: Iterable[str], implicit: set[str]) -> Iterable[str]:
    for one in ones:
        if one.startswith("dep:"):
            continue
        name, mark, _ = one.partition("/")
        # "x?/y" speaks of a dependency that something else turns on.
        if not mark or name in implicit:
            yield name


def _optional(tree: Mapping[str, Any]) -> set[str]:
    """The optional dependencies of a crate, for whatever platform."""
    targets = tree.get("target")
    places = [tree, *(targets.values() if isinstance(targets, dict) else ())]
    tables = [one.get(name) for one in places if isinstance(one, dict) for name in _TABLES]
    return {
        name
        for table in tables
        if isinstance(table, dict)
        for name, one in table.items()
        if isinstance(one, dict) and one.get("optional") is True
    }


def choice_of(command: str) -> Choice:
    """The features that a recorded command line asks cargo for, wherever in it they stand.

    ``anchor build`` hands on to cargo what follows ``--``. A feature of a named package
    (``package/feature``) counts by its own name.
    """
    try:
        words = shlex.split(command)
    except ValueError:
        words = command.split()
    names: set[str] = set()
    for number, word in enumerate(words):
        name, mark, value = word.partition("=")
        if name == "--features" or word == "-F":
            value = value if mark else "".join(words[number + 1 : number + 2])
        elif word.startswith("-F"):
            value = word[2:].removeprefix("=")
        else:
            continue
        names |= {one.rsplit("/", 1)[-1] for one in value.replace(",", " ").split()}
    return Choice(
        frozenset(names), "--no-default-features" not in words, "--all-features" in words
    )
