"""The tables of notebook 01 on operator, interface, contact and build."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from privatedao_audit.domains.release.facts import ReleaseFacts
from privatedao_audit.domains.release.provenance import cases, story, view
from privatedao_audit.domains.release.provenance.cases import GOOD
from privatedao_audit.model.reads import Unknown
from privatedao_audit.view.table import Table

TABLES = (view.operators, view.interfaces, view.interface_differences, view.contacts, view.builds)


def rows(table: Table) -> list[tuple[Any, ...]]:
    return list(table.frame.itertuples(index=False, name=None))


@pytest.mark.parametrize("table", TABLES)
@pytest.mark.parametrize("case", cases.CASES, ids=lambda case: f"{case.control} {case.name}")
def test_every_case_can_be_shown(case: Any, table: Callable[[ReleaseFacts], Table]) -> None:
    made = table(case.facts)
    shown = made._repr_mimebundle_()
    assert made.caption.endswith("?")
    assert made.empty.endswith(".")
    assert shown["text/html"]


def test_whose_keys_stood_behind_a_deployment() -> None:
    told = rows(view.operators(GOOD.facts()))
    assert [(role, owner) for _, _, role, _, owner in told] == [
        ("payer", story.OPERATOR),
        ("authority (a vault: the multisig signed)", "the multisig's members"),
        ("executing member", story.OPERATOR),
        ("approving member", story.OPERATOR),
        ("approving member", "Ben Second"),
        ("also signed, ignored", "nobody"),
    ]
    unread = rows(view.operators(cases._read(cases.UNREAD).facts()))
    assert unread == [("governance", story.DEPLOY, "not known: the node answered 503", "", "")]
    open_votes = replace(story.BY_VAULT, approvers=Unknown("it was cut"))
    told = rows(view.operators(cases._by(open_votes).facts()))
    assert "approving members: not known: it was cut" in [row[2] for row in told]


def test_where_interfaces_lie_and_how_large_they_are() -> None:
    told = rows(view.interfaces(GOOD.of(declared=("open",)).facts()))
    assert told == [
        ("governance", "Anchor IDL account", "read", story.DEPLOYER, 2, 1, 2, 1, 1),
        ("governance", "program-metadata account", "not there", "", None, None, None, None, None),
        ("governance", "idl.json", "read", "", 2, 1, 2, 1, 1),
        ("governance", "lib.rs", "read", "", 1, None, None, None, None),
    ]


def test_differences_contacts_and_builds() -> None:
    assert rows(view.interface_differences(GOOD.facts())) == []
    other = GOOD.of(idl=story.idl_account(story.idl({"errors": []}))).facts()
    (only,) = rows(view.interface_differences(other))
    assert only == ("governance", "Anchor IDL account", "idl.json",
                    "error TooEarly: only in the repository")  # fmt: skip
    said = rows(view.contacts(GOOD.facts()))
    assert ("governance", "contacts", "email:security@dao.invalid") in said
    none = rows(view.contacts(cases._carrying(b"").facts()))
    assert none == [("governance", "no security.txt in the executable", "")]
    faulty = rows(view.contacts(cases._fields(name=" ").facts()))
    assert faulty[0] == ("governance", "faulty", "name is empty")
    assert rows(view.builds(GOOD.facts())) == [("governance", story.HASH, story.HASH, 100)]
