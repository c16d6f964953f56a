"""A JSON Schema (2020-12) for each form, made from the form itself and from its mapping."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any, Final

from privatedao_audit.dossier.forms import Form, forms, schema_name, spoken
from privatedao_audit.dossier.kinds import Schema, of_field

__all__ = ["schema_of", "schemas"]

_DIALECT: Final = "https://json-schema.org/draft/2020-12/schema"
_KEY_LINE = re.compile(
    r'(?:# )?([A-Za-z_]\w*) = (?:"[^"]*"|\[[^\]]*\]|true|false|\d+)(?:\s+# (.*))?'
)
#: A key of front matter.
_FRONT_LINE = re.compile(r"([A-Za-z_]\w*):(?: .*)?()")
_TABLE_LINE = re.compile(r"\[\[?([\w.]+)\]\]?")


def schemas() -> dict[str, str]:
    """File name → schema as JSON text, for every form that has a structure of its own."""
    found = {}
    for form in forms():
        schema = schema_of(form)
        if schema is not None:
            found[schema_name(form)] = json.dumps(schema, indent=2, ensure_ascii=False) + "\n"
    return found


def schema_of(form: Form) -> Schema | None:
    """The schema of a form; for Markdown that of its front matter, None where it has none.

    A form in the kit's own layout is closed: a key that is not known is a mistake. An example in a
    foreign syntax (Prometheus, Alertmanager) is open, since the kit reads a part of it alone.
    """
    tree = form.tree()
    if not isinstance(tree, dict) or (form.path.endswith(".md") and not tree):
        return None
    schema = _of_value("", tree, closed=not form.example)
    for surface in form.own:
        _add_fields(schema, tree, surface)
    _describe(schema, form.text)
    if any(one["part"] == "runbook" for one in form.own):
        # Its front matter may name them; so may a section.
        schema["properties"].setdefault("escalation", {"type": ["string", "null"]})
    if form.format == "json":
        schema["properties"] |= {"$schema": {"type": "string"}, "$comment": {}}
    return {
        "$schema": _DIALECT,
        "title": form.path,
        "description": f"{_about(form.text)} Read by {spoken(form.controls)}.".strip(),
        **schema,
    }


def _of_value(name: str, value: Any, *, closed: bool) -> Schema:
    if isinstance(value, Mapping):
        if not value:
            return {"type": "object"}
        schema: Schema = {
            "type": "object",
            "properties": {k: _of_value(k, v, closed=closed) for k, v in value.items()},
        }
        if closed:
            schema["additionalProperties"] = False
        rows = [k for k, v in value.items() if isinstance(v, list) and v and _tables(v)]
        if rows:
            schema["required"] = rows
        return schema
    if isinstance(value, list):
        if value and _tables(value):
            return {"type": "array", "items": _merged(name, value, closed=closed)}
        return {"type": "array", "items": of_field(name)}
    if isinstance(value, bool):
        return {"type": "boolean"}
    if value is None:
        # A key of YAML without its value.
        schema = of_field(name)
        kinds = schema["type"] if isinstance(schema["type"], list) else [schema["type"]]
        return {**schema, "type": [*kinds, "null"]}
    if isinstance(value, int):
        return of_field("number")
    return of_field(name)


def _tables(value: list[Any]) -> bool:
    return all(isinstance(one, Mapping) for one in value)


def _merged(name: str, rows: list[Any], *, closed: bool) -> Schema:
    """The schema of rows that need not have the same keys."""
    together: dict[str, Any] = {}
    for row in rows:
        for key, value in row.items():
            together.setdefault(key, value)
    return _of_value(name, together, closed=closed)


def _add_fields(schema: Schema, tree: Mapping[str, Any], surface: Mapping[str, Any]) -> None:
    """Give every place that the mapping names the type of its field; add those not yet there."""
    if surface["format"] == "markdown":
        return
    row = schema
    for step in _steps(surface.get("rows", "")):
        row = row["properties"][step] if step != "*" else row["items"]
    row = row.get("items", row)
    for field, place in surface.get("fields", {}).items():
        steps = _steps(place)
        # Of a list, a place may still be one of the document: a genesis hash above the rows.
        inside = steps[0] in row["properties"] or steps[0] not in tree
        _put(row if inside else schema, steps, field)


def _put(schema: Schema, steps: list[str], field: str) -> None:
    for step in steps[:-1]:
        if step == "*":
            schema = schema["items"]
        else:
            schema = schema.setdefault("properties", {}).setdefault(
                step, {"type": "array", "items": {}} if steps[-1] == "*" else {"type": "object"}
            )
    if steps[-1] == "*":
        schema["items"] = of_field(field)
    else:
        properties = schema.setdefault("properties", {})
        if properties.get(steps[-1], {}).get("type") not in ("array", "object"):
            properties[steps[-1]] = of_field(field)


def _steps(pointer: str) -> list[str]:
    return [step for step in pointer.split("/") if step]


def _describe(schema: Schema, text: str) -> None:
    """Give each key the comment that stands behind it, or right above it."""
    table, above = schema, ""
    pattern = _FRONT_LINE if text.startswith("---\n") else _KEY_LINE
    for line in text.splitlines():
        head, key = _TABLE_LINE.fullmatch(line), pattern.fullmatch(line)
        if head:
            table, above = _at(schema, head[1]), ""
        elif key:
            # Examples of a value in prose are no keys.
            known = table.get("properties", {}).get(key[1])
            said = key[2] or above
            if known is not None and said:
                known["description"] = said.strip()
            above = ""
        elif line.startswith("# ") and not line.startswith("#   "):
            above = f"{above} {line[2:]}".strip()
        else:
            above = ""


def _at(schema: Schema, table: str) -> Schema:
    for step in table.split("."):
        schema = schema.get("properties", {}).get(step, {})
        schema = schema.get("items", schema)
    return schema


def _about(text: str) -> str:
    """The first sentence of a form's head."""
    lines = []
    for line in text.splitlines():
        if not line.startswith("# "):
            break
        lines.append(line[2:])
    first = re.match(r".*?\.(?= |$)", " ".join(lines))
    return "" if first is None else first[0]
