"""Change every leaf of sound facts, one at a time: only those a rule does not rest on may pass."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import fields, is_dataclass, replace
from types import MappingProxyType
from typing import Any

import pytest

from privatedao_audit.domains import registry
from privatedao_audit.domains.authority.world import GOVERNANCE, World, wallet
from privatedao_audit.domains.custody import cases as custody
from privatedao_audit.domains.gate import cases as gate
from privatedao_audit.domains.release import sound as release
from privatedao_audit.model.limits import Limits
from privatedao_audit.model.reads import Found, ReadAt, Unknown
from privatedao_audit.model.status import Status
from privatedao_audit.model.target import Surface

MUTANT = wallet("mutant")


def changed(value: Any) -> Iterator[Any]:
    """Other values of the same type."""
    if isinstance(value, bool):
        yield not value
    elif isinstance(value, int):
        yield value + 1
        yield max(0, value - 1)
    elif isinstance(value, str):
        yield MUTANT
    elif isinstance(value, bytes):
        yield value + b"!"
    elif value is None:
        yield MUTANT


def mutants(value: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    """(path, copy with one leaf changed or one read made unknown), through the whole tree."""
    if isinstance(value, Surface):
        # Who maps a file is the auditor's word, not a fact that was read.
        return
    if isinstance(value, Found):
        yield f"{path}!unknown", Unknown("the node answered 503")
    if isinstance(value, ReadAt):
        return
    if is_dataclass(value) and not isinstance(value, type):
        for one in fields(value):
            if one.type == "ReadAt | None":
                continue  # a position that nobody joined is none; no position is a leaf
            for where, other in mutants(getattr(value, one.name), f"{path}.{one.name}"):
                yield where, replace(value, **{one.name: other})
    elif isinstance(value, Mapping):
        for key, item in value.items():
            rest = {k: v for k, v in value.items() if k != key}
            yield f"{path}[{key}]!gone", rest
            for where, other in mutants(item, f"{path}[{key}]"):
                yield where, {**value, key: other}
    elif isinstance(value, tuple):
        for number, item in enumerate(value):
            yield f"{path}[{number}]!gone", (*value[:number], *value[number + 1 :])
            for where, other in mutants(item, f"{path}[{number}]"):
                yield where, (*value[:number], other, *value[number + 1 :])
    else:
        for other in changed(value):
            if other != value:
                yield f"{path}={type(other).__name__}", other


def world_facts(world: World) -> Any:
    return custody.facts(world, custody.record())


G, PD = re.escape(GOVERNANCE), re.escape(release.PROGRAMDATA)
#: What the release checks never look at: other accounts, and what only tells or locates.
ELSEWHERE = (
    rf"\.authority\.accounts\[(?!{G})",
    rf"\.authority\.executables\[(?!{G})",
    r"\.authority\.genesis_hash",
    r"\.programs\[0\]\.name",
    r"\.(address|lamports|length|block_time|fee_payer|new_authority|authority|inner)=",
    r"\.(place|caller|program|buffer)=",  # of a loader event
    r"\.said\.value\.(file|part|state|program)=",
)
RECORD = r"\.programs\[0\]\.surfaces\[0\]\.said\.value\.values"
OTHER_FILES = r"\.programs\[0\]\.surfaces\[[123]\]"

#: control → (sound facts, leaves that may change without ending a PASS)
RELEASE: dict[str, tuple[str, ...]] = {
    "RC-02": (
        *ELSEWHERE,
        r"\.authority\.accounts",
        r"\.cluster!?",
        r"\.(capacity|length|slot|upgrade_authority)=",
        r"\.programdata=",
        r"\.history",
        r"\.recorded",
        OTHER_FILES,
        rf"{RECORD}\[(program_id|programdata|deployment_signature|cluster)\]",
        r"\.surfaces\[[123]\]",
    ),
    "RC-08": (
        *ELSEWHERE,
        r"\.owner=",
        r"\.(sha256|capacity|length|slot|upgrade_authority)=",
        r"\.history",
        r"\.recorded",
        rf"{RECORD}\[(artifact_sha256|deployment_signature|cluster)\]",
        # A record need not name it; naming another one fails.
        rf"{RECORD}\[programdata\](\[0\])?!gone",
    ),
    "RC-09": (
        *ELSEWHERE,
        r"\.authority\.accounts",
        r"\.(sha256|capacity|length|upgrade_authority)=",
        r"\.programs\[0\]\.id=",
        r"\.value\.signature=",  # of the answer: it was asked for by this name
        r"\.recorded\[\w+\]\.value\.slot=",
        r"\.recorded\[\w+\]\.value\.events\[0\]\.(signature|slot|succeeded)=",
        r"\.history\.value\.(complete|gap)=",  # nothing lies between the deploy and the end
        OTHER_FILES,
        rf"{RECORD}\[(artifact_sha256|program_id|programdata|cluster)\]",
    ),
}


def still_passing(control: str, given: Any, facts_of: Callable[[Any], Any]) -> list[str]:
    """The leaves whose change the check of a control does not notice."""
    check = registry.check_of(control)
    assert check is not None
    assert check(facts_of(given), Limits()).status is Status.PASS
    unnoticed = []
    count = 0
    for path, other in mutants(given):
        count += 1
        try:
            said = check(facts_of(other), Limits())
        except (ValueError, KeyError, StopIteration, IndexError):
            continue  # a world that can't be: no such account could be built or judged
        if said.status is Status.PASS:
            unnoticed.append(path)
    assert count > 5
    return unnoticed


@pytest.mark.parametrize("control", sorted(RELEASE))
def test_a_release_check_notices_every_leaf_it_rests_on(control: str) -> None:
    unnoticed = still_passing(control, release.GOOD.facts(), lambda facts: facts)
    allowed = re.compile("|".join(RELEASE[control]))
    assert [path for path in unnoticed if not allowed.search(path)] == []


#: What may change in a world without ending the PASS of a custody check.
INERT = (
    r"\.programs\[\d\]\.(slot|padding|code|stale)=",
    r"\.multisigs\[0\]\.(stale_transaction_index|rent_collector|tail)=",
    # Kinds are listed of controllers; what history shows matters where the target names nothing.
    r"\.programs\[0\]\.kind=|^\.shown=",
    # Another program in scope under the same multisig, with a record of its own where it matters.
    r"\.programs\[0\](!gone|\.id=)",
    # Believed by hash here, so the cluster decides nothing.
    r"\.genesis=",
)
CUSTODY: dict[str, tuple[str, ...]] = {
    # A member, a threshold and a lock are for UA-06 and UA-04; the vault is recognised anyhow.
    "UA-01": (*INERT, r"\.multisigs\[0\]\.(members|threshold|time_lock|config_authority)"),
    "UA-04": (*INERT, r"\.multisigs\[0\]\.members\[\d\]\.mask=", r"\.config_authority=",
              r"\.programs\[1\]\.authority="),
    "UA-06": (*INERT, r"\.multisigs\[0\]\.members\[\d\]\.key=", r"\.mask=int",
              r"\.(threshold|time_lock)=int"),
}  # fmt: skip


@pytest.mark.parametrize("control", sorted(CUSTODY))
def test_a_custody_check_notices_every_leaf_of_the_chain_it_rests_on(control: str) -> None:
    world = replace(custody.GOOD, instead=MappingProxyType({}))
    unnoticed = still_passing(control, world, world_facts)
    allowed = re.compile("|".join(CUSTODY[control]))
    assert [path for path in unnoticed if not allowed.search(path)] == []


def test_every_unread_account_ends_a_custody_pass() -> None:
    for control in ("UA-01", "UA-04", "UA-06"):
        check = registry.check_of(control)
        assert check is not None
        for address in custody.GOOD.accounts():
            world = custody.GOOD.reading(address, custody.UNREAD)
            assert check(world_facts(world), Limits()).status is Status.UNKNOWN, address


@pytest.mark.parametrize("member", sorted(custody.RECORD))
def test_every_member_of_a_custody_record_is_compared(member: str) -> None:
    check = registry.check_of("UA-04")
    assert check is not None
    value = custody.RECORD[member]
    other = [*value[:2], MUTANT] if isinstance(value, list) else f"{value}1"
    told = custody.facts(custody.GOOD, custody.record({member: other}))
    assert check(told, Limits()).status is Status.FAIL


def test_the_gate_notices_every_leaf() -> None:
    facts = gate.facts(first=gate.states(gate.MAINNET), second=gate.states(gate.MAINNET))
    unnoticed = still_passing("RG-06", facts, lambda given: given)
    # The cluster's name only tells; one provider less is what one provider is; what documents
    # claim and what the other controls read has tests of its own (tests/domains/gate).
    elsewhere = r"^\.cluster=|\[(first|second)\]!gone|^\.(claims|papers|external|reach|others)\b"
    assert [p for p in unnoticed if not re.search(elsewhere, p)] == []


@pytest.mark.parametrize("control", sorted({**RELEASE, **CUSTODY, "RG-06": ()}))
def test_nothing_passes_on_reads_that_name_no_evidence(control: str) -> None:
    check = registry.check_of(control)
    assert check is not None
    everything = {
        "RG-06": gate.facts(first=gate.states(gate.MAINNET)),
        **dict.fromkeys(RELEASE, release.GOOD.facts()),
        **dict.fromkeys(CUSTODY, world_facts(custody.GOOD)),
    }
    facts = bare(everything[control])
    try:
        status = check(facts, Limits()).status
    except ValueError as refused:
        assert "without evidence" in str(refused)
    else:
        assert status is not Status.PASS


def bare(value: Any) -> Any:
    """The same facts with every read's position emptied."""
    if isinstance(value, ReadAt):
        return ReadAt()
    if isinstance(value, Surface):
        return value
    if is_dataclass(value) and not isinstance(value, type):
        names = [one.name for one in fields(value)]
        return replace(value, **{name: bare(getattr(value, name)) for name in names})
    if isinstance(value, Mapping):
        return {key: bare(item) for key, item in value.items()}
    if isinstance(value, tuple):
        return tuple(bare(item) for item in value)
    return value
