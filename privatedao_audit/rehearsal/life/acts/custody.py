"""Custody: a multisig is made, and everything that its vaults sign goes through votes.

Vault 0 holds the upgrade authority; vault 1 of the same multisig holds the DAO's authority in the
finished rollout, so that deploying and operating are two addresses.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from solders.address_lookup_table_account import AddressLookupTableAccount
from solders.instruction import Instruction
from solders.pubkey import Pubkey

from privatedao_audit.rehearsal import wallet
from privatedao_audit.rehearsal.life.facts import Signer, Step
from privatedao_audit.rehearsal.life.stage import DAY, HOUR, MINUTE, Stage
from privatedao_audit.rehearsal.squads import squad
from privatedao_audit.rehearsal.squads.state import Member

TIME_LOCK = 172_800
"""Seconds between approval and execution, as PrivateDAO's custody record states it."""

THRESHOLD = 2
UPGRADE_VAULT, DAO_VAULT = 0, 1
MEMBERS = ("founder operator", "independent security", "recovery governance")

_SERVED = TIME_LOCK + 6 * HOUR


class Custody:
    """The multisig and what is decided in it. In mid-rollout it has no time lock."""

    def __init__(self, stage: Stage) -> None:
        self.stage = stage
        for name in MEMBERS:
            stage.cast(name, "multisig-member", custody="hardware wallet")
        self.squad = squad.Squad(
            stage.node,
            wallet.keypair("multisig creation"),
            [Member(stage.address(name)) for name in MEMBERS],
            THRESHOLD,
            creator=stage.key(MEMBERS[0]),
            time_lock=TIME_LOCK if stage.healthy else 0,
            config_authority=None if stage.healthy else stage.address("operator"),
            # Anyone may close the accounts of finished transactions where there is a collector.
            rent_collector=stage.address(MEMBERS[0]),
        )

    @property
    def delay(self) -> int:
        """Seconds from the proposal of something to its execution, as the story goes."""
        return _SERVED if self.stage.healthy else HOUR

    def enter(self, at: float) -> None:
        """The multisig is made at `at`, and its vaults get something to pay rent with."""
        self.stage.at(at, self._create)

    def decide(
        self,
        at: float,
        instructions: Callable[[], Sequence[Instruction]],
        landed: Callable[[int, str, list[Step]], None],
        *,
        vault_index: int = UPGRADE_VAULT,
        table: Callable[[], AddressLookupTableAccount] | None = None,
        renew: Callable[[], object] | None = None,
        memo: str | None = None,
        by: tuple[int, int] = (0, 1),
        executed: bool = True,
    ) -> None:
        """Enter a whole decision: proposed at `at`, approved by two, executed after the lock.

        Without `executed` it is left there, approved.

        `landed` gets its number, the execution's signature and the approvals. `renew` is called
        right before the execution. `memo` goes with the proposal. `by`: which two members propose
        and approve.
        """
        known: dict[str, int] = {}
        approvals: list[Step] = []
        first, second = (MEMBERS[one] for one in by)

        def propose() -> None:
            made = self.squad.propose(instructions(), self.stage.key(first), vault_index, memo=memo)
            known["index"] = made.index
            self._note("vault_transaction_create", made.signature)

        def approve(name: str) -> None:
            made = self.squad.approve(known["index"], self.stage.key(name))
            approvals.append(self._note("proposal_approve", made.signature))

        def execute() -> None:
            if renew is not None:
                renew()
            tables = [] if table is None else [table()]
            made = self.squad.execute(known["index"], self.stage.key(first), tables)
            self._note("vault_transaction_execute", made.signature)
            landed(known["index"], made.signature, approvals)

        self.stage.at(at, propose)
        self.stage.at(at + 5 * MINUTE, lambda: approve(first))
        self.stage.at(at + 35 * MINUTE, lambda: approve(second))
        if executed:
            self.stage.at(at + self.delay, execute)

    def close(self, at: float, index: Callable[[], int]) -> None:
        """Enter the closing of an executed transaction's accounts by its rent collector."""

        def close() -> None:
            made = self.squad.close(index(), self.stage.key(MEMBERS[0]))
            self._note("vault_transaction_accounts_close", made.signature)

        self.stage.at(at, close)

    def signers(self) -> tuple[Signer, ...]:
        """The members, in the order of the story."""
        masks = {one.key: one.mask for one in self.squad.state.members}
        return tuple(
            Signer(name, str(self.stage.address(name)), masks[self.stage.address(name)])
            for name in MEMBERS
        )

    def vault(self, index: int) -> Pubkey:
        """A vault's address."""
        return self.squad.vault(index)

    def _create(self) -> None:
        made = self.squad.create()
        self._note("multisig_create_v2", made.signature)
        self.stage.fund(self.vault(DAO_VAULT), DAY * 10_000)

    def _note(self, what: str, signature: str) -> Step:
        return self.stage.note(what, "squads", self.squad.address, signature)
