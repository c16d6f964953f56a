"""Typed chain reads, the same live and on replay.

Everything here asks :class:`~privatedao_audit.evidence.questions.Answers`, which records or looks
up, and decodes strictly. A node's "null" for an account is proof of absence at its slot; a null
transaction, a refusal, or bytes that do not decode are Unknown. Needs no network library.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final, TypeVar

from privatedao_audit.chain import answers as shapes
from privatedao_audit.chain.accounts import (
    Account,
    decode_accounts,
    diverged_accounts,
    owned_accounts,
    place,
    split,
)
from privatedao_audit.chain.answers import BadShape, RpcError, SignatureRow
from privatedao_audit.chain.transactions import (
    Transaction,
    decode_transaction,
    verify_signatures,
)
from privatedao_audit.evidence.questions import Answer, Answers, Outcome, ask_for
from privatedao_audit.model.reads import (
    Diverged,
    Found,
    Read,
    ReadAt,
    Unknown,
    joined,
)

__all__ = ["Account", "ChainReads", "SignatureHistory", "SignatureRow"]

T = TypeVar("T")

#: The node's own limits (agave, rpc-client-types/src/request.rs).
MAX_ACCOUNTS: Final = 100
MAX_SIGNATURES: Final = 1000


@dataclass(frozen=True, slots=True)
class SignatureHistory:
    """Signatures that touched an address, newest first, failed ones included.

    Attributes:
        reached_end: the last page was empty at a node that knows the cursor.
        first_available: oldest slot of which the provider of the last page keeps blocks.
        complete: the end was reached and nothing older can have been dropped.
        reason: why it is not complete; None when it is.
    """

    address: str
    rows: tuple[SignatureRow, ...]
    reached_end: bool
    first_available: int | None
    complete: bool
    reason: str | None


class ChainReads:
    """Typed questions to the chain.

    Args:
        answers: where to ask: a collector live, a replay later.
        commitment: of account reads, slots and block heights. History is always asked at
            ``finalized``: a signature list that can be rolled back is no history.
        concurrency: transactions asked for at the same time.
    """

    def __init__(
        self, answers: Answers, commitment: str = "finalized", *, concurrency: int = 8
    ) -> None:
        self._answers = answers
        self._commitment = commitment
        self._concurrency = concurrency

    async def value(
        self,
        method: str,
        params: Sequence[Any],
        decode: Callable[[Any], T],
        *,
        probe: str | None = None,
    ) -> Read[T]:
        """Ask any method and decode its result.

        Args:
            decode: from the parsed ``result`` member; raises ValueError for another shape.
            probe: ``provider:LABEL…`` to ask one provider; any other text to ask once more.
        """
        answer = await self._ask(method, params, probe)
        return self._decoded(answer, method, decode)

    async def genesis_hash(self, provider: str) -> Read[str]:
        """The genesis hash that one provider states, also when it is the wrong one."""
        return await self.value(
            "getGenesisHash",
            [],
            lambda result: shapes.key(result, "the genesis hash"),
            probe=f"provider:{provider}",
        )

    async def accounts(
        self,
        keys: Sequence[str],
        *,
        probe: str | None = None,
        min_context_slot: int | None = None,
        data_slice: tuple[int, int] | None = None,
    ) -> tuple[Read[Account], ...]:
        """Accounts as of one slot, in one getMultipleAccounts.

        Args:
            keys: base58 addresses, at most 100 different ones. Repeated ones are asked once.
            data_slice: offset and length in bytes of the data to read; None: all of it.

        Returns:
            One read per key, in the order of ``keys``.

        Raises:
            ValueError: too many keys, or one that is not a public key.
        """
        unique = tuple(dict.fromkeys(keys))
        if len(unique) > MAX_ACCOUNTS:
            raise ValueError(f"{len(unique)} accounts in one read; {MAX_ACCOUNTS} is the most")
        for key in unique:
            shapes.key(key, "the address asked for")
        if not unique:
            return ()
        config = {
            "encoding": "base64",
            "commitment": self._commitment,
            "minContextSlot": min_context_slot,
            "dataSlice": data_slice and {"offset": data_slice[0], "length": data_slice[1]},
        }
        answer = await self._ask("getMultipleAccounts", [list(unique), config], probe)
        if answer.outcome is Outcome.DIVERGED:
            reads = diverged_accounts(answer, unique, data_slice)
        else:
            whole = self._decoded(
                answer,
                "getMultipleAccounts",
                lambda result: decode_accounts(result, unique, data_slice),
            )
            reads = split(whole, unique)
        return tuple(reads[key] for key in keys)

    async def token_accounts(
        self, owner: str, program: str, *, probe: str | None = None
    ) -> Read[tuple[Account, ...]]:
        """Every token account of ``program`` whose owner field is ``owner``, by address.

        Args:
            program: SPL Token or Token-2022; a node answers for one at a time.

        Raises:
            ValueError: ``owner`` or ``program`` is not a public key.
        """
        shapes.key(owner, "the owner asked for")
        shapes.key(program, "the token program asked for")
        config = {"commitment": self._commitment, "encoding": "base64"}
        return await self.value(
            "getTokenAccountsByOwner",
            [owner, {"programId": program}, config],
            lambda result: owned_accounts(result, owner, program),
            probe=probe,
        )

    async def account(self, key: str, *, probe: str | None = None) -> Read[Account]:
        """One account; see :meth:`accounts`."""
        return (await self.accounts([key], probe=probe))[0]

    async def transaction(self, signature: str, *, probe: str | None = None) -> Read[Transaction]:
        """A finalized transaction.

        Unknown when no provider has it, when it is not the one asked for, or when one of its
        signatures is not valid, which means that the answer was made up.

        Raises:
            ValueError: ``signature`` is not a base58 signature.
        """
        shapes.signature(signature, "the signature asked for")
        config = {
            "commitment": "finalized",
            "encoding": "base64",
            "maxSupportedTransactionVersion": 0,
        }
        return await self.value(
            "getTransaction",
            [signature, config],
            lambda result: _transaction(result, signature),
            probe=probe,
        )

    async def transactions(self, signatures: Sequence[str]) -> tuple[Read[Transaction], ...]:
        """Several transactions, some at a time; one read per signature, in order."""
        gate = asyncio.Semaphore(self._concurrency)

        async def one(signature: str) -> Read[Transaction]:
            async with gate:
                return await self.transaction(signature)

        return tuple(await asyncio.gather(*(one(signature) for signature in signatures)))

    async def signature_page(
        self,
        address: str,
        before: str | None = None,
        limit: int = MAX_SIGNATURES,
        *,
        until: str | None = None,
        probe: str | None = None,
    ) -> Read[tuple[SignatureRow, ...]]:
        """One page of an address's history, newest first, ``before`` and ``until`` exclusive.

        Raises:
            ValueError: a malformed address or cursor, or a limit out of 1..1000.
        """
        shapes.key(address, "the address asked for")
        for cursor in (before, until):
            if cursor is not None:
                shapes.signature(cursor, "the cursor")
        if not 1 <= limit <= MAX_SIGNATURES:
            raise ValueError(f"a page of {limit} signatures; 1 to {MAX_SIGNATURES} are possible")
        config = {"commitment": "finalized", "limit": limit, "before": before, "until": until}
        return await self.value(
            "getSignaturesForAddress",
            [address, config],
            lambda result: shapes.signature_rows(result, limit),
            probe=probe,
        )

    async def signature_history(
        self,
        address: str,
        max_pages: int,
        *,
        limit: int = MAX_SIGNATURES,
        probe: str | None = None,
    ) -> Read[SignatureHistory]:
        """The history of an address down to its end, or as far as it can be read.

        A page that cannot be read ends the walk: what was read so far is returned, marked as
        not complete; when it is the first one, the whole is Unknown. A signature that comes
        twice, or a newer one after an older one, is Unknown: the pages do not fit together.

        Args:
            max_pages: most pages to ask for, the last empty one included.

        Raises:
            ValueError: ``max_pages`` below 1, or as :meth:`signature_page`.
        """
        if max_pages < 1:
            raise ValueError(f"max_pages must be at least 1, not {max_pages}")
        rows: list[SignatureRow] = []
        seen: set[str] = set()
        places: list[ReadAt] = []
        reason: str | None = f"more than {max_pages} pages of history"
        reached_end = False
        for number in range(1, max_pages + 1):
            before = rows[-1].signature if rows else None
            page = await self.signature_page(address, before, limit, probe=probe)
            if not isinstance(page, Found):
                if number == 1:
                    return page
                reason = f"page {number} could not be read: {_why(page)}"
                places.append(page.at)
                break
            places.append(page.at)
            if not page.value:
                reached_end = True
                break
            fault = _misfit(rows, seen, page.value)
            if fault is not None:
                return Unknown(f"page {number} of the history of {address}: {fault}", _at(places))
            rows += page.value
            seen.update(row.signature for row in page.value)
        first_available = None
        if reached_end:
            first_available, reason, at = await self._cut(places[-1])
            places.append(at)
        return Found(
            SignatureHistory(
                address=address,
                rows=tuple(rows),
                reached_end=reached_end,
                first_available=first_available,
                complete=reached_end and reason is None,
                reason=reason,
            ),
            _at(places),
        )

    async def _cut(self, last_page: ReadAt) -> tuple[int | None, str | None, ReadAt]:
        """Whether the provider of the last page may have dropped older history."""
        provider = last_page.providers[0] if last_page.providers else None
        read = await self.first_available_block(provider)
        if not isinstance(read, Found):
            return None, f"whether older blocks were dropped is not known: {_why(read)}", read.at
        if read.value > 0:
            kept = f"the provider keeps blocks from slot {read.value} on; older history may be cut"
            return read.value, kept, read.at
        return read.value, None, read.at

    async def first_available_block(self, provider: str | None = None) -> Read[int]:
        """The oldest slot of which a block can be read, long-term storage included."""
        return await self.value(
            "getFirstAvailableBlock",
            [],
            lambda result: shapes.slot_number(result, "the first available block"),
            probe=None if provider is None else f"provider:{provider}",
        )

    async def slot(self, *, probe: str | None = None) -> Read[int]:
        """The slot that a node has reached at this commitment."""
        return await self.value(
            "getSlot",
            [{"commitment": self._commitment}],
            lambda result: shapes.slot_number(result, "the slot"),
            probe=probe,
        )

    async def block_time(self, slot: int, *, probe: str | None = None) -> Read[int]:
        """Estimated production time of a block in Unix seconds."""
        return await self.value("getBlockTime", [slot], _unix_time, probe=probe)

    async def _ask(self, method: str, params: Sequence[Any], probe: str | None) -> Answer:
        return await self._answers.ask(ask_for("rpc", method, list(params), probe=probe))

    @staticmethod
    def _decoded(answer: Answer, method: str, decode: Callable[[Any], T]) -> Read[T]:
        at = place(answer)
        if answer.outcome is Outcome.DIVERGED:
            return Diverged(answer.reason or f"{method}: providers differ", at)
        if answer.outcome is not Outcome.FOUND or answer.body is None:
            return Unknown(answer.reason or f"{method}: no answer was recorded", at)
        try:
            result = shapes.result_of(answer.body)
            slot = shapes.context_slot(result)
            if slot is not None and slot != answer.slot:
                raise BadShape(f"recorded at slot {answer.slot}, the body says {slot}")
            return Found(decode(result), at)
        except (ValueError, RpcError) as error:
            return Unknown(f"the answer to {method} does not decode: {error}", at)


def _at(places: Sequence[ReadAt]) -> ReadAt:
    return joined(*places)


def _why(read: Read[Any]) -> str:
    return read.reason if isinstance(read, (Unknown, Diverged)) else "it is absent"


def _transaction(result: Any, signature: str) -> Transaction:
    transaction = decode_transaction(result, signature=signature)
    if not verify_signatures(transaction.wire):
        raise BadShape(f"a signature of {signature} is not valid; the answer is forged")
    return transaction


def _misfit(
    rows: Sequence[SignatureRow], seen: set[str], page: Sequence[SignatureRow]
) -> str | None:
    """Why a page does not continue the ones before it; None when it does."""
    if any(row.signature in seen for row in page):
        return "a signature of an earlier page comes again"
    if rows and page[0].slot > rows[-1].slot:
        return "it is newer than the page before it"
    return None


def _unix_time(result: Any) -> int:
    if isinstance(result, bool) or not isinstance(result, int) or abs(result) > 2**53 - 1:
        raise BadShape("the block time is not a number")
    return result
