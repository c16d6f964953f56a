"""DAO protocols behind one seam: what a DAO holds, what was done to it, and what can stop what."""
