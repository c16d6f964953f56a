"""What a chapter that is told beside the story gets into its hands: the stage and the acts."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from .acts.custody import Custody
from .acts.governance import Assembly
from .acts.proposals import Ballots, Motion
from .acts.release import Release
from .acts.treasury import Treasury
from .stage import DAY, HOUR, Stage


@dataclass(frozen=True)
class Scene:
    """The acts of one story; each enters what it does into the stage's calendar."""

    stage: Stage
    custody: Custody
    release: Release
    treasury: Treasury
    assembly: Assembly
    ballots: Ballots

    @property
    def next_number(self) -> int:
        """Number of the proposal that is opened next."""
        return len(self.ballots.motions)

    def vote(
        self,
        at: float,
        motion: Motion,
        votes: dict[str, bool],
        *,
        revealed: Sequence[str] | None = None,
    ) -> None:
        """Enter a proposal opened at `at`, its commitments, their reveals, and the count.

        The commitments follow each other by four hours, the reveals in the fourth day by three;
        the count comes 4.1 days after `at` (seconds), when both windows are over. `revealed`:
        whose commitments are opened; None: all.
        """
        ballots = self.ballots
        ballots.open(at, motion)
        for number, (voter, vote) in enumerate(votes.items()):
            ballots.commit(at + 8 * HOUR + number * 4 * HOUR, motion, voter, vote=vote)
        for number, voter in enumerate(votes if revealed is None else revealed):
            ballots.reveal(at + 3.05 * DAY + number * 3 * HOUR, motion, voter)
        ballots.finalize(at + COUNTED, motion)

    def unlocked(self, opened: float) -> float:
        """When a proposal opened at `opened` can be executed: the hour after its time lock."""
        return opened + COUNTED + self.assembly.delay + HOUR


COUNTED = 4.1 * DAY
"""Seconds from the opening of a proposal to its count."""

Chapter = Callable[[Scene], object]
