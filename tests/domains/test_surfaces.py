"""What the files of a checkout say, as the release and custody checks read them."""

from __future__ import annotations

from typing import Any

import pytest

from privatedao_audit.domains.authority.world import GOVERNANCE, STRANGER
from privatedao_audit.domains.cases import in_checkout
from privatedao_audit.model.reads import Found, ProvenAbsent, ReadAt, Unknown
from privatedao_audit.model.target import Surface
from privatedao_audit.repository.cargo import Features
from privatedao_audit.repository.surfaces import MAX_VALUES, Crate, statement

AT = in_checkout("file")


def said(data: bytes | str, cluster: str = "devnet", **mapping: Any) -> Any:
    given = {"part": "release-record", "file": "file", "program": "governance", **mapping}
    raw = data if isinstance(data, bytes) else data.encode()
    return statement(Surface.model_validate(given), cluster, Found(raw, AT))


def values(read: Any) -> dict[str, tuple[str, ...]]:
    assert isinstance(read, Found), read
    found: dict[str, tuple[str, ...]] = read.value.values
    return found


MARKDOWN = {"format": "markdown", "fields": {"program_id": "Program id"}}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("- **program ID**: `abc` (was `def`)", ("abc",)),
        ("Program id: abc", ("abc",)),
        ("* Program id: `abc`\n* Program id: `abc`", ("abc",)),
        ("Program id: `abc`\nProgram id: `def`", ("abc", "def")),
        ("Old program id: `abc`", ()),
        ("<!--\nProgram id: `abc`\n-->", ()),
        ("Program id: `abc`\n<!-- Program id: `def`", ("abc",)),
        ("Program id: not yet, before it was `abc`", ("not yet, before it was `abc`",)),
        # What is struck out is not stated, nor what stands in an example.
        ("Program id: ~~`abc`~~", ()),
        ("~~Program id: `abc`~~", ()),
        ("- Program id: ~~`abc`~~ `def`", ("def",)),
        ("Program id: ~`abc`~ `def`", ("def",)),
        ("Program id: <s>`abc`</s> <DEL class='x'>`ghi`</del>`def`", ("def",)),
        ("~~Replaced:\nProgram id: `abc`\nby a later one~~\nProgram id: `def`", ("def",)),
        ("~~old\n\nProgram id: `abc`\n\nold~~", ("abc",)),
        ("- ~~old\n- Program id: `abc`\n- old~~", ("abc",)),
        ("Program id: about ~5 or ~6", ("about ~5 or ~6",)),
        ("Program id: `~/a~b`", ("~/a~b",)),
        ("Program id: `~~abc~~`", ("~~abc~~",)),
        ("```\nProgram id: `abc`\n```", ()),
        ("~~~ toml\nProgram id: `abc`\n```\nProgram id: `def`\n~~~~\nProgram id: `ghi`", ("ghi",)),
        ("- steps:\n  ```sh\n  Program id: `abc`\n  ```\n- Program id: `def`", ("def",)),
        ("````\n```\nProgram id: `abc`\n````\nProgram id: `def`", ("def",)),
        ("```\nProgram id: `abc`", ()),
        ("``` not `` a fence ` here\nProgram id: `abc`", ("abc",)),
        ("```\n<!--\n```\nProgram id: `abc`\n<!-- ``` -->\nProgram id: `def`", ("abc", "def")),
        ("<!--\n```\n-->\nProgram id: `abc`", ("abc",)),
        ("a `<!--` mark\nProgram id: `abc`", ("abc",)),
        ("Program <!-- old -->id: `abc`", ("abc",)),
        (f"Program id: `{'A' * 32}` (was `{'B' * 32}`)", ("A" * 32,)),
        ("**Program id**: **`abc`** in `docs/ids.md`", ("abc",)),
        ("", ()),
    ],
)
def test_labels_of_a_markdown_document(text: str, expected: tuple[str, ...]) -> None:
    assert values(said(text, **MARKDOWN)) == {"program_id": expected}


def test_two_values_in_one_line_are_no_statement() -> None:
    read = said(f"Program id: `{'A' * 32}`, superseded by `{'B' * 32}`", **MARKDOWN)
    assert isinstance(read, Unknown)
    assert "two values" in read.reason


def test_hostile_markdown_keeps_its_other_statements() -> None:
    for noise in ("~~a " * 50_000, " ~a" * 50_000, "<s>" * 50_000, "<s " * 50_000, "`a " * 50_000,
                  "``a `b " * 30_000, "\ue0007\ue001", "<!-- -->" * 30_000):  # fmt: skip
        read = said(f"Program id: `abc`\n\n{noise}\n\nProgram id: `abc`", **MARKDOWN)
        assert values(read) == {"program_id": ("abc",)}


def test_too_many_statements_are_none() -> None:
    many = "\n".join(f"Program id: {n}" for n in range(MAX_VALUES + 1))
    read = said(many, **MARKDOWN)
    assert isinstance(read, Unknown)
    assert "more than 64 values" in read.reason
    few = "\n".join(f"Program id: {n}" for n in range(MAX_VALUES))
    assert len(values(said(few, **MARKDOWN))["program_id"]) == MAX_VALUES


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('{"id": "abc"}', ("abc",)),
        ('{"id": 7}', ("7",)),
        ('{"id": null}', ()),
        ("{}", ()),
    ],
)
def test_a_member_of_a_json_document(text: str, expected: tuple[str, ...]) -> None:
    read = said(text, format="json", fields={"program_id": "/id"})
    assert values(read) == {"program_id": expected}


@pytest.mark.parametrize(
    "text", ['{"id": true}', '{"id": ["abc"]}', '{"id": 1.5}', '{"id": "a", "id": "b"}', "", "[]x"]
)
def test_what_is_no_plain_value_is_unknown(text: str) -> None:
    assert isinstance(said(text, format="json", fields={"program_id": "/id"}), Unknown)


def test_anchor_toml_is_read_for_the_cluster_of_the_target() -> None:
    text = f'[programs.mainnet]\ngov = "{GOVERNANCE}"\n[programs.devnet]\ngov = "{STRANGER}"\n'
    mapping = {"part": "anchor-toml", "format": "anchor-toml", "entry": "gov"}
    assert values(said(text, "mainnet-beta", **mapping)) == {"program_id": (GOVERNANCE,)}
    assert values(said(text, "devnet", **mapping)) == {"program_id": (STRANGER,)}
    assert values(said(text, "testnet", **mapping)) == {"program_id": ()}


def test_a_source_is_read_under_the_feature_of_the_surface() -> None:
    text = (
        f'#[cfg(feature = "devnet")]\ndeclare_id!("{STRANGER}");\n'
        f'#[cfg(not(feature = "devnet"))]\ndeclare_id!("{GOVERNANCE}");\n'
    )
    made = Features("Cargo.toml", {"devnet": ()})
    manifest = ReadAt(("r-manifest",), providers=("checkout",))

    def declared(*commands: str, **more: Any) -> Any:
        surface = Surface.model_validate(
            {"part": "source-declaration", "file": "file", "format": "rust",
             "program": "governance", **more}
        )  # fmt: skip
        crate = Crate(Found(made, manifest), commands)
        return statement(surface, "localnet", Found(text.encode(), AT), crate)

    assert values(declared()) == {"program_id": (GOVERNANCE,)}
    assert values(declared(feature="devnet")) == {"program_id": (STRANGER,)}
    assert declared().at.evidence == (*AT.evidence, "r-manifest")
    both = declared("anchor build", feature="devnet")
    assert isinstance(both, Unknown)
    assert f"{STRANGER} or {GOVERNANCE}" in both.reason
    bare = said(text, part="source-declaration", format="rust")
    assert isinstance(bare, Unknown)
    assert "no Cargo.toml" in bare.reason


def test_a_file_that_is_not_there_says_nothing() -> None:
    surface = Surface.model_validate(
        {"part": "idl", "file": "file", "format": "anchor-idl", "program": "governance"}
    )
    assert statement(surface, "devnet", ProvenAbsent(AT)) == ProvenAbsent(AT)
