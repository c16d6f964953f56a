"""Surfpool's answers, put right: what it does unlike a real node, as measured on 1.5.0.

The chain has no forks and no votes, so everything on it counts as finalized: reads of every
commitment see the same slot here, where Surfpool lets `finalized` trail by 31 slots for some
methods and ignores it for others. The other repairs stand at the methods below.
"""

from __future__ import annotations

import base64
import struct
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from solders.pubkey import Pubkey
from solders.sysvar import CLOCK

from .faults import Faults
from .node import SLOT_MILLISECONDS

Ask = Callable[[str, list[Any]], Awaitable[Any]]
"""Asks the node behind the proxy; its result, or an `RpcError`."""

_HISTORY = frozenset(
    {"getBlock", "getBlocks", "getBlocksWithLimit", "getSignaturesForAddress", "getTransaction"}
)
_CONFIG_AT = {
    # Where the configuration object stands among the parameters.
    "getAccountInfo": 1,
    "getBalance": 1,
    "getBlock": 1,
    "getBlockHeight": 0,
    "getBlocks": 2,
    "getBlocksWithLimit": 2,
    "getEpochInfo": 0,
    "getLatestBlockhash": 0,
    "getMinimumBalanceForRentExemption": 1,
    "getMultipleAccounts": 1,
    "getProgramAccounts": 1,
    "getSignaturesForAddress": 1,
    "getSlot": 0,
    "getSupply": 0,
    "getTokenAccountBalance": 1,
    "getTokenAccountsByOwner": 2,
    "getTokenLargestAccounts": 1,
    "getTokenSupply": 1,
    "getTransaction": 1,
    "getTransactionCount": 0,
    "isBlockhashValid": 1,
}
_MOST = {"getMultipleAccounts": 100, "getSignatureStatuses": 256}
_MOST_SIGNATURES = 1000
_MOST_SLOTS = 500_000
_CLOCK_TIME_AT = 32


class RpcError(Exception):
    """A JSON-RPC error to send: `code`, `message`, `data`."""

    def __init__(self, code: int, message: str, data: Any = None) -> None:
        super().__init__(message)
        self.code, self.message, self.data = code, message, data


@dataclass(frozen=True)
class _Landed:
    signature: str
    slot: int
    err: Any
    accounts: frozenset[str]


@dataclass(frozen=True)
class _View:
    """What one call sees: from slot `first` to `tip`, of a node whose open slot is `newest`.

    A block is shown once it is closed; before, Surfpool only guesses its time.
    """

    first: int
    tip: int
    newest: int

    def shows(self, slot: int) -> bool:
        return self.first <= slot <= self.tip and slot < self.newest


@dataclass
class Repairs:
    """The node as a client should see it. `started_ago`: see `LocalNode`, in seconds."""

    ask: Ask
    faults: Faults
    started_ago: int = 0
    _history: list[_Landed] = field(default_factory=list)  # oldest first
    _known: set[str] = field(default_factory=set)
    _slots: set[int] = field(default_factory=set)
    _times: dict[int, int | None] = field(default_factory=dict)

    async def answer(self, method: str, params: list[Any]) -> Any:
        """The result of one call. Raises RpcError."""
        view = await self._view()
        tip = view.tip
        config = self._config(method, params)
        self._check(method, params, config, tip)
        if method == "getSignaturesForAddress":
            return await self._signatures(params, config, view)
        if method == "getHealth" and self.faults.lag:
            behind = self.faults.lag
            raise RpcError(-32005, f"Node is behind by {behind} slots", {"numSlotsBehind": behind})
        if method in ("getFirstAvailableBlock", "minimumLedgerSlot"):
            # Surfpool counts from the slot it woke up in; its chain has nothing before that.
            return self.faults.first_slot or 0
        if method in ("getBlock", "getBlockTime"):
            await self._check_block(params[0] if params else None, view)
        if method in ("getBlocks", "getBlocksWithLimit"):
            return await self._blocks(method, params, view)
        result = await self.ask(method, self._upstream(method, params, config))
        return await self._mend(method, params, config, result, view)

    # Before the node is asked

    async def _view(self) -> _View:
        newest = int(await self.ask("getSlot", [{"commitment": "processed"}]))
        return _View(self.faults.first_slot, max(0, newest - self.faults.lag), newest)

    @staticmethod
    def _config(method: str, params: list[Any]) -> dict[str, Any]:
        at = _CONFIG_AT.get(method)
        if at is None or len(params) <= at or not isinstance(params[at], dict):
            return {}
        return dict(params[at])

    @staticmethod
    def _check(method: str, params: list[Any], config: Mapping[str, Any], tip: int) -> None:
        """Refuse what a node refuses: Surfpool sets no limits and reads no minContextSlot here."""
        least = config.get("minContextSlot")
        if isinstance(least, int) and least > tip:
            raise RpcError(
                -32016, "Minimum context slot has not been reached", {"contextSlot": tip}
            )
        if method in _HISTORY and config.get("commitment") == "processed":
            raise RpcError(-32602, "Method does not support commitment below `confirmed`")
        most = _MOST.get(method)
        if most is not None and params and isinstance(params[0], list) and len(params[0]) > most:
            raise RpcError(-32602, f"Too many inputs provided; max {most}")

    @staticmethod
    def _upstream(method: str, params: list[Any], config: dict[str, Any]) -> list[Any]:
        at = _CONFIG_AT.get(method)
        if at is None or len(params) < at:
            return params
        if len(params) > at and not isinstance(params[at], dict | None):
            return params  # an old style of parameter, such as a bare encoding
        asked = {key: value for key, value in config.items() if key != "minContextSlot"}
        asked["commitment"] = "confirmed" if method in _HISTORY else "processed"
        if method in ("getBlock", "getTransaction"):
            asked["maxSupportedTransactionVersion"] = 0
        return [*params[:at], asked, *params[at + 1 :]]

    # After the node has answered

    async def _mend(
        self, method: str, params: list[Any], config: Mapping[str, Any], result: Any, view: _View
    ) -> Any:
        tip = view.tip
        if method in ("getSlot", "getBlockHeight"):
            return max(0, int(result) - self.faults.lag)
        if method == "getBlockTime":
            return await self._time(int(params[0]), view)
        if method == "getTransaction" and result is not None:
            slot = result["slot"]
            if not view.shows(slot):
                return None
            self._check_version([result], config)
            return {**result, "blockTime": await self._time(slot, view)}
        if method == "getBlock" and result is not None:
            slot = int(params[0])
            self._check_version(result.get("transactions") or [], config)
            parent = min(int(result["parentSlot"]), slot - 1)  # Surfpool names the block itself
            return {**result, "blockTime": await self._time(slot, view), "parentSlot": parent}
        if isinstance(result, dict) and isinstance(result.get("context"), dict):
            context = {**result["context"], "slot": tip}
            result = {**result, "context": context}
        if method == "getSignatureStatuses":
            return {**result, "value": [self._final(one, view) for one in result["value"]]}
        if method == "getEpochInfo":
            return {**result, "absoluteSlot": tip}
        if method == "getAccountInfo" and params and params[0] == str(CLOCK):
            return {**result, "value": self._story_clock(result["value"])}
        if method == "getMultipleAccounts" and params and isinstance(params[0], list):
            pairs = zip(params[0], result["value"], strict=True)
            told = [self._story_clock(v) if key == str(CLOCK) else v for key, v in pairs]
            return {**result, "value": told}
        return result

    @staticmethod
    def _check_version(transactions: list[Any], config: Mapping[str, Any]) -> None:
        supported = config.get("maxSupportedTransactionVersion")
        for one in transactions:
            if isinstance(one, dict) and one.get("version") == 0 and supported is None:
                raise RpcError(
                    -32015,
                    "Transaction version (0) is not supported by the requesting client. Please "
                    "try the request again with the following configuration parameter: "
                    '"maxSupportedTransactionVersion": 0',
                )

    @staticmethod
    def _final(status: Any, view: _View) -> Any:
        if status is None or status["slot"] > view.tip or status["slot"] >= view.newest:
            return None
        return {**status, "confirmations": None, "confirmationStatus": "finalized"}

    def _story_clock(self, account: Any) -> Any:
        """The Clock sysvar with the story's time in it, when its bytes came as base64."""
        if not self.started_ago or not isinstance(account, dict):
            return account
        data = account.get("data")
        if not isinstance(data, list) or data[1:] != ["base64"]:
            return account
        raw = bytearray(base64.b64decode(data[0]))
        if len(raw) != _CLOCK_TIME_AT + 8:
            return account
        moved = struct.unpack_from("<q", raw, _CLOCK_TIME_AT)[0] - self.started_ago
        struct.pack_into("<q", raw, _CLOCK_TIME_AT, moved)
        return {**account, "data": [base64.b64encode(raw).decode(), "base64"]}

    async def _time(self, slot: int, view: _View) -> int | None:
        """A block's time. Only getBlockTime has it right, and only for a closed block that holds
        a transaction: getTransaction and getBlock say it in thousandths, the signature list falls
        behind after a time travel, and for any other slot it is a guess. The newest slot has the
        clock's time."""
        if slot == view.tip and slot not in self._slots:
            clock = await self.ask("getAccountInfo", [str(CLOCK), {"encoding": "base64"}])
            raw = base64.b64decode(clock["value"]["data"][0])
            late = self.faults.lag * SLOT_MILLISECONDS // 1000
            time = struct.unpack_from("<q", raw, _CLOCK_TIME_AT)[0]
            return int(time) - self.started_ago - late
        if slot not in self._times:
            found = await self.ask("getBlockTime", [slot])
            self._times[slot] = None if found is None else int(found) - self.started_ago
        return self._times[slot]

    # Blocks: Surfpool invents an empty one for every slot a time travel jumped over. Here a slot
    # has a block if a transaction landed in it, or if it is the newest.

    async def _check_block(self, slot: Any, view: _View) -> None:
        if not isinstance(slot, int) or isinstance(slot, bool) or slot < 0:
            raise RpcError(-32602, "Invalid params: a slot is expected")
        if slot < view.first:
            raise RpcError(
                -32001,
                f"Block {slot} cleaned up, does not exist on node. First available block: "
                f"{view.first}",
            )
        if slot > view.tip:
            raise RpcError(-32004, f"Block not available for slot {slot}")
        await self._read_history(view)
        if slot != view.tip and slot not in self._slots:
            raise RpcError(
                -32007,
                f"Slot {slot} was skipped, or missing due to ledger jump to recent snapshot",
            )

    async def _blocks(self, method: str, params: list[Any], view: _View) -> list[int]:
        if not params or not isinstance(params[0], int):
            raise RpcError(-32602, "Invalid params: a slot is expected")
        start, bound = params[0], params[1] if len(params) > 1 else None
        await self._read_history(view)
        slots = sorted(self._slots | {view.tip})
        found = [slot for slot in slots if max(start, view.first) <= slot <= view.tip]
        if method == "getBlocksWithLimit":
            return found[:bound] if isinstance(bound, int) else found
        end = bound if isinstance(bound, int) else view.tip
        if end - start > _MOST_SLOTS:
            raise RpcError(-32602, f"Slot range too large; max {_MOST_SLOTS}")
        return [slot for slot in found if slot <= end]

    # History by address: Surfpool leaves out addresses loaded from lookup tables, answers an
    # unknown cursor with an empty page, and has no limit. So the list is made here.

    async def _signatures(
        self, params: list[Any], config: Mapping[str, Any], view: _View
    ) -> list[dict[str, Any]]:
        try:
            address = str(Pubkey.from_string(params[0]))
        except (IndexError, TypeError, ValueError):
            raise RpcError(-32602, "Invalid param: an address is expected") from None
        limit = config.get("limit")
        limit = _MOST_SIGNATURES if limit is None else limit
        if not isinstance(limit, int) or not 1 <= limit <= _MOST_SIGNATURES:
            raise RpcError(-32602, f"Invalid limit; max {_MOST_SIGNATURES}")
        await self._read_history(view)
        visible = [one for one in reversed(self._history) if view.shows(one.slot)]
        places = {one.signature: number for number, one in enumerate(visible)}
        start, end = 0, len(visible)
        before, until = config.get("before"), config.get("until")
        for cursor in (before, until):
            if cursor is not None and cursor not in places:
                raise RpcError(-32020, f"Transaction {cursor} not found")
        if before is not None:
            start = places[before] + 1
        if until is not None:
            end = places[until]
        page = [one for one in visible[start:end] if address in one.accounts][:limit]
        return [
            {
                "signature": one.signature,
                "slot": one.slot,
                "err": one.err,
                "memo": None,
                "blockTime": await self._time(one.slot, view),
                "confirmationStatus": "finalized",
            }
            for one in page
        ]

    async def _read_history(self, view: _View) -> None:
        found = await self.ask("surfnet_getLocalSignatures", [1_000_000])
        fresh = [one["signature"] for one in found["value"] if one["signature"] not in self._known]
        for signature in fresh:
            config = {
                "encoding": "json",
                "commitment": "confirmed",
                "maxSupportedTransactionVersion": 0,
            }
            transaction = await self.ask("getTransaction", [signature, config])
            if transaction is None or transaction["slot"] >= view.newest:
                continue
            if signature in self._known:
                continue  # another call read it while this one waited
            loaded = transaction["meta"]["loadedAddresses"] or {}
            accounts = [
                *transaction["transaction"]["message"]["accountKeys"],
                *loaded.get("writable", ()),
                *loaded.get("readonly", ()),
            ]
            self._known.add(signature)
            self._slots.add(transaction["slot"])
            self._history.append(
                _Landed(
                    signature, transaction["slot"], transaction["meta"]["err"], frozenset(accounts)
                )
            )
        if fresh:
            # One transaction to a slot on this chain, so slots put them in order.
            self._history.sort(key=lambda one: one.slot)
