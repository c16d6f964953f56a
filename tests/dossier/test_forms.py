"""Forms, parts, profile and schemas say the same."""

from __future__ import annotations

import tomllib
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from privatedao_audit import assets
from privatedao_audit.domains.cases import in_checkout
from privatedao_audit.dossier.blank import blank
from privatedao_audit.dossier.forms import Form, forms, schema_name, spoken
from privatedao_audit.dossier.kinds import FIELDS
from privatedao_audit.dossier.profile import PLACEHOLDERS, Subject, profile
from privatedao_audit.dossier.schema import schema_of, schemas
from privatedao_audit.model import catalogue
from privatedao_audit.model.parts import ABOUT_A_PROGRAM, ABOUT_A_TOPIC, INCIDENT_PATHS, PARTS
from privatedao_audit.model.reads import Found
from privatedao_audit.model.target import Surface, parse
from privatedao_audit.repository import documents
from privatedao_audit.repository.surfaces import rows, statement

#: Parts that no form asks for: what the repository holds anyway, and what commands write. A page
#: of contacts is a way to say in prose what the form of incident contacts asks for.
OF_THE_REPOSITORY = {
    "source-declaration", "anchor-toml", "idl", "build-log", "test-log", "verification-log",
    "hash-list", "contact-page",
}  # fmt: skip
#: Part → fields that its form leaves to documents of another layout: they say what another field
#: of the form says.
OTHER_WORDS = {
    "custody-record": {"time_lock_hours"},
    "upgrade-policy": {"members", "time_lock_hours"},
    "alert-rules": {"expression"},
    # Headings of the form itself; the mapping is for other documents.
    "runbook": {"trigger", "first_actions", "owner", "escalation", "evidence", "lever"},
}
FORMS = forms()
SUBJECT = Subject("dao", "testnet")


def named(form: Form) -> str:
    return form.path


def text_of(form: Form) -> str:
    return blank(SUBJECT, "dossier")[form.place]


def mapped() -> tuple[Surface, ...]:
    return parse(blank(SUBJECT, "dossier")["target.toml"], "target.toml").surfaces


def properties(schema: dict[str, Any]) -> set[str]:
    """Every key that a schema knows, at any depth."""
    found: set[str] = set(schema.get("properties", ()))
    for below in (*schema.get("properties", {}).values(), schema.get("items")):
        found |= properties(below) if isinstance(below, dict) else set()
    return found


def test_every_part_has_a_form_or_is_of_the_repository() -> None:
    asked = {one["part"] for form in FORMS for one in form.surfaces}
    assert set(PARTS) - asked == OF_THE_REPOSITORY
    assert asked <= set(PARTS)


def test_every_field_of_a_part_is_asked_for() -> None:
    for part in set(PARTS) - OF_THE_REPOSITORY:
        said = [one for form in FORMS for one in form.surfaces if one["part"] == part]
        asked = {name for one in said for name in one.get("fields", ())}
        assert PARTS[part] - asked == OTHER_WORDS.get(part, set()), part


def test_every_incident_path_has_its_runbook() -> None:
    said = [one["topic"] for form in FORMS for one in form.own if one["part"] == "runbook"]
    assert sorted(said) == sorted(INCIDENT_PATHS)


@pytest.mark.parametrize("form", FORMS, ids=named)
def test_a_form_names_controls_that_exist(form: Form) -> None:
    known = {one.id for one in catalogue.load().controls}
    assert set(form.controls) <= known
    assert form.controls or "every control" in form.text


@pytest.mark.parametrize("form", FORMS, ids=named)
def test_a_form_is_mapped_where_it_lies(form: Form) -> None:
    here = [one for one in mapped() if one.file == f"dossier/{form.place}"]
    assert [one.part for one in here] == [
        one["part"] for one in form.own if not form.example
    ]  # fmt: skip
    assert all((one.program == "governance") == (one.part in ABOUT_A_PROGRAM) for one in here)
    # What the form's comments print is what the profile has.
    assert form.file in form.text or not form.surfaces
    if form.surfaces:
        assert f"dossier/{form.place}" in text_of(form)
        assert form.file not in text_of(form).replace(f"dossier/{form.place}", "")


def test_no_two_forms_have_one_place_or_one_schema() -> None:
    for said in (
        [form.place for form in FORMS],
        [form.file for form in FORMS],
        [schema_name(form) for form in FORMS],
    ):
        assert len(said) == len(set(said))


@pytest.mark.parametrize("surface", mapped(), ids=lambda one: f"{one.part} {one.file}")
def test_a_blank_form_is_read_and_says_nothing_of_weight(surface: Surface) -> None:
    files = blank(SUBJECT, "dossier")
    read: Any = Found(files[surface.file.removeprefix("dossier/")].encode(), in_checkout("form"))
    if surface.part in ("runbook", "transaction-archive"):
        return  # These have readers of their own.
    said: Any
    if surface.rows is not None:
        said = rows(surface, read)
        assert isinstance(said, Found), said
        stated = {name for row in said.value.rows for name in row}
    else:
        said = statement(surface, "testnet", read)
        assert isinstance(said, Found), said
        stated = {name for name, values in said.value.values.items() if values}
    # Numbers and switches can't be blank; nothing that identifies anything stands there.
    assert stated <= {
        "command", "exit_code", "tree_clean", "artifact_written", "tests_run", "tests_failed",
        "limit_seconds", "number", "transaction", "version", "slot", "block_time", "role", "meta",
    }  # fmt: skip


# Schemas


def test_the_committed_schemas_are_those_of_the_forms() -> None:
    folder = assets.folder("templates") / "dossier" / "schemas"
    # To write them anew: python -m privatedao_audit.dossier.committed
    assert {path.name: path.read_text() for path in folder.glob("*.json")} == schemas()


def test_every_form_with_keys_has_a_schema() -> None:
    without = {form.path for form in FORMS if schema_of(form) is None}
    assert all(path.endswith(".md") for path in without)
    assert set(schemas()) == {schema_name(form) for form in FORMS if form.path not in without}


@pytest.mark.parametrize("form", [one for one in FORMS if schema_of(one)], ids=named)
def test_a_schema_is_one_and_takes_its_blank_form(form: Form) -> None:
    schema = schema_of(form)
    assert schema is not None
    Draft202012Validator.check_schema(schema)
    if form.format == "markdown":
        tree = form.tree()
    else:
        tree = documents.parse(form.format, text_of(form).encode()).value
        head = text_of(form).splitlines()[:2]
        assert any(f"../schemas/{schema_name(form)}" in line for line in head)
    assert list(Draft202012Validator(schema).iter_errors(tree)) == []
    assert spoken(form.controls) in schema["description"]


@pytest.mark.parametrize("form", [one for one in FORMS if one.own], ids=named)
def test_a_schema_knows_every_place_that_is_mapped(form: Form) -> None:
    schema = schema_of(form)
    for surface in form.own:
        if schema is None or surface["format"] == "markdown":
            continue
        known = properties(schema)
        for place in (surface.get("rows", "/"), *surface.get("fields", {}).values()):
            assert {step for step in place.split("/") if step not in ("", "*")} <= known


def test_kinds_are_kinds_of_fields() -> None:
    fields = {name for one in PARTS.values() for name in one} | {"number"}
    assert set(FIELDS) <= fields


# The profile


def test_placeholders_are_keys_and_stand_only_where_nothing_was_given() -> None:
    text = profile(SUBJECT, {})
    assert all(one in text for one in PLACEHOLDERS.values())
    given = Subject("dao", "testnet", None, "gov", *["1" * 31 + one for one in "234"])
    target = parse(profile(given, {}), "x")
    assert (target.programs[0].id, target.daos[0].address) == ("1" * 31 + "2", "1" * 31 + "3")
    assert target.daos[0].treasury == "1" * 31 + "4"
    assert {one.program for one in target.surfaces} == {"gov", None}
    assert not any(one in profile(given, {}) for one in PLACEHOLDERS.values())


def test_a_profile_names_every_topic() -> None:
    text = profile(SUBJECT, {})
    assert all(topic in text for topics in ABOUT_A_TOPIC.values() for topic in topics)
    rest = "security-review, failure-modes, hardening"
    assert f"# Likewise, each in a file of its own: {rest}." in text


def test_the_examples_in_a_profile_are_such_that_it_takes_them() -> None:
    lines = [line[4:] for line in profile(SUBJECT, {}).splitlines() if line.startswith("#   ")]
    tree = tomllib.loads("\n".join(lines))
    for one in tree["surfaces"]:
        Surface.model_validate(one)
    assert {one["part"] for one in tree["surfaces"]} >= OF_THE_REPOSITORY - {
        "test-log", "verification-log", "contact-page",
    }  # fmt: skip
