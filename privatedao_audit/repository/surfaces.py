"""What a surface of the checkout says: field by field, from its bytes, by the target's mapping."""

from __future__ import annotations

import re
from dataclasses import dataclass

from privatedao_audit.model.reads import Read, decoded
from privatedao_audit.model.target import Surface
from privatedao_audit.repository import documents

#: A document that repeats a field more often than this is not read as a statement.
MAX_VALUES = 64

#: ``- label: `value` `` as Markdown documents write it, with or without bullet and bold.
_LABELLED = re.compile(
    r"^\s*(?:[-*+]\s+)?(?:\*\*)?(?P<label>[^:`*|]{1,120})(?:\*\*)?\s*:\s*(?P<rest>.+)$"
)
_CODE = re.compile(r"`([^`]{1,400})`")


@dataclass(frozen=True, slots=True)
class Statement:
    """What one surface says.

    Attributes:
        file, part, state, program: from the target's mapping.
        values: field → the values the document gives, in order, without repetitions. One value
            is a plain statement; several are several statements; an empty tuple is none.
    """

    file: str
    part: str
    state: str
    program: str
    values: dict[str, tuple[str, ...]]

    def one(self, field: str) -> str | None:
        """The value of a field that is stated once; None when it is not stated.

        Raises:
            ValueError: the document gives several.
        """
        values = self.values.get(field, ())
        if len(values) > 1:
            raise ValueError(f"{self.file} gives {len(values)} values for {field}")
        return values[0] if values else None


def statement(surface: Surface, cluster: str, read: Read[bytes]) -> Read[Statement]:
    """The statement of a surface, from the read of its file.

    Args:
        cluster: name of the target's cluster, for files that speak of several.
    """
    return decoded(
        read,
        lambda data: Statement(
            surface.file, surface.part, surface.state, surface.program,
            _values(surface, cluster, data),
        ),
        f"the file {surface.file}",
    )  # fmt: skip


def _values(surface: Surface, cluster: str, data: bytes) -> dict[str, tuple[str, ...]]:
    if surface.format in ("json", "toml"):
        document = documents.parse(surface.format, data)
        return {
            name: _texts(documents.select(document, place))
            for name, place in surface.fields.items()
        }
    if surface.format == "markdown":
        return _labels(surface.fields, data)
    if surface.format == "rust":
        return {"program_id": _declared(surface, data)}
    if surface.format == "anchor-toml":
        anchor = documents.anchor_toml(data)
        declared = anchor.programs.get(_anchor_cluster(cluster), {}).get(surface.entry or "")
        return {"program_id": () if declared is None else (declared,)}
    idl = documents.anchor_idl(data)
    return {"program_id": () if idl.address is None else (idl.address,)}


def _anchor_cluster(cluster: str) -> str:
    """Anchor.toml says ``mainnet`` where the RPC world says ``mainnet-beta``."""
    return "mainnet" if cluster == "mainnet-beta" else cluster


def _declared(surface: Surface, data: bytes) -> tuple[str, ...]:
    """The ids that a source file declares under the surface's feature."""
    rows = documents.rust_declare_ids(data, surface.file)
    chosen = documents.declared_under(rows, surface.feature)
    return tuple(dict.fromkeys(row.id for row in chosen))


def _texts(values: list[object]) -> tuple[str, ...]:
    """JSON scalars as text; null says nothing; a composite is not a value of a field."""
    texts: dict[str, None] = {}
    for value in values[: MAX_VALUES + 1]:
        if value is None:
            continue
        if isinstance(value, bool) or not isinstance(value, str | int):
            raise documents.BadDocument(f"a field holds a {type(value).__name__}, not a text")
        texts[str(value)] = None
    if len(texts) > MAX_VALUES:
        raise documents.BadDocument(f"a field has more than {MAX_VALUES} values")
    return tuple(texts)


def _labels(fields: dict[str, str], data: bytes) -> dict[str, tuple[str, ...]]:
    wanted = {label.casefold(): name for name, label in fields.items()}
    found: dict[str, dict[str, None]] = {name: {} for name in fields}
    for line in documents.text(data).splitlines():
        match = _LABELLED.match(line)
        name = wanted.get(match["label"].strip().casefold()) if match else None
        if match and name:
            code = _CODE.search(match["rest"])
            found[name][code[1] if code else match["rest"].strip()] = None
    if any(len(values) > MAX_VALUES for values in found.values()):
        raise documents.BadDocument(f"a field has more than {MAX_VALUES} values")
    return {name: tuple(values) for name, values in found.items()}
