"""The claims of a checkout, arranged for looking up what belongs together."""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from typing import Final

from privatedao_audit.chain import programs
from privatedao_audit.chain.addresses import programdata_address, squads_vault
from privatedao_audit.domains.gate.ledger.facts import ClaimFacts
from privatedao_audit.domains.gate.ledger.model import Newer
from privatedao_audit.domains.gate.ledger.treasuries import treasury_of
from privatedao_audit.model.reads import Found, Read, ReadAt, joined
from privatedao_audit.repository.claims.model import Claim, Kind, State
from privatedao_audit.repository.hashlists import Listed

__all__ = ["WELL_KNOWN", "Index"]

#: Programs, sysvars and mints that are the same for everybody.
WELL_KNOWN: Final = frozenset(
    value for value in vars(programs).values() if isinstance(value, str) and 32 <= len(value) <= 44
) | {"So11111111111111111111111111111111111111112"}
#: Vaults of a multisig that are derived when a document names one.
_VAULTS: Final = 8
#: DAOs whose treasuries are derived at most, times the project's programs.
_MOST_DAOS: Final = 400


class Index:
    """What the comparing looks up, from facts alone."""

    def __init__(self, facts: ClaimFacts) -> None:
        self.facts = facts
        self.base: ReadAt = facts.covered.at
        self._by_value: dict[str, list[Claim]] = defaultdict(list)
        self._programs: dict[str, set[str]] = defaultdict(set)
        self._multisigs: dict[str, set[str]] = defaultdict(set)
        self._daos: dict[str, list[Claim]] = defaultdict(list)
        self._hashes: dict[str, list[Claim]] = defaultdict(list)
        self._newest: dict[tuple[str, Kind, str], list[Newer]] = {}
        self._custody: dict[tuple[Kind, str, bool], tuple[Claim, ...]] | None = None
        self._listed: dict[str, tuple[Listed, ...]] = {}
        #: By identity, which holds as long as the statements are kept beside it.
        self._best: dict[int, tuple[tuple[Claim, ...], Claim | None, bool]] = {}
        self._authorities: dict[frozenset[str], tuple[Claim, ...]] | None = None
        self.own = set(facts.scope.programs)
        #: Program ids that an Anchor.toml declares, with the first place that does.
        self.declared: dict[str, Claim] = {}
        for claim in facts.claims:
            self._by_value[claim.value].append(claim)
            if claim.what is Kind.HASH:
                self._hashes[claim.file].append(claim)
            if claim.what is not Kind.ADDRESS or claim.value in WELL_KNOWN:
                continue
            if claim.role == "program":
                self._note_program(claim)
            elif claim.role in ("multisig", "vault") and self.here_or_unnamed(claim):
                self._multisigs[claim.file].add(claim.value)
            elif claim.role == "dao":
                self._daos[claim.file].append(claim)
        self._places()
        self._vaults()

    def here_or_unnamed(self, claim: Claim) -> bool:
        """Whether a claim is for the target's cluster, or for none by name."""
        return claim.cluster in (None, self.facts.cluster)

    def _note_program(self, claim: Claim) -> None:
        self._programs[claim.file].add(claim.value)
        if claim.file.rpartition("/")[2] == "Anchor.toml":
            self.declared.setdefault(claim.value, claim)
        told = claim.label.casefold().replace("_", "").replace(" ", "")
        mapped = claim.file in self.facts.mapped and "programid" in told
        # An id that the project's own mapped files, or its words for the past, call its program.
        if mapped or (claim.state is State.FORMER and "program" in told):
            self.own.add(claim.value)

    def _places(self) -> None:
        """Treasuries of the DAOs that documents name, under each program of the project."""
        facts = self.facts
        self.treasuries: dict[str, tuple[str, str]] = {}
        for dao, (treasury, program) in facts.scope.daos.items():
            if treasury is not None:
                self.treasuries[treasury] = (dao, program)
        named = dict.fromkeys(c.value for claims in self._daos.values() for c in claims)
        for dao in list(named)[:_MOST_DAOS]:
            for program in sorted(self.own)[:8]:
                treasury = treasury_of(facts.protocol, dao, program)
                if treasury is not None:
                    self.treasuries.setdefault(treasury, (dao, program))
        self.programdata = {programdata_address(one): one for one in sorted(self.own)}

    def _vaults(self) -> None:
        scope = self.facts.scope.multisigs
        #: Multisig in scope → itself and its vault.
        self.held: dict[str, set[str]] = {key: {key} for key in scope}
        keys = set(scope) | {value for some in self._multisigs.values() for value in some}
        self.vaults: dict[str, tuple[str, int]] = {}
        for key in sorted(keys)[:200]:
            if key in scope and scope[key] is None:
                continue
            for program in self._multisig_programs(key):
                for number in range(_VAULTS):
                    self.vaults[squads_vault(key, number, program).address] = (key, number)
                if key in scope:
                    held = squads_vault(key, scope[key] or 0, program).address
                    self.vaults[held] = (key, scope[key] or 0)
                    self.held[key].add(held)

    def _multisig_programs(self, key: str) -> tuple[str, ...]:
        """The programs under which vaults of a multisig are derived: that which owns it, where it
        was read, else the canonical one."""
        read = self.facts.core.get(key)
        if isinstance(read, Found) and read.value.owner not in WELL_KNOWN:
            return (read.value.owner,)
        return (programs.SQUADS_V4,)

    def programs_of(self, file: str) -> set[str]:
        """The programs that a document names."""
        return self._programs.get(file, set())

    def only_scope(self, file: str) -> bool:
        """Whether a document names a program in scope, and no other program of its own."""
        named = self.programs_of(file)
        return bool(named & set(self.facts.scope.programs)) and named <= set(
            self.facts.scope.programs
        )

    def multisig_of(self, file: str, *, named: bool = False) -> str | None:
        """The multisig in scope that a document is about; None where it may be another one.

        Args:
            named: the document must name it; otherwise the only one in scope is meant.
        """
        scope = self.facts.scope.multisigs
        keys = self._multisigs.get(file, set())
        about = {key for key, held in self.held.items() if held & keys}
        known = {value for key in about for value in self.held[key]}
        if keys - known:
            return None
        if not keys and len(scope) == 1 and not named:
            return next(iter(scope))
        return about.pop() if len(about) == 1 else None

    def listed(self, file: str) -> tuple[Listed, ...]:
        """The files that a document lists with their hashes, in its order."""
        if file not in self._listed:
            rows = [
                (one, path) for one in self._hashes.get(file, [])
                if (path := dict(one.beside).get("path"))
            ]  # fmt: skip
            rows.sort(key=lambda row: row[0].line)
            self._listed[file] = tuple(Listed(path, one.value, None) for one, path in rows)
        return self._listed[file]

    def dao_before(self, file: str, line: int) -> str | None:
        """The DAO that a document names last, up to a line."""
        named = self._daos.get(file, [])
        place = bisect_right(named, line, key=lambda one: one.line)
        return named[place - 1].value if place else None

    def authorities(self, programs_named: set[str]) -> tuple[Claim, ...]:
        """Statements of the upgrade authority of the same programs on the target's cluster."""
        if self._authorities is None:
            found: dict[frozenset[str], list[Claim]] = defaultdict(list)
            for one in self.facts.claims:
                if (
                    one.what is Kind.ADDRESS and one.role == "upgrade-authority"
                    and one.cluster == self.facts.cluster
                ):  # fmt: skip
                    found[frozenset(self.programs_of(one.file))].append(one)
            self._authorities = {key: tuple(some) for key, some in found.items()}
        return self._authorities.get(frozenset(programs_named), ())

    def claims_of_value(self, value: str) -> list[Claim]:
        """Every claim of a value."""
        return self._by_value.get(value, [])

    def newest(self, value: str, claim: Claim) -> Newer | None:
        """The newest statement of a value that stands as current, in another document."""
        key = (value, claim.what, claim.role)
        best = self._newest.get(key)
        if best is None:
            best = self._newest[key] = self._two_newest(*key)
        return next((one for one in best if one.file != claim.file), None)

    def _two_newest(self, value: str, what: Kind, role: str) -> list[Newer]:
        """The newest statements in two documents, so that one is left for each of them."""
        changed = self.facts.changed
        per_file: dict[str, Claim] = {}
        for one in self._by_value.get(value, []):
            if (
                one.what is what and one.role == role and self.here_or_unnamed(one)
                and one.state in (State.CURRENT, State.DATED)
            ):  # fmt: skip
                per_file.setdefault(one.file, one)
        ranked = sorted(per_file, key=lambda file: (changed.get(file, 0), file), reverse=True)
        return [Newer(file, per_file[file].line, value, changed.get(file)) for file in ranked[:2]]

    def custodial(self, what: Kind, key: str, pair: bool) -> tuple[Claim, ...]:
        """Statements of the threshold or the lock of a multisig in scope, written alike.

        Args:
            pair: thresholds written as ``2-of-3``, or as a bare number.
        """
        if self._custody is None:
            found: dict[tuple[Kind, str, bool], list[Claim]] = defaultdict(list)
            for one in self.facts.claims:
                if one.what not in (Kind.THRESHOLD, Kind.DELAY) or one.role != "multisig":
                    continue
                of = self.here_or_unnamed(one) and self.multisig_of(
                    one.file, named=one.cluster is None
                )
                if of:
                    found[one.what, of, "-of-" in one.value].append(one)
            self._custody = {of_one: tuple(some) for of_one, some in found.items()}
        return self._custody.get((what, key, pair), ())

    def newest_of(self, rivals: tuple[Claim, ...]) -> tuple[Claim | None, bool]:
        """The newest of several statements that stand as current or as records of a day, and
        whether they stand in several documents."""
        key = id(rivals)
        if key not in self._best:
            changed = self.facts.changed
            meant = [
                one for one in rivals
                if one.state in (State.CURRENT, State.DATED) and one.file in changed
            ]  # fmt: skip
            best = max(meant, key=lambda one: (changed[one.file], one.file, one.line), default=None)
            self._best[key] = (rivals, best, len({one.file for one in rivals}) > 1)
        return self._best[key][1:]

    def at(self, *reads: Read[object] | ReadAt) -> ReadAt:
        """The position of the documents joined with that of what they were set against."""
        places = [read if isinstance(read, ReadAt) else read.at for read in reads]
        return joined(self.base, *places) if places else self.base

    def found(self, address: str) -> Found[object] | None:
        """The decoded account of the scope; None where it was not found."""
        read = self.facts.core.get(address)
        return read if isinstance(read, Found) else None
