"""What leaves the treasury: without a vote, or in steps that its past does not know."""

from __future__ import annotations

from bisect import bisect_left, insort
from collections import deque
from collections.abc import Iterator

from privatedao_audit.history.continuity import born_at
from privatedao_audit.history.detectors.powers import meant
from privatedao_audit.history.detectors.story import Detected, Hit, Story
from privatedao_audit.history.detectors.windows import deviation
from privatedao_audit.history.facts import Deed, Transfer
from privatedao_audit.history.reconcile import Execution, Movement, executions, ledger, movements
from privatedao_audit.history.unsolicited import taken_back, unused
from privatedao_audit.model.detection import Detection
from privatedao_audit.model.reads import Found

__all__ = ["balance_step", "outflow_unexplained"]

#: Past debits of an account against which a new one is measured.
_PAST = 64


def outflow_unexplained(story: Story, parameters: Detection) -> Detected:
    """Something left the treasury that no executed vote explains, or otherwise than was voted."""
    name, history, marks = "outflow-unexplained", story.history, story.calls.marks
    paying = (deed for _number, deed in marks.deeds(history, marks.paying))
    done = executions(history, story.reads.proposals, story.rules, paying)
    unable = story.gap("treasury", "token account") or _unlisted(story) or story.calls.unread
    said: dict[str, list[str]] = {}
    weight: dict[str, int] = {}
    slots: dict[str, int] = {}

    def told(signature: str, slot: int, text: str, amount: int) -> None:
        slots[signature] = slot
        texts = said.setdefault(signature, [])
        if text not in texts:
            texts.append(text)
        weight[signature] = max(weight.get(signature, 0), amount)

    for one in done:
        amount = sum(transfer.amount or 0 for transfer in one.paid)
        if one.fault:
            text = f"{story.named(one.proposal)}: {one.fault}"
            told(one.deed.signature, one.deed.slot, text, amount)
        elif one.open:
            unable = unable or f"{one.deed.signature}: {one.open}"
    for account, move in _debits(story, done):
        what = "lamports" if move.mint is None else f"raw units of {move.mint}"
        if move.open:
            unable = unable or f"{move.link.signature}: {move.open}"
        elif move.note and move.why == "unexplained":
            text = f"{-move.change} {what} left {account}: {move.note}"
            told(move.link.signature, move.link.slot, text, -move.change)
    for deed, transfer in _unpaid(story, done):
        # Also inside a net credit: what comes in beside it explains nothing.
        what = "lamports" if transfer.mint is None else f"raw units of {transfer.mint}"
        text = f"{transfer.amount} {what} went from {transfer.source} to {transfer.receiver}"
        if deed.signature not in said:
            told(deed.signature, deed.slot, f"{text}: no execution of a proposal paid it",
                 transfer.amount or 0)  # fmt: skip
    hits = [
        story.hit(name, history.treasury, f"{_sentence(texts)}.", [number],
                  weight=weight[signature])
        for signature, texts in said.items()
        if (number := history.number(slots[signature], signature)) is not None
    ]  # fmt: skip
    return Detected(name, tuple(sorted(hits, key=lambda one: one.slot or 0)), unable)


def _sentence(texts: list[str]) -> str:
    whole = "; ".join(texts)
    return whole[:1].upper() + whole[1:]


def _unlisted(story: Story) -> str:
    for program, read in story.history.listed.items():
        if not isinstance(read, Found):
            return f"the treasury's accounts under {program} were not listed"
    odd = story.history.unlisted()
    return f"the token account {odd[0]} was not followed" if odd else ""


def _debits(story: Story, done: tuple[Execution, ...]) -> Iterator[tuple[str, Movement]]:
    own = story.history.histories.get(story.history.dao)
    born = born_at(own) if own is not None else None
    mints, treasury = meant(story), story.history.treasury
    for chain, moved in movements(story.history, done, -1 if born is None else born):
        debits = [one for one in moved if one.change < 0]
        back = {id(one) for one in debits if one.mint not in mints and taken_back(one, treasury)}
        # What an issuer takes back of tokens that nobody asked for is no loss.
        spare = bool(back) and unused(story.history, chain.address)
        yield from (
            (chain.address, one) for one in debits if not (spare and id(one) in back)
        )


def _unpaid(story: Story, done: tuple[Execution, ...]) -> Iterator[tuple[Deed, Transfer]]:
    """Transfers out of the treasury's accounts that belong to no execution."""
    mine, treasury = ledger(story.history), story.history.treasury
    mints, strange = meant(story), dict[str, bool]()
    paid = {(one.deed.signature, transfer.place) for one in done for transfer in one.paid}
    marks = story.calls.marks
    for _number, deed in marks.deeds(story.history, marks.leaving):
        for one in deed.transfers:
            if one.source not in mine or one.kind not in ("sol", "token", "burn"):
                continue
            if one.source != treasury and one.mint not in mints and one.authority != treasury:
                if one.source not in strange:
                    strange[one.source] = unused(story.history, one.source)
                if strange[one.source]:
                    continue
            out = one.source == treasury or one.payer == treasury
            if out and one.receiver != treasury and one.amount and (
                (deed.signature, one.place) not in paid
            ):
                yield deed, one


def balance_step(story: Story, parameters: Detection) -> Detected:
    """A debit, or a day's debits together, take a large share of a balance, or exceed its past."""
    name, history = "balance-step", story.history
    unable = story.gap("treasury", "token account") or _unlisted(story)
    moves: dict[str, list[Movement]] = {}
    for account, move in _debits(story, ()):
        moves.setdefault(account, []).append(move)
    hits: list[Hit] = []
    for account, debits in moves.items():
        untimed = sum(one.link.block_time is None for one in debits)
        if untimed:
            unable = unable or f"the node kept no time of {untimed} debits of {account}"
        timed = [one for one in debits if one.link.block_time is not None]
        for some, why in _steps(timed, parameters):
            amount = -sum(one.change for one in some)
            what = "lamports" if some[-1].mint is None else f"raw units of {some[-1].mint}"
            text = f"{amount} {what} left {account}: {why}."
            at = [
                number for one in some
                if (number := history.number(one.link.slot, one.link.signature)) is not None
            ]  # fmt: skip
            if at:
                hits.append(story.hit(name, account, text, at, weight=amount))
    return Detected(name, tuple(sorted(hits, key=lambda one: one.slot or 0)), unable)


def _steps(
    debits: list[Movement], parameters: Detection
) -> Iterator[tuple[list[Movement], str]]:
    """Debits that are a step, each once, with the reason."""
    window: deque[Movement] = deque()
    highest: deque[Movement] = deque()  # balances before, falling: the highest one is first
    total = 0
    past: deque[int] = deque()
    ordered: list[int] = []
    told: Movement | None = None
    for one in debits:
        size, now = -one.change, one.link.block_time or 0
        window.append(one)
        total += size
        while highest and highest[-1].link.before <= one.link.before:
            highest.pop()
        highest.append(one)
        while now - (window[0].link.block_time or 0) > parameters.step_within_seconds:
            gone = window.popleft()
            total += gone.change
            if highest[0] is gone:
                highest.popleft()
        base = highest[0].link.before
        if total * 100 >= base * parameters.step_percent:
            # A series of debits is told when it passes the limit, and not with each that follows.
            if told is None or told not in window:
                yield list(window), (
                    f"{total * 100 // max(base, 1)} % of the balance within "
                    f"{parameters.step_within_seconds} seconds"
                )
                told = one
        elif len(past) >= parameters.step_past:
            limit = _limit(ordered, size, parameters)
            if limit is not None:
                yield [one], f"its past debits make up to {limit:.0f} ordinary"
        past.append(size)
        insort(ordered, size)
        if len(past) > max(_PAST, parameters.step_past):
            old = past.popleft()
            del ordered[bisect_left(ordered, old)]


def _limit(past: list[int], size: int, parameters: Detection) -> float | None:
    """What the past makes ordinary, where a debit exceeds it; ``past`` is sorted."""
    middle = past[len(past) // 2]
    least = middle * (1 + parameters.step_deviations / 10)
    if size <= least:
        return None
    centre, spread = deviation(past)
    # Equal payments have no spread: a tenth of the usual one is no anomaly.
    limit = centre + parameters.step_deviations * max(spread, centre / 10)
    return limit if size > limit else None
