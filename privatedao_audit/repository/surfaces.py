"""What a surface of the checkout says: field by field, from its bytes, by the target's mapping."""

from __future__ import annotations

import re
from dataclasses import dataclass

from privatedao_audit.model.reads import Found, Read, Unknown, decoded, joined
from privatedao_audit.model.target import Surface
from privatedao_audit.repository import cargo, documents
from privatedao_audit.repository.cargo import Features
from privatedao_audit.repository.markdown import stated_lines

#: A document that repeats a field more often than this is not read as a statement.
MAX_VALUES = 64

#: Fields that are true or false. Any other field that says so is malformed.
_YES_OR_NO = frozenset(
    {"artifact_written", "tree_clean", "outcome", "primary_outcome", "fallback_outcome"}
)

#: A list that is longer is not read: fifty wallets are normal, a million rows are an attack.
MAX_ROWS = 20_000

#: ``- label: `value` `` as Markdown documents write it, with or without bullet and bold.
_LABELLED = re.compile(
    r"^\s*(?:[-*+]\s+)?(?:\*\*)?(?P<label>[^:`*|]{1,120})(?:\*\*)?\s*:\s*(?P<rest>.+)$"
)
_CODE = re.compile(r"`([^`]{1,400})`")
#: Code behind the first that may be a second value: a hash, an address, a signature.
_LONG = re.compile(r"[0-9A-Za-z]{32,}")
_FORMER = re.compile(r"\((?:was|formerly|previously|before)\b[^()]{0,500}\)")


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
    program: str | None
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


@dataclass(frozen=True, slots=True)
class Crate:
    """What decides which declarations of a Rust file are compiled.

    Attributes:
        features: of the crate around it, at the release commit.
        commands: recorded command lines of its build.
    """

    features: Read[Features]
    commands: tuple[str, ...] = ()


def statement(
    surface: Surface, cluster: str, read: Read[bytes], crate: Crate | None = None
) -> Read[Statement]:
    """The statement of a surface, from the read of its file.

    Args:
        cluster: name of the target's cluster, for files that speak of several.
        crate: for Rust files; without it a declaration under a condition is not decided.
    """
    said = decoded(
        read,
        lambda data: Statement(
            surface.file, surface.part, surface.state, surface.program,
            _values(surface, cluster, data, crate),
        ),
        f"the file {surface.file}",
    )  # fmt: skip
    manifest = None if crate is None else crate.features
    if isinstance(said, Found) and surface.format == "rust" and isinstance(manifest, Found):
        return Found(said.value, joined(said.at, manifest.at))
    return said


@dataclass(frozen=True, slots=True)
class Rows:
    """What a surface that is a list says, row by row.

    Attributes:
        file, part, state: from the target's mapping.
        rows: field → text, for each row in the document's order; a field that a row lacks, or
            gives as null or as a blank, is not in it. Lists of scalars are joined by a newline.
    """

    file: str
    part: str
    state: str
    rows: tuple[dict[str, str], ...]


def rows(surface: Surface, read: Read[bytes]) -> Read[Rows]:
    """The rows of a list surface, from the read of its file.

    Unknown where the place that the mapping names is not an array of objects: a list that can't
    be found is not an empty list.
    """
    return decoded(
        read,
        lambda data: Rows(surface.file, surface.part, surface.state, _rows(surface, data)),
        f"the file {surface.file}",
    )


def _rows(surface: Surface, data: bytes) -> tuple[dict[str, str], ...]:
    document = documents.parse(surface.format, data)
    place = surface.rows or ""
    arrays = documents.select(document, "" if place == "/" else place)
    if not arrays:
        raise documents.BadDocument(f"there is nothing at {place}")
    found = []
    for array in arrays:
        if not isinstance(array, list):
            raise documents.BadDocument(f"{place} is a {type(array).__name__}, not a list")
        for number, row in enumerate(array):
            if not isinstance(row, dict):
                raise documents.BadDocument(f"{place}/{number} is not an object")
            found.append(_row(surface.format, surface.fields, row))
            if len(found) > MAX_ROWS:
                raise documents.BadDocument(f"{place} has more than {MAX_ROWS} rows")
    return tuple(found)


def _row(format: str, fields: dict[str, str], row: dict[str, object]) -> dict[str, str]:
    said = {}
    for name, place in fields.items():
        texts: list[str] = []
        for value in documents.select(documents.Document(format, row), place):
            texts += _texts(value if isinstance(value, list) else [value], name)
        if texts:
            said[name] = "\n".join(texts)
    return said


def _values(
    surface: Surface, cluster: str, data: bytes, crate: Crate | None
) -> dict[str, tuple[str, ...]]:
    if surface.format in ("json", "toml", "yaml"):
        document = documents.parse(surface.format, data)
        return {
            name: _texts(documents.select(document, place), name)
            for name, place in surface.fields.items()
        }
    if surface.format == "markdown":
        return _labels(surface.fields, data)
    if surface.format == "rust":
        return {"program_id": _declared(surface, data, crate)}
    if surface.format == "anchor-toml":
        anchor = documents.anchor_toml(data)
        declared = anchor.programs.get(_anchor_cluster(cluster), {}).get(surface.entry or "")
        return {"program_id": () if declared is None else (declared,)}
    idl = documents.anchor_idl(data)
    return {"program_id": () if idl.address is None else (idl.address,)}


def _anchor_cluster(cluster: str) -> str:
    """Anchor.toml says ``mainnet`` where the RPC world says ``mainnet-beta``."""
    return "mainnet" if cluster == "mainnet-beta" else cluster


def _declared(surface: Surface, data: bytes, crate: Crate | None) -> tuple[str, ...]:
    """The ids that a source file declares in the build that the release is.

    A build has the default features of its crate. The target may name another one, and a
    recorded command line may ask for others: where they declare different ids, none is believed.
    """
    rows = documents.rust_declare_ids(data, surface.file)
    builds = [frozenset[str]()]
    if any(row.cfg_text is not None for row in rows):
        builds = _builds(surface, crate)
    chosen = documents.declared_under(rows, builds)
    return tuple(dict.fromkeys(row.id for row in chosen))


def _builds(surface: Surface, crate: Crate | None) -> list[frozenset[str]]:
    """The features of every build that comes into question."""
    read = None if crate is None else crate.features
    if crate is None or not isinstance(read, Found):
        why = read.reason if isinstance(read, Unknown) else "no Cargo.toml of its crate was found"
        raise documents.BadDocument(
            f"its declarations turn on features, and which are built is not known: {why}"
        )
    named = frozenset[str]() if surface.feature is None else frozenset({surface.feature})
    choices = [cargo.Choice(named)]
    choices += [cargo.choice_of(command) for command in crate.commands]
    if named and not crate.commands:
        choices.append(cargo.Choice(named, defaults=False))
    return [read.value.of(choice) for choice in choices]


def _texts(values: list[object], name: str) -> tuple[str, ...]:
    """JSON scalars as text; null and blanks say nothing; a composite is not a value of a field."""
    texts: dict[str, None] = {}
    for value in values[: MAX_VALUES + 1]:
        # A blank form is full of empty texts: what is still to be filled in contradicts nothing.
        if value is None or (isinstance(value, str) and not value.strip()):
            continue
        if isinstance(value, bool) and name in _YES_OR_NO:
            value = "true" if value else "false"
        if isinstance(value, bool) or not isinstance(value, str | int):
            raise documents.BadDocument(f"a field holds a {type(value).__name__}, not a text")
        texts[str(value)] = None
    if len(texts) > MAX_VALUES:
        raise documents.BadDocument(f"a field has more than {MAX_VALUES} values")
    return tuple(texts)


def _labels(fields: dict[str, str], data: bytes) -> dict[str, tuple[str, ...]]:
    wanted = {label.casefold(): name for name, label in fields.items()}
    found: dict[str, dict[str, None]] = {name: {} for name in fields}
    for line in stated_lines(documents.text(data)):
        match = _LABELLED.match(line)
        name = wanted.get(match["label"].strip().casefold()) if match else None
        if match and name and (value := _labelled(match["rest"])):
            found[name][value] = None
    if any(len(values) > MAX_VALUES for values in found.values()):
        raise documents.BadDocument(f"a field has more than {MAX_VALUES} values")
    return {name: tuple(values) for name, values in found.items()}


def _labelled(rest: str) -> str:
    """The value behind a label: code that stands there at once, else the whole text.

    Code further on is not the value: "not yet, before it was `…`" states no hash.

    Raises:
        BadDocument: a second hash, address or signature follows, and which one holds is prose.
    """
    rest = _FORMER.sub("", rest).strip(" \t*_")
    codes = _CODE.findall(rest) if rest.startswith("`") else []
    if any(_LONG.fullmatch(one) for one in codes[1:]):
        raise documents.BadDocument(f"one line gives two values, {rest[:100]!a}")
    return codes[0] if codes else rest
