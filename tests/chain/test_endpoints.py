from __future__ import annotations

import copy
import pickle
from dataclasses import asdict
from pathlib import Path

import pytest

from privatedao_audit.chain.endpoints import (
    BadEndpoint,
    Endpoint,
    EndpointKind,
    SecretUrl,
    by_server,
    parse_rpc_option,
    parse_rpc_options,
)

KEY = "0123456789abcdef"
URL = f"https://user1:passw0rd1@RPC.example.org:8443/v2/{KEY}/?api-key={KEY}q&x=1"


def test_a_url_prints_as_scheme_and_host_only() -> None:
    url = SecretUrl(URL)
    endpoint = Endpoint("main", url)
    for text in (str(url), repr(url), f"{url}", repr(endpoint), str(asdict(endpoint))):
        assert KEY not in text
        assert "passw0rd1" not in text
    assert str(url) == "https://rpc.example.org"
    assert url.reveal() == URL


def test_a_url_is_copied_but_not_pickled() -> None:
    url = SecretUrl(URL)
    assert copy.deepcopy(url) == url == copy.copy(url)
    assert hash(url) == hash(SecretUrl(URL))
    with pytest.raises(TypeError, match="not pickled"):
        pickle.dumps(url)


def test_secrets_are_all_long_parts_and_the_whole() -> None:
    secrets = SecretUrl(URL).secrets()
    assert {URL, KEY, KEY + "q", "passw0rd1", "user1:passw0rd1"} <= secrets
    assert not {"v2", "1", "user1"} & secrets
    assert "secret/with/slash" in SecretUrl("https://h/?k=secret%2Fwith%2Fslash").secrets()
    assert "barekey-1234" in SecretUrl("https://h/?barekey-1234").secrets()
    assert SecretUrl("https://api.devnet.example.org/").secrets() == frozenset()
    assert SecretUrl("https://h/abc").secrets() == {"https://h/abc"}


@pytest.mark.parametrize(
    "url",
    [
        "",
        f"ftp://h/{KEY}",
        f"wss://h/{KEY}",
        f"h/{KEY}",
        f"https:///{KEY}",
        f"https://h:port/{KEY}",
        f"https://h:0/{KEY}",
        f"https://h:99999/{KEY}",
        f"https://[::1/{KEY}",
        f"https://h/ {KEY}",
        f"https://h/\n{KEY}",
        f"https://h/{KEY}#frag",
        f"https://h\\@evil/{KEY}",
        f"https://höst/{KEY}",
    ],
)
def test_a_malformed_url_is_refused_and_not_echoed(url: str) -> None:
    with pytest.raises(BadEndpoint) as caught:
        parse_rpc_option("main=env:X", environ={"X": url})
    assert KEY not in str(caught.value)
    assert "main" in str(caught.value)
    assert caught.value.__cause__ is None
    assert caught.value.__suppress_context__ or not url


def test_the_environment_is_the_norm() -> None:
    option = parse_rpc_option("main=env:RPC", environ={"RPC": f" {URL}\n"})
    assert option.endpoint == Endpoint("main", SecretUrl(URL), EndpointKind.ENVIRONMENT)
    assert option.warnings == ()


def test_a_literal_url_works_with_a_warning() -> None:
    option = parse_rpc_option(f"main={URL}", environ={})
    assert option.endpoint.kind is EndpointKind.LITERAL
    assert option.endpoint.url.reveal() == URL
    (warning,) = option.warnings
    assert warning.label == "main"
    assert "LABEL=env:NAME" in warning.text
    assert KEY not in warning.text


@pytest.mark.parametrize(
    ("url", "warned"),
    [
        ("http://127.0.0.1:8899", False),
        ("http://localhost", False),
        ("http://[::1]:1", False),
        ("http://rpc.example.org", True),
        ("https://rpc.example.org", False),
    ],
)
def test_plain_http_to_another_machine_is_warned_about(url: str, warned: bool) -> None:
    option = parse_rpc_option("main=env:RPC", environ={"RPC": url})
    assert any("plain http" in w.text for w in option.warnings) == warned


@pytest.mark.parametrize(
    "text",
    [
        f"https://h/?api-key={KEY}",
        f"https://h/{KEY}",
        f"={URL}",
        "two words=env:X",
        "main=env:",
        f"main=env:https://h/{KEY}",
        "main=env:UNSET",
        "checkout=env:X",
        "a" * 33 + "=env:X",
        "unconfigured",
        "",
    ],
)
def test_bad_options_are_refused_and_not_echoed(text: str) -> None:
    with pytest.raises(BadEndpoint) as caught:
        parse_rpc_option(text, environ={"X": "https://h"})
    assert KEY not in str(caught.value)


def test_a_bare_label_comes_from_the_user_config(tmp_path: Path) -> None:
    config = tmp_path / "config.toml"
    config.write_text(f'[rpc]\nmain = "env:RPC"\nspare = "https://h/{KEY}"\nbad = 3\n')
    main = parse_rpc_option("main", environ={"RPC": URL}, config=config)
    assert main.endpoint.url.reveal() == URL
    assert main.endpoint.kind is EndpointKind.CONFIG
    spare = parse_rpc_option("spare", environ={}, config=config)
    assert spare.endpoint.url.reveal() == f"https://h/{KEY}"
    assert spare.warnings == ()
    for label in ("bad", "other"):
        with pytest.raises(BadEndpoint, match=r"no entry .* under \[rpc\]"):
            parse_rpc_option(label, environ={}, config=config)
    config.write_text(f"[rpc\nmain = https://h/{KEY}")
    with pytest.raises(BadEndpoint, match="cannot be read as TOML") as caught:
        parse_rpc_option("main", environ={}, config=config)
    assert KEY not in str(caught.value)


def test_one_label_or_one_url_twice_is_refused() -> None:
    environ = {"A": "https://a", "B": "https://b"}
    options = parse_rpc_options(["one=env:A", "two=env:B"], environ=environ)
    assert [o.endpoint.label for o in options] == ["one", "two"]
    with pytest.raises(BadEndpoint, match="one is given twice"):
        parse_rpc_options(["one=env:A", "one=env:B"], environ=environ)
    with pytest.raises(BadEndpoint, match="the same URL"):
        parse_rpc_options(["one=env:A", "two=env:A"], environ=environ)


@pytest.mark.parametrize(
    "other",
    [
        "https://RPC.example/v1?key=K", "https://rpc.example./v1?key=K",
        "https://rpc.example:443/v1?key=K", "https://rpc.example/v1/?key=K",
    ],
)  # fmt: skip
def test_one_place_written_otherwise_is_no_second_provider(other: str) -> None:
    environ = {"A": "https://rpc.example/v1?key=K", "B": other}
    with pytest.raises(BadEndpoint, match="the same URL"):
        parse_rpc_options(["one=env:A", "two=env:B"], environ=environ)


@pytest.mark.parametrize(
    "other",
    [
        "https://rpc.example/v2?key=K", "https://rpc.example/v1?key=L",
        "https://rpc.example:8443/v1?key=K", "http://rpc.example/v1?key=K",
    ],
)  # fmt: skip
def test_another_path_port_or_key_is_another_place(other: str) -> None:
    environ = {"A": "https://rpc.example/v1?key=K", "B": other}
    assert len(parse_rpc_options(["one=env:A", "two=env:B"], environ=environ)) == 2


def test_the_dot_that_ends_a_name_makes_no_other_host() -> None:
    environ = {"A": "https://Rpc.Example./v1"}
    (one,) = parse_rpc_options(["one=env:A"], environ=environ)
    assert one.endpoint.url.host == "rpc.example"
    with pytest.raises(BadEndpoint, match="names no host"):
        parse_rpc_options(["one=env:A"], environ={"A": "https://./v1"})


def test_one_endpoint_of_each_server_comes_first() -> None:
    urls = ["https://h/1", "https://h:443/2", "http://h/3", "https://H./4", "https://g/5"]
    given = [Endpoint(f"e{at}", SecretUrl(url)) for at, url in enumerate(urls)]
    assert [one.label for one in by_server(given)] == ["e0", "e2", "e4", "e1", "e3"]
