"""Calls that make proposals, vote on them and count."""

from __future__ import annotations

from solders.pubkey import Pubkey

from ..tokens import TOKEN as SPL_TOKEN
from .call import Actor, Call, address_of
from .codec import Fields
from .desk import Desk
from .model import vote_commitment


class VoteCalls(Desk):
    """See the module; a part of `Governance`."""

    # Proposals

    def create_proposal(
        self,
        dao: Pubkey,
        proposer: Actor,
        token_account: Pubkey,
        *,
        title: str,
        description: str = "",
        duration: int = 86_400,
        action: Fields | None = None,
    ) -> Call:
        """A new proposal at `next_proposal(dao)`; `action` from `send_sol` or `send_token`."""
        arguments: Fields = {
            "title": title,
            "description": description,
            "voting_duration_seconds": duration,
            "treasury_action": action,
        }
        accounts = {
            "dao": dao,
            "proposal": self.next_proposal(dao),
            "proposer_token_account": token_account,
            "proposer": proposer,
        }
        return self.call("create_proposal", arguments, accounts)

    def next_proposal(self, dao: Pubkey) -> Pubkey:
        """The address of the next proposal of a DAO. Raises KeyError for no DAO."""
        fields = self.read("Dao", dao)
        if fields is None:
            raise KeyError(f"there is no DAO at {dao}")
        return self.at.proposal(dao, fields["proposal_count"])

    def cancel_proposal(self, proposal: Pubkey, authority: Actor, *, v2: bool = False) -> Call:
        """Take a proposal back, by the DAO's authority; version 2 reads the security policy."""
        name = "cancel_proposal_v2" if v2 else "cancel_proposal"
        return self.of_proposal(name, {}, proposal, {"authority": authority})

    def veto_proposal(self, proposal: Pubkey, authority: Actor) -> Call:
        """Stop a passed proposal in its time lock, by the DAO's authority."""
        return self.of_proposal("veto_proposal", {}, proposal, {"authority": authority})

    def finalize_proposal(self, proposal: Pubkey, finalizer: Actor) -> Call:
        """Count the votes."""
        return self.of_proposal("finalize_proposal", {}, proposal, {"finalizer": finalizer})

    def finalize_proposal_v3(self, proposal: Pubkey, finalizer: Actor) -> Call:
        """Count the votes by the governance snapshot."""
        return self.of_proposal("finalize_proposal_v3", {}, proposal, {"finalizer": finalizer})

    # Votes. The salt is any 32 bytes; the voter keeps vote and salt for the reveal.

    def commit_vote(
        self,
        proposal: Pubkey,
        voter: Actor,
        token_account: Pubkey,
        *,
        vote: bool,
        salt: bytes,
        keeper: Pubkey | None = None,
        token_program: Pubkey = SPL_TOKEN,
    ) -> Call:
        """Commit to a vote; `keeper` may reveal it too."""
        who = address_of(voter)
        accounts = {
            "voter_record": self.at.vote(proposal, who),
            "delegation_marker": self.at.delegation(proposal, who),
            "voter_token_account": token_account,
            "voter": voter,
            "token_program": token_program,
        }
        arguments = _commitment(proposal, who, vote, salt, keeper)
        return self.of_proposal("commit_vote", arguments, proposal, accounts)

    def delegate_vote(
        self, proposal: Pubkey, delegator: Actor, token_account: Pubkey, delegatee: Pubkey
    ) -> Call:
        """Give one's weight on a proposal to another wallet."""
        who = address_of(delegator)
        accounts = {
            "delegation": self.at.delegation(proposal, who),
            "direct_vote_marker": self.at.vote(proposal, who),
            "delegator_token_account": token_account,
            "delegator": delegator,
        }
        return self.of_proposal("delegate_vote", {"delegatee": delegatee}, proposal, accounts)

    def commit_delegated_vote(
        self,
        proposal: Pubkey,
        delegatee: Actor,
        token_account: Pubkey,
        delegator: Pubkey,
        *,
        vote: bool,
        salt: bytes,
        keeper: Pubkey | None = None,
    ) -> Call:
        """Commit with one's own weight and a delegator's."""
        who = address_of(delegatee)
        accounts = {
            "delegation": self.at.delegation(proposal, delegator),
            "delegator_vote_marker": self.at.vote(proposal, delegator),
            "voter_record": self.at.vote(proposal, who),
            "delegatee_token_account": token_account,
            "delegatee": delegatee,
        }
        arguments = _commitment(proposal, who, vote, salt, keeper)
        return self.of_proposal("commit_delegated_vote", arguments, proposal, accounts)

    def reveal_vote(
        self,
        proposal: Pubkey,
        revealer: Actor,
        *,
        vote: bool,
        salt: bytes,
        voter: Pubkey | None = None,
        v3: bool = False,
    ) -> Call:
        """Open a commitment, one's own or as keeper that of `voter`."""
        who = address_of(revealer) if voter is None else voter
        accounts = {"voter_record": self.at.vote(proposal, who), "revealer": revealer}
        name = "reveal_vote_v3" if v3 else "reveal_vote"
        return self.of_proposal(name, {"vote": vote, "salt": salt}, proposal, accounts)


def _commitment(
    proposal: Pubkey, voter: Pubkey, vote: bool, salt: bytes, keeper: Pubkey | None
) -> Fields:
    commitment = vote_commitment(vote=vote, salt=salt, proposal=proposal, voter=voter)
    return {"commitment": commitment, "voter_reveal_authority": keeper}
