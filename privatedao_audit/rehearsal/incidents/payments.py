"""Incidents of the treasury: what is paid, tried, allowed, and sent to it unasked."""

from __future__ import annotations

from functools import partial

from solders.pubkey import Pubkey

from privatedao_audit.rehearsal import tokens, wallet
from privatedao_audit.rehearsal.governance import TokenRoute
from privatedao_audit.rehearsal.life.acts.proposals import Motion
from privatedao_audit.rehearsal.life.scene import COUNTED, Scene
from privatedao_audit.rehearsal.life.stage import DAY, HOUR, SOL
from privatedao_audit.rehearsal.tokens import Mint

from .misconduct import leaves_a_delegate, pays_whoever_is_named
from .votes import BEGIN

THIEF, SPAMMER = "thief", "spammer"
_VOTES = {"voter alice": True, "voter bob": True, "voter carol": False}
_SPAM = (("spam mint", 9), ("spam coupon mint", 0))


def _payment(scene: Scene, title: str, recipient: str, sol: int) -> Motion:
    """A payment of whole SOL that is voted through, and counted."""
    motion = Motion(
        scene.next_number, title, f"{sol} SOL, as agreed.", kind="sol", amount=sol * SOL,
        recipient=recipient,
    )  # fmt: skip
    scene.vote(BEGIN, motion, _VOTES)
    return motion


def execute_attempts(scene: Scene) -> None:
    """A stranger tries to execute in the time lock, and once it is over tries to be paid."""
    motion = _payment(scene, "Pay the second review", "security auditor", 2)
    ballots, due = scene.ballots, scene.unlocked(BEGIN)
    locked = BEGIN + COUNTED + 2 * HOUR
    ballots.execute(locked, motion, by="stranger", expect="ExecutionTimelockActive")
    ballots.execute(due, motion, by="stranger", to="stranger", expect="TreasuryRecipientMismatch")
    ballots.execute(due + HOUR, motion)


def wrong_recipient(scene: Scene) -> None:
    """A voted payment goes to somebody else: the program does not compare the recipient."""
    scene.stage.cast(THIEF, sol=0, custody="unknown")
    motion = _payment(scene, "Pay the community manager", "community grants", 2)
    scene.ballots.execute(scene.unlocked(BEGIN), motion, to=THIEF, conduct=pays_whoever_is_named)


def delegate(scene: Scene) -> None:
    """A voted payment is paid as it should be, and leaves a delegate on the treasury's tokens."""
    scene.stage.cast(THIEF, custody="unknown")
    motion = _payment(scene, "Pay for the translation", "community grants", 1)
    mint = scene.treasury.payment

    def route() -> TokenRoute:
        ours = mint.associated(scene.treasury.address)
        return TokenRoute(mint.program, ours, scene.stage.address(THIEF))

    scene.ballots.execute(scene.unlocked(BEGIN), motion, conduct=leaves_a_delegate, route=route)


def spam(scene: Scene) -> None:
    """A stranger makes mints, opens accounts of them for the treasury and fills them."""
    scene.stage.cast(SPAMMER, custody="unknown")
    for number, (label, decimals) in enumerate(_SPAM):
        scene.stage.at(BEGIN + number * DAY, partial(_spam, scene, label, decimals))


def _spam(scene: Scene, label: str, decimals: int) -> None:
    stage, treasury = scene.stage, scene.treasury.address
    key, mint_key = stage.key(SPAMMER), wallet.keypair(label)
    me = key.pubkey()
    mint, signature = tokens.create_mint(stage.node, key, mint_key, decimals, key, freeze=me)
    stage.note("initialize_mint", "token", mint.address, signature)
    account = _opened(scene, mint, label)
    steps = [tokens.mint_to(mint, account, me, 1_000_000 * 10**decimals)]
    if account == mint.associated(treasury):
        steps.insert(0, tokens.create_associated(mint, treasury, me))
    signature = stage.node.send(steps, [key])
    stage.note("mint_to", "token", account, signature)


def _opened(scene: Scene, mint: Mint, label: str) -> Pubkey:
    """One kind of spam comes to the associated account, the other to an account of its own."""
    if label == _SPAM[0][0]:
        return mint.associated(scene.treasury.address)
    account = wallet.keypair(f"account of {label}")
    key, owner = scene.stage.key(SPAMMER), scene.treasury.address
    signature = tokens.open_account(scene.stage.node, key, account, mint, owner)
    scene.stage.note("initialize_account", "token", account.pubkey(), signature)
    return account.pubkey()
