"""MA-12: the history is whole by its balances. What rests on it says so."""

from __future__ import annotations

from collections.abc import Iterator

from privatedao_audit.domains.monitoring.facts import MonitoringFacts
from privatedao_audit.history.continuity import Chain, born_at, chains
from privatedao_audit.history.facts import AddressHistory, DaoHistory
from privatedao_audit.history.places import of_history
from privatedao_audit.model.finding import Judgement, Part, judgement, unread
from privatedao_audit.model.limits import Limits
from privatedao_audit.model.reads import Diverged, Found, ReadAt, joined
from privatedao_audit.model.status import Status
from privatedao_audit.protocols.conduct import ActionKind
from privatedao_audit.protocols.facts import DaoReads


def ma_12(facts: MonitoringFacts, limits: Limits) -> Judgement:
    """For the DAO, its proposals, the treasury and each of its token accounts, the program's data
    account and the multisig, each balance after a transaction equals the balance before the next,
    the first is 0 and the last is what the account holds now; the order inside a slot follows
    that chain. As many proposals and multisig transactions are seen as the DAO and the multisig
    count. That a provider has no more pages proves nothing; these chains prove nothing of attempts
    that failed, nor of movements that cancel each other out."""
    parts: list[Part] = []
    for reads in facts.governance.daos:
        history = facts.histories.get(reads.address)
        if history is None:
            text = "The history of this DAO was not read."
            parts.append(Part(f"DAO {reads.address}", Status.UNKNOWN, text, reads.dao.at))
            continue
        parts += _dao(reads, history)
    first = next((facts.histories[d.address] for d in facts.governance.daos
                  if d.address in facts.histories), None)  # fmt: skip
    if first is not None:
        parts += _custody(facts, first)
    why = facts.governance.unsupported
    return judgement(
        parts,
        good="Every balance chains from its birth to now, and every proposal and multisig "
        "transaction that is counted was seen.",
        nothing=f"No DAO could be read: {why}." if why else "No DAO could be read.",
    )


def _dao(reads: DaoReads, history: DaoHistory) -> Iterator[Part]:
    own = history.histories.get(history.dao)
    born = born_at(own) if own is not None else None
    # Nothing of a DAO is older than the DAO: a list that is whole since then is whole.
    since = -1 if born is None else born
    yield _followed(history, history.dao, f"DAO {history.dao}", since)
    yield _followed(history, history.treasury, f"treasury {history.treasury}", since)
    yield _proposals(reads, history, since)
    yield _listing(history)
    for one in history.of_role("token account"):
        yield _chained(history, f"token account {one.address}", [one], since)


def _followed(history: DaoHistory, address: str, label: str, since: int) -> Part:
    one = history.histories.get(address)
    if one is None:
        return Part(label, Status.UNKNOWN, f"The history of {address} was not read.")
    return _chained(history, label, [one], since)


def _chained(
    history: DaoHistory,
    label: str,
    group: list[AddressHistory],
    since: int,
    where: ReadAt | None = None,
) -> Part:
    """The part over one or several addresses: the first fault, or how much was chained.

    Args:
        where: their position, where somebody knows it already.
    """
    at = of_history(history, *group) if where is None else where
    for one in group:
        if isinstance(one.now, Diverged):
            return unread(label, one.now, absent=Status.UNKNOWN, absent_summary="")
        if one.disputed:
            text = f"{one.disputed[:1].upper()}{one.disputed[1:]}."
            return Part(label, Status.DIVERGED, text, at)
    found = [chain for one in group for chain in chains(one, since)]
    for chain in found:
        if chain.broken:
            return Part(
                label, Status.UNKNOWN, f"The history of {chain.address} is not whole: "
                f"{chain.broken}.", at, observed=_counted(found),
            )  # fmt: skip
    if not any(chain.links for chain in found):
        text = "No transaction is known and it holds nothing; there is nothing to chain."
        if len(group) == 1 and group[0].role == "treasury":
            return Part(label, Status.PASS, text, at, observed=_counted(found))
        return Part(label, Status.UNKNOWN, text, at, observed=_counted(found))
    number = sum(len(chain.links) for chain in found)
    return Part(
        label, Status.PASS, f"{number} balances before and after a transaction chain from 0 to "
        "what is held now.", at, observed=_counted(found),
    )  # fmt: skip


def _counted(found: list[Chain]) -> dict[str, int]:
    return {
        "transactions": sum(len(chain.links) for chain in found),
        "movements": sum(len(chain.moves) for chain in found),
    }


def _proposals(reads: DaoReads, history: DaoHistory, since: int) -> Part:
    label = f"proposals of {history.dao}"
    if not isinstance(reads.dao, Found):
        return unread(
            label, reads.dao, absent=Status.UNKNOWN, absent_summary="The DAO does not exist."
        )
    count = reads.dao.value.proposal_count
    if count is None:
        text = "The protocol keeps no count of proposals."
        return Part(label, Status.UNKNOWN, text, reads.dao.at)
    known = {one.address for one in reads.proposals}
    followed = [one for one in history.of_role("proposal") if one.address in known]
    where = of_history(history, *followed)
    at = joined(reads.dao.at, where)
    strays = [
        (action.proposal, deed)
        for deed in history.deeds
        for action in deed.actions
        if action.kind is ActionKind.INSTRUCTION
        and action.took_effect
        and action.dao == history.dao
        and action.proposal is not None
        and action.proposal not in known
    ]
    seen = len({*(one.address for one in followed), *(stray for stray, _deed in strays)})
    if len(followed) != count:
        text = f"The DAO counts {count} proposals, and the histories of {len(followed)} were read."
        return Part(label, Status.UNKNOWN, text, at, observed=seen, expected=count)
    if strays:
        stray, deed = strays[0]
        moved = reads.dao.at.slot is not None and deed.slot > reads.dao.at.slot
        later = "was created while the DAO was being read" if moved else "is not among them"
        return Part(
            label, Status.UNKNOWN if moved else Status.FAIL,
            f"The DAO counts {count} proposals, and {stray}, which {deed.signature} names, "
            f"{later}.", joined(at, deed.at), observed=seen, expected=count,
        )  # fmt: skip
    if not count:
        text = "The DAO counts no proposals, and none was seen."
        return Part(label, Status.PASS, text, at, observed=0, expected=0)
    chained = _chained(history, label, followed, since, where)
    if chained.status is not Status.PASS:
        return chained
    unborn = [one for one in followed if born_at(one) is None]
    if unborn:
        text = f"The creation of {unborn[0].address} was not seen."
        return Part(label, Status.UNKNOWN, text, at, observed=seen, expected=count)
    return Part(
        label, Status.PASS, f"All {count} proposals that the DAO counts were seen, each chained "
        "from 0 to what it holds now.", at, observed=seen, expected=count,
    )  # fmt: skip


def _listing(history: DaoHistory) -> Part:
    label = f"token accounts of {history.treasury}"
    reads = tuple(history.listed.values())
    for read in reads:
        if not isinstance(read, Found):
            return unread(
                label, read, absent=Status.UNKNOWN, absent_summary="No list was answered."
            )
    if history.gaps or len(reads) < 2:
        why = history.gaps[0] if history.gaps else "a token program was not asked"
        text = f"Not every token account of the treasury was followed: {why}."
        return Part(label, Status.UNKNOWN, text, joined(*(read.at for read in reads)))
    listed = sorted(key for read in reads if isinstance(read, Found) for key in read.value)
    at = joined(*(read.at for read in reads))
    odd = history.unlisted()
    if odd:
        text = f"The account {odd[0]} was listed and not followed, or followed and not listed."
        return Part(label, Status.UNKNOWN, text, at, observed=listed)
    return Part(
        label, Status.PASS, f"Both token programs list {len(listed)} accounts of the treasury, "
        "and each was followed.", at, observed=listed,
    )  # fmt: skip


def _custody(facts: MonitoringFacts, history: DaoHistory) -> Iterator[Part]:
    if not facts.program_data:
        text = "No program's data account was asked for."
        yield Part("program data", Status.UNKNOWN, text)
    for address in facts.program_data:
        label = f"program data {address}"
        one = history.histories.get(address)
        born = born_at(one) if one is not None else None
        yield _followed(history, address, label, -1 if born is None else born)
    for address, kind in facts.uncounted.items():
        text = f"{address} is of kind {kind}, which keeps no count that can be compared."
        yield Part(f"multisig {address}", Status.UNKNOWN, text)
    for address, owner in facts.multisigs.items():
        label = f"multisig {address}"
        if isinstance(owner, Found):
            yield _multisig(history, address, label)
        else:
            yield unread(
                label, owner, absent=Status.UNKNOWN, absent_summary="The multisig does not exist."
            )


def _multisig(history: DaoHistory, address: str, label: str) -> Part:
    one = history.histories.get(address)
    if one is None:
        return Part(label, Status.UNKNOWN, f"The history of {address} was not read.")
    born = born_at(one)
    chained = _chained(history, label, [one], -1 if born is None else born)
    if chained.status is not Status.PASS or not isinstance(one.now, Found):
        if chained.status is not Status.PASS:
            return chained
        return Part(label, Status.UNKNOWN, "The multisig was closed.", chained.at)
    deeds = [history.deed(entry.slot, entry.signature) for entry in one.entries]
    seen = sum(deed.created.get(address, 0) for deed in deeds if deed is not None)
    gap = next((deed.gap for deed in deeds if deed is not None and deed.gap), "")
    counted = one.now.value.index
    if counted is None or seen < counted or gap:
        why = gap or f"the multisig counts {counted} transactions, and {seen} were seen"
        text = f"Not every transaction of the multisig was seen: {why}."
        return Part(label, Status.UNKNOWN, text, chained.at, observed=seen, expected=counted)
    if seen > counted:
        text = f"{seen} transactions of the multisig were made, and it counts {counted}."
        return Part(label, Status.FAIL, text, chained.at, observed=seen, expected=counted)
    return Part(
        label, Status.PASS, f"All {counted} transactions that the multisig counts were seen, and "
        "its balance chains.", chained.at, observed=seen, expected=counted,
    )  # fmt: skip

