"""Who decides: over the treasury's token accounts, over the DAO, its program and its multisig."""

from __future__ import annotations

from collections.abc import Iterator

from privatedao_audit.chain import programs
from privatedao_audit.history.detectors.story import Detected, Hit, Story
from privatedao_audit.history.facts import AddressHistory, Deed
from privatedao_audit.history.powers import Power
from privatedao_audit.model.detection import Detection
from privatedao_audit.model.reads import Found
from privatedao_audit.protocols.conduct import Action
from privatedao_audit.protocols.facts import Outcome

__all__ = ["authority_change", "meant", "treasury_power"]

_DECIDED = frozenset({Outcome.PASSED, Outcome.EXECUTED})
_ON_ACCOUNTS = frozenset({"delegate", "close authority", "owner", "freeze", "unknown"})
#: Role of a DAO → registered roles that may hold it.
_HOLDERS = {
    "authority": ("dao-authority",),
    "upgrade authority": ("upgrade-authority",),
}
_OTHER_HOLDERS = ("treasury-operator", "dao-authority")
#: Changes of a multisig that take no power from anybody and give none.
_HARMLESS = frozenset({"multisig created", "config executed", "rent collector",
                       "spending limit removed"})  # fmt: skip


def treasury_power(story: Story, parameters: Detection) -> Detected:
    """Somebody else gets power over a token account of the treasury, or it is frozen or closed."""
    name, history = "treasury-power", story.history
    judged = _judged(story)
    hits: list[Hit] = []
    unable = story.gap("token account")
    #: Account → what a stranger could still do with it when it came to the treasury.
    kept: dict[str, dict[str, tuple[str, int]]] = {address: {} for address in judged}
    owned: dict[str, bool] = {}
    marks = story.calls.marks
    for number, deed in marks.deeds(history, marks.gaps, marks.powers, marks.leaving):
        if deed.gap and not unable and _touches(deed, judged):
            unable = f"{deed.signature}: {deed.gap}"
        for power in deed.powers:
            if power.subject not in judged or power.kind not in _ON_ACCOUNTS | {"revoke"}:
                continue
            if power.kind == "unknown":
                unable = unable or f"{deed.signature} holds an instruction that was not read"
                continue
            account = power.subject
            mine = owned.get(account)
            if mine is None:
                mine = _owner(judged[account], deed, history.treasury) == history.treasury
            told = tuple(_given(story, power, kept[account], mine, number))
            if power.kind == "owner":
                owned[account] = power.holder == history.treasury
            for one in told:
                hits.append(story.hit(name, account, one, [number], weight=power.amount or 0))
        for transfer in deed.transfers:
            account = transfer.source or ""
            if transfer.kind != "close" or account not in judged:
                continue
            if owned.get(account, True) and transfer.authority != history.treasury:
                closed = f"{transfer.authority} closed the token account {account}."
                hits.append(story.hit(name, account, closed, [number]))
    return Detected(name, tuple(hits), unable)


def _judged(story: Story) -> dict[str, AddressHistory]:
    """The treasury's token accounts that matter.

    Anybody can open accounts for the treasury, with any power over them and of any mint.
    """
    mints = meant(story)
    return {
        one.address: one
        for one in story.history.of_role("token account")
        if mints & {entry.mint for entry in one.entries}
        or (isinstance(one.now, Found) and one.now.value.mint in mints)
    }


def meant(story: Story) -> set[str]:
    """The mints that matter: the known ones, that of the votes, and those that were voted on."""
    mints = set(story.known.mints)
    if story.governance_mint is not None:
        mints.add(story.governance_mint)
    for one in story.reads.proposals:
        if isinstance(one.proposal, Found) and one.proposal.value.outcome in _DECIDED:
            mints |= {a.mint for a in one.proposal.value.actions if a.mint is not None}
            if isinstance(one.payout, Found) and one.payout.value.mint is not None:
                mints.add(one.payout.value.mint)
    return mints


def _touches(deed: Deed, judged: dict[str, AddressHistory]) -> bool:
    return any(
        entry.signature == deed.signature
        for one in judged.values() for entry in one.between(deed.slot, deed.slot)
    )  # fmt: skip


def _owner(one: AddressHistory, deed: Deed, otherwise: str) -> str | None:
    """Owner of a token account before a transaction, as recorded beside it."""
    for entry in one.between(deed.slot, deed.slot):
        if entry.signature == deed.signature and entry.holder is not None:
            return entry.holder[0]
    return otherwise


def _given(
    story: Story,
    power: Power,
    kept: dict[str, tuple[str, int]],
    mine: bool,
    number: int,
) -> Iterator[str]:
    """What a change of power over an account says, one sentence each."""
    treasury, account, holder = story.history.treasury, power.subject, power.holder
    if power.kind == "owner":
        if mine and holder != treasury:
            yield f"The token account {account} was given from the treasury to {holder}."
        if not mine and holder == treasury:
            for kind, (whom, _number) in kept.items():
                yield (
                    f"The token account {account} came to the treasury, and its {kind} stayed "
                    f"with {whom}."
                )
        # The token programs take delegate and close authority away only where they say so.
        return
    if power.kind == "revoke":
        kept.pop("delegate", None)
        return
    if power.kind == "freeze":
        if mine:
            yield f"{power.by} froze the token account {account} of the treasury."
        return
    if holder is None or holder == treasury:
        kept.pop(power.kind, None)
        return
    if not mine:
        kept[power.kind] = (holder, number)
        return
    much = f", up to {power.amount} raw units" if power.kind == "delegate" else ""
    yield f"{holder} became {power.kind} of the treasury's token account {account}{much}."


def authority_change(story: Story, parameters: Detection) -> Detected:
    """A role of the DAO, its policies, its program or its multisig changes hands unexpectedly."""
    name, history = "authority-change", story.history
    calls = story.calls
    unable = story.unheard() or story.gap("multisig", "program data")
    hits: list[Hit] = []
    written: set[str] = set()
    holders: set[str] = set()
    for row in calls.of("found", "hand over", "policy"):
        if not calls.took_effect[row]:
            continue
        action, by, does = calls.action[row], calls.caller[row], calls.does[row]
        if does == "policy":
            if why := _policy(story, action, by, written):
                text = f"{by}, {why}, ran {calls.name[row]}."
                hits.append(story.hit(name, history.dao, text, [calls.deed[row]]))
            continue
        rule = story.rules[calls.name[row]]
        holder = action.fields.get(rule.holder) if rule.holder else by
        if does == "found" or rule.role == "authority":
            holders.add(str(holder))
        if does == "found":
            continue  # whoever makes a DAO rules it at first
        if holder is None:
            unable = unable or f"{action.signature} does not say to whom the {rule.role} went"
        elif why := _moved(story, rule.role, by, str(holder)):
            text = f"The {rule.role} of the DAO went from {by} to {holder}, {why}."
            hits.append(story.hit(name, history.dao, text, [calls.deed[row]]))
    unable = unable or _unseen(story, holders)
    # Drafts first: inside a slot an execution may stand before what it executes.
    drafts: dict[str, list[tuple[int, Power]]] = {}
    marks = calls.marks
    for number, deed in marks.deeds(history, marks.powers):
        for power in deed.powers:
            if power.proposed:
                drafts.setdefault(power.via or "", []).append((number, power))
    rules: dict[tuple[str, str], int] = {}
    for number, deed in marks.deeds(history, marks.powers):
        for power in deed.powers:
            if power.kind in ("upgrade authority", "program closed"):
                hits += _program(story, power, number)
                continue
            if power.subject not in history.histories:
                continue
            if history.histories[power.subject].role not in ("multisig", "program data"):
                continue
            if power.kind == "unknown":
                unable = unable or f"{deed.signature} holds an instruction that was not read"
            elif power.proposed:
                continue
            elif power.kind == "config executed":
                if power.via not in drafts:
                    unable = unable or f"what {deed.signature} changed of the multisig was not seen"
                for before, draft in drafts.get(power.via or "", ()):
                    hits += _multisig(story, draft, rules, [before, number], voted=True)
            else:
                hits += _multisig(story, power, rules, [number], voted=False)
    return Detected(name, tuple(sorted(hits, key=lambda one: one.slot or 0)), unable)


def _policy(story: Story, action: Action, by: str, written: set[str]) -> str:
    """Why nobody expects a policy to be written so; empty where one does.

    The DAO's authority sets its policies once. What changes one later has to come from a vault,
    where it was voted on.
    """
    accounts = set(action.accounts.values()) - {story.history.dao, by, programs.SYSTEM}
    again = bool(accounts & written)
    written |= accounts
    if not _expected(story, "authority", by):
        return "who is not registered"
    return "a single key" if again and by not in story.known.vaults else ""


def _unseen(story: Story, holders: set[str]) -> str:
    """Why a hand-over of the DAO's authority must have been missed; empty where none was."""
    dao = story.reads.dao
    now = dao.value.authorities.get("authority") if isinstance(dao, Found) else None
    if now is None or now in holders:
        return ""
    return f"the DAO's authority is {now} now, and no hand-over to it was seen"


def _expected(story: Story, role: str, key: str) -> bool:
    return key in story.known.vaults or key in story.known.of(
        *_HOLDERS.get(role, _OTHER_HOLDERS)
    )


def _moved(story: Story, role: str, by: str | None, holder: str | None) -> str:
    """Why a new holder is not the expected one; empty where it is."""
    if holder is None:
        return "so that nobody holds it"
    if holder == by:
        return ""
    if not _expected(story, role, holder):
        return "who is not registered for it"
    if by in story.known.vaults and holder not in story.known.vaults:
        return "from a vault of a multisig to a single key"
    return ""


def _program(story: Story, power: Power, number: int) -> Iterator[Hit]:
    if power.subject not in story.known.program_data | {
        one.address for one in story.history.of_role("program data")
    }:
        return  # a buffer's authority
    if power.kind == "program closed":
        text = f"{power.by} closed the program data {power.subject}."
    else:
        why = _moved(story, "upgrade authority", power.by, power.holder)
        if not why:
            return
        text = (
            f"The upgrade authority of {power.subject} went from {power.by} to "
            f"{power.holder or 'nobody'}, {why}."
        )
    yield story.hit("authority-change", power.subject, text, [number])


def _multisig(
    story: Story,
    power: Power,
    rules: dict[tuple[str, str], int],
    at: list[int],
    *,
    voted: bool,
) -> Iterator[Hit]:
    """A change of a multisig's configuration that took effect, unless it was to be expected."""
    multisig, kind, members = power.subject, power.kind, story.known.of("multisig-member")
    if kind == "multisig created":
        rules[multisig, "threshold"] = power.amount or 0
    if kind in _HARMLESS:
        return
    if kind in ("threshold", "time lock"):
        before = rules.get((multisig, kind))
        rules[multisig, kind] = power.amount or 0
        if before == power.amount:
            return
        unit = " seconds" if kind == "time lock" else ""
        was = "" if before is None else f" from {before}"
        text = f"The {kind} of {multisig} was set{was} to {power.amount}{unit}"
    elif kind == "config authority":
        text = f"The config authority of {multisig} was set to {power.holder or 'nobody'}"
        if power.holder is None:
            return
    elif kind == "member added":
        if power.holder in members:
            return
        text = f"{power.holder}, who is not registered, became a member of {multisig}"
    elif kind == "member removed":
        if power.holder not in members:
            return
        text = f"The registered member {power.holder} was removed from {multisig}"
    else:
        text = f"The multisig {multisig} changed: {kind} {power.holder or ''}".rstrip()
    how = "by a vote" if voted else f"by {power.by} alone"
    yield story.hit("authority-change", multisig, f"{text}, {how}.", at)
