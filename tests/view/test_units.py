"""Amounts, times and durations as people read them."""

from __future__ import annotations

import pytest

from privatedao_audit.view.units import instant, lamports, raw_units, seconds

MINT = "KwoXsoJfN6PV2iTKXtCyHZXJdd1EynXkceBypUJxpPf"


@pytest.mark.parametrize(
    ("amount", "text"),
    [
        (0, "0 SOL (0 lamports)"),
        (1, "0.000000001 SOL (1 lamports)"),
        (1_500_000_000, "1.5 SOL (1500000000 lamports)"),
        (10_000_000_000, "10 SOL (10000000000 lamports)"),
        (-2_000_000_000, "-2 SOL (-2000000000 lamports)"),
        (2**64 - 1, "18446744073.709551615 SOL (18446744073709551615 lamports)"),
    ],
)
def test_lamports_are_exact(amount: int, text: str) -> None:
    assert lamports(amount) == text


def test_token_amounts_are_raw_and_scaled_where_decimals_are_known() -> None:
    assert raw_units(4_000, MINT) == f"4000 raw units of the mint {MINT}"
    assert raw_units(1_230_000, MINT, 6) == f"1230000 raw units (1.23) of the mint {MINT}"
    assert raw_units(7, MINT, 0) == f"7 raw units (7) of the mint {MINT}"
    assert raw_units(-5, MINT, 2) == f"-5 raw units (-0.05) of the mint {MINT}"


@pytest.mark.parametrize(
    ("count", "text"),
    [
        (0, "0 s"),
        (59, "59 s"),
        (60, "60 s (1 min)"),
        (5_400, "5400 s (1.5 h)"),
        (86_400, "86400 s (1 d)"),
        (172_800, "172800 s (2 d)"),
        (-7_200, "-7200 s (-2 h)"),
    ],
)
def test_durations_say_their_seconds_first(count: int, text: str) -> None:
    assert seconds(count) == text


def test_moments_are_utc_and_impossible_ones_are_shown_bare() -> None:
    assert instant(1_800_000_000) == "2027-01-15 08:00:00 UTC"
    assert instant(0) == "1970-01-01 00:00:00 UTC"
    assert instant(2**63 - 1) == "Unix second 9223372036854775807"
    assert instant(-(2**63)) == "Unix second -9223372036854775808"
