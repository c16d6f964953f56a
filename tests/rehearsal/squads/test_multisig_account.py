"""The encoder of Squads v4 accounts, held to the layout and to an address pair of a real one."""

from __future__ import annotations

import struct

from solders.pubkey import Pubkey

from privatedao_audit.rehearsal import wallet
from privatedao_audit.rehearsal.squads import state
from privatedao_audit.rehearsal.squads.addresses import SQUADS
from privatedao_audit.rehearsal.squads.state import ALL, EXECUTE, INITIATE, VOTE, Member

MEMBERS = tuple(
    Member(wallet.address(label), mask)
    for label, mask in (("one", ALL), ("two", VOTE), ("three", INITIATE | EXECUTE))
)
CREATOR = wallet.address("creator")


def _squad(**fields: object) -> state.Multisig:
    return state.Multisig(CREATOR, MEMBERS, 2, **fields)  # type: ignore[arg-type]


def test_every_field_stands_where_the_layout_says() -> None:
    ruler, collector = wallet.address("ruler"), wallet.address("collector")
    squad = _squad(
        time_lock=172_800,
        config_authority=ruler,
        rent_collector=collector,
        transaction_index=9,
        stale_transaction_index=4,
    )
    raw = squad.encode()
    assert raw[:8].hex() == "e07479ba44a14fec"
    assert raw[8:40] == bytes(CREATOR)
    assert raw[40:72] == bytes(ruler)
    assert struct.unpack_from("<HIQQ", raw, 72) == (2, 172_800, 9, 4)
    assert raw[94] == 1
    assert raw[95:127] == bytes(collector)
    bump, count = struct.unpack_from("<BI", raw, 127)
    seeds = [b"multisig", b"multisig", bytes(CREATOR)]
    assert (squad.address, bump) == Pubkey.find_program_address(seeds, SQUADS)
    assert count == 3
    keys = [raw[132 + 33 * at : 164 + 33 * at] for at in range(3)]
    assert keys == sorted(bytes(member.key) for member in MEMBERS)
    masks = {raw[132 + 33 * at : 164 + 33 * at]: raw[164 + 33 * at] for at in range(3)}
    assert masks == {bytes(member.key): member.mask for member in MEMBERS}
    assert len(raw) == 132 + 3 * 33


def test_without_a_collector_all_after_it_moves_and_the_size_stays() -> None:
    with_one, without = _squad(rent_collector=CREATOR).encode(), _squad().encode()
    assert len(with_one) == len(without)
    assert without[94] == 0
    assert without[95 : len(without) - 32] == with_one[127:]
    assert without[-32:] == bytes(32)


def test_nobody_rules_an_autonomous_multisig() -> None:
    assert _squad().encode()[40:72] == bytes(32)


def test_room_of_members_that_went_stays_as_zero_bytes() -> None:
    plain, roomy = _squad().encode(), _squad(spare_members=10).encode()
    assert roomy == plain + bytes(330)


def test_room_and_members_are_counted() -> None:
    squad = _squad(spare_members=10)
    assert squad.room == len(squad.encode()) == 132 + 13 * 33
    assert squad.encode().startswith(squad.content())
    assert [squad.count(one) for one in (INITIATE, VOTE, EXECUTE)] == [2, 2, 2]
    assert squad.member(MEMBERS[1].key) == MEMBERS[1]
    assert squad.member(CREATOR) is None


def test_a_real_vault_is_derived_from_its_multisig() -> None:
    """The pair PrivateDAO's documents name: multisig thHm..., its vault 0 CALH..."""
    real = Pubkey.from_string("thHmF7VYNtxE1MaDzYXbfPCiq13RF6JwuWnjvDZuSmF")
    vault = Pubkey.from_string("CALHrBqx6jbzcPn2NVcinqSAHeod65v9LcDuTxsdPqBv")
    squad = _squad()
    squad.__dict__["_address_and_bump"] = (real, 255)
    assert squad.vault() == vault
    assert squad.vault(1) != vault
