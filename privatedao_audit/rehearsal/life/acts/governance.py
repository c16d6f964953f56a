"""Governance: a DAO is made by an operator, gets its policies, and its authority moves on.

In the finished rollout the authority goes to a vault of the multisig at once, and the vault sets
the policies, so that no wallet is left that could change them. In mid-rollout the operator keeps
it, and a wallet of demonstrations becomes treasury operator.
"""

from __future__ import annotations

from collections.abc import Callable

from solders.keypair import Keypair
from solders.pubkey import Pubkey

from privatedao_audit.rehearsal.governance import Call, Governance, Security
from privatedao_audit.rehearsal.life.facts import DaoFacts, Step
from privatedao_audit.rehearsal.life.stage import DAY, HOUR, SOL, Stage

from .custody import DAO_VAULT, Custody

NAME = "Rehearsal"
QUORUM = 20
VOTING, REVEAL = 3 * DAY, DAY
"""Seconds that votes may be committed, then revealed."""

REBATE = 1_000_000
"""Lamports a reveal is paid from the DAO's own vault."""

CAP = 10 * SOL


class Assembly:
    """The DAO, and what is done in its authority's name."""

    def __init__(
        self, stage: Stage, custody: Custody, program: Pubkey, mint: Callable[[], Pubkey]
    ) -> None:
        self.stage, self.custody, self._mint = stage, custody, mint
        self.program = Governance(stage.node, program)
        stage.cast("keeper", "keeper", custody="software wallet on a server")
        self.address = self.program.at.dao(stage.address("operator"), NAME)
        self.treasury = self.program.at.treasury(self.address)
        # The veto of a locked multisig needs time: two days and the hours of its members.
        self.delay = 4 * DAY if stage.healthy else 12 * HOUR

    @property
    def authority(self) -> Pubkey:
        """Who holds the DAO's authority in the end."""
        if self.stage.healthy:
            return self.custody.vault(DAO_VAULT)
        return self.stage.address("operator")

    def create(self, at: float) -> None:
        """Enter the making of the DAO, and in the finished rollout its hand-over."""
        self.stage.at(at, self._create)
        if self.stage.healthy:
            self.stage.at(at + 2 * HOUR, self._hand_over)

    def set_policies(self, at: float) -> None:
        """Enter security and governance policy, and the treasury operator's record."""
        healthy = self.stage.healthy
        attestors = (
            (self.custody.vault(DAO_VAULT),)
            if healthy
            else (self.stage.address("independent security"), self.stage.address("keeper"))
        )
        security = Security(
            attestors,
            threshold=1,
            zk_policy="LegacyAllowed",
            settlement_policy="LegacyAllowed",
        )
        program, dao, by = self.program, self.address, self.signer
        self.rule(at, lambda: [program.initialize_security_policy(dao, by(), security)])
        self.rule(
            at + HOUR,
            lambda: [
                program.governance_policy_v3(dao, by(), rebate=REBATE),
                program.initialize_treasury_operator_authority(dao, by()),
            ],
        )

    def cap_settlements(self, at: float) -> None:
        """Enter the settlement policy."""
        self.rule(
            at,
            lambda: [
                self.program.settlement_policy_v3(self.address, self.signer(), max_payout=CAP)
            ],
        )

    def fund_rebates(self, at: float) -> None:
        """Enter the funding of the vault that pays for reveals."""

        def fund() -> None:
            funder = self.stage.key("treasury operations")
            self.land(self.program.fund_reveal_rebate_vault_v3(self.address, funder, SOL // 10))

        self.stage.at(at, fund)

    def deposit(self, at: float, name: str, lamports: int) -> None:
        """Enter somebody's deposit into the treasury."""

        def deposit() -> None:
            call = self.program.deposit_treasury(self.address, self.stage.key(name), lamports)
            self.land(call, treasury=True)

        self.stage.at(at, deposit)

    def misplace_operator(self, at: float) -> None:
        """Enter the hand-over of the treasury operator's record to a demo wallet."""

        def misplace() -> None:
            to = self.stage.address("demo reviewer")
            operator = self.stage.key("operator")
            self.land(self.program.transfer_treasury_operator_authority(self.address, operator, to))
            self.stage.promote("demo reviewer", "treasury-operator")

        self.stage.at(at, misplace)

    def rule(self, at: float, calls: Callable[[], list[Call]], about: Pubkey | None = None) -> None:
        """Enter something that only the DAO's authority can do.

        It happens at `at` in mid-rollout, and in the finished rollout is proposed then and
        happens when votes and time lock allow.
        """
        if not self.stage.healthy:
            self.stage.at(at, lambda: [self.land(one, about) for one in calls()])
            return
        made: list[Call] = []

        def landed(index: int, signature: str, approvals: list[Step]) -> None:
            for one in made:
                subject = self.address if about is None else about
                by = self.custody.vault(DAO_VAULT)
                self.stage.note(one.name, "governance", subject, signature, by=by)

        def propose() -> list[Call]:
            made.extend(calls())
            return made

        self.custody.decide(
            at,
            lambda: [one.instruction() for one in propose()],
            landed,
            vault_index=DAO_VAULT,
            # What the program does is decided by how the chain stands when it runs.
            renew=lambda: [one.instruction() for one in made],
        )

    def land(
        self,
        call: Call,
        about: Pubkey | None = None,
        *,
        expect: str | None = None,
        treasury: bool = False,
    ) -> Step:
        """Send a call now, and enter it into the journal."""
        landed = call.land(expect=expect)
        subject = self.address if about is None else about
        return self.stage.note(
            call.name, "governance", subject, landed.signature, error=landed.error,
            treasury=treasury and landed.error is None,
        )  # fmt: skip

    def facts(self) -> DaoFacts:
        """The DAO as it stands now, read from the chain."""
        dao = self.program.read("Dao", self.address)
        operator = self.program.read(
            "TreasuryOperatorAuthority",
            self.program.at.of("treasury-operator-authority", self.address),
        )
        if dao is None or operator is None:
            raise RuntimeError("the DAO or its treasury operator is not on the chain")
        healthy = self.stage.healthy
        return DaoFacts(
            name=NAME,
            address=str(self.address),
            treasury=str(self.treasury),
            creator=str(self.stage.address("operator")),
            authority=str(dao["authority"]),
            treasury_operator=str(operator["authority"]),
            authority_vault_index=DAO_VAULT if healthy else None,
            governance_mint=str(dao["governance_token"]),
            quorum_percentage=dao["quorum_percentage"],
            voting_seconds=VOTING,
            reveal_seconds=dao["reveal_window_seconds"],
            execution_delay_seconds=dao["execution_delay_seconds"],
            proposal_count=dao["proposal_count"],
        )

    def signer(self) -> Keypair | Pubkey:
        """Whoever signs as the DAO's authority: a key pair, or the vault's address."""
        if self.stage.healthy:
            return self.custody.vault(DAO_VAULT)
        return self.stage.key("operator")

    def _create(self) -> None:
        call = self.program.initialize_dao(
            self.stage.key("operator"),
            NAME,
            mint=self._mint(),
            quorum=QUORUM,
            required=1,
            reveal_window=REVEAL,
            execution_delay=self.delay,
        )
        self.land(call)

    def _hand_over(self) -> None:
        operator, vault = self.stage.key("operator"), self.custody.vault(DAO_VAULT)
        self.land(self.program.transfer_dao_authority(self.address, operator, vault))
