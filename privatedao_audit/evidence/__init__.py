"""What was asked, what was answered, and the proof that it was not changed since."""
