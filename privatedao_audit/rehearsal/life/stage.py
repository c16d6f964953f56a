"""The stage of a story: its node, its people, its calendar and its journal."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Any

from solders.keypair import Keypair
from solders.pubkey import Pubkey
from solders.system_program import TransferParams, transfer

from privatedao_audit.rehearsal import wallet
from privatedao_audit.rehearsal.node import LocalNode

from .facts import Landed, Person, Step

SOL = 1_000_000_000
MINUTE, HOUR, DAY = 60, 3600, 86_400
_FEES = SOL // 100
STORY_SECONDS = 60 * DAY
"""Give this to `LocalNode(started_ago=...)`, and the story ends at the present."""


@dataclass
class Stage:
    """Where the acts play: they enter what they do into one calendar, and it happens in order.

    `began`: the story's time when the node started, unix seconds.
    """

    node: LocalNode
    healthy: bool
    began: int
    people: dict[str, Person] = field(default_factory=dict)
    journal: list[Step] = field(default_factory=list)
    archive: dict[str, Mapping[str, Any]] = field(default_factory=dict)
    _calendar: list[tuple[int, int, Callable[[], object]]] = field(default_factory=list)
    _apart: list[Step] | None = None

    def at(self, seconds: float, do: Callable[[], object]) -> None:
        """Enter something into the calendar, `seconds` after the beginning.

        What is entered for one moment happens in the order of the entries. Raises ValueError for
        a moment before the beginning.
        """
        if seconds < 0:
            raise ValueError(f"the story can't begin {-seconds:g} s before it does")
        kept = self._apart

        def happen() -> None:
            before = len(self.journal)
            do()
            if kept is not None:
                kept.extend(self.journal[before:])

        self._calendar.append((int(seconds), len(self._calendar), happen))

    @contextmanager
    def told_apart(self) -> Iterator[list[Step]]:
        """What is entered within it puts its steps into the list too, when it happens."""
        steps: list[Step] = []
        self._apart = steps
        try:
            yield steps
        finally:
            self._apart = None

    def play(self) -> None:
        """Do everything in the calendar, each thing when its moment has come or passed."""
        for moment, _, do in sorted(self._calendar, key=lambda one: one[:2]):
            self.wait_until(self.began + moment)
            do()
        self._calendar.clear()

    def wait_until(self, moment: int) -> None:
        """Let time pass until a moment of the story, unix seconds, if it lies ahead."""
        remaining = moment - self.node.clock()
        if remaining > 0:
            self.node.time_travel(remaining)

    # People

    def cast(
        self,
        name: str,
        *roles: str,
        custody: str = "software wallet",
        owner: str | None = None,
        sol: int = 20,
        payee: bool = False,
    ) -> None:
        """Somebody who has a key and some SOL from now on. `name` labels the key.

        `owner`: whose key it is, when one person has several.
        """
        address = wallet.address(name)
        person = Person(name, str(address), roles, custody, owner or name, payee)
        self.people[name] = person
        if sol:
            self.fund(address, sol * SOL)

    def fund(self, address: Pubkey, lamports: int) -> None:
        """Pay `lamports` to an address by a signed transfer.

        A local chain does not sign what it gives away, and an audit believes no such transaction.
        """
        source = wallet.keypair("faucet")
        self.node.airdrop(source.pubkey(), lamports + _FEES)
        given = TransferParams(from_pubkey=source.pubkey(), to_pubkey=address, lamports=lamports)
        self.node.send([transfer(given)], [source])

    def promote(self, name: str, *roles: str) -> None:
        """Give somebody more roles."""
        person = self.people[name]
        self.people[name] = replace(person, roles=(*person.roles, *roles))

    def key(self, name: str) -> Keypair:
        """The key pair of somebody cast. Raises KeyError for anybody else."""
        return wallet.keypair(self.people[name].name)

    def address(self, name: str) -> Pubkey:
        """The address of somebody cast."""
        return self.key(name).pubkey()

    # The journal

    def landed(self, signature: str) -> Landed:
        """What the node says of a transaction that landed."""
        found = self.node.transaction(signature)
        payer = self.node.fee_payer(found)
        slot = int(found["slot"])
        succeeded = found["meta"]["err"] is None
        return Landed(signature, slot, self.node.block_time(slot), payer, succeeded)

    def note(
        self,
        what: str,
        program: str,
        about: Pubkey | str,
        signature: str,
        *,
        by: Pubkey | str | None = None,
        error: str | None = None,
        treasury: bool = False,
    ) -> Step:
        """Enter a transaction that landed into the journal. `by`: who paid for it, if not given."""
        landed = self.landed(signature)
        actor = landed.fee_payer if by is None else str(by)
        step = Step(what, program, actor, str(about), landed, error, treasury)
        self.journal.append(step)
        return step

    def keep(self, signature: str) -> None:
        """Put a transaction into the team's archive, as the node shows it now."""
        self.archive[signature] = self.node.transaction(signature)
