"""RPC endpoints: how they are given, and a URL type that does not give itself away."""

from __future__ import annotations

import ipaddress
import os
import re
import tomllib
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any, NoReturn
from urllib.parse import SplitResult, parse_qsl, unquote, urlsplit

#: Labels stand in findings and in probes such as ``provider:main``.
LABEL = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,31}")
_VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,127}")
_RESERVED = frozenset({"checkout"})
_HOW = "write LABEL=env:NAME, with the URL in the environment variable NAME"
#: Parts of a URL of this length or more are taken for secrets.
SECRET_LENGTH = 8


class BadEndpoint(ValueError):
    """An endpoint that cannot be used. The message never repeats what was given."""


class EndpointKind(StrEnum):
    """Where the URL of an endpoint came from."""

    ENVIRONMENT = "env"
    LITERAL = "literal"
    CONFIG = "config"


class SecretUrl:
    """A URL that prints as scheme and host only.

    Raises:
        BadEndpoint: not an http or https URL with a host, or with odd characters in it.
    """

    __slots__ = ("_parts", "_url")

    def __init__(self, url: str) -> None:
        self._parts = _checked(url)
        self._url = url

    def __repr__(self) -> str:
        return f"{self._parts.scheme}://{self.host}"

    __str__ = __repr__

    def __eq__(self, other: object) -> bool:
        return isinstance(other, SecretUrl) and other._url == self._url

    def __hash__(self) -> int:
        return hash(self._url)

    def __copy__(self) -> SecretUrl:
        return self

    def __deepcopy__(self, memo: dict[int, Any]) -> SecretUrl:
        return self

    def __reduce__(self) -> NoReturn:
        raise TypeError("a SecretUrl is not pickled: the pickle would hold the secret")

    @property
    def host(self) -> str:
        """Host name in lower case, without port, user, path or query.

        The dot that ends a whole name is left out: with it one host would be two.
        """
        return (self._parts.hostname or "").rstrip(".")

    @property
    def encrypted_or_local(self) -> bool:
        """Whether what travels to it can be read by nobody on the way."""
        return self._parts.scheme == "https" or _is_local(self.host)

    def leads_to(self, other: SecretUrl) -> bool:
        """Whether both name one place, however they write it: case, port, last slash."""
        return self._place() == other._place()

    @property
    def server(self) -> tuple[str, int]:
        """Host and port: two keys for one server are one witness."""
        parts = self._parts
        return self.host, parts.port or {"https": 443, "http": 80}[parts.scheme]

    def _place(self) -> tuple[str, ...]:
        parts = self._parts
        host, port = self.server
        return parts.scheme, host, str(port), parts.path.rstrip("/"), parts.query

    def reveal(self) -> str:
        """The whole URL. Only the door has a use for it."""
        return self._url

    def secrets(self) -> frozenset[str]:
        """Every string that may never appear in an output, a log or an exception.

        The whole URL where it is more than a host, and each path segment, query value, query
        key without a value, user name and password of ``SECRET_LENGTH`` characters or more,
        as written and percent-decoded.
        """
        parts = self._parts
        pieces = [s for s in parts.path.split("/") if s]
        pieces += [p for item in parts.query.split("&") for p in item.split("=", 1)[-1:]]
        pieces += [value for _, value in parse_qsl(parts.query, keep_blank_values=True)]
        user = parts.netloc.rpartition("@")[0]
        pieces += [user, *user.split(":", 1)]
        found = {form for piece in pieces for form in (piece, unquote(piece))}
        found = {form for form in found if len(form) >= SECRET_LENGTH}
        if parts.path.strip("/") or parts.query or user:
            found.add(self._url)
        return frozenset(found)


@dataclass(frozen=True, slots=True)
class Endpoint:
    """One RPC provider to read through.

    Attributes:
        label: its name in this run; stands in the evidence.
        url: where it is.
        kind: where the URL came from.
    """

    label: str
    url: SecretUrl
    kind: EndpointKind = EndpointKind.ENVIRONMENT

    def __post_init__(self) -> None:
        _checked_label(self.label)

    def secrets(self) -> frozenset[str]:
        """See :meth:`SecretUrl.secrets`."""
        return self.url.secrets()


def by_server(endpoints: Sequence[Endpoint]) -> list[Endpoint]:
    """The same endpoints, one of each server before the second of any, else in their order."""
    turns: Counter[tuple[str, int]] = Counter()
    rank = []
    for endpoint in endpoints:
        rank.append(turns[endpoint.url.server])
        turns[endpoint.url.server] += 1
    pairs = sorted(zip(rank, endpoints, strict=True), key=lambda pair: pair[0])
    return [endpoint for _, endpoint in pairs]


@dataclass(frozen=True, slots=True)
class EndpointWarning:
    """Something the user should know about an endpoint that is used all the same."""

    label: str
    text: str


@dataclass(frozen=True, slots=True)
class RpcOption:
    """An endpoint as parsed, with what to warn about."""

    endpoint: Endpoint
    warnings: tuple[EndpointWarning, ...] = ()


def parse_rpc_option(
    text: str, *, environ: Mapping[str, str] | None = None, config: Path | None = None
) -> RpcOption:
    """Parse ``LABEL=env:NAME``, ``LABEL=https://…`` or a bare ``LABEL`` of the user's config.

    Args:
        text: the option as given.
        environ: the environment; the process's own by default.
        config: TOML file with a table ``[rpc]`` of ``label = "env:NAME"`` or a URL.

    Raises:
        BadEndpoint: with what to write instead, and never with the text itself.
    """
    environ = os.environ if environ is None else environ
    label, equals, value = text.partition("=")
    _checked_label(label)
    kind = EndpointKind.LITERAL
    if not equals:
        value, kind = _configured(label, config), EndpointKind.CONFIG
    warnings = []
    if value.startswith("env:"):
        if kind is EndpointKind.LITERAL:
            kind = EndpointKind.ENVIRONMENT
        value = _from_environment(label, value.removeprefix("env:"), environ)
    elif kind is EndpointKind.LITERAL:
        warnings.append(
            EndpointWarning(
                label,
                f"the URL of {label} stands on the command line, where other users of this "
                f"machine and the shell history see it; {_HOW}",
            )
        )
    try:
        url = SecretUrl(value)
    except BadEndpoint as error:
        raise BadEndpoint(f"RPC endpoint {label}: {error}") from None
    if not url.encrypted_or_local:
        warnings.append(
            EndpointWarning(
                label, f"{label} is read over plain http: what it answers can be changed on the way"
            )
        )
    return RpcOption(Endpoint(label, url, kind), tuple(warnings))


def parse_rpc_options(
    texts: Iterable[str],
    *,
    environ: Mapping[str, str] | None = None,
    config: Path | None = None,
) -> tuple[RpcOption, ...]:
    """Parse several options; two of one label are refused.

    Raises:
        BadEndpoint: as :func:`parse_rpc_option`, or a label or a URL was given twice.
    """
    options: list[RpcOption] = []
    for text in texts:
        option = parse_rpc_option(text, environ=environ, config=config)
        for other in options:
            if other.endpoint.label == option.endpoint.label:
                raise BadEndpoint(f"the RPC label {option.endpoint.label} is given twice")
            if other.endpoint.url.leads_to(option.endpoint.url):
                raise BadEndpoint(
                    f"{other.endpoint.label} and {option.endpoint.label} are the same URL; two "
                    "names of one provider would look like two that agree"
                )
        options.append(option)
    return tuple(options)


def _checked(url: str) -> SplitResult:
    # Nothing of the URL may stand in these messages: what is wrong is often the key's own part.
    if not url:
        raise BadEndpoint(f"the URL is empty; {_HOW}")
    if not url.isascii() or any(c <= " " or c == "\x7f" for c in url) or "\\" in url:
        raise BadEndpoint("the URL holds a space, a control character or a letter beyond ASCII")
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        raise BadEndpoint("the URL is malformed (its host or port cannot be read)") from None
    if parts.scheme not in ("http", "https"):
        raise BadEndpoint("the URL must begin with https:// (or http://)")
    if not (parts.hostname or "").rstrip(".") or port == 0:
        raise BadEndpoint("the URL names no host, or port 0")
    if parts.fragment or url.endswith("#"):
        raise BadEndpoint("the URL has a fragment (#…), which is never sent to a server")
    return parts


def _checked_label(label: str) -> None:
    if not LABEL.fullmatch(label):
        raise BadEndpoint(
            f"an RPC endpoint needs a label of up to 32 letters, digits, '-' or '_'; {_HOW}"
        )
    if label in _RESERVED:
        raise BadEndpoint(f"the label {label} is taken by the kit itself; choose another")


def _from_environment(label: str, name: str, environ: Mapping[str, str]) -> str:
    if not _VARIABLE.fullmatch(name):
        raise BadEndpoint(f"RPC endpoint {label}: env: needs the name of a variable; {_HOW}")
    value = environ.get(name, "").strip()
    if not value:
        raise BadEndpoint(
            f"RPC endpoint {label}: the environment variable {name} is not set; "
            f"set it to the URL of the endpoint"
        )
    return value


def _configured(label: str, config: Path | None) -> str:
    if config is None or not config.is_file():
        raise BadEndpoint(f"{label} is a label without a URL and there is no user config; {_HOW}")
    try:
        document = tomllib.loads(config.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        # A parser's message can quote the line, and the line can hold a URL.
        raise BadEndpoint(f"the user config {config.name} cannot be read as TOML") from None
    table = document.get("rpc")
    value = table.get(label) if isinstance(table, dict) else None
    if not isinstance(value, str):
        raise BadEndpoint(
            f'the user config {config.name} has no entry {label} = "env:NAME" under [rpc]'
        )
    return value


def _is_local(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
