"""Health scripts of a team, read and never run: what they ask of an endpoint, and can they fail."""

from privatedao_audit.repository.health_scripts.model import ASKS, Script, joined
from privatedao_audit.repository.health_scripts.read import read_script

__all__ = ["ASKS", "Script", "joined", "read_script"]
