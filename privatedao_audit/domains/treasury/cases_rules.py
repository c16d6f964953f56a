"""Cases of TR-08: what stands between a vote and a payment."""

from __future__ import annotations

from dataclasses import replace

from privatedao_audit.domains.cases import Case, on_chain
from privatedao_audit.domains.treasury import invented as w
from privatedao_audit.domains.treasury.facts import TreasuryFacts
from privatedao_audit.domains.treasury.variations import (
    APART,
    NOTHING,
    UNREAD,
    entries,
    payout,
    unread_proposal,
)
from privatedao_audit.history.facts import DaoHistory
from privatedao_audit.model.reads import Found
from privatedao_audit.model.status import Status
from privatedao_audit.protocols.facts import DaoReads, Policy, Window

GOOD = w.facts()


def _case(control: str, expected: Status, name: str, facts: TreasuryFacts) -> Case:
    return Case(control, name, facts, expected)


def _policy(name: str, **settings: str) -> DaoReads:
    made = Policy(w.POLICY, name, w.DAO, w.STRANGER, settings, w.START, {})
    return replace(w.READS, policies={**w.READS.policies, name: Found(made, on_chain("slice"))})


def _finalized(name: str) -> DaoHistory:
    """The first proposal decided by another variant."""
    first = next(d for d in w.DEEDS if d.slot == w.FINALIZED)
    act = replace(first.actions[0], name=name)
    return w.with_deed(first.signature, actions=(act,))


def _rules() -> list[Case]:
    fail, unknown, ok = Status.FAIL, Status.UNKNOWN, Status.PASS
    short = {"execution": w.DAY - 1, "reveal": w.DAY}
    before = w.with_deed(w.signature("initialize_dao_governance_policy_v3", w.POLICY_SET), slot=60)
    before = replace(before, deeds=tuple(sorted(before.deeds, key=lambda d: d.slot)))
    earlier = replace(before, deeds=tuple(
        replace(d, actions=tuple(replace(a, name="finalize_proposal") for a in d.actions))
        if d.slot == w.FINALIZED else d for d in before.deeds))  # fmt: skip
    return [
        _case("TR-08", ok, "all limits reached, all policies used", GOOD),
        _case("TR-08", ok, "a decision from before the policy",
              w.facts(w.READS, earlier)),
        _case("TR-08", ok, "a policy that asks for nothing", w.facts(
            _policy("dao-security-policy", zk_policy="LegacyAllowed"))),
        _case("TR-08", fail, "no execution delay",
              w.facts(w.with_dao(delays={"execution": 0, "reveal": w.DAY}))),
        _case("TR-08", fail, "an execution delay one second short",
              w.facts(w.with_dao(delays=short))),
        _case("TR-08", fail, "a reveal window one second short", w.facts(w.with_dao(
            delays={"execution": w.DAY, "reveal": w.DAY - 1}))),
        _case("TR-08", fail, "a quorum of 0", w.facts(w.with_dao(quorum=0))),
        _case("TR-08", fail, "a proposal with an hour to vote", w.facts(w.with_proposal(
            2, w.saying(windows=(Window("voting", None, w.START + 3600),
                                 Window("reveal", w.START + 3600, w.START + 2 * w.DAY)))))),
        _case("TR-08", fail, "a proposal with an hour to reveal", w.facts(w.with_proposal(
            2, w.saying(windows=(Window("voting", None, w.START + w.DAY),
                                 Window("reveal", w.START + w.DAY, w.START + w.DAY + 3600)))))),
        _case("TR-08", fail, "a count that ignores the governance policy",
              w.facts(history=_finalized("finalize_proposal"))),
        _case("TR-08", fail, "a count that honours another policy only",
              w.facts(history=_finalized("finalize_zk_enforced_proposal_v2"))),
        _case("TR-08", fail, "a payout that ignores the settlement policy", w.facts(
            replace(_policy("dao-settlement-policy-v3"), proposals=payout().governance.daos[0]
                    .proposals), payout().histories[w.DAO])),
        _case("TR-08", fail, "a count that ignores what the security policy asks for", w.facts(
            _policy("dao-security-policy", zk_policy="StrictRequired"))),
        _case("TR-08", unknown, "what the security policy asked for then is not known", w.facts(
            replace(_policy("dao-security-policy"), policies={
                **w.READS.policies,
                "dao-security-policy": Found(Policy(
                    w.POLICY, "p", w.DAO, None, {"zk_policy": "StrictRequired"},
                    w.START + 9 * w.DAY, {}), on_chain("slice"))}))),
        _case("TR-08", unknown, "when the policy came is not known", w.facts(
            history=replace(_finalized("finalize_proposal"), deeds=tuple(
                d for d in _finalized("finalize_proposal").deeds if d.slot != w.POLICY_SET)))),
        _case("TR-08", unknown, "a policy was not read", w.facts(replace(
            w.READS, policies={**w.READS.policies, "dao-security-policy": UNREAD}))),
        _case("TR-08", unknown, "how a proposal was decided was not seen", w.facts(
            history=replace(w.HISTORY, deeds=tuple(
                d for d in w.DEEDS if d.slot != w.FINALIZED)))),
        _case("TR-08", unknown, "instructions may be hidden", w.facts(
            history=w.with_deed(w.PAYMENT, gap="the node kept no inner instructions"))),
        _case("TR-08", unknown, "when a proposal was created was not seen", w.facts(
            history=w.with_address(w.WAITS, entries(1)))),
        _case("TR-08", unknown, "a delay of unknown length",
              w.facts(w.with_dao(delays={"reveal": w.DAY}))),
        _case("TR-08", unknown, "a quorum of unknown kind", w.facts(w.with_dao(quorum=None))),
        _case("TR-08", unknown, "a proposal was not read", unread_proposal(UNREAD)),
        _case("TR-08", unknown, "not all proposals were read", w.facts(w.with_dao(
            proposal_count=4))),
        _case("TR-08", unknown, "the DAO was not read", w.facts(replace(w.READS, dao=UNREAD))),
        _case("TR-08", unknown, "the history was not read", w.facts(history=None)),
        _case("TR-08", unknown, "no protocol", NOTHING),
        _case("TR-08", Status.DIVERGED, "providers differ on the DAO",
              w.facts(replace(w.READS, dao=APART))),
    ]  # fmt: skip


CASES: tuple[Case, ...] = tuple(_rules())
