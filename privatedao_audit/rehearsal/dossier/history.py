"""The git history of a rehearsal's checkout, its commits dated along the story."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

_AUTHOR = ("Rehearsal", "rehearsal@localhost")


@dataclass(frozen=True)
class History:
    """A repository that is being written. Raises CalledProcessError where git refuses."""

    folder: Path

    def begin(self) -> None:
        """An empty repository with the branch main."""
        self._git(0, "init", "--quiet", "--initial-branch=main")

    def commit(self, moment: int, subject: str, files: Mapping[str, str | bytes]) -> str:
        """Write files and commit them at `moment`, unix seconds; the commit's id."""
        for name, text in files.items():
            path = self.folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            # As they are: a log may hold a carriage return on purpose.
            path.write_bytes(text.encode() if isinstance(text, str) else text)
        self._git(moment, "add", "--all")
        self._git(moment, "commit", "--quiet", "--no-gpg-sign", "--message", subject)
        return self._git(moment, "rev-parse", "HEAD").strip()

    def tree(self) -> str:
        """The id of the tree at the last commit."""
        return self._git(0, "rev-parse", "HEAD^{tree}").strip()

    def tag(self, name: str, commit: str, moment: int) -> None:
        """An annotated tag."""
        self._git(moment, "tag", "--annotate", "--no-sign", "--message", name, name, commit)

    def _git(self, moment: int, *arguments: str) -> str:
        name, email = _AUTHOR
        date = f"{moment} +0000"
        clean = {
            "PATH": os.environ.get("PATH", os.defpath),
            "HOME": str(self.folder),
            "GIT_CONFIG_NOSYSTEM": "1",
            "GIT_CONFIG_GLOBAL": os.devnull,
            "GIT_AUTHOR_NAME": name,
            "GIT_AUTHOR_EMAIL": email,
            "GIT_AUTHOR_DATE": date,
            "GIT_COMMITTER_NAME": name,
            "GIT_COMMITTER_EMAIL": email,
            "GIT_COMMITTER_DATE": date,
        }
        done = subprocess.run(
            ["git", *arguments],
            cwd=self.folder,
            env=clean,
            check=True,
            capture_output=True,
            text=True,
        )
        return done.stdout
