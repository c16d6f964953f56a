"""The scripted life of a DAO and its program on the local chain, healthy or in mid-rollout.

Real transactions throughout, over sixty days that end now: a wallet deploys the program and hands
it to a multisig's vault, the members vote upgrades through, an operator makes a DAO, people vote
on ten proposals and the treasury pays in SOL and in tokens of both programs. A stranger extends
the program, and fails to upgrade it. What is wrong in mid-rollout is listed in `life.wrongs`.

The acts (`life.acts`) know how things are done; this module says when.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from privatedao_audit.rehearsal import wallet
from privatedao_audit.rehearsal.life import hostile
from privatedao_audit.rehearsal.life.acts.custody import (
    DAO_VAULT,
    THRESHOLD,
    TIME_LOCK,
    UPGRADE_VAULT,
    Custody,
)
from privatedao_audit.rehearsal.life.acts.governance import Assembly
from privatedao_audit.rehearsal.life.acts.proposals import Ballots, Motion
from privatedao_audit.rehearsal.life.acts.release import EXTENSION, Release
from privatedao_audit.rehearsal.life.acts.treasury import (
    GOVERNANCE_UNIT,
    PAYMENT_UNIT,
    Treasury,
)
from privatedao_audit.rehearsal.life.facts import Landed, Life, Signer, Step, Version
from privatedao_audit.rehearsal.life.scene import Chapter, Scene
from privatedao_audit.rehearsal.life.stage import DAY, HOUR, SOL, STORY_SECONDS, Stage
from privatedao_audit.rehearsal.life.wrongs import MID_ROLLOUT
from privatedao_audit.rehearsal.node import LocalNode
from privatedao_audit.rehearsal.publish import publish
from privatedao_audit.rehearsal.squads.addresses import SQUADS
from privatedao_audit.rehearsal.squads.squad import plant_program

__all__ = [
    "DAO_VAULT",
    "DAY",
    "EXTENSION",
    "HOUR",
    "STORY_SECONDS",
    "THRESHOLD",
    "TIME_LOCK",
    "Landed",
    "Life",
    "Signer",
    "Step",
    "Story",
    "Version",
    "play",
    "told",
]

_STALE_PROGRAM = "governance program before its move"
_PAYEES = ("security auditor", "indexer", "community grants", "payroll settlement")


@dataclass(frozen=True)
class Story:
    """A running node and the life that was played on it."""

    node: LocalNode
    life: Life


@contextmanager
def told(healthy: bool) -> Iterator[Story]:
    """A fresh node with the story played on it, ending at the present; some seconds."""
    with LocalNode(started_ago=STORY_SECONDS) as node:
        yield Story(node, play(node, healthy))


def play(node: LocalNode, healthy: bool, chapter: Chapter | None = None) -> Life:
    """Play the story on a fresh node; some 250 transactions.

    `chapter` enters more into the calendar, in the quiet days 40 to 53.

    The node should start `STORY_SECONDS` ago, else the story ends in the future. Raises
    TransactionFailed or Surprise when the chain does not behave as the story needs.
    """
    return _Player(node, healthy).play(chapter)


class _Player:
    def __init__(self, node: LocalNode, healthy: bool) -> None:
        self.genesis_hash = node.genesis_hash()
        plant_program(node)
        stage = self.stage = Stage(node, healthy, node.clock())
        stage.cast("operator", "dao-authority", sol=100)
        self.custody = Custody(stage)
        self.release = Release(stage, self.custody)
        self.treasury = Treasury(stage, lambda: self.assembly.treasury)
        self.assembly = Assembly(
            stage,
            self.custody,
            self.release.program.pubkey(),
            lambda: self.treasury.governance.address,
        )
        self.ballots = Ballots(stage, self.assembly, self.treasury)
        stage.cast("independent verifier", "verification")
        stage.cast("proposal reviewer", "reviewer", sol=0)
        for name in _PAYEES:
            stage.cast(name, custody="payee's own", sol=0, payee=True)

    def play(self, chapter: Chapter | None) -> Life:
        self._founding()
        self._upgrades()
        self._first_votes()
        self._payments()
        self._later_votes()
        if chapter is not None:
            chapter(
                Scene(
                    self.stage,
                    self.custody,
                    self.release,
                    self.treasury,
                    self.assembly,
                    self.ballots,
                )
            )
        self._open_ends()
        self.stage.play()
        # The quiet hours up to now, if the story began far enough back, and one last block.
        if self.stage.node.started_ago:
            self.stage.wait_until(int(time.time()))
        self.stage.fund(self.stage.address("operator"), SOL)
        life = self._life()
        publish(self.stage.node, life)
        return life

    # When things happen

    def _founding(self) -> None:
        """Program, tokens, multisig, DAO, policies, deposits: the first four days."""
        self.release.deploy(HOUR, "1.0.0")
        self.treasury.issue(12 * HOUR)
        self.custody.enter(20 * HOUR)
        self.assembly.create(DAY)
        self.assembly.deposit(1.2 * DAY, "treasury operations", 40 * SOL)
        self.treasury.fund(1.25 * DAY)
        self.release.hand_over(1.3 * DAY)
        self.assembly.set_policies(1.5 * DAY)
        self.assembly.fund_rebates(3.9 * DAY)

    def _upgrades(self) -> None:
        """Upgrades by vote, one through a lookup table; and what strangers do."""
        self.release.upgrade(9 * DAY, "1.1.0")
        self.custody.close(12 * DAY, lambda: self.release.versions[1].squads_index or 0)
        self.release.upgrade(19 * DAY, "1.2.0", through_table=True)
        self.assembly.deposit(22 * DAY, "independent verifier", SOL // 20)
        self.release.extend(23 * DAY)
        self.release.refuse(24 * DAY)
        if not self.stage.healthy:
            self.release.upgrade(45 * DAY, "1.3.0-rc.1", shown="1.3.0-rc.0")
            self.release.upgrade(57 * DAY, "1.3.0-rc.2", executed=False)

    def _first_votes(self) -> None:
        """A demonstration that is cancelled, a vote without money, a confidential payroll."""
        ballots = self.ballots
        demo = Motion(
            0, "Walkthrough for reviewers", "Shows how a proposal looks. Not to be voted on.",
            proposer="demo reviewer", ended="cancelled",
        )  # fmt: skip
        ballots.open(4 * DAY, demo)
        ballots.cancel(4.01 * DAY, demo)

        budget = Motion(1, "Adopt the operating budget", "The budget of the coming quarter.")
        payroll = Motion(
            2, "Payroll of the core team", "Four people, amounts in the encrypted manifest.",
            kind="confidential", amount=6 * SOL, recipient="payroll settlement",
        )  # fmt: skip
        ballots.open(4.5 * DAY, budget)
        ballots.open(4.6 * DAY, payroll)
        ballots.plan(4.62 * DAY, payroll, recipients=4)
        ballots.delegate(5 * DAY, budget, "voter dave", "voter carol")
        for hour, motion in enumerate((budget, payroll)):
            at = 5.1 * DAY + hour * HOUR
            ballots.commit(at, motion, "voter alice", vote=True)
            ballots.commit(at + 8 * HOUR, motion, "voter bob", vote=True, keeper=True)
            ballots.commit(at + 15 * HOUR, motion, "voter carol", vote=hour == 1)
        ballots.reveal(6 * DAY, budget, "voter alice", expect="RevealTooEarly")
        for hour, motion in enumerate((budget, payroll)):
            self._reveal_all(7.65 * DAY + hour * HOUR, motion)
        ballots.finalize(8.3 * DAY, budget, expect="RevealStillOpen")
        ballots.finalize(8.65 * DAY, budget)
        ballots.finalize(8.7 * DAY, payroll)
        delay = self.assembly.delay
        ballots.execute(8.8 * DAY + delay, budget)
        ballots.execute(8.9 * DAY + delay, payroll)

    def _payments(self) -> None:
        """The treasury pays SOL and tokens; some try to have it pay otherwise."""
        ballots, healthy, delay = self.ballots, self.stage.healthy, self.assembly.delay
        auditor = Motion(
            3, "Pay the security auditor", "Twelve SOL for the review of version 1.1.0.",
            kind="sol", amount=12 * SOL, recipient="security auditor",
        )  # fmt: skip
        indexer = Motion(
            4, "Pay the indexer", "Four thousand payment tokens for a year of indexing.",
            kind="token", amount=4_000 * PAYMENT_UNIT, recipient="indexer",
            mint=self.treasury.payment,
        )  # fmt: skip
        self._vote(14 * DAY, auditor)
        self._vote(14.1 * DAY, indexer)
        self.assembly.cap_settlements(15 * DAY)
        ballots.finalize(18.2 * DAY, auditor)
        # In mid-rollout the count of one payment ignores the policy.
        ballots.finalize(18.25 * DAY, indexer, v3=healthy)
        due = 18.3 * DAY + delay
        if not healthy:
            ballots.execute(18.3 * DAY, auditor, by="stranger", expect="ExecutionTimelockActive")
            ballots.veto_too_late(due, auditor)
        wrong = "community grants"
        ballots.execute(due + HOUR, auditor, to=wrong, expect="TreasuryRecipientMismatch")
        ballots.execute(due + 2 * HOUR, auditor)
        ballots.execute(due + 3 * HOUR, auditor, expect="AlreadyExecuted")
        ballots.execute(due + 5 * HOUR, indexer)
        if not healthy:
            self.assembly.misplace_operator(12 * DAY)
            self.treasury.leave_side_account(20 * DAY)

    def _later_votes(self) -> None:
        """A hostile text that nobody wants, a grant in tokens, and a veto."""
        ballots = self.ballots
        unwanted = Motion(
            5, hostile.TITLE, hostile.DESCRIPTION, kind="sol", amount=SOL,
            recipient="community grants", ended="failed",
        )  # fmt: skip
        ballots.open(25 * DAY, unwanted)
        ballots.commit(25.5 * DAY, unwanted, "voter dave", vote=True)
        grant = Motion(
            6, "Grant to the community", "Fifteen thousand governance tokens for contributors.",
            kind="token", amount=15_000 * GOVERNANCE_UNIT, recipient="community grants",
            mint=self.treasury.governance,
        )  # fmt: skip
        self._vote(25.2 * DAY, grant)
        ballots.reveal(28.3 * DAY, unwanted, "voter dave")
        ballots.finalize(29.3 * DAY, unwanted)
        ballots.finalize(29.4 * DAY, grant)
        ballots.execute(29.5 * DAY + self.assembly.delay, grant)

        move = Motion(
            7, "Move reserves to a new custodian", "Twenty SOL to a custodian nobody has met.",
            kind="sol", amount=20 * SOL, recipient="donor", ended="vetoed",
        )  # fmt: skip
        self._vote(34 * DAY, move)
        ballots.finalize(38.1 * DAY, move)
        ballots.veto(38.2 * DAY, move)

    def _open_ends(self) -> None:
        """A payment that waits in its time lock at the end, and a vote that still runs."""
        following = len(self.ballots.motions)
        waiting = Motion(
            following, "Pay for the follow-up review", "Three SOL for the review of version 1.2.0.",
            kind="sol", amount=3 * SOL, recipient="security auditor", ended="waiting",
        )  # fmt: skip
        self._vote(53.9 * DAY, waiting)
        # Two days before the end, or shortly before it where the time lock is short.
        self.ballots.finalize(58 * DAY if self.stage.healthy else 59.8 * DAY, waiting)
        voting = Motion(
            following + 1, "Renew the indexer", "A thousand payment tokens for the next quarter.",
            kind="token", amount=1_000 * PAYMENT_UNIT, recipient="indexer",
            mint=self.treasury.payment, ended="voting",
        )  # fmt: skip
        self.ballots.open(58.5 * DAY, voting)
        self.ballots.commit(59 * DAY, voting, "voter alice", vote=True)
        self.ballots.commit(59.5 * DAY, voting, "voter bob", vote=False, keeper=True)

    def _vote(self, at: float, motion: Motion) -> None:
        """A proposal opened at `at`, three commitments, and their reveals in the fourth day."""
        ballots = self.ballots
        ballots.open(at, motion)
        ballots.commit(at + 0.4 * DAY, motion, "voter alice", vote=True)
        ballots.commit(at + 0.9 * DAY, motion, "voter bob", vote=True, keeper=True)
        ballots.commit(at + 1.7 * DAY, motion, "voter carol", vote=False)
        self._reveal_all(at + 3.05 * DAY, motion)

    def _reveal_all(self, at: float, motion: Motion) -> None:
        for number, voter in enumerate(motion.votes):
            self.ballots.reveal(at + number * 3 * HOUR, motion, voter, keeper=voter == "voter bob")

    # What it came to

    def _life(self) -> Life:
        stage, release, squad = self.stage, self.release, self.custody.squad
        healthy, versions = stage.healthy, tuple(release.versions)
        if release.handover is None or release.extension is None or release.refused_upgrade is None:
            raise RuntimeError("the story ended before its acts were played")
        assert release.table is not None
        program = str(release.program.pubkey())
        stale = str(wallet.address(_STALE_PROGRAM))
        state = squad.state
        ruler, collector = state.config_authority, state.rent_collector
        return Life(
            healthy=healthy,
            genesis_hash=self.genesis_hash,
            began_at=stage.began,
            program_id=program,
            programdata=str(release.programdata),
            anchor_toml_program_id=program if healthy else stale,
            deployer=str(stage.address("deployer")),
            operator=str(stage.address("operator")),
            versions=versions,
            release=versions[2],
            handover=release.handover,
            extension=release.extension,
            extension_bytes=EXTENSION,
            stranger=str(stage.address("stranger")),
            refused_upgrade=release.refused_upgrade,
            squads_program=str(SQUADS),
            multisig=str(squad.address),
            vault=str(squad.vault(UPGRADE_VAULT)),
            vault_index=UPGRADE_VAULT,
            members=self.custody.signers(),
            threshold=state.threshold,
            time_lock_seconds=state.time_lock,
            config_authority=None if ruler is None else str(ruler),
            rent_collector=None if collector is None else str(collector),
            transaction_index=state.transaction_index,
            lookup_table=str(release.table.key),
            dao=self.assembly.facts(),
            mints=self.treasury.mint_facts(),
            treasury_lamports=stage.node.balance(self.assembly.treasury),
            treasury_accounts=self.treasury.accounts(),
            proposals=self.ballots.facts(),
            people=tuple(stage.people.values()),
            journal=tuple(stage.journal),
            faults=() if healthy else MID_ROLLOUT,
            finished_at=stage.node.clock(),
            last_slot=stage.node.slot(),
            release_blockhash=_blockhash(stage.node, versions[2].transaction.slot),
            archive=dict(stage.archive),
        )


def _blockhash(node: LocalNode, slot: int) -> str:
    """Hash of the block in a slot, base58."""
    asked = {"transactionDetails": "none", "rewards": False, "maxSupportedTransactionVersion": 0}
    return str(node.request("getBlock", slot, asked)["blockhash"])
