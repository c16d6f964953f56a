"""Cases of UA-03 and UA-07: upgrades that a batch of the multisig carries."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from privatedao_audit.chain.addresses import squads_batch_transaction
from privatedao_audit.chain.layouts import squads
from privatedao_audit.chain.layouts.squads import arguments as args
from privatedao_audit.domains.authority.world import MEMBERS, wallet
from privatedao_audit.domains.custody.facts import CustodyFacts
from privatedao_audit.domains.custody.history import world as w
from privatedao_audit.domains.custody.history.facts import Step
from privatedao_audit.domains.custody.history.variations import (
    EXECUTE,
    multisig,
)
from privatedao_audit.domains.custody.history.variations import UNDER as STAGED
from privatedao_audit.domains.custody.history.world import facts
from privatedao_audit.model.reads import Read
from privatedao_audit.model.status import Status

FAIL, PASS, UNKNOWN = Status.FAIL, Status.PASS, Status.UNKNOWN

#: Batch 4 pays first and upgrades then.
UPGRADE = w.upgrade_message(4)
_ORDER = (w.PAYMENT, UPGRADE)


def part_at(number: int, index: int = 4) -> str:
    """Address of a transaction of a batch."""
    return squads_batch_transaction(w.ADDRESS, index, number, w.OWNER).address


def _step(like: Step, name: str, roles: dict[str, str], given: Any = None, **more: Any) -> Step:
    one = squads.SquadsInstruction(
        name, (("multisig", w.ADDRESS), *roles.items()), given, tuple(more.pop("remaining", ()))
    )
    return replace(like, instruction=one, **more)


def _added(like: Step, number: int, message: squads.Message, index: int = 4) -> Step:
    roles = {"proposal": w.proposal_at(index), "batch": w.transaction_at(index),
             "transaction": part_at(number, index), "member": MEMBERS[0]}  # fmt: skip
    return _step(like, "batch_add_transaction", roles, args.AddToBatch(0, message))


def _batch(
    put: Sequence[squads.Message], ran: Sequence[tuple[int, squads.Message]], index: int,
    late: Sequence[squads.Message] = (),
) -> list[Step]:  # fmt: skip
    """The log in which a transaction is a batch of ``put`` of which ``ran`` was executed.

    ``late``: transactions that join it after its votes began.
    """
    book: list[Step] = []
    for step in w.STEPS:
        one = step.instruction
        if one.account("transaction") == w.transaction_at(index) and one.name != EXECUTE:
            roles = {"batch": w.transaction_at(index), "creator": MEMBERS[0]}
            book.append(_step(step, "batch_create", roles, args.CreateBatch(0, None)))
        elif one.account("proposal") != w.proposal_at(index):
            book.append(step)
        elif one.name == "proposal_create":
            given = args.CreateProposal(index, True)
            book.append(replace(step, instruction=replace(one, arguments=given)))
            book += [_added(step, n, message, index) for n, message in enumerate(put, 1)]
            roles = {"proposal": w.proposal_at(index), "member": MEMBERS[0]}
            book.append(_step(step, "proposal_activate", roles))
            book += [
                _added(step, n, message, index) for n, message in enumerate(late, len(put) + 1)
            ]
        elif one.name == EXECUTE:
            for count, (number, message) in enumerate(ran):
                roles = {"member": MEMBERS[0], "proposal": w.proposal_at(index),
                         "batch": w.transaction_at(index), "transaction": part_at(number, index)}
                book.append(_step(step, "batch_execute_transaction", roles,
                                  remaining=message.account_keys, place=str(count)))  # fmt: skip
        else:
            book.append(step)
    return book


def batched(
    *put: squads.Message, ran: Sequence[tuple[int, squads.Message]] | None = None,
    place: str = "1", status: str = "executed", late: Sequence[squads.Message] = (),
) -> CustodyFacts:  # fmt: skip
    """The facts in which the last upgrade was carried by batch 4.

    Args:
        ran: (number in the batch, message whose accounts were passed); None: all of them.
        place: of the execution that called the loader.
    """
    everything = list(enumerate((*put, *late), 1)) if ran is None else list(ran)
    steps = _batch(put, everything, 4, late)
    event = replace(w.EVENTS[-1], place=f"{place}.0", caller=place)
    program = replace(w.PROGRAM, loader=w.loader_read(*w.EVENTS[:-1], event))
    account = squads.Batch(w.ADDRESS, MEMBERS[0], 4, 255, 0, 255, len(put), len(everything))
    slots = tuple(w.slot(4, account, status) if s.index == 4 else s for s in w.SLOTS)
    return facts(program=program, multisig=multisig(log=w.log(steps), slots=slots))


UA_03_BATCHES: tuple[tuple[str, CustodyFacts, Status], ...] = (
    ("a batch that pays and upgrades", batched(*_ORDER), PASS),
    ("a batch of the upgrade alone", batched(UPGRADE, place="0"), PASS),
    ("a batch whose upgrade is of another buffer",
     batched(w.PAYMENT, w.upgrade_message(7)), FAIL),
    ("a batch of payments", batched(w.PAYMENT, w.PAYMENT), FAIL),
    ("the payment of the batch is said to have upgraded", batched(*_ORDER, place="0"), FAIL),
    ("the batch was executed in another order",
     batched(*_ORDER, ran=((2, UPGRADE), (1, w.PAYMENT)), place="0"), UNKNOWN),
    ("the upgrade joined the batch after it was activated",
     batched(w.PAYMENT, late=(UPGRADE,)), UNKNOWN),
    ("more was executed than the log shows to be in the batch",
     batched(w.PAYMENT, ran=((1, w.PAYMENT), (2, UPGRADE))), UNKNOWN),
    ("the batch's account says that it still runs", batched(*_ORDER, status="approved"), UNKNOWN),
    ("half of the batch was executed, and its account says all",
     batched(UPGRADE, w.PAYMENT, ran=((1, UPGRADE),), place="0"), UNKNOWN),
)  # fmt: skip


def open_batch(
    *put: squads.Message, size: int | None = None, done: int = 0,
    staged: Mapping[str, Read[Any]] | None = None,
) -> CustodyFacts:  # fmt: skip
    """The facts in which transaction 7 is a batch that is still being voted on.

    Args:
        size: as the account says, where it is not the truth.
        staged: further buffers under the vault, by address.
    """
    steps = _batch(put, (), 7)
    account = squads.Batch(
        w.ADDRESS, MEMBERS[0], 7, 255, 0, 255, len(put) if size is None else size, done
    )
    slots = tuple(w.slot(7, account, "active", approved=1) if s.index == 7 else s for s in w.SLOTS)
    buffers = {**w.VAULTS[0].buffers, **(staged or {})}
    given = multisig(log=w.log(steps), slots=slots,
                     vaults=(replace(w.VAULTS[0], buffers=buffers),))  # fmt: skip
    return facts(multisig=given)


UA_07_BATCHES: tuple[tuple[str, CustodyFacts, Status], ...] = (
    ("an open batch uses the buffer", open_batch(w.PAYMENT, w.upgrade_message(7)), PASS),
    ("an open batch does not use the buffer", open_batch(w.PAYMENT), FAIL),
    ("an open batch uses one buffer of two", open_batch(
        w.upgrade_message(7), staged={wallet("orphan"): STAGED}), FAIL),
    ("the account of the batch holds more than the log shows",
     open_batch(w.PAYMENT, size=2), UNKNOWN),
)  # fmt: skip
