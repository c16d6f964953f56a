"""The blank forms, and what each says of itself: its mapping, its controls, its place."""

from __future__ import annotations

import json
import posixpath
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import PurePosixPath
from typing import Any, Final

from privatedao_audit import assets
from privatedao_audit.model import catalogue
from privatedao_audit.repository import documents
from privatedao_audit.repository.runbooks.sections import read_sections

__all__ = ["PROGRAM", "SCHEMAS", "Form", "forms", "schema_name", "spoken"]

#: Folder of the schemas, beside those of the forms.
SCHEMAS: Final = "schemas"
_SERIES: Final = tuple(catalogue.SERIES)
#: What a form's mapping has in place of a program's name.
PROGRAM: Final = "NAME"
#: Formats with a syntax of their own: such a file is an example to change, and never blank.
_EXAMPLES: Final = frozenset({"prometheus-rules", "alertmanager-routes"})

_ID = re.compile(r"\b((?:RC|UA|SD|RP|MA|TR|IR|RG)-)(\d\d)\b(?: to (?:\1)?(\d\d)\b)?")
_BY = re.compile(r"\b(?:judged|read) by ([^.;:]*)", re.IGNORECASE)
_BEGINS = re.compile(r"(#? {2,}|)\[\[surfaces\]\]")


@dataclass(frozen=True, slots=True)
class Form:
    """A blank form.

    Attributes:
        path: below ``templates/dossier``, with forward slashes.
        text: as it stands there.
        surfaces: the rows of ``[[surfaces]]`` that its comments print, in order; those that name
            a program say ``NAME``. Empty for a file that another form leads to.
        controls: ids of the controls that read it, in order; empty where all do.
    """

    path: str
    text: str
    surfaces: tuple[Mapping[str, Any], ...]
    controls: tuple[str, ...] = field(default=())

    @property
    def format(self) -> str:
        """How the file itself is parsed: toml, json, yaml or markdown."""
        if any(one["format"] == "json" for one in self.own):
            return "json"
        endings = {".toml": "toml", ".json": "json", ".md": "markdown"}
        return endings.get(PurePosixPath(self.path).suffix, "yaml")

    @property
    def place(self) -> str:
        """Where the form lies in a dossier; a form that is kept as JSON is written as JSON."""
        return f"{self.path.removesuffix('.toml')}.json" if self.format == "json" else self.path

    @property
    def file(self) -> str:
        """How forms call it: the path in its own mapping, or else where it lies itself."""
        return str(self.surfaces[0]["file"]) if self.surfaces else self.path

    @property
    def own(self) -> tuple[Mapping[str, Any], ...]:
        """The surfaces that are about this form, and not about a file of the team's."""
        return tuple(one for one in self.surfaces if one["file"] == self.file)

    @property
    def example(self) -> bool:
        """Whether it holds working examples of a syntax that is not the kit's."""
        return any(one["format"] in _EXAMPLES for one in self.own)

    def tree(self) -> Any:
        """What the blank form holds: its document, or the front matter of a Markdown form."""
        data = self.text.encode()
        if self.path.endswith(".md"):
            return dict(read_sections(data)[0])
        return documents.parse("toml" if self.path.endswith(".toml") else "yaml", data).value

    def written(self, files: Mapping[str, str], program: str) -> str:
        """The form as it is written into a dossier.

        Args:
            files: path that a form's mapping prints → path in the team's checkout; replaced
                wherever a form speaks of it.
            program: name of the program that the dossier is about.
        """
        text = _moved(self.text, files).replace(f'"{PROGRAM}"', f'"{program}"')
        schema = schema_name(self)
        where = posixpath.join(
            *[".."] * (len(PurePosixPath(self.place).parts) - 1), SCHEMAS, schema
        )
        if self.format == "json":
            head = text.partition("\n\n")[0].splitlines()
            about = [one.removeprefix("#").removeprefix(" ") for one in head]
            tree = {"$schema": where, "$comment": about, **self.tree()}
            return json.dumps(tree, indent=2, ensure_ascii=False) + "\n"
        if self.format == "toml":
            return f"#:schema {where}\n{text}"
        if self.format == "yaml":
            return f"# yaml-language-server: $schema={where}\n{text}"
        return text


def schema_name(form: Form) -> str:
    """The file name of a form's schema."""
    return f"{PurePosixPath(form.path).stem}.schema.json"


@cache
def forms() -> tuple[Form, ...]:
    """All blank forms, by their paths.

    Raises:
        FileNotFoundError: the installation lacks them.
        ValueError: a form prints a mapping that is not TOML.
    """
    top = assets.folder("templates") / "dossier"
    found = []
    for path in sorted(top.rglob("*")):
        name = path.relative_to(top).as_posix()
        if path.is_file() and not name.startswith((f"{SCHEMAS}/", ".")):
            text = path.read_text(encoding="utf-8")
            found.append(Form(name, text, _printed(text, name), _named(text)))
    return tuple(found)


def _printed(text: str, name: str) -> tuple[Mapping[str, Any], ...]:
    """The surfaces in a form's comments: from ``[[surfaces]]`` to the next blank line."""
    rows: list[str] = []
    indent: str | None = None
    for line in text.splitlines():
        begins = _BEGINS.fullmatch(line)
        if begins:
            indent = begins[1]
        if indent is not None and line.startswith(indent) and line[len(indent) :].strip():
            rows.append(line[len(indent) :])
        else:
            indent = None
    try:
        return tuple(tomllib.loads("\n".join(rows)).get("surfaces", ()))
    except tomllib.TOMLDecodeError as error:
        raise ValueError(f"the mapping that {name} prints is not TOML: {error}") from None


def _named(text: str) -> tuple[str, ...]:
    """Ids of the controls that read a form: behind "judged by" or "read by", else all it names."""
    flat = " ".join(line.removeprefix("#").strip() for line in text.splitlines())
    said = [one for one in _BY.findall(flat) if _ID.search(one) or "every control" in one]
    ids: dict[str, None] = {}
    for series, first, last in _ID.findall(" ".join(said) if said else flat):
        for number in range(int(first), int(last or first) + 1):
            ids[f"{series}{number:02}"] = None
    return tuple(ids)


def _moved(text: str, files: Mapping[str, str]) -> str:
    """A text with all paths replaced at once, the longest first, and only whole ones."""
    if not files:
        return text
    known = "|".join(re.escape(one) for one in sorted(files, key=len, reverse=True))
    pattern = rf"(?<![\w./-])(?:{known})(?![\w/-]|\.\w)"
    return re.sub(pattern, lambda match: files[match[0]], text)


def spoken(controls: tuple[str, ...]) -> str:
    """Ids in order, runs of three or more as ``MA-01 to MA-11``."""
    if not controls:
        return "every control"
    ids = sorted(controls, key=lambda one: (_SERIES.index(one[:2]), one))
    runs: list[list[str]] = []
    for one in ids:
        follows = runs and runs[-1][-1][:3] == one[:3] and int(runs[-1][-1][3:]) + 1 == int(one[3:])
        if follows:
            runs[-1].append(one)
        else:
            runs.append([one])
    said = [f"{run[0]} to {run[-1]}" if len(run) > 2 else ", ".join(run) for run in runs]
    return ", ".join(said)
