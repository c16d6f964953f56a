"""Forms that were filled in: unknown keys and values that no reader takes, before an audit.

The readers of an audit look for what the profile maps, so a key that is misspelt is simply not
there for them, and what it was to say is MISSING. Here it is told, with the nearest known key.
"""

from __future__ import annotations

import difflib
import os
import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path, PurePosixPath
from typing import Any, Final

from privatedao_audit.dossier.forms import SCHEMAS, Form, forms, schema_name
from privatedao_audit.dossier.kinds import Schema
from privatedao_audit.dossier.schema import schema_of
from privatedao_audit.repository import documents
from privatedao_audit.repository.runbooks.sections import read_sections

__all__ = ["faults", "faults_of"]

_NAMED: Final = re.compile(r"#:schema \S{0,300}?([\w-]+\.schema\.json)\s*")
#: A form with more faults than this is another document.
_SHOWN: Final = 20
_MAX_FILES: Final = 5_000
_ENDINGS: Final = frozenset({".toml", ".json", ".md", ".yml", ".yaml"})
_NO_FORMS: Final = frozenset({SCHEMAS, "node_modules", "target"})
_MAX_BYTES: Final = 8 * 1024 * 1024


def faults(folder: Path) -> tuple[int, list[str]]:
    """How many forms of a dossier were looked at, and what is wrong in them, in order.

    Looked at is every file in a form's place, and every TOML file whose first line names a schema
    of the kit. Links are not followed.

    Raises:
        OSError: the folder can't be read.
    """
    told: list[str] = []
    seen = 0
    for number, path in enumerate(_files(folder)):
        if number == _MAX_FILES:
            told.append(f"more than {_MAX_FILES} files lie here; name the dossier's own folder")
            break
        name = path.relative_to(folder)
        form = _form_of(name.as_posix(), path)
        if form is None:
            continue
        seen += 1
        if path.stat().st_size > _MAX_BYTES:
            told.append(f"{_shown(str(name))}: larger than {_MAX_BYTES} bytes")
            continue
        told += [f"{_shown(str(name))}: {one}" for one in faults_of(form, path.read_bytes())]
    return seen, told


def faults_of(form: Form, data: bytes) -> list[str]:
    """What is wrong in a filled form, one sentence without its file for each; empty: nothing.

    Args:
        data: the file's bytes.
    """
    schema = schema_of(form)
    if schema is None:
        return []
    try:
        if form.format == "markdown":
            tree: Any = dict(read_sections(data)[0])
        else:
            tree = documents.parse(form.format, data, "it").value
    except documents.BadDocument as error:
        return [str(error)]
    # Imported here: it takes longer than all the rest.
    from jsonschema import Draft202012Validator

    found = list(_told(Draft202012Validator(schema).iter_errors(tree)))
    more = len(found) - _SHOWN
    return found[:_SHOWN] + ([f"and {more} more"] if more > 0 else [])


def _files(folder: Path) -> Iterator[Path]:
    """The files that may be forms, in order; nothing hidden, built or fetched."""

    def fail(error: OSError) -> None:
        raise error

    for here, folders, names in os.walk(folder, onerror=fail):
        folders[:] = sorted(one for one in folders if one[:1] != "." and one not in _NO_FORMS)
        for name in sorted(names):
            path = Path(here) / name
            if path.suffix in _ENDINGS and not path.is_symlink() and path.is_file():
                yield path


def _form_of(name: str, path: Path) -> Form | None:
    for form in forms():
        if form.place == name:
            return form
    if PurePosixPath(name).suffix != ".toml":
        return None
    with path.open("rb") as file:
        first = _NAMED.fullmatch(file.readline(400).decode("utf-8", "replace"))
    wanted = first[1] if first else ""
    return next((form for form in forms() if schema_name(form) == wanted), None)


def _told(errors: Any) -> Iterator[str]:
    for error in sorted(errors, key=lambda one: [str(step) for step in one.absolute_path]):
        where = _where(list(error.absolute_path))
        if error.validator == "additionalProperties":
            known = error.schema.get("properties", {})
            for key in error.instance:
                if key not in known:
                    yield f"{_joined(where, key)}: unknown key{_nearest(key, known)}"
        elif error.validator == "pattern":
            yield f"{where}: {str(error.instance)[:60]!a} is not of the form that is read here"
        elif error.validator == "required":
            yield f"{where or 'it'}: has no {', '.join(_absent(error.schema, error.instance))}"
        elif error.validator == "enum":
            known = ", ".join(str(one) for one in error.validator_value if one)
            yield f"{where}: {str(error.instance)[:60]!a} is none of {known}"
        elif error.validator == "type":
            yield f"{where or 'it'}: is not of type {_types(error.validator_value)}"
        else:
            yield f"{where or 'it'}: {error.message[:200]!a}"


def _absent(schema: Schema, instance: Mapping[str, Any]) -> list[str]:
    return [one for one in schema["required"] if one not in instance]


def _where(steps: Sequence[str | int]) -> str:
    """A place as people say it: rows count from 1."""
    return ".".join(str(one + 1) if isinstance(one, int) else _shown(one) for one in steps)


def _joined(where: str, key: str) -> str:
    return f"{where}.{_shown(key)}" if where else _shown(key)


def _shown(text: str) -> str:
    """A foreign name for the terminal: short, and without what moves the cursor."""
    return text[:200] if text.isascii() and text.isprintable() else ascii(text[:200])


def _types(value: str | list[str]) -> str:
    return value if isinstance(value, str) else " or ".join(value)


def _nearest(name: str, known: Mapping[str, Any]) -> str:
    match = difflib.get_close_matches(name, list(known), n=1, cutoff=0.6)
    return f" (did you mean {match[0]!r}?)" if match else ""
