"""Tokens, places and the archive as a collector reads them from an invented node and checkout."""

from __future__ import annotations

import asyncio
import base64
import json
from dataclasses import replace
from typing import Any

import pytest

from privatedao_audit.chain import programs
from privatedao_audit.chain.addresses import associated_token_address
from privatedao_audit.chain.borsh import base58_bytes
from privatedao_audit.chain.layouts.token import NATIVE_MINTS
from privatedao_audit.chain.reads import Account
from privatedao_audit.domains.sources import Sources
from privatedao_audit.domains.treasury import protection_view as view
from privatedao_audit.domains.treasury.archive.collect import MAX_ROWS
from privatedao_audit.domains.treasury.archive.facts import KeptRow
from privatedao_audit.domains.treasury.checks import CHECKS
from privatedao_audit.domains.treasury.collect import collect
from privatedao_audit.domains.treasury.facts import TreasuryFacts
from privatedao_audit.evidence.questions import Answer, Outcome, Question
from privatedao_audit.model.finding import Judgement
from privatedao_audit.model.limits import Limits
from privatedao_audit.model.reads import Diverged, Found, ProvenAbsent, Unknown
from privatedao_audit.model.status import Status
from tests.domains.test_governance import TREASURY, target, world
from tests.domains.treasury.checkout import Checkout, surface
from tests.history.node import token_data
from tests.protocols.world import DAO, MINT, PROGRAM, Call, key, proposal_address

T22 = programs.TOKEN_2022
ISSUER = key("issuer")
NOTE, ARCHIVE = "docs/treasury.md", "archive.json"
STATED = surface("treasury-statement", NOTE, fields={"dao": "DAO", "treasury": "Treasury",
                                                     "program_id": "Program"})  # fmt: skip
KEPT = surface("transaction-archive", ARCHIVE, rows="/executed",
               fields=("signature", "transaction", "meta", "version", "slot", "block_time",
                       "genesis_hash"))  # fmt: skip
TARGET_MINT = {"name": "vote", "address": MINT, "role": "governance"}


def mint_data(freeze: str | None = None, extensions: bytes = b"") -> bytes:
    held = bytes(36) if freeze is None else b"\1\0\0\0" + base58_bytes(freeze, "freeze")
    plain = bytes(36) + (10**9).to_bytes(8, "little") + b"\0\1" + held
    return plain if not extensions else plain.ljust(165, b"\0") + b"\1" + extensions


def mint(data: bytes | None = None, owner: str = programs.TOKEN) -> Account:
    return Account(MINT, 1_461_600, owner, mint_data() if data is None else data, False)


def held(address: str, of: str = MINT, owner: str = TREASURY, amount: int = 5) -> Account:
    return Account(address, 2_039_280, programs.TOKEN, token_data(of, owner, amount), False)


def read(
    *accounts: Account,
    files: dict[str, bytes] | None = None,
    calls: tuple[Call, ...] = (),
    **change: Any,
) -> TreasuryFacts:
    node = Checkout(accounts=dict(world().accounts), files=files or {}, calls=calls)
    node.with_accounts(mint(), *accounts)
    given = {"mints": [TARGET_MINT], **change}
    return asyncio.run(collect(Sources(target(**given), node, ("first",))))


def judged(control: str, facts: TreasuryFacts) -> Judgement:
    return CHECKS[control](facts, Limits())


def parts(control: str, facts: TreasuryFacts) -> dict[str, Status]:
    return {part.label: part.status for part in judged(control, facts).parts}


ATA = associated_token_address(TREASURY, MINT, programs.TOKEN)


def test_accounts_of_judged_mints_are_told_from_those_that_strangers_open() -> None:
    spam = [held(key(f"spam {n}"), of=key(f"coin {n}")) for n in range(3)]
    wrapped = held(key("wrapped"), of=NATIVE_MINTS[0], amount=2**64 - 1)
    facts = read(held(ATA), held(key("side")), wrapped, *spam)
    tokens = facts.tokens[DAO]
    assert {one.address: one.associated for one in tokens.held} == {ATA: True, key("side"): False}
    assert tokens.others == len(tokens.unsolicited) == 4
    assert max(one.amount for one in tokens.unsolicited) == 2**64 - 1
    assert judged("TR-02", facts).status is Status.PASS
    shown = view.token_accounts(facts).frame
    assert list(shown["judged"]).count("no: unsolicited") == 4


def test_lamports_at_the_place_of_a_token_account_are_no_token_account() -> None:
    facts = read(Account(ATA, 1, programs.SYSTEM, b"", False))
    assert facts.tokens[DAO].held == ()
    assert parts("TR-02", facts)[f"token accounts of {TREASURY}"] is Status.NOT_APPLICABLE


def test_the_associated_account_of_another_owner_is_judged() -> None:
    facts = read(held(ATA, owner=key("thief")))
    assert parts("TR-02", facts)[f"token account {ATA}"] is Status.FAIL


@pytest.mark.parametrize(
    ("extensions", "status"),
    [
        (b"\x0c\0\x20\0" + base58_bytes(ISSUER, "k"), Status.UNKNOWN),  # no register is mapped
        (b"\x63\0\4\0abcd", Status.UNKNOWN),
        (b"\x0c\0\x20\0abcd", Status.UNKNOWN),
        (b"\x0c", Status.UNKNOWN),
        (b"\x0c\0\x20\0" + bytes(32), Status.PASS),
    ],
    ids=["permanent delegate", "not known", "cut", "one byte", "nobody"],
)
def test_extensions_of_a_mint_are_never_skipped(extensions: bytes, status: Status) -> None:
    facts = read(mint(mint_data(extensions=extensions.ljust(2, b"\1")), T22))
    assert parts("TR-02", facts)[f"mint {MINT}"] is status


def test_a_register_accepts_a_power_at_one_key() -> None:
    def with_register(accepted: str) -> Status:
        text = (f'[[mints]]\nmint = "{MINT}"\nfreeze = "{accepted}"\nowner = "the office"\n'
                'date = "2027-01-01"\n')  # fmt: skip
        one = surface("mint-register", "m.toml", rows="/mints", fields={
            "mint": "/mint", "freeze_authority": "/freeze", "owner": "/owner", "date": "/date"})
        facts = read(mint(mint_data(ISSUER)), files={"m.toml": text.encode()}, surfaces=[one])
        return parts("TR-02", facts)[f"mint {MINT}"]

    assert with_register(ISSUER) is Status.PASS
    assert with_register(key("another")) is Status.FAIL


def note(treasury: str = TREASURY, program: str = PROGRAM) -> bytes:
    return f"- DAO: `{DAO}`\n- Treasury: `{treasury}`\n- Program: `{program}`\n".encode()


def stated(text: bytes, **files: bytes) -> TreasuryFacts:
    return read(files={NOTE: text, **files}, surfaces=[STATED])


def test_a_document_is_held_against_the_derivation() -> None:
    assert parts("TR-01", stated(note()))[NOTE] is Status.PASS
    assert parts("TR-01", stated(note(key("cook"))))[NOTE] is Status.FAIL
    assert parts("TR-01", stated(note(program=key("legacy"))))[NOTE] is Status.FAIL
    assert parts("TR-01", stated(b"nothing"))[NOTE] is Status.MISSING
    assert parts("TR-01", stated(b"\xff\xfe"))[NOTE] is Status.UNKNOWN
    assert parts("TR-01", read(surfaces=[STATED]))[NOTE] is Status.MISSING


def test_a_wrong_treasury_is_explained_where_another_derivation_gives_it() -> None:
    legacy = key("legacy program")
    derived = stated(note(program=legacy)).places.derived
    other = next(one.address for one in derived if one.program == legacy)
    (part,) = [p for p in judged("TR-01", stated(note(other))).parts if p.label == NOTE]
    assert "follows from no DAO" in part.summary
    second = {"programs": [{"name": "governance", "id": PROGRAM}, {"name": "old", "id": legacy}]}
    facts = read(files={NOTE: note(other)}, surfaces=[STATED], **second)
    (part,) = [p for p in judged("TR-01", facts).parts if p.label == NOTE]
    assert f"under the program {legacy}" in part.summary and part.status is Status.FAIL


def test_a_document_of_the_protocol_that_nobody_mapped_is_not_overlooked() -> None:
    registry = {"docs/proof-registry.json": json.dumps({"treasury": key("old")}).encode()}
    facts = read(files={NOTE: note(), **registry}, surfaces=[STATED])
    assert parts("TR-01", facts)["docs/proof-registry.json"] is Status.UNKNOWN
    mapped = surface("treasury-statement", "docs/proof-registry.json", fields=("treasury",),
                     state="archived")  # fmt: skip
    facts = read(files={NOTE: note(), **registry}, surfaces=[STATED, mapped])
    assert "docs/proof-registry.json" not in parts("TR-01", facts)


PAID = Call(
    "execute_proposal", ("keeper",), accounts={"proposal": proposal_address(2)[0]}, slot=150,
    logs=("a line",),
)  # fmt: skip


def row(call: Call = PAID, **change: Any) -> dict[str, Any]:
    answer = call.answer()
    return {
        "signature": call.signature, "transaction": answer["transaction"], "meta": answer["meta"],
        "slot": answer["slot"], "block_time": answer["blockTime"], **change,
    }  # fmt: skip


def archived(*rows: Any, calls: tuple[Call, ...] = (PAID,), **top: Any) -> TreasuryFacts:
    text = json.dumps({"executed": list(rows), **top}).encode()
    return read(files={ARCHIVE: text}, surfaces=[KEPT], calls=calls)


def kept(facts: TreasuryFacts) -> tuple[KeptRow, ...]:
    (one,) = facts.archive.archives
    assert isinstance(one.rows, Found), one.rows
    return one.rows.value


def copies(facts: TreasuryFacts) -> list[Status]:
    return [s for label, s in parts("TR-04", facts).items() if label.startswith(f"{ARCHIVE} row")]


def test_a_copy_is_compared_after_decoding_and_never_as_text() -> None:
    facts = archived(row(), row(transaction=row()["transaction"][0], version="legacy"))
    first, second = kept(facts)
    assert first.authentic and first.imprint == second.imprint
    assert first.executes == (proposal_address(2)[0],)
    # The node records no balances here, so that nothing can be told of them.
    assert copies(facts) == [Status.UNKNOWN, Status.UNKNOWN]
    said = judged("TR-04", facts).parts
    assert any("no longer shows the lamports" in part.summary for part in said)


def altered(**meta: Any) -> dict[str, Any]:
    return row(meta={**row()["meta"], **meta})


def test_an_altered_copy_fails() -> None:
    assert copies(archived(altered(logMessages=["another line"]))) == [Status.FAIL]
    assert copies(archived(altered(err={"InstructionError": [0, "Custom"]}))) == [Status.FAIL]
    assert copies(archived(row(slot=151))) == [Status.FAIL]
    assert copies(archived(altered(innerInstructions=[{"index": 0, "instructions": []}]))) == [
        Status.UNKNOWN]  # an empty list says no more than none
    assert copies(archived(altered(logMessages=None))) == [Status.MISSING]


def test_a_copy_whose_message_was_changed_is_not_what_was_signed() -> None:
    wire = bytearray(base64.b64decode(row()["transaction"][0]))
    wire[-1] ^= 1
    forged = row(transaction=[base64.b64encode(bytes(wire)).decode(), "base64"])
    (one,) = kept(archived(forged))
    assert one.imprint is not None and not one.authentic
    assert copies(archived(forged)) == [Status.FAIL]


def test_another_transaction_under_the_name_of_one_fails() -> None:
    other = replace(PAID, slot=151)
    assert copies(archived(row(other, signature=PAID.signature))) == [Status.FAIL]


@pytest.mark.parametrize(
    "change",
    [
        {"transaction": ["AAAA", "base64"]},
        {"transaction": [row()["transaction"][0][:-8], "base64"]},
        {"transaction": {"message": {}}},
        {"transaction": 7},
        {"meta": {}},
        {"meta": "null"},
        {"meta": None},
        {"transaction": None},
        {"slot": None},
        {"slot": 2**64},
        {"slot": "150"},
    ],
)
def test_a_copy_that_is_cut_or_in_another_form_is_no_copy(change: dict[str, Any]) -> None:
    (one,) = kept(archived(row(**change)))
    assert one.imprint is None and one.fault


@pytest.mark.parametrize(
    "content",
    [
        b"", b"[]", b"{}", b'{"executed": 3}', b'{"executed": [3]}', b'{"executed": [{}]}',
        b'{"executed": [{"signature": "short"}]}', b"\xff", b"[" * 100,
        json.dumps({"executed": [{"signature": PAID.signature}] * (MAX_ROWS + 1)}).encode(),
    ],
    ids=["empty", "list", "no rows", "number", "rows of numbers", "no signature",
         "short signature", "not text", "deep", "too many"],
)  # fmt: skip
def test_an_archive_that_is_none_is_unknown_and_never_empty(content: bytes) -> None:
    facts = read(files={ARCHIVE: content}, surfaces=[KEPT])
    (one,) = facts.archive.archives
    assert isinstance(one.rows, Unknown)


def test_an_archive_of_another_cluster_keeps_nothing_of_this_one() -> None:
    here = surface("transaction-archive", ARCHIVE, rows="/executed", fields={
        "signature": "/signature", "transaction": "/transaction", "meta": "/meta",
        "slot": "/slot", "genesis_hash": "/genesis"})  # fmt: skip
    text = json.dumps({"executed": [row()], "genesis": key("another chain")}).encode()
    facts = read(files={ARCHIVE: text}, surfaces=[here], calls=(PAID,))
    assert parts("TR-04", facts)[ARCHIVE] is Status.MISSING
    mine = json.dumps({"executed": [row()], "genesis": key("genesis")}).encode()
    facts = read(files={ARCHIVE: mine}, surfaces=[here], calls=(PAID,))
    assert ARCHIVE not in parts("TR-04", facts)


def test_what_no_provider_shows_any_more_is_authentic_and_not_provable() -> None:
    facts = archived(row(), calls=())
    assert copies(facts) == [Status.UNKNOWN]
    summary = next(p.summary for p in judged("TR-04", facts).parts if "row 0" in p.label)
    assert "authentic, landing not provable" in summary
    (told,) = view.archive(facts).frame.to_dict("records")
    assert told["on chain"].startswith("not known")


def test_an_archive_that_is_not_there_is_missing() -> None:
    facts = read(surfaces=[KEPT])
    (one,) = facts.archive.archives
    assert isinstance(one.rows, ProvenAbsent)
    assert parts("TR-04", facts)[ARCHIVE] is Status.MISSING


class Second(Checkout):
    """A node behind which a second one answers what is asked of it alone."""

    says: Any = None

    async def ask(self, question: Question) -> Answer:
        answer = await super().ask(question)
        if question.method != "getTransaction" or question.probe != "provider:second":
            return answer
        if self.says is None or answer.body is None:
            return replace(answer, outcome=Outcome.UNKNOWN, body=None, reason="it has none")
        told = json.loads(answer.body)
        told["result"]["meta"] |= self.says
        return replace(answer, body=json.dumps(told).encode(), providers=("second",))


def witnessed(says: Any) -> Any:
    node = Second(accounts=dict(world().accounts), calls=(PAID,),
                  files={ARCHIVE: json.dumps({"executed": [row()]}).encode()})  # fmt: skip
    node.says = says
    sources = Sources(target(surfaces=[KEPT]), node, ("first", "second"))
    return asyncio.run(collect(sources)).archive.chain[PAID.signature]


def test_a_second_provider_is_asked_for_what_is_not_signed() -> None:
    agreed = witnessed({})
    assert isinstance(agreed, Found) and agreed.at.providers == ("first", "second")
    apart = witnessed({"logMessages": ["another line"]})
    assert isinstance(apart, Diverged) and "logs" in apart.reason
    assert witnessed(None).at.providers == ("first",)
    # What only one of them kept has one witness.
    silent = witnessed({"logMessages": None})
    assert isinstance(silent, Found) and silent.at.providers == ("first",)
