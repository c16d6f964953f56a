"""Where the files that are not Python lie: notebooks, templates, targets and samples.

A wheel carries them in ``_assets`` inside the package; a checkout has them at its top
level. One lookup serves both, and nothing depends on the working directory.
"""

from __future__ import annotations

from pathlib import Path

_PACKAGE = Path(__file__).resolve().parent


def root() -> Path:
    """The folder that holds ``notebooks``, ``templates``, ``targets`` and ``samples``."""
    bundled = _PACKAGE / "_assets"
    return bundled if bundled.is_dir() else _PACKAGE.parent


def folder(name: str) -> Path:
    """Absolute path of one asset folder.

    Raises:
        FileNotFoundError: the installation lacks it.
    """
    path = root() / name
    if not path.is_dir():
        raise FileNotFoundError(
            f"the folder {name!r} is missing from this installation of privatedao-audit; "
            "reinstall the package"
        )
    return path
