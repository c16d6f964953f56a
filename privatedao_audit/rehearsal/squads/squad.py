"""A Squads v4 multisig that lives on the local chain, moved by real transactions.

    squad = Squad(node, create_key, members, threshold=2, creator=founder)
    squad.create()
    landed = squad.propose([instruction], founder)
    squad.approve(landed.index, founder)
    squad.execute(landed.index, founder)

What the rules refuse is sent all the same: it lands, fails on the chain with the program's
error, and comes back with `succeeded` False and the error's name.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from solders.address_lookup_table_account import AddressLookupTableAccount
from solders.instruction import Instruction
from solders.keypair import Keypair
from solders.pubkey import Pubkey

from .. import loader, standin
from ..node import LocalNode
from . import addresses, control, orders
from .accounts import ConfigTransaction, Proposal, SpendingLimit
from .actions import Action
from .addresses import SQUADS
from .control import TokenPayment
from .draft import Books, Order
from .message import compile_message
from .program import TREASURY, plant_program
from .state import Member, Multisig

__all__ = ["Landed", "Squad", "plant_program"]


@dataclass(frozen=True)
class Landed:
    """A transaction of a multisig on the chain.

    `slot`; `block_time` in unix seconds; `fee_payer` base58. `index`: the transaction of the
    multisig it is about, 0 when it is about none. `error`: the name of the error that made it
    fail, None for one that succeeded or failed in an inner instruction.
    """

    signature: str
    slot: int
    block_time: int
    fee_payer: str
    succeeded: bool
    index: int = 0
    error: str | None = None


class Squad:
    """One multisig: its books, and every instruction that changes them.

    Keys that sign are pairs. The first signer of each transaction pays its fee and the rent of
    what it makes. `plant_program` must have put the program on the chain.
    """

    def __init__(
        self,
        node: LocalNode,
        create_key: Keypair,
        members: Sequence[Member],
        threshold: int,
        *,
        creator: Keypair,
        time_lock: int = 0,
        config_authority: Pubkey | None = None,
        rent_collector: Pubkey | None = None,
    ) -> None:
        self._node = node
        self._create_key = create_key
        self._creator = creator
        self._wanted = Multisig(
            create_key=create_key.pubkey(),
            members=tuple(members),
            threshold=threshold,
            time_lock=time_lock,
            config_authority=config_authority,
            rent_collector=rent_collector,
        )
        self._books = Books()
        self._sent = 0

    # What stands on the chain

    @property
    def state(self) -> Multisig:
        """The multisig's state as it is now: as wanted, before `create`."""
        return self._books.multisig or self._wanted

    @property
    def address(self) -> Pubkey:
        """The multisig account."""
        return self._wanted.address

    def vault(self, index: int = 0) -> Pubkey:
        """The address that votes move: upgrade authority and purse."""
        return self._wanted.vault(index)

    def votes(self, index: int) -> Proposal | None:
        """The proposal on transaction `index`; None when there is none, or none any more."""
        return self._books.proposals.get(index)

    def limit(self, create_key: Pubkey) -> SpendingLimit | None:
        """The spending limit made under `create_key`; None when there is none."""
        return self._books.limits.get(self._wanted.spending_limit(create_key))

    # Making and proposing

    def create(self, memo: str | None = None) -> Landed:
        """Make the multisig."""
        creator = self._creator.pubkey()
        order = orders.multisig_create(self._node, self._wanted, creator, TREASURY, memo)
        return self._land([order], [self._creator, self._create_key])

    def propose(
        self,
        instructions: Sequence[Instruction],
        member: Keypair,
        vault_index: int = 0,
        *,
        memo: str | None = None,
        ephemeral_signers: int = 0,
        lookup_tables: Sequence[AddressLookupTableAccount] = (),
        draft: bool = False,
    ) -> Landed:
        """Put instructions for a vault to sign to the vote: transaction and proposal in one.

        `lookup_tables`: for the message the multisig keeps. Its number is `index` of the result.
        Raises ValueError for instructions that an ephemeral address must sign: the stand-in
        signs for one address only.
        """
        vault = self.vault(vault_index)
        index = self.state.transaction_index + 1
        self._check_ephemeral(instructions, index, ephemeral_signers)
        message = compile_message(vault, instructions, lookup_tables)
        order = orders.vault_transaction_create(
            self._node,
            self._books,
            message,
            member.pubkey(),
            vault_index=vault_index,
            ephemeral_signers=ephemeral_signers,
            memo=memo,
        )
        return self._put_to_vote(order, index, member, draft=draft)

    def _check_ephemeral(self, instructions: Sequence[Instruction], index: int, count: int) -> None:
        transaction = self._wanted.transaction(index)
        ephemeral = {
            addresses.derive(addresses.ephemeral_signer_seeds(transaction, number))[0]
            for number in range(count)
        }
        signing = {m.pubkey for one in instructions for m in one.accounts if m.is_signer}
        if ephemeral & signing:
            raise ValueError("the stand-in signs for the vault only, not for ephemeral signers")

    def propose_upgrade(
        self,
        program: Pubkey,
        buffer: Pubkey,
        spill: Pubkey,
        member: Keypair,
        vault_index: int = 0,
        *,
        memo: str | None = None,
    ) -> Landed:
        """Propose that a vault upgrades a program from a buffer; `spill` gets the buffer's rent."""
        upgrade = loader.upgrade(program, buffer, self.vault(vault_index), spill)
        return self.propose([upgrade], member, vault_index, memo=memo)

    def propose_config(
        self,
        changes: Sequence[Action],
        member: Keypair,
        *,
        memo: str | None = None,
        draft: bool = False,
    ) -> Landed:
        """Put changes of the multisig itself to the vote."""
        index = self.state.transaction_index + 1
        order = orders.config_transaction_create(
            self._node, self._books, changes, member.pubkey(), memo=memo
        )
        return self._put_to_vote(order, index, member, draft=draft)

    def _put_to_vote(self, order: Order, index: int, member: Keypair, *, draft: bool) -> Landed:
        steps = [order]
        if order.error is None:
            steps.append(
                orders.proposal_create(self._node, order.after, index, member.pubkey(), draft=draft)
            )
        return self._land(steps, [member], index=index)

    def open_vote(self, index: int, member: Keypair, *, draft: bool = False) -> Landed:
        """proposal_create alone, on a transaction that stands already."""
        order = orders.proposal_create(self._node, self._books, index, member.pubkey(), draft=draft)
        return self._land([order], [member], index=index)

    def activate(self, index: int, member: Keypair) -> Landed:
        """Open a draft for votes."""
        order = orders.proposal_activate(self._node, self._books, index, member.pubkey())
        return self._land([order], [member], index=index)

    # Voting

    def approve(self, index: int, member: Keypair, memo: str | None = None) -> Landed:
        """Vote for transaction `index`."""
        return self._vote("proposal_approve", index, member, memo)

    def reject(self, index: int, member: Keypair, memo: str | None = None) -> Landed:
        """Vote against transaction `index`."""
        return self._vote("proposal_reject", index, member, memo)

    def cancel(
        self, index: int, member: Keypair, memo: str | None = None, *, version: int = 1
    ) -> Landed:
        """Vote to cancel transaction `index`, which is approved. `version`: 2 makes room."""
        name = "proposal_cancel_v2" if version == 2 else "proposal_cancel"
        return self._vote(name, index, member, memo)

    def _vote(self, name: str, index: int, member: Keypair, memo: str | None) -> Landed:
        order = orders.vote(self._node, self._books, name, index, member.pubkey(), memo)
        return self._land([order], [member], index=index)

    # Executing, spending, closing

    def execute(
        self,
        index: int,
        member: Keypair,
        lookup_tables: Sequence[AddressLookupTableAccount] = (),
        *,
        signers: Sequence[Keypair] = (),
        expect_failure: bool = False,
    ) -> Landed:
        """Have the vault sign what was approved.

        `lookup_tables`: for this transaction itself, which is version 0 then. `signers`: keys
        other than the vault that the instructions ask for. `expect_failure`: an inner
        instruction is to fail, which raises TransactionFailed otherwise.
        """
        key = member.pubkey()
        order = orders.vault_transaction_execute(self._node, self._books, index, key)
        signing = [member, *(one for one in signers if one != member)]
        return self._land(
            [order], signing, lookup_tables, index=index, expect_failure=expect_failure
        )

    def execute_config(self, index: int, member: Keypair) -> Landed:
        """Have the multisig change itself as approved."""
        key = member.pubkey()
        order = control.config_transaction_execute(self._node, self._books, index, key)
        return self._land([order], [member], index=index)

    def close(self, index: int, payer: Keypair | None = None) -> Landed:
        """Close the accounts of transaction `index`; the rent collector gets their lamports.

        `payer` pays the fee and need not be a member: the creator when None.
        """
        sender = payer or self._creator
        # Without a collector the program refuses whichever account is named.
        collector = self.state.rent_collector or sender.pubkey()
        config = isinstance(self._books.transactions.get(index), ConfigTransaction)
        order = orders.transaction_accounts_close(
            self._node, self._books, index, collector, config=config
        )
        return self._land([order], [sender], index=index)

    def spend(
        self,
        create_key: Pubkey,
        member: Keypair,
        destination: Pubkey,
        amount: int,
        tokens: TokenPayment | None = None,
        *,
        memo: str | None = None,
        expect_failure: bool = False,
    ) -> Landed:
        """Use the spending limit made under `create_key`: raw units of `tokens`, or lamports.

        `expect_failure`: the transfer itself is to fail, as out of an empty vault.
        """
        order = control.spending_limit_use(
            self._node,
            self._books,
            self._wanted.spending_limit(create_key),
            member.pubkey(),
            destination,
            amount,
            tokens,
            memo,
        )
        return self._land([order], [member], expect_failure=expect_failure)

    # The config authority

    def rule(self, change: Action, ruler: Keypair, memo: str | None = None) -> Landed:
        """Change the multisig without a vote, as its config authority."""
        order = control.rule(self._node, self._books, change, ruler.pubkey(), memo)
        return self._land([order], [ruler])

    def hand_over(self, new: Pubkey | None, ruler: Keypair, memo: str | None = None) -> Landed:
        """Name another config authority, or none."""
        order = control.multisig_set_config_authority(
            self._node, self._books, ruler.pubkey(), new, memo
        )
        return self._land([order], [ruler])

    # Sending

    def _land(
        self,
        steps: Sequence[Order],
        signers: Sequence[Keypair],
        lookup_tables: Sequence[AddressLookupTableAccount] = (),
        *,
        index: int = 0,
        expect_failure: bool = False,
    ) -> Landed:
        instructions = []
        for step in steps:
            self._sent += 1
            label = f"{self.address} {self._sent}"
            instructions.append(
                standin.scripted(
                    self._node, SQUADS, step.data, step.accounts, step.stream, label=label
                )
            )
        error = next((step.error for step in steps if step.error is not None), None)
        failing = expect_failure or error is not None
        signature = self._node.send(instructions, signers, lookup_tables, expect_failure=failing)
        found = self._node.transaction(signature)
        slot = int(found["slot"])
        succeeded = found["meta"]["err"] is None
        if succeeded:
            self._books = steps[-1].after
        return Landed(
            signature=signature,
            slot=slot,
            block_time=self._node.block_time(slot),
            fee_payer=self._node.fee_payer(found),
            succeeded=succeeded,
            index=index,
            error=error,
        )
