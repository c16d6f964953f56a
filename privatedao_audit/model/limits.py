"""The numbers that checks compare with."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from privatedao_audit.model.strict import Strict

#: Limits and their defaults. ``tight`` says in which direction a value is stricter.
LIMITS: dict[str, tuple[int, Literal["higher", "lower"]]] = {
    "upgrade_delay_seconds": (86_400, "higher"),
    "multisig_threshold": (2, "higher"),
    "multisig_voters": (3, "higher"),
    "chain_fact_age_seconds": (86_400, "lower"),
    "signature_pages": (20, "higher"),
    "policy_age_seconds": (15_552_000, "lower"),
    "register_age_seconds": (15_552_000, "lower"),
    "proof_age_seconds": (15_552_000, "lower"),
    "contact_age_seconds": (7_776_000, "lower"),
    "drill_age_seconds": (15_552_000, "lower"),
    "audit_age_seconds": (31_536_000, "lower"),
    "rpc_series_age_seconds": (3_600, "lower"),
    "voting_window_seconds": (86_400, "higher"),
    "reveal_window_seconds": (86_400, "higher"),
    "alert_delay_seconds": (300, "lower"),
    "alert_own_delay_seconds": (3_600, "lower"),
}


class Limits(Strict):
    """The numbers that checks compare with; seconds, counts. Looser ones are printed.

    Attributes:
        upgrade_delay_seconds: least delay between approval and effect of an upgrade.
        multisig_threshold: least number of approvals.
        multisig_voters: least number of members who can vote.
        chain_fact_age_seconds: how old a chain read may be at the time of the verdict.
        signature_pages: most pages of 1,000 signatures read per address.
        policy_age_seconds: how old a written policy may be.
        register_age_seconds: how old a register of signers may be.
        proof_age_seconds: how old a proof of control may be.
        contact_age_seconds: how old contacts and runbooks may be.
        drill_age_seconds: how old the last drill may be.
        audit_age_seconds: how old the external audit may be.
        rpc_series_age_seconds: how old a series of RPC probes may be.
        voting_window_seconds: least length of the voting window of a DAO.
        reveal_window_seconds: least length of the window in which votes are revealed.
        alert_delay_seconds: how long after its event an alert may be received, where the rule
            itself states nothing.
        alert_own_delay_seconds: the most that a rule may state for itself.
    """

    upgrade_delay_seconds: Annotated[int, Field(ge=0, le=7_776_000)] = 86_400
    multisig_threshold: Annotated[int, Field(ge=1, le=65_535)] = 2
    multisig_voters: Annotated[int, Field(ge=1, le=65_535)] = 3
    chain_fact_age_seconds: Annotated[int, Field(ge=1, le=31_536_000)] = 86_400
    signature_pages: Annotated[int, Field(ge=1, le=10_000)] = 20
    policy_age_seconds: Annotated[int, Field(ge=1, le=315_360_000)] = 15_552_000
    register_age_seconds: Annotated[int, Field(ge=1, le=315_360_000)] = 15_552_000
    proof_age_seconds: Annotated[int, Field(ge=1, le=315_360_000)] = 15_552_000
    contact_age_seconds: Annotated[int, Field(ge=1, le=315_360_000)] = 7_776_000
    drill_age_seconds: Annotated[int, Field(ge=1, le=315_360_000)] = 15_552_000
    audit_age_seconds: Annotated[int, Field(ge=1, le=315_360_000)] = 31_536_000
    rpc_series_age_seconds: Annotated[int, Field(ge=1, le=31_536_000)] = 3_600
    voting_window_seconds: Annotated[int, Field(ge=1, le=31_536_000)] = 86_400
    reveal_window_seconds: Annotated[int, Field(ge=1, le=31_536_000)] = 86_400
    alert_delay_seconds: Annotated[int, Field(ge=1, le=31_536_000)] = 300
    alert_own_delay_seconds: Annotated[int, Field(ge=1, le=31_536_000)] = 3_600

    def loosened(self) -> list[str]:
        """One sentence per limit that is looser than the kit's default."""
        told = []
        for name, (default, tight) in LIMITS.items():
            value = getattr(self, name)
            looser = value < default if tight == "higher" else value > default
            if looser:
                told.append(f"The limit {name} is {value}; the kit's default is {default}.")
        return told
