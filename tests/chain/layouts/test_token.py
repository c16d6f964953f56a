"""Mints, token accounts, multisigs and extensions of both token programs."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from solders.pubkey import Pubkey

from privatedao_audit.chain import programs
from privatedao_audit.chain.borsh import DecodeError
from privatedao_audit.chain.layouts import token
from privatedao_audit.chain.layouts.common import UnknownInstruction
from tests.chain.layouts.encoding import KEYS, ZERO, key, option, text, u8, u16, u32, u64, vector

SPL, T22 = programs.TOKEN, programs.TOKEN_2022
A, B, C, D, E = KEYS[:5]


def c_option(value: bytes | None, size: int = 32) -> bytes:
    return u32(0) + bytes(size) if value is None else u32(1) + value


def mint(authority: str | None = A, freeze: str | None = B) -> bytes:
    held = [None if one is None else key(one) for one in (authority, freeze)]
    return c_option(held[0]) + u64(10**12) + u8(6, 1) + c_option(held[1])


def account(state: int = 1, native: int | None = None) -> bytes:
    return b"".join([
        key(A), key(B), u64(55), c_option(key(C)), u8(state),
        c_option(None if native is None else u64(native), 8), u64(44), c_option(key(D)),
    ])


def tlv(*pairs: tuple[int, bytes]) -> bytes:
    return b"".join(u16(id_) + u16(len(value)) + value for id_, value in pairs)


def extended(base: bytes, kind: int, *pairs: tuple[int, bytes]) -> bytes:
    return base.ljust(165, b"\0") + u8(kind) + tlv(*pairs)


METADATA = key(E) + key(A) + text("Name") + text("SYM") + text("https://x") + vector(
    [text("k") + text("v")])
FEE = key(C) + key(D) + u64(1) + u64(2) + u64(3) + u16(50) + u64(4) + u64(5) + u16(60)
MINT_EXTENSIONS: list[tuple[int, bytes, dict[str, str]]] = [
    (1, FEE, {"transfer-fee-config": C, "transfer-fee-withdraw": D}),
    (3, key(C), {"close": C}),
    (4, key(C) + u8(1) + key(ZERO), {"confidential-transfer": C}),
    (6, u8(2), {}),
    (9, b"", {}),
    (10, key(C) + bytes(18) + b"\xff\xff", {"interest-rate": C}),
    (12, key(C), {"permanent-delegate": C}),
    (14, key(C) + key(D), {"transfer-hook": C}),
    (16, key(C) + key(D) + u8(0) + bytes(64), {"confidential-fee": C}),
    (18, key(C) + key(D), {"metadata-pointer": C}),
    (19, METADATA, {"metadata-update": E}),
    (20, key(C) + key(D), {"group-pointer": C}),
    (21, key(C) + key(D) + u64(1) + u64(2), {"group-update": C}),
    (22, key(C) + key(D), {"group-member-pointer": C}),
    (23, key(C) + key(D) + u64(1), {}),
    (24, bytes(196), {}),
    (25, key(C) + bytes(24), {"scaled-amount": C}),
    (26, key(C) + u8(1), {"pause": C}),
    (28, key(C), {"permissioned-burn": C}),
]
ACCOUNT_EXTENSIONS = [(2, u64(9)), (5, bytes(295)), (7, b""), (8, u8(1)), (11, u8(1)), (13, b""),
                      (15, u8(0)), (17, bytes(64)), (27, b"")]


@pytest.mark.parametrize("owner", [SPL, T22])
def test_plain_mint_and_account(owner: str) -> None:
    found = token.decode_mint(owner, mint())
    assert found == token.Mint(owner, A, 10**12, 6, B)
    assert dict(found.authorities) == {"mint": A, "freeze": B}
    assert dict(token.decode_mint(owner, mint(None, None)).authorities) == {}
    held = token.decode_token_account(owner, account())
    assert held == token.TokenAccount(owner, A, B, 55, C, "normal", None, 44, D)
    assert token.decode_token_account(owner, account(2, 7)).native_reserve == 7
    assert token.decode(owner, mint()) == found
    assert token.decode(owner, account()) == held


@pytest.mark.parametrize("data", [mint(), account(), b"\2\3\1" + bytes(352)])
def test_other_owners_and_sizes_are_refused(data: bytes) -> None:
    for owner in (programs.SYSTEM, programs.SQUADS_V4, "", SPL + " "):
        with pytest.raises(DecodeError, match="not owned by a token program"):
            token.decode(owner, data)
    for size in range(len(data)):
        if size not in (82, 165):
            with pytest.raises(DecodeError):
                token.decode(SPL, data[:size])
    with pytest.raises(DecodeError, match="bytes are no mint"):
        token.decode(SPL, data + b"\1")


def test_field_refusals() -> None:
    with pytest.raises(DecodeError, match="is_initialized"):
        token.decode_mint(SPL, mint()[:45] + b"\0" + mint()[46:])
    with pytest.raises(DecodeError, match="option tag must be 0 or 1"):
        token.decode_mint(SPL, u32(2) + mint()[4:])
    for state in (0, 3):
        with pytest.raises(DecodeError, match=f"state {state}"):
            token.decode_token_account(SPL, account(state))
    with pytest.raises(DecodeError, match="no mint"):
        token.decode_mint(SPL, account())
    with pytest.raises(DecodeError, match="no token account"):
        token.decode_token_account(SPL, mint())


def test_absent_authority_is_none_whatever_its_bytes_say() -> None:
    found = token.decode_mint(SPL, u32(0) + key(E) + mint()[36:])
    assert found.mint_authority is None


@pytest.mark.parametrize(("id_", "value", "powers"), MINT_EXTENSIONS)
def test_mint_extensions(id_: int, value: bytes, powers: dict[str, str]) -> None:
    found = token.decode_mint(T22, extended(mint(None, None), 1, (id_, value)))
    assert dict(found.authorities) == powers
    assert found.extensions[0].name == token.EXTENSION_NAMES[id_]
    assert found.extensions[0].understood and found.unknown_extensions == ()
    for wrong in (value + b"\0", value[:-1] if value else b"\0\0"):
        with pytest.raises(DecodeError):
            token.decode_mint(T22, extended(mint(), 1, (id_, wrong)))


def test_nobody_holds_a_zero_key() -> None:
    nobody = [(id_, bytes(len(value))) for id_, value, _ in MINT_EXTENSIONS
              if id_ not in (6, 19, 24)]
    found = token.decode_mint(T22, extended(mint(None, None), 1, *nobody))
    assert dict(found.authorities) == {}


def test_extension_values() -> None:
    pairs = [(id_, value) for id_, value, _ in MINT_EXTENSIONS]
    found = token.decode_mint(T22, extended(mint(), 1, *pairs) + bytes(20))
    by_name = {one.name: one for one in found.extensions}
    assert len(by_name) == len(MINT_EXTENSIONS)
    assert by_name["default-account-state"].value("state") == "frozen"
    assert by_name["transfer-hook"].value("program") == D
    assert by_name["pausable"].value("paused") is True
    assert by_name["interest-bearing"].value("basis_points") == -1
    assert by_name["transfer-fee-config"].value("newer_basis_points") == 60
    assert by_name["token-metadata"].value("additional") == (("k", "v"),)
    assert by_name["token-metadata"].value("nothing") is None


@pytest.mark.parametrize(("id_", "value"), ACCOUNT_EXTENSIONS)
def test_account_extensions(id_: int, value: bytes) -> None:
    found = token.decode_token_account(T22, extended(account(), 2, (id_, value)))
    assert found.extensions[0].name == token.EXTENSION_NAMES[id_]
    assert found.unknown_extensions == ()


def test_unknown_extensions_are_told() -> None:
    found = token.decode_mint(T22, extended(mint(), 1, (77, b"abc"), (12, key(C))))
    assert found.unknown_extensions == (77,)
    assert found.extensions[0].data == b"abc"
    assert found.authorities["permanent-delegate"] == C
    # An extension of the other kind of account means nothing that is known here.
    odd = token.decode_token_account(T22, extended(account(), 2, (12, key(C))))
    assert odd.unknown_extensions == (12,)


@pytest.mark.parametrize(("data", "clause"), [
    (extended(mint(), 1, (9, b""), (9, b"")), "comes twice"),
    (extended(mint(), 1) + u16(12) + u16(60_000), "needs 60000 bytes"),
    (extended(mint(), 1) + u16(12) + b"\1", "needs 2 bytes"),
    (extended(mint(), 1) + u16(0) + b"\0\1", "not all zero"),
    (extended(mint(), 1) + b"\1", "not all zero"),
    (extended(mint() + b"\1", 1), "not all zero"),
    (extended(mint(), 3), "no mint, account or multisig"),
    (extended(mint(None, None), 2), "not an initialised account"),
])
def test_broken_extensions(data: bytes, clause: str) -> None:
    with pytest.raises(DecodeError, match=clause):
        token.decode(T22, data)


def test_extensions_belong_to_token_2022_alone() -> None:
    with pytest.raises(DecodeError, match="no mint, account or multisig of this program"):
        token.decode(SPL, extended(mint(), 1, (12, key(C))))


@given(st.binary(max_size=200), st.sampled_from([1, 2]))
def test_any_extension_bytes_give_an_account_or_a_decode_error(tail: bytes, kind: int) -> None:
    base = mint() if kind == 1 else account()
    try:
        found = token.decode(T22, extended(base, kind) + tail)
    except DecodeError as error:
        assert error.why
    else:
        assert isinstance(found, token.Mint | token.TokenAccount | token.TokenMultisig)


def multisig(required: int = 2, signers: list[str] | None = None) -> bytes:
    held = [A, B, C] if signers is None else signers
    return (u8(required, len(held), 1) + b"".join(map(key, held))).ljust(355, b"\0")


def test_multisig() -> None:
    found = token.decode(SPL, multisig())
    assert found == token.TokenMultisig(SPL, 2, (A, B, C))
    assert found.fewest_keys == 2
    twice = token.decode_multisig(T22, multisig(2, [A, A, B]))
    assert twice.fewest_keys == 1
    for data, clause in (
        (multisig(4), "4 of 3"), (multisig(0), "0 of 3"), (multisig(1, KEYS[:11])[:-1], "355"),
        (multisig()[:2] + b"\0" + multisig()[3:], "is_initialized"),
        (multisig()[:-1] + b"\1", "not all zero"), (u8(1, 12, 1) + bytes(352), "1 of 12"),
    ):
        with pytest.raises(DecodeError, match=clause):
            token.decode_multisig(SPL, data)


def test_associated_addresses_for_both_programs() -> None:
    found = token.associated_token_addresses(A, B)
    program = Pubkey.from_string(programs.ASSOCIATED_TOKEN)
    for name in (SPL, T22):
        seeds = [key(A), key(name), key(B)]
        assert found[name] == str(Pubkey.find_program_address(seeds, program)[0])
    assert found[SPL] != found[T22]


def test_instructions() -> None:
    found = token.decode_instruction([A, B, C, D, E], u8(12) + u64(9) + u8(6))
    assert isinstance(found, token.TokenInstruction)
    assert (found.amount, found.decimals) == (9, 6)
    assert (found.account("destination"), found.account("authority")) == (C, D)
    assert found.remaining == (E,)
    moved = token.decode_instruction([A, B], u8(6, 0) + option(key(C)))
    assert isinstance(moved, token.TokenInstruction)
    assert (moved.power, moved.new_authority) == ("mint", C)
    gone = token.decode_instruction([A, B], u8(6, 1) + option(None))
    assert isinstance(gone, token.TokenInstruction)
    assert (gone.power, gone.new_authority) == ("freeze", None)
    for accounts, data in (([A], u8(3) + u64(1)), ([A, B, C], u8(3) + u32(1)), ([A], u8(200)),
                           ([A, B], u8(6, 18, 0)), ([A], b"")):
        assert isinstance(token.decode_instruction(accounts, data), UnknownInstruction)
