"""Everyone who has power over the programs and the DAO, and through what."""
