"""The checks of treasury protection: pure functions of facts, each docstring the rule in words."""

from __future__ import annotations

from privatedao_audit.domains.treasury.archive.checks import retained
from privatedao_audit.domains.treasury.claims import standing_claims
from privatedao_audit.domains.treasury.facts import TreasuryFacts
from privatedao_audit.domains.treasury.papers.checks import reachable
from privatedao_audit.domains.treasury.papers.named import named
from privatedao_audit.domains.treasury.parameters import guarded
from privatedao_audit.domains.treasury.payments import paid_as_voted, reconciled
from privatedao_audit.domains.treasury.places.checks import placed
from privatedao_audit.domains.treasury.tokens.checks import related
from privatedao_audit.model.finding import Judgement, judgement
from privatedao_audit.model.limits import Limits


def _nothing(facts: TreasuryFacts) -> str:
    """Why there is nothing to judge, as a sentence."""
    why = facts.governance.unsupported
    return f"No DAO could be read: {why}." if why else "No DAO could be read."


def tr_01(facts: TreasuryFacts, limits: Limits) -> Judgement:
    """The treasury's address that follows from each DAO in scope and its program is the one that
    the target names and that every current document prints, in the fields that the target maps
    and anywhere else by the claim ledger, also those that the protocol's repositories carry; a
    document that names another program is wrong too. The account is owned
    by the system program and has no data; one that is not there holds nothing and is no fault.
    Each wallet that a passed or executed proposal pays, and each that an execution really paid,
    stands in a recipient register with name, owner, kind and a date within the limit for
    registers; a recipient outside the registers fails, and without any register it is UNKNOWN."""
    return judgement(
        placed(facts, limits),
        good="Every document prints the derived treasury, and every recipient is registered.",
        nothing=_nothing(facts),
    )


def tr_02(facts: TreasuryFacts, limits: Limits) -> Judgement:
    """Judged are the mints of the target and of the registers, that of the DAO's votes, and those
    of passed or executed proposals; other mints' accounts are unsolicited and only counted. Each
    token account of a judged mint that is the treasury's, or lies at its associated address,
    belongs to the treasury and has no delegate and no close authority and is not frozen. Who can
    freeze, take, tax, hook, pause or close a judged mint is a key that the register accepts for
    exactly that power, by an owned row within its age limit. An extension that is not known is
    UNKNOWN; where neither token program lists an account, that half does not apply. An account
    that is not the associated one and that the DAO never touched, by the whole of its history, is
    unsolicited as well: whoever opened it keeps its close authority and chose its extensions."""
    return judgement(
        related(facts, limits),
        good="The treasury's token accounts are its own, and issuers' powers are accepted ones.",
        nothing=_nothing(facts),
    )


def tr_03(facts: TreasuryFacts, limits: Limits) -> Judgement:
    """For recovery and for incidents the current lists give contacts of at least two kinds, such
    as telephone and mail, each with a name and an owner, in the form of its kind, and no older
    than the limit for contacts by the older of the row's date and the file's last commit. This is
    ATTESTED: whether somebody picks up no file can show. Names and addresses stay in the
    recording; findings hold kinds alone."""
    return judgement(
        reachable(facts, limits),
        good="Recovery and incidents have owned, fresh contacts of two kinds each.",
        nothing="The target maps no list of recovery and incident contacts.",
    )


def tr_04(facts: TreasuryFacts, limits: Limits) -> Judgement:
    """Each transaction that executed a proposal is kept whole in an archive of this cluster, and
    every copy in it is what the chain shows: signatures that hold over the message, the message's
    bytes, slot, outcome, balances, inner instructions and logs, each compared after decoding and
    never as text. What differs fails, what was not kept is MISSING, and an authentic copy of what
    no provider shows any more is UNKNOWN: its landing is not provable. Where every proposal was
    read and none was executed, nothing is owed."""
    return judgement(
        retained(facts),
        good="Every executed action is archived as the chain shows it.",
        nothing=_nothing(facts),
    )


def tr_05(facts: TreasuryFacts, limits: Limits) -> Judgement:
    """Each executed proposal has one transaction that executed it; the transfers decoded inside
    that instruction pay the wallet, the mint and the amount of the proposal, or of its payout
    plan, and no more left the treasury's balances in that transaction than they say. For tokens
    the wallet is the owner of the receiving account; the recipient's own balance is never used.
    Where every proposal was read and none was executed, there is nothing to compare."""
    return judgement(
        paid_as_voted(facts),
        good="Every executed proposal paid exactly what was voted.",
        nothing=_nothing(facts),
    )


def tr_06(facts: TreasuryFacts, limits: Limits) -> Judgement:
    """For the treasury and every token account it ever owned, the balances chain from 0 to what
    is there now, and each debit is a transfer inside an execution of a proposal that paid what
    was voted; so is each single transfer out of them, also where more came in than left in the
    same transaction. What no execution explains fails with its transaction; a DAO that is not
    there, a break in the chain, a token list that was not read, an instruction that is not
    understood and amounts that only their owner can read are UNKNOWN. Credits need no explanation,
    since anybody may pay in; what an issuer takes back, of a mint that TR-02 does not judge and
    out of an account that the DAO never touched, is told and explains itself."""
    return judgement(
        reconciled(facts),
        good="Every debit of the treasury is an execution of what was voted, and the balances "
        "add up.",
        nothing=_nothing(facts),
    )


def tr_07(facts: TreasuryFacts, limits: Limits) -> Judgement:
    """The proposals that passed and were not executed are listed with what they can still draw,
    for SOL and for each mint, and the treasury holds at least their sum: of SOL so that nothing
    or the rent floor is left, which the runtime demands, of a mint so that each claim fits into
    one token account, as a transfer has one source. Such a claim never expires: what is not
    covered is drawn from the next deposit by whoever calls execute."""
    return judgement(
        standing_claims(facts),
        good="The standing claims are known, and the treasury covers them.",
        nothing=_nothing(facts),
    )


def tr_08(facts: TreasuryFacts, limits: Limits) -> Judgement:
    """The execution delay of each DAO is at least 86,400 s, its quorum above 0, its reveal window
    and the voting window of each proposal that can pay or did at least as long as the target's
    limits, 86,400 s where it sets none. Each
    decision and each confidential payout went through a variant of the instruction that honours
    the policies in force at that time; how each decided proposal was decided and
    executed has been seen, and the history is whole."""
    return judgement(
        guarded(facts, limits),
        good="Delay, quorum and windows reach their limits, and the policies in force were used.",
        nothing=_nothing(facts),
    )


def tr_09(facts: TreasuryFacts, limits: Limits) -> Judgement:
    """For each of the topics security review, failure modes, live proof and hardening the target
    names a current file of its own; it is there, says something, and states a date that no commit
    contradicts. Each address, signature, slot and number in it agrees with the chain and with
    the other documents by the claim ledger, or is superseded by a newer statement there; a claim
    that is contradicted fails, and one that can't be checked is UNKNOWN."""
    return judgement(
        named(facts),
        good="Every named evidence file is dated, and its claims stand.",
        nothing="The target names no evidence file.",
    )


#: Control id → check.
CHECKS = {
    "TR-01": tr_01, "TR-02": tr_02, "TR-03": tr_03, "TR-04": tr_04, "TR-05": tr_05,
    "TR-06": tr_06, "TR-07": tr_07, "TR-08": tr_08, "TR-09": tr_09,
}  # fmt: skip
