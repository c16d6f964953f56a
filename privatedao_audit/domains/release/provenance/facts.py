"""Facts about what ties source to binary: operator, interface, security contact, builds."""

from __future__ import annotations

from dataclasses import dataclass, field

from privatedao_audit.domains.release.provenance.interface import Interface
from privatedao_audit.model.reads import Read


@dataclass(frozen=True, slots=True)
class Registration:
    """A key that somebody registered.

    Attributes:
        name: what the register calls the key; empty where it gives no name.
        owner: whose key it is; None where the register does not say.
        roles: as the register writes them.
    """

    key: str
    name: str
    owner: str | None
    roles: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Register:
    """A signer register of the checkout."""

    file: str
    rows: Read[tuple[Registration, ...]]


@dataclass(frozen=True, slots=True)
class Acting:
    """The authority of one deploy or upgrade, and who moved it.

    Attributes:
        authority: the key that the loader asked for.
        signed: it signed the transaction itself; else a program signed for it.
        multisig, vault_index: whose vault it is, where a believed multisig executed it.
        executor: the member who executed it.
        approvers: the members whose approvals the proposal counts; None for a key that signed.
        doubt: why it is not known who moved it; empty when it is.
    """

    authority: str
    signed: bool
    multisig: str | None = None
    vault_index: int | None = None
    executor: str | None = None
    approvers: Read[tuple[str, ...]] | None = None
    doubt: str = ""


@dataclass(frozen=True, slots=True)
class Deployment:
    """Who stood behind a transaction that deployed or upgraded a program.

    Attributes:
        payer: paid the fee.
        others: further signers, such as the new accounts of a deployment; they hold no power.
        acting: one for each deploy or upgrade of this program in it.
    """

    signature: str
    slot: int
    succeeded: bool
    payer: str
    others: tuple[str, ...]
    acting: tuple[Acting, ...]


@dataclass(frozen=True, slots=True)
class Published:
    """An interface that lies on chain.

    Attributes:
        address: of the account.
        authority: who may replace it besides the upgrade authority; None where nobody else.
    """

    address: str
    authority: str | None
    interface: Interface


@dataclass(frozen=True, slots=True)
class FileInterface:
    """An interface file of the checkout."""

    file: str
    interface: Read[Interface]


@dataclass(frozen=True, slots=True)
class SourceInstructions:
    """The instructions that a source file declares, by name; None: no program module in it."""

    file: str
    names: Read[tuple[str, ...] | None]


@dataclass(frozen=True, slots=True)
class Contact:
    """What an executable carries of a security.txt.

    Attributes:
        sha256: hash of the executable that was searched, trailing zeros cut.
        fields: key → text by the makers, in their order; None where there is no block.
        through_section: the section ``.security.txt`` leads to it.
        fault: why what is there counts as no contact; empty when nothing is wrong.
    """

    sha256: str
    fields: dict[str, str] | None
    through_section: bool = False
    fault: str = ""


@dataclass(frozen=True, slots=True)
class Build:
    """A build that the auditor made.

    Attributes:
        sha256: of the file with trailing zero bytes cut.
        length, size: bytes without and with them.
    """

    sha256: str
    length: int
    size: int


@dataclass(frozen=True, slots=True)
class ProgramProvenance:
    """One program in scope.

    Attributes:
        deployments: signature → who was behind it, for those that current records name and the
            last change of the code that the history shows.
        published: kind of account → what it holds; absent where there is no such account.
        repository: the current interface files of the checkout.
        source: what the mapped source files declare.
        contact: what the running executable carries.
        build: the auditor's own.
    """

    id: str
    deployments: dict[str, Read[Deployment]]
    published: dict[str, Read[Published]]
    repository: tuple[FileInterface, ...]
    source: tuple[SourceInstructions, ...]
    contact: Read[Contact]
    build: Read[Build]


@dataclass(frozen=True, slots=True)
class ProvenanceFacts:
    """Facts about what ties source to binary: operator, interface, security contact, builds.

    Attributes:
        programs: program id → facts.
        wallets: the keys that the target profile registers, which is the auditor's word.
        registers: the current signer registers of the checkout.
    """

    programs: dict[str, ProgramProvenance] = field(default_factory=dict)
    wallets: tuple[Registration, ...] = ()
    registers: tuple[Register, ...] = ()
