"""The drill record of a rehearsed incident: what the rehearsal knows, and what a team fills in."""

from __future__ import annotations

from collections.abc import Sequence

from privatedao_audit.rehearsal.dossier.text import Value, day, toml, utc
from privatedao_audit.rehearsal.life.facts import Life, Step

from .catalogue import Incident

_ABOUT = (
    "A drill record, begun by `privatedao-audit rehearse --incident {name}`:\n{title}.\n"
    "Filled in already: what happened, when it began, and the recording that shows it.\n"
    "Yours to fill in, in UTC as 2026-11-23T09:30:00Z:\n"
    "  detected_at   when somebody of the team knew\n"
    "  contained_at  when it could do no more harm\n"
    "  instruction   the lever you drilled, as the program names it; none if there is none\n"
    "  participants  keys of those who took part\n"
    "  gaps          what went wrong in the response, each as\n"
    '                {{ text = "...", closed = false }}; [] only if nothing did\n'
    "`signatures` are the incident's own transactions, which the recording holds. Add those of\n"
    "your response: one of them has to pull the lever. While a time is empty this is a form,\n"
    "and no drill was held."
)


def form(
    incident: Incident, life: Life, steps: Sequence[Step], recording: str, evidence_root: str
) -> str:
    """The record as TOML.

    Args:
        steps: those of the incident's chapter, in the order of the chain.
        recording: where it lies, seen from the record.
        evidence_root: Merkle root of the recording, hexadecimal.
    """
    harm = [one for one in steps if incident.harmful(one)]
    began = min(one.landed.block_time for one in harm)
    row: dict[str, Value] = {
        "incident": incident.name,
        "path": incident.path,
        "date": day(began),
        "cluster": "localnet",
        "genesis_hash": life.genesis_hash,
        "recording": recording,
        "evidence_root": evidence_root,
        "started_at": utc(began),
        "detected_at": "",
        "contained_at": "",
        "instruction": "",
        "signatures": list(dict.fromkeys(one.landed.signature for one in harm)),
        "participants": [],
        "gaps": [],
    }
    about = _ABOUT.format(name=incident.name, title=incident.title)
    return toml(about, {"drills": [row]})
