"""Tokens and the treasury: mints are made, tokens spread, and everybody's deposits come in.

The governance mint is a Token-2022 one with its metadata in itself, the payment mint is one of
SPL Token whose issuer may issue and freeze, as issuers of stable coins do. In mid-rollout the
operator's wallet keeps powers over the governance mint, and a token account comes to the treasury
whose close authority stays with somebody else.
"""

from __future__ import annotations

from collections.abc import Callable

from solders.instruction import Instruction
from solders.pubkey import Pubkey
from solders.system_program import TransferParams, transfer

from privatedao_audit.rehearsal import tokens, wallet
from privatedao_audit.rehearsal.life import hostile
from privatedao_audit.rehearsal.life.facts import MintFacts, TokenAccountFacts
from privatedao_audit.rehearsal.life.stage import MINUTE, SOL, Stage
from privatedao_audit.rehearsal.tokens import TOKEN, TOKEN_2022, Authority, Mint

GOVERNANCE_UNIT, PAYMENT_UNIT = 10**9, 10**6
"""Raw units of one token."""

_METADATA = tokens.Metadata(
    "Rehearsal Governance", "RGOV", "https://rehearsal.invalid/governance-token.json"
)
HOLDINGS = {
    "voter alice": 150_000,
    "voter bob": 120_000,
    "voter carol": 90_000,
    "voter dave": 40_000,
    "proposer": 60_000,
    "demo reviewer": 1_000,
}
"""Whole governance tokens by holder, beside the treasury's."""

TREASURY_TOKENS, TREASURY_PAYMENTS = 200_000, 25_000
_MEMO = Pubkey.from_string("MemoSq4gqABAXKb96qnH8TysNcWxMyWCqXgDLGmfcHr")
_SIDE_ACCOUNT = "side account of the treasury"


class Treasury:
    """Mints, token accounts and deposits. `address` is the treasury's, a program's address."""

    def __init__(self, stage: Stage, address: Callable[[], Pubkey]) -> None:
        self.stage, self._address = stage, address
        stage.cast("treasury operations", "treasury", custody="hardware wallet", sol=100)
        stage.cast("payment issuer", custody="issuer's own")
        stage.cast("donor", sol=50)
        for name in HOLDINGS:
            roles = ("demo",) if name == "demo reviewer" else ()
            stage.cast(name, *roles)
        self.governance = Mint(wallet.address("governance mint"), TOKEN_2022, 9)
        self.payment = Mint(wallet.address("payment mint"), TOKEN, 6)

    @property
    def address(self) -> Pubkey:
        """The treasury."""
        return self._address()

    def issue(self, at: float) -> None:
        """Enter the making of both mints and the spreading of governance tokens."""
        self.stage.at(at, self._make_mints)
        self.stage.at(at + 30 * MINUTE, self._spread)

    def fund(self, at: float) -> None:
        """Enter a payment with a hostile memo, and tokens of both mints to accounts of its own."""
        self.stage.at(at, self._donate)
        self.stage.at(at + 20 * MINUTE, self._pay_in_tokens)
        if self.stage.healthy:
            self.stage.at(at + 60 * MINUTE, self._renounce)

    def leave_side_account(self, at: float) -> None:
        """Enter a token account that is given to the treasury, its close authority not."""
        self.stage.at(at, self._leave_side_account)

    def open_for(self, owner: Pubkey, mint: Mint, payer: str) -> Pubkey:
        """Open somebody's associated account now; its address."""
        one = tokens.create_associated(mint, owner, self.stage.address(payer))
        signature = self.stage.node.send([one], [self.stage.key(payer)])
        self.stage.note("create_associated", "token", mint.associated(owner), signature)
        return mint.associated(owner)

    def mint_facts(self) -> tuple[MintFacts, ...]:
        """Both mints as they stand at the end."""
        kept = None if self.stage.healthy else str(self.stage.address("operator"))
        issuer = str(self.stage.address("payment issuer"))
        return (
            MintFacts(
                name="governance token",
                symbol="RGOV",
                address=str(self.governance.address),
                program="token-2022",
                decimals=9,
                role="governance",
                mint_authority=kept,
                freeze_authority=None,
                permanent_delegate=kept,
            ),
            MintFacts(
                name="payment token",
                symbol="RUSD",
                address=str(self.payment.address),
                program="spl-token",
                decimals=6,
                role="treasury",
                mint_authority=issuer,
                freeze_authority=issuer,
            ),
        )

    def accounts(self) -> tuple[TokenAccountFacts, ...]:
        """The treasury's token accounts as they stand now."""
        found = [
            self._account(mint, mint.associated(self.address), associated=True)
            for mint in (self.governance, self.payment)
        ]
        if not self.stage.healthy:
            side = self._account(self.payment, wallet.address(_SIDE_ACCOUNT), associated=False)
            found.append(side)
        return tuple(found)

    def _account(self, mint: Mint, address: Pubkey, *, associated: bool) -> TokenAccountFacts:
        return TokenAccountFacts(
            address=str(address),
            mint=str(mint.address),
            amount=tokens.balance(self.stage.node, address),
            associated=associated,
            close_authority=None if associated else str(self.stage.address("operator")),
        )

    def _make_mints(self) -> None:
        stage = self.stage
        operator, issuer = stage.key("operator"), stage.key("payment issuer")
        _, signature = tokens.create_mint(
            stage.node,
            operator,
            wallet.keypair("governance mint"),
            self.governance.decimals,
            operator,
            program=TOKEN_2022,
            permanent_delegate=None if stage.healthy else operator.pubkey(),
            metadata=_METADATA,
        )
        stage.note("initialize_mint", "token", self.governance.address, signature)
        _, signature = tokens.create_mint(
            stage.node,
            issuer,
            wallet.keypair("payment mint"),
            self.payment.decimals,
            issuer,
            freeze=issuer.pubkey(),
        )
        stage.note("initialize_mint", "token", self.payment.address, signature)

    def _spread(self) -> None:
        for name, whole in HOLDINGS.items():
            self._issue(self.governance, self.stage.address(name), whole * GOVERNANCE_UNIT)

    def _issue(self, mint: Mint, owner: Pubkey, amount: int) -> None:
        stage = self.stage
        issuer = stage.key("operator" if mint is self.governance else "payment issuer")
        account = mint.associated(owner)
        steps = [
            tokens.create_associated(mint, owner, issuer.pubkey()),
            tokens.mint_to(mint, account, issuer.pubkey(), amount),
        ]
        signature = stage.node.send(steps, [issuer])
        mine = owner == self.address
        stage.note("mint_to", "token", account, signature, treasury=mine)

    def _donate(self) -> None:
        donor = self.stage.key("donor")
        gift = transfer(
            TransferParams(from_pubkey=donor.pubkey(), to_pubkey=self.address, lamports=5 * SOL)
        )
        memo = Instruction(_MEMO, hostile.MEMO.encode(), [])
        signature = self.stage.node.send([gift, memo], [donor])
        self.stage.note("transfer", "system", self.address, signature, treasury=True)

    def _pay_in_tokens(self) -> None:
        stage = self.stage
        self._issue(self.governance, self.address, TREASURY_TOKENS * GOVERNANCE_UNIT)
        payer = stage.key("treasury operations")
        self._issue(self.payment, payer.pubkey(), 30_000 * PAYMENT_UNIT)
        source, target = (self.payment.associated(one) for one in (payer.pubkey(), self.address))
        steps = [
            tokens.create_associated(self.payment, self.address, payer.pubkey()),
            tokens.transfer(
                self.payment, source, target, payer.pubkey(), TREASURY_PAYMENTS * PAYMENT_UNIT
            ),
        ]
        signature = stage.node.send(steps, [payer])
        stage.note("transfer", "token", target, signature, treasury=True)

    def _renounce(self) -> None:
        operator, mint = self.stage.key("operator"), self.governance
        given = tokens.set_authority(
            mint, mint.address, Authority.MINT_TOKENS, operator.pubkey(), None
        )
        signature = self.stage.node.send([given], [operator])
        self.stage.note("set_mint_authority", "token", mint.address, signature)

    def _leave_side_account(self) -> None:
        """Owned by the operator first, who sets itself as close authority and gives it away."""
        stage, mint = self.stage, self.payment
        operator, payer = stage.key("operator"), stage.key("treasury operations")
        account = wallet.keypair(_SIDE_ACCOUNT)
        opened = tokens.open_account(stage.node, operator, account, mint, operator.pubkey())
        stage.note("initialize_account", "token", account.pubkey(), opened)
        me = operator.pubkey()
        steps = [
            tokens.set_authority(mint, account.pubkey(), Authority.CLOSE_ACCOUNT, me, me),
            tokens.set_authority(mint, account.pubkey(), Authority.ACCOUNT_OWNER, me, self.address),
        ]
        signature = stage.node.send(steps, [operator])
        stage.note("set_account_owner", "token", account.pubkey(), signature)
        source = mint.associated(payer.pubkey())
        paid = tokens.transfer(mint, source, account.pubkey(), payer.pubkey(), 500 * PAYMENT_UNIT)
        signature = stage.node.send([paid], [payer])
        stage.note("transfer", "token", account.pubkey(), signature, treasury=True)
