"""A run ends with its bundle, and what people added to an earlier one is not lost."""

from __future__ import annotations

import shutil
from pathlib import Path

import bundle_samples as samples
import pytest
from bundle_samples import TEAM

from privatedao_audit.bundle.build import build
from privatedao_audit.bundle.errors import CannotBundle
from privatedao_audit.bundle.keeping import BUNDLE, finish, keep
from privatedao_audit.run.files import Occupied


@pytest.fixture
def copy(run_folder: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(run_folder, tmp_path / "copy"))


def test_the_bundle_lies_in_the_folder_of_the_run(copy: Path, raw: bytes) -> None:
    built = finish(copy)
    assert (copy / BUNDLE).read_bytes() == built.raw == raw
    assert finish(copy) == built, "with its own bundle in it, the folder makes another one"


def test_signatures_of_the_same_bundle_stay(copy: Path, signed: bytes) -> None:
    (copy / BUNDLE).write_bytes(signed)
    finish(copy)
    assert (copy / BUNDLE).read_bytes() == signed


def other(raw: bytes) -> bytes:
    """A bundle of another run."""
    files = samples.files_of(raw)
    return samples.zipped(samples.remade({**files, "claims.csv": b"a,b\n"}))


def test_another_bundle_is_replaced_until_somebody_signed_it(copy: Path, raw: bytes) -> None:
    place = copy / BUNDLE
    place.write_bytes(other(raw))
    with pytest.raises(Occupied, match="is another bundle"):
        keep(build(copy), place)
    finish(copy)
    assert place.read_bytes() == raw
    name = f"signatures/team-{TEAM.pubkey()}.dsse.json"
    taken = samples.zipped({**samples.files_of(other(raw)), name: b"whatever it says"})
    place.write_bytes(taken)
    with pytest.raises(Occupied, match="somebody signed it"):
        finish(copy)
    assert place.read_bytes() == taken


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04 something"])
def test_what_is_no_bundle_is_not_overwritten(copy: Path, content: bytes) -> None:
    (copy / BUNDLE).write_bytes(content)
    with pytest.raises(Occupied, match="something else"):
        finish(copy)
    assert (copy / BUNDLE).read_bytes() == content


def test_a_run_that_does_not_hold_together_gets_none(copy: Path) -> None:
    (copy / "facts.json").write_bytes(b"{}\n")
    with pytest.raises(CannotBundle, match="was changed since"):
        finish(copy)
    assert not (copy / BUNDLE).exists()
