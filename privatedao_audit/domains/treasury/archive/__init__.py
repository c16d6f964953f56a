"""TR-04: the team's archive of executed actions beside the chain."""
