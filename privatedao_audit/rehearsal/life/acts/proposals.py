"""Proposals: opened, voted on, counted, executed; and everything that goes wrong with them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from hashlib import sha256

from solders.keypair import Keypair
from solders.pubkey import Pubkey

from privatedao_audit.rehearsal.governance import TokenRoute, send_sol, send_token
from privatedao_audit.rehearsal.governance.call import Rule
from privatedao_audit.rehearsal.governance.codec import Fields
from privatedao_audit.rehearsal.life.facts import Landed, ProposalFacts
from privatedao_audit.rehearsal.life.stage import Stage
from privatedao_audit.rehearsal.tokens import Mint

from .governance import VOTING, Assembly
from .treasury import Treasury


@dataclass
class Motion:
    """A proposal as the script wants it. `amount` in lamports or raw units of `mint`."""

    number: int
    title: str
    description: str
    proposer: str = "proposer"
    kind: str = "none"
    amount: int = 0
    recipient: str | None = None
    mint: Mint | None = None
    ended: str = "executed"
    votes: dict[str, bool] = field(default_factory=dict)
    delegated: dict[str, str] = field(default_factory=dict)
    created: Landed | None = None
    execution: Landed | None = None


class Ballots:
    """All proposals of the DAO; each method enters one thing into the calendar."""

    def __init__(self, stage: Stage, assembly: Assembly, treasury: Treasury) -> None:
        self.stage, self.assembly, self.treasury = stage, assembly, treasury
        self.program = assembly.program
        self.motions: list[Motion] = []

    def address(self, motion: Motion) -> Pubkey:
        """The proposal's account."""
        return self.program.at.proposal(self.assembly.address, motion.number)

    def open(self, at: float, motion: Motion) -> None:
        """Enter a proposal, and the copy of the governance policy that it is counted by."""
        if motion.number != len(self.motions):
            raise ValueError(f"the next proposal has number {len(self.motions)}")
        self.motions.append(motion)
        self.stage.at(at, lambda: self._open(motion))

    def plan(self, at: float, motion: Motion, recipients: int) -> None:
        """Enter the confidential payout plan of a proposal without a treasury action."""

        def configure() -> None:
            assert motion.recipient is not None
            label = f"manifest of proposal {motion.number}"
            call = self.program.configure_confidential_payout_plan(
                self.address(motion),
                self.stage.key(motion.proposer),
                recipient=self.stage.address(motion.recipient),
                total=motion.amount,
                recipients=recipients,
                manifest_uri="https://rehearsal.invalid/payroll.enc",
                manifest_hash=sha256(label.encode()).digest(),
                ciphertext_hash=sha256(f"ciphertext of {label}".encode()).digest(),
            )
            self.assembly.land(call, self.address(motion))

        self.stage.at(at, configure)

    def delegate(self, at: float, motion: Motion, giver: str, to: str) -> None:
        """Enter a delegation of one holder's weight on a proposal."""
        motion.delegated[to] = giver

        def delegate() -> None:
            call = self.program.delegate_vote(
                self.address(motion),
                self.stage.key(giver),
                self._tokens(giver),
                self.stage.address(to),
            )
            self.assembly.land(call, self.address(motion))

        self.stage.at(at, delegate)

    def commit(
        self, at: float, motion: Motion, voter: str, *, vote: bool, keeper: bool = False
    ) -> None:
        """Enter a commitment, with a delegated weight if there is one; a keeper may reveal it."""
        motion.votes[voter] = vote

        def commit() -> None:
            address, key = self.address(motion), self.stage.key(voter)
            reveals = self.stage.address("keeper") if keeper else None
            salt = _salt(motion, voter)
            giver = motion.delegated.get(voter)
            if giver is None:
                call = self.program.commit_vote(
                    address, key, self._tokens(voter), vote=vote, salt=salt, keeper=reveals,
                    token_program=self.treasury.governance.program,
                )  # fmt: skip
            else:
                call = self.program.commit_delegated_vote(
                    address, key, self._tokens(voter), self.stage.address(giver), vote=vote,
                    salt=salt, keeper=reveals,
                )  # fmt: skip
            self.assembly.land(call, address)

        self.stage.at(at, commit)

    def reveal(
        self,
        at: float,
        motion: Motion,
        voter: str,
        *,
        keeper: bool = False,
        expect: str | None = None,
    ) -> None:
        """Enter the opening of a commitment, by the voter or by the keeper."""

        def reveal() -> None:
            call = self.program.reveal_vote(
                self.address(motion),
                self.stage.key("keeper" if keeper else voter),
                vote=motion.votes[voter],
                salt=_salt(motion, voter),
                voter=self.stage.address(voter),
                v3=True,
            )
            self.assembly.land(call, self.address(motion), expect=expect)

        self.stage.at(at, reveal)

    def finalize(
        self, at: float, motion: Motion, *, v3: bool = True, expect: str | None = None
    ) -> None:
        """Enter the count, by the keeper; without `v3` the governance policy is not read."""

        def finalize() -> None:
            count = self.program.finalize_proposal_v3 if v3 else self.program.finalize_proposal
            call = count(self.address(motion), self.stage.key("keeper"))
            self.assembly.land(call, self.address(motion), expect=expect)

        self.stage.at(at, finalize)

    def cancel(self, at: float, motion: Motion) -> None:
        """Enter the cancelling of a proposal by the DAO's authority."""
        address, signer = self.address(motion), self.assembly.signer
        self.assembly.rule(
            at, lambda: [self.program.cancel_proposal(address, signer(), v2=True)], address
        )

    def veto(self, at: float, motion: Motion) -> None:
        """Enter the veto of a passed proposal by the DAO's authority."""
        address, signer = self.address(motion), self.assembly.signer
        self.assembly.rule(at, lambda: [self.program.veto_proposal(address, signer())], address)

    def veto_too_late(self, at: float, motion: Motion) -> None:
        """Enter a veto of the operator's that fails: the time lock is over."""

        def veto() -> None:
            call = self.program.veto_proposal(self.address(motion), self.stage.key("operator"))
            self.assembly.land(call, self.address(motion), expect="VetoWindowExpired")

        self.stage.at(at, veto)

    def execute(
        self,
        at: float,
        motion: Motion,
        *,
        by: str = "keeper",
        to: str | None = None,
        expect: str | None = None,
        conduct: Rule | None = None,
        route: Callable[[], TokenRoute] | None = None,
    ) -> None:
        """Enter an execution; `to` is whom it names as recipient, if not the right one.

        With `conduct` the program misbehaves. `route` is what it names as token accounts, if not
        those of the payment.
        """

        def execute() -> None:
            named = to or motion.recipient
            # Without an action nobody is paid, and any account stands in the recipient's place.
            recipient = self.assembly.treasury if named is None else self.stage.address(named)
            address, key = self.address(motion), self.stage.key(by)
            if motion.kind == "confidential":
                call = self.program.execute_confidential_payout_plan(address, key, recipient)
            else:
                named_accounts = self._route(motion, recipient) if route is None else route()
                call = self.program.execute_proposal(address, key, recipient, tokens=named_accounts)
            call = replace(call, conduct=conduct)
            moves = motion.kind != "none"
            step = self.assembly.land(call, address, expect=expect, treasury=moves)
            if step.error is None:
                motion.execution = step.landed
                self.stage.keep(step.landed.signature)

        self.stage.at(at, execute)

    def facts(self) -> tuple[ProposalFacts, ...]:
        """All proposals, as the script wanted them and as they landed."""
        people = self.stage.people
        return tuple(
            ProposalFacts(
                number=one.number,
                address=str(self.address(one)),
                title=one.title,
                description=one.description,
                proposer=people[one.proposer].address,
                ended=one.ended,
                kind=one.kind,
                amount=one.amount,
                recipient=None if one.recipient is None else people[one.recipient].address,
                mint=None if one.mint is None else str(one.mint.address),
                created=one.created,
                execution=one.execution,
            )
            for one in self.motions
        )

    def _open(self, motion: Motion) -> None:
        proposer = self.stage.key(motion.proposer)
        call = self.program.create_proposal(
            self.assembly.address,
            proposer,
            self._tokens(motion.proposer),
            title=motion.title,
            description=motion.description,
            duration=VOTING,
            action=self._action(motion),
        )
        motion.created = self.assembly.land(call, self.address(motion)).landed
        keeper: Keypair = self.stage.key("keeper")
        mint = self.treasury.governance.address
        snapshot = self.program.snapshot_governance_policy_v3(self.address(motion), keeper, mint)
        self.assembly.land(snapshot, self.address(motion))

    def _action(self, motion: Motion) -> Fields | None:
        if motion.kind not in ("sol", "token") or motion.recipient is None:
            return None
        recipient = self.stage.address(motion.recipient)
        if motion.mint is None:
            return send_sol(motion.amount, recipient)
        return send_token(motion.amount, recipient, motion.mint.address)

    def _route(self, motion: Motion, recipient: Pubkey) -> TokenRoute | None:
        mint = motion.mint
        if mint is None:
            return None
        target = self.treasury.open_for(recipient, mint, "keeper")
        return TokenRoute(mint.program, mint.associated(self.assembly.treasury), target)

    def _tokens(self, name: str) -> Pubkey:
        return self.treasury.governance.associated(self.stage.address(name))


def _salt(motion: Motion, voter: str) -> bytes:
    return sha256(f"salt of {voter} on proposal {motion.number}".encode()).digest()
