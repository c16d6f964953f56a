"""How much power lies in how few hands: threshold, voters, delay, and keys that bypass them."""

from __future__ import annotations

from dataclasses import dataclass

from privatedao_audit.chain import addresses
from privatedao_audit.domains.authority.link import Holder, Link
from privatedao_audit.model.limits import Limits

#: The least delay in seconds that any target can ask for.
LEAST_DELAY = 86_400


@dataclass(frozen=True, slots=True)
class Power:
    """The power of a holder, in the same terms for every kind.

    Attributes:
        threshold: approvals it takes; in words where votes are weighed, not counted.
        voters: keys whose approval counts; None where the chain does not list them.
        delay_seconds: from the last approval to the earliest effect.
        bypass_keys: keys that can change members, rules or votes alone.
        reasons: how each of them can.
        unknown: what may weaken this and can't be judged, one clause each.
    """

    threshold: int | str
    voters: int | None
    delay_seconds: int
    bypass_keys: tuple[str, ...] = ()
    reasons: tuple[str, ...] = ()
    unknown: tuple[str, ...] = ()

    def as_json(self) -> dict[str, object]:
        """The tuple that waivers and comparisons bind to."""
        return {
            "threshold": self.threshold,
            "voters": self.voters,
            "delay_seconds": self.delay_seconds,
            "bypass_keys": list(self.bypass_keys),
        }


def power_of(link: Link, *, tokens: bool = False) -> Power | None:
    """The power of a holder; None where the holder is not understood well enough to say.

    Args:
        tokens: the subject is a mint, over which a token multisig has real power.
    """
    if link.holder is Holder.WALLET and link.authority is not None:
        return Power(1, 1, 0)
    if link.state is not None:
        state = link.state
        config = () if state.config_authority is None else (state.config_authority,)
        why = tuple(
            f"the config authority {key} can change members, threshold and time lock alone"
            for key in config
        )
        return Power(
            state.threshold, len(state.voters), state.time_lock, config, why,
            _derived_voters(state.threshold, state.voters),
        )  # fmt: skip
    if link.ms is not None:
        keys = link.ms.keys
        return Power(
            link.ms.threshold, len(keys), 0, unknown=_derived_voters(link.ms.threshold, keys)
        )
    if link.realm is not None:
        return _realm_power(link)
    if tokens and link.token is not None:
        signers = link.members
        unknown = _derived_voters(link.token.fewest_keys, signers)
        return Power(link.token.fewest_keys, len(signers), 0, unknown=unknown)
    return None


def _realm_power(link: Link) -> Power:
    rule = link.realm
    assert rule is not None
    shares = " or ".join(f"{share} of the {name} votes" for name, share in rule.votes)
    return Power(
        shares or "no votes",
        None,
        rule.hold_up,
        tuple(dict.fromkeys(key for key, _ in rule.bypass)),
        tuple(f"{reason} ({key})" for key, reason in rule.bypass),
        (*rule.unknown, "how many keys hold the votes, which the chain lists nowhere"),
    )


def _derived_voters(threshold: int, voters: tuple[str, ...]) -> tuple[str, ...]:
    """What can't be said because voters are derived addresses, each of which one key may hold.

    Where the voters with a key pair of their own meet the fixed minimums without any help from
    the derived ones, nothing is left open.
    """
    derived = [key for key in voters if not addresses.is_on_curve(key)]
    firm = len(voters) - len(derived)
    if not derived or (threshold - len(derived) >= 2 and firm >= 3):
        return ()
    return (
        f"who signs for {len(derived)} of the {len(voters)} voters, which are derived addresses "
        f"({', '.join(derived)})",
    )


def required(limits: Limits, policy_delay: int | None = None) -> dict[str, int]:
    """The least threshold, voters and delay in seconds.

    A target and a written policy may ask for more than the kit, never for less.
    """
    return {
        "threshold": max(2, limits.multisig_threshold),
        "voters": max(3, limits.multisig_voters),
        "delay_seconds": max(LEAST_DELAY, limits.upgrade_delay_seconds, policy_delay or 0),
    }


def faults(power: Power, least: dict[str, int]) -> list[str]:
    """What is too weak in a power tuple, one clause each."""
    found = []
    if isinstance(power.threshold, int) and power.threshold < least["threshold"]:
        found.append(f"a threshold of {power.threshold} is below the {least['threshold']} required"
                     if power.threshold > 1 else "one key is enough")  # fmt: skip
    if power.voters is not None and power.voters < least["voters"]:
        found.append(f"only {power.voters} key(s) can vote")
    found += power.reasons
    if power.delay_seconds < least["delay_seconds"]:
        found.append(
            f"what was approved takes effect after {power.delay_seconds} s, less than the "
            f"{least['delay_seconds']} s required"
        )
    return found


def notes(power: Power) -> str:
    """What is noted and not failed; begins with a space where there is anything."""
    threshold, voters = power.threshold, power.voters
    if not isinstance(threshold, int) or voters is None:
        return ""
    if threshold == voters:
        return " Noted: every voter is needed, so one lost key locks it for good."
    if threshold * 2 <= voters:
        return " Noted: half of the voters or fewer are enough."
    return ""
