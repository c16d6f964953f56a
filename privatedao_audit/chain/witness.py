"""Two providers on the same accounts: equal, moving, or diverged.

Nodes answer at different slots, so a difference alone proves nothing. Both are read again at
the higher slot; what still differs is DIVERGED only if neither node knows of a transaction that
touched the account since the lower of the two slots.
"""

from __future__ import annotations

import asyncio
from typing import Final

from privatedao_audit.chain import answers
from privatedao_audit.chain.answers import AccountEntry
from privatedao_audit.chain.attempts import Call, Failure, Good, Trail, account_count
from privatedao_audit.chain.limits import Policy
from privatedao_audit.evidence.questions import Outcome, Resolution

_SYSVAR_OWNER: Final = "Sysvar1111111111111111111111111111111111111"
#: Activity is looked up for at most so many differing accounts.
_MOST_LOOKED_UP: Final = 20
_MEMBERS: Final = ("owner", "executable", "lamports", "data")


class Witnesses:
    """Compares the answers of two providers to one account question."""

    def __init__(self, call: Call, trail: Trail, policy: Policy) -> None:
        self._call = call
        self._trail = trail
        self._policy = policy

    async def compared(self, first: Good, second: Good) -> Resolution:
        """Bring two answers to one outcome, reading again where they differ."""
        unread: str | None = None
        for _ in range(self._policy.rereads):
            if not self._differences(first, second):
                break
            if not await self._trail.wait(self._policy.reread_pause):
                unread = "the deadline passed"
                break
            call = self._call.at_least(max(_slot(first), _slot(second)))
            again = await asyncio.gather(
                first.provider.ask(call, self._trail), second.provider.ask(call, self._trail)
            )
            failed = [one.reason for one in again if isinstance(one, Failure)]
            unread = "; ".join(failed) or None
            if isinstance(again[0], Good) and isinstance(again[1], Good):
                first, second = again[0], again[1]
        different = self._differences(first, second)
        if not different:
            return self._agreed(first, second)
        where = f"{_named(first)} and {_named(second)} differ on {self._shown(different)}"
        if unread is not None:
            return self._open(f"{where}, and could not be read again: {unread}")
        return await self._explained(where, different, first, second)

    def _entries(self, good: Good) -> tuple[AccountEntry | None, ...]:
        count = account_count(self._call)
        return answers.account_entries(self._call.method, good.result, count)

    def _differences(self, first: Good, second: Good) -> dict[str, tuple[str, ...]]:
        """Address → what differs about it."""
        pairs = zip(self._addresses(), self._entries(first), self._entries(second), strict=True)
        return {address: _unequal(one, other) for address, one, other in pairs if one != other}

    def _addresses(self) -> list[str]:
        given = self._call.params[0]
        return list(given) if isinstance(given, list) else [given]

    def _agreed(self, first: Good, second: Good) -> Resolution:
        older = min(first, second, key=_slot)
        return Resolution(
            outcome=Outcome.FOUND,
            exchanges=tuple(self._trail.exchanges),
            chosen=older.index,
            slot=older.slot,
            commitment=self._call.commitment,
            providers=(first.provider.label, second.provider.label),
        )

    def _open(self, reason: str) -> Resolution:
        return Resolution(Outcome.UNKNOWN, reason, tuple(self._trail.exchanges))

    async def _explained(
        self,
        where: str,
        different: dict[str, tuple[str, ...]],
        first: Good,
        second: Good,
    ) -> Resolution:
        since = min(_slot(first), _slot(second))
        owners = self._owners(first, second)
        unread: list[str] = []
        for address in list(different)[:_MOST_LOOKED_UP]:
            if owners[address] == {_SYSVAR_OWNER}:
                continue  # sysvars change with every slot, without a transaction
            touched = await self._touched(address, since, first, second)
            if isinstance(touched, Failure):
                unread.append(touched.reason)
            elif not touched:
                return Resolution(
                    outcome=Outcome.DIVERGED,
                    reason=f"{where}; no transaction touched {address} since slot {since}",
                    exchanges=tuple(self._trail.exchanges),
                    slot=since,
                    commitment=self._call.commitment,
                    providers=(),
                )
        if unread:
            told = "; ".join(dict.fromkeys(unread))
            return self._open(f"{where}; whether it moved in between is not known: {told}")
        return self._open(f"moving while read: {where}")

    async def _touched(self, address: str, since: int, first: Good, second: Good) -> bool | Failure:
        """Whether either provider knows of a transaction at or after the slot."""
        commitment = self._call.commitment
        if commitment == "processed":
            commitment = "confirmed"  # the least that histories are served at
        call = Call("getSignaturesForAddress", [address, {"commitment": commitment, "limit": 1}])
        failure: Failure | None = None
        for good in (first, second):
            outcome = await good.provider.ask(call, self._trail)
            if isinstance(outcome, Failure):
                failure = outcome
            elif any(row.slot >= since for row in answers.signature_rows(outcome.result, 1)):
                return True
        return failure or False

    def _owners(self, first: Good, second: Good) -> dict[str, set[str | None]]:
        pairs = zip(self._addresses(), self._entries(first), self._entries(second), strict=True)
        return {
            address: {entry.owner if entry else None for entry in (one, other)}
            for address, one, other in pairs
        }

    def _shown(self, different: dict[str, tuple[str, ...]]) -> str:
        address, members = next(iter(different.items()))
        more = f" and {len(different) - 1} more" if len(different) > 1 else ""
        return f"{', '.join(members)} of {address}{more}"


def _unequal(one: AccountEntry | None, other: AccountEntry | None) -> tuple[str, ...]:
    if one is None or other is None:
        return ("existence",)
    return tuple(name for name in _MEMBERS if getattr(one, name) != getattr(other, name))


def _slot(good: Good) -> int:
    # Account answers always have a context slot: their shape was checked.
    return good.slot or 0


def _named(good: Good) -> str:
    return f"{good.provider.label} (slot {good.slot})"
