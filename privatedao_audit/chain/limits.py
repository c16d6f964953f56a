"""How patient, how polite and how trusting the chain client is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

#: How the door words an answer beyond ``max_body_bytes``; asking again does not help.
TOO_LARGE: Final = "the answer is larger than"


@dataclass(frozen=True, slots=True)
class Policy:
    """Bounds of the chain client. Times in seconds, sizes in bytes.

    Attributes:
        max_body_bytes: longest answer that is accepted, counted after decompression.
        connect_timeout, read_timeout: of one connection and of one silence while reading.
        attempt_timeout: one whole request, however slowly it drips.
        deadline: all attempts at one question together, from when its turn comes.
        concurrency: requests in flight at one provider.
        requests_per_second: at one provider; 0 means no limit.
        attempts: tries at one provider for one question.
        backoff_base, backoff_cap: full jitter waits random() * min(cap, base * 2^round).
        retry_after_cap: longest wait that a provider may ask for.
        witnesses: providers that must agree on an account, where so many are there.
        rereads, reread_pause: how often and how far apart two differing providers are read
            again.
        max_lag_slots: how far an answer may lie behind the highest slot seen in this run.
        failed_body_bytes: how much of the body of a failed attempt is kept.
        tired_after: failures of a provider in a row after which each question tries it once.
    """

    max_body_bytes: int = 64 * 2**20
    connect_timeout: float = 10.0
    read_timeout: float = 30.0
    attempt_timeout: float = 60.0
    deadline: float = 120.0
    concurrency: int = 4
    requests_per_second: float = 10.0
    attempts: int = 5
    backoff_base: float = 0.5
    backoff_cap: float = 15.0
    retry_after_cap: float = 60.0
    witnesses: int = 2
    rereads: int = 3
    reread_pause: float = 1.0
    max_lag_slots: int = 150
    failed_body_bytes: int = 4096
    tired_after: int = 10

    def __post_init__(self) -> None:
        for name in ("max_body_bytes", "concurrency", "attempts", "witnesses", "deadline"):
            if getattr(self, name) <= 0:
                raise ValueError(f"{name} must be above zero, not {getattr(self, name)}")
        if self.witnesses > 2:
            raise ValueError("witnesses is 1 or 2; more than two are not compared")
        if self.requests_per_second < 0:
            raise ValueError("requests_per_second must not be negative")

    def backoff(self, round_number: int, random_value: float) -> float:
        """Seconds to wait after the given round (0 is the first), by full jitter."""
        return random_value * min(self.backoff_cap, self.backoff_base * 2.0**round_number)
