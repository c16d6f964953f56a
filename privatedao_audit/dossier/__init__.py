"""The dossier a team starts from: blank forms, their schemas, and the profile that maps them.

The forms of ``templates/dossier`` are the one source. Each prints in its comments how it is mapped
in a target profile; the profile of ``privatedao-audit init`` and the JSON Schemas follow from that
and from the parts of :mod:`privatedao_audit.model.parts`, so that none of them can drift apart.
"""

from __future__ import annotations
