"""Every incident that can be rehearsed, and which detector must find it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType

from privatedao_audit.rehearsal import wallet
from privatedao_audit.rehearsal.life.acts.custody import THRESHOLD
from privatedao_audit.rehearsal.life.facts import Life, Step
from privatedao_audit.rehearsal.life.scene import Chapter

from . import custody, payments, votes

Known = Callable[[Life], Life]


def _everything(life: Life) -> Life:
    return life


def _every_step(step: Step) -> bool:
    return True


def _executes(step: Step) -> bool:
    return step.what == "execute_proposal"


def _fails(step: Step) -> bool:
    return step.error is not None


def _without_newcomer(life: Life) -> Life:
    """Nobody announced the newcomer's proposals, so that no calendar has them."""
    newcomer = str(wallet.address(votes.NEWCOMER))
    announced = tuple(one for one in life.proposals if one.proposer != newcomer)
    return replace(life, proposals=announced)


def _old_threshold(life: Life) -> Life:
    """The records still say what was decided at the beginning."""
    return replace(life, threshold=THRESHOLD)


@dataclass(frozen=True, slots=True)
class Incident:
    """One incident.

    Attributes:
        name: as the command takes it.
        title: what happens, in a few words.
        path: the incident path whose runbook it is a drill of: IR-01 to IR-05.
        detector: id of the detector that must find it; None: every detector must stay silent.
        chapter: enters it into the calendar of a healthy life.
        also: other detectors that find it too → why they are right to.
        known: the life as the team's documents know it.
        harmful: which steps of the chapter are the incident itself; others only lead there.
    """

    name: str
    title: str
    path: str
    detector: str | None
    chapter: Chapter
    also: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    known: Known = _everything
    harmful: Callable[[Step], bool] = _every_step

    @property
    def target(self) -> str:
        """Name of its target profile."""
        return f"incident-{self.name}"

    @property
    def detectors(self) -> frozenset[str]:
        """Every detector that finds it."""
        return frozenset({*self.also, *([self.detector] if self.detector else [])})


_ALL = (
    Incident("execute-attempts", "a stranger tries to execute, twice", "IR-03",
             "unexpected-execute", payments.execute_attempts, harmful=_fails),
    Incident("finalize-storm", "a dozen counts that fail within the hour", "IR-02",
             "repeated-failures", votes.finalize_storm,
             {"failure-spike": "twelve failures of one caller where there was one in weeks"},
             harmful=_fails),
    Incident("drain", "a malicious vote that pays nearly all SOL away", "IR-03",
             "balance-step", votes.drain),
    Incident("wrong-recipient", "a voted payment goes to somebody else", "IR-03",
             "outflow-unexplained", payments.wrong_recipient, harmful=_executes),
    Incident("delegate", "a stranger may spend the treasury's tokens", "IR-03",
             "treasury-power", payments.delegate, harmful=_executes),
    Incident("takeover", "the DAO and the program go to an unknown wallet", "IR-04",
             "authority-change", custody.takeover),
    Incident("threshold", "the multisig needs one vote where it needed two", "IR-04",
             "authority-change", custody.threshold, known=_old_threshold),
    Incident("proposal-flash", "five proposals of a new proposer in an hour", "IR-01",
             "unexpected-proposal", votes.proposal_flash, known=_without_newcomer),
    Incident("lone-vote", "a proposal passes on one wallet's vote", "IR-02",
             "lone-hand", votes.lone_vote),
    Incident("reveal-collapse", "most committed votes are never opened", "IR-02",
             "vote-anomaly", votes.reveal_collapse),
    Incident("double-vote", "the same tokens vote from two wallets", "IR-02",
             "double-vote", votes.double_vote),
    Incident("spam", "unasked tokens in accounts opened for the treasury", "IR-03",
             None, payments.spam),
    Incident("extension", "a stranger adds room to the program", "IR-04",
             None, custody.extension),
)  # fmt: skip

#: Name → incident, in the order in which they are shown.
INCIDENTS: Mapping[str, Incident] = MappingProxyType({one.name: one for one in _ALL})
