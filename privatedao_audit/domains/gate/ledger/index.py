"""The claims of a checkout, arranged for looking up what belongs together."""

from __future__ import annotations

from collections import defaultdict
from typing import Final

from privatedao_audit.chain import programs
from privatedao_audit.chain.addresses import programdata_address, squads_vault
from privatedao_audit.domains.gate.ledger.facts import ClaimFacts
from privatedao_audit.domains.gate.ledger.model import Newer
from privatedao_audit.domains.gate.ledger.treasuries import treasury_of
from privatedao_audit.model.reads import Found, Read, ReadAt, joined
from privatedao_audit.repository.claims.model import Claim, Kind, State

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
        self.own = set(facts.scope.programs)
        #: Program ids that an Anchor.toml declares, with the first place that does.
        self.declared: dict[str, Claim] = {}
        for claim in facts.claims:
            self._by_value[claim.value].append(claim)
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
        keys = set(self.facts.scope.multisigs)
        keys |= {value for some in self._multisigs.values() for value in some}
        self.vaults: dict[str, tuple[str, int]] = {}
        for key in sorted(keys)[:200]:
            for number in range(_VAULTS):
                self.vaults[squads_vault(key, number).address] = (key, number)

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
        about = {key for key, vault in scope.items() if {key, vault} & keys}
        known = {value for key in about for value in (key, scope[key])}
        if keys - known:
            return None
        if not keys and len(scope) == 1 and not named:
            return next(iter(scope))
        return about.pop() if len(about) == 1 else None

    def daos_of(self, file: str) -> list[Claim]:
        """The DAOs that a document names, in its order."""
        return self._daos.get(file, [])

    def claims_of_value(self, value: str) -> list[Claim]:
        """Every claim of a value."""
        return self._by_value.get(value, [])

    def newest(self, value: str, claim: Claim) -> Newer | None:
        """The newest statement of a value that stands as current, in another document."""
        changed = self.facts.changed
        rivals = [
            one for one in self.claims_of_value(value)
            if one.file != claim.file and one.what is claim.what and one.role == claim.role
            and one.state in (State.CURRENT, State.DATED) and self.here_or_unnamed(one)
        ]  # fmt: skip
        if not rivals:
            return None
        best = max(rivals, key=lambda one: (changed.get(one.file, 0), one.file, -one.line))
        return Newer(best.file, best.line, best.value, changed.get(best.file))

    def at(self, *reads: Read[object] | ReadAt) -> ReadAt:
        """The position of the documents joined with that of what they were set against."""
        places = [read if isinstance(read, ReadAt) else read.at for read in reads]
        return joined(self.base, *places) if places else self.base

    def found(self, address: str) -> Found[object] | None:
        """The decoded account of the scope; None where it was not found."""
        read = self.facts.core.get(address)
        return read if isinstance(read, Found) else None
