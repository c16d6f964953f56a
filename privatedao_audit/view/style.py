from privatedao_audit.report.style import *  # noqa: F403
