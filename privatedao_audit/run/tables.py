"""The large derived tables of a run, beside its recording; facts.json holds their hashes."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

from privatedao_audit.history.columns import write_tables
from privatedao_audit.history.facts import DaoHistory
from privatedao_audit.run import files

#: Folder of the tables in a run's folder.
FOLDER = "tables"


def write(folder: Path, collected: Iterable[Any]) -> dict[str, dict[str, Any]]:
    """Write the tables of every history among the facts of the domains.

    Args:
        folder: of the run.
        collected: facts of domains; those without histories give no table.

    Returns:
        File name relative to the run's folder → number of rows and SHA-256.

    Raises:
        files.CannotWrite: disk full, no permission, or the like.
    """
    histories: dict[str, DaoHistory] = {}
    for facts in collected:
        histories |= getattr(facts, "histories", None) or {}
    found: dict[str, dict[str, Any]] = {}
    for history in histories.values():
        try:
            written = write_tables(history, folder / FOLDER)
        except OSError as error:
            raise files.CannotWrite(f"{folder / FOLDER}: {error.strerror or error}") from None
        for name, one in written.items():
            found[f"{FOLDER}/{name}"] = {"rows": one.rows, "sha256": one.sha256}
    return found
