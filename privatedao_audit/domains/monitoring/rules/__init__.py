"""The team's alert rules: what they cover, and whether they told of what happened."""
