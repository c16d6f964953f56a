"""Features that a manifest declares, and those of a build."""

from __future__ import annotations

import pytest

from privatedao_audit.repository.cargo import Choice, Features, choice_of, features_of
from privatedao_audit.repository.errors import BadDocument

MANIFEST = b"""
[package]
name = "gov"
[features]
default = ["testnet", "logs?/std"]
testnet = ["test-clock"]
test-clock = []
mainnet = ["dep:seal", "proofs/std"]
loop-a = ["loop-b"]
loop-b = ["loop-a"]
[dependencies]
seal = { version = "1", optional = true }
proofs = { version = "1", optional = true }
logs = { version = "1", optional = true }
plain = "1"
[target.'cfg(unix)'.dependencies]
socket = { version = "1", optional = true }
"""


def read(data: bytes = MANIFEST) -> Features:
    found = features_of(data, "Cargo.toml")
    assert found is not None
    return found


@pytest.mark.parametrize(
    ("command", "wanted"),
    [
        ("anchor build", {"default", "testnet", "test-clock"}),
        ("anchor build -- --no-default-features", set()),
        ("anchor build -- --no-default-features --features mainnet", {"mainnet", "proofs"}),
        ("anchor build -- --features mainnet",
         {"default", "testnet", "test-clock", "mainnet", "proofs"}),
        ("anchor build -- --no-default-features -F test-clock,socket", {"test-clock", "socket"}),
        ("anchor build -- --no-default-features -Ftest-clock", {"test-clock"}),
        ("anchor build -- --no-default-features --features='gov/test-clock loop-a'",
         {"test-clock", "loop-a", "loop-b"}),
        ("anchor build -- --all-features --no-default-features",
         {"default", "testnet", "test-clock", "mainnet", "loop-a", "loop-b", "proofs", "logs",
          "socket"}),
        ("anchor build -- --features", {"default", "testnet", "test-clock"}),
        ("anchor build 'unclosed --no-default-features", set()),
    ],
)  # fmt: skip
def test_features_of_a_build(command: str, wanted: set[str]) -> None:
    assert read().of(choice_of(command)) == wanted


def test_a_choice() -> None:
    assert choice_of("FEATURES=x anchor build -- -F a -F b") == Choice(frozenset({"a", "b"}))


@pytest.mark.parametrize("name", ["unheard", "seal", "plain"])
def test_a_feature_that_is_not_declared(name: str) -> None:
    with pytest.raises(BadDocument, match="declares no feature"):
        read().of(Choice(frozenset({name})))


def test_a_manifest_without_a_package_or_features() -> None:
    assert features_of(b"[workspace]\nmembers = []", "Cargo.toml") is None
    assert read(b"[package]\nname = 'x'").of(Choice()) == {"default"}


@pytest.mark.parametrize(
    ("data", "told"),
    [
        (b"[package]\n[features]\nx = 1", "no list of names"),
        (b"[package]\n[features]\nx = [1]", "no list of names"),
        (b"features = 3\n[package]", "no table"),
        (b"[package]\n[features]\n" + b"".join(b"f%d = []\n" % n for n in range(2_001)), "at most"),
        (b"[package", "not TOML"),
    ],
)
def test_bad_manifests(data: bytes, told: str) -> None:
    with pytest.raises(BadDocument, match=told):
        features_of(data, "Cargo.toml")
