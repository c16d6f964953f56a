"""SPL tokens by the real programs of the local chain."""

from __future__ import annotations

import struct

import pytest
from solders.keypair import Keypair
from solders.pubkey import Pubkey

from privatedao_audit.rehearsal import tokens, wallet
from privatedao_audit.rehearsal.node import LocalNode, TransactionFailed
from privatedao_audit.rehearsal.tokens import TOKEN, TOKEN_2022, Authority, Metadata, Mint

_SOL = 10**9


@pytest.fixture
def issuer(node: LocalNode) -> Keypair:
    key = wallet.keypair("token issuer")
    node.airdrop(key.pubkey(), 10 * _SOL)
    return key


def _owner(node: LocalNode, address: Pubkey) -> str:
    found = node.request("getAccountInfo", str(address), {"encoding": "base64"})["value"]
    return str(found["owner"])


@pytest.mark.parametrize("program", [TOKEN, TOKEN_2022], ids=["spl-token", "token-2022"])
def test_tokens_are_issued_and_move(node: LocalNode, issuer: Keypair, program: Pubkey) -> None:
    key = wallet.keypair(f"mint of {program}")
    mint, signature = tokens.create_mint(
        node, issuer, key, 6, issuer, program=program, freeze=issuer.pubkey()
    )
    assert node.transaction(signature)["meta"]["err"] is None
    assert _owner(node, mint.address) == str(program)
    me, friend = issuer.pubkey(), wallet.address(f"friend under {program}")
    mine, theirs = mint.associated(me), mint.associated(friend)
    node.send(
        [
            tokens.create_associated(mint, me, me),
            tokens.create_associated(mint, friend, me),
            tokens.mint_to(mint, mine, me, 100),
            tokens.transfer(mint, mine, theirs, me, 30),
        ],
        [issuer],
    )
    assert (tokens.balance(node, mine), tokens.balance(node, theirs)) == (70, 30)
    assert tokens.balance(node, wallet.address("nobody's account")) == 0
    raw = node.account(mint.address)
    assert raw is not None
    assert struct.unpack_from("<QB?", raw, 36) == (100, 6, True)
    assert raw[46:82] == struct.pack("<I", 1) + bytes(me)


def test_extensions_of_a_mint(node: LocalNode, issuer: Keypair) -> None:
    described = Metadata("Rehearsal", "RGOV", "https://rehearsal.invalid/token.json")
    delegate = wallet.address("permanent delegate")
    mint, _ = tokens.create_mint(
        node, issuer, wallet.keypair("described mint"), 9, issuer, program=TOKEN_2022,
        permanent_delegate=delegate, metadata=described,
    )  # fmt: skip
    raw = node.account(mint.address)
    assert raw is not None
    assert raw[165] == 1, "a mint"
    found, at = {}, 166
    while at < len(raw):
        kind, size = struct.unpack_from("<HH", raw, at)
        found[kind] = raw[at + 4 : at + 4 + size]
        at += 4 + size
    me = bytes(issuer.pubkey())
    assert found[12] == bytes(delegate)
    assert found[18] == me + bytes(mint.address)
    assert found[19] == me + bytes(mint.address) + described.encode() + bytes(4)
    assert node.balance(mint.address) == node.rent_exempt(len(raw))


def test_a_close_authority_outlives_a_change_of_owner(node: LocalNode, issuer: Keypair) -> None:
    mint, _ = tokens.create_mint(node, issuer, wallet.keypair("handed mint"), 6, issuer)
    me, heir, account = issuer.pubkey(), wallet.address("heir"), wallet.keypair("handed account")
    tokens.open_account(node, issuer, account, mint, me)
    at = account.pubkey()
    node.send(
        [
            tokens.approve(mint, at, me, me, 5),
            tokens.set_authority(mint, at, Authority.CLOSE_ACCOUNT, me, me),
            tokens.set_authority(mint, at, Authority.ACCOUNT_OWNER, me, heir),
        ],
        [issuer],
    )
    raw = node.account(at)
    assert raw is not None
    assert raw[32:64] == bytes(heir)
    assert raw[72:76] == bytes(4), "the delegate goes with the owner"
    assert raw[129:165] == struct.pack("<I", 1) + bytes(me)


def test_a_renounced_authority_issues_nothing(node: LocalNode, issuer: Keypair) -> None:
    mint, _ = tokens.create_mint(node, issuer, wallet.keypair("closed mint"), 6, issuer)
    me = issuer.pubkey()
    account = _account(node, mint, issuer)
    given = tokens.set_authority(mint, mint.address, Authority.MINT_TOKENS, me, None)
    node.send([given], [issuer])
    with pytest.raises(TransactionFailed):
        node.send([tokens.mint_to(mint, account, me, 1)], [issuer])
    assert tokens.balance(node, account) == 0


def _account(node: LocalNode, mint: Mint, owner: Keypair) -> Pubkey:
    me = owner.pubkey()
    node.send([tokens.create_associated(mint, me, me)], [owner])
    return mint.associated(me)
