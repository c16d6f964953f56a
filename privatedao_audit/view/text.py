from privatedao_audit.report.render_text import *  # noqa: F403
