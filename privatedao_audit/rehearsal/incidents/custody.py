"""Incidents of custody: powers that go to a stranger, a rule that is loosened, and noise."""

from __future__ import annotations

from solders.pubkey import Pubkey

from privatedao_audit.rehearsal import loader
from privatedao_audit.rehearsal.life.acts.custody import MEMBERS, UPGRADE_VAULT
from privatedao_audit.rehearsal.life.facts import Step
from privatedao_audit.rehearsal.life.scene import Scene
from privatedao_audit.rehearsal.life.stage import DAY, HOUR, MINUTE
from privatedao_audit.rehearsal.squads.actions import ChangeThreshold
from privatedao_audit.rehearsal.squads.squad import Landed

from .votes import BEGIN

INTRUDER = "intruder"
_ROOM = 2_048


def takeover(scene: Scene) -> None:
    """Two stolen member keys hand the DAO and the program to a wallet nobody knows.

    They keep the multisig's rules, time lock included: nobody looked in time.
    """
    stage, custody, assembly = scene.stage, scene.custody, scene.assembly
    stage.cast(INTRUDER, custody="unknown")
    call = assembly.program.transfer_dao_authority

    def heir() -> Pubkey:
        return stage.address(INTRUDER)

    assembly.rule(BEGIN, lambda: [call(assembly.address, assembly.signer(), heir())])

    def landed(index: int, signature: str, approvals: list[Step]) -> None:
        program = scene.release.program.pubkey()
        vault = custody.vault(UPGRADE_VAULT)
        stage.note("set_authority", "loader", program, signature, by=vault)

    custody.decide(
        BEGIN + HOUR,
        lambda: [
            loader.set_authority(scene.release.programdata, custody.vault(UPGRADE_VAULT), heir())
        ],
        landed,
    )


def threshold(scene: Scene) -> None:
    """The multisig lowers its own threshold to one, by the vote of two, and nothing says so."""
    stage, squad = scene.stage, scene.custody.squad
    first, second = MEMBERS[:2]
    made: dict[str, int] = {}

    def note(what: str, landed: Landed) -> None:
        stage.note(what, "squads", squad.address, landed.signature)

    def propose() -> None:
        landed = squad.propose_config([ChangeThreshold(1)], stage.key(first))
        made["index"] = landed.index
        note("config_transaction_create", landed)

    def approve(name: str) -> None:
        note("proposal_approve", squad.approve(made["index"], stage.key(name)))

    def execute() -> None:
        landed = squad.execute_config(made["index"], stage.key(first))
        note("config_transaction_execute", landed)

    stage.at(BEGIN, propose)
    stage.at(BEGIN + 5 * MINUTE, lambda: approve(first))
    stage.at(BEGIN + 35 * MINUTE, lambda: approve(second))
    stage.at(BEGIN + scene.custody.delay, execute)


def extension(scene: Scene) -> None:
    """A stranger adds room to the program, as anyone may; the code stays what it was."""
    stage = scene.stage

    def extend() -> None:
        stranger = stage.key("stranger")
        program = scene.release.program.pubkey()
        room = loader.extend(program, _ROOM, stranger.pubkey())
        stage.note("extend", "loader", program, stage.node.send([room], [stranger]))

    stage.at(BEGIN, extend)
    stage.at(BEGIN + DAY, extend)
