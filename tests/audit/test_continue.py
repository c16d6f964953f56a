"""Which recordings a run may continue, and what it records about that."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from pathlib import Path

import pytest

from privatedao_audit.audit.doubts import doubts
from privatedao_audit.audit.live import Live, record
from privatedao_audit.audit.opening import replay
from privatedao_audit.audit.scope import KIND, Scope, ScopeResolver, read_scope
from privatedao_audit.chain.endpoints import Endpoint, EndpointKind, SecretUrl
from privatedao_audit.chain.limits import Policy
from privatedao_audit.evidence.collector import Collector
from privatedao_audit.evidence.errors import NotARecording, RecordingMismatch
from privatedao_audit.evidence.questions import Question, Resolution, ask_for
from privatedao_audit.evidence.recording import Recording
from privatedao_audit.evidence.records import RunHeader, timestamp, utc_now
from privatedao_audit.evidence.replay import Replay
from privatedao_audit.evidence.sealed import SealedRecording
from privatedao_audit.model import target as targets

TARGET = targets.load("privatedao-testnet")
AT = "2026-11-23T10:00:00.000Z"
#: Nothing listens there, and nothing is asked twice.
POLICY = Policy(requests_per_second=0, attempts=1, deadline=5.0, connect_timeout=0.5)


def endpoint(label: str, host: str = "127.0.0.1") -> Endpoint:
    return Endpoint(label, SecretUrl(f"http://{host}:9/"), EndpointKind.LITERAL)


def live(*endpoints: Endpoint, continues: Path | None = None) -> Live:
    return Live(endpoints, None, ["gate"], POLICY, continues=continues)


def sealed_at(place: Path, target: targets.Target, scope: Scope | None) -> Path:
    """A sealed recording that holds its scope alone."""
    header = RunHeader(
        "0.1.0", target.name, target.cluster.name, target.as_json(), timestamp(utc_now())
    )
    with Recording.open(place.with_suffix(".partial"), header) as recording:
        if scope is not None:
            collector = Collector(recording, {KIND: ScopeResolver(scope)})
            asyncio.run(collector.ask(ask_for(KIND, "scope")))
        recording.seal(place, timestamp(utc_now()))
    return place


def scope_of(*providers: tuple[str, str]) -> Scope:
    return Scope(("gate",), providers, False)


def test_a_run_that_continues_says_which_recording(tmp_path: Path) -> None:
    first = sealed_at(tmp_path / "first.sqlite", TARGET, scope_of(("main", "127.0.0.1")))
    second = tmp_path / "second.sqlite"
    asyncio.run(record(TARGET, live(endpoint("main"), continues=first), second))
    with SealedRecording.open(first) as old, SealedRecording.open(second) as new:
        scope = asyncio.run(read_scope(Replay(new)))
        assert scope.continues == old.evidence_root
        assert new.evidence_root != old.evidence_root
    audit = asyncio.run(replay(TARGET, second, "a test"))
    rows = {row["id"]: row["text"] for row in doubts(TARGET, audit.scope, [], AT)}
    assert str(scope.continues) in rows["carried"]
    plain = replace(audit.scope, continues=None)
    assert "carried" not in {row["id"] for row in doubts(TARGET, plain, [], AT)}


@pytest.mark.parametrize(
    ("before", "now"),
    [
        (("main", "one.example"), ("main", "two.example")),
        (("main", "one.example"), ("other", "one.example")),
    ],
)
def test_labels_that_mean_other_providers_are_refused(
    tmp_path: Path, before: tuple[str, str], now: tuple[str, str]
) -> None:
    """One provider under two names would be its own second witness."""
    first = sealed_at(tmp_path / "first.sqlite", TARGET, scope_of(before))
    place = tmp_path / "second.sqlite"
    with pytest.raises(RecordingMismatch, match="labels they had"):
        asyncio.run(record(TARGET, live(endpoint(*now), continues=first), place))
    assert sorted(path.name for path in tmp_path.iterdir() if "second" in path.name) == []


def test_the_same_providers_and_new_ones_are_welcome(tmp_path: Path) -> None:
    scope = scope_of(("a", "127.0.0.1"), ("b", "127.0.0.1"))
    first = sealed_at(tmp_path / "first.sqlite", TARGET, scope)
    place = tmp_path / "second.sqlite"
    given = (endpoint("b"), endpoint("a"))
    asyncio.run(record(TARGET, live(*given, continues=first), place))
    assert place.is_file()


def test_another_cluster_is_refused(tmp_path: Path) -> None:
    other = targets.load("privatedao-devnet")
    first = sealed_at(tmp_path / "first.sqlite", other, scope_of())
    with pytest.raises(RecordingMismatch, match="another cluster"):
        asyncio.run(record(TARGET, live(continues=first), tmp_path / "second.sqlite"))


def test_what_no_run_made_is_refused(tmp_path: Path) -> None:
    first = sealed_at(tmp_path / "first.sqlite", TARGET, None)
    with pytest.raises(RecordingMismatch, match="does not say what it covers"):
        asyncio.run(record(TARGET, live(continues=first), tmp_path / "second.sqlite"))
    with pytest.raises(NotARecording):
        asyncio.run(record(TARGET, live(continues=tmp_path / "none"), tmp_path / "second.sqlite"))


@pytest.mark.parametrize("body", [b"{}", b"[]", b"no json", b'{"domains":[],"providers":[1]}'])
def test_a_scope_of_another_making_is_refused(tmp_path: Path, body: bytes) -> None:
    class Odd(ScopeResolver):
        async def resolve(self, question: Question) -> Resolution:
            found = await super().resolve(question)
            return replace(found, exchanges=(replace(found.exchanges[0], body=body),))

    place = tmp_path / "first.sqlite"
    header = RunHeader(
        "0.1.0", TARGET.name, TARGET.cluster.name, TARGET.as_json(), timestamp(utc_now())
    )
    with Recording.open(place.with_suffix(".partial"), header) as recording:
        asyncio.run(Collector(recording, {KIND: Odd(scope_of())}).ask(ask_for(KIND, "scope")))
        recording.seal(place, timestamp(utc_now()))
    with pytest.raises(RecordingMismatch, match="what it covers"):
        asyncio.run(record(TARGET, live(continues=place), tmp_path / "second.sqlite"))


def test_an_interrupted_run_is_finished_with_the_same_recording_only(tmp_path: Path) -> None:
    first = sealed_at(tmp_path / "first.sqlite", TARGET, scope_of())
    second = sealed_at(tmp_path / "other.sqlite", TARGET, Scope(("gate", "rpc"), (), False))
    place = tmp_path / "new.sqlite"

    def stop(*_: object) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        asyncio.run(record(TARGET, live(continues=first), place, on_answer=stop))
    for given in (live(continues=second), live()):
        with pytest.raises(RecordingMismatch, match="recording to continue"):
            asyncio.run(record(TARGET, given, place))
    asyncio.run(record(TARGET, live(continues=first), place))
    assert place.is_file()
