"""The fewest keys that can change the code, change the multisig or move the treasury, and when.

Exact for thresholds: a way names the set and how many of it are enough, and counts one more key
where those who may vote can't also propose or execute. What can't be followed is a way too, one
that can't be excluded: nothing here ever says "no one" because something was not read.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from privatedao_audit.chain.layouts import squads
from privatedao_audit.domains.authority.link import IMMUTABLE, Holder, Link
from privatedao_audit.domains.custody.controllers.facts import DaoPower, Other
from privatedao_audit.model.reads import Found, ProvenAbsent

if TYPE_CHECKING:
    from privatedao_audit.domains.custody.facts import CustodyFacts

CODE, MULTISIG, TREASURY = "change the code", "change the multisig", "move the treasury"

#: Powers over a governance mint that make votes.
_VOTE_MAKERS = frozenset({"mint authority", "permanent-delegate authority"})


@dataclass(frozen=True, slots=True)
class Way:
    """One way to use a power.

    Attributes:
        over: what it is over, by name.
        what: which of the three questions it answers.
        who: the set of keys in words.
        keys: the keys of that set; empty where the chain does not list them.
        fewest: how many of them are enough; None where that is not known.
        seconds: from the last approval to the earliest effect; None where that is not known.
        certain: False: it could not be followed to the end, and can't be excluded.
    """

    over: str
    what: str
    who: str
    keys: tuple[str, ...]
    fewest: int | None
    seconds: int | None
    certain: bool = True


def ways(facts: CustodyFacts) -> tuple[Way, ...]:
    """Every way that was found, programs first, then multisigs, then treasuries."""
    found: list[Way] = []
    for program in facts.programs:
        found += _renamed(use(program.links), program.name, CODE)
    found += _over_multisigs(facts)
    for dao in facts.controllers.daos:
        found += _over_treasury(dao, facts)
    return tuple(dict.fromkeys(found))


def _renamed(some: Iterator[Way], over: str, what: str) -> list[Way]:
    return [replace(one, over=over, what=what) for one in some]


def use(links: Sequence[Link], *, tokens: bool = False) -> Iterator[Way]:
    """The ways to use what the first link is the holder of, as ways over nothing yet.

    Nothing comes of an immutable subject: nobody can.

    Args:
        tokens: the subject is a mint, over which a token multisig has power.
    """
    if not links:
        yield Way("", "", "cannot be excluded: its holder was not followed", (), None, None, False)
        return
    first = links[0]
    if first.holder in IMMUTABLE and first.at.evidence:
        return
    if first.holder is Holder.WALLET and first.authority is not None:
        yield Way("", "", f"{first.authority} alone", (first.authority,), 1, 0)
        return
    if first.state is not None:
        yield _by_vote(first.state)
        if first.state.config_authority is not None:
            key = first.state.config_authority
            yield Way("", "", f"{key} alone, as config authority: it makes itself the only voter "
                      "without a time lock", (key,), 1, 0)  # fmt: skip
    elif first.ms is not None:
        keys = first.ms.keys
        who = f"any {first.ms.threshold} of {len(keys)} keys of {first.multisig}"
        yield Way("", "", who, keys, first.ms.threshold, 0)
    elif first.realm is not None:
        yield from _by_realm(first)
    elif tokens and first.token is not None:
        signers = first.members
        who = f"{first.token.required} signatures of the token multisig {first.authority}"
        yield Way("", "", who, signers, first.token.fewest_keys, 0)
        return
    else:
        who = f"cannot be excluded: {first.detail.rstrip('.')}"
        yield Way("", "", who, (), None, None, False)
        return
    for one in use(links[1:]) if len(links) > 1 else ():
        program = links[1].program
        yield replace(one, who=f"{one.who}, by new code in the controller's program {program}")


def _by_vote(state: squads.Multisig) -> Way:
    fewest, more = fewest_members(state)
    who = f"any {state.threshold} of {len(state.voters)} voters"
    if more:
        who += f" with {more} more member(s) to propose or execute"
    return Way("", "", who, state.voters, fewest, state.time_lock)


def fewest_members(state: squads.Multisig) -> tuple[int, int]:
    """The smallest number of members who can propose, approve and execute together.

    Returns:
        That number, and how many of them are needed beyond the threshold's voters.
    """
    voters, proposers = set(state.voters), set(state.initiators)
    executors = set(state.executors)
    both = proposers & executors
    if voters & both or (state.threshold > 1 and voters & proposers and voters & executors):
        more = 0
    elif voters & (proposers | executors) or both:
        more = 1
    else:
        more = 2
    return state.threshold + more, more


def _by_realm(link: Link) -> Iterator[Way]:
    rule = link.realm
    assert rule is not None
    for name, share in rule.votes:
        who = f"{share} of the {name} votes of the realm {rule.realm}; how many keys hold them " \
              "is not known"  # fmt: skip
        yield Way("", "", who, (), None, rule.hold_up)
    for key, why in rule.bypass:
        yield Way("", "", f"{key} alone: {why}", (key,), 1, rule.hold_up)
    for clause in rule.unknown:
        yield Way("", "", f"cannot be excluded: {clause}", (), None, None, False)


def _over_multisigs(facts: CustodyFacts) -> list[Way]:
    """How the members and rules of each controller themselves can be changed."""
    found: list[Way] = []
    for link, rest in _controllers(facts):
        name = str(link.multisig)
        if link.state is not None and link.state.config_authority is not None:
            # With a config authority the members' own votes can't change the settings.
            key = link.state.config_authority
            who = f"{key} alone, as config authority"
            found.append(Way(name, MULTISIG, who, (key,), 1, 0))
        elif link.state is not None:
            found += _renamed(iter([_by_vote(link.state)]), name, MULTISIG)
        else:
            found += _renamed(use([link]), name, MULTISIG)
        if rest:
            again = (
                replace(w, who=f"{w.who}, by new code in its program {rest[0].program}")
                for w in use(rest)
            )
            found += _renamed(again, name, MULTISIG)
    return found


def _controllers(facts: CustodyFacts) -> Iterator[tuple[Link, Sequence[Link]]]:
    """Each controller once, with the links of the program that runs it."""
    seen: set[str] = set()
    chains = [program.links for program in facts.programs]
    chains += [links for one in facts.controllers.others for links in one.links.values()]
    for links in chains:
        for number, link in enumerate(links):
            if link.multisig is not None and link.multisig not in seen:
                seen.add(link.multisig)
                yield link, links[number + 1 :]


def _over_treasury(dao: DaoPower, facts: CustodyFacts) -> list[Way]:
    over = f"treasury of {dao.name}"
    found: list[Way] = []
    code = next((p.links for p in facts.programs if p.id == dao.program), ())
    by_code = (replace(w, who=f"{w.who}, by new code of the DAO's program") for w in use(code))
    found += _renamed(by_code, over, TREASURY)
    if dao.gap:
        who = f"cannot be excluded: {dao.gap}"
        return [*found, Way(over, TREASURY, who, (), None, None, False)]
    least = dao.delays.get("execution")
    who = "holders of the votes, by a proposal that passes; how many keys hold them is not known"
    found.append(Way(over, TREASURY, who, (), None, least))
    for other in facts.controllers.others:
        if other.address == dao.mint and other.kind == "mint":
            found += _renamed(_by_votes_made(other, least), over, TREASURY)
    return found


def _by_votes_made(other: Other, least: int | None) -> Iterator[Way]:
    """Whoever makes or takes tokens that vote can pass a proposal."""
    if isinstance(other.keys, ProvenAbsent):
        return
    if not isinstance(other.keys, Found):
        who = f"cannot be excluded: the {other.role} of the governance mint could not be read"
        yield Way("", "", who, (), None, None, False)
        return
    if other.role not in _VOTE_MAKERS:
        return
    for key in other.keys.value:
        for one in use(other.links.get(key, ()), tokens=True):
            seconds = None if one.seconds is None or least is None else one.seconds + least
            who = f"{one.who}, by votes made or taken as {other.role} of the governance mint"
            yield replace(one, who=who, seconds=seconds)


def roles_of_keys(facts: CustodyFacts) -> dict[str, tuple[str, ...]]:
    """Key → every role in which it stands, for the keys that stand in more than one."""
    roles: dict[str, dict[str, None]] = {}

    def add(key: str | None, role: str) -> None:
        if key is not None:
            roles.setdefault(key, {})[role] = None

    for program in facts.programs:
        for link in program.links:
            if link.holder is Holder.WALLET:
                add(link.authority, f"upgrade authority of {link.program}")
    for link, _ in _controllers(facts):
        voters = link.members
        for member in voters:
            add(member, f"voter of {link.multisig}")
        if link.state is not None:
            add(link.state.config_authority, f"config authority of {link.multisig}")
            for one in link.state.members:
                if one.key not in voters:
                    add(one.key, f"member of {link.multisig} without a vote")
        for key, _why in link.realm.bypass if link.realm is not None else ():
            add(key, f"outside the votes of {link.multisig}")
    for other in facts.controllers.others:
        for key, links in other.links.items():
            if links and links[0].holder is Holder.WALLET:
                add(key, f"{other.role} of {other.of}")
    return {key: tuple(some) for key, some in roles.items() if len(some) > 1}
