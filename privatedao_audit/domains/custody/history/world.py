"""An invented history of the world of the cases: upgrades voted on, limits set and removed.

The multisig has nine transactions. 1 and 4 upgrade the program (4 under a longer time lock, which
3 set and which made 1 to 3 stale), 2 was rejected, 5 cancelled, 6 is an executed payment whose
accounts are closed, 7 is an upgrade that is still being voted on, 8 gave a spending limit and 9
took it back.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from privatedao_audit.chain import programs
from privatedao_audit.chain.addresses import (
    squads_proposal,
    squads_spending_limit,
    squads_transaction,
)
from privatedao_audit.chain.layouts import loader, squads
from privatedao_audit.chain.layouts.squads import arguments as args
from privatedao_audit.domains.authority.facts import AuthorityFacts
from privatedao_audit.domains.authority.history import LoaderEvent, LoaderHistory
from privatedao_audit.domains.authority.resolve import chain_of
from privatedao_audit.domains.authority.world import (
    ABSENT,
    CODE,
    GOVERNANCE,
    MEMBERS,
    STRANGER,
    World,
    wallet,
)
from privatedao_audit.domains.cases import on_chain
from privatedao_audit.domains.custody.facts import CustodyFacts, ProgramCustody
from privatedao_audit.domains.custody.history.facts import (
    BufferLife,
    HistoryFacts,
    MultisigHistory,
    ProgramHistory,
    SignerHistory,
    Slot,
    SquadsLog,
    StagedBuffer,
    Step,
    Vault,
)
from privatedao_audit.model.reads import Found, Read

#: The slot of the last upgrade is the one that ProgramData says.
SOUND = World().program(slot=1_400)
MULTISIG = SOUND.multisigs[0]
ADDRESS, OWNER, VAULT = MULTISIG.address, MULTISIG.owner, MULTISIG.vault()
PROGRAMDATA = SOUND.programs[0].programdata
DEPLOYER = wallet("deployer")
BUFFERS = {1: wallet("buffer 1"), 4: wallet("buffer 4"), 7: wallet("buffer 7")}
SHA = {1: loader.executable_hash(b"\x7fELF of before"), 4: loader.executable_hash(CODE)}
LIMIT = squads_spending_limit(ADDRESS, wallet("limit"), OWNER).address
SHORT, LONG = 3_600, 86_400


def transaction_at(index: int) -> str:
    """Address of a transaction of the multisig."""
    return squads_transaction(ADDRESS, index, OWNER).address


def proposal_at(index: int) -> str:
    """Address of the proposal on it."""
    return squads_proposal(ADDRESS, index, OWNER).address


def upgrade_message(index: int, *, program: str = GOVERNANCE) -> squads.Message:
    """A message that upgrades the program from the buffer of that transaction."""
    keys = (VAULT, PROGRAMDATA, program, BUFFERS[index], DEPLOYER, programs.LOADER_V3, STRANGER)
    one = squads.CompiledInstruction(5, (1, 2, 3, 4, 6, 6, 0), (3).to_bytes(4, "little"))
    return squads.Message(1, 1, 4, keys, (one,), ())


PAYMENT = squads.Message(
    1, 1, 1, (VAULT, STRANGER, programs.SYSTEM),
    (squads.CompiledInstruction(2, (0, 1), (2).to_bytes(4, "little") + bytes(8)),), (),
)  # fmt: skip
ADD_LIMIT = squads.AddSpendingLimit(
    wallet("limit"), 0, None, 1_000, "day", (MEMBERS[0],), (STRANGER,)
)


@dataclass
class Book:
    """Writes the log of the multisig, one step per transaction."""

    steps: list[Step] = field(default_factory=list)
    index: int = 0

    def enter(
        self,
        name: str,
        slot: int,
        roles: dict[str, str],
        given: Any = None,
        remaining: Sequence[str] = (),
    ) -> None:
        """A step in a transaction of its own. A slot lasts a hundred seconds here."""
        instruction = squads.SquadsInstruction(
            name, (("multisig", ADDRESS), *roles.items()), given, tuple(remaining)
        )
        number = len(self.steps)
        self.steps.append(Step(f"squads-{number}", slot, slot * 100, "0", instruction))

    def put(self, slot: int, given: Any) -> int:
        """A transaction and its proposal; its number."""
        self.index += 1
        kind = "config" if isinstance(given, args.CreateConfigTransaction) else "vault"
        roles = {"transaction": transaction_at(self.index), "creator": MEMBERS[0]}
        self.enter(f"{kind}_transaction_create", slot, roles, given)
        roles = {"proposal": proposal_at(self.index), "creator": MEMBERS[0]}
        self.enter("proposal_create", slot, roles, args.CreateProposal(self.index, False))
        return self.index

    def vote(self, slot: int, index: int, *members: int, name: str = "proposal_approve") -> None:
        """Votes of members, by their number."""
        for member in members:
            roles = {"member": MEMBERS[member], "proposal": proposal_at(index)}
            self.enter(name, slot, roles, args.Memo(None))

    def run(
        self, slot: int, index: int, kind: str = "vault", message: squads.Message | None = None
    ) -> None:
        """An execution."""
        roles = {"proposal": proposal_at(index), "transaction": transaction_at(index),
                 "member": MEMBERS[0]}  # fmt: skip
        keys = () if message is None else message.account_keys
        self.enter(f"{kind}_transaction_execute", slot, roles, None, keys)


def _config(*actions: squads.ConfigAction) -> args.CreateConfigTransaction:
    return args.CreateConfigTransaction(actions, None)


def _vault(message: squads.Message) -> args.CreateVaultTransaction:
    return args.CreateVaultTransaction(0, 0, message, None)


def _steps() -> tuple[Step, ...]:
    book = Book()
    book.enter("multisig_create_v2", 120, {"create_key": MULTISIG.create_key}, args.CreateMultisig(
        None, MULTISIG.threshold, MULTISIG.members, SHORT, None, None))  # fmt: skip
    book.vote(210, book.put(200, _vault(upgrade_message(1))), 0, 1)
    book.run(300, 1, message=upgrade_message(1))
    book.vote(310, book.put(305, _vault(PAYMENT)), 0, 1, name="proposal_reject")
    book.vote(330, book.put(320, _config(squads.SetTimeLock(LONG))), 0, 1)
    book.run(400, 3, "config")
    book.vote(420, book.put(410, _vault(upgrade_message(4))), 1, 2)
    book.run(1_400, 4, message=upgrade_message(4))
    book.vote(425, book.put(415, _vault(PAYMENT)), 0, 1)
    book.vote(430, 5, 0, 1, name="proposal_cancel_v2")
    book.vote(440, book.put(435, _vault(PAYMENT)), 0, 1)
    book.run(1_500, 6, message=PAYMENT)
    book.vote(441, book.put(436, _vault(upgrade_message(7))), 0)
    book.vote(442, book.put(437, _config(ADD_LIMIT)), 0, 1)
    book.run(1_510, 8, "config")
    book.vote(443, book.put(438, _config(squads.RemoveSpendingLimit(LIMIT))), 0, 1)
    book.run(1_520, 9, "config")
    return tuple(sorted(book.steps, key=lambda step: step.slot))


def _put(index: int, message: squads.Message) -> squads.VaultTransaction:
    return squads.VaultTransaction(ADDRESS, MEMBERS[0], index, 255, 0, 255, (), message)


def _changes(index: int, *actions: squads.ConfigAction) -> squads.ConfigTransaction:
    return squads.ConfigTransaction(ADDRESS, MEMBERS[0], index, 255, actions)


def slot(index: int, put: Any, status: str, since: int = 0, approved: int = 2) -> Slot:
    """What lies under an index."""
    vote = squads.Proposal(ADDRESS, index, status, since, 255, MEMBERS[:approved], (), ())
    at = on_chain("slots")
    return Slot(index, Found(put, at), Found(vote, at))


SLOTS = (
    slot(1, _put(1, upgrade_message(1)), "executed"),
    slot(2, _put(2, PAYMENT), "rejected"),
    slot(3, _changes(3, squads.SetTimeLock(LONG)), "executed"),
    slot(4, _put(4, upgrade_message(4)), "executed"),
    slot(5, _put(5, PAYMENT), "cancelled"),
    Slot(6, ABSENT, ABSENT),
    slot(7, _put(7, upgrade_message(7)), "active", approved=1),
    slot(8, _changes(8, ADD_LIMIT), "executed"),
    slot(9, _changes(9, squads.RemoveSpendingLimit(LIMIT)), "executed"),
)
STEPS = _steps()


def step_of(name: str, index: int, nth: int = 0) -> Step:
    """The nth step of that name on that transaction."""
    proposal = proposal_at(index)
    named = [one for one in STEPS if one.instruction.name == name]
    return [one for one in named if one.instruction.account("proposal") == proposal][nth]


def event(action: str, slot: int, **change: Any) -> LoaderEvent:
    """A loader instruction on the program; its transaction is named after it."""
    given = LoaderEvent(
        signature=f"{action}-{slot}", action=action, slot=slot, block_time=slot * 100,
        succeeded=True, inner=False, authority=DEPLOYER, new_authority=None, fee_payer=DEPLOYER,
        programdata=PROGRAMDATA, program=GOVERNANCE,
    )  # fmt: skip
    return replace(given, **change)


def carried(index: int) -> LoaderEvent:
    """The upgrade that a transaction of the multisig carried out."""
    step = step_of("vault_transaction_execute", index)
    return event(
        "Upgrade", step.slot, signature=step.signature, inner=True, authority=VAULT,
        place="0.0", caller="0", buffer=BUFFERS[index],
    )  # fmt: skip


EVENTS = (
    event("DeployWithMaxDataLen", 100),
    event("SetAuthority", 130, new_authority=VAULT),
    carried(1),
    event("ExtendProgram", 350, authority=None, fee_payer=STRANGER),
    event("Upgrade", 360, authority=STRANGER, succeeded=False),
    carried(4),
)


def life(index: int, **change: Any) -> Read[tuple[BufferLife, ...]]:
    """What the buffer of an upgrade went through."""
    first = {1: 150, 4: 405}[index]
    given = BufferLife(first, 3, first + 3, SHA[index], carried(index).signature, "")
    return Found((replace(given, **change),), on_chain(f"buffer-{index}"))


def loader_read(*events: LoaderEvent, gap: str = "") -> Read[LoaderHistory]:
    """A history of ProgramData."""
    return Found(LoaderHistory(events, not gap, gap), on_chain("programdata"))


PROGRAM = ProgramHistory(
    "governance", GOVERNANCE, PROGRAMDATA, loader_read(*EVENTS), (),
    {BUFFERS[1]: life(1), BUFFERS[4]: life(4)}, (),
)  # fmt: skip


def log(steps: Sequence[Step] = STEPS, gap: str = "") -> Read[SquadsLog]:
    """A log of the multisig."""
    return Found(SquadsLog(tuple(steps), gap), on_chain("multisig"))


def _state(world: World) -> Found[squads.Multisig]:
    read = world.facts().accounts[ADDRESS]
    assert isinstance(read, Found) and isinstance(read.value.content, squads.Multisig)
    return Found(read.value.content, read.at)


STATE = _state(SOUND)
BUFFER_READS: dict[str, Read[StagedBuffer]] = {
    BUFFERS[1]: ABSENT,
    BUFFERS[4]: ABSENT,
    BUFFERS[7]: Found(StagedBuffer(VAULT, SHA[1]), on_chain("buffer-7")),
}
VAULTS = (Vault(0, VAULT, Found(9, on_chain("vault")), "", BUFFER_READS),)
HISTORY = MultisigHistory(
    ADDRESS, OWNER, STATE.value, STATE.at, log(), SLOTS, {LIMIT: ABSENT}, VAULTS
)


def signer(key: str, role: str = "member", **change: Any) -> SignerHistory:
    """A signer without nonce accounts."""
    nothing: Read[tuple[str, ...]] = Found((), on_chain("scan"))
    given = SignerHistory(key, role, Found(5, on_chain(f"history-{key[:4]}")), "", (), nothing)
    return replace(given, **change)


SIGNERS = (*(signer(key) for key in MEMBERS), signer(VAULT, "vault"))


def facts(
    world: World = SOUND,
    *,
    program: ProgramHistory = PROGRAM,
    multisig: MultisigHistory | None = HISTORY,
    signers: Sequence[SignerHistory] = SIGNERS,
    change: Callable[[AuthorityFacts], AuthorityFacts] | None = None,
    **more: Any,
) -> CustodyFacts:
    """The facts of a world with this history."""
    authority = world.facts()
    if change is not None:
        authority = change(authority)
    links = tuple(chain_of(GOVERNANCE, authority, world.target()))
    history = HistoryFacts(
        programs=(program,),
        multisigs=() if multisig is None else (multisig,),
        signers=tuple(signers),
        **more,
    )
    custody = ProgramCustody("governance", GOVERNANCE, links, ())
    return CustodyFacts(world.cluster, (custody,), authority, history=history)
