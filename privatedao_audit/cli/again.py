"""Running again what a bundle holds: on its own recording, or anew on the chain."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from privatedao_audit.bundle.unpack import Opened

#: The replay of a bundle came to something else than the bundle holds.
EXIT_NOT_REPRODUCED = 5
#: What a repetition writes beside its report.
PAGE, MARKDOWN = "compared.html", "compared.md"


@dataclass(frozen=True, slots=True)
class Source:
    """A verified bundle that a run follows.

    Attributes:
        place: the bundle, as it was named.
        target_name: a bundled profile, or the path of the bundle's own.
        recording: its sealed recording, for a replay; None otherwise.
        domains: names of the domains that it covers.
    """

    place: Path
    bundle: Opened
    target_name: str
    recording: Path | None
    domains: list[str]


@contextmanager
def source(
    replay: Path | None, like: Path | None, target_name: str | None
) -> Iterator[Source | None]:
    """The bundle that the options name, opened; None where they name none.

    Args:
        target_name: a profile that is to be used instead of the bundle's own.

    Raises:
        click.UsageError: it is refused, or does not carry its profile.
    """
    from privatedao_audit.bundle import unpack
    from privatedao_audit.bundle.errors import BadBundle

    place = like
    if place is None and replay is not None and unpack.is_bundle(replay):
        place = replay
    if place is None:
        yield None
        return
    with TemporaryDirectory(prefix="privatedao-audit-bundle-") as folder:
        recording = Path(folder) / "evidence.sqlite" if like is None else None
        try:
            bundle = unpack.opened(place)
            unpack.refuse_public(bundle)
            name = target_name or _profile(bundle, Path(folder))
            if recording is not None:
                unpack.seal(bundle, recording)
        except BadBundle as error:
            raise click.UsageError(str(error)) from None
        yield Source(place, bundle, name, recording, list(bundle.findings["run"]["domains"]))


def _profile(bundle: Opened, folder: Path) -> str:
    """The bundled profile that was judged, or the bundle's own copy, put where it can be read."""
    from privatedao_audit.bundle import layout
    from privatedao_audit.model import target as targets

    judged = bundle.target()
    if judged.name in targets.names() and targets.load(judged.name).sha256 == judged.sha256:
        return judged.name
    profile = bundle.files.get(layout.TARGET_FILE)
    if profile is None:
        raise click.UsageError(
            "the bundle does not carry the profile it was judged by as a file: name it with "
            "--target"
        )
    path = folder / layout.TARGET_FILE
    path.write_bytes(profile)
    return str(path)


def covered(one: Source, wanted: list[str], repo: Path | None) -> list[str]:
    """The domains of a repetition: those that the bundle covers.

    Raises:
        click.UsageError: none of those that are wanted.
    """
    if one.bundle.findings["run"].get("repository") and repo is None:
        click.echo("Warning: the bundle read a checkout; without --repo nothing is known of "
                   "documents.", err=True)  # fmt: skip
    domains = [name for name in wanted if name in one.domains]
    if not domains:
        raise click.UsageError(f"the bundle covers {', '.join(one.domains)} only")
    return domains


def tell(one: Source, folder: Path) -> bool:
    """Say what running it again came to; False where a replay came to something else."""
    if one.recording is not None:
        return _tell_reproduced(one, folder)
    _tell_piles(one, folder)
    return True


def _tell_reproduced(one: Source, folder: Path) -> bool:
    from privatedao_audit.compare.reproduced import reproduced
    from privatedao_audit.view.terminal import line

    found = reproduced(one.bundle, folder)
    for note in found.notes:
        click.echo(f"note           {line(note)}")
    if found.whole:
        click.echo(f"reproduced     {len(found.same)} files, as the bundle has them: "
                   f"{', '.join(found.same)}")  # fmt: skip
        return True
    for name, why in found.other.items():
        click.echo(f"NOT REPRODUCED {name} {why}")
    for row in found.method:
        click.echo(f"method changed {line(row.what)}: {line(row.before)} → {line(row.after)}")
    if found.controls:
        click.echo(f"differ         {', '.join(moved.id for moved in found.controls)}")
    click.echo(f"see            privatedao-audit diff {line(str(one.place))} {line(str(folder))}")
    return False


def _tell_piles(one: Source, folder: Path) -> None:
    from privatedao_audit.bundle.unpack import recording_of
    from privatedao_audit.compare import markdown, page, sides, terminal
    from privatedao_audit.compare.piles import piles
    from privatedao_audit.compare.sections import of_piles
    from privatedao_audit.run import files

    try:
        before, after = sides.of_bundle(one.bundle, one.place.name), sides.read(folder)
        with recording_of(one.bundle) as old, sides.recording(folder) as new:
            found = of_piles(piles(before, after, old, new))
    except sides.BadSide as error:
        raise click.UsageError(str(error)) from None
    click.echo()
    for text in terminal.lines(found, shown=12):
        click.echo(text)
    files.write(folder / PAGE, page.render(found).encode())
    files.write(folder / MARKDOWN, markdown.render(found))
    click.echo(f"{PAGE:<14} {folder / PAGE}")
