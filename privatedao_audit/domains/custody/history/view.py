"""What notebook 02 shows of how the authority was used."""

from __future__ import annotations

from typing import Any

from privatedao_audit.chain.addresses import is_on_curve
from privatedao_audit.chain.layouts.nonce import Nonce
from privatedao_audit.domains.authority.history import DEPLOY, LoaderEvent
from privatedao_audit.domains.custody.facts import CustodyFacts
from privatedao_audit.domains.custody.history.decisions import Decision, Replay
from privatedao_audit.domains.custody.history.facts import MultisigHistory, ProgramHistory
from privatedao_audit.domains.custody.history.replay import replay
from privatedao_audit.domains.custody.history.upgrades import in_order
from privatedao_audit.domains.custody.history.waiting import does_of
from privatedao_audit.model.reads import Found, ProvenAbsent, Read
from privatedao_audit.view.columns import Kind, Moment
from privatedao_audit.view.plots import Across, Event, Plot, Span, lifelines
from privatedao_audit.view.table import Table

_WHEN: dict[str, Kind] = {"when": Moment()}
_AUTHORITY, _DECISIONS = "holder of the authority", "votes and waiting"
_NAMES = {
    DEPLOY: "deploy", "Upgrade": "upgrade", "ExtendProgram": "extend",
    "ExtendProgramChecked": "extend", "SetAuthority": "hand-over",
    "SetAuthorityChecked": "hand-over", "Close": "close",
}  # fmt: skip


def _listed(program: ProgramHistory) -> tuple[LoaderEvent, ...]:
    """Every loader event seen, failed ones too, oldest first."""
    own = program.loader.value.events if isinstance(program.loader, Found) else ()
    return tuple(sorted((*own, *program.elsewhere), key=lambda e: e.slot))


def _word(event: LoaderEvent) -> str:
    return _NAMES.get(event.action, event.action)


def _told(event: LoaderEvent) -> str:
    """What an event did, to whom it gave the authority, and whether it failed."""
    word = _word(event)
    if word == "hand-over":
        word += f" to {event.new_authority or 'nobody'}"
    return word if event.succeeded else f"{word}: failed"


def changes(facts: CustodyFacts) -> Table:
    """Everything the loader did to each program, oldest first, failed attempts too."""
    import pandas as pd

    rows = [
        (program.name, (event.block_time, event.slot), _told(event), event.authority,
         event.signature)
        for program in facts.history.programs
        for event in _listed(program)
    ]  # fmt: skip
    columns = ["program", "when", "what", "signed by", "transaction"]
    return Table(
        pd.DataFrame(rows, columns=columns, dtype=object),
        "What was done to the code and its authority, by whom, and when?",
        "No loader transaction on a program in scope was read.",
        _WHEN,
    )


def timeline(facts: CustodyFacts) -> Plot | Table:
    """Holder of the authority, changes of the code, votes and waiting times on one axis."""
    spans: list[Span] = []
    events: list[Event] = []
    several = len(facts.history.programs) > 1
    for program in facts.history.programs:
        row = f"{_AUTHORITY}: {program.name}" if several else _AUTHORITY
        listed = _listed(program)
        end = max((t for t in _times(facts, listed)), default=0)
        spans += _holders(program, row, end)
        events += [
            Event(e.block_time, row, _word(e) if e.succeeded else "failed attempt") for e in listed
        ]
    for one in facts.history.multisigs:
        for decision in _decisions(one):
            if decision.approved_at is not None and decision.executed is not None:
                done = decision.executed.block_time
                if done is not None:
                    spans.append(Span(decision.approved_at, done, _DECISIONS, "approved, waiting"))
            events += [Event(v.block_time, _DECISIONS, "approval") for v in decision.approvals]
    return lifelines(
        spans,
        events,
        across=Across.TIME,
        title="Who held the authority, and what was done with it",
        says="Above who held the upgrade authority and each change of the code, below the votes "
        "and the time each decision waited.",
        table=changes(facts),
    )


def _times(facts: CustodyFacts, listed: tuple[LoaderEvent, ...]) -> list[int]:
    times = [e.block_time for e in listed]
    for one in facts.history.multisigs:
        times += [s.block_time for s in one.log.value.steps] if isinstance(one.log, Found) else []
    return [time for time in times if time is not None]


def _holders(program: ProgramHistory, row: str, end: int) -> list[Span]:
    """From one hand-over to the next, by what kind of holder it was."""
    spans: list[Span] = []
    since: int | None = None
    kind = ""
    for event in in_order(program):
        if event.action not in (DEPLOY, "SetAuthority", "SetAuthorityChecked"):
            continue
        if event.block_time is None:
            continue
        if since is not None:
            spans.append(Span(since, event.block_time, row, kind))
        holder = event.authority if event.action == DEPLOY else event.new_authority
        since, kind = event.block_time, _kind(holder)
    if since is not None:
        spans.append(Span(since, max(end, since), row, kind))
    return spans


def _kind(holder: str | None) -> str:
    if holder is None:
        return "nobody (renounced)"
    return "one key" if is_on_curve(holder) else "a vault or other derived address"


def _replayed(one: MultisigHistory) -> Replay:
    return replay(one, one.log.value) if isinstance(one.log, Found) else Replay()


def _decisions(one: MultisigHistory) -> list[Decision]:
    return list(_replayed(one).decisions.values())


def votes(facts: CustodyFacts) -> Table:
    """Approvals of every transaction of the multisigs, with the rules of their time."""
    import pandas as pd

    rows = []
    for one in facts.history.multisigs:
        for decision in _decisions(one):
            rules = decision.rules
            under = "" if rules is None else f"{rules.threshold} votes, {rules.time_lock} s"
            for vote in decision.approvals:
                place = (vote.block_time, vote.slot)
                rows.append(
                    (one.address, decision.index, decision.status, vote.member, place, under)
                )
    columns = ["multisig", "transaction", "ended as", "approved by", "when",
               "threshold and time lock then"]  # fmt: skip
    return Table(
        pd.DataFrame(rows, columns=columns, dtype=object),
        "Who approved what, when, and under which rules?",
        "No approval was found in the history of a multisig that may be believed.",
        _WHEN,
    )


def transactions(facts: CustodyFacts) -> Table:
    """Every transaction of the multisigs by its index, with what it does and how it stands."""
    import pandas as pd

    rows = []
    for one in facts.history.multisigs:
        for slot in one.slots:
            proposal = slot.proposal
            stale = slot.index <= one.state.stale_transaction_index
            status = proposal.value.status if isinstance(proposal, Found) else _outcome(proposal)
            does = "; ".join(does_of(slot.transaction)) or _outcome(slot.transaction)
            release = (
                proposal.value.releases_at(one.state.time_lock)
                if isinstance(proposal, Found)
                else None
            )
            rows.append((one.address, slot.index, status, stale, (release, None), does))
    columns = ["multisig", "transaction", "proposal", "stale", "can be executed from",
               "what it does"]  # fmt: skip
    return Table(
        pd.DataFrame(rows, columns=columns, dtype=object),
        "What was ever put to the multisig, and what of it still stands?",
        "No multisig that may be believed has a transaction.",
        {"can be executed from": Moment()},
    )


def nonces(facts: CustodyFacts) -> Table:
    """The signers, how much of their history was read, and the nonce accounts in it."""
    import pandas as pd

    rows: list[tuple[Any, ...]] = []
    for one in facts.history.signers:
        seen = sorted({use.nonce for use in one.uses})
        count = one.seen.value if isinstance(one.seen, Found) else None
        scan = len(one.scan.value) if isinstance(one.scan, Found) else "not allowed"
        told = one.gap or ("complete" if count is not None else _outcome(one.seen))
        for key in seen or [""]:
            state = facts.history.nonces.get(key)
            held = ""
            if state is not None:
                held = (
                    state.value.authority
                    if isinstance(state, Found) and isinstance(state.value, Nonce)
                    else _outcome(state)
                )
            rows.append((one.role, one.key, count, told, scan, key or "none seen", held))
    columns = ["role", "signer", "transactions read", "history", "found by a scan",
               "nonce account", "its authority now"]  # fmt: skip
    return Table(
        pd.DataFrame(rows, columns=columns, dtype=object),
        "Which durable nonces do the signers have, as far as anything shows them?",
        "No signer is known, so no history was read.",
    )


def _outcome(read: Read[Any]) -> str:
    if isinstance(read, ProvenAbsent):
        return "closed or never made"
    return "not set up" if isinstance(read, Found) else f"not read: {read.reason}"
