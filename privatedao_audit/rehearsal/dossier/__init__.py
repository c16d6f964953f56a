"""The checkout of a rehearsal: a git repository with sources, records and runbooks of its story.

It is written from what the script did, the way a team would write it, so that what the audit
finds wrong is wrong on chain or in a document, and nowhere else. Commits are dated along the
story, so that a commit lies before the deployment it made.
"""

from __future__ import annotations

from pathlib import Path

from privatedao_audit.rehearsal.life.facts import Life
from privatedao_audit.rehearsal.outage import Outage

from . import custody, gate, incident, operations, release, rpc, sources, treasury
from .history import History


def write(life: Life, folder: Path, outage: Outage | None = None) -> str:
    """Write the checkout and return the id of its release commit.

    Args:
        folder: an empty folder.
        outage: the drill of an RPC outage, which needs the chain; None: it was never held.

    Raises:
        CalledProcessError: git refuses something.
    """
    history = History(folder)
    history.begin()
    commit = tree = ""
    earlier = life.versions.index(life.release) + 1
    for version in life.versions[:earlier]:
        moment = release.committed_at(version)
        files = sources.files(life, version)
        commit = history.commit(moment, f"Version {version.name} of the program", files)
        history.tag(f"v{version.name}", commit, moment)
        tree = history.tree()
    records = {
        **release.files(life, commit, tree, sources.files(life, life.release)),
        **custody.files(life),
        **gate.files(life, commit),
    }
    history.commit(_recorded_at(life), "Records of the release and of custody", records)
    for version in life.versions[earlier:]:
        # Code of mid-rollout: it went on chain, and nobody wrote a release record for it.
        history.commit(
            release.committed_at(version),
            f"Version {version.name} of the program",
            sources.files(life, version),
        )
    watched = {
        **operations.files(life), **rpc.files(life), **treasury.files(life),
        **incident.files(life, outage),
    }  # fmt: skip
    history.commit(life.finished_at, "Registers, logs and runbooks of the operation", watched)
    return commit


def _recorded_at(life: Life) -> int:
    """An hour after the last thing that the records of the release speak of."""
    verifier = life.person("independent verifier").address
    seen = [one.landed.block_time for one in life.journal if one.by == verifier]
    return max([life.release.transaction.block_time, *seen]) + 3600
