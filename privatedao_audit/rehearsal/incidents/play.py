"""Play an incident on a local chain, and record an audit of it with what a drill needs."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from privatedao_audit.evidence.sealed import SealedRecording
from privatedao_audit.model.target import Target, parse
from privatedao_audit.rehearsal import dossier
from privatedao_audit.rehearsal.life.facts import Life, Step
from privatedao_audit.rehearsal.life.scene import Scene
from privatedao_audit.rehearsal.node import LocalNode
from privatedao_audit.rehearsal.profile import code_of, profile_of
from privatedao_audit.rehearsal.sample import record_life
from privatedao_audit.rehearsal.script import STORY_SECONDS, play
from privatedao_audit.run.files import Occupied

from . import drill
from .catalogue import Incident

__all__ = ["Played", "Rehearsed", "make", "played", "record_incident"]


@dataclass(frozen=True, slots=True)
class Played:
    """A running node on which an incident happened.

    `life`: all of it. `known`: as the team's documents know it. `steps`: the incident's own, in
    the order of the chain.
    """

    incident: Incident
    node: LocalNode
    life: Life
    known: Life
    steps: tuple[Step, ...]


@dataclass(frozen=True, slots=True)
class Rehearsed:
    """What a rehearsed incident left behind: its target profile, and where all files lie."""

    target: Target
    profile: Path
    recording: Path
    checkout: Path
    drill: Path


@contextmanager
def played(incident: Incident) -> Iterator[Played]:
    """A fresh node on which the healthy life was played with the incident in it; some seconds.

    Raises MissingPart where Node or Surfpool is not there.
    """
    steps: list[Step] = []

    def chapter(scene: Scene) -> None:
        nonlocal steps
        with scene.stage.told_apart() as steps:
            incident.chapter(scene)

    with LocalNode(started_ago=STORY_SECONDS) as node:
        life = replace(play(node, True, chapter), story=incident.target)
        yield Played(incident, node, life, incident.known(life), tuple(steps))


def record_incident(
    one: Played, profile: Path, recording: Path, checkout: Path, domains: Sequence[str] | None
) -> tuple[Target, str]:
    """Write the dossier into an empty folder and record an audit; the target, and as TOML.

    Raises RecordingError where the recording can't be written.
    """
    dossier.write(one.known, checkout)
    title = f"Rehearsed incident: {one.incident.title}"
    squads = code_of(one.node, one.life.squads_program)
    text = profile_of(
        one.incident.target,
        one.life,
        squads,
        title=title,
        played=f"--incident {one.incident.name}",
    )
    target = parse(text, str(profile))
    record_life(one.node, one.life, target, checkout, recording, domains)
    return target, text


def make(incident: Incident, out: Path) -> Rehearsed:
    """Play an incident and write everything that a team needs to drill on it.

    Args:
        out: gets `targets/`, `samples/NAME/` with recording and checkout, and `drills/`.

    Raises:
        MissingPart: Node or Surfpool is not there, with how to get it.
        Occupied: an earlier rehearsal of the incident lies there, perhaps with a filled record.
        RecordingError, OSError: something can't be written.
    """
    name = incident.target
    profile = out / "targets" / f"{name}.toml"
    folder = out / "samples" / name
    recording, checkout = folder / "evidence.sqlite", folder / "checkout"
    form = out / "drills" / f"{name}.toml"
    for place in (form, folder):
        if place.exists():
            raise Occupied(
                f"{place} lies there already, and a drill may rest on it: give another --out, or "
                "move it away"
            )
    try:
        with played(incident) as one:
            checkout.mkdir(parents=True)
            target, text = record_incident(one, profile, recording, checkout, None)
            with SealedRecording.open(recording) as sealed:
                root = sealed.evidence_root
            where = os.path.relpath(recording, form.parent)
            record = drill.form(incident, one.life, one.steps, where, root)
        for place, content in ((profile, text), (form, record)):
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_text(content, encoding="utf-8")
    except BaseException:
        # Half a rehearsal must not stand in the way of the next one.
        shutil.rmtree(folder, ignore_errors=True)
        raise
    return Rehearsed(target, profile, recording, checkout, form)
