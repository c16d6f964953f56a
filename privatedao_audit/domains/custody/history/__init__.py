"""How the upgrade authority was used: changes, votes, standing powers."""
