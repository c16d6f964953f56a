"""The acts of a scripted life: each enters what it does into the stage's calendar."""
