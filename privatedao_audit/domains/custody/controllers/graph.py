"""The chain of control as a picture: what is at stake, who holds it, who decides, which people."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from privatedao_audit.domains.authority.link import IMMUTABLE, Holder, Link
from privatedao_audit.model.reads import Found, ProvenAbsent
from privatedao_audit.view.graph import Arrow, Box, Look, Picture
from privatedao_audit.view.text import duration, short_key

if TYPE_CHECKING:
    from privatedao_audit.domains.custody.facts import CustodyFacts

#: People drawn per controller; the table has all of them.
MOST_PEOPLE = 9
#: Buffers drawn per vault, and other programs; UA-07 names all of them.
MOST_BESIDE = 4
HEADINGS = ("what can be taken", "held by", "who decides", "people")
_TITLE = 20
_MOST_LINES = 4
_NOBODY = "nobody"


def picture(facts: CustodyFacts, names: Mapping[str, str]) -> Picture:
    """Boxes and arrows of everything that was followed.

    Args:
        names: key → what the target calls it.
    """
    maker = _Maker(names)
    for program in facts.programs:
        subject = maker.subject(program.id, program.name, "program")
        maker.chain(subject, ("upgrades",), program.links)
    # Beside the programs, where the arrows are short; those of other vaults come last.
    maker.under_vaults(facts)
    for (of, address, kind), held in _grouped(facts).items():
        subject = maker.subject(address, of, kind)
        for holder, links, roles in held:
            maker.chain(subject, _roles(roles), links, holder)
    maker.limits(facts)
    maker.under_vaults(facts)
    return Picture(tuple(maker.boxes.values()), tuple(maker.arrows.values()), HEADINGS)


def _grouped(
    facts: CustodyFacts,
) -> dict[tuple[str, str, str], list[tuple[str, tuple[Link, ...], list[str]]]]:
    """(name, address, kind) of DAO or mint → holders: key, its links, the roles it has there."""
    found: dict[tuple[str, str, str], dict[str, tuple[str, tuple[Link, ...], list[str]]]] = {}
    for other in facts.controllers.others:
        kind = "mint" if other.kind == "mint" else "DAO"
        place = found.setdefault((other.of, other.address, kind), {})
        for holder, links in _holders(other.keys, other.links):
            place.setdefault(holder, (holder, links, []))[2].append(other.role)
    return {key: list(holders.values()) for key, holders in found.items()}


def _holders(
    keys: object, links: Mapping[str, tuple[Link, ...]]
) -> Iterator[tuple[str, tuple[Link, ...]]]:
    if isinstance(keys, Found):
        if not keys.value:
            yield _NOBODY, ()
        for key in keys.value:
            yield key, links.get(key, ())
    elif not isinstance(keys, ProvenAbsent):
        yield "not known", ()


def _roles(roles: Sequence[str]) -> tuple[str, ...]:
    """The roles in a few short lines, policies as a number."""
    policies = [one for one in roles if one.startswith("authority of ")]
    short = [one.removesuffix(" authority") for one in roles if one not in policies]
    if policies:
        short.append(f"{len(policies)} policies" if len(policies) > 1 else "1 policy")
    attest = [one for one in short if one.endswith("attestors")]
    if len(attest) > 1:
        short = [one for one in short if one not in attest] + ["attestors"]
    lines = [short[0]] if short else []
    for one in short[1:]:
        if len(lines[-1]) + len(one) < 14:
            lines[-1] += f", {one}"
        else:
            lines.append(one)
    more = len(lines) - _MOST_LINES
    return tuple(lines if more <= 0 else [*lines[: _MOST_LINES - 1], f"{more + 1} more"])


class _Maker:
    """Boxes and arrows, each once."""

    def __init__(self, names: Mapping[str, str]) -> None:
        self.names = names
        self.boxes: dict[str, Box] = {}
        self.arrows: dict[tuple[str, str, tuple[str, ...]], Arrow] = {}

    def box(
        self, key: str, column: int, title: str, lines: tuple[str, ...] = (),
        look: Look = Look.PLAIN,
    ) -> str:  # fmt: skip
        self.boxes.setdefault(key, Box(key, column, _cut(title), tuple(map(_cut, lines)), look))
        return key

    def arrow(
        self, source: str, target: str, lines: tuple[str, ...], *, dashed: bool = False
    ) -> None:
        self.arrows.setdefault((source, target, lines), Arrow(source, target, lines, dashed))

    def subject(self, address: str, name: str, kind: str) -> str:
        return self.box(f"0 {address}", 0, name, (kind, short_key(address)), Look.STRONG)

    def person(self, key: str) -> str:
        name = self.names.get(key, "key pair")
        return self.box(f"3 {key}", 3, name, (short_key(key),), Look.PERSON)

    def chain(
        self, subject: str, words: tuple[str, ...], links: Sequence[Link], holder: str = ""
    ) -> None:
        """Draw from a subject to its holder, and go on with the program of the controller.

        Args:
            holder: what to say where there is no link: nobody, or not known.
        """
        if not links:
            box = self.box(f"1 {holder}", 1, holder or "not known", (), Look.OPEN)
            self.arrow(subject, box, words, dashed=holder != _NOBODY)
            return
        link = links[0]
        if link.holder in IMMUTABLE:
            self.arrow(subject, self.box("1 fixed", 1, _NOBODY, ("immutable",), Look.OPEN), words)
        elif link.holder is Holder.WALLET and link.authority is not None:
            self.arrow(subject, self.person(link.authority), (*words, "alone, at once"))
        elif link.multisig is not None:
            self.controlled(subject, words, link)
            if len(links) > 1:
                again = self.subject(links[1].program, "controller's code", "program")
                self.chain(again, ("upgrades",), links[1:])
        else:
            key = link.authority or "unknown"
            lines = (short_key(key), link.holder.value) if link.authority else (link.holder.value,)
            box = self.box(f"1 {key}", 1, "cannot be excluded", lines, Look.OPEN)
            self.arrow(subject, box, words, dashed=True)

    def controlled(self, subject: str, words: tuple[str, ...], link: Link) -> None:
        authority, multisig = str(link.authority), str(link.multisig)
        what = "native treasury" if link.realm else f"vault {link.vault_index}"
        if link.realm is not None and link.realm.how == "governance":
            what = "governance"
        vault = self.box(f"1 {authority}", 1, what, (short_key(authority),))
        self.arrow(subject, vault, words)
        decides = self.box(f"2 {multisig}", 2, link.holder.value.removesuffix(" vault"),
                           (short_key(multisig), *_rules(link)))  # fmt: skip
        self.arrow(vault, decides, _signing(link))
        self.people(decides, link)

    def people(self, decides: str, link: Link) -> None:
        if link.realm is not None:
            for name, share in link.realm.votes:
                box = self.box(f"3 {decides} {name}", 3, f"{name} votes", ("not listed on chain",),
                               Look.OPEN)  # fmt: skip
                self.arrow(decides, box, (share, f"then {duration(link.realm.hold_up)}"))
            for key, _why in link.realm.bypass:
                self.arrow(decides, self.person(key), ("around the votes",), dashed=True)
            for number, _clause in enumerate(link.realm.unknown):
                box = self.box(f"3 {decides} ? {number}", 3, "cannot be excluded", (), Look.OPEN)
                self.arrow(decides, box, (), dashed=True)
            return
        shown = link.members[:MOST_PEOPLE]
        for key in shown:
            self.arrow(decides, self.person(key), ())
        if len(link.members) > len(shown):
            rest = f"{len(link.members) - len(shown)} more voters"
            self.arrow(decides, self.box(f"3 {decides} more", 3, rest, (), Look.OPEN), ())
        if link.state is not None and link.state.config_authority is not None:
            key = link.state.config_authority
            self.arrow(decides, self.person(key), ("config authority:", "alone, at once"),
                       dashed=True)  # fmt: skip

    def under_vaults(self, facts: CustodyFacts) -> None:
        """Buffers and other programs under the vaults that are drawn: the same votes move them."""
        for one in facts.history.multisigs:
            for vault in one.vaults:
                if f"1 {vault.address}" in self.boxes:
                    self.beside(vault.address, vault.others, "other program", "its code")
                    self.beside(vault.address, vault.staged, "staged buffer", "new code, waiting")

    def beside(self, vault: str, keys: Sequence[str], kind: str, what: str) -> None:
        """Boxes of one kind under a vault; what they are stands in them, not on the arrows."""
        for key in keys[:MOST_BESIDE]:
            box = self.box(f"0 {key}", 0, kind, (what, short_key(key)))
            self.arrow(box, f"1 {vault}", ())
        if len(keys) > MOST_BESIDE:
            rest = f"{len(keys) - MOST_BESIDE} more: {kind}"
            box = self.box(f"0 {vault} {kind}", 0, rest, (), Look.OPEN)
            self.arrow(box, f"1 {vault}", ())

    def limits(self, facts: CustodyFacts) -> None:
        """Spending limits: money that leaves a vault without a vote."""
        for one in facts.history.multisigs:
            source = f"2 {one.address}"
            if source not in self.boxes:
                continue
            for read in one.limits.values():
                if isinstance(read, Found):
                    for key in read.value.members:
                        self.arrow(source, self.person(key), ("spending limit,", "no vote"),
                                   dashed=True)  # fmt: skip


def _signing(link: Link) -> tuple[str, ...]:
    """What it takes to sign for a vault, with the seconds, for the arrow to its controller."""
    if link.state is not None:
        return (f"{link.state.threshold} of {len(link.state.voters)},",
                f"then {link.state.time_lock:,} s")  # fmt: skip
    if link.ms is not None:
        return (f"{link.ms.threshold} of {len(link.ms.keys)},", "then 0 s")
    assert link.realm is not None
    return ("a vote,", f"then {link.realm.hold_up:,} s")


def _rules(link: Link) -> tuple[str, ...]:
    if link.state is not None:
        lock = link.state.time_lock
        return (f"{link.state.threshold} of {len(link.state.voters)} voters",
                f"then {duration(lock)}" if lock else "no delay")  # fmt: skip
    if link.ms is not None:
        return (f"{link.ms.threshold} of {len(link.ms.keys)} keys", "no delay")
    assert link.realm is not None
    return (f"hold-up {duration(link.realm.hold_up)}",)


def _cut(text: str) -> str:
    return text if len(text) <= _TITLE else text[: _TITLE - 1] + "…"
