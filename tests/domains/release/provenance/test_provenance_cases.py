"""The cases of operator, interface, contact and build, and what may change beside a PASS."""

from __future__ import annotations

import re
import tracemalloc
from collections import Counter
from typing import Any

import pytest

from privatedao_audit.domains.authority.world import ABSENT, GOVERNANCE
from privatedao_audit.domains.cases import Case
from privatedao_audit.domains.release.facts import ReleaseFacts
from privatedao_audit.domains.release.provenance import cases, story
from privatedao_audit.domains.release.provenance.cases import CASES, GOOD
from privatedao_audit.domains.release.provenance.checks import CHECKS
from privatedao_audit.domains.release.provenance.collect import contact_in, published_in
from privatedao_audit.domains.release.provenance.interface import (
    declared_instructions,
    differences,
    interface_of,
)
from privatedao_audit.model.limits import Limits
from privatedao_audit.model.reads import Found, Unknown
from privatedao_audit.model.status import Status
from tests.domains.test_mutations import bare, mutants


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.control} {case.name}")
def test_a_case_has_the_status_it_promises(case: Case) -> None:
    said = CHECKS[case.control](case.facts, Limits())
    assert said.status is case.expected, [(p.label, p.status, p.summary) for p in said.parts]


def test_every_control_fails_is_unknown_and_passes() -> None:
    seen = Counter((case.control, case.expected) for case in CASES)
    for control in CHECKS:
        assert seen[control, Status.FAIL] >= 2
        assert seen[control, Status.UNKNOWN] >= 2
        assert seen[control, Status.PASS] >= 1
        assert seen[control, Status.DIVERGED] >= 1


#: Leaves that a control's rule does not rest on.
_BESIDE = (
    r"\.authority\.(accounts|genesis_hash)", rf"\.executables\[(?!{GOVERNANCE})",
    r"\.programs\[0\]\.(name|recorded)", r"\.said\.value\.(file|part|state|program)=",
    r"\.(length|capacity|upgrade_authority|block_time|fee_payer|inner|new_authority)=",
    r"\.records\.team",
)  # fmt: skip
_COMMIT = r"\.records\.programs"
_RECORD = r"\.surfaces\[0\]\.said\.value\.values\[(%s)\]"
_ONE = rf"\.provenance\.programs\[{GOVERNANCE}\]"
ALLOWED: dict[str, tuple[str, ...]] = {
    "RC-12": (
        *_BESIDE, _COMMIT,
        _RECORD % "release_commit|cluster",
        rf"{_ONE}\.(id|published|repository|source|contact|build)",
        r"\.executables\[\w+\]\.value\.sha256=",
        r"\.programs\[0\]\.id=", r"\.cluster!?=",
        # Names of keys and what they may do besides; the second member is registered, that is all.
        r"\.wallets\[\d\]\.(name|roles)", r"\.wallets\[2\]\.owner=", r"\.wallets\[0\]",
        rf"{_ONE}\.deployments\[\w+\]\.value\.(signature|slot|others)",
        r"\.acting\[0\]\.(authority|multisig|vault_index)=", r"\.approvers\.value\[\d\]!gone",
        r"\.history\.value\.(complete|gap)=",
        r"\.events\[0\]\.(?!signature|slot|action|programdata)\w+=",
    ),
    "RC-13": (
        *_BESIDE, _COMMIT,
        r"\.executables", r"\.surfaces", r"\.history", r"\.(moving|programdata|cluster)",
        r"\.wallets", rf"{_ONE}\.(id|deployments|source|contact|build)",
        # The account that nobody wrote.
        rf"{_ONE}\.published\[program-metadata account\]",
        r"\.value\.(address|authority)=", r"\.interface(\.value)?\.name=",
        r"\.repository\[0\]\.(file|interface\.value\.address)=",
    ),
    "RC-14": (
        *_BESIDE, _COMMIT,
        r"\.surfaces", r"\.history", r"\.wallets", r"\.(programdata|cluster|slot)=",
        r"\.programs\[0\]\.id=\w+$", rf"{_ONE}\.(id|deployments|published|repository|source|build)",
        r"\.contact\.value\.(fields\[\w+\]=|through_section)",
    ),
    "RC-15": (
        *_BESIDE, r"\.history", r"\.wallets", r"\.(programdata|cluster|slot)=",
        _RECORD % "operator|deployment_signature|cluster",
        rf"{_ONE}\.(id|deployments|published|repository|source|contact)",
        r"\.build\.value\.size=",
        # That the history has it is asked; what it holds is for RC-01.
        r"\.known\.value\.(?!commit=)", r"\.freezes\[0\]\.(?!known|commit)",
    ),
}  # fmt: skip


@pytest.mark.parametrize("control", sorted(ALLOWED))
def test_a_check_notices_every_leaf_it_rests_on(control: str) -> None:
    facts = GOOD.facts()
    assert CHECKS[control](facts, Limits()).status is Status.PASS
    allowed = re.compile("|".join(ALLOWED[control]))
    unnoticed = []
    count = 0
    for path, other in mutants(facts):
        count += 1
        if CHECKS[control](other, Limits()).status is Status.PASS and not allowed.search(path):
            unnoticed.append(path)
    assert count > 100
    assert unnoticed == []


@pytest.mark.parametrize("control", sorted(ALLOWED))
def test_nothing_passes_on_reads_that_name_no_evidence(control: str) -> None:
    with pytest.raises(ValueError, match="without evidence"):
        CHECKS[control](bare(GOOD.facts()), Limits())


def _part(control: str, facts: ReleaseFacts) -> Any:
    return CHECKS[control](facts, Limits()).parts[0]


def test_a_bomb_is_never_unpacked() -> None:
    packed = cases._bomb()
    assert len(packed) < 2 * 2**20
    tracemalloc.start()
    try:
        read = published_in(GOVERNANCE, story.idl_account(b"", packed=packed), ABSENT)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    (first, _) = read.values()
    assert isinstance(first, Unknown)
    assert "unpacks to more than" in first.reason
    assert peak < 64 * 2**20, "a gigabyte was promised, and was not asked for"


def test_differences_are_told_by_name() -> None:
    there = interface_of(story.changed("types", 0, type={"kind": "struct", "fields": []}))
    here = interface_of(story.changed("errors", 0, name="TooLate"))
    assert differences(there, here) == [
        "account Dao: differs", "type Dao: differs",
        "error TooEarly: only on chain", "error TooLate: only in the repository",
    ]  # fmt: skip
    assert differences(here, here) == []
    facts = GOOD.of(idl=story.idl_account(story.idl({"events": []}))).facts()
    part = _part("RC-13", facts)
    assert part.observed["differences"] == ["event Opened: only in the repository"]
    assert "event Opened" in part.summary


def test_a_flood_of_differences_is_cut() -> None:
    many = [{"code": 7_000 + n, "name": f"E{n}"} for n in range(1_000)]
    facts = GOOD.of(idl=story.idl_account(story.idl({"errors": many}))).facts()
    part = _part("RC-13", facts)
    assert len(part.observed["differences"]) == 200
    assert "and 996 more" in part.summary
    assert len(part.summary) < 500


def test_types_of_one_shape_and_another_name_are_two() -> None:
    u64 = interface_of(story.idl())
    text = story.idl().replace(b'"amount", "type": "u64"', b'"amount", "type": "i64"')
    assert differences(u64, interface_of(text)) == [
        "instruction open: differs", "type Opened: differs", "event Opened: differs",
    ]  # fmt: skip


def test_what_the_source_declares_is_a_note() -> None:
    facts = GOOD.of(declared=("open", "drain", "close")).facts()
    part = _part("RC-13", facts)
    assert part.status is Status.PASS
    assert "lib.rs declares 3 instructions, idl.json lists 2: 1 only in lib.rs (drain)" in (
        part.summary
    )
    none = GOOD.of(declared=("open", "close"), idl=ABSENT).facts()
    assert "Note" not in _part("RC-13", none).summary


def test_source_without_a_program_module_or_with_many_functions() -> None:
    assert declared_instructions("fn main() {}", "x") is None
    text = "#[program]\npub mod p { pub(crate) fn hidden() {} pub fn a<'i>(c: C<'i>) -> R { x } "
    text += '/// pub fn doc\n #[inline] pub fn b() { let s = "pub fn c() {"; } }'
    assert declared_instructions(text, "x") == ("a", "b")


def test_a_contact_is_shown_as_it_stands() -> None:
    part = _part("RC-14", GOOD.facts())
    assert part.observed == dict(story.CONTACT)
    hostile = story.block({**story.CONTACT, "name": "\u202e<b>"})
    world = story.WORLD.program(code=story.code(hostile))
    read = contact_in(world.accounts()[story.PROGRAMDATA])
    assert isinstance(read, Found)
    assert read.value.fields is not None
    assert read.value.fields["name"] == "\u202e<b>"


def test_a_judgement_says_who_is_wrong() -> None:
    facts = cases._by(story.BY_VAULT, payer=cases.STRANGER).facts()
    part = _part("RC-12", facts)
    assert f"The payer {cases.STRANGER} is not a registered key" in part.summary
    assert part.observed["acting"][0]["approvers"] == [story.MEMBER, story.SECOND]
