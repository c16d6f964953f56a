"""Where a bundle is written: nothing that people added to an earlier one is ever lost."""

from __future__ import annotations

from pathlib import Path

from privatedao_audit.bundle import container, layout
from privatedao_audit.bundle.build import Built, build
from privatedao_audit.bundle.errors import BadBundle
from privatedao_audit.bundle.verify import read_file
from privatedao_audit.run import files

#: The bundle in the folder of the run that it was made of.
BUNDLE = "bundle.zip"


def keep(built: Built, place: Path, *, replace: bool = False) -> None:
    """Write a bundle; one of the same manifest stays as it is, with its signatures.

    Args:
        replace: write over another bundle, unless somebody signed that one.

    Raises:
        Occupied: the place holds another bundle (with ``replace``: another, signed one), or
            something else.
        CannotWrite: disk full, no permission, or the like.
    """
    if not place.exists():
        files.write(place, built.raw)
        return
    try:
        there = container.read(read_file(place))
    except BadBundle:
        raise files.Occupied(f"{place} is something else; choose another name") from None
    ours = container.read(built.raw)[layout.MANIFEST].data
    if layout.MANIFEST in there and there[layout.MANIFEST].data == ours:
        return
    if not replace:
        raise files.Occupied(f"{place} is another bundle; choose another name")
    if any(not layout.is_covered(name) for name in there if name != layout.MANIFEST):
        raise files.Occupied(
            f"{place} is another bundle, and somebody signed it: move it away, then "
            f"`privatedao-audit bundle {place.parent}`"
        )
    files.write(place, built.raw)


def finish(folder: Path) -> Built:
    """The bundle with which a run ends, in the run's folder.

    Raises:
        CannotBundle: what the run left does not make a bundle.
        Occupied: a signed bundle of something else lies there.
        CannotWrite: disk full, no permission, or the like.
    """
    built = build(folder)
    keep(built, folder / BUNDLE, replace=True)
    return built
