"""The stand-in at the Squads v4 id: which instructions it answers, and how it gets there."""

from __future__ import annotations

from .. import loader, standin, wallet
from ..node import LocalNode
from . import borsh
from .accounts import ProgramConfig
from .addresses import SQUADS
from .orders import PROGRAM_CONFIG

INSTRUCTIONS = (
    "multisig_create_v2",
    "multisig_add_member",
    "multisig_remove_member",
    "multisig_set_time_lock",
    "multisig_change_threshold",
    "multisig_set_config_authority",
    "multisig_set_rent_collector",
    "multisig_add_spending_limit",
    "multisig_remove_spending_limit",
    "config_transaction_create",
    "config_transaction_execute",
    "vault_transaction_create",
    "vault_transaction_execute",
    "proposal_create",
    "proposal_activate",
    "proposal_approve",
    "proposal_reject",
    "proposal_cancel",
    "proposal_cancel_v2",
    "spending_limit_use",
    "config_transaction_accounts_close",
    "vault_transaction_accounts_close",
)
"""The instructions the stand-in answers."""

TREASURY = wallet.address("squads treasury")
"""Who would get a fee for a new multisig."""


def plant_program(node: LocalNode) -> None:
    """Put the stand-in and its program config at the Squads v4 addresses, by cheats.

    The program has no upgrade authority; a new multisig costs its rent and no fee.
    """
    table = {borsh.instruction_discriminator(name): standin.SCRIPT for name in INSTRUCTIONS}
    loader.plant(node, SQUADS, standin.build(table))
    config = ProgramConfig(wallet.address("squads config authority"), TREASURY)
    node.set_account(PROGRAM_CONFIG, owner=SQUADS, data=config.encode())
