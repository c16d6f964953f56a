"""The target profile: what is audited, on which cluster, by which documents and limits."""

from __future__ import annotations

import difflib
import tomllib
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import (
    AfterValidator,
    BaseModel,
    Field,
    ValidationError,
    model_validator,
)

from privatedao_audit import assets
from privatedao_audit.model import canonical
from privatedao_audit.model.alerting import Alerting
from privatedao_audit.model.clusters import GENESIS_HASHES
from privatedao_audit.model.detection import Detection
from privatedao_audit.model.limits import Limits
from privatedao_audit.model.parts import ABOUT_A_PROGRAM, ABOUT_A_TOPIC, LISTS, PARTS
from privatedao_audit.model.readiness import Excluded, Firm, Readiness
from privatedao_audit.model.strict import Key, Name, Strict, Text


class BadTarget(ValueError):
    """The profile can't be used; the message says where, what is wrong and what to do."""


class Cluster(Strict):
    """The cluster, bound by its genesis hash: slots of two clusters can't be compared."""

    name: Literal["mainnet-beta", "devnet", "testnet", "localnet"]
    genesis_hash: Key

    @model_validator(mode="after")
    def _hash_is_that_of_the_cluster(self) -> Cluster:
        known = GENESIS_HASHES.get(self.name)
        if known is not None and known != self.genesis_hash:
            raise ValueError(f"the genesis hash of {self.name} is {known}")
        if known is None and self.genesis_hash in GENESIS_HASHES.values():
            raise ValueError("this is the genesis hash of a public cluster, not of a local one")
        return self


class Program(Strict):
    """A program in scope; its upgrade authority is judged."""

    name: Name
    id: Key
    version: Text | None = None


class Dao(Strict):
    """A DAO account of a program in scope, and its treasury as documented."""

    name: Text
    address: Key
    program: Name
    treasury: Key


class Mint(Strict):
    """A token mint that the DAO depends on."""

    name: Text
    address: Key
    role: Literal["governance", "treasury", "archived"]


ControllerKind = Literal["squads-v4", "squads-v3", "spl-governance"]


class Multisig(Strict):
    """A controller named by hand: a vault does not name its multisig by itself.

    Of kind ``spl-governance`` the address is that of the governance account, whose own address or
    native treasury holds the authority.
    """

    name: Name
    address: Key
    kind: ControllerKind = "squads-v4"
    vault_index: Annotated[int, Field(ge=0, le=255)] = 0


class ControllerProgram(Strict):
    """A program whose accounts may be believed as controllers, beyond the canonical ids.

    It is believed by the hash of its executable, never by its name.
    """

    id: Key
    executable_sha256: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
    kind: ControllerKind = "squads-v4"


Role = Literal[
    "deployer", "upgrade-authority", "multisig-member", "dao-authority", "treasury-operator",
    "keeper", "treasury", "reviewer", "demo", "verification",
]  # fmt: skip


class Wallet(Strict):
    """A registered key with its roles."""

    name: Text
    address: Key
    roles: Annotated[tuple[Role, ...], Field(min_length=1, strict=False)]
    owner: Text | None = None


_PLACED = frozenset({"json", "toml", "yaml", "markdown"})
#: Parts that are read by their headings.
_PROSE = frozenset({"runbook", "contact-page"})
#: Parts that have a format of their own, of the same name.
_OWN_FORM = frozenset({"prometheus-rules", "alertmanager-routes", "rpc-health-script"})


def _part(name: str) -> str:
    if name not in PARTS:
        raise ValueError(f"there is no part {name!r}{_nearest(name, PARTS)}")
    return name


Part = Annotated[str, AfterValidator(_part)]


class Surface(Strict):
    """A file of the checkout and the part it plays.

    Attributes:
        part: which kind of statement it makes.
        file: path in the checkout, with forward slashes.
        format: how it is parsed.
        state: ``current`` surfaces must agree; ``archived`` ones go to the ledger only.
        cluster: the cluster it speaks of; None: the target's.
        program: name of the program in scope that it speaks of; None for registers.
        rows: for lists: JSON pointer of the array; ``/*`` goes into each of several.
        fields: what it says and where, for json, toml and markdown.
        feature: for rust: the cargo feature whose declaration counts; None: the default one.
        entry: for anchor-toml: the key under ``[programs.CLUSTER]``.
        topic: what an evidence-file or a runbook is about, one of the parts' ABOUT_A_TOPIC.
    """

    part: Part
    file: Annotated[str, Field(min_length=1, max_length=1000)]
    format: Literal[
        "json", "toml", "yaml", "markdown", "rust", "anchor-toml", "anchor-idl", "log",
        "prometheus-rules", "alertmanager-routes", "rpc-health-script",
    ]  # fmt: skip
    state: Literal["current", "archived"] = "current"
    cluster: Literal["mainnet-beta", "devnet", "testnet", "localnet"] | None = None
    program: Name | None = None
    rows: Annotated[str, Field(min_length=1, max_length=300)] | None = None
    fields: dict[str, Annotated[str, Field(min_length=1, max_length=300)]] = Field(
        default_factory=dict
    )
    feature: Name | None = None
    entry: Text | None = None
    topic: Text | None = None

    def is_current(self, cluster: str) -> bool:
        """Whether it is current and speaks of this cluster.

        Args:
            cluster: the target's; a surface that names none speaks of it.
        """
        return self.state == "current" and self.cluster in (None, cluster)

    @model_validator(mode="after")
    def _hangs_together(self) -> Surface:
        for name in self.fields:
            if name not in PARTS[self.part]:
                hint = _nearest(name, PARTS[self.part])
                raise ValueError(f"a {self.part} has no field {name!r}{hint}")
        # A runbook may keep to the headings of the kit's own form.
        if self.format in _PLACED and not self.fields and self.part != "runbook":
            raise ValueError(f"a surface of format {self.format} needs [surfaces.fields]")
        if self.format not in _PLACED and self.fields:
            raise ValueError(f"a surface of format {self.format} knows its own fields")
        if self.part in ABOUT_A_PROGRAM and self.program is None:
            raise ValueError(f"a {self.part} must name the program that it is about")
        if (self.rows is not None) != (self.part in LISTS):
            must = "needs" if self.part in LISTS else "has no"
            raise ValueError(f"a {self.part} {must} rows")
        if self.part in LISTS and self.format not in ("json", "toml", "yaml"):
            raise ValueError(f"a {self.part} is read from json, toml or yaml, not {self.format}")
        if (self.format == "log") != (self.part.endswith("-log") and self.part not in LISTS):
            raise ValueError(f"a {self.part} is not of format {self.format}")
        if (self.format in _OWN_FORM or self.part in _OWN_FORM) and self.format != self.part:
            raise ValueError(f"a {self.part} is not of format {self.format}")
        if self.format == "anchor-toml" and self.entry is None:
            raise ValueError("a surface of format anchor-toml needs an entry")
        if self.part in _PROSE and self.format != "markdown":
            raise ValueError(f"a {self.part} is read from markdown, not {self.format}")
        topics = ABOUT_A_TOPIC.get(self.part, ())
        if (self.topic is not None) != bool(topics):
            must = "needs" if topics else "has no"
            raise ValueError(f"a {self.part} {must} topic")
        if self.topic is not None and self.topic not in topics:
            raise ValueError(f"there is no topic {self.topic!r}{_nearest(self.topic, topics)}")
        parts = self.file.split("/")
        if self.file.startswith("/") or ".." in parts or "\\" in self.file or "\0" in self.file:
            raise ValueError(f"{self.file!r} must be a path inside the checkout")
        return self


class Target(Strict):
    """One audit's subject. Built by :func:`load`; frozen."""

    schema_version: Literal[1] = Field(alias="schema")
    name: Name
    title: Text
    protocol: Name
    protocol_version: Text | None = None
    cluster: Cluster
    programs: Annotated[tuple[Program, ...], Field(min_length=1, strict=False)]
    daos: Annotated[tuple[Dao, ...], Field(min_length=1, strict=False)]
    mints: Annotated[tuple[Mint, ...], Field(strict=False)] = ()
    multisigs: Annotated[tuple[Multisig, ...], Field(strict=False)] = ()
    controller_programs: Annotated[tuple[ControllerProgram, ...], Field(strict=False)] = ()
    wallets: Annotated[tuple[Wallet, ...], Field(strict=False)] = ()
    surfaces: Annotated[tuple[Surface, ...], Field(strict=False)] = ()
    limits: Limits = Field(default_factory=Limits)
    detectors: Detection = Field(default_factory=Detection)
    alerting: Alerting = Field(default_factory=Alerting)
    readiness: Readiness = Field(default_factory=Readiness)
    firms: Annotated[tuple[Firm, ...], Field(strict=False)] = ()
    excluded: Annotated[tuple[Excluded, ...], Field(strict=False)] = ()
    recording: Annotated[str, Field(min_length=1, max_length=500)] | None = None

    @model_validator(mode="after")
    def _names_resolve(self) -> Target:
        names = [program.name for program in self.programs]
        for kind, rows in (
            ("program", names),
            ("program id", [program.id for program in self.programs]),
            ("multisig", [multisig.name for multisig in self.multisigs]),
            ("wallet", [wallet.address for wallet in self.wallets]),
            ("DAO", [dao.address for dao in self.daos]),
            ("firm", [firm.name for firm in self.firms]),
            ("excluded address", [one.address for one in self.excluded]),
        ):
            twice = sorted({row for row in rows if rows.count(row) > 1})
            if twice:
                raise ValueError(f"a {kind} is listed twice: {twice[0]}")
        scoped = {
            *(one.id for one in self.programs),
            *(one.address for one in self.daos),
            *(one.address for one in self.mints),
            *(one.address for one in self.multisigs),
        }
        both = next((one.address for one in self.excluded if one.address in scoped), None)
        if both is not None:
            raise ValueError(f"{both} is in scope and excluded")
        for user, program in [(f"DAO {d.name}", d.program) for d in self.daos] + [
            (f"surface {s.file}", s.program) for s in self.surfaces if s.program is not None
        ]:
            if program not in names:
                hint = _nearest(program, names)
                raise ValueError(f"the {user} names a program {program!r} that is not here{hint}")
        return self

    def current(self, part: str | None = None) -> tuple[Surface, ...]:
        """The current files that speak of this cluster, of one part or of all, in order."""
        return tuple(
            one for one in self.surfaces
            if one.is_current(self.cluster.name) and part in (None, one.part)
        )  # fmt: skip

    @property
    def sha256(self) -> str:
        """Digest of what the profile means: layout and comments of the file don't matter."""
        return canonical.digest(self.as_json())

    def as_json(self) -> dict[str, Any]:
        """The profile as JSON: what differs from the defaults, without the bundled recording.

        Defaults are left out so that a later version, which knows more keys, still finds an
        older recording to be of the same target. The limits in force stand in findings.json.
        """
        return self.model_dump(
            mode="json", by_alias=True, exclude={"recording"}, exclude_defaults=True
        )


def parse(text: str, where: str) -> Target:
    """Read and validate a profile.

    Args:
        where: names the file in messages.

    Raises:
        BadTarget: not TOML, an unknown key (with the nearest known one), or a bad value.
    """
    try:
        tree = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise BadTarget(f"{where}: not TOML: {error}") from None
    except RecursionError:
        raise BadTarget(f"{where}: nested too deeply") from None
    except ValueError as error:
        # Among them Python's guard against integers of thousands of digits.
        raise BadTarget(f"{where}: a value is out of range: {str(error)[:80]}") from None
    try:
        return Target.model_validate(tree)
    except ValidationError as error:
        raise BadTarget(_explained(error, where)) from None


def load(name_or_path: str) -> Target:
    """The bundled profile of that name, or the profile in that file.

    Raises:
        BadTarget: there is neither; the message names the nearest profile. Or it is malformed.
    """
    if not isinstance(name_or_path, str) or not name_or_path:
        raise BadTarget("a target is the name of a profile or the path of a TOML file")
    path = path_of(name_or_path)
    try:
        raw = path.read_bytes()
    except OSError as error:
        raise BadTarget(f"{name_or_path}: can't be read: {error.strerror}") from None
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError as error:
        raise BadTarget(f"{name_or_path}: not UTF-8 at byte {error.start}") from None
    return parse(text, name_or_path)


def names() -> list[str]:
    """The names of the bundled profiles."""
    return sorted(path.stem for path in assets.folder("targets").glob("*.toml"))


def path_of(name_or_path: str) -> Path:
    """Where a profile lies: a path when it looks like one, else a bundled name.

    Raises:
        BadTarget: there is no such profile.
    """
    if name_or_path.endswith(".toml") or "/" in name_or_path:
        return Path(name_or_path)
    if name_or_path in names():
        return assets.folder("targets") / f"{name_or_path}.toml"
    listed = ", ".join(names())
    raise BadTarget(
        f"there is no profile {name_or_path!r}{_nearest(name_or_path, names())}; the bundled "
        f"profiles are {listed}, and a path must end in .toml"
    )


def bundled_recording(target: Target, name_or_path: str) -> Path | None:
    """The recording that ships with a profile, if it has one, beside or above its file."""
    if target.recording is None:
        return None
    return (path_of(name_or_path).parent / target.recording).resolve()


def _nearest(name: str, known: Any) -> str:
    match = difflib.get_close_matches(name, list(known), n=1, cutoff=0.5)
    return f" (did you mean {match[0]!r}?)" if match else ""


def _explained(error: ValidationError, where: str) -> str:
    rows = []
    for fault in error.errors()[:8]:
        place = ".".join(str(step) for step in fault["loc"]) or "the profile"
        if fault["type"] == "extra_forbidden":
            known = _fields_at(fault["loc"][:-1])
            rows.append(f"{place}: unknown key{_nearest(str(fault['loc'][-1]), known)}")
        elif fault["type"] == "missing":
            rows.append(f"{place}: is missing")
        else:
            rows.append(f"{place}: {fault['msg'].removeprefix('Value error, ')}")
    more = len(error.errors()) - len(rows)
    return f"{where}: " + "; ".join(rows) + (f"; and {more} more" if more > 0 else "")


def _fields_at(place: tuple[int | str, ...]) -> list[str]:
    """The known keys of the table at a place of the profile."""
    tables: dict[str, type[BaseModel]] = {
        "cluster": Cluster,
        "programs": Program,
        "daos": Dao,
        "mints": Mint,
        "multisigs": Multisig,
        "controller_programs": ControllerProgram,
        "wallets": Wallet,
        "surfaces": Surface,
        "limits": Limits,
        "detectors": Detection,
        "alerting": Alerting,
        "readiness": Readiness,
        "firms": Firm,
        "excluded": Excluded,
    }
    table = tables.get(str(place[0])) if place else Target
    if table is None:
        return []
    return [field.alias or name for name, field in table.model_fields.items()]
