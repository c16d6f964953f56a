"""Real nodes for the integration tests, one of each kind per worker.

A test that sends transactions takes `node`, which its module has to itself. `healthy` and
`mid_rollout` have lived their story and are only read: put a `Proxy` in front of their node.
"""

from __future__ import annotations

import time
from collections.abc import Iterator

import pytest

from privatedao_audit.rehearsal.node import LocalNode
from privatedao_audit.rehearsal.script import Story, told


@pytest.fixture(scope="module")
def node() -> Iterator[LocalNode]:
    """A fresh chain whose clock starts now."""
    with LocalNode() as node:
        yield node


@pytest.fixture(scope="session")
def healthy() -> Iterator[Story]:
    """A chain on which everything is as it should be."""
    with told(healthy=True) as story:
        yield _settled(story)


@pytest.fixture(scope="session")
def mid_rollout() -> Iterator[Story]:
    """A chain with real faults: see `privatedao_audit.rehearsal.life.wrongs`."""
    with told(healthy=False) as story:
        yield _settled(story)


def _settled(story: Story) -> Story:
    """The story once its last block is closed: until then one more slot may still pass."""
    unchanged, slot = 0, story.node.slot()
    while unchanged < 5:
        time.sleep(0.2)
        now = story.node.slot()
        unchanged, slot = (unchanged + 1, slot) if now == slot else (0, now)
    return story
