"""What notebook 02 shows beside its controls."""

from __future__ import annotations

from privatedao_audit.chain.layouts.squads import EXECUTE, INITIATE, VOTE
from privatedao_audit.domains.authority.power import power_of, required
from privatedao_audit.domains.custody.controllers import graph as drawing
from privatedao_audit.domains.custody.controllers.documents import policy_delay
from privatedao_audit.domains.custody.controllers.ways import CODE, Way, roles_of_keys, ways
from privatedao_audit.domains.custody.facts import CustodyFacts
from privatedao_audit.model.limits import Limits
from privatedao_audit.model.reads import Found, ProvenAbsent, Read, Unknown
from privatedao_audit.model.target import Target
from privatedao_audit.view.graph import draw
from privatedao_audit.view.style import FigureDisplay
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

    rows: list[tuple[object, ...]] = []
    for program in facts.programs:
        least = required(limits, policy_delay(facts.controllers, program.name)[0])
        found = power_of(program.links[0])
        if found is None:
            rows.append((program.name, "not applicable or not known", program.links[0].detail, ""))
            continue
        rows += [
            (program.name, "threshold", found.threshold, f"at least {least['threshold']}"),
            (program.name, "voters", "not listed" if found.voters is None else found.voters,
             f"at least {least['voters']}"),
            (program.name, "delay in seconds", found.delay_seconds,
             f"at least {least['delay_seconds']}"),
            (program.name, "keys that bypass the votes",
             ", ".join(found.bypass_keys) or "none", "none"),
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


def graph(facts: CustodyFacts, target: Target) -> FigureDisplay:
    """The whole chain of control, from what can be taken to the people who could take it."""
    names = {wallet.address: wallet.name for wallet in target.wallets}
    found = ways(facts)
    return draw(drawing.picture(facts, names), title=_headline(found), alt=_told(facts, found))


def _headline(found: tuple[Way, ...]) -> str:
    """What the picture shows, as a sentence: the fewest keys that can change code, and when."""
    code = [one for one in found if one.what == CODE]
    if any(not one.certain for one in code):
        return "Who can change the code could not be followed to the end"
    if not code:
        return "Nobody can change the code"
    counted = [one for one in code if one.fewest is not None]
    soonest = min((one.seconds for one in code if one.seconds is not None), default=None)
    when = "after a time not known" if soonest is None else f"after {soonest:,} s"
    if soonest == 0:
        when = "at once"
    if not counted:
        return f"Weighed votes can change the code, {when} at the earliest"
    few = min(one.fewest or 0 for one in counted)
    return f"{few} {'key' if few == 1 else 'keys'} can change the code, {when} at the earliest"


def _told(facts: CustodyFacts, found: tuple[Way, ...]) -> str:
    subjects = ", ".join([p.name for p in facts.programs])
    uncertain = sum(not one.certain for one in found)
    text = (
        f"Boxes from left to right: programs ({subjects}), DAOs and mints; the vaults and keys "
        "that hold them; the multisigs and governances that sign for these, with threshold and "
        f"delay; and the people's keys. {len(found)} ways to use the power are listed in the "
        "table below it."
    )
    vaults = [vault for one in facts.history.multisigs for vault in one.vaults]
    for count, what in ((sum(len(one.others) for one in vaults), "other program"),
                        (sum(len(one.staged) for one in vaults), "staged buffer")):  # fmt: skip
        if count:
            text += f" {count} {what}{'' if count == 1 else 's'} under the vaults stand beside."
    if uncertain:
        text += f" {uncertain} of them could not be followed to the end and can't be excluded."
    return text + " Dashed arrows go around the votes, or are not certain."


def power_ways(facts: CustodyFacts) -> Table:
    """The smallest sets of keys over code, multisig and treasury, with the seconds until effect."""
    import pandas as pd

    rows = [
        (one.what, one.over, one.who, one.fewest if one.fewest is not None else "not known",
         one.seconds if one.seconds is not None else "not known", ", ".join(one.keys))
        for one in ways(facts)
    ]  # fmt: skip
    columns = ["to do what", "over", "who is enough", "fewest keys", "seconds until effect",
               "out of these keys"]  # fmt: skip
    return Table(
        pd.DataFrame(rows, columns=columns, dtype=object),
        "Which is the smallest set of keys that can do it, and how soon does it take effect?",
        "No way was found to change any of them.",
    )


def several_roles(facts: CustodyFacts) -> Table:
    """Keys that stand in more than one place of the chain of control."""
    import pandas as pd

    rows = [(key, "; ".join(roles)) for key, roles in roles_of_keys(facts).items()]
    return Table(
        pd.DataFrame(rows, columns=["key", "its roles"], dtype=object),
        "Which keys hold power in more than one place?",
        "No key that was read holds power in more than one place.",
    )


def others(facts: CustodyFacts) -> Table:
    """The authorities beside the upgrade authorities, and who holds each of them."""
    import pandas as pd

    rows = []
    for one in facts.controllers.others:
        if not isinstance(one.keys, Found):
            rows.append((one.of, one.role, "", _why(one.keys)))
            continue
        if not one.keys.value:
            rows.append((one.of, one.role, "nobody", ""))
        for key in one.keys.value:
            links = one.links.get(key, ())
            need = f" ({one.threshold} of {len(one.keys.value)} must sign)"
            held = links[0].detail if links else "not followed"
            rows.append((one.of, one.role, key, held + (need if one.threshold > 1 else "")))
    return Table(
        pd.DataFrame(rows, columns=["of", "authority", "held by", "what it means"], dtype=object),
        "Who holds the DAO's own authorities, and who can make, freeze or take its tokens?",
        "; ".join(facts.controllers.gaps) or "No authority beside the upgrade authorities is read.",
    )


def _why(read: Read[object]) -> str:
    if isinstance(read, ProvenAbsent):
        return "there is no such record"
    return f"not known: {read.reason}" if isinstance(read, Unknown) else "providers disagree"


def policies(facts: CustodyFacts) -> Table:
    """What the upgrade policies and revocation paths of the checkout say."""
    import pandas as pd

    rows = []
    for one in (*facts.controllers.policies, *facts.controllers.paths):
        if not isinstance(one.said, Found):
            rows.append((one.program, one.surface.part, one.surface.file, "", _why(one.said)))
            continue
        rows += [
            (one.program, one.surface.part, one.surface.file, field, value)
            for field, given in one.said.value.values.items()
            for value in given or ("(not stated)",)
        ]
    columns = ["program", "part", "file", "field", "says"]
    return Table(
        pd.DataFrame(rows, columns=columns, dtype=object),
        "What do the written upgrade policy and the path to move the authority promise?",
        "The target maps no upgrade policy and no path.",
    )
