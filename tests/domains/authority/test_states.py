"""What an account on the way to a controller is, by owner first and layout second."""

from __future__ import annotations

from dataclasses import replace

import pytest

from privatedao_audit.chain import programs
from privatedao_audit.chain.layouts.governance import Governance, Realm, RealmConfig
from privatedao_audit.chain.layouts.nonce import Nonce
from privatedao_audit.chain.layouts.squads import Multisig
from privatedao_audit.chain.layouts.squads_v3 import Ms
from privatedao_audit.chain.layouts.token import Mint, TokenMultisig
from privatedao_audit.chain.reads import Account
from privatedao_audit.domains.authority.controllers import (
    OldMultisig,
    Realms,
    mint_data,
    token_multisig_data,
)
from privatedao_audit.domains.authority.facts import MovedProgram, Other
from privatedao_audit.domains.authority.states import account_state, governance_programs
from privatedao_audit.domains.authority.world import (
    CONTROLLER,
    MEMBERS,
    STRANGER,
    World,
    key_bytes,
)
from privatedao_audit.model.reads import Found

REALM, OLD = Realms(), OldMultisig()
NONCE = b"\x01\0\0\0\x01\0\0\0" + key_bytes(STRANGER) + bytes(32) + bytes(8)
V4 = (7).to_bytes(8, "little") + key_bytes(STRANGER) + (1).to_bytes(8, "little")


def raw(accounts: dict[str, object], address: str) -> Account:
    read = accounts[address]
    assert isinstance(read, Found)
    return read.value


def account(owner: str, data: bytes) -> Account:
    return Account(STRANGER, 1, owner, data, False)


@pytest.mark.parametrize(
    ("given", "kind"),
    [
        (raw(dict(OLD.accounts()), OLD.address), Ms),
        (raw(dict(REALM.accounts()), REALM.address), Governance),
        (raw(dict(REALM.accounts()), REALM.realm), Realm),
        (raw(dict(REALM.accounts()), REALM.mints[1]), Mint),
        (account(CONTROLLER, b"\x0b" + bytes(200)), RealmConfig),
        (account(programs.TOKEN, token_multisig_data(2, MEMBERS)), TokenMultisig),
        (account(programs.SYSTEM, NONCE), Nonce),
        (account(programs.LOADER_V4, V4), MovedProgram),
        (account(programs.SYSTEM, bytes(80)), Other),
        (account(programs.SYSTEM, bytes(82)), Other),
        (account(programs.TOKEN, bytes(355)), Other),
        (account(CONTROLLER, b"\x12"), Other),
        (account(CONTROLLER, b""), Other),
        (account(STRANGER, mint_data()), Other),
    ],
)
def test_an_account_is_told_by_owner_and_layout(given: Account, kind: type) -> None:
    assert isinstance(account_state(given, {CONTROLLER}).content, kind)


def test_a_realm_under_a_program_that_nobody_listed_is_just_data() -> None:
    given = raw(dict(REALM.accounts()), REALM.address)
    assert isinstance(account_state(given).content, Other)
    shared = replace(given, owner=programs.SPL_GOVERNANCE)
    assert isinstance(account_state(shared).content, Governance)


def test_copies_of_spl_governance_come_from_the_target_by_their_kind() -> None:
    assert governance_programs(REALM.world().target()) == {programs.SPL_GOVERNANCE, CONTROLLER}
    assert governance_programs(World().target()) == {programs.SPL_GOVERNANCE}


@pytest.mark.parametrize(
    ("change", "tail"), [({}, False), ({"tail": bytes(330)}, False), ({"tail": b"\x07"}, True)]
)
def test_a_multisig_may_be_longer_than_its_content(change: dict[str, bytes], tail: bool) -> None:
    one = World().multisig(**change).multisigs[0]
    content = account_state(account(CONTROLLER, one.data())).content
    assert isinstance(content, Multisig)
    assert content.tail_nonzero is tail
    assert content.rent_collector is None
    paid = replace(one, rent_collector=STRANGER)
    content = account_state(account(CONTROLLER, paid.data())).content
    assert isinstance(content, Multisig)
    assert content.rent_collector == STRANGER
    assert [member.key for member in content.members] == list(MEMBERS)
