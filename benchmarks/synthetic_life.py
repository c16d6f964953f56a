"""The life of a DAO in rounds: one proposal each, from its creation to its execution.

A round is 2,500 transactions, two minutes apart: 480 wallets commit, each with its token
account, and 440 of them reveal; tokens move between voters in the meantime and come back, five
times so that the same tokens vote twice; counting is tried four times too early, executing 125
times; the proposal pays out once. The rest are deposits, and reveals that come a second time and
fail. Every transaction is signed by whoever pays for it, and emits the program's events.
"""

from __future__ import annotations

import base64
import hashlib
import struct
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

from solders.hash import Hash
from solders.instruction import AccountMeta, Instruction
from solders.keypair import Keypair
from solders.message import Message
from solders.pubkey import Pubkey
from solders.transaction import Transaction

from privatedao_audit.chain import programs
from privatedao_audit.domains.cases import on_chain
from privatedao_audit.domains.treasury import invented
from privatedao_audit.model.reads import Found, ProvenAbsent
from privatedao_audit.protocols.facts import (
    DaoReads,
    Outcome,
    ProposalReads,
    Tally,
    Vote,
    VotesRead,
    Window,
)
from privatedao_audit.protocols.registry import protocol_of

__all__ = [
    "DAO", "FOUND", "HELD", "LAST_SLOT", "MINT", "PROGRAM", "PROTOCOL", "ROUND", "TREASURY",
    "TREASURY_HELD", "VOTERS", "Made", "Voter", "life", "proposals", "reads",
]  # fmt: skip

PROTOCOL = protocol_of("privatedao")
PROGRAM, DAO, MINT = invented.PROGRAM, invented.DAO, invented.MINT
#: Transactions of one round.
ROUND = 2_500
#: The last transaction lands here, however many come before it.
LAST_SLOT = 10**9
_FIRST_TIME = 1_800_000_000
#: Lamports of every account but the treasury, and what the treasury holds in the end.
HELD, TREASURY_HELD = 10_000_000, 10**15
_APART = 120  # seconds between two transactions
_PAID = 2_000_000
_COMMITS, _REVEALS, _EARLY_COUNTS, _EARLY_EXECUTES, _DEPOSITS = 480, 440, 4, 125, 500
#: Every eighth voter lends tokens for a while; of those pairs every twelfth votes with them twice.
_LENDS, _DOUBLES = 8, 96
#: Detector → hits that each round has to give.
FOUND = {
    "unexpected-execute": _EARLY_EXECUTES, "repeated-failures": 2,
    "double-vote": _COMMITS // _DOUBLES, "outflow-unexplained": 0, "balance-step": 0,
    "vote-anomaly": 0, "lone-hand": 0,
}  # fmt: skip
#: Calls whose transaction fails: counting too early, executing too early, revealing twice.
_ERRORS = {"early count": 6004, "early execute": 6006, "second reveal": 6010}
_CALLS = {
    "create": "847444aed8a0c616", "commit": "86615a7e5b42101a", "reveal": "649d8b11ba4bb995",
    "count": "174433a76dadbba4", "execute": "ba3c74856c806f1c", "deposit": "028148d6325e97e6",
}  # fmt: skip
_EVENTS = {
    "create": "ba08a06c510d33ce", "commit": "4a439e30a8e6d94d", "reveal": "68a28cc2d5d975b3",
    "count": "9f68d2dc56d13d33", "execute": "4821c54f3cfde7d3", "deposit": "b04f03cab46b7fec",
}  # fmt: skip


def _wallet(name: str) -> Keypair:
    return Keypair.from_seed(hashlib.sha256(name.encode()).digest())


def _address(name: str) -> str:
    return str(Pubkey(hashlib.sha256(name.encode()).digest()))


@dataclass(frozen=True, slots=True)
class Voter:
    """A wallet with its token account and the raw units in it."""

    wallet: Keypair
    key: str
    account: str
    held: int


def _voter(number: int) -> Voter:
    wallet = _wallet(f"voter {number}")
    return Voter(wallet, str(wallet.pubkey()), _address(f"tokens {number}"), 1_000 + number)


VOTERS = [_voter(number) for number in range(_COMMITS)]
_KEEPER, _DONOR = _wallet("keeper"), _wallet("donor")
_PROPOSERS = [_wallet(f"proposer {number}") for number in range(8)]


def proposals(count: int) -> list[str]:
    """The addresses of a life's proposals; ``count`` transactions, whole rounds."""
    if count < ROUND or count % ROUND:
        raise ValueError(f"a life has whole rounds of {ROUND} transactions, not {count}")
    return [_address(f"proposal {number}") for number in range(count // ROUND)]


def _counted(voter: int) -> int:
    """Raw units with which a voter's commit is counted: its own, and what it holds of another."""
    lender = voter - _LENDS // 2
    twice = lender >= 0 and lender % _DOUBLES == 0
    return VOTERS[voter].held + (VOTERS[lender].held if twice else 0)


def _record(number: int, voter: int) -> str:
    return _address(f"vote {number} {voter}")


def reads(count: int) -> DaoReads:
    """The DAO with its proposals, all executed, and every vote."""
    waiting = invented.READS.proposals[2]
    assert isinstance(invented.READS.dao, Found) and isinstance(waiting.proposal, Found)
    dao = replace(
        invented.READS.dao.value, proposal_count=count // ROUND, governance_mint=MINT, quorum=20,
        raw={"voting_config": "TokenWeighted"},
    )  # fmt: skip
    made = tuple(
        _read(waiting, number, address) for number, address in enumerate(proposals(count))
    )
    at = invented.READS.dao.at
    # No policy is in force: the plain instructions may decide and execute.
    policies = {name: ProvenAbsent(at) for name in invented.READS.policies}
    return replace(
        invented.READS, dao=Found(dao, at), proposals=made, gaps=(), policies=policies
    )


def _read(like: ProposalReads, number: int, address: str) -> ProposalReads:
    assert isinstance(like.proposal, Found)
    at = on_chain(f"votes-{number}")
    votes = {}
    tallies = {"yes capital": 0, "no capital": 0, "yes community": 0, "no community": 0,
               "commits": _COMMITS, "reveals": _REVEALS}  # fmt: skip
    for voter in range(_COMMITS):
        choice = None if voter >= _REVEALS else "no" if voter % 3 == 0 else "yes"
        weights = {"capital": _counted(voter), "community": int(_counted(voter) ** 0.5)}
        record = _record(number, voter)
        votes[record] = Found(Vote(record, address, VOTERS[voter].key, choice, weights, {}, {}), at)
        if choice is not None:
            for name, weight in weights.items():
                tallies[f"{choice} {name}"] += weight
    opened = _FIRST_TIME + _APART * (number * ROUND + 1)
    ends = opened + invented.DAY
    said = replace(
        like.proposal.value, address=address, id=str(number), outcome=Outcome.EXECUTED,
        status="Executed", executed=True, participants=_COMMITS, actions=(invented.pays(_PAID),),
        proposer=str(_PROPOSERS[number % len(_PROPOSERS)].pubkey()),
        tallies=tuple(Tally(*one) for one in tallies.items()),
        unlocks_at=_FIRST_TIME + _APART * ((number + 1) * ROUND - 1),
        windows=(Window("voting", opened, ends), Window("reveal", ends, ends + invented.DAY)),
    )  # fmt: skip
    read = Found(said, on_chain(f"proposal-{number}", slot=LAST_SLOT))
    return replace(
        like, id=str(number), address=address, proposal=read,
        payout=ProvenAbsent(on_chain(f"payout-{number}")),
        policies={"proposal-governance-snapshot-v3": ProvenAbsent(at)},
        votes=Found(VotesRead(votes, {}, True, True, "all were read"), at),
    )  # fmt: skip


(TREASURY,) = (one.address for one in PROTOCOL.treasuries(reads(ROUND)))


@dataclass(frozen=True, slots=True)
class Made:
    """One transaction: where it belongs, and what a node answers."""

    signature: str
    slot: int
    err: Any
    touches: tuple[str, ...]
    answer: dict[str, Any]


@dataclass(frozen=True, slots=True)
class _Call:
    """What one transaction does, before it is signed; ``who``: number of a voter."""

    kind: str
    who: int = 0
    to: int = 0


def _schedule() -> list[_Call]:
    """The calls of one round, in order."""
    voting: list[_Call] = []
    for voter in range(_COMMITS):
        voting.append(_Call("commit", voter))
        if voter % _LENDS == _LENDS // 2:
            # It voted with what was lent to it, or voted just before it came.
            lender = voter - _LENDS // 2
            lent = _Call("transfer", lender, voter)
            place = len(voting) - (1 if lender % _DOUBLES == 0 else 0)
            voting.insert(place, lent)
            voting.append(_Call("transfer", voter, lender))
    rest = ROUND - 2 - len(voting) - _REVEALS - _EARLY_COUNTS - 1 - _EARLY_EXECUTES - 1
    second = rest - (_DEPOSITS - 1)
    quiet = [_Call("second reveal", n % _REVEALS) for n in range(second)]
    quiet += [_Call("deposit")] * (_DEPOSITS - 1)
    telling = [_Call("reveal", voter) for voter in range(_REVEALS)]
    return [
        _Call("deposit"), _Call("create"), *voting, *([_Call("early count")] * _EARLY_COUNTS),
        *telling, _Call("count"), *([_Call("early execute")] * _EARLY_EXECUTES), *quiet,
        _Call("execute"),
    ]  # fmt: skip


def life(count: int) -> Iterator[Made]:
    """The transactions of a life, oldest first."""
    schedule, rounds = _schedule(), len(proposals(count))
    assert len(schedule) == ROUND
    treasury, lent = 0, dict.fromkeys(range(_COMMITS), 0)
    for number in range(count):
        call, turn = schedule[number % ROUND], number // ROUND
        proposal = _address(f"proposal {turn}")
        moved, tokens, amount = {}, {}, 0
        if call.kind == "deposit":
            amount = 1 if number else TREASURY_HELD + rounds * (_PAID - _DEPOSITS) + 1
            moved[TREASURY] = (treasury, treasury + amount)
        elif call.kind == "execute":
            amount = _PAID
            moved = {TREASURY: (treasury, treasury - amount), invented.COOK: (HELD, HELD + amount)}
        elif call.kind == "early execute":
            moved[TREASURY] = (treasury, treasury)
        elif call.kind == "commit":
            held = VOTERS[call.who].held + lent[call.who]
            tokens[call.who] = (held, held)
        elif call.kind == "transfer":
            back = lent[call.who] > 0
            amount = lent[call.who] if back else VOTERS[call.who].held
            for who, change in ((call.who, -amount), (call.to, amount)):
                held = VOTERS[who].held + lent[who]
                tokens[who] = (held, held + change)
                lent[who] += change
        treasury = moved.get(TREASURY, (0, treasury))[1]
        moved |= {} if number else {DAO: (0, HELD)}
        moved |= {proposal: (0, HELD)} if call.kind == "create" else {}
        yield _made(number, count, call, proposal, amount, moved, tokens)


def _asked(
    call: _Call, proposal: str, turn: int, amount: int
) -> tuple[Keypair, str, bytes, list[str]]:
    """Who signs, the program, the instruction's data and its accounts."""
    voter = VOTERS[call.who]
    kind = call.kind.rpartition(" ")[2]
    tag = bytes.fromhex(_CALLS.get(kind, ""))
    match kind:
        case "deposit":
            data = tag + struct.pack("<Q", amount)
            return _DONOR, PROGRAM, data, [DAO, TREASURY, str(_DONOR.pubkey()), programs.SYSTEM]
        case "create":
            who = _PROPOSERS[turn % len(_PROPOSERS)]
            title = f"Round {turn}".encode()
            data = tag + struct.pack("<I", len(title)) + title + struct.pack("<Iqx", 0, 86_400)
            return who, PROGRAM, data, [
                DAO, proposal, VOTERS[0].account, str(who.pubkey()), programs.SYSTEM
            ]  # fmt: skip
        case "commit":
            data = tag + hashlib.sha256(proposal.encode()).digest() + b"\0"
            return voter.wallet, PROGRAM, data, [
                DAO, proposal, _record(turn, call.who), _address(f"marker {call.who}"),
                voter.account, voter.key, programs.TOKEN, programs.SYSTEM,
            ]  # fmt: skip
        case "transfer":
            data = struct.pack("<BQB", 12, amount, 0)  # TransferChecked
            return voter.wallet, programs.TOKEN, data, [
                voter.account, MINT, VOTERS[call.to].account, voter.key
            ]  # fmt: skip
        case "reveal":
            data = tag + b"\1" + bytes(32)
            return voter.wallet, PROGRAM, data, [proposal, _record(turn, call.who), voter.key]
        case "count":
            return _KEEPER, PROGRAM, tag, [DAO, proposal, str(_KEEPER.pubkey())]
        case _:
            return _KEEPER, PROGRAM, tag, [
                DAO, proposal, TREASURY, str(_KEEPER.pubkey()), invented.COOK,
                _address("no tokens"), _address("no tokens either"), _address("no plan"),
                programs.TOKEN, programs.SYSTEM,
            ]  # fmt: skip


def _event(kind: str, proposal: str, who: str, turn: int, amount: int) -> bytes:
    def key(text: str) -> bytes:
        return bytes(Pubkey.from_string(text))

    match kind:
        case "create":
            rest = key(DAO) + key(proposal) + struct.pack("<QIqq", turn, 0, 0, 0)
        case "commit" | "reveal":
            rest = key(proposal) + key(who) + struct.pack("<Q", 1)
        case "count":
            rest = key(proposal) + struct.pack("<4Q2?2Qq", 2, 1, 2, 1, True, True, 1, 1, 0)
        case "execute":
            rest = key(proposal) + struct.pack("<Q", amount) + key(invented.COOK)
        case _:
            rest = key(DAO) + key(who) + struct.pack("<Q", amount)
    return bytes.fromhex(_EVENTS[kind]) + rest


def _made(
    number: int, count: int, call: _Call, proposal: str, amount: int,
    moved: dict[str, tuple[int, int]], tokens: dict[int, tuple[int, int]],
) -> Made:  # fmt: skip
    turn = number // ROUND
    wallet, program, data, keys = _asked(call, proposal, turn, amount)
    signer = str(wallet.pubkey())
    written = {DAO, TREASURY, proposal, invented.COOK, signer,
               *(VOTERS[who].account for who in tokens if call.kind == "transfer")}  # fmt: skip
    metas = [AccountMeta(Pubkey.from_string(k), k == signer, k in written) for k in keys]
    blockhash = Hash(number.to_bytes(32, "little"))
    message = Message.new_with_blockhash(
        [Instruction(Pubkey.from_string(program), data, metas)], wallet.pubkey(), blockhash
    )
    signed = Transaction([wallet], message, blockhash)
    accounts = [str(one) for one in message.account_keys]
    sides = [moved.get(key, (HELD, HELD)) for key in accounts]
    sides[0] = (10**12, 10**12 - 5_000)
    error = _ERRORS.get(call.kind)
    err = None if error is None else {"InstructionError": [0, {"Custom": error}]}
    logs = [f"Program {program} invoke [1]"]
    inner: list[Any] = []
    if call.kind in ("deposit", "execute"):
        ways = [signer, TREASURY] if call.kind == "deposit" else [TREASURY, invented.COOK]
        inner = [{"index": 0, "instructions": [{
            "programIdIndex": accounts.index(programs.SYSTEM),
            "accounts": [accounts.index(one) for one in ways],
            "data": _base58(struct.pack("<IQ", 2, amount)), "stackHeight": 2,
        }]}]  # fmt: skip
        logs += [f"Program {programs.SYSTEM} invoke [2]", f"Program {programs.SYSTEM} success"]
    if err is None and program == PROGRAM:
        told = _event(call.kind, proposal, signer, turn, amount)
        logs.append(f"Program data: {base64.b64encode(told).decode()}")
    ends = "success" if error is None else f"failed: custom program error: {error:#x}"
    logs.append(f"Program {program} {ends}")
    before, after = (
        [{"accountIndex": accounts.index(VOTERS[who].account), "mint": MINT,
          "owner": VOTERS[who].key, "programId": programs.TOKEN,
          "uiTokenAmount": {"amount": str(sides[n]), "decimals": 0, "uiAmount": None,
                            "uiAmountString": str(sides[n])}}
         for who, sides in tokens.items()]
        for n in (0, 1)
    )  # fmt: skip
    slot = LAST_SLOT if number == count - 1 else number + 1
    answer = {
        "slot": slot, "blockTime": _FIRST_TIME + _APART * number, "version": "legacy",
        "transaction": [base64.b64encode(bytes(signed)).decode(), "base64"],
        "meta": {
            "err": err, "status": {"Ok": None} if err is None else {"Err": err},
            "fee": 5000, "preBalances": [one for one, _ in sides],
            "postBalances": [one for _, one in sides],
            "innerInstructions": inner, "logMessages": logs, "preTokenBalances": before,
            "postTokenBalances": after, "rewards": [], "computeUnitsConsumed": 9_000,
            "loadedAddresses": {"writable": [], "readonly": []},
        },
    }  # fmt: skip
    followed = {DAO, TREASURY, proposal, *(VOTERS[who].account for who in tokens)}
    touches = [key for key in accounts if key in followed]
    touches += [PROGRAM] if program == PROGRAM else []
    return Made(str(signed.signatures[0]), slot, err, tuple(touches), answer)


def _base58(data: bytes) -> str:
    alphabet = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
    number, text = int.from_bytes(data, "big"), ""
    while number:
        number, digit = divmod(number, 58)
        text = alphabet[digit] + text
    return "1" * (len(data) - len(data.lstrip(b"\0"))) + text
