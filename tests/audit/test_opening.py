"""How a notebook opens its audit: what its parameters may be, and what it refuses."""

from __future__ import annotations

import asyncio
from types import SimpleNamespace
from typing import Any

import IPython
import pytest

from privatedao_audit import assets
from privatedao_audit.audit import opening
from privatedao_audit.audit.opening import BadParameter, WrongRecording, open_audit
from privatedao_audit.chain.endpoints import BadEndpoint
from privatedao_audit.evidence.errors import RecordingError
from privatedao_audit.model.target import BadTarget


def opened(**parameters: Any) -> Any:
    return asyncio.run(open_audit("gate", **parameters))


@pytest.fixture
def injected(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Plays a kernel in which papermill has run a cell."""

    def play(*cells: str) -> None:
        shell = SimpleNamespace(user_ns={"In": ["", *cells]})
        monkeypatch.setattr(IPython, "get_ipython", lambda: shell)

    return play


def test_the_bundled_recording_opens_by_itself() -> None:
    audit = opened(target="sample")
    assert audit.origin == "the recording that ships with the profile"
    assert audit.scope.labels == ("first", "second")
    assert "gate" in audit.scope.domains


@pytest.mark.parametrize("name", ["target", "evidence", "rpc", "repo"])
@pytest.mark.parametrize("value", [3, None, True, ["sample"]])
def test_a_parameter_of_another_type_is_refused(name: str, value: object) -> None:
    with pytest.raises(BadParameter, match=f"the parameter {name} must be a text, not"):
        opened(**{"target": "sample", name: value})


def test_an_unknown_parameter_is_refused_with_the_nearest(injected: Any) -> None:
    injected("# Parameters\ntarget = 'sample'\nevidense = 'auto'")
    with pytest.raises(BadParameter, match=r"no parameter 'evidense'; did you mean evidence\?"):
        opened(target="sample")


def test_an_unknown_parameter_like_nothing_is_refused_too(injected: Any) -> None:
    injected("# Parameters\nzzz = 1")
    with pytest.raises(BadParameter, match="no parameter 'zzz'") as refused:
        opened(target="sample")
    assert "did you mean" not in str(refused.value)


def test_known_parameters_and_other_cells_are_no_matter(injected: Any) -> None:
    injected("# Parameters\ntarget = 'sample'\nrpc = ''", "mine = 5")
    assert opened(target="sample").target.name == "sample"


def test_a_recording_of_another_target_is_refused() -> None:
    other = assets.folder("samples") / "sample-healthy" / "evidence.sqlite"
    with pytest.raises(WrongRecording, match="of the target sample-healthy as it was then"):
        opened(target="sample", evidence=str(other))


@pytest.mark.parametrize(
    ("parameters", "error", "said"),
    [
        ({"target": "smple"}, BadTarget, "did you mean 'sample'"),
        ({"target": ""}, BadTarget, "name of a profile"),
        ({"target": "sample", "evidence": "nowhere.sqlite"}, RecordingError, "cannot be read"),
        ({"target": "sample", "evidence": "live", "rpc": "main"}, BadEndpoint, "no user config"),
        ({"target": "sample", "evidence": "live", "rpc": "a=env:NOT_SET_ANYWHERE"}, BadEndpoint,
         "is not set"),
    ],
)  # fmt: skip
def test_what_cannot_be_opened_says_what_to_do(
    parameters: dict[str, str], error: type[Exception], said: str
) -> None:
    with pytest.raises(error, match=said):
        opened(**parameters)


def test_live_without_an_endpoint_knows_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("PRIVATEDAO_AUDIT_RPC_MAIN", raising=False)
    audit = opened(target="sample", evidence="live")
    asyncio.run(audit.collect(["gate"]))
    found = audit.finding("RG-06")
    assert found["status"] == "UNKNOWN"
    assert audit.scope.providers == ()
    assert audit.origin == "collected now by this notebook alone"


def test_endpoints_of_the_environment_are_found(monkeypatch: pytest.MonkeyPatch) -> None:
    # Port 9 of the loopback address: nothing answers there.
    key = "fake-key-0123456789"
    monkeypatch.setenv("PRIVATEDAO_AUDIT_RPC_MAIN", f"http://127.0.0.1:9/?api-key={key}")
    from privatedao_audit.audit import live
    from privatedao_audit.chain.limits import Policy

    made = live.RpcResolver
    hasty = Policy(attempts=1, deadline=1, requests_per_second=0)
    monkeypatch.setattr(
        live, "RpcResolver", lambda ends, genesis, _, **more: made(ends, genesis, hasty, **more)
    )
    audit = opened(target="sample", evidence="live")
    assert audit.scope.providers == (("main", "127.0.0.1"),)

    asyncio.run(audit.collect(["gate"]))
    found = audit.finding("RG-06")
    assert found["status"] == "UNKNOWN"
    assert key not in str(found)


def test_variables_name_the_endpoints_and_the_two_kinds_are_kept_apart(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("PRIVATEDAO_AUDIT_RPC_MAIN", "http://127.0.0.1:9/")
    monkeypatch.setenv("PRIVATEDAO_AUDIT_RPC_EMPTY", "")
    monkeypatch.setenv("PRIVATEDAO_AUDIT_TEAM_RPC_PRIMARY", "http://127.0.0.1:9/?api-key=abc")
    assert opening._named(opening.RPC_VARIABLE) == ["main=env:PRIVATEDAO_AUDIT_RPC_MAIN"]
    assert opening._named(opening.TEAM_VARIABLE) == [
        "primary=env:PRIVATEDAO_AUDIT_TEAM_RPC_PRIMARY"
    ]
