"""The invented history with one thing changed: what the cases are made of."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from solders.keypair import Keypair

from privatedao_audit.chain import offchain_message
from privatedao_audit.chain.layouts import squads
from privatedao_audit.chain.layouts.nonce import Nonce
from privatedao_audit.chain.layouts.squads import arguments
from privatedao_audit.domains.authority.world import (
    ABSENT,
    GOVERNANCE,
    MEMBERS,
    STRANGER,
    wallet,
)
from privatedao_audit.domains.cases import in_checkout, on_chain
from privatedao_audit.domains.custody.facts import CustodyFacts
from privatedao_audit.domains.custody.history import world as w
from privatedao_audit.domains.custody.history.approvals import statement
from privatedao_audit.domains.custody.history.facts import (
    Listing,
    MultisigHistory,
    NonceUse,
    Slot,
    SquadsLog,
    StagedBuffer,
    Step,
)
from privatedao_audit.domains.custody.history.world import facts
from privatedao_audit.model.reads import Diverged, Found, Read, Unknown
from privatedao_audit.model.target import Surface
from privatedao_audit.repository.surfaces import Rows

UNREAD: Read[Any] = Unknown("the node answered 503")
TORN: Read[Any] = Diverged("first and second give other bytes", on_chain("accounts"))
PRUNED = "the provider keeps blocks from slot 500 on; older history may be cut"
MOVING = replace(w.SOUND, moving=("the multisig changed while it was being read",))

APPROVE, EXECUTE = "proposal_approve", "vault_transaction_execute"
FIRST = w.step_of(APPROVE, 4)
SECOND = w.step_of(APPROVE, 4, 1)
RUN = w.step_of(EXECUTE, 4)


def multisig(**change: Any) -> MultisigHistory:
    """The multisig's history with some of it changed."""
    return replace(w.HISTORY, **change)


def steps(change: Callable[[Step], Step | None], gap: str = "") -> CustodyFacts:
    """The facts with another log: each step changed, or left out where None comes back."""
    changed = [new for one in w.STEPS if (new := change(one)) is not None]
    return facts(multisig=multisig(log=w.log(changed, gap)))


def instead(old: Step, new: Step | None) -> CustodyFacts:
    """The facts with one step of the log in another form, or without it."""
    return steps(lambda one: new if one is old else one)


def by(step: Step, member: str) -> Step:
    """The same vote by another key."""
    roles = tuple((r, member if r == "member" else k) for r, k in step.instruction.roles)
    return replace(step, instruction=replace(step.instruction, roles=roles))


def put_to_vote(message: squads.Message, index: int = 4) -> CustodyFacts:
    """The facts in which a transaction was put to the vote with another message."""

    def change(step: Step) -> Step:
        one = step.instruction
        given = one.arguments
        if one.account("transaction") != w.transaction_at(index):
            return step
        if not isinstance(given, arguments.CreateVaultTransaction):
            return step
        return replace(step, instruction=replace(one, arguments=replace(given, message=message)))

    return steps(change)


def events(*given: Any, gap: str = "", slot: int = 1_400, **more: Any) -> CustodyFacts:
    """The facts with another history of ProgramData, whose account says ``slot``."""
    program = replace(w.PROGRAM, loader=w.loader_read(*given, gap=gap), **more)
    return facts(w.SOUND.program(slot=slot), program=program)


def buffer(**change: Any) -> CustodyFacts:
    """The facts with another history of the last upgrade's buffer."""
    lives = {**w.PROGRAM.buffers, w.BUFFERS[4]: w.life(4, **change)}
    return facts(program=replace(w.PROGRAM, buffers=lives))


# Approval records

KEYS = {
    str(one.pubkey()): one
    for one in (Keypair.from_seed(hashlib.sha256(f"member {n}".encode()).digest())
                for n in range(3))
}  # fmt: skip
OUTSIDER = Keypair.from_seed(hashlib.sha256(b"stranger").digest())
_GENESIS = w.SOUND.target().cluster.genesis_hash


def _surface(part: str, **more: Any) -> Surface:
    return Surface.model_validate(
        {"part": part, "file": f"{part}.toml", "format": "toml", "rows": "/rows",
         "fields": {"key": "/key"} if part == "signer-register" else {"transaction": "/t"}, **more}
    )  # fmt: skip


def listing(part: str, *rows: dict[str, str], **more: Any) -> Listing:
    """A list of the checkout."""
    file = f"{part}.toml"
    return Listing(_surface(part, **more), Found(Rows(file, part, "current", rows),
                                                 in_checkout(file)))  # fmt: skip


REGISTER = listing(
    "signer-register", *({"key": key, "roles": "multisig-member"} for key in MEMBERS)
)


def signed(
    index: int, *signers: Keypair, sha256: str | None = None, wrap: bool = False,
    over: bytes | None = None,
) -> Listing:  # fmt: skip
    """An approval record of an upgrade."""
    sha256 = sha256 or w.SHA[index]
    transaction = w.carried(index).signature
    message = over or statement(_GENESIS, GOVERNANCE, transaction, sha256)
    if wrap:
        message = offchain_message.build(message.decode()).encode()
    rows = "\n".join(f"{one.pubkey()} {one.sign_message(message)}" for one in signers)
    row = {"transaction": transaction, "artifact_sha256": sha256, "approvals": rows}
    return listing("approval-record", row, program="governance")


def attested(*records: Listing, registers: tuple[Listing, ...] = (REGISTER,)) -> CustodyFacts:
    """The facts in which the multisig's history is pruned, with these records."""
    program = replace(w.PROGRAM, approvals=records)
    pruned = multisig(log=cut_log())
    return facts(program=program, multisig=pruned, registers=registers)


#: After the creation and before anything was put to the vote: nothing else is cut off.
KEPT_FROM = 150


def cut_log(
    *more: Step, kept_from: int | None = KEPT_FROM, gap: str = PRUNED
) -> Read[SquadsLog]:
    """The log of the multisig without its beginning."""
    kept = [one for one in (*w.STEPS, *more) if one.slot >= (kept_from or 500)]
    steps = tuple(sorted(kept, key=lambda one: one.slot))
    return Found(SquadsLog(steps, gap, 0, kept_from), on_chain("multisig"))


def attested_under(log: Read[SquadsLog], **state: Any) -> CustodyFacts:
    """The facts in which both upgrades have a record signed by two, and this log of the votes."""
    program = replace(w.PROGRAM, approvals=SIGNED_BY_BOTH)
    world = w.SOUND.multisig(**state) if state else w.SOUND
    one = multisig(log=log, state=replace(w.STATE.value, **state))
    return facts(world, program=program, multisig=one, registers=(REGISTER,))


def by_config_authority(slot: int, change: Any) -> Step:
    """A step by which a config authority changed the multisig alone."""
    roles = (("multisig", w.ADDRESS), ("config_authority", STRANGER))
    one = squads.SquadsInstruction(
        "multisig_change", roles, arguments.ConfigChange(change, None), ()
    )
    return Step(f"rule-{slot}", slot, slot * 100, "0", one)


SIGNER_A, SIGNER_B = (KEYS[key] for key in MEMBERS[:2])
SIGNED_BY_BOTH = (signed(1, SIGNER_A, SIGNER_B), signed(4, SIGNER_A, SIGNER_B))

EARLIER = w.event("Upgrade", 110, buffer=wallet("earlier buffer"))
ALONE = w.event("Upgrade", 1_300, buffer=wallet("late buffer"))
TAKEN = w.event("SetAuthority", 1_250, inner=True, authority=w.VAULT, new_authority=w.DEPLOYER)
BACK = w.event("SetAuthority", 1_350, new_authority=w.VAULT)
WITHOUT = tuple(e for e in w.EVENTS if e.action != "Upgrade")
UNSEEN = w.event("Upgrade", 700, inner=True, authority=w.VAULT, buffer=wallet("unseen buffer"))
OTHER_CODE = w.SOUND.program(code=b"\x7fELF of somebody")
IMMUTABLE = w.SOUND.program(authority=None)
RENOUNCED = (*w.EVENTS, w.event("SetAuthority", 1_450, inner=True, authority=w.VAULT))
KEY_ONLY = w.SOUND.program(authority=w.DEPLOYER)


def unread(index: int, read: Read[Any], member: str = "proposal") -> CustodyFacts:
    """The facts in which an account under an index is read in another way."""
    change: dict[str, Any] = {member: read}
    changed = tuple(replace(s, **change) if s.index == index else s for s in w.SLOTS)
    return facts(multisig=multisig(slots=changed))


def vault(**change: Any) -> CustodyFacts:
    """The facts with another history of the vault."""
    return facts(multisig=multisig(vaults=(replace(w.VAULTS[0], **change),)))


def staged(address: str, read: Read[Any]) -> CustodyFacts:
    """The facts with another buffer in the vault's history."""
    return vault(buffers={**w.VAULTS[0].buffers, address: read})


UNDER = Found(StagedBuffer(w.VAULT, w.SHA[1]), on_chain("buffer"))
SOLD = Found(StagedBuffer(STRANGER, w.SHA[1]), on_chain("buffer"))
LIMIT = squads.SpendingLimit(
    w.ADDRESS, wallet("limit"), 0, None, 1_000, "day", 1_000, 0, 255, (MEMBERS[0],), ()
)


def put_of(index: int) -> Any:
    """The transaction account under an index."""
    read = w.SLOTS[index - 1].transaction
    assert isinstance(read, Found)
    return read.value


def left(index: int, status: str, *dropped: str, since: int = 0) -> CustodyFacts:
    """The facts in which a transaction was left in a status: its later steps never happened."""
    proposal = w.proposal_at(index)
    kept = [
        one for one in w.STEPS
        if one.instruction.account("proposal") != proposal or one.instruction.name not in dropped
    ]  # fmt: skip
    changed = tuple(
        w.slot(index, put_of(index), status, since=since) if s.index == index else s
        for s in w.SLOTS
    )
    return facts(multisig=multisig(slots=changed, log=w.log(kept)))


def waiting() -> CustodyFacts:
    """The facts in which the upgrade of transaction 7 got its second approval."""
    steps = (*w.STEPS, by(replace(w.step_of(APPROVE, 7), slot=1_600), MEMBERS[1]))
    since = 1_600 * 100
    changed = (*w.SLOTS[:6], w.slot(7, put_of(7), "approved", since=since), *w.SLOTS[7:])
    return facts(multisig=multisig(slots=changed, log=w.log(steps)))


def gone_stale(*actions: squads.ConfigAction) -> CustodyFacts:
    """The facts in which transaction 2 was approved before 3 made it stale.

    It is the payment, or with ``actions`` a change of the multisig.
    """

    def change(step: Step) -> Step:
        one = step.instruction
        if actions and one.account("transaction") == w.transaction_at(2):
            given = arguments.CreateConfigTransaction(actions, None)
            return replace(step, instruction=replace(
                one, name="config_transaction_create", arguments=given))  # fmt: skip
        if one.account("proposal") == w.proposal_at(2) and one.name == "proposal_reject":
            return replace(step, instruction=replace(one, name=APPROVE))
        return step

    put = squads.ConfigTransaction(w.ADDRESS, MEMBERS[0], 2, 255, actions) if actions else put_of(2)
    changed = (w.SLOTS[0], w.slot(2, put, "approved"), *w.SLOTS[2:])
    return facts(multisig=multisig(slots=changed, log=w.log([change(one) for one in w.STEPS])))


NONCE = wallet("nonce account")


def used(*, privileged: bool = False) -> tuple[Any, ...]:
    """The signers, of whom the first has used a nonce account."""
    use = NonceUse(NONCE, "AdvanceNonceAccount", "nonce-1", 500, True, privileged)
    return (w.signer(MEMBERS[0], uses=(use,)), *w.SIGNERS[1:])


def nonce(authority: str = MEMBERS[0]) -> dict[str, Read[Any]]:
    """The nonce account as it is now."""
    return {NONCE: Found(Nonce("current", authority, wallet("hash"), 5_000), on_chain("nonce"))}


def first(**change: Any) -> tuple[Any, ...]:
    """The signers, the first of them changed."""
    return (replace(w.SIGNERS[0], **change), *w.SIGNERS[1:])


def three_needed() -> CustodyFacts:
    """The facts in which it took three of three until after the upgrades, and two from then on.

    The buffers' histories are cut, so that records signed by two have to stand in.
    """
    first = w.STEPS[0]
    given = first.instruction.arguments
    assert isinstance(given, arguments.CreateMultisig)
    created = replace(first, instruction=replace(first.instruction, arguments=replace(
        given, threshold=3, config_authority=STRANGER)))  # fmt: skip
    book: list[Step] = [created]
    for step in w.STEPS[1:]:
        book.append(step)
        third = by(step, MEMBERS[2]) if step.instruction.account("member") == MEMBERS[1] else None
        if step.instruction.account("proposal") == w.proposal_at(4):
            third = by(step, MEMBERS[0]) if third is not None else None
        if third is not None and step.instruction.name != "proposal_reject":
            book.append(replace(third, signature=f"{step.signature}-third"))
    book.append(by_config_authority(1_600, squads.ChangeThreshold(2)))
    state = replace(w.STATE.value, config_authority=STRANGER, stale_transaction_index=9)
    one = multisig(log=w.log(book), state=state, slots=tuple(
        Slot(n, ABSENT, ABSENT) for n in range(1, 10)))  # fmt: skip
    world = w.SOUND.multisig(config_authority=STRANGER, stale_transaction_index=9)
    program = replace(w.PROGRAM, approvals=SIGNED_BY_BOTH, buffers={})
    return facts(world, program=program, multisig=one, registers=(REGISTER,))
