"""What a rehearsal's team publishes: the interface account, and the contact in the program."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

from solders.pubkey import Pubkey

from privatedao_audit.chain.anchor.account import decode_idl_account, idl_address
from privatedao_audit.chain.anchor.idl import parse_idl
from privatedao_audit.chain.layouts import security_txt
from privatedao_audit.rehearsal import wallet
from privatedao_audit.rehearsal.governance import artifact
from privatedao_audit.rehearsal.publish import publish

PROGRAM, DEPLOYER = (str(wallet.address(word)) for word in ("a program", "a deployer"))


class Chain:
    """Remembers what was planted."""

    def __init__(self) -> None:
        self.planted: dict[Pubkey, tuple[Pubkey, bytes]] = {}

    def set_account(self, address: Pubkey, *, owner: Pubkey, data: bytes) -> None:
        self.planted[address] = (owner, data)


def test_the_interface_lies_where_a_reader_looks_for_it() -> None:
    chain = Chain()
    life: Any = SimpleNamespace(
        program_id=PROGRAM, deployer=DEPLOYER, release=SimpleNamespace(name="1.2.0")
    )
    address = publish(chain, life)
    assert str(address) == idl_address(PROGRAM)
    owner, data = chain.planted[address]
    found = decode_idl_account(str(owner), PROGRAM, data)
    assert found.authority == DEPLOYER
    idl = parse_idl(found.idl_bytes)
    assert (idl.address, len(idl.instructions)) == (PROGRAM, 47)


def test_every_version_carries_the_contact() -> None:
    first, second = artifact("1.0.0"), artifact("1.1.0")
    assert first != second
    for elf in (first, second):
        found = security_txt.find(elf)
        assert found is not None
        assert found.empty_fields == ()
        assert {one.kind for one in found.contacts} == {"email", "link"}
