"""Token instructions, held to the interfaces of SPL Token and Token-2022."""

from __future__ import annotations

import pytest
from solders.instruction import Instruction
from solders.pubkey import Pubkey
from solders.token.associated import get_associated_token_address

from privatedao_audit.rehearsal import tokens, wallet
from privatedao_audit.rehearsal.node import LocalNode
from privatedao_audit.rehearsal.tokens import TOKEN, TOKEN_2022, Authority, Mint

OWNER, SOURCE, TARGET, NEW = (wallet.address(one) for one in ("owner", "source", "target", "new"))
MINT = Mint(wallet.address("mint"), TOKEN, 6)
MINT_2022 = Mint(wallet.address("mint"), TOKEN_2022, 9)
W, R, S = (False, True), (False, False), (True, False)


def _shape(one: Instruction) -> tuple[str, list[tuple[Pubkey, bool, bool]]]:
    metas = [(meta.pubkey, meta.is_signer, meta.is_writable) for meta in one.accounts]
    return bytes(one.data).hex(), metas


@pytest.mark.parametrize(
    ("one", "data", "accounts"),
    [
        (
            tokens.mint_to(MINT, TARGET, OWNER, 258),
            "070201000000000000",
            [(MINT.address, *W), (TARGET, *W), (OWNER, *S)],
        ),
        (
            tokens.transfer(MINT, SOURCE, TARGET, OWNER, 1),
            "0c010000000000000006",
            [(SOURCE, *W), (MINT.address, *R), (TARGET, *W), (OWNER, *S)],
        ),
        (
            tokens.approve(MINT, SOURCE, NEW, OWNER, 7),
            "040700000000000000",
            [(SOURCE, *W), (NEW, *R), (OWNER, *S)],
        ),
        (
            tokens.set_authority(MINT, SOURCE, Authority.CLOSE_ACCOUNT, OWNER, NEW),
            "060301" + bytes(NEW).hex(),
            [(SOURCE, *W), (OWNER, *S)],
        ),
        (
            tokens.set_authority(MINT, SOURCE, Authority.MINT_TOKENS, OWNER, None),
            "060000",
            [(SOURCE, *W), (OWNER, *S)],
        ),
        (
            tokens.initialize_account(MINT, SOURCE, OWNER),
            "12" + bytes(OWNER).hex(),
            [(SOURCE, *W), (MINT.address, *R)],
        ),
    ],
)
def test_instructions_have_the_published_bytes(
    one: Instruction, data: str, accounts: list[tuple[Pubkey, bool, bool]]
) -> None:
    assert one.program_id == TOKEN
    assert _shape(one) == (data, accounts)


def test_an_associated_account_hangs_on_the_token_program() -> None:
    wrapped = Pubkey.from_string("So11111111111111111111111111111111111111112")
    assert MINT.associated(OWNER) != MINT_2022.associated(OWNER)
    one = tokens.create_associated(MINT, OWNER, SOURCE)
    assert one.program_id == tokens.ASSOCIATED
    assert [meta.pubkey for meta in one.accounts][1] == MINT.associated(OWNER)
    expected = get_associated_token_address(OWNER, wrapped)
    assert Mint(wrapped, TOKEN, 9).associated(OWNER) == expected


def test_metadata_is_three_borsh_strings() -> None:
    assert (
        tokens.Metadata("é", "S", "").encode().hex() == "02000000c3a9" + "0100000053" + "00000000"
    )


def test_spl_token_has_no_extensions() -> None:
    key = wallet.keypair("mint")
    with pytest.raises(ValueError, match="TOKEN_2022"):
        tokens.create_mint(LocalNode(), key, key, 6, key, permanent_delegate=OWNER)
    with pytest.raises(ValueError, match="TOKEN_2022"):
        tokens.create_mint(LocalNode(), key, key, 6, key, metadata=tokens.Metadata("a", "b", "c"))
