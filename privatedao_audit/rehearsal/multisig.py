"""Squads v4 multisigs that are planted and count no votes: the short way, for simple tests.

In place of the real program, at its own id, stands the stand-in program, which signs for vaults
as the real one does (same seeds, same inner instruction, same discriminator on the outer one)
but takes the inner instructions out of the outer one's data. Multisigs with proposals, votes and
time locks are in the package `squads`; the two programs share an address, so a chain has one
or the other.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from solders.instruction import AccountMeta, Instruction
from solders.pubkey import Pubkey

from . import loader, standin
from .node import LocalNode
from .squads import addresses, borsh, state
from .squads.addresses import SQUADS
from .squads.state import ALL, EXECUTE, INITIATE, VOTE, Member

__all__ = ["ALL", "EXECUTE", "INITIATE", "SQUADS", "VOTE", "Member", "Multisig", "plant_program"]

_EXECUTE_DISCRIMINATOR = borsh.instruction_discriminator("vault_transaction_execute")


@dataclass(frozen=True)
class Multisig(state.Multisig):
    """A multisig whose every execution goes through."""

    def execute(
        self, index: int, member: Pubkey, inner: Sequence[Instruction], vault_index: int = 0
    ) -> Instruction:
        """vault_transaction_execute of transaction `index`, signed by `member`.

        The vault signs the `inner` instructions, which the outer one carries in its own data
        (the real program reads them from the transaction account).
        """
        seeds = addresses.vault_seeds(self.address, vault_index)
        return standin.relay(
            SQUADS,
            inner,
            self.vault(vault_index),
            addresses.with_bump(seeds),
            key=_EXECUTE_DISCRIMINATOR,
            leading=[
                AccountMeta(self.address, False, False),
                AccountMeta(self.proposal(index), False, True),
                AccountMeta(self.transaction(index), False, False),
                AccountMeta(member, True, False),
            ],
        )


def plant_program(node: LocalNode) -> None:
    """Put the stand-in at the Squads v4 id, with no upgrade authority."""
    loader.plant(node, SQUADS, standin.build({_EXECUTE_DISCRIMINATOR: None}))
