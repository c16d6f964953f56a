"""What the detectors may expect: roles of the target, vaults of its multisigs, its calendar."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from privatedao_audit.chain.addresses import squads_vault
from privatedao_audit.domains.monitoring.watch import announced, collect_watch, roles_of
from privatedao_audit.domains.sources import Sources
from privatedao_audit.evidence.questions import Answer, Outcome, Question
from privatedao_audit.model import canonical
from privatedao_audit.model.reads import Found, ProvenAbsent, ReadAt, Unknown
from privatedao_audit.model.target import Target, parse
from privatedao_audit.repository.surfaces import Rows
from tests.history.node import key

BOSS, KEEPER, DEMO, MULTISIG, OWNER = (
    key(w) for w in ("boss", "keeper", "demo", "multisig", "squads")
)
PROFILE = f"""
schema = 1
name = "a-target"
title = "A target"
protocol = "privatedao"
[cluster]
name = "localnet"
genesis_hash = "{key("genesis")}"
[[programs]]
name = "governance"
id = "{key("program")}"
[[daos]]
name = "the club"
address = "{key("dao")}"
program = "governance"
treasury = "{key("treasury")}"
[[mints]]
name = "votes"
address = "{key("mint")}"
role = "governance"
[[mints]]
name = "old"
address = "{key("old mint")}"
role = "archived"
[[multisigs]]
name = "custody"
address = "{MULTISIG}"
vault_index = 3
[[wallets]]
name = "boss"
address = "{BOSS}"
roles = ["dao-authority", "keeper"]
[[wallets]]
name = "demo"
address = "{DEMO}"
roles = ["demo", "treasury-operator"]
[detectors]
repeated_failures = 5
proposers = ["{KEEPER}"]
"""
CALENDAR = """
[[surfaces]]
part = "proposal-calendar"
file = "calendar.toml"
format = "toml"
rows = "/proposals"
[surfaces.fields]
number = "/number"
title = "/title"
proposer = "/proposer"
opens = "/opens"
"""


class Files:
    """A checkout of one file, or none."""

    def __init__(self, text: str | None) -> None:
        self.text = text

    async def ask(self, question: Question) -> Answer:
        outcome = Outcome.UNKNOWN if self.text is None else Outcome.FOUND
        body = None if self.text is None else self.text.encode()
        reason = "no checkout was given" if self.text is None else None
        return Answer("r-0", outcome, reason, body, None, None, (), "2026-01-01T00:00:00.000Z")


def rows(*given: dict[str, str]) -> Rows:
    return Rows("calendar.toml", "proposal-calendar", "current", tuple(given))


def target(more: str = "") -> Target:
    return parse(PROFILE + more, "test")


def test_parameters_and_registers_come_from_the_target() -> None:
    profile = target()
    watch = asyncio.run(collect_watch(
        Sources(profile, Files(None), ()),
        {MULTISIG: Found(OWNER, ReadAt()), key("other"): Unknown("not read")}, (key("data"),),
    ))  # fmt: skip
    assert watch.parameters.repeated_failures == 5
    assert watch.parameters.proposers == (KEEPER,)
    assert watch.known.of("dao-authority", "keeper") == {BOSS}
    assert watch.known.vaults == {squads_vault(MULTISIG, 3, OWNER).address}
    assert watch.known.mints == {key("mint")}
    assert watch.known.program_data == {key("data")}
    assert isinstance(watch.known.calendar, ProvenAbsent)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        (None, "no checkout"),
        ("proposals = 3", "not a list"),
        ("[[proposals]]\nnumber = 1\nopens = 'soon'", "'soon' is no date"),
    ],
)
def test_a_calendar_that_can_not_be_read_is_unknown(text: str | None, says: str) -> None:
    watch = asyncio.run(collect_watch(Sources(target(CALENDAR), Files(text), ()), {}, ()))
    assert isinstance(watch.known.calendar, Unknown)
    assert says in watch.known.calendar.reason


def test_a_calendar_that_is_missing_is_unknown_and_not_empty() -> None:
    class Gone(Files):
        async def ask(self, question: Question) -> Answer:
            return Answer("r-0", Outcome.ABSENT, None, None, None, None, ("checkout",),
                          "2026-01-01T00:00:00.000Z")  # fmt: skip

    watch = asyncio.run(collect_watch(Sources(target(CALENDAR), Gone(None), ()), {}, ()))
    assert isinstance(watch.known.calendar, Unknown)
    assert "not in the checkout" in watch.known.calendar.reason


def test_a_calendar_of_the_checkout_is_read() -> None:
    text = f"[[proposals]]\nnumber = 1\ntitle = 'Pay'\nproposer = '{BOSS}'\n"
    watch = asyncio.run(collect_watch(Sources(target(CALENDAR), Files(text), ()), {}, ()))
    assert isinstance(watch.known.calendar, Found)
    assert [(one.number, one.proposer) for one in watch.known.calendar.value] == [("1", BOSS)]


def test_a_multisig_whose_owner_was_not_read_gives_no_vault() -> None:
    watch = asyncio.run(collect_watch(
        Sources(target(), Files(None), ()), {MULTISIG: Unknown("refused")}, ()
    ))  # fmt: skip
    assert watch.known.vaults == frozenset()


def test_a_key_of_demonstrations_is_expected_in_no_office() -> None:
    found = roles_of(target())
    assert found["demo"] == {DEMO}
    assert "treasury-operator" not in found


def test_rows_of_a_calendar_are_read_strictly() -> None:
    day, moment, bare = announced(rows(
        {"number": "3", "title": "Pay", "proposer": BOSS, "opens": "2026-05-01"},
        {"title": "Pay", "opens": "2026-05-01T12:00:00Z"},
        {"number": "4"},
    ))  # fmt: skip
    assert (day.number, day.title, day.proposer, day.day) == ("3", "Pay", BOSS, True)
    assert day.opens == 1_777_593_600
    assert (moment.number, moment.opens, moment.day) == (None, 1_777_636_800, False)
    assert (bare.opens, bare.proposer) == (None, None)


@pytest.mark.parametrize(
    ("row", "says"),
    [
        ({"opens": "2026-05-01"}, "names neither a number nor a title"),
        ({"number": "1", "opens": "soon"}, "'soon' is no date"),
        ({"number": "1", "opens": "2026-05-01T12:00:00"}, "no date"),
        ({"number": "1", "proposer": "me"}, "the proposer of row 0"),
    ],
)
def test_a_malformed_row_says_where_and_what(row: dict[str, str], says: str) -> None:
    with pytest.raises(ValueError, match=says):
        announced(rows(row))


@pytest.mark.parametrize(
    "table", [{"repeated_failures": 0}, {"step_percent": 200}, {"proposers": ["me"]}, {"odd": 1}]
)
def test_a_malformed_table_of_detectors_is_refused(table: dict[str, Any]) -> None:
    (name, value), = table.items()
    text = PROFILE.split("[detectors]")[0] + f"[detectors]\n{name} = {value!r}\n"
    with pytest.raises(ValueError, match=f"detectors.{name}"):
        parse(text, "test")


def test_what_is_expected_stands_in_the_facts_of_a_run() -> None:
    watch = asyncio.run(collect_watch(Sources(target(), Files(None), ()), {}, (key("data"),)))
    told = canonical.plain(watch)
    assert canonical.dumps(told) == canonical.dumps(canonical.plain(watch))
    assert told["known"]["roles"]["demo"] == [DEMO]
    assert told["parameters"]["repeated_failures"] == 5
