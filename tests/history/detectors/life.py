"""A small invented life of a DAO, as facts: for the detectors. A slot is a second."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from math import isqrt
from typing import Any

from privatedao_audit.chain import programs
from privatedao_audit.history.detectors import Detected, Detection, Known, Story, detect
from privatedao_audit.history.facts import (
    AddressHistory,
    DaoHistory,
    Deed,
    Entry,
    Holding,
    Role,
    Transfer,
)
from privatedao_audit.history.packed import Packed
from privatedao_audit.history.powers import Power
from privatedao_audit.model.reads import Found, ProvenAbsent, Read, ReadAt
from privatedao_audit.protocols.conduct import Action, ActionKind, Failure
from privatedao_audit.protocols.facts import (
    Asset,
    Dao,
    DaoReads,
    Delegation,
    Outcome,
    Proposal,
    ProposalReads,
    ProposedAction,
    Tally,
    Vote,
    VotesRead,
    Window,
)
from privatedao_audit.protocols.registry import protocol_of
from tests.history.node import key

PROTOCOL = protocol_of("privatedao")
DAO, PROGRAM, TREASURY, MINT = (key(w) for w in ("dao", "program", "treasury", "mint"))
KEEPER, BOSS, STRANGER, COOK = (key(w) for w in ("keeper", "boss", "stranger", "cook"))
VAULT, MULTISIG, DATA = key("vault"), key("multisig"), key("program data")
ALICE, BOB, CAROL, DAVE = (key(w) for w in ("alice", "bob", "carol", "dave"))
START, RENT, DAY = 1_800_000_000, 2_000_000, 86_400
UNLOCK = 4 * DAY
AT = ReadAt(("r-1",), 10**9, "finalized", ("main",), None)


def motion(number: int) -> str:
    """The address of a proposal."""
    return key(f"proposal {number}")


def purse(wallet: str) -> str:
    """The token account of a wallet."""
    return key(f"tokens of {wallet}")


@dataclass
class Life:
    """Things that happen, in the order in which they are entered."""

    deeds: list[Deed] = field(default_factory=list)
    proposals: dict[int, ProposalReads] = field(default_factory=dict)
    treasury: list[tuple[int, int, int]] = field(default_factory=list)
    tokens: dict[str, list[tuple[int, int, int, str | None, str | None]]] = field(
        default_factory=dict
    )
    known: Known = field(default_factory=lambda: Known(
        roles={"keeper": frozenset({KEEPER}), "dao-authority": frozenset({BOSS}),
               "multisig-member": frozenset({ALICE, BOB})},
        vaults=frozenset({VAULT}), mints=frozenset({MINT}), program_data=frozenset({DATA}),
        calendar=ProvenAbsent(AT),
    ))  # fmt: skip
    voters: frozenset[str] = frozenset()

    def deed(
        self,
        slot: int,
        *actions: Action,
        ok: bool = True,
        transfers: Iterable[Transfer] = (),
        powers: Iterable[Power] = (),
        payer: str = STRANGER,
        timed: bool = True,
        gap: str = "",
    ) -> int:
        """Enter a transaction; its number."""
        signature = f"s{len(self.deeds)}"
        failure = None if ok else Failure(PROGRAM, "0", 6, "TooEarly", (), (), "log", None)
        self.deeds.append(
            Deed(
                signature, slot, START + slot if timed else None, ok, payer,
                tuple(replace(a, signature=signature, slot=slot, took_effect=ok) for a in actions),
                tuple(transfers), gap, at=replace(AT, evidence=(f"r-{signature}",)),
                failure=failure, powers=tuple(powers),
            )
        )  # fmt: skip
        return len(self.deeds) - 1

    def call(
        self, slot: int, name: str, by: str, number: int | None = None, **more: Any
    ) -> int:
        """Enter a call of the program, about a proposal where a number is given."""
        fields = more.pop("fields", {})
        account = more.pop("account", None)
        action = act(name, by, None if number is None else motion(number), fields, account)
        return self.deed(slot, action, payer=by, **more)

    def propose(self, slot: int, number: int, by: str = ALICE, **said: Any) -> int:
        """Enter a proposal and what its account says in the end."""
        self.proposals[number] = proposal(number, proposer=by, **said)
        return self.call(slot, "create_proposal", by, number)

    def pay(
        self, slot: int, number: int, amount: int, by: str = KEEPER, to: str = COOK
    ) -> int:
        """Enter an execution that pays lamports."""
        before = self.treasury[-1][2]
        sent = sol(TREASURY, to, amount, inside="0")
        done = self.call(slot, "execute_proposal", by, number, transfers=(sent,))
        self.treasury.append((done, before, before - amount))
        return done

    def fund(self, slot: int, amount: int) -> int:
        """Enter a payment into the treasury."""
        before = self.treasury[-1][2] if self.treasury else 0
        done = self.deed(slot, transfers=(sol(STRANGER, TREASURY, amount),))
        self.treasury.append((done, before, before + amount))
        return done

    def hold(
        self, number: int, account: str, before: int, after: int, owner: str,
        was: str | None = "",
    ) -> None:  # fmt: skip
        """Enter what a transaction did to a token account."""
        held = self.tokens.setdefault(account, [])
        old = (owner if held else None) if was == "" else was
        held.append((number, before, after, old, owner))

    def story(self, **change: Any) -> Story:
        """What the detectors read of it."""
        count = len(self.proposals)
        dao = Dao(
            DAO, PROGRAM, "the club", {"authority": VAULT}, MINT, "", {"execution": DAY}, count,
            None, "", {"voting_config": "TokenWeighted"}, 20,
        )  # fmt: skip
        absent: Read[Any] = ProvenAbsent(AT)
        reads = DaoReads(
            DAO, PROGRAM, Found(dao, AT), Found(START + 60 * DAY, AT), (),
            {"dao-security-policy": absent}, {}, {}, tuple(self.proposals.values()), (),
        )  # fmt: skip
        given: dict[str, Any] = {
            "reads": reads, "history": self.history(), "rules": PROTOCOL.instruction_rules,
            "known": self.known, "recount": PROTOCOL.recount, **change,
        }  # fmt: skip
        return Story(**given)

    def history(self) -> DaoHistory:
        """Every address with its whole history."""
        about: dict[str, list[int]] = {DAO: []}
        for number, deed in enumerate(self.deeds):
            for action in deed.actions:
                about[DAO].append(number)
                if action.proposal is not None:
                    about.setdefault(action.proposal, []).append(number)
        rested = [
            self._rested(address, "dao" if address == DAO else "proposal", numbers)
            for address, numbers in about.items()
        ]
        moved = [self._entry(n, (before, after)) for n, before, after in self.treasury]
        left = self.treasury[-1][2] if self.treasury else 0
        ledger = _lived(TREASURY, "treasury", moved, Holding(left) if left else None)
        powered = {
            subject: [n for n, d in enumerate(self.deeds)
                      if any(p.subject == subject for p in d.powers)]
            for subject in (MULTISIG, DATA)
        }  # fmt: skip
        ruled = [
            self._rested(subject, "multisig" if subject == MULTISIG else "program data", numbers)
            for subject, numbers in powered.items() if numbers
        ]  # fmt: skip
        held = [self._tokens(account, rows) for account, rows in self.tokens.items()]
        mine = [one.address for one in held if one.role == "token account"
                and isinstance(one.now, Found) and one.now.value.holder == TREASURY]  # fmt: skip
        return DaoHistory(
            DAO, PROGRAM, TREASURY,
            {one.address: one for one in (*rested, ledger, *ruled, *held)},
            tuple(sorted(self.deeds, key=lambda deed: deed.slot)),
            {programs.TOKEN: Found(tuple(mine), AT), programs.TOKEN_2022: Found((), AT)},
        )  # fmt: skip

    def detect(self, detector: str, parameters: Detection | None = None) -> Detected:
        """What one detector says."""
        return all_said(self.story(), parameters)[detector]

    def fired(self, parameters: Detection | None = None) -> set[str]:
        """The detectors that hit something."""
        return {name for name, one in all_said(self.story(), parameters).items() if one.hits}

    def _entry(
        self, number: int, lamports: tuple[int, int], **tokens: Any
    ) -> Entry:
        one = self.deeds[number]
        return Entry(one.signature, one.slot, one.block_time, one.succeeded, lamports, **tokens)

    def _rested(self, address: str, role: Role, numbers: Sequence[int]) -> AddressHistory:
        entries = [
            self._entry(number, (RENT if place else 0, RENT))
            for place, number in enumerate(dict.fromkeys(numbers))
        ]
        return _lived(address, role, entries, Holding(RENT) if entries else None)

    def _tokens(
        self, account: str, rows: Sequence[tuple[int, int, int, str | None, str | None]]
    ) -> AddressHistory:
        entries = [
            self._entry(number, (RENT if place else 0, RENT), amount=(before, after),
                        holder=(was, owner), mint=MINT, watched=True)
            for place, (number, before, after, was, owner) in enumerate(rows)
        ]  # fmt: skip
        amount, owner = rows[-1][2], rows[-1][4]
        # The role of a voter's account is not the treasury's.
        role: Role = "voter account" if account in self.voters else "token account"
        return _lived(account, role, entries, Holding(RENT, amount, owner, MINT))


def all_said(story: Story, parameters: Detection | None = None) -> dict[str, Detected]:
    """What all detectors say: the same of a short history as of one that is kept packed."""
    given = parameters or Detection()
    said = detect(story, given)
    assert detect(replace_story(story, history=long(story.history)), given) == said
    return said


def long(history: DaoHistory) -> DaoHistory:
    """The same history as one of a million transactions is kept."""
    return replace(
        history,
        deeds=Packed(history.deeds, lambda one: one.slot, 3),
        histories={
            address: replace(one, entries=Packed(one.entries, lambda entry: entry.slot, 2))
            for address, one in history.histories.items()
        },
    )


def act(
    name: str, by: str, proposal: str | None, fields: Mapping[str, Any], account: str | None
) -> Action:
    """An instruction of the program."""
    rule = PROTOCOL.instruction_rules[name]
    accounts = {"dao": DAO, rule.signer: by}
    if proposal is not None:
        accounts["proposal"] = proposal
    if rule.tokens:
        accounts[rule.tokens] = account or purse(by)
    return Action(
        ActionKind.INSTRUCTION, name, "", PROGRAM, "", 0, None, "0", True, (), accounts, (),
        {rule.signer: by}, fields, DAO, proposal, None,
    )  # fmt: skip


def unknown(*accounts: str) -> Action:
    """An instruction that the interface does not know."""
    return Action(
        ActionKind.UNKNOWN_INSTRUCTION, None, "ff", PROGRAM, "", 0, None, "0", True, (), {},
        accounts, {}, {}, None, None, "not in the table",
    )  # fmt: skip


def sol(source: str, target: str, amount: int, inside: str | None = None) -> Transfer:
    """A transfer of lamports."""
    return Transfer("0.0", "sol", source, target, amount, None, source, source, target, inside)


def sent(
    source: str, target: str, amount: int, inside: str | None = None, mint: str | None = MINT
) -> Transfer:
    """A transfer of the voting token between wallets, by their token accounts."""
    return Transfer(
        "0.0", "token", purse(source), purse(target), amount, mint, source, source, target, inside
    )


def pays(amount: int, to: str = COOK) -> ProposedAction:
    """An action that pays lamports."""
    return ProposedAction(Asset.SOL, amount, to, None, "SendSol", None, {})


def proposal(
    number: int,
    *,
    proposer: str = ALICE,
    outcome: Outcome = Outcome.PASSED,
    unlocks_at: int | None = UNLOCK,
    votes: Mapping[str, tuple[int, str | None]] | None = None,
    lent: Mapping[str, tuple[str, int, bool]] | None = None,
    action: ProposedAction | None = None,
    keepers: Mapping[str, str] | None = None,
    complete: bool = True,
    title: str = "",
    participants: int | None = None,
) -> ProposalReads:
    """A proposal; ``votes``: wallet → weight and choice; ``lent``: giver → to, weight, used."""
    address, lent = motion(number), lent or {}
    given = {} if votes is None else votes
    records = {
        key(f"vote {number} {wallet}"): Found(
            Vote(key(f"vote {number} {wallet}"), address, wallet, choice, _weights(weight),
                 {"keeper": keepers[wallet]} if keepers and wallet in keepers else {}, {}), AT)
        for wallet, (weight, choice) in given.items()
    }  # fmt: skip
    delegations = {
        key(f"lent {number} {giver}"): Found(
            Delegation("", address, giver, to, _weights(weight), used, {}), AT)
        for giver, (to, weight, used) in lent.items()
    }  # fmt: skip
    sums = {
        f"{side} {chamber}": sum(
            _weights(weight)[chamber] for weight, choice in given.values() if choice == side
        )
        for side in ("yes", "no") for chamber in ("capital", "community")
    }  # fmt: skip
    told = sum(choice is not None for _, choice in given.values())
    count = len(given) if participants is None else participants
    said = Proposal(
        address, str(number), DAO, proposer, title, "", outcome.value, outcome,
        (Window("voting", None, START + DAY), Window("reveal", START + DAY, START + 2 * DAY)),
        count,
        (*(Tally(name, value) for name, value in sums.items()), Tally("commits", count),
         Tally("reveals", told)),
        () if action is None else (action,), None if unlocks_at is None else START + unlocks_at,
        outcome is Outcome.EXECUTED, {},
    )  # fmt: skip
    found = VotesRead(records, delegations, complete, complete, "as counted")
    return ProposalReads(
        str(number), address, Found(said, AT),
        {"proposal-governance-snapshot-v3": ProvenAbsent(AT)}, ProvenAbsent(AT), {},
        Found(found, AT),
    )  # fmt: skip


def _weights(weight: int) -> dict[str, int]:
    return {"capital": weight, "community": isqrt(weight)}


def _lived(
    address: str, role: Role, entries: Iterable[Entry], now: Holding | None
) -> AddressHistory:
    there: Read[Holding] = ProvenAbsent(AT) if now is None else Found(now, AT)
    return AddressHistory(address, role, tuple(entries), (), "", None, there, AT)


def with_gap(story: Story, role: Role, text: str = "the list was cut") -> Story:
    """The story with a hole in the histories of one role."""
    histories = {
        address: replace(one, cut=text) if one.role == role else one
        for address, one in story.history.histories.items()
    }
    return replace_story(story, history=replace(story.history, histories=histories))


def replace_story(story: Story, **change: Any) -> Story:
    """The story with some of what it was given changed."""
    given = {n: getattr(story, n) for n in ("reads", "history", "rules", "known", "recount")}
    return Story(**{**given, **change})


def a_good_life() -> Life:
    """Two proposals, each voted by three wallets; one is paid, one waits."""
    life = Life()
    life.call(0, "initialize_dao", BOSS)
    life.call(10, "transfer_dao_authority", BOSS, fields={"new_authority": VAULT})
    life.fund(20, 1_000_000_000_000)
    votes = {ALICE: (40, "yes"), BOB: (35, "yes"), CAROL: (25, "no")}
    for number in range(2):
        begin = 100 + number * 10_000
        outcome = Outcome.EXECUTED if number == 0 else Outcome.PASSED
        life.propose(begin, number, outcome=outcome, votes=votes, action=pays(5_000_000_000),
                     unlocks_at=UNLOCK + begin)  # fmt: skip
        for place, wallet in enumerate(votes):
            life.call(begin + 1_000 * (place + 1), "commit_vote", wallet, number)
    for number in range(2):
        life.call(2 * DAY + number, "finalize_proposal_v3", KEEPER, number)
    life.call(UNLOCK + 150, "execute_proposal", KEEPER, 0, ok=False)
    life.pay(UNLOCK + 200, 0, 5_000_000_000)
    life.call(UNLOCK + 4_000, "execute_proposal", KEEPER, 0, ok=False)
    return life
