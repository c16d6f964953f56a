"""The one place where the kit speaks to an RPC endpoint.

``Door`` is solana-py's HTTP provider with its request method replaced as a whole: the body is
read as a stream with a bound, status, Retry-After and the exact bytes are kept, the response id
is checked, and no error text, log line or ``repr`` holds the URL. Retries, failover and rate
limits are decided above, in the resolver.
"""

from __future__ import annotations

import asyncio
import logging
import ssl
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, Final, NoReturn

import httpx2
from solana.rpc.async_http_provider import AsyncHTTPProvider
from solana.rpc.jsonrpc import JsonRpcRequestSerializer
from solana.rpc.types import URI

from privatedao_audit import __version__
from privatedao_audit.chain import answers, strict_json
from privatedao_audit.chain.endpoints import Endpoint
from privatedao_audit.chain.limits import TOO_LARGE, Policy
from privatedao_audit.evidence.questions import Exchange
from privatedao_audit.evidence.redact import Redactor

KEPT_HEADERS: Final = ("content-type", "date", "retry-after")
_HEADER_LENGTH: Final = 200
_ENCODINGS: Final = frozenset({"", "identity", "gzip", "x-gzip", "deflate"})
_REQUEST_HEADERS: Final = {
    "Content-Type": "application/json",
    "Accept": "application/json",
    # Brotli and zstd are left out: one bomb format fewer each, for no gain on RPC JSON.
    "Accept-Encoding": "gzip, deflate",
    "User-Agent": f"privatedao-audit/{__version__}",
}
# httpx2 logs the whole URL at INFO, httpcore2 the request target at DEBUG.
_LOUD_LOGGERS: Final = (
    "httpx2",
    "httpcore2.connection",
    "httpcore2.http11",
    "httpcore2.http2",
    "httpcore2.proxy",
    "httpcore2.socks",
    "solana.rpc.async_http_provider",
)


class DoorError(Exception):
    """A request that brought no usable answer; names the provider, never its URL."""


class _TooLarge(Exception):
    pass


def _drop(_record: logging.LogRecord) -> bool:
    return False


def mute_loggers() -> None:
    """Drop what the HTTP libraries log: it holds the URL whatever level is set."""
    for name in _LOUD_LOGGERS:
        logging.getLogger(name).addFilter(_drop)


def _utc_now() -> datetime:
    return datetime.now(UTC)


def timestamp(moment: datetime) -> str:
    """RFC 3339 in UTC with milliseconds and a Z."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


class Door(AsyncHTTPProvider):
    """One endpoint, usable as the ``_provider`` of an unmodified solana-py AsyncClient.

    Args:
        endpoint: where to speak to.
        redactor: knows the secrets of all endpoints of the run, not of this one alone.
        policy: sizes and times.
        trust_env: take proxies from the environment; off unless the user asks.
        now: wall clock, UTC.
        transport: replaces the network in tests.
    """

    def __init__(
        self,
        endpoint: Endpoint,
        redactor: Redactor | None = None,
        policy: Policy | None = None,
        *,
        trust_env: bool = False,
        now: Callable[[], datetime] = _utc_now,
        transport: httpx2.AsyncBaseTransport | None = None,
    ) -> None:
        # The parent's constructor is not called: it keeps the URL in a public attribute and
        # opens a session that trusts the environment. These are the attributes it would set.
        mute_loggers()
        self._policy = policy or Policy()
        self.endpoint_uri = URI(str(endpoint.url))
        self.timeout = self._policy.read_timeout
        self.extra_headers = None
        self._max_transport_retries = 0
        self._limiter = None
        self._endpoint = endpoint
        self._redactor = redactor or Redactor(endpoint.secrets())
        self._now = now
        self.session = httpx2.AsyncClient(
            timeout=httpx2.Timeout(self._policy.read_timeout, connect=self._policy.connect_timeout),
            limits=httpx2.Limits(max_connections=self._policy.concurrency),
            follow_redirects=False,
            trust_env=trust_env,
            http2=False,
            transport=transport,
        )

    def __str__(self) -> str:
        return f"RPC endpoint {self.label} at {self._endpoint.url}"

    __repr__ = __str__

    def __reduce__(self) -> NoReturn:
        raise TypeError("a Door is not pickled: it holds a secret URL")

    @property
    def label(self) -> str:
        """Label of the endpoint."""
        return self._endpoint.label

    async def exchange(self, request_json: str, *, timeout: float | None = None) -> Exchange:
        """Send one request and keep what came, whatever it is.

        Never raises for trouble with the network or the answer: ``error`` says it. An HTTP
        status other than 200 is an error with its body kept; a body that is too large is not
        kept; a body that holds a secret is withheld.

        Args:
            request_json: a JSON-RPC request.
            timeout: seconds for the whole exchange; the policy's ``attempt_timeout`` at most.
        """
        limit = self._policy.attempt_timeout
        limit = limit if timeout is None else max(0.0, min(timeout, limit))
        status: int | None = None
        headers: dict[str, str] = {}
        body: bytes | None = None
        error: str | None = None
        try:
            async with (
                asyncio.timeout(limit),
                self.session.stream(
                    "POST",
                    self._endpoint.url.reveal(),
                    content=request_json.encode(),
                    headers=_REQUEST_HEADERS,
                ) as response,
            ):
                status = response.status_code
                headers = self._kept(response.headers)
                encoding = response.headers.get("content-encoding", "").strip().lower()
                if encoding not in _ENCODINGS:
                    error = "the answer came in a content encoding that was not asked for"
                else:
                    body = await self._body(response)
        except Exception as trouble:  # every one of them is an answer not had
            error = self._trouble(trouble, limit)
        if error is None and status != 200:
            error = _http_error(status)
        withheld = body is not None and self._redactor.contains(body)
        if withheld:
            body, error = None, "the answer holds a configured secret and was not kept"
        return Exchange(
            provider=self.label,
            host=self._endpoint.url.host,
            request=request_json,
            status=status,
            headers=headers,
            body=body,
            error=error,
            at=timestamp(self._now()),
            withheld=withheld,
        )

    async def make_request_unparsed(self, body: JsonRpcRequestSerializer) -> str:
        """What solana-py calls: the checked text of a successful response.

        Raises:
            DoorError: no whole, well-formed answer to this request.
            RpcError: the answer is a JSON-RPC error, also one whose code solders does not know
                (its typed responses would turn that into a bare ``int``).
        """
        request = body.to_json()
        expected = strict_json.loads(request.encode()).get("id")
        exchange = await self.exchange(request)
        if exchange.error is not None or exchange.body is None:
            raise DoorError(f"{self.label}: {exchange.error or 'no body'}")
        try:
            answers.result_of(
                exchange.body, expected_id=expected, max_bytes=self._policy.max_body_bytes
            )
        except ValueError as error:
            raise DoorError(f"{self.label}: malformed answer: {error}") from None
        return exchange.body.decode("utf-8")

    async def _body(self, response: httpx2.Response) -> bytes:
        """The decompressed body; httpx2 inflates piece by piece, so a bomb is cut off early."""
        pieces: list[bytes] = []
        length = 0
        async for piece in response.aiter_bytes():
            length += len(piece)
            if length > self._policy.max_body_bytes:
                raise _TooLarge
            pieces.append(piece)
        return b"".join(pieces)

    def _kept(self, headers: httpx2.Headers) -> dict[str, str]:
        return {
            name: self._redactor.clean(headers[name][:_HEADER_LENGTH])
            for name in KEPT_HEADERS
            if name in headers
        }

    def _trouble(self, trouble: Exception, limit: float) -> str:
        """Say what happened by its type: the libraries' own texts may quote the URL."""
        if isinstance(trouble, _TooLarge):
            return f"{TOO_LARGE} {self._policy.max_body_bytes} bytes"
        if isinstance(trouble, TimeoutError):
            return f"no whole answer within {limit:g} s"
        for kind, text in _TROUBLES:
            if isinstance(trouble, kind):
                return text
        return f"the request failed ({type(trouble).__name__})"


_TROUBLES: Final[tuple[tuple[Any, str], ...]] = (
    (httpx2.ConnectTimeout, "timed out while connecting"),
    (httpx2.ReadTimeout, "timed out while waiting for the answer"),
    (httpx2.TimeoutException, "timed out"),
    (httpx2.ProxyError, "the proxy refused"),
    (httpx2.ConnectError, "could not connect"),
    (httpx2.DecodingError, "the answer cannot be decompressed"),
    (httpx2.RemoteProtocolError, "the answer breaks off or is not HTTP"),
    (httpx2.NetworkError, "the connection broke"),
    (ssl.SSLError, "the TLS handshake failed"),
)


def _http_error(status: int | None) -> str:
    if status is not None and 300 <= status < 400:
        return f"HTTP {status}: redirects are not followed"
    return f"HTTP {status}"
