"""The audit of one target: collects facts, judges controls, sums up."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from privatedao_audit.audit.display import ControlCard, VerdictCard, opening_card
from privatedao_audit.audit.doubts import doubts
from privatedao_audit.audit.scope import Scope, repository_state
from privatedao_audit.audit.summary import METHOD_SCHEMA, sum_up
from privatedao_audit.audit.waiving import read_waivers
from privatedao_audit.domains.authority.collect import closing
from privatedao_audit.domains.gate.checks import LEANING
from privatedao_audit.domains.gate.facts import Stands
from privatedao_audit.domains.registry import PLANS, check_of
from privatedao_audit.domains.sources import Sources
from privatedao_audit.evidence.carried import Carried
from privatedao_audit.evidence.questions import Kept
from privatedao_audit.evidence.records import moment
from privatedao_audit.model import canonical, catalogue
from privatedao_audit.model.boundary import boundary
from privatedao_audit.model.finding import (
    Judgement,
    Part,
    Position,
    finding,
    not_evaluated,
)
from privatedao_audit.model.reads import Found
from privatedao_audit.model.spans import spoken
from privatedao_audit.model.status import Status
from privatedao_audit.model.target import Target
from privatedao_audit.model.waivers import NONE, Waivers, laid_over, standing

#: Statuses that rest on what was seen, and so can go stale.
_AGING = (Status.PASS, Status.ATTESTED, Status.NOT_APPLICABLE)


class Audit:
    """One audit over one set of answers.

    Build it with :func:`privatedao_audit.audit.open_audit` in a notebook. Facts are collected
    once per domain; judging is pure and can be repeated.

    Attributes:
        target: what is audited.
        scope: which domains and providers the run covers.
        recorded_at: UTC time that counts as now, RFC 3339.
        origin: one sentence on where the answers come from.

    ``clocks`` are those of :func:`privatedao_audit.audit.clocks.clocks_apart`.
    """

    def __init__(
        self,
        target: Target,
        answers: Kept,
        scope: Scope,
        recorded_at: str,
        origin: str,
        clocks: Mapping[str, int] | None = None,
    ) -> None:
        self.target = target
        self.scope = scope
        self.recorded_at = recorded_at
        self.origin = origin
        self._clocks = dict(clocks or {})
        self.catalogue = catalogue.load()
        carried = Carried(scope.continues, answers.held) if scope.continues else None
        self._sources = Sources(target, answers, scope.labels, carried=carried)
        self._facts: dict[str, Any] = {}
        self._repository: dict[str, Any] | None = None
        self._waivers: Waivers | None = None
        #: Control id → why its check broke; any entry makes the run INVALID.
        self.broken: dict[str, str] = {}

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, str]:
        del include, exclude
        return opening_card(
            self.target, self.scope, recorded_at=self.recorded_at, origin=self.origin
        )

    async def facts(self, domain: str) -> Any:
        """The facts of one domain, collected on first use.

        Returns:
            The domain's facts dataclass; None for a domain that this version does not evaluate.

        Raises:
            KeyError: there is no such domain.
        """
        catalogue.domain(domain)
        if domain not in self._facts:
            await self.collect([domain])
        return self._facts[domain]

    async def collect(self, domains: Iterable[str]) -> None:
        """Collect several domains, then read once more what ends verdicts.

        A domain whose subject moved in between is collected a second time under questions of
        its own; when it moves again, its facts say so and its checks answer UNKNOWN.
        """
        if self._repository is None and self.scope.checkout:
            self._repository = await repository_state(self._sources)
        if self._waivers is None and self.scope.checkout:
            controls = {one.id: one.waivable for one in self.catalogue.controls}
            self._waivers = await read_waivers(self._sources, controls)
        names = [name for name in domains if name not in self._facts]
        for name in names:
            plan = PLANS.get(name)
            self._facts[name] = await plan.collect(self._sources) if plan else None
        for name in names:
            self._facts[name] = await self._settled(name, self._facts[name])

    async def _settled(self, name: str, facts: Any) -> Any:
        authority = getattr(facts, "authority", None)
        if authority is None or not await closing(self._sources, authority):
            return facts
        again = self._sources.under("again")
        second = await PLANS[name].collect(again)
        moved = await closing(again, second.authority)
        return replace(second, authority=replace(second.authority, moving=moved))

    def judge(self, control_id: str) -> Judgement:
        """What the check of a control says of the facts; UNKNOWN where there is none.

        Raises:
            KeyError: there is no such control.
        """
        control = self.catalogue[control_id]
        check = check_of(control_id)
        if check is None:
            return not_evaluated()
        if control.domain not in self.scope.domains:
            return not_evaluated("the domain is not part of this run")
        facts = self._facts.get(control.domain)
        if facts is None:
            return not_evaluated(f"the facts of {control.domain} were not collected")
        if leans_on := getattr(facts, "leans_on", ()) if control_id in LEANING else ():
            facts = facts.beside({one: self._stands(one) for one in leans_on})
        return self._aged(check(facts, self.target.limits))

    def _stands(self, control_id: str) -> Stands:
        """How a control stands that another one leans on; a broken check is told by its own."""
        try:
            status = self.judge(control_id).status
        except Exception:
            status = Status.UNKNOWN
        return Stands(status, self.catalogue[control_id].floor)

    def _aged(self, said: Judgement) -> Judgement:
        """The judgement, STALE where a chain read is older than the target's limit allows."""
        read_at, limit = said.at.asked_at, self.target.limits.chain_fact_age_seconds
        ages = said.at.commitment is not None and not said.at.carried
        if not ages or read_at is None or said.status not in _AGING:
            return said
        age = int((moment(self.recorded_at) - moment(read_at)).total_seconds())
        if age <= limit:
            return said
        most = spoken(limit)
        text = f"Read {spoken(age)} before the verdict; the limit for chain facts is {most}."
        old = Part("age", Status.STALE, text, said.at, expected=limit)
        return Judgement(text, (*said.parts, old))

    def finding(self, control_id: str) -> dict[str, Any]:
        """The finding of a control, in the shape of findings.json.

        A check that breaks is a defect of the kit: the control is UNKNOWN, and the run is
        INVALID, because what else is broken can't be told.
        """
        control = self.catalogue[control_id]
        genesis = self.target.cluster.genesis_hash
        position = Position(genesis, self.recorded_at)
        try:
            found = finding(control, self.judge(control_id), position)
        except Exception as error:
            self.broken[control_id] = f"{type(error).__name__}: {error}"
            said = not_evaluated("the check of this control broke, which is a defect of the kit")
            found = finding(control, said, position)
        found["recheck"] = found["recheck"].replace("TARGET", self.target.name)
        return laid_over(found, self._waivers or NONE, self.recorded_at)

    def findings(self) -> list[dict[str, Any]]:
        """All findings in catalogue order."""
        return [self.finding(control.id) for control in self.catalogue.controls]

    def show(self, control_id: str) -> ControlCard:
        """A control as a notebook shows it: requirement, rule, what was read, verdict."""
        check = check_of(control_id)
        rule = " ".join((check.__doc__ or "").split()) if check else ""
        return ControlCard(self.finding(control_id), rule)

    def verdict(self, invalid: bool = False) -> VerdictCard:
        """The verdict over all controls, as a notebook shows it."""
        found = self.findings()
        summary = sum_up(found, invalid=invalid or bool(self.broken))
        return VerdictCard(summary, found, self._doubts(found))

    def _doubts(self, found: list[dict[str, Any]]) -> list[dict[str, str]]:
        registers = getattr(self._facts.get("rpc"), "registers", ())
        operators = {
            row.host: row.operator
            for paper in registers
            if isinstance(paper.said, Found)
            for row in paper.said.value
            if row.operator
        }
        return doubts(
            self.target, self.scope, found, self.recorded_at, operators=operators,
            clocks=self._clocks,
        )  # fmt: skip

    def waivers(self) -> list[dict[str, str]]:
        """How every waiver stands: control, ``in force`` or ``refused``, and one sentence."""
        return standing(self._waivers or NONE, self.findings(), self.recorded_at)

    def boundary(self) -> list[dict[str, Any]]:
        """The honest boundary over all findings, line by line; see ``model.boundary``."""
        return boundary(self.findings(), self.target.cluster.name)

    def facts_json(self) -> dict[str, Any]:
        """All collected facts as JSON; see :func:`privatedao_audit.model.canonical.plain`."""
        return {
            "schema": {"name": "privatedao-audit/facts", "version": 1},
            "target": self.target.name,
            "facts": {
                name: canonical.plain(self._facts[name])
                for name in self.scope.domains
                if self._facts.get(name) is not None
            },
        }

    def _genesis_read(self) -> str | None:
        """The genesis hash of the target's cluster, if a provider was seen to serve it."""
        expected = self.target.cluster.genesis_hash
        reads = [getattr(facts, "authority", None) for facts in self._facts.values()]
        seen = [one.genesis_hash for one in reads if one is not None]
        gate = self._facts.get("gate")
        seen += list(gate.genesis.values()) if gate is not None else []
        served = any(isinstance(read, Found) and read.value == expected for read in seen)
        return expected if served else None

    def report_json(
        self,
        *,
        method: dict[str, Any],
        canaries: dict[str, dict[str, int]],
        evidence_root: str,
        slot_window: tuple[int, int] | None,
        invalid: bool,
    ) -> dict[str, Any]:
        """The content of findings.json.

        Args:
            method: kit version and digests of what judged.
            canaries: control id → on how many of its bad facts its check was shown to fail.
            slot_window: first and last slot read; None where none was.
            invalid: a self-check of the run failed.
        """
        found = self.findings()
        target = self.target
        return {
            "schema": METHOD_SCHEMA,
            "method": {
                **method,
                "catalogue": self.catalogue.sha256,
                "target": target.sha256,
                "limits": target.limits.model_dump(),
                "limits_loosened": [*target.limits.loosened(), *target.detectors.loosened()],
            },
            "target": {
                "name": target.name,
                "title": target.title,
                "cluster": target.cluster.name,
                "genesis_hash": target.cluster.genesis_hash,
                "protocol": target.protocol,
                "program_ids": [program.id for program in target.programs],
            },
            "run": {
                "recorded_at": self.recorded_at,
                "cluster": target.cluster.name,
                "genesis_hash": self._genesis_read(),
                "slot_window": list(slot_window) if slot_window else None,
                "providers": [{"label": a, "host": b} for a, b in self.scope.providers],
                "domains": list(self.scope.domains),
                "repository": self._repository,
            },
            "verdict": sum_up(found, invalid=invalid or bool(self.broken)),
            "controls": found,
            "boundary": boundary(found, target.cluster.name),
            "waivers": standing(self._waivers or NONE, found, self.recorded_at),
            "canaries": canaries,
            "self_doubt": self._doubts(found),
            "evidence_root": evidence_root,
        }
