"""The parts of a scripted life: its facts, its stage, its acts, and what is wrong in it."""
