"""Typed chain reads, the same live and on replay.

Everything here asks :class:`~privatedao_audit.evidence.questions.Answers`, which records or looks
up, and decodes strictly. A node's "null" for an account is proof of absence at its slot; a null
transaction, a refusal, or bytes that do not decode are Unknown. Needs no network library.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final, TypeVar

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
from privatedao_audit.chain.signatures import (
    MAX_SIGNATURES,
    SignatureHistory,
    signature_history,
)
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
    Unknown,
)

if TYPE_CHECKING:
    from privatedao_audit.evidence.carried import Carried

__all__ = ["Account", "ChainReads", "SignatureHistory", "SignatureRow"]

T = TypeVar("T")

#: The node's own limits (agave, rpc-client-types/src/request.rs).
MAX_ACCOUNTS: Final = 100


class ChainReads:
    """Typed questions to the chain.

    Args:
        answers: where to ask: a collector live, a replay later.
        commitment: of account reads, slots and block heights. History is always asked at
            ``finalized``: a signature list that can be rolled back is no history.
        concurrency: transactions asked for at the same time.
        carried: what an earlier recording holds of finalized transactions and their lists.
    """

    def __init__(
        self,
        answers: Answers,
        commitment: str = "finalized",
        *,
        concurrency: int = 8,
        carried: Carried | None = None,
    ) -> None:
        self._answers = answers
        self._carried = carried
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
        params = [signature, config]
        kept = self._kept(
            "getTransaction", params, lambda result: _transaction(result, signature), probe
        )
        if isinstance(kept, Found):
            return kept
        return await self.value(
            "getTransaction", params, lambda result: _transaction(result, signature), probe=probe
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
        return await self.value(
            "getSignaturesForAddress",
            [address, _page_config(before, limit, until)],
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
        since: int | None = None,
    ) -> Read[SignatureHistory]:
        """The history of an address down to its end, or as far as it can be read.

        A page that cannot be read ends the walk: what was read so far is returned, marked as
        not complete; when it is the first one, the whole is Unknown. A signature that comes
        twice, or a newer one after an older one, is Unknown: the pages do not fit together.

        Args:
            max_pages: most pages to ask for, the last empty one included.
            since: slot below which nothing is wanted; None: all of it.

        Raises:
            ValueError: ``max_pages`` below 1, or as :meth:`signature_page`.
        """
        if max_pages < 1:
            raise ValueError(f"max_pages must be at least 1, not {max_pages}")
        return await signature_history(self, address, max_pages, limit, probe, since)

    def carried_page(
        self, address: str, before: str | None, limit: int, until: str | None, probe: str | None
    ) -> Read[tuple[SignatureRow, ...]] | None:
        """A page as the recording has it that this run continues; None where it has none."""
        return self._kept(
            "getSignaturesForAddress",
            [address, _page_config(before, limit, until)],
            lambda result: shapes.signature_rows(result, limit),
            probe,
        )

    def carried_first_available(self, provider: str | None) -> Read[int] | None:
        """The oldest slot with a block, as the continued recording has it; None: it has none."""
        probe = None if provider is None else f"provider:{provider}"
        return self._kept("getFirstAvailableBlock", [], _first_slot, probe)

    async def first_available_block(self, provider: str | None = None) -> Read[int]:
        """The oldest slot of which a block can be read, long-term storage included."""
        return await self.value(
            "getFirstAvailableBlock",
            [],
            _first_slot,
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

    def _kept(
        self, method: str, params: Sequence[Any], decode: Callable[[Any], T], probe: str | None
    ) -> Read[T] | None:
        """The answer that was carried over; None where there is none.

        Its position says so: what is final does not age, and what it is joined with says how old
        the whole is.
        """
        if self._carried is None:
            return None
        question = ask_for("rpc", method, list(params), probe=probe)
        answer = self._carried.answer(question)
        if answer is None:
            return None
        read = self._decoded(answer, method, decode)
        return replace(read, at=replace(read.at, carried=True))

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


def _transaction(result: Any, signature: str) -> Transaction:
    transaction = decode_transaction(result, signature=signature)
    if not verify_signatures(transaction.wire):
        raise BadShape(f"a signature of {signature} is not valid; the answer is forged")
    return transaction


def _page_config(before: str | None, limit: int, until: str | None) -> dict[str, Any]:
    return {"commitment": "finalized", "limit": limit, "before": before, "until": until}


def _first_slot(result: Any) -> int:
    return shapes.slot_number(result, "the first available block")


def _unix_time(result: Any) -> int:
    if isinstance(result, bool) or not isinstance(result, int) or abs(result) > 2**53 - 1:
        raise BadShape("the block time is not a number")
    return result
