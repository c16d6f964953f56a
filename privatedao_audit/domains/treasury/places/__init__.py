"""TR-01: where the treasury lies, who says so, and who was or will be paid."""
