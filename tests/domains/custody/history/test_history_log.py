"""Lives of buffers, steps of a multisig and uses of nonces, out of single transactions."""

from __future__ import annotations

import hashlib
from dataclasses import replace

import pytest

from privatedao_audit.chain import programs
from privatedao_audit.chain.addresses import squads_proposal, squads_transaction, squads_vault
from privatedao_audit.chain.transactions import Transaction, decode_transaction
from privatedao_audit.domains.authority.history import Walk, events_of, history_of
from privatedao_audit.domains.authority.world import GOVERNANCE, STRANGER, wallet
from privatedao_audit.domains.custody.history import world as w
from privatedao_audit.domains.custody.history.checks import CHECKS, MOST_SHOWN
from privatedao_audit.domains.custody.history.log import (
    buffer_lives,
    buffers_of,
    nonce_uses,
    programs_of,
    squads_log,
)
from privatedao_audit.domains.custody.history.world import ADDRESS, OWNER, PROGRAMDATA, VAULT
from privatedao_audit.model.limits import Limits
from privatedao_audit.model.status import Status
from tests.domains.custody.history import ledger
from tests.domains.custody.history.ledger import BUFFER, KEY, LIFE, Call, Told


def read(*told: Told) -> tuple[Transaction, ...]:
    return tuple(decode_transaction(one.answer()) for one in told)


def walked(address: str, *told: Told, cut: str = "", kept_from: int | None = None) -> Walk:
    return Walk(address, read(*told), (), cut, kept_from)


def begun(slot: int = 10) -> Told:
    return Told(slot, (ledger.loader(0, BUFFER, KEY),))


def written(slot: int, *pieces: tuple[int, bytes]) -> Told:
    return Told(slot, tuple(ledger.write(*piece) for piece in pieces))


def sha(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


USED = Told(40, (ledger.executed(ledger.upgrade(VAULT)),))


def test_a_buffer_is_what_was_written_last_wherever() -> None:
    (life,) = buffer_lives(walked(
        BUFFER, begun(), written(11, (4, b"late")), written(12, (0, b"soon"), (2, b"XX")), USED,
    ))  # fmt: skip
    assert life.sha256 == sha(b"soXXlate")
    assert (life.begun, life.writes, life.last_write, life.gap) == (10, 3, 12, "")
    assert life.ended_by == USED.signature


def test_an_address_can_be_a_buffer_again() -> None:
    closed = Told(20, (ledger.loader(5, BUFFER, KEY, KEY),))
    lives = buffer_lives(walked(
        BUFFER, begun(), written(11, (0, b"first")), closed,
        begun(30), written(31, (0, b"second")), USED,
    ))  # fmt: skip
    assert [(one.begun, one.sha256, one.ended_by) for one in lives] == [
        (10, sha(b"first"), closed.signature), (30, sha(b"second"), USED.signature),
    ]  # fmt: skip


def test_failed_writes_wrote_nothing() -> None:
    failed = replace(written(12, (0, b"other")), failed=True)
    (life,) = buffer_lives(walked(BUFFER, begun(), written(11, (0, b"code")), failed))
    assert (life.sha256, life.writes, life.ended_by) == (sha(b"code"), 1, None)


def test_zeros_alone_are_no_code() -> None:
    (life,) = buffer_lives(walked(BUFFER, begun(), written(11, (0, bytes(9)))))
    assert life.sha256 is None


def test_a_write_beyond_all_programs_takes_no_memory() -> None:
    (life,) = buffer_lives(walked(BUFFER, begun(), written(11, (2**32 - 1, b"far"))))
    assert "reaches to byte" in life.gap


@pytest.mark.parametrize(
    ("walk", "gap"),
    [
        (walked(BUFFER, written(11, (0, b"code")), USED), "its initialisation is not"),
        (walked(BUFFER, begun(), USED, cut="cut", kept_from=11), "cut"),
        (walked(BUFFER, begun(), USED, cut="cut", kept_from=10), ""),
        (walked(BUFFER, begun(), USED, cut="cut"), "cut"),
        (replace(walked(BUFFER, begun(), USED), unreadable=("x",)), "1 listed transactions"),
        (walked(BUFFER, begun(), Told(11, (ledger.loader(77, BUFFER),)), USED), "does not decode"),
        (walked(BUFFER, begun(), replace(written(11, (0, b"c")), recorded=False), USED),
         "were not recorded"),
    ],
    ids=["begins later", "cut after it began", "cut before", "cut anywhere", "unreadable",
         "unknown instruction", "no inner"],
)  # fmt: skip
def test_what_may_be_missing_of_a_buffer_is_said(walk: Walk, gap: str) -> None:
    (life,) = buffer_lives(walk)
    assert life.gap.startswith(gap) if not gap else gap in life.gap
    assert bool(life.gap) == bool(gap)


def test_buffers_come_under_a_vault_in_three_ways() -> None:
    checked, given, made = wallet("checked"), wallet("given"), wallet("made")
    transactions = read(
        Told(1, (ledger.loader(0, made, VAULT),)),
        Told(2, (ledger.loader(4, given, KEY, VAULT),)),
        Told(3, (ledger.loader(7, checked, KEY, VAULT),)),
        Told(4, (ledger.loader(4, wallet("elsewhere"), KEY, STRANGER),)),
        Told(5, (ledger.loader(4, wallet("failed"), KEY, VAULT),), failed=True),
    )
    assert buffers_of(VAULT, transactions) == (made, given, checked)


def test_programs_come_under_a_vault_by_deploys_and_upgrades() -> None:
    made, changed = wallet("ProgramData made"), wallet("ProgramData changed")
    transactions = read(
        Told(1, (ledger.loader(2, KEY, made, *(wallet(f"deploy {n}") for n in range(5)), VAULT,
                               tail=bytes(8)),)),
        Told(2, (ledger.loader(3, changed, *(wallet(f"upgrade {n}") for n in range(5)), VAULT),)),
        Told(3, (ledger.loader(3, wallet("refused"), *(KEY,) * 5, VAULT),), failed=True),
        Told(4, (ledger.loader(3, wallet("elsewhere"), *(KEY,) * 5, STRANGER),)),
    )  # fmt: skip
    assert programs_of(VAULT, transactions) == (made, changed)


def test_steps_of_other_multisigs_and_mentions_of_the_address_are_no_steps() -> None:
    mine = ledger.approved(0)
    other = Call(OWNER, (STRANGER, *mine.accounts[1:], ADDRESS), mine.data)
    foreign = Call(GOVERNANCE, mine.accounts, mine.data)
    log = squads_log(walked(ADDRESS, Told(1, (mine, other, foreign)),
                            Told(2, (mine,), failed=True)), OWNER)  # fmt: skip
    assert [(one.place, one.instruction.name) for one in log.steps] == [("0", "proposal_approve")]
    assert log.refused == 1


def test_a_step_inside_another_program_is_found() -> None:
    wrapper = Call(GOVERNANCE, (STRANGER,), b"go", (ledger.approved(1),))
    (step,) = squads_log(walked(ADDRESS, Told(1, (wrapper,))), OWNER).steps
    assert step.place == "0.0"


def test_only_nonce_instructions_count_as_uses() -> None:
    transfer = Call(programs.SYSTEM, (KEY, STRANGER), (2).to_bytes(4, "little") + bytes(8))
    told = read(Told(1, (ledger.nonce_advanced(), transfer)),
                Told(2, (ledger.nonce_advanced(), ledger.approved(0)), failed=True))  # fmt: skip
    uses = nonce_uses(told, OWNER)
    assert [(one.action, one.privileged, one.succeeded) for one in uses] == [
        ("AdvanceNonceAccount", False, True), ("AdvanceNonceAccount", True, False),
    ]  # fmt: skip


def test_an_extend_by_a_stranger_is_no_code_change_and_a_failed_upgrade_is_listed() -> None:
    history = history_of(walked(PROGRAMDATA, *LIFE))
    assert history.complete
    assert [e.action for e in history.code_changes] == ["DeployWithMaxDataLen", "Upgrade"]
    assert [e.action for e in history.slot_changes][-2:] == ["ExtendProgram", "Upgrade"]
    assert [e.signature for e in history.events if not e.succeeded] == [LIFE[11].signature]


def test_an_event_knows_what_called_it() -> None:
    (event,) = [e for e in events_of(read(LIFE[-1])[0]) if e.action == "Upgrade"]
    assert (event.inner, event.place, event.caller, event.buffer) == (True, "0.0", "0", BUFFER)
    (outer,) = events_of(read(LIFE[2])[0])
    assert (outer.inner, outer.caller) == (False, None)


def test_addresses_that_a_public_multisig_prints() -> None:
    """Known answers: the first proposal of a multisig on testnet, as its team documents it."""
    multisig = "thHmF7VYNtxE1MaDzYXbfPCiq13RF6JwuWnjvDZuSmF"
    first = "FZ56P6riCUzRW6J4CrfjgxhPwGB3xgKtuUzgSiC2t9WR"
    assert squads_transaction(multisig, 1).address == first
    assert squads_proposal(multisig, 1).address == "5FQaNUH5U83SNKWPx57mUd5KzpFYzwk39WKUz9BmNp3s"
    assert squads_vault(multisig, 0).address == "CALHrBqx6jbzcPn2NVcinqSAHeod65v9LcDuTxsdPqBv"


def test_a_finding_repeats_a_bounded_number_of_changes() -> None:
    extends = tuple(
        w.event("ExtendProgram", 1_400, authority=None, signature=f"extend-{n}")
        for n in range(MOST_SHOWN + 5)
    )
    program = replace(w.PROGRAM, loader=w.loader_read(*w.EVENTS, *extends))
    said = CHECKS["UA-08"](w.facts(program=program), Limits())
    (part,) = said.parts
    assert part.status is Status.PASS
    assert len(part.observed["changes"]) == MOST_SHOWN
    assert part.observed["not_shown"] == len(w.EVENTS) + 5
    assert f"{MOST_SHOWN + 6} ExtendProgram" in part.summary
