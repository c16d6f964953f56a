"""A small invented chain, as account bytes, for the cases of checks.

Cases change one thing of a sound world and say what a check must then answer. Facts come out of
the bytes through the same decoders and the same resolution as those of a real run, so a case
tests the way from bytes to verdict and not a summary of it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import lru_cache, partial
from types import MappingProxyType
from typing import Any

from solders.keypair import Keypair
from solders.pubkey import Pubkey

from privatedao_audit.chain import programs
from privatedao_audit.chain.addresses import find_program_address, squads_multisig, squads_vault
from privatedao_audit.chain.layouts import loader, squads
from privatedao_audit.chain.reads import Account
from privatedao_audit.domains.authority.collect import code_account, executable_of
from privatedao_audit.domains.authority.facts import AccountState, AuthorityFacts, Executable
from privatedao_audit.domains.authority.states import account_state, governance_programs
from privatedao_audit.domains.cases import on_chain
from privatedao_audit.model.clusters import GENESIS_HASHES
from privatedao_audit.model.reads import Found, ProvenAbsent, Read, decoded
from privatedao_audit.model.target import Target


@lru_cache(maxsize=4_096)
def wallet(word: str) -> str:
    """A key that a private key exists for, from a word."""
    return str(Keypair.from_seed(hashlib.sha256(word.encode()).digest()).pubkey())


@lru_cache(maxsize=1_024)
def derived(word: str) -> str:
    """A program-derived address that no multisig explains."""
    return find_program_address([word.encode()], programs.SPL_GOVERNANCE).address


@lru_cache(maxsize=1_024)
def key_bytes(key: str) -> bytes:
    """The 32 bytes of a base58 key, by which a multisig program orders its members."""
    return bytes(Pubkey.from_string(key))


GOVERNANCE, CONTROLLER = wallet("governance program"), wallet("multisig program")
LOCAL_GENESIS, STRANGER = wallet("genesis of a local cluster"), wallet("stranger")
MEMBERS = tuple(sorted((wallet(f"member {n}") for n in range(3)), key=key_bytes))
CODE, CONTROLLER_CODE = b"\x7fELF of the governance", b"\x7fELF of the multisig program"


@dataclass(frozen=True, slots=True)
class Program:
    """A program of the upgradeable loader.

    Attributes:
        authority: who may upgrade it; None: renounced.
        stale: the key whose bytes stay behind when it renounced.
        padding: zero bytes of capacity after the code.
        kind: what the target lists it as, where it is a controller.
    """

    id: str
    authority: str | None
    code: bytes
    slot: int = 100
    stale: str = STRANGER
    padding: int = 64
    kind: str = "squads-v4"

    @property
    def programdata(self) -> str:
        """Address of its ProgramData."""
        return loader.programdata_address(self.id)

    @property
    def sha256(self) -> str:
        """Hash of its executable."""
        return loader.executable_hash(self.code)

    def accounts(self) -> dict[str, Read[Account]]:
        """The program account and its ProgramData."""
        tag = b"\x00" if self.authority is None else b"\x01"
        header = (3).to_bytes(4, "little") + self.slot.to_bytes(8, "little")
        header += tag + key_bytes(self.authority or self.stale)
        data = header + self.code + bytes(self.padding)
        pointer = (2).to_bytes(4, "little") + key_bytes(self.programdata)
        return {
            self.id: found(self.id, programs.LOADER_V3, pointer, executable=True),
            self.programdata: found(self.programdata, programs.LOADER_V3, data),
        }


@dataclass(frozen=True, slots=True)
class Multisig:
    """A multisig account of the Squads v4 layout under any program."""

    owner: str = CONTROLLER
    create_key: str = derived("create key")
    members: tuple[squads.Member, ...] = tuple(squads.Member(key, 7) for key in MEMBERS)
    threshold: int = 2
    time_lock: int = 86_400
    config_authority: str | None = None
    stale_transaction_index: int = 3
    rent_collector: str | None = None
    tail: bytes = b""

    @property
    def address(self) -> str:
        """Where its create key puts it."""
        return squads_multisig(self.create_key, self.owner).address

    def vault(self, index: int = 0) -> str:
        """Address of one of its vaults."""
        return squads_vault(self.address, index, self.owner).address

    def data(self) -> bytes:
        """The account's bytes."""
        rows = b"".join(key_bytes(m.key) + bytes([m.mask]) for m in self.members)
        return b"".join(
            (
                squads.MULTISIG_DISCRIMINATOR,
                key_bytes(self.create_key),
                key_bytes(self.config_authority or programs.SYSTEM),
                self.threshold.to_bytes(2, "little"),
                self.time_lock.to_bytes(4, "little"),
                (9).to_bytes(8, "little"),
                self.stale_transaction_index.to_bytes(8, "little"),
                b"\x01" + key_bytes(self.rent_collector) if self.rent_collector else b"\x00",
                bytes([squads_multisig(self.create_key, self.owner).bump]),
                len(self.members).to_bytes(4, "little"),
                rows,
                self.tail,
            )
        )


def found(
    address: str, owner: str, data: bytes = b"", *, executable: bool = False
) -> Read[Account]:
    """An account that was read."""
    return Found(Account(address, 1_000_000, owner, data, executable), on_chain("accounts"))


ABSENT: Read[Any] = ProvenAbsent(on_chain("accounts"))
_MULTISIG = Multisig()
_NOTHING: Mapping[str, Read[Account]] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class World:
    """A chain and the target that speaks of it. Its defaults are sound.

    Attributes:
        programs: the first is the one in scope, the others are controllers.
        multisigs: those that exist; ``named``: whether the target names them; ``shown``: whether
            the history of the first program's authority shows them, where the target does not.
        also: further controllers that the target names, as (address, kind).
        listed: whether the target lists the controllers' executables by hash.
        instead: reads that take the place of those of the accounts above, by address.
        genesis: the genesis hash as read; None: that of the cluster.
        moving: what would not stand still.
    """

    cluster: str = "localnet"
    programs: tuple[Program, ...] = (
        Program(GOVERNANCE, _MULTISIG.vault(), CODE),
        Program(CONTROLLER, None, CONTROLLER_CODE),
    )
    multisigs: tuple[Multisig, ...] = (_MULTISIG,)
    named: bool = True
    listed: bool = True
    shown: bool = False
    also: tuple[tuple[str, str], ...] = ()
    instead: Mapping[str, Read[Account]] = field(default_factory=lambda: _NOTHING, hash=False)
    genesis: Read[str] | None = None
    moving: tuple[str, ...] = ()

    def program(self, **change: Any) -> World:
        """The world with another program in scope."""
        return replace(self, programs=(replace(self.programs[0], **change), *self.programs[1:]))

    def controller(self, **change: Any) -> World:
        """The world with another program of the multisig."""
        first, second, *rest = self.programs
        return replace(self, programs=(first, replace(second, **change), *rest))

    def multisig(self, **change: Any) -> World:
        """The world with another first multisig."""
        return replace(self, multisigs=(replace(self.multisigs[0], **change), *self.multisigs[1:]))

    def reading(self, address: str, read: Read[Account]) -> World:
        """The world in which one address is read in another way."""
        return replace(self, instead={**self.instead, address: read})

    def target(self) -> Target:
        """The target profile; the same one for the same world."""
        return _target(replace(self, instead=_NOTHING))

    def profile(self) -> Target:
        """The target profile, made anew."""
        rows = [
            {"id": p.id, "executable_sha256": p.sha256, "kind": p.kind} for p in self.programs[1:]
        ]
        held = [(one.address, "squads-v4") for one in self.multisigs if self.named]
        multisigs = [
            {"name": f"custody-{n}", "address": address, "kind": kind}
            for n, (address, kind) in enumerate((*held, *self.also))
        ]
        genesis = GENESIS_HASHES.get(self.cluster, LOCAL_GENESIS)
        return Target.model_validate(
            {
                "schema": 1,
                "name": "case",
                "title": "A case",
                "protocol": "case",
                "cluster": {"name": self.cluster, "genesis_hash": genesis},
                "programs": [{"name": "governance", "id": self.programs[0].id}],
                "daos": [{"name": "DAO", "address": derived("dao"), "program": "governance",
                          "treasury": derived("treasury")}],
                "multisigs": multisigs,
                "controller_programs": rows if self.listed else [],
            }
        )  # fmt: skip

    def accounts(self) -> dict[str, Read[Account]]:
        """Every account of the chain as read; whatever is not here is proven absent."""
        reads: dict[str, Read[Account]] = {}
        for program in self.programs:
            reads |= program.accounts()
            if program.authority is not None:
                reads.setdefault(program.authority, _authority(program.authority))
        for one in self.multisigs:
            reads[one.address] = found(one.address, one.owner, one.data())
            reads.setdefault(one.owner, ABSENT)
            reads.setdefault(loader.programdata_address(one.owner), ABSENT)
        return {**reads, **self.instead}

    def facts(self) -> AuthorityFacts:
        """What a collector would make of it; the same facts for the same world."""
        return _facts(replace(self, instead=_NOTHING), tuple(self.instead.items()))

    def collected(self) -> AuthorityFacts:
        """The facts, made anew."""
        raw, target = self.accounts(), self.target()
        decode = partial(account_state, copies=governance_programs(target))
        states: dict[str, Read[AccountState]] = {
            key: decoded(read, decode, "the account") for key, read in raw.items()
        }
        places = tuple(one.address for one in self.multisigs)
        vault, seen = self.programs[0].authority, {}
        if not self.named:
            # A collector reads what the target names, and what a vault's history shows.
            states = {k: v for k, v in states.items() if self.shown or k not in places}
            if vault is not None:
                shown = places if self.shown else ()
                seen[vault] = Found(shown, on_chain("history"))
        genesis = Found(target.cluster.genesis_hash, on_chain("genesis"))
        return AuthorityFacts(
            accounts=states,
            executables={p.id: self._executable(p.id, raw, states) for p in self.programs},
            genesis_hash=genesis if self.genesis is None else self.genesis,
            moving=self.moving,
            seen=dict(seen),
        )

    @staticmethod
    def _executable(
        program_id: str, raw: Mapping[str, Read[Account]], states: dict[str, Read[AccountState]]
    ) -> Read[Executable]:
        place = code_account(program_id, states)
        if not isinstance(place, Found):
            return place
        return executable_of(program_id, raw[place.value], states)


def _authority(address: str) -> Read[Account]:
    """An authority holds nothing but lamports, whether wallet or vault."""
    return found(address, programs.SYSTEM)


# Hundreds of cases stand on the same few worlds, and what is made of a world follows from it alone.


@lru_cache(maxsize=256)
def _target(world: World) -> Target:
    return world.profile()


@lru_cache(maxsize=256)
def _facts(world: World, instead: tuple[tuple[str, Read[Account]], ...]) -> AuthorityFacts:
    return replace(world, instead=dict(instead)).collected()
