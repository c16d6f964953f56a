"""When a file of the checkout last changed, believed only where the file is as it was committed."""

from __future__ import annotations

from privatedao_audit.model.reads import Found, Read, Unknown, joined
from privatedao_audit.repository.reads import Change, RepositoryReads


async def last_committed(reads: RepositoryReads, file: str) -> Read[Change]:
    """The commit that gave a file the bytes that lie in the checkout.

    Absent where no commit has the file. Unknown where its bytes differ from the commit's: git
    then dates another text, and what lies there is dated by nobody but its author.
    """
    change = await reads.last_change(file)
    if not isinstance(change, Found):
        return change
    dirty = await reads.dirty((file,))
    at = joined(change.at, dirty.at)
    if not isinstance(dirty, Found):
        why = getattr(dirty, "reason", "nothing is tracked there")
        return Unknown(f"whether {file} is as it was committed is not known: {why}", at)
    if dirty.value:
        return Unknown(f"{file} differs from what was committed", at)
    return Found(change.value, at)
