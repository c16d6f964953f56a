"""Judging a recording opens no connection: the interpreter itself is asked."""

from __future__ import annotations

import subprocess
import sys

import pytest

_REPLAY = """
import asyncio, sys

seen = []
def hook(event, arguments):
    if event in ("socket.connect", "socket.bind", "socket.getaddrinfo", "socket.sendto",
                 "socket.gethostbyname"):
        seen.append(event)
        raise RuntimeError(f"{event}: a replay has no business with a network")
sys.addaudithook(hook)

from privatedao_audit.audit.opening import replay
from privatedao_audit.model import target

async def judged(name):
    profile = target.load(name)
    audit = await replay(profile, target.bundled_recording(profile, name), "bundled")
    await audit.collect(audit.scope.domains)
    return audit.findings()

found = asyncio.run(judged(sys.argv[1]))
print(len(found), sum(one["status"] != "UNKNOWN" for one in found), len(seen))
if len(sys.argv) > 2:
    import socket
    socket.create_connection(("127.0.0.1", 9), timeout=1)
"""


@pytest.mark.parametrize("name", ["sample", "sample-healthy"])
def test_a_replay_opens_no_socket(name: str) -> None:
    done = subprocess.run(
        [sys.executable, "-c", _REPLAY, name], capture_output=True, text=True, check=True
    )
    assert done.stdout.split() == ["75", "75", "0"]


def test_the_watch_would_notice_a_connection() -> None:
    done = subprocess.run(
        [sys.executable, "-c", _REPLAY, "sample", "connect"], capture_output=True, text=True
    )
    assert done.returncode != 0
    assert "a replay has no business with a network" in done.stderr
