"""Texts that can't be withheld everywhere, because they stand where no byte may change."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from privatedao_audit import assets
from privatedao_audit.bundle import layout
from privatedao_audit.bundle.errors import CannotBundle
from privatedao_audit.bundle.public.words import SHORTEST, Finder, Word
from privatedao_audit.model import catalogue as controls

#: Files that stay byte for byte, because proofs rest on them or they are the kit's own.
FIXED: Final = (
    layout.TARGET_FILE, layout.TARGET, layout.RECORDS, layout.CATALOGUE, layout.LOCK,
    layout.VERIFIER,
)  # fmt: skip
_CHAIN: Final = "an answer of the chain, or another that is no document"
_TEXTS: Final = (".j2", ".css", ".js", ".toml")


def visible_of(
    files: Mapping[str, bytes], words: list[Word], checkout: set[str]
) -> dict[Word, str]:
    """Names that can't be withheld, and where they stand.

    Raises:
        CannotBundle: a way to reach somebody stands there.
    """
    finder, found = Finder(words), dict[Word, str]()
    texts = [(name, files[name].decode("utf-8", "replace")) for name in FIXED if name in files]
    texts.append(("the kit's own texts", _own_texts(files)))
    for name, data in files.items():
        if name.startswith("tables/"):
            texts.append((_CHAIN, _table(data)))
        elif name.startswith("blobs/") and name.removeprefix("blobs/") not in checkout:
            texts.append((_CHAIN, data.decode("utf-8", "replace")))
    for where, text in texts:
        for word in finder.of(text):
            found.setdefault(word, where)
    for word, where in found.items():
        if word.contact and "://" not in word.text and where != _CHAIN:
            raise CannotBundle(
                f"the {word.places[0]} stands in {where} as well, where nothing can be withheld: "
                "take it out there and record again"
            )
    for word in words:
        if len(word.text) < SHORTEST:
            found[word] = "other words, from which so short a text can't be told"
    return found


def _own_texts(files: Mapping[str, bytes]) -> str:
    """What stands in every report: of a name that is one of its words nothing is told by it."""
    texts = []
    for name, raw in files.items():
        if name.startswith("notebooks/") and raw:
            for cell in json.loads(raw)["cells"]:
                source = cell.get("source", "")
                texts.append(source if isinstance(source, str) else "".join(source))
    places = [*sorted((assets.folder("templates") / "report").iterdir())]
    places += sorted(Path(controls.__file__).parent.glob("*.toml"))
    texts += [place.read_text("utf-8") for place in places if place.suffix in _TEXTS]
    return "\n".join(texts)


def _table(raw: bytes) -> str:
    """All texts of a table, one a line."""
    import io

    import pyarrow as pa
    from pyarrow import parquet

    try:
        table = parquet.read_table(io.BytesIO(raw))
    except (pa.ArrowException, OSError):
        return raw.decode("utf-8", "replace")
    columns = [
        column.unique().to_pylist()
        for column in table.columns
        if pa.types.is_string(column.type) or pa.types.is_large_string(column.type)
    ]
    return "\n".join(str(one) for column in columns for one in column)
