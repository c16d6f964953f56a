"""Instructions to the upgradeable loader, held to its published interface."""

from __future__ import annotations

from hashlib import sha256

import pytest
from solders.instruction import Instruction

from privatedao_audit.rehearsal import loader, wallet

PAYER, PROGRAM, BUFFER, OLD, NEW = (
    wallet.address(label) for label in ("payer", "program", "buffer", "old", "new")
)
PROGRAMDATA = loader.programdata_address(PROGRAM)


def _shape(one: Instruction) -> tuple[str, list[tuple[str, bool, bool]]]:
    names = {PAYER: "payer", PROGRAM: "program", BUFFER: "buffer", OLD: "old", NEW: "new"}
    names |= {PROGRAMDATA: "programdata", loader.RENT: "rent", loader.CLOCK: "clock"}
    names |= {loader.SYSTEM_PROGRAM: "system"}
    metas = [(names[m.pubkey], m.is_signer, m.is_writable) for m in one.accounts]
    assert one.program_id == loader.LOADER
    return bytes(one.data).hex(), metas


W, R, S = (False, True), (False, False), (True, False)


@pytest.mark.parametrize(
    ("one", "data", "accounts"),
    [
        (loader.initialize_buffer(BUFFER, OLD), "00000000", [("buffer", *W), ("old", *R)]),
        (
            loader.write(BUFFER, OLD, 258, b"\xaa\xbb"),
            "01000000020100000200000000000000aabb",
            [("buffer", *W), ("old", *S)],
        ),
        (
            loader.deploy_with_max_data_len(PAYER, PROGRAM, BUFFER, OLD, 4096),
            "020000000010000000000000",
            [
                ("payer", True, True),
                ("programdata", *W),
                ("program", *W),
                ("buffer", *W),
                ("rent", *R),
                ("clock", *R),
                ("system", *R),
                ("old", *S),
            ],
        ),
        (
            loader.upgrade(PROGRAM, BUFFER, OLD, PAYER),
            "03000000",
            [
                ("programdata", *W),
                ("program", *W),
                ("buffer", *W),
                ("payer", *W),
                ("rent", *R),
                ("clock", *R),
                ("old", *S),
            ],
        ),
        (
            loader.set_authority(PROGRAMDATA, OLD, NEW),
            "04000000",
            [("programdata", *W), ("old", *S), ("new", *R)],
        ),
        (
            loader.set_authority(PROGRAMDATA, OLD, None),
            "04000000",
            [("programdata", *W), ("old", *S)],
        ),
        (
            loader.close(BUFFER, PAYER, OLD),
            "05000000",
            [("buffer", *W), ("payer", *W), ("old", *S)],
        ),
        (
            loader.close(PROGRAMDATA, PAYER, OLD, PROGRAM),
            "05000000",
            [("programdata", *W), ("payer", *W), ("old", *S), ("program", *W)],
        ),
        (
            loader.extend(PROGRAM, 10_240, PAYER),
            "0600000000280000",
            [("programdata", *W), ("program", *W), ("system", *R), ("payer", True, True)],
        ),
        (
            loader.set_authority_checked(BUFFER, OLD, NEW),
            "07000000",
            [("buffer", *W), ("old", *S), ("new", *S)],
        ),
    ],
)  # fmt: skip
def test_tag_data_and_accounts(
    one: Instruction, data: str, accounts: list[tuple[str, bool, bool]]
) -> None:
    assert _shape(one) == (data, accounts)


def test_the_hash_leaves_out_trailing_zeros_only() -> None:
    assert loader.executable_hash(b"\0a\0b\0\0\0") == sha256(b"\0a\0b").hexdigest()
    assert loader.executable_hash(b"") == loader.executable_hash(bytes(9))
