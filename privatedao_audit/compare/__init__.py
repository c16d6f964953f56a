"""Two runs side by side: what differs, why, what was reproduced, and what still holds."""
