"""Which protocols there are, and what is said of one that is not."""

from __future__ import annotations

import pytest

from privatedao_audit.protocols.registry import PROTOCOLS, UnknownProtocol, protocol_of


def test_every_registered_name_gives_the_protocol_of_that_name() -> None:
    assert [protocol_of(name).name for name in PROTOCOLS] == list(PROTOCOLS)


def test_an_unknown_name_is_refused_with_the_known_ones() -> None:
    with pytest.raises(UnknownProtocol, match=r"'realms' is not known; known are: privatedao"):
        protocol_of("realms")
