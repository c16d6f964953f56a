"""Program ids declared in Rust source, and the builds that they belong to."""

from __future__ import annotations

import pytest

from privatedao_audit.repository.documents import (
    BadDocument,
    DeclaredId,
    declared_under,
    rust_declare_ids,
)
from privatedao_audit.repository.rust_source import holds

A = "11111111111111111111111111111111"
B = "TokenkegQfeZyiNwAJbNbGKPFXCWuBvf9Ss623VQ5DA"
C = "Stake11111111111111111111111111111111111111"


def ids(source: str, **options: bool) -> tuple[DeclaredId, ...]:
    return rust_declare_ids(source.encode(), **options)


def under(source: str, feature: str | None) -> list[str]:
    features = frozenset() if feature is None else frozenset({feature})
    return [row.id for row in declared_under(ids(source), [features])]


def test_a_plain_declaration() -> None:
    assert ids(f'use x;\n\ndeclare_id!("{A}");\n') == (
        DeclaredId(A, None, None, 3, "declare_id!", ""),
    )


@pytest.mark.parametrize(
    "source",
    [
        f'anchor_lang::declare_id!("{A}");',
        f'declare_id! {{ "{A}" }}',
        f'solana_program :: declare_id ! [ "{A}", ];',
        f'declare_id!(r#"{A}"#);',
        f'declare_id!(/* why */ "{A}" // here\n);',
        f'pub const ID: Pubkey = pubkey!("{A}");',
        f'static ID: Pubkey = solana_program::pubkey!("{A}");',
        f'\r\ndeclare_id!("{A}");\r\n',
    ],
)
def test_ways_to_write_it(source) -> None:
    assert [row.id for row in ids(source)] == [A]


@pytest.mark.parametrize(
    "source",
    [
        "",
        f'// declare_id!("{A}");',
        f'/* /* nested */ declare_id!("{A}"); */',
        f'/// declare_id!("{A}");\nstruct S;',
        f'const S: &str = "declare_id!(\\"{A}\\");";',
        f'const S: &str = r##"declare_id!("{A}");"# "##;',
        f'const S: &[u8] = b"\\" declare_id!({A})";',
        "const Q: char = '\"'; // declare_id!(\"\n",
        f'const MINT: Pubkey = pubkey!("{A}");',
        "fn f<'a>(x: &'a str) -> char { '\\'' }",
        "let x = '\\u{1F600}'; let l: &'static str = \"\";",
        "fn f(a: bool, b: bool) -> bool { if a != b { true } else { false } }",
    ],
)
def test_what_is_no_declaration(source) -> None:
    assert ids(source) == ()


def test_features() -> None:
    source = f"""
#[cfg(feature = "testnet")]
declare_id!("{A}");
#[cfg(not(any(feature = "testnet", feature = "devnet")))]
declare_id!("{B}");
#[allow(dead_code)]
#[cfg(all(feature = "devnet", not(feature = "testnet")))]
declare_id!("{C}");
"""
    rows = ids(source)
    assert [row.cfg_feature for row in rows] == ["testnet", None, None]
    assert rows[1].cfg_text == 'not(any(feature="testnet",feature="devnet"))'
    assert [row.line for row in rows] == [3, 5, 8]
    assert under(source, "testnet") == [A]
    assert under(source, "devnet") == [C]
    assert under(source, None) == [B]
    assert under(source, "other") == [B]


def test_builds_that_declare_different_ids_are_none() -> None:
    source = f'#[cfg(feature = "t")]\ndeclare_id!("{A}");\n'
    source += f'#[cfg(feature = "d")]\ndeclare_id!("{B}");'
    rows = ids(source)
    t, d, both, none = (frozenset(x) for x in (["t"], ["d"], ["t", "d"], []))
    assert [row.id for row in declared_under(rows, [t, t])] == [A]
    # Two ids do not compile, and none is no program: such builds were not the one.
    assert [row.id for row in declared_under(rows, [both, t])] == [A]
    assert [row.id for row in declared_under(rows, [none, d])] == [B]
    assert [row.id for row in declared_under(rows, [both])] == [A, B]
    assert declared_under(rows, [none]) == ()
    with pytest.raises(BadDocument, match=f"{A} or {B}; name the feature"):
        declared_under(rows, [t, d])
    with pytest.raises(BadDocument, match=f"{A} and {B} or nothing"):
        declared_under(rows, [both, none])


def test_an_attribute_reaches_one_item() -> None:
    source = f"""
#[cfg(feature = "x")]
use a::b;
#[cfg(feature = "x")]
fn f() {{ g(); }}
declare_id!("{A}");
#[cfg(test)]
declare_id!("{B}");
"""
    assert [row.cfg_text for row in ids(source)] == [None, "test"]
    assert under(source, None) == [A]


def test_an_attribute_of_the_file() -> None:
    source = f'#![cfg(feature = "x")]\n#[cfg(unix)]\ndeclare_id!("{A}");'
    (row,) = ids(source)
    assert row.cfg_text == 'all(feature="x",unix)'
    assert row.cfg_feature is None
    assert under(source, None) == []
    with pytest.raises(BadDocument, match="unix"):
        under(source, "x")


def test_modules_are_somebody_elses() -> None:
    source = f"""
pub mod usdc {{ declare_id!("{B}"); }}
declare_id!("{A}");
#[cfg(feature = "t")]
pub(crate) mod m {{ pub mod n {{ declare_id!("{C}"); }} }}
fn f() {{ declare_id!("{B}"); }}
"""
    assert [row.id for row in ids(source)] == [A]
    every = ids(source, nested=True)
    assert [(row.id, row.module) for row in every] == [
        (B, "usdc"), (A, ""), (C, "m::n"), (B, "{"),
    ]  # fmt: skip
    assert every[2].cfg_feature == "t"


def test_a_macro_body_is_undecided() -> None:
    source = f"""
cfg_if::cfg_if! {{
    if #[cfg(feature = "t")] {{ declare_id!("{A}"); }} else {{ declare_id!("{B}"); }}
}}
"""
    rows = ids(source)
    assert [row.id for row in rows] == [A, B]
    assert all(row.cfg_feature is None for row in rows)
    for features in ([], ["t"]):
        with pytest.raises(BadDocument, match="do not decide"):
            declared_under(rows[1:], [frozenset(features)])
    assert ids("macro_rules! m { ($x:expr) => { declare_id!($x); } }") == ()


@pytest.mark.parametrize(
    ("source", "told"),
    [
        ('declare_id!("nonsense");', "line 1: not a base58 key"),
        (f'\ndeclare_id!("{A}1");', "line 2: not a base58 key"),
        ("declare_id!(crate::KEY);", "line 1: the id given to declare_id! is not a literal"),
        ('declare_id!(env!("ID"));', "not a literal"),
        ("declare_id!();", "not a literal"),
        (f'declare_id!("{A}"', "never closed"),
        (f'fn f() {{ declare_id!("{A}");', "never closed"),
        (f'declare_id!("{A}"];', "never closed"),
        ("}", "closes nothing"),
        ("/* open", "comment does not end"),
        ('"open', "string does not end"),
        ('\n\nr##"open"#', "line 3: the raw string does not end"),
        ("(" * 1000, "nested too deeply"),
        ("#[cfg(" * 1000, "never closed"),
    ],
)
def test_bad_source(source, told) -> None:
    with pytest.raises(BadDocument, match=told):
        ids(source)


def test_bytes_that_are_not_text() -> None:
    with pytest.raises(BadDocument, match="line 2: not UTF-8"):
        rust_declare_ids(b"\n\xff")
    with pytest.raises(BadDocument, match="bytes"):
        rust_declare_ids(b" " * (2 * 1024 * 1024 + 1))


@pytest.mark.parametrize(
    ("condition", "features", "wanted"),
    [
        (None, [], True),
        ('feature="a"', ["a"], True),
        ('feature="a"', [], False),
        ('not(feature="a")', ["a"], False),
        ('any(feature="a",feature="b")', ["b"], True),
        ('all(feature="a",feature="b",)', ["b"], False),
        ("any()", [], False),
        ("all()", [], True),
        ("test", [], False),
        ("not(test)", [], True),
        ("unix", [], None),
        ("not(unix)", [], None),
        ('any(unix,feature="a")', ["a"], True),
        ('all(unix,feature="a")', [], False),
        ('target_os="solana"', [], None),
        ("odd(unix)", [], None),
    ],
)
def test_conditions(condition, features, wanted) -> None:
    assert holds(condition, frozenset(features)) is wanted


@pytest.mark.parametrize("condition", ["", "(", "all(", "a b", "not(a", ",", "not(" * 100])
def test_malformed_conditions(condition) -> None:
    with pytest.raises(BadDocument):
        holds(condition, frozenset())
