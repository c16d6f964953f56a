"""One rehearsed incident as an audit sees it: what fired, and what the controls say."""

from __future__ import annotations

import asyncio
import struct
from collections.abc import Callable, Mapping
from pathlib import Path

from solders.pubkey import Pubkey

from privatedao_audit.audit.context import Audit
from privatedao_audit.audit.opening import replay
from privatedao_audit.history.detectors import DETECTORS, Hit
from privatedao_audit.model.finding import Judgement
from privatedao_audit.model.status import Status
from privatedao_audit.model.target import Target, parse
from privatedao_audit.rehearsal import dossier, tokens, wallet
from privatedao_audit.rehearsal.incidents import INCIDENTS, custody, misconduct, payments, votes
from privatedao_audit.rehearsal.incidents.found import detections
from privatedao_audit.rehearsal.incidents.play import Played, played, record_incident
from privatedao_audit.rehearsal.life.stage import SOL
from privatedao_audit.rehearsal.sample import code_of, profile_of, record_life
from privatedao_audit.rehearsal.script import Story

DOMAINS = ("custody", "monitoring", "treasury")
#: Controls of the healthy life that pass on the chain alone.
SOUND = ("UA-01", "UA-06", "UA-07", "UA-09", "TR-05", "TR-06", "TR-07", "TR-08", "MA-12")
#: Incident → controls of these that it breaks. The others pass all the same: a drain through a
#: vote, for one, is explained to the last lamport.
BROKEN: Mapping[str, Mapping[str, Status]] = {
    "drain": {"TR-07": Status.FAIL},
    "wrong-recipient": {"TR-05": Status.FAIL, "TR-06": Status.FAIL},
    "takeover": {
        "UA-01": Status.FAIL, "UA-06": Status.FAIL, "UA-07": Status.UNKNOWN,
        "UA-09": Status.FAIL,
    },
    "threshold": {"UA-06": Status.FAIL, "UA-09": Status.FAIL},
}  # fmt: skip
#: Beyond those, controls that need more than the chain to pass, and fail on it.
FAILING: Mapping[str, tuple[str, ...]] = {
    "delegate": ("TR-02",), "takeover": ("UA-04", "SD-01"), "threshold": ("UA-04", "SD-01"),
}  # fmt: skip


def check(name: str, folder: Path) -> None:
    """Play an incident, look at the chain, record an audit of it, and hold it to the catalogue.

    Raises AssertionError when a detector that is not meant for it fires or could not judge, when
    the one that is meant stays silent, and when a control is broken by it that should not be.
    """
    incident, recording = INCIDENTS[name], folder / "evidence.sqlite"
    with played(incident) as one:
        assert one.steps
        HAPPENED[name](one)
        profile, checkout = folder / "target.toml", folder / "checkout"
        checkout.mkdir()
        target, _ = record_incident(one, profile, recording, checkout, DOMAINS)
    audit = _audit(target, recording)
    found = _said(audit)
    assert set(found) == incident.detectors, found
    if incident.detector is not None:
        harm = {step.landed.signature for step in one.steps if incident.harmful(step)}
        named = {key for hit in found[incident.detector] for key in hit.signatures}
        assert harm & named, found
    broken = _broken(audit)
    assert {key: said.status for key, said in broken.items()} == BROKEN.get(name, {}), broken
    failing = {one: audit.judge(one) for one in FAILING.get(name, ())}
    assert all(one.status is Status.FAIL for one in failing.values()), failing


def check_healthy(story: Story, folder: Path) -> None:
    """Hold the life without an incident to silence."""
    life, recording = story.life, folder / "evidence.sqlite"
    checkout = folder / "checkout"
    checkout.mkdir()
    dossier.write(life, checkout)
    text = profile_of(life.target, life, code_of(story.node, life.squads_program))
    target = parse(text, "the profile")
    record_life(story.node, life, target, checkout, recording, DOMAINS)
    audit = _audit(target, recording)
    assert _said(audit) == {}
    assert _broken(audit) == {}


def _broken(audit: Audit) -> dict[str, Judgement]:
    """Control → what it says, of the sound ones that do not pass."""
    said = {one: audit.judge(one) for one in SOUND}
    return {one: it for one, it in said.items() if it.status is not Status.PASS}


def _audit(target: Target, recording: Path) -> Audit:
    audit = asyncio.run(replay(target, recording, "a rehearsal"))
    asyncio.run(audit.collect(DOMAINS))
    return audit


def _said(audit: Audit) -> dict[str, tuple[Hit, ...]]:
    """Detector → its hits, of those that are not silent. None may have been unable to judge."""
    detected = detections(asyncio.run(audit.facts("monitoring")))
    assert list(detected) == list(DETECTORS)
    unable = {name: one.unable for name, one in detected.items() if one.unable}
    assert unable == {}
    return {name: one.hits for name, one in detected.items() if one.hits}


# What has to lie on the chain, so that no detector is praised for an incident that never was


def _errors(one: Played, what: str) -> list[str | None]:
    return [step.error for step in one.steps if step.what == what]


def _attempts(one: Played) -> None:
    assert _errors(one, "execute_proposal") == [
        "ExecutionTimelockActive", "TreasuryRecipientMismatch", None,
    ]  # fmt: skip
    assert sum(step.by == one.life.stranger for step in one.steps) == 2


def _storm(one: Played) -> None:
    failed = [s for s in one.steps if s.error == "RevealStillOpen"]
    assert len(failed) == 12
    assert failed[-1].landed.block_time - failed[0].landed.block_time < 3_600
    assert len({s.about for s in failed}) == len({s.by for s in failed}) == 1


def _drain(one: Played) -> None:
    assert one.node.balance(wallet.address("new custodian")) == 26 * SOL
    assert one.life.treasury_lamports < 2 * SOL


def _wrong_recipient(one: Played) -> None:
    (paid,) = [p for p in one.life.proposals if p.title == "Pay the community manager"]
    assert paid.recipient != str(wallet.address(payments.THIEF))
    assert one.node.balance(wallet.address(payments.THIEF)) == paid.amount == 2 * SOL


def _delegate(one: Played) -> None:
    (account,) = [a for a in one.life.treasury_accounts if a.mint == one.life.mints[1].address]
    raw = one.node.account(Pubkey.from_string(account.address))
    assert raw is not None
    assert raw[72:76] == b"\1\0\0\0"
    assert raw[76:108] == bytes(wallet.address(payments.THIEF))
    assert struct.unpack_from("<Q", raw, 121) == (misconduct.ALLOWED,)


def _takeover(one: Played) -> None:
    heir = wallet.address(custody.INTRUDER)
    assert one.life.dao.authority == str(heir)
    raw = one.node.account(Pubkey.from_string(one.life.programdata))
    assert raw is not None
    assert raw[12:45] == b"\1" + bytes(heir)


def _threshold(one: Played) -> None:
    assert (one.life.threshold, one.known.threshold) == (1, 2)
    raw = one.node.account(Pubkey.from_string(one.life.multisig))
    assert raw is not None
    assert struct.unpack_from("<H", raw, 72) == (1,)


def _flash(one: Played) -> None:
    newcomer = str(wallet.address(votes.NEWCOMER))
    opened = [s for s in one.steps if s.what == "create_proposal"]
    assert [s.by for s in opened] == [newcomer] * votes.FLASH
    assert opened[-1].landed.block_time - opened[0].landed.block_time < 3_600
    assert newcomer not in {p.proposer for p in one.known.proposals}
    assert len(one.known.proposals) == len(one.life.proposals) - votes.FLASH


def _lone(one: Played) -> None:
    assert len(_errors(one, "commit_vote")) == len(_errors(one, "reveal_vote_v3")) == 1
    assert _errors(one, "execute_proposal") == [None]


def _collapse(one: Played) -> None:
    assert len(_errors(one, "commit_vote")) == 5
    assert len(_errors(one, "reveal_vote_v3")) == 2
    assert _errors(one, "execute_proposal") == [None]


def _double(one: Played) -> None:
    assert len(_errors(one, "commit_vote")) == 3
    moved = [s for s in one.steps if s.what == "transfer" and s.program == "token"]
    commits = [s.landed.slot for s in one.steps if s.what == "commit_vote"]
    assert commits[1] < moved[0].landed.slot < commits[2] < moved[1].landed.slot
    assert _errors(one, "execute_proposal") == [None], "counted twice, the tokens won"


def _spam(one: Played) -> None:
    own = {account.address for account in one.life.treasury_accounts}
    filled = [step.about for step in one.steps if step.what == "mint_to"]
    assert len(filled) == 2
    assert not own & set(filled)
    for account in filled:
        raw = one.node.account(Pubkey.from_string(account))
        assert raw is not None
        assert raw[32:64] == bytes(Pubkey.from_string(one.life.dao.treasury))
        assert tokens.balance(one.node, Pubkey.from_string(account)) > 0


def _extension(one: Played) -> None:
    assert [step.what for step in one.steps] == ["extend", "extend"]
    assert {step.by for step in one.steps} == {one.life.stranger}


HAPPENED: Mapping[str, Callable[[Played], None]] = {
    "execute-attempts": _attempts,
    "finalize-storm": _storm,
    "drain": _drain,
    "wrong-recipient": _wrong_recipient,
    "delegate": _delegate,
    "takeover": _takeover,
    "threshold": _threshold,
    "proposal-flash": _flash,
    "lone-vote": _lone,
    "reveal-collapse": _collapse,
    "double-vote": _double,
    "spam": _spam,
    "extension": _extension,
}
