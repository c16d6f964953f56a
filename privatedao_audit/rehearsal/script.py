"""The scripted life of a governance program on the local chain, healthy or in mid-rollout.

Real transactions throughout: a wallet deploys, hands the upgrade authority to a multisig's
vault, the vault upgrades twice (the second time through an address lookup table), a stranger
extends the program, and a stranger fails to upgrade it. In mid-rollout the multisig has no time
lock and a config authority, a version that nobody recorded runs, and the program id in
Anchor.toml is another one.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from solders.keypair import Keypair
from solders.pubkey import Pubkey

from . import loader, lookup, multisig, standin, wallet
from .node import LocalNode

HOUR, DAY = 3600, 86_400
STORY_SECONDS = 30 * DAY
"""Give this to `LocalNode(started_ago=...)`, and the story ends at the present."""

TIME_LOCK = 172_800
"""Seconds between approval and execution, as PrivateDAO's custody record states it."""

THRESHOLD = 2
EXTENSION = 4_096
"""Bytes the stranger adds to the program's room."""

_SPARE_ROOM = 1_024
_SOL = 1_000_000_000
_MEMBERS = ("founder operator", "independent security", "recovery governance")
_STALE_PROGRAM = "governance program before its move"


@dataclass(frozen=True)
class Landed:
    """A transaction on the chain: `slot`, `block_time` in unix seconds, `fee_payer` base58."""

    signature: str
    slot: int
    block_time: int
    fee_payer: str
    succeeded: bool


@dataclass(frozen=True)
class Version:
    """One version of the program that ran, and the transaction that put it there.

    `artifact`: the ELF as built; `artifact_sha256`: of the ELF with its trailing zeros cut.
    `authority`: the upgrade authority that acted. `through_lookup_table`: the ProgramData address
    stands in no account list of the message, only in the loaded ones.
    """

    name: str
    kind: str
    artifact: bytes = field(repr=False)
    artifact_sha256: str
    buffer: str
    authority: str
    transaction: Landed
    through_lookup_table: bool = False


@dataclass(frozen=True)
class Signer:
    """A multisig member: `mask` is 1 initiate + 2 vote + 4 execute."""

    name: str
    address: str
    mask: int


@dataclass(frozen=True)
class Life:
    """Everything the story did, and what an audit of it must find. Addresses are base58.

    `versions` are in the order in which they ran, the last one is running; `release` is the one
    the release record names: in mid-rollout the last but one.
    """

    healthy: bool
    genesis_hash: str
    program_id: str
    programdata: str
    anchor_toml_program_id: str
    deployer: str
    operator: str
    versions: tuple[Version, ...]
    release: Version
    handover: Landed
    extension: Landed
    extension_bytes: int
    stranger: str
    refused_upgrade: Landed
    squads_program: str
    multisig: str
    vault: str
    vault_index: int
    members: tuple[Signer, ...]
    threshold: int
    time_lock_seconds: int
    config_authority: str | None
    rent_collector: str | None
    transaction_index: int
    lookup_table: str
    finished_at: int
    last_slot: int

    @property
    def running(self) -> Version:
        """The version whose executable lies in ProgramData at the end."""
        return self.versions[-1]


def play(node: LocalNode, healthy: bool) -> Life:
    """Play the story on a fresh node; about 60 transactions.

    The node should start `STORY_SECONDS` ago, else the story ends in the future. Raises
    TransactionFailed when the chain does not behave as the story needs.
    """
    return _Player(node, healthy).play()


@dataclass(frozen=True)
class Story:
    """A running node and the life that was played on it."""

    node: LocalNode
    life: Life


@contextmanager
def told(healthy: bool) -> Iterator[Story]:
    """A fresh node with the story played on it, ending at the present; about half a second."""
    with LocalNode(started_ago=STORY_SECONDS) as node:
        yield Story(node, play(node, healthy))


class _Player:
    def __init__(self, node: LocalNode, healthy: bool) -> None:
        self.node, self.healthy = node, healthy
        self.deployer = wallet.keypair("deployer")
        self.operator = wallet.keypair("operator")
        self.stranger = wallet.keypair("stranger")
        self.program = wallet.keypair("governance program")
        self.programdata = loader.programdata_address(self.program.pubkey())
        self.members = [wallet.keypair(name) for name in _MEMBERS]
        self.squad = multisig.Multisig(
            create_key=wallet.address("multisig creation"),
            members=tuple(multisig.Member(one.pubkey()) for one in self.members),
            threshold=THRESHOLD,
            time_lock=TIME_LOCK if healthy else 0,
            config_authority=None if healthy else self.operator.pubkey(),
            # One transaction per vault upgrade. Their accounts are closed again, as anyone may
            # do with finished ones where there is a rent collector.
            rent_collector=self.members[0].pubkey(),
            transaction_index=2 if healthy else 3,
        )

    def play(self) -> Life:
        node = self.node
        genesis_hash = node.genesis_hash()
        people = [self.deployer, self.operator, self.stranger, *self.members]
        for one in people:
            node.airdrop(one.pubkey(), 100 * _SOL)
        multisig.plant_program(node)
        node.time_travel(HOUR)
        versions = [self._deploy("1.0.0")]

        node.time_travel(2 * DAY)
        self.squad.plant(node)
        vault = self.squad.vault()
        current = self.deployer.pubkey()
        given = loader.set_authority(self.programdata, current, vault)
        handover = self._landed(node.send([given], [self.deployer]))

        node.time_travel(5 * DAY)
        versions.append(self._upgrade("1.1.0", 1))
        node.time_travel(7 * DAY)
        table = self._lookup_table("1.2.0")
        versions.append(self._upgrade("1.2.0", 2, table=table))
        release = versions[-1]

        node.time_travel(DAY)
        room = loader.extend(self.program.pubkey(), EXTENSION, self.stranger.pubkey())
        extension = self._landed(node.send([room], [self.stranger]))
        node.time_travel(DAY)
        refused = self._refused_upgrade()
        if not self.healthy:
            node.time_travel(3 * DAY)
            versions.append(self._upgrade("1.3.0-rc.1", 3))

        # The quiet days up to now, if the story began far enough back, and one last block.
        remaining = int(time.time()) - node.clock()
        if node.started_ago and remaining > 0:
            node.time_travel(remaining)
        node.airdrop(self.operator.pubkey(), _SOL)
        stale = wallet.address(_STALE_PROGRAM)
        collector, ruler = self.squad.rent_collector, self.squad.config_authority
        return Life(
            healthy=self.healthy,
            genesis_hash=genesis_hash,
            program_id=str(self.program.pubkey()),
            programdata=str(self.programdata),
            anchor_toml_program_id=str(self.program.pubkey() if self.healthy else stale),
            deployer=str(self.deployer.pubkey()),
            operator=str(self.operator.pubkey()),
            versions=tuple(versions),
            release=release,
            handover=handover,
            extension=extension,
            extension_bytes=EXTENSION,
            stranger=str(self.stranger.pubkey()),
            refused_upgrade=refused,
            squads_program=str(multisig.SQUADS),
            multisig=str(self.squad.address),
            vault=str(vault),
            vault_index=0,
            members=tuple(
                Signer(name, str(one.key), one.mask)
                for name, one in zip(_MEMBERS, self.squad.members, strict=True)
            ),
            threshold=self.squad.threshold,
            time_lock_seconds=self.squad.time_lock,
            config_authority=None if ruler is None else str(ruler),
            rent_collector=None if collector is None else str(collector),
            transaction_index=self.squad.transaction_index,
            lookup_table=str(table.key),
            finished_at=node.clock(),
            last_slot=node.slot(),
        )

    def _deploy(self, name: str) -> Version:
        elf, buffer = _artifact(name), _buffer(name)
        loader.stage(self.node, self.deployer, buffer, elf)
        room = len(elf) + _SPARE_ROOM
        signature = loader.deploy(self.node, self.deployer, self.program, buffer, room)
        return self._version(name, "deploy", elf, self.deployer.pubkey(), signature)

    def _upgrade(
        self, name: str, index: int, *, table: lookup.AddressLookupTableAccount | None = None
    ) -> Version:
        """An upgrade that the vault signs, as an inner instruction of the multisig's program."""
        elf, buffer, vault = _artifact(name), _buffer(name), self.squad.vault()
        if self.node.account(buffer.pubkey()) is None:
            loader.stage(self.node, self.deployer, buffer, elf, vault)
        inner = loader.upgrade(
            self.program.pubkey(), buffer.pubkey(), vault, self.deployer.pubkey()
        )
        member = self.members[0]
        execution = self.squad.execute(index, member.pubkey(), [inner])
        tables = [] if table is None else [table]
        signature = self.node.send([execution], [member], tables)
        return self._version(
            name, "upgrade", elf, vault, signature, through_lookup_table=table is not None
        )

    def _lookup_table(self, name: str) -> lookup.AddressLookupTableAccount:
        addresses = [
            self.programdata,
            self.program.pubkey(),
            _buffer(name).pubkey(),
            self.squad.vault(),
            loader.LOADER,
            loader.RENT,
            loader.CLOCK,
        ]
        return lookup.create_table(self.node, self.deployer, addresses)

    def _refused_upgrade(self) -> Landed:
        """A stranger tries to upgrade with a buffer of its own; the loader refuses it."""
        buffer, me = wallet.keypair("buffer of the stranger"), self.stranger.pubkey()
        loader.stage(self.node, self.stranger, buffer, _artifact("0.0.0-stranger"))
        attempt = loader.upgrade(self.program.pubkey(), buffer.pubkey(), me, me)
        return self._landed(self.node.send([attempt], [self.stranger], expect_failure=True))

    def _version(
        self,
        name: str,
        kind: str,
        elf: bytes,
        authority: Pubkey,
        signature: str,
        *,
        through_lookup_table: bool = False,
    ) -> Version:
        return Version(
            name=name,
            kind=kind,
            artifact=elf,
            artifact_sha256=loader.executable_hash(elf),
            buffer=str(_buffer(name).pubkey()),
            authority=str(authority),
            transaction=self._landed(signature),
            through_lookup_table=through_lookup_table,
        )

    def _landed(self, signature: str) -> Landed:
        found = self.node.transaction(signature)
        payer = self.node.fee_payer(found)
        slot = int(found["slot"])
        succeeded = found["meta"]["err"] is None
        return Landed(signature, slot, self.node.block_time(slot), payer, succeeded)


def _artifact(name: str) -> bytes:
    """A version's ELF: the stand-in, with the version in its read-only data.

    Filled up to the size of a small real program, so that a ProgramData account is longer than
    what an audit reads of every account on the way.
    """
    named = f"privatedao governance stand-in {name}\0".encode()
    return standin.build(extra=named + bytes(range(256)) * 40)


def _buffer(name: str) -> Keypair:
    return wallet.keypair(f"buffer of {name}")
