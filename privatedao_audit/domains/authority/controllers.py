"""Invented controllers other than Squads v4, as account bytes, for the cases of checks."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from privatedao_audit.chain import programs
from privatedao_audit.chain.layouts import governance, squads_v3
from privatedao_audit.chain.layouts.common import account_discriminator
from privatedao_audit.chain.reads import Account
from privatedao_audit.domains.authority.world import (
    CODE,
    CONTROLLER,
    CONTROLLER_CODE,
    GOVERNANCE,
    MEMBERS,
    Program,
    World,
    derived,
    found,
    key_bytes,
)
from privatedao_audit.model.reads import Read

_NO_KEY = b"\x00"


def mint_data(
    authority: str | None = None, freeze: str | None = None, extensions: bytes = b""
) -> bytes:
    """A mint's account; with extensions (type, length, value each) one of Token-2022."""
    base = b"".join(
        (_c_option(authority), (10**9).to_bytes(8, "little"), b"\x09\x01", _c_option(freeze))
    )
    return base if not extensions else base.ljust(165, b"\0") + b"\x01" + extensions


def extension(kind: int, value: bytes) -> bytes:
    """One extension of a Token-2022 mint."""
    return kind.to_bytes(2, "little") + len(value).to_bytes(2, "little") + value


def token_multisig_data(required: int, signers: tuple[str, ...]) -> bytes:
    """A multisig of the token program."""
    keys = b"".join(map(key_bytes, signers))
    return bytes([required, len(signers), 1]) + keys.ljust(11 * 32, b"\0")


def _c_option(key: str | None) -> bytes:
    return bytes(36) if key is None else b"\x01\0\0\0" + key_bytes(key)


def _option(key: str | None) -> bytes:
    return _NO_KEY if key is None else b"\x01" + key_bytes(key)


@dataclass(frozen=True, slots=True)
class OldMultisig:
    """A Squads v3 multisig under any program."""

    owner: str = CONTROLLER
    create_key: str = derived("v3 create key")
    keys: tuple[str, ...] = MEMBERS
    threshold: int = 2

    @property
    def address(self) -> str:
        """Where its create key puts it."""
        return squads_v3.derive_ms(self.create_key, self.owner).address

    def authority(self, index: int = 1) -> str:
        """Address of one of its authorities."""
        return squads_v3.derive_authority(self.address, index, self.owner).address

    def accounts(self) -> dict[str, Read[Account]]:
        """Its account."""
        bump = squads_v3.derive_ms(self.create_key, self.owner).bump
        data = b"".join(
            (
                account_discriminator("Ms"),
                self.threshold.to_bytes(2, "little"),
                (1).to_bytes(2, "little"),
                (5).to_bytes(4, "little"),
                (2).to_bytes(4, "little"),
                bytes([bump]),
                key_bytes(self.create_key),
                b"\x00",
                len(self.keys).to_bytes(4, "little"),
                *map(key_bytes, self.keys),
            )
        )
        return {self.address: found(self.address, self.owner, data)}

    def world(self, **program: Any) -> World:
        """The sound world with this multisig in the place of the other."""
        governed = Program(GOVERNANCE, self.authority(), CODE)
        controller = Program(CONTROLLER, None, CONTROLLER_CODE, kind="squads-v3")
        return World(
            programs=(governed, replace(controller, **program)), multisigs=(),
            also=((self.address, "squads-v3"),), instead=self.accounts(),
        )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Realms:
    """A realm with one governance, under any copy of the program.

    Attributes:
        community, council: per cent of yes votes that decide; None: no such vote.
        authority: who may rewrite the realm; empty: its own governance; None: nobody.
        mint_authority: who makes council tokens.
        addin: program that decides what a community vote weighs.
    """

    owner: str = CONTROLLER
    name: str = "Realm of the case"
    seed: str = derived("governance seed")
    community: int | None = None
    council: int | None = 60
    hold_up: int = 172_800
    authority: str | None = ""
    mint_authority: str | None = None
    addin: str | None = None

    @property
    def realm(self) -> str:
        """Address of the realm."""
        return governance.derive_realm(self.name, self.owner).address

    @property
    def address(self) -> str:
        """Address of the governance."""
        return governance.derive_governance(self.realm, self.seed, self.owner).address

    @property
    def treasury(self) -> str:
        """Its native treasury, which signs for it."""
        return governance.derive_native_treasury(self.address, self.owner).address

    @property
    def mints(self) -> tuple[str, str]:
        """Community and council mint."""
        return derived(f"{self.name} community"), derived(f"{self.name} council")

    def accounts(self) -> dict[str, Read[Account]]:
        """Governance, realm, its config and both mints."""
        community, council = self.mints
        config = governance.derive_realm_config(self.realm, self.owner).address
        treasury = self.treasury
        return {
            self.address: found(self.address, self.owner, self._governance()),
            self.realm: found(self.realm, self.owner, self._realm()),
            config: found(config, self.owner, self._config()),
            community: found(community, programs.TOKEN, mint_data()),
            council: found(council, programs.TOKEN, mint_data(self.mint_authority)),
            treasury: found(treasury, programs.SYSTEM),
        }

    def _realm(self) -> bytes:
        community, council = self.mints
        name = self.name.encode()
        return b"".join(
            (
                b"\x10", key_bytes(community), bytes(8), bytes(8), b"\x00",
                (10**10).to_bytes(8, "little"), _option(council), bytes(8),
                _option(self.address if self.authority == "" else self.authority),
                len(name).to_bytes(4, "little"), name, bytes(128),
            )
        )  # fmt: skip

    def _config(self) -> bytes:
        plain = _NO_KEY + _NO_KEY + b"\x00" + bytes(4) + bytes(4)
        community = _option(self.addin) + plain[1:]
        return b"\x0b" + key_bytes(self.realm) + community + plain + bytes(110)

    def _governance(self) -> bytes:
        def threshold(percent: int | None) -> bytes:
            return b"\x02" if percent is None else bytes([0, percent])

        content = b"".join(
            (
                b"\x12", key_bytes(self.realm), key_bytes(self.seed), bytes(4),
                threshold(self.community), bytes(8), self.hold_up.to_bytes(4, "little"),
                (3_600).to_bytes(4, "little"), b"\x00", threshold(self.council), threshold(None),
                bytes(8), b"\x00", threshold(None), bytes(4), b"\x0a", bytes(119), b"\x00",
                bytes(8),
            )
        )  # fmt: skip
        return content.ljust(236, b"\0")

    def world(self, *, treasury: bool = True, **program: Any) -> World:
        """The sound world with this realm in the place of the multisig."""
        held = self.treasury if treasury else self.address
        governed = Program(GOVERNANCE, held, CODE)
        controller = Program(CONTROLLER, None, CONTROLLER_CODE, kind="spl-governance")
        return World(
            programs=(governed, replace(controller, **program)), multisigs=(),
            also=((self.address, "spl-governance"),), instead=self.accounts(),
        )  # fmt: skip
