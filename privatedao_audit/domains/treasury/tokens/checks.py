"""TR-02: the treasury's token accounts of judged mints, and the powers over these mints."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from privatedao_audit.chain.layouts.token import NATIVE_MINTS, TokenAccount
from privatedao_audit.domains.custody.blank import blank
from privatedao_audit.domains.treasury.facts import TreasuryFacts
from privatedao_audit.domains.treasury.papers.dates import age
from privatedao_audit.domains.treasury.papers.facts import Paper, Row
from privatedao_audit.domains.treasury.proposals import not_all, not_read
from privatedao_audit.domains.treasury.tokens import powers
from privatedao_audit.domains.treasury.tokens.facts import HeldAccount, JudgedMint, TokenFacts
from privatedao_audit.history.facts import DaoHistory
from privatedao_audit.history.places import of_history
from privatedao_audit.history.unsolicited import unused
from privatedao_audit.model.finding import Part, unread
from privatedao_audit.model.limits import Limits
from privatedao_audit.model.reads import Found, ProvenAbsent, ReadAt, joined
from privatedao_audit.model.status import Status, worst
from privatedao_audit.protocols.facts import DaoReads, Outcome

__all__ = ["related"]

#: Extensions of a token account under which lies an amount that only its owner can read.
_OPAQUE = frozenset({"confidential-transfer-account", "confidential-transfer-fee-amount"})
#: The register's word on who issues: compared where it is given.
_ISSUER = "mint_authority"

_Papers = tuple[Paper[tuple[Row, ...]], ...]


def related(facts: TreasuryFacts, limits: Limits) -> Iterator[Part]:
    """The parts of TR-02."""
    for paper in facts.mint_registers:
        if not isinstance(paper.said, Found):
            text = f"The mint register {paper.file} is not in the checkout."
            yield unread(paper.file, paper.said, absent=Status.MISSING, absent_summary=text)
    for reads in facts.governance.daos:
        yield from _whole(reads)
        tokens = facts.tokens.get(reads.address)
        if tokens is None:
            text = "The token accounts of this DAO's treasury were not read."
            yield Part(f"DAO {reads.address}", Status.UNKNOWN, text, reads.dao.at)
            continue
        for gap in tokens.gaps:
            text = f"{gap[:1].upper()}{gap[1:]}."
            yield Part(f"mints of {reads.address}", Status.UNKNOWN, text, reads.dao.at)
        yield _listed(tokens, facts.histories.get(reads.address))
        for held in tokens.held:
            yield _account(held, tokens, facts.histories.get(reads.address))
        if not tokens.mints:
            text = "No mint is registered, and no proposal that passed names one."
            yield Part(f"mints of {reads.address}", Status.UNKNOWN, text, reads.dao.at)
    for one in _mints(facts):
        yield _mint(one, facts.mint_registers, limits)


def _whole(reads: DaoReads) -> Iterator[Part]:
    """What may name a further mint and was not read."""
    if not isinstance(reads.dao, Found):
        yield unread(
            f"DAO account {reads.address}", reads.dao, absent=Status.UNKNOWN,
            absent_summary="The DAO does not exist.",
        )  # fmt: skip
        return
    yield from not_all(reads, f"proposals of {reads.address}")
    for one in reads.proposals:
        label = f"proposal {one.id} ({one.address})"
        passed = isinstance(one.proposal, Found) and (
            one.proposal.value.outcome in (Outcome.PASSED, Outcome.EXECUTED)
        )
        if not isinstance(one.proposal, Found):
            yield not_read(label, one.proposal)
        elif passed and not isinstance(one.payout, (Found, ProvenAbsent)):
            yield unread(label, one.payout, absent=Status.UNKNOWN, absent_summary="")


def _mints(facts: TreasuryFacts) -> tuple[JudgedMint, ...]:
    """The judged mints, each once, however many DAOs name it."""
    found = {one.address: one for tokens in facts.tokens.values() for one in tokens.mints}
    return tuple(found.values())


def _listed(tokens: TokenFacts, history: DaoHistory | None) -> Part:
    """Whether both token programs said what they hold for the treasury.

    The history asked for the same lists, a second provider too where there is one.
    """
    label = f"token accounts of {tokens.treasury}"
    again = {} if history is None else history.listed
    for read in (*tokens.lists.values(), *again.values()):
        if not isinstance(read, Found):
            return unread(label, read, absent=Status.UNKNOWN, absent_summary="No list came.")
    # The same questions: where the history asked a second provider too, they have two witnesses.
    asked = again if tokens.lists.keys() <= again.keys() else {**tokens.lists, **again}
    at = joined(*(read.at for read in asked.values()))
    if len(tokens.lists) < 2:
        return Part(label, Status.UNKNOWN, "Not every token program was asked.", at)
    for program, seen in again.items():
        mine = tokens.lists.get(program)
        if isinstance(seen, Found) and isinstance(mine, Found) and len(seen.value) != mine.value:
            text = "Its token accounts changed while they were read, or two lists differ."
            return Part(label, Status.UNKNOWN, text, at)
    counts = [read.value for read in tokens.lists.values() if isinstance(read, Found)]
    if not sum(counts) and not tokens.held:
        text = "Under neither token program does the treasury have an account."
        return Part(label, Status.NOT_APPLICABLE, text, at, observed=0)
    listed = sum(one.listed for one in tokens.held)
    if listed + tokens.others != sum(counts):
        text = f"{sum(counts)} token accounts are listed, and {listed + tokens.others} were read."
        return Part(label, Status.UNKNOWN, text, at)
    text = (
        f"{listed} token accounts are of judged mints; {tokens.others} others are unsolicited, "
        "as anybody can open them."
    )
    return Part(label, Status.PASS, text, at, observed={"judged": listed})


def _account(held: HeldAccount, tokens: TokenFacts, history: DaoHistory | None) -> Part:
    label, read = f"token account {held.address}", held.account
    if not isinstance(read, Found):
        return unread(label, read, absent=Status.UNKNOWN, absent_summary="It is gone.")
    one = read.value
    seen: dict[str, Any] = {
        "owner": one.owner,
        "mint": one.mint,
        "delegate": one.delegate,
        "close_authority": one.close_authority,
        "state": one.state,
        "associated": held.associated,
    }
    faults = _faults(one, tokens.treasury)
    at = read.at
    if _given(held, one, tokens.treasury) and history and unused(history, held.address):
        at = joined(at, of_history(history, history.histories[held.address]))
        text = (
            f"{held.address}, not the associated account, is one that somebody opened and the DAO "
            "never touched: unsolicited."
        )
        return Part(label, Status.PASS, text, at, observed=seen)
    if faults:
        return Part(label, Status.FAIL, f"Of {held.address} {faults[0]}.", at, observed=seen)
    if one.mint != held.mint:
        text = f"{held.address} is of the mint {one.mint}, and of {held.mint} by the list."
        return Part(label, Status.UNKNOWN, text, at, observed=seen)
    if one.unknown_extensions:
        numbers = ", ".join(map(str, one.unknown_extensions))
        text = f"{held.address} has the extension {numbers}, which is not known."
        return Part(label, Status.UNKNOWN, text, at, observed=seen)
    if any(extension.name in _OPAQUE for extension in one.extensions):
        text = f"{held.address} can hold amounts that nobody but the holder of its key can read."
        return Part(label, Status.UNKNOWN, text, at, observed=seen)
    shape = "the associated account" if held.associated else "not the associated account"
    text = (
        f"{held.address}, {shape}, is the treasury's: no delegate, no close authority, not frozen."
    )
    return Part(label, Status.PASS, text, at, observed=seen)


def _given(held: HeldAccount, one: TokenAccount, treasury: str) -> bool:
    """Whether an account may be a stranger's gift, with nothing that only the treasury can grant.

    Whoever opens an account and gives it away keeps its close authority, which closes an empty
    one, and chooses its extensions. A delegate ends with the gift, and so does the close authority
    over wrapped SOL, which would take what is there: these the treasury has granted itself.
    """
    return (
        not held.associated
        and one.owner == treasury
        and one.mint == held.mint
        and one.delegate is None
        and not (one.mint in NATIVE_MINTS and one.close_authority is not None)
        # Of some mints every account is born frozen, and can't be filled before it is thawed.
        and (one.state == "normal" or not one.amount)
    )


def _faults(one: TokenAccount, treasury: str) -> list[str]:
    found = []
    if one.owner != treasury:
        found.append(f"the owner is {one.owner}, and not the treasury")
    if one.delegate is not None:
        found.append(f"the delegate {one.delegate} can take {one.delegated_amount} raw units")
    if one.close_authority is not None:
        found.append(f"the close authority is {one.close_authority}")
    if one.state != "normal":
        found.append(f"the state is {one.state}: nothing can leave it")
    return found


def _mint(judged: JudgedMint, papers: _Papers, limits: Limits) -> Part:
    """Whether each power over a mint is one that the register accepts, at that exact key."""
    label = f"mint {judged.address}"
    if not isinstance(judged.mint, Found):
        return unread(
            label, judged.mint, absent=Status.FAIL,
            absent_summary=f"No mint lies there, and {judged.why[0]} names it.",
        )  # fmt: skip
    mint, at = judged.mint.value, judged.mint.at
    seen = {"program": mint.program, "powers": powers.shown(mint)}
    why = powers.broken(mint)
    if why:
        return Part(label, Status.FAIL, f"Of the mint {judged.address}: {why}.", at, observed=seen)
    rows = [
        (paper, row)
        for paper in papers
        if isinstance(paper.said, Found)
        for row in paper.said.value
        if row.key == judged.address
    ]
    at = joined(at, *(place for p, _row in rows for place in (p.said.at, p.changed.at)))
    two = _contradiction(rows)
    if two:
        text = f"The registers do not agree on the {two} of {judged.address}."
        return Part(label, Status.FAIL, text, at, observed=seen)
    unclear = powers.unclear(mint)
    issuer = {key for _paper, row in rows for key in row.keys(_ISSUER)}
    if issuer and mint.mint_authority is not None and mint.mint_authority not in issuer:
        text = f"The register names another mint authority than {mint.mint_authority}."
        return Part(label, Status.FAIL, text, at, observed=seen, expected=sorted(issuer))
    held = powers.dangerous(mint)
    refused = {
        name: key
        for name, key in held.items()
        if name in powers.FIELDS
        and not any(key in row.keys(powers.FIELDS[name]) for _paper, row in rows)
    }
    if refused:
        return _refused(label, refused, papers, at, seen, known=bool(rows))
    if unclear:
        text = f"Of the mint {judged.address}: {unclear}."
        return Part(label, Status.UNKNOWN, text, at, observed=seen)
    if not held:
        text = f"Nobody can freeze, take, tax or stop tokens of {judged.address}."
        return Part(label, Status.PASS, text, at, observed=seen)
    return _accepted(label, judged.address, held, rows, limits, at, seen)


def _contradiction(rows: list[tuple[Paper[tuple[Row, ...]], Row]]) -> str:
    """The field in which two rows about one mint differ; empty where none does."""
    for name in (*dict.fromkeys(powers.FIELDS.values()), _ISSUER):
        if len({frozenset(row.keys(name)) for _paper, row in rows}) > 1:
            return name.replace("_", " ")
    return ""


def _refused(
    label: str, refused: dict[str, str], papers: _Papers, at: ReadAt, seen: Any, *, known: bool
) -> Part:
    name, key = next(iter(refused.items()))
    text = f"The power {name} over it is held by {key}, and"
    expected = "powers that the register accepts at that exact key"
    if not known and not all(isinstance(paper.said, Found) for paper in papers):
        return Part(label, Status.UNKNOWN, f"{text} not every mint register could be read.", at,
                    observed=seen, expected=expected)  # fmt: skip
    if not papers:
        return Part(label, Status.UNKNOWN, f"{text} the target maps no mint register.", at,
                    observed=seen, expected=expected)  # fmt: skip
    return Part(label, Status.FAIL, f"{text} no register accepts that.", at, observed=seen,
                expected=expected)  # fmt: skip


def _accepted(
    label: str,
    address: str,
    held: dict[str, str],
    rows: list[tuple[Paper[tuple[Row, ...]], Row]],
    limits: Limits,
    at: ReadAt,
    seen: Any,
) -> Part:
    faults = []
    for paper, row in rows:
        if blank(row.text("owner")):
            faults.append((Status.MISSING, f"its row in {paper.file} has no owner"))
        faults.append(age(paper, row.text("date"), limits.register_age_seconds))
    status = worst(fault for fault, _text in faults)
    if status is not Status.PASS:
        why = next(text for fault, text in faults if fault is status)
        text = f"Powers over {address} are accepted by a register that can't be relied on: {why}."
        return Part(label, status, text, at, observed=seen)
    text = f"The powers over {address} are those that {rows[0][0].file} accepts: {', '.join(held)}."
    return Part(label, Status.PASS, text, at, observed=seen)

