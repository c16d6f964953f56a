"""The documents of a rehearsal on their own: a filled dossier to look at beside the blank one."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from privatedao_audit.dossier.forms import forms
from privatedao_audit.model.target import Target
from privatedao_audit.rehearsal.dossier import sources
from privatedao_audit.rehearsal.life.facts import Life
from privatedao_audit.run.files import Occupied

__all__ = ["check", "write"]

_README: Final = "README.md"
_TITLE: Final = "# A filled dossier"


def check(folder: Path) -> None:
    """Raises Occupied where something else than an earlier example lies in the folder."""
    if not folder.exists():
        return
    first = folder / _README
    ours = folder.is_dir() and first.is_file() and first.read_bytes().startswith(_TITLE.encode())
    if not ours and (not folder.is_dir() or any(folder.iterdir())):
        raise Occupied(f"{folder} holds something else than a dossier of a rehearsal")


def write(life: Life, target: Target, checkout: Path, folder: Path) -> None:
    """Write what a checkout holds besides the program's sources, with a list of what is what.

    Args:
        checkout: of the rehearsal, as :func:`privatedao_audit.rehearsal.dossier.write` left it.
        folder: made anew.

    Raises:
        Occupied: something else lies in the folder.
        OSError: it can't be written.
    """
    check(folder)
    if folder.exists():
        shutil.rmtree(folder)
    built = {_README, *sources.files(life, life.release)}
    for path in sorted(checkout.rglob("*")):
        name = path.relative_to(checkout).as_posix()
        if path.is_file() and not name.startswith(".git/") and name not in built:
            place = folder / name
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_bytes(path.read_bytes())
    (folder / _README).write_text("\n".join(_listed(target, folder)) + "\n", encoding="utf-8")


def _listed(target: Target, folder: Path) -> Iterator[str]:
    yield from (
        _TITLE,
        "",
        f"Written by `privatedao-audit rehearse {target.name}` from a scripted life on a local",
        "chain: every name, key and telephone number is invented. The profile",
        f"`targets/{target.name}.toml` maps these files; some have a layout of their own, as a",
        "team's may, and the profile says where in them each field stands. The blank forms lie in",
        "`templates/dossier`, and `privatedao-audit init` writes them.",
        "",
        "| file | part | blank form |",
        "| --- | --- | --- |",
    )
    blanks: dict[tuple[str, str | None], str] = {
        (one["part"], one.get("topic")): form.path for form in forms() for one in form.own
    }
    for one in target.surfaces:
        if (folder / one.file).is_file():
            about = one.part if one.topic is None else f"{one.part} ({one.topic})"
            form = blanks.get((one.part, one.topic)) or blanks.get((one.part, None))
            form = form or next((f for (part, _), f in blanks.items() if part == one.part), "")
            yield f"| `{one.file}` | {about} | {f'`{form}`' if form else 'none'} |"
