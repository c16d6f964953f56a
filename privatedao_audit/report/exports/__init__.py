"""findings.json in the formats of other tools, each from findings.json alone and byte for byte.

The kit's own report stays the reference: an export holds the same controls, statuses and evidence
root, and never less doubt. UNKNOWN is shown by every format as something that needs a look.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType

from privatedao_audit.report.exports import badge, csv, junit, markdown, oscal, sarif
from privatedao_audit.report.exports.document import BadFindings, Document, read

__all__ = ["FORMATS", "BadFindings", "Document", "files", "read"]

#: Format → the files that it is written to, and what makes each of them.
FORMATS: Mapping[str, Mapping[str, Callable[[Document], bytes]]] = MappingProxyType(
    {
        "sarif": {
            "findings.sarif": sarif.render,
            "code-scanning.sarif": sarif.render_unmet,
        },
        "junit": {"findings.junit.xml": junit.render},
        "csv": {"findings.csv": csv.render},
        "oscal": {"assessment-results.oscal.json": oscal.render},
        "markdown": {"summary.md": markdown.render},
        "badge": {"badge.svg": badge.render},
    }
)


def files(found: Document, formats: tuple[str, ...]) -> dict[str, bytes]:
    """File name → content, for some formats, in the order of :data:`FORMATS`.

    Raises:
        KeyError: there is no such format.
    """
    unknown = set(formats) - FORMATS.keys()
    if unknown:
        raise KeyError(sorted(unknown)[0])
    return {
        name: made(found)
        for format, makers in FORMATS.items()
        if format in formats
        for name, made in makers.items()
    }
