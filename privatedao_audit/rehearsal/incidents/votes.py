"""Incidents of proposals and votes. All of them keep the program's rules."""

from __future__ import annotations

from solders.instruction import Instruction

from privatedao_audit.rehearsal import tokens
from privatedao_audit.rehearsal.life.acts.proposals import Motion
from privatedao_audit.rehearsal.life.acts.treasury import GOVERNANCE_UNIT, HOLDINGS
from privatedao_audit.rehearsal.life.scene import COUNTED, Scene
from privatedao_audit.rehearsal.life.stage import DAY, HOUR, MINUTE, SOL

BEGIN = 41 * DAY
"""Seconds after the beginning of the story at which an incident begins."""

NEWCOMER, QUIET = "newcomer", "quiet wallet"
FLASH = 5
_STORM = 12


def drain(scene: Scene) -> None:
    """A proposal to pay nearly all SOL away is announced, voted on, counted and executed."""
    scene.stage.cast("new custodian", sol=0, custody="unknown")
    motion = Motion(
        scene.next_number, "Consolidate reserves", "Twenty-six SOL to a new custodian.",
        kind="sol", amount=26 * SOL, recipient="new custodian",
    )  # fmt: skip
    votes = {"voter alice": True, "voter bob": True, "voter carol": False}
    scene.vote(BEGIN, motion, votes)
    scene.ballots.execute(scene.unlocked(BEGIN), motion)


def finalize_storm(scene: Scene) -> None:
    """The keeper's client asks for a count again and again while votes may still be opened."""
    motion = Motion(scene.next_number, "Adopt a code of conduct", "No money in it.")
    votes = {"voter alice": True, "voter bob": True, "voter carol": False}
    ballots = scene.ballots
    scene.vote(BEGIN, motion, votes)
    for number in range(_STORM):
        at = BEGIN + 3.6 * DAY + number * 4 * MINUTE
        ballots.finalize(at, motion, expect="RevealStillOpen")
    ballots.execute(scene.unlocked(BEGIN), motion)


def proposal_flash(scene: Scene) -> None:
    """A wallet that never proposed opens five proposals within the hour, to be paid by each."""
    scene.stage.cast(NEWCOMER, custody="unknown")
    _hand_tokens(scene, BEGIN - DAY, "voter dave", NEWCOMER, GOVERNANCE_UNIT)
    for number in range(FLASH):
        motion = Motion(
            scene.next_number, f"Emergency grant {number + 1}", "Four SOL, before it is too late.",
            proposer=NEWCOMER, kind="sol", amount=4 * SOL, recipient=NEWCOMER, ended="failed",
        )  # fmt: skip
        at = BEGIN + number * 10 * MINUTE
        scene.ballots.open(at, motion)
        scene.ballots.finalize(at + COUNTED, motion)


def reveal_collapse(scene: Scene) -> None:
    """Five wallets commit, and three of them never open their votes: the rest decides."""
    motion = Motion(
        scene.next_number, "Move the office hours", "No money in it: who answers, and when.",
    )  # fmt: skip
    votes = {
        "voter alice": True, "voter bob": False, "voter carol": False, "voter dave": True,
        "proposer": False,
    }  # fmt: skip
    scene.vote(BEGIN, motion, votes, revealed=("voter alice", "voter dave"))
    scene.ballots.execute(scene.unlocked(BEGIN), motion)


def lone_vote(scene: Scene) -> None:
    """A proposal passes on the vote of one wallet, because nobody else takes part."""
    motion = Motion(
        scene.next_number, "Pay the indexer early", "One SOL ahead of the quarter.",
        kind="sol", amount=SOL, recipient="indexer",
    )  # fmt: skip
    scene.vote(BEGIN, motion, {"voter alice": True})
    scene.ballots.execute(scene.unlocked(BEGIN), motion)


def double_vote(scene: Scene) -> None:
    """A voter commits, hands the same tokens to a second wallet, and that one commits too.

    Bob's 120,000 tokens against Alice's 150,000 would lose; counted twice they win.
    """
    scene.stage.cast(QUIET, custody="unknown")
    motion = Motion(
        scene.next_number, "Choose another indexer", "No money in it: a change of the contract.",
    )  # fmt: skip
    # Bob commits at 8 h, Alice at 12 h, the second wallet at 16 h.
    scene.vote(BEGIN, motion, {"voter bob": True, "voter alice": False, QUIET: True})
    whole = HOLDINGS["voter bob"] * GOVERNANCE_UNIT
    _hand_tokens(scene, BEGIN + 14 * HOUR, "voter bob", QUIET, whole)
    _hand_tokens(scene, BEGIN + 6 * DAY, QUIET, "voter bob", whole)
    scene.ballots.execute(scene.unlocked(BEGIN), motion)


def _hand_tokens(scene: Scene, at: float, giver: str, taker: str, amount: int) -> None:
    """Enter a transfer of governance tokens, raw units, to an account opened for it."""
    stage, mint = scene.stage, scene.treasury.governance

    def hand() -> None:
        source, target = (mint.associated(stage.address(one)) for one in (giver, taker))
        owner = stage.address(giver)
        steps: list[Instruction] = [
            tokens.create_associated(mint, stage.address(taker), owner),
            tokens.transfer(mint, source, target, owner, amount),
        ]
        signature = stage.node.send(steps, [stage.key(giver)])
        stage.note("transfer", "token", target, signature)

    stage.at(at, hand)
