"""Plots of a DAO's life for notebook 04: failures, votes, authorities, the treasury's balance."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from privatedao_audit.domains.monitoring.detected import detected, stories
from privatedao_audit.domains.monitoring.facts import MonitoringFacts
from privatedao_audit.domains.treasury import history_view
from privatedao_audit.domains.treasury.facts import TreasuryFacts
from privatedao_audit.history import tables
from privatedao_audit.history.detectors import Story
from privatedao_audit.history.facts import Deed
from privatedao_audit.history.powers import Power
from privatedao_audit.model.reads import Found
from privatedao_audit.protocols.facts import Vote
from privatedao_audit.view.columns import Moment
from privatedao_audit.view.plots import Across, Event, Plot, timeline
from privatedao_audit.view.shares import Share, shares
from privatedao_audit.view.table import Ordinary, Table

__all__ = ["authorities", "balance", "concentration", "failing", "failures", "named"]

#: Callers that get a marker of their own; the rest share one.
_MOST_CALLERS = 6
_SEGMENTS = ("largest wallet", "second", "third", "all others")
_RULING = frozenset({"multisig", "program data"})
_SILENT = frozenset({"config executed", "rent collector"})


def named(story: Story, key: str) -> str:
    """A key as a plot shows it: its registered role, and its ends."""
    short = f"{key[:4]}…{key[-4:]}"
    for role, keys in story.known.roles.items():
        if key in keys:
            return f"{role} {short}"
    return f"vault {short}" if key in story.known.vaults else short


def failing(facts: MonitoringFacts) -> Plot | Table:
    """Failed instructions through time: a row per instruction, a marker per caller."""
    found = [
        (calls.name[row], calls.time[row], named(story, calls.caller[row]))
        for story in stories(facts).values()
        for calls in (story.calls,)
        for row, blamed in enumerate(calls.blamed)
        if blamed
    ]
    most = [name for name, _ in Counter(row[2] for row in found).most_common(_MOST_CALLERS)]
    callers = len({row[2] for row in found})
    return timeline(
        [Event(at, name, caller if caller in most else "others") for name, at, caller in found],
        across=Across.TIME,
        title=f"{len(found)} instructions of the program failed, by {callers} callers",
        says="Failed instructions on one line each, with a marker for each caller.",
        table=failures(facts),
    )


def failures(facts: MonitoringFacts) -> Table:
    """Failed transactions on these addresses: what was tried, by whom, and why it failed."""
    import pandas as pd

    rows = []
    for dao, history in facts.histories.items():
        for row in tables.failures(history).rows():
            signature, slot, time, instruction, _place, proposal, code, error, payer = row
            rows.append((
                facts.governance.names.get(dao, dao), (time, slot), instruction or "not the DAO's",
                error or "not known", code, payer, proposal or "", signature,
            ))  # fmt: skip
    columns = ["DAO", "when", "instruction", "error", "code", "paid by", "proposal", "transaction"]
    return Table(
        pd.DataFrame(rows, columns=columns, dtype=object),
        "What was tried and failed? Only what landed is on chain.",
        facts.governance.unsupported or "No failed transaction was seen.",
        {"when": Moment()},
    )


def concentration(facts: MonitoringFacts) -> Plot | Table:
    """Whose weight decided: the shares of the largest wallets in each vote."""
    import pandas as pd

    parts: list[Share] = []
    rows = []
    minor: list[bool] = []
    above = 0
    for dao, story in stories(facts).items():
        for one in story.reads.proposals:
            if not (isinstance(one.votes, Found) and isinstance(one.proposal, Found)):
                continue
            counted = _counted([r.value for r in one.votes.value.votes.values()
                                if isinstance(r, Found)])  # fmt: skip
            weights = [weight for _voter, weight in counted]
            whole = sum(weights)
            if not whole:
                continue
            name = f"{one.id} {one.proposal.value.title}"
            cut = [*weights[:3], sum(weights[3:])]
            parts += (Share(name, kind, amount)
                      for kind, amount in zip(_SEGMENTS, [*cut, 0, 0, 0][:4], strict=True)
                      )  # fmt: skip
            above += weights[0] * 2 > whole
            rows += [
                (facts.governance.names.get(dao, dao), one.id, voter, weight,
                 f"{weight * 100 // whole} %")
                for voter, weight in counted
            ]  # fmt: skip
            minor += [weight * 2 <= whole for _voter, weight in counted]
    votes = len({part.row for part in parts})
    return shares(
        parts,
        line=50,
        title=f"In {above} of {votes} votes one wallet held more than half of what counted",
        says="The weight that counted in each vote, by wallet.",
        table=Table(
            pd.DataFrame(
                rows, columns=["DAO", "no.", "voter", "weight", "share"], dtype=object
            ),
            "Which wallet held how much of the weight that counted, in raw units?",
            facts.governance.unsupported or "No revealed vote was read.",
            ordinary=Ordinary(minor, "the wallet held half of the weight at most"),
        ),
    )


def _counted(votes: list[Vote]) -> list[tuple[str, int]]:
    """Voter and weight of the votes that were told, the largest first."""
    told = [
        (vote.voter, next(iter(vote.weights.values()), 0))
        for vote in votes if vote.choice is not None
    ]  # fmt: skip
    return sorted(told, key=lambda one: (-one[1], one[0]))


def authorities(facts: MonitoringFacts) -> Plot | Table:
    """Every change of who decides, with those that were not to be expected marked."""
    import pandas as pd

    said = detected(facts)
    rows = []
    events: list[Event] = []
    odd = 0
    for dao, story in stories(facts).items():
        hits = {
            signature
            for name in ("authority-change", "treasury-power")
            for hit in said[dao][name].hits for signature in hit.signatures[-1:]
        }  # fmt: skip
        for deed, what, change, by in _changes(story):
            unexpected = deed.signature in hits
            odd += unexpected
            kind = "not expected" if unexpected else "as registered"
            events.append(Event(deed.block_time, what, kind))
            rows.append((
                facts.governance.names.get(dao, dao), (deed.block_time, deed.slot), what, change,
                by, unexpected, deed.signature,
            ))  # fmt: skip
    columns = ["DAO", "when", "what", "change", "by", "unexpected", "transaction"]
    return timeline(
        events,
        across=Across.TIME,
        title=f"{odd} of {len(rows)} changes of authority were not to be expected",
        says="Changes of who decides, on one line each, with those marked that the target's "
        "registers do not explain.",
        table=Table(
            pd.DataFrame(rows, columns=columns, dtype=object),
            "Who could decide over the DAO, its program, its multisig and its accounts, and "
            "since when?",
            facts.governance.unsupported or "Nothing ever changed hands.",
            {"when": Moment()},
            ordinary=Ordinary(
                [not row[5] for row in rows], "the target's registers explain the change"
            ),
        ),
    )


def _changes(story: Story) -> Iterator[tuple[Deed, str, str, str]]:
    """Transaction, what changed, how, and by whom, in the order of the history."""
    calls, history = story.calls, story.history
    by_deed: dict[int, list[tuple[str, str, str]]] = {}
    for row in calls.of("found", "hand over", "policy"):
        if not calls.took_effect[row]:
            continue
        rule, by = story.rules[calls.name[row]], calls.caller[row]
        holder = calls.action[row].fields.get(rule.holder) if rule.holder else None
        if calls.does[row] == "policy":
            what, change = "policy", calls.name[row]
        else:
            what = f"DAO: {rule.role or 'authority'}"
            change = f"to {named(story, str(holder or by))}"
        by_deed.setdefault(calls.deed[row], []).append((what, change, named(story, by)))
    for number, deed in enumerate(history.deeds):
        for what, change, by in by_deed.get(number, ()):
            yield deed, what, change, by
        for power in deed.powers:
            told = _power(story, power)
            if told:
                yield deed, *told


def _power(story: Story, power: Power) -> tuple[str, str, str] | None:
    if power.kind in _SILENT or power.kind == "unknown":
        return None
    one = story.history.histories.get(power.subject)
    if one is None or one.role not in _RULING | {"token account"}:
        return None
    by = "–" if power.by is None else named(story, power.by)
    value = "" if power.amount is None else f" {power.amount}"
    holder = "" if power.holder is None else f" {named(story, power.holder)}"
    what: str = "treasury's token account" if one.role == "token account" else one.role
    if power.kind == "upgrade authority":
        what, holder = "upgrade authority", holder or " nobody"
    drafted = " (put to the vote)" if power.proposed else ""
    return what, f"{power.kind}{value}{holder}{drafted}", by


def balance(facts: MonitoringFacts) -> Plot | Table:
    """The treasury's SOL through time, each step with its reason."""
    return history_view.balance(TreasuryFacts(facts.governance, facts.histories))
