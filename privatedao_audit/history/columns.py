"""The tables of a history as Parquet files: exact, streamed, and the same bytes each time.

Amounts are unsigned integers of 64 bits, changes decimals without a fraction, error numbers text:
nothing is a float, and nothing is rounded. Rows are written some ten thousand at a time, so memory
does not grow with the history. The same history gives the same bytes with the same pyarrow; its
version stands in the file.
"""

from __future__ import annotations

import hashlib
import os
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from privatedao_audit.history.facts import DaoHistory
from privatedao_audit.history.tables import TABLES
from privatedao_audit.model import canonical

if TYPE_CHECKING:
    from pyarrow import DataType, Schema

__all__ = ["Written", "write_tables"]

#: Rows of one row group.
_GROUP: Final = 32_768
_PIECE: Final = 1 << 20


@dataclass(frozen=True, slots=True)
class Written:
    """One table as it was written.

    Attributes:
        rows: how many it has.
        sha256: of the file, hexadecimal.
    """

    rows: int
    sha256: str


def write_tables(history: DaoHistory, folder: Path) -> dict[str, Written]:
    """Write the tables of a history into a folder, which is made.

    Returns:
        File name (``TABLE-DAO.parquet``) → what was written.

    Raises:
        OSError: disk full, no permission, or the like; no file is left half-written.
    """
    folder.mkdir(parents=True, exist_ok=True)
    found = {}
    for table, (names, rows) in TABLES.items():
        name = f"{table}-{history.dao}.parquet"
        found[name] = _write(folder / name, names, rows(history))
    return found


def _write(path: Path, names: tuple[str, ...], rows: Iterator[tuple[Any, ...]]) -> Written:
    # A third of a second to import; a run without a history does not need it.
    import pyarrow as pa
    from pyarrow import parquet

    schema = pa.schema([pa.field(name, _type(name)) for name in names])
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=".writing-")
    os.close(handle)
    count = 0
    try:
        with parquet.ParquetWriter(
            temporary, schema, compression="zstd", version="2.6", store_schema=True
        ) as writer:
            while part := list(islice(rows, _GROUP)):
                count += len(part)
                writer.write_table(_table(schema, part), row_group_size=_GROUP)
        os.chmod(temporary, 0o644)
        os.replace(temporary, path)
    finally:
        Path(temporary).unlink(missing_ok=True)
    return Written(count, _digest(path))


def _table(schema: Schema, rows: list[tuple[Any, ...]]) -> Any:
    import pyarrow as pa

    columns = zip(*rows, strict=True)
    arrays = [
        pa.array([_cell(field.name, cell) for cell in column], field.type)
        for field, column in zip(schema, columns, strict=True)
    ]
    return pa.Table.from_arrays(arrays, schema=schema)


def _type(name: str) -> DataType:
    import pyarrow as pa

    if name in ("slot", "block_time", "before", "after"):
        return pa.uint64()
    if name == "change":
        return pa.decimal128(20, 0)  # a u64 and its sign
    if name in ("took_effect", "succeeded"):
        return pa.bool_()
    return pa.list_(pa.string()) if name == "signers" else pa.string()


def _cell(name: str, value: Any) -> Any:
    if value is None:
        return None
    if name == "change":
        return Decimal(value)
    if name == "fields":
        return canonical.dumps(canonical.plain(value)).decode()
    if name == "code":
        return str(value)
    # Texts of a log or a name may hold what UTF-8 can not.
    return canonical.well_formed(value) if isinstance(value, str) else value


def _digest(path: Path) -> str:
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while piece := file.read(_PIECE):
            digest.update(piece)
    return digest.hexdigest()
