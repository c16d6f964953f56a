"""The list of an address's transactions, walked page by page down to its end.

A run that continues an earlier recording takes the pages that are carried, asks for what is newer
than the newest of them, and goes on below the oldest where they did not reach the end. One page of
what is carried is asked for once more: an earlier recording that left out or added a transaction
there, or says otherwise whether one failed, is not believed. Where the two don't fit together the
whole list is asked for anew.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Final, Protocol

from privatedao_audit.chain.answers import SignatureRow
from privatedao_audit.chain.signature_rows import SignatureRows, mark_of
from privatedao_audit.model.reads import Diverged, Found, Read, ReadAt, Unknown, joined

__all__ = ["MAX_SIGNATURES", "Pages", "SignatureHistory", "signature_history"]

#: The node's own limit (agave, rpc-client-types/src/request.rs).
MAX_SIGNATURES: Final = 1000


@dataclass(frozen=True, slots=True)
class SignatureHistory:
    """Signatures that touched an address, newest first, failed ones included.

    Attributes:
        reached_end: the last page was empty at a node that knows the cursor.
        first_available: oldest slot of which the provider of the last page keeps blocks.
        complete: the end was reached and nothing older can have been dropped.
        reason: why it is not complete; None when it is.
        carried: how many of the rows come from an earlier recording.
    """

    address: str
    rows: Sequence[SignatureRow]
    reached_end: bool
    first_available: int | None
    complete: bool
    reason: str | None
    carried: int = 0


class Pages(Protocol):
    """Where pages come from."""

    async def signature_page(
        self,
        address: str,
        before: str | None = None,
        limit: int = MAX_SIGNATURES,
        *,
        until: str | None = None,
        probe: str | None = None,
    ) -> Read[tuple[SignatureRow, ...]]:
        """One page, asked for now."""
        ...

    def carried_page(
        self, address: str, before: str | None, limit: int, until: str | None, probe: str | None
    ) -> Read[tuple[SignatureRow, ...]] | None:
        """The same page as an earlier recording has it; None where it has none."""
        ...

    async def first_available_block(self, provider: str | None = None) -> Read[int]:
        """The oldest slot of which a block can be read, asked now."""
        ...

    def carried_first_available(self, provider: str | None) -> Read[int] | None:
        """The same as an earlier recording has it; None where it has none."""
        ...


@dataclass
class _Walk:
    """A walk down one list: what it read, and how it ended."""

    pages: Pages
    address: str
    limit: int
    probe: str | None
    until: str | None = None
    rows: SignatureRows = field(default_factory=SignatureRows)
    places: list[ReadAt] = field(default_factory=list)
    seen: set[bytes] = field(default_factory=set)
    ended: bool = False
    carried: int = 0
    #: Whether the page that ended it was carried.
    old_end: bool = False
    #: A page that could not be read, and pages that contradict one another.
    trouble: Read[Any] | None = None
    misfit: Unknown | None = None

    @property
    def stopped(self) -> bool:
        """Whether there is nothing more to ask for."""
        return self.ended or self.trouble is not None or self.misfit is not None

    def along_carried(self) -> None:
        """Take the pages that are carried, as far as they follow one another."""
        while not self.stopped:
            page = self.pages.carried_page(
                self.address, self._cursor(), self.limit, self.until, self.probe
            )
            if page is None:
                return
            self.carried += len(page.value) if isinstance(page, Found) else 0
            self._take(page)
            self.old_end = self.ended

    async def down(self, most: int, since: int | None = None) -> bool:
        """Ask for pages until the end, or down to below ``since``.

        Returns:
            Whether there was nothing more to ask for; False also when ``most`` were asked for.
        """
        for _ in range(most):
            if self.stopped or self.below(since):
                break
            self._take(
                await self.pages.signature_page(
                    self.address, self._cursor(), self.limit, until=self.until, probe=self.probe
                )
            )
        return self.stopped

    def below(self, since: int | None) -> bool:
        """Whether its rows reach below a slot."""
        return since is not None and bool(self.rows) and self.rows[-1].slot < since

    def _cursor(self) -> str | None:
        return self.rows[-1].signature if self.rows else None

    def _take(self, page: Read[tuple[SignatureRow, ...]]) -> None:
        self.places.append(page.at)
        if not isinstance(page, Found):
            self.trouble = page
            return
        fault = _misfit(self.rows, self.seen, page.value)
        if fault is not None:
            number = len(self.places)
            text = f"page {number} of the history of {self.address}: {fault}"
            self.misfit = Unknown(text, joined(*self.places))
            return
        self.ended = not page.value
        self.rows.extend(page.value)
        self.seen.update(mark_of(row.signature) for row in page.value)


async def signature_history(
    pages: Pages,
    address: str,
    max_pages: int,
    limit: int,
    probe: str | None,
    since: int | None = None,
) -> Read[SignatureHistory]:
    """See :meth:`privatedao_audit.chain.reads.ChainReads.signature_history`."""
    old = _Walk(pages, address, limit, probe)
    old.along_carried()
    if old.misfit is None and old.trouble is None and old.rows:
        found = await _continued(old, max_pages, since)
        if found is not None:
            return found
    walk = _Walk(pages, address, limit, probe)
    done = await walk.down(max_pages, since)
    if walk.misfit is not None:
        return walk.misfit
    if walk.trouble is not None and not walk.rows:
        return walk.trouble
    return await _told(walk, walk.rows, walk.places, _stop(walk, done, max_pages, since), 0)


async def _continued(
    old: _Walk, max_pages: int, since: int | None
) -> Read[SignatureHistory] | None:
    """The carried list with what is newer; None where the two do not fit together."""
    rows, places, carried = SignatureRows(old.rows), list(old.places), old.carried
    while True:  # what earlier recordings added on top, one after the other
        above = _Walk(old.pages, old.address, old.limit, old.probe, until=rows[0].signature)
        above.along_carried()
        if not above.ended or not above.rows or _misfit(above.rows, above.seen, rows):
            break
        above.rows.extend(rows)
        rows, places = above.rows, [*places, *above.places]
        carried += above.carried
    new = _Walk(old.pages, old.address, old.limit, old.probe, until=rows[0].signature)
    done = await new.down(max_pages)
    if new.misfit is not None or _misfit(new.rows, new.seen, rows):
        return None
    if new.trouble is not None or not done:
        # What is newer has a hole: nothing says from where on the list is whole.
        reason = _stop(new, done, max_pages) or "what is new could not be read"
        return Found(
            SignatureHistory(
                old.address, _joined(new.rows, rows), False, None, False,
                f"above what was carried over: {reason}", carried,
            ),
            joined(*places, *new.places),
        )  # fmt: skip
    places = [*places, *new.places]
    again = await old.pages.signature_page(
        old.address, rows[0].signature, old.limit, probe=old.probe
    )
    places.append(again.at)
    if not isinstance(again, Found):
        why = f"what was carried over could not be compared: {_why(again)}"
        return Found(
            SignatureHistory(
                old.address, _joined(new.rows, rows), False, None, False, why, carried
            ),
            joined(*places),
        )
    if not _same_rows(rows, again.value, whole=old.ended, limit=old.limit):
        return None
    if not old.ended:
        # The earlier reading stopped at its limit or at an error: go on below it.
        rows_before, pages_before = len(old.rows), len(old.places)
        done = await old.down(max_pages, since)
        if old.misfit is not None:
            return None
        rows.extend(old.rows[rows_before:])
        places += old.places[pages_before:]
    ended = _stop(old, done, max_pages, since)
    return await _told(old, _joined(new.rows, rows), places, ended, carried)


def _same_rows(
    rows: Sequence[SignatureRow], page: Sequence[SignatureRow], *, whole: bool, limit: int
) -> bool:
    """Whether a page that was asked for now is what is carried below its newest row.

    It may end earlier, where the provider has dropped old blocks since, but hold nothing else.

    Args:
        whole: whether the carried list reaches its end, so that nothing can lie below it.
    """
    below = len(rows) - 1
    if len(page) > below and whole:
        return False
    told = rows[1 : 1 + min(below, len(page), limit)]
    return all(one == two for one, two in zip(told, page, strict=False))


def _joined(newer: SignatureRows, older: SignatureRows) -> SignatureRows:
    newer.extend(older)
    return newer


def _stop(walk: _Walk, done: bool, max_pages: int, since: int | None = None) -> str | None:
    """Why a walk ended before the end of the list."""
    if walk.trouble is not None:
        return f"page {len(walk.places)} could not be read: {_why(walk.trouble)}"
    if not done and walk.below(since):
        return f"it was read back to slot {since}, and no further"
    return None if done else f"more than {max_pages} pages of history"


async def _told(
    walk: _Walk,
    rows: Sequence[SignatureRow],
    places: list[ReadAt],
    reason: str | None,
    carried: int,
) -> Found[SignatureHistory]:
    first_available = None
    if walk.ended:
        first_available, reason, at = await _cut(walk)
        places = [*places, at]
    return Found(
        SignatureHistory(
            address=walk.address,
            rows=rows,
            reached_end=walk.ended,
            first_available=first_available,
            complete=walk.ended and reason is None,
            reason=reason,
            carried=carried,
        ),
        joined(*places),
    )


async def _cut(walk: _Walk) -> tuple[int | None, str | None, ReadAt]:
    """Whether the provider of the last page may have dropped older history by then."""
    last = walk.places[-1]
    provider = last.providers[0] if last.providers else None
    read = walk.pages.carried_first_available(provider) if walk.old_end else None
    if read is None:
        read = await walk.pages.first_available_block(provider)
    if not isinstance(read, Found):
        return None, f"whether older blocks were dropped is not known: {_why(read)}", read.at
    if read.value > 0:
        kept = f"the provider keeps blocks from slot {read.value} on; older history may be cut"
        return read.value, kept, read.at
    return read.value, None, read.at


def _why(read: Read[Any]) -> str:
    return read.reason if isinstance(read, (Unknown, Diverged)) else "it is absent"


def _misfit(
    rows: Sequence[SignatureRow], seen: set[bytes], page: Sequence[SignatureRow]
) -> str | None:
    """Why a page does not continue the ones before it; None when it does."""
    if seen and any(mark_of(row.signature) in seen for row in page):
        return "a signature of an earlier page comes again"
    if rows and page and page[0].slot > rows[-1].slot:
        return "it is newer than the page before it"
    return None
