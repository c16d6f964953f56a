from __future__ import annotations

import re
import shlex
import tomllib
from pathlib import Path
from typing import Any

import pytest

from privatedao_audit import cli
from privatedao_audit.cli.run import run_command
from privatedao_audit.model import catalogue
from privatedao_audit.model.catalogue import BadCatalogue

LOADED = catalogue.load()
SOURCE = Path(catalogue.__file__).with_name("controls.toml").read_text(encoding="utf-8")

#: The control catalogue's document, line by line: id, class, blocking (B), floor.
EXPECTED = """
RC-01 A B PASS
RC-02 C B PASS
RC-03 A B PASS
RC-04 A B PASS
RC-05 A B PASS
RC-06 A B PASS
RC-07 A B PASS
RC-08 C B PASS
RC-09 C B PASS
RC-10 A B PASS
RC-11 A B PASS
RC-12 C B PASS
RC-13 C - PASS
RC-14 C - PASS
RC-15 C B PASS
UA-01 C B PASS
UA-02 A B ATTESTED
UA-03 C B ATTESTED
UA-04 C B PASS
UA-05 A B ATTESTED
UA-06 C B PASS
UA-07 C B PASS
UA-08 C - PASS
UA-09 C B PASS
UA-10 C - PASS
SD-01 C B PASS
SD-02 A - ATTESTED
SD-03 A B PASS
SD-04 C B PASS
SD-05 C - PASS
RP-01 C/A B ATTESTED
RP-02 C/A B ATTESTED
RP-03 C/A B ATTESTED
RP-04 C/A B ATTESTED
RP-05 C/A B ATTESTED
RP-06 A B ATTESTED
RP-07 C/A B PASS
RP-08 A - PASS
RP-09 C - PASS
RP-10 A B PASS
MA-01 C+A B PASS
MA-02 C+A B PASS
MA-03 C+A B PASS
MA-04 C+A B PASS
MA-05 C+A B PASS
MA-06 C+A B PASS
MA-07 C+A B PASS
MA-08 C+A B PASS
MA-09 C+A B PASS
MA-10 C+A B PASS
MA-11 C+A B PASS
MA-12 C B PASS
TR-01 C B PASS
TR-02 C B PASS
TR-03 A B ATTESTED
TR-04 C B PASS
TR-05 C B PASS
TR-06 C B PASS
TR-07 C - PASS
TR-08 C B PASS
TR-09 A - PASS
IR-01 A B ATTESTED
IR-02 A B ATTESTED
IR-03 A B ATTESTED
IR-04 A B ATTESTED
IR-05 A B ATTESTED
IR-06 A B ATTESTED
IR-07 A B PASS
RG-01 A B PASS
RG-02 A B PASS
RG-03 A B PASS
RG-04 A B PASS
RG-05 A B PASS
RG-06 C B PASS
RG-07 C B PASS
"""

KIT = {
    "RC-13", "RC-14", "RC-15", "UA-06", "UA-07", "UA-08", "UA-09", "UA-10", "SD-05", "RP-07",
    "RP-08", "RP-09", "RP-10", "MA-12", "TR-05", "TR-06", "TR-07", "TR-08", "TR-09", "IR-06",
    "IR-07", "RG-06", "RG-07",
}  # fmt: skip


def test_the_catalogue_is_the_document() -> None:
    told = [
        f"{c.id} {c.control_class.value} {'B' if c.blocking else '-'} {c.floor.value}"
        for c in LOADED.controls
    ]
    assert told == EXPECTED.split("\n")[1:-1]
    assert len(told) == 75
    assert {c.id for c in LOADED.controls if c.kit} == KIT


def test_special_rules() -> None:
    assert {c.id for c in LOADED.controls if c.na} == {
        "UA-02", "UA-03", "UA-05", "UA-06", "UA-07", "TR-02", "TR-04", "TR-05",
    }  # fmt: skip
    assert {c.id for c in LOADED.controls if not c.waivable} == {"RC-02", "RC-08", "UA-01", "RG-06"}


def test_every_default_age_of_the_document() -> None:
    hour, day = 3_600, 86_400
    for control in LOADED.controls:
        if control.control_class.value == "C" and control.id[:2] not in ("RP", "SD"):
            assert control.age_limit_seconds == day, control.id
    ages = {c.id: c.age_limit_seconds for c in LOADED.controls}
    assert {ages[f"RP-0{n}"] for n in (1, 2, 3, 4, 5, 7, 9)} == {hour}
    assert {ages[f"IR-0{n}"] for n in range(1, 7)} == {90 * day} == {ages["TR-03"]}
    assert ages["UA-02"] == ages["IR-07"] == ages["SD-05"] == 180 * day
    assert ages["RG-05"] == 365 * day


def test_domains() -> None:
    assert [d.name for d in catalogue.DOMAINS] == [
        "release", "custody", "rpc", "monitoring", "treasury", "incident", "gate",
    ]  # fmt: skip
    for domain in catalogue.DOMAINS:
        mine = LOADED.of_domain(domain.name)
        assert mine
        assert {c.id[:2] for c in mine} == set(domain.prefixes)
        assert catalogue.domain(domain.name) is domain
    with pytest.raises(KeyError, match="release, custody"):
        catalogue.domain("nonsense")
    with pytest.raises(KeyError, match="UA-99"):
        LOADED["UA-99"]


def test_texts_are_sentences() -> None:
    for control in LOADED.controls:
        for text in (control.requirement, control.remediation, *control.invalidated_by):
            assert text.endswith("."), (control.id, text)
            assert text[0].isupper() or text[0] in "`0123456789", (control.id, text)
        assert not control.title.endswith("."), control.id
        assert len(control.title) < 70, control.id


def commands(text: str) -> list[str]:
    return re.findall(r"privatedao-audit\s+([a-z][a-z-]*)", text)


def test_no_text_names_a_command_that_is_not_there() -> None:
    for control in LOADED.controls:
        texts = (control.requirement, control.remediation, control.recheck, control.title,
                 *control.invalidated_by, *control.na)  # fmt: skip
        for text in texts:
            for command in commands(text):
                assert command in cli._COMMANDS, (control.id, command)


@pytest.mark.parametrize("control", LOADED.controls, ids=lambda c: c.id)
def test_a_recheck_is_a_command_line_that_the_tool_takes(control: catalogue.Control) -> None:
    program, command, *arguments = shlex.split(control.recheck)
    assert (program, command) == ("privatedao-audit", "run")
    context = run_command.make_context("run", arguments)
    assert context.params["target_name"] == "TARGET"
    assert context.params["only"] == (control.domain,)
    assert context.params["replay"] is None
    labels = [text.partition("=")[0] for text in context.params["rpc"]]
    assert len(set(labels)) == len(labels)
    if control.control_class.value == "C":
        assert labels, "chain bytes can't be read without an endpoint"


def broken(change: str, by: str, count: int = 1) -> bytes:
    assert change in SOURCE
    return SOURCE.replace(change, by, count).encode()


def row(control_id: str) -> str:
    """The text of one control in the data."""
    start = SOURCE.index(f'id = "{control_id}"')
    end = SOURCE.find("[[control]]", start)
    return SOURCE[start : None if end < 0 else end]


def with_row(control_id: str, old: str, new: str) -> bytes:
    text = row(control_id)
    assert old in text
    return SOURCE.replace(text, text.replace(old, new, 1)).encode()


def test_the_data_itself_is_sound() -> None:
    assert catalogue.parse(SOURCE.encode()) == LOADED


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (with_row("UA-06", 'id = "UA-06"', 'id = "XX-06"'), "not an id of a known series"),
        (with_row("UA-06", 'id = "UA-06"', 'id = "UA-6"'), "not an id of a known series"),
        (with_row("UA-06", 'id = "UA-06"', 'id = "UA-0x"'), "not an id of a known series"),
        (with_row("UA-06", 'domain = "custody"', 'domain = "release"'), "belongs to custody"),
        (with_row("UA-06", 'floor = "PASS"', 'floor = "ATTESTED"'), "the floor of class C is PASS"),
        (with_row("UA-06", "na = [", "invalid = ["), "unknown"),
        (with_row("UA-06", 'na = ["immutable program"]', ""), "N/A is legal for"),
        (with_row("UA-01", 'severity = "', 'na = ["never"]\nseverity = "'), "N/A is legal for"),
        (with_row("UA-01", "waivable = false", ""), "can't be waived"),
        (with_row("UA-06", 'severity = "', 'waivable = false\nseverity = "'), "can't be waived"),
        (with_row("UA-06", 'severity = "critical"', 'severity = "grave"'), "grave"),
        (with_row("UA-06", 'class = "C"', 'class = "D"'), "UA-06"),
        (with_row("UA-06", 'age_limit = "24h"', 'age_limit = "a day"'), "not an age like"),
        (with_row("UA-06", 'age_limit = "24h"', 'age_limit = "0h"'), "not an age like"),
        (with_row("UA-06", 'id = "UA-06"', 'id = "UA-05"'), "listed twice: ['UA-05']"),
        (SOURCE.replace("[[control]]\n" + row("UA-06"), "").encode(), "lacks ['UA-06']"),
        (b"", "lacks"),
    ],
)
def test_a_broken_catalogue_is_refused(data: bytes, message: str) -> None:
    with pytest.raises(BadCatalogue) as caught:
        catalogue.parse(data)
    assert message in str(caught.value)


@pytest.mark.parametrize("key", ["title", "requirement", "remediation", "recheck"])
def test_an_empty_text_is_refused(key: str) -> None:
    text = row("UA-06")
    value: Any = tomllib.loads(text)[key]
    given = re.search(rf'^{key} = (""".*?"""|"[^\n]*")$', text, re.MULTILINE | re.DOTALL)
    assert given is not None
    for empty, message in ((f'{key} = " "', "an empty text"), ("", f"missing ['{key}']")):
        with pytest.raises(BadCatalogue, match=re.escape(message)):
            catalogue.parse(SOURCE.replace(text, text.replace(given[0], empty, 1)).encode())
    assert value


def test_two_controls_in_the_other_order_are_refused() -> None:
    one, two = "[[control]]\n" + row("UA-05"), "[[control]]\n" + row("UA-06")
    swapped = SOURCE.replace(one, "#1#").replace(two, one).replace("#1#", two)
    with pytest.raises(BadCatalogue, match="out of order"):
        catalogue.parse(swapped.encode())


def test_the_digest_is_that_of_the_data() -> None:
    other = catalogue.parse(SOURCE.encode() + b"\n# a comment\n")
    assert other.sha256 != LOADED.sha256
    assert other.controls == LOADED.controls
