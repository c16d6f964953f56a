"""From transactions to what was done: steps of a multisig, lives of buffers, uses of nonces."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from privatedao_audit.chain import programs
from privatedao_audit.chain.addresses import squads_spending_limit
from privatedao_audit.chain.borsh import DecodeError
from privatedao_audit.chain.layouts import loader, squads, system
from privatedao_audit.chain.layouts.common import UnknownInstruction
from privatedao_audit.chain.layouts.squads import arguments
from privatedao_audit.chain.transactions import Transaction, loader_actions
from privatedao_audit.domains.authority.history import Walk, not_understood
from privatedao_audit.domains.custody.history.facts import (
    BufferLife,
    NonceUse,
    Slot,
    SquadsLog,
    Step,
)
from privatedao_audit.model.reads import Found

#: A program may have ten megabytes; no Write reaches beyond.
_MAX_CODE = 10 * 1024 * 1024

_NONCES = frozenset(
    {
        "AdvanceNonceAccount", "WithdrawNonceAccount", "InitializeNonceAccount",
        "AuthorizeNonceAccount", "UpgradeNonceAccount",
    }
)  # fmt: skip


def squads_log(found: Walk, program: str) -> SquadsLog:
    """What was done to the multisig whose address was walked, by its program's instructions."""
    steps: list[Step] = []
    refused = 0
    gap = ""
    created: int | None = None
    for transaction in found.transactions:
        if not transaction.succeeded:
            refused += any(one.program == program for one in transaction.instructions)
            continue
        if not transaction.inner_recorded:
            gap = gap or f"the inner instructions of {transaction.signature} were not recorded"
        for one in transaction.instructions:
            if one.program != program or found.address not in one.accounts:
                continue
            detail = squads.decode_instruction(one.accounts, one.data, program=program)
            if isinstance(detail, UnknownInstruction):
                gap = gap or (
                    f"{transaction.signature} holds an instruction of the multisig's program "
                    f"that does not decode: {detail.reason}"
                )
                continue
            if detail.account("multisig") != found.address:
                continue  # its address stands there as something else, e.g. as a destination
            if detail.name == "multisig_create_v2" and created is None:
                created = transaction.slot
            steps.append(
                Step(transaction.signature, transaction.slot, transaction.block_time, one.place,
                     detail)
            )  # fmt: skip
    cut = found.gap_since(-1 if created is None else created)
    whole_from = None if gap or not cut else found.kept_from
    if whole_from is not None and found.gap_since(whole_from):
        whole_from = None
    return SquadsLog(tuple(steps), cut or gap, refused, whole_from)


def vaults_named(steps: Iterable[Step]) -> frozenset[int]:
    """Indices of the vaults that transactions, batches and spending limits were made for."""
    given: list[object] = []
    for one in (step.instruction.arguments for step in steps):
        given.append(one)
        if isinstance(one, arguments.ConfigChange):
            given.append(one.change)
        if isinstance(one, arguments.CreateConfigTransaction):
            given += one.actions
    indices = [getattr(one, "vault_index", None) for one in given]
    return frozenset(index for index in indices if isinstance(index, int))


def limits_named(
    address: str, program: str, steps: Iterable[Step], slots: Iterable[Slot]
) -> list[str]:
    """Addresses of every spending limit that the log or a transaction account ever named."""
    found: dict[str, None] = {}
    actions: list[object] = []
    for step in steps:
        given = step.instruction.arguments
        if isinstance(given, arguments.CreateConfigTransaction):
            actions += given.actions
        if isinstance(given, arguments.ConfigChange):
            actions.append(given.change)
        named = step.instruction.account("spending_limit")
        if named is not None:
            found[named] = None
    for slot in slots:
        put = slot.transaction.value if isinstance(slot.transaction, Found) else None
        if isinstance(put, squads.ConfigTransaction):
            actions += put.actions
    for action in actions:
        if isinstance(action, squads.AddSpendingLimit):
            found[squads_spending_limit(address, action.create_key, program).address] = None
    return list(found)


@dataclass(slots=True)
class _Life:
    begun: int | None
    content: bytearray = field(default_factory=bytearray)
    writes: int = 0
    last_write: int | None = None
    fault: str = ""

    def write(self, slot: int, offset: int, payload: bytes) -> None:
        end = offset + len(payload)
        if end > _MAX_CODE:
            self.fault = f"a Write reaches to byte {end}"
            return
        self.content.extend(bytes(max(0, end - len(self.content))))
        self.content[offset:end] = payload
        self.writes, self.last_write = self.writes + 1, slot

    def over(self, ended_by: str | None, gap: str) -> BufferLife:
        try:
            sha256 = loader.executable_hash(bytes(self.content))
        except DecodeError:
            sha256 = None
        return BufferLife(
            self.begun, self.writes, self.last_write, sha256, ended_by, gap or self.fault
        )


def buffer_lives(found: Walk) -> tuple[BufferLife, ...]:
    """The uses of the buffer address that was walked, with the hash of what was written."""
    lives: list[BufferLife] = []
    life = _Life(None)
    touched = False
    unclear = next((t for one in found.transactions for t in not_understood(one)), "")

    def gap() -> str:
        if life.begun is None:
            return found.gap or "its initialisation is not in the history"
        return found.gap_since(life.begun) or unclear

    for transaction in found.transactions:
        if not transaction.succeeded:
            continue
        for action in loader_actions(transaction):
            detail = action.detail
            if not isinstance(detail, loader.LoaderInstruction):
                continue
            if found.address not in (detail.buffer, detail.subject):
                continue
            touched = True
            if detail.name == "InitializeBuffer":
                life = _Life(transaction.slot)
            elif detail.name == "Write" and detail.payload is not None:
                life.write(transaction.slot, detail.offset or 0, detail.payload)
            elif detail.name in ("DeployWithMaxDataLen", "Upgrade", "Close"):
                lives.append(life.over(transaction.signature, gap()))
                life, touched = _Life(None), False
    if touched:
        lives.append(life.over(None, gap()))
    return tuple(lives)


def buffers_of(vault: str, transactions: tuple[Transaction, ...]) -> tuple[str, ...]:
    """Buffers that came under a key's authority in successful transactions, oldest first."""
    found: dict[str, None] = {}
    for transaction in transactions:
        if not transaction.succeeded:
            continue
        for action in loader_actions(transaction):
            detail = action.detail
            if not isinstance(detail, loader.LoaderInstruction):
                continue
            if detail.name == "InitializeBuffer" and detail.authority == vault:
                found[str(detail.buffer)] = None
            if detail.new_authority == vault:
                found[str(detail.subject)] = None
    return tuple(found)


def programs_of(vault: str, transactions: tuple[Transaction, ...]) -> tuple[str, ...]:
    """ProgramData of programs that were deployed or upgraded under a key's authority."""
    found: dict[str, None] = {}
    for transaction in transactions:
        for action in loader_actions(transaction) if transaction.succeeded else ():
            detail = action.detail
            if not isinstance(detail, loader.LoaderInstruction) or detail.authority != vault:
                continue
            if detail.name in ("DeployWithMaxDataLen", "Upgrade"):
                found[str(detail.programdata)] = None
    return tuple(found)


def nonce_uses(transactions: tuple[Transaction, ...], controller: str) -> tuple[NonceUse, ...]:
    """Instructions on nonce accounts; ``controller`` is the multisig's program."""
    found: list[NonceUse] = []
    for transaction in transactions:
        ran = {one.program for one in transaction.instructions}
        privileged = bool(ran & {programs.LOADER_V3, controller})
        for one in transaction.instructions:
            if one.program != programs.SYSTEM:
                continue
            detail = system.decode_instruction(one.accounts, one.data)
            if isinstance(detail, UnknownInstruction) or detail.name not in _NONCES:
                continue
            found.append(
                NonceUse(str(detail.account("nonce")), detail.name, transaction.signature,
                         transaction.slot, transaction.succeeded, privileged)
            )  # fmt: skip
    return tuple(found)
