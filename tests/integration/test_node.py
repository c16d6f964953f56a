"""The local chain as a node: its life, its transactions, and the loader's whole life cycle."""

from __future__ import annotations

import struct
import subprocess
import sys
from pathlib import Path

import httpx2
import pytest
from solders.keypair import Keypair
from solders.pubkey import Pubkey
from solders.system_program import TransferParams, transfer
from solders.sysvar import CLOCK

from privatedao_audit.rehearsal import loader, lookup, standin, wallet
from privatedao_audit.rehearsal.loader import programdata_address
from privatedao_audit.rehearsal.node import (
    LocalNode,
    NodeFailure,
    RpcFailure,
    TransactionFailed,
)

SOL = 1_000_000_000
OWNER = wallet.keypair("owner")
FIRST = standin.build(extra=b"first")
SECOND = standin.build(extra=b"second")


def _pay(node: LocalNode, lamports: int, *, expect_failure: bool = False) -> str:
    params = TransferParams(
        from_pubkey=OWNER.pubkey(), to_pubkey=wallet.address("payee"), lamports=lamports
    )
    return node.send([transfer(params)], [OWNER], expect_failure=expect_failure)


@pytest.fixture(autouse=True)
def money(node: LocalNode) -> None:
    if node.balance(OWNER.pubkey()) < 100 * SOL:
        node.airdrop(OWNER.pubkey(), 1_000 * SOL)


def _logs(node: LocalNode, signature: str) -> list[str]:
    return list(node.transaction(signature)["meta"]["logMessages"])


def _deployed(node: LocalNode, name: str, elf: bytes = FIRST) -> tuple[Pubkey, Pubkey]:
    program, buffer = wallet.keypair(f"{name} program"), wallet.keypair(f"{name} buffer")
    loader.stage(node, OWNER, buffer, elf)
    loader.deploy(node, OWNER, program, buffer, len(elf) + 100)
    return program.pubkey(), programdata_address(program.pubkey())


def _staged(node: LocalNode, name: str, authority: Pubkey | None = None) -> Keypair:
    buffer = wallet.keypair(f"{name} next buffer")
    loader.stage(node, OWNER, buffer, SECOND, authority)
    return buffer


def _programdata(node: LocalNode, address: Pubkey) -> tuple[int, int, bytes, bytes]:
    raw = node.account(address)
    assert raw is not None
    tag, slot, option = struct.unpack_from("<IQB", raw)
    assert tag == 3
    return slot, option, raw[13:45], raw[45:]


# The node


def test_it_starts_on_the_loopback_address_and_stops() -> None:
    with LocalNode() as other:
        assert other.rpc_url.startswith("http://127.0.0.1:")
        url = other.rpc_url
        assert len(Pubkey.from_string(other.genesis_hash()).__bytes__()) == 32
    other.stop()
    with pytest.raises(httpx2.ConnectError):
        httpx2.post(url, json={}, trust_env=False)
    with pytest.raises(NodeFailure, match="not running"):
        other.request("getSlot")


def test_it_ends_with_its_parent(tmp_path: Path) -> None:
    """The parent is killed outright: the pipe it held is all that tells the node."""
    script = (
        "import os, signal\n"
        "from privatedao_audit.rehearsal.node import LocalNode\n"
        "node = LocalNode().__enter__()\n"
        "print(node.rpc_url, node._process.pid, flush=True)\n"
        "os.kill(os.getpid(), signal.SIGKILL)\n"
    )
    parent = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, cwd=tmp_path, check=False
    )
    url, pid = parent.stdout.split()
    assert parent.returncode == -9
    for _ in range(200):
        if _gone(int(pid)):
            break
        subprocess.run(["sleep", "0.05"], check=True)
    assert _gone(int(pid))
    with pytest.raises(httpx2.ConnectError):
        httpx2.post(url, json={}, trust_env=False)


def _gone(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0]
    except OSError:
        return True
    return state in "ZX"


def test_an_error_of_the_node_keeps_its_code(node: LocalNode) -> None:
    with pytest.raises(RpcFailure, match="getNothing: error -32601") as caught:
        node.request("getNothing")
    assert (caught.value.method, caught.value.code) == ("getNothing", -32601)


def test_a_transaction_lands_and_moves_the_slot(node: LocalNode) -> None:
    before = node.slot()
    payee = node.balance(wallet.address("payee"))
    found = node.transaction(_pay(node, SOL))
    assert (found["slot"], node.slot()) == (before, before + 1)
    assert node.balance(wallet.address("payee")) == payee + SOL
    assert node.fee_payer(found) == str(OWNER.pubkey())
    assert abs(node.block_time(before) - node.clock()) <= 1


def test_a_failure_is_raised_with_its_logs(node: LocalNode) -> None:
    with pytest.raises(TransactionFailed, match="insufficient lamports") as caught:
        _pay(node, 10**18)
    assert caught.value.err == {"InstructionError": [0, {"Custom": 1}]}
    assert node.transaction(caught.value.signature)["meta"]["err"] == caught.value.err


def test_an_expected_failure_lands_and_an_unexpected_success_is_raised(node: LocalNode) -> None:
    signature = _pay(node, 10**18, expect_failure=True)
    assert node.transaction(signature)["meta"]["err"] is not None
    with pytest.raises(TransactionFailed, match="should fail and did not"):
        _pay(node, SOL, expect_failure=True)


def test_an_unknown_transaction_is_named(node: LocalNode) -> None:
    with pytest.raises(NodeFailure, match="is not on the local chain"):
        node.transaction("1" * 64)


def test_time_and_slots_travel_together_over_epochs() -> None:
    with LocalNode(started_ago=40 * 86_400) as other:
        other.airdrop(OWNER.pubkey(), SOL)
        for seconds in (3_600, 172_800, 100, 7 * 86_400, 10, 86_400):
            clock, slot = other.clock(), other.slot()
            assert other.time_travel(seconds) == other.clock()
            assert abs(other.clock() - clock - seconds) <= 1
            # The travel itself lands a payment in the first slot after.
            assert other.slot() == slot + seconds * 1000 // 400 + 1
            assert abs(other.block_time(other.slot() - 1) - other.clock()) <= 1
            sysvar = other.account(CLOCK)
            assert sysvar is not None
            assert struct.unpack_from("<Q", sysvar) == (other.slot(),)
        with pytest.raises(ValueError, match="only moves forward"):
            other.time_travel(0)


def test_a_planted_account_is_as_planted(node: LocalNode) -> None:
    where = wallet.address("planted")
    assert node.account(where) is None
    assert node.balance(where) == 0
    node.set_account(where, owner=wallet.address("its owner"), data=b"\x00\x01\xff", lamports=77)
    assert (node.account(where), node.balance(where)) == (b"\x00\x01\xff", 77)
    node.set_account(where, owner=wallet.address("its owner"), data=bytes(100))
    assert node.balance(where) == node.rent_exempt(100)


# The loader


def test_a_wallet_deploys_and_upgrades(node: LocalNode) -> None:
    program, programdata = _deployed(node, "plain")
    raw = node.account(program)
    assert raw == struct.pack("<I", 2) + bytes(programdata)
    slot, option, authority, elf = _programdata(node, programdata)
    assert (option, authority) == (1, bytes(OWNER.pubkey()))
    assert elf == FIRST + bytes(100)
    buffer = _staged(node, "plain")
    pay_back = OWNER.pubkey()
    signature = node.send(
        [loader.upgrade(program, buffer.pubkey(), OWNER.pubkey(), pay_back)], [OWNER]
    )
    assert f"Upgraded program {program}" in _logs(node, signature)
    later, _, _, elf = _programdata(node, programdata)
    assert later == node.transaction(signature)["slot"] > slot
    assert loader.executable_hash(elf) == loader.executable_hash(SECOND)
    assert not node.account(buffer.pubkey())


def test_a_stranger_extends_but_does_not_upgrade(node: LocalNode) -> None:
    program, programdata = _deployed(node, "open")
    stranger = wallet.keypair("stranger")
    node.airdrop(stranger.pubkey(), 100 * SOL)
    size = len(node.account(programdata) or b"")
    before = _programdata(node, programdata)
    signature = node.send([loader.extend(program, 3_000, stranger.pubkey())], [stranger])
    assert "Extended ProgramData account by 3000 bytes" in _logs(node, signature)
    assert len(node.account(programdata) or b"") == size + 3_000
    buffer = wallet.keypair("stranger's buffer")
    loader.stage(node, stranger, buffer, SECOND)
    attempt = loader.upgrade(program, buffer.pubkey(), stranger.pubkey(), stranger.pubkey())
    with pytest.raises(TransactionFailed, match="Incorrect upgrade authority provided"):
        node.send([attempt], [stranger])
    slot, _, authority, elf = _programdata(node, programdata)
    assert slot == node.transaction(signature)["slot"] > before[0]
    assert (authority, elf) == (before[2], before[3] + bytes(3_000))


def test_the_loader_writes_the_landed_slot_after_a_travel_into_another_epoch() -> None:
    """Without the payment that ends a travel it would write the slot within the epoch."""
    with LocalNode() as other:
        other.airdrop(OWNER.pubkey(), 1_000 * SOL)
        program, programdata = _deployed(other, "travelled")
        for days in (1, 2, 5):
            other.time_travel(days * 86_400)
            signature = other.send([loader.extend(program, 1_000, OWNER.pubkey())], [OWNER])
            landed = other.transaction(signature)["slot"]
            assert _programdata(other, programdata)[0] == landed
        assert landed > 432_000


def test_authority_changes_hands_and_ends(node: LocalNode) -> None:
    program, programdata = _deployed(node, "handed")
    heir = wallet.keypair("heir")
    node.airdrop(heir.pubkey(), SOL)
    checked = loader.set_authority_checked(programdata, OWNER.pubkey(), heir.pubkey())
    signature = node.send([checked], [OWNER, heir])
    assert f"New authority {heir.pubkey()}" in _logs(node, signature)
    signature = node.send([loader.set_authority(programdata, heir.pubkey(), None)], [heir])
    assert "New authority None" in _logs(node, signature)
    _, option, stale, elf = _programdata(node, programdata)
    assert (option, stale) == (0, bytes(heir.pubkey()))
    assert elf == FIRST + bytes(100)
    buffer = _staged(node, "handed", heir.pubkey())
    late = loader.upgrade(program, buffer.pubkey(), heir.pubkey(), heir.pubkey())
    with pytest.raises(TransactionFailed, match="Immutable"):
        node.send([late], [heir])


def test_buffers_and_programs_are_closed(node: LocalNode) -> None:
    program, programdata = _deployed(node, "doomed")
    buffer = _staged(node, "doomed")
    rest, me = OWNER.pubkey(), OWNER.pubkey()
    signature = node.send([loader.close(buffer.pubkey(), rest, me)], [OWNER])
    assert f"Closed Buffer {buffer.pubkey()}" in _logs(node, signature)
    assert node.account(buffer.pubkey()) is None
    signature = node.send([loader.close(programdata, rest, me, program)], [OWNER])
    assert f"Closed Program {program}" in _logs(node, signature)
    assert node.account(programdata) is None
    assert len(node.account(program) or b"") == 36


def test_lookup_tables_have_bounds(node: LocalNode) -> None:
    with pytest.raises(ValueError, match="1 to 20 addresses"):
        lookup.create_table(node, OWNER, [])
