"""What notebook 02 shows beside its controls."""

from __future__ import annotations

from privatedao_audit.chain.layouts.squads import EXECUTE, INITIATE, VOTE
from privatedao_audit.domains.custody.checks import power_of, required
from privatedao_audit.domains.custody.facts import CustodyFacts
from privatedao_audit.model.target import Limits
from privatedao_audit.view.table import Table

_NOTHING = "There is no program in scope."


def controllers(facts: CustodyFacts) -> Table:
    """From each program to its last controller."""
    import pandas as pd

    rows = [
        (program.name, depth, link.program, link.holder.value, link.authority, link.detail)
        for program in facts.programs
        for depth, link in enumerate(program.links)
    ]
    columns = ["program in scope", "step", "program", "held by", "authority", "what it means"]
    return Table(
        pd.DataFrame(rows, columns=columns, dtype=object),
        "Who can replace the code, and who can replace the code of the multisig behind it?",
        _NOTHING,
    )


def power(facts: CustodyFacts, limits: Limits) -> Table:
    """Threshold, voters, delay and bypass of the power over each program, beside the limits."""
    import pandas as pd

    rows, least = [], required(limits)
    for program in facts.programs:
        found = power_of(program.links[0])
        if found is None:
            rows.append((program.name, "not applicable or not known", program.links[0].detail, ""))
            continue
        rows += [
            (program.name, "threshold", found["threshold"], f"at least {least['threshold']}"),
            (program.name, "voters", found["voters"], f"at least {least['voters']}"),
            (program.name, "delay in seconds", found["delay_seconds"],
             f"at least {least['delay_seconds']}"),
            (program.name, "keys that bypass the votes",
             ", ".join(map(str, found["bypass_keys"])) or "none", "none"),
        ]  # fmt: skip
    columns = ["program in scope", "power", "on chain", "required"]
    return Table(
        pd.DataFrame(rows, columns=columns, dtype=object),
        "How many keys does a change take, and how long until it takes effect?",
        _NOTHING,
    )


def members(facts: CustodyFacts) -> Table:
    """The members of every multisig on the way, with what each may do."""
    import pandas as pd

    words = ((INITIATE, "initiate"), (VOTE, "vote"), (EXECUTE, "execute"))
    rows = {
        (str(link.multisig), member.key): ", ".join(w for bit, w in words if member.mask & bit)
        for program in facts.programs
        for link in program.links
        if link.state is not None
        for member in link.state.members
    }
    return Table(
        pd.DataFrame(
            [(a, b, can) for (a, b), can in rows.items()],
            columns=["multisig", "member", "may"],
            dtype=object,
        ),
        "Which keys are members of the multisig, and what may each of them do?",
        "No multisig that may be believed stands behind a program in scope.",
    )


def records(facts: CustodyFacts) -> Table:
    """What the custody records of the checkout say."""
    import pandas as pd

    from privatedao_audit.domains.release.view import outcome
    from privatedao_audit.model.reads import Found

    rows = []
    for program in facts.programs:
        for source in program.records:
            if not isinstance(source.said, Found):
                rows.append((program.name, source.surface.file, "", outcome(source.said)))
                continue
            rows += [
                (program.name, source.surface.file, field, value)
                for field, given in source.said.value.values.items()
                for value in given or ("(not stated)",)
            ]
    return Table(
        pd.DataFrame(rows, columns=["program", "file", "field", "says"], dtype=object),
        "What does the custody record of the checkout say?",
        "The target maps no custody record.",
    )
