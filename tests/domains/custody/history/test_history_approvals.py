"""Approval records: only signatures of registered keys over the right bytes count, each once."""

from __future__ import annotations

import pytest

from privatedao_audit.domains.authority.world import GOVERNANCE, MEMBERS
from privatedao_audit.domains.custody.history import variations as cases
from privatedao_audit.domains.custody.history import world as w
from privatedao_audit.domains.custody.history.approvals import attested, registered, statement
from privatedao_audit.domains.custody.history.facts import Listing
from privatedao_audit.model.reads import Unknown

GENESIS = w.SOUND.target().cluster.genesis_hash
A, B = (cases.KEYS[key] for key in MEMBERS[:2])
TRANSACTION = w.carried(4).signature


def found(*records: Listing, registers: tuple[Listing, ...] = (cases.REGISTER,)) -> tuple[str, ...]:
    said = attested(records, registers, genesis_hash=GENESIS, program_id=GOVERNANCE,
                    transaction=TRANSACTION)  # fmt: skip
    return () if said is None else said.signers


def row(approvals: str, **change: str) -> Listing:
    given = {"transaction": TRANSACTION, "artifact_sha256": w.SHA[4], "approvals": approvals}
    return cases.listing("approval-record", {**given, **change}, program="governance")


def line(signer: object, message: bytes | None = None) -> str:
    message = message or statement(GENESIS, GOVERNANCE, TRANSACTION, w.SHA[4])
    return f"{signer.pubkey()} {signer.sign_message(message)}"  # type: ignore[attr-defined]


def test_two_members_sign_in_two_ways() -> None:
    assert found(cases.signed(4, A, B)) == (str(A.pubkey()), str(B.pubkey()))
    assert found(cases.signed(4, A, B, wrap=True)) == (str(A.pubkey()), str(B.pubkey()))


def test_the_statement_is_canonical() -> None:
    assert statement("G", "P", "T", "H") == (
        b'{"artifact_sha256":"H","genesis_hash":"G","program_id":"P",'
        b'"statement":"approval of a program upgrade","transaction":"T"}'
    )


@pytest.mark.parametrize(
    "record",
    [
        row(""),
        row("nonsense"),
        row(f"{A.pubkey()}"),
        row(f"{A.pubkey()} not-a-signature"),
        row(f"not-a-key {A.sign_message(b'x')}"),
        row("1" * 4_000 + " " + "z" * 4_000),
        row(f"{w.VAULT} {A.sign_message(b'x')}"),
        row(line(A, b"approval of everything")),
        row(line(A, statement(GENESIS, GOVERNANCE, "another", w.SHA[4]))),
        row(line(A, statement("another", GOVERNANCE, TRANSACTION, w.SHA[4]))),
        row(line(A), artifact_sha256=w.SHA[1]),
        row(line(A), artifact_sha256="see the log"),
        row(line(A), transaction="another"),
        row(line(cases.OUTSIDER)),
        Listing(cases.REGISTER.surface, Unknown("the file is not TOML")),
    ],
)
def test_what_is_no_approval_counts_for_nothing(record: Listing) -> None:
    assert found(record) == ()


def test_the_record_with_most_signers_counts() -> None:
    assert len(found(cases.signed(4, A), cases.signed(4, A, B), cases.signed(4, B))) == 2


def test_records_do_not_add_up() -> None:
    assert len(found(cases.signed(4, A), cases.signed(4, B))) == 1


def test_only_the_role_of_a_member_signs() -> None:
    key = str(A.pubkey())
    for roles in ("deployer", "", "multisig-members", "reviewer\ndemo"):
        assert registered((cases.listing("signer-register", {"key": key, "roles": roles}),)) == {}
    both = cases.listing("signer-register", {"key": key, "roles": "deployer\nmultisig-member"})
    assert set(registered((both,))) == {key}
    assert registered((Listing(both.surface, Unknown("unread")),)) == {}
