"""What the text of a health script shows without running it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final

__all__ = ["ASKS", "Script", "joined"]

#: What a health check has to ask for → RPC methods that ask for it.
ASKS: Final[Mapping[str, frozenset[str]]] = {
    "genesis hash": frozenset({"getGenesisHash"}),
    "blockhash": frozenset({"getLatestBlockhash", "isBlockhashValid", "getRecentBlockhash",
                            "getLatestBlockhashAndContext"}),
    "slot": frozenset({"getSlot", "getEpochInfo"}),
    "account reads": frozenset(
        {"getAccountInfo", "getMultipleAccounts", "getMultipleAccountsInfo", "getParsedAccountInfo",
         "getAccountInfoAndContext", "getMultipleAccountsInfoAndContext"}
    ),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Script:
    """What a script shows.

    Attributes:
        methods: RPC methods that it calls → line, counted from 1.
        fails: lines on which it ends badly: an exit code other than 0, or an error thrown.
        forgives: lines on which a failure is turned into success.
        includes: files that it takes in, relative to its own folder.
        constants: names of outcomes that are written as good whatever was seen → line.
        opaque: why more may be asked than stands in the text; empty where nothing else can be.
    """

    methods: Mapping[str, int]
    fails: tuple[int, ...]
    forgives: tuple[int, ...]
    includes: tuple[str, ...]
    opaque: str
    constants: Mapping[str, int] = field(default_factory=dict)

    @property
    def asks(self) -> frozenset[str]:
        """The names of ASKS that it asks for."""
        return frozenset(name for name, methods in ASKS.items() if methods & self.methods.keys())


def joined(script: Script, included: Iterable[Script | None]) -> Script:
    """A script together with the files it takes in; None: one that was not read.

    Where the script fails and forgives is its own text: what a file it takes in does on its way
    out need not be reached.
    """
    methods, opaque = dict(script.methods), script.opaque
    for one in included:
        if one is None:
            opaque = opaque or "it takes in a file that was not read"
            continue
        for name, line in one.methods.items():
            methods.setdefault(name, line)
        opaque = opaque or one.opaque or ("a file it takes in takes in others" if one.includes
                                          else "")  # fmt: skip
    return Script(
        methods, script.fails, script.forgives, script.includes, opaque, script.constants
    )  # fmt: skip
