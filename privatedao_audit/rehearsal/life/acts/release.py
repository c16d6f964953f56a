"""Release: the program is deployed by a wallet, handed over, and upgraded by votes.

A stranger extends it, as anyone may, and fails to upgrade it. In mid-rollout a version that
nobody recorded runs in the end.
"""

from __future__ import annotations

from solders.address_lookup_table_account import AddressLookupTableAccount
from solders.keypair import Keypair
from solders.pubkey import Pubkey
from solders.sysvar import CLOCK, RENT

from privatedao_audit.rehearsal import loader, lookup, wallet
from privatedao_audit.rehearsal.governance import artifact
from privatedao_audit.rehearsal.life.facts import Landed, Step, Version
from privatedao_audit.rehearsal.life.stage import HOUR, Stage

from .custody import UPGRADE_VAULT, Custody

EXTENSION = 4_096
"""Bytes the stranger adds to the program's room."""

_SPARE_ROOM = 1_024


class Release:
    """The program's code through time. `versions` are in the order in which they ran."""

    def __init__(self, stage: Stage, custody: Custody) -> None:
        self.stage, self.custody = stage, custody
        # The founder's second key: it pays for buffers, and deployed the first version.
        stage.cast(
            "deployer", "deployer", custody="hardware wallet", owner="founder operator", sol=100
        )
        stage.cast("stranger", custody="unknown")
        self.program = wallet.keypair("governance program")
        self.programdata = loader.programdata_address(self.program.pubkey())
        self.versions: list[Version] = []
        self.handover: Landed | None = None
        self.extension: Landed | None = None
        self.refused_upgrade: Landed | None = None
        self.table: AddressLookupTableAccount | None = None

    def deploy(self, at: float, name: str) -> None:
        """Enter the deployment of the first version by the deployer."""
        self.stage.at(at, lambda: self._deploy(name))

    def hand_over(self, at: float) -> None:
        """Enter the hand-over of the upgrade authority to the vault."""
        self.stage.at(at, self._hand_over)

    def upgrade(
        self,
        at: float,
        name: str,
        *,
        through_table: bool = False,
        shown: str | None = None,
        executed: bool = True,
    ) -> None:
        """Enter an upgrade: its buffer is staged three hours before `at`, when it is proposed.

        With `shown` the voters see that version in the buffer, and the deployer, who keeps the
        buffer until then, writes `name` over it right before the execution. Without `executed`
        it stays approved.
        """
        buffer, told = _buffer(name), shown or name

        def stage() -> None:
            vault = None if shown else self.custody.vault(UPGRADE_VAULT)
            signatures = loader.stage(
                self.stage.node, self.stage.key("deployer"), buffer, artifact(told), vault
            )
            self.stage.note("stage_buffer", "loader", buffer.pubkey(), signatures[-1])
            if through_table:
                self._lookup_table(name)

        def rewrite() -> None:
            vault, deployer = self.custody.vault(UPGRADE_VAULT), self.stage.key("deployer")
            loader.rewrite(self.stage.node, deployer, buffer.pubkey(), artifact(name), vault)

        def landed(index: int, signature: str, approvals: list[Step]) -> None:
            vault = self.custody.vault(UPGRADE_VAULT)
            self._note(name, "upgrade", vault, signature, index, tuple(approvals), through_table)

        self.stage.at(at - 3 * HOUR, stage)
        self.custody.decide(
            at,
            lambda: [
                loader.upgrade(
                    self.program.pubkey(),
                    buffer.pubkey(),
                    self.custody.vault(UPGRADE_VAULT),
                    self.stage.address("deployer"),
                )
            ],
            landed,
            table=self._table if through_table else None,
            memo=f"Upgrade to {told}, executable {loader.executable_hash(artifact(told))}",
            renew=rewrite if shown else None,
            executed=executed,
        )

    def extend(self, at: float) -> None:
        """Enter the stranger's extension of the program."""
        self.stage.at(at, self._extend)

    def refuse(self, at: float) -> None:
        """Enter the stranger's attempt to upgrade the program."""
        self.stage.at(at, self._refuse)

    def _deploy(self, name: str) -> None:
        stage, elf, buffer = self.stage, artifact(name), _buffer(name)
        deployer = stage.key("deployer")
        loader.stage(stage.node, deployer, buffer, elf)
        room = len(elf) + _SPARE_ROOM
        signature = loader.deploy(stage.node, deployer, self.program, buffer, room)
        self._note(name, "deploy", deployer.pubkey(), signature)

    def _hand_over(self) -> None:
        deployer, vault = self.stage.key("deployer"), self.custody.vault(UPGRADE_VAULT)
        given = loader.set_authority(self.programdata, deployer.pubkey(), vault)
        signature = self.stage.node.send([given], [deployer])
        step = self.stage.note("set_authority", "loader", self.program.pubkey(), signature)
        self.handover = step.landed

    def _extend(self) -> None:
        stranger = self.stage.key("stranger")
        room = loader.extend(self.program.pubkey(), EXTENSION, stranger.pubkey())
        signature = self.stage.node.send([room], [stranger])
        step = self.stage.note("extend", "loader", self.program.pubkey(), signature)
        self.extension = step.landed

    def _refuse(self) -> None:
        """The stranger comes with a buffer of its own; the loader refuses it."""
        stranger, buffer = self.stage.key("stranger"), wallet.keypair("buffer of the stranger")
        me = stranger.pubkey()
        loader.stage(self.stage.node, stranger, buffer, artifact("0.0.0-stranger"))
        attempt = loader.upgrade(self.program.pubkey(), buffer.pubkey(), me, me)
        signature = self.stage.node.send([attempt], [stranger], expect_failure=True)
        step = self.stage.note(
            "upgrade", "loader", self.program.pubkey(), signature, error="IncorrectAuthority"
        )
        self.refused_upgrade = step.landed

    def _lookup_table(self, name: str) -> None:
        addresses = [
            self.programdata,
            self.program.pubkey(),
            _buffer(name).pubkey(),
            self.custody.vault(UPGRADE_VAULT),
            loader.LOADER,
            RENT,
            CLOCK,
        ]
        self.table = lookup.create_table(self.stage.node, self.stage.key("deployer"), addresses)

    def _table(self) -> AddressLookupTableAccount:
        if self.table is None:
            raise RuntimeError("the lookup table is made when the buffer is staged")
        return self.table

    def _note(
        self,
        name: str,
        kind: str,
        authority: Pubkey,
        signature: str,
        index: int | None = None,
        approvals: tuple[Step, ...] = (),
        through_table: bool = False,
    ) -> None:
        elf = artifact(name)
        step = self.stage.note(kind, "loader", self.program.pubkey(), signature)
        self.versions.append(
            Version(
                name=name,
                kind=kind,
                artifact=elf,
                artifact_sha256=loader.executable_hash(elf),
                buffer=str(_buffer(name).pubkey()),
                authority=str(authority),
                transaction=step.landed,
                through_lookup_table=through_table,
                squads_index=index,
                approvals=approvals,
            )
        )


def _buffer(name: str) -> Keypair:
    return wallet.keypair(f"buffer of {name}")
