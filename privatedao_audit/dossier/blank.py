"""Everything that ``privatedao-audit init`` writes, as texts; and writing it, over nothing."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path, PurePosixPath
from typing import Final

from privatedao_audit.dossier.forms import SCHEMAS, forms
from privatedao_audit.dossier.profile import Subject, profile
from privatedao_audit.dossier.schema import schemas
from privatedao_audit.model.target import BadTarget
from privatedao_audit.run.files import CannotWrite, Occupied

__all__ = ["PROFILE", "blank", "write"]

#: Name of the target profile in a dossier.
PROFILE: Final = "target.toml"


def blank(subject: Subject, folder: str) -> dict[str, str]:
    """A blank dossier: path below its folder → text.

    Args:
        folder: of the dossier, below the top of the checkout, with forward slashes; empty where
            it is the checkout itself.

    Raises:
        BadTarget: what was given makes no profile, or the folder's name can't stand in one.
    """
    if not folder.isprintable() or set(folder) & set('"\\`'):
        raise BadTarget(
            f"{folder[:200]!a} can't stand in a profile; give the folder a plainer name"
        )
    top = PurePosixPath(folder)
    files = {form.file: str(top / form.place) for form in forms()}
    written = {PROFILE: profile(subject, files)}
    for form in forms():
        written[form.place] = form.written(files, subject.program_name)
    for name, text in schemas().items():
        written[f"{SCHEMAS}/{name}"] = text
    return written


def write(folder: Path, files: Mapping[str, str]) -> None:
    """Write a dossier: all of it, or nothing.

    Raises:
        Occupied: something lies where a file is to be written, or a folder is a link.
        CannotWrite: no permission, disk full, or the like.
    """
    taken = [name for name in files if os.path.lexists(folder / name)]
    if taken:
        more = f" and {len(taken) - 3} more" if len(taken) > 3 else ""
        raise Occupied(
            f"{folder}: {', '.join(taken[:3])}{more} lie there already, and nothing was written; "
            "choose another folder"
        )
    below = {str(parent) for name in files for parent in PurePosixPath(name).parents} - {"."}
    linked = sorted(name for name in below if (folder / name).is_symlink())
    if linked:
        raise Occupied(f"{folder / linked[0]} is a link, and nothing was written")
    made: list[Path] = []
    try:
        for name, text in files.items():
            path = folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            # "x": what somebody else wrote in the meantime is not overwritten either.
            with path.open("x", encoding="utf-8", newline="\n") as file:
                made.append(path)
                file.write(text)
    except OSError as error:
        for path in made:
            path.unlink(missing_ok=True)
        raise CannotWrite(f"{error.filename or folder}: {error.strerror or error}") from None
