"""Treasury protection."""
